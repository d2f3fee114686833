/* Working days: weekdays of the week, less the holidays of an iCalendar file (RFC 5545 VEVENT, DTSTART/DTEND dates, yearly RRULE). */
#ifndef WEIR_BASE_CALENDAR_H
#define WEIR_BASE_CALENDAR_H

#include "base/arena.h"
#include "base/cron.h"
#include "base/diag.h"

struct calendar {
	struct sv name;
	uint8_t weekdays; /* bit 0 = Sunday … bit 6 = Saturday are working days */
	int32_t *holiday; /* days since 1970, sorted */
	size_t nholiday;
};

/* `mon-fri`, `mon,wed,fri`, `sun-thu`. */
MUST_CHECK bool weekdays_parse(struct sv s, uint8_t *ret, struct err *err);
/* Adds the holidays in iCalendar text to the calendar.  Mistakes are errors with the file's lines. */
MUST_CHECK bool calendar_add_ics(struct arena *a, struct calendar *c, const char *file, struct sv text,
                                 struct err *err);
bool calendar_works(const struct calendar *c, int64_t day); /* days since 1970; NULL calendar: always */
/* The last tick <= t (first tick > t) of a cron schedule on a working day; TIME_NONE as for cron. */
int64_t calendar_cron_prev(const struct calendar *c, const struct cron *cron, const struct tz *z,
                           int64_t t_us);
int64_t calendar_cron_next(const struct calendar *c, const struct cron *cron, const struct tz *z,
                           int64_t t_us);

#endif
