/* Upkeep of the state: copies, examinations, and what is in it. */
#ifndef WEIR_STORE_UPKEEP_H
#define WEIR_STORE_UPKEEP_H

#include "store/store.h"

/* What somebody who looks after weir should know. */
enum remark_level { REMARK_OK, REMARK_WARN, REMARK_FAIL };
extern const char *const remark_level_names[3]; /* "ok", "warn", "fail" */

struct remark {
	enum remark_level level;
	const char *subject;
	struct sv message, remedy; /* remedy: a sentence; empty where nothing is to be done */
};
struct remarks {
	struct arena *a;
	LIST(struct remark) list;
	size_t count[3]; /* by level */
};
void remark(struct remarks *r, enum remark_level level, const char *subject, const char *fmt, ...)
	PRINTF(4, 5);
/* What to do about the last one. */
void remark_remedy(struct remarks *r, const char *fmt, ...) PRINTF(2, 3);

/*
 * A copy of the whole state, of all environments, as of one moment; others read and write meanwhile.  It is made beside `path` (0600),
 * examined, synced, and then takes the name, so that what stands there is always whole.  An existing file is refused unless `force`.
 */
MUST_CHECK bool store_backup(struct store *s, const char *path, bool force, int64_t *bytes, struct err *err);

/*
 * Looks at permissions, the schema, times and unused space; `deep`: also at every row, for SQLite's own structure, references, and words
 * that this weir does not know.  False only if that could not be done.
 */
MUST_CHECK bool store_examine(struct store *s, bool deep, struct remarks *r, struct err *err);

/* The folder that the state's file lies in; NULL: there is no file. */
const char *store_folder(const struct store *s, struct arena *a);

struct table_info {
	const char *name;
	int64_t rows, oldest_us, newest_us; /* TIME_NONE = none, or it has no times */
};
struct store_info {
	const char *path; /* NULL: nothing was ever stored */
	int64_t bytes, wal_bytes, free_bytes;
	int64_t schema;
	const struct table_info *table; /* in the store's environment, where rows have one */
	size_t ntable;
};
MUST_CHECK bool store_describe(struct store *s, struct arena *a, struct store_info *ret, struct err *err);

#endif
