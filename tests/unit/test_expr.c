#include <check.h>
#include <stdio.h>

#include "expr/expr.h"

static const struct column columns[] = {
	{.name = SV("qty"), .type = {.kind = TYPE_INTEGER}, .index = 0},
	{.name = SV("price"), .type = {.kind = TYPE_NUMBER}, .index = 1},
	{.name = SV("amount"), .type = {.kind = TYPE_DECIMAL, .precision = 10, .scale = 2}, .index = 2},
	{.name = SV("status"), .type = {.kind = TYPE_STRING}, .index = 3},
	{.name = SV("day"), .type = {.kind = TYPE_DATE}, .index = 4},
	{.name = SV("at"), .type = {.kind = TYPE_TIMESTAMP}, .index = 5},
	{.name = SV("seen"), .type = {.kind = TYPE_TIMESTAMPTZ}, .index = 6},
	{.name = SV("flag"), .type = {.kind = TYPE_BOOLEAN}, .index = 7},
	{.name = SV("any thing"), .type = {.kind = TYPE_VARIANT}, .index = 8},
	{.name = SV("raw"), .type = {.kind = TYPE_BINARY}, .index = 9},
	{.name = SV("date"), .type = {.kind = TYPE_DATE}, .index = 10},
	{.name = SV("gone"), .type = {.kind = TYPE_INTEGER}, .index = 11, .declared = true, .missing = true},
};
static const struct schema schema = {.col = columns, .n = LEN(columns)};

struct fixture {
	struct arena *a;
	struct exprs *x;
	struct diags d;
	struct buf text;
};

static void
setup(struct fixture *f)
{
	f->a = arena_new();
	f->x = exprs_new();
	diags_init(&f->d, f->a);
	buf_init(&f->text, 1 << 20);
}

static void
teardown(struct fixture *f)
{
	buf_fini(&f->text);
	exprs_free(f->x);
	arena_free(f->a);
}

static const struct expr *
compile(struct fixture *f, struct sv text)
{
	const struct ast *ast = expr_parse(f->a, text, (struct loc){.file = "t", .line = 1, .col = 1}, &f->d);

	return ast != NULL ? expr_bind(f->x, ast, &schema, &f->d) : NULL;
}

static const char *
printed(struct fixture *f, const struct expr *e)
{
	buf_clear(&f->text);
	expr_print(e, &f->text);
	return buf_str(&f->text);
}

