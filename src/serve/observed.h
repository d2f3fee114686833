/* What was observed of an asset, in one piece of memory of its own, which is replaced as a whole when it changes. */
#ifndef WEIR_SERVE_OBSERVED_H
#define WEIR_SERVE_OBSERVED_H

#include "fresh/fresh.h"

/* Copies *o with all that it points to; *ret points into the block that is returned, for free(). */
void *observed_copy(const struct observed *o, struct observed *ret);

#endif
