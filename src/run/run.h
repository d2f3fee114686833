/*
 * The one place that puts it together: observe, plan, evaluate, judge, store.
 *
 * A workspace is what a command works with; a report is what it found.  Reports are plain data, the same for every format.
 */
#ifndef WEIR_RUN_RUN_H
#define WEIR_RUN_RUN_H

#include "engine/engine.h"
#include "fresh/fresh.h"
#include "store/incident.h"
#include "store/store.h"
#include "store/waiver.h"

struct report;
struct past_copy;
struct quarantine_places;

struct workspace {
	struct arena *a; /* lives as long as the report */
	const struct catalog *catalog;
	const struct checks *checks; /* by asset index; loaded with the catalog */
	struct store *store;         /* never NULL; `:memory:` keeps nothing */
	const struct clock *clock;
	struct pool *pool;
	size_t memory_bytes;
	const char *spill_folder; /* the state's, for what does not fit; NULL = /var/tmp */
	const char *kept_folder; /* of what is kept of the parts of files; NULL = all is read, nothing kept */
	enum result_format format;
	bool explain;
	/*
	 * Data is not looked at: what was last seen of it, by the store, counts as what lies there now.  Where somebody else reported since
	 * what they saw, nothing is known of it (ERR_CHANGED).
	 */
	bool remembered;
	void (*progress)(void *ctx, int64_t done_bytes,
	                 int64_t total_bytes); /* of the asset at work; may be NULL */
	void *progress_ctx;
	/*
	 * Called in the transaction that stores a run: what follows from the report (incidents, messages) stands or falls with it.  May
	 * be NULL.
	 */
	bool (*settle)(struct workspace *w, struct report *r, struct err *err);
	/*
	 * The store is no place where the past would be: that is a service's, and what checks ask of it stands in these copies (run/past_copy.h),
	 * by asset.
	 */
	bool history_elsewhere;
	const struct past_copy *past;
	size_t npast;
	bool attended; /* alerts_tick is called whenever it is due: what may become well by itself need not be told yet */
	struct quarantine_places *places; /* of failing rows of this run; NULL until some are written */
	/* Of the run that began last; set by run_begin, to this text if it is not empty. */
	char run_id[ULID_MAX];
	struct sv next_run_id;
	/* The report as JSON, for stored_run.report.  Reports are written above this layer.  NULL = it is not kept. */
	bool (*render)(const struct report *r, struct buf *b, struct err *err);
};

/* A failing row in words. */
struct shown_row {
	int64_t row;
	struct sv key, value; /* key: "id=7, day=2024-01-31", or empty */
};

/* The failing rows of a check, written where its catalog says.  `to` empty: it says nothing. */
struct quarantined {
	struct sv to;
	int64_t rows, failing; /* that were written, and that there are: more than `limit` lets */
};

struct check_result {
	const struct check *check;
	struct verdict verdict;
	struct sv result; /* the GX result object as JSON, at the run's format */
	const char *engine;
	double duration_ms;
	bool stored;   /* the last known state, not evaluated now */
	int64_t at_us; /* when it was judged */
	/*
	 * Its failure (or warning) is put up with: the outcome reported is `warn`, the verdict that is stored says `judged`.  NULL = not
	 * waived.
	 */
	const struct waiver *waiver;
	enum outcome judged; /* before the waiver; means nothing without one */
	struct quarantined quarantine;
	/* Of a report that was read back, instead of the verdict's sample: its values are words already. */
	const struct shown_row *shown;
	size_t nshown;
	/* The latest verdicts up to this one, oldest first; of run_history. */
	const struct check_point *history;
	size_t nhistory;
};

/* One asset or partition in a report. */
struct asset_result {
	const struct asset *asset; /* NULL for a bare --source */
	struct sv key, partition;
	enum outcome outcome;
	struct sv data_version;
	bool has_freshness, has_staleness;
	struct freshness freshness;
	struct staleness staleness;
	struct check_result *check;
	size_t ncheck;
	struct err err; /* set: the asset could not be read at all; each check says so too */
	struct sv explain;
	int64_t parts,
		parts_reused; /* files, and those of which nothing was read as what is kept of them did; 0 = none is kept */
};

