/* What profiles are made of: bounded counts of distinct values, shapes of texts, dates in paths; and what follows from them. */
#include <check.h>

#include "expr/regex.h"
#include "metric/metric.h"
#include "metric/text_shape.h"
#include "run/discover_date.h"
#include "run/profile.h"

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

/* Shapes --------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	unsigned shapes;
} shapes[] = {
	{"ann@example.org", 1U << SHAPE_EMAIL},
	{"a@b", 0},
	{"a@b.c@d.e", 0},
	{"@b.c", 0},
	{"a@.c", 0},
	{"a b@c.d", 0},
	{"a@b.c\n", 0},
	{"a@b\xC3\xA9.fr", 1U << SHAPE_EMAIL},
	{"a@b\xff.fr", 0},
	{"http://x", 1U << SHAPE_URL},
	{"https://example.org/a?b=c", 1U << SHAPE_URL},
	{"https://ann@example.org", 1U << SHAPE_URL | 1U << SHAPE_EMAIL},
	{"http://", 0},
	{"http://a b", 0},
	{"ftp://x", 0},
	{"123e4567-e89b-12d3-A456-426614174000", 1U << SHAPE_UUID},
	{"123e4567-e89b-12d3-A456-42661417400", 0},
	{"123e4567-e89b-12d3-A456-42661417400g", 0},
	{"2024-01-31", 1U << SHAPE_DATE},
	{"2024-1-31", 0},
	{"2024-01-31T10:00", 1U << SHAPE_TIME},
	{"2024-01-31 10:00:00Z", 1U << SHAPE_TIME},
	{"", 0},
};

START_TEST(a_text_has_the_shapes_that_its_regexes_find)
{
	struct sv s = sv_of(shapes[_i].text);
	AUTO(regex_scratch) scratch = regex_scratch_new();

	ck_assert_uint_eq(text_shapes(s), shapes[_i].shapes);
	for (int k = 0; k < SHAPE_COUNT; k++) {
		struct regex *r;

		ck_assert(regex_compile(sv_of(text_shape_regex((enum text_shape)k)), &r, NULL));
		if ((shapes[_i].shapes >> k & 1) != 0)
			ck_assert_msg(regex_search(r, scratch, s) == REGEX_YES, "'%s' is no %s",
			              shapes[_i].text, text_shape_name((enum text_shape)k));
		regex_free(r);
	}
}
END_TEST

/* Distinct values ------------------------------------------------------------------------------------------------- */

enum { BOUND = 100, KEEP = 5, ROWS = 300 };

/* Rows dealt to so many states in turn, merged afterwards. */
static struct metric_value
count_distinct(int64_t distinct, unsigned states)
{
	const size_t words = BITMAP_WORDS(ROWS);
	struct metric m = {.kind = &metric_cardinality, .params = {.keep = KEEP, .number = BOUND}};
	struct metric_value ret = {0};
	char *state = arena_array(a, states, metric_cardinality.state_size);
	int64_t value[ROWS];
	uint64_t valid[BITMAP_WORDS(ROWS)], selected[BITMAP_WORDS(ROWS)];
	struct vector v = {
		.rep = REP_I64, .type = {.kind = TYPE_INTEGER}, .rows = ROWS, .valid = valid, .i64 = value};
	struct metric_batch b = {
		.rows = ROWS, .arg = (const struct vector *const[]){&v}, .selected = selected};

	bits_fill(valid, ROWS);
	for (int64_t i = 0; i < ROWS; i++)
		value[i] = i % distinct;
	for (unsigned s = 0; s < states; s++) {
		memset(selected, 0, words * sizeof(*selected));
		for (uint32_t i = 0; i < ROWS; i++)
			if (i % states == s)
				bit_set(selected, i);
		metric_cardinality.init(state + s * metric_cardinality.state_size, &m);
		ck_assert(metric_cardinality.update(state + s * metric_cardinality.state_size, &m, &b, NULL));
	}
	for (unsigned s = 1; s < states; s++)
		ck_assert(metric_cardinality.merge(state, state + s * metric_cardinality.state_size, 0, &m,
		                                   NULL));
	metric_cardinality.final(state, &m, a, &ret);
	for (unsigned s = 0; s < states; s++)
		metric_cardinality.fini(state + s * metric_cardinality.state_size);
	return ret;
}

static const int64_t distincts[] = {1, 2, 4, 5, 6, 7, 50, 99, 100, 101, 200, 300};

START_TEST(distinct_values_are_exact_up_to_the_bound_on_any_number_of_threads)
{
	int64_t n = distincts[_i];

	for (unsigned states = 1; states < 8; states++) {
		struct metric_value v = count_distinct(n, states);

		ck_assert_int_eq(v.count, MIN(n, BOUND));
		ck_assert_int_eq(v.v.kind, n <= BOUND ? VALUE_INT : VALUE_NULL);
		ck_assert_int_eq(v.list_cut, n > KEEP);
		ck_assert_uint_eq(v.nlist, n <= KEEP ? (uint32_t)n : 0);
		for (uint32_t i = 0; i < v.nlist; i++) {
			ck_assert_int_eq(v.list[i].i, i);
			ck_assert_int_eq(v.list_count[i], (ROWS - i + n - 1) / n);
		}
	}
}
END_TEST

