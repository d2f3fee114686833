/* weir report: shows runs that are stored, in any format, and compares them. */
#include "base/duration.h"
#include "cmd/workspace.h"
#include "report/gate_history.h"
#include "report/text.h"
#include "report/view.h"

static const struct option_def report_command_options[] = {
	{"list", 0, OPT_FLAG, NULL, NULL,
         "Lists the runs that are stored, the newest first; as text or JSON."},
	{"since", 0, OPT_DURATION, "DUR", NULL, "With --list or gates: of that long up to now."},
	{"limit", 0, OPT_INT, "N", NULL, "With --list: at most that many; default 50."},
	{"against", 0, OPT_TEXT, "RUN", NULL,
         "Says what is new, still open and fixed against that run, by check and asset."},
};

/* The newest audit; where there was none, the newest run. */
static bool
newest(struct options *o, struct opened *w, struct sv *id, struct err *err)
{
	struct stored_run *run;
	size_t n;

	if (!store_list_runs(w->w.store, o->a, SV("audit"), TIME_NONE, 1, &run, &n, err) ||
	    (n == 0 && !store_list_runs(w->w.store, o->a, (struct sv){0}, TIME_NONE, 1, &run, &n, err)))
		return false;
	if (n == 0) {
		err_set(err, ERR_NOTHING, NOWHERE, "no run is stored in this environment");
		return err_hint(err, "weir audit makes one");
	}
	*id = run->id;
	return true;
}

static bool
read_run(struct options *o, struct opened *w, struct sv id, struct report *ret, struct err *err)
{
	struct stored_run run;
	bool found;

	if (!store_run(w->w.store, o->a, id, &run, &found, err))
		return false;
	if (!found) {
		err_set(err, ERR_NOTHING, NOWHERE, "there is no run '" SV_FMT "'", SV_ARG(id));
		return err_hint(err, "weir report --list shows those that are stored");
	}
	if (run.report.n == 0) {
		err_set(err, ERR_NOT_FOUND, NOWHERE, "the report of run " SV_FMT " is not kept any more",
		        SV_ARG(id));
		return err_hint(err, "`retention:` in weir.yaml says for how long reports are");
	}
	return report_read(o->a, run.report, ret, err) || err_prefix(err, "run " SV_FMT, SV_ARG(id));
}

static int
show_run(struct options *o, struct opened *w)
{
	struct sv id = o->narg > 0 ? sv_of(o->arg[0]) : (struct sv){0};
	struct report report, before;
	struct err err = {0};

	if ((id.n == 0 && !newest(o, w, &id, &err)) || !read_run(o, w, id, &report, &err))
		return output_failure(&err);
	if (opt(o, "against")->given) {
		if (!read_run(o, w, opt_text(o, "against"), &before, &err))
			return output_failure(&err);
		report_compare(o->a, &report, &before);
	}
	if (report.nasset != 1 && opened_writes(o, "gx")) {
		err_set(&err, ERR_USAGE, NOWHERE, "--format gx holds one asset, but the run has %zu",
		        report.nasset);
		return output_failure(&err);
	}
	/* The run had its own exit status; to show it has succeeded. */
	return opened_report_status(w, o, &report, 0);
}

static void
put_json(struct json_writer *j, const struct stored_run *run, const int64_t counts[5])
{
	json_object(j);
	json_put_sv(j, "run_id", run->id);
	json_put_sv(j, "command", run->kind);
	json_put_time(j, "started_at", run->started_us);
	json_put_time(j, "finished_at", run->finished_us);
	json_put_str(j, "outcome", outcome_names[run->outcome]);
	json_key(j, "checks");
	json_object_inline(j);
	for (size_t i = 0; i < LEN(outcome_names); i++)
		json_put_i64(j, outcome_names[i], counts[i]);
	json_object_end(j);
	json_object_end(j);
}

static void
put_line(struct buf *b, const struct report_style *s, const struct stored_run *run, const int64_t counts[5],
         int64_t now_us)
{
	struct check_counts c;
	char at[DURATION_MAX];
	int64_t checks = 0;

	memcpy(c.outcome, counts, sizeof(c.outcome));
	for (size_t i = 0; i < LEN(outcome_names); i++)
		checks += counts[i];
	text_plain(b, run->id);
	buf_printf(b, "  %-7.*s  %-20s  ", (int)run->kind.n, run->kind.p,
	           run->started_us != TIME_NONE ? moment_words(run->started_us, now_us, at) : "");
	text_mark(s, b, run->outcome);
	buf_putc(b, ' ');
	/* weir fresh and weir orphans run none. */
	if (checks > 0)
		view_counts(b, &c);
	else
		buf_puts(b, outcome_names[run->outcome]);
	buf_putc(b, '\n');
}

