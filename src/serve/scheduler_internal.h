/* Inside the scheduler. */
#ifndef WEIR_SERVE_SCHEDULER_INTERNAL_H
#define WEIR_SERVE_SCHEDULER_INTERNAL_H

#include "serve/scheduler.h"

#define RETRY_US (5 * US_PER_S) /* what could not be stored or queued is tried again then */

/* What people were told of an asset. */
struct told {
	enum fresh_status fresh; /* FRESH_PASS also where there is no policy */
	bool stale, failing;
};

/* What is kept of one asset. */
struct duty {
	struct told told;
	uint32_t place; /* in the order of the catalog in which inputs come first */
	bool untold;    /* it stands in scheduler.untold */
	bool looking;   /* a look at its data was ordered and has not ended */
	bool unseen; /* nobody has looked since the start: what came while the service was not there is not known */
	bool tick_unsaved;
	int64_t tick_us, due_us; /* of its schedule: up to when it is done with, and the next one */
};

struct scheduler {
	struct service *s;
	struct duty *duty; /* by asset, as far as n */
	size_t n;
	uintptr_t generation; /* of the project: what was ordered for another one is not ours any more */
	uint32_t *untold;
	size_t nuntold, nbatch; /* the first nbatch are being told, some at a time; the others came since */
	bool watching;          /* a timer is set that tells */
	bool awaiting;          /* what was never seen is not missed yet */
	int64_t await_until_us;
	uint32_t *looked; /* assets with a place, in the order in which they are looked at */
	size_t nlooked, next_look;
	int64_t looking;  /* looks that were ordered and have not ended */
	bool first_round; /* goes faster */
	size_t ticks_unsaved;
	uint32_t next_sweep; /* assets before it have been looked through for versions without verdicts */
};

/* Tells of an asset if there is something new; with the next `scheduler_follow`. */
void scheduler_note(struct scheduler *c, uint32_t asset);

/* duties.c: looks, checks of new versions, schedules; at the start, after a reload, and before one. */
void scheduler_duties(struct scheduler *c);
void scheduler_undo_duties(struct scheduler *c);
void scheduler_news(struct scheduler *c);
/* False if it cannot be queued, which is logged.  done may come after a reload; its ctx is the generation. */
bool scheduler_order(struct scheduler *c, const struct work_order *o,
                     void (*done)(struct service *s, const struct work *work, void *ctx));

/* schedules.c: checks at certain times. */
void schedules_set(struct scheduler *c);
/* make_up: what was missed since the last time is done once. */
MUST_CHECK bool schedules_begin(struct scheduler *c, bool make_up, struct err *err);
void schedules_save(struct scheduler *c);
void schedules_clock_moved(struct scheduler *c, int64_t moved_us);
void schedules_undo(struct scheduler *c);

/* Incidents may have changed: messages are sent, and what waits for a time is looked through. */
void scheduler_alerts_changed(struct scheduler *c);

#endif
