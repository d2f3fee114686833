/* One asset from its effective definition: its fields, and what follows from several of them together. */
#include "base/fs.h"
#include "base/url.h"
#include "catalog/file_format.h"
#include "catalog/load.h"
#include "catalog/pattern.h"

/* Texts ------------------------------------------------------------------------------------------------------- */

static void
one_byte(struct loader *l, const struct node *n, char *ret)
{
	if (node_is_scalar(n) && n->text.n == 1 && (unsigned char)n->text.p[0] < 0x80 &&
	    n->text.p[0] != '\n' && n->text.p[0] != '\r')
		*ret = n->text.p[0];
	else
		diag_error(l->d, n->loc, "'" SV_FMT "' must be one ASCII character", SV_ARG(n->key));
}

static void
delimiter_load(struct loader *l, void *rec, const struct node *n)
{
	one_byte(l, n, &((struct csv_format *)rec)->delimiter);
}

static void
quote_load(struct loader *l, void *rec, const struct node *n)
{
	one_byte(l, n, &((struct csv_format *)rec)->quote);
}

/* Unlike other lists of texts it may hold the empty one; a bare `null` is the word. */
static void
null_load(struct loader *l, void *rec, const struct node *n)
{
	struct csv_format *csv = rec;
	size_t count = n->kind == NODE_SEQ ? n->n : 1;
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	struct sv *v = ARENA_ARRAY(l->a, struct sv, count);

	for (size_t i = 0; i < count; i++) {
		if (node_is_scalar(&item[i]))
			v[csv->nnull++] = item[i].text;
		else
			diag_error(l->d, item[i].loc, "an item of 'null' must be text, not %s",
			           node_kind_name(item[i].kind));
	}
	csv->null = v;
}

static void
key_load(struct loader *l, void *rec, const struct node *n)
{
	struct asset *as = rec;
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;

	struct map seen;

	map_init(&seen, l->a);
	if (n->kind == NODE_SEQ && n->n == 0)
		diag_error(l->d, n->loc, "the key has no columns");
	for (size_t i = 0; n->kind == NODE_SEQ && i < n->n; i++)
		if (node_is_scalar(&item[i]) && map_set(&seen, item[i].text, as) != NULL)
			diag_error(l->d, item[i].loc, "the column '" SV_FMT "' is already in the key",
			           SV_ARG(item[i].text));
	(void)!load_texts(l, n, &as->keycol, &as->nkeycol);
}

static void
tags_load(struct loader *l, void *rec, const struct node *n)
{
	struct asset *as = rec;
	bool bare = n->kind != NODE_MAP;
	const struct node *item = node_is_scalar(n) ? n : n->kid;
	size_t count = node_is_scalar(n) ? 1 : n->n;
	struct tag *v = ARENA_ARRAY(l->a, struct tag, count);

	for (size_t i = 0; i < count; i++) {
		struct sv text = {0};

		if ((bare || item[i].kind != NODE_NULL) && !node_text(&item[i], &text, l->d))
			continue;
		v[as->ntag++] = bare ? (struct tag){.key = text}
		                     : (struct tag){.key = item[i].key, .value = text};
	}
	as->tag = v;
}

static void
checks_load(struct loader *l, void *rec, const struct node *n)
{
	struct asset *as = rec;
	const struct node **v = ARENA_ARRAY(l->a, const struct node *, n->n);

	for (size_t i = 0; i < n->n; i++)
		if (check_expectation(l->a, &n->kid[i], l->d) != NULL)
			v[as->ncheck++] = &n->kid[i];
	as->check = v;
}

static void
suites_load(struct loader *l, void *rec, const struct node *n)
{
	struct asset *as = rec;
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	size_t count = n->kind == NODE_SEQ ? n->n : 1;
	const struct node **v = ARENA_ARRAY(l->a, const struct node *, count);

	for (size_t i = 0; i < count; i++) {
		struct sv path;

		if (node_text(&item[i], &path, l->d))
			v[as->nsuite++] = &item[i];
	}
	as->suite = v;
}

