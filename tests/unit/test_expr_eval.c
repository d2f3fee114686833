/*
 * What expressions mean.  Where SQLite means the same, it computes what is expected, in its own words; dialect.c and the evaluator
 * are then held to each other over rows of all kinds.
 */
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>

#include "base/civil.h"
#include "expr/dialect.h"
#include "expr/expr_eval.h"

enum { FLAG, OTHER, QTY, MORE, PRICE, COST, NAME, NOTE, AMOUNT, DAY, AT, SEEN, ANY, RAW, COLUMNS };

static const struct column columns[] = {
	[FLAG] = {.name = SV("flag"), .type = {.kind = TYPE_BOOLEAN}, .index = FLAG},
	[OTHER] = {.name = SV("other"), .type = {.kind = TYPE_BOOLEAN}, .index = OTHER},
	[QTY] = {.name = SV("qty"), .type = {.kind = TYPE_INTEGER}, .index = QTY},
	[MORE] = {.name = SV("more"), .type = {.kind = TYPE_INTEGER}, .index = MORE},
	[PRICE] = {.name = SV("price"), .type = {.kind = TYPE_NUMBER}, .index = PRICE},
	[COST] = {.name = SV("cost"), .type = {.kind = TYPE_NUMBER}, .index = COST},
	[NAME] = {.name = SV("name"), .type = {.kind = TYPE_STRING}, .index = NAME},
	[NOTE] = {.name = SV("note"), .type = {.kind = TYPE_STRING}, .index = NOTE},
	[AMOUNT] = {.name = SV("amount"),
                    .type = {.kind = TYPE_DECIMAL, .precision = 20, .scale = 2},
                    .index = AMOUNT},
	[DAY] = {.name = SV("day"), .type = {.kind = TYPE_DATE}, .index = DAY},
	[AT] = {.name = SV("at"), .type = {.kind = TYPE_TIMESTAMP}, .index = AT},
	[SEEN] = {.name = SV("seen"), .type = {.kind = TYPE_TIMESTAMPTZ}, .index = SEEN},
	[ANY] = {.name = SV("any"), .type = {.kind = TYPE_VARIANT}, .index = ANY},
	[RAW] = {.name = SV("raw"), .type = {.kind = TYPE_BINARY}, .index = RAW},
};
static const struct schema schema = {.col = columns, .n = COLUMNS};

struct fixture {
	struct arena *a;
	struct exprs *x;
	struct regex_scratch *scratch;
	struct value row[COLUMNS];
	bool misfit[COLUMNS];
};

static void
setup(struct fixture *f)
{
	*f = (struct fixture){.a = arena_new(), .x = exprs_new(), .scratch = regex_scratch_new()};
}

static void
teardown(struct fixture *f)
{
	regex_scratch_free(f->scratch);
	exprs_free(f->x);
	arena_free(f->a);
}

static const struct expr *
compile(struct fixture *f, const char *text)
{
	struct diags d;

	diags_init(&d, f->a);

	const struct ast *ast = expr_parse(f->a, sv_of(text), NOWHERE, &d);
	const struct expr *e = ast != NULL ? expr_bind(f->x, ast, &schema, &d) : NULL;

	ck_assert_msg(e != NULL, "%s: %s", text, d.list.n > 0 ? d.list.v[0].msg : "no message");
	return e;
}

/* "NULL", "ERROR" or the value's text. */
static const char *
evaluated(struct fixture *f, const struct expr *e)
{
	const struct eval_env env = {.column = f->row, .misfit = f->misfit, .scratch = f->scratch, .a = f->a};
	struct value v = value_int(42);
	bool error = true;
	struct buf b;

	ck_assert(expr_eval(&env, e, &v, &error));
	if (error || v.kind == VALUE_NULL) {
		ck_assert_int_eq(v.kind, VALUE_NULL);
		return error ? "ERROR" : "NULL";
	}
	buf_init(&b, 10000);
	(void)value_to_text(v, &b);

	const char *text = arena_str(f->a, buf_sv(&b));

	buf_fini(&b);
	return text;
}

/* A logical value of a column: 0, 1, null or error (its value does not fit). */
enum logic { NO, YES, NOTHING, MISFIT, LOGICS };
static const char *const logic_names[] = {"False", "True", "NULL", "ERROR"};

static void
set_logic(struct fixture *f, uint32_t column, enum logic l)
{
	f->row[column] = l == NOTHING || l == MISFIT ? VALUE_NONE : value_bool(l == YES);
	f->misfit[column] = l == MISFIT;
}

