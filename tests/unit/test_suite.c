/* Suite files: weir's own and Great Expectations'; a mistake in one check never takes the others down. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "expect/expect.h"

#define NOW_US (INT64_C(1700000000) * US_PER_S) /* 2023-11-14T22:13:20Z */

struct suite_file {
	struct arena *a;
	struct diags d;
	struct checks c;
	struct sv name;
	bool loaded;
};

static void
load_at(struct suite_file *s, const char *file, const char *kind, const char *text, int64_t now_us)
{
	char dir[] = "/tmp/weir-suite-XXXXXX";
	char *path;

	*s = (struct suite_file){.a = arena_new()};
	diags_init(&s->d, s->a);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	path = fs_join(s->a, dir, sv_of(file));
	ck_assert(fs_write(path, sv_of(text), 0600, NULL));
	struct suite suite = {.name = {0}};

	s->loaded = suite_load(s->a, &(struct suite_options){.path = path, .kind = kind, .now_us = now_us},
	                       &suite, &s->d);
	s->c = suite.checks;
	s->name = suite.name;
	unlink(path);
	rmdir(dir);
}

static void
load(struct suite_file *s, const char *file, const char *kind, const char *text)
{
	load_at(s, file, kind, text, NOW_US);
}

static const char gx[] =
	"{\"name\": \"s\", \"id\": null, \"expectations\": [\n"
	" {\"type\": \"expect_column_mean_to_be_between\", \"kwargs\": {\"column\": \"i\", \"min_value\": "
	"0.0, \"max_value\": {\"$PARAMETER\": \"mx\"}},"
	" \"meta\": {\"k\": 1}, \"id\": \"u\", \"severity\": \"warning\", \"rendered_content\": null},\n"
	" {\"type\": \"expect_column_values_to_not_be_null\", \"kwargs\": {\"column\": \"i\", \"mostly\": "
	"0.9, \"batch_id\": \"b\"}, \"meta\": {}},\n"
	" {\"type\": \"expect_column_values_to_not_be_null\", \"kwargs\": {\"column\": \"i\", \"mostly\": "
	"0.9}, \"meta\": {}},\n"
	" {\"type\": \"expect_column_pair_cramers_phi_value_to_be_less_than\", \"kwargs\": {\"column\": \"i\", \"min_value\": "
	"1}, \"meta\": {}},\n"
	" {\"type\": \"expect_column_values_to_be_between\", \"kwargs\": {\"column\": \"i\"}, \"meta\": "
	"{}},\n"
	" {\"type\": \"expect_nonsense\", \"kwargs\": {}},\n"
	" {\"kwargs\": {}},\n"
	" {\"type\": \"expect_table_row_count_to_equal\", \"kwargs\": {\"value\": 3}, \"description\": "
	"\"three\"}],\n"
	" \"suite_parameters\": {\"mx\": 5}, \"meta\": {\"great_expectations_version\": \"1.2.0\"}, "
	"\"notes\": null}";

START_TEST(a_great_expectations_suite_loads_and_mistakes_stay_with_their_checks)
{
	static const char *const error[] = {
		NULL, NULL, "cannot be checked", "needs min or max", "unknown expectation 'expect_nonsense'",
		NULL, /* names none: `unsupported` stands for it */
		NULL};
	struct suite_file s;

	load(&s, "orders.json", NULL, gx);
	ck_assert_msg(s.loaded, "%s", s.d.errors > 0 ? s.d.list.v[0].msg : "");
	ck_assert_uint_eq(s.d.errors, 0);
	ck_assert(sv_is(s.name, "s"));
	ck_assert_uint_eq(s.c.n, LEN(error)); /* the exact duplicate is one: a suite is a set */
	for (size_t i = 0; i < LEN(error); i++) {
		const struct check *c = &s.c.v[i];

		ck_assert(c->imported && !c->implicit);
		ck_assert_msg((c->err.code == ERR_NONE) == (error[i] == NULL), "%zu: %s", i, c->err.msg);
		if (error[i] != NULL)
			ck_assert_msg(strstr(c->err.msg, error[i]) != NULL, "%zu: %s", i, c->err.msg);
	}
	ck_assert(sv_is(s.c.v[0].kwargs, "{\"column\":\"i\",\"min_value\":0.0,\"max_value\":5}"));
	ck_assert(sv_is(s.c.v[0].meta, "{\"k\":1}"));
	ck_assert_int_eq(s.c.v[0].severity, SEVERITY_WARNING);
	ck_assert(s.c.v[1].mostly == 0.9);
	ck_assert(sv_is(s.c.v[1].id, "not_null:i"));
	ck_assert(sv_is(s.c.v[2].kwargs, "{\"column\":\"i\",\"min_value\":1}"));
	ck_assert(sv_is(s.c.v[5].written_name, "unsupported"));
	ck_assert(sv_is(s.c.v[6].description, "three"));
	ck_assert_uint_eq(s.c.v[2].loc.line, 5);
	arena_free(s.a);
}
END_TEST

START_TEST(a_suite_of_before_one_point_zero_loads_too)
{
	struct suite_file s;

	load(&s, "old.json", NULL,
	     "{\"data_asset_type\": null, \"expectation_suite_name\": \"old\", \"expectations\": "
	     "[{\"expectation_type\": "
	     "\"expect_column_values_to_be_in_set\", \"kwargs\": {\"column\": \"a\", \"value_set\": "
	     "{\"$PARAMETER\": \"vs\"}}, \"meta\": {}}], "
	     "\"evaluation_parameters\": {\"vs\": [1, 2]}, \"meta\": {}}");
	ck_assert(s.loaded && s.c.n == 1 && sv_is(s.name, "old"));
	ck_assert_msg(s.c.v[0].err.code == ERR_NONE, "%s", s.c.v[0].err.msg);
	ck_assert(sv_is(s.c.v[0].kwargs, "{\"column\":\"a\",\"value_set\":[1,2]}"));
	arena_free(s.a);
}
END_TEST

