/* What the commands of upkeep share, and what the nightly job does at its end. */
#ifndef WEIR_CMD_UPKEEP_H
#define WEIR_CMD_UPKEEP_H

#include "cmd/workspace.h"
#include "run/retention.h"
#include "store/upkeep.h"

/* Prunes for at most a short while after an audit; a failure is logged, as the audit is done. */
void upkeep_after_audit(struct opened *w);

/* Remarks for people or as JSON, and the exit status: 3 when something is broken, 1 for warnings if `strict`. */
int upkeep_remarks(struct options *o, const struct opened *w, const struct remarks *r, bool strict);

#endif
