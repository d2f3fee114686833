/* Waivers: a check's failure is put up with for a while, on record. */
#ifndef WEIR_STORE_WAIVER_H
#define WEIR_STORE_WAIVER_H

#include "store/store.h"

struct waiver {
	struct sv id;    /* ULID */
	struct sv check; /* the check's id */
	struct sv reason, who;
	int64_t from_us, until_us; /* until_us: exclusive */
	int64_t ended_us;          /* taken back before its time; TIME_NONE = not */
};

MUST_CHECK bool store_add_waiver(struct store *s, struct waiver *w, struct err *err);
/* Those in force at an instant, newest first; check empty = of all. */
MUST_CHECK bool store_waivers(struct store *s, struct arena *a, struct sv check, int64_t at_us,
                              struct waiver **ret, size_t *n, struct err *err);
/* All there ever were, newest first. */
MUST_CHECK bool store_list_waivers(struct store *s, struct arena *a, size_t max, struct waiver **ret,
                                   size_t *n, struct err *err);
/* Ends those in force on a check; *n: how many. */
MUST_CHECK bool store_end_waivers(struct store *s, struct sv check, int64_t at_us, int64_t *n,
                                  struct err *err);

#endif
