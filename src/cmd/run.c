/*
 * weir run: a command under guard.
 *
 *	gate ─► started ─► command ─► inputs again ─► checks ─► publish ─► materialized
 *	 75                its own      75              1, 3       125
 *
 * What ends early leaves a `failed` event; what is killed leaves the `started` one, which closes the gates behind it.  Nothing of weir's is
 * written to standard output: that is the command's.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "catalog/partition.h"
#include "cmd/child.h"
#include "cmd/deliver.h"
#include "cmd/gate.h"
#include "cmd/workspace.h"
#include "gate/guard.h"
#include "gate/publish.h"
#include "report/text.h"

enum { CLOSED = 75, NOT_FIT = 1, NOT_EVALUATED = 3, OWN_FAILURE = CHILD_FAILED };

struct guarded {
	struct options *o;
	struct opened *w;
	const struct asset *asset;
	struct partition partition;
	const struct partition *p; /* NULL = the whole */
	struct gate_request request;
	struct decision gate;
	struct report report;
	int64_t start_ns, started_seq;
	struct publishing publishing;
	bool publishes;
	bool kept; /* its verdicts are in the store */
	struct guard_move *move;
	size_t nmove;
	struct asset_result *result;
	size_t nresult;
};

/* On stderr --------------------------------------------------------------------------------------------------- */

static void say(const struct guarded *g, const char *fmt, ...) PRINTF(2, 3);

static void
say(const struct guarded *g, const char *fmt, ...)
{
	AUTO(buf) text = buf_new(1 << 16);
	va_list ap;

	va_start(ap, fmt);
	text_plain(text, sv_of(arena_vprintf(g->o->a, fmt, ap)));
	va_end(ap);
	fprintf(stderr, "weir: %s\n", buf_str(text));
}

static int
own_failure(const struct err *err)
{
	output_error(err);
	return OWN_FAILURE;
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

/* Passing checks are silent. */
static void
show_report(const struct guarded *g)
{
	AUTO(buf) text = buf_new((size_t)256 << 20);
	struct report_style style = g->w->style;
	struct err err = {0};

	if (g->report.outcome == OUTCOME_PASS || g->report.nasset == 0)
		return;
	style.colour = output_stderr_colour(g->o);
	if (report_format_find(SV("text"))->write(&g->report, &style, text, &err))
		fprintf(stderr, "%s", buf_str(text));
	else
		output_error(&err);
}

static struct sv
shown_version(struct sv v)
{
	return v.n > 0 ? v : SV("nothing that is known");
}

static void
show_moves(const struct guarded *g)
{
	for (size_t i = 0; i < g->nmove; i++) {
		const struct guard_move *m = &g->move[i];

		say(g, "changed: " SV_FMT "%s" SV_FMT " was " SV_FMT " at the gate, and is " SV_FMT " now",
		    SV_ARG(m->upstream), m->partition.n > 0 ? " " : "", SV_ARG(m->partition),
		    SV_ARG(shown_version(m->had)), SV_ARG(shown_version(m->now)));
	}
}

/* Events ------------------------------------------------------------------------------------------------------ */

static struct event
event_of(const struct guarded *g, enum event_kind kind, struct sv note)
{
	const int64_t now_us = clock_now_us(g->w->w.clock);

	return (struct event){
		.kind = kind,
		.asset = g->asset->key,
		.partition = g->p != NULL ? g->p->key : (struct sv){0},
		.at_us = now_us,
		.recorded_us = now_us,
		.updated_us = TIME_NONE,
		.data_through_us = TIME_NONE,
		.code_version = g->asset->code_version,
		.rows = -1,
		.run_id = sv_of(g->report.run_id),
		.reporter = SV("cli"),
		.note = note,
	};
}

/* The status stays what the failure was; only the record of it is missing. */
static int
failed(struct guarded *g, int status, struct sv note)
{
	struct event e = event_of(g, EVENT_FAILED, note);
	struct err err = {0};

	if (store_add_event(g->w->w.store, &e, &err))
		return status;
	output_error(&err);
	say(g, "that the run failed is not on record");
	return status;
}

static int
failed_by(struct guarded *g, int status, const struct err *err)
{
	output_error(err);
	if (g->publishes && err->code != ERR_NOT_FOUND)
		say(g, "the old output stays; what was made lies at '%s'", g->publishing.from);
	return failed(g, status, sv_of(err->msg));
}

static struct sv
note_of_moves(const struct guarded *g)
{
	AUTO(buf) b = buf_new(1 << 16);

	for (size_t i = 0; i < g->nmove && b->n < 1000; i++)
		buf_printf(b, "%s" SV_FMT "%s" SV_FMT,
		           i > 0 ? ", " : "changed while it was made: ", SV_ARG(g->move[i].upstream),
		           g->move[i].partition.n > 0 ? " " : "", SV_ARG(g->move[i].partition));
	return arena_sv(g->o->a, buf_sv(b));
}

/* The command ------------------------------------------------------------------------------------------------- */

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

	for (int i = 1; i < g->o->narg; i++)
		argv[i - 1] = g->o->arg[i];
	progress_end(&g->w->progress);
	fflush(stderr);
	end = child_run(a, argv, env, LEN(env));
	if (!end.started) {
		say(g, "cannot run '%s': %s", argv[0], strerror(end.error));
		return failed(g, end.status, arena_svf(a, "cannot run '%s'", argv[0]));
	}
	if (end.status == 0)
		return 0;
	return failed(g, end.status,
	              end.status > 128 ? arena_svf(a, "the command ended with status %d (signal %d)",
	                                           end.status, end.status - 128)
	                               : arena_svf(a, "the command ended with status %d", end.status));
}

