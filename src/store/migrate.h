/*
 * The schema, grown by migrations.  PRAGMA user_version counts those that were run; a released one is never
 * edited.
 */
#ifndef WEIR_STORE_MIGRATE_H
#define WEIR_STORE_MIGRATE_H

#include "store/db.h"

struct migration {
	const char *what; /* behind "cannot" */
	const char *sql;
};
extern const struct migration migrations[];
extern const size_t migration_count;

/*
 * What the first store_schema_steps of them come to on an empty file, in one step: tables that are changed again and again take their time.
 * Made by build-aux/store-schema.
 */
extern const char store_schema[];
extern const size_t store_schema_steps;

/* How many were run, 0 for an empty file; a file of another program, or of a newer weir, is an error. */
MUST_CHECK bool migrate_version(struct store *s, size_t *ret, struct err *err);
/* Runs what is missing of the first n, all or nothing.  The caller has the lock. */
MUST_CHECK bool migrate_locked(struct store *s, const struct migration *m, size_t n, struct err *err);

#endif
