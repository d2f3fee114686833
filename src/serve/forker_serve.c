/*
 * The forker itself: a loop over its socket and the ends of its children, with one thread and nothing of its own to lose.
 *
 * Each errand gets a monitor, and that the child which does the work.  The monitor is not in the sandbox and touches nothing while the child
 * runs; it makes and removes the child's folder, also where the child was killed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "serve/errand.h"
#include "serve/forker.h"

enum { MESSAGE_MAX = 256, CHILDREN_MAX = 1024, ORDER_FD = 3, RESULT_FD = 4, FIRST_FREE_FD = 5 };

struct monitored {
	int64_t errand;
	pid_t pid;
};

struct serving {
	const struct project *project;
	int socket, signals;
	struct monitored child[CHILDREN_MAX];
	size_t n;
};

/*
 * The monitor
 * -----------------------------------------------------------------------------------------------------
 */

static void
remove_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	/* SQLite makes files, no folders; what else was made there stays, and says so. */
	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	if (rmdir(path) != 0)
		log_warn("the temporary folder '%s' stays: %s", path, strerror(errno));
}

/* Waits for the child, and kills it with all that it started when told to. */
static int
watch(pid_t child)
{
	sigset_t set;
	int status = 0;
	pid_t got;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		got = waitpid(child, &status, WNOHANG);
		if (got == child || (got < 0 && errno != EINTR))
			break;
		if (sigwaitinfo(&set, NULL) == SIGTERM) {
			(void)kill(-child, SIGKILL);
			(void)kill(child, SIGKILL);
		}
	}
	/* Also what it left behind. */
	(void)kill(-child, SIGKILL);
	return status;
}

