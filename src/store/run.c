#include <assert.h>
#include <string.h>

#include "store/db.h"

static bool
add_run(struct store *s, const struct stored_run *run, struct err *err)
{
	static const char sql[] =
		"INSERT INTO run (env, id, kind, started_us, finished_us, outcome, catalog_hash, report)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a run", err))
		return false;
	query_text(&q, run->id);
	query_text(&q, run->kind);
	query_time(&q, run->started_us);
	query_time(&q, run->finished_us);
	query_text(&q, sv_of(outcome_names[run->outcome]));
	query_text(&q, run->catalog_hash);
	query_text(&q, run->report);
	return query_send(&q, err);
}

static bool
add_verdict(struct store *s, const struct stored_run *run, const struct stored_verdict *v, struct err *err)
{
	static const char sql[] = "INSERT INTO verdict (env, run, asset, partition, version, check_id, "
				  "check_hash, expectation, outcome, severity,"
				  " blocking, implicit, message, result, engine, at_us, duration_ms)"
				  " VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a verdict", err))
		return false;
	query_text(&q, run->id);
	query_text(&q, v->asset);
	query_text(&q, v->partition);
	query_text(&q, v->version);
	query_text(&q, v->check_id);
	query_text(&q, v->check_hash);
	query_text(&q, v->expectation);
	query_text(&q, sv_of(outcome_names[v->outcome]));
	query_text(&q, sv_of(severity_names[v->severity]));
	query_i64(&q, v->blocking);
	query_i64(&q, v->implicit);
	query_text(&q, v->message);
	query_text(&q, v->result);
	query_text(&q, v->engine);
	query_time(&q, v->at_us);
	query_real(&q, v->duration_ms);
	return query_send(&q, err);
}

bool
store_add_run(struct store *s, const struct stored_run *run, const struct stored_verdict *v, size_t n,
              struct err *err)
{
	bool own;

	assert(run->id.n > 0);
	if (!write_begin(s, &own, err))
		return false;

	bool ok = add_run(s, run, err);

	for (size_t i = 0; ok && i < n; i++)
		ok = add_verdict(s, run, &v[i], err);
	return write_end(s, own, ok, err);
}

static bool
ask_number(struct query *q, int64_t *ret, struct err *err)
{
	if (query_step(q, err) != STEP_ROW)
		return false;
	*ret = column_i64(q, 0);
	return true;
}

bool
store_run_position(struct store *s, int64_t *ret, struct err *err)
{
	/* Of all environments: only the order matters. */
	static const char sql[] = "SELECT coalesce(max(rowid), 0) FROM run WHERE :env IS NOT NULL";
	AUTO_QUERY q = {0};

	return query_begin(s, &q, sql, "read runs", err) && ask_number(&q, ret, err);
}

bool
store_run_position_at(struct store *s, int64_t t_us, int64_t *ret, struct err *err)
{
	static const char sql[] =
		"SELECT coalesce((SELECT rowid FROM run WHERE :env IS NOT NULL AND finished_us <= ?2"
		" ORDER BY rowid DESC LIMIT 1), 0)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read runs", err))
		return false;
	query_time(&q, t_us);
	return ask_number(&q, ret, err);
}

bool
store_run_is_past(struct store *s, struct sv id, int64_t position, bool *ret, struct err *err)
{
	static const char sql[] = "SELECT count(*) FROM run WHERE env = :env AND id = ?2 AND rowid > ?3";
	AUTO_QUERY q = {0};
	int64_t n;

	if (!query_begin(s, &q, sql, "read runs", err))
		return false;
	query_text(&q, id);
	query_i64(&q, position);
	if (!ask_number(&q, &n, err))
		return false;
	*ret = n > 0;
	return true;
}

#define RUN_COLUMNS "id, kind, started_us, finished_us, outcome, catalog_hash"

/* Of the columns above; the report is the caller's. */
static bool
read_run(const struct query *q, struct arena *a, struct stored_run *ret, struct err *err)
{
	int outcome = column_name(q, 4, outcome_names, LEN(outcome_names));

	if (outcome < 0)
		return column_fail(q, "outcome", err);
	*ret = (struct stored_run){
		.id = column_text(q, a, 0),
		.kind = column_text(q, a, 1),
		.started_us = column_time(q, 2),
		.finished_us = column_time(q, 3),
		.outcome = (enum outcome)outcome,
		.catalog_hash = column_text(q, a, 5),
	};
	return true;
}

bool
store_run(struct store *s, struct arena *a, struct sv id, struct stored_run *ret, bool *found,
          struct err *err)
{
	static const char sql[] = "SELECT " RUN_COLUMNS ", report FROM run WHERE env = :env AND id = ?";
	AUTO_QUERY q = {0};
	struct stored_run run;
	enum step step;

