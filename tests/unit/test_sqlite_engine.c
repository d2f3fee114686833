/* The engine `sqlite`: what it refuses, how it types, that SQL and rows tell the same, and that one bad value costs nobody else. */
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/sqlite.h"
#include "expect_util.h"

/* A database in a folder of its own, an asset on it and its checks, from opening to verdicts. */
struct world {
	struct fixture f;
	char dir[32];
	struct sv path;
	struct dataset d;
	struct connection *c;
	struct plan plan;
	struct metric_value *value;
	struct err err;
};

static void
sql(const struct world *w, const char *text)
{
	sqlite3 *db;
	char *msg = NULL;

	ck_assert_int_eq(sqlite3_open(w->path.p, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, &msg) == SQLITE_OK, "%s: %s", text, msg);
	sqlite3_close(db);
}

/* yaml: columns and checks; NULL = none. */
static void
setup(struct world *w, const char *file, const char *yaml, const char *text)
{
	*w = (struct world){.dir = "/tmp/weir-sqlite-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(w->dir));
	fixture_open(&w->f, yaml != NULL ? yaml : "allow_empty: 1\n");
	ck_assert_msg(w->f.loaded, "%s", w->f.d.errors > 0 ? w->f.d.list.v[0].msg : "");
	w->path = arena_svf(w->f.a, "%s/%s", w->dir, file);
	w->d = (struct dataset){
		.key = SV("t"), .format = SV("sqlite"), .database = w->path, .table = SV("t")};
	w->d.column = w->f.asset.column;
	w->d.ncolumn = w->f.asset.ncolumn;
	sql(w, text);
}

static bool
open_with(struct world *w, int64_t deadline_ns)
{
	struct scan_options o = {.memory_bytes = 1 << 26, .deadline_ns = deadline_ns};

	w->err = (struct err){0};
	return engine_sqlite.open(&w->d, &o, &w->c, &w->err);
}

static void
opened(struct world *w)
{
	ck_assert_msg(open_with(w, 0), "%s", w->err.msg);
}

static void
closed(struct world *w)
{
	if (w->plan.nmetric > 0)
		metric_values_fini(w->value, w->plan.nmetric);
	connection_close(w->c);
	w->c = NULL;
	w->plan.nmetric = 0;
}

static void
teardown(struct world *w)
{
	closed(w);
	unlink(w->path.p);
	rmdir(w->dir);
	fixture_close(&w->f);
}

/* Binds the checks, evaluates stage by stage, judges, samples. */
static void
evaluate(struct world *w, struct sv key)
{
	struct binder binder = {.a = w->f.a, .x = w->f.x, .m = w->f.m, .schema = engine_sqlite.schema(w->c)};
	const struct column *keycol = key.n > 0 ? schema_find(binder.schema, key) : NULL;
	const struct metric **stage;
	const struct bound **b;
	struct verdict **v;

	w->f.bound = checks_bind(&binder, &w->f.checks);
	w->plan = plan_make(w->f.a, w->f.m, w->f.x);
	w->value = ARENA_ARRAY(w->f.a, struct metric_value, w->plan.nmetric);
	stage = ARENA_ARRAY(w->f.a, const struct metric *, w->plan.nmetric);
	for (uint32_t s = 0; s < w->plan.nstage; s++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < w->plan.nmetric; i++)
			if (w->plan.metric[i]->stage == s)
				stage[n++] = w->plan.metric[i];
		ck_assert_msg(engine_sqlite.evaluate(w->c, stage, n, w->f.a, w->value, &w->err), "%s",
		              w->err.msg);
	}
	w->f.verdict = ARENA_ARRAY(w->f.a, struct verdict, w->f.checks.n);
	b = ARENA_ARRAY(w->f.a, const struct bound *, w->f.checks.n);
	v = ARENA_ARRAY(w->f.a, struct verdict *, w->f.checks.n);
	for (size_t i = 0; i < w->f.checks.n; i++) {
		b[i] = &w->f.bound[i];
		v[i] = &w->f.verdict[i];
		judge(b[i], w->value, w->f.a, v[i]);
	}
	ck_assert_msg(engine_sqlite.sample(w->c, b, v, (uint32_t)w->f.checks.n, w->value, &keycol,
	                                   keycol != NULL, w->f.a, &w->err),
	              "%s", w->err.msg);
}

static const char *
explained(struct world *w)
{
	struct buf b;
	const char *ret;

	buf_init(&b, 1 << 20);
	engine_sqlite.explain(w->c, &b);
	ret = arena_str(w->f.a, buf_sv(&b));
	buf_fini(&b);
	return ret;
}

static const char *
text_of(struct arena *a, struct value v)
{
	struct buf b;
	struct json_writer j;
	const char *ret;

	buf_init(&b, 1 << 16);
	json_write_init(&j, &b, 0);
	value_to_json(v, &j);
	ret = arena_str(a, buf_sv(&b));
	buf_fini(&b);
	return ret;
}

