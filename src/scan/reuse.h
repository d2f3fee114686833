/*
 * A run that reads only the parts that changed: what is kept of the others takes the place of their rows.
 *
 *	part 0 (kept) ──load──►┐
 *	part 1 ──read──► cuts ─► states of the part ──save──► file      all merged in the order of the parts
 *	part 2 (kept) ──load──►┘
 *
 * Each metric for itself: of a part of which only some have a state, the others read their columns.  Kept are parts that were quiet
 * before the run (part_is_quiet), as a file's times tell changes no finer than that, and that have no malformed records, as these are told by their places.
 *
 * Beside the states of the parts stands what each metric came to over all parts, under all their names and identities in their order.  As long as none
 * changes, that is taken, and the states of the parts, which may be large, are not looked at.
 *
 * Where the rows of each morsel stand is kept as well, so that rows to be shown are found without reading all before them.
 */
#ifndef WEIR_SCAN_REUSE_H
#define WEIR_SCAN_REUSE_H

#include "scan/morsel.h"
#include "scan/pass.h"

struct reuse;

/*
 * For one run of n metrics.  Those that are known as a whole get their value, by id, in the arena.  NULL if the scan keeps nothing.
 */
struct reuse *reuse_new(struct scan *s, const struct metric *const *m, uint32_t n, struct arena *a,
                        struct metric_value *value);
/* The other ones, in order: *n of them. */
const struct metric *const *reuse_open(const struct reuse *r, uint32_t *n);
/* Of open metric i: how many parts have states that are too large to be kept, so that they are read again when another one changes. */
int64_t reuse_unkept(const struct reuse *r, uint32_t i);
/* Makes the plan, which is of the open ones, by part. */
void reuse_plan(struct reuse *r, struct pass_plan *plan);
/* What the states of all parts may take together; the rest is for those of one. */
size_t reuse_memory(const struct reuse *r);
/* The plan goes, and what is not merged yet with it. */
void reuse_unplan(struct reuse *r);
void reuse_free(struct reuse *r);
DEFINE_CLEANUP(reuse, reuse_free)
/* The morsels that are to be read, all of some parts; *n < 0: all there are. */
const int64_t *reuse_pick(const struct reuse *r, int64_t *n);
/* Before any pass is merged: where the states go. */
void reuse_begin(struct reuse *r, struct merge *into);
/* The states of a morsel, in order; takes the cut. */
void reuse_cut(struct reuse *r, struct cut *c, struct row_at at);
/* All cuts were there. */
void reuse_end_cuts(struct reuse *r);
/* All is merged and the run is well: the states of parts go where they are kept. */
void reuse_save(struct reuse *r);
/*
 * The values are there, by id: writes down what is to be kept.  What keeps it from that stands in s->kept_trouble.
 */
void reuse_end(struct reuse *r, const struct metric_value *value);

#endif
