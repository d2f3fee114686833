/*
 * Reloads: a large catalog takes seconds to read and to check, so that a thread of its own does it, and the keeper takes what comes of it.
 * One load at a time; whoever asks meanwhile gets one more after it, however many they are.
 */
#ifndef WEIR_SERVE_RELOAD_H
#define WEIR_SERVE_RELOAD_H

#include "serve/service.h"

struct reload;

/*
 * All of it is the keeper's.  take: called by reload_tick with a project that has no mistakes, which it takes over; false if it cannot be
 * used after all (why).  o lives longer.
 */
struct reload *reload_new(struct service *s, const struct catalog_options *o,
                          bool (*take)(void *ctx, struct project *p, struct err *err), void *ctx);
void reload_free(struct reload *r); /* takes NULL; waits for a load that is under way */
void reload_ask(struct reload *r);
/* In each turn of the keeper: what has been loaded is taken, or said to be wrong. */
void reload_tick(struct reload *r);

#endif
