/*
 * Times by a format, as Python's strptime reads them (its documentation's "strftime() and strptime() Format Codes", and the behaviour
 * of CPython 3.11 where that is silent), in the C locale and in UTC.
 *
 * A format is a list of pieces.  Each piece offers the lengths it could take in a fixed order of preference; the first way in which all
 * pieces find their place is the reading, and it has to end where the text does.  What was read then has to be a time.
 */
#include "base/civil.h"
#include "expr/form.h"

enum { PIECES_MAX = 64, STEPS_MAX = 10000 };

struct piece {
	char what;   /* a directive's letter, ' ' for white space, or 0: the letter itself */
	char letter; /* of 0; of names and numbers what it is */
};

struct strftime {
	struct piece piece[PIECES_MAX];
	size_t n;
	bool has[128]; /* directives that occur */
};

static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                     "july",    "august",   "september", "october", "november", "december"};
static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                   "friday", "saturday", "sunday"};
static const char *const halves[] = {"am", "pm"};
static const char *const zones[] = {"utc", "gmt"};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
add_piece(struct strftime *f, char what, char letter, struct err *err)
{
	if (f->n == PIECES_MAX)
		return err_set(err, ERR_ARG, NOWHERE, "a format has at most %d pieces", PIECES_MAX);
	f->piece[f->n++] = (struct piece){.what = what, .letter = letter};
	return true;
}

static bool
add_format(struct strftime *f, struct sv format, struct err *err)
{
	/* What some directives stand for in the C locale. */
	static const struct {
		char what;
		const char *means;
	} composed[] = {{'c', "%a %b %d %H:%M:%S %Y"}, {'x', "%m/%d/%y"}, {'X', "%H:%M:%S"}};
	static const char simple[] = "aAbBdfGHIjmMpSuUVwWyYzZ";

	for (size_t i = 0; i < format.n; i++) {
		char c = format.p[i];
		const char *means = NULL;

		if (is_space(c)) {
			if ((f->n == 0 || f->piece[f->n - 1].what != ' ') && !add_piece(f, ' ', ' ', err))
				return false;
			continue;
		}
		if (c != '%') {
			if (!add_piece(f, 0, c, err))
				return false;
			continue;
		}
		if (++i == format.n)
			return err_set(err, ERR_ARG, NOWHERE, "the format ends in a stray %%");
		c = format.p[i];
		for (size_t k = 0; k < LEN(composed); k++)
			if (composed[k].what == c)
				means = composed[k].means;
		if (means != NULL) {
			if (!add_format(f, sv_of(means), err))
				return false;
			continue;
		}
		if (c == '%' ? !add_piece(f, 0, '%', err) : c == '\0' || strchr(simple, c) == NULL) {
			err_set(err, ERR_ARG, NOWHERE, "times cannot be read by '%%%c'", c);
			return err_hint(err,
			                "the directives are those of Python's strptime: %%Y %%m %%d %%H …");
		}
		if (c == '%')
			continue;
		/* Python names its groups, and no name may come twice. */
		if (f->has[(unsigned char)c])
			return err_set(err, ERR_ARG, NOWHERE, "'%%%c' stands twice in the format", c);
		f->has[(unsigned char)c] = true;
		if (!add_piece(f, c, c, err))
			return false;
	}
	return true;
}

/* Matching: each function yields the n-th length that a piece could take at s, or 0 when there are no more. */

static size_t
name_length(struct sv s, const char *const *name, size_t nname, bool shortened, size_t nth)
{
	for (size_t i = 0; i < nname; i++) {
		size_t n = shortened ? 3 : strlen(name[i]);

		if (s.n >= n && sv_ieq((struct sv){s.p, n}, (struct sv){name[i], n}))
			return nth == 0 ? n : 0;
	}
	return 0;
}

