/*
 * The walk.  It looks at names only, and opens what a reader or SQLite may take.
 *
 * Left out are folders that hold no data of the user's own: hidden ones, what tools install or build, virtual environments.  Links are not
 * followed: they could lead out, or round in circles.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "catalog/file_format.h"
#include "catalog/yaml_text.h"
#include "engine/engine.h"
#include "run/discover_internal.h"

static const char sqlite_magic[] = "SQLite format 3";

void
discover_notice(struct discovering *d, const char *kind, struct sv path, struct sv what)
{
	for (size_t i = 0; i < d->noticed.n; i++)
		if (strcmp(d->noticed.v[i].kind, kind) == 0 && sv_eq(d->noticed.v[i].what, what)) {
			d->noticed.v[i].more++;
			return;
		}
	*LIST_ADD(d->a, &d->noticed) = (struct noticed){
		.kind = kind, .path = arena_sv(d->a, path), .what = arena_sv(d->a, what)};
}

/* Folders -------------------------------------------------------------------------------------------------------- */

static bool
is_left_out(struct sv name)
{
	static const char *const names[] = {
		"node_modules", "bower_components", "site-packages", "__pycache__", "venv",
		"build",        "_build",           "dist",          "target",      "vendor"};

	if (name.p[0] == '.' || name.p[0] == '_')
		return true;
	for (size_t i = 0; i < LEN(names); i++)
		if (sv_is(name, names[i]))
			return true;
	return false;
}

static struct sv
below(struct arena *a, struct sv dir, struct sv name)
{
	return dir.n > 0 ? arena_svf(a, SV_FMT "/" SV_FMT, SV_ARG(dir), SV_ARG(name)) : arena_sv(a, name);
}

static const char *
full(struct discovering *d, struct sv path)
{
	return path.n > 0 ? fs_join(d->a, d->dir, path) : d->dir;
}

/* Files ---------------------------------------------------------------------------------------------------------- */

/* Endings that people have data in, and no reader is built for. */
static const struct {
	const char *ending, *kind;
} unread[] = {
	{".avro", "Avro"},         {".orc", "ORC"},         {".feather", "Arrow"},     {".arrow", "Arrow"},
	{".xlsx", "Excel"},        {".xls", "Excel"},       {".ods", "Spreadsheet"},   {".duckdb", "DuckDB"},
	{".csv.bz2", "CSV (bz2)"}, {".csv.xz", "CSV (xz)"}, {".csv.zip", "CSV (zip)"},
};

/* Files that tell of a project of another tool; its import is another command's work. */
static const struct {
	const char *name, *kind;
} projects[] = {
	{"dbt_project.yml", "dbt"},    {"dbt_project.yaml", "dbt"}, {"dagster.yaml", "Dagster"},
	{"workspace.yaml", "Dagster"}, {"dvc.yaml", "DVC"},
};

static struct sv
lower(struct arena *a, struct sv s)
{
	char *p = arena_str(a, s);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] | 32);
	return (struct sv){p, s.n};
}

/* Bytes of the endings that tell format and compression: 7 of "x.csv.gz". */
static size_t
ending_length(struct sv path)
{
	struct sv rest = path;
	size_t dot;

	if (sv_iends(rest, SV(".gz")))
		rest.n -= 3;
	else if (sv_iends(rest, SV(".zst")))
		rest.n -= 4;
	for (dot = rest.n; dot > 0 && rest.p[dot - 1] != '.'; dot--)
		;
	return path.n - (dot > 0 ? dot - 1 : rest.n);
}

