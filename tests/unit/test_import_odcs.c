/* Data contracts: what each thing in them becomes, how well, and why. */
#include <check.h>

#include "import/import.h"

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

#define HEAD "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"

static void
read(const char *text, struct imported *ret)
{
	struct document doc;

	ck_assert_msg(document_text(a, "c.yaml", sv_of(text), NULL, &doc, &d), "%s", text);
	ck_assert(import_document(a, &doc, &(struct import_options){.var = NULL}, ret, &d));
}

/* The note whose text begins so; the only one with it. */
static const struct note *
note_of(const struct imported *im, const char *what)
{
	const struct note *ret = NULL;

	for (size_t i = 0; i < im->note.n; i++)
		if (sv_starts(im->note.v[i].what, sv_of(what))) {
			ck_assert_msg(ret == NULL, "two notes of '%s'", what);
			ret = &im->note.v[i];
		}
	ck_assert_msg(ret != NULL, "no note of '%s'", what);
	return ret;
}

static bool
says(struct sv text, const char *part)
{
	return part[0] == '\0' || memmem(text.p, text.n, part, strlen(part)) != NULL;
}

struct becomes {
	const char *text; /* in YAML's braces */
	enum grade grade;
	const char *said; /* of what it became, or of why it is refused */
};

static void
expect(const struct note *n, const struct becomes *b)
{
	ck_assert_msg(n->grade == b->grade, "%s: %s: %.*s", b->text, grade_names[n->grade], SV_ARG(n->why));
	ck_assert_msg(says(n->grade == GRADE_REFUSED || n->became.n == 0 ? n->why : n->became, b->said),
	              "%s: %.*s; %.*s", b->text, SV_ARG(n->became), SV_ARG(n->why));
}

