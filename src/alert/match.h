/* Which incidents are meant: by routes, maintenance and mutes. */
#ifndef WEIR_ALERT_MATCH_H
#define WEIR_ALERT_MATCH_H

#include "catalog/catalog.h"
#include "store/incident.h"

/* The asset that an incident is about; of a column or of what is missing, the one that is concerned.  NULL if there is none. */
const struct asset *incident_asset(const struct catalog *c, const struct incident *i);
/* Is an incident meant?  asset: of the catalog, or NULL. */
bool incident_matches(const struct incident_match *m, const struct incident *i, const struct asset *asset);
/* Is it, or one of its symptoms, as far as these are kept?  A symptom counts as severe as the incident. */
bool incident_concerns(const struct catalog *c, const struct incident_match *m, const struct incident *i);

/*
 * Conditions as people write them: `asset=raw/x`, `kind=late`, `owner=team:a`, `severity=critical`, `tag=tier` or `tag=tier=gold`.  Several of
 * one name (but tags): one of them is enough.  ERR_USAGE: no condition, or one that nothing can meet.
 */
MUST_CHECK bool match_parse(struct arena *a, const struct sv *condition, size_t n, struct incident_match *ret,
                            struct err *err);
/* The same as one text, a condition a line, in order and each once: as mutes store it. */
struct sv match_text(struct arena *a, const struct sv *condition, size_t n);
MUST_CHECK bool match_parse_text(struct arena *a, struct sv text, struct incident_match *ret,
                                 struct err *err);

#endif
