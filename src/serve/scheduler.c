#include "serve/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "alert/alert.h"
#include "base/log.h"
#include "run/kept_files.h"
#include "run/retention.h"
#include "serve/agenda.h"
#include "serve/courier.h"
#include "serve/keeper.h"
#include "serve/scheduler_internal.h"
#include "store/symptom.h"
#include "store/upkeep.h"

/* Told in one transaction; of more than these the rest comes in the next turn, so that nobody waits long for the keeper. */
enum { WATCH_MAX = 1000 };
/* What becomes late at about the same time is told together: then its cause is known, too. */
#define GATHER_US INT64_C(250000)
/* What was never seen, and comes by itself if it comes, may be on its way while a service is starting: it is not missed until then. */
#define AWAIT_US (30 * US_PER_S)

/* Deadlines ----------------------------------------------------------------------------------------------------- */

static struct told
told_now(const struct scheduler *c, uint32_t asset)
{
	const struct fresh_brief *b = board_card(c->s->board, asset)->brief;

	return (struct told){
		.fresh = b->fresh == FRESH_NONE ? FRESH_PASS : b->fresh,
		.stale = b->stale == STALE_STALE,
		.failing = b->failing,
	};
}

static bool
same_told(struct told a, struct told b)
{
	return a.fresh == b.fresh && a.stale == b.stale && a.failing == b.failing;
}

static bool
is_awaited(const struct scheduler *c, uint32_t asset)
{
	return c->awaiting && told_now(c, asset).fresh == FRESH_UNKNOWN &&
	       !asset_is_seen(&c->s->project->catalog->asset[asset]);
}

void
scheduler_note(struct scheduler *c, uint32_t asset)
{
	struct duty *d = &c->duty[asset];

	if (d->unseen || d->untold || is_awaited(c, asset) || same_told(d->told, told_now(c, asset)))
		return;
	d->untold = true;
	c->untold[c->nuntold++] = asset;
}

/* The first n of those that are not told yet. */
static bool
keep_watch(struct scheduler *c, struct arena *a, size_t n, struct err *err)
{
	struct workspace w = service_workspace(c->s, a);
	struct asset_result *result = ARENA_ARRAY(a, struct asset_result, n);
	struct report rep;
	int64_t start_ns;

	run_begin(&w, "watch", &rep, &start_ns);
	for (size_t i = 0; i < n; i++) {
		const struct card *card = board_card(c->s->board, c->untold[i]);
		struct asset_result *r = &result[i];

		*r = (struct asset_result){
			.asset = card->asset,
			.key = card->asset->key,
			.data_version = card->observed->version,
			.has_freshness = true,
			.has_staleness = true,
		};
		if (card->observed->failed)
			r->err = card->observed->err;
		board_tell(c->s->board, a, c->untold[i], &r->freshness, &r->staleness);
	}
	rep.asset = result;
	rep.nasset = n;
	run_end(&w, &rep, start_ns);
	return run_keep(&w, &rep, NULL, err);
}

void
scheduler_alerts_changed(struct scheduler *c)
{
	courier_wake(c->s->courier);
}

static int
upstream_first(const void *x, const void *y, void *ctx)
{
	const struct scheduler *c = ctx;
	const uint32_t a = c->duty[*(const uint32_t *)x].place, b = c->duty[*(const uint32_t *)y].place;

	return (a > b) - (a < b);
}

/*
 * All that is not told yet becomes one batch; what has become as it was before it was told of is left out.  What follows from something is told
 * after that, else it would have incidents of its own; and what changes meanwhile is told after the batch: a cause that ends before all that
 * follows from it is told would leave the rest without one.
 */
static void
begin_batch(struct scheduler *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nuntold; i++) {
		struct duty *d = &c->duty[c->untold[i]];

		d->untold = !same_told(d->told, told_now(c, c->untold[i]));
		if (d->untold)
			c->untold[n++] = c->untold[i];
	}
	c->nuntold = c->nbatch = n;
	if (n > WATCH_MAX)
		qsort_r(c->untold, n, sizeof(*c->untold), upstream_first, c);
}

static void
tell_slice(struct scheduler *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct duty *d = &c->duty[c->untold[i]];

		d->told = told_now(c, c->untold[i]);
		d->untold = false;
	}
	c->nbatch -= n;
	c->nuntold -= n;
	memmove(c->untold, c->untold + n, c->nuntold * sizeof(*c->untold));
}

static void watch(struct service *s, void *ctx);

static void
watch_at(struct scheduler *c, int64_t wait_us)
{
	c->watching = true;
	agenda_set(c->s->agenda, SV("watch"), clock_now_us(c->s->clock) + wait_us, watch, c);
}

/* What is not stored is not told: it is tried again until it is. */
static void
watch(struct service *s UNUSED, void *ctx)
{
	struct scheduler *c = ctx;
	AUTO(arena) a = arena_new();
	struct err err = {0};
	size_t n;

	c->watching = false;
	if (c->nbatch == 0)
		begin_batch(c);
	n = MIN(c->nbatch, (size_t)WATCH_MAX);
	if (n == 0)
		return;
	if (!keep_watch(c, a, n, &err)) {
		log_error("what became late or well again cannot be stored: %s", err.msg);
		watch_at(c, RETRY_US);
		return;
	}
	tell_slice(c, n);
	if (c->nuntold > 0)
		watch_at(c, 0);
	scheduler_alerts_changed(c);
}

