/*
 * Mail by SMTP: a text part and one in HTML, both in base64, so that no line of data can end the message or become a header.
 *
 * Copies of a message have one Message-ID; messages on one incident refer to it, so that mail programs show them as one thread.
 */
#include "alert/post.h"
#include "alert/secret.h"
#include "alert/template.h"
#include "alert/wording.h"
#include "base/base64.h"
#include "base/civil.h"
#include "base/fs.h"
#include "base/smtp.h"

enum { SUBJECT_MAX = 200, WORD_BYTES = 45, LINE_CHARS = 76, WORDS_MAX = 4000, TO_MAX = 100 };
#define CONNECT_US (10 * US_PER_S)
#define TOTAL_US (60 * US_PER_S)
#define BOUNDARY "=_weir"

enum tls { TLS_REQUIRED, TLS_OFF };
static const char *const tls_names[] = {"required", "off", NULL};

struct email {
	const struct node *url, *user, *password, *ca_node;
	struct sv from, ca_file;
	const struct sv *to;
	size_t nto;
	int tls;
	int64_t timeout_us;
};

/* The address of `Name <a@b>`, or all of it. */
static struct sv
address_of(struct sv s, struct sv *name)
{
	const ptrdiff_t open = sv_find(s, '<');

	*name = (struct sv){0};
	if (open < 0 || s.p[s.n - 1] != '>')
		return s;
	*name = sv_trim((struct sv){s.p, (size_t)open});
	return (struct sv){s.p + open + 1, s.n - (size_t)open - 2};
}

static void
url_load(struct loader *l, void *rec, const struct node *n)
{
	struct email *e = rec;

	secret_check(l, n, "'url'", true);
	e->url = n;
	if (!node_is_scalar(n) || sv_starts(n->text, SV("smtp://")) || sv_starts(n->text, SV("smtps://")))
		return;
	diag_error(l->d, n->loc, "'url' is no URL of smtp: or smtps:");
	diag_hint(l->d, "write it like smtp://host:587 or smtps://host:465");
}

static void
user_load(struct loader *l, void *rec, const struct node *n)
{
	secret_check(l, n, "'user'", true);
	((struct email *)rec)->user = n;
}

static void
password_load(struct loader *l, void *rec, const struct node *n)
{
	secret_check(l, n, "'password'", false);
	((struct email *)rec)->password = n;
}

static void
ca_load(struct loader *l, void *rec, const struct node *n)
{
	struct email *e = rec;

	if (node_text(n, &e->ca_file, l->d) && e->ca_file.n == 0)
		diag_error(l->d, n->loc, "'ca_file' is empty");
	e->ca_node = n;
}

static void
from_load(struct loader *l, void *rec, const struct node *n)
{
	struct email *e = rec;
	struct sv name;

	if (node_text(n, &e->from, l->d) && !smtp_is_address(address_of(e->from, &name)))
		diag_error(l->d, n->loc, "'from' is no address of mail");
}

static void
to_load(struct loader *l, void *rec, const struct node *n)
{
	struct email *e = rec;

	if (!load_texts(l, n, &e->to, &e->nto))
		return;
	for (size_t i = 0; i < e->nto; i++)
		if (!sv_is(e->to[i], "{owner}") && !smtp_is_address(e->to[i])) {
			diag_error(l->d, n->kind == NODE_SEQ ? n->kid[i].loc : n->loc,
			           "'" SV_FMT "' is no address of mail", SV_ARG(e->to[i]));
			diag_hint(l->d, "write name@host, or '{owner}' for the owners of the asset");
		}
}

static const struct field email_fields[] = {
	{"url",
         "The server: smtp://HOST:587, which must offer STARTTLS, or smtps://HOST:465; one on a private "
         "address must be in `allow_private`.",
         .kind = FIELD_TEXT, .required = true, .table = &secret_table, .load = url_load},
	{"from", "The sender: an address, or Name <address>.", .kind = FIELD_TEXT, .required = true,
         .load = from_load},
	{"to",
         "Recipients: addresses, or {owner} for those owners of the assets that have one "
         "(user:ana@example.com).",
         .kind = FIELD_TEXT, .required = true, .texts = true, .load = to_load},
	{"user", "User to log in as; text or a secret.", .kind = FIELD_TEXT, .table = &secret_table,
         .load = user_load},
	{"password", "Password, as {env: NAME} or {file: PATH}.", .kind = FIELD_NONE, .table = &secret_table,
         .load = password_load},
	{"tls", "required (default), or off: in clear text, to a server on this machine only.",
         .kind = FIELD_ENUM, .names = tls_names, .at = offsetof(struct email, tls)},
	{"ca_file", "File with the certificate authorities to trust, instead of the system's.",
         .kind = FIELD_TEXT, .load = ca_load},
	{"timeout", "Longest time for one attempt; default 60s.", .kind = FIELD_DURATION,
         .at = offsetof(struct email, timeout_us), .min = US_PER_S},
};
static const struct table email_table = TABLE("an email channel", email_fields);