static const struct {
	const char *text, *printed, *type;
} good[] = {
	{"qty", "qty", "integer"},
	{"`qty`", "qty", "integer"},
	{"\"any thing\"", "\"any thing\"", "variant"},
	{"date", "date", "date"},
	{"qty > 5 and status in ('a', 'b') or price is not null",
         "qty > 5 AND status IN ('a', 'b') OR price IS NOT NULL", "boolean"},
	{"not qty = 1 and flag", "NOT qty = 1 AND flag", "boolean"},
	{"not (qty = 1 and flag)", "NOT (qty = 1 AND flag)", "boolean"},
	{"(flag and qty = 1) and (flag and price = 2)", "flag AND qty = 1 AND price = 2", "boolean"},
	{"(qty = 1 or flag) and flag", "(qty = 1 OR flag) AND flag", "boolean"},
	{"5 < qty", "qty > 5", "boolean"},
	{"5 <> qty", "qty <> 5", "boolean"},
	{"qty == 5", "qty = 5", "boolean"},
	{"qty != 5", "qty <> 5", "boolean"},
	{"qty between 1 and 1 + 1", "qty >= 1 AND qty <= 2", "boolean"},
	{"qty not between 1 and 2", "NOT (qty >= 1 AND qty <= 2)", "boolean"},
	{"1 - 2 - 3 + qty", "-4 + qty", "integer"},
	{"qty - (qty - 1)", "qty - (qty - 1)", "integer"},
	{"(qty - qty) - 1", "qty - qty - 1", "integer"},
	{"(qty + 1) * 2", "(qty + 1) * 2", "integer"},
	{"qty + 1 * 2", "qty + 2", "integer"},
	{"-qty", "-qty", "integer"},
	{"- -qty", "-(-qty)", "integer"},
	{"+5 - -qty", "5 - -qty", "integer"},
	{"qty = -9223372036854775808", "qty = -9223372036854775808", "boolean"},
	{"qty / 2", "qty / 2", "number"},
	{"qty % 2", "qty % 2", "integer"},
	{"7 / 2", "3.5", "number"},
	{"1 / 0", "NULL", "null"},
	{"amount + 0.125", "amount + 0.125", "decimal(38,3)"},
	{"amount * amount", "amount * amount", "decimal(38,4)"},
	{"amount / 2", "amount / 2", "number"},
	{"amount = 0.10", "amount = 0.1", "boolean"},
	{"amount = 5.0", "amount = 5", "boolean"},
	{"price = 0.10", "price = 0.1", "boolean"},
	{"price = 12345678901234567.25", "price = 1.2345678901234568e+16", "boolean"},
	{"amount = 12345678901234567.25", "amount = 12345678901234567.25", "boolean"},
	{"qty * decimal '1.50'", "qty * DECIMAL '1.50'", "decimal(38,2)"},
	{"status ~ '^a' and status !~ 'b'", "status ~ '^a' AND status !~ 'b'", "boolean"},
	{"status like 'a%' or status not like 'b!%' escape '!'",
         "status LIKE 'a%' OR status NOT LIKE 'b!%' ESCAPE '!'", "boolean"},
	{"status || 'it''s' || qty", "status || 'it''s' || text(qty)", "string"},
	{"length(qty) + length(status)", "length(text(qty)) + length(status)", "integer"},
	{"UPPER(trim(status))", "upper(trim(status))", "string"},
	{"substr(status, 1, 2)", "substr(status, 1, 2)", "string"},
	{"round(price, 2)", "round(price, 2)", "number"},
	{"floor(qty)", "qty", "integer"},
	{"floor(amount)", "floor(amount)", "decimal(38,0)"},
	{"coalesce(qty, price)", "coalesce(CAST(qty AS number), price)", "number"},
	{"coalesce(day, '2024-01-01')", "coalesce(day, DATE '2024-01-01')", "date"},
	{"case when flag then 'a' when qty > 1 then 'b' else null end",
         "CASE WHEN flag THEN 'a' WHEN qty > 1 THEN 'b' ELSE NULL END", "string"},
	{"case qty when 1 then 'a' end", "CASE WHEN qty = 1 THEN 'a' END", "string"},
	{"cast(status as integer)", "CAST(status AS integer)", "integer"},
	{"status::decimal(10, 2)", "CAST(status AS decimal(10,2))", "decimal(10,2)"},
	{"qty::text", "text(qty)", "string"},
	{"at::date", "date(at)", "date"},
	{"'12'::integer + qty", "12 + qty", "integer"},
	{"day >= '2024-01-31'", "day >= DATE '2024-01-31'", "boolean"},
	{"day >= '2024-01-31T12:00'", "day >= TIMESTAMP '2024-01-31T12:00:00'", "boolean"},
	{"at < '2024-01-31'", "at < TIMESTAMP '2024-01-31T00:00:00'", "boolean"},
	{"seen < '2024-01-31T00:00:00+09:00'", "seen < TIMESTAMP '2024-01-30T15:00:00Z'", "boolean"},
	{"timestamp '2024-01-31' < at", "at > TIMESTAMP '2024-01-31T00:00:00'", "boolean"},
	{"day in ('2024-01-02', '2024-01-01')", "day IN (DATE '2024-01-01', DATE '2024-01-02')", "boolean"},
	{"year(day) = 2024", "year(day) = 2024", "boolean"},
	{"weekday('2024-01-01')", "1", "integer"},
	{"date('2024-01-01T05:00')", "DATE '2024-01-01'", "date"},
	{"flag = 1 and flag = true", "flag = 1 AND flag = TRUE", "boolean"},
	{"flag is not true", "flag IS DISTINCT FROM TRUE", "boolean"},
	{"qty is not distinct from price", "qty IS NOT DISTINCT FROM price", "boolean"},
	{"status is distinct from null", "status IS NOT NULL", "boolean"},
	{"qty in (3, 1, 2.0, 1)", "qty IN (1, 2, 3)", "boolean"},
	{"qty in ()", "qty IN ()", "boolean"},
	{"raw = X'00Ff'", "raw = X'00ff'", "boolean"},
	{"\"any thing\" > 0.5 and \"any thing\" = 'x'", "\"any thing\" > 0.5 AND \"any thing\" = 'x'",
         "boolean"},
	{"\"any thing\" + 1", "\"any thing\" + 1", "variant"},
	{"price > cast('inf' as number)", "price > CAST('inf' AS number)", "boolean"},
	{"true or flag", "TRUE", "boolean"},
	{"flag and true", "flag", "boolean"},
	{"not not flag", "flag", "boolean"},
	{"1 = 1.0", "TRUE", "boolean"},
	{"length('größe')", "5", "integer"},
	{"null is null", "TRUE", "boolean"},
	{"price * 1e3 > .5", "price * 1000.0 > 0.5", "boolean"},
	{"qty\n>\n1", "qty > 1", "boolean"},
};

