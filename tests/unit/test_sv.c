#include <check.h>

#include "base/sv.h"

START_TEST(empty_views_are_equal_whatever_they_point_to)
{
	ck_assert(sv_eq((struct sv){0}, SV("")));
	ck_assert_int_eq(sv_cmp((struct sv){0}, SV("")), 0);
	ck_assert(sv_starts((struct sv){0}, (struct sv){0}));
	ck_assert(sv_ends((struct sv){0}, (struct sv){0}));
	ck_assert(sv_is((struct sv){0}, NULL));
}
END_TEST

START_TEST(order_is_by_bytes_then_length)
{
	ck_assert_int_lt(sv_cmp(SV("a"), SV("b")), 0);
	ck_assert_int_lt(sv_cmp(SV("a"), SV("aa")), 0);
	ck_assert_int_gt(sv_cmp(SV("\377"), SV("a")), 0);
	ck_assert_int_gt(sv_cmp(SV("a\0b"), SV("a")), 0);
}
END_TEST

START_TEST(beginnings_and_ends_are_found)
{
	ck_assert(sv_starts(SV("abc"), SV("ab")) && !sv_starts(SV("abc"), SV("bc")) &&
	          !sv_starts(SV("a"), SV("ab")));
	ck_assert(sv_iends(SV("aBc"), SV("Bc")) && sv_iends(SV("a.GZ"), SV(".gz")) &&
	          !sv_iends(SV("c"), SV("bc")) && !sv_iends(SV("a.gy"), SV(".gz")));
	ck_assert(sv_ends(SV("abc"), SV("bc")) && !sv_ends(SV("abc"), SV("ab")) &&
	          !sv_ends(SV("c"), SV("bc")));
	ck_assert_int_eq(sv_find(SV("abcb"), 'b'), 1);
	ck_assert_int_eq(sv_find(SV("abc"), 'x'), -1);
	ck_assert_int_eq(sv_find((struct sv){0}, 'x'), -1);
}
END_TEST

START_TEST(trimming_takes_ascii_white_space_only)
{
	ck_assert(sv_is(sv_trim(SV(" \t\r\n\v\fa b \n")), "a b"));
	ck_assert(sv_is(sv_trim(SV("  ")), ""));
	ck_assert(sv_is(sv_trim(SV("\302\240a")), "\302\240a"));
}
END_TEST

START_TEST(cutting_yields_every_part)
{
	struct sv rest = SV("a,,b");

	ck_assert(sv_is(sv_cut(&rest, ','), "a"));
	ck_assert(sv_is(sv_cut(&rest, ','), ""));
	ck_assert(sv_is(rest, "b"));
	ck_assert(sv_is(sv_cut(&rest, ','), "b"));
	ck_assert_uint_eq(rest.n, 0);
	ck_assert(sv_is(sv_cut(&rest, ','), ""));
}
END_TEST

START_TEST(case_counts_not_for_ascii_letters_only)
{
	ck_assert(sv_ieq(SV("AbZ"), SV("aBz")));
	ck_assert(!sv_ieq(SV("\303\204"), SV("\303\244")));
	ck_assert(!sv_ieq(SV("@"), SV("`")));
	ck_assert(!sv_ieq(SV("a"), SV("ab")));
}
END_TEST

static const struct {
	const char *pattern, *text;
	bool match;
} globs[] = {
	{"", "", true},
	{"", "a", false},
	{"a", "a", true},
	{"a", "ab", false},
	{"*", "", true},
	{"*", "abc", true},
	{"*", "a/b", false},
	{"*.csv", "orders.csv", true},
	{"*.csv", "orders.csv.gz", false},
	{"*.csv", "x.csv.csv", true},
	{"raw/*", "raw/orders", true},
	{"raw/*", "raw/a/b", false},
	{"raw/*/b", "raw/a/b", true},
	{"raw/*/b", "raw//b", true},
	{"a/**", "a/b/c", true},
	{"a/**", "a/", true},
	{"a/**", "a", false},
	{"a/**", "ab/c", false},
	{"a**c", "a/b/c", true},
	{"**", "a/b", true},
	{"**/b", "b", true},
	{"**/b", "a/x/b", true},
	{"**/b", "ab", false},
	{"a/**/b", "a/b", true},
	{"a/**/b", "a/x/y/b", true},
	{"a/**/b", "ab", false},
	{"a/**/b", "a/xb", false},
	{"a/**/*.csv", "a/b.csv", true},
	{"a/**/*.csv", "a/x/y/b.csv", true},
	{"**/x/*", "a/x/b/x/c", true},
	{"**/x/*", "a/x/b/c", false},
	{"*a*b", "xaab", true},
	{"*a/b*", "aa/ba/b", false},
	{"?", "a", true},
	{"?", "\303\251", true}, /* é is one character */
	{"?", "/", false},
	{"?", "", false},
	{"[a-c]", "b", true},
	{"[a-c]", "d", false},
	{"[!a-c]", "d", true},
	{"[^a-c]", "b", false},
	{"[!a]", "/", false},
	{"[]a]", "]", true},
	{"[a-]", "-", true},
	{"[\\]]", "]", true},
	{"[\303\240-\303\274]", "\303\251", true}, /* à to ü */
	{"[a", "[a", true},
	{"[a", "a", false},
	{"\\*", "*", true},
	{"\\*", "a", false},
	{"a\\", "a\\", true},
	{"*\303\251", "\303\251\303\251", true},
};

