/* Metric kinds through passes: against a plain computation, and the same however the rows are cut up. */
#include <check.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/pass.h"

enum { ROWS = 2400, NCOLUMN = 8 };

enum { C_INT, C_REAL, C_TEXT, C_DECIMAL, C_VARIANT, C_BOOL, C_DATE, C_WIDENED };

static const struct {
	struct type type;
	enum rep rep;
} columns[NCOLUMN] = {
	{{.kind = TYPE_INTEGER}, REP_I64},
	{{.kind = TYPE_NUMBER}, REP_F64},
	{{.kind = TYPE_STRING}, REP_TEXT},
	{{.kind = TYPE_DECIMAL, .precision = 10, .scale = 2}, REP_I64},
	{{.kind = TYPE_VARIANT}, REP_VALUE},
	{{.kind = TYPE_BOOLEAN}, REP_BITS},
	{{.kind = TYPE_DATE}, REP_I64},
	{{.kind = TYPE_INTEGER},
         REP_I64}, /* every third batch as variants: what a reader does when a part does not keep its promise */
};

struct data {
	struct arena *a;
	struct value v[NCOLUMN][ROWS];
	bool error[NCOLUMN][ROWS];
	char text[ROWS][12];
	struct exprs *x;
	struct metrics *m;
	struct column column[NCOLUMN];
	const struct expr *e[NCOLUMN];
};

static uint32_t
below(uint64_t *s, uint32_t n)
{
	*s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*s >> 33) * n >> 31);
}

static struct value
cell(struct data *d, uint64_t *s, int c, int row)
{
	static const double reals[] = {0.1, -0.0, 0, 1e17, -1e17, 3.25, 1e-9, 5, 1e300, -1e300};
	uint32_t k = below(s, 1000);

	switch (c) {
	case C_INT:
		return value_int((int64_t)below(s, 1500) - 100);
	case C_REAL:
		return value_real(k < 500 ? reals[k % 10] : (double)k / 7);
	case C_TEXT:
		(void)snprintf(d->text[row], sizeof(d->text[row]), "t%u", below(s, 1000));
		return value_text(sv_of(d->text[row]));
	case C_DECIMAL:
		return (struct value){.kind = VALUE_DECIMAL, .d = {.coeff = (__int128)k - 500, .scale = 2}};
	case C_VARIANT:
		return k % 3 == 0   ? value_real(k % 50)
		       : k % 3 == 1 ? value_int(k % 50)
		                    : (struct value){.kind = VALUE_DECIMAL,
		                                     .d = {.coeff = k % 50 * 10, .scale = 1}};
	case C_BOOL:
		return value_bool(k % 3 == 0);
	case C_DATE:
		return (struct value){.kind = VALUE_DATE, .i = k};
	default:
		return value_int(row % 1000);
	}
}

static void
data_init(struct data *d, uint64_t s)
{
	d->a = arena_new();
	d->x = exprs_new();
	d->m = metrics_new(d->x);
	memset(d->error, 0, sizeof(d->error));
	for (int c = 0; c < NCOLUMN; c++) {
		d->column[c] = (struct column){
			.name = arena_svf(d->a, "c%d", c), .type = columns[c].type, .index = (uint32_t)c};
		d->e[c] = expr_column(d->x, &d->column[c]);
		for (int i = 0; i < ROWS; i++) {
			d->v[c][i] = below(&s, 9) == 0 ? VALUE_NONE : cell(d, &s, c, i);
			if (c != C_TEXT && below(&s, 500) == 0) {
				d->error[c][i] = true;
				d->v[c][i] = VALUE_NONE;
			}
		}
	}
}

static void
data_fini(struct data *d)
{
	metrics_free(d->m);
	exprs_free(d->x);
	arena_free(d->a);
}

static const struct vector *
slice(const struct data *d, struct arena *a, int c, int64_t row, uint32_t n, bool widen)
{
	struct vector *v = ARENA_NEW(a, struct vector);
	bool value = widen && c == C_WIDENED;

	*v = (struct vector){.rep = value ? REP_VALUE : columns[c].rep, .type = columns[c].type, .rows = n};
	v->valid = ARENA_ARRAY(a, uint64_t, BITMAP_WORDS(n));
	v->error = ARENA_ARRAY(a, uint64_t, BITMAP_WORDS(n));
	v->i64 = arena_alloc(a, n * sizeof(struct value));
	for (uint32_t i = 0; i < n; i++) {
		struct value x = d->v[c][row + i];

		if (d->error[c][row + i])
			bit_set(v->error, i);
		if (x.kind == VALUE_NULL)
			continue;
		bit_set(v->valid, i);
		if (v->rep == REP_VALUE)
			/* A whole double where there was an integer: the same key. */
			v->value[i] = value && i % 2 == 0 ? value_real((double)x.i) : x;
		else if (v->rep == REP_F64)
			v->f64[i] = x.r;
		else if (v->rep == REP_TEXT)
			v->text[i] = x.s;
		else if (v->rep == REP_BITS && x.b)
			bit_set(v->bits, i);
		else if (v->rep == REP_I64)
			v->i64[i] = c == C_DECIMAL ? (int64_t)x.d.coeff : x.i;
	}
	return v;
}

