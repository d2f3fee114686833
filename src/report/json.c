/*
 * The JSON of `check`, `fresh`, `orphans`, `audit` and `status`: the contract's shape.  Keys may be added, never renamed.
 */
#include <math.h>

#include "base/duration.h"
#include "config.h"
#include "report/view.h"

static void
put_counts(struct json_writer *w, const struct report *r)
{
	json_key(w, "summary");
	json_object(w);
	json_key(w, "assets");
	json_i64(w, r->assets);
	json_key(w, "checks");
	json_object_inline(w);
	for (size_t i = 0; i < LEN(outcome_names); i++) {
		json_key(w, outcome_names[i]);
		json_i64(w, r->checks.outcome[i]);
	}
	json_object_end(w);
	json_key(w, "fresh");
	json_object_inline(w);
	for (size_t i = 0; i < LEN(fresh_status_names); i++) {
		json_key(w, fresh_status_names[i]);
		json_i64(w, r->fresh[i]);
	}
	json_object_end(w);
	json_key(w, "stale");
	json_i64(w, r->stale);
	json_key(w, "orphans");
	json_i64(w, (int64_t)r->norphan);
	json_object_end(w);
}

static void
put_texts(struct json_writer *w, const char *key, const struct sv *text, size_t n)
{
	json_key(w, key);
	json_array_inline(w);
	for (size_t i = 0; i < n; i++)
		json_sv(w, text[i]);
	json_array_end(w);
}

/* Where the catalog says it; left out where that is not known. */
static void
put_place(struct json_writer *w, struct loc at)
{
	if (at.file == NULL)
		return;
	json_key(w, "place");
	json_object_inline(w);
	json_key(w, "file");
	json_str(w, at.file);
	json_key(w, "line");
	json_i64(w, at.line);
	json_key(w, "column");
	json_i64(w, at.col);
	json_object_end(w);
}

static void
put_duration(struct json_writer *w, const char *key, int64_t us)
{
	char text[DURATION_MAX];

	if (us <= 0)
		return;
	json_key(w, key);
	json_str(w, duration_format(us, text));
}

static void
put_policy(struct json_writer *w, const struct freshness_policy *p)
{
	json_key(w, "policy");
	json_object_inline(w);
	put_duration(w, "max_age", p->max_age_us);
	put_duration(w, "warn_after", p->warn_after_us);
	put_duration(w, "max_data_age", p->max_data_age_us);
	if (p->kind == POLICY_CRON) {
		json_key(w, "cron");
		json_sv(w, p->cron_text);
		json_key(w, "timezone");
		json_str(w, tz_name(p->zone));
		put_duration(w, "within", p->within_us);
		put_duration(w, "grace", p->grace_us);
	}
	json_object_end(w);
}

static void
put_freshness(struct json_writer *w, const struct asset_result *a)
{
	const struct freshness *f = &a->freshness;

	json_key(w, "freshness");
	json_object(w);
	json_key(w, "status");
	json_str(w, fresh_status_names[f->status]);
	json_key(w, "produced_at");
	json_time(w, f->produced_us);
	json_key(w, "data_through");
	json_time(w, f->data_through_us);
	json_key(w, "age_seconds");
	if (f->produced_us == TIME_NONE)
		json_null(w);
	else
		json_i64(w, f->age_us / US_PER_S);
	put_policy(w, &a->asset->freshness);
	put_place(w, a->asset->freshness.loc);
	json_key(w, "deadline");
	json_time(w, f->deadline_us);
	json_key(w, "next_deadline");
	json_time(w, f->next_deadline_us);
	json_key(w, "evidence");
	json_sv(w, f->evidence);
	if (f->missing_total > 0) {
		put_texts(w, "missing_partitions", f->missing, f->nmissing);
		json_key(w, "missing_partition_count");
		json_i64(w, f->missing_total);
	}
	if (f->warning.n > 0) {
		json_key(w, "warning");
		json_sv(w, f->warning);
	}
	json_object_end(w);
}

static void
put_optional(struct json_writer *w, const char *key, struct sv text)
{
	json_key(w, key);
	if (text.n > 0)
		json_sv(w, text);
	else
		json_null(w);
}

