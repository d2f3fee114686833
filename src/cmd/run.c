/*
 * weir run: a command under guard.
 *
 *	gate ─► started ─► command ─► inputs again ─► checks ─► publish ─► materialized
 *	 75                its own      75              1, 3       125
 *
 * What ends early leaves a `failed` event; what is killed leaves the `started` one, which closes the gates
 * behind it.  Nothing of weir's is written to standard output: that is the command's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "catalog/partition.h"
#include "cmd/deliver.h"
#include "cmd/gate.h"
#include "cmd/guarded_remote.h"
#include "run/told.h"

static int
own_failure(const struct err *err)
{
	output_error(err);
	return GUARDED_OWN_FAILURE;
}

static bool
gate_says_something(const struct decision *d)
{
	bool any = d->would_block;

	for (size_t i = 0; i < d->nreason; i++)
		any = any || d->reason[i].effect != EFFECT_ALLOW || d->reason[i].kind == REASON_OVERRIDDEN;
	return any;
}

static void
show_gate(const struct guarded *g)
{
	AUTO(buf) text = buf_new((size_t)64 << 20);

	if (!gate_says_something(&g->gate) || (g->gate.allow && opt_flag(g->o, "quiet")))
		return;
	gate_text(&g->gate, output_stderr_colour(g->o), g->w->style.unicode, text);
	fprintf(stderr, "%s", buf_str(text));
}

/*
 * The command
 * -------------------------------------------------------------------------------------------------
 */

/* The command may go elsewhere before it writes. */
static const char *
stage_for_command(const struct guarded *g)
{
	const char *from = g->publishing.from;
	char *here;

	if (!g->publishes)
		return NULL;
	if (g->asset->path.n == 0 || from[0] == '/')
		return from;
	here = getcwd(NULL, 0);
	if (here != NULL)
		from = fs_join(g->o->a, arena_str(g->o->a, sv_of(here)), sv_of(from));
	free(here);
	return from;
}

static int
run_command(struct guarded *g)
{
	struct arena *a = g->o->a;
	const char **argv = ARENA_ARRAY(a, const char *, (size_t)g->o->narg);
	const struct child_env env[] = {
		{"WEIR_ASSET", arena_str(a, g->asset->key)},
		{"WEIR_PARTITION", g->p != NULL ? arena_str(a, g->p->key) : ""},
		{"WEIR_RUN_ID", g->report.run_id},
		{"WEIR_STAGE", stage_for_command(g)},
	};
	struct child_end end;

	/* What the command tells itself, by `weir events add` say, goes where the run is on record. */
	if (g->service != NULL)
		remote_export(g->service);
	for (int i = 1; i < g->o->narg; i++)
		argv[i - 1] = g->o->arg[i];
	progress_end(&g->w->progress);
	fflush(stderr);
	end = child_run(a, argv, env, LEN(env));
	if (!end.started) {
		guarded_say(g, "cannot run '%s': %s", argv[0], strerror(end.error));
		return guarded_failed(g, end.status, arena_svf(a, "cannot run '%s'", argv[0]));
	}
	if (end.status == 0)
		return 0;
	return guarded_failed(g, end.status,
	                      end.status > 128
	                              ? arena_svf(a, "the command ended with status %d (signal %d)",
	                                          end.status, end.status - 128)
	                              : arena_svf(a, "the command ended with status %d", end.status));
}

/*
 * Before
 * ------------------------------------------------------------------------------------------------------
 */

/*
 * Who holds the lock of the stage is alone: a run that has begun with it and not ended was killed.  Its start
 * would close the gates behind for a day, also when this run has made all good.
 */
static bool
end_killed(struct guarded *g, struct err *err)
{
	struct event last = guarded_event(g, EVENT_FAILED, SV("killed: its end was never told"));
	struct event e;
	bool found;

	for (;;) {
		if (!store_open_start(g->w->w.store, g->o->a, last.asset, last.partition,
		                      last.at_us - g->asset->gate.in_progress_expires_us,
		                      last.at_us + FUTURE_TOLERANCE_US, &e, &found, err))
			return false;
		/* Other reporters know more of theirs. */
		if (!found || e.run_id.n == 0 || !sv_eq(e.reporter, last.reporter) || e.at_us > last.at_us)
			return true;
		last.run_id = e.run_id;
		last.id = (struct sv){0};
		if (!store_add_event(g->w->w.store, &last, err))
			return false;
	}
}

static int
guarded_run(struct guarded *g)
{
	struct err err = {0};
	struct event started;
	const char *aside = NULL;
	int status;

	run_begin(&g->w->w, "run", &g->report, &g->start_ns);
	if (g->publishes &&
	    !publish_begin(&g->w->w, g->asset, g->p, g->report.run_id, &g->publishing, &aside, &err))
		return own_failure(&err);
	if (aside != NULL)
		guarded_say(g, "an earlier run left '%s': moved to '%s'", g->publishing.from, aside);
	/* Through a service there may be a run on another machine, with a stage of its own. */
	if (g->publishes && g->service == NULL && !end_killed(g, &err))
		return own_failure(&err);
	started = guarded_event(g, EVENT_STARTED, (struct sv){0});
	if (!guarded_tell(g, &started, &err))
		return own_failure(&err);
	g->started_seq = started.seq;
	g->started_id = arena_sv(g->o->a, started.id);
	status = run_command(g);
	return status != 0 ? status : guarded_finish(g);
}

