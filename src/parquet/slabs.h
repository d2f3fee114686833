/*
 * Memory for the bytes that a vector views: it lives as long as that, and is used again.
 *
 * What is taken lies in slabs, small things many to a slab.  slabs_turn frees all of them but the one in which the current page lies.
 */
#ifndef WEIR_PARQUET_SLABS_H
#define WEIR_PARQUET_SLABS_H

#include "base/base.h"

struct slab;
struct slabs {
	struct slab *slab;
	uint32_t n, cap;
	uint32_t current; /* the one that is being filled */
	size_t limit;     /* bytes of all of them */
	size_t bytes;
};

void slabs_init(struct slabs *s, size_t limit);
void slabs_fini(struct slabs *s);
/* n bytes, and PQ_PAD zero ones behind them.  NULL if that would be more than the limit. */
uint8_t *slabs_take(struct slabs *s, size_t n);
/* Frees what was taken, but what lies in the slab that p is in (the page in use; NULL: none). */
void slabs_turn(struct slabs *s, const uint8_t *p);

#endif
