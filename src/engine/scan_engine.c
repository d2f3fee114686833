/* The engine `scan`: weir's own readers and kernels over files. */
#include "engine/engine.h"
#include "engine/sample.h"
#include "scan/failing.h"
#include "scan/frame.h"
#include "scan/reader.h"

#include <stdlib.h>

struct scan_connection {
	struct connection base;
	struct scan *scan;
	const struct dataset *d;
};

static struct scan_connection *
of(struct connection *c)
{
	return CONTAINER_OF(c, struct scan_connection, base);
}

static bool
scan_engine_open(const struct dataset *d, const struct scan_options *o, struct connection **ret,
                 struct err *err)
{
	struct scan *scan;

	if (!scan_open(d, o, &scan, err))
		return false;

	struct scan_connection *c = xcalloc(1, sizeof(*c));

	*c = (struct scan_connection){.base.engine = &engine_scan, .scan = scan, .d = d};
	*ret = &c->base;
	return true;
}

static void
scan_engine_close(struct connection *c)
{
	if (c == NULL)
		return;
	scan_close(of(c)->scan);
	free(of(c));
}

static const struct schema *
scan_engine_schema(struct connection *c)
{
	return scan_schema(of(c)->scan);
}

static bool
scan_engine_version(struct connection *c, char hex[HASH_HEX], struct err *err UNUSED)
{
	parts_version(&of(c)->d->parts, false, hex);
	return true;
}

static enum support
scan_engine_supports(struct connection *c UNUSED, const struct metric *m UNUSED)
{
	return SUPPORT_EXACT;
}

static bool
scan_engine_evaluate(struct connection *c, const struct metric *const *m, uint32_t n, struct arena *a,
                     struct metric_value *value, struct err *err)
{
	return scan_run(of(c)->scan, m, n, a, value, err);
}

/* Where the failing rows of one check stand: as the first pass kept them, or found again by their keys. */
static bool
rows_of(struct scan *s, const struct bound *b, const struct verdict *v, const struct metric_value *value,
        struct arena *a, struct row_at **at, uint32_t *n, struct err *err)
{
	if (b->duplicate)
		return scan_find(s, b->unexpected->where, b->unexpected->arg, b->unexpected->nargs,
		                 value[b->unexpected->id].keys, check_keep(b->check), a, at, n, err);
	*n = v->nfirst;
	*at = ARENA_ARRAY(a, struct row_at, *n);
	memcpy(*at, v->first, *n * sizeof(**at));
	return true;
}

static bool
scan_engine_sample(struct connection *c, const struct bound *const *b, struct verdict *const *v, uint32_t n,
                   const struct metric_value *value, const struct column *const *key, uint32_t nkey,
                   struct arena *a, struct err *err)
{
	struct scan *s = of(c)->scan;
	const int64_t *before = scan_rows_before(s);

	for (uint32_t i = 0; i < n; i++) {
		struct row_at *at;
		uint32_t nrow, ncol;

		if (!sample_wanted(b[i], v[i]))
			continue;
		if (!rows_of(s, b[i], v[i], value, a, &at, &nrow, err))
			return false;

		const struct column **col = sample_columns(a, b[i], key, nkey, &ncol);
		struct value *cell = ARENA_ARRAY(a, struct value, (size_t)nrow * ncol);
		int64_t *row = ARENA_ARRAY(a, int64_t, nrow);

		if (!scan_fetch(s, at, nrow, col, ncol, a, cell, err))
			return false;
		for (uint32_t k = 0; k < nrow; k++)
			row[k] = before[at[k].part] + at[k].row;
		sample_fill(a, b[i], v[i], at, row, nrow, cell, key, nkey);
	}
	return true;
}

static bool
scan_engine_load(struct connection *c, int64_t max, struct frame_load *load, struct frame *ret,
                 struct err *err)
{
	struct scan *s = of(c)->scan;

	if (!scan_load(s, load, max, err))
		return false;
	*ret = frame_of(load);
	ret->infers = scan_infers(s);
	ret->fixed = scan_is_fixed(s);
	return true;
}

static bool
scan_engine_failing(struct connection *c, const struct failing *f, struct err *err)
{
	return scan_failing(of(c)->scan, f, err);
}

static struct scan_reuse
scan_engine_reused(struct connection *c)
{
	return scan_reused(of(c)->scan);
}

static void
scan_engine_explain(struct connection *c, struct buf *b)
{
	scan_explain(of(c)->scan, b);
}

const struct engine engine_scan = {
	.name = "scan",
	.doc = "The native engine: reads files once, in parallel, and evaluates all checks on the way.",
	.formats = reader_formats,
	.open = scan_engine_open,
	.schema = scan_engine_schema,
	.version = scan_engine_version,
	.supports = scan_engine_supports,
	.evaluate = scan_engine_evaluate,
	.sample = scan_engine_sample,
	.load = scan_engine_load,
	.failing = scan_engine_failing,
	.explain = scan_engine_explain,
	.reused = scan_engine_reused,
	.close = scan_engine_close,
};
