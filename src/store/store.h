/*
 * State: events, versions, runs, verdicts, metric history and decisions in one SQLite file.
 *
 * One connection does all writes and checkpoints (SQLite before 3.51.3 can lose commits otherwise); processes
 * take turns by an advisory lock on a file beside the database, readers open read-only and never wait.  What
 * a caller was told of is on disk.  Everything carries environment, asset and partition (the empty text is the
 * whole).
 */
#ifndef WEIR_STORE_STORE_H
#define WEIR_STORE_STORE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "expect/expect.h"

struct store;

/* "weir": by it SQLite's application_id tells a state from the files of other programs. */
#define STORE_APPLICATION_ID 0x77656972

enum store_mode { STORE_READ, STORE_WRITE };

/*
 * url: a path, `sqlite:PATH`, or `:memory:`.  Folders are made (0700), the file is 0600; a file that others
 * may write is refused.  STORE_READ on a store that does not exist yet gives an empty one.  Migrations run
 * under the lock.
 */
MUST_CHECK bool store_open(struct sv url, enum store_mode mode, struct sv env, const struct clock *clock,
                           struct store **ret, struct err *err);
void store_close(struct store *s);
static inline UNUSED void
store_cleanup(struct store **s)
{
	store_close(*s);
}

/*
 * Writes happen in transactions; the lock is held between begin and commit only, waiting at most 30 s for it (a service, which others
 * wait for: 5 s).
 */
MUST_CHECK bool store_begin(struct store *s, struct err *err);
MUST_CHECK bool store_commit(struct store *s, struct err *err);
void store_rollback(struct store *s);
/*
 * Many reads in a row, with nothing written between: the state is looked at as it was at the first of them, and locks are taken once instead
 * of for each.
 */
void store_reads_begin(struct store *s);
void store_reads_end(struct store *s);
/* The last transaction could not be begun or stored: no room, a disk with errors, or somebody else has the state. */
bool store_in_trouble(const struct store *s);
/* Stores what stands there already, to see whether that can be done (again). */
MUST_CHECK bool store_try(struct store *s, struct err *err);

enum event_kind { EVENT_STARTED, EVENT_MATERIALIZED, EVENT_FAILED, EVENT_OBSERVED };
extern const char *const event_kind_names[4];

struct event_input {
	struct sv key, partition, version; /* version empty = not known */
};

struct event_metric {
	struct sv name;
	double value;
};

struct event {
	int64_t seq;  /* order of arrival */
	struct sv id; /* ULID */
	enum event_kind kind;
	struct sv asset, partition, version;
	int64_t at_us;           /* when it happened (produced_at for materializations) */
	int64_t recorded_us;     /* when we were told */
	int64_t updated_us;      /* observations: last update seen; TIME_NONE = not known */
	int64_t data_through_us; /* TIME_NONE = not known */
	struct sv code_version;
	int64_t rows;               /* -1 = not known */
	struct sv run_id, reporter; /* "cli", "probe", "http" … */
	struct sv note;             /* in words: why it failed, or what is odd about it; mostly empty */
	const struct event_input *input;
	size_t ninput;
	bool inputs_given; /* an empty list is known to be empty */
	const struct event_metric *metric;
	size_t nmetric;
};

/*
 * Adds an event (own transaction unless one is open); sets seq, recorded_us and, unless it brings one, id.
 * The text of an id that a store_add_* function made is valid until the next such call.
 */
MUST_CHECK bool store_add_event(struct store *s, struct event *e, struct err *err);
/* The newest event of a kind (by at_us, then seq), not after `until_us`; *found tells. */
MUST_CHECK bool store_last_event(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                                 enum event_kind kind, int64_t until_us, struct event *ret, bool *found,
                                 struct err *err);
/* The newest materialization that gave this version; an empty version finds none. */
MUST_CHECK bool store_event_of_version(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                                       struct sv version, struct event *ret, bool *found, struct err *err);
/*
 * The newest start in (from_us, until_us] that no materialization or failure of the same run (or of one
 * without a name) has closed.
 */
MUST_CHECK bool store_open_start(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                                 int64_t from_us, int64_t until_us, struct event *ret, bool *found,
                                 struct err *err);
/* Latest event per partition of an asset, of one kind, sorted by partition. */
MUST_CHECK bool store_partition_events(struct store *s, struct arena *a, struct sv asset,
                                       enum event_kind kind, int64_t until_us, struct event **ret, size_t *n,
                                       struct err *err);
