/* Approximate metrics against what is true: within their bounds, exact where values are few, and the same however they are merged. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "metric/metric.h"

struct world {
	struct exprs *x;
	struct metrics *m;
	struct column column;
	const struct expr *e;
};

static void
world_init(struct world *w)
{
	w->x = exprs_new();
	w->m = metrics_new(w->x);
	w->column = (struct column){.name = SV("n"), .type = {.kind = TYPE_INTEGER}};
	w->e = expr_column(w->x, &w->column);
}

static void
world_fini(struct world *w)
{
	metrics_free(w->m);
	exprs_free(w->x);
}

static uint64_t
mix(uint64_t v)
{
	return hash64_u64(v + 12345);
}

/* The state of n numbers, in `parts` states that are merged. */
static void
run(const struct metric *m, const int64_t *number, size_t n, unsigned parts, struct arena *a,
    struct metric_value *ret)
{
	void *state[8];
	uint64_t bits[BITMAP_WORDS(VECTOR_ROWS)];
	struct err err;

	for (unsigned i = 0; i < parts; i++) {
		state[i] = xcalloc(1, m->kind->state_size);
		m->kind->init(state[i], m);
	}
	for (size_t at = 0, some; at < n; at += some) {
		some = MIN((size_t)VECTOR_ROWS, n - at);

		struct vector v = {.rep = REP_I64,
		                   .type = {.kind = TYPE_INTEGER},
		                   .rows = (uint32_t)some,
		                   .valid = bits,
		                   .i64 = (int64_t *)(uintptr_t)(number + at)};
		struct metric_batch b = {
			.rows = (uint32_t)some, .arg = (const struct vector *const[]){&v}, .selected = bits};

		memset(bits, 0, sizeof(bits));
		bits_fill(bits, (uint32_t)some);
		ck_assert(m->kind->update(state[at * parts / n], m, &b, &err));
	}
	for (unsigned i = 1; i < parts; i++)
		ck_assert(m->kind->merge(state[0], state[i], 0, m, &err));
	*ret = (struct metric_value){0};
	m->kind->final(state[0], m, a, ret);
	for (unsigned i = 0; i < parts; i++) {
		m->kind->fini(state[i]);
		free(state[i]);
	}
}

static const int64_t distinct[] = {0, 1, 100, 4096, 4097, 20000, 70000, 200000};

START_TEST(distinct_values_are_counted_within_the_bound)
{
	AUTO(arena) a = arena_new();
	int64_t want = distinct[_i], n = 2 * want;
	int64_t *number = xcalloc((size_t)MAX(n, 1), sizeof(*number));
	struct metric_value v[2];
	struct world w;

	world_init(&w);
	const struct metric *m = metric_get(w.m, &metric_distinct_approx, &w.e, 1, NULL,
	                                    (struct metric_params){0});

	for (int64_t i = 0; i < n; i++)
		number[i] = (int64_t)mix((uint64_t)(i % want));
	run(m, number, (size_t)n, 1, a, &v[0]);
	run(m, number, (size_t)n, 5, a, &v[1]);
	ck_assert_int_eq(v[0].count, v[1].count);
	if (want <= 4096) {
		ck_assert_int_eq(v[0].count, want);
		ck_assert_ptr_null(v[0].low);
	} else {
		ck_assert_int_le(v[0].low->count, want);
		ck_assert_int_ge(v[0].high->count, want);
		ck_assert_double_le(fabs((double)(v[0].count - want)), v[0].error_bound);
		ck_assert_double_le(v[0].error_bound, 0.022 * (double)want + 1);
	}
	free(number);
	world_fini(&w);
}
END_TEST

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

enum { MANY = 300000 };

/* Shuffled, ascending, descending, and few different numbers. */
static int64_t
number_at(int64_t i, int pattern)
{
	switch (pattern) {
	case 0:
		return (int64_t)mix((uint64_t)i);
	case 1:
		return i;
	case 2:
		return -i;
	default:
		return (int64_t)(mix((uint64_t)i) % 10);
	}
}

