/* Bitmaps over some bytes: bit i is about byte i.  SSE2 where there is one (all x86-64), else a plain loop. */
#ifndef WEIR_SCAN_BYTES_H
#define WEIR_SCAN_BYTES_H

#include "base/base.h"

#ifdef __SSE2__
#include <emmintrin.h>
#else
#include <string.h>
#endif

/* Which of the 64 bytes at p are c? */
static inline uint64_t
bytes_equal(const char *p, char c)
{
	uint64_t ret = 0;

#ifdef __SSE2__
	__m128i want = _mm_set1_epi8(c);

	for (int i = 0; i < 4; i++) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));

		ret |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, want)) << (16 * i);
	}
#else
	for (int i = 0; i < 64; i++)
		ret |= (uint64_t)(p[i] == c) << i;
#endif
	return ret;
}

/* Which of the 16 bytes at p end a stretch of plain characters in a JSON string: quotes, backslashes, control characters? */
static inline uint64_t
bytes_string_stops(const char *p)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p), control = _mm_set1_epi8(0x1F);
	__m128i stop = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
	                            _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));

	stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
	return (uint64_t)(uint32_t)_mm_movemask_epi8(stop);
#else
	uint64_t ret = 0;

	for (int i = 0; i < 16; i++)
		ret |= (uint64_t)(p[i] == '"' || p[i] == '\\' || (unsigned char)p[i] < 0x20) << i;
	return ret;
#endif
}

/* Bit i: is the number of ones among bits 0 to i odd? */
static inline uint64_t
bytes_prefix_xor(uint64_t v)
{
	for (int shift = 1; shift < 64; shift *= 2)
		v ^= v << shift;
	return v;
}

#endif
