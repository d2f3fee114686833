/* What checks compare with, which a service elsewhere knows. */
#ifndef WEIR_CMD_REMOTE_PAST_H
#define WEIR_CMD_REMOTE_PAST_H

#include "cmd/remote.h"
#include "cmd/workspace.h"
#include "run/past_copy.h"

/* Of one asset; text as of --partition.  That it could not be fetched is in the copy: checks that ask for it end in that error. */
void remote_past_of(struct remote *r, struct arena *a, const struct asset *asset, struct sv text,
                    struct past_copy *ret);
/* Of all that are selected and have checks that ask: into the workspace. */
void remote_past(struct remote *r, struct opened *w, const struct selection *s, struct sv text);

#endif
