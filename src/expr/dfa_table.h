/* What the builder and the searcher of automata share.  Private to dfa.c and dfa_search.c. */
#ifndef WEIR_EXPR_DFA_TABLE_H
#define WEIR_EXPR_DFA_TABLE_H

#include "base/simd.h"
#include "expr/dfa.h"

/* The first three are never left. */
enum { STATE_DEAD, STATE_YES, STATE_ASK, STATE_FIRST };

enum accept {
	ACCEPT_END = 1,    /* a match if the text ends here */
	ACCEPT_NEWLINE = 2 /* a match if one newline follows, and the text ends then */
};

struct dfa {
	uint32_t n;      /* states */
	uint32_t nclass; /* of bytes, the last of which is that of all beyond ASCII */
	uint8_t start;
	uint8_t class_of[256];
	uint8_t accept[DFA_STATES_MAX];
	uint8_t next[DFA_STATES_MAX][129]; /* by state and class */
	uint8_t (*sheng)
		[DFA_SHENG]; /* [256]: by byte, the next state of each state; NULL if there are too many */
	/* The same by pairs of classes; NULL if there are too many of these, too, or the machine has no use for it. */
	struct simd_automaton *pairs;
	const struct simd *simd;
};

void dfa_sheng_build(struct dfa *d);
void dfa_pairs_build(struct dfa *d);

#endif
