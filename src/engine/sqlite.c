/* The engine `sqlite`: tables, views and queries of a SQLite database. */
#include "engine/sqlite.h"

#include <stdlib.h>

#include "expr/regex.h"
#include "scan/frame.h"

enum { EXPLAIN_MAX = 4 << 20, FROM_MAX = 4 << 20, HASH_CHUNK = 64 << 10, SUGGEST_MAX = 1000 };

static void
sqlite_close(struct connection *base)
{
	struct sqlite_connection *c;

	if (base == NULL)
		return;
	c = sqlite_of(base);
	sqlite_db_close(&c->db);
	regex_scratch_free(c->regex);
	buf_fini(&c->explained);
	arena_free(c->scratch);
	arena_free(c->a);
	free(c);
}

static inline UNUSED void
sqlite_connection_cleanup(struct sqlite_connection **c)
{
	if (*c != NULL)
		sqlite_close(&(*c)->base);
}

/* Names of tables and views, sorted. */
static bool
list_tables(struct sqlite_db *d, struct arena *a, struct sv **ret, size_t *n, struct err *err)
{
	static const char what[] = "list tables";
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
	LIST(struct sv) name = {0};
	bool row;

	if (!sqlite_db_prepare(d,
	                       SV("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name "
	                          "NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
	                          "ORDER BY name"),
	                       what, &s, err))
		return false;
	for (;;) {
		if (!sqlite_db_step(d, s, what, &row, err))
			return false;
		if (!row)
			break;
		*LIST_ADD(a, &name) = arena_sv(a, sqlite_result(s, 0).s);
	}
	*ret = name.v;
	*n = name.n;
	return true;
}

static bool
sqlite_tables(struct sv database, struct arena *a, struct sv **ret, size_t *n, struct err *err)
{
	struct sqlite_db d;
	bool ok = sqlite_db_open(&d, database, NOWHERE, 0, err) && list_tables(&d, a, ret, n, err);

	sqlite_db_close(&d);
	return ok;
}

