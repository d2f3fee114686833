/*
 * Evaluation of expressions one row at a time.
 *
 * This is the readable definition of what every operator means: constants are folded with it, functions that weir registers in a
 * database end here, and the vectorised evaluator is tested against it.
 */
#ifndef WEIR_EXPR_EVAL_H
#define WEIR_EXPR_EVAL_H

#include "expr/expr.h"
#include "expr/regex.h"

/* What an evaluation needs beside the expression.  in_keys and metric may be NULL if the tree holds no such node. */
struct eval_env {
	const struct value *column; /* the row: by column index */
	const bool *misfit; /* by column index: the value does not fit its type, an error; NULL = all do */
	struct regex_scratch
		*scratch; /* for OP_MATCH, OP_LIKE and OP_CONFORMS; NULL: one is made for each call */
	struct arena *a;  /* texts that are made live here */
	bool (*in_keys)(void *ctx, const struct expr *e, const struct value *tuple, uint32_t n);
	bool (*metric)(void *ctx, const struct metric *m,
	               struct value *ret); /* false: the metric has no value: an error */
	void *ctx;
};

/*
 * The value of a row; *error tells that it could not be computed (*ret is null then).  False only if the tree holds keys or
 * metrics and the environment says nothing of them: nothing was decided.
 */
MUST_CHECK bool expr_eval(const struct eval_env *env, const struct expr *e, struct value *ret, bool *error);
MUST_CHECK bool expr_eval_row(const struct expr *e, const struct value *columns_by_index,
                              struct regex_scratch *scratch, struct arena *a, struct value *ret, bool *error);

/*
 * One operator on the values of its operands, n = e->nargs (values of operands beyond expr_operands(e) are not looked
 * at).  False as above, for OP_IN_KEYS.
 */
MUST_CHECK bool expr_eval_op(const struct expr *e, const struct value *args, uint32_t n,
                             struct regex_scratch *scratch, struct arena *a, struct value *ret, bool *error);

/* The zone in which a comparison of these two sees wall clocks beside instants; NULL = UTC. */
const struct tz *expr_zone(const struct expr *a, const struct expr *b);

/* SQL's rounding: halves away from zero, of the shortest decimal that reads back as r (2.675 to 2 digits is 2.68). */
double eval_round(double r, int64_t digits);
/* Letters of all scripts by Unicode's simple case mappings; the result lives in a. */
struct sv eval_lower(struct arena *a, struct sv s);
struct sv eval_upper(struct arena *a, struct sv s);
/* n characters from the start-th, counted from 1; what lies outside is cut off. */
struct sv eval_substr(struct sv s, int64_t start, int64_t n);

#endif
