#include "cmd/remote_events.h"

#include "base/log.h"
#include "base/num.h"
#include "report/reader.h"

/* Telling ------------------------------------------------------------------------------------------------------- */

static void
put_unless_empty(struct json_writer *j, const char *key, struct sv text)
{
	if (text.n > 0)
		json_put_sv(j, key, text);
}

static void
put_time_if_known(struct json_writer *j, const char *key, int64_t t_us)
{
	if (t_us != TIME_NONE)
		json_put_time(j, key, t_us);
}

static void
put_inputs(struct json_writer *j, const struct event *e, const struct sv *told, size_t ntold)
{
	json_key(j, "inputs");
	json_array(j);
	for (size_t i = 0; i < ntold; i++)
		json_sv(j, told[i]);
	for (size_t i = 0; i < e->ninput; i++) {
		json_object(j);
		json_put_sv(j, "key", e->input[i].key);
		put_unless_empty(j, "partition", e->input[i].partition);
		put_unless_empty(j, "version", e->input[i].version);
		json_object_end(j);
	}
	json_array_end(j);
}

void
remote_event_write(struct json_writer *j, const struct event *e, const struct sv *told, size_t ntold)
{
	json_object(j);
	json_put_sv(j, "asset", e->asset);
	json_put_str(j, "kind", event_kind_names[e->kind]);
	put_time_if_known(j, "at", e->at_us);
	put_unless_empty(j, "partition", e->partition);
	put_unless_empty(j, "version", e->version);
	put_unless_empty(j, "code_version", e->code_version);
	put_time_if_known(j, "data_through", e->data_through_us);
	put_unless_empty(j, "run_id", e->run_id);
	put_unless_empty(j, "note", e->note);
	put_unless_empty(j, "reporter", e->reporter);
	if (e->rows >= 0)
		json_put_i64(j, "rows", e->rows);
	if (e->inputs_given)
		put_inputs(j, e, told, ntold);
	if (e->nmetric > 0) {
		json_key(j, "metrics");
		json_object(j);
		for (size_t i = 0; i < e->nmetric; i++) {
			json_key_sv(j, e->metric[i].name);
			json_f64(j, e->metric[i].value);
		}
		json_object_end(j);
	}
	json_object_end(j);
}

struct read_warning {
	struct sv pointer, detail;
};

struct read_added {
	LIST(struct event) event;
	LIST(struct read_warning) warning;
};

static const struct member added_event_members[] = {
	{"id", MEMBER_TEXT, AT(event, id)},
};

static const struct member warning_members[] = {
	{"pointer", MEMBER_TEXT, AT(read_warning, pointer)},
	{"detail", MEMBER_TEXT, AT(read_warning, detail)},
};

static bool
read_added_events(struct json_reader *r, void *base, enum json_event e)
{
	struct read_added *x = base;

	return READ_LIST(r, e, &x->event, MEMBERS(added_event_members), ((struct event){.rows = -1}));
}

static bool
read_warnings(struct json_reader *r, void *base, enum json_event e)
{
	struct read_added *x = base;

	return READ_LIST(r, e, &x->warning, MEMBERS(warning_members), ((struct read_warning){0}));
}

static const struct member added_members[] = {
	{"events", MEMBER_OTHER, .read = read_added_events},
	{"warnings", MEMBER_OTHER, .read = read_warnings},
};

bool
remote_event_add(struct remote *r, struct arena *a, const struct event *e, const struct sv *told,
                 size_t ntold, struct sv *id, struct err *err)
{
	AUTO(buf) body = buf_new((size_t)4 << 20);
	struct json_reader reader = {.a = a, .err = err, .what = "the answer"};
	struct read_added added = {.event = {0}};
	struct json_writer j;
	struct sv json;

	json_write_init(&j, body, 0);
	remote_event_write(&j, e, told, ntold);
	if (!buf_check(body, "the event", err) ||
	    !remote_ask(r, a,
	                &(struct remote_call){
				.method = HTTP_POST, .path = SV("/v1/events"), .body = buf_sv(body)},
	                &json, NULL, err))
		return false;
	json_scan_init(&reader.s, json);
	if (!reader_object(&reader, MEMBERS(added_members), &added, json_next(&reader.s)))
		return false;
	for (size_t i = 0; i < added.warning.n; i++)
		log_warn(SV_FMT ": " SV_FMT, SV_ARG(added.warning.v[i].pointer),
		         SV_ARG(added.warning.v[i].detail));
	if (added.event.n != 1 || added.event.v[0].id.n == 0)
		return err_set(err, ERR_STORE, NOWHERE, "the answer does not say that the event was stored");
	*id = added.event.v[0].id;
	return true;
}

/* Listing ------------------------------------------------------------------------------------------------------- */

struct read_event {
	struct event e;
	LIST(struct event_input) input;
	LIST(struct event_metric) metric;
};

static const struct member input_members[] = {
	{"asset", MEMBER_TEXT, AT(event_input, key)},
	{"partition", MEMBER_TEXT, AT(event_input, partition)},
	{"version", MEMBER_TEXT, AT(event_input, version)},
};

