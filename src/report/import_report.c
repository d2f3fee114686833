#include "report/import_report.h"

#include "config.h"
#include "report/text.h"

/* Text ------------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *title, *colour;
} grades[] = {
	[GRADE_EXACT] = {"exact: the same verdicts", "32"},
	[GRADE_APPROXIMATED] = {"approximated: checked, and verdicts may differ", "33"},
	[GRADE_AMBIGUOUS] = {"ambiguous: one reading was chosen", "33"},
	[GRADE_REFUSED] = {"refused: not imported", "31"},
};

/* A short item is on one line with what it became; a report of so many ends with its sums. */
enum { LINE_MAX_COLUMNS = 110, LONG_REPORT = 40 };

static void
put_line(struct buf *b, int indent, const char *before, struct sv text)
{
	if (text.n == 0)
		return;
	buf_printf(b, "%*s%s", indent, "", before);
	text_plain(b, text);
	buf_putc(b, '\n');
}

/* The place and what stands there; then what it became. */
static void
put_thing(const struct note *n, int indent, const struct report_style *s, struct buf *b)
{
	const char *arrow = s->unicode ? "→ " : "-> ";
	const size_t begin = b->n;

	buf_printf(b, "%*s%u:%u  ", indent, "", n->loc.line, n->loc.col);
	if (n->asset.n > 0) {
		text_plain(b, n->asset);
		buf_puts(b, ": ");
	}
	text_plain(b, n->what);
	if (n->became.n > 0 && b->n - begin + n->became.n + 3 <= LINE_MAX_COLUMNS) {
		buf_printf(b, " %s", arrow);
		text_plain(b, n->became);
		buf_putc(b, '\n');
		return;
	}
	buf_putc(b, '\n');
	put_line(b, indent + 4, arrow, n->became);
}

static bool
same_reason(const struct note *x, const struct note *y)
{
	return x->grade == y->grade && x->why.n > 0 && sv_eq(x->why, y->why) && sv_eq(x->remedy, y->remedy);
}

/* How many notes say why in the same words, and whether this one is the first of them. */
static size_t
count_alike(const struct imported *im, size_t i, bool *first)
{
	size_t ret = 0;

	*first = true;
	for (size_t k = 0; k < im->note.n; k++) {
		if (k != i && !same_reason(&im->note.v[k], &im->note.v[i]))
			continue;
		ret++;
		*first = *first && k >= i;
	}
	return ret;
}

/* What many have in common is said once, above them. */
static void
put_alike(const struct imported *im, size_t i, size_t n, const struct report_style *s, struct buf *b)
{
	const struct note *v = im->note.v;

	buf_printf(b, "  %zu %s ", n, s->unicode ? "×" : "x");
	text_plain(b, v[i].why);
	buf_putc(b, '\n');
	put_line(b, 6, "hint: ", v[i].remedy);
	for (size_t k = i; k < im->note.n; k++)
		if (k == i || same_reason(&v[k], &v[i]))
			put_thing(&v[k], 6, s, b);
}

static void
put_grade(const struct imported *im, enum grade g, const struct report_style *s, struct buf *b)
{
	buf_putc(b, '\n');
	text_coloured(s, b, grades[g].colour, sv_of(grades[g].title));
	buf_putc(b, '\n');
	for (size_t i = 0; i < im->note.n; i++) {
		const struct note *n = &im->note.v[i];
		bool first = true;
		size_t alike;

		if (n->grade != g)
			continue;
		alike = g == GRADE_EXACT ? 1 : count_alike(im, i, &first);
		if (alike > 2 && first) {
			put_alike(im, i, alike, s, b);
		} else if (alike <= 2) {
			put_thing(n, 2, s, b);
			put_line(b, 6, "", n->why);
			put_line(b, 6, "hint: ", n->remedy);
		}
	}
}

static void
put_sums(const struct imported *im, const char *file, const struct report_style *s, struct buf *b)
{
	text_coloured(s, b, "1", sv_of(file));
	buf_printf(b, ": %s;", im->importer->title);
	for (int g = GRADE_EXACT; g <= GRADE_REFUSED; g++)
		buf_printf(b, "%s %zu %s", g > 0 ? "," : "", imported_count(im, (enum grade)g),
		           grade_names[g]);
	buf_putc(b, '\n');
}

/* The worst first: what is left to do. */
void
import_report_text(const struct imported *im, const char *file, const struct report_style *s, struct buf *b)
{
	put_sums(im, file, s, b);
	for (int g = GRADE_REFUSED; g >= GRADE_EXACT; g--)
		if (imported_count(im, (enum grade)g) > 0)
			put_grade(im, (enum grade)g, s, b);
	if (im->note.n > LONG_REPORT) {
		buf_putc(b, '\n');
		put_sums(im, file, s, b);
	}
}

/* JSON; the schema `import` in json_schema.c describes it. --------------------------------------------------------- */

static void
put_place(struct json_writer *w, const struct loc *at)
{
	json_key(w, "place");
	json_object_inline(w);
	json_put_str(w, "file", at->file != NULL ? at->file : "");
	json_put_i64(w, "line", at->line);
	json_put_i64(w, "column", at->col);
	json_object_end(w);
}

static void
put_notes(struct json_writer *w, const struct imported *im)
{
	json_key(w, "notes");
	json_array(w);
	for (size_t i = 0; i < im->note.n; i++) {
		const struct note *n = &im->note.v[i];

		json_object(w);
		json_put_str(w, "grade", grade_names[n->grade]);
		json_put_sv(w, "asset", n->asset);
		json_put_sv(w, "what", n->what);
		json_put_sv(w, "became", n->became);
		json_put_sv(w, "why", n->why);
		json_put_sv(w, "remedy", n->remedy);
		put_place(w, &n->loc);
		json_object_end(w);
	}
	json_array_end(w);
}

void
import_report_json(const struct imported *im, const char *file, struct buf *b)
{
	struct json_writer w;

	json_write_init(&w, b, 2);
	json_object(&w);
	json_put_str(&w, "weir", PACKAGE_VERSION);
	json_put_str(&w, "kind", im->importer->name);
	json_put_str(&w, "file", file);
	json_put_sv(&w, "suite", im->name);
	json_key(&w, "summary");
	json_object_inline(&w);
	for (int g = GRADE_EXACT; g <= GRADE_REFUSED; g++)
		json_put_i64(&w, grade_names[g], (int64_t)imported_count(im, (enum grade)g));
	json_object_end(&w);
	put_notes(&w, im);
	json_key(&w, "catalog");
	node_to_json(im->root, &w);
	json_object_end(&w);
	buf_putc(b, '\n');
}
