/*
 * The scheduler: what happens by itself, when nobody asks and nothing comes in.
 *
 *	deadlines     the board says when the clock changes something next; what became late, stale or well again is kept as a run of kind
 *	              `watch`, with its incidents
 *	looks         each asset with a place is looked at every `service: probe_every`, one after the other, evenly spread
 *	new versions  what came to a version without verdicts is checked
 *	schedules     `schedule: {cron: …}`; what was missed while the service was away is made up for once
 *	upkeep        incidents that wait for a time, old records
 */
#ifndef WEIR_SERVE_SCHEDULER_H
#define WEIR_SERVE_SCHEDULER_H

#include "serve/service.h"

struct scheduler;

/* s->project, board, agenda and (unless it is NULL: then nothing is looked at or checked) workshop must be there. */
MUST_CHECK bool scheduler_open(struct service *s, struct scheduler **ret, struct err *err);
void scheduler_close(struct scheduler *c);
/* Before the workshop takes another project: what was ordered for the one before is not ours any more. */
void scheduler_retire(struct scheduler *c);
/* Another project is in use; after scheduler_retire. */
MUST_CHECK bool scheduler_reload(struct scheduler *c, struct err *err);
/*
 * The wall clock was moved.  As with cron, schedules that it jumped over run at once, and after it was set back by less than three hours
 * those for certain hours, which have run, do not run again; what goes by intervals goes on by what is left of them.
 */
void scheduler_clock_moved(struct scheduler *c, int64_t moved_us);
/* The board has been updated: tells what changed, checks what is new, sets the next timer. */
void scheduler_follow(struct scheduler *c, const uint32_t *changed, size_t n);

#endif
