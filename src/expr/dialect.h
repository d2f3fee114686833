/* SQL dialects: one row of spellings and capabilities each, and the printing of expressions with bound parameters. */
#ifndef WEIR_EXPR_DIALECT_H
#define WEIR_EXPR_DIALECT_H

#include "expr/expr.h"

struct dialect {
	const char *name;
	char quote;                  /* of identifiers, doubled inside */
	const char *placeholder;     /* "?" */
	/*
	 * Spelling of an operator: a template with $1 $2 … for the operands, $* for all joined by ", ", or NULL if the dialect cannot
	 * say it with our meaning.
	 */
	const char *const *op;       /* [OP_COUNT] */
	/* Reads column c, whose declared type is t, so that the value is what the scan engine would see; NULL = plain. */
	const char *(*column)(struct type t); /* a template with $1 */
	const char *(*cast)(struct type from, struct type to);
};
extern const struct dialect dialect_sqlite;

struct sql {
	struct buf text;
	struct arena *a;
	LIST(struct value) params; /* in the order of the placeholders */
	LIST(const struct expr *) opaque; /* MATCH, LIKE, IN_KEYS …: passed as an index for registered functions */
};
void sql_init(struct sql *q, struct arena *a);
void sql_fini(struct sql *q);
void sql_ident(struct sql *q, const struct dialect *d, struct sv name);
/* False if the dialect cannot say it (the engine then evaluates it itself); what was printed so far is garbage. */
MUST_CHECK bool sql_expr(struct sql *q, const struct dialect *d, const struct expr *e);
bool dialect_can(const struct dialect *d, const struct expr *e);

#endif