START_TEST(a_right_expression_has_a_type_and_prints_as_one_that_is_the_same)
{
	struct fixture f;
	char type[TYPE_TEXT_MAX];

	setup(&f);

	const struct expr *e = compile(&f, sv_of(good[_i].text));

	ck_assert_msg(e != NULL, "%s: %s", good[_i].text, f.d.list.n > 0 ? f.d.list.v[0].msg : "no message");
	ck_assert_uint_eq(f.d.errors, 0);
	ck_assert_str_eq(printed(&f, e), good[_i].printed);
	ck_assert_str_eq(type_text(e->type, type), good[_i].type);

	char *text = arena_str(f.a, buf_sv(&f.text));

	ck_assert_msg(compile(&f, sv_of(text)) == e, "%s is another expression when it is read again", text);
	teardown(&f);
}
END_TEST

static const struct {
	const char *text;
	uint32_t col, len;
	const char *msg, *hint; /* parts of them; hint NULL = none */
} wrong[] = {
	{"", 1, 0, "ends where a value", NULL},
	{"qty >", 6, 0, "ends where a value", NULL},
	{"qty > > 1", 7, 1, "expected a value, not '>'", NULL},
	{"qty 5", 5, 1, "expected an operator or the end", NULL},
	{"(qty", 1, 1, "'(' is not closed", NULL},
	{"qty)", 4, 1, "expected an operator or the end", NULL},
	{"'abc", 1, 1, "the quote ' is not closed", NULL},
	{"status = \"\"", 10, 2, "name is empty", "single quotes"},
	{"qty & 1", 5, 1, "'&' is no operator", "AND"},
	{"flag && flag", 6, 2, "'&&' is no operator", "AND"},
	{"!flag", 1, 1, "'!' is no operator", "NOT"},
	{"qty ; 1", 5, 1, "';'", NULL},
	{"qty @ 1", 5, 1, "'@' does not belong", NULL},
	{"qty = 5x", 7, 2, "neither a number nor a name", "quote names"},
	{"1 < qty < 3", 9, 1, "do not chain", "AND"},
	{"qty = 99e999", 7, 6, "out of range", NULL},
	{"qty is 5", 8, 1, "expected NULL, TRUE", NULL},
	{"qty not 5", 9, 1, "expected IN, BETWEEN or LIKE", NULL},
	{"qty between 1 or 2", 15, 2, "expected AND", NULL},
	{"case when flag then 1", 22, 0, "ends where WHEN, ELSE or END", NULL},
	{"cast(qty as intger)", 13, 6, "unknown type 'intger'", "integer"},
	{"cast(qty as decimal)", 13, 7, "decimal needs its digits", NULL},
	{"cast(qty integer)", 10, 7, "expected AS", NULL},
	{"a.qty = 1", 2, 1, "without its table", "a.b"},
	{"select", 1, 6, "unknown column 'select'", NULL},
	{"and", 1, 3, "expected a value, not 'and'", NULL},
	{"stauts = 'x'", 1, 6, "unknown column 'stauts'", "status"},
	{"status = \"paid\"", 10, 6, "unknown column 'paid'", "strings take single quotes: 'paid'"},
	{"Qty = 1", 1, 3, "unknown column 'Qty'", "did you mean 'qty'"},
	{"gone = 1", 1, 4, "declared, but the data has no such column", NULL},
	{"lenght(status)", 1, 6, "unknown function 'lenght'", "length"},
	{"ifnull(status, 'x')", 1, 6, "unknown function", "coalesce"},
	{"sum(qty) > 1", 1, 3, "unknown function", "one row"},
	{"length()", 1, 6, "length takes (x), not 0 operands", NULL},
	{"substr(status)", 1, 6, "substr takes (text, start [, length]), not 1 operand", NULL},
	{"status > 5", 10, 1, "status (string) cannot be compared with 5 (integer)", "quote the constant"},
	{"qty = '5'", 7, 3, "qty (integer) cannot be compared with '5' (string)", "without quotes"},
	{"flag = 'true'", 8, 6, "cannot be compared", "without quotes"},
	{"qty = status", 7, 6, "cannot be compared", "CAST"},
	{"5 < status", 1, 1, "cannot be compared", "quote"},
	{"day = 5", 7, 1, "cannot be compared", NULL},
	{"day = 'soon'", 7, 6, "'soon' is not a date", "2024-01-31"},
	{"at between '2024-01-01' and 'now'", 29, 5, "'now' is not a timestamp", "2024-01-31T"},
	{"DATE '2024-02-30'", 6, 12, "no date", NULL},
	{"qty and flag", 1, 3, "AND needs conditions, not qty (integer)", "<> 0"},
	{"flag and flag and status", 19, 6, "AND needs conditions, not status", "= 'y'"},
	{"not status", 5, 6, "NOT needs conditions", NULL},
	{"status + 1", 1, 6, "+ needs numbers, not status (string)", NULL},
	{"1 + (status || 'x')", 5, 15, "+ needs numbers", NULL},
	{"price % 2", 1, 5, "% needs integers", NULL},
	{"-status", 2, 6, "- needs numbers", NULL},
	{"abs(day)", 5, 3, "abs needs numbers", NULL},
	{"year(status)", 6, 6, "year needs a date or time", "CAST"},
	{"year('soon')", 6, 6, "'soon' is not a timestamp", NULL},
	{"status ~ status", 10, 6, "~ needs a constant pattern", NULL},
	{"status ~ 'a('", 10, 4, "wrong at character 3", NULL},
	{"status like 'a\\'", 13, 4, "escape character", NULL},
	{"status like 'a' escape 'xy'", 24, 4, "one ASCII character", NULL},
	{"qty in (1, price)", 12, 5, "IN takes constants", "OR"},
	{"case when flag then 1 else 'a' end", 28, 3, "cannot give integer in one case", NULL},
	{"cast(qty as date)", 6, 3, "integer cannot become date", NULL},
	{"9223372036854775807 + 1", 21, 1, "cannot be computed", NULL},
	{"'x'::integer", 1, 3, "cannot be computed", NULL},
	{"X'0'", 1, 4, "hexadecimal", NULL},
};

