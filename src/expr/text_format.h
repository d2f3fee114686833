/*
 * Named formats of texts: `email`, `date us`, `credit card number`.  A format is a row of one table: its name, what it means, and either a
 * function that decides or a pattern.
 *
 * Each name of SodaCL's has two meanings.  The strict one is what the name promises (a date is one of the calendar, a card number has its
 * check digit).  The other takes and refuses what Soda's patterns do, so that a suite that moves from there keeps its verdicts.
 */
#ifndef WEIR_EXPR_TEXT_FORMAT_H
#define WEIR_EXPR_TEXT_FORMAT_H

#include "base/arena.h"

enum format_compat { FORMAT_STRICT, FORMAT_SODA };
extern const char *const format_compat_names[3]; /* "strict", "soda", NULL */

struct text_format {
	const char *name, *doc; /* words with underscores; spaces and hyphens stand for them */
	const char *good;       /* texts that fit, strictly: an example */
	bool (*fits)(struct sv s, unsigned how);
	unsigned how;        /* for `fits`: enum in text_format.c */
	const char *pattern; /* instead of it: PCRE2, searched for, so anchored */
	const char *soda;    /* a pattern, of a format that Soda has; else NULL */
};

extern const struct text_format text_formats[]; /* sorted by name */
extern const size_t text_format_count;

/* NULL if there is none, or none that Soda has too. */
const struct text_format *text_format_find(struct sv name, enum format_compat compat);
/* The pattern of a format, NULL if `fits` decides. */
const char *text_format_pattern(const struct text_format *f, enum format_compat compat);
const char *const *text_format_names(struct arena *a, size_t *n); /* for suggestions */

/* What decides the formats that are no pattern (format_fits.c). */
enum {
	NUMBER_POINT = 1, /* may have digits behind a point */
	NUMBER_COMMA = 2,
	NUMBER_PERCENT = 4, /* a % stands behind it */
	NUMBER_POSITIVE = 8,
	NUMBER_NEGATIVE = 16,
	NUMBER_MONEY = 32,  /* a currency stands behind it; no sign */
	NUMBER_GROUPED = 64 /* with a comma every three digits (POINT), or a point (COMMA) */
};
bool fits_number(struct sv s, unsigned how);
enum { DATE_YMD, DATE_MDY, DATE_DMY };
bool fits_date(struct sv s, unsigned order);
enum { TIME_SECONDS = 1, TIME_NO_SECONDS = 2, TIME_12H = 4 };
bool fits_time(struct sv s, unsigned how);
enum { ISO_ANY, ISO_DATE, ISO_TIME, ISO_DATETIME };
bool fits_iso8601(struct sv s, unsigned what);
enum { IP_4 = 1, IP_6 = 2, IP_BLOCK = 4 };
bool fits_ip(struct sv s, unsigned which);
bool fits_hostname(struct sv s, unsigned unused);
bool fits_email(struct sv s, unsigned unused);
bool fits_url(struct sv s, unsigned unused);
bool fits_phone(struct sv s, unsigned unused);
bool fits_card(struct sv s, unsigned unused);
bool fits_iban(struct sv s, unsigned unused);
enum { CODE_COUNTRY, CODE_CURRENCY, CODE_LANGUAGE, CODE_HTTP_METHOD };
bool fits_code(struct sv s, unsigned list);

#endif
