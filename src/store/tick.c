#include "store/tick.h"

#include "store/db.h"

bool
store_ticks(struct store *s, struct arena *a, struct tick **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT asset, schedule, at_us FROM tick WHERE env = :env";
	AUTO_QUERY q = {0};
	LIST(struct tick) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the ticks of schedules", err))
		return false;
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct tick){
			.asset = column_text(&q, a, 0),
			.schedule = column_text(&q, a, 1),
			.at_us = column_i64(&q, 2),
		};
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

static bool
put(struct store *s, const struct tick *t, struct err *err)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO tick (env, asset, schedule, at_us) VALUES (:env, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "keep the tick of a schedule", err))
		return false;
	query_text(&q, t->asset);
	query_text(&q, t->schedule);
	query_i64(&q, t->at_us);
	return query_run(&q, err);
}

bool
store_put_tick(struct store *s, const struct tick *t, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, put(s, t, err), err);
}
