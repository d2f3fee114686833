/*
 * Very many keys, kept until the end and counted then: what exact uniqueness costs.
 *
 * A key is one or two 64-bit words.  Few keys stand in one array.  Beyond that they are dealt by their hash to partitions, lists
 * of blocks; equal keys meet in one partition, which is small enough for a table in the processor's cache:
 *
 *	key ──hash──► line of 64 bytes ──full──► partition[0] ─► block ─► block
 *	              line                       partition[1] ─► block          ──► a table, one partition at a time
 *	              …                          …
 *
 * Keys of one word that come in ascending order are not dealt at all, but kept in the order in which they came, as ranges:
 *
 *	12 13 14 15       a range without gaps: its ends say all
 *	12 14 15 18       with few gaps: a bit for each number
 *	12 90 800 801     with many: the keys
 *
 * Ranges that overlap nothing else hold no key twice.  As long as all keys are in ranges, only those that overlap are dealt, at the end; with
 * the first key that is in none, the bag makes no more of them.
 *
 * keybag_spill puts the partitions into a file and forgets them.  A chunk of the file is cut as the memory was, so the end takes, for one
 * partition after another, what memory and all chunks have of it.
 *
 * Bags of several threads are merged by joining their lists.
 */
#ifndef WEIR_METRIC_KEYBAG_H
#define WEIR_METRIC_KEYBAG_H

#include "base/err.h"

struct keybag_block;
struct keybag_slab;
struct keybag_range;
struct keybag_chunk;
struct keybag_lines;
struct spill;
struct keybag_count {
	int64_t distinct;
	int64_t repeated; /* keys of groups of two or more, all of them counted */
};
struct keybag_part {
	struct keybag_block *head, *tail;
	uint64_t *at, *end; /* where the next line goes in the tail; at == end: nowhere */
};

struct keybag {
	unsigned words; /* 1: integers, hashed here; 2: hashes already */
	bool distinct;  /* only distinct keys matter: repeated ones are dropped now and then */
	int64_t n;      /* keys in the array or the partitions */
	int64_t next_compaction;
	uint64_t *flat;  /* until there are too many */
	size_t flat_cap; /* in keys */
	struct keybag_part *part;
	struct keybag_lines *line;
	struct keybag_block *unused;
	struct keybag_slab *slab;
	size_t bytes;
	struct keybag_range *range;
	size_t nrange, range_cap;
	int64_t in_ranges;  /* keys; each counts as it would in a partition, where it may have to go */
	size_t range_words; /* of them that stand as they are, or bits in their place */
	struct keybag_part sequence; /* words of the ranges */
	struct keybag_chunk *chunk;
	size_t nchunk, chunk_cap, in_chunks; /* in_chunks: keys */
	struct spill **file;
	size_t nfile;
	struct keybag_count
		*counted; /* by partition, of keybag_count_piece; NULL: they are not counted yet */
};

/* The caller's struct; all-zero but for words is an empty bag too. */
void keybag_init(struct keybag *b, unsigned words, bool distinct);
void keybag_fini(struct keybag *b);
/* n keys of b->words words each. */
void keybag_add(struct keybag *b, const uint64_t *key, size_t n);
/* Empties `from`, which has as many words. */
void keybag_merge(struct keybag *b, struct keybag *from);
/* Heap it holds, or would hold if its ranges had to be dealt. */
size_t keybag_bytes(const struct keybag *b);
/* To a temporary file with nearly all of it; see spill.h.  On failure the bag is only good for keybag_fini. */
MUST_CHECK bool keybag_spill(struct keybag *b, const char *folder, struct err *err);
enum { KEYBAG_PIECES = 64 };
/*
 * Shares the count among threads: if true, pieces 0 to KEYBAG_PIECES - 1 are to be counted by any of them, in any order and at the same time, before
 * keybag_count, which takes what they found.  Nothing can be added afterwards.  False: it is not worth it.
 */
bool keybag_share(struct keybag *b);
void keybag_count_piece(struct keybag *b, size_t i);
/*
 * Calls repeated (may be NULL) once for each key that occurs twice or more: partition by partition, within one ascending, so that the order
 * depends on the keys alone.  Nothing can be added afterwards.
 */
MUST_CHECK bool keybag_count(struct keybag *b, void (*repeated)(void *ctx, const uint64_t *key), void *ctx,
                             struct keybag_count *ret, struct err *err);
/*
 * Hands out all distinct keys, sorted, a partition at a time.  Of bags of two words: in ascending order of (first, second) on the whole.  Nothing
 * can be added afterwards.
 */
MUST_CHECK bool keybag_distinct(struct keybag *b,
                                bool (*keys)(void *ctx, const uint64_t *key, size_t n, struct err *err),
                                void *ctx, struct err *err);
bool keybag_spilled(const struct keybag *b);
size_t keybag_spilled_keys(const struct keybag *b); /* how many, repeated ones too */
/*
 * All keys that it holds, ranges and repeated ones too: *n of them, those of one word sorted.  They are the bag's, and stand until something is added, or
 * *copy, to be freed.  Not of one that was spilled; it can go on.
 */
const uint64_t *keybag_keys(struct keybag *b, size_t *n, uint64_t **copy);
int64_t keybag_size(const struct keybag *b); /* the number of them */

#endif
