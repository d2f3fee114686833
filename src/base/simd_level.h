/*
 * What the levels share: texts in blocks of 64 bytes, each as three bitmaps.  A level brings the bitmaps and how places are written;
 * the functions here become part of its own (so they are all inline), and are compiled for its instructions.
 */
#ifndef WEIR_BASE_SIMD_LEVEL_H
#define WEIR_BASE_SIMD_LEVEL_H

#include "base/simd.h"
#include "base/swar.h"

#if defined(__x86_64__)
#define SIMD_X86 1
#define SIMD_NEON 0
extern const struct simd simd_sse2, simd_avx2, simd_avx512;
#elif defined(__aarch64__)
#define SIMD_X86 0
#define SIMD_NEON 1
extern const struct simd simd_neon;
#else
#define SIMD_X86 0
#define SIMD_NEON 0
#endif

/* simd.times without any. */
uint64_t simd_scalar_times(const struct sv *text, uint32_t n, bool utc, int64_t *us);

#define SIMD_INLINE static inline __attribute__((always_inline))

/* 64 bytes: bit i is about byte i. */
struct simd_block {
	uint64_t delimiter, newline, quote;
};

/* May this byte stand behind a closing quote? */
SIMD_INLINE bool
simd_may_follow(struct simd_format f, struct sv text, size_t at)
{
	if (at >= text.n)
		return true;

	char c = text.p[at];

	return c == f.delimiter || c == '\n' || c == f.quote ||
	       (c == '\r' && (at + 1 >= text.n || text.p[at + 1] == '\n'));
}

/* The state between blocks. */
struct simd_quotes {
	uint64_t carry; /* all ones inside quotes */
	bool may_open;  /* may a quote at the first byte open? */
};

/* odd: bit i is set if the number of quotes up to byte i is odd, those before the block included.  False: one is misplaced. */
SIMD_INLINE bool
simd_quotes_step(struct simd_quotes *q, struct simd_format f, struct sv text, size_t at, struct simd_block b,
                 uint64_t odd)
{
	uint64_t opening = b.quote & odd, closing = b.quote & ~odd;
	uint64_t may = b.delimiter | b.newline | b.quote;

	if ((opening & ~(may << 1 | (uint64_t)q->may_open)) != 0)
		return false;
	/* Few closing quotes stand before anything but a plain separator: look at these one by one. */
	for (uint64_t m = closing & ~(may >> 1); m != 0; m &= m - 1)
		if (!simd_may_follow(f, text, at + (size_t)__builtin_ctzll(m) + 1))
			return false;
	q->carry = odd >> 63 ? ~UINT64_C(0) : 0;
	q->may_open = may >> 63;
	return true;
}

/* Bits of the bytes of a block that belong to the text. */
SIMD_INLINE uint64_t
simd_inside(struct sv text, size_t at)
{
	return text.n - at < SIMD_BLOCK ? (UINT64_C(1) << (text.n - at)) - 1 : ~UINT64_C(0);
}

typedef struct simd_block simd_block_fn(const char *p, struct simd_format f);
typedef uint64_t simd_parity_fn(uint64_t v); /* bit i: is the number of ones among bits 0 to i odd? */
typedef void simd_put_fn(uint32_t *dst, uint64_t bits,
                         uint32_t at); /* may write as much as SIMD_SLACK allows */

SIMD_INLINE struct simd_marks
simd_marks_of(struct simd_format f, struct sv text, size_t want, uint32_t *place, simd_block_fn *block,
              simd_parity_fn *parity, simd_put_fn *put)
{
	struct simd_quotes q = {.may_open = true};
	struct simd_marks ret = {0};
	uint64_t quotes = f.quote != '\0' ? ~UINT64_C(0) : 0;
	size_t at = 0;

	for (; at < text.n && ret.n < want; at += SIMD_BLOCK) {
		struct simd_block b = block(text.p + at, f);
		uint64_t separators;

		b.quote &= quotes;
		if (UNLIKELY(text.n - at < SIMD_BLOCK)) {
			uint64_t in = simd_inside(text, at);

			b = (struct simd_block){b.delimiter & in, b.newline & in, b.quote & in};
		}
		separators = b.delimiter | b.newline;
		if ((b.quote | q.carry) != 0) {
			uint64_t odd = parity(b.quote) ^ q.carry;

			if (!simd_quotes_step(&q, f, text, at, b, odd))
				return (struct simd_marks){.misplaced = true};
			b.newline &= ~odd;
			separators &= ~odd;
		} else {
			q.may_open = separators >> 63;
		}
		put(place + ret.n, separators, (uint32_t)at);
		ret.n += (size_t)__builtin_popcountll(separators);
		ret.newlines += (size_t)__builtin_popcountll(b.newline);
	}
	ret.end = MIN(at, text.n);
	/* The bits behind the text's end repeat its state, so the carry is right there, too. */
	ret.quoted = q.carry != 0;
	return ret;
}

SIMD_INLINE unsigned
simd_survey_of(struct simd_format f, struct sv text, char before, simd_block_fn *block,
               simd_parity_fn *parity)
{
	uint64_t carry = 0;
	unsigned ret = 0;

	for (size_t at = 0; at < text.n; at += SIMD_BLOCK) {
		struct simd_block b = block(text.p + at, f);
		uint64_t in = simd_inside(text, at), odd, behind;
		char last = at > 0 ? text.p[at - 1] : before;

		b.quote &= in;
		if (b.quote == 0)
			continue;
		odd = parity(b.quote) ^ carry;
		behind = (b.delimiter | b.newline | b.quote) << 1 |
		         (uint64_t)(last == f.delimiter || last == '\n' || last == f.quote);
		if ((b.quote & ~behind & odd) != 0)
			ret |= SIMD_EVEN;
		if ((b.quote & ~behind & ~odd) != 0)
			ret |= SIMD_ODD;
		carry = odd >> 63 ? ~UINT64_C(0) : 0;
	}
	return ret | (carry != 0 ? SIMD_PARITY : 0);
}

/* By lowest bits, eight at a time without a question, as blocks mostly have fewer. */
SIMD_INLINE void
simd_put_bits(uint32_t *dst, uint64_t bits, uint32_t at)
{
	while (bits != 0) {
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++) {
			/* Nothing left: anything may be written, and the shift keeps the count defined. */
			dst[i] = at + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
			bits &= bits - 1;
		}
		dst += 8;
	}
}

SIMD_INLINE uint64_t
simd_parity_shifts(uint64_t v)
{
	for (int shift = 1; shift < 64; shift *= 2)
		v ^= v << shift;
	return v;
}

#endif