/* Rows from..to of part 0 or 1 into the pass, as one morsel. */
static void
feed(const struct data *d, struct pass *p, uint64_t *s, int64_t from, int64_t to, uint32_t part, bool widen)
{
	AUTO(arena) a = arena_new();

	for (int64_t at = from; at < to;) {
		int64_t some = 1 + (int64_t)below(s, 900);
		uint32_t n = (uint32_t)MIN(some, to - at);
		const struct vector *column[NCOLUMN];
		struct batch b = {.rows = n,
		                  .at = {.part = part, .row = at - from},
		                  .column = column,
		                  .ncolumn = NCOLUMN};

		for (int c = 0; c < NCOLUMN; c++)
			column[c] = slice(d, a, c, at, n, widen && below(s, 3) == 0);
		b.malformed = n % 3;
		ck_assert(pass_update(p, &b, NULL));
		at += n;
	}
}

/* Part 1 begins in the middle.  Malformed records are counted by batch, so they depend on the cuts and are not compared. */
static void
run_in(const struct data *d, const struct metric *const *m, uint32_t n, uint64_t s, bool cut_up,
       size_t memory, struct arena *a, struct metric_value *ret)
{
	AUTO(pass_plan) plan = pass_plan_new(m, n, NULL);
	AUTO(merge) merge = merge_new(plan, memory);
	struct pass *pass[3];
	int64_t at = 0, starts[] = {0, ROWS / 2, ROWS};

	for (int i = 0; i < 3; i++)
		pass[i] = pass_new(plan, memory);
	while (at < ROWS) {
		uint32_t part = at >= starts[1];
		int64_t some = at + 1 + below(&s, 700);
		int64_t to = cut_up ? MIN(some, starts[part + 1]) : starts[part + 1];
		struct pass *p = pass[cut_up ? below(&s, 3) : 0];

		feed(d, p, &s, at, to, part, cut_up);
		merge_cut(merge, pass_cut(p), at - starts[part]);
		at = to;
	}
	for (int i = 0; i < 3; i++) {
		merge_pass(merge, pass[i]);
		pass_free(pass[i]);
	}
	merge_final(merge, a, ret);
}

static void
run(const struct data *d, const struct metric *const *m, uint32_t n, uint64_t s, bool cut_up, struct arena *a,
    struct metric_value *ret)
{
	run_in(d, m, n, s, cut_up, SIZE_MAX, a, ret);
}

static bool
same_value(struct value a, struct value b)
{
	return a.kind == b.kind &&
	       (a.kind == VALUE_REAL ? memcmp(&a.r, &b.r, sizeof(a.r)) == 0 : value_eq(a, b));
}

static void
check_same(const struct metric *m, const struct metric_value *a, const struct metric_value *b, int seed)
{
	const char *name = m->kind->name;

	ck_assert_msg(a->failed == b->failed, "%s: seed %d: failed: %s", name, seed,
	              a->failed ? a->err.msg : b->err.msg);
	if (a->failed) {
		ck_assert_str_eq(a->err.msg, b->err.msg);
		return;
	}
	ck_assert_msg(same_value(a->v, b->v), "%s: seed %d: value", name, seed);
	ck_assert_msg(a->count == b->count, "%s: seed %d: count %ld %ld", name, seed, (long)a->count,
	              (long)b->count);
	ck_assert_msg(a->errors == b->errors, "%s: seed %d: errors", name, seed);
	ck_assert_msg(a->errors == 0 || (a->first_error.part == b->first_error.part &&
	                                 a->first_error.row == b->first_error.row),
	              "%s: seed %d: first error", name, seed);
	ck_assert_msg(a->nfirst == b->nfirst, "%s: seed %d: first", name, seed);
	for (uint32_t i = 0; i < a->nfirst; i++)
		ck_assert(a->first[i].part == b->first[i].part && a->first[i].row == b->first[i].row);
	ck_assert_msg(a->nlist == b->nlist && a->list_cut == b->list_cut, "%s: seed %d: list", name, seed);
	for (uint32_t i = 0; i < a->nlist; i++)
		ck_assert_msg(value_eq(a->list[i], b->list[i]) &&
		                      (a->list_count == NULL || a->list_count[i] == b->list_count[i]),
		              "%s: seed %d: list", name, seed);
	ck_assert((a->keys != NULL) == (b->keys != NULL));
	if (a->keys != NULL)
		ck_assert_int_eq(keyset_size(a->keys), keyset_size(b->keys));
}

