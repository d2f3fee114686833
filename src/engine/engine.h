/*
 * Engines: what evaluates a plan over the data where it lies.  The native scan is the engine `scan`; databases push down.
 * Adding one is one file and one row; no expectation knows of it.
 */
#ifndef WEIR_ENGINE_ENGINE_H
#define WEIR_ENGINE_ENGINE_H

#include "expect/expect.h"
#include "scan/scan.h"
#include "source/dataset.h"

struct frame;
struct frame_load; /* scan/frame.h */
struct failing;    /* rows to be found: scan/failing.h */
struct connection; /* an open dataset: everything below sees one snapshot of it */

enum support { SUPPORT_NO, SUPPORT_APPROX, SUPPORT_EXACT };

struct engine {
	const char *name, *doc;
	const char *const *formats; /* NULL-terminated: the dataset formats that it takes */
	/* Opens and looks: declared columns merged with what the data shows; d must outlive the connection. */
	bool (*open)(const struct dataset *d, const struct scan_options *o, struct connection **ret,
	             struct err *err);
	const struct schema *(*schema)(struct connection *c);
	/* A version of the data as this engine sees it: 32 hex digits.  Empty if it only knows by other means; NULL = none. */
	bool (*version)(struct connection *c, char hex[HASH_HEX], struct err *err);
	enum support (*supports)(struct connection *c, const struct metric *m);
	/*
	 * Evaluates the metrics (of one stage) into value[m->id].  Failures of single metrics are in their values; false only when
	 * nothing can be trusted (I/O, changed while read).
	 */
	bool (*evaluate)(struct connection *c, const struct metric *const *m, uint32_t n, struct arena *a,
	                 struct metric_value *value, struct err *err);
	/*
	 * The second look: for each check's unexpected rows, row numbers, values of the domain and of the key columns.  Fills sample[] of
	 * the verdicts that failed and have places (or `duplicate`).
	 */
	bool (*sample)(struct connection *c, const struct bound *const *b, struct verdict *const *v,
	               uint32_t n, const struct metric_value *value, const struct column *const *key,
	               uint32_t nkey, struct arena *a, struct err *err);
	/* Its first rows in order, at most max, into a fresh load of its schema; sets how the types came about. */
	bool (*load)(struct connection *c, int64_t max, struct frame_load *load, struct frame *ret,
	             struct err *err);
	/*
	 * All rows that break some checks, whole, in their order (scan/failing.h).  Anything that was kept of the parts does not do: rows are read
	 * again.  NULL = cannot.
	 */
	bool (*failing)(struct connection *c, const struct failing *f, struct err *err);
	/* Runs a query of the user's for one value (updated: {from: query}); NULL = cannot. */
	bool (*query_value)(struct connection *c, struct sv query, struct arena *a, struct value *ret,
	                    struct err *err);
	void (*explain)(struct connection *c, struct buf *b); /* what was read and why, after evaluate */
	/* How much of it did not have to be read; NULL = it keeps nothing. */
	struct scan_reuse (*reused)(struct connection *c);
	void (*close)(struct connection *c);
	/* Names of the tables that there are, for finding what no asset claims; NULL = not such a source. */
	bool (*tables)(struct sv database, struct arena *a, struct sv **ret, size_t *n, struct err *err);
};

struct connection {
	const struct engine *engine; /* first member of every engine's own struct */
};

extern const struct engine engine_scan, engine_sqlite;
extern const struct engine *const engines[];
extern const size_t engine_count;
/* The engine `memory`: no data is of it, frames are.  f outlives the connection; it knows no version and takes no second look. */
struct connection *connection_of_frame(const struct frame *f, const struct scan_options *o);
/* By the dataset's format; NULL with ERR_UNSUPPORTED ("not built yet") and the list of those that exist. */
const struct engine *engine_for(struct sv format, struct loc at, struct err *err);
static inline void
connection_close(struct connection *c)
{
	if (c != NULL)
		c->engine->close(c);
}
static inline UNUSED void
connection_cleanup(struct connection **c)
{
	connection_close(*c);
}

#endif
