#include "store/db.h"

static bool
first_seen(struct store *s, struct sv asset, struct sv partition, struct sv version, int64_t *ret,
           struct err *err)
{
	static const char sql[] = "SELECT first_us FROM version WHERE env = :env AND asset = ? AND partition "
				  "= ? AND version = ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read a version", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, version);

	enum step step = query_step(&q, err);

	*ret = step == STEP_ROW ? column_i64(&q, 0) : TIME_NONE;
	return step != STEP_ERROR;
}

static bool
add_version(struct store *s, struct sv asset, struct sv partition, struct sv version, int64_t at_us,
            struct err *err)
{
	static const char sql[] =
		"INSERT INTO version (env, asset, partition, version, first_us) VALUES (:env, ?, ?, ?, ?)"
		" ON CONFLICT DO UPDATE SET first_us = min(first_us, excluded.first_us)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a version", err))
		return false;
	query_text(&q, asset);
	query_text(&q, partition);
	query_text(&q, version);
	query_i64(&q, at_us);
	return query_send(&q, err);
}

bool
store_see_version(struct store *s, struct sv asset, struct sv partition, struct sv version, int64_t at_us,
                  int64_t *first_us, struct err *err)
{
	int64_t first = TIME_NONE;
	bool own;

	if (version.n > 0 && !first_seen(s, asset, partition, version, &first, err))
		return false;
	/* Most calls end here, without waiting for the lock. */
	if (version.n == 0 || (first != TIME_NONE && first <= at_us)) {
		*first_us = first;
		return true;
	}
	if (!write_begin(s, &own, err))
		return false;

	bool ok = add_version(s, asset, partition, version, at_us, err) &&
	          first_seen(s, asset, partition, version, &first, err);

	if (!write_end(s, own, ok, err))
		return false;
	*first_us = first;
	return true;
}
