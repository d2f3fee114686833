#include <check.h>
#include <stdlib.h>

#include "alert/problems.h"
#include "catalog/load.h"

static struct arena *a;
static const struct catalog *c;

static const char text[] = "version: 1\n"
			   "assets:\n"
			   "  raw/a: {path: a.csv}\n"
			   "  mid/b: {path: b.csv, depends_on: [raw/a]}\n"
			   "  mid/c: {path: c.csv, depends_on: [mid/b]}\n"
			   "  mart/d: {path: d.csv, depends_on: [mid/c], exposed: true}\n";

static void
setup(void)
{
	struct diags d;

	a = arena_new();
	diags_init(&d, a);
	c = catalog_load_text(a, "weir.yaml", sv_of(text), NULL, &d);
	ck_assert(c != NULL && d.errors == 0);
}

static void
teardown(void)
{
	arena_free(a);
}

/* One letter an asset: Late, nearly late (W), unknown (?), Unreadable, Fresh, No policy, - not in the report. */
static struct report
report(const char *letters)
{
	struct asset_result *v = ARENA_ARRAY(a, struct asset_result, c->nasset);
	struct report r = {.asset = v};

	for (size_t i = 0; letters[i] != '\0'; i++) {
		static const struct {
			char letter;
			enum fresh_status status;
		} known[] = {{'L', FRESH_FAIL}, {'W', FRESH_WARN}, {'?', FRESH_UNKNOWN},
		             {'F', FRESH_PASS}, {'N', FRESH_NONE}, {'U', FRESH_UNKNOWN}};

		if (letters[i] == '-')
			continue;

		struct asset_result *x = &v[r.nasset++];

		*x = (struct asset_result){.asset = &c->asset[i],
		                           .key = c->asset[i].key,
		                           .has_freshness = true,
		                           .has_staleness = true};
		x->freshness.evidence = SV("evidence");
		for (size_t k = 0; k < LEN(known); k++)
			if (letters[i] == known[k].letter)
				x->freshness.status = known[k].status;
		if (letters[i] == 'U')
			err_set(&x->err, ERR_IO, NOWHERE, "cannot open");
	}
	return r;
}

/* "KEY+SYMPTOMS KEY" of what is left after folding, then "; KEY+SYMPTOMS" of what goes to open incidents. */
static const char *
folded(const struct report *r, const struct incident *open, size_t nopen)
{
	struct problems p;
	struct map elsewhere;
	char *s = arena_printf(a, "%s", "");

	problems_find(a, c, r, open, nopen, &p);
	problems_fold(a, open, nopen, &p, &elsewhere);
	for (size_t i = 0; i < p.n; i++) {
		ck_assert(map_get(&p.by_key, p.v[i].key) == &p.v[i]);
		s = arena_printf(a, "%s%s" SV_FMT, s, i > 0 ? " " : "", SV_ARG(p.v[i].key));
		if (p.v[i].follower.n > 0)
			s = arena_printf(a, "%s+%zu", s, p.v[i].follower.n);
	}
	for (size_t i = 0; i < elsewhere.n; i++) {
		const struct problem *more = elsewhere.e[i].value;

		s = arena_printf(a, "%s; " SV_FMT "+%zu", s, SV_ARG(more->key), more->follower.n);
	}
	return s;
}

static const struct {
	const char *assets, *folded;
} chains[] = {
	{"FFFF", ""},
	{"NNNN", ""},
	{"LLLL", "freshness|raw/a||+3"},
	{"FFFL", "freshness|mart/d||"},
	{"LNNL", "freshness|raw/a||+1"},
	{"?NNL", "freshness|raw/a||+1"},
	{"L--L", "freshness|raw/a||+1"},
	{"---L", "freshness|mart/d||"},
	{"LFLL", "freshness|raw/a|| freshness|mid/c||+1"},
	{"UNNL", "unreadable|raw/a||+1"},
	{"LULL", "freshness|raw/a|| unreadable|mid/b||+2"},
	{"UUUU", "unreadable|raw/a|| unreadable|mid/b|| unreadable|mid/c|| unreadable|mart/d||"},
	{"WLFF", "freshness|raw/a|| freshness|mid/b||"},
	{"LWLW", "freshness|raw/a|| freshness|mid/b|| freshness|mid/c|| freshness|mart/d||"},
};

