/* The table of importers; from a file to what it became. */
#include "import/importers.h"

#include <stdlib.h>

#include "base/fs.h"
#include "import/internal.h"

enum { TEXT_MAX = 64 << 20 };

/* In the order of asking: the more particular shapes first.  Adding one is its file and a line here. */
const struct importer *const importers[] = {
	&import_gx,           &import_odcs,  &import_dcs,  &import_soda4, &import_sodacl,
	&import_dbt_manifest, &import_deequ, &import_dqdl, &import_dbt,
};
const size_t importer_count = LEN(importers);

const struct importer *
importer_find(struct sv name)
{
	for (size_t i = 0; i < importer_count; i++) {
		const struct importer *im = importers[i];

		if (sv_is(name, im->name))
			return im;
		for (size_t k = 0; k < LEN(im->alias) && im->alias[k] != NULL; k++)
			if (sv_is(name, im->alias[k]))
				return im;
	}
	return NULL;
}

const char *const *
importer_names(struct arena *a, size_t *n)
{
	const char **name = ARENA_ARRAY(a, const char *, importer_count);

	for (size_t i = 0; i < importer_count; i++)
		name[i] = importers[i]->name;
	*n = importer_count;
	return name;
}

const struct importer *
importer_of(const struct node *root)
{
	for (size_t i = 0; i < importer_count; i++)
		if (importers[i]->recognise != NULL && importers[i]->recognise(root))
			return importers[i];
	return NULL;
}

/* The whole ------------------------------------------------------------------------------------------------------- */

static void
refuse_missed(void *ctx, const struct node *missed, const char *near)
{
	struct importing *im = ctx;
	bool key = missed->key.n > 0;

	import_refuse(im, NULL, missed, key ? missed->key_loc : missed->loc, true,
	              key ? missed->key : import_short(im->a, missed),
	              near != NULL ? arena_printf(im->a, "did you mean '%s'?", near) : NULL,
	              "%s is not known here", key ? "this key" : "this");
}

struct sv
import_base_name(struct arena *a, const char *file)
{
	const char *slash = strrchr(file, '/');
	struct sv name = sv_of(slash != NULL ? slash + 1 : file);
	ptrdiff_t dot = sv_find(name, '.');

	if (dot > 0)
		name.n = (size_t)dot;
	return arena_sv(a, name);
}

static struct node
asset_node(struct importing *im, const struct import_asset *as)
{
	struct node ret = as->keys, list = node_of_list(as->loc);

	for (size_t i = 0; i < as->check.n; i++)
		node_append(im->a, &list, &as->check.v[i]);
	for (size_t i = 0; i < im->everywhere.n; i++)
		node_append(im->a, &list, &im->everywhere.v[i]);
	if (list.n > 0)
		node_put(im->a, &ret, SV("checks"), &list);
	return ret;
}

void
importing_read(struct importing *im)
{
	im->importer->read(im, im->root);
	look_missed(im, im->root, refuse_missed, im);
}

static void
finish(struct importing *im, const char *file)
{
	struct node assets = node_of_map(im->root->loc), root = node_of_map(im->root->loc);

	/* What cannot be overlooked needs an asset to stand in. */
	if (im->everywhere.n > 0 && im->asset.n == 0)
		(void)import_asset(im, import_base_name(im->a, file), im->root->loc);
	for (size_t i = 0; i < im->asset.n; i++) {
		struct node as = asset_node(im, im->asset.v[i]);

		node_put(im->a, &assets, im->asset.v[i]->name, &as);
	}
	node_put(im->a, &root, SV("assets"), &assets);
	*im->ret->root = root;
}

static int
note_cmp(const void *x, const void *y)
{
	const struct loc *a = &((const struct note *)x)->loc, *b = &((const struct note *)y)->loc;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->col > b->col) - (a->col < b->col);
}

bool
import_document(struct arena *a, const struct document *doc, const struct import_options *o,
                struct imported *ret, struct diags *d)
{
	struct importing im = {
		.a = a, .d = d, .importer = doc->importer, .o = o, .ret = ret, .root = doc->root};

	if (doc->importer == NULL) {
		diag_error(d, doc->root->loc, "this looks like nothing that can be imported");
		return diag_hint(d, "`weir explain` lists what can be; name the kind that it is"), false;
	}
	*ret = (struct imported){.importer = doc->importer, .root = ARENA_NEW(a, struct node)};
	map_init(&im.seen, a);
	map_init(&im.by_name, a);
	importing_read(&im);
	finish(&im, doc->file);
	if (ret->note.n > 0)
		qsort(ret->note.v, ret->note.n, sizeof(*ret->note.v), note_cmp);
	return true;
}