struct check_counts {
	int64_t outcome[5]; /* by enum outcome */
};

/* A message that was not written. */
struct untold {
	struct sv channel, title;
};
enum { UNTOLD_MAX = 10 };

struct report {
	char run_id[ULID_MAX];
	const char *command; /* "check", "audit" … */
	struct sv project, env;
	int64_t started_us, finished_us;
	double seconds; /* monotonic; whole milliseconds, so that it reads back as it was */
	enum outcome outcome;
	struct asset_result *asset;
	size_t nasset;
	bool has_orphans;
	struct orphan *orphan;
	size_t norphan;
	/* What is new, still open and fixed by this run, worst first; set by workspace.settle. */
	bool last_known; /* nothing was looked at: the incidents are those that are open */
	bool has_incidents;
	const struct incident *incident;
	size_t nincident;
	/* What would have been told, were alerts switched on: the first of untold_total. */
	struct untold *untold;
	size_t nuntold;
	int64_t untold_total;
	bool whole;        /* an audit of all of the catalog: what it does not name is no longer declared */
	bool orphans_sure; /* all that orphans are told from could be looked at */
	int64_t position;  /* of the runs on record when it began to look (store_run_position) */
	bool unpublished; /* what was judged did not become the asset: that it is fine says nothing of what lies there */
	/* summary */
	int64_t assets; /* distinct */
	struct check_counts checks;
	int64_t fresh[5]; /* by enum fresh_status */
	int64_t stale;
	struct err unsaved;   /* set: what was found is not in the store */
	struct sv suite_name; /* of --suite */
	struct sv parameters; /* suite parameters as JSON */
};

/* The dataset of an asset, or of one partition of it (NULL = all).  ERR_NOT_FOUND names what is missing when a file-like one has no part. */
MUST_CHECK bool run_dataset(struct arena *a, const struct catalog *c, const struct asset *asset,
                            const struct partition *p, struct dataset *ret, struct err *err);
/* A bare path or URL: `--source`. */
MUST_CHECK bool run_dataset_of_source(struct arena *a, struct sv source, struct sv table, struct sv query,
                                      struct dataset *ret, struct err *err);

/* Observes one asset: asks the store and (probe) looks at its data.  Failures are in the result. */
void run_observe(struct workspace *w, const struct asset *asset, bool probe, struct observed *ret);
/*
 * For a look that somebody else had at at_us: what of it is news is told from the store, then it is kept like one's own (run_record).  Of
 * what lies elsewhere every look is kept, also one that failed: nobody here will have another.
 */
MUST_CHECK bool run_record_look(struct workspace *w, const struct asset *asset, struct observed *o,
                                int64_t at_us, struct err *err);
/* When somebody last looked at the whole asset, or told what lies there; TIME_NONE = never. */
MUST_CHECK bool run_last_look(struct workspace *w, const struct asset *asset, int64_t *ret, struct err *err);
/*
 * What run_observe says of every asset without a look at its data, in one walk through the store; in no order.  *o lives until each
 * returns.
 */
MUST_CHECK bool run_recall_all(struct workspace *w,
                               void (*each)(void *ctx, const struct asset *asset, const struct observed *o),
                               void *ctx, struct err *err);
/* Keeps what a probe found: its version, and observations of what is news, also of partitions.  Sets version_since_us. */
MUST_CHECK bool run_record(struct workspace *w, const struct asset *asset, struct observed *o,
                           struct err *err);
/* The version of an asset or partition as it lies there now (or was last reported): empty and *err if it cannot be told. */
MUST_CHECK bool run_version(struct workspace *w, const struct asset *asset, const struct partition *p,
                            struct sv *ret, struct err *err);

/* Sets the identity of checks that look at other assets by the versions these have now.  run_report does it itself. */
void run_identify(struct workspace *w);
void run_identify_some(struct workspace *w, const uint32_t *asset, size_t n);

/* Evaluates checks on a dataset: reads it once, again if it changed meanwhile, then ERR_CHANGED.  Every check gets a verdict.
 * asset and p are NULL for a bare source, of run_dataset_of_source; ret needs its key and partition only. */
void run_evaluate(struct workspace *w, const struct dataset *d, const struct asset *asset,
                  const struct partition *p, const struct checks *checks, struct asset_result *ret);