START_TEST(what_is_late_below_something_late_or_unreadable_is_its_symptom)
{
	const struct report r = report(chains[_i].assets);

	ck_assert_str_eq(folded(&r, NULL, 0), chains[_i].folded);
}
END_TEST

static const struct {
	const char *assets;
	const char *kind, *asset, *key; /* of the open incident */
	const char *folded;
} opens[] = {
	/* The root was not looked at now, and it is known to be bad. */
	{"---L", "late", "raw/a", "freshness|raw/a||", "; freshness|raw/a||+1"},
	{"---L", "unreadable", "mid/b", "unreadable|mid/b||", "; unreadable|mid/b||+1"},
	{"---L", "stale", "raw/a", "stale|raw/a||", "freshness|mart/d||"},
	/* It was looked at, and is well. */
	{"FFFL", "late", "raw/a", "freshness|raw/a||", "freshness|mart/d||"},
	/* Who has an incident of its own keeps it. */
	{"LLLL", "late", "mart/d", "freshness|mart/d||", "freshness|raw/a||+2 freshness|mart/d||"},
};

START_TEST(open_incidents_adopt_symptoms_and_keep_their_own_life)
{
	const struct report r = report(opens[_i].assets);
	const struct incident open = {
		.kind = sv_of(opens[_i].kind), .asset = sv_of(opens[_i].asset), .key = sv_of(opens[_i].key)};

	ck_assert_str_eq(folded(&r, &open, 1), opens[_i].folded);
}
END_TEST

/* As the layer fresh tells it: it began with an input that is newer, which is not stale itself. */
static void
make_stale(struct asset_result *x, const struct cause *cause, size_t ncause)
{
	struct sv *path = ARENA_ARRAY(a, struct sv, c->nasset);
	size_t n = 0;

	for (; n < c->nasset && !sv_eq(c->asset[n].key, x->key); n++)
		path[n] = c->asset[n].key;
	path[n++] = x->key;
	x->staleness = (struct staleness){.status = STALE_STALE,
	                                  .root = path[0],
	                                  .path = path,
	                                  .npath = n,
	                                  .cause = cause,
	                                  .ncause = ncause,
	                                  .evidence = SV("evidence")};
}

START_TEST(what_is_stale_only_since_its_input_is_belongs_to_the_first_stale_one)
{
	static const struct cause newer = {.kind = CAUSE_UPSTREAM_NEWER},
				  both[] = {{.kind = CAUSE_UPSTREAM_STALE}, {.kind = CAUSE_CODE_CHANGED}};
	struct report r = report("FFFF");

	make_stale(&r.asset[1], &newer, 1);
	make_stale(&r.asset[2], both, 1);
	make_stale(&r.asset[3], both, 1);
	ck_assert_str_eq(folded(&r, NULL, 0), "stale|mid/b||+2");
	/* With a cause of its own it has to be mended on its own. */
	make_stale(&r.asset[3], both, 2);
	ck_assert_str_eq(folded(&r, NULL, 0), "stale|mid/b||+1 stale|mart/d||");
	/* Nobody looked at the root. */
	r.asset += 2;
	r.nasset = 1;
	ck_assert_str_eq(folded(&r, NULL, 0), "stale|mid/c||");
}
END_TEST

