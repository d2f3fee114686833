/*
 * SSE2, which every x86-64 has, AVX2, and AVX-512 with VBMI2.  Each level has the instructions that came with it or before: carry-less
 * multiplication for the parity of quotes, single instructions for counting and finding bits.
 */
#include "base/simd_level.h"

#if SIMD_X86
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt,pclmul")))
#define AVX512                                                                                               \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi,bmi2,popcnt,lzcnt," \
	                      "pclmul")))

/* SSE2 --------------------------------------------------------------------------------------------------------- */

static bool
sse2_supported(void)
{
	return true;
}

static inline uint64_t
sse2_equal(const __m128i v[4], char c)
{
	__m128i want = _mm_set1_epi8(c);
	uint64_t ret = 0;

	for (int i = 0; i < 4; i++)
		ret |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], want)) << (16 * i);
	return ret;
}

static inline struct simd_block
sse2_block(const char *p, struct simd_format f)
{
	__m128i v[4];

	for (int i = 0; i < 4; i++)
		v[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
	return (struct simd_block){sse2_equal(v, f.delimiter), sse2_equal(v, '\n'), sse2_equal(v, f.quote)};
}

static inline uint64_t
sse2_parity(uint64_t v)
{
	return simd_parity_shifts(v);
}

static inline void
sse2_put(uint32_t *dst, uint64_t bits, uint32_t at)
{
	simd_put_bits(dst, bits, at);
}

static struct simd_marks
sse2_marks(struct simd_format f, struct sv text, size_t want, uint32_t *place)
{
	return simd_marks_of(f, text, want, place, sse2_block, sse2_parity, sse2_put);
}

static unsigned
sse2_survey(struct simd_format f, struct sv text, char before)
{
	return simd_survey_of(f, text, before, sse2_block, sse2_parity);
}

/* Bytes that go on with a character are -128 to -65 as signed numbers. */
static void
sse2_chars(const struct sv *text, size_t n, int64_t *ret)
{
	const __m128i limit = _mm_set1_epi8(-64);

	for (size_t i = 0; i < n; i++) {
		struct sv s = text[i];
		int64_t behind = 0;

		for (size_t at = 0; at < s.n; at += 16) {
			__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s.p + at));
			unsigned bits = (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(v, limit));

			if (s.n - at < 16)
				bits &= (1u << (s.n - at)) - 1;
			if (UNLIKELY(bits != 0))
				behind += __builtin_popcount(bits);
		}
		ret[i] = (int64_t)s.n - behind;
	}
}

const struct simd simd_sse2 = {
	.name = "sse2",
	.supported = sse2_supported,
	.marks = sse2_marks,
	.survey = sse2_survey,
	.chars = sse2_chars,
};

/* AVX2 --------------------------------------------------------------------------------------------------------- */

static bool
avx2_supported(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("pclmul");
}

AVX2 static inline uint64_t
avx2_equal(__m256i low, __m256i high, char c)
{
	__m256i want = _mm256_set1_epi8(c);

	return (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, want)) |
	       (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, want)) << 32;
}

AVX2 static inline struct simd_block
avx2_block(const char *p, struct simd_format f)
{
	__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));

	return (struct simd_block){avx2_equal(low, high, f.delimiter), avx2_equal(low, high, '\n'),
	                           avx2_equal(low, high, f.quote)};
}

AVX2 static inline uint64_t
avx2_parity(uint64_t v)
{
	return (uint64_t)_mm_cvtsi128_si64(
		_mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)v), _mm_set1_epi8(-1), 0));
}

AVX2 static inline void
avx2_put(uint32_t *dst, uint64_t bits, uint32_t at)
{
	simd_put_bits(dst, bits, at);
}

AVX2 static struct simd_marks
avx2_marks(struct simd_format f, struct sv text, size_t want, uint32_t *place)
{
	return simd_marks_of(f, text, want, place, avx2_block, avx2_parity, avx2_put);
}

