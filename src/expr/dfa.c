/* The subset construction.  A state is the set of nodes that wait for a character or for the end. */
#include "expr/dfa_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "expr/nfa.h"

enum {
	WORDS = NFA_NODES_MAX / 64,
	WORK_MAX = 1 << 22, /* nodes visited: some milliseconds */
};

/* How far a text was read when nodes are followed that take nothing. */
enum place { PLACE_START, PLACE_INSIDE };

struct states {
	const struct nfa *nfa;
	struct dfa *d;
	uint64_t set[DFA_STATES_MAX][WORDS];
	uint32_t start_node;
	uint8_t ends[NFA_NODES_MAX]; /* of nodes that wait for the end: bits of enum accept */
	uint32_t work;
	/* Of one walk. */
	uint64_t seen[WORDS];
	uint32_t stack[2 * NFA_NODES_MAX + 2];
};

/*
 * Adds to `set` what can be reached from a node without taking a character.  False: the match itself, and nothing that follows can change that.
 */
static bool
follow(struct states *s, uint32_t from, enum place place, uint64_t set[WORDS])
{
	uint32_t n = 0;

	s->stack[n++] = from;
	while (n > 0) {
		uint32_t i = s->stack[--n];
		const struct nfa_node *node = &s->nfa->node[i];

		if (s->seen[i / 64] >> (i % 64) & 1)
			continue;
		s->seen[i / 64] |= UINT64_C(1) << (i % 64);
		s->work++;
		switch (node->op) {
		case NFA_MATCH:
			return false;
		case NFA_SPLIT:
			s->stack[n++] = node->out[1];
			s->stack[n++] = node->out[0];
			break;
		case NFA_START:
			if (place == PLACE_START)
				s->stack[n++] = node->out[0];
			break;
		case NFA_SET:
		case NFA_END:
		case NFA_FINAL:
			set[i / 64] |= UINT64_C(1) << (i % 64);
			break;
		}
	}
	return true;
}

/*
 * Does the match follow from a node that waits for the end, at the end?  `newline`: before a newline that is the end.  False if what follows is
 * more than that: a character, or the start.
 */
static bool
follow_end(struct states *s, uint32_t from, bool newline, bool *match)
{
	uint32_t n = 0;

	memset(s->seen, 0, sizeof(s->seen));
	*match = false;
	s->stack[n++] = from;
	while (n > 0) {
		uint32_t i = s->stack[--n];
		const struct nfa_node *node = &s->nfa->node[i];

		if (s->seen[i / 64] >> (i % 64) & 1)
			continue;
		s->seen[i / 64] |= UINT64_C(1) << (i % 64);
		switch (node->op) {
		case NFA_MATCH:
			*match = true;
			break;
		case NFA_SPLIT:
			s->stack[n++] = node->out[1];
			s->stack[n++] = node->out[0];
			break;
		case NFA_FINAL:
			if (!newline)
				s->stack[n++] = node->out[0];
			break;
		case NFA_END:
			s->stack[n++] = node->out[0];
			break;
		case NFA_SET:
		case NFA_START:
			return false;
		}
	}
	return true;
}

static bool
find_ends(struct states *s)
{
	for (uint32_t i = 0; i < s->nfa->n; i++) {
		enum nfa_op op = s->nfa->node[i].op;
		bool match;

		if (op != NFA_END && op != NFA_FINAL)
			continue;
		if (!follow_end(s, i, false, &match))
			return false;
		s->ends[i] = match ? ACCEPT_END : 0;
		if (!follow_end(s, i, true, &match))
			return false;
		s->ends[i] |= match ? ACCEPT_NEWLINE : 0;
	}
	return true;
}

/* Characters that no set tells apart are one class. */
static void
find_classes(struct dfa *d, const struct nfa *nfa, unsigned sample[128])
{
	unsigned n = 0;

	for (unsigned c = 0; c < 128; c++) {
		unsigned k = 0;

		for (; k < n; k++) {
			bool same = true;

			for (uint32_t i = 0; same && i < nfa->n; i++)
				same = nfa->node[i].op != NFA_SET ||
				       nfa_set_has(nfa->node[i].set, c) ==
				               nfa_set_has(nfa->node[i].set, sample[k]);
			if (same)
				break;
		}
		if (k == n)
			sample[n++] = c;
		d->class_of[c] = (uint8_t)k;
	}
	memset(d->class_of + 128, (int)n, 128);
	d->nclass = n + 1;
}

