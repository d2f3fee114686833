/* A first weir.yaml, commented for somebody who has never seen one. */
#ifndef WEIR_RUN_STARTER_H
#define WEIR_RUN_STARTER_H

#include "run/discover.h"
#include "run/profile.h"

/* An asset to be: what was found, and what it looks like. */
struct starter_asset {
	const struct found *found;
	bool profiled;
	struct profile profile;
	const struct suggestion *suggestion;
	size_t nsuggestion;
};

/* now_us: the ages in comments are counted from it.  Without assets it is a starter that only explains. */
void starter_yaml(struct sv project, const struct starter_asset *asset, size_t n, int64_t now_us,
                  struct buf *b);

#endif
