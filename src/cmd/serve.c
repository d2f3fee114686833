/* weir serve: the service. */
#include "serve/serve.h"

#include <stdlib.h>

#include "base/log.h"
#include "cmd/workspace.h"

static const struct option_def serve_options[] = {
	{"listen", 0, OPT_TEXT, "ADDR:PORT", NULL,
         "Where to listen: 127.0.0.1:8484, [::1]:8484, unix:PATH; port 0 takes a free one."},
	{"log-format", 0, OPT_ENUM, "FORMAT", log_format_names,
         "Of the lines on stderr: text (with the time), json (an object a line) or journal (systemd's priorities); default: "
         "$WEIR_LOG_FORMAT, else journal where stderr is the journal, else text."},
};

/* Workers are this very program, also when another one was installed in its place meanwhile. */
static const char program[] = "/proc/self/exe";

static bool
choose_log_format(struct options *o, struct err *err)
{
	const char *named = getenv("WEIR_LOG_FORMAT");

	if (opt(o, "log-format")->given)
		return opened_log_format(opt_text(o, "log-format"), err);
	if (named != NULL && named[0] != '\0')
		return opened_log_format(sv_of(named), err);
	log_set_format(log_is_journal() ? LOG_FORMAT_JOURNAL : LOG_FORMAT_TEXT);
	return true;
}

static int
serve_run_command(struct options *o)
{
	struct serve_options so = {
		.store = opt_text(o, "store"), .listen = opt_text(o, "listen"), .program = program};
	/* A clock that stands would never reach a deadline. */
	const struct clock clock = opt(o, "now")->given ? clock_started(opt(o, "now")->number) : clock_system;
	struct err err = {0};

	so.clock = &clock;
	so.catalog = opened_catalog_options(o);
	opened_log(o);
	if (!choose_log_format(o, &err))
		return output_failure(&err);
	return serve_run(&so, &err) ? 0 : output_failure(&err);
}

const struct command cmd_serve = {
	.name = "serve",
	.group = GROUP_DAILY,
	.synopsis = "[--listen ADDR:PORT]",
	.summary = "Serves: notices what is late, checks what is new, answers gates over HTTP, tells people",
	.doc = "Runs until it is told to end (SIGTERM or Ctrl-C), and finishes the requests that are open then. SIGHUP\n"
	       "loads the catalog anew; one with mistakes is told and not taken.\n"
	       "\n"
	       "It looks at the data of each asset every `service: probe_every`, notices deadlines when they pass, checks\n"
	       "new versions and at the times of `schedule:`, and sends alerts. Checks run in processes of their own with\n"
	       "limits. One service works with one state; the command line can be used beside it.\n"
	       "\n"
	       "On any other address than loopback it asks for tokens (weir token). GET /openapi.json describes what it\n"
	       "answers, /healthz and /readyz say how it is, /metrics is for Prometheus.",
	.example = "weir serve --listen 127.0.0.1:8484",
	.option = serve_options,
	.noption = LEN(serve_options),
	.max_args = 0,
	.run = serve_run_command,
};
