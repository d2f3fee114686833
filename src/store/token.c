#include "store/token.h"

#include "store/db.h"

static struct token
read_row(const struct query *q, struct arena *a)
{
	return (struct token){
		.seq = column_i64(q, 0),
		.name = column_text(q, a, 1),
		.hash = column_text(q, a, 2),
		.scopes = column_text(q, a, 3),
		.who = column_text(q, a, 4),
		.created_us = column_i64(q, 5),
		.used_us = column_time(q, 6),
		.expires_us = column_time(q, 7),
		.revoked_us = column_time(q, 8),
	};
}

bool
store_list_tokens(struct store *s, struct arena *a, bool valid, int64_t at_us, struct token **ret, size_t *n,
                  struct err *err)
{
	static const char sql[] =
		"SELECT seq, name, hash, scopes, who, created_us, used_us, expires_us, revoked_us FROM token"
		" WHERE env = :env AND (?2 = 0 OR (revoked_us IS NULL AND (expires_us IS NULL OR expires_us > ?3)))"
		" ORDER BY name, seq DESC";
	AUTO_QUERY q = {0};
	LIST(struct token) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read tokens", err))
		return false;
	query_i64(&q, valid);
	query_i64(&q, at_us);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = read_row(&q, a);
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

static bool
is_taken(struct store *s, struct sv name, bool *ret, struct err *err)
{
	static const char sql[] =
		"SELECT count(*) FROM token WHERE env = :env AND name = ? AND revoked_us IS NULL";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read tokens", err))
		return false;
	query_text(&q, name);
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_i64(&q, 0) > 0;
	return true;
}

static bool
insert(struct store *s, struct token *t, struct err *err)
{
	static const char sql[] =
		"INSERT INTO token (env, name, hash, scopes, who, created_us, used_us, expires_us, revoked_us)"
		" VALUES (:env, ?, ?, ?, ?, ?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a token", err))
		return false;
	query_text(&q, t->name);
	query_text(&q, t->hash);
	query_text(&q, t->scopes);
	query_text(&q, t->who);
	query_i64(&q, t->created_us);
	query_time(&q, t->used_us);
	query_time(&q, t->expires_us);
	query_time(&q, t->revoked_us);
	if (!query_run(&q, err))
		return false;
	t->seq = db_last_rowid(s);
	return true;
}

static bool
add(struct store *s, struct token *t, struct err *err)
{
	bool taken;

	if (!is_taken(s, t->name, &taken, err))
		return false;
	if (!taken)
		return insert(s, t, err);
	err_set(err, ERR_USAGE, NOWHERE, "there is a token '" SV_FMT "' already", SV_ARG(t->name));
	return err_hint(err, "Choose another name, or revoke that one first.");
}

bool
store_add_token(struct store *s, struct token *t, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, add(s, t, err), err);
}

static bool
revoke(struct store *s, struct sv name, int64_t at_us, bool *found, struct err *err)
{
	/* :env must come first. */
	static const char sql[] = "UPDATE token SET (env, revoked_us) = (:env, ?2)"
				  " WHERE env = :env AND name = ?3 AND revoked_us IS NULL";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "revoke a token", err))
		return false;
	query_i64(&q, at_us);
	query_text(&q, name);
	if (!query_run(&q, err))
		return false;
	*found = db_changes(s) > 0;
	return true;
}

bool
store_revoke_token(struct store *s, struct sv name, int64_t at_us, bool *found, struct err *err)
{
	bool own, any = false;

	if (!write_begin(s, &own, err) || !write_end(s, own, revoke(s, name, at_us, &any, err), err))
		return false;
	*found = any;
	return true;
}

static bool
use(struct store *s, int64_t seq, int64_t at_us, struct err *err)
{
	/* :env must come first. */
	static const char sql[] =
		"UPDATE token SET (env, used_us) = (:env, ?2) WHERE env = :env AND seq = ?3";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "note that a token was used", err))
		return false;
	query_i64(&q, at_us);
	query_i64(&q, seq);
	return query_run(&q, err);
}

bool
store_use_token(struct store *s, int64_t seq, int64_t at_us, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, use(s, seq, at_us, err), err);
}

/* Rows are never taken away, and revoked once. */
bool
store_tokens_state(struct store *s, int64_t *ret, struct err *err)
{
	static const char sql[] = "SELECT count(*) + count(revoked_us) FROM token WHERE env = :env";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read tokens", err))
		return false;
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_i64(&q, 0);
	return true;
}
