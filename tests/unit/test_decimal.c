#include <check.h>

#include "expr/value.h"

/* Sums and products by Python's decimal with 80 digits; NULL where they need more than 38 digits or places. */
static const struct {
	const char *a, *b;
	int order;
	const char *sum, *product;
} pairs[] = {
	{"0", "-0.00", 0, "0", "0"},
	{"1", "1.0", 0, "2", "1"},
	{"0.1", "0.10", 0, "0.2", "0.01"},
	{"99999999999999999999999999999999999999", "1", 1, NULL, "99999999999999999999999999999999999999"},
	{"-99999999999999999999999999999999999999", "99999999999999999999999999999999999999", -1, "0", NULL},
	{"0.00000000000000000000000000000000000001", "0.1", -1, "0.10000000000000000000000000000000000001",
         NULL},
	{"12345678901234567890123456789012345678", "0.00000000000000000000000000000000000001", 1, NULL,
         "0.12345678901234567890123456789012345678"},
	{"0.25", "400000000000000000000000000000000000", -1, "400000000000000000000000000000000000.25",
         "100000000000000000000000000000000000"},
	{"1e3", "0.001", 1, "1000.001", "1"},
	{"99999999999999999999.5", "99999999999999999999.50", 0, "199999999999999999999", NULL},
	{"0.5000000000000000000", "2.0000000000000000000000", -1, "2.5", "1"},
	{"890727.360438182992", "0.07", 1, "890727.430438182992", "62350.91523067280944"},
	{"0.6", "93.0951595154870", -1, "93.695159515487", "55.8570957092922"},
	{"-0.000069651260050857", "8", -1, "7.999930348739949143", "-0.000557210080406856"},
	{"-13580520177443.7356", "7.4868", -1, "-13580520177436.2488", "-101674638464485.75969008"},
	{"11.58252176259998754", "-35.3698189965080", 1, "-23.78729723390801246",
         "-409.67169826627636269705610351032"},
	{"-9773313005163535495.6092018410555370016", "1245448270.2509310668344414948388391432", -1, NULL,
         NULL},
	{"0.758371874575930079620994", "-91620328.06839754701", 1, "-91620327.310025672434069920379006",
         NULL},
	{"6.0", "-0.09", 1, "5.91", "-0.54"},
	{"-770904.100380676744", "0.2", -1, "-770903.900380676744", "-154180.8200761353488"},
	{"-2830575665462902484037061.9318514582192", "-80329982257535951.12233549", -1,
         "-2830575745792884741573013.0541869482192", NULL},
	{"292652385770518622912.4138", "0.663296843877422", 1, "292652385770518622913.077096843877422", NULL},
	{"-483012426460761166", "-99.5993044989937793", -1, "-483012426460761265.5993044989937793",
         "48107701739863191572.3470013770146638"},
	{"-9314002800411.167697472685", "-3", -1, "-9314002800414.167697472685",
         "27942008401233.503092418055"},
	{"787.38", "0.19", 1, "787.57", "149.6022"},
	{"-2740272823901655370", "22660392.25740819858", -1, "-2740272823878994977.74259180142",
         "-62095657081927171351359715.8716833746"},
	{"24520321.250358466239911611146497201803", "29780167241.33782006", -1, NULL, NULL},
	{"7769.47328597611", "-9747347176241202.63", 1, "-9747347176233433.15671402389",
         "-75731753494940693602.2575398491693"},
	{"-41098009.12608672022", "-269529839.774354", 1, "-310627848.90044072022",
         "11077139814799092.15975640072923788"},
	{"0.823037520127374", "0.4", 1, "1.223037520127374", "0.3292150080509496"},
	{"14856662.76295100165", "-2.5", 1, "14856660.26295100165", "-37141656.907377504125"},
	{"387318660305337", "0.96", 1, "387318660305337.96", "371825913893123.52"},
	{"-14759722539.451048595661381053509322655", "932859550837722850266774055405509.87410", -1, NULL,
         NULL},
};

static struct decimal
read(const char *text)
{
	struct decimal d;

	ck_assert_msg(decimal_parse(sv_of(text), &d), "did not take '%s'", text);
	return d;
}

static void
check_result(bool ok, struct decimal d, const char *expected)
{
	char text[DECIMAL_TEXT_MAX];

	ck_assert_msg(ok == (expected != NULL), "gave %s, expected %s",
	              ok ? decimal_text(d, text) : "nothing", expected != NULL ? expected : "nothing");
	if (ok)
		ck_assert_msg(decimal_compare(d, read(expected)) == 0, "gave %s, expected %s",
		              decimal_text(d, text), expected);
}

START_TEST(order_is_pythons)
{
	struct decimal a = read(pairs[_i].a), b = read(pairs[_i].b);

	ck_assert_int_eq(decimal_compare(a, b), pairs[_i].order);
	ck_assert_int_eq(decimal_compare(b, a), -pairs[_i].order);
	ck_assert_int_eq(decimal_compare(a, a), 0);
}
END_TEST

START_TEST(sums_are_exact_or_refused)
{
	struct decimal d = {.coeff = 42, .scale = 1};
	bool ok = decimal_add(read(pairs[_i].a), read(pairs[_i].b), &d);

	check_result(ok, d, pairs[_i].sum);
	if (!ok)
		ck_assert(d.coeff == 42 && d.scale == 1);
}
END_TEST

