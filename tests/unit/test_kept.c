/* Kept states: what is written is read again, and nothing but that. */
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "scan/kept.h"

#include "scan_dump.h"

static bool
get(struct kept *k, int64_t part, const char *metric, struct kept_state *s)
{
	static char bytes[1 << 16];
	AUTO(buf) b = buf_new(sizeof(bytes));
	struct sv from;

	if (!kept_get(k, part, metric, b, s))
		return false;
	ck_assert_uint_le(s->bytes.n, sizeof(bytes));
	from = s->bytes;
	if (from.n > 0)
		memcpy(bytes, from.p, from.n);
	s->bytes.p = bytes;
	return true;
}

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define M_1 "11111111111111111111111111111111"
#define M_2 "22222222222222222222222222222222"

static const char *
path_of(struct arena *a)
{
	return arena_printf(a, "%s/below/states", dump_folder());
}

static struct kept *
reopen(const char *path)
{
	const char *why;
	struct kept *k = kept_open(path, KEPT_ROOM, &why);

	ck_assert_msg(why == NULL, "%s", why);
	return k;
}

static void
put(struct kept *k, const char *name, const char *id, const char *metric, const char *bytes, int64_t errors)
{
	int64_t part = kept_put_part(k, sv_of(name), id, 100);

	kept_put(k, part, metric,
	         &(struct kept_state){.bytes = sv_of(bytes), .errors = errors, .first_error = errors * 3});
}

static void
write_two(const char *path)
{
	AUTO(kept) k = reopen(path);

	put(k, "p1.csv", ID_A, M_1, "one", 0);
	put(k, "p1.csv", ID_A, M_2, "two", 7);
	put(k, "p2.csv", ID_B, M_1, "", 0);
	ck_assert(kept_write(k, NULL));
}

START_TEST(states_come_back_by_part_and_metric)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a);
	struct kept_state s;

	write_two(path);

	AUTO(kept) k = reopen(path);
	int64_t p1 = kept_part(k, SV("p1.csv"), ID_A), p2 = kept_part(k, SV("p2.csv"), ID_B);

	ck_assert_int_ge(p1, 0);
	ck_assert_int_ge(p2, 0);
	ck_assert_int_eq(kept_rows(k, p1), 100);
	ck_assert(get(k, p1, M_2, &s));
	ck_assert(sv_is(s.bytes, "two"));
	ck_assert_int_eq(s.errors, 7);
	ck_assert_int_eq(s.first_error, 21);
	ck_assert(get(k, p2, M_1, &s));
	ck_assert_int_eq((int64_t)s.bytes.n, 0);
	/* other bytes, other parts, other metrics */
	ck_assert_int_eq(kept_part(k, SV("p1.csv"), ID_B), -1);
	ck_assert_int_eq(kept_part(k, SV("p3.csv"), ID_A), -1);
	ck_assert(!get(k, p2, M_2, &s));
	dump_clean();
}
END_TEST

START_TEST(a_part_with_other_bytes_takes_the_place_of_the_old_one)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a);
	struct kept_state s;

	write_two(path);
	{
		AUTO(kept) k = reopen(path);

		put(k, "p1.csv", ID_B, M_1, "new", 0);
		ck_assert_int_eq(kept_part(k, SV("p1.csv"), ID_A), -1);
		ck_assert(kept_write(k, NULL));
	}
	AUTO(kept) k = reopen(path);
	int64_t p = kept_part(k, SV("p1.csv"), ID_B);

	ck_assert_int_eq(kept_part(k, SV("p1.csv"), ID_A), -1);
	ck_assert(get(k, p, M_1, &s) && sv_is(s.bytes, "new"));
	ck_assert(!get(k, p, M_2, &s));
	ck_assert_int_ge(kept_part(k, SV("p2.csv"), ID_B), 0);
	kept_forget_others(k);
	ck_assert(kept_write(k, NULL));
	dump_clean();
}
END_TEST

START_TEST(parts_that_are_gone_are_forgotten)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a);

	write_two(path);
	{
		AUTO(kept) k = reopen(path);

		ck_assert_int_ge(kept_part(k, SV("p2.csv"), ID_B), 0);
		kept_forget_others(k);
		ck_assert(kept_write(k, NULL));
	}
	AUTO(kept) k = reopen(path);

	ck_assert_int_eq(kept_part(k, SV("p1.csv"), ID_A), -1);
	ck_assert_int_ge(kept_part(k, SV("p2.csv"), ID_B), 0);
	dump_clean();
}
END_TEST

START_TEST(states_that_nobody_asks_for_go_after_some_runs)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a);
	struct kept_state s;

	write_two(path);
	for (int run = 0; run < KEPT_RUNS; run++) {
		AUTO(kept) k = reopen(path);
		int64_t p = kept_part(k, SV("p1.csv"), ID_A);

		ck_assert_msg(get(k, p, M_1, &s), "run %d", run);
		put(k, "p2.csv", ID_B, M_1, "again", 0); /* something to write */
		ck_assert(kept_write(k, NULL));
	}
	AUTO(kept) k = reopen(path);

	ck_assert(get(k, kept_part(k, SV("p1.csv"), ID_A), M_1, &s));
	ck_assert(!get(k, kept_part(k, SV("p1.csv"), ID_A), M_2, &s));
	dump_clean();
}
END_TEST

