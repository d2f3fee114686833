#include "store/event_row.h"

const char *const event_kind_names[4] = {"started", "materialized", "failed", "observed"};

static bool
add_inputs(struct store *s, const struct event *e, struct err *err)
{
	static const char sql[] =
		"INSERT INTO event_input (event, position, asset, partition, version) VALUES (?, ?, ?, ?, ?)";

	for (size_t i = 0; i < e->ninput; i++) {
		AUTO_QUERY q = {0};

		if (!query_begin(s, &q, sql, "store an input of an event", err))
			return false;
		query_i64(&q, e->seq);
		query_i64(&q, (int64_t)i);
		query_text(&q, e->input[i].key);
		query_text(&q, e->input[i].partition);
		query_text(&q, e->input[i].version);
		if (!query_send(&q, err))
			return false;
	}
	return true;
}

static bool
add_metrics(struct store *s, const struct event *e, struct err *err)
{
	static const char sql[] =
		"INSERT INTO event_metric (event, position, name, value) VALUES (?, ?, ?, ?)";

	for (size_t i = 0; i < e->nmetric; i++) {
		AUTO_QUERY q = {0};

		if (!query_begin(s, &q, sql, "store a metric of an event", err))
			return false;
		query_i64(&q, e->seq);
		query_i64(&q, (int64_t)i);
		query_text(&q, e->metric[i].name);
		query_real(&q, e->metric[i].value);
		if (!query_send(&q, err))
			return false;
	}
	return true;
}

static bool
add_event(struct store *s, struct event *e, struct err *err)
{
	static const char sql[] = "INSERT INTO event (env, id, kind, asset, partition, version, at_us, "
				  "recorded_us, updated_us, data_through_us,"
				  " code_version, rows, run_id, reporter, inputs_given, note)"
				  " VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store an event", err))
		return false;
	query_text(&q, e->id);
	query_text(&q, sv_of(event_kind_names[e->kind]));
	query_text(&q, e->asset);
	query_text(&q, e->partition);
	query_text(&q, e->version);
	query_i64(&q, e->at_us);
	query_i64(&q, e->recorded_us);
	query_time(&q, e->updated_us);
	query_time(&q, e->data_through_us);
	query_text(&q, e->code_version);
	query_time(&q, e->rows >= 0 ? e->rows : TIME_NONE);
	query_text(&q, e->run_id);
	query_text(&q, e->reporter);
	query_i64(&q, e->inputs_given);
	query_text(&q, e->note);
	if (!query_run(&q, err))
		return false;
	e->seq = db_last_rowid(s);
	return add_inputs(s, e, err) && add_metrics(s, e, err);
}

bool
store_add_event(struct store *s, struct event *e, struct err *err)
{
	struct event added = *e;
	bool own;

	make_id(s, "", &added.id);
	added.recorded_us = clock_now_us(s->clock);
	if (!write_begin(s, &own, err) || !write_end(s, own, add_event(s, &added, err), err))
		return false;
	*e = added;
	return true;
}

bool
event_read_inputs(struct store *s, struct arena *a, struct event *e, struct err *err)
{
	static const char sql[] =
		"SELECT asset, partition, version FROM event_input WHERE event = ? ORDER BY position";
	AUTO_QUERY q = {0};
	LIST(struct event_input) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the inputs of an event", err))
		return false;
	query_i64(&q, e->seq);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct event_input){.key = column_text(&q, a, 0),
		                                           .partition = column_text(&q, a, 1),
		                                           .version = column_text(&q, a, 2)};
	e->input = list.v;
	e->ninput = list.n;
	return step == STEP_DONE;
}

static bool
read_metrics(struct store *s, struct arena *a, struct event *e, struct err *err)
{
	static const char sql[] = "SELECT name, value FROM event_metric WHERE event = ? ORDER BY position";
	AUTO_QUERY q = {0};
	LIST(struct event_metric) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the metrics of an event", err))
		return false;
	query_i64(&q, e->seq);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct event_metric){.name = column_text(&q, a, 0),
		                                            .value = column_real(&q, 1)};
	e->metric = list.v;
	e->nmetric = list.n;
	return step == STEP_DONE;
}

bool
event_read_row(const struct query *q, struct arena *a, struct event *e, struct err *err)
{
	int kind = column_name(q, 2, event_kind_names, LEN(event_kind_names));

	if (kind < 0)
		return column_fail(q, "kind of event", err);
	*e = (struct event){
		.seq = column_i64(q, 0),
		.id = column_text(q, a, 1),
		.kind = (enum event_kind)kind,
		.asset = column_text(q, a, 3),
		.partition = column_text(q, a, 4),
		.version = column_text(q, a, 5),
		.at_us = column_i64(q, 6),
		.recorded_us = column_i64(q, 7),
		.updated_us = column_time(q, 8),
		.data_through_us = column_time(q, 9),
		.code_version = column_text(q, a, 10),
		.rows = column_time(q, 11) == TIME_NONE ? -1 : column_i64(q, 11),
		.run_id = column_text(q, a, 12),
		.reporter = column_text(q, a, 13),
		.inputs_given = column_i64(q, 14) != 0,
		.note = column_text(q, a, 15),
	};
	return true;
}