START_TEST(products_are_exact_or_refused)
{
	struct decimal d = {.coeff = 42, .scale = 1};
	bool ok = decimal_mul(read(pairs[_i].a), read(pairs[_i].b), &d);

	check_result(ok, d, pairs[_i].product);
	if (!ok)
		ck_assert(d.coeff == 42 && d.scale == 1);
}
END_TEST

/* Python's float(Decimal(text)), which rounds correctly. */
static const struct {
	const char *text;
	double value;
} doubles[] = {
	{"0.1", 0x1.999999999999ap-4},
	{"1.1", 0x1.199999999999ap+0},
	{"123456789.123456789", 0x1.d6f34547e6b75p+26},
	{"9007199254740993", 0x1.0000000000000p+53},
	{"9007199254740992.5", 0x1.0000000000000p+53},
	{"0.3", 0x1.3333333333333p-2},
	{"99999999999999999999999999999999999999", 0x1.2ced32a16a1b1p+126},
	{"-0.00000000000000000000000000000000000001", -0x1.b38fb9daa78e4p-127},
	{"2.5", 0x1.4000000000000p+1},
	{"1234567890123456789.0123456789", 0x1.12210f47de981p+60},
	{"8", 0x1.0000000000000p+3},
	{"-4115749949538034543.925458", -0x1.c8f0a62ef45f2p+61},
	{"-61288.4357167921", -0x1.ded0df164578cp+15},
	{"-0.46371", -0x1.dad6cb5350093p-2},
	{"354182607965078692744.5676", 0x1.33345656783f4p+68},
	{"6206.1", 0x1.83e199999999ap+12},
};

START_TEST(doubles_are_the_nearest)
{
	ck_assert_double_eq(decimal_to_f64(read(doubles[_i].text)), doubles[_i].value);
}
END_TEST

static const struct {
	const char *text, *printed;
} texts[] = {
	{"0", "0"},
	{"-0", "0"},
	{"+7", "7"},
	{"0.00", "0.00"},
	{"1.50", "1.50"},
	{".5", "0.5"},
	{"5.", "5"},
	{"-0.05", "-0.05"},
	{"1e3", "1000"},
	{"1.5e1", "15"},
	{"1.50e1", "15.0"},
	{"15e-1", "1.5"},
	{"1e-38", "0.00000000000000000000000000000000000001"},
	{"0e999999999999", "0"},
	{"000000000000000000000000000000000000000000000000001", "1"},
	{"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
	{"10000000000000000000000000000000000000.0000", "10000000000000000000000000000000000000"},
	{"1.00000000000000000000000000000000000000000000", "1.0000000000000000000000000000000000000"},
};

START_TEST(text_is_kept_as_written)
{
	char text[DECIMAL_TEXT_MAX];

	ck_assert_str_eq(decimal_text(read(texts[_i].text), text), texts[_i].printed);
}
END_TEST

static const char *const bad[] = {
	"",
	"-",
	"+",
	".",
	"1.2.3",
	"1e",
	"1e+",
	"e5",
	" 1",
	"1 ",
	"0x1",
	"1_000",
	"inf",
	"nan",
	"--1",
	"100000000000000000000000000000000000000",
	"1e38",
	"1e-39",
	"1e99999999999999999999",
	"1e-99999999999999999999",
	"0.000000000000000000000000000000000000001",
	"123456789012345678901234567890.123456789",
};

START_TEST(what_is_no_decimal_is_refused_and_the_result_left_alone)
{
	struct decimal d = {.coeff = 42, .scale = 1};

	ck_assert_msg(!decimal_parse(sv_of(bad[_i]), &d), "took '%s'", bad[_i]);
	ck_assert(d.coeff == 42 && d.scale == 1);
}
END_TEST

START_TEST(rescaling_never_loses_a_digit)
{
	struct decimal d = {.coeff = 42, .scale = 1};

	ck_assert(decimal_rescale(read("1.50"), 1, &d) && d.coeff == 15 && d.scale == 1);
	ck_assert(decimal_rescale(read("1.5"), 3, &d) && d.coeff == 1500 && d.scale == 3);
	ck_assert(!decimal_rescale(read("1.55"), 1, &d));
	ck_assert(!decimal_rescale(read("12345678901234567890"), 20, &d));
	ck_assert(d.coeff == 1500 && d.scale == 3);
}
END_TEST

Suite *
suite_decimal(void)
{
	Suite *s = suite_create("decimal");
	TCase *t = tcase_create("decimal");

	tcase_add_loop_test(t, order_is_pythons, 0, LEN(pairs));
	tcase_add_loop_test(t, sums_are_exact_or_refused, 0, LEN(pairs));
	tcase_add_loop_test(t, products_are_exact_or_refused, 0, LEN(pairs));
	tcase_add_loop_test(t, doubles_are_the_nearest, 0, LEN(doubles));
	tcase_add_loop_test(t, text_is_kept_as_written, 0, LEN(texts));
	tcase_add_loop_test(t, what_is_no_decimal_is_refused_and_the_result_left_alone, 0, LEN(bad));
	tcase_add_test(t, rescaling_never_loses_a_digit);
	suite_add_tcase(s, t);
	return s;
}
