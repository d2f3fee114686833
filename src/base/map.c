#include "base/map.h"

#include <assert.h>

#include "base/hash.h"

enum { FIRST_SLOTS = 16 }; /* a power of two, as all later sizes are */

void
map_init(struct map *m, struct arena *a)
{
	*m = (struct map){.a = a};
}

/* The slot of the key, or the free one where it belongs.  At least one slot is free. */
static uint32_t *
find(const struct map *m, struct sv key, uint64_t hash)
{
	size_t mask = m->nslot - 1;

	for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
		if (m->slot[i] == 0)
			return &m->slot[i];

		const struct map_entry *e = &m->e[m->slot[i] - 1];

		if (e->hash == hash && sv_eq(e->key, key))
			return &m->slot[i];
	}
}

/* Grows before it is three quarters full: linear probing slows down steeply beyond that. */
static void
make_room(struct map *m)
{
	if (m->nslot > 0 && m->n + 1 <= m->nslot / 4 * 3)
		return;
	assert(m->n < UINT32_MAX / 2);

	size_t n = m->nslot > 0 ? m->nslot * 2 : FIRST_SLOTS;

	m->slot = ARENA_ARRAY(m->a, uint32_t, n);
	m->nslot = n;
	for (size_t i = 0; i < m->n; i++) {
		size_t at = (size_t)m->e[i].hash & (n - 1);

		while (m->slot[at] != 0)
			at = (at + 1) & (n - 1);
		m->slot[at] = (uint32_t)(i + 1);
	}
}

void *
map_get(const struct map *m, struct sv key)
{
	if (m->n == 0)
		return NULL;

	uint32_t at = *find(m, key, hash64(key));

	return at != 0 ? m->e[at - 1].value : NULL;
}

bool
map_has(const struct map *m, struct sv key)
{
	return m->n > 0 && *find(m, key, hash64(key)) != 0;
}

struct map_entry *
map_put(struct map *m, struct sv key)
{
	make_room(m);

	uint64_t hash = hash64(key);
	uint32_t *at = find(m, key, hash);

	if (*at != 0)
		return &m->e[*at - 1];
	if (m->n == m->cap)
		m->e = arena_list_grow(m->a, m->e, &m->cap, sizeof(*m->e));
	m->e[m->n] = (struct map_entry){.key = arena_sv(m->a, key), .hash = hash};
	*at = (uint32_t)++m->n;
	return &m->e[m->n - 1];
}

void *
map_set(struct map *m, struct sv key, void *value)
{
	struct map_entry *e = map_put(m, key);
	void *old = e->value;

	e->value = value;
	return old;
}
