/* Patterns beyond a single regular expression: SQL's LIKE, and lists of either. */
#include <string.h>

#include "expect/family.h"
#include "expr/regex.h"

static const char *const match_on[] = {"any", "all", NULL};

/* One of several: which of them a value has to match. */
#define PARAM_MATCH_ON                                                                                   \
	{                                                                                                \
		.name = "match_on", .kind = PARAM_ENUM, .names = match_on,                               \
		.doc = "How many of the patterns a value must match: any (the default) of them, or all." \
	}
#define PARAM_REGEX_LIST                                                                                 \
	{                                                                                                \
		.name = "regex_list", .alias = {"patterns", "regexes"}, .kind = PARAM_VALUES,            \
		.required = true,                                                                        \
		.doc = "Patterns in PCRE2's syntax. They may match anywhere: use ^ and $ for the whole " \
		       "value."                                                                          \
	}
#define PARAM_LIKE                                                                                          \
	{                                                                                                   \
		.name = "like_pattern", .alias = {"pattern", "like"}, .kind = PARAM_TEXT, .required = true, \
		.doc = "What the whole value must look like: % stands for any text, _ for one character."   \
	}
#define PARAM_LIKE_LIST                                                                                    \
	{                                                                                                  \
		.name = "like_pattern_list", .alias = {"patterns", "like_patterns"}, .kind = PARAM_VALUES, \
		.required = true,                                                                          \
		.doc = "Patterns for the whole value: % stands for any text, _ for one character."         \
	}
#define PARAM_ESCAPE                                                                       \
	{                                                                                  \
		.name = "escape", .kind = PARAM_TEXT,                                      \
		.doc = "The character before a % or _ that is meant as it is; default \\." \
	}

static const struct param params_regex_list[] = {PARAM_THE_COLUMN, PARAM_REGEX_LIST, PARAM_MATCH_ON};
static const struct param params_not_regex_list[] = {PARAM_THE_COLUMN, PARAM_REGEX_LIST};
static const struct param params_like[] = {PARAM_THE_COLUMN, PARAM_LIKE, PARAM_ESCAPE};
static const struct param params_like_list[] = {PARAM_THE_COLUMN, PARAM_LIKE_LIST, PARAM_MATCH_ON,
                                                PARAM_ESCAPE};
static const struct param params_not_like_list[] = {PARAM_THE_COLUMN, PARAM_LIKE_LIST, PARAM_ESCAPE};

/* The second parameter is the pattern or the list of them. */
static const struct arg *
patterns_of(const struct check *c)
{
	return &c->arg[1];
}

static bool
is_like(const struct check *c)
{
	return sv_starts(sv_of(c->expectation->params[1].name), SV("like"));
}

static bool
has_param(const struct check *c, const char *name)
{
	for (uint32_t i = 0; i < c->expectation->nparams; i++)
		if (strcmp(c->expectation->params[i].name, name) == 0)
			return true;
	return false;
}

static bool
all_of(const struct check *c)
{
	return has_param(c, "match_on") && arg_of(c, "match_on")->choice == 1;
}

/* Mistakes ------------------------------------------------------------------------------------------------ */

static void
validate_pattern(const struct check *c, const struct node *n, struct diags *d)
{
	char escape = is_like(c) && arg_of(c, "escape")->given ? *arg_of(c, "escape")->text.p : '\\';
	struct regex *r = NULL;
	struct err err = {0};

	if (n->kind == NODE_NULL) {
		diag_error(d, n->loc, "'%s' must be text, not %s", c->expectation->params[1].name,
		           node_kind_name(n->kind));
		return;
	}
	if (is_like(c) ? regex_compile_like(n->text, escape, &r, &err) : regex_compile(n->text, &r, &err)) {
		regex_free(r);
		return;
	}
	diag_error(d, n->loc, "%s", err.msg);
	if (err.hint[0] != '\0')
		diag_hint(d, "%s", err.hint);
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct node *n = patterns_of(c)->node;

	if (is_like(c) && arg_of(c, "escape")->given) {
		const struct arg *escape = arg_of(c, "escape");

		if (escape->text.n != 1 || (unsigned char)*escape->text.p >= 0x80) {
			diag_error(d, escape->loc, "'escape' must be one ASCII character, not '" SV_FMT "'",
			           SV_ARG(escape->text));
			return;
		}
	}
	if (n->kind != NODE_SEQ) {
		validate_pattern(c, n, d);
		return;
	}
	if (n->n == 0)
		diag_error(d, n->loc, "'%s' names no pattern", c->expectation->params[1].name);
	for (size_t i = 0; i < n->n; i++)
		validate_pattern(c, &n->kid[i], d);
}

/* Conditions ---------------------------------------------------------------------------------------------- */

static const struct expr *
match_one(struct binder *b, const struct check *c, const struct expr *col, struct sv pattern, struct err *err)
{
	const struct expr *arg[3] = {col, expr_literal(b->x, value_text(pattern)), NULL};
	uint32_t n = 2;

	if (is_like(c) && arg_of(c, "escape")->given)
		arg[n++] = expr_literal(b->x, value_text(arg_of(c, "escape")->text));
	return expr_call(b->x, is_like(c) ? OP_LIKE : OP_MATCH, arg, n, err);
}

static const struct expr *
matches(struct binder *b, const struct check *c, struct err *err)
{
	const struct node *n = patterns_of(c)->node;
	const struct expr *col = bind_first_column(b, c, err), **each;

	if (col == NULL)
		return NULL;
	if (n->kind != NODE_SEQ)
		return match_one(b, c, col, n->text, err);
	each = ARENA_ARRAY(b->a, const struct expr *, n->n);
	for (size_t i = 0; i < n->n; i++)
		each[i] = match_one(b, c, col, n->kid[i].text, err);
	if (n->n == 1)
		return each[0];
	return expr_call(b->x, all_of(c) ? OP_AND : OP_OR, each, (uint32_t)n->n, err);
}

