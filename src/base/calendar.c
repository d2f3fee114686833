/*
 * iCalendar text is a list of components (BEGIN:X … END:X) of properties, `NAME;PARAM=value:VALUE`, one on a line;
 * a line that starts with white space continues the one before.  Only what says on which dates an event lies is
 * read; a rule that is not understood is an error, since a holiday left out would raise an alarm on its day.
 */
#include "base/calendar.h"

#include <stdlib.h>

#include "base/num.h"

#define SPAN_MAX 366        /* days of one event */
#define HOLIDAYS_MAX 200000 /* of a calendar */
#define LAST_YEAR 2199      /* up to which yearly events without an end are laid out */
#define DEPTH_MAX 8
#define EXCEPTIONS_MAX 1000 /* of one event */
#define LENGTH_TIMED (-1)

static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static bool
parse_weekday(struct sv s, size_t *ret, struct err *err)
{
	for (size_t i = 0; i < LEN(weekday_names); i++) {
		if (sv_ieq(s, sv_of(weekday_names[i]))) {
			*ret = i;
			return true;
		}
	}
	err_set(err, ERR_CATALOG, NOWHERE, "'" SV_FMT "' is not a weekday", SV_ARG(s));
	return err_hint(err, "write mon tue wed thu fri sat sun, as in mon-fri or mon,wed,fri");
}

bool
weekdays_parse(struct sv s, uint8_t *ret, struct err *err)
{
	unsigned set = 0;
	bool more = true;

	while (more) {
		more = sv_find(s, ',') >= 0;

		struct sv range = sv_trim(sv_cut(&s, ','));
		bool ranged = sv_find(range, '-') >= 0;
		struct sv last = range, first = sv_cut(&last, '-');
		size_t day, end;

		if (!parse_weekday(first, &day, err) || !parse_weekday(ranged ? last : first, &end, err))
			return false;
		/* A week is a ring: sat-wed is a working week in some places. */
		for (; day != end; day = (day + 1) % 7)
			set |= 1U << day;
		set |= 1U << end;
	}
	*ret = (uint8_t)set;
	return true;
}

/* An unfolded line, cut into its parts.  Parameters are left out: nothing that is read depends on them. */
struct line {
	struct sv name, value;
	uint32_t number; /* in the file, of its first part */
};

enum repeat { ONCE, YEARLY };

struct event {
	bool seen_start, seen_end, seen_rule, cancelled;
	int64_t start, end, until; /* days; end is the day after the last, until the last itself */
	int64_t length;            /* of DURATION, in days; LENGTH_TIMED if it has hours */
	bool timed;
	enum repeat repeat;
	int64_t count, interval; /* count 0 = no limit */
	LIST(int64_t) except;
	uint32_t number;
};

struct ics {
	struct arena *a;
	const char *file;
	struct sv rest;
	uint32_t number;           /* of the line that rest starts with */
	struct sv open[DEPTH_MAX]; /* components that began */
	size_t depth;
	bool seen_calendar;
	struct event event;
	LIST(int32_t) days;
	struct err *err;
};

static struct loc
at(const struct ics *c, uint32_t number)
{
	return (struct loc){.file = c->file, .line = number};
}

/* The next line of the file, without its end. */
static struct sv
take_physical(struct ics *c)
{
	struct sv s = sv_cut(&c->rest, '\n');

	c->number++;
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

/* The next line with its continuations, copied only if it has any. */
static struct sv
take_unfolded(struct ics *c, uint32_t *number)
{
	*number = c->number;

	struct sv s = take_physical(c);
	char *p = NULL;
	size_t cap = 0;

	while (c->rest.n > 0 && (c->rest.p[0] == ' ' || c->rest.p[0] == '\t')) {
		struct sv more = sv_skip(take_physical(c), 1);

		if (s.n + more.n + 1 > cap || p == NULL) {
			char *old = p;

			cap = 2 * (s.n + more.n + 1);
			p = arena_alloc(c->a, cap);
			if (s.n > 0)
				memcpy(p, old != NULL ? old : s.p, s.n);
		}
		if (more.n > 0)
			memcpy(p + s.n, more.p, more.n);
		s = (struct sv){p, s.n + more.n};
	}
	return s;
}

/* Cuts a line at the colon behind its name and parameters; a quoted parameter may hold colons. */
static bool
split_line(const struct ics *c, struct sv s, struct line *ret)
{
	bool quoted = false;
	size_t name = s.n, colon = s.n;

	for (size_t i = 0; i < s.n && colon == s.n; i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == ':' && !quoted)
			colon = i;
		else if (s.p[i] == ';' && name == s.n)
			name = i;
	}
	if (colon == s.n)
		return err_set(c->err, ERR_CATALOG, at(c, ret->number),
		               "not a line of an iCalendar file: no ':' in it");
	ret->name = (struct sv){s.p, MIN(name, colon)};
	ret->value = sv_trim(sv_skip(s, colon + 1));
	return true;
}

