/*
 * Gates over HTTP.
 *
 *	prepared and still valid? ──► answered by a thread of the server
 *	else, by the keeper:  looks too old? ─► look ─► decide ─► run=1: unchecked? ─► check ─► decide ─► wait=: again later ─► log ─► answer
 *
 * An answer rests on looks at data that are no older than `service.believe` and than what was reported since; on one that failed, or
 * takes too long, it does not rest: that input is undecided.
 */
#ifndef WEIR_SERVE_GATES_H
#define WEIR_SERVE_GATES_H

#include "gate/gate.h"
#include "serve/request.h"
#include "serve/service.h"

struct gates;

struct gates *gates_new(struct service *s);
/* When all requests are over: writes down what is still to be counted. */
void gates_free(struct gates *g); /* takes NULL */
/* The board has changed: what waits is decided anew soon. */
void gates_follow(struct gates *g);

/* Any thread. */
bool gates_quick(struct service *s, struct request *q);
/* Keeper: takes the request over, and answers when it can. */
void gates_ask(struct service *s, struct request *q);

/* What decisions are made from in the service: the board. */
struct gate_known gates_known(const struct service *s);
/* The decision as JSON, in the arena. */
MUST_CHECK bool gates_json(struct arena *a, const struct decision *d, struct sv *ret, struct err *err);
struct stored_decision gates_record(const struct decision *d, struct sv json);

/*
 * `KEY[|PARTITION]@V`, comma-separated, or one bare V where the gate has one input.  partition: of the gate, for a bare one.
 */
MUST_CHECK bool gates_named(struct arena *a, const struct catalog *c, const struct asset *asset,
                            struct sv partition, struct sv text, struct gate_named **ret, size_t *n,
                            struct err *err);

#endif