/* Ends as the child did, without another core or message. */
static _Noreturn void
end_as(int status)
{
	if (WIFSIGNALED(status)) {
		const struct rlimit none = {0};
		sigset_t set;

		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(WTERMSIG(status), SIG_DFL);
		sigfillset(&set);
		(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
		(void)raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

static _Noreturn void
child_main(const struct project *p, const char *folder, pid_t monitor)
{
	sigset_t none;

	sigemptyset(&none);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != monitor)
		_exit(1);
	(void)signal(SIGTERM, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* No handlers of the end of the program: they are the forker's. */
	_exit(errand_do(p, folder, ORDER_FD, RESULT_FD) ? 0 : 1);
}

static _Noreturn void
monitor_main(const struct serving *s, pid_t forker)
{
	const char *tmp = getenv("TMPDIR");
	char folder[4096];
	pid_t child, self = getpid();
	int status;

	(void)setpgid(0, 0);
	/* Blocked until watch() listens: then the child is killed, and the folder goes. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != forker)
		_exit(1);
	snprintf(folder, sizeof(folder), "%s/weir-XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	if (mkdtemp(folder) == NULL)
		folder[0] = '\0';
	child = fork();
	if (child == 0)
		child_main(s->project, folder[0] != '\0' ? folder : NULL, self);
	close(RESULT_FD);
	status = child > 0 ? watch(child) : 1 << 8;
	if (folder[0] != '\0')
		remove_folder(folder);
	end_as(status);
}

/*
 * The loop
 * ------------------------------------------------------------------------------------------------------
 */

/* Only the two descriptors that came with the order, and the standard ones, are left. */
static void
keep_descriptors(int order, int result)
{
	int a = fcntl(order, F_DUPFD_CLOEXEC, FIRST_FREE_FD),
	    b = fcntl(result, F_DUPFD_CLOEXEC, FIRST_FREE_FD);

	if (a < 0 || b < 0 || dup2(a, ORDER_FD) < 0 || dup2(b, RESULT_FD) < 0 ||
	    close_range(FIRST_FREE_FD, ~0U, 0) != 0)
		_exit(1);
	(void)fcntl(ORDER_FD, F_SETFD, FD_CLOEXEC);
	(void)fcntl(RESULT_FD, F_SETFD, FD_CLOEXEC);
}

static void
tell_end(const struct serving *s, int64_t errand, int status, const struct rusage *used)
{
	const int64_t cpu_us = ((int64_t)used->ru_utime.tv_sec + (int64_t)used->ru_stime.tv_sec) * 1000000 +
	                       used->ru_utime.tv_usec + used->ru_stime.tv_usec;
	char text[MESSAGE_MAX];
	int n = snprintf(text, sizeof(text), "end %lld %d %lld %lld", (long long)errand, status,
	                 (long long)cpu_us, (long long)used->ru_maxrss * 1024);

	/* The keeper reads as soon as it can: a full socket is waited for. */
	while (send(s->socket, text, (size_t)n, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static void
start(struct serving *s, int64_t errand, int order, int result)
{
	const struct rusage none = {0};
	const pid_t self = getpid();
	pid_t pid = s->n < CHILDREN_MAX && order >= 0 && result >= 0 ? fork() : -1;

	if (pid == 0) {
		keep_descriptors(order, result);
		monitor_main(s, self);
	}
	if (pid > 0)
		s->child[s->n++] = (struct monitored){.errand = errand, .pid = pid};
	else
		tell_end(s, errand, 1 << 8, &none);
}

static void
reap(struct serving *s)
{
	struct signalfd_siginfo info;
	struct rusage used;
	int status;
	pid_t pid;

	while (read(s->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0)
		for (size_t i = 0; i < s->n; i++)
			if (s->child[i].pid == pid) {
				tell_end(s, s->child[i].errand, status, &used);
				s->child[i] = s->child[--s->n];
				break;
			}
}

static void
stop(const struct serving *s, int64_t errand)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->child[i].errand == errand)
			(void)kill(s->child[i].pid, SIGTERM);
}

/* The text of a message, and its descriptors (-1: none); 0 = the keeper is gone. */
static ssize_t
receive(int socket, char text[MESSAGE_MAX], int passed[2])
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
	struct iovec part = {.iov_base = text, .iov_len = MESSAGE_MAX - 1};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);

	passed[0] = passed[1] = -1;
	for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL; c != NULL; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(passed, CMSG_DATA(c), MIN(c->cmsg_len - CMSG_LEN(0), 2 * sizeof(int)));
	text[MAX(n, 0)] = '\0';
	return n;
}

/* False: the keeper is gone. */
static bool
take_message(struct serving *s)
{
	char text[MESSAGE_MAX];
	int64_t errand;
	int passed[2];
	ssize_t n = receive(s->socket, text, passed);
	struct sv order, rest;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;
	rest = sv_of(text);
	order = sv_cut(&rest, ' ');
	if (num_i64(rest, &errand) && sv_is(order, "start"))
		start(s, errand, passed[0], passed[1]);
	else if (num_i64(rest, &errand) && sv_is(order, "kill"))
		stop(s, errand);
	for (size_t i = 0; i < 2; i++)
		if (passed[i] >= 0)
			close(passed[i]);
	return true;
}

bool
forker_serve(const struct project *p, int socket, struct err *err)
{
	static const char ready[] = "ready";
	struct serving s = {.project = p, .socket = socket};
	sigset_t set;

	/* A monitor that is told to stop before it listens must find that later. */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot set up signals: %m");
	sigdelset(&set, SIGTERM);
	s.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s.signals < 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot set up signals: %m");
	(void)fcntl(socket, F_SETFD, FD_CLOEXEC);
	if (send(socket, ready, sizeof(ready) - 1, MSG_NOSIGNAL) < 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot answer the service: %m");
	for (;;) {
		struct pollfd fd[2] = {{.fd = socket, .events = POLLIN}, {.fd = s.signals, .events = POLLIN}};

		if (poll(fd, 2, -1) < 0)
			continue;
		if (fd[1].revents != 0)
			reap(&s);
		if (fd[0].revents != 0 && !take_message(&s))
			break;
	}
	/* What runs dies with this process. */
	close(s.signals);
	return true;
}