/* By SQL's definition of three-valued logic, with error stronger than null. */
static const struct {
	enum logic a, b, and, or ;
} truth[] = {
	{NO, NO, NO, NO},
	{NO, YES, NO, YES},
	{YES, YES, YES, YES},
	{NO, NOTHING, NO, NOTHING},
	{YES, NOTHING, NOTHING, YES},
	{NOTHING, NOTHING, NOTHING, NOTHING},
	{NO, MISFIT, NO, MISFIT},
	{YES, MISFIT, MISFIT, YES},
	{NOTHING, MISFIT, MISFIT, MISFIT},
	{MISFIT, MISFIT, MISFIT, MISFIT},
};

START_TEST(logic_has_three_values_and_error)
{
	struct fixture f;

	setup(&f);
	for (uint32_t swap = 0; swap < 2; swap++) {
		set_logic(&f, swap ? OTHER : FLAG, truth[_i].a);
		set_logic(&f, swap ? FLAG : OTHER, truth[_i].b);
		ck_assert_str_eq(evaluated(&f, compile(&f, "flag and other")), logic_names[truth[_i].and ]);
		ck_assert_str_eq(evaluated(&f, compile(&f, "flag or other")), logic_names[truth[_i].or ]);
	}
	teardown(&f);
}
END_TEST

START_TEST(errors_pass_through_all_but_what_decides_without_them)
{
	static const struct {
		const char *text, *expected;
	} t[] = {
		{"not flag", "ERROR"},
		{"flag is null", "ERROR"},
		{"flag = null", "ERROR"},
		{"flag in (true)", "ERROR"},
		{"coalesce(flag, true)", "ERROR"},
		{"coalesce(other, flag, true)", "ERROR"},
		{"coalesce(qty = 1, flag)", "True"},
		{"case when flag then 1 else 2 end", "ERROR"},
		{"case when qty = 1 then 1 when flag then 2 end", "1"},
		{"case when qty = 2 then flag else true end", "True"},
		{"case when other then flag end", "NULL"},
		{"flag is distinct from flag", "ERROR"},
		{"text(flag) || 'x'", "ERROR"},
		{"qty = 2 and flag", "False"},
		{"flag or qty = 1", "True"},
	};
	struct fixture f;

	setup(&f);
	set_logic(&f, FLAG, MISFIT);
	f.row[QTY] = value_int(1);
	for (size_t i = 0; i < LEN(t); i++)
		ck_assert_msg(strcmp(evaluated(&f, compile(&f, t[i].text)), t[i].expected) == 0,
		              "%s is not %s", t[i].text, t[i].expected);
	teardown(&f);
}
END_TEST

