/* Looks at data, and checks of new versions: work for the workshop. */
#include <stdlib.h>

#include "base/log.h"
#include "serve/agenda.h"
#include "serve/scheduler_internal.h"

enum {
	LOOKS_MAX = 64,    /* routine looks that are under way; who does not come to an end does not add up */
	SWEEP_SLICE = 200, /* assets looked through at once for versions without verdicts */
};
/* What has not been looked at by then is told of by what is known: one that hangs must not hide that it is late. */
#define UNSEEN_US (30 * US_PER_S)
#define LOOK_GAP_MIN_US INT64_C(2000)
#define FIRST_LOOK_GAP_US INT64_C(20000) /* the first round goes faster */

static void
order_ended(struct service *s UNUSED, const struct work *work UNUSED, void *ctx UNUSED)
{
}

bool
scheduler_order(struct scheduler *c, const struct work_order *o,
                void (*done)(struct service *s, const struct work *work, void *ctx))
{
	struct err err = {0};
	struct sv id;

	if (workshop_order(c->s->workshop, o, done, (void *)c->generation, &id, &err))
		return true;
	log_warn("%s of '" SV_FMT "' has to wait: %s",
	         o->kind == WORK_PROBE ? "a look at the data" : "a check",
	         SV_ARG(c->s->project->catalog->asset[o->asset].key), err.msg);
	return false;
}

/* Looks ---------------------------------------------------------------------------------------------------------- */

static void
look_ended(struct service *s, const struct work *work, void *ctx)
{
	struct scheduler *c = s->scheduler;

	if ((uintptr_t)ctx != c->generation)
		return;
	c->duty[work->order.asset].looking = false;
	c->looking--;
	if (c->duty[work->order.asset].unseen) {
		c->duty[work->order.asset].unseen = false;
		scheduler_note(c, work->order.asset);
		scheduler_follow(c, NULL, 0);
	}
}

static void
see_all(struct service *s UNUSED, void *ctx)
{
	struct scheduler *c = ctx;

	for (uint32_t i = 0; i < c->n; i++)
		if (c->duty[i].unseen) {
			c->duty[i].unseen = false;
			scheduler_note(c, i);
		}
	scheduler_follow(c, NULL, 0);
}

/* Between two looks, so that each asset has its turn once in the time that the catalog says. */
static int64_t
look_gap_us(const struct scheduler *c)
{
	const int64_t gap = c->s->project->catalog->service.probe_every_us / (int64_t)c->nlooked;

	return c->first_round ? MIN(gap, FIRST_LOOK_GAP_US) : gap;
}

static void look_next(struct service *s, void *ctx);

static void
look_again_at(struct scheduler *c, int64_t wait_us)
{
	agenda_set(c->s->agenda, SV("look"), clock_now_us(c->s->clock) + wait_us, look_next, c);
}

static void
look_one(struct scheduler *c)
{
	const uint32_t asset = c->looked[c->next_look];
	struct duty *d = &c->duty[asset];
	const struct work_order o = {
		.kind = WORK_PROBE, .priority = WORK_ROUTINE, .asset = asset, .why = SV("routine")};

	if (++c->next_look == c->nlooked) {
		c->next_look = 0;
		c->first_round = false;
	}
	/* One that has not come back yet is not asked again, and keeps nobody else waiting. */
	if (d->looking || !scheduler_order(c, &o, look_ended))
		return;
	d->looking = true;
	c->looking++;
}

static void
look_next(struct service *s UNUSED, void *ctx)
{
	struct scheduler *c = ctx;
	const int64_t gap_us = look_gap_us(c);
	const int64_t each = gap_us < LOOK_GAP_MIN_US ? LOOK_GAP_MIN_US / MAX(gap_us, 1) : 1;

	for (int64_t i = 0; i < each && c->looking < LOOKS_MAX; i++)
		look_one(c);
	look_again_at(c, MAX(gap_us, LOOK_GAP_MIN_US));
}

/* New versions --------------------------------------------------------------------------------------------------- */

static bool
has_checks(const struct checks *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].enabled && !all->v[i].implicit)
			return true;
	return false;
}

/* Does each check have a verdict on this version? */
static bool
is_checked(struct scheduler *c, struct arena *a, uint32_t asset, struct sv partition, struct sv version,
           bool *ret, struct err *err)
{
	const struct checks *all = &c->s->project->checks[asset];
	struct stored_verdict *v;
	size_t n;

	*ret = version.n > 0;
	if (version.n == 0)
		return true;
	if (!store_verdicts(c->s->store, a, c->s->project->catalog->asset[asset].key, partition, version, &v,
	                    &n, err))
		return false;
	for (size_t i = 0; i < all->n && *ret; i++) {
		bool found = !all->v[i].enabled;

		for (size_t k = 0; k < n && !found; k++)
			found = sv_eq(v[k].check_hash, check_identity(&all->v[i]));
		*ret = found;
	}
	return true;
}

