/*
 * Values of given types.  The type of a column is known, so most columns are decided by it alone; where values keep their own kinds
 * (mixed JSON, SQLite columns without a type) each is asked for its own.
 */
#include "expect/family.h"

static const struct param params_one[] = {
	PARAM_THE_COLUMN,
	{.name = "type_",
         .alias = {"type"},
         .kind = PARAM_TEXT,
         .required = true,
         .nullable = true,
         .doc = "The type, by weir's name or that of pandas, SQL or Spark. null asks for nothing."},
};

static const struct param params_list[] = {
	PARAM_THE_COLUMN,
	{.name = "type_list",
         .alias = {"types"},
         .kind = PARAM_VALUES,
         .required = true,
         .nullable = true,
         .doc = "The types, by weir's names or those of pandas, SQL or Spark. null asks for nothing."},
};

/*
 * What others call our types; upper and lower case are alike, and Spark's may end in ().  Names that say less than a type of ours
 * (pandas' object) or more (an unsigned integer, a length) are not among them: a check for them would pass what it was not meant to.
 */
static const struct {
	enum type_kind kind;
	const char *name[24];
} names[] = {
	{TYPE_BOOLEAN, {"boolean", "bool", "bool_", "BooleanType", "BIT", "BooleanDtype"}},
	{TYPE_INTEGER, {"integer",    "int",       "int64",   "int_",      "bigint",      "smallint",
                        "tinyint",    "int32",     "int16",   "int8",      "IntegerType", "LongType",
                        "ShortType",  "ByteType",  "byteint", "Int8Dtype", "Int16Dtype",  "Int32Dtype",
                        "Int64Dtype", "mediumint", "int128",  "int256"}},
	{TYPE_NUMBER,
         {"number", "float", "float64", "float32", "float_", "double", "real", "double_precision",
          "double precision", "FloatType", "DoubleType", "float16", "float4", "float8", "Float32Dtype",
          "Float64Dtype"}},
	{TYPE_DECIMAL, {"decimal", "numeric", "DecimalType", "money", "smallmoney"}},
	{TYPE_STRING,
         {"string", "str", "text", "varchar", "char", "nvarchar", "clob", "StringType", "str_", "nchar",
          "ntext", "FixedString", "StringDtype", "VarcharType", "CharType", "character varying"}},
	{TYPE_DATE, {"date", "DateType", "date32"}},
	{TYPE_TIMESTAMP,
         {"timestamp", "datetime", "datetime64", "datetime64[ns]", "TimestampNTZType",
          "timestamp without time zone", "timestamp_ntz", "datetime2", "smalldatetime", "<M8[ns]",
          "datetime64[us]", "datetime64[ms]", "datetime64[s]"}},
	{TYPE_TIMESTAMPTZ,
         {"timestamptz", "datetime64[ns, UTC]", "DatetimeTZDtype", "timestamp with time zone",
          "TimestampType", "timestamp_tz", "timestamp_ltz", "datetimeoffset"}},
	{TYPE_BINARY, {"binary", "blob", "bytes", "bytea", "varbinary", "BinaryType", "image"}},
};

/*
 * Types that others have and weir has not.  Alone they are a mistake; in a list, where each more name allows more, they are passed
 * over beside one that there is: profilers write the names of all databases at once.
 */
static const char *const elsewhere[] = {
	"object",     "dtype('O')",    "uint8",           "uint16",      "uint32",  "uint64",
	"UInt8Dtype", "UInt16Dtype",   "UInt32Dtype",     "UInt64Dtype", "uint128", "uint256",
	"time",       "timedelta[ns]", "timedelta64[ns]", "category",    "uuid",    "uniqueidentifier",
	"interval",   "json",          "_SQL_INT",
};

static struct sv
bare_name(struct sv name)
{
	return sv_ends(name, SV("Type()")) ? (struct sv){name.p, name.n - 2} : name;
}

bool
type_name_find(struct sv name, enum type_kind *ret)
{
	const struct sv bare = bare_name(name);

	for (size_t i = 0; i < LEN(names); i++)
		for (size_t k = 0; k < LEN(names[i].name) && names[i].name[k] != NULL; k++)
			if (sv_ieq(bare, sv_of(names[i].name[k]))) {
				*ret = names[i].kind;
				return true;
			}
	return false;
}

