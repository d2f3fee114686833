/*
 * Many bytes at once: one table of functions for each level of instructions that a processor may have.  All levels give the same results;
 * the scalar functions are plain loops and say what these are.
 *
 * The level is the best that the machine has, or what the environment's WEIR_SIMD names.
 */
#ifndef WEIR_BASE_SIMD_H
#define WEIR_BASE_SIMD_H

#include "base/err.h"
#include "base/sv.h"

enum {
	SIMD_PAD = 64,   /* readable bytes behind all texts; what is in them does not matter */
	SIMD_BLOCK = 64, /* bytes of a step */
	SIMD_SLACK = 128 /* entries behind the places asked for, which may be written too */
};

/* A text of fields: which bytes part them. */
struct simd_format {
	char delimiter, quote; /* quote NUL: there are none */
};

/* What was found in a text that begins with a record. */
struct simd_marks {
	size_t n;        /* places */
	size_t newlines; /* those that are newlines */
	size_t end; /* how far the text was looked at: to its end, or to the block that had the last place asked for */
	bool quoted; /* the place `end` is inside quotes */
	bool misplaced; /* a quote opens where no field begins, or closes where none ends; nothing else is meant */
};

enum { SIMD_EVEN = 1, SIMD_ODD = 2, SIMD_PARITY = 4 };

enum { SIMD_STATES = 16, SIMD_CLASSES = 15 };

/* A deterministic automaton of at most that many states, over bytes of at most that many classes. */
struct simd_automaton {
	uint8_t class_of[256]; /* all bytes beyond 127 are of one class */
	uint8_t start;
	uint8_t lasting; /* states below this one are never left */
	/*
	 * [16 * a + b][s]: the state behind s and a byte of class a and one of class b.  Class SIMD_CLASSES is no byte, which changes nothing; so texts
	 * of different lengths take the same steps.
	 */
	uint8_t next[256][SIMD_STATES] __attribute__((aligned(SIMD_STATES)));
};

struct simd {
	const char *name;
	bool (*supported)(void);
	/*
	 * The places of delimiters and newlines outside of quotes, in order, until there are `want` of them at the end of a block.  place has
	 * room for want + SIMD_SLACK.  A quote may open at the text's beginning or behind a separator or a quote, and close before these,
	 * before CRLF, or at the text's end (a CR before it included).
	 */
	struct simd_marks (*marks)(struct simd_format f, struct sv text, size_t want, uint32_t *place);
	/*
	 * Of a text from anywhere, behind the byte `before`: SIMD_PARITY, the number of quotes is odd; SIMD_EVEN and SIMD_ODD, one stands behind
	 * neither separator nor quote, and an even (odd) number of quotes before it.
	 */
	unsigned (*survey)(struct simd_format f, struct sv text, char before);
	/* Characters of n texts, as sv_chars counts them. */
	void (*chars)(const struct sv *text, size_t n, int64_t *ret);
	/*
	 * Of at most 64 texts, those that are times in the layout of the first one: YYYY-MM-DD, a T or a space, HH:MM:SS, and a Z if `utc`.
	 * us[i] of others is not meant.
	 */
	uint64_t (*times)(const struct sv *text, uint32_t n, bool utc, int64_t *us);
	/*
	 * Of at most 64 texts, those that are -?(0|[1-9][0-9]*)(\.[0-9]+)? of at most 16 bytes behind the sign, and no negative zero: text i says
	 * digits[i] / 10^fraction[i], and fraction[i] < 16 also where digits[i] is not meant.  NULL: no way that is faster than one by one.
	 */
	uint64_t (*numbers)(const struct sv *text, uint32_t n, int64_t *digits, uint8_t *fraction);
	/* The automaton's states behind n texts.  NULL: the level has no way that is faster than a byte at a time. */
	void (*states)(const struct simd_automaton *a, const struct sv *text, uint32_t n, uint8_t *state);
};

/* Ascending; not all are of this machine. */
extern const struct simd *const simd_levels[];
extern const size_t simd_level_count;
extern const struct simd simd_scalar;

/* The level of that name; NULL or "": the best one.  ERR_USAGE if there is none, or the machine cannot. */
MUST_CHECK bool simd_find(const char *name, const struct simd **ret, struct err *err);
/* That of the environment; scalar if it names none. */
const struct simd *simd_level(void);

#endif