/* Afterwards -------------------------------------------------------------------------------------------------- */

static bool
look_again(struct guarded *g, struct err *err)
{
	struct gate_facts now;

	if (!gate_collect(&g->w->w, g->asset, &g->request, &now, err))
		return false;
	guard_moves(g->o->a, &g->gate, &now, &g->move, &g->nmove);
	return true;
}

static void
evaluate_one(struct guarded *g, struct workspace *w, const struct asset *asset, const struct partition *p,
             struct asset_result *r)
{
	const struct checks *checks = &w->checks[asset->index];
	struct dataset d;
	struct err err = {0};

	*r = (struct asset_result){
		.asset = g->asset, .key = g->asset->key, .partition = p != NULL ? p->key : (struct sv){0}};
	if (run_dataset(w->a, w->catalog, asset, p, &d, &err))
		run_evaluate(w, &d, asset, p, checks, r);
	else
		run_refuse(w, checks, &err, r);
}

/* The stage if there is one, else what lies there: of a partitioned asset made as a whole, each partition. */
static bool
evaluate(struct guarded *g, struct err *err)
{
	struct workspace *w = g->publishes ? &g->publishing.staged : &g->w->w;
	const struct asset *asset = g->publishes ? g->publishing.stage : g->asset;
	struct partition *p = NULL;
	size_t n = 0;

	/* Checks that look at other assets are judged with these as they are from here on. */
	run_identify(w);
	if (g->p == NULL && asset->ndim > 0 && !run_partitions(w, asset, (struct sv){0}, &p, &n, err))
		return false;
	g->nresult = asset->ndim > 0 && g->p == NULL ? n : 1;
	g->result = ARENA_ARRAY(w->a, struct asset_result, g->nresult);
	for (size_t i = 0; i < g->nresult; i++)
		evaluate_one(g, w, asset, p != NULL ? &p[i] : g->p, &g->result[i]);
	g->report.asset = g->result;
	g->report.nasset = g->nresult;
	return g->nresult > 0 || err_set(err, ERR_NOT_FOUND, g->asset->data_loc,
	                                 "the command ended well, but no partition of '" SV_FMT "' is there",
	                                 SV_ARG(g->asset->key));
}

static bool
is_stored(const struct asset *asset)
{
	return asset->path.n > 0 || asset->table.n > 0 || asset->query.n > 0;
}

/*
 * The version of an asset whose versions are told, not seen: what the command itself told of this run, or the run's own name.  So every
 * run makes another version, and no verdict on an earlier one counts for it.
 */
