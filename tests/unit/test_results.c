/* Results of other machines: what is taken, what is refused, and what a taken one is worth. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "serve/results.h"
#include "serve/service.h"

#define RUN "01J00000000000000000000001"

static struct arena *a;
static char dir[64];
static struct service s;

static void
setup(void)
{
	static const char catalog[] =
		"project: t\n"
		"assets:\n"
		"  a: {path: a.csv, aliases: [x], checks: [not_null: id, {between: {column: n, max: 10}, name: sane}]}\n"
		"  p: {path: 'p-{day}.csv', partitions: {day: {every: day, from: 2026-01-01}}, checks: [not_null: id]}\n";
	struct err err = {0};
	struct diags d;
	const char *path;

	a = arena_new();
	strcpy(dir, "/tmp/weir-results-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = arena_printf(a, "%s/weir.yaml", dir);
	ck_assert(fs_write(path, sv_of(catalog), 0644, &err));
	memset(&s, 0, sizeof(s));
	s.clock = &clock_system;
	s.env = SV("default");
	diags_init(&d, a);
	s.project = project_load(&(struct catalog_options){.path = path, .env = "default"},
	                         clock_now_us(s.clock), &d);
	ck_assert_msg(s.project != NULL, "%s", d.list.n > 0 ? d.list.v[0].msg : "");
	s.pool = pool_new(1);
	ck_assert(store_open(SV(":memory:"), STORE_WRITE, s.env, s.clock, &s.store, &err));
}

static void
teardown(void)
{
	store_close(s.store);
	project_unref(s.project);
	pool_free(s.pool);
	ck_assert_int_eq(system(arena_printf(a, "rm -rf %s", dir)), 0);
	arena_free(a);
}

static const char *
hash_of(const char *asset, const char *id)
{
	const struct checks *checks = &s.project->checks[service_asset(&s, sv_of(asset))->index];

	for (size_t i = 0; i < checks->n; i++)
		if (sv_is(checks->v[i].id, id))
			return checks->v[i].hash;
	ck_abort_msg("no check %s", id);
	return "";
}

/* $1, $2: the hashes of a's two checks. */
static struct sv
fill(const char *text)
{
	AUTO(buf) b = buf_new(1 << 20);

	for (; *text != '\0'; text++) {
		if (strncmp(text, "$1", 2) == 0 || strncmp(text, "$2", 2) == 0) {
			buf_puts(b, hash_of("a", text[1] == '1' ? "a:not_null:id" : "a:sane"));
			text++;
		} else {
			buf_putc(b, *text);
		}
	}
	return arena_sv(a, buf_sv(b));
}

#define HEAD                                                       \
	"{\"report\": {\"command\": \"check\", \"run_id\": \"" RUN \
	"\", \"environment\": \"default\", \"assets\": "
#define CHECK(id, hash, outcome)                                               \
	"{\"id\": \"" id "\", \"hash\": \"" hash "\", \"outcome\": \"" outcome \
	"\", \"severity\": \"critical\"}"
#define ASSET(key, checks) \
	"{\"key\": \"" key "\", \"partition\": \"\", \"data_version\": \"v1\", \"checks\": [" checks "]}"

static const char whole[] = HEAD "[" ASSET(
	"x",
	CHECK("a:not_null:id", "$1", "pass") ", " CHECK(
		"a:sane", "$2",
		"fail")) "]}, "
			 "\"observed\": [{\"asset\": \"a\", \"exists\": true, \"version\": \"v1\", \"updated_at\": \"2026-01-01T00:00:00Z\"}]}";

static struct results *
parse(const char *text)
{
	struct results *r;
	struct err err = {0};

	ck_assert_msg(results_parse(&s, a, fill(text), &r, &err), "%s", err.msg);
	return r;
}

static void
store(struct results *r)
{
	struct err err = {0};

	ck_assert(store_begin(s.store, &err));
	ck_assert_msg(results_store(&s, a, r, -1, &err), "%s", err.msg);
	ck_assert_msg(store_commit(s.store, &err), "%s", err.msg);
}

