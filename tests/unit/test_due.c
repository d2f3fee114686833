/* What is due to a channel, by how an incident stands and what the channel was told of it. */
#include <check.h>
#include <stdio.h>

#include "alert/due.h"

Suite *suite_due(void);

#define MIN_US US_PER_MIN
#define NOW (INT64_C(1715342400) * US_PER_S)

static const struct flapping_decl flapping = {
	.changes = 3, .within_us = US_PER_HOUR, .quiet_us = 30 * MIN_US};

/* "told:opened@-60 told:resolved@-30 …" to channel `ops`, in minutes from NOW; another channel by "mail:". */
static struct told
told(const char *text, struct incident_event *e)
{
	size_t n = 0;
	int used;
	char channel[16], change[24];
	long long at;

	while (sscanf(text, " %15[a-z]:%23[a-z_]@%lld%n", channel, change, &at, &used) == 3) {
		const struct sv name = sv_of(change);

		e[n] = (struct incident_event){.at_us = NOW + at * MIN_US,
		                               .kind = SV("told"),
		                               .channel = sv_of(channel[0] == 'm' ? "mail" : "ops")};
		for (size_t i = 0; i < INCIDENT_CHANGES; i++)
			if (sv_is(name, incident_change_names[i]))
				e[n].change = sv_of(incident_change_names[i]);
		ck_assert_msg(e[n++].change.n > 0, "%s", change);
		text += used;
	}
	return told_to(e, n, SV("ops"));
}

static const struct {
	const char *events;
	bool any, open;
	int since_min;
	size_t escalations;
} records[] = {
	{"", false, false, 0, 0},
	{"mail:opened@-60", false, false, 0, 0},
	{"ops:opened@-60", true, true, -60, 0},
	{"ops:opened@-60 mail:resolved@-30", true, true, -60, 0},
	{"ops:opened@-60 ops:resolved@-30", true, false, -60, 0},
	{"ops:opened@-60 ops:acknowledged@-50 ops:snoozed@-40", true, true, -60, 0},
	{"ops:acknowledged@-50", false, false, 0, 0},
	{"ops:opened@-60 ops:escalated@-50 ops:escalated@-40", true, true, -60, 2},
	{"ops:opened@-60 ops:escalated@-50 ops:resolved@-40 ops:reopened@-30", true, true, -30, 0},
	{"ops:opened@-60 ops:still_open@-30 ops:flapping@-20", true, true, -60, 0},
};

START_TEST(what_a_channel_knows_is_what_it_was_told_since_the_last_opening)
{
	struct incident_event e[8];
	const struct told t = told(records[_i].events, e);

	ck_assert_int_eq(t.any, records[_i].any);
	ck_assert_int_eq(told_open(&t), records[_i].open);
	ck_assert_uint_eq(t.escalations, records[_i].escalations);
	if (t.any)
		ck_assert_int_eq((t.since_us - NOW) / MIN_US, records[_i].since_min);
}
END_TEST

#define NEVER INT64_MAX
#define NOT_HELD INT64_MIN
#define OPEN INT64_MIN /* not resolved */

