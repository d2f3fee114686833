/*
 * Expressions: text is refused with a message at a place inside it, or is an expression that prints as one that is the same, can
 * be evaluated, and means the same however it is said in SQL.
 */
#include "fuzz.h"

#include <assert.h>

#include "expr/dialect.h"
#include "expr/expr_eval.h"

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
};
static const struct schema schema = {.col = columns, .n = LEN(columns)};

static const struct value rows[][LEN(columns)] = {
	{
		{.kind = VALUE_INT, .i = 5},
		{.kind = VALUE_REAL, .r = -2.5},
		{.kind = VALUE_DECIMAL, .d = {.coeff = 150, .scale = 2}},
		{.kind = VALUE_TEXT, .s = SV("a\xc3\xbc")},
		{.kind = VALUE_DATE, .i = 19782},
		{.kind = VALUE_TIME, .i = -1},
		{.kind = VALUE_TIMETZ, .i = INT64_C(1709164800000000)},
		{.kind = VALUE_BOOL, .b = true},
		{.kind = VALUE_TEXT, .s = SV("x")},
		{.kind = VALUE_BINARY, .s = SV("\x00\xff")},
	},
	{
		{.kind = VALUE_INT, .i = INT64_MIN},
		{.kind = VALUE_REAL, .r = 1e308},
		{.kind = VALUE_DECIMAL, .d = {.coeff = -9999999999, .scale = 2}},
		{.kind = VALUE_TEXT, .s = SV("")},
		{.kind = VALUE_NULL},
		{.kind = VALUE_NULL},
		{.kind = VALUE_NULL},
		{.kind = VALUE_BOOL, .b = false},
		{.kind = VALUE_INT, .i = 1},
		{.kind = VALUE_NULL},
	},
};

static const struct expr *
compile(struct arena *a, struct exprs *x, struct sv text, struct diags *d)
{
	const struct ast *ast = expr_parse(a, text, (struct loc){.line = 1, .col = 1}, d);
	const struct expr *e = ast != NULL ? expr_bind(x, ast, &schema, d) : NULL;

	assert((e == NULL) == (d->errors > 0));
	for (size_t i = 0; i < d->list.n; i++)
		assert(d->list.v[i].loc.col >= 1 && d->list.v[i].loc.col <= text.n + 1 &&
		       d->list.v[i].msg[0] != '\0');
	return e;
}

static void
check(struct arena *a, struct exprs *x, const struct expr *e)
{
	struct diags again;
	struct sql q;
	struct buf text;

	/* Names and casts may print longer than they were written. */
	buf_init(&text, 1 << 24);
	expr_print(e, &text);
	assert(!text.full);
	diags_init(&again, a);
	if (text.n <= 1 << 16) {
		const struct expr *same = compile(a, x, buf_sv(&text), &again);

		/* Operators that were counted as one level may be written as several. */
		assert(same == e || (same == NULL && again.errors == 1));
	}
	buf_fini(&text);
	sql_init(&q, a);
	if (!sql_expr(&q, &dialect_sqlite, e))
		assert(q.text.n == 0 && q.params.n == 0);
	sql_fini(&q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	AUTO(exprs) x = exprs_new();
	AUTO(regex_scratch) scratch = regex_scratch_new();
	struct diags d;

	diags_init(&d, a);

	const struct expr *e = compile(a, x, (struct sv){(const char *)data, n}, &d);

	if (e == NULL)
		return 0;
	check(a, x, e);
	for (size_t i = 0; i < LEN(rows); i++) {
		struct value v;
		bool error;

		assert(expr_eval_row(e, rows[i], scratch, a, &v, &error));
		assert(!error || v.kind == VALUE_NULL);
	}
	return 0;
}
