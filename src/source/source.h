/*
 * Where bytes lie: list, stat, read a range.  One file per scheme and a row in the table.
 *
 * An asset's data is a list of parts (files) in a stable order, by name.  Each part has a fingerprint that changes when its bytes may
 * have: size, mtime in nanoseconds, inode and change time; or the SHA-256 of its content.
 */
#ifndef WEIR_SOURCE_SOURCE_H
#define WEIR_SOURCE_SOURCE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

struct part {
	struct sv name;   /* as the user knows it: the path relative to the project, or the URL */
	const char *path; /* to open */
	int64_t size_bytes;
	int64_t mtime_us, ctime_us;
	char fingerprint[HASH_HEX]; /* of the stat data */
	const char *content;        /* SHA-256, or NULL until part_content */
	struct sv partition;        /* key, or empty */
	const struct sv
		*folder; /* by name in parts.folder: the folder's value, decoded; its p is NULL for null */
};

struct parts {
	struct part *v;
	size_t n;
	int64_t newest_us; /* newest mtime; TIME_NONE when empty */
	int64_t size_bytes;
	const struct sv
		*folder; /* names of the folders `name=value` that all parts lie in, from the root down */
	size_t nfolder;
};

struct input;

struct source_driver {
	const char *scheme; /* "file" */
	/* Parts that match the pattern (a path, a folder: all regular files in it that are not hidden, or a glob), sorted.  None is no error. */
	bool (*list)(struct arena *a, struct sv pattern, struct parts *ret, struct err *err);
	/* Opens a part for reading. */
	bool (*open)(const struct part *p, struct input **ret, struct err *err);
};
extern const struct source_driver *const source_drivers[];
extern const size_t source_driver_count;
const struct source_driver *source_driver_find(struct sv scheme);

/*
 * An input: bytes of a part, decompressed by suffix (.gz, .zst, whatever its capitals).  Plain ones read at any offset from any thread; compressed
 * ones are sequential (one reader), with a limit on the ratio and the total.
 */
bool input_seekable(const struct input *in);
/* Reads up to n bytes at an offset; *got = 0 at the end.  A sequential input serves ascending offsets without gaps only. */
MUST_CHECK bool input_read(struct input *in, int64_t offset, char *dst, size_t n, size_t *got,
                           struct err *err);
/* The same of the bytes as they are stored, of any input at any offset. */
MUST_CHECK bool input_read_stored(struct input *in, int64_t offset, char *dst, size_t n, size_t *got,
                                  struct err *err);
/* Is the file what it was when the part was listed?  False with ERR_CHANGED otherwise. */
MUST_CHECK bool input_unchanged(struct input *in, const struct part *p, struct err *err);
void input_close(struct input *in);
static inline UNUSED void
input_cleanup(struct input **in)
{
	input_close(*in);
}

/*
 * Finds the folders `name=value` in the parts' names, behind those of the root (a path that all of them begin with, or not at all), as Hive
 * and Spark lay data out: %xx stands for a byte, __HIVE_DEFAULT_PARTITION__ for null.  ERR_FORMAT if the parts lie in folders of different
 * names.
 */
MUST_CHECK bool parts_folders(struct arena *a, struct parts *p, struct sv root, struct err *err);

/*
 * Was the part left alone long enough for its times to tell the next change of it?  Not if they are of the future.  now_us: the machine's
 * clock, as the times are.  A content's hash tells no more, as it may have changed between that and the reading.
 */
bool part_is_quiet(const struct part *p, int64_t now_us);
/* SHA-256 of the stored bytes, into p->content.  ERR_CHANGED if the part is not what was listed. */
MUST_CHECK bool part_content(struct arena *a, const struct source_driver *d, struct part *p, struct err *err);
/* One version of several parts: over names and fingerprints, or contents (part_content first), in order. */
void parts_version(const struct parts *p, bool content, char hex[HASH_HEX]);

#endif
