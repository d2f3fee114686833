#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "catalog/node.h"

static struct arena *a;
static struct diags d;

static void
setup(void)
{
	a = arena_new();
	diags_init(&d, a);
}

static void
teardown(void)
{
	arena_free(a);
}

static const struct node *
yaml(const char *text)
{
	return node_parse_yaml(a, "t.yaml", sv_of(text), &d);
}

static const char *
json_of(const struct node *n)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, 1 << 20);
	json_write_init(&w, &b, 0);
	node_to_json(n, &w);

	const char *text = arena_str(a, buf_sv(&b));

	buf_fini(&b);
	return text;
}

/* By the tables of the YAML 1.2.2 specification, section 10.3.2. */
static const struct {
	const char *text;
	enum node_kind kind;
} scalars[] = {
	{"null", NODE_NULL},
	{"~", NODE_NULL},
	{"NULL", NODE_NULL},
	{"nULL", NODE_TEXT},
	{"''", NODE_TEXT},
	{"true", NODE_BOOL},
	{"FALSE", NODE_BOOL},
	{"yes", NODE_TEXT},
	{"no", NODE_TEXT},
	{"on", NODE_TEXT},
	{"off", NODE_TEXT},
	{"y", NODE_TEXT},
	{"0", NODE_INT},
	{"-19", NODE_INT},
	{"+12", NODE_INT},
	{"007", NODE_INT},
	{"0o7", NODE_INT},
	{"0x3A", NODE_INT},
	{"0b1", NODE_TEXT},
	{"1_000", NODE_TEXT},
	{"-0x3A", NODE_TEXT},
	{"0o8", NODE_TEXT},
	{"9223372036854775807", NODE_INT},
	{"9223372036854775808", NODE_REAL},
	{"0.", NODE_REAL},
	{"-0.0", NODE_REAL},
	{".5", NODE_REAL},
	{"+12e03", NODE_REAL},
	{"-2E+05", NODE_REAL},
	{".inf", NODE_REAL},
	{"-.INF", NODE_REAL},
	{".NaN", NODE_REAL},
	{".", NODE_TEXT},
	{"1e", NODE_TEXT},
	{"1.2.3", NODE_TEXT},
	{"inf", NODE_TEXT},
	{"nan", NODE_TEXT},
	{"-.nan", NODE_TEXT},
	{"2024-01-01", NODE_TEXT},
	{"12:30:45", NODE_TEXT},
	{"\"1\"", NODE_TEXT},
	{"'true'", NODE_TEXT},
	{"!!str 1", NODE_TEXT},
	{"! 1", NODE_TEXT},
	{"!!int 1", NODE_INT},
};

START_TEST(a_scalar_has_the_type_of_the_core_schema)
{
	const struct node *n = yaml(arena_printf(a, "k: %s\n", scalars[_i].text));

	ck_assert_ptr_nonnull(n);
	ck_assert_msg(n->kid[0].kind == scalars[_i].kind, "%s is %s", scalars[_i].text,
	              node_kind_name(n->kid[0].kind));
	ck_assert_uint_eq(d.errors, 0);
}
END_TEST

START_TEST(numbers_keep_their_values)
{
	const struct node *n = yaml("[0o17, 0x1F, -5, 18446744073709551616, 1.50, .inf, -.inf, .nan]");
	struct value big = node_value(a, &n->kid[3]);

	ck_assert_int_eq(n->kid[0].i, 15);
	ck_assert_int_eq(n->kid[1].i, 31);
	ck_assert_int_eq(n->kid[2].i, -5);
	ck_assert_int_eq(big.kind, VALUE_DECIMAL);
	ck_assert(big.d.coeff == (__int128)1 << 64);
	ck_assert(n->kid[4].r == 1.5);
	ck_assert(isinf(n->kid[5].r) && n->kid[5].r > 0);
	ck_assert(isinf(n->kid[6].r) && n->kid[6].r < 0);
	ck_assert_int_eq(node_value(a, &n->kid[7]).kind, VALUE_NULL);
}
END_TEST