/* Resolved once all else is known: see data_load. */
static void
source_text(struct loader *l, void *rec, const struct node *n)
{
	(void)rec;
	if (n->text.n == 0)
		diag_error(l->d, n->loc, "'source' is empty");
}

/* Updated and version ------------------------------------------------------------------------------------------- */

struct probe {
	int from;
	struct sv column, query;
};

static const char *const updated_names[] = {"mtime", "column", "query",    "reported", "http",
                                            "git",   "s3",     "metadata", NULL};
static const char *const version_names[] = {"stat",     "content",  "query", "column",
                                            "reported", "snapshot", NULL};

#define PROBE_FIELDS(words, from_doc)                                                            \
	{"from",           from_doc,         .kind = FIELD_ENUM,                                 \
	 .required = true, .names = (words), .at = offsetof(struct probe, from)},                \
		{"column", "The column whose maximum it is.", .kind = FIELD_TEXT,                \
	         .at = offsetof(struct probe, column)},                                          \
	{                                                                                        \
		"query", "The query whose one value it is.", .kind = FIELD_TEXT,                 \
							     .at = offsetof(struct probe, query) \
	}
static const struct field updated_fields[] = {PROBE_FIELDS(
	updated_names, "mtime, column, query, reported, http, git, s3, metadata; default by the source.")};
static const struct field version_fields[] = {PROBE_FIELDS(
	version_names, "stat, content, query, column, reported, snapshot; default by the source.")};
static const struct table updated_table = TABLE("updated", updated_fields);
static const struct table version_table = TABLE("version", version_fields);

/* Reads the map; `from` is left -1 where it is wrong. */
static struct probe
probe_load(struct loader *l, const struct table *t, const struct node *n, struct sv *arg)
{
	struct probe p = {.from = -1};

	table_load(l, t, n, &p);
	if (p.from < 0)
		return p;

	const char *name = t->field[0].names[p.from];
	bool column = strcmp(name, "column") == 0, query = strcmp(name, "query") == 0;

	if ((column && p.column.n == 0) || (query && p.query.n == 0)) {
		if (node_get(n, name) == NULL)
			diag_error(l->d, n->loc, "'%s' from %s needs the key '%s'", t->what, name, name);
		p.from = -1;
	} else if ((!column && p.column.n > 0) || (!query && p.query.n > 0)) {
		const char *extra = !column && p.column.n > 0 ? "column" : "query";

		diag_error(l->d, node_get(n, extra)->key_loc, "'%s' means nothing with `from: %s`", extra,
		           name);
	}
	*arg = column ? p.column : query ? p.query : sv_of(name);
	return p;
}

static void
updated_load(struct loader *l, void *rec, const struct node *n)
{
	static const enum updated_from kinds[] = {UPDATED_MTIME,    UPDATED_COLUMN, UPDATED_QUERY,
	                                          UPDATED_REPORTED, UPDATED_OTHER,  UPDATED_OTHER,
	                                          UPDATED_OTHER,    UPDATED_OTHER};
	struct asset *as = rec;
	struct probe p = probe_load(l, &updated_table, n, &as->updated_arg);

	if (p.from >= 0)
		as->updated_from = kinds[p.from];
}

static void
version_load(struct loader *l, void *rec, const struct node *n)
{
	static const enum version_from kinds[] = {VERSION_STAT,   VERSION_CONTENT,  VERSION_QUERY,
	                                          VERSION_COLUMN, VERSION_REPORTED, VERSION_OTHER};
	struct asset *as = rec;
	struct probe p = probe_load(l, &version_table, n, &as->version_arg);

	if (p.from >= 0)
		as->version_from = kinds[p.from];
}

/* The table ----------------------------------------------------------------------------------------------------- */

