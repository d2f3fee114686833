#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "report/escape.h"
#include "report/view.h"

static struct arena *a;
static struct err err;

#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)
#define AT_US INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */

static void
setup(void)
{
	a = arena_new();
	err = (struct err){0};
}

static void
teardown(void)
{
	arena_free(a);
}

typedef void escaper(struct buf *b, struct sv text);

static const struct {
	escaper *escape;
	struct sv in;
	const char *out;
} escapes[] = {
	{escape_html, {"<a b='c' d=\"e\">&amp;", 20}, "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;amp;"},
	{escape_html, {"]]>", 3}, "]]&gt;"},
	{escape_html, {"a\0b", 3}, "a\\x00b"},
	{escape_html, {"\x1b[1m", 4}, "\\x1b[1m"},
	{escape_html, {"\xff", 1}, "\\xff"},
	{escape_html, {"\xed\xa0\x80", 3}, "\\xed\\xa0\\x80"},
	{escape_html, {"\xef\xbf\xbe", 3}, "\\ufffe"},
	{escape_html, {"\xe2\x80\xae", 3}, "\\u202e"},
	{escape_html, {"\xe2\x80\xa8", 3}, "\\u2028"},
	{escape_html, {"h\xc3\xa9", 3}, "h\xc3\xa9"},
	{escape_markdown, {"a|b`c`<d>", 9}, "a&#124;b&#96;c&#96;&lt;d&gt;"},
	{escape_markdown, {"@who #12", 8}, "@&#8203;who #&#8203;12"},
	{escape_markdown, {"order_id _x_ *y*", 16}, "order_id &#95;x&#95; &#42;y&#42;"},
	{escape_markdown, {"https://x www.x :a: b:c 0.5", 27}, "https&#58;//x www&#46;x &#58;a: b:c 0.5"},
	{escape_markdown, {"[a](b) \\|", 9}, "&#91;a&#93;(b) &#92;&#124;"},
	{escape_markdown_code, {"@a|`", 4}, "<code>&#64;a&#124;&#96;</code>"},
	{escape_github, {"50 %\na:b,c", 10}, "50 %25%0Aa:b,c"},
	{escape_github, {"a\r\nb", 4}, "a\\x0d%0Ab"},
	{escape_github_property, {"a:b,c%\n", 7}, "a%3Ab%2Cc%25\\n"},
};

START_TEST(text_is_escaped_for_its_context)
{
	AUTO(buf) b = buf_new(1 << 16);

	escapes[_i].escape(b, escapes[_i].in);
	ck_assert_str_eq(buf_str(b), escapes[_i].out);
}
END_TEST

/* Every character, alone and between letters. */
START_TEST(no_character_gets_through_with_a_meaning)
{
	static const struct {
		escaper *escape;
		const char *meaning;
	} contexts[] = {
		{escape_html, "<>\"'"},
		{escape_markdown, "<>|`*[]\\~$"},
		{escape_github, "\r\n"},
		{escape_github_property, "\r\n:,"},
	};
	char text[8];

	for (uint32_t c = 0; c < 0x3000; c++) {
		size_t n = 0;

		if (c < 0x80) {
			text[n++] = (char)c;
		} else if (c < 0x800) {
			text[n++] = (char)(0xc0 | (c >> 6));
			text[n++] = (char)(0x80 | (c & 0x3f));
		} else {
			text[n++] = (char)(0xe0 | (c >> 12));
			text[n++] = (char)(0x80 | ((c >> 6) & 0x3f));
			text[n++] = (char)(0x80 | (c & 0x3f));
		}
		for (size_t i = 0; i < LEN(contexts); i++) {
			AUTO(buf) b = buf_new(1 << 10);

			contexts[i].escape(b, (struct sv){text, n});
			ck_assert_msg(strpbrk(buf_str(b), contexts[i].meaning) == NULL, "U+%04X in %zu: %s",
			              c, i, buf_str(b));
			for (struct sv s = buf_sv(b); s.n > 0;) {
				uint32_t out;
				size_t len = utf8_decode(s, &out);

				ck_assert_msg(out >= 0x20 && !(out >= 0x7f && out < 0xa0) &&
				                      !(out >= 0x2028 && out <= 0x202e) && !UTF8_IS_BAD(out),
				              "U+%04X gives U+%04X", c, out);
				s = sv_skip(s, len);
			}
		}
	}
}
END_TEST

