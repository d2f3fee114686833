#include <check.h>

#include "gate/guard.h"

#define NOW_US INT64_C(1700000000000000)

static struct arena *a;
static struct gate_policy policy;

static void
setup(void)
{
	a = arena_new();
	policy = (struct gate_policy){0};
	memcpy(policy.effect, reason_defaults, sizeof(reason_defaults));
}

static void
teardown(void)
{
	arena_free(a);
}

/*
 * One input before and after: "v1" is a version, "@5" a time, "-" missing, "!" what cannot be looked at, ""
 * is nothing known.
 */
static struct part_fact
part_of(const char *now, const char *then)
{
	struct part_fact p = {.stamp_us = TIME_NONE, .started_us = TIME_NONE};

	if (now[0] == '-')
		p.missing = true;
	else if (now[0] == '!')
		p.undecided = SV("no such host");
	else if (now[0] == '@')
		p.stamp_us = now[1];
	else
		p.version = p.version_after = sv_of(now);
	if (then != NULL)
		p.version_after = sv_of(then);
	return p;
}

static size_t
moves(const char *had, struct part_fact now, enum gate_effect cap, struct guard_move **ret)
{
	struct gate_input judged = {.upstream = SV("raw/a"), .stamp_us = TIME_NONE, .cap = cap};
	struct input_fact in = {.upstream = SV("raw/a"), .cap = cap, .part = &now, .npart = 1};
	struct decision d = {.input = &judged, .ninput = 1};
	struct gate_facts f = {.policy = &policy, .input = &in, .ninput = 1};
	size_t n;

	if (had[0] == '@')
		judged.stamp_us = had[1];
	else
		judged.data_version = sv_of(had);
	guard_moves(a, &d, &f, ret, &n);
	return n;
}

static const struct {
	const char *had, *now, *after;
	size_t moved;
} looks
	[] =
		{
			{"v1", "v1", NULL, 0},
			{"v1", "v2", NULL, 1},
			{"v1", "v1", "v2", 1}, /* while it was looked at again */
			{"v1", "v2", "v1", 1}, /* there and back */
			{"v1", "v1", "", 1},
			{"v1", "-", NULL, 1},
			{"v1", "!", NULL, 1},
			{"v1", "@5", NULL, 1},
			{"@5", "@5", NULL, 0},
			{"@5", "@6", NULL, 1},
			{"@5", "v1", NULL, 1},
			{"@5", "-", NULL, 1},
			{"@5", "!", NULL, 1},
			{"", "-", NULL, 0}, /* a policy let it through when it was missing, and it is */
			{"", "!", NULL, 0},
			{"", "v1", NULL, 1},
			{"", "@5", NULL, 1},
};

START_TEST(an_input_has_moved_unless_it_is_known_to_be_the_same)
{
	struct guard_move *m;

	ck_assert_uint_eq(moves(looks[_i].had, part_of(looks[_i].now, looks[_i].after), EFFECT_BLOCK, &m),
	                  looks[_i].moved);
	if (looks[_i].moved > 0)
		ck_assert_int_eq(guard_worst(m, 1), EFFECT_BLOCK);
}
END_TEST

START_TEST(an_input_whose_version_is_told_moves_when_its_making_begins)
{
	static const struct {
		bool told;
		int64_t before_us, now_us;
		size_t moved;
	} rows[] = {
		{true, TIME_NONE, TIME_NONE, 0}, {true, TIME_NONE, 5, 1}, {true, 5, 5, 0}, {true, 5, 6, 1},
		{true, 5, TIME_NONE, 0},         {false, TIME_NONE, 5, 0}};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct gate_input judged = {.upstream = SV("a"),
		                            .data_version = SV("1"),
		                            .stamp_us = TIME_NONE,
		                            .started_us = rows[i].before_us,
		                            .cap = EFFECT_BLOCK};
		struct part_fact part = part_of("1", NULL);
		struct input_fact in = {.upstream = SV("a"), .told = rows[i].told, .part = &part, .npart = 1};
		const struct decision d = {.input = &judged, .ninput = 1};
		const struct gate_facts f = {.policy = &policy, .input = &in, .ninput = 1};
		struct guard_move *m;
		size_t n;

		part.started_us = rows[i].now_us;
		guard_moves(a, &d, &f, &m, &n);
		ck_assert_uint_eq(n, rows[i].moved);
	}
}
END_TEST

START_TEST(the_policy_and_the_dependency_say_what_a_move_does)
{
	struct guard_move *m;

	for (int effect = EFFECT_ALLOW; effect <= EFFECT_BLOCK; effect++)
		for (int cap = EFFECT_ALLOW; cap <= EFFECT_BLOCK; cap++)
			for (int shadow = 0; shadow < 2; shadow++) {
				int least = effect < cap ? effect : cap;

				policy.effect[REASON_CHANGED] = (enum gate_effect)effect;
				policy.shadow = shadow != 0;
				ck_assert_uint_eq(moves("1", part_of("2", NULL), (enum gate_effect)cap, &m),
				                  1);
				ck_assert_int_eq(guard_worst(m, 1),
				                 shadow != 0 && least == EFFECT_BLOCK ? EFFECT_WARN : least);
			}
	ck_assert_int_eq(guard_worst(NULL, 0), EFFECT_ALLOW);
}
END_TEST

