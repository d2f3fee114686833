/*
 * The two languages are nearly one.  What differs: texts stand in either quotes and have escapes with \, and some operators are spelt otherwise.
 * https://spark.apache.org/docs/latest/sql-ref-literals.html, sql-ref-operators.html
 */
#include "import/spark.h"

#include "base/buf.h"

enum { EXPR_MAX = 1 << 17 };

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/* A text in either quotes as one in ours; how many bytes it took, 0 if it never ends. */
static size_t
put_text(struct sv s, struct buf *b)
{
	static const char from[] = "nrt", to[] = "\n\r\t";
	const char quote = s.p[0];

	buf_putc(b, '\'');
	for (size_t i = 1; i < s.n; i++) {
		char c = s.p[i];

		if (c == quote) {
			buf_putc(b, '\'');
			return i + 1;
		}
		if (c == '\\' && i + 1 < s.n) {
			const char *at = memchr(from, s.p[++i], sizeof(from) - 1);

			c = at != NULL ? to[at - from] : s.p[i];
			/* LIKE has escapes of its own. */
			if (at == NULL && (c == '%' || c == '_'))
				buf_putc(b, '\\');
		}
		if (c == '\'')
			buf_putc(b, '\'');
		buf_putc(b, c);
	}
	return 0;
}

static size_t
put_quoted(struct sv s, struct buf *b)
{
	ptrdiff_t end = sv_find(sv_skip(s, 1), s.p[0]);

	if (end < 0)
		return 0;
	buf_printf(b, SV_FMT, SV_ARG(((struct sv){s.p, (size_t)end + 2})));
	return (size_t)end + 2;
}

/* NOT RLIKE is one operator of ours: the NOT that was just written goes. */
static void
put_regex_operator(struct buf *b)
{
	struct sv before = sv_trim(buf_sv(b));
	const bool negate = before.n >= 4 && sv_ieq(sv_skip(before, before.n - 3), SV("NOT")) &&
	                    !is_word(before.p[before.n - 4]);

	if (negate) {
		b->n = (size_t)(before.p - b->p) + before.n - 3;
		b->p[b->n] = '\0';
	}
	buf_puts(b, negate ? "!~" : "~");
}

static size_t
put_word(struct sv s, struct buf *b)
{
	size_t n = 0;

	while (n < s.n && is_word(s.p[n]))
		n++;

	const struct sv word = {s.p, n};

	if (sv_ieq(word, SV("RLIKE")) || sv_ieq(word, SV("REGEXP")))
		put_regex_operator(b);
	else
		buf_printf(b, SV_FMT, SV_ARG(word));
	return n;
}

static size_t
put_sign(struct sv s, struct buf *b)
{
	static const struct {
		const char *from, *to;
	} signs[] = {{"<=>", " IS NOT DISTINCT FROM "}, {"&&", " AND "}, {"!=", "!="}, {"!", " NOT "}};

	for (size_t i = 0; i < LEN(signs); i++)
		if (sv_starts(s, sv_of(signs[i].from))) {
			buf_puts(b, signs[i].to);
			return strlen(signs[i].from);
		}
	buf_putc(b, s.p[0]);
	return 1;
}

bool
spark_expr(struct arena *a, struct sv sql, struct sv *ret, struct sv *why)
{
	AUTO(buf) b = buf_new(EXPR_MAX);
	struct sv s = sv_trim(sql);

	while (s.n > 0) {
		size_t n = s.p[0] == '\'' || s.p[0] == '"' ? put_text(s, b)
		           : s.p[0] == '`'                 ? put_quoted(s, b)
		           : is_word(s.p[0])               ? put_word(s, b)
		                                           : put_sign(s, b);

		if (n == 0) {
			*why = SV("a quote in it never ends");
			return false;
		}
		s = sv_skip(s, n);
	}
	if (!import_is_expr(a, buf_sv(b), why))
		return false;
	*ret = arena_sv(a, buf_sv(b));
	return true;
}

void
spark_where(struct import_item *it, struct sv sql)
{
	struct sv expr, why;

	if (spark_expr(it->im->a, sql, &expr, &why))
		it->where = import_and(it->im->a, it->where, expr);
	else
		import_grade(it, GRADE_REFUSED, "write the filter in weir's expressions, as where:",
		             "the filter '" SV_FMT "' is no expression of weir: " SV_FMT, SV_ARG(sql),
		             SV_ARG(why));
}
