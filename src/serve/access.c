/*
 * Who may ask, and from where.
 *
 * A browser on the same machine can be made to send requests by any page that it shows.  Such a page does not get past this: it comes under
 * a name that is not the service's (Host), or says where it comes from (Origin, Sec-Fetch-Site), or cannot set the header with the token.
 */
#include "serve/access.h"

#include <arpa/inet.h>

#include "base/clock.h"
#include "serve/request_internal.h"
#include "serve/tokens.h"

/* From where ---------------------------------------------------------------------------------------------------- */

/* Without the port. */
static struct sv
name_of(struct sv host)
{
	const ptrdiff_t colon = sv_find(host, ':');

	if (host.n > 0 && host.p[0] == '[') {
		const ptrdiff_t end = sv_find(host, ']');

		return end > 0 ? (struct sv){host.p, (size_t)end + 1} : host;
	}
	return colon >= 0 ? (struct sv){host.p, (size_t)colon} : host;
}

/* An address is no name that somebody else could point here. */
static bool
is_address(struct sv name)
{
	char text[64];
	unsigned char addr[16];
	const bool v6 = name.n > 2 && name.p[0] == '[' && name.p[name.n - 1] == ']';

	if (v6)
		name = (struct sv){name.p + 1, name.n - 2};
	if (name.n >= sizeof(text))
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, addr) == 1;
}

static bool
is_ours(const struct access *a, struct sv host)
{
	const struct sv name = name_of(host);

	if (a->any_host || sv_ieq(name, SV("localhost")) || is_address(name))
		return true;
	for (size_t i = 0; i < a->nhost; i++)
		if (sv_ieq(name, a->host[i]) || sv_ieq(host, a->host[i]))
			return true;
	return false;
}

/* "http://weir.example:8484" is where that host is. */
static bool
is_origin_of(struct sv origin, struct sv host)
{
	if (sv_starts(origin, SV("http://")))
		origin = sv_skip(origin, 7);
	else if (sv_starts(origin, SV("https://")))
		origin = sv_skip(origin, 8);
	else
		return false;
	return sv_ieq(origin, host);
}

bool
access_from(struct exchange *x)
{
	const struct head *h = &x->r.head;

	/* Only HTTP/1.0 may leave it out, which no browser speaks. */
	if (h->host.p != NULL && !is_ours(httpd_access(x->h), h->host)) {
		request_refuse(&x->q, 421,
		               "'" SV_FMT
		               "' is none of the service's names; if it is meant to be one, add it to "
		               "`service: hosts` of the catalog",
		               SV_ARG(name_of(h->host)));
		return false;
	}
	if ((h->origin.p != NULL && !is_origin_of(h->origin, h->host)) ||
	    (sv_ieq(h->fetch_site, SV("cross-site")) && !sv_is(x->q.target, "/"))) {
		request_refuse(&x->q, 403, "a page of another site may not ask");
		return false;
	}
	return true;
}

/* Who ----------------------------------------------------------------------------------------------------------- */

static bool
refuse_token(struct exchange *x, const char *detail)
{
	request_add_header(&x->q, "WWW-Authenticate", SV("Bearer realm=\"weir\""));
	request_refuse(&x->q, 401, "%s", detail);
	return false;
}

static bool
scope_fits(struct exchange *x)
{
	const enum scope wanted = x->q.route->scope;
	struct sv all;

	if ((x->q.scopes & ((unsigned)wanted | SCOPE_ADMIN)) != 0)
		return true;
	all = scopes_text(x->q.a, (unsigned)wanted);
	request_add_header(&x->q, "WWW-Authenticate",
	                   SV("Bearer realm=\"weir\", error=\"insufficient_scope\""));
	request_refuse(&x->q, 403, "the token '" SV_FMT "' is not good for this; it needs the scope " SV_FMT,
	               SV_ARG(x->q.who), SV_ARG(all));
	return false;
}

bool
access_allowed(struct exchange *x)
{
	struct sv text = x->r.head.authorization, scheme;

	if (x->q.route->scope == SCOPE_NONE) {
		x->q.who = SV("anybody");
		return true;
	}
	if (text.p == NULL) {
		x->q.who = SV("local");
		x->q.scopes = SCOPE_READ | SCOPE_INGEST | SCOPE_GATE | SCOPE_ADMIN;
		return !httpd_access(x->h)->require_token ||
		       refuse_token(
			       x, "a token is needed: Authorization: Bearer weir_…, made by weir token add");
	}
	/* One that is brought must be valid, even where none is needed: who brings it relies on it. */
	scheme = sv_cut(&text, ' ');
	if (!sv_ieq(scheme, SV("bearer")) || !tokens_find(x->s->tokens, x->q.a, sv_trim(text),
	                                                  clock_now_us(x->s->clock), &x->q.who, &x->q.scopes))
		return refuse_token(x, "the token is not valid: it is unknown, revoked or expired");
	return scope_fits(x);
}
