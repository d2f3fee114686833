/* Transactions that commands hand over to a service: a child process is the service. */
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/db.h"
#include "store/handover.h"
#include "store/outbox.h"
#include "store/waiver.h"

static char dir[64], path[96];
static pid_t child;

static struct store *
open_mode(enum store_mode mode)
{
	struct store *s = NULL;
	struct err err = {0};

	ck_assert_msg(store_open(sv_of(path), mode, SV("default"), &clock_system, &s, &err), "%s", err.msg);
	return s;
}

/* What the service was told of changes, one line a commit. */
static void
note_change(void *ctx, const struct handover_change *c)
{
	FILE *f = ctx;

	fprintf(f, "%s%s", c->all ? "all " : "", c->outbox ? "outbox " : "");
	for (size_t i = 0; i < c->n; i++)
		fprintf(f, SV_FMT " ", SV_ARG(c->asset[i]));
	fprintf(f, "\n");
	fflush(f);
}

static void
serve_for_ever(int ready)
{
	struct store *s = NULL;
	struct handover *h = NULL;
	struct err err = {0};
	char log[128];
	FILE *f;

	snprintf(log, sizeof(log), "%s.changes", path);
	f = fopen(log, "w");
	if (f == NULL || !store_open(sv_of(path), STORE_WRITE, SV("default"), &clock_system, &s, &err) ||
	    !handover_open(s, note_change, f, &h, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		_exit(1);
	}
	if (write(ready, "1", 1) != 1)
		_exit(1);
	for (;;) {
		struct pollfd p = {.fd = handover_fd(h), .events = POLLIN};

		if (poll(&p, 1, -1) > 0)
			handover_ready(h);
	}
}

static void
start(void)
{
	int ready[2];
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		serve_for_ever(ready[1]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
}

static void
stop(int how)
{
	kill(child, how);
	waitpid(child, NULL, 0);
	child = 0;
}

static void
setup(void)
{
	strcpy(dir, "/tmp/weir-handover-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/state.db", dir);
	start();
}

static void
teardown(void)
{
	char command[128];

	if (child > 0)
		stop(SIGKILL);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static struct event
event_of(const char *asset)
{
	return (struct event){.kind = EVENT_MATERIALIZED,
	                      .asset = sv_of(asset),
	                      .at_us = 1000,
	                      .updated_us = TIME_NONE,
	                      .data_through_us = 77,
	                      .rows = -1,
	                      .reporter = SV("test")};
}

static size_t
count_events(void)
{
	AUTO(store) s = open_mode(STORE_READ);
	AUTO(arena) a = arena_new();
	struct event *e;
	size_t n;

	ck_assert(store_list_events(s, a, (struct sv){0}, 100000, &e, &n, NULL));
	return n;
}

static bool
opens_for_writing(void)
{
	char link[64], to[256], want[128];
	bool found = false;

	snprintf(want, sizeof(want), "%s", path);
	for (int fd = 0; fd < 256; fd++) {
		struct stat st;
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, to, sizeof(to) - 1);
		if (n <= 0)
			continue;
		to[n] = '\0';
		/* The mode of the link is the mode of the descriptor. */
		if (strcmp(to, want) == 0 && lstat(link, &st) == 0 && (st.st_mode & S_IWUSR) != 0)
			found = true;
	}
	return found;
}

START_TEST(what_is_written_beside_a_service_is_stored_by_it)
{
	AUTO(store) s = open_mode(STORE_WRITE);
	AUTO(arena) a = arena_new();
	static const struct event_input in[] = {{.key = SV("raw/x"), .version = SV("7")}};
	static const struct event_metric m[] = {{.name = SV("auc"), .value = 0.125}};
	struct event e = event_of("marts/sales"), got;
	bool found;

	ck_assert(!opens_for_writing());
	e.input = in;
	e.ninput = 1;
	e.inputs_given = true;
	e.metric = m;
	e.nmetric = 1;
	e.note = SV("it's \"so\"");
	ck_assert(store_add_event(s, &e, NULL));
	ck_assert_int_eq(e.seq, 1);
	ck_assert(!opens_for_writing());
	ck_assert(store_last_event(s, a, SV("marts/sales"), (struct sv){0}, EVENT_MATERIALIZED, INT64_MAX,
	                           &got, &found, NULL));
	ck_assert(found);
	ck_assert(sv_eq(got.id, e.id));
	ck_assert(sv_eq(got.note, e.note));
	ck_assert_int_eq(got.data_through_us, 77);
	ck_assert_int_eq(got.updated_us, TIME_NONE);
	ck_assert_int_eq(got.rows, -1);
	ck_assert_int_eq((int64_t)got.ninput, 1);
	ck_assert(sv_is(got.input[0].version, "7"));
	ck_assert(got.metric[0].value == 0.125);
}
END_TEST

START_TEST(reads_in_a_transaction_see_its_own_writes_and_others_do_not)
{
	AUTO(store) s = open_mode(STORE_WRITE);
	AUTO(arena) a = arena_new();
	struct event e = event_of("a"), f = event_of("b"), *list;
	size_t n;

	ck_assert(store_begin(s, NULL));
	ck_assert(store_add_event(s, &e, NULL));
	ck_assert(store_add_event(s, &f, NULL));
	ck_assert_int_eq(f.seq, e.seq + 1);
	ck_assert(store_list_events(s, a, (struct sv){0}, 10, &list, &n, NULL));
	ck_assert_int_eq((int64_t)n, 2);
	ck_assert(sv_is(list[0].asset, "b"));
	ck_assert_int_eq((int64_t)count_events(), 0);
	store_rollback(s);
	ck_assert_int_eq((int64_t)count_events(), 0);
	/* And the next one begins afresh. */
	ck_assert(store_add_event(s, &e, NULL));
	ck_assert_int_eq((int64_t)count_events(), 1);
}
END_TEST

START_TEST(a_refused_statement_stores_nothing_and_says_why)
{
	AUTO(store) s = open_mode(STORE_WRITE);
	struct event e = event_of("a");
	struct err err = {0};

	e.id = SV("same");
	ck_assert(store_begin(s, NULL));
	ck_assert(store_add_event(s, &e, NULL));
	ck_assert(!store_add_event(s, &e, &err));
	ck_assert_msg(strstr(err.msg, "UNIQUE") != NULL, "%s", err.msg);
	ck_assert(!store_commit(s, NULL));
	ck_assert_int_eq((int64_t)count_events(), 0);
}
END_TEST

static size_t
count_verdicts(const char *run)
{
	AUTO(store) s = open_mode(STORE_READ);
	int64_t counts[5];

	ck_assert(store_run_counts(s, sv_of(run), counts, NULL));
	return (size_t)(counts[0] + counts[1] + counts[2] + counts[3] + counts[4]);
}

/* So many that answers are taken in between; the verdicts' texts are larger than a socket's buffer. */
START_TEST(a_run_of_many_verdicts_is_stored_whole_and_a_failure_in_it_not_at_all)
{
	enum { N = 500 };
	AUTO(store) s = open_mode(STORE_WRITE);
	AUTO(arena) a = arena_new();
	struct stored_run run = {.id = SV("r1"), .kind = SV("check")};
	struct stored_verdict v[N] = {{.asset = SV("a")}};
	char *text = arena_alloc(a, 5000);
	struct err err = {0};

	memset(text, 'x', 4999);
	for (size_t i = 0; i < N; i++)
		v[i] = (struct stored_verdict){.asset = SV("a"),
		                               .version = SV("1"),
		                               .check_id = SV("c"),
		                               .check_hash = arena_svf(a, "%zu", i),
		                               .message = {text, 4999},
		                               .at_us = 1};
	ck_assert(store_add_run(s, &run, v, N, NULL));
	ck_assert_uint_eq(count_verdicts("r1"), N);
	/* The same run again: the first statement fails, which nobody waits for. */
	ck_assert(!store_add_run(s, &run, v, N, &err));
	ck_assert_msg(strstr(err.msg, "UNIQUE") != NULL, "%s", err.msg);
	ck_assert_uint_eq(count_verdicts("r1"), N);
	/* And with one write alone it is the commit that tells. */
	ck_assert(store_begin(s, NULL));
	(void)!store_add_run(s, &run, v, 0, NULL);
	err = (struct err){0};
	ck_assert(!store_commit(s, &err));
	ck_assert_msg(strstr(err.msg, "UNIQUE") != NULL || strstr(err.msg, "nothing was stored") != NULL,
	              "%s", err.msg);
	run.id = SV("r2");
	ck_assert(store_add_run(s, &run, v, N, NULL));
	ck_assert_uint_eq(count_verdicts("r2"), N);
}
END_TEST

START_TEST(the_service_is_told_which_assets_changed)
{
	AUTO(store) s = open_mode(STORE_WRITE);
	struct event e = event_of("raw/one");
	struct waiver w = {
		.check = SV("c"), .reason = SV("r"), .who = SV("me"), .until_us = 10, .ended_us = TIME_NONE};
	struct message m = {.channel = SV("slack"), .type = SV("test"), .body = SV("{}")};
	char log[128], text[256] = "";
	FILE *f;

	ck_assert(store_add_event(s, &e, NULL));
	ck_assert(store_add_waiver(s, &w, NULL));
	ck_assert(store_add_message(s, &m, NULL));
	/* The answer comes before the board is told: another transaction waits for that. */
	ck_assert(store_begin(s, NULL));
	store_rollback(s);
	snprintf(log, sizeof(log), "%s.changes", path);
	f = fopen(log, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, f), 0);
	fclose(f);
	ck_assert_str_eq(text, "raw/one \nall \noutbox \n");
}
END_TEST

START_TEST(a_service_that_dies_leaves_nothing_half_written_and_the_command_an_error)
{
	AUTO(store) s = open_mode(STORE_WRITE);
	struct event e = event_of("a");
	struct err err = {0};

	ck_assert(store_begin(s, NULL));
	ck_assert(store_add_event(s, &e, NULL));
	stop(SIGKILL);
	ck_assert(!store_add_event(s, &e, &err));
	ck_assert_msg(strstr(err.msg, "service") != NULL, "%s", err.msg);
	store_rollback(s);
	ck_assert_int_eq((int64_t)count_events(), 0);
	/* Its socket is still there, and means nothing: the command writes itself. */
	ck_assert(store_add_event(s, &e, NULL));
	ck_assert(opens_for_writing());
	ck_assert_int_eq((int64_t)count_events(), 1);
}
END_TEST

START_TEST(a_store_that_was_opened_first_hands_over_to_a_service_that_came_later)
{
	struct event e = event_of("a");

	stop(SIGKILL);

	AUTO(store) s = open_mode(STORE_WRITE);

	ck_assert(opens_for_writing());
	ck_assert(store_add_event(s, &e, NULL));
	start();
	e.id = (struct sv){0};
	ck_assert(store_add_event(s, &e, NULL));
	ck_assert_int_eq(e.seq, 2);
	stop(SIGKILL);
	e.id = (struct sv){0};
	ck_assert(store_add_event(s, &e, NULL));
	ck_assert_int_eq((int64_t)count_events(), 3);
}
END_TEST

START_TEST(a_command_that_stalls_is_rolled_back_and_others_go_on)
{
	AUTO(store) s = open_mode(STORE_WRITE);
	AUTO(store) t = open_mode(STORE_WRITE);
	struct event e = event_of("stalls"), f = event_of("b");
	struct err err = {0};

	ck_assert(store_begin(s, NULL));
	ck_assert(store_add_event(s, &e, NULL));
	ck_assert(store_add_event(t, &f, NULL)); /* waits until the other is thrown out */
	ck_assert(!store_commit(s, &err));
	ck_assert_msg(strstr(err.msg, "service") != NULL, "%s", err.msg);
	ck_assert_int_eq((int64_t)count_events(), 1);
}
END_TEST

START_TEST(a_command_that_dies_at_any_point_leaves_all_or_nothing)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();
		size_t n;

		if (pid == 0) {
			struct store *s = open_mode(STORE_WRITE);

			for (;;) {
				struct event e = event_of("a"), f = event_of("b");

				if (!store_begin(s, NULL) || !store_add_event(s, &e, NULL) ||
				    !store_add_event(s, &f, NULL) || !store_commit(s, NULL))
					_exit(1);
			}
		}
		usleep((useconds_t)(5000 + 3137 * i));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		n = count_events();
		ck_assert_msg(n % 2 == 0, "%zu events", n);
	}
	ck_assert_uint_gt(count_events(), 0);
}
END_TEST

