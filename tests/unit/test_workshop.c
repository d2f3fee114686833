/*
 * The workshop without a keeper: a loop of our own drives it.  Its forker is this test program, which does the work of `weir worker` when it
 * is called so (main.c).
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/alert.h"
#include "base/fs.h"
#include "serve/workshop_internal.h"

static struct arena *a;
static char dir[64];
static struct service s;
static struct workshop *w;

static const char *
path(const char *name)
{
	return arena_printf(a, "%s/%s", dir, name);
}

static void
put(const char *name, const char *text)
{
	struct err err = {0};

	ck_assert_msg(fs_write(path(name), sv_of(text), 0644, &err), "%s", err.msg);
}

static void
setup(void)
{
	a = arena_new();
	strcpy(dir, "/tmp/weir-workshop-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	memset(&s, 0, sizeof(s));
	w = NULL;
	(void)signal(SIGPIPE, SIG_IGN);
}

static void
teardown(void)
{
	workshop_close(w);
	store_close(s.store);
	project_unref(s.project);
	pool_free(s.pool);
	ck_assert_int_eq(system(arena_printf(a, "rm -rf %s", dir)), 0);
	arena_free(a);
}

static struct project *
load(void)
{
	struct catalog_options o = {.path = path("weir.yaml"), .env = "default"};
	struct project *p;
	struct diags d;

	diags_init(&d, a);
	p = project_load(&o, clock_now_us(&clock_system), &d);
	ck_assert_msg(p != NULL, "%s", d.list.n > 0 ? d.list.v[0].msg : "");
	return p;
}

/* A service over the catalog, with its state in the folder `state`. */
static void
serve(const char *catalog)
{
	struct err err = {0};

	put("weir.yaml", catalog);
	s.clock = &clock_system;
	s.env = SV("default");
	s.project = load();
	s.pool = pool_new(1);
	ck_assert_msg(store_open(sv_of(path("state/weir.db")), STORE_WRITE, s.env, s.clock, &s.store, &err),
	              "%s", err.msg);
	ck_assert_msg(workshop_open(&s, "/proc/self/exe", &w, &err), "%s", err.msg);
}

static void
turn(int timeout_ms)
{
	struct pollfd fd[WORKSHOP_FDS_MAX];
	int number[WORKSHOP_FDS_MAX];
	size_t n = workshop_fds(w, number, WORKSHOP_FDS_MAX);

	for (size_t i = 0; i < n; i++)
		fd[i] = (struct pollfd){.fd = number[i], .events = POLLIN};
	(void)poll(fd, n, timeout_ms);
	for (size_t i = 0; i < n; i++)
		if (fd[i].revents != 0)
			workshop_ready(w, number[i]);
	(void)workshop_tick(w, clock_mono_ns());
}

static struct sv
order(enum work_kind kind, const char *asset)
{
	const struct asset *x = service_asset(&s, sv_of(asset));
	struct work_order o = {.kind = kind, .priority = WORK_ASKED, .asset = x->index, .why = SV("test")};
	struct sv id;
	struct err err = {0};

	ck_assert_msg(workshop_order(w, &o, NULL, NULL, &id, &err), "%s", err.msg);
	return arena_sv(a, id);
}

static bool
is_over(struct sv id)
{
	const struct work *work = workshop_find(w, id);

	ck_assert_ptr_nonnull(work);
	return work->state == WORK_DONE || work->state == WORK_FAILED;
}

static const struct work *
wait_for(struct sv id)
{
	const int64_t end_ns = clock_mono_ns() + INT64_C(30000000000);

	while (!is_over(id) && clock_mono_ns() < end_ns)
		turn(100);
	ck_assert_msg(is_over(id), "still %s", work_state_names[workshop_find(w, id)->state]);
	return workshop_find(w, id);
}

