/* The framework of importers: nothing of a document is lost, and each is recognised by one. */
#include <check.h>

#include "import/soda.h"
#include "import/write.h"

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

START_TEST(every_importer_is_documented_and_knows_its_example_alone)
{
	const struct importer *im = importers[_i];
	struct document doc;
	struct imported ret;

	ck_assert(im->name != NULL && im->title != NULL && im->doc != NULL && im->read != NULL);
	ck_assert(im->recognise != NULL || im->recognise_text != NULL);
	ck_assert(importer_find(sv_of(im->name)) == im);
	ck_assert_msg(document_text(a, im->example[0] == '{' ? "x.json" : "x.yml", sv_of(im->example), NULL,
	                            &doc, &d),
	              "%s", im->name);
	ck_assert_msg(doc.importer == im, "%s is taken for %s", im->name,
	              doc.importer != NULL ? doc.importer->name : "nothing");
	ck_assert(import_document(a, &doc, &(struct import_options){.var = NULL}, &ret, &d));
	ck_assert_uint_gt(ret.note.n, 0);
	ck_assert_uint_eq(imported_count(&ret, GRADE_REFUSED), 0);
}
END_TEST

static void
read(struct imported *ret, struct document *doc, const char *file, const char *text)
{
	ck_assert(document_text(a, file, sv_of(text), NULL, doc, &d));
	ck_assert(import_document(a, doc, &(struct import_options){.var = NULL}, ret, &d));
}

static const struct {
	const char *file, *text, *what, *remedy;
	uint32_t line, col;
} missed[] = {
	{"a.json", "{\"expectations\": [], \"nmae\": 1}", "nmae", "did you mean 'name'?", 1, 23},
	{"a.json", "{\"expectations\": [{\"type\": \"x\", \"kwarg\": {}}]}", "x", "did you mean 'kwargs'?", 1,
         29},
	{"a.yml", "checks for a:\n  - row_count > 0:\n      nam: x\n", "row_count > 0",
         "did you mean 'name'?", 2, 5},
	{"a.yml", "checks for a:\n  - row_count > 0:\n    name: x\n", "row_count > 0",
         "indent it, so that it stands below the check", 2, 5},
	{"a.yml", "checks for a: []\nvariabels: {}\n", "variabels", "did you mean 'variables'?", 2, 1},
	{"a.yml", "dataset: a\nchecks: []\nowners: x\n", "owners", "did you mean 'owner'?", 3, 1},
};

START_TEST(what_nobody_looked_at_is_refused_with_what_was_asked_for)
{
	struct imported im;
	struct document doc;
	const struct node *asset;

	read(&im, &doc, missed[_i].file, missed[_i].text);
	ck_assert_uint_eq(im.note.n, 1);
	const struct note *n = &im.note.v[0];
	ck_assert_int_eq(n->grade, GRADE_REFUSED);
	ck_assert_msg(sv_starts(n->what, sv_of(missed[_i].what)), "%.*s", SV_ARG(n->what));
	ck_assert_msg(sv_is(n->remedy, missed[_i].remedy), "%.*s", SV_ARG(n->remedy));
	ck_assert_uint_eq(n->loc.line, missed[_i].line);
	ck_assert_uint_eq(n->loc.col, missed[_i].col);
	/* And something stands for it where checks run. */
	asset = &node_get(im.root, "assets")->kid[0];
	ck_assert(sv_is(node_get(asset, "checks")->kid[0].kid[0].key, "unsupported"));
}
END_TEST

static const struct {
	const char *name;
	bool alone;
	const char *key; /* NULL: none, or two alike */
} named[] = {
	{"raw/orders", false, "orders"},
	{"ORDERS", false, "orders"},
	{"db.public.items", false, "shop.items"},
	{"shop.items", false, "shop.items"},
	{"nothing", true, NULL},
	{"x.twin", false, NULL},
	{"b.twin", false, "b.twin"},
};

START_TEST(an_asset_is_found_by_its_name_or_the_end_of_it)
{
	struct imported im;
	struct document doc;
	const struct sv name = sv_of(named[_i].name);
	const struct node *n;

	read(&im, &doc, "a.yml",
	     "checks for orders: [row_count > 0]\nchecks for shop.items: [row_count > 0]\n"
	     "checks for a.twin: [row_count > 0]\nchecks for b.twin: [row_count > 0]\n");
	n = imported_asset(&im, &name, 1, named[_i].alone);
	ck_assert((n != NULL) == (named[_i].key != NULL));
	ck_assert(n == NULL || sv_is(n->key, named[_i].key));
	read(&im, &doc, "a.yml", "checks for orders: [row_count > 0]\n");
	n = imported_asset(&im, &name, 1, true);
	ck_assert(n != NULL && sv_is(n->key, "orders"));
}
END_TEST

