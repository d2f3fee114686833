/* The JSON scanner and writer.  What is accepted and refused follows RFC 8259, checked with Python's json module. */
#include <check.h>
#include <math.h>
#include <stdio.h>

#include "base/json.h"

/* The events of a text as letters: {}[] k(ey) s(tring) n(umber) t f 0 (null) . (end) ! (error) */
static void
events_of(const char *text, bool multi, char *dst, size_t n)
{
	static const char letters[] = {
		[JSON_ERROR] = '!',  [JSON_END] = '.',        [JSON_NULL] = '0',   [JSON_TRUE] = 't',
		[JSON_FALSE] = 'f',  [JSON_NUMBER] = 'n',     [JSON_STRING] = 's', [JSON_KEY] = 'k',
		[JSON_OBJECT] = '{', [JSON_OBJECT_END] = '}', [JSON_ARRAY] = '[',  [JSON_ARRAY_END] = ']',
	};
	struct json_scanner s;
	enum json_event e;
	size_t i = 0;

	json_scan_init(&s, sv_of(text));
	s.multi = multi;
	do {
		e = json_next(&s);
		dst[i++] = letters[e];
	} while (e != JSON_ERROR && e != JSON_END && i < n - 1);
	dst[i] = '\0';
}

static const struct {
	const char *text, *events;
} texts[] = {
	{"null", "0."},
	{" [1, -0.5, 1e+9 ] ", "[nnn]."},
	{"{}", "{}."},
	{"[]", "[]."},
	{"{\"a\": {\"b\": [true, false]}, \"c\": \"\\u00e9\\n\"}", "{k{k[tf]}ks}."},
	{"[[[[]]]]", "[[[[]]]]."},
	{"", "!"},
	{"[1,]", "[n!"},
	{"{\"a\" 1}", "{!"},
	{"{\"a\":1,}", "{kn!"},
	{"{a:1}", "{!"},
	{"01", "!"},
	{"1.", "!"},
	{"-", "!"},
	{"1e", "!"},
	{".5", "!"},
	{"\"a\nb\"", "!"},
	{"\"\\x\"", "!"},
	{"\"\\u12g4\"", "!"},
	{"\"open", "!"},
	{"nul", "!"},
	{"[1 2]", "[n!"},
	{"[1", "[n!"},
	{"1 2", "n!"},
	{"]", "!"},
	{"{]", "{!"},
	{"[}", "[!"},
};

START_TEST(a_text_gives_its_events)
{
	char got[64];

	events_of(texts[_i].text, false, got, sizeof(got));
	ck_assert_msg(strcmp(got, texts[_i].events) == 0, "'%s' gave %s, not %s", texts[_i].text, got,
	              texts[_i].events);
}
END_TEST

START_TEST(a_stream_of_values_is_read_where_asked)
{
	char got[64];

	events_of("{} [1]\n2", true, got, sizeof(got));
	ck_assert_str_eq(got, "{}[n]n.");
}
END_TEST

START_TEST(nesting_deeper_than_64_is_refused)
{
	char text[200], got[200];

	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	text[128] = '\0';
	events_of(text, false, got, sizeof(got));
	ck_assert_int_eq(got[128], '.');
	memset(text, '[', 65);
	text[65] = '\0';
	events_of(text, false, got, sizeof(got));
	ck_assert_int_eq(got[64], '!');
}
END_TEST

START_TEST(numbers_stay_text)
{
	struct json_scanner s;

	json_scan_init(&s, SV("9007199254740993"));
	ck_assert_int_eq(json_next(&s), JSON_NUMBER);
	ck_assert(sv_is(s.text, "9007199254740993"));
}
END_TEST

START_TEST(a_skipped_value_leaves_the_next_one)
{
	struct json_scanner s;

	json_scan_init(&s, SV("[{\"a\": [1, {\"b\": 2}]}, 7]"));
	ck_assert_int_eq(json_next(&s), JSON_ARRAY);
	ck_assert(json_skip(&s, json_next(&s)));
	ck_assert_int_eq(json_next(&s), JSON_NUMBER);
	ck_assert(sv_is(s.text, "7"));
}
END_TEST

