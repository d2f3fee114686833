/*
 * One row at a time.  Every operator is a function from the values of its operands to a value or an error; only AND, OR, CASE
 * and COALESCE see errors of their operands, because another operand may decide.
 */
#include "expr/expr_eval.h"

#include <assert.h>

#include "base/civil.h"
#include "expr/eval_number.h"
#include "expr/expr_ops.h"
#include "expr/form.h"
#include "expr/text_format.h"

enum { TEXT_MAX = 256 << 20 }; /* bytes that one operator may make */

/* Logic has an order in which AND is the least and OR the greatest: false < error < null < true, true > error > null > false. */
enum truth { FALSE_, TRUE_, NULL_, ERROR_ };

static enum truth
truth_of(struct value v)
{
	if (v.kind == VALUE_NULL)
		return NULL_;
	if (v.kind == VALUE_BOOL)
		return v.b ? TRUE_ : FALSE_;
	/* Columns without a type may hold booleans as 0 and 1. */
	if (v.kind == VALUE_INT && (v.i == 0 || v.i == 1))
		return v.i != 0 ? TRUE_ : FALSE_;
	return ERROR_;
}

static bool
truth_value(enum truth t, struct value *ret)
{
	*ret = t == TRUE_ || t == FALSE_ ? value_bool(t == TRUE_) : VALUE_NONE;
	return t != ERROR_;
}

static enum truth
combine(enum expr_op op, enum truth a, enum truth b)
{
	enum truth decides = op == OP_AND ? FALSE_ : TRUE_;

	if (a == decides || b == decides)
		return decides;
	if (a == ERROR_ || b == ERROR_)
		return ERROR_;
	if (a == NULL_ || b == NULL_)
		return NULL_;
	return op == OP_AND ? TRUE_ : FALSE_;
}

const struct tz *
expr_zone(const struct expr *a, const struct expr *b)
{
	/* The wall clock knows its zone; a date beside an instant is a day of the instant's. */
	const struct expr *const e[] = {a, b};

	for (size_t i = 0; i < 2; i++)
		if (e[i]->type.kind == TYPE_TIMESTAMP && e[i]->type.zone != NULL)
			return e[i]->type.zone;
	for (size_t i = 0; i < 2; i++)
		if (e[i]->type.kind == TYPE_TIMESTAMPTZ && e[i]->type.zone != NULL)
			return e[i]->type.zone;
	return NULL;
}

static bool
is_time(struct value v)
{
	return v.kind == VALUE_DATE || v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ;
}

/* In columns of mixed kinds, text beside a time is read as one, as a literal would be. */
static void
read_times(struct value *a, struct value *b)
{
	struct value *text = a->kind == VALUE_TEXT ? a : b, *time = text == a ? b : a, read;

	if (text->kind == VALUE_TEXT && is_time(*time) && expr_adapt(value_type(*time), *text, &read))
		*text = read;
}

static bool
compare(const struct expr *e, struct value a, struct value b, struct value *ret)
{
	int c = 0;

	*ret = VALUE_NONE;
	if (a.kind == VALUE_NULL || b.kind == VALUE_NULL) {
		if (e->op == OP_SAME)
			*ret = value_bool(a.kind == b.kind);
		return true;
	}
	read_times(&a, &b);

	bool ordered = value_compare(a, b, expr_zone(e->arg[0], e->arg[1]), &c);
	bool equal = ordered ? c == 0 : value_eq(a, b);

	switch (e->op) {
	case OP_EQ:
	case OP_SAME:
		*ret = value_bool(equal);
		return true;
	case OP_NE:
		*ret = value_bool(!equal);
		return true;
	case OP_LT:
		*ret = value_bool(c < 0);
		return ordered;
	case OP_LE:
		*ret = value_bool(c <= 0);
		return ordered;
	case OP_GT:
		*ret = value_bool(c > 0);
		return ordered;
	default:
		assert(e->op == OP_GE);
		*ret = value_bool(c >= 0);
		return ordered;
	}
}

static bool
member_found(const struct expr *e, struct value x, const struct value *list, uint32_t n)
{
	const struct tz *zone = is_time(x) ? expr_zone(e->arg[0], e->arg[0]) : NULL;
	uint32_t low = 0, high = n;
	int c;

	/* The members are sorted as if all clocks showed UTC: in another zone that order need not hold across kinds. */
	if (zone != NULL) {
		for (uint32_t i = 0; i < n; i++)
			if (value_compare(x, list[i], zone, &c) && c == 0)
				return true;
		return false;
	}
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (value_order(list[mid], x) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && value_eq(list[low], x);
}

static bool
text_result(struct arena *a, struct buf *b, struct value *ret)
{
	bool ok = !b->full;

	if (ok)
		*ret = value_text(arena_sv(a, buf_sv(b)));
	buf_fini(b);
	return ok;
}

static bool
to_text(struct arena *a, struct value v, struct value *ret)
{
	struct buf b;

	if (v.kind == VALUE_TEXT) {
		*ret = v;
		return true;
	}
	buf_init(&b, TEXT_MAX);
	(void)value_to_text(v, &b);
	return text_result(a, &b, ret);
}

static bool
concat(struct arena *a, const struct value *v, uint32_t n, struct value *ret)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	for (uint32_t i = 0; i < n; i++)
		(void)value_to_text(v[i], &b);
	return text_result(a, &b, ret);
}