static int
list_runs(struct options *o, struct opened *w)
{
	const bool json = sv_is(opt_text(o, "format"), "json");
	const int64_t since_us = opt(o, "since")->given ? clock_now_us(w->w.clock) - opt_number(o, "since", 0)
	                                                : TIME_NONE;
	AUTO(buf) text = buf_new((size_t)256 << 20);
	struct json_writer j;
	struct stored_run *run;
	int64_t counts[5];
	struct err err = {0};
	size_t n;

	if (!store_list_runs(w->w.store, o->a, (struct sv){0}, since_us, (size_t)opt_number(o, "limit", 50),
	                     &run, &n, &err))
		return output_failure(&err);
	json_write_init(&j, text, 2);
	if (json)
		json_array(&j);
	for (size_t i = 0; i < n; i++) {
		if (!store_run_counts(w->w.store, run[i].id, counts, &err))
			return output_failure(&err);
		if (json)
			put_json(&j, &run[i], counts);
		else
			put_line(text, &w->style, &run[i], counts, clock_now_us(w->w.clock));
	}
	if (json) {
		json_array_end(&j);
		buf_putc(text, '\n');
	}
	return output_list(text, since_us != TIME_NONE ? "no run is that new"
	                                               : "no runs yet: weir audit makes one");
}

static bool
is_gates(const struct options *o)
{
	return o->narg == 1 && strcmp(o->arg[0], "gates") == 0;
}

static int
show_gates(struct options *o, struct opened *w)
{
	const int64_t since_us = opt(o, "since")->given ? clock_now_us(w->w.clock) - opt_number(o, "since", 0)
	                                                : TIME_NONE;
	AUTO(buf) text = buf_new((size_t)256 << 20);
	struct gate_history h;
	struct json_writer j;
	struct err err = {0};

	if (!gate_history(w->w.store, o->a, since_us, TIME_NONE, &h, &err))
		return output_failure(&err);
	if (sv_is(opt_text(o, "format"), "json")) {
		json_write_init(&j, text, 2);
		gate_history_json(&h, &j);
		buf_putc(text, '\n');
	} else {
		gate_history_text(&h, text);
	}
	return output_list(text, "no gate has decided anything yet");
}

/* What goes together. */
static bool
options_fit(const struct options *o, struct err *err)
{
	const bool list = opt_flag(o, "list");
	struct sv format = opt_text(o, "format");

	if (!list && ((opt(o, "since")->given && !is_gates(o)) || opt(o, "limit")->given))
		return err_set(err, ERR_USAGE, NOWHERE, "--since and --limit are of --list");
	if (!list && !is_gates(o))
		return true;
	if ((list && o->narg > 0) || opt(o, "against")->given)
		return err_set(err, ERR_USAGE, NOWHERE, "%s: leave out RUN and --against",
		               list ? "--list shows all runs" : "gates shows all gates");
	if (format.n > 0 && !sv_is(format, "text") && !sv_is(format, "json"))
		return err_set(err, ERR_USAGE, NOWHERE, "%s is written as text or json, not as " SV_FMT,
		               list ? "--list" : "gates", SV_ARG(format));
	if (opt(o, "output")->given || opt(o, "report")->given)
		return err_set(err, ERR_USAGE, NOWHERE, "%s goes to standard output only",
		               list ? "--list" : "gates");
	return true;
}

static int
report_run(struct options *o)
{
	struct err err = {0};
	struct opened w;
	int status;

	if (!options_fit(o, &err))
		return output_failure(&err);
	if (!opened_workspace(o, STORE_READ, &w, &status))
		return status;
	status = opt_flag(o, "list") ? list_runs(o, &w) : is_gates(o) ? show_gates(o, &w) : show_run(o, &w);
	opened_close(&w);
	return status;
}

const struct command cmd_report = {
	.name = "report",
	.group = GROUP_DAILY,
	.synopsis = "[RUN] [--against RUN] | --list [--since DUR] | gates [--since DUR]",
	.summary = "Shows a run that is stored, in any format, and what changed since another",
	.doc = "Without RUN the newest audit.  Shows what the run showed and reads no data; ends with 0 "
	       "whatever it found.  `gates` tells what gates said, and by check what was later proved false.  Counted are "
	       "cases: one gate, one version of one input, one check, however often it was asked for.  blocks: its failure or "
	       "error closed the gate (or would have, in shadow mode); false: later it passed on the same version; overridden, "
	       "waived: somebody let it through; needless: of these, the output made next from that version passed all its "
	       "blocking checks; false allows: the gate was open on a version that failed the check later.",
	.example = "weir report --format html --output audit.html",
	.formats = formats_check,
	.reports = true,
	.option = report_command_options,
	.noption = LEN(report_command_options),
	.max_args = 1,
	.run = report_run,
};
