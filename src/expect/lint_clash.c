/* Checks that cannot both pass, unless there is nothing that they could judge. */
#include <math.h>

#include "expect/lint_parts.h"

static bool
is_live(const struct claim *c)
{
	return (c->rows || c->number) && c->c->nby == 0 && !c->nowhere && !c->never_fails && !c->never_passes;
}

/* No row that is good by the first can be good by the second, which looks at all of them. */
static bool
good_is_bad(const struct claim *a, const struct claim *b)
{
	const struct assumption good[] = {
		{a->where, MAY_TRUE}, {a->considered, MAY_TRUE}, {a->unexpected, MAY_FALSE | MAY_NULL}};

	return a->mostly > 0 && claim_refutes(b, good, LEN(good));
}

/* Of the same rows more than all would have to be good. */
static bool
shares_exceed(const struct claim *a, const struct claim *b)
{
	const struct assumption both[] = {{a->where, MAY_TRUE},
	                                  {a->considered, MAY_TRUE},
	                                  {a->unexpected, MAY_FALSE | MAY_NULL},
	                                  {b->unexpected, MAY_FALSE | MAY_NULL}};

	return a->where == b->where && a->considered == b->considered && a->mostly + b->mostly > 1 + 1e-9 &&
	       expr_refuted(both, LEN(both));
}

static bool
rows_clash(const struct claim *a, const struct claim *b)
{
	return (a->columns & b->columns) != 0 &&
	       (good_is_bad(a, b) || good_is_bad(b, a) || shares_exceed(a, b));
}

/* Numbers ---------------------------------------------------------------------------------------------------- */

static enum number_place
place_of(const struct claim *c)
{
	return c->c->expectation->limits.place;
}

static bool
same_values(const struct claim *a, const struct claim *b)
{
	return a->b->ndomain > 0 && b->b->ndomain > 0 && a->b->domain[0] == b->b->domain[0] &&
	       a->where == b->where;
}

/* The least value is no greater than the mean, nor that than the greatest. */
static bool
is_out_of_order(const struct claim *a, const struct claim *b)
{
	return place_of(a) != PLACE_NONE && place_of(a) < place_of(b) && same_values(a, b) &&
	       range_before(&b->range, &a->range);
}

static bool
numbers_clash(const struct claim *a, const struct claim *b)
{
	if (sv_eq(a->metric, b->metric))
		return range_apart(&a->range, &b->range);
	return is_out_of_order(a, b) || is_out_of_order(b, a);
}

/* A number that was computed may lie beside what it is the mean of by its last digits. */
static struct value
widened(struct value v, double sign)
{
	return v.kind == VALUE_REAL || v.kind == VALUE_INT
	               ? value_real(value_to_f64(v) + sign * (1e-9 * fabs(value_to_f64(v)) + 1e-300))
	               : v;
}

/* Is there a value in the column by the number that the check of rows does not allow?  low, high: NULL = open. */
static bool
refutes_value(struct linted *l, const struct claim *rows, const struct claim *number, const struct value *low,
              const struct value *high)
{
	struct exprs *x = l->binder.x;
	const struct expr *outside, *col = number->b->domain[0];
	struct err err = {0};

	if ((low == NULL && high == NULL) ||
	    (outside = expr_outside(x, col, low, false, high, false, &err)) == NULL)
		return false;

	const struct assumption there[] = {{number->where, MAY_TRUE}, {outside, MAY_FALSE}};

	return claim_refutes(rows, there, LEN(there));
}

static bool
rows_clash_with_number(struct linted *l, const struct claim *rows, const struct claim *number)
{
	const struct range *r = &number->range;
	struct value low = r->low, high = r->high;

	if (place_of(number) == PLACE_NONE || number->b->ndomain == 0 || !claim_is_hard(rows) ||
	    (rows->columns & UINT64_C(1) << number->b->domain[0]->column->index % 64) == 0)
		return false;
	if (place_of(number) != PLACE_AMONG)
		return refutes_value(l, rows, number, low.kind != VALUE_NULL ? &low : NULL,
		                     high.kind != VALUE_NULL ? &high : NULL);
	low = widened(low, -1);
	high = widened(high, 1);
	return (low.kind != VALUE_NULL && refutes_value(l, rows, number, &low, NULL)) ||
	       (high.kind != VALUE_NULL && refutes_value(l, rows, number, NULL, &high));
}

