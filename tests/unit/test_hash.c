#include <check.h>
#include <stdio.h>

#include "base/hash.h"

/* From the test vectors of xxHash. */
START_TEST(xxh3_gives_the_published_values)
{
	struct hash128 h = hash128((struct sv){0});

	ck_assert_uint_eq(hash64((struct sv){0}), UINT64_C(0x2d06800538d394c2));
	ck_assert_uint_eq(hash64(SV("abc")), UINT64_C(0x78af5f94892f3950));
	ck_assert_uint_eq(h.hi, UINT64_C(0x99aa06d3014798d8));
	ck_assert_uint_eq(h.lo, UINT64_C(0x6001c324468d497f));
}
END_TEST

START_TEST(integers_do_not_collide_and_bits_avalanche)
{
	/* A change of one bit of the input changes about half of the output. */
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t changed = hash64_u64(12345) ^ hash64_u64(12345 ^ UINT64_C(1) << bit);
		int n = __builtin_popcountll(changed);

		ck_assert_msg(n > 12 && n < 52, "bit %u changes %d", bit, n);
	}
	ck_assert_uint_eq(hash64_u64(0), 0);
}
END_TEST

START_TEST(fields_are_kept_apart)
{
	char ab[HASH_HEX], ba[HASH_HEX];
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, SV("ab"));
	hasher_add(&h, SV("c"));
	hasher_end(&h, ab);
	hasher_init(&h);
	hasher_add(&h, SV("a"));
	hasher_add(&h, SV("bc"));
	hasher_end(&h, ba);
	ck_assert_str_ne(ab, ba);
}
END_TEST

START_TEST(a_stream_is_lengths_and_bytes_little_endian)
{
	char got[HASH_HEX], want[HASH_HEX];
	struct hasher h;
	struct hash128 w = hash128(SV("\3\0\0\0\0\0\0\0abc\0\0\0\0\0\0\0\0"
	                              "\10\0\0\0\0\0\0\0\376\377\377\377\377\377\377\377"));

	hasher_init(&h);
	hasher_add(&h, SV("abc"));
	hasher_add(&h, (struct sv){0});
	hasher_add_i64(&h, -2);
	hasher_end(&h, got);
	(void)snprintf(want, sizeof(want), "%016jx%016jx", (uintmax_t)w.hi, (uintmax_t)w.lo);
	ck_assert_str_eq(got, want);
}
END_TEST

/* Expected values from Python's hashlib. */
START_TEST(sha256_is_that_of_python)
{
	static const struct {
		const char *text, *hex;
	} cases[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	};
	char hex[65];

	for (size_t i = 0; i < LEN(cases); i++) {
		struct sha256 *h = sha256_new();

		/* A byte at a time, as a stream would come. */
		for (const char *p = cases[i].text; *p != '\0'; p++)
			sha256_add(h, p, 1);
		sha256_end(h, hex);
		ck_assert_str_eq(hex, cases[i].hex);
	}
}
END_TEST

Suite *
suite_hash(void)
{
	Suite *s = suite_create("hash");
	TCase *t = tcase_create("hash");

	tcase_add_test(t, xxh3_gives_the_published_values);
	tcase_add_test(t, integers_do_not_collide_and_bits_avalanche);
	tcase_add_test(t, fields_are_kept_apart);
	tcase_add_test(t, a_stream_is_lengths_and_bytes_little_endian);
	tcase_add_test(t, sha256_is_that_of_python);
	suite_add_tcase(s, t);
	return s;
}
