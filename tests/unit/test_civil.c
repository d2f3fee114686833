#include <check.h>

#include "base/civil.h"

/* From Python's datetime. */
static const struct {
	const char *text;
	int64_t days;
	int weekday;
} dates[] = {
	{"0001-01-01", -719162, 1}, {"1600-02-29", -135081, 2}, {"1900-03-01", -25508, 4},
	{"1969-12-31", -1, 3},      {"1970-01-01", 0, 4},       {"2000-02-29", 11016, 2},
	{"2024-02-29", 19782, 4},   {"2100-03-01", 47541, 1},   {"9999-12-31", 2932896, 5},
};

START_TEST(known_date_has_its_day_and_weekday)
{
	struct time_text t;
	char text[RFC3339_MAX];

	ck_assert(time_text_parse(sv_of(dates[_i].text), &t));
	ck_assert_int_eq(t.us, dates[_i].days * US_PER_DAY);
	ck_assert(!t.has_time && !t.has_zone);
	ck_assert_int_eq(civil_weekday(dates[_i].days), dates[_i].weekday);
	ck_assert_str_eq(date_format(dates[_i].days, text), dates[_i].text);
}
END_TEST

/* Counts the calendar through by its rules: no formula. */
START_TEST(every_day_of_ten_thousand_years_is_counted)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t day = -719162;
	int weekday = 1;

	for (int32_t y = 1; y <= 9999; y++)
		for (int32_t m = 1; m <= 12; m++) {
			bool leap = y % 400 == 0 || (y % 4 == 0 && y % 100 != 0);
			int n = length[m - 1] + (m == 2 && leap ? 1 : 0);

			ck_assert_int_eq(civil_month_days(y, m), n);
			for (int32_t d = 1; d <= n; d++, day++, weekday = (weekday + 1) % 7) {
				struct civil c = {0};

				civil_from_days(day, &c);
				if (civil_days(y, m, d) != day || c.year != y || c.month != m || c.day != d ||
				    civil_weekday(day) != weekday)
					ck_abort_msg("%d-%d-%d is not day %lld", y, m, d, (long long)day);
			}
		}
	ck_assert_int_eq(day, 2932897);
}
END_TEST

static const struct {
	const char *text;
	int64_t us, offset_us;
	bool has_time, has_zone;
} times[] = {
	{"2024-01-31 12:34:56", 1706704496000000, 0, true, false},
	{"2024-01-31T12:34:56", 1706704496000000, 0, true, false},
	{"2024-01-31T12:34", 1706704440000000, 0, true, false},
	{"2024-01-31T12:34Z", 1706704440000000, 0, true, true},
	{"2024-01-31T12:34+09", 1706704440000000, 9 * US_PER_HOUR, true, true},
	{"2024-01-31T12:34:56Z", 1706704496000000, 0, true, true},
	{"2024-01-31 12:34:56z", 1706704496000000, 0, true, true},
	{"2024-01-31T12:34:56+09:00", 1706704496000000, 9 * US_PER_HOUR, true, true},
	{"2024-01-31T12:34:56-0330", 1706704496000000, -210 * US_PER_MIN, true, true},
	{"2024-01-31T12:34:56-08", 1706704496000000, -8 * US_PER_HOUR, true, true},
	{"2024-02-29T00:00:00.25", 1709164800250000, 0, true, false},
	{"2024-02-29T00:00:00.250000999Z", 1709164800250000, 0, true, true},
	{"1969-12-31T23:59:59.999999Z", -1, 0, true, true},
	{"1900-01-01 09:00:00", -2208956400000000, 0, true, false},
	{"0001-01-01 00:00:00", -62135596800000000, 0, true, false},
	{"9999-12-31T23:59:59.999999", 253402300799999999, 0, true, false},
};

START_TEST(time_is_read)
{
	struct time_text t;

	ck_assert_msg(time_text_parse(sv_of(times[_i].text), &t), "refused '%s'", times[_i].text);
	ck_assert_int_eq(t.us, times[_i].us);
	ck_assert_int_eq(t.offset_us, times[_i].offset_us);
	ck_assert(t.has_time == times[_i].has_time);
	ck_assert(t.has_zone == times[_i].has_zone);
}
END_TEST

static const char *const not_times[] = {
	"",
	"2024",
	"2024-01",
	"2024-1-31",
	"24-01-31",
	"2024-01-3",
	"2024/01/31",
	"20240131",
	"0000-01-01",
	"10000-01-01",
	"-001-01-01",
	"2024-00-10",
	"2024-13-10",
	"2024-01-00",
	"2024-01-32",
	"2024-04-31",
	"2023-02-29",
	"1900-02-29",
	"2024-02-30",
	"2024-01-31T",
	"2024-01-31T12",
	"2024-01-31T12:3",
	"2024-01-31T24:00:00",
	"2024-01-31 24:00:00",
	"2024-01-31T12:60:00",
	"2024-01-31T12:34:60",
	"2024-01-31 23:59:60",
	"2024-01-31  12:34",
	"2024-01-31_12:34:56",
	"2024-01-31T12:34:5",
	"2024-01-31T12:34:56.",
	"2024-01-31T12:34:56,5",
	"2024-01-31T12:34:56.1234567890",
	"2024-01-31T12:34:56.5.",
	"2024-01-31T12:34:56 Z",
	"2024-01-31T12:34:56ZZ",
	"2024-01-31T12:34:56+",
	"2024-01-31T12:34:56+9",
	"2024-01-31T12:34:56+24:00",
	"2024-01-31T12:34:56+09:60",
	"2024-01-31T12:34:56+09:0",
	"2024-01-31T12:34:56+09:00:00",
	"2024-01-31T12:34.5",
	"2024-01-31Z",
	"2024-01-31+09:00",
	" 2024-01-31",
	"2024-01-31 ",
	"2024-01-3112:34:56",
	"2024-01-31T12-34-56",
	"2024-0a-31",
	"2024-01-31T1x:34:56",
	"2024-01-31T12:34:x6",
	"2024-01-31T12:34:56.x",
	"+024-01-31 12:34:56",
};

