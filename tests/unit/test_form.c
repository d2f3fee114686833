/* Forms of text.  What is expected was computed by Python's own strptime, by python-dateutil and by the library jsonschema. */
#include <check.h>

#include "expr/form.h"

static const struct {
	const char *form, *argument, *text;
	enum form_result want;
} rows[] = {
	{"strftime", "%Y-%m-%d", "2019-04-01", FORM_YES},
	{"strftime", "%Y-%m-%d", "2019-4-1", FORM_YES},
	{"strftime", "%Y-%m-%d", "2019-02-29", FORM_NO},
	{"strftime", "%Y-%m-%d", "2020-02-29", FORM_YES},
	{"strftime", "%Y-%m-%d", "0000-01-01", FORM_NO},
	{"strftime", "%Y-%m-%d", "2019-04-01 ", FORM_NO},
	{"strftime", "%Y-%m-%d", "19-04-01", FORM_NO},
	{"strftime", "%d %b %Y", "1 Jan 2024", FORM_YES},
	{"strftime", "%d %b %Y", "01 JAN 2024", FORM_YES},
	{"strftime", "%d %b %Y", "31 Feb 2024", FORM_NO},
	{"strftime", "%d %b %Y", "1  Jan 2024", FORM_YES},
	{"strftime", "%d %b %Y", "1 January 2024", FORM_NO},
	{"strftime", "%d %b %Y", " 1 Jan 2024", FORM_YES},
	{"strftime", "%I:%M %p", "12:00 am", FORM_YES},
	{"strftime", "%I:%M %p", "0:30 PM", FORM_NO},
	{"strftime", "%I:%M %p", "11:5 pm", FORM_YES},
	{"strftime", "%I:%M %p", "13:00 PM", FORM_NO},
	{"strftime", "%I:%M %p", "11:05PM", FORM_NO},
	{"strftime", "%H:%M:%S.%f", "23:59:59.1", FORM_YES},
	{"strftime", "%H:%M:%S.%f", "23:59:60.0", FORM_NO},
	{"strftime", "%H:%M:%S.%f", "24:00:00.0", FORM_NO},
	{"strftime", "%H:%M:%S.%f", "1:2:3.123456", FORM_YES},
	{"strftime", "%H:%M:%S.%f", "1:2:3.1234567", FORM_NO},
	{"strftime", "%Y %j", "2023 365", FORM_YES},
	{"strftime", "%Y %j", "2023 366", FORM_YES},
	{"strftime", "%Y %j", "2023 0", FORM_NO},
	{"strftime", "%Y %j", "2024 366", FORM_YES},
	{"strftime", "%Y %j", "9999 366", FORM_NO},
	{"strftime", "%G-W%V-%u", "2024-W01-1", FORM_YES},
	{"strftime", "%G-W%V-%u", "2024-W53-7", FORM_YES},
	{"strftime", "%G-W%V-%u", "2024-W00-1", FORM_NO},
	{"strftime", "%G-W%V-%u", "2024-W54-1", FORM_NO},
	{"strftime", "%z", "Z", FORM_YES},
	{"strftime", "%z", "z", FORM_NO},
	{"strftime", "%z", "+0100", FORM_YES},
	{"strftime", "%z", "+01:00", FORM_YES},
	{"strftime", "%z", "+01:0030", FORM_NO},
	{"strftime", "%z", "-2400", FORM_NO},
	{"strftime", "%z", "+1", FORM_NO},
	{"strftime", "%m%d", "111", FORM_YES},
	{"strftime", "%m%d", "1231", FORM_YES},
	{"strftime", "%m%d", "1", FORM_NO},
	{"strftime", "%m%d", "1301", FORM_NO},
	{"strftime", "100%%", "100%", FORM_YES},
	{"strftime", "100%%", "100", FORM_NO},
	{"strftime", "%a %U %Y", "Mon 10 2024", FORM_YES},
	{"strftime", "%a %U %Y", "Mon 53 9999", FORM_NO},
	{"strftime", "%a %U %Y", "Xxx 10 2024", FORM_NO},
	{"dateutil", NULL, "Sep 25 2003", FORM_YES},
	{"dateutil", NULL, "2003-09-25T10:49:41.5-03:00", FORM_YES},
	{"dateutil", NULL, "20030925T104941-0300", FORM_YES},
	{"dateutil", NULL, "10h36m28.5s", FORM_YES},
	{"dateutil", NULL, "10:36 pm", FORM_YES},
	{"dateutil", NULL, "13:00 am", FORM_NO},
	{"dateutil", NULL, "Thu Sep 25 10:36:28 2003", FORM_YES},
	{"dateutil", NULL, "25 of Sep", FORM_YES},
	{"dateutil", NULL, "13/13/2003", FORM_NO},
	{"dateutil", NULL, "31/12/2003", FORM_YES},
	{"dateutil", NULL, "2003.09.25", FORM_YES},
	{"dateutil", NULL, "", FORM_NO},
	{"dateutil", NULL, "  ", FORM_NO},
	{"dateutil", NULL, "hello", FORM_NO},
	{"dateutil", NULL, "12", FORM_YES},
	{"dateutil", NULL, "monday", FORM_YES},
	{"dateutil", NULL, "99", FORM_YES},
	{"dateutil", NULL, "Feb 30", FORM_NO},
	{"dateutil", NULL, "32", FORM_YES},
	{"dateutil", NULL, "2020-01-01 25:00", FORM_NO},
	{"dateutil", NULL, "2020-01-01 10:00 EST", FORM_YES},
	{"dateutil", NULL, "2020-01-01 10:00 GMT+3", FORM_YES},
	{"dateutil", NULL, "2020-01-01 10:00 -0300 (BRST)", FORM_YES},
	{"dateutil", NULL, "1.2.3.4", FORM_NO},
	{"dateutil", NULL, "Jan-01-99", FORM_YES},
	{"dateutil", NULL, "Jan of 2003", FORM_YES},
	{"dateutil", NULL, "01-Jan", FORM_YES},
	{"dateutil", NULL, "12 h", FORM_YES},
	{"dateutil", NULL, "5 pm", FORM_YES},
	{"dateutil", NULL, "3rd of May 2001", FORM_YES},
	{"dateutil", NULL, "July 4, 1976 12:01:02 am", FORM_YES},
	{"dateutil", NULL, "0:00 PM, PST", FORM_YES},
	{"dateutil", NULL, "2012-13-01", FORM_NO},
	{"dateutil", NULL, "19990101T23", FORM_YES},
	{"dateutil", NULL, "199901", FORM_NO},
	{"json", NULL, "{}", FORM_YES},
	{"json", NULL, " [1, 2.5e3, \"x\"] ", FORM_YES},
	{"json", NULL, "null", FORM_YES},
	{"json", NULL, "01", FORM_NO},
	{"json", NULL, "{\"a\":}", FORM_NO},
	{"json", NULL, "", FORM_NO},
	{"json", NULL, "NaN", FORM_NO},
	{"json", NULL, "\"\\u00e9\"", FORM_YES},
	{"json", NULL, "'a'", FORM_NO},
	{"json", NULL, "1 2", FORM_NO},
	{"json_schema", "{\"type\": \"integer\"}", "1", FORM_YES},
	{"json_schema", "{\"type\": \"integer\"}", "1.0", FORM_YES},
	{"json_schema", "{\"type\": \"integer\"}", "1.5", FORM_NO},
	{"json_schema", "{\"type\": \"integer\"}", "\"1\"", FORM_NO},
	{"json_schema", "{\"type\": \"integer\"}", "true", FORM_NO},
	{"json_schema", "{\"type\": \"integer\"}", "1e2", FORM_YES},
	{"json_schema",
         "{\"required\": [\"a\"], \"properties\": {\"a\": {\"minimum\": 2}}, \"additionalProperties\": false}",
         "{\"a\":2}", FORM_YES},
	{"json_schema",
         "{\"required\": [\"a\"], \"properties\": {\"a\": {\"minimum\": 2}}, \"additionalProperties\": false}",
         "{\"a\":1}", FORM_NO},
	{"json_schema",
         "{\"required\": [\"a\"], \"properties\": {\"a\": {\"minimum\": 2}}, \"additionalProperties\": false}",
         "{}", FORM_NO},
	{"json_schema",
         "{\"required\": [\"a\"], \"properties\": {\"a\": {\"minimum\": 2}}, \"additionalProperties\": false}",
         "{\"a\":2,\"b\":1}", FORM_NO},
	{"json_schema",
         "{\"required\": [\"a\"], \"properties\": {\"a\": {\"minimum\": 2}}, \"additionalProperties\": false}",
         "[]", FORM_YES},
	{"json_schema",
         "{\"$ref\": \"#/$defs/list\", \"$defs\": {\"list\": {\"type\": \"array\", \"items\": {\"anyOf\": [{\"type\": \"number\"}, {\"$ref\": \"#/$defs/list\"}]}}}}",
         "[]", FORM_YES},
	{"json_schema",
         "{\"$ref\": \"#/$defs/list\", \"$defs\": {\"list\": {\"type\": \"array\", \"items\": {\"anyOf\": [{\"type\": \"number\"}, {\"$ref\": \"#/$defs/list\"}]}}}}",
         "[1,[2,[3]]]", FORM_YES},
	{"json_schema",
         "{\"$ref\": \"#/$defs/list\", \"$defs\": {\"list\": {\"type\": \"array\", \"items\": {\"anyOf\": [{\"type\": \"number\"}, {\"$ref\": \"#/$defs/list\"}]}}}}",
         "[1,[\"x\"]]", FORM_NO},
	{"json_schema",
         "{\"if\": {\"properties\": {\"k\": {\"const\": \"a\"}}, \"required\": [\"k\"]}, \"then\": {\"required\": [\"x\"]}, \"else\": {\"maxProperties\": 1}}",
         "{\"k\":\"a\"}", FORM_NO},
	{"json_schema",
         "{\"if\": {\"properties\": {\"k\": {\"const\": \"a\"}}, \"required\": [\"k\"]}, \"then\": {\"required\": [\"x\"]}, \"else\": {\"maxProperties\": 1}}",
         "{\"k\":\"a\",\"x\":1}", FORM_YES},
	{"json_schema",
         "{\"if\": {\"properties\": {\"k\": {\"const\": \"a\"}}, \"required\": [\"k\"]}, \"then\": {\"required\": [\"x\"]}, \"else\": {\"maxProperties\": 1}}",
         "{\"k\":\"b\",\"x\":1}", FORM_NO},
	{"json_schema",
         "{\"uniqueItems\": true, \"prefixItems\": [{\"type\": \"string\"}], \"items\": {\"multipleOf\": 0.5}}",
         "[\"a\",1,1.0]", FORM_NO},
	{"json_schema",
         "{\"uniqueItems\": true, \"prefixItems\": [{\"type\": \"string\"}], \"items\": {\"multipleOf\": 0.5}}",
         "[\"a\",1,1.5]", FORM_YES},
	{"json_schema",
         "{\"uniqueItems\": true, \"prefixItems\": [{\"type\": \"string\"}], \"items\": {\"multipleOf\": 0.5}}",
         "[\"a\",0.25]", FORM_NO},
	{"json_schema",
         "{\"uniqueItems\": true, \"prefixItems\": [{\"type\": \"string\"}], \"items\": {\"multipleOf\": 0.5}}",
         "[1]", FORM_NO},
	{"json_schema", "{\"enum\": [1, \"a\", [true]]}", "1.0", FORM_YES},
	{"json_schema", "{\"enum\": [1, \"a\", [true]]}", "\"a\"", FORM_YES},
	{"json_schema", "{\"enum\": [1, \"a\", [true]]}", "[true]", FORM_YES},
	{"json_schema", "{\"enum\": [1, \"a\", [true]]}", "[1]", FORM_NO},
	{"json_schema",
         "{\"patternProperties\": {\"^x\": {\"type\": \"null\"}}, \"propertyNames\": {\"maxLength\": 2}}",
         "{\"x\":null}", FORM_YES},
	{"json_schema",
         "{\"patternProperties\": {\"^x\": {\"type\": \"null\"}}, \"propertyNames\": {\"maxLength\": 2}}",
         "{\"x\":1}", FORM_NO},
	{"json_schema",
         "{\"patternProperties\": {\"^x\": {\"type\": \"null\"}}, \"propertyNames\": {\"maxLength\": 2}}",
         "{\"yyy\":1}", FORM_NO},
	{"json_schema",
         "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"items\": [{\"type\": \"string\"}], \"additionalItems\": false, \"dependencies\": {\"a\": [\"b\"]}}",
         "[\"a\"]", FORM_YES},
	{"json_schema",
         "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"items\": [{\"type\": \"string\"}], \"additionalItems\": false, \"dependencies\": {\"a\": [\"b\"]}}",
         "[\"a\",1]", FORM_NO},
	{"json_schema",
         "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"items\": [{\"type\": \"string\"}], \"additionalItems\": false, \"dependencies\": {\"a\": [\"b\"]}}",
         "{\"a\":1}", FORM_NO},
	{"json_schema",
         "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"items\": [{\"type\": \"string\"}], \"additionalItems\": false, \"dependencies\": {\"a\": [\"b\"]}}",
         "{\"a\":1,\"b\":2}", FORM_YES},
	{"json_schema", "{}", "not json", FORM_NO},
};

