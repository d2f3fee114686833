#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"

/* Its standard streams, by number: pipes, and our ends of them. */
struct child {
	pid_t pid;
	int theirs[3], ours[3]; /* -1 = closed */
};

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
child_close(struct child *c)
{
	for (int i = 0; i < 3; i++) {
		shut(&c->theirs[i]);
		shut(&c->ours[i]);
	}
}

static bool
make_pipes(struct child *c, bool one_output, struct err *err)
{
	for (int i = 0; i < (one_output ? 2 : 3); i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) != 0)
			return err_set(err, ERR_IO, NOWHERE, "cannot make a pipe: %m");
		c->theirs[i] = ends[i == STDIN_FILENO ? 0 : 1];
		c->ours[i] = ends[i == STDIN_FILENO ? 1 : 0];
		(void)fcntl(c->ours[i], F_SETFL, O_NONBLOCK);
	}
	return true;
}

static bool
spawn(struct child *c, const struct process *p, struct err *err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, ignored;
	int rc;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	sigaddset(&ignored, SIGXFSZ);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&files, c->theirs[c->theirs[i] >= 0 ? i : STDOUT_FILENO], i);
	if (p->dir != NULL)
		posix_spawn_file_actions_addchdir_np(&files, p->dir);
	/* weir ignores these; programs expect their usual meaning. */
	posix_spawnattr_setsigdefault(&attr, &ignored);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr,
	                         POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawnp(&c->pid, p->argv[0], &files, &attr, p->argv, p->env != NULL ? p->env : environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	for (int i = 0; i < 3; i++)
		shut(&c->theirs[i]);
	if (rc == 0)
		return true;
	errno = rc;
	return err_set(err, ERR_IO, NOWHERE, "cannot run '%s': %m", p->argv[0]);
}

/* What does not fit is read all the same, so that the program can go on. */
static void
take(int *fd, struct buf *into)
{
	char piece[4096];
	ssize_t n = read(*fd, piece, sizeof(piece));

	if (n > 0)
		buf_add(into, (struct sv){piece, MIN((size_t)n, into->max - into->n)});
	if ((size_t)MAX(n, 0) > 0 && into->n >= into->max)
		into->full = true;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(fd);
}

static void
feed(int *fd, struct sv *input)
{
	ssize_t n = write(*fd, input->p, input->n);

	if (n > 0)
		*input = sv_skip(*input, (size_t)n);
	if (input->n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(fd);
}

/* Feeds it and takes what it says, until it closes its outputs or its time is over: false then. */
static bool
converse(struct child *c, struct sv input, struct buf *out, struct buf *errors, int64_t end_ns)
{
	if (input.n == 0)
		shut(&c->ours[STDIN_FILENO]);
	while (c->ours[STDOUT_FILENO] >= 0 || c->ours[STDERR_FILENO] >= 0) {
		struct pollfd fd[3] = {{.fd = c->ours[0], .events = POLLOUT},
		                       {.fd = c->ours[1], .events = POLLIN},
		                       {.fd = c->ours[2], .events = POLLIN}};
		int64_t left_ms = (end_ns - clock_mono_ns()) / 1000000;

		if (left_ms <= 0)
			return false;
		if (poll(fd, LEN(fd), (int)MIN(left_ms, 60000)) <= 0)
			continue;
		if (fd[0].revents != 0)
			feed(&c->ours[0], &input);
		if (fd[1].revents != 0)
			take(&c->ours[1], out);
		if (fd[2].revents != 0)
			take(&c->ours[2], errors);
	}
	return true;
}

/* Waits for its end, at most until end_ns; *status as of waitpid. */
static bool
wait_for(pid_t pid, int64_t end_ns, int *status)
{
	long pause_ns = 200000;

	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got == pid)
			return true;
		if ((got < 0 && errno != EINTR) || clock_mono_ns() >= end_ns)
			return false;
		nanosleep(&(struct timespec){.tv_nsec = pause_ns}, NULL);
		pause_ns = MIN(pause_ns * 2, 20000000L);
	}
}

bool
process_run(struct arena *a, const struct process *p, struct process_end *ret, struct err *err)
{
	struct child c = {.theirs = {-1, -1, -1}, .ours = {-1, -1, -1}};
	int64_t end_ns = clock_mono_ns() + MIN(p->timeout_us, INT64_MAX / 4000) * 1000;
	AUTO(buf) out = buf_new(p->output_max);
	AUTO(buf) errors = buf_new(p->output_max);
	int status = 0;

	if (!make_pipes(&c, p->one_output, err) || !spawn(&c, p, err)) {
		child_close(&c);
		return false;
	}

	bool ended = converse(&c, p->input, out, errors, end_ns) && wait_for(c.pid, end_ns, &status);

	child_close(&c);
	/* Also what it left behind. */
	(void)kill(-c.pid, SIGKILL);
	if (!ended) {
		/* It may have gone to another group. */
		(void)kill(c.pid, SIGKILL);
		(void)waitpid(c.pid, &status, 0);
		return err_set(err, ERR_TIMEOUT, NOWHERE, "it did not end within %.1f s and was killed",
		               (double)p->timeout_us / 1e6);
	}
	*ret = (struct process_end){
		.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		.signal = WIFEXITED(status) ? 0 : WTERMSIG(status),
		.out = arena_sv(a, buf_sv(out)),
		.err = arena_sv(a, buf_sv(errors)),
		.cut = out->full || errors->full,
	};
	return true;
}

struct sv
process_last_line(struct sv output, size_t max)
{
	struct sv line = {0}, rest = sv_trim(output);

	while (rest.n > 0)
		line = sv_cut(&rest, '\n');
	line = sv_trim(line);
	line.n = MIN(line.n, max);
	return line;
}

bool
process_memory(int64_t *mapped_bytes, int64_t *resident_bytes)
{
	const int64_t page = sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");
	char line[128] = "";
	struct sv rest;
	int64_t mapped, resident;
	bool read;

	if (f == NULL)
		return false;
	read = fgets(line, sizeof(line), f) != NULL;
	fclose(f);
	rest = sv_of(line);
	if (!read || !num_i64(sv_cut(&rest, ' '), &mapped) || !num_i64(sv_cut(&rest, ' '), &resident))
		return false;
	*mapped_bytes = mapped * page;
	*resident_bytes = resident * page;
	return true;
}