/* Expected by Python's json.loads; lone surrogates become U+FFFD here. */
static const struct {
	const char *raw, *text;
	size_t n;
} escapes[] = {
	{"plain", "plain", 5},
	{"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8},
	{"\\u00e9\\u20AC", "\xc3\xa9\xe2\x82\xac", 5},
	{"\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4},
	{"\\ud83dx", "\xef\xbf\xbdx", 4},
	{"\\ude00", "\xef\xbf\xbd", 3},
	{"x\\u0000y", "x\0y", 3},
};

START_TEST(escapes_are_decoded)
{
	AUTO(arena) a = arena_new();
	struct sv got = json_unescape(a, sv_of(escapes[_i].raw));

	ck_assert_uint_eq(got.n, escapes[_i].n);
	ck_assert_mem_eq(got.p, escapes[_i].text, got.n);
}
END_TEST

START_TEST(a_place_is_told_by_line_and_column)
{
	struct json_scanner s;
	uint32_t line, col;

	json_scan_init(&s, SV("{\"a\": 1,\n  \"b\": ?}"));
	while (json_next(&s) != JSON_ERROR)
		;
	json_place(&s, s.p, &line, &col);
	ck_assert_uint_eq(line, 2);
	ck_assert_uint_eq(col, 8);
}
END_TEST

static void
write_example(struct json_writer *w)
{
	json_object(w);
	json_key(w, "a");
	json_array(w);
	json_i64(w, INT64_MIN);
	json_f64(w, 0.1);
	json_f64(w, NAN);
	json_array_end(w);
	json_key(w, "b");
	json_array_inline(w);
	json_bool(w, true);
	json_null(w);
	json_array_end(w);
	json_key(w, "c");
	json_object(w);
	json_object_end(w);
	json_key(w, "d\"");
	json_sv(w, (struct sv){"x\0\x1f\xff\xc3\xa9", 6});
	json_key(w, "t");
	json_time(w, 1704067200000000);
	json_object_end(w);
}

START_TEST(the_writer_minds_commas_and_lines)
{
	struct json_writer w;
	AUTO(buf) b = buf_new(4096);

	json_write_init(&w, b, 0);
	write_example(&w);
	ck_assert_str_eq(buf_str(b),
	                 "{\"a\":[-9223372036854775808,0.1,null],\"b\":[true,null],\"c\":{},"
	                 "\"d\\\"\":\"x\\u0000\\u001f\xef\xbf\xbd\xc3\xa9\",\"t\":\"2024-01-01T00:00:00Z\"}");
	buf_clear(b);
	json_write_init(&w, b, 2);
	write_example(&w);
	ck_assert_str_eq(buf_str(b), "{\n  \"a\": [\n    -9223372036854775808,\n    0.1,\n    null\n  ],\n  "
	                             "\"b\": [true, null],\n  \"c\": {},\n"
	                             "  \"d\\\"\": \"x\\u0000\\u001f\xef\xbf\xbd\xc3\xa9\",\n  \"t\": "
	                             "\"2024-01-01T00:00:00Z\"\n}");
}
END_TEST

START_TEST(an_empty_text_without_an_address_is_written)
{
	struct json_writer w;
	AUTO(buf) b = buf_new(4096);

	json_write_init(&w, b, 0);
	json_sv(&w, (struct sv){NULL, 0});
	ck_assert_str_eq(buf_str(b), "\"\"");
}
END_TEST

Suite *
suite_json(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	tcase_add_loop_test(t, a_text_gives_its_events, 0, (int)LEN(texts));
	tcase_add_test(t, a_stream_of_values_is_read_where_asked);
	tcase_add_test(t, nesting_deeper_than_64_is_refused);
	tcase_add_test(t, numbers_stay_text);
	tcase_add_test(t, a_skipped_value_leaves_the_next_one);
	tcase_add_loop_test(t, escapes_are_decoded, 0, (int)LEN(escapes));
	tcase_add_test(t, a_place_is_told_by_line_and_column);
	tcase_add_test(t, the_writer_minds_commas_and_lines);
	tcase_add_test(t, an_empty_text_without_an_address_is_written);
	suite_add_tcase(s, t);
	return s;
}
