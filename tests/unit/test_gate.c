#include <check.h>
#include <stdlib.h>

#include "gate/facts.h"

#define NOW_US INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */

static struct arena *a;
static struct store *store;
static struct clock fixed;
static struct err err;
static struct gate_policy policy;

#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)

static void
setup(void)
{
	a = arena_new();
	fixed = clock_fixed(NOW_US);
	policy = (struct gate_policy){.in_progress_expires_us = US_PER_DAY};
	memcpy(policy.effect, reason_defaults, sizeof(reason_defaults));
	OK(store_open(SV(":memory:"), STORE_WRITE, SV("default"), &fixed, &store, &err));
}

static void
teardown(void)
{
	store_close(store);
	arena_free(a);
}

/* "check_failed=block stale=allow" */
static const char *
reasons_of(const struct decision *d)
{
	static const char *const effects[] = {"allow", "warn", "block"};
	AUTO(buf) b = buf_new(4096);

	for (size_t i = 0; i < d->nreason; i++)
		buf_printf(b, "%s%s=%s", i > 0 ? " " : "", reason_names[d->reason[i].kind],
		           effects[d->reason[i].effect]);
	return arena_str(a, buf_sv(b));
}

static struct decision
judge_input(struct input_fact in, const struct stored_override *override)
{
	struct gate_facts f = {
		.asset = SV("marts/x"),
		.now_us = NOW_US,
		.catalog_hash = "c",
		.policy = &policy,
		.input = &in,
		.ninput = 1,
		.override = override,
	};
	struct decision d;

	gate_judge(a, &f, &d);
	return d;
}

/* Checks by a letter each. */
static const struct {
	char letter;
	struct check_fact fact;
} letters[] = {
	{'P', {.blocking = true, .judged = true, .outcome = OUTCOME_PASS}},
	{'F', {.blocking = true, .judged = true, .outcome = OUTCOME_FAIL}},
	{'E', {.blocking = true, .judged = true, .outcome = OUTCOME_ERROR}},
	{'W', {.blocking = true, .judged = true, .outcome = OUTCOME_WARN}},
	{'S', {.blocking = true, .judged = true, .outcome = OUTCOME_SKIPPED}}, /* it was switched off then */
	{'B', {.blocking = true, .judged = true, .outcome = OUTCOME_WARN, .severity = SEVERITY_WARNING}},
	{'U', {.blocking = true}},
	{'A', {.blocking = true, .accepted = true, .accepted_us = NOW_US - 5}},
	{'X', {.blocking = true, .accepted = true, .judged = true, .outcome = OUTCOME_FAIL}},
	{'f', {.judged = true, .outcome = OUTCOME_FAIL}},
	{'e', {.judged = true, .outcome = OUTCOME_ERROR}},
	{'u', {.blocking = false}},
	{'0', {.blocking = true, .implicit = true}},
	{'1', {.blocking = true, .implicit = true, .judged = true, .outcome = OUTCOME_PASS}},
	{'2', {.blocking = true, .implicit = true, .judged = true, .outcome = OUTCOME_FAIL}},
};

/* A part with this version before and after, and these checks. */
static struct part_fact
part_with(const char *version, const char *checks)
{
	struct check_fact *check = ARENA_ARRAY(a, struct check_fact, strlen(checks));

	for (size_t i = 0; i < strlen(checks); i++) {
		size_t k = 0;

		while (letters[k].letter != checks[i])
			k++;
		check[i] = letters[k].fact;
		check[i].id = SV("raw/y:not_null:id");
		check[i].message = SV("3 of 4\n\033[2J");
	}
	return (struct part_fact){
		.version = sv_of(version),
		.version_after = sv_of(version),
		.started_us = TIME_NONE,
		.check = check,
		.ncheck = strlen(checks),
	};
}

static const struct taint tainted = {{"raw/z", 5}, {0}, {"Z", 1}, {"id", 2}, {"bad", 3}, {0}};

