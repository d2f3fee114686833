/*
 * Operators and functions: one row each, and the typing rules that the rows name.
 *
 * A rule sees typed operands and says the type of the result.  It may replace operands: a literal takes the form that is
 * meant beside the other operand, and casts stand where two kinds have to become one, so that evaluators meet few cases.
 */
#include "expr/expr_ops.h"

#include <stdio.h>

#include "expr/text_format.h"

/* Decided row by row: nothing is known when the expression is made. */
static bool
is_dynamic(struct type t)
{
	return t.kind == TYPE_ANY || t.kind == TYPE_VARIANT || t.kind == TYPE_NULL;
}

static bool
is_literal(const struct expr *e)
{
	return e->kind == EXPR_LITERAL && e->literal.kind != VALUE_NULL;
}

/* "'note' (string)", or a constant as it is written, with its type. */
#define OPERAND_MAX 96
static const char *
operand_text(const struct expr *e, char *dst)
{
	struct buf text;
	char type[TYPE_TEXT_MAX];

	buf_init(&text, 48);
	expr_print(e, &text);
	(void)snprintf(dst, OPERAND_MAX, "%s%s (%s)", buf_str(&text), text.full ? "…" : "",
	               type_text(e->type, type));
	buf_fini(&text);
	return dst;
}

static bool
wants(enum expr_op op, const char *what, const struct expr *const *arg, uint32_t i, uint32_t *bad,
      struct err *err)
{
	char operand[OPERAND_MAX];

	*bad = i;
	return err_set(err, ERR_ARG, NOWHERE, "%s needs %s, not %s", expr_ops[op].name, what,
	               operand_text(arg[i], operand));
}

static struct type
simple(enum type_kind kind)
{
	return (struct type){.kind = kind};
}

/* Lets the literal *lit say what it means beside an operand of type t. */
static bool
adapt(struct exprs *x, const struct expr **lit, struct type t, struct err *err)
{
	struct value v;
	char type[TYPE_TEXT_MAX];

	if (!is_literal(*lit))
		return true;
	if (!expr_adapt(t, (*lit)->literal, &v)) {
		err_set(err, ERR_ARG, NOWHERE, "'%.*s' is not a %s",
		        (int)MIN((*lit)->literal.s.n, (size_t)80), (*lit)->literal.s.p, type_text(t, type));
		return err_hint(err, t.kind == TYPE_DATE ? "write dates as '2024-01-31'"
		                                         : "write times as '2024-01-31T12:34:56'");
	}
	if (v.kind != (*lit)->literal.kind || type_is_temporal(t)) {
		struct type own = value_type(v);

		*lit = expr_literal_as(x, v, own.kind == t.kind && type_is_temporal(t) ? t : own);
	}
	return true;
}

/* Each of two operands that is a literal, beside the other. */
static bool
adapt_pair(struct exprs *x, const struct expr **arg, uint32_t *bad, struct err *err)
{
	for (uint32_t i = 0; i < 2; i++) {
		const struct expr *other = arg[1 - i];

		/* Two literals: text becomes a time beside a time, and all else is known anyway. */
		if (is_literal(other) && !type_is_temporal(other->type))
			continue;
		if (!adapt(x, &arg[i], other->type, err)) {
			*bad = i;
			return false;
		}
	}
	return true;
}

/* Kinds that compare with each other. */
static int
order_class(struct type t)
{
	if (type_is_numeric(t))
		return 1;
	if (type_is_temporal(t))
		return 2;
	return t.kind == TYPE_STRING ? 3 : 4;
}

static void
compare_hint(const struct expr *text, const struct expr *other, struct err *err)
{
	char type[TYPE_TEXT_MAX];
	struct value v;

	if (text->kind == EXPR_LITERAL && type_is_numeric(other->type)) {
		if (value_parse(simple(TYPE_NUMBER), text->literal.s, &v) ||
		    value_parse(simple(TYPE_BOOLEAN), text->literal.s, &v))
			err_hint(err, "write it without quotes");
	} else if (other->kind == EXPR_LITERAL) {
		err_hint(err, "quote the constant, or convert the text: CAST(… AS %s)",
		         type_text(other->type, type));
	} else {
		err_hint(err, "convert one of them: CAST(… AS %s)", type_text(other->type, type));
	}
}

