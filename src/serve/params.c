/* The query of a request: split, decoded once, and held against the parameters of its route. */
#include "base/civil.h"
#include "base/duration.h"
#include "base/num.h"
#include "serve/request_internal.h"

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
percent_decode(struct arena *a, struct sv s, bool plus_is_space, struct sv *ret)
{
	char *dst = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int high = i + 2 < s.n ? digit(s.p[i + 1]) : -1;
			int low = i + 2 < s.n ? digit(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c == '\0')
			return false;
		dst[n++] = c;
	}
	*ret = (struct sv){dst, n};
	return sv_utf8_valid(*ret);
}

static const char *const flag_words[] = {"0", "false", "no", "", "1", "true", "yes"};
enum { FIRST_TRUE = 3 };

static bool
flag_parse(struct sv s, int64_t *ret)
{
	for (size_t i = 0; i < LEN(flag_words); i++)
		if (sv_is(s, flag_words[i])) {
			*ret = i >= FIRST_TRUE;
			return true;
		}
	return false;
}

static bool
is_one_of(struct sv s, const char *const *names)
{
	while (*names != NULL)
		if (sv_is(s, *names++))
			return true;
	return false;
}

/* What it takes, in words, if it does not take this. */
static const char *
misfit(struct arena *a, const struct route_param *p, struct given *g)
{
	const char *list = "";

	switch (p->type) {
	case PARAM_IS_TEXT:
		return NULL;
	case PARAM_IS_FLAG:
		return flag_parse(g->text, &g->number) ? NULL : "1 or 0";
	case PARAM_IS_COUNT:
		return num_i64(g->text, &g->number) && g->number >= 0 ? NULL : "a whole number, at least 0";
	case PARAM_IS_DURATION:
		return duration_parse(g->text, &g->number, NULL) ? NULL : "a duration, like 90s or 26h";
	case PARAM_IS_TIME:
		return rfc3339_parse(g->text, &g->number, NULL) ? NULL : "a time, like 2026-01-31T08:00:00Z";
	case PARAM_IS_ENUM:
		break;
	}
	if (is_one_of(g->text, p->names))
		return NULL;
	for (size_t i = 0; p->names[i] != NULL; i++)
		list = arena_printf(a, "%s%s%s", list,
		                    i == 0                    ? ""
		                    : p->names[i + 1] != NULL ? ", "
		                                              : " or ",
		                    p->names[i]);
	return list;
}

static bool
unknown(struct exchange *x, struct sv name)
{
	const struct route *r = x->q.route;
	const char **names = ARENA_ARRAY(x->q.a, const char *, r->nparam);
	const char *near;

	for (size_t i = 0; i < r->nparam; i++)
		names[i] = r->param[i].name;
	near = sv_nearest(name, names, r->nparam);
	if (near != NULL)
		request_refuse(&x->q, 400, "there is no parameter '" SV_FMT "'; did you mean '%s'?",
		               SV_ARG(name), near);
	else
		request_refuse(&x->q, 400, "there is no parameter '" SV_FMT "'", SV_ARG(name));
	return false;
}

static bool
take(struct exchange *x, struct sv name, struct sv value)
{
	const struct route *r = x->q.route;

	for (size_t i = 0; i < r->nparam; i++) {
		struct given *g = &x->r.given[i];
		const char *wants;

		if (!sv_is(name, r->param[i].name))
			continue;
		if (g->there) {
			request_refuse(&x->q, 400, "the parameter '%s' is given twice", r->param[i].name);
			return false;
		}
		*g = (struct given){.text = value, .there = true};
		wants = misfit(x->q.a, &r->param[i], g);
		if (wants == NULL)
			return true;
		request_refuse(&x->q, 400, "the parameter '%s' takes %s, not '" SV_FMT "'", r->param[i].name,
		               wants, SV_ARG(value));
		return false;
	}
	return unknown(x, name);
}

bool
request_params(struct exchange *x, struct sv query)
{
	const struct route *r = x->q.route;

	if (r->nparam > 0)
		x->r.given = ARENA_ARRAY(x->q.a, struct given, r->nparam);
	while (query.n > 0) {
		struct sv value = sv_cut(&query, '&'), name;

		if (value.n == 0)
			continue;
		name = sv_cut(&value, '=');
		if (!percent_decode(x->q.a, name, true, &name) ||
		    !percent_decode(x->q.a, value, true, &value)) {
			request_refuse(&x->q, 400,
			               "the query cannot be decoded: it must be UTF-8, percent-encoded");
			return false;
		}
		if (!take(x, name, value))
			return false;
	}
	return true;
}
