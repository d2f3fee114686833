/*
 * SQLite 3.38 and later.
 *
 * Its operators are used where they provably mean the same for values that fit their types: logic on 0, 1 and NULL; comparisons
 * within one kind; arithmetic on doubles.  They differ in integer arithmetic (overflow silently becomes a double, 7 / 2 is 3), in
 * text functions (ASCII only) and in everything about times and decimals, which it does not have.
 *
 * Columns carry an affinity and a collation that would bend comparisons; a unary plus strips the one, COLLATE BINARY the other.
 * Identifiers stand in backquotes, because a double-quoted one that does not exist is a string to SQLite.
 */
#include "expr/dialect.h"

static bool
is_number(struct type t)
{
	return t.kind == TYPE_BOOLEAN || t.kind == TYPE_INTEGER || t.kind == TYPE_NUMBER;
}

/* Do two values of these types compare in SQLite as they do here? */
static bool
same_order(struct type a, struct type b)
{
	if (is_number(a) && is_number(b))
		return true; /* exactly, across integers and doubles */
	return a.kind == b.kind && (a.kind == TYPE_STRING || a.kind == TYPE_BINARY || type_is_temporal(a));
}

static bool
all_boolean(const struct expr *e, uint32_t step)
{
	for (uint32_t i = 0; i < e->nargs; i += step)
		if (e->arg[i]->type.kind != TYPE_BOOLEAN && e->arg[i]->type.kind != TYPE_NULL)
			return false;
	return true;
}

static bool
conditions_boolean(const struct expr *e)
{
	for (uint32_t i = 0; i + 1 < e->nargs; i += 2)
		if (e->arg[i]->type.kind != TYPE_BOOLEAN && e->arg[i]->type.kind != TYPE_NULL)
			return false;
	return true;
}

static bool
members_plain(const struct expr *e)
{
	struct type t = e->arg[0]->type;
	struct value list = e->arg[1]->literal;

	for (uint32_t i = 0; i < list.n; i++)
		if (!same_order(t, value_type(list.list[i])))
			return false;
	return true;
}

static bool
plain(const struct expr *e)
{
	switch (e->op) {
	case OP_AND:
	case OP_OR:
	case OP_NOT:
		return all_boolean(e, 1);
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
	case OP_SAME:
		return same_order(e->arg[0]->type, e->arg[1]->type);
	case OP_IN:
		return members_plain(e);
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
		/* One double makes it arithmetic on doubles. */
		return e->type.kind == TYPE_NUMBER && is_number(e->arg[0]->type) &&
		       is_number(e->arg[1]->type);
	case OP_DIV:
		return is_number(e->arg[0]->type) && is_number(e->arg[1]->type);
	case OP_MOD:
		return e->arg[0]->type.kind == TYPE_INTEGER && e->arg[1]->type.kind == TYPE_INTEGER;
	case OP_CASE:
		return conditions_boolean(e);
	default:
		return true;
	}
}

static const char *const ops[OP_COUNT] = {
	[OP_NOT] = "(NOT $1)",    [OP_AND] = "($1 AND $2)",
	[OP_OR] = "($1 OR $2)",   [OP_EQ] = "($1 = $2)",
	[OP_NE] = "($1 <> $2)",   [OP_LT] = "($1 < $2)",
	[OP_LE] = "($1 <= $2)",   [OP_GT] = "($1 > $2)",
	[OP_GE] = "($1 >= $2)",   [OP_IS_NULL] = "($1 IS NULL)",
	[OP_SAME] = "($1 IS $2)", [OP_IN] = "($1 IN ($2))",
	[OP_ADD] = "($1 + $2)",   [OP_SUB] = "($1 - $2)",
	[OP_MUL] = "($1 * $2)",   [OP_DIV] = "(CAST($1 AS REAL) / CAST($2 AS REAL))",
	[OP_MOD] = "($1 % $2)",   [OP_COALESCE] = "coalesce($*)",
	[OP_CASE] = "CASE",
};

static const char *
column(struct type t)
{
	switch (t.kind) {
	case TYPE_STRING:
		return "(+$1 COLLATE BINARY)";
	case TYPE_NUMBER:
		return "CAST($1 AS REAL)"; /* 2 in a column of numbers is 2.0 */
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return "weir_op($i, $1)"; /* the same time has many spellings */
	default:
		return "(+$1)";
	}
}

static const char *
cast(struct type from, struct type to)
{
	if (to.kind == TYPE_NUMBER && (from.kind == TYPE_BOOLEAN || from.kind == TYPE_INTEGER))
		return "CAST($1 AS REAL)";
	if (to.kind == TYPE_INTEGER && from.kind == TYPE_BOOLEAN)
		return "$1";
	return NULL;
}

const struct dialect dialect_sqlite = {
	.name = "sqlite",
	.quote = '`',
	.placeholder = "?",
	.op = ops,
	.plain = plain,
	.call = "weir_op($i, $*)",
	.call_max = 99, /* SQLITE_MAX_FUNCTION_ARG is 100 by default, and the index is one */
	.column = column,
	.cast = cast,
};
