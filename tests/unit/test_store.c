#include <check.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/lock.h"
#include "store/migrate.h"
#include "store/store.h"

#define NOW_US INT64_C(1700000000000000)

static struct arena *a;
static const char *dir, *path;
static struct clock fixed;
static struct err err;

static void
make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	a = arena_new();
	char *made = arena_printf(a, "%s/weir-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(made));
	dir = made;
	path = arena_printf(a, "%s/state/weir.db", dir);
	fixed = clock_fixed(NOW_US);
}

static void
remove_folder(void)
{
	ck_assert_int_eq(system(arena_printf(a, "rm -rf '%s'", dir)), 0);
	arena_free(a);
}

static struct store *
open_env(enum store_mode mode, const char *env)
{
	struct store *s = NULL;

	ck_assert_msg(store_open(sv_of(path), mode, sv_of(env), &fixed, &s, &err), "%s", err.msg);
	return s;
}

static struct store *
open_store(enum store_mode mode)
{
	return open_env(mode, "default");
}

#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)

static struct event
event_at(enum event_kind kind, const char *asset, const char *partition, const char *version, int64_t at_us)
{
	return (struct event){.kind = kind,
	                      .asset = sv_of(asset),
	                      .partition = sv_of(partition),
	                      .version = sv_of(version),
	                      .at_us = at_us,
	                      .updated_us = TIME_NONE,
	                      .data_through_us = TIME_NONE,
	                      .rows = -1,
	                      .reporter = SV("test")};
}

static void
add(struct store *s, struct event e)
{
	OK(store_add_event(s, &e, &err));
}

static struct stored_verdict
verdict_on(const char *asset, const char *partition, const char *version, const char *hash,
           enum outcome outcome)
{
	return (struct stored_verdict){.asset = sv_of(asset),
	                               .partition = sv_of(partition),
	                               .version = sv_of(version),
	                               .check_id = SV("id"),
	                               .check_hash = sv_of(hash),
	                               .expectation = SV("expect_it"),
	                               .outcome = outcome,
	                               .severity = SEVERITY_WARNING,
	                               .blocking = true,
	                               .message = SV("3 of 4"),
	                               .result = SV("{\"a\":1}"),
	                               .engine = SV("scan"),
	                               .at_us = NOW_US,
	                               .duration_ms = 2.5};
}

static void
add_verdicts(struct store *s, const struct stored_verdict *v, size_t n)
{
	char id[27];

	ulid_make(NOW_US, id);

	struct stored_run run = {.id = sv_of(id),
	                         .kind = SV("check"),
	                         .started_us = NOW_US,
	                         .finished_us = TIME_NONE,
	                         .outcome = OUTCOME_FAIL,
	                         .catalog_hash = SV("c")};

	OK(store_add_run(s, &run, v, n, &err));
}

static void
add_verdict(struct store *s, struct stored_verdict v)
{
	add_verdicts(s, &v, 1);
}

/* Asks SQLite itself, beside the store. */
static const char *
ask(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);

	const char *text = arena_str(a, sv_of((const char *)sqlite3_column_text(stmt, 0)));

	sqlite3_finalize(stmt);
	ck_assert_int_eq(sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
	sqlite3_close(db);
	return text;
}

static void
run_sql(const char *sql)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

