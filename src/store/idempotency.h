/* Answers to requests that carry an Idempotency-Key, kept so that a repetition gets the same answer and does nothing again. */
#ifndef WEIR_STORE_IDEMPOTENCY_H
#define WEIR_STORE_IDEMPOTENCY_H

#include "store/store.h"

#define IDEMPOTENCY_KEPT_US US_PER_DAY

struct kept_answer {
	struct sv who, route, key; /* together they name it */
	struct sv hash;            /* of the body of the request */
	int64_t status;
	struct sv type, body;
	int64_t at_us;
};

/* The answer to (who, route, key), unless it is older than it is kept. */
MUST_CHECK bool store_kept_answer(struct store *s, struct arena *a, struct sv who, struct sv route,
                                  struct sv key, struct kept_answer *ret, bool *found, struct err *err);
/* In the transaction of what was done; drops what is too old. */
MUST_CHECK bool store_keep_answer(struct store *s, const struct kept_answer *k, struct err *err);

#endif
