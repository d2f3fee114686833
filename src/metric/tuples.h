/*
 * The tuples of a metric's arguments as keys in bags.
 *
 * One argument whose type says that nearly all values fit 64 bits goes into the narrow bag: integers, scaled decimals, the bits
 * of doubles, times.  What does not fit goes with everything else into the wide bag, by its 128-bit hash.  Which bag a value
 * goes to depends on the value and the expression's type alone, not on how the reader brought it, so equal values meet.
 */
#ifndef WEIR_METRIC_TUPLES_H
#define WEIR_METRIC_TUPLES_H

#include "metric/keybag.h"
#include "metric/metric.h"

enum tuple_class { TUPLE_WIDE, TUPLE_NUMBER, TUPLE_REAL, TUPLE_DAY, TUPLE_TIME };

struct tuples {
	enum tuple_class class;
	uint8_t scale; /* of TUPLE_NUMBER: a key k means k / 10^scale */
	struct keybag narrow, wide;
};

void tuples_init(struct tuples *t, const struct metric *m, bool distinct);
void tuples_fini(struct tuples *t);
/* The selected rows.  A single null is left out; in a tuple null is a value like any other, equal to itself. */
void tuples_add(struct tuples *t, const struct metric *m, const struct metric_batch *b);
void tuples_merge(struct tuples *t, struct tuples *from);
size_t tuples_bytes(const struct tuples *t);
MUST_CHECK bool tuples_spill(struct tuples *t, const char *folder, struct err *err);
/* See metric_kind: of what tuples_distinct and tuples_repeated count. */
int64_t tuples_pieces(struct tuples *t);
void tuples_piece(struct tuples *t, int64_t i);
MUST_CHECK bool tuples_distinct(struct tuples *t, int64_t *ret, struct err *err);
struct tuples_repeated {
	int64_t rows, tuples; /* that occur more than once */
};
/*
 * What occurs more than once; the tuple_hash of at most max of these tuples is added to *keys.  Which ones these are depends on the
 * tuples alone.
 */
MUST_CHECK bool tuples_repeated(struct tuples *t, struct keyset *keys, int64_t max, bool *cut,
                                struct tuples_repeated *ret, struct err *err);
/* The same with all of these tuples, whose set is then in a file if the bags were (folder; NULL = they were not). */
MUST_CHECK bool tuples_all_repeated(struct tuples *t, const char *folder, struct keyset **keys,
                                    struct tuples_repeated *ret, struct err *err);
/* Saved states: see metric.h. */
bool tuples_save(struct tuples *t, struct buf *b);
void tuples_load(struct tuples *t, struct unpack *u);

#endif
