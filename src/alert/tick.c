/* What time alone makes due. */
#include "alert/due.h"
#include "alert/settle.h"

/* Whatever this does not foresee (a catalog that was changed) waits no longer. */
#define AT_LATEST_US US_PER_HOUR

struct ticking {
	struct workspace *w;
	struct routing routing;
	bool write; /* else only whether there is something */
	bool calm;  /* there is */
};

static bool
look(struct ticking *t, struct incident *v, size_t n, struct err *err)
{
	const struct flapping_decl *f = &t->w->catalog->alerts.flapping;
	const int64_t now_us = t->routing.teller.now_us;
	bool calm;

	for (size_t i = 0; i < n; i++) {
		t->calm = t->calm || (v[i].flapping && now_us >= calm_at(&v[i], f));
		if (t->write && !settle_calm(t->w, &v[i], now_us, &calm, err))
			return false;
		if (v[i].flapping)
			t->routing.next_us = MIN(t->routing.next_us, calm_at(&v[i], f));
		if (!routing_add(&t->routing, &v[i], false, err))
			return false;
	}
	if (n > 0)
		t->routing.next_us = MIN(t->routing.next_us, now_us + AT_LATEST_US);
	return true;
}

static bool
look_at_all(struct ticking *t, struct err *err)
{
	struct incident *open, *watched;
	size_t nopen, nwatched;

	return store_open_incidents(t->w->store, t->w->a, &open, &nopen, err) &&
	       store_watched_incidents(t->w->store, t->w->a, &watched, &nwatched, err) &&
	       routing_begin(t->w, NULL, &t->routing, err) && look(t, open, nopen, err) &&
	       look(t, watched, nwatched, err);
}

bool
alerts_tick(struct workspace *w, int64_t *next_us, struct err *err)
{
	struct ticking t = {.w = w};
	int64_t left_us;

	/* First, as what they become is told below. */
	if (!symptoms_left(w, &left_us, err) || !look_at_all(&t, err))
		return false;
	if (t.calm || t.routing.teller.telling.n > 0) {
		/* Once more where nobody else writes. */
		t = (struct ticking){.w = w, .write = true};
		if (!store_begin(w->store, err))
			return false;
		if (!look_at_all(&t, err) || !teller_write(&t.routing.teller, err)) {
			store_rollback(w->store);
			return false;
		}
		if (!store_commit(w->store, err))
			return false;
	}
	*next_us = MIN(t.routing.next_us, left_us);
	return true;
}
