/* What decides a format that no pattern can: calendars, check digits, lists of codes, numbers with a range. */
#include <arpa/inet.h>
#include <string.h>

#include "base/civil.h"
#include "expr/text_format.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
take_char(struct sv *s, char c)
{
	if (s->n == 0 || *s->p != c)
		return false;
	*s = sv_skip(*s, 1);
	return true;
}

/* From min to max digits as a number; what follows may be digits, too. */
static bool
take_digits(struct sv *s, size_t min, size_t max, int *ret)
{
	size_t n = 0;
	int v = 0;

	for (; n < s->n && n < max && is_digit(s->p[n]); n++)
		v = n < 9 ? v * 10 + (s->p[n] - '0') : v;
	if (n < min)
		return false;
	*s = sv_skip(*s, n);
	*ret = v;
	return true;
}

/* Numbers --------------------------------------------------------------------------------------------------------- */

/* Digits, counted; *nonzero is set by any that is not 0.  Grouped ones stand in threes behind the first separator. */
static size_t
take_whole(struct sv *s, char group, bool *nonzero)
{
	size_t digits = 0, since = 0;
	bool grouped = false;

	while (s->n > 0) {
		if (is_digit(*s->p)) {
			*nonzero = *nonzero || *s->p != '0';
			digits++;
			since++;
		} else if (group != '\0' && *s->p == group) {
			if (grouped ? since != 3 : since == 0 || since > 3)
				return 0;
			grouped = true;
			since = 0;
		} else {
			break;
		}
		*s = sv_skip(*s, 1);
	}
	return grouped && since != 3 ? 0 : digits;
}

static bool
take_fraction(struct sv *s, unsigned how, bool *there, bool *nonzero)
{
	*there = ((how & NUMBER_POINT) != 0 && take_char(s, '.')) ||
	         ((how & NUMBER_COMMA) != 0 && take_char(s, ','));
	return !*there || take_whole(s, '\0', nonzero) > 0;
}

bool
fits_number(struct sv s, unsigned how)
{
	const bool signs = (how & NUMBER_MONEY) == 0;
	const bool minus = take_char(&s, '-'), plus = !minus && take_char(&s, '+');
	const char group = (how & NUMBER_GROUPED) == 0 ? '\0' : how & NUMBER_POINT ? ',' : '.';
	bool nonzero = false, fraction;
	size_t before = s.n, digits = take_whole(&s, group, &nonzero);

	if (((minus || plus) && !signs && !minus) || (digits == 0 && before != s.n) ||
	    !take_fraction(&s, how, &fraction, &nonzero) || (digits == 0 && !fraction))
		return false;
	if (((how & NUMBER_POSITIVE) != 0 && (minus || !nonzero)) ||
	    ((how & NUMBER_NEGATIVE) != 0 && (!minus || !nonzero)))
		return false;
	if ((how & NUMBER_PERCENT) != 0) {
		(void)take_char(&s, ' ');
		return take_char(&s, '%') && s.n == 0;
	}
	if ((how & NUMBER_MONEY) != 0) {
		(void)take_char(&s, ' ');
		return fits_code(s, CODE_CURRENCY);
	}
	return s.n == 0;
}

/* Dates and times ------------------------------------------------------------------------------------------------- */

static bool
is_day(int year, int month, int day)
{
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= civil_month_days(year, month);
}

bool
fits_date(struct sv s, unsigned order)
{
	int v[3], year = order == DATE_YMD ? 0 : 2;
	char dash = '\0';

	for (int i = 0; i < 3; i++) {
		if (i == 1 && s.n > 0)
			dash = *s.p;
		if (i > 0 && ((dash != '/' && dash != '.' && dash != '-') || !take_char(&s, dash)))
			return false;
		if (!take_digits(&s, i == year ? 4 : 1, i == year ? 4 : 2, &v[i]))
			return false;
	}
	return s.n == 0 && (order == DATE_YMD   ? is_day(v[0], v[1], v[2])
	                    : order == DATE_MDY ? is_day(v[2], v[0], v[1])
	                                        : is_day(v[2], v[1], v[0]));
}

