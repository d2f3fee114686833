#include "store/points.h"

#include "store/db.h"

struct window {
	struct sv partition, check_id, opened_run, last_run;
	int64_t opened_us, resolved_us;
};

static bool
read_windows(struct store *s, struct arena *a, struct sv asset, struct sv identity, struct window **ret,
             size_t *n, struct err *err)
{
	/* What checks of this number find is said by each point itself, also while such an incident is open. */
	static const char sql[] =
		"SELECT partition, opened_run, run, opened_us, resolved_us, check_id FROM incident AS i"
		" WHERE env = :env AND asset = ?2 AND severity = 'critical' AND check_id NOT IN"
		" (SELECT name FROM metric AS m WHERE m.env = i.env AND m.asset = i.asset AND m.identity = ?3"
		" AND m.identity <> '')"
		" ORDER BY seq";
	AUTO_QUERY q = {0};
	LIST(struct window) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read incidents", err))
		return false;
	query_text(&q, asset);
	query_text(&q, identity);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct window){.partition = column_text(&q, a, 0),
		                                      .opened_run = column_text(&q, a, 1),
		                                      .last_run = column_text(&q, a, 2),
		                                      .opened_us = column_time(&q, 3),
		                                      .resolved_us = column_time(&q, 4),
		                                      .check_id = column_text(&q, a, 5)};
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

/* The run that opens an incident measures before it opens it, and so does the one that ends it. */
static bool
is_within(const struct window *w, const struct metric_point *p)
{
	if (w->partition.n > 0 && !sv_eq(w->partition, p->partition))
		return false;
	if (p->run_id.n > 0 && sv_eq(p->run_id, w->opened_run))
		return true;
	if (p->at_us < w->opened_us)
		return false;
	return w->resolved_us == TIME_NONE ||
	       (p->at_us < w->resolved_us && (p->run_id.n == 0 || !sv_eq(p->run_id, w->last_run)));
}

/*
 * Had the check of the incident nothing against that very run?  It was too early for it to judge, whatever is said of that (learning: fail): two that
 * learn would keep each other from it for ever.
 */
static bool
is_learning(struct store *s, struct sv asset, const struct window *w, const struct metric_point *p, bool *ret,
            struct err *err)
{
	static const char sql[] =
		"SELECT 1 FROM metric WHERE env = :env AND asset = ?2 AND partition = ?3 AND name = ?4 AND run = ?5"
		" AND at_us BETWEEN ?6 - 3600000000 AND ?6 + 3600000000" /* for the index: of one look at the asset */
		" AND flagged = 0 AND value IS NOT NULL LIMIT 1";
	AUTO_QUERY q = {0};
	enum step step;

	*ret = false;
	if (w->check_id.n == 0 || p->run_id.n == 0)
		return true;
	if (!query_begin(s, &q, sql, "read the history of a metric", err))
		return false;
	query_text(&q, asset);
	query_text(&q, p->partition);
	query_text(&q, w->check_id);
	query_text(&q, p->run_id);
	query_i64(&q, p->at_us);
	step = query_step(&q, err);
	*ret = step == STEP_ROW;
	return step != STEP_ERROR;
}

static bool
mark_incidents(struct store *s, struct arena *a, struct sv asset, struct sv identity, struct metric_point *p,
               size_t n, struct err *err)
{
	struct window *w;
	size_t nw;
	bool learning;

	if (!read_windows(s, a, asset, identity, &w, &nw, err))
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < nw && !p[i].incident; k++) {
			if (!is_within(&w[k], &p[i]))
				continue;
			if (!is_learning(s, asset, &w[k], &p[i], &learning, err))
				return false;
			p[i].incident = !learning;
		}
	return true;
}

static struct metric_point
read_point(const struct query *q, struct arena *a)
{
	return (struct metric_point){.run_id = column_text(q, a, 0),
	                             .partition = column_text(q, a, 1),
	                             .version = column_text(q, a, 2),
	                             .value = column_real(q, 3),
	                             .at_us = column_i64(q, 4),
	                             .flagged = column_i64(q, 5) != 0,
	                             .flagged_other = column_i64(q, 6) != 0};
}

/* A later look at the same, or another check of the same run? */
static bool
is_same_run(const struct metric_point *later, const struct metric_point *p)
{
	return p->run_id.n > 0 && sv_eq(p->run_id, later->run_id);
}

static bool
is_same_data(const struct metric_point *later, const struct metric_point *p)
{
	return p->version.n > 0 && sv_eq(p->version, later->version);
}

