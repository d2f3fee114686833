/* Inside incidents: what settling and routing share. */
#ifndef WEIR_ALERT_SETTLE_H
#define WEIR_ALERT_SETTLE_H

#include "alert/alert.h"

/* An incident that this run opened, saw again or resolved. */
struct change {
	struct incident incident;
	bool worse; /* still open, and worse than it was: told again */
};

/* Writes the messages that the changes make due, or, with alerts switched off, notes in the report what would have been told. */
MUST_CHECK bool alerts_route(struct workspace *w, struct report *r, const struct change *c, size_t n,
                             struct err *err);
/* Is an incident meant?  asset: of the catalog, or NULL. */
bool incident_matches(const struct incident_match *m, const struct incident *i, const struct asset *asset);
/* The asset that an incident is about; of a column or of what is missing, the one that is concerned.  NULL if there is none. */
const struct asset *incident_asset(const struct catalog *c, const struct incident *i);

#endif
