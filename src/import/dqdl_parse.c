/*
 * DQDL's rules, from words.  The grammar is https://github.com/awslabs/dqdl (configuration/dqdl), the language is told at
 * https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
 */
#include "import/dqdl.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

enum { DEPTH_MAX = 30 };

const struct word_rules dqdl_words = {.comments = {"#", "--"}, .more = ".", .signs = "<=>=!=->"};

const struct word *
dqdl_at(const struct dqdl_reader *r, size_t ahead)
{
	return &r->w.v[MIN(r->i + ahead, r->w.n)];
}

bool
dqdl_take(struct dqdl_reader *r, const char *word)
{
	if (!word_is(dqdl_at(r, 0), word))
		return false;
	r->i++;
	return true;
}

static bool
wrong(struct dqdl_reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

static bool
is_any(const struct word *w, const char *lower, const char *upper)
{
	return word_is(w, lower) || word_is(w, upper);
}

/* Operands ------------------------------------------------------------------------------------------------------------- */

static bool
take_number(struct dqdl_reader *r, struct sv *ret)
{
	const bool minus = word_is(dqdl_at(r, 0), "-");
	const struct word *w = dqdl_at(r, minus ? 1 : 0);

	if (w->kind != WORD_NUMBER)
		return false;
	*ret = minus ? arena_svf(r->a, "-" SV_FMT, SV_ARG(w->text)) : w->text;
	r->i += minus ? 2 : 1;
	return true;
}

static bool
take_unit(struct dqdl_reader *r, struct sv *ret)
{
	static const char *const units[] = {"days", "hours", "minutes", "day", "hour", "minute"};

	for (size_t i = 0; i < LEN(units); i++)
		if (dqdl_take(r, units[i])) {
			*ret = sv_of(units[i % 3]);
			return true;
		}
	return false;
}

/* now(), and behind it in parentheses - 3 days */
static bool
read_now(struct dqdl_reader *r, struct dqdl_operand *ret)
{
	r->i++;
	if (!dqdl_take(r, "(") || !dqdl_take(r, ")"))
		return wrong(r, "now() is written with parentheses");
	ret->kind = DQDL_TIME;
	ret->before = word_is(dqdl_at(r, 0), "-");
	if (!dqdl_take(r, "-") && !dqdl_take(r, "+"))
		return true;
	if (!take_number(r, &ret->amount) || !take_unit(r, &ret->unit))
		return wrong(r, "a time is now() - 3 days");
	return true;
}

/* average(last(10)) */
static bool
read_past(struct dqdl_reader *r, struct dqdl_operand *ret)
{
	static const struct {
		const char *name, *ours;
	} known[] = {{"avg", "average"}, {"average", "average"}, {"mean", "average"}, {"median", "median"},
	             {"min", "min"},     {"max", "max"},         {"sum", "sum"},      {"std", "stdev"}};
	const struct sv name = dqdl_at(r, 0)->text;
	const char *ours = NULL;
	struct sv n = {0};

	for (size_t i = 0; i < LEN(known); i++)
		if (sv_is(name, known[i].name))
			ours = known[i].ours;
	if (ours == NULL)
		return wrong(r, "weir knows avg, median, min, max, sum and std of the past only");
	r->i++;
	if (!dqdl_take(r, "(") || !dqdl_take(r, "last") || !dqdl_take(r, "(") || !take_number(r, &n) ||
	    !dqdl_take(r, ")") || !dqdl_take(r, ")"))
		return wrong(r, "the past is written as average(last(10))");
	ret->kind = DQDL_PAST;
	ret->text = arena_svf(r->a, "%s(" SV_FMT ")", ours, SV_ARG(n));
	return true;
}

static bool read_operand(struct dqdl_reader *r, struct dqdl_operand *ret);

static bool
read_keyword(struct dqdl_reader *r, struct dqdl_operand *ret)
{
	static const struct {
		const char *lower, *upper;
		enum dqdl_operand_kind kind;
	} known[] = {{"null", "NULL", DQDL_NULL},
	             {"empty", "EMPTY", DQDL_EMPTY},
	             {"whitespaces_only", "WHITESPACES_ONLY", DQDL_BLANK}};

	for (size_t i = 0; i < LEN(known); i++)
		if (is_any(dqdl_at(r, 0), known[i].lower, known[i].upper)) {
			ret->kind = known[i].kind;
			r->i++;
			return true;
		}
	if (word_is(dqdl_at(r, 0), "now"))
		return read_now(r, ret);
	if (word_is(dqdl_at(r, 1), "("))
		return read_past(r, ret);
	return wrong(r, "a number or a text in double quotes is expected");
}

static bool
read_primary(struct dqdl_reader *r, struct dqdl_operand *ret)
{
	const struct word *w = dqdl_at(r, 0);

	if (w->kind == WORD_TEXT) {
		if (w->broken)
			return wrong(r, "a quote never ends");
		*ret = (struct dqdl_operand){.kind = DQDL_TEXT, .text = w->text, .loose = w->loose};
		r->i++;
		return true;
	}
	if (take_number(r, &ret->text)) {
		ret->kind = DQDL_NUMBER;
		ret->amount = ret->text;
		if (take_unit(r, &ret->unit))
			ret->kind = DQDL_SPAN;
		return true;
	}
	if (dqdl_take(r, "(")) {
		if (!read_operand(r, ret))
			return false;
		return dqdl_take(r, ")") || wrong(r, "a ) is missing");
	}
	return w->kind == WORD_NAME ? read_keyword(r, ret)
	                            : wrong(r, "a number or a text in double quotes is expected");
}

static struct sv
in_parentheses(struct dqdl_reader *r, const struct dqdl_operand *o, bool needed)
{
	return needed ? arena_svf(r->a, "(" SV_FMT ")", SV_ARG(o->text)) : o->text;
}

/* Constants are computed here; what asks for the past stays arithmetic. */
static bool
join(struct dqdl_reader *r, struct dqdl_operand *ret, char op, const struct dqdl_operand *by)
{
	const int level = op == '*' || op == '/' ? 1 : 2;
	double x = 0, y = 0, v;
	char text[NUM_MAX];

	if ((ret->kind != DQDL_NUMBER && ret->kind != DQDL_PAST) ||
	    (by->kind != DQDL_NUMBER && by->kind != DQDL_PAST))
		return wrong(r, "only numbers, and those of the past, are computed with");
	if (ret->kind == DQDL_NUMBER && by->kind == DQDL_NUMBER) {
		if (!num_f64(ret->text, &x) || !num_f64(by->text, &y))
			return wrong(r, "a number is too large");
		v = op == '*' ? x * y : op == '/' ? x / y : op == '+' ? x + y : x - y;
		if (!isfinite(v))
			return wrong(r, "it computes what is no number");
		(void)snprintf(text, sizeof(text), "%.15g", v);
		*ret = (struct dqdl_operand){.kind = DQDL_NUMBER, .text = arena_sv(r->a, sv_of(text))};
		ret->amount = ret->text;
		return true;
	}
	ret->text = arena_svf(r->a, SV_FMT " %c " SV_FMT, SV_ARG(in_parentheses(r, ret, ret->level > level)),
	                      op, SV_ARG(in_parentheses(r, by, by->level >= level)));
	ret->kind = DQDL_PAST;
	ret->level = level;
	return true;
}

static bool
read_product(struct dqdl_reader *r, struct dqdl_operand *ret)
{
	if (!read_primary(r, ret))
		return false;
	for (;;) {
		struct dqdl_operand by = {.kind = DQDL_NUMBER};
		const char op = word_is(dqdl_at(r, 0), "/") ? '/' : '*';

		if (!dqdl_take(r, "*") && !dqdl_take(r, "/"))
			return true;
		if (!read_primary(r, &by) || !join(r, ret, op, &by))
			return false;
	}
}

/* 0.9 * average(last(10)) - 1 */
static bool
read_operand(struct dqdl_reader *r, struct dqdl_operand *ret)
{
	if (++r->depth > DEPTH_MAX)
		return wrong(r, "it is nested too deep");
	if (!read_product(r, ret))
		return false;
	while (word_is(dqdl_at(r, 0), "-") || word_is(dqdl_at(r, 0), "+")) {
		struct dqdl_operand by = {.kind = DQDL_NUMBER};
		const char op = word_is(dqdl_at(r, 0), "-") ? '-' : '+';

		r->i++;
		if (!read_product(r, &by) || !join(r, ret, op, &by))
			return false;
	}
	r->depth--;
	return true;
}

static bool
add_operand(struct dqdl_reader *r, struct dqdl_cond *ret)
{
	struct dqdl_operand o = {.kind = DQDL_NUMBER};

	if (!read_operand(r, &o))
		return false;
	*LIST_ADD(r->a, &ret->v) = o;
	return true;
}

/* $name: the values that it stands for */
static const struct dqdl_cond *
take_constant(struct dqdl_reader *r)
{
	const struct dqdl_cond *ret;

	if (!word_is(dqdl_at(r, 0), "$") || dqdl_at(r, 1)->kind != WORD_NAME)
		return NULL;
	ret = map_get(&r->constant, dqdl_at(r, 1)->text);
	if (ret == NULL) {
		(void)wrong(r, "the constant has no value");
		return NULL;
	}
	r->i += 2;
	return ret;
}

static bool
read_list(struct dqdl_reader *r, struct dqdl_cond *ret)
{
	const struct dqdl_cond *constant = take_constant(r);

	if (constant != NULL) {
		ret->v.v = constant->v.v;
		ret->v.n = ret->v.cap = constant->v.n;
		return true;
	}
	if (!dqdl_take(r, "["))
		return wrong(r, "a list in [ ] is expected");
	while (!dqdl_take(r, "]")) {
		if (!add_operand(r, ret))
			return false;
		if (!dqdl_take(r, ",") && !word_is(dqdl_at(r, 0), "]"))
			return wrong(r, "a list never ends");
	}
	return ret->v.n > 0 || wrong(r, "the list is empty");
}

bool
dqdl_constant(struct dqdl_reader *r, struct dqdl_cond *ret)
{
	return word_is(dqdl_at(r, 0), "[") ? read_list(r, ret) : add_operand(r, ret);
}

/* Conditions ------------------------------------------------------------------------------------------------------------- */

static bool
take_operator(struct dqdl_reader *r, char *ret)
{
	static const char *const ops[] = {"<=", ">=", "!=", "<", ">", "="};

	for (size_t i = 0; i < LEN(ops); i++)
		if (dqdl_take(r, ops[i])) {
			memcpy(ret, ops[i], strlen(ops[i]) + 1);
			return true;
		}
	return false;
}

/* What stands there, or nothing: DQDL_NONE. */
static bool
read_condition(struct dqdl_reader *r, struct dqdl_cond *ret)
{
	const struct dqdl_cond *constant;

	*ret = (struct dqdl_cond){.negate = dqdl_take(r, "not")};
	if (dqdl_take(r, "between")) {
		ret->kind = DQDL_BETWEEN;
		return add_operand(r, ret) &&
		       (dqdl_take(r, "and") || dqdl_take(r, "AND") ||
		        wrong(r, "between 1 and 9 is expected")) &&
		       add_operand(r, ret);
	}
	if (dqdl_take(r, "in")) {
		ret->kind = DQDL_IN;
		return read_list(r, ret);
	}
	if (dqdl_take(r, "matches")) {
		ret->kind = DQDL_MATCHES;
		return add_operand(r, ret) &&
		       (ret->v.v[0].kind == DQDL_TEXT || wrong(r, "a pattern in double quotes is expected"));
	}
	if (ret->negate)
		return wrong(r, "not stands before between, in and matches only");
	if (!take_operator(r, ret->op))
		return true;
	ret->kind = DQDL_COMPARE;
	if ((constant = take_constant(r)) == NULL)
		return add_operand(r, ret);
	ret->v.v = constant->v.v;
	ret->v.n = ret->v.cap = constant->v.n;
	return constant->v.n == 1 || wrong(r, "a list is compared with a value");
}

/* Rules ------------------------------------------------------------------------------------------------------------------- */

static bool
is_end_of_params(const struct dqdl_reader *r)
{
	static const char *const words[] = {"not", "between", "in", "matches", "where", "with", "labels"};
	const struct word *w = dqdl_at(r, 0);

	for (size_t i = 0; i < LEN(words); i++)
		if (word_is(w, words[i]))
			return true;
	return false;
}

static bool
read_params(struct dqdl_reader *r, struct dqdl_rule *ret)
{
	for (;;) {
		const struct word *w = dqdl_at(r, 0);
		const struct dqdl_cond *constant;

		if (is_any(w, "of", "OF") || (is_any(w, "and", "AND") && !word_is(dqdl_at(r, 1), "("))) {
			r->i++;
			continue;
		}
		if ((constant = take_constant(r)) != NULL) {
			*LIST_ADD(r->a, &ret->param) = constant->v.v[0].text;
			continue;
		}
		if (r->why != NULL)
			return false;
		if (w->kind == WORD_TEXT && w->broken)
			return wrong(r, "a quote never ends");
		if ((w->kind != WORD_TEXT && w->kind != WORD_NAME && w->kind != WORD_NUMBER) ||
		    is_end_of_params(r) || is_any(w, "and", "AND") || is_any(w, "or", "OR"))
			return true;
		*LIST_ADD(r->a, &ret->param) = w->text;
		r->i++;
	}
}

/* with threshold > 0.9, with "format" = "yyyy-MM-dd" */
static bool
read_with(struct dqdl_reader *r, struct dqdl_rule *ret)
{
	const size_t from = r->i;

	if (dqdl_take(r, "threshold"))
		return read_condition(r, &ret->threshold) &&
		       (ret->threshold.kind != DQDL_NONE || wrong(r, "the threshold has no condition"));
	if (dqdl_at(r, 0)->kind != WORD_TEXT || !word_is(dqdl_at(r, 1), "=") ||
	    dqdl_at(r, 2)->kind != WORD_TEXT)
		return wrong(r, "with threshold > 0.9 is expected");
	r->i += 3;
	ret->tag = words_source(&r->w, from, r->i - 1);
	return true;
}

/* labels = ["team" = "data"]: for whoever reads the results */
static bool
skip_labels(struct dqdl_reader *r)
{
	if (!dqdl_take(r, "=") || !dqdl_take(r, "["))
		return wrong(r, "labels are written as [\"key\"=\"value\"]");
	while (dqdl_at(r, 0)->kind != WORD_END && !word_is(dqdl_at(r, 0), "]"))
		r->i++;
	return dqdl_take(r, "]") || wrong(r, "a list never ends");
}

static bool
read_one(struct dqdl_reader *r, struct dqdl_rule *ret)
{
	if (dqdl_at(r, 0)->kind != WORD_NAME)
		return wrong(r, "it begins with no type of rule");
	ret->type = dqdl_at(r, 0)->text;
	r->i++;
	if (!read_params(r, ret) || !read_condition(r, &ret->cond))
		return false;
	for (;;) {
		if (dqdl_take(r, "with")) {
			if (!read_with(r, ret))
				return false;
		} else if (dqdl_take(r, "where")) {
			if (dqdl_at(r, 0)->kind != WORD_TEXT || dqdl_at(r, 0)->broken)
				return wrong(r, "a filter in double quotes is expected");
			ret->where = dqdl_at(r, 0)->text;
			r->i++;
		} else if (dqdl_take(r, "labels")) {
			if (!skip_labels(r))
				return false;
			ret->labels = true;
		} else {
			return true;
		}
	}
}

static bool read_joined(struct dqdl_reader *r, struct dqdl_rule *ret);

static bool
read_part(struct dqdl_reader *r, struct dqdl_rule *ret)
{
	const size_t from = r->i;

	if (dqdl_take(r, "(")) {
		if (++r->depth > DEPTH_MAX)
			return wrong(r, "it is nested too deep");
		if (!read_joined(r, ret))
			return false;
		if (!dqdl_take(r, ")"))
			return wrong(r, "a ) is missing");
		r->depth--;
		return true;
	}
	ret->loc = dqdl_at(r, 0)->loc;
	if (!read_one(r, ret))
		return false;
	ret->source = words_source(&r->w, from, r->i - 1);
	return true;
}

static enum dqdl_join
take_join(struct dqdl_reader *r)
{
	if (dqdl_take(r, "and") || dqdl_take(r, "AND"))
		return DQDL_AND;
	return dqdl_take(r, "or") || dqdl_take(r, "OR") ? DQDL_OR : DQDL_ONE;
}

static bool
read_joined(struct dqdl_reader *r, struct dqdl_rule *ret)
{
	const size_t from = r->i;
	const struct loc loc = dqdl_at(r, 0)->loc;
	struct dqdl_rule one = {.join = DQDL_ONE};
	LIST(struct dqdl_rule) kid = {0};
	enum dqdl_join join, all = DQDL_ONE;

	if (!read_part(r, &one))
		return false;
	while ((join = take_join(r)) != DQDL_ONE) {
		if (all != DQDL_ONE && join != all)
			return wrong(r, "`and` and `or` beside each other need parentheses");
		all = join;
		one.part = true;
		if (kid.n == 0)
			*LIST_ADD(r->a, &kid) = one;
		one = (struct dqdl_rule){.join = DQDL_ONE};
		if (!read_part(r, &one))
			return false;
		one.part = true;
		*LIST_ADD(r->a, &kid) = one;
	}
	*ret = one;
	if (all != DQDL_ONE)
		*ret = (struct dqdl_rule){.join = all, .kid = kid.v, .n = kid.n};
	ret->loc = loc;
	ret->source = words_source(&r->w, from, r->i - 1);
	return true;
}

bool
dqdl_rule_read(struct dqdl_reader *r, struct dqdl_rule *ret)
{
	*ret = (struct dqdl_rule){.join = DQDL_ONE};
	r->why = NULL;
	r->depth = 0;
	if (!read_joined(r, ret))
		return false;
	if (!word_is(dqdl_at(r, 0), ",") && !word_is(dqdl_at(r, 0), "]"))
		return wrong(r, "a comma is missing behind it, or it is not understood");
	return true;
}