AVX2 static unsigned
avx2_survey(struct simd_format f, struct sv text, char before)
{
	return simd_survey_of(f, text, before, avx2_block, avx2_parity);
}

AVX2 static void
avx2_chars(const struct sv *text, size_t n, int64_t *ret)
{
	const __m256i limit = _mm256_set1_epi8(-64);

	for (size_t i = 0; i < n; i++) {
		struct sv s = text[i];
		int64_t behind = 0;

		for (size_t at = 0; at < s.n; at += 32) {
			__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(s.p + at));
			uint32_t bits = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(limit, v));

			if (s.n - at < 32)
				bits = _bzhi_u32(bits, (uint32_t)(s.n - at));
			behind += __builtin_popcount(bits);
		}
		ret[i] = (int64_t)s.n - behind;
	}
}

const struct simd simd_avx2 = {
	.name = "avx2",
	.supported = avx2_supported,
	.marks = avx2_marks,
	.survey = avx2_survey,
	.chars = avx2_chars,
};

/* AVX-512 ------------------------------------------------------------------------------------------------------ */

static bool
avx512_supported(void)
{
	return avx2_supported() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512vbmi2");
}

AVX512 static inline struct simd_block
avx512_block(const char *p, struct simd_format f)
{
	__m512i v = _mm512_loadu_si512(p);

	return (struct simd_block){_mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(f.delimiter)),
	                           _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n')),
	                           _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(f.quote))};
}

AVX512 static inline uint64_t
avx512_parity(uint64_t v)
{
	return (uint64_t)_mm_cvtsi128_si64(
		_mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)v), _mm_set1_epi8(-1), 0));
}

/* The numbers of the bits that are set, side by side, widened 16 at a time. */
AVX512 static inline void
avx512_put(uint32_t *dst, uint64_t bits, uint32_t at)
{
	static const uint8_t number[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
	                                   16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	                                   32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
	                                   48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
	__m512i set = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(number));
	__m512i base = _mm512_set1_epi32((int)at);
	int n = __builtin_popcountll(bits);

	_mm512_storeu_si512(dst, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(set))));
	if (LIKELY(n <= 16))
		return;
	_mm512_storeu_si512(dst + 16,
	                    _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(set, 1))));
	if (n <= 32)
		return;
	_mm512_storeu_si512(dst + 32,
	                    _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(set, 2))));
	_mm512_storeu_si512(dst + 48,
	                    _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(set, 3))));
}

AVX512 static struct simd_marks
avx512_marks(struct simd_format f, struct sv text, size_t want, uint32_t *place)
{
	return simd_marks_of(f, text, want, place, avx512_block, avx512_parity, avx512_put);
}

AVX512 static unsigned
avx512_survey(struct simd_format f, struct sv text, char before)
{
	return simd_survey_of(f, text, before, avx512_block, avx512_parity);
}

AVX512 static void
avx512_chars(const struct sv *text, size_t n, int64_t *ret)
{
	const __m512i limit = _mm512_set1_epi8(-64);

	for (size_t i = 0; i < n; i++) {
		struct sv s = text[i];
		int64_t behind = 0;

		for (size_t at = 0; at < s.n; at += 64) {
			uint64_t in = s.n - at < 64 ? _bzhi_u64(~UINT64_C(0), (unsigned)(s.n - at))
			                            : ~UINT64_C(0);
			__m512i v = _mm512_maskz_loadu_epi8(in, s.p + at);

			behind += __builtin_popcountll(_mm512_cmplt_epi8_mask(v, limit));
		}
		ret[i] = (int64_t)s.n - behind;
	}
}

const struct simd simd_avx512 = {
	.name = "avx512",
	.supported = avx512_supported,
	.marks = avx512_marks,
	.survey = avx512_survey,
	.chars = avx512_chars,
};
#else
typedef int simd_has_no_x86; /* a file must not be empty */
#endif
