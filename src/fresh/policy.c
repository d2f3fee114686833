/*
 * A policy against one time.  A status only ever gets worse while nothing is produced, so that one moment tells when:
 * the policy's limits are moments too, and all comparisons are between moments.
 */
#include "fresh/policy.h"

int64_t
time_plus(int64_t t_us, int64_t d_us)
{
	int64_t sum;

	if (t_us == TIME_NONE)
		return TIME_NONE;
	if (!__builtin_add_overflow(t_us, d_us, &sum) && sum != TIME_NONE)
		return sum;
	return d_us > 0 ? INT64_MAX : TIME_NONE + 1;
}

static const struct tz *
zone_of(const struct freshness_policy *p)
{
	return p->zone != NULL ? p->zone : tz_utc;
}

static int64_t
tick_upto(const struct freshness_policy *p, int64_t t_us)
{
	return calendar_cron_prev(p->calendar, &p->cron, zone_of(p), t_us);
}

static int64_t
tick_after(const struct freshness_policy *p, int64_t t_us)
{
	return calendar_cron_next(p->calendar, &p->cron, zone_of(p), t_us);
}

int64_t
policy_tick_from(const struct freshness_policy *p, int64_t t_us)
{
	return tick_after(p, time_plus(t_us, -1));
}

struct deadline
policy_deadline(const struct freshness_policy *p, int64_t now_us)
{
	struct deadline d = {.tick_us = tick_upto(p, time_plus(now_us, -p->grace_us)),
	                     .late_us = TIME_NONE,
	                     .from_us = TIME_NONE};

	if (d.tick_us == TIME_NONE)
		return d;
	d.late_us = time_plus(d.tick_us, p->grace_us);
	d.from_us = p->within_us > 0 ? time_plus(d.tick_us, -p->within_us)
	                             : tick_upto(p, time_plus(d.tick_us, -1));
	return d;
}

/* The first moment at which a tick asks for more than what was produced then, from one whose tick it met. */
static int64_t
next_late(const struct freshness_policy *p, const struct deadline *met, int64_t produced_us)
{
	int64_t tick;

	if (p->within_us > 0)
		return time_plus(tick_after(p, MAX(met->tick_us, time_plus(produced_us, p->within_us))),
		                 p->grace_us);
	/* The tick after it is met by it; the second one is not. */
	tick = tick_after(p, produced_us);
	return tick == TIME_NONE ? TIME_NONE : time_plus(tick_after(p, MAX(tick, met->tick_us)), p->grace_us);
}

static enum fresh_status
judge_cron(const struct freshness_policy *p, int64_t produced_us, int64_t now_us, int64_t *deadline_us,
           int64_t *next_us)
{
	struct deadline d = policy_deadline(p, now_us);

	*deadline_us = d.late_us;
	/* Working days that never come are no reason to call anything fresh. */
	if (d.tick_us == TIME_NONE)
		return FRESH_UNKNOWN;
	if (produced_us < d.from_us)
		return FRESH_FAIL;
	*next_us = next_late(p, &d, produced_us);
	return FRESH_PASS;
}

/*
 * Two moments: from `warn` on it warns, from `fail` on it fails.  dbt says "later than", so that there they begin a
 * microsecond past the limit.
 */
static enum fresh_status
judge_age(const struct freshness_policy *p, int64_t produced_us, int64_t now_us, int64_t *deadline_us,
          int64_t *next_us)
{
	int64_t past = p->exclusive ? 1 : 0;
	int64_t warn = p->warn_after_us > 0 ? time_plus(produced_us, p->warn_after_us) : TIME_NONE;
	int64_t fail = p->max_age_us > 0 ? time_plus(produced_us, p->max_age_us) : TIME_NONE;

	*deadline_us = fail != TIME_NONE ? fail : warn;
	if (fail != TIME_NONE && now_us >= time_plus(fail, past))
		return FRESH_FAIL;
	if (warn != TIME_NONE && now_us >= time_plus(warn, past)) {
		*next_us = time_plus(fail, past);
		return FRESH_WARN;
	}
	*next_us = time_plus(warn != TIME_NONE ? warn : fail, past);
	return FRESH_PASS;
}

enum fresh_status
policy_judge(const struct freshness_policy *p, int64_t produced_us, int64_t now_us, int64_t *deadline_us,
             int64_t *next_us)
{
	static const enum fresh_status never[] = {
		[NEVER_UNKNOWN] = FRESH_UNKNOWN,
		[NEVER_FAIL] = FRESH_FAIL,
		[NEVER_PASS] = FRESH_PASS,
	};
	int64_t deadline = TIME_NONE, next = TIME_NONE;
	enum fresh_status ret = FRESH_NONE;

	if (p->kind != POLICY_NONE && produced_us == TIME_NONE)
		ret = never[p->never_seen];
	else if (p->kind == POLICY_CRON)
		ret = judge_cron(p, produced_us, now_us, &deadline, &next);
	else if (p->kind == POLICY_MAX_AGE)
		ret = judge_age(p, produced_us, now_us, &deadline, &next);
	if (deadline_us != NULL)
		*deadline_us = deadline;
	if (next_us != NULL)
		*next_us = next;
	return ret;
}

bool
policy_lag(int64_t max_lag_us, const struct cron *cron, const struct tz *zone, int64_t data_us,
           int64_t now_us, int64_t *overdue_us, int64_t *lag_us)
{
	int64_t tick = cron != NULL ? cron_prev(cron, zone, now_us) : now_us;

	if (data_us == TIME_NONE || tick == TIME_NONE)
		return false;
	*lag_us = MAX(0, tick - data_us);
	*overdue_us = MAX(0, *lag_us - max_lag_us);
	return true;
}