START_TEST(what_is_taken_counts_under_the_declared_identity)
{
	struct stored_verdict *v;
	struct incident *open;
	struct event e;
	size_t n;
	bool found;

	store(parse(whole));
	ck_assert(store_verdicts(s.store, a, SV("a"), (struct sv){0}, SV("v1"), &v, &n, NULL));
	ck_assert_uint_eq(n, 2);
	for (size_t i = 0; i < n; i++)
		ck_assert(sv_is(v[i].check_hash, hash_of("a", arena_str(a, v[i].check_id))));
	ck_assert(store_open_incidents(s.store, a, &open, &n, NULL));
	ck_assert_uint_eq(n, 1);
	ck_assert(sv_is(open[0].check, "a:sane"));
	ck_assert(store_last_event(s.store, a, SV("a"), (struct sv){0}, EVENT_OBSERVED, INT64_MAX, &e, &found,
	                           NULL));
	ck_assert(found && sv_is(e.version, "v1"));
}
END_TEST

START_TEST(a_run_that_is_known_is_not_stored_again)
{
	struct results *again;
	struct stored_verdict *v;
	size_t n;

	store(parse(whole));
	again = parse(HEAD "[" ASSET("a", CHECK("a:sane", "$2", "pass")) "]}}");
	store(again);
	ck_assert(again->known);
	ck_assert(store_verdicts(s.store, a, SV("a"), (struct sv){0}, SV("v1"), &v, &n, NULL));
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(checks_that_are_not_declared_so_are_left_out_and_told)
{
	struct results *r = parse(HEAD "[" ASSET(
		"a", CHECK("a:sane", "00112233445566778899aabbccddeeff", "pass") ", " CHECK(
			     "a:gone", "$1", "pass") ", " CHECK("a:not_null:id", "$1", "pass")) "]}}");

	ck_assert_uint_eq(r->nunknown, 2);
	ck_assert(sv_is(r->unknown, "a:sane"));
	ck_assert_uint_eq(r->report.asset[0].ncheck, 1);
	/* Without a hash nobody knows what was judged. */
	r = parse(HEAD "[" ASSET("a", "{\"id\": \"a:sane\", \"outcome\": \"pass\"}") "]}}");
	ck_assert_uint_eq(r->nunknown, 1);
}
END_TEST

START_TEST(a_waiver_of_the_other_machine_is_not_ours)
{
	struct results *r = parse(HEAD "[" ASSET(
		"a", "{\"id\": \"a:sane\", \"hash\": \"$2\", \"outcome\": \"warn\", \"waived\": "
		     "{\"outcome\": \"fail\", \"by\": \"x\", \"reason\": \"y\", \"until\": null}}") "]}}");

	ck_assert_ptr_null(r->report.asset[0].check[0].waiver);
	store(r);
	ck_assert_int_eq(r->report.outcome, OUTCOME_FAIL);
}
END_TEST

static const char *const bad[] = {
	"",
	"[]",
	"7",
	"{",
	"{} {}",
	"{\"report\": 7}",
	"{\"report\": {}}",
	"{\"report\": {\"command\": \"check\", \"run_id\": \"x\", \"environment\": \"default\", \"assets\": []}}",
	"{\"report\": {\"command\": \"status\", \"run_id\": \"" RUN
	"\", \"environment\": \"default\", \"assets\": []}}",
	"{\"report\": {\"command\": \"check\", \"run_id\": \"" RUN
	"\", \"environment\": \"prod\", \"assets\": []}}",
	/* Not there, there twice, or not of it. */
	HEAD "[" ASSET("nothing", "") "]}}",
	HEAD "[" ASSET("a", "") ", " ASSET("x", "") "]}}",
	HEAD "[" ASSET("a", CHECK("a:sane", "$2", "pass") ", " CHECK("a:sane", "$2", "fail")) "]}}",
	HEAD "[" ASSET("a", CHECK("a:sane", "$2", "perfect")) "]}}",
	HEAD "[{\"key\": \"a\", \"partition\": \"2026-01-02\", \"checks\": []}]}}",
	HEAD "[{\"key\": \"p\", \"partition\": \"noon\", \"checks\": []}]}}",
	HEAD
	"[" ASSET("a",
                  "{\"id\": \"a:sane\", \"hash\": \"$2\", \"identity\": \"x\", \"outcome\": \"pass\"}") "]}}",
	HEAD "[" ASSET(
		"a",
		"{\"id\": \"a:sane\", \"hash\": \"$2\", \"outcome\": \"pass\", \"checked_at\": \"2026-01-01T00:00:00Z\"}") "]}}",
	"{\"observed\": {}}",
	"{\"observed\": [{}]}",
	"{\"observed\": [{\"asset\": \"nothing\"}]}",
	"{\"observed\": [{\"asset\": \"a\"}, {\"asset\": \"x\"}]}",
	"{\"observed\": [{\"asset\": \"a\", \"exists\": 1}]}",
	"{\"observed\": [{\"asset\": \"a\", \"updated_at\": \"noon\"}]}",
	"{\"observed\": [{\"asset\": \"a\", \"partitions\": [{\"partition\": \"2026-01-02\"}]}]}",
	"{\"observed\": [{\"asset\": \"p\", \"partitions\": [{\"partition\": \"2026-01-02\"}, {\"partition\": \"2026-01-02\"}]}]}",
	"{\"events\": {}}",
	"{\"events\": [{\"asset\": \"nothing\", \"kind\": \"perfect\"}]}",
};

START_TEST(what_is_no_result_is_refused)
{
	struct results *r = NULL;
	struct err err = {0};

	ck_assert_msg(!results_parse(&s, a, fill(bad[_i]), &r, &err), "took '%s'", bad[_i]);
	ck_assert_int_eq(err.code, ERR_FORMAT);
	ck_assert_int_gt((int)strlen(err.msg), 0);
	ck_assert_ptr_null(r);
}
END_TEST

START_TEST(times_that_lie_ahead_are_not_believed)
{
	struct results *r = parse(
		"{\"observed\": [{\"asset\": \"a\", \"exists\": true, \"version\": \"v\", \"updated_at\": "
		"\"2999-01-01T00:00:00Z\", \"data_through\": \"2999-01-01T00:00:00Z\"}]}");

	ck_assert(r->look[0].seen.probed_us == TIME_NONE);
	ck_assert(r->look[0].seen.data_through_us == TIME_NONE);
	r = parse(
		"{\"report\": {\"command\": \"check\", \"run_id\": \"" RUN
		"\", \"environment\": \"default\", \"started_at\": \"2999-01-01T00:00:00Z\", \"assets\": ["
		"{\"key\": \"a\", \"checks\": [{\"id\": \"a:sane\", \"hash\": \"$2\", \"outcome\": \"pass\", "
		"\"judged_at\": \"2999-01-01T00:00:00Z\"}]}]}}");
	ck_assert_int_le(r->report.started_us, clock_now_us(s.clock));
	ck_assert_int_le(r->report.asset[0].check[0].at_us, clock_now_us(s.clock));
}
END_TEST

Suite *suite_results(void);

Suite *
suite_results(void)
{
	Suite *suite = suite_create("results");
	TCase *t = tcase_create("results");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_taken_counts_under_the_declared_identity);
	tcase_add_test(t, a_run_that_is_known_is_not_stored_again);
	tcase_add_test(t, checks_that_are_not_declared_so_are_left_out_and_told);
	tcase_add_test(t, a_waiver_of_the_other_machine_is_not_ours);
	tcase_add_loop_test(t, what_is_no_result_is_refused, 0, LEN(bad));
	tcase_add_test(t, times_that_lie_ahead_are_not_believed);
	suite_add_tcase(suite, t);
	return suite;
}
