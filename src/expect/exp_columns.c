/* What columns a table has: judged from its schema alone, no row is read. */
#include <assert.h>
#include <stdlib.h>

#include "expect/family.h"

static const struct param params_list[] = {
	{.name = "column_list",
         .alias = {"columns"},
         .kind = PARAM_COLUMNS,
         .required = true,
         .nullable = true,
         .doc = "All columns, in order. null asks for nothing."},
};

static const struct param params_set[] = {
	{.name = "column_set",
         .alias = {"columns", "column_list"},
         .kind = PARAM_COLUMNS,
         .required = true,
         .nullable = true,
         .doc = "The columns, in any order. null is the empty set."},
	{.name = "exact_match",
         .kind = PARAM_BOOL,
         .nullable = true,
         .dflt = 1,
         .doc = "Other columns than these are not allowed; default true. null is false."},
};

static const struct param params_exists[] = {
	PARAM_THE_COLUMN,
	{.name = "column_index",
         .alias = {"index"},
         .kind = PARAM_INTEGER,
         .doc = "Its position, from 0; negative ones count from the end."},
};

static bool
bind_nothing(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	(void)b, (void)c, (void)ret, (void)err;
	return true;
}

/* The columns that the data has; declared ones that it lacks are not there, and members of objects only if somebody names them. */
static struct sv *
present(struct arena *a, const struct schema *s, const struct arg *named, uint32_t *n)
{
	struct sv *name = ARENA_ARRAY(a, struct sv, s->n);

	*n = 0;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct column *c = &s->col[i];

		if (!c->missing &&
		    (!c->member || (named != NULL && sv_in(c->name, named->column, named->ncolumn))))
			name[(*n)++] = c->name;
	}
	return name;
}

struct sv *
schema_present(struct arena *a, const struct schema *s, uint32_t *n)
{
	return present(a, s, NULL, n);
}

struct value
schema_value(struct arena *a, const struct schema *s)
{
	struct value *col = ARENA_ARRAY(a, struct value, s->n);
	char type[TYPE_TEXT_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		struct value *v;

		if (s->col[i].missing || s->col[i].member)
			continue;
		v = ARENA_ARRAY(a, struct value, 6);
		v[0] = value_text(SV("name"));
		v[1] = value_text(arena_sv(a, s->col[i].name));
		v[2] = value_text(SV("type"));
		v[3] = value_text(arena_sv(a, sv_of(type_text(s->col[i].type, type))));
		v[4] = value_text(SV("nullable"));
		v[5] = value_bool(false);
		col[n] = (struct value){
			.kind = VALUE_OBJECT, .n = s->col[i].nulls == NULLS_NONE ? 3 : 2, .list = v};
		n++;
	}
	return (struct value){.kind = VALUE_LIST, .n = n, .list = col};
}

static struct value
name_list(struct arena *a, const struct sv *name, uint32_t n)
{
	struct value *v = ARENA_ARRAY(a, struct value, n);

	for (uint32_t i = 0; i < n; i++)
		v[i] = value_text(name[i]);
	return (struct value){.kind = VALUE_LIST, .n = n, .list = v};
}

static void
write_mismatch(struct json_writer *w, uint32_t at, const struct sv *want, const struct sv *found)
{
	json_object(w);
	json_put_i64(w, "Expected Column Position", at);
	json_key(w, "Expected");
	if (want != NULL)
		json_sv(w, *want);
	else
		json_null(w);
	json_key(w, "Found");
	if (found != NULL)
		json_sv(w, *found);
	else
		json_null(w);
	json_object_end(w);
}

static void
judge_ordered(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
              struct verdict *ret)
{
	const struct arg *list = arg_of(b->check, "column_list");
	struct buf text;
	struct json_writer w;
	uint32_t n, wrong = 0, first = 0;
	struct sv *name = present(a, b->schema, list, &n);