/* What closes the gate before mid/c while raw/a stays as it is and mid/b or a neighbour is newer. */
static const struct {
	const char *assets;
	const char *kind, *asset, *key; /* of an open incident; NULL = none */
	bool fails;                     /* a blocking check of mid/b */
	enum cause_kind cause;
	const char *folded;
} gates[] = {
	{"FFFF", NULL, NULL, NULL, false, CAUSE_UPSTREAM_NEWER, "stale|mid/c||"},
	{"FLFF", NULL, NULL, NULL, false, CAUSE_UPSTREAM_NEWER, "freshness|mid/b||+1"},
	{"FUFF", NULL, NULL, NULL, false, CAUSE_UPSTREAM_NEWER, "unreadable|mid/b||+1"},
	/* Through one without a policy, not through one in time. */
	{"LNNF", NULL, NULL, NULL, false, CAUSE_UPSTREAM_NEWER, "freshness|raw/a||+1"},
	{"LFFF", NULL, NULL, NULL, false, CAUSE_UPSTREAM_NEWER, "freshness|raw/a|| stale|mid/c||"},
	/* A cause of its own. */
	{"FLFF", NULL, NULL, NULL, false, CAUSE_CODE_CHANGED, "freshness|mid/b|| stale|mid/c||"},
	{"FLFF", NULL, NULL, NULL, false, CAUSE_INPUT_ADDED, "freshness|mid/b|| stale|mid/c||"},
	{"FFFF", NULL, NULL, NULL, true, CAUSE_UPSTREAM_NEWER, "check|mid/b||x+1"},
	{"FFFF", NULL, NULL, NULL, true, CAUSE_CODE_CHANGED, "check|mid/b||x stale|mid/c||"},
	{"FFFF", "check_failed", "mid/b", "check|mid/b||y", false, CAUSE_UPSTREAM_NEWER,
         "; check|mid/b||y+1"},
	{"FFFF", "check_error", "mid/b", "check|mid/b||y", false, CAUSE_UPSTREAM_NEWER, "stale|mid/c||"},
	{"FFFF", "unstored", "mid/b", "orphan|mid/b||", false, CAUSE_UPSTREAM_NEWER, "; orphan|mid/b||+1"},
	{"--F-", "late", "mid/b", "freshness|mid/b||", false, CAUSE_UPSTREAM_NEWER, "; freshness|mid/b||+1"},
	/* One that is a symptom itself, of something far away. */
	{"--F-", "stale", "mid/b", "freshness|far||", false, CAUSE_UPSTREAM_STALE, "; freshness|far||+1"},
	{"--F-", "stale", "mid/b", "freshness|far||", false, CAUSE_UPSTREAM_NEWER, "stale|mid/c||"},
};

START_TEST(what_a_closed_gate_keeps_stale_belongs_to_what_closed_it)
{
	const struct cause cause = {.kind = gates[_i].cause};
	const struct incident open = {.kind = sv_of(gates[_i].kind != NULL ? gates[_i].kind : ""),
	                              .asset = sv_of(gates[_i].kind != NULL ? gates[_i].asset : ""),
	                              .key = sv_of(gates[_i].kind != NULL ? gates[_i].key : ""),
	                              .severity = SEVERITY_CRITICAL};
	struct check check = {.id = SV("x"), .blocking = true};
	struct check_result failed = {.check = &check, .verdict = {.outcome = OUTCOME_FAIL}};
	struct report r = report(gates[_i].assets);

	for (size_t i = 0; i < r.nasset; i++) {
		if (sv_is(r.asset[i].key, "mid/c"))
			make_stale(&r.asset[i], &cause, 1);
		if (gates[_i].fails && sv_is(r.asset[i].key, "mid/b")) {
			r.asset[i].check = &failed;
			r.asset[i].ncheck = 1;
		}
	}
	ck_assert_str_eq(folded(&r, &open, gates[_i].kind != NULL), gates[_i].folded);
}
END_TEST

START_TEST(who_is_late_and_stale_has_one_incident)
{
	static const struct cause newer = {.kind = CAUSE_UPSTREAM_NEWER};
	struct report r = report("FLFF");

	make_stale(&r.asset[1], &newer, 1);
	ck_assert_str_eq(folded(&r, NULL, 0), "freshness|mid/b||+1");
}
END_TEST