static int
number(struct sv s)
{
	int v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

/* Two digits if they are within the range, or one if that is. */
static size_t
two_or_one(struct sv s, int low, int high, size_t nth)
{
	bool two = s.n >= 2 && is_digit(s.p[0]) && is_digit(s.p[1]) && number((struct sv){s.p, 2}) >= low &&
	           number((struct sv){s.p, 2}) <= high;
	bool one = s.n >= 1 && is_digit(s.p[0]) && s.p[0] - '0' >= low;

	if (two && nth == 0)
		return 2;
	return one && nth == (two ? 1u : 0u) ? 1 : 0;
}

static size_t
day_length(struct sv s, size_t nth)
{
	size_t before = 0;

	while (before < 3 && two_or_one(s, 1, 31, before) != 0)
		before++;
	if (nth < before)
		return two_or_one(s, 1, 31, nth);
	return nth == before && s.n >= 2 && s.p[0] == ' ' && s.p[1] >= '1' && s.p[1] <= '9' ? 2 : 0;
}

/* 366 … 001, then two digits, then one. */
static size_t
day_of_year_length(struct sv s, size_t nth)
{
	size_t digits = 0;

	while (digits < 3 && digits < s.n && is_digit(s.p[digits]))
		digits++;
	for (size_t n = digits; n > 0; n--) {
		int v = number((struct sv){s.p, n});

		if (v < 1 || v > 366)
			continue;
		if (nth-- == 0)
			return n;
	}
	return 0;
}

static size_t
digits_length(struct sv s, size_t least, size_t most, size_t nth)
{
	size_t n = 0;

	while (n < most && n < s.n && is_digit(s.p[n]))
		n++;
	return n >= least + nth ? n - nth : 0;
}

static bool
two_digits(struct sv s, size_t at, char most)
{
	return s.n >= at + 2 && s.p[at] >= '0' && s.p[at] <= most && is_digit(s.p[at + 1]);
}

/* +09:00, -0930, +00:00:01.5, Z. */
static size_t
offset_length(struct sv s, size_t nth)
{
	size_t length[9], n = 0, at = 3;

	if (s.n >= 1 && s.p[0] == 'Z')
		return nth == 0 ? 1 : 0;
	if (s.n < 3 || (s.p[0] != '+' && s.p[0] != '-') || !two_digits(s, 1, '9'))
		return 0;
	at += at < s.n && s.p[at] == ':';
	if (!two_digits(s, at, '5'))
		return 0;
	length[n++] = at += 2;
	at += at < s.n && s.p[at] == ':';
	if (two_digits(s, at, '5')) {
		length[n++] = at += 2;
		for (size_t k = 1;
		     at < s.n && s.p[at] == '.' && k <= 6 && at + k < s.n && is_digit(s.p[at + k]); k++)
			length[n++] = at + k + 1;
	}
	return nth < n ? length[n - 1 - nth] : 0;
}

static size_t
space_length(struct sv s, size_t nth)
{
	size_t n = 0;

	while (n < s.n && is_space(s.p[n]))
		n++;
	return n > nth ? n - nth : 0;
}

static size_t
piece_length(const struct piece *p, struct sv s, size_t nth)
{
	switch (p->what) {
	case 0:
		return nth == 0 && s.n > 0 && sv_ieq((struct sv){s.p, 1}, (struct sv){&p->letter, 1}) ? 1 : 0;
	case ' ':
		return space_length(s, nth);
	case 'a':
	case 'A':
		return name_length(s, days, LEN(days), p->what == 'a', nth);
	case 'b':
	case 'B':
		return name_length(s, months, LEN(months), p->what == 'b', nth);
	case 'p':
		return name_length(s, halves, LEN(halves), false, nth);
	case 'Z':
		return name_length(s, zones, LEN(zones), false, nth);
	case 'd':
		return day_length(s, nth);
	case 'f':
		return digits_length(s, 1, 6, nth);
	case 'G':
	case 'Y':
		return digits_length(s, 4, 4, nth);
	case 'y':
		return digits_length(s, 2, 2, nth);
	case 'H':
		return two_or_one(s, 0, 23, nth);
	case 'I':
	case 'm':
		return two_or_one(s, 1, 12, nth);
	case 'j':
		return day_of_year_length(s, nth);
	case 'M':
		return two_or_one(s, 0, 59, nth);
	case 'S':
		return two_or_one(s, 0, 61, nth);
	case 'U':
	case 'W':
		return two_or_one(s, 0, 53, nth);
	case 'V':
		/* 00 is no week, but 0 is a digit */
		return s.n >= 2 && s.p[0] == '0' && s.p[1] == '0' ? (nth == 0 ? 1u : 0u)
		                                                  : two_or_one(s, 0, 53, nth);
	case 'w':
		return nth == 0 && s.n > 0 && s.p[0] >= '0' && s.p[0] <= '6' ? 1 : 0;
	case 'u':
		return nth == 0 && s.n > 0 && s.p[0] >= '1' && s.p[0] <= '7' ? 1 : 0;
	case 'z':
		return offset_length(s, nth);
	default:
		return 0;
	}
}

/* What the directives said; -1: nothing. */
struct reading {
	struct sv said[128];
	uint32_t steps;
};

/* The first way to place the pieces from i on; *rest is what is left behind them. */
static bool
place(const struct strftime *f, size_t i, struct sv s, struct reading *r, struct sv *rest)
{
	if (i == f->n) {
		*rest = s;
		return true;
	}
	for (size_t nth = 0;; nth++) {
		size_t n = piece_length(&f->piece[i], s, nth);

		if (n == 0 || ++r->steps > STEPS_MAX)
			return false;
		if (place(f, i + 1, sv_skip(s, n), r, rest)) {
			r->said[(unsigned char)f->piece[i].what] = (struct sv){s.p, n};
			return true;
		}
	}
}

/* The reading as a date -------------------------------------------------------------------------------------------- */

static bool
said(const struct reading *r, char what, int *ret)
{
	struct sv s = r->said[(unsigned char)what];

	if (s.n == 0)
		return false;
	if (s.p[0] == ' ')
		s = sv_skip(s, 1);
	*ret = number(s);
	return true;
}

static int
said_name(const struct reading *r, char what, const char *const *name, size_t n)
{
	struct sv s = r->said[(unsigned char)what];

	for (size_t i = 0; i < n; i++)
		if (s.n >= 3 && s.n <= strlen(name[i]) && sv_ieq(s, (struct sv){name[i], s.n}))
			return (int)i;
	return -1;
}

/* From Monday, 0; -1 if nothing says it. */
static int
weekday_of(const struct reading *r)
{
	int v = said_name(r, 'A', days, LEN(days));

	if (v < 0)
		v = said_name(r, 'a', days, LEN(days));
	if (said(r, 'w', &v))
		return v == 0 ? 6 : v - 1;
	if (said(r, 'u', &v))
		return v - 1;
	return v;
}

/* Does it exist between the years 1 and 9999? */
static bool
day_exists(int64_t day)
{
	return day >= civil_days(1, 1, 1) && day <= civil_days(9999, 12, 31);
}

/* Week 1 of a year begins with its first Sunday (U) or Monday (W). */
static int64_t
day_of_week_number(int year, int week, int weekday, bool from_monday)
{
	int64_t first = civil_days(year, 1, 1);
	int start = (civil_weekday(first) + 6) % 7, day = weekday;

	if (!from_monday) {
		start = (start + 1) % 7;
		day = (day + 1) % 7;
	}
	return week == 0 ? first + day - start : first + (7 - start) % 7 + 7 * (week - 1) + day;
}

static int64_t
day_of_iso_week(int year, int week, int weekday)
{
	int64_t fourth = civil_days(year, 1, 4);

	return fourth - (civil_weekday(fourth) + 6) % 7 + 7 * (week - 1) + weekday;
}

/* ISO weeks need their own year and a weekday, and week 53 only some years have. */
static bool
iso_week_sound(const struct reading *r, bool has_year, int weekday)
{
	int year, week, v;
	bool has_iso_year = said(r, 'G', &year), has_week = said(r, 'V', &week);

	if (!has_year && has_iso_year)
		return has_week && weekday >= 0 && !said(r, 'j', &v);
	return !has_week || said(r, 'U', &v) || said(r, 'W', &v);
}

static bool
is_date(const struct reading *r)
{
	int year = 1900, month = 1, day = 1, v, week, iso_year, weekday = weekday_of(r);
	bool has_year = said(r, 'Y', &year), julian = said(r, 'j', &v);

	if (said(r, 'y', &year)) {
		year += year <= 68 ? 2000 : 1900;
		has_year = true;
	}
	(void)said(r, 'm', &month);
	if ((week = said_name(r, 'B', months, LEN(months))) >= 0 ||
	    (week = said_name(r, 'b', months, LEN(months))) >= 0)
		month = week + 1;
	(void)said(r, 'd', &day);
	if (!iso_week_sound(r, has_year, weekday))
		return false;
	/* February 29 without a year is a day of some year. */
	if (!has_year && month == 2 && day == 29)
		year = 1904;
	if (year < 1)
		return false;
	if (!julian && weekday >= 0) {
		if (said(r, 'U', &week))
			return day_exists(day_of_week_number(year, week, weekday, false));
		if (said(r, 'W', &week))
			return day_exists(day_of_week_number(year, week, weekday, true));
		if (said(r, 'G', &iso_year) && said(r, 'V', &week))
			return iso_year >= 1 && week >= 1 &&
			       day_exists(day_of_iso_week(iso_year, week, weekday));
	}
	if (julian)
		return day_exists(civil_days(year, 1, 1) + v - 1);
	return day >= 1 && day <= civil_month_days(year, month);
}

/* Colons stand everywhere in an offset, or nowhere; and it is less than a day. */
static bool
is_offset(struct sv z)
{
	if (z.n < 5)
		return true;

	bool colon = z.p[3] == ':';
	size_t minutes = colon ? 4 : 3;

	if (colon && z.n > 6 && z.p[6] != ':')
		return false;
	if (!colon && z.n > 5 && z.p[5] == ':')
		return false;
	return number((struct sv){z.p + 1, 2}) * 60 + number((struct sv){z.p + minutes, 2}) < 24 * 60;
}

static enum form_result
strftime_test(const void *compiled, struct sv text, struct regex_scratch *scratch UNUSED)
{
	const struct strftime *f = compiled;
	struct reading r = {.steps = 0};
	struct sv rest;
	int second;

	if (!place(f, 0, text, &r, &rest))
		return r.steps > STEPS_MAX ? FORM_UNDECIDED : FORM_NO;
	/* 60 and 61 are read, and are no second of a time. */
	if (rest.n > 0 || (said(&r, 'S', &second) && second > 59))
		return FORM_NO;
	return is_date(&r) && is_offset(r.said['z']) ? FORM_YES : FORM_NO;
}

static bool
strftime_compile(struct arena *a, struct regex_list *own UNUSED, struct sv argument, const void **ret,
                 struct err *err)
{
	struct strftime *f = ARENA_NEW(a, struct strftime);

	if (!add_format(f, argument, err))
		return false;
	*ret = f;
	return true;
}

const struct form form_strftime = {
	.name = "strftime",
	.doc = "A time in a format of Python's strptime.",
	.has_argument = true,
	.dates = true,
	.compile = strftime_compile,
	.test = strftime_test,
};
