/* Dagster's answers about freshness, case by case: tests/conformance/freshness/README.md. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fresh/policy.h"

#define CASES 131

static struct arena *arena;
static const struct node *cases;

static void
read_cases(void)
{
	const char *src = getenv("WEIR_SRC");
	struct diags d;
	const struct node *root;

	arena = arena_new();
	diags_init(&d, arena);
	root = node_parse_file(arena,
	                       arena_printf(arena, "%s/tests/conformance/freshness/dagster_cases.json",
	                                    src != NULL ? src : "."),
	                       &d);
	if (root == NULL)
		diags_print(&d, stderr, false);
	ck_assert_ptr_nonnull(root);
	cases = node_get(root, "cases");
	ck_assert_uint_eq(cases->n, CASES);
}

static void
forget_cases(void)
{
	arena_free(arena);
}

static struct sv
text(const struct node *n, const char *key)
{
	const struct node *kid = node_get(n, key);

	ck_assert_msg(kid != NULL && kid->kind == NODE_TEXT, "no text '%s'", key);
	return kid->text;
}

static bool
has(const struct node *n, const char *key)
{
	const struct node *kid = node_get(n, key);

	return kid != NULL && kid->kind != NODE_NULL;
}

/* Microseconds of a number in a unit; 0 if it is null. */
static int64_t
span(const struct node *n, const char *key, int64_t unit_us)
{
	return has(n, key) ? node_get(n, key)->i * unit_us : 0;
}

static int64_t
moment(const struct node *n, const char *key)
{
	int64_t t = TIME_NONE;

	ck_assert(!has(n, key) || rfc3339_parse(text(n, key), &t, NULL));
	return t;
}

static const struct tz *
zone(const struct node *n)
{
	const struct tz *z = NULL;

	ck_assert(tz_get(text(n, "timezone"), &z, NULL));
	return z;
}

static struct freshness_policy
policy_of(const struct node *p)
{
	struct freshness_policy ret = {.never_seen = NEVER_UNKNOWN};

	if (sv_is(text(p, "kind"), "time_window")) {
		ret.kind = POLICY_MAX_AGE;
		ret.max_age_us = span(p, "fail_seconds", US_PER_S);
		ret.warn_after_us = span(p, "warn_seconds", US_PER_S);
		return ret;
	}
	ret.within_us = span(p, "lower_bound_seconds", US_PER_S);
	ret.zone = zone(p);
	if (!has(p, "deadline_cron")) {
		/* At the bound it still passes. */
		return (struct freshness_policy){
			.kind = POLICY_MAX_AGE, .max_age_us = ret.within_us, .exclusive = true};
	}
	ret.kind = POLICY_CRON;
	ret.cron_text = text(p, "deadline_cron");
	ck_assert(cron_parse(ret.cron_text, &ret.cron, NULL));
	return ret;
}

static const char *
shout(enum fresh_status s)
{
	static const char *const word[] = {"PASS", "WARN", "FAIL", "UNKNOWN", "NONE"};

	return word[s];
}

static const char *
run_policy(const struct node *c)
{
	struct freshness_policy p = policy_of(node_get(c, "policy"));

	return shout(policy_judge(&p, moment(c, "last_materialized_at"), moment(c, "now"), NULL, NULL));
}

/* What the events of a case amount to: a materialization speaks by its time, an observation by what it saw. */
static void
take_events(const struct node *events, struct observed *o)
{
	for (size_t i = 0; i < events->n; i++) {
		const struct node *e = &events->kid[i];
		int64_t at = moment(e, "last_updated_at");

		if (at == TIME_NONE && sv_is(text(e, "type"), "materialization"))
			at = moment(e, "at");
		o->exists = o->ever_materialized = true;
		o->reported_us = MAX(o->reported_us, at);
	}
}

static const char *
run_last_update(const struct node *c)
{
	struct asset asset = {.key = SV("a"), .freshness = policy_of(node_get(c, "policy"))};
	struct observed o = OBSERVED_NOTHING;
	struct freshness f;

	asset.freshness.never_seen = NEVER_FAIL;
	if (node_get(c, "events") != NULL) {
		take_events(node_get(c, "events"), &o);
	} else if (has(c, "last_materialized_at")) {
		o.exists = o.ever_materialized = true;
		o.reported_us = moment(c, "last_materialized_at");
	}
	o.produced_us = o.reported_us;
	freshness_judge(arena, &asset, &o, moment(c, "now"), &f);
	ck_assert_uint_gt(f.evidence.n, 0);
	return shout(f.status);
}

static int
by_key(const void *a, const void *b)
{
	return sv_cmp(((const struct seen_partition *)a)->key, ((const struct seen_partition *)b)->key);
}

