/* Time Zone Information Format (RFC 9636), versions 1 to 4: what a file in /usr/share/zoneinfo says. */
#ifndef WEIR_BASE_TZIF_H
#define WEIR_BASE_TZIF_H

#include "base/arena.h"
#include "base/posix_tz.h"

struct tzif {
	int64_t *at_s;    /* transitions, ascending */
	int32_t *after_s; /* seconds east of UTC from at_s[i] on */
	size_t n;
	int32_t before_s; /* before the first transition */
	bool has_footer;  /* after the last one the footer holds, else after_s[n - 1] */
	struct posix_tz footer;
};

/* Every count and index is checked: the bytes may come from anywhere.  Zones that count leap seconds are refused. */
MUST_CHECK bool tzif_parse(struct arena *a, struct sv bytes, struct tzif *ret, struct err *err);
struct tz_stretch tzif_at(const struct tzif *z, int64_t t_s);

#endif
