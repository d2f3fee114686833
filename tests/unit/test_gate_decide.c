/* The gate on real files, a real catalog and a real store. */
#include <check.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "gate/gate.h"

static struct arena *a;
static const char *dir;
static struct clock now;
static struct err err;
static struct workspace w;

#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)

static const char catalog_text[] =
	"project: shop\n"
	"sources: {files: {url: \"file:data\"}}\n"
	"assets:\n"
	"  raw/orders:\n"
	"    source: files\n"
	"    path: orders.csv\n"
	"    freshness: {max_age: 1d, blocking: true}\n"
	"    checks: [{not_null: id}]\n"
	"  raw/days:\n"
	"    source: files\n"
	"    path: \"{date:%Y-%m-%d}.csv\"\n"
	"    partitions: {date: {every: day, from: 2024-01-01, until: 2024-01-04}}\n"
	"    checks: [{not_null: id}]\n"
	"  stage/orders: {depends_on: [raw/orders]}\n"
	"  marts/sales: {depends_on: [raw/orders]}\n"
	"  marts/stage: {depends_on: [stage/orders]}\n"
	"  marts/days:\n"
	"    partitions: {date: {every: day, from: 2024-01-01, until: 2024-01-04}}\n"
	"    depends_on: [raw/days]\n";

static void
write_file(const char *name, const char *text)
{
	OK(fs_write(fs_join(a, dir, sv_of(name)), sv_of(text), 0600, &err));
}

static void
load(const char *text)
{
	struct catalog_options o = {.path = fs_join(a, dir, SV("weir.yaml"))};
	struct checks *checks;
	struct diags d;

	write_file("weir.yaml", text);
	diags_init(&d, a);
	w.catalog = catalog_load(a, &o, &d);
	ck_assert_ptr_nonnull(w.catalog);
	checks = ARENA_ARRAY(a, struct checks, w.catalog->nasset);
	for (size_t i = 0; i < w.catalog->nasset; i++)
		ck_assert(checks_load(a, w.catalog, &w.catalog->asset[i], 0, &checks[i], &d));
	w.checks = checks;
}

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");

	a = arena_new();
	char *made = arena_printf(a, "%s/weir-gate-XXXXXX", tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(made));
	dir = made;
	OK(fs_mkdirs(fs_join(a, dir, SV("data")), 0700, &err));
	now = clock_fixed(clock_now_us(&clock_system));
	w = (struct workspace){.a = a, .clock = &now, .memory_bytes = (size_t)64 << 20};
	w.pool = pool_new(1);
	OK(store_open(sv_of(fs_join(a, dir, SV("state.db"))), STORE_WRITE, SV("default"), &now, &w.store,
	              &err));
	load(catalog_text);
	write_file("data/orders.csv", "id,amount\n1,2\n");
}

static void
teardown(void)
{
	store_close(w.store);
	pool_free(w.pool);
	ck_assert_int_eq(system(arena_printf(a, "rm -rf '%s'", dir)), 0);
	arena_free(a);
}

/* The reasons that do something, "unchecked missing", or "" for an open gate. */
static const char *
blocks(const struct decision *d)
{
	AUTO(buf) b = buf_new(4096);

	for (size_t i = 0; i < d->nreason; i++)
		if (d->reason[i].effect == EFFECT_BLOCK)
			buf_printf(b, "%s%s", b->n > 0 ? " " : "", reason_names[d->reason[i].kind]);
	ck_assert_int_eq(d->would_block, b->n > 0);
	return arena_str(a, buf_sv(b));
}

static struct decision
decide(struct gate_request r)
{
	struct decision d;

	OK(gate_decide(&w, &r, &d, &err));
	return d;
}

static const char *
ask(const char *asset, bool run)
{
	struct decision d = decide((struct gate_request){.asset = sv_of(asset), .run = run});

	return blocks(&d);
}

