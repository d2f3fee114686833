#include <check.h>
#include <stdlib.h>

#include "base/buf.h"
#include "scan_dump.h"

#include "jsonl_cases.h"

static void
check_dump(const struct dump *got, struct sv rows, struct sv malformed, const char *what)
{
	ck_assert_msg(got->ok, "%s: %s", what, got->err.msg);
	ck_assert_msg(sv_eq(got->rows, rows), "%s: got\n" SV_FMT "expected\n" SV_FMT, what, SV_ARG(got->rows),
	              SV_ARG(rows));
	ck_assert_msg(sv_eq(got->malformed_at, malformed),
	              "%s: malformed '" SV_FMT "', expected '" SV_FMT "'", what, SV_ARG(got->malformed_at),
	              SV_ARG(malformed));
}

START_TEST(values_are_those_of_python_at_any_morsel_size_and_number_of_threads)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "jsonl", dump_file(a, "case.jsonl", jsonl_cases[_i].text));

	for (size_t bytes = 0; bytes <= 64; bytes++) {
		AUTO(arena) scratch = arena_new();
		struct dump got = dump_scan(scratch, &d, 1 + (unsigned)bytes % 4, bytes, NEED_VALUE);

		check_dump(&got, jsonl_cases[_i].rows, jsonl_cases[_i].malformed,
		           arena_printf(scratch, "case %d, %zu bytes", _i, bytes));
	}
	dump_clean();
}
END_TEST

static const struct {
	const char *text, *schema, *rows, *malformed;
} own[] = {
	/* Columns are the union of keys in the order of appearance; missing keys are null. */
	{"{\"a\":1}\n{\"b\":\"x\",\"a\":2}\n", "a integer, b string", "0.0: 1|~\n0.1: 2|'x'\n", ""},
	/* Types: JSON's own, and times in texts. */
	{"{\"i\":1,\"n\":1.5,\"b\":true,\"t\":\"2024-01-01T00:00:00Z\",\"d\":\"2024-01-01\",\"s\":\"007\","
         "\"z\":null}\n"
         "{\"i\":2,\"n\":2,\"b\":false,\"s\":\"1\"}",
         "i integer, n number, b boolean, t timestamptz, d date, s string, z variant",
         "0.0: 1|1.5|true|\"2024-01-01T00:00:00Z\"|\"2024-01-01\"|'007'|~\n0.1: 2|2.0|false|~|~|'1'|~\n", ""},
	/* Mixed kinds keep theirs. */
	{"{\"a\":1}\n{\"a\":\"1\"}\n{\"a\":true}\n{\"a\":[1, 2]}\n", "a variant",
         "0.0: 1\n0.1: '1'\n0.2: true\n0.3: '[1, 2]'\n", ""},
	/* Nested objects: the object, and its members by path. */
	{"{\"u\":{\"id\":7,\"n\":{\"x\":\"y\"}},\"k\":1}\n{\"u\":{\"n\":{\"x\":null},\"id\":8}}\n{\"u\":5}\n",
         "u variant, u.id integer, u.n variant, u.n.x string, k integer",
         "0.0: '{\"id\":7,\"n\":{\"x\":\"y\"}}'|7|'{\"x\":\"y\"}'|'y'|1\n"
         "0.1: '{\"n\":{\"x\":null},\"id\":8}'|8|'{\"x\":null}'|~|~\n0.2: 5|~|~|~|~\n",
         ""},
	/* A key with a dot comes before a path, wherever it stands. */
	{"{\"a.b\":1,\"a\":{\"b\":2}}\n{\"a\":{\"b\":3},\"a.b\":4}\n{\"a\":{\"b\":5}}\n{\"a.b\":null,\"a\":{"
         "\"b\":6}}\n",
         "a.b integer, a variant",
         "0.0: 1|'{\"b\":2}'\n0.1: 4|'{\"b\":3}'\n0.2: 5|'{\"b\":5}'\n0.3: ~|'{\"b\":6}'\n", ""},
	/* Of equal keys the last one counts, even null; an escaped key is the same key. */
	{"{\"a\":1,\"a\":2}\n{\"a\":1,\"a\":null}\n{\"\\u0061\":3}\n", "a integer",
         "0.0: 2\n0.1: ~\n0.2: 3\n", ""},
	/* A lone surrogate is no character. */
	{"{\"a\":\"\\ud800x\"}\n", "a string", "0.0: '\xEF\xBF\xBDx'\n", ""},
	/* What is not an object is malformed, and leaves no columns behind. */
	{"\xEF\xBB\xBF{\"a\":1}\n[1]\n{\"b\":2,}\n\"x\"\n\n{\"a\":2} x\n{\"a\":3}", "a integer",
         "0.0: 1\n0.1: 3\n", "0.1 0.1 0.1 0.1 "},
	{"", "", "", ""},
};