static bool
read_inputs(struct json_reader *r, void *base, enum json_event e)
{
	struct read_event *x = base;

	return READ_LIST(r, e, &x->input, MEMBERS(input_members), ((struct event_input){0}));
}

static bool
read_metrics(struct json_reader *r, void *base, enum json_event e)
{
	struct read_event *x = base;

	if (e != JSON_OBJECT)
		return reader_fail(r, "an object is expected");
	while ((e = json_next(&r->s)) == JSON_KEY) {
		struct event_metric *m = LIST_ADD(r->a, &x->metric);

		m->name = json_unescape(r->a, r->s.text);
		e = json_next(&r->s);
		if (e != JSON_NUMBER || !num_f64(r->s.text, &m->value))
			return reader_fail(r, "a number is expected");
	}
	return e == JSON_OBJECT_END || reader_fail(r, "it is damaged");
}

static bool
read_rows(struct json_reader *r, void *base, enum json_event e)
{
	struct read_event *x = base;

	return e == JSON_NULL || (e == JSON_NUMBER && num_i64(r->s.text, &x->e.rows)) ||
	       reader_fail(r, "a number is expected");
}

static const struct member event_members[] = {
	{"id", MEMBER_TEXT, AT(read_event, e.id)},
	{"kind", MEMBER_ENUM, NAMED(read_event, e.kind, event_kind_names)},
	{"asset", MEMBER_TEXT, AT(read_event, e.asset)},
	{"partition", MEMBER_TEXT, AT(read_event, e.partition)},
	{"at", MEMBER_TIME, AT(read_event, e.at_us)},
	{"recorded_at", MEMBER_TIME, AT(read_event, e.recorded_us)},
	{"version", MEMBER_TEXT, AT(read_event, e.version)},
	{"updated_at", MEMBER_TIME, AT(read_event, e.updated_us)},
	{"data_through", MEMBER_TIME, AT(read_event, e.data_through_us)},
	{"code_version", MEMBER_TEXT, AT(read_event, e.code_version)},
	{"rows", MEMBER_OTHER, .read = read_rows},
	{"reporter", MEMBER_TEXT, AT(read_event, e.reporter)},
	{"run_id", MEMBER_TEXT, AT(read_event, e.run_id)},
	{"note", MEMBER_TEXT, AT(read_event, e.note)},
	{"inputs", MEMBER_OTHER, .read = read_inputs},
	{"metrics", MEMBER_OTHER, .read = read_metrics},
};

struct read_page {
	LIST(struct read_event) event;
	bool has_events;
};

static bool
read_events(struct json_reader *r, void *base, enum json_event e)
{
	struct read_page *x = base;

	x->has_events = true;
	return READ_LIST(r, e, &x->event, MEMBERS(event_members),
	                 ((struct read_event){.e = {.at_us = TIME_NONE,
	                                            .recorded_us = TIME_NONE,
	                                            .updated_us = TIME_NONE,
	                                            .data_through_us = TIME_NONE,
	                                            .rows = -1}}));
}

static const struct member page_members[] = {
	{"events", MEMBER_OTHER, .read = read_events},
};

static bool
read_page(struct arena *a, struct sv json, struct read_page *x, struct err *err)
{
	struct json_reader reader = {.a = a, .err = err, .what = "the list of events"};

	json_scan_init(&reader.s, json);
	return reader_object(&reader, MEMBERS(page_members), x, json_next(&reader.s)) &&
	       (x->has_events || reader_fail(&reader, "it is not there"));
}

static bool
first_page(struct arena *a, const struct remote_events_query *q, struct sv *ret, struct err *err)
{
	AUTO(buf) path = buf_new((size_t)1 << 20);

	buf_puts(path, "/v1/events");
	remote_param(path, "limit", arena_svf(a, "%lld", (long long)MIN(q->max, 1000)));
	if (q->asset.n > 0)
		remote_param(path, "asset", q->asset);
	if (q->partition.n > 0)
		remote_param(path, "partition", q->partition);
	if (q->kind != NULL)
		remote_param(path, "kind", sv_of(q->kind));
	*ret = arena_sv(a, buf_sv(path));
	return buf_check(path, "the question", err);
}

bool
remote_events_list(struct remote *r, struct arena *a, const struct remote_events_query *q, struct event **ret,
                   size_t *n, struct err *err)
{
	LIST(struct event) list = {0};
	struct sv path, json;

	if (!first_page(a, q, &path, err))
		return false;
	while (path.n > 0 && list.n < (size_t)q->max) {
		struct read_page page = {.has_events = false};

		if (!remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = path}, &json, &path,
		                err) ||
		    !read_page(a, json, &page, err))
			return false;
		for (size_t i = 0; i < page.event.n && list.n < (size_t)q->max; i++) {
			struct event *e = LIST_ADD(a, &list);

			*e = page.event.v[i].e;
			e->input = page.event.v[i].input.v;
			e->ninput = page.event.v[i].input.n;
			e->metric = page.event.v[i].metric.v;
			e->nmetric = page.event.v[i].metric.n;
		}
		if (page.event.n == 0)
			break;
	}
	*ret = list.v;
	*n = list.n;
	return true;
}
