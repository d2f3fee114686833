/*
 * Prometheus Alertmanager, API v2: one alert for each incident.
 *
 * Labels are what an alert is told apart by: they hold only what stays the same while an incident lives, and its severity, by which
 * people route.  Alertmanager forgets alerts that nobody sends again: `endsAt` says until when this one is to be believed.  With a route
 * that repeats that is three times `repeat_every` ahead, so that two messages may be late; without one a year.  A resolved one ends
 * when the incident did.
 */
#include "alert/post.h"
#include "alert/secret.h"
#include "alert/template.h"
#include "alert/wording.h"

enum { BODY_MAX = 256 << 10, LABEL_MAX = 500, WORDS_MAX = 2000 };
#define FOREVER_US (365 * US_PER_DAY)
#define PATH "/api/v2/alerts"

struct alertmanager {
	struct post_options post;
	const struct node *labels;
	int64_t expires_us;
};

static bool
is_label(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];

		if (c != '_' && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return s.n > 0;
}

static void
labels_load(struct loader *l, void *rec, const struct node *n)
{
	struct alertmanager *m = rec;

	m->labels = n;
	for (size_t i = 0; n->kind == NODE_MAP && i < n->n; i++) {
		struct sv text;

		if (node_text(&n->kid[i], &text, l->d) && !is_label(n->kid[i].key))
			diag_error(l->d, n->kid[i].key_loc, "'" SV_FMT "' is no name of a label",
			           SV_ARG(n->kid[i].key));
	}
}

static const struct field label_item = {.key = "label", .doc = "Its value.", .kind = FIELD_TEXT};
static const struct field alertmanager_fields[] = {
	POST_FIELDS,
	{"labels", "Further labels of each alert.", .kind = FIELD_NONE, .values = &label_item,
         .load = labels_load},
	{"expires",
         "How long an alert fires unless it is told again; default three times the route's repeat_every, or "
         "365 days where it has none.",
         .kind = FIELD_DURATION, .at = offsetof(struct alertmanager, expires_us), .min = US_PER_MIN},
};
static const struct table alertmanager_table = TABLE("an Alertmanager channel", alertmanager_fields);

/* Empty ones are dropped there, too. */
static void
put_label(struct json_writer *w, struct arena *a, const char *name, struct sv value)
{
	value = cut_text(a, one_line(a, value), LABEL_MAX);
	if (value.n > 0)
		json_put_sv(w, name, value);
}

static void
put_labels(struct json_writer *w, const struct channel_call *call, const struct alertmanager *m,
           const struct incident *i)
{
	const struct {
		const char *name;
		struct sv value;
	} all[] = {
		{"alertname",
	         i->kind.n > 0 ? arena_svf(call->a, "weir_" SV_FMT, SV_ARG(i->kind)) : SV("weir")},
		{"project", call->notice->project},
		{"env", call->notice->env},
		{"asset", i->asset},
		{"partition", i->partition},
		{"check", i->check},
		{"severity", sv_of(severity_names[i->severity])},
	};

	json_key(w, "labels");
	json_object(w);
	for (size_t k = 0; k < LEN(all); k++)
		if (m->labels == NULL || node_get(m->labels, all[k].name) == NULL)
			put_label(w, call->a, all[k].name, all[k].value);
	for (size_t k = 0; m->labels != NULL && k < m->labels->n; k++)
		put_label(w, call->a, arena_str(call->a, m->labels->kid[k].key), m->labels->kid[k].text);
	json_object_end(w);
}

static void
put_annotations(struct json_writer *w, const struct channel_call *call, const struct notice_incident *n)
{
	const struct incident *i = &n->incident;
	struct fact fact[FACTS_MAX];
	const size_t count = incident_facts(call->a, n, fact);

	json_key(w, "annotations");
	json_object(w);
	json_put_sv(w, "summary", cut_text(call->a, one_line(call->a, i->title), LABEL_MAX));
	json_put_sv(w, "description", cut_text(call->a, incident_words(i), WORDS_MAX));
	json_put_sv(w, "incident", i->id);
	for (size_t k = 0; k < count; k++)
		if (strcmp(fact[k].name, "Owners") == 0)
			put_label(w, call->a, "owners", fact[k].value);
	json_object_end(w);
	if (n->url.n > 0)
		json_put_sv(w, "generatorURL", n->url);
}

