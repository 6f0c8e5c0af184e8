#define _GNU_SOURCE
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/* Where libpcsclite looks when PCSCLITE_CSOCK_NAME does not say otherwise. */
static const char default_socket[] = "/run/pcscd/pcscd.comm";

bool watch_open(struct watch *watch)
{
    watch->descriptor = -1;
    watch->missing[0] = '\0';
    watch->stop = eventfd(0, EFD_CLOEXEC);
    /* Without inotify there is still the back-off. */
    watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return watch->stop >= 0;
}

void watch_close(struct watch *watch)
{
    close(watch->stop);
    if (watch->inotify >= 0)
        close(watch->inotify);
}

void watch_arm(struct watch *watch)
{
    char path[PATH_MAX];
    const char *socket = getenv("PCSCLITE_CSOCK_NAME");
    if (socket == NULL)
        socket = default_socket;
    if (watch->inotify < 0 || socket[0] != '/' || strlen(socket) >= sizeof path)
        return;
    strcpy(path, socket);

    int previous = watch->descriptor;
    watch->descriptor = -1;
    for (char *slash = strrchr(path, '/'); slash != NULL && watch->descriptor < 0; slash = strrchr(path, '/')) {
        size_t length = strnlen(slash + 1, sizeof watch->missing - 1);
        memcpy(watch->missing, slash + 1, length);
        watch->missing[length] = '\0';
        *slash = '\0';
        const char *folder = slash == path ? "/" : path;
        /* IN_ATTRIB: pcscd changes the mode of its socket once it listens. */
        watch->descriptor = inotify_add_watch(watch->inotify, folder,
                                              IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR);
    }
    if (previous >= 0 && previous != watch->descriptor)
        inotify_rm_watch(watch->inotify, previous);
}

bool watch_works(const struct watch *watch)
{
    return watch->descriptor >= 0;
}

/* Reads all that inotify has; true when some of it is about what is missing. */
static bool take_events(struct watch *watch)
{
    _Alignas(struct inotify_event) char buffer[4096];
    bool relevant = false;
    ssize_t length;
    while ((length = read(watch->inotify, buffer, sizeof buffer)) > 0) {
        const struct inotify_event *event;
        for (const char *at = buffer; at < buffer + length; at += sizeof *event + event->len) {
            event = (const struct inotify_event *)(const void *)at;
            bool gone = event->mask & (IN_DELETE_SELF | IN_IGNORED | IN_Q_OVERFLOW);
            bool here = event->len > 0 && strcmp(event->name, watch->missing) == 0;
            if (gone && event->wd == watch->descriptor)
                watch->descriptor = -1;
            relevant = relevant || gone || here;
        }
    }
    return relevant;
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

bool watch_wait(struct watch *watch, int milliseconds)
{
    int64_t end = now() + milliseconds;
    int left = milliseconds;
    for (;;) {
        struct pollfd sources[] = {
            {.fd = watch->stop, .events = POLLIN},
            {.fd = watch->inotify, .events = POLLIN}, /* ignored when negative */
        };
        int ready = poll(sources, 2, left);
        if (ready == 0 || (sources[0].revents & POLLIN))
            return false;
        if (ready > 0 && take_events(watch))
            return true;
        if (milliseconds >= 0) {
            int64_t rest = end - now();
            left = rest > 0 ? (int)rest : 0;
        }
    }
}

void watch_stop(struct watch *watch)
{
    uint64_t one = 1;
    /* An eventfd takes eight bytes, or was at its highest already. */
    ssize_t written = write(watch->stop, &one, sizeof one);
    (void)written;
}
