/*
 * The dead man's switch: while the service is well it says so to another one, `service: {heartbeat: …}`, which tells people when it has not
 * heard for too long.  A thread of its own, since the other one may be slow.
 */
#ifndef WEIR_SERVE_HEARTBEAT_H
#define WEIR_SERVE_HEARTBEAT_H

#include "serve/service.h"

struct heartbeat;

/* By s->project; *ret is NULL where none is wanted. */
MUST_CHECK bool heartbeat_start(struct service *s, struct heartbeat **ret, struct err *err);
void heartbeat_stop(struct heartbeat *h); /* takes NULL; breaks off what is being sent */

#endif
