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
	bool untold;  /* it stands in scheduler.untold */
	bool looking; /* a look at its data was ordered and has not ended */
	bool unseen; /* nobody has looked since the start: what came while the service was not there is not known */
};

struct scheduler {
	struct service *s;
	struct duty *duty; /* by asset, as far as n */
	size_t n;
	uintptr_t generation; /* of the project: what was ordered for another one is not ours any more */
	uint32_t *untold;
	size_t nuntold;
	uint32_t *looked; /* assets with a place, in the order in which they are looked at */
	size_t nlooked, next_look;
	int64_t looking;     /* looks that were ordered and have not ended */
	bool first_round;    /* goes faster */
	uint32_t next_sweep; /* assets before it have been looked through for versions without verdicts */
};

/* Tells of an asset if there is something new; with the next `scheduler_follow`. */
void scheduler_note(struct scheduler *c, uint32_t asset);

/* duties.c: looks, checks of new versions, schedules; at the start, after a reload, and before one. */
void scheduler_duties(struct scheduler *c);
void scheduler_undo_duties(struct scheduler *c);
void scheduler_news(struct scheduler *c);

/* Incidents may have changed: messages are sent, and what waits for a time is looked through. */
void scheduler_alerts_changed(struct scheduler *c);

#endif
