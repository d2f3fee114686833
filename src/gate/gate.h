/*
 * The gate: may this asset be made (or read) now?  Allow or block, with reasons, on exact versions of its
 * direct inputs.
 */
#ifndef WEIR_GATE_GATE_H
#define WEIR_GATE_GATE_H

#include "run/run.h"

struct reason {
	enum reason_kind kind;
	struct sv upstream, partition;
	struct sv check; /* id, where one is meant */
	struct sv message;
	struct sv data_version;
	enum gate_effect effect;
	/* Of a reason about several partitions of an input: how many, and the first of them; partition is the first. */
	size_t npartition;
	const struct sv *named;
	size_t nnamed;
};
enum { REASON_PARTITIONS_MAX = 20 };

struct gate_input {
	struct sv upstream, partition, data_version;
	enum fresh_status freshness;
	enum outcome checks; /* worst of the blocking ones; OUTCOME_SKIPPED = none declared */
	bool unchecked;
	int64_t stamp_us; /* stands for the version where that is not known; TIME_NONE = that is not, either */
	int64_t started_us;   /* since when it is being made; TIME_NONE = it is not */
	enum gate_effect cap; /* the dependency's own `gate:`: no reason does more */
	bool elsewhere;       /* what was last reported of it was judged, of observed_us; TIME_NONE = never */
	int64_t observed_us;
};

struct decision {
	struct sv asset, partition;
	bool allow; /* what is enforced: in shadow mode always true */
	bool would_block;
	bool shadow;
	int64_t decided_us;
	const char *catalog_hash;
	struct reason *reason;
	size_t nreason;
	struct gate_input *input;
	size_t ninput;
};

/* A version that the caller is about to read: where another one lies there, the reason is `changed`. */
struct gate_named {
	struct sv upstream, partition, version;
};

struct gate_request {
	struct sv asset, partition;
	const struct gate_named *named;
	size_t nnamed;
	bool run;                  /* check what is unchecked */
	int64_t wait_us;           /* on unchecked, late, missing, in_progress only */
	struct sv override_reason; /* with for_us: record an override for these versions */
	int64_t for_us;
	struct sv who;
	const struct gate_known *known; /* NULL = all upstream is asked for and judged anew */
};

/* An asset that could not be looked at: of what rests on it nothing can be said. */
struct gate_blind {
	struct sv key, why;
};

/* What somebody keeps of the catalog anyway, as of now: by asset index, and in words. */
struct gate_known {
	const struct observed *observed;
	void (*tell)(const void *ctx, struct arena *a, uint32_t asset, struct freshness *fresh,
	             struct staleness *stale);
	const void *ctx;
	const struct gate_blind *blind;
	size_t nblind;
};

/*
 * Decides and logs the decision.  False only when nothing could be decided or logged (unknown asset:
 * ERR_USAGE); an unreachable input is a reason `undecided`, which blocks unless the catalog says otherwise.
 */
MUST_CHECK bool gate_decide(struct workspace *w, const struct gate_request *r, struct decision *ret,
                            struct err *err);
/*
 * The decision when the state cannot be opened (why): one reason `undecided`, which blocks unless the catalog says otherwise.  Nothing is
 * logged, since there is nowhere to.  False for an unknown asset.
 */
MUST_CHECK bool gate_undecided(struct workspace *w, const struct gate_request *r, const struct err *why,
                               struct decision *ret, struct err *err);
/*
 * One look and no more: no check is run, nobody waits, nothing is logged; overrides on record count, one that is asked for is not made.
 * *until_us: the first instant at which the clock alone makes something of it another, apart from what upstream's freshness and staleness
 * say (TIME_NONE = never).
 */
MUST_CHECK bool gate_look(struct workspace *w, const struct gate_request *r, struct decision *ret,
                          int64_t *until_us, struct err *err);
/* The same with an override that is made now, if it is blocked and can be. */
MUST_CHECK bool gate_override(struct workspace *w, const struct gate_request *r, struct decision *ret,
                              struct err *err);
/* Would it be of use to wait?  Only what time may heal blocks. */
bool gate_worth_waiting(const struct decision *d);
/* The contract's JSON. */
void gate_json(const struct decision *d, struct json_writer *w);
void gate_text(const struct decision *d, bool colour, bool unicode, struct buf *b);
/* How its blocking checks stand: an outcome, "unchecked", or "none". */
const char *gate_input_checks(const struct gate_input *in);
/* A line for each input with the version that was judged, for those who want to see what the decision rests on. */
void gate_text_inputs(const struct decision *d, struct buf *b);
/* Does it block for nothing but what time may heal?  The rest needs somebody to act. */
bool gate_worth_waiting(const struct decision *d);
/* 0 allow, 1 block. */
int gate_exit_status(const struct decision *d);

#endif
