/* Messages on their way: programs are the receivers, so that it is known when they answer and how. */
#include <check.h>
#include <pthread.h>
#include <signal.h>

#include "alert/lanes.h"
#include "catalog/load.h"

Suite *suite_lanes(void);

#define NOW_US INT64_C(1700000000000000)
#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)

static struct arena *a;
static struct store *s;
static struct clock fixed;
static struct lanes *lanes;
static struct lanes_catalog from;
static struct err err;

/* What is back; the threads of the lanes put it there. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
static struct parcel *back, **last;

static void
take_back(void *ctx, struct parcel *p)
{
	(void)ctx;
	pthread_mutex_lock(&lock);
	p->next = NULL;
	*last = p;
	last = &p->next;
	pthread_cond_signal(&came);
	pthread_mutex_unlock(&lock);
}

/* The next one that comes back, written down; its channel and what it became: "ok sent". */
static const char *
settle_next(void)
{
	static const char *const names[] = {
		[MESSAGE_PENDING] = "pending", [MESSAGE_SENT] = "sent", [MESSAGE_DEAD] = "dead"};
	struct parcel *p;
	const char *text;

	pthread_mutex_lock(&lock);
	while (back == NULL)
		pthread_cond_wait(&came, &lock);
	p = back;
	back = p->next;
	if (back == NULL)
		last = &back;
	pthread_mutex_unlock(&lock);
	OK(lanes_settle(lanes, s, p, &err));
	text = arena_printf(a, SV_FMT " %s", SV_ARG(p->message->channel),
	                    p->tried ? names[p->settled] : "unopened");
	lanes_drop(lanes, p);
	return text;
}

static void
setup(void)
{
	static const char text[] = "version: 1\n"
				   "alerts:\n"
				   "  channels:\n"
				   "    ok: {type: command, command: [cat]}\n"
				   "    wrong: {type: command, command: ['false']}\n"
				   "    away: {type: command, command: [sh, -c, 'exit 75']}\n"
				   "    slow: {type: command, command: [sleep, '2']}\n";
	struct diags d;

	/* As the program does: a receiver that does not read its message is no reason to end. */
	signal(SIGPIPE, SIG_IGN);
	a = arena_new();
	diags_init(&d, a);
	err = (struct err){0};
	back = NULL;
	last = &back;
	fixed = clock_fixed(NOW_US);
	from = (struct lanes_catalog){.catalog = catalog_load_text(a, "weir.yaml", sv_of(text), NULL, &d)};
	ck_assert(from.catalog != NULL && d.errors == 0);
	OK(store_open(SV(":memory:"), STORE_WRITE, SV("prod"), &fixed, &s, &err));
	lanes = lanes_new(&(struct lanes_options){.clock = &fixed, .back = take_back});
}

static void
teardown(void)
{
	lanes_stop(lanes, 5 * US_PER_S);
	while (lanes_under_way(lanes) > 0)
		(void)settle_next();
	lanes_free(lanes);
	store_close(s);
	arena_free(a);
}

static void
post(const char *channel, const char *incident)
{
	static const char body[] =
		"{\"type\":\"incident.opened\",\"timestamp\":\"2023-11-14T22:13:20Z\",\"data\":{\"project\":\"p\","
		"\"environment\":\"prod\",\"run_id\":\"r\",\"route\":\"1\",\"count\":0,\"omitted\":0,\"incidents\":[]}}";
	const struct sv id = sv_of(incident);
	struct message m = {.channel = sv_of(channel),
	                    .type = SV("incident.opened"),
	                    .body = sv_of(body),
	                    .incident = &id,
	                    .nincident = id.n > 0,
	                    .created_us = NOW_US};

	OK(store_add_message(s, &m, &err));
}

static size_t
look(int64_t at_us)
{
	fixed = clock_fixed(at_us);
	OK(lanes_look(lanes, s, &from, true, &err));
	return lanes_under_way(lanes);
}

static int64_t
next_at(void)
{
	int64_t at_us;

	OK(lanes_next(lanes, s, &at_us, &err));
	return at_us;
}

static int64_t
pending(void)
{
	int64_t count[3];

	OK(store_count_messages(s, count, &err));
	return count[MESSAGE_PENDING];
}

START_TEST(a_message_is_sent_once_and_then_nothing_is_due)
{
	post("ok", "I1");
	ck_assert_uint_eq(look(NOW_US), 1);
	/* It is under way: no look hands it over once more. */
	ck_assert_uint_eq(look(NOW_US + US_PER_HOUR), 1);
	ck_assert_str_eq(settle_next(), "ok sent");
	ck_assert_uint_eq(look(NOW_US + US_PER_DAY), 0);
	ck_assert_int_eq(next_at(), TIME_NONE);
}
END_TEST

