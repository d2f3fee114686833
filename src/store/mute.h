/* Mutes: for a while nobody is told of certain incidents, on record. */
#ifndef WEIR_STORE_MUTE_H
#define WEIR_STORE_MUTE_H

#include "store/store.h"

struct mute {
	struct sv id;    /* ULID */
	struct sv match; /* conditions, one a line: "asset=raw/orders" (alert/match.h) */
	struct sv reason, who;
	int64_t from_us, until_us; /* until_us: exclusive */
	int64_t ended_us;          /* taken back before its time; TIME_NONE = not */
};

MUST_CHECK bool store_add_mute(struct store *s, struct mute *m, struct err *err);
/* Those in force at an instant, newest first. */
MUST_CHECK bool store_mutes(struct store *s, struct arena *a, int64_t at_us, struct mute **ret, size_t *n,
                            struct err *err);
/* All there ever were, newest first. */
MUST_CHECK bool store_list_mutes(struct store *s, struct arena *a, size_t max, struct mute **ret, size_t *n,
                                 struct err *err);
/* Those whose ids begin so (in any case), at most max. */
MUST_CHECK bool store_mutes_named(struct store *s, struct arena *a, struct sv prefix, size_t max,
                                  struct mute **ret, size_t *n, struct err *err);
/* *ended: it was in force, and is no longer. */
MUST_CHECK bool store_end_mute(struct store *s, struct sv id, int64_t at_us, bool *ended, struct err *err);

#endif
