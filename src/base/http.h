/*
 * A small HTTP client.  It follows no redirect, takes no proxy from the environment, always verifies certificates, and looks at the
 * address that is about to be connected to.  libcurl does the work; it is loaded when first used, so that commands that send nothing do
 * not pay for it.
 */
#ifndef WEIR_BASE_HTTP_H
#define WEIR_BASE_HTTP_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	HTTP_ANSWER_MAX = 64 << 10
}; /* bytes of the headers of an answer that are read, and of its body unless more is asked for */

enum http_method { HTTP_POST, HTTP_GET, HTTP_DELETE, HTTP_PUT, HTTP_PATCH };

struct http_header {
	struct sv name, value;
};

struct http_request {
	enum http_method method;
	struct sv url; /* http: or https: */
	const struct http_header *header;
	size_t nheader;
	struct sv body;      /* not of a GET */
	struct sv proxy;     /* URL; empty = none */
	const char *ca_file; /* NULL = the system's authorities */
	const char
		*socket; /* Unix socket to connect to, whatever host the URL names; NULL = over the network */
	int64_t connect_us, total_us;
	/*
	 * An answer that is too long or too slow behind its headers is cut: the status is what counts.  whole: its body counts, too, so
	 * that is an error, and it may take all of the time.
	 */
	bool whole;
	size_t answer_max;              /* bytes of the body; 0 = HTTP_ANSWER_MAX */
	bool any_address;               /* the user named the host: no address is refused */
	const struct sv *allow_private; /* see netaddr_listed */
	size_t nallow_private;
	const char *const *want; /* names of headers of the answer */
	size_t nwant;
	const atomic_bool *broken_off; /* once it is true nobody wants the answer any more; may be NULL */
};

struct http_answer {
	int64_t status;
	struct sv retry_after;   /* as sent; empty = absent */
	struct sv type;          /* Content-Type, as sent; empty = absent */
	const struct sv *wanted; /* values of request.want; empty = absent */
	struct sv body;          /* its first answer_max bytes, or as much as came in time: hostile */
};

/*
 * Connections that are kept open between requests.  It belongs to one thread at a time.  A connection is used again only for what is
 * asked under the same rules (addresses, authorities, proxy) as when it was made; one that died meanwhile is made anew.
 */
struct http_client *http_client_new(void);
void http_client_free(struct http_client *c);
DEFINE_CLEANUP(http_client, http_client_free)

/*
 * c: NULL = a connection for this request alone.  True once there was a status, whichever.  Errors name the host and the reason, never
 * the rest of the URL: ERR_TIMEOUT when time ran out, ERR_ARG for what will not get better by trying again, ERR_LIMIT for an answer that
 * is too long, ERR_IO for the rest.
 */
MUST_CHECK bool http_send(struct http_client *c, struct arena *a, const struct http_request *r,
                          struct http_answer *ret, struct err *err);

/* What may be the name of a header, or a method. */
bool http_is_token(struct sv s);
/* "Not Found"; empty for a status that is not known here.  What a receiver calls its status is not repeated: it may be anything. */
const char *http_status_text(int64_t status);

#endif