/* Below a column `c` of the table `t`: a type, options. */
static const struct becomes properties[] = {
	{"logicalType: integer", GRADE_EXACT, "columns: {c: integer}"},
	{"logicalType: timestamp, logicalTypeOptions: {timezone: true}", GRADE_EXACT,
         "columns: {c: timestamptz}"},
	/* Before 3.1 times were dates. */
	{"logicalType: date, physicalType: TIMESTAMP_NTZ", GRADE_APPROXIMATED, "columns: {c: timestamp}"},
	{"logicalType: date, physicalType: 'timestamp with time zone'", GRADE_APPROXIMATED,
         "columns: {c: timestamptz}"},
	{"logicalType: date, physicalType: VARCHAR", GRADE_APPROXIMATED, "columns: {c: date}"},
	{"logicalType: number, physicalType: 'decimal(12,3)'", GRADE_APPROXIMATED,
         "columns: {c: decimal(12,3)}"},
	{"logicalType: string, physicalType: varchar(20)", GRADE_APPROXIMATED, "columns: {c: string}"},
	{"logicalType: string, physicalType: string", GRADE_EXACT, "columns: {c: string}"},
	{"physicalType: BIGINT", GRADE_EXACT, "columns: {c: integer}"},
	{"physicalType: GEOGRAPHY", GRADE_REFUSED, "the type 'GEOGRAPHY' is not known"},
	{"logicalType: time", GRADE_REFUSED, "no type for times of day"},
	{"logicalType: integr", GRADE_REFUSED, "no logicalType 'integr'"},
	{"logicalTypeOptions: {minimum: 1, maximum: 9}", GRADE_EXACT, "between: {column: c, min: 1, max: 9}"},
	{"logicalTypeOptions: {exclusiveMinimum: 1}", GRADE_EXACT,
         "between: {column: c, min: 1, strict_min: true}"},
	{"logicalTypeOptions: {maximum: 9, exclusiveMaximum: true}", GRADE_EXACT,
         "between: {column: c, max: 9, strict_max: true}"},
	{"logicalTypeOptions: {minimum: [1]}", GRADE_REFUSED, "is no bound"},
	{"logicalTypeOptions: {minLength: 2}", GRADE_EXACT, "length_between: {column: c, min: 2}"},
	{"logicalTypeOptions: {pattern: 'a|b'}", GRADE_EXACT, "match_regex: {column: c, regex: \"a|b\"}"},
	{"logicalTypeOptions: {format: uuid}", GRADE_APPROXIMATED, "valid_format: {column: c, format: uuid}"},
	{"logicalTypeOptions: {format: uri}", GRADE_APPROXIMATED, "match_regex"},
	{"logicalTypeOptions: {format: password}", GRADE_REFUSED, "of the format 'password'"},
	{"logicalTypeOptions: {multipleOf: 0}", GRADE_REFUSED, "no number above 0"},
	{"logicalTypeOptions: {maxLenght: 3}", GRADE_REFUSED, "no option 'maxLenght'"},
	{"enum: [{value: 1}, {value: 2}]", GRADE_EXACT, "in_set: {column: c, values: [1, 2]}"},
	{"enum: []", GRADE_REFUSED, "it has no values"},
	{"enum: [{label: x}]", GRADE_REFUSED, "is no value"},
	{"required: true", GRADE_EXACT, "not_null: c"},
	{"unique: true", GRADE_EXACT, "unique: c"},
	{"required: 'true'", GRADE_REFUSED, "neither true nor false"},
	{"reqired: true", GRADE_REFUSED, "not known here"},
	{"relationships: [{to: u.k}]", GRADE_EXACT, "relationships: {column: c, to: u, field: key}"},
	{"relationships: [{to: schema/u_id/properties/k_id}]", GRADE_EXACT, "to: u, field: key"},
	{"relationships: [{to: other.x}]", GRADE_EXACT, "to: other, field: x"},
	{"relationships: [{to: 'https://x.org/c.yaml#other.x'}]", GRADE_EXACT, "to: other, field: x"},
	{"relationships: [{to: 'c.yaml#/schema/a/properties/b'}]", GRADE_REFUSED, "ids of another contract"},
	{"relationships: [{to: schema/u_id/properties/zz}]", GRADE_REFUSED, "has no column 'zz'"},
	{"relationships: [{to: schema/zz/properties/k_id}]", GRADE_REFUSED, "no table 'zz'"},
	{"relationships: [{to: [u.k, u.l]}]", GRADE_REFUSED, "1 column cannot be looked up in 2"},
	{"relationships: [{from: t.c, to: u.k}]", GRADE_REFUSED, "that column is where it comes from"},
	{"relationships: [{to: u.k, type: mention}]", GRADE_REFUSED, "of type 'mention'"},
	{"semanticType: measure", GRADE_EXACT, "a measure is no column"},
};

START_TEST(a_column_becomes_what_its_keys_say)
{
	const struct becomes *b = &properties[_i];
	struct imported im;

	read(arena_printf(
		     a,
		     HEAD
		     "schema:\n  - name: t\n    properties: [{name: c, %s}]\n"
		     "  - name: u\n    id: u_id\n    properties: [{name: k, id: k_id, physicalName: key}, {name: l}]\n",
		     b->text),
	     &im);
	for (size_t i = 0; i < im.note.n; i++)
		if (sv_starts(im.note.v[i].what, SV("c: ")) || sv_is(im.note.v[i].what, "c")) {
			expect(&im.note.v[i], b);
			return;
		}
	ck_abort_msg("%s: nothing was told", b->text);
}
END_TEST

