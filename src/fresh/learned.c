#include "fresh/learned.h"

#include <math.h>

#include "base/civil.h"
#include "base/duration.h"
#include "base/stat.h"
#include "expect/past.h"
#include "fresh/policy.h"

enum { GAPS_MAX = 200, SLOT_LEAST = 2, RERUN_SHARE = 10, SLOTS_MAX = 7 * 24, SEASONS = 4 };
#define WALL_FROM_US (3 * US_PER_HOUR)

struct learning {
	const struct freshness_policy *p;
	struct arena *a; /* of the work alone */
	struct learned *ret;
	int64_t *at; /* arrivals that are no reruns */
	size_t nat;
	double *gap;          /* that teach: in microseconds */
	int (*slot)[SEASONS]; /* by gap: where the arrival is that it begins with */
	size_t n;
};

static const struct tz *
zone_of(const struct freshness_policy *p)
{
	return p->zone != NULL ? p->zone : tz_utc;
}

static double
median_of(struct arena *a, const double *v, size_t n)
{
	double *copy = ARENA_ARRAY(a, double, n);

	memcpy(copy, v, n * sizeof(*v));
	stat_sort(copy, n);
	return stat_quantile(copy, n, 0.5);
}

/* The arrivals from `since` on without reruns; *median: of all intervals between them, reruns too. */
static void
keep_arrivals(struct learning *x, const int64_t *at, size_t n, double *median)
{
	double *gap;

	*median = 0;
	while (n > 0 && x->p->learned.since_us != TIME_NONE && at[0] < x->p->learned.since_us) {
		at++;
		n--;
	}
	x->at = ARENA_ARRAY(x->a, int64_t, n);
	gap = ARENA_ARRAY(x->a, double, n);
	if (n == 0)
		return;
	for (size_t i = 1; i < n; i++)
		gap[i - 1] = (double)(at[i] - at[i - 1]);
	if (n > 1)
		*median = median_of(x->a, gap, n - 1);
	x->at[x->nat++] = at[0];
	for (size_t i = 1; i < n; i++)
		if ((double)(at[i] - x->at[x->nat - 1]) * RERUN_SHARE >= *median && at[i] > x->at[x->nat - 1])
			x->at[x->nat++] = at[i];
}

static int64_t
clock_of(const struct learning *x, int64_t t_us)
{
	return x->ret->wall ? tz_to_local_us(zone_of(x->p), t_us) : t_us;
}

/* Which slot of a season an arrival is in; the hour to the nearest, so that what comes at six is not now at five, now at six. */
static int
slot_of(const struct learning *x, int64_t t_us, enum past_season season)
{
	const struct civil c = civil_from_us(tz_to_local_us(zone_of(x->p), t_us) + US_PER_HOUR / 2);
	const int weekday = civil_weekday(civil_days(c.year, c.month, c.day));

	switch (season) {
	case SEASON_NONE:
		return 0;
	case SEASON_WEEKDAY:
		return weekday;
	case SEASON_HOUR:
		return c.hour;
	case SEASON_HOUR_OF_WEEK:
		return 24 * weekday + c.hour;
	}
	return 0;
}

/* Those between arrivals with nothing that went wrong between, the newest. */
static void
keep_gaps(struct learning *x, const int64_t *setback, size_t nsetback)
{
	size_t k = nsetback;

	x->gap = ARENA_ARRAY(x->a, double, GAPS_MAX);
	x->slot = arena_array(x->a, GAPS_MAX, sizeof(*x->slot));
	for (size_t i = x->nat; i > 1 && x->n < GAPS_MAX; i--) {
		int64_t from = x->at[i - 2], to = x->at[i - 1];

		while (k > 0 && setback[k - 1] > to)
			k--;
		if (k > 0 && setback[k - 1] >= from) {
			x->ret->left_out++;
			continue;
		}
		x->gap[x->n] = (double)MAX(clock_of(x, to) - clock_of(x, from), 0);
		for (int season = 0; season < SEASONS; season++)
			x->slot[x->n][season] = slot_of(x, from, (enum past_season)season);
		x->n++;
	}
}

static size_t
gaps_of(const struct learning *x, enum past_season season, int slot, double *v)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++)
		if (x->slot[i][season] == slot)
			v[n++] = x->gap[i];
	return n;
}

/* How far the intervals lie from the medians of their slots, in sum. */
static double
distance(const struct learning *x, enum past_season season)
{
	double *v = ARENA_ARRAY(x->a, double, x->n), all = median_of(x->a, x->gap, x->n), ret = 0;

	for (int slot = 0; slot < SLOTS_MAX; slot++) {
		size_t n = gaps_of(x, season, slot, v);
		double median = n >= SLOT_LEAST ? median_of(x->a, v, n) : all;

		for (size_t i = 0; i < n; i++)
			ret += fabs(v[i] - median);
	}
	return ret;
}