START_TEST(formats_are_sorted_and_documented)
{
	for (size_t i = 0; i < report_format_count; i++) {
		ck_assert_ptr_eq(report_format_find(sv_of(report_formats[i]->name)), report_formats[i]);
		ck_assert(strlen(report_formats[i]->doc) > 20);
		if (i > 0)
			ck_assert_str_lt(report_formats[i - 1]->name, report_formats[i]->name);
	}
	ck_assert_str_eq(formats_report[0], "text");
	ck_assert_str_eq(formats_check[0], "text");
	for (const char *const *f = formats_report; *f != NULL; f++)
		ck_assert_str_ne(*f, "gx");
}
END_TEST

/* A report with something of everything. */

static struct check *
make_check(const char *id)
{
	struct check *c = ARENA_NEW(a, struct check);

	*c = (struct check){
		.id = sv_of(id),
		.expectation = expectation_find(SV("not_null")),
		.loc = {.file = "weir.yaml", .line = 9, .col = 3},
		.kwargs = SV("{\"column\": \"x\"}"),
		.blocking = true,
	};
	return c;
}

static struct check_result
make_result(const char *id, enum outcome outcome, const char *message)
{
	struct check_result r = {
		.check = make_check(id),
		.verdict = {.outcome = outcome,
	                    .success = outcome == OUTCOME_PASS,
	                    .message = sv_of(message)},
		.result = SV("{\"element_count\": 3}"),
		.engine = "scan",
		.duration_ms = 1.23456,
		.at_us = AT_US,
	};

	if (outcome == OUTCOME_ERROR)
		err_set(&r.verdict.err, ERR_EVAL, (struct loc){.file = "s.yaml", .line = 1, .col = 2}, "%s",
		        message);
	return r;
}

static void
add_samples(struct check_result *r)
{
	static const struct value key[] = {{.kind = VALUE_INT, .i = 7},
	                                   {.kind = VALUE_TEXT, .s = {"a\nb", 3}}};
	struct sample_row *row = ARENA_ARRAY(a, struct sample_row, 12);
	char *longest = arena_alloc(a, 101);

	memset(longest, 'x', 58);
	memcpy(longest + 58, "\xed\x95\x9c\xed\x95\x9c", 6); /* a character across the cut */
	row[0] = (struct sample_row){
		.row = 1, .value = {.kind = VALUE_TEXT, .s = {longest, 64}}, .key = key, .nkey = 2};
	row[1] = (struct sample_row){.row = 2, .value = {.kind = VALUE_REAL, .r = 2.50}};
	row[2] = (struct sample_row){.row = 3, .value = {.kind = VALUE_NULL}};
	row[3] = (struct sample_row){.row = 4, .value = {.kind = VALUE_DATE, .i = 19000}};
	for (int64_t i = 4; i < 12; i++)
		row[i] = (struct sample_row){.row = i + 1, .value = {.kind = VALUE_BOOL, .b = true}};
	r->verdict.sample = row;
	r->verdict.nsample = 12;
	r->verdict.unexpected_count = 40;
}

static struct asset *
make_asset(const char *key)
{
	struct asset *s = ARENA_NEW(a, struct asset);

	s->key = sv_of(key);
	s->loc = (struct loc){.file = "weir.yaml", .line = 4, .col = 3};
	return s;
}