START_TEST(lines_become_rows_as_documented)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(a, "jsonl", dump_file(a, "own.jsonl", sv_of(own[_i].text)));

	for (size_t bytes = 0; bytes <= 16; bytes++) {
		struct dump got = dump_scan(a, &d, 2, bytes, NEED_VALUE);

		check_dump(&got, sv_of(own[_i].rows), sv_of(own[_i].malformed),
		           arena_printf(a, "case %d, %zu bytes", _i, bytes));
		ck_assert_msg(sv_is(got.schema, own[_i].schema), "case %d: schema " SV_FMT, _i,
		              SV_ARG(got.schema));
	}
	dump_clean();
}
END_TEST

START_TEST(malformed_lines_are_told_with_their_reason)
{
	AUTO(arena) a = arena_new();
	static const struct {
		const char *line, *why;
	} bad[] = {
		{"[1]", "no JSON object"},
		{" x", "no JSON object"},
		{"{\"a\":1", "the object does not end on its line"},
		{"{\"a\":\"x", "the object does not end on its line"},
		{"{\"a\":1} {", "no JSON from byte 9 of the line on"},
		{"{\"a\":01}", "no JSON from byte 7 of the line on"},
		{"{\"a\":1,}", "no JSON from byte 8 of the line on"},
	};
	struct malformed_at at[MALFORMED_KEEP];
	const char *text = "{\"a\":0}\n\n";
	AUTO(pool) pool = pool_new(2);

	for (size_t i = 0; i < LEN(bad); i++)
		text = arena_printf(a, "%s%s\n%s", text, bad[i].line, i % 2 ? "{\"a\":0}\n" : "");

	struct dataset d = dump_dataset(a, "jsonl", dump_file(a, "why.jsonl", sv_of(text)));

	for (size_t bytes = 0; bytes <= 16; bytes++) {
		struct scan_options o = {.pool = pool, .memory_bytes = 1 << 20, .morsel_bytes = bytes};
		AUTO(scan) s = NULL;
		unsigned need[2] = {0};
		uint32_t n;
		struct err err;

		ck_assert(scan_open(&d, &o, &s, &err));
		ck_assert(morsels_run(s, &(struct morsel_work){.need = need}, &err));
		ck_assert(scan_malformed(s, at, &n, &err));
		ck_assert_uint_eq(n, LEN(bad));
		for (uint32_t i = 0; i < n; i++) {
			ck_assert_int_eq(at[i].line, 3 + i + i / 2);
			ck_assert_str_eq(at[i].why, bad[i].why);
		}
	}
	dump_clean();
}
END_TEST

START_TEST(a_misfit_in_a_declared_column_is_an_error_with_its_text)
{
	AUTO(arena) a = arena_new();
	static const struct column_decl decl[] = {
		{.name = {"i", 1}, .type = {.kind = TYPE_INTEGER}},
		{.name = {"s", 1}, .type = {.kind = TYPE_STRING}},
		{.name = {"d", 1}, .type = {.kind = TYPE_DECIMAL, .precision = 20, .scale = 2}},
		{.name = {"b", 1}, .type = {.kind = TYPE_BOOLEAN}},
		{.name = {"t", 1}, .type = {.kind = TYPE_DATE}},
		{.name = {"later", 5}, .type = {.kind = TYPE_INTEGER}},
	};
	struct dataset d = dump_dataset(
		a, "jsonl",
		dump_file(a, "decl.jsonl",
	                  SV("{\"i\":1,\"s\":\"x\",\"d\":\"1.50\",\"b\":true,\"t\":\"2024-01-31\"}\n"
	                     "{\"i\":\"1\",\"s\":1,\"d\":123456789012345678.25,\"b\":1,\"t\":20240131}\n{"
	                     "\"i\":1.5,\"d\":\"x\"}\n")));

	d.column = decl;
	d.ncolumn = LEN(decl);

	struct dump got = dump_scan(a, &d, 1, 0, NEED_VALUE);

	check_dump(
		&got,
		SV("0.0: 1|'x'|1.50|true|\"2024-01-31\"|~\n0.1: !1|!1|123456789012345678.25|!1|!20240131|~\n"
	           "0.2: !1.5|~|!x|~|~|~\n"),
		SV(""), "declared");
	dump_clean();
}
END_TEST

START_TEST(what_is_malformed_does_not_depend_on_what_is_needed)
{
	AUTO(arena) a = arena_new();
	struct dataset d = dump_dataset(
		a, "jsonl",
		dump_file(a, "need.jsonl",
	                  SV("{\"a\":1,\"b\":{\"c\":1}}\n{\"a\":1,\"b\":{\"c\":01}}\n{\"a\":tru}\n{\"a\":"
	                     "\"\\x\"}\n{\"b\":[1,]}\n{\"b\":{\"c\":2}}\n")));
	struct dump got = dump_scan(a, &d, 1, 0, 0);

	check_dump(&got, SV("0.0: ?|?|?\n0.1: ?|?|?\n"), SV("0.1 0.1 0.1 0.1 "), "nothing needed");
	got = dump_scan(a, &d, 1, 0, NEED_PRESENCE);
	check_dump(&got, SV("0.0: +|+|+\n0.1: ~|+|+\n"), SV("0.1 0.1 0.1 0.1 "), "presence");
	dump_clean();
}
END_TEST

