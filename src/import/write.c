#include "import/write.h"

#include "catalog/yaml_text.h"

enum { LINE_MAX_COLUMNS = 100 };

struct writer {
	struct buf *b;
	struct arena *a;
	const struct document *doc;
	/* Of the original: its lines that are comments and were not written yet. */
	struct sv *comment; /* by line from 1; p NULL = none */
	uint32_t lines;
	uint32_t at; /* the line of what was written last */
};

static void
find_comments(struct writer *w)
{
	struct sv rest = w->doc->text;
	size_t n = 1;

	for (size_t i = 0; i < rest.n; i++)
		n += rest.p[i] == '\n';
	w->comment = ARENA_ARRAY(w->a, struct sv, n + 1);
	/* JSON has none, and texts of importers that read no YAML have their own. */
	if (w->doc->importer->recognise_text != NULL || sv_ends(sv_of(w->doc->file), SV(".json")))
		return;
	while (rest.n > 0) {
		struct sv line = sv_trim(sv_cut(&rest, '\n'));

		w->lines++;
		if (line.n > 0 && line.p[0] == '#' && yaml_can_hold(line))
			w->comment[w->lines] = line;
	}
}

static void
indent(struct writer *w, int depth)
{
	for (int i = 0; i < depth; i++)
		buf_puts(w->b, "  ");
}

static void
put_comments(struct writer *w, uint32_t from, uint32_t to, int depth)
{
	for (uint32_t i = from; i < to && i <= w->lines; i++) {
		if (w->comment[i].p == NULL)
			continue;
		indent(w, depth);
		buf_printf(w->b, SV_FMT "\n", SV_ARG(w->comment[i]));
		w->comment[i] = (struct sv){0};
	}
}

/* Those that stand since what was written last; going back, those right above. */
static void
comments_before(struct writer *w, struct loc at, int depth)
{
	uint32_t from = w->at;

	if (at.line == 0 || at.file == NULL || strcmp(at.file, w->doc->file) != 0)
		return;
	if (at.line <= w->at)
		for (from = at.line; from > 1 && from - 1 <= w->lines && w->comment[from - 1].p != NULL;)
			from--;
	put_comments(w, from, at.line, depth);
	w->at = at.line;
}

/* On one line where it fits, else a line for each kid.  The line has its key already. */
static void
put_value(struct writer *w, const struct node *n, int depth)
{
	AUTO(buf) flow = buf_new(1 << 24);

	node_flow(n, flow);
	if (n->n == 0 || flow->n + 2 * (size_t)depth + n->key.n < LINE_MAX_COLUMNS) {
		buf_printf(w->b, " " SV_FMT "\n", SV_ARG(buf_sv(flow)));
		return;
	}
	buf_putc(w->b, '\n');
	for (size_t i = 0; i < n->n; i++) {
		indent(w, depth);
		if (n->kind == NODE_MAP) {
			yaml_put_key(w->b, n->kid[i].key);
			buf_putc(w->b, ':');
			put_value(w, &n->kid[i], depth + 1);
			continue;
		}
		AUTO(buf) item = buf_new(1 << 24);

		node_flow(&n->kid[i], item);
		buf_printf(w->b, "- " SV_FMT "\n", SV_ARG(buf_sv(item)));
	}
}

static void
put_check(struct writer *w, const struct node *check)
{
	comments_before(w, check->loc, 3);
	for (size_t i = 0; i < check->n; i++) {
		const struct node *kid = &check->kid[i];

		indent(w, 3);
		buf_puts(w->b, i == 0 ? "- " : "  ");
		yaml_put_key(w->b, kid->key);
		buf_putc(w->b, ':');
		put_value(w, kid, 5);
	}
}

static bool
says_where(const struct node *asset)
{
	return node_get(asset, "path") != NULL || node_get(asset, "table") != NULL ||
	       node_get(asset, "query") != NULL || node_get(asset, "source") != NULL;
}

static void
put_asset(struct writer *w, const struct node *asset)
{
	comments_before(w, asset->loc, 1);
	buf_puts(w->b, "  ");
	yaml_put_key(w->b, asset->key);
	buf_puts(w->b, ":\n");
	if (!says_where(asset))
		buf_puts(w->b, "    # path: or source: and table: say where its data is\n");
	for (size_t i = 0; i < asset->n; i++) {
		const struct node *kid = &asset->kid[i];

		indent(w, 2);
		yaml_put_key(w->b, kid->key);
		buf_putc(w->b, ':');
		if (!sv_is(kid->key, "checks")) {
			put_value(w, kid, 3);
			continue;
		}
		buf_putc(w->b, '\n');
		for (size_t k = 0; k < kid->n; k++)
			put_check(w, &kid->kid[k]);
	}
}

static void
put_head(struct writer *w, const struct imported *im)
{
	buf_printf(w->b, "# Imported from %s (%s):", w->doc->file, im->importer->title);
	for (int g = GRADE_EXACT; g <= GRADE_REFUSED; g++)
		buf_printf(w->b, "%s %zu %s", g > 0 ? "," : "", imported_count(im, (enum grade)g),
		           grade_names[g]);
	buf_puts(w->b, ".\nversion: 1\n");
	if (im->sql)
		buf_puts(w->b, "allow_sql: true # some checks are queries\n");
}

void
imported_yaml(const struct imported *im, const struct document *doc, struct buf *b)
{
	AUTO(arena) a = arena_new();
	struct writer w = {.b = b, .a = a, .doc = doc, .at = 1};
	const struct node *assets = node_get(im->root, "assets");

	find_comments(&w);
	put_head(&w, im);
	buf_puts(b, assets->n > 0 ? "assets:\n" : "assets: {}\n");
	for (size_t i = 0; i < assets->n; i++)
		put_asset(&w, &assets->kid[i]);
	put_comments(&w, 1, UINT32_MAX, 0);
}
