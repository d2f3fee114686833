/*
 * PagerDuty's Events API v2: one event for each incident, under the incident's id, so that an alert there lives as long as the incident
 * here and a copy changes nothing.
 *
 *	opened, opened again, worse, still open   trigger
 *	acknowledged, snoozed                     acknowledge
 *	resolved                                  resolve
 *
 * A message on so many incidents that not all are described in it triggers those by their ids alone: none is lost.
 */
#include "alert/post.h"
#include "alert/secret.h"
#include "alert/template.h"
#include "alert/wording.h"

enum { SUMMARY_MAX = 1024, WORDS_MAX = 4000, EVENT_MAX = 64 << 10, SOURCE_MAX = 255 };
#define URL "https://events.pagerduty.com/v2/enqueue"

struct pagerduty {
	struct post_options post;
	const struct node *key;
};

static void
key_load(struct loader *l, void *rec, const struct node *n)
{
	struct pagerduty *p = rec;

	secret_check(l, n, "'routing_key'", false);
	p->key = n;
}

static const struct field pagerduty_fields[] = {
	{"routing_key", "The integration key of the service's Events API v2, as {env: NAME} or {file: PATH}.",
         .kind = FIELD_NONE, .required = true, .table = &secret_table, .load = key_load},
	{"url", "Where to post; default " URL ", in Europe https://events.eu.pagerduty.com/v2/enqueue.",
         .kind = FIELD_TEXT, .table = &secret_table, .load = post_url_load},
	POST_OTHER_FIELDS,
};
static const struct table pagerduty_table = TABLE("a PagerDuty channel", pagerduty_fields);

static const char *
action_of(const struct incident *i)
{
	if (i->resolved_us != TIME_NONE)
		return "resolve";
	return i->change == INCIDENT_ACKED || i->change == INCIDENT_SNOOZED ? "acknowledge" : "trigger";
}

static const char *
severity_of(enum severity s)
{
	return s == SEVERITY_CRITICAL ? "critical" : s == SEVERITY_WARNING ? "warning" : "info";
}

static struct sv
line(struct arena *a, struct sv text, size_t max)
{
	return cut_text(a, one_line(a, text), max);
}

static void
put_payload(struct json_writer *w, const struct channel_call *call, const struct notice_incident *n)
{
	const struct incident *i = &n->incident;
	struct fact fact[FACTS_MAX];
	const size_t count = incident_facts(call->a, n, fact);

	json_key(w, "payload");
	json_object(w);
	json_put_sv(w, "summary",
	            line(call->a,
	                 arena_svf(call->a, SV_FMT "%s" SV_FMT, SV_ARG(i->asset), i->asset.n > 0 ? ": " : "",
	                           SV_ARG(incident_words(i))),
	                 SUMMARY_MAX));
	json_put_sv(w, "source",
	            line(call->a,
	                 arena_svf(call->a, "weir " SV_FMT " " SV_FMT, SV_ARG(call->notice->project),
	                           SV_ARG(call->notice->env)),
	                 SOURCE_MAX));
	json_put_str(w, "severity", severity_of(i->severity));
	json_put_time(w, "timestamp", i->opened_us);
	json_put_sv(w, "component", line(call->a, i->asset, SOURCE_MAX));
	json_put_sv(w, "group", line(call->a, call->notice->project, SOURCE_MAX));
	json_put_sv(w, "class", i->kind);
	json_key(w, "custom_details");
	json_object(w);
	for (size_t k = 0; k < count; k++)
		json_put_sv(w, fact[k].name, line(call->a, fact[k].value, WORDS_MAX));
	json_put_sv(w, "Message", cut_text(call->a, i->message, WORDS_MAX));
	json_put_sv(w, "Run", call->notice->run_id);
	json_object_end(w);
	json_object_end(w);
}

static void
put_links(struct json_writer *w, const struct notice_incident *n)
{
	if (n->url.n == 0)
		return;
	json_key(w, "links");
	json_array(w);
	json_object(w);
	json_put_sv(w, "href", n->url);
	json_put_str(w, "text", "weir");
	json_object_end(w);
	json_array_end(w);
	json_put_sv(w, "client_url", n->url);
}

