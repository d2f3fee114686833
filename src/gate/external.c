/* Checks that others made and told of: they count in gates beside the declared ones, and never instead of them. */
#include "gate/facts.h"

/*
 * Is it about what lies there?  A verdict on another version is not.  Where a version is not known, it is until something is made anew: a
 * failure must not be forgotten only since nobody told a version.
 */
static bool
is_of(struct store *s, struct arena *a, struct sv key, const struct part_fact *part,
      const struct stored_verdict *v, bool *ret, struct err *err)
{
	struct event made;
	bool found;

	if (v->version.n > 0 && part->version.n > 0) {
		*ret = sv_eq(v->version, part->version);
		return true;
	}
	if (!store_last_event(s, a, key, part->partition, EVENT_MATERIALIZED, INT64_MAX, &made, &found, err))
		return false;
	*ret = !found || v->at_us == TIME_NONE || made.at_us <= v->at_us;
	return true;
}

bool
gate_external_facts(struct store *s, struct arena *a, struct sv key, const struct part_fact *part,
                    struct check_fact **ret, size_t *n, struct err *err)
{
	LIST(struct check_fact) list = {0};
	struct stored_verdict *v;
	size_t nverdict;

	if (!store_external_verdicts(s, a, key, part->partition, &v, &nverdict, err))
		return false;
	for (size_t i = 0; i < nverdict; i++) {
		bool counts;

		if (!is_of(s, a, key, part, &v[i], &counts, err))
			return false;
		if (counts)
			*LIST_ADD(a, &list) = (struct check_fact){
				.id = v[i].check_id,
				.severity = v[i].severity,
				.blocking = v[i].blocking,
				.judged = true,
				.outcome = v[i].outcome,
				.message = v[i].message,
			};
	}
	*ret = list.v;
	*n = list.n;
	return true;
}
