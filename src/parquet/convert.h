/* The functions behind the rows of conversion.c.  Private to this folder. */
#ifndef WEIR_PARQUET_CONVERT_H
#define WEIR_PARQUET_CONVERT_H

#include "parquet/conversion.h"

/* Bytes of the texts that are made. */
enum { CONVERT_CLOCK = 15, CONVERT_UUID = 36, CONVERT_INTERVAL = 48 };

/* By what they take, or, where that does not say it, by what they make. */
#define CONVERSIONS(X)   \
	X(boolean)       \
	X(bytes)         \
	X(clock_micros)  \
	X(clock_millis)  \
	X(clock_nanos)   \
	X(copy_64)       \
	X(decimal_bytes) \
	X(decimal_i32)   \
	X(decimal_i64)   \
	X(decimal_wide)  \
	X(from_float)    \
	X(from_half)     \
	X(from_i32)      \
	X(from_u32)      \
	X(from_u64)      \
	X(interval)      \
	X(nothing)       \
	X(time_int96)    \
	X(time_millis)   \
	X(time_nanos)    \
	X(uuid)

#define DECLARE(name)                                                                                \
	const char *convert_##name(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, \
	                           char *texts);
CONVERSIONS(DECLARE)
#undef DECLARE

#endif