START_TEST(a_gate_opens_on_the_version_that_passed_and_on_no_other)
{
	ck_assert_str_eq(ask("marts/sales", false), "unchecked");
	ck_assert_str_eq(ask("marts/sales", true), "");
	ck_assert_str_eq(ask("marts/sales", false), "");
	write_file("data/orders.csv", "id,amount\n,2\n");
	ck_assert_str_eq(ask("marts/sales", false), "unchecked");
	ck_assert_str_eq(ask("marts/sales", true), "check_failed");
	ck_assert_str_eq(ask("marts/sales", false), "check_failed");
	write_file("data/orders.csv", "id,amount\n1,2\n");
	ck_assert_str_eq(ask("marts/sales", false), "unchecked");
	ck_assert_int_eq(unlink(fs_join(a, dir, SV("data/orders.csv"))), 0);
	ck_assert_str_eq(ask("marts/sales", true), "late missing");
}
END_TEST

START_TEST(only_an_edit_of_a_check_unchecks)
{
	AUTO(buf) text = buf_new(65536);

	ck_assert_str_eq(ask("marts/sales", true), "");
	buf_puts(text, "# a comment\n");
	buf_puts(text, catalog_text);
	buf_puts(text,
	         "  marts/new: {owners: [\"team:data\"], depends_on: [raw/days], description: \"new\"}\n");
	load(buf_str(text));
	ck_assert_str_eq(ask("marts/sales", false), "");

	char *edited = arena_str(a, sv_of(catalog_text));
	char *check = strstr(edited, "[{not_null: id}]");

	ck_assert_ptr_nonnull(check);
	memcpy(check, "[{unique:   id}]", 16);
	load(edited);
	ck_assert_str_eq(ask("marts/sales", false), "unchecked");
}
END_TEST

START_TEST(partitions_are_judged_each_on_its_own)
{
	struct gate_request r = {.asset = SV("marts/days"), .partition = SV("2024-01-01"), .run = true};
	struct decision d;

	write_file("data/2024-01-01.csv", "id\n1\n");
	write_file("data/2024-01-02.csv", "id\n1\n\"\"\n");
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "");
	ck_assert(d.ninput == 1 && sv_is(d.input[0].partition, "2024-01-01") &&
	          d.input[0].data_version.n > 0);
	r.partition = SV("2024-01-02");
	r.run = false;
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "unchecked");
	r.partition = SV("2024-01-03");
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "missing");
	r.partition = SV("yesterday");
	ck_assert(!gate_decide(&w, &r, &d, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

START_TEST(what_is_missing_of_one_input_is_one_reason)
{
	struct gate_request r = {.asset = SV("marts/days")};
	struct decision d = decide(r);

	ck_assert_str_eq(blocks(&d), "missing");
	ck_assert(sv_is(d.reason[0].partition, "2024-01-01"));
	ck_assert_msg(sv_is(d.reason[0].message,
	                    "3 of 3 partitions were never made, or are gone: 2024-01-01 to 2024-01-03"),
	              SV_FMT, SV_ARG(d.reason[0].message));
	ck_assert_uint_eq(d.reason[0].npartition, 3);
	ck_assert(d.reason[0].nnamed == 3 && sv_is(d.reason[0].named[2], "2024-01-03"));
	ck_assert_uint_eq(d.ninput, 3);
	/* Only those that are missing, and one alone as ever. */
	write_file("data/2024-01-01.csv", "id\n1\n");
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "unchecked missing");
	ck_assert(sv_is(d.reason[d.nreason - 1].message,
	                "2 of 3 partitions were never made, or are gone: 2024-01-02 and 2024-01-03"));
	ck_assert(sv_is(d.reason[d.nreason - 1].partition, "2024-01-02"));
	write_file("data/2024-01-03.csv", "id\n1\n");
	r.run = true;
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "missing");
	ck_assert(sv_is(d.reason[d.nreason - 1].message, "it was never made, or is gone"));
	ck_assert_uint_eq(d.reason[d.nreason - 1].npartition, 0);
}
END_TEST

