#include "base/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/curl.h"
#include "base/hash.h"
#include "base/netaddr.h"

struct http_client {
	struct curl_api api;
	CURL *easy; /* holds the connections; NULL = none yet */
	uint64_t rules;
};

/* One request at work. */
struct call {
	const struct curl_api *api;
	const struct http_request *request;
	struct arena *a;
	CURL *easy; /* the client's */
	CURLU *url;
	struct curl_slist *headers;
	struct sv host; /* whom the request is for */
	struct buf body;
	struct sv retry_after, type;
	struct sv *wanted;
	bool cut; /* more of the body came than fits */
	size_t header_bytes;
	int64_t answered_ns; /* when the last header came; 0 = not yet */
	struct curl_guard guard;
	char detail[CURL_ERROR_SIZE];
};

static void
call_fini(struct call *p)
{
	/* The connections stay; nothing that points here does. */
	p->api->easy_reset(p->easy);
	p->api->slist_free_all(p->headers);
	p->api->url_cleanup(p->url);
	buf_fini(&p->body);
}
#define AUTO_CALL __attribute__((cleanup(call_fini))) struct call

/* Callbacks ----------------------------------------------------------------------------------------------------- */

static curl_socket_t
open_socket(void *ctx, curlsocktype purpose UNUSED, struct curl_sockaddr *to)
{
	struct call *p = ctx;

	if (p->request->socket != NULL && to->family == AF_UNIX)
		return socket(AF_UNIX, to->socktype | SOCK_CLOEXEC, to->protocol);
	return curl_guard_socket(&p->guard, to);
}

static size_t
take_header(char *text, size_t size, size_t n, void *ctx)
{
	struct call *p = ctx;
	struct sv line = sv_trim((struct sv){text, n}), value = line, name;

	p->header_bytes += n;
	if (p->header_bytes > HTTP_ANSWER_MAX)
		return 0;
	/* Each answer starts anew: 100 Continue comes before the one that counts. */
	if (sv_starts(line, SV("HTTP/"))) {
		p->retry_after = p->type = (struct sv){0};
		for (size_t i = 0; i < p->request->nwant; i++)
			p->wanted[i] = (struct sv){0};
		p->answered_ns = 0;
		return n * size;
	}
	name = sv_cut(&value, ':');
	value = sv_trim(value);
	if (sv_ieq(name, SV("retry-after")))
		p->retry_after = arena_sv(p->a, value);
	if (sv_ieq(name, SV("content-type")))
		p->type = arena_sv(p->a, value);
	for (size_t i = 0; i < p->request->nwant; i++)
		if (sv_ieq(name, sv_of(p->request->want[i])))
			p->wanted[i] = arena_sv(p->a, value);
	if (line.n == 0)
		p->answered_ns = clock_mono_ns();
	return n * size;
}

static size_t
answer_max(const struct http_request *r)
{
	return r->answer_max > 0 ? r->answer_max : HTTP_ANSWER_MAX;
}

/* More than its share is not read: the transfer ends there. */
static size_t
take_body(char *text, size_t size, size_t n, void *ctx)
{
	struct call *p = ctx;
	size_t fits = MIN(n, answer_max(p->request) - p->body.n);

	buf_add(&p->body, (struct sv){text, fits});
	p->cut = p->cut || fits < n;
	return fits == n ? n * size : 0;
}

#define PATIENCE_NS INT64_C(3000000000)

/* Who has answered and then dawdles over the rest is not waited for, nor is what nobody wants any more. */
static int
watch(void *ctx, curl_off_t a UNUSED, curl_off_t b UNUSED, curl_off_t c UNUSED, curl_off_t d UNUSED)
{
	const struct call *p = ctx;
	const atomic_bool *broken_off = p->request->broken_off;

	if (broken_off != NULL && atomic_load(broken_off))
		return 1;
	return !p->request->whole && p->answered_ns != 0 && clock_mono_ns() - p->answered_ns > PATIENCE_NS;
}

/* The request --------------------------------------------------------------------------------------------------- */

