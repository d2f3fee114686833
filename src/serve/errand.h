/*
 * What a child of the forker does: one check of an asset, or looks at the data of one or several.
 *
 *	{"kind": "check", "id": "01J…", "assets": ["raw/orders"], "partition": "", "checks": [], "facts": [{"asset": …, "partition": …,
 *	 "version": …, "at": …}], "past": {…}, "now": null, "cpu_s": 600, "memory_bytes": 536870912, "threads": 2, "last": false}
 *
 * It works on a store in memory.  What it needs to know of the real one is told in the order: the facts are the newest reports of the
 * assets whose version is reported, the past is what its checks compare with (serve/past_json.h).  `now` is a fixed clock.
 */
#ifndef WEIR_SERVE_ERRAND_H
#define WEIR_SERVE_ERRAND_H

#include "serve/project.h"

/* Its status when files were replaced that it may not read anew: begin once more. */
enum { ERRAND_AGAIN = 75 };

/*
 * Reads an order, enters the sandbox, does the work and writes documents to the descriptor `result`; folder: where it may write, or NULL.
 * ERRAND_AGAIN ends the process.  False: nobody takes what it has to say.
 */
bool errand_do(const struct project *p, const char *folder, int order, int result);

#endif
