/*
 * A report from its JSON: what a stored run is shown from.  Every format made of it is what was made at the time.  The tables say which
 * key goes where, so that writing (json.c) and reading can be laid side by side.
 */
#include <stdlib.h>

#include "base/duration.h"
#include "base/num.h"
#include "report/incident.h"
#include "report/reader.h"
#include "report/report.h"

static const struct member loc_members[] = {
	{"file", MEMBER_STRING, AT(loc, file)},
	{"line", MEMBER_U32, AT(loc, line)},
	{"column", MEMBER_U32, AT(loc, col)},
};

static bool
read_code(struct json_reader *r, void *base, enum json_event e)
{
	struct err *err = base;

	for (int i = ERR_NONE; e == JSON_STRING && i < ERR_CODE_COUNT; i++)
		if (sv_is(r->s.text, err_code_name((enum err_code)i))) {
			err->code = (enum err_code)i;
			return true;
		}
	return reader_fail(r, "an error code is not known");
}

static bool
read_err_place(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(loc_members), &((struct err *)base)->loc, e);
}

static const struct member err_members[] = {
	{"code", MEMBER_OTHER, .read = read_code},
	{"message", MEMBER_CHARS, CHARS(err, msg)},
	{"hint", MEMBER_CHARS, CHARS(err, hint)},
	{"place", MEMBER_OTHER, .read = read_err_place},
};

/* Checks: the outcome and what was declared are one object in JSON. */

struct read_check {
	struct check_result result;
	struct check check;
	struct sv expectation;
};

static bool
read_check_error(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(err_members), &((struct read_check *)base)->result.verdict.err, e);
}

static bool
read_check_place(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(loc_members), &((struct read_check *)base)->check.loc, e);
}

static bool
read_checked_at(struct json_reader *r, void *base, enum json_event e)
{
	struct read_check *c = base;

	c->result.stored = true;
	return reader_time(r, (char *)&c->result.at_us, e);
}

struct read_waiver {
	struct waiver waiver;
	enum outcome judged;
};

static const struct member waiver_members[] = {
	{"outcome", MEMBER_ENUM, NAMED(read_waiver, judged, outcome_names)},
	{"by", MEMBER_TEXT, AT(read_waiver, waiver.who)},
	{"reason", MEMBER_TEXT, AT(read_waiver, waiver.reason)},
	{"until", MEMBER_TIME, AT(read_waiver, waiver.until_us)},
};

static bool
read_waived(struct json_reader *r, void *base, enum json_event e)
{
	struct read_check *c = base;
	struct read_waiver *w = ARENA_NEW(r->a, struct read_waiver);

	if (!reader_object(r, MEMBERS(waiver_members), w, e))
		return false;
	c->result.judged = w->judged;
	c->result.waiver = &w->waiver;
	return true;
}

static const struct member row_members[] = {
	{"row", MEMBER_I64, AT(shown_row, row)},
	{"key", MEMBER_TEXT, AT(shown_row, key)},
	{"value", MEMBER_TEXT, AT(shown_row, value)},
};

static bool
read_rows(struct json_reader *r, void *base, enum json_event e)
{
	struct read_check *c = base;
	LIST(struct shown_row) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(row_members), ((struct shown_row){0})))
		return false;
	c->result.shown = list.v;
	c->result.nshown = list.n;
	return true;
}

static const struct member sample_members[] = {
	{"total", MEMBER_I64, AT(read_check, result.verdict.unexpected_count)},
	{"rows", MEMBER_OTHER, .read = read_rows},
};

static bool
read_sample(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(sample_members), base, e);
}

/* What is kept in the history of numbers. */
static bool
read_history_number(struct json_reader *r, void *base, enum json_event e)
{
	struct verdict *v = &((struct read_check *)base)->result.verdict;
	double number;

	if (e != JSON_NUMBER || !num_f64(r->s.text, &number))
		return reader_fail(r, "a number is expected");
	v->has_observed = true;
	v->observed = value_real(number);
	return true;
}

static const struct member quarantine_members[] = {
	{"to", MEMBER_TEXT, AT(read_check, result.quarantine.to)},
	{"rows", MEMBER_I64, AT(read_check, result.quarantine.rows)},
	{"failing", MEMBER_I64, AT(read_check, result.quarantine.failing)},
};

static bool
read_quarantine(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(quarantine_members), base, e);
}

