#include <check.h>

#include "base/url.h"

static const struct {
	const char *text, *scheme, *user, *password, *host, *path, *query;
	int port;
} urls[] = {
	{"file:data/x.csv", "file", "", "", "", "data/x.csv", "", 0},
	{"FILE:a%20b", "file", "", "", "", "a b", "", 0},
	{"sqlite:/var/lib/x.db?mode=ro", "sqlite", "", "", "", "/var/lib/x.db", "mode=ro", 0},
	{"s3://bucket/prefix/", "s3", "", "", "bucket", "/prefix/", "", 0},
	{"postgresql://me:p%40ss@db.example:5432/shop", "postgresql", "me", "p@ss", "db.example", "/shop", "",
         5432},
	{"http://[::1]:8080/x", "http", "", "", "::1", "/x", "", 8080},
	{"http://host", "http", "", "", "host", "", "", 0},
};

START_TEST(a_url_falls_into_its_parts)
{
	AUTO(arena) a = arena_new();
	struct url u;
	struct err err = {0};

	ck_assert_msg(url_parse(a, sv_of(urls[_i].text), &u, &err), "%s", err.msg);
	ck_assert(sv_is(u.scheme, urls[_i].scheme));
	ck_assert(sv_is(u.user, urls[_i].user));
	ck_assert(sv_is(u.password, urls[_i].password));
	ck_assert(sv_is(u.host, urls[_i].host));
	ck_assert(sv_is(u.path, urls[_i].path));
	ck_assert(sv_is(u.query, urls[_i].query));
	ck_assert_int_eq(u.port, urls[_i].port);
}
END_TEST

static const char *const bad[] = {"",
                                  "data.csv",
                                  "C:\\x",
                                  "1a:x",
                                  "file:%",
                                  "file:%4",
                                  "file:%zz",
                                  "file:a%00b",
                                  "http://h:0/",
                                  "http://h:70000/",
                                  "http://h:x/",
                                  "http://[::1/",
                                  "http://[::1]8/"};

START_TEST(a_wrong_url_is_refused_and_the_result_left_alone)
{
	AUTO(arena) a = arena_new();
	struct url u = {.port = 42};

	ck_assert_msg(!url_parse(a, sv_of(bad[_i]), &u, NULL), "took '%s'", bad[_i]);
	ck_assert_int_eq(u.port, 42);
}
END_TEST

static const struct {
	const char *url, *shown;
} secrets[] = {
	{"file:x", "file:x"},
	{"postgresql://me:hunter2@db/x", "postgresql://me:***@db/x"},
	{"postgresql://me@db/x", "postgresql://me@db/x"},
	{"https://h/p?user=a&api_key=s3cret&x=1", "https://h/p?user=a&api_key=***&x=1"},
	{"https://a:b@c@h/p?token=t", "https://a:***@h/p?token=***"},
	{"https://h/x:y@z", "https://h/x:y@z"},
};

START_TEST(secrets_in_urls_are_not_shown)
{
	AUTO(arena) a = arena_new();
	struct sv got = url_redact(a, sv_of(secrets[_i].url));

	ck_assert_msg(sv_is(got, secrets[_i].shown), "%s shows as " SV_FMT, secrets[_i].url, SV_ARG(got));
}
END_TEST

Suite *
suite_url(void)
{
	Suite *s = suite_create("url");
	TCase *t = tcase_create("url");

	tcase_add_loop_test(t, a_url_falls_into_its_parts, 0, (int)LEN(urls));
	tcase_add_loop_test(t, a_wrong_url_is_refused_and_the_result_left_alone, 0, (int)LEN(bad));
	tcase_add_loop_test(t, secrets_in_urls_are_not_shown, 0, (int)LEN(secrets));
	suite_add_tcase(s, t);
	return s;
}