static bool
fits(struct guarded *g, struct err *err)
{
	const struct asset *asset = g->asset;

	if (g->request.partition.n > 0) {
		if (!partition_parse(g->o->a, asset, g->request.partition, &g->partition, err))
			return err_prefix(err, "--partition");
		g->p = &g->partition;
		g->request.partition = g->partition.key;
	}
	g->publishes = asset->publish.stage.n > 0;
	if (g->publishes && asset->ndim > 0 && g->p == NULL) {
		err_set(err, ERR_USAGE, asset->publish.loc, "'" SV_FMT "' is published by partition",
		        SV_ARG(asset->key));
		return err_hint(err, "say which one: --partition K");
	}
	return true;
}

static int
ask_and_run(struct guarded *g)
{
	struct err err = {0};
	int status;

	if (g->service != NULL ? !guarded_remote_gate(g, &err)
	                       : !gate_decide(&g->w->w, &g->request, &g->gate, &err))
		return own_failure(&err);
	progress_end(&g->w->progress);
	show_gate(g);
	if (!g->gate.allow)
		return GUARDED_CLOSED;
	g->asset = catalog_asset(g->w->w.catalog, g->request.asset);
	if (!fits(g, &err))
		return own_failure(&err);
	status = guarded_run(g);
	publish_end(&g->publishing);
	return status;
}

static bool
has_command(const struct options *o, struct err *err)
{
	if (o->before == 1 && o->narg > 1)
		return true;
	err_set(err, ERR_USAGE, NOWHERE,
	        o->before < 0 ? "the command must stand behind a `--`"
	                      : "weir run takes one ASSET before the `--`, and a command behind it");
	return err_hint(err, "for example weir run marts/sales -- make sales");
}

static int
run_run(struct options *o)
{
	struct guarded g = {.o = o, .publishing = {.lock = -1}};
	struct err err = {0};
	struct opened w;
	int status;

	if (!has_command(o, &err) || !gate_request(o, &g.request, &err))
		return own_failure(&err);
	if (!opened_catalog(o, &w))
		return GUARDED_OWN_FAILURE;
	g.w = &w;
	if (!opened_state(o, STORE_WRITE, &w, &err))
		return own_failure(&err);
	status = ask_and_run(&g);
	if (g.kept)
		deliver_alerts(&w);
	fflush(stderr);
	opened_close(&w);
	return status;
}

static int
run_remote(struct options *o)
{
	AUTO(remote) service = NULL;
	struct guarded g = {.o = o, .publishing = {.lock = -1}};
	struct err err = {0};
	struct opened w;
	int status;

	if (!has_command(o, &err) || !gate_request(o, &g.request, &err) || !remote_open(o, &service, &err))
		return own_failure(&err);
	if (!opened_catalog(o, &w))
		return GUARDED_OWN_FAILURE;
	g.w = &w;
	g.service = service;
	g.asset = told_asset(o->a, w.w.catalog, g.request.asset, &err);
	if (g.asset == NULL || !gate_usual_names(o->a, w.w.catalog, &g.request, &err) ||
	    !opened_memory(o, &w, &err))
		return own_failure(&err);
	status = ask_and_run(&g);
	fflush(stderr);
	opened_close(&w);
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.group = GROUP_PIPELINE,
	.synopsis = "ASSET [--partition K] [OPTION…] -- CMD [ARG…]",
	.summary = "Runs the command that makes an asset, if its gate is open, and checks what it made",
	.doc = "Asks the gate, records that the run started, runs the command (no shell; WEIR_ASSET, "
	       "WEIR_PARTITION, WEIR_RUN_ID\n"
	       "and, with `publish:`, WEIR_STAGE are set), looks at the inputs again, checks the output, and "
	       "records what it was\n"
	       "made from.  With `publish:` the output is checked in its stage and takes its place only when "
	       "the "
	       "blocking checks pass.\n"
	       "\n"
	       "Exit status: the command's own when that is not 0 (128+N for signal N, 127 not found, 126 "
	       "not "
	       "executable);\n"
	       "75 the gate is closed, or an input changed meanwhile; 1 a blocking check of the output "
	       "failed; "
	       "3 one could not be\n"
	       "evaluated, or there is no output; 125 a failure of weir's own.",
	.example = "weir run marts/sales -- python3 sales.py",
	.option = gate_options,
	.noption = GATE_OPTIONS,
	.reads_data = true,
	.min_args = 1,
	.max_args = -1,
	.failure = GUARDED_OWN_FAILURE,
	.asset_args = true,
	.run = run_run,
	.remote = run_remote,
};
