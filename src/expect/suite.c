/*
 * Suites: files of checks for any asset.
 *
 * weir's own have a top-level list `checks:`; all others come through their importers, as a tree whose assets have checks.  Mistakes in one
 * check are that check's error; only a file that is no suite at all is refused.
 */
#include "expect/suite.h"

#include "base/fs.h"
#include "base/tz.h"
#include "expect/family.h"
#include "import/import.h"

/* Names by which an asset may be called in other tools' files. */
enum { WANTED_MAX = 64 };

static const struct node *
not_null(const struct node *n)
{
	return n != NULL && n->kind != NODE_NULL ? n : NULL;
}

static bool
is_weir(const struct node *top)
{
	const struct node *n = node_get(top, "checks");

	return n != NULL && n->kind == NODE_SEQ;
}

static void
load_weir(struct check_list *l, const struct node *top, struct sv *name)
{
	static const char *const keys[] = {"version", "name", "description", "suite_parameters", "checks"};
	const struct node *list = node_get(top, "checks"), *called = node_get(top, "name");

	if (called != NULL && called->kind == NODE_TEXT)
		*name = called->text;
	l->args.params = not_null(node_get(top, "suite_parameters"));
	for (size_t i = 0; i < top->n; i++) {
		const struct node *kid = &top->kid[i];
		size_t k = 0;

		while (k < LEN(keys) && !sv_is(kid->key, keys[k]))
			k++;
		if (k < LEN(keys))
			continue;
		diag_error(l->d, kid->key_loc, "a suite has no key '" SV_FMT "'", SV_ARG(kid->key));
		diag_suggest(l->d, kid->key, keys, LEN(keys));
	}
	for (size_t i = 0; i < list->n; i++)
		check_add_node(l, &list->kid[i]);
}

/* Imported -------------------------------------------------------------------------------------------------------- */

void
suite_add_imported(struct check_list *l, const struct node *check)
{
	struct spec s = {.name = check->kid[0].key, .loc = check->loc, .args = &check->kid[0]};

	for (size_t i = 1; i < check->n; i++) {
		int common = common_find(check->kid[i].key);

		if (common >= 0)
			s.common[common] = not_null(&check->kid[i]);
	}
	check_add(l, &s);
}

static size_t
names_of(const struct asset *asset, struct sv *ret)
{
	size_t n = 0;

	if (asset == NULL)
		return 0;
	ret[n++] = asset->key;
	if (asset->table.n > 0)
		ret[n++] = asset->table;
	for (size_t i = 0; i < asset->nalias && n < WANTED_MAX; i++)
		ret[n++] = asset->alias[i];
	return n;
}

static void
none_fits(const struct imported *im, struct loc at, const struct sv *name, size_t n, struct diags *d)
{
	const struct node *assets = node_get(im->root, "assets");
	AUTO(buf) b = buf_new(1 << 10);

	for (size_t i = 0; i < assets->n; i++)
		buf_printf(b, "%s" SV_FMT, i > 0 ? ", " : "", SV_ARG(assets->kid[i].key));
	if (n == 0)
		diag_error(d, at, "this file has checks for %zu tables, and none is chosen", assets->n);
	else
		diag_error(d, at, "this file has no checks for '" SV_FMT "'", SV_ARG(name[0]));
	if (b->n > 0)
		diag_hint(d, "It has some for %s.", buf_str(b));
}

/* {count: 12, period: hour}, or a length of time itself; empty if it is not said. */
static struct sv
limit_of(struct arena *a, const struct node *fresh, const char *key)
{
	const struct node *n = node_get(fresh, key), *period = node_get(n, "period");

	if (n == NULL || n->kind == NODE_SEQ ||
	    (n->kind == NODE_MAP && (period == NULL || period->text.n == 0)))
		return (struct sv){0};
	return n->kind == NODE_MAP
	               ? arena_svf(a, SV_FMT "%c", SV_ARG(node_get(n, "count")->text), period->text.p[0])
	               : n->text;
}

