#include <check.h>
#include <math.h>

#include "base/civil.h"
#include "expr/instant.h"
#include "expr/value.h"

static struct value
real(double r)
{
	return (struct value){.kind = VALUE_REAL, .r = r};
}

static struct value
dec(const char *text)
{
	struct value v = {.kind = VALUE_DECIMAL};

	ck_assert(decimal_parse(sv_of(text), &v.d));
	return v;
}

static struct value
text(const char *s)
{
	return value_text(sv_of(s));
}

static struct value
day(int32_t y, int32_t m, int32_t d)
{
	return (struct value){.kind = VALUE_DATE, .i = civil_days(y, m, d)};
}

static struct value
at(enum value_kind kind, const char *s)
{
	struct time_text t;

	ck_assert(time_text_parse(sv_of(s), &t));
	return (struct value){.kind = kind, .i = t.us - t.offset_us};
}

/* Numbers in strictly rising order, equal ones in one group; Python's Fraction agrees. */
static const struct {
	enum value_kind kind;
	const char *text;
	int group;
} numbers[] = {
	{VALUE_REAL, "-inf", 0},
	{VALUE_REAL, "-1e300", 1},
	{VALUE_REAL, "-9223372036854775808", 2},
	{VALUE_INT, "-9223372036854775808", 2},
	{VALUE_DECIMAL, "-9223372036854775808.0", 2},
	{VALUE_INT, "-1", 3},
	{VALUE_DECIMAL, "-0.1000000000000000055511151231257827022", 4},
	{VALUE_REAL, "-0.1", 5},
	{VALUE_DECIMAL, "-0.1", 6},
	{VALUE_REAL, "-0.0", 7},
	{VALUE_INT, "0", 7},
	{VALUE_BOOL, "0", 7},
	{VALUE_DECIMAL, "0.00", 7},
	{VALUE_REAL, "5e-324", 8},
	{VALUE_DECIMAL, "0.1", 9},
	{VALUE_REAL, "0.1", 10},
	{VALUE_DECIMAL, "0.1000000000000000055511151231257827022", 11},
	{VALUE_REAL, "0.5", 12},
	{VALUE_DECIMAL, "0.50", 12},
	{VALUE_BOOL, "1", 13},
	{VALUE_INT, "1", 13},
	{VALUE_REAL, "1.0", 13},
	{VALUE_DECIMAL, "1.000", 13},
	{VALUE_REAL, "9007199254740992", 14},
	{VALUE_INT, "9007199254740992", 14},
	{VALUE_INT, "9007199254740993", 15},
	{VALUE_DECIMAL, "9007199254740993", 15},
	{VALUE_DECIMAL, "9007199254740993.5", 16},
	{VALUE_INT, "9223372036854775807", 17},
	{VALUE_REAL, "9223372036854775808", 18},
	{VALUE_DECIMAL, "9223372036854775808", 18},
	{VALUE_REAL, "1e20", 19},
	{VALUE_DECIMAL, "100000000000000000000", 19},
	{VALUE_DECIMAL, "100000000000000000000.5", 20},
	{VALUE_DECIMAL, "99999999999999999999999999999999999999", 22},
	/* 1e38 as a double is 99999999999999997748809823456034029568 */
	{VALUE_REAL, "1e38", 21},
	{VALUE_REAL, "inf", 23},
};

static struct value
number(size_t i)
{
	struct type t = {.kind = numbers[i].kind == VALUE_REAL   ? TYPE_NUMBER
	                         : numbers[i].kind == VALUE_BOOL ? TYPE_BOOLEAN
	                                                         : TYPE_INTEGER};
	struct value v;

	if (numbers[i].kind == VALUE_DECIMAL)
		return dec(numbers[i].text);
	ck_assert(value_parse(t, sv_of(numbers[i].text), &v));
	return v;
}

static int
sign(int c)
{
	return (c > 0) - (c < 0);
}

START_TEST(numbers_compare_exactly_whatever_their_kinds)
{
	struct value a = number((size_t)_i);

	for (size_t k = 0; k < LEN(numbers); k++) {
		struct value b = number(k);
		int expected = sign(numbers[_i].group - numbers[k].group), c = 99;

		ck_assert(value_compare(a, b, NULL, &c));
		ck_assert_msg(sign(c) == expected, "%s against %s", numbers[_i].text, numbers[k].text);
		ck_assert_int_eq(sign(value_order(a, b)), expected);
		ck_assert_int_eq(value_eq(a, b), expected == 0);
	}
}
END_TEST

