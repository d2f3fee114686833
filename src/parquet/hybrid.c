#include "parquet/hybrid.h"

#include <string.h>

void
hybrid_init(struct hybrid *h, const uint8_t *p, size_t n, uint32_t width)
{
	*h = (struct hybrid){.p = p, .end = p + n, .width = width};
}

/* To the next run that is not empty. */
static bool
next_run(struct hybrid *h)
{
	while (h->left == 0) {
		uint64_t head = 0;
		unsigned shift = 0;

		do {
			if (h->p >= h->end || shift > 28)
				return false;
			head |= (uint64_t)(*h->p & 0x7f) << shift;
			shift += 7;
		} while (*h->p++ >= 0x80);
		h->packed = head & 1;
		if (h->packed) {
			uint64_t values = (head >> 1) * 8, bytes = (head >> 1) * h->width;
			uint64_t there = (uint64_t)(h->end - h->p);

			/* Writers may leave out what the last group has too much. */
			if (bytes > there) {
				bytes = there;
				values = there * 8 / h->width;
			}
			h->bits = h->p;
			h->bit = 0;
			h->p += bytes;
			h->left = (uint32_t)MIN(values, (uint64_t)UINT32_MAX);
		} else {
			size_t n = (h->width + 7) / 8;

			if ((size_t)(h->end - h->p) < n)
				return false;
			h->value = 0;
			for (size_t i = 0; i < n; i++)
				h->value |= (uint32_t)h->p[i] << (8 * i);
			h->p += n;
			h->left = (uint32_t)MIN(head >> 1, (uint64_t)UINT32_MAX);
		}
	}
	return true;
}

static inline uint64_t
load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Eight values take `width` bytes, so a group of them needs no more than a few loads. */
static void
unpack(struct hybrid *h, uint32_t n, uint32_t *dst)
{
	const uint64_t mask = (UINT64_C(1) << h->width) - 1;
	size_t bit = h->bit;

	for (uint32_t i = 0; i < n; i++, bit += h->width)
		dst[i] = (uint32_t)(load(h->bits + (bit >> 3)) >> (bit & 7) & mask);
	h->bit = bit;
}

static void
unpack_bytes(struct hybrid *h, uint32_t n, uint8_t *dst)
{
	const uint64_t mask = (UINT64_C(1) << h->width) - 1;
	size_t bit = h->bit;

	for (uint32_t i = 0; i < n; i++, bit += h->width)
		dst[i] = (uint8_t)(load(h->bits + (bit >> 3)) >> (bit & 7) & mask);
	h->bit = bit;
}

bool
hybrid_read(struct hybrid *h, uint32_t n, uint32_t *dst)
{
	while (n > 0) {
		if (h->left == 0 && !next_run(h))
			return false;

		uint32_t k = MIN(n, h->left);

		if (h->packed)
			unpack(h, k, dst);
		else
			for (uint32_t i = 0; i < k; i++)
				dst[i] = h->value;
		h->left -= k;
		dst += k;
		n -= k;
	}
	return true;
}

bool
hybrid_read_bytes(struct hybrid *h, uint32_t n, uint8_t *dst)
{
	while (n > 0) {
		if (h->left == 0 && !next_run(h))
			return false;

		uint32_t k = MIN(n, h->left);

		if (h->packed)
			unpack_bytes(h, k, dst);
		else
			memset(dst, (int)MIN(h->value, 255u), k);
		h->left -= k;
		dst += k;
		n -= k;
	}
	return true;
}

/* Up to 64 bits into the bitmap. */
static inline void
put(uint64_t *bits, uint32_t at, uint64_t some, uint32_t n)
{
	uint32_t in = at % 64;

	bits[at / 64] |= some << in;
	if (in + n > 64)
		bits[at / 64 + 1] |= some >> (64 - in);
}

static inline uint64_t
low(uint32_t n)
{
	return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

static uint64_t
equal_packed(struct hybrid *h, uint32_t n, uint32_t want)
{
	uint64_t ret = 0;

	if (h->width == 1) {
		/* The values are the bitmap, or its opposite; at most 56 fit behind seven bits that are gone. */
		ret = load(h->bits + (h->bit >> 3)) >> (h->bit & 7);
		h->bit += n;
		return (want == 1 ? ret : want == 0 ? ~ret : 0) & low(n);
	}

	const uint64_t mask = (UINT64_C(1) << h->width) - 1;

	for (uint32_t i = 0; i < n; i++, h->bit += h->width)
		ret |= (uint64_t)((load(h->bits + (h->bit >> 3)) >> (h->bit & 7) & mask) == want) << i;
	return ret;
}

bool
hybrid_equal(struct hybrid *h, uint32_t n, uint32_t want, uint64_t *bits, uint32_t at, uint32_t *count)
{
	while (n > 0) {
		if (h->left == 0 && !next_run(h))
			return false;

		uint32_t k = MIN(MIN(n, h->left), h->packed ? 56u : 64u);
		uint64_t some = h->packed ? equal_packed(h, k, want) : h->value == want ? low(k) : 0;

		put(bits, at, some, k);
		*count += (uint32_t)__builtin_popcountll(some);
		h->left -= k;
		at += k;
		n -= k;
	}
	return true;
}
