#include "store/incident.h"

#include "store/db.h"
#include "store/symptom.h"

const char *const incident_change_names[INCIDENT_CHANGES] = {
	[INCIDENT_OPENED] = "opened",     [INCIDENT_STILL] = "still_open",   [INCIDENT_RESOLVED] = "resolved",
	[INCIDENT_REOPENED] = "reopened", [INCIDENT_ACKED] = "acknowledged", [INCIDENT_SNOOZED] = "snoozed",
	[INCIDENT_FLAPPING] = "flapping", [INCIDENT_ESCALATED] = "escalated"};

#define COLUMNS                                                                                            \
	"id, key, kind, asset, partition, check_id, severity, title, message, opened_us, seen_us,"         \
	" resolved_us, opened_run, run, symptoms, acked_by, note, acked_us, snoozed_by, snoozed_until_us," \
	" resolved_by, watched, flapping, changed_us, worse_us, joined_us, partitions, loose"

static bool
put_row(struct store *s, const struct incident *i, struct err *err)
{
	static const char sql[] =
		"INSERT INTO incident (env, " COLUMNS ")"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (id) DO UPDATE SET key = excluded.key, kind = excluded.kind, asset = "
		"excluded.asset,"
		" partition = excluded.partition, check_id = excluded.check_id, severity = excluded.severity,"
		" title = excluded.title, message = excluded.message, opened_us = excluded.opened_us,"
		" seen_us = excluded.seen_us, resolved_us = excluded.resolved_us,"
		" opened_run = excluded.opened_run, run = excluded.run, symptoms = excluded.symptoms,"
		" acked_by = excluded.acked_by, note = excluded.note, acked_us = excluded.acked_us,"
		" snoozed_by = excluded.snoozed_by, snoozed_until_us = excluded.snoozed_until_us,"
		" resolved_by = excluded.resolved_by, watched = excluded.watched, flapping = excluded.flapping,"
		" changed_us = excluded.changed_us, worse_us = excluded.worse_us, joined_us = excluded.joined_us,"
		" partitions = excluded.partitions, loose = excluded.loose";
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
	query_text(&q, i->acked_by);
	query_text(&q, i->note);
	query_i64(&q, i->acked_us);
	query_text(&q, i->snoozed_by);
	query_i64(&q, i->snoozed_until_us);
	query_text(&q, i->resolved_by);
	query_i64(&q, i->watched);
	query_i64(&q, i->flapping);
	query_i64(&q, i->changed_us);
	query_i64(&q, i->worse_us);
	query_i64(&q, i->joined_us);
	query_i64(&q, i->partitions);
	query_i64(&q, i->loose);
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

	if (!write_end(s, own, put_row(s, &put, err), err))
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
		.acked_by = column_text(q, a, 15),
		.note = column_text(q, a, 16),
		.acked_us = column_i64(q, 17),
		.snoozed_by = column_text(q, a, 18),
		.snoozed_until_us = column_i64(q, 19),
		.resolved_by = column_text(q, a, 20),
		.watched = column_i64(q, 21) != 0,
		.flapping = column_i64(q, 22) != 0,
		.changed_us = column_i64(q, 23),
		.worse_us = column_i64(q, 24),
		.joined_us = column_i64(q, 25),
		.partitions = column_i64(q, 26),
		.loose = column_i64(q, 27) != 0,
		.seq = column_i64(q, 28),
		.change = column_time(q, 11) == TIME_NONE ? INCIDENT_STILL : INCIDENT_RESOLVED,
	};
	return true;
}

static bool
read_symptoms(struct store *s, struct arena *a, struct incident *i, struct err *err)
{
	struct symptom *v;

	if (i->symptoms == 0)
		return true;
	if (!store_symptoms(s, a, i->id, NULL, SYMPTOMS_MAX, &v, &i->nsymptom, err))
		return false;
	i->symptom = v;
	return true;
}

static bool
read_partitions(struct store *s, struct arena *a, struct incident *i, size_t max, struct err *err)
{
	static const char sql[] =
		"SELECT partition, kind, severity, message, since_us, run FROM incident_partition"
		" WHERE incident = ? ORDER BY partition LIMIT ?";
	AUTO_QUERY q = {0};
	LIST(struct incident_partition) list = {0};
	enum step step;

	if (i->partitions == 0)
		return true;
	if (!query_begin(s, &q, sql, "read the partitions of an incident", err))
		return false;
	query_text(&q, i->id);
	query_limit(&q, max);
	while ((step = query_step(&q, err)) == STEP_ROW) {
		const int severity = column_name(&q, 2, severity_names, LEN(severity_names));

		if (severity < 0)
			return column_fail(&q, "severity", err);
		*LIST_ADD(a, &list) = (struct incident_partition){.partition = column_text(&q, a, 0),
		                                                  .kind = column_text(&q, a, 1),
		                                                  .severity = (enum severity)severity,
		                                                  .message = column_text(&q, a, 3),
		                                                  .since_us = column_i64(&q, 4),
		                                                  .run_id = column_text(&q, a, 5)};
	}
	i->part = list.v;
	i->npart = list.n;
	return step == STEP_DONE;
}

