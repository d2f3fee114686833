/* Hashes: XXH3 for tables and fingerprints, SHA-256 where an attacker may choose the bytes. */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

#include "base/sv.h"

uint64_t hash64(struct sv s);
uint64_t hash_xxh64(struct sv s); /* XXH64 of seed 0: only where a format asks for it */
/*
 * A bijection: distinct integers never collide.  Stafford's variant 13 of the MurmurHash3 finaliser: xor-shifts and odd factors can all be
 * undone.
 */
static inline uint64_t
hash64_u64(uint64_t v)
{
	v ^= v >> 30;
	v *= UINT64_C(0xbf58476d1ce4e5b9);
	v ^= v >> 27;
	v *= UINT64_C(0x94d049bb133111eb);
	v ^= v >> 31;
	return v;
}

struct hash128 {
	uint64_t lo, hi;
};
struct hash128 hash128(struct sv s);

/* Streaming XXH3-128, for fingerprints of several fields: each field is added with its length. */
struct hasher {
	void *state;
};
void hasher_init(struct hasher *h);
void hasher_add(struct hasher *h, struct sv s);
void hasher_add_i64(struct hasher *h, int64_t v);
/* Ends it and frees its memory; 32 lower-case hexadecimal digits and NUL. */
#define HASH_HEX 33
void hasher_end(struct hasher *h, char hex[HASH_HEX]);

struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, const void *p, size_t n);
/* Ends it and frees its memory; 64 lower-case hexadecimal digits and NUL. */
#define SHA256_HEX 65
void sha256_end(struct sha256 *h, char hex[SHA256_HEX]);

#endif