/* Bytes of the first n characters of s. */
static size_t
chars_bytes(struct sv s, int64_t n)
{
	size_t i = 0;

	while (i < s.n && (((unsigned char)s.p[i] & 0xC0) == 0x80 || n-- > 0))
		i++;
	return i;
}

struct sv
eval_substr(struct sv s, int64_t start, int64_t n)
{
	int64_t end;

	if (n <= 0)
		return (struct sv){0};
	if (__builtin_add_overflow(start, n, &end))
		end = INT64_MAX;
	start = MAX(start, INT64_C(1));
	if (end <= start)
		return (struct sv){0};
	s = sv_skip(s, chars_bytes(s, start - 1));
	s.n = chars_bytes(s, end - start);
	return s;
}

static bool
substr(const struct value *v, uint32_t n, struct value *ret)
{
	if (v[0].kind != VALUE_TEXT || v[1].kind != VALUE_INT || (n > 2 && v[2].kind != VALUE_INT))
		return false;
	*ret = value_text(eval_substr(v[0].s, v[1].i, n > 2 ? v[2].i : INT64_MAX));
	return true;
}

static bool
text_function(enum expr_op op, struct arena *a, struct value v, struct value *ret)
{
	if (v.kind == VALUE_BINARY && op == OP_LENGTH) {
		*ret = value_int((int64_t)v.s.n);
		return true;
	}
	if (v.kind != VALUE_TEXT)
		return false;
	switch (op) {
	case OP_LENGTH:
		*ret = value_int(sv_chars(v.s));
		return true;
	case OP_LOWER:
		*ret = value_text(eval_lower(a, v.s));
		return true;
	case OP_UPPER:
		*ret = value_text(eval_upper(a, v.s));
		return true;
	default:
		assert(op == OP_TRIM);
		*ret = value_text(sv_trim(v.s));
		return true;
	}
}

static bool
search(const struct expr *e, struct regex_scratch *scratch, struct value v, struct value *ret)
{
	if (v.kind != VALUE_TEXT)
		return false;

	AUTO(regex_scratch) own = scratch == NULL ? regex_scratch_new() : NULL;
	enum regex_result found = regex_search(e->regex, scratch != NULL ? scratch : own, v.s);

	*ret = value_bool(found == REGEX_YES);
	return found != REGEX_LIMIT;
}

/* The wall clock of a time, in the zone of its type if it is an instant. */
static bool
wall_clock(const struct expr *e, struct value v, int64_t *us)
{
	const struct tz *zone = e->arg[0]->type.zone;

	if (v.kind == VALUE_TEXT &&
	    !value_parse((struct type){.kind = TYPE_TIMESTAMP, .zone = zone}, v.s, &v))
		return false;
	if (v.kind == VALUE_DATE)
		return civil_midnight_us(v.i, us);
	if (v.kind == VALUE_TIME)
		*us = v.i;
	else if (v.kind == VALUE_TIMETZ)
		*us = zone != NULL ? tz_to_local_us(zone, v.i) : v.i;
	else
		return false;
	return true;
}

static bool
time_part(const struct expr *e, struct value v, struct value *ret)
{
	int64_t us;

	if (!wall_clock(e, v, &us))
		return false;

	int64_t days = civil_day_of(us);
	struct civil c = civil_from_us(us);

	switch (e->op) {
	case OP_YEAR:
		*ret = value_int(c.year);
		return true;
	case OP_MONTH:
		*ret = value_int(c.month);
		return true;
	case OP_DAY:
		*ret = value_int(c.day);
		return true;
	case OP_HOUR:
		*ret = value_int(c.hour);
		return true;
	case OP_MINUTE:
		*ret = value_int(c.minute);
		return true;
	case OP_SECOND:
		*ret = value_int(c.second);
		return true;
	case OP_WEEKDAY:
		*ret = value_int(civil_weekday(days));
		return true;
	default:
		assert(e->op == OP_DATE);
		*ret = (struct value){.kind = VALUE_DATE, .i = days};
		return true;
	}
}

