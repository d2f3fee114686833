/*
 * The queues of the outbox: what may be sent now.
 *
 *	message_queue: (channel, incident) ─► its pending messages, in order; all but the first are blocked
 *	message_ready: index of those that nothing blocks, by channel, attempts, time
 *	lane:          until when a channel's receiver wants to be left alone
 *
 * Each question is a look or two into an index, whatever waits: a hundred thousand messages may stand behind one.
 */
#include "store/outbox_queue.h"

/* How many of the incidents of `message` have an earlier pending message to the channel. */
#define BLOCKED                                                                                        \
	"(SELECT count(*) FROM message_incident AS mi WHERE mi.message = message.seq AND EXISTS"       \
	" (SELECT 1 FROM message_queue AS q WHERE q.env = message.env AND q.channel = message.channel" \
	" AND q.incident = mi.incident AND q.message < message.seq))"

#define READY "env = :env AND state = 'pending' AND blocked = 0"

static bool
run_by_seq(struct store *s, const char *sql, int64_t seq, struct err *err)
{
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "queue a message", err))
		return false;
	query_i64(&q, seq);
	return query_run(&q, err);
}

bool
outbox_enter(struct store *s, int64_t seq, struct err *err)
{
	static const char add[] =
		"INSERT OR IGNORE INTO message_queue SELECT m.env, m.channel, mi.incident, m.seq"
		" FROM message AS m JOIN message_incident AS mi ON mi.message = m.seq WHERE m.seq = ?";
	static const char mark[] = "UPDATE message SET blocked = " BLOCKED " WHERE seq = ?";

	return run_by_seq(s, add, seq, err) && run_by_seq(s, mark, seq, err);
}

bool
outbox_leave(struct store *s, int64_t seq, struct err *err)
{
	static const char take[] = "DELETE FROM message_queue WHERE (env, channel, incident, message) IN"
				   " (SELECT m.env, m.channel, mi.incident, m.seq FROM message AS m"
				   " JOIN message_incident AS mi ON mi.message = m.seq WHERE m.seq = ?)";
	/* Those that are the first now. */
	static const char mark[] =
		"UPDATE message SET blocked = " BLOCKED " WHERE seq IN (SELECT (SELECT min(q.message)"
		" FROM message_queue AS q WHERE q.env = m.env AND q.channel = m.channel AND q.incident = mi.incident)"
		" FROM message AS m JOIN message_incident AS mi ON mi.message = m.seq WHERE m.seq = ?)";

	return run_by_seq(s, take, seq, err) && run_by_seq(s, mark, seq, err);
}

/* Reading ------------------------------------------------------------------------------------------------------- */

/* The next number of attempts above *attempts that messages of the channel have; false in *found if there is none. */
static bool
next_attempts(struct store *s, struct sv channel, int64_t *attempts, bool *found, struct err *err)
{
	static const char sql[] = "SELECT min(attempts) FROM message INDEXED BY message_ready WHERE " READY
				  " AND channel = ? AND attempts > ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, channel);
	query_i64(&q, *attempts);
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*found = sqlite3_column_type(q.stmt, 0) != SQLITE_NULL;
	if (*found)
		*attempts = column_i64(&q, 0);
	return true;
}

/* Until when the channel is held; TIME_NONE = it is not. */
static bool
held_until(struct store *s, struct sv channel, int64_t now_us, int64_t *ret, struct err *err)
{
	static const char sql[] = "SELECT until_us FROM lane WHERE env = :env AND channel = ?2"
				  " AND until_us > ?3 AND until_us <= ?3 + " OUTBOX_HORIZON_US;
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, channel);
	query_i64(&q, now_us);
	step = query_step(&q, err);
	*ret = step == STEP_ROW ? column_i64(&q, 0) : TIME_NONE;
	return step != STEP_ERROR;
}

struct due_query {
	struct sv channel;
	int64_t attempts, until_us;
	size_t max; /* of all */
	bool held;  /* only what may not wait any longer */
};

static bool
read_due(struct store *s, struct arena *a, const struct due_query *d, const char *sql,
         struct message_list *list, struct err *err)
{
	AUTO_QUERY q = {0};

	if (list->n >= d->max)
		return true;
	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, d->channel);
	query_i64(&q, d->attempts);
	query_i64(&q, d->until_us);
	query_limit(&q, d->max - list->n);
	query_i64(&q, d->held ? 1 : 0);
	return outbox_read(&q, a, list, err);
}

