#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/simd.h"
#include "scan/field.h"
#include "scan/field_fast.h"

/* Numbers that look random, the same each time. */
static uint32_t
rnd(uint64_t *state, uint32_t below)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(hash64_u64(*state) >> 32) % below;
}

/* What a text is made of: the more often a byte stands here, the more often there. */
static const char *const alphabets[] = {
	"aaaaaaa,\n",
	"aaaaaaaaaaaaaaaa,,,,\n\"\"",
	",\"\n",
	"\"",
	",",
	"\n",
	"\"\r\n,a",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n",
	"\xC3\xA9\x80\xBF\xF0\x7F\xFF,\n",
	";'|\n\r",
};

enum { TEXT_MAX = 400 };

static struct sv
random_text(uint64_t *state, char *dst, size_t n)
{
	const char *alphabet = alphabets[rnd(state, LEN(alphabets))];
	uint32_t letters = (uint32_t)strlen(alphabet);

	for (size_t i = 0; i < n; i++)
		dst[i] = alphabet[rnd(state, letters)];
	/* Quoted fields as they should be, so that not all with quotes are misplaced. */
	if (rnd(state, 2) == 0)
		for (size_t i = 0; i + 12 < n; i += 4 + rnd(state, 40))
			memcpy(dst + i, rnd(state, 3) == 0 ? ",\"\n\"\"x,\",y\r\n" : ",\"a\n\"\"\",\"\"\r\n",
			       12);
	/* Behind the end stands what must not matter. */
	for (size_t i = 0; i < SIMD_PAD; i++)
		dst[n + i] = "\"\n,\xBF"[rnd(state, 4)];
	return (struct sv){dst, n};
}

static void
check_marks(const struct simd *s, struct simd_format f, struct sv text, size_t want)
{
	uint32_t place[2][TEXT_MAX + SIMD_SLACK];
	struct simd_marks m[2] = {simd_scalar.marks(f, text, want, place[0]),
	                          s->marks(f, text, want, place[1])};

	ck_assert_msg(m[0].misplaced == m[1].misplaced, "%s: misplaced %d", s->name, m[1].misplaced);
	if (m[0].misplaced)
		return;
	ck_assert_uint_eq(m[1].n, m[0].n);
	ck_assert_uint_eq(m[1].newlines, m[0].newlines);
	ck_assert_uint_eq(m[1].end, m[0].end);
	ck_assert(m[1].quoted == m[0].quoted);
	ck_assert_int_eq(memcmp(place[0], place[1], m[0].n * sizeof(place[0][0])), 0);
}

static const struct simd_format formats[] = {{',', '"'}, {',', '\0'}, {';', '\''}, {'|', '"'}, {'\t', '"'}};

START_TEST(all_levels_find_what_the_scalar_one_finds)
{
	const struct simd *s = simd_levels[_i];
	char *buffer = xcalloc(TEXT_MAX + 2 * SIMD_PAD, 1);
	uint64_t state = 1;

	for (int round = 0; round < 20000 && s->supported(); round++) {
		/* At all offsets, since loads need no alignment. */
		size_t n = rnd(&state, rnd(&state, 2) == 0 ? 140 : TEXT_MAX);
		struct sv text = random_text(&state, buffer + rnd(&state, SIMD_PAD), n);
		struct simd_format f = formats[rnd(&state, LEN(formats))];
		char before = "\n,\"a;'"[rnd(&state, 6)];
		int64_t chars[2][3];
		struct sv part[3] = {text, sv_skip(text, n / 2), {text.p, n / 3}};

		check_marks(s, f, text, 1 + rnd(&state, 200));
		if (f.quote != '\0')
			ck_assert_uint_eq(s->survey(f, text, before), simd_scalar.survey(f, text, before));
		simd_scalar.chars(part, LEN(part), chars[0]);
		s->chars(part, LEN(part), chars[1]);
		ck_assert_int_eq(memcmp(chars[0], chars[1], sizeof(chars[0])), 0);
	}
	free(buffer);
}
END_TEST

