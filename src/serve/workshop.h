/*
 * The workshop: checks and looks at data (probes) are done by child processes with limits and without privileges, so that a hostile
 * file, a crash or a hang costs one piece of work and nothing else.
 *
 *	order ─► queue (by priority; equal ones merged) ─► forker ─► child: sandbox, read, judge ─► pipe ─► result ─► store
 *
 * The forker is this program, started anew (`weir worker`): it has the catalog loaded and one thread, and makes a child for each piece of work.  A
 * child writes no state.  It works on a store in memory, and what that holds at the end is the result: a report, and what was observed.
 */
#ifndef WEIR_SERVE_WORKSHOP_H
#define WEIR_SERVE_WORKSHOP_H

#include "run/run.h"

struct service;
struct workshop;

enum work_kind { WORK_CHECK, WORK_PROBE };
/* Who waits goes first. */
enum work_priority {
	WORK_FOR_GATE,
	WORK_ASKED,
	WORK_ON_EVENT,
	WORK_SCHEDULED,
	WORK_ROUTINE,
	WORK_PRIORITIES
};

struct work_order {
	enum work_kind kind;
	enum work_priority priority;
	uint32_t asset;
	struct sv partition;    /* `K`, `A..B`, or empty = all */
	const struct sv *check; /* globs of checks; none = all */
	size_t ncheck;
	struct sv why; /* in words, for the record: "asked by local", "new version", "0 6 * * *" */
};

enum work_state { WORK_QUEUED, WORK_RUNNING, WORK_DONE, WORK_FAILED };
extern const char *const work_state_names[4];

/* Borrowed; one that is done is known for as long as it is among the last 1,000. */
struct work {
	struct sv id; /* ULID: becomes the run's id */
	enum work_state state;
	struct work_order order;
	int64_t queued_us, started_us, finished_us;
	struct sv trouble; /* why it failed, in words: its checks got the outcome `error` */
};

/* All of it is the keeper's. */
MUST_CHECK bool workshop_open(struct service *s, struct workshop **ret, struct err *err);
void workshop_close(struct workshop *w); /* kills what runs: its verdicts stay what they were */
/*
 * Queues it, or joins an equal one that has not begun yet (a greater priority is passed on to it).  done is called by the keeper after what
 * was found is on disk and on the board, or after it failed.  Returns the id, valid as long as the work; refuses with ERR_LIMIT when
 * the queue is full.
 */
MUST_CHECK bool workshop_order(struct workshop *w, const struct work_order *o,
                               void (*done)(struct service *s, const struct work *work, void *ctx), void *ctx,
                               struct sv *id, struct err *err);
const struct work *workshop_find(const struct workshop *w, struct sv id);
/* For the keeper's poll: descriptors that become readable, and what to do then. */
size_t workshop_fds(const struct workshop *w, int *fd, size_t max);
void workshop_ready(struct workshop *w, int fd);
/* Kills what is over its time, starts what is next; the next instant (clock_mono_ns) at which to call it again. */
int64_t workshop_tick(struct workshop *w, int64_t mono_ns);
int64_t workshop_queued(const struct workshop *w), workshop_running(const struct workshop *w);
/* After a reload: a new forker for the new catalog; what runs is finished by the old one. */
MUST_CHECK bool workshop_reload(struct workshop *w, struct err *err);

/*
 * What a run elsewhere (a child, or `weir check --server`) found: {"report": as `check --format json` (with the hashes of checks),
 * "events": [as POST /v1/events]}.  Everything is checked first; then stored in the transaction that is open, with incidents, as if it
 * had been found here.  ERR_FORMAT: the text is no such thing, or names assets that the catalog does not have.
 */
struct results;
MUST_CHECK bool results_parse(struct service *s, struct arena *a, struct sv json, struct results **ret,
                              struct err *err);
MUST_CHECK bool results_store(struct service *s, struct results *r, struct err *err);

#endif
