/* The first rows, in order, for who wants to keep them. */
#include <stdlib.h>

#include "scan/frame.h"
#include "scan/morsel.h"

struct taking {
	const struct schema *schema;
	int64_t max;
	struct frame_load **load; /* by thread: of the morsel that it is at, or NULL */
	struct frame_load *all;
};

static bool
take_batch(void *ctx, unsigned thread, const struct batch *b, struct err *err UNUSED)
{
	struct taking *t = ctx;

	if (t->load[thread] == NULL)
		t->load[thread] = frame_load_new(t->schema, t->max);
	(void)frame_load_batch(t->load[thread], b);
	return true;
}

static void *
take_cut(void *ctx, unsigned thread)
{
	struct taking *t = ctx;

	return STEAL(t->load[thread]);
}

static bool
take_merge(void *ctx, void *cut, struct row_at at UNUSED)
{
	struct taking *t = ctx;

	return frame_load_join(t->all, cut);
}

static void
take_drop(void *cut)
{
	frame_load_free(cut);
}

/* One more than is wanted is enough to know that there are more. */
static bool
take_wants(void *ctx, struct row_at from, int64_t rows UNUSED)
{
	const struct taking *t = ctx;

	return from.row <= t->max;
}

bool
scan_load(struct scan *s, struct frame_load *ret, int64_t max, struct err *err)
{
	unsigned threads = pool_threads(s->o.pool), *need = xcalloc(MAX(s->schema.n, 1u), sizeof(*need));
	struct taking t = {.schema = &s->schema, .max = max, .all = ret};
	bool ok;

	t.load = xcalloc(threads, sizeof(*t.load));
	for (uint32_t i = 0; i < s->schema.n; i++)
		need[i] = s->schema.col[i].missing ? 0 : NEED_PRESENCE | NEED_TEXT | NEED_VALUE;
	ok = morsels_run(s,
	                 &(struct morsel_work){.ctx = &t,
	                                       .stage = SCAN_ROWS,
	                                       .need = need,
	                                       .wants = take_wants,
	                                       .batch = take_batch,
	                                       .cut = take_cut,
	                                       .merge = take_merge,
	                                       .drop = take_drop},
	                 err);
	for (unsigned i = 0; i < threads; i++)
		frame_load_free(t.load[i]);
	free(t.load);
	free(need);
	return ok;
}

bool
scan_infers(const struct scan *s)
{
	return s->driver->blocks == NULL;
}

bool
scan_is_fixed(const struct scan *s)
{
	return s->driver->fixed;
}