START_TEST(a_wrong_expression_is_told_of_once_at_its_place)
{
	struct fixture f;

	setup(&f);
	ck_assert_msg(compile(&f, sv_of(wrong[_i].text)) == NULL, "took %s", wrong[_i].text);

	const struct diag *d = f.d.list.v;

	ck_assert_uint_eq(f.d.errors, 1);
	ck_assert_uint_eq(f.d.list.n, 1);
	ck_assert_msg(strstr(d->msg, wrong[_i].msg) != NULL, "%s: %s", wrong[_i].text, d->msg);
	ck_assert_msg(d->loc.line == 1 && d->loc.col == wrong[_i].col && d->loc.len == wrong[_i].len,
	              "%s: column %u, length %u", wrong[_i].text, d->loc.col, d->loc.len);
	if (wrong[_i].hint != NULL)
		ck_assert_msg(d->hint != NULL && strstr(d->hint, wrong[_i].hint) != NULL, "%s: hint %s",
		              wrong[_i].text, d->hint != NULL ? d->hint : "none");
	teardown(&f);
}
END_TEST

START_TEST(independent_mistakes_are_all_told)
{
	struct fixture f;

	setup(&f);
	ck_assert(compile(&f, SV("stauts = 'x' and qty = 'a' or day\n= 'soon' and x1 between 1 and 2")) ==
	          NULL);
	ck_assert_uint_eq(f.d.errors, 4);
	ck_assert_uint_eq(f.d.list.v[2].loc.line, 2);
	ck_assert_uint_eq(f.d.list.v[2].loc.col, 3);
	ck_assert_uint_eq(f.d.list.v[3].loc.col, 14);
	teardown(&f);
}
END_TEST