static const struct member check_members[] = {
	{"id", MEMBER_TEXT, AT(read_check, check.id)},
	{"expectation", MEMBER_TEXT, AT(read_check, expectation)},
	{"kwargs", MEMBER_RAW, AT(read_check, check.kwargs)},
	{"severity", MEMBER_ENUM, NAMED(read_check, check.severity, severity_names)},
	{"blocking", MEMBER_BOOL, AT(read_check, check.blocking)},
	{"implicit", MEMBER_BOOL, AT(read_check, check.implicit)},
	{"outcome", MEMBER_ENUM, NAMED(read_check, result.verdict.outcome, outcome_names)},
	{"message", MEMBER_TEXT, AT(read_check, result.verdict.message)},
	{"result", MEMBER_RAW, AT(read_check, result.result)},
	{"error", MEMBER_OTHER, .read = read_check_error},
	{"waived", MEMBER_OTHER, .read = read_waived},
	{"engine", MEMBER_STRING, AT(read_check, result.engine)},
	{"duration_ms", MEMBER_F64, AT(read_check, result.duration_ms)},
	{"checked_at", MEMBER_OTHER, .read = read_checked_at},
	{"hash", MEMBER_CHARS, CHARS(read_check, check.hash)},
	{"identity", MEMBER_CHARS, CHARS(read_check, check.identity)},
	{"judged_at", MEMBER_TIME, AT(read_check, result.at_us)},
	{"number", MEMBER_OTHER, .read = read_history_number},
	{"sketch", MEMBER_RAW, AT(read_check, result.verdict.sketch)},
	{"undecided", MEMBER_BOOL, AT(read_check, result.verdict.undecided)},
	{"sample", MEMBER_OTHER, .read = read_sample},
	{"quarantine", MEMBER_OTHER, .read = read_quarantine},
	{"meta", MEMBER_RAW, AT(read_check, check.meta)},
	{"place", MEMBER_OTHER, .read = read_check_place},
};

/* Assets: the policy is the asset's in memory. */

struct read_asset {
	struct asset_result result;
	struct asset asset;
	LIST(struct read_check) check;
};

static bool
read_checks(struct json_reader *r, void *base, enum json_event e)
{
	struct read_asset *a = base;

	return READ_LIST(
		r, e, &a->check, MEMBERS(check_members),
		((struct read_check){
			.result = {.engine = "", .at_us = TIME_NONE, .verdict.outcome = OUTCOME_ERROR}}));
}

static bool
read_missing(struct json_reader *r, void *base, enum json_event e)
{
	struct freshness *f = &((struct read_asset *)base)->result.freshness;

	return reader_texts(r, e, &f->missing, &f->nmissing);
}

struct read_policy {
	struct sv max_age, warn_after, max_data_age, cron, timezone, within, grace, min, max, until;
	bool learned;
	double sensitivity;
};

static const struct member policy_members[] = {
	{"max_age", MEMBER_TEXT, AT(read_policy, max_age)},
	{"warn_after", MEMBER_TEXT, AT(read_policy, warn_after)},
	{"max_data_age", MEMBER_TEXT, AT(read_policy, max_data_age)},
	{"cron", MEMBER_TEXT, AT(read_policy, cron)},
	{"timezone", MEMBER_TEXT, AT(read_policy, timezone)},
	{"within", MEMBER_TEXT, AT(read_policy, within)},
	{"grace", MEMBER_TEXT, AT(read_policy, grace)},
	{"learned", MEMBER_BOOL, AT(read_policy, learned)},
	{"sensitivity", MEMBER_F64, AT(read_policy, sensitivity)},
	{"min", MEMBER_TEXT, AT(read_policy, min)},
	{"max", MEMBER_TEXT, AT(read_policy, max)},
	{"until_learned", MEMBER_TEXT, AT(read_policy, until)},
};

static bool
duration_of(struct json_reader *r, struct sv text, int64_t *us)
{
	return text.n == 0 || duration_parse(text, us, NULL) || reader_fail(r, "a duration is expected");
}

static bool
read_policy(struct json_reader *r, void *base, enum json_event e)
{
	struct freshness_policy *p = &((struct read_asset *)base)->asset.freshness;
	struct read_policy t = {.max_age = {0}};

	if (!reader_object(r, MEMBERS(policy_members), &t, e) || !duration_of(r, t.max_age, &p->max_age_us) ||
	    !duration_of(r, t.warn_after, &p->warn_after_us) ||
	    !duration_of(r, t.max_data_age, &p->max_data_age_us) ||
	    !duration_of(r, t.within, &p->within_us) || !duration_of(r, t.grace, &p->grace_us) ||
	    !duration_of(r, t.min, &p->learned.min_us) || !duration_of(r, t.max, &p->learned.max_us) ||
	    !duration_of(r, t.until, &p->learned.until_us))
		return false;
	p->learned.on = t.learned;
	p->learned.sensitivity = t.sensitivity;
	p->kind = t.cron.n > 0      ? POLICY_CRON
	          : t.learned       ? POLICY_LEARNED
	          : t.max_age.n > 0 ? POLICY_MAX_AGE
	                            : POLICY_NONE;
	p->cron_text = t.cron;
	p->zone = tz_utc;
	/* A zone that this machine does not have is still the one that was meant. */
	return t.timezone.n == 0 || tz_get(t.timezone, &p->zone, NULL) ||
	       reader_fail(r, "a time zone is not known here");
}

