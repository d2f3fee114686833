/*
 * Commands: a program of the user's takes the message on its standard input, as JSON or by the template, with the main facts in its
 * environment.  No shell is involved, so nothing that data says is ever read as a command.
 *
 *	exit 0    delivered
 *	exit 75   try again later (EX_TEMPFAIL), as any other failure
 *
 * Each runs in a process group of its own, which is killed when its time is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alert/post.h"
#include "alert/template.h"
#include "base/clock.h"
#include "base/fs.h"

enum { OUTPUT_MAX = 64 << 10, SHOWN_MAX = 200, ENV_MAX = 1000, TRY_LATER = 75 };
#define TIMEOUT_US (30 * US_PER_S)

struct command_config {
	const struct node *command;
	int64_t timeout_us;
};

static void
command_load(struct loader *l, void *rec, const struct node *n)
{
	struct command_config *c = rec;

	c->command = n;
	if (n->kind == NODE_SEQ && n->n == 0)
		diag_error(l->d, n->loc, "'command' is empty");
	for (size_t i = 0; n->kind == NODE_SEQ && i < n->n; i++) {
		struct sv text;

		if (!node_text(&n->kid[i], &text, l->d))
			continue;
		if ((i == 0 && text.n == 0) || (text.n > 0 && memchr(text.p, 0, text.n) != NULL))
			diag_error(l->d, n->kid[i].loc, "a word of 'command' is %s",
			           text.n == 0 ? "empty" : "not text");
	}
}

static const struct field command_fields[] = {
	{"command",
         "The program and its arguments, as a list; no shell.  A path with a slash is relative to this "
         "file's folder.",
         .kind = FIELD_TEXT, .required = true, .texts = true, .load = command_load},
	{"timeout", "Longest time it may take; default 30s.", .kind = FIELD_DURATION,
         .at = offsetof(struct command_config, timeout_us), .min = US_PER_S},
};
static const struct table command_table = TABLE("a command channel", command_fields);

/* What it is called with ---------------------------------------------------------------------------------------- */

static char **
arguments(struct arena *a, const struct node *command)
{
	const struct node *word = command->kind == NODE_SEQ ? command->kid : command;
	size_t n = command->kind == NODE_SEQ ? command->n : 1;
	char **argv = ARENA_ARRAY(a, char *, n + 1);

	for (size_t i = 0; i < n; i++)
		argv[i] = arena_str(a, word[i].text);
	if (sv_find(word[0].text, '/') >= 0)
		argv[0] = fs_join(a, fs_dirname(a, word[0].loc.file), word[0].text);
	return argv;
}

/* One line without control characters: these are for shell scripts, which forget quotes. */
static char *
variable(struct arena *a, const char *name, struct sv value)
{
	AUTO(buf) text = buf_new(TEMPLATE_OUT_MAX);

	escape_put(text, ESCAPE_LINE, (struct sv){value.p, MIN(value.n, (size_t)ENV_MAX)});
	return arena_printf(a, "WEIR_ALERT_%s=%s", name, buf_str(text));
}

static char **
environment(const struct channel_call *call)
{
	const struct notice *n = call->notice;
	const struct {
		const char *name;
		struct sv value;
	} facts[] = {
		{"ID", call->message->id},
		{"TYPE", n->type},
		{"TITLE", notice_title(call->a, n)},
		{"CHANNEL", call->channel->name},
		{"PROJECT", n->project},
		{"ENVIRONMENT", n->env},
		{"RUN_ID", n->run_id},
		{"COUNT", arena_svf(call->a, "%lld", (long long)n->count)},
		{"ATTEMPT", arena_svf(call->a, "%lld", (long long)call->message->attempts + 1)},
	};
	size_t kept = 0, i = 0;
	char **env;

	while (environ[i] != NULL)
		i++;
	env = ARENA_ARRAY(call->a, char *, i + LEN(facts) + 1);
	for (i = 0; environ[i] != NULL; i++)
		if (strncmp(environ[i], "WEIR_ALERT_", strlen("WEIR_ALERT_")) != 0)
			env[kept++] = environ[i];
	for (i = 0; i < LEN(facts); i++)
		env[kept++] = variable(call->a, facts[i].name, facts[i].value);
	return env;
}

/* The child ----------------------------------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int in, out; /* our ends; -1 = closed */
};

static void
close_pipes(int (*pipes)[2])
{
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 2; k++)
			if (pipes[i][k] >= 0)
				close(pipes[i][k]);
}