/* Of Java's letters, what strptime takes. */
static const struct becomes formats[] = {
	{"dd.MM.yyyy", GRADE_AMBIGUOUS, "\"%d.%m.%Y\""},
	{"dd/MMM/yy", GRADE_AMBIGUOUS, "\"%d/%b/%y\""},
	{"yyyyMMdd", GRADE_AMBIGUOUS, "\"%Y%m%d\""},
	{"dd.MM.yyyy HH''h'' mm", GRADE_AMBIGUOUS, "\"%d.%m.%Y %Hh %M\""},
	{"hh:mm a", GRADE_AMBIGUOUS, "\"%I:%M %p\""},
	{"yyyy-MM-dd", GRADE_EXACT, ""},
	{"yyyy-MM-ddTHH:mm:ssZ", GRADE_EXACT, ""},
	{"QQ yyyy", GRADE_REFUSED, "'QQ yyyy' is nothing that strptime knows"},
	{"dd.MM.GGGG", GRADE_REFUSED, "'GGGG' is nothing"},
};

START_TEST(a_format_of_javas_dates_becomes_one_of_strptimes)
{
	struct imported im;

	read(arena_printf(
		     a,
		     HEAD
		     "schema: [{name: t, properties: [{name: c, logicalType: date, logicalTypeOptions: {format: '%s'}}]}]\n",
		     formats[_i].text),
	     &im);
	expect(note_of(&im, "c: format"), &formats[_i]);
}
END_TEST

static const struct becomes levels[] = {
	{"property: latency, value: 4, unit: d, element: t.at", GRADE_EXACT,
         "freshness: {max_age: \"4d\"}, updated: {from: column, column: loaded_at}"},
	{"property: ly, value: 90, unit: min, element: at", GRADE_EXACT, "max_age: \"90m\""},
	{"property: freshness, value: 1.5, unit: h, element: t.at", GRADE_EXACT, "max_age: \"90m\""},
	{"property: Freshness, value: P1DT6H, element: schema/t/properties/at", GRADE_EXACT,
         "max_age: \"30h\""},
	{"property: latency, value: P2W, element: t.at", GRADE_EXACT, "max_age: \"2w\""},
	{"property: latency, value: 36h, element: t.at", GRADE_EXACT, "max_age: \"36h\""},
	{"property: latency, value: 1, unit: month, element: t.at", GRADE_APPROXIMATED, "max_age: \"30d\""},
	{"property: latency, value: P1M, element: t.at", GRADE_APPROXIMATED, "max_age: \"30d\""},
	{"property: latency, value: PT1M, element: t.at", GRADE_EXACT, "max_age: \"1m\""},
	{"property: latency, value: 5, unit: m, element: t.at", GRADE_AMBIGUOUS, "max_age: \"5m\""},
	{"property: latency, value: 5, element: t.at", GRADE_AMBIGUOUS, "max_age: \"5d\""},
	{"property: latency, value: 5, unit: d", GRADE_AMBIGUOUS, "freshness: {max_age: \"5d\"}"},
	{"property: latency, value: 30, unit: s, element: t.at", GRADE_REFUSED, "so short a time"},
	{"property: latency, value: -1, unit: d, element: t.at", GRADE_REFUSED, "no length of time"},
	{"property: latency, value: soon, element: t.at", GRADE_REFUSED, "no length of time"},
	{"property: latency, value: P, element: t.at", GRADE_REFUSED, "no length of time"},
	{"property: latency, value: 1e30, unit: y, element: t.at", GRADE_REFUSED, "no length of time"},
	{"property: latency, unit: d, element: t.at", GRADE_REFUSED, "it has no value"},
	{"property: latency, value: 1, unit: d, element: t.zz", GRADE_REFUSED, "has no column 'zz'"},
	{"property: frequency, value: 1, unit: h, element: t", GRADE_EXACT, "freshness: {max_age: \"1h\"}"},
	{"property: fy, value: 4, unit: h, element: t", GRADE_AMBIGUOUS, "max_age: \"4h\""},
	{"property: timeOfAvailability, value: '09:00-08:00', element: t", GRADE_EXACT,
         "cron: \"0 17 * * *\", timezone: UTC"},
	{"property: timeOfAvailability, value: '01:15+05:30', element: t", GRADE_EXACT,
         "cron: \"45 19 * * *\""},
	{"property: timeOfAvailability, value: '23:30-0100', element: t", GRADE_EXACT,
         "cron: \"30 0 * * *\""},
	{"property: timeOfAvailability, value: '07:05', element: t", GRADE_EXACT,
         "freshness: {cron: \"5 7 * * *\"}"},
	{"property: timeOfAvailability, value: '25:00', element: t", GRADE_REFUSED, "no time of day"},
	{"property: timeOfAvailability, value: '9 am', element: t", GRADE_REFUSED, "no time of day"},
	{"property: timeOfAvailability, value: '09:00+99:00', element: t", GRADE_REFUSED, "no time of day"},
	{"property: endOfLife, value: '2030-01-01'", GRADE_EXACT, "a date for people"},
	{"property: retention, value: 3, unit: y, element: t.at", GRADE_REFUSED, "kept so long, or gone"},
	{"property: th, value: 3, unit: y", GRADE_REFUSED, "not at the service"},
	{"property: frequncy, value: 1, unit: d", GRADE_REFUSED, "'frequncy'"},
};

