#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "scan_dump.h"

enum { ROWS = 5000 };

/*
 * ROWS rows: id = 0, 1, 2 …; k = id % 7; note with a newline and a quote in every 11th row, empty in every 13th; every 1000th row is
 * followed by a malformed record.
 */
static struct sv
make_text(struct arena *a, int64_t from, int64_t to)
{
	struct buf b;

	buf_init(&b, 16 << 20);
	(void)buf_puts(&b, "id,k,note\n");
	for (int64_t i = from; i < to; i++) {
		(void)buf_printf(&b, "%jd,%jd,", (intmax_t)i, (intmax_t)(i % 7));
		if (i % 13 != 0)
			(void)buf_puts(&b,
			               i % 11 == 0 ? "\"a \"\"note\"\"\nof two lines, one comma\"" : "plain");
		(void)buf_puts(&b, i % 2 == 0 ? "\n" : "\r\n");
		if (i % 1000 == 999)
			(void)buf_puts(&b, "x,y\n");
	}

	struct sv ret = arena_sv(a, buf_sv(&b));

	buf_fini(&b);
	return ret;
}

/* The metrics of a scan, and what they came to. */
struct bench {
	struct pool *pool;
	struct scan *scan;
	struct exprs *x;
	struct metrics *m;
	struct metric_value *value;
};

static void
bench_open(struct bench *b, const struct dataset *d, unsigned threads, size_t morsel_bytes)
{
	struct err err = {0};
	struct scan_options o = {.memory_bytes = 1 << 26, .morsel_bytes = morsel_bytes};

	b->pool = o.pool = pool_new(threads);
	b->x = exprs_new();
	b->m = metrics_new(b->x);
	ck_assert_msg(scan_open(d, &o, &b->scan, &err), "%s", err.msg);
}

static void
bench_close(struct bench *b)
{
	metrics_free(b->m);
	exprs_free(b->x);
	scan_close(b->scan);
	pool_free(b->pool);
}

static const struct expr *
column(struct bench *b, const char *name)
{
	const struct column *c = schema_find(scan_schema(b->scan), sv_of(name));

	ck_assert_ptr_nonnull(c);
	return expr_column(b->x, c);
}

static const struct metric *
count_where(struct bench *b, const struct expr *e, uint32_t keep)
{
	return metric_get(b->m, &metric_count_true, &e, 1, NULL, (struct metric_params){.keep = keep});
}

static bool
bench_run(struct bench *b, struct arena *a, struct err *err)
{
	uint32_t n = metrics_count(b->m);
	const struct metric **m = ARENA_ARRAY(a, const struct metric *, n);

	for (uint32_t i = 0; i < n; i++)
		m[i] = metrics_at(b->m, i);
	b->value = ARENA_ARRAY(a, struct metric_value, n);
	return scan_run(b->scan, m, n, a, b->value, err);
}

static const size_t sizes[] = {0, 1000, 333, 64, 7};

/* The counts follow from make_text. */
START_TEST(metrics_samples_and_row_numbers_do_not_depend_on_threads_and_morsels)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "rows.csv", make_text(a, 0, ROWS)));
	struct err err = {0};

	for (unsigned threads = 1; threads <= 4; threads++) {
		struct bench b;

		bench_open(&b, &d, threads, sizes[_i]);

		const struct expr *six = expr_literal(b.x, value_int(6));
		const struct metric *rows = metric_get(b.m, &metric_rows, NULL, 0, NULL,
		                                       (struct metric_params){0});
		const struct metric *k6 = count_where(&b, expr_call2(b.x, OP_EQ, column(&b, "k"), six, &err),
		                                      3);
		const struct metric *empty = count_where(
			&b, expr_call1(b.x, OP_IS_NULL, column(&b, "note"), &err), 20);
		const struct expr *id = column(&b, "id");
		const struct metric *sum = metric_get(b.m, &metric_sum, &id, 1, NULL,
		                                      (struct metric_params){0});
		const struct metric *bad = metric_get(b.m, &metric_malformed, NULL, 0, NULL,
		                                      (struct metric_params){.keep = 20});

		ck_assert_msg(bench_run(&b, a, &err), "%s", err.msg);
		ck_assert_int_eq(b.value[rows->id].v.i, ROWS);
		ck_assert_int_eq(b.value[k6->id].count, ROWS / 7);
		ck_assert_uint_eq(b.value[k6->id].nfirst, 3);
		for (uint32_t i = 0; i < 3; i++)
			ck_assert_int_eq(b.value[k6->id].first[i].row, 6 + 7 * (int64_t)i);
		ck_assert_int_eq(b.value[empty->id].count, (ROWS + 12) / 13);
		ck_assert_int_eq(b.value[empty->id].first[19].row, 19 * 13);
		ck_assert_int_eq(b.value[sum->id].v.i, (int64_t)ROWS * (ROWS - 1) / 2);
		ck_assert_int_eq(b.value[bad->id].count, ROWS / 1000);
		ck_assert_int_eq(scan_rows_before(b.scan)[1], ROWS);
		metric_values_fini(b.value, metrics_count(b.m));
		bench_close(&b);
	}
	dump_clean();
}
END_TEST

