/*
 * Triggers: a problem starts something that may mend it: a run of Airflow or Dagster, or any request over HTTP.
 *
 * Only what was opened starts anything: not what lasts, and not what is over.  `cooldown` and `max` keep a problem that comes back from
 * starting the same thing again and again; what was started is read from the outbox, so that it is known after a restart, too.  A run of
 * Airflow gets its id from the message: a copy of that starts nothing.
 */
#include "alert/post.h"
#include "alert/secret.h"
#include "alert/template.h"
#include "alert/wording.h"

enum { BODY_MAX = 256 << 10, MAX_MAX = CHANNEL_PAST_MAX };

enum start { START_HTTP, START_AIRFLOW, START_DAGSTER };
static const char *const start_names[] = {"http", "airflow", "dagster", NULL};
static const char *const method_names[] = {"POST", "GET",   "DELETE",
                                           "PUT",  "PATCH", NULL}; /* as enum http_method */
enum api { API_V2, API_V1 };
static const char *const api_names[] = {"v2", "v1", NULL};

struct trigger {
	struct post_options post;
	int start, method, api;
	const struct node *token, *conf, *tags;
	struct sv dag, repository, location, job;
	int64_t cooldown_us, max, per_us;
};

static void
token_load(struct loader *l, void *rec, const struct node *n)
{
	secret_check(l, n, "'token'", false);
	((struct trigger *)rec)->token = n;
}

static void
conf_load(struct loader *l, void *rec, const struct node *n)
{
	if (n->kind != NODE_MAP)
		diag_error(l->d, n->loc, "'conf' must be a map");
	else
		((struct trigger *)rec)->conf = n;
}

static void
tags_load(struct loader *l, void *rec, const struct node *n)
{
	for (size_t i = 0; n->kind == NODE_MAP && i < n->n; i++) {
		struct err err = {0};
		struct sv text;

		if (!node_text(&n->kid[i], &text, l->d) ||
		    template_check(l->a, text, ESCAPE_LINE, false, &err))
			continue;
		err.loc = n->kid[i].loc;
		diag_add_err(l->d, &err);
	}
	((struct trigger *)rec)->tags = n;
}

static const struct field tag_item = {.key = "tag", .doc = "Its value.", .kind = FIELD_TEXT};
static const struct field trigger_fields[] = {
	{"start",
         "What is started: http (a request, the default), airflow (a run of a DAG), dagster (a job).",
         .kind = FIELD_ENUM, .names = start_names, .at = offsetof(struct trigger, start)},
	POST_FIELDS,
	{"token", "Sent as Authorization: Bearer, as {env: NAME} or {file: PATH}.", .kind = FIELD_NONE,
         .table = &secret_table, .load = token_load},
	{"method", "http: POST (default), GET, PUT, PATCH or DELETE.", .kind = FIELD_ENUM,
         .names = method_names, .at = offsetof(struct trigger, method)},
	{"dag", "airflow: the DAG's id.", .kind = FIELD_TEXT, .at = offsetof(struct trigger, dag)},
	{"api", "airflow: v2 (default, Airflow 3) or v1 (Airflow 2).", .kind = FIELD_ENUM, .names = api_names,
         .at = offsetof(struct trigger, api)},
	{"repository", "dagster: the repository; default __repository__.", .kind = FIELD_TEXT,
         .at = offsetof(struct trigger, repository)},
	{"location", "dagster: the code location.", .kind = FIELD_TEXT,
         .at = offsetof(struct trigger, location)},
	{"job", "dagster: the job.", .kind = FIELD_TEXT, .at = offsetof(struct trigger, job)},
	{"conf", "airflow: conf of the run, to which `weir` is added; dagster: its run config.",
         .kind = FIELD_ANY, .load = conf_load},
	{"tags", "dagster: tags of the run; values may have {{ names }} as templates do.", .kind = FIELD_NONE,
         .values = &tag_item, .load = tags_load},
	{"cooldown", "Starts nothing within that long of the last start.", .kind = FIELD_DURATION,
         .at = offsetof(struct trigger, cooldown_us), .min = US_PER_S},
	{"max", "Starts no more than so many within `per`; default 10.", .kind = FIELD_INT, .min = 1,
         .at = offsetof(struct trigger, max)},
	{"per", "The time that `max` is about; default 24h.", .kind = FIELD_DURATION,
         .at = offsetof(struct trigger, per_us), .min = US_PER_S},
};
static const struct table trigger_table = TABLE("a trigger", trigger_fields);

