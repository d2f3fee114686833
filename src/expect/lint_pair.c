/* Two checks of which one says what the other says, or more. */
#include "expect/lint_parts.h"

/* What can never be met, or is always met, implies or is implied by anything: that is told elsewhere. */
static bool
is_live(const struct claim *c)
{
	return (c->rows || c->number) && !c->nowhere && !c->never_fails && !c->never_passes;
}

/* What nobody wrote is no more than it has to be; of it only `nullable: false` was somebody's decision. */
static bool
is_declared(const struct claim *c)
{
	return !c->c->implicit || c->c->expectation == &expect_not_be_null;
}

/* Without the second, nothing that fails now would pass, or be taken less seriously. */
static bool
replaces(struct linted *l, const struct claim *a, const struct claim *b)
{
	if (a == b || !is_live(a) || !is_live(b) || !is_declared(a) || b->c->implicit || a->c->nby > 0 ||
	    b->c->nby > 0 || a->worst < b->worst || a->c->severity > b->c->severity ||
	    a->c->blocking < b->c->blocking)
		return false;
	if (a->rows && b->rows && (a->columns & b->columns) == 0)
		return false;
	/* Where the stricter one is met, the other one must have had something to say. */
	return claim_implies(a, b) && !claims_clash(l, a, b);
}

static void
find_duplicates(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct claim *later = &l->claim[i], *first = &l->claim[k];

			if (!replaces(l, first, later) || !replaces(l, later, first))
				continue;
			lint_report(l, later->c, later->c->loc, SV_FMT " says the same as " SV_FMT,
			            SV_ARG(claim_name(l->a, later)), SV_ARG(claim_name(l->a, first)));
			lint_note(l, first->c, "the other one");
			diag_hint(l->d, "Leave out one of them.");
			break;
		}
}

const struct lint lint_duplicate = {
	.code = "duplicate_check",
	.summary = "Two checks say the same in different words.",
	.doc = "Whatever the data, both pass or both fail, with the same severity. Leave out one of them. (Two that are written alike are "
	       "a mistake of the catalog, not a warning.)",
	.example = "  - length: {column: code, value: 3}\n  - length_between: {column: code, min: 3, max: 3}",
	.find = find_duplicates,
};

static void
find_redundant(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < l->n; k++) {
			const struct claim *weak = &l->claim[i], *strict = &l->claim[k];

			if (!replaces(l, strict, weak) || replaces(l, weak, strict))
				continue;
			lint_report(l, weak->c, weak->c->loc,
			            SV_FMT " cannot fail unless " SV_FMT " fails, too",
			            SV_ARG(claim_name(l->a, weak)), SV_ARG(claim_name(l->a, strict)));
			lint_note(l, strict->c, "the stricter one");
			diag_hint(l->d, "Leave out the weaker check, or give it a higher severity.");
			break;
		}
}

const struct lint lint_redundant = {
	.code = "redundant_check",
	.summary = "A stricter check of the same data says all that this one says.",
	.doc = "Whenever this check fails, the other one fails, at least as seriously. A looser check that is meant to block while a tighter one "
	       "warns is not redundant, and not told.",
	.example = "  - between: {column: amount, min: 0, max: 100}\n  - between: {column: amount, min: -5}",
	.together = true,
	.find = find_redundant,
};