/* One input with one part, and all that the gate says about it. */
static const struct {
	const char *what, *checks, *reasons;
	const char *version; /* NULL = A */
	const char *after, *moved_from, *named, *waived, *undecided,
		*undecided_input; /* NULL = the plain case */
	bool missing, started, tainted, dangling, late_blocks, stale;
	enum fresh_status freshness;
} table[] = {
#define ROW(text, letters, wanted, ...)                                           \
	{                                                                         \
		.what = text, .checks = letters, .reasons = wanted, ##__VA_ARGS__ \
	}
	ROW("passed", "P", ""),
	ROW("failed", "F", "check_failed=block"),
	ROW("one of two failed", "PF", "check_failed=block"),
	ROW("error", "E", "check_error=block"),
	ROW("failed, not blocking", "f", "warned=allow"),
	ROW("error, not blocking", "e", "warned=allow"),
	ROW("warned", "W", "warned=allow"),
	ROW("a blocking warning", "B", "check_failed=block"),
	ROW("waived", "F", "waived=allow", .waived = "ann, until Friday"),
	ROW("a waived pass", "P", "", .waived = "ann"),
	ROW("a waived error", "E", "check_error=block", .waived = "ann"),
	ROW("unchecked", "U", "unchecked=block"),
	ROW("one of two unchecked", "PU", "unchecked=block"),
	ROW("failed and unchecked", "FU", "check_failed=block unchecked=block"),
	ROW("switched off when it ran", "S", "unchecked=block"),
	ROW("unchecked, not blocking", "u", ""),
	ROW("accepted", "A", "unchecked=allow"),
	ROW("accepted beside unchecked", "AU", "unchecked=allow unchecked=block"),
	ROW("accepted, but failed on this version", "X", "check_failed=block"),
	ROW("no version", "U", "unchecked=block", .version = ""),
	ROW("no version, no checks", "", "no_checks=allow", .version = ""),
	ROW("no checks", "", "no_checks=allow"),
	ROW("implicit checks alone, not run", "0", "no_checks=allow"),
	ROW("implicit checks alone, failed", "2", "check_failed=block no_checks=allow"),
	ROW("the implicit check left out", "P0", "unchecked=block"),
	ROW("the implicit check left out, none blocks", "f0", "warned=allow"),
	ROW("all run", "P1", ""),
	ROW("moved", "P", "changed=block", .after = "B"),
	ROW("gone meanwhile", "P", "changed=block", .after = ""),
	ROW("moved while checks ran", "P", "changed=block", .moved_from = "0"),
	ROW("another one named", "P", "changed=block", .named = "B"),
	ROW("this one named", "P", "", .named = "A"),
	ROW("missing", "U", "missing=block", .missing = true),
	ROW("missing and being made", "U", "missing=block in_progress=block", .missing = true,
            .started = true),
	ROW("in progress", "P", "in_progress=block", .started = true),
	ROW("tainted", "P", "tainted=block", .tainted = true),
	ROW("undecided part", "P", "undecided=block", .undecided = "no route to host"),
	ROW("undecided input", "P", "undecided=block", .undecided_input = "no route to host"),
	ROW("dangling", "P", "dangling=block", .dangling = true),
	ROW("late", "P", "late=allow", .freshness = FRESH_FAIL),
	ROW("late, blocking", "P", "late=block", .freshness = FRESH_FAIL, .late_blocks = true),
	ROW("soon late", "P", "", .freshness = FRESH_WARN, .late_blocks = true),
	ROW("stale", "P", "stale=allow", .stale = true),
#undef ROW
};

