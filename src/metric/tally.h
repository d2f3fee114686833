/*
 * How often each value occurs, for the least `keep` values.
 *
 * A value that was dropped because `keep` smaller ones were known can never be among the least `keep` again, so the counts of
 * those that remain are exact, and merging keeps them exact.
 */
#ifndef WEIR_METRIC_TALLY_H
#define WEIR_METRIC_TALLY_H

#include "metric/metric.h"

struct tally_entry {
	struct value v; /* its text lies in the tally's arena */
	struct hash128 h;
	int64_t count;
};

struct value_tally {
	uint32_t keep;
	bool cut; /* values were dropped: all of them greater than those that remain */
	struct arena *a;
	struct tally_entry *e; /* in no order */
	uint32_t n, cap;
	uint32_t *slot; /* index + 1 by hash */
	size_t nslot;
	struct value bound; /* if cut: the greatest that remained then; greater ones are not taken */
};

/* All-zero but for keep is an empty tally. */
void value_tally_fini(struct value_tally *t);
void value_tally_add(struct value_tally *t, struct value v, int64_t count); /* v is not null */
/* The value of row i as it is counted: -0 is 0, whichever came first. */
struct value value_tally_element(const struct vector *v, uint32_t i);
/* Each value of the selected rows, once; null is left out. */
void value_tally_add_vector(struct value_tally *t, const struct vector *v, const uint64_t *selected);
/* The same, the value of row i times[i] times. */
void value_tally_weigh_vector(struct value_tally *t, const struct vector *v, const uint64_t *selected,
                              const uint32_t *times);
void value_tally_merge(struct value_tally *t, const struct value_tally *from);
size_t value_tally_bytes(const struct value_tally *t);
size_t value_tally_table_bytes(const struct value_tally *t); /* of them, without the values' texts */
/* Sorts the entries and cuts them to `keep`; nothing can be added afterwards. */
void value_tally_sort(struct value_tally *t);
/* Saved states: see metric.h.  The entries are brought into order and cut to `keep`; more can be added afterwards. */
bool value_tally_save(struct value_tally *t, struct buf *b);
void value_tally_load(struct value_tally *t, struct unpack *u);
/* Entries, copied, as the list of *ret. */
void tally_list(const struct tally_entry *e, uint32_t n, struct arena *a, struct metric_value *ret);

#endif