/* What the machine's best level gives is known to be right by counting. */
START_TEST(the_scalar_level_is_right)
{
	static const struct {
		const char *text;
		bool misplaced, quoted;
		const char *places;
	} expected[] = {
		{"", false, false, ""},
		{"a,b\n", false, false, "1 3 "},
		{"\"a,\n\"\"\",b\n", false, false, "7 9 "},
		{"\"a\"\r\n\"\"", false, false, "4 "},
		{"\"a\"\r", false, false, ""},
		{"\"a\"\rb\n", true, false, ""},
		{"a\"b\"\n", true, false, ""},
		{"\"a\"b\n", true, false, ""},
		{"a,\"b\n", false, true, "1 "},
	};
	struct simd_format f = {',', '"'};

	for (size_t i = 0; i < LEN(expected); i++) {
		AUTO(arena) a = arena_new();
		char text[128] = {0};
		uint32_t place[SIMD_SLACK + 64];
		size_t n = strlen(expected[i].text);
		const char *got = "";

		memcpy(text, expected[i].text, n);

		struct simd_marks m = simd_scalar.marks(f, (struct sv){text, n}, 64, place);

		ck_assert_msg(m.misplaced == expected[i].misplaced, "text %zu", i);
		if (m.misplaced)
			continue;
		for (size_t k = 0; k < m.n; k++)
			got = arena_printf(a, "%s%u ", got, place[k]);
		ck_assert_str_eq(got, expected[i].places);
		ck_assert_msg(m.quoted == expected[i].quoted, "text %zu", i);
	}
}
END_TEST

START_TEST(a_level_goes_by_its_name_and_others_are_refused)
{
	const struct simd *got = NULL;
	struct err err;

	ck_assert(simd_find("scalar", &got, &err));
	ck_assert_ptr_eq(got, &simd_scalar);
	ck_assert(simd_find(NULL, &got, &err) && simd_find("", &got, &err));
	got = NULL;
	ck_assert(!simd_find("avx3", &got, &err));
	ck_assert_ptr_null(got);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_str_eq(err.msg, "WEIR_SIMD is 'avx3', which is no level");
#if defined(__x86_64__)
	ck_assert(!simd_find("neon", &got, &err));
	ck_assert_str_eq(err.msg, "WEIR_SIMD is 'neon', which this machine does not have");
#elif defined(__aarch64__)
	ck_assert(simd_find("neon", &got, &err));
	ck_assert_str_eq(got->name, "neon");
	ck_assert_ptr_eq(got, simd_levels[simd_level_count - 1]);
	ck_assert(simd_find(NULL, &got, &err));
	ck_assert_str_eq(got->name, "neon");
	ck_assert(!simd_find("avx2", &got, &err));
	ck_assert_str_eq(err.msg, "WEIR_SIMD is 'avx2', which this machine does not have");
#endif
}
END_TEST

/* A text like a number or a time, with a mistake every now and then. */
static struct sv
random_field(uint64_t *state, char *dst)
{
	static const char *const like[] = {"7",
	                                   "-12345678",
	                                   "1234567890123456",
	                                   "12345.6789",
	                                   "-0.5",
	                                   "2024-02-29T23:59:59",
	                                   "1999-12-31",
	                                   "0001-03-01 00:00:00",
	                                   "123456789.12345",
	                                   ".25",
	                                   "-98765432.1",
	                                   "2100-02-28T12:00:00"};
	static const char any[] = "0123456789-.T: +e/;\xF0\x39";
	const char *form = like[rnd(state, LEN(like))];
	size_t n = strlen(form);

	memcpy(dst, form, n);
	for (size_t i = 0; i < n; i++)
		if (dst[i] >= '0' && dst[i] <= '9' && rnd(state, 3) == 0)
			dst[i] = (char)('0' + rnd(state, 10));
	if (rnd(state, 3) == 0)
		dst[rnd(state, (uint32_t)n)] = any[rnd(state, sizeof(any))];
	if (rnd(state, 4) == 0)
		n = rnd(state, (uint32_t)n + 1);
	for (size_t i = 0; i < FIELD_PAD; i++)
		dst[n + i] = "9.-\xFF"[rnd(state, 4)];
	return (struct sv){dst, n};
}

