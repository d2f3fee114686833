/*
 * Expected values are from Python's zoneinfo, footers from files made of nothing but a footer; where days are counted
 * from zero (59,299) from zdump, as Python is a day off there.
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/tz.h"
#include "base/tzif.h"

static const struct tz *
zone(const char *name)
{
	const struct tz *z = NULL;
	struct err err = {0};

	ck_assert_msg(tz_get(sv_of(name), &z, &err), "%s: %s", name, err.msg);
	return z;
}

static int64_t
instant(const char *text)
{
	int64_t t = TIME_NONE;

	ck_assert_msg(rfc3339_parse(sv_of(text), &t, NULL), "no time: %s", text);
	return t;
}

static const struct {
	const char *zone, *at;
	int32_t before_s, after_s;
} jumps[] = {
	{"America/New_York", "2024-03-10T07:00:00Z", -18000, -14400},
	{"America/New_York", "2024-11-03T06:00:00Z", -14400, -18000},
	{"Europe/Berlin", "2024-03-31T01:00:00Z", 3600, 7200},
	{"Europe/Berlin", "2024-10-27T01:00:00Z", 7200, 3600},
	{"Australia/Lord_Howe", "2024-04-06T15:00:00Z", 39600, 37800},
	{"Australia/Lord_Howe", "2024-10-05T15:30:00Z", 37800, 39600},
	{"America/Havana", "2024-03-10T05:00:00Z", -18000, -14400},
	{"America/Havana", "2024-11-03T05:00:00Z", -14400, -18000},
	{"America/St_Johns", "2010-03-14T03:31:00Z", -12600, -9000},
	{"America/St_Johns", "2010-11-07T02:31:00Z", -9000, -12600},
	{"Pacific/Apia", "2011-12-30T10:00:00Z", -36000, 50400},
	{"Pacific/Kwajalein", "1993-08-21T12:00:00Z", -43200, 43200},
	{"Asia/Seoul", "1987-05-09T17:00:00Z", 32400, 36000},
	{"Asia/Seoul", "1988-10-08T17:00:00Z", 36000, 32400},
	{"Africa/Casablanca", "2024-03-10T02:00:00Z", 3600, 0},
	{"Africa/Casablanca", "2024-04-14T02:00:00Z", 0, 3600},
	{"Asia/Tehran", "2022-09-21T19:30:00Z", 16200, 12600},
};

START_TEST(offset_changes_at_the_known_instant)
{
	const struct tz *z = zone(jumps[_i].zone);
	int64_t t = instant(jumps[_i].at);

	ck_assert_int_eq(tz_offset_s(z, t - 1), jumps[_i].before_s);
	ck_assert_int_eq(tz_offset_s(z, t), jumps[_i].after_s);
	ck_assert_int_eq(tz_to_local_us(z, t), t + jumps[_i].after_s * US_PER_S);
}
END_TEST

/* Every minute of the wall clock from two days before to two days after, against the definition. */
START_TEST(wall_time_maps_to_the_instants_that_show_it)
{
	const struct tz *z = zone(jumps[_i].zone);
	int64_t t = instant(jumps[_i].at);
	int64_t before = jumps[_i].before_s * US_PER_S, after = jumps[_i].after_s * US_PER_S;

	for (int64_t w = t - 48 * US_PER_HOUR; w < t + 48 * US_PER_HOUR; w += US_PER_MIN) {
		int64_t first = 0, second = 0;
		enum tz_fold fold = tz_from_local(z, w, &first, &second);
		bool early = w - before < t, late = w - after >= t;

		if (early && late) {
			ck_assert_int_eq(fold, TZ_TWICE);
			ck_assert_int_eq(first, w - before);
			ck_assert_int_eq(second, w - after);
		} else if (early || late) {
			ck_assert_int_eq(fold, TZ_ONE);
			ck_assert_int_eq(first, early ? w - before : w - after);
			ck_assert_int_eq(second, first);
		} else {
			ck_assert_int_eq(fold, TZ_GAP);
			ck_assert_int_eq(first, t);
			ck_assert_int_eq(second, t);
		}
	}
}
END_TEST