START_TEST(a_root_is_as_severe_as_the_worst_of_its_symptoms)
{
	static const struct cause newer = {.kind = CAUSE_UPSTREAM_NEWER}, up = {.kind = CAUSE_UPSTREAM_STALE};
	struct report r = report("FFFF");
	struct problems p;
	struct map elsewhere;

	make_stale(&r.asset[1], &newer, 1);
	make_stale(&r.asset[2], &up, 1);
	r.asset[2].staleness.failing = true;
	problems_find(a, c, &r, NULL, 0, &p);
	ck_assert_int_eq(p.v[0].severity, SEVERITY_WARNING);
	ck_assert_int_eq(p.v[1].severity, SEVERITY_CRITICAL);
	problems_fold(a, NULL, 0, &p, &elsewhere);
	ck_assert_uint_eq(p.n, 1);
	ck_assert_int_eq(p.v[0].severity, SEVERITY_CRITICAL);
	ck_assert(p.v[0].follower.v[0]->kind == PROBLEM_STALE && sv_is(p.v[0].follower.v[0]->asset, "mid/c"));
	ck_assert_ptr_eq(map_get(&p.follows, p.v[0].follower.v[0]->key), &p.v[0]);
}
END_TEST

static const struct {
	enum outcome outcome;
	enum severity severity;
	bool waived, stored;
	const char *kind; /* NULL = no problem */
	enum severity told;
} checks[] = {
	{OUTCOME_PASS, SEVERITY_CRITICAL, false, false, NULL, 0},
	{OUTCOME_SKIPPED, SEVERITY_CRITICAL, false, false, NULL, 0},
	{OUTCOME_FAIL, SEVERITY_CRITICAL, false, false, "check_failed", SEVERITY_CRITICAL},
	{OUTCOME_FAIL, SEVERITY_INFO, false, false, "check_failed", SEVERITY_INFO},
	{OUTCOME_WARN, SEVERITY_CRITICAL, false, false, "check_failed", SEVERITY_WARNING},
	{OUTCOME_WARN, SEVERITY_INFO, false, false, "check_failed", SEVERITY_INFO},
	{OUTCOME_ERROR, SEVERITY_CRITICAL, false, false, "check_error", SEVERITY_CRITICAL},
	{OUTCOME_ERROR, SEVERITY_INFO, false, false, "check_error", SEVERITY_WARNING},
	{OUTCOME_WARN, SEVERITY_CRITICAL, true, false, NULL, 0},
	{OUTCOME_FAIL, SEVERITY_CRITICAL, false, true, NULL, 0},
};

START_TEST(a_check_is_a_problem_by_its_outcome_and_severity)
{
	static const struct waiver waiver = {0};
	struct check check = {.id = SV("raw/a:not_null:x"), .severity = checks[_i].severity};
	struct check_result result = {.check = &check,
	                              .verdict = {.outcome = checks[_i].outcome, .message = SV("1\nof 3")},
	                              .waiver = checks[_i].waived ? &waiver : NULL,
	                              .stored = checks[_i].stored};
	struct asset_result asset = {.asset = &c->asset[0],
	                             .key = SV("raw/a"),
	                             .partition = SV("p"),
	                             .check = &result,
	                             .ncheck = 1};
	struct report r = {.asset = &asset, .nasset = 1};
	struct problems p;

	problems_find(a, c, &r, NULL, 0, &p);
	ck_assert_uint_eq(p.n, checks[_i].kind != NULL);
	if (p.n == 0)
		return;
	ck_assert_str_eq(problem_names[p.v[0].kind], checks[_i].kind);
	ck_assert_int_eq(p.v[0].severity, checks[_i].told);
	ck_assert_str_eq(arena_str(a, p.v[0].key), "check|raw/a|p|raw/a:not_null:x");
	ck_assert_ptr_null(memchr(p.v[0].title.p, '\n', p.v[0].title.n));
	ck_assert(sv_starts(p.v[0].title, SV("raw/a (p) not_null:x")));
}
END_TEST

