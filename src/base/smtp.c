#include "base/smtp.h"

#include <errno.h>
#include <string.h>

#include "base/curl.h"

struct mail {
	struct curl_api api;
	const struct smtp_message *m;
	struct arena *a;
	CURL *easy;
	CURLU *url;
	struct curl_slist *to;
	struct curl_guard guard;
	size_t sent;
	bool not_loopback;
	char detail[CURL_ERROR_SIZE];
};

static void
mail_fini(struct mail *p)
{
	if (p->easy != NULL)
		p->api.easy_cleanup(p->easy);
	if (p->to != NULL)
		p->api.slist_free_all(p->to);
	if (p->url != NULL)
		p->api.url_cleanup(p->url);
}
#define AUTO_MAIL __attribute__((cleanup(mail_fini))) struct mail

bool
smtp_is_address(struct sv s)
{
	size_t at = 0;

	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c == 0x7f || strchr("<>()[]\\,;:\"", c) != NULL)
			return false;
		at += c == '@';
	}
	return at == 1 && s.p[0] != '@' && s.p[s.n - 1] != '@' && s.n <= 254;
}

/* Callbacks ----------------------------------------------------------------------------------------------------- */

static curl_socket_t
open_socket(void *ctx, curlsocktype purpose UNUSED, struct curl_sockaddr *to)
{
	struct mail *p = ctx;
	struct netaddr addr;
	const char *why;

	/* Whatever the name said: in clear text mail goes no further than this machine. */
	if (p->m->plain && (!netaddr_of(&to->addr, &addr) || (why = netaddr_private(&addr)) == NULL ||
	                    strcmp(why, "loopback") != 0)) {
		p->not_loopback = true;
		return CURL_SOCKET_BAD;
	}
	return curl_guard_socket(&p->guard, to);
}

static size_t
give_text(char *to, size_t size, size_t n, void *ctx)
{
	struct mail *p = ctx;
	const size_t part = MIN(size * n, p->m->text.n - p->sent);

	memcpy(to, p->m->text.p + p->sent, part);
	p->sent += part;
	return part;
}

static int
watch(void *ctx, curl_off_t a UNUSED, curl_off_t b UNUSED, curl_off_t c UNUSED, curl_off_t d UNUSED)
{
	const struct mail *p = ctx;

	return p->m->broken_off != NULL && atomic_load(p->m->broken_off);
}

/* The request --------------------------------------------------------------------------------------------------- */

static bool
url_part(struct mail *p, CURLUPart part, struct sv *ret)
{
	char *text = NULL;

	if (p->api.url_get(p->url, part, &text, 0) != CURLUE_OK)
		return false;
	*ret = arena_sv(p->a, sv_of(text));
	p->api.free(text);
	return true;
}

static bool
set_url(struct mail *p, struct err *err)
{
	const struct smtp_message *m = p->m;
	struct sv scheme, host;
	bool parsed;

	p->url = p->api.url();
	parsed = m->url.n > 0 && memchr(m->url.p, 0, m->url.n) == NULL && p->url != NULL &&
	         p->api.url_set(p->url, CURLUPART_URL, arena_str(p->a, m->url), 0) == CURLUE_OK &&
	         url_part(p, CURLUPART_SCHEME, &scheme) && url_part(p, CURLUPART_HOST, &host);
	if (!parsed || (!sv_is(scheme, "smtp") && !sv_is(scheme, "smtps"))) {
		err_set(err, ERR_ARG, NOWHERE, "the URL cannot be used");
		return err_hint(err, "It must be like smtp://host:587 or smtps://host:465.");
	}
	if (host.n > 2 && host.p[0] == '[')
		host = (struct sv){host.p + 1, host.n - 2};
	p->guard = (struct curl_guard){
		.host = host, .allow_private = m->allow_private, .nallow_private = m->nallow_private};
	return true;
}

static bool
set_recipients(struct mail *p, struct err *err)
{
	bool ok = smtp_is_address(p->m->from);

	for (size_t i = 0; ok && i < p->m->nto; i++) {
		struct curl_slist *more;

		ok = smtp_is_address(p->m->to[i]);
		if (!ok)
			return err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is no address of mail",
			               SV_ARG(p->m->to[i]));
		more = p->api.slist_append(p->to, arena_printf(p->a, "<" SV_FMT ">", SV_ARG(p->m->to[i])));
		if (more == NULL)
			return err_set(err, ERR_INTERNAL, NOWHERE, "out of memory");
		p->to = more;
	}
	return ok || err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is no address of mail", SV_ARG(p->m->from));
}

static long
milliseconds(int64_t us)
{
	return (long)MAX(us / 1000, 1);
}

#define SET(p, option, value) ((p)->api.easy_setopt((p)->easy, (option), (value)) == CURLE_OK)

