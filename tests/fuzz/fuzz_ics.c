/* Calendars: a file is refused with a line, or gives holidays in order. */
#include "fuzz.h"

#include <assert.h>

#include "base/calendar.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	struct calendar c = {.weekdays = 0x3e};
	struct err err = {0};
	struct cron daily;

	if (!calendar_add_ics(a, &c, "fuzz.ics", (struct sv){(const char *)data, n}, &err)) {
		assert(err.loc.line > 0 && err.msg[0] != '\0' && c.nholiday == 0);
		return 0;
	}
	for (size_t i = 0; i < c.nholiday; i++) {
		assert(i == 0 || c.holiday[i - 1] < c.holiday[i]);
		assert(!calendar_works(&c, c.holiday[i]));
	}
	if (cron_parse(SV("0 6 * * *"), &daily, NULL)) {
		int64_t next = calendar_cron_next(&c, &daily, tz_utc, 0);

		assert(next == TIME_NONE || calendar_works(&c, next / US_PER_DAY));
	}
	return 0;
}
