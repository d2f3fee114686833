#include <check.h>

#include "fresh/policy.h"
#include "world.h"

static struct arena *arena;

static void
make_arena(void)
{
	arena = arena_new();
}

static void
drop_arena(void)
{
	arena_free(arena);
}

static const struct tz *
zone(const char *name)
{
	const struct tz *z = NULL;

	ck_assert_msg(tz_get(sv_of(name), &z, NULL), "no zone %s", name);
	return z;
}

static struct freshness_policy
scheduled(const char *cron, const char *in, int64_t within_us, int64_t grace_us)
{
	struct freshness_policy p = {
		.kind = POLICY_CRON,
		.cron_text = sv_of(cron),
		.zone = zone(in),
		.within_us = within_us,
		.grace_us = grace_us,
	};

	ck_assert(cron_parse(p.cron_text, &p.cron, NULL));
	return p;
}

#define H US_PER_HOUR

/* Ages in microseconds; next -1 = none. */
static const struct {
	int64_t max, warn, age;
	bool dbt;
	enum fresh_status status;
	int64_t deadline, next; /* after production */
} ages[] = {
	{26 * H, 0, 0, false, FRESH_PASS, 26 * H, 26 * H},
	{26 * H, 0, 26 * H - 1, false, FRESH_PASS, 26 * H, 26 * H},
	{26 * H, 0, 26 * H, false, FRESH_FAIL, 26 * H, -1},
	{26 * H, 0, 26 * H, true, FRESH_PASS, 26 * H, 26 * H + 1},
	{26 * H, 0, 26 * H + 1, true, FRESH_FAIL, 26 * H, -1},
	{26 * H, 25 * H, 25 * H - 1, false, FRESH_PASS, 26 * H, 25 * H},
	{26 * H, 25 * H, 25 * H, false, FRESH_WARN, 26 * H, 26 * H},
	{26 * H, 25 * H, 25 * H, true, FRESH_PASS, 26 * H, 25 * H + 1},
	{26 * H, 25 * H, 25 * H + 1, true, FRESH_WARN, 26 * H, 26 * H + 1},
	{26 * H, 25 * H, 300 * H, false, FRESH_FAIL, 26 * H, -1},
	{0, 12 * H, 12 * H, true, FRESH_PASS, 12 * H, 12 * H + 1},
	{0, 12 * H, 900 * H, true, FRESH_WARN, 12 * H, -1},
	{26 * H, 25 * H, -5 * H, false, FRESH_PASS, 26 * H, 25 * H},
};

START_TEST(age_is_judged_at_its_limits)
{
	struct freshness_policy p = {
		.kind = POLICY_MAX_AGE,
		.max_age_us = ages[_i].max,
		.warn_after_us = ages[_i].warn,
		.exclusive = ages[_i].dbt,
	};
	int64_t produced = instant("2024-03-10T00:00:00Z"), deadline, next;

	ck_assert_int_eq(policy_judge(&p, produced, produced + ages[_i].age, &deadline, &next),
	                 ages[_i].status);
	ck_assert_int_eq(deadline, produced + ages[_i].deadline);
	ck_assert_int_eq(next, ages[_i].next < 0 ? TIME_NONE : produced + ages[_i].next);
}
END_TEST

START_TEST(what_was_never_seen_is_judged_as_asked)
{
	static const enum fresh_status expect[] = {FRESH_UNKNOWN, FRESH_FAIL, FRESH_PASS};

	for (int i = 0; i < 3; i++) {
		struct freshness_policy p = {
			.kind = POLICY_MAX_AGE, .max_age_us = H, .never_seen = (enum never_seen)i};

		ck_assert_int_eq(policy_judge(&p, TIME_NONE, 0, NULL, NULL), expect[i]);
	}
	ck_assert_int_eq(policy_judge(&(struct freshness_policy){0}, TIME_NONE, 0, NULL, NULL), FRESH_NONE);
}
END_TEST

