/* Tells the parent of pcscd, its readers and their cards; finds pcscd again when it comes back. */
#ifndef ESC_MONITOR_H
#define ESC_MONITOR_H

struct monitor;

/* Starts the thread. NULL when the system has no room. */
struct monitor *monitor_start(void);

/* Ends the thread, by SCardCancel, and waits for it. */
void monitor_stop(struct monitor *monitor);

#endif
