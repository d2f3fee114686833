/*
 * Great Expectations' validation result: for tools that read that.  In suite order, without implicit checks.  GX has no third
 * verdict, so an error is `success: false` with exception_info.
 */
#include "report/report.h"

#include "config.h"

static void
put_exception(struct json_writer *w, const struct check_result *r)
{
	const bool raised = r->verdict.outcome == OUTCOME_ERROR;

	json_key(w, "exception_info");
	json_object(w);
	json_put_bool(w, "raised_exception", raised);
	json_key(w, "exception_traceback");
	json_null(w);
	json_key(w, "exception_message");
	if (raised)
		json_sv(w, r->verdict.message);
	else
		json_null(w);
	json_object_end(w);
}

static void
put_config(struct json_writer *w, const struct check *c)
{
	json_key(w, "expectation_config");
	json_object(w);
	json_put_sv(w, "type", c->expectation != NULL ? sv_of(c->expectation->name) : c->written_name);
	json_put_raw(w, "kwargs", c->kwargs.n > 0 ? c->kwargs : SV("{}"));
	json_put_raw(w, "meta", c->meta.n > 0 ? c->meta : SV("{}"));
	json_put_str(w, "severity", severity_names[c->severity]);
	json_object_end(w);
}

/* Met with `mostly`, before severity; weir's thresholds decide where they are used. */
static bool
succeeded(const struct check_result *r)
{
	return r->verdict.outcome != OUTCOME_ERROR && r->verdict.success;
}

static bool
is_counted(const struct check_result *r)
{
	return !r->check->implicit && r->verdict.outcome != OUTCOME_SKIPPED;
}

static void
put_results(struct json_writer *w, const struct asset_result *a)
{
	json_key(w, "results");
	json_array(w);
	for (size_t i = 0; i < a->ncheck; i++) {
		const struct check_result *r = &a->check[i];

		if (!is_counted(r))
			continue;
		json_object(w);
		json_put_bool(w, "success", succeeded(r));
		put_config(w, r->check);
		json_put_raw(w, "result", r->result);
		json_key(w, "meta");
		json_object(w);
		json_object_end(w);
		put_exception(w, r);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_statistics(struct json_writer *w, int64_t n, int64_t good)
{
	json_key(w, "statistics");
	json_object(w);
	json_put_i64(w, "evaluated_expectations", n);
	json_put_i64(w, "successful_expectations", good);
	json_put_i64(w, "unsuccessful_expectations", n - good);
	json_key(w, "success_percent");
	if (n > 0)
		json_f64(w, 100.0 * (double)good / (double)n);
	else
		json_null(w);
	json_object_end(w);
}

static void
put_meta(struct json_writer *w, const struct report *r, const struct asset_result *a)
{
	json_key(w, "meta");
	json_object(w);
	json_put_str(w, "weir_version", PACKAGE_VERSION);
	json_key(w, "run_id");
	json_object(w);
	json_put_str(w, "run_name", r->run_id);
	json_put_time(w, "run_time", r->started_us);
	json_object_end(w);
	json_key(w, "active_batch_definition");
	json_object(w);
	json_put_sv(w, "data_asset_name", a->key);
	json_key(w, "batch_identifiers");
	json_object(w);
	if (a->partition.n > 0)
		json_put_sv(w, "partition", a->partition);
	json_object_end(w);
	json_object_end(w);
	json_put_sv(w, "data_version", a->data_version);
	json_object_end(w);
}

static bool
write_gx(const struct report *r, const struct report_style *s UNUSED, struct buf *b, struct err *err)
{
	int64_t n = 0, good = 0;
	struct json_writer w;

	if (r->nasset != 1) {
		err_set(err, ERR_USAGE, NOWHERE, "--format gx holds one asset, but %zu were checked",
		        r->nasset);
		return err_hint(err, "select one asset (and one --partition)");
	}

	const struct asset_result *a = &r->asset[0];

	for (size_t i = 0; i < a->ncheck; i++)
		if (is_counted(&a->check[i])) {
			n++;
			good += succeeded(&a->check[i]);
		}
	json_write_init(&w, b, 2);
	json_object(&w);
	json_put_bool(&w, "success", good == n);
	json_put_sv(&w, "suite_name", r->suite_name.n > 0 ? r->suite_name : a->key);
	put_results(&w, a);
	json_put_raw(&w, "suite_parameters", r->parameters.n > 0 ? r->parameters : SV("{}"));
	put_statistics(&w, n, good);
	put_meta(&w, r, a);
	json_key(&w, "id");
	json_null(&w);
	json_object_end(&w);
	buf_putc(b, '\n');
	return buf_check(b, "the report", err);
}

const struct report_format report_gx = {
	.name = "gx",
	.doc = "Great Expectations' validation result of one asset, for `check`.",
	.write = write_gx,
};