START_TEST(one_on_an_incident_goes_after_the_other_and_the_first_of_a_lane_alone)
{
	post("ok", "I1");
	post("ok", "I1");
	post("ok", "I2");
	post("ok", "I3");
	/* Whether anybody is there is not known yet. */
	ck_assert_uint_eq(look(NOW_US), 1);
	ck_assert_str_eq(settle_next(), "ok sent");
	ck_assert_uint_eq(look(NOW_US), 3);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(settle_next(), "ok sent");
	ck_assert_int_eq(pending(), 0);
}
END_TEST

START_TEST(one_that_dawdles_delays_nobody_else)
{
	post("slow", "I1");
	post("ok", "I1");
	post("wrong", "I1");
	ck_assert_uint_eq(look(NOW_US), 3);
	for (int i = 0; i < 2; i++)
		ck_assert_str_ne(settle_next(), "slow sent");
	ck_assert_str_eq(settle_next(), "slow sent");
}
END_TEST

/* At most 5 s, 10 s, 20 s, 40 s, then a minute between two: in an hour each has had its first tries, and the rest is one a minute. */
START_TEST(who_is_away_is_asked_by_one_message_at_a_time_and_at_most_so_often)
{
	static const int64_t longest[] = {5, 10, 20, 40, 60};
	int64_t at_us = NOW_US;
	int tries = 0;

	for (int i = 0; i < 20; i++)
		post("away", "");
	for (; at_us < NOW_US + US_PER_HOUR; tries++) {
		const int64_t most_us = longest[MIN((size_t)tries, LEN(longest) - 1)] * US_PER_S;

		ck_assert_uint_le(look(at_us), 1);
		if (lanes_under_way(lanes) > 0)
			ck_assert_str_eq(settle_next(), "away pending");
		ck_assert_int_gt(next_at(), at_us);
		ck_assert_int_le(next_at() - at_us, most_us);
		ck_assert_uint_eq(look(next_at() - 1), 0);
		at_us = next_at();
	}
	ck_assert_int_ge(tries, 60);
	ck_assert_int_le(tries, 60 + 3 * 20);
	ck_assert_int_eq(pending(), 20);
}
END_TEST

START_TEST(what_fails_by_itself_holds_up_no_other_message)
{
	post("wrong", "I1");
	post("wrong", "I2");
	ck_assert_uint_eq(look(NOW_US), 1);
	ck_assert_str_eq(settle_next(), "wrong pending");
	ck_assert_uint_eq(look(NOW_US), 1);
	ck_assert_str_eq(settle_next(), "wrong pending");
	/* Five seconds and a tenth at most: alert/schedule.h. */
	ck_assert_int_ge(next_at(), NOW_US + 4500000);
	ck_assert_int_le(next_at(), NOW_US + 5500000);
}
END_TEST

START_TEST(a_channel_that_the_catalog_does_not_have_fails_and_waits)
{
	post("gone", "I1");
	ck_assert_uint_eq(look(NOW_US), 1);
	ck_assert_str_eq(settle_next(), "gone pending");
}
END_TEST

START_TEST(what_was_handed_over_when_it_is_over_comes_back_unopened)
{
	for (int i = 0; i < 8; i++)
		post("slow", "");
	ck_assert_uint_eq(look(NOW_US), 1);
	ck_assert_str_eq(settle_next(), "slow sent");
	ck_assert_uint_eq(look(NOW_US), 7);
	lanes_stop(lanes, 10 * US_PER_S);
	for (int i = 0; i < 7; i++) {
		const char *text = settle_next();

		ck_assert_msg(strcmp(text, "slow sent") == 0 || strcmp(text, "slow unopened") == 0, "%s",
		              text);
	}
	/* Four threads had one each, or had not begun. */
	ck_assert_int_ge(pending(), 3);
	ck_assert_uint_eq(lanes_under_way(lanes), 0);
}
END_TEST

Suite *
suite_lanes(void)
{
	Suite *suite = suite_create("lanes");
	TCase *t = tcase_create("lanes");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_message_is_sent_once_and_then_nothing_is_due);
	tcase_add_test(t, one_on_an_incident_goes_after_the_other_and_the_first_of_a_lane_alone);
	tcase_add_test(t, one_that_dawdles_delays_nobody_else);
	tcase_add_test(t, who_is_away_is_asked_by_one_message_at_a_time_and_at_most_so_often);
	tcase_add_test(t, what_fails_by_itself_holds_up_no_other_message);
	tcase_add_test(t, a_channel_that_the_catalog_does_not_have_fails_and_waits);
	tcase_add_test(t, what_was_handed_over_when_it_is_over_comes_back_unopened);
	suite_add_tcase(suite, t);
	return suite;
}