static const struct field csv_fields[] = {
	{"delimiter", "Between fields; default `,`.", .kind = FIELD_TEXT, .load = delimiter_load},
	{"quote", "Around fields; default `\"`.", .kind = FIELD_TEXT, .load = quote_load},
	{"header", "The first line names the columns; default true.", .kind = FIELD_BOOL,
         .at = offsetof(struct csv_format, header)},
	{"null", "Unquoted fields that are null; default the empty one.", .kind = FIELD_TEXT, .texts = true,
         .null_ok = true, .load = null_load},
};
static const struct table csv_table = TABLE("csv", csv_fields);
static const struct field tag_item = {.key = "tag", .doc = "", .kind = FIELD_TEXT, .null_ok = true};

#define FILE_FORMAT(name, title) " " #name
#define FILE_ALIAS(name, format, tabs) " " #name
#define FILE_BARE(name, format)
static const char format_doc[] = "Default by the suffix of the path; else one of:"
#include "catalog/file_formats.def"
				 ".";

#define AT(member) offsetof(struct asset, member)
static const struct field asset_fields[] = {
	{"description", "What it is.", .kind = FIELD_TEXT, .at = AT(description)},
	{"source", "Where it is stored: the name of a source, or a URL.", .kind = FIELD_TEXT,
         .load = source_text},
	{"path",
         "Path or glob of its files, below the source; with partitions a pattern like "
         "`{date:%Y/%m/%d}/{region}.csv`.",
         .kind = FIELD_TEXT, .at = AT(path)},
	{"table", "Its table, where the source is a database.", .kind = FIELD_TEXT, .at = AT(table)},
	{"query", "A query, where the source is a database.", .kind = FIELD_TEXT, .at = AT(query)},
	{"where", "Which rows a partition is: `dt = {date}`.", .kind = FIELD_TEXT, .at = AT(where)},
	{"format", format_doc, .kind = FIELD_TEXT, .at = AT(format)},
	{"csv", "How its CSV is written.", .kind = FIELD_NONE, .table = &csv_table, .at = AT(csv)},
	{"columns", "Columns by name; others are inferred.", .kind = FIELD_NONE, .values = &column_item,
         .null_ok = true, .load = columns_load},
	{"key", "Columns that name a row, in samples of failures and in diffs.", .kind = FIELD_TEXT,
         .texts = true, .load = key_load},
	{"partitions", "Dimensions by name: {every: …} for time windows, or a list of values.",
         .kind = FIELD_NONE, .values = &dim_item, .load = partitions_load},
	{"depends_on", "What it is made from: keys, or maps.", .kind = FIELD_TEXT, .items = &dep_item,
         .load = deps_load},
	{"aliases", "Other names, as other systems call it.", .kind = FIELD_TEXT, .texts = true,
         .at = AT(alias), .at_n = AT(nalias)},
	{"exposed", "Wanted by people: never an `unused` orphan.", .kind = FIELD_BOOL, .at = AT(exposed)},
	{"owners", "Who looks after it.", .kind = FIELD_TEXT, .texts = true, .at = AT(owner),
         .at_n = AT(nowner)},
	{"tags", "Tags by name, or a list of bare ones.", .kind = FIELD_TEXT, .values = &tag_item,
         .items = &tag_item, .load = tags_load},
	{"code_version", "Version of the code that makes it: a change makes it stale.", .kind = FIELD_TEXT,
         .at = AT(code_version)},
	{"updated", "How the time of its last change is found.", .kind = FIELD_NONE, .table = &updated_table,
         .load = updated_load},
	{"version", "How its data version is found.", .kind = FIELD_NONE, .table = &version_table,
         .load = version_load},
	{"freshness", "When it is late.", .kind = FIELD_TEXT, .off = true, .table = &freshness_table,
         .load = freshness_load},
	{"staleness", "When being older than its inputs is a failure.", .kind = FIELD_NONE, .off = true,
         .table = &staleness_table, .load = staleness_load},
	{"gate", "What blocks its makers.", .kind = FIELD_NONE, .table = &gate_table, .load = gate_load},
	{"publish", "Where `weir run` has its output made, before it is checked and moved into place.",
         .kind = FIELD_NONE, .off = true, .table = &publish_table, .load = publish_load},
	{"elsewhere", "The machine of `weir serve` does not see its data, as `elsewhere` of a source says.",
         .kind = FIELD_BOOL, .at = AT(elsewhere)},
	{"schedule", "When `weir serve` checks it by itself.", .kind = FIELD_NONE, .table = &schedule_table,
         .load = schedule_load},
	{"allow_empty", "No rows are fine: leaves out the check that there are some.", .kind = FIELD_BOOL,
         .at = AT(allow_empty)},
	{"quarantine", "Where failing rows are written, of all checks of rows that say nothing else.",
         .kind = FIELD_NONE, .off = true, .table = &quarantine_table, .load = quarantine_load},
	{"lint", "Warnings of `weir validate` about its checks that are not told.", .kind = FIELD_NONE,
         .table = &lint_table, .load = lint_load},
	{"checks", "Checks of its data.", .kind = FIELD_NONE, .items = &check_item, .load = checks_load},
	{"suites",
         "Files with more checks; those of other tools say columns and freshness, too, where the asset does not.",
         .kind = FIELD_TEXT, .texts = true, .load = suites_load},
};
const struct table asset_table = TABLE("an asset", asset_fields);