static uint32_t
all_metrics(struct data *d, const struct metric **ret, uint32_t max)
{
	static const double ratios[] = {0, 0.1, 0.5, 0.999, 1};
	struct metric_params list = {.keep = 30}, none = {0}, tuples = {.keep = 30, .flag = true},
			     quantiles = {.ratios = ratios, .nratio = LEN(ratios)};
	const struct expr *small = expr_call2(d->x, OP_LT, d->e[C_INT], expr_literal(d->x, value_int(700)),
	                                      NULL);
	const struct expr *where[] = {NULL, small, d->e[C_BOOL]};
	uint32_t n = 0;

	for (size_t w = 0; w < LEN(where); w++) {
		ret[n++] = metric_get(d->m, &metric_rows, NULL, 0, where[w], none);
		ret[n++] = metric_get(d->m, &metric_count_true, &small, 1, where[w], list);
		ret[n++] = metric_get(d->m, &metric_count_true, &d->e[C_BOOL], 1, where[w], none);
		ret[n++] = metric_get(d->m, &metric_duplicates, d->e + C_INT, 3, where[w], none);
		ret[n++] = metric_get(d->m, &metric_duplicates, d->e + C_BOOL, 2, where[w], none);
		ret[n++] = metric_get(d->m, &metric_keys, d->e + C_TEXT, 2, where[w], none);
		for (int c = 0; c < NCOLUMN; c++) {
			static const struct metric_kind *const kinds[] = {
				&metric_count_valid, &metric_min,  &metric_max,
				&metric_sum,         &metric_mean, &metric_distinct,
				&metric_duplicates,  &metric_keys, &metric_misfits};

			for (size_t k = 0; k < LEN(kinds); k++) {
				/* The kind of a widened column's sum is its values': not the same in both runs. */
				bool kept = c == C_WIDENED &&
				            (kinds[k] == &metric_sum || kinds[k] == &metric_min ||
				             kinds[k] == &metric_max);

				if (!kept)
					ret[n++] = metric_get(d->m, kinds[k], &d->e[c], 1, where[w],
					                      kinds[k] == &metric_misfits ? list : none);
			}
			ret[n++] = metric_get(d->m, &metric_distinct, &d->e[c], 1, where[w], list);
			ret[n++] = metric_get(d->m, &metric_out_of_order, &d->e[c], 1, where[w],
			                      (struct metric_params){.keep = 30,
			                                             .number = c % 2 == 0 ? 1 : -1,
			                                             .flag = w == 1});
			ret[n++] = metric_get(d->m, &metric_modes, &d->e[c], 1, where[w], list);
			ret[n++] = metric_get(d->m, &metric_groups, &d->e[c], 1, where[w], list);
			if (c != C_TEXT)
				ret[n++] = metric_get(d->m, &metric_quantiles, &d->e[c], 1, where[w],
				                      quantiles);
			if (c != C_TEXT && c != C_DATE)
				ret[n++] = metric_get(d->m, &metric_stdev, &d->e[c], 1, where[w], none);
		}
		ret[n++] = metric_get(d->m, &metric_groups, d->e + C_INT, 2, where[w], tuples);
		ret[n++] = metric_get(d->m, &metric_groups, d->e + C_DATE, 2, where[w], tuples);
	}
	ck_assert_uint_le(n, max);
	ck_assert_uint_eq(n, metrics_count(d->m));
	return n;
}

START_TEST(any_cut_of_the_rows_gives_the_same_values)
{
	static struct data d;
	static const struct metric *m[500];
	static struct metric_value whole[500], cut[500];

	data_init(&d, (uint64_t)_i + 1);
	uint32_t n = all_metrics(&d, m, LEN(m));
	run(&d, m, n, 1, false, d.a, whole);
	for (int s = 0; s < 3; s++) {
		run(&d, m, n, (uint64_t)(_i * 100 + s), true, d.a, cut);
		for (uint32_t i = 0; i < n; i++)
			check_same(m[i], &whole[i], &cut[i], _i * 100 + s);
		metric_values_fini(cut, n);
	}
	metric_values_fini(whole, n);
	data_fini(&d);
}
END_TEST

/* How often the value of row i occurs, by looking at all rows. */
static int
occurrences(const struct data *d, int c, int i)
{
	int n = 0;

	for (int j = 0; j < ROWS; j++)
		n += d->v[c][j].kind != VALUE_NULL && value_eq(d->v[c][i], d->v[c][j]);
	return n;
}