static void
put_staleness(struct json_writer *w, const struct asset_result *a)
{
	const struct staleness *s = &a->staleness;

	json_key(w, "staleness");
	json_object(w);
	json_key(w, "status");
	json_str(w, stale_status_names[s->status]);
	json_key(w, "causes");
	json_array(w);
	for (size_t i = 0; i < s->ncause; i++) {
		const struct cause *c = &s->cause[i];

		json_object_inline(w);
		json_key(w, "kind");
		json_str(w, cause_kind_names[c->kind]);
		json_key(w, "upstream");
		json_sv(w, c->upstream);
		if (c->partition.n > 0) {
			json_key(w, "partition");
			json_sv(w, c->partition);
		}
		put_optional(w, "had", c->had);
		put_optional(w, "now", c->now);
		json_object_end(w);
	}
	json_array_end(w);
	put_optional(w, "root", s->root);
	put_texts(w, "path", s->path, s->npath);
	json_key(w, "since");
	json_time(w, s->since_us);
	json_key(w, "failing");
	json_bool(w, s->failing);
	json_key(w, "evidence");
	json_sv(w, s->evidence);
	json_object_end(w);
}

static void
put_error(struct json_writer *w, const struct err *e)
{
	json_key(w, "error");
	json_object_inline(w);
	json_key(w, "code");
	json_str(w, err_code_name(e->code));
	json_key(w, "message");
	json_str(w, e->msg);
	if (e->hint[0] != '\0') {
		json_key(w, "hint");
		json_str(w, e->hint);
	}
	put_place(w, e->loc);
	json_object_end(w);
}

