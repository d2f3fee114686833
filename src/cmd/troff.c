#include "cmd/troff.h"

#include <string.h>

#include "config.h"

/* A backslash begins an escape, a dash alone is a hyphen, and a dot or quote at the start of a line a request. */
static void
put_line(struct buf *b, const char *text, size_t n)
{
	if (n > 0 && (text[0] == '.' || text[0] == '\''))
		buf_puts(b, "\\&");
	for (size_t i = 0; i < n; i++)
		switch (text[i]) {
		case '\\':
			buf_puts(b, "\\e");
			break;
		case '-':
			buf_puts(b, "\\-");
			break;
		case '\'':
			buf_puts(b, "\\(aq");
			break;
		case '`':
			buf_puts(b, "\\(ga");
			break;
		case '^':
			buf_puts(b, "\\(ha");
			break;
		case '~':
			buf_puts(b, "\\(ti");
			break;
		default:
			buf_putc(b, text[i]);
		}
}

void
troff_put(struct buf *b, const char *text)
{
	put_line(b, text, strlen(text));
}

void
troff_title(struct buf *b, const char *name, const char *section)
{
	buf_puts(b, ".TH \"");
	troff_put(b, name);
	buf_printf(b, "\" %s \"\" \"weir %s\" \"weir\"\n", section, PACKAGE_VERSION);
}

void
troff_section(struct buf *b, const char *title)
{
	buf_puts(b, ".SH \"");
	troff_put(b, title);
	buf_puts(b, "\"\n");
}

void
troff_text(struct buf *b, const char *text)
{
	bool as_is = false;

	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		size_t n = end != NULL ? (size_t)(end - text) : strlen(text);
		bool indented = *text == ' ';

		if (indented != as_is)
			buf_puts(b, indented ? ".nf\n" : ".fi\n");
		as_is = indented;
		if (n == 0) {
			buf_puts(b, ".PP\n");
		} else {
			put_line(b, text, n);
			buf_putc(b, '\n');
		}
		text += n + (end != NULL);
	}
	if (as_is)
		buf_puts(b, ".fi\n");
}

void
troff_tag(struct buf *b, const char *tag)
{
	buf_puts(b, ".TP\n.B \"");
	/* Inside a macro's quoted argument a quote is written twice. */
	for (const char *p = tag; *p != '\0'; p++)
		if (*p == '"')
			buf_puts(b, "\"\"");
		else
			put_line(b, p, 1);
	buf_puts(b, "\"\n");
}

void
troff_example(struct buf *b, const char *text)
{
	buf_puts(b, ".PP\n.nf\n.RS 4\n");
	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		size_t n = end != NULL ? (size_t)(end - text) : strlen(text);

		put_line(b, text, n);
		buf_putc(b, '\n');
		text += n + (end != NULL);
	}
	buf_puts(b, ".RE\n.fi\n");
}
