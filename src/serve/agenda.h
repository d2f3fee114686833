/* The keeper's timers: what happens at which instant, earliest first. */
#ifndef WEIR_SERVE_AGENDA_H
#define WEIR_SERVE_AGENDA_H

#include "base/base.h"
#include "base/clock.h"
#include "base/sv.h"

struct service;
struct agenda;

struct agenda *agenda_new(void);
void agenda_free(struct agenda *a);
DEFINE_CLEANUP(agenda, agenda_free)
/*
 * Calls run(s, ctx) once the clock has reached at_us; an entry of the same name is replaced (TIME_NONE takes it away).  Entries of one
 * instant come in the order of their names.
 */
void agenda_set(struct agenda *a, struct sv name, int64_t at_us, void (*run)(struct service *s, void *ctx),
                void *ctx);
/* Moves all whose names do not begin with `but`: the clock that they go by was moved. */
void agenda_shift(struct agenda *a, int64_t by_us, struct sv but);
/* Takes away all whose names begin so. */
void agenda_drop(struct agenda *a, struct sv prefix);
int64_t agenda_next_us(const struct agenda *a); /* INT64_MAX = nothing */
/* Runs all that is due; entries that these set may be due, too, and come with the next call.  Returns how many. */
size_t agenda_run(struct agenda *a, struct service *s, int64_t now_us);

#endif
