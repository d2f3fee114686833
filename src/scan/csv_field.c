#include "scan/csv_field.h"

/* Copies without every second of the quotes, which stand in pairs. */
static struct sv
halve_quotes(struct arena *a, struct sv s, char quote)
{
	char *dst = arena_alloc(a, s.n + READER_PAD), *end = dst;

	while (s.n > 0) {
		const char *q = memchr(s.p, quote, s.n);
		size_t n = q != NULL ? (size_t)(q - s.p) + 1 : s.n;

		end = mempcpy(end, s.p, n);
		s = sv_skip(s, q != NULL ? n + 1 : n);
	}
	return (struct sv){dst, (size_t)(end - dst)};
}

bool
csv_field(const struct csv_format *f, struct sv raw, struct arena *a, struct sv *ret)
{
	if (raw.n > 0 && raw.p[0] == f->quote && f->quote != '\0') {
		raw = (struct sv){raw.p + 1, raw.n - 2};
		if (memchr(raw.p, f->quote, raw.n) != NULL)
			raw = halve_quotes(a, raw, f->quote);
		*ret = raw;
		return true;
	}
	*ret = raw;
	return f->nnull == 0 ? raw.n > 0 : !sv_in(raw, f->null, f->nnull);
}