START_TEST(what_fast_parsers_take_is_what_the_others_say)
{
	uint64_t state = 7;
	int64_t taken[6] = {0};

	for (int round = 0; round < 500000; round++) {
		char buffer[FIELD_PAD * 2 + 32];
		struct sv s = random_field(&state, buffer);
		int64_t i[2];
		double r[2];
		uint8_t scale = (uint8_t)rnd(&state, 5);

		if (fast_i64(s, &i[0])) {
			taken[0]++;
			ck_assert_msg(field_i64(s, &i[1]) && i[0] == i[1], SV_FMT, SV_ARG(s));
		}
		if (fast_f64(s, &r[0])) {
			taken[1]++;
			ck_assert_msg(field_f64(s, &r[1]) && memcmp(&r[0], &r[1], sizeof(r[0])) == 0, SV_FMT,
			              SV_ARG(s));
		}
		if (fast_scaled(s, scale, &i[0])) {
			taken[2]++;
			ck_assert_msg(field_scaled(s, scale, &i[1]) && i[0] == i[1], SV_FMT, SV_ARG(s));
		}
		if (s.n == 10 && swar_date(s.p, &i[0])) {
			taken[3]++;
			ck_assert_msg(field_date(s, &i[1]) && i[0] == i[1], SV_FMT, SV_ARG(s));
		}
		if (s.n == 19 && swar_time(s.p, &i[0])) {
			taken[4]++;
			ck_assert_msg(field_time(s, &i[1]) && i[0] == i[1], SV_FMT, SV_ARG(s));
		}
	}
	for (size_t k = 0; k < 5; k++)
		ck_assert_int_gt(taken[k], 1000);
}
END_TEST

START_TEST(all_levels_take_the_same_numbers)
{
	const struct simd *s = simd_levels[_i];
	enum { ROOM = 2 * FIELD_PAD + 32 };
	char *buffer = xcalloc(64, ROOM);
	uint64_t state = 11, all = 0;

	for (int round = 0; round < 4000 && s->supported() && s->numbers != NULL; round++) {
		uint32_t n = rnd(&state, 65);
		struct sv text[64];
		int64_t digits[2][64];
		uint8_t fraction[2][64];
		uint64_t taken[2];

		for (uint32_t i = 0; i < n; i++)
			text[i] = random_field(&state, buffer + i * ROOM + rnd(&state, 16));
		taken[0] = simd_scalar.numbers(text, n, digits[0], fraction[0]);
		taken[1] = s->numbers(text, n, digits[1], fraction[1]);
		ck_assert_uint_eq(taken[0], taken[1]);
		all |= taken[0];
		for (uint32_t i = 0; i < n; i++) {
			double real = 0;

			ck_assert_int_lt(fraction[1][i], 16);
			if (!(taken[0] >> i & 1))
				continue;
			ck_assert_msg(digits[0][i] == digits[1][i] && fraction[0][i] == fraction[1][i],
			              SV_FMT, SV_ARG(text[i]));
			ck_assert(field_f64(text[i], &real));
			ck_assert_msg((double)digits[0][i] / pow(10, fraction[0][i]) == real, SV_FMT,
			              SV_ARG(text[i]));
		}
	}
	ck_assert(!s->supported() || s->numbers == NULL || all == UINT64_MAX);
	free(buffer);
}
END_TEST

