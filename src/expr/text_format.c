#include "expr/text_format.h"

#include <string.h>

const char *const format_compat_names[3] = {"strict", "soda", NULL};

/*
 * What Soda's patterns take, put together from parts.  B is blanks.  Their numbers allow blanks about everything, years of two digits are
 * years, and several are looser or narrower than their names: no month 10 in an ISO date, any number in an address, no end to a card.
 */
#define B " *"
#define EITHER_POINT "([0-9]+([.,][0-9]+)?|[.,][0-9]+)"
#define POINT "([0-9]+(\\.[0-9]+)?|\\.[0-9]+)"
#define COMMA "([0-9]+(,[0-9]+)?|,[0-9]+)"
#define ZERO_EITHER "(0+([.,]0+)?|[.,]0+)"
#define ZERO_POINT "(0+(\\.0+)?|\\.0+)"
#define ZERO_COMMA "(0+(,0+)?|,0+)"
#define WHOLE(x) "^" B x B "$"
#define ANY_SIGN(x) WHOLE("[-+]?" B x)
#define PLUS(x) WHOLE("\\+?" B x)
#define MINUS(x, zero) WHOLE("(-" B x "|" zero ")")
#define PERCENT_ANY(x) WHOLE("[-+]?" B x B "%")
#define PERCENT_PLUS(x) WHOLE("\\+?" B x B "%")
#define PERCENT_MINUS(x, zero) WHOLE("(-" B x "|" zero ")" B "%")
#define CURRENCY B "([A-Z]{3}|[a-z]{3})"
#define DAY "(0?[1-9]|00|[12][0-9]|3[01])"
#define MONTH "(0?[1-9]|1[0-2])"
#define YEAR "(19|20)?[0-9]{2}"
#define DASH "[-./]"
#define HOUR24 "([01]?[0-9]|2[0-3])"
#define HOUR12 "(0?[0-9]|1[0-2])"
#define MINUTE "[0-5]?[0-9]"
#define SECOND "[0-5]?[0-9]([.,][0-9]+)?"
#define ISO_MONTH "(0[0-9]|1[12])"
#define ISO_DAY "([0-2][0-9]|3[01])"
#define ISO_HOUR "(0[0-9]|1[0-2])"
#define ISO_SIXTY "[0-5][0-9]"
#define ISO_8601                                                                                          \
	"(19|20)[0-9]{2}-?(" ISO_MONTH "-?" ISO_DAY "|W[0-5][0-9](-?[1-7])?|[0-3][0-9]{2})"               \
	"([ T]" ISO_HOUR "(:?" ISO_SIXTY "(:?" ISO_SIXTY "([.,][0-9]+)?)?)?([-+]" ISO_HOUR ":?" ISO_SIXTY \
	"|Z)?)?"
#define HEX "[0-9a-fA-F]"
#define UUID "^" HEX "{8}-" HEX "{4}-" HEX "{4}-" HEX "{4}-" HEX "{12}$"
#define QUAD "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$"
#define H16 HEX "{1,4}"
#define OCTET "(25[0-5]|(2[0-4]|1?[0-9])?[0-9])"
#define DOTTED "(" OCTET "\\.){3}" OCTET
#define IPV6                                                                                                \
	"^((" H16 ":){7}" H16 "|(" H16 ":){1,7}:|(" H16 ":){1,6}:" H16 "|(" H16 ":){1,5}(:" H16 "){2}|"     \
	"(" H16 ":){1,4}(:" H16 "){2,3}|(" H16 ":){1,3}(:" H16 "){3,4}|(" H16 ":){1,2}(:" H16 "){4,5}|" H16 \
	":(:" H16 "){1,6}|:((:" H16 "){1,7}|:)|fe80:(:" HEX "{0,4}){0,4}%[0-9a-zA-Z]+|"                     \
	"::(ffff(:0{1,4})?:)?" DOTTED "|(" H16 ":){1,4}:" DOTTED ")$"
#define LETTERS "a-zA-Z\xc3\x80-\xc3\xbf\xc4\x80-\xc5\xbf\xc6\x80-\xc8\xb3"
#define EMAIL "^[" LETTERS "0-9._%+-]+@[" LETTERS "0-9._%-]+\\.[A-Za-z]{2,4}$"
#define PHONE "^((\\+[0-9]{1,2}\\s)?\\(?[0-9]{3}\\)?[\\s.-])?[0-9]{3}[\\s.-][0-9]{4}$"
#define CARD "^[0-9]{14}|[0-9]{15}|([0-9]{4}-){3}[0-9]{4}|([0-9]{4} ){3}[0-9]{4}$"

