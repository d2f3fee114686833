/* What is taken over HTTP: events, OpenLineage, Dagster's reports, keys of repeated requests. */
#include <check.h>
#include <stdio.h>

#include "base/civil.h"
#include "catalog/load.h"
#include "serve/dagster.h"
#include "serve/event_json.h"
#include "serve/idempotency.h"
#include "serve/openlineage.h"

static struct arena *a;
static const struct catalog *c;
static struct faults faults, warnings;

static void
setup(void)
{
	static const char yaml[] =
		"version: 1\n"
		"assets:\n"
		"  raw/orders: {aliases: ['openlineage:pg://h/db.s.t', 'dagster:o/p', 'a@b']}\n"
		"  raw/days: {partitions: {day: {every: day, from: 2024-05-01}}}\n";
	struct diags d;

	a = arena_new();
	diags_init(&d, a);
	c = catalog_load_text(a, "weir.yaml", sv_of(yaml), NULL, &d);
	ck_assert_ptr_nonnull(c);
	faults = (struct faults){.a = a};
	warnings = (struct faults){.a = a};
}

static void
teardown(void)
{
	arena_free(a);
}

/* "pointer" of each, with a blank between. */
static const char *
pointers(const struct faults *f)
{
	const char *text = "";

	for (size_t i = 0; i < f->list.n; i++)
		text = arena_printf(a, "%s%s" SV_FMT, text, i > 0 ? " " : "", SV_ARG(f->list.v[i].pointer));
	return text;
}

static bool
parse(const char *json, struct event **e, size_t *n)
{
	const struct event_source from = {.catalog = c, .now_us = 1000, .reporter = SV("http")};

	return events_parse(a, &from, sv_of(json), e, n, &faults, &warnings);
}

