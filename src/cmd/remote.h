/*
 * A weir service elsewhere (`--server`): state, gates and results live there, data is read here.
 *
 * What goes wrong on the way is one of two things.  ERR_STORE: the service could not be asked, or what answered is no weir service or makes
 * no sense; whoever needs an answer is without one.  Everything else: it has understood and refused (ERR_ARG: what the body says, which would
 * be refused again; ERR_USAGE: who asks, or what for), or was asked wrongly.
 */
#ifndef WEIR_CMD_REMOTE_H
#define WEIR_CMD_REMOTE_H

#include "base/http.h"
#include "base/json.h"
#include "cmd/options.h"

struct remote;

/* Does --server or WEIR_SERVER name one? */
bool remote_wanted(const struct options *o);
/* For commands that cannot work through a service: says which can, and gives the exit status. */
int remote_refuse(const struct options *o);

/* Nothing is sent yet.  ERR_USAGE for a URL or a token that cannot be used. */
MUST_CHECK bool remote_open(struct options *o, struct remote **ret, struct err *err);
/* The same for this one, whatever --server says. */
MUST_CHECK bool remote_open_at(struct options *o, struct sv url, struct remote **ret, struct err *err);
void remote_close(struct remote *r);
DEFINE_CLEANUP(remote, remote_close)
/* False with ERR_USAGE if --now is given, for commands whose clock is the service's. */
MUST_CHECK bool remote_now(const struct options *o, struct err *err);
/* Sets the environment so that commands which are started find the same service. */
void remote_export(const struct remote *r);
/* As given, for messages. */
struct sv remote_name(const struct remote *r);

/* Paths: "/v1/gates" and so on, with remote_segment for what stands between slashes and remote_param for what stands behind `?`. */
void remote_segment(struct buf *path, struct sv text);
void remote_param(struct buf *path, const char *name, struct sv value);

struct remote_call {
	enum http_method method;
	struct sv path;
	struct sv body;            /* JSON */
	struct sv idempotency_key; /* of a POST; empty = one is made */
	int64_t wait_us;           /* that the service was asked to take before it answers */
	bool once;                 /* not tried again: the caller does that itself */
	bool bare;                 /* yes is said by 204, without JSON */
};

/*
 * The JSON of an answer that says yes (2xx).  Tried again, under the same Idempotency-Key, where that can help.  next: path of the next page,
 * or empty; may be NULL.
 */
MUST_CHECK bool remote_ask(struct remote *r, struct arena *a, const struct remote_call *c, struct sv *json,
                           struct sv *next, struct err *err);
/* Is `key` of the answer this text?  ERR_STORE if not: whoever said yes is not the service, or speaks of something else. */
MUST_CHECK bool remote_confirms(struct arena *a, struct sv json, const char *key, struct sv text,
                                struct err *err);

#endif
