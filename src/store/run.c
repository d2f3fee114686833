#include <assert.h>

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
	return query_run(&q, err);
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
	return query_run(&q, err);
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
