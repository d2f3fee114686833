/*
 * A hash map from text to pointers, in the order of insertion.  Keys are copied into the map's arena.
 * Open addressing, XXH3; iteration is by index and stable.
 */
#ifndef WEIR_BASE_MAP_H
#define WEIR_BASE_MAP_H

#include "base/arena.h"
#include "base/sv.h"

struct map_entry {
	struct sv key;
	void *value;
	uint64_t hash;
};

struct map {
	struct arena *a;
	struct map_entry *e; /* e[0..n): in the order of insertion */
	size_t n, cap;
	uint32_t *slot; /* index + 1 into e, 0 = free */
	size_t nslot;
};

/* All-zero but for the arena, which must outlive it, is an empty map too. */
void map_init(struct map *m, struct arena *a);
void *map_get(const struct map *m, struct sv key); /* NULL when absent */
bool map_has(const struct map *m, struct sv key);
/* Sets, replacing what was there; returns the old value or NULL. */
void *map_set(struct map *m, struct sv key, void *value);
/* The entry of the key, added with a NULL value if absent.  Valid until the next addition. */
struct map_entry *map_put(struct map *m, struct sv key);

#endif
