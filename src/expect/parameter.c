/* A recursive descent over the text, computing as it goes: three kinds of values, and Python's rules for what may meet. */
#include "expect/parameter.h"

#include <math.h>
#include <stdio.h>

#include "base/civil.h"
#include "base/num.h"

enum kind { WHOLE, REAL, TIME, SPAN };

struct operand {
	enum kind kind;
	int64_t i; /* WHOLE; TIME: microseconds of a wall clock; SPAN: microseconds */
	double r;  /* REAL */
};

struct reading {
	struct sv rest;
	const struct node *params;
	int64_t now_us;
	bool clock;
	int depth;
	struct loc at;
	struct err *err;
};

enum { DEPTH_MAX = 50, ARGS_MAX = 8 };

/* Years 1 to 9999, as Python's datetime. */
static const int64_t time_min = INT64_C(-62135596800000000), time_max = INT64_C(253402300799999999);

static bool
refuse(struct reading *p, const char *what, struct sv which)
{
	if (p->err->code == ERR_NONE)
		err_set(p->err, ERR_ARG, p->at, "in a suite parameter: %s '" SV_FMT "'", what, SV_ARG(which));
	return false;
}

static bool
take(struct reading *p, char c)
{
	p->rest = sv_trim(p->rest);
	if (p->rest.n == 0 || p->rest.p[0] != c)
		return false;
	p->rest = sv_trim(sv_skip(p->rest, 1));
	return true;
}

static bool
expect(struct reading *p, char c)
{
	if (take(p, c))
		return true;
	return refuse(p, c == ')' ? "')' is missing before" : "'(' is missing before", p->rest);
}

static double
real_of(struct operand o)
{
	return o.kind == WHOLE ? (double)o.i : o.r;
}

static bool
is_number(struct operand o)
{
	return o.kind == WHOLE || o.kind == REAL;
}

static struct operand
whole(int64_t i)
{
	return (struct operand){.kind = WHOLE, .i = i};
}

static struct operand
real(double r)
{
	return (struct operand){.kind = REAL, .r = r};
}

/* Microseconds rounded to the even neighbour, as timedelta does. */
static bool
span_of(struct reading *p, double us, struct operand *ret)
{
	if (!(fabs(us) < 9e18))
		return refuse(p, "a time is out of range near", p->rest);
	*ret = (struct operand){.kind = SPAN, .i = (int64_t)nearbyint(us)};
	return true;
}

static bool
shift(struct reading *p, struct operand time, struct operand span, bool back, struct operand *ret)
{
	int64_t us;
	bool over = back ? __builtin_sub_overflow(time.i, span.i, &us)
	                 : __builtin_add_overflow(time.i, span.i, &us);

	if (over || (time.kind == TIME && (us < time_min || us > time_max)))
		return refuse(p, "a time is out of range near", p->rest);
	*ret = (struct operand){.kind = time.kind, .i = us};
	return true;
}

static bool
add(struct reading *p, struct operand a, struct operand b, bool minus, struct operand *ret)
{
	int64_t i;

	if (is_number(a) && is_number(b)) {
		bool over = minus ? __builtin_sub_overflow(a.i, b.i, &i)
		                  : __builtin_add_overflow(a.i, b.i, &i);

		*ret = a.kind == WHOLE && b.kind == WHOLE && !over
		               ? whole(i)
		               : real(minus ? real_of(a) - real_of(b) : real_of(a) + real_of(b));
		return true;
	}
	if ((a.kind == TIME || a.kind == SPAN) && b.kind == SPAN)
		return shift(p, a, b, minus, ret);
	if (a.kind == SPAN && b.kind == TIME && !minus)
		return shift(p, b, a, false, ret);
	if (a.kind == TIME && b.kind == TIME && minus) {
		*ret = (struct operand){.kind = SPAN, .i = a.i - b.i};
		return true;
	}
	return refuse(p, "these kinds cannot be added or subtracted, before", p->rest);
}

static bool
multiply(struct reading *p, struct operand a, struct operand b, struct operand *ret)
{
	int64_t i;

	if (a.kind == SPAN && is_number(b))
		return span_of(p, (double)a.i * real_of(b), ret);
	if (b.kind == SPAN && is_number(a))
		return span_of(p, (double)b.i * real_of(a), ret);
	if (!is_number(a) || !is_number(b))
		return refuse(p, "these kinds cannot be multiplied, before", p->rest);
	*ret = a.kind == WHOLE && b.kind == WHOLE && !__builtin_mul_overflow(a.i, b.i, &i)
	               ? whole(i)
	               : real(real_of(a) * real_of(b));
	return true;
}