START_TEST(an_unknown_asset_is_a_mistake_with_a_suggestion)
{
	struct gate_request r = {.asset = SV("marts/sale")};
	struct stored_decision *log;
	struct decision d;
	size_t n;

	ck_assert(!gate_decide(&w, &r, &d, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.hint, "marts/sales") != NULL, "%s", err.hint);
	OK(store_list_decisions(w.store, a, SV(""), 9, &log, &n, &err));
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(every_decision_is_logged_as_it_was_given)
{
	struct stored_decision *log;
	size_t n;

	(void)ask("marts/sales", false);
	(void)ask("marts/sales", true);
	(void)ask("raw/orders", false);
	OK(store_list_decisions(w.store, a, SV(""), 9, &log, &n, &err));
	ck_assert_uint_eq(n, 3);
	ck_assert(sv_is(log[0].asset, "raw/orders") && sv_is(log[0].decision, "allow") &&
	          sv_is(log[0].mode, "enforce"));
	ck_assert(sv_is(log[1].decision, "allow") && sv_is(log[2].decision, "block"));
	ck_assert(sv_starts(log[2].json,
	                    SV("{\"asset\":\"marts/sales\",\"partition\":\"\",\"decision\":\"block\",")));
}
END_TEST

static void
report(enum event_kind kind, const char *version, struct sv from, struct sv from_version)
{
	struct event_input input = {.key = from, .version = from_version};
	struct event e = {
		.kind = kind,
		.asset = SV("stage/orders"),
		.version = sv_of(version),
		.at_us = now.fixed_us,
		.updated_us = TIME_NONE,
		.data_through_us = TIME_NONE,
		.rows = -1,
		.input = &input,
		.ninput = from.n > 0,
		.inputs_given = from.n > 0,
	};

	OK(store_add_event(w.store, &e, &err));
}

START_TEST(a_run_at_work_closes_the_gate_until_it_ends_or_expires)
{
	report(EVENT_MATERIALIZED, "s1", (struct sv){0}, (struct sv){0});
	ck_assert_str_eq(ask("marts/stage", false), "");
	now.fixed_us += US_PER_HOUR;
	report(EVENT_STARTED, "", (struct sv){0}, (struct sv){0});
	ck_assert_str_eq(ask("marts/stage", false), "in_progress");
	now.fixed_us += US_PER_DAY - 1;
	ck_assert_str_eq(ask("marts/stage", false), "in_progress");
	now.fixed_us += 1;
	ck_assert_str_eq(ask("marts/stage", false), "");
	report(EVENT_STARTED, "", (struct sv){0}, (struct sv){0});
	now.fixed_us += 1;
	report(EVENT_FAILED, "", (struct sv){0}, (struct sv){0});
	ck_assert_str_eq(ask("marts/stage", false), "");
}
END_TEST

START_TEST(what_was_built_from_a_failed_version_is_tainted)
{
	struct decision d;

	write_file("data/orders.csv", "id,amount\n,2\n");
	d = decide((struct gate_request){.asset = SV("marts/sales"), .run = true});
	ck_assert_str_eq(blocks(&d), "check_failed");
	report(EVENT_MATERIALIZED, "s1", SV("raw/orders"), d.input[0].data_version);
	ck_assert_str_eq(ask("marts/stage", false), "tainted");
	/* A good raw version alone heals nothing; what is built from it does. */
	write_file("data/orders.csv", "id,amount\n1,2\n");
	d = decide((struct gate_request){.asset = SV("marts/sales"), .run = true});
	ck_assert_str_eq(blocks(&d), "");
	ck_assert_str_eq(ask("marts/stage", false), "tainted");
	now.fixed_us += US_PER_S;
	report(EVENT_MATERIALIZED, "s2", SV("raw/orders"), d.input[0].data_version);
	ck_assert_str_eq(ask("marts/stage", false), "");
}
END_TEST

START_TEST(lateness_closes_the_gate_where_the_policy_says_so)
{
	ck_assert_str_eq(ask("marts/sales", true), "");
	now.fixed_us += 2 * US_PER_DAY;
	ck_assert_str_eq(ask("marts/sales", false), "late");
}
END_TEST

START_TEST(a_caller_that_names_another_version_is_stopped)
{
	struct decision d = decide((struct gate_request){.asset = SV("marts/sales"), .run = true});
	struct gate_named named = {.upstream = SV("raw/orders"), .version = d.input[0].data_version};
	struct gate_request r = {.asset = SV("marts/sales"), .named = &named, .nnamed = 1};

	d = decide(r);
	ck_assert_str_eq(blocks(&d), "");
	named.version = SV("another");
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "changed");
}
END_TEST