static bool
told_version(struct guarded *g, struct sv *ret, struct err *err)
{
	struct sv partition = g->p != NULL ? g->p->key : (struct sv){0};
	struct event e;
	bool found;

	if (!store_last_event(g->w->w.store, g->o->a, g->asset->key, partition, EVENT_MATERIALIZED, INT64_MAX,
	                      &e, &found, err))
		return false;
	*ret = found && e.seq > g->started_seq && e.version.n > 0 ? e.version : sv_of(g->report.run_id);
	return true;
}

/* Verdicts under the version that gates will find; what cannot be told has none, and no verdict opens a gate for it. */
static bool
made_version(struct guarded *g, struct sv *ret, struct err *err)
{
	if (!is_stored(g->asset) || g->asset->version_from == VERSION_REPORTED) {
		if (!told_version(g, ret, err))
			return false;
		for (size_t i = 0; i < g->nresult; i++)
			g->result[i].data_version = *ret;
		return true;
	}
	if (g->nresult == 1 && (g->p != NULL || g->asset->ndim == 0) && g->result[0].data_version.n > 0) {
		*ret = g->result[0].data_version;
		return true;
	}
	return run_version(&g->w->w, g->asset, g->p, ret, err);
}

/* The whole run with its verdicts and its event, or nothing of it. */
static bool
keep(struct guarded *g, enum event_kind kind, struct sv version, struct sv note, struct err *err)
{
	struct event e = event_of(g, kind, note);
	struct event_input *input;

	if (kind == EVENT_MATERIALIZED) {
		guard_inputs(g->o->a, &g->gate, g->move, g->nmove, g->report.run_id, &input, &e.ninput);
		e.input = input;
		e.inputs_given = true;
		e.version = version;
	}
	g->kept = run_keep(&g->w->w, &g->report, &e, err);
	return g->kept;
}

static int
kept(struct guarded *g, enum event_kind kind, struct sv version, struct sv note, int status)
{
	struct err err = {0};

	if (keep(g, kind, version, note, &err))
		return status;
	output_error(&err);
	say(g, "the command ended well%s, but the run is not on record",
	    kind == EVENT_MATERIALIZED && g->publishes ? ", and its output was published" : "");
	return OWN_FAILURE;
}

static int
exit_of(const struct guarded *g, struct guard_verdict v)
{
	if (v.errors > 0)
		return NOT_EVALUATED;
	return v.failed > 0 ? output_status(g->o, NOT_FIT) : 0;
}

static struct sv
note_of_verdict(const struct guarded *g, struct guard_verdict v)
{
	AUTO(buf) b = buf_new(1 << 16);

	for (size_t i = 0; i < g->nresult; i++) {
		if (g->result[i].err.code != ERR_NONE && b->n < 1000) {
			buf_printf(b, "%s%s", b->n > 0 ? "; " : "", g->result[i].err.msg);
			continue;
		}
		for (size_t k = 0; k < g->result[i].ncheck && b->n < 1000; k++) {
			const struct check_result *c = &g->result[i].check[k];
			bool counts = c->verdict.outcome == OUTCOME_ERROR ||
			              (c->waiver == NULL &&
			               check_blocks(true, c->check->severity, c->verdict.outcome));

			if (c->check->blocking && counts)
				buf_printf(b, "%s" SV_FMT ": " SV_FMT, b->n > 0 ? "; " : "",
				           SV_ARG(c->check->id), SV_ARG(c->verdict.message));
		}
	}
	return v.failed + v.errors > 0 ? arena_sv(g->o->a, buf_sv(b)) : (struct sv){0};
}

