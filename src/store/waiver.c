/* Waivers are on record for good: one that is taken back or has ended by itself stays, and says so. */
#include "store/waiver.h"

#include "store/db.h"

#define COLUMNS "id, check_id, reason, who, from_us, until_us, ended_us"

static struct waiver
read_row(const struct query *q, struct arena *a)
{
	return (struct waiver){
		.id = column_text(q, a, 0),
		.check = column_text(q, a, 1),
		.reason = column_text(q, a, 2),
		.who = column_text(q, a, 3),
		.from_us = column_i64(q, 4),
		.until_us = column_i64(q, 5),
		.ended_us = column_time(q, 6),
	};
}

static bool
read_all(struct query *q, struct arena *a, struct waiver **ret, size_t *n, struct err *err)
{
	LIST(struct waiver) list = {0};
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = read_row(q, a);
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

static bool
insert(struct store *s, const struct waiver *w, struct err *err)
{
	static const char sql[] =
		"INSERT INTO waiver (env, id, check_id, reason, who, from_us, until_us, ended_us)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a waiver", err))
		return false;
	query_text(&q, w->id);
	query_text(&q, w->check);
	query_text(&q, w->reason);
	query_text(&q, w->who);
	query_i64(&q, w->from_us);
	query_i64(&q, w->until_us);
	query_time(&q, w->ended_us);
	return query_run(&q, err);
}

bool
store_add_waiver(struct store *s, struct waiver *w, struct err *err)
{
	struct waiver added = *w;
	bool own;

	make_id(s, "", &added.id);
	if (!write_begin(s, &own, err) || !write_end(s, own, insert(s, &added, err), err))
		return false;
	*w = added;
	return true;
}

bool
store_waivers(struct store *s, struct arena *a, struct sv check, int64_t at_us, struct waiver **ret,
              size_t *n, struct err *err)
{
	static const char one[] =
		"SELECT " COLUMNS " FROM waiver WHERE env = :env AND check_id = ?3"
		" AND from_us <= ?2 AND until_us > ?2 AND (ended_us IS NULL OR ended_us > ?2)"
		" ORDER BY seq DESC";
	static const char all[] =
		"SELECT " COLUMNS " FROM waiver WHERE env = :env"
		" AND from_us <= ?2 AND until_us > ?2 AND (ended_us IS NULL OR ended_us > ?2)"
		" ORDER BY seq DESC";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, check.n > 0 ? one : all, "read waivers", err))
		return false;
	query_i64(&q, at_us);
	if (check.n > 0)
		query_text(&q, check);
	return read_all(&q, a, ret, n, err);
}

bool
store_list_waivers(struct store *s, struct arena *a, size_t max, struct waiver **ret, size_t *n,
                   struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM waiver WHERE env = :env ORDER BY seq DESC LIMIT ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read waivers", err))
		return false;
	query_limit(&q, max);
	return read_all(&q, a, ret, n, err);
}

static bool
end_all(struct store *s, struct sv check, int64_t at_us, int64_t *n, struct err *err)
{
	/* :env must come first. */
	static const char sql[] =
		"UPDATE waiver SET (env, ended_us) = (:env, ?2) WHERE env = :env AND check_id = ?3"
		" AND from_us <= ?2 AND until_us > ?2 AND (ended_us IS NULL OR ended_us > ?2)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "end a waiver", err))
		return false;
	query_i64(&q, at_us);
	query_text(&q, check);
	if (!query_run(&q, err))
		return false;
	*n = db_changes(s);
	return true;
}

bool
store_end_waivers(struct store *s, struct sv check, int64_t at_us, int64_t *n, struct err *err)
{
	int64_t ended = 0;
	bool own;

	if (!write_begin(s, &own, err) || !write_end(s, own, end_all(s, check, at_us, &ended, err), err))
		return false;
	*n = ended;
	return true;
}
