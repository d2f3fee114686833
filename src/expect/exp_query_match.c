/* Two queries that return the same rows, of one database or of two. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "expect/family.h"

/* Beyond, the check is an error: a part of the rows says nothing of the whole. */
enum { ROWS_MAX = 100000, SHOWN_MAX = 200 };

static const struct param params[] = {
	{.name = "base_query",
         .alias = {"query", "sql"},
         .kind = PARAM_SQL,
         .required = true,
         .doc = "One SELECT in the database's SQL. {batch} or {table} in it stands for the data of the asset."},
	{.name = "comparison_query",
         .alias = {"against"},
         .kind = PARAM_SQL,
         .required = true,
         .doc = "The SELECT whose rows it must return."},
	{.name = "comparison_data_source_name",
         .alias = {"source"},
         .kind = PARAM_TEXT,
         .is_source = true,
         .doc = "The source of the catalog that comparison_query asks; default: the asset's own."},
	{.name = "mostly",
         .kind = PARAM_REAL,
         .dflt = 1,
         .bounded = true,
         .max = 1,
         .unit = "ratio",
         .doc = "Share of rows that must match, of the larger result."},
};
enum { BASE, COMPARISON, SOURCE, MOSTLY };

static void
validate(const struct check *c, struct diags *d)
{
	for (int i = BASE; i <= COMPARISON; i++)
		if (sv_trim(c->arg[i].text).n == 0)
			diag_error(d, c->arg[i].loc, "the query is empty");
	if (c->asset == NULL || c->asset->path.n == 0)
		return;
	diag_error(d, c->arg[BASE].loc, "files cannot be asked with SQL");
	diag_hint(
		d,
		"Compare files with `weir diff`, or with another asset by row_count_equal_other or relationships.");
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *base = expr_literal(b->x, value_text(c->arg[BASE].text));
	const struct expr *other[] = {expr_literal(b->x, value_text(c->arg[COMPARISON].text)),
	                              expr_literal(b->x, value_text(c->arg[SOURCE].text))};
	const struct metric_params keep = {.keep = ROWS_MAX};

	if (ret->where != NULL) {
		err_set(err, ERR_ARG, c->where_loc, "a check that is a query takes no filter");
		return err_hint(err, "write it into the queries");
	}
	ret->observed[0] = metric_get(b->m, &metric_query_rows, &base, 1, NULL, keep);
	ret->observed[1] = c->arg[SOURCE].given ? metric_get(b->m, &metric_other_query, other, 2, NULL, keep)
	                                        : metric_get(b->m, &metric_query_rows, other, 1, NULL, keep);
	ret->nobserved = 2;
	return true;
}

/* A row by its values alone: names of columns do not matter, their order does. */
struct keyed {
	struct hash128 key;
	const struct value *row;
};

static int
by_key(const void *a, const void *b)
{
	return memcmp(&((const struct keyed *)a)->key, &((const struct keyed *)b)->key,
	              sizeof(struct hash128));
}

static struct keyed *
keyed_rows(struct arena *a, const struct metric_value *m)
{
	struct keyed *ret = ARENA_ARRAY(a, struct keyed, m->nlist);

	for (uint32_t i = 0; i < m->nlist; i++) {
		const struct value *row = &m->list[i];
		struct value *v = ARENA_ARRAY(a, struct value, row->n);

		for (uint32_t k = 0; k < row->n; k++)
			v[k] = row->list[2 * k + 1];
		ret[i] = (struct keyed){
			.key = value_hash((struct value){.kind = VALUE_LIST, .n = row->n, .list = v}),
			.row = row};
	}
	if (m->nlist > 1)
		qsort(ret, m->nlist, sizeof(*ret), by_key);
	return ret;
}

/* What only one side has, each as often as it has it more than the other. */
struct difference {
	const struct value **only[2];
	uint32_t n[2];
	int64_t matches;
};

