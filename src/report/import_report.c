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

static void
put_line(struct buf *b, const char *before, struct sv text)
{
	if (text.n == 0)
		return;
	buf_puts(b, before);
	text_plain(b, text);
	buf_putc(b, '\n');
}

static void
put_note(const struct note *n, const struct report_style *s, struct buf *b)
{
	buf_printf(b, "  %u:%u  ", n->loc.line, n->loc.col);
	if (n->asset.n > 0) {
		text_plain(b, n->asset);
		buf_puts(b, ": ");
	}
	text_plain(b, n->what);
	buf_putc(b, '\n');
	put_line(b, s->unicode ? "      → " : "      -> ", n->became);
	put_line(b, "      ", n->why);
	put_line(b, "      hint: ", n->remedy);
}

/* The worst first: what is left to do. */
void
import_report_text(const struct imported *im, const char *file, const struct report_style *s, struct buf *b)
{
	text_coloured(s, b, "1", sv_of(file));
	buf_printf(b, ": %s;", im->importer->title);
	for (int g = GRADE_EXACT; g <= GRADE_REFUSED; g++)
		buf_printf(b, "%s %zu %s", g > 0 ? "," : "", imported_count(im, (enum grade)g),
		           grade_names[g]);
	buf_putc(b, '\n');
	for (int g = GRADE_REFUSED; g >= GRADE_EXACT; g--) {
		if (imported_count(im, (enum grade)g) == 0)
			continue;
		buf_putc(b, '\n');
		text_coloured(s, b, grades[g].colour, sv_of(grades[g].title));
		buf_putc(b, '\n');
		for (size_t i = 0; i < im->note.n; i++)
			if ((int)im->note.v[i].grade == g)
				put_note(&im->note.v[i], s, b);
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