START_TEST(facts_give_their_reasons)
{
	struct part_fact part = part_with(table[_i].version != NULL ? table[_i].version : "A",
	                                  table[_i].checks);
	struct input_fact in = {
		.upstream = SV("raw/y"),
		.cap = EFFECT_BLOCK,
		.dangling = table[_i].dangling,
		.undecided = sv_of(table[_i].undecided_input),
		.freshness = table[_i].freshness,
		.late_blocks = table[_i].late_blocks,
		.stale = table[_i].stale,
		.part = &part,
		.npart = 1,
	};

	for (size_t i = 0; i < part.ncheck; i++)
		((struct check_fact *)(uintptr_t)part.check)[i].waived = sv_of(table[_i].waived);
	if (table[_i].after != NULL)
		part.version_after = sv_of(table[_i].after);
	part.moved_from = sv_of(table[_i].moved_from);
	part.named = sv_of(table[_i].named);
	part.missing = table[_i].missing;
	part.undecided = sv_of(table[_i].undecided);
	part.started_us = table[_i].started ? 1 : TIME_NONE;
	part.taint = &tainted;
	part.ntaint = table[_i].tainted;

	struct decision d = judge_input(in, NULL);
	bool block = strstr(table[_i].reasons, "=block") != NULL;

	ck_assert_msg(strcmp(reasons_of(&d), table[_i].reasons) == 0, "%s: '%s' instead of '%s'",
	              table[_i].what, reasons_of(&d), table[_i].reasons);
	ck_assert(d.would_block == block && d.allow == !block && !d.shadow);
	ck_assert_int_eq(gate_exit_status(&d), block);
	ck_assert_uint_eq(d.ninput, 1);

	/* The dependency says how far any reason may go. */
	in.cap = EFFECT_WARN;
	d = judge_input(in, NULL);
	ck_assert(d.allow && strstr(reasons_of(&d), "block") == NULL);
	in.cap = EFFECT_ALLOW;
	d = judge_input(in, NULL);
	ck_assert(d.allow && strstr(reasons_of(&d), "warn=") == NULL &&
	          strstr(reasons_of(&d), "=block") == NULL);
	ck_assert_msg(block == (d.nreason > 0 && block), "ignored reasons are still listed");
	in.cap = EFFECT_BLOCK;

	/* In shadow mode the same is found, and nothing stopped. */
	policy.shadow = true;
	d = judge_input(in, NULL);
	ck_assert_str_eq(reasons_of(&d), table[_i].reasons);
	ck_assert(d.allow && d.shadow && d.would_block == block);
}
END_TEST

START_TEST(a_policy_changes_what_a_reason_does)
{
	struct part_fact part = part_with("A", "F");
	struct input_fact in = {
		.upstream = SV("raw/y"), .cap = EFFECT_BLOCK, .part = &part, .npart = 1, .stale = true};
	struct decision d;

	policy.effect[REASON_CHECK_FAILED] = EFFECT_WARN;
	d = judge_input(in, NULL);
	ck_assert_str_eq(reasons_of(&d), "stale=allow check_failed=warn");
	ck_assert(d.allow);
	policy.effect[REASON_STALE] = EFFECT_BLOCK;
	d = judge_input(in, NULL);
	ck_assert_str_eq(reasons_of(&d), "stale=block check_failed=warn");
	ck_assert(!d.allow);
}
END_TEST

START_TEST(without_inputs_the_gate_is_open)
{
	struct gate_facts f = {.asset = SV("raw/x"), .now_us = NOW_US, .policy = &policy};
	struct decision d;

	gate_judge(a, &f, &d);
	ck_assert(d.allow && d.nreason == 0 && d.ninput == 0);
}
END_TEST

START_TEST(an_override_opens_all_but_a_change)
{
	struct stored_override o = {
		.who = SV("ann"), .reason = SV("backfill"), .until_us = NOW_US + US_PER_HOUR};
	struct part_fact part = part_with("A", "F");
	struct input_fact in = {.upstream = SV("raw/y"), .cap = EFFECT_BLOCK, .part = &part, .npart = 1};
	struct decision d;

	part.started_us = 5;
	d = judge_input(in, &o);

	ck_assert_str_eq(reasons_of(&d), "in_progress=warn check_failed=warn overridden=allow");
	ck_assert(d.allow);
	ck_assert(sv_is(d.reason[2].message, "by ann until 2023-11-14T23:13:20Z: backfill"));
	part.version_after = SV("B");
	d = judge_input(in, &o);
	ck_assert_str_eq(reasons_of(&d), "in_progress=block changed=block check_failed=block");
	/* Nothing to override, nothing to list. */
	part = part_with("A", "P");
	d = judge_input(in, &o);
	ck_assert_str_eq(reasons_of(&d), "");
	/* A catalog may refuse overrides. */
	part = part_with("A", "F");
	policy.effect[REASON_OVERRIDDEN] = EFFECT_BLOCK;
	d = judge_input(in, &o);
	ck_assert(!d.allow);
}
END_TEST

static void
add_verdict(struct sv key, const char *version, const char *hash, enum outcome outcome, int64_t at_us)
{
	char id[27];
	struct stored_verdict v = {
		.asset = key,
		.version = sv_of(version),
		.check_id = SV("id"),
		.check_hash = sv_of(hash),
		.outcome = outcome,
		.blocking = true,
		.message = SV("bad"),
		.at_us = at_us,
	};
	struct stored_run run = {.kind = SV("check")};

	ulid_make(NOW_US, id);
	run.id = sv_of(id);
	OK(store_add_run(store, &run, &v, 1, &err));
}

