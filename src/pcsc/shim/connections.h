/*
 * The connections to cards. Each works on a thread and an SCARDCONTEXT of its own,
 * so that a slow card delays no other.
 */
#ifndef ESC_CONNECTIONS_H
#define ESC_CONNECTIONS_H

#include <stddef.h>
#include <stdint.h>

struct connections;

/* NULL when memory is short. */
struct connections *connections_new(void);

/*
 * Hands one request to its connection's thread, which answers it; a refusal is answered here.
 * The body starts with the connection's number and is copied.
 */
void connections_request(struct connections *all, uint8_t operation, uint32_t tag, const uint8_t *body,
                         size_t length);

/* Disconnects and resets every card, and waits until that is done. */
void connections_free(struct connections *all);

#endif
