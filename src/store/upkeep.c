#include "store/upkeep.h"

#include <stdarg.h>
#include <sys/stat.h>

#include "base/civil.h"
#include "base/fs.h"
#include "base/map.h"
#include "store/db.h"
#include "store/migrate.h"

const char *const remark_level_names[3] = {"ok", "warn", "fail"};

/* Clocks of several machines differ a little. */
#define AHEAD_US (5 * US_PER_MIN)
#define WAL_LARGE (INT64_C(64) << 20)

void
remark(struct remarks *r, enum remark_level level, const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*LIST_ADD(r->a, &r->list) = (struct remark){
		.level = level, .subject = subject, .message = sv_of(arena_vprintf(r->a, fmt, ap))};
	va_end(ap);
	r->count[level]++;
}

void
remark_remedy(struct remarks *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->list.v[r->list.n - 1].remedy = sv_of(arena_vprintf(r->a, fmt, ap));
	va_end(ap);
}

/* Structure --------------------------------------------------------------------------------------------------- */

#define DAMAGED "Stop what uses it, move it and its -wal aside, and put the last backup in its place."

static bool
examine_structure(struct store *s, struct remarks *r, struct err *err)
{
	static const char sql[] = "PRAGMA integrity_check(10)";
	AUTO_QUERY q = {0};
	enum step step;
	size_t n = 0;

	if (!query_begin(s, &q, sql, "examine the state database", err))
		return false;
	while ((step = query_step(&q, err)) == STEP_ROW) {
		struct sv said = column_text(&q, r->a, 0);

		if (sv_is(said, "ok"))
			continue;
		remark(r, REMARK_FAIL, "structure", SV_FMT, SV_ARG(said));
		remark_remedy(r, DAMAGED);
		n++;
	}
	if (step == STEP_DONE && n == 0)
		remark(r, REMARK_OK, "structure", "all pages and indexes fit together");
	return step == STEP_DONE;
}

static bool
examine_references(struct store *s, struct remarks *r, struct err *err)
{
	static const char sql[] = "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check"
				  " GROUP BY 1, 2 ORDER BY 1, 2";
	AUTO_QUERY q = {0};
	enum step step;
	size_t n = 0;

	if (!query_begin(s, &q, sql, "examine the references", err))
		return false;
	while ((step = query_step(&q, err)) == STEP_ROW) {
		remark(r, REMARK_FAIL, "references", "%lld rows of %s belong to no row of %s",
		       (long long)column_i64(&q, 2), arena_str(r->a, column_text(&q, r->a, 0)),
		       arena_str(r->a, column_text(&q, r->a, 1)));
		remark_remedy(r, "Other hands were at the file: go back to the last backup.");
		n++;
	}
	if (step == STEP_DONE && n == 0)
		remark(r, REMARK_OK, "references", "every row belongs to one that is there");
	return step == STEP_DONE;
}

/* Schema ------------------------------------------------------------------------------------------------------ */

static bool
read_schema(struct store *s, struct arena *a, struct map *ret, struct err *err)
{
	static const char sql[] = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE "
				  "'sqlite\\_%' ESCAPE '\\'"
				  " ORDER BY 1";
	AUTO_QUERY q = {0};
	enum step step;

	map_init(ret, a);
	if (!query_begin(s, &q, sql, "read the schema", err))
		return false;
	while ((step = query_step(&q, err)) == STEP_ROW) {
		struct sv *text = ARENA_NEW(a, struct sv);

		*text = column_text(&q, a, 1);
		map_set(ret, column_text(&q, a, 0), text);
	}
	return step == STEP_DONE;
}