START_TEST(an_event_comes_back_as_it_went_in)
{
	/* Bytes that are no UTF-8, and a NUL, are kept. */
	struct event_input input[] = {{SV("raw/a"), SV("2024-01-01"), SV("v1")}, {SV("raw/b"), {0}, {0}}};
	struct event_metric metric[] = {{SV("size"), 0.1}, {SV("nan"), NAN}, {SV("inf"), -INFINITY}};
	struct event e = event_at(EVENT_MATERIALIZED, "marts/\xff\0x", "2024", "v", NOW_US - 5);
	struct event got;
	bool found = false;

	e.asset = SV("marts/\xff\0x");
	e.data_through_us = 7;
	e.code_version = SV("c");
	e.rows = 0;
	e.run_id = SV("r");
	e.inputs_given = true;
	e.input = input;
	e.ninput = 2;
	e.metric = metric;
	e.nmetric = 3;

	AUTO(store) s = open_store(STORE_WRITE);

	OK(store_add_event(s, &e, &err));
	ck_assert_int_eq(e.seq, 1);
	ck_assert_uint_eq(e.id.n, 26);
	ck_assert_int_eq(e.recorded_us, NOW_US);
	store_close(STEAL(s));
	s = open_store(STORE_READ);
	OK(store_last_event(s, a, e.asset, SV("2024"), EVENT_MATERIALIZED, NOW_US, &got, &found, &err));
	ck_assert(found);
	ck_assert(sv_eq(got.asset, e.asset) && sv_is(got.partition, "2024") && sv_is(got.version, "v"));
	ck_assert_int_eq(got.at_us, NOW_US - 5);
	ck_assert_int_eq(got.recorded_us, NOW_US);
	ck_assert_int_eq(got.updated_us, TIME_NONE);
	ck_assert_int_eq(got.data_through_us, 7);
	ck_assert_int_eq(got.rows, 0);
	ck_assert(sv_is(got.code_version, "c") && sv_is(got.run_id, "r") && sv_is(got.reporter, "test"));
	ck_assert(got.inputs_given);
	ck_assert_uint_eq(got.ninput, 2);
	ck_assert(sv_is(got.input[0].key, "raw/a") && sv_is(got.input[0].partition, "2024-01-01") &&
	          sv_is(got.input[0].version, "v1"));
	ck_assert(sv_is(got.input[1].key, "raw/b") && got.input[1].version.n == 0);
	ck_assert_uint_eq(got.nmetric, 3);
	ck_assert(got.metric[0].value == 0.1 && isnan(got.metric[1].value) &&
	          got.metric[2].value == -(double)INFINITY);
}
END_TEST

