#include "alert/post.h"

#include <time.h>

#include "alert/secret.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/url.h"

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

	if (!secret_get(call->a, o->url, &r->url, err) ||
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

bool
post_send(const struct channel_call *call, const struct post_options *o, const struct http_header *header,
          size_t nheader, struct sv body, struct receipt *ret, struct http_answer *answer)
{
	struct http_request r = {.header = header, .nheader = nheader, .body = body};
	struct err err = {0};

	if (!make_request(call, o, &r, &err) || !http_send(call->http, call->a, &r, answer, &err)) {
		receipt_fail(call->a, ret, &err);
		return false;
	}
	receipt_of(call, answer, ret);
	return true;
}
