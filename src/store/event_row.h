/* Inside the store: how the row of an event is read. */
#ifndef WEIR_STORE_EVENT_ROW_H
#define WEIR_STORE_EVENT_ROW_H

#include "store/db.h"

#define EVENT_COLUMNS                                                                                  \
	"e.seq, e.id, e.kind, e.asset, e.partition, e.version, e.at_us, e.recorded_us, e.updated_us, " \
	"e.data_through_us, e.code_version, e.rows, e.run_id, e.reporter, e.inputs_given, e.note"

/* A row of these columns, without inputs and metrics. */
MUST_CHECK bool event_read_row(const struct query *q, struct arena *a, struct event *e, struct err *err);
MUST_CHECK bool event_read_inputs(struct store *s, struct arena *a, struct event *e, struct err *err);

#endif