/* AM, PM, also in small letters, a blank before it or not. */
static void
take_half(struct sv *s)
{
	struct sv rest = *s;

	(void)take_char(&rest, ' ');
	if (sv_ieq(rest, SV("am")) || sv_ieq(rest, SV("pm")))
		*s = (struct sv){0};
}

bool
fits_time(struct sv s, unsigned how)
{
	int hour, minute, second;

	if (!take_digits(&s, 1, 2, &hour) || !take_char(&s, ':') || !take_digits(&s, 2, 2, &minute))
		return false;
	if ((how & TIME_NO_SECONDS) == 0 && take_char(&s, ':')) {
		if (!take_digits(&s, 2, 2, &second) || second > 59)
			return false;
		if ((take_char(&s, '.') || take_char(&s, ',')) && !take_digits(&s, 1, 9, &second))
			return false;
	} else if ((how & TIME_SECONDS) != 0) {
		return false;
	}
	if ((how & TIME_12H) != 0)
		take_half(&s);
	return s.n == 0 && minute <= 59 && ((how & TIME_12H) != 0 ? hour >= 1 && hour <= 12 : hour <= 23);
}

/* ISO 8601 has weeks from Monday; the first is the one with the year's first Thursday. */
static int
weeks_of(int year)
{
	int first = civil_weekday(civil_days(year, 1, 1)), last = civil_weekday(civil_days(year, 12, 31));

	return first == 4 || last == 4 ? 53 : 52;
}

/* The date in front, either with dashes or without: a month and day, a week (and its day), or a day of the year. */
static bool
take_iso_date(struct sv *s, bool *extended)
{
	int year, month, day;
	struct sv rest;

	if (!take_digits(s, 4, 4, &year) || year < 1)
		return false;
	*extended = take_char(s, '-');
	if (take_char(s, 'W')) {
		if (!take_digits(s, 2, 2, &month) || month < 1 || month > weeks_of(year))
			return false;
		rest = *s;
		if (*extended ? take_char(&rest, '-') : rest.n > 0 && is_digit(*rest.p)) {
			*s = rest;
			return take_digits(s, 1, 1, &day) && day >= 1 && day <= 7;
		}
		return true;
	}
	rest = *s;
	if (take_digits(&rest, 3, 3, &day) && (rest.n == 0 || !is_digit(*rest.p))) {
		*s = rest;
		return day >= 1 && day <= (civil_month_days(year, 2) == 29 ? 366 : 365);
	}
	if (*extended)
		return take_digits(s, 2, 2, &month) && take_char(s, '-') && take_digits(s, 2, 2, &day) &&
		       is_day(year, month, day);
	if (!take_digits(s, 4, 4, &day))
		return false;
	return is_day(year, day / 100, day % 100);
}

static bool
take_iso_zone(struct sv *s)
{
	int hour, minute = 0;

	if (take_char(s, 'Z'))
		return true;
	if (!take_char(s, '+') && !take_char(s, '-'))
		return false;
	if (!take_digits(s, 2, 2, &hour))
		return false;
	if (s->n > 0 && (take_char(s, ':') || is_digit(*s->p)) && !take_digits(s, 2, 2, &minute))
		return false;
	return hour <= 23 && minute <= 59;
}

/* least: how many of hour, minute and second have to be there.  colons: they stand between them. */
static bool
take_iso_time(struct sv *s, int least, bool colons)
{
	static const int most[] = {24, 59, 59};
	int v[3] = {0}, n = 0;

	while (n < 3) {
		struct sv rest = *s;

		if (n > 0 && colons && !take_char(&rest, ':'))
			break;
		if (!take_digits(&rest, 2, 2, &v[n]) && (n > 0 && !colons))
			break;
		if (rest.p == s->p || v[n] > most[n])
			return false;
		if (n > 0 && colons && rest.p == s->p + 1)
			return false;
		*s = rest;
		n++;
	}
	if (n < least || (v[0] == 24 && (v[1] > 0 || v[2] > 0)))
		return false;
	if (n == 3 && (take_char(s, '.') || take_char(s, ','))) {
		size_t digits = 0;

		while (digits < s->n && is_digit(s->p[digits]))
			digits++;
		if (digits == 0)
			return false;
		*s = sv_skip(*s, digits);
	}
	return s->n == 0 || take_iso_zone(s);
}