static void
free_all(struct regex_list *own)
{
	for (size_t i = 0; i < own->n; i++)
		regex_free(own->v[i]);
}

START_TEST(texts_have_a_form_or_not)
{
	AUTO(arena) a = arena_new();
	struct regex_list own = {0};
	struct form_use use;
	struct err err = {0};
	const char *argument = rows[_i].argument;
	enum form_result got;

	ck_assert_msg(
		form_compile(a, &own, sv_of(rows[_i].form), sv_of(argument), argument != NULL, &use, &err),
		"%s", err.msg);
	got = form_test(&use, value_text(sv_of(rows[_i].text)), NULL);
	ck_assert_msg(got == rows[_i].want, "%s %s of '%s' is %d", rows[_i].form,
	              argument != NULL ? argument : "", rows[_i].text, (int)got);
	free_all(&own);
}
END_TEST

static const struct {
	const char *form, *argument, *says;
} refused[] = {
	{"strftime", "%D", "'%D'"},
	{"strftime", "%Y %Y", "stands twice"},
	{"strftime", "50%", "stray"},
	{"strftime", NULL, "needs to know"},
	{"json", "x", "takes nothing"},
	{"nothing", NULL, "there is no form 'nothing'"},
	{"json_schema", "{", "no JSON"},
	{"json_schema", "{\"type\": \"int\"}", "'type' must be one of"},
	{"json_schema", "{\"requierd\": []}", "has no 'requierd'"},
	{"json_schema", "{\"items\": [{}]}", "prefixItems"},
	{"json_schema", "{\"$ref\": \"#/$defs/x\"}", "not there"},
	{"json_schema", "{\"$ref\": \"other.json\"}", "another document"},
	{"json_schema", "{\"pattern\": \"(\"}", "'pattern'"},
	{"json_schema", "{\"unevaluatedProperties\": false}", "is not built"},
	{"json_schema", "{\"$schema\": \"http://json-schema.org/draft-04/schema#\"}", "draft"},
	{"json_schema", "{\"minLength\": -1}", "whole number"},
	{"json_schema", "{\"multipleOf\": 0}", "above 0"},
	{"json_schema", "{\"properties\": {\"a\": 1}}", "object, true or false"},
};

