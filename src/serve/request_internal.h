/*
 * Inside the server: a request with its connection.
 *
 * There is one exchange a connection, used for one request after the other: connections take one at a time.  Its arena is emptied when the
 * next request begins.
 */
#ifndef WEIR_SERVE_REQUEST_INTERNAL_H
#define WEIR_SERVE_REQUEST_INTERNAL_H

#include <stdatomic.h>

#include "serve/mhd.h"
#include "serve/request.h"
#include "serve/service.h"

/* What a connection is about; the sweeper closes those that take too long over it. */
enum phase {
	PHASE_FIRST,   /* it has never brought a request */
	PHASE_BETWEEN, /* between two requests, or in the header of the next */
	PHASE_BODY,    /* the body is coming in */
	PHASE_WORK,    /* it is being answered */
	PHASE_ANSWER   /* the answer is leaving */
};

/* A query parameter as it was given, by its place in route->param. */
struct given {
	struct sv text;
	int64_t number;
	bool there;
};

struct answer_header {
	const char *name, *value;
	struct answer_header *next;
};

/* What the header says that the server looks at itself. */
struct head {
	struct sv host, origin, authorization, content_type, content_encoding, if_none_match, fetch_site,
		agent;
	int64_t content_length; /* -1 = not told */
	bool chunked;
};

struct exchange {
	struct request q;
	struct service *s;
	struct httpd *h;
	const struct mhd *mhd;
	struct MHD_Connection *c;
	struct exchange *next, *prev; /* of all connections: the server's, under its lock */
	int fd;
	char peer[64]; /* address, for the log */
	_Atomic int phase;
	_Atomic int64_t since_ns; /* when the phase began */
	_Atomic int64_t bytes;    /* of the body that came in, or of the answer that leaves */

	/* Of the request: zeroed when the next begins. */
	struct {
		bool seen; /* its header was looked at */
		bool open; /* counted as one that is being answered */
		bool bad;  /* what follows on this connection cannot be told apart from it */
		bool head_only;
		const char *method;
		const char *target_end; /* in the library's memory */
		struct head head;
		struct given *given; /* route->nparam of them */
		/* The answer. */
		int status;
		const char *type;
		struct sv body;
		struct prepared *prepared;
		struct answer_header *header;
		bool answered;
		/* On its way. */
		bool with_keeper;
		bool held; /* the answer does not leave yet */
		bool kept;
		void (*gone)(struct service *s, struct request *q, void *ctx);
		void *gone_ctx;
	} r;
	struct exchange *next_kept, *prev_kept; /* the keeper's */
	struct buf in;                          /* the body as it came */
	struct buf out;                         /* the body of the answer, as it is written */
	struct json_writer json;
};

static inline struct exchange *
exchange_of(const struct request *q)
{
	return CONTAINER_OF((struct request *)(uintptr_t)q, struct exchange, q);
}

/* params.c: the query against route->param; answers with 400 and is false if it does not fit. */
MUST_CHECK bool request_params(struct exchange *x, struct sv query);
/* Percent-decodes once.  False: a bad escape, a NUL, or no UTF-8. */
MUST_CHECK bool percent_decode(struct arena *a, struct sv s, bool plus_is_space, struct sv *ret);

/* request.c: hands it to the keeper, which answers it; it is suspended. */
void request_hand_over(struct exchange *x);

/*
 * head.c.  These answer what is wrong and are false then.
 * read: what the header says; x->r.bad if the end of the request is not sure.
 * body: may it have the body that it announces?
 * unpack: the body is whole: sets q.body.
 */
MUST_CHECK bool head_read(struct exchange *x, const char *version);
MUST_CHECK bool head_body(struct exchange *x);
MUST_CHECK bool head_unpack(struct exchange *x);

/* access.c: do Host and Origin allow it?  Does the token?  Sets q.who and q.scopes.  False: answered. */
MUST_CHECK bool access_from(struct exchange *x);
MUST_CHECK bool access_allowed(struct exchange *x);

/* answer.c: MHD_NO ends the connection. */
enum MHD_Result answer_queue(struct exchange *x);

/* access_log.c: a line for a request that has ended; how: NULL = as it should. */
void access_log(const struct exchange *x, const char *how);

/* handle.c: what the library calls. */
enum MHD_Result handle_request(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
                               const char *version, const char *data, size_t *n, void **exchange);
size_t handle_unescape(void *ctx, struct MHD_Connection *c, char *text);
void *handle_target(void *mhd, const char *target, struct MHD_Connection *c);
void handle_completed(void *ctx, struct MHD_Connection *c, void **exchange,
                      enum MHD_RequestTerminationCode how);

struct access;
const struct access *httpd_access(const struct httpd *h);
/* httpd.c: a request begins and has ended; what is between counts as open. */
void httpd_begin(struct exchange *x);
void httpd_end(struct exchange *x, enum MHD_RequestTerminationCode how);
/* Is the service about to stop? */
bool httpd_is_quiet(const struct httpd *h);
/* May it be put into the inbox?  False: answered with 503. */
MUST_CHECK bool httpd_may_queue(struct exchange *x);
/* Of requests that the keeper keeps. */
void httpd_keep(struct httpd *h, struct exchange *x);
void httpd_unkeep(struct httpd *h, struct exchange *x);
/* The answer is there: gives the connection back to the server.  The exchange is not the caller's any more. */
void httpd_resume(struct exchange *x);

/* routes.c: the route of a path; NULL with *allowed = the methods that the path has (bits), 0 = there is no such path. */
const struct route *route_find(enum method method, struct sv path, struct sv arg[ROUTE_ARGS_MAX],
                               unsigned *allowed);

#endif
