#include <check.h>
#include <stdlib.h>

#include "base/arena.h"

START_TEST(memory_is_zeroed_and_aligned)
{
	AUTO(arena) a = arena_new();

	for (size_t size = 0; size < 5000; size += 37) {
		char *p = arena_alloc(a, size);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_int_eq(p[i], 0);
		memset(p, 0xFF, size);
	}
}
END_TEST

START_TEST(reset_gives_zeroed_memory_again)
{
	AUTO(arena) a = arena_new();

	memset(arena_alloc(a, 1000), 0xFF, 1000);
	memset(arena_alloc(a, 100000), 0xFF, 100000);
	ck_assert_uint_eq(arena_used(a), 101000);
	arena_reset(a);
	ck_assert_uint_eq(arena_used(a), 0);

	char *p = arena_alloc(a, 3000);

	for (size_t i = 0; i < 3000; i++)
		ck_assert_int_eq(p[i], 0);
}
END_TEST

START_TEST(the_last_allocation_grows_in_place)
{
	AUTO(arena) a = arena_new();
	char *p = arena_alloc(a, 10);

	memset(p, 'x', 10);

	/* From here on only q may be used: the compiler knows that p has 10 bytes. */
	char *q = arena_grow(a, p, 10, 200);

	ck_assert_ptr_eq(q, p);
	ck_assert_int_eq(q[9], 'x');
	ck_assert_int_eq(q[10], 0);
	ck_assert_int_eq(q[199], 0);
}
END_TEST

START_TEST(an_older_allocation_moves_and_keeps_its_content)
{
	AUTO(arena) a = arena_new();
	char *p = arena_alloc(a, 10);

	memset(p, 'x', 10);
	memset(arena_alloc(a, 10), 'y', 10);

	char *q = arena_grow(a, p, 10, 100);

	ck_assert_ptr_ne(p, q);
	ck_assert_mem_eq(q, "xxxxxxxxxx\0\0", 12);
	ck_assert_int_eq(q[99], 0);
}
END_TEST

START_TEST(growing_nothing_allocates)
{
	AUTO(arena) a = arena_new();

	ck_assert_ptr_nonnull(arena_grow(a, NULL, 0, 16));
}
END_TEST

START_TEST(a_list_keeps_all_its_elements)
{
	AUTO(arena) a = arena_new();
	LIST(int) list = {0};

	for (int i = 0; i < 1000; i++) {
		int *p = LIST_ADD(a, &list);

		ck_assert_int_eq(*p, 0);
		*p = i;
		/* Something in between, so that the list has to move. */
		(void)arena_alloc(a, 1);
	}
	ck_assert_uint_eq(list.n, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(list.v[i], i);
}
END_TEST

START_TEST(copies_end_in_nul_and_keep_nul_inside)
{
	AUTO(arena) a = arena_new();
	struct sv s = arena_sv(a, SV("a\0b"));

	ck_assert_uint_eq(s.n, 3);
	ck_assert_mem_eq(s.p, "a\0b\0", 4);
	ck_assert_str_eq(arena_str(a, (struct sv){0}), "");
}
END_TEST

START_TEST(printf_takes_texts_longer_than_a_block)
{
	AUTO(arena) a = arena_new();
	struct sv s = arena_svf(a, "%0*d", 10000, 7);

	ck_assert_uint_eq(s.n, 10000);
	ck_assert_int_eq(s.p[9999], '7');
	ck_assert_str_eq(arena_printf(a, "%d-%s", 5, "x"), "5-x");
}
END_TEST

START_TEST(an_array_too_large_for_memory_stops_the_process)
{
	AUTO(arena) a = arena_new();

	(void)arena_array(a, SIZE_MAX / 2, 3);
}
END_TEST

Suite *
suite_arena(void)
{
	Suite *s = suite_create("arena");
	TCase *t = tcase_create("arena");

	tcase_add_test(t, memory_is_zeroed_and_aligned);
	tcase_add_test(t, reset_gives_zeroed_memory_again);
	tcase_add_test(t, the_last_allocation_grows_in_place);
	tcase_add_test(t, an_older_allocation_moves_and_keeps_its_content);
	tcase_add_test(t, growing_nothing_allocates);
	tcase_add_test(t, a_list_keeps_all_its_elements);
	tcase_add_test(t, copies_end_in_nul_and_keep_nul_inside);
	tcase_add_test(t, printf_takes_texts_longer_than_a_block);
	/* Signals can only be waited for in a process of its own. */
	if (getenv("CK_FORK") == NULL)
		tcase_add_exit_test(t, an_array_too_large_for_memory_stops_the_process, 3);
	suite_add_tcase(s, t);
	return s;
}
