/* The record of incidents, and the partitions that share one. */
#include "store/db.h"
#include "store/incident.h"

/* Partitions ---------------------------------------------------------------------------------------------------- */

static bool
put_partition(struct store *s, struct sv incident, const struct incident_partition *p, struct err *err)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO incident_partition (incident, partition, kind, severity, message, since_us, run)"
		" VALUES (?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a partition of an incident", err))
		return false;
	query_text(&q, incident);
	query_text(&q, p->partition);
	query_text(&q, p->kind);
	query_text(&q, sv_of(severity_names[p->severity]));
	query_text(&q, p->message);
	query_i64(&q, p->since_us);
	query_text(&q, p->run_id);
	return query_run(&q, err);
}

bool
store_put_incident_partition(struct store *s, struct sv incident, const struct incident_partition *p,
                             struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, put_partition(s, incident, p, err), err);
}

static bool
drop_partition(struct store *s, struct sv incident, struct sv partition, struct err *err)
{
	static const char sql[] = "DELETE FROM incident_partition WHERE incident = ? AND partition = ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a partition of an incident", err))
		return false;
	query_text(&q, incident);
	query_text(&q, partition);
	return query_run(&q, err);
}

bool
store_drop_incident_partition(struct store *s, struct sv incident, struct sv partition, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) &&
	       write_end(s, own, drop_partition(s, incident, partition, err), err);
}

/* Events -------------------------------------------------------------------------------------------------------- */

static bool
add_event(struct store *s, struct sv incident, const struct incident_event *e, struct err *err)
{
	static const char sql[] =
		"INSERT INTO incident_event (incident, at_us, kind, who, channel, change, detail)"
		" VALUES (?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store the record of an incident", err))
		return false;
	query_text(&q, incident);
	query_i64(&q, e->at_us);
	query_text(&q, e->kind);
	query_text(&q, e->who);
	query_text(&q, e->channel);
	query_text(&q, e->change);
	query_text(&q, e->detail);
	return query_run(&q, err);
}

bool
store_add_incident_event(struct store *s, struct sv incident, const struct incident_event *e, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, add_event(s, incident, e, err), err);
}

bool
store_incident_events(struct store *s, struct arena *a, struct sv incident, struct sv kind,
                      struct incident_event **ret, size_t *n, struct err *err)
{
	static const char sql[] =
		"SELECT at_us, kind, who, e.channel, change, detail, coalesce(m.state, '')"
		" FROM incident_event AS e LEFT JOIN message AS m ON kind = 'told' AND m.id = detail"
		" WHERE incident = ?1 AND (?2 = '' OR kind = ?2) ORDER BY e.seq";
	AUTO_QUERY q = {0};
	LIST(struct incident_event) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the record of an incident", err))
		return false;
	query_text(&q, incident);
	query_text(&q, kind);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct incident_event){.at_us = column_i64(&q, 0),
		                                              .kind = column_text(&q, a, 1),
		                                              .who = column_text(&q, a, 2),
		                                              .channel = column_text(&q, a, 3),
		                                              .change = column_text(&q, a, 4),
		                                              .detail = column_text(&q, a, 5),
		                                              .delivery = column_text(&q, a, 6)};
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_count_openings(struct store *s, struct sv key, int64_t since_us, int64_t *ret, struct err *err)
{
	static const char sql[] =
		"SELECT count(*) FROM incident AS i JOIN incident_event AS e ON e.incident = i.id"
		" WHERE i.env = :env AND i.key = ?2 AND e.at_us >= ?3 AND e.kind IN ('opened', 'reopened')";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read the record of incidents", err))
		return false;
	query_text(&q, key);
	query_i64(&q, since_us);
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_i64(&q, 0);
	return true;
}

bool
store_incident_position(struct store *s, int64_t *ret, struct err *err)
{
	static const char sql[] = "SELECT coalesce(max(seq), 0) FROM incident_event";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read the record of incidents", err))
		return false;
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_i64(&q, 0);
	return true;
}
