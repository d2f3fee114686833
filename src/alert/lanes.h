/*
 * Lanes: messages on their way from the outbox to their receivers and back.
 *
 *	outbox ─► lane of a channel ─► its threads: driver ─► receipt ─► (the owner) ─► outbox: sent, dead, or due again later
 *
 * One thread owns the lanes and is the only one that reads and writes the outbox.  Each channel has threads and connections of its own,
 * so that a receiver that dawdles delays nobody but itself.  Messages on one incident go one after the other, others side by side.  A
 * message is settled only after its receiver has acknowledged it: a crash between the two sends it once more, under the same id.
 */
#ifndef WEIR_ALERT_LANES_H
#define WEIR_ALERT_LANES_H

#include "alert/channel.h"
#include "store/outbox.h"

struct lane;
struct lane_batch;

/* A message on its way.  It belongs to the owner, but while it is with a thread. */
struct parcel {
	struct parcel *next;
	struct lane *lane;
	struct lane_batch *batch; /* whose memory the message is in */
	struct arena *a;          /* of the receipt */
	struct message *message;
	struct channel_call call;
	struct receipt receipt;
	bool tried; /* else it came back unopened, and stays in the outbox as it was */
	int64_t at_us, start_ns, end_ns;
	enum message_state settled; /* what the message has become; after lanes_settle */
	int64_t next_us;            /* of one that is still pending */
	struct parcel *out_next;    /* of those of its lane that are under way */
};

struct lanes_options {
	const struct clock *clock;
	int64_t limit_us; /* of real time, for all; 0 = none */
	/* A parcel is back; called by any thread. */
	void (*back)(void *ctx, struct parcel *p);
	void *ctx;
};

/* What the channels are taken from: it is kept, by a reference each, for as long as a parcel needs it. */
struct lanes_catalog {
	const struct catalog *catalog;
	void *owner;
	void *(*ref)(void *owner);
	void (*unref)(void *owner);
};

struct lanes *lanes_new(const struct lanes_options *o);
/*
 * Nothing is begun any more.  Waits for the threads, at most wait_us; requests that are not answered then are broken off.  All parcels are
 * back afterwards, but for those of a program that takes no notice.
 */
void lanes_stop(struct lanes *l, int64_t wait_us);
/* After lanes_stop, and after all parcels that came back were dropped.  Takes NULL. */
void lanes_free(struct lanes *l);
DEFINE_CLEANUP(lanes, lanes_free)
/*
 * Hands over what is due, as far as the threads of each channel have room.  all: looks at every channel of the outbox, as there may be
 * new messages; else only at those that have got room since.
 */
MUST_CHECK bool lanes_look(struct lanes *l, struct store *s, const struct lanes_catalog *c, bool all,
                           struct err *err);
/* Writes down what became of a parcel, in the caller's transaction; a message that is no longer in the outbox is told and left. */
MUST_CHECK bool lanes_settle(struct lanes *l, struct store *s, struct parcel *p, struct err *err);
/* It is on disk: the parcel goes, its lane has room again. */
void lanes_drop(struct lanes *l, struct parcel *p);
size_t lanes_under_way(const struct lanes *l); /* parcels that are not dropped yet */
/* When lanes_look (all) has something to do by itself; TIME_NONE = only once there are new messages. */
MUST_CHECK bool lanes_next(struct lanes *l, struct store *s, int64_t *ret, struct err *err);

#endif
