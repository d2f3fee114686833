#include "expr/expr_lex.h"

#include <stdlib.h>

#include "base/utf8.h"

static const char *const keywords[] = {"and", "as",     "between", "case", "cast", "distinct", "else",
                                       "end", "escape", "false",   "from", "in",   "is",       "like",
                                       "not", "null",   "or",      "then", "true", "when"};

bool
expr_is_keyword(struct sv word)
{
	for (size_t i = 0; i < LEN(keywords); i++)
		if (sv_ieq(word, sv_of(keywords[i])))
			return true;
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_word(char c)
{
	return is_word_start(c) || is_digit(c) || c == '$';
}

bool
expr_is_bare_name(struct sv s)
{
	if (s.n == 0 || !is_word_start(*s.p) || expr_is_keyword(s) || !sv_utf8_valid(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_word(s.p[i]))
			return false;
	return true;
}

struct loc
lex_loc(struct lexer *l, size_t at, size_t n)
{
	struct loc loc = l->start;

	if (at < l->seen)
		l->seen = l->line_start = l->lines = 0;
	for (; l->seen < at; l->seen++)
		if (l->text.p[l->seen] == '\n') {
			l->lines++;
			l->line_start = l->seen + 1;
		}
	/* Without a place of its own, the text is a file of its own. */
	loc.line = MAX(loc.line, 1u) + l->lines;
	loc.col = (l->lines == 0 ? MAX(loc.col, 1u) : 1u) + (uint32_t)(at - l->line_start);
	loc.len = (uint32_t)n;
	return loc;
}

static char
peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->text.n ? l->text.p[l->at + ahead] : '\0';
}

/* What was read since `at`. */
static struct token
token(struct lexer *l, enum token_kind kind, size_t at)
{
	size_t n = l->at - at;

	return (struct token){.kind = kind,
	                      .at = at,
	                      .n = n,
	                      .loc = lex_loc(l, at, n),
	                      .text = sv_skip((struct sv){l->text.p, l->at}, at)};
}

/* The text between quotes, which are doubled inside.  False if the end quote is missing. */
static bool
quoted(struct lexer *l, char quote, struct sv *ret)
{
	struct sv rest = sv_skip(l->text, l->at + 1);
	size_t end = 0, n = 0;

	while (end < rest.n && (rest.p[end] != quote || (end + 1 < rest.n && rest.p[end + 1] == quote)))
		end += rest.p[end] == quote ? 2 : 1;
	if (end >= rest.n)
		return false;

	char *dst = ARENA_ARRAY(l->a, char, end);

	for (size_t i = 0; i < end; i += rest.p[i] == quote ? 2 : 1)
		dst[n++] = rest.p[i];
	l->at += end + 2;
	*ret = (struct sv){dst, n};
	return true;
}

static struct token
lex_quoted(struct lexer *l, enum token_kind kind)
{
	size_t at = l->at;
	char quote = peek(l, 0);
	struct sv text;

	if (!quoted(l, quote, &text)) {
		diag_error(l->d, lex_loc(l, at, 1), "the quote %c is not closed", quote);
		l->at = l->text.n;
		return token(l, TOKEN_WRONG, at);
	}

	struct token t = token(l, kind, at);

	t.text = text;
	t.backquote = quote == '`';
	if (kind == TOKEN_NAME && text.n == 0) {
		diag_error(l->d, lex_loc(l, at, 2), "the name is empty");
		if (quote == '"')
			diag_hint(l->d, "strings take single quotes: ''");
		t.kind = TOKEN_WRONG;
	}
	return t;
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct token
lex_bytes(struct lexer *l)
{
	size_t at = l->at++;
	struct token t = lex_quoted(l, TOKEN_BYTES);

	if (t.kind == TOKEN_WRONG)
		return t;
	t.at = at;
	t.n = l->at - at;
	t.loc = lex_loc(l, at, t.n);

	char *dst = ARENA_ARRAY(l->a, char, t.text.n / 2);
	bool ok = t.text.n % 2 == 0;

	for (size_t i = 0; ok && i < t.text.n; i += 2) {
		int high = hex_digit(t.text.p[i]), low = hex_digit(t.text.p[i + 1]);

		ok = high >= 0 && low >= 0;
		if (ok)
			dst[i / 2] = (char)(high << 4 | low);
	}
	if (!ok) {
		diag_error(l->d, lex_loc(l, at, t.n), "X'…' holds an even number of hexadecimal digits");
		t.kind = TOKEN_WRONG;
	}
	t.text = (struct sv){dst, t.text.n / 2};
	return t;
}

static void
skip_digits(struct lexer *l)
{
	while (is_digit(peek(l, 0)))
		l->at++;
}

static struct token
lex_number(struct lexer *l)
{
	size_t at = l->at;

	skip_digits(l);
	if (peek(l, 0) == '.') {
		l->at++;
		skip_digits(l);
	}
	if ((peek(l, 0) | 0x20) == 'e') {
		size_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';

		if (is_digit(peek(l, 1 + sign))) {
			l->at += 1 + sign;
			skip_digits(l);
		}
	}
	if (!is_word(peek(l, 0)) && peek(l, 0) != '.')
		return token(l, TOKEN_NUMBER, at);
	while (is_word(peek(l, 0)) || peek(l, 0) == '.')
		l->at++;
	struct token t = token(l, TOKEN_WRONG, at);
	diag_error(l->d, lex_loc(l, at, t.n), "'" SV_FMT "' is neither a number nor a name", SV_ARG(t.text));
	diag_hint(l->d, "quote names that begin with a digit: \"" SV_FMT "\"", SV_ARG(t.text));
	return t;
}

static struct token
lex_wrong(struct lexer *l)
{
	static const struct {
		const char *symbol, *hint;
	} hints[] = {
		{"&&", "write AND"},
		{"&", "write AND"},
		{"|", "write OR, or || to join texts"},
		{"!", "write NOT"},
		{";", "one expression stands alone"},
		{"?", NULL},
		{"^", NULL},
		{"[", NULL},
	};
	size_t at = l->at;
	uint32_t c;

	for (size_t i = 0; i < LEN(hints); i++) {
		struct sv symbol = sv_of(hints[i].symbol);

		if (!sv_starts(sv_skip(l->text, at), symbol))
			continue;
		l->at += symbol.n;
		diag_error(l->d, lex_loc(l, at, symbol.n), "'%s' is no operator here", hints[i].symbol);
		if (hints[i].hint != NULL)
			diag_hint(l->d, "%s", hints[i].hint);
		return token(l, TOKEN_WRONG, at);
	}
	l->at += utf8_decode(sv_skip(l->text, at), &c);
	if (c < 0x20 || c == 0x7F || UTF8_IS_BAD(c))
		diag_error(l->d, lex_loc(l, at, 1), "byte 0x%02x does not belong in an expression",
		           (unsigned char)l->text.p[at]);
	else
		diag_error(l->d, lex_loc(l, at, l->at - at), "'%.*s' does not belong in an expression",
		           (int)(l->at - at), l->text.p + at);
	return token(l, TOKEN_WRONG, at);
}

static struct token
lex_symbol(struct lexer *l)
{
	/* Longer ones first. */
	static const char *const symbols[] = {"==", "!=", "<>", "<=", ">=", "||", "::", "!~", "=", "<", ">",
	                                      "~",  "+",  "-",  "*",  "/",  "%",  "(",  ")",  ",", "."};
	size_t at = l->at;

	for (size_t i = 0; i < LEN(symbols); i++)
		if (sv_starts(sv_skip(l->text, at), sv_of(symbols[i]))) {
			l->at += strlen(symbols[i]);
			return token(l, TOKEN_SYMBOL, at);
		}
	return lex_wrong(l);
}

struct token
lex(struct lexer *l)
{
	while (l->at < l->text.n && (peek(l, 0) == ' ' || (peek(l, 0) >= '\t' && peek(l, 0) <= '\r')))
		l->at++;

	size_t at = l->at;
	char c = peek(l, 0);

	if (at >= l->text.n)
		return token(l, TOKEN_END, at);
	if (c == '\'')
		return lex_quoted(l, TOKEN_TEXT);
	if (c == '"' || c == '`')
		return lex_quoted(l, TOKEN_NAME);
	if ((c == 'X' || c == 'x') && peek(l, 1) == '\'')
		return lex_bytes(l);
	if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
		return lex_number(l);
	if (!is_word_start(c))
		return lex_symbol(l);
	while (is_word(peek(l, 0)))
		l->at++;
	return token(l, TOKEN_WORD, at);
}
