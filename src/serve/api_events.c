/* POST and GET /v1/events, POST /v1/metrics. */
#include <stddef.h>

#include "base/num.h"
#include "report/event.h"
#include "run/told.h"
#include "serve/event_json.h"
#include "serve/page.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/service.h"

/* POST /v1/events ------------------------------------------------------------------------------------------------ */

static void
answer_added(struct request *q, const struct event *e, size_t n, const struct faults *warnings)
{
	struct json_writer *w = request_write(q);

	json_object(w);
	json_key(w, "events");
	json_array(w);
	for (size_t i = 0; i < n; i++) {
		json_object(w);
		json_put_sv(w, "id", e[i].id);
		json_put_i64(w, "seq", e[i].seq);
		json_object_end(w);
	}
	json_array_end(w);
	faults_write(w, "warnings", warnings);
	json_object_end(w);
	request_wrote(q, 201);
}

/* The store makes the text of an id anew for each event. */
bool
events_store(struct service *s, struct arena *a, struct event *e, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!store_add_event(s->store, &e[i], err))
			return false;
		e[i].id = arena_sv(a, e[i].id);
		board_touch_key(s->board, e[i].asset);
	}
	meter_add(&s->meters, METER_EVENTS, (int64_t)n);
	return true;
}

static bool
events_write(struct service *s, struct request *q, struct err *err)
{
	const struct event_source from = {
		.catalog = s->project->catalog,
		.now_us = clock_now_us(s->clock),
		.reporter = SV("http"),
	};
	struct faults faults = {.a = q->a}, warnings = {.a = q->a};
	struct event *e;
	size_t n;

	if (!events_parse(q->a, &from, q->body, &e, &n, &faults, &warnings)) {
		faults_answer(q, &faults);
		return true;
	}
	if (!events_store(s, q->a, e, n, err))
		return false;
	answer_added(q, e, n, &warnings);
	return true;
}

static const struct route_answer events_answers[] = {
	{.status = 201, .schema = "EventsAdded", .doc = "They are on disk."},
	{.status = 422,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "What is wrong, each with its place; nothing was stored."},
};

const struct route route_events_add = {
	.method = METHOD_POST,
	.path = "/v1/events",
	.id = "addEvents",
	.scope = SCOPE_INGEST,
	.summary = "Reports what happened to assets",
	.doc = "One event, or an array of up to 1,000, which are stored together or not at all. The answer comes when they are on disk.",
	.body = "EventsToAdd",
	.body_max = 4 << 20,
	.answer = events_answers,
	.nanswer = LEN(events_answers),
	.write = events_write,
};

/* GET /v1/events ------------------------------------------------------------------------------------------------- */

static const char *const kind_choices[] = {"started", "materialized", "failed", "observed", NULL};

/* "AT-SEQ" of the last event of the page before. */
static bool
cursor_parse(struct sv text, struct event_filter *f)
{
	ptrdiff_t dash = sv_find(sv_skip(text, 1), '-');

	return dash >= 0 && num_i64((struct sv){text.p, (size_t)dash + 1}, &f->before_us) &&
	       num_i64(sv_skip(text, (size_t)dash + 2), &f->before_seq) && f->before_us != TIME_NONE;
}

static void
answer_page(struct request *q, const struct event *e, size_t n, bool more)
{
	const struct sv cursor = more ? arena_svf(q->a, "%lld-%lld", (long long)e[n - 1].at_us,
	                                          (long long)e[n - 1].seq)
	                              : (struct sv){0};
	struct json_writer *w = request_write(q);

	json_object(w);
	json_key(w, "events");
	json_array(w);
	for (size_t i = 0; i < n; i++)
		report_event(w, &e[i]);
	json_array_end(w);
	page_next_number(q, w, more, cursor);
	json_object_end(w);
	request_wrote(q, 200);
}

static int
kind_asked(struct sv text)
{
	for (size_t i = 0; i < LEN(event_kind_names); i++)
		if (sv_is(text, event_kind_names[i]))
			return (int)i;
	return -1;
}

static void
events_read(struct service *s, struct request *q)
{
	struct event_filter f = {
		.partition = request_text(q, "partition"),
		.run_id = request_text(q, "run_id"),
		.kind = kind_asked(request_text(q, "kind")),
		.since_us = request_number(q, "since", TIME_NONE),
		.until_us = request_number(q, "until", TIME_NONE),
		.before_us = TIME_NONE,
	};
	const size_t max = page_limit(q);
	const struct asset *asset;
	struct event *e;
	struct err err = {0};
	size_t n;

	if (request_has(q, "cursor") && !cursor_parse(request_text(q, "cursor"), &f)) {
		request_refuse(q, 400, "the cursor is not one that was given in an earlier answer");
		return;
	}
	if (request_has(q, "asset")) {
		asset = told_asset(q->a, s->project->catalog, request_text(q, "asset"), &err);
		if (asset == NULL) {
			request_problem(q, 404, &err);
			return;
		}
		f.asset = asset->key;
	}
	if (store_find_events(s->store, q->a, &f, max + 1, &e, &n, &err))
		answer_page(q, e, MIN(n, max), n > max);
	else
		request_problem(q, 0, &err);
}

