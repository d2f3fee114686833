/*
 * Standard deviations, quantiles, groups and modes of given values, in every split into two states.
 *
 * The deviations were computed by Python with fractions.Fraction, and the root by decimal with 400 digits; the quantiles are the values
 * of a sorted list.
 */
#include <check.h>
#include <float.h>
#include <math.h>

#include "metric/metric.h"

enum { MAX_VALUES = 16 };

#define REAL(x)                            \
	{                                  \
		.kind = VALUE_REAL, .r = x \
	}
#define WHOLE(x)                          \
	{                                 \
		.kind = VALUE_INT, .i = x \
	}
#define DEC(x, s)                                                     \
	{                                                             \
		.kind = VALUE_DECIMAL, .d = {.coeff = x, .scale = s } \
	}
#define TEXT(x)                                               \
	{                                                     \
		.kind = VALUE_TEXT, .s = { x, sizeof(x) - 1 } \
	}
#define E18 ((__int128)1000000000000000000)
#define E37 (E18 * E18 * 10)
#define WIDE (E18 * 123456789012345678 + 901234567890123456)

static const struct type whole = {.kind = TYPE_INTEGER}, real = {.kind = TYPE_NUMBER},
			 variant = {.kind = TYPE_VARIANT},
			 cents = {.kind = TYPE_DECIMAL, .precision = 38, .scale = 2},
			 units = {.kind = TYPE_DECIMAL, .precision = 38}, day = {.kind = TYPE_DATE},
			 text = {.kind = TYPE_STRING};

struct work {
	struct arena *a;
	struct exprs *x;
	struct metrics *ms;
	struct column column;
	const struct metric *m;
};

static void
work_init(struct work *w, const struct metric_kind *kind, struct type t, struct metric_params p)
{
	const struct expr *e;

	*w = (struct work){.a = arena_new(), .x = exprs_new(), .column = {.name = SV("v"), .type = t}};
	w->ms = metrics_new(w->x);
	e = expr_column(w->x, &w->column);
	w->m = metric_get(w->ms, kind, &e, 1, NULL, p);
}

static void
work_fini(struct work *w)
{
	metrics_free(w->ms);
	exprs_free(w->x);
	arena_free(w->a);
}

/* The values as a reader brings them that knows nothing of their type. */
static bool
update(struct work *w, void *state, const struct value *v, uint32_t n, struct err *err)
{
	struct value copy[MAX_VALUES];
	uint64_t valid = 0, all = 0;
	struct vector vec = {
		.rep = REP_VALUE, .type = {.kind = TYPE_VARIANT}, .rows = n, .valid = &valid, .value = copy};
	struct metric_batch b = {.rows = n, .arg = (const struct vector *const[]){&vec}, .selected = &all};

	for (uint32_t i = 0; i < n; i++) {
		copy[i] = v[i];
		bit_set(&all, i);
		if (v[i].kind != VALUE_NULL)
			bit_set(&valid, i);
	}
	return w->m->kind->update(state, w->m, &b, err);
}

/* The values before `cut` in one state, the others in another that is merged into it. */
static bool
compute(struct work *w, const struct value *v, uint32_t n, uint32_t cut, struct metric_value *ret,
        struct err *err)
{
	const struct metric_kind *kind = w->m->kind;
	void *one = ARENA_ARRAY(w->a, char, kind->state_size),
	     *two = ARENA_ARRAY(w->a, char, kind->state_size);
	bool ok;

	kind->init(one, w->m);
	kind->init(two, w->m);
	ok = update(w, one, v, cut, err) && update(w, two, v + cut, n - cut, err) &&
	     kind->merge(one, two, 0, w->m, err);
	*ret = (struct metric_value){0};
	if (ok)
		kind->final(one, w->m, w->a, ret);
	if (kind->fini != NULL) {
		kind->fini(one);
		kind->fini(two);
	}
	return ok;
}

