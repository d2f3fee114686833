#include "base/civil.h"

#include <stdio.h>

/* 1970-01-01 counted from 0000-03-01, the start of the algorithm's years: leap days come last in them. */
#define EPOCH_SHIFT 719468
#define DAYS_PER_ERA 146097 /* 400 years */

/* Rounded towards minus infinity, as the calendar before 1970 wants it. */
static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
civil_days(int32_t year, int32_t month, int32_t day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT;
}

void
civil_from_days(int64_t days, struct civil *ret)
{
	int64_t z = days + EPOCH_SHIFT;
	int64_t era = floor_div(z, DAYS_PER_ERA);
	int64_t day_of_era = z - era * DAYS_PER_ERA;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
	                      365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t mp = (5 * day_of_year + 2) / 153; /* 0 = March */

	ret->day = (int32_t)(day_of_year - (153 * mp + 2) / 5 + 1);
	ret->month = (int32_t)(mp < 10 ? mp + 3 : mp - 9);
	ret->year = (int32_t)(year_of_era + era * 400 + (ret->month <= 2));
}

int64_t
civil_to_us(const struct civil *c)
{
	int64_t s = (int64_t)c->hour * 3600 + (int64_t)c->minute * 60 + c->second;

	return civil_days(c->year, c->month, c->day) * US_PER_DAY + s * US_PER_S + c->us;
}

bool
civil_midnight_us(int64_t days, int64_t *ret)
{
	if (!__builtin_mul_overflow(days, US_PER_DAY, ret))
		return true;
	*ret = days < 0 ? INT64_MIN : INT64_MAX;
	return false;
}

int64_t
civil_day_of(int64_t t_us)
{
	return floor_div(t_us, US_PER_DAY);
}

struct civil
civil_from_us(int64_t t_us)
{
	int64_t days = civil_day_of(t_us);
	int64_t rest = t_us % US_PER_DAY;
	struct civil c;

	if (rest < 0)
		rest += US_PER_DAY;
	c.hour = (int32_t)(rest / US_PER_HOUR);
	c.minute = (int32_t)(rest / US_PER_MIN % 60);
	c.second = (int32_t)(rest / US_PER_S % 60);
	c.us = (int32_t)(rest % US_PER_S);
	civil_from_days(days, &c);
	return c;
}

int
civil_weekday(int64_t days)
{
	/* 1970-01-01 was a Thursday. */
	return (int)(days - floor_div(days + 4, 7) * 7 + 4);
}

int
civil_month_days(int32_t year, int32_t month)
{
	static const uint8_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month < 1 || month > 12)
		return 0;
	return length[month - 1] + (month == 2 && leap);
}

bool
civil_valid(const struct civil *c)
{
	return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= civil_month_days(c->year, c->month) && c->hour >= 0 && c->hour <= 23 &&
	       c->minute >= 0 && c->minute <= 59 && c->second >= 0 && c->second <= 59 && c->us >= 0 &&
	       c->us < US_PER_S;
}

/* Two digits; sets *bad where they are none, so that a whole text needs one branch only. */
static inline int32_t
two(const char *p, uint32_t *bad)
{
	uint32_t tens = (uint32_t)(unsigned char)p[0] - '0';
	uint32_t ones = (uint32_t)(unsigned char)p[1] - '0';

	*bad |= (uint32_t)(tens > 9) | (uint32_t)(ones > 9);
	return (int32_t)(tens * 10 + ones);
}

/* "YYYY-MM-DD", ten bytes. */
static inline void
read_date(const char *p, struct civil *c, uint32_t *bad)
{
	int32_t century = two(p, bad);

	c->year = (int32_t)((uint32_t)century * 100 + (uint32_t)two(p + 2, bad));
	c->month = two(p + 5, bad);
	c->day = two(p + 8, bad);
	*bad |= (uint32_t)(p[4] != '-') | (uint32_t)(p[7] != '-');
}

/* ".1" to ".123456789" at the start of *s; what is finer than a microsecond is dropped. */
static bool
take_fraction(struct sv *s, int32_t *us)
{
	size_t n = 1;
	int32_t v = 0, unit = 100000;

	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		v += (s->p[n] - '0') * unit;
		unit /= 10;
	}
	if (n == 1 || n > 10)
		return false;
	*us = v;
	*s = sv_skip(*s, n);
	return true;
}