	(void)observed;
	ret->has_observed = true;
	ret->observed = name_list(a, name, n);
	ret->success = true;
	ret->message = SV("the columns are as listed");
	if (list->null)
		return;
	assert((name != NULL || n == 0) && (list->column != NULL || list->ncolumn == 0));
	buf_init(&text, 1 << 24);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_key(&w, "mismatched");
	json_array(&w);
	for (uint32_t i = 0; i < MAX(n, list->ncolumn); i++) {
		const struct sv *want = i < list->ncolumn ? &list->column[i] : NULL,
				*found = i < n ? &name[i] : NULL;

		if (want != NULL && found != NULL && sv_eq(*want, *found))
			continue;
		if (wrong++ == 0)
			first = i;
		write_mismatch(&w, i, want, found);
	}
	json_array_end(&w);
	json_object_end(&w);
	if (wrong > 0) {
		ret->success = false;
		ret->details = arena_sv(a, buf_sv(&text));
		ret->message = first >= n ? arena_svf(a, "column '" SV_FMT "' is missing",
		                                      SV_ARG(list->column[first]))
		               : first >= list->ncolumn
		                       ? arena_svf(a, "column '" SV_FMT "' is not listed",
		                                   SV_ARG(name[first]))
		                       : arena_svf(a, "column %u is '" SV_FMT "', expected '" SV_FMT "'",
		                                   first, SV_ARG(name[first]), SV_ARG(list->column[first]));
	}
	buf_fini(&text);
}

