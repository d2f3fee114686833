/* weir events: reports what happened, and lists what was reported. */
#include <math.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/log.h"
#include "base/num.h"
#include "cmd/remote_events.h"
#include "cmd/workspace.h"
#include "report/event.h"
#include "report/text.h"
#include "run/told.h"

static const char *const kinds[] = {"materialized", "started", "failed", "observed", NULL};
static const enum event_kind kind_of[] = {EVENT_MATERIALIZED, EVENT_STARTED, EVENT_FAILED, EVENT_OBSERVED};

static const struct option_def events_options[] = {
	{"kind", 0, OPT_ENUM, "KIND", kinds, "materialized (default), started, failed or observed."},
	{"at", 0, OPT_TIME, "TIME", NULL, "When it happened; default: now."},
	{"version", 0, OPT_TEXT, "V", NULL, "Data version that was produced or seen."},
	{"partition", 0, OPT_TEXT, "K", NULL, "The partition it is about."},
	{"input", 0, OPT_LIST, "KEY[@V]", NULL, "An input that was read, in which version; once for each."},
	{"code-version", 0, OPT_TEXT, "C", NULL, "Version of the code that produced it."},
	{"rows", 0, OPT_INT, "N", NULL, "Rows that were written."},
	{"data-through", 0, OPT_TIME, "TIME", NULL, "Up to which moment the data speaks."},
	{"metric", 0, OPT_LIST, "NAME=VALUE", NULL, "A number to keep with it; once for each."},
	{"limit", 0, OPT_INT, "N", NULL, "list: how many, newest first; default 50."},
};

/* `list` would show all where somebody asked for some, and `add` needs no limit. */
static bool
options_fit(const struct options *o, bool adding, struct err *err)
{
	for (size_t i = 0; i < LEN(events_options); i++) {
		const char *name = events_options[i].name;

		if (opt(o, name)->given && adding == (strcmp(name, "limit") == 0))
			return err_set(err, ERR_USAGE, NOWHERE, "weir events %s takes no --%s", o->arg[0],
			               name);
	}
	return true;
}

/* What is made elsewhere may be an input, too; but a slip of the hand would never make anything stale. */
static struct event_input
input_of(const struct catalog *c, struct sv text)
{
	struct event_input in;

	if (told_input(c, text, &in) == NULL)
		log_warn("--input '" SV_FMT "': the catalog has no asset '" SV_FMT "'", SV_ARG(text),
		         SV_ARG(in.key));
	return in;
}

static bool
take_inputs(struct options *o, const struct catalog *c, struct event *e, struct err *err)
{
	const struct option_value *input = opt(o, "input");
	struct event_input *in = ARENA_ARRAY(o->a, struct event_input, input->list.n);

	for (size_t i = 0; i < input->list.n; i++) {
		in[i] = input_of(c, input->list.v[i]);
		if (in[i].key.n == 0)
			return err_set(err, ERR_USAGE, NOWHERE, "--input '" SV_FMT "' names no asset",
			               SV_ARG(input->list.v[i]));
	}
	e->input = in;
	e->ninput = input->list.n;
	e->inputs_given = input->given;
	return true;
}

static bool
take_metrics(struct options *o, struct event *e, struct err *err)
{
	const struct option_value *metric = opt(o, "metric");
	struct event_metric *m = ARENA_ARRAY(o->a, struct event_metric, metric->list.n);

	for (size_t i = 0; i < metric->list.n; i++) {
		struct sv value = metric->list.v[i];

		m[i].name = sv_cut(&value, '=');
		if (m[i].name.n == 0 || !num_f64(value, &m[i].value) || !isfinite(m[i].value))
			return err_set(err, ERR_USAGE, NOWHERE,
			               "--metric takes NAME=NUMBER, not '" SV_FMT "'",
			               SV_ARG(metric->list.v[i]));
	}
	e->metric = m;
	e->nmetric = metric->list.n;
	return true;
}

static bool
make_event(struct options *o, struct opened *w, struct event *e, struct err *err)
{
	const struct asset *asset = told_asset(o->a, w->w.catalog, sv_of(o->arg[1]), err);
	int64_t now_us = clock_now_us(w->w.clock);

	if (asset == NULL)
		return false;
	*e = told_event(asset, kind_of[opt_number(o, "kind", 0)], now_us);
	e->version = opt_text(o, "version");
	e->at_us = opt_number(o, "at", now_us);
	e->data_through_us = opt_number(o, "data-through", TIME_NONE);
	e->code_version = opt_text(o, "code-version");
	e->rows = opt_number(o, "rows", -1);
	e->reporter = SV("cli");
	if (!told_partition(o->a, asset, opt_text(o, "partition"), &e->partition, err))
		return false;
	told_finish(e);
	if (e->at_us > now_us + FUTURE_TOLERANCE_US)
		log_warn("--at lies in the future: freshness ignores it until then");
	return take_inputs(o, w->w.catalog, e, err) && take_metrics(o, e, err);
}

static bool
names_asset(const struct options *o, struct err *err)
{
	return o->narg == 2 || err_set(err, ERR_USAGE, NOWHERE, "weir events add needs one ASSET");
}

static int
add_event(struct options *o, struct opened *w)
{
	struct err err = {0};
	struct event e;

	if (!names_asset(o, &err) || !make_event(o, w, &e, &err) || !store_add_event(w->w.store, &e, &err))
		return output_failure(&err);
	if (opt_flag(o, "verbose"))
		printf(SV_FMT "\n", SV_ARG(e.id));
	return output_finish(0);
}

