/*
 * What lies in a folder that an asset could be made of: files that a reader is built for, tables of SQLite databases, and what is seen but
 * cannot be read.
 */
#ifndef WEIR_RUN_DISCOVER_H
#define WEIR_RUN_DISCOVER_H

#include "base/pool.h"
#include "catalog/catalog.h"

enum {
	DISCOVER_FILES_MAX = 10000, /* looked at */
	DISCOVER_DEPTH_MAX = 8,     /* folders */
	DISCOVER_ASSETS_MAX = 300
};

/* Something that can be an asset. */
struct found {
	struct sv key; /* fit for a catalog, and no other's */
	struct sv path; /* relative to the folder: a file, a glob, a pattern with {date:…}, or the database */
	struct sv table;  /* of a database; empty for files */
	struct sv format; /* "csv" … */
	char delimiter;   /* of csv where it is not the format's own, else 0 */
	bool no_header;
	bool partitioned; /* by date */
	enum partition_every every;
	struct sv from; /* the earliest: "2024-01-01" */
	size_t nfiles;
};

/* Something else worth a word. */
struct noticed {
	const char *kind; /* "Parquet", "dbt" … */
	struct sv path;   /* the first of them */
	size_t more;      /* how many there are beside it */
	struct sv what;   /* why it is no asset, in words; may hold data */
};

struct discovery {
	struct found *found;
	size_t nfound;
	struct noticed *noticed;
	size_t nnoticed;
	int64_t files; /* looked at */
	bool cut;      /* a limit was met: there may be more */
};

/* Walks the folder.  False only if it cannot be listed itself; what else goes wrong is noticed. */
MUST_CHECK bool discover(struct arena *a, const char *dir, struct pool *pool, struct discovery *ret,
                         struct err *err);

#endif