/* `count` digits at p. */
static bool
digits(const char *p, size_t count, int32_t *ret)
{
	int32_t v = 0;

	for (size_t i = 0; i < count; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (p[i] - '0');
	}
	*ret = v;
	return true;
}

/* `20240131`, or `20240131T093000` with or without a Z: then the date on its clock counts. */
static bool
parse_date(const struct ics *c, const struct line *l, struct sv s, int64_t *day, bool *timed)
{
	struct civil v = {0};
	bool has_time = s.n == 15 || (s.n == 16 && s.p[15] == 'Z');
	bool ok = (s.n == 8 || has_time) && digits(s.p, 4, &v.year) && digits(s.p + 4, 2, &v.month) &&
	          digits(s.p + 6, 2, &v.day);

	if (ok && has_time)
		ok = s.p[8] == 'T' && digits(s.p + 9, 2, &v.hour) && digits(s.p + 11, 2, &v.minute) &&
		     digits(s.p + 13, 2, &v.second);
	if (v.second == 60) /* RFC 5545 knows leap seconds */
		v.second = 59;
	if (!ok || !civil_valid(&v))
		return err_set(c->err, ERR_CATALOG, at(c, l->number),
		               "'" SV_FMT "' is not a date of an iCalendar file", SV_ARG(s));
	*day = civil_days(v.year, v.month, v.day);
	*timed = has_time;
	return true;
}

static bool
bad_rule(const struct ics *c, const struct line *l, struct sv part)
{
	err_set(c->err, ERR_CATALOG, at(c, l->number), "RRULE '" SV_FMT "' is not supported", SV_ARG(part));
	return err_hint(c->err, "only FREQ=YEARLY with INTERVAL, COUNT or UNTIL is; write other dates "
	                        "as events of their own");
}

static bool
parse_rule(struct ics *c, const struct line *l, struct event *e)
{
	struct sv rest = l->value;
	bool freq = false, timed;

	while (rest.n > 0) {
		struct sv part = sv_cut(&rest, ';'), value = part, key = sv_cut(&value, '=');
		bool ok = true;

		if (sv_ieq(key, SV("FREQ")))
			ok = freq = sv_ieq(value, SV("YEARLY"));
		else if (sv_ieq(key, SV("INTERVAL")))
			ok = num_i64(value, &e->interval) && e->interval >= 1 && e->interval <= 9999;
		else if (sv_ieq(key, SV("COUNT")))
			ok = num_i64(value, &e->count) && e->count >= 1;
		else if (!sv_ieq(key, SV("UNTIL")))
			ok = false;
		else if (!parse_date(c, l, value, &e->until, &timed))
			return false;
		if (!ok)
			return bad_rule(c, l, part);
	}
	if (!freq || (e->count != 0 && e->until != INT64_MAX))
		return bad_rule(c, l, l->value);
	e->repeat = YEARLY;
	return true;
}

/* `P3D` or `P1W`; with hours only for timed events, whose length is not looked at. */
static bool
parse_length(const struct ics *c, const struct line *l, int64_t *days)
{
	struct sv s = l->value;
	int64_t n = 0;

	if (sv_starts(s, SV("P")) && sv_find(s, 'T') >= 0) {
		*days = LENGTH_TIMED;
		return true;
	}
	if (s.n < 3 || s.p[0] != 'P' || !num_i64((struct sv){s.p + 1, s.n - 2}, &n) || n < 1 ||
	    n > SPAN_MAX || (s.p[s.n - 1] != 'D' && s.p[s.n - 1] != 'W'))
		return err_set(c->err, ERR_CATALOG, at(c, l->number),
		               "the event's DURATION '" SV_FMT "' is not supported", SV_ARG(s));
	*days = s.p[s.n - 1] == 'W' ? n * 7 : n;
	return true;
}

static bool
twice(const struct ics *c, const struct line *l)
{
	return err_set(c->err, ERR_CATALOG, at(c, l->number), "the event has a second " SV_FMT,
	               SV_ARG(l->name));
}