static struct checks
one_check(const char *hash)
{
	struct check *c = ARENA_NEW(a, struct check);

	*c = (struct check){.id = SV("id"), .blocking = true, .enabled = true};
	memcpy(c->hash, hash, strlen(hash) + 1);
	return (struct checks){c, 1};
}

/*
 * All ways in which a writer (A, then B), two checkers (read the version, store the verdict on it) and a gate
 * (read the version, look for verdicts, read the version again) can take turns.
 */
enum { WRITER, CHECKER_1, CHECKER_2, GATE, ACTORS };
static const int steps[ACTORS] = {2, 2, 2, 3};

struct world {
	struct sv key;
	const enum outcome *truth; /* of version 1 and 2 */
	int current;               /* 0 = nothing written yet */
	int read_by[2];            /* by the checkers */
	bool stored[3];            /* a verdict on version v is on record */
	int seen, seen_again;
	bool known; /* the verdict on `seen` was on record when the gate looked */
	struct part_fact part;
};

static const char *const version_names[] = {"", "A", "B"};

static void
take_step(struct world *w, int actor, int step, const struct checks *checks)
{
	if (actor == WRITER) {
		w->current = step + 1;
	} else if (actor != GATE && step == 0) {
		w->read_by[actor - CHECKER_1] = w->current;
	} else if (actor != GATE) {
		int v = w->read_by[actor - CHECKER_1];

		/* Where there was nothing the verdict is an error on no version. */
		add_verdict(w->key, version_names[v], checks->v[0].hash,
		            v == 0 ? OUTCOME_PASS : w->truth[v - 1], NOW_US);
		w->stored[v] = true;
	} else if (step == 0) {
		w->seen = w->current;
		w->part = part_with(version_names[w->seen], "");
		w->part.missing = w->seen == 0;
	} else if (step == 1) {
		w->known = w->stored[w->seen];
		OK(gate_check_facts(store, a, checks, w->key, &w->part, NOW_US, 0, &err));
	} else {
		w->seen_again = w->current;
		w->part.version_after = sv_of(version_names[w->seen_again]);
	}
}

static void
judge_world(const struct world *w, const char *order)
{
	struct input_fact in = {.upstream = w->key, .cap = EFFECT_BLOCK, .part = &w->part, .npart = 1};
	struct decision d = judge_input(in, NULL);
	bool good = w->seen > 0 && w->known && w->truth[w->seen - 1] == OUTCOME_PASS &&
	            w->seen_again == w->seen;

	ck_assert_msg(d.allow == good, "%s: %s", order, reasons_of(&d));
}

static size_t
all_orders(const enum outcome *truth, int *done, char *order, size_t n, const struct checks *checks)
{
	size_t count = 0;

	if (n == 9) {
		struct world w = {.truth = truth};
		int at[ACTORS] = {0};
		static int64_t world;

		w.key = arena_svf(a, "raw/%lld", (long long)world++);
		for (size_t i = 0; i < n; i++) {
			int actor = order[i] - '0';

			take_step(&w, actor, at[actor]++, checks);
		}
		judge_world(&w, order);
		return 1;
	}
	for (int actor = 0; actor < ACTORS; actor++) {
		if (done[actor] == steps[actor])
			continue;
		done[actor]++;
		order[n] = (char)('0' + actor);
		count += all_orders(truth, done, order, n + 1, checks);
		done[actor]--;
	}
	return count;
}

START_TEST(a_verdict_on_one_version_never_opens_the_gate_on_another)
{
	static const enum outcome truth[][2] = {
		{OUTCOME_PASS, OUTCOME_FAIL}, {OUTCOME_FAIL, OUTCOME_PASS}, {OUTCOME_PASS, OUTCOME_PASS}};
	struct checks checks = one_check("h");
	int done[ACTORS] = {0};
	char order[10] = "";

	OK(store_begin(store, &err));
	/* 9! / (2! 2! 2! 3!) orders. */
	ck_assert_uint_eq(all_orders(truth[_i], done, order, 0, &checks), 7560);
	store_rollback(store);
}
END_TEST

