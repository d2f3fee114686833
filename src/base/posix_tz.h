/*
 * POSIX TZ strings with the extensions of RFC 9636, section 3.3: `EST5EDT,M3.2.0,M11.1.0`.  They close a TZif file
 * and say what holds for ever after its last transition.
 */
#ifndef WEIR_BASE_POSIX_TZ_H
#define WEIR_BASE_POSIX_TZ_H

#include "base/err.h"
#include "base/sv.h"

enum posix_rule_kind {
	RULE_JULIAN, /* Jn: day 1 to 365; February 29 is never counted */
	RULE_DAY,    /* n: day 0 to 365, with February 29 */
	RULE_WEEK    /* Mm.w.d: weekday d of week w (5 = the last) of month m */
};

struct posix_rule {
	enum posix_rule_kind kind;
	int32_t month, week, day; /* day: of the year, or of the week from 0 = Sunday */
	int32_t time_s;           /* wall clock, -167 to 167 hours */
};

struct posix_tz {
	int32_t std_s, dst_s; /* seconds east of UTC */
	bool has_dst;
	struct posix_rule start, end;
};

/* A stretch of time with one offset: from_s <= t < to_s.  INT64_MIN and INT64_MAX where it is open. */
struct tz_stretch {
	int64_t from_s, to_s;
	int32_t offset_s;
};

/* The offsets that a time zone may have lie between these (RFC 9636, section 3.2). */
#define TZ_OFFSET_MIN_S (-89999)
#define TZ_OFFSET_MAX_S 93599

MUST_CHECK bool posix_tz_parse(struct sv s, struct posix_tz *ret, struct err *err);
struct tz_stretch posix_tz_at(const struct posix_tz *p, int64_t t_s);

#endif
