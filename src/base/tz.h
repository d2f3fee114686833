/*
 * Time zones from the system's TZif files (RFC 9636), with the POSIX footer for the far future.  Unlike the
 * C library's, zones are objects: any number at once, from any thread, without the TZ variable.
 */
#ifndef WEIR_BASE_TZ_H
#define WEIR_BASE_TZ_H

#include "base/civil.h"
#include "base/err.h"

struct tz; /* immutable; shared for the life of the process */

/* "UTC" or an IANA name, looked up in TZDIR or /usr/share/zoneinfo and kept.  Thread-safe. */
MUST_CHECK bool tz_get(struct sv name, const struct tz **ret, struct err *err);
extern const struct tz *const tz_utc;
const char *tz_name(const struct tz *z);

/* Seconds east of UTC at an instant. */
int32_t tz_offset_s(const struct tz *z, int64_t t_us);
/* The wall clock (as if UTC) at an instant. */
int64_t tz_to_local_us(const struct tz *z, int64_t t_us);

enum tz_fold {
	TZ_ONE,  /* the wall time happens once */
	TZ_GAP,  /* it is skipped: *first = *second = the first instant after the gap */
	TZ_TWICE /* it happens twice: *first, then *second */
};
enum tz_fold tz_from_local(const struct tz *z, int64_t local_us, int64_t *first_us, int64_t *second_us);

/* All names found below the zone directory, for suggestions; borrowed, process-long. */
const char *const *tz_names(size_t *n);

#endif
