/*
 * Ticks are found day by day of the wall clock: the fields pick a date, then a minute in it.  On an ordinary day (24
 * hours, each minute once) a minute is an addition away from its instant; on a day that the zone's clock jumps in
 * or next to, every tick of the day is mapped to its instants.  Nothing is remembered between calls.
 */
#include "base/cron.h"

#define MINUTES_PER_DAY (24 * 60)
#define DAYS_MAX (8 * 366 + 1) /* 2096-02-29 to 2104-02-29 is the longest that one may have to wait */
#define SAMPLES 1000

static const char *const month_names[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct field {
	const char *what;
	int min, max, top; /* top: the largest number that may be written; 7 is Sunday too */
	const char *const *names;
	size_t nnames; /* the first one is min */
};

static const struct field fields[] = {
	{.what = "minute", .min = 0, .max = 59, .top = 59},
	{.what = "hour", .min = 0, .max = 23, .top = 23},
	{.what = "day of the month", .min = 1, .max = 31, .top = 31},
	{.what = "month", .min = 1, .max = 12, .top = 12, .names = month_names, .nnames = 12},
	{.what = "day of the week", .min = 0, .max = 6, .top = 7, .names = day_names, .nnames = 7},
};

static bool
parse_number(struct sv s, int *ret)
{
	int v = 0;

	if (s.n == 0 || s.n > 4)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*ret = v;
	return true;
}

static bool
parse_value(const struct field *f, struct sv s, int *ret, struct err *err)
{
	int v;

	for (size_t i = 0; i < f->nnames; i++) {
		if (sv_ieq(s, sv_of(f->names[i]))) {
			*ret = f->min + (int)i;
			return true;
		}
	}
	if (!parse_number(s, &v))
		return err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is not a %s", SV_ARG(s), f->what);
	if (v < f->min || v > f->top)
		return err_set(err, ERR_ARG, NOWHERE, "%s %d is not in %d-%d", f->what, v, f->min, f->top);
	*ret = v;
	return true;
}

static bool
wraps(const struct field *f, struct sv range, int lo, int hi, struct err *err)
{
	err_set(err, ERR_ARG, NOWHERE, "the range '" SV_FMT "' in the %s runs backwards", SV_ARG(range),
	        f->what);
	if (f->nnames == 7 && hi == 0)
		return err_hint(err, "Sunday at the end of a range is 7: %d-7", lo);
	return err_hint(err, "write its two parts: %d-%d,%d-%d", lo, f->max, f->min, hi);
}

/* `*`, `5`, `1-5`, each with an optional `/step`; `5/10` runs from 5 to the end. */
static bool
parse_item(const struct field *f, struct sv item, uint64_t *bits, struct err *err)
{
	bool stepped = sv_find(item, '/') >= 0;
	struct sv step_text = item, range = sv_cut(&step_text, '/');
	int lo = f->min, hi = f->max, step = 1;

	if (stepped && (!parse_number(step_text, &step) || step == 0))
		return err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is not a step in the %s",
		               SV_ARG(step_text), f->what);
	if (!sv_is(range, "*")) {
		bool ranged = sv_find(range, '-') >= 0;
		struct sv hi_text = range, lo_text = sv_cut(&hi_text, '-');

		if (!parse_value(f, lo_text, &lo, err))
			return false;
		if (ranged && !parse_value(f, hi_text, &hi, err))
			return false;
		if (!ranged)
			hi = stepped ? MAX(lo, f->max) : lo;
		if (lo > hi)
			return wraps(f, range, lo, hi, err);
	}
	for (int v = lo; v <= hi; v += step)
		*bits |= UINT64_C(1) << v;
	return true;
}

static bool
parse_field(const struct field *f, struct sv text, uint64_t *bits, bool *any, struct err *err)
{
	struct sv rest = text;
	uint64_t set = 0;
	bool more = true;

	while (more) {
		more = sv_find(rest, ',') >= 0;
		if (!parse_item(f, sv_cut(&rest, ','), &set, err))
			return false;
	}
	*bits = set;
	*any = sv_is(text, "*") || sv_is(text, "*/1");
	return true;
}

/* Cuts white space, then a word, off the start of *s.  Empty at the end. */
static struct sv
take_word(struct sv *s)
{
	struct sv word;
	size_t n = 0;

	*s = sv_trim(*s);
	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	word = (struct sv){s->p, n};
	*s = sv_skip(*s, n);
	return word;
}

