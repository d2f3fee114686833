/* What a process in the sandbox can do no more.  Each question is asked in a child, whose exit status is the answer. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "serve/sandbox.h"

static char dir[64];

static void
setup(void)
{
	char name[128];
	FILE *f;

	strcpy(dir, "/tmp/weir-sandbox-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/in", dir);
	ck_assert_int_eq(mkdir(name, 0755), 0);
	snprintf(name, sizeof(name), "%s/in/data", dir);
	f = fopen(name, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	snprintf(name, sizeof(name), "%s/out", dir);
	f = fopen(name, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	snprintf(name, sizeof(name), "%s/tmp", dir);
	ck_assert_int_eq(mkdir(name, 0755), 0);
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static const char *
at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static bool
opens(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
reads_its_folder(void)
{
	return opens(at("in/data"), O_RDONLY);
}
static bool
reads_beside_it(void)
{
	return opens(at("out"), O_RDONLY);
}
static bool
reads_passwords(void)
{
	return opens("/etc/passwd", O_RDONLY);
}
static bool
writes_its_folder(void)
{
	return opens(at("in/data"), O_WRONLY);
}
static bool
makes_in_its_folder(void)
{
	return opens(at("in/new"), O_WRONLY | O_CREAT);
}
static bool
makes_in_tmp(void)
{
	return opens(at("tmp/new"), O_WRONLY | O_CREAT);
}
static bool
makes_in_shared_tmp(void)
{
	return opens("/tmp/weir-sandbox-test", O_WRONLY | O_CREAT);
}
static bool
writes_to_nowhere(void)
{
	return opens("/dev/null", O_RDWR);
}
static bool
has_memory(void)
{
	return malloc(1 << 20) != NULL;
}
static bool
makes_children(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid;
}
static bool
has_network(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}
static bool
has_sockets(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}
static bool
traces(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}
static bool
mounts(void)
{
	return mount("none", at("tmp"), "tmpfs", 0, NULL) == 0;
}
static bool
makes_namespaces(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}
static bool
kills_its_parent(void)
{
	return kill(getppid(), 0) == 0;
}
static bool
raises_limits(void)
{
	struct rlimit r = {.rlim_cur = 4096, .rlim_max = 4096};

	return setrlimit(RLIMIT_NOFILE, &r) == 0;
}
static bool
starts_programs(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static const struct {
	const char *what;
	bool (*try)(void);
	bool plain, exec; /* whether it can, and where programs may be started */
} questions[] = {
	{"reads its folder", reads_its_folder, true, true},
	{"reads beside it", reads_beside_it, false, true},
	{"reads /etc/passwd", reads_passwords, false, true},
	{"writes in its folder", writes_its_folder, false, false},
	{"makes files in its folder", makes_in_its_folder, false, false},
	{"makes files in its temporary folder", makes_in_tmp, true, true},
	{"makes files in /tmp", makes_in_shared_tmp, false, false},
	{"writes to nowhere", writes_to_nowhere, true, true},
	{"has memory", has_memory, true, true},
	{"makes children", makes_children, true, true},
	{"has a network", has_network, false, false},
	{"has sockets", has_sockets, false, false},
	{"traces", traces, false, false},
	{"mounts", mounts, false, false},
	{"makes namespaces", makes_namespaces, false, false},
	{"kills its parent", kills_its_parent, false, false},
	{"raises its limits", raises_limits, false, false},
	{"starts programs", starts_programs, false, true},
};

static int
ask(bool (*try)(void), const struct sandbox *s)
{
	struct err err = {0};
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (!sandbox_enter(s, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			_exit(2);
		}
		_exit(try() ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

START_TEST(a_process_in_the_sandbox_can_do_what_it_must_and_no_more)
{
	char in[128], tmp[128];
	const char *readable[] = {strcpy(in, at("in")), "/does/not/exist"};
	const char *writable[] = {strcpy(tmp, at("tmp"))};
	struct sandbox s = {.file_bytes = 1 << 20,
	                    .readable = readable,
	                    .nreadable = 2,
	                    .writable = writable,
	                    .nwritable = 1};
	const char *missing;

	for (int m = 0; m < SANDBOX_MEASURES; m++) {
		ck_assert_int_gt((int)strlen(sandbox_measure((enum sandbox_measure)m, &missing)), 0);
		/* Where the kernel cannot, nothing can be asked. */
		if (missing != NULL)
			return;
	}
	ck_assert_msg(ask(questions[_i].try, &s) == (questions[_i].plain ? 1 : 0), "%s", questions[_i].what);
	s.exec = s.everywhere = true;
	ck_assert_msg(ask(questions[_i].try, &s) == (questions[_i].exec ? 1 : 0), "with programs: %s",
	              questions[_i].what);
}
END_TEST

START_TEST(time_and_files_are_limited)
{
	struct err err = {0};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!sandbox_enter(&(struct sandbox){.cpu_s = 1}, &err))
			_exit(2);
		for (volatile unsigned i = 0;; i++)
			;
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
}
END_TEST

Suite *suite_sandbox(void);

Suite *
suite_sandbox(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *t = tcase_create("sandbox");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, a_process_in_the_sandbox_can_do_what_it_must_and_no_more, 0, LEN(questions));
	tcase_add_test(t, time_and_files_are_limited);
	suite_add_tcase(suite, t);
	return suite;
}
