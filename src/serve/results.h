/*
 * What a run found elsewhere, in a child of the workshop or on another machine (`weir check --server`), as a document:
 *
 *	{"report": as `check --format json`, complete (report_style.complete),
 *	 "observed": [{"asset": "raw/orders", "looked_at": "…", "exists": true, "version": "…", "updated_at": "…", "data_through": null,
 *	               "partitions": [{"partition": "2026-01-01", "version": "…", "updated_at": "…"}], "error": {…}}],
 *	 "events": [as POST /v1/events]}
 *
 * All parts are optional.  `observed` is what a look at the data saw, all of it: partitions that are not in it are not there.
 */
#ifndef WEIR_SERVE_RESULTS_H
#define WEIR_SERVE_RESULTS_H

#include "run/run.h"

struct service;

/* What a look at an asset's data saw. */
struct look {
	const struct asset *asset;
	struct observed seen;
	int64_t looked_us; /* when it began; TIME_NONE = just now */
};

/* The document of a report (NULL = none) and looks.  ERR_LIMIT if it would be too large. */
MUST_CHECK bool results_write(const struct report *r, const struct look *look, size_t n, struct buf *b,
                              struct err *err);

struct results {
	bool has_report;
	struct report report; /* its assets and checks are those of the catalog in use */
	struct look *look;
	size_t nlook;
	struct event *event;
	size_t nevent;
	/*
	 * Checks that the catalog in use does not have, or has otherwise: their verdicts say nothing of what is declared here, and are not
	 * in the report.
	 */
	size_t nunknown;
	struct sv unknown;  /* the first of them */
	struct err trouble; /* of a child: why it could not do its work; ERR_NONE = it could */
	bool known; /* set by results_store: a run of that id was stored before, and nothing is stored now */
	struct sv taken; /* the same, but that run is of this other environment */
};

enum { RESULTS_MAX = 256 << 20 }; /* bytes of a document */

/*
 * Reads a document against the catalog in use; the texts live as long as the arena and json.  ERR_FORMAT: it is no such thing, or names
 * assets that the catalog does not have.
 */
MUST_CHECK bool results_parse(struct service *s, struct arena *a, struct sv json, struct results **ret,
                              struct err *err);
/*
 * Stores it in the transaction that is open, with waivers and incidents, as if it had been found here.  A run whose id is stored already
 * stays as it is.  position: report.position of when it began to look; -1 = by its time.
 */
MUST_CHECK bool results_store(struct service *s, struct arena *a, struct results *r, int64_t position,
                              struct err *err);

#endif
