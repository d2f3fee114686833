/*
 * Incidents: the life of one problem, from the run that found it to the run that found it gone.
 *
 * A problem is told apart by its key; at most one incident of a key is open at a time.  Symptoms are further problems that follow
 * from this one (downstream assets that are late since this one is), and are told in it instead of on their own.
 */
#ifndef WEIR_STORE_INCIDENT_H
#define WEIR_STORE_INCIDENT_H

#include "store/store.h"

/* What a run, a person or time made of it; of a message: what is told. */
enum incident_change {
	INCIDENT_OPENED,
	INCIDENT_STILL,
	INCIDENT_RESOLVED,
	INCIDENT_REOPENED,  /* the same one again: it was resolved too early, or is flapping */
	INCIDENT_ACKED,     /* somebody is at it */
	INCIDENT_SNOOZED,   /* not now */
	INCIDENT_FLAPPING,  /* comes and goes: told again when it is calm */
	INCIDENT_ESCALATED, /* nobody is at it */
	INCIDENT_CHANGES
};
/* "opened", "still_open", "resolved", "reopened", "acknowledged", "snoozed", "flapping", "escalated" */
extern const char *const incident_change_names[INCIDENT_CHANGES];

struct symptom {
	struct sv kind, asset, partition, check, message;
};

struct incident {
	struct sv id;   /* ULID, made when it is opened */
	struct sv key;  /* FAMILY|ASSET|PARTITION|CHECK: kinds of one family are one life */
	struct sv kind; /* of catalog/problems.def; may change while it is open */
	struct sv asset, partition, check; /* check: its id; empty where none is meant */
	enum severity severity;
	struct sv title, message; /* title: one short line; message: what was seen last, or why it is over */
	int64_t opened_us, seen_us, resolved_us; /* resolved_us: TIME_NONE = open */
	struct sv opened_run, run_id;            /* run_id: of the last change or look */
	const struct symptom *symptom;           /* at most SYMPTOMS_MAX are kept */
	size_t nsymptom;
	int64_t symptoms;            /* how many there are */
	enum incident_change change; /* by the run that is being settled; not stored */
};
enum { SYMPTOMS_MAX = 50 };

/* All that are open in the store's environment, oldest first. */
MUST_CHECK bool store_open_incidents(struct store *s, struct arena *a, struct incident **ret, size_t *n,
                                     struct err *err);
/* Adds it, or overwrites the one of the same id.  Makes an id where it has none. */
MUST_CHECK bool store_put_incident(struct store *s, struct incident *i, struct err *err);
MUST_CHECK bool store_incident(struct store *s, struct arena *a, struct sv id, struct incident *ret,
                               bool *found, struct err *err);
/* Newest first; open_only leaves out the resolved ones. */
MUST_CHECK bool store_list_incidents(struct store *s, struct arena *a, bool open_only, size_t max,
                                     struct incident **ret, size_t *n, struct err *err);

#endif
