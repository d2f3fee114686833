#include <check.h>

#include "base/clock.h"
#include "base/duration.h"

static const struct {
	const char *text;
	int64_t us;
} durations[] = {
	{"0", 0},
	{"0s", 0},
	{"1s", US_PER_S},
	{"90s", 90 * US_PER_S},
	{"15m", 900 * US_PER_S},
	{"26h", 93600 * US_PER_S},
	{"7d", 604800 * US_PER_S},
	{"2w", 1209600 * US_PER_S},
	{"1d6h", 108000 * US_PER_S},
	{"1d6h30m", 109800 * US_PER_S},
	{"1w1d1h1m1s", 694861 * US_PER_S},
	{"0h5m", 300 * US_PER_S},
	{"007s", 7 * US_PER_S},
	{"9223372036854s", 9223372036854 * US_PER_S},
	{"106751991d", 106751991 * US_PER_DAY},
};

START_TEST(duration_is_read)
{
	int64_t us = 42;

	ck_assert_msg(duration_parse(sv_of(durations[_i].text), &us, NULL), "refused '%s'",
	              durations[_i].text);
	ck_assert_int_eq(us, durations[_i].us);
}
END_TEST

static const char *const bad[] = {
	"",
	"h",
	"-1h",
	"+1h",
	"1.5h",
	"1 h",
	" 1h",
	"1h ",
	"1",
	"00",
	"60",
	"1h30",
	"h1",
	"1H",
	"5M",
	"1y",
	"1ms",
	"1min",
	"1h1h",
	"6h1d",
	"1s1m",
	"9223372036855s",
	"106751992d",
	"15250285w",
	"9223372036854775807d",
	"9223372036854775808s",
	"99999999999999999999999s",
	"106751991d5h",
	"1d\n",
	"0x1s",
	"1_000s",
};

START_TEST(duration_refuses_and_leaves_the_result_alone)
{
	struct err err = {0};
	int64_t us = 42;

	ck_assert_msg(!duration_parse(sv_of(bad[_i]), &us, &err), "took '%s'", bad[_i]);
	ck_assert_int_eq(us, 42);
	ck_assert_int_eq(err.code, ERR_ARG);
	ck_assert_str_ne(err.hint, "");
}
END_TEST

static const struct {
	int64_t us;
	const char *exact, *words;
} printed[] = {
	{0, "0s", "0 s"},
	{1, "0.000001s", "0 s"},
	{250000, "0.250s", "250 ms"},
	{1500000, "1.500s", "1 s"},
	{45 * US_PER_S, "45s", "45 s"},
	{60 * US_PER_S, "1m", "1 min"},
	{90 * US_PER_S, "90s", "1 min 30 s"},
	{100 * US_PER_S, "1m40s", "1 min 40 s"},
	{15 * US_PER_MIN, "15m", "15 min"},
	{90 * US_PER_MIN, "90m", "1 h 30 min"},
	{130 * US_PER_MIN + US_PER_S, "2h10m1s", "2 h 10 min"},
	{24 * US_PER_HOUR, "1d", "1 d"},
	{26 * US_PER_HOUR, "26h", "1 d 2 h"},
	{72 * US_PER_HOUR + 20 * US_PER_MIN, "3d20m", "3 d"},
	{76 * US_PER_HOUR, "76h", "3 d 4 h"},
	{100 * US_PER_HOUR, "4d4h", "4 d 4 h"},
	{1830 * US_PER_MIN, "1d6h30m", "1 d 6 h"},
	{7 * US_PER_DAY, "7d", "7 d"},
	{14 * US_PER_DAY, "2w", "14 d"},
	{70 * US_PER_DAY, "70d", "70 d"},
	{365 * US_PER_DAY, "365d", "365 d"},
	{5000 * US_PER_DAY, "5000d", "5000 d"},
	{-90 * US_PER_S, "-90s", "-1 min 30 s"},
	{INT64_MAX, "106751991d4h54.775807s", "106751991 d 4 h"},
	{INT64_MIN, "-106751991d4h54.775808s", "-106751991 d 4 h"},
};