/* Constants, computed by hand and with Python where it has the same function. */
static const struct {
	const char *text, *expected;
} values[] = {
	{"7 / 2", "3.5"},
	{"-7 % 3", "-1"},
	{"7 % 0", "NULL"},
	{"7 / 0", "NULL"},
	{"0.0 / 0", "NULL"},
	{"-9223372036854775808 % -1", "0"},
	{"9007199254740993 / 1", "9007199254740992.0"},
	{"1.5 + 1", "2.5"},
	{"decimal '0.1' + decimal '0.2'", "0.3"},
	{"0.1 + 0.2", "0.30000000000000004"},
	{"decimal '1.10' * 3", "3.30"},
	{"true + true", "2"},
	{"- true", "-1"},
	{"abs(-3)", "3"},
	{"abs(-2.5)", "2.5"},
	{"abs(decimal '-1.50')", "1.50"},
	{"round(2.5)", "3.0"},
	{"round(-2.5)", "-3.0"},
	{"round(2.675, 2)", "2.68"},
	{"round(1234.5, -2)", "1200.0"},
	{"round(1250, -2)", "1300"},
	{"round(-1250, -2)", "-1300"},
	{"round(49, -2)", "0"},
	{"round(49, -9223372036854775807 - 1)", "0"},
	{"round(-2.5, -9223372036854775807 - 1)", "-0.0"},
	{"round(1e300, -9223372036854775807 - 1)", "0.0"},
	{"round(2.5, 9223372036854775807)", "2.5"},
	{"round(decimal '2.5', 9223372036854775807)", "2.5"},
	{"round(decimal '2.5', -9223372036854775807 - 1)", "0.0"},
	{"round(decimal '2.345', 2)", "2.350"},
	{"round(decimal '-2.5')", "-3.0"},
	{"round(1e300, 2)", "1e+300"},
	{"round(1e-30, 5)", "0.0"},
	{"floor(-2.5)", "-3.0"},
	{"ceil(-2.5)", "-2.0"},
	{"floor(decimal '-2.01')", "-3"},
	{"ceil(decimal '2.01')", "3"},
	{"ceil(decimal '2.00')", "2"},
	{"'a' || 1 || true || null", "NULL"},
	{"'a' || 1 || true", "a1True"},
	{"length('größe')", "5"},
	{"length(2.50)", "3"},
	{"length('')", "0"},
	{"length(X'00ff')", "2"},
	{"lower('ÄÖÜ ΑΒΓ ЖЗ SS İ')", "äöü αβγ жз ss İ"},
	{"upper('äöü αβγ жз ß')", "ÄÖÜ ΑΒΓ ЖЗ ß"},
	{"trim(' \t a b \n')", "a b"},
	{"substr('größe', 3)", "öße"},
	{"substr('größe', 2, 3)", "röß"},
	{"substr('größe', 0, 2)", "g"},
	{"substr('größe', -1, 2)", ""},
	{"substr('größe', 9)", ""},
	{"substr('größe', 2, -1)", ""},
	{"text(10.0)", "10.0"},
	{"typeof(10)", "integer"},
	{"typeof(10.5)", "number"},
	{"typeof('10')", "string"},
	{"typeof(1 < 2)", "boolean"},
	{"typeof(CAST('2.50' AS decimal(4,2)))", "decimal"},
	{"typeof(DATE '2024-01-01')", "date"},
	{"typeof(TIMESTAMP '2024-01-01T10:00:00')", "timestamp"},
	{"typeof(NULL)", "NULL"},
	{"text(null)", "NULL"},
	{"null = null", "NULL"},
	{"null is not distinct from null", "True"},
	{"1 is distinct from null", "True"},
	{"1 = 1.0", "True"},
	{"true = 1", "True"},
	{"9007199254740993 > 9007199254740992.0", "True"},
	{"'b' > 'B'", "True"},
	{"'abc' ~ 'B'", "False"},
	{"'abc' ~ '(?i)B'", "True"},
	{"'abc' like 'A%'", "False"},
	{"null ~ 'a'", "NULL"},
	{"3 in (1, 2)", "False"},
	{"null in (1)", "NULL"},
	{"1 in ()", "False"},
	{"1.0 in (1)", "True"},
	{"'1' in (1)", "False"},
	{"coalesce(null, null, 2)", "2"},
	{"coalesce(null)", "NULL"},
	{"case 2 when 1 then 'a' when 2 then 'b' end", "b"},
	{"case when null then 1 end", "NULL"},
	{"'12'::integer", "12"},
	{"'yes'::boolean", "True"},
	{"2.0::integer", "2"},
	{"'2024-01-31'::date", "2024-01-31"},
	{"timestamp '2024-01-31T10:00' :: date", "2024-01-31"},
	{"date '2024-01-31' :: timestamp", "2024-01-31T00:00:00"},
	{"date '2024-01-31' = timestamp '2024-01-31'", "True"},
	{"timestamp '2024-01-31T00:00:00+01:00'", "2024-01-30T23:00:00Z"},
	{"year('2024-02-29T01:02:03')", "2024"},
	{"month('2024-02-29T01:02:03')", "2"},
	{"day('2024-02-29T01:02:03')", "29"},
	{"hour('2024-02-29T01:02:03')", "1"},
	{"minute('2024-02-29T01:02:03')", "2"},
	{"second('2024-02-29T01:02:03.9')", "3"},
	{"weekday('2024-02-29')", "4"},
	{"weekday(date '1969-12-28')", "0"},
	{"date('1969-12-31T23:59:59')", "1969-12-31"},
};

START_TEST(a_constant_is_what_it_should_be)
{
	struct fixture f;

	setup(&f);
	ck_assert_str_eq(evaluated(&f, compile(&f, values[_i].text)), values[_i].expected);
	teardown(&f);
}
END_TEST

