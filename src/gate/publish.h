/*
 * Publishing: the command writes to a stage, the stage is judged, and only then it becomes the output, in one
 * step.  Who reads the output sees the old one or the new one, never a part; so does who comes after a crash.
 *
 * A publisher is a row of a table: files and folders are renamed, tables are swapped in a transaction.
 */
#ifndef WEIR_GATE_PUBLISH_H
#define WEIR_GATE_PUBLISH_H

#include "run/run.h"

struct publisher;

struct publishing {
	struct workspace *w;
	const struct asset *asset;
	const struct partition *p; /* NULL = the whole */
	const char *run_id;
	const struct publisher *publisher;
	/*
	 * The same project, but the asset lies in its stage: also checks that look at the asset itself look
	 * there.
	 */
	struct workspace staged;
	const struct asset *stage;
	const char *from, *to; /* paths, or names of tables */
	const char *database;  /* of tables */
	const char *lock_path;
	int lock; /* descriptor, inherited by the command; -1 = none */
};

struct publisher {
	bool (*fits)(const struct asset *asset);
	/* Names from, to and the lock; refuses what can be known to fail. */
	bool (*prepare)(struct publishing *p, struct err *err);
	/* Moves what an earlier run left in the stage out of the way; *aside is its new name, or NULL. */
	bool (*clear)(struct publishing *p, const char **aside, struct err *err);
	/*
	 * After the command: is there something, and of the right kind?  Makes it durable.  ERR_NOT_FOUND if
	 * there is nothing.
	 */
	bool (*settle)(struct publishing *p, struct err *err);
	/* A text that the data keeps when it is published, and that any writing changes. */
	bool (*identity)(struct publishing *p, bool staged, struct sv *ret, struct err *err);
	/* Sets *identity of what is published.  ERR_CHANGED unless the stage is what was judged. */
	bool (*swap)(struct publishing *p, struct sv judged, struct sv *identity, struct err *err);
};
extern const struct publisher publisher_file, publisher_sqlite;

/*
 * Takes the stage for this run: locked against others, and empty.  publish_end must follow, also when it
 * fails.
 */
MUST_CHECK bool publish_begin(struct workspace *w, const struct asset *asset,
                              const struct partition *partition, const char *run_id, struct publishing *ret,
                              const char **aside, struct err *err);
MUST_CHECK bool publish_settle(struct publishing *p, struct err *err);
/* Is the stage, in the version that was judged, still what lies there?  ERR_CHANGED if not. */
MUST_CHECK bool publish_unmoved(struct publishing *p, struct sv judged, struct err *err);
/*
 * Moves the stage into place.  *version is that of the asset afterwards; *proven says that it is of the very
 * data that was judged, so that its verdicts may be kept under that version.  After a failure the old output
 * is there.
 */
MUST_CHECK bool publish_swap(struct publishing *p, struct sv judged, struct sv *version, bool *proven,
                             struct err *err);
void publish_end(struct publishing *p);

#endif
