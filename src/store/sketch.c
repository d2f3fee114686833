#include "store/sketch.h"

#include "store/db.h"

static bool
forget_earlier(struct store *s, const struct stored_sketch *v, struct err *err)
{
	static const char sql[] =
		"DELETE FROM sketch WHERE env = :env AND asset = ? AND name = ? AND partition = ?"
		" AND version = ? AND version <> ''";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "replace a distribution", err))
		return false;
	query_text(&q, v->asset);
	query_text(&q, v->name);
	query_text(&q, v->partition);
	query_text(&q, v->version);
	return query_send(&q, err);
}

static bool
add_sketch(struct store *s, struct sv run_id, const struct stored_sketch *v, struct err *err)
{
	static const char sql[] =
		"INSERT INTO sketch (env, run, asset, partition, version, name, flagged, at_us, body)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!forget_earlier(s, v, err) || !query_begin(s, &q, sql, "store a distribution", err))
		return false;
	query_text(&q, run_id);
	query_text(&q, v->asset);
	query_text(&q, v->partition);
	query_text(&q, v->version);
	query_text(&q, v->name);
	query_i64(&q, v->flagged);
	query_i64(&q, v->at_us);
	query_text(&q, v->body);
	return query_send(&q, err);
}

bool
store_add_sketches(struct store *s, struct sv run_id, const struct stored_sketch *v, size_t n,
                   struct err *err)
{
	bool own, ok = true;

	if (n == 0)
		return true;
	if (!write_begin(s, &own, err))
		return false;
	for (size_t i = 0; ok && i < n; i++)
		ok = add_sketch(s, run_id, &v[i], err);
	return write_end(s, own, ok, err);
}

#define COLUMNS "seq, partition, version, flagged, at_us"

static struct stored_sketch
read_row(const struct query *q, struct arena *a)
{
	return (struct stored_sketch){.seq = column_i64(q, 0),
	                              .partition = column_text(q, a, 1),
	                              .version = column_text(q, a, 2),
	                              .flagged = column_i64(q, 3) != 0,
	                              .at_us = column_i64(q, 4)};
}

bool
store_sketch(struct store *s, struct arena *a, const struct sketch_filter *f, struct stored_sketch *ret,
             bool *found, struct err *err)
{
	static const char sql[] =
		"SELECT " COLUMNS ", body FROM sketch WHERE env = :env AND asset = ?2 AND name = ?3"
		" AND (?4 = 1 OR partition = ?5) AND (?6 = '' OR version = ?6) AND (?7 = '' OR version <> ?7)"
		" AND (?8 = 0 OR flagged = 0) AND at_us <= ?9 ORDER BY seq DESC LIMIT 1";
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read a distribution", err))
		return false;
	query_text(&q, f->asset);
	query_text(&q, f->name);
	query_i64(&q, f->any_partition);
	query_text(&q, f->partition);
	query_text(&q, f->version);
	query_text(&q, f->other);
	query_i64(&q, f->good);
	query_i64(&q, f->until_us == TIME_NONE ? INT64_MAX : f->until_us);
	step = query_step(&q, err);
	*found = step == STEP_ROW;
	if (*found) {
		*ret = read_row(&q, a);
		ret->body = column_text(&q, a, 5);
	}
	return step != STEP_ERROR;
}

bool
store_partition_sketches(struct store *s, struct arena *a, struct sv asset, struct sv name, struct sv before,
                         bool good, size_t max, struct stored_sketch **ret, size_t *n, struct err *err)
{
	static const char sql[] =
		"SELECT " COLUMNS " FROM sketch WHERE seq IN (SELECT max(seq) FROM sketch WHERE env = :env"
		" AND asset = ?2 AND name = ?3 AND partition <> '' AND (?4 = 0 OR flagged = 0)"
		" AND (?6 = '' OR partition < ?6) GROUP BY partition"
		" ORDER BY partition DESC LIMIT ?5) ORDER BY partition";
	AUTO_QUERY q = {0};
	LIST(struct stored_sketch) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read distributions", err))
		return false;
	query_text(&q, asset);
	query_text(&q, name);
	query_i64(&q, good);
	query_limit(&q, max);
	query_text(&q, before);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = read_row(&q, a);
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

bool
store_sketch_body(struct store *s, struct arena *a, int64_t seq, struct sv *ret, struct err *err)
{
	static const char sql[] = "SELECT body FROM sketch WHERE env = :env AND seq = ?2";
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read a distribution", err))
		return false;
	query_i64(&q, seq);
	step = query_step(&q, err);
	if (step == STEP_ROW)
		*ret = column_text(&q, a, 0);
	return step == STEP_ROW ||
	       (step == STEP_DONE && err_set(err, ERR_STORE, NOWHERE, "a distribution on record is gone"));
}
