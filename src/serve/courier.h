/*
 * The courier: sends what is in the outbox for as long as the service runs.  Lanes by channel; each receiver has its own threads and
 * connections, so that a slow one delays nobody else.
 */
#ifndef WEIR_SERVE_COURIER_H
#define WEIR_SERVE_COURIER_H

#include "serve/service.h"

/* Keeper. */
MUST_CHECK bool courier_open(struct service *s, struct courier **ret, struct err *err);
/* Messages may have been written, or the catalog is another: looks at the outbox soon. */
void courier_wake(struct courier *c);
/* The wall clock was moved: what is to be sent later is sent after as long as before. */
void courier_clock_moved(struct courier *c, int64_t moved_us);
/* Waits for what is being sent, at most limit_us; what is not done by then is sent again after the next start. */
void courier_close(struct courier *c, int64_t limit_us);

#endif
