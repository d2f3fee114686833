/* The past of an asset, for readers: newest first, in pages. */
#ifndef WEIR_STORE_PAST_H
#define WEIR_STORE_PAST_H

#include "store/store.h"

struct past_filter {
	struct sv asset;
	struct sv partition; /* empty = of any */
	struct sv name;      /* of a check (its id) or metric; empty = of any */
	int64_t before_seq;  /* 0 = from the newest on */
};

struct past_verdict {
	int64_t seq;
	struct stored_verdict v; /* without its result */
};
MUST_CHECK bool store_past_verdicts(struct store *s, struct arena *a, const struct past_filter *f, size_t max,
                                    struct past_verdict **ret, size_t *n, struct err *err);

/* What a check observed, as JSON, and on which data. */
struct past_observation {
	struct sv partition, version, value; /* value empty: there is none */
};
/*
 * The newest one of a check that is of other data: of another partition or version, of any where version is not known (empty).
 * good: of a verdict that passed.
 */
MUST_CHECK bool store_past_observation(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                                       struct sv version, struct sv check_id, bool good,
                                       struct past_observation *ret, struct err *err);

struct past_metric {
	int64_t seq;
	struct stored_metric m;
};
MUST_CHECK bool store_past_metrics(struct store *s, struct arena *a, const struct past_filter *f, size_t max,
                                   struct past_metric **ret, size_t *n, struct err *err);

#endif