/* Dates ----------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *path, *date, *pattern, *from; /* date NULL: none */
} dates[] = {
	{"orders-2024-01-31.csv", "2024-01-31", "%Y-%m-%d", "2024-01-31"},
	{"orders_2024_01_31.csv", "2024_01_31", "%Y_%m_%d", "2024-01-31"},
	{"20240229.csv", "20240229", "%Y%m%d", "2024-02-29"},
	{"20230229.csv", NULL, NULL, NULL},
	{"x/2024/01/31/y.csv", "2024/01/31", "%Y/%m/%d", "2024-01-31"},
	{"x/2024/02/y.csv", "2024/02", "%Y/%m", "2024-02-01"},
	{"dt=2024-01-31/p.csv", "2024-01-31", "%Y-%m-%d", "2024-01-31"},
	{"2023-01-01/x-2024-05-06.csv", "2024-05-06", "%Y-%m-%d", "2024-05-06"},
	{"x-2024-03.csv", "2024-03", "%Y-%m", "2024-03-01"},
	{"x-2024-13.csv", NULL, NULL, NULL},
	{"x-2024-01-32.csv", NULL, NULL, NULL},
	{"x-2024-01-31T05.csv", NULL, NULL, NULL},
	{"x-2024-01-31-2.csv", NULL, NULL, NULL},
	{"x-120240131.csv", NULL, NULL, NULL},
	{"x-202401311.csv", NULL, NULL, NULL},
	{"x-1024-01-31.csv", NULL, NULL, NULL},
	{"v2.csv", NULL, NULL, NULL},
	{"", NULL, NULL, NULL},
};

START_TEST(a_date_in_a_path_is_found)
{
	struct path_date d = {.n = 42};
	struct sv path = sv_of(dates[_i].path);
	bool found = path_date_find(path, &d);

	ck_assert_msg(found == (dates[_i].date != NULL), "'%s'", dates[_i].path);
	if (!found) {
		ck_assert_uint_eq(d.n, 42);
		return;
	}
	ck_assert(sv_is((struct sv){path.p + d.at, d.n}, dates[_i].date));
	ck_assert_str_eq(d.pattern, dates[_i].pattern);
	ck_assert_str_eq(d.from, dates[_i].from);
}
END_TEST

/* Suggestions ----------------------------------------------------------------------------------------------------- */

static const struct {
	int64_t rows;
	const char *check; /* NULL: none */
} counts[] = {
	{0, NULL},
	{1, NULL},
	{9, NULL},
	{10, "row_count: {min: 1}"},
	{99, "row_count: {min: 9}"},
	{100, "row_count: {min: 10}"},
	{48211, "row_count: {min: 4000}"},
	{INT64_MAX, "row_count: {min: 900000000000000000}"},
};

START_TEST(the_least_number_of_rows_is_a_tenth_in_round_figures)
{
	struct profile p = {.rows = counts[_i].rows};
	struct suggestion *s;
	size_t n;

	suggest_checks(a, &p, &s, &n);
	ck_assert_uint_eq(n, counts[_i].check != NULL);
	if (n > 0)
		ck_assert(sv_is(s[0].check, counts[_i].check));
	/* Of partitions nobody knows how many rows each has. */
	p.partitioned = true;
	suggest_checks(a, &p, &s, &n);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_column_that_yaml_cannot_name_has_no_checks)
{
	static const struct sv names[] = {{"a\xff", 2}, {"a\0b", 3}, {"", 0}};
	struct profile_column c = {.valid = 100, .has_distinct = true, .distinct = 100, .unique = true};
	struct profile p = {.rows = 5, .column = &c, .ncolumn = 1};
	struct suggestion *s;
	size_t n;

	for (size_t i = 0; i < LEN(names); i++) {
		c.name = names[i];
		suggest_checks(a, &p, &s, &n);
		ck_assert_uint_eq(n, 0);
	}
}
END_TEST

Suite *
suite_profile(void)
{
	Suite *s = suite_create("profile");
	TCase *t = tcase_create("profile");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_text_has_the_shapes_that_its_regexes_find, 0, LEN(shapes));
	tcase_add_loop_test(t, distinct_values_are_exact_up_to_the_bound_on_any_number_of_threads, 0,
	                    LEN(distincts));
	tcase_add_loop_test(t, a_date_in_a_path_is_found, 0, LEN(dates));
	tcase_add_loop_test(t, the_least_number_of_rows_is_a_tenth_in_round_figures, 0, LEN(counts));
	tcase_add_test(t, a_column_that_yaml_cannot_name_has_no_checks);
	suite_add_tcase(s, t);
	return s;
}
