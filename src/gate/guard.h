/*
 * The pure part of `weir run`: what became of the inputs while the command ran, and what is therefore on
 * record about how the output was made.
 *
 *	gate -- versions --> command --> look again -- moves --> checks --> publish --> event, verdicts
 */
#ifndef WEIR_GATE_GUARD_H
#define WEIR_GATE_GUARD_H

#include "gate/facts.h"

/* An input, or a partition of it, that is not what the gate judged any more. */
struct guard_move {
	struct sv upstream, partition;
	struct sv had, now; /* versions; empty = none is known */
	enum gate_effect effect;
};

/*
 * Compares what the gate judged with a later look; one move for each partition that came, went or is another.
 */
void guard_moves(struct arena *a, const struct decision *judged, const struct gate_facts *now,
                 struct guard_move **ret, size_t *n);
enum gate_effect guard_worst(const struct guard_move *move, size_t n);

/*
 * The inputs of the materialization.  Nobody knows which version of a moved one was read: first comes a
 * version that no input ever has, so that the output reads as stale, then both that it may have been, so that
 * a failure of either taints it.
 */
void guard_inputs(struct arena *a, const struct decision *judged, const struct guard_move *move, size_t nmove,
                  const char *run_id, struct event_input **ret, size_t *n);

/* What the blocking checks of an output say, waivers applied; an output that cannot be read is an error. */
struct guard_verdict {
	size_t failed, errors;
};
struct guard_verdict guard_judge(const struct asset_result *r, size_t n);

#endif