/* A flipped bit anywhere, or a file cut anywhere, leaves nothing. */
START_TEST(a_damaged_file_is_none)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a), *why;
	struct sv text;

	write_two(path);
	ck_assert(fs_read(a, path, 1 << 20, &text, NULL));
	for (size_t i = 0; i < 2 * text.n; i++) {
		char *copy = arena_str(a, text);
		size_t n = i < text.n ? text.n : i - text.n;

		if (i < text.n)
			copy[i] = (char)(copy[i] ^ (1 << i % 8));
		ck_assert(fs_write(path, (struct sv){copy, n}, 0644, NULL));

		AUTO(kept) k = kept_open(path, KEPT_ROOM, &why);

		ck_assert_msg(why != NULL, "byte %zu", i);
		ck_assert_int_eq(kept_part(k, SV("p1.csv"), ID_A), -1);
		put(k, "p1.csv", ID_A, M_1, "one", 0);
	}
	dump_clean();
}
END_TEST

enum { LARGE = 9000 };

/* Of a metric and a number: bytes that no other one has. */
static void
fill(char bytes[LARGE], uint32_t seed)
{
	for (uint32_t i = 0; i < LARGE; i++)
		bytes[i] = (char)(hash64_u64(seed * LARGE + i) & 0xff);
}

static bool
put_more(struct kept *k, const char *name, const char *id, const char *metric, uint32_t seed)
{
	char bytes[LARGE];

	fill(bytes, seed);
	return kept_put(k, kept_put_part(k, sv_of(name), id, 100), metric,
	                &(struct kept_state){.bytes = {bytes, LARGE}, .errors = seed});
}

static void
put_large(struct kept *k, const char *name, const char *id, const char *metric, uint32_t seed)
{
	ck_assert(put_more(k, name, id, metric, seed));
}

static bool
has_large(struct kept *k, const char *name, const char *id, const char *metric, uint32_t seed)
{
	int64_t part = kept_part(k, sv_of(name), id);
	struct kept_state s;
	char bytes[LARGE];

	if (part < 0 || !kept_has(k, part, metric))
		return false;
	fill(bytes, seed);
	ck_assert(get(k, part, metric, &s));
	ck_assert_int_eq(s.errors, seed);
	ck_assert_uint_eq(s.bytes.n, LARGE);
	ck_assert_int_eq(memcmp(s.bytes.p, bytes, LARGE), 0);
	return true;
}

START_TEST(large_states_come_back_and_move_from_file_to_file)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a);

	{
		AUTO(kept) k = reopen(path);

		put_large(k, "p1.csv", ID_A, M_1, 1);
		put_large(k, "p2.csv", ID_A, M_1, 2);
		put_large(k, "p2.csv", ID_A, M_2, 3);
		ck_assert(has_large(k, "p2.csv", ID_A, M_1, 2)); /* before it is written */
		ck_assert(kept_write(k, NULL));
		ck_assert(has_large(k, "p2.csv", ID_A, M_1, 2));
		/* and once more, by the same one */
		put_large(k, "p3.csv", ID_A, M_1, 4);
		ck_assert(kept_write(k, NULL));
	}
	{
		AUTO(kept) k = reopen(path);
		AUTO(kept) other = reopen(path);

		put_large(k, "p1.csv", ID_B, M_1, 5);
		ck_assert(kept_write(k, NULL));
		/* who has the old file open goes on with it */
		ck_assert(has_large(other, "p1.csv", ID_A, M_1, 1));
		ck_assert(has_large(other, "p2.csv", ID_A, M_2, 3));
	}
	AUTO(kept) k = reopen(path);

	ck_assert(has_large(k, "p1.csv", ID_B, M_1, 5));
	ck_assert(has_large(k, "p2.csv", ID_A, M_1, 2));
	ck_assert(has_large(k, "p2.csv", ID_A, M_2, 3));
	ck_assert(has_large(k, "p3.csv", ID_A, M_1, 4));
	ck_assert(!has_large(k, "p1.csv", ID_A, M_1, 1));
	dump_clean();
}
END_TEST

/* The one that a flipped bit is in, and no other. */
START_TEST(a_large_state_that_is_damaged_is_not_there)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a);
	struct sv text;
	size_t at;
	char *copy;

	{
		AUTO(kept) k = reopen(path);

		put_large(k, "p1.csv", ID_A, M_1, 1);
		put_large(k, "p2.csv", ID_A, M_1, 2);
		ck_assert(kept_write(k, NULL));
	}
	ck_assert(fs_read(a, path, 1 << 20, &text, NULL));
	/* Behind the line that says what it is. */
	at = (size_t)sv_find(text, '\n') + 2 + (size_t)_i * LARGE / 3;
	copy = arena_str(a, text);
	copy[at] = (char)(copy[at] ^ 16);
	ck_assert(fs_write(path, (struct sv){copy, text.n}, 0600, NULL));

	AUTO(kept) k = reopen(path);

	ck_assert(has_large(k, "p1.csv", ID_A, M_1, 1) == (_i >= 3));
	ck_assert(has_large(k, "p2.csv", ID_A, M_1, 2) == (_i < 3));
	/* It can be put again. */
	put_large(k, "p1.csv", ID_A, M_1, 6);
	ck_assert(kept_write(k, NULL));
	ck_assert(has_large(k, "p1.csv", ID_A, M_1, 6));
	dump_clean();
}
END_TEST

