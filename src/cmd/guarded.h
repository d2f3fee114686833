/*
 * One guarded run, past its beginnings: what `weir run` says, what it puts on record, and what becomes of the
 * output.
 */
#ifndef WEIR_CMD_GUARDED_H
#define WEIR_CMD_GUARDED_H

#include "cmd/child.h"
#include "cmd/remote.h"
#include "cmd/workspace.h"
#include "gate/guard.h"
#include "gate/publish.h"

/* Exit statuses, beside the command's own. */
enum {
	GUARDED_CLOSED = 75,
	GUARDED_NOT_FIT = 1,
	GUARDED_NOT_EVALUATED = 3,
	GUARDED_OWN_FAILURE = CHILD_FAILED
};

/* What one run knows, filled in as it goes. */
struct guarded {
	struct options *o;
	struct opened *w;
	struct remote *service; /* keeps the state; NULL = that is here */
	struct sv started_id;   /* of the event there */
	const struct asset *asset;
	struct partition partition;
	const struct partition *p; /* NULL = the whole */
	struct gate_request request;
	struct decision gate; /* what was judged before the command ran */
	struct report report;
	int64_t start_ns, started_seq; /* started_seq: of the event */
	struct publishing publishing;
	bool publishes;
	bool kept;               /* its verdicts are in the store */
	struct guard_move *move; /* inputs that are others now */
	size_t nmove;
	struct asset_result *result; /* of the output, or of each partition of it */
	size_t nresult;
};

/* One line on stderr. */
void guarded_say(const struct guarded *g, const char *fmt, ...) PRINTF(2, 3);
struct event guarded_event(const struct guarded *g, enum event_kind kind, struct sv note);
/* Puts it on record. */
MUST_CHECK bool guarded_tell(struct guarded *g, struct event *e, struct err *err);
/* Puts a failure on record and gives the status: that stays what it was, also if there is no recording. */
int guarded_failed(struct guarded *g, int status, struct sv note);
/* The same, saying what was wrong and where the output is. */
int guarded_failed_by(struct guarded *g, int status, const struct err *err);
/* After a command that ended well: inputs again, checks, publishing, the record.  The exit status. */
int guarded_finish(struct guarded *g);

#endif