START_TEST(the_newest_event_is_by_time_then_by_arrival)
{
	AUTO(store) s = open_store(STORE_WRITE);
	struct event got, *list;
	size_t n;
	int64_t *times;
	bool found = true;

	add(s, event_at(EVENT_MATERIALIZED, "x", "", "late", 30));
	add(s, event_at(EVENT_MATERIALIZED, "x", "", "first", 20));
	add(s, event_at(EVENT_MATERIALIZED, "x", "", "second", 20));
	add(s, event_at(EVENT_OBSERVED, "x", "", "seen", 25));
	add(s, event_at(EVENT_MATERIALIZED, "x", "p", "part", 10));
	add(s, event_at(EVENT_MATERIALIZED, "xy", "", "other", 29));

	OK(store_last_event(s, a, SV("x"), SV(""), EVENT_MATERIALIZED, 29, &got, &found, &err));
	ck_assert(found && sv_is(got.version, "second"));
	OK(store_last_event(s, a, SV("x"), SV(""), EVENT_MATERIALIZED, 30, &got, &found, &err));
	ck_assert(found && sv_is(got.version, "late"));
	OK(store_last_event(s, a, SV("x"), SV(""), EVENT_MATERIALIZED, 19, &got, &found, &err));
	ck_assert(!found);
	OK(store_partition_events(s, a, SV("x"), EVENT_MATERIALIZED, 29, &list, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert(sv_is(list[0].version, "second") && sv_is(list[1].version, "part"));
	OK(store_list_events(s, a, SV("x"), 3, &list, &n, &err));
	ck_assert_uint_eq(n, 3);
	ck_assert(sv_is(list[0].version, "late") && sv_is(list[1].version, "seen") &&
	          sv_is(list[2].version, "second"));
	OK(store_list_events(s, a, SV(""), 100, &list, &n, &err));
	ck_assert_uint_eq(n, 6);
	OK(store_arrivals(s, a, SV("x"), 30, 3, &times, &n, &err));
	ck_assert_uint_eq(n, 3);
	ck_assert(times[0] == 30 && times[1] == 20 && times[2] == 20);
}
END_TEST

START_TEST(an_open_start_is_closed_by_its_own_run)
{
	AUTO(store) s = open_store(STORE_WRITE);
	struct event e = event_at(EVENT_STARTED, "x", "", "", 10), got;
	bool found;

	e.run_id = SV("one");
	add(s, e);
	e.at_us = 11;
	e.run_id = SV("two");
	add(s, e);
	e = event_at(EVENT_MATERIALIZED, "x", "", "", 12);
	e.run_id = SV("two");
	add(s, e);
	OK(store_open_start(s, a, SV("x"), SV(""), 0, 99, &got, &found, &err));
	ck_assert(found && sv_is(got.run_id, "one"));
	/* Too old a start is not looked at. */
	OK(store_open_start(s, a, SV("x"), SV(""), 10, 99, &got, &found, &err));
	ck_assert(!found);
	OK(store_open_start(s, a, SV("x"), SV("p"), 0, 99, &got, &found, &err));
	ck_assert(!found);
	/* An end without a run's name closes all that began before it. */
	add(s, event_at(EVENT_FAILED, "x", "", "", 13));
	OK(store_open_start(s, a, SV("x"), SV(""), 0, 99, &got, &found, &err));
	ck_assert(!found);
	OK(store_open_start(s, a, SV("x"), SV(""), 0, 11, &got, &found, &err));
	ck_assert(found && sv_is(got.run_id, "two"));
	add(s, event_at(EVENT_STARTED, "x", "", "", 13));
	OK(store_open_start(s, a, SV("x"), SV(""), 0, 99, &got, &found, &err));
	ck_assert(found);
}
END_TEST

START_TEST(a_version_keeps_the_time_it_was_first_seen)
{
	AUTO(store) s = open_store(STORE_WRITE);
	int64_t first = 1;

	OK(store_see_version(s, SV("x"), SV(""), SV("v"), 50, &first, &err));
	ck_assert_int_eq(first, 50);
	OK(store_see_version(s, SV("x"), SV(""), SV("v"), 60, &first, &err));
	ck_assert_int_eq(first, 50);
	OK(store_see_version(s, SV("x"), SV(""), SV("v"), 40, &first, &err));
	ck_assert_int_eq(first, 40);
	OK(store_see_version(s, SV("x"), SV("p"), SV("v"), 70, &first, &err));
	ck_assert_int_eq(first, 70);
	OK(store_see_version(s, SV("x"), SV(""), SV(""), 70, &first, &err));
	ck_assert_int_eq(first, TIME_NONE);
}
END_TEST

START_TEST(a_verdict_is_found_by_its_whole_identity)
{
	AUTO(store) s = open_store(STORE_WRITE);
	AUTO(store) other = open_env(STORE_WRITE, "prod");
	struct stored_verdict v, *list;
	size_t n;
	bool found = false;

	add_verdict(s, verdict_on("x", "p", "v1", "h", OUTCOME_FAIL));
	add_verdict(s, verdict_on("x", "p", "v1", "h", OUTCOME_WARN));
	add_verdict(s, verdict_on("x", "p", "v1", "h2", OUTCOME_PASS));
	add_verdict(s, verdict_on("x", "p", "", "h", OUTCOME_PASS));

	OK(store_verdict(s, a, SV("x"), SV("p"), SV("v1"), SV("h"), &v, &found, &err));
	ck_assert(found);
	ck_assert_int_eq(v.outcome, OUTCOME_WARN);
	ck_assert_int_eq(v.severity, SEVERITY_WARNING);
	ck_assert(v.blocking && !v.implicit && v.duration_ms == 2.5 && v.at_us == NOW_US && v.run_id.n == 26);
	ck_assert(sv_is(v.message, "3 of 4") && sv_is(v.result, "{\"a\":1}") && sv_is(v.engine, "scan"));
	OK(store_verdict(s, a, SV("x"), SV("p"), SV(""), SV("h"), &v, &found, &err));
	ck_assert(found && v.version.n == 0);
	OK(store_verdicts(s, a, SV("x"), SV("p"), SV("v1"), &list, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert(list[0].outcome == OUTCOME_WARN && list[1].outcome == OUTCOME_PASS);
	struct sv *key;

	add_verdict(s, verdict_on("x", "", "v9", "h", OUTCOME_PASS));
	OK(store_judged_partitions(s, a, SV("x"), &key, &n, &err));
	ck_assert(n == 2 && key[0].n == 0 && sv_is(key[1], "p"));
	OK(store_judged_partitions(other, a, SV("x"), &key, &n, &err));
	ck_assert_uint_eq(n, 0);
	/* What is known of no version says nothing. */
	OK(store_verdicts(s, a, SV("x"), SV("p"), SV(""), &list, &n, &err));
	ck_assert_uint_eq(n, 0);

	static const char *const miss[][4] = {
		{"y", "p", "v1", "h"}, {"x", "", "v1", "h"}, {"x", "p", "v2", "h"},
		{"x", "p", "v1", "H"}, {"x", "p", "v", "h"},
	};
	for (size_t i = 0; i < LEN(miss); i++) {
		OK(store_verdict(s, a, sv_of(miss[i][0]), sv_of(miss[i][1]), sv_of(miss[i][2]),
		                 sv_of(miss[i][3]), &v, &found, &err));
		ck_assert_msg(!found, "row %zu", i);
	}
	OK(store_verdict(other, a, SV("x"), SV("p"), SV("v1"), SV("h"), &v, &found, &err));
	ck_assert(!found);
}
END_TEST

START_TEST(environments_see_nothing_of_each_other)
{
	AUTO(store) s = open_store(STORE_WRITE);
	AUTO(store) other = open_env(STORE_WRITE, "prod");
	struct event e, *events;
	struct stored_decision d = {.asset = SV("x"),
	                            .decision = SV("allow"),
	                            .mode = SV("enforce"),
	                            .json = SV("{}"),
	                            .at_us = 1},
			       *decisions;
	struct stored_override o = {.asset = SV("x"),
	                            .reason = SV("r"),
	                            .who = SV("w"),
	                            .version = SV("f"),
	                            .until_us = 10},
			       *overrides;
	struct stored_metric m = {.asset = SV("x"), .name = SV("rows"), .value = 4, .at_us = 1}, *metrics;
	struct sv *keys;
	size_t n = 9;
	int64_t *times, first;
	bool found = true;

	add(s, event_at(EVENT_MATERIALIZED, "x", "", "v", 1));
	add(s, event_at(EVENT_STARTED, "x", "", "v", 2));
	OK(store_add_decision(s, &d, &err));
	OK(store_add_override(s, &o, &err));
	OK(store_add_metrics(s, SV(""), &m, 1, &err));
	OK(store_see_version(s, SV("x"), SV(""), SV("v"), 1, &first, &err));

	OK(store_last_event(other, a, SV("x"), SV(""), EVENT_MATERIALIZED, 9, &e, &found, &err));
	ck_assert(!found);
	OK(store_event_of_version(other, a, SV("x"), SV(""), SV("v"), &e, &found, &err));
	ck_assert(!found);
	OK(store_open_start(other, a, SV("x"), SV(""), 0, 9, &e, &found, &err));
	ck_assert(!found);
	OK(store_partition_events(other, a, SV("x"), EVENT_MATERIALIZED, 9, &events, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_list_events(other, a, SV(""), 9, &events, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_arrivals(other, a, SV("x"), 9, 9, &times, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_known_assets(other, a, &keys, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_list_decisions(other, a, SV(""), 9, &decisions, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_overrides(other, a, SV("x"), SV(""), 5, &overrides, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_metric_history(other, a, SV("x"), SV(""), SV("rows"), 9, &metrics, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_see_version(other, SV("x"), SV(""), SV("v"), 8, &first, &err));
	ck_assert_int_eq(first, 8);

	OK(store_known_assets(s, a, &keys, &n, &err));
	ck_assert_uint_eq(n, 1);
	OK(store_list_decisions(s, a, SV("x"), 9, &decisions, &n, &err));
	ck_assert(n == 1 && sv_is(decisions[0].json, "{}") && decisions[0].id.n == 26);
	OK(store_metric_history(s, a, SV("x"), SV(""), SV("rows"), 9, &metrics, &n, &err));
	ck_assert(n == 1 && metrics[0].value == 4);
}
END_TEST

START_TEST(an_override_holds_from_its_start_to_before_its_end)
{
	AUTO(store) s = open_store(STORE_WRITE);
	struct stored_override o = {.asset = SV("x"),
	                            .reason = SV("r"),
	                            .who = SV("w"),
	                            .version = SV("f"),
	                            .from_us = 10,
	                            .until_us = 20},
			       *got;
	static const struct {
		int64_t at;
		size_t n;
	} rows[] = {{9, 0}, {10, 1}, {19, 1}, {20, 0}};
	size_t n;

	OK(store_add_override(s, &o, &err));
	for (size_t i = 0; i < LEN(rows); i++) {
		OK(store_overrides(s, a, SV("x"), SV(""), rows[i].at, &got, &n, &err));
		ck_assert_uint_eq(n, rows[i].n);
	}
	OK(store_overrides(s, a, SV("x"), SV("p"), 15, &got, &n, &err));
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_transaction_is_stored_whole_or_not_at_all)
{
	AUTO(store) s = open_store(STORE_WRITE);
	struct event e = event_at(EVENT_STARTED, "x", "", "", 1), *list;
	size_t n;

	OK(store_begin(s, &err));
	add(s, e);
	store_rollback(s);
	OK(store_begin(s, &err));
	e.id = SV("twice");
	add(s, e);
	ck_assert(!store_add_event(s, &e, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert(!store_commit(s, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	OK(store_list_events(s, a, SV(""), 9, &list, &n, &err));
	ck_assert_uint_eq(n, 0);
	OK(store_begin(s, &err));
	add(s, event_at(EVENT_STARTED, "x", "", "", 1));
	add(s, event_at(EVENT_STARTED, "x", "", "", 2));
	OK(store_commit(s, &err));
	OK(store_list_events(s, a, SV(""), 9, &list, &n, &err));
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(a_run_whose_verdict_cannot_be_stored_is_not_stored)
{
	AUTO(store) s = open_store(STORE_WRITE);
	struct stored_run run = {.id = SV("r"), .kind = SV("check")};
	struct stored_verdict v = verdict_on("x", "", "v", "h", OUTCOME_PASS), got;
	bool found;

	OK(store_add_run(s, &run, &v, 1, &err));
	v.check_hash = SV("h2");
	ck_assert(!store_add_run(s, &run, &v, 1, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_msg(strstr(err.msg, path) != NULL, "%s", err.msg);
	OK(store_verdict(s, a, SV("x"), SV(""), SV("v"), SV("h2"), &got, &found, &err));
	ck_assert(!found);
}
END_TEST

enum { EACH = 200 };

static void
write_many(const char *name)
{
	struct store *s = NULL;

	if (!store_open(sv_of(path), STORE_WRITE, SV("default"), &clock_system, &s, &err))
		_exit(1);
	for (int i = 0; i < EACH; i++) {
		char id[27], version[16];
		struct event e = event_at(EVENT_MATERIALIZED, name, "", "", i);
		struct stored_run run = {.kind = SV("check")};

		snprintf(version, sizeof(version), "v%d", i);
		e.version = sv_of(version);
		ulid_make(NOW_US, id);
		run.id = sv_of(id);

		struct stored_verdict v = verdict_on(name, "", version, "h", OUTCOME_PASS);

		if (!store_add_event(s, &e, &err) || !store_add_run(s, &run, &v, 1, &err)) {
			fprintf(stderr, "# %s\n", err.msg);
			_exit(2);
		}
	}
	store_close(s);
	_exit(0);
}

START_TEST(two_processes_lose_nothing)
{
	pid_t child[2];

	/* Neither finds a database: also its making must be a turn. */
	for (int i = 0; i < 2; i++) {
		child[i] = fork();
		ck_assert_int_ge(child[i], 0);
		if (child[i] == 0)
			write_many(i == 0 ? "one" : "two");
	}
	for (int i = 0; i < 2; i++) {
		int status;

		ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
	}
	ck_assert_str_eq(ask("SELECT count(*) FROM event"), "400");
	ck_assert_str_eq(ask("SELECT count(*) FROM verdict"), "400");
	ck_assert_str_eq(ask("SELECT count(DISTINCT asset || version) FROM verdict"), "400");
	ck_assert_str_eq(ask("PRAGMA integrity_check"), "ok");
	ck_assert_str_eq(ask("PRAGMA journal_mode"), "wal");
	/* The log is carried over now and then: 800 commits of several pages would be many MiB. */
	struct stat st;

	ck_assert_int_eq(stat(arena_printf(a, "%s-wal", path), &st), 0);
	ck_assert_int_lt(st.st_size, 2 << 20);
}
END_TEST

START_TEST(a_reader_does_not_wait_for_a_writer)
{
	AUTO(store) w = open_store(STORE_WRITE);
	struct event *list;
	size_t n;

	add(w, event_at(EVENT_STARTED, "x", "", "", 1));
	OK(store_begin(w, &err));
	add(w, event_at(EVENT_STARTED, "x", "", "", 2));

	int64_t began_ns = clock_mono_ns();
	AUTO(store) r = open_store(STORE_READ);

	OK(store_list_events(r, a, SV(""), 9, &list, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert_int_lt(clock_mono_ns() - began_ns, INT64_C(1000000000));
	OK(store_commit(w, &err));
	OK(store_list_events(r, a, SV(""), 9, &list, &n, &err));
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(a_reader_cannot_write)
{
	store_close(open_store(STORE_WRITE));

	AUTO(store) r = open_store(STORE_READ);
	struct event e = event_at(EVENT_STARTED, "x", "", "", 1);

	ck_assert(!store_add_event(r, &e, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_int_eq(e.seq, 0);
}
END_TEST

START_TEST(reading_a_store_that_was_never_made_gives_an_empty_one_and_makes_nothing)
{
	AUTO(store) r = open_store(STORE_READ);
	struct event *list;
	size_t n = 1;

	OK(store_list_events(r, a, SV(""), 9, &list, &n, &err));
	ck_assert_uint_eq(n, 0);
	ck_assert(!fs_exists(arena_printf(a, "%s/state", dir)));
}
END_TEST

START_TEST(an_empty_file_counts_as_no_store)
{
	OK(fs_mkdirs(arena_printf(a, "%s/state", dir), 0700, &err));
	OK(fs_write(path, SV(""), 0600, &err));
	store_close(open_store(STORE_READ));
	store_close(open_store(STORE_WRITE));
	ck_assert_str_eq(ask("PRAGMA user_version"), arena_printf(a, "%zu", migration_count));
}
END_TEST

START_TEST(memory_keeps_nothing)
{
	static const char *const names[] = {":memory:", "sqlite::memory:"};

	for (size_t i = 0; i < LEN(names); i++) {
		struct store *s = NULL;
		struct event *list;
		size_t n;

		OK(store_open(sv_of(names[i]), STORE_WRITE, SV("default"), &fixed, &s, &err));
		OK(store_list_events(s, a, SV(""), 9, &list, &n, &err));
		ck_assert_uint_eq(n, 0);
		add(s, event_at(EVENT_STARTED, "x", "", "", 1));
		store_close(s);
	}
}
END_TEST

START_TEST(what_is_made_is_private)
{
	static const struct {
		const char *suffix;
		unsigned mode;
	} made[] = {{"/state", 0700},
	            {"/state/weir.db", 0600},
	            {"/state/weir.db-wal", 0600},
	            {"/state/weir.db-shm", 0600},
	            {"/state/weir.db.lock", 0600}};
	struct stat st;

	umask(0);

	AUTO(store) s = open_store(STORE_WRITE);

	add(s, event_at(EVENT_STARTED, "x", "", "", 1));
	for (size_t i = 0; i < LEN(made); i++) {
		ck_assert_int_eq(lstat(arena_printf(a, "%s%s", dir, made[i].suffix), &st), 0);
		ck_assert_msg((st.st_mode & 07777) == made[i].mode, "%s is %o", made[i].suffix, st.st_mode);
	}
}
END_TEST

static void
expect_refusal(const char *url, const char *part)
{
	for (enum store_mode mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		struct store *s = NULL;

		ck_assert_msg(!store_open(sv_of(url), mode, SV("default"), &fixed, &s, &err), "took '%s'",
		              url);
		ck_assert_msg(strstr(err.msg, part) != NULL, "%s", err.msg);
		ck_assert_ptr_null(s);
	}
}

START_TEST(what_others_could_change_is_refused)
{
	store_close(open_store(STORE_WRITE));

	static const char *const file[] = {"", "-wal", "-shm", ".lock"};
	for (size_t i = 0; i < LEN(file); i++) {
		const char *name = arena_printf(a, "%s%s", path, file[i]);

		ck_assert_int_eq(chmod(name, 0620), 0);
		expect_refusal(path, "others may write");
		ck_assert_int_eq(chmod(name, 0602), 0);
		expect_refusal(path, "others may write");
		ck_assert_int_eq(chmod(name, 0644), 0);
		store_close(open_store(STORE_WRITE));
	}

	const char *folder = arena_printf(a, "%s/state", dir);

	ck_assert_int_eq(chmod(folder, 0777), 0);
	expect_refusal(path, "everybody may write");
	ck_assert_int_eq(chmod(folder, 01777), 0);
	store_close(open_store(STORE_WRITE));
}
END_TEST

START_TEST(odd_places_are_refused)
{
	const char *link = arena_printf(a, "%s/link.db", dir), *fifo = arena_printf(a, "%s/fifo", dir);

	store_close(open_store(STORE_WRITE));
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	expect_refusal(link, "symbolic link");
	expect_refusal(fifo, "not a regular file");
	expect_refusal(arena_printf(a, "%s/state", dir), "not a regular file");
	expect_refusal("", "not the path");
	expect_refusal("sqlite:", "not the path");
	expect_refusal("postgres://db/weir", "not built yet");

	/* A linked folder is followed: home folders often are. */
	const char *way = arena_printf(a, "%s/way", dir);
	struct store *s = NULL;

	ck_assert_int_eq(symlink("state", way), 0);
	OK(store_open(sv_of(arena_printf(a, "sqlite:%s/weir.db", way)), STORE_WRITE, SV("default"), &fixed,
	              &s, &err));
	store_close(s);
}
END_TEST

START_TEST(files_of_others_are_refused_and_left_alone)
{
	struct sv text;

	OK(fs_mkdirs(arena_printf(a, "%s/state", dir), 0700, &err));
	OK(fs_write(path, SV("this is no database, but a text of some length\n"), 0600, &err));
	expect_refusal(path, "not a database");
	OK(fs_read(a, path, 100, &text, &err));
	ck_assert(sv_starts(text, SV("this is")));

	ck_assert_int_eq(unlink(path), 0);
	run_sql("CREATE TABLE theirs (x)");
	ck_assert_int_eq(chmod(path, 0600), 0);
	expect_refusal(path, "another program");
	ck_assert_str_eq(ask("PRAGMA journal_mode"), "delete");

	ck_assert_int_eq(unlink(path), 0);
	store_close(open_store(STORE_WRITE));
	run_sql("PRAGMA user_version = 9999");
	expect_refusal(path, "newer weir");
}
END_TEST

/* As the first n migrations left it, with one event. */
static void
make_old(size_t n)
{
	OK(fs_mkdirs(arena_printf(a, "%s/state", dir), 0700, &err));
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	run_sql("PRAGMA journal_mode = WAL; PRAGMA application_id = 0x77656972");
	for (size_t i = 0; i < n; i++)
		run_sql(migrations[i].sql);
	run_sql(arena_printf(a, "PRAGMA user_version = %zu", n));
	run_sql("INSERT INTO event (id, env, asset, partition, kind, version, at_us, recorded_us, "
	        "code_version, run_id, reporter, inputs_given)"
	        " VALUES ('i', 'default', 'x', '', 'materialized', 'v', 1, 1, '', '', '', 0)");
}

START_TEST(a_store_of_an_older_weir_is_migrated_by_whoever_opens_it)
{
	enum store_mode mode = _i % 2 == 0 ? STORE_READ : STORE_WRITE;
	struct event e;
	struct stored_decision *d;
	size_t n = 1;
	bool found = false;

	make_old((size_t)_i / 2 + 1);

	AUTO(store) s = open_store(mode);

	OK(store_last_event(s, a, SV("x"), SV(""), EVENT_MATERIALIZED, 9, &e, &found, &err));
	ck_assert(found && sv_is(e.version, "v"));
	OK(store_list_decisions(s, a, SV(""), 9, &d, &n, &err));
	ck_assert_uint_eq(n, 0);
	ck_assert_str_eq(ask("PRAGMA user_version"), arena_printf(a, "%zu", migration_count));
	ck_assert_str_eq(ask("PRAGMA integrity_check"), "ok");
}
END_TEST

START_TEST(a_new_store_is_what_all_migrations_come_to)
{
	static const char objects[] =
		"SELECT group_concat(x, char(10)) FROM (SELECT type || ' ' || name || ' ' || tbl_name || ' ' || "
		"coalesce(sql, '') AS x FROM sqlite_schema ORDER BY type, name)";
	const char *by_steps;

	ck_assert_uint_le(store_schema_steps, migration_count);
	make_old(migration_count);
	by_steps = arena_printf(a, "%s", ask(objects));
	ck_assert_int_eq(unlink(path), 0);
	(void)unlink(arena_printf(a, "%s-wal", path));
	(void)unlink(arena_printf(a, "%s-shm", path));
	store_close(open_store(STORE_WRITE));
	ck_assert_str_eq(ask(objects), by_steps);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_the_store_as_it_was)
{
	make_old(1);
	/* In the way of the last migration, so that the one before it must be undone. */
	run_sql("CREATE TABLE override (x)");

	struct store *s = NULL;

	ck_assert(!store_open(sv_of(path), STORE_WRITE, SV("default"), &fixed, &s, &err));
	ck_assert_msg(strstr(err.msg, "create the tables of decisions") != NULL, "%s", err.msg);
	ck_assert_str_eq(ask("PRAGMA user_version"), "1");
	ck_assert_str_eq(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'verdict'"), "0");
}
END_TEST

START_TEST(the_lock_names_its_holder_and_is_free_after_a_crash)
{
	const char *name = arena_printf(a, "%s/l", dir);
	AUTO(lock) one = NULL;
	AUTO(lock) two = NULL;
	pid_t child;

	OK(lock_open(name, &one, &err));
	OK(lock_open(name, &two, &err));
	OK(lock_take(one, 0, &err));
	ck_assert(!lock_take(two, 30, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_msg(strstr(err.msg, arena_printf(a, "process %ld ", (long)getpid())) != NULL, "%s",
	              err.msg);
	lock_release(one);
	OK(lock_take(two, 0, &err));
	lock_release(two);

	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct lock *l = NULL;

		if (!lock_open(name, &l, NULL) || !lock_take(l, 0, NULL))
			_exit(1);
		abort();
	}
	ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
	OK(lock_take(one, 1000, &err));
}
END_TEST

START_TEST(a_crash_amid_a_transaction_leaves_what_was_committed)
{
	pid_t child = fork();
	struct event *list;
	size_t n;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct store *s = open_store(STORE_WRITE);

		add(s, event_at(EVENT_STARTED, "x", "", "", 1));
		OK(store_begin(s, &err));
		add(s, event_at(EVENT_STARTED, "x", "", "", 2));
		abort();
	}
	ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
	/* The first one in recovers; a reader can. */
	AUTO(store) r = open_store(STORE_READ);

	OK(store_list_events(r, a, SV(""), 9, &list, &n, &err));
	ck_assert_uint_eq(n, 1);

	AUTO(store) w = open_store(STORE_WRITE);

	add(w, event_at(EVENT_STARTED, "x", "", "", 3));
	OK(store_list_events(r, a, SV(""), 9, &list, &n, &err));
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(a_full_disk_loses_nothing_that_was_stored)
{
	AUTO(store) s = open_store(STORE_WRITE);
	struct rlimit old, small;
	struct event *list;
	size_t n, stored = 0;

	/* The file size limit stands for the disk: the log may not grow any more. */
	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 400000;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (;;) {
		struct event e = event_at(EVENT_STARTED, "x", "", "", 1);

		if (!store_add_event(s, &e, &err))
			break;
		stored++;
	}
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_msg(strstr(err.msg, path) != NULL && err.hint[0] != '\0', "%s", err.msg);
	ck_assert_uint_gt(stored, 0);
	add(s, event_at(EVENT_STARTED, "x", "", "", 2));
	OK(store_list_events(s, a, SV(""), 100000, &list, &n, &err));
	ck_assert_uint_eq(n, stored + 1);
	ck_assert_str_eq(ask("PRAGMA integrity_check"), "ok");
}
END_TEST

START_TEST(ulids_sort_by_time_and_differ)
{
	char id[27], later[27], again[27];

	/* 1469918176385 ms is the specification's example: 01ARYZ6S41. */
	ulid_make(INT64_C(1469918176385) * 1000, id);
	ck_assert_int_eq(strncmp(id, "01ARYZ6S41", 10), 0);
	ck_assert_uint_eq(strlen(id), 26);
	ck_assert_uint_eq(strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
	ulid_make(INT64_C(1469918176386) * 1000, later);
	ck_assert_int_lt(strcmp(id, later), 0);
	ulid_make(INT64_C(1469918176385) * 1000, again);
	ck_assert_str_ne(id, again);
	ulid_make(-5, id);
	ck_assert_int_eq(strncmp(id, "0000000000", 10), 0);
}
END_TEST

Suite *
suite_store(void)
{
	Suite *s = suite_create("store");
	TCase *t = tcase_create("store");

	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, an_event_comes_back_as_it_went_in);
	tcase_add_test(t, the_newest_event_is_by_time_then_by_arrival);
	tcase_add_test(t, an_open_start_is_closed_by_its_own_run);
	tcase_add_test(t, a_version_keeps_the_time_it_was_first_seen);
	tcase_add_test(t, a_verdict_is_found_by_its_whole_identity);
	tcase_add_test(t, environments_see_nothing_of_each_other);
	tcase_add_test(t, an_override_holds_from_its_start_to_before_its_end);
	tcase_add_test(t, a_transaction_is_stored_whole_or_not_at_all);
	tcase_add_test(t, a_run_whose_verdict_cannot_be_stored_is_not_stored);
	tcase_add_test(t, two_processes_lose_nothing);
	tcase_add_test(t, a_reader_does_not_wait_for_a_writer);
	tcase_add_test(t, a_reader_cannot_write);
	tcase_add_test(t, reading_a_store_that_was_never_made_gives_an_empty_one_and_makes_nothing);
	tcase_add_test(t, an_empty_file_counts_as_no_store);
	tcase_add_test(t, memory_keeps_nothing);
	tcase_add_test(t, what_is_made_is_private);
	tcase_add_test(t, what_others_could_change_is_refused);
	tcase_add_test(t, odd_places_are_refused);
	tcase_add_test(t, files_of_others_are_refused_and_left_alone);
	tcase_add_loop_test(t, a_store_of_an_older_weir_is_migrated_by_whoever_opens_it, 0, 4);
	tcase_add_test(t, a_new_store_is_what_all_migrations_come_to);
	tcase_add_test(t, a_migration_that_fails_leaves_the_store_as_it_was);
	tcase_add_test(t, the_lock_names_its_holder_and_is_free_after_a_crash);
	tcase_add_test(t, a_crash_amid_a_transaction_leaves_what_was_committed);
	tcase_add_test(t, a_full_disk_loses_nothing_that_was_stored);
	tcase_add_test(t, ulids_sort_by_time_and_differ);
	suite_add_tcase(s, t);
	return s;
}
