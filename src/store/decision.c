/* What gates said, and what people said against it. */
#include "store/db.h"

static bool
add_decision(struct store *s, const struct stored_decision *d, struct err *err)
{
	static const char sql[] =
		"INSERT INTO decision (env, id, asset, partition, decision, mode, json, at_us, last_us)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?8, ?8)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a decision", err))
		return false;
	query_text(&q, d->id);
	query_text(&q, d->asset);
	query_text(&q, d->partition);
	query_text(&q, d->decision);
	query_text(&q, d->mode);
	query_text(&q, d->json);
	query_i64(&q, d->at_us);
	return query_run(&q, err);
}

bool
store_add_decision(struct store *s, struct stored_decision *d, struct err *err)
{
	struct stored_decision added = *d;
	bool own;

	make_id(s, "", &added.id);
	if (!write_begin(s, &own, err) || !write_end(s, own, add_decision(s, &added, err), err))
		return false;
	*d = added;
	return true;
}

static bool
count_decision(struct store *s, struct sv id, int64_t n, int64_t last_us, struct err *err)
{
	static const char sql[] =
		"UPDATE decision SET count = count + ?, last_us = max(last_us, ?) WHERE id = ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "count a decision", err))
		return false;
	query_i64(&q, n);
	query_i64(&q, last_us);
	query_text(&q, id);
	return query_run(&q, err);
}

bool
store_count_decision(struct store *s, struct sv id, int64_t n, int64_t last_us, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, count_decision(s, id, n, last_us, err), err);
}

#define DECISIONS                                                                                     \
	"SELECT id, asset, partition, decision, mode, json, at_us, count, last_us, seq FROM decision" \
	" WHERE env = :env AND (?2 = 0 OR seq < ?2) AND (?3 IS NULL OR last_us >= ?3)"                \
	" AND (?4 IS NULL OR last_us < ?4) AND (?5 = '' OR decision = ?5)"

bool
store_find_decisions(struct store *s, struct arena *a, const struct decision_filter *f,
                     struct stored_decision **ret, size_t *n, struct err *err)
{
	static const char all[] = DECISIONS " ORDER BY seq DESC LIMIT ?6";
	static const char one[] = DECISIONS
		" AND asset = ?7 AND (?8 = '' OR partition = ?8) ORDER BY seq DESC LIMIT ?6";
	AUTO_QUERY q = {0};
	LIST(struct stored_decision) list = {0};
	enum step step;

	if (!query_begin(s, &q, f->asset.n > 0 ? one : all, "read decisions", err))
		return false;
	query_i64(&q, f->before_seq);
	query_time(&q, f->since_us);
	query_time(&q, f->until_us);
	query_text(&q, f->decision);
	query_limit(&q, f->max);
	if (f->asset.n > 0) {
		query_text(&q, f->asset);
		query_text(&q, f->partition);
	}
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct stored_decision){.id = column_text(&q, a, 0),
		                                               .asset = column_text(&q, a, 1),
		                                               .partition = column_text(&q, a, 2),
		                                               .decision = column_text(&q, a, 3),
		                                               .mode = column_text(&q, a, 4),
		                                               .json = column_text(&q, a, 5),
		                                               .at_us = column_i64(&q, 6),
		                                               .count = column_i64(&q, 7),
		                                               .last_us = column_i64(&q, 8),
		                                               .seq = column_i64(&q, 9)};
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_list_decisions(struct store *s, struct arena *a, struct sv asset, size_t max,
                     struct stored_decision **ret, size_t *n, struct err *err)
{
	const struct decision_filter f = {
		.asset = asset, .since_us = TIME_NONE, .until_us = TIME_NONE, .max = max};

	return store_find_decisions(s, a, &f, ret, n, err);
}

static bool
add_override(struct store *s, const struct stored_override *o, struct err *err)
{
	static const char sql[] =
		"INSERT INTO override (env, id, asset, partition, version, reason, who, from_us, until_us)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store an override", err))
		return false;
	query_text(&q, o->id);
	query_text(&q, o->asset);
	query_text(&q, o->partition);
	query_text(&q, o->version);
	query_text(&q, o->reason);
	query_text(&q, o->who);
	query_i64(&q, o->from_us);
	query_i64(&q, o->until_us);
	return query_run(&q, err);
}

bool
store_add_override(struct store *s, struct stored_override *o, struct err *err)
{
	struct stored_override added = *o;
	bool own;

	make_id(s, "", &added.id);
	if (!write_begin(s, &own, err) || !write_end(s, own, add_override(s, &added, err), err))
		return false;
	*o = added;
	return true;
}

bool
store_overrides(struct store *s, struct arena *a, struct sv asset, struct sv partition, int64_t at_us,
                struct stored_override **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT id, reason, who, version, from_us, until_us FROM override"
				  " WHERE env = :env AND asset = ?2 AND partition = ?3 AND from_us <= ?4 AND "
				  "until_us > ?4 ORDER BY seq DESC";
	AUTO_QUERY q = {0};
	LIST(struct stored_override) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read overrides", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_i64(&q, at_us);
	asset = arena_sv(a, asset);
	partition = arena_sv(a, partition);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct stored_override){.id = column_text(&q, a, 0),
		                                               .asset = asset,
		                                               .partition = partition,
		                                               .reason = column_text(&q, a, 1),
		                                               .who = column_text(&q, a, 2),
		                                               .version = column_text(&q, a, 3),
		                                               .from_us = column_i64(&q, 4),
		                                               .until_us = column_i64(&q, 5)};
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}
