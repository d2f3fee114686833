/* Texts of a form that takes more than a pattern to tell: times by a format, JSON, JSON that meets a schema. */
#include "expect/family.h"
#include "expr/form.h"

static const struct param params_column[] = {PARAM_THE_COLUMN};

static const struct param params_strftime[] = {
	PARAM_THE_COLUMN,
	{.name = "strftime_format",
         .alias = {"format"},
         .kind = PARAM_TEXT,
         .required = true,
         .doc = "The format, in the directives of Python's strptime: %Y-%m-%d."},
};

static const struct param params_schema[] = {
	PARAM_THE_COLUMN,
	{.name = "json_schema",
         .alias = {"schema"},
         .kind = PARAM_MAP,
         .required = true,
         .doc = "The JSON Schema: draft 2020-12, or draft-06, draft-07 or 2019-09 where its $schema says so."},
};

/* A form with its argument as a literal of the expression; NULL: it takes none. */
static const struct expr *
argument_of(struct exprs *x, struct arena *a, const struct check *c)
{
	struct json_writer w;
	struct buf text;

	if (c->expectation->nparams < 2)
		return NULL;
	if (c->arg[1].node->kind != NODE_MAP)
		return expr_literal(x, value_text(c->arg[1].text));
	buf_init(&text, 16 << 20);
	json_write_init(&w, &text, 0);
	value_to_json(node_value(a, c->arg[1].node), &w);
	return expr_literal(x, value_text(buf_take(a, &text)));
}

static const struct form *
form_of(const struct check *c)
{
	return c->expectation == &expect_match_strftime ? &form_strftime
	       : c->expectation == &expect_dateutil     ? &form_dateutil
	       : c->expectation == &expect_json         ? &form_json
	                                                : &form_json_schema;
}

static const struct expr *
conforms(struct exprs *x, struct arena *a, const struct check *c, const struct expr *operand, struct err *err)
{
	const struct expr *argument = argument_of(x, a, c);
	const struct expr *arg[] = {operand, expr_literal(x, value_text(sv_of(form_of(c)->name))), argument};

	return expr_call(x, OP_CONFORMS, arg, argument != NULL ? 3 : 2, err);
}

/* The argument is read when the check is, so that its mistakes are told with their place. */
static void
validate(const struct check *c, struct diags *d)
{
	static const struct column any = {.name = {"x", 1}};
	AUTO(exprs) x = exprs_new();
	struct err err = {0};

	if (conforms(x, exprs_arena(x), c, expr_column(x, &any), &err) != NULL)
		return;
	diag_error(d, c->arg[1].loc, "%s", err.msg);
	if (err.hint[0] != '\0')
		diag_hint(d, "%s", err.hint);
}

/* What is no text has no format.  A date in a file is text that was recognised, and as good as its text. */
static bool
has_texts(const struct check *c, const struct expr *col, struct err *err)
{
	const struct form *form = form_of(c);
	char type[TYPE_TEXT_MAX];
	bool known = col->column->declared || col->column->certain;

	switch (col->type.kind) {
	case TYPE_ANY:
	case TYPE_NULL:
	case TYPE_STRING:
	case TYPE_VARIANT:
		return true;
	case TYPE_DATE:
		if (form->dates && !known)
			return true;
		break;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		if (form->times && !known)
			return true;
		break;
	default:
		break;
	}
	if (form->others_fail)
		return true;
	err_set(err, ERR_ARG, arg_of(c, "column")->loc,
	        "column '" SV_FMT "' holds %s values, and '" SV_FMT "' looks at texts",
	        SV_ARG(col->column->name), type_text(col->type, type), SV_ARG(c->written_name));
	return err_hint(err, "declare it under columns: as a string, if its text is meant");
}

static const struct expr *
does_not_conform(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);

	if (col == NULL || !has_texts(c, col, err))
		return NULL;
	return expr_call1(b->x, OP_NOT, conforms(b->x, b->a, c, col, err), err);
}

static void
are_not_in_format(const struct check *c, struct buf *b)
{
	buf_printf(b, "are not in the format " SV_FMT, SV_ARG(arg_of(c, "strftime_format")->text));
}

static void
are_no_times(const struct check *c UNUSED, struct buf *b)
{
	buf_puts(b, "cannot be read as a time");
}

static void
are_no_json(const struct check *c UNUSED, struct buf *b)
{
	buf_puts(b, "are not JSON");
}

static void
break_schema(const struct check *c UNUSED, struct buf *b)
{
	buf_puts(b, "do not meet the JSON schema");
}

const struct expectation expect_match_strftime = {
	.name = "expect_column_values_to_match_strftime_format",
	.shorthand = "strftime",
	.alias = {"match_strftime_format", "strftime_format"},
	.summary = "Every text is a time in a format.",
	.doc = "As Python's strptime reads times, in English and in UTC: letters in any case, digits with or "
	       "without their leading zeros, and the date has to exist. Columns of numbers and of times are an "
	       "error: their values have no format. Dates that were recognised in a file count by their text.",
	.example = "strftime: {column: day, format: \"%d.%m.%Y\"}",
	.peers = {.gx = "`expect_column_values_to_match_strftime_format`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_not_in_format,
	.params = params_strftime,
	.nparams = LEN(params_strftime),
	.validate = validate,
	.unexpected = does_not_conform,
};

const struct expectation expect_dateutil = {
	.name = "expect_column_values_to_be_dateutil_parseable",
	.shorthand = "dateutil",
	.alias = {"be_dateutil_parseable", "dateutil_parseable"},
	.summary = "Every text can be read as a time in one of the many ways that people write them.",
	.doc = "What python-dateutil's parser takes: \"Sep 25 2003\", \"10:36 pm\", \"20030925T104941-0300\". It "
	       "takes a lot (\"12\", \"monday\"): where the format is known, strftime says more. A date without a "
	       "month or year has to exist in some.",
	.example = "dateutil: day",
	.peers = {.gx = "`expect_column_values_to_be_dateutil_parseable`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_no_times,
	.params = params_column,
	.nparams = LEN(params_column),
	.unexpected = does_not_conform,
};

const struct expectation expect_json = {
	.name = "expect_column_values_to_be_json_parseable",
	.shorthand = "json",
	.alias = {"be_json_parseable", "json_parseable"},
	.summary = "Every text is JSON.",
	.doc = "By RFC 8259, so NaN and Infinity are none. Values that are no text are unexpected. One that is "
	       "nested deeper than 64 levels makes the check an error.",
	.example = "json: payload",
	.peers = {.gx = "`expect_column_values_to_be_json_parseable`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_no_json,
	.params = params_column,
	.nparams = LEN(params_column),
	.unexpected = does_not_conform,
};

const struct expectation expect_match_json_schema = {
	.name = "expect_column_values_to_match_json_schema",
	.shorthand = "json_schema",
	.alias = {"match_json_schema"},
	.summary = "Every text is JSON that meets a JSON Schema.",
	.doc = "Drafts 06, 07, 2019-09 and 2020-12, the last one unless $schema names another. `format` is an "
	       "annotation. References go to places in the schema itself. Keywords that are not built "
	       "($dynamicRef, unevaluatedProperties …) and unknown ones are mistakes, but for those that begin "
	       "with x-. Patterns are PCRE2's. Texts that are not JSON, and values that are no text, are unexpected.",
	.example = "json_schema: {column: payload, schema: {type: object, required: [id]}}",
	.peers = {.gx = "`expect_column_values_to_match_json_schema`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = break_schema,
	.params = params_schema,
	.nparams = LEN(params_schema),
	.validate = validate,
	.unexpected = does_not_conform,
};