static bool
check_comes(const struct cron *c, struct err *err)
{
	/* A restricted weekday alone makes days come. */
	if (c->any_day || !c->any_weekday)
		return true;
	for (int month = 1; month <= 12; month++) {
		/* 2000 is a leap year. */
		uint64_t days = (UINT64_C(2) << civil_month_days(2000, month)) - 1;

		if ((c->month >> month & 1) != 0 && (c->day & days) != 0)
			return true;
	}
	return err_set(err, ERR_ARG, NOWHERE, "its day never comes: no month it names has day %d",
	               __builtin_ctzll(c->day));
}

static bool
parse_fields(struct sv s, struct cron *c, struct err *err)
{
	struct sv word[LEN(fields)], rest = s;
	uint64_t *bits[] = {&c->minute, &c->hour, &c->day, &c->month, &c->weekday};
	bool unused, *any[] = {&unused, &c->any_hour, &c->any_day, &unused, &c->any_weekday};
	size_t n = 0;

	for (struct sv w = take_word(&rest); w.n > 0; w = take_word(&rest)) {
		if (n < LEN(fields))
			word[n] = w;
		n++;
	}
	if (n != LEN(fields)) {
		err_set(err, ERR_ARG, NOWHERE, "it has %zu field%s, not 5", n, n == 1 ? "" : "s");
		return err_hint(err, "write minute, hour, day, month and weekday: '0 6 * * *'%s",
		                n == 6 ? " (there are no seconds)" : "");
	}
	for (size_t i = 0; i < LEN(fields); i++)
		if (!parse_field(&fields[i], word[i], bits[i], any[i], err))
			return false;
	c->weekday = (c->weekday | c->weekday >> 7) & 0x7f;
	/* However it is written, every hour is every hour: its ticks are an interval, not a time of day. */
	c->any_hour = c->hour == (1U << 24) - 1;
	return check_comes(c, err);
}

