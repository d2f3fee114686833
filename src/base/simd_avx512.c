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

/*
 * The digits of texts at the ends of lanes of 16 bytes, '0' in front of them.  Returns the texts that are no numbers, whatever their digits are;
 * *minus: those that have a sign.
 */
AVX512 static inline uint64_t
align_right(const struct sv *text, uint32_t n, uint8_t lane[static SIMD_BLOCK][16], uint64_t *minus)
{
	const __m128i zeros = _mm_set1_epi8('0');
	uint64_t signs = 0, ret = 0;

	for (uint32_t i = 0; i < n; i++) {
		const char *p = text[i].p;
		size_t length = text[i].n, sign = *p == '-';
		bool odd;

		signs |= (uint64_t)sign << i;
		p += sign;
		length -= sign;
		odd = (length - 1 > 15) | (*p == '.') | ((*p == '0') & (length > 1) & (p[1] != '.'));
		ret |= (uint64_t)odd << i;
		if (UNLIKELY(length > 16))
			length = 0;
		_mm_store_si128((__m128i *)(void *)lane[i],
		                _mm_mask_loadu_epi8(zeros, (__mmask16)(0xFFFF0000u >> length),
		                                    p + (ptrdiff_t)length - 16));
	}
	*minus = signs;
	return ret;
}

/*
 * In each of four lanes: the bits from the lowest one that is set down.  None in lanes without any.  16 bits a lane, so that a borrow from the
 * highest one ends there.
 */
AVX512 static inline uint64_t
up_to_lowest(uint64_t bits)
{
	const uint64_t high = UINT64_C(0x8000800080008000);
	uint64_t some = bits | high, ret = some ^ (some - (high >> 15));
	uint64_t none = (ret & high & ~bits) >> 15; /* it was the added bit that was found */

	return ret & ~(none * 0xFFFF);
}

/* The value of the digits in each of four lanes. */
AVX512 static inline __m256i
values(__m512i digit)
{
	const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6);
	__m512i fours = _mm512_madd_epi16(_mm512_maddubs_epi16(digit, _mm512_set1_epi16(0x010A)),
	                                  _mm512_set1_epi32(0x00010064));
	__m512i eights = _mm512_madd_epi16(_mm512_packus_epi32(fours, fours), _mm512_set1_epi32(0x00012710));
	__m512i all = _mm512_add_epi64(_mm512_mul_epu32(eights, _mm512_set1_epi64(100000000)),
	                               _mm512_srli_epi64(eights, 32));

	return _mm512_castsi512_si256(_mm512_permutexvar_epi64(order, all));
}

AVX512 static uint64_t
numbers(const struct sv *text, uint32_t n, int64_t *digits, uint8_t *fraction)
{
	const uint64_t ends = UINT64_C(0x8000800080008000);
	uint8_t lane[SIMD_BLOCK][16] __attribute__((aligned(SIMD_BLOCK)));
	uint64_t signs, odd = align_right(text, n, lane, &signs);

	for (uint32_t i = 0; i < n; i += 4) {
		__m512i v = _mm512_sub_epi8(_mm512_load_si512(lane[i]), _mm512_set1_epi8('0'));
		uint64_t points = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('.' - '0'));
		uint64_t bad = _mm512_cmpgt_epu8_mask(v, _mm512_set1_epi8(9));
		uint32_t behind = 0; /* a byte for each of the four */
		__m256i value;
		__mmask8 minus = (__mmask8)(signs >> i & 15), there = (__mmask8)_bzhi_u32(15, n - i);

		if (points != 0) {
			uint64_t before = up_to_lowest(points);

			/* The first point of a text is none that is bad, but at its end; what stands before takes its place. */
			bad &= ~points | ~before | ends;
			v = _mm512_mask_mov_epi8(v, before, _mm512_bslli_epi128(v, 1));
			for (unsigned k = 0; k < 4; k++)
				behind |= ((16 -
				            (unsigned)__builtin_popcountll(before >> (16 * k) & 0xFFFF)) &
				           15)
				          << (8 * k);
		}
		value = values(v);
		memcpy(fraction + i, &behind, MIN(n - i, 4u));
		/* A negative zero is none of these numbers. */
		odd |= (uint64_t)(_mm256_cmpeq_epi64_mask(value, _mm256_setzero_si256()) & minus) << i;
		odd |= _pext_u64(((bad & ~ends) + ~ends) | bad, ends) << i;
		_mm256_mask_storeu_epi64(digits + i, there,
		                         _mm256_mask_sub_epi64(value, minus, _mm256_setzero_si256(), value));
	}
	return ~odd & (n < 64 ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0));
}

/* What a time looks like: bytes less their least ones, and how much greater they may be; two texts of 32 bytes. */
struct layout {
	__m512i least, more;
};