static const struct work *
done(enum work_kind kind, const char *asset)
{
	const struct work *work = wait_for(order(kind, asset));

	ck_assert_msg(work->state == WORK_DONE, SV_FMT, SV_ARG(work->trouble));
	return work;
}

static const struct work *
failed(enum work_kind kind, const char *asset, const char *why)
{
	const struct work *work = wait_for(order(kind, asset));

	ck_assert_int_eq(work->state, WORK_FAILED);
	ck_assert_msg(strstr(arena_str(a, work->trouble), why) != NULL, SV_FMT, SV_ARG(work->trouble));
	return work;
}

/* Of the run of a work: its checks by outcome. */
static void
counts_are(const struct work *work, int64_t pass, int64_t fail, int64_t error)
{
	int64_t n[5];

	ck_assert(store_run_counts(s.store, work->id, n, NULL));
	ck_assert_int_eq(n[OUTCOME_PASS], pass);
	ck_assert_int_eq(n[OUTCOME_FAIL], fail);
	ck_assert_int_eq(n[OUTCOME_ERROR], error);
}

static const char two[] = "project: t\n"
			  "store: state/weir.db\n"
			  "assets:\n"
			  "  a: {path: data/a.csv, checks: [not_null: id, {between: {column: n, max: 10}}]}\n"
			  "  b: {path: data/b.csv, checks: [not_null: id]}\n";

static void
two_assets(void)
{
	ck_assert_int_eq(mkdir(path("data"), 0755), 0);
	put("data/a.csv", "id,n\n1,2\n2,30\n");
	put("data/b.csv", "id\n1\n");
	serve(two);
}

START_TEST(what_a_child_finds_is_stored_as_found_here)
{
	const struct work *work;
	struct stored_verdict *v;
	struct stored_run run;
	struct event e;
	struct sv version;
	struct workspace ws;
	size_t n;
	bool found;

	two_assets();
	work = done(WORK_CHECK, "a");
	/* not_empty and well_formed pass, too. */
	counts_are(work, 3, 1, 0);
	ck_assert(store_run(s.store, a, work->id, &run, &found, NULL) && found);
	ck_assert_int_eq(run.outcome, OUTCOME_FAIL);
	ck_assert(sv_is(run.kind, "check"));
	ck_assert_ptr_nonnull(strstr(arena_str(a, run.report), "\"incidents\""));

	/* Under the version and the identity that a gate of this process finds. */
	ws = service_workspace(&s, a);
	ws.remembered = false;
	run_identify(&ws);
	ck_assert(run_version(&ws, service_asset(&s, SV("a")), NULL, &version, NULL));
	ck_assert(store_verdicts(s.store, a, SV("a"), (struct sv){0}, version, &v, &n, NULL));
	ck_assert_uint_eq(n, 4);
	for (size_t i = 0; i < n; i++) {
		const struct checks *checks = &s.project->checks[service_asset(&s, SV("a"))->index];
		bool known = false;

		for (size_t k = 0; k < checks->n; k++)
			known = known || sv_eq(check_identity(&checks->v[k]), v[i].check_hash);
		ck_assert_msg(known, SV_FMT, SV_ARG(v[i].check_id));
	}
	/* What it saw is known, too. */
	ck_assert(store_last_event(s.store, a, SV("a"), (struct sv){0}, EVENT_OBSERVED, INT64_MAX, &e, &found,
	                           NULL));
	ck_assert(found && sv_eq(e.version, version));
}
END_TEST

START_TEST(a_look_is_recorded_once)
{
	struct event *e;
	size_t n;

	two_assets();
	(void)done(WORK_PROBE, "a");
	(void)done(WORK_PROBE, "a");
	ck_assert(store_list_events(s.store, a, SV("a"), 10, &e, &n, NULL));
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(unlink(path("data/a.csv")), 0);
	(void)done(WORK_PROBE, "a");
	ck_assert(store_list_events(s.store, a, SV("a"), 10, &e, &n, NULL));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(e[0].rows, 0);
}
END_TEST