static bool
is_empty(const uint64_t set[WORDS])
{
	for (size_t w = 0; w < WORDS; w++)
		if (set[w] != 0)
			return false;
	return true;
}

/* The state of a set, a new one if need be; false when there are too many. */
static bool
state_of(struct states *s, const uint64_t set[WORDS], uint8_t *ret)
{
	struct dfa *d = s->d;
	uint8_t accept = 0;

	if (is_empty(set)) {
		*ret = STATE_DEAD;
		return true;
	}
	for (uint32_t i = STATE_FIRST; i < d->n; i++)
		if (memcmp(s->set[i], set, sizeof(s->set[i])) == 0) {
			*ret = (uint8_t)i;
			return true;
		}
	if (d->n == DFA_STATES_MAX)
		return false;
	for (uint32_t i = 0; i < s->nfa->n; i++)
		if (set[i / 64] >> (i % 64) & 1)
			accept |= s->ends[i];
	memcpy(s->set[d->n], set, sizeof(s->set[d->n]));
	d->accept[d->n] = accept;
	*ret = (uint8_t)d->n++;
	return true;
}

/* A match may begin at every character, so the start is followed at each step again. */
static bool
step(struct states *s, uint32_t state, unsigned c, uint8_t *ret)
{
	uint64_t set[WORDS] = {0};

	memset(s->seen, 0, sizeof(s->seen));
	s->work += s->nfa->n / 8;
	*ret = STATE_YES;
	for (uint32_t i = 0; i < s->nfa->n; i++) {
		const struct nfa_node *node = &s->nfa->node[i];

		if (!(s->set[state][i / 64] >> (i % 64) & 1) || node->op != NFA_SET ||
		    !nfa_set_has(node->set, c))
			continue;
		if (!follow(s, node->out[0], PLACE_INSIDE, set))
			return true;
	}
	if (!follow(s, s->nfa->start, PLACE_INSIDE, set))
		return true;
	return state_of(s, set, ret);
}

static bool
build(struct states *s)
{
	struct dfa *d = s->d;
	uint64_t set[WORDS] = {0};
	unsigned sample[128];

	if (!find_ends(s))
		return false;
	find_classes(d, s->nfa, sample);
	d->n = STATE_FIRST;
	d->accept[STATE_YES] = ACCEPT_END;
	memset(s->seen, 0, sizeof(s->seen));
	d->start = STATE_YES;
	if (follow(s, s->nfa->start, PLACE_START, set) && !state_of(s, set, &d->start))
		return false;
	for (uint32_t state = 0; state < d->n; state++) {
		uint8_t *row = d->next[state];

		for (unsigned k = 0; k < d->nclass; k++) {
			row[k] = (uint8_t)state;
			if (state < STATE_FIRST)
				continue;
			row[k] = STATE_ASK;
			if (k + 1 < d->nclass && (!step(s, state, sample[k], &row[k]) || s->work > WORK_MAX))
				return false;
		}
	}
	return true;
}

struct dfa *
dfa_new(struct sv pattern)
{
	AUTO(arena) a = arena_new();
	struct dfa *d = xcalloc(1, sizeof(*d));
	struct states *s = xcalloc(1, sizeof(*s));
	struct nfa nfa;
	bool ok = nfa_parse(a, pattern, &nfa);

	if (ok) {
		*s = (struct states){.nfa = &nfa, .d = d};
		ok = build(s);
	}
	free(s);
	if (!ok) {
		dfa_free(d);
		return NULL;
	}
	dfa_sheng_build(d);
	dfa_pairs_build(d);
	return d;
}

void
dfa_free(struct dfa *d)
{
	if (d == NULL)
		return;
	free(d->sheng);
	free(d->pairs);
	free(d);
}

uint32_t
dfa_states(const struct dfa *d)
{
	return d->n;
}