bool
store_metric_points(struct store *s, struct arena *a, const struct point_filter *f, struct sv partition,
                    int64_t until_us, struct metric_point **ret, size_t *n, struct err *err)
{
	static const char sql[] =
		"SELECT run, partition, version, value, at_us, flagged, iif(env = :env, flagged AND name <> ?6, 0)"
		" FROM metric WHERE env = :env AND asset = ?2 AND partition = ?3 AND identity = ?4"
		" AND identity <> '' AND value IS NOT NULL AND at_us <= ?5 ORDER BY seq DESC";
	AUTO_QUERY q = {0};
	AUTO(arena) row = arena_new();
	LIST(struct metric_point) list = {0};
	enum step step = STEP_DONE;

	if (!query_begin(s, &q, sql, "read the history of a metric", err))
		return false;
	query_text(&q, f->asset);
	query_text(&q, partition);
	query_text(&q, f->identity);
	query_i64(&q, until_us);
	query_text(&q, f->check_id);
	/* One more than asked for: the one before it is whole. */
	while (list.n <= f->max && (step = query_step(&q, err)) == STEP_ROW) {
		struct metric_point p, *last = list.n > 0 ? &list.v[list.n - 1] : NULL;

		arena_reset(row);
		p = read_point(&q, row);
		if (last != NULL && is_same_run(last, &p)) {
			last->flagged |= p.flagged;
			last->flagged_other |= p.flagged_other;
		} else if (last == NULL || !is_same_data(last, &p)) {
			*LIST_ADD(a, &list) = read_point(&q, a);
		}
	}
	if (step == STEP_ERROR)
		return false;
	list.n = MIN(list.n, f->max);
	for (size_t i = 0; i < list.n / 2; i++) {
		struct metric_point p = list.v[i];

		list.v[i] = list.v[list.n - 1 - i];
		list.v[list.n - 1 - i] = p;
	}
	*ret = list.v;
	*n = list.n;
	return mark_incidents(s, a, f->asset, f->identity, list.v, list.n, err);
}

#define SAME_RUN                                                                                \
	"SELECT 1 FROM metric AS o WHERE o.env = m.env AND o.asset = m.asset AND o.identity ="  \
	" m.identity AND o.identity <> '' AND o.partition = m.partition AND o.run = m.run AND " \
	"o.flagged"

bool
store_partition_points(struct store *s, struct arena *a, const struct point_filter *f, struct sv before,
                       struct metric_point **ret, size_t *n, struct err *err)
{
	static const char sql[] =
		"WITH p (newest) AS (SELECT max(seq) FROM metric WHERE env = :env AND asset = ?2 AND identity = ?3"
		" AND identity <> '' AND partition <> '' AND (?5 = '' OR partition < ?5) AND value IS NOT NULL"
		" GROUP BY partition ORDER BY partition DESC LIMIT ?4)"
		" SELECT m.run, m.partition, m.version, m.value, m.at_us, EXISTS (" SAME_RUN
		"), EXISTS (" SAME_RUN
		" AND o.name <> ?6) FROM p JOIN metric AS m ON m.seq = p.newest ORDER BY m.partition";
	AUTO_QUERY q = {0};
	LIST(struct metric_point) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the history of a metric", err))
		return false;
	query_text(&q, f->asset);
	query_text(&q, f->identity);
	query_limit(&q, f->max);
	query_text(&q, before);
	query_text(&q, f->check_id);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = read_point(&q, a);
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE && mark_incidents(s, a, f->asset, f->identity, list.v, list.n, err);
}

bool
store_point_partitions(struct store *s, struct arena *a, struct sv asset, struct sv identity, struct sv **ret,
                       size_t *n, struct err *err)
{
	/* From one to the next in the index, so that the length of the history does not matter. */
	static const char sql[] =
		"WITH RECURSIVE p (k) AS ("
		" SELECT min(partition) FROM metric WHERE env = :env AND asset = ?2 AND identity = ?3 AND "
		"identity <> ''"
		" UNION ALL"
		" SELECT (SELECT min(partition) FROM metric WHERE env = :env AND asset = ?2 AND identity = ?3"
		" AND identity <> '' AND partition > p.k) FROM p WHERE p.k IS NOT NULL)"
		"SELECT k FROM p WHERE k IS NOT NULL";
	AUTO_QUERY q = {0};
	LIST(struct sv) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the partitions of a metric", err))
		return false;
	query_text(&q, asset);
	query_text(&q, identity);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = column_text(&q, a, 0);
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}