static int called;

static void
count_call(struct service *x UNUSED, const struct work *work UNUSED, void *ctx)
{
	called += *(int *)ctx;
}

START_TEST(equal_orders_that_wait_are_one)
{
	int one = 1, ten = 10;
	struct work_order o = {.kind = WORK_CHECK, .priority = WORK_ROUTINE, .asset = 0};
	struct sv first, second, third;

	two_assets();
	called = 0;
	ck_assert(workshop_order(w, &o, count_call, &one, &first, NULL));
	o.priority = WORK_FOR_GATE;
	ck_assert(workshop_order(w, &o, count_call, &ten, &second, NULL));
	ck_assert(sv_eq(first, second));
	ck_assert_int_eq(workshop_find(w, first)->order.priority, WORK_FOR_GATE);
	o.kind = WORK_PROBE;
	ck_assert(workshop_order(w, &o, NULL, NULL, &third, NULL));
	ck_assert(!sv_eq(first, third));
	ck_assert_int_eq(workshop_queued(w), 2);
	(void)wait_for(first);
	ck_assert_int_eq(called, 11);
	(void)wait_for(third);

	/* Who does not want to know any more is not told. */
	o.kind = WORK_CHECK;
	ck_assert(workshop_order(w, &o, count_call, &one, &first, NULL));
	workshop_forget(w, first, &one);
	(void)wait_for(first);
	ck_assert_int_eq(called, 11);
}
END_TEST

START_TEST(an_order_of_no_check_is_refused)
{
	const struct sv glob = SV("nothing-like-it");
	struct work_order o = {.kind = WORK_CHECK, .asset = 0, .check = &glob, .ncheck = 1};
	struct err err = {0};

	two_assets();
	ck_assert(!workshop_order(w, &o, NULL, NULL, NULL, &err));
	ck_assert_int_eq(err.code, ERR_NOTHING);
	ck_assert_int_eq(workshop_queued(w), 0);
}
END_TEST

/* A query that never ends. */
static const char endless[] =
	"project: t\n"
	"store: state/weir.db\n"
	"allow_sql: true\n"
	"service: {limits: {seconds: 1}}\n"
	"sources: {db: {url: 'sqlite:data/x.db'}}\n"
	"assets:\n"
	"  slow:\n"
	"    source: db\n"
	"    table: t\n"
	"    checks: [{unexpected_rows: 'WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i FROM r)"
	" SELECT count(*) FROM r'}]\n"
	"  quick: {source: db, table: u, checks: [not_null: i]}\n";

