#include "base/curl.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>

/* The library stays loaded: taking it out again would pull the floor from under its own threads. */
bool
curl_load(struct curl_api *ret, struct err *err)
{
	void *library = dlopen(CURL_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const char *missing = NULL;

	if (library == NULL) {
		err_set(err, ERR_UNSUPPORTED, NOWHERE,
		        "%s cannot be loaded, and without it nothing can be sent", CURL_LIBRARY);
		return err_hint(err, "Install the package libcurl4 (apt-get install libcurl4).");
	}
	/* POSIX promises that a function's address fits in a void *; the language does not, hence memcpy. */
#define LOOK_UP(name)                                      \
	do {                                               \
		void *at_ = dlsym(library, "curl_" #name); \
		if (at_ == NULL)                           \
			missing = "curl_" #name;           \
		memcpy(&ret->name, &at_, sizeof(at_));     \
	} while (0);
	CURL_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
	dlclose(library);
	if (missing == NULL)
		return true;
	err_set(err, ERR_UNSUPPORTED, NOWHERE, "%s has no function %s", CURL_LIBRARY, missing);
	return err_hint(err, "Install libcurl 7.62 or later (package libcurl4).");
}

curl_socket_t
curl_guard_socket(struct curl_guard *g, const struct curl_sockaddr *to)
{
	struct netaddr addr;
	const char *why;

	if (!netaddr_of(&to->addr, &addr)) {
		g->refused = "neither IPv4 nor IPv6";
		return CURL_SOCKET_BAD;
	}
	why = g->any_address ? NULL : netaddr_private(&addr);
	if (why != NULL &&
	    !netaddr_listed(&addr, g->proxy ? SV("") : g->host, g->allow_private, g->nallow_private)) {
		g->refused = why;
		g->port = addr.port;
		netaddr_text(&addr, g->address);
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

bool
curl_guard_fail(const struct curl_guard *g, struct err *err)
{
	const bool v6 = strchr(g->address, ':') != NULL;

	err_set(err, ERR_ARG, NOWHERE, "%s " SV_FMT " is at the address %s, which is %s",
	        g->proxy ? "the proxy of" : "the host", SV_ARG(g->host), g->address, g->refused);
	return err_hint(err, "If it is meant, add it to alerts.allow_private: \"%s%s%s:%u\".", v6 ? "[" : "",
	                g->address, v6 ? "]" : "", g->port);
}

bool
curl_is_tls(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
	       code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CIPHER ||
	       code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_ISSUER_ERROR ||
	       code == CURLE_SSL_INVALIDCERTSTATUS || code == CURLE_USE_SSL_FAILED;
}