START_TEST(glob_matches)
{
	bool match = sv_glob(sv_of(globs[_i].pattern), sv_of(globs[_i].text));

	ck_assert_msg(match == globs[_i].match, "'%s' and '%s'", globs[_i].pattern, globs[_i].text);
}
END_TEST

START_TEST(a_hostile_glob_takes_no_exponential_time)
{
	char pattern[200], text[2000];

	for (size_t i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 3);
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert(!sv_glob(sv_of(pattern), sv_of(text)));
	ck_assert(!sv_glob(SV("**a**a**a**a**a**a**a**a**b"), sv_of(text)));
	ck_assert(!sv_glob(SV("**/a*a*a*a*a*a*a*a/**/b"), sv_of(text)));
}
END_TEST

START_TEST(quoted_stars_make_no_glob)
{
	ck_assert(sv_has_glob(SV("a*")) && sv_has_glob(SV("a?")) && sv_has_glob(SV("[a]")));
	ck_assert(!sv_has_glob(SV("a\\*b")) && !sv_has_glob(SV("a]")) && !sv_has_glob((struct sv){0}));
	ck_assert(sv_has_glob(SV("\\\\*")));
}
END_TEST

/* What Python's bytes.decode() says. */
static const struct {
	const char *text;
	bool valid;
} utf8[] = {
	{"", true},
	{"abc", true},
	{"\303\244", true},
	{"\357\277\277", true},
	{"\360\237\230\200", true},
	{"\364\217\277\277", true},
	{"\200", false},         /* a continuation alone */
	{"\303", false},         /* cut */
	{"\343\201", false},     /* cut */
	{"\303a", false},        /* no continuation */
	{"\300\200", false},     /* overlong */
	{"\340\200\200", false}, /* overlong */
	{"\360\200\200\200", false},
	{"\355\240\200", false},     /* a surrogate */
	{"\364\220\200\200", false}, /* past U+10FFFF */
	{"\377", false},
};

START_TEST(utf8_is_checked)
{
	ck_assert_msg(sv_utf8_valid(sv_of(utf8[_i].text)) == utf8[_i].valid, "case %d", _i);
}
END_TEST

START_TEST(characters_are_not_bytes)
{
	ck_assert_int_eq(sv_chars(SV("a\303\244\360\237\230\200")), 3);
	ck_assert_int_eq(sv_chars((struct sv){0}), 0);
}
END_TEST

START_TEST(width_is_in_terminal_columns)
{
	ck_assert_int_eq(sv_width(SV("abc")), 3);
	ck_assert_int_eq(sv_width(SV("\346\227\245\346\234\254")), 4); /* 日本 */
	ck_assert_int_eq(sv_width(SV("e\314\201")), 1);                /* e and a combining acute */
	ck_assert_int_eq(sv_width(SV("\360\237\230\200")), 2);         /* an emoji */
	ck_assert_int_eq(sv_width(SV("\303\244")), 1);
	ck_assert_int_eq(sv_width(SV("a\342\200\213b")), 2); /* zero width space */
}
END_TEST

START_TEST(the_nearest_name_is_suggested_only_when_near)
{
	static const char *const names[] = {"not_null", "unique", "max", "between", "min"};

	ck_assert_str_eq(sv_nearest(SV("notnull"), names, LEN(names)), "not_null");
	ck_assert_str_eq(sv_nearest(SV("uniqeu"), names, LEN(names)), "unique");
	ck_assert_str_eq(sv_nearest(SV("mni"), names, LEN(names)), "min"); /* a swap costs one */
	ck_assert_str_eq(sv_nearest(SV("mix"), names, LEN(names)), "max"); /* of equals the first */
	ck_assert_ptr_null(sv_nearest(SV("mxxx"), names, LEN(names)));
	ck_assert_ptr_null(sv_nearest(SV("regex"), names, LEN(names)));
	ck_assert_ptr_null(sv_nearest((struct sv){0}, names, LEN(names)));
}
END_TEST

START_TEST(characters_are_counted_alike_byte_by_byte_and_by_words)
{
	char text[40];
	uint32_t seed = 1;

	for (int round = 0; round < 2000; round++) {
		size_t n = (size_t)round % sizeof(text);
		int64_t want = 0;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (char)(seed >> 24);
			want += (seed >> 30) != 2;
		}
		ck_assert_int_eq(sv_chars((struct sv){text, n}), want);
	}
}
END_TEST

Suite *
suite_sv(void)
{
	Suite *s = suite_create("sv");
	TCase *t = tcase_create("sv");

	tcase_add_test(t, empty_views_are_equal_whatever_they_point_to);
	tcase_add_test(t, order_is_by_bytes_then_length);
	tcase_add_test(t, beginnings_and_ends_are_found);
	tcase_add_test(t, trimming_takes_ascii_white_space_only);
	tcase_add_test(t, cutting_yields_every_part);
	tcase_add_test(t, case_counts_not_for_ascii_letters_only);
	tcase_add_loop_test(t, glob_matches, 0, LEN(globs));
	tcase_add_test(t, a_hostile_glob_takes_no_exponential_time);
	tcase_add_test(t, quoted_stars_make_no_glob);
	tcase_add_loop_test(t, utf8_is_checked, 0, LEN(utf8));
	tcase_add_test(t, characters_are_not_bytes);
	tcase_add_test(t, width_is_in_terminal_columns);
	tcase_add_test(t, the_nearest_name_is_suggested_only_when_near);
	tcase_add_test(t, characters_are_counted_alike_byte_by_byte_and_by_words);
	suite_add_tcase(s, t);
	return s;
}