/* All rows of a query whose parameters are bound; parts: how many partitions of each. */
static bool
read_all(struct query *q, struct arena *a, size_t parts, struct incident **ret, size_t *n, struct err *err)
{
	LIST(struct incident) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW)
		if (!read_row(q, a, LIST_ADD(a, &list), err))
			return false;
	if (step != STEP_DONE)
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (!read_symptoms(q->s, a, &list.v[i], err) ||
		    !read_partitions(q->s, a, &list.v[i], parts, err))
			return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_open_incidents(struct store *s, struct arena *a, struct incident **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS
				  ", seq FROM incident WHERE env = :env AND resolved_us IS NULL"
				  " ORDER BY seq";
	AUTO_QUERY q = {0};

	return query_begin(s, &q, sql, "read incidents", err) && read_all(&q, a, SIZE_MAX, ret, n, err);
}

bool
store_count_open_incidents(struct store *s, int64_t *ret, struct err *err)
{
	static const char sql[] = "SELECT count(*) FROM incident WHERE env = :env AND resolved_us IS NULL";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "count incidents", err) || query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_i64(&q, 0);
	return true;
}

bool
store_incidents_near(struct store *s, struct arena *a, struct sv assets, struct incident **ret, size_t *n,
                     struct err *err)
{
	/* Each half by its index; the + keeps SQLite from walking through all in the order that is asked for. */
	static const char sql[] =
		"SELECT " COLUMNS ", seq FROM incident WHERE env = :env AND resolved_us IS NULL AND id IN"
		" (SELECT id FROM incident WHERE env = :env AND resolved_us IS NULL"
		" AND asset IN (SELECT value FROM json_each(?2)) UNION"
		" SELECT incident FROM symptom WHERE past = 0 AND asset IN (SELECT value FROM json_each(?2)))"
		" ORDER BY +seq";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read incidents", err))
		return false;
	query_text(&q, assets);
	return read_all(&q, a, SIZE_MAX, ret, n, err);
}

bool
store_watched_incidents(struct store *s, struct arena *a, struct incident **ret, size_t *n, struct err *err)
{
	static const char sql[] =
		"SELECT " COLUMNS ", seq FROM incident"
		" WHERE env = :env AND watched <> 0 AND resolved_us IS NOT NULL ORDER BY seq";
	AUTO_QUERY q = {0};

	return query_begin(s, &q, sql, "read incidents", err) && read_all(&q, a, SIZE_MAX, ret, n, err);
}

bool
store_loose_incidents(struct store *s, struct arena *a, struct incident **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS
				  ", seq FROM incident WHERE env = :env AND loose <> 0 ORDER BY seq";
	AUTO_QUERY q = {0};

	return query_begin(s, &q, sql, "read incidents", err) && read_all(&q, a, 0, ret, n, err);
}

bool
store_incident(struct store *s, struct arena *a, struct sv id, struct incident *ret, bool *found,
               struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS ", seq FROM incident WHERE env = :env AND id = ?";
	AUTO_QUERY q = {0};
	struct incident *v;
	size_t n;

	if (!query_begin(s, &q, sql, "read an incident", err))
		return false;
	query_text(&q, id);
	if (!read_all(&q, a, PARTITIONS_SHOWN, &v, &n, err))
		return false;
	*found = n > 0;
	if (n > 0)
		*ret = v[0];
	return true;
}

bool
store_find_incidents(struct store *s, struct arena *a, const struct incident_query *query,
                     struct incident **ret, size_t *n, struct err *err)
{
	/* A state is a constant in the text, so that the index of the open ones is used. */
#define FIND(state)                                                                                        \
	"SELECT " COLUMNS ", seq FROM incident WHERE env = :env AND " state " AND (?2 = '' OR asset = ?2)" \
	" AND (?3 = '' OR kind = ?3) AND (?4 = '' OR severity = ?4) AND (?5 = 0 OR seq < ?5)"              \
	" ORDER BY seq DESC LIMIT ?6"
	static const char all[] = FIND("1"), open[] = FIND("resolved_us IS NULL"),
			  resolved[] = FIND("resolved_us IS NOT NULL");
#undef FIND
	static const char *const sql[] = {
		[INCIDENTS_ALL] = all, [INCIDENTS_OPEN] = open, [INCIDENTS_RESOLVED] = resolved};
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql[query->state], "read incidents", err))
		return false;
	query_text(&q, query->asset);
	query_text(&q, query->kind);
	query_text(&q, query->severity);
	query_i64(&q, query->before);
	query_limit(&q, query->max);
	return read_all(&q, a, PARTITIONS_SHOWN, ret, n, err);
}

bool
store_list_incidents(struct store *s, struct arena *a, bool open_only, size_t max, struct incident **ret,
                     size_t *n, struct err *err)
{
	const struct incident_query q = {.state = open_only ? INCIDENTS_OPEN : INCIDENTS_ALL, .max = max};

	return store_find_incidents(s, a, &q, ret, n, err);
}

bool
store_incidents_named(struct store *s, struct arena *a, struct sv prefix, size_t max, struct incident **ret,
                      size_t *n, struct err *err)
{
	/* Ids are of capital letters and digits, which `~` comes after. */
	static const char sql[] = "SELECT " COLUMNS ", seq FROM incident WHERE env = :env AND id >= upper(?2)"
				  " AND id < upper(?2) || '~' ORDER BY id LIMIT ?3";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read incidents", err))
		return false;
	query_text(&q, prefix);
	query_limit(&q, max);
	return read_all(&q, a, PARTITIONS_SHOWN, ret, n, err);
}
