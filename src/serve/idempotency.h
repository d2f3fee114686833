/*
 * Idempotency-Key (a draft of the IETF): a request that is sent again gets the answer of the first time, and does nothing again.  The
 * answer is kept in the transaction of what it tells of, so that there is never one without the other.
 */
#ifndef WEIR_SERVE_IDEMPOTENCY_H
#define WEIR_SERVE_IDEMPOTENCY_H

#include "serve/request.h"
#include "store/idempotency.h"

/* Around route->write of every route, by the keeper, in the transaction: as route->write itself. */
MUST_CHECK bool idempotency_write(struct service *s, struct request *q, struct err *err);

enum idempotency {
	IDEMPOTENCY_FIRST, /* there is no key (k->key.n == 0), or it is new: do it, and keep what came of it */
	IDEMPOTENCY_REPEATED, /* *before is what was kept */
	IDEMPOTENCY_REFUSED,  /* the key is none, or another request's: that was answered */
	IDEMPOTENCY_FAILED    /* the store cannot be read */
};
/* For routes that do their work elsewhere than in a transaction: looks for an earlier request, and fills *k for store_keep_answer. */
enum idempotency idempotency_look(struct service *s, struct request *q, struct kept_answer *k,
                                  struct kept_answer *before, struct err *err);

/* The key of a header: `"…"` as a structured field has it, or bare.  False if it is none: 1 to 255 visible ASCII characters. */
MUST_CHECK bool idempotency_key(struct arena *a, struct sv header, struct sv *ret);

#endif
