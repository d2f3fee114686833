/* Rows in memory, and what faults make of them. */
#include <check.h>
#include <string.h>

#include "expr/expr.h"
#include "metric/metric.h"
#include "run/fault.h"
#include "scan/frame.h"

static struct arena *a;

static void
setup(void)
{
	a = arena_new();
}

static void
teardown(void)
{
	arena_free(a);
}

/* A frame of one column, whose values are texts, numbers or times by its type; NULL is null. */
static struct frame
frame_of_texts(struct type t, const char *const *text, int64_t rows)
{
	struct column *c = ARENA_NEW(a, struct column);
	struct frame f = {.rows = rows, .infers = true, .fixed = true};

	*c = (struct column){.name = SV("c"), .type = t};
	f.schema = (struct schema){.col = c, .n = 1};
	f.col = ARENA_NEW(a, struct frame_column);
	*f.col = frame_column_new(a, rows);
	for (int64_t i = 0; i < rows; i++) {
		struct value v = VALUE_NONE;

		if (text[i] != NULL)
			ck_assert(value_parse(t, sv_of(text[i]), &v));
		frame_put(a, f.col, i, v, false);
	}
	return f;
}

static const char *
shown(const struct frame *f, int64_t row)
{
	struct value v = frame_value(f, 0, row);
	struct buf b;

	if (v.kind == VALUE_NULL)
		return NULL;
	buf_init(&b, 1000);
	ck_assert(value_to_text(v, &b));
	const char *text = arena_str(a, buf_sv(&b));
	buf_fini(&b);
	return text;
}

static struct planting
planting_of(const struct frame *f, const struct profile *profile)
{
	struct planting p = {.a = a, .base = f, .profile = profile, .seed = 1};

	p.view = frame_view(a, f, &p.col);
	return p;
}

static const struct {
	const struct fault *fault;
	const char *type, *before, *after; /* of one value; after NULL: it has no effect */
} changes[] = {
	{&fault_empty_text, "string", "abc", ""},
	{&fault_empty_text, "string", "", NULL},
	{&fault_truncated, "string", "abcde", "ab"},
	{&fault_truncated, "string", "K\xc3\xb6ln", "K\xc3\xb6"},
	{&fault_truncated, "string", "\xed\x95\x9c\xea\xb5\xad", "\xed\x95\x9c"},
	{&fault_truncated, "string", "a", NULL},
	{&fault_case, "string", "aBc1", "ABC1"},
	{&fault_case, "string", "ABC1", "abc1"},
	{&fault_case, "string", "123", NULL},
	{&fault_padded, "string", "ab", "ab "},
	{&fault_mojibake, "string", "K\xc3\xb6ln", "K\xc3\x83\xc2\xb6ln"},
	{&fault_mojibake, "string", "Bonn", NULL},
	{&fault_unit_up, "integer", "-7", "-700"},
	{&fault_unit_up, "integer", "0", NULL},
	{&fault_unit_up, "integer", "92233720368547759", NULL},
	{&fault_unit_up, "number", "1.5", "150.0"},
	{&fault_unit_up, "decimal(6,2)", "12.34", "1234.00"},
	{&fault_unit_up, "decimal(6,2)", "123.45", NULL},
	{&fault_unit_down, "integer", "1999", "19"},
	{&fault_unit_down, "integer", "-1999", "-19"},
	{&fault_unit_down, "decimal(6,2)", "-123.45", "-1.23"},
	{&fault_sign, "integer", "5", "-5"},
	{&fault_sign, "integer", "-9223372036854775808", NULL},
	{&fault_sign, "decimal(6,2)", "-1.50", "1.50"},
	{&fault_rounded, "number", "2.5", "2.0"},
	{&fault_rounded, "number", "-3.5", "-4.0"},
	{&fault_rounded, "number", "3.0", NULL},
	{&fault_rounded, "decimal(6,2)", "2.50", "2.00"},
	{&fault_rounded, "decimal(6,2)", "3.50", "4.00"},
	{&fault_rounded, "decimal(6,2)", "-3.51", "-4.00"},
	{&fault_rounded, "decimal(3,2)", "9.99", NULL},
	{&fault_zone, "timestamp", "2024-02-28T23:30:00", "2024-02-29T01:30:00"},
	{&fault_day, "date", "2024-02-28", "2024-02-29"},
	{&fault_future, "date", "2024-01-01", "2033-12-31"},
};

