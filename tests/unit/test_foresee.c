/*
 * What is foreseen of rows against the rows: whatever bounds, null counts and dictionaries say, no row may be of a kind that was ruled out.
 * And the same rows as plain vectors and coded by dictionaries give the same values.
 */
#include <check.h>
#include <stdlib.h>

#include "scan/foresee.h"

enum { ROWS = 150, ENTRIES = 7, SEEDS = 100 };

/* xorshift64*: the same everywhere. */
static uint32_t
below(uint64_t *s, uint32_t n)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return (uint32_t)(((*s * UINT64_C(0x2545f4914f6cdd1d)) >> 32) * n >> 32);
}

static const struct column columns[] = {
	{.name = {"a", 1}, .type = {.kind = TYPE_INTEGER}, .index = 0},
	{.name = {"b", 1}, .type = {.kind = TYPE_INTEGER}, .index = 1},
	{.name = {"c", 1}, .type = {.kind = TYPE_STRING}, .index = 2},
	{.name = {"t", 1}, .type = {.kind = TYPE_BOOLEAN}, .index = 3},
};
enum { NCOLUMN = LEN(columns) };

static const char *const texts[] = {
	"a > 0",
	"a < b",
	"a <= b",
	"a = b",
	"a <> b",
	"b >= a",
	"a IS NULL",
	"NOT a > 2",
	"a > 0 AND b < 3",
	"a > 0 OR b < 3",
	"NOT (a > 1 OR c = 'x')",
	"a BETWEEN -3 AND 5",
	"a NOT BETWEEN 0 AND 1",
	"a IN (1, 2, 9)",
	"a NOT IN (0, 1, 2, 3)",
	"c = 'x'",
	"c >= 'x'",
	"c IN ('x', 'y')",
	"c NOT IN ('', 'x', 'xy', 'y')",
	"c ~ '^x'",
	"length(c) > 1",
	"length(c) < 9 AND NOT t",
	"t",
	"NOT t",
	"t = true",
	"t OR a IS NULL",
	"t IS NULL AND c IS NULL",
	"a + 1 > 2",
	"a + 9223372036854775807 > 0",
	"coalesce(a, 9) = 9",
	"CASE WHEN a > 0 THEN a < 9 ELSE a > 5 END",
	"lower(c) = 'x'",
	"a % 2 = 0",
	"a > 100",
	"a > -100",
	"a = 1.5",
	"a = NULL",
	"a > b AND b > a",
	"CAST(c AS integer) > 0",
	"a IS NOT NULL AND (b IS NULL OR a = a)",
};

/* A table, its dictionaries, and what is told of it. */
struct table {
	struct vector plain[NCOLUMN], coded[NCOLUMN], dict[NCOLUMN];
	uint64_t valid[NCOLUMN][BITMAP_WORDS(ROWS)], bits[BITMAP_WORDS(ROWS)], all, entry_bits;
	uint32_t index[NCOLUMN][ROWS];
	int64_t i64[NCOLUMN][ROWS], entry_i64[NCOLUMN][ENTRIES];
	struct sv text[ROWS], entry_text[ENTRIES];
	struct outlook facts[NCOLUMN];
	bool has_dictionary[NCOLUMN], has_filter;
};

static void
make_entries(struct table *t, uint32_t k, uint64_t *s)
{
	static const char *const words[] = {"", "x", "y", "xy", "X", "12", "zzz"};
	struct vector *d = &t->dict[k];
	uint32_t first = below(s, ENTRIES), step = below(s, 3);

	*d = (struct vector){.type = columns[k].type, .rows = ENTRIES, .valid = &t->all};
	t->all = (1 << ENTRIES) - 1;
	t->entry_bits = below(s, 3) == 0 ? t->all : below(s, 1 << ENTRIES);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		t->entry_i64[k][i] = (int64_t)((first + i * step) % ENTRIES) - 2;
		if (columns[k].type.kind == TYPE_STRING)
			t->entry_text[i] = sv_of(words[(first + i * step) % ENTRIES]);
	}
	if (columns[k].type.kind == TYPE_STRING) {
		d->rep = REP_TEXT;
		d->text = t->entry_text;
	} else if (columns[k].type.kind == TYPE_BOOLEAN) {
		d->rep = REP_BITS;
		d->bits = &t->entry_bits;
	} else {
		d->rep = REP_I64;
		d->i64 = t->entry_i64[k];
	}
}

