/*
 * What a child of the forker does: one check of an asset, or looks at the data of one or several.
 *
 *	{"kind": "check", "id": "01J…", "assets": ["raw/orders"], "partition": "", "checks": [], "facts": [{"asset": …, "partition": …,
 *	 "version": …, "at": …}], "now": null, "cpu_s": 600, "memory_bytes": 536870912, "threads": 2, "last": false}
 *
 * It works on a store in memory.  What it needs to know of the real one is told in the order: the facts are the newest reports of the
 * assets whose version is reported.  `now` is a fixed clock.
 */
#ifndef WEIR_SERVE_ERRAND_H
#define WEIR_SERVE_ERRAND_H

#include "serve/places.h"
#include "serve/project.h"
#include "store/store.h"

enum {
	ERRAND_AGAIN = 75
}; /* its status when files were replaced that it may not read anew: begin once more */

struct errand_fact {
	struct sv asset, partition, version;
	int64_t at_us;
};

struct errand {
	struct arena *a;
	const struct project *project;
	bool check; /* else looks only */
	struct sv id;
	const struct asset **asset;
	struct err *refused; /* by asset: why it may not be read */
	size_t nasset;
	struct sv partition;
	const struct sv *glob;
	size_t nglob;
	struct errand_fact *fact;
	size_t nfact;
	int64_t now_us; /* TIME_NONE = as the system says */
	int64_t cpu_s, memory_bytes, threads;
	bool last; /* never again: an error is an answer */
	struct places places;
};

/* Reads an order; looks for the places that it may read.  Nothing is freed: the process ends soon. */
MUST_CHECK bool errand_read(const struct project *p, int fd, struct errand *ret, struct err *err);
/* Enters the sandbox, does the work and writes documents to fd; folder may be NULL.  ERRAND_AGAIN ends the process. */
bool errand_do(const struct errand *e, const char *folder, int fd);

#endif
