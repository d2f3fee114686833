/*
 * Automata against PCRE2: what they decide, it decides.  Random patterns, made by a grammar that reaches somewhat beyond what is regular, on
 * random texts of few characters, so that many match.  WEIR_TEST_SEED repeats a failure.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "expr/dfa.h"
#include "expr/regex.h"

enum { PATTERNS = 400, TEXTS = 37, TEXT_MAX = 90 };

/* xorshift64*: the same everywhere. */
struct random {
	uint64_t s;
};

static uint32_t
below(struct random *r, uint32_t n)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return (uint32_t)(((r->s * UINT64_C(0x2545f4914f6cdd1d)) >> 32) * n >> 32);
}

static uint64_t
seed(int i)
{
	const char *s = getenv("WEIR_TEST_SEED");

	return s != NULL ? strtoull(s, NULL, 10) : (uint64_t)i * 7919 + 1;
}

#define PICK(r, list) ((list)[below((r), LEN(list))])

static void
random_pattern(struct random *r, struct buf *b, int depth)
{
	static const char *const atoms[] = {
		"a",
		"b",
		"c",
		"@",
		"\\.",
		".",
		"[ab]",
		"[^a]",
		"[a-c@]",
		"\\d",
		"\\D",
		"\\w",
		"\\W",
		"\\s",
		"\\S",
		"[]a]",
		"[^]\\n]",
		"[[:alpha:]]",
		"[\\d_-]",
		"\xc3\xa4",
		"[\xc3\xa4-\xc3\xb6x]",
		"\\x41",
		"\\n",
		"()",
		"[[:upper:]_]",
		"-",
		"A",
	};
	static const char *const marks[] = {"^", "$", "\\A", "\\z", "\\Z", "\\b", "(?=a)", "(a)\\1"};
	static const char *const times[] = {"*",    "+",  "?",  "{2}", "{1,3}", "{0,2}",
	                                    "{2,}", "*?", "+?", "??",  "++",    "{0}"};
	uint32_t parts = 1 + below(r, 4);

	for (uint32_t i = 0; i < parts; i++) {
		uint32_t kind = below(r, 20);

		if (kind < 3 && depth < 3) {
			buf_puts(b, below(r, 2) == 0 ? "(" : "(?:");
			random_pattern(r, b, depth + 1);
			if (below(r, 2) == 0) {
				buf_puts(b, "|");
				random_pattern(r, b, depth + 1);
			}
			buf_puts(b, ")");
		} else if (kind < 5) {
			buf_puts(b, marks[below(r, below(r, 4) == 0 ? LEN(marks) : 5)]);
			continue;
		} else {
			buf_puts(b, PICK(r, atoms));
		}
		if (below(r, 3) == 0)
			buf_puts(b, PICK(r, times));
	}
}

static struct sv
random_text(struct random *r, char dst[TEXT_MAX + 8])
{
	static const char *const bits[] = {"a", "b", "c", "a",  "b", "@",        ".",    "A",
	                                   "7", "_", " ", "\n", "-", "\xc3\xa4", "\xff", "x"};
	uint32_t want = below(r, below(r, 5) == 0 ? TEXT_MAX : 9);
	size_t n = 0;
	/* Most texts are ASCII: the others go to PCRE2 anyway. */
	uint32_t kinds = below(r, 6) == 0 ? LEN(bits) : LEN(bits) - 3;

	while (n < want) {
		const char *s = bits[below(r, kinds)];

		memcpy(dst + n, s, strlen(s));
		n += strlen(s);
	}
	return (struct sv){n > 0 ? dst : NULL, n};
}

/* How many of the texts the automaton decided; -1: there is none. */
static int
compare(const struct regex *re, struct regex_scratch *scratch, const struct sv *text, uint64_t of)
{
	struct sv pattern = regex_pattern(re);
	struct dfa *d = dfa_new(pattern);
	int decided = 0;

	if (d == NULL)
		return -1;
	for (int vectors = 0; vectors < 2; vectors++) {
		uint8_t got[TEXTS];

		dfa_search(d, text, TEXTS, vectors == 1, got);
		for (int k = 0; k < TEXTS; k++) {
			enum regex_result want = regex_search(re, scratch, text[k]);

			if (got[k] == DFA_ASK || want == REGEX_LIMIT)
				continue;
			decided++;
			ck_assert_msg((got[k] == DFA_YES) == (want == REGEX_YES),
			              "seed %llu: '" SV_FMT "' on '" SV_FMT "': %d, PCRE2 %d (%s)",
			              (unsigned long long)of, SV_ARG(pattern), SV_ARG(text[k]), got[k], want,
			              vectors == 1 ? "vectors" : "table");
		}
	}
	dfa_free(d);
	return decided;
}

