/*
 * Diagnostics on a terminal:
 *
 *	weir.yaml:12:9: error: unknown key 'colum'
 *	        colum: id
 *	        ^~~~~
 *	  hint: did you mean 'column'?
 *
 * What concerns two places tells the other one before the hint: `  weir.yaml:9:9: note: …`.
 */
#include "base/diag.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/utf8.h"

enum {
	SOURCE_MAX = 16 << 20, /* excerpts of larger files are not worth the memory */
	SHOWN_MAX = 160,       /* columns of a source line that are shown */
};

struct printer {
	FILE *out;
	bool colour;
	/* The file read last: diagnostics come sorted by file. */
	struct arena *a;
	const char *file;
	struct sv source; /* p is NULL if the file cannot be read */
};

static const char *
esc(const struct printer *p, const char *sequence)
{
	return p->colour ? sequence : "";
}

static struct sv
source_line(struct printer *p, const char *file, uint32_t line)
{
	if (p->file == NULL || strcmp(p->file, file) != 0) {
		arena_reset(p->a);
		p->file = file;
		p->source = (struct sv){0};
		/* Without the file there is no excerpt, and the message stands for itself. */
		if (!fs_read(p->a, file, SOURCE_MAX, &p->source, NULL))
			p->source = (struct sv){0};
	}

	struct sv rest = p->source, text = {0};

	for (uint32_t i = 0; i < line; i++) {
		if (rest.n == 0)
			return (struct sv){0};
		text = sv_cut(&rest, '\n');
	}
	return sv_ends(text, SV("\r")) ? (struct sv){text.p, text.n - 1} : text;
}

/* Prints a text with control characters and bytes that are not UTF-8 as '?', and tabs as one space. */
static void
print_clean(FILE *out, struct sv s)
{
	while (s.n > 0) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);

		if (c == '\t')
			fputc(' ', out);
		else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || UTF8_IS_BAD(c))
			fputc('?', out);
		else
			fwrite(s.p, 1, n, out);
		s = sv_skip(s, n);
	}
}

/* The first n bytes of s, less a character that would be cut. */
static struct sv
head(struct sv s, size_t n)
{
	if (n >= s.n)
		return s;
	while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return (struct sv){s.p, n};
}

static void
repeat(FILE *out, char c, int n)
{
	for (int i = 0; i < n; i++)
		fputc(c, out);
}

/* The source line and, below it, the caret: in columns of the terminal, where bytes and columns differ. */
static void
print_excerpt(struct printer *p, const struct loc *at)
{
	struct sv line = source_line(p, at->file, at->line);

	if (line.p == NULL)
		return;

	struct sv shown = head(line, SHOWN_MAX);

	print_clean(p->out, shown);
	fputs(shown.n < line.n ? "...\n" : "\n", p->out);
	/* One past the end is a place too: where something is missing. */
	if (at->col == 0 || at->col - 1 > shown.n)
		return;

	struct sv before = head(line, at->col - 1), marked = head(sv_skip(line, before.n), at->len);

	marked.n = MIN(marked.n, shown.n - before.n);
	repeat(p->out, ' ', sv_width(before));
	fprintf(p->out, "%s^", esc(p, "\033[1;32m"));
	repeat(p->out, '~', sv_width(marked) - 1);
	fprintf(p->out, "%s\n", esc(p, "\033[0m"));
}

static void
print_place(const struct printer *p, const struct loc *at)
{
	if (at->file == NULL) {
		fputs("weir: ", p->out); /* as errors without a place are told elsewhere */
		return;
	}
	fputs(esc(p, "\033[1m"), p->out);
	print_clean(p->out, sv_of(at->file));
	if (at->line > 0)
		fprintf(p->out, ":%u", at->line);
	if (at->line > 0 && at->col > 0)
		fprintf(p->out, ":%u", at->col);
	fprintf(p->out, ":%s ", esc(p, "\033[0m"));
}

/* The other place: as the first one, a step to the right. */
static void
print_note(struct printer *p, const struct diag *d)
{
	fputs("  ", p->out);
	print_place(p, &d->also);
	fprintf(p->out, "%snote:%s ", esc(p, "\033[1;36m"), esc(p, "\033[0m"));
	print_clean(p->out, sv_of(d->note));
	fputc('\n', p->out);
}

static void
print_one(struct printer *p, const struct diag *d)
{
	bool error = d->level == DIAG_ERROR;

	print_place(p, &d->loc);
	fprintf(p->out, "%s%s:%s ", esc(p, error ? "\033[1;31m" : "\033[1;35m"), error ? "error" : "warning",
	        esc(p, "\033[0m"));
	print_clean(p->out, sv_of(d->msg));
	if (d->code != NULL)
		fprintf(p->out, " [%s]", d->code);
	fputc('\n', p->out);
	if (d->loc.file != NULL && d->loc.line > 0)
		print_excerpt(p, &d->loc);
	if (d->note != NULL)
		print_note(p, d);
	if (d->hint != NULL) {
		fprintf(p->out, "  %shint:%s ", esc(p, "\033[1;36m"), esc(p, "\033[0m"));
		print_clean(p->out, sv_of(d->hint));
		fputc('\n', p->out);
	}
}

void
diags_print(const struct diags *d, FILE *out, bool colour)
{
	AUTO(arena) a = arena_new();
	struct printer p = {.out = out, .colour = colour, .a = a};

	for (size_t i = 0; i < d->list.n; i++)
		print_one(&p, &d->list.v[i]);
}

void
diags_log(const struct diags *d)
{
	for (size_t i = 0; i < d->list.n; i++) {
		const struct diag *x = &d->list.v[i];
		AUTO(buf) b = buf_new(64 << 10);

		if (x->loc.file != NULL)
			buf_printf(b, "%s:%u:%u: ", x->loc.file, x->loc.line, x->loc.col);
		buf_puts(b, x->msg);
		if (x->code != NULL)
			buf_printf(b, " [%s]", x->code);
		if (x->note != NULL && x->also.file != NULL)
			buf_printf(b, "; %s:%u:%u: %s", x->also.file, x->also.line, x->also.col, x->note);
		if (x->hint != NULL)
			buf_printf(b, " (%s)", x->hint);
		if (x->level == DIAG_ERROR)
			log_error("%s", buf_str(b));
		else
			log_warn("%s", buf_str(b));
	}
}