static const struct {
	const struct type *type;
	uint32_t n;
	struct value v[MAX_VALUES];
	double stdev; /* NAN: there is none */
} deviations[] = {
	{&whole, 3, {WHOLE(1), WHOLE(1), WHOLE(3)}, 0x1.279a74590331cp+0},
	{&whole, 4, {WHOLE(4), WHOLE(4), WHOLE(4), WHOLE(4)}, 0},
	{&whole,
         3,
         {WHOLE(4611686018427387904), WHOLE(4611686018427387905), WHOLE(4611686018427387907)},
         0x1.870be4c1c28b2p+0},
	{&whole, 2, {WHOLE(INT64_MIN), WHOLE(INT64_MAX)}, 0x1.6a09e667f3bcdp+63},
	{&whole, 2, {WHOLE(9007199254740993), WHOLE(9007199254740994)}, 0x1.6a09e667f3bcdp-1},
	{&variant, 3, {WHOLE(9007199254740993), REAL(9007199254740992), {0}}, 0x1.6a09e667f3bcdp-1},
	{&real, 3, {REAL(0.1), REAL(0.2), REAL(0.3)}, 0x1.9999999999999p-4},
	{&real, 4, {REAL(1e9 + 4), REAL(1e9 + 7), REAL(1e9 + 13), REAL(1e9 + 16)}, 0x1.5e8add236a58fp+2},
	{&real, 3, {REAL(1e300), REAL(-1e300), REAL(5)}, 0x1.7e43c8800759cp+996},
	{&real, 3, {REAL(5e-324), REAL(0), REAL(1.5e-323)}, 0x0.0000000000002p-1022},
	{&real, 4, {REAL(1e16), REAL(1), REAL(-1e16), REAL(3)}, 0x1.d01fe3eaa494cp+52},
	{&real, 5, {REAL(0.1), REAL(0.1), {0}, REAL(0.1), REAL(0.1)}, 0},
	{&real, 2, {REAL(1e-160), REAL(3e-160)}, 0x1.fcfe76481c4b2p-532},
	{&cents, 2, {DEC(WIDE, 2), DEC(WIDE + 1, 2)}, 0x1.cf68d4fff04ddp-8},
	{&cents, 3, {DEC(1, 2), DEC(2, 2), DEC(4, 2)}, 0x1.f48a1a919cdb0p-7},
	{&cents, 3, {DEC(1, 2), DEC(2, 2), DEC(40, 3)}, 0x1.f48a1a919cdb0p-7},
	{&units, 3, {DEC(E37, 0), DEC(-E37, 0), DEC(1, 0)}, 0x1.e17b84357691bp+122},
	{&whole, 1, {WHOLE(5)}, NAN},
	{&whole, 2, {WHOLE(5), {0}}, NAN},
	{&real, 0, {{0}}, NAN},
	{&real, 3, {REAL(1), REAL(INFINITY), REAL(2)}, NAN},
};

START_TEST(a_deviation_is_exact_in_every_split)
{
	uint32_t n = deviations[_i].n;
	double want = deviations[_i].stdev;
	struct metric_value got;
	struct work w;

	work_init(&w, &metric_stdev, *deviations[_i].type, (struct metric_params){0});
	for (uint32_t cut = 0; cut <= n; cut++) {
		ck_assert(compute(&w, deviations[_i].v, n, cut, &got, NULL));
		ck_assert_msg((got.v.kind == VALUE_REAL) == !isnan(want), "case %d", _i);
		if (!isnan(want))
			ck_assert_msg(fabs(got.v.r - want) <= DBL_EPSILON * want + DBL_TRUE_MIN,
			              "case %d: %a, not %a", _i, got.v.r, want);
	}
	work_fini(&w);
}
END_TEST

static const double ratios[] = {0, 0.25, 0.5, 1};

static const struct {
	const struct type *type;
	uint32_t n;
	struct value v[MAX_VALUES];
	struct value want[2 * LEN(ratios)];
} quantiles[] = {
	{&whole,
         4,
         {WHOLE(7), WHOLE(INT64_MIN), WHOLE(-3), WHOLE(INT64_MAX)},
         {WHOLE(INT64_MIN), WHOLE(INT64_MIN), WHOLE(INT64_MIN), WHOLE(-3), WHOLE(-3), WHOLE(7),
          WHOLE(INT64_MAX), WHOLE(INT64_MAX)}},
	{&real,
         5,
         {REAL(-0.5), REAL(1e300), REAL(-1e300), REAL(0), REAL(-2)},
         {REAL(-1e300), REAL(-1e300), REAL(-2), REAL(-2), REAL(-0.5), REAL(-0.5), REAL(1e300), REAL(1e300)}},
	{&cents,
         3,
         {DEC(1050, 2), DEC(-7, 2), DEC(WIDE, 2)},
         {DEC(-7, 2), DEC(-7, 2), DEC(-7, 2), DEC(1050, 2), DEC(1050, 2), DEC(1050, 2), DEC(WIDE, 2),
          DEC(WIDE, 2)}},
	{&variant,
         4,
         {WHOLE(2), REAL(1.5), DEC(25, 1), WHOLE(1)},
         {WHOLE(1), WHOLE(1), WHOLE(1), REAL(1.5), REAL(1.5), WHOLE(2), DEC(25, 1), DEC(25, 1)}},
	{&day,
         2,
         {{.kind = VALUE_DATE, .i = 10}, {.kind = VALUE_DATE, .i = -5}},
         {{.kind = VALUE_DATE, .i = -5},
          {.kind = VALUE_DATE, .i = -5},
          {.kind = VALUE_DATE, .i = -5},
          {.kind = VALUE_DATE, .i = 10},
          {.kind = VALUE_DATE, .i = -5},
          {.kind = VALUE_DATE, .i = 10},
          {.kind = VALUE_DATE, .i = 10},
          {.kind = VALUE_DATE, .i = 10}}},
};

