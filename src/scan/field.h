/*
 * The text of one field: what it looks like by nature, and fast parsers for the forms that most data has.
 *
 * "By nature" means that text and value are the same thing: 7 is an integer, 007 and +7 are not, as printing the number
 * would not give the text back.  Inference goes by this; declared types are more generous (value_parse).
 *
 * All texts must be followed by FIELD_PAD readable bytes.
 */
#ifndef WEIR_SCAN_FIELD_H
#define WEIR_SCAN_FIELD_H

#include "expr/value.h"

#define FIELD_PAD 64

/* What a text is by nature, as bits so that a column can collect what it saw. */
enum field_class {
	CLASS_INT = 1, /* fits 64 bits */
	CLASS_BIGINT = 2,
	CLASS_REAL = 4,
	CLASS_NAN = 8,   /* nan, inf and their kin: numbers only beside real ones */
	CLASS_BOOL = 16, /* the words true and false */
	CLASS_DATE = 32,
	CLASS_TIME = 64, /* without a zone */
	CLASS_TIMETZ = 128,
	CLASS_TEXT = 256,
	CLASS_NESTED = 512 /* JSON arrays and objects */
};

enum field_class field_class(struct sv s);
/* The value that it is by nature; text stays a view. */
struct value field_value(struct sv s);

/* -?(0|[1-9][0-9]*) within 64 bits. */
bool field_i64(struct sv s, int64_t *ret);
/* -?digits[.digits][e[+-]digits], at least one digit, no needless leading zero; correctly rounded, finite. */
bool field_f64(struct sv s, double *ret);
/* -?digits[.digits] of at most 18 digits as a multiple of 10^-scale, exactly. */
bool field_scaled(struct sv s, uint8_t scale, int64_t *ret);
/* YYYY-MM-DD[T ]HH:MM:SS[.digits]; *us as if UTC.  Other spellings are value_parse's work. */
bool field_time(struct sv s, int64_t *us);
bool field_date(struct sv s, int64_t *days);
bool field_is_nan(struct sv s); /* nan with or without a sign, in any case */

/*
 * The type of a column whose values were of these classes (bits of enum field_class).  mixed: what to call a column of several
 * kinds: text for CSV, where everything is text; variant for JSON.
 */
struct type field_infer(unsigned classes, enum type_kind mixed, const struct tz *zone);

#endif