START_TEST(counts_are_those_of_a_plain_loop)
{
	static struct data d;
	int c = _i;
	struct metric_params keep = {.keep = ROWS};
	const struct metric *m[6];
	struct metric_value v[6];
	int64_t valid = 0, errors = 0, repeated = 0;
	double distinct = 0, groups = 0;

	data_init(&d, 77);
	m[0] = metric_get(d.m, &metric_count_valid, &d.e[c], 1, NULL, keep);
	m[1] = metric_get(d.m, &metric_distinct, &d.e[c], 1, NULL, keep);
	m[2] = metric_get(d.m, &metric_duplicates, &d.e[c], 1, NULL, keep);
	m[3] = metric_get(d.m, &metric_misfits, &d.e[c], 1, NULL, keep);
	m[4] = metric_get(d.m, &metric_rows, NULL, 0, NULL, keep);
	m[5] = metric_get(d.m, &metric_keys, &d.e[c], 1, NULL, keep);
	run(&d, m, 6, 5, true, d.a, v);
	for (int i = 0; i < ROWS; i++) {
		int n = d.v[c][i].kind == VALUE_NULL ? 0 : occurrences(&d, c, i);

		valid += n > 0;
		errors += d.error[c][i];
		repeated += n > 1;
		groups += n > 1 ? 1.0 / n : 0;
		distinct += n > 0 ? 1.0 / n : 0;
		if (n > 0)
			ck_assert_int_eq(keyset_has(v[2].keys, value_hash(d.v[c][i])), n > 1);
	}
	ck_assert_int_eq(v[0].count, valid);
	ck_assert_int_eq(v[0].errors, errors);
	ck_assert_int_eq(v[1].count, llround(distinct));
	ck_assert_int_eq(v[1].nlist, llround(distinct));
	ck_assert_int_eq(v[2].count, repeated);
	ck_assert_int_eq(v[2].groups, llround(groups));
	ck_assert_int_eq(v[3].count, errors);
	ck_assert_int_eq(v[3].errors, 0);
	ck_assert_int_eq(v[4].count, ROWS);
	ck_assert_int_eq(v[5].count, llround(distinct));
	for (uint32_t i = 0; i < v[1].nlist; i++) {
		valid -= v[1].list_count[i];
		ck_assert(i == 0 || value_order(v[1].list[i - 1], v[1].list[i]) < 0);
	}
	ck_assert_int_eq(valid, 0);
	metric_values_fini(v, 6);
	data_fini(&d);
}
END_TEST

START_TEST(rows_that_cannot_be_computed_are_in_no_group)
{
	static struct data d;
	const struct metric *m[2];
	struct metric_value v[2];
	struct metric_params none = {0};

	data_init(&d, 9);
	for (int i = 0; i < ROWS; i++)
		for (int c = C_INT; c <= C_REAL; c++) {
			d.v[c][i] = c == C_INT ? value_int(i) : value_real(i);
			d.error[c][i] = false;
		}
	/* Equal but for what is not known of them. */
	for (int i = 0; i < 4; i++) {
		d.v[C_INT][i] = value_int(0);
		d.v[C_REAL][i] = VALUE_NONE;
		d.error[C_REAL][i] = i < 3;
	}
	const struct expr *where = expr_call2(d.x, OP_LT, d.e[C_REAL], expr_literal(d.x, value_real(10)),
	                                      NULL);
	m[0] = metric_get(d.m, &metric_duplicates, d.e + C_INT, 2, NULL, none);
	m[1] = metric_get(d.m, &metric_rows, NULL, 0, where, none);
	run(&d, m, 2, 8, true, d.a, v);
	ck_assert_int_eq(v[0].count, 0);
	ck_assert_int_eq(v[0].errors, 3);
	ck_assert_uint_eq(v[0].first_error.part, 0);
	ck_assert_int_eq(v[0].first_error.row, 0);
	ck_assert_int_eq(v[1].count, 6);
	ck_assert_int_eq(v[1].errors, 3);
	d.error[C_REAL][1] = d.error[C_REAL][2] = false;
	metric_values_fini(v, 2);
	run(&d, m, 2, 8, true, d.a, v);
	ck_assert_int_eq(v[0].count, 3); /* null equals null in a tuple */
	ck_assert_int_eq(v[0].errors, 1);
	metric_values_fini(v, 2);
	data_fini(&d);
}
END_TEST

START_TEST(first_rows_are_the_first_in_order_of_parts)
{
	static struct data d;
	const struct metric *m[1];
	struct metric_value v;
	uint32_t n = 0;

	data_init(&d, 3);
	m[0] = metric_get(d.m, &metric_count_true, &d.e[C_BOOL], 1, NULL,
	                  (struct metric_params){.keep = 500});
	run(&d, m, 1, 8, true, d.a, &v);
	ck_assert_uint_eq(v.nfirst, 500);
	for (int i = 0; i < ROWS && n < v.nfirst; i++) {
		if (d.v[C_BOOL][i].kind == VALUE_NULL || !d.v[C_BOOL][i].b)
			continue;
		ck_assert_uint_eq(v.first[n].part, i >= ROWS / 2);
		ck_assert_int_eq(v.first[n].row, i % (ROWS / 2));
		n++;
	}
	ck_assert_uint_eq(n, 500);
	data_fini(&d);
}
END_TEST

