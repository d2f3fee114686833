#include "store/past.h"

#include <math.h>

#include "store/db.h"

static void
put_filter(struct query *q, const struct past_filter *f, size_t max)
{
	query_text(q, f->asset);
	query_i64(q, f->before_seq > 0 ? f->before_seq : INT64_MAX);
	query_text(q, f->partition);
	query_text(q, f->name);
	query_limit(q, max);
}

bool
store_past_verdicts(struct store *s, struct arena *a, const struct past_filter *f, size_t max,
                    struct past_verdict **ret, size_t *n, struct err *err)
{
	static const char sql[] =
		"SELECT seq, run, partition, version, check_id, check_hash, expectation, outcome, severity,"
		" blocking, implicit, message, engine, at_us, duration_ms FROM verdict"
		" WHERE env = :env AND asset = ?2 AND seq < ?3 AND (?4 = '' OR partition = ?4)"
		" AND (?5 = '' OR check_id = ?5) ORDER BY seq DESC LIMIT ?6";
	AUTO_QUERY q = {0};
	LIST(struct past_verdict) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read verdicts", err))
		return false;
	put_filter(&q, f, max);
	while ((step = query_step(&q, err)) == STEP_ROW) {
		int outcome = column_name(&q, 7, outcome_names, LEN(outcome_names));
		int severity = column_name(&q, 8, severity_names, LEN(severity_names));

		if (outcome < 0 || severity < 0)
			return column_fail(&q, "verdict", err);
		*LIST_ADD(a, &list) = (struct past_verdict){
			.seq = column_i64(&q, 0),
			.v = {.run_id = column_text(&q, a, 1),
		              .asset = f->asset,
		              .partition = column_text(&q, a, 2),
		              .version = column_text(&q, a, 3),
		              .check_id = column_text(&q, a, 4),
		              .check_hash = column_text(&q, a, 5),
		              .expectation = column_text(&q, a, 6),
		              .outcome = (enum outcome)outcome,
		              .severity = (enum severity)severity,
		              .blocking = column_i64(&q, 9) != 0,
		              .implicit = column_i64(&q, 10) != 0,
		              .message = column_text(&q, a, 11),
		              .engine = column_text(&q, a, 12),
		              .at_us = column_time(&q, 13),
		              .duration_ms = column_real(&q, 14)},
		};
	}
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

bool
store_past_metrics(struct store *s, struct arena *a, const struct past_filter *f, size_t max,
                   struct past_metric **ret, size_t *n, struct err *err)
{
	static const char sql[] =
		"SELECT seq, partition, version, name, value, at_us FROM metric"
		" WHERE env = :env AND asset = ?2 AND seq < ?3 AND (?4 = '' OR partition = ?4)"
		" AND (?5 = '' OR name = ?5) ORDER BY seq DESC LIMIT ?6";
	AUTO_QUERY q = {0};
	LIST(struct past_metric) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read metrics", err))
		return false;
	put_filter(&q, f, max);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct past_metric){
			.seq = column_i64(&q, 0),
			.m = {.asset = f->asset,
		              .partition = column_text(&q, a, 1),
		              .version = column_text(&q, a, 2),
		              .name = column_text(&q, a, 3),
		              .value = column_real(&q, 4),
		              .at_us = column_i64(&q, 5)},
		};
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

bool
store_past_observation(struct store *s, struct arena *a, struct sv asset, struct sv expectation,
                       struct sv check_id, bool good, const struct past_data *other,
                       struct past_observation *ret, struct err *err)
{
	static const char sql[] =
		"SELECT partition, version, json_extract(result, '$.observed_value') FROM verdict WHERE env = :env AND asset = ?2"
		" AND check_id = ?3 AND expectation = ?7 AND (outcome = 'pass' OR (?6 = 0 AND outcome IN ('warn', 'fail')))"
		" AND json_type(nullif(result, ''), '$.observed_value') = 'array'"
		" AND (?4 = '' OR version <> ?4 OR partition <> ?5"
		" OR (?8 <> '' AND json_extract(result, '$.observed_value') <> json(nullif(?8, ''))))"
		" ORDER BY seq DESC LIMIT 1";
	AUTO_QUERY q = {0};
	enum step step;

	*ret = (struct past_observation){0};
	if (!query_begin(s, &q, sql, "read the past of a check", err))
		return false;
	query_text(&q, asset);
	query_text(&q, check_id);
	query_text(&q, other->version);
	query_text(&q, other->partition);
	query_i64(&q, good);
	query_text(&q, expectation);
	query_text(&q, other->value);
	step = query_step(&q, err);
	if (step == STEP_ROW)
		*ret = (struct past_observation){.partition = column_text(&q, a, 0),
		                                 .version = column_text(&q, a, 1),
		                                 .value = column_text(&q, a, 2)};
	return step != STEP_ERROR;
}

bool
store_last_good(struct store *s, struct sv asset, struct sv partition, struct sv identity, struct sv check_id,
                double *ret, struct err *err)
{
	/* Numbers of before there were identities have none. */
	static const char sql[] =
		"SELECT m.value FROM verdict AS v JOIN metric AS m ON m.env = v.env AND m.asset = v.asset"
		" AND m.partition = v.partition AND m.name = v.check_id AND m.at_us = v.at_us AND m.run = v.run"
		" WHERE v.env = :env AND v.asset = ?2 AND v.partition = ?3 AND v.check_id = ?4"
		" AND v.outcome IN ('pass', 'skipped') AND m.identity IN (?5, '') AND m.value IS NOT NULL"
		" ORDER BY v.seq DESC LIMIT 1";
	AUTO_QUERY q = {0};
	enum step step;

	*ret = NAN;
	if (!query_begin(s, &q, sql, "read the past of a check", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, check_id);
	query_text(&q, identity);
	step = query_step(&q, err);
	if (step == STEP_ROW)
		*ret = column_real(&q, 0);
	return step != STEP_ERROR;
}
