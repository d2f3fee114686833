#include "expr/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "expr/dfa.h"

enum {
	MATCH_LIMIT = 100 * 1000, /* steps of backtracking */
	DEPTH_LIMIT = 10 * 1000,  /* nested ones */
	HEAP_LIMIT_KIB = 16 * 1024,
	PATTERN_MAX = 64 * 1024,
	AUTOMATON_TEXTS = 16, /* below that, to make one costs more than it saves */
};

/* Signs of a LIKE pattern that are no bytes. */
enum { LIKE_ONE = 256, LIKE_RUN };

/* Made when many texts are searched for the first time, by whichever thread comes first. */
struct automaton {
	_Atomic(struct dfa *) dfa;
	atomic_bool refused;
};

struct regex {
	pcre2_code *code; /* or else: */
	uint16_t *like;
	size_t nlike;
	struct sv pattern; /* as the user wrote it */
	struct automaton *automaton;
};

struct regex_scratch {
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

static void
compile_context_cleanup(pcre2_compile_context **c)
{
	pcre2_compile_context_free(*c);
}

static struct regex *
regex_new(struct sv pattern)
{
	struct regex *r = xcalloc(1, sizeof(*r));
	char *copy = xmalloc(pattern.n);

	if (pattern.n > 0)
		memcpy(copy, pattern.p, pattern.n);
	r->pattern = (struct sv){copy, pattern.n};
	r->automaton = xcalloc(1, sizeof(*r->automaton));
	return r;
}

static size_t
hex_digits(struct sv s, size_t max)
{
	size_t n = 0;

	while (n < MIN(s.n, max) && strchr("0123456789abcdefABCDEF", s.p[n]) != NULL && s.p[n] != '\0')
		n++;
	return n;
}

/* \u00e9 of Python, Java and JSON schemas is \x{00e9} to PCRE2, which has no meaning of its own for it. */
static void
put_pattern(struct sv pattern, struct buf *b)
{
	for (size_t i = 0; i < pattern.n; i++) {
		const struct sv rest = sv_skip(pattern, i);
		const size_t want = rest.n > 1 && rest.p[1] == 'u'   ? 4
		                    : rest.n > 1 && rest.p[1] == 'U' ? 8
		                                                     : 0;

		if (rest.p[0] != '\\' || rest.n < 2) {
			buf_putc(b, rest.p[0]);
			continue;
		}
		if (want > 0 && hex_digits(sv_skip(rest, 2), want) == want) {
			buf_printf(b, "\\x{%.*s}", (int)want, rest.p + 2);
			i += 1 + want;
			continue;
		}
		buf_add(b, (struct sv){rest.p, 2});
		i++;
	}
}

bool
regex_compile(struct sv said, struct regex **ret, struct err *err)
{
	/* \C could split a character; invalid UTF-8 in a text is skipped over instead of being an error. */
	const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	int code = 0;
	PCRE2_SIZE at = 0;
	__attribute__((cleanup(compile_context_cleanup)))
	pcre2_compile_context *c = pcre2_compile_context_create(NULL);

	AUTO(buf) written = buf_new(4 * PATTERN_MAX);

	if (c == NULL)
		return err_set(err, ERR_LIMIT, NOWHERE, "no memory to compile a pattern");
	put_pattern(said, written);
	if (!buf_check(written, "the pattern", err))
		return false;

	const struct sv pattern = buf_sv(written);
	(void)pcre2_set_max_pattern_length(c, PATTERN_MAX);
	(void)pcre2_set_parens_nest_limit(c, 100);
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)(pattern.n > 0 ? pattern.p : ""), pattern.n, options,
	                               &code, &at, c);

	if (re == NULL) {
		PCRE2_UCHAR msg[160];

		if (pcre2_get_error_message(code, msg, sizeof(msg)) < 0)
			msg[0] = '\0';
		return err_set(err, ERR_ARG, NOWHERE, "pattern '%.*s' is wrong at character %zu: %s",
		               (int)MIN(pattern.n, (size_t)60), pattern.p,
		               (size_t)sv_chars((struct sv){pattern.p, MIN(at, pattern.n)}) + 1,
		               (const char *)msg);
	}

	*ret = regex_new(said);
	(*ret)->code = re;
	return true;
}

bool
regex_compile_like(struct sv pattern, char escape, struct regex **ret, struct err *err)
{
	uint16_t *like = xmalloc((pattern.n + 1) * sizeof(*like));
	size_t n = 0;

	if (escape == '\0')
		escape = '\\';
	for (size_t i = 0; i < pattern.n; i++) {
		unsigned char c = (unsigned char)pattern.p[i];

		if (pattern.p[i] == escape) {
			if (++i == pattern.n) {
				free(like);
				return err_set(err, ERR_ARG, NOWHERE,
				               "pattern '%.*s' ends in its escape character",
				               (int)MIN(pattern.n, (size_t)60), pattern.p);
			}
			like[n++] = (unsigned char)pattern.p[i];
		} else if (c != '%') {
			like[n++] = c == '_' ? LIKE_ONE : c;
		} else if (n == 0 || like[n - 1] != LIKE_RUN) {
			like[n++] = LIKE_RUN;
		}
	}

	struct regex *r = regex_new(pattern);

	r->like = like;
	r->nlike = n;
	*ret = r;
	return true;
}

