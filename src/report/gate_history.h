/*
 * What gates did in a time, by check, and what of it was later proved false: `weir report gates` and GET /v1/reports/gates.
 *
 * Counted are cases: one gate (with its partition), one version of one input, one check; however often it was asked for.
 *
 *	blocks         the check's failure (or error) on the version closed the gate, or would have in shadow mode
 *	blocks_false   of these: a later run of the check on the same version passed
 *	overridden     somebody let the version through all the same
 *	waived         the failure was put up with
 *	blocks_needless  of both: the output that was made from that version next had verdicts, and all its blocking checks passed
 *	allows_false   the gate was open on the version, and the check failed on that very version later, in a way that closes gates
 */
#ifndef WEIR_REPORT_GATE_HISTORY_H
#define WEIR_REPORT_GATE_HISTORY_H

#include "base/json.h"
#include "report/text.h"
#include "store/store.h"

struct check_tally {
	struct sv check;
	int64_t blocks, blocks_false, overridden, waived, blocks_needless, allows_false;
};

struct gate_tally {
	struct sv asset;
	int64_t allow, block; /* decisions, as they were enforced */
	int64_t shadow;       /* of allow: shadow mode kept it from blocking */
	int64_t overridden;   /* decisions */
	int64_t answers;      /* how often anything was answered */
};

struct gate_history {
	int64_t since_us, until_us;      /* TIME_NONE = open */
	const struct check_tally *check; /* most blocks first */
	size_t ncheck;
	const struct gate_tally *gate; /* most answers first */
	size_t ngate;
	bool cut; /* there are more decisions than were read: the newest were */
};
enum { GATE_HISTORY_MAX = 200000 };

MUST_CHECK bool gate_history(struct store *s, struct arena *a, int64_t since_us, int64_t until_us,
                             struct gate_history *ret, struct err *err);
void gate_history_json(const struct gate_history *h, struct json_writer *w);
void gate_history_text(const struct gate_history *h, struct buf *b);

#endif