START_TEST(quantiles_are_the_values_of_their_ranks_in_every_split)
{
	uint32_t n = quantiles[_i].n;
	struct metric_value got;
	struct work w;

	work_init(&w, &metric_quantiles, *quantiles[_i].type,
	          (struct metric_params){.ratios = ratios, .nratio = LEN(ratios)});
	for (uint32_t cut = 0; cut <= n; cut++) {
		ck_assert(compute(&w, quantiles[_i].v, n, cut, &got, NULL));
		ck_assert_int_eq(got.count, n);
		ck_assert_uint_eq(got.nlist, 2 * LEN(ratios));
		for (uint32_t i = 0; i < got.nlist; i++) {
			ck_assert_msg(value_eq(got.list[i], quantiles[_i].want[i]), "case %d, %u", _i, i);
			ck_assert_int_eq(got.list[i].kind, quantiles[_i].want[i].kind);
		}
	}
	work_fini(&w);
}
END_TEST

static const struct {
	const struct metric_kind *kind;
	uint32_t n;
	struct value v[MAX_VALUES];
	const char *part;
	bool at_the_end; /* both states are right, and not together */
} refused[] = {
	{&metric_stdev, 2, {WHOLE(1), TEXT("x")}, "not numbers", false},
	{&metric_stdev, 1, {{.kind = VALUE_DATE, .i = 3}}, "not numbers", false},
	{&metric_quantiles, 2, {WHOLE(1), TEXT("x")}, "neither numbers nor times", false},
	{&metric_quantiles, 2, {WHOLE(1), {.kind = VALUE_DATE, .i = 3}}, "both numbers and times", true},
};

START_TEST(what_cannot_be_measured_is_an_error)
{
	struct metric_value got;
	struct err err = {0};
	struct work w;

	work_init(&w, refused[_i].kind, variant,
	          (struct metric_params){.ratios = ratios, .nratio = LEN(ratios)});
	for (uint32_t cut = 0; cut <= refused[_i].n; cut++) {
		bool ok = compute(&w, refused[_i].v, refused[_i].n, cut, &got, &err);

		ck_assert_int_eq(ok, refused[_i].at_the_end);
		ck_assert(!ok || got.failed);
		ck_assert_ptr_nonnull(strstr(ok ? got.err.msg : err.msg, refused[_i].part));
	}
	work_fini(&w);
}
END_TEST

START_TEST(many_values_stay_within_their_blocks_and_are_counted)
{
	static const struct metric_params half = {.ratios = ratios, .nratio = LEN(ratios)};
	enum { MANY = 50000 };
	struct metric_value got = {0};
	struct value v[MAX_VALUES];
	struct work w;

	work_init(&w, &metric_quantiles, real, half);
	void *state = ARENA_ARRAY(w.a, char, metric_quantiles.state_size);
	metric_quantiles.init(state, w.m);
	/* 7919 is prime to MANY: each number once, in no order. */
	for (int64_t i = 0; i < MANY; i += 10) {
		for (int64_t k = 0; k < 10; k++)
			v[k] = value_real((double)((i + k) * 7919 % MANY) - MANY / 2);
		ck_assert(update(&w, state, v, 10, NULL));
	}
	ck_assert_uint_ge(metric_quantiles.bytes(state), MANY * 8);
	ck_assert_uint_le(metric_quantiles.bytes(state), MANY * 10);
	metric_quantiles.final(state, w.m, w.a, &got);
	ck_assert_int_eq(got.count, MANY);
	ck_assert(got.list[0].r == -25000 && got.list[6].r == 24999);
	ck_assert(got.list[2].r == -12501 && got.list[3].r == -12500);
	ck_assert(got.list[4].r == -1 && got.list[5].r == 0);
	metric_quantiles.fini(state);
	work_fini(&w);
}
END_TEST

