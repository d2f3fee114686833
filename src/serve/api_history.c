/* GET /v1/assets/{key}/history: what was judged, reported and measured of an asset. */
#include "base/num.h"
#include "report/event.h"
#include "serve/page.h"
#include "serve/routes.h"
#include "serve/service.h"
#include "store/past.h"

struct history {
	struct service *s;
	struct request *q;
	const struct asset *asset;
	struct past_filter f;
	struct event_filter events;
	size_t limit;
};

static void
put_verdict(struct json_writer *w, const struct stored_verdict *v)
{
	json_object(w);
	json_put_time(w, "at", v->at_us);
	json_put_sv(w, "run_id", v->run_id);
	json_put_sv(w, "partition", v->partition);
	json_put_sv(w, "data_version", v->version);
	json_put_sv(w, "check", v->check_id);
	json_put_sv(w, "expectation", v->expectation);
	json_put_str(w, "outcome", outcome_names[v->outcome]);
	json_put_str(w, "severity", severity_names[v->severity]);
	json_put_bool(w, "blocking", v->blocking);
	json_put_sv(w, "message", v->message);
	json_put_sv(w, "engine", v->engine);
	json_put_f64(w, "duration_ms", v->duration_ms);
	json_object_end(w);
}

static void
put_metric(struct json_writer *w, const struct stored_metric *m)
{
	json_object(w);
	json_put_time(w, "at", m->at_us);
	json_put_sv(w, "partition", m->partition);
	json_put_sv(w, "data_version", m->version);
	json_put_sv(w, "name", m->name);
	json_put_f64(w, "value", m->value);
	json_object_end(w);
}

static struct json_writer *
begin(struct history *h, const char *list)
{
	struct json_writer *w = request_write(h->q);

	json_object(w);
	json_put_sv(w, "asset", h->asset->key);
	json_key(w, list);
	json_array(w);
	return w;
}

static void
end(struct history *h, struct json_writer *w, bool more, struct sv cursor)
{
	json_array_end(w);
	page_next(h->q, w, more, cursor);
	json_object_end(w);
	request_wrote(h->q, 200);
}

static struct sv
cursor_of(struct history *h, int64_t seq)
{
	return arena_svf(h->q->a, "%lld", (long long)seq);
}

static bool
tell_verdicts(struct history *h, struct err *err)
{
	struct past_verdict *v;
	struct json_writer *w;
	size_t n;

	if (!store_past_verdicts(h->s->store, h->q->a, &h->f, h->limit + 1, &v, &n, err))
		return false;
	w = begin(h, "verdicts");
	for (size_t i = 0; i < MIN(n, h->limit); i++)
		put_verdict(w, &v[i].v);
	end(h, w, n > h->limit, n > h->limit ? cursor_of(h, v[h->limit - 1].seq) : (struct sv){0});
	return true;
}

static bool
tell_metrics(struct history *h, struct err *err)
{
	struct past_metric *m;
	struct json_writer *w;
	size_t n;

	if (!store_past_metrics(h->s->store, h->q->a, &h->f, h->limit + 1, &m, &n, err))
		return false;
	w = begin(h, "metrics");
	for (size_t i = 0; i < MIN(n, h->limit); i++)
		put_metric(w, &m[i].m);
	end(h, w, n > h->limit, n > h->limit ? cursor_of(h, m[h->limit - 1].seq) : (struct sv){0});
	return true;
}

static bool
tell_events(struct history *h, struct err *err)
{
	struct event *e;
	struct json_writer *w;
	struct sv cursor = {0};
	size_t n;

	h->events.asset = h->asset->key;
	h->events.partition = h->f.partition;
	if (!store_find_events(h->s->store, h->q->a, &h->events, h->limit + 1, &e, &n, err))
		return false;
	w = begin(h, "events");
	for (size_t i = 0; i < MIN(n, h->limit); i++)
		report_event(w, &e[i]);
	if (n > h->limit)
		cursor = arena_svf(h->q->a, "%lld %lld", (long long)e[h->limit - 1].at_us,
		                   (long long)e[h->limit - 1].seq);
	end(h, w, n > h->limit, cursor);
	return true;
}

static const char *const kind_choices[] = {"verdicts", "events", "metrics", NULL};

/* "SEQ", or of events "AT SEQ". */
static bool
take_cursor(struct history *h, bool events, struct sv text)
{
	struct sv seq = text;

	if (text.n == 0)
		return true;
	if (!events)
		return num_i64(text, &h->f.before_seq) && h->f.before_seq > 0;
	return num_i64(sv_cut(&seq, ' '), &h->events.before_us) && h->events.before_us != TIME_NONE &&
	       num_i64(seq, &h->events.before_seq);
}

static void
history_read(struct service *s, struct request *q)
{
	struct history h = {
		.s = s,
		.q = q,
		.asset = service_asset(s, q->arg[0]),
		.f = {.partition = request_text(q, "partition"), .name = request_text(q, "name")},
		.events = {.kind = -1, .since_us = TIME_NONE, .until_us = TIME_NONE, .before_us = TIME_NONE},
		.limit = page_limit(q),
	};
	const struct sv kind = request_text(q, "kind");
	const bool events = sv_is(kind, "events"), metrics = sv_is(kind, "metrics");
	struct err err = {0};
	struct sv cursor;

	if (h.asset == NULL) {
		request_refuse(q, 404, "there is no asset '" SV_FMT "'", SV_ARG(q->arg[0]));
		return;
	}
	if (events && h.f.name.n > 0) {
		request_refuse(q, 400, "events have no 'name'");
		return;
	}
	if (!page_cursor(q, &cursor))
		return;
	if (!take_cursor(&h, events, cursor)) {
		request_refuse(q, 400, "the cursor is not one that was given in an earlier answer");
		return;
	}
	h.f.asset = h.asset->key;
	if (!(events ? tell_events(&h, &err) : metrics ? tell_metrics(&h, &err) : tell_verdicts(&h, &err)))
		request_problem(q, 0, &err);
}

static const struct route_param history_params[] = {
	PAGE_PARAM_CURSOR,
	{"kind", PARAM_IS_ENUM, kind_choices, "Of what; default: verdicts."},
	PAGE_PARAM_LIMIT,
	{"name", PARAM_IS_TEXT, NULL,
         "Of this check (its id), or this metric (a name, or the id of a check)."},
	{"partition", PARAM_IS_TEXT, NULL, "Of this partition."},
};
static const struct route_answer history_answers[] = {
	{.status = 200, .schema = "History", .doc = "Newest first."},
};

const struct route route_history = {
	.method = METHOD_GET,
	.path = "/v1/assets/{key}/history",
	.id = "getHistory",
	.scope = SCOPE_READ,
	.summary = "Tells the past of an asset: verdicts, events, or the values of metrics",
	.param = history_params,
	.nparam = LEN(history_params),
	.answer = history_answers,
	.nanswer = LEN(history_answers),
	.read = history_read,
};
