#include "serve/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "alert/alert.h"
#include "base/log.h"
#include "run/retention.h"
#include "serve/agenda.h"
#include "serve/courier.h"
#include "serve/keeper.h"
#include "serve/scheduler_internal.h"
#include "store/symptom.h"

/* Told in one transaction; of more than these the rest comes in the next turn, so that nobody waits long for the keeper. */
enum { WATCH_MAX = 1000 };

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

void
scheduler_note(struct scheduler *c, uint32_t asset)
{
	struct duty *d = &c->duty[asset];

	if (d->unseen || d->untold || same_told(d->told, told_now(c, asset)))
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

static void retry_watch(struct service *s, void *ctx);

static int
upstream_first(const void *x, const void *y, void *ctx)
{
	const struct scheduler *c = ctx;
	const uint32_t a = c->duty[*(const uint32_t *)x].place, b = c->duty[*(const uint32_t *)y].place;

	return (a > b) - (a < b);
}

/* What follows from something is told after that, else it would have incidents of its own. */
static void
sort_untold(struct scheduler *c)
{
	if (c->nuntold > WATCH_MAX)
		qsort_r(c->untold, c->nuntold, sizeof(*c->untold), upstream_first, c);
}

/* What is not stored is not told: it is tried again until it is. */
static void
watch(struct scheduler *c)
{
	AUTO(arena) a = arena_new();
	const size_t n = MIN(c->nuntold, (size_t)WATCH_MAX);
	struct err err = {0};

	if (n == 0)
		return;
	sort_untold(c);
	if (!keep_watch(c, a, n, &err)) {
		log_error("what became late or well again cannot be stored: %s", err.msg);
		agenda_set(c->s->agenda, SV("watch again"), clock_now_us(c->s->clock) + RETRY_US, retry_watch,
		           c);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct duty *d = &c->duty[c->untold[i]];

		d->told = told_now(c, c->untold[i]);
		d->untold = false;
	}
	c->nuntold -= n;
	memmove(c->untold, c->untold + n, c->nuntold * sizeof(*c->untold));
	if (c->nuntold > 0)
		agenda_set(c->s->agenda, SV("watch again"), clock_now_us(c->s->clock), retry_watch, c);
	scheduler_alerts_changed(c);
}

static void
retry_watch(struct service *s UNUSED, void *ctx)
{
	watch(ctx);
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
	watch(c);
	scheduler_news(c);
	agenda_set(c->s->agenda, SV("freshness"), board_next_us(c->s->board), expire, NULL);
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
	c->nuntold = c->nlooked = 0;
	for (uint32_t i = 0; i < c->n; i++)
		c->duty[c->s->project->catalog->topo[i]].place = i;
	if (!recall_told(c, err))
		return false;
	scheduler_duties(c);
	if (!schedules_begin(c, start, err))
		return false;
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
	c->n = c->nuntold = c->nlooked = c->ticks_unsaved = 0;
}

bool
scheduler_reload(struct scheduler *c, struct err *err)
{
	return fill(c, false, err);
}