static enum past_season
season_of(const struct learning *x)
{
	static const enum past_season finer[] = {SEASON_HOUR, SEASON_WEEKDAY, SEASON_HOUR_OF_WEEK};
	enum past_season ret = SEASON_NONE;
	double least = distance(x, ret);

	for (size_t i = 0; i < LEN(finer) && least > 0; i++) {
		double d = distance(x, finer[i]);

		if (d <= least / 2) {
			ret = finer[i];
			least = d;
		}
	}
	return ret;
}

/* Of a wall time that happens twice the later one: nobody is late too early. */
static int64_t
deadline_of(const struct learning *x)
{
	int64_t first, second;

	if (!x->ret->wall)
		return time_plus(x->ret->anchor_us, x->ret->allowed_us);
	(void)tz_from_local(zone_of(x->p), time_plus(clock_of(x, x->ret->anchor_us), x->ret->allowed_us),
	                    &first, &second);
	return second;
}

static double
longest(const struct learning *x)
{
	double ret = 0;

	for (size_t i = 0; i < x->n; i++)
		ret = fmax(ret, x->gap[i]);
	return ret;
}

static void
expect_next(struct learning *x)
{
	const struct learned_policy *p = &x->p->learned;
	struct learned *ret = x->ret;
	double *v = ARENA_ARRAY(x->a, double, x->n), reach;
	struct past_usual u;

	ret->season = (int)season_of(x);
	ret->slot = slot_of(x, ret->anchor_us, (enum past_season)ret->season);
	ret->used = gaps_of(x, (enum past_season)ret->season, ret->slot, v);
	if (ret->used < SLOT_LEAST) {
		ret->season = SEASON_NONE;
		ret->slot = 0;
		ret->used = gaps_of(x, SEASON_NONE, 0, v);
	}
	u = past_usual(v, ret->used, 0);
	reach = u.median + fmax(p->sensitivity * u.scale, u.median / 10);
	/* Whether this weekday is another is not known yet: the first weekends are no surprise. */
	if (gaps_of(x, SEASON_WEEKDAY, slot_of(x, ret->anchor_us, SEASON_WEEKDAY), v) < SLOT_LEAST)
		reach = fmax(reach, 1.1 * longest(x));
	if (p->min_us > 0)
		reach = fmax(reach, (double)p->min_us);
	if (p->max_us > 0)
		reach = fmin(reach, (double)p->max_us);
	ret->usual_us = llround(u.median);
	ret->scale_us = llround(u.scale);
	ret->allowed_us = llround(fmin(reach, 1e17));
	ret->deadline_us = deadline_of(x);
}

int64_t
learned_fallback(const struct freshness_policy *p)
{
	return p->learned.until_us > 0 ? p->learned.until_us : p->learned.max_us;
}

bool
learned_is_stuck(const struct freshness_policy *p, const struct learned *l)
{
	return !l->known && l->left_out >= (size_t)p->learned.min_history;
}

void
learned_make(const struct freshness_policy *p, const int64_t *at, size_t n, const int64_t *setback,
             size_t nsetback, struct learned *ret)
{
	AUTO(arena) a = arena_new();
	struct learning x = {.p = p, .a = a, .ret = ret};
	double median;

	*ret = (struct learned){.anchor_us = TIME_NONE, .deadline_us = TIME_NONE};
	keep_arrivals(&x, at, n, &median);
	if (x.nat == 0)
		return;
	ret->wall = median >= (double)WALL_FROM_US;
	ret->anchor_us = x.at[x.nat - 1];
	keep_gaps(&x, setback, nsetback);
	ret->gaps = x.n;
	ret->known = x.n > 0 && x.n >= (size_t)p->learned.min_history;
	if (ret->known)
		expect_next(&x);
}

struct sv
learned_words(struct arena *a, const struct learned *l)
{
	static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
	                                   "Thursday", "Friday", "Saturday"};
	char usual[DURATION_MAX], spread[DURATION_MAX];
	struct sv after = {0};

	if (l->season == SEASON_WEEKDAY)
		after = arena_svf(a, " after a %s", days[l->slot % 7]);
	else if (l->season == SEASON_HOUR)
		after = arena_svf(a, " after %02d:00", l->slot);
	else if (l->season == SEASON_HOUR_OF_WEEK)
		after = arena_svf(a, " after a %s at %02d:00", days[l->slot / 24 % 7], l->slot % 24);
	return arena_svf(a, "usually again within %s (median of %zu intervals" SV_FMT ", spread %s)",
	                 duration_words(l->usual_us, usual), l->used, SV_ARG(after),
	                 duration_words(l->scale_us, spread));
}