START_TEST(a_service_level_becomes_a_policy_or_is_told)
{
	struct imported im;

	read(arena_printf(
		     a,
		     HEAD
		     "schema: [{name: t, properties: [{name: at, physicalName: loaded_at}]}]\nslaProperties: [{%s}]\n",
		     levels[_i].text),
	     &im);
	expect(note_of(&im, "property: "), &levels[_i]);
}
END_TEST

START_TEST(of_several_service_levels_none_is_lost)
{
	struct imported im;
	const struct node *asset, *fresh;

	read(HEAD "schema: [{name: t, properties: [{name: at}, {name: day}]}]\nslaProperties:\n"
	          "  - {property: latency, value: 2, unit: h, element: 't.at, t.day'}\n"
	          "  - {property: frequency, value: 1, unit: d, element: t}\n"
	          "  - {property: timeOfAvailability, value: '09:00Z', element: t}\n"
	          "  - {property: timeOfAvailability, value: '07:00Z', element: t}\n",
	     &im);
	asset = &node_get(im.root, "assets")->kid[0];
	fresh = node_get(asset, "freshness");
	ck_assert(fresh->n == 2 && sv_is(node_get(fresh, "cron")->text, "0 7 * * *"));
	ck_assert_uint_eq(imported_count(&im, GRADE_REFUSED), 0);
	/* Both columns are looked at when checks run, beside the columns themselves. */
	ck_assert_uint_eq(node_get(asset, "checks")->n, 3);
	ck_assert(sv_is(node_get(asset, "checks")->kid[1].kid[0].key, "recent"));
	ck_assert(sv_is(node_get(asset, "checks")->kid[2].kid[0].key, "recent"));
}
END_TEST

/* Of what is refused, a check that is an error stays, unless no data could ever meet it or fail it. */
static const struct {
	const char *text;
	size_t errors;
} refused[] = {
	{"schema: [{name: t, properties: [{name: c, logicalTypeOptions: {format: emial}}]}]", 1},
	{"schema: [{name: t, properties: [{name: c, logicalTypeOptions: {format: password}}]}]", 0},
	{"schema: [{name: t, properties: [{name: c, logicalTypeOptions: {format: Byte}}]}]", 0},
	{"schema: [{name: t, properties: [{name: c}]}]\nslaProperties:\n"
         "  - {property: frequency, value: 1x, unit: d, element: t}\n  - {property: latency, value: 4, unit: h}",
         2},
	{"schema: [{name: t, properties: [{name: c}]}]\nslaProperties: [{property: errorRate, value: 1}]", 0},
};

