/* Of each schedule the tick that was carried out last, so that one that was missed is known. */
#ifndef WEIR_STORE_TICK_H
#define WEIR_STORE_TICK_H

#include "store/store.h"

struct tick {
	struct sv asset;
	struct sv schedule; /* as it is written, with its zone: another one has ticks of its own */
	int64_t at_us;      /* all up to then are done with */
};

/* All of the environment. */
MUST_CHECK bool store_ticks(struct store *s, struct arena *a, struct tick **ret, size_t *n, struct err *err);
/* In the place of what was there of the asset. */
MUST_CHECK bool store_put_tick(struct store *s, const struct tick *t, struct err *err);

#endif