/* Failing rows in words, beside the values in `result`. */
static void
put_sample(struct json_writer *w, const struct check_result *r)
{
	AUTO(arena) a = arena_new();
	struct sample sample = view_sample(a, r, SAMPLE_ROWS_KEPT);

	if (sample.n == 0)
		return;
	json_key(w, "sample");
	json_object(w);
	json_key(w, "total");
	json_i64(w, r->verdict.unexpected_count);
	json_key(w, "rows");
	json_array(w);
	for (size_t i = 0; i < sample.n; i++) {
		json_object_inline(w);
		json_key(w, "row");
		json_i64(w, sample.row[i].row);
		if (sample.row[i].key.n > 0) {
			json_key(w, "key");
			json_sv(w, sample.row[i].key);
		}
		json_key(w, "value");
		json_sv(w, sample.row[i].value);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static void
put_waiver(struct json_writer *w, const struct check_result *r)
{
	json_key(w, "waived");
	json_object_inline(w);
	json_key(w, "outcome");
	json_str(w, outcome_names[r->judged]);
	json_key(w, "by");
	json_sv(w, r->waiver->who);
	json_key(w, "reason");
	json_sv(w, r->waiver->reason);
	json_key(w, "until");
	json_time(w, r->waiver->until_us);
	json_object_end(w);
}

static void
put_check(struct json_writer *w, const struct check_result *r)
{
	const struct check *c = r->check;

	json_object(w);
	json_key(w, "id");
	json_sv(w, c->id);
	json_key(w, "expectation");
	json_sv(w, c->expectation != NULL ? sv_of(c->expectation->name) : c->written_name);
	json_key(w, "kwargs");
	json_raw(w, c->kwargs.n > 0 ? c->kwargs : SV("{}"));
	json_key(w, "severity");
	json_str(w, severity_names[c->severity]);
	json_key(w, "blocking");
	json_bool(w, c->blocking);
	json_key(w, "implicit");
	json_bool(w, c->implicit);
	json_key(w, "outcome");
	json_str(w, outcome_names[r->verdict.outcome]);
	json_key(w, "message");
	json_sv(w, r->verdict.message);
	json_key(w, "result");
	json_raw(w, r->result);
	if (r->verdict.outcome == OUTCOME_ERROR && r->verdict.err.code != ERR_NONE)
		put_error(w, &r->verdict.err);
	if (r->waiver != NULL)
		put_waiver(w, r);
	json_key(w, "engine");
	json_str(w, r->engine);
	json_key(w, "duration_ms");
	/* Whole microseconds: a number that reads back as it was written. */
	json_f64(w, round(r->duration_ms * 1000.0) / 1000.0);
	if (r->stored) {
		json_key(w, "checked_at");
		json_time(w, r->at_us);
	}
	put_sample(w, r);
	if (c->meta.n > 0) {
		json_key(w, "meta");
		json_raw(w, c->meta);
	}
	put_place(w, c->loc);
	json_object_end(w);
}

static void
put_asset(struct json_writer *w, const struct asset_result *a)
{
	json_object(w);
	json_key(w, "key");
	json_sv(w, a->key);
	json_key(w, "partition");
	json_sv(w, a->partition);
	json_key(w, "outcome");
	json_str(w, outcome_names[a->outcome]);
	json_key(w, "data_version");
	json_sv(w, a->data_version);
	if (a->has_freshness)
		put_freshness(w, a);
	if (a->has_staleness)
		put_staleness(w, a);
	json_key(w, "checks");
	json_array(w);
	for (size_t i = 0; i < a->ncheck; i++)
		put_check(w, &a->check[i]);
	json_array_end(w);
	if (a->err.code != ERR_NONE)
		put_error(w, &a->err);
	if (a->explain.n > 0) {
		json_key(w, "explain");
		json_sv(w, a->explain);
	}
	if (a->asset != NULL)
		put_place(w, a->asset->loc);
	json_object_end(w);
}

static void
put_orphan(struct json_writer *w, const struct orphan *o)
{
	json_object_inline(w);
	json_key(w, "kind");
	json_str(w, orphan_kind_names[o->kind]);
	json_key(w, "key");
	json_sv(w, o->key);
	put_texts(w, "wanted_by", o->wanted_by, o->nwanted);
	json_key(w, "evidence");
	json_sv(w, o->evidence);
	json_object_end(w);
}

static void
put_symptom(struct json_writer *w, const struct symptom *s)
{
	json_object_inline(w);
	json_key(w, "kind");
	json_sv(w, s->kind);
	json_key(w, "asset");
	json_sv(w, s->asset);
	json_key(w, "partition");
	json_sv(w, s->partition);
	json_key(w, "check");
	json_sv(w, s->check);
	json_key(w, "message");
	json_sv(w, s->message);
	json_object_end(w);
}

static void
put_incident(struct json_writer *w, const struct incident *i)
{
	json_object(w);
	json_key(w, "id");
	json_sv(w, i->id);
	json_key(w, "change");
	json_str(w, incident_change_names[i->change]);
	json_key(w, "kind");
	json_sv(w, i->kind);
	json_key(w, "asset");
	json_sv(w, i->asset);
	json_key(w, "partition");
	json_sv(w, i->partition);
	json_key(w, "check");
	json_sv(w, i->check);
	json_key(w, "severity");
	json_str(w, severity_names[i->severity]);
	json_key(w, "title");
	json_sv(w, i->title);
	json_key(w, "message");
	json_sv(w, i->message);
	json_key(w, "opened_at");
	json_time(w, i->opened_us);
	json_key(w, "resolved_at");
	json_time(w, i->resolved_us);
	json_key(w, "symptom_count");
	json_i64(w, i->symptoms);
	json_key(w, "symptoms");
	json_array(w);
	for (size_t k = 0; k < i->nsymptom; k++)
		put_symptom(w, &i->symptom[k]);
	json_array_end(w);
	json_object_end(w);
}

static void
put_incidents(struct json_writer *w, const struct report *r)
{
	if (!r->has_incidents)
		return;
	json_key(w, "incidents");
	json_array(w);
	for (size_t i = 0; i < r->nincident; i++)
		put_incident(w, &r->incident[i]);
	json_array_end(w);
}

/* Of --suite. */
static void
put_suite(struct json_writer *w, const struct report *r)
{
	if (r->suite_name.n > 0) {
		json_key(w, "suite");
		json_sv(w, r->suite_name);
	}
	if (r->parameters.n > 0) {
		json_key(w, "suite_parameters");
		json_raw(w, r->parameters);
	}
}

static bool
write_json(const struct report *r, const struct report_style *s UNUSED, struct buf *b, struct err *err)
{
	struct json_writer w;

	json_write_init(&w, b, 2);
	json_object(&w);
	json_key(&w, "weir");
	json_str(&w, PACKAGE_VERSION);
	json_key(&w, "command");
	json_str(&w, r->command);
	json_key(&w, "run_id");
	json_str(&w, r->run_id);
	json_key(&w, "project");
	json_sv(&w, r->project);
	json_key(&w, "environment");
	json_sv(&w, r->env);
	json_key(&w, "started_at");
	json_time(&w, r->started_us);
	json_key(&w, "finished_at");
	json_time(&w, r->finished_us);
	json_key(&w, "seconds");
	json_f64(&w, r->seconds);
	json_key(&w, "outcome");
	json_str(&w, outcome_names[r->outcome]);
	put_suite(&w, r);
	put_counts(&w, r);
	json_key(&w, "assets");
	json_array(&w);
	for (size_t i = 0; i < r->nasset; i++)
		put_asset(&w, &r->asset[i]);
	json_array_end(&w);
	json_key(&w, "orphans");
	json_array(&w);
	for (size_t i = 0; i < r->norphan; i++)
		put_orphan(&w, &r->orphan[i]);
	json_array_end(&w);
	put_incidents(&w, r);
	json_object_end(&w);
	buf_putc(b, '\n');
	return buf_check(b, "the report", err);
}

const struct report_format report_json = {
	.name = "json",
	.doc = "One object in the shape of docs/reference/schemas/report.json.",
	.write = write_json,
};