/* Headers ------------------------------------------------------------------------------------------------------- */

static bool
is_plain(struct sv s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] >= 0x7f)
			return false;
	return s.n < 2 || memmem(s.p, s.n, "=?", 2) == NULL;
}

/* RFC 2047: words of base64, none over 75 characters, cut between characters, folded. */
static struct sv
header_text(struct arena *a, struct sv s)
{
	struct sv ret = {0};

	if (is_plain(s))
		return s;
	while (s.n > 0) {
		size_t n = MIN(s.n, (size_t)WORD_BYTES);

		while (n < s.n && n > 1 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
			n--;
		ret = arena_svf(a, SV_FMT "%s=?UTF-8?B?" SV_FMT "?=", SV_ARG(ret), ret.n > 0 ? "\r\n " : "",
		                SV_ARG(base64_encode(a, (struct sv){s.p, n})));
		s = sv_skip(s, n);
	}
	return ret;
}

/* A name in front of an address. */
static struct sv
header_name(struct arena *a, struct sv name)
{
	AUTO(buf) b = buf_new(4096);

	if (name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = (struct sv){name.p + 1, name.n - 2};
	if (!is_plain(name))
		return header_text(a, name);
	buf_putc(b, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			buf_putc(b, '\\');
		buf_putc(b, name.p[i]);
	}
	buf_putc(b, '"');
	return arena_sv(a, buf_sv(b));
}

static void
put_date(struct buf *b, int64_t t_us)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const struct civil c = civil_from_us(t_us);
	const int day = civil_weekday(civil_days(c.year, c.month, c.day));

	buf_printf(b, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", days + 3 * day, (int)c.day,
	           months + 3 * (c.month - 1), (int)c.year, (int)c.hour, (int)c.minute, (int)c.second);
}

static void
put_headers(struct buf *b, const struct channel_call *call, const struct email *e, const struct sv *to,
            size_t n)
{
	const struct message *m = call->message;
	struct arena *a = call->a;
	struct sv name, from = address_of(one_line(a, e->from), &name), domain = from;

	(void)sv_cut(&domain, '@');
	if (name.n > 0)
		buf_printf(b, "From: " SV_FMT " <" SV_FMT ">\r\n", SV_ARG(header_name(a, name)),
		           SV_ARG(from));
	else
		buf_printf(b, "From: " SV_FMT "\r\n", SV_ARG(from));
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s" SV_FMT "%s\r\n", i == 0 ? "To: " : " ", SV_ARG(to[i]),
		           i + 1 < n ? "," : "");
	buf_printf(
		b, "Subject: " SV_FMT "\r\n",
		SV_ARG(header_text(a, cut_text(a, one_line(a, notice_title(a, call->notice)), SUBJECT_MAX))));
	put_date(b, m->created_us);
	buf_printf(b, "Message-ID: <" SV_FMT "@" SV_FMT ">\r\n", SV_ARG(m->id), SV_ARG(domain));
	if (m->nincident == 1)
		buf_printf(b, "References: <incident-" SV_FMT "@" SV_FMT ">\r\n", SV_ARG(m->incident[0]),
		           SV_ARG(domain));
	buf_puts(b, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
}

/* Parts --------------------------------------------------------------------------------------------------------- */

static void
put_base64(struct buf *b, struct arena *a, struct sv text)
{
	struct sv code = base64_encode(a, text);

	while (code.n > 0) {
		const size_t n = MIN(code.n, (size_t)LINE_CHARS);

		buf_add(b, (struct sv){code.p, n});
		buf_puts(b, "\r\n");
		code = sv_skip(code, n);
	}
}

static void
put_part(struct buf *b, struct arena *a, const char *type, struct sv text)
{
	buf_printf(b, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
	           type);
	put_base64(b, a, text);
}

static struct sv
more_text(const struct channel_call *call)
{
	if (call->notice->omitted <= 0)
		return (struct sv){0};
	return arena_svf(call->a, "… and %lld more: `weir status` shows them all",
	                 (long long)call->notice->omitted);
}

static struct sv
words_of(const struct channel_call *call, const struct notice_incident *n)
{
	return cut_text(call->a, one_line(call->a, incident_words(&n->incident)), WORDS_MAX);
}

static struct sv
source_of(const struct channel_call *call)
{
	const struct notice *n = call->notice;

	return one_line(call->a,
	                arena_svf(call->a, SV_FMT " " SV_FMT "%s" SV_FMT, SV_ARG(n->project), SV_ARG(n->env),
	                          n->run_id.n > 0 ? " run " : "", SV_ARG(n->run_id)));
}

static void
put_text(struct buf *b, const struct channel_call *call)
{
	const struct notice *n = call->notice;
	const struct sv more = more_text(call);

	buf_printf(b, SV_FMT "\r\n", SV_ARG(one_line(call->a, notice_title(call->a, n))));
	for (size_t i = 0; i < n->nincident; i++) {
		struct fact fact[FACTS_MAX];
		const size_t count = incident_facts(call->a, &n->incident[i], fact);

		buf_printf(b, "\r\n" SV_FMT "\r\n", SV_ARG(words_of(call, &n->incident[i])));
		for (size_t k = 0; k < count; k++)
			buf_printf(b, "  %s: " SV_FMT "\r\n", fact[k].name,
			           SV_ARG(one_line(call->a, fact[k].value)));
		if (n->incident[i].url.n > 0)
			buf_printf(b, "  " SV_FMT "\r\n", SV_ARG(one_line(call->a, n->incident[i].url)));
	}
	if (more.n > 0)
		buf_printf(b, "\r\n" SV_FMT "\r\n", SV_ARG(more));
	buf_printf(b, "\r\n-- \r\n" SV_FMT "\r\n", SV_ARG(source_of(call)));
}

static void
put_html_text(struct buf *b, struct sv s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		default:
			buf_putc(b, s.p[i]);
		}
}