START_TEST(a_value_becomes_what_the_fault_says)
{
	struct type t;
	ck_assert(type_parse(sv_of(changes[_i].type), &t, NULL));
	struct frame f = frame_of_texts(t, &changes[_i].before, 1);
	struct planting p = planting_of(&f, NULL);
	const char *was = shown(&f, 0);
	int64_t rows = fault_plant(changes[_i].fault, &p);

	ck_assert_int_eq(rows, changes[_i].after != NULL);
	ck_assert_str_eq(shown(&p.view, 0), changes[_i].after != NULL ? changes[_i].after : was);
	ck_assert_str_eq(shown(&f, 0), was); /* the rows as they are stay so */
}
END_TEST

/* The first numbers of splitmix64 with this seed are widely published. */
START_TEST(what_is_picked_follows_from_the_seed)
{
	struct planting p = {.a = a, .seed = 1234567};

	ck_assert_uint_eq(fault_random(&p, 0), UINT64_C(6457827717110365317));
	ck_assert_uint_eq(fault_random(&p, 1), UINT64_C(3203168211198807973));
	ck_assert_uint_eq(fault_random(&p, 2), UINT64_C(9817491932198370423));
	/* One of few, about one in a hundred of many, none of none. */
	for (int64_t n = 0; n < 40; n++)
		ck_assert_int_ge(bits_count(fault_pick(&p, n), (uint32_t)n), n > 0);
	int64_t many = bits_count(fault_pick(&p, 100000), 100000);
	ck_assert(many > 900 && many < 1100);
}
END_TEST

START_TEST(faults_have_names_of_their_own_and_say_what_they_do)
{
	for (size_t i = 0; i < fault_count; i++) {
		ck_assert_ptr_eq(fault_find(sv_of(faults[i]->name)), faults[i]);
		ck_assert(strlen(faults[i]->title) > 3 && strlen(faults[i]->doc) > 10);
		ck_assert_msg((faults[i]->change == NULL) != (faults[i]->plant == NULL), "%s",
		              faults[i]->name);
		ck_assert_msg(faults[i]->propose != NULL, "%s", faults[i]->name);
	}
	ck_assert_ptr_null(fault_find(SV("nulls")));
}
END_TEST

START_TEST(rows_change_places_and_none_is_lost)
{
	static const char *const text[] = {"1", "2", NULL, "4"};
	struct frame f = frame_of_texts((struct type){.kind = TYPE_INTEGER}, text, LEN(text));
	struct planting p = planting_of(&f, NULL);

	ck_assert_int_eq(fault_plant(&fault_row_shift, &p), 4);
	ck_assert_str_eq(shown(&p.view, 0), "4");
	ck_assert_str_eq(shown(&p.view, 2), "2");
	ck_assert_ptr_null(shown(&p.view, 3));

	p = planting_of(&f, NULL);
	ck_assert_int_eq(fault_plant(&fault_repeated, &p), 4);
	ck_assert_int_eq(p.view.rows, 8);
	ck_assert_str_eq(shown(&p.view, 4), "1");
	ck_assert_ptr_null(shown(&p.view, 6));

	p = planting_of(&f, NULL);
	ck_assert_int_eq(fault_plant(&fault_half_lost, &p), 2);
	ck_assert_int_eq(p.view.rows, 2);
}
END_TEST