static struct asset_result
first_asset(void)
{
	static const struct sv missing[] = {{"2024-01-01", 10}, {"2024-01-02", 10}};
	static const struct cause cause[] = {
		{.kind = CAUSE_UPSTREAM_NEWER, .upstream = {"raw/b", 5}, .had = {"v1", 2}, .now = {"v2", 2}},
		{.kind = CAUSE_INPUT_ADDED, .upstream = {"raw/c", 5}, .partition = {"eu", 2}},
	};
	struct check_result *c = ARENA_ARRAY(a, struct check_result, 4);
	struct asset *asset = make_asset("raw/a");
	struct waiver *w = ARENA_NEW(a, struct waiver);

	*w = (struct waiver){
		.who = SV("ana"), .reason = SV("known <outage>"), .until_us = AT_US + US_PER_DAY};
	c[0] = make_result("raw/a:not_null:x", OUTCOME_FAIL, "40 of 99 values are null (40.4 %)");
	add_samples(&c[0]);
	c[1] = make_result("raw/a:waived", OUTCOME_WARN, "1 of 2 values are null");
	c[1].waiver = w;
	c[1].judged = OUTCOME_FAIL;
	c[2] = make_result("raw/a:broken", OUTCOME_ERROR, "no column 'y'");
	err_hint(&c[2].verdict.err, "columns: x");
	c[3] = make_result("raw/a:fine", OUTCOME_PASS, "0 of 99 values are null");
	asset->freshness = (struct freshness_policy){
		.kind = POLICY_CRON,
		.cron_text = SV("0 6 * * *"),
		.zone = tz_utc,
		.within_us = 2 * US_PER_HOUR,
		.grace_us = 90 * US_PER_MIN,
		.max_data_age_us = 2 * US_PER_DAY,
		.loc = {.file = "weir.yaml", .line = 6, .col = 5},
	};
	return (struct asset_result){
		.asset = asset,
		.key = asset->key,
		.partition = SV("eu|1"),
		.data_version = SV("0123456789abcdef"),
		.check = c,
		.ncheck = 4,
		.explain = SV("read 3 files\nin 2 morsels\n"),
		.has_freshness = true,
		.freshness = {.status = FRESH_FAIL,
	                      .produced_us = AT_US - US_PER_DAY,
	                      .data_through_us = TIME_NONE,
	                      .age_us = US_PER_DAY,
	                      .deadline_us = AT_US - 1,
	                      .next_deadline_us = TIME_NONE,
	                      .evidence = SV("late by 1 h"),
	                      .missing = missing,
	                      .nmissing = 2,
	                      .missing_total = 30,
	                      .warning = SV("1 value lies in the future")},
		.has_staleness = true,
		.staleness = {.status = STALE_STALE,
	                      .cause = cause,
	                      .ncause = 2,
	                      .root = SV("raw/b"),
	                      .path = missing,
	                      .npath = 2,
	                      .since_us = AT_US - US_PER_HOUR,
	                      .failing = true,
	                      .evidence = SV("raw/b is newer")},
	};
}

static struct asset_result
second_asset(void)
{
	struct check_result *c = ARENA_ARRAY(a, struct check_result, 2);
	struct asset_result r = {.asset = make_asset("raw/b"), .key = SV("raw/b"), .check = c, .ncheck = 2};

	err_set(&r.err, ERR_NOT_FOUND, (struct loc){.file = "weir.yaml", .line = 20, .col = 7}, "no file");
	err_hint(&r.err, "has it been made?");
	c[0] = make_result("raw/b:one", OUTCOME_ERROR, "no file");
	c[1] = make_result("raw/b:off", OUTCOME_SKIPPED, "switched off");
	return r;
}

