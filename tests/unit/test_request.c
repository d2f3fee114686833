#include <check.h>

#include "serve/request_internal.h"
#include "serve/schemas.h"
#include "serve/tokens.h"

/* The table of routes ------------------------------------------------------------------------------------------- */

/* A path that fits: each part in braces becomes "x%2Fy". */
static const char *
some_path(struct arena *a, const char *pattern)
{
	struct sv path = {0};

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '{') {
			path = arena_svf(a, SV_FMT "%c", SV_ARG(path), *pattern);
			continue;
		}
		path = arena_svf(a, SV_FMT "x%%2Fy", SV_ARG(path));
		pattern = strchr(pattern, '}');
	}
	return arena_str(a, path);
}

START_TEST(every_path_finds_its_own_row)
{
	AUTO(arena) a = arena_new();
	const struct route *r = routes[_i];
	struct sv arg[ROUTE_ARGS_MAX] = {0};
	unsigned allowed;

	ck_assert_ptr_eq(route_find(r->method, sv_of(some_path(a, r->path)), arg, &allowed), r);
	if (strchr(r->path, '{') != NULL)
		ck_assert_msg(sv_is(arg[0], "x%2Fy"), "%s: " SV_FMT, r->path, SV_ARG(arg[0]));
	/* What is around it does not. */
	ck_assert_ptr_ne(route_find(r->method, sv_of(arena_printf(a, "x%s", r->path)), arg, &allowed), r);
}
END_TEST

START_TEST(every_row_is_whole_and_alone)
{
	const struct route *r = routes[_i];

	ck_assert(r->id != NULL && r->summary != NULL && r->nanswer > 0);
	ck_assert_msg(r->quick != NULL || r->read != NULL || r->write != NULL, "%s is answered nowhere",
	              r->path);
	ck_assert_msg(r->write == NULL || r->method != METHOD_GET, "GET %s writes", r->path);
	ck_assert_msg(r->body == NULL || r->method == METHOD_POST, "%s takes a body", r->path);
	for (size_t i = 0; i < route_count; i++) {
		ck_assert_msg(i == (size_t)_i || strcmp(routes[i]->id, r->id) != 0, "two are called %s",
		              r->id);
		ck_assert_msg(i == (size_t)_i || strcmp(routes[i]->path, r->path) != 0 ||
		                      routes[i]->method != r->method,
		              "two are %s", r->path);
	}
	for (size_t i = 0; i < r->nparam; i++) {
		ck_assert(r->param[i].doc != NULL);
		ck_assert((r->param[i].type == PARAM_IS_ENUM) == (r->param[i].names != NULL));
	}
}
END_TEST

/* Else /openapi.json would open one path twice. */
START_TEST(rows_of_one_path_stand_together)
{
	for (size_t i = 0; i < route_count; i++)
		for (size_t k = i + 2; k < route_count; k++)
			ck_assert_msg(strcmp(routes[i]->path, routes[k]->path) != 0 ||
			                      strcmp(routes[k - 1]->path, routes[k]->path) == 0,
			              "%s", routes[k]->path);
}
END_TEST

START_TEST(every_body_of_a_row_is_described)
{
	const struct route *r = routes[_i];

	ck_assert_msg(r->body == NULL || body_schema_find(r->body) != NULL, "%s: %s", r->path, r->body);
	for (size_t i = 0; i < r->nanswer; i++)
		ck_assert_msg(r->answer[i].schema == NULL || body_schema_find(r->answer[i].schema) != NULL,
		              "%s: %s", r->path, r->answer[i].schema);
}
END_TEST

