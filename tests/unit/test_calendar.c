#include <check.h>
#include <stdlib.h>

#include "base/calendar.h"

START_TEST(weekdays_are_read)
{
	static const struct {
		const char *text;
		uint8_t days;
	} sets[] = {
		{"mon-fri", 0x3e}, {"sun-thu", 0x1f},      {"mon,wed,fri", 0x2a}, {"sun", 0x01},
		{"sat-wed", 0x4f}, {"Mon-Tue, SAT", 0x46}, {"sun-sat", 0x7f},     {"mon-mon", 0x02},
	};

	for (size_t i = 0; i < LEN(sets); i++) {
		uint8_t days = 0;

		ck_assert_msg(weekdays_parse(sv_of(sets[i].text), &days, NULL), "refused %s", sets[i].text);
		ck_assert_msg(days == sets[i].days, "%s: %x", sets[i].text, days);
	}
}
END_TEST

START_TEST(what_is_no_weekday_is_refused)
{
	static const char *const bad[] = {
		"", "monday", "mon-", "-fri", "mon,,tue", "mon,", "1-5", "mon-fri-sun", "mon fri", "*",
	};

	for (size_t i = 0; i < LEN(bad); i++) {
		struct err err = {0};
		uint8_t days = 42;

		ck_assert_msg(!weekdays_parse(sv_of(bad[i]), &days, &err), "took '%s'", bad[i]);
		ck_assert_uint_eq(days, 42);
		ck_assert_str_ne(err.hint, "");
	}
}
END_TEST

#define BEGIN "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n"
#define END "END:VEVENT\r\nEND:VCALENDAR\r\n"

static struct calendar
read_ics(struct arena *a, const char *text)
{
	struct calendar c = {.weekdays = 0x7f};
	struct err err = {0};

	ck_assert_msg(calendar_add_ics(a, &c, "h.ics", sv_of(text), &err), "line %u: %s", err.loc.line,
	              err.msg);
	return c;
}

static int64_t
day_of(const char *text)
{
	struct time_text t;

	ck_assert(time_text_parse((struct sv){text, 10}, &t));
	return t.us / US_PER_DAY;
}