/* The check is the same one tomorrow: its hash knows what was said, not what it came to. */
START_TEST(a_parameter_may_be_an_expression_of_the_clock)
{
	static const char text[] =
		"{\"expectations\": [{\"type\": \"expect_column_max_to_be_between\", \"kwargs\": "
		"{\"column\": \"t\", "
		"\"min_value\": {\"$PARAMETER\": \"now() - timedelta(days=keep)\"}}}, "
		"{\"type\": \"expect_column_max_to_be_between\", \"kwargs\": {\"column\": \"t\", "
		"\"min_value\": {\"$PARAMETER\": \"now() - timedelta(days=keep + 1)\"}}}, "
		"{\"type\": \"expect_column_values_to_not_be_null\", \"kwargs\": {\"column\": \"t\", "
		"\"mostly\": {\"$PARAMETER\": \"1 - 1/4\"}}}], \"suite_parameters\": {\"keep\": 7}}";
	struct suite_file s;

	load(&s, "s.json", NULL, text);
	ck_assert(s.loaded && s.c.n == 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_msg(s.c.v[i].err.code == ERR_NONE, "%s", s.c.v[i].err.msg);
	ck_assert(sv_is(s.c.v[0].kwargs, "{\"column\":\"t\",\"min_value\":\"2023-11-07T22:13:20Z\"}"));
	ck_assert_str_ne(s.c.v[0].hash, s.c.v[1].hash);
	ck_assert(s.c.v[2].mostly == 0.75);

	struct suite_file later;
	load_at(&later, "s.json", NULL, text, NOW_US + US_PER_DAY);
	ck_assert(sv_is(later.c.v[0].kwargs, "{\"column\":\"t\",\"min_value\":\"2023-11-08T22:13:20Z\"}"));
	ck_assert_str_eq(s.c.v[0].hash, later.c.v[0].hash);
	arena_free(s.a);
	arena_free(later.a);
}
END_TEST

START_TEST(a_check_switched_off_does_not_switch_off_an_equal_one)
{
	struct suite_file s;

	load(&s, "s.yaml", NULL,
	     "checks:\n  - {not_null: a, enabled: false}\n  - not_null: a\n  - not_null: a\n");
	ck_assert(s.loaded && s.c.n == 1 && s.c.v[0].enabled);
	arena_free(s.a);
}
END_TEST

START_TEST(a_suite_of_weir_loads_and_is_called_as_its_file)
{
	struct suite_file s;

	load(&s, "ids.yaml", NULL,
	     "checks:\n  - not_null: [id, name]\n  - unique: id\n    severity: warning\n  - uniqe: id\n  - "
	     "{unique: id, a: b}\n");
	ck_assert_msg(s.loaded, "%s", s.d.errors > 0 ? s.d.list.v[0].msg : "");
	ck_assert(sv_is(s.name, "ids"));
	ck_assert_uint_eq(s.c.n, 5);
	ck_assert(s.c.v[2].err.code == ERR_NONE && s.c.v[3].err.code != ERR_NONE &&
	          s.c.v[4].err.code != ERR_NONE);
	ck_assert_str_eq(s.c.v[3].err.hint, "did you mean 'unique'?");
	arena_free(s.a);
}
END_TEST

static const struct {
	const char *file, *kind, *text, *msg;
} bad[] = {
	{"a.yml", "nonsense", "checks: []\n", "unknown kind of suite 'nonsense'"},
	{"a.yml", "gx", "checks: []\n", "this is nothing of Great Expectations"},
	{"a.yml", "weir", "[1]\n", "this is no weir suite"},
	{"a.json", NULL, "{}", "this is no suite that weir knows"},
	{"a.yaml", NULL, "- x\n", "this is no suite that weir knows"},
	{"a.yaml", NULL, "checks: [not_null: a]\nchekcs: []\n", "a suite has no key 'chekcs'"},
	{"a.json", NULL, "{", NULL},
};

START_TEST(what_is_no_suite_is_refused_with_a_reason)
{
	struct suite_file s;

	load(&s, bad[_i].file, bad[_i].kind, bad[_i].text);
	ck_assert_msg(!s.loaded, "took %s", bad[_i].text);
	ck_assert_uint_eq(s.d.errors, 1);
	if (bad[_i].msg != NULL)
		ck_assert_msg(strcmp(s.d.list.v[0].msg, bad[_i].msg) == 0, "%s", s.d.list.v[0].msg);
	ck_assert_uint_eq(s.c.n, 0);
	arena_free(s.a);
}
END_TEST

Suite *
suite_suite(void)
{
	Suite *s = suite_create("suite");
	TCase *t = tcase_create("suite");

	tcase_add_test(t, a_great_expectations_suite_loads_and_mistakes_stay_with_their_checks);
	tcase_add_test(t, a_suite_of_before_one_point_zero_loads_too);
	tcase_add_test(t, a_parameter_may_be_an_expression_of_the_clock);
	tcase_add_test(t, a_check_switched_off_does_not_switch_off_an_equal_one);
	tcase_add_test(t, a_suite_of_weir_loads_and_is_called_as_its_file);
	tcase_add_loop_test(t, what_is_no_suite_is_refused_with_a_reason, 0, LEN(bad));
	suite_add_tcase(s, t);
	return s;
}
