/* The parts of sending that need no receiver: when it is tried again, and templates. */
#include <check.h>
#include <math.h>

#include "alert/post.h"
#include "alert/schedule.h"
#include "alert/template.h"

Suite *suite_delivery(void);

#define T0 (INT64_C(1715342400) * US_PER_S)

/* By Python's hashlib. */
static const struct {
	const char *id;
	int64_t attempts;
	double pause_s;
} pauses[] = {
	{"msg_01HXH7RVK89X0S50R6AD2ZR5J2", 1, 5.458460},
	{"msg_01HXH7RVK89X0S50R6AD2ZR5J2", 2, 32.059652},
	{"msg_01HXH7RVK89X0S50R6AD2ZR5J2", 3, 108.725949},
	{"msg_01HXH7RVK89X0S50R6AD2ZR5J2", 10, 27852.458818},
	{"msg_01HXH7RVK89X0S50R6AD2ZR5J2", 11, 42600.872391},
	{"msg_01HXH7RVK89X0S50R6AD2ZR5J2", 12, 46921.973228},
	{"msg_01HXH7RVK89X0S50R6AD2ZR5J2", 30, 46253.972329},
	{"msg_A", 1, 5.348095},
	{"msg_A", 2, 27.671812},
	{"msg_A", 10, 29637.867154},
	{"msg_A", 11, 44854.226117},
	{"msg_A", 30, 39180.319705},
};

START_TEST(the_pause_is_the_computed_one)
{
	int64_t at = retry_at(sv_of(pauses[_i].id), pauses[_i].attempts, T0, T0, 0);

	ck_assert_msg(fabs((double)(at - T0) / 1e6 - pauses[_i].pause_s) < 1e-5, "%s %d: %.6f", pauses[_i].id,
	              (int)pauses[_i].attempts, (double)(at - T0) / 1e6);
}
END_TEST

START_TEST(the_last_try_is_at_the_end)
{
	const int64_t end = T0 + 72 * US_PER_HOUR;

	ck_assert(retry_at(SV("m"), 15, end - US_PER_HOUR, T0, 0) == end);
	ck_assert(retry_at(SV("m"), 15, end - 1, T0, 0) == end);
	ck_assert(retry_at(SV("m"), 15, end, T0, 0) == TIME_NONE);
	ck_assert(retry_at(SV("m"), 1, end + US_PER_DAY, T0, 0) == TIME_NONE);
	/* Whatever the receiver wishes. */
	ck_assert(retry_at(SV("m"), 1, T0, T0, INT64_MAX) == end);
	ck_assert(retry_at(SV("m"), 1, T0, T0, 73 * US_PER_HOUR) == end);
	ck_assert(retry_at(SV("m"), 1, end, T0, INT64_MAX) == TIME_NONE);
	ck_assert(retry_at(SV("m"), 1, T0, T0, US_PER_HOUR) == T0 + US_PER_HOUR);
	/* Patience is never shortened. */
	ck_assert(retry_at(SV("m"), 10, T0, T0, US_PER_S) > T0 + 7 * US_PER_HOUR);
	/* A clock that was set back. */
	ck_assert(retry_at(SV("m"), 1, T0 - 400 * US_PER_DAY, T0, 0) < T0 - 399 * US_PER_DAY);
}
END_TEST

static const struct {
	const char *text;
	int64_t s; /* from 1994-11-06T08:49:00Z */
} wishes[] = {
	{"60", 60},
	{"0", 0},
	{"1000000000", 1000000000},
	{"Sun, 06 Nov 1994 08:49:37 GMT", 37},
	{"Sunday, 06-Nov-94 08:49:37 GMT", 37},
	{"Sun Nov  6 08:49:37 1994", 37},
	{"Sun, 06 Nov 1994 08:48:00 GMT", 0},
	{"", 0},
	{"soon", 0},
	{"-5", 0},
	{"1.5", 0},
	{"60 s", 0},
	{"Sun, 06 Nov 1994", 0},
};

START_TEST(a_wish_for_patience_is_seconds_or_a_date)
{
	int64_t got = retry_after_parse(sv_of(wishes[_i].text), INT64_C(784111740) * US_PER_S);

	ck_assert_msg(got == wishes[_i].s * US_PER_S, "'%s' is %lld us", wishes[_i].text, (long long)got);
}
END_TEST

