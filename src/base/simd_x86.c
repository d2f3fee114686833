/*
 * SSE2, which every x86-64 has, and AVX2.  Each level has the instructions that came with it or before: carry-less multiplication for the
 * parity of quotes, single instructions for counting and finding bits.
 */
#include "base/simd_x86.h"

#if SIMD_X86
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
	.times = simd_scalar_times,
};

/* AVX2 --------------------------------------------------------------------------------------------------------- */

bool
simd_avx2_supported(void)
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

/* As simd_put_bits, with an instruction that counts in zero, too. */
AVX2 static inline void
avx2_put(uint32_t *dst, uint64_t bits, uint32_t at)
{
	do {
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++) {
			dst[i] = at + (uint32_t)_tzcnt_u64(bits);
			bits = _blsr_u64(bits);
		}
		dst += 8;
	} while (UNLIKELY(bits != 0));
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

/* What a time looks like: bytes less their least ones, and how much greater they may be. */
struct avx2_layout {
	__m256i least[2], more[2]; /* of the bytes 0 to 15, and 16 to 23, twice each */
};

AVX2 static inline __m256i
twice(__m128i v)
{
	return _mm256_broadcastsi128_si256(v);
}

AVX2 static inline struct avx2_layout
avx2_layout(char between, bool utc)
{
	char z = utc ? 'Z' : '\0', any = (char)(utc ? 0 : 0xFF);
	struct avx2_layout ret;

	ret.least[0] = twice(_mm_setr_epi8('0', '0', '0', '0', '-', '0', '0', '-', '0', '0', between, '0',
	                                   '0', ':', '0', '0'));
	ret.more[0] = twice(_mm_setr_epi8(9, 9, 9, 9, 0, 1, 9, 0, 3, 9, 0, 2, 9, 0, 5, 9));
	ret.least[1] = twice(_mm_setr_epi8(':', '0', '0', z, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
	ret.more[1] = twice(_mm_setr_epi8(0, 5, 9, any, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
	return ret;
}

/*
 * Two texts side by side: [0] and [1] become year, 32 * month + day, 60 * hour + minute, second.  False if one of them is none; days of
 * the month are not looked at.
 */
AVX2 static inline bool
avx2_two_times(const struct avx2_layout *l, const char *p, const char *q, uint32_t ret[static 8])
{
	__m256i a = _mm256_inserti128_si256(
		_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p)),
		_mm_loadu_si128((const __m128i *)(const void *)q), 1);
	__m256i b = _mm256_inserti128_si256(
		_mm256_castsi128_si256(_mm_loadl_epi64((const __m128i *)(const void *)(p + 16))),
		_mm_loadl_epi64((const __m128i *)(const void *)(q + 16)), 1);
	const __m256i from_a = twice(_mm_setr_epi8(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, -1, -1, -1, -1));
	const __m256i from_b = twice(
		_mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 2, -1, -1));
	const __m256i tens = twice(_mm_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1));
	const __m256i most = twice(_mm_setr_epi16(99, 99, 12, 31, 23, 59, 59, 0));
	const __m256i weight = twice(_mm_setr_epi16(100, 1, 32, 1, 60, 1, 1, 0));
	__m256i pairs, bad;

	a = _mm256_sub_epi8(a, l->least[0]);
	b = _mm256_sub_epi8(b, l->least[1]);
	bad = _mm256_or_si256(_mm256_subs_epu8(a, l->more[0]), _mm256_subs_epu8(b, l->more[1]));
	pairs = _mm256_maddubs_epi16(
		_mm256_or_si256(_mm256_shuffle_epi8(a, from_a), _mm256_shuffle_epi8(b, from_b)), tens);
	bad = _mm256_or_si256(bad, _mm256_subs_epu16(pairs, most));
	_mm256_storeu_si256((__m256i *)(void *)ret, _mm256_madd_epi16(pairs, weight));
	return _mm256_testz_si256(bad, bad);
}

