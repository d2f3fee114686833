#include "cmd/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

static bool
is_replaced(const char *entry, const struct child_env *env, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(env[i].name);

		if (strncmp(entry, env[i].name, len) == 0 && entry[len] == '=')
			return true;
	}
	return false;
}

static char **
environment(struct arena *a, const struct child_env *env, size_t n)
{
	LIST(char *) list = {0};

	for (char **e = environ; *e != NULL; e++)
		if (!is_replaced(*e, env, n))
			*LIST_ADD(a, &list) = *e;
	for (size_t i = 0; i < n; i++)
		if (env[i].value != NULL)
			*LIST_ADD(a, &list) = arena_printf(a, "%s=%s", env[i].name, env[i].value);
	*LIST_ADD(a, &list) = NULL;
	return list.v;
}

/* What weir waits for.  A signal that is ignored (nohup) stays so, for both. */
static void
watched(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < LEN(forwarded); i++) {
		struct sigaction now;

		if (sigaction(forwarded[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(set, forwarded[i]);
	}
}

/* The mask that weir had, and the signals that weir ignores for itself, as programs expect them. */
static int
spawn(struct arena *a, const char *const *argv, char **envp, const sigset_t *mask, pid_t *pid)
{
	char **words;
	posix_spawnattr_t attr;
	sigset_t normal;
	size_t n = 0;
	int rc;

	while (argv[n] != NULL)
		n++;
	words = ARENA_ARRAY(a, char *, n + 1);
	for (size_t i = 0; i < n; i++)
		words[i] = arena_str(a, sv_of(argv[i]));
	sigemptyset(&normal);
	sigaddset(&normal, SIGPIPE);
	sigaddset(&normal, SIGXFSZ);
	rc = posix_spawnattr_init(&attr);
	if (rc != 0)
		return rc;
	rc = posix_spawnattr_setsigmask(&attr, mask);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(&attr, &normal);
	if (rc == 0)
		rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = posix_spawnp(pid, words[0], NULL, &attr, words, envp);
	posix_spawnattr_destroy(&attr);
	return rc;
}

/* Has it ended?  It may also have been stopped, which is between it and the terminal. */
static bool
reap(pid_t pid, int *status)
{
	pid_t got;

	do
		got = waitpid(pid, status, WNOHANG);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		*status = CHILD_FAILED << 8; /* somebody else took its status: nobody knows how it ended */
	return got != 0;
}

static int
wait_for(pid_t pid, const sigset_t *set)
{
	int status;

	while (!reap(pid, &status)) {
		siginfo_t info;
		int signal = sigwaitinfo(set, &info);

		/*
		 * What the kernel sends (a key, a lost terminal) went to the whole group, and so to the
		 * command.
		 */
		if (signal > 0 && signal != SIGCHLD && info.si_code <= 0)
			(void)kill(pid, signal);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * A signal that came too late for the command is weir's own again, and ends it; but a key reached the command
 * while it was there, and how it ended is the answer to that.
 */
static void
settle_pending(const sigset_t *set)
{
	siginfo_t info;
	int signal;

	while ((signal = sigtimedwait(set, &info, &(struct timespec){0})) > 0)
		if (signal != SIGCHLD && info.si_code <= 0) {
			(void)raise(signal);
			return;
		}
}

struct child_end
child_run(struct arena *a, const char *const *argv, const struct child_env *env, size_t n)
{
	char **envp = environment(a, env, n);
	struct child_end end = {0};
	sigset_t set, old;
	pid_t pid;

	/* Ignored, it would let the kernel throw the command's status away. */
	(void)signal(SIGCHLD, SIG_DFL);
	watched(&set);
	if (sigprocmask(SIG_BLOCK, &set, &old) != 0) {
		end.error = errno;
		return end;
	}
	end.error = spawn(a, argv, envp, &old, &pid);
	if (end.error == 0) {
		end.started = true;
		end.status = wait_for(pid, &set);
		settle_pending(&set);
	} else {
		end.status = end.error == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE;
	}
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return end;
}