AVX512 static inline struct layout
layout_of(char between, bool utc)
{
	const char z = utc ? 'Z' : '\0', any = (char)(utc ? 0 : 0xFF);
	__m256i least = _mm256_setr_epi8('0', '0', '0', '0', '-', '0', '0', '-', '0', '0', between, '0', '0',
	                                 ':', '0', '0', ':', '0', '0', z, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	__m256i more = _mm256_setr_epi8(9, 9, 9, 9, 0, 1, 9, 0, 3, 9, 0, 2, 9, 0, 5, 9, 0, 5, 9, any, -1, -1,
	                                -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);

	return (struct layout){_mm512_broadcast_i64x4(least), _mm512_broadcast_i64x4(more)};
}

/* Two texts less the layout's least bytes. */
AVX512 static inline __m512i
two_texts(const struct layout *l, struct sv a, struct sv b)
{
	__m512i v = _mm512_inserti64x4(
		_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)a.p)),
		_mm256_loadu_si256((const __m256i *)(const void *)b.p), 1);

	return _mm512_sub_epi8(v, l->least);
}

/* Are the 64-bit numbers from `from` on, `n` of them, zero? */
#define ALL_ZERO(mask, from, n) (((mask) >> (from) & ((1u << (n)) - 1)) == 0)

/*
 * Four texts, of which every fourth is given: each becomes year, 32 * month + day, 60 * hour + minute, second.  Returns bits of those that are
 * times, but that days of the month are not looked at.
 */
AVX512 static inline unsigned
four_times(const struct layout *l, const struct sv *text, __m512i *part)
{
	const __m512i tens = _mm512_set1_epi16(0x010A);
	/* The digits of the layout; the last two bytes of a text come out as zeros. */
	const __m128i digit = _mm_setr_epi8(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 0, 0);
	const __m512i of_text = _mm512_setr_epi64(0, 0, 0x2020202020202020, 0x2020202020202020,
	                                          0x4040404040404040, 0x4040404040404040, 0x6060606060606060,
	                                          0x6060606060606060);
	const __m512i most = _mm512_broadcast_i32x4(_mm_setr_epi16(99, 99, 12, 31, 23, 59, 59, 0));
	const __m512i weight = _mm512_broadcast_i32x4(_mm_setr_epi16(100, 1, 32, 1, 60, 1, 1, 0));
	__m512i a = two_texts(l, text[0], text[4]), b = two_texts(l, text[8], text[12]), pairs;
	__m512i from = _mm512_or_si512(_mm512_broadcast_i32x4(digit), of_text);
	unsigned odd_a, odd_b, odd_pairs, ret = 0;

	pairs = _mm512_maddubs_epi16(
		_mm512_maskz_mov_epi8(0x3FFF3FFF3FFF3FFF, _mm512_permutex2var_epi8(a, from, b)), tens);
	*part = _mm512_madd_epi16(pairs, weight);
	a = _mm512_subs_epu8(a, l->more);
	b = _mm512_subs_epu8(b, l->more);
	pairs = _mm512_subs_epu16(pairs, most);
	odd_a = _mm512_test_epi64_mask(a, a);
	odd_b = _mm512_test_epi64_mask(b, b);
	odd_pairs = _mm512_test_epi64_mask(pairs, pairs);
	if (LIKELY((odd_a | odd_b | odd_pairs) == 0))
		return 15;
	for (unsigned k = 0; k < 4; k++)
		ret |= (unsigned)(ALL_ZERO(k < 2 ? odd_a : odd_b, k % 2 * 4, 4) &&
		                  ALL_ZERO(odd_pairs, k * 2, 2))
		       << k;
	return ret;
}

