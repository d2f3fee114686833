#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/civil.h"
#include "base/clock.h"

struct unit {
	const char *name;
	int64_t us;
};

/* From large to small, the order in which they may be glued together. */
static const struct unit units[] = {
	{"w", 7 * US_PER_DAY}, {"d", US_PER_DAY}, {"h", US_PER_HOUR}, {"m", US_PER_MIN}, {"s", US_PER_S},
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cuts the digits at the start of *s off.  False where there are none, or too many for the result. */
static bool
take_number(struct sv *s, int64_t *ret, bool *overflow)
{
	size_t n = 0;
	int64_t v = 0;

	for (; n < s->n && is_digit(s->p[n]); n++) {
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, s->p[n] - '0', &v)) {
			*overflow = true;
			return false;
		}
	}
	if (n == 0)
		return false;
	*ret = v;
	*s = sv_skip(*s, n);
	return true;
}

static bool
not_duration(struct sv whole, const char *why, struct err *err)
{
	err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is not a duration: %s", SV_ARG(whole), why);
	return err_hint(err, "write it like 90s, 15m, 26h, 7d, 2w or 1d6h");
}

bool
duration_parse(struct sv whole, int64_t *us, struct err *err)
{
	struct sv s = whole;
	int64_t sum = 0;
	size_t next = 0; /* the largest unit that may still come */

	if (sv_is(s, "0")) {
		*us = 0;
		return true;
	}
	if (s.n == 0)
		return not_duration(whole, "it is empty", err);
	while (s.n > 0) {
		int64_t v;
		bool overflow = false;
		size_t u = 0;

		if (!take_number(&s, &v, &overflow))
			return not_duration(whole, overflow ? "it is too long" : "a number is missing", err);
		if (s.n == 0)
			return not_duration(whole, "a unit is missing", err);
		while (u < LEN(units) && units[u].name[0] != s.p[0])
			u++;
		if (u == LEN(units))
			return not_duration(whole, "the units are s, m, h, d and w", err);
		if (u < next)
			return not_duration(whole, "units go from large to small, each once", err);
		if (__builtin_mul_overflow(v, units[u].us, &v) || __builtin_add_overflow(sum, v, &sum))
			return not_duration(whole, "it is too long", err);
		next = u + 1;
		s = sv_skip(s, 1);
	}
	*us = sum;
	return true;
}

bool
size_parse(struct sv whole, int64_t *bytes, struct err *err)
{
	static const char *const names[][2] = {
		{"B", "B"}, {"KB", "KiB"}, {"MB", "MiB"}, {"GB", "GiB"}, {"TB", "TiB"},
	};
	struct sv s = whole;
	int64_t v = 0;
	bool overflow = false;
	size_t u = 0;

	if (!take_number(&s, &v, &overflow) && !overflow) {
		err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is not a size", SV_ARG(whole));
		return err_hint(err, "write it like 64KB, 512MB or 50GB");
	}
	while (!overflow && s.n > 0 && u < LEN(names) && !sv_ieq(s, sv_of(names[u][0])) &&
	       !sv_ieq(s, sv_of(names[u][1])))
		u++;
	if (u == LEN(names)) {
		err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is not a size: no unit is called '" SV_FMT "'",
		        SV_ARG(whole), SV_ARG(s));
		return err_hint(err, "the units are B, KB, MB, GB and TB, powers of 1024");
	}
	if (overflow || __builtin_mul_overflow(v, INT64_C(1) << (10 * u), &v))
		return err_set(err, ERR_ARG, NOWHERE, "the size '" SV_FMT "' is too large", SV_ARG(whole));
	*bytes = v;
	return true;
}

/* The sign goes to dst; the rest of the arithmetic is unsigned, so that INT64_MIN is no special case. */
static uint64_t
magnitude(int64_t us, char **dst)
{
	if (us >= 0)
		return (uint64_t)us;
	*(*dst)++ = '-';
	return -(uint64_t)us;
}

/*
 * One unit where its count has at most two digits (three for days), because that is how people write it: 90s, 26h,
 * 7d.  Weeks only where they are shorter than days.
 */
