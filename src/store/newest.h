/* The newest events of all assets at once, for who begins with nothing: one walk through an index instead of several questions an asset. */
#ifndef WEIR_STORE_NEWEST_H
#define WEIR_STORE_NEWEST_H

#include "store/store.h"

/* What there is of one asset; borrowed, without metrics. */
struct newest {
	struct sv asset;
	const struct event *event; /* the newest of each kind and partition, by partition within a kind */
	size_t n;
	const int64_t *arrival; /* as store_arrivals */
	size_t narrival;
	int64_t next_us; /* of the first event after until_us; TIME_NONE = there is none */
};
enum { NEWEST_ARRIVALS_MAX = 20 };

/* Calls each for every asset that has events, by key; one that returns false ends it, with its *err. */
MUST_CHECK bool store_newest_events(struct store *s, int64_t until_us,
                                    bool (*each)(void *ctx, const struct newest *n, struct err *err),
                                    void *ctx, struct err *err);

#endif