static void
database(const char *sql)
{
	sqlite3 *db;

	(void)mkdir(path("data"), 0755);
	ck_assert_int_eq(sqlite3_open(path("data/x.db"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

START_TEST(what_does_not_end_is_killed_and_an_error)
{
	struct sv slow, quick;
	int64_t start_ns;

	database("CREATE TABLE t(i); INSERT INTO t VALUES (1); CREATE TABLE u(i); INSERT INTO u VALUES (1)");
	serve(endless);
	start_ns = clock_mono_ns();
	slow = order(WORK_CHECK, "slow");
	quick = order(WORK_CHECK, "quick");
	counts_are(wait_for(quick), 3, 0, 0);
	ck_assert_int_eq(wait_for(slow)->state, WORK_FAILED);
	ck_assert_msg(clock_mono_ns() - start_ns < INT64_C(15000000000), "it took too long");
	counts_are(workshop_find(w, slow), 0, 0, 3);
	ck_assert_int_eq(workshop_running(w), 0);
}
END_TEST

START_TEST(databases_with_a_log_are_read)
{
	database("PRAGMA journal_mode = WAL; CREATE TABLE u(i); INSERT INTO u VALUES (1)");
	serve("project: t\nstore: state/weir.db\nsources: {db: {url: 'sqlite:data/x.db'}}\n"
	      "assets: {quick: {source: db, table: u, checks: [not_null: i]}}\n");
	counts_are(done(WORK_CHECK, "quick"), 3, 0, 0);
}
END_TEST

START_TEST(data_outside_of_the_roots_is_not_read)
{
	ck_assert_int_eq(mkdir(path("data"), 0755), 0);
	put("data/a.csv", "id\n1\n");
	ck_assert_int_eq(mkdir(path("inside"), 0755), 0);
	put("inside/b.csv", "id\n1\n");
	ck_assert_int_eq(symlink(path("data/a.csv"), path("inside/c.csv")), 0);
	ck_assert_int_eq(mkdir(path("inside/deep"), 0755), 0);
	ck_assert_int_eq(symlink(path("inside/b.csv"), path("inside/deep/d.csv")), 0);
	serve("project: t\nstore: state/weir.db\nservice: {roots: [inside]}\n"
	      "assets:\n"
	      "  a: {path: data/a.csv, checks: [not_null: id]}\n"
	      "  b: {path: inside/b.csv, checks: [not_null: id]}\n"
	      "  c: {path: inside/c.csv, checks: [not_null: id]}\n"
	      "  d: {path: 'inside/deep/*.csv', checks: [not_null: id]}\n");
	counts_are(done(WORK_CHECK, "b"), 3, 0, 0);
	counts_are(failed(WORK_CHECK, "a", "lies outside"), 0, 0, 3);
	counts_are(failed(WORK_CHECK, "c", "lies outside"), 0, 0, 3);
	counts_are(done(WORK_CHECK, "d"), 3, 0, 0);
	ck_assert_int_eq(symlink(path("data/a.csv"), path("inside/deep/e.csv")), 0);
	counts_are(failed(WORK_CHECK, "d", "lies outside"), 0, 0, 3);
	(void)failed(WORK_PROBE, "a", "lies outside");
}
END_TEST

/* The child of a monitor of our forker. */
static pid_t
child_of(pid_t parent)
{
	char name[64];
	long pid = -1;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	f = fopen(name, "re");
	if (f != NULL && fscanf(f, "%ld", &pid) != 1)
		pid = -1;
	if (f != NULL)
		fclose(f);
	return (pid_t)pid;
}

static pid_t
wait_for_child_of(pid_t parent)
{
	pid_t pid = -1;

	for (int i = 0; i < 200 && pid <= 0; i++) {
		turn(10);
		pid = child_of(parent);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

START_TEST(who_is_killed_costs_one_run_and_nothing_else)
{
	struct sv slow;
	pid_t forker, monitor;

	database("CREATE TABLE t(i); INSERT INTO t VALUES (1); CREATE TABLE u(i); INSERT INTO u VALUES (1)");
	serve(arena_printf(a, "%s%s", "", endless));
	slow = order(WORK_CHECK, "slow");
	forker = wait_for_child_of(getpid());
	monitor = wait_for_child_of(forker);
	ck_assert_int_eq(kill(wait_for_child_of(monitor), SIGKILL), 0);
	(void)wait_for(slow);
	ck_assert_msg(strstr(arena_str(a, workshop_find(w, slow)->trouble), "it was killed") != NULL, SV_FMT,
	              SV_ARG(workshop_find(w, slow)->trouble));
	counts_are(workshop_find(w, slow), 0, 0, 3);
	counts_are(done(WORK_CHECK, "quick"), 3, 0, 0);

	/* The monitor, and then the forker itself. */
	slow = order(WORK_CHECK, "slow");
	ck_assert_int_eq(kill(wait_for_child_of(forker), SIGKILL), 0);
	(void)wait_for(slow);
	counts_are(workshop_find(w, slow), 0, 0, 3);
	slow = order(WORK_CHECK, "slow");
	(void)wait_for_child_of(forker);
	ck_assert_int_eq(kill(forker, SIGKILL), 0);
	(void)wait_for(slow);
	counts_are(workshop_find(w, slow), 0, 0, 3);
	counts_are(done(WORK_CHECK, "quick"), 3, 0, 0);
}
END_TEST

START_TEST(many_looks_share_children_and_one_that_hangs_costs_itself)
{
	struct buf *text = buf_new(1 << 16);
	struct sv id[8], slow;

	buf_puts(text,
	         "project: t\nstore: state/weir.db\nservice: {limits: {seconds: 1}, workers: 1}\nassets:\n");
	ck_assert_int_eq(mkdir(path("data"), 0755), 0);
	for (int i = 0; i < 8; i++) {
		put(arena_printf(a, "data/f%d.csv", i), "id\n1\n");
		buf_printf(text, "  f%d: {path: data/f%d.csv}\n", i, i);
	}
	/* A pipe that nobody writes to. */
	ck_assert_int_eq(mkfifo(path("data/pipe.csv"), 0644), 0);
	buf_puts(text, "  pipe: {path: data/pipe.csv, version: {from: content}}\n");
	serve(buf_str(text));
	buf_free(text);
	for (int i = 0; i < 4; i++)
		id[i] = order(WORK_PROBE, arena_printf(a, "f%d", i));
	slow = order(WORK_PROBE, "pipe");
	for (int i = 4; i < 8; i++)
		id[i] = order(WORK_PROBE, arena_printf(a, "f%d", i));
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(wait_for(id[i])->state, WORK_DONE);
	ck_assert_int_eq(wait_for(slow)->state, WORK_FAILED);
}
END_TEST

START_TEST(a_reload_goes_on_with_what_waits)
{
	struct project *old;
	struct sv a_id, b_id;
	struct err err = {0};

	two_assets();
	b_id = order(WORK_CHECK, "b");
	a_id = order(WORK_CHECK, "a");
	put("weir.yaml", "project: t\nstore: state/weir.db\nassets:\n"
	                 "  b: {path: data/b.csv, checks: [not_null: id, unique: id]}\n");
	old = s.project;
	s.project = load();
	ck_assert_msg(workshop_reload(w, &err), "%s", err.msg);
	project_unref(old);
	ck_assert_int_eq(wait_for(a_id)->state, WORK_FAILED);
	counts_are(wait_for(b_id), 4, 0, 0);
}
END_TEST

START_TEST(a_catalog_that_is_another_on_disk_gives_no_verdict)
{
	two_assets();
	put("weir.yaml", "project: t\nstore: state/weir.db\nassets:\n"
	                 "  b: {path: data/b.csv, checks: [not_null: {column: id, mostly: 0.1}]}\n");
	/* The forker may have read the old one already. */
	ck_assert_int_eq(kill(wait_for_child_of(getpid()), SIGKILL), 0);
	turn(500);
	for (int i = 0; i < 100 && !w->ready; i++)
		turn(50);
	counts_are(failed(WORK_CHECK, "b", "on disk"), 0, 0, 3);
}
END_TEST

/* How many run at the same time, at most, until all of them are over. */
static int64_t
most_at_once(const struct sv *id, size_t n)
{
	const int64_t end_ns = clock_mono_ns() + INT64_C(30000000000);
	int64_t most = 0, running;
	bool over = false;

	while (!over && clock_mono_ns() < end_ns) {
		turn(20);
		running = 0;
		over = true;
		for (size_t i = 0; i < n; i++) {
			over = over && is_over(id[i]);
			running += workshop_find(w, id[i])->state == WORK_RUNNING;
		}
		most = MAX(most, running);
	}
	ck_assert(over);
	return most;
}

START_TEST(sources_bear_so_many_at_once_as_they_say)
{
	struct sv id[4];

	database("CREATE TABLE t(i); INSERT INTO t VALUES (1)");
	serve(arena_printf(a,
	                   "project: t\nstore: state/weir.db\nservice: {workers: 4}\n"
	                   "sources:\n"
	                   "  db: {url: 'sqlite:data/x.db', limits: {concurrency: %d}}\n"
	                   "assets:\n"
	                   "  a: {source: db, table: t, checks: [not_null: i]}\n"
	                   "  b: {source: db, table: t, checks: [not_null: i]}\n"
	                   "  c: {source: db, table: t, checks: [not_null: i]}\n"
	                   "  d: {source: db, table: t, checks: [not_null: i]}\n",
	                   _i));
	for (int i = 0; i < 4; i++)
		id[i] = order(WORK_CHECK, ((const char *[]){"a", "b", "c", "d"})[i]);
	ck_assert_int_eq(most_at_once(id, 4), _i);
}
END_TEST

START_TEST(an_asset_is_looked_at_once_at_a_time)
{
	struct sv id[2];

	two_assets();
	id[0] = order(WORK_CHECK, "a");
	id[1] = order(WORK_PROBE, "a");
	ck_assert_int_eq(most_at_once(id, 2), 1);
}
END_TEST

static struct sv finished[8];
static size_t nfinished;

static void
note_end(struct service *x UNUSED, const struct work *work, void *ctx UNUSED)
{
	finished[nfinished++] = work->id;
}

START_TEST(who_waits_goes_first)
{
	static const enum work_priority asked[] = {WORK_ROUTINE, WORK_SCHEDULED, WORK_ASKED, WORK_ON_EVENT};
	static const size_t expected[] = {2, 3, 1, 0};
	struct sv id[LEN(asked)];

	database("CREATE TABLE t(i); INSERT INTO t VALUES (1)");
	serve("project: t\nstore: state/weir.db\nservice: {workers: 1}\nsources: {db: {url: 'sqlite:data/x.db'}}\n"
	      "assets:\n"
	      "  a: {source: db, table: t, checks: [not_null: i]}\n  b: {source: db, table: t, checks: [not_null: i]}\n"
	      "  c: {source: db, table: t, checks: [not_null: i]}\n  d: {source: db, table: t, checks: [not_null: i]}\n");
	nfinished = 0;
	for (size_t i = 0; i < LEN(asked); i++) {
		struct work_order o = {.kind = WORK_CHECK, .priority = asked[i], .asset = (uint32_t)i};

		ck_assert(workshop_order(w, &o, note_end, NULL, &id[i], NULL));
	}
	ck_assert_int_eq(most_at_once(id, LEN(id)), 1);
	for (size_t i = 0; i < LEN(id); i++)
		ck_assert_msg(sv_eq(finished[i], id[expected[i]]), "%zu", i);
}
END_TEST

Suite *suite_workshop(void);

Suite *
suite_workshop(void)
{
	Suite *suite = suite_create("workshop");
	TCase *t = tcase_create("workshop");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_a_child_finds_is_stored_as_found_here);
	tcase_add_test(t, a_look_is_recorded_once);
	tcase_add_test(t, equal_orders_that_wait_are_one);
	tcase_add_test(t, an_order_of_no_check_is_refused);
	tcase_add_test(t, what_does_not_end_is_killed_and_an_error);
	tcase_add_test(t, databases_with_a_log_are_read);
	tcase_add_test(t, data_outside_of_the_roots_is_not_read);
	tcase_add_test(t, who_is_killed_costs_one_run_and_nothing_else);
	tcase_add_test(t, many_looks_share_children_and_one_that_hangs_costs_itself);
	tcase_add_loop_test(t, sources_bear_so_many_at_once_as_they_say, 1, 3);
	tcase_add_test(t, an_asset_is_looked_at_once_at_a_time);
	tcase_add_test(t, who_waits_goes_first);
	tcase_add_test(t, a_reload_goes_on_with_what_waits);
	tcase_add_test(t, a_catalog_that_is_another_on_disk_gives_no_verdict);
	suite_add_tcase(suite, t);
	return suite;
}
