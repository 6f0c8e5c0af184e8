/* The names of results. */
#ifndef ESC_RESULTS_H
#define ESC_RESULTS_H

#include <stdint.h>

/* Never NULL and at most 40 characters; SCARD_UNKNOWN_RESULT for a code without a name. */
const char *result_name(uint32_t result);

#endif
