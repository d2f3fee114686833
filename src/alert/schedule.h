/*
 * When a message that did not get through is tried again: after 5 s, 30 s, 2 min, 5 min, 15 min, 30 min, 1 h, 2 h, 4 h, 8 h, then every
 * 12 h, each ±10 %, with a last try 72 h after it was made.
 */
#ifndef WEIR_ALERT_SCHEDULE_H
#define WEIR_ALERT_SCHEDULE_H

#include "base/clock.h"
#include "base/sv.h"

#define RETRY_END_US (72 * US_PER_HOUR)

/*
 * The time of the next try after `attempts` (at least 1) of a message made at created_us, the last one at at_us; TIME_NONE when that was
 * the last.  retry_after_us: the receiver's wish, which can put the next try off, up to the end, and never bring it forward.  The share
 * of the jitter comes from the SHA-256 of "ID.ATTEMPTS", so that anybody can compute it: first 8 hexadecimal digits / 2^32.
 */
int64_t retry_at(struct sv id, int64_t attempts, int64_t at_us, int64_t created_us, int64_t retry_after_us);

#endif
