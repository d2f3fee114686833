/* Between refute.c, which takes conditions apart, and refute_term.c, which asks what is left for one term. */
#ifndef WEIR_EXPR_REFUTE_PARTS_H
#define WEIR_EXPR_REFUTE_PARTS_H

#include "expr/refute.h"

/* A condition that is not AND, OR or NOT, and what it may come to. */
struct fact {
	const struct expr *e;
	unsigned may;
};

struct facts {
	struct fact *v;
	size_t n, cap;
};

/* What a term may be in the row. */
enum { IS_VALUE = 1, IS_NULL = 2, IS_ERROR = 4 };
struct term {
	const struct expr *e;
	unsigned may;
};

/* A comparison of a term with a constant, or membership in a list of them, or a pattern: the term; else NULL. */
const struct expr *fact_term(const struct fact *f);
/* Is it null exactly where its one operand is? */
bool expr_keeps_null(const struct expr *e);
/* Can the term be a value at all, by what is said of it and of what is made of it? */
bool term_has_value(struct arena *a, const struct facts *f, const struct expr *term);

#endif
