/* Inside the keeper: its parts. */
#ifndef WEIR_SERVE_KEEPER_H
#define WEIR_SERVE_KEEPER_H

#include "serve/service.h"

enum { BATCH_MAX = 1000 }; /* requests that share one transaction */

/* commit.c: does what the inbox holds; what is to be written in shared transactions. */
void keeper_tasks(struct service *s);
/*
 * What follows from what was stored since: the board, incidents, timers.  Called before anybody is told that something is stored, so that
 * who asks next sees it.
 */
void keeper_follow(struct service *s);

#endif
