/*
 * Very many keys, kept until the end and counted then: what exact uniqueness costs.
 *
 * A key is one or two 64-bit words.  Few keys stand in one array.  Beyond that they are dealt by their hash to partitions, lists
 * of blocks; equal keys meet in one partition, which is small enough for a table in the processor's cache:
 *
 *	key ──hash──► partition[0] ─► block ─► block
 *	              partition[1] ─► block          ──► a table, one partition at a time
 *	              …
 *
 * Bags of several threads are merged by joining their lists.
 */
#ifndef WEIR_METRIC_KEYBAG_H
#define WEIR_METRIC_KEYBAG_H

#include "base/base.h"

struct keybag_block;
struct keybag_slab;
struct keybag_part {
	struct keybag_block *head, *tail;
	uint64_t *at, *end; /* where the next key goes in the tail; at == end: nowhere */
};

struct keybag {
	unsigned words; /* 1: integers, hashed here; 2: hashes already */
	bool distinct;  /* only distinct keys matter: repeated ones are dropped now and then */
	int64_t n;      /* keys held */
	int64_t next_compaction;
	uint64_t *flat;  /* until there are too many */
	size_t flat_cap; /* in keys */
	struct keybag_part *part;
	struct keybag_block *unused;
	struct keybag_slab *slab;
	size_t bytes;
};

struct keybag_count {
	int64_t distinct;
	int64_t repeated; /* keys of groups of two or more, all of them counted */
};

/* The caller's struct; all-zero but for words is an empty bag too. */
void keybag_init(struct keybag *b, unsigned words, bool distinct);
void keybag_fini(struct keybag *b);
/* n keys of b->words words each. */
void keybag_add(struct keybag *b, const uint64_t *key, size_t n);
/* Empties `from`, which has as many words. */
void keybag_merge(struct keybag *b, struct keybag *from);
/* Heap it holds. */
size_t keybag_bytes(const struct keybag *b);
/* Calls repeated (may be NULL) once for each key that occurs twice or more, in no order. */
struct keybag_count keybag_count(struct keybag *b, void (*repeated)(void *ctx, const uint64_t *key),
                                 void *ctx);

#endif