/* https://semver.org: numbers without leading zeros, then what comes before a release, then what it was built from. */
#define SEMVER_NUMBER "(0|[1-9][0-9]*)"
#define SEMVER_WORD "(" SEMVER_NUMBER "|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
#define SEMVER                                                                                        \
	"^" SEMVER_NUMBER "\\." SEMVER_NUMBER "\\." SEMVER_NUMBER "(-" SEMVER_WORD "(\\." SEMVER_WORD \
	")*)?(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?$"

#define MIXED (NUMBER_POINT | NUMBER_COMMA)

/* clang-format off: one format a line */
const struct text_format text_formats[] = {
	{"cidr", "A block of addresses of IPv4 or IPv6, with the length of its prefix.", "10.0.0.0/8",
         fits_ip, IP_4 | IP_6 | IP_BLOCK, NULL, NULL},
	{"country_code", "Two letters of ISO 3166-1.", "KR", fits_code, CODE_COUNTRY, NULL, NULL},
	{"credit_card_number",
         "12 to 19 digits, single blanks or dashes between them, whose last is Luhn's check digit.",
         "4539 1488 0343 6467", fits_card, 0, NULL, CARD},
	{"currency_code", "Three letters of ISO 4217, in use in 2025 or later.", "EUR", fits_code,
         CODE_CURRENCY, NULL, NULL},
	{"date_eu", "Day, month and year of the calendar: 31/01/2024, also with . or -.", "31/01/2024",
         fits_date, DATE_DMY, NULL, WHOLE(DAY DASH MONTH DASH YEAR)},
	{"date_inverse", "Year, month and day of the calendar: 2024/01/31, also with . or -.", "2024/01/31",
         fits_date, DATE_YMD, NULL, WHOLE(YEAR DASH MONTH DASH DAY)},
	{"date_iso_8601", "A date of ISO 8601 (also 20240131, 2024-W05-3, 2024-031), with or without a time.",
         "2024-W05-3", fits_iso8601, ISO_ANY, NULL, WHOLE(ISO_8601)},
	{"date_us", "Month, day and year of the calendar: 01/31/2024, also with . or -.", "01/31/2024",
         fits_date, DATE_MDY, NULL, WHOLE(MONTH DASH DAY DASH YEAR)},
	{"decimal", "A number, with . or , before its fraction.", "-1,5", fits_number, MIXED, NULL,
         ANY_SIGN(EITHER_POINT)},
	{"decimal_comma", "A number with , before its fraction.", "1,5", fits_number, NUMBER_COMMA, NULL,
         ANY_SIGN(COMMA)},
	{"decimal_point", "A number with . before its fraction.", "1.5", fits_number, NUMBER_POINT, NULL,
         ANY_SIGN(POINT)},
	{"email", "An address of a mailbox at a domain with a dot in it.", "ann@example.org", fits_email, 0,
         NULL, EMAIL},
	{"hostname", "A host's name (RFC 1123).", "db-1.example.org", fits_hostname, 0, NULL, NULL},
	{"http_method", "A method of HTTP, in capitals.", "GET", fits_code, CODE_HTTP_METHOD, NULL, NULL},
	{"iban", "An account's number with its check digits (ISO 13616), blanks between groups allowed.",
         "GB82 WEST 1234 5698 7654 32", fits_iban, 0, NULL, NULL},
	{"integer", "A whole number.", "-42", fits_number, 0, NULL, ANY_SIGN("[0-9]+")},
	{"ip_address", "An address of IPv4 or IPv6.", "2001:db8::1", fits_ip, IP_4 | IP_6, NULL, QUAD},
	{"ipv4_address", "Four numbers up to 255.", "192.0.2.1", fits_ip, IP_4, NULL, QUAD},
	{"ipv6_address", "An address of IPv6, without a zone.", "2001:db8::1", fits_ip, IP_6, NULL, IPV6},
	{"iso_date", "A day as YYYY-MM-DD.", "2024-01-31", fits_iso8601, ISO_DATE, NULL, NULL},
	{"iso_datetime", "YYYY-MM-DDTHH:MM:SS, with or without a fraction and a zone.",
         "2024-01-31T09:30:00Z", fits_iso8601, ISO_DATETIME, NULL, NULL},
	{"iso_time", "HH:MM or HH:MM:SS, with or without a fraction and a zone.", "09:30:00", fits_iso8601,
         ISO_TIME, NULL, NULL},
	{"language_code", "Two small letters of ISO 639-1.", "ko", fits_code, CODE_LANGUAGE, NULL, NULL},
	{"mac_address", "Six bytes as two hexadecimal digits each, with : or - between them.",
         "00:1a:2B:3c:4d:5e", NULL, 0, "^" HEX "{2}((:" HEX "{2}){5}|(-" HEX "{2}){5})$", NULL},
	{"money", "An amount and a currency of ISO 4217.", "9.99 EUR", fits_number, NUMBER_MONEY | MIXED,
         NULL, ANY_SIGN(EITHER_POINT CURRENCY)},
	{"money_comma", "The same, written 1.234,50 EUR.", "1.234,50 EUR", fits_number,
         NUMBER_MONEY | NUMBER_COMMA | NUMBER_GROUPED, NULL,
         ANY_SIGN("[0-9]{1,3}(\\.[0-9]{3})*(,[0-9]+)?" CURRENCY)},
	{"money_point", "The same, written 1,234.50 EUR.", "1,234.50 EUR", fits_number,
         NUMBER_MONEY | NUMBER_POINT | NUMBER_GROUPED, NULL,
         ANY_SIGN("[0-9]{1,3}(,[0-9]{3})*(.[0-9]+)?" CURRENCY)},
	{"negative_decimal", "A number below zero.", "-1,5", fits_number, NUMBER_NEGATIVE | MIXED, NULL,
         MINUS(EITHER_POINT, ZERO_EITHER)},
	{"negative_decimal_comma", "A number below zero, with , before its fraction.", "-1,5", fits_number,
         NUMBER_NEGATIVE | NUMBER_COMMA, NULL, MINUS(COMMA, ZERO_COMMA)},
	{"negative_decimal_point", "A number below zero, with . before its fraction.", "-1.5", fits_number,
         NUMBER_NEGATIVE | NUMBER_POINT, NULL, MINUS(POINT, ZERO_POINT)},
	{"negative_integer", "A whole number below zero.", "-42", fits_number, NUMBER_NEGATIVE, NULL,
         MINUS("[0-9]+", "0+")},
	{"negative_percentage", "A percentage below zero.", "-1.5%", fits_number,
         NUMBER_NEGATIVE | NUMBER_PERCENT | MIXED, NULL, PERCENT_MINUS(EITHER_POINT, ZERO_EITHER)},
	{"negative_percentage_comma", "A percentage below zero, with , before its fraction.", "-1,5%",
         fits_number, NUMBER_NEGATIVE | NUMBER_PERCENT | NUMBER_COMMA, NULL,
         PERCENT_MINUS(COMMA, ZERO_COMMA)},
	{"negative_percentage_point", "A percentage below zero, with . before its fraction.", "-1.5%",
         fits_number, NUMBER_NEGATIVE | NUMBER_PERCENT | NUMBER_POINT, NULL,
         PERCENT_MINUS(POINT, ZERO_POINT)},
	{"percentage", "A number and %, with . or , before its fraction.", "12,5 %", fits_number,
         NUMBER_PERCENT | MIXED, NULL, PERCENT_ANY(EITHER_POINT)},
	{"percentage_comma", "A number and %, with , before its fraction.", "12,5%", fits_number,
         NUMBER_PERCENT | NUMBER_COMMA, NULL, PERCENT_ANY(COMMA)},
	{"percentage_point", "A number and %, with . before its fraction.", "12.5%", fits_number,
         NUMBER_PERCENT | NUMBER_POINT, NULL, PERCENT_ANY(POINT)},
	{"phone_number",
         "7 to 15 digits, a + before them or not; single blanks, dots, dashes and parentheses between them.",
         "+82 2-1234-5678", fits_phone, 0, NULL, PHONE},
	{"positive_decimal", "A number above zero.", "1.5", fits_number, NUMBER_POSITIVE | MIXED, NULL,
         PLUS(EITHER_POINT)},
	{"positive_decimal_comma", "A number above zero, with , before its fraction.", "1,5", fits_number,
         NUMBER_POSITIVE | NUMBER_COMMA, NULL, PLUS(COMMA)},
	{"positive_decimal_point", "A number above zero, with . before its fraction.", "1.5", fits_number,
         NUMBER_POSITIVE | NUMBER_POINT, NULL, PLUS(POINT)},
	{"positive_integer", "A whole number above zero.", "42", fits_number, NUMBER_POSITIVE, NULL,
         PLUS("[0-9]+")},
	{"positive_percentage", "A percentage above zero.", "1.5%", fits_number,
         NUMBER_POSITIVE | NUMBER_PERCENT | MIXED, NULL, PERCENT_PLUS(EITHER_POINT)},
	{"positive_percentage_comma", "A percentage above zero, with , before its fraction.", "1,5%",
         fits_number, NUMBER_POSITIVE | NUMBER_PERCENT | NUMBER_COMMA, NULL, PERCENT_PLUS(COMMA)},
	{"positive_percentage_point", "A percentage above zero, with . before its fraction.", "1.5%",
         fits_number, NUMBER_POSITIVE | NUMBER_PERCENT | NUMBER_POINT, NULL, PERCENT_PLUS(POINT)},
	{"semver", "A version of semver.org.", "1.2.3-rc.1+build.5", NULL, 0, SEMVER, NULL},
	{"time_12h", "A time up to 12:59, with or without seconds, AM or PM.", "09:30 PM", fits_time,
         TIME_12H, NULL, WHOLE(HOUR12 ":" MINUTE "(:" SECOND ")?")},
	{"time_12h_nosec", "The same, without seconds.", "9:30", fits_time, TIME_12H | TIME_NO_SECONDS, NULL,
         WHOLE(HOUR12 ":" MINUTE)},
	{"time_24h", "A time up to 23:59, with or without seconds.", "21:30", fits_time, 0, NULL,
         WHOLE(HOUR24 ":" MINUTE "(:" SECOND ")?")},
	{"time_24h_nosec", "The same, without seconds.", "21:30", fits_time, TIME_NO_SECONDS, NULL,
         WHOLE(HOUR24 ":" MINUTE)},
	{"timestamp_12h", "A time up to 12:59:59, with seconds, AM or PM.", "09:30:00", fits_time,
         TIME_12H | TIME_SECONDS, NULL, WHOLE(HOUR12 ":" MINUTE ":" SECOND)},
	{"timestamp_24h", "A time up to 23:59:59, with seconds.", "21:30:00", fits_time, TIME_SECONDS, NULL,
         WHOLE(HOUR24 ":" MINUTE ":" SECOND)},
	{"url", "An absolute URL with a host, of http, https, ftp or any other scheme.",
         "https://example.org/a?b=c", fits_url, 0, NULL, NULL},
	{"uuid", "32 hexadecimal digits as 8-4-4-4-12.", "123e4567-e89b-12d3-a456-426614174000", NULL, 0,
         UUID, UUID},
};
/* clang-format on */
const size_t text_format_count = LEN(text_formats);

/* Blanks, hyphens and underscores are alike, and so are capitals. */
static bool
is_called(const char *name, struct sv s)
{
	size_t n = strlen(name);

	if (n != s.n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s.p[i] == ' ' || s.p[i] == '-' ? '_' : s.p[i];

		if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != name[i])
			return false;
	}
	return true;
}

const struct text_format *
text_format_find(struct sv name, enum format_compat compat)
{
	for (size_t i = 0; i < text_format_count; i++)
		if (is_called(text_formats[i].name, name))
			return compat == FORMAT_STRICT || text_formats[i].soda != NULL ? &text_formats[i]
			                                                               : NULL;
	return NULL;
}

const char *
text_format_pattern(const struct text_format *f, enum format_compat compat)
{
	return compat == FORMAT_SODA ? f->soda : f->pattern;
}

const char *const *
text_format_names(struct arena *a, size_t *n)
{
	const char **names = ARENA_ARRAY(a, const char *, text_format_count);

	for (size_t i = 0; i < text_format_count; i++)
		names[i] = text_formats[i].name;
	*n = text_format_count;
	return names;
}