static bool
url_part(struct call *p, CURLUPart part, struct sv *ret)
{
	char *text = NULL;

	if (p->api->url_get(p->url, part, &text, 0) != CURLUE_OK)
		return false;
	*ret = arena_sv(p->a, sv_of(text));
	p->api->free(text);
	return true;
}

/* libcurl's own reading of the URL is the one that counts: what another parser would see may differ. */
static bool
set_url(struct call *p, struct err *err)
{
	struct sv text = p->request->url, scheme;
	bool parsed;

	p->url = p->api->url();
	parsed = text.n > 0 && memchr(text.p, 0, text.n) == NULL && p->url != NULL &&
	         p->api->url_set(p->url, CURLUPART_URL, arena_str(p->a, text), 0) == CURLUE_OK &&
	         url_part(p, CURLUPART_SCHEME, &scheme) && url_part(p, CURLUPART_HOST, &p->host);
	if (!parsed || (!sv_is(scheme, "http") && !sv_is(scheme, "https"))) {
		err_set(err, ERR_ARG, NOWHERE, "the URL cannot be used");
		return err_hint(err, "It must be like https://host/path.");
	}
	if (p->host.n > 2 && p->host.p[0] == '[')
		p->host = (struct sv){p->host.p + 1, p->host.n - 2};
	p->guard = (struct curl_guard){.host = p->host,
	                               .proxy = p->request->proxy.n > 0,
	                               .any_address = p->request->any_address,
	                               .allow_private = p->request->allow_private,
	                               .nallow_private = p->request->nallow_private};
	return true;
}

bool
http_is_token(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
			return false;
	}
	return s.n > 0;
}

/* libcurl sends headers as they are: a line break in one would be another header, or another request. */
static bool
add_header(struct call *p, struct sv name, struct sv value, struct err *err)
{
	struct curl_slist *more;
	bool fine = http_is_token(name);

	for (size_t i = 0; i < value.n; i++)
		fine = fine && ((unsigned char)value.p[i] >= 0x20 || value.p[i] == '\t') &&
		       value.p[i] != 0x7f;
	if (!fine)
		return err_set(err, ERR_ARG, NOWHERE,
		               "the header '" SV_FMT "' holds a line break or another control character",
		               SV_ARG(name));
	/* "Name;" is how libcurl spells a header without a value. */
	more = p->api->slist_append(
		p->headers, value.n > 0 ? arena_printf(p->a, SV_FMT ": " SV_FMT, SV_ARG(name), SV_ARG(value))
					: arena_printf(p->a, SV_FMT ";", SV_ARG(name)));
	if (more == NULL)
		return err_set(err, ERR_INTERNAL, NOWHERE, "out of memory");
	p->headers = more;
	return true;
}

static bool
set_headers(struct call *p, struct err *err)
{
	for (size_t i = 0; i < p->request->nheader; i++)
		if (!add_header(p, p->request->header[i].name, p->request->header[i].value, err))
			return false;
	/* Without this line large bodies would wait for a 100 Continue. */
	p->headers = p->api->slist_append(p->headers, "Expect:");
	return true;
}

static long
milliseconds(int64_t us)
{
	return (long)MAX(us / 1000, 1);
}

#define SET(p, option, value) ((p)->api->easy_setopt((p)->easy, (option), (value)) == CURLE_OK)

