/*
 * Searching: four texts at a time, since each step waits for the one before it, then what is left of each.
 *
 * The last byte of a text is stepped over by itself: `$` also matches before a newline that ends the text, and whether it does is known of the
 * state before that byte.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "expr/dfa_table.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define SHENG_TARGET __attribute__((target("ssse3")))
#elif defined(__aarch64__)
#include <arm_neon.h>
#define SHENG_TARGET
#endif

enum { LANES = 4, STRIDE = 32 /* bytes between two looks whether it is decided */ };

static uint8_t
finish(const struct dfa *d, uint8_t state, struct sv text)
{
	if (text.n > 0) {
		uint8_t last = (uint8_t)text.p[text.n - 1];

		if (last == '\n' && (d->accept[state] & ACCEPT_NEWLINE))
			return DFA_YES;
		state = d->next[state][d->class_of[last]];
	}
	if (state == STATE_ASK)
		return DFA_ASK;
	return d->accept[state] & ACCEPT_END ? DFA_YES : DFA_NO;
}

static size_t
bytes_before_last(struct sv text)
{
	return text.n > 0 ? text.n - 1 : 0;
}

/* What is left behind the first bytes that were looked at; none of no text. */
static const char *
from(struct sv text, size_t done)
{
	return text.n > 0 ? text.p + done : "";
}

static uint8_t
run_table(const struct dfa *d, uint8_t state, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		state = d->next[state][d->class_of[(uint8_t)p[i]]];
		if (i % STRIDE == STRIDE - 1 && state < STATE_FIRST)
			break;
	}
	return state;
}

static size_t
common_bytes(const struct sv *text)
{
	size_t n = SIZE_MAX;

	for (unsigned k = 0; k < LANES; k++)
		n = MIN(n, bytes_before_last(text[k]));
	return n;
}

static void
search_table(const struct dfa *d, const struct sv *text, uint32_t n, uint8_t *ret)
{
	uint32_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		uint8_t s[LANES] = {d->start, d->start, d->start, d->start};
		size_t common = MIN(common_bytes(text + i), (size_t)STRIDE);

		for (size_t k = 0; k < common; k++)
			for (unsigned l = 0; l < LANES; l++)
				s[l] = d->next[s[l]][d->class_of[(uint8_t)text[i + l].p[k]]];
		for (unsigned l = 0; l < LANES; l++) {
			s[l] = run_table(d, s[l], from(text[i + l], common),
			                 bytes_before_last(text[i + l]) - common);
			ret[i + l] = finish(d, s[l], text[i + l]);
		}
	}
	for (; i < n; i++)
		ret[i] = finish(d, run_table(d, d->start, from(text[i], 0), bytes_before_last(text[i])),
		                text[i]);
}

#ifdef SHENG_TARGET
#if defined(__x86_64__)
typedef __m128i states_reg;
SHENG_TARGET static inline states_reg
row_of(const struct dfa *d, char c)
{
	return _mm_load_si128((const __m128i *)(const void *)d->sheng[(uint8_t)c]);
}
SHENG_TARGET static inline states_reg
step(states_reg row, states_reg s)
{
	return _mm_shuffle_epi8(row, s);
}
SHENG_TARGET static inline states_reg
reg_of(uint8_t state)
{
	return _mm_cvtsi32_si128(state);
}
SHENG_TARGET static inline uint8_t
state_in(states_reg s)
{
	return (uint8_t)_mm_cvtsi128_si32(s);
}
#else
typedef uint8x16_t states_reg;
static inline states_reg
row_of(const struct dfa *d, char c)
{
	return vld1q_u8(d->sheng[(uint8_t)c]);
}
static inline states_reg
step(states_reg row, states_reg s)
{
	return vqtbl1q_u8(row, s);
}
static inline states_reg
reg_of(uint8_t state)
{
	return vdupq_n_u8(state);
}
static inline uint8_t
state_in(states_reg s)
{
	return vgetq_lane_u8(s, 0);
}
#endif

SHENG_TARGET static states_reg
run_sheng(const struct dfa *d, states_reg s, const char *p, size_t n)
{
	size_t i = 0;

	for (; i + STRIDE <= n; i += STRIDE) {
		for (size_t k = 0; k < STRIDE; k++)
			s = step(row_of(d, p[i + k]), s);
		if (state_in(s) < STATE_FIRST)
			return s;
	}
	for (; i < n; i++)
		s = step(row_of(d, p[i]), s);
	return s;
}