START_TEST(an_event_says_what_it_says_and_the_rest_is_not_known)
{
	struct event *e;
	size_t n;

	ck_assert(parse("{\"asset\": \"a@b\", \"version\": null}", &e, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert(sv_is(e->asset, "raw/orders"));
	ck_assert_int_eq(e->kind, EVENT_MATERIALIZED);
	ck_assert_int_eq(e->at_us, 1000);
	ck_assert_int_eq(e->updated_us, TIME_NONE);
	ck_assert_int_eq(e->data_through_us, TIME_NONE);
	ck_assert_int_eq(e->rows, -1);
	ck_assert(!e->inputs_given);
	ck_assert(sv_is(e->reporter, "http"));
	ck_assert(parse("{\"inputs\": [], \"kind\": \"observed\", \"asset\": \"raw/days\", \"at\": "
	                "\"1970-01-01T00:00:01Z\", \"partition\": \"2024-05-02\"}",
	                &e, &n));
	ck_assert(e->inputs_given);
	ck_assert_int_eq(e->at_us, US_PER_S);
	ck_assert_int_eq(e->updated_us, US_PER_S);
}
END_TEST

START_TEST(an_input_is_split_behind_the_asset)
{
	struct event *e;
	size_t n;

	ck_assert(parse("{\"asset\": \"raw/days\", \"inputs\": [\"a@b@c@d\", \"a@b\", \"x@y@z\","
	                " {\"key\": \"raw/orders\", \"version\": \"@\"}]}",
	                &e, &n));
	ck_assert_uint_eq(e->ninput, 4);
	ck_assert(sv_is(e->input[0].key, "raw/orders") && sv_is(e->input[0].version, "c@d"));
	ck_assert(sv_is(e->input[1].key, "raw/orders") && e->input[1].version.n == 0);
	ck_assert(sv_is(e->input[2].key, "x@y") && sv_is(e->input[2].version, "z"));
	ck_assert(sv_is(e->input[3].version, "@"));
	ck_assert_str_eq(pointers(&warnings), "/inputs/2");
}
END_TEST

static const struct {
	const char *json, *at;
} wrong_events[] = {
	{"", ""},
	{"[]", ""},
	{"[{\"asset\":\"raw/orders\"}", ""},
	{"{\"asset\":\"raw/orders\"}{}", ""},
	{"{\"asset\":\"\"}", "/asset"},
	{"{\"asset\":1}", "/asset"},
	{"{\"asset\":\"raw/orders\",\"a/b~\":1}", "/a~1b~0"},
	{"{\"asset\":\"raw/orders\",\"at\":\"2024-01-01\"}", "/at"},
	{"{\"asset\":\"raw/orders\",\"at\":1}", "/at"},
	{"{\"asset\":\"raw/orders\",\"rows\":-1}", "/rows"},
	{"{\"asset\":\"raw/orders\",\"rows\":1.5}", "/rows"},
	{"{\"asset\":\"raw/orders\",\"rows\":9223372036854775808}", "/rows"},
	{"{\"asset\":\"raw/orders\",\"metrics\":{\"a\":1,\"a\":2}}", "/metrics/a"},
	{"{\"asset\":\"raw/orders\",\"metrics\":{\"\":1}}", "/metrics/"},
	{"{\"asset\":\"raw/orders\",\"metrics\":{\"a\":1e999}}", "/metrics/a"},
	{"{\"asset\":\"raw/orders\",\"inputs\":[\"\"]}", "/inputs/0"},
	{"{\"asset\":\"raw/orders\",\"inputs\":[{}]}", "/inputs/0"},
	{"{\"asset\":\"raw/orders\",\"inputs\":{}}", "/inputs"},
	{"{\"asset\":\"raw/orders\",\"partition\":\"2024-05-02\"}", "/partition"},
	{"{\"asset\":\"raw/days\",\"partition\":\"2024-05-32\"}", "/partition"},
	{"{\"asset\":\"raw/orders\",\"updated_at\":\"2024-01-01T00:00:00Z\"}", "/updated_at"},
	{"{\"asset\":\"raw/orders\",\"note\":\"\\u0000\"}", "/note"},
	{"{\"asset\":\"raw/orders\",\"note\":\"\xff\"}", "/note"},
};

START_TEST(a_wrong_event_is_refused_at_its_place)
{
	struct event *e;
	size_t n;

	ck_assert_msg(!parse(wrong_events[_i].json, &e, &n), "took %s", wrong_events[_i].json);
	ck_assert_str_eq(pointers(&faults), wrong_events[_i].at);
}
END_TEST

static struct lineage
lineage_of(const char *json)
{
	struct lineage l;

	ck_assert_msg(lineage_parse(a, sv_of(json), &l, &faults), "%s", pointers(&faults));
	return l;
}

#define RUN \
	"\"eventTime\":\"1970-01-01T00:00:01Z\",\"run\":{\"runId\":\"r\"},\"job\":{\"namespace\":\"n\",\"name\":\"j\"}"

START_TEST(the_kind_of_lineage_is_told_by_its_schema_or_its_shape)
{
	ck_assert_int_eq(lineage_of("{" RUN "}").kind, LINEAGE_RUN);
	ck_assert_int_eq(lineage_of("{" RUN "}").type, LINEAGE_OTHER);
	ck_assert_int_eq(lineage_of("{" RUN ",\"eventType\":\"complete\"}").type, LINEAGE_COMPLETE);
	ck_assert_int_eq(lineage_of("{" RUN ",\"schemaURL\":\"https://x/y.json#/$defs/JobEvent\"}").kind,
	                 LINEAGE_JOB);
	ck_assert_int_eq(
		lineage_of("{\"eventTime\":\"1970-01-01T00:00:01Z\",\"dataset\":{\"namespace\":\"n\","
	                   "\"name\":\"d\"}}")
			.kind,
		LINEAGE_DATASET);
}
END_TEST

START_TEST(facets_are_read_where_they_have_their_shape)
{
	struct lineage l = lineage_of(
		"{" RUN ",\"outputs\":[{\"namespace\":\"n\",\"name\":\"d\",\"unknown\":[{}],"
		"\"facets\":{\"version\":{\"datasetVersion\":\"7\",\"_producer\":1},"
		"\"lifecycleStateChange\":{\"lifecycleStateChange\":\"DROP\"},\"schema\":{\"fields\":[1,[]]},"
		"\"symlinks\":{\"identifiers\":[{\"namespace\":\"pg://h\",\"name\":\"db.s.t\"},3,{}]}},"
		"\"outputFacets\":{\"outputStatistics\":{\"rowCount\":5}}},"
		"{\"namespace\":\"n\",\"name\":\"e\",\"facets\":{\"version\":[],\"symlinks\":7,"
		"\"lifecycleStateChange\":{\"lifecycleStateChange\":7}},\"outputFacets\":{\"outputStatistics\":{"
		"\"rowCount\":\"5\"}}}]}");

	ck_assert_uint_eq(l.noutput, 2);
	ck_assert(sv_is(l.output[0].version, "7"));
	ck_assert_int_eq(l.output[0].rows, 5);
	ck_assert(!lineage_is_refresh(&l.output[0]));
	ck_assert_ptr_nonnull(lineage_asset(a, c, &l.output[0]));
	ck_assert_uint_eq(l.output[1].version.n, 0);
	ck_assert_int_eq(l.output[1].rows, -1);
	ck_assert(lineage_is_refresh(&l.output[1]));
	ck_assert_ptr_null(lineage_asset(a, c, &l.output[1]));
}
END_TEST

START_TEST(trouble_is_cut_between_characters)
{
	AUTO(buf) b = buf_new(1 << 16);
	struct lineage l;

	buf_puts(b, "{\"eventType\":\"FAIL\",\"eventTime\":\"1970-01-01T00:00:01Z\",\"job\":{\"name\":\"j\"},"
	            "\"run\":{\"runId\":\"r\",\"facets\":{\"errorMessage\":{\"message\":\"x");
	for (int i = 0; i < 1000; i++)
		buf_puts(b, "é");
	buf_puts(b, "\"}}}}");
	l = lineage_of(buf_str(b));
	ck_assert_uint_eq(l.trouble.n, 499);
	ck_assert(sv_utf8_valid(l.trouble));
}
END_TEST

static const char *const wrong_lineage[] = {
	"",
	"[]",
	"{}",
	"{" RUN,
	"{" RUN ",\"outputs\":{}}",
	"{" RUN ",\"outputs\":[7]}",
	"{" RUN ",\"outputs\":[{\"name\":\"d\"}]}",
	"{" RUN ",\"inputs\":[{\"namespace\":\"d\"}]}",
	"{" RUN ",\"outputs\":[{\"namespace\":\"n\",\"name\":\"d\",\"facets\":{\"version\":{]}}]}",
	"{\"eventTime\":\"1970-01-01T00:00:01Z\",\"run\":{\"runId\":\"\"},\"job\":{\"name\":\"j\"}}",
	"{\"eventTime\":\"1970-01-01T00:00:01Z\",\"run\":{},\"job\":{\"name\":\"j\"}}",
	"{\"eventTime\":\"1970-01-01T00:00:01\",\"run\":{\"runId\":\"r\"},\"job\":{\"name\":\"j\"}}",
	"{\"eventTime\":\"1970-01-01T00:00:01Z\",\"run\":{\"runId\":\"r\"}}",
};

START_TEST(lineage_that_lacks_what_makes_it_one_is_refused)
{
	struct lineage l;

	ck_assert_msg(!lineage_parse(a, sv_of(wrong_lineage[_i]), &l, &faults), "took %s", wrong_lineage[_i]);
	ck_assert_uint_gt(faults.n, 0);
}
END_TEST

START_TEST(a_dagster_parameter_comes_from_the_body_before_the_query)
{
	struct dagster_report r;
	struct dagster_given g = {
		.body = SV("{\"asset_key\":[\"o\",\"p\"],\"passed\":false,\"metadata\":{\"n\":1,\"s\":\"x\","
	                   "\"o\":{\"m\":2},\"dagster/row_count\":3},\"other\":[]}"),
		.asset_key = SV("[\"x\"]"),
		.passed = SV("true"),
		.metadata = SV("{\"q\":1}"),
		.severity = SV("WARN"),
		.check_name = SV("c"),
	};

	ck_assert(dagster_parse(a, &g, &r, &faults));
	ck_assert(sv_is(r.key, "o/p"));
	ck_assert_ptr_nonnull(dagster_asset(a, c, r.key));
	ck_assert_ptr_nonnull(dagster_asset(a, c, SV("raw/orders")));
	ck_assert_ptr_null(dagster_asset(a, c, SV("o")));
	ck_assert(r.passed_given && !r.passed);
	ck_assert(sv_is(r.severity, "WARN"));
	ck_assert_uint_eq(r.nmetric, 2);
	ck_assert(sv_is(r.metric[0].name, "n") && r.metric[0].value == 1);
	ck_assert_int_eq(r.rows, 3);
	ck_assert(sv_starts(r.metadata, SV("{\"n\":1")));
	ck_assert(sv_ends(r.metadata, SV(":3}")));
	g.body = (struct sv){0};
	ck_assert(dagster_parse(a, &g, &r, &faults));
	ck_assert(sv_is(r.key, "x") && r.passed);
	ck_assert(sv_is(r.metadata, "{\"q\":1}"));
	g.path = SV("raw/orders");
	g.severity = (struct sv){0};
	ck_assert(dagster_parse(a, &g, &r, &faults));
	ck_assert(sv_is(r.key, "raw/orders") && sv_is(r.severity, "ERROR"));
}
END_TEST

static const struct dagster_given wrong_dagster[] = {
	{.body = SV("")},
	{.body = SV("{}")},
	{.body = SV("[]")},
	{.body = SV("{\"asset_key\":[]}")},
	{.body = SV("{\"asset_key\":7}")},
	{.body = SV("{\"asset_key\":[7]}")},
	{.path = SV("o"), .body = SV("{")},
	{.path = SV("o"), .body = SV("{\"passed\":1}")},
	{.path = SV("o"), .body = SV("{\"metadata\":[]}")},
	{.path = SV("o"), .body = SV("{\"metadata\":{\"a\":}}")},
	{.path = SV("o"), .metadata = SV("{\"a\":1}x")},
	{.path = SV("o"), .metadata = SV("1")},
	{.path = SV("o"), .passed = SV("yes")},
	{.asset_key = SV("o")},
};

START_TEST(a_wrong_dagster_report_is_refused)
{
	struct dagster_report r;

	ck_assert(!dagster_parse(a, &wrong_dagster[_i], &r, &faults));
	ck_assert_uint_gt(faults.n, 0);
}
END_TEST

START_TEST(an_idempotency_key_is_quoted_or_bare)
{
	static const struct {
		const char *header, *key; /* NULL = refused */
	} cases[] = {
		{"abc", "abc"},     {"\"abc\"", "abc"}, {" \"a b\" ", "a b"}, {"\"a\\\"b\\\\\"", "a\"b\\"},
		{"a\\b", "a\\b"},   {"", NULL},         {"\"\"", NULL},       {"\"", NULL},
		{"a b", NULL},      {"\"a", NULL},      {"a\"", NULL},        {"\"a\"b\"", NULL},
		{"\"a\\n\"", NULL}, {"\"a\\\"", NULL},  {"\xc3\xa9", NULL},   {"\"a\x7f\"", NULL},
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		struct sv key = {0};
		bool ok = idempotency_key(a, sv_of(cases[i].header), &key);

		ck_assert_msg(ok == (cases[i].key != NULL), "%s", cases[i].header);
		if (ok)
			ck_assert_msg(sv_is(key, cases[i].key), "%s", cases[i].header);
	}
}
END_TEST

Suite *
suite_ingest(void)
{
	Suite *s = suite_create("ingest");
	TCase *t = tcase_create("ingest");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_event_says_what_it_says_and_the_rest_is_not_known);
	tcase_add_test(t, an_input_is_split_behind_the_asset);
	tcase_add_loop_test(t, a_wrong_event_is_refused_at_its_place, 0, LEN(wrong_events));
	tcase_add_test(t, the_kind_of_lineage_is_told_by_its_schema_or_its_shape);
	tcase_add_test(t, facets_are_read_where_they_have_their_shape);
	tcase_add_test(t, trouble_is_cut_between_characters);
	tcase_add_loop_test(t, lineage_that_lacks_what_makes_it_one_is_refused, 0, LEN(wrong_lineage));
	tcase_add_test(t, a_dagster_parameter_comes_from_the_body_before_the_query);
	tcase_add_loop_test(t, a_wrong_dagster_report_is_refused, 0, LEN(wrong_dagster));
	tcase_add_test(t, an_idempotency_key_is_quoted_or_bare);
	suite_add_tcase(s, t);
	return s;
}
