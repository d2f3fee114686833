#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "source/source.h"

/* A folder for one test, which also is where it works: patterns are relative. */
static char folder[64];

static void
set_up(void)
{
	strcpy(folder, "/tmp/weir-source-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void
tear_down(void)
{
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void
put(const char *path, const char *text)
{
	AUTO(arena) a = arena_new();

	ck_assert(fs_mkdirs(fs_dirname(a, path), 0700, NULL));
	ck_assert(fs_write(path, sv_of(text), 0600, NULL));
}

static const struct source_driver *
file_driver(void)
{
	const struct source_driver *d = source_driver_find(SV("file"));

	ck_assert_ptr_nonnull(d);
	return d;
}

static struct parts
list(struct arena *a, const char *pattern)
{
	struct parts p;
	struct err err = {0};

	ck_assert_msg(file_driver()->list(a, sv_of(pattern), &p, &err), "%s: %s", pattern, err.msg);
	return p;
}

static const struct {
	const char *pattern, *names;
} globs[] = {
	{"a.csv", "a.csv "},
	{"none.csv", ""},
	{"*.csv", "a.csv b.csv "},
	{".", "./a.csv ./b.csv ./n.txt "},
	{"sub", "sub/c.csv "},
	{"sub/", "sub//c.csv "},
	{"*", "a.csv b.csv n.txt "},
	{"[ab].csv", "a.csv b.csv "},
	{"?.csv", "a.csv b.csv "},
	{"*/c.csv", "sub/c.csv "},
	{"sub/*/d.csv", "sub/deep/d.csv "},
	{"**/*.csv", "a.csv b.csv odd/x[1].csv sub/c.csv sub/deep/d.csv "},
	{"sub/**", "sub/_SUCCESS sub/c.csv sub/deep/d.csv "},
	{"./*.csv", "./a.csv ./b.csv "},
	{"odd/x[1].csv", "odd/x[1].csv "}, /* there is a file of that very name */
	{"odd/x\\[1\\].csv", "odd/x[1].csv "},
	{".h*", ".hidden.csv "},
	{"nofolder/*.csv", ""},
	{"a.csv/*", ""},
	{"", ""},
};

START_TEST(a_pattern_lists_these_files)
{
	AUTO(arena) a = arena_new();
	struct buf b;

	put("a.csv", "1");
	put("b.csv", "22");
	put("n.txt", "");
	put("odd/x[1].csv", "");
	put(".hidden.csv", "");
	put("sub/c.csv", "");
	put("sub/_SUCCESS", "");
	put("sub/deep/d.csv", "");
	put("sub/.git/e.csv", "");
	buf_init(&b, 4096);

	struct parts p = list(a, globs[_i].pattern);

	for (size_t i = 0; i < p.n; i++)
		(void)buf_printf(&b, SV_FMT " ", SV_ARG(p.v[i].name));
	ck_assert_str_eq(buf_str(&b), globs[_i].names);
	buf_fini(&b);
}
END_TEST

START_TEST(only_regular_files_are_data)
{
	AUTO(arena) a = arena_new();
	struct parts p;
	struct err err = {0};

	ck_assert_int_eq(mkfifo("pipe.csv", 0600), 0);
	ck_assert(!file_driver()->list(a, SV("pipe.csv"), &p, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_uint_eq(list(a, "*.csv").n, 0);

	/* Swapped after the listing: opening must not wait for a writer. */
	put("x.csv", "1");
	p = list(a, "x.csv");
	ck_assert_int_eq(unlink("x.csv"), 0);
	ck_assert_int_eq(mkfifo("x.csv", 0600), 0);

	struct input *in;

	ck_assert(!file_driver()->open(&p.v[0], &in, &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

START_TEST(links_to_files_are_followed_and_dangling_ones_are_errors)
{
	AUTO(arena) a = arena_new();
	struct parts p;
	struct err err = {0};

	put("real.txt", "1");
	ck_assert_int_eq(symlink("real.txt", "link.csv"), 0);
	ck_assert_int_eq(symlink(".", "loop"), 0);
	ck_assert_uint_eq(list(a, "*.csv").n, 1);
	ck_assert_uint_eq(list(a, "**/*.csv").n, 1);
	ck_assert_int_eq(symlink("gone", "broken.csv"), 0);
	ck_assert(!file_driver()->list(a, SV("*.csv"), &p, &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

/* A folder on the way that cannot be looked at may hold data. */
START_TEST(what_a_pattern_cannot_look_at_is_an_error)
{
	AUTO(arena) a = arena_new();
	static const char *const bad[] = {"s*/c.csv", "s*/*.csv", "*/gone.csv", "*/c.csv"};
	struct parts p;

	put("sub/c.csv", "1");
	put("real/d.csv", "1");
	ck_assert_uint_eq(list(a, "*/c.csv").n, 1);
	ck_assert_uint_eq(list(a, "*/none.csv").n, 0);
	ck_assert_int_eq(symlink("nowhere", "sub/gone.csv"), 0);
	ck_assert_int_eq(symlink("self", "self"), 0);
	for (size_t i = 0; i < LEN(bad); i++) {
		struct err err = {0};

		ck_assert_msg(!file_driver()->list(a, sv_of(bad[i]), &p, &err), "%s", bad[i]);
		ck_assert_int_eq(err.code, ERR_IO);
	}
	ck_assert_uint_eq(list(a, "r*/d.csv").n, 1);
}
END_TEST

START_TEST(a_fingerprint_changes_with_the_file)
{
	AUTO(arena) a = arena_new();
	struct input *in;
	struct err err = {0};
	char before[HASH_HEX], after[HASH_HEX], content[HASH_HEX];

	put("a.csv", "one");

	struct parts p = list(a, "a.csv");

	ck_assert_int_eq(p.size_bytes, 3);
	ck_assert_int_eq(p.newest_us, p.v[0].mtime_us);
	ck_assert_str_eq(p.v[0].fingerprint, list(a, "a.csv").v[0].fingerprint);
	parts_version(&p, false, before);
	ck_assert(part_content(a, file_driver(), &p.v[0], &err));
	/* printf one | sha256sum */
	ck_assert_str_eq(p.v[0].content, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
	parts_version(&p, true, content);

	ck_assert(file_driver()->open(&p.v[0], &in, &err));
	ck_assert(input_unchanged(in, &p.v[0], &err));
	put("a.csv", "two"); /* in its place, under the open file */
	ck_assert(!input_unchanged(in, &p.v[0], &err));
	ck_assert_int_eq(err.code, ERR_CHANGED);
	input_close(in);
	ck_assert(!part_content(a, file_driver(), &p.v[0], &err));
	ck_assert_int_eq(err.code, ERR_CHANGED);

	p = list(a, "a.csv");
	parts_version(&p, false, after);
	ck_assert_str_ne(before, after);

	/* Written again with the same text: another fingerprint, the same content. */
	put("a.csv", "one");
	p = list(a, "a.csv");
	ck_assert(part_content(a, file_driver(), &p.v[0], &err));
	parts_version(&p, false, after);
	ck_assert_str_ne(before, after);
	parts_version(&p, true, after);
	ck_assert_str_eq(content, after);
}
END_TEST

/* Seconds before now. */
START_TEST(a_part_is_quiet_when_its_times_tell_the_next_change)
{
	static const struct {
		double mtime, ctime;
		bool quiet;
	} cases[] = {{1000, 1000, true}, {2.1, 2.1, true},    {1.9, 1.9, false},    {0, 0, false},
	             {1000, 1, true},    {1000, 0.021, true}, {1000, 0.019, false}, {1000, 0, false},
	             {-5, 1000, false},  {1000, -5, false},   {-5, -5, false},      {1.9, 1000, false}};
	int64_t now = INT64_C(1700000000000000);

	for (size_t i = 0; i < LEN(cases); i++) {
		struct part p = {.mtime_us = now - (int64_t)(cases[i].mtime * 1e6),
		                 .ctime_us = now - (int64_t)(cases[i].ctime * 1e6)};

		ck_assert_msg(part_is_quiet(&p, now) == cases[i].quiet, "case %zu", i);
	}
}
END_TEST

START_TEST(the_times_of_a_part_are_its_files)
{
	AUTO(arena) a = arena_new();
	struct parts parts;
	struct stat st;

	put("a.csv", "x");
	ck_assert_int_eq(utimensat(AT_FDCWD, "a.csv", (struct timespec[]){{5, 0}, {7, 8999}}, 0), 0);
	ck_assert_int_eq(stat("a.csv", &st), 0);
	parts = list(a, "a.csv");
	ck_assert_int_eq(parts.v[0].mtime_us, 7000008);
	ck_assert_int_eq(parts.v[0].ctime_us, st.st_ctim.tv_sec * 1000000 + st.st_ctim.tv_nsec / 1000);
}
END_TEST

START_TEST(a_missing_file_is_not_found)
{
	AUTO(arena) a = arena_new();
	struct input *in = NULL;
	struct err err = {0};

	put("a.csv", "one");

	struct parts p = list(a, "a.csv");

	ck_assert_int_eq(unlink("a.csv"), 0);
	ck_assert(!file_driver()->open(&p.v[0], &in, &err));
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_ptr_null(in);
}
END_TEST

Suite *
suite_source(void)
{
	Suite *s = suite_create("source");
	TCase *t = tcase_create("source");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, a_pattern_lists_these_files, 0, LEN(globs));
	tcase_add_test(t, only_regular_files_are_data);
	tcase_add_test(t, links_to_files_are_followed_and_dangling_ones_are_errors);
	tcase_add_test(t, what_a_pattern_cannot_look_at_is_an_error);
	tcase_add_test(t, a_fingerprint_changes_with_the_file);
	tcase_add_test(t, a_part_is_quiet_when_its_times_tell_the_next_change);
	tcase_add_test(t, the_times_of_a_part_are_its_files);
	tcase_add_test(t, a_missing_file_is_not_found);
	suite_add_tcase(s, t);
	return s;
}