static bool
type_compare(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
             uint32_t *bad, struct err *err)
{
	char a[OPERAND_MAX], b[OPERAND_MAX];

	(void)op, (void)n;
	*ret = simple(TYPE_BOOLEAN);
	if (!adapt_pair(x, arg, bad, err))
		return false;
	if (is_dynamic(arg[0]->type) || is_dynamic(arg[1]->type) ||
	    order_class(arg[0]->type) == order_class(arg[1]->type))
		return true;
	*bad = arg[0]->kind == EXPR_LITERAL ? 0 : 1;
	err_set(err, ERR_ARG, NOWHERE, "%s cannot be compared with %s", operand_text(arg[0], a),
	        operand_text(arg[1], b));
	if (arg[0]->type.kind == TYPE_STRING)
		compare_hint(arg[0], arg[1], err);
	else if (arg[1]->type.kind == TYPE_STRING)
		compare_hint(arg[1], arg[0], err);
	return false;
}

static bool
type_logic(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
           uint32_t *bad, struct err *err)
{
	(void)x;
	*ret = simple(TYPE_BOOLEAN);
	for (uint32_t i = 0; i < n; i++) {
		if (arg[i]->type.kind == TYPE_BOOLEAN || is_dynamic(arg[i]->type))
			continue;
		wants(op, "conditions", arg, i, bad, err);
		return err_hint(err, type_is_numeric(arg[i]->type)
		                             ? "compare it with something, as in x <> 0"
		                             : "compare it with something, as in x = 'y'");
	}
	return true;
}

static bool
type_is_null(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
             uint32_t *bad, struct err *err)
{
	(void)x, (void)op, (void)arg, (void)n, (void)bad, (void)err;
	*ret = simple(TYPE_BOOLEAN);
	return true;
}

static bool
type_in(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
        uint32_t *bad, struct err *err)
{
	(void)n;
	*ret = simple(TYPE_BOOLEAN);
	if (arg[1]->kind != EXPR_LITERAL || arg[1]->literal.kind != VALUE_LIST)
		return wants(op, "a list of constants", arg, 1, bad, err);
	arg[1] = expr_literal(
		x, expr_members(exprs_arena(x), arg[0]->type, arg[1]->literal.list, arg[1]->literal.n));
	return true;
}

static bool
numbers(enum expr_op op, const struct expr **arg, uint32_t n, uint32_t *bad, struct err *err)
{
	for (uint32_t i = 0; i < n; i++)
		if (!type_is_numeric(arg[i]->type) && !is_dynamic(arg[i]->type))
			return wants(op, "numbers", arg, i, bad, err);
	return true;
}

/* ANY, VARIANT or nothing known of two operands: what the result then is. */
static struct type
dynamic_result(struct type a, struct type b)
{
	if (a.kind == TYPE_ANY || b.kind == TYPE_ANY)
		return simple(TYPE_ANY);
	if (a.kind == TYPE_VARIANT || b.kind == TYPE_VARIANT)
		return simple(TYPE_VARIANT);
	return a.kind == TYPE_NULL ? b : a;
}

static bool
type_arith(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
           uint32_t *bad, struct err *err)
{
	unsigned scale;

	if (!numbers(op, arg, n, bad, err) || !adapt_pair(x, arg, bad, err))
		return false;

	struct type a = arg[0]->type, b = arg[1]->type;

	if (is_dynamic(a) || is_dynamic(b)) {
		*ret = dynamic_result(a, b);
		if (ret->kind == TYPE_BOOLEAN)
			*ret = simple(TYPE_INTEGER);
		return true;
	}
	if (a.kind == TYPE_NUMBER || b.kind == TYPE_NUMBER) {
		*ret = simple(TYPE_NUMBER);
		return true;
	}
	if (a.kind != TYPE_DECIMAL && b.kind != TYPE_DECIMAL) {
		*ret = simple(TYPE_INTEGER);
		return true;
	}
	scale = op == OP_MUL ? (unsigned)a.scale + b.scale : MAX(a.scale, b.scale);
	if (scale > 38) {
		*bad = 1;
		err_set(err, ERR_ARG, NOWHERE,
		        "the product would have %u digits behind the point, and 38 is the limit", scale);
		return err_hint(err, "convert one of them: CAST(… AS number)");
	}
	*ret = (struct type){.kind = TYPE_DECIMAL, .scale = (uint8_t)scale};
	return true;
}