static bool
checks_itself(const struct scheduler *c, uint32_t asset)
{
	const struct asset *as = &c->s->project->catalog->asset[asset];

	return c->s->workshop != NULL && as->schedule.on == ON_NEW_VERSION && asset_is_seen(as) &&
	       has_checks(&c->s->project->checks[asset]);
}

/* False if it has to be tried again later. */
static bool
check_version(struct scheduler *c, uint32_t asset, struct sv partition)
{
	AUTO(arena) a = arena_new();
	const struct observed *o = board_card(c->s->board, asset)->observed;
	const struct sv version = observed_version(o, partition);
	const struct work_order work = {.kind = WORK_CHECK,
	                                .priority = WORK_ON_EVENT,
	                                .asset = asset,
	                                .partition = partition,
	                                .why = SV("new version")};
	struct err err = {0};
	bool checked;

	if (!checks_itself(c, asset) || (o->stored && !o->exists))
		return true;
	if (!is_checked(c, a, asset, partition, version, &checked, &err)) {
		log_error("what was checked cannot be read: %s", err.msg);
		return false;
	}
	return checked || scheduler_order(c, &work, order_ended);
}

/* So many at once that they are not told one by one: those without verdicts. */
static bool
check_partitions(struct scheduler *c, uint32_t asset)
{
	const struct observed *o = board_card(c->s->board, asset)->observed;
	bool fine = true;

	for (size_t i = 0; i < o->npartition && fine; i++)
		if (o->partition[i].version.n > 0)
			fine = check_version(c, asset, o->partition[i].key);
	return fine;
}

static bool
check_news(struct scheduler *c, uint32_t asset, struct sv partition)
{
	if (partition.n == 0 && c->s->project->catalog->asset[asset].ndim > 0)
		return check_partitions(c, asset);
	return check_version(c, asset, partition);
}

/* All assets, some at a time: what came while the service was not there, or could not be queued. */
static void
sweep(struct service *s, void *ctx)
{
	struct scheduler *c = ctx;
	uint32_t end = (uint32_t)MIN((size_t)c->next_sweep + SWEEP_SLICE, c->n);
	int64_t wait_us = 0;

	for (; c->next_sweep < end; c->next_sweep++) {
		const struct observed *o = board_card(s->board, c->next_sweep)->observed;

		/* What was never seen is checked when it is. */
		if ((o->version.n > 0 || o->npartition > 0) &&
		    !check_news(c, c->next_sweep, (struct sv){0})) {
			wait_us = RETRY_US;
			break;
		}
	}
	if (c->next_sweep < c->n)
		agenda_set(s->agenda, SV("sweep"), clock_now_us(s->clock) + wait_us, sweep, c);
}

static void
sweep_again(struct scheduler *c, int64_t wait_us)
{
	c->next_sweep = 0;
	agenda_set(c->s->agenda, SV("sweep"), clock_now_us(c->s->clock) + wait_us, sweep, c);
}

void
scheduler_news(struct scheduler *c)
{
	size_t n;
	const struct news *news = board_news(c->s->board, &n);

	for (size_t i = 0; i < n; i++)
		if (!check_news(c, news[i].asset, news[i].partition)) {
			sweep_again(c, RETRY_US);
			return;
		}
}

/* Start and end -------------------------------------------------------------------------------------------------- */

void
scheduler_duties(struct scheduler *c)
{
	const struct catalog *catalog = c->s->project->catalog;

	c->next_look = 0;
	c->looking = 0;
	c->first_round = true;
	if (c->s->workshop == NULL)
		return;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct asset *asset = &catalog->asset[i];

		if (!asset_is_seen(asset))
			continue;
		c->looked[c->nlooked++] = i;
	}
	schedules_set(c);
	sweep_again(c, 0);
	if (c->nlooked == 0 || catalog->service.probe_every_us == 0)
		return;
	for (size_t i = 0; i < c->nlooked; i++)
		c->duty[c->looked[i]].unseen = board_card(c->s->board, c->looked[i])->looked_us == TIME_NONE;
	look_again_at(c, 0);
	agenda_set(c->s->agenda, SV("see all"),
	           clock_now_us(c->s->clock) + MAX(UNSEEN_US, 2 * (int64_t)c->nlooked * look_gap_us(c)),
	           see_all, c);
}

void
scheduler_undo_duties(struct scheduler *c)
{
	static const char *const own[] = {"look", "see all", "sweep", "watch", "await"};

	for (size_t i = 0; i < LEN(own); i++)
		agenda_set(c->s->agenda, sv_of(own[i]), TIME_NONE, NULL, NULL);
	schedules_undo(c);
}

void
scheduler_clock_moved(struct scheduler *c, int64_t moved_us)
{
	const struct catalog *catalog = c->s->project->catalog;

	schedules_clock_moved(c, moved_us);
	if (c->nlooked > 0 && catalog->service.probe_every_us > 0)
		look_again_at(c, 0);
	sweep_again(c, 0);
}
