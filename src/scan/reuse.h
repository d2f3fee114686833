/*
 * A run that reads only the parts that changed: what is kept of the others takes the place of their rows.
 *
 *	part 0 (kept) ──load──►┐
 *	part 1 ──read──► cuts ─► states of the part ──save──► file      all merged in the order of the parts
 *	part 2 (kept) ──load──►┘
 *
 * Each metric for itself: of a part of which only some have a state, the others read their columns.  Kept are parts that were quiet for
 * QUIET_US before the run, as a file's times tell changes no finer, and that have no malformed records, as these are told by their places.
 *
 * Where the rows of each morsel stand is kept as well, so that rows to be shown are found without reading all before them.
 */
#ifndef WEIR_SCAN_REUSE_H
#define WEIR_SCAN_REUSE_H

#include "scan/morsel.h"
#include "scan/pass.h"

struct reuse;

/* For one run of n metrics; makes the plan by part.  NULL if the scan keeps nothing. */
struct reuse *reuse_new(struct scan *s, struct pass_plan *plan, const struct metric *const *m, uint32_t n);
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
/* All is merged and the run is well: writes down what is to be kept.  What keeps it from that stands in s->kept_trouble. */
void reuse_save(struct reuse *r);

#endif