START_TEST(a_partition_that_came_or_went_is_a_move)
{
	const struct gate_input judged[] = {
		{.upstream = SV("a"), .partition = SV("1"), .data_version = SV("x"), .cap = EFFECT_BLOCK},
		{.upstream = SV("a"), .partition = SV("2"), .data_version = SV("y"), .cap = EFFECT_BLOCK}};
	const struct part_fact part[] = {{.partition = SV("2"), .version = SV("y"), .version_after = SV("y")},
	                                 {.partition = SV("3"), .version = SV("z"), .version_after = SV("z")},
	                                 {.partition = SV("4"), .missing = true}};
	const struct input_fact in = {
		.upstream = SV("a"), .cap = EFFECT_WARN, .part = part, .npart = LEN(part)};
	struct decision d = {.input = ARENA_ARRAY(a, struct gate_input, 2), .ninput = 2};
	const struct gate_facts f = {.policy = &policy, .input = &in, .ninput = 1};
	struct guard_move *m;
	size_t n;

	memcpy(d.input, judged, sizeof(judged));
	guard_moves(a, &d, &f, &m, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert(sv_is(m[0].partition, "1") && sv_is(m[0].had, "x") && m[0].now.n == 0);
	ck_assert(sv_is(m[1].partition, "3") && m[1].had.n == 0 && sv_is(m[1].now, "z"));
	ck_assert_int_eq(m[1].effect, EFFECT_WARN);
}
END_TEST

START_TEST(a_moved_input_is_recorded_as_neither_and_as_both)
{
	struct gate_input in[] = {{.upstream = SV("a"), .data_version = SV("1")},
	                          {.upstream = SV("b"), .data_version = SV("7")}};
	const struct decision d = {.input = in, .ninput = 2};
	const struct guard_move move = {.upstream = SV("a"), .had = SV("1"), .now = SV("2")};
	static const char *const expected[][2] = {
		{"a", "changed during RUN"}, {"a", "1"}, {"a", "2"}, {"b", "7"}};
	struct event_input *e;
	size_t n;

	guard_inputs(a, &d, &move, 1, "RUN", &e, &n);
	ck_assert_uint_eq(n, LEN(expected));
	for (size_t i = 0; i < n; i++)
		ck_assert(sv_is(e[i].key, expected[i][0]) && sv_is(e[i].version, expected[i][1]));
	guard_inputs(a, &d, NULL, 0, "RUN", &e, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert(sv_is(e[0].version, "1"));
}
END_TEST

static const struct {
	bool blocking, waived;
	enum severity severity;
	enum outcome outcome;
	size_t failed, errors;
} outputs[] = {
	{true, false, SEVERITY_CRITICAL, OUTCOME_PASS, 0, 0},
	{true, false, SEVERITY_CRITICAL, OUTCOME_SKIPPED, 0, 0},
	{true, false, SEVERITY_CRITICAL, OUTCOME_FAIL, 1, 0},
	{true, false, SEVERITY_CRITICAL, OUTCOME_ERROR, 0, 1},
	{true, false, SEVERITY_WARNING, OUTCOME_WARN, 1, 0}, /* declared blocking, though it may only warn */
	{true, true, SEVERITY_WARNING, OUTCOME_WARN, 0, 0},
	{true, true, SEVERITY_CRITICAL, OUTCOME_ERROR, 0, 1}, /* nobody can put up with what nobody knows */
	{false, false, SEVERITY_CRITICAL, OUTCOME_FAIL, 0, 0},
	{false, false, SEVERITY_CRITICAL, OUTCOME_ERROR, 0, 0},
};

START_TEST(only_blocking_checks_that_nobody_waived_keep_an_output_back)
{
	static const struct waiver waiver;
	const struct check check = {.blocking = outputs[_i].blocking, .severity = outputs[_i].severity};
	struct check_result c = {.check = &check,
	                         .verdict = {.outcome = outputs[_i].outcome},
	                         .waiver = outputs[_i].waived ? &waiver : NULL};
	const struct asset_result r = {.check = &c, .ncheck = 1};
	struct guard_verdict v = guard_judge(&r, 1);

	ck_assert_uint_eq(v.failed, outputs[_i].failed);
	ck_assert_uint_eq(v.errors, outputs[_i].errors);
}
END_TEST

Suite *
suite_guard(void)
{
	Suite *s = suite_create("guard");
	TCase *t = tcase_create("guard");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, an_input_has_moved_unless_it_is_known_to_be_the_same, 0, LEN(looks));
	tcase_add_test(t, an_input_whose_version_is_told_moves_when_its_making_begins);
	tcase_add_test(t, the_policy_and_the_dependency_say_what_a_move_does);
	tcase_add_test(t, a_partition_that_came_or_went_is_a_move);
	tcase_add_test(t, a_moved_input_is_recorded_as_neither_and_as_both);
	tcase_add_loop_test(t, only_blocking_checks_that_nobody_waived_keep_an_output_back, 0, LEN(outputs));
	suite_add_tcase(s, t);
	return s;
}
