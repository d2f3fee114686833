#include "catalog/window.h"

#include <stdio.h>

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since 1970 of the Monday of a day's week.  Day 0 was a Thursday. */
static int64_t
monday(int64_t day)
{
	return floor_div(day + 3, 7) * 7 - 3;
}

int64_t
window_floor(enum partition_every every, int64_t local_us)
{
	int64_t day = floor_div(local_us, US_PER_DAY);
	struct civil c = {0};

	civil_from_days(day, &c);
	switch (every) {
	case EVERY_HOUR:
		return floor_div(local_us, US_PER_HOUR) * US_PER_HOUR;
	case EVERY_DAY:
		return day * US_PER_DAY;
	case EVERY_WEEK:
		return monday(day) * US_PER_DAY;
	case EVERY_MONTH:
		return civil_days(c.year, c.month, 1) * US_PER_DAY;
	case EVERY_YEAR:
		break;
	}
	return civil_days(c.year, 1, 1) * US_PER_DAY;
}

int64_t
window_next(enum partition_every every, int64_t start_us, int64_t n)
{
	struct civil c = {0};

	switch (every) {
	case EVERY_HOUR:
		return start_us + n * US_PER_HOUR;
	case EVERY_DAY:
		return start_us + n * US_PER_DAY;
	case EVERY_WEEK:
		return start_us + n * 7 * US_PER_DAY;
	case EVERY_MONTH:
	case EVERY_YEAR:
		break;
	}
	civil_from_days(floor_div(start_us, US_PER_DAY), &c);

	int64_t month = (int64_t)c.year * 12 + c.month - 1 + n * (every == EVERY_YEAR ? 12 : 1);
	int64_t year = floor_div(month, 12);

	return civil_days((int32_t)year, (int32_t)(month - year * 12) + 1, 1) * US_PER_DAY;
}

void
iso_week(int64_t day, int32_t *year, int32_t *week)
{
	struct civil c = {0};
	int64_t thursday = monday(day) + 3;

	/* A week belongs to the year of its Thursday. */
	civil_from_days(thursday, &c);
	*year = c.year;
	*week = (int32_t)((thursday - civil_days(c.year, 1, 1)) / 7) + 1;
}

const char *
window_format(enum partition_every every, int64_t start_us, char *dst)
{
	struct civil c = civil_from_us(start_us);
	int32_t year, week;

	switch (every) {
	case EVERY_HOUR:
		(void)snprintf(dst, WINDOW_TEXT_MAX, "%04d-%02d-%02dT%02d", c.year, c.month, c.day, c.hour);
		break;
	case EVERY_DAY:
		(void)snprintf(dst, WINDOW_TEXT_MAX, "%04d-%02d-%02d", c.year, c.month, c.day);
		break;
	case EVERY_WEEK:
		iso_week(floor_div(start_us, US_PER_DAY), &year, &week);
		(void)snprintf(dst, WINDOW_TEXT_MAX, "%04d-W%02d", year, week);
		break;
	case EVERY_MONTH:
		(void)snprintf(dst, WINDOW_TEXT_MAX, "%04d-%02d", c.year, c.month);
		break;
	case EVERY_YEAR:
		(void)snprintf(dst, WINDOW_TEXT_MAX, "%04d", c.year);
		break;
	}
	return dst;
}

/* n digits at *s, which is cut behind them. */
static bool
take_number(struct sv *s, size_t n, int32_t *ret)
{
	int32_t v = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	*s = sv_skip(*s, n);
	*ret = v;
	return true;
}

static bool
take(struct sv *s, const char *lit)
{
	if (!sv_starts(*s, sv_of(lit)))
		return false;
	*s = sv_skip(*s, strlen(lit));
	return true;
}

static bool
week_parse(struct sv key, int64_t *start_us)
{
	int32_t year, week, y, w;

	if (!take_number(&key, 4, &year) || !take(&key, "-W") || !take_number(&key, 2, &week) || key.n > 0 ||
	    year < 1 || week < 1)
		return false;

	/* January 4 is always in week 1. */
	int64_t day = monday(civil_days(year, 1, 4)) + (int64_t)(week - 1) * 7;

	iso_week(day, &y, &w);
	if (y != year || w != week)
		return false;
	*start_us = day * US_PER_DAY;
	return true;
}

bool
window_parse(enum partition_every every, struct sv key, int64_t *start_us)
{
	struct civil c = {.month = 1, .day = 1};

	if (every == EVERY_WEEK)
		return week_parse(key, start_us);
	if (!take_number(&key, 4, &c.year))
		return false;
	if (every != EVERY_YEAR && (!take(&key, "-") || !take_number(&key, 2, &c.month)))
		return false;
	if ((every == EVERY_DAY || every == EVERY_HOUR) &&
	    (!take(&key, "-") || !take_number(&key, 2, &c.day)))
		return false;
	if (every == EVERY_HOUR && (!take(&key, "T") || !take_number(&key, 2, &c.hour)))
		return false;
	if (key.n > 0 || !civil_valid(&c))
		return false;
	*start_us = civil_to_us(&c);
	return true;
}
