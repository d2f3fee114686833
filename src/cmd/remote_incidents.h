/* Incidents that a service keeps. */
#ifndef WEIR_CMD_REMOTE_INCIDENTS_H
#define WEIR_CMD_REMOTE_INCIDENTS_H

#include "cmd/remote.h"

/* An incident as far as a list shows it; states and severities are the service's words. */
struct remote_incident {
	struct sv id, state, severity, title;
	int64_t opened_us;
};

/* Newest first; *json: the list as it came. */
MUST_CHECK bool remote_incidents(struct remote *r, struct arena *a, bool all, int64_t max,
                                 struct remote_incident **ret, size_t *n, struct sv *json, struct err *err);
/* verb: ack, snooze or resolve; key and value: what its body says, or NULL. */
MUST_CHECK bool remote_incident_change(struct remote *r, struct arena *a, const char *verb, struct sv id,
                                       const char *key, struct sv value, struct err *err);

#endif
