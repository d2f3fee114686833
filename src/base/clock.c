#include "base/clock.h"

#include <time.h>

static int64_t
system_now_us(const struct clock *c UNUSED)
{
	struct timespec ts;

	/* Cannot fail for this clock. */
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

static int64_t
fixed_now_us(const struct clock *c)
{
	return c->fixed_us;
}

const struct clock clock_system = {.now_us = system_now_us};

struct clock
clock_fixed(int64_t t_us)
{
	return (struct clock){.now_us = fixed_now_us, .fixed_us = t_us};
}

static int64_t
started_now_us(const struct clock *c)
{
	return c->fixed_us + clock_mono_ns() / 1000;
}

struct clock
clock_started(int64_t t_us)
{
	return (struct clock){.now_us = started_now_us, .fixed_us = t_us - clock_mono_ns() / 1000};
}

int64_t
clock_now_us(const struct clock *c)
{
	return c->now_us(c);
}

int64_t
clock_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}
