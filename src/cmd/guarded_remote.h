/*
 * A guarded run whose state lives in a service: the gate is asked there and everything is on record there; data is looked at here.
 */
#ifndef WEIR_CMD_GUARDED_REMOTE_H
#define WEIR_CMD_GUARDED_REMOTE_H

#include "cmd/guarded.h"

/*
 * Asks the gate.  Where another version of an input lies here than the one that the service judged, the reason `changed` is added to its
 * decision.
 */
MUST_CHECK bool guarded_remote_gate(struct guarded *g, struct err *err);
/* The inputs again: by what lies here, and by what the service was told of those that cannot be seen from here. */
MUST_CHECK bool guarded_remote_look(struct guarded *g, struct gate_facts *ret, struct err *err);
/* Tells the service an event, which happens when it arrives there, unless --now says otherwise. */
MUST_CHECK bool guarded_remote_tell(struct guarded *g, struct event *e, struct err *err);
/* The version that the command itself told of what it made; empty = none. */
MUST_CHECK bool guarded_remote_version(struct guarded *g, struct sv *ret, struct err *err);
/*
 * What the service puts up with is a warning here, too: before it is decided what becomes of the output.  Where that cannot be asked, that
 * is logged and every failure counts.
 */
void guarded_remote_waive(struct guarded *g);
/* The whole run with its verdicts and its event. */
MUST_CHECK bool guarded_remote_keep(struct guarded *g, struct event *e, struct err *err);

/* What the checks of the output compare with: into this workspace, that they are judged in. */
void guarded_remote_past(struct guarded *g, struct workspace *w);

#endif
