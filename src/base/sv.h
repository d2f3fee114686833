/*
 * String views: text in the data path.  A view may hold NUL bytes, need not end in one, and p may be
 * NULL when n is 0.
 */
#ifndef WEIR_BASE_SV_H
#define WEIR_BASE_SV_H

#include <string.h>

#include "base/base.h"

struct sv {
	const char *p;
	size_t n;
};

#define SV(lit) ((struct sv){("" lit), sizeof(lit) - 1})
#define SV_FMT "%.*s"
#define SV_ARG(s) ((int)MIN((s).n, (size_t)INT32_MAX)), ((s).p ? (s).p : "")

static inline struct sv
sv_of(const char *s)
{
	return (struct sv){s, s != NULL ? strlen(s) : 0};
}

static inline bool
sv_eq(struct sv a, struct sv b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
sv_is(struct sv a, const char *s)
{
	return sv_eq(a, sv_of(s));
}

int sv_cmp(struct sv a, struct sv b); /* by bytes, then by length */
bool sv_starts(struct sv s, struct sv prefix);
bool sv_ends(struct sv s, struct sv suffix);
bool sv_in(struct sv s, const struct sv *list, size_t n);
struct sv sv_trim(struct sv s);           /* ASCII white space at both ends */
struct sv sv_skip(struct sv s, size_t n); /* without its first min(n, s.n) bytes */

/* Position of the first c, or -1. */
ptrdiff_t sv_find(struct sv s, char c);

/* Cuts *rest at the first sep: returns what stands before it and leaves what stands behind it.  Without one, all. */
struct sv sv_cut(struct sv *rest, char sep);

/* ASCII letters regardless of case. */
bool sv_ieq(struct sv a, struct sv b);
bool sv_iends(struct sv s, struct sv suffix);

/*
 * Does s match a glob?  `*` any run without '/', `**` any run, `?` one character but '/', `[a-z]` a
 * class, `\` quotes.  `**` and a slash as a whole part of a path match no folder as well.  The whole of s has
 * to match.
 */
bool sv_glob(struct sv pattern, struct sv s);
bool sv_has_glob(struct sv s); /* does it hold *, ? or [ unquoted? */

/* Characters (not bytes) of UTF-8 text: bytes that do not continue a sequence. */
int64_t sv_chars(struct sv s);
bool sv_utf8_valid(struct sv s);

/*
 * The entry of `names` nearest to s by Damerau-Levenshtein distance, or NULL if none is near enough to
 * be worth suggesting (distance at most 1 for up to 4 characters, else a third of the length).
 */
const char *sv_nearest(struct sv s, const char *const *names, size_t n);

/* Terminal columns that s takes (East Asian wide characters take two, combining ones none). */
int sv_width(struct sv s);

#endif