START_TEST(equal_numbers_have_equal_hashes_and_others_do_not)
{
	struct hash128 a = value_hash(number((size_t)_i));

	for (size_t k = 0; k < LEN(numbers); k++) {
		struct hash128 b = value_hash(number(k));

		ck_assert_msg((a.lo == b.lo && a.hi == b.hi) == (numbers[_i].group == numbers[k].group),
		              "%s against %s", numbers[_i].text, numbers[k].text);
		ck_assert_int_eq(a.lo == b.lo, a.hi == b.hi);
	}
}
END_TEST

START_TEST(nan_is_null)
{
	struct value v = value_int(1);

	ck_assert_int_eq(value_real(NAN).kind, VALUE_NULL);
	ck_assert(value_parse((struct type){.kind = TYPE_NUMBER}, SV("NaN"), &v));
	ck_assert_int_eq(v.kind, VALUE_NULL);
}
END_TEST

START_TEST(kinds_without_a_common_order_do_not_compare)
{
	struct value v[] = {value_int(1),
	                    text("1"),
	                    day(2024, 1, 1),
	                    {.kind = VALUE_BINARY, .s = SV("1")},
	                    {.kind = VALUE_LIST}};
	int c = 7;

	for (size_t i = 0; i < LEN(v); i++)
		for (size_t k = 0; k < LEN(v); k++) {
			if (i == k)
				continue;
			ck_assert(!value_compare(v[i], v[k], NULL, &c));
			ck_assert_int_eq(c, 7);
			ck_assert(!value_eq(v[i], v[k]));
			ck_assert(value_order(v[i], v[k]) != 0);
			ck_assert(value_hash(v[i]).lo != value_hash(v[k]).lo);
		}
}
END_TEST

START_TEST(dates_are_midnights)
{
	struct value d = day(2024, 2, 29);
	int c;

	ck_assert(value_compare(d, at(VALUE_TIME, "2024-02-29T00:00:00"), NULL, &c) && c == 0);
	ck_assert(value_compare(d, at(VALUE_TIME, "2024-02-29T00:00:00.000001"), NULL, &c) && c < 0);
	ck_assert(value_eq(d, at(VALUE_TIMETZ, "2024-02-29T00:00:00Z")));
	ck_assert(value_hash(d).lo == value_hash(at(VALUE_TIME, "2024-02-29")).lo);
	ck_assert(value_compare(day(1969, 12, 31), at(VALUE_TIME, "1969-12-31T23:59:59"), NULL, &c) && c < 0);
}
END_TEST

START_TEST(a_wall_clock_meets_an_instant_in_its_zone)
{
	const struct tz *seoul;
	int c;

	if (!tz_get(SV("Asia/Seoul"), &seoul, NULL))
		return;
	ck_assert(value_compare(at(VALUE_TIME, "2024-01-01T09:00:00"),
	                        at(VALUE_TIMETZ, "2024-01-01T00:00:00Z"), seoul, &c));
	ck_assert_int_eq(c, 0);
	ck_assert(value_compare(at(VALUE_TIMETZ, "2024-01-01T00:00:00Z"), day(2024, 1, 1), seoul, &c) &&
	          c > 0);
}
END_TEST

START_TEST(lists_and_objects_are_equal_by_element)
{
	struct value one[] = {value_int(1), text("a"), VALUE_NONE}, same[] = {real(1), text("a"), VALUE_NONE};
	struct value a = {.kind = VALUE_LIST, .n = 3, .list = one},
		     b = {.kind = VALUE_LIST, .n = 3, .list = same};
	struct value xy[] = {text("x"), value_int(1), text("y"), a},
		     yx[] = {text("y"), b, text("x"), dec("1.0")};
	struct value o = {.kind = VALUE_OBJECT, .n = 2, .list = xy},
		     p = {.kind = VALUE_OBJECT, .n = 2, .list = yx};

	ck_assert(value_eq(a, b) && value_hash(a).lo == value_hash(b).lo &&
	          value_hash(a).hi == value_hash(b).hi);
	ck_assert(value_eq(o, p) && value_hash(o).lo == value_hash(p).lo &&
	          value_hash(o).hi == value_hash(p).hi);
	b.n = 2;
	ck_assert(!value_eq(a, b) && value_order(a, b) > 0);
	yx[1].n = 2;
	ck_assert(!value_eq(o, p));
}
END_TEST

