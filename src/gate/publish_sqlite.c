/*
 * Tables of SQLite: the stage is a table of the same database.  A whole table takes the place of the old one
 * in one transaction; of a partitioned one, the rows of the partition are replaced.
 *
 * Views and foreign keys of other tables name the output, not the table that happens to be it: they are left
 * as they are written, and find the new one.  Indexes and triggers belong to a table: those of the old one
 * are made again.
 */
#include <sqlite3.h>

#include "base/fs.h"
#include "catalog/partition.h"
#include "gate/publish.h"

enum { BUSY_WAIT_MS = 30000 };

static bool
table_fits(const struct asset *asset)
{
	return asset->table.n > 0 && sv_is(asset->format, "sqlite");
}

/* The database, opened for writing. */
struct writing {
	struct publishing *p;
	sqlite3 *db;
};

static void
writing_close(struct writing *x)
{
	(void)sqlite3_close_v2(x->db); /* rolls back what was not committed */
}
#define AUTO_WRITING __attribute__((cleanup(writing_close))) struct writing

static bool
fail(const struct writing *x, const char *what, struct err *err)
{
	int rc = sqlite3_errcode(x->db) & 0xff;

	err_set(err, ERR_IO, x->p->asset->publish.loc, "cannot %s in '%s': %s", what, x->p->database,
	        sqlite3_errmsg(x->db));
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return err_hint(err, "another program holds the database");
	return false;
}

static bool
open_writing(struct writing *x, struct publishing *p, struct err *err)
{
	static const struct {
		int option, on;
	} options[] = {
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
		/* Names in other objects stay as they are written, and nothing is deleted along. */
		{SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 1},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 0},
	};

	*x = (struct writing){.p = p};
	if (sqlite3_open_v2(p->database, &x->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE, NULL) !=
	    SQLITE_OK)
		return fail(x, "open the database", err);
	for (size_t i = 0; i < LEN(options); i++)
		if (sqlite3_db_config(x->db, options[i].option, options[i].on, (int *)NULL) != SQLITE_OK)
			return fail(x, "set up the connection", err);
	(void)sqlite3_extended_result_codes(x->db, 1);
	(void)sqlite3_busy_timeout(x->db, BUSY_WAIT_MS);
	return true;
}

/* Takes the text, which sqlite3_mprintf made. */
static bool
execute(struct writing *x, const char *what, char *sql, struct err *err)
{
	bool ok = sql != NULL && sqlite3_exec(x->db, sql, NULL, NULL, NULL) == SQLITE_OK;

	if (!ok)
		(void)fail(x, what, err);
	sqlite3_free(sql);
	return ok;
}

/* The first column of the first row as a number; 0 without one. */
static bool
count(struct writing *x, const char *what, char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *s = NULL;
	bool ok = sql != NULL && sqlite3_prepare_v2(x->db, sql, -1, &s, NULL) == SQLITE_OK;
	int rc = ok ? sqlite3_step(s) : SQLITE_ERROR;

	*ret = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	ok = rc == SQLITE_ROW || rc == SQLITE_DONE || fail(x, what, err);
	(void)sqlite3_finalize(s);
	sqlite3_free(sql);
	return ok;
}

/* *exists is left false if there is nothing; anything but a plain table is refused. */
static bool
find_table(struct writing *x, const char *name, bool *exists, struct err *err)
{
	int64_t all, plain;

	if (!count(x, "look for a table",
	           sqlite3_mprintf("SELECT count(*) FROM sqlite_schema WHERE lower(name) = lower(%Q)", name),
	           &all, err) ||
	    !count(x, "look for a table",
	           sqlite3_mprintf("SELECT count(*) FROM sqlite_schema WHERE lower(name) = lower(%Q) AND "
	                           "type = 'table' AND sql NOT LIKE 'create virtual%%'",
	                           name),
	           &plain, err))
		return false;
	*exists = plain > 0;
	return all == plain || err_set(err, ERR_UNSUPPORTED, x->p->asset->publish.loc,
	                               "'%s' in '%s' is no plain table", name, x->p->database);
}

static bool
table_prepare(struct publishing *p, struct err *err)
{
	struct arena *a = p->w->a;
	const char *slash;

	p->from = arena_str(a, p->asset->publish.stage);
	p->to = arena_str(a, p->asset->publish.to);
	p->database = p->asset->source->path;
	if (p->database == NULL)
		return err_set(err, ERR_UNSUPPORTED, p->asset->publish.loc,
		               "this database cannot be written");
	slash = strrchr(p->database, '/');
	p->lock_path = arena_printf(a, "%s/.%s.%016jx.weir-lock", fs_dirname(a, p->database),
	                            slash != NULL ? slash + 1 : p->database,
	                            (uintmax_t)hash64(p->asset->publish.stage));
	return fs_mkdirs(fs_dirname(a, p->database), 0777, err);
}