/* When the first event of an asset happens, of those after an instant; TIME_NONE = there is none. */
MUST_CHECK bool store_next_event(struct store *s, struct sv asset, int64_t after_us, int64_t *ret,
                                 struct err *err);
/* Newest first; empty asset = all. */
MUST_CHECK bool store_list_events(struct store *s, struct arena *a, struct sv asset, int64_t limit,
                                  struct event **ret, size_t *n, struct err *err);
/* Which events; all-zero but for the times and `kind` (-1) is all. */
struct event_filter {
	struct sv asset, partition, run_id; /* empty = any */
	int kind;                           /* enum event_kind; -1 = any */
	int64_t since_us, until_us;         /* of at_us: since <= at < until; TIME_NONE = open */
	int64_t before_us, before_seq;      /* goes on behind this event; TIME_NONE = from the newest */
};
/* Newest first. */
MUST_CHECK bool store_find_events(struct store *s, struct arena *a, const struct event_filter *f, size_t max,
                                  struct event **ret, size_t *n, struct err *err);
/* All of one run, in the order of their arrival; none for an empty name. */
MUST_CHECK bool store_events_of_run(struct store *s, struct arena *a, struct sv run_id, size_t max,
                                    struct event **ret, size_t *n, struct err *err);
/* Arrival times (at_us) of the last n materializations, newest first: the usual interval. */
MUST_CHECK bool store_arrivals(struct store *s, struct arena *a, struct sv asset, int64_t until_us,
                               size_t max, int64_t **ret, size_t *n, struct err *err);
/* Asset keys that have events. */
MUST_CHECK bool store_known_assets(struct store *s, struct arena *a, struct sv **ret, size_t *n,
                                   struct err *err);

/*
 * When a version of an asset was first seen, so that an identical rebuild is known as such; TIME_NONE for an
 * empty one.
 */
MUST_CHECK bool store_see_version(struct store *s, struct sv asset, struct sv partition, struct sv version,
                                  int64_t at_us, int64_t *first_us, struct err *err);

struct stored_verdict {
	struct sv run_id, asset, partition, version;
	struct sv check_id, check_hash, expectation;
	enum outcome outcome;
	enum severity severity;
	bool blocking, implicit;
	struct sv message;
	struct sv result; /* JSON: GX result object */
	struct sv engine;
	int64_t at_us;
	double duration_ms;
};

struct stored_run {
	struct sv id, kind; /* "check", "audit" … */
	int64_t started_us, finished_us;
	enum outcome outcome;
	struct sv catalog_hash;
	struct sv report; /* JSON of the whole report, or empty */
};

/* One run with its verdicts and metric values, in one transaction. */
MUST_CHECK bool store_add_run(struct store *s, const struct stored_run *run, const struct stored_verdict *v,
                              size_t n, struct err *err);
/* How far the runs on record reach now: for store_run_is_past. */
MUST_CHECK bool store_run_position(struct store *s, int64_t *ret, struct err *err);
/* How far the runs reached that had ended by then: for what began to look at t_us on another machine. */
MUST_CHECK bool store_run_position_at(struct store *s, int64_t t_us, int64_t *ret, struct err *err);
/* Was this run stored after that position was taken?  False for one that is not there. */
MUST_CHECK bool store_run_is_past(struct store *s, struct sv id, int64_t position, bool *ret,
                                  struct err *err);
/* One run, with its report as far as it was kept. */
MUST_CHECK bool store_run(struct store *s, struct arena *a, struct sv id, struct stored_run *ret, bool *found,
                          struct err *err);
/* The environment of a run: ids are of all of them. */
MUST_CHECK bool store_run_env(struct store *s, struct arena *a, struct sv id, struct sv *ret, bool *found,
                              struct err *err);
/* Newest first, without their reports; kind empty = all, since_us TIME_NONE = ever. */
MUST_CHECK bool store_list_runs(struct store *s, struct arena *a, struct sv kind, int64_t since_us,
                                size_t max, struct stored_run **ret, size_t *n, struct err *err);
/* The same page by page: those stored before the run `before` (empty = the newest). */
MUST_CHECK bool store_runs_before(struct store *s, struct arena *a, struct sv kind, struct sv before,
                                  size_t max, struct stored_run **ret, size_t *n, struct err *err);