START_TEST(places_follow_the_start_of_the_text)
{
	struct fixture f;
	struct loc at = {.file = "weir.yaml", .line = 12, .col = 15};

	setup(&f);
	ck_assert(expr_parse(f.a, SV("qty =\n  @"), at, &f.d) == NULL);
	ck_assert_uint_eq(f.d.list.v[0].loc.line, 13);
	ck_assert_uint_eq(f.d.list.v[0].loc.col, 3);
	ck_assert(expr_parse(f.a, SV("qty @"), at, &f.d) == NULL);
	ck_assert_uint_eq(f.d.list.v[1].loc.line, 12);
	ck_assert_uint_eq(f.d.list.v[1].loc.col, 19);
	ck_assert_str_eq(f.d.list.v[1].loc.file, "weir.yaml");
	teardown(&f);
}
END_TEST

START_TEST(what_can_never_be_true_is_warned_about)
{
	static const char *const texts[] = {"qty in (1, '2')", "status in (1)", "qty in (null)", "qty = null",
	                                    "qty in (1.5)"};
	struct fixture f;

	setup(&f);
	for (size_t i = 0; i < LEN(texts); i++) {
		ck_assert(compile(&f, sv_of(texts[i])) != NULL);
		ck_assert_uint_eq(f.d.warnings, i + 1);
	}
	ck_assert_uint_eq(f.d.errors, 0);
	teardown(&f);
}
END_TEST

START_TEST(an_open_schema_takes_any_name_and_checks_nothing_of_it)
{
	const struct schema open = {.col = columns, .n = LEN(columns), .open = true};
	struct fixture f;

	setup(&f);

	const struct ast *ast = expr_parse(f.a, SV("later > 5 and later = 'x' and qty > 1"), NOWHERE, &f.d);
	const struct expr *e = expr_bind(f.x, ast, &open, &f.d);

	ck_assert(e != NULL && f.d.list.n == 0);
	ck_assert_str_eq(printed(&f, e), "later > 5 AND later = 'x' AND qty > 1");
	ast = expr_parse(f.a, SV("qty = 'x'"), NOWHERE, &f.d);
	ck_assert(expr_bind(f.x, ast, &open, &f.d) == NULL);
	teardown(&f);
}
END_TEST

static struct sv
repeated(struct fixture *f, const char *before, const char *part, size_t n, const char *after)
{
	buf_clear(&f->text);
	buf_puts(&f->text, before);
	for (size_t i = 0; i < n; i++)
		buf_puts(&f->text, part);
	buf_puts(&f->text, after);
	return arena_sv(f->a, buf_sv(&f->text));
}