/* Holidays from `from` to `to`, listed by hand; a space stands between two. */
static const struct {
	const char *ics, *from, *to, *days;
} events[] = {
	{BEGIN "DTSTART;VALUE=DATE:20240101\r\n" END, "2023-01-01", "2025-12-31", "2024-01-01"},
	{BEGIN "DTSTART;VALUE=DATE:20240209\r\nDTEND;VALUE=DATE:20240213\r\n" END, "2024-01-01", "2024-12-31",
         "2024-02-09 2024-02-10 2024-02-11 2024-02-12"},
	{BEGIN "DTEND;VALUE=DATE:20240102\r\nDTSTART;VALUE=DATE:20240101\r\n" END, "2024-01-01", "2024-12-31",
         "2024-01-01"},
	{BEGIN "DTSTART;VALUE=DATE:20240101\r\nDTEND;VALUE=DATE:20240101\r\n" END, "2024-01-01", "2024-12-31",
         "2024-01-01"},
	{BEGIN "DTSTART:20240101\r\nDURATION:P2D\r\n" END, "2024-01-01", "2024-12-31",
         "2024-01-01 2024-01-02"},
	{BEGIN "DTSTART:20240101\r\nDURATION:P1W\r\n" END, "2024-01-06", "2024-12-31",
         "2024-01-06 2024-01-07"},
	{BEGIN "DTSTART;TZID=Asia/Seoul:20240101T230000\r\nDTEND;TZID=Asia/Seoul:20240102T010000\r\n" END,
         "2024-01-01", "2024-12-31", "2024-01-01"},
	{BEGIN "DTSTART:20240101T000000Z\r\nDURATION:PT36H\r\n" END, "2024-01-01", "2024-12-31",
         "2024-01-01"},
	{BEGIN "DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\n" END, "2019-01-01", "2023-01-01",
         "2020-12-25 2021-12-25 2022-12-25"},
	{BEGIN "DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\n" END, "2099-01-01", "2100-12-31",
         "2099-12-25 2100-12-25"},
	{BEGIN "DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY;COUNT=2\r\n" END, "2019-01-01", "2030-01-01",
         "2020-12-25 2021-12-25"},
	{BEGIN "DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY;INTERVAL=3;UNTIL=20261225\r\n" END,
         "2019-01-01", "2040-01-01", "2020-12-25 2023-12-25 2026-12-25"},
	{BEGIN "DTSTART;VALUE=DATE:20201225\r\nRRULE:UNTIL=20221224T235959Z;FREQ=YEARLY\r\n" END,
         "2019-01-01", "2040-01-01", "2020-12-25 2021-12-25"},
	/* In leap years only, and only they count. */
	{BEGIN "DTSTART;VALUE=DATE:20200229\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n" END, "2019-01-01", "2050-01-01",
         "2020-02-29 2024-02-29 2028-02-29"},
	/* Exceptions count, but do not happen. */
	{BEGIN "DTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20200103\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n"
               "EXDATE;VALUE=DATE:20210101\r\n" END,
         "2019-01-01", "2050-01-01", "2020-01-01 2020-01-02 2022-01-01 2022-01-02"},
	{BEGIN "DTSTART;VALUE=DATE:20200101\r\nEXDATE;VALUE=DATE:20200101,20210101\r\n" END, "2019-01-01",
         "2050-01-01", ""},
	{BEGIN "DTSTART;VALUE=DATE:20240101\r\nSTATUS:CANCELLED\r\n" END, "2023-01-01", "2025-12-31", ""},
	/* Folded lines, in odd places; plain newlines; a byte order mark; lower case; quoted colons. */
	{BEGIN "DTSTA\r\n RT;VALUE=DATE:2024\r\n\t0101\r\nSUMMARY:New\r\n  Year: a\r\n  day\r\n" END,
         "2023-01-01", "2025-12-31", "2024-01-01"},
	{"\xef\xbb\xbf"
         "begin:vcalendar\nbegin:vevent\ndtstart;x=\"a:b;c\":20240101\nend:vevent\n\nend:vcalendar",
         "2023-01-01", "2025-12-31", "2024-01-01"},
	/* Dates within other components are not holidays. */
	{"BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
         "RRULE:FREQ=MONTHLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
         "BEGIN:VALARM\r\nDURATION:PT5M\r\nDTSTART:19700102\r\nEND:VALARM\r\nDTSTART:20240101\r\n" END,
         "1969-01-01", "2025-12-31", "2024-01-01"},
	{"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "2023-01-01", "2025-12-31", ""},
};

START_TEST(event_gives_its_days)
{
	AUTO(arena) a = arena_new();
	struct calendar c = read_ics(a, events[_i].ics);
	char text[RFC3339_MAX];
	struct sv got = {0};

	for (int64_t d = day_of(events[_i].from); d <= day_of(events[_i].to); d++)
		if (!calendar_works(&c, d))
			got = arena_svf(a, SV_FMT "%s%s", SV_ARG(got), got.n > 0 ? " " : "",
			                date_format(d, text));
	ck_assert_str_eq(arena_str(a, got), events[_i].days);
	for (size_t i = 1; i < c.nholiday; i++)
		ck_assert_int_lt(c.holiday[i - 1], c.holiday[i]);
}
END_TEST

static const struct {
	const char *ics;
	uint32_t line;
	const char *says;
} bad[] = {
	{"", 1, "BEGIN:VCALENDAR"},
	{"hello\r\n", 1, "no ':'"},
	{"VERSION:2.0\r\n", 1, "BEGIN:VCALENDAR"},
	{"BEGIN:VEVENT\r\nDTSTART:20240101\r\nEND:VEVENT\r\n", 1, "BEGIN:VCALENDAR"},
	{BEGIN "DTSTART:20240101\r\nEND:VEVENT\r\n", 5, "ends before END:VCALENDAR"},
	{BEGIN "DTSTART:20240101\r\n", 4, "ends before END:VEVENT"},
	{BEGIN "DTSTART:20240101\r\nEND:VCALENDAR\r\n", 5, "should end"},
	{BEGIN "SUMMARY:no date\r\n" END, 3, "no DTSTART"},
	{BEGIN "DTSTART:20240230\r\n" END, 4, "20240230"},
	{BEGIN "DTSTART:2024-01-01\r\n" END, 4, "not a date"},
	{BEGIN "DTSTART:20240101T250000\r\n" END, 4, "not a date"},
	{BEGIN "DTSTART:\r\n" END, 4, "not a date"},
	{BEGIN "DTSTART:20240101\r\nDTSTART:20240102\r\n" END, 5, "second DTSTART"},
	{BEGIN "DTSTART:20240101\r\nDTEND:20240103\r\nDURATION:P1D\r\n" END, 6, "second DURATION"},
	{BEGIN "DTSTART:20240102\r\nDTEND:20240101\r\n" END, 3, "before it begins"},
	{BEGIN "DTSTART:20240102\r\nDURATION:PT4H\r\n" END, 3, "between two days"},
	{BEGIN "DTSTART:20240102\r\nDURATION:-P1D\r\n" END, 5, "DURATION"},
	{BEGIN "DTSTART:20240102\r\nDTEND:20260101\r\n" END, 3, "more than a year"},
	{BEGIN "SUMMARY:a\r\n b\r\nDTSTART:20240101\r\nRRULE:FREQ=MONTHLY\r\n" END, 7, "FREQ=MONTHLY"},
	{BEGIN "DTSTART:20240101\r\nRRULE:FREQ=YEARLY;BYMONTH=2\r\n" END, 5, "BYMONTH=2"},
	{BEGIN "DTSTART:20240101\r\nRRULE:COUNT=2\r\n" END, 5, "not supported"},
	{BEGIN "DTSTART:20240101\r\nRRULE:\r\n" END, 5, "not supported"},
	{BEGIN "DTSTART:20240101\r\nRRULE:FREQ=YEARLY;COUNT=0\r\n" END, 5, "COUNT=0"},
	{BEGIN "DTSTART:20240101\r\nRRULE:FREQ=YEARLY;INTERVAL=-1\r\n" END, 5, "INTERVAL=-1"},
	{BEGIN "DTSTART:20240101\r\nRRULE:FREQ=YEARLY;COUNT=2;UNTIL=20300101\r\n" END, 5, "not supported"},
	{BEGIN "DTSTART:20240101\r\nRRULE:FREQ=YEARLY;UNTIL=soon\r\n" END, 5, "soon"},
	{BEGIN "DTSTART:20240101\r\nRDATE:20240501\r\n" END, 5, "RDATE"},
	{BEGIN "DTSTART:20240101\r\nEXDATE:20240501,x\r\n" END, 5, "'x'"},
	{BEGIN "DTSTART:20240101\r\nRECURRENCE-ID:20240501\r\n" END, 5, "RECURRENCE-ID"},
};

START_TEST(broken_file_is_refused_at_its_line)
{
	AUTO(arena) a = arena_new();
	struct calendar c = {.nholiday = 0};
	struct err err = {0};

	ck_assert(!calendar_add_ics(a, &c, "h.ics", sv_of(bad[_i].ics), &err));
	ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s", err.msg);
	ck_assert_uint_eq(err.loc.line, bad[_i].line);
	ck_assert_str_eq(err.loc.file, "h.ics");
	ck_assert_uint_eq(c.nholiday, 0);
}
END_TEST

START_TEST(too_many_holidays_are_a_limit)
{
	AUTO(arena) a = arena_new();
	struct calendar c = {.nholiday = 0};
	struct err err = {0};
	struct sv one = SV("BEGIN:VEVENT\nDTSTART:00010101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n");
	struct sv text = SV("BEGIN:VCALENDAR\n");

	for (int i = 0; i < 100; i++)
		text = arena_svf(a, SV_FMT SV_FMT, SV_ARG(text), SV_ARG(one));
	ck_assert(!calendar_add_ics(a, &c, "h.ics", text, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(two_files_add_up)
{
	AUTO(arena) a = arena_new();
	struct calendar c = read_ics(a, BEGIN "DTSTART:20240102\r\n" END);

	ck_assert(
		calendar_add_ics(a, &c, "2.ics", SV(BEGIN "DTSTART:20240101\r\nDURATION:P2D\r\n" END), NULL));
	ck_assert_uint_eq(c.nholiday, 2);
	ck_assert_int_eq(c.holiday[0], day_of("2024-01-01"));
	ck_assert_int_eq(c.holiday[1], day_of("2024-01-02"));
}
END_TEST

static int64_t
instant(const char *text)
{
	int64_t t = TIME_NONE;

	ck_assert(rfc3339_parse(sv_of(text), &t, NULL));
	return t;
}

START_TEST(ticks_keep_to_working_days_of_the_zone)
{
	AUTO(arena) a = arena_new();
	/* Lunar new year 2024: Friday February 9 to Monday 12. */
	struct calendar c = read_ics(a, BEGIN "DTSTART:20240209\r\nDTEND:20240213\r\n" END);
	const struct tz *seoul;
	struct cron cron;

	ck_assert(tz_get(SV("Asia/Seoul"), &seoul, NULL));
	ck_assert(cron_parse(SV("0 6 * * *"), &cron, NULL));
	ck_assert(weekdays_parse(SV("mon-fri"), &c.weekdays, NULL));
	/* 06:00 in Seoul is 21:00 of the day before in UTC. */
	ck_assert_int_eq(calendar_cron_next(&c, &cron, seoul, instant("2024-02-07T21:00:00Z")),
	                 instant("2024-02-12T21:00:00Z"));
	ck_assert_int_eq(calendar_cron_prev(&c, &cron, seoul, instant("2024-02-12T20:59:59Z")),
	                 instant("2024-02-07T21:00:00Z"));
	ck_assert_int_eq(calendar_cron_prev(&c, &cron, seoul, instant("2024-02-12T21:00:00Z")),
	                 instant("2024-02-12T21:00:00Z"));
	ck_assert_int_eq(calendar_cron_next(NULL, &cron, seoul, instant("2024-02-07T21:00:00Z")),
	                 instant("2024-02-08T21:00:00Z"));
	c.weekdays = 0;
	ck_assert_int_eq(calendar_cron_next(&c, &cron, seoul, 0), TIME_NONE);
}
END_TEST

Suite *
suite_calendar(void)
{
	Suite *s = suite_create("calendar");
	TCase *t = tcase_create("calendar");

	tcase_add_test(t, weekdays_are_read);
	tcase_add_test(t, what_is_no_weekday_is_refused);
	tcase_add_loop_test(t, event_gives_its_days, 0, LEN(events));
	tcase_add_loop_test(t, broken_file_is_refused_at_its_line, 0, LEN(bad));
	tcase_add_test(t, too_many_holidays_are_a_limit);
	tcase_add_test(t, two_files_add_up);
	tcase_add_test(t, ticks_keep_to_working_days_of_the_zone);
	suite_add_tcase(s, t);
	return s;
}
