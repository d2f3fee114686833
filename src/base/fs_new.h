/* A file that grows under another name beside its own, and takes that in one step: until then what was there before is what is read. */
#ifndef WEIR_BASE_FS_NEW_H
#define WEIR_BASE_FS_NEW_H

#include "base/err.h"
#include "base/sv.h"

struct fs_new;

/* Makes "path.RANDOM.tmp" for its owner alone. */
MUST_CHECK bool fs_new_open(const char *path, struct fs_new **ret, struct err *err);
/* Appends; some of it may not be in the file until the end. */
MUST_CHECK bool fs_new_add(struct fs_new *f, struct sv text, struct err *err);
/*
 * Writes it out, durably, and renames it over what is there.  It stays its owner's alone, or has the permissions of the file whose place it takes.
 */
MUST_CHECK bool fs_new_commit(struct fs_new *f, struct err *err);
/* Closes; one that was not committed is gone.  Takes NULL. */
void fs_new_free(struct fs_new *f);
DEFINE_CLEANUP(fs_new, fs_new_free)

#endif
