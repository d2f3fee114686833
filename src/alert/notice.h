/*
 * A notice: what a message says, the same for all channels.  It is stored as the JSON body of the message (and is what a webhook posts):
 *
 *	{"type": "incident.opened", "timestamp": "2026-01-02T03:04:05Z",
 *	 "data": {"project": …, "environment": …, "run_id": …, "route": …, "count": 12, "omitted": 2,
 *	          "incidents": [{"id", "kind", "asset", "partition", "check", "severity", "change", "title", "message", "opened_at", "resolved_at",
 *	                         "state": "acknowledged", "acknowledged_at", "acknowledged_by", "note", "snoozed_until", "resolved_by", "url",
 *	                         "partition_count": 12, "partitions": […], "owners": […], "tags": {…},
 *	                         "symptom_count": 3, "symptoms": [{"kind", "asset", "partition", "check", "message"}]}]}}
 *
 * Types, and the changes that they tell of: incident.opened (opened, reopened), incident.repeated (still_open), incident.resolved
 * (resolved), incident.acknowledged (acknowledged, snoozed), incident.flapping (flapping), incident.escalated (escalated),
 * incident.digest (any: each incident has its own), test (none).  A channel that keeps incidents elsewhere goes by `change` and `id`.
 *
 * It is at most NOTICE_MAX bytes long (Standard Webhooks asks for less than 20 kB): long texts are cut and say so, incidents past the
 * limit are counted in `omitted`; a message is never dropped for its length.
 */
#ifndef WEIR_ALERT_NOTICE_H
#define WEIR_ALERT_NOTICE_H

#include "catalog/catalog.h"
#include "store/incident.h"

enum { NOTICE_MAX = 20000 };

struct notice_incident {
	struct incident incident; /* change: what is told of it */
	struct sv state;          /* open, acknowledged, snoozed, flapping, resolved; when it was written */
	struct sv url;            /* of its page; empty = there is none */
	const struct sv *owner;
	size_t nowner;
	const struct tag *tag;
	size_t ntag;
};

struct notice {
	struct sv type;
	int64_t at_us;
	struct sv project, env, run_id, route;
	const struct notice_incident *incident;
	size_t nincident;
	int64_t count, omitted; /* count: of all it is about */
};

/* How an incident stands at an instant: open, acknowledged, snoozed, flapping or resolved. */
const char *incident_state_name(const struct incident *i, int64_t now_us);
/* The body, within NOTICE_MAX: sets n->omitted as needed. */
struct sv notice_json(struct arena *a, struct notice *n);
/* Reads a body back; ERR_STORE if it is no notice. */
MUST_CHECK bool notice_parse(struct arena *a, struct sv body, struct notice *ret, struct err *err);
/* One line: "3 problems opened in shop (prod)", "raw/orders: 3 of 10000 values are null". */
struct sv notice_title(struct arena *a, const struct notice *n);

#endif
