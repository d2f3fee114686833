/* Gates that a service decides: asked so that nothing but its own, whole decision on this very asset opens one. */
#ifndef WEIR_CMD_REMOTE_GATE_H
#define WEIR_CMD_REMOTE_GATE_H

#include "cmd/remote.h"
#include "gate/gate.h"

/* The contract's JSON.  ERR_STORE unless it is a decision, whole and without contradictions, on this asset and partition. */
MUST_CHECK bool remote_gate_read(struct arena *a, struct sv json, const struct gate_request *asked,
                                 struct decision *ret, struct err *err);
/*
 * As gate_decide; r->asset and r->partition in their usual spelling if a catalog is at hand.  An override is recorded there.  ERR_STORE:
 * nobody decided.
 */
MUST_CHECK bool remote_gate(struct remote *r, struct arena *a, const struct gate_request *asked,
                            struct decision *ret, struct err *err);
/* What is decided where nobody did and no catalog is at hand: block, with the reason `undecided`. */
void remote_gate_undecided(struct arena *a, const struct gate_request *asked, const struct err *why,
                           struct decision *ret);

#endif