START_TEST(an_automaton_decides_as_pcre2_does)
{
	AUTO(regex_scratch) scratch = regex_scratch_new();
	struct random r = {seed(_i)};
	int automata = 0, decided = 0;

	for (int i = 0; i < PATTERNS; i++) {
		char space[TEXTS][TEXT_MAX + 8];
		struct sv text[TEXTS];
		AUTO(buf) b = buf_new(4096);
		struct regex *re;

		if (below(&r, 5) == 0)
			buf_puts(b, "(?i)");
		random_pattern(&r, b, 0);
		if (!regex_compile(buf_sv(b), &re, NULL))
			continue;
		for (int k = 0; k < TEXTS; k++)
			text[k] = random_text(&r, space[k]);

		int n = compare(re, scratch, text, seed(_i));

		automata += n >= 0;
		decided += MAX(n, 0);
		regex_free(re);
	}
	/* That the comparison is one. */
	ck_assert_int_gt(automata, PATTERNS / 4);
	ck_assert_int_gt(decided, automata * TEXTS);
}
END_TEST

#define NOTHINGS "(?:){900}(?:){900}(?:){900}(?:){900}(?:){900}(?:){900}(?:){900}(?:){900}(?:){900}(?:){900}"

static const struct {
	const char *pattern;
	bool regular;
} known[] = {
	{"^[a-z0-9._]+@[a-z0-9.]+\\.[a-z]{2,}$", true},
	{"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", true},
	{"^\\d{4}-\\d{2}-\\d{2}$", true},
	{"^(?P<year>\\d+)$", true},
	{"", true},
	{"a|", true},
	{"(?i)^k+$", true},
	{"(a)\\1", false},
	{"(?<=a)b", false},
	{"a++", false},
	{"\\bword\\b", false},
	{"a{,3}", false},
	{"(?i)\xc3\xa4", false},
	{"$a", false},
	{"a(?#comment)", false},
	{"\\p{L}", false},
	{"(?>a|ab)c", false},
	/* repetitions of nothing, and far too many states */
	{NOTHINGS, false},
	{"(a|b)*a(a|b){20}", false},
	{".{0,900}x{0,900}", false},
};

START_TEST(what_is_regular_is_known)
{
	struct regex *re;
	struct dfa *d = dfa_new(sv_of(known[_i].pattern));

	ck_assert(regex_compile(sv_of(known[_i].pattern), &re, NULL));
	ck_assert_msg((d != NULL) == known[_i].regular, "'%s'", known[_i].pattern);
	regex_free(re);
	dfa_free(d);
}
END_TEST

/* Counted by hand: local part, at sign, domain, dot, two letters and more. */
START_TEST(an_email_takes_few_states)
{
	struct dfa *d = dfa_new(SV("^[a-z0-9._]+@[a-z0-9.]+\\.[a-z]{2,}$"));

	ck_assert_ptr_nonnull(d);
	ck_assert_uint_le(dfa_states(d), DFA_SHENG);
	dfa_free(d);
}
END_TEST

START_TEST(many_texts_are_searched_as_each_one)
{
	static const char *const texts[] = {
		"a@b.de",
		"a@b.d",
		"a@b.de\n",
		"",
		"\xc3\xa4@b.de",
		"a@b.de\xff",
		"@b.de",
		"a@b..museum",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.de"};
	AUTO(regex_scratch) scratch = regex_scratch_new();
	struct sv text[200];
	uint8_t got[200];
	struct regex *re;

	ck_assert(regex_compile(SV("^[a-z0-9._]+@[a-z0-9.]+\\.[a-z]{2,}$"), &re, NULL));
	for (size_t i = 0; i < LEN(text); i++)
		text[i] = sv_of(texts[i * 7 % LEN(texts)]);
	regex_search_many(re, scratch, text, LEN(text), got);
	for (size_t i = 0; i < LEN(text); i++)
		ck_assert_int_eq(got[i], (int)regex_search(re, scratch, text[i]));
	regex_free(re);
}
END_TEST

Suite *
suite_dfa(void)
{
	Suite *s = suite_create("dfa");
	TCase *t = tcase_create("dfa");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, an_automaton_decides_as_pcre2_does, 0, 12);
	tcase_add_loop_test(t, what_is_regular_is_known, 0, LEN(known));
	tcase_add_test(t, an_email_takes_few_states);
	tcase_add_test(t, many_texts_are_searched_as_each_one);
	suite_add_tcase(s, t);
	return s;
}
