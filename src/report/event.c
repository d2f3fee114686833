#include "report/event.h"

void
report_event(struct json_writer *j, const struct event *e)
{
	json_object_inline(j);
	json_key(j, "id");
	json_sv(j, e->id);
	json_key(j, "kind");
	json_str(j, event_kind_names[e->kind]);
	json_key(j, "asset");
	json_sv(j, e->asset);
	json_key(j, "partition");
	json_sv(j, e->partition);
	json_key(j, "at");
	json_time(j, e->at_us);
	json_key(j, "recorded_at");
	json_time(j, e->recorded_us);
	json_key(j, "version");
	json_sv(j, e->version);
	json_key(j, "updated_at");
	json_time(j, e->updated_us);
	json_key(j, "data_through");
	json_time(j, e->data_through_us);
	json_key(j, "code_version");
	json_sv(j, e->code_version);
	json_key(j, "rows");
	if (e->rows < 0)
		json_null(j);
	else
		json_i64(j, e->rows);
	json_key(j, "reporter");
	json_sv(j, e->reporter);
	json_key(j, "run_id");
	json_sv(j, e->run_id);
	json_key(j, "note");
	json_sv(j, e->note);
	json_key(j, "inputs");
	json_array_inline(j);
	for (size_t i = 0; i < e->ninput; i++) {
		json_object_inline(j);
		json_key(j, "asset");
		json_sv(j, e->input[i].key);
		json_key(j, "version");
		json_sv(j, e->input[i].version);
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