static void
widen(struct outlook *f, struct value v)
{
	if (f->valid++ == 0) {
		f->min = f->max = v;
		return;
	}
	f->min = value_order(v, f->min) < 0 ? v : f->min;
	f->max = value_order(v, f->max) > 0 ? v : f->max;
}

/* Tells less than is known, at times. */
static void
forget(struct outlook *f, uint64_t *s)
{
	f->has_min = f->valid > 0 && below(s, 5) > 0;
	f->has_max = f->valid > 0 && below(s, 5) > 0;
	f->yes = f->no = f->valid;
	if (f->has_max && f->max.kind == VALUE_BOOL && !f->max.b)
		f->yes = 0;
	if (f->has_min && f->min.kind == VALUE_BOOL && f->min.b)
		f->no = 0;
	if (below(s, 4) == 0)
		f->null = f->valid = f->yes = f->no = ROWS;
}

static void
make_table(struct table *t, uint64_t *s)
{
	memset(t, 0, sizeof(*t));
	t->has_filter = below(s, 2) == 0;
	for (uint32_t k = 0; k < NCOLUMN; k++) {
		struct outlook *f = &t->facts[k];
		uint32_t nulls = below(s, 3) == 0 ? below(s, 101) : 0, used = 1 + below(s, ENTRIES);

		make_entries(t, k, s);
		f->rows = ROWS;
		for (uint32_t i = 0; i < ROWS; i++) {
			if (below(s, 100) < nulls) {
				f->null++;
				t->index[k][i] = UINT32_MAX; /* not meant */
				continue;
			}
			bit_set(t->valid[k], i);
			t->index[k][i] = below(s, used);

			struct value v = vector_value(&t->dict[k], t->index[k][i]);

			widen(f, v);
			if (v.kind == VALUE_TEXT)
				t->text[i] = v.s;
			else if (v.kind == VALUE_BOOL && v.b)
				bit_set(t->bits, i);
			else
				t->i64[k][i] = v.i;
		}
		t->plain[k] = t->coded[k] = t->dict[k];
		t->plain[k].rows = t->coded[k].rows = ROWS;
		t->plain[k].valid = t->coded[k].valid = t->valid[k];
		t->coded[k].i64 = NULL;
		t->coded[k].dict = &t->dict[k];
		t->coded[k].index = t->index[k];
		if (columns[k].type.kind == TYPE_STRING)
			t->plain[k].text = t->text;
		else if (columns[k].type.kind == TYPE_BOOLEAN)
			t->plain[k].bits = t->bits;
		else
			t->plain[k].i64 = t->i64[k];
		t->has_dictionary[k] = below(s, 2) == 0;
		forget(f, s);
	}
}

static void
told_facts(void *ctx, uint32_t column, struct outlook *ret)
{
	const struct table *t = ctx;

	*ret = t->facts[column];
}

static bool
told_dictionary(void *ctx, uint32_t column, const struct vector **ret, struct err *err)
{
	const struct table *t = ctx;

	(void)err;
	*ret = t->has_dictionary[column] ? &t->dict[column] : NULL;
	return true;
}

/* Says no at times where it may. */
static bool
told_may_hold(void *ctx, uint32_t column, struct value v, bool *ret, struct err *err)
{
	const struct table *t = ctx;

	(void)err;
	*ret = !t->has_filter;
	for (uint32_t i = 0; i < ROWS && !*ret; i++)
		*ret = value_eq(vector_value(&t->plain[column], i), v);
	return true;
}

