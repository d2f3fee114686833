/*
 * Checks by `schedule: {cron: …}`.
 *
 * Of each schedule it is on record up to when its ticks are done with: when a check of it has ended, or was begun after them.  After a start
 * those that were missed meanwhile (the service was away, or fell over in the middle) are made up for by one check of what lies there now,
 * however many they are; a schedule that is new, or is another one, has missed nothing.  A clock that jumps over ticks comes to the same.
 */
#include "base/civil.h"
#include "base/log.h"
#include "base/map.h"
#include "serve/agenda.h"
#include "serve/scheduler_internal.h"
#include "store/tick.h"

#define SCHEDULE "check "             /* how the names of its timers begin */
#define SAME_DAY_US (3 * US_PER_HOUR) /* a clock that is set back by less shows hours that have been */
#define LATE_US US_PER_MIN            /* a tick that comes later is told */
#define SAVE_US US_PER_S              /* several ends are written down at once */

static struct sv
timer_name(struct arena *a, const struct asset *asset)
{
	return arena_svf(a, SCHEDULE SV_FMT, SV_ARG(asset->key));
}

static struct sv
schedule_text(struct arena *a, const struct check_schedule *w)
{
	return arena_svf(a, SV_FMT " %s", SV_ARG(w->cron_text), tz_name(w->zone));
}

static bool
is_scheduled(const struct asset *asset)
{
	return asset_is_seen(asset) && asset->schedule.cron_text.n > 0;
}

/* What is done with ---------------------------------------------------------------------------------------------- */

static void save_timer(struct service *s, void *ctx);

static void
save_at(struct scheduler *c, int64_t wait_us)
{
	agenda_set(c->s->agenda, SV("ticks"), clock_now_us(c->s->clock) + wait_us, save_timer, c);
}

static bool
save_all(struct scheduler *c, struct err *err)
{
	const struct catalog *catalog = c->s->project->catalog;
	AUTO(arena) a = arena_new();

	if (!store_begin(c->s->store, err))
		return false;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct asset *asset = &catalog->asset[i];

		if (!c->duty[i].tick_unsaved)
			continue;
		if (!store_put_tick(c->s->store,
		                    &(struct tick){.asset = asset->key,
		                                   .schedule = schedule_text(a, &asset->schedule),
		                                   .at_us = c->duty[i].tick_us},
		                    err)) {
			store_rollback(c->s->store);
			return false;
		}
	}
	return store_commit(c->s->store, err);
}

void
schedules_save(struct scheduler *c)
{
	struct err err = {0};

	if (c->ticks_unsaved == 0)
		return;
	if (!save_all(c, &err)) {
		/* At worst something is checked once more. */
		log_warn("which schedules are done with cannot be stored: %s", err.msg);
		save_at(c, RETRY_US);
		return;
	}
	for (uint32_t i = 0; i < c->n; i++)
		c->duty[i].tick_unsaved = false;
	c->ticks_unsaved = 0;
}

static void
save_timer(struct service *s UNUSED, void *ctx)
{
	schedules_save(ctx);
}

static void
is_done_until(struct scheduler *c, uint32_t asset, int64_t at_us)
{
	struct duty *d = &c->duty[asset];

	d->tick_us = at_us;
	if (c->ticks_unsaved == 0)
		save_at(c, SAVE_US);
	c->ticks_unsaved += !d->tick_unsaved;
	d->tick_unsaved = true;
}

/* Whoever ordered it: what was checked then was checked. */
static void
schedule_ended(struct service *s, const struct work *work, void *ctx UNUSED)
{
	struct scheduler *c = s->scheduler;
	const uint32_t asset = work->order.asset;

	/* One that never began (it could not be) has ended all the same, as `error`. */
	if (asset < c->n && is_scheduled(&s->project->catalog->asset[asset]))
		is_done_until(c, asset, work->started_us != TIME_NONE ? work->started_us : work->finished_us);
}

/* Timers --------------------------------------------------------------------------------------------------------- */

static void scheduled(struct service *s, void *ctx);

static void
set_schedule(struct scheduler *c, const struct asset *asset)
{
	AUTO(arena) a = arena_new();
	const struct check_schedule *w = &asset->schedule;

	c->duty[asset->index].due_us = cron_next(&w->cron, w->zone, clock_now_us(c->s->clock));
	agenda_set(c->s->agenda, timer_name(a, asset), c->duty[asset->index].due_us, scheduled,
	           (void *)(uintptr_t)asset);
}