	if (!query_begin(s, &q, sql, "read a run", err))
		return false;
	query_text(&q, id);
	step = query_step(&q, err);
	if (step == STEP_ERROR || (step == STEP_ROW && !read_run(&q, a, &run, err)))
		return false;
	*found = step == STEP_ROW;
	if (*found) {
		run.report = column_text(&q, a, 6);
		*ret = run;
	}
	return true;
}

bool
store_run_env(struct store *s, struct arena *a, struct sv id, struct sv *ret, bool *found, struct err *err)
{
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(s, &q, "SELECT env FROM run WHERE id = ?", "read a run", err))
		return false;
	query_text(&q, id);
	step = query_step(&q, err);
	*found = step == STEP_ROW;
	if (*found)
		*ret = column_text(&q, a, 0);
	return step != STEP_ERROR;
}

static bool
read_runs(struct query *q, struct arena *a, struct stored_run **ret, size_t *n, struct err *err)
{
	LIST(struct stored_run) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW) {
		struct stored_run run;

		if (!read_run(q, a, &run, err))
			return false;
		*LIST_ADD(a, &list) = run;
	}
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_list_runs(struct store *s, struct arena *a, struct sv kind, int64_t since_us, size_t max,
                struct stored_run **ret, size_t *n, struct err *err)
{
	/* In the order they were stored: a run with its clock set ahead must not stay the newest for good. */
	static const char sql[] = "SELECT " RUN_COLUMNS
				  " FROM run WHERE env = :env AND (?2 = '' OR kind = ?2)"
				  " AND (?3 IS NULL OR started_us >= ?3) ORDER BY rowid DESC LIMIT ?4";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "list runs", err))
		return false;
	query_text(&q, kind);
	query_time(&q, since_us);
	query_limit(&q, max);
	return read_runs(&q, a, ret, n, err);
}

bool
store_runs_before(struct store *s, struct arena *a, struct sv kind, struct sv before, size_t max,
                  struct stored_run **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " RUN_COLUMNS
				  " FROM run WHERE env = :env AND (?2 = '' OR kind = ?2)"
				  " AND (?3 = '' OR rowid < (SELECT rowid FROM run WHERE id = ?3))"
				  " ORDER BY rowid DESC LIMIT ?4";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "list runs", err))
		return false;
	query_text(&q, kind);
	query_text(&q, before);
	query_limit(&q, max);
	return read_runs(&q, a, ret, n, err);
}

bool
store_run_counts(struct store *s, struct sv id, int64_t counts[5], struct err *err)
{
	static const char sql[] =
		"SELECT outcome, count(*) FROM verdict WHERE env = :env AND run = ?2 GROUP BY outcome";
	AUTO_QUERY q = {0};
	enum step step;

	memset(counts, 0, 5 * sizeof(*counts));
	if (!query_begin(s, &q, sql, "count the verdicts of a run", err))
		return false;
	query_text(&q, id);
	while ((step = query_step(&q, err)) == STEP_ROW) {
		int outcome = column_name(&q, 0, outcome_names, LEN(outcome_names));

		if (outcome < 0)
			return column_fail(&q, "outcome", err);
		counts[outcome] = column_i64(&q, 1);
	}
	return step == STEP_DONE;
}

bool
store_check_history(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                    struct sv check_id, struct sv run_id, size_t max, struct check_point **ret, size_t *n,
                    struct err *err)
{
	static const char sql[] =
		"SELECT v.at_us, v.outcome, coalesce((SELECT m.value FROM metric m WHERE m.env = :env"
		" AND m.asset = ?2 AND m.partition = ?3 AND m.name = ?4 AND m.at_us = v.at_us AND m.run = "
		"v.run),"
		" json_extract(nullif(v.result, ''), '$.unexpected_count'))"
		" FROM verdict v WHERE v.env = :env AND v.asset = ?2 AND v.partition = ?3 AND v.check_id = ?4"
		" AND v.seq <= coalesce((SELECT max(seq) FROM verdict WHERE run = ?5), 9223372036854775807)"
		" ORDER BY v.seq DESC LIMIT ?6";
	AUTO_QUERY q = {0};
	LIST(struct check_point) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the history of a check", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, check_id);
	query_text(&q, run_id);
	query_limit(&q, max);
	while ((step = query_step(&q, err)) == STEP_ROW) {
		int outcome = column_name(&q, 1, outcome_names, LEN(outcome_names));

		if (outcome < 0)
			return column_fail(&q, "outcome", err);
		*LIST_ADD(a, &list) = (struct check_point){.at_us = column_time(&q, 0),
		                                           .outcome = (enum outcome)outcome,
		                                           .value = column_real(&q, 2)};
	}
	if (step != STEP_DONE)
		return false;
	/* The newest came first. */
	for (size_t i = 0; i < list.n / 2; i++) {
		struct check_point p = list.v[i];

		list.v[i] = list.v[list.n - 1 - i];
		list.v[list.n - 1 - i] = p;
	}
	*ret = list.v;
	*n = list.n;
	return true;
}