static bool
type_div(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
         uint32_t *bad, struct err *err)
{
	(void)x;
	*ret = simple(TYPE_NUMBER);
	return numbers(op, arg, n, bad, err);
}

static bool
integer_at(enum expr_op op, const struct expr **arg, uint32_t i, uint32_t *bad, struct err *err)
{
	if (arg[i]->type.kind == TYPE_INTEGER || is_dynamic(arg[i]->type))
		return true;
	return wants(op, "integers", arg, i, bad, err);
}

static bool
type_mod(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
         uint32_t *bad, struct err *err)
{
	(void)x, (void)n;
	*ret = simple(TYPE_INTEGER);
	return integer_at(op, arg, 0, bad, err) && integer_at(op, arg, 1, bad, err);
}

/* -x and abs(x): of x's type. */
static bool
type_sign(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
          uint32_t *bad, struct err *err)
{
	(void)x;
	if (!numbers(op, arg, n, bad, err))
		return false;
	*ret = arg[0]->type;
	if (ret->kind == TYPE_BOOLEAN)
		*ret = simple(TYPE_INTEGER);
	if (ret->kind == TYPE_DECIMAL)
		ret->precision = 0;
	return true;
}

static bool
type_round(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
           uint32_t *bad, struct err *err)
{
	if (!type_sign(x, op, arg, 1, ret, bad, err))
		return false;
	if ((op == OP_FLOOR || op == OP_CEIL) && ret->kind == TYPE_DECIMAL)
		ret->scale = 0;
	return n < 2 || integer_at(op, arg, 1, bad, err);
}

/* Text functions see the text of anything. */
static bool
text_at(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t i, uint32_t *bad, struct err *err)
{
	if (arg[i]->type.kind == TYPE_STRING || arg[i]->type.kind == TYPE_NULL)
		return true;
	if (arg[i]->type.kind == TYPE_BINARY)
		return wants(op, "text", (const struct expr *const *)arg, i, bad, err);
	arg[i] = expr_call1(x, OP_TEXT, arg[i], err);
	return arg[i] != NULL;
}

static bool
type_concat(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
            uint32_t *bad, struct err *err)
{
	*ret = simple(TYPE_STRING);
	for (uint32_t i = 0; i < n; i++)
		if (!text_at(x, op, arg, i, bad, err))
			return false;
	return true;
}

static bool
type_length(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
            uint32_t *bad, struct err *err)
{
	(void)n;
	*ret = simple(TYPE_INTEGER);
	return arg[0]->type.kind == TYPE_BINARY || text_at(x, op, arg, 0, bad, err);
}

static bool
type_substr(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
            uint32_t *bad, struct err *err)
{
	*ret = simple(TYPE_STRING);
	return text_at(x, op, arg, 0, bad, err) && integer_at(op, arg, 1, bad, err) &&
	       (n < 3 || integer_at(op, arg, 2, bad, err));
}

static bool
type_pattern(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
             uint32_t *bad, struct err *err)
{
	*ret = simple(TYPE_BOOLEAN);
	if (!text_at(x, op, arg, 0, bad, err))
		return false;
	for (uint32_t i = 1; i < n; i++)
		if (arg[i]->kind != EXPR_LITERAL || arg[i]->literal.kind != VALUE_TEXT)
			return wants(op, "a constant pattern", arg, i, bad, err);
	if (n > 2 && (arg[2]->literal.s.n != 1 || (unsigned char)*arg[2]->literal.s.p >= 0x80))
		return wants(op, "one ASCII character to escape with", arg, 2, bad, err);
	return true;
}

