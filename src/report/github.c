/*
 * Workflow commands of GitHub Actions: findings as annotations at the lines of the catalog.
 *
 *	::error file=weir.yaml,line=9,col=9,title=raw/orders not_null%3Aid::3 of 10000 values are null
 *
 * GitHub shows ten errors and ten warnings of a step: the worst come first, and the last one says how many more there are.
 */
#include <stdio.h>

#include "report/escape.h"
#include "report/view.h"

enum { SHOWN = 10 };

static void
put_property(struct buf *b, const char *name, struct sv text, bool *any)
{
	buf_puts(b, *any ? "," : " ");
	*any = true;
	buf_puts(b, name);
	buf_putc(b, '=');
	escape_github_property(b, text);
}

static void
put_number(struct buf *b, const char *name, uint32_t n, bool *any)
{
	char text[16];

	if (n == 0)
		return;
	(void)snprintf(text, sizeof(text), "%u", n);
	put_property(b, name, sv_of(text), any);
}

static void
put_line(struct buf *b, struct sv text)
{
	if (text.n == 0)
		return;
	/* The one line end in the message that is ours. */
	buf_puts(b, "%0A");
	escape_github(b, text);
}

static void
put_finding(struct buf *b, const char *level, const struct finding *f)
{
	AUTO(arena) a = arena_new();
	bool any = false;

	buf_printf(b, "::%s", level);
	if (f->loc.file != NULL) {
		put_property(b, "file", sv_of(f->loc.file), &any);
		put_number(b, "line", f->loc.line, &any);
		put_number(b, "col", f->loc.col, &any);
	}
	put_property(b, "title", arena_svf(a, SV_FMT " " SV_FMT, SV_ARG(f->title), SV_ARG(f->label)), &any);
	buf_puts(b, "::");
	escape_github(b, f->message);
	put_line(b, f->waived);
	put_line(b, f->hint);
	if (f->check != NULL) {
		struct sample sample = view_sample(a, f->check, SAMPLE_ROWS);

		for (size_t i = 0; i < sample.n; i++) {
			AUTO(buf) row = buf_new(1 << 20);

			view_row(row, &sample.row[i]);
			put_line(b, buf_sv(row));
		}
	}
	buf_putc(b, '\n');
}

/* Those of one level: all, or nine and how many more. */
static void
put_level(struct buf *b, const char *level, const struct finding *f, size_t n)
{
	size_t shown = n > SHOWN ? SHOWN - 1 : n;

	for (size_t i = 0; i < shown; i++)
		put_finding(b, level, &f[i]);
	if (n > shown)
		buf_printf(b,
		           "::%s title=weir::%zu more like these: the log and the report show all of them\n",
		           level, n - shown);
}

static bool
write_github(const struct report *r, const struct report_style *s UNUSED, struct buf *b, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct finding *f;
	size_t n, errors = 0;

	f = view_findings(a, r, &n);
	while (errors < n && f[errors].outcome != OUTCOME_WARN)
		errors++;
	put_level(b, "error", f, errors);
	put_level(b, "warning", f + errors, n - errors);
	buf_puts(b, "weir: ");
	view_headline(b, r);
	buf_putc(b, '\n');
	return buf_check(b, "the report", err);
}

const struct report_format report_github = {
	.name = "github",
	.doc = "Annotations of GitHub Actions: at most 10 errors and 10 warnings, the worst first.",
	.write = write_github,
};
