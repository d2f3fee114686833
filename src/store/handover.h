/*
 * One writer: while a service runs, commands do not open its state for writing.  They hand each transaction to it over a socket beside the
 * file, PATH.service, and the service carries it out on its own connection.
 *
 *	command: store_begin ──► connect ──► statements, values ──► service: BEGIN IMMEDIATE … COMMIT
 *	                                 ◄── rows ────────────────┘
 *
 * A transaction that stalls, or whose command dies, is rolled back.  Only the service's own user and root may connect.  This side is the
 * service's; the command's is behind store_begin.
 */
#ifndef WEIR_STORE_HANDOVER_H
#define WEIR_STORE_HANDOVER_H

#include "store/store.h"

struct handover;

/* What a transaction of a command changed. */
struct handover_change {
	bool all;               /* of any asset */
	const struct sv *asset; /* else events or verdicts of these, under the keys that they were told by */
	size_t n;
	bool outbox; /* messages were added, or are due anew */
};

/*
 * Listens for commands.  changed is called after each commit, outside of transactions.  ERR_STORE if another service answers; of two that
 * start at once the caller's lock lets one through.  *ret is NULL for a store in memory.
 */
MUST_CHECK bool handover_open(struct store *s, void (*changed)(void *ctx, const struct handover_change *c),
                              void *ctx, struct handover **ret, struct err *err);
/* Does a service work with the state at this path?  For whoever wants to know, not to decide who writes. */
bool handover_answers(const char *path);
/* For the keeper's poll: readable when a command is there; -1 = never. */
int handover_fd(const struct handover *h);
/*
 * Serves one transaction of one command from its begin to its end, outside of transactions.  It takes no longer than the time that a
 * command has for it (20 s, and 2 s from one statement to the next).
 */
void handover_ready(struct handover *h);
void handover_close(struct handover *h); /* takes NULL */

#endif