/* VARCHAR(255), too: the length is what weir's types do not say. */
static bool
is_elsewhere(struct sv name)
{
	const char *open = memchr(name.p, '(', name.n);
	enum type_kind kind;

	for (size_t i = 0; i < LEN(elsewhere); i++)
		if (sv_ieq(name, sv_of(elsewhere[i])))
			return true;
	return open != NULL && name.p[name.n - 1] == ')' &&
	       type_name_find((struct sv){name.p, (size_t)(open - name.p)}, &kind);
}

/* The second parameter is the type or the list of them. */
static const struct arg *
types_of(const struct check *c)
{
	return &c->arg[1];
}

void
type_name_check(const struct node *n, struct diags *d)
{
	const char *known[LEN(names)];
	enum type_kind kind;

	if (n->kind == NODE_TEXT && type_name_find(n->text, &kind))
		return;
	for (size_t i = 0; i < LEN(names); i++)
		known[i] = names[i].name[0];
	diag_error(d, n->loc, "unknown type '" SV_FMT "'", SV_ARG(n->text));
	if (sv_nearest(n->text, known, LEN(known)) != NULL)
		diag_suggest(d, n->text, known, LEN(known));
	else
		diag_hint(d, "Types are boolean, integer, number, decimal, string, date, timestamp, "
		             "timestamptz and binary, without lengths or digits.");
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct node *n = types_of(c)->node;

	if (types_of(c)->null)
		return;
	if (n->kind != NODE_SEQ) {
		type_name_check(n, d);
		return;
	}
	if (n->n == 0)
		diag_error(d, n->loc, "'%s' names no type", c->expectation->params[1].name);

	size_t known = 0;
	enum type_kind kind;

	for (size_t i = 0; i < n->n; i++)
		known += n->kid[i].kind == NODE_TEXT && type_name_find(n->kid[i].text, &kind);
	for (size_t i = 0; i < n->n; i++)
		if (known == 0 || n->kid[i].kind != NODE_TEXT || !is_elsewhere(n->kid[i].text))
			type_name_check(&n->kid[i], d);
}

/* Where all other names are boolean, TINYINT is what MySQL calls a boolean: no reason to take any integer. */
static bool
is_mysql_boolean(const struct node *list, struct sv name)
{
	enum type_kind kind;

	if (!sv_ieq(name, SV("tinyint")) || list->kind != NODE_SEQ || list->n == 1)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (!sv_ieq(list->kid[i].text, name) &&
		    (!type_name_find(list->kid[i].text, &kind) || kind != TYPE_BOOLEAN))
			return false;
	return true;
}

static bool
is_asked(const struct check *c, enum type_kind kind)
{
	const struct node *n = types_of(c)->node;
	bool list = n->kind == NODE_SEQ;
	enum type_kind asked;

	for (size_t i = 0; i < (list ? n->n : 1); i++) {
		const struct sv name = list ? n->kid[i].text : n->text;

		if (type_name_find(name, &asked) &&
		    (is_mysql_boolean(n, name) ? TYPE_BOOLEAN : asked) == kind)
			return true;
	}
	return false;
}

static const struct expr *
of_another_type(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);
	struct value asked[LEN(names)];
	uint32_t n = 0;

	if (col == NULL)
		return NULL;
	if (types_of(c)->null || is_asked(c, col->type.kind))
		return expr_literal(b->x, value_bool(false));
	if (col->type.kind != TYPE_VARIANT && col->type.kind != TYPE_ANY)
		return expr_not_null(b, col, err);
	/* The first of the names is what typeof() says. */
	for (size_t i = 0; i < LEN(names); i++)
		if (is_asked(c, names[i].kind))
			asked[n++] = value_text(sv_of(names[i].name[0]));
	return expr_call1(b->x, OP_NOT, expr_in(b->x, expr_call1(b->x, OP_TYPEOF, col, err), asked, n, err),
	                  err);
}

