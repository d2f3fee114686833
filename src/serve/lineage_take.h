/* Takes OpenLineage events in: what they say of assets becomes events of these. */
#ifndef WEIR_SERVE_LINEAGE_TAKE_H
#define WEIR_SERVE_LINEAGE_TAKE_H

#include "serve/take.h"
#include "store/store.h"

struct service;

struct lineage_taken {
	const struct event *event; /* stored */
	size_t nevent;
	size_t repeated, nunknown; /* what was known already; datasets that no asset is known by */
	const struct sv *unknown;  /* the first of these, as "NAMESPACE/NAME" */
	size_t nshown;
};

/*
 * One event, in the transaction that is open.  What is wrong with it is in *faults, and then nothing was stored; false is for the store alone.
 */
MUST_CHECK bool lineage_take(struct service *s, struct arena *a, struct sv json, struct lineage_taken *ret,
                             struct faults *faults, struct err *err);

#endif
