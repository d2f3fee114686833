/*
 * The turn to write: an advisory lock on a file beside the database, which also says who has it.  The database
 * file itself is never opened but by SQLite: closing any descriptor of it would drop SQLite's own locks.
 */
#ifndef WEIR_STORE_LOCK_H
#define WEIR_STORE_LOCK_H

#include "base/err.h"

struct lock;

/* Makes the file (0600) where it is missing. */
MUST_CHECK bool lock_open(const char *path, struct lock **ret, struct err *err);
void lock_close(struct lock *l);
DEFINE_CLEANUP(lock, lock_close)

/* Waits at most wait_ms; the error names the process that has the lock. */
MUST_CHECK bool lock_take(struct lock *l, int64_t wait_ms, struct err *err);
/* Does not wait: *taken tells. */
MUST_CHECK bool lock_try(struct lock *l, bool *taken, struct err *err);
/* The process that has, or had last, this lock; 0 = not known. */
long lock_holder(const struct lock *l);
void lock_release(struct lock *l);

#endif
