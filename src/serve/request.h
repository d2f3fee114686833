/*
 * One request, from the moment its body is whole to its answer.
 *
 * A request belongs to one thread at a time: to a thread of the server, then to the keeper, then to the server again.  Everything it
 * holds lives in its arena until the answer has left.  It is answered exactly once.
 */
#ifndef WEIR_SERVE_REQUEST_H
#define WEIR_SERVE_REQUEST_H

#include "base/arena.h"
#include "base/json.h"
#include "serve/inbox.h"
#include "serve/prepared.h"
#include "serve/route.h"

struct request {
	struct task task; /* on its way to the keeper */
	struct arena *a;
	const struct route *route;
	struct sv arg[ROUTE_ARGS_MAX]; /* of the path, decoded */
	struct sv target;              /* path and query as sent */
	struct sv body;
	struct sv who; /* for the record: the token's name, or "local" */
	unsigned scopes;
	int64_t start_ns;
};

/* A query parameter, decoded; empty if absent.  Types were checked: the others return dflt only if it is absent. */
struct sv request_text(const struct request *q, const char *name);
bool request_has(const struct request *q, const char *name);
bool request_flag(const struct request *q, const char *name); /* `run`, `run=1`, `run=true` */
int64_t request_number(const struct request *q, const char *name,
                       int64_t dflt); /* count, or us of a duration or time */
/* A header of the request; empty if absent. */
struct sv request_header(const struct request *q, const char *name);

/* Adds a header to the answer: before that is given.  Both are copied; the value must be one line. */
void request_add_header(struct request *q, const char *name, struct sv value);

/* Answers.  The text must live as long as the request's arena does (or be static). */
void request_answer(struct request *q, int status, const char *type, struct sv body);
void request_json(struct request *q, int status, struct sv json);
/* A JSON text that is written now: begins with request_write, ends with request_wrote.  ERR_LIMIT becomes a 500. */
struct json_writer *request_write(struct request *q);
void request_wrote(struct request *q, int status);
/* Takes over one reference; 304 if the client has it (If-None-Match). */
void request_prepared(struct request *q, struct prepared *p);
/* application/problem+json (RFC 9457).  status 0 = by the error's code.  The hint becomes part of the detail. */
void request_problem(struct request *q, int status, const struct err *err);
void request_refuse(struct request *q, int status, const char *fmt, ...) PRINTF(3, 4);
/* What was answered so far, in a `write` that has not left yet; false if nothing was. */
bool request_answered(const struct request *q, int *status, const char **type, struct sv *body);

/*
 * The keeper answers later: read returns without an answer, and somebody keeps the request until one of the above is called, in the
 * keeper's thread.  It is called off (gone, in the keeper's thread) if the client hangs up or the service stops first; it must be
 * answered all the same, with anything.
 */
void request_keep(struct request *q, void (*gone)(struct service *s, struct request *q, void *ctx),
                  void *ctx);

#endif
