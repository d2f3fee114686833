#include <check.h>
#include <stdio.h>

#include "base/base64.h"

Suite *suite_base64(void);

/* RFC 4648, section 10, and bytes that are no text. */
static const struct {
	struct sv bytes;
	const char *text;
} pairs[] = {
	{{"", 0}, ""},
	{{"f", 1}, "Zg=="},
	{{"fo", 2}, "Zm8="},
	{{"foo", 3}, "Zm9v"},
	{{"foob", 4}, "Zm9vYg=="},
	{{"fooba", 5}, "Zm9vYmE="},
	{{"foobar", 6}, "Zm9vYmFy"},
	{{"\0\xff\x10", 3}, "AP8Q"},
};

START_TEST(base64_goes_there_and_back)
{
	AUTO(arena) a = arena_new();
	struct sv text = base64_encode(a, pairs[_i].bytes), back;

	ck_assert_msg(sv_is(text, pairs[_i].text), "%s is written " SV_FMT, pairs[_i].text, SV_ARG(text));
	ck_assert(base64_decode(a, text, &back) && sv_eq(back, pairs[_i].bytes));
	while (text.n > 0 && text.p[text.n - 1] == '=')
		text.n--;
	ck_assert_msg(base64_decode(a, text, &back) && sv_eq(back, pairs[_i].bytes), "without padding");
}
END_TEST

static const char *const bad[] = {"Z", "Zg=!", "Z g==", "Zg==Zg==", "Zm9vZ", "====", "-_-_"};

START_TEST(what_is_no_base64_is_refused)
{
	AUTO(arena) a = arena_new();
	struct sv got = SV("left");

	ck_assert_msg(!base64_decode(a, sv_of(bad[_i]), &got), "took '%s'", bad[_i]);
	ck_assert(sv_is(got, "left"));
}
END_TEST

/* By Python's hmac. */
START_TEST(hmac_is_the_known_one)
{
	static const char expected[] = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
	uint8_t mac[HMAC_SHA256_BYTES];
	char hex[2 * HMAC_SHA256_BYTES + 1];

	hmac_sha256(SV("key"), SV("The quick brown fox jumps over the lazy dog"), mac);
	for (size_t i = 0; i < sizeof(mac); i++)
		snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	ck_assert_str_eq(hex, expected);
}
END_TEST

Suite *
suite_base64(void)
{
	Suite *s = suite_create("base64");
	TCase *t = tcase_create("base64");

	tcase_add_loop_test(t, base64_goes_there_and_back, 0, (int)LEN(pairs));
	tcase_add_loop_test(t, what_is_no_base64_is_refused, 0, (int)LEN(bad));
	tcase_add_test(t, hmac_is_the_known_one);
	suite_add_tcase(s, t);
	return s;
}
