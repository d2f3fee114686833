/* Checks of columns that are not there, or whose type makes them idle. */
#include "expect/args.h"
#include "expect/lint_parts.h"
#include "expr/expr_ops.h"

/* Undeclared columns ----------------------------------------------------------------------------------------- */

/* A check that names all columns there may be; NULL: there is none. */
static const struct claim *
closing_check(const struct linted *l)
{
	for (size_t i = 0; i < l->nheld; i++)
		if (l->held[i]->c->expectation == &expect_columns_ordered)
			return l->held[i];
	return NULL;
}

static bool
is_declared(const struct linted *l, struct sv name)
{
	for (size_t i = 0; i < l->asset->ncolumn; i++)
		if (sv_eq(l->asset->column[i].name, name))
			return true;
	return false;
}

static bool
is_listed(const struct claim *closing, struct sv name)
{
	for (uint32_t i = 0; i < closing->c->expectation->nparams; i++) {
		const struct arg *arg = &closing->c->arg[i];

		if (sv_in(name, arg->column, arg->ncolumn) || sv_in(name, arg->name, arg->nname))
			return true;
	}
	return false;
}

/* Is it the same but for case and underscores, or one slip away? */
static const char *
near_name(struct linted *l, struct sv name)
{
	const char **names = ARENA_ARRAY(l->a, const char *, l->asset->ncolumn);

	for (size_t i = 0; i < l->asset->ncolumn; i++)
		names[i] = arena_str(l->a, l->asset->column[i].name);
	const char *near = sv_nearest(name, names, l->asset->ncolumn);
	/* amount1 beside amount2, and id beside ip, are names, not slips. */
	if (near == NULL || name.n < 5 || (name.p[name.n - 1] >= '0' && name.p[name.n - 1] <= '9'))
		return NULL;
	return near;
}

static void
look_at_name(struct linted *l, const struct check *c, const struct claim *closing, struct sv name,
             struct loc at)
{
	const char *near;

	if (is_declared(l, name))
		return;
	if (closing != NULL && !is_listed(closing, name)) {
		lint_report(l, c, at, "column '" SV_FMT "' is none of those that " SV_FMT " allows",
		            SV_ARG(name), SV_ARG(claim_name(l->a, closing)));
		lint_note(l, closing->c, "the columns that there are");
		diag_hint(l->d, "The check can only be an error while that one is met.");
	} else if (closing == NULL && l->asset->ncolumn > 0 && (near = near_name(l, name)) != NULL) {
		lint_report(l, c, at, "column '" SV_FMT "' is not declared", SV_ARG(name));
		diag_hint(l->d, "did you mean '%s'? If not, declare it under `columns:`.", near);
	}
}

static void
find_undeclared(struct linted *l)
{
	const struct claim *closing = closing_check(l);

	for (size_t i = 0; i < l->n; i++) {
		const struct check *c = l->claim[i].c;
		const struct param *p;
		const struct arg *arg;

		if (c->implicit || c->expectation->family == FAMILY_TABLE)
			continue;
		for (uint32_t k = 0; check_argument(c, k, &p, &arg); k++)
			for (uint32_t m = 0; m < arg->ncolumn; m++)
				look_at_name(l, c, closing, arg->column[m], arg->loc);
		for (uint32_t k = 0; k < c->nby; k++)
			look_at_name(l, c, closing, c->by[k], c->by_loc);
	}
}

const struct lint lint_undeclared = {
	.code = "undeclared_column",
	.summary = "A check names a column that is not declared, and nearly is.",
	.doc = "`columns:` need not list all columns, so only names are told that are close to a declared one, or that a check of the whole list of "
	       "columns rules out.",
	.example = "  - not_null: custmer_id",
	.find = find_undeclared,
};

/* Types ------------------------------------------------------------------------------------------------------ */

static bool
is_about_text(const struct expectation *e)
{
	const struct expectation *const text[] = {
		&expect_lengths_between, &expect_lengths_equal, &expect_match_strftime,
		&expect_dateutil,        &expect_json,          &expect_match_json_schema,
	};

	for (size_t i = 0; i < LEN(text); i++)
		if (e == text[i])
			return true;
	return false;
}

static void
find_odd_types(struct linted *l)
{
	char text[TYPE_TEXT_MAX];

	for (size_t i = 0; i < l->n; i++) {
		const struct claim *c = &l->claim[i];
		const struct column *col = schema_find(l->binder.schema, claim_column(c));

		if (col == NULL || !is_about_text(c->c->expectation) ||
		    (!type_is_numeric(col->type) && !type_is_temporal(col->type)))
			continue;
		lint_report(l, c->c, c->c->loc, SV_FMT " looks at text, and the column is of type %s",
		            SV_ARG(claim_name(l->a, c)), type_text(col->type, text));
		diag_hint(
			l->d,
			"It sees what Python's str() would print: a range (`between`) is what is meant, or the type is wrong.");
	}
}

const struct lint lint_odd_type = {
	.code = "odd_type",
	.summary = "A check of texts stands on a column of numbers or times.",
	.doc = "The length of a number is how many characters its printed form has, with sign, point and exponent; a time is printed in one way, so "
	       "what its text looks like says nothing of the data.",
	.example = "  - length_between: {column: quantity, min: 1, max: 3}   # quantity: integer",
	.find = find_odd_types,
};

/* Values ----------------------------------------------------------------------------------------------------- */

static void
look_at_set(struct linted *l, const struct check *c, const struct arg *set, const struct column *col)
{
	char text[TYPE_TEXT_MAX];

	for (size_t i = 0; i < set->node->n; i++) {
		const struct node *n = &set->node->kid[i];
		const struct value v = arg_value(l->a, n, col->type);

		if (v.kind == VALUE_NULL || expr_members(l->a, col->type, &v, 1).n > 0)
			continue;
		lint_report(l, c, n->loc, "no value of '" SV_FMT "', which is of type %s, can be " SV_FMT,
		            SV_ARG(col->name), type_text(col->type, text), SV_ARG(n->text));
		diag_hint(l->d,
		          v.kind == VALUE_TEXT
		                  ? "Write it as a value of that type, without quotes if it is a number."
		          : col->type.kind == TYPE_STRING
		                  ? "Quote it: in a column of texts, values are texts."
		                  : "Write it as a value of that type.");
	}
}

static void
find_odd_values(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct claim *c = &l->claim[i];
		const struct column *col = schema_find(l->binder.schema, claim_column(c));
		const int at = args_find(c->c->expectation, SV("value_set"));

		if (col == NULL || at < 0 || col->type.kind == TYPE_ANY || col->type.kind == TYPE_VARIANT ||
		    !c->c->arg[at].given || c->c->arg[at].null || c->c->arg[at].node->kind != NODE_SEQ)
			continue;
		look_at_set(l, c->c, &c->c->arg[at], col);
	}
}

const struct lint lint_odd_value = {
	.code = "odd_value",
	.summary = "A list holds a value that the column's type cannot have.",
	.doc = "The text \"1\" equals no number, 1 equals no text, and 1.5 no whole number, so such a member allows, or forbids, nothing.",
	.example = "  - in_set: {column: level, values: [\"1\", \"2\"]}   # level: integer",
	.find = find_odd_values,
};
