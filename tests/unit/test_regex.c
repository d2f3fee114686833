#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "expr/regex.h"

/* By Python's re.search. */
static const struct {
	const char *pattern, *text;
	bool found;
} searches[] = {
	{"b", "abc", true},
	{"^b", "abc", false},
	{"c$", "abc", true},
	{"", "", true},
	{"^$", "", true},
	{"^[^@]+@[^@]+$", "a@b", true},
	{"^[^@]+@[^@]+$", "a@b@c", false},
	{"^.$", "ü", true},
	{"^\\w+$", "größe", true},
	{"(?i)GRÖSSE", "grösse", true},
	{"^\\d{4}-\\d{2}$", "2024-01", true},
	{"(a)\\1", "xaay", true},
	{"^(?!.*x).*$", "axb", false},
	{"^[a-zA-Z0-9\\u00C0-\\u024F]+$", "Ébène", true},
	{"^[a-zA-Z0-9\\u00C0-\\u024F]+$", "Ωmega", false},
	{"^\\U0001F600$", "😀", true},
	{"^\\\\u00e9$", "\\u00e9", true},
	{"^\\\\u00e9$", "é", false},
};

static enum regex_result
search(const struct regex *r, struct sv text)
{
	AUTO(regex_scratch) s = regex_scratch_new();

	return regex_search(r, s, text);
}

START_TEST(patterns_are_searched_as_python_does)
{
	struct regex *r;

	ck_assert(regex_compile(sv_of(searches[_i].pattern), &r, NULL));
	ck_assert_int_eq(search(r, sv_of(searches[_i].text)), searches[_i].found ? REGEX_YES : REGEX_NO);
	ck_assert(sv_is(regex_pattern(r), searches[_i].pattern));
	regex_free(r);
}
END_TEST

static const char *const bad[] = {"(",         "a**",  "[b-a]",   "(?<n",   "\\C",
                                  "\\p{Nope}", "\xff", "\\u00g9", "\\uD800"};

START_TEST(a_wrong_pattern_is_refused_with_its_place)
{
	struct regex *r = NULL;
	struct err err = {0};

	ck_assert_msg(!regex_compile(sv_of(bad[_i]), &r, &err), "took '%s'", bad[_i]);
	ck_assert(r == NULL && err.code == ERR_ARG);
	ck_assert_msg(strstr(err.msg, " at character ") != NULL, "%s", err.msg);
}
END_TEST

/* Each runs for longer than the universe exists without limits. */
static const char *const hostile[] = {"(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a|a?)+$",
                                      "(x+x+)+y|(a*)*c"};

START_TEST(a_hostile_pattern_ends_quickly_undecided)
{
	char text[64];
	struct regex *r;
	clock_t start = clock();

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'b';
	ck_assert(regex_compile(sv_of(hostile[_i]), &r, NULL));
	/* The library may see at once that there is no match; what it must not do is go on for ever. */
	ck_assert_int_ne(search(r, (struct sv){text, sizeof(text)}), REGEX_YES);
	if (_i == 0)
		ck_assert_int_eq(search(r, (struct sv){text, sizeof(text)}), REGEX_LIMIT);
	ck_assert(clock() - start < CLOCKS_PER_SEC);
	regex_free(r);
}
END_TEST

START_TEST(invalid_text_matches_only_around_what_is_invalid)
{
	struct regex *r;

	ck_assert(regex_compile(SV("b"), &r, NULL));
	ck_assert_int_eq(search(r, SV("\xff\xfe"
	                              "ab")),
	                 REGEX_YES);
	ck_assert_int_eq(search(r, SV("\xff\xfe")), REGEX_NO);
	ck_assert_int_eq(search(r, (struct sv){0}), REGEX_NO);
	regex_free(r);
	ck_assert(regex_compile(SV("a.b"), &r, NULL));
	ck_assert_int_eq(search(r, SV("a\xff"
	                              "b")),
	                 REGEX_NO);
	ck_assert_int_eq(search(r, SV("a\x00"
	                              "b")),
	                 REGEX_YES);
	regex_free(r);
}
END_TEST

/* As PostgreSQL's LIKE. */
static const struct {
	const char *pattern;
	char escape;
	const char *text;
	bool found;
} likes[] = {
	{"abc", 0, "abc", true},
	{"abc", 0, "ABC", false},
	{"abc", 0, "abcd", false},
	{"", 0, "", true},
	{"", 0, "a", false},
	{"%", 0, "", true},
	{"%", 0, "any\nthing", true},
	{"a%", 0, "abc", true},
	{"a%", 0, "ba", false},
	{"%c", 0, "abcbc", true},
	{"%b%", 0, "abc", true},
	{"a%b%c", 0, "aXXbYYbZZc", true},
	{"a%b%c", 0, "aXXbYYbZZ", false},
	{"_", 0, "ü", true},
	{"__", 0, "ü", false},
	{"%_", 0, "", false},
	{"_%_", 0, "ab", true},
	{"a_c", 0, "a\nc", true},
	{"10\\%", 0, "10%", true},
	{"10\\%", 0, "100", false},
	{"a\\_c", 0, "abc", false},
	{"10!%", '!', "10%", true},
	{"!!", '!', "!", true},
	{"\\", '!', "\\", true},
	{"a.c", 0, "abc", false},
	{"[ab]", 0, "a", false},
	{"%%%", 0, "x", true},
};

START_TEST(like_matches_the_whole_text)
{
	struct regex *r;

	ck_assert(regex_compile_like(sv_of(likes[_i].pattern), likes[_i].escape, &r, NULL));
	ck_assert_msg((search(r, sv_of(likes[_i].text)) == REGEX_YES) == likes[_i].found, "'%s' LIKE '%s'",
	              likes[_i].text, likes[_i].pattern);
	regex_free(r);
}
END_TEST

START_TEST(like_takes_long_texts_and_many_runs)
{
	size_t n = 1 << 20;
	char *text = malloc(n);
	struct regex *r;

	memset(text, 'a', n);
	ck_assert(regex_compile_like(SV("%a%a%a%a%a%a%a%a%b"), 0, &r, NULL));
	ck_assert_int_eq(search(r, (struct sv){text, n}), REGEX_NO);
	text[n - 1] = 'b';
	ck_assert_int_eq(search(r, (struct sv){text, n}), REGEX_YES);
	regex_free(r);
	free(text);
}
END_TEST

START_TEST(like_that_ends_in_its_escape_is_refused)
{
	struct regex *r = NULL;
	struct err err = {0};

	ck_assert(!regex_compile_like(SV("a\\"), 0, &r, &err) && r == NULL && err.code == ERR_ARG);
	ck_assert(!regex_compile_like(SV("!"), '!', &r, NULL));
}
END_TEST

Suite *
suite_regex(void)
{
	Suite *s = suite_create("regex");
	TCase *t = tcase_create("regex");

	tcase_add_loop_test(t, patterns_are_searched_as_python_does, 0, LEN(searches));
	tcase_add_loop_test(t, a_wrong_pattern_is_refused_with_its_place, 0, LEN(bad));
	tcase_add_loop_test(t, a_hostile_pattern_ends_quickly_undecided, 0, LEN(hostile));
	tcase_add_test(t, invalid_text_matches_only_around_what_is_invalid);
	tcase_add_loop_test(t, like_matches_the_whole_text, 0, LEN(likes));
	tcase_add_test(t, like_takes_long_texts_and_many_runs);
	tcase_add_test(t, like_that_ends_in_its_escape_is_refused);
	suite_add_tcase(s, t);
	return s;
}
