/* Events as JSON: of `weir events list` and of GET /v1/events. */
#ifndef WEIR_REPORT_EVENT_H
#define WEIR_REPORT_EVENT_H

#include "base/json.h"
#include "store/store.h"

void report_event(struct json_writer *j, const struct event *e);

#endif