/* As the catalog names types; of what has none there, JSON's name. */
static const char *
type_name(struct value v)
{
	static const char *const names[] = {
		[VALUE_NULL] = "null",     [VALUE_BOOL] = "boolean",    [VALUE_INT] = "integer",
		[VALUE_REAL] = "number",   [VALUE_DECIMAL] = "decimal", [VALUE_TEXT] = "string",
		[VALUE_DATE] = "date",     [VALUE_TIME] = "timestamp",  [VALUE_TIMETZ] = "timestamptz",
		[VALUE_BINARY] = "binary", [VALUE_LIST] = "list",       [VALUE_OBJECT] = "object",
	};

	assert((size_t)v.kind < LEN(names));
	return names[v.kind];
}

static bool
rounded(const struct expr *e, const struct value *v, uint32_t n, struct value *ret)
{
	if (n > 1 && v[1].kind != VALUE_INT)
		return false;
	return number_round(e, v[0], n > 1 ? v[1].i : 0, ret);
}

static bool
conforms(const struct expr *e, struct regex_scratch *scratch, struct value v, struct value *ret)
{
	enum form_result result = form_test(e->form, v, scratch);

	*ret = value_bool(result == FORM_YES);
	return result != FORM_UNDECIDED;
}

/* Operators that are null when an operand is; none of v is.  False: error. */
static bool
apply(const struct expr *e, const struct value *v, uint32_t n, struct regex_scratch *scratch, struct arena *a,
      struct value *ret)
{
	switch (e->op) {
	case OP_NOT: {
		enum truth t = truth_of(v[0]);

		return truth_value(t == TRUE_ ? FALSE_ : t == FALSE_ ? TRUE_ : t, ret);
	}
	case OP_IN:
		*ret = value_bool(member_found(e, v[0], e->arg[1]->literal.list, e->arg[1]->literal.n));
		return true;
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
		return number_arith(e, v[0], v[1], ret);
	case OP_DIV:
		return number_div(v[0], v[1], ret);
	case OP_MOD:
		return number_mod(v[0], v[1], ret);
	case OP_NEG:
	case OP_ABS:
		return number_sign(e->op, v[0], ret);
	case OP_ROUND:
	case OP_FLOOR:
	case OP_CEIL:
		return rounded(e, v, n, ret);
	case OP_CONCAT:
		return concat(a, v, n, ret);
	case OP_LENGTH:
	case OP_LOWER:
	case OP_UPPER:
	case OP_TRIM:
		return text_function(e->op, a, v[0], ret);
	case OP_SUBSTR:
		return substr(v, n, ret);
	case OP_MATCH:
	case OP_LIKE:
		return search(e, scratch, v[0], ret);
	case OP_CONFORMS:
		return conforms(e, scratch, v[0], ret);
	case OP_CAST:
		return value_cast(e->type, v[0], ret);
	case OP_TEXT:
		return to_text(a, v[0], ret);
	case OP_IS_FORMAT: {
		const struct text_format *f = text_format_find(v[1].s, FORMAT_STRICT);

		*ret = value_bool(f->fits(v[0].s, f->how));
		return true;
	}
	case OP_TYPEOF:
		*ret = value_text(sv_of(type_name(v[0])));
		return true;
	default:
		return time_part(e, v[0], ret);
	}
}

static bool
apply_case(const struct expr *e, const struct value *v, uint32_t n, struct value *ret)
{
	(void)e;
	for (uint32_t i = 0; i + 1 < n; i += 2) {
		enum truth t = truth_of(v[i]);

		if (t == ERROR_)
			return false;
		if (t == TRUE_) {
			*ret = v[i + 1];
			return true;
		}
	}
	*ret = n % 2 == 1 ? v[n - 1] : VALUE_NONE;
	return true;
}

static bool
eval_values(const struct expr *e, const struct value *v, uint32_t n, struct regex_scratch *scratch,
            struct arena *a, struct value *ret)
{
	switch (e->op) {
	case OP_AND:
	case OP_OR:
		return truth_value(combine(e->op, truth_of(v[0]), truth_of(v[1])), ret);
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
	case OP_SAME:
		return compare(e, v[0], v[1], ret);
	case OP_IS_NULL:
		*ret = value_bool(v[0].kind == VALUE_NULL);
		return true;
	case OP_CASE:
		return apply_case(e, v, n, ret);
	case OP_COALESCE:
		for (uint32_t i = 0; i < n; i++)
			if (v[i].kind != VALUE_NULL) {
				*ret = v[i];
				break;
			}
		return true;
	default:
		for (uint32_t i = 0; i < expr_operands(e); i++)
			if (v[i].kind == VALUE_NULL)
				return true;
		return apply(e, v, n, scratch, a, ret);
	}
}