static const struct {
	const char *text;
	enum escape escape;
	const char *expected;
} templates[] = {
	{"plain", ESCAPE_LINE, "plain"},
	{"{{id}} {{ type }} {{data.count}}", ESCAPE_LINE, "msg_1 incident.opened 2"},
	{"{{data.project}}", ESCAPE_JSON, "a\\\"b\\n<c>&"},
	{"{{data.project}}", ESCAPE_SLACK, "a\"b &lt;c&gt;&amp;"},
	{"{{data.project}}", ESCAPE_LINE, "a\"b <c>&"},
	{"[{{# incidents }}{{asset}}{{ comma }}{{/ incidents }}]", ESCAPE_LINE, "[x,y]"},
	{"{{#incidents}}{{asset}} in {{data.environment}};{{/incidents}}.", ESCAPE_LINE,
         "x in prod;y in prod;."},
	{"{\"a\": {{{data.count}}}}", ESCAPE_JSON, "{\"a\": {2}}"},
	{"{ } }} {", ESCAPE_JSON, "{ } }} {"},
	{"{{data.project}}", ESCAPE_DISCORD, "a\\\"b \\\\<c\\\\>&"},
	{"{{data.project}}", ESCAPE_GOOGLE_CHAT, "a\\\"b ‹c›&"},
	{"{{data.environment|3}} {{ data.environment | 4 }} {{data.environment|1}}", ESCAPE_LINE,
         "pr… prod …"},
	{"{{data.project|3}}", ESCAPE_SLACK, "a\"…"},
	{"{{#incidents|1}}{{asset}}{{comma}}{{/incidents}}", ESCAPE_LINE, "x"},
	{"{{# incidents | 9 }}{{asset}}{{comma}}{{/ incidents }}", ESCAPE_LINE, "x,y"},
	{"", ESCAPE_JSON, ""},
};

static const struct notice_incident incidents[] = {
	{.incident = {.asset = {"x", 1}, .resolved_us = TIME_NONE}},
	{.incident = {.asset = {"y", 1}, .resolved_us = TIME_NONE}},
};

static struct notice
make_notice(void)
{
	return (struct notice){.type = SV("incident.opened"),
	                       .project = SV("a\"b\n<c>&"),
	                       .env = SV("prod"),
	                       .incident = incidents,
	                       .nincident = LEN(incidents),
	                       .count = 2};
}

START_TEST(a_template_is_filled_in_and_escaped)
{
	AUTO(arena) a = arena_new();
	const struct notice n = make_notice();
	struct sv got = {0};
	struct err err = {0};

	ck_assert_msg(template_render(a, sv_of(templates[_i].text), SV("msg_1"), &n, templates[_i].escape,
	                              &got, &err),
	              "%s", err.msg);
	ck_assert_msg(sv_is(got, templates[_i].expected), "'%s' gives '" SV_FMT "'", templates[_i].text,
	              SV_ARG(got));
}
END_TEST

static const char *const bad[] = {
	"{{",
	"{{ id",
	"{{}}",
	"{{ nothing }}",
	"{{ asset }}",
	"{{# incidents }}",
	"{{/ incidents }}",
	"{{# x }}{{/ x }}",
	"{{# incidents }}{{# incidents }}{{/ incidents }}{{/ incidents }}",
	"{{# incidents }}{{/ x }}",
	"{{ data }}",
	"{{ id| }}",
	"{{ id|0 }}",
	"{{ id|-1 }}",
	"{{ id|x }}",
	"{{# incidents|0 }}{{/ incidents }}",
	"{{# incidents }}{{/ incidents|1 }}",
	"{{# incidents }}{{ incident.asset }}{{/ incidents }}",
};

START_TEST(a_wrong_template_is_refused_also_without_incidents)
{
	AUTO(arena) a = arena_new();
	struct notice n = make_notice();
	struct sv got = SV("left");

	for (int full = 0; full < 2; full++) {
		n.nincident = full ? LEN(incidents) : 0;
		ck_assert_msg(!template_render(a, sv_of(bad[_i]), SV("msg_1"), &n, ESCAPE_LINE, &got, NULL),
		              "took '%s'", bad[_i]);
		ck_assert(sv_is(got, "left"));
	}
	ck_assert(!template_check(a, sv_of(bad[_i]), ESCAPE_LINE, false, NULL));
}
END_TEST

Suite *
suite_delivery(void)
{
	Suite *s = suite_create("delivery");
	TCase *t = tcase_create("delivery");

	tcase_add_loop_test(t, the_pause_is_the_computed_one, 0, (int)LEN(pauses));
	tcase_add_test(t, the_last_try_is_at_the_end);
	tcase_add_loop_test(t, a_wish_for_patience_is_seconds_or_a_date, 0, (int)LEN(wishes));
	tcase_add_loop_test(t, a_template_is_filled_in_and_escaped, 0, (int)LEN(templates));
	tcase_add_loop_test(t, a_wrong_template_is_refused_also_without_incidents, 0, (int)LEN(bad));
	suite_add_tcase(s, t);
	return s;
}
