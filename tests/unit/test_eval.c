/*
 * The vectorised evaluator against the one that goes row by row: random expressions over random batches, in all representations
 * a reader may choose.  WEIR_TEST_SEED repeats a failure.
 */
#include <check.h>
#include <stdlib.h>

#include "expr/expr_eval.h"
#include "scan/eval.h"

enum { NCOLUMN = 16, NEXPR = 250 };

/* xorshift64*: the same everywhere. */
struct random {
	uint64_t s;
};

static uint64_t
next(struct random *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return r->s * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t
below(struct random *r, uint32_t n)
{
	return (uint32_t)((next(r) >> 32) * n >> 32);
}

static uint64_t
seed(int i)
{
	const char *s = getenv("WEIR_TEST_SEED");

	return s != NULL ? strtoull(s, NULL, 10) : (uint64_t)i * 7919 + 1;
}

static const struct {
	const char *name;
	struct type type;
	enum rep rep;
	bool mixed; /* the expression's type promises what the values do not keep */
} columns[NCOLUMN] = {
	{"b", {.kind = TYPE_BOOLEAN}, REP_BITS, false},
	{"b2", {.kind = TYPE_BOOLEAN}, REP_BITS, false},
	{"i", {.kind = TYPE_INTEGER}, REP_I64, false},
	{"i2", {.kind = TYPE_INTEGER}, REP_I64, false},
	{"r", {.kind = TYPE_NUMBER}, REP_F64, false},
	{"r2", {.kind = TYPE_NUMBER}, REP_F64, false},
	{"d", {.kind = TYPE_DECIMAL, .precision = 10, .scale = 2}, REP_I64, false},
	{"wide", {.kind = TYPE_DECIMAL, .precision = 30, .scale = 3}, REP_I128, false},
	{"s", {.kind = TYPE_STRING}, REP_TEXT, false},
	{"s2", {.kind = TYPE_STRING}, REP_TEXT, false},
	{"day", {.kind = TYPE_DATE}, REP_I64, false},
	{"t", {.kind = TYPE_TIMESTAMP}, REP_I64, false},
	{"tz", {.kind = TYPE_TIMESTAMPTZ}, REP_I64, false},
	{"v", {.kind = TYPE_VARIANT}, REP_VALUE, true},
	{"widened", {.kind = TYPE_INTEGER}, REP_VALUE, true},
	{"bin", {.kind = TYPE_BINARY}, REP_TEXT, false},
};

static const char *const texts[] = {"",
                                    "a",
                                    "b",
                                    "ab",
                                    "Ab",
                                    "abc",
                                    "12",
                                    "-3",
                                    "2.50",
                                    "\xc3\xa4\xc3\xb6",
                                    "2020-01-01",
                                    "exactly sixteen!",
                                    "longer than sixteen bytes",
                                    "longer than sixteen bytez",
                                    "true",
                                    "100%",
                                    "x_y"};
static const int64_t ints[] = {
	0, 1, -1, 2, 3, 7, 100, 250, -3, 12, INT64_MAX, INT64_MIN, 9007199254740993, 9007199254740992};
static const double reals[] = {0,     -0.0,  1, 0.5, -2.5, 2.5, 3, 0.1, 100, 1e300, 9007199254740992.0,
                               -1e19, 0x1p63};

static struct value
random_text(struct random *r)
{
	return value_text(sv_of(texts[below(r, LEN(texts))]));
}

static struct value random_value(struct random *r, struct type t);

static struct value
random_any(struct random *r)
{
	static const enum type_kind kinds[] = {TYPE_BOOLEAN, TYPE_INTEGER,   TYPE_NUMBER, TYPE_STRING,
	                                       TYPE_DATE,    TYPE_TIMESTAMP, TYPE_INTEGER};

	return random_value(r, (struct type){.kind = kinds[below(r, LEN(kinds))]});
}

static struct value
random_value(struct random *r, struct type t)
{
	switch (t.kind) {
	case TYPE_BOOLEAN:
		return value_bool(below(r, 2) == 0);
	case TYPE_INTEGER:
		return value_int(ints[below(r, LEN(ints))]);
	case TYPE_NUMBER:
		return value_real(reals[below(r, LEN(reals))]);
	case TYPE_DECIMAL:
		return (struct value){.kind = VALUE_DECIMAL,
		                      .d = {.coeff = (__int128)below(r, 600) - 300, .scale = t.scale}};
	case TYPE_STRING:
		return random_text(r);
	case TYPE_BINARY: {
		struct value v = random_text(r);

		v.kind = VALUE_BINARY;
		return v;
	}
	case TYPE_DATE:
		return (struct value){.kind = VALUE_DATE, .i = 18262 + (int64_t)below(r, 4)};
	case TYPE_TIMESTAMP:
		return (struct value){.kind = VALUE_TIME,
		                      .i = (18262 + (int64_t)below(r, 3)) * 86400000000 +
		                           (int64_t)below(r, 2) * 3600000001};
	case TYPE_TIMESTAMPTZ:
		return (struct value){.kind = VALUE_TIMETZ,
		                      .i = (18262 + (int64_t)below(r, 3)) * 86400000000 +
		                           (int64_t)below(r, 2) * 3600000001};
	default:
		return random_any(r);
	}
}

struct fixture {
	struct arena *a;
	struct exprs *x;
	struct column column[NCOLUMN];
	const struct expr *e[NEXPR];
	uint32_t n;
	struct metric metric;
	struct metric_value value;
	struct keyset *keys;
};

static const struct expr *
random_literal(struct fixture *f, struct random *r)
{
	static const struct type types[] = {{.kind = TYPE_BOOLEAN},
	                                    {.kind = TYPE_INTEGER},
	                                    {.kind = TYPE_NUMBER},
	                                    {.kind = TYPE_DECIMAL, .scale = 2},
	                                    {.kind = TYPE_DECIMAL, .scale = 4},
	                                    {.kind = TYPE_STRING},
	                                    {.kind = TYPE_DATE},
	                                    {.kind = TYPE_TIMESTAMP},
	                                    {.kind = TYPE_TIMESTAMPTZ},
	                                    {.kind = TYPE_BINARY}};

	if (below(r, 20) == 0)
		return expr_literal(f->x, VALUE_NONE);
	return expr_literal(f->x, random_value(r, types[below(r, LEN(types))]));
}

static const struct expr *
random_operand(struct fixture *f, struct random *r)
{
	switch (below(r, 8)) {
	case 0:
	case 1:
		return random_literal(f, r);
	case 2:
	case 3:
		return f->e[below(r, f->n)];
	default:
		return f->e[below(r, NCOLUMN)];
	}
}

/* A list of what the operand may well be. */
static const struct expr *
random_in(struct fixture *f, struct random *r)
{
	const struct expr *x = random_operand(f, r);
	struct value list[40];
	uint32_t n = below(r, LEN(list));

	for (uint32_t i = 0; i < n; i++)
		list[i] = below(r, 6) == 0 ? random_any(r) : random_value(r, x->type);
	return expr_in(f->x, x, list, n, NULL);
}

static const struct expr *
random_expr(struct fixture *f, struct random *r)
{
	static const struct type casts[] = {
		{.kind = TYPE_BOOLEAN},  {.kind = TYPE_INTEGER},
		{.kind = TYPE_NUMBER},   {.kind = TYPE_DECIMAL, .precision = 10, .scale = 2},
		{.kind = TYPE_STRING},   {.kind = TYPE_DATE},
		{.kind = TYPE_TIMESTAMP}};
	static const char *const patterns[] = {"^a", "b$", "[0-9]+", "^$", "sixteen", "(a|b)c?"};
	static const char *const likes[] = {"a%", "%b", "_", "%", "100\\%", "x\\_y"};
	static const char *const formats[] = {"integer", "decimal", "email", "uuid", "date_iso_8601"};
	enum expr_op op = (enum expr_op)(1 + below(r, OP_COUNT - 1));
	const struct expr *arg[5];
	uint32_t n = op == OP_CASE ? 2 + below(r, 4) : op == OP_COALESCE ? 2 + below(r, 2) : 1 + below(r, 3);

	for (uint32_t i = 0; i < n; i++)
		arg[i] = random_operand(f, r);
	switch (op) {
	case OP_IN:
		return random_in(f, r);
	case OP_CAST:
		return expr_cast(f->x, casts[below(r, LEN(casts))], arg[0], NULL);
	case OP_MATCH:
		arg[1] = expr_literal(f->x, value_text(sv_of(patterns[below(r, LEN(patterns))])));
		return expr_call(f->x, op, arg, 2, NULL);
	case OP_LIKE:
		arg[1] = expr_literal(f->x, value_text(sv_of(likes[below(r, LEN(likes))])));
		return expr_call(f->x, op, arg, 2, NULL);
	case OP_IS_FORMAT:
		arg[1] = expr_literal(f->x, value_text(sv_of(formats[below(r, LEN(formats))])));
		return expr_call(f->x, op, arg, 2, NULL);
	case OP_IN_KEYS: {
		const struct expr *e = expr_in_keys(f->x, arg, MIN(n, 2U), SV("keys"));

		if (e != NULL)
			((struct expr *)(uintptr_t)e)->keys = f->keys;
		return e;
	}
	default:
		return expr_call(f->x, op, arg, n, NULL);
	}
}

static void
fixture_init(struct fixture *f, struct random *r)
{
	*f = (struct fixture){.a = arena_new(), .x = exprs_new(), .keys = keyset_new()};
	for (uint32_t i = 0; i < NCOLUMN; i++) {
		f->column[i] = (struct column){
			.name = sv_of(columns[i].name), .type = columns[i].type, .index = i};
		f->e[f->n++] = expr_column(f->x, &f->column[i]);
	}
	f->value.v = value_int(3);
	f->e[f->n++] = expr_metric(f->x, &f->metric, (struct type){.kind = TYPE_INTEGER});
	for (uint32_t i = 0; i < 60; i++) {
		struct value v[2] = {random_any(r), random_any(r)};

		keyset_add(f->keys, tuple_hash(v, 1 + below(r, 2)));
	}
	for (int tries = 0; tries < 20000 && f->n < NEXPR; tries++) {
		const struct expr *e = random_expr(f, r);

		if (e != NULL && e->kind == EXPR_CALL)
			f->e[f->n++] = e;
	}
}

static void
fixture_fini(struct fixture *f)
{
	keyset_free(f->keys);
	exprs_free(f->x);
	arena_free(f->a);
}

/* Half of the texts stand as in a reader: behind each are bytes that can be read, and mean nothing. */
static void
pad_texts(struct fixture *f, struct random *r, struct vector *v)
{
	v->padded = v->rep == REP_TEXT && below(r, 2) == 0;
	for (uint32_t i = 0; v->padded && i < v->rows; i++) {
		size_t n = bit_get(v->valid, i) ? v->text[i].n : 0;
		char *p = arena_alloc(f->a, n + 64);

		memset(p, "a\xFF"[i % 2], n + 64);
		if (n > 0)
			memcpy(p, v->text[i].p, n);
		v->text[i] = (struct sv){p, n};
	}
}

static struct vector *
random_column(struct fixture *f, struct random *r, uint32_t c, uint32_t rows)
{
	struct vector *v = ARENA_NEW(f->a, struct vector);
	uint32_t bad = below(r, 3) == 0 ? 8 : 0, nulls = below(r, 3);

	*v = (struct vector){.rep = columns[c].rep, .type = columns[c].type, .rows = rows};
	if (columns[c].mixed)
		v->type.kind = TYPE_VARIANT;
	v->valid = ARENA_ARRAY(f->a, uint64_t, EVAL_WORDS);
	if (bad > 0)
		v->error = ARENA_ARRAY(f->a, uint64_t, EVAL_WORDS);
	v->i64 = arena_alloc(f->a, (size_t)rows * sizeof(struct value) + EVAL_WORDS * sizeof(uint64_t));
	for (uint32_t i = 0; i < rows; i++) {
		struct value x = columns[c].mixed && below(r, 3) == 0 ? random_any(r)
		                                                      : random_value(r, columns[c].type);

		if (bad > 0 && below(r, bad) == 0) {
			bit_set(v->error, i);
			continue;
		}
		if (nulls > 0 && below(r, 6 * nulls) == 0)
			continue;
		bit_set(v->valid, i);
		if (v->rep == REP_BITS && x.b)
			bit_set(v->bits, i);
		else if (v->rep == REP_F64)
			v->f64[i] = x.r;
		else if (v->rep == REP_TEXT)
			v->text[i] = x.s;
		else if (v->rep == REP_VALUE)
			v->value[i] = x;
		else if (v->rep == REP_I128)
			v->i128[i] = x.d.coeff;
		else if (v->rep == REP_I64)
			v->i64[i] = x.kind == VALUE_DECIMAL ? (int64_t)x.d.coeff : x.i;
	}
	pad_texts(f, r, v);
	return v;
}

static bool
in_keys(void *ctx, const struct expr *e, const struct value *tuple, uint32_t n)
{
	(void)ctx;
	return keyset_has(e->keys, tuple_hash(tuple, n));
}

static bool
metric_of(void *ctx, const struct metric *m, struct value *ret)
{
	const struct fixture *f = ctx;

	(void)m;
	*ret = f->value.v;
	return !f->value.failed;
}

static const char *
describe(struct fixture *f, struct value v, bool error)
{
	struct buf b;

	if (error)
		return "error";
	buf_init(&b, 1 << 16);
	buf_printf(&b, "kind %d ", (int)v.kind);
	(void)value_to_text(v, &b);
	const char *ret = arena_str(f->a, buf_sv(&b));
	buf_fini(&b);
	return ret;
}

/* Bit for bit: NaN does not come up, and a zero's sign does not matter. */
static bool
same(struct value a, struct value b)
{
	return a.kind == b.kind && (a.kind == VALUE_NULL || value_eq(a, b));
}

static void
check_vector(struct fixture *f, const struct expr *e, const struct vector *got,
             const struct vector *const *column, uint32_t rows, uint64_t s)
{
	struct value row[NCOLUMN];
	bool misfit[NCOLUMN];
	AUTO(regex_scratch) scratch = regex_scratch_new();
	struct eval_env env = {.column = row,
	                       .misfit = misfit,
	                       .scratch = scratch,
	                       .a = f->a,
	                       .in_keys = in_keys,
	                       .metric = metric_of,
	                       .ctx = f};

	ck_assert_uint_eq(got->rows, rows);
	for (uint32_t i = 0; i < rows; i++) {
		struct value want, v = vector_value(got, i);
		bool error, got_error = got->error != NULL && bit_get(got->error, i);

		for (uint32_t c = 0; c < NCOLUMN; c++) {
			row[c] = vector_value(column[c], i);
			misfit[c] = column[c]->error != NULL && bit_get(column[c]->error, i);
		}
		ck_assert(expr_eval(&env, e, &want, &error));
		ck_assert_msg(!got_error || v.kind == VALUE_NULL, "an error must not be valid");
		if (error == got_error && (error || same(want, v)))
			continue;

		struct buf b;
		buf_init(&b, 1 << 16);
		expr_print(e, &b);
		for (uint32_t c = 0; c < NCOLUMN; c++)
			buf_printf(&b, "\n%s = %s", columns[c].name, describe(f, row[c], misfit[c]));
		ck_abort_msg("seed %llu, row %u of %u: %s\nwanted %s, got %s", (unsigned long long)s, i, rows,
		             buf_str(&b), describe(f, want, error), describe(f, v, got_error));
	}
	if (rows % 64 != 0) {
		uint64_t past = ~((UINT64_C(1) << (rows % 64)) - 1);

		ck_assert_uint_eq(got->valid[rows / 64] & past, 0);
		ck_assert(got->error == NULL || (got->error[rows / 64] & past) == 0);
		ck_assert(got->rep != REP_BITS || (got->bits[rows / 64] & past) == 0);
	}
}

START_TEST(the_vectorised_evaluator_agrees_with_the_one_by_row)
{
	static const uint32_t sizes[] = {70, 1, 0, 64, 63};
	uint64_t s = seed(_i);
	struct random r = {s};
	struct fixture f;
	AUTO(eval) e = eval_new();

	fixture_init(&f, &r);
	ck_assert_uint_gt(f.n, NEXPR / 2);
	f.value.failed = _i % 5 == 4;
	eval_set_values(e, &f.value);
	for (size_t k = 0; k < LEN(sizes); k++) {
		const struct vector *column[NCOLUMN];
		struct batch b = {.rows = sizes[k], .column = column, .ncolumn = NCOLUMN};

		for (uint32_t c = 0; c < NCOLUMN; c++)
			column[c] = random_column(&f, &r, c, b.rows);
		eval_batch(e, &b);
		for (uint32_t i = 0; i < f.n; i++) {
			const struct vector *got;
			struct err err;

			ck_assert_msg(eval_expr(e, f.e[i], &got, &err), "%s", err.msg);
			check_vector(&f, f.e[i], got, column, b.rows, s);
		}
	}
	fixture_fini(&f);
}
END_TEST

START_TEST(a_full_batch_is_evaluated_to_its_last_row)
{
	struct random r = {seed(99)};
	struct fixture f;
	AUTO(eval) e = eval_new();
	const struct vector *column[NCOLUMN], *got;
	struct batch b = {.rows = VECTOR_ROWS, .column = column, .ncolumn = NCOLUMN};

	fixture_init(&f, &r);
	eval_set_values(e, &f.value);
	for (uint32_t c = 0; c < NCOLUMN; c++)
		column[c] = random_column(&f, &r, c, b.rows);
	eval_batch(e, &b);
	for (uint32_t i = 0; i < f.n; i += 25) {
		ck_assert(eval_expr(e, f.e[i], &got, NULL));
		check_vector(&f, f.e[i], got, column, b.rows, 99);
	}
	fixture_fini(&f);
}
END_TEST

/* All special numbers in column c, one a row. */
static struct vector *
special_column(struct fixture *f, struct random *r, uint32_t c)
{
	static const int64_t cents[] = {0, 1, -1, 249, 250, 251, 300, -300, INT64_MAX, INT64_MIN};
	uint32_t rows = c == 2 ? LEN(ints) : c == 4 ? LEN(reals) : LEN(cents);
	struct vector *v = random_column(f, r, c, VECTOR_ROWS);

	v->rows = LEN(ints); /* what lies past the shorter ones is null */
	memset(v->valid, 0, EVAL_WORDS * sizeof(*v->valid));
	v->error = NULL;
	for (uint32_t i = 0; i < rows; i++) {
		bit_set(v->valid, i);
		if (c == 4)
			v->f64[i] = reals[i];
		else
			v->i64[i] = c == 2 ? ints[i] : cents[i];
	}
	return v;
}

static struct value
special_number(uint32_t i)
{
	if (i < LEN(ints))
		return value_int(ints[i]);
	i -= (uint32_t)LEN(ints);
	if (i < LEN(reals))
		return value_real(reals[i]);
	i -= (uint32_t)LEN(reals);
	static const struct decimal d[] = {{250, 2},
	                                   {2501, 3},
	                                   {2499, 3},
	                                   {-2501, 3},
	                                   {-2499, 3},
	                                   {1, 1},
	                                   {-3, 0},
	                                   {((__int128)INT64_MAX + 1) * 100, 0},
	                                   {-((__int128)INT64_MAX + 3) * 100, 2},
	                                   {INT64_MAX, 2},
	                                   {INT64_MIN, 2}};
	return (struct value){.kind = VALUE_DECIMAL, .d = d[i % LEN(d)]};
}

START_TEST(numbers_beside_constants_compare_at_every_boundary)
{
	static const uint32_t cs[] = {2, 4, 6};
	struct random r = {1};
	struct fixture f;
	AUTO(eval) e = eval_new();
	const struct vector *column[NCOLUMN], *got;
	struct batch b = {.rows = LEN(ints), .column = column, .ncolumn = NCOLUMN};

	fixture_init(&f, &r);
	for (uint32_t c = 0; c < NCOLUMN; c++)
		column[c] = c == 2 || c == 4 || c == 6 ? special_column(&f, &r, c)
		                                       : random_column(&f, &r, c, b.rows);
	eval_batch(e, &b);
	for (uint32_t k = 0; k < LEN(ints) + LEN(reals) + 11; k++)
		for (size_t c = 0; c < LEN(cs); c++)
			for (int op = OP_EQ; op <= OP_GE; op++) {
				const struct expr *x = f.e[cs[c]], *y = expr_literal(f.x, special_number(k));
				bool swap = (k + c) % 2 == 0;
				const struct expr *call = expr_call2(f.x, (enum expr_op)op, swap ? y : x,
				                                     swap ? x : y, NULL);

				ck_assert_ptr_nonnull(call);
				ck_assert(eval_expr(e, call, &got, NULL));
				check_vector(&f, call, got, column, b.rows, 1);
			}
	fixture_fini(&f);
}
END_TEST

START_TEST(a_match_that_meets_its_limit_is_an_error_of_its_row)
{
	struct sv text[] = {SV("aaaa"), SV("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), SV("b")};
	uint64_t valid[EVAL_WORDS] = {7};
	struct vector v = {
		.rep = REP_TEXT, .type = {.kind = TYPE_STRING}, .rows = 3, .valid = valid, .text = text};
	struct column c = {.name = SV("s"), .type = v.type};
	const struct vector *column[] = {&v}, *got;
	struct batch b = {.rows = 3, .column = column, .ncolumn = 1};
	AUTO(exprs) x = exprs_new();
	AUTO(eval) e = eval_new();
	const struct expr *match = expr_call2(x, OP_MATCH, expr_column(x, &c),
	                                      expr_literal(x, value_text(SV("^(a+)+$"))), NULL);

	ck_assert_ptr_nonnull(match);
	eval_batch(e, &b);
	ck_assert(eval_expr(e, match, &got, NULL));
	ck_assert_uint_eq(got->valid[0], 5);
	ck_assert_uint_eq(got->bits[0] & 5, 1);
	ck_assert_ptr_nonnull(got->error);
	ck_assert_uint_eq(got->error[0], 2);
}
END_TEST

START_TEST(a_column_that_was_not_read_is_an_error)
{
	struct column c = {.name = SV("x"), .type = {.kind = TYPE_INTEGER}, .index = 3};
	AUTO(exprs) x = exprs_new();
	AUTO(eval) e = eval_new();
	const struct vector *got = NULL;
	struct batch b = {.rows = 1};
	struct err err;

	eval_batch(e, &b);
	ck_assert(!eval_expr(e, expr_column(x, &c), &got, &err));
	ck_assert_int_eq(err.code, ERR_EVAL);
	ck_assert_ptr_null(got);
}
END_TEST

Suite *
suite_eval(void)
{
	Suite *s = suite_create("eval");
	TCase *t = tcase_create("eval");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, the_vectorised_evaluator_agrees_with_the_one_by_row, 0, 8);
	tcase_add_test(t, a_full_batch_is_evaluated_to_its_last_row);
	tcase_add_test(t, numbers_beside_constants_compare_at_every_boundary);
	tcase_add_test(t, a_match_that_meets_its_limit_is_an_error_of_its_row);
	tcase_add_test(t, a_column_that_was_not_read_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
