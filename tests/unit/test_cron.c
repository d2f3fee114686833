#include <check.h>
#include <stdlib.h>

#include "base/cron.h"

static struct cron
cron_of(const char *text)
{
	struct cron c = {0};
	struct err err = {0};

	ck_assert_msg(cron_parse(sv_of(text), &c, &err), "%s", err.msg);
	return c;
}

static const struct tz *
zone(const char *name)
{
	const struct tz *z = NULL;

	ck_assert_msg(tz_get(sv_of(name), &z, NULL), "no zone %s", name);
	return z;
}

static int64_t
instant(const char *text)
{
	int64_t t = TIME_NONE;

	ck_assert_msg(rfc3339_parse(sv_of(text), &t, NULL), "no time: %s", text);
	return t;
}

static const char *const good[] = {
	"* * * * *",     "0 10 * * *",      "*/15 * * * *",
	"*/90 * * * *",  "0 */6 * * *",     "0,30 8-18/2 1,15 * 1-5",
	"0 0 1 jan *",   "0 0 * * sun-sat", "0 0 * * MON,wed",
	"0 0 * * 7",     "0 0 * * 5-7",     "0 0 29 2 *",
	"0 0 30 1,2 *",  "0 0 30 2 1",      "5/10 * * * *",
	" 0\t6  * * * ", "@hourly",         "@daily",
	"@midnight",     "@weekly",         "@monthly",
	"@yearly",       "@annually",       "0 0 31 12 *",
	"59 23 31 12 7",
};

START_TEST(schedule_is_read)
{
	cron_of(good[_i]);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "0 fields"},
	{"0 10 * *", "4 fields"},
	{"0 10 * * * *", "6 fields"},
	{"60 * * * *", "minute 60 is not in 0-59"},
	{"* 24 * * *", "hour 24"},
	{"* * 0 * *", "day of the month 0"},
	{"* * 32 * *", "day of the month 32"},
	{"* * * 0 *", "month 0"},
	{"* * * 13 *", "month 13"},
	{"* * * * 8", "day of the week 8"},
	{"0 0 30 2 *", "never comes"},
	{"0 0 31 2 *", "never comes"},
	{"0 0 31 4,6,9,11 *", "never comes"},
	{"0 22-2 * * *", "runs backwards"},
	{"0 0 * * fri-mon", "runs backwards"},
	{"0 0 * * sat-sun", "runs backwards"},
	{"0 0 * nov-feb *", "runs backwards"},
	{"*/0 * * * *", "step"},
	{"*/ * * * *", "step"},
	{"*/x * * * *", "step"},
	{"1//2 * * * *", "step"},
	{"1,,2 * * * *", "'' is not a minute"},
	{",1 * * * *", "'' is not a minute"},
	{"1, * * * *", "'' is not a minute"},
	{"1- * * * *", "'' is not a minute"},
	{"-1 * * * *", "'' is not a minute"},
	{"1-2-3 * * * *", "'2-3' is not a minute"},
	{"*-5 * * * *", "'*' is not a minute"},
	{"1.5 * * * *", "is not a minute"},
	{"+1 * * * *", "is not a minute"},
	{"99999999999 * * * *", "is not a minute"},
	{"mon * * * *", "is not a minute"},
	{"* * * mon *", "is not a month"},
	{"* * * * jan", "is not a day of the week"},
	{"* * L * *", "is not a day of the month"},
	{"* * ? * *", "is not a day of the month"},
	{"0 0 * * 1#2", "is not a day of the week"},
	{"@every 5m", "no such schedule"},
	{"@reboot", "no such schedule"},
	{"@", "no such schedule"},
};

START_TEST(broken_schedule_is_refused_with_its_reason)
{
	struct cron c = {.minute = 42};
	struct err err = {0};

	ck_assert_msg(!cron_parse(sv_of(bad[_i].text), &c, &err), "took '%s'", bad[_i].text);
	ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s: %s", bad[_i].text, err.msg);
	ck_assert_int_eq(err.code, ERR_ARG);
	ck_assert_uint_eq(c.minute, 42);
}
END_TEST