START_TEST(depth_and_size_are_limited)
{
	struct fixture f;

	setup(&f);
	ck_assert(compile(&f, repeated(&f, "qty = ", "(", 60, "1")) == NULL);
	ck_assert(strstr(f.d.list.v[0].msg, "not closed") != NULL);
	ck_assert(compile(&f, repeated(&f, "qty = ", "(", 10000, "1")) == NULL);
	ck_assert(strstr(f.d.list.v[1].msg, "more than 64 levels") != NULL);
	ck_assert(compile(&f, repeated(&f, "flag and ", "not ", 10000, "flag")) == NULL);
	ck_assert(compile(&f, repeated(&f, "", "- ", 10000, "qty")) == NULL);
	ck_assert(compile(&f, repeated(&f, "qty", " + qty", 5000, "")) == NULL);
	ck_assert(compile(&f, repeated(&f, "qty", "::text", 5000, "")) == NULL);
	ck_assert(compile(&f, repeated(&f, "", "case when flag then ", 1000, "")) == NULL);
	ck_assert_uint_eq(f.d.errors, 7);
	ck_assert(compile(&f, repeated(&f, "qty = 1", " ", 70000, "")) == NULL);
	ck_assert(strstr(f.d.list.v[7].msg, "65536 bytes") != NULL);
	/* Long is not deep. */
	f.d.errors = 0;
	ck_assert(compile(&f, repeated(&f, "flag", " and qty > 1 or flag", 2000, "")) != NULL);
	ck_assert(compile(&f, repeated(&f, "'a'", " || status", 3000, "")) != NULL);
	ck_assert(compile(&f, repeated(&f, "qty in (1", ", 2", 10000, ")")) != NULL);
	ck_assert_uint_eq(f.d.errors, 0);
	teardown(&f);
}
END_TEST

START_TEST(equal_trees_are_one)
{
	struct fixture f;

	setup(&f);
	ck_assert(compile(&f, SV("qty>1 and flag")) == compile(&f, SV("( 1 < \"qty\" ) AND `flag`")));
	ck_assert(compile(&f, SV("qty in (1,2)")) == compile(&f, SV("qty in (2,1,2)")));
	ck_assert(compile(&f, SV("qty = 1")) != compile(&f, SV("qty = 2")));
	ck_assert(compile(&f, SV("price = 0.0")) != compile(&f, SV("price = -0.0")));
	ck_assert(compile(&f, SV("qty = 1")) != compile(&f, SV("qty = true")));
	ck_assert(compile(&f, SV("status ~ 'a'")) == compile(&f, SV("status ~ 'a'")));

	uint32_t n = exprs_count(f.x);

	ck_assert(compile(&f, SV("qty = 1")) != NULL);
	ck_assert_uint_eq(exprs_count(f.x), n);
	teardown(&f);
}
END_TEST

START_TEST(a_hash_is_the_same_in_every_pool)
{
	struct fixture f, g;

	setup(&f);
	setup(&g);
	(void)compile(&g, SV("status = 'other'"));
	ck_assert_uint_eq(compile(&f, SV("qty + 1 > 2 and amount < 0.5"))->hash,
	                  compile(&g, SV("qty + 1 > 2 and amount < 0.5"))->hash);
	teardown(&f);
	teardown(&g);
}
END_TEST

