/*
 * What a gate knows when it decides.  Collecting looks at the world; judging is a pure function of this, so
 * that every order of writing, checking and asking can be tested.
 */
#ifndef WEIR_GATE_FACTS_H
#define WEIR_GATE_FACTS_H

#include "gate/gate.h"

/* One enabled check of an input. */
struct check_fact {
	struct sv id;
	enum severity severity;
	bool blocking, implicit;
	bool judged;          /* there is a verdict on exactly the version that lies there */
	enum outcome outcome; /* of that verdict */
	struct sv message;
	bool accepted; /* not judged, but passed on an older version not long ago, which the policy accepts */
	struct sv accepted_version;
	int64_t accepted_us;
	struct sv waived; /* by whom, until when and why a failure is put up with; empty = it is not */
};

/* A version that went into an input, directly or through others, though it had failed a blocking check. */
struct taint {
	struct sv key, partition, version;
	struct sv check, message;
	struct sv waived; /* as of a check_fact */
};

/* One partition that is read, or the whole (key empty). */
struct part_fact {
	struct sv partition;
	bool missing;
	struct sv undecided;     /* why nothing can be said; empty = it can */
	struct sv version;       /* empty = not known */
	struct sv version_after; /* read again when everything else was known */
	struct sv moved_from;    /* what lay there before checks were run; empty = the same */
	struct sv named;         /* by the caller; empty = none */
	int64_t stamp_us;        /* stands for the version where that is not known */
	int64_t started_us;      /* of a run that is still at work; TIME_NONE = none */
	const struct check_fact *check;
	size_t ncheck;
	const struct taint *taint;
	size_t ntaint;
};

/* One direct dependency. */
struct input_fact {
	struct sv upstream;
	enum gate_effect cap; /* the dependency's own `gate:`: no reason does more */
	bool dangling;
	bool elsewhere; /* looked at by others, last at observed_us; TIME_NONE = never */
	int64_t observed_us;
	bool told; /* its version is told once it is made, not seen: while it is made it looks as before */
	struct sv undecided;
	enum fresh_status freshness;
	bool late_blocks; /* the policy has `blocking: true` */
	struct sv fresh_evidence;
	bool stale;
	struct sv stale_evidence;
	const struct part_fact *part;
	size_t npart;
};

struct gate_facts {
	struct sv asset, partition;
	int64_t now_us;
	const char *catalog_hash;
	const struct gate_policy *policy;
	const struct input_fact *input;
	size_t ninput;
	const struct stored_override *override; /* one that was made for these versions; NULL = none */
	int64_t until_us; /* the first instant at which the clock alone makes other facts; TIME_NONE = never */
};

/* Pure. */
void gate_judge(struct arena *a, const struct gate_facts *f, struct decision *ret);
/*
 * Did it fail in a way that closes gates?  A check that may only warn, but was declared blocking, closes them
 * too.
 */
bool check_blocks(bool blocking, enum severity severity, enum outcome outcome);

/* Tells f what lay there in an earlier look. */
void gate_note_moves(struct arena *a, const struct gate_facts *before, struct gate_facts *f);

/* Verdicts on a version.  accept_us: how old a pass on another version may be, 0 = not at all. */
MUST_CHECK bool gate_check_facts(struct store *s, struct arena *a, const struct checks *checks, struct sv key,
                                 struct part_fact *part, int64_t now_us, int64_t accept_us, struct err *err);
/* external.c: the last word of others on what lies there, waivers aside. */
MUST_CHECK bool gate_external_facts(struct store *s, struct arena *a, struct sv key,
                                    const struct part_fact *part, struct check_fact **ret, size_t *n,
                                    struct err *err);
/* Follows what is on record of how a partition was made.  identify: for checks that are met on the way; NULL = all are identified. */
MUST_CHECK bool gate_taints(struct store *s, struct arena *a, const struct catalog *c,
                            const struct checks *checks, struct sv key, struct part_fact *part,
                            int64_t now_us, int64_t until_us, struct workspace *identify, struct err *err);
/*
 * Looks at everything.  What cannot be told of an input is in its facts; false if the gate's own partition is
 * wrong.
 */
MUST_CHECK bool gate_collect(struct workspace *w, const struct asset *asset, const struct gate_request *r,
                             struct gate_facts *ret, struct err *err);

/* What an override is bound to: the versions of all inputs. */
struct sv gate_fingerprint(struct arena *a, const struct gate_facts *f);
/* Sets f->override to one that is on record for these versions, if any. */
MUST_CHECK bool gate_find_override(struct workspace *w, struct gate_facts *f, struct err *err);
MUST_CHECK bool gate_add_override(struct workspace *w, const struct gate_request *r, struct gate_facts *f,
                                  struct err *err);

#endif
