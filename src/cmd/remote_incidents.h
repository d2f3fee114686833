/* Incidents and mutes that a service keeps.  An id may be the beginning of one, as long as no other begins so. */
#ifndef WEIR_CMD_REMOTE_INCIDENTS_H
#define WEIR_CMD_REMOTE_INCIDENTS_H

#include "cmd/remote.h"
#include "report/incident.h"

/* Newest first; at most max. */
MUST_CHECK bool remote_incidents(struct remote *r, struct arena *a, bool all, int64_t max,
                                 struct incident_view **ret, size_t *n, struct err *err);
/* With its record; all_symptoms: not only the first of them. */
MUST_CHECK bool remote_incident(struct remote *r, struct arena *a, struct sv id, bool all_symptoms,
                                struct incident_view *ret, struct err *err);
/* verb: ack, snooze or resolve; key and value: what its body says, or NULL. */
MUST_CHECK bool remote_incident_change(struct remote *r, struct arena *a, const char *verb, struct sv id,
                                       const char *key, struct sv value, struct err *err);

MUST_CHECK bool remote_mutes(struct remote *r, struct arena *a, bool all, struct mute **ret, size_t *n,
                             struct err *err);
/* lasts: a duration as people write it. */
MUST_CHECK bool remote_mute(struct remote *r, struct arena *a, const struct sv *match, size_t nmatch,
                            struct sv lasts, struct sv reason, struct mute *ret, struct err *err);
MUST_CHECK bool remote_unmute(struct remote *r, struct arena *a, struct sv id, struct err *err);

#endif
