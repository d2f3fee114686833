/*
 * Schedules: whatever is taken has ticks that next and prev agree on.  A line is a cron expression; a second line, if
 * there is one, is a time zone, a third an instant.
 */
#include "fuzz.h"

#include <assert.h>

#include "base/cron.h"

static void
check(const struct cron *c, const struct tz *z, int64_t t_us)
{
	int64_t next = cron_next(c, z, t_us), prev = cron_prev(c, z, t_us);

	if (next != TIME_NONE) {
		assert(next > t_us);
		assert(cron_prev(c, z, next) == next);
		assert(cron_prev(c, z, next - 1) == prev);
	}
	if (prev != TIME_NONE) {
		assert(prev <= t_us);
		assert(cron_next(c, z, prev - 1) == prev);
		assert(cron_next(c, z, prev) == next);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv rest = {(const char *)data, n};
	struct sv text = sv_cut(&rest, '\n'), name = sv_cut(&rest, '\n');
	const struct tz *z = tz_utc;
	struct cron c;
	struct err err = {0};
	int64_t t_us = INT64_C(1710054000) * US_PER_S; /* New York's clock change of spring 2024 */

	if (!cron_parse(text, &c, &err)) {
		assert(err.code == ERR_ARG && err.msg[0] != '\0');
		return 0;
	}
	if (name.n > 0 && !tz_get(name, &z, NULL))
		z = tz_utc;
	if (!rfc3339_parse(sv_trim(rest), &t_us, NULL))
		t_us -= (int64_t)(n % 3) * US_PER_HOUR;
	/* At the ends of the calendar one of two neighbours is missing. */
	if (t_us < civil_days(100, 1, 1) * US_PER_DAY || t_us > civil_days(9900, 1, 1) * US_PER_DAY)
		return 0;
	check(&c, z, t_us);
	return 0;
}
