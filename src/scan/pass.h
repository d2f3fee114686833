/*
 * A pass: the states of some metrics while rows stream by.
 *
 * Whoever has rows (a reader's morsel, an engine's result set) makes batches and feeds them; the pass evaluates each distinct
 * expression once per batch and updates all states.  One thread works on a pass at a time.
 */
#ifndef WEIR_SCAN_PASS_H
#define WEIR_SCAN_PASS_H

#include "metric/outlook.h"

/* Some rows: a vector for each column that the metrics need. */
struct batch {
	uint32_t rows;
	struct row_at at;                   /* of the first row, row numbers from the morsel's start */
	const struct vector *const *column; /* by column index; NULL where not needed */
	uint32_t ncolumn;
	int64_t malformed;     /* records left out since the last batch because they are no rows */
	uint64_t dictionaries; /* changes whenever those of the vectors may have changed */
};

/* What is known of some rows, before they are read. */
struct preview {
	int64_t rows;
	struct row_at at;      /* of the first row, as in the batches to come */
	uint64_t dictionaries; /* that of the batches to come */
	void *ctx;
	void (*facts)(void *ctx, uint32_t column, struct outlook *ret);
	/* All values that there may be in a column; NULL if nothing tells.  Reads and unpacks a dictionary. */
	bool (*dictionary)(void *ctx, uint32_t column, const struct vector **ret, struct err *err);
	/* Can the value be among them?  Asks a filter, if there is one. */
	bool (*may_hold)(void *ctx, uint32_t column, struct value v, bool *ret, struct err *err);
};

struct pass_plan; /* what is evaluated, in which order: shared by all threads, read-only */
struct pass;      /* the states and scratch memory of one thread */

/* All metrics of one stage.  values: results of earlier stages by metric id, or NULL. */
struct pass_plan *pass_plan_new(const struct metric *const *m, uint32_t n, const struct metric_value *values);
/*
 * The states of metrics that can be kept are to be had by part: all of them are merged in order then, but the growing ones if there is only
 * one part.  known[part * n + i]: metric i has its state of that part already, and needs nothing of it.  Before any pass is made; known outlives the plan.
 */
void pass_plan_by_part(struct pass_plan *p, size_t parts, const bool *known);
/* Where states beyond their budget put what they hold, unless TMPDIR says otherwise: see metric/spill.h.  It outlives the plan. */
void pass_plan_spill(struct pass_plan *p, const char *folder);
void pass_plan_free(struct pass_plan *p);
DEFINE_CLEANUP(pass_plan, pass_plan_free)
/* How column `index` is needed: enum need bits, 0 = not at all. */
unsigned pass_plan_need(const struct pass_plan *p, uint32_t index);

struct pass *pass_new(const struct pass_plan *p, size_t memory_bytes);
void pass_free(struct pass *p);
DEFINE_CLEANUP(pass, pass_free)

/*
 * Before the batches of a morsel: takes what the metrics can know without them, and those that it does for pass over them.  Sets need[0..n)
 * by column to what the others need, *open if there are any, and *pieces if some of these could do with less if they knew more of the rows.
 */
MUST_CHECK bool pass_preview(struct pass *p, const struct preview *v, unsigned *need, uint32_t n, bool *open,
                             bool *pieces, struct err *err);
/* The same of rows of that morsel, whose batches follow before the next piece: for those metrics that it was not known enough for. */
MUST_CHECK bool pass_preview_piece(struct pass *p, const struct preview *v, unsigned *need, uint32_t n,
                                   bool *open, struct err *err);
/*
 * A morsel's worth of ordered states is taken away by pass_cut: the caller keeps them until all before them are merged.  Dictionaries of its batches
 * live until then.
 * A state over its budget goes to disk, or fails its metric only (its value will say so), never the pass.
 */
MUST_CHECK bool pass_update(struct pass *p, const struct batch *b, struct err *err);
struct cut; /* the ordered states of one morsel */
struct cut *pass_cut(struct pass *p);
void cut_free(struct cut *c);

/* The merged result: first all cuts in order, then all threads' unordered states. */
struct merge;
struct merge *merge_new(const struct pass_plan *p, size_t memory_bytes);
void merge_free(struct merge *m);
DEFINE_CLEANUP(merge, merge_free)
void merge_cut(struct merge *m, struct cut *c, int64_t rows_before); /* takes the cut */
void merge_pass(struct merge *m, struct pass *p);                    /* takes its unordered states */
/* Takes the ordered states of a whole part, whose merge is of the same plan. */
void merge_part(struct merge *m, struct merge *part);
struct kept_state;
/* The state of metric i of the plan, its bytes appended to b.  False: it is not to be kept (it failed, or is too large). */
bool merge_save(struct merge *m, uint32_t i, struct buf *b, struct kept_state *ret);
/* Into a merge that has seen no rows.  False: the bytes are of no use, and the metric fails. */
bool merge_load(struct merge *m, uint32_t i, uint32_t part, const struct kept_state *s);
struct pool;
/* Before merge_final: what the threads of a pool can do of it.  Nothing is merged afterwards. */
void merge_share(struct merge *m, struct pool *pool);
void merge_final(struct merge *m, struct arena *a, struct metric_value *value); /* by metric id */

/* How a metric had of a morsel what it needs. */
enum pass_how { PASS_READ, PASS_FOOTER, PASS_FILTER, PASS_DICTIONARY, PASS_KEPT, PASS_HOWS };
struct pass_reads {
	int64_t morsels[PASS_HOWS];
	int64_t rows,
		rows_passed; /* of morsels that were read: in pieces, and of these what an index did for */
};
/* By position in the plan, of all passes that were merged. */
const struct pass_reads *merge_reads(const struct merge *m);

/* The evaluator alone: bits of the rows where a condition is true; NULL condition = all rows.  For filters of samples. */
struct eval;
struct eval *eval_new(void);
void eval_free(struct eval *e);
DEFINE_CLEANUP(eval, eval_free)
/* Results of earlier stages by metric id, for expressions that use them; they must outlive the evaluator. */
void eval_set_values(struct eval *e, const struct metric_value *values);
/* The result lives until the next eval_batch, as long as the batch does. */
void eval_batch(struct eval *e, const struct batch *b);
MUST_CHECK bool eval_expr(struct eval *e, const struct expr *x, const struct vector **ret, struct err *err);

#endif