static int
publish(struct guarded *g, struct guard_verdict v)
{
	struct sv judged = g->result[0].data_version, version, note = note_of_moves(g);
	struct err err = {0};
	bool proven;

	if (v.failed + v.errors > 0) {
		say(g, "not published: the old output stays; what was made lies at '%s'", g->publishing.from);
		return kept(g, EVENT_FAILED, (struct sv){0}, note_of_verdict(g, v), exit_of(g, v));
	}
	if (!publish_swap(&g->publishing, judged, &version, &proven, &err))
		return failed_by(g, err.code == ERR_CHANGED ? CLOSED : OWN_FAILURE, &err);
	if (!proven) {
		say(g, "changed: '%s' was published, but something else has written there since",
		    g->publishing.to);
		return kept(g, EVENT_MATERIALIZED, (struct sv){0},
		            SV("written by something else when it was published"), CLOSED);
	}
	g->result[0].data_version = version;
	if (!made_version(g, &version, &err))
		return own_failure(&err);
	return kept(g, EVENT_MATERIALIZED, version, note, 0);
}

/* What lies there was made, whatever is thought of it; gates find the verdicts. */
static int
record(struct guarded *g, struct guard_verdict v, bool stopped)
{
	struct sv version = {0}, note = note_of_moves(g);
	struct err err = {0};

	if (!made_version(g, &version, &err)) {
		output_error(&err);
		return kept(g, EVENT_FAILED, (struct sv){0}, sv_of(err.msg),
		            stopped ? CLOSED : NOT_EVALUATED);
	}
	return kept(g, EVENT_MATERIALIZED, version, note, stopped ? CLOSED : exit_of(g, v));
}

static int
finish(struct guarded *g)
{
	struct guard_verdict v;
	struct err err = {0};
	bool stopped;

	if (!look_again(g, &err))
		return failed_by(g, OWN_FAILURE, &err);
	show_moves(g);
	stopped = guard_worst(g->move, g->nmove) == EFFECT_BLOCK;
	if (stopped && g->publishes) {
		say(g, "not published: the old output stays; what was made lies at '%s'", g->publishing.from);
		return failed(g, CLOSED, note_of_moves(g));
	}
	if (g->publishes && !publish_settle(&g->publishing, &err))
		return failed_by(g, err.code == ERR_NOT_FOUND ? NOT_EVALUATED : OWN_FAILURE, &err);
	if (is_stored(g->asset) && !evaluate(g, &err)) {
		output_error(&err);
		return failed(g, NOT_EVALUATED, sv_of(err.msg));
	}
	progress_end(&g->w->progress);
	run_end(&g->w->w, &g->report, g->start_ns);
	v = guard_judge(g->result, g->nresult);
	show_report(g);
	return g->publishes ? publish(g, v) : record(g, v, stopped);
}

/* Before ------------------------------------------------------------------------------------------------------ */

/*
 * Who holds the lock of the stage is alone: a run that has begun with it and not ended was killed.  Its start would close the gates behind
 * for a day, also when this run has made all good.
 */
static bool
end_killed(struct guarded *g, struct err *err)
{
	struct event last = event_of(g, EVENT_FAILED, SV("killed: its end was never told"));
	struct event e;
	bool found;

	for (;;) {
		if (!store_open_start(g->w->w.store, g->o->a, last.asset, last.partition,
		                      last.at_us - g->asset->gate.in_progress_expires_us,
		                      last.at_us + FUTURE_TOLERANCE_US, &e, &found, err))
			return false;
		/* Other reporters know more of theirs. */
		if (!found || e.run_id.n == 0 || e.at_us > last.at_us)
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
		say(g, "an earlier run left '%s': moved to '%s'", g->publishing.from, aside);
	if (g->publishes && !end_killed(g, &err))
		return own_failure(&err);
	started = event_of(g, EVENT_STARTED, (struct sv){0});
	if (!store_add_event(g->w->w.store, &started, &err))
		return own_failure(&err);
	g->started_seq = started.seq;
	status = run_command(g);
	return status != 0 ? status : finish(g);
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

	if (!gate_decide(&g->w->w, &g->request, &g->gate, &err))
		return own_failure(&err);
	progress_end(&g->w->progress);
	show_gate(g);
	if (!g->gate.allow)
		return CLOSED;
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
		return OWN_FAILURE;
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

const struct command cmd_run = {
	.name = "run",
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
	.failure = OWN_FAILURE,
	.asset_args = true,
	.run = run_run,
};
