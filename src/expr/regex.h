/*
 * PCRE2 patterns, compiled once and shared by threads.  No JIT (its limits do not hold); match limit 100 000 steps, heap 16 MiB.  Patterns
 * that are proven regular (expr/nfa.h) are searched by an automaton, which needs no limits.
 */
#ifndef WEIR_EXPR_REGEX_H
#define WEIR_EXPR_REGEX_H

#include "base/err.h"
#include "base/sv.h"

struct regex;
struct regex_scratch; /* match data of one thread */

/* Patterns that are freed together; the list itself is in an arena. */
struct regex_list {
	struct regex **v;
	size_t n, cap;
};

/* The mistake's offset in the pattern goes into err's message.  Text is UTF-8; invalid sequences never match. */
MUST_CHECK bool regex_compile(struct sv pattern, struct regex **ret, struct err *err);
/* SQL LIKE, case-sensitive, `escape` 0 = backslash. */
MUST_CHECK bool regex_compile_like(struct sv pattern, char escape, struct regex **ret, struct err *err);
void regex_free(struct regex *r);
struct sv regex_pattern(const struct regex *r);

struct regex_scratch *regex_scratch_new(void);
void regex_scratch_free(struct regex_scratch *s);
DEFINE_CLEANUP(regex_scratch, regex_scratch_free)

enum regex_result { REGEX_NO, REGEX_YES, REGEX_LIMIT }; /* LIMIT: not decided within the limits */
enum regex_result regex_search(const struct regex *r, struct regex_scratch *s, struct sv text);
/* The same of n texts, much faster where there is an automaton: ret[i] is of enum regex_result. */
void regex_search_many(const struct regex *r, struct regex_scratch *s, const struct sv *text, uint32_t n,
                       uint8_t *ret);

#endif