/* Reading only ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *query;
	bool taken;
} queries[] = {
	{"SELECT * FROM t", true},
	{"SELECT a FROM t;", true},
	{"  SELECT a FROM t ; -- the end", true},
	{"SELECT a FROM t -- the end", true},
	{"SELECT a FROM t /* the end */ ;;", true},
	{"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n", true},
	{"VALUES (1), (2)", true},
	{"", false},
	{"-- nothing", false},
	{"SELECT 1; SELECT 2", false},
	{"SELECT 1; DROP TABLE t", false},
	{"DELETE FROM t", false},
	{"DELETE FROM t RETURNING a", false},
	{"INSERT INTO t VALUES (3)", false},
	{"CREATE TABLE u(x)", false},
	{"ATTACH 'other.db' AS o", false},
	{"PRAGMA journal_mode", false},
	{"PRAGMA user_version = 7", false},
	{"SELECT * FROM pragma_table_info('t')", false},
	{"SELECT load_extension('x')", false},
	{"SELECT weir_op(0, a) FROM t", false},
	{"SELECT weir_fits(0, a) FROM t", false},
	{"SELECT a) FROM t UNION ALL SELECT (1", false},
	{"SELECT \"nonsense\" FROM t", false},
	{"BEGIN", false},
	{"COMMIT", false},
	{"VACUUM", false},
	{"EXPLAIN SELECT 1", false},
};

START_TEST(a_query_only_reads)
{
	struct world w;

	setup(&w, "a.db", NULL, "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2)");
	w.d.table = (struct sv){0};
	w.d.query = sv_of(queries[_i].query);
	if (w.d.query.n == 0)
		w.d.query = SV(" ");
	ck_assert_msg(open_with(&w, 0) == queries[_i].taken, "%s: %s", queries[_i].query, w.err.msg);
	if (!queries[_i].taken)
		ck_assert_str_ne(w.err.msg, "");
	teardown(&w);
}
END_TEST

static const char *const bad_filters[] = {
	"a = (SELECT weir_op(0, 1))", "nosuch = 1", "a = 1; DROP TABLE t", "a = 1)", "\"none\" = 1",
	"load_extension('x') = 1"};

START_TEST(a_filter_only_reads)
{
	struct world w;

	setup(&w, "a.db", NULL, "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2)");
	w.d.where = sv_of(bad_filters[_i]);
	ck_assert_msg(!open_with(&w, 0), "took %s", bad_filters[_i]);
	w.d.where = SV("a = 1 -- the first");
	opened(&w);
	teardown(&w);
}
END_TEST

START_TEST(what_is_not_there_is_named_with_the_nearest_that_is)
{
	struct world w;

	setup(&w, "a.db", NULL, "CREATE TABLE orders(a); CREATE VIEW order_lines AS SELECT 1");
	w.d.table = SV("ordres");
	ck_assert(!open_with(&w, 0));
	ck_assert_int_eq(w.err.code, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(w.err.hint, "'orders'"));
	w.d.database = arena_svf(w.f.a, "%s/none.db", w.dir);
	ck_assert(!open_with(&w, 0));
	ck_assert_int_eq(w.err.code, ERR_NOT_FOUND);
	w.d.database = sv_of(w.dir);
	ck_assert(!open_with(&w, 0));
	ck_assert_int_eq(w.err.code, ERR_IO);
	w.d.database = w.path;
	w.d.table = SV("Orders");
	opened(&w);
	teardown(&w);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_told)
{
	struct world w;
	FILE *f;

	setup(&w, "a.db", NULL, "CREATE TABLE t(a)");
	f = fopen(w.path.p, "w");
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < 200; i++)
		fputs("order_id,amount\n", f);
	fclose(f);
	ck_assert(!open_with(&w, 0));
	ck_assert_int_eq(w.err.code, ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(w.err.msg, "not a SQLite database"));
	teardown(&w);
}
END_TEST