/* A policy on a column's newest value, as a check of a source that has no policy. */
static bool
add_recent(struct check_list *l, const struct node *fresh, const struct node *updated)
{
	struct arena *a = l->args.a;
	const struct node *column = node_get(updated, "column");
	const struct sv age = limit_of(a, fresh, "max_age"), error = limit_of(a, fresh, "error_after");
	const struct sv warn = limit_of(a, fresh, "warn_after"), within = age.n > 0 ? age : error;
	struct node args = node_of_map(fresh->loc), check = args;

	if (column == NULL || (within.n == 0 && warn.n == 0))
		return false;
	node_put(a, &args, SV("column"), column);
	if (within.n > 0 && warn.n == 0)
		node_put_text(a, &args, "within", within, fresh->loc);
	node_put(a, &check, SV("recent"), &args);
	if (warn.n > 0)
		node_put_text(a, &check, "warn", arena_svf(a, "> " SV_FMT, SV_ARG(warn)), fresh->loc);
	if (within.n > 0 && warn.n > 0)
		node_put_text(a, &check, "fail", arena_svf(a, "> " SV_FMT, SV_ARG(within)), fresh->loc);
	suite_add_imported(l, &check);
	return true;
}

/* What an asset of the catalog takes as its own (suite_definition), a bare source has nowhere else. */
static void
add_definition(struct check_list *l, const struct node *asset, struct suite *ret)
{
	const struct node *fresh = node_get(asset, "freshness"), *columns = node_get(asset, "columns");

	if (columns != NULL && columns->kind == NODE_MAP)
		columns_read(l->args.a, columns, tz_utc, &ret->column, &ret->ncolumn, l->d);
	for (size_t i = 0; i < ret->ncolumn; i++)
		if (ret->column[i].type.kind != TYPE_ANY)
			check_add_implicit(l, &expect_fits_type, ret->column[i].name, ret->column[i].loc);
	if (fresh == NULL || add_recent(l, fresh, node_get(asset, "updated")))
		return;
	diag_warning(l->d, fresh->loc, "how fresh the data must be is not checked on a bare source");
	diag_hint(l->d, "name the file under `suites:` of an asset, or under `catalog:`");
}

/* bare: NULL where an asset of the catalog has the suite. */
static void
load_imported(struct check_list *l, const struct imported *im, const struct sv *want, size_t nwant,
              bool alone, struct loc at, struct suite *bare)
{
	const struct node *asset = imported_asset(im, want, nwant, alone), *list;

	if (asset == NULL) {
		none_fits(im, at, want, nwant, l->d);
		return;
	}
	list = node_get(asset, "checks");
	l->args.params = im->params;
	for (size_t i = 0; list != NULL && i < list->n; i++)
		suite_add_imported(l, &list->kid[i]);
	if (bare != NULL)
		add_definition(l, asset, bare);
}

static bool
unknown_kind(struct check_list *l, const char *kind)
{
	size_t n;
	const char *const *known = importer_names(l->args.a, &n);
	const char **names = ARENA_ARRAY(l->args.a, const char *, n + 1);

	memcpy(names, known, n * sizeof(*names));
	names[n] = "weir";
	diag_error(l->d, NOWHERE, "unknown kind of suite '%s'", kind);
	diag_suggest_all(l->d, sv_of(kind), names, n + 1);
	return false;
}

static bool
load_own(struct check_list *l, const struct node *top, bool told, struct sv *name)
{
	if (is_weir(top)) {
		load_weir(l, top, name);
		return true;
	}
	diag_error(l->d, top->loc, told ? "this is no weir suite" : "this is no suite that weir knows");
	if (!told)
		diag_hint(l->d, "A suite has a top-level list `checks:` (weir), or is of a kind that `weir "
		                "explain` lists.");
	return false;
}

static bool
load_foreign(struct check_list *l, const struct suite_options *o, const struct document *doc,
             struct suite *ret)
{
	const struct import_options io = {.var = NULL};
	struct sv want[WANTED_MAX] = {o->table.n > 0 ? o->table : o->likely};
	size_t n = want[0].n > 0 ? 1 : names_of(l->asset, want);
	struct imported im;

	if (!import_document(l->args.a, doc, &io, &im, l->d))
		return false;
	if (im.name.n > 0)
		ret->name = im.name;
	/* Who names a file of one table means that one, whatever it is called. */
	load_imported(l, &im, want, n, o->table.n == 0, (struct loc){.file = doc->file},
	              l->asset == NULL ? ret : NULL);
	return true;
}