static const struct {
	const char *text, *bad; /* NULL: no condition; bad: the threshold of what it says is good */
	bool zero;
} conds[] = {
	{"= 0", "!= 0", true},
	{"<= 0", "> 0", true},
	{"< 1", ">= 1", true},
	{"< 1%", ">= 1%", false},
	{"> 5 %", "<= 5%", false},
	{"!= 3", "= 3", false},
	{"<> 3", "= 3", false},
	{">= -2.5", "< -2.5", false},
	{"between 1 and 9", "not between 1 and 9", false},
	{"between (1 and 9]", "not between (1 and 9", false},
	{"not between [1 and 9)", "between 1 and 9)", false},
	{"between 1% and 9%", "not between 1% and 9%", false},
	{"< 1d6h", ">= 1d6h", false},
	{"between", NULL, false},
	{"between 1", NULL, false},
	{"between 1 and", NULL, false},
	{"between 1 and 2h", NULL, false},
	{"not > 5", NULL, false},
	{"> five", NULL, false},
	{"> 5 rows", NULL, false},
	{"5", NULL, false},
	{"", NULL, false},
};

START_TEST(a_condition_of_soda_is_turned_into_a_threshold)
{
	struct soda_cond c;
	const bool ok = soda_cond_parse(sv_of(conds[_i].text), &c);

	ck_assert_msg(ok == (conds[_i].bad != NULL), "'%s'", conds[_i].text);
	if (!ok)
		return;
	const struct sv bad = soda_threshold(a, &c, true);
	ck_assert_msg(sv_is(bad, conds[_i].bad), "'%s': %.*s", conds[_i].text, SV_ARG(bad));
	ck_assert(soda_is_zero(&c) == conds[_i].zero);
}
END_TEST

static const char *const flows[] = {
	"{a: [1, 2.5, x y, \"yes\"], \"b c\": {}, d: [], e: null, f: true, g: \"a: b # c\"}",
	"[\"2024-01-01\", \"${X}\", \"it's\", \"\\\"\", \"a\\nb\", \"\"]",
};

START_TEST(a_tree_on_one_line_reads_back_as_the_same_tree)
{
	AUTO(buf) once = buf_new(1 << 16);
	AUTO(buf) twice = buf_new(1 << 16);

	node_flow(node_parse_yaml(a, "x", sv_of(flows[_i]), &d), once);
	/* ${ is written as $${, so that a catalog reads it back; nothing undoes that here. */
	if (_i == 0) {
		node_flow(node_parse_yaml(a, "x", buf_sv(once), &d), twice);
		ck_assert_str_eq(buf_str(once), buf_str(twice));
	} else {
		ck_assert_ptr_nonnull(strstr(buf_str(once), "\"$${X}\""));
	}
	ck_assert_uint_eq(d.errors, 0);
}
END_TEST

START_TEST(a_key_of_a_map_is_put_once)
{
	struct node map = node_of_map(NOWHERE);

	for (int64_t i = 0; i < 100; i++) {
		const struct node n = node_of_int(a, i, NOWHERE);

		node_put(a, &map, arena_svf(a, "k%d", (int)(i % 40)), &n);
	}
	ck_assert_uint_eq(map.n, 40);
	ck_assert(node_get(&map, "k0")->i == 80 && node_get(&map, "k39")->i == 79);
}
END_TEST

Suite *suite_import(void);

Suite *
suite_import(void)
{
	Suite *s = suite_create("import");
	TCase *t = tcase_create("import");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_importer_is_documented_and_knows_its_example_alone, 0,
	                    (int)importer_count);
	tcase_add_loop_test(t, what_nobody_looked_at_is_refused_with_what_was_asked_for, 0, LEN(missed));
	tcase_add_loop_test(t, an_asset_is_found_by_its_name_or_the_end_of_it, 0, LEN(named));
	tcase_add_loop_test(t, a_condition_of_soda_is_turned_into_a_threshold, 0, LEN(conds));
	tcase_add_loop_test(t, a_tree_on_one_line_reads_back_as_the_same_tree, 0, LEN(flows));
	tcase_add_test(t, a_key_of_a_map_is_put_once);
	suite_add_tcase(s, t);
	return s;
}