static const struct importer *
by_text(struct sv text)
{
	for (size_t i = 0; i < importer_count; i++)
		if (importers[i]->recognise_text != NULL && importers[i]->recognise_text(text))
			return importers[i];
	return NULL;
}

static struct node *
parse(struct arena *a, const char *file, struct sv text, struct diags *d)
{
	return sv_ends(sv_of(file), SV(".json")) ? node_parse_json(a, file, text, d)
	                                         : node_parse_foreign_yaml(a, file, text, d);
}

/* An importer of both takes a text that looks like nothing of its own for a tree. */
static bool
is_own_text(const struct importer *im, struct sv text)
{
	return im != NULL && im->recognise_text != NULL &&
	       (im->recognise == NULL || im->recognise_text(text));
}

static bool
is_of_kind(const struct document *doc)
{
	const struct importer *im = doc->importer;

	return is_own_text(im, doc->text) ? im->recognise_text(doc->text) : im->recognise(doc->root);
}

static bool
unknown_kind(struct arena *a, const char *kind, struct diags *d)
{
	size_t n;
	const char *const *names = importer_names(a, &n);

	diag_error(d, NOWHERE, "there is no importer '%s'", kind);
	diag_suggest_all(d, sv_of(kind), names, n);
	return false;
}

bool
document_text(struct arena *a, const char *file, struct sv text, const char *kind, struct document *ret,
              struct diags *d)
{
	const struct loc start = {.file = file, .line = 1, .col = 1};
	struct document doc = {.file = file, .text = text};
	size_t before = d->errors;
	struct node *whole;

	doc.importer = kind != NULL ? importer_find(sv_of(kind)) : by_text(text);
	if (kind != NULL && doc.importer == NULL)
		return unknown_kind(a, kind, d);
	if (is_own_text(doc.importer, text)) {
		whole = ARENA_NEW(a, struct node);
		*whole = node_of_text(text, start);
	} else {
		whole = parse(a, file, text, d);
	}
	if (whole == NULL || d->errors != before)
		return false;
	doc.root = whole;
	if (doc.importer == NULL)
		doc.importer = importer_of(whole);
	if (kind != NULL && !is_of_kind(&doc)) {
		diag_error(d, whole->loc, "this is nothing of %s", doc.importer->title);
		return false;
	}
	*ret = doc;
	return true;
}

bool
document_file(struct arena *a, const char *path, const char *kind, struct document *ret, struct diags *d)
{
	struct err err = {0};
	struct sv text;

	path = arena_str(a, sv_of(path));
	if (fs_read(a, path, TEXT_MAX, &text, &err))
		return document_text(a, path, text, kind, ret, d);
	diag_add_err(d, &err);
	return false;
}

/* Assets by name -------------------------------------------------------------------------------------------------- */

static struct sv
last_part(struct sv name)
{
	for (size_t i = name.n; i > 0; i--)
		if (strchr("./:", name.p[i - 1]) != NULL)
			return sv_skip(name, i);
	return name;
}

/* How well a name fits, 0 = not at all. */
static int
fits(struct sv name, struct sv key)
{
	if (sv_eq(name, key))
		return 4;
	if (sv_ieq(name, key))
		return 3;
	if (sv_eq(last_part(name), last_part(key)))
		return 2;
	return sv_ieq(last_part(name), last_part(key)) ? 1 : 0;
}

/* How well the asset's name, or one of its aliases, fits. */
static int
fits_asset(struct sv name, const struct node *asset)
{
	const struct node *aliases = node_get(asset, "aliases");
	int ret = fits(name, asset->key);

	for (size_t i = 0; aliases != NULL && i < aliases->n; i++)
		ret = MAX(ret, fits(name, aliases->kid[i].text));
	return ret;
}

const struct node *
imported_asset(const struct imported *im, const struct sv *name, size_t n, bool alone)
{
	const struct node *assets = node_get(im->root, "assets"), *best = NULL;
	int how = 0;
	bool tie = false;

	if ((alone || n == 0) && assets->n == 1)
		return &assets->kid[0];
	for (size_t i = 0; i < assets->n; i++)
		for (size_t k = 0; k < n; k++) {
			int f = fits_asset(name[k], &assets->kid[i]);

			if (f > how || (f == how && f > 0 && best != &assets->kid[i])) {
				tie = f == how;
				how = f;
				best = &assets->kid[i];
			}
		}
	return tie ? NULL : best;
}

size_t
imported_count(const struct imported *im, enum grade g)
{
	size_t n = 0;

	for (size_t i = 0; i < im->note.n; i++)
		n += im->note.v[i].grade == g;
	return n;
}