static bool
parse_exceptions(struct ics *c, const struct line *l, struct event *e)
{
	struct sv rest = l->value;
	bool timed;

	while (rest.n > 0) {
		int64_t day;

		if (!parse_date(c, l, sv_cut(&rest, ','), &day, &timed))
			return false;
		if (e->except.n == EXCEPTIONS_MAX)
			return err_set(c->err, ERR_LIMIT, at(c, l->number),
			               "the event has more than %d exceptions", EXCEPTIONS_MAX);
		*LIST_ADD(c->a, &e->except) = day;
	}
	return true;
}

static bool
event_property(struct ics *c, const struct line *l)
{
	static const char *const refused[] = {"RDATE", "EXRULE", "RECURRENCE-ID"};
	struct event *e = &c->event;
	bool timed;

	for (size_t i = 0; i < LEN(refused); i++)
		if (sv_ieq(l->name, sv_of(refused[i])))
			return err_set(c->err, ERR_CATALOG, at(c, l->number),
			               "%s is not supported in a calendar of holidays", refused[i]);
	if (sv_ieq(l->name, SV("DTSTART"))) {
		if (e->seen_start)
			return twice(c, l);
		e->seen_start = true;
		return parse_date(c, l, l->value, &e->start, &e->timed);
	}
	if (sv_ieq(l->name, SV("DTEND")) || sv_ieq(l->name, SV("DURATION"))) {
		if (e->seen_end)
			return twice(c, l);
		e->seen_end = true;
		return sv_ieq(l->name, SV("DTEND")) ? parse_date(c, l, l->value, &e->end, &timed)
		                                    : parse_length(c, l, &e->length);
	}
	if (sv_ieq(l->name, SV("RRULE"))) {
		if (e->seen_rule)
			return twice(c, l);
		e->seen_rule = true;
		return parse_rule(c, l, e);
	}
	if (sv_ieq(l->name, SV("EXDATE")))
		return parse_exceptions(c, l, e);
	if (sv_ieq(l->name, SV("STATUS")))
		e->cancelled = sv_ieq(l->value, SV("CANCELLED"));
	return true;
}

/* How many days the event lasts; 0 with an error. */
static int64_t
event_length(const struct ics *c, const struct event *e)
{
	int64_t days = 1;

	/* A timed event counts on the day that it begins on. */
	if (e->seen_end && !e->timed)
		days = e->length != 0 ? e->length : e->end - e->start;
	if (days < 0) {
		err_set(c->err, ERR_CATALOG, at(c, e->number),
		        "the event ends before it begins, or between two days");
		return 0;
	}
	if (days > SPAN_MAX) {
		err_set(c->err, ERR_CATALOG, at(c, e->number), "the event lasts more than a year");
		return 0;
	}
	/* Some programs write the same day twice for an event of one day. */
	return MAX(days, 1);
}

static bool
is_exception(const struct event *e, int64_t day)
{
	for (size_t i = 0; i < e->except.n; i++)
		if (e->except.v[i] == day)
			return true;
	return false;
}

static bool
add_days(struct ics *c, const struct event *e, int64_t first, int64_t length)
{
	if (is_exception(e, first))
		return true;
	for (int64_t day = first; day < first + length; day++) {
		if (c->days.n >= HOLIDAYS_MAX)
			return err_set(c->err, ERR_LIMIT, at(c, e->number),
			               "the calendar has more than %d holidays", HOLIDAYS_MAX);
		*LIST_ADD(c->a, &c->days) = (int32_t)day;
	}
	return true;
}

static bool
event_end(struct ics *c)
{
	const struct event *e = &c->event;
	struct civil date = {0};
	int64_t length, done = 0;

	if (!e->seen_start)
		return err_set(c->err, ERR_CATALOG, at(c, e->number), "the event has no DTSTART");
	length = event_length(c, e);
	if (length == 0)
		return false;
	if (e->cancelled)
		return true;
	if (e->repeat == ONCE)
		return add_days(c, e, e->start, length);
	civil_from_days(e->start, &date);
	for (int64_t year = date.year; year <= LAST_YEAR; year += e->interval) {
		int64_t day = civil_days((int32_t)year, date.month, date.day);

		if (day > e->until || (e->count != 0 && done == e->count))
			break;
		/* February 29 comes only in leap years (RFC 5545, section 3.3.10), and only then counts. */
		if (date.day > civil_month_days((int32_t)year, date.month))
			continue;
		done++;
		if (!add_days(c, e, day, length))
			return false;
	}
	return true;
}