START_TEST(an_asset_that_cannot_be_read_is_one_problem_however_many_checks_it_has)
{
	struct check check = {.id = SV("raw/a:x")};
	struct check_result results[5];
	struct report r = report("U---");
	struct problems p;

	for (size_t i = 0; i < LEN(results); i++)
		results[i] = (struct check_result){.check = &check, .verdict = {.outcome = OUTCOME_ERROR}};
	problems_find(a, c, &r, NULL, 0, &p);
	ck_assert_uint_eq(p.n, 1);
	ck_assert_int_eq(p.v[0].kind, PROBLEM_UNREACHABLE);
	r.asset[0].check = results;
	r.asset[0].ncheck = LEN(results);
	problems_find(a, c, &r, NULL, 0, &p);
	ck_assert_uint_eq(p.n, 1);
	ck_assert_int_eq(p.v[0].kind, PROBLEM_UNREADABLE);
	ck_assert_str_eq(arena_str(a, p.v[0].message), "cannot open (5 checks could not be evaluated)");
}
END_TEST

START_TEST(what_is_abandoned_or_unstored_belongs_to_the_asset_that_is_bad_for_it)
{
	struct orphan orphans[] = {
		{.kind = ORPHAN_UNSTORED, .key = SV("raw/a"), .evidence = SV("e")},
		{.kind = ORPHAN_ABANDONED, .key = SV("raw/a"), .evidence = SV("e")},
		{.kind = ORPHAN_UNUSED, .key = SV("raw/a"), .evidence = SV("e")},
		{.kind = ORPHAN_DANGLING, .key = SV("x"), .evidence = SV("e")},
	};
	struct report r = report("LFFF");

	r.orphan = orphans;
	r.norphan = LEN(orphans);
	ck_assert_str_eq(folded(&r, NULL, 0), "freshness|raw/a||+2 unused|raw/a|| dangling|x||");
}
END_TEST

START_TEST(keys_of_different_things_differ)
{
	static const struct {
		const char *asset, *partition, *check;
	} rows[] = {{"a", "b", "c"},  {"a|b", "", "c"},   {"a", "b|c", ""}, {"a\\", "b", "c"},
	            {"a", "", "b|c"}, {"a\\|b", "", "c"}, {"a|b|c", "", ""}};

	for (size_t i = 0; i < LEN(rows); i++)
		for (size_t k = 0; k < i; k++)
			ck_assert(!sv_eq(problem_key(a, PROBLEM_LATE, sv_of(rows[i].asset),
			                             sv_of(rows[i].partition), sv_of(rows[i].check)),
			                 problem_key(a, PROBLEM_LATE, sv_of(rows[k].asset),
			                             sv_of(rows[k].partition), sv_of(rows[k].check))));
	for (enum problem_kind k = 0; k < PROBLEM_COUNT; k++) {
		ck_assert_int_eq(problem_kind_of(sv_of(problem_names[k])), k);
		ck_assert_ptr_nonnull(problem_docs[k]);
	}
	ck_assert_int_eq(problem_kind_of(SV("lat")), PROBLEM_COUNT);
}
END_TEST

Suite *
suite_problems(void)
{
	Suite *s = suite_create("problems");
	TCase *t = tcase_create("problems");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, what_is_late_below_something_late_or_unreadable_is_its_symptom, 0,
	                    (int)LEN(chains));
	tcase_add_loop_test(t, open_incidents_adopt_symptoms_and_keep_their_own_life, 0, (int)LEN(opens));
	tcase_add_test(t, what_is_stale_only_since_its_input_is_belongs_to_the_first_stale_one);
	tcase_add_loop_test(t, what_a_closed_gate_keeps_stale_belongs_to_what_closed_it, 0, (int)LEN(gates));
	tcase_add_test(t, who_is_late_and_stale_has_one_incident);
	tcase_add_test(t, a_root_is_as_severe_as_the_worst_of_its_symptoms);
	tcase_add_loop_test(t, a_check_is_a_problem_by_its_outcome_and_severity, 0, (int)LEN(checks));
	tcase_add_test(t, an_asset_that_cannot_be_read_is_one_problem_however_many_checks_it_has);
	tcase_add_test(t, what_is_abandoned_or_unstored_belongs_to_the_asset_that_is_bad_for_it);
	tcase_add_test(t, keys_of_different_things_differ);
	suite_add_tcase(s, t);
	return s;
}
