/* Sources and calendars: named things that assets refer to. */
#include "base/fs.h"
#include "base/url.h"
#include "catalog/load.h"

enum { ICS_MAX_BYTES = 4 << 20 };

/* Schemes that can be declared.  Those that cannot be read yet are refused where an asset uses them. */
static const char *const schemes[] = {
	"azure",    "bigquery", "clickhouse", "databricks", "duckdb", "file",     "git",        "gs",
	"http",     "https",    "mariadb",    "mysql",      "odbc",   "postgres", "postgresql", "presto",
	"redshift", "s3",       "snowflake",  "spark",      "sqlite", "trino",
};

static void limit_seconds(struct loader *l, void *rec, const struct node *n);
static void url_load(struct loader *l, void *rec, const struct node *n);

static const struct field limit_fields[] = {
	{"bytes", "Most bytes that a run may read from it.", .kind = FIELD_SIZE,
         .at = offsetof(struct source_limits, bytes), .min = 1},
	{"seconds", "Longest time that a query or transfer may take.", .kind = FIELD_INT, .min = 1,
         .load = limit_seconds},
	{"concurrency", "Most connections or transfers at once.", .kind = FIELD_INT,
         .at = offsetof(struct source_limits, concurrency), .min = 1},
};
static const struct table limits_table = TABLE("limits", limit_fields);

static const struct field secret_fields[] = {
	{"env", "Name of the environment variable that holds it.", .kind = FIELD_TEXT, .at = 0},
	{"file", "Path of the file that holds it.", .kind = FIELD_TEXT, .at = 0},
};
static const struct table secret_table = TABLE("a secret", secret_fields);

const struct field source_fields[] = {
	{"url",
         "Where it is: `file:data`, `sqlite:shop.db`, `postgresql://host/db` …; a relative path starts at "
         "the folder of this file.",
         .kind = FIELD_TEXT, .required = true, .table = &secret_table, .load = url_load},
	{"limits", "What a run may take from it.", .table = &limits_table,
         .at = offsetof(struct source_decl, limits)},
	{"managed", "Are files or tables there that no asset names `untracked` orphans?  Default: true.",
         .kind = FIELD_BOOL, .at = offsetof(struct source_decl, managed)},
	{"elsewhere",
         "The machine of `weir serve` does not see this data: the service never looks itself; what `weir check "
         "--server` or events last reported of it counts.",
         .kind = FIELD_BOOL, .at = offsetof(struct source_decl, elsewhere)},
};
const struct table source_table = TABLE("a source", source_fields);

static void
limit_seconds(struct loader *l, void *rec, const struct node *n)
{
	struct source_limits *limits = rec;
	int64_t s;

	if (!node_int(n, &s, l->d))
		return;
	if (s < 1 || s > INT64_MAX / US_PER_S)
		diag_error(l->d, n->loc, "'seconds' must be at least 1");
	else
		limits->us = s * US_PER_S;
}

/* Characters that mean something in a URL are written so that the path reads back the same. */
static struct sv
path_url(struct arena *a, struct sv scheme, const char *path)
{
	size_t n = strlen(path), at = 0;
	char *out = arena_alloc(a, scheme.n + 2 + 3 * n);

	memcpy(out, scheme.p, scheme.n);
	at = scheme.n;
	out[at++] = ':';
	for (size_t i = 0; i < n; i++) {
		static const char hex[] = "0123456789ABCDEF";
		unsigned char c = (unsigned char)path[i];

		if (c == '%' || c == '?' || c == '#') {
			out[at++] = '%';
			out[at++] = hex[c >> 4];
			out[at++] = hex[c & 15];
		} else {
			out[at++] = path[i];
		}
	}
	return (struct sv){out, at};
}

/* Sets url, scheme and path.  False, with a diagnostic, if the URL is wrong. */
static bool
set_url(struct loader *l, struct source_decl *s, struct sv text, struct loc at)
{
	struct url u;
	struct err err = {0};

	if (!url_has_scheme(text)) {
		diag_error(l->d, at, "'" SV_FMT "' is not a URL", SV_ARG(text));
		diag_hint(l->d, "a folder is written `file:" SV_FMT "`", SV_ARG(text));
		return false;
	}
	if (!url_parse(l->a, text, &u, &err)) {
		err.loc = at;
		diag_add_err(l->d, &err);
		return false;
	}

	struct sv scheme = arena_sv(l->a, u.scheme);
	bool known = false;

	for (size_t i = 0; i < LEN(schemes); i++)
		known = known || sv_is(scheme, schemes[i]);
	if (!known) {
		diag_error(l->d, at, "no source is called '" SV_FMT ":'", SV_ARG(scheme));
		diag_suggest(l->d, scheme, schemes, LEN(schemes));
		return false;
	}
	s->scheme = scheme;
	s->url = text;
	if (!sv_is(scheme, "file") && !sv_is(scheme, "sqlite"))
		return true;
	if (u.path.n == 0) {
		diag_error(l->d, at, "'" SV_FMT "' names no path", SV_ARG(text));
		return false;
	}
	if (u.host.n > 0 && !sv_is(u.host, "localhost")) {
		diag_error(l->d, at, "'" SV_FMT "' names the host '" SV_FMT "'", SV_ARG(text),
		           SV_ARG(u.host));
		diag_hint(l->d, "write `" SV_FMT ":path`, with one or three slashes before an absolute path",
		          SV_ARG(scheme));
		return false;
	}
	s->path = fs_join(l->a, fs_dirname(l->a, at.file), u.path);
	s->url = path_url(l->a, scheme, s->path);
	return true;
}

