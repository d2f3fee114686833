/* Waivers as JSON: of `weir waive --list` and of /v1/waivers. */
#ifndef WEIR_REPORT_WAIVER_H
#define WEIR_REPORT_WAIVER_H

#include "base/json.h"
#include "store/waiver.h"

enum waiver_state { WAIVER_IN_FORCE, WAIVER_AHEAD, WAIVER_ENDED, WAIVER_EXPIRED };
extern const char *const waiver_state_names[4];

enum waiver_state waiver_state(const struct waiver *w, int64_t now_us);
void report_waiver(struct json_writer *j, const struct waiver *w, int64_t now_us);

/* How far ahead a waiver may end: a leap year, so that "the same day next year" always fits.  Its texts have a limit, too. */
#define WAIVER_MAX_US (366 * US_PER_DAY)
enum { WAIVER_TEXT_MAX_BYTES = 2000 };

#endif