START_TEST(an_edited_check_unchecks_itself_only)
{
	struct check v[2] = {one_check("h1").v[0], one_check("h2").v[0]};
	struct checks checks = {v, 2};
	struct part_fact part = part_with("A", "");

	add_verdict(SV("raw/y"), "A", "h1", OUTCOME_PASS, NOW_US);
	add_verdict(SV("raw/y"), "A", "old", OUTCOME_FAIL, NOW_US);
	OK(gate_check_facts(store, a, &checks, SV("raw/y"), &part, NOW_US, 0, &err));
	ck_assert(part.ncheck == 2 && part.check[0].judged && !part.check[1].judged);
	v[1].enabled = false;
	OK(gate_check_facts(store, a, &checks, SV("raw/y"), &part, NOW_US, 0, &err));
	ck_assert_uint_eq(part.ncheck, 1);
}
END_TEST

START_TEST(an_older_pass_is_accepted_for_as_long_as_the_policy_says)
{
	static const struct {
		const char *version;
		enum outcome outcome;
		int64_t age_us, accept_us;
		bool accepted;
	} rows[] = {
		{"old", OUTCOME_PASS, 60, 60, true},  {"old", OUTCOME_PASS, 61, 60, false},
		{"old", OUTCOME_PASS, 60, 0, false},  {"old", OUTCOME_FAIL, 60, 60, false},
		{"old", OUTCOME_WARN, 60, 60, false}, {"old", OUTCOME_ERROR, 60, 60, false},
		{"", OUTCOME_PASS, 60, 60, false},    {"old", OUTCOME_PASS, -1, 60, false},
	};
	struct checks checks = one_check("h");

	for (size_t i = 0; i < LEN(rows); i++) {
		struct part_fact part = part_with("A", "");
		struct sv key = arena_svf(a, "raw/%zu", i);

		add_verdict(key, rows[i].version, "h", rows[i].outcome, NOW_US - rows[i].age_us);
		OK(gate_check_facts(store, a, &checks, key, &part, NOW_US, rows[i].accept_us, &err));
		ck_assert(!part.check[0].judged);
		ck_assert_msg(part.check[0].accepted == rows[i].accepted, "row %zu", i);
	}

	/* A later failure on yet another version ends it. */
	struct part_fact part = part_with("A", "");

	add_verdict(SV("raw/0"), "newer", "h", OUTCOME_FAIL, NOW_US);
	OK(gate_check_facts(store, a, &checks, SV("raw/0"), &part, NOW_US, 60, &err));
	ck_assert(!part.check[0].accepted);
}
END_TEST

static void
add_made(const char *key, const char *version, const char *from, const char *from_version, int64_t at_us)
{
	struct event_input input = {.key = sv_of(from), .version = sv_of(from_version)};
	struct event e = {
		.kind = EVENT_MATERIALIZED,
		.asset = sv_of(key),
		.version = sv_of(version),
		.at_us = at_us,
		.updated_us = TIME_NONE,
		.data_through_us = TIME_NONE,
		.rows = -1,
		.inputs_given = true,
		.input = &input,
		.ninput = 1,
	};

	OK(store_add_event(store, &e, &err));
}

static size_t
taints_of(const char *key, const char *hash)
{
	struct asset assets[3] = {
		{.key = SV("a"), .index = 0}, {.key = SV("b"), .index = 1}, {.key = SV("c"), .index = 2}};
	struct checks checks[3] = {one_check(hash), one_check(hash), one_check(hash)};
	struct catalog c = {.a = a, .asset = assets, .nasset = 3};
	struct part_fact part = part_with("A", "");

	map_init(&c.by_key, a);
	for (size_t i = 0; i < 3; i++)
		(void)map_set(&c.by_key, assets[i].key, &assets[i]);
	(void)map_set(&c.by_key, SV("alias:a"), &assets[0]);
	OK(gate_taints(store, a, &c, checks, sv_of(key), &part, NOW_US, NOW_US, NULL, &err));
	if (part.ntaint > 0)
		ck_assert(sv_is(part.taint[0].key, "a") && sv_is(part.taint[0].version, "a1"));
	return part.ntaint;
}

