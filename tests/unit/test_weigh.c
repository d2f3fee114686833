/*
 * Metrics that are weighed by the entries of a dictionary against the same rows one by one: whatever the kind, the filter and the expression,
 * the values are the same to the last bit.
 */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "scan/pass.h"

enum { BATCHES = 3, ROWS = VECTOR_ROWS, ENTRIES = 5000, MORSELS = 4, MEMORY = 64 << 20 };

/* xorshift64*: the same everywhere. */
static uint32_t
below(uint64_t *s, uint32_t n)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return (uint32_t)(((*s * UINT64_C(0x2545f4914f6cdd1d)) >> 32) * n >> 32);
}

enum { C_INT, C_REAL, C_TEXT, C_BOOL, C_WIDE, NCOLUMN };
static const struct column columns[NCOLUMN] = {
	{.name = {"i", 1}, .type = {.kind = TYPE_INTEGER}, .index = C_INT},
	{.name = {"r", 1}, .type = {.kind = TYPE_NUMBER}, .index = C_REAL},
	{.name = {"t", 1}, .type = {.kind = TYPE_STRING}, .index = C_TEXT},
	{.name = {"b", 1}, .type = {.kind = TYPE_BOOLEAN}, .index = C_BOOL},
	{.name = {"w", 1}, .type = {.kind = TYPE_DECIMAL, .precision = 38, .scale = 2}, .index = C_WIDE},
};

static const char *const args[] = {
	"i",
	"r",
	"t",
	"b",
	"w",
	"i + 1",
	"r * 2",
	"i * i",
	"lower(t)",
	"length(t)",
	"coalesce(i, 7)",
	"coalesce(t, 'none')",
	"CASE WHEN i > 0 THEN r ELSE NULL END", /* of two columns: row by row */
	"CAST(t AS integer)",                   /* some are no numbers */
	"i / 0",
	"i > 3",
	"1",
};

static const char *const filters[] = {NULL, "i > 0", "t IS NULL", "b", "CAST(t AS integer) > 0", "r < 1.5"};

static const struct metric_kind *const kinds[] = {
	&metric_count_valid, &metric_min,        &metric_max,         &metric_sum,
	&metric_mean,        &metric_distinct,   &metric_cardinality, &metric_text_shape,
	&metric_groups,      &metric_modes,      &metric_keys,        &metric_distinct_approx,
	&metric_entropy,     &metric_duplicates, &metric_count_true,
};

/* A column's dictionary, and rows of it as indices and as values. */
struct coded {
	struct vector dict, coded[BATCHES], plain[BATCHES];
	uint64_t entry_valid[BITMAP_WORDS(ENTRIES)], entry_bits[BITMAP_WORDS(ENTRIES)];
	union {
		int64_t i64[ENTRIES];
		double f64[ENTRIES];
		struct sv text[ENTRIES];
		__int128 i128[ENTRIES];
	} entry;
	uint64_t valid[BATCHES][BITMAP_WORDS(ROWS)], bits[BATCHES][BITMAP_WORDS(ROWS)];
	uint32_t index[BATCHES][ROWS];
	union {
		int64_t i64[ROWS];
		double f64[ROWS];
		struct sv text[ROWS];
		__int128 i128[ROWS];
	} row[BATCHES];
};

static double
some_real(uint64_t *s)
{
	static const double odd[] = {0.0, -0.0, 5e-324, -5e-324, DBL_MAX, -DBL_MAX, 0.1, 1e300, -1e-300, 0.5};

	if (below(s, 3) == 0)
		return odd[below(s, LEN(odd))];
	return ldexp((double)below(s, UINT32_MAX) - 2e9, (int)below(s, 200) - 100);
}

static void
make_entries(struct arena *a, struct coded *c, int k, uint32_t n, uint64_t *s)
{
	c->dict = (struct vector){.type = columns[k].type, .rows = n, .valid = c->entry_valid};
	c->dict.rep = (const enum rep[]){REP_I64, REP_F64, REP_TEXT, REP_BITS, REP_I128}[k];
	for (uint32_t i = 0; i < n; i++) {
		if (below(s, 50) != 0)
			bit_set(c->entry_valid, i); /* null are NaN, as readers have them */
		if (k == C_INT)
			c->entry.i64[i] = (int64_t)below(s, 3000) - 1000;
		else if (k == C_REAL)
			c->entry.f64[i] = some_real(s);
		else if (k == C_TEXT)
			c->entry.text[i] = sv_of(
				arena_printf(a, below(s, 4) == 0 ? "x%u" : "%u", below(s, 4000)));
		else if (k == C_BOOL && below(s, 2) == 0)
			bit_set(c->entry_bits, i);
		else
			c->entry.i128[i] = ((__int128)below(s, 2000000) - 1000000) * 1000000007 *
			                   (below(s, 2) == 0 ? 1 : INT64_C(1000000000000000));
	}
	if (k == C_BOOL)
		c->dict.bits = c->entry_bits;
	else
		c->dict.i64 = c->entry.i64;
}

