#include "store/symptom.h"

#include "store/db.h"

#define SYMPTOM "kind, asset, partition, check_id, message, severity"

static void
bind_name(struct query *q, struct sv incident, const struct symptom *v)
{
	query_text(q, incident);
	query_text(q, v->asset);
	query_text(q, v->partition);
	query_text(q, v->kind);
	query_text(q, v->check);
}

static bool
put(struct store *s, struct sv incident, const struct symptom *v, struct err *err)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO symptom (incident, asset, partition, kind, check_id, message, severity, past)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, 0)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store symptoms", err))
		return false;
	bind_name(&q, incident, v);
	query_text(&q, v->message);
	query_text(&q, sv_of(severity_names[v->severity]));
	return query_send(&q, err);
}

bool
store_put_symptom(struct store *s, struct sv incident, const struct symptom *v, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, put(s, incident, v, err), err);
}

static bool
change(struct store *s, const char *sql, struct sv incident, const struct symptom *v, struct err *err)
{
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store symptoms", err))
		return false;
	bind_name(&q, incident, v);
	return query_send(&q, err);
}

#define IS_IT " WHERE incident = ? AND asset = ? AND partition = ? AND kind = ? AND check_id = ?"

bool
store_drop_symptom(struct store *s, struct sv incident, const struct symptom *v, struct err *err)
{
	static const char sql[] = "DELETE FROM symptom" IS_IT;
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, change(s, sql, incident, v, err), err);
}

bool
store_settle_symptom(struct store *s, struct sv incident, const struct symptom *v, struct err *err)
{
	static const char sql[] = "UPDATE symptom SET past = 1" IS_IT;
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, change(s, sql, incident, v, err), err);
}

static bool
forget_past(struct store *s, struct sv incident, struct err *err)
{
	static const char sql[] = "DELETE FROM symptom WHERE incident = ? AND past <> 0";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store symptoms", err))
		return false;
	query_text(&q, incident);
	return query_run(&q, err);
}

bool
store_count_symptoms(struct store *s, struct sv incident, int64_t *ret, struct err *err)
{
	static const char sql[] = "SELECT count(*) FROM symptom WHERE incident = ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "count symptoms", err))
		return false;
	query_text(&q, incident);
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_i64(&q, 0);
	return true;
}

bool
store_renew_symptoms(struct store *s, struct sv incident, int64_t *n, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) &&
	       write_end(s, own, forget_past(s, incident, err) && store_count_symptoms(s, incident, n, err),
	                 err);
}

/* Columns of SYMPTOM from the first on. */
static bool
read_symptom(const struct query *q, struct arena *a, struct symptom *ret, struct err *err)
{
	const int severity = column_name(q, 5, severity_names, LEN(severity_names));

	if (severity < 0)
		return column_fail(q, "severity", err);
	*ret = (struct symptom){.kind = column_text(q, a, 0),
	                        .asset = column_text(q, a, 1),
	                        .partition = column_text(q, a, 2),
	                        .check = column_text(q, a, 3),
	                        .message = column_text(q, a, 4),
	                        .severity = (enum severity)severity};
	return true;
}

static bool
read_held(struct query *q, struct arena *a, struct held_symptom **ret, size_t *n, struct err *err)
{
	LIST(struct held_symptom) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW) {
		struct held_symptom *h = LIST_ADD(a, &list);

		h->incident = column_text(q, a, 6);
		if (!read_symptom(q, a, &h->symptom, err))
			return false;
	}
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

bool
store_asset_symptoms(struct store *s, struct arena *a, struct sv asset, struct held_symptom **ret, size_t *n,
                     struct err *err)
{
	static const char sql[] = "SELECT " SYMPTOM ", incident FROM symptom WHERE"
				  " (SELECT env FROM incident WHERE id = symptom.incident) = :env"
				  " AND asset = ?2 AND past = 0";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read symptoms", err))
		return false;
	query_text(&q, asset);
	return read_held(&q, a, ret, n, err);
}

bool
store_held_symptoms(struct store *s, struct arena *a, struct held_symptom **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " SYMPTOM ", incident FROM symptom WHERE past = 0"
				  " AND (SELECT env FROM incident WHERE id = symptom.incident) = :env";
	AUTO_QUERY q = {0};

	return query_begin(s, &q, sql, "read symptoms", err) && read_held(&q, a, ret, n, err);
}

static bool
read_list(struct query *q, struct arena *a, struct symptom **ret, size_t *n, struct err *err)
{
	LIST(struct symptom) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW)
		if (!read_symptom(q, a, LIST_ADD(a, &list), err))
			return false;
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

bool
store_symptoms(struct store *s, struct arena *a, struct sv incident, const struct symptom *after, size_t max,
               struct symptom **ret, size_t *n, struct err *err)
{
	/* No asset has an empty key, so that all comes behind one. */
	static const struct symptom first = {0};
	static const char sql[] = "SELECT " SYMPTOM " FROM symptom WHERE incident = ?1"
				  " AND (asset, partition, kind, check_id) > (?2, ?3, ?4, ?5)"
				  " ORDER BY asset, partition, kind, check_id LIMIT ?6";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read symptoms", err))
		return false;
	bind_name(&q, incident, after != NULL ? after : &first);
	query_limit(&q, max);
	return read_list(&q, a, ret, n, err);
}

bool
store_symptoms_left(struct store *s, struct arena *a, struct sv incident, size_t max, struct symptom **ret,
                    size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " SYMPTOM " FROM symptom WHERE incident = ? AND past = 0 LIMIT ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read symptoms", err))
		return false;
	query_text(&q, incident);
	query_limit(&q, max);
	return read_list(&q, a, ret, n, err);
}

bool
store_worst_symptom(struct store *s, struct sv incident, enum severity *ret, struct err *err)
{
	static const char sql[] = "SELECT DISTINCT severity FROM symptom WHERE incident = ?";
	AUTO_QUERY q = {0};
	bool any = false;
	enum step step;

	if (!query_begin(s, &q, sql, "read symptoms", err))
		return false;
	query_text(&q, incident);
	while ((step = query_step(&q, err)) == STEP_ROW) {
		const int severity = column_name(&q, 0, severity_names, LEN(severity_names));

		if (severity < 0)
			return column_fail(&q, "severity", err);
		*ret = any ? MIN(*ret, (enum severity)severity) : (enum severity)severity;
		any = true;
	}
	return step == STEP_DONE;
}