static bool
read_age(struct json_reader *r, void *base, enum json_event e)
{
	struct freshness *f = &((struct read_asset *)base)->result.freshness;
	int64_t s;

	f->age_us = -1;
	if (e == JSON_NULL)
		return true;
	if (e != JSON_NUMBER || !num_i64(r->s.text, &s) || __builtin_mul_overflow(s, US_PER_S, &f->age_us))
		return reader_fail(r, "an age is expected");
	return true;
}

static bool
read_policy_place(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(loc_members), &((struct read_asset *)base)->asset.freshness.loc, e);
}

static const struct member freshness_members[] = {
	{"status", MEMBER_ENUM, NAMED(read_asset, result.freshness.status, fresh_status_names)},
	{"produced_at", MEMBER_TIME, AT(read_asset, result.freshness.produced_us)},
	{"data_through", MEMBER_TIME, AT(read_asset, result.freshness.data_through_us)},
	{"age_seconds", MEMBER_OTHER, .read = read_age},
	{"policy", MEMBER_OTHER, .read = read_policy},
	{"place", MEMBER_OTHER, .read = read_policy_place},
	{"deadline", MEMBER_TIME, AT(read_asset, result.freshness.deadline_us)},
	{"next_deadline", MEMBER_TIME, AT(read_asset, result.freshness.next_deadline_us)},
	{"evidence", MEMBER_TEXT, AT(read_asset, result.freshness.evidence)},
	{"learning", MEMBER_BOOL, AT(read_asset, result.freshness.learning)},
	{"missing_partitions", MEMBER_OTHER, .read = read_missing},
	{"missing_partition_count", MEMBER_I64, AT(read_asset, result.freshness.missing_total)},
	{"warning", MEMBER_TEXT, AT(read_asset, result.freshness.warning)},
};

static bool
read_freshness(struct json_reader *r, void *base, enum json_event e)
{
	((struct read_asset *)base)->result.has_freshness = true;
	((struct read_asset *)base)->result.freshness.status = FRESH_UNKNOWN;
	return reader_object(r, MEMBERS(freshness_members), base, e);
}

static const struct member cause_members[] = {
	{"kind", MEMBER_ENUM, NAMED(cause, kind, cause_kind_names)},
	{"upstream", MEMBER_TEXT, AT(cause, upstream)},
	{"partition", MEMBER_TEXT, AT(cause, partition)},
	{"had", MEMBER_TEXT, AT(cause, had)},
	{"now", MEMBER_TEXT, AT(cause, now)},
};

static bool
read_causes(struct json_reader *r, void *base, enum json_event e)
{
	struct staleness *s = base;
	LIST(struct cause) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(cause_members), ((struct cause){0})))
		return false;
	s->cause = list.v;
	s->ncause = list.n;
	return true;
}

static bool
read_path(struct json_reader *r, void *base, enum json_event e)
{
	struct staleness *s = base;

	return reader_texts(r, e, &s->path, &s->npath);
}

static const struct member staleness_members[] = {
	{"status", MEMBER_ENUM, NAMED(staleness, status, stale_status_names)},
	{"causes", MEMBER_OTHER, .read = read_causes},
	{"root", MEMBER_TEXT, AT(staleness, root)},
	{"path", MEMBER_OTHER, .read = read_path},
	{"since", MEMBER_TIME, AT(staleness, since_us)},
	{"failing", MEMBER_BOOL, AT(staleness, failing)},
	{"evidence", MEMBER_TEXT, AT(staleness, evidence)},
};

static bool
read_staleness(struct json_reader *r, void *base, enum json_event e)
{
	struct asset_result *a = &((struct read_asset *)base)->result;

	a->has_staleness = true;
	return reader_object(r, MEMBERS(staleness_members), &a->staleness, e);
}

static bool
read_asset_error(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(err_members), &((struct read_asset *)base)->result.err, e);
}

static bool
read_asset_place(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(loc_members), &((struct read_asset *)base)->asset.loc, e);
}