static bool
set_limits(struct call *p)
{
	const struct http_request *r = p->request;
	bool ok = SET(p, CURLOPT_NOSIGNAL, 1L) && SET(p, CURLOPT_FOLLOWLOCATION, 0L) &&
	          SET(p, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(MIN(r->connect_us, r->total_us))) &&
	          SET(p, CURLOPT_TIMEOUT_MS, milliseconds(r->total_us)) &&
	          SET(p, CURLOPT_SSL_VERIFYPEER, 1L) && SET(p, CURLOPT_SSL_VERIFYHOST, 2L) &&
	          SET(p, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	          SET(p, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
	          /* Else a proxy's word would count as the receiver's answer. */
	          SET(p, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

#if LIBCURL_VERSION_NUM >= 0x075500
	ok = ok && SET(p, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	ok = ok && SET(p, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name server that keeps silent must not hold up the end of the program. */
	(void)SET(p, CURLOPT_QUICK_EXIT, 1L);
#endif
	/* An empty proxy also means: not the one of the environment. */
	ok = ok && SET(p, CURLOPT_PROXY, arena_str(p->a, r->proxy)) &&
	     (r->proxy.n == 0 || SET(p, CURLOPT_NOPROXY, ""));
	ok = ok && (r->socket == NULL || SET(p, CURLOPT_UNIX_SOCKET_PATH, r->socket));
	return ok && (r->ca_file == NULL || SET(p, CURLOPT_CAINFO, r->ca_file));
}

static bool
set_callbacks(struct call *p)
{
	return SET(p, CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(p, CURLOPT_OPENSOCKETDATA, p) &&
	       SET(p, CURLOPT_HEADERFUNCTION, take_header) && SET(p, CURLOPT_HEADERDATA, p) &&
	       SET(p, CURLOPT_WRITEFUNCTION, take_body) && SET(p, CURLOPT_WRITEDATA, p) &&
	       SET(p, CURLOPT_XFERINFOFUNCTION, watch) && SET(p, CURLOPT_XFERINFODATA, p) &&
	       SET(p, CURLOPT_NOPROGRESS, 0L) && SET(p, CURLOPT_ERRORBUFFER, p->detail);
}

static bool
set_method(struct call *p)
{
	const struct http_request *r = p->request;
	const char *custom = NULL;

	if (r->method == HTTP_GET || (r->method == HTTP_DELETE && r->body.n == 0))
		return SET(p, CURLOPT_HTTPGET, 1L) &&
		       (r->method == HTTP_GET || SET(p, CURLOPT_CUSTOMREQUEST, "DELETE"));
	if (r->method == HTTP_PUT || r->method == HTTP_PATCH || r->method == HTTP_DELETE)
		custom = r->method == HTTP_PUT ? "PUT" : r->method == HTTP_PATCH ? "PATCH" : "DELETE";
	return SET(p, CURLOPT_POST, 1L) && SET(p, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n) &&
	       SET(p, CURLOPT_POSTFIELDS, r->body.n > 0 ? r->body.p : "") &&
	       (custom == NULL || SET(p, CURLOPT_CUSTOMREQUEST, custom));
}

static bool
set_request(struct call *p)
{
	return SET(p, CURLOPT_CURLU, p->url) && set_method(p) && SET(p, CURLOPT_HTTPHEADER, p->headers) &&
	       SET(p, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) && SET(p, CURLOPT_USERAGENT, "weir");
}

/* What went wrong ----------------------------------------------------------------------------------------------- */

static bool
fail(struct call *p, CURLcode code, struct err *err)
{
	long os_error = 0;

	(void)p->api->easy_getinfo(p->easy, CURLINFO_OS_ERRNO, &os_error);
	if (p->guard.refused != NULL && code == CURLE_COULDNT_CONNECT)
		return curl_guard_fail(&p->guard, err);
	if (p->header_bytes > HTTP_ANSWER_MAX)
		return err_set(err, ERR_IO, NOWHERE, SV_FMT ": the answer has over %d bytes of headers",
		               SV_ARG(p->host), HTTP_ANSWER_MAX);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_set(err, ERR_TIMEOUT, NOWHERE, SV_FMT ": no answer within %.1f s", SV_ARG(p->host),
		               (double)p->request->total_us / 1e6);
	if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
		errno = (int)os_error;
		return err_set(err, ERR_IO, NOWHERE, SV_FMT ": %m", SV_ARG(p->host));
	}
	if (curl_is_tls(code) && p->detail[0] != '\0') {
		err_set(err, ERR_IO, NOWHERE, SV_FMT ": %s", SV_ARG(p->host), p->detail);
		return code == CURLE_SSL_CACERT_BADFILE
		               ? err_hint(
					 err,
					 "Install the package ca-certificates, or name the right file of authorities.")
		               : false;
	}
	/* The scheme of the URL has been looked at, so this is about what came back. */
	if (code == CURLE_UNSUPPORTED_PROTOCOL)
		return err_set(err, ERR_IO, NOWHERE, SV_FMT ": the answer is not HTTP", SV_ARG(p->host));
	return err_set(err, code == CURLE_URL_MALFORMAT ? ERR_ARG : ERR_IO, NOWHERE, SV_FMT ": %s",
	               SV_ARG(p->host), p->api->easy_strerror(code));
}

/* What has to be equal for a connection to be used again; libcurl looks at the rest itself. */
static uint64_t
rules_of(const struct http_request *r)
{
	uint64_t rules = r->any_address;

	for (size_t i = 0; i < r->nallow_private; i++)
		rules = hash64_u64(rules ^ hash64(r->allow_private[i]));
	return rules;
}

struct http_client *
http_client_new(void)
{
	struct http_client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		give_up("out of memory");
	return c;
}

void
http_client_free(struct http_client *c)
{
	if (c != NULL && c->easy != NULL)
		c->api.easy_cleanup(c->easy);
	free(c);
}

/* Connections that were made under other rules are not used again. */
static bool
client_ready(struct http_client *c, const struct http_request *r, struct err *err)
{
	uint64_t rules = rules_of(r);

	if (c->easy != NULL && c->rules == rules)
		return true;
	if (c->easy == NULL && !curl_load(&c->api, err))
		return false;
	if (c->easy != NULL)
		c->api.easy_cleanup(c->easy);
	c->easy = c->api.easy_init();
	c->rules = rules;
	return c->easy != NULL || err_set(err, ERR_INTERNAL, NOWHERE, "%s did not start", CURL_LIBRARY);
}

/* After a transfer with a status: is the body all that it has to be? */
static bool
is_whole(struct call *p, CURLcode code, struct err *err)
{
	if (!p->request->whole || code == CURLE_OK)
		return true;
	if (p->cut)
		return err_set(err, ERR_LIMIT, NOWHERE, SV_FMT ": the answer is longer than %zu bytes",
		               SV_ARG(p->host), answer_max(p->request));
	return fail(p, code, err);
}

static bool
perform(struct call *p, struct http_answer *ret, struct err *err)
{
	long status = 0;
	CURLcode code;

	if (!set_url(p, err) || !set_headers(p, err))
		return false;
	if (!set_limits(p) || !set_callbacks(p) || !set_request(p))
		return err_set(err, ERR_UNSUPPORTED, NOWHERE, "this %s is too old", CURL_LIBRARY);
	code = p->api->easy_perform(p->easy);
	(void)p->api->easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
	/* A status below 200 is not the last word. */
	if (p->answered_ns == 0 || status < 200)
		return fail(p, code, err);
	if (!is_whole(p, code, err))
		return false;
	*ret = (struct http_answer){.status = status,
	                            .retry_after = p->retry_after,
	                            .type = p->type,
	                            .wanted = p->wanted,
	                            .body = arena_sv(p->a, buf_sv(&p->body))};
	return true;
}

bool
http_send(struct http_client *c, struct arena *a, const struct http_request *r, struct http_answer *ret,
          struct err *err)
{
	AUTO(http_client) own = c == NULL ? http_client_new() : NULL;

	c = c != NULL ? c : own;
	if (!client_ready(c, r, err))
		return false;

	AUTO_CALL p = {.api = &c->api, .request = r, .a = a, .easy = c->easy};

	p.wanted = ARENA_ARRAY(a, struct sv, r->nwant);
	buf_init(&p.body, answer_max(r) + 1);
	return perform(&p, ret, err);
}

const char *
http_status_text(int64_t status)
{
	static const struct {
		int64_t status;
		const char *text;
	} texts[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{307, "Temporary Redirect"},
		{308, "Permanent Redirect"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{421, "Misdirected Request"},
		{422, "Unprocessable Content"},
		{423, "Locked"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < LEN(texts); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "";
}
