#include "store/arrivals.h"

#include "store/db.h"

bool
store_arrival_times(struct store *s, struct arena *a, struct sv asset, bool observed, int64_t until_us,
                    size_t max, struct arrival **ret, size_t *n, struct err *err)
{
	static const char made[] =
		"SELECT * FROM (SELECT at_us, partition FROM event WHERE env = :env AND asset = ?2"
		" AND kind = 'materialized' AND at_us <= ?3 ORDER BY at_us DESC, seq DESC LIMIT ?4) ORDER BY 1, 2";
	static const char seen[] =
		"SELECT * FROM (SELECT DISTINCT updated_us, partition FROM event WHERE env = :env AND asset = ?2"
		" AND kind = 'observed' AND updated_us <= ?3 ORDER BY 1 DESC, 2 LIMIT ?4) ORDER BY 1, 2";
	AUTO_QUERY q = {0};
	LIST(struct arrival) list = {0};
	enum step step;

	if (!query_begin(s, &q, observed ? seen : made, "read the times of arrivals", err))
		return false;
	query_text(&q, asset);
	query_i64(&q, until_us);
	query_limit(&q, max);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct arrival){.at_us = column_i64(&q, 0),
		                                       .partition = column_text(&q, a, 1)};
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

bool
store_setbacks(struct store *s, struct arena *a, struct sv asset, int64_t until_us, size_t max, int64_t **ret,
               size_t *n, struct err *err)
{
	static const char sql[] =
		"SELECT * FROM (SELECT at_us FROM event WHERE env = :env AND asset = ?2 AND kind = 'failed' AND at_us <= ?3"
		" UNION SELECT opened_us FROM incident WHERE env = :env AND asset = ?2 AND kind = 'late' AND opened_us <= ?3"
		" ORDER BY 1 DESC LIMIT ?4) ORDER BY 1";
	AUTO_QUERY q = {0};
	LIST(int64_t) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read what failed", err))
		return false;
	query_text(&q, asset);
	query_i64(&q, until_us);
	query_limit(&q, max);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = column_i64(&q, 0);
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}