START_TEST(what_is_no_time_is_refused_and_leaves_the_result_alone)
{
	struct time_text t = {.us = 42};

	ck_assert_msg(!time_text_parse(sv_of(not_times[_i]), &t), "took '%s'", not_times[_i]);
	ck_assert_int_eq(t.us, 42);
}
END_TEST

/* The text need not end in a NUL, and may have one in it. */
START_TEST(time_is_read_to_the_end_of_its_view_only)
{
	static const char nul[] = "2024-01-31 12:34:56\0";
	struct time_text t;

	ck_assert(time_text_parse((struct sv){"2024-01-31 12:34:56+09", 19}, &t));
	ck_assert(!t.has_zone);
	ck_assert(time_text_parse((struct sv){"2024-01-31 12", 10}, &t));
	ck_assert(!t.has_time);
	ck_assert(!time_text_parse((struct sv){nul, sizeof(nul) - 1}, &t));
	ck_assert(!time_text_parse((struct sv){NULL, 0}, &t));
}
END_TEST

START_TEST(rfc3339_wants_a_time_and_a_zone)
{
	struct err err = {0};
	int64_t t = 42;

	ck_assert(!rfc3339_parse(SV("2024-01-31"), &t, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "no time of day"));
	ck_assert(!rfc3339_parse(SV("2024-01-31T12:34:56"), &t, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "no zone"));
	ck_assert(!rfc3339_parse(SV("yesterday"), &t, &err));
	ck_assert_int_eq(err.code, ERR_ARG);
	ck_assert_str_ne(err.hint, "");
	ck_assert(!rfc3339_parse(SV("0001-01-01T00:00:00+01:00"), &t, NULL));
	ck_assert(!rfc3339_parse(SV("9999-12-31T23:30:00-01:00"), &t, NULL));
	ck_assert_int_eq(t, 42);
	ck_assert(rfc3339_parse(SV("2024-01-31T21:34:56+09:00"), &t, &err));
	ck_assert_int_eq(t, 1706704496000000);
}
END_TEST

START_TEST(time_is_printed_with_a_fraction_only_where_needed)
{
	char text[RFC3339_MAX];

	ck_assert_str_eq(rfc3339_format(1706704496000000, text), "2024-01-31T12:34:56Z");
	ck_assert_str_eq(rfc3339_format(1706704496000001, text), "2024-01-31T12:34:56.000001Z");
	ck_assert_str_eq(rfc3339_format(-1, text), "1969-12-31T23:59:59.999999Z");
	ck_assert_str_eq(civil_format(-62135596800000000, text), "0001-01-01T00:00:00");
}
END_TEST

START_TEST(any_instant_prints_and_converts_back)
{
	static const int64_t t[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, -US_PER_DAY, -US_PER_DAY - 1, 0};
	char text[RFC3339_MAX];

	for (size_t i = 0; i < LEN(t); i++)
		ck_assert_uint_lt(strlen(rfc3339_format(t[i], text)), RFC3339_MAX);
	for (size_t i = 2; i < LEN(t); i++) {
		struct civil c = civil_from_us(t[i]);

		ck_assert_int_eq(civil_to_us(&c), t[i]);
	}
}
END_TEST

START_TEST(fixed_clock_stands_still)
{
	struct clock c = clock_fixed(42);
	int64_t before = clock_mono_ns();

	ck_assert_int_eq(clock_now_us(&c), 42);
	ck_assert_int_eq(clock_now_us(&c), 42);
	ck_assert_int_gt(clock_now_us(&clock_system), INT64_C(1700000000) * US_PER_S);
	ck_assert_int_ge(clock_mono_ns(), before);
}
END_TEST

Suite *
suite_civil(void)
{
	Suite *s = suite_create("civil");
	TCase *t = tcase_create("civil");

	tcase_add_loop_test(t, known_date_has_its_day_and_weekday, 0, LEN(dates));
	tcase_add_test(t, every_day_of_ten_thousand_years_is_counted);
	tcase_add_loop_test(t, time_is_read, 0, LEN(times));
	tcase_add_loop_test(t, what_is_no_time_is_refused_and_leaves_the_result_alone, 0, LEN(not_times));
	tcase_add_test(t, time_is_read_to_the_end_of_its_view_only);
	tcase_add_test(t, rfc3339_wants_a_time_and_a_zone);
	tcase_add_test(t, time_is_printed_with_a_fraction_only_where_needed);
	tcase_add_test(t, any_instant_prints_and_converts_back);
	tcase_add_test(t, fixed_clock_stands_still);
	suite_add_tcase(s, t);
	return s;
}
