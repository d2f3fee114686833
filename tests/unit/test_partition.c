#include <check.h>
#include <stdio.h>

#include "catalog/load.h"
#include "catalog/partition.h"

static struct arena *a;
static struct catalog *c;

static const char catalog[] =
	"timezone: UTC\n"
	"assets:\n"
	"  daily: {path: \"d/{date}.csv\", partitions: {date: {every: day, from: 2024-01-01, closes_after: "
	"2h}}}\n"
	"  berlin: {path: \"b/{date:%Y%m%d}.csv\", partitions: {date: {every: day, from: 2024-01-01, "
	"timezone: Europe/Berlin}}}\n"
	"  hours: {path: \"h/{h:%Y/%m/%d/%H}.csv\", partitions: {h: {every: hour, from: 2024-03-01, "
	"timezone: Europe/Berlin}}}\n"
	"  weeks: {path: \"{w:%G-%V}.csv\", partitions: {w: {every: week, from: 2020-12-28, until: "
	"2021-02-01}}}\n"
	"  months: {path: \"{m:%Y-%m}.csv\", partitions: {m: {every: month, from: 2023-11-01}}}\n"
	"  years: {path: \"{y}.csv\", partitions: {y: {every: year, from: 2022-01-01}}}\n"
	"  both: {path: \"{date:%Y/%m/%d}/{region}.csv\", where: \"dt = {date} and r = {region}\",\n"
	"    partitions: {date: {every: day, from: 2024-01-01}, region: [eu, us, o'x]}}\n"
	"  lists: {path: \"{region}/*.csv\", partitions: {region: [eu, us, eu2]}}\n"
	"  globs: {path: \"*/{date}-*.csv\", partitions: {date: {every: day, from: 2024-01-01}}}\n"
	"  whole: {path: w.csv}\n";

static void
setup(void)
{
	struct diags d;

	a = arena_new();
	diags_init(&d, a);
	c = catalog_load_text(a, "weir.yaml", sv_of(catalog), "default", &d);
	for (size_t i = 0; i < d.list.n; i++)
		printf("# %u:%u %s\n", d.list.v[i].loc.line, d.list.v[i].loc.col, d.list.v[i].msg);
	ck_assert_ptr_nonnull(c);
}

static void
teardown(void)
{
	arena_free(a);
}

static const struct asset *
asset(const char *key)
{
	const struct asset *as = catalog_asset(c, sv_of(key));

	ck_assert_ptr_nonnull(as);
	return as;
}

static int64_t
at(const char *text)
{
	int64_t t;

	ck_assert(rfc3339_parse(sv_of(text), &t, NULL));
	return t;
}