/* May it start now? --------------------------------------------------------------------------------------------- */

static bool
opens(const struct notice *n)
{
	for (size_t i = 0; i < n->nincident; i++)
		if (n->incident[i].incident.change == INCIDENT_OPENED)
			return true;
	return n->nincident == 0; /* a test */
}

/* Why nothing is started; empty = something is. */
static struct sv
why_not(const struct channel_call *call, const struct trigger *t)
{
	const int64_t max = t->max > 0 ? t->max : 10, per_us = t->per_us > 0 ? t->per_us : US_PER_DAY;
	int64_t started = 0;

	if (!opens(call->notice))
		return arena_svf(call->a, "nothing to start for " SV_FMT, SV_ARG(call->notice->type));
	for (size_t i = 0; i < call->npast; i++) {
		const int64_t ago_us = call->now_us - call->past[i];

		if (t->cooldown_us > 0 && ago_us < t->cooldown_us)
			return arena_svf(call->a, "not started: the last start was %lld s ago (cooldown)",
			                 (long long)MAX(ago_us / US_PER_S, 0));
		started += ago_us < per_us;
	}
	if (started >= max)
		return arena_svf(call->a, "not started: there were %lld starts already (max)",
		                 (long long)started);
	return (struct sv){0};
}

/* Requests ------------------------------------------------------------------------------------------------------ */

