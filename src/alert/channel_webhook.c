/*
 * Webhooks after Standard Webhooks 1.0 (https://www.standardwebhooks.com): the body is posted as it was stored, so that all copies are
 * the same; id, time and signatures stand in headers.
 *
 *	webhook-id: msg_01J…                 the same on each try
 *	webhook-timestamp: 1767409445        of this try
 *	webhook-signature: v1,BASE64 v1,…    HMAC-SHA256 over "id.timestamp.body", one for each secret
 */
#include "alert/post.h"
#include "alert/secret.h"
#include "alert/template.h"
#include "base/base64.h"

enum { KEY_MIN = 16 };

struct webhook {
	struct post_options post;
	const struct node *secrets;
	struct sv content_type;
	int values;
};

static const char *const values_names[] = {"json", "discord", "google_chat", NULL};
static const enum escape values_escapes[] = {ESCAPE_JSON, ESCAPE_DISCORD, ESCAPE_GOOGLE_CHAT};

static void
secrets_load(struct loader *l, void *rec, const struct node *n)
{
	struct webhook *w = rec;

	w->secrets = n;
	if (n->kind != NODE_SEQ) {
		secret_check(l, n, "'secrets'", false);
		return;
	}
	for (size_t i = 0; i < n->n; i++)
		secret_check(l, &n->kid[i], "an item of 'secrets'", false);
}

static const struct field secret_item = {
	.key = "secret", .doc = "A secret.", .kind = FIELD_NONE, .table = &secret_table};

static const struct field webhook_fields[] = {
	POST_FIELDS,
	{"secrets",
         "Secrets to sign with, as {env: NAME} or {file: PATH}: base64 behind `whsec_`, or the key itself.  "
         "Several while one is being replaced.",
         .kind = FIELD_NONE, .table = &secret_table, .items = &secret_item, .load = secrets_load},
	{"values",
         "Who reads the values of the template: json (default) writes them as they are, discord and google_chat "
         "take from them what would be markup, links or mentions there.",
         .kind = FIELD_ENUM, .names = values_names, .at = offsetof(struct webhook, values)},
	{"content_type", "Of the body; default application/json.", .kind = FIELD_TEXT,
         .at = offsetof(struct webhook, content_type)},
};
static const struct table webhook_table = TABLE("a webhook", webhook_fields);

static bool
key_of(struct arena *a, const struct node *n, struct sv *ret, struct err *err)
{
	static const struct sv prefix = {"whsec_", 6};
	struct sv text;

	if (!secret_get(a, n, &text, err))
		return false;
	*ret = text;
	if (sv_starts(text, prefix) && !base64_decode(a, sv_skip(text, prefix.n), ret))
		return err_set(err, ERR_CATALOG, n->loc, "a signing secret is not base64 behind 'whsec_'");
	if (ret->n < KEY_MIN) {
		err_set(err, ERR_CATALOG, n->loc, "a signing secret is shorter than %d bytes", KEY_MIN);
		return err_hint(err, "Make one: printf 'whsec_%%s' \"$(openssl rand -base64 32)\"");
	}
	return true;
}

static bool
sign(struct arena *a, const struct node *secrets, struct sv signed_text, struct sv *ret, struct err *err)
{
	const bool list = secrets->kind == NODE_SEQ;

	*ret = (struct sv){0};
	for (size_t i = 0; i < (list ? secrets->n : 1); i++) {
		uint8_t mac[HMAC_SHA256_BYTES];
		struct sv key, code;

		if (!key_of(a, list ? &secrets->kid[i] : secrets, &key, err))
			return false;
		hmac_sha256(key, signed_text, mac);
		code = base64_encode(a, (struct sv){(const char *)mac, sizeof(mac)});
		*ret = arena_svf(a, SV_FMT "%sv1," SV_FMT, SV_ARG(*ret), ret->n > 0 ? " " : "", SV_ARG(code));
	}
	return true;
}

static bool
make_headers(const struct channel_call *call, const struct webhook *w, struct sv body,
             struct http_header **ret, size_t *n, struct err *err)
{
	struct http_header *h = ARENA_ARRAY(call->a, struct http_header, 4);
	struct sv time = arena_svf(call->a, "%lld", (long long)(call->now_us / US_PER_S));
	struct buf text;

	*ret = h;
	*h++ = (struct http_header){SV("Content-Type"),
	                            w->content_type.n > 0 ? w->content_type : SV("application/json")};
	*h++ = (struct http_header){SV("webhook-id"), call->message->id};
	*h++ = (struct http_header){SV("webhook-timestamp"), time};
	if (w->secrets != NULL) {
		/* Not by a format: a body from a template may hold NUL. */
		buf_init(&text, TEMPLATE_OUT_MAX + 256);
		buf_printf(&text, SV_FMT "." SV_FMT ".", SV_ARG(call->message->id), SV_ARG(time));
		buf_add(&text, body);
		h->name = SV("webhook-signature");

		bool ok = buf_check(&text, "the message", err) &&
		          sign(call->a, w->secrets, buf_sv(&text), &h->value, err);

		buf_fini(&text);
		if (!ok)
			return false;
		h++;
	}
	*n = (size_t)(h - *ret);
	return true;
}

static void
webhook_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	const struct node *template = node_get(call->channel->node, "template");
	const struct webhook *w = config;
	struct sv body = call->message->body;
	struct http_header *header;
	struct http_answer answer;
	size_t n;
	struct err err = {0};

	if ((template != NULL && !template_render(call->a, template->text, call->message->id, call->notice,
	                                          values_escapes[w->values], &body, &err)) ||
	    !make_headers(call, w, body, &header, &n, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}

	const struct post p = {.header = header, .nheader = n, .body = body};

	(void)post_send(call, &w->post, &p, ret, &answer);
}

static void
webhook_check(const struct channel_decl *c, struct diags *d)
{
	const struct node *type = node_get(c->node, "content_type"),
			  *template = node_get(c->node, "template");
	struct err err = {0};

	if (template == NULL || (type != NULL && !sv_starts(type->text, SV("application/json"))))
		return;
	if (!template_check(d->a, template->text, ESCAPE_JSON, true, &err)) {
		err.loc = template->loc;
		diag_add_err(d, &err);
	}
}

const struct channel_driver channel_webhook = {
	.type = "webhook",
	.doc = "Posts the message as JSON to a URL, signed as Standard Webhooks says.",
	.example = "{type: webhook, url: https://example.com/hooks/weir, secrets: [{env: WEBHOOK_SECRET}]}",
	.table = &webhook_table,
	.config_size = sizeof(struct webhook),
	.escape = ESCAPE_JSON,
	.parallel = 8,
	.check = webhook_check,
	.send = webhook_send,
};
