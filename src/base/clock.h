/*
 * The clock of a run, injected so that tests and --now set the time.  Instants everywhere are UTC
 * microseconds since 1970-01-01T00:00:00Z, in variables named *_us.
 */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include "base/base.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MIN (60 * US_PER_S)
#define US_PER_HOUR (60 * US_PER_MIN)
#define US_PER_DAY (24 * US_PER_HOUR)
#define TIME_NONE INT64_MIN /* "no such instant" */

struct clock {
	int64_t (*now_us)(const struct clock *c);
	int64_t fixed_us; /* of a fixed clock; of one that was started, less the monotonic time */
};

extern const struct clock clock_system;
struct clock clock_fixed(int64_t t_us);   /* always answers t_us */
struct clock clock_started(int64_t t_us); /* shows t_us now, and goes on from there */
int64_t clock_now_us(const struct clock *c);

/* Monotonic nanoseconds, for durations and waiting only. */
int64_t clock_mono_ns(void);

#endif
