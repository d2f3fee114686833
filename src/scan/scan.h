/*
 * The native scan: parts are cut into morsels (byte ranges), a pool of threads reads them into their own buffers, evaluates all
 * metrics over VECTOR_ROWS rows at a time, and merges the states in the order of the parts.
 *
 * The readers (csv, jsonl) are rows of a table.  A reader knows how to infer a schema from the first rows, where a morsel's first
 * record begins, and how to turn records into vectors of the columns that are needed, in the way they are needed.
 */
#ifndef WEIR_SCAN_SCAN_H
#define WEIR_SCAN_SCAN_H

#include "base/pool.h"
#include "expect/expect.h"
#include "source/dataset.h"

struct scan_options {
	struct pool *pool;
	size_t memory_bytes;      /* budget of all growing states together */
	const char *spill_folder; /* of temporary files beyond it, unless TMPDIR is set; NULL = /var/tmp */
	const char *kept_path;    /* file of what is kept of the parts, see scan/kept.h; NULL = nothing is */
	size_t morsel_bytes;      /* 0 = default; tests use a few bytes */
	int64_t byte_limit, deadline_ns; /* of the source, the latter on the monotonic clock; 0 = none */
	void (*progress)(void *ctx, int64_t done_bytes, int64_t total_bytes);
	void *progress_ctx;
};

struct scan; /* an opened set of parts with a schema */

/* Reads the heads of the parts: header, inferred types.  Parts whose columns differ are errors that name the part. */
MUST_CHECK bool scan_open(const struct dataset *d, const struct scan_options *o, struct scan **ret,
                          struct err *err);
void scan_close(struct scan *s);
const struct schema *scan_schema(const struct scan *s);
/* One pass over all parts for n metrics. */
MUST_CHECK bool scan_run(struct scan *s, const struct metric *const *m, uint32_t n, struct arena *a,
                         struct metric_value *value, struct err *err);
/* Values of columns at given rows (ascending): out[i * ncol + j], copied into a. */
MUST_CHECK bool scan_fetch(struct scan *s, const struct row_at *at, uint32_t n,
                           const struct column *const *col, uint32_t ncol, struct arena *a, struct value *out,
                           struct err *err);
/* The first `keep` rows where `cond` is true and the tuple is in `keys`. */
MUST_CHECK bool scan_find(struct scan *s, const struct expr *where, const struct expr *const *tuple,
                          uint32_t ntuple, const struct keyset *keys, uint32_t keep, struct arena *a,
                          struct row_at **at, uint32_t *n, struct err *err);
/* The first rows in order, at most max, into a fresh load of the scan's schema (scan/frame.h). */
struct frame_load;
MUST_CHECK bool scan_load(struct scan *s, struct frame_load *ret, int64_t max, struct err *err);
/* Do undeclared columns have their types from the values, and are columns named apart from the rows? */
bool scan_infers(const struct scan *s);
bool scan_is_fixed(const struct scan *s);
/* Data rows before each part: row numbers over the whole = before[part] + row.  Known after a run. */
const int64_t *scan_rows_before(const struct scan *s);
/* The first malformed records.  Known after a run; reads the parts again up to there, to count lines.  at holds MALFORMED_KEEP. */
MUST_CHECK bool scan_malformed(struct scan *s, struct malformed_at *at, uint32_t *n, struct err *err);
/* What was read, for --explain, while the metrics of the runs live. */
void scan_explain(const struct scan *s, struct buf *b);
/* How many parts there are, and of how many nothing was read for the metrics, as what is kept of them did. */
struct scan_reuse {
	int64_t parts, reused;
};
struct scan_reuse scan_reused(const struct scan *s);
int64_t scan_bytes_read(const struct scan *s);

#endif