START_TEST(numbers_are_taken_in_their_usual_spelling_only)
{
	static const struct {
		const char *text;
		bool taken;
		int64_t digits;
		uint8_t fraction;
	} expected[] = {
		{"0", true, 0, 0},
		{"-7", true, -7, 0},
		{"0.50", true, 50, 2},
		{"-0.5", true, -5, 1},
		{"1234567890123456", true, 1234567890123456, 0},
		{"-1234567890123456", true, -1234567890123456, 0},
		{"1.23456789012345", true, 123456789012345, 14},
		{"12345678901234.5", true, 123456789012345, 1},
		{"0.00000000000001", true, 1, 14},
		{"12345678901234567", false, 0, 0},
		{"1.234567890123456", false, 0, 0},
		{"", false, 0, 0},
		{"-", false, 0, 0},
		{".", false, 0, 0},
		{".5", false, 0, 0},
		{"5.", false, 0, 0},
		{"-.5", false, 0, 0},
		{"1.2.3", false, 0, 0},
		{"007", false, 0, 0},
		{"00.5", false, 0, 0},
		{"-0", false, 0, 0},
		{"-0.00", false, 0, 0},
		{"--1", false, 0, 0},
		{"1-", false, 0, 0},
		{"1e3", false, 0, 0},
		{"1,5", false, 0, 0},
		{"1/", false, 0, 0},
		{"1:", false, 0, 0},
		{"\xB1", false, 0, 0},
	};

	for (size_t level = 0; level < simd_level_count; level++) {
		const struct simd *s = simd_levels[level];

		for (size_t i = 0; i < LEN(expected) && s->supported() && s->numbers != NULL; i++) {
			char text[64 + 2 * SIMD_PAD];
			struct sv t = {text, strlen(expected[i].text)};
			int64_t digits;
			uint8_t fraction;
			bool taken;

			/* Behind it stands what would change it. */
			memset(text, "-.50"[i % 4], sizeof(text));
			memcpy(text, expected[i].text, t.n);
			taken = s->numbers(&t, 1, &digits, &fraction) == 1;
			ck_assert_msg(taken == expected[i].taken, "%s: '%s'", s->name, expected[i].text);
			ck_assert_msg(
				!taken || (digits == expected[i].digits && fraction == expected[i].fraction),
				"%s: '%s' is %jd / 10^%d", s->name, expected[i].text, (intmax_t)digits,
				fraction);
		}
	}
}
END_TEST

START_TEST(all_levels_take_the_same_times)
{
	const struct simd *s = simd_levels[_i];
	enum { ROOM = 2 * FIELD_PAD + 32 };
	char *buffer = xcalloc(64, ROOM);
	uint64_t state = 3, all = 0;

	for (int round = 0; round < 20000 && s->supported(); round++) {
		uint32_t n = rnd(&state, 65);
		bool utc = rnd(&state, 2) == 0;
		struct sv text[64];
		int64_t us[2][64];
		uint64_t taken[2];

		for (uint32_t i = 0; i < n; i++) {
			char *p = buffer + i * ROOM + rnd(&state, 16);

			text[i] = random_field(&state, p);
			if (rnd(&state, 3) != 0) {
				snprintf(p, ROOM / 2, "%04d-%02d-%02dT%02d:%02d:%02d", (int)rnd(&state, 2500),
				         (int)rnd(&state, 14), (int)rnd(&state, 33), (int)rnd(&state, 25),
				         (int)rnd(&state, 61), (int)rnd(&state, 61));
				text[i] = (struct sv){p, 19};
			}
			if (text[i].n == 19 && utc)
				p[text[i].n++] = rnd(&state, 20) > 0 ? 'Z' : 'z';
		}
		taken[0] = simd_scalar.times(text, n, utc, us[0]);
		taken[1] = s->times(text, n, utc, us[1]);
		ck_assert_uint_eq(taken[0], taken[1]);
		all |= taken[0];
		for (uint64_t m = taken[0]; m != 0; m &= m - 1) {
			uint32_t i = (uint32_t)__builtin_ctzll(m);
			int64_t right = 0;

			ck_assert(field_time((struct sv){text[i].p, 19}, &right));
			ck_assert_msg(us[0][i] == right && us[1][i] == right, SV_FMT, SV_ARG(text[i]));
		}
	}
	ck_assert(!s->supported() || all == UINT64_MAX);
	free(buffer);
}
END_TEST

