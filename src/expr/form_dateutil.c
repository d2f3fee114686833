/*
 * What python-dateutil's parser takes for a time (dateutil.parser.parse of release 2.9, with its defaults: month before day, and nothing
 * that is not understood).  It is a grammar of habits rather than of rules; what follows holds to them one by one, and a test compares.
 *
 * Where the parser fills up with today's date, a day that exists in some month or year is a day.
 */
#include <stdlib.h>

#include "base/civil.h"
#include "expr/form.h"
#include "expr/form_dateutil_parts.h"

/* Years, months and days as they came, with the places of those that are known. */
struct date_parts {
	int64_t v[8];
	size_t n;
	int year, month, day; /* places in v, or -1 */
	bool century;         /* the year is meant as it stands */
};

struct moment {
	int64_t hour, minute, second; /* -1: not said */
	bool half, weekday, zone, offset;
	bool any; /* anything was said */
};

struct parse {
	struct words w;
	size_t i;
	struct date_parts date;
	struct moment m;
};

static bool
has(const struct parse *p, size_t i)
{
	return i < p->w.n;
}

static bool
is_word(const struct parse *p, size_t i, const char *text)
{
	return has(p, i) && sv_is(p->w.v[i], text);
}

/* Whole numbers; what is beyond all years stays there. */
static bool
whole(struct sv s, int64_t *ret)
{
	int64_t v = 0;

	if (!word_is_digits(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		v = MIN(v * 10 + (s.p[i] - '0'), INT64_C(1000000000));
	*ret = v;
	return true;
}

/* The part of a number before its point, and whether there is anything behind it. */
static bool
number(struct sv s, int64_t *ret, bool *fraction)
{
	ptrdiff_t point = sv_find(s, '.');

	*fraction = false;
	if (!word_is_number(s))
		return false;
	for (size_t i = (size_t)point + 1; point >= 0 && i < s.n; i++)
		*fraction = *fraction || s.p[i] != '0';
	return whole((struct sv){s.p, point < 0 ? s.n : (size_t)point}, ret);
}

/* The date's parts -------------------------------------------------------------------------------------------------- */

enum label { NO_LABEL, LABEL_YEAR, LABEL_MONTH };

static bool
date_add(struct date_parts *d, int64_t v, enum label label)
{
	if (d->n == LEN(d->v))
		return false;
	d->v[d->n++] = v;
	if ((label == LABEL_YEAR && d->year >= 0) || (label == LABEL_MONTH && d->month >= 0))
		return false;
	if (label == LABEL_YEAR)
		d->year = (int)d->n - 1;
	if (label == LABEL_MONTH)
		d->month = (int)d->n - 1;
	return true;
}

/* As text, three digits and more are a year; as a number, what is above 100. */
static bool
date_add_text(struct date_parts *d, struct sv s, enum label label)
{
	int64_t v;

	if (!whole(s, &v))
		return false;
	if (s.n > 2) {
		d->century = true;
		label = LABEL_YEAR;
	}
	return date_add(d, v, label);
}

static bool
date_add_number(struct date_parts *d, int64_t v, bool fraction)
{
	bool year = v > 100 || (v == 100 && fraction);

	d->century = d->century || year;
	return date_add(d, v, year ? LABEL_YEAR : NO_LABEL);
}

static bool
could_be_day(const struct date_parts *d, int64_t v, bool fraction)
{
	int64_t last = 31;

	if (d->month >= 0) {
		int64_t year = d->year >= 0 ? d->v[d->year] : 2000;

		last = civil_month_days((int32_t)(year < 1 || year > 9999 ? 2000 + year % 400 : year),
		                        (int32_t)d->v[d->month]);
	}
	return v >= 1 && (v < last || (v == last && !fraction));
}

struct ymd {
	int64_t year, month, day; /* -1: not said */
};

/* With three parts and two of them known, the third is known too. */
static bool
resolve_known(const struct date_parts *d, struct ymd *ret)
{
	int year = d->year, month = d->month;
	size_t known = (year >= 0 ? 1u : 0u) + (month >= 0 ? 1u : 0u);

	if (known == 0 || (d->n != known && !(d->n == 3 && known == 2)))
		return false;
	*ret = (struct ymd){year >= 0 ? d->v[year] : -1, month >= 0 ? d->v[month] : -1, -1};
	if (d->n == 3)
		ret->day = d->v[3 - year - month];
	return true;
}

static void
resolve_three(const struct date_parts *d, struct ymd *ret)
{
	/* places of year, month, day */
	static const uint8_t orders[][3] = {{0, 1, 2}, {1, 0, 2}, {2, 0, 1}, {2, 1, 0}, {1, 2, 0}, {0, 2, 1}};
	enum { YMD, MYD, MDY, DMY, DYM, YDM } order;

	if (d->month == 0)
		order = d->v[1] > 31 ? MYD : MDY;
	else if (d->month == 1)
		order = d->v[0] > 31 ? YMD : DMY;
	else if (d->month == 2)
		order = d->v[1] > 31 ? DYM : YDM;
	else if (d->v[0] > 31 || d->year == 0)
		order = YMD;
	else
		order = d->v[0] > 12 ? DMY : MDY;
	*ret = (struct ymd){d->v[orders[order][0]], d->v[orders[order][1]], d->v[orders[order][2]]};
}

static bool
resolve(const struct date_parts *d, struct ymd *ret)
{
	*ret = (struct ymd){-1, -1, -1};
	if (resolve_known(d, ret) || d->n == 0)
		return true;
	if (d->n > 3)
		return false;
	if (d->n == 1 || (d->n == 2 && d->month >= 0)) {
		int64_t other = d->v[d->month < 0 ? 0 : d->month == 0 ? d->n - 1 : 0];

		ret->month = d->month >= 0 ? d->v[d->month] : -1;
		if (d->n > 1 || d->month < 0)
			*(other > 31 ? &ret->year : &ret->day) = other;
	} else if (d->n == 2) {
		if (d->v[0] > 31)
			*ret = (struct ymd){d->v[0], d->v[1], -1};
		else if (d->v[1] > 31)
			*ret = (struct ymd){d->v[1], d->v[0], -1};
		else
			*ret = (struct ymd){-1, d->v[0], d->v[1]};
	} else {
		resolve_three(d, ret);
	}
	return true;
}

/* Numbers ------------------------------------------------------------------------------------------------------------ */

/* s[from, to) as a whole number. */
static bool
digits(struct sv s, size_t from, size_t to, int64_t *ret)
{
	return from < to && to <= s.n && whole((struct sv){s.p + from, to - from}, ret);
}

/* 59, 59.25 */
static bool
set_second(struct parse *p, struct sv s)
{
	ptrdiff_t point = sv_find(s, '.');

	p->m.any = true;
	return whole((struct sv){s.p, point < 0 ? s.n : (size_t)point}, &p->m.second) &&
	       (point < 0 || word_is_digits(sv_skip(s, (size_t)point + 1)));
}

static bool
set_minute(struct parse *p, struct sv s)
{
	bool fraction;

	if (!number(s, &p->m.minute, &fraction))
		return false;
	p->m.any = true;
	if (fraction)
		p->m.second = 0; /* some second of the minute */
	return true;
}

static void
set_hour(struct parse *p, int64_t hour, int half)
{
	if (half == 1 && hour < 12)
		hour += 12;
	else if (half == 0 && hour == 12)
		hour = 0;
	p->m.hour = hour;
	p->m.any = true;
}

/* "12 h", "12h", and the 04 of "12h04"; *at is where the unit stands. */
static bool
find_unit(const struct parse *p, size_t i, size_t *at)
{
	if (has(p, i + 1) && word_unit(p->w.v[i + 1]) >= 0)
		*at = i + 1;
	else if (is_word(p, i + 1, " ") && has(p, i + 2) && word_unit(p->w.v[i + 2]) >= 0)
		*at = i + 2;
	else if (i > 0 && word_unit(p->w.v[i - 1]) >= 0)
		*at = i - 1;
	else if (i > 1 && i + 1 == p->w.n && is_word(p, i - 1, " ") && word_unit(p->w.v[i - 2]) >= 0)
		*at = i - 2;
	else
		return false;
	return true;
}

static bool
with_unit(struct parse *p, struct sv s, size_t at)
{
	int unit = word_unit(p->w.v[at]) + (at < p->i);
	int64_t v;
	bool fraction;

	if (at > p->i)
		p->i = at;
	switch (unit) {
	case 0:
		if (!number(s, &v, &fraction))
			return false;
		p->m.hour = v;
		if (fraction)
			p->m.minute = 0;
		p->m.any = true;
		return true;
	case 1:
		return set_minute(p, s);
	case 2:
		return set_second(p, s);
	default:
		return true;
	}
}

/* HH:MM[:SS[.ss]] */
static bool
clock_time(struct parse *p, int64_t hour)
{
	size_t i = p->i;

	p->m.hour = hour;
	p->m.second = -1;
	if (!set_minute(p, p->w.v[i + 2]))
		return false;
	if (is_word(p, i + 3, ":") && has(p, i + 4)) {
		if (!set_second(p, p->w.v[i + 4]))
			return false;
		p->i += 2;
	}
	p->i += 2;
	return true;
}

/* 01-02[-03], 01-Jan[-03]; the sign is also / or a point. */
static bool
with_separator(struct parse *p, struct sv first)
{
	size_t i = p->i;
	struct sv sign = p->w.v[i + 1];

	if (!date_add_text(&p->date, first, NO_LABEL))
		return false;
	if (has(p, i + 2) && !word_is_jump(p->w.v[i + 2])) {
		struct sv second = p->w.v[i + 2];
		int month = word_month(second);

		if (word_is_digits(second) ? !date_add_text(&p->date, second, NO_LABEL)
		                           : month < 0 || !date_add(&p->date, month + 1, LABEL_MONTH))
			return false;
		if (has(p, i + 3) && sv_eq(p->w.v[i + 3], sign)) {
			if (!has(p, i + 4))
				return false;
			month = word_month(p->w.v[i + 4]);
			if (month >= 0 ? !date_add(&p->date, month + 1, LABEL_MONTH)
			               : !date_add_text(&p->date, p->w.v[i + 4], NO_LABEL))
				return false;
			p->i += 2;
		}
		p->i++;
	}
	p->i++;
	return true;
}

/* YYMMDD, or HHMMSS[.ss] */
static bool
six_digits(struct parse *p, struct sv s)
{
	if (p->date.n == 0 && sv_find(s, '.') < 0)
		return date_add_text(&p->date, (struct sv){s.p, 2}, NO_LABEL) &&
		       date_add_text(&p->date, (struct sv){s.p + 2, 2}, NO_LABEL) &&
		       date_add_text(&p->date, sv_skip(s, 4), NO_LABEL);
	return digits(s, 0, 2, &p->m.hour) && digits(s, 2, 4, &p->m.minute) && set_second(p, sv_skip(s, 4));
}

/* YYYYMMDD[HHMM[SS]] */
static bool
many_digits(struct parse *p, struct sv s)
{
	p->m.any = true;
	return date_add_text(&p->date, (struct sv){s.p, 4}, LABEL_YEAR) &&
	       date_add_text(&p->date, (struct sv){s.p + 4, 2}, NO_LABEL) &&
	       date_add_text(&p->date, (struct sv){s.p + 6, 2}, NO_LABEL) &&
	       (s.n == 8 || (digits(s, 8, 10, &p->m.hour) && digits(s, 10, 12, &p->m.minute))) &&
	       (s.n <= 12 || digits(s, 12, s.n, &p->m.second));
}

/* The 2359 of 19990101T2359. */
static bool
is_time_behind_date(const struct parse *p, struct sv s)
{
	return p->date.n == 3 && (s.n == 2 || s.n == 4) && p->m.hour < 0 &&
	       (!has(p, p->i + 1) || (!is_word(p, p->i + 1, ":") && word_unit(p->w.v[p->i + 1]) < 0));
}

static bool
take_number(struct parse *p)
{
	struct sv s = p->w.v[p->i];
	size_t at, i = p->i;
	int64_t v;
	bool fraction;

	if (!number(s, &v, &fraction))
		return false;
	if (is_time_behind_date(p, s)) {
		p->m.any = true;
		return digits(s, 0, 2, &p->m.hour) && (s.n == 2 || digits(s, 2, 4, &p->m.minute));
	}
	if (s.n == 6 || (s.n > 6 && sv_find(s, '.') == 6))
		return six_digits(p, s);
	if (s.n == 8 || s.n == 12 || s.n == 14)
		return many_digits(p, s);
	if (find_unit(p, i, &at))
		return with_unit(p, s, at);
	if (is_word(p, i + 1, ":") && has(p, i + 2))
		return clock_time(p, v);
	if (is_word(p, i + 1, "-") || is_word(p, i + 1, "/") || is_word(p, i + 1, "."))
		return with_separator(p, s);
	if (!has(p, i + 1) || word_is_jump(p->w.v[i + 1])) {
		p->i++;
		if (!has(p, i + 2) || word_half(p->w.v[i + 2]) < 0)
			return date_add_number(&p->date, v, fraction);
		p->i++;
		set_hour(p, v, word_half(p->w.v[i + 2]));
		return true;
	}
	if (word_half(p->w.v[i + 1]) >= 0 && v < 24) {
		p->i++;
		set_hour(p, v, word_half(p->w.v[i + 1]));
		return true;
	}
	return could_be_day(&p->date, v, fraction) && date_add_number(&p->date, v, fraction);
}

/* Words -------------------------------------------------------------------------------------------------------------- */

/* Jan, Jan-01[-99], Jan of 01 */
static bool
take_month(struct parse *p, int month)
{
	size_t i = p->i;
	int64_t year;

	if (!date_add(&p->date, month + 1, LABEL_MONTH))
		return false;
	if (is_word(p, i + 1, "-") || is_word(p, i + 1, "/")) {
		if (!has(p, i + 2) || !date_add_text(&p->date, p->w.v[i + 2], NO_LABEL))
			return false;
		if (has(p, i + 3) && sv_eq(p->w.v[i + 3], p->w.v[i + 1])) {
			if (!has(p, i + 4) || !date_add_text(&p->date, p->w.v[i + 4], NO_LABEL))
				return false;
			p->i += 2;
		}
		p->i += 2;
	} else if (has(p, i + 4) && is_word(p, i + 1, " ") && is_word(p, i + 3, " ") &&
	           word_is_of(p->w.v[i + 2])) {
		p->i += 4;
		if (!whole(p->w.v[i + 4], &year))
			return true;
		p->date.century = true;
		return date_add(&p->date, year < 100 ? year + 2000 : year, LABEL_YEAR);
	}
	return true;
}

static bool
take_half(struct parse *p, int half)
{
	if (p->m.hour < 0 || p->m.hour > 12)
		return false;
	set_hour(p, p->m.hour, half);
	p->m.half = true;
	return true;
}

static bool
could_be_zone(const struct parse *p, struct sv s, bool offset)
{
	if (p->m.hour < 0 || p->m.zone || offset || s.n > 5)
		return false;
	if (sv_is(s, "z"))
		return true;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 'A' || s.p[i] > 'Z')
			return false;
	return true;
}

/* UTC, EST, GMT+3 */
static void
take_zone(struct parse *p)
{
	struct sv s = p->w.v[p->i];
	bool sign = is_word(p, p->i + 1, "+") || is_word(p, p->i + 1, "-");

	p->m.any = true;
	p->m.zone = !(sign && word_is_utc(s));
	p->m.offset = sv_is(s, "z") && !sign;
}

/* +0300, +03:00, +3, each perhaps with (BRST) behind it. */
static bool
take_offset(struct parse *p)
{
	size_t i = p->i;
	struct sv s;
	int64_t v;

	if (!has(p, i + 1))
		return false;
	s = p->w.v[i + 1];
	if (s.n == 4) {
		if (!digits(s, 0, 2, &v) || !digits(s, 2, 4, &v))
			return false;
	} else if (is_word(p, i + 2, ":")) {
		if (!whole(s, &v) || !has(p, i + 3) || !whole(p->w.v[i + 3], &v))
			return false;
		i += 2;
	} else if (s.n > 2 || !whole(s, &v)) {
		return false;
	}
	p->m.offset = p->m.any = true;
	if (has(p, i + 5) && word_is_jump(p->w.v[i + 2]) && is_word(p, i + 3, "(") &&
	    is_word(p, i + 5, ")") && p->w.v[i + 4].n >= 3 && could_be_zone(p, p->w.v[i + 4], false)) {
		p->m.zone = true;
		i += 4;
	}
	p->i = i + 1;
	return true;
}

static bool
take(struct parse *p)
{
	struct sv s = p->w.v[p->i];

	if (s.p[0] >= '0' && s.p[0] <= '9' && word_is_number(s))
		return take_number(p);
	if (word_weekday(s) >= 0) {
		p->m.weekday = p->m.any = true;
		return true;
	}
	if (word_month(s) >= 0)
		return take_month(p, word_month(s));
	if (word_half(s) >= 0)
		return take_half(p, word_half(s));
	if (could_be_zone(p, s, p->m.offset)) {
		take_zone(p);
		return true;
	}
	if (p->m.hour >= 0 && (sv_is(s, "+") || sv_is(s, "-")))
		return take_offset(p);
	return word_is_jump(s);
}

static bool
exists(const struct parse *p, const struct ymd *d)
{
	const struct moment *m = &p->m;
	int64_t year = d->year, month = d->month < 0 ? 1 : d->month;

	if (m->hour > 23 || m->minute > 59 || m->second > 59)
		return false;
	if (year >= 0 && year < 100 && !p->date.century)
		year += year < 76 ? 2000 : 1900;
	if (year < 0)
		year = 2000;
	return year >= 1 && year <= 9999 && month >= 1 && month <= 12 &&
	       (d->day < 0 || (d->day >= 1 && d->day <= civil_month_days((int32_t)year, (int32_t)month)));
}

static enum form_result
dateutil_test(const void *compiled UNUSED, struct sv text, struct regex_scratch *scratch UNUSED)
{
	struct parse p = {.date = {.year = -1, .month = -1, .day = -1},
	                  .m = {-1, -1, -1, false, false, false, false, false}};
	struct ymd d;

	if (!words_split(&p.w, text))
		return FORM_NO;
	for (p.i = 0; p.i < p.w.n; p.i++)
		if (!take(&p))
			return FORM_NO;
	if (!resolve(&p.date, &d) || !(p.m.any || d.year >= 0 || d.month >= 0 || d.day >= 0))
		return FORM_NO;
	return exists(&p, &d) ? FORM_YES : FORM_NO;
}

const struct form form_dateutil = {
	.name = "dateutil",
	.doc = "A time that python-dateutil's parser reads.",
	.dates = true,
	.times = true,
	.test = dateutil_test,
};