static const struct vector *
evaluate(struct eval *e, const struct expr *x, const struct vector *v, uint64_t dictionaries)
{
	static const struct vector *column[NCOLUMN];
	static struct batch b;
	const struct vector *ret;
	struct err err = {0};

	for (uint32_t k = 0; k < NCOLUMN; k++)
		column[k] = &v[k];
	b = (struct batch){.rows = ROWS, .column = column, .ncolumn = NCOLUMN, .dictionaries = dictionaries};
	eval_batch(e, &b);
	ck_assert_msg(eval_expr(e, x, &ret, &err), "%s", err.msg);
	return ret;
}

static void
check_outlook(const struct outlook *o, const struct vector *v, const char *text, int seed)
{
	int64_t yes = 0, no = 0, null = 0, error = 0;

	for (uint32_t i = 0; i < ROWS; i++) {
		struct value x = vector_value(v, i);

		if (v->error != NULL && bit_get(v->error, i))
			error++;
		else if (x.kind == VALUE_NULL)
			null++;
		else if (x.b)
			yes++;
		else
			no++;
	}
	ck_assert_msg(yes <= o->yes && no <= o->no && null <= o->null && error <= o->error,
	              "seed %d: %s: %jd %jd %jd %jd foreseen, %jd %jd %jd %jd found", seed, text,
	              (intmax_t)o->yes, (intmax_t)o->no, (intmax_t)o->null, (intmax_t)o->error, (intmax_t)yes,
	              (intmax_t)no, (intmax_t)null, (intmax_t)error);
}

static const struct expr *
parse(struct arena *a, struct exprs *x, const char *text)
{
	const struct schema schema = {.col = columns, .n = NCOLUMN};
	struct diags d = {.a = a};
	const struct ast *ast = expr_parse(a, sv_of(text), NOWHERE, &d);
	const struct expr *e = ast != NULL ? expr_bind(x, ast, &schema, &d) : NULL;

	ck_assert_msg(e != NULL, "%s", text);
	return e;
}

START_TEST(no_row_is_of_a_kind_that_was_ruled_out)
{
	AUTO(arena) a = arena_new();
	AUTO(exprs) x = exprs_new();
	AUTO(eval) plain = eval_new();
	AUTO(eval) coded = eval_new();
	struct table *t = ARENA_NEW(a, struct table);
	const struct expr *e = parse(a, x, texts[_i]);
	int64_t decided = 0;

	for (int seed = 1; seed <= SEEDS; seed++) {
		uint64_t s = (uint64_t)seed * 7919;
		struct preview v = {.rows = ROWS,
		                    .dictionaries = (uint64_t)seed,
		                    .ctx = t,
		                    .facts = told_facts,
		                    .dictionary = told_dictionary,
		                    .may_hold = told_may_hold};
		struct outlook o;

		make_table(t, &s);
		for (int round = 0; round < 2; round++) {
			struct foresight f = {.v = &v, .e = coded, .pages = round > 0};
			const struct batch none = {0};

			eval_batch(coded, &none);
			foresee(&f, e, &o);
			ck_assert(!f.failed);

			const struct vector *rows = evaluate(plain, e, t->plain, 0);

			check_outlook(&o, rows, texts[_i], seed);
			decided += outlook_is_decided(&o);
		}

		const struct vector *p = evaluate(plain, e, t->plain, 0);
		const struct vector *c = evaluate(coded, e, t->coded, (uint64_t)seed);

		for (uint32_t i = 0; i < ROWS; i++) {
			bool p_error = p->error != NULL && bit_get(p->error, i);
			bool c_error = c->error != NULL && bit_get(c->error, i);

			ck_assert_msg(p_error == c_error && value_eq(vector_value(p, i), vector_value(c, i)),
			              "seed %d: %s: row %u differs", seed, texts[_i], i);
		}
	}
	/* Else the test would be of nothing: but for sums of columns something can always be said of some tables. */
	ck_assert_msg(decided > 0, "%s: nothing was ever decided", texts[_i]);
}
END_TEST

Suite *
suite_foresee(void)
{
	Suite *s = suite_create("foresee");
	TCase *t = tcase_create("foresee");

	tcase_add_loop_test(t, no_row_is_of_a_kind_that_was_ruled_out, 0, (int)LEN(texts));
	suite_add_tcase(s, t);
	return s;
}
