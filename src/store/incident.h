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
	enum severity severity;
};

/* One of the partitions that share an incident. */
struct incident_partition {
	struct sv partition, kind, message;
	enum severity severity;
	int64_t since_us;
	struct sv run_id; /* that saw it last */
};

struct incident {
	struct sv id; /* ULID, made when it is opened */
	/*
	 * FAMILY|ASSET|PARTITION|CHECK: kinds of one family are one life.  Of partitions that share one: "group:" before it, and no
	 * partition.
	 */
	struct sv key;
	struct sv kind;                    /* of catalog/problems.def; may change while it is open */
	struct sv asset, partition, check; /* check: its id; empty where none is meant */
	enum severity severity;
	struct sv title, message; /* title: one short line; message: what was seen last, or why it is over */
	int64_t opened_us, seen_us, resolved_us; /* resolved_us: TIME_NONE = open */
	struct sv opened_run, run_id;            /* run_id: of the last change or look */
	/* When read: the first by name, at most SYMPTOMS_MAX; all are in the store (store/symptom.h). */
	const struct symptom *symptom;
	size_t nsymptom;
	int64_t symptoms; /* how many there are */
	bool loose; /* resolved, and there are symptoms of which nobody has said yet what became of them */
	const struct incident_partition
		*part; /* in order; at most PARTITIONS_SHOWN, or all where it says so */
	size_t npart;
	int64_t partitions; /* how many there are; 0 = it is no such incident */
	/* What people said; all of it ends when it is opened again. */
	struct sv acked_by, note; /* acked_by empty = nobody has taken it on */
	int64_t acked_us;
	struct sv snoozed_by;
	int64_t snoozed_until_us; /* 0 = not */
	struct sv resolved_by;    /* empty: a run did; message is the reason */
	/* Resolved, and the same one again if the problem is seen before it was seen gone (flapping: before it is calm). */
	bool watched;
	bool flapping;
	int64_t changed_us;          /* opened, opened again or resolved last */
	int64_t worse_us, joined_us; /* last got worse; last joined by a partition; 0 = never */
	int64_t seq;                 /* order of opening; the store's */
	enum incident_change change; /* by the run that is being settled; not stored */
};
enum { SYMPTOMS_MAX = 50, PARTITIONS_SHOWN = 50 };

/* All that are open in the store's environment, oldest first, with all of their partitions. */
MUST_CHECK bool store_open_incidents(struct store *s, struct arena *a, struct incident **ret, size_t *n,
                                     struct err *err);
MUST_CHECK bool store_count_open_incidents(struct store *s, int64_t *ret, struct err *err);
/* Of those the ones of some assets, and those that hold symptoms of them.  assets: a JSON array of their keys. */
MUST_CHECK bool store_incidents_near(struct store *s, struct arena *a, struct sv assets,
                                     struct incident **ret, size_t *n, struct err *err);
/* Those that are resolved and watched, likewise. */
MUST_CHECK bool store_watched_incidents(struct store *s, struct arena *a, struct incident **ret, size_t *n,
                                        struct err *err);
/* Those that are loose, likewise, but without their partitions. */
MUST_CHECK bool store_loose_incidents(struct store *s, struct arena *a, struct incident **ret, size_t *n,
                                      struct err *err);
/* Adds it, or overwrites the one of the same id; its partitions and symptoms apart.  Makes an id where it has none. */
MUST_CHECK bool store_put_incident(struct store *s, struct incident *i, struct err *err);
MUST_CHECK bool store_incident(struct store *s, struct arena *a, struct sv id, struct incident *ret,
                               bool *found, struct err *err);
/* Newest first; open_only leaves out the resolved ones. */
MUST_CHECK bool store_list_incidents(struct store *s, struct arena *a, bool open_only, size_t max,
                                     struct incident **ret, size_t *n, struct err *err);

enum incident_state { INCIDENTS_ALL, INCIDENTS_OPEN, INCIDENTS_RESOLVED };
/* What a list is about; empty = any. */
struct incident_query {
	enum incident_state state;
	struct sv asset, kind, severity;
	int64_t before; /* seq: those that were opened earlier; 0 = from the newest on */
	size_t max;
};
MUST_CHECK bool store_find_incidents(struct store *s, struct arena *a, const struct incident_query *q,
                                     struct incident **ret, size_t *n, struct err *err);
/* Those whose ids begin so (in any case), at most max. */
MUST_CHECK bool store_incidents_named(struct store *s, struct arena *a, struct sv prefix, size_t max,
                                      struct incident **ret, size_t *n, struct err *err);

/* Adds a partition to an incident, or overwrites it; takes one out.  They are counted in the incident by its owner. */
MUST_CHECK bool store_put_incident_partition(struct store *s, struct sv incident,
                                             const struct incident_partition *p, struct err *err);
MUST_CHECK bool store_drop_incident_partition(struct store *s, struct sv incident, struct sv partition,
                                              struct err *err);

/* The record of an incident: what happened, in order. */
struct incident_event {
	int64_t at_us;
	struct sv kind;            /* opened, reopened, worse, told, acknowledged … */
	struct sv who;             /* empty = a run, or time */
	struct sv channel, change; /* of told: to whom and what (incident_change_names) */
	struct sv detail;          /* in words; of told: id of the message */
	struct sv delivery;        /* of told, when read: pending, sent, dead; empty = pruned */
};
MUST_CHECK bool store_add_incident_event(struct store *s, struct sv incident, const struct incident_event *e,
                                         struct err *err);
/* kind empty = all. */
MUST_CHECK bool store_incident_events(struct store *s, struct arena *a, struct sv incident, struct sv kind,
                                      struct incident_event **ret, size_t *n, struct err *err);
/* How far the record of all incidents reaches now: the same as before if nothing was added. */
MUST_CHECK bool store_incident_position(struct store *s, int64_t *ret, struct err *err);
/* How often incidents of a key were opened or opened again since then. */
MUST_CHECK bool store_count_openings(struct store *s, struct sv key, int64_t since_us, int64_t *ret,
                                     struct err *err);

#endif
