/*
 * Events as clients send them (POST /v1/events): one object or an array of them.
 *
 *	{"asset": "marts/sales", "kind": "materialized", "at": "…", "partition": "…", "version": "…", "code_version": "…",
 *	 "inputs": ["raw/orders@17", {"key": "raw/customers", "partition": "…", "version": "…"}], "rows": 10,
 *	 "data_through": "…", "updated_at": "…", "metrics": {"auc": 0.93}, "run_id": "…", "note": "…", "reporter": "…"}
 *
 * Only the asset must be there.  The rules are those of `weir events add`.
 */
#ifndef WEIR_SERVE_EVENT_JSON_H
#define WEIR_SERVE_EVENT_JSON_H

#include "catalog/catalog.h"
#include "serve/take.h"
#include "store/store.h"

struct service;

enum { EVENTS_MAX = 1000 };

struct event_source {
	const struct catalog *catalog;
	int64_t now_us;
	struct sv reporter; /* of events that name none */
	size_t max;         /* 0 = EVENTS_MAX */
};

/*
 * False after faults.  Pointers begin at the text.  What is taken, but is likely to be a mistake (an input that the catalog does not have,
 * a time in the future), is in *warnings.
 */
MUST_CHECK bool events_parse(struct arena *a, const struct event_source *from, struct sv json,
                             struct event **ret, size_t *n, struct faults *faults, struct faults *warnings);

/* Stores them in the transaction that is open, and tells the board.  Sets id (in the arena) and seq. */
MUST_CHECK bool events_store(struct service *s, struct arena *a, struct event *e, size_t n, struct err *err);

#endif