static int64_t
expires_us(const struct channel_call *call, const struct alertmanager *m)
{
	const struct alerts_decl *alerts = &call->catalog->alerts;

	if (m->expires_us > 0)
		return m->expires_us;
	for (size_t i = 0; i < alerts->nroute; i++)
		if (sv_eq(alerts->route[i].name, call->notice->route) && alerts->route[i].repeat_every_us > 0)
			return 3 * alerts->route[i].repeat_every_us;
	return FOREVER_US;
}

static void
put_alert(struct json_writer *w, const struct channel_call *call, const struct alertmanager *m,
          const struct notice_incident *n)
{
	const struct incident *i = &n->incident;
	const bool over = i->resolved_us != TIME_NONE;

	json_object(w);
	put_labels(w, call, m, i);
	put_annotations(w, call, n);
	json_put_time(w, "startsAt", i->opened_us);
	json_put_time(w, "endsAt", over ? i->resolved_us : call->now_us + expires_us(call, m));
	json_object_end(w);
}

/* What did not fit in the message: that there is more. */
static struct notice_incident
the_others(const struct channel_call *call)
{
	const struct notice *n = call->notice;
	struct notice_incident i = {.incident = {.id = call->message->id,
	                                         .opened_us = n->at_us,
	                                         .severity = SEVERITY_CRITICAL,
	                                         .resolved_us = TIME_NONE}};

	i.incident.title = arena_svf(call->a,
	                             "%lld more problems in " SV_FMT ": `weir status` shows them all",
	                             (long long)n->omitted, SV_ARG(n->project));
	return i;
}

static void
put_alerts(struct json_writer *w, const struct channel_call *call, const struct alertmanager *m)
{
	const struct notice *n = call->notice;
	/* A test says itself when it is over. */
	const struct notice_incident test = {.incident = {.kind = n->type,
	                                                  .title = notice_title(call->a, n),
	                                                  .severity = SEVERITY_INFO,
	                                                  .opened_us = n->at_us,
	                                                  .resolved_us = n->at_us}};

	json_array(w);
	for (size_t i = 0; i < n->nincident; i++)
		put_alert(w, call, m, &n->incident[i]);
	if (n->nincident == 0)
		put_alert(w, call, m, &test);
	if (n->omitted > 0 && !sv_is(n->type, "incident.resolved")) {
		const struct notice_incident more = the_others(call);

		put_alert(w, call, m, &more);
	}
	json_array_end(w);
}

static bool
target(const struct channel_call *call, const struct alertmanager *m, struct sv *ret, struct err *err)
{
	if (!secret_get(call->a, m->post.url, ret, err))
		return false;
	while (sv_ends(*ret, SV("/")))
		ret->n--;
	if (!sv_ends(*ret, SV(PATH)))
		*ret = arena_svf(call->a, SV_FMT PATH, SV_ARG(*ret));
	return true;
}

static void
alertmanager_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	static const struct http_header header[] = {{{"Content-Type", 12}, {"application/json", 16}}};
	AUTO(buf) body = buf_new(BODY_MAX);
	const struct alertmanager *m = config;
	struct post p = {.header = header, .nheader = LEN(header)};
	struct http_answer answer;
	struct json_writer w;
	struct err err = {0};

	json_write_init(&w, body, 0);
	put_alerts(&w, call, m);
	p.body = buf_sv(body);
	if (!buf_check(body, "the message", &err) || !target(call, m, &p.url, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}
	if (!post_send(call, &m->post, &p, ret, &answer) || ret->status != 400)
		return;
	receipt_add(call->a, ret, answer.body);
	receipt_refuse(ret, 400);
}

const struct channel_driver channel_alertmanager = {
	.type = "alertmanager",
	.doc = "Fires and resolves alerts of a Prometheus Alertmanager, one for each incident.",
	.example = "{type: alertmanager, url: \"http://alertmanager:9093\"}",
	.table = &alertmanager_table,
	.config_size = sizeof(struct alertmanager),
	.escape = ESCAPE_LINE,
	.fixed = true,
	.parallel = 4,
	.send = alertmanager_send,
};