static void
fill_extremes(struct fixture *f)
{
	f->row[QTY] = value_int(INT64_MAX);
	f->row[MORE] = value_int(INT64_MIN);
	f->row[PRICE] = value_real(1e308);
	f->row[NAME] = value_text(SV("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
	f->row[NOTE] = value_text(SV("12"));
	ck_assert(value_parse(columns[AMOUNT].type, SV("999999999999999999.99"), &f->row[AMOUNT]));
	f->row[ANY] = value_text(SV("x"));
}

START_TEST(what_cannot_be_computed_is_an_error_of_its_row)
{
	static const struct {
		const char *text, *expected;
	} t[] = {
		{"qty + 1", "ERROR"},
		{"qty + more", "-1"},
		{"more - 1", "ERROR"},
		{"qty * 2", "ERROR"},
		{"-more", "ERROR"},
		{"abs(more)", "ERROR"},
		{"round(qty, -1)", "ERROR"},
		{"price * 10", "inf"},
		{"price * 10 - price * 10", "NULL"},
		{"amount * amount * amount", "ERROR"},
		{"amount * 10.5", "10499999999999999999.895"},
		{"amount::integer", "ERROR"},
		{"name::integer", "ERROR"},
		{"note::integer + 1", "13"},
		{"name ~ '(a+)+$'", "ERROR"},
		{"any > 1", "ERROR"},
		{"any = 1", "False"},
		{"any <> 1", "True"},
		{"any + 1", "ERROR"},
		{"any is null", "False"},
		{"any and flag", "ERROR"},
		{"any > 'w'", "True"},
		{"year(any)", "ERROR"},
		{"any in (1, 'x')", "True"},
		{"any is distinct from 1", "True"},
	};
	struct fixture f;

	setup(&f);
	fill_extremes(&f);
	for (size_t i = 0; i < LEN(t); i++)
		ck_assert_msg(strcmp(evaluated(&f, compile(&f, t[i].text)), t[i].expected) == 0,
		              "%s is %s, not %s", t[i].text, evaluated(&f, compile(&f, t[i].text)),
		              t[i].expected);
	teardown(&f);
}
END_TEST

START_TEST(parts_of_an_instant_are_those_of_its_zone)
{
	struct column seen = {.name = SV("seen"), .type = {.kind = TYPE_TIMESTAMPTZ}, .index = SEEN};
	struct fixture f;
	int64_t t_us;

	setup(&f);
	if (tz_get(SV("Asia/Seoul"), &seen.type.zone, NULL)) {
		ck_assert(rfc3339_parse(SV("2023-12-31T15:00:00Z"), &t_us, NULL));
		f.row[SEEN] = (struct value){.kind = VALUE_TIMETZ, .i = t_us};

		const struct expr *e = expr_column(f.x, &seen);

		ck_assert_str_eq(evaluated(&f, expr_call1(f.x, OP_YEAR, e, NULL)), "2024");
		ck_assert_str_eq(evaluated(&f, expr_call1(f.x, OP_DATE, e, NULL)), "2024-01-01");
		/* A day is a day of the instant's zone, too. */
		e = expr_call2(f.x, OP_GE, e, expr_literal(f.x, value_text(SV("2024-01-01"))), NULL);
		ck_assert_str_eq(evaluated(&f, e), "True");
	}
	teardown(&f);
}
END_TEST

static bool
has_seven(void *ctx, const struct expr *e, const struct value *tuple, uint32_t n)
{
	(void)e;
	ck_assert_ptr_eq(ctx, &columns);
	ck_assert_uint_eq(n, 1);
	return tuple[0].i == 7;
}

static bool
no_metric(void *ctx, const struct metric *m, struct value *ret)
{
	(void)ctx, (void)m;
	*ret = value_int(5);
	return false;
}

START_TEST(keys_and_metrics_are_the_environments)
{
	struct fixture f;
	struct value v;
	bool error;

	setup(&f);
	f.row[QTY] = value_int(7);

	struct eval_env env = {.column = f.row, .a = f.a};
	const struct expr *qty = expr_column(f.x, &columns[QTY]);
	const struct expr *keys = expr_in_keys(f.x, &qty, 1, SV("a\0id"));
	const struct expr *metric = expr_metric(f.x, (const struct metric *)(uintptr_t)&f, columns[QTY].type);

	ck_assert(!expr_eval(&env, keys, &v, &error) && !expr_eval(&env, metric, &v, &error));
	ck_assert(!expr_eval_row(keys, f.row, NULL, f.a, &v, &error));
	env.in_keys = has_seven;
	env.metric = no_metric;
	env.ctx = (void *)(uintptr_t)&columns;
	ck_assert(expr_eval(&env, keys, &v, &error) && !error && v.kind == VALUE_BOOL && v.b);
	f.row[QTY] = VALUE_NONE;
	ck_assert(expr_eval(&env, keys, &v, &error) && !error && v.kind == VALUE_NULL);
	ck_assert(expr_eval(&env, metric, &v, &error) && error && v.kind == VALUE_NULL);
	teardown(&f);
}
END_TEST

/* SQLite -------------------------------------------------------------------------------------------------- */

static struct value
from_sqlite(struct arena *a, sqlite3_value *v)
{
	const char *p;

	switch (sqlite3_value_type(v)) {
	case SQLITE_INTEGER:
		return value_int(sqlite3_value_int64(v));
	case SQLITE_FLOAT:
		return value_real(sqlite3_value_double(v));
	case SQLITE_TEXT:
		p = (const char *)sqlite3_value_text(v);
		return value_text(arena_sv(a, (struct sv){p, (size_t)sqlite3_value_bytes(v)}));
	case SQLITE_BLOB:
		p = sqlite3_value_blob(v);
		return (struct value){.kind = VALUE_BINARY,
		                      .s = arena_sv(a, (struct sv){p, (size_t)sqlite3_value_bytes(v)})};
	default:
		return VALUE_NONE;
	}
}

static void
bind(sqlite3_stmt *st, int i, struct value v)
{
	if (v.kind == VALUE_INT)
		sqlite3_bind_int64(st, i, v.i);
	else if (v.kind == VALUE_REAL)
		sqlite3_bind_double(st, i, v.r);
	else if (v.kind == VALUE_TEXT)
		sqlite3_bind_text(st, i, v.s.n > 0 ? v.s.p : "", (int)v.s.n, SQLITE_TRANSIENT);
	else if (v.kind == VALUE_BINARY)
		sqlite3_bind_blob(st, i, v.s.n > 0 ? v.s.p : "", (int)v.s.n, SQLITE_TRANSIENT);
	else
		ck_assert_int_eq(v.kind, VALUE_NULL);
}

struct call {
	const struct sql *q;
	struct arena *a;
	bool error;
};

static void
weir_op(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	struct call *c = sqlite3_user_data(ctx);
	const struct eval_env env = {.a = c->a};
	struct value raw[100], ret;
	bool error;

	for (int i = 1; i < n; i++)
		raw[i - 1] = from_sqlite(c->a, v[i]);
	ck_assert(
		sql_eval(c->q->opaque.v[sqlite3_value_int(v[0])], raw, (uint32_t)n - 1, &env, &ret, &error));
	c->error = c->error || error;
	if (ret.kind == VALUE_INT)
		sqlite3_result_int64(ctx, ret.i);
	else if (ret.kind == VALUE_REAL)
		sqlite3_result_double(ctx, ret.r);
	else if (ret.kind == VALUE_TEXT)
		sqlite3_result_text(ctx, ret.s.n > 0 ? ret.s.p : "", (int)ret.s.n, SQLITE_TRANSIENT);
	else if (ret.kind == VALUE_BINARY)
		sqlite3_result_blob(ctx, ret.s.n > 0 ? ret.s.p : "", (int)ret.s.n, SQLITE_TRANSIENT);
	else
		sqlite3_result_null(ctx);
}

/*
 * A table whose declarations do their worst: affinities that convert, a collation without case.  Times are spelled in more than one
 * way.
 */
static const char table[] =
	"CREATE TABLE t(flag, other, qty BLOB_, more INTEGER, price, cost REAL, name TEXT COLLATE NOCASE, "
	"note NUMERIC,"
	" amount, day, at, seen, any, raw);"
	"INSERT INTO t VALUES"
	"(0,0,0,0,0,0.0,'','a','0','2024-01-01','2024-01-01','2024-01-01T00:00:00Z',1,x''),"
	"(1,0,1,-1,1,1.5,'A','a',1.5,'2024-02-29','2024-01-01 "
	"00:00:00','2024-01-01T01:00:00+01:00','x',x'00'),"
	"(NULL,1,5,2,2.5,-0.0,'a','A','1.50','1969-12-31','2024-01-01T00:00:01','1969-12-31 "
	"23:59:59Z',2.5,x'61'),"
	"(1,NULL,NULL,3,-2.5,0.1,'b','Straße',150,NULL,NULL,NULL,NULL,NULL),"
	"(0,1,9007199254740993,9007199254740992,9007199254740992.0,9.5,'ä','b','-0.01','2024-01-01','2024-01-"
	"01','2024-01-01',5,x'ff'),"
	"(NULL,NULL,9223372036854775807,-9223372036854775808,1e308,1e308,'12%','',NULL,'2000-01-01','2000-01-"
	"01','2000-01-01','a',x'6162'),"
	"(1,1,-9223372036854775808,-1,NULL,NULL,NULL,NULL,99999999,NULL,NULL,NULL,-7,NULL);";

/* In the language; all are compared with the evaluator over all rows.  `same` is SQL that SQLite itself answers alike. */
static const struct {
	const char *text, *same;
} shared[] = {
	{"flag and other", "flag AND other"},
	{"flag or other", "flag OR other"},
	{"not flag", "NOT flag"},
	{"flag or not other and flag", "flag OR NOT other AND flag"},
	{"flag = other", "flag = other"},
	{"flag = 1 or other = true", "flag = 1 OR other = 1"},
	{"flag is null", "flag IS NULL"},
	{"flag is distinct from other", "flag IS NOT other"},
	{"flag is not true", "flag IS NOT 1"},
	{"qty = more", "qty = more"},
	{"qty < more", "qty < more"},
	{"qty <> price", "qty <> price"},
	{"qty > price", "qty > price"},
	{"more >= price", "more >= price"},
	{"price <= cost", "price <= cost"},
	{"price is not distinct from cost", "price IS cost"},
	{"qty = 9007199254740993", "qty = 9007199254740993"},
	{"qty > 9007199254740992.0", "qty > 9007199254740992.0"},
	{"qty between 0 and 5", "qty BETWEEN 0 AND 5"},
	{"qty not between more and 5", "qty NOT BETWEEN more AND 5"},
	{"qty in (1, 5, 9223372036854775807)", "qty IN (1, 5, 9223372036854775807)"},
	{"price in (1, 2.5)", "price IN (1, 2.5)"},
	{"price not in (1, 2.5)", "price NOT IN (1, 2.5)"},
	{"qty in (1.0, 2.5, 'x', null)", "qty IN (1)"},
	{"qty in ()", NULL},
	{"flag in (1)", "flag IN (1)"},
	{"more in (-1, 0, 7)", "more IN (-1, 0, 7)"},
	{"name = 'a'", "name = 'a' COLLATE BINARY"},
	{"name < 'b'", "name < 'b' COLLATE BINARY"},
	{"name = note", "name = note COLLATE BINARY"},
	{"name in ('a', 'B', '')", "name COLLATE BINARY IN ('a', 'B', '')"},
	{"note < '2'", "+note < '2'"},
	{"raw = X'61'", "raw = x'61'"},
	{"raw > X'00'", "raw > x'00'"},
	{"price + cost", "CAST(price AS REAL) + cost"},
	{"price - cost * 2", "CAST(price AS REAL) - cost * 2"},
	{"price * cost", "CAST(price AS REAL) * cost"},
	{"price / cost", "CAST(price AS REAL) / cost"},
	{"qty / more", "CAST(qty AS REAL) / CAST(more AS REAL)"},
	{"qty / 2", "CAST(qty AS REAL) / 2"},
	{"qty % more", "qty % more"},
	{"qty % 2", "qty % 2"},
	{"qty + price", "CAST(qty AS REAL) + CAST(price AS REAL)"},
	{"coalesce(price, cost, 1.5)", "coalesce(CAST(price AS REAL), cost, 1.5)"},
	{"coalesce(qty, more)", "coalesce(qty, more)"},
	{"coalesce(name, note)", "coalesce(name, note)"},
	{"case when flag then qty when other then more else 0 end",
         "CASE WHEN flag THEN qty WHEN other THEN more ELSE 0 END"},
	{"case when flag then name end", "CASE WHEN flag THEN name END"},
	{"case qty when 1 then 'one' when 5 then 'five' else 'many' end",
         "CASE qty WHEN 1 THEN 'one' WHEN 5 THEN 'five' ELSE 'many' END"},
	{"length(name)", "length(name)"},
	{"length(name || note)", "length(name || note)"},
	{"name || note", "name || note"},
	{"substr(note, 2, 3)", "substr(note, 2, 3)"},
	{"name like '12\\%'", "name = '12%'"},
	{"name like '_'", "length(name) = 1"},
	{"note ~ '^[a-z]$'", "note GLOB '[a-z]'"},
	{"trim(name)", "trim(name)"},
	{"upper(name)", NULL},
	{"text(price) || text(qty) || text(flag)", NULL},
	{"qty + 1", NULL},
	{"qty + more", NULL},
	{"qty * 3 - more", NULL},
	{"-qty", NULL},
	{"abs(more)", NULL},
	{"abs(price)", "abs(CAST(price AS REAL))"},
	{"round(cost, 1)", "round(cost, 1)"},
	{"floor(price) + ceil(cost)", NULL},
	{"amount = 1.5", NULL},
	{"amount > 1 and amount < 200", NULL},
	{"amount in (1.5, 150)", NULL},
	{"amount * 2 + 0.01", NULL},
	{"amount / 2 > price", NULL},
	{"amount::integer", NULL},
	{"round(amount, 1)", NULL},
	{"coalesce(amount, 0)", NULL},
	{"day = '2024-01-01'", "date(day) = '2024-01-01'"},
	{"day < at", "day < date(at) OR (day = date(at) AND time(at) > '00:00:00')"},
	{"at = '2024-01-01T00:00:00'", "datetime(at) = '2024-01-01 00:00:00'"},
	{"at > '2023-12-31'", "datetime(at) > '2023-12-31 00:00:00'"},
	{"seen = '2024-01-01'", "datetime(seen) = '2024-01-01 00:00:00'"},
	{"seen in ('2024-01-01T00:00:00Z')", "datetime(seen) = '2024-01-01 00:00:00'"},
	{"seen <> at", NULL},
	{"seen is null", "seen IS NULL"},
	{"year(day)", "CAST(strftime('%Y', day) AS INTEGER)"},
	{"month(seen)", "CAST(strftime('%m', seen) AS INTEGER)"},
	{"second(seen)", "CAST(strftime('%S', seen) AS INTEGER)"},
	{"weekday(day)", "CAST(strftime('%w', day) AS INTEGER)"},
	{"date(seen)", NULL},
	{"date(seen) = day", "date(seen) = day"},
	{"coalesce(day, '2000-02-02')", NULL},
	{"case when flag then at end", NULL},
	{"any = 'x'", "any = 'x'"},
	{"any = 5", "any = 5"},
	{"any > 1", NULL},
	{"any in (1, 'x', 2.5)", "any IN (1, 'x', 2.5)"},
	{"any + 1", NULL},
	{"any || 'x'", NULL},
	{"note::integer", NULL},
	{"qty::number", "CAST(qty AS REAL)"},
	{"flag::integer + 1", "flag + 1"},
	{"null and flag", "NULL AND flag"},
	{"flag = null", "flag = NULL"},
};

static sqlite3 *
open_table(struct call *c)
{
	sqlite3 *db;
	char *msg = NULL;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_create_function(db, "weir_op", -1, SQLITE_UTF8, c, weir_op, NULL, NULL),
	                 SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, table, NULL, NULL, &msg) == SQLITE_OK, "%s", msg);
	return db;
}

