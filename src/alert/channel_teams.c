/*
 * Microsoft Teams by a workflow ("Post to a channel when a webhook request is received"): an adaptive card, which is refused beyond 28 kB.
 *
 * What comes from data stands in runs of rich text: there markdown means nothing, so that no name can become a link or a heading.  A
 * mention would need an entity of its own.  202 says that the workflow was started, not that the card was posted.
 */
#include "alert/post.h"
#include "alert/secret.h"
#include "alert/template.h"
#include "alert/wording.h"

enum { CARD_MAX = 28 << 10, INCIDENTS_BYTES = 24 << 10, TITLE_MAX = 300, WORDS_MAX = 1000, FACT_MAX = 300 };

struct teams {
	struct post_options post;
};

static const struct field teams_fields[] = {POST_FIELDS};
static const struct table teams_table = TABLE("a Teams channel", teams_fields);

/* A paragraph; its look is a further key of the run, or NULL. */
static void
put_run(struct json_writer *w, struct sv text, const char *key, const char *look, bool apart)
{
	json_object(w);
	json_put_str(w, "type", "RichTextBlock");
	if (apart)
		json_put_bool(w, "separator", true);
	json_key(w, "inlines");
	json_array(w);
	json_object(w);
	json_put_str(w, "type", "TextRun");
	json_put_sv(w, "text", text.n > 0 ? text : SV("-"));
	if (key != NULL)
		json_put_str(w, key, look);
	json_object_end(w);
	json_array_end(w);
	json_object_end(w);
}

static void
put_incident(struct json_writer *w, struct arena *a, const struct notice_incident *n)
{
	struct fact fact[FACTS_MAX];
	const size_t count = incident_facts(a, n, fact);

	put_run(w, cut_text(a, one_line(a, incident_words(&n->incident)), WORDS_MAX), "weight", "Bolder",
	        true);
	for (size_t i = 0; i < count; i++)
		put_run(w,
		        arena_svf(a, "%s: " SV_FMT, fact[i].name,
		                  SV_ARG(cut_text(a, one_line(a, fact[i].value), FACT_MAX))),
		        NULL, NULL, false);
}

/* As many as fit, and how many do not. */
static void
put_incidents(struct json_writer *w, const struct channel_call *call)
{
	const struct notice *n = call->notice;
	AUTO(buf) one = buf_new(TEMPLATE_OUT_MAX);
	size_t i = 0;

	for (; i < n->nincident; i++) {
		struct json_writer each;

		buf_clear(one);
		json_write_init(&each, one, 0);
		put_incident(&each, call->a, &n->incident[i]);
		if (w->b->n + one->n > INCIDENTS_BYTES)
			break;
		put_incident(w, call->a, &n->incident[i]);
	}

	const long long more = n->omitted + (int64_t)(n->nincident - i);

	if (more > 0)
		put_run(w, arena_svf(call->a, "… and %lld more: `weir status` shows them all", more), NULL,
		        NULL, true);
}

static bool
put_template(struct json_writer *w, const struct channel_call *call, const struct node *template,
             struct err *err)
{
	struct sv text;

	if (!template_render(call->a, template->text, call->message->id, call->notice, ESCAPE_LINE, &text,
	                     err))
		return false;
	text = cut_text(call->a, text, INCIDENTS_BYTES / 2);
	while (text.n > 0)
		put_run(w, sv_trim(sv_cut(&text, '\n')), NULL, NULL, false);
	return true;
}

static bool
put_card(struct json_writer *w, const struct channel_call *call, struct err *err)
{
	const struct node *template = node_get(call->channel->node, "template");
	const struct notice *n = call->notice;
	bool ok = true;

	json_object(w);
	json_put_str(w, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
	json_put_str(w, "type", "AdaptiveCard");
	json_put_str(w, "version", "1.4");
	json_key(w, "body");
	json_array(w);
	if (template != NULL) {
		ok = put_template(w, call, template, err);
	} else {
		put_run(w, cut_text(call->a, one_line(call->a, notice_title(call->a, n)), TITLE_MAX), "size",
		        "Large", false);
		put_incidents(w, call);
		put_run(w,
		        one_line(call->a, arena_svf(call->a, SV_FMT " " SV_FMT "%s" SV_FMT,
		                                    SV_ARG(n->project), SV_ARG(n->env),
		                                    n->run_id.n > 0 ? " run " : "", SV_ARG(n->run_id))),
		        "size", "Small", true);
	}
	json_array_end(w);
	json_object_end(w);
	return ok;
}

static bool
make_body(const struct channel_call *call, struct buf *b, struct err *err)
{
	struct json_writer w;
	bool ok;

	json_write_init(&w, b, 0);
	json_object(&w);
	json_put_str(&w, "type", "message");
	json_key(&w, "attachments");
	json_array(&w);
	json_object(&w);
	json_put_str(&w, "contentType", "application/vnd.microsoft.card.adaptive");
	json_key(&w, "contentUrl");
	json_null(&w);
	json_key(&w, "content");
	ok = put_card(&w, call, err);
	json_object_end(&w);
	json_array_end(&w);
	json_object_end(&w);
	return ok && buf_check(b, "the message", err);
}

static void
teams_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	AUTO(buf) body = buf_new(CARD_MAX);
	const struct teams *t = config;
	struct http_answer answer;
	struct err err = {0};

	if (!make_body(call, body, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}
	if (post_json(call, &t->post, buf_sv(body), ret, &answer))
		receipt_refuse(ret, 400);
}

static bool
holds(struct sv text, const char *part)
{
	return text.n > 0 && memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void
teams_check(const struct channel_decl *c, struct diags *d)
{
	const struct node *url = node_get(c->node, "url");

	if (!node_is_scalar(url))
		return;
	if (holds(url->text, "webhook.office.com")) {
		diag_error(d, url->loc,
		           "connectors of Office 365 are retired: Teams takes nothing from them");
		diag_hint(d, "make a workflow for webhook requests in the channel, and take its URL");
	} else if (holds(url->text, "sig=")) {
		diag_warning(d, url->loc, "whoever reads this URL can post to the channel");
		diag_hint(d, "keep it out of the catalog: url: {env: TEAMS_URL}");
	}
}

const struct channel_driver channel_teams = {
	.type = "teams",
	.doc = "Posts a card to a channel of Microsoft Teams by a workflow for webhook requests.",
	.example = "{type: teams, url: {env: TEAMS_URL}}",
	.table = &teams_table,
	.config_size = sizeof(struct teams),
	.escape = ESCAPE_LINE,
	.parallel = 2,
	.check = teams_check,
	.send = teams_send,
};