static void
make_rows(struct coded *c, int b, uint32_t used, uint32_t nulls, uint64_t *s)
{
	size_t size = rep_size(c->dict.rep);

	for (uint32_t i = 0; i < ROWS; i++) {
		uint32_t e = c->index[b][i] = below(s, used);

		if (below(s, 100) < nulls || !bit_get(c->entry_valid, e)) {
			c->index[b][i] = 0;
			continue;
		}
		bit_set(c->valid[b], i);
		if (c->dict.rep == REP_BITS) {
			if (bit_get(c->entry_bits, e))
				bit_set(c->bits[b], i);
		} else {
			memcpy((char *)&c->row[b] + i * size, (char *)&c->entry + e * size, size);
		}
	}
	c->plain[b] = c->coded[b] = (struct vector){
		.rep = c->dict.rep, .type = c->dict.type, .rows = ROWS, .valid = c->valid[b]};
	c->coded[b].dict = &c->dict;
	c->coded[b].index = c->index[b];
	if (c->dict.rep == REP_BITS)
		c->plain[b].bits = c->bits[b];
	else
		c->plain[b].i64 = c->row[b].i64;
}

static void
make_table(struct arena *a, struct coded *c, uint64_t *s)
{
	memset(c, 0, NCOLUMN * sizeof(*c));
	for (int k = 0; k < NCOLUMN; k++) {
		uint32_t n = 1 + below(s, below(s, 2) == 0 ? 9 : ENTRIES), used = 1 + below(s, n);
		uint32_t nulls = below(s, 2) == 0 ? below(s, 101) : 0;

		make_entries(a, &c[k], k, n, s);
		for (int b = 0; b < BATCHES; b++)
			make_rows(&c[k], b, used, nulls, s);
	}
}

/* A morsel.  Of some columns only some batches are coded, as where a writer gave its dictionary up. */
static void
feed(struct pass *p, const struct coded *c, bool coded, uint64_t number, uint64_t *s)
{
	struct err err = {0};

	for (int b = 0; b < BATCHES; b++) {
		const struct vector *column[NCOLUMN];
		struct batch batch = {.rows = ROWS,
		                      .at = {.row = (int64_t)b * ROWS},
		                      .column = column,
		                      .ncolumn = NCOLUMN,
		                      .dictionaries = number};

		for (int k = 0; k < NCOLUMN; k++)
			column[k] = coded && (b == 0 || below(s, 5) > 0) ? &c[k].coded[b] : &c[k].plain[b];
		ck_assert_msg(pass_update(p, &batch, &err), "%s", err.msg);
	}
}

static void
run(const struct metric *const *m, uint32_t n, struct coded *c, bool coded, struct arena *a,
    struct metric_value *ret)
{
	AUTO(pass_plan) plan = pass_plan_new(m, n, NULL);
	AUTO(merge) merge = merge_new(plan, MEMORY);
	AUTO(pass) pass = pass_new(plan, MEMORY);
	uint64_t choice = 99;

	for (uint64_t i = 0; i < MORSELS; i++) {
		uint64_t s = (i + 1) * 7919;

		make_table(a, c, &s);
		feed(pass, c, coded, i, &choice);
		merge_cut(merge, pass_cut(pass), 0);
	}
	merge_pass(merge, pass);
	merge_final(merge, a, ret);
}

static const struct expr *
parse(struct arena *a, struct exprs *x, const char *text)
{
	const struct schema schema = {.col = columns, .n = NCOLUMN};
	struct diags d = {.a = a};
	const struct ast *ast = text != NULL ? expr_parse(a, sv_of(text), NOWHERE, &d) : NULL;
	const struct expr *e = ast != NULL ? expr_bind(x, ast, &schema, &d) : NULL;

	ck_assert_msg(e != NULL || text == NULL, "%s", text);
	return e;
}

static void
check_value(struct value a, struct value b, const char *what)
{
	bool same = a.kind == b.kind && (a.kind == VALUE_NULL || value_eq(a, b));

	/* Doubles to the last bit, but for the sign of zero, which is none. */
	if (same && a.kind == VALUE_REAL)
		same = memcmp(&a.r, &b.r, sizeof(a.r)) == 0;
	ck_assert_msg(same, "%s: %d %.17g, %d %.17g", what, (int)a.kind,
	              a.kind == VALUE_REAL ? a.r : (double)a.i, (int)b.kind,
	              b.kind == VALUE_REAL ? b.r : (double)b.i);
}

