#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/incident.h"
#include "store/outbox.h"
#include "store/symptom.h"

#define NOW_US INT64_C(1700000000000000)
#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)

static struct arena *a;
static struct clock fixed;
static struct store *s;
static struct err err;

static void
setup(void)
{
	a = arena_new();
	fixed = clock_fixed(NOW_US);
	err = (struct err){0};
	OK(store_open(SV(":memory:"), STORE_WRITE, SV("prod"), &fixed, &s, &err));
}

static void
teardown(void)
{
	store_close(s);
	arena_free(a);
}

/* Incidents ----------------------------------------------------------------------------------------------------- */

static struct incident
incident(const char *key)
{
	return (struct incident){
		.key = sv_of(key),
		.kind = SV("late"),
		.asset = SV("raw/orders"),
		.partition = SV("2024-01-31"),
		.check = SV("c"),
		.severity = SEVERITY_WARNING,
		.title = SV("title"),
		.message = SV("message"),
		.opened_us = NOW_US,
		.seen_us = NOW_US,
		.resolved_us = TIME_NONE,
		.opened_run = SV("run 1"),
		.run_id = SV("run 1"),
	};
}

static struct sv
put(struct incident i)
{
	OK(store_put_incident(s, &i, &err));
	return arena_sv(a, i.id);
}

START_TEST(an_incident_is_read_as_it_was_put)
{
	static const struct symptom symptoms[] = {
		{.kind = {"late", 4}, .asset = {"x", 1}, .message = {"m1", 2}},
		{.kind = {"stale", 5},
	         .asset = {"y", 1},
	         .partition = {"p", 1},
	         .check = {"c", 1},
	         .severity = SEVERITY_INFO},
	};
	struct incident i = incident("k"), got = {0};
	bool found = false;

	i.symptoms = 70;

	struct sv id = put(i);

	for (size_t k = 0; k < LEN(symptoms); k++)
		OK(store_put_symptom(s, id, &symptoms[k], &err));

	ck_assert_uint_eq(id.n, 26);
	OK(store_incident(s, a, id, &got, &found, &err));
	ck_assert(found);
	ck_assert(sv_is(got.key, "k") && sv_is(got.kind, "late") && sv_is(got.asset, "raw/orders"));
	ck_assert(sv_is(got.partition, "2024-01-31") && sv_is(got.check, "c") && sv_is(got.title, "title"));
	ck_assert(sv_is(got.message, "message") && sv_is(got.opened_run, "run 1") &&
	          sv_is(got.run_id, "run 1"));
	ck_assert_int_eq(got.severity, SEVERITY_WARNING);
	ck_assert_int_eq(got.opened_us, NOW_US);
	ck_assert_int_eq(got.resolved_us, TIME_NONE);
	ck_assert_int_eq(got.symptoms, 70);
	ck_assert_uint_eq(got.nsymptom, 2);
	ck_assert(sv_is(got.symptom[0].message, "m1") && sv_is(got.symptom[1].partition, "p"));
	ck_assert_int_eq(got.symptom[1].severity, SEVERITY_INFO);
	OK(store_incident(s, a, SV("another"), &got, &found, &err));
	ck_assert(!found);
}
END_TEST

START_TEST(an_incident_is_overwritten_by_its_id)
{
	static const struct symptom symptom = {.kind = {"late", 4}, .asset = {"x", 1}};
	struct incident i = incident("k"), got = {0};
	bool found;

	i.symptoms = 1;
	i.id = put(i);
	OK(store_put_symptom(s, i.id, &symptom, &err));
	i.severity = SEVERITY_CRITICAL;
	i.message = SV("worse");
	i.resolved_us = NOW_US + 5;
	i.run_id = SV("run 2");
	i.loose = true;
	ck_assert(sv_eq(put(i), i.id));
	OK(store_incident(s, a, i.id, &got, &found, &err));
	ck_assert_int_eq(got.severity, SEVERITY_CRITICAL);
	ck_assert(sv_is(got.message, "worse") && sv_is(got.run_id, "run 2") && got.loose);
	ck_assert_int_eq(got.resolved_us, NOW_US + 5);
	/* They are apart. */
	ck_assert_uint_eq(got.nsymptom, 1);
}
END_TEST

