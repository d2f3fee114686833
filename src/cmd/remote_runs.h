/* Runs that a service has on record, and the history of its gates. */
#ifndef WEIR_CMD_REMOTE_RUNS_H
#define WEIR_CMD_REMOTE_RUNS_H

#include "cmd/remote.h"
#include "report/gate_history.h"

/* A run of a list, with its verdicts by outcome. */
struct remote_run {
	struct stored_run run; /* without its report */
	int64_t counts[5];
};

/* Newest first, at most max; kind empty = any; since_us: those that were started at it or later (TIME_NONE = all). */
MUST_CHECK bool remote_runs(struct remote *r, struct arena *a, struct sv kind, int64_t since_us, size_t max,
                            struct remote_run **ret, size_t *n, struct err *err);
/* Its report as it is stored; empty if that is not kept any more. */
MUST_CHECK bool remote_run_report(struct remote *r, struct arena *a, struct sv id, struct sv *ret,
                                  struct err *err);
MUST_CHECK bool remote_gate_history(struct remote *r, struct arena *a, int64_t since_us,
                                    struct gate_history *ret, struct err *err);

#endif