/* Verdicts of a run, by outcome. */
MUST_CHECK bool store_run_counts(struct store *s, struct sv id, int64_t counts[5], struct err *err);

/* One verdict of a check's past. */
struct check_point {
	int64_t at_us;
	enum outcome outcome;
	double value; /* what was observed, or how many values were unexpected; NaN = no number */
};
/*
 * The last max verdicts of a check, whatever its arguments were then, oldest first.  Up to those of a run; run_id empty, or of a run that
 * is not stored: up to the newest.
 */
MUST_CHECK bool store_check_history(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                                    struct sv check_id, struct sv run_id, size_t max,
                                    struct check_point **ret, size_t *n, struct err *err);

/*
 * The newest (last stored) verdict of a check by identity (asset, partition, version, check hash).  Version
 * empty: of any version, also of data whose version was not known: such a verdict must never open a gate.
 */
MUST_CHECK bool store_verdict(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                              struct sv version, struct sv check_hash, struct stored_verdict *ret,
                              bool *found, struct err *err);
/* All newest verdicts of a version (one per check hash); none for an empty one. */
MUST_CHECK bool store_verdicts(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                               struct sv version, struct stored_verdict **ret, size_t *n, struct err *err);

/*
 * Verdicts that others reported (an orchestrator's own checks): their expectation is EXTERNAL.  The newest of each check, whatever the
 * version it was told for.
 */
#define EXTERNAL "external"
MUST_CHECK bool store_external_verdicts(struct store *s, struct arena *a, struct sv asset,
                                        struct sv partition, struct stored_verdict **ret, size_t *n,
                                        struct err *err);

/* Partition keys of an asset that have verdicts, sorted. */
MUST_CHECK bool store_judged_partitions(struct store *s, struct arena *a, struct sv asset, struct sv **ret,
                                        size_t *n, struct err *err);

/* History of numbers: observed values and counts by check; by what was measured: store/points.h. */
struct stored_metric {
	struct sv asset, partition, version, name;
	/* what was measured, whatever the check that asked says of it (check_metric); empty = it is no check's */
	struct sv identity;
	bool flagged; /* the check failed or warned */
	double value;
	int64_t at_us;
};
MUST_CHECK bool store_add_metrics(struct store *s, struct sv run_id, const struct stored_metric *m, size_t n,
                                  struct err *err);
MUST_CHECK bool store_metric_history(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                                     struct sv name, size_t max, struct stored_metric **ret, size_t *n,
                                     struct err *err);

/* Gate decisions: every one is logged. */
struct stored_decision {
	struct sv id, asset, partition, decision, mode, json; /* json: the whole answer */
	int64_t at_us;
	int64_t count, last_us; /* how often it was given, and when last; a new one: once, at at_us */
	int64_t seq;            /* order of storing; set by what reads */
};
MUST_CHECK bool store_add_decision(struct store *s, struct stored_decision *d, struct err *err);
/* The same answer was given n times more, last at last_us. */
MUST_CHECK bool store_count_decision(struct store *s, struct sv id, int64_t n, int64_t last_us,
                                     struct err *err);
struct decision_filter {
	struct sv asset, partition, decision; /* empty = any */
	int64_t since_us, until_us;           /* last given in [since, until); TIME_NONE = open */
	int64_t before_seq;                   /* of the page before; 0 = the newest */
	size_t max;
};
/* Newest first. */
MUST_CHECK bool store_find_decisions(struct store *s, struct arena *a, const struct decision_filter *f,
                                     struct stored_decision **ret, size_t *n, struct err *err);
MUST_CHECK bool store_list_decisions(struct store *s, struct arena *a, struct sv asset, size_t max,
                                     struct stored_decision **ret, size_t *n, struct err *err);

struct stored_override {
	struct sv id, asset, partition, reason, who;
	struct sv version; /* of the inputs it was made for: fingerprint of the gate's inputs */
	int64_t from_us, until_us;
};
MUST_CHECK bool store_add_override(struct store *s, struct stored_override *o, struct err *err);
MUST_CHECK bool store_overrides(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                                int64_t at_us, struct stored_override **ret, size_t *n, struct err *err);

/* ULID: 26 characters, time-ordered, from the clock and getrandom. */
enum { ULID_MAX = 27 };
void ulid_make(int64_t t_us, char dst[ULID_MAX]);

#endif