/* The format's name is known, so that a slip of the hand is no format that nothing has. */
static bool
type_format(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
            uint32_t *bad, struct err *err)
{
	enum format_compat compat = FORMAT_STRICT;
	const char *const *names, *near;
	size_t count;

	*ret = simple(TYPE_BOOLEAN);
	if (!text_at(x, op, arg, 0, bad, err))
		return false;
	for (uint32_t i = 1; i < n; i++)
		if (arg[i]->kind != EXPR_LITERAL || arg[i]->literal.kind != VALUE_TEXT)
			return wants(op, "a constant name", arg, i, bad, err);
	if (n > 2 && !sv_is(arg[2]->literal.s, format_compat_names[FORMAT_SODA]))
		return wants(op, "'soda'", arg, 2, bad, err);
	compat = n > 2 ? FORMAT_SODA : FORMAT_STRICT;
	if (text_format_find(arg[1]->literal.s, compat) != NULL)
		return true;
	*bad = 1;
	err_set(err, ERR_ARG, NOWHERE, "%s format '%.*s'", n > 2 ? "Soda has no" : "there is no",
	        (int)MIN(arg[1]->literal.s.n, (size_t)80), arg[1]->literal.s.p);
	names = text_format_names(exprs_arena(x), &count);
	near = sv_nearest(arg[1]->literal.s, names, count);
	return near != NULL ? err_hint(err, "did you mean '%s'?", near) : false;
}

static bool
type_text_of(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
             uint32_t *bad, struct err *err)
{
	(void)x, (void)op, (void)arg, (void)n, (void)bad, (void)err;
	*ret = simple(TYPE_STRING);
	return true;
}

static bool
type_time_part(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
               uint32_t *bad, struct err *err)
{
	(void)n;
	*ret = simple(op == OP_DATE ? TYPE_DATE : TYPE_INTEGER);
	if (is_literal(arg[0]) && arg[0]->type.kind == TYPE_STRING &&
	    !adapt(x, &arg[0], simple(TYPE_TIMESTAMP), err)) {
		*bad = 0;
		return false;
	}
	if (type_is_temporal(arg[0]->type) || is_dynamic(arg[0]->type))
		return true;
	wants(op, "a date or time", arg, 0, bad, err);
	return arg[0]->type.kind == TYPE_STRING ? err_hint(err, "convert it: CAST(… AS timestamp)") : false;
}

/* The type that holds both, or false if there is none. */
static bool
common(struct type a, struct type b, struct type *ret)
{
	if (is_dynamic(a) || is_dynamic(b)) {
		*ret = dynamic_result(a, b);
		return true;
	}
	if (type_eq(a, b)) {
		*ret = a;
		return true;
	}
	if (type_is_numeric(a) && type_is_numeric(b) && a.kind != TYPE_BOOLEAN && b.kind != TYPE_BOOLEAN) {
		if (a.kind == TYPE_NUMBER || b.kind == TYPE_NUMBER)
			*ret = simple(TYPE_NUMBER);
		else
			*ret = (struct type){.kind = TYPE_DECIMAL,
			                     .precision = a.scale == b.scale && a.precision != 0 &&
			                                                  b.precision != 0 && a.kind == b.kind
			                                          ? MAX(a.precision, b.precision)
			                                          : 0,
			                     .scale = MAX(a.scale, b.scale)};
		return true;
	}
	if (type_is_temporal(a) && type_is_temporal(b)) {
		/* Kinds stand in this order: date, wall clock, instant. */
		*ret = a.kind >= b.kind ? a : b;
		return true;
	}
	return false;
}

/* Operands first, first + step … (and the last, if `last`) become one type. */
static bool
unify(struct exprs *x, enum expr_op op, const struct expr **arg, const uint32_t *which, uint32_t n,
      struct type *ret, uint32_t *bad, struct err *err)
{
	struct type t = simple(TYPE_NULL);
	char a[TYPE_TEXT_MAX], b[OPERAND_MAX];