/* All times in minutes from NOW; 0 where something never was. */
static const struct {
	const char *events;
	struct {
		int64_t resolved, snoozed, worse, joined, changed;
		bool flapping, acked;
	} is;
	struct {
		int64_t repeat, held;
		bool unrouted, worse, in_vain;
	} asks;
	int change; /* -1 = nothing */
	int64_t next;
} rows[] = {
	/* New to the channel. */
	{"", {.resolved = OPEN}, {.held = NOT_HELD}, INCIDENT_OPENED, NEVER},
	{"", {.resolved = OPEN}, {.held = NOT_HELD, .unrouted = true}, -1, NEVER},
	{"", {.resolved = OPEN}, {.held = 20}, -1, 20},
	{"", {.resolved = OPEN, .snoozed = 30}, {.held = NOT_HELD}, -1, 30},
	{"", {.resolved = OPEN, .snoozed = -5}, {.held = NOT_HELD}, INCIDENT_OPENED, NEVER},
	{"", {.resolved = OPEN, .flapping = true}, {.held = NOT_HELD}, INCIDENT_FLAPPING, NEVER},
	{"ops:opened@-60 ops:resolved@-30", {.resolved = OPEN}, {.held = NOT_HELD}, INCIDENT_REOPENED, NEVER},
	/* Over. */
	{"", {.resolved = -1}, {.held = NOT_HELD}, -1, NEVER},
	{"ops:opened@-60", {.resolved = -1}, {.held = NOT_HELD}, INCIDENT_RESOLVED, NEVER},
	{"ops:opened@-60", {.resolved = -1}, {.held = NOT_HELD, .unrouted = true}, INCIDENT_RESOLVED, NEVER},
	{"ops:opened@-60", {.resolved = -1}, {.held = 20}, INCIDENT_RESOLVED, NEVER},
	{"ops:opened@-60 ops:resolved@-30", {.resolved = -31}, {.held = NOT_HELD}, -1, NEVER},
	{"ops:opened@-60", {.resolved = -1, .changed = -10, .flapping = true}, {.held = NOT_HELD}, -1, 20},
	/* Known. */
	{"ops:opened@-60", {.resolved = OPEN}, {.held = NOT_HELD}, -1, NEVER},
	{"ops:opened@-60", {.resolved = OPEN}, {.held = NOT_HELD, .worse = true}, INCIDENT_STILL, NEVER},
	{"ops:opened@-60", {.resolved = OPEN, .worse = -10}, {.held = NOT_HELD}, INCIDENT_STILL, NEVER},
	{"ops:opened@-60", {.resolved = OPEN, .worse = -70}, {.held = NOT_HELD}, -1, NEVER},
	{"ops:opened@-60", {.resolved = OPEN, .worse = -10}, {.held = 5}, -1, 5},
	{"ops:opened@-60", {.resolved = OPEN, .worse = -10, .snoozed = 15}, {.held = NOT_HELD}, -1, 15},
	{"ops:opened@-60", {.resolved = OPEN, .snoozed = -10}, {.held = NOT_HELD}, INCIDENT_STILL, NEVER},
	{"ops:opened@-60", {.resolved = OPEN, .snoozed = -70}, {.held = NOT_HELD}, -1, NEVER},
	/* Repeats. */
	{"ops:opened@-60", {.resolved = OPEN}, {.held = NOT_HELD, .repeat = 60}, INCIDENT_STILL, NEVER},
	{"ops:opened@-60", {.resolved = OPEN}, {.held = NOT_HELD, .repeat = 61}, -1, 1},
	{"ops:opened@-60", {.resolved = OPEN, .acked = true}, {.held = NOT_HELD, .repeat = 60}, -1, NEVER},
	{"ops:opened@-90 ops:still_open@-50", {.resolved = OPEN}, {.held = NOT_HELD, .repeat = 60}, -1, 10},
	/* Partitions that joined, once an hour. */
	{"ops:opened@-61", {.resolved = OPEN, .joined = -2}, {.held = NOT_HELD}, INCIDENT_STILL, NEVER},
	{"ops:opened@-50", {.resolved = OPEN, .joined = -2}, {.held = NOT_HELD}, -1, 10},
	{"ops:opened@-50", {.resolved = OPEN, .joined = -55}, {.held = NOT_HELD}, -1, NEVER},
	{"ops:opened@-50", {.resolved = OPEN, .joined = -2}, {.held = NOT_HELD, .repeat = 55}, -1, 5},
	/* Whom nothing reached: once a day. */
	{"ops:opened@-1440", {.resolved = OPEN}, {.held = NOT_HELD, .in_vain = true}, INCIDENT_OPENED, NEVER},
	{"ops:opened@-1439", {.resolved = OPEN}, {.held = NOT_HELD, .in_vain = true}, -1, 1},
	{"ops:opened@-1439", {.resolved = OPEN}, {.held = NOT_HELD, .in_vain = true, .repeat = 1500}, -1, 1},
	/* Coming and going. */
	{"ops:opened@-60",
         {.resolved = OPEN, .flapping = true, .changed = -5},
         {.held = NOT_HELD},
         INCIDENT_FLAPPING,
         NEVER},
	{"ops:flapping@-10",
         {.resolved = OPEN, .flapping = true, .changed = -5},
         {.held = NOT_HELD, .worse = true},
         -1,
         25},
	{"ops:flapping@-10", {.resolved = OPEN}, {.held = NOT_HELD}, INCIDENT_STILL, NEVER},
};