static bool
no_such_table(struct sqlite_connection *c, struct err *err)
{
	const char **names;
	const char *near;
	struct sv *list;
	size_t n;

	if (!list_tables(&c->db, c->a, &list, &n, err))
		return false;
	names = ARENA_ARRAY(c->a, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		names[i] = arena_str(c->a, list[i]);
	near = sv_nearest(c->d->table, names, MIN(n, (size_t)SUGGEST_MAX));
	err_set(err, ERR_NOT_FOUND, c->d->loc, "there is no table or view '" SV_FMT "' in '" SV_FMT "'",
	        SV_ARG(c->d->table), SV_ARG(c->d->database));
	if (near != NULL)
		return err_hint(err, "did you mean '%s'?", near);
	return n == 0 ? err_hint(err, "the database is empty")
	              : err_hint(err, "there is '%s', among others", names[0]);
}

static bool
find_table(struct sqlite_connection *c, bool *is_table, struct err *err)
{
	static const char what[] = "look for the table";
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
	bool row;

	if (!sqlite_db_prepare(&c->db,
	                       SV("SELECT type FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN "
	                          "('table', 'view')"),
	                       what, &s, err))
		return false;
	if (!sqlite_bind(s, 1, value_text(c->d->table)))
		return sqlite_db_fail(&c->db, what, err);
	if (!sqlite_db_step(&c->db, s, what, &row, err))
		return false;
	if (!row)
		return no_such_table(c, err);
	*is_table = sv_is(sqlite_result(s, 0).s, "table");
	return true;
}

/* The first of the names of the rowid that no column has taken. */
static void
find_rowid(struct sqlite_connection *c)
{
	static const char *const names[] = {"_rowid_", "rowid", "oid"};

	for (size_t i = 0; i < LEN(names) && c->rowid == NULL; i++) {
		__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
		bool taken = false;
		struct sql q;

		for (uint32_t k = 0; k < c->schema.n; k++)
			taken = taken || sv_ieq(c->schema.col[k].name, sv_of(names[i]));
		sql_init(&q, c->a);
		buf_printf(&q.text, "SELECT %s FROM ", names[i]);
		sql_ident(&q, &dialect_sqlite, c->d->table);
		/* Refused: WITHOUT ROWID. */
		if (!taken && sqlite_db_prepare(&c->db, buf_sv(&q.text), "", &s, NULL))
			c->rowid = names[i];
		sql_fini(&q);
	}
}

static bool
make_from(struct sqlite_connection *c, struct err *err)
{
	const struct dataset *d = c->d;
	struct sql q;
	struct sv query;
	bool ok = true;

	sql_init(&q, c->a);
	if (d->query.n > 0) {
		ok = sqlite_db_query(&c->db, c->a, d->query, &query, NULL, err);
		if (ok)
			buf_printf(&q.text, "(" SV_FMT "\n)", SV_ARG(query));
	} else {
		sql_ident(&q, &dialect_sqlite, d->table);
	}
	if (d->where.n > 0)
		buf_printf(&q.text, " WHERE (" SV_FMT "\n)", SV_ARG(d->where));
	ok = ok && buf_check(&q.text, "the query", err);
	if (ok)
		c->from = arena_sv(c->a, buf_sv(&q.text));
	sql_fini(&q);
	return ok;
}

/* A declared column over what was found, which may be nothing. */
static void
declare(struct column *col, const struct column_decl *decl, const struct tz *zone)
{
	col->pii = decl->pii;
	if (decl->type.kind == TYPE_ANY)
		return;
	col->type = decl->type;
	col->declared = true;
	if (col->type.zone == NULL && type_is_temporal(col->type))
		col->type.zone = zone;
}

static void
make_schema(struct sqlite_connection *c, struct sqlite3_stmt *s)
{
	uint32_t n = (uint32_t)sqlite3_column_count(s);
	struct column *col = ARENA_ARRAY(c->a, struct column, n + c->d->ncolumn);

	for (uint32_t i = 0; i < n; i++) {
		const char *declared = sqlite3_column_decltype(s, (int)i);

		col[i] = (struct column){
			.name = arena_sv(c->a, sv_of(sqlite3_column_name(s, (int)i))),
			.type = sqlite_type(sv_of(declared != NULL ? declared : ""), c->d->zone),
			.index = i,
		};
	}
	c->schema = (struct schema){.col = col, .n = n};
	for (size_t i = 0; i < c->d->ncolumn; i++) {
		const struct column *found = schema_find(&c->schema, c->d->column[i].name);

		if (found != NULL) {
			declare(&col[found->index], &c->d->column[i], c->d->zone);
			continue;
		}
		col[n] = (struct column){.name = c->d->column[i].name, .index = n, .missing = true};
		declare(&col[n++], &c->d->column[i], c->d->zone);
		c->schema.n = n;
	}
}

/* Which columns are declared NOT NULL, by the table's own words. */
static void
find_not_null(struct sqlite_connection *c)
{
	struct column *col = (struct column *)(uintptr_t)c->schema.col;
	const char *table = arena_str(c->scratch, c->d->table);

	for (uint32_t i = 0; i < c->schema.n; i++) {
		int not_null = 0;

		if (!col[i].missing &&
		    sqlite3_table_column_metadata(c->db.db, "main", table, arena_str(c->scratch, col[i].name),
		                                  NULL, NULL, &not_null, NULL, NULL) == SQLITE_OK)
			col[i].nulls = not_null ? NULLS_NONE : NULLS_ALLOWED;
	}
}

static bool
select_all(struct sqlite_connection *c, struct sqlite3_stmt **ret, struct err *err)
{
	AUTO(buf) sql = buf_new(FROM_MAX);

	buf_printf(sql, "SELECT * FROM " SV_FMT, SV_ARG(c->from));
	if (c->rowid != NULL)
		buf_printf(sql, " ORDER BY %s", c->rowid);
	return buf_check(sql, "the query", err) &&
	       sqlite_db_prepare(&c->db, buf_sv(sql), c->d->query.n > 0 ? "use the query" : "read the table",
	                         ret, err);
}

static bool
look(struct sqlite_connection *c, struct err *err)
{
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
	bool is_table = false;

	if (c->d->query.n == 0 && !find_table(c, &is_table, err))
		return false;
	if (!make_from(c, err))
		return false;
	/* A filter that the user wrote could call them. */
	c->db.users = true;
	if (!select_all(c, &s, err))
		return false;
	c->db.users = false;
	make_schema(c, s);
	if (is_table) {
		find_rowid(c);
		find_not_null(c);
	}
	return sqlite_functions(c, err);
}

static bool
sqlite_open(const struct dataset *d, const struct scan_options *o, struct connection **ret, struct err *err)
{
	AUTO(sqlite_connection) c = xcalloc(1, sizeof(*c));

	*c = (struct sqlite_connection){
		.base.engine = &engine_sqlite, .d = d, .o = *o, .a = arena_new(), .scratch = arena_new()};
	c->regex = regex_scratch_new();
	buf_init(&c->explained, EXPLAIN_MAX);
	if (d->table.n == 0 && d->query.n == 0) {
		err_set(err, ERR_ARG, d->loc, "'" SV_FMT "' is a database: which table?",
		        SV_ARG(d->database));
		return err_hint(err, "name it with table: or --table, or give a query");
	}
	if (!sqlite_db_open(&c->db, d->database, d->loc, o->deadline_ns, err) || !look(c, err))
		return false;
	*ret = &STEAL(c)->base;
	return true;
}

static const struct schema *
sqlite_schema(struct connection *base)
{
	return &sqlite_of(base)->schema;
}

static void
put_i64(struct buf *b, int64_t v)
{
	buf_add(b, (struct sv){(const char *)&v, sizeof(v)});
}

/* One cell: its storage class, and its bytes with their length. */
static void
put_cell(struct hasher *h, struct buf *b, struct value v)
{
	int64_t bits = 0;

	buf_putc(b, (char)v.kind);
	switch (v.kind) {
	case VALUE_INT:
		put_i64(b, v.i);
		break;
	case VALUE_REAL:
		memcpy(&bits, &v.r, sizeof(bits));
		put_i64(b, bits);
		break;
	case VALUE_TEXT:
	case VALUE_BINARY:
		put_i64(b, (int64_t)v.s.n);
		if (v.s.n <= HASH_CHUNK) {
			buf_add(b, v.s);
			break;
		}
		hasher_add(h, buf_sv(b));
		buf_clear(b);
		hasher_add(h, v.s);
		break;
	default:
		break;
	}
}

/*
 * Over the rows as they are, and over the names and declarations of the columns, since types follow from these: another table's change is
 * none of this one's.
 */
static bool
sqlite_version(struct connection *base, char hex[HASH_HEX], struct err *err)
{
	struct sqlite_connection *c = sqlite_of(base);
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
	AUTO(buf) b = buf_new(4 * HASH_CHUNK);
	char sum[HASH_HEX];
	struct hasher h;
	bool row = true, ok;
	int n;

	if (!select_all(c, &s, err))
		return false;
	n = sqlite3_column_count(s);
	hasher_init(&h);
	hasher_add_i64(&h, n);
	for (int i = 0; i < n; i++) {
		const char *declared = sqlite3_column_decltype(s, i);

		hasher_add(&h, sv_of(sqlite3_column_name(s, i)));
		hasher_add(&h, sv_of(declared != NULL ? declared : ""));
	}
	while ((ok = sqlite_db_step(&c->db, s, "read rows", &row, err)) && row) {
		for (int i = 0; i < n; i++) {
			put_cell(&h, b, sqlite_result(s, i));
			if (b->n > HASH_CHUNK) {
				hasher_add(&h, buf_sv(b));
				buf_clear(b);
			}
		}
	}
	hasher_add(&h, buf_sv(b));
	hasher_end(&h, sum);
	if (ok)
		memcpy(hex, sum, sizeof(sum));
	return ok;
}

static enum support
sqlite_supports(struct connection *base UNUSED, const struct metric *m UNUSED)
{
	return SUPPORT_EXACT;
}

static bool
sqlite_query_value(struct connection *base, struct sv query, struct arena *a, struct value *ret,
                   struct err *err)
{
	static const char what[] = "run the query";
	struct sqlite_connection *c = sqlite_of(base);
	__attribute__((cleanup(sqlite3_stmt_cleanup))) struct sqlite3_stmt *s = NULL;
	struct value v = VALUE_NONE;
	bool row;

	if (!sqlite_db_query(&c->db, a, query, &query, &s, err))
		return false;
	if (sqlite3_column_count(s) != 1)
		return err_set(err, ERR_EVAL, c->d->loc,
		               "the query gives %d columns, but one value is wanted",
		               sqlite3_column_count(s));
	if (!sqlite_db_step(&c->db, s, what, &row, err))
		return false;
	if (row) {
		v = value_copy(a, sqlite_result(s, 0));
		if (!sqlite_db_step(&c->db, s, what, &row, err))
			return false;
		if (row)
			return err_set(err, ERR_EVAL, c->d->loc,
			               "the query gives more than one row, but one value is wanted");
	}
	*ret = v;
	return true;
}

static void
sqlite_explain(struct connection *base, struct buf *b)
{
	struct sqlite_connection *c = sqlite_of(base);

	buf_printf(b, "SQLite %s, '" SV_FMT "', in one read transaction\n", sqlite3_libversion(),
	           SV_ARG(c->d->database));
	buf_add(b, buf_sv(&c->explained));
}

static bool
load_batch(void *ctx, const struct batch *b, bool *stop, struct err *err UNUSED)
{
	*stop = !frame_load_batch(ctx, b);
	return true;
}

static bool
sqlite_load(struct connection *base, int64_t max UNUSED, struct frame_load *load, struct frame *ret,
            struct err *err)
{
	struct sqlite_connection *c = sqlite_of(base);
	unsigned *need = ARENA_ARRAY(c->a, unsigned, c->schema.n);

	for (uint32_t i = 0; i < c->schema.n; i++)
		need[i] = NEED_PRESENCE | NEED_TEXT | NEED_VALUE;
	if (!sqlite_stream(c, need, load_batch, load, err))
		return false;
	*ret = frame_of(load);
	ret->fixed = true;
	ret->mixes = true;
	return true;
}

static const char *const formats[] = {"sqlite", NULL};

const struct engine engine_sqlite = {
	.name = "sqlite",
	.doc = "SQLite: one aggregate query a table computes what SQL can say; the rest is computed from its "
	       "rows.",
	.formats = formats,
	.open = sqlite_open,
	.schema = sqlite_schema,
	.version = sqlite_version,
	.supports = sqlite_supports,
	.evaluate = sqlite_evaluate,
	.sample = sqlite_sample,
	.load = sqlite_load,
	.failing = sqlite_failing,
	.query_value = sqlite_query_value,
	.explain = sqlite_explain,
	.close = sqlite_close,
	.tables = sqlite_tables,
};
