/* What a policy asks of one time: deadlines of schedules, and the older measure of lag behind them. */
#ifndef WEIR_FRESH_POLICY_H
#define WEIR_FRESH_POLICY_H

#include "fresh/fresh.h"

/* The deadline of a cron policy that counts at a moment; all TIME_NONE if the schedule had none within 8 years. */
struct deadline {
	int64_t tick_us; /* as scheduled */
	int64_t late_us; /* tick + grace: judged from here on; before, the tick before is */
	int64_t from_us; /* data of this moment or later is in time; TIME_NONE = any is */
};
struct deadline policy_deadline(const struct freshness_policy *p, int64_t now_us);
/* The first tick at or after a moment on a working day; TIME_NONE if there is none within 8 years. */
int64_t policy_tick_from(const struct freshness_policy *p, int64_t t_us);

/*
 * How far an asset lags behind the data that went into it: judged at the last tick (at `now` if cron is NULL), by how
 * much the data is older than the tick (*lag), and by how much that is more than max_lag_us (*overdue); both at
 * least 0.  False if the time of the data is not known or there was no tick.  Dagster's first freshness policies.
 */
MUST_CHECK bool policy_lag(int64_t max_lag_us, const struct cron *cron, const struct tz *zone,
                           int64_t data_us, int64_t now_us, int64_t *overdue_us, int64_t *lag_us);

/* t + d, held at the ends of the range; TIME_NONE stays TIME_NONE. */
int64_t time_plus(int64_t t_us, int64_t d_us);

#endif