static bool
begin(struct ics *c, const struct line *l)
{
	bool calendar = sv_ieq(l->value, SV("VCALENDAR"));

	if ((c->depth == 0) != calendar)
		return err_set(c->err, ERR_CATALOG, at(c, l->number),
		               calendar ? "a VCALENDAR inside another component"
		                        : "the file does not start with BEGIN:VCALENDAR");
	if (c->depth == DEPTH_MAX)
		return err_set(c->err, ERR_CATALOG, at(c, l->number), "components are nested too deeply");
	c->open[c->depth++] = l->value;
	c->seen_calendar = true;
	if (sv_ieq(l->value, SV("VEVENT")))
		c->event = (struct event){.number = l->number, .interval = 1, .until = INT64_MAX};
	return true;
}

static bool
take_line(struct ics *c, const struct line *l)
{
	bool in_event = c->depth > 0 && sv_ieq(c->open[c->depth - 1], SV("VEVENT"));

	if (sv_ieq(l->name, SV("BEGIN")))
		return begin(c, l);
	if (c->depth == 0)
		return err_set(c->err, ERR_CATALOG, at(c, l->number),
		               "the file does not start with BEGIN:VCALENDAR");
	if (sv_ieq(l->name, SV("END"))) {
		if (!sv_ieq(l->value, c->open[c->depth - 1]))
			return err_set(c->err, ERR_CATALOG, at(c, l->number),
			               "END:" SV_FMT " where " SV_FMT " should end", SV_ARG(l->value),
			               SV_ARG(c->open[c->depth - 1]));
		c->depth--;
		return !in_event || event_end(c);
	}
	/* Alarms within events have properties of their own. */
	return !in_event || event_property(c, l);
}

static int
by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* What the calendar had and what was read, in order, each day once. */
static void
merge(struct arena *a, struct calendar *cal, const struct ics *c)
{
	size_t n = cal->nholiday + c->days.n, kept = 0;
	int32_t *day = ARENA_ARRAY(a, int32_t, n);

	if (n == 0)
		return;
	if (cal->nholiday > 0)
		memcpy(day, cal->holiday, cal->nholiday * sizeof(*day));
	if (c->days.n > 0)
		memcpy(day + cal->nholiday, c->days.v, c->days.n * sizeof(*day));
	qsort(day, n, sizeof(*day), by_number);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || day[i] != day[kept - 1])
			day[kept++] = day[i];
	cal->holiday = day;
	cal->nholiday = kept;
}

bool
calendar_add_ics(struct arena *a, struct calendar *cal, const char *file, struct sv text, struct err *err)
{
	AUTO(arena) scratch = arena_new();
	struct ics c = {.a = scratch, .file = file, .rest = text, .number = 1, .err = err};

	if (sv_starts(text, SV("\xef\xbb\xbf")))
		c.rest = sv_skip(text, 3);
	while (c.rest.n > 0) {
		struct line l = {0};
		struct sv s = take_unfolded(&c, &l.number);

		if (sv_trim(s).n > 0 && (!split_line(&c, s, &l) || !take_line(&c, &l)))
			return false;
	}
	if (!c.seen_calendar)
		return err_set(err, ERR_CATALOG, at(&c, 1), "the file does not start with BEGIN:VCALENDAR");
	if (c.depth > 0)
		return err_set(err, ERR_CATALOG, at(&c, c.number - 1), "the file ends before END:" SV_FMT,
		               SV_ARG(c.open[c.depth - 1]));
	merge(a, cal, &c);
	return true;
}

bool
calendar_works(const struct calendar *c, int64_t day)
{
	size_t lo = 0, hi;

	if (c == NULL)
		return true;
	if ((c->weekdays >> civil_weekday(day) & 1) == 0)
		return false;
	for (hi = c->nholiday; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->holiday[mid] == day)
			return false;
		if (c->holiday[mid] < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return true;
}

static bool
works(const void *arg, int64_t day)
{
	return calendar_works(arg, day);
}

int64_t
calendar_cron_prev(const struct calendar *c, const struct cron *cron, const struct tz *z, int64_t t_us)
{
	return cron_prev_on(cron, z, (struct cron_days){works, c}, t_us);
}

int64_t
calendar_cron_next(const struct calendar *c, const struct cron *cron, const struct tz *z, int64_t t_us)
{
	return cron_next_on(cron, z, (struct cron_days){works, c}, t_us);
}
