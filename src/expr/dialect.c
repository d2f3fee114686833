/*
 * Expressions as SQL, by templates.  Constants are bound, never printed; names are quoted.
 *
 * A failure in the middle takes back what was printed, so that a caller can try one expression after the other.
 */
#include "expr/dialect.h"

#include <assert.h>

#include "expr/expr_eval.h"

enum { SQL_MAX = 8 << 20, IN_MAX = 200 };

void
sql_init(struct sql *q, struct arena *a)
{
	*q = (struct sql){.a = a};
	buf_init(&q->text, SQL_MAX);
}

void
sql_fini(struct sql *q)
{
	if (q != NULL)
		buf_fini(&q->text);
}

void
sql_ident(struct sql *q, const struct dialect *d, struct sv name)
{
	buf_putc(&q->text, d->quote);
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == d->quote)
			buf_putc(&q->text, d->quote);
		buf_putc(&q->text, name.p[i]);
	}
	buf_putc(&q->text, d->quote);
}

struct value
sql_raw(struct arena *a, struct value v)
{
	char text[DECIMAL_TEXT_MAX];

	switch (v.kind) {
	case VALUE_BOOL:
		return value_int(v.b);
	case VALUE_DECIMAL:
		return value_text(arena_sv(a, sv_of(decimal_text(v.d, text))));
	case VALUE_DATE:
	case VALUE_TIME:
	case VALUE_TIMETZ:
		return value_int(v.i);
	default:
		return v;
	}
}

bool
sql_value(struct type t, struct value raw, struct value *ret)
{
	static const enum value_kind times[] = {
		[TYPE_DATE] = VALUE_DATE, [TYPE_TIMESTAMP] = VALUE_TIME, [TYPE_TIMESTAMPTZ] = VALUE_TIMETZ};

	if (type_is_temporal(t) && raw.kind == VALUE_INT) {
		*ret = (struct value){.kind = times[t.kind], .i = raw.i};
		return true;
	}
	/* Text holds only times and decimals: '12' in an integer column does not fit. */
	if (raw.kind == VALUE_TEXT && !type_is_temporal(t) && (type_is_numeric(t) || t.kind == TYPE_BINARY) &&
	    t.kind != TYPE_DECIMAL)
		return false;
	if (raw.kind != VALUE_NULL && raw.kind != VALUE_TEXT &&
	    (type_is_temporal(t) || t.kind == TYPE_STRING))
		return false;
	return value_cast(t, raw, ret);
}

static bool
read_column(const struct expr *e, struct value raw, struct value *ret)
{
	/* A stored integer is no time: only ISO text is. */
	if (type_is_temporal(e->type) && raw.kind == VALUE_INT)
		return false;
	return sql_value(e->type, raw, ret);
}

bool
sql_eval(const struct expr *e, const struct value *raw, uint32_t n, const struct eval_env *env,
         struct value *ret, bool *error)
{
	struct value *v = ARENA_ARRAY(env->a, struct value, MAX(n, e->nargs)), result = VALUE_NONE;
	bool fits = true, decided = true, null = false;

	*ret = VALUE_NONE;
	*error = true;
	if (e->kind == EXPR_COLUMN) {
		fits = n == 1 && read_column(e, raw[0], &result);
	} else {
		assert(e->kind == EXPR_CALL && n <= e->nargs);
		for (uint32_t i = 0; i < n && fits; i++) {
			fits = sql_value(e->arg[i]->type, raw[i], &v[i]);
			null = null || v[i].kind == VALUE_NULL;
		}
	}
	if (!fits)
		return true;
	if (e->kind == EXPR_CALL && e->op == OP_IN_KEYS) {
		if (env->in_keys == NULL)
			return false;
		if (!null)
			result = value_bool(env->in_keys(env->ctx, e, v, n));
	} else if (e->kind == EXPR_CALL) {
		bool failed = true;

		decided = expr_eval_op(e, v, e->nargs, env->scratch, env->a, &result, &failed);
		if (!decided || failed)
			return decided;
	}
	*error = false;
	*ret = sql_raw(env->a, result);
	return true;
}

static bool print(struct sql *q, const struct dialect *d, const struct expr *e);

static void
bind(struct sql *q, const struct dialect *d, struct value v)
{
	buf_puts(&q->text, d->placeholder);
	*LIST_ADD(q->a, &q->params) = value_copy(q->a, sql_raw(q->a, v));
}

static bool
print_literal(struct sql *q, const struct dialect *d, struct value v)
{
	if (v.kind == VALUE_LIST || v.kind == VALUE_OBJECT)
		return false;
	if (v.kind == VALUE_NULL)
		buf_puts(&q->text, "NULL");
	else
		bind(q, d, v);
	return true;
}

static bool
print_all(struct sql *q, const struct dialect *d, const struct expr *e)
{
	for (uint32_t i = 0; i < expr_operands(e); i++) {
		if (i > 0)
			buf_puts(&q->text, ", ");
		if (!print(q, d, e->arg[i]))
			return false;
	}
	return true;
}

static uint32_t
opaque_index(struct sql *q, const struct expr *e)
{
	for (size_t i = 0; i < q->opaque.n; i++)
		if (q->opaque.v[i] == e)
			return (uint32_t)i;
	*LIST_ADD(q->a, &q->opaque) = e;
	return (uint32_t)(q->opaque.n - 1);
}