START_TEST(values_out_of_order_are_those_of_a_plain_loop)
{
	static const int c[] = {C_INT, C_REAL, C_DECIMAL, C_VARIANT, C_BOOL, C_DATE, C_WIDENED};
	static struct data d;
	const struct metric *m[4];
	struct metric_value v[4];

	data_init(&d, 21);
	for (int k = 0; k < 4; k++)
		m[k] = metric_get(
			d.m, &metric_out_of_order, &d.e[c[_i]], 1, NULL,
			(struct metric_params){.keep = 40, .number = k < 2 ? 1 : -1, .flag = k % 2 == 1});
	run(&d, m, 4, 8, true, d.a, v);
	for (int k = 0; k < 4; k++) {
		struct value last = VALUE_NONE;
		int64_t count = 0;

		ck_assert(!v[k].failed);
		for (int i = 0; i < ROWS; i++) {
			struct value x = d.v[c[_i]][i];
			int order = 0;

			if (x.kind == VALUE_NULL)
				continue;
			ck_assert(last.kind == VALUE_NULL || value_compare(last, x, NULL, &order));
			bool broken = k == 0   ? order > 0
			              : k == 1 ? order >= 0
			              : k == 2 ? order < 0
			                       : order <= 0;
			if (last.kind != VALUE_NULL && broken) {
				if (count < 40) {
					ck_assert_uint_eq(v[k].first[count].part, i >= ROWS / 2);
					ck_assert_int_eq(v[k].first[count].row, i % (ROWS / 2));
				}
				count++;
			}
			last = x;
		}
		ck_assert_int_gt(count, 0);
		ck_assert_int_eq(v[k].count, count);
		ck_assert_uint_eq(v[k].nfirst, (uint32_t)MIN(count, 40));
	}
	data_fini(&d);
}
END_TEST

START_TEST(texts_have_no_order_to_be_out_of)
{
	static struct data d;
	const struct metric *m;
	struct metric_value v;

	data_init(&d, 4);
	d.v[C_VARIANT][1321] = value_text(SV("text"));
	m = metric_get(d.m, &metric_out_of_order, &d.e[C_VARIANT], 1, NULL,
	               (struct metric_params){.number = 1});
	run(&d, &m, 1, 8, true, d.a, &v);
	ck_assert(v.failed && v.err.code == ERR_EVAL);
	ck_assert_str_eq(v.err.msg, "there are values that are no numbers or times: string");
	data_fini(&d);
}
END_TEST

START_TEST(what_does_not_come_from_the_rows_fails_in_a_pass)
{
	static struct data d;
	const struct metric *m[2];
	struct metric_value v[2];
	const struct expr *e;

	data_init(&d, 4);
	e = expr_literal(d.x, value_text(SV("SELECT 1")));
	m[0] = metric_get(d.m, &metric_query_rows, &e, 1, NULL, (struct metric_params){.keep = 5});
	m[1] = metric_get(d.m, &metric_other_rows, &e, 1, NULL, (struct metric_params){0});
	run(&d, m, 2, 8, true, d.a, v);
	for (int i = 0; i < 2; i++)
		ck_assert(v[i].failed && v[i].err.code == ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(v[0].err.hint, "expr"));
	data_fini(&d);
}
END_TEST

START_TEST(a_metric_that_fails_leaves_the_others_alone)
{
	static struct data d;
	const struct metric *m[4];
	struct metric_value v[4];
	struct metric_params none = {0};

	data_init(&d, 4);
	d.v[C_VARIANT][1321] = value_text(SV("text"));
	m[0] = metric_get(d.m, &metric_sum, &d.e[C_VARIANT], 1, NULL, none);
	m[1] = metric_get(d.m, &metric_min, &d.e[C_VARIANT], 1, NULL, none);
	m[2] = metric_get(d.m, &metric_distinct, &d.e[C_VARIANT], 1, NULL, none);
	m[3] = metric_get(d.m, &metric_rows, NULL, 0, NULL, none);
	run(&d, m, 4, 8, true, d.a, v);
	ck_assert(v[0].failed && v[0].err.code == ERR_EVAL);
	ck_assert(v[1].failed && v[1].err.code == ERR_EVAL);
	ck_assert(!v[2].failed && v[2].count == 51);
	ck_assert(!v[3].failed && v[3].count == ROWS);
	data_fini(&d);
}
END_TEST

/* Far less than any of them holds: all that can is spilled after nearly every batch, in each thread and when they are merged. */
START_TEST(a_budget_of_a_few_kibibytes_changes_no_value)
{
	static struct data d;
	static const struct metric *m[500], *spilling[500];
	static struct metric_value whole[500], spilled[500];
	uint32_t n, k = 0;

	data_init(&d, (uint64_t)_i + 9);
	n = all_metrics(&d, m, LEN(m));
	for (uint32_t i = 0; i < n; i++)
		if (m[i]->kind->spill != NULL && m[i]->where == NULL &&
		    (m[i]->kind != &metric_distinct || m[i]->params.keep == 0))
			spilling[k++] = m[i];
	ck_assert_uint_gt(k, 30);
	run(&d, spilling, k, 1, false, d.a, whole);
	run_in(&d, spilling, k, (uint64_t)_i, true, _i == 0 ? 1 : (size_t)_i * 20000, d.a, spilled);
	for (uint32_t i = 0; i < k; i++) {
		uint32_t id = spilling[i]->id;

		ck_assert_msg(!spilled[id].failed, "%s: %s", spilling[i]->kind->name, spilled[id].err.msg);
		check_same(spilling[i], &whole[id], &spilled[id], _i);
	}
	metric_values_fini(whole, n);
	metric_values_fini(spilled, n);
	data_fini(&d);
}
END_TEST

