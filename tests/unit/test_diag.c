#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"

static struct arena *a;
static struct diags d;
static char path[] = "/tmp/weir-test-XXXXXX";

/* A tab, two-column characters, and a last line without a newline. */
static const char source[] = "version: 1\n\tcolum: id\r\n日本: x\nlast";

static void
setup(void)
{
	a = arena_new();
	diags_init(&d, a);
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);

	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, source, sizeof(source) - 1), sizeof(source) - 1);
	(void)close(fd);
}

static void
teardown(void)
{
	(void)unlink(path);
	arena_free(a);
}

/* What is printed, with the name of the source as FILE. */
static char *
printed(bool colour)
{
	char *text = NULL, *at;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	diags_print(&d, out, colour);
	(void)fclose(out);
	while ((at = strstr(text, path)) != NULL) {
		memcpy(at, "FILE", 4);
		memmove(at + 4, at + strlen(path), strlen(at + strlen(path)) + 1);
	}

	char *ret = arena_str(a, sv_of(text));

	free(text);
	return ret;
}

START_TEST(the_source_line_is_shown_with_a_caret)
{
	diag_error(&d, (struct loc){path, 2, 2, 5}, "unknown key '%s'", "colum");
	diag_hint(&d, "did you mean '%s'?", "column");
	ck_assert_str_eq(printed(false), "FILE:2:2: error: unknown key 'colum'\n"
	                                 " colum: id\n"
	                                 " ^~~~~\n"
	                                 "  hint: did you mean 'column'?\n");
}
END_TEST

START_TEST(wide_characters_move_the_caret_by_their_columns)
{
	diag_warning(&d, (struct loc){path, 3, 9, 1}, "x?");
	diag_warning(&d, (struct loc){path, 3, 1, 6}, "both");
	ck_assert_str_eq(printed(false), "FILE:3:9: warning: x?\n日本: x\n      ^\n"
	                                 "FILE:3:1: warning: both\n日本: x\n^~~~\n");
}
END_TEST

START_TEST(a_place_past_the_end_of_the_line_has_a_caret_and_one_past_the_file_no_excerpt)
{
	diag_error(&d, (struct loc){path, 4, 5, 9}, "cut");
	diag_error(&d, (struct loc){path, 5, 1, 0}, "end");
	diag_error(&d, (struct loc){path, 4, 99, 0}, "far");
	ck_assert_str_eq(printed(false), "FILE:4:5: error: cut\nlast\n    ^\n"
	                                 "FILE:5:1: error: end\n"
	                                 "FILE:4:99: error: far\nlast\n");
}
END_TEST

START_TEST(without_a_file_there_is_only_the_message)
{
	diag_error(&d, NOWHERE, "nothing");
	diag_error(&d, (struct loc){"/no/such/file", 3, 1, 0}, "gone");
	diag_error(&d, (struct loc){.file = path}, "whole");
	ck_assert_str_eq(printed(false),
	                 "weir: error: nothing\n/no/such/file:3:1: error: gone\nFILE: error: whole\n");
}
END_TEST

START_TEST(control_characters_do_not_reach_the_terminal)
{
	diag_error(&d, NOWHERE, "a\033[2Jb\nc\377d\302\233e");
	ck_assert_str_eq(printed(false), "weir: error: a?[2Jb?c?d?e\n");
}
END_TEST

START_TEST(colours_come_when_asked)
{
	diag_error(&d, NOWHERE, "x");
	ck_assert_str_eq(printed(true), "weir: \033[1;31merror:\033[0m x\n");
}
END_TEST

