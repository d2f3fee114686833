#include <check.h>

#include "base/buf.h"

START_TEST(appends_end_in_nul)
{
	AUTO(buf) b = buf_new(100);

	ck_assert_str_eq(buf_str(b), "");
	ck_assert(buf_puts(b, "ab") && buf_putc(b, 'c') && buf_add(b, SV("\0d")) &&
	          buf_add(b, (struct sv){0}));
	ck_assert(sv_eq(buf_sv(b), SV("abc\0d")));
	ck_assert_int_eq(b->p[b->n], '\0');
}
END_TEST

START_TEST(exactly_the_maximum_fits)
{
	AUTO(buf) b = buf_new(5);
	struct err err = {.code = ERR_NONE};

	ck_assert(buf_puts(b, "12345"));
	ck_assert(buf_check(b, "it", &err));
	ck_assert_int_eq(err.code, ERR_NONE);
}
END_TEST

START_TEST(one_byte_more_is_an_error_that_stays)
{
	AUTO(buf) b = buf_new(5);
	struct err err;

	ck_assert(buf_puts(b, "1234"));
	ck_assert(!buf_puts(b, "56"));
	ck_assert_msg(!buf_putc(b, '5'), "what follows a gap must be dropped too");
	ck_assert_str_eq(buf_str(b), "1234");
	ck_assert(!buf_check(b, "the answer", &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_str_eq(err.msg, "the answer is larger than 5 bytes");
	buf_clear(b);
	ck_assert(buf_puts(b, "56"));
	ck_assert_str_eq(buf_str(b), "56");
}
END_TEST

START_TEST(printf_grows_and_respects_the_maximum)
{
	AUTO(buf) b = buf_new(600);

	for (int i = 0; i < 100; i++)
		ck_assert(buf_printf(b, "%05d,", i));
	ck_assert_uint_eq(b->n, 600);
	ck_assert_str_eq(b->p + 594, "00099,");
	ck_assert(!buf_printf(b, "%d", 1));
	ck_assert_str_eq(b->p + 594, "00099,");
}
END_TEST

START_TEST(a_printf_that_does_not_fit_leaves_nothing)
{
	AUTO(buf) b = buf_new(10);

	ck_assert(buf_puts(b, "123"));
	ck_assert(!buf_printf(b, "%s", "abcdefgh"));
	ck_assert_str_eq(buf_str(b), "123");
}
END_TEST

START_TEST(reserved_bytes_count_when_committed)
{
	AUTO(buf) b = buf_new(1000);
	char *p = buf_reserve(b, 500);

	memcpy(p, "xyz", 3);
	ck_assert_uint_eq(b->n, 0);
	buf_commit(b, 3);
	ck_assert_str_eq(buf_str(b), "xyz");
	ck_assert_ptr_null(buf_reserve(b, 998));
	ck_assert(b->full);
}
END_TEST

START_TEST(no_maximum_is_no_overflow)
{
	AUTO(buf) b = buf_new(SIZE_MAX);

	ck_assert(buf_putc(b, 'a'));
	ck_assert_ptr_null(buf_reserve(b, SIZE_MAX - 1));
	ck_assert(b->full);
}
END_TEST

START_TEST(fini_takes_null_and_leaves_a_usable_struct)
{
	struct buf b;

	buf_fini(NULL);
	buf_free(NULL);
	buf_init(&b, 3);
	ck_assert(buf_puts(&b, "abc"));
	buf_fini(&b);
	ck_assert(buf_puts(&b, "def"));
	buf_fini(&b);
}
END_TEST

Suite *
suite_buf(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("buf");

	tcase_add_test(t, appends_end_in_nul);
	tcase_add_test(t, exactly_the_maximum_fits);
	tcase_add_test(t, one_byte_more_is_an_error_that_stays);
	tcase_add_test(t, printf_grows_and_respects_the_maximum);
	tcase_add_test(t, a_printf_that_does_not_fit_leaves_nothing);
	tcase_add_test(t, reserved_bytes_count_when_committed);
	tcase_add_test(t, no_maximum_is_no_overflow);
	tcase_add_test(t, fini_takes_null_and_leaves_a_usable_struct);
	suite_add_tcase(s, t);
	return s;
}