AVX2 static inline bool
avx2_instant(const uint32_t part[static 4], int64_t *us)
{
	int64_t days;

	if (!swar_days(part[0], part[1] / 32, part[1] % 32, &days))
		return false;
	*us = (days * 86400 + (int64_t)(part[2] * 60 + part[3])) * US_PER_S;
	return true;
}

/* Two that are times go together; if one is none, or there is no second one, they go one by one. */
AVX2 static uint64_t
avx2_times(const struct sv *text, uint32_t n, bool utc, int64_t *us)
{
	char between = n > 0 && text[0].n > 10 && text[0].p[10] == ' ' ? ' ' : 'T';
	struct avx2_layout l = avx2_layout(between, utc);
	size_t length = utc ? 20 : 19;
	uint32_t part[8];
	uint64_t ret = 0;

	for (uint32_t i = 0; i < n; i += 2) {
		const struct sv *s = &text[i], *t = &text[MIN(i + 1, n - 1)];

		if (LIKELY(s->n == length && t->n == length && t != s &&
		           avx2_two_times(&l, s->p, t->p, part))) {
			ret |= (uint64_t)avx2_instant(part, &us[i]) << i;
			ret |= (uint64_t)avx2_instant(part + 4, &us[i + 1]) << (i + 1);
			continue;
		}
		if (s->n == length && avx2_two_times(&l, s->p, s->p, part))
			ret |= (uint64_t)avx2_instant(part, &us[i]) << i;
		if (t != s && t->n == length && avx2_two_times(&l, t->p, t->p, part))
			ret |= (uint64_t)avx2_instant(part, &us[i + 1]) << (i + 1);
	}
	return ret;
}

/* 16 digits as one number: pairs, then fours, then eights, and two of these. */
AVX2 static inline uint64_t
avx2_value16(__m128i digit)
{
	const __m128i tens = _mm_set1_epi16(0x010A), hundreds = _mm_set1_epi32(0x00010064),
		      myriads = _mm_set1_epi32(0x00012710);
	__m128i fours = _mm_madd_epi16(_mm_maddubs_epi16(digit, tens), hundreds);
	uint64_t eights = (uint64_t)_mm_cvtsi128_si64(
		_mm_madd_epi16(_mm_packus_epi32(fours, fours), myriads));

	return (eights & UINT32_MAX) * 100000000 + (eights >> 32);
}

/*
 * The digits move to the end of a register in one step that leaves the point out: lane k of m digits takes the byte k of the text, or the one
 * behind it once the point has passed; lanes in front get 0.
 */
AVX2 static uint64_t
avx2_numbers(const struct sv *text, uint32_t n, int64_t *digits, uint8_t *fraction)
{
	const __m128i lane = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	const __m128i zero = _mm_set1_epi8('0'), nine = _mm_set1_epi8(9);
	uint64_t ret = 0;

	for (uint32_t i = 0; i < n; i++) {
		size_t minus = *text[i].p == '-', length = text[i].n - minus;
		const char *p = text[i].p + minus;
		__m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), zero);
		uint32_t points = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('.' - '0')));
		uint32_t end = 1u << (length & 31);
		/* Where the point stands, or the end if there is none. */
		uint32_t whole = (uint32_t)__builtin_ctz(points | end | 1u << 31);
		uint32_t behind = (uint32_t)length - whole;
		uint32_t count = (uint32_t)length - (behind > 0);
		__m128i at = _mm_add_epi8(lane, _mm_set1_epi8((char)(count - 16)));
		bool fits = length - 1 < 16, needless = (p[0] == '0') & (whole > 1);

		at = _mm_sub_epi8(at, _mm_cmpgt_epi8(at, _mm_set1_epi8((char)(whole - 1))));
		v = _mm_shuffle_epi8(v, at);

		bool proper = _mm_testz_si128(_mm_subs_epu8(v, nine), _mm_set1_epi8(-1));
		int64_t value = (int64_t)avx2_value16(v);

		digits[i] = minus ? -value : value;
		fraction[i] = (uint8_t)((behind - (behind > 0)) & 15);
		ret |= (uint64_t)(fits & proper & !needless & (whole > 0) & (behind != 1) &
		                  !((minus != 0) & (value == 0)))
		       << i;
	}
	return ret;
}

