/*
 * The workshop: checks and looks at data (probes) are done by child processes with limits and without privileges, so that a hostile
 * file, a crash or a hang costs one piece of work and nothing else.
 *
 *	order ─► queue (by priority; equal ones merged) ─► forker ─► child: sandbox, read, judge ─► pipe ─► result ─► store
 *
 * The forker (serve/forker.h) is this program, started anew: it has the catalog loaded and makes a child for each piece of work.  A child
 * writes no state; it hands back a document (serve/results.h) with a report and what it observed.
 *
 * Work that cannot be done is no silence: a check that was killed, crashed, or ran out of memory is stored as a run whose checks have the
 * outcome `error`, with the reason.  Nor is what the state cannot take: it is held until it can.
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

/* All of it is the keeper's.  program: path of this binary. */
MUST_CHECK bool workshop_open(struct service *s, const char *program, struct workshop **ret, struct err *err);
void workshop_close(struct workshop *w); /* kills what runs: its verdicts stay what they were */
/*
 * Queues it, or joins an equal one that has not begun yet (a greater priority is passed on to it).  done is called by the keeper after what
 * was found is on disk and on the board, or after it failed.  Returns the id, valid as long as the work; refuses with ERR_LIMIT when
 * the queue is full.
 */
MUST_CHECK bool workshop_order(struct workshop *w, const struct work_order *o,
                               void (*done)(struct service *s, const struct work *work, void *ctx), void *ctx,
                               struct sv *id, struct err *err);
/* The same for a work that is queued or running. */
void workshop_wait(struct workshop *w, struct sv id,
                   void (*done)(struct service *s, const struct work *work, void *ctx), void *ctx);
/* That ctx does not want to know any more: its done is not called. */
void workshop_forget(struct workshop *w, struct sv id, const void *ctx);
const struct work *workshop_find(const struct workshop *w, struct sv id);
/* Works in the order they were asked for, the newest first: the one asked for before `before` (NULL = the newest); NULL at the end. */
const struct work *workshop_previous(const struct workshop *w, const struct work *before);
/*
 * For the keeper's poll: descriptors that become readable, and what to do then.  What was found is stored in a transaction of its own, and
 * followed up (keeper_follow), before ready returns.
 */
enum { WORKSHOP_FDS_MAX = 128 };
size_t workshop_fds(const struct workshop *w, int *fd, size_t max);
void workshop_ready(struct workshop *w, int fd);
/* Kills what is over its time, starts what is next; the next instant (clock_mono_ns) at which to call it again. */
int64_t workshop_tick(struct workshop *w, int64_t mono_ns);
int64_t workshop_queued(const struct workshop *w), workshop_running(const struct workshop *w);
/*
 * Results that the state could not take are held and tried again; until they are stored, what the state says of their assets is not the
 * newest that is known.  How many; is there one of this asset?; tries them now.
 */
int64_t workshop_held(const struct workshop *w);
bool workshop_holds(const struct workshop *w, uint32_t asset);
void workshop_try_held(struct workshop *w);
/*
 * After a reload (s->project is the new one): a new forker for the new catalog.  What runs is finished by the old one, and done anew if
 * checks of it were changed; what waits for assets that are no longer there has failed.
 */
MUST_CHECK bool workshop_reload(struct workshop *w, struct err *err);

#endif