START_TEST(what_was_made_from_a_failed_version_is_tainted_however_far)
{
	/* a failed in a1; b came from it, c from that b. */
	add_made("b", "b1", "alias:a", "a1", 10);
	add_made("c", "c1", "b", "b1", 20);
	ck_assert_uint_eq(taints_of("b", "h"), 0);
	add_verdict(SV("a"), "a1", "h", OUTCOME_FAIL, 5);
	ck_assert_uint_eq(taints_of("b", "h"), 1);
	ck_assert_uint_eq(taints_of("c", "h"), 1);
	/* A check that was edited since says nothing. */
	ck_assert_uint_eq(taints_of("b", "edited"), 0);
	/* b anew from a good version; c is still of the old one. */
	add_made("b", "b2", "a", "a2", 30);
	ck_assert_uint_eq(taints_of("b", "h"), 0);
	ck_assert_uint_eq(taints_of("c", "h"), 1);
	/* Now c too; then a circle, which must end. */
	add_made("c", "c2", "b", "b2", 40);
	ck_assert_uint_eq(taints_of("c", "h"), 0);
	add_made("b", "b3", "c", "c3", 50);
	add_made("c", "c3", "b", "b3", 60);
	ck_assert_uint_eq(taints_of("c", "h"), 0);
	/* A second look at the old version passed: its last word counts. */
	add_made("c", "c4", "a", "a1", 70);
	ck_assert_uint_eq(taints_of("c", "h"), 1);
	add_verdict(SV("a"), "a1", "h", OUTCOME_PASS, 4);
	ck_assert_uint_eq(taints_of("c", "h"), 0);
}
END_TEST