static void
recall(struct scheduler *c, struct sv kind, struct sv key, struct sv partition, enum severity severity)
{
	static const struct {
		const char *kind;
		enum fresh_status fresh;
	} kinds[] = {{"late", FRESH_FAIL}, {"nearly_late", FRESH_WARN}, {"unknown_age", FRESH_UNKNOWN}};
	const struct asset *asset = service_asset(c->s, key);
	struct told *t = asset != NULL ? &c->duty[asset->index].told : NULL;

	if (t == NULL || partition.n > 0)
		return;
	for (size_t k = 0; k < LEN(kinds); k++)
		if (sv_is(kind, kinds[k].kind))
			t->fresh = kinds[k].fresh;
	if (sv_is(kind, "stale")) {
		t->stale = true;
		t->failing = severity == SEVERITY_CRITICAL;
	}
}

/* What was told before the start, by the incidents that are open and what follows from them. */
static bool
recall_told(struct scheduler *c, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct held_symptom *held;
	struct incident *open;
	size_t n;

	if (!store_open_incidents(c->s->store, a, &open, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		recall(c, open[i].kind, open[i].asset, open[i].partition, open[i].severity);
	if (!store_held_symptoms(c->s->store, a, &held, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		recall(c, held[i].symptom.kind, held[i].symptom.asset, held[i].symptom.partition,
		       held[i].symptom.severity);
	return true;
}

/* The clock ------------------------------------------------------------------------------------------------------ */

static void
expire(struct service *s, void *ctx UNUSED)
{
	keeper_follow(s);
}

void
scheduler_follow(struct scheduler *c, const uint32_t *changed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		scheduler_note(c, changed[i]);
	if (c->nuntold > 0 && !c->watching)
		watch_at(c, GATHER_US);
	scheduler_news(c);
	agenda_set(c->s->agenda, SV("freshness"), board_next_us(c->s->board), expire, NULL);
}

static void
await_no_more(struct service *s UNUSED, void *ctx)
{
	struct scheduler *c = ctx;

	c->awaiting = false;
	for (uint32_t i = 0; i < c->n; i++)
		scheduler_note(c, i);
	scheduler_follow(c, NULL, 0);
}

/* Upkeep --------------------------------------------------------------------------------------------------------- */

#define PRUNE_SLICE_NS INT64_C(200000000)

static void
prune(struct service *s, void *ctx)
{
	AUTO(arena) a = arena_new();
	struct workspace w = service_workspace(s, a);
	struct err err = {0};
	struct pruned done = {0};
	struct prune p;
	int64_t wait_us = US_PER_DAY;

	run_identify(&w);
	run_retention(&w, &p);
	p.deadline_ns = clock_mono_ns() + PRUNE_SLICE_NS;
	if (!store_prune(s->store, &p, &done, &err))
		log_warn("old records were not pruned: %s", err.msg);
	else if (!done.complete)
		wait_us = US_PER_S;
	if (wait_us == US_PER_DAY && store_folder(s->store, a) != NULL)
		(void)run_prune_kept(&w, arena_printf(a, "%s/kept", store_folder(s->store, a)), false);
	agenda_set(s->agenda, SV("prune"), clock_now_us(s->clock) + wait_us, prune, ctx);
}

/* Start and end -------------------------------------------------------------------------------------------------- */

static bool
fill(struct scheduler *c, bool start, struct err *err)
{
	c->n = c->s->project->catalog->nasset;
	c->generation++;
	c->duty = xcalloc(MAX(c->n, (size_t)1), sizeof(*c->duty));
	c->untold = xcalloc(MAX(c->n, (size_t)1), sizeof(*c->untold));
	c->looked = xcalloc(MAX(c->n, (size_t)1), sizeof(*c->looked));
	c->nuntold = c->nbatch = c->nlooked = 0;
	c->watching = false;
	for (uint32_t i = 0; i < c->n; i++)
		c->duty[c->s->project->catalog->topo[i]].place = i;
	if (!recall_told(c, err))
		return false;
	scheduler_duties(c);
	if (!schedules_begin(c, start, err))
		return false;
	if (start)
		c->await_until_us = clock_now_us(c->s->clock) + AWAIT_US;
	/* A reload makes it no longer. */
	c->awaiting = clock_now_us(c->s->clock) < c->await_until_us;
	if (c->awaiting)
		agenda_set(c->s->agenda, SV("await"), c->await_until_us, await_no_more, c);
	for (uint32_t i = 0; i < c->n; i++)
		scheduler_note(c, i);
	scheduler_alerts_changed(c);
	agenda_set(c->s->agenda, SV("prune"), clock_now_us(c->s->clock) + US_PER_MIN, prune, c);
	scheduler_follow(c, NULL, 0);
	return true;
}

static void
empty(struct scheduler *c)
{
	free(STEAL(c->duty));
	free(STEAL(c->untold));
	free(STEAL(c->looked));
}

bool
scheduler_open(struct service *s, struct scheduler **ret, struct err *err)
{
	struct scheduler *c = xcalloc(1, sizeof(*c));

	c->s = s;
	if (!fill(c, true, err)) {
		scheduler_close(c);
		return false;
	}
	*ret = c;
	return true;
}

void
scheduler_close(struct scheduler *c)
{
	if (c == NULL)
		return;
	schedules_save(c);
	empty(c);
	free(c);
}

void
scheduler_retire(struct scheduler *c)
{
	schedules_save(c);
	scheduler_undo_duties(c);
	empty(c);
	c->generation++;
	c->n = c->nuntold = c->nbatch = c->nlooked = c->ticks_unsaved = 0;
}

bool
scheduler_reload(struct scheduler *c, struct err *err)
{
	return fill(c, false, err);
}