/* New states come before old ones, of which the first stay; the others are as if they had never been, and small ones need no room. */
START_TEST(large_states_have_an_end)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a), *why;
	size_t room = 3 * LARGE + 100;
	struct kept_state s;
	struct sv text;

	{
		AUTO(kept) k = kept_open(path, room, &why);

		put_large(k, "p1.csv", ID_A, M_1, 1);
		put_large(k, "p2.csv", ID_A, M_1, 2);
		put_large(k, "p3.csv", ID_A, M_1, 3);
		ck_assert(!put_more(k, "p4.csv", ID_A, M_1, 4));
		put(k, "p4.csv", ID_A, M_2, "small", 0);
		ck_assert(!has_large(k, "p4.csv", ID_A, M_1, 4));
		ck_assert(kept_write(k, NULL));
	}
	{
		AUTO(kept) k = kept_open(path, room, &why);

		ck_assert(has_large(k, "p3.csv", ID_A, M_1, 3));
		ck_assert(!kept_has(k, kept_part(k, SV("p4.csv"), ID_A), M_1));
		ck_assert(get(k, kept_part(k, SV("p4.csv"), ID_A), M_2, &s));
		/* Room for two of the old ones. */
		put_large(k, "p5.csv", ID_A, M_1, 5);
		ck_assert(kept_write(k, NULL));
		ck_assert(!has_large(k, "p3.csv", ID_A, M_1, 3));
	}
	AUTO(kept) k = reopen(path);

	for (uint8_t i = 1; i <= 5; i++)
		ck_assert(has_large(k, (char[]){'p', (char)('0' + i), '.', 'c', 's', 'v', 0}, ID_A, M_1, i) ==
		          (i != 3 && i != 4));
	ck_assert(get(k, kept_part(k, SV("p4.csv"), ID_A), M_2, &s));
	ck_assert(fs_read(a, path, room + 4096, &text, NULL));
	/* Where there is room again, it takes them. */
	put_large(k, "p4.csv", ID_A, M_1, 4);
	ck_assert(kept_write(k, NULL));
	ck_assert(has_large(k, "p4.csv", ID_A, M_1, 4));
	dump_clean();
}
END_TEST

START_TEST(a_metric_that_is_touched_keeps_its_states)
{
	AUTO(arena) a = arena_new();
	const char *path = path_of(a);
	struct kept_state s;

	write_two(path);
	for (int run = 0; run < KEPT_RUNS + 1; run++) {
		AUTO(kept) k = reopen(path);

		ck_assert_int_ge(kept_part(k, SV("p1.csv"), ID_A), 0);
		kept_touch(k, M_2);
		put(k, "p2.csv", ID_B, M_1, "again", 0);
		ck_assert(kept_write(k, NULL));
	}
	AUTO(kept) k = reopen(path);

	ck_assert(get(k, kept_part(k, SV("p1.csv"), ID_A), M_2, &s));
	ck_assert(!get(k, kept_part(k, SV("p1.csv"), ID_A), M_1, &s));
	dump_clean();
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_told)
{
	AUTO(arena) a = arena_new();
	const char *path = arena_printf(a, "%s/file/states", dump_folder()), *why;
	struct err err;

	ck_assert(fs_write(arena_printf(a, "%s/file", dump_folder()), SV("x"), 0644, NULL));

	AUTO(kept) k = kept_open(path, KEPT_ROOM, &why);

	put(k, "p1.csv", ID_A, M_1, "one", 0);
	ck_assert(!kept_write(k, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "file"));
	dump_clean();
}
END_TEST

Suite *
suite_kept(void)
{
	Suite *s = suite_create("kept");
	TCase *t = tcase_create("kept");

	tcase_add_test(t, states_come_back_by_part_and_metric);
	tcase_add_test(t, a_part_with_other_bytes_takes_the_place_of_the_old_one);
	tcase_add_test(t, parts_that_are_gone_are_forgotten);
	tcase_add_test(t, states_that_nobody_asks_for_go_after_some_runs);
	tcase_add_test(t, a_damaged_file_is_none);
	tcase_add_test(t, large_states_come_back_and_move_from_file_to_file);
	tcase_add_loop_test(t, a_large_state_that_is_damaged_is_not_there, 0, 6);
	tcase_add_test(t, large_states_have_an_end);
	tcase_add_test(t, a_metric_that_is_touched_keeps_its_states);
	tcase_add_test(t, a_folder_that_cannot_be_written_is_told);
	suite_add_tcase(s, t);
	return s;
}
