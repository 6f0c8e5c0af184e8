/*
 * esc-pcsc: the way of one program to its smart cards. It speaks the protocol of PROTOCOL.md
 * on its standard input and output, and ends when its input ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <pcsclite.h>

#include "bytes.h"
#include "connections.h"
#include "monitor.h"
#include "output.h"
#include "protocol.h"

enum { END_WITHIN_S = 1 };

struct input {
    uint8_t bytes[LENGTH_SIZE + REQUEST_MAX];
    size_t filled;
    uint64_t skip; /* bytes still to come of a request that was refused for its size */
};

static void handle_request(struct connections *connections, const uint8_t *request, size_t length)
{
    uint8_t operation = request[0];
    uint32_t tag = get_u32(request + 1);
    const uint8_t *body = request + REQUEST_HEADER_SIZE;
    size_t body_length = length - REQUEST_HEADER_SIZE;
    if (operation == OP_PING)
        /* Answered here, so that a card that does not answer is not taken for a shim that does not. */
        send_answer(operation, tag, body_length == 0 ? 0 : ESC_E_MALFORMED, NULL, 0);
    else if (operation >= OP_CONNECT && operation <= OP_TRANSMIT)
        connections_request(connections, operation, tag, body, body_length);
    else
        send_answer(operation, tag, ESC_E_UNKNOWN_OPERATION, NULL, 0);
}

/* Handles the frame at the start of `bytes`; gives how many bytes are done with, 0 when some are missing. */
static size_t handle_frame(struct input *input, struct connections *connections, const uint8_t *bytes,
                           size_t available)
{
    if (available < LENGTH_SIZE)
        return 0;
    size_t length = get_u32(bytes);
    if (length < REQUEST_HEADER_SIZE) {
        send_answer(0, 0, ESC_E_MALFORMED, NULL, 0);
        input->skip = length;
        return LENGTH_SIZE;
    }
    if (available < LENGTH_SIZE + REQUEST_HEADER_SIZE)
        return 0;
    if (length > REQUEST_MAX) {
        send_answer(bytes[LENGTH_SIZE], get_u32(bytes + LENGTH_SIZE + 1), ESC_E_TOO_LARGE, NULL, 0);
        input->skip = length;
        return LENGTH_SIZE;
    }
    if (available < LENGTH_SIZE + length)
        return 0;
    handle_request(connections, bytes + LENGTH_SIZE, length);
    return LENGTH_SIZE + length;
}

static size_t skip(struct input *input, size_t available)
{
    size_t skipped = input->skip < available ? (size_t)input->skip : available;
    input->skip -= skipped;
    return skipped;
}

static void handle_input(struct input *input, struct connections *connections)
{
    size_t done = 0;
    size_t step;
    do {
        done += skip(input, input->filled - done);
        step = handle_frame(input, connections, input->bytes + done, input->filled - done);
        done += step;
    } while (step > 0);
    memmove(input->bytes, input->bytes + done, input->filled - done);
    explicit_bzero(input->bytes + input->filled - done, done);
    input->filled -= done;
}

static void serve(struct connections *connections)
{
    static struct input input;
    for (;;) {
        ssize_t length = read(STDIN_FILENO, input.bytes + input.filled, sizeof input.bytes - input.filled);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        input.filled += (size_t)length;
        handle_input(&input, connections);
    }
    explicit_bzero(&input, sizeof input);
}

/* PINs pass through: no core dump, no look into the memory by other programs of the user. */
static void keep_secrets(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#ifndef __SANITIZE_ADDRESS__ /* which looks for leaks that way */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

static void end_now(int signal)
{
    (void)signal;
    _exit(0);
}

/* pcscd or a card may keep a thread from ending; the process ends all the same. */
static void end_soon(void)
{
    sigset_t alarms;
    signal(SIGALRM, end_now);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    alarm(END_WITHIN_S);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(PCSCLITE_VERSION_NUMBER);
        return 0;
    }
    if (argc != 1) {
        fputs("esc-pcsc is started by Smart Card Manager and speaks to it alone.\n", stderr);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    /* A terminal's Ctrl-C is for the program, which still needs the card to end in order. */
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    keep_secrets();
    mallopt(M_ARENA_MAX, 1);
    output_init();
    send_event(EVENT_HELLO, (const uint8_t[]){0, PROTOCOL_VERSION}, 2);

    struct connections *connections = connections_new();
    struct monitor *monitor = connections != NULL ? monitor_start() : NULL;
    if (monitor == NULL) {
        fputs("esc-pcsc: no memory\n", stderr);
        return 1;
    }
    serve(connections);
    end_soon();
    monitor_stop(monitor);
    connections_free(connections);
    return 0;
}