static bool
set_limits(struct mail *p)
{
	const struct smtp_message *m = p->m;
	bool ok = SET(p, CURLOPT_NOSIGNAL, 1L) &&
	          SET(p, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(MIN(m->connect_us, m->total_us))) &&
	          SET(p, CURLOPT_TIMEOUT_MS, milliseconds(m->total_us)) &&
	          SET(p, CURLOPT_SSL_VERIFYPEER, 1L) && SET(p, CURLOPT_SSL_VERIFYHOST, 2L) &&
	          SET(p, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	          SET(p, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(p, CURLOPT_PROXY, "") &&
	          SET(p, CURLOPT_USE_SSL, (long)(m->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));

#if LIBCURL_VERSION_NUM >= 0x075500
	ok = ok && SET(p, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
	ok = ok && SET(p, CURLOPT_PROTOCOLS, (long)(CURLPROTO_SMTP | CURLPROTO_SMTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	(void)SET(p, CURLOPT_QUICK_EXIT, 1L);
#endif
	/* One address that is wrong must not keep the message from all others. */
#if LIBCURL_VERSION_NUM >= 0x080200
	(void)SET(p, CURLOPT_MAIL_RCPT_ALLOWFAILS, 1L);
#elif LIBCURL_VERSION_NUM >= 0x074500
	(void)SET(p, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
#endif
	return ok && (m->ca_file == NULL || SET(p, CURLOPT_CAINFO, m->ca_file));
}

static bool
set_message(struct mail *p)
{
	const struct smtp_message *m = p->m;

	return SET(p, CURLOPT_CURLU, p->url) && SET(p, CURLOPT_UPLOAD, 1L) &&
	       SET(p, CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->text.n) &&
	       SET(p, CURLOPT_MAIL_FROM, arena_printf(p->a, "<" SV_FMT ">", SV_ARG(m->from))) &&
	       SET(p, CURLOPT_MAIL_RCPT, p->to) &&
	       (m->user.n == 0 || (SET(p, CURLOPT_USERNAME, arena_str(p->a, m->user)) &&
	                           SET(p, CURLOPT_PASSWORD, arena_str(p->a, m->password)))) &&
	       SET(p, CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(p, CURLOPT_OPENSOCKETDATA, p) &&
	       SET(p, CURLOPT_READFUNCTION, give_text) && SET(p, CURLOPT_READDATA, p) &&
	       SET(p, CURLOPT_XFERINFOFUNCTION, watch) && SET(p, CURLOPT_XFERINFODATA, p) &&
	       SET(p, CURLOPT_NOPROGRESS, 0L) && SET(p, CURLOPT_ERRORBUFFER, p->detail);
}

/* What went wrong ----------------------------------------------------------------------------------------------- */

static bool
fail(struct mail *p, CURLcode code, int64_t status, struct err *err)
{
	const struct sv host = p->guard.host;
	long os_error = 0;

	(void)p->api.easy_getinfo(p->easy, CURLINFO_OS_ERRNO, &os_error);
	if (p->not_loopback) {
		err_set(err, ERR_ARG, NOWHERE, SV_FMT ": mail in clear text goes to the loopback only",
		        SV_ARG(host));
		return err_hint(err, "Take `tls: off` away.");
	}
	if (p->guard.refused != NULL && code == CURLE_COULDNT_CONNECT)
		return curl_guard_fail(&p->guard, err);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_set(err, ERR_TIMEOUT, NOWHERE, SV_FMT ": no answer within %.1f s", SV_ARG(host),
		               (double)p->m->total_us / 1e6);
	if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
		errno = (int)os_error;
		return err_set(err, ERR_IO, NOWHERE, SV_FMT ": %m", SV_ARG(host));
	}
	if (code == CURLE_USE_SSL_FAILED) {
		err_set(err, ERR_IO, NOWHERE, SV_FMT ": the server offers no STARTTLS", SV_ARG(host));
		return err_hint(err, "Take smtps://, or, on this machine only, `tls: off`.");
	}
	if (curl_is_tls(code) && p->detail[0] != '\0')
		return err_set(err, ERR_IO, NOWHERE, SV_FMT ": %s", SV_ARG(host), p->detail);
	if (code == CURLE_LOGIN_DENIED)
		return err_set(err, ERR_IO, NOWHERE, SV_FMT ": user or password is refused (%lld)",
		               SV_ARG(host), (long long)status);
	if (status >= 400)
		return err_set(err, ERR_IO, NOWHERE, SV_FMT ": the server says %lld", SV_ARG(host),
		               (long long)status);
	return err_set(err, ERR_IO, NOWHERE, SV_FMT ": %s", SV_ARG(host), p->api.easy_strerror(code));
}

bool
smtp_send(struct arena *a, const struct smtp_message *m, int64_t *status, struct err *err)
{
	AUTO_MAIL p = {.m = m, .a = a};
	long last = 0;
	CURLcode code;

	*status = 0;
	if (!curl_load(&p.api, err))
		return false;
	p.easy = p.api.easy_init();
	if (p.easy == NULL)
		return err_set(err, ERR_INTERNAL, NOWHERE, "%s did not start", CURL_LIBRARY);
	if (!set_url(&p, err) || !set_recipients(&p, err))
		return false;
	if (!set_limits(&p) || !set_message(&p))
		return err_set(err, ERR_UNSUPPORTED, NOWHERE, "this %s is too old, or knows no SMTP",
		               CURL_LIBRARY);
	code = p.api.easy_perform(p.easy);
	(void)p.api.easy_getinfo(p.easy, CURLINFO_RESPONSE_CODE, &last);
	*status = last;
	return code == CURLE_OK || fail(&p, code, last, err);
}
