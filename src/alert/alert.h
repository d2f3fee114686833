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
#include "store/mute.h"
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

/*
 * Everything that time alone makes due: repeats, what is still open when a snooze, a mute or maintenance ends, escalations, what flapping
 * came to.  In a transaction of its own, begun only if there is something; what it tells follows from the state and the clock alone, so
 * a call too many does nothing.  *next_us: when to call it again; INT64_MAX = nothing is open.
 */
MUST_CHECK bool alerts_tick(struct workspace *w, int64_t *next_us, struct err *err);

/*
 * What people do with an incident, as read from the store; it is changed, stored, put on record and told to whoever was told of it.  In
 * the caller's transaction.  ERR_USAGE: it is resolved, or a text is missing or too long.
 */
MUST_CHECK bool incident_ack(struct workspace *w, struct incident *i, struct sv who, struct sv note,
                             struct err *err);
MUST_CHECK bool incident_snooze(struct workspace *w, struct incident *i, struct sv who, int64_t until_us,
                                struct err *err);
/* If the next look finds the problem still there, the same incident is opened again, and told; a look that finds it gone agrees. */
MUST_CHECK bool incident_resolve(struct workspace *w, struct incident *i, struct sv who, struct sv reason,
                                 struct err *err);
/* Nobody is told of incidents that meet all conditions (alert/match.h) until then. */
MUST_CHECK bool alerts_mute(struct workspace *w, const struct sv *condition, size_t n, struct sv who,
                            int64_t until_us, struct sv reason, struct mute *ret, struct err *err);
enum { INCIDENT_TEXT_MAX = 2000 };
#define MUTE_MAX_US (366 * US_PER_DAY)

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