/* Starts and ends by Python's zoneinfo and isocalendar. */
static const struct {
	const char *asset, *key, *start, *end;
} windows[] = {
	{"daily", "2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
	{"berlin", "2024-03-31", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"},   /* 23 hours */
	{"berlin", "2024-10-27", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z"},   /* 25 hours */
	{"hours", "2024-10-27T02", "2024-10-27T00:00:00Z", "2024-10-27T02:00:00Z"}, /* occurs twice */
	{"hours", "2024-10-27T03", "2024-10-27T02:00:00Z", "2024-10-27T03:00:00Z"},
	{"weeks", "2020-W53", "2020-12-28T00:00:00Z", "2021-01-04T00:00:00Z"},
	{"weeks", "2021-W01", "2021-01-04T00:00:00Z", "2021-01-11T00:00:00Z"},
	{"months", "2023-12", "2023-12-01T00:00:00Z", "2024-01-01T00:00:00Z"},
	{"years", "2024", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"},
	{"both", "2024-01-01|eu", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"},
};

START_TEST(a_key_is_a_window_of_its_zone)
{
	struct partition p;
	struct err err = {0};

	ck_assert_msg(partition_parse(a, asset(windows[_i].asset), sv_of(windows[_i].key), &p, &err), "%s",
	              err.msg);
	ck_assert_int_eq(p.start_us, at(windows[_i].start));
	ck_assert_int_eq(p.end_us, at(windows[_i].end));
	ck_assert(sv_is(p.key, windows[_i].key));
}
END_TEST

static const struct {
	const char *asset, *key;
} no_keys[] = {
	{"daily", ""},
	{"daily", "2024-02-30"},
	{"daily", "2024-2-3"},
	{"daily", "2023-12-31"},
	{"daily", "2024-01-01|eu"},
	{"daily", "2024-01"},
	{"hours", "2024-03-31T02"}, /* skipped by the clocks */
	{"hours", "2024-03-31T24"},
	{"weeks", "2021-W53"},
	{"weeks", "2021-W00"},
	{"weeks", "2021-W05"}, /* from its `until` on */
	{"months", "2024-13"},
	{"years", "24"},
	{"both", "2024-01-01"},
	{"both", "2024-01-01|EU"},
	{"both", "2024-01-01|"},
	{"whole", "2024-01-01"},
};

START_TEST(what_is_no_partition_is_refused)
{
	struct partition p = {.start_us = 42};
	struct err err = {0};

	ck_assert(!partition_parse(a, asset(no_keys[_i].asset), sv_of(no_keys[_i].key), &p, &err));
	ck_assert(err.msg[0] != '\0');
	ck_assert_int_eq(p.start_us, 42);
}
END_TEST

static const char *
keys(const struct partition *p, size_t n)
{
	const char *all = "";

	for (size_t i = 0; i < n; i++)
		all = arena_printf(a, "%s%s" SV_FMT, all, i > 0 ? " " : "", SV_ARG(p[i].key));
	return all;
}

static const struct {
	const char *asset, *now;
	bool closed;
	size_t max;
	const char *keys;
	bool cut;
} until[] = {
	{"daily", "2024-01-03T01:59:59Z", false, 10, "2024-01-01 2024-01-02 2024-01-03", false},
	{"daily", "2024-01-03T01:59:59Z", true, 10, "2024-01-01", false}, /* closes two hours after its end */
	{"daily", "2024-01-03T02:00:00Z", true, 10, "2024-01-01 2024-01-02", false},
	{"daily", "2024-01-05T12:00:00Z", true, 2, "2024-01-03 2024-01-04", true},
	{"daily", "2023-12-31T23:59:59Z", false, 10, "", false},
	{"hours", "2024-03-31T01:30:00Z", false, 3, "2024-03-31T00 2024-03-31T01 2024-03-31T03", true},
	{"weeks", "2030-01-01T00:00:00Z", true, 2, "2021-W03 2021-W04", true},
	{"both", "2024-01-02T00:00:00Z", true, 10, "2024-01-01|eu 2024-01-01|us 2024-01-01|o'x", false},
	{"both", "2024-01-02T00:00:00Z", false, 4,
         "2024-01-01|o'x 2024-01-02|eu 2024-01-02|us 2024-01-02|o'x", true},
	{"lists", "2024-01-02T00:00:00Z", true, 2, "eu us", true},
	{"whole", "2024-01-02T00:00:00Z", true, 2, "", false},
	{"daily", "2024-01-03T01:59:59Z", false, 0, "", false},
};

START_TEST(partitions_are_listed_up_to_now)
{
	size_t n;
	bool cut;
	const struct partition *p = partitions_until(a, asset(until[_i].asset), at(until[_i].now),
	                                             until[_i].closed, until[_i].max, &n, &cut);

	ck_assert_str_eq(keys(p, n), until[_i].keys);
	ck_assert_int_eq(cut, until[_i].cut);
}
END_TEST

START_TEST(the_latest_closed_window_has_all_its_values)
{
	size_t n;
	const struct partition *p = partitions_latest_closed(a, asset("both"), at("2024-01-03T12:00:00Z"),
	                                                     &n);

	ck_assert_str_eq(keys(p, n), "2024-01-02|eu 2024-01-02|us 2024-01-02|o'x");
}
END_TEST

static const struct {
	const char *asset, *text, *keys; /* NULL: refused */
} ranges[] = {
	{"daily", "2024-02-28..2024-03-01", "2024-02-28 2024-02-29 2024-03-01"},
	{"daily", "2024-02-28", "2024-02-28"},
	{"weeks", "2020-W53..2021-W02", "2020-W53 2021-W01 2021-W02"},
	{"months", "2023-11..2024-01", "2023-11 2023-12 2024-01"},
	{"both", "2024-01-01|eu..2024-01-02|eu", "2024-01-01|eu 2024-01-02|eu"},
	{"both", "2024-01-01..2024-01-01", "2024-01-01|eu 2024-01-01|us 2024-01-01|o'x"},
	{"hours", "2024-03-31T01..2024-03-31T03", "2024-03-31T01 2024-03-31T03"},
	{"both", "2024-01-01|eu..2024-01-02|us", NULL},
	{"daily", "2024-03-01..2024-02-28", NULL},
	{"daily", "..2024-02-28", NULL},
	{"lists", "eu..us", NULL},
	{"hours", "2024-03-01T00..9999-12-31T23", NULL}, /* too many */
};

START_TEST(a_range_holds_both_ends)
{
	struct partition *p;
	size_t n;
	struct err err = {0};
	bool ok = partitions_range(a, asset(ranges[_i].asset), sv_of(ranges[_i].text), 0, &p, &n, &err);

	ck_assert_msg(ok == (ranges[_i].keys != NULL), "%s: %s", ranges[_i].text, err.msg);
	if (ok)
		ck_assert_str_eq(keys(p, n), ranges[_i].keys);
}
END_TEST

static const struct {
	const char *asset, *key, *path, *glob;
} paths[] = {
	{"daily", "2024-01-05", "d/2024-01-05.csv", "d/[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].csv"},
	{"berlin", "2024-01-05", "b/20240105.csv", "b/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].csv"},
	{"hours", "2024-03-05T07", "h/2024/03/05/07.csv",
         "h/[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/[0-9][0-9].csv"},
	{"weeks", "2020-W53", "2020-53.csv", "[0-9][0-9][0-9][0-9]-[0-9][0-9].csv"},
	{"both", "2024-01-05|us", "2024/01/05/us.csv", "[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/*.csv"},
	{"lists", "eu2", "eu2/*.csv", "*/*.csv"},
};

START_TEST(a_partition_has_a_path_and_the_path_a_partition)
{
	const struct asset *as = asset(paths[_i].asset);
	struct partition p, back;
	struct sv path;

	ck_assert(partition_parse(a, as, sv_of(paths[_i].key), &p, NULL));
	ck_assert(partition_path(a, as, &p, as->path, &path, NULL));
	ck_assert(sv_is(path, paths[_i].path));
	ck_assert(sv_is(partition_glob(a, as, as->path), paths[_i].glob));
	ck_assert(partition_of_path(a, as, as->path, path, &back));
	ck_assert(sv_eq(back.key, p.key));
	ck_assert_int_eq(back.start_us, p.start_us);
}
END_TEST

START_TEST(a_glob_around_a_partition_matches_any_name)
{
	const struct asset *as = asset("globs");
	struct partition p;

	ck_assert(partition_of_path(a, as, as->path, SV("x/2024-01-05-part1.csv"), &p));
	ck_assert(sv_is(p.key, "2024-01-05"));
	ck_assert(!partition_of_path(a, as, as->path, SV("x/y/2024-01-05-part1.csv"), &p));
	ck_assert(partition_of_path(a, asset("lists"), asset("lists")->path, SV("eu2/a.csv"), &p));
	ck_assert(sv_is(p.key, "eu2"));
}
END_TEST

static const char *const strangers[] = {"d/2024-02-30.csv", "d/2024-01-5.csv",     "d/2023-01-05.csv",
                                        "e/2024-01-05.csv", "d/2024-01-05.csv.gz", ""};

START_TEST(a_stranger_belongs_to_no_partition)
{
	struct partition p = {.start_us = 42};

	ck_assert(!partition_of_path(a, asset("daily"), asset("daily")->path, sv_of(strangers[_i]), &p));
	ck_assert_int_eq(p.start_us, 42);
}
END_TEST

START_TEST(values_in_filters_are_quoted)
{
	const struct asset *as = asset("both");
	struct partition p;
	struct sv where;

	ck_assert(partition_parse(a, as, SV("2024-01-05|o'x"), &p, NULL));
	ck_assert(partition_where(a, as, &p, &where, NULL));
	ck_assert(sv_is(where, "dt = '2024-01-05' and r = 'o''x'"));
}
END_TEST

static const struct {
	const char *down, *key, *up;
	struct dep dep;
	const char *keys;
} reads[] = {
	{"both", "2024-01-05|us", "daily", {.map = MAP_SAME}, "2024-01-05"},
	{"both",
         "2024-01-05|us",
         "daily",
         {.map = MAP_WINDOW, .window_from = -2, .window_to = 0},
         "2024-01-03 2024-01-04 2024-01-05"},
	{"both",
         "2024-01-01|us",
         "daily",
         {.map = MAP_WINDOW, .window_from = -2, .window_to = 0},
         "2024-01-01"},
	{"months", "2024-01", "weeks", {.map = MAP_SAME}, ""},
	{"both", "2024-01-05|eu", "lists", {.map = MAP_SAME}, "eu"},
	{"daily", "2024-01-05", "both", {.map = MAP_SAME}, "2024-01-05|eu 2024-01-05|us 2024-01-05|o'x"},
	{"daily",
         "2024-01-05",
         "berlin",
         {.map = MAP_SAME},
         "2024-01-05 2024-01-06"}, /* Berlin's day begins at 23:00 UTC */
	{"daily", "2024-01-05", "years", {.map = MAP_SAME}, "2024"},
	{"whole", NULL, "lists", {.map = MAP_SAME}, "eu us eu2"},
	{"whole", NULL, "years", {.map = MAP_ALL}, "2022 2023"},
	{"daily", "2024-01-05", "years", {.map = MAP_LAST}, "2024"},
	{"daily", "2024-01-05", "years", {.map = MAP_LATEST_CLOSED}, "2023"},
	{"daily", "2024-01-05", "whole", {.map = MAP_SAME}, ""},
};

START_TEST(a_partition_reads_partitions_of_its_inputs)
{
	struct partition p = {0}, *up;
	size_t n;
	struct err err = {0};

	if (reads[_i].key != NULL)
		ck_assert(partition_parse(a, asset(reads[_i].down), sv_of(reads[_i].key), &p, NULL));
	ck_assert_msg(partitions_read(a, asset(reads[_i].down), reads[_i].key != NULL ? &p : NULL,
	                              &reads[_i].dep, asset(reads[_i].up), at("2024-06-01T00:00:00Z"), &up,
	                              &n, &err),
	              "%s", err.msg);
	ck_assert_str_eq(keys(up, n), reads[_i].keys);
	ck_assert(strcmp(reads[_i].up, "whole") != 0 || n == 1);
}
END_TEST

START_TEST(a_value_that_the_input_lacks_is_an_error)
{
	struct partition p, *up;
	size_t n;
	struct err err = {0};
	struct dep dep = {.map = MAP_SAME};

	ck_assert(partition_parse(a, asset("both"), SV("2024-01-05|o'x"), &p, NULL));
	ck_assert(!partitions_read(a, asset("both"), &p, &dep, asset("lists"), 0, &up, &n, &err));
	ck_assert_str_eq(err.msg,
	                 "'both' reads 'lists': 'o'x' is no value of the partition dimension 'region'");
}
END_TEST

Suite *
suite_partition(void)
{
	Suite *s = suite_create("partition");
	TCase *t = tcase_create("partition");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_key_is_a_window_of_its_zone, 0, LEN(windows));
	tcase_add_loop_test(t, what_is_no_partition_is_refused, 0, LEN(no_keys));
	tcase_add_loop_test(t, partitions_are_listed_up_to_now, 0, LEN(until));
	tcase_add_test(t, the_latest_closed_window_has_all_its_values);
	tcase_add_loop_test(t, a_range_holds_both_ends, 0, LEN(ranges));
	tcase_add_loop_test(t, a_partition_has_a_path_and_the_path_a_partition, 0, LEN(paths));
	tcase_add_test(t, a_glob_around_a_partition_matches_any_name);
	tcase_add_loop_test(t, a_stranger_belongs_to_no_partition, 0, LEN(strangers));
	tcase_add_test(t, values_in_filters_are_quoted);
	tcase_add_loop_test(t, a_partition_reads_partitions_of_its_inputs, 0, LEN(reads));
	tcase_add_test(t, a_value_that_the_input_lacks_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
