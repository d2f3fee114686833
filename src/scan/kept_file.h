/*
 * The file of kept states.
 *
 *	a line that says what it is │ large states │ index │ size of the index, hash of the index
 *
 * The index has a hash of each large state.  Who opens the file reads the index, and of the rest what is asked for.
 *
 * A new file is written beside the old one and takes its name once it is whole, so that whoever has the old one open goes on with that.
 */
#ifndef WEIR_SCAN_KEPT_FILE_H
#define WEIR_SCAN_KEPT_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#define KEPT_INDEX_MAX ((size_t)256 << 20)

/* A large state in a file. */
struct kept_place {
	int64_t at, size;
	struct hash128 hash;
};

/*
 * Opens a file for its index, which is in the arena.  False: there is none (*why is NULL), or it is of no use.  *fd is the caller's.  The file's time
 * tells when it was used, give or take some hours.
 */
MUST_CHECK bool kept_file_open(struct arena *a, const char *path, int *fd, struct sv *index,
                               const char **why);
/* Appends the bytes at a place; false: they are not what was written, and *b is as before. */
MUST_CHECK bool kept_file_read(int fd, const struct kept_place *p, struct buf *b);
/* Would it read them? */
MUST_CHECK bool kept_file_check(int fd, const struct kept_place *p);

struct kept_writer; /* a new file */

struct kept_writer *kept_writer_new(const char *path, struct err *err); /* NULL with *err */
/* Forgets the new file if it did not take its name. */
void kept_writer_free(struct kept_writer *w);
DEFINE_CLEANUP(kept_writer, kept_writer_free)
MUST_CHECK bool kept_writer_add(struct kept_writer *w, struct sv bytes, struct kept_place *ret,
                                struct err *err);
/* Takes over what stands in another file, without looking at it. */
MUST_CHECK bool kept_writer_copy(struct kept_writer *w, int fd, struct kept_place *p, struct err *err);
int64_t kept_writer_size(const struct kept_writer *w); /* bytes so far */
int kept_writer_fd(const struct kept_writer *w);       /* to read what was added */
/* With its index it takes the name.  *fd is the file, the caller's. */
MUST_CHECK bool kept_writer_end(struct kept_writer *w, struct sv index, int *fd, struct err *err);

#endif
