#include "run/discover_date.h"

#include <stdio.h>

/* 9 stands for a digit. */
static const struct {
	const char *picture, *pattern;
	bool day;
} forms[] = {
	{"9999-99-99", "%Y-%m-%d", true}, {"9999_99_99", "%Y_%m_%d", true}, {"9999/99/99", "%Y/%m/%d", true},
	{"99999999", "%Y%m%d", true},     {"9999-99", "%Y-%m", false},      {"9999_99", "%Y_%m", false},
	{"9999/99", "%Y/%m", false},
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
has_picture(struct sv s, const char *picture)
{
	size_t n = strlen(picture);

	if (s.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (picture[i] == '9' ? !is_digit(s.p[i]) : s.p[i] != picture[i])
			return false;
	return true;
}

/* The next number of so many digits, past what separates it. */
static int
take_number(struct sv *s, size_t digits)
{
	int n = 0;

	while (s->n > 0 && !is_digit(s->p[0]))
		*s = sv_skip(*s, 1);
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (s->p[i] - '0');
	*s = sv_skip(*s, digits);
	return n;
}

/* Another number behind it is a time of day, or it was no date. */
static bool
goes_on(struct sv rest)
{
	if (rest.n > 0 && is_digit(rest.p[0]))
		return true;
	return rest.n > 1 && strchr("Tt_-", rest.p[0]) != NULL && is_digit(rest.p[1]);
}

static bool
date_at(struct sv path, size_t i, struct path_date *ret)
{
	struct sv rest = sv_skip(path, i);

	for (size_t k = 0; k < LEN(forms); k++) {
		size_t n = strlen(forms[k].picture);
		struct sv s = rest;
		int year, month, day;

		if (!has_picture(rest, forms[k].picture))
			continue;
		year = take_number(&s, 4);
		month = take_number(&s, 2);
		day = forms[k].day ? take_number(&s, 2) : 1;
		if (year < 1900 || year > 2100 || month < 1 || month > 12 || day < 1 ||
		    day > civil_month_days(year, month))
			continue;
		/* "2024-01-31" goes on as a month would, too: then the day's form has been refused for a reason. */
		if (goes_on(sv_skip(rest, n)))
			return false;
		*ret = (struct path_date){.at = i,
		                          .n = n,
		                          .pattern = forms[k].pattern,
		                          .every = forms[k].day ? EVERY_DAY : EVERY_MONTH};
		(void)snprintf(ret->from, sizeof(ret->from), "%04d-%02d-%02d", year % 10000, month % 100,
		               day % 100);
		return true;
	}
	return false;
}

static bool
find_from(struct sv path, size_t from, struct path_date *ret)
{
	for (size_t i = from; i < path.n; i++)
		if (is_digit(path.p[i]) && (i == 0 || !is_digit(path.p[i - 1])) && date_at(path, i, ret))
			return true;
	return false;
}

bool
path_date_find(struct sv path, struct path_date *ret)
{
	size_t name = path.n;

	while (name > 0 && path.p[name - 1] != '/')
		name--;
	return find_from(path, name, ret) || find_from(path, 0, ret);
}
