#include "store/db.h"

static bool
add_metric(struct store *s, struct sv run_id, const struct stored_metric *m, struct err *err)
{
	static const char sql[] =
		"INSERT INTO metric (env, run, asset, partition, version, name, value, at_us, identity, flagged)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a metric", err))
		return false;
	query_text(&q, run_id);
	query_text(&q, m->asset);
	query_text(&q, m->partition);
	query_text(&q, m->version);
	query_text(&q, m->name);
	query_real(&q, m->value);
	query_i64(&q, m->at_us);
	query_text(&q, m->identity);
	query_i64(&q, m->flagged);
	return query_send(&q, err);
}

bool
store_add_metrics(struct store *s, struct sv run_id, const struct stored_metric *m, size_t n, struct err *err)
{
	bool own, ok = true;

	if (n == 0)
		return true;
	if (!write_begin(s, &own, err))
		return false;
	for (size_t i = 0; ok && i < n; i++)
		ok = add_metric(s, run_id, &m[i], err);
	return write_end(s, own, ok, err);
}

bool
store_metric_history(struct store *s, struct arena *a, struct sv asset, struct sv partition, struct sv name,
                     size_t max, struct stored_metric **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT version, value, at_us FROM metric WHERE env = :env AND asset = ? "
				  "AND partition = ? AND name = ?"
				  " ORDER BY at_us DESC, seq DESC LIMIT ?";
	AUTO_QUERY q = {0};
	LIST(struct stored_metric) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the history of a metric", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, name);
	query_limit(&q, max);
	asset = arena_sv(a, asset);
	partition = arena_sv(a, partition);
	name = arena_sv(a, name);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct stored_metric){.asset = asset,
		                                             .partition = partition,
		                                             .version = column_text(&q, a, 0),
		                                             .name = name,
		                                             .value = column_real(&q, 1),
		                                             .at_us = column_i64(&q, 2)};
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}
