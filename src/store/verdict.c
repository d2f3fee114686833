/*
 * Verdicts by identity.  The newest is the one that was stored last, not the one with the latest time: a run
 * with its clock set ahead must not outlast all runs that follow.
 */
#include "store/db.h"

#define COLUMNS                                                                                            \
	"run, asset, partition, version, check_id, check_hash, expectation, outcome, severity, blocking, " \
	"implicit, message, "                                                                              \
	"result, engine, at_us, duration_ms"

static bool
read_row(const struct query *q, struct arena *a, struct stored_verdict *v, struct err *err)
{
	int outcome = column_name(q, 7, outcome_names, LEN(outcome_names));
	int severity = column_name(q, 8, severity_names, LEN(severity_names));

	if (outcome < 0 || severity < 0)
		return column_fail(q, outcome < 0 ? "outcome" : "severity", err);
	*v = (struct stored_verdict){
		.run_id = column_text(q, a, 0),
		.asset = column_text(q, a, 1),
		.partition = column_text(q, a, 2),
		.version = column_text(q, a, 3),
		.check_id = column_text(q, a, 4),
		.check_hash = column_text(q, a, 5),
		.expectation = column_text(q, a, 6),
		.outcome = (enum outcome)outcome,
		.severity = (enum severity)severity,
		.blocking = column_i64(q, 9) != 0,
		.implicit = column_i64(q, 10) != 0,
		.message = column_text(q, a, 11),
		.result = column_text(q, a, 12),
		.engine = column_text(q, a, 13),
		.at_us = column_time(q, 14),
		.duration_ms = column_real(q, 15),
	};
	return true;
}

bool
store_verdict(struct store *s, struct arena *a, struct sv asset, struct sv partition, struct sv version,
              struct sv check_hash, struct stored_verdict *ret, bool *found, struct err *err)
{
	static const char exact[] = "SELECT " COLUMNS
				    " FROM verdict WHERE env = :env AND asset = ? AND partition = ?"
				    " AND check_hash = ? AND version = ? ORDER BY seq DESC LIMIT 1";
	static const char any[] = "SELECT " COLUMNS
				  " FROM verdict WHERE env = :env AND asset = ? AND partition = ?"
				  " AND check_hash = ? ORDER BY seq DESC LIMIT 1";
	AUTO_QUERY q = {0};
	struct stored_verdict v;

	if (!query_begin(s, &q, version.n > 0 ? exact : any, "read a verdict", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, check_hash);
	if (version.n > 0)
		query_text(&q, version);

	enum step step = query_step(&q, err);

	if (step == STEP_ERROR || (step == STEP_ROW && !read_row(&q, a, &v, err)))
		return false;
	*found = step == STEP_ROW;
	if (*found)
		*ret = v;
	return true;
}

static bool
read_all(struct query *q, struct arena *a, struct stored_verdict **ret, size_t *n, struct err *err)
{
	LIST(struct stored_verdict) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW) {
		struct stored_verdict v;

		if (!read_row(q, a, &v, err))
			return false;
		*LIST_ADD(a, &list) = v;
	}
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_verdicts(struct store *s, struct arena *a, struct sv asset, struct sv partition, struct sv version,
               struct stored_verdict **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM verdict WHERE seq IN (SELECT max(seq) FROM verdict"
				  " WHERE env = :env AND asset = ? AND partition = ? AND version = ? GROUP "
				  "BY check_hash) ORDER BY seq";
	AUTO_QUERY q = {0};

	*ret = NULL;
	*n = 0;
	/* Verdicts on data whose version was not known say nothing of other data with that flaw. */
	if (version.n == 0)
		return true;
	if (!query_begin(s, &q, sql, "read verdicts", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, version);
	return read_all(&q, a, ret, n, err);
}

bool
store_external_verdicts(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                        struct stored_verdict **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM verdict WHERE seq IN (SELECT max(seq) FROM verdict"
				  " WHERE env = :env AND asset = ? AND partition = ?"
				  " AND expectation = '" EXTERNAL "' GROUP BY check_hash) ORDER BY check_id";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read what others judged", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	return read_all(&q, a, ret, n, err);
}

bool
store_judged_partitions(struct store *s, struct arena *a, struct sv asset, struct sv **ret, size_t *n,
                        struct err *err)
{
	/* From one partition to the next in the index, so that the length of the history does not matter. */
	static const char sql[] = "WITH RECURSIVE p (k) AS ("
				  " SELECT min(partition) FROM verdict WHERE env = :env AND asset = ?2"
				  " UNION ALL"
				  " SELECT (SELECT min(partition) FROM verdict WHERE env = :env AND asset = "
				  "?2 AND partition > p.k)"
				  " FROM p WHERE p.k IS NOT NULL)"
				  "SELECT k FROM p WHERE k IS NOT NULL";
	AUTO_QUERY q = {0};
	LIST(struct sv) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the partitions of verdicts", err))
		return false;
	query_text(&q, asset);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = column_text(&q, a, 0);
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}
