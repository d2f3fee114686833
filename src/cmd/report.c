/* weir report: shows runs that are stored, in any format, and compares them. */
#include "base/duration.h"
#include "cmd/remote_runs.h"
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

/* What is shown, and where it is on record. */
struct showing {
	struct options *o;
	struct opened w;
	struct remote *service; /* NULL = here */
	int64_t now_us;
};

/* Newest first, with their verdicts by outcome. */
static bool
find_runs(struct showing *x, struct sv kind, int64_t since_us, size_t max, struct remote_run **ret, size_t *n,
          struct err *err)
{
	struct stored_run *run;
	struct remote_run *v;

	if (x->service != NULL)
		return remote_runs(x->service, x->o->a, kind, since_us, max, ret, n, err);
	if (!store_list_runs(x->w.w.store, x->o->a, kind, since_us, max, &run, n, err))
		return false;
	v = ARENA_ARRAY(x->o->a, struct remote_run, *n);
	for (size_t i = 0; i < *n; i++) {
		v[i].run = run[i];
		if (!store_run_counts(x->w.w.store, run[i].id, v[i].counts, err))
			return false;
	}
	*ret = v;
	return true;
}

/* The newest audit; where there was none, the newest run. */
static bool
newest(struct showing *x, struct sv *id, struct err *err)
{
	struct remote_run *v;
	size_t n;

	if (!find_runs(x, SV("audit"), TIME_NONE, 1, &v, &n, err) ||
	    (n == 0 && !find_runs(x, (struct sv){0}, TIME_NONE, 1, &v, &n, err)))
		return false;
	if (n == 0) {
		err_set(err, ERR_NOTHING, NOWHERE, "no run is stored in this environment");
		return err_hint(err, "weir audit makes one");
	}
	*id = v[0].run.id;
	return true;
}

/* Empty: it is not kept. */
static bool
find_report(struct showing *x, struct sv id, struct sv *ret, struct err *err)
{
	struct stored_run run;
	bool found;

	if (x->service != NULL)
		return remote_run_report(x->service, x->o->a, id, ret, err);
	if (!store_run(x->w.w.store, x->o->a, id, &run, &found, err))
		return false;
	if (!found) {
		err_set(err, ERR_NOTHING, NOWHERE, "there is no run '" SV_FMT "'", SV_ARG(id));
		return err_hint(err, "weir report --list shows those that are stored");
	}
	*ret = run.report;
	return true;
}

static bool
read_run(struct showing *x, struct sv id, struct report *ret, struct err *err)
{
	struct sv json;

	if (!find_report(x, id, &json, err))
		return false;
	if (json.n == 0) {
		err_set(err, ERR_NOT_FOUND, NOWHERE, "the report of run " SV_FMT " is not kept any more",
		        SV_ARG(id));
		return err_hint(err, "`retention:` in weir.yaml says for how long reports are");
	}
	return report_read(x->o->a, json, ret, err) || err_prefix(err, "run " SV_FMT, SV_ARG(id));
}

static int
show_run(struct showing *x)
{
	struct options *o = x->o;
	struct sv id = o->narg > 0 ? sv_of(o->arg[0]) : (struct sv){0};
	struct report report, before;
	struct err err = {0};

	if ((id.n == 0 && !newest(x, &id, &err)) || !read_run(x, id, &report, &err))
		return output_failure(&err);
	if (opt(o, "against")->given) {
		if (!read_run(x, opt_text(o, "against"), &before, &err))
			return output_failure(&err);
		report_compare(o->a, &report, &before);
	}
	if (report.nasset != 1 && opened_writes(o, "gx")) {
		err_set(&err, ERR_USAGE, NOWHERE, "--format gx holds one asset, but the run has %zu",
		        report.nasset);
		return output_failure(&err);
	}
	/* The run had its own exit status; to show it has succeeded. */
	return opened_report_status(&x->w, o, &report, 0);
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
	buf_puts(b, "  ");
	text_pad(b, run->kind, 7);
	buf_printf(b, "  %-20s  ",
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

static int64_t
since_of(const struct showing *x)
{
	return opt(x->o, "since")->given ? x->now_us - opt_number(x->o, "since", 0) : TIME_NONE;
}

static int
list_runs(struct showing *x)
{
	const bool json = sv_is(opt_text(x->o, "format"), "json");
	const int64_t since_us = since_of(x);
	AUTO(buf) text = buf_new((size_t)256 << 20);
	struct json_writer j;
	struct remote_run *v;
	struct err err = {0};
	size_t n;

	if (!find_runs(x, (struct sv){0}, since_us, (size_t)opt_number(x->o, "limit", 50), &v, &n, &err))
		return output_failure(&err);
	json_write_init(&j, text, 2);
	if (json)
		json_array(&j);
	for (size_t i = 0; i < n; i++)
		if (json)
			put_json(&j, &v[i].run, v[i].counts);
		else
			put_line(text, &x->w.style, &v[i].run, v[i].counts, x->now_us);
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
show_gates(struct showing *x)
{
	AUTO(buf) text = buf_new((size_t)256 << 20);
	struct gate_history h;
	struct json_writer j;
	struct err err = {0};

	if (!(x->service != NULL ? remote_gate_history(x->service, x->o->a, since_of(x), &h, &err)
	                         : gate_history(x->w.w.store, x->o->a, since_of(x), TIME_NONE, &h, &err)))
		return output_failure(&err);
	if (sv_is(opt_text(x->o, "format"), "json")) {
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
show(struct showing *x)
{
	int status;

	x->now_us = clock_now_us(x->w.w.clock);
	status = opt_flag(x->o, "list") ? list_runs(x) : is_gates(x->o) ? show_gates(x) : show_run(x);
	opened_close(&x->w);
	return status;
}

static int
report_run(struct options *o)
{
	struct showing x = {.o = o};
	struct err err = {0};
	int status;

	if (!options_fit(o, &err))
		return output_failure(&err);
	return opened_workspace(o, STORE_READ, &x.w, &status) ? show(&x) : status;
}

static int
report_remote(struct options *o)
{
	AUTO(remote) service = NULL;
	struct showing x = {.o = o};
	struct err err = {0};
	int status;

	if (!options_fit(o, &err) || !remote_now(o, &err) || !remote_open(o, &service, &err))
		return output_failure(&err);
	x.service = service;
	return opened_bare(o, &x.w, &status) ? show(&x) : status;
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
	.remote = report_remote,
};
