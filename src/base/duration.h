/* Durations (`90s 15m 26h 7d 2w`, also glued: `1d6h`) and sizes (`64KB 512MB 50GB`, powers of 1024). */
#ifndef WEIR_BASE_DURATION_H
#define WEIR_BASE_DURATION_H

#include "base/err.h"
#include "base/sv.h"

/* Microseconds, at least 0.  Refuses signs, fractions, spaces, bare numbers (but 0) and overflow. */
MUST_CHECK bool duration_parse(struct sv s, int64_t *us, struct err *err);
/* Bytes.  B, KB, MB, GB, TB, also KiB … and in small letters; a bare number is bytes. */
MUST_CHECK bool size_parse(struct sv s, int64_t *bytes, struct err *err);

#define DURATION_MAX 48
/* Exact, as people write it: "90s", "26h", "7d", "2w", else "4d4h", "1d6h30m"; below a second "0.250s".  Returns dst. */
const char *duration_format(int64_t us, char *dst);
/* For people: at most two units, rounded down: "2 h 10 min", "3 d 4 h", "45 s". */
const char *duration_words(int64_t us, char *dst);
/* When that was, for people who read it at now_us: "just now", "3 h ago", "in 5 min"; a day away and more "2024-01-31 12:34 UTC". */
const char *moment_words(int64_t t_us, int64_t now_us, char *dst);

#endif