START_TEST(schemas_are_sorted_and_name_only_such_as_there_are)
{
	for (size_t i = 0; i < body_schema_count; i++) {
		const struct body_schema *s = body_schemas[i];

		ck_assert_msg(i == 0 || strcmp(body_schemas[i - 1]->name, s->name) < 0, "%s", s->name);
		ck_assert_msg(s->of == NULL || body_schema_find(s->of) != NULL, "%s: %s", s->name, s->of);
		for (size_t k = 0; k < s->nfield; k++) {
			const struct body_field *f = &s->field[k];

			ck_assert_msg(f->of == NULL || body_schema_find(f->of) != NULL, "%s: %s", s->name,
			              f->of);
			ck_assert_msg(f->doc != NULL, "%s.%s has no words", s->name, f->name);
		}
	}
}
END_TEST

START_TEST(a_path_with_another_method_tells_which_it_has)
{
	struct sv arg[ROUTE_ARGS_MAX];
	unsigned allowed;

	ck_assert_ptr_null(route_find(METHOD_DELETE, SV("/healthz"), arg, &allowed));
	ck_assert_uint_eq(allowed, 1u << METHOD_GET);
	ck_assert_ptr_null(route_find(METHOD_COUNT, SV("/v1/events"), arg, &allowed));
	ck_assert_uint_eq(allowed, 1u << METHOD_GET | 1u << METHOD_POST);
	ck_assert_ptr_null(route_find(METHOD_GET, SV("/nothing"), arg, &allowed));
	ck_assert_uint_eq(allowed, 0);
	ck_assert_ptr_null(route_find(METHOD_GET, SV(""), arg, &allowed));
	ck_assert_uint_eq(allowed, 0);
}
END_TEST

/* Parameters ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	bool plus;
	const char *decoded; /* NULL = refused */
} escapes[] = {
	{"", false, ""},
	{"raw%2Forders", false, "raw/orders"},
	{"a+b%2bc", false, "a+b+c"},
	{"a+b%2bc", true, "a b+c"},
	{"%25%32%35", false, "%25"}, /* once, not twice */
	{"%c3%A4", false, "ä"},
	{"..%2f.", false, "../."},
	{"%", false, NULL},
	{"%2", false, NULL},
	{"%zz", false, NULL},
	{"%2g", false, NULL},
	{"% 2", false, NULL},
	{"%00", false, NULL},
	{"a%00b", false, NULL},
	{"%ff", false, NULL},
	{"%c3", false, NULL},
	{"%c0%af", false, NULL}, /* an overlong slash */
	{"%ed%a0%80", false, NULL},
};

START_TEST(escapes_are_decoded_once_into_whole_text)
{
	AUTO(arena) a = arena_new();
	struct sv got = SV("untouched");
	bool ok = percent_decode(a, sv_of(escapes[_i].text), escapes[_i].plus, &got);

	ck_assert_msg(ok == (escapes[_i].decoded != NULL), "%s", escapes[_i].text);
	if (ok)
		ck_assert_msg(sv_is(got, escapes[_i].decoded), "%s: " SV_FMT, escapes[_i].text, SV_ARG(got));
}
END_TEST

static const char *const colours[] = {"red", "green", NULL};
static const struct route_param params[] = {
	{"text", PARAM_IS_TEXT, NULL, "T"},   {"flag", PARAM_IS_FLAG, NULL, "F"},
	{"count", PARAM_IS_COUNT, NULL, "C"}, {"for", PARAM_IS_DURATION, NULL, "D"},
	{"since", PARAM_IS_TIME, NULL, "S"},  {"colour", PARAM_IS_ENUM, colours, "E"},
};
static const struct route made_up = {.path = "/x", .id = "x", .param = params, .nparam = LEN(params)};

static void
exchange_make(struct exchange *x, struct arena *a)
{
	*x = (struct exchange){.q = {.a = a, .route = &made_up, .target = SV("/x")}};
	buf_init(&x->in, BODY_MAX_DEFAULT);
	buf_init(&x->out, BODY_MAX_DEFAULT);
}