static int
by_name(const void *a, const void *b)
{
	return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* Names of `from` that are not in `in`, sorted. */
static struct sv *
minus(struct arena *a, const struct sv *from, uint32_t nfrom, const struct sv *in, uint32_t nin, uint32_t *n)
{
	struct sv *ret = ARENA_ARRAY(a, struct sv, nfrom);

	*n = 0;
	for (uint32_t i = 0; i < nfrom; i++)
		if (!sv_in(from[i], in, nin) && !sv_in(from[i], ret, *n))
			ret[(*n)++] = from[i];
	if (*n > 1)
		qsort(ret, *n, sizeof(*ret), by_name);
	return ret;
}

static void
write_names(struct json_writer *w, const char *key, const struct sv *name, uint32_t n)
{
	if (n == 0)
		return;
	json_key(w, key);
	json_array(w);
	for (uint32_t i = 0; i < n; i++)
		json_sv(w, name[i]);
	json_array_end(w);
}

static void
add_names(struct buf *b, const char *what, const struct sv *name, uint32_t n)
{
	if (n == 0)
		return;
	buf_printf(b, "%s%s ", b->n > 0 ? "; " : "", what);
	for (uint32_t i = 0; i < n; i++)
		buf_printf(b, "%s'" SV_FMT "'", i > 0 ? ", " : "", SV_ARG(name[i]));
}

static void
judge_set(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
          struct verdict *ret)
{
	const struct arg *set = arg_of(b->check, "column_set");
	bool exact = arg_of(b->check, "exact_match")->flag && !arg_of(b->check, "exact_match")->null;
	struct buf text;
	struct json_writer w;
	uint32_t n, nextra, nmissing;
	struct sv *name = present(a, b->schema, set, &n);
	struct sv *extra = minus(a, name, n, set->column, set->ncolumn, &nextra);
	struct sv *missing = minus(a, set->column, set->ncolumn, name, n, &nmissing);

	(void)observed;
	ret->has_observed = true;
	if (n > 1)
		qsort(name, n, sizeof(*name), by_name);
	ret->observed = name_list(a, name, n);
	/* No set is the empty one, as in Great Expectations; not exactly, that asks for nothing. */
	ret->success = nmissing == 0 && (!exact || nextra == 0);
	ret->message = SV("the columns are as listed");
	if (set->null && !exact)
		return;
	buf_init(&text, 1 << 24);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_key(&w, "mismatched");
	json_object(&w);
	write_names(&w, "unexpected", extra, nextra);
	write_names(&w, "missing", missing, nmissing);
	json_object_end(&w);
	json_object_end(&w);
	ret->details = arena_sv(a, buf_sv(&text));
	buf_clear(&text);
	if (!ret->success) {
		add_names(&text, nmissing == 1 ? "missing column" : "missing columns", missing, nmissing);
		if (exact)
			add_names(&text, nextra == 1 ? "unexpected column" : "unexpected columns", extra,
			          nextra);
		ret->message = arena_sv(a, buf_sv(&text));
	}
	buf_fini(&text);
}

/*
 * Great Expectations forgets to look at an index of 0; asking for the first column and not getting an answer would be a check that
 * tests nothing, so here 0 is an index as any other.
 */
static void
judge_exists(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	const struct arg *column = arg_of(b->check, "column"), *index = arg_of(b->check, "column_index");
	uint32_t n, at = 0;
	struct sv *name = present(a, b->schema, column, &n);

	(void)observed;
	while (at < n && !sv_eq(name[at], column->column[0]))
		at++;
	if (at == n) {
		ret->message = arena_svf(a, "there is no column '" SV_FMT "'", SV_ARG(column->column[0]));
		return;
	}
	ret->success = !index->given || index->integer == at ||
	               (index->integer < 0 && index->integer + n == at);
	ret->message = ret->success ? arena_svf(a, "column '" SV_FMT "' exists", SV_ARG(name[at]))
	                            : arena_svf(a, "column '" SV_FMT "' is number %u, expected %jd",
	                                        SV_ARG(name[at]), at, (intmax_t)index->integer);
}

const struct expectation expect_columns_ordered = {
	.name = "expect_table_columns_to_match_ordered_list",
	.shorthand = "columns",
	.alias = {"columns_ordered"},
	.no_threshold = true,
	.summary = "The table has exactly these columns, in this order.",
	.example = "columns: [order_id, amount, created_at]",
	.peers = {.gx = "`expect_table_columns_to_match_ordered_list`",
                  .dbt = "`dbt_expectations.expect_table_columns_to_match_ordered_list`",
                  .soda = "`schema`: when wrong column index",
                  .deequ = "DQDL `SchemaMatch`, in part",
                  .odcs = "`schema`"},
	.family = FAMILY_TABLE,
	.params = params_list,
	.nparams = LEN(params_list),
	.bind = bind_nothing,
	.judge = judge_ordered,
};

const struct expectation expect_columns_set = {
	.name = "expect_table_columns_to_match_set",
	.shorthand = "columns_set",
	.no_threshold = true,
	.summary = "The table has these columns, in any order.",
	.doc = "Other columns are fine only if exact_match is false.",
	.example = "columns_set: {columns: [order_id, amount], exact_match: false}",
	.peers = {.gx = "`expect_table_columns_to_match_set`",
                  .dbt = "`dbt_expectations.expect_table_columns_to_match_set`",
                  .soda = "`schema`: when mismatching columns",
                  .odcs = "`schema`"},
	.family = FAMILY_TABLE,
	.params = params_set,
	.nparams = LEN(params_set),
	.bind = bind_nothing,
	.judge = judge_set,
};

const struct expectation expect_column_exists = {
	.name = "expect_column_to_exist",
	.shorthand = "column_exists",
	.no_threshold = true,
	.summary = "The table has a column of this name.",
	.doc = "With column_index, at that position; unlike in Great Expectations, 0 is a position too.",
	.example = "column_exists: order_id",
	.peers = {.gx = "`expect_column_to_exist`",
                  .dbt = "`dbt_expectations.expect_column_to_exist`",
                  .soda = "`schema`: when required column missing",
                  .deequ = "`hasColumn`"},
	.family = FAMILY_TABLE,
	.params = params_exists,
	.nparams = LEN(params_exists),
	.bind = bind_nothing,
	.judge = judge_exists,
};