static const struct route_param events_params[] = {
	{"asset", PARAM_IS_TEXT, NULL, "Of this asset, by its key or an alias."},
	PAGE_PARAM_CURSOR,
	{"kind", PARAM_IS_ENUM, kind_choices, "Of this kind."},
	PAGE_PARAM_LIMIT,
	{"partition", PARAM_IS_TEXT, NULL, "Of this partition."},
	{"run_id", PARAM_IS_TEXT, NULL, "Of this run."},
	{"since", PARAM_IS_TIME, NULL, "That happened at this time or later."},
	{"until", PARAM_IS_TIME, NULL, "That happened before this time."},
};

static const struct route_answer list_answers[] = {
	{.status = 200, .schema = "Events", .doc = "Newest first."},
	{.status = 404,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "There is no such asset."},
};

const struct route route_events_list = {
	.method = METHOD_GET,
	.path = "/v1/events",
	.id = "listEvents",
	.scope = SCOPE_READ,
	.summary = "Lists what was reported and seen",
	.param = events_params,
	.nparam = LEN(events_params),
	.answer = list_answers,
	.nanswer = LEN(list_answers),
	.read = events_read,
};

/* POST /v1/metrics ----------------------------------------------------------------------------------------------- */

struct told_metric {
	struct sv asset;
	struct stored_metric m;
};

#define FIELD(member) offsetof(struct told_metric, member)
static const struct take_field metric_fields[] = {
	{"asset", TAKE_TEXT, .at = FIELD(asset), .required = true},
	{"at", TAKE_TIME, .at = FIELD(m.at_us)},
	{"name", TAKE_TEXT, .at = FIELD(m.name), .required = true},
	{"partition", TAKE_TEXT, .at = FIELD(m.partition)},
	{"value", TAKE_NUMBER, .at = FIELD(m.value), .required = true},
	{"version", TAKE_TEXT, .at = FIELD(m.version)},
};

static void
metric_parse(struct service *s, struct request *q, struct told_metric *t, struct faults *faults)
{
	struct taking in;
	struct err err = {0};
	const struct asset *asset;

	take_init(&in, q->a, q->body, faults);
	take_object(&in, metric_fields, LEN(metric_fields), t, (struct sv){0}, take_next(&in));
	take_end(&in);
	if (faults->n > 0)
		return;
	asset = told_asset(q->a, s->project->catalog, t->asset, &err);
	if (asset == NULL) {
		fault_err(faults, SV("/asset"), &err);
		return;
	}
	t->m.asset = asset->key;
	if (!told_partition(q->a, asset, t->m.partition, &t->m.partition, &err))
		fault_err(faults, SV("/partition"), &err);
	/* The numbers of checks stand under their ids, which begin so. */
	if (t->m.name.n == 0 || sv_starts(t->m.name, arena_svf(q->a, SV_FMT ":", SV_ARG(asset->key))))
		fault(faults, SV("/name"), "'" SV_FMT "' cannot be the name of a metric", SV_ARG(t->m.name));
}

static bool
metric_write(struct service *s, struct request *q, struct err *err)
{
	struct told_metric t = {.m.at_us = clock_now_us(s->clock)};
	struct faults faults = {.a = q->a};
	struct json_writer *w;

	metric_parse(s, q, &t, &faults);
	if (faults.n > 0) {
		faults_answer(q, &faults);
		return true;
	}
	if (!store_add_metrics(s->store, (struct sv){0}, &t.m, 1, err))
		return false;
	w = request_write(q);
	json_object(w);
	json_put_sv(w, "asset", t.m.asset);
	json_put_sv(w, "partition", t.m.partition);
	json_put_sv(w, "name", t.m.name);
	json_put_f64(w, "value", t.m.value);
	json_put_time(w, "at", t.m.at_us);
	json_object_end(w);
	request_wrote(q, 201);
	return true;
}

static const struct route_answer metric_answers[] = {
	{.status = 201, .schema = "Metric", .doc = "It is on disk."},
	{.status = 422,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "What is wrong, each with its place; nothing was stored."},
};

const struct route route_metrics_add = {
	.method = METHOD_POST,
	.path = "/v1/metrics",
	.id = "addMetric",
	.scope = SCOPE_INGEST,
	.summary = "Reports a number about an asset, such as a model's accuracy",
	.doc = "It is kept in the history of metrics under its name. It makes nothing fresh: what was produced or seen is told as an event.",
	.body = "MetricToAdd",
	.answer = metric_answers,
	.nanswer = LEN(metric_answers),
	.write = metric_write,
};