/* Lines of malformed records by hand: awk counts lines, not records, and so do we. */
START_TEST(malformed_records_are_told_by_line)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(
		a, "csv",
		dump_file(a, "bad.csv",
	                  SV("a,b\n1,2\nx\n\"1\n1\",2\ny\nz,,\n3,4\n\n5\" ,6\n7,\"8\"8\n7,8\n9,\"\n7,8\n")));
	struct malformed_at at[MALFORMED_KEEP];
	static const struct {
		int64_t line;
		const char *why;
	} want[] = {
		{3, "1 field where 2 are expected"},
		{6, "1 field where 2 are expected"},
		{7, "3 fields where 2 are expected"},
		{10, "field 1 has a quote inside, but does not begin with one"},
		{11, "field 2 has text behind its closing quote"},
		{13, "the quote that opens field 2 is never closed"},
	};

	for (size_t bytes = 0; bytes < 20; bytes++) {
		struct bench b;
		struct err err = {0};
		uint32_t n;
		unsigned need[2] = {0};

		bench_open(&b, &d, 2, bytes);
		ck_assert(morsels_run(b.scan, &(struct morsel_work){.need = need}, &err));
		ck_assert(scan_malformed(b.scan, at, &n, &err));
		ck_assert_uint_eq(n, LEN(want));
		for (uint32_t i = 0; i < n; i++) {
			ck_assert_int_eq(at[i].line, want[i].line);
			ck_assert_str_eq(at[i].why, want[i].why);
		}
		bench_close(&b);
	}
	dump_clean();
}
END_TEST

START_TEST(fetched_rows_are_those_asked_for)
{
	AUTO(arena) a = arena_new();
	struct dataset d;
	struct bench b;
	struct err err = {0};
	static const struct row_at at[] = {{0, 0}, {0, 11}, {0, 1999}, {1, 0}, {1, 13}, {2, 999}};
	static const int64_t id[] = {0, 11, 1999, 2000, 2013, 4999};
	struct value out[2 * LEN(at)];

	dump_file(a, "p1.csv", make_text(a, 0, 2000));
	dump_file(a, "p2.csv", make_text(a, 2000, 4000));
	dump_file(a, "p3.csv", make_text(a, 4000, 5000));
	d = dump_dataset(a, "csv", arena_printf(a, "%s/p*.csv", dump_folder()));
	ck_assert_uint_eq(d.parts.n, 3);
	bench_open(&b, &d, 2, sizes[_i]);

	const struct column *col[2] = {schema_find(scan_schema(b.scan), SV("note")),
	                               schema_find(scan_schema(b.scan), SV("id"))};

	/* Without a run before: it counts for itself. */
	ck_assert_msg(scan_fetch(b.scan, at, LEN(at), col, 2, a, out, &err), "%s", err.msg);
	for (size_t i = 0; i < LEN(at); i++) {
		struct value note = out[2 * i];

		ck_assert_int_eq(out[2 * i + 1].i, id[i]);
		if (id[i] % 13 == 0)
			ck_assert_int_eq(note.kind, VALUE_NULL);
		else
			ck_assert(sv_is(note.s,
			                id[i] % 11 == 0 ? "a \"note\"\nof two lines, one comma" : "plain"));
	}
	ck_assert_int_eq(scan_rows_before(b.scan)[1], 2000);
	ck_assert_int_eq(scan_rows_before(b.scan)[3], ROWS);
	bench_close(&b);
	dump_clean();
}
END_TEST