static void
put_element(struct buf *b, const char *begin, struct sv text, const char *end)
{
	buf_puts(b, begin);
	put_html_text(b, text);
	buf_puts(b, end);
}

static void
put_html(struct buf *b, const struct channel_call *call)
{
	const struct notice *n = call->notice;
	const struct sv more = more_text(call);

	buf_puts(b, "<!DOCTYPE html>\r\n<html><head><meta charset=\"utf-8\"></head><body>\r\n");
	put_element(b, "<h3>", one_line(call->a, notice_title(call->a, n)), "</h3>\r\n");
	for (size_t i = 0; i < n->nincident; i++) {
		struct fact fact[FACTS_MAX];
		const size_t count = incident_facts(call->a, &n->incident[i], fact);

		put_element(b, "<p><b>", words_of(call, &n->incident[i]), "</b></p>\r\n<table>\r\n");
		for (size_t k = 0; k < count; k++) {
			put_element(b, "<tr><td>", sv_of(fact[k].name), "</td>");
			put_element(b, "<td>", one_line(call->a, fact[k].value), "</td></tr>\r\n");
		}
		buf_puts(b, "</table>\r\n");
	}
	if (more.n > 0)
		put_element(b, "<p>", more, "</p>\r\n");
	put_element(b, "<p><small>", source_of(call), "</small></p>\r\n</body></html>\r\n");
}

/* The user's text as it is; with the usual one, HTML beside it. */
static bool
put_body(struct buf *b, const struct channel_call *call, struct err *err)
{
	const struct node *template = node_get(call->channel->node, "template");
	AUTO(buf) text = buf_new(TEMPLATE_OUT_MAX);
	AUTO(buf) html = buf_new(TEMPLATE_OUT_MAX);
	struct sv own;

	if (template != NULL) {
		if (!template_render(call->a, template->text, call->message->id, call->notice, ESCAPE_LINE,
		                     &own, err))
			return false;
		put_part(b, call->a, "plain", own);
		return true;
	}
	put_text(text, call);
	put_html(html, call);
	if (!buf_check(text, "the message", err) || !buf_check(html, "the message", err))
		return false;
	buf_puts(b,
	         "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n\r\n--" BOUNDARY "\r\n");
	put_part(b, call->a, "plain", buf_sv(text));
	buf_puts(b, "--" BOUNDARY "\r\n");
	put_part(b, call->a, "html", buf_sv(html));
	buf_puts(b, "--" BOUNDARY "--\r\n");
	return true;
}

/* Sending ------------------------------------------------------------------------------------------------------- */

static void
add_recipient(struct sv *to, size_t *n, struct sv address)
{
	for (size_t i = 0; i < *n; i++)
		if (sv_ieq(to[i], address))
			return;
	if (*n < TO_MAX && smtp_is_address(address))
		to[(*n)++] = address;
}

