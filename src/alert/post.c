#include "alert/post.h"

#include <time.h>

#include "alert/secret.h"
#include "alert/wording.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/url.h"

/* Of what a receiver says, bytes that are kept. */
enum { SAID_MAX = 200 };
#define CONNECT_US (10 * US_PER_S)
#define TOTAL_US (30 * US_PER_S)

/* What can be said without knowing a secret: is it a URL of HTTP at all? */
static void
check_url(struct loader *l, const struct node *n, const char *what)
{
	struct url u;
	struct err err = {0};

	secret_check(l, n, what, true);
	if (!node_is_scalar(n) || n->text.n == 0)
		return;
	/* Its text may hold a password, so the message does not show it. */
	if (!url_has_scheme(n->text) || !url_parse(l->a, n->text, &u, &err) || u.host.n == 0 ||
	    (!sv_is(u.scheme, "http") && !sv_is(u.scheme, "https"))) {
		diag_error(l->d, n->loc, "%s is no URL of http: or https:", what);
		diag_hint(l->d, "write it like https://host/path");
	}
}

void
post_url_load(struct loader *l, void *rec, const struct node *n)
{
	struct post_options *o = rec;

	check_url(l, n, "'url'");
	o->url = n;
}

void
post_proxy_load(struct loader *l, void *rec, const struct node *n)
{
	struct post_options *o = rec;

	check_url(l, n, "'proxy'");
	o->proxy = n;
}

void
post_ca_load(struct loader *l, void *rec, const struct node *n)
{
	struct post_options *o = rec;

	if (node_text(n, &o->ca_file, l->d) && o->ca_file.n == 0)
		diag_error(l->d, n->loc, "'ca_file' is empty");
	o->ca_node = n;
}

void
post_headers_load(struct loader *l, void *rec, const struct node *n)
{
	static const char *const ours[] = {
		"webhook-id",     "webhook-timestamp", "webhook-signature", "host",
		"content-length", "transfer-encoding", "content-type",      "expect"};
	struct post_options *o = rec;

	o->headers = n;
	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];

		secret_check(l, kid, "a header", true);
		for (size_t k = 0; k < LEN(ours); k++)
			if (sv_ieq(kid->key, sv_of(ours[k])))
				diag_error(l->d, kid->key_loc, "the header '" SV_FMT "' is set by weir",
				           SV_ARG(kid->key));
	}
}

const struct field post_header_item = {
	.key = "header", .doc = "Its value.", .kind = FIELD_TEXT, .table = &secret_table};

void
receipt_refuse(struct receipt *r, int64_t status)
{
	if (r->result == DELIVERY_FAILED && r->status == status)
		r->result = DELIVERY_REFUSED;
}

void
receipt_add(struct arena *a, struct receipt *r, struct sv said)
{
	struct sv line = cut_text(a, one_line(a, said), SAID_MAX);

	if (line.n > 0)
		r->outcome = arena_svf(a, SV_FMT ": " SV_FMT, SV_ARG(r->outcome), SV_ARG(line));
}

void
receipt_fail(struct arena *a, struct receipt *ret, const struct err *err)
{
	*ret = (struct receipt){
		.result = DELIVERY_FAILED, .unavailable = true, .outcome = arena_sv(a, sv_of(err->msg))};
	if (err->hint[0] != '\0') {
		struct sv hint = sv_of(err->hint);

		hint.n -= sv_ends(hint, SV("."));
		ret->outcome = arena_svf(a, "%s; " SV_FMT, err->msg, SV_ARG(hint));
	}
}

int64_t
retry_after_parse(struct sv text, int64_t now_us)
{
	/* The three spellings of HTTP, RFC 9110, section 5.6.7. */
	static const char *const formats[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
	                                      "%a %b %e %H:%M:%S %Y"};
	char date[64];
	uint64_t s;

	if (num_u64(text, &s))
		return s > (uint64_t)(INT64_MAX / US_PER_S) ? INT64_MAX : (int64_t)s * US_PER_S;
	if (text.n == 0 || text.n >= sizeof(date) || memchr(text.p, 0, text.n) != NULL)
		return 0;
	memcpy(date, text.p, text.n);
	date[text.n] = '\0';
	for (size_t i = 0; i < LEN(formats); i++) {
		struct tm tm = {0};
		const char *end = strptime(date, formats[i], &tm);

		if (end != NULL && *end == '\0')
			return MAX((int64_t)timegm(&tm) * US_PER_S - now_us, 0);
	}
	return 0;
}

