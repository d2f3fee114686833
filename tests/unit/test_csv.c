#include <check.h>
#include <stdlib.h>

#include "base/simd.h"
#include "scan_dump.h"

#include "csv_cases.h"

static void
check_dump(const struct dump *got, const char *rows, const char *malformed, const char *what)
{
	ck_assert_msg(got->ok, "%s: %s", what, got->err.msg);
	ck_assert_msg(sv_is(got->rows, rows), "%s: got\n" SV_FMT "expected\n%s", what, SV_ARG(got->rows),
	              rows);
	ck_assert_msg(sv_is(got->malformed_at, malformed), "%s: malformed '" SV_FMT "', expected '%s'", what,
	              SV_ARG(got->malformed_at), malformed);
}

/* Chooses one of the levels of instructions that the machine has. */
static const char *
next_level(size_t i)
{
	const struct simd *level = simd_levels[i % simd_level_count];
	const char *name = level->supported() ? level->name : "scalar";

	(void)setenv("WEIR_SIMD", name, 1);
	return name;
}

START_TEST(cells_are_those_of_python_at_any_morsel_size_and_number_of_threads)
{
	AUTO(arena) a = arena_new();
	static const struct sv no_null[] = {{"\\N", 2}};
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "case.csv", sv_of(csv_cases[_i].text)));

	d.csv.null = no_null;
	d.csv.nnull = LEN(no_null);
	dump_texts(a, &d);
	for (size_t bytes = 0; bytes <= 64; bytes++)
		for (unsigned threads = 1; threads <= 4; threads++) {
			/* All pairs of small ones; each larger size with one number of threads. */
			if (bytes > 8 && threads != 1 + bytes % 4)
				continue;

			AUTO(arena) scratch = arena_new();
			const char *level = next_level(bytes + threads);
			struct dump got = dump_scan(scratch, &d, threads, bytes, NEED_TEXT);

			check_dump(&got, csv_cases[_i].rows, csv_cases[_i].malformed,
			           arena_printf(scratch, "case %d, %zu bytes, %u threads, %s", _i, bytes,
			                        threads, level));
		}
	(void)unsetenv("WEIR_SIMD");
	dump_clean();
}
END_TEST

/* What RFC 4180 leaves open, and what Python reads otherwise. */
static const struct {
	const char *text, *schema, *rows, *malformed;
} own[] = {
	/* An unquoted empty field is null, a quoted one is not. */
	{"a,b\n,\"\"\n\"\",x\n", "a string, b string", "0.0: ~|''\n0.1: ''|'x'\n", ""},
	/* A quote inside an unquoted field, and text behind a closing one, break the record and nothing else. */
	{"a,b\n1,5\" pipe\n2,y\n", "a integer, b string", "0.0: 2|'y'\n", "0.0 "},
	{"a,b\n1,\"x\"y\n2,z\n3,\"q\n\"\n", "a integer, b string", "0.0: 2|'z'\n0.1: 3|'q\n'\n", "0.0 "},
	{"a,b\nx\"\"y,1\nz,2\n", "a string, b integer", "0.0: 'z'|2\n", "0.0 "},
	{"a,b\n\"x\"\r,1\nz,2\n", "a string, b integer", "0.0: 'z'|2\n", "0.0 "},
	/* A quote that is never closed takes the rest. */
	{"a,b\n1,x\n2,\"y\n3,z\n", "a integer, b string", "0.0: 1|'x'\n", "0.1 "},
	/* After a quote inside of a field the next quotes open and close as ever. */
	{"a,b\n5\",1\n\"x\ny\",2\n", "a string, b integer", "0.0: 'x\ny'|2\n", "0.0 "},
	/* A carriage return is part of a line end only before a newline, or at the very end. */
	{"a,b\r\n1\r,2\r\n3,4\r", "a string, b integer", "0.0: '1\r'|2\n0.1: '3'|4\n", ""},
	/* Blank lines. */
	{"\n\na,b\n\n1,2\n\r\n", "a integer, b integer", "0.0: 1|2\n", ""},
	{"a\n\n1\n", "a integer", "0.0: ~\n0.1: 1\n", ""},
	{"a,b", "a variant, b variant", "", ""},
	{"\"\",n\n1,2\n", " integer, n integer", "0.0: 1|2\n", ""},
	/* Inference: what keeps its form. */
	{"a,b,c,d\n7,007,+1,-0.5\n", "a integer, b string, c string, d number", "0.0: 7|'007'|'+1'|-0.5\n",
         ""},
	{"a,b,c,d\n1,1,true,true\n2.5,x,FALSE,1\n", "a number, b string, c boolean, d string",
         "0.0: 1.0|'1'|true|'true'\n0.1: 2.5|'x'|false|'1'\n", ""},
	{"a,b,c,d\n2024-02-29,2024-01-01,2024-01-01 10:00:00,2024-01-01T10:00:00Z\n,2024-01-01 "
         "01:02:03.5,,\n",
         "a date, b timestamp, c timestamp, d timestamptz",
         "0.0: \"2024-02-29\"|\"2024-01-01T00:00:00\"|\"2024-01-01T10:00:00\"|\"2024-01-01T10:00:00Z\"\n"
         "0.1: ~|\"2024-01-01T01:02:03.500000\"|~|~\n",
         ""},
	{"a,b\n2023-02-29,12:00\n", "a string, b string", "0.0: '2023-02-29'|'12:00'\n", ""},
	{"a,b\nnan,nan\n1,nan\n", "a number, b string", "0.0: ~|'nan'\n0.1: 1.0|'nan'\n", ""},
	{"a,b\n9223372036854775807,9223372036854775808\n-9223372036854775808,1\n", "a integer, b variant",
         "0.0: 9223372036854775807|9223372036854775808\n0.1: -9223372036854775808|1\n", ""},
	{"a,b\n,\n,\n", "a variant, b variant", "0.0: ~|~\n0.1: ~|~\n", ""},
};

