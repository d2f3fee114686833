#include "report/escape.h"

#include "report/text.h"

/* Replacements by ASCII character; NULL = stays. */
struct escapes {
	const char *of[128];
	/* Does it stay all the same, for what stands around it?  NULL = never. */
	bool (*keep)(char before, char c, char after);
};

static void
put(struct buf *b, struct sv text, const struct escapes *e)
{
	AUTO(buf) plain = buf_new((size_t)1 << 30);
	struct sv s;
	size_t from = 0;

	text_plain(plain, text);
	s = buf_sv(plain);
	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];
		const char *as = c < 128 ? e->of[c] : NULL;

		if (as == NULL || (e->keep != NULL &&
		                   e->keep(i > 0 ? s.p[i - 1] : ' ', s.p[i], i + 1 < s.n ? s.p[i + 1] : ' ')))
			continue;
		buf_add(b, (struct sv){s.p + from, i - from});
		buf_puts(b, as);
		from = i + 1;
	}
	buf_add(b, sv_skip(s, from));
}

void
escape_html(struct buf *b, struct sv text)
{
	static const struct escapes html = {
		{['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"}, NULL};

	put(b, text, &html);
}

/*
 * Character references instead of backslashes: they work inside <code> and in tables, where a backslash may be a backslash.  A mention, a
 * link or a reference to an issue is looked for after these are resolved, so there a character of no width (U+200B) goes between.
 */
#define MARKDOWN                                                                                             \
	['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['|'] = "&#124;", ['`'] = "&#96;", ['*'] = "&#42;", \
	['_'] = "&#95;", ['['] = "&#91;", [']'] = "&#93;", ['\\'] = "&#92;", ['~'] = "&#126;",               \
	['$'] = "&#36;", [':'] = "&#58;", ['.'] = "&#46;"

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Most underscores, colons and points mean nothing, and the source is read by people, too. */
static bool
keep_readable(char before, char c, char after)
{
	switch (c) {
	case '_':
		return is_word(before) && is_word(after);
	case ':': /* http://, and :smile: */
		return after != '/' && is_word(before);
	case '.': /* www. */
		return before != 'w' && before != 'W';
	default:
		return false;
	}
}

void
escape_markdown(struct buf *b, struct sv text)
{
	static const struct escapes prose = {{MARKDOWN, ['@'] = "@&#8203;", ['#'] = "#&#8203;"},
	                                     keep_readable};

	put(b, text, &prose);
}

void
escape_markdown_code(struct buf *b, struct sv text)
{
	/* Where code stands, GitHub looks for no mentions. */
	static const struct escapes code = {{MARKDOWN, ['@'] = "&#64;", ['#'] = "&#35;"}, keep_readable};

	buf_puts(b, "<code>");
	put(b, text, &code);
	buf_puts(b, "</code>");
}

void
escape_github(struct buf *b, struct sv text)
{
	static const struct escapes data = {{['%'] = "%25"}, NULL};

	while (text.n > 0) {
		put(b, sv_cut(&text, '\n'), &data);
		buf_puts(b, text.n > 0 ? "%0A" : "");
	}
}

void
escape_github_property(struct buf *b, struct sv text)
{
	static const struct escapes property = {{['%'] = "%25", [':'] = "%3A", [','] = "%2C"}, NULL};

	put(b, text, &property);
}