/* The classes of bytes below 128: each row of 16 is asked, and bits 4, 5 and 6 choose among the answers, two by two. */
AVX2 static inline __m256i
avx2_classes(const __m256i row[static 8], __m256i v)
{
	__m256i bit4 = _mm256_slli_epi16(v, 3), bit5 = _mm256_slli_epi16(v, 2),
		bit6 = _mm256_slli_epi16(v, 1), of[4];

#pragma GCC unroll 4
	for (unsigned k = 0; k < 4; k++)
		of[k] = _mm256_blendv_epi8(_mm256_shuffle_epi8(row[2 * k], v),
		                           _mm256_shuffle_epi8(row[2 * k + 1], v), bit4);
	of[0] = _mm256_blendv_epi8(of[0], of[1], bit5);
	of[2] = _mm256_blendv_epi8(of[2], of[3], bit5);
	return _mm256_blendv_epi8(of[0], of[2], bit6);
}

/* n < 32 bytes, and zeros; no more are touched, as what lies behind a text is not always there to be read. */
AVX2 static inline __m256i
avx2_some(const char *p, size_t n)
{
	const __m256i number = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	__m256i whole = _mm256_set1_epi32((int)(n / 4)), v;
	uint32_t last = 0;

	v = _mm256_maskload_epi32((const int *)(const void *)p, _mm256_cmpgt_epi32(whole, number));
	if (n >= 4) {
		memcpy(&last, p + n - 4, sizeof(last));
		last = (uint32_t)((uint64_t)last >> (8 * (4 - n % 4)));
	} else {
		for (size_t i = 0; i < n; i++)
			last |= (uint32_t)(uint8_t)p[i] << (8 * i);
	}
	return _mm256_or_si256(
		v, _mm256_and_si256(_mm256_set1_epi32((int)last), _mm256_cmpeq_epi32(whole, number)));
}

AVX2 static inline void
avx2_pairs(const struct simd_automaton *a, struct sv text, size_t at, uint16_t *pair)
{
	const __m256i number = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
	                                        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
	const __m256i none = _mm256_set1_epi8(SIMD_CLASSES);
	__m256i row[8];

#pragma GCC unroll 8
	for (unsigned k = 0; k < 8; k++)
		row[k] = twice(_mm_loadu_si128((const __m128i *)(const void *)(a->class_of + 16 * k)));
	for (size_t k = 0; k < SIMD_BLOCK; k += 32) {
		size_t left = text.n > at + k ? text.n - at - k : 0;
		__m256i v, class;

		if (left == 0) {
			_mm256_storeu_si256((__m256i *)(void *)(pair + k / 2), _mm256_set1_epi16(0x0FF0));
			continue;
		}
		v = left < 32 ? avx2_some(text.p + at + k, left)
		              : _mm256_loadu_si256((const __m256i *)(const void *)(text.p + at + k));
		class = _mm256_blendv_epi8(avx2_classes(row, v), _mm256_set1_epi8((char)a->class_of[128]), v);
		class = _mm256_blendv_epi8(
			none, class,
			_mm256_cmpgt_epi8(_mm256_set1_epi8((char)MIN(left, (size_t)32)), number));
		/* 16 * first + second, and that times the bytes of a row. */
		_mm256_storeu_si256(
			(__m256i *)(void *)(pair + k / 2),
			_mm256_slli_epi16(_mm256_maddubs_epi16(class, _mm256_set1_epi16(0x0110)), 4));
	}
}

AVX2 static void
avx2_states(const struct simd_automaton *a, const struct sv *text, uint32_t n, uint8_t *state)
{
	simd_states_of(a, text, n, state, avx2_pairs);
}

const struct simd simd_avx2 = {
	.name = "avx2",
	.supported = simd_avx2_supported,
	.marks = avx2_marks,
	.survey = avx2_survey,
	.chars = avx2_chars,
	.times = avx2_times,
	.numbers = avx2_numbers,
	.states = avx2_states,
};
#else
typedef int simd_has_no_x86; /* a file must not be empty */
#endif