START_TEST(quantiles_lie_within_the_bound_of_their_ranks)
{
	static const double ratios[] = {0, 0.001, 0.25, 0.5, 0.9, 0.999, 1};
	AUTO(arena) a = arena_new();
	int64_t *number = xcalloc(MANY, sizeof(*number));
	struct world w;

	world_init(&w);
	const struct metric *m = metric_get(w.m, &metric_quantiles_approx, &w.e, 1, NULL,
	                                    (struct metric_params){.ratios = ratios, .nratio = LEN(ratios)});

	for (unsigned parts = 1; parts <= 7; parts += 6) {
		struct metric_value v;

		for (int64_t i = 0; i < MANY; i++)
			number[i] = number_at(i, _i);
		run(m, number, MANY, parts, a, &v);
		qsort(number, MANY, sizeof(*number), by_number);
		ck_assert_int_eq(v.count, MANY);
		ck_assert_uint_eq(v.nlist, 2 * LEN(ratios));
		ck_assert_ptr_nonnull(v.low);
		ck_assert_double_le(v.error_bound, 0.01);
		for (size_t i = 0; i < LEN(ratios); i++) {
			int64_t rank = (int64_t)(ratios[i] * (MANY - 1));
			int64_t slack = (int64_t)(v.error_bound * MANY);

			ck_assert_int_le(v.low->list[2 * i].i, number[rank]);
			ck_assert_int_ge(v.high->list[2 * i].i, number[rank]);
			ck_assert_int_ge(v.list[2 * i].i, number[MAX(rank - slack, 0)]);
			ck_assert_int_le(v.list[2 * i].i, number[MIN(rank + slack, MANY - 1)]);
		}
	}
	free(number);
	world_fini(&w);
}
END_TEST

START_TEST(quantiles_of_few_values_are_exact)
{
	static const double half[] = {0.5};
	const int64_t number[] = {9, 1, 7, 3};
	AUTO(arena) a = arena_new();
	struct metric_value v;
	struct world w;

	world_init(&w);
	run(metric_get(w.m, &metric_quantiles_approx, &w.e, 1, NULL,
	               (struct metric_params){.ratios = half, .nratio = 1}),
	    number, LEN(number), 1, a, &v);
	ck_assert_ptr_null(v.low);
	ck_assert_int_eq(v.list[0].i, 3);
	ck_assert_int_eq(v.list[1].i, 7);
	world_fini(&w);
}
END_TEST

START_TEST(the_most_common_value_is_found_or_said_to_be_unknown)
{
	AUTO(arena) a = arena_new();
	int64_t *number = xcalloc(MANY, sizeof(*number));
	struct metric_value v;
	struct world w;

	world_init(&w);
	const struct metric *m = metric_get(w.m, &metric_modes_approx, &w.e, 1, NULL,
	                                    (struct metric_params){.keep = 5});

	for (unsigned parts = 1; parts <= 7; parts += 3) {
		/* 42 in a tenth of the rows, all else once. */
		for (int64_t i = 0; i < MANY; i++)
			number[i] = i % 10 == 0 ? 42 : (int64_t)mix((uint64_t)i);
		run(m, number, MANY, parts, a, &v);
		ck_assert(!v.failed);
		ck_assert_uint_eq(v.nlist, 1);
		ck_assert_int_eq(v.list[0].i, 42);
		ck_assert_int_le(v.low->count, MANY / 10);
		ck_assert_int_ge(v.high->count, MANY / 10);
		ck_assert_double_gt(v.error_bound, 0);

		for (int64_t i = 0; i < MANY; i++)
			number[i] = (int64_t)mix((uint64_t)i);
		run(m, number, MANY, parts, a, &v);
		ck_assert(v.failed);
		ck_assert_ptr_nonnull(strstr(v.err.hint, "approx"));

		/* Few different ones: exact, ties too. */
		for (int64_t i = 0; i < 9000; i++)
			number[i] = i % 3000;
		run(m, number, 9000, parts, a, &v);
		ck_assert(!v.failed);
		ck_assert_int_eq(v.count, 3);
		ck_assert_int_eq(v.v.i, 3000);
		ck_assert_ptr_null(v.low);
	}
	free(number);
	world_fini(&w);
}
END_TEST

Suite *
suite_approx(void)
{
	Suite *s = suite_create("approx");
	TCase *t = tcase_create("approx");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, distinct_values_are_counted_within_the_bound, 0, LEN(distinct));
	tcase_add_loop_test(t, quantiles_lie_within_the_bound_of_their_ranks, 0, 4);
	tcase_add_test(t, quantiles_of_few_values_are_exact);
	tcase_add_test(t, the_most_common_value_is_found_or_said_to_be_unknown);
	suite_add_tcase(s, t);
	return s;
}
