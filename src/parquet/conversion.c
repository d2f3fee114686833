/*
 * What a column means: the annotations of the schema, new and old, and the conversion that follows from them.  A meaning that its physical
 * type cannot have is none: the column is what its physical type says.
 */
#include "parquet/convert.h"

enum { DIGITS_MAX = 38, DIGITS_I64 = 18 };

enum meaning {
	MEANS_NOTHING, /* no more than its physical type says */
	MEANS_TEXT,
	MEANS_UNSIGNED,
	MEANS_DECIMAL,      /* to 18 digits */
	MEANS_WIDE_DECIMAL, /* to 38 */
	MEANS_DATE,
	MEANS_CLOCK_MILLIS,
	MEANS_CLOCK_MICROS,
	MEANS_CLOCK_NANOS,
	MEANS_TIME_MILLIS,
	MEANS_TIME_MICROS,
	MEANS_TIME_NANOS,
	MEANS_UUID,
	MEANS_HALF,
	MEANS_INTERVAL,
	MEANS_NULL
};

struct choice {
	uint8_t meaning, physical;
	uint8_t width; /* of FIXED: that it has to have; 0 = any */
	uint8_t type;  /* enum type_kind */
	struct conversion how;
};

/* Meaning, physical type, width; type, representation and its bytes; when bounds are believed; function, and whether it changes nothing. */
#define ROW(means, physical, width, type, rep, size, bounds, fn, same)          \
	{                                                                       \
		MEANS_##means, PQ_##physical, width, TYPE_##type,               \
		{                                                               \
			REP_##rep, size, 0, same, BOUNDS_##bounds, convert_##fn \
		}                                                               \
	}
/* The same of texts that are made. */
#define MADE(means, physical, width, fn, bytes)                                          \
	{                                                                                \
		MEANS_##means, PQ_##physical, width, TYPE_STRING,                        \
		{                                                                        \
			REP_TEXT, 16, CONVERT_##bytes, false, BOUNDS_NEVER, convert_##fn \
		}                                                                        \
	}

static const struct choice choices[] = {
	ROW(NOTHING, BOOLEAN, 0, BOOLEAN, BITS, 1, PLAIN, boolean, false),
	ROW(NOTHING, INT32, 0, INTEGER, I64, 8, PLAIN, from_i32, false),
	ROW(NOTHING, INT64, 0, INTEGER, I64, 8, PLAIN, copy_64, true),
	ROW(NOTHING, INT96, 0, TIMESTAMP, I64, 8, NEVER, time_int96, false),
	ROW(NOTHING, FLOAT, 0, NUMBER, F64, 8, PLAIN, from_float, false),
	ROW(NOTHING, DOUBLE, 0, NUMBER, F64, 8, PLAIN, copy_64, true),
	ROW(NOTHING, BYTE_ARRAY, 0, BINARY, TEXT, 16, ORDERED, bytes, true),
	ROW(NOTHING, FIXED, 0, BINARY, TEXT, 16, ORDERED, bytes, true),
	ROW(TEXT, BYTE_ARRAY, 0, STRING, TEXT, 16, ORDERED, bytes, true),
	ROW(TEXT, FIXED, 0, STRING, TEXT, 16, ORDERED, bytes, true),
	ROW(UNSIGNED, INT32, 0, INTEGER, I64, 8, ORDERED, from_u32, false),
	ROW(UNSIGNED, INT64, 0, DECIMAL, I128, 16, ORDERED, from_u64, false),
	ROW(DECIMAL, INT32, 0, DECIMAL, I64, 8, PLAIN, decimal_i32, false),
	ROW(DECIMAL, INT64, 0, DECIMAL, I64, 8, PLAIN, decimal_i64, false),
	ROW(DECIMAL, BYTE_ARRAY, 0, DECIMAL, I64, 8, ORDERED, decimal_bytes, false),
	ROW(DECIMAL, FIXED, 0, DECIMAL, I64, 8, ORDERED, decimal_bytes, false),
	ROW(WIDE_DECIMAL, BYTE_ARRAY, 0, DECIMAL, I128, 16, ORDERED, decimal_wide, false),
	ROW(WIDE_DECIMAL, FIXED, 0, DECIMAL, I128, 16, ORDERED, decimal_wide, false),
	ROW(DATE, INT32, 0, DATE, I64, 8, PLAIN, from_i32, false),
	MADE(CLOCK_MILLIS, INT32, 0, clock_millis, CLOCK),
	MADE(CLOCK_MICROS, INT64, 0, clock_micros, CLOCK),
	MADE(CLOCK_NANOS, INT64, 0, clock_nanos, CLOCK),
	ROW(TIME_MILLIS, INT64, 0, TIMESTAMP, I64, 8, PLAIN, time_millis, false),
	ROW(TIME_MICROS, INT64, 0, TIMESTAMP, I64, 8, PLAIN, copy_64, true),
	ROW(TIME_NANOS, INT64, 0, TIMESTAMP, I64, 8, PLAIN, time_nanos, false),
	MADE(UUID, FIXED, 16, uuid, UUID),
	ROW(HALF, FIXED, 2, NUMBER, F64, 8, ORDERED, from_half, false),
	MADE(INTERVAL, FIXED, 12, interval, INTERVAL),
};

static const struct conversion null_conversion = {REP_VALUE, sizeof(struct value), 0,
                                                  false,     BOUNDS_NEVER,         convert_nothing};