/* Places are of the first byte of the text; columns count bytes. */
static const struct {
	const char *text;
	uint32_t line, col, len;
} places[] = {
	{"k: abc", 1, 4, 3},
	{"k: 'abc'", 1, 5, 3},
	{"k: \"abc\"", 1, 5, 3},
	{"é: ab", 1, 5, 2},
	{"# é\nk:   ab", 2, 6, 2},
	{"\xEF\xBB\xBFk: ab", 1, 4, 2},
	{"a: 1\r\nk: ab\r\n", 2, 4, 2},
	{"k: |\n  abc\n", 2, 3, 0},
	{"k: >-\n\n   abc\n", 3, 4, 0},
	{"k: &x 'ab'", 1, 8, 2},
	{"{k: ab}", 1, 5, 2},
	{"a: \"\xE2\x80\xA8\"\nk: ab", 3, 4, 2}, /* libyaml counts LINE SEPARATOR as a line */
};

START_TEST(a_scalar_knows_its_place)
{
	const struct node *n = yaml(places[_i].text);

	ck_assert_ptr_nonnull(n);
	n = &n->kid[n->n - 1];
	ck_assert_uint_eq(n->loc.line, places[_i].line);
	ck_assert_uint_eq(n->loc.col, places[_i].col);
	ck_assert_uint_eq(n->loc.len, places[_i].len);
}
END_TEST

/* Of other tools, which follow YAML 1.1 there: what is merged, and what stands. */
static const struct {
	const char *text, *json;
} merged[] = {
	{"x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n", "{\"b\":3,\"a\":1}"},
	{"x: &x {a: 1}\nz: &z {a: 2, c: 4}\ny: {<<: [*x, *z], b: 3}\n", "{\"b\":3,\"a\":1,\"c\":4}"},
	{"x: &x {a: 1}\nz: &z {<<: *x, c: 4}\ny: {<<: *z}\n", "{\"c\":4,\"a\":1}"},
	{"x: &x {}\ny: {<<: *x}\n", "{}"},
	{"y: {'<<': 1}\n", "{\"<<\":1}"},
};

START_TEST(a_file_of_another_tool_may_merge_maps)
{
	const struct node *n = node_parse_foreign_yaml(a, "t.yaml", sv_of(merged[_i].text), &d);

	ck_assert_ptr_nonnull(n);
	ck_assert_uint_eq(d.errors, 0);
	ck_assert_str_eq(json_of(&n->kid[n->n - 1]), merged[_i].json);
}
END_TEST

START_TEST(only_maps_are_merged)
{
	(void)node_parse_foreign_yaml(a, "t.yaml", SV("y:\n  <<: 3\n"), &d);
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_uint_eq(d.list.v[0].loc.line, 2);
	ck_assert_msg(strstr(d.list.v[0].msg, "merges maps") != NULL, "%s", d.list.v[0].msg);
}
END_TEST

/* What is refused, and where. */
static const struct {
	const char *text, *msg;
	uint32_t line, col;
} bad[] = {
	{"a: 1\na: 2\n", "'a' is here twice", 2, 1},
	{"{a: 1, \"a\": 2}", "'a' is here twice", 1, 9},
	{"x: &x {a: 1}\ny:\n  <<: *x\n", "merge keys '<<' are not part of YAML 1.2", 3, 3},
	{"a: [1, 2\nb: 3\n", "this [list] is not closed, or a comma is missing", 2, 2},
	{"a: {b: 1\n", "this {map} is not closed, or a comma is missing", 2, 1},
	{"a: b: c\n", "a second ':' on this line", 1, 5},
	{"a:\n\tb: 1\n", "this character cannot start a value", 2, 1},
	{"a: 'x\n", "the file ends inside of quotes", 2, 1},
	{"a: \"\\q\"\n", "this is no escape of double-quoted text", 1, 5},
	{"a: 1\n b: 2\n", "a second ':' on this line", 2, 3},
	{"a: *x\n", "there is no anchor '&x' before this alias", 1, 4},
	{"a: &x [*x]\n", "there is no anchor '&x' before this alias", 1, 8},
	{"a: !foo 1\n", "the tag '!foo' is not supported", 1, 4},
	{"? [1]\n: 2\n", "a key must be text, not a list", 1, 3},
	{"a: 1\n---\nb: 1\n", "the file holds more than one document", 2, 1},
	{"a: \x01\n", "a control character is not allowed here", 1, 4},
	{"ab: \xFFz\n", "this is not UTF-8", 1, 5},
	{"a: 1\nb: \xC3\n", "this is not UTF-8", 2, 5},
	{"{'': 1}\n", "a key is empty", 1, 3},
};

START_TEST(a_mistake_is_told_once_with_its_place)
{
	(void)yaml(bad[_i].text);
	ck_assert_uint_eq(d.list.n, 1);
	ck_assert_str_eq(d.list.v[0].msg, bad[_i].msg);
	ck_assert_uint_eq(d.list.v[0].loc.line, bad[_i].line);
	ck_assert_uint_eq(d.list.v[0].loc.col, bad[_i].col);
}
END_TEST

