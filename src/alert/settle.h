/* Inside incidents: what settling, people, time and routes share. */
#ifndef WEIR_ALERT_SETTLE_H
#define WEIR_ALERT_SETTLE_H

#include "alert/alert.h"
#include "alert/hold.h"
#include "alert/match.h"
#include "alert/problems.h"

/* An incident that this run opened, saw again or resolved. */
struct change {
	struct incident incident;
	bool worse; /* still open, and worse than it was: told again */
};

/* Writes the messages that the changes make due, or, with alerts switched off, notes in the report what would have been told. */
MUST_CHECK bool alerts_route(struct workspace *w, struct report *r, const struct change *c, size_t n,
                             struct err *err);

/* tell.c: from what is told of incidents to messages, grouped and as digests ------------------------------------ */

/* One incident for one channel. */
struct telling {
	uint32_t channel;
	const struct route_decl *route; /* NULL: no route leads there any more */
	enum incident_change change;
	struct sv group; /* tellings with the same one share a message */
	const struct incident *incident;
};

struct teller {
	struct workspace *w;
	struct report *r; /* NULL = there was no run */
	int64_t now_us;
	LIST(struct telling) telling;
};
/* The incident must live until the messages are written. */
void teller_add(struct teller *t, uint32_t channel, const struct route_decl *route,
                enum incident_change change, const struct incident *i);
/* Writes the messages and records in the incidents that they were told. */
MUST_CHECK bool teller_write(struct teller *t, struct err *err);

/* route.c: what is due to whom ------------------------------------------------------------------------------------ */

struct routing {
	struct teller teller;
	struct holds holds;
	int64_t next_us; /* of all that was asked for so far */
};
MUST_CHECK bool routing_begin(struct workspace *w, struct report *r, struct routing *ret, struct err *err);
/* The first route that takes an incident to a channel, or NULL. */
const struct route_decl *routing_route(const struct routing *x, const struct incident *i, uint32_t channel);
/* Adds what is due of one incident to all channels.  worse: since a moment ago. */
MUST_CHECK bool routing_add(struct routing *x, const struct incident *i, bool worse, struct err *err);

/* settle.c, group.c ----------------------------------------------------------------------------------------------- */

/* A symptom as earlier looks left it. */
struct held {
	struct sv incident;      /* its id */
	struct incident *holder; /* that is open; NULL: it is left of one that is resolved */
	struct incident *left;   /* that is resolved, and loose; NULL: it is none */
	struct symptom symptom;
	bool stays; /* this report finds that it follows from the same incident */
};

struct settling {
	struct workspace *w;
	struct report *r;
	int64_t now_us;
	struct incident *open; /* that the report may have to do with */
	struct incident *watched;
	size_t nopen, nwatched;
	struct problems problems;
	struct map elsewhere; /* problems that follow from open incidents which this report did not look at */
	struct map
		held; /* by the key of the problem -> struct held *; of the assets that this report looked at */
	struct map owner;   /* key of a problem -> struct incident * that is open for it */
	struct map loose;   /* id -> struct incident *: those that are */
	struct map result;  /* asset and partition -> struct asset_result * */
	struct map settled; /* keys of problems that have their incident now */
	LIST(struct change) change;
};
/* near.c: reads s->open. */
MUST_CHECK bool settle_load_open(struct settling *s, struct err *err);
/*
 * Stores it, with what follows from the change, and notes it among those of this run.  The followers of root[nroot] become its symptoms, and
 * make it as severe as they are.
 */
MUST_CHECK bool settle_put(struct settling *s, struct incident *i, enum incident_change change, bool worse,
                           const struct problem *const *root, size_t nroot, struct err *err);
/* An incident that was resolved is open again with what the problem says. */
void settle_reopen(struct incident *i);
/* Is it over, and why? */
bool settle_is_over(const struct settling *s, const struct incident *i, struct sv *why);
/* A flapping one that has been calm for long enough is no longer that. */
MUST_CHECK bool settle_calm(struct workspace *w, struct incident *i, int64_t now_us, bool *calm,
                            struct err *err);
/*
 * Partitions that share an incident.  Opens, joins and resolves; what is left of the problems with partitions, and of those without, is
 * opened one by one.
 */
MUST_CHECK bool settle_groups(struct settling *s, struct err *err);
bool incident_is_group(const struct incident *i);
/* One incident for each partition of those that share one, as problems see them. */
void groups_expand(struct arena *a, const struct incident *open, size_t nopen, struct incident **ret,
                   size_t *n);

/* symptoms.c: what follows from an incident ------------------------------------------------------------------------ */

/* Reads what is held of the assets of the report; what its assets rest on is added to seen[*nseen] as the symptom that it is. */
MUST_CHECK bool symptoms_load(struct settling *s, struct incident **seen, size_t *nseen, struct err *err);
/*
 * Takes those out that are well, stand on their own, or follow from something else now.  Where time goes on by itself what is still wrong
 * when its cause is over is not opened yet, but left.  After problems_fold, before anything is put.
 */
MUST_CHECK bool symptoms_sort(struct settling *s, struct err *err);
/* Would a follower be new among the symptoms, or say something else? */
bool symptoms_change(const struct settling *s, const struct problem *root);
/* How many more there are then, by their names, with the worst severity of all in i->severity. */
MUST_CHECK bool symptoms_count(struct settling *s, struct incident *i, const struct problem *const *root,
                               size_t nroot, struct err *err);
/* Behind the incident itself, which may only now have got its id. */
MUST_CHECK bool symptoms_put(struct settling *s, struct incident *i, const struct problem *const *root,
                             size_t nroot, struct err *err);
/*
 * What resolved incidents left behind and nobody looked at since is opened, or follows from another incident, once it has had time to become
 * well.  Some at a time; *next_us: when there is more to do.  In a transaction of its own.
 */
MUST_CHECK bool symptoms_left(struct workspace *w, int64_t *next_us, struct err *err);
/* Where time goes on by itself.  Longer than what is made again after its input usually takes. */
#define LEFT_BEHIND_US (15 * US_PER_MIN)

/* The record: kind is a static word. */
MUST_CHECK bool incident_note(struct workspace *w, const struct incident *i, const char *kind, struct sv who,
                              struct sv detail, struct err *err);

#endif
