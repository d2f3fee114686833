/*
 * Retention against random histories: whatever is pruned, gates, freshness, staleness and the known state must say afterwards what they
 * said before.
 */
#include <check.h>
#include <sqlite3.h>

#include "gate/facts.h"
#include "store/db.h"
#include "store/incident.h"
#include "store/outbox.h"
#include "store/prune.h"
#include "store/samples.h"
#include "store/waiver.h"

#define NOW_US INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */
#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)

static struct arena *a;
static struct store *store;
static struct clock fixed;
static struct err err;
static uint64_t seed;

static void
setup(void)
{
	a = arena_new();
	fixed = clock_fixed(NOW_US);
	OK(store_open(SV(":memory:"), STORE_WRITE, SV("default"), &fixed, &store, &err));
}

static void
teardown(void)
{
	store_close(store);
	arena_free(a);
}

/* Knuth's MMIX generator: the same histories everywhere. */
static uint32_t
below(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % n;
}

static int64_t
some_time(void)
{
	/* Mostly the last three years; now and then ahead of the clock. */
	return NOW_US - (int64_t)below(1000) * US_PER_DAY - (int64_t)below(3) * US_PER_HOUR +
	       (below(20) == 0   ? 1100 * US_PER_DAY
	        : below(30) == 0 ? 60 * US_PER_S
	                         : 0);
}

