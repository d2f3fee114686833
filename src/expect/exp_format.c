/* Texts of a named format: email, uuid, date us …  The formats are a table of their own: expr/text_format.c. */
#include "expect/family.h"
#include "expr/text_format.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "format",
         .kind = PARAM_TEXT,
         .required = true,
         .doc = "The format's name; blanks, hyphens and underscores in it are alike."},
	{.name = "compat",
         .kind = PARAM_ENUM,
         .names = format_compat_names,
         .doc = "strict (default): what the name promises. soda: exactly what Soda's pattern of that name takes."},
};

static enum format_compat
compat_of(const struct check *c)
{
	return (enum format_compat)arg_of(c, "compat")->choice;
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *format = arg_of(c, "format");
	AUTO(arena) a = arena_new();
	size_t n;

	if (text_format_find(format->text, compat_of(c)) != NULL)
		return;
	if (text_format_find(format->text, FORMAT_STRICT) != NULL) {
		diag_error(d, format->loc, "Soda has no format '" SV_FMT "'", SV_ARG(format->text));
		diag_hint(d, "Leave out compat.");
		return;
	}
	const char *const *names = text_format_names(a, &n);

	diag_error(d, format->loc, "there is no format '" SV_FMT "'", SV_ARG(format->text));
	diag_suggest(d, format->text, names, n);
}

static const struct expr *
misses(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *arg[] = {
		bind_first_column(b, c, err),
		expr_literal(b->x, value_text(arg_of(c, "format")->text)),
		expr_literal(b->x, value_text(sv_of(format_compat_names[FORMAT_SODA]))),
	};
	const struct expr *fits = arg[0] == NULL ? NULL
	                                         : expr_call(b->x, OP_IS_FORMAT, arg,
	                                                     compat_of(c) == FORMAT_SODA ? 3 : 2, err);

	return expr_call1(b->x, OP_NOT, fits, err);
}

static void
are_of_another(const struct check *c, struct buf *b)
{
	buf_printf(b, "are of no format " SV_FMT, SV_ARG(arg_of(c, "format")->text));
}

const struct expectation expect_match_format = {
	.name = "expect_column_values_to_match_format",
	.shorthand = "valid_format",
	.alias = {"format", "match_format"},
	.summary = "Every value is a text of a named format.",
	.doc = "The formats are listed [below](#formats). Dates are looked up in the calendar, card numbers and "
	       "accounts have their check digits, codes are on their lists; no blanks stand at the ends. "
	       "With `compat: soda` the 41 names of SodaCL mean what Soda's patterns take, so that verdicts stay "
	       "as they were. Values that are no text are judged as Python's str() prints them. In expressions: "
	       "is_format(x, 'email').",
	.example = "valid_format: {column: email, format: email}",
	.peers = {.soda = "`invalid_count(c)` with valid format",
                  .deequ = "`containsEmail`, `containsURL`, `containsCreditCardNumber`",
                  .odcs = "`invalidValues` with `pattern`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_of_another,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.unexpected = misses,
};