#define DUE(range)                                                                          \
	"SELECT " OUTBOX_COLUMNS " FROM message AS m INDEXED BY message_ready WHERE " READY \
	" AND channel = ?2 AND attempts = ?3 AND next_us " range                            \
	" AND (?6 = 0 OR created_us + " OUTBOX_HORIZON_US " <= ?4) ORDER BY next_us, seq LIMIT ?5"

bool
store_due_messages(struct store *s, struct arena *a, struct sv channel, int64_t until_us, size_t max,
                   struct message **ret, size_t *n, struct err *err)
{
	static const char in_time[] = DUE("<= ?4");
	static const char wrong_clock[] = DUE("> ?4 + " OUTBOX_HORIZON_US);
	struct due_query d = {.channel = channel, .attempts = -1, .until_us = until_us, .max = max};
	struct message_list list = {0};
	int64_t held;
	bool found;

	if (!held_until(s, channel, until_us, &held, err))
		return false;
	d.held = held != TIME_NONE;
	for (;;) {
		if (!next_attempts(s, channel, &d.attempts, &found, err))
			return false;
		if (!found || list.n >= max)
			break;
		if (!read_due(s, a, &d, in_time, &list, err) || !read_due(s, a, &d, wrong_clock, &list, err))
			return false;
	}
	*ret = list.v;
	*n = list.n;
	return true;
}

/* The first instant after now_us among the channel's messages of so many attempts. */
static bool
first_after(struct store *s, struct sv channel, int64_t attempts, int64_t now_us, int64_t *ret,
            struct err *err)
{
	static const char sql[] = "SELECT min(next_us) FROM message INDEXED BY message_ready WHERE " READY
				  " AND channel = ? AND attempts = ? AND next_us > ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, channel);
	query_i64(&q, attempts);
	query_i64(&q, now_us);
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_time(&q, 0);
	return true;
}

/* When the oldest of a held channel's messages may not wait any longer. */
static bool
first_end(struct store *s, struct sv channel, int64_t now_us, int64_t *ret, struct err *err)
{
	static const char sql[] = "SELECT min(created_us) + " OUTBOX_HORIZON_US
				  " FROM message INDEXED BY message_ready WHERE " READY
				  " AND channel = ?2 AND created_us + " OUTBOX_HORIZON_US " > ?3";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, channel);
	query_i64(&q, now_us);
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_time(&q, 0);
	return true;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a == TIME_NONE ? b : b == TIME_NONE ? a : MIN(a, b);
}

bool
store_next_due(struct store *s, struct sv channel, int64_t now_us, int64_t *ret, struct err *err)
{
	int64_t attempts = -1, first = TIME_NONE, at, held;
	bool found;

	if (!held_until(s, channel, now_us, &held, err))
		return false;
	if (held != TIME_NONE) {
		if (!first_end(s, channel, now_us, &at, err))
			return false;
		*ret = earlier(held, at);
		return true;
	}
	for (;;) {
		if (!next_attempts(s, channel, &attempts, &found, err))
			return false;
		if (!found)
			break;
		if (!first_after(s, channel, attempts, now_us, &at, err))
			return false;
		first = earlier(first, at);
	}
	*ret = first;
	return true;
}

bool
store_pending_channels(struct store *s, struct arena *a, struct sv **ret, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT min(channel) FROM message INDEXED BY message_ready WHERE " READY
				  " AND channel > ?";
	LIST(struct sv) list = {0};
	struct sv last = {0};

	for (;;) {
		AUTO_QUERY q = {0};

		if (!query_begin(s, &q, sql, "read the outbox", err))
			return false;
		query_text(&q, last);
		if (query_step(&q, err) != STEP_ROW)
			return false;
		if (sqlite3_column_type(q.stmt, 0) == SQLITE_NULL)
			break;
		last = column_text(&q, a, 0);
		*LIST_ADD(a, &list) = last;
	}
	*ret = list.v;
	*n = list.n;
	return true;
}

static bool
ask(struct store *s, const char *sql, int64_t seq, bool *ret, struct err *err)
{
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_i64(&q, seq);
	step = query_step(&q, err);
	if (step == STEP_ERROR)
		return false;
	*ret = step == STEP_ROW && column_i64(&q, 0) != 0;
	return true;
}

bool
store_message_waits(struct store *s, const struct message *m, bool *ret, struct err *err)
{
	static const char sql[] =
		"SELECT state = 'pending' AND blocked > 0 FROM message WHERE env = :env AND seq = ?";

	return ask(s, sql, m->seq, ret, err);
}

bool
store_message_pending(struct store *s, int64_t seq, bool *ret, struct err *err)
{
	static const char sql[] = "SELECT state = 'pending' FROM message WHERE env = :env AND seq = ?";

	return ask(s, sql, seq, ret, err);
}

