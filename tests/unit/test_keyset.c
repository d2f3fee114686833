#include <check.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "metric/keybag.h"
#include "metric/keybag_parts.h"
#include "metric/keyset.h"

static struct hash128
hash_of(uint64_t i)
{
	return (struct hash128){.lo = hash64_u64(i), .hi = i};
}

START_TEST(a_keyset_holds_what_was_added_and_nothing_else)
{
	AUTO(keyset) k = keyset_new();

	ck_assert(!keyset_has(k, hash_of(1)));
	for (uint64_t i = 0; i < 20000; i++) {
		ck_assert(keyset_add(k, hash_of(i)));
		ck_assert(!keyset_add(k, hash_of(i / 2)));
	}
	ck_assert_int_eq(keyset_size(k), 20000);
	for (uint64_t i = 0; i < 40000; i++)
		ck_assert_int_eq(keyset_has(k, hash_of(i)), i < 20000);
	ck_assert_uint_ge(keyset_bytes(k), 20000 * sizeof(struct hash128));
}
END_TEST

START_TEST(the_all_zero_hash_is_a_key_like_any_other)
{
	AUTO(keyset) k = keyset_new();
	AUTO(keyset) other = keyset_new();

	ck_assert(!keyset_has(k, (struct hash128){0}));
	ck_assert(keyset_add(k, (struct hash128){0}));
	ck_assert(!keyset_add(k, (struct hash128){0}));
	ck_assert(keyset_has(k, (struct hash128){0}));
	ck_assert(!keyset_has(k, (struct hash128){.lo = 0, .hi = 1}));
	keyset_merge(other, k);
	ck_assert(keyset_has(other, (struct hash128){0}));
	ck_assert_int_eq(keyset_size(other), 1);
}
END_TEST

START_TEST(merged_keysets_hold_the_keys_of_both_once)
{
	AUTO(keyset) a = keyset_new();
	AUTO(keyset) b = keyset_new();

	for (uint64_t i = 0; i < 1000; i++)
		keyset_add(i % 3 == 0 ? a : b, hash_of(i / 2));
	keyset_merge(a, b);
	ck_assert_int_eq(keyset_size(a), 500);
}
END_TEST

START_TEST(tuples_hash_by_their_elements_in_order)
{
	struct value one = value_int(1), real = value_real(1), two = value_int(2);
	struct value ab[] = {one, two}, ba[] = {two, one}, ab2[] = {real, two}, null[] = {one, VALUE_NONE};
	struct hash128 h = tuple_hash(&one, 1), g = tuple_hash(&real, 1);

	ck_assert(h.lo == g.lo && h.hi == g.hi);
	h = tuple_hash(ab, 2);
	g = tuple_hash(ab2, 2);
	ck_assert(h.lo == g.lo && h.hi == g.hi);
	g = tuple_hash(ba, 2);
	ck_assert(h.lo != g.lo && h.hi != g.hi);
	g = tuple_hash(null, 2);
	ck_assert(h.lo != g.lo);
}
END_TEST

/* n keys of which key i occurs i % period + 1 times would be too regular: times(i) is 1 for most, 3 for every 7th. */
static size_t
times(uint64_t i)
{
	return i % 7 == 0 ? 3 : 1;
}

struct seen {
	int64_t n;
	uint64_t sum;
};

static void
count_repeated(void *ctx, const uint64_t *key)
{
	struct seen *s = ctx;

	s->n++;
	s->sum += key[0];
}

/* The flat array, its limit, and well into the partitions. */
static const struct {
	uint64_t n;
	unsigned words, bags;
} bags[] = {
	{0, 1, 1},     {0, 2, 3},      {10, 1, 1},     {10, 2, 2},     {40000, 1, 1},  {60000, 2, 1},
	{90000, 1, 3}, {300000, 1, 1}, {300000, 2, 2}, {700000, 1, 2}, {400000, 1, 5},
};

