#include <check.h>

#include "base/map.h"

START_TEST(an_empty_map_has_nothing)
{
	AUTO(arena) a = arena_new();
	struct map m = {.a = a};

	ck_assert_ptr_null(map_get(&m, SV("x")));
	ck_assert(!map_has(&m, SV("")));
}
END_TEST

START_TEST(ten_thousand_keys_are_found_in_order_of_insertion)
{
	AUTO(arena) a = arena_new();
	static int value[10000];
	struct map m;

	map_init(&m, a);
	for (int i = 0; i < 10000; i++)
		ck_assert_ptr_null(map_set(&m, arena_svf(a, "key %d", i), &value[i]));
	ck_assert_uint_eq(m.n, 10000);
	for (int i = 0; i < 10000; i++) {
		ck_assert_ptr_eq(map_get(&m, arena_svf(a, "key %d", i)), &value[i]);
		ck_assert_ptr_eq(m.e[i].value, &value[i]);
	}
	ck_assert(!map_has(&m, SV("key 10000")));
	ck_assert(!map_has(&m, SV("key")));
}
END_TEST

START_TEST(setting_again_replaces_and_returns_the_old_value)
{
	AUTO(arena) a = arena_new();
	struct map m;
	int one, two;

	map_init(&m, a);
	ck_assert_ptr_null(map_set(&m, SV("k"), &one));
	ck_assert_ptr_eq(map_set(&m, SV("k"), &two), &one);
	ck_assert_ptr_eq(map_get(&m, SV("k")), &two);
	ck_assert_uint_eq(m.n, 1);
}
END_TEST

START_TEST(put_adds_a_null_that_counts_as_there)
{
	AUTO(arena) a = arena_new();
	struct map m;

	map_init(&m, a);
	ck_assert_ptr_null(map_put(&m, SV("k"))->value);
	ck_assert(map_has(&m, SV("k")));
	ck_assert_ptr_eq(map_put(&m, SV("k")), &m.e[0]);
}
END_TEST

START_TEST(keys_are_copied_and_may_be_empty_or_hold_nul)
{
	AUTO(arena) a = arena_new();
	struct map m;
	char key[] = "abc";
	int v;

	map_init(&m, a);
	map_set(&m, sv_of(key), &v);
	key[0] = 'x';
	ck_assert(map_has(&m, SV("abc")));
	ck_assert(!map_has(&m, SV("xbc")));
	map_set(&m, SV("a\0b"), &v);
	map_set(&m, (struct sv){0}, &v);
	ck_assert(map_has(&m, SV("a\0b")));
	ck_assert(!map_has(&m, SV("a\0c")));
	ck_assert(map_has(&m, SV("")));
	ck_assert_uint_eq(m.n, 3);
}
END_TEST

Suite *
suite_map(void)
{
	Suite *s = suite_create("map");
	TCase *t = tcase_create("map");

	tcase_add_test(t, an_empty_map_has_nothing);
	tcase_add_test(t, ten_thousand_keys_are_found_in_order_of_insertion);
	tcase_add_test(t, setting_again_replaces_and_returns_the_old_value);
	tcase_add_test(t, put_adds_a_null_that_counts_as_there);
	tcase_add_test(t, keys_are_copied_and_may_be_empty_or_hold_nul);
	suite_add_tcase(s, t);
	return s;
}
