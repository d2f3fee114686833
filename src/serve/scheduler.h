/* The scheduler: what happens by itself, when nobody asks and nothing comes in. */
#ifndef WEIR_SERVE_SCHEDULER_H
#define WEIR_SERVE_SCHEDULER_H

#include "serve/service.h"

/* At the start, after a reload, and when the wall clock has jumped: sets all timers anew. */
void scheduler_start(struct service *s);
/* The board has changed: looks when the clock changes it next. */
void scheduler_follow(struct service *s);
/* Assets became late, stale, or well again: kept as a run of kind `watch`, with its incidents and messages. */
void scheduler_watch(struct service *s, const uint32_t *asset, size_t n);

#endif