static void
check_same(const struct metric *m, const struct metric_value *a, const struct metric_value *b)
{
	AUTO(buf) text = buf_new(4096);
	const char *what;

	metric_print(m, text);

	what = buf_str(text);
	ck_assert_msg(a->failed == b->failed, "%s: %s", what, a->failed ? a->err.msg : b->err.msg);
	ck_assert_msg(a->errors == b->errors && a->first_error.row == b->first_error.row,
	              "%s: %jd errors, %jd weighed", what, (intmax_t)a->errors, (intmax_t)b->errors);
	if (a->failed)
		return;
	check_value(a->v, b->v, what);
	ck_assert_msg(a->count == b->count, "%s: count %jd, %jd weighed", what, (intmax_t)a->count,
	              (intmax_t)b->count);
	ck_assert_msg(a->nlist == b->nlist && a->list_cut == b->list_cut, "%s: %u listed, %u weighed", what,
	              a->nlist, b->nlist);
	for (uint32_t i = 0; i < a->nlist; i++) {
		check_value(a->list[i], b->list[i], what);
		ck_assert_msg(a->list_count[i] == b->list_count[i], "%s: %jd of no. %u, %jd weighed", what,
		              (intmax_t)a->list_count[i], i, (intmax_t)b->list_count[i]);
	}
	ck_assert_msg((a->keys != NULL) == (b->keys != NULL) &&
	                      (a->keys == NULL || keyset_size(a->keys) == keyset_size(b->keys)),
	              "%s: other keys", what);
}

static uint32_t
make_metrics(struct metrics *pool, const struct expr *arg, const struct expr *where, const struct metric **m)
{
	uint32_t n = 0;

	for (size_t k = 0; k < LEN(kinds); k++)
		for (int variant = 0; variant < 3; variant++) {
			struct metric_params params = {.keep = (const uint32_t[]){0, 30, 7000}[variant],
			                               .number = 4500,
			                               .flag = kinds[k] == &metric_groups && variant == 1};

			if (params.keep == 0 && (kinds[k] == &metric_groups || kinds[k] == &metric_modes))
				continue;
			if (kinds[k] == &metric_count_true && arg->type.kind != TYPE_BOOLEAN)
				continue;
			m[n++] = metric_get(pool, kinds[k], &arg, 1, where, params);
		}
	return n;
}

START_TEST(what_is_weighed_is_what_the_rows_give)
{
	AUTO(arena) a = arena_new();
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) pool = metrics_new(x);
	struct coded *c = ARENA_ARRAY(a, struct coded, NCOLUMN);
	const struct metric *m[LEN(filters) * LEN(kinds) * 3];
	struct metric_value *plain, *coded;
	uint32_t n = 0;

	for (size_t f = 0; f < LEN(filters); f++)
		n += make_metrics(pool, parse(a, x, args[_i]), parse(a, x, filters[f]), m + n);
	plain = ARENA_ARRAY(a, struct metric_value, metrics_count(pool));
	coded = ARENA_ARRAY(a, struct metric_value, metrics_count(pool));
	run(m, n, c, false, a, plain);
	run(m, n, c, true, a, coded);
	for (uint32_t i = 0; i < n; i++)
		check_same(m[i], &plain[m[i]->id], &coded[m[i]->id]);
	metric_values_fini(plain, metrics_count(pool));
	metric_values_fini(coded, metrics_count(pool));
}
END_TEST

/* Else a kind that forgot to say how would be compared with itself. */
START_TEST(kinds_that_do_not_ask_for_the_order_of_rows_can_be_weighed)
{
	for (size_t k = 0; k < metric_kind_count; k++)
		ck_assert_msg(metric_kinds[k]->weigh == NULL ||
		                      (!metric_kinds[k]->ordered && !metric_kinds[k]->errors_meant),
		              "%s", metric_kinds[k]->name);
	for (size_t k = 0; k + 2 < LEN(kinds); k++)
		ck_assert_msg(kinds[k]->weigh != NULL, "%s", kinds[k]->name);
}
END_TEST

Suite *
suite_weigh(void)
{
	Suite *s = suite_create("weigh");
	TCase *t = tcase_create("weigh");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, what_is_weighed_is_what_the_rows_give, 0, (int)LEN(args));
	tcase_add_test(t, kinds_that_do_not_ask_for_the_order_of_rows_can_be_weighed);
	suite_add_tcase(s, t);
	return s;
}
