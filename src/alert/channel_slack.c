/*
 * Slack's incoming webhooks: Block Kit within Slack's limits (50 blocks, headers of 150 characters, sections of 3000).
 *
 * What comes from data stands in code spans, without backticks and with & < > escaped: there it can be neither a mention (<!channel>)
 * nor a link nor markup.
 */
#include "alert/post.h"
#include "alert/secret.h"
#include "alert/template.h"
#include "base/civil.h"

enum { HEADER_MAX = 150, SECTION_MAX = 3000, SPAN_MAX = 500, INCIDENTS_MAX = 40, SYMPTOMS_SHOWN = 5 };

struct slack {
	struct post_options post;
};

static const struct field slack_fields[] = {POST_FIELDS};
static const struct table slack_table = TABLE("a Slack channel", slack_fields);

/* Text -------------------------------------------------------------------------------------------------------- */

/* At most max bytes once escaped, cut between characters; never cuts an entity in two. */
static void
put_cut(struct buf *b, struct sv text, size_t max)
{
	static const char mark[] = "…";
	AUTO(buf) whole = buf_new(TEMPLATE_OUT_MAX);
	size_t at = 0, n = 0;

	escape_put(whole, ESCAPE_SLACK, text);
	if (whole->n <= max && !whole->full) {
		buf_add(b, buf_sv(whole));
		return;
	}
	for (;;) {
		size_t next = at + 1;
		const char *end = at < whole->n && whole->p[at] == '&'
		                          ? memchr(whole->p + at, ';', whole->n - at)
		                          : NULL;

		if (end != NULL)
			next = (size_t)(end - whole->p) + 1;
		while (next < whole->n && ((unsigned char)whole->p[next] & 0xC0) == 0x80)
			next++;
		if (next > whole->n || next + sizeof(mark) - 1 > max)
			break;
		n = at = next;
	}
	buf_add(b, (struct sv){whole->p, n});
	buf_puts(b, mark);
}

static void
put_span(struct arena *a, struct buf *b, struct sv text)
{
	struct sv copy = arena_sv(a, text);
	char *p = (char *)(uintptr_t)copy.p;

	for (size_t i = 0; i < copy.n; i++)
		if (p[i] == '`')
			p[i] = '\'';
	/* An empty span would show its backticks. */
	if (sv_trim(copy).n == 0)
		return;
	buf_putc(b, '`');
	put_cut(b, copy, SPAN_MAX);
	buf_putc(b, '`');
}

/* Blocks ------------------------------------------------------------------------------------------------------ */

static void
put_text_object(struct json_writer *w, const char *type, struct sv text)
{
	json_object(w);
	json_put_str(w, "type", type);
	json_put_sv(w, "text", text);
	/* Else Slack makes links and mentions of what looks like them, also of data in templates. */
	if (strcmp(type, "mrkdwn") == 0) {
		json_key(w, "verbatim");
		json_bool(w, true);
	}
	json_object_end(w);
}

static void
put_block(struct json_writer *w, const char *block, const char *type, struct sv text)
{
	/* Slack refuses empty texts. */
	if (text.n == 0)
		text = SV("-");
	json_object(w);
	json_put_str(w, "type", block);
	json_key(w, "text");
	put_text_object(w, type, text);
	json_object_end(w);
}

static const char *
mark_of(const struct incident *i)
{
	if (i->resolved_us != TIME_NONE)
		return ":white_check_mark:";
	return i->severity == SEVERITY_CRITICAL ? ":red_circle:" : ":large_yellow_circle:";
}

static struct sv
incident_text(struct arena *a, const struct incident *i, struct buf *b)
{
	char since[RFC3339_MAX];

	buf_clear(b);
	buf_printf(b, "%s ", mark_of(i));
	put_span(a, b, i->asset);
	if (i->partition.n > 0) {
		buf_putc(b, ' ');
		put_span(a, b, i->partition);
	}
	buf_puts(b, " ");
	put_span(a, b, i->kind);
	buf_putc(b, '\n');
	put_span(a, b, i->message.n > 0 ? i->message : i->title);
	buf_printf(b, "\n%s since %s", severity_names[i->severity], rfc3339_format(i->opened_us, since));
	if (i->resolved_us != TIME_NONE)
		buf_printf(b, ", resolved %s", rfc3339_format(i->resolved_us, since));
	for (size_t k = 0; k < MIN(i->nsymptom, (size_t)SYMPTOMS_SHOWN); k++) {
		buf_puts(b, "\n• ");
		put_span(a, b, i->symptom[k].asset);
		buf_putc(b, ' ');
		put_span(a, b, i->symptom[k].kind);
	}
	if (i->symptoms > SYMPTOMS_SHOWN)
		buf_printf(b, "\n… and %lld more that follow from it",
		           (long long)(i->symptoms - SYMPTOMS_SHOWN));
	return buf_sv(b);
}

/* As many whole lines as fit; of one line that is too long, as many characters. */
static struct sv
cut_lines(struct sv text, size_t max)
{
	size_t n = max, line = max;

	if (text.n <= max)
		return text;
	while (line > 0 && text.p[line - 1] != '\n')
		line--;
	if (line > 0)
		return (struct sv){text.p, line};
	while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	return (struct sv){text.p, n};
}

