#include "base/sv.h"

#include "base/utf8.h"

int
sv_cmp(struct sv a, struct sv b)
{
	size_t n = MIN(a.n, b.n);
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

bool
sv_starts(struct sv s, struct sv prefix)
{
	return s.n >= prefix.n && sv_eq((struct sv){s.p, prefix.n}, prefix);
}

bool
sv_ends(struct sv s, struct sv suffix)
{
	return s.n >= suffix.n && sv_eq(sv_skip(s, s.n - suffix.n), suffix);
}

bool
sv_in(struct sv s, const struct sv *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_eq(s, list[i]))
			return true;
	return false;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct sv
sv_trim(struct sv s)
{
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_space(s.p[0]))
		s = sv_skip(s, 1);
	return s;
}

struct sv
sv_skip(struct sv s, size_t n)
{
	n = MIN(n, s.n);
	/* NULL + 0 is undefined in C, and an empty view may have NULL. */
	return n > 0 ? (struct sv){s.p + n, s.n - n} : s;
}

ptrdiff_t
sv_find(struct sv s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? at - s.p : -1;
}

struct sv
sv_cut(struct sv *rest, char sep)
{
	ptrdiff_t at = sv_find(*rest, sep);
	struct sv head = *rest;

	if (at < 0) {
		*rest = sv_skip(*rest, rest->n);
		return head;
	}
	head.n = (size_t)at;
	*rest = sv_skip(*rest, head.n + 1);
	return head;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
sv_ieq(struct sv a, struct sv b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
sv_iends(struct sv s, struct sv suffix)
{
	return s.n >= suffix.n && sv_ieq(sv_skip(s, s.n - suffix.n), suffix);
}

/* How many of eight bytes are 10xxxxxx, which go on with a character. */
static inline int64_t
going_on(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	return (int64_t)(((w >> 7 & ~(w >> 6) & ones) * ones) >> 56);
}

int64_t
sv_chars(struct sv s)
{
	int64_t behind = 0;
	size_t i = 0;
	uint64_t w;

	/* Eight at a time, as lengths are asked for in every row. */
	for (; s.n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s.p + i, sizeof(w));
		behind += going_on(w);
	}
	if (i == s.n)
		return (int64_t)s.n - behind;
	if (s.n >= sizeof(w)) {
		/* The last eight, without those that were counted. */
		memcpy(&w, s.p + s.n - sizeof(w), sizeof(w));
		w = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? w >> (8 * (sizeof(w) - (s.n - i)))
		                                              : w << (8 * (sizeof(w) - (s.n - i)));
		return (int64_t)s.n - behind - going_on(w);
	}
	for (; i < s.n; i++)
		behind += ((unsigned char)s.p[i] & 0xC0) == 0x80;
	return (int64_t)s.n - behind;
}

bool
sv_utf8_valid(struct sv s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t c;

		if ((unsigned char)s.p[i] < 0x80) {
			n = 1;
			continue;
		}
		n = utf8_decode(sv_skip(s, i), &c);
		if (UTF8_IS_BAD(c))
			return false;
	}
	return true;
}

/* Names longer than this are not typing mistakes of one another, and the table below stays on the stack. */
enum { NEAREST_MAX = 64 };

/* The characters of s, or -1 if there are too many. */
static int
decode(struct sv s, uint32_t *c)
{
	int n = 0;

	while (s.n > 0) {
		if (n == NEAREST_MAX)
			return -1;
		s = sv_skip(s, utf8_decode(s, &c[n++]));
	}
	return n;
}

/*
 * Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost 1 each.
 * Three rows of the table are enough, as a swap looks back two.
 */
static int
distance(const uint32_t *a, int na, const uint32_t *b, int nb)
{
	int row[3][NEAREST_MAX + 1];

	for (int j = 0; j <= nb; j++)
		row[0][j] = j;
	for (int i = 1; i <= na; i++) {
		int *now = row[i % 3], *above = row[(i - 1) % 3], *two_above = row[(i + 1) % 3];

		now[0] = i;
		for (int j = 1; j <= nb; j++) {
			int d = above[j - 1] + (a[i - 1] != b[j - 1]);

			d = MIN(d, MIN(above[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = MIN(d, two_above[j - 2] + 1);
			now[j] = d;
		}
	}
	return row[na % 3][nb];
}

const char *
sv_nearest(struct sv s, const char *const *names, size_t n)
{
	uint32_t a[NEAREST_MAX], b[NEAREST_MAX];
	int na = decode(s, a);

	if (na <= 0)
		return NULL;

	const char *best = NULL;
	int limit = na <= 4 ? 1 : na / 3;

	for (size_t i = 0; i < n; i++) {
		int nb = decode(sv_of(names[i]), b);

		if (nb <= 0 || nb - na > limit || na - nb > limit)
			continue;

		int d = distance(a, na, b, nb);

		/* From now on only a strictly nearer one counts; of equals the first wins. */
		if (d <= limit) {
			best = names[i];
			limit = d - 1;
		}
	}
	return best;
}
