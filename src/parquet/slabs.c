#include "parquet/slabs.h"

#include <stdlib.h>
#include <string.h>

#include "parquet/file.h"

#define SLAB_BYTES ((size_t)128 << 10)

struct slab {
	uint8_t *p;
	size_t size, used;
};

void
slabs_init(struct slabs *s, size_t limit)
{
	*s = (struct slabs){.limit = limit};
}

void
slabs_fini(struct slabs *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		free(s->slab[i].p);
	free(s->slab);
	*s = (struct slabs){.limit = s->limit};
}

/* A free slab that has the room, the smallest of them; else the place for a new one. */
static uint32_t
choose(struct slabs *s, size_t n)
{
	uint32_t best = s->n;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->slab[i].used == 0 && s->slab[i].size >= n &&
		    (best == s->n || s->slab[i].size < s->slab[best].size))
			best = i;
	return best;
}

/* Gives back free slabs, which are too small. */
static void
drop_free(struct slabs *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		if (s->slab[i].used == 0) {
			s->bytes -= s->slab[i].size;
			free(s->slab[i].p);
			continue;
		}
		s->slab[kept++] = s->slab[i];
	}
	s->n = kept;
	s->current = 0;
}

static bool
add_slab(struct slabs *s, size_t n)
{
	size_t size = MAX(n, SLAB_BYTES);

	if (size > SLAB_BYTES)
		drop_free(s);
	if (size > s->limit || s->bytes > s->limit - size)
		return false;
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 4 : s->cap * 2;
		s->slab = xrealloc(s->slab, s->cap * sizeof(*s->slab));
	}
	s->slab[s->n++] = (struct slab){.p = xmalloc(size), .size = size};
	s->bytes += size;
	return true;
}

uint8_t *
slabs_take(struct slabs *s, size_t n)
{
	size_t need;

	if (__builtin_add_overflow(n, (size_t)PQ_PAD, &need))
		return NULL;
	if (s->n == 0 || s->slab[s->current].size - s->slab[s->current].used < need) {
		uint32_t to = choose(s, need);

		if (to == s->n) {
			if (!add_slab(s, need))
				return NULL;
			to = s->n - 1;
		}
		s->current = to;
	}

	struct slab *b = &s->slab[s->current];
	uint8_t *p = b->p + b->used;

	b->used += need;
	memset(p + n, 0, PQ_PAD);
	return p;
}

void
slabs_turn(struct slabs *s, const uint8_t *p)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (p == NULL || p < s->slab[i].p || p >= s->slab[i].p + s->slab[i].size)
			s->slab[i].used = 0;
}