static bool
spawn(char **argv, char **env, struct child *ret, struct err *err)
{
	int pipes[2][2] = {{-1, -1}, {-1, -1}}, rc;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, pipe_only;

	if (pipe2(pipes[0], O_CLOEXEC) != 0 || pipe2(pipes[1], O_CLOEXEC) != 0) {
		err_set(err, ERR_IO, NOWHERE, "cannot make a pipe: %m");
		close_pipes(pipes);
		return false;
	}
	sigemptyset(&none);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&files, pipes[0][0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, pipes[1][1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, pipes[1][1], STDERR_FILENO);
	/* weir ignores SIGPIPE; programs expect its usual meaning. */
	posix_spawnattr_setsigdefault(&attr, &pipe_only);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr,
	                         POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawnp(&ret->pid, argv[0], &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (rc != 0) {
		close_pipes(pipes);
		errno = rc;
		return err_set(err, ERR_IO, NOWHERE, "cannot run '%s': %m", argv[0]);
	}
	close(pipes[0][0]);
	close(pipes[1][1]);
	ret->in = pipes[0][1];
	ret->out = pipes[1][0];
	return true;
}

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Feeds it and takes what it says, until it closes its output or its time is over: false then. */
static bool
converse(struct child *c, struct sv input, struct buf *output, int64_t end_ns)
{
	char piece[4096];

	(void)fcntl(c->in, F_SETFL, O_NONBLOCK);
	(void)fcntl(c->out, F_SETFL, O_NONBLOCK);
	if (input.n == 0)
		shut(&c->in);
	while (c->out >= 0) {
		struct pollfd fd[2] = {{.fd = c->out, .events = POLLIN}, {.fd = c->in, .events = POLLOUT}};
		int64_t left_ms = (end_ns - clock_mono_ns()) / 1000000;
		ssize_t n;

		if (left_ms <= 0)
			return false;
		if (poll(fd, 2, (int)MIN(left_ms, 60000)) <= 0)
			continue;
		if (fd[0].revents != 0) {
			n = read(c->out, piece, sizeof(piece));
			if (n > 0)
				(void)buf_add(output, (struct sv){piece, (size_t)n});
			else if (n == 0 || (errno != EAGAIN && errno != EINTR))
				shut(&c->out);
		}
		if (fd[1].revents != 0) {
			n = write(c->in, input.p, input.n);
			if (n > 0)
				input = sv_skip(input, (size_t)n);
			/* It need not read all of it. */
			if (input.n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
				shut(&c->in);
		}
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

/* The receipt --------------------------------------------------------------------------------------------------- */

/* The last line that it wrote, for people. */
static struct sv
last_line(struct arena *a, struct sv output)
{
	AUTO(buf) text = buf_new(TEMPLATE_OUT_MAX);
	struct sv line = {0}, rest = sv_trim(output);

	while (rest.n > 0)
		line = sv_cut(&rest, '\n');
	line.n = MIN(line.n, (size_t)SHOWN_MAX);
	escape_put(text, ESCAPE_LINE, line);
	return arena_sv(a, sv_trim(buf_sv(text)));
}

static void
receipt_of(struct arena *a, int status, struct sv output, struct receipt *ret)
{
	const bool ended = WIFEXITED(status);
	const int code = ended ? WEXITSTATUS(status) : WTERMSIG(status);
	struct sv line = last_line(a, output);

	*ret = (struct receipt){.result = ended && code == 0 ? DELIVERED : DELIVERY_FAILED,
	                        .status = ended ? code : 128 + code,
	                        .unavailable = ended && code == TRY_LATER};
	ret->outcome = arena_svf(a, ended ? "exit status %d" : "killed by signal %d", code);
	if (ret->result != DELIVERED && line.n > 0)
		ret->outcome = arena_svf(a, SV_FMT ": " SV_FMT, SV_ARG(ret->outcome), SV_ARG(line));
}

static void
run(struct arena *a, char **argv, char **env, struct sv input, int64_t timeout_us, struct receipt *ret)
{
	AUTO(buf) output = buf_new(OUTPUT_MAX);
	int64_t end_ns = clock_mono_ns() + timeout_us * 1000;
	struct child c;
	struct err err = {0};
	int status = 0;

	if (!spawn(argv, env, &c, &err)) {
		receipt_fail(a, ret, &err);
		return;
	}

	bool ended = converse(&c, input, output, end_ns) && wait_for(c.pid, end_ns, &status);

	shut(&c.in);
	shut(&c.out);
	/* Also what it left behind. */
	(void)kill(-c.pid, SIGKILL);
	if (ended) {
		receipt_of(a, status, buf_sv(output), ret);
		return;
	}
	(void)waitpid(c.pid, &status, 0);
	err_set(&err, ERR_TIMEOUT, NOWHERE, "it did not end within %.1f s and was killed",
	        (double)timeout_us / 1e6);
	receipt_fail(a, ret, &err);
}

static void
command_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	const struct node *template = node_get(call->channel->node, "template");
	const struct command_config *c = config;
	struct sv input = call->message->body;
	int64_t timeout = c->timeout_us > 0 ? c->timeout_us : TIMEOUT_US;
	struct err err = {0};

	if (template != NULL && !template_render(call->a, template->text, call->message->id, call->notice,
	                                         ESCAPE_LINE, &input, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}
	if (call->limit_us > 0)
		timeout = MIN(timeout, call->limit_us);
	run(call->a, arguments(call->a, c->command), environment(call), input, timeout, ret);
}

const struct channel_driver channel_command = {
	.type = "command",
	.doc = "Runs a program with the message on its standard input; exit status 0 means delivered.",
	.example = "{type: command, command: [./notify.sh, --urgent]}",
	.table = &command_table,
	.config_size = sizeof(struct command_config),
	.escape = ESCAPE_LINE,
	.send = command_send,
};