/* Data ---------------------------------------------------------------------------------------------------------- */

static bool
one_of_path_table_query(struct loader *l, const struct node *n)
{
	static const char *const keys[] = {"path", "table", "query"};
	const char *first = NULL;

	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *kid = node_get(n, keys[i]);

		if (kid == NULL || node_is_off(kid))
			continue;
		if (first != NULL) {
			diag_error(l->d, kid->key_loc, "'%s' cannot stand beside '%s'", keys[i], first);
			return false;
		}
		first = keys[i];
	}
	return true;
}

static const struct source_decl *
source_find(struct loader *l, const struct asset *as, const struct node *n)
{
	if (n == NULL || node_is_off(n)) {
		if (as->table.n > 0 || as->query.n > 0)
			diag_error(l->d, as->data_loc, "a table or query needs a 'source'");
		return as->path.n > 0 ? source_inline(l, (struct sv){0}, as->data_loc) : NULL;
	}
	if (!node_is_scalar(n) || n->text.n == 0 || n->bad)
		return NULL;
	if (url_has_scheme(n->text))
		return source_inline(l, n->text, n->loc);

	const struct source_decl *s = map_get(&l->source, n->text);
	size_t nnames;

	if (s == NULL) {
		const char *const *names = map_names(l->a, &l->source, &nnames);

		diag_error(l->d, n->loc, "there is no source '" SV_FMT "'", SV_ARG(n->text));
		if (sv_nearest(n->text, names, nnames) != NULL)
			diag_suggest(l->d, n->text, names, nnames);
		else
			diag_hint(l->d, "declare it under `sources:`, or write a URL like `file:data`");
	}
	return s;
}

/* Is there something, right or wrong?  What is wrong was told when it was read. */
static bool
given(const struct node *n)
{
	return n != NULL && !node_is_off(n);
}

static void
format_load(struct loader *l, struct asset *as, const struct node *n)
{
	const struct node *written = node_get(n, "format"), *csv = node_get(n, "csv");
	const struct sv name = as->format;
	const struct file_format *f;

	if (name.n == 0 && given(written))
		return;
	f = name.n > 0 ? file_format_find(name) : file_format_of_path(as->path);
	if (f != NULL && f->bare_only)
		f = NULL;
	as->format = f != NULL ? sv_of(f->format) : (struct sv){0};
	if (f != NULL && f->tabs && node_get(csv, "delimiter") == NULL)
		as->csv.delimiter = '\t';
	if (as->format.n > 0)
		return;
	if (written != NULL && written->text.n > 0) {
		diag_error(l->d, written->loc, "no format is called '" SV_FMT "'", SV_ARG(name));
		diag_suggest_all(l->d, name, file_format_names, file_format_name_count);
	} else {
		diag_error(l->d, as->data_loc, "the suffix of '" SV_FMT "' names no format",
		           SV_ARG(as->path));
		diag_hint(l->d, "say it: `format: csv`");
	}
}

