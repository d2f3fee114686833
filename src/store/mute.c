/* Mutes are on record for good: one that is taken back or has ended by itself stays, and says so. */
#include "store/mute.h"

#include "store/db.h"

#define COLUMNS "id, match, reason, who, from_us, until_us, ended_us"

static bool
read_all(struct query *q, struct arena *a, struct mute **ret, size_t *n, struct err *err)
{
	LIST(struct mute) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct mute){
			.id = column_text(q, a, 0),
			.match = column_text(q, a, 1),
			.reason = column_text(q, a, 2),
			.who = column_text(q, a, 3),
			.from_us = column_i64(q, 4),
			.until_us = column_i64(q, 5),
			.ended_us = column_time(q, 6),
		};
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

static bool
insert(struct store *s, const struct mute *m, struct err *err)
{
	static const char sql[] =
		"INSERT INTO mute (env, id, match, reason, who, from_us, until_us, ended_us)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a mute", err))
		return false;
	query_text(&q, m->id);
	query_text(&q, m->match);
	query_text(&q, m->reason);
	query_text(&q, m->who);
	query_i64(&q, m->from_us);
	query_i64(&q, m->until_us);
	query_time(&q, m->ended_us);
	return query_run(&q, err);
}

bool
store_add_mute(struct store *s, struct mute *m, struct err *err)
{
	struct mute added = *m;
	bool own;

	make_id(s, "", &added.id);
	if (!write_begin(s, &own, err) || !write_end(s, own, insert(s, &added, err), err))
		return false;
	*m = added;
	return true;
}

bool
store_mutes(struct store *s, struct arena *a, int64_t at_us, struct mute **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM mute WHERE env = :env AND from_us <= ?2"
				  " AND until_us > ?2 AND (ended_us IS NULL OR ended_us > ?2)"
				  " ORDER BY seq DESC";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read mutes", err))
		return false;
	query_i64(&q, at_us);
	return read_all(&q, a, ret, n, err);
}

bool
store_list_mutes(struct store *s, struct arena *a, size_t max, struct mute **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM mute WHERE env = :env ORDER BY seq DESC LIMIT ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read mutes", err))
		return false;
	query_limit(&q, max);
	return read_all(&q, a, ret, n, err);
}

bool
store_mutes_named(struct store *s, struct arena *a, struct sv prefix, size_t max, struct mute **ret,
                  size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM mute WHERE env = :env AND id >= upper(?2)"
				  " AND id < upper(?2) || '~' ORDER BY id LIMIT ?3";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read mutes", err))
		return false;
	query_text(&q, prefix);
	query_limit(&q, max);
	return read_all(&q, a, ret, n, err);
}

static bool
end_one(struct store *s, struct sv id, int64_t at_us, bool *ended, struct err *err)
{
	/* :env must come first. */
	static const char sql[] = "UPDATE mute SET (env, ended_us) = (:env, ?2) WHERE env = :env AND id = ?3"
				  " AND until_us > ?2 AND (ended_us IS NULL OR ended_us > ?2)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "end a mute", err))
		return false;
	query_i64(&q, at_us);
	query_text(&q, id);
	if (!query_run(&q, err))
		return false;
	*ended = db_changes(s) > 0;
	return true;
}

bool
store_end_mute(struct store *s, struct sv id, int64_t at_us, bool *ended, struct err *err)
{
	bool done = false;
	bool own;

	if (!write_begin(s, &own, err) || !write_end(s, own, end_one(s, id, at_us, &done, err), err))
		return false;
	*ended = done;
	return true;
}
