/* Files: whole reads with a limit, and atomic, durable writes.  Nothing but regular files is read. */
#ifndef WEIR_BASE_FS_H
#define WEIR_BASE_FS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Reads a regular file of at most max bytes into the arena; *ret is followed by a NUL. */
MUST_CHECK bool fs_read(struct arena *a, const char *path, size_t max, struct sv *ret, struct err *err);
/* All of it to a descriptor that blocks; errno says why not. */
MUST_CHECK bool fs_write_all(int fd, struct sv text);
/* Writes a temporary file beside, fsyncs, renames over, fsyncs the folder. */
MUST_CHECK bool fs_write(const char *path, struct sv text, unsigned mode, struct err *err);
/* The same where there must be nothing of that name yet: ERR_USAGE if there is, even a link to nowhere. */
MUST_CHECK bool fs_write_new(const char *path, struct sv text, unsigned mode, struct err *err);
/* Creates "path.RANDOM.tmp" for writing: beside the target, as rename works within one file system only.  -1: errno says why not. */
int fs_temporary(struct arena *a, const char *path, char **ret);
/* Of a path that was renamed: without it a power cut may bring the old name back. */
MUST_CHECK bool fs_sync_folder(const char *path);
MUST_CHECK bool fs_mkdirs(const char *path, unsigned mode, struct err *err);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);

/* dir/name, or name if that is absolute; "." components dropped, ".." kept.  In the arena. */
char *fs_join(struct arena *a, const char *dir, struct sv name);
/* The folder part ("." when there is none). */
char *fs_dirname(struct arena *a, const char *path);
/* Absolute, without links, "." and "..", as far as it is there; what is not is taken for plain folders.  In the arena. */
char *fs_resolve(struct arena *a, const char *path);

#endif