struct meant {
	enum meaning meaning;
	bool utc;
	int32_t precision, scale; /* of decimals */
};

static struct meant
meant(enum meaning m)
{
	return (struct meant){.meaning = m};
}

static struct meant
meant_decimal(int32_t precision, int32_t scale)
{
	return (struct meant){precision > DIGITS_I64 ? MEANS_WIDE_DECIMAL : MEANS_DECIMAL, false, precision,
	                      scale};
}

static struct meant
meant_time(enum meaning millis, const struct pq_time *t)
{
	for (unsigned unit = UNIT_MILLIS; unit <= UNIT_NANOS; unit++)
		if (thrift_has(t->unit.has, unit))
			return (struct meant){millis + unit - UNIT_MILLIS, .utc = t->utc};
	return meant(MEANS_NOTHING);
}

static struct meant
from_logical(const struct pq_logical *l)
{
	unsigned which = l->has != 0 ? (unsigned)__builtin_ctz(l->has) : 0;

	switch (which) {
	case LOGICAL_STRING:
	case LOGICAL_ENUM:
	case LOGICAL_JSON:
		return meant(MEANS_TEXT);
	case LOGICAL_DECIMAL:
		return meant_decimal(l->decimal.precision, l->decimal.scale);
	case LOGICAL_DATE:
		return meant(MEANS_DATE);
	case LOGICAL_TIME:
		return meant_time(MEANS_CLOCK_MILLIS, &l->time);
	case LOGICAL_TIMESTAMP:
		return meant_time(MEANS_TIME_MILLIS, &l->timestamp);
	case LOGICAL_INTEGER:
		return meant(thrift_has(l->integer.has, 2) && !l->integer.is_signed ? MEANS_UNSIGNED
		                                                                    : MEANS_NOTHING);
	case LOGICAL_UNKNOWN:
		return meant(MEANS_NULL);
	case LOGICAL_UUID:
		return meant(MEANS_UUID);
	case LOGICAL_FLOAT16:
		return meant(MEANS_HALF);
	default:
		return meant(MEANS_NOTHING);
	}
}

/* What the old converted types say; their times were instants. */
static struct meant
from_converted(const struct pq_schema *s)
{
	switch (s->converted) {
	case CONVERTED_UTF8:
	case CONVERTED_ENUM:
	case CONVERTED_JSON:
		return meant(MEANS_TEXT);
	case CONVERTED_DECIMAL:
		return meant_decimal(s->precision, s->scale);
	case CONVERTED_DATE:
		return meant(MEANS_DATE);
	case CONVERTED_TIME_MILLIS:
		return meant(MEANS_CLOCK_MILLIS);
	case CONVERTED_TIME_MICROS:
		return meant(MEANS_CLOCK_MICROS);
	case CONVERTED_TIMESTAMP_MILLIS:
		return (struct meant){.meaning = MEANS_TIME_MILLIS, .utc = true};
	case CONVERTED_TIMESTAMP_MICROS:
		return (struct meant){.meaning = MEANS_TIME_MICROS, .utc = true};
	case CONVERTED_UINT_8:
	case CONVERTED_UINT_16:
	case CONVERTED_UINT_32:
	case CONVERTED_UINT_64:
		return meant(MEANS_UNSIGNED);
	case CONVERTED_INTERVAL:
		return meant(MEANS_INTERVAL);
	default:
		return meant(MEANS_NOTHING);
	}
}

static const struct choice *
find(enum meaning m, const struct leaf *l)
{
	for (size_t i = 0; i < LEN(choices); i++)
		if (choices[i].meaning == m && choices[i].physical == l->physical &&
		    (choices[i].width == 0 || choices[i].width == l->width))
			return &choices[i];
	return NULL;
}

void
conversion_choose(struct leaf *l, const struct pq_schema *s)
{
	struct meant m = meant(MEANS_NOTHING);

	if (thrift_has(s->has, 10))
		m = from_logical(&s->logical);
	else if (thrift_has(s->has, 6))
		m = from_converted(s);
	if (m.meaning == MEANS_NULL) {
		l->type = (struct type){.kind = TYPE_NULL};
		l->how = &null_conversion;
		return;
	}
	if ((m.meaning == MEANS_DECIMAL || m.meaning == MEANS_WIDE_DECIMAL) &&
	    (m.precision < 1 || m.precision > DIGITS_MAX || m.scale < 0 || m.scale > m.precision))
		l->refused = "its decimals do not have 1 to 38 digits";

	/* A meaning that its physical type cannot have is none. */
	const struct choice *c = find(m.meaning, l);

	if (c == NULL && (m.meaning == MEANS_DECIMAL || m.meaning == MEANS_WIDE_DECIMAL))
		l->refused =
			"its decimals are stored in a type that cannot hold them"; /* without their scale they would be others */
	if (c == NULL)
		c = find(MEANS_NOTHING, l);
	l->how = &c->how;
	l->type = (struct type){.kind = c->type};
	if (l->type.kind == TYPE_TIMESTAMP && m.utc)
		l->type.kind = TYPE_TIMESTAMPTZ;
	if (l->type.kind != TYPE_DECIMAL)
		return;
	l->type.precision = 20; /* of 64 bits without a sign */
	if (c->meaning != MEANS_UNSIGNED && l->refused == NULL) {
		l->type.precision = (uint8_t)m.precision;
		l->type.scale = (uint8_t)m.scale;
	}
}