/* xorshift64*: the same everywhere. */
static uint32_t
below(uint64_t *s, uint32_t n)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return (uint32_t)(((*s * UINT64_C(0x2545f4914f6cdd1d)) >> 32) * n >> 32);
}

/* Lines of few shapes with values of all kinds, some of them broken. */
static void
add_lines(struct buf *b, uint64_t seed, bool spaced)
{
	static const char *const shapes[] = {
		"{\"a\":$,\"b\":$,\"c\":$}",
		"{\"a\": $, \"long key of more than sixteen bytes\": $, \"n\": {\"x\": $, \"y\": [$, 2]}}",
		"{\"n\":{\"x\":$,\"e\":{}},\"b\":$}",
		"{\"a\":$,\"a\":$}",
	};
	static const char *const values[] = {
		"1",
		"0",
		"-0",
		"-17",
		"1.5",
		"0.25",
		"1e3",
		"2E-2",
		"123456789012345678901",
		"\"\"",
		"\"x\"",
		"\"a longer text, of more than 16 bytes\"",
		"\"esc\\n\\u0041\\\"\"",
		"true",
		"false",
		"null",
		"[]",
		"[1,\"]\"]",
		"{}",
		"{\"x\":3}",
		"{\"x\":{\"y\":1}}",
		"\"\xc3\xa4\"",
		/* no values */
		"01",
		"1.",
		"-",
		".5",
		"1e",
		"tru",
		"nul",
		"\"open",
		"\"tab\there\"",
		"\"\\q\"",
		"",
		"+1",
		"1 2",
		"]",
	};
	enum { GOOD = 22 };

	for (int line = 0; line < 300; line++) {
		const char *shape =
			shapes[below(&seed, below(&seed, 4) == 0 ? LEN(shapes) : 1 + (uint32_t)line / 100)];

		/* Lines one after the other never have the same glue then. */
		if (spaced)
			for (int i = 0; i < line % 5; i++)
				buf_puts(b, " ");
		for (const char *p = shape; *p != '\0'; p++)
			if (*p == '$')
				buf_puts(b, values[below(&seed, below(&seed, 40) == 0 ? LEN(values) : GOOD)]);
			else
				buf_add(b, (struct sv){p, 1});
		if (below(&seed, 60) == 0)
			buf_puts(b, "x");
		buf_puts(b, below(&seed, 20) == 0 ? "\r\n" : "\n");
	}
}

/* What is known of the lines before changes how a line is read, never what it says. */
START_TEST(lines_of_one_shape_read_as_lines_of_many)
{
	AUTO(arena) a = arena_new();
	struct dump got[2];

	for (int spaced = 0; spaced < 2; spaced++) {
		AUTO(buf) b = buf_new(1 << 20);

		add_lines(b, (uint64_t)_i * 7919 + 1, spaced == 1);

		struct dataset d = dump_dataset(a, "jsonl", dump_file(a, "shapes.jsonl", buf_sv(b)));

		got[spaced] = dump_scan(a, &d, 1 + (unsigned)_i % 3, _i % 2 == 0 ? 0 : (size_t)_i * 37,
		                        NEED_VALUE);
	}
	ck_assert_int_gt(got[1].nrows, 100);
	ck_assert_int_gt(got[1].malformed, 5);
	check_dump(&got[0], got[1].rows, got[1].malformed_at, arena_printf(a, "case %d", _i));
	dump_clean();
}
END_TEST

START_TEST(nesting_has_a_limit)
{
	AUTO(arena) a = arena_new();
	char *text = arena_alloc(a, 1000);

	/* The object itself is the first of 64 levels. */
	for (int depth = 63; depth <= 64; depth++) {
		char *p = stpcpy(text, "{\"a\":");

		memset(p, '[', (size_t)depth);
		memset(p + depth, ']', (size_t)depth);
		strcpy(p + 2 * depth, "}");

		struct dataset d = dump_dataset(a, "jsonl", dump_file(a, "deep.jsonl", sv_of(text)));
		struct dump got = dump_scan(a, &d, 1, 0, NEED_VALUE);

		ck_assert(got.ok);
		ck_assert_int_eq(got.nrows, depth == 63);
		ck_assert_int_eq(got.malformed, depth != 63);
	}
	dump_clean();
}
END_TEST

Suite *
suite_jsonl(void)
{
	Suite *s = suite_create("jsonl");
	TCase *t = tcase_create("jsonl");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, values_are_those_of_python_at_any_morsel_size_and_number_of_threads, 0,
	                    LEN(jsonl_cases));
	tcase_add_loop_test(t, lines_become_rows_as_documented, 0, LEN(own));
	tcase_add_test(t, a_misfit_in_a_declared_column_is_an_error_with_its_text);
	tcase_add_test(t, what_is_malformed_does_not_depend_on_what_is_needed);
	tcase_add_test(t, malformed_lines_are_told_with_their_reason);
	tcase_add_loop_test(t, lines_of_one_shape_read_as_lines_of_many, 0, 24);
	tcase_add_test(t, nesting_has_a_limit);
	suite_add_tcase(s, t);
	return s;
}
