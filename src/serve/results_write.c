#include "base/json.h"
#include "report/report.h"
#include "serve/results.h"

static void
put_partition(struct json_writer *w, const struct seen_partition *p)
{
	json_object(w);
	json_put_sv(w, "partition", p->key);
	json_put_sv(w, "version", p->version);
	json_put_time(w, "updated_at", p->produced_us);
	json_object_end(w);
}

static void
put_look(struct json_writer *w, const struct look *l)
{
	const struct observed *o = &l->seen;

	json_object(w);
	json_put_sv(w, "asset", l->asset->key);
	json_put_time(w, "looked_at", l->looked_us);
	if (o->failed) {
		json_key(w, "error");
		json_object(w);
		json_put_str(w, "code", err_code_name(o->err.code));
		json_put_str(w, "message", o->err.msg);
		json_put_str(w, "hint", o->err.hint);
		json_object_end(w);
	} else {
		json_put_bool(w, "exists", o->exists);
		json_put_sv(w, "version", o->version);
		json_put_time(w, "updated_at", o->probed_us);
		json_put_time(w, "data_through", o->data_through_us);
		json_key(w, "partitions");
		json_array(w);
		for (size_t i = 0; i < o->npartition; i++)
			put_partition(w, &o->partition[i]);
		json_array_end(w);
	}
	json_object_end(w);
}

bool
results_write(const struct report *r, const struct look *look, size_t n, struct buf *b, struct err *err)
{
	AUTO(buf) report = buf_new(RESULTS_MAX);
	struct json_writer w;

	if (r != NULL &&
	    !report_json.write(r, &(struct report_style){.verbose = true, .complete = true}, report, err))
		return false;
	json_write_init(&w, b, 0);
	json_object(&w);
	if (r != NULL)
		json_put_raw(&w, "report", buf_sv(report));
	json_key(&w, "observed");
	json_array(&w);
	for (size_t i = 0; i < n; i++)
		put_look(&w, &look[i]);
	json_array_end(&w);
	json_object_end(&w);
	return buf_check(b, "the result", err);
}