/* Days since 1970 of 16 dates, as swar_days() does it; returns those that there are. */
AVX512 static inline __mmask16
days_of(__m512i year, __m512i month_day, __m512i *ret)
{
	const __m512i longest = _mm512_setr_epi32(0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0);
	const __m512i before = _mm512_setr_epi32(0, 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 0,
	                                         0, 0);
	const __m512i one = _mm512_set1_epi32(1);
	__m512i month = _mm512_srli_epi32(month_day, 5);
	__m512i day = _mm512_and_si512(month_day, _mm512_set1_epi32(31));
	__m512i y = _mm512_mask_sub_epi32(year, _mm512_cmple_epu32_mask(month, _mm512_set1_epi32(2)), year,
	                                  one);
	/* A hundredth: exact up to 43,698. */
	__m512i century = _mm512_srli_epi32(_mm512_mullo_epi32(y, _mm512_set1_epi32(5243)), 19);
	__m512i days = _mm512_add_epi32(_mm512_mullo_epi32(y, _mm512_set1_epi32(365)),
	                                _mm512_add_epi32(_mm512_permutexvar_epi32(month, before), day));
	__mmask16 leap = _mm512_cmpeq_epi32_mask(month_day, _mm512_set1_epi32(2 * 32 + 29));
	__mmask16 there = _mm512_cmplt_epu32_mask(_mm512_sub_epi32(day, one),
	                                          _mm512_permutexvar_epi32(month, longest));

	days = _mm512_add_epi32(days, _mm512_sub_epi32(_mm512_srli_epi32(y, 2), century));
	days = _mm512_add_epi32(days, _mm512_srli_epi32(century, 2));
	*ret = _mm512_sub_epi32(days, _mm512_set1_epi32(719469));
	if (UNLIKELY(leap != 0)) {
		/* Years that a hundred divides are leap years if sixteen does, too. */
		__m512i of = _mm512_mullo_epi32(
			_mm512_srli_epi32(_mm512_mullo_epi32(year, _mm512_set1_epi32(5243)), 19),
			_mm512_set1_epi32(100));
		__mmask16 hundredth = _mm512_cmpeq_epi32_mask(of, year);

		there &= (__mmask16)(~leap |
		                     (_mm512_testn_epi32_mask(year, _mm512_set1_epi32(3)) &
		                      (~hundredth | _mm512_testn_epi32_mask(year, _mm512_set1_epi32(15)))));
	}
	return there & _mm512_test_epi32_mask(year, year);
}

/* (days * 86400 + seconds) * 1000000 of eight times. */
AVX512 static inline __m512i
instants(__m256i days, __m256i seconds)
{
	__m512i s = _mm512_add_epi64(_mm512_mul_epi32(_mm512_cvtepi32_epi64(days), _mm512_set1_epi64(86400)),
	                             _mm512_cvtepi32_epi64(seconds));

	return _mm512_mullo_epi64(s, _mm512_set1_epi64(US_PER_S));
}

/* 16 texts; returns bits of those that are times. */
AVX512 static inline unsigned
sixteen_times(const struct layout *l, const struct sv *text, int64_t *us)
{
	__m512i part[4], low[2], high[2], days, seconds;
	unsigned ret = 0;

	for (unsigned k = 0; k < 4; k++) {
		unsigned good = four_times(l, text + k, &part[k]);

		/* Bits 0 to 3 are of the texts k, k + 4 … */
		ret |= _pdep_u32(good, 0x1111u) << k;
	}
	/* Text 4 * i + k is in lane i of part k; so years and all else come in the order of the texts. */
	low[0] = _mm512_unpacklo_epi32(part[0], part[1]);
	low[1] = _mm512_unpacklo_epi32(part[2], part[3]);
	high[0] = _mm512_unpackhi_epi32(part[0], part[1]);
	high[1] = _mm512_unpackhi_epi32(part[2], part[3]);
	ret &= days_of(_mm512_unpacklo_epi64(low[0], low[1]), _mm512_unpackhi_epi64(low[0], low[1]), &days);
	seconds = _mm512_add_epi32(
		_mm512_mullo_epi32(_mm512_unpacklo_epi64(high[0], high[1]), _mm512_set1_epi32(60)),
		_mm512_unpackhi_epi64(high[0], high[1]));
	_mm512_storeu_si512(us, instants(_mm512_castsi512_si256(days), _mm512_castsi512_si256(seconds)));
	_mm512_storeu_si512(
		us + 8, instants(_mm512_extracti64x4_epi64(days, 1), _mm512_extracti64x4_epi64(seconds, 1)));
	return ret;
}

AVX512 static uint64_t
times(const struct sv *text, uint32_t n, bool utc, int64_t *us)
{
	char between = n > 0 && text[0].n > 10 && text[0].p[10] == ' ' ? ' ' : 'T';
	struct layout l = layout_of(between, utc);
	size_t length = utc ? 20 : 19;
	uint64_t fits = 0, ret = 0;
	uint32_t i = 0;

	for (uint32_t k = 0; k < n; k++)
		fits |= (uint64_t)(text[k].n == length) << k;
	for (; i + 16 <= n; i += 16)
		ret |= (uint64_t)sixteen_times(&l, text + i, us + i) << i;
	if (i < n) {
		/* The last ones, and one of them again and again. */
		struct sv rest[16];
		int64_t instant[16];

		for (uint32_t k = 0; k < 16; k++)
			rest[k] = text[MIN(i + k, n - 1)];
		ret |= (uint64_t)sixteen_times(&l, rest, instant) << i;
		memcpy(us + i, instant, (n - i) * sizeof(*us));
	}
	return ret & fits;
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
	.times = times,
	.numbers = numbers,
	.states = states,
};
#else
typedef int simd_has_no_avx512; /* a file must not be empty */
#endif
