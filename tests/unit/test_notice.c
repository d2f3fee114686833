#include <check.h>
#include <stdlib.h>

#include "alert/notice.h"
#include "base/civil.h"

#define NOW_US INT64_C(1767323045000000) /* 2026-01-02T03:04:05Z */

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

static struct notice_incident
incident(const char *id, struct sv message)
{
	return (struct notice_incident){.incident = {
						.id = sv_of(id),
						.kind = SV("check_failed"),
						.asset = SV("raw/orders"),
						.check = SV("raw/orders:not_null:id"),
						.title = SV("raw/orders: 3 of 10 values are null"),
						.message = message,
						.opened_us = NOW_US,
						.resolved_us = TIME_NONE,
					}};
}

static struct notice
notice(struct notice_incident *v, size_t n)
{
	return (struct notice){.type = SV("incident.opened"),
	                       .at_us = NOW_US,
	                       .project = SV("shop"),
	                       .env = SV("prod"),
	                       .run_id = SV("R"),
	                       .route = SV("1"),
	                       .incident = v,
	                       .nincident = n};
}

START_TEST(a_notice_is_the_documented_json)
{
	static const struct sv owner[] = {{"team:data", 9}};
	static const struct tag tag[] = {{{"tier", 4}, {"gold", 4}}, {{"pii", 3}, {0}}};
	static const struct symptom symptom = {
		.kind = {"late", 4}, .asset = {"marts/x", 7}, .message = {"m", 1}};
	struct notice_incident i = incident("I", SV("say \"hi\"\n"));
	struct notice n = notice(&i, 1);

	i.owner = owner;
	i.nowner = 1;
	i.tag = tag;
	i.ntag = 2;
	i.incident.symptom = &symptom;
	i.incident.nsymptom = 1;
	i.incident.symptoms = 7;

	struct sv body = notice_json(a, &n);

	ck_assert_str_eq(
		arena_str(a, body),
		"{\"type\":\"incident.opened\",\"timestamp\":\"2026-01-02T03:04:05Z\",\"data\":"
		"{\"project\":\"shop\",\"environment\":\"prod\",\"run_id\":\"R\",\"route\":\"1\","
		"\"count\":1,\"omitted\":0,\"incidents\":[{\"id\":\"I\",\"kind\":\"check_failed\","
		"\"asset\":\"raw/orders\",\"partition\":\"\",\"check\":\"raw/orders:not_null:id\","
		"\"severity\":\"critical\",\"change\":\"opened\","
		"\"title\":\"raw/orders: 3 of 10 values are null\",\"message\":\"say \\\"hi\\\"\\n\","
		"\"opened_at\":\"2026-01-02T03:04:05Z\",\"resolved_at\":null,\"state\":\"open\","
		"\"acknowledged_at\":null,\"acknowledged_by\":\"\",\"note\":\"\",\"snoozed_until\":null,"
		"\"resolved_by\":\"\",\"url\":\"\",\"partition_count\":0,\"partitions\":[],\"owners\":"
		"[\"team:data\"],\"tags\":{\"tier\":\"gold\",\"pii\":\"\"},\"symptom_count\":7,"
		"\"symptoms\":[{\"kind\":\"late\",\"asset\":\"marts/x\",\"partition\":\"\","
		"\"check\":\"\",\"message\":\"m\"}]}]}}");
}
END_TEST

