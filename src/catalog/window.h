/* Time windows of partitions as wall times (microseconds as if UTC): their starts, and their keys. */
#ifndef WEIR_CATALOG_WINDOW_H
#define WEIR_CATALOG_WINDOW_H

#include "catalog/catalog.h"

enum { WINDOW_TEXT_MAX = 40 };

int64_t window_floor(enum partition_every every,
                     int64_t local_us); /* start of the window around a wall time */
int64_t window_next(enum partition_every every, int64_t start_us,
                    int64_t n); /* start of the n-th window after (before) it */
/* 2024-01-01T05, 2024-01-01, 2024-W05, 2024-01, 2024; dst holds WINDOW_TEXT_MAX bytes; returns dst. */
const char *window_format(enum partition_every every, int64_t start_us, char *dst);
MUST_CHECK bool window_parse(enum partition_every every, struct sv key, int64_t *start_us);
/* Year and number of the ISO week around a day (days since 1970). */
void iso_week(int64_t day, int32_t *year, int32_t *week);

#endif