static bool
is_sqlite(struct discovering *d, struct sv path)
{
	char head[sizeof(sqlite_magic)];
	AUTO_FD fd = open(full(d, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);

	return fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       memcmp(head, sqlite_magic, sizeof(head)) == 0;
}

/* A data file of a format that is built. */
static void
look_at_data(struct discovering *d, struct sv path, const struct file_format *f)
{
	if (!yaml_can_hold(path)) {
		discover_notice(d, "File", path, SV("its name is not UTF-8, so no catalog can say it"));
		return;
	}
	if (sv_find(path, '{') >= 0 || sv_find(path, '}') >= 0) {
		discover_notice(d, "File", path, SV("braces in a path mean partitions: rename it"));
		return;
	}
	if (sv_is(sv_of(f->format), "sqlite")) {
		if (is_sqlite(d, path))
			*LIST_ADD(d->a, &d->database) = path;
		return;
	}
	discover_file(d, path, sv_of(f->format), f->tabs, ending_length(path));
}

static void
look_at_file(struct discovering *d, struct sv path, struct sv name)
{
	const struct file_format *f = file_format_of_path(name);
	struct sv small = lower(d->a, name);

	for (size_t i = 0; i < LEN(projects); i++)
		if (sv_is(name, projects[i].name))
			discover_notice(d, projects[i].kind, path,
			                SV("a project; importing it is not built yet"));
	if (sv_ends(name, SV(".dvc")) && name.n > 4)
		discover_notice(d, "DVC", path, SV("a project; importing it is not built yet"));
	for (size_t i = 0; i < LEN(unread); i++)
		if (sv_ends(small, sv_of(unread[i].ending))) {
			discover_notice(d, unread[i].kind, path, SV("reading this format is not built yet"));
			return;
		}
	/* Of .txt nobody knows what it is. */
	if (f == NULL || (f->bare_only && !sv_is(sv_of(f->format), "sqlite")))
		return;
	look_at_data(d, path, f);
}

static int
not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool walk(struct discovering *d, struct sv dir, int depth, struct err *err);

static void
visit(struct discovering *d, struct sv path, struct sv name, int depth)
{
	struct stat st;
	struct err err = {0};

	if (lstat(full(d, path), &st) != 0)
		return; /* gone since it was listed */
	if (S_ISLNK(st.st_mode)) {
		discover_notice(d, "Link", path, SV("links are not followed"));
	} else if (S_ISREG(st.st_mode)) {
		d->out->files++;
		if (name.p[0] != '.')
			look_at_file(d, path, name);
	} else if (S_ISDIR(st.st_mode) && !is_left_out(name)) {
		if (depth == DISCOVER_DEPTH_MAX)
			discover_notice(d, "Folder", path, SV("lies too deep to be looked through"));
		else if (!walk(d, path, depth + 1, &err))
			discover_notice(d, "Folder", path, sv_of(err.msg));
	}
}

static bool
walk(struct discovering *d, struct sv dir, int depth, struct err *err)
{
	struct dirent **e;
	int n = scandir(full(d, dir), &e, not_dots, by_bytes);

	if (n < 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot list '%s': %m", full(d, dir));
	/* A virtual environment goes by any name. */
	for (int i = 0; i < n && depth > 0; i++)
		if (strcmp(e[i]->d_name, "pyvenv.cfg") == 0) {
			for (int k = 0; k < n; k++)
				free(e[k]);
			n = 0;
		}
	for (int i = 0; i < n; i++) {
		struct sv name = sv_of(e[i]->d_name);

		if (d->out->files >= DISCOVER_FILES_MAX)
			d->out->cut = true;
		else
			visit(d, below(d->a, dir, name), name, depth);
		free(e[i]);
	}
	free(e);
	return true;
}

static bool
has_table(struct discovering *d, const struct sv *table, size_t n, struct sv base, const char *suffix)
{
	return sv_in(arena_svf(d->a, SV_FMT "%s", SV_ARG(base), suffix), table, n);
}

/* Tables that full-text and spatial indices keep their own things in, told by two of them that go together. */
static bool
is_shadow(struct discovering *d, const struct sv *table, size_t n, struct sv name)
{
	static const struct {
		const char *suffix, *with, *and;
	} rules[] = {
		{"_config", "_data", "_docsize"},     {"_content", "_data", "_config"},
		{"_data", "_config", "_docsize"},     {"_idx", "_data", "_config"},
		{"_docsize", "_data", "_config"},     {"_segments", "_segdir", "_content"},
		{"_segdir", "_segments", "_content"}, {"_content", "_segdir", "_segments"},
		{"_stat", "_segdir", "_segments"},    {"_docsize", "_segdir", "_segments"},
		{"_node", "_parent", "_rowid"},       {"_parent", "_node", "_rowid"},
		{"_rowid", "_node", "_parent"},
	};

	for (size_t i = 0; i < LEN(rules); i++) {
		struct sv base = {name.p, name.n - MIN(name.n, strlen(rules[i].suffix))};

		if (base.n > 0 && sv_ends(name, sv_of(rules[i].suffix)) && sv_in(base, table, n) &&
		    has_table(d, table, n, base, rules[i].with) && has_table(d, table, n, base, rules[i].and))
			return true;
	}
	return false;
}

static void
look_at_database(struct discovering *d, struct sv path)
{
	struct sv *table;
	struct err err = {0};
	size_t n;

	if (!engine_sqlite.tables(sv_of(full(d, path)), d->a, &table, &n, &err)) {
		discover_notice(d, "SQLite", path, sv_of(err.msg));
		return;
	}
	if (n == 0)
		discover_notice(d, "SQLite", path, SV("has no tables"));
	for (size_t i = 0; i < n; i++)
		if (!is_shadow(d, table, n, table[i]))
			discover_table(d, path, table[i]);
}

bool
discover(struct arena *a, const char *dir, struct pool *pool, struct discovery *ret, struct err *err)
{
	struct discovering d = {.a = a, .dir = dir, .pool = pool, .out = ret};

	*ret = (struct discovery){0};
	if (!walk(&d, (struct sv){0}, 0, err))
		return false;
	discover_group(&d);
	for (size_t i = 0; i < d.database.n; i++)
		look_at_database(&d, d.database.v[i]);
	ret->found = d.found.v;
	ret->nfound = d.found.n;
	ret->noticed = d.noticed.v;
	ret->nnoticed = d.noticed.n;
	return true;
}