START_TEST(a_notice_reads_back_as_it_was)
{
	static const struct sv owner[] = {{"team:data", 9}};
	static const struct tag tag[] = {{{"tier", 4}, {"gold", 4}}};
	static const struct symptom symptom = {
		.kind = {"late", 4}, .asset = {"marts/x", 7}, .message = {"m", 1}};
	struct notice_incident i[2] = {incident("I1", SV("one")), incident("I2", SV("ünï\x01"))};
	struct notice n = notice(i, 2), got;
	struct err err = {0};

	i[0].owner = owner;
	i[0].nowner = 1;
	i[0].tag = tag;
	i[0].ntag = 1;
	i[1].incident.symptom = &symptom;
	i[1].incident.nsymptom = 1;
	i[1].incident.symptoms = 7;
	i[1].incident.severity = SEVERITY_INFO;
	i[1].incident.change = INCIDENT_RESOLVED;
	i[1].incident.resolved_us = NOW_US + 1;
	n.count = 5;

	struct sv body = notice_json(a, &n);

	ck_assert_msg(notice_parse(a, body, &got, &err), "%s", err.msg);
	ck_assert(sv_is(got.type, "incident.opened"));
	ck_assert_int_eq(got.at_us, NOW_US);
	ck_assert(sv_is(got.project, "shop") && sv_is(got.env, "prod") && sv_is(got.run_id, "R"));
	ck_assert_int_eq(got.count, 5);
	ck_assert_int_eq(got.omitted, 3);
	ck_assert_uint_eq(got.nincident, 2);
	ck_assert(sv_is(got.incident[0].owner[0], "team:data") &&
	          sv_is(got.incident[0].tag[0].value, "gold"));
	ck_assert_int_eq(got.incident[0].incident.resolved_us, TIME_NONE);

	const struct incident *last = &got.incident[1].incident;

	ck_assert(sv_is(last->message, "ünï\x01") && sv_is(last->symptom[0].asset, "marts/x"));
	ck_assert_int_eq(last->severity, SEVERITY_INFO);
	ck_assert_int_eq(last->change, INCIDENT_RESOLVED);
	ck_assert_int_eq(last->resolved_us, NOW_US + 1);
	ck_assert_int_eq(last->symptoms, 7);
	/* Written again it is the same text. */
	ck_assert(sv_eq(notice_json(a, &got), body));
}
END_TEST

static struct sv
filled(const char *piece, size_t times)
{
	AUTO(buf) b = buf_new((size_t)64 << 20);

	for (size_t i = 0; i < times; i++)
		ck_assert(buf_puts(b, piece));
	return arena_sv(a, buf_sv(b));
}

static const struct {
	size_t incidents;
	const char *piece;
	size_t times;
	size_t symptoms;
	int64_t omitted; /* -1 = some */
} sizes[] = {
	{0, "", 0, 0, 0},
	{1, "x", 100, 0, 0},
	{1, "x", 1 << 20, 0, 0},
	{1, "\x01", 1 << 18, 50, 0},
	{1, "\xff", 1 << 18, 50, 0},
	{1, "é", 1 << 18, 50, 0},
	{10, "x", 1000, 0, 0},
	{5000, "x", 10, 0, -1},
	{300, "\"", 100000, 50, -1},
};

START_TEST(a_notice_keeps_within_its_limit_and_tells_what_it_left_out)
{
	struct notice_incident *v = ARENA_ARRAY(a, struct notice_incident, sizes[_i].incidents + 1);
	struct sv text = filled(sizes[_i].piece, sizes[_i].times);
	struct symptom symptom[SYMPTOMS_MAX];
	struct notice n = notice(v, sizes[_i].incidents), got;
	struct err err = {0};

	for (size_t i = 0; i < LEN(symptom); i++)
		symptom[i] = (struct symptom){text, text, text, text, text, .severity = SEVERITY_INFO};
	for (size_t i = 0; i < n.nincident; i++) {
		v[i].incident = (struct incident){.id = SV("I"),
		                                  .kind = text,
		                                  .asset = text,
		                                  .partition = text,
		                                  .check = text,
		                                  .title = text,
		                                  .message = text,
		                                  .resolved_us = TIME_NONE,
		                                  .symptom = symptom,
		                                  .nsymptom = sizes[_i].symptoms};
		v[i].owner = &text;
		v[i].nowner = 1;
	}
	n.project = n.route = n.env = text;

	struct sv body = notice_json(a, &n);

	ck_assert_uint_le(body.n, NOTICE_MAX);
	ck_assert(sv_utf8_valid(body));
	ck_assert_msg(notice_parse(a, body, &got, &err), "%s", err.msg);
	ck_assert_int_eq(got.count, (int64_t)sizes[_i].incidents);
	ck_assert_int_eq(got.count - got.omitted, (int64_t)got.nincident);
	if (sizes[_i].omitted >= 0)
		ck_assert_int_eq(got.omitted, sizes[_i].omitted);
	else
		ck_assert_int_gt(got.omitted, 0);
	ck_assert(sizes[_i].incidents == 0 || got.nincident > 0);
	if (text.n > 5000 && got.nincident > 0)
		ck_assert(sv_ends(got.incident[0].incident.message, SV("… (cut)")));
}
END_TEST