/* What Dagster answers for the last tick, worked out by hand from its rules. */
static const struct {
	const char *cron, *zone, *now, *prev;
} known[] = {
	{"0 9 * * *", "UTC", "2024-01-01T10:00:00Z", "2024-01-01T09:00:00Z"},
	{"0 9 * * *", "UTC", "2024-01-01T09:00:00Z", "2024-01-01T09:00:00Z"},
	{"0 9 * * *", "UTC", "2024-01-01T08:59:59.999999Z", "2023-12-31T09:00:00Z"},
	{"0 */6 * * *", "UTC", "2024-01-01T17:59:00Z", "2024-01-01T12:00:00Z"},
	{"0 12 * * 1", "UTC", "2024-01-01T11:59:00Z", "2023-12-25T12:00:00Z"},
	{"0 12 * * 1", "UTC", "2024-01-01T12:00:30Z", "2024-01-01T12:00:00Z"},
	{"*/90 * * * *", "UTC", "2024-01-01T07:45:00Z", "2024-01-01T07:00:00Z"},
	{"0 9 * * *", "America/New_York", "2024-01-01T14:00:00Z", "2024-01-01T14:00:00Z"},
	{"0 9 * * *", "America/New_York", "2024-03-10T13:30:00Z", "2024-03-10T13:00:00Z"},
	{"0 9 * * *", "America/New_York", "2024-03-10T12:59:59Z", "2024-03-09T14:00:00Z"},
	{"0 9 * * *", "America/New_York", "2024-11-03T13:59:59Z", "2024-11-02T13:00:00Z"},
	{"0 9 * * *", "America/New_York", "2024-11-03T14:00:00Z", "2024-11-03T14:00:00Z"},
	{"30 2 * * *", "America/New_York", "2024-03-10T07:00:00Z", "2024-03-10T07:00:00Z"},
	{"30 2 * * *", "America/New_York", "2024-03-10T06:59:59Z", "2024-03-09T07:30:00Z"},
	{"30 1 * * *", "America/New_York", "2024-11-03T06:00:00Z", "2024-11-02T05:30:00Z"},
	{"30 1 * * *", "America/New_York", "2024-11-03T06:30:00Z", "2024-11-03T06:30:00Z"},
	{"0 * * * *", "America/New_York", "2024-11-03T05:30:00Z", "2024-11-03T05:00:00Z"},
	{"0 * * * *", "America/New_York", "2024-11-03T06:00:00Z", "2024-11-03T06:00:00Z"},
	{"0 0-23 * * *", "America/New_York", "2024-11-03T05:30:00Z", "2024-11-03T05:00:00Z"},
	/* Both day fields: the 13th, and Fridays. */
	{"0 0 13 * 5", "UTC", "2024-09-14T00:00:00Z", "2024-09-13T00:00:00Z"},
	{"0 0 13 * 5", "UTC", "2024-09-12T00:00:00Z", "2024-09-06T00:00:00Z"},
	{"0 0 13 * *", "UTC", "2024-09-12T00:00:00Z", "2024-08-13T00:00:00Z"},
	{"0 0 29 2 *", "UTC", "2027-06-01T00:00:00Z", "2024-02-29T00:00:00Z"},
	{"0 0 29 2 *", "UTC", "2104-02-28T23:59:00Z", "2096-02-29T00:00:00Z"},
	{"@yearly", "Asia/Seoul", "2024-06-01T00:00:00Z", "2023-12-31T15:00:00Z"},
	/* The day that Samoa left out: its ticks come at the first instant of the next. */
	{"0 12 30 12 *", "Pacific/Apia", "2012-06-01T00:00:00Z", "2011-12-30T10:00:00Z"},
	{"0 0 * * *", "America/Havana", "2024-03-10T05:00:00Z", "2024-03-10T05:00:00Z"},
	{"0 0 * * *", "America/Havana", "2024-11-03T04:59:59Z", "2024-11-02T04:00:00Z"},
	{"0 0 * * *", "America/Havana", "2024-11-03T05:00:00Z", "2024-11-03T05:00:00Z"},
};

START_TEST(known_tick_is_found_from_both_sides)
{
	struct cron c = cron_of(known[_i].cron);
	const struct tz *z = zone(known[_i].zone);
	int64_t tick = instant(known[_i].prev);

	ck_assert_int_eq(cron_prev(&c, z, instant(known[_i].now)), tick);
	ck_assert_int_eq(cron_prev(&c, z, tick), tick);
	ck_assert_int_lt(cron_prev(&c, z, tick - 1), tick);
	ck_assert_int_eq(cron_next(&c, z, tick - 1), tick);
	ck_assert_int_gt(cron_next(&c, z, tick), tick);
}
END_TEST

/*
 * An oracle that shares nothing with the code under test: it walks UTC minute by minute with its own table of clock
 * changes and its own reading of the fields.
 */