/* Symptoms ------------------------------------------------------------------------------------------------------ */

static struct symptom
symptom(const char *kind, const char *asset, const char *partition)
{
	return (struct symptom){.kind = sv_of(kind),
	                        .asset = sv_of(asset),
	                        .partition = sv_of(partition),
	                        .severity = SEVERITY_WARNING};
}

/* "asset:partition:kind …" of a page. */
static const char *
page(struct sv id, const struct symptom *after, size_t max)
{
	struct symptom *v;
	char *text = arena_printf(a, "%s", "");
	size_t n;

	OK(store_symptoms(s, a, id, after, max, &v, &n, &err));
	for (size_t i = 0; i < n; i++)
		text = arena_printf(a, "%s%s" SV_FMT ":" SV_FMT ":" SV_FMT, text, i > 0 ? " " : "",
		                    SV_ARG(v[i].asset), SV_ARG(v[i].partition), SV_ARG(v[i].kind));
	return text;
}

START_TEST(symptoms_come_by_name_and_in_pages_and_fifty_with_the_incident)
{
	const struct symptom v[] = {symptom("stale", "b", ""), symptom("late", "b", "2"),
	                            symptom("late", "a", ""), symptom("late", "b", "")};
	struct incident i = incident("k"), got = {0};
	struct sv id;
	bool found;

	i.symptoms = (int64_t)LEN(v);
	id = put(i);
	for (size_t k = 0; k < LEN(v); k++)
		OK(store_put_symptom(s, id, &v[k], &err));
	ck_assert_str_eq(page(id, NULL, 10), "a::late b::late b::stale b:2:late");
	ck_assert_str_eq(page(id, NULL, 1), "a::late");
	ck_assert_str_eq(page(id, &v[2], 2), "b::late b::stale");
	ck_assert_str_eq(page(id, &v[1], 2), "");
	/* The same one once more is no other. */
	OK(store_put_symptom(s, id, &v[0], &err));
	ck_assert_str_eq(page(id, NULL, 10), "a::late b::late b::stale b:2:late");
	OK(store_drop_symptom(s, id, &v[3], &err));
	ck_assert_str_eq(page(id, NULL, 10), "a::late b::stale b:2:late");
	for (int k = 0; k < 60; k++) {
		const struct symptom more = symptom("late", arena_printf(a, "c%02d", k), "");

		OK(store_put_symptom(s, id, &more, &err));
	}
	OK(store_incident(s, a, id, &got, &found, &err));
	ck_assert_uint_eq(got.nsymptom, 50);
	ck_assert(sv_is(got.symptom[0].asset, "a") && sv_is(got.symptom[49].asset, "c46"));
}
END_TEST

