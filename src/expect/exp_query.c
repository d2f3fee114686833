/* A query of the user's that returns the bad rows. */
#include "expect/family.h"

static const struct param params[] = {
	{.name = "unexpected_rows_query",
         .alias = {"query", "sql"},
         .kind = PARAM_SQL,
         .required = true,
         .doc = "One SELECT in the database's SQL. {batch} or {table} in it stands for the data of the "
                "asset."},
};

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *query = &c->arg[0];

	if (sv_trim(query->text).n == 0)
		diag_error(d, query->loc, "the query is empty");
	if (c->asset == NULL || c->asset->path.n == 0)
		return;
	diag_error(d, query->loc, "files cannot be asked with SQL");
	diag_hint(d, "Write the condition of a good row as an expr.");
}

static void
validate_value(const struct check *c, struct diags *d)
{
	validate(c, d);
	range_validate(c, d);
}

static const struct param params_value[] = {
	{.name = "query",
         .alias = {"sql"},
         .kind = PARAM_SQL,
         .required = true,
         .doc = "One SELECT in the database's SQL that returns one row of one column. {batch} or {table} in it "
                "stands for the data of the asset."},
	PARAMS_RANGE(PARAM_VALUE, "value"),
};

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *query = expr_literal(b->x, value_text(c->arg[0].text));

	if (ret->where != NULL) {
		err_set(err, ERR_ARG, c->where_loc, "a check that is a query takes no filter");
		return err_hint(err, "write it into the query");
	}
	ret->observed[0] = metric_get(b->m, &metric_query_rows, &query, 1, NULL,
	                              (struct metric_params){.keep = MAX(check_keep(c), 1u)});
	ret->nobserved = 1;
	return true;
}

static struct sv
rows_json(struct arena *a, const struct metric_value *rows)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 1 << 26);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_key(&w, "unexpected_rows");
	json_array(&w);
	for (uint32_t i = 0; i < rows->nlist; i++)
		value_to_json(rows->list[i], &w);
	json_array_end(&w);
	json_object_end(&w);
	/* Half a list would be no JSON; the number of rows is told anyway. */
	if (!buf_check(&text, "the rows", NULL))
		buf_clear(&text);
	return buf_take(a, &text);
}

static void
judge_rows(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
           struct verdict *ret)
{
	int64_t n = observed[0]->count;
	const char *s = n == 1 ? "" : "s";

	ret->has_observed = true;
	ret->observed = value_text(arena_svf(a, "%jd unexpected row%s", (intmax_t)n, s));
	ret->success = n == 0;
	ret->message = n == 0 ? SV("the query returns no rows")
	                      : arena_svf(a, "the query returns %jd row%s, and there should be none",
	                                  (intmax_t)n, s);
	/* What a query returns may be made of any column. */
	if (n > 0 && !schema_has_pii(b->schema))
		ret->details = rows_json(a, observed[0]);
}

const struct expectation expect_unexpected_rows = {
	.name = "unexpected_rows_expectation",
	.shorthand = "unexpected_rows",
	.alias = {"failed_rows", "sql"},
	.noun = "what the query returns",
	.no_threshold = true,
	.summary = "A query returns no rows.",
	.doc = "For databases, and only where weir.yaml says `allow_sql: true`. The query is one SELECT; it "
	       "runs on a connection that can only read, and no longer than the source's `limits:` allow, or "
	       "five minutes. Its verdict ends when anything in the database changes.",
	.example = "unexpected_rows: \"SELECT * FROM {batch} WHERE shipped_at < ordered_at\"",
	.peers = {.gx = "`UnexpectedRowsExpectation`",
                  .dbt = "a singular test",
                  .soda = "`failed rows` with a fail query",
                  .deequ = "`customSql`",
                  .odcs = "`type: sql`"},
	.on_nothing = "What the query says of no rows.",
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = bind,
	.judge = judge_rows,
};

/* One row with one column: anything else is no value to judge. */
static void
judge_value(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	const struct metric_value *rows = observed[0];
	const struct value *row = rows->nlist > 0 ? &rows->list[0] : NULL;
	struct metric_value one = {0};
	const struct metric_value *value = &one;

	if (rows->count != 1 || row == NULL || row->kind != VALUE_OBJECT || row->n != 1) {
		err_set(&ret->err, ERR_EVAL, b->check->loc,
		        "the query returns %jd row%s of %u column%s, not one value", (intmax_t)rows->count,
		        rows->count == 1 ? "" : "s", row != NULL ? row->n : 0,
		        row != NULL && row->n == 1 ? "" : "s");
		return;
	}
	one.v = row->list[1];
	judge_range(b, &value, a, ret);
	/* It may be made of any column. */
	if (!value_is_numeric(ret->observed) && ret->observed.kind != VALUE_NULL &&
	    schema_has_pii(b->schema)) {
		ret->observed = value_text(SV("***"));
		ret->message = ret->success ? SV("the value is in the range")
		                            : SV("the value is out of the range");
	}
}

const struct expectation expect_query_value = {
	.name = "expect_query_value_to_be_between",
	.shorthand = "sql_value",
	.alias = {"query_value"},
	.noun = "the query's value",
	.summary = "The one value that a query returns lies in a range.",
	.doc = "For databases, and only where weir.yaml says `allow_sql: true`; it runs as unexpected_rows does. More "
	       "or less than one row of one column is an error.",
	.example = "sql_value: {query: \"SELECT sum(paid) - sum(booked) FROM {batch}\", min: 0, max: 0}",
	.on_nothing = "What the query says of no rows; a null is not met.",
	.peers = {.dbt = "a singular test",
                  .soda = "a metric with `query:`",
                  .deequ = "`customSql`",
                  .odcs = "`type: sql`"},
	.family = FAMILY_TABLE,
	.params = params_value,
	.nparams = LEN(params_value),
	.shorthand_param = -1,
	.validate = validate_value,
	.bind = bind,
	.judge = judge_value,
};