START_TEST(rows_are_found_by_keys_and_condition_in_order)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "rows.csv", make_text(a, 0, ROWS)));
	AUTO(keyset) keys = keyset_new();
	struct bench b;
	struct err err = {0};
	struct row_at *at;
	uint32_t n;

	for (int64_t i = 0; i < ROWS; i += 3)
		(void)keyset_add(keys, tuple_hash(&(struct value){.kind = VALUE_INT, .i = i}, 1));
	bench_open(&b, &d, 3, sizes[_i]);

	const struct expr *id = column(&b, "id"), *limit = expr_literal(b.x, value_int(1000));
	const struct expr *where = expr_call2(b.x, OP_GE, id, limit, &err);

	ck_assert_msg(scan_find(b.scan, where, &id, 1, keys, 5, a, &at, &n, &err), "%s", err.msg);
	ck_assert_uint_eq(n, 5);
	for (uint32_t i = 0; i < n; i++)
		ck_assert_int_eq(at[i].row, 1002 + 3 * (int64_t)i);
	ck_assert_msg(scan_find(b.scan, NULL, &id, 1, keys, 100000, a, &at, &n, &err), "%s", err.msg);
	ck_assert_uint_eq(n, (ROWS + 2) / 3);
	bench_close(&b);
	dump_clean();
}
END_TEST

static struct sv
pack(struct arena *a, struct sv text, bool gz)
{
	size_t room = 2 * text.n + 1024;
	char *p = arena_alloc(a, room);

	if (!gz)
		return (struct sv){p, ZSTD_compress(p, room, text.p, text.n, 3)};

	z_stream z = {.next_in = (unsigned char *)(uintptr_t)text.p,
	              .avail_in = (uInt)text.n,
	              .next_out = (unsigned char *)p,
	              .avail_out = (uInt)room};

	ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_int_eq(deflateEnd(&z), Z_OK);
	return (struct sv){p, room - z.avail_out};
}

static struct sv
join(struct arena *a, struct sv x, struct sv y)
{
	char *p = arena_alloc(a, x.n + y.n);

	memcpy(p, x.p, x.n);
	memcpy(p + x.n, y.p, y.n);
	return (struct sv){p, x.n + y.n};
}

/* _i: 0 = gzip, 1 = zstd. */
START_TEST(compressed_parts_read_as_plain_ones_and_damage_is_an_error)
{
	AUTO(arena) a = arena_new();
	struct sv text = make_text(a, 0, 2000), half = {text.p, text.n / 2},
		  rest = {text.p + half.n, text.n - half.n};
	const char *name = _i == 0 ? "rows.csv.gz" : "rows.csv.zst";
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "rows.csv", text));
	struct dump plain = dump_scan(a, &d, 2, 0, NEED_VALUE), got;
	/* Two members (frames), one behind the other. */
	struct sv packed = join(a, pack(a, half, _i == 0), pack(a, rest, _i == 0));

	ck_assert_int_eq(plain.nrows, 2000);
	for (size_t i = 0; i < LEN(sizes); i++) {
		d = dump_dataset(a, "csv", dump_file(a, name, packed));
		got = dump_scan(a, &d, 2, sizes[i], NEED_VALUE);
		ck_assert_msg(got.ok, "%s", got.err.msg);
		ck_assert(sv_eq(got.rows, plain.rows));
		ck_assert(sv_eq(got.malformed_at, plain.malformed_at));
	}
	d = dump_dataset(a, "csv", dump_file(a, name, (struct sv){packed.p, packed.n - 3}));
	got = dump_scan(a, &d, 1, 0, NEED_VALUE);
	ck_assert(!got.ok);
	ck_assert_int_eq(got.err.code, ERR_FORMAT);
	d = dump_dataset(a, "csv", dump_file(a, name, SV("this is not compressed")));
	got = dump_scan(a, &d, 1, 0, NEED_VALUE);
	ck_assert_int_eq(got.err.code, ERR_FORMAT);
	d = dump_dataset(a, "csv", dump_file(a, name, SV("")));
	got = dump_scan(a, &d, 1, 0, NEED_VALUE);
	ck_assert_int_eq(got.err.code, ERR_FORMAT);
	dump_clean();
}
END_TEST

/* Many blocks, so that the thread that unpacks waits for the other one and the other for it. */
START_TEST(what_is_unpacked_ahead_is_the_same)
{
	AUTO(arena) a = arena_new();
	struct sv text = make_text(a, 0, 90000), packed = pack(a, text, _i == 0);
	const char *name = _i == 0 ? "rows.csv.gz" : "rows.csv.zst";
	size_t cut[] = {packed.n - 9, packed.n / 2, 40};

	ck_assert_uint_gt(text.n, (size_t)1200000);
	for (size_t i = 0; i <= LEN(cut); i++) {
		struct sv file = {packed.p, i < LEN(cut) ? cut[i] : packed.n};
		struct dataset d = dump_dataset(a, "csv", dump_file(a, name, file));
		struct dump alone = dump_scan(a, &d, 1, 0, NEED_VALUE),
			    ahead = dump_scan(a, &d, 2, 0, NEED_VALUE);

		ck_assert(alone.ok == (i == LEN(cut)) && ahead.ok == alone.ok);
		ck_assert_str_eq(ahead.ok ? "" : ahead.err.msg, alone.ok ? "" : alone.err.msg);
		ck_assert(!alone.ok || sv_eq(ahead.rows, alone.rows));
	}
	dump_clean();
}
END_TEST