START_TEST(an_override_opens_these_versions_for_its_time)
{
	struct gate_request r = {.asset = SV("marts/sales"),
	                         .override_reason = SV("backfill"),
	                         .who = SV("ann"),
	                         .for_us = US_PER_HOUR};
	struct decision d = decide(r);

	ck_assert(d.allow && d.nreason > 0);
	ck_assert_str_eq(ask("marts/sales", false), "");
	now.fixed_us += US_PER_HOUR;
	ck_assert_str_eq(ask("marts/sales", false), "unchecked");
	d = decide(r);
	ck_assert(d.allow);
	write_file("data/orders.csv", "id,amount\n7,8\n");
	ck_assert_str_eq(ask("marts/sales", false), "unchecked");
}
END_TEST

START_TEST(waiting_ends_when_the_input_has_come)
{
	struct gate_request r = {.asset = SV("marts/sales"), .run = true, .wait_us = 20 * US_PER_S};
	const char *path = fs_join(a, dir, SV("data/orders.csv"));
	int64_t began_ns = clock_mono_ns();
	struct decision d;
	pid_t child;

	ck_assert_int_eq(unlink(path), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
		_exit(fs_write(path, SV("id,amount\n1,2\n"), 0600, NULL) ? 0 : 1);
	}
	/* The file comes after the fixed now, but by less than clocks may differ. */
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "");
	ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
	ck_assert_int_lt(clock_mono_ns() - began_ns, INT64_C(10000000000));
}
END_TEST

START_TEST(waiting_is_for_what_time_can_heal)
{
	struct gate_request r = {.asset = SV("marts/sales"), .wait_us = 60 * US_PER_S};
	int64_t began_ns = clock_mono_ns();
	struct decision d;

	write_file("data/orders.csv", "id,amount\n,2\n");
	(void)ask("marts/sales", true);
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "check_failed");
	ck_assert_int_lt(clock_mono_ns() - began_ns, INT64_C(10000000000));
	/* And it ends. */
	write_file("data/orders.csv", "id,amount\n1,2\n");
	r.wait_us = 300000;
	d = decide(r);
	ck_assert_str_eq(blocks(&d), "unchecked");
}
END_TEST

Suite *
suite_gate_decide(void)
{
	Suite *s = suite_create("gate_decide");
	TCase *t = tcase_create("gate_decide");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 90);
	tcase_add_test(t, a_gate_opens_on_the_version_that_passed_and_on_no_other);
	tcase_add_test(t, only_an_edit_of_a_check_unchecks);
	tcase_add_test(t, partitions_are_judged_each_on_its_own);
	tcase_add_test(t, what_is_missing_of_one_input_is_one_reason);
	tcase_add_test(t, an_unknown_asset_is_a_mistake_with_a_suggestion);
	tcase_add_test(t, every_decision_is_logged_as_it_was_given);
	tcase_add_test(t, a_run_at_work_closes_the_gate_until_it_ends_or_expires);
	tcase_add_test(t, what_was_built_from_a_failed_version_is_tainted);
	tcase_add_test(t, lateness_closes_the_gate_where_the_policy_says_so);
	tcase_add_test(t, a_caller_that_names_another_version_is_stopped);
	tcase_add_test(t, an_override_opens_these_versions_for_its_time);
	tcase_add_test(t, waiting_ends_when_the_input_has_come);
	tcase_add_test(t, waiting_is_for_what_time_can_heal);
	suite_add_tcase(s, t);
	return s;
}