START_TEST(parameters_come_typed_or_not_at_all)
{
	AUTO(arena) a = arena_new();
	struct exchange x;

	exchange_make(&x, a);
	ck_assert(request_params(
		&x, SV("text=a%20b+c&&flag&count=7&for=90s&since=1970-01-01T00:00:01Z&colour=green")));
	ck_assert(sv_is(request_text(&x.q, "text"), "a b c"));
	ck_assert(request_flag(&x.q, "flag"));
	ck_assert_int_eq(request_number(&x.q, "count", 1), 7);
	ck_assert_int_eq(request_number(&x.q, "for", 1), 90000000);
	ck_assert_int_eq(request_number(&x.q, "since", 1), 1000000);
	ck_assert(sv_is(request_text(&x.q, "colour"), "green"));
	ck_assert(!x.r.answered);

	exchange_make(&x, a);
	ck_assert(request_params(&x, SV("")));
	ck_assert_uint_eq(request_text(&x.q, "text").n, 0);
	ck_assert(!request_flag(&x.q, "flag") && !request_has(&x.q, "flag"));
	ck_assert_int_eq(request_number(&x.q, "count", 42), 42);

	exchange_make(&x, a);
	ck_assert(request_params(&x, SV("flag=0&text=")));
	ck_assert(request_has(&x.q, "flag") && !request_flag(&x.q, "flag"));
	ck_assert(request_has(&x.q, "text"));
}
END_TEST

static const struct {
	const char *query, *part;
} refused[] = {
	{"txt=1", "did you mean 'text'"}, {"=1", "no parameter ''"},       {"Text=1", "'Text'"},
	{"text=1&text=1", "twice"},       {"flag=maybe", "1 or 0"},        {"count=1.5", "whole number"},
	{"count=-1", "whole number"},     {"count=", "whole number"},      {"for=90", "a duration"},
	{"since=1970-01-01", "a time"},   {"colour=blue", "red or green"}, {"text=%f", "percent-encoded"},
	{"%ff=1", "percent-encoded"},
};

START_TEST(a_parameter_that_does_not_fit_is_told)
{
	AUTO(arena) a = arena_new();
	struct exchange x;

	exchange_make(&x, a);
	ck_assert_msg(!request_params(&x, sv_of(refused[_i].query)), "%s", refused[_i].query);
	ck_assert_int_eq(x.r.status, 400);
	ck_assert_str_eq(x.r.type, "application/problem+json");
	ck_assert_msg(memmem(x.r.body.p, x.r.body.n, refused[_i].part, strlen(refused[_i].part)) != NULL,
	              "%s: " SV_FMT, refused[_i].query, SV_ARG(x.r.body));
	buf_fini(&x.out);
}
END_TEST

/* Answers ------------------------------------------------------------------------------------------------------- */

START_TEST(a_problem_is_json_whatever_its_words_are)
{
	AUTO(arena) a = arena_new();
	struct exchange x;
	struct err err = {0};
	struct json_scanner s;
	enum json_event e;

	exchange_make(&x, a);
	x.q.target = SV("/a\"b\\c?secret=1");
	err_set(&err, ERR_LIMIT, NOWHERE, "a \"quoted\"\nline");
	err_hint(&err, "Do \x01 that.");
	request_problem(&x.q, 0, &err);
	ck_assert_int_eq(x.r.status, 413);
	ck_assert_ptr_null(memmem(x.r.body.p, x.r.body.n, "secret", 6));
	json_scan_init(&s, x.r.body);
	while ((e = json_next(&s)) != JSON_END)
		ck_assert_msg(e != JSON_ERROR, "%s in " SV_FMT, s.msg, SV_ARG(x.r.body));
	buf_fini(&x.out);
}
END_TEST

static const struct {
	const char *tags;
	int status;
} tags[] = {
	{"", 200},      {"*", 304},           {"\"x\"", 200}, {"TAG", 304},
	{"W/TAG", 304}, {"\"x\" , TAG", 304}, {"TAGx", 200},
};

