/* The registry: sorted, documented, named once, and every example is a check that loads. */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "expect_util.h"

START_TEST(the_table_is_sorted_by_name)
{
	for (size_t i = 1; i < expectation_count; i++)
		ck_assert_msg(strcmp(expectations[i - 1]->name, expectations[i]->name) < 0, "%s",
		              expectations[i]->name);
	for (size_t i = 1; i < expectations_absent_count; i++)
		ck_assert_msg(strcmp(expectations_absent[i - 1].name, expectations_absent[i].name) < 0, "%s",
		              expectations_absent[i].name);
}
END_TEST

START_TEST(every_spelling_means_one_expectation)
{
	AUTO(arena) a = arena_new();
	size_t n;
	const char *const *name = expectation_names(a, &n);

	ck_assert_uint_gt(n, 2 * expectation_count);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(strcmp(name[i], name[j]) != 0, "%s is a name of two", name[i]);
	for (size_t i = 0; i < expectations_absent_count; i++)
		ck_assert_msg(expectation_find(sv_of(expectations_absent[i].name)) == NULL, "%s is built",
		              expectations_absent[i].name);
	ck_assert_ptr_null(expectation_find(SV("not_nul")));
	ck_assert_ptr_null(expectation_find(SV("")));
}
END_TEST

START_TEST(every_expectation_is_documented_and_complete)
{
	const struct expectation *e = expectations[_i];
	bool map = e->family < FAMILY_AGGREGATE;

	ck_assert_ptr_nonnull(e->shorthand);
	ck_assert(e->summary != NULL && strlen(e->summary) > 10 && e->summary[strlen(e->summary) - 1] == '.');
	ck_assert_ptr_nonnull(e->example);
	ck_assert((e->unexpected != NULL) != (e->bind != NULL));
	ck_assert(map ? e->broken != NULL
	              : (e->judge != NULL) + (e->compose != NULL) + (e->compare != NULL) == 1);
	ck_assert(map || e->no_threshold || e->noun != NULL);
	ck_assert(e->on_nothing == NULL || e->on_nothing[strlen(e->on_nothing) - 1] == '.');
	/* What bears a name of Great Expectations' is called so there. */
	if (e->peers.gx != NULL && strncmp(e->peers.gx, "`expect_", 8) == 0)
		ck_assert_msg(strstr(e->peers.gx, e->name) != NULL ||
		                      e->peers.gx[strlen(e->peers.gx) - 1] != '`',
		              "%s is not %s", e->name, e->peers.gx);
	ck_assert_int_lt(e->shorthand_param, (int)e->nparams + (e->nparams == 0));
	for (uint32_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		ck_assert_msg(p->doc != NULL && strlen(p->doc) > 3, "%s.%s", e->name, p->name);
		for (uint32_t j = 0; j < i; j++)
			ck_assert_str_ne(p->name, e->params[j].name);
		/* An asset may have names for its own past. */
		ck_assert(p->kind == PARAM_ASSET ||
		          (p->kind == PARAM_ENUM || p->kind == PARAM_FILE) == (p->names != NULL));
	}
}
END_TEST

START_TEST(every_example_loads)
{
	const struct expectation *e = expectations[_i];
	struct fixture f;
	char yaml[512];

	snprintf(yaml, sizeof(yaml), "allow_empty: 1\nallow_sql: 1\nchecks:\n  - %s\n", e->example);
	for (uint32_t i = 0; i < e->nparams; i++)
		if (e->params[i].kind == PARAM_ASSET || e->params[i].is_source)
			return; /* names what the catalog has: in test_check_load */
	fixture_open(&f, yaml);
	ck_assert_msg(f.loaded, "%s: %s", e->name, f.d.errors > 0 ? f.d.list.v[0].msg : "");
	ck_assert_uint_ge(f.checks.n, 1);
	ck_assert_ptr_eq(f.checks.v[0].expectation, e);
	ck_assert_uint_gt(f.checks.v[0].kwargs.n, 1);
	fixture_close(&f);
}
END_TEST