static const struct member asset_members[] = {
	{"key", MEMBER_TEXT, AT(read_asset, result.key)},
	{"partition", MEMBER_TEXT, AT(read_asset, result.partition)},
	{"outcome", MEMBER_ENUM, NAMED(read_asset, result.outcome, outcome_names)},
	{"data_version", MEMBER_TEXT, AT(read_asset, result.data_version)},
	{"freshness", MEMBER_OTHER, .read = read_freshness},
	{"staleness", MEMBER_OTHER, .read = read_staleness},
	{"checks", MEMBER_OTHER, .read = read_checks},
	{"error", MEMBER_OTHER, .read = read_asset_error},
	{"parts", MEMBER_I64, AT(read_asset, result.parts)},
	{"parts_reused", MEMBER_I64, AT(read_asset, result.parts_reused)},
	{"explain", MEMBER_TEXT, AT(read_asset, result.explain)},
	{"place", MEMBER_OTHER, .read = read_asset_place},
};

/* The struct that formats see, once the lists have stopped moving. */
static void
finish_check(struct read_check *c)
{
	c->check.expectation = expectation_find(c->expectation);
	if (c->check.expectation != NULL && !sv_is(c->expectation, c->check.expectation->name))
		c->check.expectation = NULL;
	c->check.written_name = c->expectation;
	c->result.verdict.success = c->result.verdict.outcome == OUTCOME_PASS;
	c->result.check = &c->check;
}

static struct asset_result *
finish_assets(struct arena *a, struct read_asset *v, size_t n)
{
	struct asset_result *ret = ARENA_ARRAY(a, struct asset_result, n);

	for (size_t i = 0; i < n; i++) {
		struct check_result *check = ARENA_ARRAY(a, struct check_result, v[i].check.n);

		for (size_t k = 0; k < v[i].check.n; k++) {
			finish_check(&v[i].check.v[k]);
			check[k] = v[i].check.v[k].result;
		}
		v[i].asset.key = v[i].result.key;
		ret[i] = v[i].result;
		ret[i].check = check;
		ret[i].ncheck = v[i].check.n;
		ret[i].asset = &v[i].asset;
	}
	return ret;
}

static bool
read_assets(struct json_reader *r, void *base, enum json_event e)
{
	struct report *rep = base;
	LIST(struct read_asset) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(asset_members),
	               ((struct read_asset){.result = {.outcome = OUTCOME_ERROR}})))
		return false;
	rep->asset = finish_assets(r->a, list.v, list.n);
	rep->nasset = list.n;
	return true;
}

static bool
read_wanted(struct json_reader *r, void *base, enum json_event e)
{
	struct orphan *o = base;

	return reader_texts(r, e, &o->wanted_by, &o->nwanted);
}

static const struct member orphan_members[] = {
	{"kind", MEMBER_ENUM, NAMED(orphan, kind, orphan_kind_names)},
	{"key", MEMBER_TEXT, AT(orphan, key)},
	{"wanted_by", MEMBER_OTHER, .read = read_wanted},
	{"evidence", MEMBER_TEXT, AT(orphan, evidence)},
};

static bool
read_orphans(struct json_reader *r, void *base, enum json_event e)
{
	struct report *rep = base;
	LIST(struct orphan) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(orphan_members), ((struct orphan){0})))
		return false;
	rep->orphan = list.v;
	rep->norphan = list.n;
	return true;
}

static const struct member symptom_members[] = {
	{"kind", MEMBER_TEXT, AT(symptom, kind)},           {"asset", MEMBER_TEXT, AT(symptom, asset)},
	{"partition", MEMBER_TEXT, AT(symptom, partition)}, {"check", MEMBER_TEXT, AT(symptom, check)},
	{"message", MEMBER_TEXT, AT(symptom, message)},
};

bool
report_read_symptoms(struct json_reader *r, struct incident *i, enum json_event e)
{
	LIST(struct symptom) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(symptom_members), ((struct symptom){0})))
		return false;
	i->symptom = list.v;
	i->nsymptom = list.n;
	return true;
}

static bool
read_symptoms(struct json_reader *r, void *base, enum json_event e)
{
	return report_read_symptoms(r, base, e);
}