static const struct jump {
	const char *zone, *at;
	int before_s, after_s;
} jumps[] = {
	{"America/New_York", "2024-03-10T07:00:00Z", -18000, -14400},
	{"America/New_York", "2024-11-03T06:00:00Z", -14400, -18000},
	{"Europe/Berlin", "2024-03-31T01:00:00Z", 3600, 7200},
	{"Europe/Berlin", "2024-10-27T01:00:00Z", 7200, 3600},
	{"Australia/Lord_Howe", "2024-04-06T15:00:00Z", 39600, 37800},
	{"Australia/Lord_Howe", "2024-10-05T15:30:00Z", 37800, 39600},
	{"Asia/Seoul", "2024-02-29T15:00:00Z", 32400, 32400},
	{"UTC", "2024-12-31T00:00:00Z", 0, 0},
	{"America/Havana", "2024-03-10T05:00:00Z", -18000, -14400}, /* at midnight */
	{"America/Havana", "2024-11-03T05:00:00Z", -14400, -18000},
	{"America/St_Johns", "2010-03-14T03:31:00Z", -12600, -9000}, /* a minute past midnight */
	{"America/St_Johns", "2010-11-07T02:31:00Z", -9000, -12600},
	{"Pacific/Apia", "2011-12-30T10:00:00Z", -36000, 50400}, /* a day left out */
	{"Pacific/Kwajalein", "1993-08-21T12:00:00Z", -43200, 43200},
};

/* The ones with the most ticks last: they are tried at fewer instants. */
static const char *const schedules[] = {
	"30 2 * * *",  "30 1 * * *",    "0 0 * * *",     "45 23 * * *",  "0 9 * * 1-5",     "0 0 * * 0",
	"15 0 1 * *",  "30 * * * *",    "0 * * * *",     "*/90 * * * *", "10,50 0-3 * * *", "5 */2 30,31 * 6",
	"0 0 * * sat", "30 23 * * sat", "*/7 1-2 * * *", "*/20 * * * *", "* * * * *",
};
#define NDENSE 2

/* `*`, `*` with a step, numbers, ranges and lists as above. */
static bool
field_has(const char *field, int value)
{
	for (const char *p = field; *p != '\0' && *p != ' '; p += *p == ',') {
		int lo = 0, hi = 59, step = 1;
		char *end;

		if (*p == '*') {
			p++;
		} else if (strncmp(p, "sat", 3) == 0) {
			lo = hi = 6;
			p += 3;
		} else {
			lo = hi = (int)strtol(p, &end, 10);
			p = end;
			if (*p == '-') {
				hi = (int)strtol(p + 1, &end, 10);
				p = end;
			}
		}
		if (*p == '/') {
			step = (int)strtol(p + 1, &end, 10);
			p = end;
		}
		if (value >= lo && value <= hi && (value - lo) % step == 0)
			return true;
	}
	return false;
}

static bool
wall_matches(const char *const field[5], int64_t local_min)
{
	struct civil c = civil_from_us(local_min * US_PER_MIN);
	int weekday = (int)((local_min / 1440 + 4) % 7);
	bool day = field_has(field[2], c.day), week = field_has(field[4], weekday);
	bool both = field[2][0] != '*' && field[4][0] != '*';

	return field_has(field[0], c.minute) && field_has(field[1], c.hour) && field_has(field[3], c.month) &&
	       (both ? day || week : day && week);
}

#define SPAN (12 * 1440) /* minutes on each side of the jump */

/* tick[i]: does the schedule tick i - SPAN minutes after the jump? */
static void
mark_ticks(const char *text, const struct jump *j, int64_t at_min, bool tick[2 * SPAN])
{
	const char *field[5] = {text};
	int before = j->before_s / 60, after = j->after_s / 60;

	for (int i = 1; i < 5; i++)
		field[i] = strchr(field[i - 1], ' ') + 1;
	for (int i = 0; i < 2 * SPAN; i++) {
		int64_t utc_min = at_min + i - SPAN;
		bool comes_again = i < SPAN && i >= SPAN - (before - after);

		tick[i] = wall_matches(field, utc_min + (i < SPAN ? before : after)) &&
		          (!comes_again || strncmp(field[1], "* ", 2) == 0);
	}
	/* What the jump leaves out ticks right after it. */
	for (int64_t wall = at_min + before; wall < at_min + after; wall++)
		tick[SPAN] = tick[SPAN] || wall_matches(field, wall);
}