/* Steps the query to its end; what hangs on the events comes after it. */
static bool
read_events(struct query *q, struct arena *a, struct event **ret, size_t *n, struct err *err)
{
	LIST(struct event) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW) {
		struct event e;

		if (!event_read_row(q, a, &e, err))
			return false;
		*LIST_ADD(a, &list) = e;
	}
	if (step != STEP_DONE)
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (!event_read_inputs(q->s, a, &list.v[i], err) || !read_metrics(q->s, a, &list.v[i], err))
			return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

static bool
read_one(struct query *q, struct arena *a, struct event *ret, bool *found, struct err *err)
{
	struct event *e;
	size_t n;

	if (!read_events(q, a, &e, &n, err))
		return false;
	*found = n > 0;
	if (n > 0)
		*ret = e[0];
	return true;
}

bool
store_last_event(struct store *s, struct arena *a, struct sv asset, struct sv partition, enum event_kind kind,
                 int64_t until_us, struct event *ret, bool *found, struct err *err)
{
	static const char sql[] =
		"SELECT " EVENT_COLUMNS
		" FROM event e WHERE env = :env AND asset = ? AND partition = ? AND kind = ? AND at_us <= ?"
		" ORDER BY at_us DESC, seq DESC LIMIT 1";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read events", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, sv_of(event_kind_names[kind]));
	query_i64(&q, until_us);
	return read_one(&q, a, ret, found, err);
}

bool
store_event_of_version(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                       struct sv version, struct event *ret, bool *found, struct err *err)
{
	static const char sql[] =
		"SELECT " EVENT_COLUMNS " FROM event e"
		" WHERE env = :env AND asset = ? AND partition = ? AND version = ? AND kind = 'materialized'"
		" ORDER BY at_us DESC, seq DESC LIMIT 1";
	AUTO_QUERY q = {0};

	*found = false;
	if (version.n == 0)
		return true;
	if (!query_begin(s, &q, sql, "read events", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, version);
	return read_one(&q, a, ret, found, err);
}

bool
store_open_start(struct store *s, struct arena *a, struct sv asset, struct sv partition, int64_t from_us,
                 int64_t until_us, struct event *ret, bool *found, struct err *err)
{
	/* A start without a run's name is closed by any end, and an end without one closes any start. */
	static const char sql[] = "SELECT " EVENT_COLUMNS " FROM event e"
				  " WHERE env = :env AND asset = ?2 AND partition = ?3 AND kind = 'started' "
				  "AND at_us > ?4 AND at_us <= ?5"
				  " AND NOT EXISTS (SELECT 1 FROM event o WHERE o.env = :env AND o.asset = "
				  "?2 AND o.partition = ?3"
				  "  AND o.kind IN ('materialized', 'failed') AND o.at_us <= ?5 AND "
				  "(o.at_us, o.seq) > (e.at_us, e.seq)"
				  "  AND (o.run_id = e.run_id OR o.run_id = '' OR e.run_id = ''))"
				  " ORDER BY at_us DESC, seq DESC LIMIT 1";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read events", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_i64(&q, from_us);
	query_i64(&q, until_us);
	return read_one(&q, a, ret, found, err);
}

bool
store_partition_events(struct store *s, struct arena *a, struct sv asset, enum event_kind kind,
                       int64_t until_us, struct event **ret, size_t *n, struct err *err)
{
	/*
	 * Hops from one partition to the next in the index, so that the length of the history does not
	 * matter.
	 */
	static const char sql[] =
		"WITH RECURSIVE p (k) AS ("
		" SELECT min(partition) FROM event WHERE env = :env AND asset = ?2 AND kind = ?3"
		" UNION ALL"
		" SELECT (SELECT min(partition) FROM event WHERE env = :env AND asset = ?2 AND kind = ?3 AND "
		"partition > p.k)"
		" FROM p WHERE p.k IS NOT NULL)"
		"SELECT " EVENT_COLUMNS " FROM p JOIN event e ON e.seq ="
		" (SELECT seq FROM event WHERE env = :env AND asset = ?2 AND kind = ?3 AND partition = p.k "
		"AND at_us <= ?4"
		"  ORDER BY at_us DESC, seq DESC LIMIT 1)"
		" ORDER BY e.partition";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read events", err))
		return false;
	query_text(&q, asset);
	query_text(&q, sv_of(event_kind_names[kind]));
	query_i64(&q, until_us);
	return read_events(&q, a, ret, n, err);
}

bool
store_list_events(struct store *s, struct arena *a, struct sv asset, int64_t limit, struct event **ret,
                  size_t *n, struct err *err)
{
	static const char all[] = "SELECT " EVENT_COLUMNS
				  " FROM event e WHERE env = :env ORDER BY at_us DESC, seq DESC LIMIT ?";
	static const char one[] =
		"SELECT " EVENT_COLUMNS
		" FROM event e WHERE env = :env AND asset = ? ORDER BY at_us DESC, seq DESC LIMIT ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, asset.n > 0 ? one : all, "read events", err))
		return false;
	if (asset.n > 0)
		query_text(&q, asset);
	query_i64(&q, limit > 0 ? limit : 0);
	return read_events(&q, a, ret, n, err);
}

bool
store_find_events(struct store *s, struct arena *a, const struct event_filter *f, size_t max,
                  struct event **ret, size_t *n, struct err *err)
{
#define FILTER                                                                    \
	" AND at_us >= ?2 AND (at_us, seq) < (?3, ?4) AND (?5 = '' OR kind = ?5)" \
	" AND (?6 = '' OR partition = ?6) AND (?7 = '' OR run_id = ?7)"
	static const char all[] = "SELECT " EVENT_COLUMNS " FROM event e WHERE env = :env" FILTER
				  " ORDER BY at_us DESC, seq DESC LIMIT ?8";
	static const char one[] = "SELECT " EVENT_COLUMNS
				  " FROM event e WHERE env = :env AND asset = ?9" FILTER
				  " ORDER BY at_us DESC, seq DESC LIMIT ?8";
	const bool behind = f->before_us != TIME_NONE &&
	                    (f->until_us == TIME_NONE || f->before_us < f->until_us);
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, f->asset.n > 0 ? one : all, "read events", err))
		return false;
	query_i64(&q, f->since_us);
	query_i64(&q, behind ? f->before_us : f->until_us != TIME_NONE ? f->until_us : INT64_MAX);
	/* No event has a number below 1: at the moment of `until` there is none. */
	query_i64(&q, behind ? f->before_seq : 0);
	query_text(&q, f->kind >= 0 ? sv_of(event_kind_names[f->kind]) : (struct sv){0});
	query_text(&q, f->partition);
	query_text(&q, f->run_id);
	query_limit(&q, max);
	if (f->asset.n > 0)
		query_text(&q, f->asset);
	return read_events(&q, a, ret, n, err);
}