START_TEST(duration_is_printed)
{
	char text[DURATION_MAX];

	ck_assert_str_eq(duration_format(printed[_i].us, text), printed[_i].exact);
	ck_assert_str_eq(duration_words(printed[_i].us, text), printed[_i].words);
}
END_TEST

static const struct {
	int64_t away_us;
	const char *words;
} moments[] = {
	{0, "just now"},
	{US_PER_S - 1, "just now"},
	{-US_PER_S + 1, "just now"},
	{US_PER_S, "1 s ago"},
	{59 * US_PER_S, "59 s ago"},
	{119 * US_PER_S, "1 min ago"},
	{US_PER_DAY - 1, "23 h ago"},
	{US_PER_DAY, "2024-05-09 12:34 UTC"},
	{-90 * US_PER_MIN, "in 1 h"},
	{-5 * US_PER_MIN, "in 5 min"},
	{-US_PER_DAY, "2024-05-11 12:34 UTC"},
};

START_TEST(a_moment_is_said_as_people_say_it)
{
	const int64_t now_us = INT64_C(1715344440) * US_PER_S; /* 2024-05-10T12:34:00Z */
	char text[DURATION_MAX];

	ck_assert_str_eq(moment_words(now_us - moments[_i].away_us, now_us, text), moments[_i].words);
}
END_TEST

START_TEST(printed_whole_seconds_read_back_the_same)
{
	char text[DURATION_MAX];

	/* A prime step, so that all sorts of remainders come by. */
	for (int64_t s = 0; s < 30 * 86400; s += 61) {
		int64_t us = -1;

		duration_format(s * US_PER_S, text);
		ck_assert_msg(duration_parse(sv_of(text), &us, NULL), "printed '%s'", text);
		ck_assert_int_eq(us, s * US_PER_S);
	}
}
END_TEST

START_TEST(size_is_read_in_powers_of_1024)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} sizes[] = {
		{"0", 0},
		{"17", 17},
		{"17B", 17},
		{"64KB", 65536},
		{"64kb", 65536},
		{"64KiB", 65536},
		{"512MB", 536870912},
		{"50GB", 53687091200},
		{"2TiB", 2199023255552},
		{"9223372036854775807", INT64_MAX},
	};

	for (size_t i = 0; i < LEN(sizes); i++) {
		int64_t n = -1;

		ck_assert_msg(size_parse(sv_of(sizes[i].text), &n, NULL), "refused '%s'", sizes[i].text);
		ck_assert_int_eq(n, sizes[i].bytes);
	}
}
END_TEST

START_TEST(size_refuses_and_leaves_the_result_alone)
{
	static const char *const wrong[] = {
		"",
		"KB",
		"-1",
		"1.5GB",
		"1 KB",
		"1K",
		"1PB",
		"1KBB",
		"9223372036854775808",
		"8388608TB",
		"9007199254740992KB",
		"99999999999999999999GB",
	};

	for (size_t i = 0; i < LEN(wrong); i++) {
		int64_t n = 42;

		ck_assert_msg(!size_parse(sv_of(wrong[i]), &n, NULL), "took '%s'", wrong[i]);
		ck_assert_int_eq(n, 42);
	}
}
END_TEST

Suite *
suite_duration(void)
{
	Suite *s = suite_create("duration");
	TCase *t = tcase_create("duration");

	tcase_add_loop_test(t, duration_is_read, 0, LEN(durations));
	tcase_add_loop_test(t, duration_refuses_and_leaves_the_result_alone, 0, LEN(bad));
	tcase_add_loop_test(t, duration_is_printed, 0, LEN(printed));
	tcase_add_loop_test(t, a_moment_is_said_as_people_say_it, 0, LEN(moments));
	tcase_add_test(t, printed_whole_seconds_read_back_the_same);
	tcase_add_test(t, size_is_read_in_powers_of_1024);
	tcase_add_test(t, size_refuses_and_leaves_the_result_alone);
	suite_add_tcase(s, t);
	return s;
}