static bool
parse(struct sv s, struct cron *c, struct err *err)
{
	static const char *const alias[][2] = {
		{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
		{"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
		{"@annually", "0 0 1 1 *"},
	};

	if (s.n == 0 || s.p[0] != '@')
		return parse_fields(s, c, err);
	for (size_t i = 0; i < LEN(alias); i++)
		if (sv_ieq(s, sv_of(alias[i][0])))
			return parse_fields(sv_of(alias[i][1]), c, err);
	err_set(err, ERR_ARG, NOWHERE, "there is no such schedule");
	return err_hint(err, "the names are @hourly @daily @midnight @weekly @monthly @yearly @annually");
}

bool
cron_parse(struct sv s, struct cron *ret, struct err *err)
{
	struct cron c = {0};

	if (!parse(sv_trim(s), &c, err))
		return err_prefix(err, "cron '" SV_FMT "'", SV_ARG(s));
	*ret = c;
	return true;
}

/* The first matching minute of a day from `from` on, or -1. */
static int
minute_from(const struct cron *c, int from)
{
	for (int hour = from / 60; hour < 24; hour++) {
		int skip = hour == from / 60 ? from % 60 : 0;
		uint64_t left = c->minute & UINT64_MAX << skip;

		if ((c->hour >> hour & 1) != 0 && left != 0)
			return hour * 60 + __builtin_ctzll(left);
	}
	return -1;
}

/* The last matching minute of a day up to `upto`, or -1. */
static int
minute_upto(const struct cron *c, int upto)
{
	for (int hour = upto / 60; hour >= 0; hour--) {
		int last = hour == upto / 60 ? upto % 60 : 59;
		uint64_t left = c->minute & UINT64_MAX >> (63 - last);

		if ((c->hour >> hour & 1) != 0 && left != 0)
			return hour * 60 + 63 - __builtin_clzll(left);
	}
	return -1;
}

/* One search for the tick nearest to t_us on one side: after it, or at or before it. */
struct search {
	const struct cron *c;
	const struct tz *z;
	struct cron_days days;
	int64_t t_us, best_us;
	bool forward;
};

static void
offer(struct search *s, int64_t tick_us)
{
	if (s->forward ? tick_us <= s->t_us : tick_us > s->t_us)
		return;
	if (s->best_us == TIME_NONE || (s->forward ? tick_us < s->best_us : tick_us > s->best_us))
		s->best_us = tick_us;
}

static bool
day_matches(const struct search *s, const struct civil *date, int64_t day)
{
	const struct cron *c = s->c;
	bool of_month = (c->day >> date->day & 1) != 0;
	bool of_week = (c->weekday >> civil_weekday(day) & 1) != 0;
	bool ok = c->any_day || c->any_weekday ? of_month && of_week : of_month || of_week;

	return ok && (s->days.pass == NULL || s->days.pass(s->days.arg, day));
}

/* Does each minute of the day happen once, 24 hours in a row? */
static bool
ordinary_day(const struct tz *z, int64_t day, int64_t *start_us)
{
	int64_t first, last, unused;

	if (tz_from_local(z, day * US_PER_DAY, &first, &unused) != TZ_ONE ||
	    tz_from_local(z, (day + 1) * US_PER_DAY - 1, &last, &unused) != TZ_ONE)
		return false;
	*start_us = first;
	return last - first == US_PER_DAY - 1;
}

static void
search_ordinary_day(struct search *s, int64_t start_us)
{
	int64_t into = s->t_us - start_us, last = MINUTES_PER_DAY - 1;
	int minute = -1;

	if (s->forward && into < last * US_PER_MIN)
		minute = minute_from(s->c, into < 0 ? 0 : (int)(into / US_PER_MIN) + 1);
	else if (!s->forward && into >= 0)
		minute = minute_upto(s->c, (int)MIN(into / US_PER_MIN, last));
	if (minute >= 0)
		offer(s, start_us + minute * US_PER_MIN);
}

static void
search_odd_day(struct search *s, int64_t day)
{
	for (int m = minute_from(s->c, 0); m >= 0; m = minute_from(s->c, m + 1)) {
		int64_t first, second;
		enum tz_fold fold = tz_from_local(s->z, day * US_PER_DAY + m * US_PER_MIN, &first, &second);

		offer(s, second);
		if (fold == TZ_TWICE && s->c->any_hour)
			offer(s, first);
	}
}

/* The next day to look at: one on, or over the rest of a month that does not match. */
static int64_t
step(const struct search *s, const struct civil *date, int64_t day)
{
	int64_t first = day - date->day + 1;

	if ((s->c->month >> date->month & 1) != 0)
		return s->forward ? day + 1 : day - 1;
	return s->forward ? first + civil_month_days(date->year, date->month) : first - 1;
}

/*
 * A clock that jumps back over midnight shows two dates in turns, so what an odd day yields is compared with the
 * day after it; and as no clock jumps by more than a day, the search starts a day early.
 */
static int64_t
search(struct search *s)
{
	int64_t min_day = civil_days(1, 1, 3), max_day = civil_days(9999, 12, 29);
	int64_t day, left;

	s->best_us = TIME_NONE;
	if (s->t_us < min_day * US_PER_DAY || s->t_us >= max_day * US_PER_DAY)
		return TIME_NONE;
	left = civil_day_of(tz_to_local_us(s->z, s->t_us));
	day = s->forward ? left - 2 : left + 2;
	for (int64_t first = day; day >= min_day - 2 && day <= max_day + 2;) {
		bool seen = s->best_us != TIME_NONE, ordinary = false;
		struct civil date = {0};
		int64_t start_us;

		if (first - day > DAYS_MAX + 3 || day - first > DAYS_MAX + 3)
			break;
		civil_from_days(day, &date);
		if ((s->c->month >> date.month & 1) != 0 && day_matches(s, &date, day)) {
			ordinary = ordinary_day(s->z, day, &start_us);
			if (ordinary)
				search_ordinary_day(s, start_us);
			else
				search_odd_day(s, day);
		}
		if (seen || (ordinary && s->best_us != TIME_NONE))
			break;
		day = s->best_us != TIME_NONE ? day + (s->forward ? 1 : -1) : step(s, &date, day);
	}
	return s->best_us;
}

int64_t
cron_prev_on(const struct cron *c, const struct tz *z, struct cron_days days, int64_t t_us)
{
	struct search s = {.c = c, .z = z, .days = days, .t_us = t_us, .forward = false};

	return search(&s);
}

int64_t
cron_next_on(const struct cron *c, const struct tz *z, struct cron_days days, int64_t t_us)
{
	struct search s = {.c = c, .z = z, .days = days, .t_us = t_us, .forward = true};

	return search(&s);
}

int64_t
cron_prev(const struct cron *c, const struct tz *z, int64_t t_us)
{
	return cron_prev_on(c, z, (struct cron_days){0}, t_us);
}

int64_t
cron_next(const struct cron *c, const struct tz *z, int64_t t_us)
{
	return cron_next_on(c, z, (struct cron_days){0}, t_us);
}

int64_t
cron_min_gap_us(const struct cron *c, int64_t from_us)
{
	int64_t gap = INT64_MAX, last = cron_next(c, tz_utc, from_us);

	for (int i = 1; i < SAMPLES && last != TIME_NONE; i++) {
		int64_t tick = cron_next(c, tz_utc, last);

		if (tick != TIME_NONE)
			gap = MIN(gap, tick - last);
		last = tick;
	}
	return gap;
}
