#include "store/idempotency.h"

#include "store/db.h"

bool
store_kept_answer(struct store *s, struct arena *a, struct sv who, struct sv route, struct sv key,
                  struct kept_answer *ret, bool *found, struct err *err)
{
	static const char sql[] = "SELECT hash, status, type, body, at_us FROM kept_answer"
				  " WHERE env = :env AND who = ? AND route = ? AND key = ? AND at_us > ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "look for an earlier answer", err))
		return false;
	query_text(&q, who);
	query_text(&q, route);
	query_text(&q, key);
	query_i64(&q, clock_now_us(s->clock) - IDEMPOTENCY_KEPT_US);

	enum step step = query_step(&q, err);

	if (step == STEP_ERROR)
		return false;
	*found = step == STEP_ROW;
	if (*found)
		*ret = (struct kept_answer){
			.who = arena_sv(a, who),
			.route = arena_sv(a, route),
			.key = arena_sv(a, key),
			.hash = column_text(&q, a, 0),
			.status = column_i64(&q, 1),
			.type = column_text(&q, a, 2),
			.body = column_text(&q, a, 3),
			.at_us = column_i64(&q, 4),
		};
	return true;
}

static bool
drop_old(struct store *s, int64_t until_us, struct err *err)
{
	static const char sql[] = "DELETE FROM kept_answer WHERE at_us <= ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "drop old answers", err))
		return false;
	query_i64(&q, until_us);
	return query_run(&q, err);
}

static bool
keep(struct store *s, const struct kept_answer *k, struct err *err)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO kept_answer (env, who, route, key, hash, status, type, body, at_us)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!drop_old(s, k->at_us - IDEMPOTENCY_KEPT_US, err) ||
	    !query_begin(s, &q, sql, "keep an answer", err))
		return false;
	query_text(&q, k->who);
	query_text(&q, k->route);
	query_text(&q, k->key);
	query_text(&q, k->hash);
	query_i64(&q, k->status);
	query_text(&q, k->type);
	query_text(&q, k->body);
	query_i64(&q, k->at_us);
	return query_run(&q, err);
}

bool
store_keep_answer(struct store *s, const struct kept_answer *k, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, keep(s, k, err), err);
}