/* The values of the columns as a reader of the database gives them. */
static void
read_row(struct fixture *f, sqlite3_stmt *st)
{
	for (int i = 0; i < COLUMNS; i++)
		ck_assert_msg(sql_value(columns[i].type, from_sqlite(f->a, sqlite3_column_value(st, i)),
		                        &f->row[i]),
		              "column %d does not fit", i);
}

static void
check_same(const char *text, int64_t row, struct value a, struct value b)
{
	AUTO(buf) x = buf_new(1000);
	AUTO(buf) y = buf_new(1000);

	(void)value_to_text(a, x);
	(void)value_to_text(b, y);
	ck_assert_msg(value_eq(a, b), "%s, row %d: %s is not %s", text, (int)row, buf_str(x), buf_str(y));
}

/* One row: the evaluator, our SQL, and SQLite's own words. */
static void
check_row(struct fixture *f, const char *text, const struct expr *e, bool own, sqlite3_stmt *st,
          struct call *c)
{
	struct value mine, sql;
	bool error;
	int64_t row = sqlite3_column_int64(st, COLUMNS);

	read_row(f, st);
	ck_assert(expr_eval_row(e, f->row, f->scratch, f->a, &mine, &error));
	if (error || c->error) {
		/* SQL may compute more than is needed, never less. */
		ck_assert_msg(c->error, "%s, row %d: only the evaluator fails", text, (int)row);
		return;
	}
	ck_assert(sql_value(e->type, from_sqlite(f->a, sqlite3_column_value(st, COLUMNS + 1)), &sql));
	check_same(text, row, mine, sql);
	if (own)
		check_same(text, row, sql_raw(f->a, mine),
		           from_sqlite(f->a, sqlite3_column_value(st, COLUMNS + 2)));
}

