/*
 * libcurl, for what speaks to receivers: loaded when first used, so that commands that send nothing do not pay for it, and with a look at
 * each address that is about to be connected to.  Filtering the text of a URL would not do: names resolve to anything.
 */
#ifndef WEIR_BASE_CURL_H
#define WEIR_BASE_CURL_H

#include <curl/curl.h>

#include "base/err.h"
#include "base/netaddr.h"

/* What is used of it, by the names of the header that it was compiled against. */
#define CURL_FUNCTIONS(X) \
	X(easy_init)      \
	X(easy_setopt)    \
	X(easy_perform)   \
	X(easy_reset)     \
	X(easy_getinfo)   \
	X(easy_cleanup)   \
	X(easy_strerror)  \
	X(slist_append)   \
	X(slist_free_all) \
	X(url)            \
	X(url_set)        \
	X(url_get)        \
	X(url_cleanup)    \
	X(free)

struct curl_api {
#define MEMBER(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(MEMBER)
#undef MEMBER
};

#define CURL_LIBRARY "libcurl.so.4"

/* ERR_UNSUPPORTED, with the package to install, where it is missing or too old. */
MUST_CHECK bool curl_load(struct curl_api *ret, struct err *err);

/* Which addresses may be connected to, and which one was refused. */
struct curl_guard {
	struct sv host;                 /* as libcurl reads it from the URL: decoded, without brackets */
	bool proxy;                     /* through one: the host's name says nothing about the address */
	bool any_address;               /* the user named the host: none is refused */
	const struct sv *allow_private; /* see netaddr_listed */
	size_t nallow_private;
	const char *refused; /* why; NULL = none was */
	char address[NETADDR_MAX];
	uint16_t port;
};

/* For CURLOPT_OPENSOCKETFUNCTION. */
curl_socket_t curl_guard_socket(struct curl_guard *g, const struct curl_sockaddr *to);
/* The error of a refused address, with what would allow it. */
bool curl_guard_fail(const struct curl_guard *g, struct err *err);
/* libcurl's text tells what is wrong with a certificate; of other failures it might repeat parts of the URL. */
bool curl_is_tls(CURLcode code);

#endif
