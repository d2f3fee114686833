/*
 * Suites: files of checks for any asset.
 *
 * weir's own have a top-level list `checks:`; all others come through their importers, as a tree whose assets have checks.  Mistakes in one
 * check are that check's error; only a file that is no suite at all is refused.
 */
#include "expect/suite.h"

#include "base/fs.h"
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

static void
load_imported(struct check_list *l, const struct imported *im, const struct sv *want, size_t nwant,
              bool alone, struct loc at)
{
	const struct node *asset = imported_asset(im, want, nwant, alone), *list, *fresh;

	if (asset == NULL) {
		none_fits(im, at, want, nwant, l->d);
		return;
	}
	list = node_get(asset, "checks");
	fresh = node_get(asset, "freshness");
	l->args.params = im->params;
	for (size_t i = 0; list != NULL && i < list->n; i++)
		suite_add_imported(l, &list->kid[i]);
	if (fresh == NULL)
		return;
	diag_warning(l->d, fresh->loc, "how fresh the data must be is not checked by a suite");
	diag_hint(l->d, "import the file under `catalog:`, or write `freshness:` for the asset");
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
load_foreign(struct check_list *l, const struct suite_options *o, const struct document *doc, struct sv *name)
{
	const struct import_options io = {.var = NULL};
	struct sv want[WANTED_MAX] = {o->table.n > 0 ? o->table : o->likely};
	size_t n = want[0].n > 0 ? 1 : names_of(l->asset, want);
	struct imported im;

	if (!import_document(l->args.a, doc, &io, &im, l->d))
		return false;
	if (im.name.n > 0)
		*name = im.name;
	/* Who names a file of one table means that one, whatever it is called. */
	load_imported(l, &im, want, n, o->table.n == 0, (struct loc){.file = doc->file});
	return true;
}

static bool
load_file(struct check_list *l, const struct suite_options *o, struct sv *name)
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
	if (doc.importer != NULL ? load_foreign(l, o, &doc, name) : load_own(l, doc.root, own, name))
		return l->d->errors == before;
	return false;
}

void
suite_add(struct check_list *l, const struct node *path)
{
	struct check_list own = *l;
	struct suite_options o = {.kind = NULL};
	struct sv text, name = {0};

	if (!node_text(path, &text, l->d))
		return;
	o.path = fs_join(l->args.a, path->loc.file != NULL ? fs_dirname(l->args.a, path->loc.file) : ".",
	                 text);
	if (!fs_exists(o.path)) {
		diag_error(l->d, path->loc, "there is no suite '" SV_FMT "'", SV_ARG(text));
		return;
	}
	own.imported = true;
	own.column = (struct sv){0};
	(void)load_file(&own, &o, &name);
	l->out.v = own.out.v;
	l->out.n = own.out.n;
	l->out.cap = own.out.cap;
}

bool
suite_load(struct arena *a, const struct suite_options *o, struct checks *ret, struct sv *suite_name,
           struct diags *d)
{
	struct check_list l = {
		.args = {.a = a, .now_us = o->now_us}, .asset = o->asset, .imported = true, .d = d};
	const char *slash = strrchr(o->path, '/');
	struct sv name = sv_of(slash != NULL ? slash + 1 : o->path);
	const char *dot = memchr(name.p, '.', name.n);

	/* A suite without a name is called as its file. */
	if (dot != NULL && dot > name.p)
		name.n = (size_t)(dot - name.p);
	name = arena_sv(a, name);
	if (!load_file(&l, o, &name))
		return false;
	check_list_finish(&l, ret);
	*suite_name = name;
	return true;
}