static const struct value words[] = {TEXT("b"), TEXT("a"), {0}, TEXT("c"), TEXT("b"), TEXT("a"), TEXT("d")};

START_TEST(modes_are_all_values_that_occur_most_often)
{
	struct metric_value got;
	struct work w;

	work_init(&w, &metric_modes, text, (struct metric_params){.keep = 1});
	for (uint32_t cut = 0; cut <= LEN(words); cut++) {
		ck_assert(compute(&w, words, LEN(words), cut, &got, NULL));
		ck_assert_int_eq(got.count, 2);
		ck_assert_int_eq(got.v.i, 2);
		ck_assert(got.nlist == 1 && got.list_cut && sv_is(got.list[0].s, "a"));
	}
	ck_assert(compute(&w, words, 0, 0, &got, NULL));
	ck_assert(got.nlist == 0 && got.v.i == 0 && !got.list_cut);
	work_fini(&w);
}
END_TEST

START_TEST(groups_are_the_least_values_and_with_nulls_if_asked)
{
	static const char *const names[] = {NULL, "a", "b"};
	static const int64_t counts[] = {1, 2, 2};
	struct metric_value got;
	struct work w;

	for (int nulls = 0; nulls < 2; nulls++) {
		work_init(&w, &metric_groups, text, (struct metric_params){.keep = 3, .flag = nulls});
		for (uint32_t cut = 0; cut <= LEN(words); cut++) {
			ck_assert(compute(&w, words, LEN(words), cut, &got, NULL));
			ck_assert(got.nlist == 3 && got.list_cut);
			for (int i = 0; i < 3; i++) {
				struct value v = nulls ? got.list[i].list[0] : got.list[i];
				int at = nulls ? i : i + 1;

				if (at == 3)
					ck_assert(sv_is(v.s, "c") && got.list_count[i] == 1);
				else if (names[at] == NULL)
					ck_assert(v.kind == VALUE_NULL && got.list_count[i] == 1);
				else
					ck_assert(sv_is(v.s, names[at]) && got.list_count[i] == counts[at]);
			}
		}
		work_fini(&w);
	}
}
END_TEST

START_TEST(of_values_that_are_equal_the_same_one_is_listed)
{
	static const struct value equal[] = {REAL(-0.0), REAL(0.0), WHOLE(0), REAL(-0.0)};
	struct metric_value got;
	struct work w;

	for (int nulls = 0; nulls < 2; nulls++)
		for (uint32_t n = 1; n <= LEN(equal); n++) {
			work_init(&w, &metric_groups, variant,
			          (struct metric_params){.keep = 3, .flag = nulls});
			for (uint32_t cut = 0; cut <= n; cut++) {
				ck_assert(compute(&w, equal, n, cut, &got, NULL));
				ck_assert(got.nlist == 1 && got.list_count[0] == n);
				struct value v = nulls ? got.list[0].list[0] : got.list[0];
				ck_assert_int_eq(v.kind, n < 3 ? VALUE_REAL : VALUE_INT);
				ck_assert(v.kind == VALUE_INT || !signbit(v.r));
			}
			work_fini(&w);
		}
}
END_TEST

Suite *suite_statistics(void);
Suite *
suite_statistics(void)
{
	Suite *s = suite_create("statistics");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_deviation_is_exact_in_every_split, 0, LEN(deviations));
	tcase_add_loop_test(t, quantiles_are_the_values_of_their_ranks_in_every_split, 0, LEN(quantiles));
	tcase_add_loop_test(t, what_cannot_be_measured_is_an_error, 0, LEN(refused));
	tcase_add_test(t, many_values_stay_within_their_blocks_and_are_counted);
	tcase_add_test(t, modes_are_all_values_that_occur_most_often);
	tcase_add_test(t, groups_are_the_least_values_and_with_nulls_if_asked);
	tcase_add_test(t, of_values_that_are_equal_the_same_one_is_listed);
	suite_add_tcase(s, t);
	return s;
}