START_TEST(any_file_name_opens)
{
	struct world w;

	setup(&w, "a b?mode=rwc#%41.db", NULL, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
	opened(&w);
	ck_assert_uint_eq(engine_sqlite.schema(w.c)->n, 1);
	teardown(&w);
}
END_TEST

START_TEST(the_deadline_ends_a_query_without_end)
{
	struct world w;
	char hex[HASH_HEX] = "left alone";

	setup(&w, "a.db", NULL, "CREATE TABLE t(a)");
	w.d.table = (struct sv){0};
	w.d.query = SV("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
	ck_assert_msg(open_with(&w, clock_mono_ns() + 200000000), "%s", w.err.msg);
	ck_assert(!engine_sqlite.version(w.c, hex, &w.err));
	ck_assert_int_eq(w.err.code, ERR_TIMEOUT);
	ck_assert_str_eq(hex, "left alone");
	teardown(&w);
}
END_TEST

/* Types ------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *declared, *type;
} types[] = {
	{"INTEGER", "integer"},
	{"int", "integer"},
	{"UNSIGNED BIG INT", "integer"},
	{"VARCHAR(20)", "string"},
	{"text", "string"},
	{"NATIVE CHARACTER(70)", "string"},
	{"CLOB", "string"},
	{"BLOB", "binary"},
	{"REAL", "number"},
	{"DOUBLE PRECISION", "number"},
	{"float", "number"},
	{"NUMERIC", "number"},
	{"NUMERIC(10,2)", "decimal(10,2)"},
	{"decimal( 5 , 0 )", "decimal(5,0)"},
	{"DECIMAL(12)", "decimal(12,0)"},
	{"DECIMAL(39,1)", "number"},
	{"BOOLEAN", "boolean"},
	{"bool", "boolean"},
	{"DATE", "date"},
	{"DATETIME", "timestamp"},
	{"TIMESTAMP", "timestamp"},
	{"TIMESTAMP WITH TIME ZONE", "timestamptz"},
	{"", "variant"},
	{"JSON", "variant"},
	{"TIME", "variant"},
};

START_TEST(a_declaration_means_a_type)
{
	char text[TYPE_TEXT_MAX];

	ck_assert_str_eq(type_text(sqlite_type(sv_of(types[_i].declared), NULL), text), types[_i].type);
}
END_TEST

static const struct {
	const char *type;          /* of the catalog, or of the table after a '=' */
	const char *stored, *fits; /* SQL; the value as JSON, or NULL for a misfit */
} cells[] = {
	{"integer", "7", "7"},
	{"integer", "7.0", "7"},
	{"integer", "7.5", NULL},
	{"integer", "'7'", "7"},
	{"integer", "'x'", NULL},
	{"integer", "x'37'", NULL},
	{"integer", "1e300", NULL},
	{"=INTEGER", "7", "7"},
	{"=INTEGER", "'7 '", NULL},
	{"number", "7", "7.0"},
	{"number", "'7.5'", "7.5"},
	{"number", "'nan'", "null"},
	{"number", "'x'", NULL},
	{"number", "9007199254740993", "9007199254740992.0"},
	{"=NUMERIC", "9007199254740993", NULL},
	{"=NUMERIC", "9007199254740992", "9007199254740992.0"},
	{"string", "'x'", "\"x\""},
	{"string", "7", "\"7\""},
	{"string", "7.5", "\"7.5\""},
	{"string", "x'37'", NULL},
	{"=TEXT", "x'37'", NULL},
	{"boolean", "1", "true"},
	{"boolean", "0", "false"},
	{"boolean", "2", NULL},
	{"boolean", "'yes'", "true"},
	{"boolean", "'maybe'", NULL},
	{"=BOOLEAN", "'true'", "true"},
	{"=BOOLEAN", "'yes'", NULL},
	{"decimal(5,2)", "1", "1.00"},
	{"decimal(5,2)", "1.25", "1.25"},
	{"decimal(5,2)", "0.1", "0.10"},
	{"decimal(5,2)", "1.255", NULL},
	{"decimal(5,2)", "'1.25'", "1.25"},
	{"decimal(5,2)", "1000", NULL},
	{"decimal(38,2)", "'123456789012345678901234567890.12'", "123456789012345678901234567890.12"},
	{"date", "'2024-02-29'", "\"2024-02-29\""},
	{"date", "'2023-02-29'", NULL},
	{"date", "20240229", NULL},
	{"timestamp", "'2024-02-29 12:00:00'", "\"2024-02-29T12:00:00\""},
	{"timestamp", "'noon'", NULL},
	{"binary", "x'00ff'", "\"AP8=\""},
	{"=BLOB", "'x'", NULL},
};

START_TEST(a_stored_value_fits_or_does_not)
{
	struct world w;
	struct column c = {.name = SV("a")};
	struct sqlite3_stmt *s;
	struct value v = VALUE_NONE, stored;
	sqlite3 *db;
	bool fits;

	setup(&w, "a.db", NULL, "CREATE TABLE t(a)");
	if (cells[_i].type[0] == '=') {
		c.type = sqlite_type(sv_of(cells[_i].type + 1), NULL);
	} else {
		c.declared = true;
		ck_assert(type_parse(sv_of(cells[_i].type), &c.type, NULL));
	}
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_prepare_v2(db, arena_printf(w.f.a, "SELECT %s", cells[_i].stored), -1, &s, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	stored = sqlite_result(s, 0);
	fits = sqlite_fit(&c, stored, w.f.a, &v);
	ck_assert_msg(fits == (cells[_i].fits != NULL), "%s in %s", cells[_i].stored, cells[_i].type);
	if (fits)
		ck_assert_str_eq(text_of(w.f.a, v), cells[_i].fits);
	sqlite3_finalize(s);
	sqlite3_close(db);
	teardown(&w);
}
END_TEST

START_TEST(names_may_hold_anything)
{
	struct world w;

	setup(&w, "a.db", "checks: [{not_null: 'a\"`b; --'}]\n",
	      "CREATE TABLE [we`ird \"t' --](\"a\"\"`b; --\" INTEGER, rowid TEXT, _rowid_ TEXT, oid TEXT);"
	      "INSERT INTO [we`ird \"t' --] VALUES (1, 'z', 'y', 'x'), (NULL, 'a', 'b', 'c')");
	w.d.table = SV("we`ird \"t' --");
	opened(&w);
	evaluate(&w, SV("rowid"));
	ck_assert_int_eq(w.f.verdict[0].unexpected_count, 1);
	ck_assert_int_eq(w.f.verdict[0].sample[0].row, 1);
	ck_assert_str_eq(text_of(w.f.a, w.f.verdict[0].sample[0].key[0]), "\"a\"");
	teardown(&w);
}
END_TEST

START_TEST(a_declared_column_that_is_missing_is_known_as_missing)
{
	struct world w;
	const struct column *c;

	setup(&w, "a.db", "columns: {a: string, b: integer}\nallow_empty: 1\n", "CREATE TABLE t(a INTEGER)");
	opened(&w);
	c = schema_find(engine_sqlite.schema(w.c), SV("b"));
	ck_assert(c != NULL && c->missing && c->declared);
	c = schema_find(engine_sqlite.schema(w.c), SV("a"));
	ck_assert(c != NULL && !c->missing && c->declared);
	ck_assert_int_eq(c->type.kind, TYPE_STRING);
	teardown(&w);
}
END_TEST

/* Metrics ----------------------------------------------------------------------------------------------------- */

/* Ten rows; what is expected was counted by hand. */
static const char ten_rows[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, r REAL, s TEXT COLLATE "
			       "NOCASE, d DATE, b BOOLEAN, m DECIMAL(10,2), v);"
			       "INSERT INTO t VALUES"
			       " (1, 5, 0.5, 'abc', '2024-01-01', 1, 10.25, 1),"
			       " (2, NULL, 1.5, 'ABC', '2024-01-02', 0, 10.25, 'x'),"
			       " (3, -3, NULL, '', '2024-02-01', NULL, 0, NULL),"
			       " (4, 9223372036854775807, -0.0, 'é', NULL, 1, NULL, 2.5),"
			       " (5, 5, 1e308, 'abc', '2024-01-01', 0, -7.1, 1),"
			       " (6, 0, 1e-308, NULL, '1999-12-31', 1, 99.99, 0),"
			       " (7, 7, 3.0, 'a%b_c', '2024-01-01', 1, 1, 3),"
			       " (8, 8, 2.5, 'zzz', '2024-12-31', 0, 2, 4),"
			       " (9, 9, 2.5, 'Zzz', '2024-06-30', 0, 3, 5),"
			       " (10, 10, 10.0, ' pad ', '2024-01-01', 1, 4, 6);";

static const struct {
	const char *check;
	int64_t unexpected, considered;
	bool by_rows; /* SQLite cannot say it */
} counted[] = {
	{"not_null: n", 1, 10, false},
	{"not_null: d", 1, 10, false},
	{"between: {column: n, min: 0, max: 9}", 3, 9, false},
	{"between: {column: r, min: 0, max: 10}", 1, 9, false},
	{"between: {column: d, min: '2024-01-01', max: '2024-06-30'}", 2, 9, false},
	{"between: {column: m, min: 0, max: 10.25}", 2, 9, false},
	{"between: {column: s, min: 'a', max: 'zzz'}", 5, 9,
         false}, /* ABC, '', Zzz, ' pad ' come before a; é after z */
	{"in_set: {column: s, values: [abc, zzz]}", 6, 9, false},
	{"not_in_set: {column: s, values: [ABC]}", 1, 9, false},
	{"match_regex: {column: s, regex: '^[a-z]+$'}", 6, 9, false},
	{"value_lengths_equal: {column: s, value: 3}", 4, 9, false},
	{"unique: s", 2, 9, true},
	{"unique: n", 2, 9, true},
	{"expr: \"n >= 0 OR b\"", 0, 8, false},
	{"expr: \"lower(s) <> 'é'\"", 1, 9, false},
	{"expr: \"n + 1 > 0 OR id = 4\"", 1, 9, true}, /* the overflow decides nothing */
	{"expr: \"n / 2 <> 2.5\"", 2, 9, false},
	{"expr: \"year(d) = 2024\"", 1, 9, false},
	{"expr: \"m * 2 < 20\"", 3, 9, false},
};

START_TEST(a_check_counts_what_is_there)
{
	struct world w;
	struct verdict *v;
	char yaml[512];

	snprintf(yaml, sizeof(yaml), "allow_empty: 1\nchecks:\n  - %s\n", counted[_i].check);
	setup(&w, "a.db", yaml, ten_rows);
	opened(&w);
	evaluate(&w, SV("id"));
	v = &w.f.verdict[0];
	ck_assert_msg(v->outcome != OUTCOME_ERROR, "%s: %s\n%s", counted[_i].check, v->err.msg,
	              explained(&w));
	ck_assert_msg(v->unexpected_count == counted[_i].unexpected &&
	                      v->considered_count == counted[_i].considered,
	              "%s: %jd of %jd\n%s", counted[_i].check, (intmax_t)v->unexpected_count,
	              (intmax_t)v->considered_count, explained(&w));
	ck_assert_msg((strstr(explained(&w), "from the rows") != NULL) == counted[_i].by_rows, "%s",
	              explained(&w));
	ck_assert_int_eq(v->nsample, counted[_i].unexpected);
	for (uint32_t i = 1; i < v->nsample; i++)
		ck_assert_int_gt(v->sample[i].row, v->sample[i - 1].row);
	teardown(&w);
}
END_TEST

static const struct {
	const char *check, *observed;
} observed[] = {
	{"row_count: 10", "10"},
	{"min_between: {column: n, min: -3}", "-3"},
	{"max_between: {column: n, min: 0}", "9223372036854775807"},
	{"max_between: {column: s, min: a}", "\"é\""},
	{"min_between: {column: s, max: a}", "\"\""},
	{"max_between: {column: d, min: '2024-01-01'}", "\"2024-12-31\""},
	{"min_between: {column: m, max: 0}", "-7.10"},
	{"sum_between: {column: n, min: 0}", "9223372036854775848"}, /* past 64 bits */
	{"sum_between: {column: m, min: 0}", "123.39"},
	{"mean_between: {column: id, min: 5}", "5.5"},
	{"unique_count: {column: s, min: 8}", "8"},
	{"unique_count: {column: r, min: 7}", "8"},
};

START_TEST(a_number_is_observed)
{
	struct world w;
	struct verdict *v;
	char yaml[512];

	snprintf(yaml, sizeof(yaml), "allow_empty: 1\nchecks:\n  - %s\n", observed[_i].check);
	setup(&w, "a.db", yaml, ten_rows);
	opened(&w);
	evaluate(&w, (struct sv){0});
	v = &w.f.verdict[0];
	ck_assert_msg(v->outcome == OUTCOME_PASS, "%s: %s%s", observed[_i].check, v->err.msg, v->message.p);
	ck_assert_str_eq(text_of(w.f.a, v->observed), observed[_i].observed);
	teardown(&w);
}
END_TEST

/* One bad value --------------------------------------------------------------------------------------------------- */

static const char misfits_yaml[] = "columns: {n: integer, s: string, d: date}\n"
				   "allow_empty: 1\n"
				   "checks:\n"
				   "  - between: {column: n, min: 0, max: 10}\n"
				   "  - not_null: s\n"
				   "  - between: {column: d, min: '2024-01-01'}\n"
				   "  - match_regex: {column: s, regex: '^(a+)+$'}\n";

START_TEST(a_value_that_does_not_fit_costs_only_its_own_column)
{
	struct world w;

	setup(&w, "a.db", misfits_yaml,
	      "CREATE TABLE t(n, s TEXT, d TEXT); INSERT INTO t VALUES (1, 'aa', '2024-01-01'), ('lots', "
	      "'aaa', '2024-01-02'),"
	      "(11, NULL, '2024-01-03')");
	opened(&w);
	evaluate(&w, (struct sv){0});
	/* Text among integers is an unexpected value, and a failed implicit check. */
	ck_assert_int_eq(w.f.verdict[0].unexpected_count, 2);
	ck_assert_int_eq(w.f.verdict[0].considered_count, 3);
	ck_assert_int_eq(w.f.verdict[0].nsample, 2);
	ck_assert_int_eq(w.f.verdict[0].sample[0].row, 1);
	ck_assert_str_eq(text_of(w.f.a, w.f.verdict[0].sample[0].value), "\"lots\"");
	ck_assert_str_eq(text_of(w.f.a, w.f.verdict[0].sample[1].value), "11");
	ck_assert_int_eq(w.f.verdict[1].unexpected_count, 1);
	ck_assert_int_eq(w.f.verdict[2].unexpected_count, 0);
	ck_assert_int_eq(w.f.verdict[3].unexpected_count, 0);
	for (size_t i = 4; i < w.f.checks.n; i++) {
		const char *id = arena_str(w.f.a, w.f.checks.v[i].id);
		bool of_n = strstr(id, "types:n") != NULL || strstr(id, ":n") != NULL;

		ck_assert_msg(w.f.verdict[i].outcome == (of_n ? OUTCOME_FAIL : OUTCOME_PASS), "%s: %s", id,
		              w.f.verdict[i].message.p);
	}
	ck_assert_ptr_null(strstr(explained(&w), "from the rows: count_true(s IS NULL"));
	ck_assert_ptr_null(strstr(explained(&w), "from the rows: count_true(d"));
	ck_assert_ptr_nonnull(strstr(explained(&w), "from the rows: misfits(n)"));
	teardown(&w);
}
END_TEST

START_TEST(a_row_that_cannot_be_computed_fails_only_its_check)
{
	struct world w;

	setup(&w, "a.db",
	      "allow_empty: 1\nchecks:\n  - expr: \"v > 1\"\n  - not_null: v\n  - match_regex: {column: s, "
	      "regex: '^(a+)+$'}\n"
	      "  - expr: \"n * n >= 0\"\n",
	      "CREATE TABLE t(v, s TEXT, n INTEGER);"
	      "INSERT INTO t VALUES (2, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', 4000000000), "
	      "('x', 'aa', 1)");
	opened(&w);
	evaluate(&w, (struct sv){0});
	ck_assert_int_eq(w.f.verdict[0].outcome, OUTCOME_ERROR); /* 'x' > 1 */
	ck_assert_int_eq(w.f.verdict[1].outcome, OUTCOME_PASS);
	ck_assert_int_eq(w.f.verdict[2].outcome, OUTCOME_ERROR); /* the matcher gave up */
	ck_assert_int_eq(w.f.verdict[3].outcome, OUTCOME_ERROR); /* past 64 bits */
	teardown(&w);
}
END_TEST

START_TEST(what_the_table_alone_declares_may_hold_other_kinds)
{
	struct world w;

	setup(&w, "a.db",
	      "allow_empty: 1\nchecks: [{not_null: n}, {unique: n}, {in_set: {column: n, values: [1, 2, "
	      "x]}}]\n",
	      "CREATE TABLE t(n INTEGER); INSERT INTO t VALUES (1), ('x'), ('x'), (2.5), (NULL)");
	opened(&w);
	evaluate(&w, (struct sv){0});
	ck_assert_int_eq(w.f.verdict[0].unexpected_count, 1);
	ck_assert_int_eq(w.f.verdict[1].unexpected_count, 2);
	ck_assert_int_eq(w.f.verdict[2].outcome, OUTCOME_FAIL);
	teardown(&w);
}
END_TEST

START_TEST(texts_of_another_encoding_are_ordered_as_in_utf8)
{
	struct world w;

	/* U+FF41 is before U+1F600 in UTF-8, and behind its surrogates in UTF-16. */
	setup(&w, "a.db", "allow_empty: 1\nchecks: [{max_between: {column: s, min: a}}, {row_count: 2}]\n",
	      "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(s TEXT); INSERT INTO t VALUES (char(0xFF41)), "
	      "(char(0x1F600))");
	opened(&w);
	evaluate(&w, (struct sv){0});
	ck_assert_str_eq(text_of(w.f.a, w.f.verdict[0].observed), "\"\xf0\x9f\x98\x80\"");
	ck_assert_int_eq(w.f.verdict[1].outcome, OUTCOME_PASS);
	teardown(&w);
}
END_TEST

/* Samples ----------------------------------------------------------------------------------------------------------- */

/* Ten thousand rows into a table. */
#define MANY_ROWS(table)                                                                                    \
	"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO " table \
	" SELECT i * 2, CASE WHEN i % 1000 = 999 THEN NULL ELSE i % 5000 END, i || '@x.y' FROM n"

static void
check_many(struct world *w)
{
	static const int64_t nulls[] = {999, 1999, 2999, 3999, 4999, 5999, 6999, 7999, 8999, 9999};
	struct verdict *v = w->f.verdict;

	ck_assert_int_eq(v[0].unexpected_count, 10);
	ck_assert_int_eq(v[0].nsample, 10);
	for (size_t i = 0; i < LEN(nulls); i++) {
		ck_assert_int_eq(v[0].sample[i].row, nulls[i]);
		ck_assert_int_eq(v[0].sample[i].key[0].i, 2 * nulls[i]);
		ck_assert_int_eq(v[0].sample[i].value.kind, VALUE_NULL);
	}
	/* Each of 0 … 4999 but the five nulls stands twice. */
	ck_assert_int_eq(v[1].unexpected_count, 9990);
	ck_assert_int_eq(v[1].nsample, 20);
	ck_assert_int_eq(v[1].sample[19].row, 19);
	ck_assert_int_eq(v[1].sample[19].value.i, 19);
	ck_assert(v[1].sample_cut);
	/* Masked, wherever it is shown. */
	ck_assert_int_eq(v[2].unexpected_count, 9999);
	ck_assert_str_eq(text_of(w->f.a, v[2].sample[0].value), "\"***\"");
	ck_assert_int_eq(v[2].sample[0].row, 0);
	ck_assert_int_eq(v[2].sample[7].row, 8);
}

static const char *const tables[] = {
	"CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, email TEXT); CREATE INDEX i ON t(a);",
	"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, email TEXT) WITHOUT ROWID; CREATE INDEX i ON t(a);",
	"CREATE TABLE t(id INTEGER, a INTEGER, email TEXT); CREATE INDEX i ON t(a, email DESC);",
	"CREATE TABLE t(id INTEGER, a, email);",
};

START_TEST(samples_are_the_first_rows_in_natural_order)
{
	struct world w;

	setup(&w, "a.db",
	      "allow_empty: 1\nchecks: [{not_null: a}, {unique: a}, {match_regex: {column: email, regex: "
	      "'^7@'}}]\n",
	      tables[_i]);
	sql(&w, MANY_ROWS("t"));
	w.f.asset.column = w.d.column = &(struct column_decl){.name = SV("email"), .pii = true};
	w.d.ncolumn = 1;
	opened(&w);
	evaluate(&w, SV("id"));
	check_many(&w);
	teardown(&w);
}
END_TEST

START_TEST(views_and_queries_are_tables)
{
	struct world w;

	setup(&w, "a.db",
	      "allow_empty: 1\nchecks: [{not_null: a}, {unique: a}, {match_regex: {column: email, regex: "
	      "'^7@'}}]\n",
	      "CREATE TABLE u(id INTEGER PRIMARY KEY, a INTEGER, email TEXT);"
	      "CREATE VIEW t AS SELECT id, a, email FROM u WHERE id >= 0;");
	sql(&w, MANY_ROWS("u"));
	w.d.column = &(struct column_decl){.name = SV("email"), .pii = true};
	w.d.ncolumn = 1;
	if (_i == 1) {
		w.d.table = (struct sv){0};
		w.d.query = SV("SELECT * FROM u; -- all");
	}
	if (_i == 2)
		w.d.where = SV("id < 100000");
	opened(&w);
	ck_assert_int_eq(schema_find(engine_sqlite.schema(w.c), SV("a"))->type.kind, TYPE_INTEGER);
	evaluate(&w, SV("id"));
	check_many(&w);
	teardown(&w);
}
END_TEST

START_TEST(a_filter_of_a_partition_leaves_other_rows_out)
{
	struct world w;

	setup(&w, "a.db", "allow_empty: 1\nchecks: [{not_null: a}, {row_count: 2}]\n",
	      "CREATE TABLE t(a, dt TEXT); INSERT INTO t VALUES (NULL, '2024-01-01'), (1, '2024-01-02'), "
	      "(NULL, '2024-01-02')");
	w.d.where = SV("dt = '2024-01-02'");
	opened(&w);
	evaluate(&w, (struct sv){0});
	ck_assert_int_eq(w.f.verdict[0].element_count, 2);
	ck_assert_int_eq(w.f.verdict[0].sample[0].row, 1);
	ck_assert_int_eq(w.f.verdict[1].outcome, OUTCOME_PASS);
	teardown(&w);
}
END_TEST

/* Versions and snapshots ---------------------------------------------------------------------------------------------- */

static void
version(struct world *w, char hex[HASH_HEX])
{
	opened(w);
	ck_assert_msg(engine_sqlite.version(w->c, hex, &w->err), "%s", w->err.msg);
	ck_assert_uint_eq(strlen(hex), 32);
	closed(w);
}

static const struct {
	const char *change;
	bool same;
} changes[] = {
	{"INSERT INTO u VALUES (3)", true},
	{"DROP TABLE u", true},
	{"VACUUM", true},
	{"CREATE INDEX i ON t(b)", true},
	{"UPDATE t SET b = b", true},
	{"ALTER TABLE t RENAME COLUMN b TO c", false},
	{"UPDATE t SET b = 'y' WHERE a = 2", false},
	{"UPDATE t SET a = '1' WHERE a = 1", true}, /* the column's affinity makes it 1 again */
	{"UPDATE t SET b = NULL WHERE a = 1", false},
	{"UPDATE t SET b = '' WHERE a = 1", false},
	{"DELETE FROM t WHERE a = 1", false},
	{"INSERT INTO t VALUES (3, 'z')", false},
	{"UPDATE t SET b = 'xy', a = 1 WHERE a = 1; UPDATE t SET b = '' WHERE a = 2", false},
};

START_TEST(a_version_is_of_this_table_only)
{
	struct world w;
	char before[HASH_HEX], again[HASH_HEX], after[HASH_HEX];

	setup(&w, "a.db", NULL,
	      "CREATE TABLE t(a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'yx'); CREATE TABLE "
	      "u(a); INSERT INTO u VALUES (1)");
	version(&w, before);
	version(&w, again);
	ck_assert_str_eq(before, again);
	sql(&w, changes[_i].change);
	version(&w, after);
	ck_assert_msg((strcmp(before, after) == 0) == changes[_i].same, "%s", changes[_i].change);
	teardown(&w);
}
END_TEST

START_TEST(all_looks_see_one_state)
{
	struct world w;
	char before[HASH_HEX], meanwhile[HASH_HEX];

	setup(&w, "a.db", "allow_empty: 1\nchecks: [{row_count: 1}, {not_null: a}]\n",
	      "PRAGMA journal_mode = WAL; CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (NULL)");
	opened(&w);
	ck_assert(engine_sqlite.version(w.c, before, &w.err));
	sql(&w, "INSERT INTO t VALUES (NULL), (NULL)");
	evaluate(&w, (struct sv){0});
	ck_assert_int_eq(w.f.verdict[0].outcome, OUTCOME_PASS);
	ck_assert_int_eq(w.f.verdict[1].nsample, 1);
	ck_assert(engine_sqlite.version(w.c, meanwhile, &w.err));
	ck_assert_str_eq(before, meanwhile);
	closed(&w);
	version(&w, meanwhile);
	ck_assert_str_ne(before, meanwhile);
	unlink(arena_printf(w.f.a, "%s-wal", w.path.p));
	unlink(arena_printf(w.f.a, "%s-shm", w.path.p));
	teardown(&w);
}
END_TEST

START_TEST(a_query_gives_one_value)
{
	struct world w;
	struct value v = value_int(42);

	setup(&w, "a.db", NULL, "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2)");
	opened(&w);
	ck_assert(engine_sqlite.query_value(w.c, SV("SELECT max(a) FROM t;"), w.f.a, &v, &w.err));
	ck_assert_int_eq(v.i, 2);
	ck_assert(!engine_sqlite.query_value(w.c, SV("SELECT a FROM t"), w.f.a, &v, &w.err));
	ck_assert(!engine_sqlite.query_value(w.c, SV("SELECT 1, 2"), w.f.a, &v, &w.err));
	ck_assert(!engine_sqlite.query_value(w.c, SV("DELETE FROM t"), w.f.a, &v, &w.err));
	ck_assert_int_eq(v.i, 2);
	ck_assert(engine_sqlite.query_value(w.c, SV("SELECT a FROM t WHERE a > 5"), w.f.a, &v, &w.err));
	ck_assert_int_eq(v.kind, VALUE_NULL);
	teardown(&w);
}
END_TEST

START_TEST(tables_and_views_are_listed)
{
	struct world w;
	struct sv *name;
	size_t n;

	setup(&w, "a.db", NULL,
	      "CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (1); CREATE INDEX i "
	      "ON t(a);"
	      "CREATE VIEW b AS SELECT 1; CREATE TABLE sqlitex(a)");
	ck_assert(engine_sqlite.tables(w.path, w.f.a, &name, &n, &w.err));
	ck_assert_uint_eq(n, 3);
	ck_assert(sv_is(name[0], "b") && sv_is(name[1], "sqlitex") && sv_is(name[2], "t"));
	ck_assert(!engine_sqlite.tables(SV("/nonexistent.db"), w.f.a, &name, &n, &w.err));
	teardown(&w);
}
END_TEST

Suite *suite_sqlite_engine(void);

Suite *
suite_sqlite_engine(void)
{
	Suite *s = suite_create("sqlite_engine");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_query_only_reads, 0, LEN(queries));
	tcase_add_loop_test(t, a_filter_only_reads, 0, LEN(bad_filters));
	tcase_add_test(t, what_is_not_there_is_named_with_the_nearest_that_is);
	tcase_add_test(t, a_file_that_is_no_database_is_told);
	tcase_add_test(t, any_file_name_opens);
	tcase_add_test(t, the_deadline_ends_a_query_without_end);
	tcase_add_loop_test(t, a_declaration_means_a_type, 0, LEN(types));
	tcase_add_loop_test(t, a_stored_value_fits_or_does_not, 0, LEN(cells));
	tcase_add_test(t, names_may_hold_anything);
	tcase_add_test(t, a_declared_column_that_is_missing_is_known_as_missing);
	tcase_add_loop_test(t, a_check_counts_what_is_there, 0, LEN(counted));
	tcase_add_loop_test(t, a_number_is_observed, 0, LEN(observed));
	tcase_add_test(t, a_value_that_does_not_fit_costs_only_its_own_column);
	tcase_add_test(t, a_row_that_cannot_be_computed_fails_only_its_check);
	tcase_add_test(t, what_the_table_alone_declares_may_hold_other_kinds);
	tcase_add_test(t, texts_of_another_encoding_are_ordered_as_in_utf8);
	tcase_add_loop_test(t, samples_are_the_first_rows_in_natural_order, 0, LEN(tables));
	tcase_add_loop_test(t, views_and_queries_are_tables, 0, 3);
	tcase_add_test(t, a_filter_of_a_partition_leaves_other_rows_out);
	tcase_add_loop_test(t, a_version_is_of_this_table_only, 0, LEN(changes));
	tcase_add_test(t, all_looks_see_one_state);
	tcase_add_test(t, a_query_gives_one_value);
	tcase_add_test(t, tables_and_views_are_listed);
	suite_add_tcase(s, t);
	return s;
}