static void
url_load(struct loader *l, void *rec, const struct node *n)
{
	struct source_decl *s = rec;

	if (n->kind == NODE_MAP) {
		if (!node_is_secret(n))
			diag_error(l->d, n->loc,
			           "'url' must be text or a secret: {env: NAME} or {file: PATH}");
		return;
	}

	struct sv text;

	if (node_text(n, &text, l->d))
		(void)!set_url(l, s, text, n->loc);
}

static void
source_load(struct loader *l, struct source_decl *s, const struct node *n)
{
	*s = (struct source_decl){.name = n->key, .loc = n->key_loc, .node = n, .managed = true};
	if (sv_find(n->key, ':') >= 0) {
		diag_error(l->d, n->key_loc, "the name of a source must not hold ':'");
		return;
	}
	if (n->kind != NODE_MAP) {
		diag_error(l->d, n->loc, "a source must be a map, not %s", node_kind_name(n->kind));
		if (n->kind == NODE_TEXT)
			diag_hint(l->d, "write {url: \"" SV_FMT "\"}", SV_ARG(n->text));
		return;
	}
	table_load(l, &source_table, n, s);
}

void
sources_load(struct loader *l, void *rec, const struct node *n)
{
	struct catalog *c = rec;
	struct source_decl *v = ARENA_ARRAY(l->a, struct source_decl, n->n);

	for (size_t i = 0; i < n->n; i++) {
		source_load(l, &v[i], &n->kid[i]);
		(void)map_set(&l->source, v[i].name, &v[i]);
	}
	c->source = v;
	c->nsource = n->n;
}

const struct source_decl *
source_inline(struct loader *l, struct sv url, struct loc loc)
{
	struct source_decl *s = ARENA_NEW(l->a, struct source_decl);

	s->loc = loc;
	if (url.n == 0) {
		s->scheme = SV("file");
		s->path = fs_dirname(l->a, loc.file);
		s->url = path_url(l->a, s->scheme, s->path);
		return s;
	}
	return set_url(l, s, url, loc) ? s : NULL;
}

/* Calendars ----------------------------------------------------------------------------------------------------- */

static void
weekdays_load(struct loader *l, void *rec, const struct node *n)
{
	struct calendar *c = rec;
	struct err err = {0};

	if (!weekdays_parse(n->text, &c->weekdays, &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
	}
}

static void
holidays_load(struct loader *l, void *rec, const struct node *n)
{
	struct err err = {0};
	struct sv text;
	const char *path = fs_join(l->a, fs_dirname(l->a, n->loc.file), n->text);

	if (l->no_files) {
		diag_error(l->d, n->loc, "no other file can be read from here");
	} else if (!fs_read(l->a, path, ICS_MAX_BYTES, &text, &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
	} else if (!calendar_add_ics(l->a, rec, path, text, &err)) {
		diag_add_err(l->d, &err);
	}
}

const struct field calendar_fields[] = {
	{"weekdays", "Working days: `mon-fri`, `mon,wed,fri`; default all.", .kind = FIELD_TEXT,
         .load = weekdays_load},
	{"holidays", "Path of an iCalendar file whose events are days off.", .kind = FIELD_TEXT,
         .load = holidays_load},
};
const struct table calendar_table = TABLE("a calendar", calendar_fields);

void
calendars_load(struct loader *l, void *rec, const struct node *n)
{
	struct catalog *c = rec;
	struct calendar *v = ARENA_ARRAY(l->a, struct calendar, n->n);

	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];

		v[i] = (struct calendar){.name = kid->key, .weekdays = 0x7F};
		if (kid->kind == NODE_MAP)
			table_load(l, &calendar_table, kid, &v[i]);
		else
			diag_error(l->d, kid->loc, "a calendar must be a map, not %s",
			           node_kind_name(kid->kind));
		(void)map_set(&l->calendar, v[i].name, &v[i]);
	}
	c->calendar = v;
	c->ncalendar = n->n;
}