START_TEST(what_the_standard_leaves_open_is_as_documented)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "own.csv", sv_of(own[_i].text)));

	for (size_t bytes = 0; bytes <= 16; bytes++) {
		struct dump got = dump_scan(a, &d, 2, bytes, NEED_VALUE);

		check_dump(&got, own[_i].rows, own[_i].malformed,
		           arena_printf(a, "case %d, %zu bytes", _i, bytes));
		ck_assert_msg(sv_is(got.schema, own[_i].schema), "case %d: schema " SV_FMT, _i,
		              SV_ARG(got.schema));
	}
	dump_clean();
}
END_TEST

/* Long tables of many shapes, so that whole blocks and batches are read: each level sees what the scalar one sees. */
static struct sv
long_table(struct arena *a, int shape)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	(void)buf_puts(&b, "i,t,n,at,last\n");
	for (int i = 0; i < 5000; i++) {
		/* Shapes: all alike, mixed, blank lines, short and broken records, no last newline. */
		int k = shape == 0 ? 0 : i * 7 / (shape + 3) % 3;

		if (k == 0)
			(void)buf_printf(&b, "%d,ab\xC3\xA9,%d.25,2024-02-%02dT10:00:0%dZ,x\n", i, i % 977,
			                 i % 28 + 1, i % 10);
		else if (k == 1)
			(void)buf_printf(&b, "%d,\"a\n,\"\"b\",%d.25,2024-01-%02dT10:00:00Z,\n", i, i % 977,
			                 i % 28 + 1);
		else
			(void)buf_printf(&b, "%d,,-%d,2023-12-31T10:00:0%dZ,\"y\"\r\n", i, i % 977, i % 10);
		if (shape == 2 && i % 611 == 0)
			(void)buf_puts(&b, "\n\r\n");
		if (shape == 3 && i % 1201 == 0)
			(void)buf_puts(&b, "1,2\n3,4\"5,6,7,8\n1,2,3,4,5,6\n");
	}
	(void)buf_puts(&b, shape % 2 == 0 ? "1,2,3,2024-01-01T00:00:00Z,\"end\"" : "");

	struct sv ret = arena_sv(a, buf_sv(&b));

	buf_fini(&b);
	return ret;
}