static const struct expr *
matches_not(struct binder *b, const struct check *c, struct err *err)
{
	return expr_call1(b->x, OP_NOT, matches(b, c, err), err);
}

/* Messages ------------------------------------------------------------------------------------------------ */

static void
put_patterns(const struct check *c, struct buf *b)
{
	const struct node *n = patterns_of(c)->node;

	if (n->kind == NODE_SEQ)
		members_text(n, b);
	else
		buf_add(b, n->text);
}

static void
do_not_match(const struct check *c, struct buf *b)
{
	buf_puts(b, patterns_of(c)->node->kind != NODE_SEQ ? "are not like "
	            : all_of(c)                            ? "do not match all of "
	                                                   : "match none of ");
	put_patterns(c, b);
}

static void
do_match(const struct check *c, struct buf *b)
{
	buf_puts(b, patterns_of(c)->node->kind != NODE_SEQ ? "are like " : "match one of ");
	put_patterns(c, b);
}

#define LIKE_DOC                                                                                           \
	"As in SQL, but upper and lower case are told apart everywhere. Values that are no text are seen " \
	"as Python's str() prints them."

const struct expectation expect_match_regex_list = {
	.name = "expect_column_values_to_match_regex_list",
	.shorthand = "match_regex_list",
	.alias = {"regex_list"},
	.summary = "Every value matches one of several regular expressions, or all of them.",
	.doc = "The patterns are searched for, not anchored.",
	.example = "match_regex_list: {column: phone, regex_list: [\"^0[0-9]+$\", \"^[+][0-9]+$\"]}",
	.peers = {.gx = "`expect_column_values_to_match_regex_list`",
                  .dbt = "`dbt_expectations.expect_column_values_to_match_regex_list`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_not_match,
	.params = params_regex_list,
	.nparams = LEN(params_regex_list),
	.validate = validate,
	.unexpected = matches_not,
};

const struct expectation expect_not_match_regex_list = {
	.name = "expect_column_values_to_not_match_regex_list",
	.shorthand = "not_match_regex_list",
	.alias = {"not_regex_list"},
	.summary = "No value matches any of several regular expressions.",
	.doc = "The patterns are searched for, not anchored.",
	.example = "not_match_regex_list: {column: name, regex_list: [\"[<>]\", \"^test\"]}",
	.peers = {.gx = "`expect_column_values_to_not_match_regex_list`",
                  .dbt = "`dbt_expectations.expect_column_values_to_not_match_regex_list`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_match,
	.params = params_not_regex_list,
	.nparams = LEN(params_not_regex_list),
	.validate = validate,
	.unexpected = matches,
};

const struct expectation expect_match_like = {
	.name = "expect_column_values_to_match_like_pattern",
	.shorthand = "match_like",
	.alias = {"like", "match_like_pattern"},
	.summary = "Every value looks like a pattern of SQL's LIKE.",
	.doc = LIKE_DOC,
	.example = "match_like: {column: sku, like_pattern: \"A-____%\"}",
	.peers = {.gx = "`expect_column_values_to_match_like_pattern`",
                  .dbt = "`dbt_expectations.expect_column_values_to_match_like_pattern`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_not_match,
	.params = params_like,
	.nparams = LEN(params_like),
	.validate = validate,
	.unexpected = matches_not,
};

const struct expectation expect_not_match_like = {
	.name = "expect_column_values_to_not_match_like_pattern",
	.shorthand = "not_match_like",
	.alias = {"not_like", "not_match_like_pattern"},
	.summary = "No value looks like a pattern of SQL's LIKE.",
	.doc = LIKE_DOC,
	.example = "not_match_like: {column: email, like_pattern: \"%@example.com\"}",
	.peers = {.gx = "`expect_column_values_to_not_match_like_pattern`",
                  .dbt = "`dbt_expectations.expect_column_values_to_not_match_like_pattern`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_match,
	.params = params_like,
	.nparams = LEN(params_like),
	.validate = validate,
	.unexpected = matches,
};

const struct expectation expect_match_like_list = {
	.name = "expect_column_values_to_match_like_pattern_list",
	.shorthand = "match_like_list",
	.alias = {"like_list", "match_like_pattern_list"},
	.summary = "Every value looks like one of several patterns of SQL's LIKE, or like all of them.",
	.doc = LIKE_DOC,
	.example = "match_like_list: {column: sku, like_pattern_list: [\"A-%\", \"B-%\"]}",
	.peers = {.gx = "`expect_column_values_to_match_like_pattern_list`",
                  .dbt = "`dbt_expectations.expect_column_values_to_match_like_pattern_list`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_not_match,
	.params = params_like_list,
	.nparams = LEN(params_like_list),
	.validate = validate,
	.unexpected = matches_not,
};

const struct expectation expect_not_match_like_list = {
	.name = "expect_column_values_to_not_match_like_pattern_list",
	.shorthand = "not_match_like_list",
	.alias = {"not_like_list", "not_match_like_pattern_list"},
	.summary = "No value looks like any of several patterns of SQL's LIKE.",
	.doc = LIKE_DOC,
	.example = "not_match_like_list: {column: email, like_pattern_list: [\"%@example.com\", \"test%\"]}",
	.peers = {.gx = "`expect_column_values_to_not_match_like_pattern_list`",
                  .dbt = "`dbt_expectations.expect_column_values_to_not_match_like_pattern_list`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_match,
	.params = params_not_like_list,
	.nparams = LEN(params_not_like_list),
	.validate = validate,
	.unexpected = matches,
};