START_TEST(a_second_service_is_refused)
{
	AUTO(store) s = open_mode(STORE_WRITE);
	struct handover *h = NULL;
	struct err err = {0};

	ck_assert(!handover_open(s, note_change, NULL, &h, &err));
	ck_assert_msg(strstr(err.msg, "another weir serve") != NULL, "%s", err.msg);
	ck_assert_ptr_null(h);
}
END_TEST

START_TEST(the_sending_turn_is_the_services)
{
	AUTO(store) s = open_mode(STORE_WRITE);
	struct lock *turn;
	bool mine;

	ck_assert(store_take_sending(s, &turn, &mine, NULL));
	ck_assert(!mine);
	stop(SIGKILL);
	ck_assert(store_take_sending(s, &turn, &mine, NULL));
	ck_assert(mine);
	lock_close(turn);
}
END_TEST

START_TEST(only_its_user_may_connect)
{
	char socket[128];
	struct stat st;

	snprintf(socket, sizeof(socket), "%s.service", path);
	ck_assert_int_eq(stat(socket, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777u, 0600);
}
END_TEST

START_TEST(nonsense_on_the_socket_is_survived)
{
	static const struct sv nonsense[] = {
		{"x", 1},
		{"\1\0\0\0\0\0\0\0\1", 9},
		{"\1\0\0\0\0\0\0\0\2", 9},
		{"\1\0\0\0\0\0\0\0\4", 9},
		{"\0\0\0\0\0\0\0\0", 8},
		{"\377\377\377\377\377\377\377\377", 8},
		{"GET / HTTP/1.1\r\n\r\n", 18},
	};
	struct event e = event_of("a");

	for (size_t i = 0; i < LEN(nonsense); i++) {
		struct sockaddr_un to = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		snprintf(to.sun_path, sizeof(to.sun_path), "%s.service", path);
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
		ck_assert_int_eq(send(fd, nonsense[i].p, nonsense[i].n, MSG_NOSIGNAL),
		                 (ssize_t)nonsense[i].n);
		close(fd);
	}

	AUTO(store) s = open_mode(STORE_WRITE);

	ck_assert(store_add_event(s, &e, NULL));
	ck_assert_int_eq((int64_t)count_events(), 1);
}
END_TEST

/* Also by who may connect: a command that was led astray asks as its user. */
START_TEST(only_rows_are_read_and_written_over_the_socket)
{
	static const char *const refused[] = {
		"ATTACH ':memory:' AS x",
		"ATTACH '/tmp/other' AS x",
		"PRAGMA user_version = 7",
		"PRAGMA writable_schema = 1",
		"PRAGMA journal_mode",
		"PRAGMA secure_delete = OFF",
		"SELECT load_extension('x.so')",
		"DROP TABLE event",
		"ALTER TABLE event RENAME TO x",
		"CREATE TABLE x (y)",
		"CREATE VIEW x AS SELECT 1",
		"CREATE TRIGGER x AFTER INSERT ON event BEGIN DELETE FROM run; END",
		"CREATE TEMP TRIGGER x AFTER INSERT ON event BEGIN DELETE FROM run; END",
		"CREATE TEMP TABLE event (x)",
		"CREATE TEMP VIEW event AS SELECT 1",
		"CREATE INDEX x ON event (kind)",
		"COMMIT",
		"COMMIT; BEGIN",
		"SAVEPOINT x",
		"ANALYZE",
		"REINDEX",
	};

	for (size_t i = 0; i < LEN(refused); i++) {
		AUTO(store) s = open_mode(STORE_WRITE);
		struct event e = event_of("a");
		struct err err = {0};

		ck_assert(store_begin(s, NULL));
		ck_assert(store_add_event(s, &e, NULL));
		ck_assert_msg(!db_exec(s, refused[i], "try it", &err), "%s", refused[i]);
		ck_assert_msg(strstr(err.msg, "authorized") != NULL || strstr(err.msg, "prohibited") != NULL,
		              "%s: %s", refused[i], err.msg);
		ck_assert(!store_commit(s, NULL));
	}
	ck_assert_int_eq((int64_t)count_events(), 0);
}
END_TEST

START_TEST(a_statement_without_an_end_is_ended)
{
	static const char sql[] = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
				  "SELECT count(*) FROM n";
	AUTO(store) s = open_mode(STORE_WRITE);
	AUTO(store) t = open_mode(STORE_WRITE);
	struct event e = event_of("a");
	struct err err = {0};

	ck_assert(store_begin(s, NULL));
	ck_assert(!db_exec(s, sql, "count", &err)); /* not waited for as long as it takes */
	store_rollback(s);
	ck_assert(store_add_event(t, &e, NULL));
	ck_assert_int_eq((int64_t)count_events(), 1);
}
END_TEST

Suite *
suite_handover(void)
{
	Suite *s = suite_create("handover");
	TCase *t = tcase_create("handover");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_is_written_beside_a_service_is_stored_by_it);
	tcase_add_test(t, reads_in_a_transaction_see_its_own_writes_and_others_do_not);
	tcase_add_test(t, a_refused_statement_stores_nothing_and_says_why);
	tcase_add_test(t, a_run_of_many_verdicts_is_stored_whole_and_a_failure_in_it_not_at_all);
	tcase_add_test(t, the_service_is_told_which_assets_changed);
	tcase_add_test(t, a_service_that_dies_leaves_nothing_half_written_and_the_command_an_error);
	tcase_add_test(t, a_store_that_was_opened_first_hands_over_to_a_service_that_came_later);
	tcase_add_test(t, a_command_that_stalls_is_rolled_back_and_others_go_on);
	tcase_add_test(t, a_command_that_dies_at_any_point_leaves_all_or_nothing);
	tcase_add_test(t, a_second_service_is_refused);
	tcase_add_test(t, the_sending_turn_is_the_services);
	tcase_add_test(t, only_its_user_may_connect);
	tcase_add_test(t, nonsense_on_the_socket_is_survived);
	tcase_add_test(t, only_rows_are_read_and_written_over_the_socket);
	tcase_add_test(t, a_statement_without_an_end_is_ended);
	suite_add_tcase(s, t);
	return s;
}