START_TEST(long_tables_are_read_alike_at_all_levels)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "long.csv", long_table(a, _i)));
	static const unsigned needs[] = {NEED_VALUE | NEED_TEXT, NEED_LENGTH};

	for (size_t n = 0; n < LEN(needs); n++) {
		(void)setenv("WEIR_SIMD", "scalar", 1);

		struct dump want = dump_scan(a, &d, 1, 0, needs[n]);

		ck_assert_msg(want.ok, "%s", want.err.msg);
		for (size_t k = 0; k < simd_level_count; k++)
			for (size_t bytes = 0; bytes <= 70000; bytes = bytes * 4 + 999) {
				AUTO(arena) scratch = arena_new();
				const char *level = next_level(k);
				struct dump got = dump_scan(scratch, &d, 2, bytes, needs[n]);

				ck_assert_msg(sv_eq(got.malformed_at, want.malformed_at), "%s", level);
				/* Batches begin elsewhere, so that only the cells can be compared. */
				ck_assert_msg(sv_eq(got.rows, want.rows), "%s, %zu bytes", level, bytes);
			}
	}
	(void)unsetenv("WEIR_SIMD");
	dump_clean();
}
END_TEST

START_TEST(a_level_that_is_none_is_an_error)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "any.csv", SV("a\n1\n")));

	(void)setenv("WEIR_SIMD", "mmx", 1);

	struct dump got = dump_scan(a, &d, 1, 0, NEED_VALUE);

	ck_assert(!got.ok);
	ck_assert_int_eq(got.err.code, ERR_USAGE);
	(void)unsetenv("WEIR_SIMD");
	dump_clean();
}
END_TEST

static const struct {
	const char *text, *msg;
} refused[] = {
	{"", "is empty: no header"},
	{"\n\r\n", "is empty: no header"},
	{"a,b,a\n1,2,3\n", "columns 1 and 3 are both named 'a'"},
	{"a,\"b\"c\n", "has a header with a misplaced quote"},
};

START_TEST(a_part_without_a_sound_header_is_an_error)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "bad.csv", sv_of(refused[_i].text)));
	struct dump got = dump_scan(a, &d, 1, 0, NEED_VALUE);

	ck_assert(!got.ok);
	ck_assert_int_eq(got.err.code, ERR_FORMAT);
	ck_assert_msg(strstr(got.err.msg, refused[_i].msg) != NULL, "%s", got.err.msg);
	dump_clean();
}
END_TEST

/* Quotes at every place of the 64-byte blocks that the reader works in: the field is k bytes longer each time. */
static const struct {
	const char *head, *tail;
	bool good;
	const char *cell_tail; /* what of the tail belongs to the cell's text */
} edges[] = {
	{"", "5\" pipe,2\n", false, ""},
	{"", "5\" pipe\",2\n", false, ""},
	{"\"", "\"y,2\n", false, ""},
	{"\"", "\",2\n", true, ""},
	{"\"", "\"\"\",2\r\n", true, "\""},
	{"\"", "\"\"\n\"\"\",2\n", true, "\"\n\""},
	{"\"", "\"\r,2\n", false, ""},
	{"", "\n\"\",2\n", false, ""}, /* two records: one with too few fields, one good */
};

START_TEST(quotes_are_judged_alike_at_any_offset)
{
	char pad[140];

	memset(pad, 'x', sizeof(pad));
	for (int k = 0; k < 140; k++) {
		AUTO(arena) a = arena_new();
		const char *text = arena_printf(a, "a,b\n%s%.*s%sz,\"3\"\r\n", edges[_i].head, k, pad,
		                                edges[_i].tail);
		struct dataset d = dump_dataset(a, "csv", dump_file(a, "edge.csv", sv_of(text)));

		dump_texts(a, &d);

		struct dump got = dump_scan(a, &d, 1, 0, NEED_TEXT);
		const char *rows = "0.0: 'z'|'3'\n", *bad = "0.0 ";

		if (edges[_i].good) {
			rows = arena_printf(a, "0.0: '%.*s%s'|'2'\n0.1: 'z'|'3'\n", k, pad,
			                    edges[_i].cell_tail);
			bad = "";
		} else if (_i == LEN(edges) - 1) {
			rows = "0.0: ''|'2'\n0.1: 'z'|'3'\n";
			bad = k > 0 ? "0.0 " : ""; /* a blank line otherwise */
		}
		check_dump(&got, rows, bad, arena_printf(a, "case %d, %d bytes", _i, k));
	}
	dump_clean();
}
END_TEST

