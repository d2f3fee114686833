#include "base/posix_tz.h"

#include "base/civil.h"

#define DAY_S 86400

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cuts c off the start of *s if it stands there. */
static bool
take(struct sv *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = sv_skip(*s, 1);
	return true;
}

/* One to three digits, at most max. */
static bool
take_int(struct sv *s, int32_t min, int32_t max, int32_t *ret)
{
	size_t n = 0;
	int32_t v = 0;

	for (; n < s->n && n < 3 && is_digit(s->p[n]); n++)
		v = v * 10 + (s->p[n] - '0');
	if (n == 0 || v < min || v > max || (n < s->n && is_digit(s->p[n])))
		return false;
	*ret = v;
	*s = sv_skip(*s, n);
	return true;
}

/* `EST` or `<+03>`: what zones are called does not matter here, only where the name ends. */
static bool
take_name(struct sv *s)
{
	size_t n = 0;

	if (take(s, '<')) {
		while (n < s->n &&
		       (is_alpha(s->p[n]) || is_digit(s->p[n]) || s->p[n] == '+' || s->p[n] == '-'))
			n++;
		*s = sv_skip(*s, n);
		return n >= 3 && take(s, '>');
	}
	while (n < s->n && is_alpha(s->p[n]))
		n++;
	*s = sv_skip(*s, n);
	return n >= 3;
}

/* `[+-]hh[:mm[:ss]]` in seconds. */
static bool
take_time(struct sv *s, int32_t max_hour, int32_t *ret)
{
	bool negative = take(s, '-');
	int32_t hour, minute = 0, second = 0;

	if (!negative)
		take(s, '+');
	if (!take_int(s, 0, max_hour, &hour))
		return false;
	if (take(s, ':')) {
		if (!take_int(s, 0, 59, &minute))
			return false;
		if (take(s, ':') && !take_int(s, 0, 59, &second))
			return false;
	}
	*ret = hour * 3600 + minute * 60 + second;
	if (negative)
		*ret = -*ret;
	return true;
}

/* `,M3.2.0/2`, `,J60`, `,59/-1:30`; without a time it is 02:00. */
static bool
take_rule(struct sv *s, struct posix_rule *r)
{
	bool ok;

	if (!take(s, ','))
		return false;
	if (take(s, 'M')) {
		r->kind = RULE_WEEK;
		ok = take_int(s, 1, 12, &r->month) && take(s, '.') && take_int(s, 1, 5, &r->week) &&
		     take(s, '.') && take_int(s, 0, 6, &r->day);
	} else if (take(s, 'J')) {
		r->kind = RULE_JULIAN;
		ok = take_int(s, 1, 365, &r->day);
	} else {
		r->kind = RULE_DAY;
		ok = take_int(s, 0, 365, &r->day);
	}
	if (!ok)
		return false;
	r->time_s = 2 * 3600;
	return !take(s, '/') || take_time(s, 167, &r->time_s);
}

static bool
parse(struct sv s, struct posix_tz *p)
{
	int32_t west;

	if (!take_name(&s) || !take_time(&s, 24, &west))
		return false;
	p->std_s = -west;
	if (s.n == 0)
		return true;
	if (!take_name(&s))
		return false;
	p->has_dst = true;
	p->dst_s = p->std_s + 3600;
	if (s.n > 0 && s.p[0] != ',') {
		if (!take_time(&s, 24, &west))
			return false;
		p->dst_s = -west;
	}
	/* POSIX leaves the rules out to the system's choice, which is no rule at all. */
	return take_rule(&s, &p->start) && take_rule(&s, &p->end) && s.n == 0;
}

bool
posix_tz_parse(struct sv s, struct posix_tz *ret, struct err *err)
{
	struct posix_tz p = {0};

	if (!parse(s, &p) || p.dst_s < TZ_OFFSET_MIN_S || p.dst_s > TZ_OFFSET_MAX_S)
		return err_set(err, ERR_FORMAT, NOWHERE, "'" SV_FMT "' is not a POSIX TZ string", SV_ARG(s));
	*ret = p;
	return true;
}

/* The wall clock (seconds as if UTC) at which a rule strikes in a year. */
static int64_t
rule_at(const struct posix_rule *r, int32_t year)
{
	int64_t day = civil_days(year, 1, 1);
	bool leap = civil_month_days(year, 2) == 29;

	if (r->kind == RULE_DAY) {
		day += r->day;
	} else if (r->kind == RULE_JULIAN) {
		day += r->day - 1 + (leap && r->day >= 60);
	} else {
		int64_t first = civil_days(year, r->month, 1);
		int32_t of_month = (r->day - civil_weekday(first) + 7) % 7 + 7 * (r->week - 1);

		/* Week 5 means the last such day, be it the fourth. */
		if (of_month >= civil_month_days(year, r->month))
			of_month -= 7;
		day = first + of_month;
	}
	return day * DAY_S + r->time_s;
}

/*
 * With times of up to a week before and after their day, a rule may strike in the year before or after its own, so
 * the strikes of five years are looked at.  Of two at the same instant the start of summer time wins: that is how
 * "summer time all year" is written.
 */
struct tz_stretch
posix_tz_at(const struct posix_tz *p, int64_t t_s)
{
	struct tz_stretch ret = {INT64_MIN, INT64_MAX, p->std_s};
	struct civil c = {0};

	if (!p->has_dst)
		return ret;
	civil_from_days(t_s / DAY_S - (t_s % DAY_S < 0), &c);
	for (int32_t year = c.year - 2; year <= c.year + 2; year++) {
		int64_t strike[2] = {
			rule_at(&p->end, year) - p->dst_s,
			rule_at(&p->start, year) - p->std_s,
		};

		for (int i = 0; i < 2; i++) {
			if (strike[i] > t_s) {
				ret.to_s = MIN(ret.to_s, strike[i]);
			} else if (strike[i] > ret.from_s || (strike[i] == ret.from_s && i == 1)) {
				ret.from_s = strike[i];
				ret.offset_s = i == 1 ? p->dst_s : p->std_s;
			}
		}
	}
	return ret;
}