START_TEST(an_override_holds_for_the_versions_it_was_made_for)
{
	struct workspace w = {.a = a, .store = store, .clock = &fixed};
	struct part_fact part = part_with("A", "");
	struct input_fact in = {.upstream = SV("raw/y"), .part = &part, .npart = 1};
	struct gate_facts f = {
		.asset = SV("marts/x"), .now_us = NOW_US, .policy = &policy, .input = &in, .ninput = 1};
	struct gate_request r = {.override_reason = SV("backfill"), .who = SV("ann")};

	ck_assert(!gate_add_override(&w, &r, &f, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	r.for_us = 1000;
	OK(gate_add_override(&w, &r, &f, &err));
	OK(gate_find_override(&w, &f, &err));
	ck_assert_ptr_nonnull(f.override);
	ck_assert(sv_is(f.override->who, "ann") && f.override->until_us == NOW_US + 1000);
	part.version = SV("B");
	OK(gate_find_override(&w, &f, &err));
	ck_assert_ptr_null(f.override);
	part.version = SV("A");
	f.now_us = NOW_US + 999;
	OK(gate_find_override(&w, &f, &err));
	ck_assert_ptr_nonnull(f.override);
	f.now_us = NOW_US + 1000;
	OK(gate_find_override(&w, &f, &err));
	ck_assert_ptr_null(f.override);
	f.now_us = NOW_US;
	f.partition = SV("2024");
	OK(gate_find_override(&w, &f, &err));
	ck_assert_ptr_null(f.override);

	/* Where no version is known, the time it was made stands for it. */
	f.partition = SV("");
	part.version = SV("");
	part.stamp_us = 1;
	OK(gate_add_override(&w, &r, &f, &err));
	OK(gate_find_override(&w, &f, &err));
	ck_assert_ptr_nonnull(f.override);
	part.stamp_us = 2;
	OK(gate_find_override(&w, &f, &err));
	ck_assert_ptr_null(f.override);
}
END_TEST

START_TEST(a_version_that_moved_while_checks_ran_is_a_change)
{
	struct part_fact one = part_with("A", ""), two = part_with("B", "");
	struct input_fact in1 = {.upstream = SV("raw/y"), .cap = EFFECT_BLOCK, .part = &one, .npart = 1},
			  in2 = in1;
	struct gate_facts before = {.policy = &policy, .input = &in1, .ninput = 1},
			  after = {.policy = &policy, .ninput = 1};
	struct decision d;

	in2.part = &two;
	after.input = &in2;
	gate_note_moves(a, &before, &after);
	gate_judge(a, &after, &d);
	ck_assert_str_eq(reasons_of(&d), "changed=block no_checks=allow");
	after.input = &in1;
	gate_note_moves(a, &before, &after);
	gate_judge(a, &after, &d);
	ck_assert_str_eq(reasons_of(&d), "no_checks=allow");
}
END_TEST

static struct decision
sample(void)
{
	struct part_fact *part = ARENA_NEW(a, struct part_fact);

	*part = part_with("A", "F");
	part->partition = SV("2024-01-01");
	return judge_input((struct input_fact){.upstream = SV("raw/y"),
	                                       .cap = EFFECT_BLOCK,
	                                       .part = part,
	                                       .npart = 1,
	                                       .stale = true,
	                                       .stale_evidence = SV("raw/z is newer"),
	                                       .freshness = FRESH_WARN},
	                   NULL);
}

START_TEST(json_is_the_contracts)
{
	AUTO(buf) b = buf_new(4096);
	struct json_writer w;
	struct decision d = sample();

	json_write_init(&w, b, 0);
	gate_json(&d, &w);
	ck_assert_str_eq(
		buf_str(b),
		"{\"asset\":\"marts/"
		"x\",\"partition\":\"\",\"decision\":\"block\",\"mode\":\"enforce\",\"would_block\":true,"
		"\"decided_at\":\"2023-11-14T22:13:20Z\",\"catalog\":\"c\",\"reasons\":["
		"{\"upstream\":\"raw/y\",\"partition\":\"\",\"kind\":\"stale\",\"message\":\"raw/z is "
		"newer\",\"data_version\":\"\","
		"\"effect\":\"allow\"},"
		"{\"upstream\":\"raw/"
		"y\",\"partition\":\"2024-01-01\",\"kind\":\"check_failed\",\"check\":\"raw/y:not_null:id\","
		"\"message\":\"3 of 4\\n\\u001b[2J\",\"data_version\":\"A\",\"effect\":\"block\"}],"
		"\"inputs\":[{\"upstream\":\"raw/"
		"y\",\"partition\":\"2024-01-01\",\"data_version\":\"A\",\"freshness\":\"warn\","
		"\"checks\":\"fail\"}]}");
}
END_TEST

START_TEST(text_says_what_blocks_first_and_what_to_do_and_never_speaks_to_the_terminal)
{
	AUTO(buf) b = buf_new(4096);
	struct decision d = sample();

	gate_text(&d, false, false, b);
	ck_assert_str_eq(buf_str(b),
	                 "gate marts/x: BLOCK\n"
	                 "  block  check_failed  raw/y 2024-01-01  3 of 4 ?[2J  [raw/y:not_null:id]\n"
	                 "  allow  stale         raw/y             raw/z is newer\n"
	                 "next: repair raw/y 2024-01-01 and make it anew\n");
	buf_clear(b);
	gate_text_inputs(&d, b);
	ck_assert_str_eq(buf_str(b), "  reads  raw/y 2024-01-01  checks fail  freshness warn  version A\n");
	buf_clear(b);
	d.input[0].unchecked = true;
	d.input[0].checks = OUTCOME_PASS;
	d.input[0].data_version = (struct sv){0};
	gate_text_inputs(&d, b);
	ck_assert_str_eq(buf_str(b),
	                 "  reads  raw/y 2024-01-01  checks unchecked  freshness warn  version unknown\n");
	buf_clear(b);
	d.shadow = d.allow = true;
	gate_text(&d, true, true, b);
	ck_assert(sv_starts(buf_sv(b),
	                    SV("gate marts/x: \033[33mALLOW (shadow mode; it would block)\033[0m\n")));
}
END_TEST

Suite *
suite_gate(void)
{
	Suite *s = suite_create("gate");
	TCase *t = tcase_create("gate");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, facts_give_their_reasons, 0, (int)LEN(table));
	tcase_add_test(t, a_policy_changes_what_a_reason_does);
	tcase_add_test(t, without_inputs_the_gate_is_open);
	tcase_add_test(t, an_override_opens_all_but_a_change);
	tcase_add_loop_test(t, a_verdict_on_one_version_never_opens_the_gate_on_another, 0, 3);
	tcase_add_test(t, an_edited_check_unchecks_itself_only);
	tcase_add_test(t, an_older_pass_is_accepted_for_as_long_as_the_policy_says);
	tcase_add_test(t, what_was_made_from_a_failed_version_is_tainted_however_far);
	tcase_add_test(t, an_override_holds_for_the_versions_it_was_made_for);
	tcase_add_test(t, a_version_that_moved_while_checks_ran_is_a_change);
	tcase_add_test(t, json_is_the_contracts);
	tcase_add_test(t, text_says_what_blocks_first_and_what_to_do_and_never_speaks_to_the_terminal);
	suite_add_tcase(s, t);
	return s;
}