START_TEST(what_is_refused_of_the_data_stays_an_error)
{
	struct imported im;
	const struct node *checks;
	size_t n = 0;

	read(arena_printf(a, HEAD "%s\n", refused[_i].text), &im);
	checks = node_get(&node_get(im.root, "assets")->kid[0], "checks");
	for (size_t i = 0; i < checks->n; i++)
		n += sv_is(checks->kid[i].kid[0].key, "unsupported");
	ck_assert_uint_eq(n, refused[_i].errors);
	ck_assert(imported_count(&im, GRADE_REFUSED) > 0);
}
END_TEST

static const struct becomes fragments[] = {
	{"engine: soda, implementation: row_count > 0", GRADE_EXACT, "row_count: {min: 0, strict_min: true}"},
	{"engine: soda, implementation: [row_count > 0, missing_count(a) = 0]", GRADE_EXACT,
         "row_count: {min: 0, strict_min: true}; not_null: a"},
	{"engine: Soda, implementation: \"- missing_count(a) = 0\"", GRADE_EXACT, "not_null: a"},
	{"engine: soda, implementation: {checks for t: [row_count > 0]}", GRADE_EXACT, "row_count"},
	{"engine: soda, implementation: {'checks for ${object}': [row_count > 0]}", GRADE_EXACT, "row_count"},
	{"engine: soda, implementation: {checks for u: [row_count > 0]}", GRADE_AMBIGUOUS,
         "row_count: {min: 0, strict_min: true}"},
	{"engine: dbt, implementation: {models: [{name: u, columns: [{name: a, tests: [unique]}]}]}",
         GRADE_AMBIGUOUS, "unique: a"},
	{"engine: soda, implementation: {row_count: {threshold: {must_be: 3}}}", GRADE_EXACT,
         "row_count: {min: 3, max: 3}"},
	{"engine: soda, implementation: {type: missing_percent, column: a, must_be_between: [0, 5]}",
         GRADE_EXACT, "fail: \"not between 0% and 5%\""},
	{"engine: soda, implementation: {type: invalid_count, column: a, valid_values: [x], must_be: 0}",
         GRADE_EXACT, "in_set: {column: a, values: [x]}"},
	{"engine: soda, implementation: {type: row_count, must_be_lss_than: 5}", GRADE_REFUSED,
         "'must_be_lss_than'"},
	{"engine: soda, implementation: mising_count(a) = 0", GRADE_REFUSED, "'mising_count'"},
	{"engine: soda, implementation: 'a: b: c'", GRADE_REFUSED, "is no YAML"},
	{"engine: greatExpectations, implementation: {type: expect_column_sum_to_be_between, kwargs: {column: a, minValue: 1}}",
         GRADE_EXACT, "expect_column_sum_to_be_between: {column: a, min_value: 1}"},
	{"engine: dbt, implementation: {unique: {}}", GRADE_REFUSED, "names no column"},
	{"engine: dqdl, implementation: 'Rules = [ IsComplete \"a\" ]'", GRADE_EXACT, "not_null: a"},
	{"engine: montecarlo, implementation: {a: 1}", GRADE_REFUSED, "reads no checks of 'montecarlo'"},
	{"engine: odcs, implementation: {kind: DataContract, apiVersion: v3.1.0}", GRADE_REFUSED,
         "reads no checks of 'odcs'"},
};

START_TEST(what_is_written_in_the_words_of_another_tool_is_read_by_its_importer)
{
	struct imported im;

	read(arena_printf(a, HEAD "schema:\n  - name: t\n    quality:\n      - {type: custom, %s}\n",
	                  fragments[_i].text),
	     &im);
	ck_assert_uint_eq(im.note.n, 1);
	expect(&im.note.v[0], &fragments[_i]);
	/* Where it stands is where the rule stands. */
	ck_assert_uint_eq(im.note.v[0].loc.line, 9);
	ck_assert_uint_eq(node_get(&node_get(im.root, "assets")->kid[0], "checks")->kid[0].loc.line, 9);
}
END_TEST