/* A text that may be long, in as many sections as it takes. */
static void
put_sections(struct json_writer *w, struct sv text)
{
	for (int blocks = 0; text.n > 0 && blocks < INCIDENTS_MAX; blocks++) {
		struct sv part = cut_lines(text, SECTION_MAX);

		put_block(w, "section", "mrkdwn", part);
		text = sv_skip(text, part.n);
	}
}

static void
put_incidents(struct json_writer *w, const struct channel_call *call)
{
	const struct notice *n = call->notice;
	AUTO(buf) text = buf_new(TEMPLATE_OUT_MAX);
	size_t shown = MIN(n->nincident, (size_t)INCIDENTS_MAX);
	int64_t left = n->omitted + (int64_t)(n->nincident - shown);

	for (size_t i = 0; i < shown; i++) {
		/* Its spans are bounded, and still may be longer together than a section takes. */
		put_block(w, "section", "mrkdwn",
		          cut_lines(incident_text(call->a, &n->incident[i].incident, text), SECTION_MAX));
	}
	if (left > 0)
		put_block(
			w, "section", "mrkdwn",
			arena_svf(call->a, "… and %lld more: `weir status` shows them all", (long long)left));
}

/* Project, environment and run, small and grey. */
static void
put_context(struct json_writer *w, const struct channel_call *call)
{
	AUTO(buf) b = buf_new(TEMPLATE_OUT_MAX);
	const struct notice *n = call->notice;

	put_span(call->a, b, n->project);
	buf_putc(b, ' ');
	put_span(call->a, b, n->env);
	if (n->run_id.n > 0) {
		buf_puts(b, " run ");
		put_span(call->a, b, n->run_id);
	}
	json_object(w);
	json_put_str(w, "type", "context");
	json_key(w, "elements");
	json_array(w);
	put_text_object(w, "mrkdwn", buf_sv(b));
	json_array_end(w);
	json_object_end(w);
}

static struct sv
cut_plain(struct arena *a, struct sv text, size_t max)
{
	size_t n = max - 3;

	if (text.n <= max)
		return text;
	while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	return arena_svf(a, SV_FMT "…", SV_ARG(((struct sv){text.p, n})));
}

static bool
make_body(const struct channel_call *call, struct buf *b, struct err *err)
{
	const struct node *template = node_get(call->channel->node, "template");
	AUTO(buf) fallback = buf_new(TEMPLATE_OUT_MAX);
	struct sv title = notice_title(call->a, call->notice), text;
	struct json_writer w;

	json_write_init(&w, b, 0);
	put_cut(fallback, title, SECTION_MAX);
	json_object(&w);
	/* Notifications and old clients show this one. */
	json_put_sv(&w, "text", buf_sv(fallback));
	json_key(&w, "blocks");
	json_array(&w);
	if (template != NULL) {
		if (!template_render(call->a, template->text, call->message->id, call->notice, ESCAPE_SLACK,
		                     &text, err))
			return false;
		put_sections(&w, text);
	} else {
		put_block(&w, "header", "plain_text", cut_plain(call->a, title, HEADER_MAX));
		put_incidents(&w, call);
		put_context(&w, call);
	}
	json_array_end(&w);
	json_object_end(&w);
	return buf_check(b, "the message", err);
}

/* Slack says in one word what it did not like: invalid_payload, no_service, channel_is_archived. */
static bool
is_word(struct sv s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '_' && (s.p[i] < 'a' || s.p[i] > 'z'))
			return false;
	return s.n > 0 && s.n <= 40;
}

static void
slack_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	AUTO(buf) body = buf_new(TEMPLATE_OUT_MAX);
	const struct slack *s = config;
	struct http_answer answer;
	struct err err = {0};

	if (!make_body(call, body, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}
	if (!post_json(call, &s->post, buf_sv(body), ret, &answer) || ret->result == DELIVERED ||
	    !is_word(answer.body))
		return;
	receipt_add(call->a, ret, answer.body);
	/* The webhook was taken away, which another try does not change. */
	if (sv_is(answer.body, "no_service"))
		receipt_refuse(ret, 404);
}

static void
slack_check(const struct channel_decl *c, struct diags *d)
{
	const struct node *url = node_get(c->node, "url");

	if (!node_is_scalar(url) || !sv_starts(url->text, SV("https://hooks.slack.com/")))
		return;
	diag_warning(d, url->loc, "whoever reads this URL can post to the channel");
	diag_hint(d, "keep it out of the catalog: url: {env: SLACK_URL}");
}

const struct channel_driver channel_slack = {
	.type = "slack",
	.doc = "Posts to a Slack channel by its incoming webhook.",
	.example = "{type: slack, url: {env: SLACK_URL}}",
	.table = &slack_table,
	.config_size = sizeof(struct slack),
	.escape = ESCAPE_SLACK,
	.check = slack_check,
	.send = slack_send,
};
