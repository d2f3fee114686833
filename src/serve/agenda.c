/*
 * A binary heap by instant, then name, whose entries know their place, beside a map by name.
 *
 * The map never forgets a name by itself: it is made anew when most of its names are of entries that are gone.
 */
#include "serve/agenda.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"

#define OUT SIZE_MAX

struct entry {
	int64_t at_us;
	size_t place;                              /* in the heap, or OUT */
	bool due;                                  /* agenda_run holds it: not to be freed by others */
	void (*run)(struct service *s, void *ctx); /* NULL: taken away while it was due */
	void *ctx;
	size_t n;
	char name[];
};

struct agenda {
	struct entry **heap;
	size_t n, cap;
	struct arena *a;
	struct map by_name; /* name -> struct entry *, NULL once it is gone */
};

struct agenda *
agenda_new(void)
{
	struct agenda *a = xcalloc(1, sizeof(*a));

	a->a = arena_new();
	map_init(&a->by_name, a->a);
	return a;
}

void
agenda_free(struct agenda *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++)
		free(a->heap[i]);
	free(a->heap);
	arena_free(a->a);
	free(a);
}

static struct sv
name_of(const struct entry *e)
{
	return (struct sv){e->name, e->n};
}

static bool
before(const struct entry *x, const struct entry *y)
{
	if (x->at_us != y->at_us)
		return x->at_us < y->at_us;
	return sv_cmp(name_of(x), name_of(y)) < 0;
}

static void
put(struct agenda *a, size_t place, struct entry *e)
{
	a->heap[place] = e;
	e->place = place;
}

static void
move_up(struct agenda *a, struct entry *e)
{
	size_t at = e->place;

	while (at > 0 && before(e, a->heap[(at - 1) / 2])) {
		put(a, at, a->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(a, at, e);
}

static void
move_down(struct agenda *a, struct entry *e)
{
	size_t at = e->place;

	for (size_t kid = 2 * at + 1; kid < a->n; kid = 2 * at + 1) {
		kid += kid + 1 < a->n && before(a->heap[kid + 1], a->heap[kid]);
		if (!before(a->heap[kid], e))
			break;
		put(a, at, a->heap[kid]);
		at = kid;
	}
	put(a, at, e);
}

static void
push(struct agenda *a, struct entry *e)
{
	if (a->n == a->cap) {
		a->cap = MAX(2 * a->cap, (size_t)16);
		a->heap = xrealloc(a->heap, a->cap * sizeof(struct entry *));
	}
	put(a, a->n++, e);
	move_up(a, e);
}

static void
take_out(struct agenda *a, struct entry *e)
{
	const size_t place = e->place;
	struct entry *last = a->heap[--a->n];

	e->place = OUT;
	if (last == e)
		return;
	put(a, place, last);
	move_up(a, last);
	move_down(a, last);
}

static void
forget_names(struct agenda *a)
{
	if (a->by_name.n < 64 || a->by_name.n < 2 * a->n)
		return;
	arena_reset(a->a);
	map_init(&a->by_name, a->a);
	for (size_t i = 0; i < a->n; i++)
		map_set(&a->by_name, name_of(a->heap[i]), a->heap[i]);
}

static void
forget(struct agenda *a, struct entry *e)
{
	map_set(&a->by_name, name_of(e), NULL);
	free(e);
	forget_names(a);
}

static void
drop(struct agenda *a, struct entry *e)
{
	if (e->place != OUT)
		take_out(a, e);
	e->run = NULL;
	if (!e->due)
		forget(a, e);
}

static struct entry *
add(struct agenda *a, struct sv name)
{
	struct entry *e = xcalloc(1, sizeof(*e) + name.n);

	e->place = OUT;
	e->n = name.n;
	if (name.n > 0)
		memcpy(e->name, name.p, name.n);
	map_set(&a->by_name, name, e);
	return e;
}

void
agenda_set(struct agenda *a, struct sv name, int64_t at_us, void (*run)(struct service *s, void *ctx),
           void *ctx)
{
	struct entry *e = map_get(&a->by_name, name);

	if (at_us == TIME_NONE) {
		if (e != NULL)
			drop(a, e);
		return;
	}
	if (e == NULL)
		e = add(a, name);
	e->at_us = at_us;
	e->run = run;
	e->ctx = ctx;
	if (e->place == OUT) {
		push(a, e);
	} else {
		move_up(a, e);
		move_down(a, e);
	}
}

void
agenda_shift(struct agenda *a, int64_t by_us, struct sv but)
{
	for (size_t i = 0; i < a->n; i++)
		if (!sv_starts(name_of(a->heap[i]), but))
			a->heap[i]->at_us += by_us;
	for (size_t i = a->n; i > 0; i--)
		move_down(a, a->heap[i - 1]);
}

void
agenda_drop(struct agenda *a, struct sv prefix)
{
	struct entry **out = xmalloc(MAX(a->n, (size_t)1) * sizeof(struct entry *));
	size_t n = 0;

	/* The heap moves while they go. */
	for (size_t i = 0; i < a->n; i++)
		if (sv_starts(name_of(a->heap[i]), prefix))
			out[n++] = a->heap[i];
	for (size_t i = 0; i < n; i++)
		drop(a, out[i]);
	free(out);
}

int64_t
agenda_next_us(const struct agenda *a)
{
	return a->n > 0 ? a->heap[0]->at_us : INT64_MAX;
}

/* All that is due, out of the heap: what is set meanwhile comes with the next call, else one that sets itself would never end. */
static struct entry **
take_due(struct agenda *a, int64_t now_us, size_t *n)
{
	struct entry **due = NULL;
	size_t cap = 0;

	*n = 0;
	while (a->n > 0 && a->heap[0]->at_us <= now_us) {
		if (*n == cap) {
			cap = MAX(2 * cap, (size_t)16);
			due = xrealloc(due, cap * sizeof(struct entry *));
		}
		due[*n] = a->heap[0];
		due[*n]->due = true;
		take_out(a, due[(*n)++]);
	}
	return due;
}

size_t
agenda_run(struct agenda *a, struct service *s, int64_t now_us)
{
	size_t n, ran = 0;
	struct entry **due = take_due(a, now_us, &n);

	for (size_t i = 0; i < n; i++) {
		struct entry *e = due[i];

		/* One before it may have set it anew, or taken it away. */
		if (e->place == OUT && e->run != NULL) {
			void (*run)(struct service * s, void *ctx) = e->run;

			e->run = NULL;
			run(s, e->ctx);
			ran++;
		}
		e->due = false;
		if (e->place == OUT)
			forget(a, e);
	}
	free(due);
	return ran;
}
