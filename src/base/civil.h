/*
 * Civil dates and RFC 3339 text.  Proleptic Gregorian calendar; years 0001 to 9999.
 * Day arithmetic after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
#ifndef WEIR_BASE_CIVIL_H
#define WEIR_BASE_CIVIL_H

#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"

struct civil {
	int32_t year;
	int32_t month, day;           /* from 1 */
	int32_t hour, minute, second; /* no leap seconds */
	int32_t us;
};

int64_t civil_days(int32_t year, int32_t month, int32_t day); /* since 1970-01-01 */
void civil_from_days(int64_t days, struct civil *ret);        /* sets year, month, day only */
int64_t civil_to_us(const struct civil *c);                   /* as if UTC */
struct civil civil_from_us(int64_t t_us);
int64_t civil_day_of(int64_t t_us); /* the day since 1970-01-01, also before it */
/* The midnight of a day since 1970-01-01, as if UTC; false, and the end of the clock, where that does not reach so far. */
bool civil_midnight_us(int64_t days, int64_t *ret);
bool civil_valid(const struct civil *c);
int civil_weekday(int64_t days); /* 0 = Sunday */
int civil_month_days(int32_t year, int32_t month);

/*
 * What a text says about time.  Accepted: `2024-01-31`, and with `T` or a space `12:34`, `12:34:56`,
 * `12:34:56.123456` (1 to 9 digits, cut to microseconds), then nothing, `Z`, `z`, `+09:00`, `+0900`, `+09`.
 */
struct time_text {
	int64_t us;        /* of the wall clock as written, as if UTC; subtract offset_us for the instant */
	int64_t offset_us; /* 0 without a zone */
	bool has_time, has_zone;
};
MUST_CHECK bool time_text_parse(struct sv s, struct time_text *ret);

/* RFC 3339 with a zone; a bare date or a missing zone is refused.  For the command line and events. */
MUST_CHECK bool rfc3339_parse(struct sv s, int64_t *t_us, struct err *err);

/* "2024-01-31T12:34:56Z", with ".123456" only where needed.  dst holds at least RFC3339_MAX bytes; returns dst. */
#define RFC3339_MAX 40
const char *rfc3339_format(int64_t t_us, char *dst);
/* For people: without the fraction. */
const char *rfc3339_seconds(int64_t t_us, char *dst);
/* Without a zone: "2024-01-31T12:34:56". */
const char *civil_format(int64_t us, char *dst);
const char *date_format(int64_t days, char *dst); /* "2024-01-31" */

#endif