static struct report
everything(void)
{
	static const struct sv wanted[] = {{"marts/x", 7}};
	static const struct orphan orphan[] = {
		{.kind = ORPHAN_DANGLING,
	         .key = {"raw/z", 5},
	         .wanted_by = wanted,
	         .nwanted = 1,
	         .evidence = {"no asset", 8}},
	};
	static const struct symptom symptom[] = {
		{.kind = {"late", 4}, .asset = {"marts/x", 7}, .message = {"late", 4}}};
	static const struct incident incident[] = {
		{.id = {"01", 2},
	         .kind = {"check_failed", 12},
	         .asset = {"raw/a", 5},
	         .partition = {"eu|1", 4},
	         .check = {"raw/a:not_null:x", 16},
	         .title = {"t", 1},
	         .message = {"40 are null", 11},
	         .opened_us = AT_US,
	         .resolved_us = TIME_NONE,
	         .symptom = symptom,
	         .nsymptom = 1,
	         .symptoms = 3,
	         .change = INCIDENT_OPENED},
		{.id = {"02", 2},
	         .kind = {"late", 4},
	         .asset = {"raw/a", 5},
	         .severity = SEVERITY_WARNING,
	         .message = {"late", 4},
	         .opened_us = AT_US - US_PER_DAY,
	         .resolved_us = TIME_NONE,
	         .change = INCIDENT_STILL},
		{.id = {"03", 2},
	         .kind = {"stale", 5},
	         .asset = {"raw/c", 5},
	         .severity = SEVERITY_INFO,
	         .message = {"gone", 4},
	         .opened_us = AT_US - 2 * US_PER_DAY,
	         .resolved_us = AT_US,
	         .change = INCIDENT_RESOLVED},
	};
	struct report r = {
		.run_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
		.command = "audit",
		.project = SV("shop"),
		.env = SV("prod"),
		.started_us = AT_US,
		.finished_us = AT_US + 1234567,
		.seconds = 1.235,
		.has_orphans = true,
		.orphan = ARENA_NEW(a, struct orphan),
		.norphan = 1,
		.has_incidents = true,
		.incident = incident,
		.nincident = LEN(incident),
	};

	r.orphan[0] = orphan[0];
	r.asset = ARENA_ARRAY(a, struct asset_result, 2);
	r.asset[0] = first_asset();
	r.asset[1] = second_asset();
	r.nasset = 2;
	report_summarize(&r);
	return r;
}

static struct sv
written(const struct report_format *f, const struct report *r)
{
	const struct report_style style = {.unicode = true, .verbose = true};
	AUTO(buf) b = buf_new(1 << 24);

	OK(f->write(r, &style, b, &err));
	return arena_sv(a, buf_sv(b));
}

START_TEST(every_format_says_the_same_of_a_report_that_was_read_back)
{
	struct report r = everything(), back;

	OK(report_read(a, written(&report_json, &r), &back, &err));
	for (size_t i = 0; i < report_format_count; i++)
		if (report_formats[i] != &report_gx)
			ck_assert_str_eq(written(report_formats[i], &back).p,
			                 written(report_formats[i], &r).p);
	ck_assert_int_eq(report_exit_status(&back, true), report_exit_status(&r, true));
}
END_TEST

START_TEST(every_format_tells_of_waivers_incidents_and_symptoms)
{
	static const struct {
		const struct report_format *format;
		const char *words[4];
	} said[] = {
		{&report_text,
	         {"waived by ana",
	          "Problems: 1 new, 1 fixed, 1 still open (for 1 d); 3 more follow from these",
	          "✓ fixed  raw/c"}},
		{&report_json, {"\"by\": \"ana\"", "\"change\": \"still_open\"", "\"symptom_count\": 3"}},
		{&report_junit, {"waived by ana", "known &lt;outage&gt;"}},
		{&report_markdown,
	         {"waived by ana", "**Problems: 1 new, 1 fixed, 1 still open",
	          "- fixed after 2 d <code>raw/c</code>"}},
		{&report_github, {"waived by ana"}},
		{&report_html,
	         {"waived by ana", "Problems: 1 new, 1 fixed, 1 still open", "and 3 that follow",
	          "known &lt;outage&gt;"}},
		{&report_mail,
	         {"waived by ana", "Problems: 1 new, 1 fixed, 1 still open", "fixed after 2 d: raw/c: gone"}},
	};
	struct report r = everything();
	const char *text = written(said[_i].format, &r).p;

	for (size_t i = 0; i < LEN(said[0].words) && said[_i].words[i] != NULL; i++)
		ck_assert_msg(strstr(text, said[_i].words[i]) != NULL, "'%s' is not in:\n%s",
		              said[_i].words[i], text);
}
END_TEST

