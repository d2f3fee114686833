/*
 * Types and values, the same for every engine.
 *
 * NaN is null everywhere.  A `timestamp` is a wall clock (microseconds as if UTC) with the zone of its type; a
 * `timestamptz` is an instant.  Numbers of all kinds compare by their exact value: 1 = 1.0 = true is
 * Great Expectations' equality (Python's) and ours.
 */
#ifndef WEIR_EXPR_VALUE_H
#define WEIR_EXPR_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/tz.h"

enum type_kind {
	TYPE_ANY,  /* not known (yet): an undeclared column before the data was seen */
	TYPE_NULL, /* only nulls were seen, or the literal null */
	TYPE_BOOLEAN,
	TYPE_INTEGER, /* 64 bit */
	TYPE_NUMBER,  /* double */
	TYPE_DECIMAL, /* up to 38 digits, scale in the type */
	TYPE_STRING,
	TYPE_DATE,
	TYPE_TIMESTAMP,
	TYPE_TIMESTAMPTZ,
	TYPE_BINARY,
	TYPE_VARIANT /* values keep their own kinds: mixed JSON, SQLite columns without a type, inference that met a misfit */
};

struct type {
	enum type_kind kind;
	uint8_t precision, scale; /* of decimals; precision 0 = 38 */
	const struct tz *zone;    /* of timestamps; NULL = UTC */
};

/* `integer`, `decimal(10,2)` …: the catalog's names. */
MUST_CHECK bool type_parse(struct sv s, struct type *ret, struct err *err);
#define TYPE_TEXT_MAX 24
const char *type_text(struct type t, char *dst); /* dst holds TYPE_TEXT_MAX bytes; returns dst */
bool type_is_numeric(struct type t);             /* boolean, integer, number, decimal */
bool type_is_temporal(struct type t);            /* date, timestamp, timestamptz */
bool type_eq(struct type a, struct type b);

struct decimal {
	__int128 coeff; /* value = coeff / 10^scale */
	uint8_t scale;  /* 0..38 */
};

enum value_kind {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_REAL,
	VALUE_DECIMAL,
	VALUE_TEXT,
	VALUE_DATE,   /* i: days since 1970 */
	VALUE_TIME,   /* i: wall clock, microseconds */
	VALUE_TIMETZ, /* i: instant, microseconds */
	VALUE_BINARY, /* s */
	VALUE_LIST,   /* list[n] */
	VALUE_OBJECT  /* list[2n]: text keys and values in turn */
};

struct value {
	enum value_kind kind;
	uint32_t n;
	union {
		bool b;
		int64_t i;
		double r;
		struct decimal d;
		struct sv s;
		const struct value *list;
	};
};

#define VALUE_NONE ((struct value){.kind = VALUE_NULL})
static inline struct value
value_int(int64_t i)
{
	return (struct value){.kind = VALUE_INT, .i = i};
}
static inline struct value
value_bool(bool b)
{
	return (struct value){.kind = VALUE_BOOL, .b = b};
}
static inline struct value
value_text(struct sv s)
{
	return (struct value){.kind = VALUE_TEXT, .s = s};
}
struct value value_real(double r); /* NaN becomes null */

bool value_is_numeric(struct value v);
/* The double nearest to a number.  NAN of what is none. */
double value_to_f64(struct value v);

/*
 * Order of two values that are not null: false if their kinds have none (text against number, bool against date,
 * lists), in which case == is false and < an error.  *ret is <0, 0, >0.  Numbers compare exactly across kinds; a date
 * compares to a timestamp as its midnight; wall clock against instant needs a zone (NULL = UTC).
 */
MUST_CHECK bool value_compare(struct value a, struct value b, const struct tz *zone, int *ret);
bool value_eq(struct value a, struct value b); /* lists and objects by element; null equals null */
/* Total order for sorted output: null < bool/numbers < time < text < binary < lists. */
int value_order(struct value a, struct value b);

/* Equal values (value_eq) have equal hashes, whatever their kinds: 1, 1.0 and 1.00 are one key. */
struct hash128 value_hash(struct value v);

struct value value_copy(struct arena *a, struct value v); /* deep */

/* Text as Python's str() prints it: `2`, `2.5`, `10.0`, `True`, `2020-01-01T00:00:00`.  This is what lengths and regexes see. */
bool value_to_text(struct value v, struct buf *b); /* false: b is full */
/* JSON as in result lists: numbers as numbers (decimals exactly), times as ISO 8601 text, binary as base64, null, lists, objects. */
void value_to_json(struct value v, struct json_writer *w);
/* A key with that, or with null where it is not to be seen. */
void value_put_json(struct json_writer *w, const char *key, struct value v, bool hidden);

/*
 * Parses text as a value of the type: how a CSV field, a partition key or an ISO string in a suite becomes a value.
 * False if it does not fit (the caller says what that means).  Booleans: true false t f yes no y n 1 0 (any case).  Decimals
 * must fit precision and scale exactly (trailing zeros may go).  Dates may carry a midnight; timestamps may be bare dates.
 */
MUST_CHECK bool value_parse(struct type t, struct sv s, struct value *ret);
/* Converts between kinds where no information is lost (integer literal to decimal, ISO text to time); false otherwise. */
MUST_CHECK bool value_cast(struct type t, struct value v, struct value *ret);
struct type value_type(struct value v);

/* Decimals: exact; false on overflow past 38 digits. */
MUST_CHECK bool decimal_parse(struct sv s, struct decimal *ret); /* [-+]digits[.digits][e[+-]digits] */
MUST_CHECK bool decimal_rescale(struct decimal d, uint8_t scale,
                                struct decimal *ret); /* refuses to lose digits */
int decimal_compare(struct decimal a, struct decimal b);
MUST_CHECK bool decimal_add(struct decimal a, struct decimal b, struct decimal *ret);
MUST_CHECK bool decimal_mul(struct decimal a, struct decimal b, struct decimal *ret);
double decimal_to_f64(struct decimal d); /* correctly rounded */
#define DECIMAL_TEXT_MAX 48
const char *decimal_text(struct decimal d, char *dst);

#endif
