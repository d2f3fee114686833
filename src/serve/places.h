/* Where the data of assets lies: what a child may read, and whether the service may let it. */
#ifndef WEIR_SERVE_PLACES_H
#define WEIR_SERVE_PLACES_H

#include "base/arena.h"
#include "serve/project.h"

struct places {
	LIST(const char *) path;     /* folders and files */
	LIST(const char *) database; /* SQLite files */
	LIST(const char *)
	writable; /* folders for failing rows; those that the service may not let it write to are left out */
	bool singly; /* files one by one: one that is replaced meanwhile cannot be read */
	bool exec;   /* programs of the catalog's own expectations are asked */
};

/*
 * Adds what a look at the asset reads and, for its checks, what these read beside it.  ERR_IO where that lies outside of the folders that
 * the service may read (`service: {roots: …}`).
 */
MUST_CHECK bool places_of(struct arena *a, const struct project *p, const struct asset *asset, bool checks,
                          struct places *ret, struct err *err);

#endif
