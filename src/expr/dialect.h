/* SQL dialects: one row of spellings and capabilities each, and the printing of expressions with bound parameters. */
#ifndef WEIR_EXPR_DIALECT_H
#define WEIR_EXPR_DIALECT_H

#include "expr/expr.h"

/*
 * Values in SQL are what the database holds: booleans are 0 and 1, times integers (microseconds; dates days) once a column was read
 * through its template, decimals text or numbers.  What a dialect cannot spell with our meaning goes to a function that the engine
 * registers: weir_op(i, operand…) with i an index into sql.opaque, answered by sql_eval.
 */
struct dialect {
	const char *name;
	char quote;              /* of identifiers, doubled inside */
	const char *placeholder; /* "?" */
	/*
	 * Spelling of an operator: a template with $1 $2 … for the operands, $* for all joined by ", ", or NULL if the dialect cannot
	 * say it with our meaning.
	 */
	const char *const *op; /* [OP_COUNT] */
	/* Does the template mean the same for operands of these types?  NULL = always. */
	bool (*plain)(const struct expr *e);
	/* Everything else: a template with $i for the index and $* for the operands.  NULL = there is no such function. */
	const char *call;
	uint32_t call_max; /* operands that the function may have */
	/*
	 * Reads column c, whose declared type is t, so that the value is what the scan engine would see; NULL = plain.  A template
	 * with $1 for the column and $i for the index of the column's own expression in sql.opaque.
	 */
	const char *(*column)(struct type t);
	const char *(*cast)(struct type from, struct type to); /* a template with $1, or NULL */
};
extern const struct dialect dialect_sqlite;

struct sql {
	struct buf text;
	struct arena *a;
	LIST(struct value) params; /* in the order of the placeholders: null, integers, reals, text, binary */
	LIST(const struct expr *)
	opaque; /* MATCH, LIKE, IN_KEYS, columns to be read …: the index is passed to weir_op */
};
void sql_init(struct sql *q, struct arena *a);
void sql_fini(struct sql *q);
void sql_ident(struct sql *q, const struct dialect *d, struct sv name);
/* False if the dialect cannot say it (the engine then evaluates it itself); q is as it was before. */
MUST_CHECK bool sql_expr(struct sql *q, const struct dialect *d, const struct expr *e);
bool dialect_can(const struct dialect *d, const struct expr *e);

struct eval_env; /* expr/expr_eval.h */
/*
 * What weir_op(i, raw…) answers, e being opaque[i]: an operator, or a column that is read.  *ret is a raw value.  *error: this row
 * cannot be computed.  SQL has no such value, so the function answers NULL, the engine remembers that it happened, and has the
 * metrics evaluated row by row instead.  False as expr_eval.
 */
MUST_CHECK bool sql_eval(const struct expr *e, const struct value *raw, uint32_t n,
                         const struct eval_env *env, struct value *ret, bool *error);
/* A raw value that sql_expr's SQL gave, as a value of the expression's type; false if it does not fit. */
MUST_CHECK bool sql_value(struct type t, struct value raw, struct value *ret);
/* The other way round, in the kinds that databases have; text that is made lives in a. */
struct value sql_raw(struct arena *a, struct value v);

#endif
