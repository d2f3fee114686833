/* The keys of weir.yaml, from the tables that read it: what manual pages are made of. */
#include "catalog/load.h"

struct walk {
	void (*each)(void *ctx, const char *path, const char *takes, const char *doc);
	void *ctx;
	struct buf *path, *takes;
};

static void walk_table(struct walk *w, const struct table *t);

static void
takes(struct walk *w, const char *word)
{
	buf_printf(w->takes, "%s%s", w->takes->n > 0 ? ", " : "", word);
}

static void
describe(struct walk *w, const struct field *f)
{
	static const char *const words[] = {
		[FIELD_TEXT] = "text",      [FIELD_BOOL] = "true or false", [FIELD_INT] = "whole number",
		[FIELD_REAL] = "number",    [FIELD_DURATION] = "duration",  [FIELD_SIZE] = "size",
		[FIELD_ZONE] = "time zone", [FIELD_ANY] = "any value"};

	buf_clear(w->takes);
	if (f->required)
		takes(w, "required");
	for (size_t i = 0; f->kind == FIELD_ENUM && f->names[i] != NULL; i++)
		takes(w, f->names[i]);
	if (f->kind != FIELD_NONE && f->kind != FIELD_ENUM)
		takes(w, words[f->kind]);
	if (f->texts || f->items != NULL)
		takes(w, "list");
	if (f->table != NULL || f->values != NULL)
		takes(w, "map");
	if (f->off)
		takes(w, "off");
}

/* What stands below a key; a list's items and a map's free keys get a word of their own in the path. */
static void
walk_below(struct walk *w, const struct field *f)
{
	size_t n = w->path->n;

	if (f->table != NULL)
		walk_table(w, f->table);
	if (f->values != NULL) {
		buf_puts(w->path, ".NAME");
		walk_below(w, f->values);
		w->path->n = n;
	}
	if (f->items != NULL) {
		buf_puts(w->path, "[]");
		walk_below(w, f->items);
		w->path->n = n;
	}
	w->path->p[n] = '\0';
}

static void
walk_table(struct walk *w, const struct table *t)
{
	size_t n = w->path->n;

	/* Tables that stand in themselves: environments hold a whole catalog, defaults parts of assets. */
	if (n > 0 && (t == &top_table || (t == &asset_table && strncmp(buf_str(w->path), "assets", 6) != 0)))
		return;
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->field[i];

		buf_printf(w->path, "%s%s", n > 0 ? "." : "", f->key);
		describe(w, f);
		w->each(w->ctx, buf_str(w->path), buf_str(w->takes), f->doc);
		walk_below(w, f);
		w->path->n = n;
		w->path->p[n] = '\0';
	}
}

void
catalog_keys_each(void (*each)(void *ctx, const char *path, const char *takes, const char *doc), void *ctx)
{
	AUTO(buf) path = buf_new(1 << 12);
	AUTO(buf) words = buf_new(1 << 12);
	struct walk w = {.each = each, .ctx = ctx, .path = path, .takes = words};

	walk_table(&w, &top_table);
}