static int64_t
rows(const char *table)
{
	sqlite3_stmt *stmt = NULL;
	int64_t n;

	ck_assert_int_eq(sqlite3_prepare_v2(store->db, arena_printf(a, "SELECT count(*) FROM %s", table), -1,
	                                    &stmt, NULL),
	                 SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static struct pruned
prune_with(const struct retention *keep, const struct prune *like)
{
	struct prune p = *like;
	struct pruned done;

	p.keep = keep;
	OK(store_prune(store, &p, &done, &err));
	return done;
}

static struct retention
keep_all(int64_t us)
{
	struct retention r;

	for (size_t i = 0; i < RETAIN_COUNT; i++)
		r.us[i] = us;
	return r;
}

/* Histories ----------------------------------------------------------------------------------------------------- */

static const char *const assets[] = {"a", "b", "c"};
static const char *const parts[] = {"", "p", "q"};
static const char *const hashes[] = {"h0", "h1", "h2"};
#define ANY(table) sv_of(table[below((uint32_t)LEN(table))])

static struct sv
some_version(void)
{
	return below(10) == 0 ? (struct sv){0} : arena_svf(a, "%u", below(30));
}

static void
some_event(void)
{
	struct event_input in[2];
	struct event e = {
		.kind = below(4) > 0 ? EVENT_MATERIALIZED : (enum event_kind)below(4),
		.asset = ANY(assets),
		.partition = ANY(parts),
		.version = some_version(),
		.at_us = some_time(),
		.updated_us = below(2) == 0 ? TIME_NONE : some_time(),
		.data_through_us = TIME_NONE,
		.rows = below(10) == 0 ? 0 : -1,
		.run_id = some_version(),
		.inputs_given = true,
		.input = in,
		.ninput = below(3),
	};
	int64_t first;

	/* `alias` is a's. */
	for (size_t i = 0; i < LEN(in); i++)
		in[i] = (struct event_input){below(4) == 0 ? SV("alias") : ANY(assets), ANY(parts),
		                             some_version()};
	OK(store_add_event(store, &e, &err));
	OK(store_see_version(store, e.asset, e.partition, e.version, e.at_us, &first, &err));
}

static void
some_run(void)
{
	static const enum outcome outcomes[] = {OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_ERROR};
	struct stored_verdict v[3];
	int64_t at_us = some_time();
	char id[27];
	size_t n = 1 + below(3);

	ulid_make(at_us, id);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct stored_verdict){
			.asset = ANY(assets),
			.partition = ANY(parts),
			.version = some_version(),
			.check_id = SV("id"),
			.check_hash = ANY(hashes),
			.expectation = SV("expect_it"),
			.outcome = outcomes[below(3)],
			.blocking = true,
			.result = SV("{\"partial_unexpected_list\":[1],\"unexpected_count\":1}"),
			.message = arena_svf(a, "message %u", below(1000)),
			.at_us = at_us,
		};

	struct stored_run run = {
		.id = sv_of(id), .kind = SV("check"), .started_us = at_us, .finished_us = at_us};

	OK(store_add_run(store, &run, v, n, &err));
}

/* What is said -------------------------------------------------------------------------------------------------- */

static void
say_event(struct buf *b, const char *what, bool found, const struct event *e)
{
	buf_printf(b, "%s ", what);
	if (found)
		buf_add(b, e->id);
	buf_putc(b, '\n');
}

static void
say_events(struct buf *b, struct sv asset, struct sv part, int64_t until_us)
{
	struct event e, *all;
	bool found;
	size_t n;

	for (int kind = 0; kind < 4; kind++) {
		OK(store_last_event(store, a, asset, part, (enum event_kind)kind, until_us, &e, &found,
		                    &err));
		say_event(b, "last", found, &e);
		OK(store_partition_events(store, a, asset, (enum event_kind)kind, until_us, &all, &n, &err));
		for (size_t i = 0; i < n; i++)
			say_event(b, "partition", true, &all[i]);
	}
	OK(store_open_start(store, a, asset, part, NOW_US - US_PER_DAY, until_us, &e, &found, &err));
	say_event(b, "open", found, &e);
}

static void
say_gate(struct buf *b, const struct catalog *c, const struct checks *checks, struct sv asset, struct sv part)
{
	struct part_fact fact = {.partition = part};
	struct event e;
	bool found;

	OK(store_last_event(store, a, asset, part, EVENT_MATERIALIZED, NOW_US, &e, &found, &err));
	fact.version = found ? e.version : (struct sv){0};
	OK(gate_check_facts(store, a, &checks[0], asset, &fact, NOW_US, 2000 * US_PER_DAY, &err));
	OK(gate_taints(store, a, c, checks, asset, &fact, NOW_US, NOW_US + 5 * US_PER_MIN, NULL, &err));
	for (size_t i = 0; i < fact.ncheck; i++)
		buf_printf(b, "check %d %d " SV_FMT " %d " SV_FMT "\n", fact.check[i].judged,
		           fact.check[i].outcome, SV_ARG(fact.check[i].message), fact.check[i].accepted,
		           SV_ARG(fact.check[i].accepted_version));
	for (size_t i = 0; i < fact.ntaint; i++)
		buf_printf(b, "taint " SV_FMT " " SV_FMT " " SV_FMT " " SV_FMT "\n",
		           SV_ARG(fact.taint[i].key), SV_ARG(fact.taint[i].partition),
		           SV_ARG(fact.taint[i].version), SV_ARG(fact.taint[i].message));
	if (fact.version.n > 0) {
		int64_t first;

		OK(store_see_version(store, asset, part, fact.version, NOW_US + 3000 * US_PER_DAY, &first,
		                     &err));
		buf_printf(b, "since %lld\n", (long long)first);
	}
}

static struct sv
all_that_is_said(const struct catalog *c, const struct checks *checks)
{
	AUTO(buf) b = buf_new(1 << 20);

	for (size_t i = 0; i < LEN(assets); i++) {
		int64_t *at;
		size_t n;

		OK(store_arrivals(store, a, sv_of(assets[i]), NOW_US, 20, &at, &n, &err));
		for (size_t k = 0; k < n; k++)
			buf_printf(b, "arrival %lld\n", (long long)at[k]);
		for (size_t p = 0; p < LEN(parts); p++) {
			say_events(b, sv_of(assets[i]), sv_of(parts[p]), NOW_US);
			say_events(b, sv_of(assets[i]), sv_of(parts[p]), NOW_US + 5 * US_PER_MIN);
			say_gate(b, c, checks, sv_of(assets[i]), sv_of(parts[p]));
			for (size_t h = 0; h < LEN(hashes); h++) {
				struct stored_verdict v;
				bool found;

				OK(store_verdict(store, a, sv_of(assets[i]), sv_of(parts[p]), (struct sv){0},
				                 sv_of(hashes[h]), &v, &found, &err));
				if (found)
					buf_printf(b, "verdict " SV_FMT "\n", SV_ARG(v.message));
			}
		}
	}
	return arena_sv(a, buf_sv(b));
}

START_TEST(pruning_takes_nothing_that_an_answer_rests_on)
{
	static const int64_t keeps[] = {US_PER_HOUR, 30 * US_PER_DAY, 400 * US_PER_DAY};
	struct sv alias = SV("alias");
	struct prune_check declared[] = {{.id = SV("id"), .identity = SV("h0")},
	                                 {.id = SV("id"), .identity = SV("h1"), .last_good = true},
	                                 {.id = SV("id"), .identity = SV("h2"), .sketch = SV("s")}};
	struct asset asset[3] = {{.index = 0, .alias = &alias, .nalias = 1}, {.index = 1}, {.index = 2}};
	struct catalog c = {.a = a, .asset = asset, .nasset = 3};
	struct check check[3] = {{.id = SV("id"), .enabled = true, .blocking = true, .hash = "h0"},
	                         {.id = SV("id"), .enabled = true, .blocking = true, .hash = "h1"},
	                         {.id = SV("id"), .enabled = true, .blocking = true, .hash = "h2"}};
	struct checks checks[3] = {{check, 3}, {check, 3}, {check, 3}};
	struct prune p = {.catalog = &c, .check = declared, .ncheck = 3, .events_us = US_PER_DAY};

	seed = (uint64_t)_i + 1;
	map_init(&c.by_key, a);
	for (size_t i = 0; i < 3; i++) {
		asset[i].key = sv_of(assets[i]);
		(void)map_set(&c.by_key, asset[i].key, &asset[i]);
	}
	(void)map_set(&c.by_key, alias, &asset[0]);
	for (int i = 0; i < 600; i++) {
		if (below(2) == 0)
			some_event();
		else
			some_run();
	}

	struct retention keep = keep_all(keeps[_i % 3]);
	struct sv before = all_that_is_said(&c, checks);
	int64_t were = rows("event") + rows("verdict");

	p.dry_run = true;

	struct pruned would = prune_with(&keep, &p);

	ck_assert_int_eq(rows("event") + rows("verdict"), were);
	p.dry_run = false;

	struct pruned done = prune_with(&keep, &p);
	struct sv after = all_that_is_said(&c, checks);

	ck_assert_msg(sv_eq(before, after), "history %d\n" SV_FMT "\nbecame\n" SV_FMT, _i, SV_ARG(before),
	              SV_ARG(after));
	ck_assert_int_gt(done.rows[RETAIN_EVENTS], 0);
	ck_assert_int_gt(done.rows[RETAIN_RESULTS], 0);
	ck_assert_mem_eq(done.rows, would.rows, sizeof(done.rows));
	/* There is nothing more to find. */
	done = prune_with(&keep, &p);
	for (size_t i = 0; i < RETAIN_COUNT; i++)
		ck_assert_msg(done.rows[i] == 0, "%s: %lld", retained_names[i], (long long)done.rows[i]);
}
END_TEST

/* By kind ------------------------------------------------------------------------------------------------------- */

static void
add_message(struct message *m, const char *incident, enum message_state state, int64_t at_us)
{
	struct sv id = sv_of(incident);
	struct attempt at = {.number = 1, .at_us = at_us};

	*m = (struct message){.channel = SV("ops"),
	                      .type = SV("incident.repeated"),
	                      .body = SV("{}"),
	                      .incident = &id,
	                      .nincident = 1,
	                      .created_us = at_us,
	                      .next_us = at_us,
	                      .settled_us = TIME_NONE};
	OK(store_add_message(store, m, &err));
	at.message = m->id;
	m->state = state;
	m->attempts = 1;
	m->settled_us = state == MESSAGE_PENDING ? TIME_NONE : at_us;
	OK(store_settle_message(store, m, &at, &err));
}

START_TEST(messages_that_wait_and_the_last_word_on_what_is_open_stay)
{
	struct retention keep = keep_all(US_PER_HOUR);
	struct incident open = {
		.key = SV("k"), .kind = SV("late"), .opened_us = 1, .seen_us = 1, .resolved_us = TIME_NONE};
	struct message m;

	OK(store_put_incident(store, &open, &err));
	const char *id = arena_str(a, open.id);

	add_message(&m, id, MESSAGE_SENT, 10);
	add_message(&m, id, MESSAGE_DEAD, 20);
	add_message(&m, "gone", MESSAGE_SENT, 20);
	add_message(&m, "gone", MESSAGE_PENDING, 20);
	ck_assert_int_eq(prune_with(&keep, &(struct prune){0}).rows[RETAIN_ALERTS], 2);

	int64_t told;

	OK(store_last_told(store, SV("ops"), sv_of(id), (struct sv){0}, &told, &err));
	ck_assert_int_eq(told, 20);
	ck_assert_int_eq(rows("incident"), 1);
	ck_assert_int_eq(rows("message WHERE state = 'pending'"), 1);
}
END_TEST

START_TEST(off_keeps_for_ever)
{
	struct retention keep = keep_all(RETAIN_EVER);

	seed = 7;
	for (int i = 0; i < 100; i++) {
		some_event();
		some_run();
	}

	struct pruned done = prune_with(&keep, &(struct prune){0});

	for (size_t i = 0; i < RETAIN_COUNT; i++)
		ck_assert_int_eq(done.rows[i], 0);
	ck_assert(done.complete);
}
END_TEST

START_TEST(another_environment_is_left_alone)
{
	struct retention keep = keep_all(US_PER_HOUR);

	seed = 8;
	for (int i = 0; i < 100; i++) {
		some_event();
		some_run();
	}

	int64_t events = rows("event"), verdicts = rows("verdict");

	store->env = SV("other");
	(void)prune_with(&keep, &(struct prune){0});
	ck_assert_int_eq(rows("event"), events);
	ck_assert_int_eq(rows("verdict"), verdicts);
}
END_TEST

START_TEST(waivers_and_overrides_go_some_time_after_their_end)
{
	struct retention keep = keep_all(10 * US_PER_DAY);
	struct waiver w[] = {
		{.until_us = NOW_US - 9 * US_PER_DAY, .ended_us = TIME_NONE},
		{.until_us = NOW_US - 11 * US_PER_DAY, .ended_us = TIME_NONE},
		{.until_us = NOW_US + US_PER_DAY, .ended_us = NOW_US - 11 * US_PER_DAY},
		{.until_us = NOW_US + US_PER_DAY, .ended_us = TIME_NONE},
	};

	for (size_t i = 0; i < LEN(w); i++) {
		w[i].check = SV("c");
		w[i].who = w[i].reason = SV("x");
		OK(store_add_waiver(store, &w[i], &err));
	}
	ck_assert_int_eq(prune_with(&keep, &(struct prune){0}).rows[RETAIN_WAIVERS], 2);
	ck_assert_int_eq(rows("waiver"), 2);
}
END_TEST

START_TEST(thousands_go_in_several_transactions)
{
	struct retention keep = keep_all(US_PER_DAY);
	struct stored_metric m = {.asset = SV("a"), .name = SV("n"), .at_us = 5};

	OK(store_begin(store, &err));
	for (int i = 0; i < 2500; i++)
		OK(store_add_metrics(store, SV("r"), &m, 1, &err));
	OK(store_commit(store, &err));
	m.at_us = NOW_US;
	OK(store_add_metrics(store, SV("r"), &m, 1, &err));

	/* A deadline that has passed stops it before the first. */
	struct pruned done = prune_with(&keep, &(struct prune){.deadline_ns = 1});

	ck_assert(!done.complete);
	ck_assert_int_eq(rows("metric"), 2501);
	ck_assert_int_eq(prune_with(&keep, &(struct prune){.dry_run = true}).rows[RETAIN_METRICS], 2500);
	ck_assert_int_eq(prune_with(&keep, &(struct prune){0}).rows[RETAIN_METRICS], 2500);
	ck_assert_int_eq(rows("metric"), 1);
}
END_TEST

static const struct {
	const char *in, *out; /* NULL = no JSON */
	int64_t n;
} texts[] = {
	{"{}", "{}", 0},
	{"{\"unexpected_count\": 3, \"partial_unexpected_list\": [1, [2]], \"x\": null}",
         "{\"unexpected_count\":3,\"x\":null}", 1},
	{"{\"partial_unexpected_list\": []}", "{}", 0},
	{"{\"unexpected_list\": [\"}\"], \"unexpected_index_list\": [{\"a\": 1}]}", "{}", 2},
	{"[{\"result\": {\"partial_unexpected_counts\": [{\"value\": 1, \"count\": 2}], \"observed_value\": "
         "1e400}}]",
         "[{\"result\":{\"observed_value\":1e400}}]", 1},
	{"{\"sample\": {\"total\": 1, \"rows\": []}, \"message\": \"\\u0022sample\\u0022 \\ud83d\"}",
         "{\"message\":\"\\u0022sample\\u0022 \\ud83d\"}", 1},
	{"{\"a\\\"b\": [true, false, -0.50]}", "{\"a\\\"b\":[true,false,-0.50]}", 0},
	{"\"unexpected_list\"", "\"unexpected_list\"", 0},
	{"{\"unexpected_list\": [1}", NULL, 0},
	{"", NULL, 0},
	{"{} {}", NULL, 0},
};

START_TEST(samples_are_cut_and_all_else_stays_as_written)
{
	AUTO(buf) b = buf_new(1 << 16);
	AUTO(buf) dense = buf_new(1 << 16);
	int64_t n = -1;
	bool ok = samples_cut(sv_of(texts[_i].in), b, &n);

	ck_assert_int_eq(ok, texts[_i].out != NULL);
	if (!ok)
		return;
	/* The writer puts spaces behind colons and commas; none of the texts has any inside. */
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] != ' ' || (i > 0 && b->p[i - 1] != ':' && b->p[i - 1] != ','))
			buf_putc(dense, b->p[i]);
	ck_assert_str_eq(buf_str(dense), texts[_i].out);
	ck_assert_int_eq(n, texts[_i].n);
}
END_TEST

Suite *suite_prune(void);
Suite *
suite_prune(void)
{
	Suite *s = suite_create("prune");
	TCase *t = tcase_create("prune");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, pruning_takes_nothing_that_an_answer_rests_on, 0, 30);
	tcase_add_test(t, messages_that_wait_and_the_last_word_on_what_is_open_stay);
	tcase_add_test(t, off_keeps_for_ever);
	tcase_add_test(t, another_environment_is_left_alone);
	tcase_add_test(t, waivers_and_overrides_go_some_time_after_their_end);
	tcase_add_test(t, thousands_go_in_several_transactions);
	tcase_add_loop_test(t, samples_are_cut_and_all_else_stays_as_written, 0, LEN(texts));
	suite_add_tcase(s, t);
	return s;
}