/* How many values a list leaves, or -1. */
static int64_t
set_size(const struct claim *c)
{
	const struct expr *e = c->unexpected;

	if (!claim_is_hard(c) || c->where != NULL || e->op != OP_NOT || e->arg[0]->op != OP_IN ||
	    e->arg[0]->arg[0]->kind != EXPR_COLUMN)
		return -1;
	return e->arg[0]->arg[1]->literal.n;
}

/* More distinct values than the list has, or than there are rows. */
static bool
distinct_exceed(const struct claim *distinct, const struct claim *other)
{
	const struct range *r = &distinct->range;
	const double least = r->low.kind == VALUE_NULL ? 0 : value_to_f64(r->low);

	if (!distinct->number || distinct->c->expectation != &expect_unique_count_between)
		return false;
	if (other->counts_rows && other->range.high.kind != VALUE_NULL && distinct->where == other->where)
		return least > value_to_f64(other->range.high);
	return other->rows && set_size(other) >= 0 && distinct->b->domain[0] == other->b->domain[0] &&
	       least > (double)set_size(other);
}

bool
claims_clash(struct linted *l, const struct claim *a, const struct claim *b)
{
	if (distinct_exceed(a, b) || distinct_exceed(b, a))
		return true;
	if (a->rows && b->rows)
		return rows_clash(a, b);
	if (a->number && b->number)
		return numbers_clash(a, b);
	return a->rows ? rows_clash_with_number(l, a, b) : rows_clash_with_number(l, b, a);
}

/* Four that go ill together: no two rows alike, none without a value, values of a list, more rows than that. */
static const struct claim *
claim_of(const struct linted *l, const struct expectation *e, struct sv column)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct claim *c = &l->claim[i];

		if (c->c->expectation == e && c->where == NULL && c->c->nby == 0 && !c->c->warn.set &&
		    !c->c->fail.set && c->c->mostly >= 1 && sv_eq(claim_column(c), column))
			return c;
	}
	return NULL;
}

static void
find_too_few_values(struct linted *l, const struct claim *rows)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct claim *set = &l->claim[i], *unique;
		const struct sv column = claim_column(set);

		if (!is_live(set) || !set->rows || set_size(set) < 0 ||
		    (double)set_size(set) >= value_to_f64(rows->range.low) ||
		    claim_of(l, &expect_not_be_null, column) == NULL ||
		    (unique = claim_of(l, &expect_be_unique, column)) == NULL)
			continue;
		lint_report(l, unique->c, unique->c->loc,
		            "'" SV_FMT "' must be unique and not null, and has %jd values only: " SV_FMT
		            " cannot be met",
		            SV_ARG(column), (intmax_t)set_size(set), SV_ARG(claim_name(l->a, rows)));
		lint_note(l, set->c, "the values");
		diag_hint(l->d, "One of these checks is wrong: each is met alone.");
	}
}

static void
report(struct linted *l, const struct claim *first, const struct claim *later)
{
	const struct claim *at = later->c->implicit ? first : later, *other = at == later ? first : later;

	if (first->c->implicit && later->c->implicit)
		return;
	lint_report(l, at->c, at->c->loc, SV_FMT " and " SV_FMT " cannot both be met",
	            SV_ARG(claim_name(l->a, at)), SV_ARG(claim_name(l->a, other)));
	lint_note(l, other->c, "the other one");
	diag_hint(
		l->d,
		"They pass together only where there is nothing to judge: change one of them, or give it a `where`.");
}

static void
find_contradictions(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!is_live(&l->claim[i]))
			continue;
		for (size_t k = 0; k < i; k++)
			if (is_live(&l->claim[k]) && claims_clash(l, &l->claim[k], &l->claim[i]))
				report(l, &l->claim[k], &l->claim[i]);
		if (l->claim[i].counts_rows && l->claim[i].where == NULL &&
		    l->claim[i].range.low.kind != VALUE_NULL)
			find_too_few_values(l, &l->claim[i]);
	}
}

const struct lint lint_contradiction = {
	.code = "contradictory_checks",
	.summary = "Two checks cannot both be met.",
	.doc = "Every row, or number, that pleases one of them displeases the other: ranges that do not meet, a list none of whose values "
	       "matches a pattern, values that must be null and must not. Shares count: `mostly: 0.4` beside `mostly: 0.5` is possible, 0.6 beside "
	       "0.5 is not. They pass together only where there is nothing to judge.",
	.example = "  - between: {column: amount, min: 100}\n  - between: {column: amount, max: 10}",
	.together = true,
	.find = find_contradictions,
};