bool
store_events_of_run(struct store *s, struct arena *a, struct sv run_id, size_t max, struct event **ret,
                    size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " EVENT_COLUMNS " FROM event e"
				  " WHERE env = :env AND run_id = ? AND run_id <> '' ORDER BY seq LIMIT ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read the events of a run", err))
		return false;
	query_text(&q, run_id);
	query_limit(&q, max);
	return read_events(&q, a, ret, n, err);
}

bool
store_arrivals(struct store *s, struct arena *a, struct sv asset, int64_t until_us, size_t max, int64_t **ret,
               size_t *n, struct err *err)
{
	static const char sql[] = "SELECT at_us FROM event WHERE env = :env AND asset = ? AND kind = "
				  "'materialized' AND at_us <= ?"
				  " ORDER BY at_us DESC, seq DESC LIMIT ?";
	AUTO_QUERY q = {0};
	LIST(int64_t) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the times of events", err))
		return false;
	query_text(&q, asset);
	query_i64(&q, until_us);
	query_limit(&q, max);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = column_i64(&q, 0);
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_next_event(struct store *s, struct sv asset, int64_t after_us, int64_t *ret, struct err *err)
{
	static const char sql[] = "SELECT at_us FROM event WHERE env = :env AND asset = ? AND at_us > ?"
				  " ORDER BY at_us LIMIT 1";
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the times of events", err))
		return false;
	query_text(&q, asset);
	query_i64(&q, after_us);
	step = query_step(&q, err);
	if (step == STEP_ERROR)
		return false;
	*ret = step == STEP_ROW ? column_i64(&q, 0) : TIME_NONE;
	return true;
}

bool
store_known_assets(struct store *s, struct arena *a, struct sv **ret, size_t *n, struct err *err)
{
	static const char sql[] = "WITH RECURSIVE p (k) AS ("
				  " SELECT min(asset) FROM event WHERE env = :env"
				  " UNION ALL"
				  " SELECT (SELECT min(asset) FROM event WHERE env = :env AND asset > p.k) "
				  "FROM p WHERE p.k IS NOT NULL)"
				  "SELECT k FROM p WHERE k IS NOT NULL";
	AUTO_QUERY q = {0};
	LIST(struct sv) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the assets of events", err))
		return false;
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = column_text(&q, a, 0);
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}
