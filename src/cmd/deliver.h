/* Delivery of alerts at the end of commands that may have made some. */
#ifndef WEIR_CMD_DELIVER_H
#define WEIR_CMD_DELIVER_H

#include "cmd/workspace.h"

/*
 * Sends what is due, where alerts are on, for at most 20 s: after the report was written, so that nobody waits for it.  Trouble is one
 * line on stderr, never another exit status: what was not sent stays in the outbox.
 */
void deliver_alerts(struct opened *w);

#endif