/* Instants by `date -d` and zoneinfo; Seoul is 9 h ahead, New York changed to summer time on 2024-03-10. */
static const struct {
	const char *cron, *zone;
	int64_t within, grace;
	const char *produced, *now;
	enum fresh_status status;
	const char *deadline, *next; /* NULL = none */
} ticks[] = {
	/* Since the tick before: the whole day counts. */
	{"0 6 * * *", "Asia/Seoul", 0, 0, "2024-01-01T21:00:00Z", "2024-01-02T22:00:00Z", FRESH_PASS,
         "2024-01-02T21:00:00Z", "2024-01-03T21:00:00Z"},
	{"0 6 * * *", "Asia/Seoul", 0, 0, "2024-01-01T20:59:59Z", "2024-01-02T22:00:00Z", FRESH_FAIL,
         "2024-01-02T21:00:00Z", NULL},
	/* After the tick it serves the next one too. */
	{"0 6 * * *", "Asia/Seoul", 0, 0, "2024-01-02T21:30:00Z", "2024-01-02T22:00:00Z", FRESH_PASS,
         "2024-01-02T21:00:00Z", "2024-01-04T21:00:00Z"},
	/* Two hours before the deadline: made after it, it is too early for the next. */
	{"0 6 * * *", "Asia/Seoul", 2 * H, 0, "2024-01-02T21:30:00Z", "2024-01-02T22:00:00Z", FRESH_PASS,
         "2024-01-02T21:00:00Z", "2024-01-03T21:00:00Z"},
	{"0 6 * * *", "Asia/Seoul", 2 * H, 0, "2024-01-02T18:59:59Z", "2024-01-02T22:00:00Z", FRESH_FAIL,
         "2024-01-02T21:00:00Z", NULL},
	/* In the grace the tick before is judged. */
	{"0 6 * * *", "Asia/Seoul", 2 * H, H / 2, "2024-01-01T20:00:00Z", "2024-01-02T21:29:59Z", FRESH_PASS,
         "2024-01-01T21:30:00Z", "2024-01-02T21:30:00Z"},
	{"0 6 * * *", "Asia/Seoul", 2 * H, H / 2, "2024-01-01T20:00:00Z", "2024-01-02T21:30:00Z", FRESH_FAIL,
         "2024-01-02T21:30:00Z", NULL},
	/* The day of 23 hours: ticks at 13:00Z instead of 14:00Z. */
	{"0 9 * * *", "America/New_York", H, 0, "2024-03-10T12:00:00Z", "2024-03-10T13:00:00Z", FRESH_PASS,
         "2024-03-10T13:00:00Z", "2024-03-11T13:00:00Z"},
	/* A time in the future serves all ticks up to it. */
	{"0 6 * * *", "UTC", 0, 0, "2024-01-05T00:00:00Z", "2024-01-02T00:00:00Z", FRESH_PASS,
         "2024-01-01T06:00:00Z", "2024-01-06T06:00:00Z"},
};

START_TEST(schedule_is_judged_at_its_ticks)
{
	struct freshness_policy p = scheduled(ticks[_i].cron, ticks[_i].zone, ticks[_i].within,
	                                      ticks[_i].grace);
	int64_t deadline, next;

	ck_assert_int_eq(
		policy_judge(&p, instant(ticks[_i].produced), instant(ticks[_i].now), &deadline, &next),
		ticks[_i].status);
	ck_assert_int_eq(deadline, instant(ticks[_i].deadline));
	ck_assert_int_eq(next, ticks[_i].next == NULL ? TIME_NONE : instant(ticks[_i].next));
}
END_TEST