bool
fits_iso8601(struct sv s, unsigned what)
{
	bool extended = true;

	if (what == ISO_TIME)
		return take_iso_time(&s, 2, true) && s.n == 0;
	if (what != ISO_ANY && s.n < 10)
		return false;
	if (what != ISO_ANY && (s.p[4] != '-' || s.p[7] != '-'))
		return false;
	if (!take_iso_date(&s, &extended))
		return false;
	if (s.n == 0)
		return what != ISO_DATETIME;
	if (what == ISO_DATE || (!take_char(&s, 'T') && (what == ISO_DATETIME || !take_char(&s, ' '))))
		return false;
	return take_iso_time(&s, what == ISO_DATETIME ? 3 : 1, extended) && s.n == 0;
}

/* Names and numbers of the net -------------------------------------------------------------------------------------- */

bool
fits_ip(struct sv s, unsigned which)
{
	struct sv address = s;
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	int prefix = 0;

	if ((which & IP_BLOCK) != 0) {
		address = sv_cut(&s, '/');
		if (s.n == 0 || (s.n > 1 && *s.p == '0') || !take_digits(&s, 1, 3, &prefix) || s.n > 0)
			return false;
	}
	if (address.n == 0 || address.n >= sizeof(text) || memchr(address.p, '\0', address.n) != NULL)
		return false;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	if ((which & IP_4) != 0 && prefix <= 32 && inet_pton(AF_INET, text, bytes) == 1)
		return true;
	return (which & IP_6) != 0 && prefix <= 128 && inet_pton(AF_INET6, text, bytes) == 1;
}