START_TEST(explain_tells_names_arguments_and_an_example)
{
	const struct expectation *e = expectations[_i];
	struct buf b;

	buf_init(&b, 1 << 16);
	ck_assert(expectation_explain(sv_of(e->shorthand), &b));
	ck_assert_ptr_nonnull(strstr(buf_str(&b), e->name));
	ck_assert_ptr_nonnull(strstr(buf_str(&b), e->example));
	for (uint32_t i = 0; i < e->nparams; i++)
		ck_assert_ptr_nonnull(strstr(buf_str(&b), e->params[i].doc));
	ck_assert(!expectation_explain(SV("nothing"), &b));
	buf_fini(&b);
}
END_TEST

START_TEST(the_reference_and_the_schema_name_every_expectation)
{
	struct buf md, schema;
	struct json_writer w;

	buf_init(&md, 1 << 20);
	buf_init(&schema, 1 << 20);
	expectations_markdown(&md);
	json_write_init(&w, &schema, 2);
	checks_schema(&w);
	for (size_t i = 0; i < expectation_count; i++) {
		ck_assert_ptr_nonnull(strstr(buf_str(&md), expectations[i]->name));
		ck_assert_ptr_nonnull(strstr(buf_str(&schema), expectations[i]->name));
	}

	struct json_scanner s;
	enum json_event e;
	json_scan_init(&s, buf_sv(&schema));
	while ((e = json_next(&s)) != JSON_END)
		ck_assert_msg(e != JSON_ERROR, "%s", s.msg);
	buf_fini(&md);
	buf_fini(&schema);
}
END_TEST

START_TEST(the_reference_page_is_what_the_table_says)
{
	AUTO(arena) a = arena_new();
	const char *srcdir = getenv("srcdir");
	struct sv page;
	struct err err = {0};
	struct buf md;

	if (srcdir == NULL)
		return; /* run by hand, outside of make */
	buf_init(&md, 1 << 20);
	expectations_markdown(&md);
	ck_assert_msg(
		fs_read(a, fs_join(a, srcdir, SV("docs/reference/expectations.md")), 1 << 20, &page, &err),
		"%s", err.msg);
	ck_assert_msg(sv_eq(page, buf_sv(&md)), "docs/reference/expectations.md is not what the table says");
	buf_fini(&md);
}
END_TEST

START_TEST(the_worse_of_two_outcomes_is_error_before_fail_before_warn)
{
	ck_assert_int_eq(outcome_worse(OUTCOME_PASS, OUTCOME_WARN), OUTCOME_WARN);
	ck_assert_int_eq(outcome_worse(OUTCOME_FAIL, OUTCOME_WARN), OUTCOME_FAIL);
	ck_assert_int_eq(outcome_worse(OUTCOME_FAIL, OUTCOME_ERROR), OUTCOME_ERROR);
	ck_assert_int_eq(outcome_worse(OUTCOME_SKIPPED, OUTCOME_PASS), OUTCOME_PASS);
}
END_TEST

Suite *
suite_expect(void)
{
	Suite *s = suite_create("expect");
	TCase *t = tcase_create("registry");

	tcase_add_test(t, the_table_is_sorted_by_name);
	tcase_add_test(t, every_spelling_means_one_expectation);
	tcase_add_loop_test(t, every_expectation_is_documented_and_complete, 0, (int)expectation_count);
	tcase_add_loop_test(t, every_example_loads, 0, (int)expectation_count);
	tcase_add_loop_test(t, explain_tells_names_arguments_and_an_example, 0, (int)expectation_count);
	tcase_add_test(t, the_reference_and_the_schema_name_every_expectation);
	tcase_add_test(t, the_reference_page_is_what_the_table_says);
	tcase_add_test(t, the_worse_of_two_outcomes_is_error_before_fail_before_warn);
	suite_add_tcase(s, t);
	return s;
}