static void
compare(const char *text, const struct jump *j, const bool tick[2 * SPAN], int i, int64_t at_us)
{
	struct cron c = cron_of(text);
	const struct tz *z = zone(j->zone);
	int64_t t = at_us + (i - SPAN) * US_PER_MIN;
	int prev = i, next = i + 1;

	while (prev >= 0 && !tick[prev])
		prev--;
	while (next < 2 * SPAN && !tick[next])
		next++;
	if (prev >= 0) {
		int64_t want = at_us + (prev - SPAN) * US_PER_MIN;

		ck_assert_msg(cron_prev(&c, z, t) == want, "'%s' %s prev of minute %d", text, j->at,
		              i - SPAN);
		ck_assert_msg(cron_prev(&c, z, t + 59999999) == want, "'%s' %s prev of minute %d, end", text,
		              j->at, i - SPAN);
	}
	if (next < 2 * SPAN) {
		int64_t want = at_us + (next - SPAN) * US_PER_MIN;

		ck_assert_msg(cron_next(&c, z, t) == want, "'%s' %s next of minute %d", text, j->at,
		              i - SPAN);
		ck_assert_msg(cron_next(&c, z, want - 1) == want, "'%s' %s just before minute %d", text,
		              j->at, next - SPAN);
	}
}

START_TEST(ticks_around_a_clock_change_are_those_of_the_oracle)
{
	static bool tick[2 * SPAN];
	const struct jump *j = &jumps[_i];
	int64_t at_us = instant(j->at);

	for (size_t n = 0; n < LEN(schedules); n++) {
		bool dense = n >= LEN(schedules) - NDENSE;

		mark_ticks(schedules[n], j, at_us / US_PER_MIN, tick);
		/* Every minute next to the change; further off, a prime step that meets all minutes in turn. */
		for (int i = SPAN - 36 * 60; i < SPAN + 36 * 60; i += abs(i - SPAN) < 180 && !dense ? 1 : 23)
			compare(schedules[n], j, tick, i, at_us);
	}
}
END_TEST

START_TEST(ticks_end_where_the_calendar_does)
{
	struct cron c = cron_of("* * * * *"), leap = cron_of("0 0 29 2 *");

	ck_assert_int_eq(cron_next(&c, tz_utc, INT64_MAX), TIME_NONE);
	ck_assert_int_eq(cron_prev(&c, tz_utc, INT64_MIN), TIME_NONE);
	ck_assert_int_eq(cron_next(&c, tz_utc, TIME_NONE), TIME_NONE);
	ck_assert_int_eq(cron_next(&leap, tz_utc, instant("2096-02-29T00:00:00Z")),
	                 instant("2104-02-29T00:00:00Z"));
	ck_assert_int_eq(cron_next(&leap, tz_utc, instant("9996-03-01T00:00:00Z")), TIME_NONE);
}
END_TEST

static bool
no_day(const void *arg UNUSED, int64_t day UNUSED)
{
	return false;
}

START_TEST(no_day_that_passes_means_no_tick)
{
	struct cron c = cron_of("* * * * *");
	struct cron_days none = {.pass = no_day};

	ck_assert_int_eq(cron_next_on(&c, tz_utc, none, 0), TIME_NONE);
	ck_assert_int_eq(cron_prev_on(&c, tz_utc, none, 0), TIME_NONE);
}
END_TEST

START_TEST(smallest_gap_is_found)
{
	static const struct {
		const char *cron;
		int64_t us;
	} gaps[] = {
		{"0 10 * * *", US_PER_DAY},        {"0 10 * * 1-5", US_PER_DAY},
		{"0 10 * * 1", 7 * US_PER_DAY},    {"*/15 * * * *", 15 * US_PER_MIN},
		{"0,50 * * * *", 10 * US_PER_MIN}, {"*/90 * * * *", US_PER_HOUR},
		{"0 0 1 * *", 28 * US_PER_DAY},    {"0 0 29 2 *", 1461 * US_PER_DAY},
		{"0 0 1 1 *", 365 * US_PER_DAY},
	};

	for (size_t i = 0; i < LEN(gaps); i++) {
		struct cron c = cron_of(gaps[i].cron);

		ck_assert_int_eq(cron_min_gap_us(&c, instant("2023-01-01T00:00:00Z")), gaps[i].us);
	}
}
END_TEST

Suite *
suite_cron(void)
{
	Suite *s = suite_create("cron");
	TCase *t = tcase_create("cron");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, schedule_is_read, 0, LEN(good));
	tcase_add_loop_test(t, broken_schedule_is_refused_with_its_reason, 0, LEN(bad));
	tcase_add_loop_test(t, known_tick_is_found_from_both_sides, 0, LEN(known));
	tcase_add_loop_test(t, ticks_around_a_clock_change_are_those_of_the_oracle, 0, LEN(jumps));
	tcase_add_test(t, ticks_end_where_the_calendar_does);
	tcase_add_test(t, no_day_that_passes_means_no_tick);
	tcase_add_test(t, smallest_gap_is_found);
	suite_add_tcase(s, t);
	return s;
}