static bool
load_file(struct check_list *l, const struct suite_options *o, struct suite *ret)
{
	const bool own = o->kind != NULL && strcmp(o->kind, "weir") == 0;
	size_t before = l->d->errors;
	struct document doc = {.file = o->path};

	if (own) {
		if ((doc.root = node_parse_file(l->args.a, o->path, l->d)) == NULL)
			return false;
	} else if (o->kind != NULL && importer_find(sv_of(o->kind)) == NULL) {
		return unknown_kind(l, o->kind);
	} else if (!document_file(l->args.a, o->path, o->kind, &doc, l->d)) {
		return false;
	}
	if (doc.importer != NULL ? load_foreign(l, o, &doc, ret) : load_own(l, doc.root, own, &ret->name))
		return l->d->errors == before;
	return false;
}

void
suite_add(struct check_list *l, const struct node *path)
{
	struct check_list own = *l;
	struct suite_options o = {.kind = NULL};
	struct suite suite = {.name = {0}};
	struct sv text;

	if (!node_text(path, &text, l->d))
		return;
	o.path = fs_join(l->args.a, path->loc.file != NULL ? fs_dirname(l->args.a, path->loc.file) : ".",
	                 text);
	if (!fs_exists(o.path)) {
		diag_error(l->d, path->loc, "there is no suite '" SV_FMT "'", SV_ARG(text));
		return;
	}
	own.imported = true;
	own.args.foreign = true;
	own.column = (struct sv){0};
	(void)load_file(&own, &o, &suite);
	l->out.v = own.out.v;
	l->out.n = own.out.n;
	l->out.cap = own.out.cap;
}

bool
suite_load(struct arena *a, const struct suite_options *o, struct suite *ret, struct diags *d)
{
	struct check_list l = {
		.args = {.a = a, .now_us = o->now_us}, .asset = o->asset, .imported = true, .d = d};
	const char *slash = strrchr(o->path, '/');
	struct suite suite = {.name = sv_of(slash != NULL ? slash + 1 : o->path)};
	const char *dot = memchr(suite.name.p, '.', suite.name.n);

	/* A suite without a name is called as its file. */
	if (dot != NULL && dot > suite.name.p)
		suite.name.n = (size_t)(dot - suite.name.p);
	suite.name = arena_sv(a, suite.name);
	if (!load_file(&l, o, &suite))
		return false;
	check_list_finish(&l, &suite.checks);
	*ret = suite;
	return true;
}

/* Definitions ------------------------------------------------------------------------------------------------------ */

/* The file as its importer has it; NULL if it is none of another tool, or cannot be read. */
static const struct imported *
read_once(struct arena *a, const char *path, struct map *read)
{
	const struct import_options io = {.var = NULL};
	struct map_entry *e = map_put(read, sv_of(arena_str(a, sv_of(path))));
	struct imported *im = e->value;
	struct document doc;
	struct diags d;

	if (im == NULL) {
		e->value = im = ARENA_NEW(a, struct imported);
		diags_init(&d, a);
		if (!document_file(a, path, NULL, &doc, &d) || doc.importer == NULL ||
		    !import_document(a, &doc, &io, im, &d))
			*im = (struct imported){.root = NULL};
	}
	return im->root != NULL ? im : NULL;
}

const struct node *
suite_definition(struct arena *a, const char *path, const struct node *asset, struct map *read)
{
	const struct imported *im = fs_exists(path) ? read_once(a, path, read) : NULL;
	struct sv name[WANTED_MAX] = {asset->key};
	const struct node *table = node_get(asset, "table"), *aliases = node_get(asset, "aliases");
	size_t n = 1;

	if (im == NULL)
		return NULL;
	if (table != NULL && table->kind == NODE_TEXT)
		name[n++] = table->text;
	if (aliases != NULL && aliases->kind == NODE_TEXT)
		name[n++] = aliases->text;
	for (size_t i = 0; aliases != NULL && aliases->kind == NODE_SEQ && i < aliases->n && n < WANTED_MAX;
	     i++)
		name[n++] = aliases->kid[i].text;
	return imported_asset(im, name, n, true);
}
