/* Frames to the parent. Any thread may send; a frame leaves whole. */
#ifndef ESC_OUTPUT_H
#define ESC_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* To be called once, before the threads start. */
void output_init(void);

/* The body is left out unless the result is SCARD_S_SUCCESS. */
void send_answer(uint8_t operation, uint32_t tag, uint32_t result, const uint8_t *body, size_t length);

void send_event(uint8_t event, const uint8_t *body, size_t length);

#endif