/* Indexes and triggers of a table, as they were written. */
struct belonging {
	const char *type, *name, *sql;
};
struct belongings {
	LIST(struct belonging) of;
};

static bool
find_belongings(struct writing *x, const char *table, struct belongings *ret, struct err *err)
{
	static const char sql[] =
		"SELECT type, name, sql FROM sqlite_schema WHERE lower(tbl_name) = lower(?) AND "
		"type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid";
	struct arena *a = x->p->w->a;
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(x->db, sql, -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		while ((rc = sqlite3_step(s)) == SQLITE_ROW)
			*LIST_ADD(a, &ret->of) = (struct belonging){
				.type = arena_str(a, sv_of((const char *)sqlite3_column_text(s, 0))),
				.name = arena_str(a, sv_of((const char *)sqlite3_column_text(s, 1))),
				.sql = arena_str(a, sv_of((const char *)sqlite3_column_text(s, 2))),
			};
	if (rc != SQLITE_DONE)
		(void)fail(x, "read the schema", err);
	(void)sqlite3_finalize(s);
	return rc == SQLITE_DONE;
}

static bool
drop_belongings(struct writing *x, const struct belongings *b, struct err *err)
{
	for (size_t i = 0; i < b->of.n; i++)
		if (!execute(x, "take down an index or trigger",
		             sqlite3_mprintf("DROP %s \"%w\"", b->of.v[i].type, b->of.v[i].name), err))
			return false;
	return true;
}

static bool
make_belongings(struct writing *x, const struct belongings *b, struct err *err)
{
	for (size_t i = 0; i < b->of.n; i++)
		if (!execute(x, b->of.v[i].name, sqlite3_mprintf("%s", b->of.v[i].sql), err)) {
			if (err != NULL)
				(void)err_prefix(err, "the old table's %s", b->of.v[i].type);
			return false;
		}
	return true;
}

/* Its indexes go: their names are wanted again, and they hold nothing that the rows do not. */
static bool
table_clear(struct publishing *p, const char **aside, struct err *err)
{
	AUTO_WRITING x = {0};
	struct belongings own = {0};
	bool exists;

	if (!fs_exists(p->database))
		return true;
	if (!open_writing(&x, p, err) || !execute(&x, "begin", sqlite3_mprintf("BEGIN IMMEDIATE"), err) ||
	    !find_table(&x, p->from, &exists, err))
		return false;
	if (!exists)
		return true;
	*aside = arena_printf(p->w->a, "%s_left_%s", p->from, p->run_id);
	return find_belongings(&x, p->from, &own, err) && drop_belongings(&x, &own, err) &&
	       execute(&x, "move the stage aside",
	               sqlite3_mprintf("ALTER TABLE \"%w\" RENAME TO \"%w\"", p->from, *aside), err) &&
	       execute(&x, "commit", sqlite3_mprintf("COMMIT"), err);
}

static bool
table_settle(struct publishing *p, struct err *err)
{
	AUTO_WRITING x = {0};
	bool exists = false;
	int64_t selves;

	if (fs_exists(p->database) && (!open_writing(&x, p, err) || !find_table(&x, p->from, &exists, err)))
		return false;
	if (!exists) {
		err_set(err, ERR_NOT_FOUND, p->asset->publish.loc,
		        "the command ended well, but '%s' has no table '%s', its stage", p->database,
		        p->from);
		return err_hint(err, "it must write there: the name is in WEIR_STAGE");
	}
	if (!count(&x, "read the schema",
	           sqlite3_mprintf(
			   "SELECT count(*) FROM pragma_foreign_key_list(%Q) WHERE lower(\"table\") = "
			   "lower(%Q)",
			   p->from, p->from),
	           &selves, err))
		return false;
	if (selves == 0)
		return true;
	err_set(err, ERR_UNSUPPORTED, p->asset->publish.loc, "a foreign key of '%s' leads to itself by name",
	        p->from);
	return err_hint(err, "let it refer to \"%s\", which the stage becomes", p->to);
}

/* The content of rows and columns, whatever `version:` says. */
static bool
table_identity(struct publishing *p, bool staged, struct sv *ret, struct err *err)
{
	struct asset copy = staged ? *p->stage : *p->asset;

	copy.version_from = VERSION_DEFAULT;
	return run_version(p->w, &copy, p->p, ret, err);
}

static bool
swap_whole(struct writing *x, struct err *err)
{
	const struct publishing *p = x->p;
	const char *keep = arena_str(p->w->a, p->asset->publish.keep_as);
	struct belongings old = {0};
	bool exists, kept = false;

	if (!find_table(x, p->to, &exists, err) || !find_belongings(x, p->to, &old, err) ||
	    (keep[0] != '\0' && !find_table(x, keep, &kept, err)) || !drop_belongings(x, &old, err))
		return false;
	/* What was kept before gives way to what is kept now; the first time there is nothing to keep. */
	if (exists && kept &&
	    !execute(x, "drop what was kept", sqlite3_mprintf("DROP TABLE \"%w\"", keep), err))
		return false;
	if (exists &&
	    !execute(x, "put the old table away",
	             keep[0] != '\0' ? sqlite3_mprintf("ALTER TABLE \"%w\" RENAME TO \"%w\"", p->to, keep)
	                             : sqlite3_mprintf("DROP TABLE \"%w\"", p->to),
	             err))
		return false;
	return execute(x, "rename the stage",
	               sqlite3_mprintf("ALTER TABLE \"%w\" RENAME TO \"%w\"", p->from, p->to), err) &&
	       make_belongings(x, &old, err);
}

/* A stage with rows of another partition, which the checks did not see, is not to be let in. */
static bool
rows_fit(struct writing *x, const char *where, struct err *err)
{
	const struct publishing *p = x->p;
	int64_t foreign;

	if (!count(x, "look at the stage",
	           sqlite3_mprintf("SELECT count(*) FROM \"%w\" WHERE NOT coalesce((%s), 0)", p->from, where),
	           &foreign, err))
		return false;
	if (foreign == 0)
		return true;
	err_set(err, ERR_FORMAT, p->asset->publish.loc, "%lld rows of '%s' are not of partition '" SV_FMT "'",
	        (long long)foreign, p->from, SV_ARG(p->p->key));
	return err_hint(err, "the command makes the partition in WEIR_PARTITION, and nothing else");
}

/* Values would be converted on their way into other columns. */
static bool
columns_fit(struct writing *x, struct err *err)
{
	static const char columns[] =
		"SELECT count(*) FROM (SELECT cid, name, upper(type) FROM pragma_table_info(%Q) EXCEPT "
		"SELECT cid, name, upper(type) FROM pragma_table_info(%Q))";
	const struct publishing *p = x->p;
	int64_t extra, missing;

	if (!count(x, "compare the columns", sqlite3_mprintf(columns, p->from, p->to), &extra, err) ||
	    !count(x, "compare the columns", sqlite3_mprintf(columns, p->to, p->from), &missing, err))
		return false;
	if (extra + missing == 0)
		return true;
	err_set(err, ERR_FORMAT, p->asset->publish.loc, "the columns of '%s' are not those of '%s'", p->from,
	        p->to);
	return err_hint(err, "names, types and order must be the same");
}

static bool
swap_partition(struct writing *x, struct err *err)
{
	const struct publishing *p = x->p;
	struct sv where;
	const char *text;
	bool exists;

	if (!partition_where(p->w->a, p->asset, p->p, &where, err) || !find_table(x, p->to, &exists, err))
		return false;
	text = arena_str(p->w->a, where);
	if (!rows_fit(x, text, err))
		return false;
	if (!exists)
		return execute(x, "rename the stage",
		               sqlite3_mprintf("ALTER TABLE \"%w\" RENAME TO \"%w\"", p->from, p->to), err);
	/* A table may say of itself that rows give way to new ones, or keep them out: both would be told of no one. */
	return columns_fit(x, err) &&
	       execute(x, "delete the old rows",
	               sqlite3_mprintf("DELETE FROM \"%w\" WHERE (%s)", p->to, text), err) &&
	       execute(x, "insert the new rows",
	               sqlite3_mprintf("INSERT OR ABORT INTO \"%w\" SELECT * FROM \"%w\"", p->to, p->from),
	               err) &&
	       execute(x, "drop the stage", sqlite3_mprintf("DROP TABLE \"%w\"", p->from), err);
}

/* Nobody else can write between the last look at the stage and the commit. */
static bool
table_swap(struct publishing *p, struct sv judged, struct sv *identity, struct err *err)
{
	AUTO_WRITING x = {0};

	if (!open_writing(&x, p, err) || !execute(&x, "begin", sqlite3_mprintf("BEGIN IMMEDIATE"), err) ||
	    !publish_unmoved(p, judged, err) ||
	    !(p->p != NULL ? swap_partition(&x, err) : swap_whole(&x, err)) ||
	    !execute(&x, "commit", sqlite3_mprintf("COMMIT"), err))
		return false;
	*identity = judged;
	return true;
}

const struct publisher publisher_sqlite = {
	.fits = table_fits,
	.prepare = table_prepare,
	.clear = table_clear,
	.settle = table_settle,
	.identity = table_identity,
	.swap = table_swap,
};