START_TEST(delimiter_quote_header_and_null_tokens_are_the_formats)
{
	AUTO(arena) a = arena_new();
	static const struct sv null[] = {{"", 0}, {"NA", 2}};
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "f.csv", SV("1;'a;b'\nNA;'NA'\n;\"\n")));

	d.csv = (struct csv_format){.delimiter = ';', .quote = '\'', .null = null, .nnull = 2};

	struct dump got = dump_scan(a, &d, 1, 3, NEED_VALUE);

	check_dump(&got, "0.0: 1|'a;b'\n0.1: ~|'NA'\n0.2: ~|'\"'\n", "", "format");
	ck_assert(sv_is(got.schema, "column_1 integer, column_2 string"));

	/* Blank lines of a single column are records, the first of a file without a header as well. */
	d = dump_dataset(a, "csv", dump_file(a, "one.csv", SV("\xEF\xBB\xBF\n\r\n7\n\n8\n")));
	got = dump_scan(a, &d, 1, 3, NEED_VALUE);
	check_dump(&got, "0.0: ~\n0.1: 8\n", "", "one column with a header");
	d.csv.header = false;
	got = dump_scan(a, &d, 1, 3, NEED_VALUE);
	check_dump(&got, "0.0: ~\n0.1: ~\n0.2: 7\n0.3: ~\n0.4: 8\n", "", "one column without a header");
	d = dump_dataset(a, "csv", dump_file(a, "f.csv", SV("1;'a;b'\nNA;'NA'\n;\"\n")));
	d.csv = (struct csv_format){.delimiter = ';', .null = null, .nnull = 2};

	/* Without a quote, quotes are text. */
	got = dump_scan(a, &d, 2, 1, NEED_VALUE);
	check_dump(&got, "0.0: 1|''a'|'b''\n", "0.1 0.1 ", "no quote");
	dump_clean();
}
END_TEST

START_TEST(nul_bytes_and_invalid_utf8_are_data)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "csv", dump_file(a, "nul.csv", SV("a,b\nx\0y,\xFF\xFE\n")));
	struct dump got = dump_scan(a, &d, 1, 2, NEED_VALUE);

	ck_assert(got.ok);
	ck_assert(sv_eq(got.rows, SV("0.0: 'x\0y'|'\xFF\xFE'\n")));
	dump_clean();
}
END_TEST

/* The same values, far from the head: 1000 plain rows come first. */
static struct sv
after_head(struct arena *a, const char *header, const char *plain, const char *then)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	(void)buf_printf(&b, "%s\n", header);
	for (int i = 0; i < 1000; i++)
		(void)buf_printf(&b, "%s\n", plain);
	(void)buf_puts(&b, then);

	struct sv ret = arena_sv(a, buf_sv(&b));

	buf_fini(&b);
	return ret;
}

static const char *
last_lines(struct arena *a, struct sv rows, int64_t from)
{
	const char *p = strstr(arena_str(a, rows), arena_printf(a, "0.%jd: ", (intmax_t)from));

	return p != NULL ? p : "";
}

START_TEST(a_late_misfit_makes_an_inferred_column_a_variant_whatever_the_morsels)
{
	AUTO(arena) a = arena_new();
	static const char late[] = "007,1,2024-01-01,yes\n12345678901234567890,9007199254740993,x,true\n3,4,"
				   "2024-01-01T00:00:00,false\n";
	struct dataset d = dump_dataset(
		a, "csv", dump_file(a, "late.csv", after_head(a, "i,n,d,b", "1,1.5,2024-01-01,true", late)));

	for (size_t bytes = 0; bytes < 200; bytes += 7) {
		struct dump got = dump_scan(a, &d, 2, bytes, NEED_VALUE);

		ck_assert(got.ok);
		ck_assert(sv_is(got.schema, "i integer, n number, d date, b boolean"));
		ck_assert_str_eq(last_lines(a, got.rows, 999),
		                 "0.999: 1|1.5|\"2024-01-01\"|true\n"
		                 "0.1000: '007'|1.0|\"2024-01-01\"|'yes'\n"
		                 "0.1001: 12345678901234567890|9007199254740993|'x'|true\n"
		                 "0.1002: 3|4.0|\"2024-01-01T00:00:00\"|false\n");
	}
	dump_clean();
}
END_TEST

