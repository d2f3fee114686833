/*
 * The walk of the native scan over rows that break checks.  Threads look at morsels at the same time, and hand over what they find in the order of
 * the data; who has found much before its turn waits for it, so that memory does not grow with the number of rows that fail.
 */
#include <stdlib.h>

#include "scan/failing.h"
#include "scan/morsel.h"

enum { HELD_BYTES = 1 << 20 };

struct walk {
	const struct failing *f;
	const struct scan *s;
	struct finder **finder; /* by thread */
};

static bool
walk_batch(void *ctx, unsigned thread, const struct batch *b, struct err *err)
{
	struct walk *w = ctx;

	return finder_batch(w->finder[thread], b, w->s->rows_before[b->at.part] + b->at.row, err);
}

static bool
walk_full(void *ctx, unsigned thread)
{
	const struct walk *w = ctx;

	return finder_bytes(w->finder[thread]) > HELD_BYTES;
}

static bool
walk_flush(void *ctx, unsigned thread)
{
	struct walk *w = ctx;

	return finder_flush(w->finder[thread]);
}

static void *
walk_cut(void *ctx, unsigned thread)
{
	struct walk *w = ctx;

	return finder_take(w->finder[thread]);
}

static bool
walk_merge(void *ctx, void *cut, struct row_at at UNUSED)
{
	struct walk *w = ctx;
	bool more = found_rows_give(cut, w->f);

	found_rows_free(cut);
	return more;
}

static void
walk_drop(void *cut)
{
	found_rows_free(cut);
}

bool
scan_failing(struct scan *s, const struct failing *f, struct err *err)
{
	const unsigned threads = pool_threads(s->o.pool);
	struct walk w = {.f = f, .s = s, .finder = xcalloc(threads, sizeof(struct finder *))};
	unsigned *need = xcalloc(MAX(s->schema.n, 1u), sizeof(*need));
	int64_t *all = xcalloc((size_t)MAX(s->nmorsel, 1), sizeof(*all));
	bool ok = scan_count(s, err);

	for (unsigned i = 0; i < threads; i++)
		w.finder[i] = finder_new(f);
	/* Picked morsels number their rows from the start of the part. */
	for (int64_t i = 0; i < s->nmorsel; i++)
		all[i] = i;
	failing_needs(f, need);
	ok = ok && morsels_run(s,
	                       &(struct morsel_work){
				       .ctx = &w,
				       .stage = SCAN_SAMPLES,
				       .need = need,
				       .pick = all,
				       .npick = s->nmorsel,
				       .batch = walk_batch,
				       .full = walk_full,
				       .flush = walk_flush,
				       .cut = walk_cut,
				       .merge = walk_merge,
				       .drop = walk_drop,
			       },
	                       err);
	for (unsigned i = 0; i < threads; i++)
		finder_free(w.finder[i]);
	free(w.finder);
	free(need);
	free(all);
	return ok;
}