START_TEST(the_evaluator_its_sql_and_sqlite_agree)
{
	struct fixture f;
	struct sql q;
	struct call c = {.q = &q};

	setup(&f);
	c.a = f.a;
	sql_init(&q, f.a);

	sqlite3 *db = open_table(&c);
	const struct expr *e = compile(&f, shared[_i].text);

	buf_puts(&q.text, "SELECT t.*, rowid, ");
	ck_assert_msg(sql_expr(&q, &dialect_sqlite, e), "%s cannot be said", shared[_i].text);
	(void)buf_printf(&q.text, ", %s FROM t ORDER BY rowid",
	                 shared[_i].same != NULL ? shared[_i].same : "NULL");

	sqlite3_stmt *st;

	ck_assert_msg(sqlite3_prepare_v2(db, buf_str(&q.text), -1, &st, NULL) == SQLITE_OK, "%s: %s",
	              buf_str(&q.text), sqlite3_errmsg(db));
	for (size_t i = 0; i < q.params.n; i++)
		bind(st, (int)i + 1, q.params.v[i]);

	int rows = 0;

	for (c.error = false; sqlite3_step(st) == SQLITE_ROW; c.error = false, rows++)
		check_row(&f, shared[_i].text, e, shared[_i].same != NULL, st, &c);
	ck_assert_int_eq(rows, 7);
	sqlite3_finalize(st);
	sqlite3_close(db);
	sql_fini(&q);
	teardown(&f);
}
END_TEST