static void
are_of_another(const struct check *c, struct buf *b)
{
	const struct node *n = types_of(c)->node;

	buf_puts(b, "are not of type ");
	if (n->kind == NODE_SEQ)
		members_text(n, b);
	else
		buf_add(b, n->text);
}

#define TYPE_DOC                                                                                             \
	"A column has one type, declared or seen in the data; where its values are of several kinds, each "  \
	"is judged by its own. Types are boolean, integer, number, decimal, string, date, timestamp, "       \
	"timestamptz and binary; pandas' (int64, str, datetime64[ns]), SQL's (BIGINT, VARCHAR) and Spark's " \
	"(LongType) names stand for them. An integer is no number here. In CSV and JSON, what a text "       \
	"looks like decides. A list may hold names that weir has no type for (object, uint8, VARCHAR(20)) "  \
	"beside one that it has: they allow nothing more."

/* The declared or seen type of a column, without a look at its values. */
static bool
bind_nothing(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	(void)b, (void)c, (void)ret, (void)err;
	return true;
}

static void
judge_column(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	struct sv name = arg_of(b->check, "column")->column[0];
	const struct column *col = schema_find(b->schema, name);
	char type[TYPE_TEXT_MAX];

	(void)observed;
	ret->has_observed = true;
	if (col == NULL || col->missing) {
		ret->message = arena_svf(a, "there is no column '" SV_FMT "'", SV_ARG(name));
		return;
	}
	ret->observed = value_text(arena_sv(a, sv_of(type_text(col->type, type))));
	ret->success = types_of(b->check)->null || is_asked(b->check, col->type.kind);
	ret->message = ret->success ? arena_svf(a, "column '" SV_FMT "' is of type %s", SV_ARG(name), type)
	                            : arena_svf(a, "column '" SV_FMT "' is of type %s, expected " SV_FMT,
	                                        SV_ARG(name), type, SV_ARG(types_of(b->check)->node->text));
}

const struct expectation expect_of_type = {
	.name = "expect_column_values_to_be_of_type",
	.shorthand = "of_type",
	.alias = {"be_of_type"},
	.summary = "Every value is of a given type.",
	.doc = TYPE_DOC,
	.example = "of_type: {column: amount, type: decimal}",
	.peers = {.gx = "`expect_column_values_to_be_of_type`",
                  .dbt = "`dbt_expectations.expect_column_values_to_be_of_type`",
                  .soda = "`schema`: when wrong column type",
                  .deequ = "`hasDataType`",
                  .odcs = "`logicalType`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_of_another,
	.params = params_one,
	.nparams = LEN(params_one),
	.validate = validate,
	.unexpected = of_another_type,
};

const struct expectation expect_in_type_list = {
	.name = "expect_column_values_to_be_in_type_list",
	.shorthand = "in_type_list",
	.alias = {"type_list", "be_in_type_list"},
	.summary = "Every value is of one of several types.",
	.doc = TYPE_DOC,
	.example = "in_type_list: {column: amount, types: [integer, number]}",
	.peers = {.gx = "`expect_column_values_to_be_in_type_list`",
                  .dbt = "`dbt_expectations.expect_column_values_to_be_in_type_list`",
                  .deequ = "`hasDataType`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_of_another,
	.params = params_list,
	.nparams = LEN(params_list),
	.validate = validate,
	.unexpected = of_another_type,
};

const struct expectation expect_column_type = {
	.name = "expect_column_type_to_be",
	.shorthand = "column_type",
	.no_threshold = true,
	.summary = "A column is of a given type.",
	.doc = "As it is declared, or as its data shows it; without a look at each value. Where values are "
	       "of several kinds that is variant, which is none of the types. A column that is missing is "
	       "of no type, and fails. The names of types are those of of_type.",
	.example = "column_type: {column: amount, type: decimal}",
	.peers = {.dbt = "`dbt_expectations.expect_column_values_to_be_of_type`",
                  .soda = "`schema`: when wrong column type",
                  .deequ = "`hasDataType`",
                  .odcs = "`physicalType`, `logicalType`"},
	.family = FAMILY_TABLE,
	.params = params_one,
	.nparams = LEN(params_one),
	.validate = validate,
	.bind = bind_nothing,
	.judge = judge_column,
};
