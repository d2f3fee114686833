/* One pass over the text; what cannot be read (a quote that never ends) becomes a word too, and its reader says so. */
#include "import/words.h"

#include "base/buf.h"

enum { WORDS_MAX = 500000, TEXT_MAX = 1 << 20 };

struct cutting {
	struct arena *a;
	const struct word_source *s;
	const struct word_rules *r;
	size_t at, seen; /* the place is known up to `seen` */
	struct loc loc;
	LIST(struct word) word;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct sv
rest(const struct cutting *c)
{
	return sv_skip(c->s->text, c->at);
}

/* The place of the byte that is next. */
static struct loc
place(struct cutting *c)
{
	for (; c->seen < c->at; c->seen++)
		if (c->s->text.p[c->seen] == '\n' && !c->s->line) {
			c->loc.line++;
			c->loc.col = c->s->scalar ? c->s->start.col : 1;
		} else {
			c->loc.col++;
		}
	return c->loc;
}

static void
skip_line(struct cutting *c)
{
	ptrdiff_t n = sv_find(rest(c), '\n');

	c->at = n < 0 ? c->s->text.n : c->at + (size_t)n;
}

static bool
skip_comment(struct cutting *c)
{
	for (size_t i = 0; i < LEN(c->r->comments) && c->r->comments[i] != NULL; i++)
		if (sv_starts(rest(c), sv_of(c->r->comments[i]))) {
			skip_line(c);
			return true;
		}
	if (!c->r->code || !sv_starts(rest(c), SV("/*")))
		return false;
	c->at += 2;
	while (c->at < c->s->text.n && !sv_starts(rest(c), SV("*/")))
		c->at++;
	c->at = MIN(c->at + 2, c->s->text.n);
	return true;
}

static void
skip_space(struct cutting *c)
{
	while (c->at < c->s->text.n) {
		if ((unsigned char)c->s->text.p[c->at] <= ' ' ||
		    (c->r->code && sv_starts(rest(c), SV("\\\n"))))
			c->at++;
		else if (!skip_comment(c))
			return;
	}
}

static struct word *
add(struct cutting *c, enum word_kind kind, size_t n)
{
	struct word *w = LIST_ADD(c->a, &c->word);

	*w = (struct word){.kind = kind,
	                   .text = {c->s->text.p + c->at, n},
	                   .loc = place(c),
	                   .at = c->at,
	                   .end = c->at + n};
	c->at += n;
	return w;
}

/* Of \x what stands for it; 0 where it stands for itself. */
static char
escape(const struct cutting *c, char x)
{
	static const char from[] = "nrt", to[] = "\n\r\t";
	const char *at = strchr(from, x);

	if (x == '"' || x == '\\' || (c->r->code && x == '\''))
		return x;
	return c->r->code && at != NULL && x != '\0' ? to[at - from] : '\0';
}

/* Behind the opening quote; raw: a \ is one. */
static void
cut_text(struct cutting *c, size_t start, struct sv quote, bool raw)
{
	AUTO(buf) b = buf_new(TEXT_MAX);
	const struct loc loc = place(c);
	struct word *w;
	bool loose = false, ended = false;

	c->at = start + quote.n;
	while (c->at < c->s->text.n && !ended) {
		char x = c->s->text.p[c->at], y = c->at + 1 < c->s->text.n ? c->s->text.p[c->at + 1] : '\0';

		if (sv_starts(rest(c), quote)) {
			c->at += quote.n;
			ended = true;
		} else if (x == '\\' && !raw && escape(c, y) != '\0') {
			buf_putc(b, escape(c, y));
			c->at += 2;
		} else if (x == '\n' && quote.n == 1 && c->r->code) {
			break;
		} else {
			loose = loose || x == '\\';
			buf_putc(b, x);
			c->at++;
		}
	}
	w = LIST_ADD(c->a, &c->word);
	*w = (struct word){.kind = WORD_TEXT,
	                   .text = arena_sv(c->a, buf_sv(b)),
	                   .loc = loc,
	                   .at = start,
	                   .end = c->at,
	                   .broken = !ended || b->full,
	                   .loose = loose && !raw};
}

/* "…", in code also '…', three quotes, and r"…"; false if none stands here. */
static bool
try_text(struct cutting *c)
{
	static const char *const triple[] = {"\"\"\"", "'''"};
	static const char *const prefixes[] = {"r", "R", "raw", "u", "b", "f", "F", "s"};
	const size_t from = c->at;
	struct sv s = rest(c), prefix = {s.p, 0};
	bool filled = false;

	while (c->r->code && prefix.n < s.n && is_letter(s.p[prefix.n]))
		prefix.n++;
	for (size_t i = 0; i < LEN(prefixes); i++)
		if (prefix.n > 0 && sv_is(prefix, prefixes[i]) && prefix.n < s.n &&
		    (s.p[prefix.n] == '"' || s.p[prefix.n] == '\'')) {
			filled = i >= 5;
			s = sv_skip(s, prefix.n);
		}
	if (s.n == 0 || (s.p[0] != '"' && (s.p[0] != '\'' || !c->r->code)))
		return false;

	const size_t start = from + (s.p != rest(c).p ? prefix.n : 0);
	const bool raw = start != from && sv_ieq((struct sv){prefix.p, 1}, SV("r"));

	for (size_t i = 0; c->r->code && i < LEN(triple); i++)
		if (sv_starts(s, sv_of(triple[i]))) {
			cut_text(c, start, sv_of(triple[i]), true);
			c->word.v[c->word.n - 1].broken |= filled;
			c->word.v[c->word.n - 1].at = from;
			return true;
		}
	cut_text(c, start, (struct sv){s.p, 1}, raw);
	c->word.v[c->word.n - 1].broken |= filled;
	c->word.v[c->word.n - 1].at = from;
	return true;
}

static size_t
number_length(const struct cutting *c)
{
	const struct sv s = rest(c);
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	if (n + 1 < s.n && s.p[n] == '.' && is_digit(s.p[n + 1]))
		for (n++; n < s.n && is_digit(s.p[n]);)
			n++;
	if (n < s.n && (s.p[n] == 'e' || s.p[n] == 'E')) {
		size_t e = n + 1;

		e += e < s.n && (s.p[e] == '+' || s.p[e] == '-');
		if (e < s.n && is_digit(s.p[e]))
			for (n = e; n < s.n && is_digit(s.p[n]);)
				n++;
	}
	return n;
}

static void
cut_number(struct cutting *c)
{
	struct word *w = add(c, WORD_NUMBER, number_length(c));

	/* 1.0d, 10L */
	if (c->r->code && c->at < c->s->text.n && strchr("dDfFlL", c->s->text.p[c->at]) != NULL)
		w->end = ++c->at;
}

static void
cut_one(struct cutting *c)
{
	const struct sv s = rest(c);
	size_t n = 0;

	if (try_text(c))
		return;
	if (is_digit(s.p[0])) {
		cut_number(c);
		return;
	}
	if (is_letter(s.p[0])) {
		while (n < s.n && (is_letter(s.p[n]) || is_digit(s.p[n]) ||
		                   (s.p[n] != '\0' && strchr(c->r->more, s.p[n]) != NULL)))
			n++;
		(void)add(c, WORD_NAME, n);
		return;
	}
	for (const char *two = c->r->signs; two[0] != '\0'; two += 2)
		if (sv_starts(s, (struct sv){two, 2})) {
			(void)add(c, WORD_SIGN, 2);
			return;
		}
	(void)add(c, WORD_SIGN, 1);
}

bool
words_cut(struct arena *a, const struct word_source *s, const struct word_rules *r, struct words *ret)
{
	struct cutting c = {.a = a, .s = s, .r = r, .loc = s->start};

	if (sv_starts(s->text, SV("\xEF\xBB\xBF")))
		c.at = 3;
	for (skip_space(&c); c.at < s->text.n; skip_space(&c)) {
		if (c.word.n >= WORDS_MAX)
			return false;
		cut_one(&c);
	}
	(void)add(&c, WORD_END, 0);
	*ret = (struct words){.v = c.word.v, .n = c.word.n - 1, .source = s->text};
	return true;
}

bool
word_is(const struct word *w, const char *name_or_sign)
{
	return (w->kind == WORD_NAME || w->kind == WORD_SIGN) && sv_is(w->text, name_or_sign);
}

struct sv
words_source(const struct words *w, size_t i, size_t k)
{
	const size_t from = w->v[i].at, to = w->v[MIN(k, w->n)].end;

	return (struct sv){w->source.p + from, to > from ? to - from : 0};
}