START_TEST(total_order_goes_by_kind)
{
	struct value v[] = {VALUE_NONE,
	                    value_int(5),
	                    day(1900, 1, 1),
	                    text(""),
	                    {.kind = VALUE_BINARY},
	                    {.kind = VALUE_LIST},
	                    {.kind = VALUE_OBJECT}};

	for (int i = 0; i < (int)LEN(v); i++)
		for (int k = 0; k < (int)LEN(v); k++)
			ck_assert_int_eq(sign(value_order(v[i], v[k])), sign(i - k));
}
END_TEST

/* By Python: str(2), str(2.5), str(True) …; lists by repr. */
START_TEST(text_is_pythons_str)
{
	struct value in[] = {text("it's"), text("a\n\"'\x01"), VALUE_NONE, value_bool(false), real(1e22)};
	struct value pair[] = {text("k"), value_int(1)};
	struct {
		struct value v;
		const char *text;
	} t[] = {
		{value_int(2), "2"},
		{value_int(INT64_MIN), "-9223372036854775808"},
		{real(2.5), "2.5"},
		{real(10), "10.0"},
		{real(1e16), "1e+16"},
		{value_bool(true), "True"},
		{dec("1.50"), "1.50"},
		{text("a b"), "a b"},
		{day(2020, 1, 1), "2020-01-01"},
		{at(VALUE_TIME, "2020-01-01"), "2020-01-01T00:00:00"},
		{at(VALUE_TIMETZ, "2020-01-01T01:02:03.5Z"), "2020-01-01T01:02:03.500000Z"},
		{{.kind = VALUE_BINARY, .s = SV("a\x00\xff'")}, "b\"a\\x00\\xff'\""},
		{{.kind = VALUE_LIST, .n = 5, .list = in},
	         "[\"it's\", 'a\\n\"\\'\\x01', None, False, 1e+22]"},
		{{.kind = VALUE_OBJECT, .n = 1, .list = pair}, "{'k': 1}"},
	};

	for (size_t i = 0; i < LEN(t); i++) {
		AUTO(buf) b = buf_new(1000);

		ck_assert(value_to_text(t[i].v, b));
		ck_assert_str_eq(buf_str(b), t[i].text);
	}
}
END_TEST

START_TEST(text_stops_at_the_buffers_limit)
{
	AUTO(buf) b = buf_new(3);

	ck_assert(!value_to_text(text("abcd"), b));
}
END_TEST

START_TEST(json_keeps_every_digit)
{
	struct value in[] = {value_int(INT64_MAX), dec("0.10"), real(INFINITY),
	                     day(2024, 1, 31),     VALUE_NONE,  {.kind = VALUE_BINARY, .s = SV("ab")},
	                     value_bool(true)};
	struct value o[] = {text("k\""), {.kind = VALUE_LIST, .n = LEN(in), .list = in}};
	AUTO(buf) b = buf_new(1000);
	struct json_writer w;

	json_write_init(&w, b, 0);
	value_to_json((struct value){.kind = VALUE_OBJECT, .n = 1, .list = o}, &w);

	struct buf tight;

	/* Spacing is the writer's affair. */
	buf_init(&tight, 1000);
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] != ' ')
			buf_putc(&tight, b->p[i]);
	ck_assert_str_eq(buf_str(&tight),
	                 "{\"k\\\"\":[9223372036854775807,0.10,null,\"2024-01-31\",null,\"YWI=\",true]}");
	buf_fini(&tight);
}
END_TEST

