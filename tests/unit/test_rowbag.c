/* Bags of rows: what comes out is what went in, by key, in whatever pieces it went in and wherever it lay meanwhile. */
#include <check.h>
#include <stdlib.h>

#include "base/arena.h"
#include "metric/rowbag.h"

enum { ROWS = 20000, KEYS = 7000, BAGS = 5 };

struct made {
	struct hash128 key;
	char bytes[40];
	size_t n;
};

static uint64_t
next(uint64_t *s)
{
	*s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *s >> 33;
}

static struct made *
make_rows(uint64_t seed)
{
	struct made *row = xcalloc(ROWS, sizeof(*row));

	for (size_t i = 0; i < ROWS; i++) {
		uint64_t key = next(&seed) % KEYS;

		row[i].key = (struct hash128){hash64_u64(key), key};
		row[i].n = next(&seed) % sizeof(row[i].bytes);
		for (size_t k = 0; k < row[i].n; k++)
			row[i].bytes[k] = (char)(next(&seed) % 3);
	}
	return row;
}

static int
compare_made(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->key.lo != y->key.lo)
		return x->key.lo < y->key.lo ? -1 : 1;
	if (x->key.hi != y->key.hi)
		return x->key.hi < y->key.hi ? -1 : 1;
	return sv_cmp((struct sv){x->bytes, x->n}, (struct sv){y->bytes, y->n});
}

/* All parts, one after the other, against the rows that went in. */
static void
check_rows(const struct rowbag *b, struct made *row)
{
	size_t at = 0;
	struct err err;

	qsort(row, ROWS, sizeof(*row), compare_made);
	ck_assert_int_eq(rowbag_size(b), ROWS);
	for (size_t i = 0; i < ROWBAG_PARTS; i++) {
		struct rowbag_part p = {0};

		ck_assert_msg(rowbag_part(b, i, &p, &err), "%s", err.msg);
		for (size_t k = 0; k < p.n; k++, at++) {
			ck_assert_uint_eq(p.row[k].key.lo, row[at].key.lo);
			ck_assert_uint_eq(p.row[k].key.hi, row[at].key.hi);
			ck_assert(sv_eq(p.row[k].bytes, (struct sv){row[at].bytes, row[at].n}));
		}
		rowbag_part_fini(&p);
	}
	ck_assert_uint_eq(at, ROWS);
}

/* _i: how often they are put into files while they are collected; 0: never. */
START_TEST(a_bag_gives_back_what_was_put_in_sorted_by_key)
{
	struct made *row = make_rows((uint64_t)_i + 1);
	struct rowbag *bag[BAGS];
	struct err err;

	for (size_t i = 0; i < BAGS; i++)
		bag[i] = rowbag_new();
	for (size_t i = 0; i < ROWS; i++) {
		struct rowbag *b = bag[i % BAGS];

		rowbag_add(b, row[i].key, (struct sv){row[i].bytes, row[i].n});
		if (_i > 0 && i % (ROWS / (size_t)_i) == 1000) {
			ck_assert_uint_gt(rowbag_bytes(b), 1000);
			ck_assert_msg(rowbag_spill(b, NULL, &err), "%s", err.msg);
			ck_assert_uint_eq(rowbag_bytes(b), 0);
		}
	}
	for (size_t i = 1; i < BAGS; i++) {
		rowbag_merge(bag[0], bag[i]);
		ck_assert_int_eq(rowbag_size(bag[i]), 0);
		ck_assert_uint_eq(rowbag_bytes(bag[i]), 0);
		rowbag_free(bag[i]);
	}
	check_rows(bag[0], row);
	/* It can be asked again, and go on. */
	ck_assert(rowbag_spill(bag[0], NULL, &err));
	check_rows(bag[0], row);
	rowbag_free(bag[0]);
	free(row);
}
END_TEST

START_TEST(an_empty_bag_has_no_rows_and_needs_no_file)
{
	struct rowbag *b = rowbag_new(), *other = rowbag_new();
	struct rowbag_part p = {0};
	struct err err;

	ck_assert(rowbag_spill(b, "/nowhere at all", &err));
	rowbag_merge(b, other);
	ck_assert_int_eq(rowbag_size(b), 0);
	ck_assert(rowbag_part(b, 0, &p, &err));
	ck_assert_uint_eq(p.n, 0);
	rowbag_part_fini(&p);
	rowbag_free(other);
	rowbag_free(b);
	rowbag_free(NULL);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error)
{
	struct rowbag *b = rowbag_new();
	struct err err = {0};

	unsetenv("TMPDIR");
	rowbag_add(b, (struct hash128){1, 2}, SV("row"));
	ck_assert(!rowbag_spill(b, "/nowhere at all", &err));
	ck_assert_int_eq(err.code, ERR_IO);
	rowbag_free(b);
}
END_TEST

START_TEST(a_bag_takes_rows_of_any_length)
{
	struct rowbag *b = rowbag_new();
	struct rowbag_part p = {0};
	size_t n = (size_t)3 << 20;
	char *big = xmalloc(n);
	struct err err;

	memset(big, 'x', n);
	rowbag_add(b, (struct hash128){0, 1}, (struct sv){big, n});
	rowbag_add(b, (struct hash128){0, 0}, (struct sv){0});
	ck_assert(rowbag_spill(b, NULL, &err));
	rowbag_add(b, (struct hash128){0, 1}, (struct sv){big, 1});
	ck_assert(rowbag_part(b, 0, &p, &err));
	ck_assert_uint_eq(p.n, 3);
	ck_assert_uint_eq(p.row[0].bytes.n, 0);
	ck_assert_uint_eq(p.row[1].bytes.n, 1);
	ck_assert_uint_eq(p.row[2].bytes.n, n);
	ck_assert(memcmp(p.row[2].bytes.p, big, n) == 0);
	rowbag_part_fini(&p);
	rowbag_free(b);
	free(big);
}
END_TEST

Suite *
suite_rowbag(void)
{
	Suite *s = suite_create("rowbag");
	TCase *t = tcase_create("rowbag");

	tcase_add_loop_test(t, a_bag_gives_back_what_was_put_in_sorted_by_key, 0, 6);
	tcase_add_test(t, an_empty_bag_has_no_rows_and_needs_no_file);
	tcase_add_test(t, a_folder_that_is_not_there_is_an_error);
	tcase_add_test(t, a_bag_takes_rows_of_any_length);
	suite_add_tcase(s, t);
	return s;
}
