/*
 * A copy of the past (run/past_copy.h) as JSON: in the orders of children, and from GET /v1/assets/{key}/past.
 *
 *	{"asset": "raw/orders", "partition": "",
 *	 "records": [{"kind": "runs", "name": "row_count", "good": false, "error": null,
 *	              "answers": [{"partition": "", "points": [{"partition": "", "data_version": "…", "at": "…", "value": 8.0,
 *	                           "flagged": false, "incident": false}], "number": null, "seen": [], "sketches": []}]}]}
 */
#ifndef WEIR_SERVE_PAST_JSON_H
#define WEIR_SERVE_PAST_JSON_H

#include "report/reader.h"
#include "run/past_copy.h"

void past_json_write(struct json_writer *w, const struct past_copy *copy);
/* Whose first event was just returned. */
MUST_CHECK bool past_json_read(struct json_reader *r, enum json_event e, struct past_copy *ret);

#endif