/* Two metrics with a small budget: one that has to go to disk, or else, and one that need not. */
static void
run_over_budget(const struct metric_kind *kind, struct metric_value *v, struct data *d)
{
	const struct metric *m[2];
	uint64_t s = 1;

	m[0] = metric_get(d->m, kind, &d->e[C_INT], 1, NULL, (struct metric_params){.number = 100000});
	m[1] = metric_get(d->m, &metric_distinct, &d->e[C_BOOL], 1, NULL, (struct metric_params){0});

	AUTO(pass_plan) plan = pass_plan_new(m, 2, NULL);
	AUTO(pass) p = pass_new(plan, 12000);
	AUTO(merge) merge = merge_new(plan, 12000);

	feed(d, p, &s, 0, ROWS, 0, false);
	merge_cut(merge, pass_cut(p), 0);
	merge_pass(merge, p);
	merge_final(merge, d->a, v);
}

START_TEST(over_the_budget_only_the_largest_state_fails)
{
	static struct data d;
	struct metric_value v[2];

	data_init(&d, 4);
	run_over_budget(&metric_cardinality, v, &d);
	ck_assert(v[0].failed);
	ck_assert_int_eq(v[0].err.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(v[0].err.hint, "--memory"));
	ck_assert(!v[1].failed);
	ck_assert_int_eq(v[1].count, 2);
	data_fini(&d);
}
END_TEST

START_TEST(where_there_is_no_room_to_spill_only_that_check_fails)
{
	static struct data d;
	struct metric_value v[2];
	char folder[] = "/tmp/weir-none-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(setenv("TMPDIR", folder, 1), 0);
	data_init(&d, 4);
	run_over_budget(&metric_duplicates, v, &d);
	ck_assert(v[0].failed);
	ck_assert_int_eq(v[0].err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(v[0].err.msg, folder));
	ck_assert_ptr_nonnull(strstr(v[0].err.hint, "TMPDIR"));
	ck_assert(!v[1].failed);
	ck_assert_int_eq(unsetenv("TMPDIR"), 0);
	data_fini(&d);
}
END_TEST

START_TEST(equal_metrics_are_one_and_stages_follow_the_values_they_use)
{
	static struct data d;
	struct metric_params none = {0}, keep = {.keep = 5};

	data_init(&d, 1);
	const struct metric *mean = metric_get(d.m, &metric_mean, &d.e[C_REAL], 1, NULL, none);
	ck_assert_ptr_eq(metric_get(d.m, &metric_mean, &d.e[C_REAL], 1, NULL, none), mean);
	ck_assert_ptr_ne(metric_get(d.m, &metric_sum, &d.e[C_REAL], 1, NULL, none), mean);
	ck_assert_ptr_ne(metric_get(d.m, &metric_mean, &d.e[C_INT], 1, NULL, none), mean);
	ck_assert_ptr_ne(metric_get(d.m, &metric_mean, &d.e[C_REAL], 1, d.e[C_BOOL], none), mean);
	ck_assert_ptr_ne(metric_get(d.m, &metric_mean, &d.e[C_REAL], 1, NULL, keep), mean);
	ck_assert_ptr_null(metric_get(d.m, &metric_mean, NULL, 0, NULL, none));
	ck_assert_uint_eq(mean->stage, 0);
	const struct expr *above = expr_call2(
		d.x, OP_GT, d.e[C_REAL], expr_metric(d.x, mean, (struct type){.kind = TYPE_NUMBER}), NULL);
	const struct metric *m = metric_get(d.m, &metric_count_true, &above, 1, NULL, none);
	ck_assert_uint_eq(m->stage, 1);

	/* With the value of the earlier stage, and without one. */
	struct metric_value value[10] = {0};
	value[mean->id].v = value_real(3.25);
	for (int failed = 0; failed < 2; failed++) {
		uint64_t s = 1;
		int64_t want = 0;

		value[mean->id].failed = failed == 1;
		(void)err_set(&value[mean->id].err, ERR_EVAL, NOWHERE, "no mean");
		AUTO(pass_plan) plan = pass_plan_new(&m, 1, value);
		AUTO(pass) p = pass_new(plan, SIZE_MAX);
		AUTO(merge) merge = merge_new(plan, SIZE_MAX);
		feed(&d, p, &s, 0, ROWS, 0, false);
		merge_cut(merge, pass_cut(p), 0);
		merge_final(merge, d.a, value);
		for (int i = 0; i < ROWS; i++)
			want += d.v[C_REAL][i].kind == VALUE_REAL && d.v[C_REAL][i].r > 3.25;
		ck_assert_int_eq(value[m->id].failed, failed);
		if (failed == 0)
			ck_assert_int_eq(value[m->id].count, want);
		else
			ck_assert_str_eq(value[m->id].err.msg, "no mean");
	}
	data_fini(&d);
}
END_TEST

