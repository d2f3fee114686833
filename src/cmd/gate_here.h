/*
 * Gates of a service, asked by a machine that sees data itself: what lies here is what will be read, whatever the service has judged.
 */
#ifndef WEIR_CMD_GATE_HERE_H
#define WEIR_CMD_GATE_HERE_H

#include "cmd/remote_gate.h"
#include "cmd/workspace.h"
#include "gate/facts.h"

struct gate_here {
	struct opened *w; /* with a state in memory */
	struct remote *service;
	const struct asset *asset;
	bool elsewhere; /* only inputs that the service does not see */
};

/* Is there something to compare?  What is told to the service, or lies on other machines, is its to know. */
bool gate_is_here(const struct input_fact *in, const struct part_fact *part);
/*
 * Asks the service, naming the versions that lie here; where it has judged others, the reason `changed` is added.  Sets the request's
 * names.
 */
MUST_CHECK bool gate_here(const struct gate_here *g, struct gate_request *r, struct decision *ret,
                          struct err *err);

#endif