bool
fits_hostname(struct sv s, unsigned unused UNUSED)
{
	if (s.n == 0 || s.n > 253)
		return false;
	while (s.n > 0) {
		const bool last = sv_find(s, '.') < 0;
		struct sv label = sv_cut(&s, '.');

		if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_letter(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-')
				return false;
		if (!last && s.n == 0)
			return false; /* a dot at the end */
	}
	return true;
}

/* Has a dot, and what stands behind the last is no number. */
static bool
is_domain(struct sv s)
{
	size_t dot = s.n;

	while (dot > 0 && s.p[dot - 1] != '.')
		dot--;
	if (dot == 0 || s.n - dot < 2 || !fits_hostname(s, 0))
		return false;
	for (size_t i = dot; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return true;
	return false;
}

bool
fits_email(struct sv s, unsigned unused UNUSED)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~";
	struct sv rest = s, local = sv_cut(&rest, '@');

	if (s.n > 254 || local.n == 0 || local.n > 64 || local.n == s.n || local.p[0] == '.' ||
	    local.p[local.n - 1] == '.')
		return false;
	for (size_t i = 0; i < local.n; i++) {
		const char c = local.p[i];

		if (c == '.' ? local.p[i - 1] == '.'
		             : !is_letter(c) && !is_digit(c) && (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return is_domain(rest);
}

/* host[:port], the host a name or an address, of IPv6 in brackets. */
static bool
is_authority(struct sv s)
{
	struct sv host;
	int port = 1;

	while (sv_find(s, '@') >= 0)
		(void)sv_cut(&s, '@');
	if (take_char(&s, '[')) {
		const bool closed = sv_find(s, ']') >= 0;

		host = sv_cut(&s, ']');
		if (!closed || !fits_ip(host, IP_6) || (s.n > 0 && !take_char(&s, ':')))
			return false;
	} else {
		host = sv_cut(&s, ':');
		if (!fits_hostname(host, 0))
			return false;
	}
	return s.n == 0 || (take_digits(&s, 1, 5, &port) && s.n == 0 && port <= 65535);
}

bool
fits_url(struct sv s, unsigned unused UNUSED)
{
	size_t n = 0, end;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || strchr("<>\"\\^`{|}", s.p[i]) != NULL)
			return false;
	while (n < s.n &&
	       (is_letter(s.p[n]) || (n > 0 && (is_digit(s.p[n]) || strchr("+-.", s.p[n]) != NULL))))
		n++;
	if (n == 0 || s.n < n + 3 || memcmp(s.p + n, "://", 3) != 0)
		return false;
	s = sv_skip(s, n + 3);
	for (end = 0; end < s.n && strchr("/?#", s.p[end]) == NULL;)
		end++;
	return is_authority((struct sv){s.p, end});
}

/* Numbers of people ------------------------------------------------------------------------------------------------- */

bool
fits_phone(struct sv s, unsigned unused UNUSED)
{
	size_t digits = 0, open = 0;
	bool separated = true; /* what comes next may be no separator */

	(void)take_char(&s, '+');
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];

		if (is_digit(c)) {
			digits++;
			separated = false;
		} else if (c == '(' && open == 0) {
			open = 1;
			separated = true;
		} else if (c == ')' && open == 1 && !separated) {
			open = 2;
		} else if ((c == ' ' || c == '.' || c == '-') && !separated) {
			separated = true;
		} else {
			return false;
		}
	}
	return digits >= 7 && digits <= 15 && open != 1 && !separated;
}

/* H. P. Luhn, US patent 2950048: from the right, every second digit counts twice, by the sum of its digits. */
bool
fits_card(struct sv s, unsigned unused UNUSED)
{
	size_t digits = 0;
	int sum = 0;

	for (size_t i = s.n; i-- > 0;) {
		int d = s.p[i] - '0';

		if (s.p[i] == ' ' || s.p[i] == '-') {
			if (i == 0 || i + 1 == s.n || !is_digit(s.p[i - 1]))
				return false;
			continue;
		}
		if (!is_digit(s.p[i]))
			return false;
		if (digits++ % 2 == 1)
			d = d > 4 ? 2 * d - 9 : 2 * d;
		sum += d;
	}
	return digits >= 12 && digits <= 19 && sum > 0 && sum % 10 == 0;
}

/* ISO 13616: with the first four characters at the end and letters as 10 to 35, the number is 1 modulo 97. */
bool
fits_iban(struct sv s, unsigned unused UNUSED)
{
	char text[34];
	size_t n = 0;
	unsigned rest = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ' ' && i > 0 && i + 1 < s.n && s.p[i - 1] != ' ')
			continue;
		if (n == sizeof(text) || (!is_digit(s.p[i]) && !(s.p[i] >= 'A' && s.p[i] <= 'Z')))
			return false;
		text[n++] = s.p[i];
	}
	if (n < 15 || !fits_code((struct sv){text, 2}, CODE_COUNTRY) || !is_digit(text[2]) ||
	    !is_digit(text[3]))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char c = text[(i + 4) % n];

		rest = is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97
		                   : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
	}
	return rest == 1;
}

/* Codes ------------------------------------------------------------------------------------------------------------- */

/* One blank before and behind each. */
static const char *const codes[] = {
	[CODE_COUNTRY] =
		" AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV "
		"BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES "
		"ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE "
		"IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY "
		"MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU "
		"NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM "
		"SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE "
		"VG VI VN VU WF WS YE YT ZA ZM ZW ",
	[CODE_CURRENCY] =
		" AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
		"CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
		"GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW "
		"KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN "
		"NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD "
		"SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW "
		"UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA XXX "
		"YER ZAR ZMW ZWG ",
	[CODE_LANGUAGE] =
		" aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee "
		"el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik "
		"io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk "
		"ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa "
		"sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur "
		"uz ve vi vo wa wo xh yi yo za zh zu ",
	[CODE_HTTP_METHOD] = " CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE ",
};

bool
fits_code(struct sv s, unsigned list)
{
	char code[12] = " ";

	if (s.n == 0 || s.n > sizeof(code) - 3 || memchr(s.p, ' ', s.n) != NULL ||
	    memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(code + 1, s.p, s.n);
	code[s.n + 1] = ' ';
	return strstr(codes[list], code) != NULL;
}
