/*
 * Patterns that are proven regular, as nondeterministic automata over ASCII.
 *
 * The language is PCRE2's (with UTF and UCP), as far as a match means the same without backtracking: literals, `.`, classes, groups, `|`,
 * repetition (greedy and lazy find the same texts), `^`, `$`, `\A`, `\Z`, `\z`.  Anything else - back references, look-around, possessive
 * repetition, `\b`, what PCRE2 versions read differently - is refused, and stays PCRE2's to decide.
 *
 * Sets hold ASCII characters only.  What characters beyond ASCII match is never asked: whoever meets one in a text asks PCRE2.
 */
#ifndef WEIR_EXPR_NFA_H
#define WEIR_EXPR_NFA_H

#include "base/arena.h"

enum nfa_op {
	NFA_SET,   /* takes a character of the set, goes on with out[0] */
	NFA_SPLIT, /* goes on with out[0] and out[1] */
	NFA_START, /* goes on at the start of the text: `^`, `\A` */
	NFA_END,   /* goes on at the end of the text, and before a newline that ends it: `$`, `\Z` */
	NFA_FINAL, /* goes on at the end of the text: `\z` */
	NFA_MATCH
};

struct nfa_node {
	enum nfa_op op;
	uint32_t out[2];
	uint64_t set[2]; /* by character */
};

struct nfa {
	const struct nfa_node *node;
	uint32_t n, start;
};

#define NFA_NODES_MAX 1024

/* False if the pattern is not (known to be) regular, or too large.  The pattern must be one that PCRE2 compiled. */
bool nfa_parse(struct arena *a, struct sv pattern, struct nfa *ret);

static inline bool
nfa_set_has(const uint64_t set[2], unsigned c)
{
	return set[c / 64] >> (c % 64) & 1;
}

#endif
