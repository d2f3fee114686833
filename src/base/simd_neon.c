/* NEON, which every 64-bit ARM has. */
#include "base/simd_level.h"

#if SIMD_NEON
#include <arm_neon.h>

static bool
always(void)
{
	return true;
}

/* Each lane of 16 keeps the bit of its place; adding neighbours three times leaves a byte of eight. */
static inline uint64_t
pack(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	static const uint8_t place[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
	uint8x16_t bit = vld1q_u8(place);
	uint8x16_t low = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit));
	uint8x16_t high = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));
	uint8x16_t all = vpaddq_u8(low, high);

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline uint64_t
equal(const uint8x16_t v[4], char c)
{
	uint8x16_t want = vdupq_n_u8((uint8_t)c);

	return pack(vceqq_u8(v[0], want), vceqq_u8(v[1], want), vceqq_u8(v[2], want), vceqq_u8(v[3], want));
}

static inline struct simd_block
block(const char *p, struct simd_format f)
{
	const uint8_t *u = (const uint8_t *)p;
	uint8x16_t v[4] = {vld1q_u8(u), vld1q_u8(u + 16), vld1q_u8(u + 32), vld1q_u8(u + 48)};

	return (struct simd_block){equal(v, f.delimiter), equal(v, '\n'), equal(v, f.quote)};
}

static inline uint64_t
parity(uint64_t v)
{
	return simd_parity_shifts(v);
}

static inline void
put(uint32_t *dst, uint64_t bits, uint32_t at)
{
	simd_put_bits(dst, bits, at);
}

static struct simd_marks
marks(struct simd_format f, struct sv text, size_t want, uint32_t *place)
{
	return simd_marks_of(f, text, want, place, block, parity, put);
}

static unsigned
survey(struct simd_format f, struct sv text, char before)
{
	return simd_survey_of(f, text, before, block, parity);
}

/* Bytes that go on with a character are -128 to -65 as signed numbers. */
static int64_t
behind(struct sv s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i += 16) {
		static const uint8_t from_end[32] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		                                     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
		size_t left = MIN(s.n - i, (size_t)16);
		uint8x16_t v = vld1q_u8((const uint8_t *)s.p + i);
		uint8x16_t in = vld1q_u8(from_end + 16 - left);
		uint8x16_t more = vcltq_s8(vreinterpretq_s8_u8(v), vdupq_n_s8(-64));

		n += vaddvq_u8(vandq_u8(vandq_u8(more, in), vdupq_n_u8(1)));
	}
	return n;
}

static void
chars(const struct sv *text, size_t n, int64_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (int64_t)text[i].n - behind(text[i]);
}

const struct simd simd_neon = {
	.name = "neon",
	.supported = always,
	.marks = marks,
	.survey = survey,
	.chars = chars,
	.times = simd_scalar_times,
};
#else
typedef int simd_has_no_neon; /* a file must not be empty */
#endif
