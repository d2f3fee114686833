/*
 * A small HTTP client: one POST, nothing kept.  It follows no redirect, takes no proxy from the environment, always verifies
 * certificates, and looks at the address that is about to be connected to.  libcurl does the work; it is loaded when first used, so
 * that commands that send nothing do not pay for it.
 */
#ifndef WEIR_BASE_HTTP_H
#define WEIR_BASE_HTTP_H

#include "base/arena.h"
#include "base/err.h"

enum { HTTP_ANSWER_MAX = 64 << 10 }; /* bytes of an answer, headers or body, that are read */

struct http_header {
	struct sv name, value;
};

struct http_request {
	struct sv url; /* http: or https: */
	const struct http_header *header;
	size_t nheader;
	struct sv body;
	struct sv proxy;     /* URL; empty = none */
	const char *ca_file; /* NULL = the system's authorities */
	int64_t connect_us, total_us;
	const struct sv *allow_private; /* see netaddr_listed */
	size_t nallow_private;
};

struct http_answer {
	int64_t status;
	struct sv retry_after; /* as sent; empty = absent */
	struct sv body;        /* its first HTTP_ANSWER_MAX bytes, or as much as came in time: hostile */
};

/*
 * True once there was a status, whichever.  An answer that is too long or too slow behind its headers is cut, not refused: the status
 * is what counts.  Errors name the host and the reason, never the rest of the URL: ERR_TIMEOUT when time ran out, ERR_ARG for what
 * will not get better by trying again, ERR_IO for the rest.
 */
MUST_CHECK bool http_post(struct arena *a, const struct http_request *r, struct http_answer *ret,
                          struct err *err);

/* "Not Found"; empty for a status that is not known here.  What a receiver calls its status is not repeated: it may be anything. */
const char *http_status_text(int64_t status);

#endif
