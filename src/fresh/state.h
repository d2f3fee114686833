/*
 * Freshness and staleness of a whole catalog, kept up to date: after an event only what follows from it is judged again, and the clock
 * is asked only for what it changes.
 *
 * The state holds no words and no pointers into what was observed: statuses, times, and through which input an asset became stale.  An
 * asset's words are made when somebody asks (fresh_state_tell), which costs microseconds; so nothing grows over time.
 */
#ifndef WEIR_FRESH_STATE_H
#define WEIR_FRESH_STATE_H

#include "fresh/fresh.h"

struct fresh_state;

/* What is kept of one asset. */
struct fresh_brief {
	enum fresh_status fresh;
	enum stale_status stale;
	bool failing;     /* stale past fail_after */
	uint32_t root;    /* of a stale one: the asset where it began; else UINT32_MAX */
	uint64_t causes;  /* a hash of why it is stale; 0 = it is not */
	int64_t since_us; /* of its staleness; TIME_NONE = not known */
	/*
	 * From this instant on something of the above is different by the clock alone (or observed.changes_us has come: then the asset must
	 * be observed anew); TIME_NONE = never.
	 */
	int64_t changes_us;
};

/* The catalog must outlive it.  Nothing is known until fresh_state_all. */
struct fresh_state *fresh_state_new(const struct catalog *c);
void fresh_state_free(struct fresh_state *s); /* takes NULL */
DEFINE_CLEANUP(fresh_state, fresh_state_free)

/* Judges everything.  o[i] belongs to catalog->asset[i]. */
void fresh_state_all(struct fresh_state *s, const struct observed *o, int64_t now_us);
/*
 * Judges again what was observed anew since (dirty[0 .. n)), what the clock changed, and downstream of both for as far as anything is
 * different.  *changed: the assets whose brief is another (changes_us apart), upstream first; valid until the next update.  A clock that
 * went back has everything judged.
 */
void fresh_state_update(struct fresh_state *s, const struct observed *o, const uint32_t *dirty, size_t n,
                        int64_t now_us, const uint32_t **changed, size_t *nchanged);

const struct fresh_brief *fresh_state_brief(const struct fresh_state *s, uint32_t asset);
/*
 * All that fresh_all would say of one asset at now_us, in words, in the caller's arena; either result may be NULL.  o as at the last
 * update, now_us not before it and before any changes_us.
 */
void fresh_state_tell(const struct fresh_state *s, struct arena *a, const struct observed *o, uint32_t asset,
                      int64_t now_us, struct freshness *fresh, struct staleness *stale);

/* The earliest changes_us of all; TIME_NONE = never. */
int64_t fresh_state_next_us(const struct fresh_state *s);
/* The assets whose changes_us has come, in no order: to observe anew those with observed.changes_us <= now_us, before the update. */
void fresh_state_due(const struct fresh_state *s, struct arena *a, int64_t now_us, uint32_t **ret, size_t *n);

/* Orphans of the whole catalog from what is kept (untracked apart): for readers, not for every event. */
void fresh_state_orphans(const struct fresh_state *s, struct arena *a, const struct observed *o,
                         int64_t now_us, struct orphan **ret, size_t *n);

#endif
