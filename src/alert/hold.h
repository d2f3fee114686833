/*
 * Who is not to be told now: maintenance and mutes.
 *
 * They hold back what goes wrong: openings, repeats, escalations.  That something which was told is over is told at once all the same, so
 * that no end is lost; and what is still wrong when they end is told then.
 */
#ifndef WEIR_ALERT_HOLD_H
#define WEIR_ALERT_HOLD_H

#include "run/run.h"

struct hold {
	struct incident_match match;
	int64_t until_us;
	struct sv reason;
	bool maintenance; /* else a mute */
};

struct holds {
	const struct catalog *catalog;
	const struct hold *v;
	size_t n;
};

/* All that are in force at now_us. */
MUST_CHECK bool holds_load(struct workspace *w, int64_t now_us, struct holds *ret, struct err *err);
/* The one that holds an incident for longest, or NULL.  It goes by the incident itself, not by its symptoms. */
const struct hold *holds_find(const struct holds *h, const struct incident *i);

#endif