START_TEST(a_damaged_report_is_refused_and_leaves_the_result_alone)
{
	struct report r = everything(), back = {.nasset = 42};
	struct sv json = written(&report_json, &r);
	unsigned seed = 1;

	for (size_t n = 0; n + 2 < json.n; n += 13) {
		ck_assert_msg(!report_read(a, (struct sv){json.p, n}, &back, &err), "took %zu bytes", n);
		ck_assert_int_eq(err.code, ERR_STORE);
		ck_assert_uint_eq(back.nasset, 42);
	}
	/* Whatever a byte becomes, reading ends well or with an error. */
	for (int i = 0; i < 2000; i++) {
		AUTO(arena) other = arena_new();
		char *copy = arena_str(other, json);
		struct report got;

		copy[(size_t)rand_r(&seed) % json.n] = (char)(rand_r(&seed) % 256);
		if (report_read(other, (struct sv){copy, json.n}, &got, &err))
			ck_assert_uint_le(got.nasset, 2);
	}
}
END_TEST

START_TEST(findings_come_worst_first_and_tell_an_unread_asset_once)
{
	static const char *const kinds[] = {"check_error",  "unreadable",   "late",    "stale",
	                                    "check_failed", "check_failed", "dangling"};
	struct report r = everything();
	struct finding *f;
	size_t n;

	f = view_findings(a, &r, &n);
	ck_assert_uint_eq(n, LEN(kinds));
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(f[i].kind, kinds[i]);
	ck_assert_int_eq(f[5].outcome, OUTCOME_WARN); /* the waived one */
}
END_TEST

START_TEST(what_a_later_run_did_not_look_at_is_not_fixed)
{
	struct report before = everything(), now = everything();

	/* The later one is of checks alone, and of one asset. */
	now.nasset = 1;
	now.has_orphans = false;
	now.norphan = 0;
	now.asset[0].has_freshness = now.asset[0].has_staleness = false;
	now.asset[0].check[2].verdict.outcome = OUTCOME_PASS;
	now.asset[0].check[3].verdict.outcome = OUTCOME_FAIL;
	report_compare(a, &now, &before);
	ck_assert_uint_eq(now.nincident, 4);
	ck_assert_int_eq(now.incident[0].change, INCIDENT_STILL);
	ck_assert_str_eq(now.incident[0].check.p, "raw/a:not_null:x");
	ck_assert_int_eq(now.incident[1].change, INCIDENT_OPENED);
	ck_assert_str_eq(now.incident[1].check.p, "raw/a:fine");
	ck_assert_int_eq(now.incident[2].change, INCIDENT_STILL);
	ck_assert_int_eq(now.incident[3].change, INCIDENT_RESOLVED);
	ck_assert_str_eq(now.incident[3].check.p, "raw/a:broken");
}
END_TEST

/* Runs with one verdict each, and a number where it is one. */
static void
store_runs(struct store *store, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sv id = arena_svf(a, "run%zu", i);
		struct stored_run run = {.id = id,
		                         .kind = i % 2 == 0 ? SV("audit") : SV("check"),
		                         .started_us = AT_US + (int64_t)i * US_PER_DAY,
		                         .finished_us = AT_US,
		                         .report = SV("{}")};
		struct stored_verdict v = {.run_id = id,
		                           .asset = SV("a"),
		                           .check_id = SV("a:c"),
		                           .check_hash = id,
		                           .outcome = i == 2 ? OUTCOME_ERROR : OUTCOME_PASS,
		                           .result = i == 1 ? SV("{\"unexpected_count\": 7}") : SV("{}"),
		                           .at_us = run.started_us};
		struct stored_metric m = {
			.asset = SV("a"), .name = SV("a:c"), .value = 0.5 * (double)i, .at_us = v.at_us};

		OK(store_begin(store, &err));
		OK(store_add_run(store, &run, &v, 1, &err));
		OK(store_add_metrics(store, id, &m, i == 0 || i == 3, &err));
		OK(store_commit(store, &err));
	}
}

