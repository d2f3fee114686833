/*
 * What follows a command that ended well: the inputs are looked at again, the output is judged, and only then
 * it is published, and on record as made.
 */
#include "cmd/guarded.h"
#include "cmd/guarded_remote.h"

#include <stdarg.h>
#include <stdio.h>

#include "report/text.h"

/*
 * On stderr
 * ---------------------------------------------------------------------------------------------------
 */

void
guarded_say(const struct guarded *g, const char *fmt, ...)
{
	AUTO(buf) text = buf_new(1 << 16);
	va_list ap;

	va_start(ap, fmt);
	text_plain(text, sv_of(arena_vprintf(g->o->a, fmt, ap)));
	va_end(ap);
	fprintf(stderr, "weir: %s\n", buf_str(text));
}

/* Passing checks are silent, unless more was asked for. */
static void
show_report(const struct guarded *g)
{
	AUTO(buf) text = buf_new((size_t)256 << 20);
	struct report_style style = g->w->style;
	struct err err = {0};

	if (g->report.nasset == 0 ||
	    (g->report.outcome == OUTCOME_PASS && !style.verbose && !g->w->w.explain))
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

		if (m->now.n > 0 && sv_eq(m->had, m->now)) {
			guarded_say(g,
			            "changed: " SV_FMT "%s" SV_FMT
			            " has been written since the gate was asked",
			            SV_ARG(m->upstream), m->partition.n > 0 ? " " : "", SV_ARG(m->partition));
			continue;
		}
		guarded_say(g,
		            "changed: " SV_FMT "%s" SV_FMT " was " SV_FMT " at the gate, and is " SV_FMT
		            " now",
		            SV_ARG(m->upstream), m->partition.n > 0 ? " " : "", SV_ARG(m->partition),
		            SV_ARG(shown_version(m->had)), SV_ARG(shown_version(m->now)));
	}
}

/*
 * Events
 * ------------------------------------------------------------------------------------------------------
 */

struct event
guarded_event(const struct guarded *g, enum event_kind kind, struct sv note)
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

bool
guarded_tell(struct guarded *g, struct event *e, struct err *err)
{
	if (g->service != NULL)
		return guarded_remote_tell(g, e, err);
	return store_add_event(g->w->w.store, e, err);
}

/* The status stays what the failure was; only the record of it is missing. */
int
guarded_failed(struct guarded *g, int status, struct sv note)
{
	struct event e = guarded_event(g, EVENT_FAILED, note);
	struct err err = {0};

	if (guarded_tell(g, &e, &err))
		return status;
	output_error(&err);
	guarded_say(g, "that the run failed is not on record");
	return status;
}