static const struct unit *
single_unit(uint64_t us)
{
	for (size_t i = LEN(units); i-- > 1;) {
		uint64_t n = us / (uint64_t)units[i].us;
		bool days = units[i].us == US_PER_DAY;

		if (us % (uint64_t)units[i].us != 0 || n > (days ? 999U : 99U))
			continue;
		if (days && n % 7 == 0 && ((n >= 10 && n / 7 < 10) || (n >= 100 && n / 7 < 100)))
			return &units[0];
		/* A larger unit is taken if it saves digits: 60s is 1m, but 90m stays. */
		if (i > 1 && us % (uint64_t)units[i - 1].us == 0)
			continue;
		return &units[i];
	}
	return NULL;
}

const char *
duration_format(int64_t us, char *dst)
{
	char *p = dst, *end = dst + DURATION_MAX;
	uint64_t rest = magnitude(us, &p);
	const struct unit *one = single_unit(rest);

	if (us == 0)
		return strcpy(dst, "0s");
	if (one != NULL) {
		snprintf(p, (size_t)(end - p), "%" PRIu64 "%s", rest / (uint64_t)one->us, one->name);
		return dst;
	}
	for (size_t i = 1; i < LEN(units) - 1; i++) {
		uint64_t n = rest / (uint64_t)units[i].us;

		if (n > 0)
			p += snprintf(p, (size_t)(end - p), "%" PRIu64 "%s", n, units[i].name);
		rest %= (uint64_t)units[i].us;
	}
	if (rest % 1000 != 0)
		snprintf(p, (size_t)(end - p), "%" PRIu64 ".%06" PRIu64 "s", rest / 1000000, rest % 1000000);
	else if (rest % 1000000 != 0)
		snprintf(p, (size_t)(end - p), "%" PRIu64 ".%03" PRIu64 "s", rest / 1000000,
		         rest / 1000 % 1000);
	else if (rest > 0)
		snprintf(p, (size_t)(end - p), "%" PRIu64 "s", rest / 1000000);
	return dst;
}

const char *
duration_words(int64_t us, char *dst)
{
	static const struct unit words[] = {
		{"d", US_PER_DAY}, {"h", US_PER_HOUR}, {"min", US_PER_MIN}, {"s", US_PER_S}, {"ms", 1000},
	};
	char *p = dst, *end = dst + DURATION_MAX;
	uint64_t rest = magnitude(us, &p);
	size_t i = 0;

	while (i < LEN(words) && rest < (uint64_t)words[i].us)
		i++;
	if (i == LEN(words))
		return strcpy(dst, "0 s");
	p += snprintf(p, (size_t)(end - p), "%" PRIu64 " %s", rest / (uint64_t)words[i].us, words[i].name);
	rest %= (uint64_t)words[i].us;
	/* Milliseconds stand alone: "45 s", not "45 s 250 ms". */
	if (i + 1 < LEN(words) - 1 && rest >= (uint64_t)words[i + 1].us)
		snprintf(p, (size_t)(end - p), " %" PRIu64 " %s", rest / (uint64_t)words[i + 1].us,
		         words[i + 1].name);
	return dst;
}

const char *
moment_words(int64_t t_us, int64_t now_us, char *dst)
{
	static const struct unit words[] = {{"h", US_PER_HOUR}, {"min", US_PER_MIN}, {"s", US_PER_S}};
	char text[RFC3339_MAX];
	bool past = t_us <= now_us;
	int64_t away;
	size_t i = 0;

	/* One unit is enough: the exact moment stands in the JSON. */
	if (__builtin_sub_overflow(now_us, t_us, &away) || away >= US_PER_DAY || away <= -US_PER_DAY) {
		snprintf(dst, DURATION_MAX, "%.10s %.5s UTC", civil_format(t_us, text), text + 11);
		return dst;
	}
	away = past ? away : -away;
	while (i < LEN(words) && away < words[i].us)
		i++;
	if (i == LEN(words))
		return strcpy(dst, "just now");
	snprintf(dst, DURATION_MAX, "%s%" PRId64 " %s%s", past ? "" : "in ", away / words[i].us,
	         words[i].name, past ? " ago" : "");
	return dst;
}