/* An automaton without any sense, so that each byte matters for the rest of the way. */
static void
random_automaton(uint64_t *state, struct simd_automaton *a)
{
	uint8_t next[SIMD_CLASSES + 1][SIMD_STATES];
	uint32_t classes = 1 + rnd(state, SIMD_CLASSES);

	for (uint32_t c = 0; c < 256; c++)
		a->class_of[c] = (uint8_t)(c <= 128 ? rnd(state, classes) : a->class_of[128]);
	a->start = (uint8_t)rnd(state, SIMD_STATES);
	a->lasting = (uint8_t)rnd(state, 4);
	for (uint32_t c = 0; c <= SIMD_CLASSES; c++)
		for (uint32_t s = 0; s < SIMD_STATES; s++)
			next[c][s] = (uint8_t)(c == SIMD_CLASSES || s < a->lasting ? s
			                                                           : rnd(state, SIMD_STATES));
	for (uint32_t pair = 0; pair < 256; pair++)
		for (uint32_t s = 0; s < SIMD_STATES; s++)
			a->next[pair][s] = next[pair % 16][next[pair / 16][s]];
}

START_TEST(all_levels_run_automata_to_the_same_states)
{
	const struct simd *s = simd_levels[_i];
	enum { TEXTS = 70, MOST = 150 };
	struct simd_automaton a;
	uint64_t state = 5;

	for (int round = 0; round < 1000 && s->supported() && s->states != NULL; round++) {
		uint32_t n = rnd(&state, TEXTS + 1), most = rnd(&state, 4) == 0 ? MOST : 40;
		struct sv text[TEXTS];
		uint8_t got[2][TEXTS];

		random_automaton(&state, &a);
		for (uint32_t i = 0; i < n; i++) {
			size_t length = rnd(&state, most);
			/* Not a byte more than the text has, for a sanitizer to see. */
			char *p = length > 0 ? xmalloc(length) : NULL;

			for (size_t k = 0; k < length; k++)
				p[k] = (char)rnd(&state, rnd(&state, 8) == 0 ? 256 : 128);
			text[i] = (struct sv){p, length};
		}
		simd_scalar.states(&a, text, n, got[0]);
		s->states(&a, text, n, got[1]);
		for (uint32_t i = 0; i < n; i++) {
			ck_assert_msg(got[0][i] == got[1][i], "%s: %zu bytes, %d is %d", s->name, text[i].n,
			              got[0][i], got[1][i]);
			free((char *)(uintptr_t)text[i].p);
		}
	}
}
END_TEST

START_TEST(all_days_of_the_calendar_are_read_fast_and_no_others)
{
	char text[FIELD_PAD + 16] = {0};

	for (int year = 0; year <= 9999; year += year < 1890 || year > 2110 ? 97 : 1)
		for (int month = 0; month <= 13; month++)
			for (int day = 0; day <= 32; day++) {
				int64_t days[2] = {0};
				struct sv s = {text, 10};

				snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
				ck_assert_msg(swar_date(text, &days[0]) == field_date(s, &days[1]) &&
				                      days[0] == days[1],
				              "%s", text);
			}
}
END_TEST

Suite *
suite_simd(void)
{
	Suite *s = suite_create("simd");
	TCase *t = tcase_create("simd");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_scalar_level_is_right);
	tcase_add_loop_test(t, all_levels_find_what_the_scalar_one_finds, 0, (int)simd_level_count);
	tcase_add_test(t, a_level_goes_by_its_name_and_others_are_refused);
	tcase_add_test(t, what_fast_parsers_take_is_what_the_others_say);
	tcase_add_loop_test(t, all_levels_take_the_same_numbers, 0, (int)simd_level_count);
	tcase_add_test(t, numbers_are_taken_in_their_usual_spelling_only);
	tcase_add_loop_test(t, all_levels_take_the_same_times, 0, (int)simd_level_count);
	tcase_add_loop_test(t, all_levels_run_automata_to_the_same_states, 0, (int)simd_level_count);
	tcase_add_test(t, all_days_of_the_calendar_are_read_fast_and_no_others);
	suite_add_tcase(s, t);
	return s;
}