START_TEST(status_changes_exactly_when_foreseen)
{
	struct freshness_policy p[] = {
		{.kind = POLICY_MAX_AGE, .max_age_us = 26 * H, .warn_after_us = 20 * H},
		{.kind = POLICY_MAX_AGE, .max_age_us = 26 * H, .exclusive = true},
		scheduled("0 6 * * *", "America/New_York", 0, 0),
		scheduled("30 */6 * * 1-5", "America/New_York", H, 20 * US_PER_MIN),
		scheduled("15 2 * * *", "America/New_York", 3 * H, H),
	};
	int64_t now = instant("2024-03-09T12:34:56Z"), next;

	for (size_t i = 0; i < LEN(p); i++)
		for (int64_t age = 0; age < 60 * H; age += 7 * US_PER_MIN) {
			enum fresh_status s = policy_judge(&p[i], now - age, now, NULL, &next);

			if (next == TIME_NONE) {
				ck_assert_int_eq(s, FRESH_FAIL);
				continue;
			}
			ck_assert_int_gt(next, now);
			ck_assert_int_eq(policy_judge(&p[i], now - age, next - 1, NULL, NULL), s);
			ck_assert_int_gt(policy_judge(&p[i], now - age, next, NULL, NULL), s);
		}
}
END_TEST

START_TEST(only_working_days_have_deadlines)
{
	int32_t holiday = (int32_t)civil_days(2024, 1, 1); /* a Monday */
	struct calendar works = {.weekdays = 0x3e, .holiday = &holiday, .nholiday = 1}, never = {0};
	struct freshness_policy p = scheduled("0 9 * * *", "UTC", 0, 0);
	int64_t friday = instant("2023-12-29T08:00:00Z"), deadline, next;

	p.calendar = &works;
	ck_assert_int_eq(policy_judge(&p, friday, instant("2024-01-02T08:59:59Z"), &deadline, &next),
	                 FRESH_PASS);
	ck_assert_int_eq(deadline, instant("2023-12-29T09:00:00Z"));
	ck_assert_int_eq(next, instant("2024-01-02T09:00:00Z"));
	ck_assert_int_eq(policy_judge(&p, friday, next, NULL, NULL), FRESH_FAIL);
	p.calendar = &never;
	ck_assert_int_eq(policy_judge(&p, friday, next, NULL, NULL), FRESH_UNKNOWN);
}
END_TEST

/* One asset, one policy, one observation. */
struct trial {
	struct asset asset;
	struct observed o;
	int64_t now_us;
	struct freshness f;
};

static struct trial
trial(const char *now)
{
	struct trial t = {
		.asset = {.key = SV("a"), .freshness = {.kind = POLICY_MAX_AGE, .max_age_us = 26 * H}},
		.o = OBSERVED_NOTHING,
		.now_us = instant(now),
	};

	t.o.exists = true;
	t.o.ever_materialized = true;
	return t;
}

static void
judge_trial(struct trial *t)
{
	freshness_judge(arena, &t->asset, &t->o, t->now_us, &t->f);
}

static void
says(const struct trial *t, enum fresh_status status, const char *evidence)
{
	ck_assert_msg(t->f.status == status, "%s: " SV_FMT, fresh_status_names[t->f.status],
	              SV_ARG(t->f.evidence));
	ck_assert_msg(sv_is(t->f.evidence, evidence), SV_FMT, SV_ARG(t->f.evidence));
}

START_TEST(evidence_says_when_and_by_how_much)
{
	struct trial t = trial("2019-04-01T06:00:00Z");

	t.o.produced_us = instant("2019-03-30T03:00:00Z");
	judge_trial(&t);
	says(&t, FRESH_FAIL, "produced 2 d 3 h ago (2019-03-30T03:00:00Z), allowed 26h: late by 1 d 1 h");
	ck_assert_int_eq(t.f.age_us, 51 * H);
	t.o.produced_us = instant("2019-04-01T03:00:00Z");
	judge_trial(&t);
	says(&t, FRESH_PASS, "produced 3 h ago (2019-04-01T03:00:00Z), allowed 26h");
	t.asset.freshness.warn_after_us = 2 * H;
	judge_trial(&t);
	says(&t, FRESH_WARN, "produced 3 h ago (2019-04-01T03:00:00Z), warns after 2h: late in 23 h");
	t.asset.freshness = scheduled("0 6 * * *", "Asia/Seoul", 2 * H, 0);
	judge_trial(&t);
	says(&t, FRESH_PASS,
	     "produced 3 h ago (2019-04-01T03:00:00Z), in time for the deadline of 2019-03-31T21:00:00Z (0 6 "
	     "* * * Asia/Seoul)");
	t.o.produced_us = instant("2019-03-31T18:00:00Z");
	judge_trial(&t);
	says(&t, FRESH_FAIL,
	     "produced 12 h ago (2019-03-31T18:00:00Z), but the deadline of 2019-03-31T21:00:00Z (0 6 * * * "
	     "Asia/Seoul) asks "
	     "for data since 2019-03-31T19:00:00Z: late by 9 h");
	t.asset.freshness = (struct freshness_policy){0};
	judge_trial(&t);
	says(&t, FRESH_NONE, "it has no policy");
}
END_TEST