/* $1 … are operands (of a column: its name), $* all of them, $i the index of e. */
static bool
print_template(struct sql *q, const struct dialect *d, const struct expr *e, const char *t)
{
	for (; *t != '\0'; t++) {
		if (*t != '$') {
			buf_putc(&q->text, *t);
			continue;
		}
		t++;
		if (*t == 'i') {
			buf_printf(&q->text, "%u", opaque_index(q, e));
		} else if (*t == '*') {
			if (!print_all(q, d, e))
				return false;
		} else if (e->kind == EXPR_COLUMN) {
			sql_ident(q, d, e->column->name);
		} else {
			assert(*t >= '1' && (uint32_t)(*t - '1') < e->nargs);
			if (!print(q, d, e->arg[*t - '1']))
				return false;
		}
	}
	return true;
}

static bool
print_column(struct sql *q, const struct dialect *d, const struct expr *e)
{
	const char *t = d->column != NULL ? d->column(e->type) : NULL;

	if (e->type.kind == TYPE_ANY)
		return false; /* nobody has looked at the table yet */
	return print_template(q, d, e, t != NULL ? t : "$1");
}

static bool
print_case(struct sql *q, const struct dialect *d, const struct expr *e)
{
	buf_puts(&q->text, "CASE");
	for (uint32_t i = 0; i < e->nargs; i++) {
		buf_puts(&q->text, i % 2 == 1 ? " THEN " : i == e->nargs - 1 ? " ELSE " : " WHEN ");
		if (!print(q, d, e->arg[i]))
			return false;
	}
	buf_puts(&q->text, " END");
	return true;
}

static bool
print_in(struct sql *q, const struct dialect *d, const struct expr *e)
{
	struct value list = e->arg[1]->literal;

	buf_putc(&q->text, '(');
	if (!print(q, d, e->arg[0]))
		return false;
	buf_puts(&q->text, " IN (");
	for (uint32_t i = 0; i < list.n; i++) {
		if (i > 0)
			buf_puts(&q->text, ", ");
		bind(q, d, list.list[i]);
	}
	buf_puts(&q->text, "))");
	return true;
}

/* Whether a null is there needs no reading of the column. */
static bool
print_is_null(struct sql *q, const struct dialect *d, const struct expr *e)
{
	const struct expr *a = e->arg[0];

	buf_putc(&q->text, '(');
	if (a->kind == EXPR_COLUMN)
		sql_ident(q, d, a->column->name);
	else if (!print(q, d, a))
		return false;
	buf_puts(&q->text, " IS NULL)");
	return true;
}

/*
 * A result of unknown kind must be of a kind that databases have: a date that comes out of a variant would be an integer, and
 * nobody could tell any more.
 */
static bool
mixes_kinds(const struct expr *e)
{
	if (e->type.kind != TYPE_VARIANT && e->type.kind != TYPE_ANY)
		return false;
	for (uint32_t i = e->op == OP_CASE; i < e->nargs; i++) {
		struct type t = e->arg[i]->type;
		bool condition = e->op == OP_CASE && i % 2 == 0 && i + 1 < e->nargs;

		if (!condition && (t.kind == TYPE_BOOLEAN || t.kind == TYPE_DECIMAL || type_is_temporal(t)))
			return true;
	}
	return false;
}

static bool
print_call(struct sql *q, const struct dialect *d, const struct expr *e)
{
	const char *t = d->op[e->op];

	if (mixes_kinds(e))
		return false;
	if (e->op == OP_CAST)
		t = d->cast != NULL ? d->cast(e->arg[0]->type, e->type) : NULL;
	if (t != NULL && (d->plain == NULL || d->plain(e))) {
		if (e->op == OP_CASE)
			return print_case(q, d, e);
		if (e->op == OP_IN && e->arg[1]->literal.n > 0 && e->arg[1]->literal.n <= IN_MAX)
			return print_in(q, d, e);
		if (e->op == OP_IS_NULL)
			return print_is_null(q, d, e);
		if (e->op != OP_IN)
			return print_template(q, d, e, t);
	}
	return d->call != NULL && expr_operands(e) <= d->call_max && print_template(q, d, e, d->call);
}

static bool
print(struct sql *q, const struct dialect *d, const struct expr *e)
{
	switch (e->kind) {
	case EXPR_LITERAL:
		return print_literal(q, d, e->literal);
	case EXPR_COLUMN:
		return print_column(q, d, e);
	case EXPR_CALL:
		return print_call(q, d, e);
	case EXPR_METRIC:
		break; /* its value comes from another query */
	}
	return false;
}

bool
sql_expr(struct sql *q, const struct dialect *d, const struct expr *e)
{
	size_t text = q->text.n, params = q->params.n, opaque = q->opaque.n;

	if (print(q, d, e) && !q->text.full)
		return true;
	q->params.n = params;
	q->opaque.n = opaque;
	q->text.n = text;
	q->text.full = false;
	if (q->text.p != NULL)
		q->text.p[text] = '\0';
	return false;
}

bool
dialect_can(const struct dialect *d, const struct expr *e)
{
	AUTO(arena) a = arena_new();
	struct sql q;

	sql_init(&q, a);
	bool can = sql_expr(&q, d, e);
	sql_fini(&q);
	return can;
}