START_TEST(what_sql_cannot_say_leaves_the_query_as_it_was)
{
	struct fixture f;
	struct sql q;

	setup(&f);
	sql_init(&q, f.a);
	buf_puts(&q.text, "SELECT ");

	const struct expr *metric = expr_metric(f.x, (const struct metric *)(uintptr_t)&f, columns[QTY].type);
	const struct expr *e = expr_call2(f.x, OP_LT, compile(&f, "length(name) + 1"), metric, NULL);

	ck_assert(!sql_expr(&q, &dialect_sqlite, e));
	ck_assert_str_eq(buf_str(&q.text), "SELECT ");
	ck_assert(q.params.n == 0 && q.opaque.n == 0);
	ck_assert(!dialect_can(&dialect_sqlite, e));
	ck_assert(!dialect_can(&dialect_sqlite, compile(&f, "coalesce(any, day)")));
	ck_assert(dialect_can(&dialect_sqlite, compile(&f, "coalesce(any, 1)")));
	sql_fini(&q);
	teardown(&f);
}
END_TEST

START_TEST(names_are_quoted_and_constants_bound)
{
	struct column odd = {.name = SV("a`b\" --"), .type = {.kind = TYPE_INTEGER}};
	struct fixture f;
	struct sql q;

	setup(&f);
	sql_init(&q, f.a);

	const struct expr *e = expr_call2(f.x, OP_EQ, expr_column(f.x, &odd), expr_literal(f.x, value_int(5)),
	                                  NULL);

	ck_assert(sql_expr(&q, &dialect_sqlite, e));
	ck_assert_str_eq(buf_str(&q.text), "((+`a``b\" --`) = ?)");
	ck_assert(q.params.n == 1 && q.params.v[0].i == 5);
	sql_fini(&q);
	teardown(&f);
}
END_TEST

Suite *
suite_expr_eval(void)
{
	Suite *s = suite_create("expr_eval");
	TCase *t = tcase_create("expr_eval");

	tcase_add_loop_test(t, logic_has_three_values_and_error, 0, LEN(truth));
	tcase_add_test(t, errors_pass_through_all_but_what_decides_without_them);
	tcase_add_loop_test(t, a_constant_is_what_it_should_be, 0, LEN(values));
	tcase_add_test(t, what_cannot_be_computed_is_an_error_of_its_row);
	tcase_add_test(t, parts_of_an_instant_are_those_of_its_zone);
	tcase_add_test(t, keys_and_metrics_are_the_environments);
	tcase_add_loop_test(t, the_evaluator_its_sql_and_sqlite_agree, 0, LEN(shared));
	tcase_add_test(t, what_sql_cannot_say_leaves_the_query_as_it_was);
	tcase_add_test(t, names_are_quoted_and_constants_bound);
	suite_add_tcase(s, t);
	return s;
}