static const struct {
	const char *one, *two, *msg; /* msg NULL: they go together */
} pairs[] = {
	{"a,b\n1,x\n", "a,b\n2,y\n", NULL},
	{"a,b\n1,x\n", "a,b\n", NULL},
	{"a,b\n", "a,b", NULL},
	{"a,b\n1,x\n", "a,c\n2,y\n", "'two.csv' has 'c' as column 2, but 'one.csv' has 'b' there"},
	{"a,b\n1,x\n", "a,b,c\n2,y,z\n",
         "'two.csv' has 3 columns, but 'one.csv' has 2: the first that differs is 'c'"},
	{"a,b\n1,x\n", "a\n2\n",
         "'two.csv' has 1 columns, but 'one.csv' has 2: the first that differs is 'b'"},
	{"a,b\n1,x\n", "", "'two.csv' is empty: no header"},
};

START_TEST(parts_must_have_the_same_columns)
{
	AUTO(arena) a = arena_new();
	struct dataset d;
	struct dump got;

	dump_file(a, "one.csv", sv_of(pairs[_i].one));
	dump_file(a, "two.csv", sv_of(pairs[_i].two));
	d = dump_dataset(a, "csv", arena_printf(a, "%s/*.csv", dump_folder()));
	d.parts.v[0].name = SV("one.csv");
	d.parts.v[1].name = SV("two.csv");
	got = dump_scan(a, &d, 2, 0, NEED_VALUE);
	if (pairs[_i].msg == NULL) {
		ck_assert_msg(got.ok, "%s", got.err.msg);
	} else {
		ck_assert(!got.ok);
		ck_assert_int_eq(got.err.code, ERR_FORMAT);
		ck_assert_str_eq(got.err.msg, pairs[_i].msg);
	}
	dump_clean();
}
END_TEST

START_TEST(types_of_parts_are_put_together)
{
	AUTO(arena) a = arena_new();
	struct dataset d;
	struct dump got;

	dump_file(a, "1.csv", SV("a,b,c,d\n1,1,,2024-01-01\n"));
	dump_file(a, "2.csv", SV("a,b,c,d\n1.5,x,7,2024-01-01 10:00:00\n"));
	d = dump_dataset(a, "csv", dump_folder());
	got = dump_scan(a, &d, 1, 0, NEED_VALUE);
	ck_assert_msg(got.ok, "%s", got.err.msg);
	ck_assert(sv_is(got.schema, "a number, b string, c integer, d timestamp"));
	ck_assert(sv_is(got.rows,
	                "0.0: 1.0|'1'|~|\"2024-01-01T00:00:00\"\n1.0: 1.5|'x'|7|\"2024-01-01T10:00:00\"\n"));
	dump_clean();
}
END_TEST

static bool
touch_batch(void *ctx, unsigned thread UNUSED, const struct batch *b UNUSED, struct err *err UNUSED)
{
	const char *path = ctx;
	FILE *f = fopen(path, "ae");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_gt(fputs("1,2,x\n", f), 0);
	ck_assert_int_eq(fclose(f), 0);
	return true;
}

START_TEST(a_part_that_changes_is_an_error)
{
	AUTO(arena) a = arena_new();
	const char *path = dump_file(a, "rows.csv", make_text(a, 0, 100));
	struct dataset d = dump_dataset(a, "csv", path);
	unsigned need[3] = {0};
	struct bench b;
	struct err err = {0};

	bench_open(&b, &d, 2, 512);
	ck_assert(!morsels_run(
		b.scan,
		&(struct morsel_work){.ctx = (void *)(uintptr_t)path, .need = need, .batch = touch_batch},
		&err));
	ck_assert_int_eq(err.code, ERR_CHANGED);
	bench_close(&b);

	/* Between the listing and the opening. */
	struct dump got = dump_scan(a, &d, 1, 0, NEED_VALUE);

	ck_assert_int_eq(got.err.code, ERR_CHANGED);
	dump_clean();
}
END_TEST