START_TEST(what_is_due_follows_from_how_it_stands_and_what_was_told)
{
	struct incident_event e[8];
	const struct told t = told(rows[_i].events, e);
	const struct incident i = {
		.resolved_us = rows[_i].is.resolved == OPEN ? TIME_NONE : NOW + rows[_i].is.resolved * MIN_US,
		.snoozed_until_us = rows[_i].is.snoozed != 0 ? NOW + rows[_i].is.snoozed * MIN_US : 0,
		.worse_us = rows[_i].is.worse != 0 ? NOW + rows[_i].is.worse * MIN_US : 0,
		.joined_us = rows[_i].is.joined != 0 ? NOW + rows[_i].is.joined * MIN_US : 0,
		.changed_us = NOW + rows[_i].is.changed * MIN_US,
		.flapping = rows[_i].is.flapping,
		.acked_by = rows[_i].is.acked ? SV("ann") : (struct sv){0},
	};
	const struct due_question q = {
		.incident = &i,
		.told = &t,
		.flapping = &flapping,
		.repeat_every_us = rows[_i].asks.repeat * MIN_US,
		.held_us = rows[_i].asks.held == NOT_HELD ? TIME_NONE : NOW + rows[_i].asks.held * MIN_US,
		.routed = !rows[_i].asks.unrouted,
		.worse = rows[_i].asks.worse,
		.in_vain = rows[_i].asks.in_vain,
		.now_us = NOW,
	};
	const struct due d = due_now(&q);

	ck_assert_int_eq(d.is ? (int)d.change : -1, rows[_i].change);
	ck_assert_int_eq(d.next_us == INT64_MAX ? NEVER : (d.next_us - NOW) / MIN_US, rows[_i].next);
}
END_TEST

static const struct {
	int64_t since, after; /* minutes */
	int64_t resolved, snoozed, held;
	bool acked, flapping;
	bool is;
	int64_t next;
} steps[] = {
	{-30, 30, OPEN, 0, NOT_HELD, false, false, true, NEVER},
	{-29, 30, OPEN, 0, NOT_HELD, false, false, false, 1},
	{-30, 30, -1, 0, NOT_HELD, false, false, false, NEVER},
	{-30, 30, OPEN, 0, NOT_HELD, true, false, false, NEVER},
	{-30, 30, OPEN, 0, NOT_HELD, false, true, false, NEVER},
	{-30, 30, OPEN, 10, NOT_HELD, false, false, false, 10},
	{-10, 30, OPEN, 10, NOT_HELD, false, false, false, 20},
	{-30, 30, OPEN, 0, 15, false, false, false, 15},
	{-10, 30, OPEN, 0, 15, false, false, false, 20},
};

START_TEST(a_step_of_escalation_is_due_in_time_unless_somebody_is_at_it)
{
	const struct escalation_decl e = {.after_us = steps[_i].after * MIN_US};
	const struct incident i = {
		.resolved_us = steps[_i].resolved == OPEN ? TIME_NONE : NOW + steps[_i].resolved * MIN_US,
		.snoozed_until_us = steps[_i].snoozed != 0 ? NOW + steps[_i].snoozed * MIN_US : 0,
		.acked_by = steps[_i].acked ? SV("ann") : (struct sv){0},
		.flapping = steps[_i].flapping,
	};
	const struct due d = due_escalation(
		&i, &e, NOW + steps[_i].since * MIN_US,
		steps[_i].held == NOT_HELD ? TIME_NONE : NOW + steps[_i].held * MIN_US, NOW);

	ck_assert_int_eq(d.is, steps[_i].is);
	if (d.is)
		ck_assert_int_eq(d.change, INCIDENT_ESCALATED);
	ck_assert_int_eq(d.next_us == INT64_MAX ? NEVER : (d.next_us - NOW) / MIN_US, steps[_i].next);
}
END_TEST

Suite *
suite_due(void)
{
	Suite *s = suite_create("due");
	TCase *t = tcase_create("due");

	tcase_add_loop_test(t, what_a_channel_knows_is_what_it_was_told_since_the_last_opening, 0,
	                    (int)LEN(records));
	tcase_add_loop_test(t, what_is_due_follows_from_how_it_stands_and_what_was_told, 0, (int)LEN(rows));
	tcase_add_loop_test(t, a_step_of_escalation_is_due_in_time_unless_somebody_is_at_it, 0,
	                    (int)LEN(steps));
	suite_add_tcase(s, t);
	return s;
}
