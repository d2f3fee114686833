/*
 * Cron schedules: five fields (names, ranges, lists, steps; both day fields restricted = either matches, as
 * Vixie cron; only `*` is unrestricted), and @hourly @daily @midnight @weekly @monthly @yearly @annually.
 *
 * Ticks are wall times in a zone.  One that does not exist moves to the first instant after the gap; one that
 * occurs twice ticks at its second occurrence only, unless the hour field is `*`, which ticks in both.
 * (Dagster's rule; see docs/explanation/time.md.)
 */
#ifndef WEIR_BASE_CRON_H
#define WEIR_BASE_CRON_H

#include "base/tz.h"

struct cron {
	uint64_t minute, hour, day, month, weekday; /* bit i = value i matches */
	bool any_hour, any_day, any_weekday;
};

MUST_CHECK bool cron_parse(struct sv s, struct cron *ret, struct err *err); /* refuses days that never come */
/* The last tick <= t_us; the first tick > t_us.  TIME_NONE if there is none within 8 years. */
int64_t cron_prev(const struct cron *c, const struct tz *z, int64_t t_us);
int64_t cron_next(const struct cron *c, const struct tz *z, int64_t t_us);

/* The same with ticks only on the days (of the wall clock, since 1970) that pass.  All-zero lets all pass. */
struct cron_days {
	bool (*pass)(const void *arg, int64_t day);
	const void *arg;
};
int64_t cron_prev_on(const struct cron *c, const struct tz *z, struct cron_days days, int64_t t_us);
int64_t cron_next_on(const struct cron *c, const struct tz *z, struct cron_days days, int64_t t_us);

/*
 * The smallest gap between ticks, from 1000 ticks sampled from from_us on in UTC, microseconds; INT64_MAX if there
 * are less than two.
 */
int64_t cron_min_gap_us(const struct cron *c, int64_t from_us);

#endif
