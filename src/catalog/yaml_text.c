#include "catalog/yaml_text.h"

#include "base/utf8.h"
#include "catalog/load.h"

bool
yaml_can_hold(struct sv s)
{
	return sv_utf8_valid(s) && (s.n == 0 || memchr(s.p, '\0', s.n) == NULL);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Characters that YAML does not allow in its text, or takes for a line break. */
static bool
is_escaped(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF ||
	       (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || (c & 0xFFFE) == 0xFFFE;
}

static bool
has_escaped(struct sv s)
{
	while (s.n > 0) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);

		if (is_escaped(c))
			return true;
		s = sv_skip(s, n);
	}
	return false;
}

/* Does text need no quotes to stay the text that it is, in YAML 1.2? */
static bool
is_plain(struct sv s)
{
	struct node probe = {.text = s};

	node_type_plain(&probe);
	if (probe.kind != NODE_TEXT || !sv_utf8_valid(s) || has_escaped(s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool inner = c == ' ' || c == '/' || c == '.' || c == '-' || c == '_' || c == '(' ||
		             c == ')' || c == '=' || c == '+';
		bool word = is_digit((char)c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		            c >= 0x80;

		if (!word && !(inner && i > 0 && i + 1 < s.n) && c != '_' && c != '/')
			return false;
	}
	return true;
}

/* What YAML 1.1, or an eye, would take for something else: words for true and false, dates, numbers of any kind. */
static bool
is_treacherous(struct sv s)
{
	static const char *const words[] = {"y",    "n",     "yes",  "no",  "on", "off",
	                                    "true", "false", "null", "nan", "inf"};

	for (size_t i = 0; i < LEN(words); i++)
		if (sv_ieq(s, sv_of(words[i])))
			return true;
	/* Beyond ASCII there are spaces and line breaks that cannot be seen. */
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return true;
	return s.n > 0 && is_digit(s.p[0]);
}

static void
put_escaped(struct buf *b, uint32_t c)
{
	if (c == '\n')
		buf_puts(b, "\\n");
	else if (c == '\t')
		buf_puts(b, "\\t");
	else if (c == '\r')
		buf_puts(b, "\\r");
	else if (c <= 0xFF)
		buf_printf(b, "\\x%02x", c);
	else if (c <= 0xFFFF)
		buf_printf(b, "\\u%04x", c);
	else
		buf_printf(b, "\\U%08x", c);
}

static void
put_quoted(struct buf *b, struct sv s, bool variables)
{
	buf_putc(b, '"');
	while (s.n > 0) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);

		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (int)c);
		else if (UTF8_IS_BAD(c))
			buf_puts(b, "\xEF\xBF\xBD");
		else if (is_escaped(c))
			put_escaped(b, c);
		else if (variables && sv_starts(s, SV("${")))
			buf_puts(b, "$$"); /* and the brace comes by itself */
		else
			buf_add(b, (struct sv){s.p, n});
		s = sv_skip(s, n);
	}
	buf_putc(b, '"');
}

void
yaml_put_text(struct buf *b, struct sv s)
{
	if (is_plain(s) && !is_treacherous(s))
		buf_add(b, s);
	else
		put_quoted(b, s, true);
}

void
yaml_put_key(struct buf *b, struct sv s)
{
	if (is_plain(s) && !is_treacherous(s))
		buf_add(b, s);
	else
		put_quoted(b, s, false);
}

void
yaml_put_word(struct buf *b, struct sv s)
{
	if (is_plain(s))
		buf_add(b, s);
	else
		put_quoted(b, s, true);
}
