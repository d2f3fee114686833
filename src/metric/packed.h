/*
 * Bytes of saved states: the same on every machine, and looked at with suspicion when they are read again.
 *
 *	count, size, unsigned number    7 bits a byte, the lowest first, the top bit says that more follow
 *	signed number                   the same of (n << 1) ^ (n >> 63), so that small negative ones are short
 *	double                          8 bytes of its bits, the lowest first
 *	text                            its size and its bytes
 *	value                           a byte for its kind and what belongs to it
 */
#ifndef WEIR_METRIC_PACKED_H
#define WEIR_METRIC_PACKED_H

#include "expr/value.h"

/* Rows and counts lie below it: what adds up a thousand of them does not overflow, and a greater one is garbage. */
#define PACKED_COUNT_MAX (INT64_C(1) << 53)

void pack_u64(struct buf *b, uint64_t v);
void pack_i64(struct buf *b, int64_t v);
void pack_i128(struct buf *b, __int128 v);
void pack_bool(struct buf *b, bool v);
void pack_word(struct buf *b, uint64_t v); /* 8 bytes: hashes, bits of doubles */
void pack_sv(struct buf *b, struct sv v);
void pack_value(struct buf *b, struct value v);

/* What is still to be read.  The first mistake makes it bad; everything read from then on is 0, empty or null. */
struct unpack {
	const uint8_t *p, *end;
	bool bad;
};

struct unpack unpack_of(struct sv bytes);
uint64_t unpack_u64(struct unpack *u);
int64_t unpack_i64(struct unpack *u);
__int128 unpack_i128(struct unpack *u);
bool unpack_bool(struct unpack *u);
uint64_t unpack_word(struct unpack *u);
int64_t unpack_count(struct unpack *u);               /* 0 … PACKED_COUNT_MAX */
uint64_t unpack_most(struct unpack *u, uint64_t max); /* a number up to max */
/* How many things of at least `size` bytes each follow: no more than there is room for. */
size_t unpack_number(struct unpack *u, size_t size);
struct sv unpack_sv(struct unpack *u); /* borrowed from the bytes */
/* Texts are borrowed, lists are in the arena. */
struct value unpack_value(struct unpack *u, struct arena *a);
/* The same of what is no list and no object. */
struct value unpack_scalar(struct unpack *u);
void unpack_spoil(struct unpack *u);
/* True if everything was well, and all of it was read. */
MUST_CHECK bool unpack_end(const struct unpack *u);

#endif