START_TEST(json_is_the_same_tree)
{
	const char *text = "{\"a\": [1, -2.5, true, null, \"x\\u00e9\"], \"b\": {\"c\": \"1\"}}";
	const struct node *y = yaml(text);
	const struct node *j = node_parse_json(a, "t.json", sv_of(text), &d);

	ck_assert_uint_eq(d.errors, 0);
	ck_assert_str_eq(json_of(y), json_of(j));
	ck_assert_int_eq(j->kid[1].kid[0].kind, NODE_TEXT);
	ck_assert_uint_eq(j->kid[0].kid[1].loc.col, 11);
	ck_assert_uint_eq(j->kid[0].kid[4].loc.col, y->kid[0].kid[4].loc.col);
}
END_TEST

START_TEST(json_tells_duplicates_and_lines)
{
	ck_assert_ptr_nonnull(node_parse_json(a, "t.json", SV("{\"a\": 1,\n \"a\": 2}"), &d));
	ck_assert_uint_eq(d.list.n, 1);
	ck_assert_uint_eq(d.list.v[0].loc.line, 2);
	ck_assert_uint_eq(d.list.v[0].loc.col, 3);
	ck_assert_ptr_null(node_parse_json(a, "t.json", SV("{\"a\": }"), &d));
	ck_assert_ptr_null(node_parse_json(a, "t.json", SV("{} {}"), &d));
	ck_assert_uint_eq(d.errors, 3);
}
END_TEST