/* Each once; owners by what stands behind the colon. */
static size_t
recipients(const struct channel_call *call, const struct email *e, struct sv to[TO_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < e->nto; i++) {
		if (!sv_is(e->to[i], "{owner}")) {
			add_recipient(to, &n, e->to[i]);
			continue;
		}
		for (size_t k = 0; k < call->notice->nincident; k++)
			for (size_t o = 0; o < call->notice->incident[k].nowner; o++) {
				struct sv owner = call->notice->incident[k].owner[o], rest = owner;

				(void)sv_cut(&rest, ':');
				add_recipient(to, &n, rest.n > 0 ? rest : owner);
			}
	}
	return n;
}

static bool
make_mail(const struct channel_call *call, const struct email *e, const struct sv *to, struct buf *text,
          struct smtp_message *m, struct err *err)
{
	int64_t total = e->timeout_us > 0 ? e->timeout_us : TOTAL_US;
	struct sv name;

	if (!secret_get(call->a, e->url, &m->url, err) ||
	    (e->user != NULL && !secret_get(call->a, e->user, &m->user, err)) ||
	    (e->password != NULL && !secret_get(call->a, e->password, &m->password, err)))
		return false;
	put_headers(text, call, e, to, m->nto);
	if (!put_body(text, call, err) || !buf_check(text, "the message", err))
		return false;
	if (e->ca_node != NULL)
		m->ca_file = fs_join(call->a, fs_dirname(call->a, e->ca_node->loc.file), e->ca_file);
	m->plain = e->tls == TLS_OFF;
	m->from = address_of(e->from, &name);
	m->to = to;
	m->text = buf_sv(text);
	m->connect_us = CONNECT_US;
	m->total_us = call->limit_us > 0 ? MIN(total, call->limit_us) : total;
	m->allow_private = call->catalog->alerts.allow_private;
	m->nallow_private = call->catalog->alerts.nallow_private;
	m->broken_off = call->broken_off;
	return true;
}

static void
email_send(const struct channel_call *call, const void *config, struct receipt *ret)
{
	AUTO(buf) text = buf_new(4 * TEMPLATE_OUT_MAX);
	const struct email *e = config;
	struct sv to[TO_MAX] = {0};
	struct smtp_message m = {.nto = recipients(call, e, to)};
	struct err err = {0};
	int64_t status = 0;

	if (m.nto == 0) {
		*ret = (struct receipt){.result = DELIVERY_REFUSED,
		                        .outcome = SV("nobody to write to: no owner has an address")};
		return;
	}
	if (!make_mail(call, e, to, text, &m, &err)) {
		receipt_fail(call->a, ret, &err);
		return;
	}
	if (smtp_send(call->a, &m, &status, &err)) {
		*ret = (struct receipt){.result = DELIVERED, .status = status, .outcome = SV("250 accepted")};
		return;
	}
	receipt_fail(call->a, ret, &err);
	ret->status = status;
	/* What the server has against this message or its recipients stays so; of logging in it may change. */
	if (status >= 550 && status <= 559) {
		ret->unavailable = false;
		ret->result = DELIVERY_REFUSED;
	}
}

static void
email_check(const struct channel_decl *c, struct diags *d)
{
	const struct node *tls = node_get(c->node, "tls"), *url = node_get(c->node, "url"),
			  *user = node_get(c->node, "user"), *password = node_get(c->node, "password");

	if (tls != NULL && sv_is(tls->text, "off") && node_is_scalar(url) &&
	    !sv_starts(url->text, SV("smtp://127.")) && !sv_starts(url->text, SV("smtp://localhost")) &&
	    !sv_starts(url->text, SV("smtp://[::1]"))) {
		diag_error(d, tls->loc, "without TLS mail goes to a server on this machine only");
		diag_hint(d, "take `tls: off` away, or name a server on 127.0.0.1");
	}
	if ((user == NULL) != (password == NULL))
		diag_error(d, (user != NULL ? user : password)->key_loc, "'user' and 'password' go together");
}

const struct channel_driver channel_email = {
	.type = "email",
	.doc = "Sends mail by SMTP, with TLS, to addresses or to the owners of the assets.",
	.example =
		"{type: email, url: \"smtp://mail.example.com:587\", from: weir@example.com, to: [\"{owner}\"], user: "
		"weir, password: {env: SMTP_PASSWORD}}",
	.table = &email_table,
	.config_size = sizeof(struct email),
	.escape = ESCAPE_LINE,
	.parallel = 2,
	.check = email_check,
	.send = email_send,
};