START_TEST(columns_are_needed_as_their_metrics_say)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	struct metric_params none = {0};
	struct column c[] = {
		{.name = SV("text"), .type = {.kind = TYPE_STRING}, .index = 0},
		{.name = SV("declared"), .type = {.kind = TYPE_INTEGER}, .index = 1, .declared = true},
		{.name = SV("inferred"), .type = {.kind = TYPE_INTEGER}, .index = 2},
		{.name = SV("long"), .type = {.kind = TYPE_STRING}, .index = 3},
	};
	const struct metric *m[4];
	const struct expr *e[4];

	for (int i = 0; i < 4; i++)
		e[i] = expr_column(x, &c[i]);
	e[3] = expr_call1(x, OP_LENGTH, e[3], NULL);
	for (int i = 0; i < 4; i++)
		m[i] = metric_get(ms, i == 3 ? &metric_max : &metric_count_valid, &e[i], 1, NULL, none);
	AUTO(pass_plan) p = pass_plan_new(m, 4, NULL);
	ck_assert_uint_eq(pass_plan_need(p, 0), NEED_PRESENCE);
	ck_assert_uint_eq(pass_plan_need(p, 1),
	                  NEED_PRESENCE | NEED_VALUE); /* or a misfit would count as a value */
	ck_assert_uint_eq(pass_plan_need(p, 2), NEED_PRESENCE);
	ck_assert_uint_eq(pass_plan_need(p, 3), NEED_LENGTH);
	ck_assert_uint_eq(pass_plan_need(p, 4), 0);
}
END_TEST

START_TEST(records_that_are_no_rows_are_counted_without_rows)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	AUTO(arena) a = arena_new();
	const struct metric *m = metric_get(ms, &metric_malformed, NULL, 0, NULL, (struct metric_params){0});
	AUTO(pass_plan) plan = pass_plan_new(&m, 1, NULL);
	AUTO(pass) p = pass_new(plan, SIZE_MAX);
	AUTO(merge) merge = merge_new(plan, SIZE_MAX);
	struct metric_value v;

	ck_assert(pass_update(p, &(struct batch){.malformed = 3}, NULL));
	ck_assert(pass_update(p, &(struct batch){.rows = 7, .malformed = 2}, NULL));
	merge_cut(merge, pass_cut(p), 0);
	merge_pass(merge, p);
	merge_final(merge, a, &v);
	ck_assert_int_eq(v.count, 5);
}
END_TEST

/* Values in SQLite as they are in the vectors; no errors, which a database has not. */
static sqlite3 *
database_of(const struct data *d)
{
	sqlite3 *db;
	sqlite3_stmt *q;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE t (c0 INTEGER, c1 REAL, c2 TEXT COLLATE NOCASE)",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?, ?, ?)", -1, &q, NULL), SQLITE_OK);
	for (int i = 0; i < ROWS; i++) {
		sqlite3_reset(q);
		sqlite3_clear_bindings(q);
		if (d->v[C_INT][i].kind != VALUE_NULL)
			sqlite3_bind_int64(q, 1, d->v[C_INT][i].i);
		if (d->v[C_REAL][i].kind != VALUE_NULL)
			sqlite3_bind_double(q, 2, d->v[C_REAL][i].r);
		if (d->v[C_TEXT][i].kind != VALUE_NULL)
			sqlite3_bind_text(q, 3, d->v[C_TEXT][i].s.p, (int)d->v[C_TEXT][i].s.n, SQLITE_STATIC);
		ck_assert_int_eq(sqlite3_step(q), SQLITE_DONE);
	}
	sqlite3_finalize(q);
	return db;
}

static struct value
column_value(sqlite3_stmt *q, int i)
{
	switch (sqlite3_column_type(q, i)) {
	case SQLITE_INTEGER:
		return value_int(sqlite3_column_int64(q, i));
	case SQLITE_FLOAT:
		return value_real(sqlite3_column_double(q, i));
	case SQLITE_TEXT:
		return value_text(sv_of((const char *)sqlite3_column_text(q, i)));
	default:
		return VALUE_NONE;
	}
}

