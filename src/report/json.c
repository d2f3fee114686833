/*
 * The JSON of `check`, `fresh`, `orphans`, `audit` and `status`: the contract's shape.  Keys may be added, never renamed.
 */
#include <math.h>

#include "base/duration.h"
#include "config.h"
#include "report/incident.h"
#include "report/view.h"

static void
put_counts(struct json_writer *w, const struct report *r)
{
	json_key(w, "summary");
	json_object(w);
	json_put_i64(w, "assets", r->assets);
	json_key(w, "checks");
	json_object_inline(w);
	for (size_t i = 0; i < LEN(outcome_names); i++)
		json_put_i64(w, outcome_names[i], r->checks.outcome[i]);
	json_object_end(w);
	json_key(w, "fresh");
	json_object_inline(w);
	for (size_t i = 0; i < LEN(fresh_status_names); i++)
		json_put_i64(w, fresh_status_names[i], r->fresh[i]);
	json_object_end(w);
	json_put_i64(w, "stale", r->stale);
	json_put_i64(w, "orphans", (int64_t)r->norphan);
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
	json_put_str(w, "file", at.file);
	json_put_i64(w, "line", at.line);
	json_put_i64(w, "column", at.col);
	json_object_end(w);
}

static void
put_duration(struct json_writer *w, const char *key, int64_t us)
{
	char text[DURATION_MAX];

	if (us <= 0)
		return;
	json_put_str(w, key, duration_format(us, text));
}