START_TEST(what_is_not_known_does_not_pass)
{
	struct trial t = trial("2019-04-01T06:00:00Z");

	/* There, but since when?  Even where never_seen passes. */
	t.asset.freshness.never_seen = NEVER_PASS;
	judge_trial(&t);
	says(&t, FRESH_UNKNOWN, "it is there, but when it was produced is not known");
	t.o.exists = t.o.ever_materialized = false;
	judge_trial(&t);
	says(&t, FRESH_PASS, "never produced, as far as is known");
	t.asset.freshness.never_seen = NEVER_UNKNOWN;
	judge_trial(&t);
	says(&t, FRESH_UNKNOWN, "never produced, as far as is known");

	/* A probe that failed outweighs a report of a minute ago. */
	t.o.exists = t.o.failed = true;
	t.o.produced_us = t.o.reported_us = t.now_us - US_PER_MIN;
	err_set(&t.o.err, ERR_IO, NOWHERE, "cannot open 'x'");
	judge_trial(&t);
	says(&t, FRESH_UNKNOWN, "cannot open 'x'");

	/* Reported, but gone. */
	t.o.failed = t.o.exists = false;
	t.o.stored = t.o.ever_materialized = true;
	judge_trial(&t);
	says(&t, FRESH_FAIL, "produced 1 min ago (2019-04-01T05:59:00Z), but nothing is there now");
}
END_TEST

START_TEST(witnesses_that_disagree_are_a_warning)
{
	struct trial t = trial("2019-04-01T06:00:00Z");

	t.o.reported_us = t.o.produced_us = t.now_us;
	t.o.probed_us = t.now_us - 13 * H;
	judge_trial(&t);
	ck_assert_uint_eq(t.f.warning.n, 0);
	t.o.probed_us--;
	t.o.future_text = SV("1 value lies in the future");
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_PASS);
	ck_assert_msg(sv_is(t.f.warning, "1 value lies in the future; it was reported as produced at "
	                                 "2019-04-01T06:00:00Z, but its data says "
	                                 "2019-03-31T16:59:59Z: 13 h apart"),
	              SV_FMT, SV_ARG(t.f.warning));
}
END_TEST

START_TEST(age_of_the_data_is_judged_on_its_own)
{
	struct trial t = trial("2019-04-01T06:00:00Z");

	t.o.produced_us = t.now_us - H;
	t.o.data_through_us = t.now_us - 48 * H + 1;
	t.asset.freshness.max_data_age_us = 48 * H;
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_PASS);
	ck_assert_int_eq(t.f.next_deadline_us, t.now_us + 1);
	t.o.data_through_us--;
	judge_trial(&t);
	says(&t, FRESH_FAIL,
	     "produced 1 h ago (2019-04-01T05:00:00Z), allowed 26h; data through 2 d ago "
	     "(2019-03-30T06:00:00Z), allowed 2d: late by 0 s");
	ck_assert_int_eq(t.f.deadline_us, t.now_us);
	ck_assert_int_eq(t.f.next_deadline_us, TIME_NONE);
	t.o.data_through_us = TIME_NONE;
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_UNKNOWN);
	/* Late is late, whatever else is not known. */
	t.o.produced_us = t.now_us - 30 * H;
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_FAIL);
	/* The only limit. */
	t.asset.freshness.kind = POLICY_NONE;
	t.o.data_through_us = t.now_us;
	judge_trial(&t);
	says(&t, FRESH_PASS, "data through 0 s ago (2019-04-01T06:00:00Z), allowed 2d");
}
END_TEST

