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
	json_key(w, "raised_exception");
	json_bool(w, raised);
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
	json_key(w, "type");
	json_sv(w, c->expectation != NULL ? sv_of(c->expectation->name) : c->written_name);
	json_key(w, "kwargs");
	json_raw(w, c->kwargs.n > 0 ? c->kwargs : SV("{}"));
	json_key(w, "meta");
	json_raw(w, c->meta.n > 0 ? c->meta : SV("{}"));
	json_key(w, "severity");
	json_str(w, severity_names[c->severity]);
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
		json_key(w, "success");
		json_bool(w, succeeded(r));
		put_config(w, r->check);
		json_key(w, "result");
		json_raw(w, r->result);
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
	json_key(w, "evaluated_expectations");
	json_i64(w, n);
	json_key(w, "successful_expectations");
	json_i64(w, good);
	json_key(w, "unsuccessful_expectations");
	json_i64(w, n - good);
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
	json_key(w, "weir_version");
	json_str(w, PACKAGE_VERSION);
	json_key(w, "run_id");
	json_object(w);
	json_key(w, "run_name");
	json_str(w, r->run_id);
	json_key(w, "run_time");
	json_time(w, r->started_us);
	json_object_end(w);
	json_key(w, "active_batch_definition");
	json_object(w);
	json_key(w, "data_asset_name");
	json_sv(w, a->key);
	json_key(w, "batch_identifiers");
	json_object(w);
	if (a->partition.n > 0) {
		json_key(w, "partition");
		json_sv(w, a->partition);
	}
	json_object_end(w);
	json_object_end(w);
	json_key(w, "data_version");
	json_sv(w, a->data_version);
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
	json_key(&w, "success");
	json_bool(&w, good == n);
	json_key(&w, "suite_name");
	json_sv(&w, r->suite_name.n > 0 ? r->suite_name : a->key);
	put_results(&w, a);
	json_key(&w, "suite_parameters");
	json_raw(&w, r->parameters.n > 0 ? r->parameters : SV("{}"));
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
