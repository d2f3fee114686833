/* What the levels of x86-64 share beyond SSE2. */
#ifndef WEIR_BASE_SIMD_X86_H
#define WEIR_BASE_SIMD_X86_H

#include "base/simd_level.h"

#if SIMD_X86
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt,pclmul")))
#define AVX512                                                                                           \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,avx2,bmi,bmi2," \
	                      "popcnt,lzcnt,pclmul")))

bool simd_avx2_supported(void);

/*
 * Automata.  First the bytes of many texts become numbers of pairs of classes, 64 bytes of a text at a time; then four texts go through the
 * automaton side by side, a pair a step, since each step waits for the one before it.  The next states of all states stand in one register, so
 * that a step is a shuffle ("Sheng": Wang et al., "Hyperscan: a fast multi-pattern regex matcher for modern CPUs", NSDI 2019).
 */
enum { STATES_LANES = 4, STATES_GROUP = 32, PAIRS = SIMD_BLOCK / 2 };

/* The pairs of a text's bytes from `at` on, as offsets in a->next; those behind its end are no bytes. */
typedef void simd_pairs_fn(const struct simd_automaton *a, struct sv text, size_t at, uint16_t *pair);

AVX2 static inline __attribute__((always_inline)) __m128i
simd_next(const struct simd_automaton *a, uint16_t pair, __m128i state)
{
	const char *row = (const char *)a->next + pair;

	return _mm_shuffle_epi8(_mm_load_si128((const __m128i *)(const void *)row), state);
}

AVX2 static inline __attribute__((always_inline)) void
simd_four_states(const struct simd_automaton *a, const struct sv *text[static STATES_LANES],
                 uint16_t pair[static STATES_LANES][PAIRS], uint8_t *const state[static STATES_LANES],
                 simd_pairs_fn *pairs)
{
	__m128i s0 = _mm_cvtsi32_si128(a->start), s1 = s0, s2 = s0, s3 = s0;
	size_t longest = MAX(MAX(text[0]->n, text[1]->n), MAX(text[2]->n, text[3]->n));

	for (size_t at = 0;;) {
		size_t steps = (MIN(longest - at, (size_t)SIMD_BLOCK) + 1) / 2;

		for (size_t i = 0; i < steps; i++) {
			s0 = simd_next(a, pair[0][i], s0);
			s1 = simd_next(a, pair[1][i], s1);
			s2 = simd_next(a, pair[2][i], s2);
			s3 = simd_next(a, pair[3][i], s3);
		}
		*state[0] = (uint8_t)_mm_cvtsi128_si32(s0);
		*state[1] = (uint8_t)_mm_cvtsi128_si32(s1);
		*state[2] = (uint8_t)_mm_cvtsi128_si32(s2);
		*state[3] = (uint8_t)_mm_cvtsi128_si32(s3);
		at += SIMD_BLOCK;
		if (LIKELY(at >= longest) || (*state[0] < a->lasting && *state[1] < a->lasting &&
		                              *state[2] < a->lasting && *state[3] < a->lasting))
			return;
		for (unsigned l = 0; l < STATES_LANES; l++)
			pairs(a, *text[l], at, pair[l]);
	}
}

AVX2 static inline __attribute__((always_inline)) void
simd_states_of(const struct simd_automaton *a, const struct sv *text, uint32_t n, uint8_t *state,
               simd_pairs_fn *pairs)
{
	uint16_t pair[STATES_GROUP][PAIRS] __attribute__((aligned(SIMD_BLOCK)));

	for (uint32_t from = 0; from < n; from += STATES_GROUP) {
		uint32_t group = MIN(n - from, (uint32_t)STATES_GROUP);

		for (uint32_t i = 0; i < group; i++)
			pairs(a, text[from + i], 0, pair[i]);
		/* Of the last four, those that are missing are the last one again, which ends where it ended. */
		for (uint32_t i = 0; i < group; i += STATES_LANES) {
			const struct sv *t[STATES_LANES];
			uint8_t *s[STATES_LANES], unused[STATES_LANES];

			for (uint32_t l = 0; l < STATES_LANES; l++) {
				bool there = i + l < group;

				t[l] = &text[from + (there ? i + l : group - 1)];
				s[l] = there ? &state[from + i + l] : &unused[l];
				if (!there)
					memcpy(pair[i + l], pair[group - 1], sizeof(pair[0]));
			}
			simd_four_states(a, t, pair + i, s, pairs);
		}
	}
}
#endif

#endif
