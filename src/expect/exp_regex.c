/* Regular expressions: PCRE2, searched for in the text form of the value. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "regex",
         .alias = {"pattern"},
         .kind = PARAM_REGEX,
         .required = true,
         .doc = "Pattern in PCRE2's syntax. It may match anywhere: use ^ and $ for the whole value."},
};

static const struct expr *
matches(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);
	const struct expr *text = col;

	if (col == NULL)
		return NULL;
	if (col->type.kind != TYPE_STRING)
		text = expr_call1(b->x, OP_TEXT, col, err);
	return expr_call2(b->x, OP_MATCH, text, expr_literal(b->x, value_text(arg_of(c, "regex")->text)),
	                  err);
}

static const struct expr *
matches_not(struct binder *b, const struct check *c, struct err *err)
{
	return expr_call1(b->x, OP_NOT, matches(b, c, err), err);
}

static void
do_not_match(const struct check *c, struct buf *b)
{
	buf_printf(b, "do not match " SV_FMT, SV_ARG(arg_of(c, "regex")->text));
}

static void
do_match(const struct check *c, struct buf *b)
{
	buf_printf(b, "match " SV_FMT, SV_ARG(arg_of(c, "regex")->text));
}

const struct expectation expect_match_regex = {
	.name = "expect_column_values_to_match_regex",
	.shorthand = "match_regex",
	.alias = {"matches", "regex"},
	.summary = "Every value matches a regular expression.",
	.doc = "The pattern is searched for, not anchored. Values that are no text are matched as Python's "
	       "str() prints them. A value that "
	       "exceeds the matcher's limits makes the check an error.",
	.example = "match_regex: {column: email, regex: \"^[^@]+@[^@]+$\"}",
	.peers = {.gx = "`expect_column_values_to_match_regex`",
                  .dbt = "`dbt_expectations.expect_column_values_to_match_regex`",
                  .soda = "`invalid_count(c)` with valid regex",
                  .deequ = "`hasPattern`",
                  .odcs = "`invalidValues` with `pattern`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_not_match,
	.params = params,
	.nparams = LEN(params),
	.unexpected = matches_not,
};

const struct expectation expect_not_match_regex = {
	.name = "expect_column_values_to_not_match_regex",
	.shorthand = "not_match_regex",
	.summary = "No value matches a regular expression.",
	.doc = "The pattern is searched for, not anchored.",
	.example = "not_match_regex: {column: name, regex: \"[<>]\"}",
	.peers = {.gx = "`expect_column_values_to_not_match_regex`",
                  .dbt = "`dbt_expectations.expect_column_values_to_not_match_regex`",
                  .soda = "`invalid_count(c)` with invalid regex"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_match,
	.params = params,
	.nparams = LEN(params),
	.unexpected = matches,
};