static void
file_load(struct loader *l, struct asset *as, const struct node *n)
{
	const struct source_decl *s = as->source;

	if (as->table.n > 0 || as->query.n > 0) {
		diag_error(l->d, as->data_loc,
		           "a table or query needs a database, but the source is of files");
		return;
	}
	as->base_dir = s->path;
	if (as->path.n == 0 && given(node_get(n, "path")))
		return;
	if (as->path.n == 0 && s->name.n == 0) {
		/* `source: "file:x.csv"` is the file itself. */
		const char *slash = strrchr(s->path, '/');

		as->path = sv_of(slash != NULL ? slash + 1 : s->path);
		as->base_dir = fs_dirname(l->a, s->path);
		as->data_loc = node_get(n, "source")->loc;
	}
	if (as->path.n == 0) {
		diag_error(l->d, as->loc, "this asset has a source, but no 'path'");
		diag_hint(l->d, "if nothing of it is stored, write `source: off`");
		return;
	}
	if (url_has_scheme(as->path)) {
		diag_error(l->d, as->data_loc, "'path' is a path, not a URL");
		diag_hint(l->d, "URLs go under 'source'");
		return;
	}
	format_load(l, as, n);
}

static void
data_load(struct loader *l, struct asset *as, const struct node *n)
{
	static const char *const keys[] = {"path", "table", "query"};
	const struct node *source = node_get(n, "source");

	for (size_t i = LEN(keys); i-- > 0;)
		if (node_get(n, keys[i]) != NULL)
			as->data_loc = node_get(n, keys[i])->loc;
	if (!one_of_path_table_query(l, n))
		return;
	as->source = source_find(l, as, source);
	if (as->source == NULL)
		return;
	if (sv_is(as->source->scheme, "file")) {
		file_load(l, as, n);
	} else if (sv_is(as->source->scheme, "sqlite")) {
		as->format = SV("sqlite");
		if (as->path.n > 0)
			diag_error(
				l->d, as->data_loc,
				"'path' is of files, but the source is a database: say 'table' or 'query'");
		else if (!given(node_get(n, "table")) && !given(node_get(n, "query")))
			diag_error(l->d, source->loc, "a database needs 'table' or 'query' beside it");
	} else if (as->source->scheme.n > 0) {
		diag_error(l->d, source->loc, SV_FMT ": is not built yet", SV_ARG(as->source->scheme));
		diag_hint(l->d, "so far data is read from file: and sqlite: sources");
	} else if (node_is_secret(node_get(as->source->node, "url") != NULL
	                                  ? node_get(as->source->node, "url")
	                                  : source)) {
		diag_error(l->d, source->loc, "a source whose URL is a secret is not built yet");
	}
}

/* Can partitions be told apart by the path or the filter? */
static void
patterns_check(struct loader *l, const struct asset *as, const struct node *n)
{
	const struct node *path = node_get(n, "path"), *where = node_get(n, "where");
	bool in_path[PARTITION_DIMS_MAX] = {0}, in_where[PARTITION_DIMS_MAX] = {0};
	const struct node *dims = node_get(n, "partitions");
	bool ok = true;

	/* A dimension that is wrong has been told, and is missing here. */
	if (dims != NULL && dims->n != as->ndim)
		return;
	if (as->path.n > 0 && path != NULL)
		ok = pattern_check(l->a, as, as->path, path->loc, in_path, l->d);
	if (as->where.n > 0)
		ok = pattern_check(l->a, as, as->where, where->loc, in_where, l->d) && ok;
	for (size_t i = 0; ok && as->source != NULL && i < as->ndim; i++)
		if (!in_path[i] && !in_where[i]) {
			diag_error(l->d, as->dim[i].loc,
			           "neither 'path' nor 'where' says which data the dimension '" SV_FMT "' is",
			           SV_ARG(as->dim[i].name));
			diag_hint(l->d,
			          as->path.n > 0 ? "put {" SV_FMT "} into the path"
			                         : "write `where: \"column = {" SV_FMT "}\"`",
			          SV_ARG(as->dim[i].name));
		}
}