/* Statuses that are about the one message, not about the receiver. */
static bool
is_of_message(int64_t status)
{
	return status == 400 || status == 409 || status == 413 || status == 415 || status == 422;
}

static void
receipt_of(const struct channel_call *call, const struct http_answer *answer, struct receipt *ret)
{
	const char *text = http_status_text(answer->status);
	int64_t status = answer->status;

	*ret = (struct receipt){.result = status >= 200 && status < 300 ? DELIVERED
	                                  : status == 410               ? DELIVERY_REFUSED
	                                                                : DELIVERY_FAILED,
	                        .status = status,
	                        .unavailable = !is_of_message(status)};
	if (ret->result == DELIVERY_FAILED)
		ret->retry_after_us = retry_after_parse(answer->retry_after, call->now_us);
	ret->outcome = arena_svf(call->a, "%lld%s%s%s", (long long)status, text[0] != '\0' ? " " : "", text,
	                         status >= 300 && status < 400 ? ": redirects are not followed" : "");
	if (ret->retry_after_us > 0)
		ret->outcome = arena_svf(call->a, SV_FMT ", retry after %lld s", SV_ARG(ret->outcome),
		                         (long long)(ret->retry_after_us / US_PER_S));
}

static bool
make_request(const struct channel_call *call, const struct post_options *o, struct http_request *r,
             struct err *err)
{
	int64_t total = o->timeout_us > 0 ? o->timeout_us : TOTAL_US;

	if ((r->url.n == 0 && !secret_get(call->a, o->url, &r->url, err)) ||
	    (o->proxy != NULL && !secret_get(call->a, o->proxy, &r->proxy, err)))
		return false;
	if (o->ca_node != NULL)
		r->ca_file = fs_join(call->a, fs_dirname(call->a, o->ca_node->loc.file), o->ca_file);
	if (call->limit_us > 0)
		total = MIN(total, call->limit_us);
	r->total_us = total;
	r->connect_us = CONNECT_US;
	r->allow_private = call->catalog->alerts.allow_private;
	r->nallow_private = call->catalog->alerts.nallow_private;
	r->broken_off = call->broken_off;
	return true;
}

/* The caller's headers and those of the catalog. */
static bool
all_headers(const struct channel_call *call, const struct post_options *o, const struct post *p,
            struct http_request *r, struct err *err)
{
	const size_t extra = o->headers != NULL ? o->headers->n : 0;
	struct http_header *h = ARENA_ARRAY(call->a, struct http_header, p->nheader + extra);

	for (size_t i = 0; i < p->nheader; i++)
		h[i] = p->header[i];
	for (size_t i = 0; i < extra; i++) {
		h[p->nheader + i].name = o->headers->kid[i].key;
		if (!secret_get(call->a, &o->headers->kid[i], &h[p->nheader + i].value, err))
			return false;
	}
	r->header = h;
	r->nheader = p->nheader + extra;
	return true;
}

bool
post_send(const struct channel_call *call, const struct post_options *o, const struct post *p,
          struct receipt *ret, struct http_answer *answer)
{
	struct http_request r = {.method = p->method, .url = p->url, .body = p->body};
	struct err err = {0};

	if (!make_request(call, o, &r, &err) || !all_headers(call, o, p, &r, &err) ||
	    !http_send(call->http, call->a, &r, answer, &err)) {
		receipt_fail(call->a, ret, &err);
		return false;
	}
	receipt_of(call, answer, ret);
	return true;
}

bool
post_json(const struct channel_call *call, const struct post_options *o, struct sv body, struct receipt *ret,
          struct http_answer *answer)
{
	static const struct http_header header[] = {{{"Content-Type", 12}, {"application/json", 16}}};
	const struct post p = {.header = header, .nheader = LEN(header), .body = body};

	return post_send(call, o, &p, ret, answer);
}
