/* Temporary files leave nothing behind and say what is wrong; what goes through them comes out the same. */
#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hash.h"
#include "metric/keybag.h"
#include "metric/keyset.h"
#include "metric/ranks.h"
#include "metric/spill.h"

static char folder[64];

static void
make_folder(void)
{
	strcpy(folder, "/tmp/weir-spill-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(unsetenv("TMPDIR"), 0);
}

static int
files_in_folder(void)
{
	DIR *d = opendir(folder);
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n - 2;
}

static void
drop_folder(void)
{
	ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(what_was_written_is_read_at_any_place)
{
	AUTO(spill) s = NULL;
	struct err err;
	uint32_t v[1000], got;

	make_folder();
	s = spill_new(folder, &err);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(files_in_folder(), 0);
	for (uint32_t i = 0; i < 200; i++) {
		for (uint32_t k = 0; k < 1000; k++)
			v[k] = i * 1000 + k;
		ck_assert(spill_write(s, v, (i == 7 ? 1000 : 10) * sizeof(*v), &err));
	}
	ck_assert(spill_write(s, NULL, 0, &err));
	ck_assert_int_eq(spill_size(s), (199 * 10 + 1000) * 4);
	ck_assert(spill_flush(s, &err));
	ck_assert(spill_read(s, (70 + 999) * 4, &got, sizeof(got), &err));
	ck_assert_uint_eq(got, 7999);
	ck_assert(spill_read(s, (199 * 10 + 999) * 4, &got, sizeof(got), &err));
	ck_assert_uint_eq(got, 199009);
	/* Half of it is an error, not half an answer. */
	ck_assert(!spill_read(s, spill_size(s) - 2, &got, sizeof(got), &err));
	ck_assert_int_eq(err.code, ERR_IO);
	drop_folder();
}
END_TEST

START_TEST(a_killed_process_leaves_no_file)
{
	int ready[2], status;
	char c;
	pid_t pid;

	make_folder();
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct spill *s = spill_new(folder, NULL);
		bool ok = s != NULL && spill_write(s, folder, sizeof(folder), NULL) && spill_flush(s, NULL);

		(void)!write(ready[1], ok ? "y" : "n", 1);
		(void)pause();
		_exit(0);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(c, 'y');
	ck_assert_int_eq(files_in_folder(), 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(files_in_folder(), 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
	drop_folder();
}
END_TEST

START_TEST(a_missing_folder_and_a_full_one_are_named_with_a_remedy)
{
	const struct rlimit small = {.rlim_cur = 100000, .rlim_max = 100000};
	char block[4096] = {0};
	struct err err = {0};
	int status;
	pid_t pid;

	make_folder();
	drop_folder();
	ck_assert_ptr_null(spill_new(folder, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.msg, folder));
	ck_assert_ptr_nonnull(strstr(err.hint, "TMPDIR"));

	/* A disk with room for 100 kB: a limit does as well as a full one. */
	make_folder();
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct spill *s = spill_new(folder, NULL);
		bool ok = true;

		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &small);
		for (int i = 0; i < 100 && ok; i++)
			ok = spill_write(s, block, sizeof(block), &err);
		_exit(!ok && err.code == ERR_IO && strstr(err.msg, folder) != NULL &&
		                      strstr(err.hint, "Make room") != NULL
		              ? 0
		              : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	drop_folder();
}
END_TEST

START_TEST(tmpdir_goes_before_the_folder_named)
{
	struct err err = {0};

	make_folder();
	ck_assert_int_eq(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
	ck_assert_ptr_null(spill_new(folder, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "/nowhere/at/all"));
	ck_assert_int_eq(unsetenv("TMPDIR"), 0);
	drop_folder();
}
END_TEST

struct sum {
	int64_t n;
	uint64_t sum, before;
	bool sorted;
};

static void
add_repeated(void *ctx, const uint64_t *key)
{
	struct sum *s = ctx;

	s->n++;
	s->sum += key[0];
}

/* Key i comes times(i) times; the pattern decides what becomes ranges: ascending, with steps, mixed, backwards. */
enum { KEYS = 30000 };

static int
times(uint64_t i)
{
	return i % 97 == 0 ? 3 : i % 31 == 0 ? 2 : 1;
}

static uint64_t
key_of(uint64_t i, int pattern)
{
	switch (pattern) {
	case 0:
		return i + 1000;
	case 1:
		return i * 5;
	case 2:
		return i * 1000003;
	case 3:
		return i % 2 == 0 ? i : hash64_u64(i) | 1;
	default:
		return (uint64_t) - (int64_t)(i * 7);
	}
}

/* Each pattern in one or three bags, spilled now and then, here and there, or never. */
START_TEST(a_bag_counts_the_same_however_often_it_is_spilled)
{
	int pattern = _i % 5, bags = _i / 5 % 2 == 0 ? 1 : 3, spilling = _i / 10;
	int64_t repeated = 0, keys = 0;
	struct keybag b[3];
	struct keybag_count c;
	struct sum told = {0};
	uint64_t sum = 0;
	struct err err;

	make_folder();
	for (int k = 0; k < bags; k++)
		keybag_init(&b[k], 1, false);
	for (int round = 0; round < 3; round++)
		for (uint64_t i = 0; i < KEYS; i += 100) {
			struct keybag *to = &b[(i / 100 + (uint64_t)round) % (uint64_t)bags];
			uint64_t key[100];
			size_t n = 0;

			for (uint64_t j = i; j < i + 100; j++)
				if (round < times(j))
					key[n++] = key_of(j, pattern);
			keybag_add(to, key, n);
			if (spilling > 0 && i % (uint64_t)(spilling == 1 ? 10000 : 700) == 0 && i > 0)
				ck_assert(keybag_spill(to, folder, &err));
		}
	for (int k = 1; k < bags; k++)
		keybag_merge(&b[0], &b[k]);
	if (spilling > 0) {
		ck_assert(keybag_spilled(&b[0]));
		ck_assert_int_eq(keybag_size(&b[0]) + (int64_t)keybag_spilled_keys(&b[0]),
		                 KEYS + (KEYS + 96) / 97 * 2 + (KEYS + 30) / 31 - (KEYS + 3006) / 3007);
	}
	for (uint64_t i = 0; i < KEYS; i++)
		if (times(i) > 1) {
			repeated += times(i);
			keys++;
			sum += key_of(i, pattern);
		}
	ck_assert(keybag_count(&b[0], add_repeated, &told, &c, &err));
	ck_assert_int_eq(c.distinct, KEYS);
	ck_assert_int_eq(c.repeated, repeated);
	ck_assert_int_eq(told.n, keys);
	ck_assert_uint_eq(told.sum, sum);
	keybag_fini(&b[0]);
	ck_assert_uint_eq(keybag_bytes(&b[0]), 0);
	drop_folder();
}
END_TEST

START_TEST(ascending_keys_cost_next_to_nothing_and_spilling_frees_nearly_all)
{
	struct keybag b;
	uint64_t key[1000];
	struct err err;

	make_folder();
	keybag_init(&b, 1, false);
	for (uint64_t at = 0; at < 400000; at += 1000) {
		for (uint64_t i = 0; i < 1000; i++)
			key[i] = at + i;
		keybag_add(&b, key, 1000);
	}
	ck_assert_uint_eq(b.nrange, 1);
	ck_assert_uint_eq(b.bytes, 0);
	ck_assert_uint_ge(keybag_bytes(&b), 400000 * 8); /* what it may come to */
	keybag_add(&b, (const uint64_t[]){7}, 1);
	ck_assert(keybag_spill(&b, folder, &err));
	ck_assert_uint_le(keybag_bytes(&b), 1000);

	struct keybag_count c;

	ck_assert(keybag_count(&b, NULL, NULL, &c, &err));
	ck_assert_int_eq(c.distinct, 400000);
	ck_assert_int_eq(c.repeated, 2);
	keybag_fini(&b);
	drop_folder();
}
END_TEST

START_TEST(a_sorted_set_answers_from_memory_and_from_a_file)
{
	enum { N = 20000 };
	static struct hash128 h[N];
	struct err err = {0};

	make_folder();
	for (uint64_t i = 0; i < N; i++)
		h[i] = (struct hash128){.lo = i * (UINT64_MAX / N) + i % 3, .hi = i};
	for (int in_file = 0; in_file < 2; in_file++)
		for (size_t expected = 0; expected <= 3 * N; expected += N) {
			AUTO(keyset)
			k = keyset_new_sorted(expected, in_file ? spill_new(folder, &err) : NULL);

			for (size_t at = 0, n; at < N; at += n) {
				n = MIN((size_t)(1 + at % 77), N - at);
				ck_assert(keyset_append(k, h + at, n, &err));
			}
			ck_assert(keyset_finish(k, &err));
			ck_assert_int_eq(keyset_size(k), N);
			for (uint64_t i = 0; i < N; i += in_file ? 17 : 1) {
				ck_assert(keyset_has(k, h[i]));
				ck_assert(!keyset_has(k, (struct hash128){h[i].lo, h[i].hi + N}));
				ck_assert(!keyset_has(k, (struct hash128){h[i].lo + 5, h[i].hi}));
			}
			ck_assert(!keyset_error(k, &err));
		}
	drop_folder();
}
END_TEST

static bool
each_number(void *ctx, struct ranks *look, struct err *err)
{
	const uint64_t *key = ctx;

	(void)err;
	ranks_look(look, key, 500);
	ranks_look(look, key + 500, 500);
	return true;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

START_TEST(ranks_are_those_of_the_sorted_keys)
{
	uint64_t key[1000], sorted[1000];
	struct rank r[40];

	for (uint64_t i = 0; i < 1000; i++)
		key[i] = sorted[i] = hash64_u64(i % 300) >> (i % 3 * 20);
	qsort(sorted, 1000, sizeof(*sorted), by_number);
	for (int i = 0; i < 40; i++)
		r[i].rank = i < 2 ? 0 : i < 38 ? i * 25 : 999;
	ck_assert(ranks_find(r, 40, each_number, key, NULL));
	for (int i = 0; i < 40; i++) {
		int64_t first = r[i].rank;

		while (first > 0 && sorted[first - 1] == sorted[r[i].rank])
			first--;
		ck_assert_uint_eq(r[i].key, sorted[r[i].rank]);
		ck_assert_int_eq(r[i].within, r[i].rank - first);
	}
}
END_TEST

Suite *
suite_spill(void)
{
	Suite *s = suite_create("spill");
	TCase *t = tcase_create("spill");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_was_written_is_read_at_any_place);
	tcase_add_test(t, a_killed_process_leaves_no_file);
	tcase_add_test(t, a_missing_folder_and_a_full_one_are_named_with_a_remedy);
	tcase_add_test(t, tmpdir_goes_before_the_folder_named);
	tcase_add_loop_test(t, a_bag_counts_the_same_however_often_it_is_spilled, 0, 30);
	tcase_add_test(t, ascending_keys_cost_next_to_nothing_and_spilling_frees_nearly_all);
	tcase_add_test(t, a_sorted_set_answers_from_memory_and_from_a_file);
	tcase_add_test(t, ranks_are_those_of_the_sorted_keys);
	suite_add_tcase(s, t);
	return s;
}
