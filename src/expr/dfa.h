/*
 * Deterministic automata: regular patterns searched in one look at each byte, without backtracking.
 *
 * Up to DFA_SHENG states the next state of all states stands in one vector register for each byte, so that a step is one shuffle ("Sheng", from
 * Hyperscan: Wang et al., "Hyperscan: a fast multi-pattern regex matcher for modern CPUs", NSDI 2019); above that it is a look into a table.
 */
#ifndef WEIR_EXPR_DFA_H
#define WEIR_EXPR_DFA_H

#include "base/sv.h"

struct dfa; /* never changes once built: shared by threads */

#define DFA_SHENG 16
#define DFA_STATES_MAX 255

enum dfa_result {
	DFA_NO,
	DFA_YES,
	DFA_ASK /* the text has characters beyond ASCII on which it depends: PCRE2 knows */
};

/* Of a pattern that PCRE2 compiled; NULL if it is not known to be regular, or has too many states. */
struct dfa *dfa_new(struct sv pattern);
void dfa_free(struct dfa *d);
uint32_t dfa_states(const struct dfa *d);
/* Is a match anywhere in each of n texts?  ret[i] is of enum dfa_result.  `vectors`: may use the vector unit, if there is a way. */
void dfa_search(const struct dfa *d, const struct sv *text, uint32_t n, bool vectors, uint8_t *ret);

#endif
