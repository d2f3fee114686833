/*
 * A copy of what the checks of an asset ask of its past, for those who judge where the state is not: children of the service, and `--server`.
 *
 * Which questions there are is known before the data is (past_ask), but not its version, and not always its partitions; so an answer has
 * all that is needed to leave out what is of the data at hand.  A question that is not in the copy is an error, never an empty past.
 */
#ifndef WEIR_RUN_PAST_COPY_H
#define WEIR_RUN_PAST_COPY_H

#include "expect/past.h"
#include "run/run.h"
#include "store/past.h"
#include "store/points.h"
#include "store/sketch.h"

/* Of one partition, or of the whole asset. */
struct past_answer {
	struct sv partition;
	const struct metric_point *point; /* of points, as the store has them */
	size_t npoint;
	double number; /* of PAST_LAST_GOOD; NaN = none */
	/* of PAST_RESULT: the newest one, and the newest that is of other data than that */
	const struct past_observation *seen;
	size_t nseen;
	/* of PAST_SKETCH: the newest, and the newest of other data than that; of PAST_SKETCHES those that may be meant */
	const struct stored_sketch *sketch;
	size_t nsketch;
};

struct past_record {
	enum past_kind kind;
	struct sv name;
	bool good;
	const struct past_answer *answer; /* who is not in it has no past */
	size_t n;
	struct err err; /* set: it cannot be told */
};

struct past_copy {
	struct sv asset;
	struct sv partition; /* it is of this one alone; empty: of all, and of the whole */
	const struct past_record *record;
	size_t n;
	struct err err; /* set: there is no copy, and this is why */
};

/*
 * Reads it from the workspace's store.  text: the partitions that are going to be judged, as run_partitions takes them.  What would be too much
 * to hand over is an error of its record alone; false is for the store.
 */
MUST_CHECK bool past_copy_make(struct workspace *w, const struct asset *asset, const struct check *const *c,
                               size_t n, struct sv text, struct past_copy *ret, struct err *err);
/* Do any checks of an asset ask? */
bool past_copy_wanted(struct arena *a, const struct asset *asset, const struct checks *c);

#endif