/* What it is about, for whatever is started. */
static void
put_weir(struct json_writer *w, const struct channel_call *call)
{
	const struct notice *n = call->notice;

	json_object(w);
	json_put_sv(w, "message", call->message->id);
	json_put_sv(w, "project", n->project);
	json_put_sv(w, "environment", n->env);
	json_put_sv(w, "run_id", n->run_id);
	json_key(w, "incidents");
	json_array(w);
	for (size_t i = 0; i < n->nincident; i++) {
		const struct incident *k = &n->incident[i].incident;

		if (k->change != INCIDENT_OPENED)
			continue;
		json_object(w);
		json_put_sv(w, "id", k->id);
		json_put_sv(w, "kind", k->kind);
		json_put_sv(w, "asset", k->asset);
		json_put_sv(w, "partition", k->partition);
		json_put_sv(w, "check", k->check);
		json_put_str(w, "severity", severity_names[k->severity]);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

/* conf as it is, and, for `weir`, what it is about. */
static void
put_conf(struct json_writer *w, const struct channel_call *call, const struct node *conf, bool weir)
{
	json_object(w);
	for (size_t i = 0; conf != NULL && i < conf->n; i++) {
		json_key_sv(w, conf->kid[i].key);
		node_to_json(&conf->kid[i], w);
	}
	if (weir) {
		json_key(w, "weir");
		put_weir(w, call);
	}
	json_object_end(w);
}

static void
put_dag_run(struct json_writer *w, const struct channel_call *call, const struct trigger *t)
{
	json_object(w);
	json_put_sv(w, "dag_run_id", arena_svf(call->a, "weir-" SV_FMT, SV_ARG(call->message->id)));
	/* Airflow 3.0 wants the key; Airflow 2 takes the time of the request where it is missing. */
	if (t->api == API_V2) {
		json_key(w, "logical_date");
		json_null(w);
	}
	json_key(w, "conf");
	put_conf(w, call, t->conf, true);
	json_put_sv(w, "note",
	            cut_text(call->a, one_line(call->a, notice_title(call->a, call->notice)), 500));
	json_object_end(w);
}

static void
put_tag(struct json_writer *w, struct sv key, struct sv value)
{
	json_object(w);
	json_put_sv(w, "key", key);
	json_put_sv(w, "value", value);
	json_object_end(w);
}

static bool
put_launch(struct json_writer *w, const struct channel_call *call, const struct trigger *t, struct err *err)
{
	json_object(w);
	json_put_str(w, "query",
	             "mutation Launch($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename"
	             " ... on LaunchRunSuccess { run { runId } } } }");
	json_key(w, "variables");
	json_object(w);
	json_key(w, "p");
	json_object(w);
	json_key(w, "selector");
	json_object(w);
	json_put_sv(w, "repositoryLocationName", t->location);
	json_put_sv(w, "repositoryName", t->repository.n > 0 ? t->repository : SV("__repository__"));
	json_put_sv(w, "jobName", t->job);
	json_object_end(w);
	json_key(w, "runConfigData");
	put_conf(w, call, t->conf, false);
	json_key(w, "executionMetadata");
	json_object(w);
	json_key(w, "tags");
	json_array(w);
	put_tag(w, SV("weir/message"), call->message->id);
	for (size_t i = 0; t->tags != NULL && i < t->tags->n; i++) {
		struct sv value;

		if (!template_render(call->a, t->tags->kid[i].text, call->message->id, call->notice,
		                     ESCAPE_LINE, &value, err))
			return false;
		put_tag(w, t->tags->kid[i].key, value);
	}
	json_array_end(w);
	for (int level = 0; level < 4; level++)
		json_object_end(w);
	return true;
}

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_' || c == '~';
}

static struct sv
segment(struct arena *a, struct sv s)
{
	AUTO(buf) b = buf_new(BODY_MAX);

	for (size_t i = 0; i < s.n; i++)
		if (is_unreserved(s.p[i]))
			buf_putc(b, s.p[i]);
		else
			buf_printf(b, "%%%02X", (unsigned char)s.p[i]);
	return arena_sv(a, buf_sv(b));
}

static bool
target(const struct channel_call *call, const struct trigger *t, struct sv *ret, struct err *err)
{
	if (!secret_get(call->a, t->post.url, ret, err))
		return false;
	if (t->start == START_HTTP)
		return true;
	while (sv_ends(*ret, SV("/")))
		ret->n--;
	if (t->start == START_AIRFLOW)
		*ret = arena_svf(call->a, SV_FMT "/api/%s/dags/" SV_FMT "/dagRuns", SV_ARG(*ret),
		                 api_names[t->api], SV_ARG(segment(call->a, t->dag)));
	else if (!sv_ends(*ret, SV("/graphql")))
		*ret = arena_svf(call->a, SV_FMT "/graphql", SV_ARG(*ret));
	return true;
}

static bool
put_request(const struct channel_call *call, const struct trigger *t, struct buf *b, struct err *err)
{
	const struct node *template = node_get(call->channel->node, "template");
	struct json_writer w;
	struct sv text = call->message->body;

	if (t->start == START_HTTP) {
		if (template != NULL && !template_render(call->a, template->text, call->message->id,
		                                         call->notice, ESCAPE_JSON, &text, err))
			return false;
		buf_add(b, text);
		return buf_check(b, "the message", err);
	}
	json_write_init(&w, b, 0);
	if (t->start == START_AIRFLOW)
		put_dag_run(&w, call, t);
	else if (!put_launch(&w, call, t, err))
		return false;
	return buf_check(b, "the message", err);
}

/* Answers ------------------------------------------------------------------------------------------------------- */

/* Dagster answers 200 to everything: what became of it is the type of the result. */
static void
judge_dagster(const struct channel_call *call, struct sv body, struct receipt *ret)
{
	struct diags d;
	const struct node *root, *type;
	struct sv name = {0};

	diags_init(&d, call->a);
	root = node_parse_json(call->a, "answer", body, &d);
	type = node_get(node_get(node_get(root, "data"), "launchRun"), "__typename");
	if (type != NULL && node_is_scalar(type))
		name = type->text;
	if (sv_is(name, "LaunchRunSuccess"))
		return;
	ret->result = sv_is(name, "RunConfigValidationInvalid") || sv_is(name, "PipelineNotFoundError") ||
	                              sv_is(name, "InvalidSubsetError")
	                      ? DELIVERY_REFUSED
	                      : DELIVERY_FAILED;
	receipt_add(call->a, ret, name.n > 0 ? name : SV("the answer is none of Dagster's"));
}

static void
heed_answer(const struct channel_call *call, const struct trigger *t, const struct http_answer *answer,
            struct receipt *ret)
{
	if (t->start == START_AIRFLOW && ret->status == 409) {
		ret->result = DELIVERED;
		receipt_add(call->a, ret, SV("it was started before"));
	} else if (t->start == START_DAGSTER && ret->result == DELIVERED) {
		judge_dagster(call, answer->body, ret);
	}
	receipt_refuse(ret, 400);
	receipt_refuse(ret, 422);
}

static void
trigger_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	struct http_header header[2] = {{SV("Content-Type"), SV("application/json")}};
	AUTO(buf) body = buf_new(BODY_MAX);
	const struct trigger *t = config;
	struct post p = {.method = t->start == START_HTTP ? (enum http_method)t->method : HTTP_POST,
	                 .header = header,
	                 .nheader = 1};
	struct http_answer answer;
	struct err err = {0};
	struct sv why = why_not(call, t), token;

	if (why.n > 0) {
		*ret = (struct receipt){.result = DELIVERED, .outcome = why};
		return;
	}
	if ((t->token != NULL && !secret_get(call->a, t->token, &token, &err)) ||
	    !put_request(call, t, body, &err) || !target(call, t, &p.url, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}
	if (t->token != NULL)
		header[p.nheader++] = (struct http_header){
			SV("Authorization"), arena_svf(call->a, "Bearer " SV_FMT, SV_ARG(token))};
	if (p.method != HTTP_GET)
		p.body = buf_sv(body);
	if (post_send(call, &t->post, &p, ret, &answer))
		heed_answer(call, t, &answer, ret);
}

/* The catalog --------------------------------------------------------------------------------------------------- */

static void
need(const struct channel_decl *c, const char *start, const char *key, struct diags *d)
{
	if (node_get(c->node, key) == NULL)
		diag_error(d, c->loc, "a trigger that starts %s needs '%s'", start, key);
}

static void
trigger_check(const struct channel_decl *c, struct diags *d)
{
	static const struct {
		const char *key;
		enum start start[2];
	} only[] = {
		{"method", {START_HTTP, START_HTTP}},         {"template", {START_HTTP, START_HTTP}},
		{"dag", {START_AIRFLOW, START_AIRFLOW}},      {"api", {START_AIRFLOW, START_AIRFLOW}},
		{"conf", {START_AIRFLOW, START_DAGSTER}},     {"repository", {START_DAGSTER, START_DAGSTER}},
		{"location", {START_DAGSTER, START_DAGSTER}}, {"job", {START_DAGSTER, START_DAGSTER}},
		{"tags", {START_DAGSTER, START_DAGSTER}},
	};
	const struct node *start = node_get(c->node, "start"), *max = node_get(c->node, "max");
	enum start kind = START_HTTP;
	int64_t n;

	while (start != NULL && start_names[kind] != NULL && !sv_is(start->text, start_names[kind]))
		kind++;
	for (size_t i = 0; i < LEN(only); i++) {
		const struct node *key = node_get(c->node, only[i].key);

		if (key != NULL && only[i].start[0] != kind && only[i].start[1] != kind)
			diag_error(d, key->key_loc, "a trigger that starts %s takes no '%s'",
			           start_names[kind], only[i].key);
	}
	if (kind == START_AIRFLOW)
		need(c, "airflow", "dag", d);
	if (kind == START_DAGSTER) {
		need(c, "dagster", "location", d);
		need(c, "dagster", "job", d);
	}
	if (max != NULL && node_int(max, &n, d) && n > MAX_MAX)
		diag_error(d, max->loc, "'max' is at most %d", MAX_MAX);
}

const struct channel_driver channel_trigger = {
	.type = "trigger",
	.doc = "Starts a run of Airflow or Dagster, or sends any request, when a problem is opened.",
	.example =
		"{type: trigger, start: airflow, url: \"https://airflow.example.com\", dag: repair, token: {env: "
		"AIRFLOW_TOKEN}, cooldown: 1h}",
	.table = &trigger_table,
	.config_size = sizeof(struct trigger),
	.escape = ESCAPE_JSON,
	.past = true,
	.check = trigger_check,
	.send = trigger_send,
};