int
guarded_failed_by(struct guarded *g, int status, const struct err *err)
{
	output_error(err);
	if (g->publishes && err->code != ERR_NOT_FOUND)
		guarded_say(g, "the old output stays; what was made lies at '%s'", g->publishing.from);
	return guarded_failed(g, status, sv_of(err->msg));
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

/*
 * Afterwards
 * --------------------------------------------------------------------------------------------------
 */

static bool
look_again(struct guarded *g, struct err *err)
{
	struct gate_facts now;

	if (g->service != NULL ? !guarded_remote_look(g, &now, err)
	                       : !gate_collect(&g->w->w, g->asset, &g->request, &now, err))
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

	run_look(w, &g->report);
	if (g->service != NULL)
		guarded_remote_past(g, w);
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
 * The version of an asset whose versions are told, not seen: what the command itself told of this run, or the
 * run's own name.  So every run makes another version, and no verdict on an earlier one counts for it.
 */
static bool
told_version(struct guarded *g, struct sv *ret, struct err *err)
{
	struct sv partition = g->p != NULL ? g->p->key : (struct sv){0};
	struct event e;
	bool found;

	if (g->service != NULL) {
		if (!guarded_remote_version(g, ret, err))
			return false;
		*ret = ret->n > 0 ? *ret : sv_of(g->report.run_id);
		return true;
	}
	if (!store_last_event(g->w->w.store, g->o->a, g->asset->key, partition, EVENT_MATERIALIZED, INT64_MAX,
	                      &e, &found, err))
		return false;
	*ret = found && e.seq > g->started_seq && e.version.n > 0 ? e.version : sv_of(g->report.run_id);
	return true;
}

/*
 * Verdicts under the version that gates will find; what cannot be told has none, and no verdict opens a gate
 * for it.
 */
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
	struct event e = guarded_event(g, kind, note);
	struct event_input *input;

	if (kind == EVENT_MATERIALIZED) {
		guard_inputs(g->o->a, &g->gate, g->move, g->nmove, g->report.run_id, &input, &e.ninput);
		e.input = input;
		e.inputs_given = true;
		e.version = version;
	}
	g->kept = g->service != NULL ? guarded_remote_keep(g, &e, err)
	                             : run_keep(&g->w->w, &g->report, &e, err);
	return g->kept;
}

static int
kept(struct guarded *g, enum event_kind kind, struct sv version, struct sv note, int status)
{
	struct err err = {0};

	if (keep(g, kind, version, note, &err))
		return status;
	output_error(&err);
	guarded_say(g, "the command ended well%s, but the run is not on record",
	            kind == EVENT_MATERIALIZED && g->publishes ? ", and its output was published" : "");
	return GUARDED_OWN_FAILURE;
}

static int
exit_of(const struct guarded *g, struct guard_verdict v)
{
	if (v.errors > 0)
		return GUARDED_NOT_EVALUATED;
	return v.failed > 0 ? output_status(g->o, GUARDED_NOT_FIT) : 0;
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
		g->report.unpublished = true;
		guarded_say(g, "not published: the old output stays; what was made lies at '%s'",
		            g->publishing.from);
		return kept(g, EVENT_FAILED, (struct sv){0}, note_of_verdict(g, v), exit_of(g, v));
	}
	if (!publish_swap(&g->publishing, judged, &version, &proven, &err))
		return guarded_failed_by(g, err.code == ERR_CHANGED ? GUARDED_CLOSED : GUARDED_OWN_FAILURE,
		                         &err);
	if (!proven) {
		g->report.unpublished = true;
		guarded_say(g, "changed: '%s' was published, but something else has written there since",
		            g->publishing.to);
		return kept(g, EVENT_MATERIALIZED, (struct sv){0},
		            SV("written by something else when it was published"), GUARDED_CLOSED);
	}
	g->result[0].data_version = version;
	if (!made_version(g, &version, &err)) {
		output_error(&err);
		return GUARDED_OWN_FAILURE;
	}
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
		            stopped ? GUARDED_CLOSED : GUARDED_NOT_EVALUATED);
	}
	return kept(g, EVENT_MATERIALIZED, version, note, stopped ? GUARDED_CLOSED : exit_of(g, v));
}

int
guarded_finish(struct guarded *g)
{
	struct guard_verdict v;
	struct err err = {0};
	bool stopped;

	if (!look_again(g, &err))
		return guarded_failed_by(g, GUARDED_OWN_FAILURE, &err);
	show_moves(g);
	stopped = guard_worst(g->move, g->nmove) == EFFECT_BLOCK;
	if (stopped && g->publishes) {
		guarded_say(g, "not published: the old output stays; what was made lies at '%s'",
		            g->publishing.from);
		return guarded_failed(g, GUARDED_CLOSED, note_of_moves(g));
	}
	if (g->publishes && !publish_settle(&g->publishing, &err))
		return guarded_failed_by(
			g, err.code == ERR_NOT_FOUND ? GUARDED_NOT_EVALUATED : GUARDED_OWN_FAILURE, &err);
	if (is_stored(g->asset) && !evaluate(g, &err)) {
		output_error(&err);
		return guarded_failed(g, GUARDED_NOT_EVALUATED, sv_of(err.msg));
	}
	progress_end(&g->w->progress);
	run_end(&g->w->w, &g->report, g->start_ns);
	if (g->service != NULL)
		guarded_remote_waive(g);
	v = guard_judge(g->result, g->nresult);
	show_report(g);
	return g->publishes ? publish(g, v) : record(g, v, stopped);
}
