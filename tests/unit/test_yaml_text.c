/* Any text that YAML can hold reads back as the same text, as a value, as a key and in a list. */
#include <check.h>

#include "catalog/load.h"
#include "catalog/yaml_text.h"

static struct arena *a;

static void
setup(void)
{
	a = arena_new();
}

static void
teardown(void)
{
	arena_free(a);
}

static const char *const texts[] = {
	"",
	" ",
	"a",
	"a b",
	" a",
	"a ",
	"paid",
	"yes",
	"No",
	"on",
	"OFF",
	"y",
	"n",
	"true",
	"False",
	"null",
	"NULL",
	"~",
	"0x1",
	"0o7",
	"0b1",
	"12",
	"-1",
	"+1",
	"1.5",
	"1e3",
	".5",
	".inf",
	".nan",
	"nan",
	"1_000",
	"12:30",
	"2024-01-31",
	"2024-01-31T10:00:00",
	"-",
	"- a",
	"--",
	"---",
	"...",
	"?",
	": ",
	":",
	"a: b",
	"a:b",
	"a #b",
	"#",
	"a#b",
	"[",
	"]",
	"{",
	"}",
	"a, b",
	",",
	"&x",
	"*x",
	"!x",
	"!!str x",
	"|",
	">",
	"%x",
	"@x",
	"`x",
	"'",
	"\"",
	"it's",
	"say \"x\"",
	"\\",
	"a\\b",
	"\n",
	"a\nb",
	"a\n",
	"\t",
	"\r\n",
	"\x01",
	"\x1b[31m",
	"\x7f",
	"\xC2\x80",
	"\xC2\x85",
	"\xC2\xA0",
	"\xE2\x80\xA8",
	"\xE2\x80\xAE",
	"\xEF\xBB\xBFx",
	"\xEF\xBF\xBE",
	"\xED\x95\x9C\xEA\xB5\xAD",
	"\xF0\x9F\x98\x80",
	"\xF0\x9F\xBF\xBF",
	"${HOME}",
	"$${HOME}",
	"$$${X}",
	"a${b}c",
	"${",
	"$",
	"$$",
	"<<",
	"=",
	"off",
	"26h",
	"a/b-c_d.e(f)=g+h",
};

static struct sv
put(void (*fn)(struct buf *, struct sv), struct sv s)
{
	AUTO(buf) b = buf_new(1 << 16);

	fn(b, s);
	return arena_sv(a, buf_sv(b));
}

static const struct node *
read_back(struct sv yaml)
{
	struct diags d;
	struct loader l = {.a = a, .d = &d, .no_files = true};
	struct node *ret = ARENA_NEW(a, struct node);

	diags_init(&d, a);

	const struct node *n = node_parse_yaml(a, "t.yaml", yaml, &d);

	ck_assert_msg(n != NULL && d.errors == 0, "does not parse: " SV_FMT, SV_ARG(yaml));
	*ret = vars_expand(&l, n);
	ck_assert_msg(d.errors == 0, "has a variable: " SV_FMT, SV_ARG(yaml));
	return ret;
}

START_TEST(a_text_reads_back_as_itself)
{
	struct sv s = sv_of(texts[_i]), value = put(yaml_put_text, s),
		  name = s.n > 0 ? s : SV("k") /* no key is empty */, key = put(yaml_put_key, name),
		  word = put(yaml_put_word, s);
	const struct node *n = read_back(arena_svf(a, "{k: " SV_FMT ", l: [" SV_FMT ", z], w: " SV_FMT "}\n",
	                                           SV_ARG(value), SV_ARG(value), SV_ARG(word)));
	const struct node *m = read_back(
		arena_svf(a, "x:\n  " SV_FMT ":  # comment\n    - " SV_FMT "  # comment\n", SV_ARG(key),
	                  SV_ARG(value)));

	ck_assert(yaml_can_hold(s));
	ck_assert_ptr_null(memchr(value.p, '\n', value.n));
	for (int i = 0; i < 4; i++) {
		const struct node *got = i == 0   ? node_get(n, "k")
		                         : i == 1 ? &node_get(n, "l")->kid[0]
		                         : i == 2 ? node_get(n, "w")
		                                  : &m->kid[0].kid[0].kid[0];

		ck_assert_msg(got->kind == NODE_TEXT && sv_eq(got->text, s),
		              "%d: '" SV_FMT "' came back as '" SV_FMT "'", i, SV_ARG(value),
		              SV_ARG(got->text));
	}
	ck_assert_msg(sv_eq(m->kid[0].kid[0].key, name), "the key '" SV_FMT "' came back as '" SV_FMT "'",
	              SV_ARG(key), SV_ARG(m->kid[0].kid[0].key));
}
END_TEST

START_TEST(what_yaml_cannot_hold_is_told)
{
	ck_assert(!yaml_can_hold(sv_of("a\xff")));
	ck_assert(!yaml_can_hold(SV("a\0b")));
	ck_assert(!yaml_can_hold(sv_of("\xED\xA0\x80")));
	ck_assert(yaml_can_hold((struct sv){0}));
}
END_TEST

static const struct {
	const char *text, *value, *word;
} plain[] = {
	{"order_id", "order_id", "order_id"},
	{"yes", "\"yes\"", "yes"},
	{"2024-01-31", "\"2024-01-31\"", "2024-01-31"},
	{"26h", "\"26h\"", "26h"},
	{"null", "\"null\"", "\"null\""},
	{"a b", "a b", "a b"},
};

START_TEST(quotes_stand_only_where_they_are_needed)
{
	ck_assert(sv_is(put(yaml_put_text, sv_of(plain[_i].text)), plain[_i].value));
	ck_assert(sv_is(put(yaml_put_word, sv_of(plain[_i].text)), plain[_i].word));
}
END_TEST

Suite *
suite_yaml_text(void)
{
	Suite *s = suite_create("yaml_text");
	TCase *t = tcase_create("yaml_text");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_text_reads_back_as_itself, 0, LEN(texts));
	tcase_add_test(t, what_yaml_cannot_hold_is_told);
	tcase_add_loop_test(t, quotes_stand_only_where_they_are_needed, 0, LEN(plain));
	suite_add_tcase(s, t);
	return s;
}
