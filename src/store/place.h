/* Where a store lies, and whether that place may be trusted. */
#ifndef WEIR_STORE_PLACE_H
#define WEIR_STORE_PLACE_H

#include "base/arena.h"
#include "base/err.h"

struct place {
	const char *path; /* absolute, without links; NULL = in memory */
	bool absent;      /* no such file, or an empty one: never written by weir */
};

/*
 * url as of store_open.  With `create`, folders (0700) and the file (0600) are made.  Refused: links, what is
 * no regular file, files and folders that others may write, and network file systems, on which SQLite's locks
 * do not hold.
 */
MUST_CHECK bool place_find(struct arena *a, struct sv url, bool create, struct place *ret, struct err *err);

#endif