/* Against one that was made just now. */
static bool
examine_schema(struct store *s, struct remarks *r, struct err *err)
{
	AUTO(store) fresh = NULL;
	struct map is, should;
	size_t wrong = 0, version;

	if (!store_open(SV(":memory:"), STORE_WRITE, s->env, s->clock, &fresh, err) ||
	    !read_schema(fresh, r->a, &should, err) || !read_schema(s, r->a, &is, err) ||
	    !migrate_version(s, &version, err))
		return false;
	for (size_t i = 0; i < should.n; i++) {
		const struct sv *have = map_get(&is, should.e[i].key);

		if (have != NULL && sv_eq(*have, *(const struct sv *)should.e[i].value))
			continue;
		wrong++;
		remark(r, REMARK_FAIL, "schema", "the " SV_FMT " is %s", SV_ARG(should.e[i].key),
		       have == NULL ? "missing" : "not what weir made");
		remark_remedy(r, "Other hands were at the file: go back to the last backup.");
	}
	for (size_t i = 0; i < is.n; i++)
		if (!map_has(&should, is.e[i].key)) {
			wrong++;
			remark(r, REMARK_WARN, "schema", "the " SV_FMT " is not weir's", SV_ARG(is.e[i].key));
			remark_remedy(r, "Keep what is yours in another file.");
		}
	if (wrong == 0)
		remark(r, REMARK_OK, "schema", "version %zu, as this weir makes it", version);
	return true;
}

/* Contents ---------------------------------------------------------------------------------------------------- */

/* A word that weir does not know ends a command the day it is met. */
static const struct {
	const char *what, *sql;
} words[] = {
	{"kind of an event", "SELECT count(*) FROM event WHERE kind NOT IN"
                             " ('started', 'materialized', 'failed', 'observed')"},
	{"outcome of a verdict", "SELECT count(*) FROM verdict WHERE outcome NOT IN"
                                 " ('pass', 'warn', 'fail', 'error', 'skipped')"},
	{"severity of a verdict", "SELECT count(*) FROM verdict WHERE severity NOT IN"
                                  " ('critical', 'warning', 'info')"},
	{"outcome of a run", "SELECT count(*) FROM run WHERE outcome NOT IN"
                             " ('pass', 'warn', 'fail', 'error', 'skipped')"},
	{"result of a verdict", "SELECT count(*) FROM verdict WHERE NOT json_valid(result)"},
	{"end of a waiver", "SELECT count(*) FROM waiver WHERE until_us <= from_us"},
};

static bool
count(struct store *s, const char *sql, int64_t *ret, struct err *err)
{
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "examine the state database", err) || query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_time(&q, 0);
	return true;
}

static bool
examine_words(struct store *s, struct remarks *r, struct err *err)
{
	size_t wrong = 0;

	for (size_t i = 0; i < LEN(words); i++) {
		int64_t n;

		if (!count(s, words[i].sql, &n, err))
			return false;
		if (n == 0)
			continue;
		wrong++;
		remark(r, REMARK_FAIL, "contents", "%lld times the %s makes no sense", (long long)n,
		       words[i].what);
		remark_remedy(r, "Other hands were at the file: go back to the last backup.");
	}
	if (wrong == 0)
		remark(r, REMARK_OK, "contents", "all kinds and outcomes are known");
	return true;
}

static bool
examine_times(struct store *s, struct remarks *r, struct err *err)
{
	static const char sql[] = "SELECT max((SELECT coalesce(max(recorded_us), 0) FROM event),"
				  " (SELECT coalesce(max(started_us), 0) FROM run),"
				  " (SELECT coalesce(max(at_us), 0) FROM decision))";
	int64_t newest, now_us = clock_now_us(s->clock);
	char text[RFC3339_MAX];

	if (!count(s, sql, &newest, err))
		return false;
	if (newest > now_us + AHEAD_US) {
		remark(r, REMARK_WARN, "times", "the newest record is of %s, which lies ahead of the clock",
		       rfc3339_format(newest, text));
		remark_remedy(r, "Was the clock set back, or --now used?  What lies ahead counts when its "
		                 "time comes.");
	} else {
		remark(r, REMARK_OK, "times", "nothing was recorded ahead of the clock");
	}
	return true;
}

/* Files --------------------------------------------------------------------------------------------------------- */

