#include "serve/forker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/num.h"

enum { SOCKET_FD = 3, MESSAGE_MAX = 256 };

struct forker {
	pid_t pid;
	int fd;
};

/* What is for the service alone: its children, and the programs that they start, could speak for it. */
static char **
environment(struct arena *a)
{
	static const char *const own[] = {
		"WEIR_LOG_FORMAT=", "WEIR_TOKEN=", "WEIR_TOKEN_FILE=", "NOTIFY_SOCKET=", "WATCHDOG_USEC=",
		"WATCHDOG_PID=",    "LISTEN_FDS=", "LISTEN_PID=",      "LISTEN_FDNAMES="};
	LIST(char *) list = {0};

	for (char **e = environ; *e != NULL; e++) {
		bool passed = true;

		for (size_t i = 0; i < LEN(own); i++)
			passed = passed && strncmp(*e, own[i], strlen(own[i])) != 0;
		if (passed)
			*LIST_ADD(a, &list) = *e;
	}
	/* Their lines go where the service's do. */
	if (log_format() != LOG_FORMAT_PLAIN)
		*LIST_ADD(a, &list) = (char *)(uintptr_t)arena_printf(
			a, "WEIR_LOG_FORMAT=%s", log_format_names[log_format() - LOG_FORMAT_FIRST]);
	*LIST_ADD(a, &list) = NULL;
	return list.v;
}

static bool
spawn(struct forker *f, const struct forker_options *o, int theirs, struct err *err)
{
	AUTO(arena) a = arena_new();
	char *const argv[] = {"weir",     "worker",
	                      "-C",       arena_str(a, sv_of(o->file)),
	                      "--env",    arena_str(a, sv_of(o->env)),
	                      "--socket", arena_printf(a, "%d", SOCKET_FD),
	                      "--loaded", arena_printf(a, "%lld", (long long)o->loaded_us),
	                      NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, own;
	int rc;

	sigemptyset(&none);
	sigfillset(&own);
	sigdelset(&own, SIGPIPE);
	sigdelset(&own, SIGXFSZ);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	/* A descriptor that is its own copy would keep its mark and be closed: it never has this number here. */
	posix_spawn_file_actions_adddup2(&files, theirs, SOCKET_FD);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &own);
	/* A key pressed at the terminal is for the service, which ends its forker itself. */
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr,
	                         POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(&f->pid, o->program, &files, &attr, argv, environment(a));
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (rc == 0)
		return true;
	f->pid = -1;
	errno = rc;
	return err_set(err, ERR_IO, NOWHERE, "cannot start '%s worker': %m", o->program);
}

bool
forker_start(const struct forker_options *o, struct forker **ret, struct err *err)
{
	AUTO(forker) f = xcalloc(1, sizeof(*f));
	int ends[2];

	f->pid = f->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot make a socket: %m");
	f->fd = ends[0];

	AUTO_FD theirs = ends[1];

	if (theirs == SOCKET_FD) {
		theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, SOCKET_FD + 1);
		close(ends[1]);
		if (theirs < 0)
			return err_set(err, ERR_IO, NOWHERE, "cannot copy a descriptor: %m");
	}
	if (fcntl(f->fd, F_SETFL, O_NONBLOCK) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot set up a socket: %m");
	if (!spawn(f, o, theirs, err))
		return false;
	*ret = STEAL(f);
	return true;
}

void
forker_free(struct forker *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->pid > 0) {
		/* Its children die with it. */
		(void)kill(f->pid, SIGKILL);
		while (waitpid(f->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	free(f);
}

int
forker_fd(const struct forker *f)
{
	return f->fd;
}

static enum forker_news
died(struct forker *f, struct err *why)
{
	int status = 0;
	pid_t got;

	/* Its end of the socket is closed: it ends now, or is made to. */
	(void)kill(f->pid, SIGKILL);
	do
		got = waitpid(f->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	f->pid = -1;
	if (got > 0 && WIFEXITED(status))
		err_set(why, ERR_INTERNAL, NOWHERE, "the worker ended with status %d", WEXITSTATUS(status));
	else
		err_set(why, ERR_INTERNAL, NOWHERE, "the worker was killed by signal %d",
		        got > 0 ? WTERMSIG(status) : 0);
	return FORKER_DIED;
}

/* "end", which errand, the status as of waitpid, and what it used. */
static bool
read_end(struct sv text, struct forker_end *ret)
{
	int64_t n[4];

	if (!sv_is(sv_cut(&text, ' '), "end"))
		return false;
	for (size_t i = 0; i < LEN(n); i++)
		if (!num_i64(sv_cut(&text, ' '), &n[i]))
			return false;
	*ret = (struct forker_end){.errand = n[0], .status = (int)n[1], .cpu_us = n[2], .memory_bytes = n[3]};
	return text.n == 0 && n[1] >= 0 && n[1] <= INT_MAX;
}

enum forker_news
forker_read(struct forker *f, struct forker_end *end, struct err *why)
{
	char text[MESSAGE_MAX];
	ssize_t n;

	do
		n = recv(f->fd, text, sizeof(text) - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return FORKER_NOTHING;
	if (n <= 0)
		return died(f, why);
	text[n] = '\0';
	if (sv_starts(sv_of(text), SV("ready")))
		return FORKER_READY;
	return read_end(sv_of(text), end) ? FORKER_ENDED : died(f, why);
}

/* What is passed on over the socket: the text and the descriptors. */
static bool
send_with(int fd, struct sv text, const int *passed, size_t n)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {0};
	struct iovec part = {.iov_base = (void *)(uintptr_t)text.p, .iov_len = text.n};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t sent;

	if (n > 0) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));

		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), passed, n * sizeof(int));
	}
	do
		sent = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent >= 0;
}

bool
forker_order(struct forker *f, int64_t errand, struct sv order, int *result, struct err *err)
{
	AUTO_FD memory = memfd_create("weir-order", MFD_CLOEXEC);
	char text[MESSAGE_MAX];
	int ends[2];

	if (memory < 0 || !fs_write_all(memory, order) || lseek(memory, 0, SEEK_SET) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot write an order: %m");
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot make a pipe: %m");

	AUTO_FD ours = ends[0];
	AUTO_FD theirs = ends[1];
	int passed[2] = {memory, theirs};

	snprintf(text, sizeof(text), "start %lld", (long long)errand);
	if (fcntl(ours, F_SETFL, O_NONBLOCK) != 0 || !send_with(f->fd, sv_of(text), passed, 2))
		return err_set(err, ERR_IO, NOWHERE, "cannot give an order to the worker: %m");
	*result = ours;
	ours = -1;
	return true;
}

void
forker_kill(struct forker *f, int64_t errand)
{
	char text[MESSAGE_MAX];

	snprintf(text, sizeof(text), "kill %lld", (long long)errand);
	/* Who does not take it is dead, which is news of its own, or so busy that it is asked again. */
	(void)send_with(f->fd, sv_of(text), NULL, 0);
}