/* All of s: `Z`, `z`, `+09:00`, `+0900`, `+09`. */
static bool
read_zone(struct sv s, int64_t *offset_us)
{
	uint32_t bad = 0;
	int32_t hour, minute = 0;

	if (s.n == 1 && (s.p[0] == 'Z' || s.p[0] == 'z')) {
		*offset_us = 0;
		return true;
	}
	if (s.n < 3 || (s.p[0] != '+' && s.p[0] != '-'))
		return false;
	hour = two(s.p + 1, &bad);
	if (s.n == 6 && s.p[3] == ':')
		minute = two(s.p + 4, &bad);
	else if (s.n == 5)
		minute = two(s.p + 3, &bad);
	else if (s.n != 3)
		return false;
	if (bad || hour > 23 || minute > 59)
		return false;
	*offset_us = (hour * US_PER_HOUR + minute * US_PER_MIN) * (s.p[0] == '-' ? -1 : 1);
	return true;
}

/* What follows "YYYY-MM-DDTHH:MM": seconds, their fraction, the zone. */
static bool
read_rest(struct sv s, struct civil *c, struct time_text *t)
{
	uint32_t bad = 0;

	if (s.n >= 3 && s.p[0] == ':') {
		c->second = two(s.p + 1, &bad);
		s = sv_skip(s, 3);
		if (s.n > 0 && s.p[0] == '.' && !take_fraction(&s, &c->us))
			return false;
	}
	if (bad)
		return false;
	if (s.n == 0)
		return true;
	t->has_zone = true;
	return read_zone(s, &t->offset_us);
}

bool
time_text_parse(struct sv s, struct time_text *ret)
{
	struct civil c = {0};
	struct time_text t = {0};
	uint32_t bad = 0;

	if (s.n < 10)
		return false;
	read_date(s.p, &c, &bad);
	if (s.n > 10) {
		if (s.n < 16)
			return false;
		t.has_time = true;
		c.hour = two(s.p + 11, &bad);
		c.minute = two(s.p + 14, &bad);
		bad |= (uint32_t)(s.p[10] != ' ' && s.p[10] != 'T') | (uint32_t)(s.p[13] != ':');
		/* Nearly all timestamps in files end after the seconds: no need to look for more. */
		if (LIKELY(s.n == 19 && s.p[16] == ':'))
			c.second = two(s.p + 17, &bad);
		else if (s.n > 16 && !read_rest(sv_skip(s, 16), &c, &t))
			return false;
	}
	if (bad || !civil_valid(&c))
		return false;
	t.us = civil_to_us(&c);
	*ret = t;
	return true;
}

bool
rfc3339_parse(struct sv s, int64_t *t_us, struct err *err)
{
	static const char example[] = "write it like 2024-01-31T12:34:56Z or 2024-01-31T21:34:56+09:00";
	struct time_text t;
	int64_t us;

	if (!time_text_parse(s, &t)) {
		err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is not a time", SV_ARG(s));
		return err_hint(err, "%s", example);
	}
	if (!t.has_time || !t.has_zone) {
		err_set(err, ERR_ARG, NOWHERE, "the time '" SV_FMT "' has no %s", SV_ARG(s),
		        t.has_time ? "zone" : "time of day");
		return err_hint(err, "%s", example);
	}
	us = t.us - t.offset_us;
	if (us < civil_days(1, 1, 1) * US_PER_DAY || us >= civil_days(10000, 1, 1) * US_PER_DAY)
		return err_set(err, ERR_ARG, NOWHERE,
		               "the time '" SV_FMT "' is outside the years 0001 to 9999 in UTC", SV_ARG(s));
	*t_us = us;
	return true;
}

const char *
date_format(int64_t days, char *dst)
{
	struct civil c = {0};

	civil_from_days(days, &c);
	snprintf(dst, RFC3339_MAX, "%04d-%02d-%02d", c.year, c.month, c.day);
	return dst;
}

static const char *
format(int64_t us, const char *zone, char *dst)
{
	struct civil c = civil_from_us(us);
	int n = snprintf(dst, RFC3339_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour,
	                 c.minute, c.second);

	if (c.us != 0)
		n += snprintf(dst + n, RFC3339_MAX - (size_t)n, ".%06d", c.us);
	snprintf(dst + n, RFC3339_MAX - (size_t)n, "%s", zone);
	return dst;
}

const char *
rfc3339_format(int64_t t_us, char *dst)
{
	return format(t_us, "Z", dst);
}

const char *
rfc3339_seconds(int64_t t_us, char *dst)
{
	int64_t fraction = t_us % US_PER_S;

	return format(t_us - (fraction < 0 ? fraction + US_PER_S : fraction), "Z", dst);
}

const char *
civil_format(int64_t us, char *dst)
{
	return format(us, "", dst);
}