/* Keys are paths: what selectors, globs, partitions and check ids use is not for them. */
static void
check_key(struct loader *l, const struct node *n)
{
	struct sv key = n->key;
	struct sv rest = key;
	bool empty_part = key.n == 0 || key.p[key.n - 1] == '/';

	while (rest.n > 0)
		empty_part = sv_cut(&rest, '/').n == 0 || empty_part;
	if (empty_part) {
		diag_error(l->d, n->key_loc, "'" SV_FMT "' is no key: a part of it is empty", SV_ARG(key));
		return;
	}
	for (size_t i = 0; i < key.n; i++) {
		unsigned char c = (unsigned char)key.p[i];

		if (c > ' ' && c != 0x7F && strchr("*?[]{},:|!\"'\\", c) == NULL &&
		    !(c == '+' && (i == 0 || i == key.n - 1)))
			continue;
		diag_error(l->d, n->key_loc,
		           c > ' ' && c != 0x7F
		                   ? "'" SV_FMT "' is no key: it must not hold '%c'"
		                   : "'" SV_FMT "' is no key: it must not hold spaces or control characters",
		           SV_ARG(key), c);
		if (c == '{')
			diag_hint(l->d, "a template says what its braces are: `for: {name: [a, b]}`");
		return;
	}
}

/* Of a source that has a name it is said there, for all that lies in it. */
static void
elsewhere_load(struct loader *l, struct asset *as, const struct node *n)
{
	const struct node *given = node_get(n, "elsewhere"), *source = node_get(n, "source");

	if (given != NULL && !asset_is_stored(as)) {
		diag_error(l->d, given->loc, "'elsewhere' means nothing where no data is");
	} else if (given != NULL && source != NULL && map_has(&l->source, source->text)) {
		diag_error(l->d, given->loc, "'elsewhere' is for the whole source '" SV_FMT "'",
		           SV_ARG(source->text));
		diag_hint(l->d, "write it under `sources:`, beside its `url`");
	}
	as->elsewhere = as->elsewhere || (as->source != NULL && as->source->elsewhere);
}

void
asset_load(struct loader *l, struct asset *as, const struct node *n)
{
	as->key = n->key;
	as->loc = n->key_loc;
	as->node = n;
	as->csv = (struct csv_format){.delimiter = ',', .quote = '"', .header = true};
	as->staleness.fail_after_us = TIME_NONE;
	as->gate.in_progress_expires_us = US_PER_DAY;
	memcpy(as->gate.effect, reason_defaults, sizeof(reason_defaults));
	if (l->c->undecided_allow)
		as->gate.effect[REASON_UNDECIDED] = EFFECT_ALLOW;
	check_key(l, n);
	if (n->kind != NODE_MAP) {
		if (n->kind != NODE_NULL)
			diag_error(l->d, n->loc, "an asset must be a map, not %s", node_kind_name(n->kind));
		return;
	}
	table_load(l, &asset_table, n, as);
	data_load(l, as, n);
	patterns_check(l, as, n);
	publish_finish(l, as);
	if (!quarantine_fits(as->quarantine, as, l->d))
		as->quarantine = NULL;
	as->managed = as->source != NULL && as->source->managed;
	elsewhere_load(l, as, n);
}
