/* Programs that are run: their input, output, status, and an end to those that do not end. */
#include <check.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/process.h"

static bool
run(struct arena *a, const char *script, struct sv input, int64_t timeout_us, bool one_output,
    struct process_end *ret, struct err *err)
{
	char *const argv[] = {"sh", "-c", (char *)(uintptr_t)script, NULL};
	const struct process p = {.argv = argv,
	                          .input = input,
	                          .timeout_us = timeout_us,
	                          .output_max = 1000,
	                          .one_output = one_output};

	return process_run(a, &p, ret, err);
}

static const struct {
	const char *script, *input;
	bool one_output;
	int status, signal;
	const char *out, *err;
} cases[] = {
	{"cat", "hello\n", false, 0, 0, "hello\n", ""},
	{"cat >&2; exit 3", "oh", false, 3, 0, "", "oh"},
	{"echo a; echo b >&2", "", true, 0, 0, "a\nb\n", ""},
	{"exit 75", "not read", false, 75, 0, "", ""},
	{"kill -TERM $$", "", false, 128 + SIGTERM, SIGTERM, "", ""},
	{"exec >&- 2>&-; exit 7", "", false, 7, 0, "", ""},
};

START_TEST(a_program_is_fed_and_heard)
{
	AUTO(arena) a = arena_new();
	struct process_end end;
	struct err err = {0};

	(void)signal(SIGPIPE, SIG_IGN); /* as the program does: one that reads nothing is no reason to die */
	ck_assert_msg(run(a, cases[_i].script, sv_of(cases[_i].input), 20 * US_PER_S, cases[_i].one_output,
	                  &end, &err),
	              "%s: %s", cases[_i].script, err.msg);
	ck_assert_int_eq(end.status, cases[_i].status);
	ck_assert_int_eq(end.signal, cases[_i].signal);
	ck_assert_msg(sv_is(end.out, cases[_i].out), SV_FMT, SV_ARG(end.out));
	ck_assert_msg(sv_is(end.err, cases[_i].err), SV_FMT, SV_ARG(end.err));
	ck_assert(!end.cut);
}
END_TEST

START_TEST(what_does_not_end_is_killed_with_its_children)
{
	AUTO(arena) a = arena_new();
	struct process_end end;
	struct err err = {0};
	int64_t start_ns = clock_mono_ns();

	ck_assert(!run(a, "sleep 60 & sleep 60", (struct sv){0}, US_PER_S / 5, false, &end, &err));
	ck_assert_int_eq(err.code, ERR_TIMEOUT);
	ck_assert_int_lt((clock_mono_ns() - start_ns) / 1000000, 20000);
}
END_TEST

/* The service takes its signals by reading them: blocked in all its threads, they would stay so in what it runs. */
START_TEST(a_program_starts_with_no_signal_blocked)
{
	AUTO(arena) a = arena_new();
	struct process_end end;
	struct err err = {0};
	sigset_t all, before;
	bool ran;

	sigfillset(&all);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &all, &before), 0);
	ran = run(a, "kill -TERM $$; echo still here", (struct sv){0}, 20 * US_PER_S, false, &end, &err);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	ck_assert_msg(ran, "%s", err.msg);
	ck_assert_int_eq(end.signal, SIGTERM);
	ck_assert_uint_eq(end.out.n, 0);
}
END_TEST

START_TEST(too_much_output_is_cut_and_said_so)
{
	AUTO(arena) a = arena_new();
	struct process_end end;
	struct err err = {0};

	ck_assert(run(a, "head -c 100000 /dev/zero | tr '\\0' x", (struct sv){0}, 20 * US_PER_S, false, &end,
	              &err));
	ck_assert_uint_eq(end.out.n, 1000);
	ck_assert(end.cut);
	ck_assert_int_eq(end.status, 0);
}
END_TEST

/*
 * qemu-user makes of vfork() a fork(): the child's mistake stays its own, and the C library reports a start.  There this can only be known by
 * status 127.
 */
static bool
starts_are_told(char *const *argv)
{
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, NULL) != 0)
		return true;
	(void)waitpid(pid, NULL, 0);
	return false;
}

START_TEST(a_program_that_is_not_there_is_named)
{
	AUTO(arena) a = arena_new();
	char *const argv[] = {"/no/such/program", NULL};
	const struct process p = {.argv = argv, .timeout_us = US_PER_S, .output_max = 10};
	struct process_end end;
	struct err err = {0};

	if (!starts_are_told(argv)) {
		ck_assert(process_run(a, &p, &end, &err));
		ck_assert_int_eq(end.status, 127);
		return;
	}
	ck_assert(!process_run(a, &p, &end, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.msg, "/no/such/program"));
}
END_TEST

START_TEST(the_last_line_is_what_people_read)
{
	ck_assert(sv_is(process_last_line(SV("a\nb  \n\n"), 100), "b"));
	ck_assert(sv_is(process_last_line(SV("abcdef"), 3), "abc"));
	ck_assert_uint_eq(process_last_line(SV(" \n"), 3).n, 0);
}
END_TEST

Suite *
suite_process(void)
{
	Suite *s = suite_create("process");
	TCase *t = tcase_create("process");

	tcase_add_loop_test(t, a_program_is_fed_and_heard, 0, (int)LEN(cases));
	tcase_add_test(t, what_does_not_end_is_killed_with_its_children);
	tcase_add_test(t, a_program_starts_with_no_signal_blocked);
	tcase_add_test(t, too_much_output_is_cut_and_said_so);
	tcase_add_test(t, a_program_that_is_not_there_is_named);
	tcase_add_test(t, the_last_line_is_what_people_read);
	suite_add_tcase(s, t);
	return s;
}