START_TEST(a_contract_gives_the_asset_its_words)
{
	struct imported im;
	const struct node *t, *u;

	read(HEAD
	     "name: shop\ndescription: {purpose: For all.}\ntags: [a]\n"
	     "team: [{username: ada, role: Owner}, {username: bob, role: owner, dateOut: '2024-01-01'}]\n"
	     "schema:\n  - {name: t, physicalName: db.t_1, description: Mine., tags: [b]}\n  - name: u\n    properties:\n"
	     "      - {name: x, primaryKey: true, primaryKeyPosition: 2}\n      - {name: y, primaryKey: true, primaryKeyPosition: 1}\n",
	     &im);
	t = node_get(node_get(im.root, "assets"), "t");
	u = node_get(node_get(im.root, "assets"), "u");
	ck_assert(sv_is(im.name, "shop"));
	ck_assert(sv_is(node_get(t, "description")->text, "Mine."));
	ck_assert(sv_is(node_get(u, "description")->text, "For all."));
	ck_assert(sv_is(node_get(t, "aliases")->kid[0].text, "db.t_1"));
	ck_assert_uint_eq(node_get(t, "tags")->n, 2);
	ck_assert(node_get(t, "owners")->n == 1 && sv_is(node_get(t, "owners")->kid[0].text, "ada"));
	ck_assert(sv_is(node_get(u, "key")->kid[0].text, "y") && sv_is(node_get(u, "key")->kid[1].text, "x"));
	/* By its alias it is found, too. */
	ck_assert(imported_asset(&im, &SV("t_1"), 1, false) == t);
}
END_TEST

static const char *const version_2[] = {
	"kind: virtualDataset\napiVersion: 2.3.0\ndataset:\n  - table: t\n    columns: [{column: a, isNullable: false}]\n",
	"kind: DataContract\napiVersion: v2.2.2\ndataset:\n  - table: t\n    columns: [{column: a, isUnique: true}]\n",
	"kind: DataContract\napiVersion: v2.2.0\n",
};

START_TEST(a_contract_of_version_2_is_told_from_what_is_none)
{
	struct imported im;

	read(version_2[_i], &im);
	ck_assert_uint_eq(im.note.n, 1);
	ck_assert_int_eq(im.note.v[0].grade, GRADE_REFUSED);
	ck_assert(says(im.note.v[0].why, "version 2 of the standard is not read"));
}
END_TEST

START_TEST(a_variable_in_a_query_is_named_whole)
{
	struct imported im;

	read(HEAD "schema:\n  - name: t\n    quality:\n"
	          "      - {type: sql, query: 'SELECT 1 FROM ${TARGET_TABLE} WHERE a > 1', mustBe: 0}\n",
	     &im);
	ck_assert(says(im.note.v[0].why, "'{TARGET_TABLE}' is no placeholder"));
}
END_TEST

Suite *suite_import_odcs(void);

Suite *
suite_import_odcs(void)
{
	Suite *s = suite_create("import_odcs");
	TCase *t = tcase_create("import_odcs");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_column_becomes_what_its_keys_say, 0, LEN(properties));
	tcase_add_loop_test(t, a_format_of_javas_dates_becomes_one_of_strptimes, 0, LEN(formats));
	tcase_add_loop_test(t, a_service_level_becomes_a_policy_or_is_told, 0, LEN(levels));
	tcase_add_test(t, of_several_service_levels_none_is_lost);
	tcase_add_loop_test(t, what_is_refused_of_the_data_stays_an_error, 0, LEN(refused));
	tcase_add_loop_test(t, what_is_written_in_the_words_of_another_tool_is_read_by_its_importer, 0,
	                    LEN(fragments));
	tcase_add_test(t, a_contract_gives_the_asset_its_words);
	tcase_add_loop_test(t, a_contract_of_version_2_is_told_from_what_is_none, 0, LEN(version_2));
	tcase_add_test(t, a_variable_in_a_query_is_named_whole);
	suite_add_tcase(s, t);
	return s;
}
