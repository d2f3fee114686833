/* Incidents and their symptoms. */
#include "store/incident.h"

#include "store/db.h"

const char *const incident_change_names[INCIDENT_CHANGES] = {
	[INCIDENT_OPENED] = "opened",     [INCIDENT_STILL] = "still_open",   [INCIDENT_RESOLVED] = "resolved",
	[INCIDENT_REOPENED] = "reopened", [INCIDENT_ACKED] = "acknowledged", [INCIDENT_SNOOZED] = "snoozed",
	[INCIDENT_FLAPPING] = "flapping", [INCIDENT_ESCALATED] = "escalated"};

#define COLUMNS                                                                                    \
	"id, key, kind, asset, partition, check_id, severity, title, message, opened_us, seen_us," \
	" resolved_us, opened_run, run, symptoms"

static bool
put_row(struct store *s, const struct incident *i, struct err *err)
{
	static const char sql[] =
		"INSERT INTO incident (env, " COLUMNS ")"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (id) DO UPDATE SET key = excluded.key, kind = excluded.kind, asset = "
		"excluded.asset,"
		" partition = excluded.partition, check_id = excluded.check_id, severity = excluded.severity,"
		" title = excluded.title, message = excluded.message, opened_us = excluded.opened_us,"
		" seen_us = excluded.seen_us, resolved_us = excluded.resolved_us,"
		" opened_run = excluded.opened_run, run = excluded.run, symptoms = excluded.symptoms";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store an incident", err))
		return false;
	query_text(&q, i->id);
	query_text(&q, i->key);
	query_text(&q, i->kind);
	query_text(&q, i->asset);
	query_text(&q, i->partition);
	query_text(&q, i->check);
	query_text(&q, sv_of(severity_names[i->severity]));
	query_text(&q, i->title);
	query_text(&q, i->message);
	query_i64(&q, i->opened_us);
	query_i64(&q, i->seen_us);
	query_time(&q, i->resolved_us);
	query_text(&q, i->opened_run);
	query_text(&q, i->run_id);
	query_i64(&q, i->symptoms);
	return query_run(&q, err);
}

static bool
forget_symptoms(struct store *s, struct sv id, struct err *err)
{
	static const char sql[] = "DELETE FROM symptom WHERE incident = ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store symptoms", err))
		return false;
	query_text(&q, id);
	return query_run(&q, err);
}

static bool
add_symptom(struct store *s, struct sv id, size_t position, const struct symptom *v, struct err *err)
{
	static const char sql[] =
		"INSERT INTO symptom (incident, position, kind, asset, partition, check_id, message)"
		" VALUES (?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store symptoms", err))
		return false;
	query_text(&q, id);
	query_i64(&q, (int64_t)position);
	query_text(&q, v->kind);
	query_text(&q, v->asset);
	query_text(&q, v->partition);
	query_text(&q, v->check);
	query_text(&q, v->message);
	return query_run(&q, err);
}

bool
store_put_incident(struct store *s, struct incident *i, struct err *err)
{
	struct sv id = i->id;
	bool own;

	make_id(s, "", &id);

	struct incident put = *i;

	put.id = id;
	if (!write_begin(s, &own, err))
		return false;

	bool ok = put_row(s, &put, err) && forget_symptoms(s, id, err);

	for (size_t k = 0; ok && k < MIN(i->nsymptom, (size_t)SYMPTOMS_MAX); k++)
		ok = add_symptom(s, id, k, &i->symptom[k], err);
	if (!write_end(s, own, ok, err))
		return false;
	i->id = id;
	return true;
}

static bool
read_row(const struct query *q, struct arena *a, struct incident *ret, struct err *err)
{
	const int severity = column_name(q, 6, severity_names, LEN(severity_names));

	if (severity < 0)
		return column_fail(q, "severity", err);
	*ret = (struct incident){
		.id = column_text(q, a, 0),
		.key = column_text(q, a, 1),
		.kind = column_text(q, a, 2),
		.asset = column_text(q, a, 3),
		.partition = column_text(q, a, 4),
		.check = column_text(q, a, 5),
		.severity = (enum severity)severity,
		.title = column_text(q, a, 7),
		.message = column_text(q, a, 8),
		.opened_us = column_i64(q, 9),
		.seen_us = column_i64(q, 10),
		.resolved_us = column_time(q, 11),
		.opened_run = column_text(q, a, 12),
		.run_id = column_text(q, a, 13),
		.symptoms = column_i64(q, 14),
		.change = column_time(q, 11) == TIME_NONE ? INCIDENT_STILL : INCIDENT_RESOLVED,
	};
	return true;
}

static bool
read_symptoms(struct store *s, struct arena *a, struct incident *i, struct err *err)
{
	static const char sql[] = "SELECT kind, asset, partition, check_id, message FROM symptom"
				  " WHERE incident = ? ORDER BY position";
	AUTO_QUERY q = {0};
	LIST(struct symptom) list = {0};
	enum step step;

	if (i->symptoms == 0)
		return true;
	if (!query_begin(s, &q, sql, "read symptoms", err))
		return false;
	query_text(&q, i->id);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct symptom){.kind = column_text(&q, a, 0),
		                                       .asset = column_text(&q, a, 1),
		                                       .partition = column_text(&q, a, 2),
		                                       .check = column_text(&q, a, 3),
		                                       .message = column_text(&q, a, 4)};
	i->symptom = list.v;
	i->nsymptom = list.n;
	return step == STEP_DONE;
}

/* All rows of a query whose parameters are bound. */
static bool
read_all(struct query *q, struct arena *a, struct incident **ret, size_t *n, struct err *err)
{
	LIST(struct incident) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW)
		if (!read_row(q, a, LIST_ADD(a, &list), err))
			return false;
	if (step != STEP_DONE)
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (!read_symptoms(q->s, a, &list.v[i], err))
			return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_open_incidents(struct store *s, struct arena *a, struct incident **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM incident WHERE env = :env AND resolved_us IS NULL"
				  " ORDER BY seq";
	AUTO_QUERY q = {0};

	return query_begin(s, &q, sql, "read incidents", err) && read_all(&q, a, ret, n, err);
}

bool
store_incident(struct store *s, struct arena *a, struct sv id, struct incident *ret, bool *found,
               struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM incident WHERE env = :env AND id = ?";
	AUTO_QUERY q = {0};
	struct incident *v;
	size_t n;

	if (!query_begin(s, &q, sql, "read an incident", err))
		return false;
	query_text(&q, id);
	if (!read_all(&q, a, &v, &n, err))
		return false;
	*found = n > 0;
	if (n > 0)
		*ret = v[0];
	return true;
}

bool
store_list_incidents(struct store *s, struct arena *a, bool open_only, size_t max, struct incident **ret,
                     size_t *n, struct err *err)
{
	static const char all[] = "SELECT " COLUMNS " FROM incident WHERE env = :env"
				  " ORDER BY seq DESC LIMIT ?";
	static const char open[] = "SELECT " COLUMNS " FROM incident WHERE env = :env AND resolved_us IS NULL"
				   " ORDER BY seq DESC LIMIT ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, open_only ? open : all, "read incidents", err))
		return false;
	query_limit(&q, max);
	return read_all(&q, a, ret, n, err);
}
