#include <check.h>

#include "catalog/load.h"

static struct arena *a;
static struct catalog *c;

/*
 * raw/a ─► mid/x ─► marts/m
 * raw/b ─► mid/x    marts/n ◄─ mid/y ◄─ raw/b
 */
static const char catalog[] = "assets:\n"
			      "  marts/m: {depends_on: mid/x, tags: {tier: gold}, owners: ['team:data']}\n"
			      "  marts/n: {depends_on: [mid/y], tags: [pii], owners: ann}\n"
			      "  mid/x: {depends_on: [raw/a, 'dbt:b'], tags: {tier: silver}}\n"
			      "  mid/y: {depends_on: [raw/b, no/such]}\n"
			      "  raw/a: {owners: ['team:data', ann]}\n"
			      "  raw/b: {aliases: ['dbt:b']}\n";

static void
setup(void)
{
	struct diags d;

	a = arena_new();
	diags_init(&d, a);
	c = catalog_load_text(a, "weir.yaml", sv_of(catalog), "default", &d);
	ck_assert_ptr_nonnull(c);
}

static void
teardown(void)
{
	arena_free(a);
}

static const char *
selected(const struct selection *s)
{
	const char *all = "";

	for (size_t i = 0; i < c->nasset; i++)
		if ((s->asset[i / 64] >> (i % 64) & 1) != 0)
			all = arena_printf(a, "%s%s" SV_FMT, all, all[0] != '\0' ? " " : "",
			                   SV_ARG(c->asset[i].key));
	return all;
}

static const struct {
	const char *text[4];
	const char *keys;
} good[] = {
	{{NULL}, "marts/m marts/n mid/x mid/y raw/a raw/b"},
	{{"raw/a"}, "raw/a"},
	{{"dbt:b"}, "raw/b"},
	{{"raw/*"}, "raw/a raw/b"},
	{{"**"}, "marts/m marts/n mid/x mid/y raw/a raw/b"},
	{{"+marts/m"}, "marts/m mid/x raw/a raw/b"},
	{{"1+marts/m"}, "marts/m mid/x"},
	{{"raw/b+"}, "marts/m marts/n mid/x mid/y raw/b"},
	{{"raw/b+1"}, "mid/x mid/y raw/b"},
	{{"1+mid/x+1"}, "marts/m mid/x raw/a raw/b"},
	{{"+mid/y+"}, "marts/n mid/y raw/b"},
	{{"tag:tier"}, "marts/m mid/x"},
	{{"tag:tier=gold"}, "marts/m"},
	{{"tag:pii"}, "marts/n"},
	{{"+tag:pii"}, "marts/n mid/y raw/b"},
	{{"owner:team:data"}, "marts/m raw/a"},
	{{"owner:ann,raw/*"}, "raw/a"},
	{{"raw/b+,+marts/m"}, "marts/m mid/x raw/b"},
	{{"raw/a", "marts/n"}, "marts/n raw/a"},
	{{"marts/*", "!marts/n"}, "marts/m"},
	{{"!+marts/m"}, "marts/n mid/y"},
	{{"check:not_null*"}, "marts/m marts/n mid/x mid/y raw/a raw/b"},
	{{"raw/a,check:x"}, "raw/a"},
};

START_TEST(a_selector_finds_what_it_names)
{
	struct selection s;
	struct err err = {0};
	size_t n = 0;

	while (n < LEN(good[_i].text) && good[_i].text[n] != NULL)
		n++;
	ck_assert_msg(selection_make(a, c, good[_i].text, n, &s, &err), "%s: %s", good[_i].text[0], err.msg);
	ck_assert_str_eq(selected(&s), good[_i].keys);
}
END_TEST

START_TEST(checks_are_handed_on_as_globs)
{
	static const char *const text[] = {"raw/a,check:not_null*", "check:amount"};
	struct selection s;

	ck_assert(selection_make(a, c, text, LEN(text), &s, NULL));
	ck_assert_uint_eq(s.ncheck, 2);
	ck_assert(sv_is(s.check[0], "not_null*") && sv_is(s.check[1], "amount"));
}
END_TEST

static const struct {
	const char *text, *msg, *hint;
} bad[] = {
	{"raw/c", "there is no asset 'raw/c'", "did you mean 'raw/a'?"},
	{"marts/mm", "there is no asset 'marts/mm'", "did you mean 'marts/m'?"},
	{"no/such", "there is no asset 'no/such'", ""},
	{"row/*", "no asset matches 'row/*'", ""},
	{"tag:teir", "no asset has the tag 'teir'", "did you mean 'tier'?"},
	{"tag:tier=golf", "no asset has the tag 'tier=golf'", "did you mean 'tier=gold'?"},
	{"owner:bob", "no asset has the owner 'bob'", ""},
	{"", "'' is no selector", ""},
	{"+", "'+' is no selector", ""},
	{"raw/a,,raw/b", "'' is no selector", ""},
	{"99999999999999999999+raw/a", "'99999999999999999999+raw/a' is no selector", ""},
	{"check:", "'check:' names no check", ""},
	{"!check:x", "'!check:x': checks cannot be taken away, only named", ""},
	{"raw/a,raw/b", "these selectors leave no asset", ""},
};

START_TEST(a_wrong_selector_is_an_error_with_a_hint)
{
	struct selection s = {.ncheck = 42};
	struct err err = {0};

	ck_assert(!selection_make(a, c, &bad[_i].text, 1, &s, &err));
	ck_assert_str_eq(err.msg, bad[_i].msg);
	ck_assert_str_eq(err.hint, bad[_i].hint);
	ck_assert_int_eq(err_exit_status(err.code), 2);
	ck_assert_uint_eq(s.ncheck, 42);
}
END_TEST

START_TEST(inputs_come_before_what_reads_them)
{
	uint32_t place[6];

	for (uint32_t i = 0; i < 6; i++)
		place[c->topo[i]] = i;
	for (uint32_t i = 0; i < 6; i++)
		for (uint32_t e = c->up_at[i]; e < c->up_at[i + 1]; e++) {
			uint32_t up = c->up[e], found = 0;

			ck_assert_uint_lt(place[up], place[i]);
			for (uint32_t k = c->down_at[up]; k < c->down_at[up + 1]; k++)
				found += c->down[k] == i;
			ck_assert_uint_eq(found, 1);
		}
	ck_assert_uint_eq(c->up_at[6], 5);
	ck_assert_uint_eq(c->down_at[6], 5);
}
END_TEST

Suite *
suite_select(void)
{
	Suite *s = suite_create("select");
	TCase *t = tcase_create("select");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_selector_finds_what_it_names, 0, LEN(good));
	tcase_add_test(t, checks_are_handed_on_as_globs);
	tcase_add_loop_test(t, a_wrong_selector_is_an_error_with_a_hint, 0, LEN(bad));
	tcase_add_test(t, inputs_come_before_what_reads_them);
	suite_add_tcase(s, t);
	return s;
}