struct run_request {
	const char *command;
	struct selection selection;
	struct sv partition;        /* `K` or `A..B`; empty = all that exist */
	bool fresh, orphans, check; /* what to do */
	bool stored;                /* status: read the last known state, run nothing */
	bool only_new; /* what is judged already in the version that lies there is not judged again */
	bool implicit; /* checks that nobody wrote are worth a run, too */
};
/*
 * The whole: fills a report and stores the run.  Where storing fails, the report is there all the same and says so (unsaved).  False for
 * what stops everything (nothing selected, no checks, an unreadable store).
 */
MUST_CHECK bool run_report(struct workspace *w, const struct run_request *r, struct report *ret,
                           struct err *err);
/* A bare source against a suite. */
MUST_CHECK bool run_suite(struct workspace *w, const struct dataset *d, const struct checks *checks,
                          struct report *ret, struct err *err);

/*
 * What `status` says of one asset or partition: its last known verdicts with what is waived now, and its outcome.  The freshness and
 * staleness are the caller's: in *ret before, if they are to count.
 */
MUST_CHECK bool run_last_known(struct workspace *w, const struct asset *asset, struct sv partition,
                               const struct observed *o, struct asset_result *ret, struct err *err);

/*
 * The same of an asset and each partition that was judged, as far as its checks are selected: *ret begins with a copy of *whole, which has
 * the asset, freshness and staleness.  They are neither waived nor summed up: run_end does that.
 */
MUST_CHECK bool run_state(struct workspace *w, const struct selection *s, const struct observed *o,
                          const struct asset_result *whole, struct asset_result **ret, size_t *n,
                          struct err *err);
/* False where a selector names checks that nothing selected has. */
MUST_CHECK bool run_checks_exist(struct workspace *w, const struct selection *s, struct err *err);
/* Sets the incidents to those that are open and concern what is selected, worst first. */
MUST_CHECK bool run_open_incidents(struct workspace *w, const struct selection *s, struct report *ret,
                                   struct err *err);

/* Adds what the store has of the latest verdicts of each check, at most max; none past this run. */
MUST_CHECK bool run_history(struct arena *a, struct store *s, struct report *r, size_t max, struct err *err);

/* Does a glob of `check:` mean this check of an asset?  By its id, by what follows the asset in it, or by its name. */
bool run_check_is(struct sv glob, struct sv asset, const struct check *c);

/*
 * A run whose results the caller makes itself: begin gives it an id, end sums up, keep stores it together with an event (which may be
 * NULL), in one transaction.
 */
/* From here on it looks: what runs found that were stored since is newer.  begin does it, too. */
void run_look(struct workspace *w, struct report *ret);
void run_begin(struct workspace *w, const char *command, struct report *ret, int64_t *start_ns);
void run_end(struct workspace *w, struct report *r, int64_t start_ns);
MUST_CHECK bool run_keep(struct workspace *w, struct report *r, struct event *event, struct err *err);
/* The same for a report that was made elsewhere, in the transaction that is open: it is waived and summed up as of now. */
MUST_CHECK bool run_adopt(struct workspace *w, struct report *r, struct err *err);
/* The partitions to work on: `K`, `A..B`, or (empty text) all that are there. */
MUST_CHECK bool run_partitions(struct workspace *w, const struct asset *asset, struct sv text,
                               struct partition **ret, size_t *n, struct err *err);
/* A path of an asset's source, absolute or as the catalog's folder was given. */
struct sv run_path(struct arena *a, const struct asset *asset, struct sv path);
/* Nothing could be read: every check ends in the same error. */
void run_refuse(struct workspace *w, const struct checks *checks, const struct err *err,
                struct asset_result *ret);

/* Marks what these waivers, newest first, put up with: those of a service, say.  It has to be summed up anew then. */
void run_waive_by(struct arena *a, struct waiver *waiver, size_t n, struct report *rep);
/* Counts, outcome; called by both above. */
void report_summarize(struct report *r);
/* The contract's exit status: precedence 3, 1, 0.  strict: warnings and orphans count as 1. */
int report_exit_status(const struct report *r, bool strict);

#endif
