/* What a check would have said of the numbers on record: nothing is read but the state. */
#ifndef WEIR_RUN_BACKTEST_H
#define WEIR_RUN_BACKTEST_H

#include "run/run.h"

struct backtest_point {
	struct sv partition;
	int64_t at_us; /* of the run, or the beginning of the partition */
	double value;
	enum outcome outcome; /* as it would have been */
	bool learning;        /* too little was known then */
	struct sv message;
	bool flagged;  /* a check of this number failed or warned then */
	bool incident; /* a critical incident that is not about this number was open */
};

struct backtest {
	const struct check *check;
	struct sv metric;
	struct backtest_point *v; /* oldest first, by partition where each has a past of its own */
	size_t n;
	size_t alerts, in_incident,
		learning; /* alerts: failures and warnings; in_incident: of them, where either of the last two is set */
	size_t flagged;
};

/*
 * Each number on record since then (TIME_NONE = all) is judged by what came before it.  Points that the check itself would have flagged are
 * flagged for those that follow, whatever it said of them then; what other checks of the number said stays.  False with *err where the check's word does not follow from a number.
 */
MUST_CHECK bool run_backtest(const struct workspace *w, const struct asset *asset, const struct check *c,
                             int64_t since_us, struct backtest *ret, struct err *err);

#endif
