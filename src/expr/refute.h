/*
 * Conditions that cannot hold together: what a linter asks about filters and checks before any data is seen.
 *
 * A condition comes to true, false, null or an error.  Each assumption names those of them that one may come to in a row.  They are taken
 * apart into statements on single terms (a column, its length, …), OR by trying each way, and a term is left without a value when its ranges
 * do not meet, when no member of its lists passes what else is said of it, or when it would have to be null and not null.
 *
 * The answer "refuted" is a proof.  What is not understood (arithmetic between columns, times beside texts that may be times) is left out of
 * account, and so is what would take too long: then the answer is "not refuted", which says nothing.
 */
#ifndef WEIR_EXPR_REFUTE_H
#define WEIR_EXPR_REFUTE_H

#include "expr/expr.h"

enum { MAY_TRUE = 1, MAY_FALSE = 2, MAY_NULL = 4, MAY_ERROR = 8, MAY_ANY = 15 };

struct assumption {
	const struct expr
		*e; /* NULL: says nothing, where true is among what it may be; else nothing meets it */
	unsigned may;
};

/* Proven: in no row each of the expressions, all of one pool, comes to something that it may come to. */
bool expr_refuted(const struct assumption *v, size_t n);

/* Is a search for the pattern met by every text?  Only patterns that show it plainly: `.*`, `[0-9]*`, of LIKE `%`. */
bool expr_matches_all(const struct expr *match);

#endif