bool
expr_eval_op(const struct expr *e, const struct value *args, uint32_t n, struct regex_scratch *scratch,
             struct arena *a, struct value *ret, bool *error)
{
	struct value v = VALUE_NONE;

	if (e->op == OP_IN_KEYS)
		return false;
	*error = !eval_values(e, args, n, scratch, a, &v);
	*ret = *error ? VALUE_NONE : v;
	return true;
}

static bool
eval_truth(const struct eval_env *env, const struct expr *e, enum truth *ret)
{
	struct value v;
	bool error;

	if (!expr_eval(env, e, &v, &error))
		return false;
	*ret = error ? ERROR_ : truth_of(v);
	return true;
}

static bool
eval_logic(const struct eval_env *env, const struct expr *e, struct value *ret, bool *error)
{
	enum truth a, b;

	if (!eval_truth(env, e->arg[0], &a) || !eval_truth(env, e->arg[1], &b))
		return false;
	*error = !truth_value(combine(e->op, a, b), ret);
	return true;
}

static bool
eval_case(const struct eval_env *env, const struct expr *e, struct value *ret, bool *error)
{
	uint32_t i = 0;

	for (; i + 1 < e->nargs; i += 2) {
		enum truth t;

		if (!eval_truth(env, e->arg[i], &t))
			return false;
		if (t == TRUE_)
			return expr_eval(env, e->arg[i + 1], ret, error);
		if (t == ERROR_) {
			*ret = VALUE_NONE;
			*error = true;
			return true;
		}
	}
	if (i < e->nargs)
		return expr_eval(env, e->arg[i], ret, error);
	*ret = VALUE_NONE;
	*error = false;
	return true;
}

static bool
eval_coalesce(const struct eval_env *env, const struct expr *e, struct value *ret, bool *error)
{
	*ret = VALUE_NONE;
	*error = false;
	for (uint32_t i = 0; i < e->nargs && ret->kind == VALUE_NULL && !*error; i++)
		if (!expr_eval(env, e->arg[i], ret, error))
			return false;
	return true;
}

static bool
eval_call(const struct eval_env *env, const struct expr *e, struct value *ret, bool *error)
{
	uint32_t n = expr_operands(e);
	struct value few[4] = {0},
		     *v = e->nargs <= LEN(few) ? few : ARENA_ARRAY(env->a, struct value, e->nargs);
	bool any_error = false, any_null = false;

	for (uint32_t i = 0; i < n; i++) {
		bool one;

		if (!expr_eval(env, e->arg[i], &v[i], &one))
			return false;
		any_error = any_error || one;
		any_null = any_null || v[i].kind == VALUE_NULL;
	}
	if (any_error) {
		*ret = VALUE_NONE;
		*error = true;
		return true;
	}
	if (e->op != OP_IN_KEYS)
		return expr_eval_op(e, v, e->nargs, env->scratch, env->a, ret, error);
	if (env->in_keys == NULL)
		return false;
	*ret = any_null ? VALUE_NONE : value_bool(env->in_keys(env->ctx, e, v, n));
	*error = false;
	return true;
}

static bool
eval_metric(const struct eval_env *env, const struct expr *e, struct value *ret, bool *error)
{
	struct value v = VALUE_NONE;

	if (env->metric == NULL)
		return false;
	*error = !env->metric(env->ctx, e->metric, &v);
	*ret = *error ? VALUE_NONE : v;
	return true;
}

bool
expr_eval(const struct eval_env *env, const struct expr *e, struct value *ret, bool *error)
{
	switch (e->kind) {
	case EXPR_LITERAL:
		*ret = e->literal;
		*error = false;
		return true;
	case EXPR_COLUMN:
		*error = env->misfit != NULL && env->misfit[e->column->index];
		*ret = *error ? VALUE_NONE : env->column[e->column->index];
		return true;
	case EXPR_METRIC:
		return eval_metric(env, e, ret, error);
	case EXPR_CALL:
		break;
	}
	switch (e->op) {
	case OP_AND:
	case OP_OR:
		return eval_logic(env, e, ret, error);
	case OP_CASE:
		return eval_case(env, e, ret, error);
	case OP_COALESCE:
		return eval_coalesce(env, e, ret, error);
	default:
		return eval_call(env, e, ret, error);
	}
}

bool
expr_eval_row(const struct expr *e, const struct value *columns_by_index, struct regex_scratch *scratch,
              struct arena *a, struct value *ret, bool *error)
{
	const struct eval_env env = {.column = columns_by_index, .scratch = scratch, .a = a};

	return expr_eval(&env, e, ret, error);
}