START_TEST(data_speaks_up_to_its_oldest_root)
{
	struct world w;
	int64_t now = instant("2019-04-01T00:00:00Z");
	uint32_t a, b, c, mart;

	world_init(&w, 4);
	a = world_add(&w, "a");
	b = world_add(&w, "b");
	mart = world_add(&w, "mart"); /* declared before what it reads */
	c = world_add(&w, "c");
	world_dep(&w, mart, "c");
	world_dep(&w, mart, "nobody");
	world_dep(&w, mart, "b");
	world_dep(&w, c, "a");
	w.o[a].data_through_us = now - 50 * H;
	w.o[b].data_through_us = now - 10 * H;
	w.o[mart].produced_us = w.o[c].produced_us = now - H;
	w.c.asset[mart].freshness = (struct freshness_policy){.max_data_age_us = 48 * H};
	world_judge(&w, now);
	ck_assert_int_eq(w.r.fresh[mart].data_through_us, now - 50 * H);
	ck_assert_int_eq(w.r.fresh[mart].status, FRESH_FAIL);
	ck_assert_msg(
		sv_is(w.r.fresh[mart].evidence,
	              "data through 2 d 2 h ago (2019-03-29T22:00:00Z) as a has it, allowed 2d: late by 2 h"),
		SV_FMT, SV_ARG(w.r.fresh[mart].evidence));

	/* What was made before a root moved on does not speak of it. */
	w.o[a].data_through_us = now;
	w.o[b].data_through_us = now;
	w.o[mart].produced_us = now - 20 * H;
	world_judge(&w, now);
	ck_assert_int_eq(w.r.fresh[mart].data_through_us, now - 20 * H);
	ck_assert_int_eq(w.r.fresh[mart].status, FRESH_PASS);

	/* A root that could not be looked at may be older than all others. */
	w.o[a].data_through_us = TIME_NONE;
	w.o[a].failed = true;
	world_judge(&w, now);
	ck_assert_int_eq(w.r.fresh[mart].status, FRESH_UNKNOWN);
	world_fini(&w);
}
END_TEST

/* Partitions -------------------------------------------------------------------------------------------------------- */

static struct partition_dim days = {
	.name = {"date", 4},
	.is_time = true,
	.every = EVERY_DAY,
	.until = TIME_NONE,
	.closes_after_us = 2 * H,
};
static const struct sv eu_us[] = {{"eu", 2}, {"us", 2}};

/* Up to 8 partitions, given in the order of their keys; produced an hour apart, the first one last. */
static void
have(struct trial *t, const char *const *key)
{
	struct seen_partition *p = ARENA_ARRAY(arena, struct seen_partition, 32);
	size_t n = 0;

	for (; key[n] != NULL; n++)
		p[n] = (struct seen_partition){.key = sv_of(key[n]),
		                               .produced_us = t->now_us - ((int64_t)n + 1) * H};
	t->o.partition = p;
	t->o.npartition = n;
	t->o.produced_us = n > 0 ? t->now_us - H : TIME_NONE;
	t->o.exists = t->o.ever_materialized = n > 0;
}

static struct trial
daily(const char *now)
{
	struct trial t = trial(now);

	days.from = civil_days(2024, 1, 1) * US_PER_DAY;
	days.zone = tz_utc;
	t.asset.dim = &days;
	t.asset.ndim = 1;
	return t;
}