static bool
divide(struct reading *p, struct operand a, struct operand b, struct operand *ret)
{
	double by = b.kind == SPAN ? (double)b.i : real_of(b);

	if (b.kind == TIME || a.kind == TIME || (b.kind == SPAN && a.kind != SPAN))
		return refuse(p, "these kinds cannot be divided, before", p->rest);
	if (by == 0)
		return refuse(p, "division by zero before", p->rest);
	if (a.kind == SPAN && b.kind != SPAN)
		return span_of(p, (double)a.i / by, ret);
	*ret = real((a.kind == SPAN ? (double)a.i : real_of(a)) / by);
	return true;
}

static bool
power(struct reading *p, struct operand a, struct operand b, struct operand *ret)
{
	double r;

	if (!is_number(a) || !is_number(b))
		return refuse(p, "these kinds cannot be raised to a power, before", p->rest);
	r = pow(real_of(a), real_of(b));
	if (!isfinite(r))
		return refuse(p, "a power is no number before", p->rest);
	/* Below 2^53 the double is the integer. */
	*ret = a.kind == WHOLE && b.kind == WHOLE && b.i >= 0 && fabs(r) < 9007199254740992.0
	               ? whole((int64_t)r)
	               : real(r);
	return true;
}

static bool read_sum(struct reading *p, struct operand *ret);

/* Functions ----------------------------------------------------------------------------------------------- */

/* By position or by name, never both. */
struct call {
	struct operand arg[ARGS_MAX];
	uint32_t given; /* bits */
	uint32_t n;
};

static struct sv
take_name(struct reading *p)
{
	size_t n = 0;

	p->rest = sv_trim(p->rest);
	while (n < p->rest.n &&
	       (p->rest.p[n] == '_' || (p->rest.p[n] >= 'a' && p->rest.p[n] <= 'z') ||
	        (p->rest.p[n] >= 'A' && p->rest.p[n] <= 'Z') ||
	        (n > 0 && ((p->rest.p[n] >= '0' && p->rest.p[n] <= '9') || p->rest.p[n] == '.'))))
		n++;

	struct sv name = {p->rest.p, n};
	p->rest = sv_trim(sv_skip(p->rest, n));
	return name;
}

static bool
read_arg(struct reading *p, const char *const *names, size_t nnames, struct call *c)
{
	struct reading before = *p;
	struct sv name = take_name(p);
	size_t at = c->n;

	if (name.n > 0 && take(p, '=')) {
		for (at = 0; at < nnames && !sv_is(name, names[at]);)
			at++;
		if (at == nnames)
			return refuse(p, "unknown argument", name);
	} else {
		*p = before;
		if (at >= nnames)
			return refuse(p, "too many arguments before", p->rest);
	}
	if ((c->given >> at & 1) != 0)
		return refuse(p, "an argument is given twice before", p->rest);
	c->given |= UINT32_C(1) << at;
	c->n++;
	return read_sum(p, &c->arg[at]);
}

static bool
read_args(struct reading *p, const char *const *names, size_t nnames, struct call *c)
{
	if (!expect(p, '('))
		return false;
	if (take(p, ')'))
		return true;
	do {
		if (!read_arg(p, names, nnames, c))
			return false;
	} while (take(p, ','));
	return expect(p, ')');
}

static bool
call_timedelta(struct reading *p, struct operand *ret)
{
	static const char *const names[] = {"days",    "seconds", "microseconds", "milliseconds",
	                                    "minutes", "hours",   "weeks"};
	static const double unit[LEN(names)] = {86400e6, 1e6, 1, 1e3, 60e6, 3600e6, 7 * 86400e6};
	struct call c = {0};
	double us = 0;

	if (!read_args(p, names, LEN(names), &c))
		return false;
	for (size_t i = 0; i < LEN(names); i++) {
		if ((c.given >> i & 1) == 0)
			continue;
		if (!is_number(c.arg[i]))
			return refuse(p, "timedelta() takes numbers, before", p->rest);
		us += real_of(c.arg[i]) * unit[i];
	}
	return span_of(p, us, ret);
}

