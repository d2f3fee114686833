/*
 * Temporary files for what does not fit the memory budget.
 *
 * A spill is a file without a name: it is gone when the process ends, however it ends.  It is written once, from front to back, by
 * one thread, and read afterwards at any place, by any number.
 *
 * It lies in $TMPDIR if that is set, else in the folder that the caller names (beside the state), else in /var/tmp.  Where it cannot be made
 * or is full, the error names the folder and how to choose another one; nothing else is tried then.
 */
#ifndef WEIR_METRIC_SPILL_H
#define WEIR_METRIC_SPILL_H

#include "base/err.h"

struct spill;

/* NULL with *err.  folder may be NULL. */
struct spill *spill_new(const char *folder, struct err *err);
void spill_free(struct spill *s);
DEFINE_CLEANUP(spill, spill_free)
/* Appends n bytes; they can be read once spill_flush was called. */
MUST_CHECK bool spill_write(struct spill *s, const void *p, size_t n, struct err *err);
MUST_CHECK bool spill_flush(struct spill *s, struct err *err);
/* n bytes at an offset: all of them, or it is an error. */
MUST_CHECK bool spill_read(const struct spill *s, int64_t at, void *p, size_t n, struct err *err);
int64_t spill_size(const struct spill *s); /* bytes written so far: where the next ones go */

#endif
