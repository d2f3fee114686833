/* What `weir gate` and `weir run` have in common: how the gate is asked. */
#ifndef WEIR_CMD_GATE_H
#define WEIR_CMD_GATE_H

#include "cmd/options.h"
#include "gate/gate.h"

enum { GATE_OPTIONS = 4 };
extern const struct option_def gate_options[GATE_OPTIONS];
/* From the command line; the asset is the first argument.  ERR_USAGE on mistakes. */
MUST_CHECK bool gate_request(struct options *o, struct gate_request *ret, struct err *err);

/* By names as the catalog (NULL = there is none) has them; what it does not know stays as it is. */
MUST_CHECK bool gate_usual_names(struct arena *a, const struct catalog *c, struct gate_request *r,
                                 struct err *err);

#endif