static void
order_check(struct scheduler *c, const struct asset *asset)
{
	const struct work_order o = {.kind = WORK_CHECK,
	                             .priority = WORK_SCHEDULED,
	                             .asset = asset->index,
	                             .why = asset->schedule.cron_text};

	if (!scheduler_order(c, &o, schedule_ended)) {
		AUTO(arena) a = arena_new();

		agenda_set(c->s->agenda, timer_name(a, asset), clock_now_us(c->s->clock) + RETRY_US,
		           scheduled, (void *)(uintptr_t)asset);
	}
}

static void
tell_missed(const struct asset *asset, int64_t due_us)
{
	char text[RFC3339_MAX];

	log_warn("the check of '" SV_FMT "' that was due at %s (" SV_FMT
	         ") was missed: it is done now, once for all "
	         "that were",
	         SV_ARG(asset->key), rfc3339_seconds(due_us, text), SV_ARG(asset->schedule.cron_text));
}

static void
scheduled(struct service *s, void *ctx)
{
	const struct asset *asset = ctx;
	const int64_t due_us = s->scheduler->duty[asset->index].due_us;

	if (due_us != TIME_NONE && clock_now_us(s->clock) - due_us > LATE_US)
		tell_missed(asset, due_us);
	set_schedule(s->scheduler, asset);
	order_check(s->scheduler, asset);
}

/* Start ---------------------------------------------------------------------------------------------------------- */

void
schedules_set(struct scheduler *c)
{
	const struct catalog *catalog = c->s->project->catalog;

	for (uint32_t i = 0; i < c->n; i++)
		if (is_scheduled(&catalog->asset[i]))
			set_schedule(c, &catalog->asset[i]);
}

/* A record from the future is of a clock that was wrong. */
static bool
is_ours(struct arena *a, const struct asset *asset, const struct tick *t, int64_t now_us)
{
	return t != NULL && sv_eq(t->schedule, schedule_text(a, &asset->schedule)) &&
	       t->at_us <= now_us + FUTURE_TOLERANCE_US;
}

static void
begin_one(struct scheduler *c, struct arena *a, const struct asset *asset, const struct tick *t, bool make_up)
{
	const struct check_schedule *w = &asset->schedule;
	const int64_t now_us = clock_now_us(c->s->clock);
	int64_t missed_us;

	if (!is_ours(a, asset, t, now_us)) {
		is_done_until(c, asset->index, now_us);
		return;
	}
	c->duty[asset->index].tick_us = t->at_us;
	missed_us = cron_prev(&w->cron, w->zone, now_us);
	if (!make_up || !w->catch_up || missed_us == TIME_NONE || missed_us <= t->at_us)
		return;
	tell_missed(asset, missed_us);
	order_check(c, asset);
}

bool
schedules_begin(struct scheduler *c, bool make_up, struct err *err)
{
	const struct catalog *catalog = c->s->project->catalog;
	AUTO(arena) a = arena_new();
	struct map known;
	struct tick *t;
	size_t n;

	if (c->s->workshop == NULL)
		return true;
	if (!store_ticks(c->s->store, a, &t, &n, err))
		return false;
	map_init(&known, a);
	for (size_t i = 0; i < n; i++)
		map_set(&known, t[i].asset, &t[i]);
	for (uint32_t i = 0; i < c->n; i++)
		if (is_scheduled(&catalog->asset[i]))
			begin_one(c, a, &catalog->asset[i], map_get(&known, catalog->asset[i].key), make_up);
	return true;
}

/* The clock ------------------------------------------------------------------------------------------------------ */

/* Hours that are still to come, and not for the second time. */
static bool
is_set_anew(const struct check_schedule *w, int64_t moved_us)
{
	return moved_us < 0 && (w->cron.any_hour || moved_us < -SAME_DAY_US);
}

void
schedules_clock_moved(struct scheduler *c, int64_t moved_us)
{
	const struct catalog *catalog = c->s->project->catalog;

	if (moved_us < 0)
		agenda_shift(c->s->agenda, moved_us, SV(SCHEDULE));
	for (uint32_t i = 0; i < c->n; i++)
		if (is_scheduled(&catalog->asset[i]) && is_set_anew(&catalog->asset[i].schedule, moved_us))
			set_schedule(c, &catalog->asset[i]);
}

void
schedules_undo(struct scheduler *c)
{
	agenda_set(c->s->agenda, SV("ticks"), TIME_NONE, NULL, NULL);
	agenda_drop(c->s->agenda, SV(SCHEDULE));
}
