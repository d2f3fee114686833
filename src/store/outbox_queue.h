/* Inside the outbox: rows of messages, and the queues of those that are pending. */
#ifndef WEIR_STORE_OUTBOX_QUEUE_H
#define WEIR_STORE_OUTBOX_QUEUE_H

#include "store/db.h"
#include "store/outbox.h"

/* A message waits at most as long as all tries together may take: what is further ahead was written while the clock was wrong. */
#define OUTBOX_HORIZON_US "259200000000" /* 72 h */

/*
 * Of `message AS m`.  A held lane puts its messages off, but not past their last try; a hold is ignored once it lies behind, or too far
 * ahead to be true.
 */
#define OUTBOX_COLUMNS                                                                                   \
	"seq, id, channel, type, body, created_us, state, CASE WHEN state <> 'pending' THEN created_us"  \
	" ELSE max(next_us, min(created_us + " OUTBOX_HORIZON_US ", coalesce((SELECT until_us FROM lane" \
	" WHERE lane.env = m.env AND lane.channel = m.channel), 0))) END, attempts, settled_us, outcome"

struct message_list {
	struct message *v;
	size_t n, cap;
};
/* Adds the rows of a query of OUTBOX_COLUMNS. */
MUST_CHECK bool outbox_read(struct query *q, struct arena *a, struct message_list *list, struct err *err);

/* A message became pending, or is pending no more: inside the transaction that says so. */
MUST_CHECK bool outbox_enter(struct store *s, int64_t seq, struct err *err);
MUST_CHECK bool outbox_leave(struct store *s, int64_t seq, struct err *err);

#endif
