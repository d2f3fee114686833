/* AVX-512 with VBMI2: the bytes of a text are loaded under a mask, so that nothing around it is touched. */
#include "base/simd_x86.h"

#if SIMD_X86
static bool
supported(void)
{
	return simd_avx2_supported() && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512vbmi2");
}

AVX512 static inline struct simd_block
block(const char *p, struct simd_format f)
{
	__m512i v = _mm512_loadu_si512(p);

	return (struct simd_block){_mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(f.delimiter)),
	                           _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n')),
	                           _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(f.quote))};
}

AVX512 static inline uint64_t
parity(uint64_t v)
{
	return (uint64_t)_mm_cvtsi128_si64(
		_mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)v), _mm_set1_epi8(-1), 0));
}

/* The numbers of the bits that are set, side by side, widened 16 at a time. */
AVX512 static inline void
put(uint32_t *dst, uint64_t bits, uint32_t at)
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
marks(struct simd_format f, struct sv text, size_t want, uint32_t *place)
{
	return simd_marks_of(f, text, want, place, block, parity, put);
}

AVX512 static unsigned
survey(struct simd_format f, struct sv text, char before)
{
	return simd_survey_of(f, text, before, block, parity);
}

AVX512 static void
chars(const struct sv *text, size_t n, int64_t *ret)
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

AVX512 static inline void
pairs(const struct simd_automaton *a, struct sv text, size_t at, uint16_t *pair)
{
	size_t left = text.n > at ? text.n - at : 0;
	uint64_t in = left < SIMD_BLOCK ? _bzhi_u64(~UINT64_C(0), (unsigned)left) : ~UINT64_C(0);
	__m512i v = _mm512_maskz_loadu_epi8(in, left > 0 ? text.p + at : text.p);
	__m512i class = _mm512_permutex2var_epi8(_mm512_loadu_si512(a->class_of), v,
	                                         _mm512_loadu_si512(a->class_of + 64));

	class = _mm512_mask_mov_epi8(class, _mm512_movepi8_mask(v), _mm512_set1_epi8((char)a->class_of[128]));
	class = _mm512_mask_mov_epi8(_mm512_set1_epi8(SIMD_CLASSES), in, class);
	/* 16 * first + second, and that times the bytes of a row. */
	_mm512_storeu_si512(pair,
	                    _mm512_slli_epi16(_mm512_maddubs_epi16(class, _mm512_set1_epi16(0x0110)), 4));
}

AVX512 static void
states(const struct simd_automaton *a, const struct sv *text, uint32_t n, uint8_t *state)
{
	simd_states_of(a, text, n, state, pairs);
}

const struct simd simd_avx512 = {
	.name = "avx512",
	.supported = supported,
	.marks = marks,
	.survey = survey,
	.chars = chars,
	.times = simd_avx2_times,
	.states = states,
};
#else
typedef int simd_has_no_avx512; /* a file must not be empty */
#endif