static const struct {
	const char *text;
	int32_t first_s; /* on 2099-12-20 */
	struct {
		int64_t at_s;
		int32_t offset_s;
	} jump[2]; /* until 2101-01-10 */
} footers[] = {
	{"EST5EDT,M3.2.0,M11.1.0", -18000, {{4108690800, -14400}, {4129250400, -18000}}},
	{"CET-1CEST,M3.5.0,M10.5.0/3", 3600, {{4109878800, 7200}, {4128627600, 3600}}},
	{"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 39600, {{4110447600, 37800}, {4126174200, 39600}}},
	{"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, {{4109878800, -3600}, {4128627600, -7200}}},
	{"AAA3BBB,J60/0,J300/23:30", -10800, {{4107553200, -7200}, {4128370200, -10800}}},
	{"AAA-5BBB,59,299/1:02:03", 18000, {{4107531600, 21600}, {4128260523, 18000}}},
	{"XXX3EDT4,0/0,J365/23", -14400, {{0, 0}, {0, 0}}},
	{"IST-2IDT,M3.4.4/26,M10.5.0", 7200, {{4109702400, 10800}, {4128620400, 7200}}},
	{"<-03>3<-02>,M3.5.0/-50,M10.5.0/-73", -10800, {{4109706000, -7200}, {4128368400, -10800}}},
	{"IST-1GMT0,M10.5.0,M3.5.0/1", 0, {{4109878800, 3600}, {4128627600, 0}}},
	{"KST-9", 32400, {{0, 0}, {0, 0}}},
	{"<+0545>-5:45", 20700, {{0, 0}, {0, 0}}},
};

START_TEST(footer_holds_through_the_year_2100)
{
	struct posix_tz p;
	struct err err = {0};
	int64_t from = civil_days(2099, 12, 20) * 86400, to = civil_days(2101, 1, 10) * 86400;

	ck_assert_msg(posix_tz_parse(sv_of(footers[_i].text), &p, &err), "%s", err.msg);
	for (int64_t t = from; t < to; t += 900) {
		int32_t want = footers[_i].first_s;
		struct tz_stretch s = posix_tz_at(&p, t);

		for (size_t j = 0; j < 2; j++)
			if (footers[_i].jump[j].at_s != 0 && t >= footers[_i].jump[j].at_s)
				want = footers[_i].jump[j].offset_s;
		ck_assert_msg(s.offset_s == want, "%s at %lld: %d", footers[_i].text, (long long)t,
		              s.offset_s);
		ck_assert(s.from_s <= t && t < s.to_s);
	}
	for (size_t j = 0; j < 2; j++)
		if (footers[_i].jump[j].at_s != 0)
			ck_assert_int_eq(posix_tz_at(&p, footers[_i].jump[j].at_s).from_s,
			                 footers[_i].jump[j].at_s);
}
END_TEST

START_TEST(footer_days_count_february_29_only_without_the_j)
{
	struct posix_tz j, n;

	ck_assert(posix_tz_parse(SV("AAA0BBB,J60/0,J300/0"), &j, NULL));
	ck_assert(posix_tz_parse(SV("AAA0BBB,59/0,300/0"), &n, NULL));
	/* 2104 is a leap year: J60 is March 1 as always, day 59 is February 29. */
	ck_assert_int_eq(posix_tz_at(&j, civil_days(2104, 5, 1) * 86400).from_s,
	                 civil_days(2104, 3, 1) * 86400);
	ck_assert_int_eq(posix_tz_at(&n, civil_days(2104, 5, 1) * 86400).from_s,
	                 civil_days(2104, 2, 29) * 86400);
}
END_TEST

static const char *const bad_footers[] = {
	"",
	"K9",
	"KST",
	"KST-25",
	"KST-9:60",
	"KST-9x",
	"<+03-3",
	"<+>-3",
	"EST5EDT",
	"EST5EDT,M3.2.0",
	"EST5EDT,M3.2.0,M11.1.0,",
	"EST5EDT,M13.2.0,M11.1.0",
	"EST5EDT,M3.0.0,M11.1.0",
	"EST5EDT,M3.6.0,M11.1.0",
	"EST5EDT,M3.2.7,M11.1.0",
	"EST5EDT,J0,J300",
	"EST5EDT,J366,J300",
	"EST5EDT,0,366",
	"EST5EDT,M3.2.0/168,M11.1.0",
	"EST5EDT,M3.2.0/-168,M11.1.0",
	"EST5EDT,M3.2,M11.1.0",
	"EST99999999999EDT,0,1",
	":America/New_York",
	"EST5EDT4,0/0,J365/23/1",
};

START_TEST(broken_footer_is_refused)
{
	struct posix_tz p = {.std_s = 42};

	ck_assert_msg(!posix_tz_parse(sv_of(bad_footers[_i]), &p, NULL), "took '%s'", bad_footers[_i]);
	ck_assert_int_eq(p.std_s, 42);
}
END_TEST

START_TEST(utc_needs_no_file)
{
	int64_t first, second;

	ck_assert_int_eq(setenv("TZDIR", "/nonexistent", 1), 0);
	ck_assert_ptr_eq(zone("UTC"), tz_utc);
	ck_assert_str_eq(tz_name(tz_utc), "UTC");
	ck_assert_int_eq(tz_offset_s(tz_utc, 0), 0);
	ck_assert_int_eq(tz_from_local(tz_utc, -1, &first, &second), TZ_ONE);
	ck_assert_int_eq(first, -1);
	unsetenv("TZDIR");
}
END_TEST

START_TEST(any_instant_is_safe)
{
	static const int64_t t[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
	const struct tz *z = zone("America/New_York");

	for (size_t i = 0; i < LEN(t); i++) {
		int64_t first, second;

		tz_to_local_us(z, t[i]);
		tz_from_local(z, t[i], &first, &second);
	}
}
END_TEST

START_TEST(zone_is_read_once)
{
	ck_assert_ptr_eq(zone("Asia/Seoul"), zone("Asia/Seoul"));
	ck_assert_str_eq(tz_name(zone("Asia/Seoul")), "Asia/Seoul");
}
END_TEST

static const struct {
	const char *name, *hint;
} unknown[] = {
	{"Invalid/Timezone", "zones are named like"},
	{"Asia/Soeul", "'Asia/Seoul'"},
	{"seoul", "'Asia/Seoul'"},
	{"america/new_york", "'America/New_York'"},
	{"America", ""},
	{"", ""},
	{"/etc/passwd", ""},
	{"../../../etc/passwd", ""},
	{"Asia/../Asia/Seoul", ""},
	{"Asia//Seoul", ""},
	{"Asia/Seoul/", ""},
	{"tzdata.zi", ""},
	{"localtime", ""},
	{"EST5EDT,M3.2.0,M11.1.0", ""},
};

START_TEST(unknown_zone_is_an_error_with_a_hint)
{
	const struct tz *z = tz_utc;
	struct err err = {0};

	ck_assert_msg(!tz_get(sv_of(unknown[_i].name), &z, &err), "took '%s'", unknown[_i].name);
	ck_assert_ptr_eq(z, tz_utc);
	ck_assert_int_eq(err.code, ERR_ARG);
	ck_assert_msg(strstr(err.hint, unknown[_i].hint) != NULL, "%s: %s", unknown[_i].name, err.hint);
	ck_assert(!tz_get((struct sv){"Asia/Seoul\0x", 12}, &z, NULL));
}
END_TEST

START_TEST(names_are_sorted_and_usable)
{
	size_t n;
	const char *const *names = tz_names(&n);

	ck_assert_uint_gt(n, 300);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			ck_assert_str_lt(names[i - 1], names[i]);
		zone(names[i]);
	}
}
END_TEST

START_TEST(missing_zone_folder_is_told)
{
	const struct tz *z;
	struct err err = {0};

	ck_assert_int_eq(setenv("TZDIR", "/nonexistent", 1), 0);
	/* Not a zone that another test may have read already. */
	ck_assert(!tz_get(SV("Asia/Nowhere"), &z, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.hint, "tzdata"));
	unsetenv("TZDIR");
}
END_TEST

/* A small zone file: version 2, an empty first block, one jump from type 0 to type 1 at 1000, a footer. */
#define HEADER(version, time, type, chars)              \
	"TZif" version "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" time "\0\0\0" type "\0\0\0" chars
#define TYPES "\0\0\0\0\0\0\0\0\x0e\x10\1\0"
static const char good_file[] = HEADER("2", "\0", "\1", "\4") "\0\0\0\0\0\0"
							      "UTC\0" HEADER("2", "\1", "\2",
                                                                             "\4") "\0\0\0\0\0\0\3\xe8"
										   "\1" TYPES "UTC\0"
										   "\nUTC0\n";
#define GOOD ((struct sv){good_file, sizeof(good_file) - 1})
#define SECOND_HEADER (44 + 10)

START_TEST(small_file_is_read)
{
	AUTO(arena) a = arena_new();
	struct tzif z;
	struct err err = {0};

	ck_assert_msg(tzif_parse(a, GOOD, &z, &err), "%s", err.msg);
	ck_assert_int_eq(tzif_at(&z, 999).offset_s, 0);
	ck_assert_int_eq(tzif_at(&z, 999).to_s, 1000);
	ck_assert_int_eq(tzif_at(&z, 1000).offset_s, 0); /* the footer's, past the last jump */
	ck_assert_int_eq(tzif_at(&z, 1000).from_s, 1000);
}
END_TEST

START_TEST(file_cut_anywhere_is_refused)
{
	for (size_t n = 0; n < GOOD.n; n++) {
		AUTO(arena) a = arena_new();
		struct tzif z = {.n = 42};
		struct err err = {0};
		char *copy = xmalloc(n + 1); /* of just this size, for the sanitizer to watch its end */

		memcpy(copy, good_file, n);
		copy = xrealloc(copy, n > 0 ? n : 1);
		ck_assert_msg(!tzif_parse(a, (struct sv){copy, n}, &z, &err), "took %zu bytes", n);
		ck_assert_int_eq(err.code, ERR_FORMAT);
		ck_assert_uint_eq(z.n, 42);
		free(copy);
	}
}
END_TEST

START_TEST(any_byte_changed_is_read_or_refused_but_safe)
{
	for (size_t i = 0; i < GOOD.n; i++)
		for (int v = 0; v < 256; v += 1 + (v > 8 && v < 240 ? 30 : 0)) {
			AUTO(arena) a = arena_new();
			struct tzif z = {0};
			char copy[sizeof(good_file)];

			memcpy(copy, good_file, sizeof(copy));
			copy[i] = (char)v;
			if (tzif_parse(a, (struct sv){copy, GOOD.n}, &z, NULL)) {
				tzif_at(&z, INT64_MIN / 1000000);
				tzif_at(&z, INT64_MAX / 1000000);
			}
		}
}
END_TEST

static const struct {
	size_t at;
	char byte;
	const char *says;
} broken[] = {
	{0, 'X', "TZif"},
	{4, '9', "version"},
	{SECOND_HEADER + 4, '3', "headers differ"},
	{SECOND_HEADER + 23, 1, "counts"},       /* isutcnt */
	{SECOND_HEADER + 27, 1, "counts"},       /* isstdcnt */
	{SECOND_HEADER + 31, 1, "leap seconds"}, /* leapcnt */
	{SECOND_HEADER + 32, 0x7f, "cut off"},   /* timecnt */
	{SECOND_HEADER + 36, 0x7f, "too many"},  /* typecnt */
	{SECOND_HEADER + 39, 0, "no local time"},
	{SECOND_HEADER + 40, 0x7f, "cut off"},    /* charcnt */
	{SECOND_HEADER + 44 + 8, 2, "not there"}, /* the jump's type */
	{SECOND_HEADER + 44 + 9, 0x7f, "range"},  /* an offset */
	{SECOND_HEADER + 44 + 13, 2, "broken"},   /* is_dst */
	{SECOND_HEADER + 44 + 14, 4, "broken"},   /* the name's index */
	{SECOND_HEADER + 44 + 25, 'x', "footer"},
	{SECOND_HEADER + 44 + 26, '1', "POSIX"},
};

START_TEST(broken_file_is_refused_with_its_reason)
{
	AUTO(arena) a = arena_new();
	struct tzif z = {.n = 42};
	struct err err = {0};
	char copy[sizeof(good_file)];

	memcpy(copy, good_file, sizeof(copy));
	copy[broken[_i].at] = broken[_i].byte;
	ck_assert(!tzif_parse(a, (struct sv){copy, GOOD.n}, &z, &err));
	ck_assert_int_eq(err.code, ERR_FORMAT);
	ck_assert_msg(strstr(err.msg, broken[_i].says) != NULL, "%s", err.msg);
	ck_assert_uint_eq(z.n, 42);
}
END_TEST

START_TEST(broken_file_in_the_folder_is_named)
{
	char dir[] = "/tmp/test-tz-XXXXXX", path[64];
	const struct tz *z;
	struct err err = {0};
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/Here", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("TZif2 but no more", f);
	fclose(f);
	ck_assert_int_eq(setenv("TZDIR", dir, 1), 0);
	ck_assert(!tz_get(SV("Here"), &z, &err));
	ck_assert_int_eq(err.code, ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(err.msg, "'Here'"));
	unsetenv("TZDIR");
	unlink(path);
	rmdir(dir);
}
END_TEST

static void *
look_up_all(void *arg)
{
	static const char *const some[] = {"Asia/Seoul", "Europe/Berlin", "America/New_York", "UTC",
	                                   "Asia/Soeul"};
	int *found = arg;

	for (size_t i = 0; i < LEN(some) * 20; i++) {
		const struct tz *z;

		if (tz_get(sv_of(some[i % LEN(some)]), &z, NULL) && tz_offset_s(z, 0) < 100000)
			++*found;
	}
	return NULL;
}

START_TEST(threads_share_zones)
{
	pthread_t thread[4];
	int found[LEN(thread)] = {0};

	for (size_t i = 0; i < LEN(thread); i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, look_up_all, &found[i]), 0);
	for (size_t i = 0; i < LEN(thread); i++) {
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
		ck_assert_int_eq(found[i], 80);
	}
}
END_TEST

Suite *
suite_tz(void)
{
	Suite *s = suite_create("tz");
	TCase *t = tcase_create("tz");

	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, offset_changes_at_the_known_instant, 0, LEN(jumps));
	tcase_add_loop_test(t, wall_time_maps_to_the_instants_that_show_it, 0, LEN(jumps));
	tcase_add_loop_test(t, footer_holds_through_the_year_2100, 0, LEN(footers));
	tcase_add_test(t, footer_days_count_february_29_only_without_the_j);
	tcase_add_loop_test(t, broken_footer_is_refused, 0, LEN(bad_footers));
	tcase_add_test(t, utc_needs_no_file);
	tcase_add_test(t, any_instant_is_safe);
	tcase_add_test(t, zone_is_read_once);
	tcase_add_loop_test(t, unknown_zone_is_an_error_with_a_hint, 0, LEN(unknown));
	tcase_add_test(t, names_are_sorted_and_usable);
	tcase_add_test(t, missing_zone_folder_is_told);
	tcase_add_test(t, small_file_is_read);
	tcase_add_test(t, file_cut_anywhere_is_refused);
	tcase_add_test(t, any_byte_changed_is_read_or_refused_but_safe);
	tcase_add_loop_test(t, broken_file_is_refused_with_its_reason, 0, LEN(broken));
	tcase_add_test(t, broken_file_in_the_folder_is_named);
	tcase_add_test(t, threads_share_zones);
	suite_add_tcase(s, t);
	return s;
}