START_TEST(the_past_of_a_check_ends_with_the_run_it_is_shown_for)
{
	const struct clock clock = clock_fixed(AT_US);
	AUTO(store) store = NULL;
	struct check_point *p;
	size_t n;

	OK(store_open(SV(":memory:"), STORE_WRITE, SV("default"), &clock, &store, &err));
	store_runs(store, 5);
	OK(store_check_history(store, a, SV("a"), (struct sv){0}, SV("a:c"), SV("run3"), 40, &p, &n, &err));
	ck_assert_uint_eq(n, 4);
	ck_assert_double_eq(p[0].value, 0);
	ck_assert_double_eq(p[1].value, 7);
	ck_assert(isnan(p[2].value));
	ck_assert_int_eq(p[2].outcome, OUTCOME_ERROR);
	ck_assert_double_eq(p[3].value, 1.5);
	OK(store_check_history(store, a, SV("a"), (struct sv){0}, SV("a:c"), SV("none"), 2, &p, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(p[1].at_us, AT_US + 4 * US_PER_DAY);
	OK(store_check_history(store, a, SV("b"), (struct sv){0}, SV("a:c"), SV("run3"), 40, &p, &n, &err));
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(runs_are_found_by_id_kind_and_time)
{
	const struct clock clock = clock_fixed(AT_US);
	AUTO(store) store = NULL;
	struct stored_run run, *list;
	int64_t counts[5];
	bool found;
	size_t n;

	OK(store_open(SV(":memory:"), STORE_WRITE, SV("default"), &clock, &store, &err));
	store_runs(store, 5);
	OK(store_run(store, a, SV("run2"), &run, &found, &err));
	ck_assert(found);
	ck_assert_str_eq(run.report.p, "{}");
	OK(store_run(store, a, SV("run9"), &run, &found, &err));
	ck_assert(!found);
	ck_assert_str_eq(run.id.p, "run2");
	OK(store_list_runs(store, a, SV("audit"), TIME_NONE, 2, &list, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(list[0].id.p, "run4");
	ck_assert_str_eq(list[1].id.p, "run2");
	OK(store_list_runs(store, a, (struct sv){0}, AT_US + 3 * US_PER_DAY, 50, &list, &n, &err));
	ck_assert_uint_eq(n, 2);
	OK(store_run_counts(store, SV("run2"), counts, &err));
	ck_assert_int_eq(counts[OUTCOME_ERROR], 1);
	ck_assert_int_eq(counts[OUTCOME_PASS], 0);
}
END_TEST

Suite *suite_report(void);

Suite *
suite_report(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, text_is_escaped_for_its_context, 0, LEN(escapes));
	tcase_add_test(t, no_character_gets_through_with_a_meaning);
	tcase_add_test(t, formats_are_sorted_and_documented);
	tcase_add_test(t, every_format_says_the_same_of_a_report_that_was_read_back);
	tcase_add_loop_test(t, every_format_tells_of_waivers_incidents_and_symptoms, 0, 7);
	tcase_add_test(t, a_damaged_report_is_refused_and_leaves_the_result_alone);
	tcase_add_test(t, findings_come_worst_first_and_tell_an_unread_asset_once);
	tcase_add_test(t, what_a_later_run_did_not_look_at_is_not_fixed);
	tcase_add_test(t, the_past_of_a_check_ends_with_the_run_it_is_shown_for);
	tcase_add_test(t, runs_are_found_by_id_kind_and_time);
	suite_add_tcase(s, t);
	return s;
}