START_TEST(what_the_client_has_is_not_sent_again)
{
	AUTO(arena) a = arena_new();
	struct prepared *p = prepared_new(200, "text/plain", SV("body"), INT64_MAX);
	struct exchange x;
	struct sv text = sv_of(tags[_i].tags), with = {0};

	exchange_make(&x, a);
	for (; text.n > 0; text = sv_skip(text, 1)) {
		if (sv_starts(text, SV("TAG"))) {
			with = arena_svf(a, SV_FMT "%s", SV_ARG(with), p->etag);
			text = sv_skip(text, 2);
			continue;
		}
		with = arena_svf(a, SV_FMT "%c", SV_ARG(with), text.p[0]);
	}
	x.r.head.if_none_match = with;
	request_prepared(&x.q, prepared_ref(p));
	ck_assert_msg(x.r.status == tags[_i].status, SV_FMT, SV_ARG(with));
	ck_assert_uint_eq(x.r.body.n, tags[_i].status == 200 ? 4 : 0);
	prepared_unref(x.r.prepared);
	prepared_unref(p);
}
END_TEST

/* Tokens -------------------------------------------------------------------------------------------------------- */

START_TEST(scopes_are_words_with_commas)
{
	AUTO(arena) a = arena_new();
	static const char *const bad[] = {"", ",", "read,", "write", "READ", "read gate", "read,,gate"};
	unsigned scopes = 99;

	ck_assert(scopes_parse(SV("gate, read"), &scopes, NULL));
	ck_assert_uint_eq(scopes, SCOPE_READ | SCOPE_GATE);
	ck_assert(sv_is(scopes_text(a, scopes), "read,gate"));
	for (size_t i = 0; i < LEN(bad); i++)
		ck_assert_msg(!scopes_parse(sv_of(bad[i]), &scopes, NULL) &&
		                      scopes == (SCOPE_READ | SCOPE_GATE),
		              "took '%s'", bad[i]);
}
END_TEST

START_TEST(a_token_is_long_and_new_each_time)
{
	char first[TOKEN_MAX], second[TOKEN_MAX], hash[SHA256_HEX];

	token_make(first);
	token_make(second);
	ck_assert_uint_eq(strlen(first), 69);
	ck_assert(strncmp(first, "weir_", 5) == 0 && strspn(first + 5, "0123456789abcdef") == 64);
	ck_assert_str_ne(first, second);
	/* As sha256sum has it. */
	token_hash(SV("weir_x"), hash);
	ck_assert_str_eq(hash, "e9eb1904208ced2204ed3db39b15b7574a4db1b1e87bf9385aea10f917c75f95");
}
END_TEST

Suite *suite_request(void);
Suite *
suite_request(void)
{
	Suite *s = suite_create("request");
	TCase *t = tcase_create("request");

	tcase_add_loop_test(t, every_path_finds_its_own_row, 0, (int)route_count);
	tcase_add_loop_test(t, every_row_is_whole_and_alone, 0, (int)route_count);
	tcase_add_test(t, rows_of_one_path_stand_together);
	tcase_add_loop_test(t, every_body_of_a_row_is_described, 0, (int)route_count);
	tcase_add_test(t, schemas_are_sorted_and_name_only_such_as_there_are);
	tcase_add_test(t, a_path_with_another_method_tells_which_it_has);
	tcase_add_loop_test(t, escapes_are_decoded_once_into_whole_text, 0, LEN(escapes));
	tcase_add_test(t, parameters_come_typed_or_not_at_all);
	tcase_add_loop_test(t, a_parameter_that_does_not_fit_is_told, 0, LEN(refused));
	tcase_add_test(t, a_problem_is_json_whatever_its_words_are);
	tcase_add_loop_test(t, what_the_client_has_is_not_sent_again, 0, LEN(tags));
	tcase_add_test(t, scopes_are_words_with_commas);
	tcase_add_test(t, a_token_is_long_and_new_each_time);
	suite_add_tcase(s, t);
	return s;
}
