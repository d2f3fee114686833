/*
 * Alerts: from what a run found to messages that arrive.
 *
 *	report ─► problems ─► incidents (opened, still open, resolved) ─► routes ─► messages in the outbox ─► channels
 *	                      └───────────── one transaction with the verdicts ─────────────┘
 *
 * Writing and sending are apart: what is in the outbox arrives at least once, whenever somebody sends (`weir check`, `audit` and the
 * like when they are done, `weir alerts send` from cron).  Nothing here changes a verdict or an exit status of a check.
 */
#ifndef WEIR_ALERT_ALERT_H
#define WEIR_ALERT_ALERT_H

#include "run/run.h"
#include "store/incident.h"
#include "store/outbox.h"

/* Checks what the channels of the catalog say, by the tables of their drivers; adds every mistake. */
void alerts_check(struct arena *a, const struct catalog *c, struct diags *d);

/*
 * workspace.settle: turns the report's problems into incidents, sets report.incident, and writes messages for the routes.  Runs in the
 * transaction that stores the run.  Where `alerts.enabled` is off no message is written; what would have been told is in
 * report.untold.
 *
 * What was not looked at, is switched off or waived neither opens nor resolves anything: its incident stays as it was, and nobody is told.
 * What could not be evaluated never resolves anything either.  What is no longer declared is resolved by an audit of the whole catalog.
 */
MUST_CHECK bool alerts_settle(struct workspace *w, struct report *r, struct err *err);

struct delivery {
	int64_t sent, failed, dead, waiting; /* of this call; waiting: pending after it */
	struct sv trouble;                   /* of the first failure: "ops: connection refused" */
};
/*
 * Sends what is due, in order, for at most limit_us of real time; one failing channel does not hold up the others.  Only one process
 * sends at a time: if another one does, this returns at once with all zero.  False only if the outbox cannot be read or written.
 */
MUST_CHECK bool alerts_send(struct workspace *w, int64_t limit_us, struct delivery *ret, struct err *err);
/* Sends one test message to a channel now, past the outbox; *at tells how it went. */
MUST_CHECK bool alerts_test(struct workspace *w, struct sv channel, struct attempt *at, bool *ok,
                            struct err *err);

#endif