static void
put_policy(struct json_writer *w, const struct freshness_policy *p)
{
	json_key(w, "policy");
	json_object_inline(w);
	put_duration(w, "max_age", p->max_age_us);
	put_duration(w, "warn_after", p->warn_after_us);
	put_duration(w, "max_data_age", p->max_data_age_us);
	if (p->kind == POLICY_LEARNED) {
		json_put_bool(w, "learned", true);
		json_put_f64(w, "sensitivity", p->learned.sensitivity);
		put_duration(w, "min", p->learned.min_us);
		put_duration(w, "max", p->learned.max_us);
		put_duration(w, "until_learned", p->learned.until_us);
	}
	if (p->kind == POLICY_CRON) {
		json_put_sv(w, "cron", p->cron_text);
		json_put_str(w, "timezone", tz_name(p->zone));
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
	json_put_str(w, "status", fresh_status_names[f->status]);
	json_put_time(w, "produced_at", f->produced_us);
	json_put_time(w, "data_through", f->data_through_us);
	json_key(w, "age_seconds");
	if (f->produced_us == TIME_NONE)
		json_null(w);
	else
		json_i64(w, f->age_us / US_PER_S);
	put_policy(w, &a->asset->freshness);
	put_place(w, a->asset->freshness.loc);
	json_put_time(w, "deadline", f->deadline_us);
	json_put_time(w, "next_deadline", f->next_deadline_us);
	json_put_sv(w, "evidence", f->evidence);
	if (f->learning)
		json_put_bool(w, "learning", true);
	if (f->missing_total > 0) {
		put_texts(w, "missing_partitions", f->missing, f->nmissing);
		json_put_i64(w, "missing_partition_count", f->missing_total);
	}
	if (f->warning.n > 0)
		json_put_sv(w, "warning", f->warning);
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
	json_put_str(w, "status", stale_status_names[s->status]);
	json_key(w, "causes");
	json_array(w);
	for (size_t i = 0; i < s->ncause; i++) {
		const struct cause *c = &s->cause[i];

		json_object_inline(w);
		json_put_str(w, "kind", cause_kind_names[c->kind]);
		json_put_sv(w, "upstream", c->upstream);
		if (c->partition.n > 0)
			json_put_sv(w, "partition", c->partition);
		put_optional(w, "had", c->had);
		put_optional(w, "now", c->now);
		json_object_end(w);
	}
	json_array_end(w);
	put_optional(w, "root", s->root);
	put_texts(w, "path", s->path, s->npath);
	json_put_time(w, "since", s->since_us);
	json_put_bool(w, "failing", s->failing);
	json_put_sv(w, "evidence", s->evidence);
	json_object_end(w);
}

static void
put_error(struct json_writer *w, const struct err *e)
{
	json_key(w, "error");
	json_object_inline(w);
	json_put_str(w, "code", err_code_name(e->code));
	json_put_str(w, "message", e->msg);
	if (e->hint[0] != '\0')
		json_put_str(w, "hint", e->hint);
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
	json_put_i64(w, "total", r->verdict.unexpected_count);
	json_key(w, "rows");
	json_array(w);
	for (size_t i = 0; i < sample.n; i++) {
		json_object_inline(w);
		json_put_i64(w, "row", sample.row[i].row);
		if (sample.row[i].key.n > 0)
			json_put_sv(w, "key", sample.row[i].key);
		json_put_sv(w, "value", sample.row[i].value);
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
	json_put_str(w, "outcome", outcome_names[r->judged]);
	json_put_sv(w, "by", r->waiver->who);
	json_put_sv(w, "reason", r->waiver->reason);
	json_put_time(w, "until", r->waiver->until_us);
	json_object_end(w);
}

/* Where all of them were written. */
static void
put_quarantine(struct json_writer *w, const struct quarantined *q)
{
	if (q->to.n == 0)
		return;
	json_key(w, "quarantine");
	json_object_inline(w);
	json_put_sv(w, "to", q->to);
	json_put_i64(w, "rows", q->rows);
	json_put_i64(w, "failing", q->failing);
	json_object_end(w);
}

/* What another weir needs to take the verdict over. */
/* What stays in the history of numbers, whatever the format leaves out of the result. */
static void
put_history_number(struct json_writer *w, const struct check_result *r)
{
	double number;

	if (!r->stored && (r->verdict.outcome != OUTCOME_ERROR || r->verdict.undecided) &&
	    !(r->check->implicit && r->verdict.has_counts) && verdict_number(&r->verdict, &number))
		json_put_f64(w, "number", number);
	if (!r->stored && r->verdict.sketch.n > 0)
		json_put_raw(w, "sketch", r->verdict.sketch);
	if (r->verdict.undecided)
		json_put_bool(w, "undecided", true);
}

static void
put_identity(struct json_writer *w, const struct check_result *r)
{
	const struct check *c = r->check;

	json_put_str(w, "hash", c->hash);
	if (c->identity[0] != '\0')
		json_put_str(w, "identity", c->identity);
	if (!r->stored)
		json_put_time(w, "judged_at", r->at_us);
	put_history_number(w, r);
}

static void
put_check(struct json_writer *w, const struct check_result *r, bool complete)
{
	const struct check *c = r->check;

	json_object(w);
	json_put_sv(w, "id", c->id);
	json_put_sv(w, "expectation", c->expectation != NULL ? sv_of(c->expectation->name) : c->written_name);
	json_put_raw(w, "kwargs", c->kwargs.n > 0 ? c->kwargs : SV("{}"));
	json_put_str(w, "severity", severity_names[c->severity]);
	json_put_bool(w, "blocking", c->blocking);
	json_put_bool(w, "implicit", c->implicit);
	json_put_str(w, "outcome", outcome_names[r->verdict.outcome]);
	json_put_sv(w, "message", r->verdict.message);
	json_put_raw(w, "result", r->result);
	if (r->verdict.outcome == OUTCOME_ERROR && r->verdict.err.code != ERR_NONE)
		put_error(w, &r->verdict.err);
	if (r->waiver != NULL)
		put_waiver(w, r);
	json_put_str(w, "engine", r->engine);
	json_key(w, "duration_ms");
	/* Whole microseconds: a number that reads back as it was written. */
	json_f64(w, round(r->duration_ms * 1000.0) / 1000.0);
	if (r->stored)
		json_put_time(w, "checked_at", r->at_us);
	if (complete)
		put_identity(w, r);
	put_sample(w, r);
	put_quarantine(w, &r->quarantine);
	if (c->meta.n > 0)
		json_put_raw(w, "meta", c->meta);
	put_place(w, c->loc);
	json_object_end(w);
}

void
report_json_state(struct json_writer *w, const struct asset_result *a)
{
	json_put_sv(w, "key", a->key);
	json_put_sv(w, "partition", a->partition);
	json_put_str(w, "outcome", outcome_names[a->outcome]);
	json_put_sv(w, "data_version", a->data_version);
	if (a->has_freshness)
		put_freshness(w, a);
	if (a->has_staleness)
		put_staleness(w, a);
}

static void
put_asset(struct json_writer *w, const struct asset_result *a, bool complete)
{
	json_object(w);
	report_json_state(w, a);
	json_key(w, "checks");
	json_array(w);
	for (size_t i = 0; i < a->ncheck; i++)
		put_check(w, &a->check[i], complete);
	json_array_end(w);
	if (a->err.code != ERR_NONE)
		put_error(w, &a->err);
	if (a->parts > 0) {
		json_put_i64(w, "parts", a->parts);
		json_put_i64(w, "parts_reused", a->parts_reused);
	}
	if (a->explain.n > 0)
		json_put_sv(w, "explain", a->explain);
	if (a->asset != NULL)
		put_place(w, a->asset->loc);
	json_object_end(w);
}

void
report_json_asset(struct json_writer *w, const struct asset_result *a)
{
	put_asset(w, a, false);
}

void
report_json_orphan(struct json_writer *w, const struct orphan *o)
{
	json_object_inline(w);
	json_put_str(w, "kind", orphan_kind_names[o->kind]);
	json_put_sv(w, "key", o->key);
	put_texts(w, "wanted_by", o->wanted_by, o->nwanted);
	json_put_sv(w, "evidence", o->evidence);
	json_object_end(w);
}

static void
put_incident(struct json_writer *w, const struct incident *i)
{
	json_object(w);
	json_put_sv(w, "id", i->id);
	json_put_str(w, "change", incident_change_names[i->change]);
	json_put_sv(w, "kind", i->kind);
	json_put_sv(w, "asset", i->asset);
	json_put_sv(w, "partition", i->partition);
	json_put_sv(w, "check", i->check);
	json_put_str(w, "severity", severity_names[i->severity]);
	json_put_sv(w, "title", i->title);
	json_put_sv(w, "message", i->message);
	json_put_time(w, "opened_at", i->opened_us);
	json_put_time(w, "resolved_at", i->resolved_us);
	report_symptoms(w, i);
	json_object_end(w);
}

void
report_json_incidents(struct json_writer *w, const struct report *r)
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
	if (r->suite_name.n > 0)
		json_put_sv(w, "suite", r->suite_name);
	if (r->parameters.n > 0)
		json_put_raw(w, "suite_parameters", r->parameters);
}

static bool
write_json(const struct report *r, const struct report_style *s, struct buf *b, struct err *err)
{
	struct json_writer w;

	json_write_init(&w, b, 2);
	json_object(&w);
	json_put_str(&w, "weir", PACKAGE_VERSION);
	json_put_str(&w, "command", r->command);
	json_put_str(&w, "run_id", r->run_id);
	json_put_sv(&w, "project", r->project);
	json_put_sv(&w, "environment", r->env);
	json_put_time(&w, "started_at", r->started_us);
	json_put_time(&w, "finished_at", r->finished_us);
	json_put_f64(&w, "seconds", r->seconds);
	json_put_str(&w, "outcome", outcome_names[r->outcome]);
	put_suite(&w, r);
	if (s->complete && r->unpublished)
		json_put_bool(&w, "unpublished", true);
	put_counts(&w, r);
	json_key(&w, "assets");
	json_array(&w);
	for (size_t i = 0; i < r->nasset; i++)
		put_asset(&w, &r->asset[i], s->complete);
	json_array_end(&w);
	json_key(&w, "orphans");
	json_array(&w);
	for (size_t i = 0; i < r->norphan; i++)
		report_json_orphan(&w, &r->orphan[i]);
	json_array_end(&w);
	report_json_incidents(&w, r);
	json_object_end(&w);
	buf_putc(b, '\n');
	return buf_check(b, "the report", err);
}

const struct report_format report_json = {
	.name = "json",
	.doc = "One object in the shape of docs/reference/schemas/report.json.",
	.write = write_json,
};
