/*
 * Functions for SQL: what SQLite says otherwise than weir, or not at all, ends in weir's own evaluator.
 *
 *	weir_op(i, operand…)   the i-th node of the query that runs: an operator, or a column that is read
 *	weir_fits(i, x)        does x fit the type of column i of the schema?
 *	weir_sum(x), weir_mean(x)   exact
 *
 * A row that cannot be computed has no value in SQL.  weir_op answers NULL then and marks its node; the metrics that hang on a
 * marked node are computed again from the rows themselves, where such rows are counted.
 */
#include <stdlib.h>

#include "engine/sqlite.h"
#include "expr/expr_eval.h"
#include "metric/sum.h"

static void
answer(sqlite3_context *ctx, struct value v)
{
	switch (v.kind) {
	case VALUE_INT:
		sqlite3_result_int64(ctx, v.i);
		break;
	case VALUE_REAL:
		sqlite3_result_double(ctx, v.r);
		break;
	case VALUE_TEXT:
		sqlite3_result_text64(ctx, v.s.p != NULL ? v.s.p : "", v.s.n, SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	case VALUE_BINARY:
		sqlite3_result_blob64(ctx, v.s.p != NULL ? v.s.p : "", v.s.n, SQLITE_TRANSIENT);
		break;
	default:
		sqlite3_result_null(ctx);
	}
}

static bool
in_keys(void *ctx UNUSED, const struct expr *e, const struct value *tuple, uint32_t n)
{
	return keyset_has(e->keys, tuple_hash(tuple, n));
}

/* Set by sql_expr's templates: patterns, lists and escapes stand in the node. */
static uint32_t
operands(const struct expr *e)
{
	if (e->kind == EXPR_COLUMN)
		return 1;
	return expr_operands(e);
}

static void
weir_op(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	struct sqlite_connection *c = sqlite3_user_data(ctx);
	int64_t i = n > 0 ? sqlite3_value_int64(v[0]) : -1;
	uint32_t nraw = (uint32_t)n - 1;
	struct value ret, *raw;
	bool error = true;

	if (c->query == NULL || i < 0 || (size_t)i >= c->query->opaque.n ||
	    nraw != operands(c->query->opaque.v[i])) {
		sqlite3_result_error(ctx, "weir_op is called wrongly", -1);
		return;
	}

	struct eval_env env = {.scratch = c->regex, .a = c->scratch, .in_keys = in_keys};
	const struct expr *e = c->query->opaque.v[i];

	raw = ARENA_ARRAY(c->scratch, struct value, MAX(nraw, 1u));
	for (uint32_t k = 0; k < nraw; k++)
		raw[k] = sqlite_stored(v[k + 1]);
	if (!sql_eval(e, raw, nraw, &env, &ret, &error) || error) {
		c->failed[i] = true;
		sqlite3_result_null(ctx);
	} else {
		answer(ctx, ret);
	}
	arena_reset(c->scratch);
}

static void
weir_fits(sqlite3_context *ctx, int n UNUSED, sqlite3_value **v)
{
	struct sqlite_connection *c = sqlite3_user_data(ctx);
	int64_t i = sqlite3_value_int64(v[0]);
	struct value stored = sqlite_stored(v[1]), fitted;

	if (i < 0 || i >= c->schema.n) {
		sqlite3_result_error(ctx, "weir_fits is called wrongly", -1);
		return;
	}
	sqlite3_result_int(ctx, stored.kind == VALUE_NULL ||
	                                sqlite_fit(&c->schema.col[i], stored, c->scratch, &fitted));
	arena_reset(c->scratch);
}

/* SQLite keeps zeroed memory for an aggregate, aligned for 8 bytes only: a pointer there, and the rest on the heap until the end. */
static struct sum_acc **
sum_place(sqlite3_context *ctx)
{
	return sqlite3_aggregate_context(ctx, sizeof(struct sum_acc *));
}

static void
sum_step(sqlite3_context *ctx, int n UNUSED, sqlite3_value **v)
{
	struct sum_acc **s = sum_place(ctx);

	if (s == NULL) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	if (*s == NULL) {
		*s = xmalloc(sizeof(**s));
		sum_acc_init(*s);
	}
	sum_acc_add_value(*s, sqlite_stored(v[0]));
}

/* A sum past 64 bits goes as text. */
static void
sum_answer(sqlite3_context *ctx, bool ok, struct value v, const struct err *err)
{
	char text[DECIMAL_TEXT_MAX];

	if (!ok)
		sqlite3_result_error(ctx, err->msg, -1);
	else if (v.kind == VALUE_DECIMAL)
		sqlite3_result_text(ctx, decimal_text(v.d, text), -1, SQLITE_TRANSIENT);
	else
		answer(ctx, v);
}

/* Also called when the query was given up. */
static void
sum_end(sqlite3_context *ctx, bool (*value)(struct sum_acc *, struct value *, struct err *))
{
	struct sum_acc **s = sum_place(ctx);
	struct value v = VALUE_NONE;
	struct err err = {0};
	bool ok;

	if (s == NULL) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	ok = *s == NULL || value(*s, &v, &err);
	sum_answer(ctx, ok, v, &err);
	free(*s);
	*s = NULL;
}

static void
sum_final(sqlite3_context *ctx)
{
	sum_end(ctx, sum_acc_value);
}

static void
mean_final(sqlite3_context *ctx)
{
	sum_end(ctx, sum_acc_mean);
}

bool
sqlite_functions(struct sqlite_connection *c, struct err *err)
{
	/* Direct only: a view or an index of the database cannot call them. */
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
	sqlite3 *db = c->db.db;

	if (sqlite3_create_function_v2(db, "weir_op", -1, flags, c, weir_op, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function_v2(db, "weir_fits", 2, flags, c, weir_fits, NULL, NULL, NULL) !=
	            SQLITE_OK ||
	    sqlite3_create_function_v2(db, "weir_sum", 1, flags, c, NULL, sum_step, sum_final, NULL) !=
	            SQLITE_OK ||
	    sqlite3_create_function_v2(db, "weir_mean", 1, flags, c, NULL, sum_step, mean_final, NULL) !=
	            SQLITE_OK)
		return sqlite_db_fail(&c->db, "register functions", err);
	return true;
}