	/* What is no literal says the type, and the literals adapt to it. */
	for (unsigned literals = 0; literals < 2; literals++)
		for (uint32_t i = 0; i < n; i++) {
			const struct expr **e = &arg[which[i]];

			if (is_literal(*e) != (literals == 1))
				continue;
			if (literals == 1 && !adapt(x, e, t, err)) {
				*bad = which[i];
				return false;
			}
			if (!common(t, (*e)->type, &t)) {
				*bad = which[i];
				return err_set(err, ERR_ARG, NOWHERE,
				               "%s cannot give %s in one case and %s in another",
				               expr_ops[op].name, type_text(t, a), operand_text(*e, b));
			}
		}
	for (uint32_t i = 0; i < n && !is_dynamic(t); i++) {
		const struct expr **e = &arg[which[i]];

		if ((*e)->type.kind != TYPE_NULL)
			*e = expr_cast(x, t, *e, err);
		if (*e == NULL) {
			*bad = which[i];
			return false;
		}
	}
	*ret = t;
	return true;
}

static bool
type_coalesce(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
              uint32_t *bad, struct err *err)
{
	uint32_t *which = ARENA_ARRAY(exprs_arena(x), uint32_t, n);

	for (uint32_t i = 0; i < n; i++)
		which[i] = i;
	return unify(x, op, arg, which, n, ret, bad, err);
}

static bool
type_case(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
          uint32_t *bad, struct err *err)
{
	uint32_t *which = ARENA_ARRAY(exprs_arena(x), uint32_t, n), nwhich = 0;

	/* condition, value, condition, value, …, [else] */
	for (uint32_t i = 0; i < n; i++) {
		if (i % 2 == 1 || i == n - 1)
			which[nwhich++] = i;
		else if (arg[i]->type.kind != TYPE_BOOLEAN && !is_dynamic(arg[i]->type))
			return wants(op, "conditions", arg, i, bad, err);
	}
	return unify(x, op, arg, which, nwhich, ret, bad, err);
}

/* Any operand: what is no text may have the form or not, by its rule. */
static bool
type_conforms(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
              uint32_t *bad, struct err *err)
{
	(void)x;
	*ret = simple(TYPE_BOOLEAN);
	for (uint32_t i = 1; i < n; i++)
		if (arg[i]->kind != EXPR_LITERAL || arg[i]->literal.kind != VALUE_TEXT)
			return wants(op, i == 1 ? "the name of a form as a constant" : "a constant text", arg,
			             i, bad, err);
	return true;
}

#define INFIX(name, prec, rule)                          \
	{                                                \
		name, FORM_INFIX, prec, 2, 2, NULL, rule \
	}
#define FUNCTION(name, min, max, args, rule)                         \
	{                                                            \
		name, FORM_FUNCTION, PREC_ATOM, min, max, args, rule \
	}