START_TEST(constructors_do_what_the_language_does)
{
	struct fixture f;
	struct value low = value_int(1), high = value_int(9),
		     ids[] = {value_int(2), value_text(SV("2")), VALUE_NONE};
	struct value soon = value_text(SV("soon")), iso = value_text(SV("2024-01-01"));
	struct err err = {0};

	setup(&f);

	const struct expr *qty = expr_column(f.x, &columns[0]), *day = expr_column(f.x, &columns[4]);

	ck_assert(expr_outside(f.x, qty, &low, false, &high, true, &err) ==
	          compile(&f, SV("qty < 1 or qty >= 9")));
	ck_assert(expr_outside(f.x, qty, &low, true, NULL, false, &err) == compile(&f, SV("qty <= 1")));
	ck_assert(expr_outside(f.x, day, &iso, false, NULL, false, &err) ==
	          compile(&f, SV("day < '2024-01-01'")));
	ck_assert(expr_in(f.x, qty, ids, LEN(ids), &err) == compile(&f, SV("qty in (2)")));
	ck_assert(err.code == ERR_NONE);
	ck_assert(expr_outside(f.x, day, &soon, false, NULL, false, &err) == NULL && err.code == ERR_ARG);
	ck_assert(expr_outside(f.x, qty, &soon, false, NULL, false, &err) == NULL);
	ck_assert(expr_outside(f.x, qty, NULL, false, NULL, false, &err) == NULL);
	ck_assert(expr_call1(f.x, OP_NOT, NULL, &err) == NULL);
	ck_assert(expr_in_keys(f.x, &qty, 1, SV("a")) == expr_in_keys(f.x, &qty, 1, SV("a")));
	ck_assert(expr_in_keys(f.x, &qty, 1, SV("a")) != expr_in_keys(f.x, &qty, 1, SV("b")));
	teardown(&f);
}
END_TEST

static void
add_need(void *ctx, const struct column *c, unsigned need)
{
	unsigned *needs = ctx;

	ck_assert_uint_eq(needs[c->index], 0);
	needs[c->index] = need;
}

START_TEST(columns_are_needed_no_more_than_they_are)
{
	struct fixture f;
	unsigned needs[LEN(columns)] = {0};

	setup(&f);
	expr_needs(
		compile(&f, SV("qty is null or length(status) > 3 or status is null or length(price) > 1 or "
	                       "\"any thing\" ~ 'x' or (day is null and year(day) > 1)")),
		add_need, needs);
	ck_assert_uint_eq(needs[0], NEED_PRESENCE);
	ck_assert_uint_eq(needs[1], NEED_VALUE);
	ck_assert_uint_eq(needs[2], 0);
	ck_assert_uint_eq(needs[3], NEED_LENGTH | NEED_PRESENCE);
	ck_assert_uint_eq(needs[4], NEED_PRESENCE | NEED_VALUE);
	ck_assert_uint_eq(needs[8], NEED_VALUE);
	teardown(&f);
}
END_TEST

static void
add_name(void *ctx, struct sv name, struct loc at)
{
	struct buf *b = ctx;

	(void)buf_printf(b, SV_FMT "@%u ", SV_ARG(name), at.col);
}

START_TEST(names_are_listed_before_anything_is_known_of_them)
{
	struct fixture f;

	setup(&f);
	ast_columns(expr_parse(f.a, SV("a > 1 and \"b c\" in (1) or a is null"), NOWHERE, &f.d), add_name,
	            &f.text);
	ck_assert_str_eq(buf_str(&f.text), "a@1 b c@11 a@27 ");
	teardown(&f);
}
END_TEST

Suite *
suite_expr(void)
{
	Suite *s = suite_create("expr");
	TCase *t = tcase_create("expr");

	tcase_add_loop_test(t, a_right_expression_has_a_type_and_prints_as_one_that_is_the_same, 0,
	                    LEN(good));
	tcase_add_loop_test(t, a_wrong_expression_is_told_of_once_at_its_place, 0, LEN(wrong));
	tcase_add_test(t, independent_mistakes_are_all_told);
	tcase_add_test(t, places_follow_the_start_of_the_text);
	tcase_add_test(t, what_can_never_be_true_is_warned_about);
	tcase_add_test(t, an_open_schema_takes_any_name_and_checks_nothing_of_it);
	tcase_add_test(t, depth_and_size_are_limited);
	tcase_add_test(t, equal_trees_are_one);
	tcase_add_test(t, a_hash_is_the_same_in_every_pool);
	tcase_add_test(t, constructors_do_what_the_language_does);
	tcase_add_test(t, columns_are_needed_no_more_than_they_are);
	tcase_add_test(t, names_are_listed_before_anything_is_known_of_them);
	suite_add_tcase(s, t);
	return s;
}
