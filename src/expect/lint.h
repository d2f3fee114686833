/*
 * Lints: checks that are right each by itself, and cannot mean what their author wanted: one that says what another says, two that cannot
 * both be met, a filter that selects nothing, a check that cannot fail or cannot pass.
 *
 * A lint is a row: its code (stable: people look for it), its documentation, and a function that looks at the checks of one asset.  Findings are
 * warnings, told by `weir validate`.  What a lint says is proven (expr/refute.h): what it is not sure of it does not say.
 */
#ifndef WEIR_EXPECT_LINT_H
#define WEIR_EXPECT_LINT_H

#include "expect/expect.h"

struct linted;

struct lint {
	const char *code;
	const char *summary; /* one line */
	const char *doc;     /* what is meant, and what to do */
	const char *example; /* YAML of checks in which it is found */
	/* It is about checks that are all to be met: not looked for among the parts of `any` and `not`. */
	bool together;
	void (*find)(struct linted *l);
};

extern const struct lint *const lints[]; /* sorted by code */
extern const size_t lint_count;
const struct lint *lint_find(struct sv code); /* NULL if there is none */

/*
 * All lints on the checks of an asset, and on what composed ones are made of: adds a warning to *d for each finding, but for those that `lint:
 * {ignore: …}` says not to tell; returns how many these are.
 */
size_t checks_lint(struct arena *a, const struct asset *asset, const struct checks *checks, struct diags *d);
/* Codes that no lint has are mistakes.  Takes NULL. */
void lint_codes_check(const struct lint_decl *decl, struct diags *d);
/* `weir explain CODE`; false if there is none of that code. */
bool lint_explain(struct sv code, struct buf *b);

#endif
