/*
 * What the fuzz targets of Parquet share: a file in memory is opened and read in three ways, and what can be read must be the same.
 * Little memory is allowed, so that what asks for more is seen to be refused.
 */
#ifndef WEIR_TESTS_PARQUET_CHECK_H
#define WEIR_TESTS_PARQUET_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "expr/expr.h"
#include "fuzz.h"
#include "parquet/parquet.h"

enum { PARQUET_ROWS_MAX = 100000 };

struct parquet_tally {
	struct hasher h;
	int64_t rows, present;
};

static void
parquet_tally_add(struct parquet_tally *t, const struct vector *v)
{
	t->rows += v->rows;
	t->present += bits_count(v->valid, v->rows);
	if (v->rep == REP_PRESENCE)
		return;
	for (uint32_t i = 0; i < v->rows; i++) {
		struct value value = VALUE_NONE;
		struct hash128 h;

		if (bit_get(v->valid, i) && v->dict != NULL && v->index[i] >= v->dict->rows)
			abort();
		if (bit_get(v->valid, i))
			value = v->dict != NULL ? vector_value(v->dict, v->index[i]) : vector_value(v, i);
		h = value_hash(value);
		hasher_add_i64(&t->h, (int64_t)h.lo);
	}
}

/* All of a column, `step` rows at a time.  False where it cannot be read. */
static bool
parquet_tally(const struct parquet_file *f, uint32_t column, unsigned need, uint32_t step,
              struct parquet_tally *t, char hex[HASH_HEX])
{
	AUTO(parquet_reader) r = parquet_reader_new(f, column, need);
	const struct vector *v;
	bool ok = true;

	*t = (struct parquet_tally){.rows = 0};
	hasher_init(&t->h);
	for (uint32_t g = 0; ok && g < parquet_groups(f); g++) {
		int64_t left = MIN(parquet_group_rows(f, g), (int64_t)PARQUET_ROWS_MAX);

		ok = parquet_reader_seek(r, f, g, NULL) && parquet_reader_dictionary(r, &v, NULL);
		while (ok && left > 0) {
			ok = parquet_reader_next(r, (uint32_t)MIN(left, (int64_t)step), &v, NULL);
			if (ok)
				parquet_tally_add(t, v);
			left -= step;
		}
	}
	hasher_end(&t->h, hex);
	return ok;
}

/* The page index: what it says adds up, and to go by it ends well, though an index that lies leads to other rows. */
static void
parquet_check_pages(const struct parquet_file *f, uint32_t column, uint32_t group)
{
	AUTO(parquet_reader) r = parquet_reader_new(f, column, NEED_VALUE);
	int64_t rows = parquet_group_rows(f, group), at = 0;
	struct parquet_stats s;
	const int64_t *first;
	const struct vector *v;
	uint32_t n;

	if (!parquet_reader_seek(r, f, group, NULL) || !parquet_reader_pages(r, &first, &n, NULL))
		return;
	if (n > 0 && (first[0] != 0 || first[n] != rows))
		abort();
	for (uint32_t k = 0; k < n; k++) {
		parquet_reader_page_stats(r, k, &s);
		if (s.rows <= 0 || (s.has_nulls && (s.nulls < 0 || s.nulls > s.rows)) || s.min_exact ||
		    s.max_exact)
			abort();
	}
	/* A row of every other page. */
	for (uint32_t k = 1; k < n && k < 100; k += 2, at++) {
		if (!parquet_reader_skip(r, first[k] - at, NULL) || !parquet_reader_next(r, 1, &v, NULL))
			return;
		if (v->rows != 1)
			abort();
		at = first[k];
	}
}

static void
parquet_check_column(const struct parquet_file *f, uint32_t i)
{
	char one[HASH_HEX], two[HASH_HEX], three[HASH_HEX];
	struct parquet_tally a, b, c;
	struct parquet_stats s;
	bool may;

	for (uint32_t g = 0; g < parquet_groups(f) && g < 4; g++) {
		parquet_stats(f, g, i, &s);
		(void)!parquet_may_hold(f, g, i, value_int(7), &may, NULL);
		(void)!parquet_may_hold(f, g, i, value_text(SV("seven")), &may, NULL);
		parquet_check_pages(f, i, g);
	}

	bool all = parquet_tally(f, i, NEED_VALUE, VECTOR_ROWS, &a, one);
	bool stepped = parquet_tally(f, i, NEED_VALUE, 3, &b, two);
	bool present = parquet_tally(f, i, NEED_PRESENCE, 100, &c, three);

	if (all != stepped || (all && (strcmp(one, two) != 0 || a.rows != b.rows)))
		abort();
	if (all && present && (a.rows != c.rows || a.present != c.present))
		abort();
}

static void
parquet_check(const char *p, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[40];
	struct part part = {.name = SV("fuzz"), .path = path, .size_bytes = (int64_t)n};
	AUTO(parquet_file) f = NULL;
	AUTO(input) in = NULL;
	const struct parquet_column *column;

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (source_driver_find(SV("file"))->open(&part, &in, NULL) &&
	    parquet_open(in, &part, (size_t)4 << 20, &f, NULL)) {
		uint32_t columns = parquet_columns(f, &column);

		for (uint32_t i = 0; i < columns && i < 20; i++)
			parquet_check_column(f, i);
	}
	parquet_close(STEAL(f));
	close(fd);
}

#endif