static const char *const bad[] = {
	"",
	"{",
	"[]",
	"{}",
	"{\"type\": \"test\", \"timestamp\": \"yesterday\", \"data\": {}}",
	"{\"type\": \"test\", \"timestamp\": \"2026-01-02T03:04:05Z\", \"data\": []}",
	"{\"type\": 1, \"timestamp\": \"2026-01-02T03:04:05Z\", \"data\": {\"project\": \"\", "
	"\"environment\": "
	"\"\", \"run_id\": \"\", \"route\": \"\", \"count\": 0, \"omitted\": 0, \"incidents\": []}}",
	"{\"type\": \"t\", \"timestamp\": \"2026-01-02T03:04:05Z\", \"data\": {\"project\": \"\", "
	"\"environment\": "
	"\"\", \"run_id\": \"\", \"route\": \"\", \"count\": -1, \"omitted\": 0, \"incidents\": []}}",
	"{\"type\": \"t\", \"timestamp\": \"2026-01-02T03:04:05Z\", \"data\": {\"project\": \"\", "
	"\"environment\": "
	"\"\", \"run_id\": \"\", \"route\": \"\", \"count\": 0, \"omitted\": 0, \"incidents\": [{}]}}",
};

START_TEST(what_is_no_notice_is_refused_and_the_result_left_alone)
{
	struct notice got = {.count = 42};
	struct err err = {0};

	ck_assert_msg(!notice_parse(a, sv_of(bad[_i]), &got, &err), "took %s", bad[_i]);
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_int_eq(got.count, 42);
}
END_TEST

static const struct {
	const char *type, *project;
	size_t n;
	const char *title;
} titles[] = {
	{"incident.opened", "shop", 1, "raw/orders: 3 of 10 values are null"},
	{"incident.repeated", "shop", 1, "still open: raw/orders: 3 of 10 values are null"},
	{"incident.resolved", "shop", 1, "resolved: raw/orders: 3 of 10 values are null"},
	{"incident.opened", "shop", 3, "3 problems opened in shop (prod)"},
	{"incident.repeated", "shop", 2, "2 problems still open in shop (prod)"},
	{"incident.resolved", "", 2, "2 problems resolved in 'prod'"},
	{"incident.digest", "shop", 12, "12 problems in shop (prod)"},
	{"test", "shop", 0, "a test message from weir in shop (prod)"},
};

START_TEST(a_title_says_in_one_line_what_it_is_about)
{
	struct notice_incident v[12];
	struct notice n = notice(v, titles[_i].n);

	for (size_t i = 0; i < LEN(v); i++)
		v[i] = incident("I", SV("m"));
	n.type = sv_of(titles[_i].type);
	n.project = sv_of(titles[_i].project);
	n.count = (int64_t)titles[_i].n;
	ck_assert_str_eq(arena_str(a, notice_title(a, &n)), titles[_i].title);
}
END_TEST

Suite *
suite_notice(void)
{
	Suite *s = suite_create("notice");
	TCase *t = tcase_create("notice");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_notice_is_the_documented_json);
	tcase_add_test(t, a_notice_reads_back_as_it_was);
	tcase_add_loop_test(t, a_notice_keeps_within_its_limit_and_tells_what_it_left_out, 0,
	                    (int)LEN(sizes));
	tcase_add_loop_test(t, what_is_no_notice_is_refused_and_the_result_left_alone, 0, (int)LEN(bad));
	tcase_add_loop_test(t, a_title_says_in_one_line_what_it_is_about, 0, (int)LEN(titles));
	suite_add_tcase(s, t);
	return s;
}
