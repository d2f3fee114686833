/*
 * Commands: a program of the user's takes the message on its standard input, as JSON or by the template, with the main facts in its
 * environment.  No shell is involved, so nothing that data says is ever read as a command.
 *
 *	exit 0    delivered
 *	exit 75   try again later (EX_TEMPFAIL), as any other failure
 *
 * Of weir's own environment it gets only what programs need to start, so that the passwords that others are given stay where they are.
 * Each runs in a process group of its own, which is killed when its time is over.
 */
#include <unistd.h>

#include "alert/post.h"
#include "alert/template.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/process.h"

enum { OUTPUT_MAX = 64 << 10, SHOWN_MAX = 200, ENV_MAX = 1000, TRY_LATER = 75 };
#define TIMEOUT_US (30 * US_PER_S)
#define FACTS "WEIR_ALERT_" /* how the names of the message's variables begin */

struct command_config {
	const struct node *command;
	int64_t timeout_us;
	const struct sv *env; /* further variables that are handed on */
	size_t nenv;
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

static void
env_load(struct loader *l, void *rec, const struct node *n)
{
	struct command_config *c = rec;

	if (!load_texts(l, n, &c->env, &c->nenv))
		return;
	for (size_t i = 0; i < c->nenv; i++) {
		const struct sv name = c->env[i];

		if (sv_find(name, '=') >= 0 || sv_find(name, '\0') >= 0)
			diag_error(l->d, n->loc, "'" SV_FMT "' is no name of a variable", SV_ARG(name));
		else if (sv_starts(name, SV(FACTS)))
			diag_error(l->d, n->loc, "'" SV_FMT "' is set by weir itself", SV_ARG(name));
	}
}

static const struct field command_fields[] = {
	{"command",
         "The program and its arguments, as a list; no shell.  A path with a slash is relative to this "
         "file's folder, where it starts.",
         .kind = FIELD_TEXT, .required = true, .texts = true, .load = command_load},
	{"env",
         "Names of further variables of weir's environment that the program gets; by itself it gets PATH, HOME, "
         "LANG, TZ and WEIR_*.",
         .kind = FIELD_TEXT, .texts = true, .load = env_load},
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
	return argv;
}

/* One line without control characters: these are for shell scripts, which forget quotes. */
static char *
variable(struct arena *a, const char *name, struct sv value)
{
	AUTO(buf) text = buf_new(TEMPLATE_OUT_MAX);

	escape_put(text, ESCAPE_LINE, (struct sv){value.p, MIN(value.n, (size_t)ENV_MAX)});
	return arena_printf(a, FACTS "%s=%s", name, buf_str(text));
}

static bool
is_handed_on(const struct command_config *c, const char *variable)
{
	static const char *const needed[] = {"PATH", "HOME", "LANG", "TZ"};
	struct sv rest = sv_of(variable);
	const struct sv name = sv_cut(&rest, '=');

	if (sv_starts(name, SV("WEIR_")))
		return !sv_starts(name, SV(FACTS));
	for (size_t i = 0; i < LEN(needed); i++)
		if (sv_is(name, needed[i]))
			return true;
	return sv_in(name, c->env, c->nenv);
}

static char **
environment(const struct channel_call *call, const struct command_config *c)
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
		if (is_handed_on(c, environ[i]))
			env[kept++] = environ[i];
	for (i = 0; i < LEN(facts); i++)
		env[kept++] = variable(call->a, facts[i].name, facts[i].value);
	return env;
}

/* The receipt --------------------------------------------------------------------------------------------------- */

/* The last line that it wrote, for people. */
static struct sv
last_line(struct arena *a, struct sv output)
{
	AUTO(buf) text = buf_new(TEMPLATE_OUT_MAX);

	escape_put(text, ESCAPE_LINE, process_last_line(output, SHOWN_MAX));
	return arena_sv(a, buf_sv(text));
}

static void
receipt_of(struct arena *a, const struct process_end *end, struct receipt *ret)
{
	const bool killed = end->signal != 0;
	struct sv line = last_line(a, end->out);

	*ret = (struct receipt){.result = end->status == 0 ? DELIVERED : DELIVERY_FAILED,
	                        .status = end->status,
	                        .unavailable = end->status == TRY_LATER};
	ret->outcome = arena_svf(a, killed ? "killed by signal %d" : "exit status %d",
	                         killed ? end->signal : end->status);
	if (ret->result != DELIVERED && line.n > 0)
		ret->outcome = arena_svf(a, SV_FMT ": " SV_FMT, SV_ARG(ret->outcome), SV_ARG(line));
}

static void
command_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	const struct node *template = node_get(call->channel->node, "template");
	const struct command_config *c = config;
	struct sv input = call->message->body;
	int64_t timeout = c->timeout_us > 0 ? c->timeout_us : TIMEOUT_US;
	struct process_end end;
	struct err err = {0};

	if (template != NULL && !template_render(call->a, template->text, call->message->id, call->notice,
	                                         ESCAPE_LINE, &input, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}
	if (call->limit_us > 0)
		timeout = MIN(timeout, call->limit_us);

	const struct process p = {.argv = arguments(call->a, c->command),
	                          .env = environment(call, c),
	                          .dir = fs_dirname(call->a, c->command->loc.file),
	                          .input = input,
	                          .timeout_us = timeout,
	                          .output_max = OUTPUT_MAX,
	                          .one_output = true};

	if (process_run(call->a, &p, &end, &err))
		receipt_of(call->a, &end, ret);
	else
		receipt_fail(call->a, ret, &err);
}

const struct channel_driver channel_command = {
	.type = "command",
	.doc = "Runs a program with the message on its standard input; exit status 0 means delivered. Its environment is PATH, HOME, "
	       "LANG, TZ, WEIR_* and what `env` names, as weir has them, and the main facts of the message as WEIR_ALERT_*.",
	.example = "{type: command, command: [./notify.sh, --urgent]}",
	.table = &command_table,
	.config_size = sizeof(struct command_config),
	.escape = ESCAPE_LINE,
	.parallel = 4,
	.send = command_send,
};