START_TEST(limits_are_errors)
{
	AUTO(arena) a = arena_new();
	AUTO(pool) pool = pool_new(2);
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "rows.csv", make_text(a, 0, 100)));
	struct scan_options o = {.pool = pool, .byte_limit = 100};
	struct scan *s = NULL;
	struct err err = {0};
	unsigned need[3] = {0};

	ck_assert(!scan_open(&d, &o, &s, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	o.byte_limit = 0;
	o.deadline_ns = 1; /* long ago */
	ck_assert(scan_open(&d, &o, &s, &err));
	ck_assert(!morsels_run(s, &(struct morsel_work){.need = need}, &err));
	ck_assert_int_eq(err.code, ERR_TIMEOUT);
	scan_close(s);

	/* A second look reads the data again: no more than the limit at a time is all that is asked. */
	o.deadline_ns = 0;
	o.byte_limit = d.parts.size_bytes;
	ck_assert(scan_open(&d, &o, &s, &err));
	for (int i = 0; i < 3; i++)
		ck_assert_msg(morsels_run(s, &(struct morsel_work){.need = need}, &err), "%s", err.msg);
	scan_close(s);
	dump_clean();
}
END_TEST

/* A quote that is never closed, and a file with a hole of 80 MB behind it: the record would be too long. */
START_TEST(a_record_without_end_is_an_error)
{
	AUTO(arena) a = arena_new();
	const char *path = dump_file(a, "hole.csv", SV("a,b\n1,2\n3,\"x"));

	ck_assert_int_eq(truncate(path, 80 << 20), 0);

	struct dataset d = dump_dataset(a, "csv", path);
	struct dump got = dump_scan(a, &d, 2, 0, NEED_VALUE);

	ck_assert(!got.ok);
	ck_assert_int_eq(got.err.code, ERR_LIMIT);
	ck_assert_msg(strstr(got.err.msg, "hole.csv', line 3: a record is longer than 64 MiB") != NULL, "%s",
	              got.err.msg);
	dump_clean();
}
END_TEST

/* The first of these lines is a field of 17 MB. */
START_TEST(a_field_that_is_too_long_is_told_by_line)
{
	AUTO(arena) a = arena_new();
	size_t n = 17 << 20;
	char *text = arena_alloc(a, n + 100), *end = text;
	struct err err;

	end = mempcpy(end, "a,b\n1,2\n\"x\ny\",2\n3,", 18);
	memset(end, 'z', n);
	end = mempcpy(end + n, "\n5,6\n", 5);

	struct dataset d = dump_dataset(a, "csv",
	                                dump_file(a, "long.csv", (struct sv){text, (size_t)(end - text)}));

	for (size_t bytes = 0; bytes < 40; bytes += 13) {
		AUTO(pool) pool = pool_new(2);
		struct scan_options o = {.pool = pool, .morsel_bytes = bytes == 0 ? 0 : bytes << 19};
		AUTO(scan) s = NULL;

		ck_assert(scan_open(&d, &o, &s, &err));
		ck_assert(!morsels_run(s, &(struct morsel_work){.need = (unsigned[2]){0}}, &err));
		ck_assert_int_eq(err.code, ERR_LIMIT);
		ck_assert_msg(strstr(err.msg, "long.csv', line 5: a field is longer than 16 MiB") != NULL,
		              "%s", err.msg);
	}
	dump_clean();
}
END_TEST

Suite *
suite_scan(void)
{
	Suite *s = suite_create("scan");
	TCase *t = tcase_create("scan");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, metrics_samples_and_row_numbers_do_not_depend_on_threads_and_morsels, 0,
	                    LEN(sizes));
	tcase_add_loop_test(t, fetched_rows_are_those_asked_for, 0, LEN(sizes));
	tcase_add_loop_test(t, rows_are_found_by_keys_and_condition_in_order, 0, LEN(sizes));
	tcase_add_loop_test(t, compressed_parts_read_as_plain_ones_and_damage_is_an_error, 0, 2);
	tcase_add_loop_test(t, what_is_unpacked_ahead_is_the_same, 0, 2);
	tcase_add_loop_test(t, parts_must_have_the_same_columns, 0, LEN(pairs));
	tcase_add_test(t, malformed_records_are_told_by_line);
	tcase_add_test(t, types_of_parts_are_put_together);
	tcase_add_test(t, a_part_that_changes_is_an_error);
	tcase_add_test(t, limits_are_errors);
	tcase_add_test(t, a_record_without_end_is_an_error);
	tcase_add_test(t, a_field_that_is_too_long_is_told_by_line);
	suite_add_tcase(s, t);
	return s;
}
