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
/* Other than this: of another partition or version, of any where the version is not known (empty), or with another value. */
struct past_data {
	struct sv partition, version;
	struct sv value; /* JSON as the store has it; empty = whatever it is */
};
/* The newest one of a check of an expectation that is of other data.  good: of a verdict that passed. */
MUST_CHECK bool store_past_observation(struct store *s, struct arena *a, struct sv asset,
                                       struct sv expectation, struct sv check_id, bool good,
                                       const struct past_data *other, struct past_observation *ret,
                                       struct err *err);
/* What a check observed when it last passed (or was too early to judge), of numbers of this identity; NaN = never. */
MUST_CHECK bool store_last_good(struct store *s, struct sv asset, struct sv partition, struct sv identity,
                                struct sv check_id, double *ret, struct err *err);

struct past_metric {
	int64_t seq;
	struct stored_metric m;
};
MUST_CHECK bool store_past_metrics(struct store *s, struct arena *a, const struct past_filter *f, size_t max,
                                   struct past_metric **ret, size_t *n, struct err *err);

#endif
