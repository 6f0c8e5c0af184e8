#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bytes.h"
#include "protocol.h"
#include "results.h"

static pthread_mutex_t whole_frames = PTHREAD_MUTEX_INITIALIZER;

void output_init(void)
{
    int flags = fcntl(STDOUT_FILENO, F_GETFL);
    fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
}

/* A parent that neither reads nor lives would otherwise keep a thread here, and the process with it. */
static void wait_for_reader(void)
{
    struct pollfd ends[] = {
        {.fd = STDOUT_FILENO, .events = POLLOUT},
        {.fd = STDIN_FILENO, .events = POLLRDHUP},
    };
    if (poll(ends, 2, -1) < 0 && errno != EINTR)
        _exit(1);
    if (ends[1].revents & (POLLHUP | POLLRDHUP | POLLERR))
        _exit(0);
}

static void write_all(struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t written = writev(STDOUT_FILENO, parts, count);
        if (written < 0) {
            if (errno == EAGAIN)
                wait_for_reader();
            else if (errno != EINTR)
                _exit(0); /* The parent closed its end. */
            continue;
        }
        size_t done = (size_t)written;
        while (count > 0 && done >= parts->iov_len) {
            done -= parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (uint8_t *)parts->iov_base + done;
            parts->iov_len -= done;
        }
    }
}

static void send_frame(uint8_t *head, size_t head_length, const uint8_t *body, size_t length)
{
    put_u32(head, (uint32_t)(head_length - LENGTH_SIZE + length));
    struct iovec parts[] = {
        {.iov_base = head, .iov_len = head_length},
        /* writev only reads it. */
        {.iov_base = (void *)(uintptr_t)body, .iov_len = length},
    };
    pthread_mutex_lock(&whole_frames);
    write_all(parts, length > 0 ? 2 : 1);
    pthread_mutex_unlock(&whole_frames);
}

void send_answer(uint8_t operation, uint32_t tag, uint32_t result, const uint8_t *body, size_t length)
{
    const char *name = result_name(result);
    size_t name_length = strlen(name);
    uint8_t head[64];
    head[4] = operation | ANSWER;
    put_u32(head + 5, tag);
    put_u32(head + 9, result);
    head[13] = (uint8_t)name_length;
    memcpy(head + 14, name, name_length);
    send_frame(head, 14 + name_length, body, result == 0 ? length : 0);
}

void send_event(uint8_t event, const uint8_t *body, size_t length)
{
    uint8_t head[LENGTH_SIZE + 1];
    head[LENGTH_SIZE] = event;
    send_frame(head, sizeof head, body, length);
}