static void
query(sqlite3 *db, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct sql q;
	sqlite3_stmt *s;
	struct value v[8];

	sql_init(&q, a);
	buf_puts(&q.text, "SELECT ");
	ck_assert(m->kind->sql(&q, &dialect_sqlite, m));
	buf_puts(&q.text, " FROM t");
	ck_assert_msg(sqlite3_prepare_v2(db, buf_str(&q.text), -1, &s, NULL) == SQLITE_OK, "%s: %s",
	              buf_str(&q.text), sqlite3_errmsg(db));
	ck_assert_uint_eq((unsigned)sqlite3_column_count(s), m->kind->sql_columns);
	for (size_t i = 0; i < q.params.n; i++)
		ck_assert_int_eq(sqlite3_bind_int64(s, (int)i + 1, q.params.v[i].i), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	for (uint32_t i = 0; i < m->kind->sql_columns; i++)
		v[i] = column_value(s, (int)i);
	*ret = (struct metric_value){0};
	m->kind->sql_final(v, m, a, ret);
	sqlite3_finalize(s);
	sql_fini(&q);
}

START_TEST(sqlite_gives_the_same_values)
{
	static const struct metric_kind *const kinds[] = {&metric_rows,     &metric_count_valid,
	                                                  &metric_min,      &metric_max,
	                                                  &metric_distinct, &metric_count_true};
	static struct data d;
	const struct metric *m[64];
	struct metric_value want[64], got;
	uint32_t n = 0;

	data_init(&d, 6);
	memset(d.error, 0, sizeof(d.error));
	const struct expr *small = expr_call2(d.x, OP_LT, d.e[C_INT], expr_literal(d.x, value_int(700)),
	                                      NULL);
	const struct expr *large = expr_call2(d.x, OP_GE, d.e[C_INT], expr_literal(d.x, value_int(300)),
	                                      NULL);
	for (size_t k = 0; k < LEN(kinds); k++)
		for (int c = 0; c < 3; c++)
			for (int w = 0; w < 2; w++)
				m[n++] = metric_get(
					d.m, kinds[k], kinds[k] == &metric_count_true ? &large : &d.e[c],
					kinds[k]->min_args, w == 1 ? small : NULL, (struct metric_params){0});
	run(&d, m, n, 6, true, d.a, want);
	sqlite3 *db = database_of(&d);
	for (uint32_t i = 0; i < n; i++) {
		query(db, m[i], d.a, &got);
		check_same(m[i], &want[m[i]->id], &got, 6);
	}
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	data_fini(&d);
}
END_TEST

START_TEST(the_table_of_kinds_is_sorted_and_complete)
{
	for (size_t i = 0; i < metric_kind_count; i++) {
		const struct metric_kind *k = metric_kinds[i];

		ck_assert(i == 0 || strcmp(metric_kinds[i - 1]->name, k->name) < 0);
		ck_assert(k->doc != NULL && k->init != NULL && k->update != NULL && k->merge != NULL &&
		          k->final != NULL);
		ck_assert(k->state_size > 0 && k->min_args <= k->max_args &&
		          (k->max_args <= METRIC_ARGS_MAX || k == &metric_collected ||
		           k == &metric_other_collected));
		ck_assert((k->sql == NULL) == (k->sql_final == NULL) &&
		          (k->sql == NULL) == (k->sql_columns == 0));
		ck_assert(k->class != STATE_SPILLING || k->bytes != NULL);
		ck_assert_ptr_eq(metric_kind_find(k->name), k);
	}
	ck_assert_ptr_null(metric_kind_find("median"));
}
END_TEST

Suite *
suite_metric(void)
{
	Suite *s = suite_create("metric");
	TCase *t = tcase_create("metric");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, any_cut_of_the_rows_gives_the_same_values, 0, 2);
	tcase_add_loop_test(t, counts_are_those_of_a_plain_loop, 0, NCOLUMN);
	tcase_add_test(t, rows_that_cannot_be_computed_are_in_no_group);
	tcase_add_test(t, first_rows_are_the_first_in_order_of_parts);
	tcase_add_loop_test(t, values_out_of_order_are_those_of_a_plain_loop, 0, 7);
	tcase_add_test(t, texts_have_no_order_to_be_out_of);
	tcase_add_test(t, what_does_not_come_from_the_rows_fails_in_a_pass);
	tcase_add_test(t, a_metric_that_fails_leaves_the_others_alone);
	tcase_add_loop_test(t, a_budget_of_a_few_kibibytes_changes_no_value, 0, 4);
	tcase_add_test(t, over_the_budget_only_the_largest_state_fails);
	tcase_add_test(t, where_there_is_no_room_to_spill_only_that_check_fails);
	tcase_add_test(t, equal_metrics_are_one_and_stages_follow_the_values_they_use);
	tcase_add_test(t, columns_are_needed_as_their_metrics_say);
	tcase_add_test(t, records_that_are_no_rows_are_counted_without_rows);
	tcase_add_test(t, sqlite_gives_the_same_values);
	tcase_add_test(t, the_table_of_kinds_is_sorted_and_complete);
	suite_add_tcase(s, t);
	return s;
}