SHENG_TARGET static void
search_sheng(const struct dfa *d, const struct sv *text, uint32_t n, uint8_t *ret)
{
	uint32_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		const char *p0 = text[i].p, *p1 = text[i + 1].p, *p2 = text[i + 2].p, *p3 = text[i + 3].p;
		states_reg s0 = reg_of(d->start), s1 = s0, s2 = s0, s3 = s0;
		size_t common = MIN(common_bytes(text + i), (size_t)STRIDE);

		for (size_t k = 0; k < common; k++) {
			s0 = step(row_of(d, p0[k]), s0);
			s1 = step(row_of(d, p1[k]), s1);
			s2 = step(row_of(d, p2[k]), s2);
			s3 = step(row_of(d, p3[k]), s3);
		}

		const states_reg s[LANES] = {s0, s1, s2, s3};

		for (unsigned l = 0; l < LANES; l++) {
			const struct sv *t = &text[i + l];
			states_reg r = run_sheng(d, s[l], from(*t, common), bytes_before_last(*t) - common);

			ret[i + l] = finish(d, state_in(r), *t);
		}
	}
	for (; i < n; i++) {
		states_reg r = run_sheng(d, reg_of(d->start), from(text[i], 0), bytes_before_last(text[i]));

		ret[i] = finish(d, state_in(r), text[i]);
	}
}

static bool
has_shuffle(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("ssse3");
#else
	return true;
#endif
}
#endif

void
dfa_sheng_build(struct dfa *d)
{
	if (d->n > DFA_SHENG)
		return;
	d->sheng = aligned_alloc(DFA_SHENG, 256 * sizeof(*d->sheng));
	if (d->sheng == NULL)
		return; /* slower, that is all */
	for (unsigned c = 0; c < 256; c++)
		for (uint32_t s = 0; s < DFA_SHENG; s++)
			d->sheng[c][s] = s < d->n ? d->next[s][d->class_of[c]] : STATE_DEAD;
}

void
dfa_pairs_build(struct dfa *d)
{
	struct simd_automaton *a;

	d->simd = simd_level();
	if (d->n > SIMD_STATES || d->nclass > SIMD_CLASSES || d->simd->states == NULL)
		return;
	a = aligned_alloc(SIMD_BLOCK, (sizeof(*a) + SIMD_BLOCK - 1) / SIMD_BLOCK * SIMD_BLOCK);
	if (a == NULL)
		return; /* slower, that is all */
	memset(a, 0, sizeof(*a));
	memcpy(a->class_of, d->class_of, sizeof(a->class_of));
	a->start = d->start;
	a->lasting = STATE_FIRST;
	for (unsigned pair = 0; pair < 256; pair++)
		for (uint32_t s = 0; s < d->n; s++) {
			unsigned first = pair / 16, second = pair % 16;
			uint8_t next = (uint8_t)s;

			if (first < d->nclass)
				next = d->next[next][first];
			if (second < d->nclass)
				next = d->next[next][second];
			a->next[pair][s] = next;
		}
	d->pairs = a;
}

/* Whole texts; but what is before a newline at the end is asked for by finish(). */
static void
search_pairs(const struct dfa *d, const struct sv *text, uint32_t n, uint8_t *ret)
{
	uint8_t verdict[SIMD_STATES];

	for (uint32_t s = 0; s < d->n; s++)
		verdict[s] = s == STATE_ASK ? DFA_ASK : d->accept[s] & ACCEPT_END ? DFA_YES : DFA_NO;
	d->simd->states(d->pairs, text, n, ret);
	for (uint32_t i = 0; i < n; i++) {
		ret[i] = verdict[ret[i]];
		if (UNLIKELY(text[i].n > 0 && text[i].p[text[i].n - 1] == '\n'))
			ret[i] = finish(d, run_table(d, d->start, text[i].p, text[i].n - 1), text[i]);
	}
}

void
dfa_search(const struct dfa *d, const struct sv *text, uint32_t n, bool vectors, uint8_t *ret)
{
	if (vectors && d->pairs != NULL) {
		search_pairs(d, text, n, ret);
		return;
	}
#ifdef SHENG_TARGET
	if (vectors && d->sheng != NULL && has_shuffle()) {
		search_sheng(d, text, n, ret);
		return;
	}
#endif
	search_table(d, text, n, ret);
}