START_TEST(sorting_keeps_files_in_order_and_equal_ones_once)
{
	static const char *const want[] = {"b1", "b2", "b2 other", "a1"};

	diag_error(&d, (struct loc){"b", 2, 1, 0}, "b2");
	diag_error(&d, (struct loc){"a", 1, 1, 0}, "a1");
	diag_error(&d, (struct loc){"b", 2, 1, 0}, "b2 other");
	diag_error(&d, (struct loc){"b", 1, 9, 0}, "b1");
	diag_error(&d, (struct loc){"b", 2, 1, 0}, "b2");
	diag_warning(&d, (struct loc){"a", 1, 1, 0}, "a1");
	ck_assert_uint_eq(d.errors, 5);
	diags_sort(&d);
	ck_assert_uint_eq(d.errors, 4);
	ck_assert_uint_eq(d.warnings, 1);
	ck_assert_uint_eq(d.list.n, 5);
	for (size_t i = 0; i < LEN(want); i++)
		ck_assert_str_eq(d.list.v[i].msg, want[i]);
}
END_TEST

START_TEST(a_suggestion_is_a_hint_only_when_near)
{
	static const char *const names[] = {"column", "table"};

	diag_error(&d, NOWHERE, "unknown");
	diag_suggest(&d, SV("query"), names, LEN(names));
	ck_assert_ptr_null(d.list.v[0].hint);
	diag_suggest(&d, SV("colum"), names, LEN(names));
	ck_assert_str_eq(d.list.v[0].hint, "did you mean 'column'?");
}
END_TEST

START_TEST(an_error_becomes_a_diagnostic_with_its_place)
{
	struct err e;

	ck_assert(!err_set(&e, ERR_ARG, (struct loc){"f", 3, 4, 0}, "bad %d%%", 5));
	ck_assert(!err_hint(&e, "do %s", "it"));
	ck_assert(!err_prefix(&e, "check %d", 1));
	diag_add_err(&d, &e);
	ck_assert_str_eq(d.list.v[0].msg, "check 1: bad 5%");
	ck_assert_str_eq(d.list.v[0].hint, "do it");
	ck_assert_uint_eq(d.list.v[0].loc.col, 4);

	char text[100];

	ck_assert_str_eq(err_text(&e, text, sizeof(text)), "f:3:4: check 1: bad 5% (do it)");
	ck_assert_str_eq(err_text(&e, text, 8), "f:3:4: ");
}
END_TEST

START_TEST(a_long_message_is_cut_between_characters)
{
	struct err e;
	char text[400];

	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\303\244", 3); /* ä */
	ck_assert(!err_set(&e, ERR_IO, NOWHERE, "x%s", text));
	ck_assert_uint_eq(strlen(e.msg), 239);
	ck_assert(!err_set(&e, ERR_IO, NOWHERE, "%s", text));
	ck_assert_uint_eq(strlen(e.msg), 238);
	ck_assert(!err_prefix(&e, "x"));
	ck_assert(sv_utf8_valid(sv_of(e.msg)));
	ck_assert(!err_prefix(&e, "xy"));
	ck_assert(sv_utf8_valid(sv_of(e.msg)));
	ck_assert(!err_set(NULL, ERR_IO, NOWHERE, "x"));
}
END_TEST

Suite *
suite_diag(void)
{
	Suite *s = suite_create("diag");
	TCase *t = tcase_create("diag");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_source_line_is_shown_with_a_caret);
	tcase_add_test(t, wide_characters_move_the_caret_by_their_columns);
	tcase_add_test(t, a_place_past_the_end_of_the_line_has_a_caret_and_one_past_the_file_no_excerpt);
	tcase_add_test(t, without_a_file_there_is_only_the_message);
	tcase_add_test(t, control_characters_do_not_reach_the_terminal);
	tcase_add_test(t, colours_come_when_asked);
	tcase_add_test(t, sorting_keeps_files_in_order_and_equal_ones_once);
	tcase_add_test(t, a_suggestion_is_a_hint_only_when_near);
	tcase_add_test(t, an_error_becomes_a_diagnostic_with_its_place);
	tcase_add_test(t, a_long_message_is_cut_between_characters);
	suite_add_tcase(s, t);
	return s;
}
