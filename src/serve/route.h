/*
 * Routes: what the service answers over HTTP.  One row each; the server, the checks of scope and parameters, /openapi.json and
 * docs/reference/http.md all come from these rows.
 */
#ifndef WEIR_SERVE_ROUTE_H
#define WEIR_SERVE_ROUTE_H

#include "base/buf.h"
#include "base/err.h"

struct service;
struct request;

enum method { METHOD_GET, METHOD_POST, METHOD_DELETE, METHOD_COUNT };
extern const char *const method_names[METHOD_COUNT];

/* What a token may be good for; bits, since a token has several. */
enum scope { SCOPE_NONE = 0, SCOPE_READ = 1, SCOPE_INGEST = 2, SCOPE_GATE = 4, SCOPE_ADMIN = 8 };

enum param_type {
	PARAM_IS_TEXT,
	PARAM_IS_FLAG,
	PARAM_IS_COUNT,
	PARAM_IS_DURATION,
	PARAM_IS_TIME,
	PARAM_IS_ENUM
};

/* A query parameter.  One that is not in the table, or does not fit its type, is refused with 400 before the handler runs. */
struct route_param {
	const char *name;
	enum param_type type;
	const char *const *names; /* of an enum, NULL-terminated */
	const char *doc;
};

/* An answer beside the errors that every route can give (400, 401, 403, 404, 405, 413, 415, 429, 500, 503). */
struct route_answer {
	int status;
	const char *
		schema; /* of its body, by the name of serve/schemas.h; NULL = there is none, or it is no JSON */
	const char *type; /* of what is no JSON: text/html …; NULL = application/json */
	const char *doc;
};

enum { ROUTE_ARGS_MAX = 2, BODY_MAX_DEFAULT = 1 << 20 };

struct route {
	enum method method; /* HEAD is answered where GET is */
	const char *
		path; /* "/v1/assets/{key}/history": {…} is one segment (its slashes are %2F), and never empty; {…*}, at the end, is all the rest */
	const char *id;   /* operationId, unique */
	enum scope scope; /* any of these bits is enough; SCOPE_NONE = for everybody who can connect */
	const char *summary, *doc;
	const struct route_param *param;
	size_t nparam;
	const char *body; /* schema of the request's body; NULL = takes none */
	size_t body_max;  /* bytes; 0 = BODY_MAX_DEFAULT */
	const struct route_answer *answer;
	size_t nanswer;
	/*
	 * Where it is answered; at least one, tried in this order.
	 * quick: in a thread of the server, at once and without waiting; only what is made for that may be touched (prepared answers,
	 *        meters).  False: not answered, go on with the next.
	 * read:  by the keeper, which owns all state.  It may answer later (request_keep).
	 * write: by the keeper, inside a transaction that it shares with other requests.  Everything is checked before the first write:
	 *        what the client did wrong is answered (request_problem) and nothing written; false is for the store alone, and turns the
	 *        answers of all in the transaction into 503.  The answer leaves when it is on disk.
	 */
	bool (*quick)(struct service *s, struct request *q);
	void (*read)(struct service *s, struct request *q);
	bool (*write)(struct service *s, struct request *q, struct err *err);
};

extern const struct route *const routes[]; /* sorted by path, then method */
extern const size_t route_count;

/* OpenAPI 3.1 of all routes, as JSON. */
bool routes_openapi(struct buf *b);
/* docs/reference/http.md. */
void routes_markdown(struct buf *b);

#endif
