/* What lints see of the checks of one asset. */
#ifndef WEIR_EXPECT_LINT_PARTS_H
#define WEIR_EXPECT_LINT_PARTS_H

#include "expect/family.h"
#include "expect/lint.h"
#include "expr/refute.h"

/* What a check says, as far as lints understand it. */
struct claim {
	const struct check *c;
	const struct bound *b;
	/*
	 * of rows: those that `where` selects and that are considered (NULL: all) are bad where `unexpected` is true, and at least the share
	 * `mostly` of them is good when the check passes
	 */
	bool rows;
	const struct expr *where, *considered, *unexpected;
	/* What `unexpected` and `where` are about, a bit for a column: what has none in common has nothing to do with each other. */
	uint64_t columns, where_columns;
	double mostly;
	bool only_mostly; /* and it passes whenever that is so: no threshold asks for more */
	/* of a number, known by its name: it lies in the range when the check passes */
	bool number;
	struct sv metric;
	struct range range;
	bool counts_rows; /* the number is that of the rows */
	int worst;        /* when it fails: 2 is a failure, 1 a warning */
	bool nowhere;     /* no row is selected */
	bool never_fails, never_passes;
};

/* What was found: to be told, or not. */
struct findings {
	struct diags *told;
	struct diags ignored;
	LIST(struct loc) used; /* of `ignore`: where there was something to ignore */
};

/* The checks of an asset, or those that a composed one is made of. */
struct linted {
	struct arena *a;
	const struct asset *asset;
	const struct checks *checks;
	struct binder binder;
	struct claim *claim; /* of the checks that are switched on and right */
	size_t n;
	/* Where these are parts: of which check, and among which. */
	const struct check *whole;
	const struct linted *outer;
	/* What is met where nothing is wrong: of parts, the asset's own, and each other if all of them have to be. */
	const struct claim *const *held;
	size_t nheld;
	struct findings *findings;
	struct diags *d;         /* of the finding that is being told */
	const struct lint *lint; /* that is looking */
};

/* Binds the checks of the asset. */
void claims_make(struct linted *l);
/* Of the parts of a composed check, which are bound with it. */
void claims_make_parts(struct linted *l, const struct claim *whole);
/* A warning about a check, under the code of the lint that is looking; a hint and a note may follow. */
void lint_report(struct linted *l, const struct check *c, struct loc at, const char *fmt, ...) PRINTF(4, 5);
void lint_note(struct linted *l, const struct check *other, const char *fmt, ...) PRINTF(3, 4);
/* "'between' of 'amount'" */
struct sv claim_name(struct arena *a, const struct claim *c);
/* What Great Expectations lets pass whatever there is: "bounds" of a range without any, "values" of a set that is null.  Else NULL. */
const char *claim_lacks(const struct claim *c);
/* Does it demand something of every row that it considers, whatever their number? */
bool claim_is_hard(const struct claim *c);
/* Proven: of rows that meet all of that, none leaves the check as it must be to pass. */
bool claim_refutes(const struct claim *c, const struct assumption *v, size_t n);
/* Whenever the first passes, the second does not fail. */
bool claim_implies(const struct claim *a, const struct claim *b);
/* Proven: where there is anything to judge, not both pass. */
bool claims_clash(struct linted *l, const struct claim *a, const struct claim *b);
/* The column that a check of one column is about, or empty. */
struct sv claim_column(const struct claim *c);
/* Is every number of one range in the other; do they have none in common?  False: not certain. */
bool range_within(const struct range *in, const struct range *out);
bool range_apart(const struct range *a, const struct range *b);
/* Does the first end clearly below the second? */
bool range_before(const struct range *a, const struct range *b);

extern const struct lint lint_redundant, lint_duplicate, lint_contradiction;
extern const struct lint lint_never_fails, lint_never_passes, lint_threshold;
extern const struct lint lint_where, lint_segments;
extern const struct lint lint_undeclared, lint_odd_type, lint_odd_value;
extern const struct lint lint_unused;

#endif