START_TEST(a_misfit_in_a_declared_column_is_an_error_with_its_text)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(
		a, "csv",
		dump_file(a, "decl.csv",
	                  SV("i,n,d,m,t,x\n007,1e3,1.50,2024-01-01,2024-01-01 00:00,+1\n"
	                     "9223372036854775808,nan,1.505,2023-02-29,noon,\n1.0,abc,1234.00,,,\n")));
	static const struct column_decl decl[] = {
		{.name = {"i", 1}, .type = {.kind = TYPE_INTEGER}},
		{.name = {"n", 1}, .type = {.kind = TYPE_NUMBER}},
		{.name = {"d", 1}, .type = {.kind = TYPE_DECIMAL, .precision = 5, .scale = 2}},
		{.name = {"m", 1}, .type = {.kind = TYPE_DATE}},
		{.name = {"t", 1}, .type = {.kind = TYPE_TIMESTAMP}},
		{.name = {"x", 1}, .type = {.kind = TYPE_STRING}},
		{.name = {"gone", 4}, .type = {.kind = TYPE_INTEGER}},
	};

	d.column = decl;
	d.ncolumn = LEN(decl);

	struct dump got = dump_scan(a, &d, 1, 0, NEED_VALUE);

	check_dump(&got,
	           "0.0: 7|1000.0|1.50|\"2024-01-01\"|\"2024-01-01T00:00:00\"|'+1'|?\n"
	           "0.1: !9223372036854775808|~|!1.505|!2023-02-29|!noon|~|?\n"
	           "0.2: !1.0|!abc|!1234.00|~|~|~|?\n",
	           "", "declared");
	/* The same whatever is asked. */
	got = dump_scan(a, &d, 1, 0, NEED_PRESENCE);
	check_dump(&got,
	           "0.0: 7|1000.0|1.50|\"2024-01-01\"|\"2024-01-01T00:00:00\"|+|?\n"
	           "0.1: !9223372036854775808|~|!1.505|!2023-02-29|!noon|~|?\n"
	           "0.2: !1.0|!abc|!1234.00|~|~|~|?\n",
	           "", "declared, presence");
	ck_assert(sv_is(
		got.schema,
		"i integer, n number, d decimal(5,2), m date, t timestamp, x string, gone integer missing"));
	dump_clean();
}
END_TEST

START_TEST(columns_are_converted_as_far_as_they_are_needed)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "csv",
	                                dump_file(a, "need.csv", SV("a,b,c\nh\xC3\xA9llo,1,nan\n,,2.5\n")));
	struct dump got = dump_scan(a, &d, 1, 0, NEED_PRESENCE);

	check_dump(&got, "0.0: +|+|~\n0.1: ~|~|+\n", "", "presence");
	got = dump_scan(a, &d, 1, 0, NEED_LENGTH);
	check_dump(&got, "0.0: #5|1|~\n0.1: ~|~|2.5\n", "", "length");
	got = dump_scan(a, &d, 1, 0, 0);
	check_dump(&got, "0.0: ?|?|?\n0.1: ?|?|?\n", "", "nothing");
	dump_clean();
}
END_TEST

Suite *
suite_csv(void)
{
	Suite *s = suite_create("csv");
	TCase *t = tcase_create("csv");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, cells_are_those_of_python_at_any_morsel_size_and_number_of_threads, 0,
	                    LEN(csv_cases));
	tcase_add_loop_test(t, what_the_standard_leaves_open_is_as_documented, 0, LEN(own));
	tcase_add_loop_test(t, quotes_are_judged_alike_at_any_offset, 0, LEN(edges));
	tcase_add_loop_test(t, long_tables_are_read_alike_at_all_levels, 0, 4);
	tcase_add_test(t, a_level_that_is_none_is_an_error);
	tcase_add_loop_test(t, a_part_without_a_sound_header_is_an_error, 0, LEN(refused));
	tcase_add_test(t, delimiter_quote_header_and_null_tokens_are_the_formats);
	tcase_add_test(t, nul_bytes_and_invalid_utf8_are_data);
	tcase_add_test(t, a_late_misfit_makes_an_inferred_column_a_variant_whatever_the_morsels);
	tcase_add_test(t, a_misfit_in_a_declared_column_is_an_error_with_its_text);
	tcase_add_test(t, columns_are_converted_as_far_as_they_are_needed);
	suite_add_tcase(s, t);
	return s;
}