/* Posts one event; true if the receiver took it. */
static bool
post_event(const struct channel_call *call, const struct pagerduty *p, struct sv key, struct sv id,
           const char *action, const struct notice_incident *n, struct receipt *ret)
{
	AUTO(buf) body = buf_new(EVENT_MAX);
	struct http_answer answer;
	struct post_options o = p->post;
	struct json_writer w;
	struct err err = {0};

	json_write_init(&w, body, 0);
	json_object(&w);
	json_put_sv(&w, "routing_key", key);
	json_put_str(&w, "event_action", action);
	json_put_sv(&w, "dedup_key", id);
	if (strcmp(action, "trigger") == 0) {
		put_payload(&w, call, n);
		json_put_str(&w, "client", "weir");
		put_links(&w, n);
	}
	json_object_end(&w);
	if (!buf_check(body, "the event", &err)) {
		receipt_fail(call->a, ret, &err);
		return false;
	}

	static const struct http_header header[] = {{{"Content-Type", 12}, {"application/json", 16}}};
	const struct post post = {.url = o.url == NULL ? SV(URL) : (struct sv){0},
	                          .header = header,
	                          .nheader = LEN(header),
	                          .body = buf_sv(body)};

	if (post_send(call, &o, &post, ret, &answer))
		receipt_refuse(ret, 400);
	return ret->result == DELIVERED;
}

static const struct notice_incident *
described(const struct notice *n, struct sv id)
{
	for (size_t i = 0; i < n->nincident; i++)
		if (sv_eq(n->incident[i].incident.id, id))
			return &n->incident[i];
	return NULL;
}

/* One whose description did not fit. */
static struct notice_incident
undescribed(const struct channel_call *call, struct sv id)
{
	const struct notice *n = call->notice;
	struct notice_incident i = {
		.incident = {.id = id,
	                     .severity = SEVERITY_CRITICAL,
	                     .opened_us = n->at_us,
	                     .resolved_us = sv_is(n->type, "incident.resolved") ? n->at_us : TIME_NONE}};

	i.incident.title = arena_svf(call->a, "one of %lld problems in " SV_FMT ", see incident " SV_FMT,
	                             (long long)n->count, SV_ARG(n->project), SV_ARG(id));
	return i;
}

/* Opens an alert and closes it again. */
static void
send_test(const struct channel_call *call, const struct pagerduty *p, struct sv key, struct receipt *ret)
{
	const struct notice_incident n = {.incident = {.title = notice_title(call->a, call->notice),
	                                               .severity = SEVERITY_INFO,
	                                               .kind = SV("test"),
	                                               .opened_us = call->notice->at_us,
	                                               .resolved_us = TIME_NONE}};

	if (post_event(call, p, key, call->message->id, "trigger", &n, ret))
		(void)post_event(call, p, key, call->message->id, "resolve", &n, ret);
}

static void
pagerduty_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	const struct pagerduty *p = config;
	const struct message *m = call->message;
	bool refused = false;
	struct receipt bad = {0};
	struct sv key;
	struct err err = {0};

	if (!secret_get(call->a, p->key, &key, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}
	if (m->nincident == 0) {
		send_test(call, p, key, ret);
		return;
	}
	for (size_t i = 0; i < m->nincident; i++) {
		const struct notice_incident *n = described(call->notice, m->incident[i]);
		const struct notice_incident other = undescribed(call, m->incident[i]);

		if (n == NULL)
			n = &other;
		if (post_event(call, p, key, m->incident[i], action_of(&n->incident), n, ret))
			continue;
		/* What is tried again begins anew: copies of an event change nothing. */
		if (ret->result != DELIVERY_REFUSED)
			return;
		bad = *ret;
		refused = true;
	}
	if (refused)
		*ret = bad;
}

const struct channel_driver channel_pagerduty = {
	.type = "pagerduty",
	.doc = "Triggers, acknowledges and resolves alerts of PagerDuty, one for each incident.",
	.example = "{type: pagerduty, routing_key: {env: PAGERDUTY_KEY}}",
	.table = &pagerduty_table,
	.config_size = sizeof(struct pagerduty),
	.escape = ESCAPE_LINE,
	.fixed = true,
	.parallel = 4,
	.send = pagerduty_send,
};