START_TEST(newest_closed_partition_makes_fresh)
{
	/* 2024-01-03 closes at 02:00 on the 4th. */
	struct trial t = daily("2024-01-04T01:59:59Z");

	have(&t, (const char *const[]){"2024-01-01", "2024-01-02", NULL});
	judge_trial(&t);
	says(&t, FRESH_PASS, "partition 2024-01-02, the newest due, is there");
	ck_assert_int_eq(t.f.deadline_us, instant("2024-01-03T02:00:00Z"));
	ck_assert_int_eq(t.f.next_deadline_us, instant("2024-01-04T02:00:00Z"));
	ck_assert_int_eq(t.f.produced_us, t.now_us - 2 * H);
	t.now_us = instant("2024-01-04T02:00:00Z");
	judge_trial(&t);
	says(&t, FRESH_FAIL,
	     "missing: 2024-01-03; due since 2024-01-04T02:00:00Z (0 s); the newest there is 2024-01-02");
	ck_assert_uint_eq(t.f.nmissing, 1);

	/* A partition of the open window does not stand in, and does not harm. */
	have(&t, (const char *const[]){"2024-01-01", "2024-01-02", "2024-01-04", NULL});
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_FAIL);
	have(&t, (const char *const[]){"2024-01-01", "2024-01-03", "2024-01-04", NULL});
	judge_trial(&t);
	says(&t, FRESH_PASS, "partition 2024-01-03, the newest due, is there; missing before: 2024-01-02");
	ck_assert_int_eq(t.f.next_deadline_us, instant("2024-01-06T02:00:00Z"));
}
END_TEST

START_TEST(backfill_of_an_old_partition_never_freshens)
{
	struct trial t = daily("2024-01-20T03:00:00Z");

	/* The first one was made an hour ago. */
	have(&t, (const char *const[]){"2024-01-01", "2024-01-02", "2024-01-03", NULL});
	judge_trial(&t);
	says(&t, FRESH_FAIL,
	     "missing: 2024-01-17, 2024-01-18, 2024-01-19 and 13 more; due since 2024-01-20T02:00:00Z (1 h); "
	     "the newest there is 2024-01-03");
	ck_assert_int_eq(t.f.missing_total, 16);
	ck_assert_int_eq(t.f.produced_us, t.now_us - 3 * H);
	t.now_us = instant("2024-03-01T02:00:00Z");
	judge_trial(&t);
	ck_assert_int_eq(t.f.missing_total, 57); /* Jan 4 to Feb 29 */
	ck_assert_uint_eq(t.f.nmissing, 20);
	ck_assert(sv_is(t.f.missing[0], "2024-02-10") && sv_is(t.f.missing[19], "2024-02-29"));
}
END_TEST

START_TEST(schedule_asks_for_what_was_closed_at_its_tick)
{
	struct trial t = daily("2024-01-04T08:59:59Z");

	t.asset.freshness = scheduled("0 9 * * *", "UTC", 0, 0);
	have(&t, (const char *const[]){"2024-01-01", "2024-01-02", NULL});
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_PASS);
	ck_assert_int_eq(t.f.next_deadline_us, instant("2024-01-04T09:00:00Z"));
	t.now_us++;
	t.asset.freshness.grace_us = H;
	t.now_us = instant("2024-01-04T09:59:59Z");
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_PASS);
	ck_assert_int_eq(t.f.next_deadline_us, instant("2024-01-04T10:00:00Z"));
	t.now_us = instant("2024-01-04T10:00:00Z");
	judge_trial(&t);
	says(&t, FRESH_FAIL,
	     "missing: 2024-01-03; due since 2024-01-04T10:00:00Z (0 s); the newest there is 2024-01-02");
}
END_TEST

START_TEST(before_the_first_window_closes_nothing_is_due)
{
	struct trial t = daily("2024-01-02T01:00:00Z");

	have(&t, (const char *const[]){NULL});
	judge_trial(&t);
	says(&t, FRESH_PASS, "no partition is due before 2024-01-02T02:00:00Z");
	t.now_us = instant("2023-06-01T00:00:00Z");
	judge_trial(&t);
	says(&t, FRESH_PASS, "no partition is due before 2024-01-02T02:00:00Z");
	/* Then one is; nothing was ever seen. */
	t.now_us = instant("2024-01-02T02:00:00Z");
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_UNKNOWN);
	t.asset.freshness.never_seen = NEVER_FAIL;
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_FAIL);
}
END_TEST

