/*
 * What was found here, for a service that keeps it.  What cannot be sent is kept in a file and sent before the next results are, so that a
 * night without network loses nothing.
 */
#ifndef WEIR_CMD_REMOTE_RESULTS_H
#define WEIR_CMD_REMOTE_RESULTS_H

#include "cmd/remote_events.h"
#include "cmd/workspace.h"

/* The document of serve/results.h: a report (NULL = none), what lies there now of these assets, and what happened. */
struct remote_results {
	struct report *report;
	const struct asset *const *look;
	size_t nlook;
	const struct event *event;
	size_t nevent;
};

/*
 * The report gets what the service makes of it: waivers, so that its outcome is the service's, and incidents.
 *
 * Sends it, after what was left from before, under the id of its run.  True once the service has it on disk.  Else ERR_STORE: unless the
 * service has refused what is in it, the document is kept, and the hint says where.
 */
MUST_CHECK bool remote_send_results(struct remote *r, struct opened *w, const char *run_id,
                                    const struct remote_results *x, struct err *err);

#endif
