/* Words of small languages, Spark's conditions, and what of Scala and Python is a constant. */
#include <check.h>

#include "import/dqdl.h"
#include "import/spark.h"

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

static struct words
cut(const char *text, const struct word_rules *r)
{
	const struct word_source s = {.text = sv_of(text), .start = {.file = "x", .line = 1, .col = 1}};
	struct words w;

	ck_assert(words_cut(a, &s, r, &w));
	return w;
}

static const struct {
	const char *text;
	bool code;
	enum word_kind kind; /* of the first word */
	const char *word;
	bool broken, loose;
	size_t n;
} words[] = {
	{"a.b >= 1.5", false, WORD_NAME, "a.b", false, false, 3},
	{"a.b >= 1.5", true, WORD_NAME, "a", false, false, 5},
	{"# x\n -- y\n  10days", false, WORD_NUMBER, "10", false, false, 2},
	{"// x\n/* y */ 1.5e3d", true, WORD_NUMBER, "1.5e3", false, false, 1},
	{"1.toDouble", true, WORD_NUMBER, "1", false, false, 3},
	{"\"a\\\"b\\\\d\\d\"", false, WORD_TEXT, "a\"b\\d\\d", false, true, 1},
	{"'it\\'s' x", true, WORD_TEXT, "it's", false, false, 2},
	{"'it'", false, WORD_SIGN, "'", false, false, 3},
	{"r\"\\d+\"", true, WORD_TEXT, "\\d+", false, false, 1},
	{"\"\"\"a\"b\\d\"\"\".r", true, WORD_TEXT, "a\"b\\d", false, false, 3},
	{"f\"{x}\"", true, WORD_TEXT, "{x}", true, false, 1},
	{"s\"$x\"", true, WORD_TEXT, "$x", true, false, 1},
	{"\"never", false, WORD_TEXT, "never", true, false, 1},
	{"\"line\nnext\"", true, WORD_TEXT, "line", true, false, 3},
	{"\"line\nnext\"", false, WORD_TEXT, "line\nnext", false, false, 1},
	{"\xEF\xBB\xBFRules", false, WORD_NAME, "Rules", false, false, 1},
	{"", false, WORD_END, "", false, false, 0},
	{"/* never", true, WORD_END, "", false, false, 0},
};

START_TEST(a_text_is_cut_into_words)
{
	const struct words w = cut(words[_i].text, words[_i].code ? &deequ_words : &dqdl_words);

	ck_assert_uint_eq(w.n, words[_i].n);
	ck_assert_int_eq(w.v[0].kind, words[_i].kind);
	ck_assert_msg(sv_is(w.v[0].text, words[_i].word), "'%.*s'", SV_ARG(w.v[0].text));
	ck_assert_int_eq(w.v[0].broken, words[_i].broken);
	ck_assert_int_eq(w.v[0].loose, words[_i].loose);
	ck_assert_int_eq(w.v[w.n].kind, WORD_END);
}
END_TEST

START_TEST(a_word_knows_its_place_in_files_blocks_and_on_one_line)
{
	struct word_source s = {.text = SV("a\n  b"), .start = {.file = "x", .line = 3, .col = 7}};
	struct words w;

	ck_assert(words_cut(a, &s, &dqdl_words, &w));
	ck_assert(w.v[0].loc.line == 3 && w.v[0].loc.col == 7 && w.v[1].loc.line == 4 && w.v[1].loc.col == 3);
	s.scalar = true;
	ck_assert(words_cut(a, &s, &dqdl_words, &w));
	ck_assert(w.v[1].loc.line == 4 && w.v[1].loc.col == 9);
	s.line = true;
	ck_assert(words_cut(a, &s, &dqdl_words, &w));
	ck_assert(w.v[1].loc.line == 3 && w.v[1].loc.col == 11);
}
END_TEST