START_TEST(symptoms_are_held_until_it_is_known_what_became_of_them)
{
	const struct symptom one = symptom("late", "a", ""), two = symptom("stale", "a", "");
	struct held_symptom *held;
	struct symptom *left;
	enum severity worst = SEVERITY_CRITICAL;
	struct sv id = put(incident("k"));
	int64_t kept;
	size_t n;

	OK(store_worst_symptom(s, id, &worst, &err));
	ck_assert_int_eq(worst, SEVERITY_CRITICAL);
	OK(store_put_symptom(s, id, &one, &err));
	OK(store_put_symptom(s, id, &two, &err));
	OK(store_worst_symptom(s, id, &worst, &err));
	ck_assert_int_eq(worst, SEVERITY_WARNING);
	OK(store_asset_symptoms(s, a, SV("a"), &held, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert(sv_eq(held[0].incident, id));
	OK(store_asset_symptoms(s, a, SV("b"), &held, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_settle_symptom(s, id, &one, &err));
	OK(store_asset_symptoms(s, a, SV("a"), &held, &n, &err));
	ck_assert_uint_eq(n, 1);
	OK(store_held_symptoms(s, a, &held, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert(sv_is(held[0].symptom.kind, "stale"));
	OK(store_symptoms_left(s, a, id, 10, &left, &n, &err));
	ck_assert_uint_eq(n, 1);
	/* What was is still shown. */
	ck_assert_str_eq(page(id, NULL, 10), "a::late a::stale");
	OK(store_renew_symptoms(s, id, &kept, &err));
	ck_assert_int_eq(kept, 1);
	ck_assert_str_eq(page(id, NULL, 10), "a::stale");
}
END_TEST

START_TEST(loose_incidents_are_found_until_they_are_not)
{
	struct incident i = incident("k"), *v;
	size_t n;

	put(incident("1"));
	i.resolved_us = NOW_US;
	i.loose = true;
	i.id = put(i);
	OK(store_loose_incidents(s, a, &v, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert(sv_eq(v[0].id, i.id));
	i.loose = false;
	put(i);
	OK(store_loose_incidents(s, a, &v, &n, &err));
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(one_incident_of_a_key_is_open_at_a_time)
{
	struct incident i = incident("k");
	struct incident *v;
	size_t n;
	struct sv id = put(i);

	ck_assert(!store_put_incident(s, &i, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_uint_eq(i.id.n, 0);
	err = (struct err){0};
	i.id = id;
	i.resolved_us = NOW_US + 1;
	put(i);
	i.id = (struct sv){0};
	i.resolved_us = TIME_NONE;
	put(i);
	OK(store_open_incidents(s, a, &v, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert(!sv_eq(v[0].id, id));
}
END_TEST

START_TEST(incidents_are_listed_in_order_and_by_state)
{
	struct incident *v;
	size_t n;
	struct incident two = incident("2");

	put(incident("1"));
	two.resolved_us = NOW_US;
	put(two);
	put(incident("3"));
	OK(store_open_incidents(s, a, &v, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert(sv_is(v[0].key, "1") && sv_is(v[1].key, "3"));
	OK(store_list_incidents(s, a, false, 10, &v, &n, &err));
	ck_assert_uint_eq(n, 3);
	ck_assert(sv_is(v[0].key, "3") && sv_is(v[1].key, "2") && sv_is(v[2].key, "1"));
	OK(store_list_incidents(s, a, true, 10, &v, &n, &err));
	ck_assert_uint_eq(n, 2);
	OK(store_list_incidents(s, a, false, 1, &v, &n, &err));
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(what_was_put_in_a_transaction_goes_with_it)
{
	struct message m = {.channel = SV("ops"), .type = SV("test"), .body = SV("{}"), .created_us = NOW_US};
	struct incident i = incident("k"), *v;
	int64_t count[3];
	size_t n;

	OK(store_begin(s, &err));
	OK(store_put_incident(s, &i, &err));
	OK(store_add_message(s, &m, &err));
	store_rollback(s);
	OK(store_list_incidents(s, a, false, 10, &v, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_count_messages(s, count, &err));
	ck_assert_int_eq(count[MESSAGE_PENDING], 0);
}
END_TEST

/* Outbox -------------------------------------------------------------------------------------------------------- */

static struct message
message(const char *channel, const char *type, const struct sv *incident_id, size_t n)
{
	struct message m = {.channel = sv_of(channel),
	                    .type = sv_of(type),
	                    .body = SV("{}"),
	                    .incident = incident_id,
	                    .nincident = n,
	                    .created_us = NOW_US};

	OK(store_add_message(s, &m, &err));
	m.id = arena_sv(a, m.id);
	return m;
}

/* Of all channels, by their names, if it is empty. */
static struct message *
due(const char *channel, int64_t until_us, size_t expected)
{
	struct message *all = ARENA_ARRAY(a, struct message, 100), *v;
	struct sv one = sv_of(channel), *names = &one;
	size_t n, nname = 1, nall = 0;

	if (channel[0] == '\0')
		OK(store_pending_channels(s, a, &names, &nname, &err));
	for (size_t i = 0; i < nname; i++) {
		OK(store_due_messages(s, a, names[i], until_us, 100 - nall, &v, &n, &err));
		for (size_t k = 0; k < n; k++)
			all[nall++] = v[k];
	}
	ck_assert_uint_eq(nall, expected);
	return all;
}

static const struct sv ids[] = {{"I1", 2}, {"I2", 2}, {"I3", 2}};

START_TEST(a_message_is_due_at_once_in_order_and_by_channel)
{
	struct message m = message("ops", "incident.opened", ids, 2);
	const struct message *v;

	ck_assert(sv_starts(m.id, SV("msg_")));
	ck_assert_uint_eq(m.id.n, 30);
	message("mail", "incident.opened", ids, 1);
	message("ops", "incident.opened", ids + 2, 1);
	/* Waits for the first one. */
	message("ops", "incident.resolved", ids, 1);
	due("", NOW_US - 1, 0);
	v = due("", NOW_US, 3);
	ck_assert(sv_is(v[0].channel, "mail") && sv_eq(v[1].id, m.id));
	v++;
	ck_assert_uint_eq(v[0].nincident, 2);
	ck_assert(sv_is(v[0].incident[0], "I1") && sv_is(v[0].incident[1], "I2"));
	ck_assert_int_eq(v[0].attempts, 0);
	ck_assert_int_eq(v[0].settled_us, TIME_NONE);
	v = due("ops", NOW_US, 2);
	ck_assert_int_lt(v[0].seq, v[1].seq);
}
END_TEST

static void
settle(struct message *m, enum message_state state, int64_t next_us, const char *outcome)
{
	struct attempt at = {.at_us = NOW_US, .status = 500, .duration_ms = 1.5, .outcome = sv_of(outcome)};

	m->state = state;
	m->next_us = next_us;
	m->settled_us = NOW_US + 7;
	m->attempts++;
	m->outcome = sv_of(outcome);
	OK(store_settle_message(s, m, &at, &err));
}

START_TEST(an_attempt_moves_a_message_and_is_on_record)
{
	struct message m = message("ops", "incident.opened", ids, 1), got = {0};
	struct attempt *at;
	int64_t count[3];
	bool found;
	size_t n;

	settle(&m, MESSAGE_PENDING, NOW_US + 60, "500 Oops");
	due("", NOW_US + 59, 0);
	due("", NOW_US + 60, 1);
	settle(&m, MESSAGE_SENT, 0, "200 OK");
	due("", INT64_MAX, 0);
	OK(store_message(s, a, m.id, &got, &found, &err));
	ck_assert(found && got.state == MESSAGE_SENT && got.attempts == 2 && got.settled_us == NOW_US + 7);
	ck_assert(sv_is(got.outcome, "200 OK"));
	OK(store_attempts(s, a, m.id, &at, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(at[0].number, 1);
	ck_assert_int_eq(at[1].number, 2);
	ck_assert_int_eq(at[0].status, 500);
	ck_assert(sv_is(at[0].outcome, "500 Oops"));
	OK(store_count_messages(s, count, &err));
	ck_assert_int_eq(count[MESSAGE_PENDING], 0);
	ck_assert_int_eq(count[MESSAGE_SENT], 1);
}
END_TEST

START_TEST(a_message_that_is_gone_can_not_be_settled)
{
	struct message m = message("ops", "test", NULL, 0);
	struct attempt at = {.outcome = SV("200 OK")};

	m.seq += 10;
	m.state = MESSAGE_SENT;
	ck_assert(!store_settle_message(s, &m, &at, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
}
END_TEST

START_TEST(dead_messages_come_back_with_a_fresh_count)
{
	struct message one = message("ops", "incident.opened", ids, 1);
	struct message two = message("mail", "incident.opened", ids, 1);
	struct message sent = message("ops", "incident.opened", ids + 1, 1);
	const struct message *v;
	struct attempt *at;
	int64_t n = 0;
	size_t nat;

	settle(&one, MESSAGE_DEAD, 0, "410 Gone");
	settle(&two, MESSAGE_DEAD, 0, "410 Gone");
	settle(&sent, MESSAGE_SENT, 0, "200 OK");
	OK(store_revive_messages(s, sent.id, (struct sv){0}, NOW_US + 9, &n, &err));
	ck_assert_int_eq(n, 0);
	OK(store_revive_messages(s, (struct sv){0}, SV("mail"), NOW_US + 9, &n, &err));
	ck_assert_int_eq(n, 1);
	due("", NOW_US + 8, 0);
	v = due("", NOW_US + 9, 1);
	ck_assert(sv_eq(v[0].id, two.id) && v[0].attempts == 0 && v[0].settled_us == TIME_NONE);
	OK(store_revive_messages(s, (struct sv){0}, (struct sv){0}, NOW_US + 9, &n, &err));
	ck_assert_int_eq(n, 1);
	/* The record goes on where it was. */
	settle(&two, MESSAGE_SENT, 0, "200 OK");
	OK(store_attempts(s, a, two.id, &at, &nat, &err));
	ck_assert_uint_eq(nat, 2);
	ck_assert_int_eq(at[1].number, 2);
}
END_TEST

START_TEST(a_message_waits_for_earlier_ones_on_its_incident_to_its_channel)
{
	struct message first = message("ops", "incident.opened", ids, 2);
	const struct {
		struct message m;
		bool waits;
	} rows[] = {
		{first, false},
		{message("ops", "incident.resolved", ids + 1, 1), true},
		{message("ops", "incident.opened", ids + 2, 1), false},
		{message("mail", "incident.resolved", ids, 1), false},
		{message("ops", "test", NULL, 0), false},
	};
	bool waits = false;

	for (size_t i = 0; i < LEN(rows); i++) {
		OK(store_message_waits(s, &rows[i].m, &waits, &err));
		ck_assert_msg(waits == rows[i].waits, "row %zu", i);
	}
	settle(&first, MESSAGE_DEAD, 0, "410 Gone");
	OK(store_message_waits(s, &rows[1].m, &waits, &err));
	ck_assert(!waits);
}
END_TEST

START_TEST(queues_go_on_where_they_were_when_a_message_leaves_or_comes_back)
{
	struct message both = message("ops", "incident.digest", ids, 2);
	struct message one = message("ops", "incident.resolved", ids, 1);
	struct message two = message("ops", "incident.resolved", ids + 1, 1);
	struct message last = message("ops", "incident.digest", ids, 2);
	const struct message *v;
	int64_t n;

	due("ops", NOW_US, 1);
	settle(&both, MESSAGE_DEAD, 0, "410 Gone");
	v = due("ops", NOW_US, 2);
	ck_assert(sv_eq(v[0].id, one.id) && sv_eq(v[1].id, two.id));
	/* Failed least first; the last one waits for both. */
	settle(&one, MESSAGE_PENDING, NOW_US, "500 Oops");
	v = due("ops", NOW_US, 2);
	ck_assert(sv_eq(v[0].id, two.id));
	settle(&two, MESSAGE_SENT, 0, "200 OK");
	due("ops", NOW_US, 1);
	OK(store_revive_messages(s, both.id, (struct sv){0}, NOW_US, &n, &err));
	v = due("ops", NOW_US, 1);
	ck_assert(sv_eq(v[0].id, both.id));
	settle(&both, MESSAGE_SENT, 0, "200 OK");
	v = due("ops", NOW_US, 1);
	ck_assert(sv_eq(v[0].id, one.id));
	settle(&one, MESSAGE_SENT, 0, "200 OK");
	v = due("ops", NOW_US, 1);
	ck_assert(sv_eq(v[0].id, last.id));
}
END_TEST

START_TEST(a_held_channel_waits_as_a_whole_but_not_past_the_end)
{
	const int64_t hour = 3600 * INT64_C(1000000), end = 72 * hour;
	struct message m = message("ops", "incident.opened", ids, 1);
	int64_t at = 0;

	OK(store_hold_channel(s, SV("ops"), NOW_US + hour, &err));
	message("ops", "incident.opened", ids + 1, 1);
	due("ops", NOW_US + hour - 1, 0);
	OK(store_next_due(s, SV("ops"), NOW_US, &at, &err));
	ck_assert_int_eq(at, NOW_US + hour);
	due("ops", NOW_US + hour, 2);
	/* Not seen from so far ahead that no receiver can have asked for it. */
	OK(store_hold_channel(s, SV("ops"), NOW_US + end + hour, &err));
	due("ops", NOW_US + hour - 1, 2);
	due("ops", NOW_US + hour + 1, 0);
	due("ops", NOW_US + end, 2);
	OK(store_next_due(s, SV("ops"), NOW_US + 2 * hour, &at, &err));
	ck_assert_int_eq(at, NOW_US + end);
	settle(&m, MESSAGE_PENDING, NOW_US + 2 * hour, "500 Oops");
	OK(store_hold_channel(s, SV("ops"), NOW_US, &err));
	OK(store_next_due(s, SV("ops"), NOW_US, &at, &err));
	ck_assert_int_eq(at, NOW_US + 2 * hour);
	OK(store_next_due(s, SV("mail"), NOW_US, &at, &err));
	ck_assert_int_eq(at, TIME_NONE);
}
END_TEST

START_TEST(it_is_known_when_a_channel_was_last_told)
{
	struct message later = {.channel = SV("ops"),
	                        .type = SV("incident.repeated"),
	                        .body = SV("{}"),
	                        .incident = ids,
	                        .nincident = 1,
	                        .created_us = NOW_US + 50};
	const struct {
		const char *channel, *type;
		struct sv incident;
		int64_t at_us;
	} rows[] = {
		{"ops", "", ids[0], NOW_US + 50},
		{"ops", "incident.opened", ids[0], NOW_US},
		{"ops", "incident.resolved", ids[0], TIME_NONE},
		{"ops", "", ids[1], NOW_US},
		{"mail", "", ids[0], TIME_NONE},
		{"ops", "", ids[2], TIME_NONE},
	};

	message("ops", "incident.opened", ids, 2);
	OK(store_add_message(s, &later, &err));
	for (size_t i = 0; i < LEN(rows); i++) {
		int64_t at_us = 42;

		OK(store_last_told(s, sv_of(rows[i].channel), rows[i].incident, sv_of(rows[i].type), &at_us,
		                   &err));
		ck_assert_msg(at_us == rows[i].at_us, "row %zu: %lld", i, (long long)at_us);
	}
}
END_TEST

START_TEST(messages_are_listed_newest_first_and_by_state)
{
	struct message one = message("ops", "test", NULL, 0), *v;
	size_t n;

	message("ops", "incident.opened", ids, 1);
	settle(&one, MESSAGE_DEAD, 0, "410 Gone");
	OK(store_list_messages(s, a, -1, 10, &v, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert(sv_is(v[0].type, "incident.opened"));
	OK(store_list_messages(s, a, MESSAGE_DEAD, 10, &v, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert(sv_eq(v[0].id, one.id));
	OK(store_list_messages(s, a, -1, 1, &v, &n, &err));
	ck_assert_uint_eq(n, 1);
}
END_TEST

Suite *
suite_incident(void)
{
	Suite *suite = suite_create("incident");
	TCase *t = tcase_create("incident");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_incident_is_read_as_it_was_put);
	tcase_add_test(t, an_incident_is_overwritten_by_its_id);
	tcase_add_test(t, symptoms_come_by_name_and_in_pages_and_fifty_with_the_incident);
	tcase_add_test(t, symptoms_are_held_until_it_is_known_what_became_of_them);
	tcase_add_test(t, loose_incidents_are_found_until_they_are_not);
	tcase_add_test(t, one_incident_of_a_key_is_open_at_a_time);
	tcase_add_test(t, incidents_are_listed_in_order_and_by_state);
	tcase_add_test(t, what_was_put_in_a_transaction_goes_with_it);
	tcase_add_test(t, a_message_is_due_at_once_in_order_and_by_channel);
	tcase_add_test(t, an_attempt_moves_a_message_and_is_on_record);
	tcase_add_test(t, a_message_that_is_gone_can_not_be_settled);
	tcase_add_test(t, dead_messages_come_back_with_a_fresh_count);
	tcase_add_test(t, queues_go_on_where_they_were_when_a_message_leaves_or_comes_back);
	tcase_add_test(t, a_held_channel_waits_as_a_whole_but_not_past_the_end);
	tcase_add_test(t, a_message_waits_for_earlier_ones_on_its_incident_to_its_channel);
	tcase_add_test(t, it_is_known_when_a_channel_was_last_told);
	tcase_add_test(t, messages_are_listed_newest_first_and_by_state);
	suite_add_tcase(suite, t);
	return suite;
}
