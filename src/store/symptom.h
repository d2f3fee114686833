/*
 * Symptoms: what follows from an incident, all of it, however much that is.
 *
 *	the incident is open      its symptoms are what follows from it now; what is well again, or follows from something else, is taken out
 *	it is resolved            they are what followed from it to the end.  Those of which nobody has said yet what became of them are `left`
 *
 * How many there are stands in the incident (incident.symptoms), and is its owner's to keep.
 */
#ifndef WEIR_STORE_SYMPTOM_H
#define WEIR_STORE_SYMPTOM_H

#include "store/incident.h"

/* One of an incident's. */
struct held_symptom {
	struct sv incident; /* its id */
	struct symptom symptom;
};

/* Adds it, or overwrites the one of the same kind, asset, partition and check. */
MUST_CHECK bool store_put_symptom(struct store *s, struct sv incident, const struct symptom *v,
                                  struct err *err);
MUST_CHECK bool store_drop_symptom(struct store *s, struct sv incident, const struct symptom *v,
                                   struct err *err);
/* It is known what became of it: it stays as something that was, and is not `left` any more. */
MUST_CHECK bool store_settle_symptom(struct store *s, struct sv incident, const struct symptom *v,
                                     struct err *err);
/* Of an incident that is opened again: what was is forgotten; *n: how many are left. */
MUST_CHECK bool store_renew_symptoms(struct store *s, struct sv incident, int64_t *n, struct err *err);

MUST_CHECK bool store_count_symptoms(struct store *s, struct sv incident, int64_t *ret, struct err *err);

/* Of one asset, which follow from open incidents, or are left of resolved ones. */
MUST_CHECK bool store_asset_symptoms(struct store *s, struct arena *a, struct sv asset,
                                     struct held_symptom **ret, size_t *n, struct err *err);
/* The same of all assets. */
MUST_CHECK bool store_held_symptoms(struct store *s, struct arena *a, struct held_symptom **ret, size_t *n,
                                    struct err *err);
/* Of one incident, by asset, partition, kind and check; from behind `after` on (NULL = from the first). */
MUST_CHECK bool store_symptoms(struct store *s, struct arena *a, struct sv incident,
                               const struct symptom *after, size_t max, struct symptom **ret, size_t *n,
                               struct err *err);
/* Those that are left, of any partition and in any order. */
MUST_CHECK bool store_symptoms_left(struct store *s, struct arena *a, struct sv incident, size_t max,
                                    struct symptom **ret, size_t *n, struct err *err);
/* The worst severity among them; *ret stays as it is where there are none. */
MUST_CHECK bool store_worst_symptom(struct store *s, struct sv incident, enum severity *ret, struct err *err);

#endif
