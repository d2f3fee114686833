/* What the files of keybag share: blocks, lines, ranges, chunks, tables.  Private to them. */
#ifndef WEIR_METRIC_KEYBAG_PARTS_H
#define WEIR_METRIC_KEYBAG_PARTS_H

#include "base/hash.h"
#include "metric/keybag.h"

enum {
	PART_BITS = 10,
	PARTS = 1 << PART_BITS,
	LINE_WORDS = 8,           /* the processor's: 64 bytes, written at once */
	BLOCK_WORDS = 504,        /* whole lines; with its header 4 KiB */
	RANGE_KEYS_MAX = 1 << 11, /* that are looked at together */
	READ_WORDS = 4096         /* of a chunk at a time */
};

struct keybag_block {
	struct keybag_block *next;
	size_t n; /* words; of a tail only once its part is closed */
	uint64_t unused[LINE_WORDS - 2];
	uint64_t word[BLOCK_WORDS];
};

struct keybag_lines {
	uint64_t word[PARTS][LINE_WORDS];
	uint8_t n[PARTS]; /* words, always less than a line */
};

enum range_kind { RANGE_FULL, RANGE_BITS, RANGE_KEYS };
struct keybag_range {
	int64_t min, max, n;
	struct keybag_block *block; /* where its words begin */
	uint32_t at;
	enum range_kind kind;
	bool overlaps;
};

/* Where a chunk stands in a file: how many keys of each partition, as 32-bit numbers, and then the keys. */
struct keybag_chunk {
	const struct spill *file;
	int64_t index, at;
};

struct keybag_block *keybag_take_block(struct keybag *b);
void keybag_give_block(struct keybag *b, struct keybag_block *k);
void keybag_extend(struct keybag *b, struct keybag_part *p);
/* Through the lines into the partitions, which there must be. */
void keybag_deal(struct keybag *b, const uint64_t *key, size_t n);
/* Makes partitions of the array. */
void keybag_become_partitioned(struct keybag *b);
/* One with too many keys for one table is partitioned, how ever they were collected. */
void keybag_prepare_count(struct keybag *b);
/* Brings the line of part i into its tail and writes down how full that is.  Keys may be dealt to it afterwards. */
void keybag_close_part(struct keybag *b, size_t i);
/* Drops repeated keys of the partitions. */
void keybag_compact(struct keybag *b);

/* False: these keys are no range. */
bool keybag_add_range(struct keybag *b, const uint64_t *key, size_t n);
void keybag_merge_ranges(struct keybag *b, struct keybag *from);
void keybag_deal_ranges(struct keybag *b);
/* Deals ranges that overlap others, or all if there are other keys; returns how many keys are in the rest. */
int64_t keybag_settle_ranges(struct keybag *b);
/* All keys of all ranges, in order; returns how many. */
size_t keybag_copy_ranges(const struct keybag *b, uint64_t *key);

/* Two-word keys are hashes: their first word is as good as one. */
static inline uint64_t
keybag_hash(const uint64_t *key, unsigned words)
{
	return words == 1 ? hash64_u64(key[0]) : key[0];
}

static inline size_t
keybag_part_of(const uint64_t *key, unsigned words)
{
	return (size_t)(keybag_hash(key, words) >> (64 - PART_BITS));
}

/* A growing set for one partition, which counts to two. */
struct keytable {
	unsigned words;
	uint64_t *key;   /* 0 … 0 is a free slot */
	uint64_t *again; /* bit: the key in this slot was met more than once */
	size_t cap, mask, n;
	uint8_t zero; /* how often the key 0 … 0 was met */
};

/* Empties it, with room for n keys and more. */
void keytable_clear(struct keytable *t, size_t n);
void keytable_fini(struct keytable *t);
/* Meets n keys: how many were new comes back, and into *repeated what keybag_count counts. */
size_t keytable_meet(struct keytable *t, const uint64_t *key, size_t n, int64_t *repeated);
/* Moves the first of equal keys to the front; returns how many there are. */
size_t keytable_drop_repeated(struct keytable *t, uint64_t *key, size_t n);
/* The keys that were met, or (again) that were met more than once, sorted, into key; returns how many. */
size_t keytable_sorted(const struct keytable *t, bool again, uint64_t *key);
void keybag_sort(uint64_t *key, size_t n, unsigned words);

#endif