static const struct {
	const char *sql, *expr; /* NULL: it is none */
} conditions[] = {
	{"a > 1", "a > 1"},
	{"a = \"it's\"", "a = 'it''s'"},
	{"a = 'b\\'c\\\\d'", "a = 'b''c\\d'"},
	{"`order id` <=> 5", "`order id`  IS NOT DISTINCT FROM  5"},
	{"a RLIKE '^\\\\d+$'", "a ~ '^\\d+$'"},
	{"a NOT RLIKE 'x' && !b", "a !~ 'x'  AND   NOT b"},
	{"annot rlike 'x'", "annot ~ 'x'"},
	{"a != 1 AND b LIKE 'x\\%%'", "a != 1 AND b LIKE 'x\\%%'"},
	{"a = 'never", NULL},
	{"`never", NULL},
	{"a >", NULL},
	{"", NULL},
	{"a IN (SELECT 1)", NULL},
};

START_TEST(a_condition_of_spark_is_an_expression_or_refused)
{
	struct sv ret = SV("kept"), why = {0};
	const bool ok = spark_expr(a, sv_of(conditions[_i].sql), &ret, &why);

	ck_assert_msg(ok == (conditions[_i].expr != NULL), "%s", conditions[_i].sql);
	ck_assert_msg(sv_is(ret, ok ? conditions[_i].expr : "kept"), "'%.*s'", SV_ARG(ret));
	ck_assert(ok || why.n > 0);
}
END_TEST

static const struct {
	const char *text;
	const char *bad; /* the threshold of what it does not say is fine; NULL: no assertion */
} functions[] = {
	{"_ >= 3", "< 3"},
	{"_ == -1.5", "!= -1.5"},
	{"3 <= _", "< 3"},
	{"x => x > 1 && x <= 9", "not between (1 and 9"},
	{"(x: Double) => x < 9 && 1 <= x", "not between 1 and 9)"},
	{"(x) => (x > 1) && (x < 9)", "not between (1 and 9)"},
	{"{ n => n > 1 }", "<= 1"},
	{"lambda x: 0.9 <= x < 1", "not between 0.9 and 1)"},
	{"lambda x: x >= 0.9 and x <= 1", "not between 0.9 and 1"},
	{"lambda x: x < 1 or x > 9", "between 1 and 9"},
	{"x => x <= 1 || x >= 9", "between (1 and 9)"},
	{"x => x > 1 && x > 2", NULL},
	{"x => x > 1 && x < 5 && x != 3", NULL},
	{"x => x > 1 || x < 5 && x > 3", NULL},
	{"x => y > 1", NULL},
	{"x => math.abs(x) > 1", NULL},
	{"_ > limit", NULL},
	{"_ > 1 + 2", NULL},
	{"_.isNaN", NULL},
	{"x =>", NULL},
	{"lambda x:", NULL},
	{"x => x > 1 && ", NULL},
};

START_TEST(a_function_that_compares_its_number_is_an_assertion)
{
	const struct words w = cut(arena_printf(a, "%s, next)", functions[_i].text), &deequ_words);
	size_t i = 0;
	const struct deequ_arg arg = deequ_arg_read(a, &w, &i);

	ck_assert_msg((arg.kind == DEEQU_ASSERTION) == (functions[_i].bad != NULL), "%s", functions[_i].text);
	ck_assert_msg(word_is(&w.v[i], ","), "%s", functions[_i].text);
	if (arg.kind == DEEQU_ASSERTION) {
		const struct sv bad = soda_threshold(a, &arg.good, true);

		ck_assert_msg(sv_is(bad, functions[_i].bad), "%s: '%.*s'", functions[_i].text, SV_ARG(bad));
	} else {
		ck_assert(arg.kind != DEEQU_OTHER || arg.why != NULL);
	}
}
END_TEST

static const struct {
	const char *text;
	enum deequ_arg_kind kind;
	const char *value;
	size_t n;
} constants[] = {
	{"\"a\"", DEEQU_TEXT, "a", 0},
	{"\"a\" + \"b\"", DEEQU_TEXT, "ab", 0},
	{"\"[a-z]+\".r", DEEQU_TEXT, "[a-z]+", 0},
	{"Some(\"a\")", DEEQU_TEXT, "a", 0},
	{"None", DEEQU_NONE, "", 0},
	{"-1.5d", DEEQU_NUMBER, "-1.5", 0},
	{"false", DEEQU_BOOL, "false", 0},
	{"Seq(\"a\", \"b\")", DEEQU_LIST, "", 2},
	{"[\"a\", 2, ]", DEEQU_LIST, "", 2},
	{"(\"a\", \"b\")", DEEQU_LIST, "", 2},
	{"Array()", DEEQU_LIST, "", 0},
	{"ConstrainableDataTypes.Integral", DEEQU_NAME, "Integral", 0},
	{"hint = Some(\"a\")", DEEQU_TEXT, "a", 0},
	{"allowed(1)", DEEQU_OTHER, "allowed(1)", 0},
	{"Seq(a, f(1))", DEEQU_OTHER, "Seq(a, f(1))", 0},
	{"s\"$x\"", DEEQU_OTHER, "s\"$x\"", 0},
	{"\"a\".trim", DEEQU_OTHER, "\"a\".trim", 0},
	{"1 + 2", DEEQU_OTHER, "1 + 2", 0},
	{"*columns", DEEQU_OTHER, "*columns", 0},
};