static const struct member incident_members[] = {
	{"id", MEMBER_TEXT, AT(incident, id)},
	{"change", MEMBER_ENUM, NAMED(incident, change, incident_change_names)},
	{"kind", MEMBER_TEXT, AT(incident, kind)},
	{"asset", MEMBER_TEXT, AT(incident, asset)},
	{"partition", MEMBER_TEXT, AT(incident, partition)},
	{"check", MEMBER_TEXT, AT(incident, check)},
	{"severity", MEMBER_ENUM, NAMED(incident, severity, severity_names)},
	{"title", MEMBER_TEXT, AT(incident, title)},
	{"message", MEMBER_TEXT, AT(incident, message)},
	{"opened_at", MEMBER_TIME, AT(incident, opened_us)},
	{"resolved_at", MEMBER_TIME, AT(incident, resolved_us)},
	{"symptom_count", MEMBER_I64, AT(incident, symptoms)},
	{"symptoms", MEMBER_OTHER, .read = read_symptoms},
};

static bool
read_incidents(struct json_reader *r, void *base, enum json_event e)
{
	struct report *rep = base;
	LIST(struct incident) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(incident_members), ((struct incident){0})))
		return false;
	rep->has_incidents = true;
	rep->incident = list.v;
	rep->nincident = list.n;
	return true;
}

bool
report_read_incidents(struct arena *a, struct sv json, struct report *ret, struct err *err)
{
	struct json_reader r = {.a = a, .err = err, .what = "the list of incidents"};

	json_scan_init(&r.s, json);
	return read_incidents(&r, ret, json_next(&r.s));
}

static const struct member check_count_members[] = {
	{"pass", MEMBER_I64, AT(report, checks.outcome[OUTCOME_PASS])},
	{"warn", MEMBER_I64, AT(report, checks.outcome[OUTCOME_WARN])},
	{"fail", MEMBER_I64, AT(report, checks.outcome[OUTCOME_FAIL])},
	{"error", MEMBER_I64, AT(report, checks.outcome[OUTCOME_ERROR])},
	{"skipped", MEMBER_I64, AT(report, checks.outcome[OUTCOME_SKIPPED])},
};
static const struct member fresh_count_members[] = {
	{"pass", MEMBER_I64, AT(report, fresh[FRESH_PASS])},
	{"warn", MEMBER_I64, AT(report, fresh[FRESH_WARN])},
	{"fail", MEMBER_I64, AT(report, fresh[FRESH_FAIL])},
	{"unknown", MEMBER_I64, AT(report, fresh[FRESH_UNKNOWN])},
	{"none", MEMBER_I64, AT(report, fresh[FRESH_NONE])},
};

static bool
read_check_counts(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(check_count_members), base, e);
}

static bool
read_fresh_counts(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(fresh_count_members), base, e);
}

static const struct member summary_members[] = {
	{"assets", MEMBER_I64, AT(report, assets)},
	{"checks", MEMBER_OTHER, .read = read_check_counts},
	{"fresh", MEMBER_OTHER, .read = read_fresh_counts},
	{"stale", MEMBER_I64, AT(report, stale)},
};

static bool
read_summary(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(summary_members), base, e);
}

static const struct member report_members[] = {
	{"command", MEMBER_STRING, AT(report, command)},
	{"run_id", MEMBER_CHARS, CHARS(report, run_id)},
	{"project", MEMBER_TEXT, AT(report, project)},
	{"environment", MEMBER_TEXT, AT(report, env)},
	{"started_at", MEMBER_TIME, AT(report, started_us)},
	{"finished_at", MEMBER_TIME, AT(report, finished_us)},
	{"seconds", MEMBER_F64, AT(report, seconds)},
	{"outcome", MEMBER_ENUM, NAMED(report, outcome, outcome_names)},
	{"suite", MEMBER_TEXT, AT(report, suite_name)},
	{"suite_parameters", MEMBER_RAW, AT(report, parameters)},
	{"summary", MEMBER_OTHER, .read = read_summary},
	{"unpublished", MEMBER_BOOL, AT(report, unpublished)},
	{"assets", MEMBER_OTHER, .read = read_assets},
	{"orphans", MEMBER_OTHER, .read = read_orphans},
	{"incidents", MEMBER_OTHER, .read = read_incidents},
};

bool
report_read(struct arena *a, struct sv json, struct report *ret, struct err *err)
{
	struct json_reader r = {.a = a, .err = err};
	/* What it does not say is nothing good: here, and in the lists of assets and checks. */
	struct report rep = {.command = "", .outcome = OUTCOME_ERROR};

	json_scan_init(&r.s, json);
	if (!reader_object(&r, MEMBERS(report_members), &rep, json_next(&r.s)))
		return false;
	if (json_next(&r.s) != JSON_END)
		return reader_fail(&r, "something follows it");
	/* An empty list of orphans is an answer where they were looked for. */
	rep.has_orphans = rep.norphan > 0 || strcmp(rep.command, "audit") == 0 ||
	                  strcmp(rep.command, "orphans") == 0;
	*ret = rep;
	return true;
}