bool
store_delivered(struct store *s, struct arena *a, struct sv channel, int64_t since_us, size_t max,
                int64_t **ret, size_t *n, struct err *err)
{
	/* The last attempt of each: the one that got through. */
	static const char sql[] =
		"SELECT settled_us FROM message AS m INDEXED BY message_sent WHERE env = :env AND channel = ?"
		" AND state = 'sent' AND settled_us > ? AND (SELECT status FROM attempt WHERE attempt.message = m.seq"
		" ORDER BY number DESC LIMIT 1) <> 0 ORDER BY settled_us DESC LIMIT ?";
	LIST(int64_t) list = {0};
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, channel);
	query_i64(&q, since_us);
	query_limit(&q, max);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = column_i64(&q, 0);
	*ret = list.v;
	*n = list.n;
	return step == STEP_DONE;
}

/* Writing ------------------------------------------------------------------------------------------------------- */

static bool
hold(struct store *s, struct sv channel, int64_t until_us, struct err *err)
{
	static const char sql[] = "INSERT INTO lane (env, channel, until_us) VALUES (:env, ?, ?)"
				  " ON CONFLICT (env, channel) DO UPDATE SET until_us = excluded.until_us";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "put messages off", err))
		return false;
	query_text(&q, channel);
	query_i64(&q, until_us);
	return query_run(&q, err);
}

bool
store_hold_channel(struct store *s, struct sv channel, int64_t until_us, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) && write_end(s, own, hold(s, channel, until_us, err), err);
}

static bool
shift(struct store *s, const char *sql, int64_t by_us, struct err *err)
{
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "put messages off", err))
		return false;
	query_i64(&q, by_us);
	return query_run(&q, err);
}

bool
store_shift_outbox(struct store *s, int64_t by_us, struct err *err)
{
	static const char messages[] =
		"UPDATE message SET env = :env, next_us = next_us + ?2 WHERE env = ?1 AND state = 'pending'";
	static const char lanes[] = "UPDATE lane SET env = :env, until_us = until_us + ?2 WHERE env = ?1";
	bool own;

	return write_begin(s, &own, err) &&
	       write_end(s, own, shift(s, messages, by_us, err) && shift(s, lanes, by_us, err), err);
}

/* Of the dead ones that are meant. */
#define REVIVED "env = :env AND state = 'dead' AND (?2 = '' OR id = ?2) AND (?3 = '' OR channel = ?3)"

static bool
revive_step(struct store *s, const char *sql, struct sv id, struct sv channel, const int64_t *at_us,
            struct err *err)
{
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "revive messages", err))
		return false;
	query_text(&q, id);
	query_text(&q, channel);
	if (at_us != NULL)
		query_i64(&q, *at_us);
	return query_run(&q, err);
}

static bool
revive(struct store *s, struct sv id, struct sv channel, int64_t at_us, int64_t *n, struct err *err)
{
	static const char queue[] =
		"INSERT OR IGNORE INTO message_queue SELECT m.env, m.channel, mi.incident, m.seq FROM"
		" (SELECT env, channel, seq FROM message WHERE " REVIVED ") AS m"
		" JOIN message_incident AS mi ON mi.message = m.seq";
	/* Who asks for it by hand does not want to wait for what the receiver once said. */
	static const char release[] =
		"DELETE FROM lane WHERE env = :env AND (?2 = '' OR channel IN (SELECT channel FROM message"
		" WHERE id = ?2)) AND (?3 = '' OR channel = ?3)";
	static const char update[] =
		/* The environment is the first parameter, so it has to be the first that is named. */
		"UPDATE message SET env = :env, state = 'pending', next_us = ?4, attempts = 0,"
		" settled_us = NULL WHERE " REVIVED;
	static const char mark[] = "UPDATE message SET blocked = " BLOCKED " WHERE env = :env AND"
				   " state = 'pending' AND ?2 = ?2 AND ?3 = ?3";

	if (!revive_step(s, queue, id, channel, NULL, err) ||
	    !revive_step(s, release, id, channel, NULL, err) ||
	    !revive_step(s, update, id, channel, &at_us, err))
		return false;
	*n = db_changes(s);
	return *n == 0 || revive_step(s, mark, (struct sv){0}, (struct sv){0}, NULL, err);
}

bool
store_revive_messages(struct store *s, struct sv id, struct sv channel, int64_t at_us, int64_t *n,
                      struct err *err)
{
	int64_t revived = 0;
	bool own;

	if (!write_begin(s, &own, err) ||
	    !write_end(s, own, revive(s, id, channel, at_us, &revived, err), err))
		return false;
	*n = revived;
	return true;
}