START_TEST(arguments_that_say_nothing_are_refused)
{
	AUTO(arena) a = arena_new();
	struct regex_list own = {0};
	struct form_use use = {0};
	struct err err = {0};
	const char *argument = refused[_i].argument;

	ck_assert_msg(!form_compile(a, &own, sv_of(refused[_i].form), sv_of(argument), argument != NULL, &use,
	                            &err),
	              "took %s", argument);
	ck_assert_msg(strstr(err.msg, refused[_i].says) != NULL, "said '%s'", err.msg);
	ck_assert_ptr_null(use.form);
	free_all(&own);
}
END_TEST

START_TEST(what_nests_too_deep_or_leads_back_to_itself_is_not_decided)
{
	AUTO(arena) a = arena_new();
	struct regex_list own = {0};
	struct form_use use;
	char deep[401];

	memset(deep, '[', 200);
	memset(deep + 200, ']', 200);
	deep[400] = '\0';
	ck_assert(form_compile(a, &own, SV("json"), SV(""), false, &use, NULL));
	ck_assert_int_eq(form_test(&use, value_text(sv_of(deep)), NULL), FORM_UNDECIDED);
	ck_assert(form_compile(a, &own, SV("json_schema"), SV("{\"$ref\": \"#\"}"), true, &use, NULL));
	ck_assert_int_eq(form_test(&use, value_text(SV("1")), NULL), FORM_UNDECIDED);
}
END_TEST

START_TEST(numbers_are_no_json_and_cannot_be_told_to_be_times)
{
	AUTO(arena) a = arena_new();
	struct regex_list own = {0};
	struct form_use use;

	ck_assert(form_compile(a, &own, SV("json"), SV(""), false, &use, NULL));
	ck_assert_int_eq(form_test(&use, value_int(1), NULL), FORM_NO);
	ck_assert(form_compile(a, &own, SV("strftime"), SV("%Y"), true, &use, NULL));
	ck_assert_int_eq(form_test(&use, value_int(2024), NULL), FORM_UNDECIDED);
}
END_TEST

Suite *
suite_form(void)
{
	Suite *s = suite_create("form");
	TCase *t = tcase_create("form");

	tcase_add_loop_test(t, texts_have_a_form_or_not, 0, (int)LEN(rows));
	tcase_add_loop_test(t, arguments_that_say_nothing_are_refused, 0, (int)LEN(refused));
	tcase_add_test(t, what_nests_too_deep_or_leads_back_to_itself_is_not_decided);
	tcase_add_test(t, numbers_are_no_json_and_cannot_be_told_to_be_times);
	suite_add_tcase(s, t);
	return s;
}