static bool
call_datetime(struct reading *p, struct operand *ret)
{
	static const char *const names[] = {"year",   "month",  "day",        "hour",
	                                    "minute", "second", "microsecond"};
	struct call c = {0};
	int32_t part[LEN(names)] = {0};

	if (!read_args(p, names, LEN(names), &c))
		return false;
	if ((c.given & 7) != 7)
		return refuse(p, "datetime() needs a year, a month and a day, before", p->rest);
	for (size_t i = 0; i < LEN(names); i++) {
		if ((c.given >> i & 1) == 0)
			continue;
		if (c.arg[i].kind != WHOLE || c.arg[i].i < 0 || c.arg[i].i > 999999)
			return refuse(p, "datetime() takes whole numbers in their range, before", p->rest);
		part[i] = (int32_t)c.arg[i].i;
	}

	struct civil t = {.year = part[0],
	                  .month = part[1],
	                  .day = part[2],
	                  .hour = part[3],
	                  .minute = part[4],
	                  .second = part[5],
	                  .us = part[6]};
	if (!civil_valid(&t))
		return refuse(p, "datetime() of a day that there is not, before", p->rest);
	*ret = (struct operand){.kind = TIME, .i = civil_to_us(&t)};
	return true;
}

static bool
call_now(struct reading *p, struct operand *ret)
{
	struct call c = {0};

	p->clock = true;
	*ret = (struct operand){.kind = TIME, .i = p->now_us};
	return read_args(p, NULL, 0, &c);
}

static double
sgn(double x)
{
	return x > 1e-12 ? 1 : x < -1e-12 ? -1 : 0; /* Great Expectations' own epsilon */
}

/* Functions of one number; those that give whole numbers say so. */
static const struct {
	const char *name;
	double (*fn)(double);
	bool whole, kind; /* kind: of its argument */
} functions[] = {
	{"sin", sin, false, false},        {"cos", cos, false, false}, {"tan", tan, false, false},
	{"exp", exp, false, false},        {"abs", fabs, false, true}, {"trunc", trunc, true, false},
	{"round", nearbyint, true, false}, {"sgn", sgn, true, false},
};

static bool
call_number(struct reading *p, struct sv name, struct operand *ret)
{
	static const char *const names[] = {"x"};
	struct call c = {0};
	size_t i = 0;

	while (i < LEN(functions) && !sv_is(name, functions[i].name))
		i++;
	if (i == LEN(functions))
		return refuse(p, "unknown function", name);
	if (!read_args(p, names, LEN(names), &c))
		return false;
	if (c.n != 1 || !is_number(c.arg[0]))
		return refuse(p, "one number is the argument of", name);

	double r = functions[i].fn(real_of(c.arg[0]));
	if (!isfinite(r))
		return refuse(p, "no finite number comes of", name);
	bool keep = functions[i].whole || (functions[i].kind && c.arg[0].kind == WHOLE);
	*ret = keep && fabs(r) < 9e18 ? whole((int64_t)r) : real(r);
	return true;
}

/* The grammar --------------------------------------------------------------------------------------------- */

static bool
read_number(struct reading *p, struct operand *ret)
{
	size_t n = 0;
	double r;
	int64_t i;

	while (n < p->rest.n && ((p->rest.p[n] >= '0' && p->rest.p[n] <= '9') || p->rest.p[n] == '.' ||
	                         p->rest.p[n] == 'e' || p->rest.p[n] == 'E' ||
	                         (n > 0 && (p->rest.p[n] == '+' || p->rest.p[n] == '-') &&
	                          (p->rest.p[n - 1] == 'e' || p->rest.p[n - 1] == 'E'))))
		n++;

	struct sv text = {p->rest.p, n};
	p->rest = sv_trim(sv_skip(p->rest, n));
	if (num_i64(text, &i)) {
		*ret = whole(i);
		return true;
	}
	if (!num_f64(text, &r) || !isfinite(r))
		return refuse(p, "this is no number:", text);
	*ret = real(r);
	return true;
}

static bool
read_parameter(struct reading *p, struct sv name, struct operand *ret)
{
	const struct node *n = NULL;
	struct time_text t;

	for (size_t i = 0; p->params != NULL && i < p->params->n; i++)
		if (sv_eq(p->params->kid[i].key, name))
			n = &p->params->kid[i];
	if (n == NULL)
		return refuse(p, "unknown suite parameter", name);
	if (n->kind == NODE_INT)
		*ret = whole(n->i);
	else if (n->kind == NODE_REAL && isfinite(n->r))
		*ret = real(n->r);
	else if (n->kind == NODE_TEXT && time_text_parse(n->text, &t))
		*ret = (struct operand){.kind = TIME, .i = t.us - t.offset_us};
	else
		return refuse(p, "neither a number nor a time to compute with is", name);
	return true;
}