static void
put_event_line(struct buf *b, const struct event *e)
{
	text_plain(b, e->asset);
	if (e->partition.n > 0) {
		buf_putc(b, ' ');
		text_plain(b, e->partition);
	}
	if (e->version.n > 0) {
		buf_puts(b, "  version ");
		text_plain(b, e->version);
	}
	buf_printf(b, "  (" SV_FMT ")", SV_ARG(e->reporter));
	if (e->note.n > 0) {
		buf_puts(b, "  ");
		text_plain(b, e->note);
	}
}

static void
list_lines(struct opened *w, const struct event *e, size_t n, struct buf *text)
{
	const int64_t now_us = clock_now_us(w->w.clock);
	char at[DURATION_MAX];
	int width = 0;

	for (size_t i = 0; i < n; i++)
		width = MAX(width, (int)strlen(moment_words(e[i].at_us, now_us, at)));
	for (size_t i = 0; i < n; i++) {
		AUTO(buf) line = buf_new(1 << 20);

		buf_printf(line, "%-*s  %-12s  ", width, moment_words(e[i].at_us, now_us, at),
		           event_kind_names[e[i].kind]);
		put_event_line(line, &e[i]);
		text_line(&w->style, text, buf_sv(line));
	}
}

static int
write_list(struct options *o, struct opened *w, const struct event *e, size_t n)
{
	AUTO(buf) text = buf_new((size_t)256 << 20);

	if (sv_is(opt_text(o, "format"), "json")) {
		struct json_writer j;

		json_write_init(&j, text, 2);
		json_array(&j);
		for (size_t i = 0; i < n; i++)
			report_event(&j, &e[i]);
		json_array_end(&j);
		buf_putc(text, '\n');
	} else {
		list_lines(w, e, n, text);
	}
	return output_list(text, "no events yet: weir check and weir audit see what there is, weir events "
	                         "add reports what they cannot see");
}

static int
list_events(struct options *o, struct opened *w)
{
	const struct asset *asset = NULL;
	struct err err = {0};
	struct event *e;
	size_t n;

	if (o->narg > 1 && (asset = told_asset(o->a, w->w.catalog, sv_of(o->arg[1]), &err)) == NULL)
		return output_failure(&err);
	if (!store_list_events(w->w.store, o->a, asset != NULL ? asset->key : (struct sv){0},
	                       opt_number(o, "limit", 50), &e, &n, &err))
		return output_failure(&err);
	return write_list(o, w, e, n);
}

static int
events_run(struct options *o)
{
	const bool adding = strcmp(o->arg[0], "add") == 0;
	struct err err = {0};
	struct opened w;
	int status;

	if (!options_fit(o, adding, &err))
		return output_failure(&err);
	if (!opened_workspace(o, adding ? STORE_WRITE : STORE_READ, &w, &status))
		return status;
	status = adding ? add_event(o, &w) : list_events(o, &w);
	opened_close(&w);
	return status;
}

/* Names are the service's to know, so no catalog is needed here. */
static int
add_remote(struct options *o, struct remote *service)
{
	const struct option_value *input = opt(o, "input");
	struct err err = {0};
	struct event e = {
		.kind = kind_of[opt_number(o, "kind", 0)],
		.asset = o->narg > 1 ? sv_of(o->arg[1]) : (struct sv){0},
		.partition = opt_text(o, "partition"),
		.version = opt_text(o, "version"),
		.at_us = opt_number(o, "at", TIME_NONE),
		.updated_us = TIME_NONE,
		.data_through_us = opt_number(o, "data-through", TIME_NONE),
		.code_version = opt_text(o, "code-version"),
		.rows = opt_number(o, "rows", -1),
		.reporter = SV("cli"),
		.inputs_given = input->given,
	};
	struct sv id;

	if (!names_asset(o, &err) || !take_metrics(o, &e, &err) ||
	    !remote_event_add(service, o->a, &e, input->list.v, input->list.n, &id, &err))
		return output_failure(&err);
	if (opt_flag(o, "verbose"))
		printf(SV_FMT "\n", SV_ARG(id));
	return output_finish(0);
}

static int
list_remote(struct options *o, struct remote *service)
{
	const struct remote_events_query q = {.asset = o->narg > 1 ? sv_of(o->arg[1]) : (struct sv){0},
	                                      .max = opt_number(o, "limit", 50)};
	struct opened w = {.a = o->a, .style = output_style(o), .w = {.clock = &clock_system}};
	struct err err = {0};
	struct event *e;
	size_t n;

	if (!remote_events_list(service, o->a, &q, &e, &n, &err))
		return output_failure(&err);
	return write_list(o, &w, e, n);
}

static int
events_remote(struct options *o)
{
	const bool adding = strcmp(o->arg[0], "add") == 0;
	AUTO(remote) service = NULL;
	struct err err = {0};

	opened_log(o);
	if (!options_fit(o, adding, &err) || !remote_now(o, &err) || !remote_open(o, &service, &err))
		return output_failure(&err);
	return adding ? add_remote(o, service) : list_remote(o, service);
}

static const char *const events_verbs[] = {"add", "list", NULL};

const struct command cmd_events = {
	.name = "events",
	.group = GROUP_PIPELINE,
	.verbs = events_verbs,
	.asset_args = true,
	.synopsis = "add ASSET [OPTION…] | list [ASSET]",
	.summary = "Reports what happened to an asset, and lists what was reported",
	.example = "weir events add marts/sales --version 42 --input raw/orders@17",
	.formats = formats_text_json,
	.option = events_options,
	.noption = LEN(events_options),
	.min_args = 1,
	.max_args = 2,
	.run = events_run,
	.remote = events_remote,
};
