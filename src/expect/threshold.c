/* Thresholds: `> 0`, `>= 1.5%`, `between 1 and 9`, `not between (1% and 9%]`, `> 6h`, `> last_good + 10%`. */
#include <math.h>

#include "base/duration.h"
#include "base/num.h"
#include "expect/expect.h"

static bool
take(struct sv *s, const char *word)
{
	struct sv w = sv_of(word);

	if (s->n < w.n || !sv_ieq((struct sv){s->p, w.n}, w))
		return false;
	*s = sv_trim(sv_skip(*s, w.n));
	return true;
}

/* The number in front, and whether a % stands behind it. */
static bool
take_number(struct sv *s, double *ret, bool *percent)
{
	size_t n = 0;

	while (n < s->n && (strchr("+-.eE", s->p[n]) != NULL || (s->p[n] >= '0' && s->p[n] <= '9')))
		n++;
	if (n == 0 || !num_f64((struct sv){s->p, n}, ret))
		return false;
	*s = sv_trim(sv_skip(*s, n));
	*percent = take(s, "%");
	return true;
}

/* 6h, 1d6h30m: as seconds.  A bare number is none, not even 0. */
static bool
take_duration(struct sv *s, double *ret)
{
	size_t n = 0;
	int64_t us;

	while (n < s->n && ((s->p[n] >= '0' && s->p[n] <= '9') || (s->p[n] >= 'a' && s->p[n] <= 'z')))
		n++;
	if (n < 2 || (s->p[n - 1] >= '0' && s->p[n - 1] <= '9') ||
	    !duration_parse((struct sv){s->p, n}, &us, NULL))
		return false;
	*ret = (double)us / 1e6;
	*s = sv_trim(sv_skip(*s, n));
	return true;
}

/* `last_good`, `last_good + 10%`, `last_good - 5`. */
static bool
take_last_good(struct sv *s, struct threshold_end *ret)
{
	double sign = 1, add;
	bool share;

	if (!take(s, "last_good"))
		return false;
	ret->last_good = true;
	if (!take(s, "+")) {
		if (!take(s, "-"))
			return true;
		sign = -1;
	}
	if (!take_number(s, &add, &share) || add < 0)
		return false;
	ret->add = sign * add;
	ret->share = share;
	return true;
}

/* One number of a threshold, of whatever kind. */
static bool
take_end(struct sv *s, struct threshold *t, double *value, struct threshold_end *end, bool *percent)
{
	*percent = false;
	if (take_last_good(s, end))
		return true;
	if (take_duration(s, value)) {
		t->seconds = true;
		return true;
	}
	return !end->last_good && take_number(s, value, percent);
}

static bool
refuse(struct sv text, struct loc at, struct err *err)
{
	err_set(err, ERR_ARG, at, "'" SV_FMT "' is no threshold", SV_ARG(text));
	return err_hint(err,
	                "Write it as \"> 0\", \">= 1%%\", \"between 1 and 9\", \"not between 1 and 9\" or "
	                "\"> last_good + 10%%\".");
}

static bool
parse_between(struct sv rest, struct threshold *t)
{
	bool percent;

	t->end.strict = take(&rest, "(");
	if (!t->end.strict)
		(void)take(&rest, "[");
	if (!take_end(&rest, t, &t->value, &t->end, &t->percent) || !take(&rest, "and") ||
	    !take_end(&rest, t, &t->value2, &t->end2, &percent))
		return false;
	t->end2.strict = take(&rest, ")");
	if (!t->end2.strict)
		(void)take(&rest, "]");
	t->between = true;
	return percent == t->percent && rest.n == 0;
}

static bool
parse_compare(struct sv rest, struct threshold *t)
{
	static const struct {
		const char *text;
		enum expr_op op;
	} ops[] = {{"<=", OP_LE}, {">=", OP_GE}, {"!=", OP_NE}, {"<>", OP_NE},
	           {"==", OP_EQ}, {"<", OP_LT},  {">", OP_GT},  {"=", OP_EQ}};

	for (size_t i = 0; i < LEN(ops); i++)
		if (take(&rest, ops[i].text)) {
			t->op = ops[i].op;
			return take_end(&rest, t, &t->value, &t->end, &t->percent) && rest.n == 0;
		}
	return false;
}

bool
threshold_is_relative(const struct threshold *t)
{
	return t->end.last_good || t->end2.last_good;
}

static double
resolve(const struct threshold_end *end, double value, double last_good)
{
	if (!end->last_good)
		return value;
	return last_good + (end->share ? end->add / 100 * fabs(last_good) : end->add);
}

struct threshold
threshold_resolve(const struct threshold *t, bool known, double last_good)
{
	struct threshold ret = *t;

	if (!threshold_is_relative(t))
		return ret;
	ret.open = !known;
	ret.value = resolve(&t->end, t->value, last_good);
	ret.value2 = resolve(&t->end2, t->value2, last_good);
	return ret;
}

bool
threshold_parse_change(struct sv text, struct loc at, struct threshold *ret, struct err *err)
{
	struct threshold t = {.set = true, .text = text, .loc = at};
	struct sv rest = sv_trim(text);

	t.negate = take(&rest, "not ");
	bool between = take(&rest, "between ");
	if (t.negate && !between)
		return refuse(text, at, err);
	if (between ? !parse_between(rest, &t) : !parse_compare(rest, &t))
		return refuse(text, at, err);
	if (between && t.value > t.value2 && !threshold_is_relative(&t))
		return err_set(err, ERR_ARG, at,
		               "the threshold '" SV_FMT "' has its lower bound above the upper one",
		               SV_ARG(text));
	*ret = t;
	return true;
}

bool
threshold_parse(struct sv text, struct loc at, struct threshold *ret, struct err *err)
{
	struct threshold t;

	if (!threshold_parse_change(text, at, &t, err))
		return false;
	if (t.percent && (t.value < 0 || t.value > 100 || t.value2 < 0 || t.value2 > 100))
		return err_set(err, ERR_ARG, at, "the threshold '" SV_FMT "' is not between 0%% and 100%%",
		               SV_ARG(text));
	*ret = t;
	return true;
}

bool
threshold_met(const struct threshold *t, double number, double percent)
{
	double x = t->percent ? percent : number;

	if (!t->set || t->open)
		return false;
	if (t->between)
		return ((t->end.strict ? x > t->value : x >= t->value) &&
		        (t->end2.strict ? x < t->value2 : x <= t->value2)) != t->negate;
	switch (t->op) {
	case OP_LT:
		return x < t->value;
	case OP_LE:
		return x <= t->value;
	case OP_GT:
		return x > t->value;
	case OP_GE:
		return x >= t->value;
	case OP_EQ:
		return x == t->value;
	case OP_NE:
		return x != t->value;
	default:
		return false;
	}
}
