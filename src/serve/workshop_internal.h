/* Inside the workshop. */
#ifndef WEIR_SERVE_WORKSHOP_INTERNAL_H
#define WEIR_SERVE_WORKSHOP_INTERNAL_H

#include "base/hash.h"
#include "serve/forker.h"
#include "serve/results.h"
#include "serve/service.h"

enum { WORKS_KEPT = 1000, BATCH_PROBES = 32, ID_BUCKETS = 1024, ERRANDS_MAX = WORKSHOP_FDS_MAX / 2 };

struct waiter {
	struct waiter *next;
	void (*done)(struct service *s, const struct work *work, void *ctx);
	void *ctx;
};

struct item {
	struct work pub;
	struct arena *a; /* of its texts, and of itself */
	struct sv key;   /* of its asset; pub.order.asset is UINT32_MAX once the catalog has lost it */
	struct waiter *waiter;
	char place[HASH_HEX];         /* of its asset, when it was begun */
	bool single;                  /* a look that shares no child with others */
	bool last;                    /* it was begun anew before: no further time */
	struct item *next, *previous; /* in its queue */
	struct item *next_of_asset;   /* among what waits for the asset */
	struct item *next_of_id;      /* in its bucket */
	struct item *older, *newer;   /* among all, in the order they were asked for */
	/* Of the state and the catalog when it was begun. */
	int64_t position;
	uint64_t generation;
	/* Of one that the state could not take: its document (why: the state refuses it, and takes only that), or (NULL) why it failed. */
	struct buf *document;
	struct err why;
	bool told; /* that it failed */
	int tries;
	int64_t again_ns;
};

struct queue {
	struct item *first, *last;
};

/* One child at work. */
struct running {
	struct running *next;
	int64_t errand;
	struct forker *forker; /* NULL once that is dead */
	int fd;                /* of its documents; -1 = they have ended */
	struct buf *in;
	struct item **item;
	size_t nitem, ndone; /* items are done in their order */
	uint32_t slot;
	int64_t deadline_ns, limit_us;
	bool killed, ended;
	int status;
	struct err why; /* its forker died */
};

struct workshop {
	struct service *s;
	const char *program;
	unsigned cpus; /* found out once: that reads several files */
	/* All works by id, and from the oldest to the newest. */
	struct item *bucket[ID_BUCKETS], *oldest, *newest;
	size_t nfinished;
	/* By slot: one for each source, and 0 for what has none. */
	struct queue *queue[WORK_PRIORITIES];
	uint32_t nslot, turn; /* turn: the slot that is asked first the next time */
	int64_t *busy_slot;
	/* By asset. */
	struct item **waiting;
	bool *busy;
	uint32_t nasset;
	int64_t queued;
	struct running *running;
	int64_t nrunning, last_errand;
	uint64_t generation; /* of the catalog */
	/* Forkers: the one in use (NULL: it died), and those that finish what they have. */
	struct forker *forker, *retired[4];
	size_t nretired;
	bool ready;
	int64_t load_end_ns;        /* until when it must be ready */
	int64_t start_ns, pause_ns; /* when to start it again, and the pause before the next time */
	bool closing;
	/* What the state could not take, in the order in which it came. */
	struct item *held, *held_last;
	int64_t nheld, try_ns; /* when to try again */
	size_t held_bytes;
};

/* workshop.c: the queue */
bool workshop_same_work(const struct work_order *x, const struct work_order *y); /* of one asset */
void workshop_enqueue(struct workshop *w, struct item *i, bool first);
void workshop_dequeue(struct workshop *w, struct item *i);
/* It is over: tells who waits for it, and forgets the oldest that are over. */
void workshop_finish(struct workshop *w, struct item *i, struct sv trouble);

/* workshop_run.c: forkers and their children */
MUST_CHECK bool workshop_start_forker(struct workshop *w, struct err *err);
/* Puts it first in its queue, or ends it if its asset is gone. */
void workshop_begin_again(struct workshop *w, struct item *i);
/* It takes no more orders, and ends when its children have. */
void workshop_retire_forker(struct workshop *w);
/* All children, without a word; their forkers are freed afterwards. */
void workshop_drop_running(struct workshop *w);

/* workshop_order.c: what a child is told */
MUST_CHECK bool workshop_order_text(struct workshop *w, const struct running *r, struct buf *b,
                                    struct err *err);
MUST_CHECK bool workshop_selects(struct arena *a, const struct service *s, const struct work_order *o,
                                 struct checks *ret, struct err *err);

/* Of data that this machine does not see; always false. */
bool workshop_refuse_elsewhere(const struct asset *asset, struct err *err);

/* workshop_result.c: what becomes of it */
enum kept { KEPT, KEPT_NOT, KEPT_LATER, BEGIN_AGAIN };
/* A document of the item.  *trouble is set for KEPT_NOT, and for KEPT_LATER: it is a result, and the state cannot take it. */
enum kept workshop_keep(struct workshop *w, const struct item *i, struct sv json, struct err *trouble);
/* It could not be done: its checks get the outcome error.  False if that cannot be stored. */
MUST_CHECK bool workshop_keep_failure(struct workshop *w, struct item *i, const struct err *why,
                                      struct err *err);
/* What follows from what was stored. */
void workshop_follow(struct workshop *w);

/* workshop_held.c: what the state could not take */
/* Keeps a document (why NULL), or that it failed, until the state takes it.  The item is not over before that. */
void workshop_hold(struct workshop *w, struct item *i, struct sv json, const struct err *why,
                   const struct err *trouble);
/* What cannot be stored need not be found out: nothing is begun until it can, or is given up for now. */
bool workshop_is_held_up(const struct workshop *w);
/* Tries again, when it is time; the next time, INT64_MAX = nothing is held. */
int64_t workshop_tick_held(struct workshop *w, int64_t mono_ns);
/* At the end: what is still held is lost, which is logged. */
void workshop_drop_held(struct workshop *w);

#endif
