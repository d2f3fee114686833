#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

static struct arena *a;
static char *dir;

static void
make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	a = arena_new();
	dir = arena_printf(a, "%s/weir-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_folder(void)
{
	char *command = arena_printf(a, "rm -rf '%s'", dir);

	ck_assert_int_eq(system(command), 0);
	arena_free(a);
}

static char *
in_folder(const char *name)
{
	return fs_join(a, dir, sv_of(name));
}

START_TEST(what_was_written_is_read)
{
	char *path = in_folder("f");
	struct sv got;
	struct stat st;

	ck_assert(fs_write(path, SV("one\0two"), 0640, NULL));
	ck_assert(fs_read(a, path, 100, &got, NULL));
	ck_assert(sv_eq(got, SV("one\0two")));
	ck_assert_int_eq(got.p[got.n], '\0');
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
	ck_assert(fs_write(path, (struct sv){0}, 0600, NULL));
	ck_assert(fs_read(a, path, 0, &got, NULL));
	ck_assert_uint_eq(got.n, 0);
}
END_TEST

START_TEST(a_limit_is_exact)
{
	char *path = in_folder("f");
	struct sv got = SV("untouched");
	struct err err;

	ck_assert(fs_write(path, SV("12345"), 0600, NULL));
	ck_assert(!fs_read(a, path, 4, &got, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert(sv_is(got, "untouched"));
	ck_assert(fs_read(a, path, 5, &got, NULL));
	ck_assert(sv_is(got, "12345"));
}
END_TEST

/* Files of /proc say that they have no bytes. */
START_TEST(the_size_in_the_inode_is_only_a_guess)
{
	struct sv got;
	struct err err;

	if (!fs_exists("/proc/self/status"))
		return;
	ck_assert(fs_read(a, "/proc/self/status", 100000, &got, NULL));
	ck_assert(sv_starts(got, SV("Name:")));
	ck_assert(!fs_read(a, "/proc/self/status", 10, &got, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(only_regular_files_are_read_and_a_fifo_does_not_block)
{
	char *fifo = in_folder("fifo");
	struct sv got;
	struct err err;

	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert(!fs_read(a, fifo, 10, &got, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert(!fs_read(a, dir, 10, &got, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert(!fs_read(a, "/dev/zero", 10, &got, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert(!fs_read(a, in_folder("nothing"), 10, &got, &err));
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err.msg, "nothing"));
}
END_TEST

START_TEST(a_failed_write_leaves_the_folder_as_it_was)
{
	struct err err;

	/* The target is a folder that is not empty: only the rename fails. */
	ck_assert(fs_mkdirs(in_folder("t/x"), 0700, NULL));
	ck_assert(!fs_write(in_folder("t"), SV("text"), 0600, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_int_eq(rmdir(in_folder("t/x")), 0);
	ck_assert_int_eq(rmdir(in_folder("t")), 0);
	ck_assert(!fs_write(in_folder("no/such/folder"), SV("text"), 0600, &err));
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
}
END_TEST

START_TEST(folders_are_made_with_their_parents_once_or_twice)
{
	char *deep = in_folder("x/y/z");
	struct err err;

	ck_assert(!fs_is_dir(deep));
	ck_assert(fs_mkdirs(deep, 0700, NULL));
	ck_assert(fs_is_dir(deep));
	ck_assert(fs_mkdirs(deep, 0700, NULL));
	ck_assert(fs_mkdirs("/", 0700, NULL));
	ck_assert(fs_write(in_folder("file"), SV(""), 0600, NULL));
	ck_assert(!fs_mkdirs(in_folder("file/sub"), 0700, &err));
	ck_assert(!fs_mkdirs(in_folder("file"), 0700, &err));
	ck_assert(!fs_is_dir(in_folder("file")));
	ck_assert(fs_exists(in_folder("file")));
	/* Why it could not be made is told, not that it is not there. */
	if (geteuid() != 0) {
		ck_assert_int_eq(chmod(in_folder("x"), 0500), 0);
		ck_assert(!fs_mkdirs(in_folder("x/new"), 0700, &err));
		ck_assert_ptr_nonnull(strstr(err.msg, strerror(EACCES)));
		ck_assert_int_eq(chmod(in_folder("x"), 0700), 0);
	}
}
END_TEST

static const struct {
	const char *dir, *name, *path;
} joins[] = {
	{"a", "b", "a/b"},       {"a/", "b", "a/b"},
	{"a", "/b", "/b"},       {"a", "./b/./c", "a/b/c"},
	{"a", "../b", "a/../b"}, {".", "b", "b"},
	{"", "b", "b"},          {"/", "b", "/b"},
	{".", ".", "."},         {"a//b", "c//d", "a/b/c/d"},
	{"/", ".", "/"},         {"/a", "", "/a"},
	{"", "", "."},
};

START_TEST(paths_are_joined)
{
	ck_assert_str_eq(fs_join(a, joins[_i].dir, sv_of(joins[_i].name)), joins[_i].path);
}
END_TEST

/* As dirname(1). */
static const struct {
	const char *path, *dir;
} dirs[] = {
	{"a/b", "a"},  {"a", "."}, {"/a", "/"}, {"/", "/"},     {"a/b/", "a"},
	{"a//b", "a"}, {"", "."},  {"//", "/"}, {"/a/b", "/a"},
};

START_TEST(the_folder_is_that_of_dirname)
{
	ck_assert_str_eq(fs_dirname(a, dirs[_i].path), dirs[_i].dir);
}
END_TEST

Suite *
suite_fs(void)
{
	Suite *s = suite_create("fs");
	TCase *t = tcase_create("fs");

	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_test(t, what_was_written_is_read);
	tcase_add_test(t, a_limit_is_exact);
	tcase_add_test(t, the_size_in_the_inode_is_only_a_guess);
	tcase_add_test(t, only_regular_files_are_read_and_a_fifo_does_not_block);
	tcase_add_test(t, a_failed_write_leaves_the_folder_as_it_was);
	tcase_add_test(t, folders_are_made_with_their_parents_once_or_twice);
	tcase_add_loop_test(t, paths_are_joined, 0, LEN(joins));
	tcase_add_loop_test(t, the_folder_is_that_of_dirname, 0, LEN(dirs));
	suite_add_tcase(s, t);
	return s;
}