static const struct {
	const char *type, *text, *printed; /* NULL: refused */
} parsed[] = {
	{"boolean", "TRUE", "True"},
	{"boolean", "f", "False"},
	{"boolean", "Yes", "True"},
	{"boolean", "0", "False"},
	{"boolean", "2", NULL},
	{"boolean", "", NULL},
	{"boolean", "on", NULL},
	{"integer", "-12", "-12"},
	{"integer", "+5", "5"},
	{"integer", "1.0", NULL},
	{"integer", " 1", NULL},
	{"integer", "9223372036854775808", NULL},
	{"number", "1e3", "1000.0"},
	{"number", "-inf", "-inf"},
	{"number", "1,5", NULL},
	{"number", "0x10", NULL},
	{"decimal(5,2)", "123.4", "123.40"},
	{"decimal(5,2)", "123.400", "123.40"},
	{"decimal(5,2)", "-999.99", "-999.99"},
	{"decimal(5,2)", "1000", NULL},
	{"decimal(5,2)", "1.005", NULL},
	{"decimal(5,2)", "1e2", "100.00"},
	{"decimal(5,2)", "nan", NULL},
	{"string", "", ""},
	{"string", "x", "x"},
	{"date", "2024-02-29", "2024-02-29"},
	{"date", "2023-02-29", NULL},
	{"date", "2024-02-29T00:00:00", "2024-02-29"},
	{"date", "2024-02-29 00:00:01", NULL},
	{"date", "29.02.2024", NULL},
	{"date", "1969-12-31", "1969-12-31"},
	{"timestamp", "2024-01-01", "2024-01-01T00:00:00"},
	{"timestamp", "2024-01-01 01:02", "2024-01-01T01:02:00"},
	{"timestamp", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00"},
	{"timestamp", "01:00", NULL},
	{"timestamptz", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00Z"},
	{"timestamptz", "2024-01-01", "2024-01-01T00:00:00Z"},
	{"timestamptz", "now", NULL},
	{"binary", "ab", "b'ab'"},
};

START_TEST(text_becomes_a_value_of_its_type_or_is_refused)
{
	AUTO(buf) b = buf_new(100);
	struct type t;
	struct value v = value_int(42);

	ck_assert(type_parse(sv_of(parsed[_i].type), &t, NULL));

	bool ok = value_parse(t, sv_of(parsed[_i].text), &v);

	ck_assert_msg(ok == (parsed[_i].printed != NULL), "%s '%s'", parsed[_i].type, parsed[_i].text);
	if (!ok) {
		ck_assert(v.kind == VALUE_INT && v.i == 42);
		return;
	}
	(void)value_to_text(v, b);
	ck_assert_str_eq(buf_str(b), parsed[_i].printed);
}
END_TEST

START_TEST(times_take_the_zone_of_their_type)
{
	struct type t = {.kind = TYPE_TIMESTAMPTZ};
	struct value v;

	if (!tz_get(SV("America/New_York"), &t.zone, NULL))
		return;
	/* zdump: New York is at -05:00 in January, and skips 02:30 on 2024-03-10. */
	ck_assert(value_parse(t, SV("2024-01-01 00:00"), &v) &&
	          value_eq(v, at(VALUE_TIMETZ, "2024-01-01T05:00:00Z")));
	ck_assert(value_parse(t, SV("2024-03-10 02:30"), &v) &&
	          value_eq(v, at(VALUE_TIMETZ, "2024-03-10T07:00:00Z")));
	t.kind = TYPE_TIMESTAMP;
	ck_assert(value_parse(t, SV("2024-01-01T05:00:00Z"), &v) &&
	          value_eq(v, at(VALUE_TIME, "2024-01-01T00:00:00")));
}
END_TEST

START_TEST(casts_lose_nothing)
{
	struct type integer = {.kind = TYPE_INTEGER},
		    money = {.kind = TYPE_DECIMAL, .precision = 10, .scale = 2};
	struct type boolean = {.kind = TYPE_BOOLEAN}, number = {.kind = TYPE_NUMBER},
		    string = {.kind = TYPE_STRING};
	struct type date = {.kind = TYPE_DATE};
	struct value v = value_int(42);

	ck_assert(!value_cast(integer, real(2.5), &v) && !value_cast(integer, real(1e19), &v));
	ck_assert(!value_cast(integer, dec("1.5"), &v) &&
	          !value_cast(integer, dec("9223372036854775808"), &v));
	ck_assert(!value_cast(money, dec("0.001"), &v) && !value_cast(money, real(0.001), &v));
	ck_assert(!value_cast(boolean, value_int(2), &v) && !value_cast(string, value_int(2), &v));
	ck_assert(!value_cast(date, at(VALUE_TIME, "2024-01-01T01:00"), &v) &&
	          !value_cast(number, day(2024, 1, 1), &v));
	ck_assert(v.kind == VALUE_INT && v.i == 42);
	ck_assert(value_cast(integer, real(-0.0), &v) && v.kind == VALUE_INT && v.i == 0);
	ck_assert(value_cast(integer, dec("5.00"), &v) && v.kind == VALUE_INT && v.i == 5);
	ck_assert(value_cast(money, real(0.1), &v) && v.d.coeff == 10 && v.d.scale == 2);
	ck_assert(value_cast(money, value_int(7), &v) && v.d.coeff == 700);
	ck_assert(value_cast(boolean, real(1), &v) && v.kind == VALUE_BOOL && v.b);
	ck_assert(value_cast(number, dec("0.1"), &v) && v.kind == VALUE_REAL);
	ck_assert_double_eq(v.r, 0.1);
	ck_assert(value_cast(date, text("2024-01-01"), &v) && value_eq(v, day(2024, 1, 1)));
	ck_assert(value_cast(date, VALUE_NONE, &v) && v.kind == VALUE_NULL);
}
END_TEST

static const struct {
	const char *text, *printed;
} types[] = {
	{"boolean", "boolean"},
	{"INTEGER", "integer"},
	{"decimal(10,2)", "decimal(10,2)"},
	{"decimal( 10 , 2 )", "decimal(10,2)"},
	{"decimal(38)", "decimal(38,0)"},
	{" timestamptz ", "timestamptz"},
	{"varchar(20)", "string"},
	{"double", "number"},
	{"decimal", NULL},
	{"decimal(0)", NULL},
	{"decimal(39,2)", NULL},
	{"decimal(2,3)", NULL},
	{"decimal(2,1", NULL},
	{"integer(4)", NULL},
	{"string(4)", NULL},
	{"any", NULL},
	{"null", NULL},
	{"interval", NULL},
	{"", NULL},
};

START_TEST(type_is_known_by_its_catalog_name)
{
	struct type t = {.kind = TYPE_BINARY};
	struct err err = {0};
	char buf[TYPE_TEXT_MAX];
	bool ok = type_parse(sv_of(types[_i].text), &t, &err);

	ck_assert_msg(ok == (types[_i].printed != NULL), "'%s'", types[_i].text);
	if (ok)
		ck_assert_str_eq(type_text(t, buf), types[_i].printed);
	else
		ck_assert(err.code == ERR_CATALOG && err.msg[0] != '\0' && t.kind == TYPE_BINARY);
}
END_TEST

START_TEST(a_copy_shares_nothing)
{
	AUTO(arena) a = arena_new();
	char bytes[] = "abc";
	struct value in[] = {value_text((struct sv){bytes, 3})};
	struct value copy = value_copy(a, (struct value){.kind = VALUE_LIST, .n = 1, .list = in});

	bytes[0] = 'x';
	in[0] = value_int(1);
	ck_assert(copy.n == 1 && sv_is(copy.list[0].s, "abc"));
}
END_TEST

/* Days also before 1970, on both sides of midnight in the zone. */
START_TEST(an_instant_is_in_the_day_of_its_zone)
{
	static const struct {
		int64_t us, day;
		const char *zone;
	} cases[] = {
		{0, 0, "UTC"},
		{-1, -1, "UTC"},
		{-US_PER_DAY, -1, "UTC"},
		{-US_PER_DAY - 1, -2, "UTC"},
		{US_PER_DAY - 1, 0, "UTC"},
		{-9 * US_PER_HOUR, 0, "Asia/Seoul"},
		{-9 * US_PER_HOUR - 1, -1, "Asia/Seoul"},
		{5 * US_PER_HOUR - 1, -1, "America/New_York"},
		{5 * US_PER_HOUR, 0, "America/New_York"},
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		struct type t = {.kind = TYPE_DATE};
		struct value v;
		struct err err;

		ck_assert_msg(tz_get(sv_of(cases[i].zone), &t.zone, &err), "%s", err.msg);
		ck_assert(value_at_instant(t, cases[i].us, &v));
		ck_assert_int_eq(v.i, cases[i].day);
		ck_assert_int_eq(civil_day_of(tz_to_local_us(t.zone, cases[i].us)), cases[i].day);
	}
}
END_TEST

Suite *
suite_value(void)
{
	Suite *s = suite_create("value");
	TCase *t = tcase_create("value");

	tcase_add_loop_test(t, numbers_compare_exactly_whatever_their_kinds, 0, LEN(numbers));
	tcase_add_loop_test(t, equal_numbers_have_equal_hashes_and_others_do_not, 0, LEN(numbers));
	tcase_add_test(t, nan_is_null);
	tcase_add_test(t, kinds_without_a_common_order_do_not_compare);
	tcase_add_test(t, dates_are_midnights);
	tcase_add_test(t, a_wall_clock_meets_an_instant_in_its_zone);
	tcase_add_test(t, lists_and_objects_are_equal_by_element);
	tcase_add_test(t, total_order_goes_by_kind);
	tcase_add_test(t, text_is_pythons_str);
	tcase_add_test(t, text_stops_at_the_buffers_limit);
	tcase_add_test(t, json_keeps_every_digit);
	tcase_add_loop_test(t, text_becomes_a_value_of_its_type_or_is_refused, 0, LEN(parsed));
	tcase_add_test(t, times_take_the_zone_of_their_type);
	tcase_add_test(t, an_instant_is_in_the_day_of_its_zone);
	tcase_add_test(t, casts_lose_nothing);
	tcase_add_loop_test(t, type_is_known_by_its_catalog_name, 0, LEN(types));
	tcase_add_test(t, a_copy_shares_nothing);
	suite_add_tcase(s, t);
	return s;
}