START_TEST(every_value_of_the_newest_window_is_due)
{
	struct trial t = daily("2024-01-03T12:00:00Z");
	struct partition_dim dims[2] = {days, {.name = SV("region"), .value = eu_us, .nvalue = 2}};

	t.asset.dim = dims;
	t.asset.ndim = 2;
	have(&t, (const char *const[]){"2024-01-01|eu", "2024-01-01|us", "2024-01-02|eu", NULL});
	judge_trial(&t);
	says(&t, FRESH_FAIL,
	     "missing: 2024-01-02|us; due since 2024-01-03T02:00:00Z (10 h); the newest there is "
	     "2024-01-02|eu");
	have(&t, (const char *const[]){"2024-01-01|eu", "2024-01-02|eu", "2024-01-02|us", NULL});
	judge_trial(&t);
	says(&t, FRESH_PASS,
	     "partitions 2024-01-02|eu to 2024-01-02|us, the newest due, are there; missing before: "
	     "2024-01-01|us");
	ck_assert_int_eq(t.f.next_deadline_us, instant("2024-01-04T02:00:00Z"));
}
END_TEST

START_TEST(without_windows_the_oldest_value_is_judged)
{
	struct trial t = trial("2024-01-03T12:00:00Z");
	struct partition_dim dim = {.name = SV("region"), .value = eu_us, .nvalue = 2};

	t.asset.dim = &dim;
	t.asset.ndim = 1;
	t.asset.freshness.max_age_us = 2 * H;
	have(&t, (const char *const[]){"eu", NULL});
	judge_trial(&t);
	says(&t, FRESH_FAIL, "missing: us");
	have(&t, (const char *const[]){"eu", "us", NULL});
	judge_trial(&t);
	says(&t, FRESH_FAIL, "partition us, the oldest, was produced 2 h ago (2024-01-03T10:00:00Z): late");
	t.asset.freshness.max_age_us = 3 * H;
	judge_trial(&t);
	ck_assert_int_eq(t.f.status, FRESH_PASS);
	ck_assert_int_eq(t.f.next_deadline_us, t.now_us + H);
}
END_TEST

Suite *
suite_fresh(void)
{
	Suite *s = suite_create("fresh");
	TCase *policy = tcase_create("policy"), *whole = tcase_create("whole"),
	      *part = tcase_create("partitions");

	tcase_add_loop_test(policy, age_is_judged_at_its_limits, 0, LEN(ages));
	tcase_add_test(policy, what_was_never_seen_is_judged_as_asked);
	tcase_add_loop_test(policy, schedule_is_judged_at_its_ticks, 0, LEN(ticks));
	tcase_add_test(policy, status_changes_exactly_when_foreseen);
	tcase_add_test(policy, only_working_days_have_deadlines);
	suite_add_tcase(s, policy);
	tcase_add_checked_fixture(whole, make_arena, drop_arena);
	tcase_add_test(whole, evidence_says_when_and_by_how_much);
	tcase_add_test(whole, what_is_not_known_does_not_pass);
	tcase_add_test(whole, witnesses_that_disagree_are_a_warning);
	tcase_add_test(whole, age_of_the_data_is_judged_on_its_own);
	tcase_add_test(whole, data_speaks_up_to_its_oldest_root);
	suite_add_tcase(s, whole);
	tcase_add_checked_fixture(part, make_arena, drop_arena);
	tcase_add_test(part, newest_closed_partition_makes_fresh);
	tcase_add_test(part, backfill_of_an_old_partition_never_freshens);
	tcase_add_test(part, schedule_asks_for_what_was_closed_at_its_tick);
	tcase_add_test(part, before_the_first_window_closes_nothing_is_due);
	tcase_add_test(part, every_value_of_the_newest_window_is_due);
	tcase_add_test(part, without_windows_the_oldest_value_is_judged);
	suite_add_tcase(s, part);
	return s;
}
