/* Waiting for pcscd to appear: inotify on its socket's folder. */
#ifndef ESC_WATCH_H
#define ESC_WATCH_H

#include <stdbool.h>

struct watch {
    int inotify;
    int stop; /* eventfd */
    int descriptor; /* of the folder that is being watched, -1 without one */
    char missing[256]; /* what is to appear in it: the socket, or the next folder on the way to it */
};

/* False when the system has no room. */
bool watch_open(struct watch *watch);
void watch_close(struct watch *watch);

/*
 * Starts watching, before the attempt whose failure is to be waited upon: nothing is missed in between.
 * Watches the folder nearest to the socket that exists.
 */
void watch_arm(struct watch *watch);

/*
 * Waits until something happens to the socket (true) or the milliseconds have passed (false);
 * -1 waits for ever. Ends at once, and from then on, after watch_stop.
 */
bool watch_wait(struct watch *watch, int milliseconds);

/* False where only trying again can tell: no inotify, or no folder to watch. */
bool watch_works(const struct watch *watch);

/* From any thread. */
void watch_stop(struct watch *watch);

#endif
