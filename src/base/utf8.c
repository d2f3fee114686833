#include "base/utf8.h"

size_t
utf8_decode(struct sv s, uint32_t *c)
{
	/* The least code point of a sequence of that many bytes: anything less is overlong. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char first = p[0];

	if (first < 0x80) {
		*c = first;
		return 1;
	}

	size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
	*c = UTF8_BAD + first;
	if (n == 0 || n > s.n || first > 0xF4)
		return 1;

	uint32_t v = first & (0x7Fu >> n);

	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 1;
		v = v << 6 | (p[i] & 0x3Fu);
	}
	if (v < least[n] || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF))
		return 1;
	*c = v;
	return n;
}