/* Bytes of s that one sign of the pattern takes; 0 if it does not match there.  s is not empty. */
static size_t
like_one(uint16_t sign, struct sv s)
{
	uint32_t c;

	if (sign != LIKE_ONE)
		return (unsigned char)*s.p == sign;

	size_t n = utf8_decode(s, &c);

	return UTF8_IS_BAD(c) ? 0 : n;
}

/*
 * After a run, the leftmost place where the signs up to the next run match is as good as any, so only the last run
 * ever has to be tried again: at most text x pattern steps, and no stack.
 */
static bool
like_match(const uint16_t *like, size_t nlike, struct sv text)
{
	size_t p = 0, at = 0, run = SIZE_MAX, run_at = 0;

	while (at < text.n) {
		size_t took = p < nlike && like[p] != LIKE_RUN ? like_one(like[p], sv_skip(text, at)) : 0;

		if (took > 0) {
			p++;
			at += took;
		} else if (p < nlike && like[p] == LIKE_RUN) {
			run = p++;
			run_at = at;
		} else if (run != SIZE_MAX) {
			p = run + 1;
			at = ++run_at;
		} else {
			return false;
		}
	}
	while (p < nlike && like[p] == LIKE_RUN)
		p++;
	return p == nlike;
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_code_free(r->code);
	free(r->like);
	dfa_free(atomic_load(&r->automaton->dfa));
	free(r->automaton);
	free((char *)(uintptr_t)r->pattern.p);
	free(r);
}

struct sv
regex_pattern(const struct regex *r)
{
	return r->pattern;
}

static _Noreturn void
out_of_memory(void)
{
	give_up("out of memory for a pattern");
}

struct regex_scratch *
regex_scratch_new(void)
{
	struct regex_scratch *s = xcalloc(1, sizeof(*s));

	/* One pair of offsets: only whether there is a match is asked. */
	s->data = pcre2_match_data_create(1, NULL);
	s->limits = pcre2_match_context_create(NULL);
	if (s->data == NULL || s->limits == NULL)
		out_of_memory();
	(void)pcre2_set_match_limit(s->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(s->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(s->limits, HEAP_LIMIT_KIB);
	return s;
}

void
regex_scratch_free(struct regex_scratch *s)
{
	if (s == NULL)
		return;
	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->limits);
	free(s);
}

enum regex_result
regex_search(const struct regex *r, struct regex_scratch *s, struct sv text)
{
	if (r->code == NULL)
		return like_match(r->like, r->nlike, text) ? REGEX_YES : REGEX_NO;

	/* pcre2_match, not the JIT: that one knows no match limit worth the name. */
	int n = pcre2_match(r->code, (PCRE2_SPTR)(text.n > 0 ? text.p : ""), text.n, 0, PCRE2_NO_JIT, s->data,
	                    s->limits);

	if (n >= 0)
		return REGEX_YES;
	/* Whatever else went wrong (memory, a bug of the library), nothing was decided. */
	return n == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}

/* Automata read `.` and `$` as a PCRE2 does whose newline is LF. */
static bool
newline_is_lf(void)
{
	uint32_t newline = 0;

	return pcre2_config(PCRE2_CONFIG_NEWLINE, &newline) == 0 && newline == PCRE2_NEWLINE_LF;
}

static const struct dfa *
automaton_of(const struct regex *r)
{
	struct automaton *x = r->automaton;
	struct dfa *d = atomic_load(&x->dfa), *made;

	if (d != NULL || r->code == NULL || atomic_load(&x->refused))
		return d;
	made = newline_is_lf() ? dfa_new(r->pattern) : NULL;
	if (made == NULL) {
		atomic_store(&x->refused, true);
	} else if (atomic_compare_exchange_strong(&x->dfa, &d, made)) {
		d = made;
	} else {
		dfa_free(made);
	}
	return d;
}

void
regex_search_many(const struct regex *r, struct regex_scratch *s, const struct sv *text, uint32_t n,
                  uint8_t *ret)
{
	const struct dfa *d = n >= AUTOMATON_TEXTS ? automaton_of(r) : NULL;

	if (d == NULL) {
		for (uint32_t i = 0; i < n; i++)
			ret[i] = (uint8_t)regex_search(r, s, text[i]);
		return;
	}
	dfa_search(d, text, n, true, ret);
	for (uint32_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(ret[i] == DFA_ASK   ? regex_search(r, s, text[i])
		                   : ret[i] == DFA_YES ? REGEX_YES
		                                       : REGEX_NO);
}
