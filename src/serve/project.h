/* A project as it is loaded: the catalog with its checks, frozen and shared by reference count; a reload makes another. */
#ifndef WEIR_SERVE_PROJECT_H
#define WEIR_SERVE_PROJECT_H

#include "expect/expect.h"

struct project {
	struct arena *a;
	const struct catalog *catalog;
	const struct checks *checks; /* by asset index */
	int64_t loaded_us;
};

/*
 * The catalog with its checks, in the caller's arena; false if anything is wrong.  All mistakes of all files are in *d, those in
 * checks and alerts, too.  With mistakes, *catalog may be set all the same.
 */
MUST_CHECK bool project_read(struct arena *a, const struct catalog_options *o, int64_t now_us,
                             struct catalog **catalog, struct checks **checks, struct diags *d);
/* The state of a project: `given` (p NULL = nothing was) relative to where it was typed, what the catalog says to its folder. */
struct sv project_store(struct arena *a, const struct catalog *c, struct sv given);

/*
 * Adds every mistake of all files to *d (which lives in an arena of the caller's); NULL if there is one, or if the catalog cannot be
 * read at all.  now_us: for checks whose arguments are relative to the day.
 */
struct project *project_load(const struct catalog_options *o, int64_t now_us, struct diags *d);
struct project *project_ref(struct project *p);
void project_unref(struct project *p); /* takes NULL */

#endif