START_TEST(a_keybag_counts_exactly_however_many_keys_and_bags)
{
	uint64_t n = bags[_i].n;
	unsigned words = bags[_i].words;
	struct keybag b[5];
	struct seen seen = {0};

	for (int way = 0; way < 4; way++) {
		int distinct = way % 2;
		bool shared = way >= 2; /* counted in pieces, as by threads */
		uint64_t sum = 0;
		int64_t repeated = 0, keys = 0;

		for (unsigned j = 0; j < bags[_i].bags; j++)
			keybag_init(&b[j], words, distinct == 1);
		for (size_t round = 0; round < 3; round++)
			for (uint64_t i = 0; i < n; i++) {
				uint64_t key[2] = {words == 1 ? i : hash64_u64(i), i};

				if (round < times(i))
					keybag_add(&b[(i + round) % bags[_i].bags], key, 1);
			}
		for (uint64_t i = 0; i < n; i++)
			if (times(i) > 1) {
				repeated += (int64_t)times(i);
				keys++;
				sum += words == 1 ? i : hash64_u64(i);
			}
		for (unsigned j = 1; j < bags[_i].bags; j++)
			keybag_merge(&b[0], &b[j]);
		seen = (struct seen){0};
		struct keybag_count c;
		if (shared && keybag_share(&b[0]))
			for (size_t i = KEYBAG_PIECES; i-- > 0;)
				keybag_count_piece(&b[0], i);
		ck_assert(keybag_count(&b[0], count_repeated, &seen, &c, NULL));
		ck_assert_int_eq(c.distinct, (int64_t)n);
		if (distinct == 0) {
			ck_assert_int_eq(c.repeated, repeated);
			ck_assert_int_eq(seen.n, keys);
			ck_assert_uint_eq(seen.sum, sum);
		}
		for (unsigned j = 0; j < bags[_i].bags; j++) {
			keybag_fini(&b[j]);
			ck_assert_uint_eq(keybag_bytes(&b[j]), 0);
		}
	}
}
END_TEST

static struct keybag_count
counted(struct keybag *b)
{
	struct keybag_count c;

	ck_assert(keybag_count(b, NULL, NULL, &c, NULL));
	return c;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Hashes, and keys whose first bits tell nothing, or which are many times the same. */
START_TEST(keys_of_any_kind_are_sorted)
{
	enum { MOST = 20000 };
	uint64_t *key = xcalloc(MOST, sizeof(*key)), *want = xcalloc(MOST, sizeof(*want));
	static const size_t sizes[] = {0, 1, 2, 1023, 1024, 1025, 8191, MOST};

	for (size_t k = 0; k < LEN(sizes); k++) {
		size_t n = sizes[k];

		for (size_t i = 0; i < n; i++) {
			uint64_t h = hash64_u64(i);
			const uint64_t kinds[] = {
				h, h % 100, h >> 40, h << 61 | h >> 52, n - i, h % 3 != 0 ? 5 : h, ~h >> 1};

			key[i] = kinds[_i];
		}
		memcpy(want, key, n * sizeof(*key));
		qsort(want, n, sizeof(*want), by_number);
		keybag_sort(key, n, 1);
		ck_assert_int_eq(memcmp(key, want, n * sizeof(*key)), 0);
	}
	free(key);
	free(want);
}
END_TEST

START_TEST(few_distinct_keys_stay_few_bytes)
{
	struct keybag b;
	uint64_t key[1000];

	keybag_init(&b, 1, true);
	for (int round = 0; round < 1000; round++) {
		for (uint64_t i = 0; i < 1000; i++)
			key[i] = i * 1000003 + (uint64_t)(round % 20);
		keybag_add(&b, key, 1000);
	}
	ck_assert_uint_le(keybag_bytes(&b), 600000);
	ck_assert_int_eq(counted(&b).distinct, 20000);
	for (int round = 0; round < 2000; round++) {
		for (uint64_t i = 0; i < 1000; i++)
			key[i] = i + (uint64_t)(round % 200) * 1000;
		keybag_add(&b, key, 1000);
	}
	/* 200 000 keys more; the blocks of 1024 partitions are part of the price. */
	ck_assert_uint_le(keybag_bytes(&b), 12 << 20);
	ck_assert_int_eq(counted(&b).distinct, 220000 - 20); /* both hold 0 to 19 */
	keybag_fini(&b);
}
END_TEST

START_TEST(eight_bytes_a_row_and_little_more)
{
	struct keybag b;
	uint64_t key[1000];

	keybag_init(&b, 1, false);
	for (uint64_t round = 0; round < 3000; round++) {
		for (uint64_t i = 0; i < 1000; i++)
			key[i] = round * 1000 + i;
		keybag_add(&b, key, 1000);
	}
	ck_assert_uint_le(keybag_bytes(&b), 3000000 * 8 + (6 << 20));
	ck_assert_int_eq(counted(&b).repeated, 0);
	keybag_fini(&b);
}
END_TEST

Suite *
suite_keyset(void)
{
	Suite *s = suite_create("keyset");
	TCase *t = tcase_create("keyset");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_keyset_holds_what_was_added_and_nothing_else);
	tcase_add_test(t, the_all_zero_hash_is_a_key_like_any_other);
	tcase_add_test(t, merged_keysets_hold_the_keys_of_both_once);
	tcase_add_test(t, tuples_hash_by_their_elements_in_order);
	tcase_add_loop_test(t, a_keybag_counts_exactly_however_many_keys_and_bags, 0, LEN(bags));
	tcase_add_loop_test(t, keys_of_any_kind_are_sorted, 0, 7);
	tcase_add_test(t, few_distinct_keys_stay_few_bytes);
	tcase_add_test(t, eight_bytes_a_row_and_little_more);
	suite_add_tcase(s, t);
	return s;
}
