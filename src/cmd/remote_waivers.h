/* Waivers that a service keeps. */
#ifndef WEIR_CMD_REMOTE_WAIVERS_H
#define WEIR_CMD_REMOTE_WAIVERS_H

#include "cmd/remote.h"
#include "store/waiver.h"

/* Newest first; in_force: only those. */
MUST_CHECK bool remote_waivers(struct remote *r, struct arena *a, bool in_force, struct waiver **ret,
                               size_t *n, struct err *err);
/* The key `waivers` of an answer, if it is there. */
MUST_CHECK bool remote_waivers_read(struct arena *a, struct sv json, struct waiver **ret, size_t *n,
                                    bool *has, struct err *err);
/* All of them or none. */
MUST_CHECK bool remote_waive(struct remote *r, struct arena *a, const struct waiver *like,
                             const struct sv *check, size_t n, struct err *err);
MUST_CHECK bool remote_end_waivers(struct remote *r, struct arena *a, struct sv check, struct err *err);

#endif