START_TEST(an_argument_is_a_constant_or_told_as_it_is_written)
{
	const struct words w = cut(arena_printf(a, "%s)", constants[_i].text), &deequ_words);
	size_t i = 0;
	const struct deequ_arg arg = deequ_arg_read(a, &w, &i);

	ck_assert_msg(arg.kind == constants[_i].kind, "%s: %d", constants[_i].text, (int)arg.kind);
	ck_assert_msg(sv_is(arg.text, constants[_i].value), "'%.*s'", SV_ARG(arg.text));
	ck_assert_uint_eq(arg.n, constants[_i].n);
	ck_assert_msg(word_is(&w.v[i], ")") && i == w.n - 1, "%s", constants[_i].text);
}
END_TEST

static const struct {
	const char *file, *text, *importer; /* NULL: nothing that can be imported, or no YAML */
} documents[] = {
	{"a.dqdl", "# x\nRules = [\n", "dqdl"},
	{"a.dqdl", "q = \"select 1\"\nRules = [ RowCount > 0 ]", "dqdl"},
	{"a.toml", "name = \"x\"\n", NULL},
	{"a.yml", "Rules: [a]\n", NULL},
	{"a.yml", "Ruleset: Rules = [ RowCount > 0 ]\n", "dqdl"},
	{"a.yml", "checks for a: [row_count > 0] # Rules = [\n", "sodacl"},
	{"a.scala", "Check(CheckLevel.Error, \"x\").isComplete(\"a\")", "deequ"},
	{"a.scala", " .isComplete(\"a\")", "deequ"},
	{"a.scala", ".gitignore(x)", NULL},
	{"a.json", "[{\"resultKey\": {}, \"analyzerContext\": {}}]", "deequ"},
	{"a.json", "{\"constraint_suggestions\": []}", "deequ"},
	{"a.json", "{\"a\": \"Check(CheckLevel.Error\"}", NULL},
};

START_TEST(a_document_is_known_by_what_it_begins_with)
{
	struct document doc = {.importer = NULL};
	struct diags d;
	const char *name;

	diags_init(&d, a);
	if (!document_text(a, documents[_i].file, sv_of(documents[_i].text), NULL, &doc, &d))
		doc.importer = NULL;
	name = doc.importer != NULL ? doc.importer->name : NULL;
	ck_assert_msg(documents[_i].importer == NULL
	                      ? name == NULL
	                      : name != NULL && strcmp(name, documents[_i].importer) == 0,
	              "%s: %s", documents[_i].text, name != NULL ? name : "nothing");
}
END_TEST

Suite *suite_import_words(void);

Suite *
suite_import_words(void)
{
	Suite *s = suite_create("import_words");
	TCase *tc = tcase_create("words");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_text_is_cut_into_words, 0, (int)LEN(words));
	tcase_add_test(tc, a_word_knows_its_place_in_files_blocks_and_on_one_line);
	tcase_add_loop_test(tc, a_condition_of_spark_is_an_expression_or_refused, 0, (int)LEN(conditions));
	tcase_add_loop_test(tc, a_function_that_compares_its_number_is_an_assertion, 0, (int)LEN(functions));
	tcase_add_loop_test(tc, an_argument_is_a_constant_or_told_as_it_is_written, 0, (int)LEN(constants));
	tcase_add_loop_test(tc, a_document_is_known_by_what_it_begins_with, 0, (int)LEN(documents));
	suite_add_tcase(s, tc);
	return s;
}