static void
examine_permissions(const struct store *s, struct remarks *r)
{
	static const char *const suffix[] = {"", "-wal", "-shm", ".lock"};
	size_t open = 0;

	for (size_t i = 0; i < LEN(suffix); i++) {
		const char *path = arena_printf(r->a, "%s%s", s->path, suffix[i]);
		struct stat st;

		/* Who may write them was looked at when the store was opened. */
		if (stat(path, &st) != 0 || (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
			continue;
		open++;
		remark(r, REMARK_WARN, "permissions", "others may read '%s' (mode %04o)", path,
		       (unsigned)st.st_mode & 07777u);
		remark_remedy(r, "It holds samples of your data: chmod 600 it.");
	}
	if (open == 0)
		remark(r, REMARK_OK, "permissions", "only its owner reads and writes it");
}

static int64_t
file_size(struct arena *a, const char *path, const char *suffix)
{
	struct stat st;

	return stat(arena_printf(a, "%s%s", path, suffix), &st) == 0 ? st.st_size : 0;
}

static bool
sizes(struct store *s, struct arena *a, struct store_info *ret, struct err *err)
{
	int page, unused;

	if (!db_pragma_int(s, "PRAGMA page_size", &page, err) ||
	    !db_pragma_int(s, "PRAGMA freelist_count", &unused, err))
		return false;
	ret->bytes = file_size(a, s->path, "");
	ret->wal_bytes = file_size(a, s->path, "-wal");
	ret->free_bytes = (int64_t)page * unused;
	return true;
}

static bool
examine_size(struct store *s, struct remarks *r, struct err *err)
{
	struct store_info i;

	if (!sizes(s, r->a, &i, err))
		return false;
	remark(r, REMARK_OK, "size", "%lld KiB, of which %lld KiB are unused and will be used again",
	       (long long)(i.bytes >> 10), (long long)(i.free_bytes >> 10));
	if (i.wal_bytes > WAL_LARGE) {
		remark(r, REMARK_WARN, "size", "the log of changes has %lld MiB",
		       (long long)(i.wal_bytes >> 20));
		remark_remedy(r, "Something reads the state all the time: end it, and the next run carries "
		                 "the log over.");
	}
	return true;
}

bool
store_examine(struct store *s, bool deep, struct remarks *r, struct err *err)
{
	if (db_is_in_memory(s)) {
		remark(r, REMARK_OK, "state", "nothing is stored yet at '%s'", s->path);
		return true;
	}
	examine_permissions(s, r);
	if (deep &&
	    (!examine_structure(s, r, err) || !examine_references(s, r, err) || !examine_words(s, r, err)))
		return false;
	return examine_schema(s, r, err) && examine_times(s, r, err) && examine_size(s, r, err);
}

/* What is in it --------------------------------------------------------------------------------------------------- */

#define ROWS(table, age)                                                                             \
	{                                                                                            \
		table, "SELECT count(*), min(" age "), max(" age ") FROM " table " WHERE env = :env" \
	}
static const struct {
	const char *name, *sql;
} tables[] = {
	ROWS("event", "at_us"),      ROWS("version", "first_us"),   ROWS("run", "started_us"),
	ROWS("verdict", "at_us"),    ROWS("metric", "at_us"),       ROWS("decision", "at_us"),
	ROWS("override", "from_us"), ROWS("incident", "opened_us"), ROWS("message", "created_us"),
	ROWS("waiver", "from_us"),   ROWS("mute", "from_us"),
};

const char *
store_folder(const struct store *s, struct arena *a)
{
	return strcmp(s->path, ":memory:") == 0 ? NULL : fs_dirname(a, s->path);
}

bool
store_describe(struct store *s, struct arena *a, struct store_info *ret, struct err *err)
{
	struct store_info i = {.path = db_is_in_memory(s) ? NULL : s->path, .ntable = LEN(tables)};
	struct table_info *t = ARENA_ARRAY(a, struct table_info, LEN(tables));
	size_t version;

	if (!sizes(s, a, &i, err) || !migrate_version(s, &version, err))
		return false;
	i.schema = (int64_t)version;
	i.table = t;
	for (size_t k = 0; k < LEN(tables); k++) {
		AUTO_QUERY q = {0};

		if (!query_begin(s, &q, tables[k].sql, "count the records", err) ||
		    query_step(&q, err) != STEP_ROW)
			return false;
		t[k] = (struct table_info){.name = tables[k].name,
		                           .rows = column_i64(&q, 0),
		                           .oldest_us = column_time(&q, 1),
		                           .newest_us = column_time(&q, 2)};
	}
	*ret = i;
	return true;
}