static const char *
run_partitions(const struct node *c)
{
	const struct node *p = node_get(c, "policy"), *parts = node_get(p, "partitions"),
			  *here = node_get(c, "partitions_present");
	struct seen_partition *seen = ARENA_ARRAY(arena, struct seen_partition, here->n);
	/* An end offset of 1 asks for the partition whose window has just begun. */
	struct partition_dim dim = {
		.name = SV("date"),
		.is_time = true,
		.every = EVERY_DAY,
		.from = civil_days(2020, 1, 1) * US_PER_DAY,
		.until = TIME_NONE,
		.zone = zone(parts),
		.closes_after_us = -span(parts, "end_offset", US_PER_DAY),
	};
	struct asset asset = {.key = SV("a"), .freshness = policy_of(p), .dim = &dim, .ndim = 1};
	struct observed o = OBSERVED_NOTHING;
	struct freshness f;

	asset.freshness.never_seen = NEVER_FAIL;
	for (size_t i = 0; i < here->n; i++)
		seen[i] = (struct seen_partition){.key = here->kid[i].text, .produced_us = TIME_NONE};
	if (here->n > 0)
		qsort(seen, here->n, sizeof(*seen), by_key);
	o.partition = seen;
	o.npartition = here->n;
	o.exists = o.ever_materialized = here->n > 0;
	freshness_judge(arena, &asset, &o, moment(c, "now"), &f);
	if (f.status == FRESH_FAIL) {
		ck_assert_uint_gt(f.nmissing, 0);
		ck_assert_msg(sv_eq(f.missing[f.nmissing - 1], text(c, "expected_partition")),
		              SV_FMT " is missing", SV_ARG(f.missing[f.nmissing - 1]));
	}
	return shout(f.status);
}

static const char *
run_lag(const struct node *c)
{
	const struct node *p = node_get(c, "policy"), *expect = node_get(c, "expect");
	struct cron cron;
	bool scheduled = has(p, "cron_schedule");
	int64_t overdue = -1, lag = -1;

	ck_assert(!scheduled || cron_parse(text(p, "cron_schedule"), &cron, NULL));
	if (!policy_lag(span(p, "maximum_lag_minutes", US_PER_MIN), scheduled ? &cron : NULL, zone(p),
	                moment(c, "last_materialized_at"), moment(c, "now"), &overdue, &lag)) {
		ck_assert_int_eq(expect->kind, NODE_NULL);
		return NULL;
	}
	ck_assert_int_eq(expect->kind, NODE_MAP);
	ck_assert_int_eq(overdue, span(expect, "overdue_minutes", US_PER_MIN));
	ck_assert_int_eq(lag, span(expect, "lag_minutes", US_PER_MIN));
	return NULL;
}

/* Writes the policy into a catalog and loads that. */
static const char *
run_validation(const struct node *c)
{
	const struct node *p = node_get(c, "policy");
	char dir[] = "/tmp/weir-fresh-XXXXXX";
	const char *path;
	struct diags d;
	FILE *f;
	bool ok;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = arena_printf(arena, "%s/weir.yaml", dir);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs("version: 1\nproject: p\nassets:\n  a:\n    freshness: {", f);
	if (sv_is(text(p, "kind"), "time_window")) {
		fprintf(f, "max_age: %llds", (long long)node_get(p, "fail_seconds")->i);
		if (has(p, "warn_seconds"))
			fprintf(f, ", warn_after: %llds", (long long)node_get(p, "warn_seconds")->i);
	} else {
		fprintf(f, "cron: \"%.*s\", within: %llds, timezone: %.*s", SV_ARG(text(p, "deadline_cron")),
		        (long long)node_get(p, "lower_bound_seconds")->i, SV_ARG(text(p, "timezone")));
	}
	fputs("}\n", f);
	ck_assert_int_eq(fclose(f), 0);
	diags_init(&d, arena);
	ok = catalog_load(arena, &(struct catalog_options){.path = path}, &d) != NULL;
	/* Refused for the policy, not for something else. */
	for (size_t i = 0; !ok && i < d.list.n; i++)
		ck_assert_msg(d.list.v[i].loc.line == 5, "line %u: %s", d.list.v[i].loc.line,
		              d.list.v[i].msg);
	unlink(path);
	rmdir(dir);
	return ok ? "VALID" : "INVALID";
}

static const struct {
	const char *prefix;
	const char *(*run)(const struct node *c);
	int n;
} kinds[] = {
	{"tw-", run_policy, 20},      {"cron-", run_policy, 42},   {"dst-", run_policy, 14},
	{"lu-", run_last_update, 16}, {"tp-", run_partitions, 15}, {"lag-", run_lag, 11},
	{"val-", run_validation, 13},
};

START_TEST(dagster_answers_the_same)
{
	int ran = 0;

	for (size_t i = 0; i < cases->n; i++) {
		const struct node *c = &cases->kid[i];
		const char *got;

		if (!sv_starts(text(c, "id"), sv_of(kinds[_i].prefix)))
			continue;
		ran++;
		got = kinds[_i].run(c);
		ck_assert_msg(got == NULL || sv_is(node_get(c, "expect")->text, got),
		              SV_FMT ": %s, not " SV_FMT " (" SV_FMT ")", SV_ARG(text(c, "id")), got,
		              SV_ARG(node_get(c, "expect")->text), SV_ARG(text(c, "note")));
	}
	printf("# freshness cases %s*: %d ran\n", kinds[_i].prefix, ran);
	fflush(stdout);
	ck_assert_int_eq(ran, kinds[_i].n);
}
END_TEST

START_TEST(all_cases_belong_to_a_kind)
{
	int sum = 0;

	for (size_t i = 0; i < LEN(kinds); i++)
		sum += kinds[i].n;
	ck_assert_int_eq(sum, CASES);
	printf("# freshness cases: %d in all\n", sum);
	fflush(stdout);
}
END_TEST

Suite *
suite_fresh_cases(void)
{
	Suite *s = suite_create("fresh_cases");
	TCase *t = tcase_create("dagster");

	tcase_add_checked_fixture(t, read_cases, forget_cases);
	tcase_add_loop_test(t, dagster_answers_the_same, 0, LEN(kinds));
	tcase_add_test(t, all_cases_belong_to_a_kind);
	suite_add_tcase(s, t);
	return s;
}