START_TEST(an_empty_file_is_an_empty_map)
{
	static const char *const empty[] = {"", "# nothing\n", "---\n", "~"};

	for (size_t i = 0; i < LEN(empty); i++) {
		const struct node *n = yaml(empty[i]);

		ck_assert_int_eq(n->kind, NODE_MAP);
		ck_assert_uint_eq(n->n, 0);
	}
}
END_TEST

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Each is refused, and fast: a limit that is met late is no limit. */
START_TEST(bombs_are_refused_quickly)
{
	struct buf b[3];
	double start;

	for (size_t i = 0; i < LEN(b); i++)
		buf_init(&b[i], 8 << 20);
	/* Billion laughs: 9 levels of 9. */
	buf_puts(&b[0], "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&b[0], "a%d: &a%d [", i, i);
		for (int k = 0; k < 9; k++)
			buf_printf(&b[0], "%s*a%d", k > 0 ? ", " : "", i - 1);
		buf_puts(&b[0], "]\n");
	}
	/* Depth. */
	for (int i = 0; i < 200000; i++)
		buf_puts(&b[1], "[");
	/* Many aliases. */
	buf_puts(&b[2], "a: &a 1\nb:\n");
	for (int i = 0; i < 101; i++)
		buf_puts(&b[2], "- *a\n");
	for (size_t i = 0; i < LEN(b); i++) {
		size_t errors = d.errors;

		start = seconds();
		ck_assert_ptr_null(node_parse_yaml(a, "t.yaml", buf_sv(&b[i]), &d));
		ck_assert_uint_eq(d.errors, errors + 1);
		/* 50 ms in a plain build; sanitizers and busy machines take their share. */
		ck_assert_msg(seconds() - start < 1.0, "bomb %zu took %.3f s", i, seconds() - start);
		buf_fini(&b[i]);
	}
}
END_TEST

/* Columns are counted in characters: not from the start of the line each time. */
START_TEST(many_values_on_one_line_are_read_quickly)
{
	double start = seconds();
	struct buf b;

	buf_init(&b, 8 << 20);
	buf_puts(&b, "[");
	for (int i = 0; i < 200000; i++)
		buf_puts(&b, "é,");
	buf_puts(&b, "é]");

	const struct node *n = node_parse_yaml(a, "t.yaml", buf_sv(&b), &d);

	ck_assert_ptr_nonnull(n);
	ck_assert_uint_eq(n->n, 200001);
	ck_assert_uint_eq(n->kid[200000].loc.line, 1);
	ck_assert_msg(seconds() - start < 2.0, "took %.3f s", seconds() - start);
	buf_fini(&b);
}
END_TEST

/* base, over, result */
static const struct {
	const char *base, *over, *result;
} merges[] = {
	{"{a: 1, b: 2}", "{b: 3, c: 4}", "{\"a\":1,\"b\":3,\"c\":4}"},
	{"{a: {x: 1, y: 2}}", "{a: {y: 3}}", "{\"a\":{\"x\":1,\"y\":3}}"},
	{"{checks: [1], l: [1]}", "{checks: [2], l: [2]}", "{\"checks\":[1,2],\"l\":[2]}"},
	{"{a: 1, b: 2}", "{a: off}", "{\"b\":2}"},
	{"{a: 1}", "{a: 'off'}", "{\"a\":\"off\"}"},
	{"{a: true}", "{a: off}", "{\"a\":\"off\"}"},
	{"{}", "{a: off}", "{\"a\":\"off\"}"},
	{"{freshness: {max_age: 1h}}", "{freshness: off}", "{\"freshness\":\"off\"}"},
	{"{freshness: {max_age: 1h, blocking: true}}", "{freshness: {cron: x}}",
         "{\"freshness\":{\"blocking\":true,\"cron\":\"x\"}}"},
	{"{freshness: {cron: x, within: 2h}}", "{freshness: {max_age: 1h}}",
         "{\"freshness\":{\"max_age\":\"1h\"}}"},
	{"{a: {x: 1}}", "{a: text}", "{\"a\":\"text\"}"},
	{"{url: {env: A}}", "{url: {file: B}}", "{\"url\":\"***\"}"},
};

START_TEST(one_map_is_laid_over_another)
{
	static const char *const appended[] = {"checks"};
	const struct node *base = yaml(merges[_i].base), *over = yaml(merges[_i].over);

	ck_assert_str_eq(json_of(node_merge(a, base, over, appended, LEN(appended))), merges[_i].result);
}
END_TEST

START_TEST(merged_values_keep_their_places)
{
	const struct node *base = yaml("a: 1\nb: 2\n"), *over = yaml("\n\n\nb: 3\n");
	const struct node *n = node_merge(a, base, over, NULL, 0);

	ck_assert_uint_eq(node_get(n, "a")->loc.line, 1);
	ck_assert_uint_eq(node_get(n, "b")->loc.line, 4);
	ck_assert_ptr_null(node_get(n, "c"));
	ck_assert_ptr_null(node_get(node_get(n, "a"), "c"));
}
END_TEST

START_TEST(a_wrong_kind_leaves_the_result_alone)
{
	const struct node *n = yaml("{t: [x], i: x, b: yes, r: x, whole: 3.0}");
	struct sv text = SV("before");
	int64_t i = 42;
	bool b = true;
	double r = 4.2;

	ck_assert(!node_text(&n->kid[0], &text, &d));
	ck_assert(!node_int(&n->kid[1], &i, &d));
	ck_assert(!node_bool(&n->kid[2], &b, &d));
	ck_assert(!node_real(&n->kid[3], &r, &d));
	ck_assert(sv_is(text, "before") && i == 42 && b && r == 4.2);
	ck_assert_uint_eq(d.errors, 4);
	ck_assert_str_eq(d.list.v[0].msg, "'t' must be text, not a list");
	ck_assert_str_eq(d.list.v[2].hint, "YAML 1.2 reads this word as text: write true");
	ck_assert(node_int(&n->kid[4], &i, &d));
	ck_assert_int_eq(i, 3);
}
END_TEST

Suite *
suite_node(void)
{
	Suite *s = suite_create("node");
	TCase *t = tcase_create("node");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_scalar_has_the_type_of_the_core_schema, 0, LEN(scalars));
	tcase_add_test(t, numbers_keep_their_values);
	tcase_add_loop_test(t, a_scalar_knows_its_place, 0, LEN(places));
	tcase_add_loop_test(t, a_mistake_is_told_once_with_its_place, 0, LEN(bad));
	tcase_add_loop_test(t, a_file_of_another_tool_may_merge_maps, 0, LEN(merged));
	tcase_add_test(t, only_maps_are_merged);
	tcase_add_test(t, json_is_the_same_tree);
	tcase_add_test(t, json_tells_duplicates_and_lines);
	tcase_add_test(t, an_empty_file_is_an_empty_map);
	tcase_add_test(t, bombs_are_refused_quickly);
	tcase_add_test(t, many_values_on_one_line_are_read_quickly);
	tcase_add_loop_test(t, one_map_is_laid_over_another, 0, LEN(merges));
	tcase_add_test(t, merged_values_keep_their_places);
	tcase_add_test(t, a_wrong_kind_leaves_the_result_alone);
	suite_add_tcase(s, t);
	return s;
}
