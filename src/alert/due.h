/*
 * What is due to a channel: from how an incident stands and what the channel was told of it to what it is told now, or when to ask again.
 * Pure, and a function of states, not of steps: whatever was held back or missed is made up for by the next look.
 */
#ifndef WEIR_ALERT_DUE_H
#define WEIR_ALERT_DUE_H

#include "catalog/catalog.h"
#include "store/incident.h"

/* Who could not be reached for so long is told anew: a receiver that is gone for good gets no more than that. */
#define RETELL_US (24 * US_PER_HOUR)
/* Partitions that join an incident are told at most so often. */
#define JOINED_US US_PER_HOUR

/* What a channel knows of an incident. */
struct told {
	bool any;
	enum incident_change last; /* of opened, still_open, resolved, reopened, flapping, escalated */
	int64_t at_us;             /* of that */
	int64_t since_us;          /* the first since it was opened, or opened again */
	size_t escalations;        /* since then */
};
/* From the events `told` of the incident, oldest first. */
struct told told_to(const struct incident_event *e, size_t n, struct sv channel);
/* It knows that the incident is open. */
bool told_open(const struct told *t);

struct due {
	bool is;
	enum incident_change change;
	int64_t next_us; /* ask again then; INT64_MAX = time alone changes nothing */
};

struct due_question {
	const struct incident *incident;
	const struct told *told;
	const struct flapping_decl *flapping;
	int64_t repeat_every_us; /* 0 = never */
	int64_t held_us;         /* TIME_NONE = it is not held; else until then */
	bool routed;             /* a route leads to the channel */
	bool worse;              /* it got worse just now */
	bool in_vain;            /* no message on it ever arrived there, and none may still */
	int64_t now_us;
};
struct due due_now(const struct due_question *q);

/* When the step is due that tells the channels of a route's `to` had been told since_us; held as above. */
struct due due_escalation(const struct incident *i, const struct escalation_decl *e, int64_t since_us,
                          int64_t held_us, int64_t now_us);

/* When a flapping incident is calm. */
int64_t calm_at(const struct incident *i, const struct flapping_decl *f);

#endif