static bool
read_atom(struct reading *p, struct operand *ret)
{
	if (p->rest.n == 0)
		return refuse(p, "a value is missing at the", SV("end"));
	if (take(p, '('))
		return read_sum(p, ret) && expect(p, ')');
	if ((p->rest.p[0] >= '0' && p->rest.p[0] <= '9') || p->rest.p[0] == '.')
		return read_number(p, ret);

	struct sv name = take_name(p);
	bool called = p->rest.n > 0 && p->rest.p[0] == '(';
	if (name.n == 0)
		return refuse(p, "unexpected", p->rest);
	if (called)
		return sv_is(name, "now")         ? call_now(p, ret)
		       : sv_is(name, "datetime")  ? call_datetime(p, ret)
		       : sv_is(name, "timedelta") ? call_timedelta(p, ret)
		                                  : call_number(p, name, ret);
	if (sv_is(name, "PI") || sv_is(name, "E")) {
		*ret = real(sv_is(name, "PI") ? M_PI : M_E);
		return true;
	}
	return read_parameter(p, name, ret);
}

/* Signs bind to the atom, so -2^2 is 4 here, as it is there. */
static bool
read_signed(struct reading *p, struct operand *ret)
{
	bool minus = false;

	for (;;) {
		if (take(p, '-'))
			minus = !minus;
		else if (!take(p, '+'))
			break;
	}
	if (!read_atom(p, ret))
		return false;
	if (!minus)
		return true;
	if (ret->kind == TIME)
		return refuse(p, "a time has no negative, before", p->rest);
	return multiply(p, *ret, whole(-1), ret);
}

static bool
read_power(struct reading *p, struct operand *ret)
{
	struct operand right;

	if (++p->depth > DEPTH_MAX)
		return refuse(p, "too deep at", p->rest);
	if (!read_signed(p, ret))
		return false;
	if (take(p, '^') && (!read_power(p, &right) || !power(p, *ret, right, ret)))
		return false;
	p->depth--;
	return true;
}

static bool
read_product(struct reading *p, struct operand *ret)
{
	struct operand right;

	if (!read_power(p, ret))
		return false;
	for (;;) {
		bool by = take(p, '*');

		if (!by && !take(p, '/'))
			return true;
		if (!read_power(p, &right) ||
		    !(by ? multiply(p, *ret, right, ret) : divide(p, *ret, right, ret)))
			return false;
	}
}

static bool
read_sum(struct reading *p, struct operand *ret)
{
	struct operand right;

	if (!read_product(p, ret))
		return false;
	for (;;) {
		bool minus = take(p, '-');

		if (!minus && !take(p, '+'))
			return true;
		if (!read_product(p, &right) || !add(p, *ret, right, minus, ret))
			return false;
	}
}

static struct sv
time_text(struct arena *a, int64_t us, bool clock)
{
	char text[RFC3339_MAX];

	return arena_sv(a, sv_of(clock ? rfc3339_format(us, text) : civil_format(us, text)));
}

bool
parameter_eval(struct arena *a, struct sv text, struct loc at, const struct node *params, int64_t now_us,
               struct node *ret, bool *clock, struct err *err)
{
	struct err own = {0};
	struct reading p = {.rest = sv_trim(text), .params = params, .now_us = now_us, .at = at, .err = &own};
	struct operand v = {0};
	char number[NUM_MAX];

	bool good = read_sum(&p, &v);
	if (good && p.rest.n > 0)
		good = refuse(&p, "unexpected", p.rest);
	if (good && v.kind == SPAN)
		good = refuse(&p, "a length of time is no value:", text);
	if (!good) {
		if (err != NULL)
			*err = own;
		return false;
	}
	*clock = p.clock;
	*ret = (struct node){.loc = at};
	switch (v.kind) {
	case WHOLE:
		ret->kind = NODE_INT;
		ret->i = v.i;
		ret->text = arena_svf(a, "%jd", (intmax_t)v.i);
		break;
	case REAL:
		ret->kind = NODE_REAL;
		ret->r = v.r;
		ret->text = arena_sv(a, sv_of(num_f64_format(v.r, number)));
		break;
	default:
		ret->kind = NODE_TEXT;
		ret->quoted = true;
		ret->text = time_text(a, v.i, p.clock);
	}
	return true;
}
