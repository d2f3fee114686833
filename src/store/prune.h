/*
 * Retention: what is too old goes, but for what an answer still rests on.
 *
 * Kept whatever its age: the newest verdict of each check that is declared, and the newest that passed, be it of before the check was changed,
 * with its number or distribution where later data is compared with that; all newest verdicts on versions that are current or went into what is
 * current; the newest event of each kind of an asset or partition, the events that tell how current versions were made, and enough arrivals for
 * the usual interval; open incidents, messages that wait, and the last word on each open incident.  A verdict that is pruned counts as never
 * given: gates do not open by it.
 */
#ifndef WEIR_STORE_PRUNE_H
#define WEIR_STORE_PRUNE_H

#include "catalog/catalog.h"
#include "store/store.h"

struct prune_check {
	struct sv id, identity; /* check_identity */
	bool last_good;         /* it compares with the number of its last good run */
	struct sv sketch; /* it compares with the last good distribution of this name; empty = with none */
};

struct prune {
	const struct retention *keep;
	/* Events are kept at least this long, whatever `keep` says: a gate asks for starts that are open. */
	int64_t events_us;
	const struct catalog *catalog;   /* for aliases; NULL = there are none */
	const struct prune_check *check; /* all that are declared; NULL = any check may be */
	size_t ncheck;
	int64_t deadline_ns; /* monotonic; 0 = none */
	bool dry_run;        /* counts, and removes nothing */
};

struct pruned {
	int64_t rows[RETAIN_COUNT]; /* samples: results and reports that held some */
	bool complete;              /* the deadline was not met */
};

/* By the store's clock, in its environment, in transactions of at most PRUNE_ROWS rows, so that others get their turn. */
enum { PRUNE_ROWS = 1000 };
MUST_CHECK bool store_prune(struct store *s, const struct prune *p, struct pruned *ret, struct err *err);

#endif
