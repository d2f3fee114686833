/* When an asset came, and when it did not: what a learned policy is made of. */
#ifndef WEIR_STORE_ARRIVALS_H
#define WEIR_STORE_ARRIVALS_H

#include "store/store.h"

struct arrival {
	int64_t at_us;
	struct sv partition;
};
/*
 * The newest max arrivals up to an instant, oldest first: materializations, or (observed) the times of the last update that looks at the data saw, each
 * once.
 */
MUST_CHECK bool store_arrival_times(struct store *s, struct arena *a, struct sv asset, bool observed,
                                    int64_t until_us, size_t max, struct arrival **ret, size_t *n,
                                    struct err *err);
/* The newest max moments at which a run that makes it failed, or it was found late; oldest first. */
MUST_CHECK bool store_setbacks(struct store *s, struct arena *a, struct sv asset, int64_t until_us,
                               size_t max, int64_t **ret, size_t *n, struct err *err);

#endif
