/*
 * The outbox: messages that are to be delivered, written in the transaction that made them necessary and marked after the receiver
 * has acknowledged them.  So a crash between the two repeats a message (under the same id) and never loses one.
 */
#ifndef WEIR_STORE_OUTBOX_H
#define WEIR_STORE_OUTBOX_H

#include "store/lock.h"
#include "store/store.h"

enum message_state { MESSAGE_PENDING, MESSAGE_SENT, MESSAGE_DEAD };
extern const char *const message_state_names[3];

struct message {
	int64_t seq;       /* order of writing; messages on one incident to one channel go in this order */
	struct sv id;      /* "msg_" and a ULID: the same on every copy */
	struct sv channel; /* its name in the catalog */
	struct sv type;    /* incident.opened, incident.repeated, incident.resolved, incident.digest, test */
	struct sv
		body; /* JSON: {"type", "timestamp", "data": {…}}, see alert/notice.h; channels render from it */
	const struct sv *incident; /* ids of those it tells of */
	size_t nincident;
	int64_t created_us;
	enum message_state state;
	int64_t next_us;    /* of pending ones: not before */
	int64_t attempts;   /* so far, since it was written or revived */
	int64_t settled_us; /* sent or given up; TIME_NONE = pending */
	struct sv
		outcome; /* of the last attempt, for people: "200 OK", "429, retry after 60 s", "connection refused" */
};

struct attempt {
	struct sv message; /* id */
	int64_t number;    /* from 1, in order; the store counts */
	int64_t at_us;
	int64_t status; /* HTTP status or exit status; 0 = there was no answer */
	double duration_ms;
	struct sv outcome; /* never holds a secret */
};

/* Sets seq and, unless it brings one, id.  Pending, due at once. */
MUST_CHECK bool store_add_message(struct store *s, struct message *m, struct err *err);
/*
 * A channel's pending messages with next_us <= until_us that do not wait for another one (see store_message_waits): those that failed
 * least first, so that one that never gets through does not stand before all others, then by time, then by seq.
 */
MUST_CHECK bool store_due_messages(struct store *s, struct arena *a, struct sv channel, int64_t until_us,
                                   size_t max, struct message **ret, size_t *n, struct err *err);
/* The first instant after now_us at which a message to the channel becomes due by itself; TIME_NONE = none. */
MUST_CHECK bool store_next_due(struct store *s, struct sv channel, int64_t now_us, int64_t *ret,
                               struct err *err);
/*
 * The turn to send, of one process at a time; it is not the turn to write.  *mine: this one has it, until lock_close(*ret).  What is kept
 * in memory needs none (*ret is NULL then).
 */
MUST_CHECK bool store_take_sending(struct store *s, struct lock **ret, bool *mine, struct err *err);
/* Channels that have pending messages, sorted. */
MUST_CHECK bool store_pending_channels(struct store *s, struct arena *a, struct sv **ret, size_t *n,
                                       struct err *err);
/* Is a message on one of the same incidents to the same channel pending that was written earlier? */
MUST_CHECK bool store_message_waits(struct store *s, const struct message *m, bool *ret, struct err *err);
/* Is it in the outbox, and to be sent? */
MUST_CHECK bool store_message_pending(struct store *s, int64_t seq, bool *ret, struct err *err);
/* One transaction: adds the attempt, updates state, next_us, attempts, settled_us and outcome of the message. */
MUST_CHECK bool store_settle_message(struct store *s, const struct message *m, const struct attempt *at,
                                     struct err *err);
/*
 * The receiver wants to be left alone: nothing to the channel is due before until_us, also not what is written meanwhile; but what was
 * made 72 h ago may have its last try.
 */
MUST_CHECK bool store_hold_channel(struct store *s, struct sv channel, int64_t until_us, struct err *err);
/* The clock was moved: all that is pending or held becomes due that much later. */
MUST_CHECK bool store_shift_outbox(struct store *s, int64_t by_us, struct err *err);
/*
 * Dead ones become pending again, due at at_us, with no attempts counted, and their channels are no longer held.  id empty = all dead
 * ones (of a channel, unless that is empty).  *n: how many.
 */
MUST_CHECK bool store_revive_messages(struct store *s, struct sv id, struct sv channel, int64_t at_us,
                                      int64_t *n, struct err *err);
MUST_CHECK bool store_message(struct store *s, struct arena *a, struct sv id, struct message *ret,
                              bool *found, struct err *err);
/* Newest first.  state < 0 = all. */
MUST_CHECK bool store_list_messages(struct store *s, struct arena *a, int state, size_t max,
                                    struct message **ret, size_t *n, struct err *err);
MUST_CHECK bool store_attempts(struct store *s, struct arena *a, struct sv message, struct attempt **ret,
                               size_t *n, struct err *err);
/* When a receiver took something from the channel, newest first; without what was settled though nothing was sent. */
MUST_CHECK bool store_delivered(struct store *s, struct arena *a, struct sv channel, int64_t since_us,
                                size_t max, int64_t **ret, size_t *n, struct err *err);
/* When an incident was last told to a channel (written to the outbox): TIME_NONE = never.  type empty = any. */
MUST_CHECK bool store_last_told(struct store *s, struct sv channel, struct sv incident, struct sv type,
                                int64_t *ret, struct err *err);
/* Was it told to the channel, and none of these messages got through or still may? */
MUST_CHECK bool store_told_in_vain(struct store *s, struct sv channel, struct sv incident, bool *ret,
                                   struct err *err);
/* Pending, dead and sent ones. */
MUST_CHECK bool store_count_messages(struct store *s, int64_t count[3], struct err *err);

#endif