START_TEST(a_column_without_values_has_a_type_only_if_that_is_declared)
{
	static const char *const text[] = {"1", "2"};
	struct frame f = frame_of_texts((struct type){.kind = TYPE_INTEGER}, text, LEN(text));

	for (int declared = 0; declared < 2; declared++) {
		((struct column *)(uintptr_t)f.schema.col)->declared = declared;
		struct planting p = planting_of(&f, NULL);

		ck_assert_int_eq(fault_plant(&fault_null_all, &p), 2);
		ck_assert_int_eq(p.view.schema.col[0].type.kind, declared ? TYPE_INTEGER : TYPE_NULL);
		p = planting_of(&f, NULL);
		ck_assert_int_eq(fault_plant(&fault_as_text, &p), 2);
		ck_assert_int_eq(p.view.schema.col[0].type.kind, declared ? TYPE_INTEGER : TYPE_STRING);
		ck_assert_int_eq(frame_is_misfit(&p.view, 0, 1), declared);
		ck_assert_str_eq(shown(&p.view, 1), "2 pcs");
		p = planting_of(&f, NULL);
		ck_assert_int_eq(fault_plant(&fault_column_lost, &p), 2);
		ck_assert_uint_eq(p.view.schema.n, declared ? 1 : 0);
		ck_assert_int_eq(f.schema.col[0].type.kind, TYPE_INTEGER);
	}
}
END_TEST

/* Numbers of a frame by the metrics that checks use: nulls, misfits and picked rows are seen as such. */
START_TEST(a_pass_over_a_frame_sees_each_row_once)
{
	enum { ROWS = 5000 };
	const char **text = ARENA_ARRAY(a, const char *, ROWS);
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	struct metric_value value[4] = {0};
	const struct metric *m[4];
	const struct expr *e;
	struct err err;

	for (int i = 0; i < ROWS; i++)
		text[i] = i % 10 == 0 ? NULL : arena_printf(a, "%d", i);
	struct frame f = frame_of_texts((struct type){.kind = TYPE_INTEGER}, text, ROWS);
	((struct column *)(uintptr_t)f.schema.col)->declared = true;
	frame_put(a, f.col, 4321, value_text(SV("x")), true);
	f.malformed = 3;

	struct planting p = planting_of(&f, NULL);
	ck_assert_int_eq(fault_plant(&fault_repeated, &p), ROWS);
	e = expr_column(x, &p.view.schema.col[0]);
	m[0] = metric_get(ms, &metric_rows, NULL, 0, NULL, (struct metric_params){0});
	m[1] = metric_get(ms, &metric_sum, &e, 1, NULL, (struct metric_params){0});
	m[2] = metric_get(ms, &metric_misfits, &e, 1, NULL, (struct metric_params){0});
	m[3] = metric_get(ms, &metric_malformed, NULL, 0, NULL, (struct metric_params){0});
	ck_assert_msg(frame_run(&p.view, m, 4, 1 << 26, NULL, a, value, &err), "%s", err.msg);
	/* sum(range(5000)) is 12497500; multiples of ten are 1247500 of it. */
	ck_assert_int_eq(value[m[0]->id].v.i, 2 * ROWS);
	ck_assert_int_eq(value[m[1]->id].v.i, 2 * (12497500 - 1247500 - 4321));
	ck_assert_int_eq(value[m[2]->id].count, 2);
	ck_assert_int_eq(value[m[3]->id].count, 3);
	metric_values_fini(value, 4);
}
END_TEST

Suite *suite_mutate(void);

Suite *
suite_mutate(void)
{
	Suite *s = suite_create("mutate");
	TCase *t = tcase_create("mutate");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_value_becomes_what_the_fault_says, 0, LEN(changes));
	tcase_add_test(t, what_is_picked_follows_from_the_seed);
	tcase_add_test(t, faults_have_names_of_their_own_and_say_what_they_do);
	tcase_add_test(t, rows_change_places_and_none_is_lost);
	tcase_add_test(t, a_column_without_values_has_a_type_only_if_that_is_declared);
	tcase_add_test(t, a_pass_over_a_frame_sees_each_row_once);
	suite_add_tcase(s, t);
	return s;
}
