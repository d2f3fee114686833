/* Events told to a service, and listed by it. */
#ifndef WEIR_CMD_REMOTE_EVENTS_H
#define WEIR_CMD_REMOTE_EVENTS_H

#include "cmd/remote.h"
#include "store/store.h"

/*
 * An event as POST /v1/events takes it; at_us TIME_NONE = when it arrives there.  told: further inputs as KEY[@VERSION], which the service
 * takes apart by its catalog.
 */
void remote_event_write(struct json_writer *j, const struct event *e, const struct sv *told, size_t ntold);
/* Tells it, and gives the id that it got there.  What the service finds odd is a warning on stderr. */
MUST_CHECK bool remote_event_add(struct remote *r, struct arena *a, const struct event *e,
                                 const struct sv *told, size_t ntold, struct sv *id, struct err *err);

struct remote_events_query {
	struct sv asset, partition; /* empty = all */
	const char *kind;           /* NULL = all */
	int64_t max;
};
/* Newest first. */
MUST_CHECK bool remote_events_list(struct remote *r, struct arena *a, const struct remote_events_query *q,
                                   struct event **ret, size_t *n, struct err *err);

#endif