static struct difference
compare(struct arena *a, const struct metric_value *x, const struct metric_value *y)
{
	const struct keyed *side[] = {keyed_rows(a, x), keyed_rows(a, y)};
	struct difference ret = {.only = {ARENA_ARRAY(a, const struct value *, x->nlist),
	                                  ARENA_ARRAY(a, const struct value *, y->nlist)}};
	uint32_t i = 0, k = 0;

	while (i < x->nlist || k < y->nlist) {
		const int order = i == x->nlist ? 1 : k == y->nlist ? -1 : by_key(&side[0][i], &side[1][k]);

		ret.matches += order == 0;
		if (order < 0)
			ret.only[0][ret.n[0]++] = side[0][i].row;
		else if (order > 0)
			ret.only[1][ret.n[1]++] = side[1][k].row;
		i += order <= 0;
		k += order >= 0;
	}
	return ret;
}

static void
put_rows(struct json_writer *w, const char *name, const struct value *const *row, uint32_t n)
{
	json_key(w, name);
	json_array(w);
	for (uint32_t i = 0; i < n && i < SHOWN_MAX; i++)
		value_to_json(*row[i], w);
	json_array_end(w);
}

static struct sv
details(const struct bound *b, const struct difference *d, int64_t bad, double percent, struct arena *a)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 1 << 26);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_put_i64(&w, "unexpected_count", bad);
	json_put_f64(&w, "unexpected_percent", percent);
	/* What a query returns may be made of any column. */
	if (!schema_has_pii(b->schema)) {
		put_rows(&w, "missing_rows", d->only[1], d->n[1]);
		put_rows(&w, "unexpected_rows", d->only[0], d->n[0]);
	}
	json_object_end(&w);
	if (!buf_check(&text, "the rows", NULL))
		buf_clear(&text);
	return buf_take(a, &text);
}

/* A threshold alone says how many may be without a match. */
static double
share_asked(const struct check *c)
{
	const struct arg *mostly = arg_of(c, "mostly");

	if (mostly->given)
		return mostly->real;
	return c->warn.set || c->fail.set ? 0 : 1;
}

static void
judge_match(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	const int64_t mine = observed[0]->count, theirs = observed[1]->count, most = MAX(mine, theirs);
	struct difference d;
	int64_t bad;

	if (most > ROWS_MAX) {
		err_set(&ret->err, ERR_LIMIT, b->check->loc, "a query returns %jd rows, more than %d",
		        (intmax_t)most, ROWS_MAX);
		err_hint(&ret->err, "Let both queries count or sum up.");
		return;
	}
	d = compare(a, observed[0], observed[1]);
	bad = most - d.matches;
	ret->has_observed = true;
	ret->observed = value_int(bad);
	ret->success = most == 0 || (double)d.matches / (double)most >= share_asked(b->check);
	ret->message = bad == 0 ? arena_svf(a, "both queries return the same %jd rows", (intmax_t)most)
	                        : arena_svf(a, "%jd of %jd rows have no match: %u only here, %u only there",
	                                    (intmax_t)bad, (intmax_t)most, d.n[0], d.n[1]);
	ret->details = details(b, &d, bad, most > 0 ? 100 * (double)bad / (double)most : 0, a);
}

const struct expectation expect_query_match = {
	.name = "expect_query_results_to_match_comparison",
	.shorthand = "sql_match",
	.alias = {"query_results_match"},
	.noun = "the number of rows without a match",
	.of_clock = true,
	.summary = "Two queries return the same rows, of one database or of two.",
	.doc = "For databases, and only where weir.yaml says `allow_sql: true`; they run as unexpected_rows does. Each row "
	       "matches one row of the other result with the same values; the order of rows and the names of columns do not "
	       "matter, the order of columns does; nulls match, and 1 = 1.0. The share of matches is of the larger result. "
	       "Beyond 100,000 rows the check is an error: Great Expectations compares the first 200 of each, in whatever "
	       "order they come. Each run asks anew, since nobody knows whether the other database changed.",
	.example =
		"sql_match: {query: \"SELECT count(*) FROM {batch}\", source: other, against: \"SELECT count(*) FROM orders\"}",
	.on_nothing = "Two results without rows are the same.",
	.peers = {.gx = "`expect_query_results_to_match_comparison`",
                  .soda = "`reconciliation` checks, in part"},
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.shorthand_param = -1,
	.validate = validate,
	.bind = bind,
	.judge = judge_match,
};
