#include "report/event.h"

void
report_event(struct json_writer *j, const struct event *e)
{
	json_object_inline(j);
	json_put_sv(j, "id", e->id);
	json_put_str(j, "kind", event_kind_names[e->kind]);
	json_put_sv(j, "asset", e->asset);
	json_put_sv(j, "partition", e->partition);
	json_put_time(j, "at", e->at_us);
	json_put_time(j, "recorded_at", e->recorded_us);
	json_put_sv(j, "version", e->version);
	json_put_time(j, "updated_at", e->updated_us);
	json_put_time(j, "data_through", e->data_through_us);
	json_put_sv(j, "code_version", e->code_version);
	json_key(j, "rows");
	if (e->rows < 0)
		json_null(j);
	else
		json_i64(j, e->rows);
	json_put_sv(j, "reporter", e->reporter);
	json_put_sv(j, "run_id", e->run_id);
	json_put_sv(j, "note", e->note);
	json_key(j, "inputs");
	json_array_inline(j);
	for (size_t i = 0; i < e->ninput; i++) {
		json_object_inline(j);
		json_put_sv(j, "asset", e->input[i].key);
		json_put_sv(j, "version", e->input[i].version);
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, "metrics");
	json_object_inline(j);
	for (size_t i = 0; i < e->nmetric; i++) {
		json_key_sv(j, e->metric[i].name);
		json_f64(j, e->metric[i].value);
	}
	json_object_end(j);
	json_object_end(j);
}
