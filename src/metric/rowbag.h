/*
 * Very many rows by the hash of their key, for comparing two tables.
 *
 * A row is a key of 128 bits and some bytes.  Rows stand in blocks one behind the other, and are chained by the upper bits of their key:
 *
 *	block   row row row row …          part[0] ─► row ─► row
 *	                                   part[1] ─► row
 *
 * rowbag_spill writes the parts one after the other to a file and forgets them.  Equal keys meet in one part, how often ever that was done, and
 * parts ascend with the keys: who takes part after part sees all rows in the order of their keys.
 */
#ifndef WEIR_METRIC_ROWBAG_H
#define WEIR_METRIC_ROWBAG_H

#include "base/err.h"
#include "base/hash.h"

enum { ROWBAG_PARTS = 1024 };

struct rowbag;

struct rowbag *rowbag_new(void);
void rowbag_free(struct rowbag *b);
DEFINE_CLEANUP(rowbag, rowbag_free)
void rowbag_add(struct rowbag *b, struct hash128 key, struct sv bytes);
/* Empties `from`. */
void rowbag_merge(struct rowbag *b, struct rowbag *from);
int64_t rowbag_size(const struct rowbag *b);
size_t rowbag_bytes(const struct rowbag *b);  /* heap it holds */
size_t rowbag_stored(const struct rowbag *b); /* the same, and what lies in files */
/* To a temporary file with all of it; see spill.h.  On failure the bag is only good for rowbag_free. */
MUST_CHECK bool rowbag_spill(struct rowbag *b, const char *folder, struct err *err);

struct rowbag_row {
	struct hash128 key;
	struct sv bytes;
};

/* The rows of a part, by their keys, and those of one key by their bytes: the same whatever way they came. */
struct rowbag_part {
	struct rowbag_row *row;
	size_t n;
	char *buffer;
};
/* All-zero is one that rowbag_part_fini takes.  Any number of threads may ask for parts at the same time. */
MUST_CHECK bool rowbag_part(const struct rowbag *b, size_t part, struct rowbag_part *ret, struct err *err);
void rowbag_part_fini(struct rowbag_part *p);

#endif