const struct op_info expr_ops[OP_COUNT] = {
	[OP_NOT] = {"NOT", FORM_PREFIX, PREC_NOT, 1, 1, NULL, type_logic},
	[OP_AND] = {"AND", FORM_INFIX, PREC_AND, 2, OP_ANY_NUMBER, NULL, type_logic},
	[OP_OR] = {"OR", FORM_INFIX, PREC_OR, 2, OP_ANY_NUMBER, NULL, type_logic},
	[OP_EQ] = INFIX("=", PREC_COMPARE, type_compare),
	[OP_NE] = INFIX("<>", PREC_COMPARE, type_compare),
	[OP_LT] = INFIX("<", PREC_COMPARE, type_compare),
	[OP_LE] = INFIX("<=", PREC_COMPARE, type_compare),
	[OP_GT] = INFIX(">", PREC_COMPARE, type_compare),
	[OP_GE] = INFIX(">=", PREC_COMPARE, type_compare),
	[OP_IS_NULL] = {"IS NULL", FORM_SPECIAL, PREC_COMPARE, 1, 1, NULL, type_is_null},
	[OP_SAME] = INFIX("IS NOT DISTINCT FROM", PREC_COMPARE, type_compare),
	[OP_IN] = {"IN", FORM_SPECIAL, PREC_COMPARE, 2, 2, NULL, type_in},
	/* Made by expr_in_keys and expr_cast only, which know what else belongs to them. */
	[OP_IN_KEYS] = {"IN KEYS", FORM_SPECIAL, PREC_COMPARE, 1, OP_ANY_NUMBER, NULL, NULL},
	[OP_NEG] = {"-", FORM_PREFIX, PREC_NEG, 1, 1, NULL, type_sign},
	[OP_ADD] = INFIX("+", PREC_ADD, type_arith),
	[OP_SUB] = INFIX("-", PREC_ADD, type_arith),
	[OP_MUL] = INFIX("*", PREC_MUL, type_arith),
	[OP_DIV] = INFIX("/", PREC_MUL, type_div),
	[OP_MOD] = INFIX("%", PREC_MUL, type_mod),
	[OP_CONCAT] = {"||", FORM_INFIX, PREC_CONCAT, 1, OP_ANY_NUMBER, NULL, type_concat},
	[OP_LENGTH] = FUNCTION("length", 1, 1, "x", type_length),
	[OP_LOWER] = FUNCTION("lower", 1, 1, "text", type_concat),
	[OP_UPPER] = FUNCTION("upper", 1, 1, "text", type_concat),
	[OP_TRIM] = FUNCTION("trim", 1, 1, "text", type_concat),
	[OP_SUBSTR] = FUNCTION("substr", 2, 3, "text, start [, length]", type_substr),
	[OP_MATCH] = INFIX("~", PREC_COMPARE, type_pattern),
	[OP_LIKE] = {"LIKE", FORM_SPECIAL, PREC_COMPARE, 2, 3, NULL, type_pattern},
	[OP_CONFORMS] = FUNCTION("conforms", 2, 3, "x, form [, argument]", type_conforms),
	[OP_ABS] = FUNCTION("abs", 1, 1, "x", type_sign),
	[OP_ROUND] = FUNCTION("round", 1, 2, "x [, digits]", type_round),
	[OP_FLOOR] = FUNCTION("floor", 1, 1, "x", type_round),
	[OP_CEIL] = FUNCTION("ceil", 1, 1, "x", type_round),
	[OP_COALESCE] = FUNCTION("coalesce", 1, OP_ANY_NUMBER, "x, y …", type_coalesce),
	[OP_CASE] = {"CASE", FORM_SPECIAL, PREC_ATOM, 2, OP_ANY_NUMBER, NULL, type_case},
	[OP_CAST] = {"CAST", FORM_SPECIAL, PREC_ATOM, 1, 1, NULL, NULL},
	[OP_TEXT] = FUNCTION("text", 1, 1, "x", type_text_of),
	[OP_TYPEOF] = FUNCTION("typeof", 1, 1, "x", type_text_of),
	[OP_YEAR] = FUNCTION("year", 1, 1, "time", type_time_part),
	[OP_MONTH] = FUNCTION("month", 1, 1, "time", type_time_part),
	[OP_DAY] = FUNCTION("day", 1, 1, "time", type_time_part),
	[OP_HOUR] = FUNCTION("hour", 1, 1, "time", type_time_part),
	[OP_MINUTE] = FUNCTION("minute", 1, 1, "time", type_time_part),
	[OP_SECOND] = FUNCTION("second", 1, 1, "time", type_time_part),
	[OP_WEEKDAY] = FUNCTION("weekday", 1, 1, "time", type_time_part),
	[OP_DATE] = FUNCTION("date", 1, 1, "time", type_time_part),
	[OP_IS_FORMAT] = FUNCTION("is_format", 2, 3, "text, 'format' [, 'soda']", type_format),
};

enum expr_op
expr_op_find(struct sv name)
{
	for (size_t op = 0; op < OP_COUNT; op++)
		if (expr_ops[op].form == FORM_FUNCTION && expr_ops[op].name != NULL &&
		    sv_ieq(name, sv_of(expr_ops[op].name)))
			return (enum expr_op)op;
	return OP_NONE;
}

const char *const *
expr_op_names(struct arena *a, size_t *n)
{
	const char **names = ARENA_ARRAY(a, const char *, OP_COUNT);

	*n = 0;
	for (size_t op = 0; op < OP_COUNT; op++)
		if (expr_ops[op].form == FORM_FUNCTION && expr_ops[op].name != NULL)
			names[(*n)++] = expr_ops[op].name;
	return names;
}
