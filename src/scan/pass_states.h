/*
 * Inside the pass: its plan, and the states of all its metrics.  What pass_plan.c, pass_states.c, pass.c and merge.c share.
 */
#ifndef WEIR_SCAN_PASS_STATES_H
#define WEIR_SCAN_PASS_STATES_H

#include "scan/eval.h"

struct needed {
	uint32_t column;
	unsigned need;
};

/* A place in one of the blocks of states. */
struct planned {
	const struct metric *m;
	size_t offset; /* in the ordered block or the unordered one */
	bool ordered;
	LIST(struct needed) need;
};

struct pass_plan {
	struct arena *a;
	struct planned *metric;
	uint32_t n;
	size_t ordered_size, unordered_size;
	const struct metric_value *values;
	const char *spill_folder;
	struct err **failed; /* metrics that use the value of one that failed */
	unsigned *need;      /* by column index */
	uint32_t ncolumn;
	struct planned *planning; /* whose needs are told */
	const bool *known;        /* [part * n + i]: metric i needs nothing of the part; NULL = none */
};

/* Rows of one metric that could not be computed. */
struct tally {
	int64_t errors;
	struct row_at first;
};

/* States of all metrics of a plan, ordered or not, with what became of them. */
struct states {
	const struct pass_plan *plan;
	bool ordered;
	char *state;
	struct err **failed; /* by position in the plan; NULL = all is well */
	struct tally *tally; /* of an ordered block only */
};

struct cut {
	struct states b;
};

struct pass {
	const struct pass_plan *plan;
	struct eval *eval;
	struct states unordered, ordered;
	size_t memory_bytes;
	struct scales *scales;
	uint64_t selected[EVAL_WORDS];
	const struct vector **arg; /* of the metric at work, and its filter behind them */
	/* By position in the plan: how the metric has what it needs of the morsel, and of how many it had it how. */
	uint8_t *how;
	bool *passed; /* likewise: of the piece of it that comes */
	struct pass_reads *reads;
};

/* Does metric i have all it needs of a part? */
bool pass_plan_knows(const struct pass_plan *p, uint32_t i, uint32_t part);

void states_init(struct states *b, const struct pass_plan *p, bool ordered);
void states_fini(struct states *b);
/* Metric i is one of the ordered ones, or of the others, as the states are. */
bool states_holds(const struct states *b, uint32_t i);
void *states_at(const struct states *b, uint32_t i);
/* The first failure counts; the state is not looked at again, so what it holds is freed. */
void states_fail(struct states *b, uint32_t i, const struct err *err);
/* Spills, or fails, the largest until all hold no more than the limit, in bytes. */
void states_enforce(struct states *b, size_t limit);

#endif
