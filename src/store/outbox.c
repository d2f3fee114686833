/* The outbox and what became of its messages. */
#include "store/outbox.h"

#include "store/outbox_queue.h"

const char *const message_state_names[3] = {
	[MESSAGE_PENDING] = "pending", [MESSAGE_SENT] = "sent", [MESSAGE_DEAD] = "dead"};

static bool
add_row(struct store *s, struct message *m, struct err *err)
{
	static const char sql[] =
		"INSERT INTO message (env, id, channel, type, body, created_us, state, next_us,"
		" attempts, settled_us, outcome)"
		" VALUES (:env, ?, ?, ?, ?, ?, 'pending', ?, 0, NULL, '')";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a message", err))
		return false;
	query_text(&q, m->id);
	query_text(&q, m->channel);
	query_text(&q, m->type);
	query_text(&q, m->body);
	query_i64(&q, m->created_us);
	query_i64(&q, m->created_us);
	if (!query_run(&q, err))
		return false;
	m->seq = db_last_rowid(s);
	return true;
}

static bool
add_incident(struct store *s, int64_t seq, size_t position, struct sv incident, struct err *err)
{
	static const char sql[] =
		"INSERT INTO message_incident (message, position, incident) VALUES (?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store a message", err))
		return false;
	query_i64(&q, seq);
	query_i64(&q, (int64_t)position);
	query_text(&q, incident);
	return query_run(&q, err);
}

bool
store_add_message(struct store *s, struct message *m, struct err *err)
{
	struct message added = *m;
	bool own;

	make_id(s, "msg_", &added.id);
	added.state = MESSAGE_PENDING;
	added.next_us = added.created_us;
	added.attempts = 0;
	added.settled_us = TIME_NONE;
	added.outcome = (struct sv){0};
	if (!write_begin(s, &own, err))
		return false;

	bool ok = add_row(s, &added, err);

	for (size_t i = 0; ok && i < m->nincident; i++)
		ok = add_incident(s, added.seq, i, m->incident[i], err);
	ok = ok && (m->nincident == 0 || outbox_enter(s, added.seq, err));
	if (!write_end(s, own, ok, err))
		return false;
	*m = added;
	return true;
}

static bool
read_row(const struct query *q, struct arena *a, struct message *ret, struct err *err)
{
	const int state = column_name(q, 6, message_state_names, LEN(message_state_names));

	if (state < 0)
		return column_fail(q, "state of a message", err);
	*ret = (struct message){
		.seq = column_i64(q, 0),
		.id = column_text(q, a, 1),
		.channel = column_text(q, a, 2),
		.type = column_text(q, a, 3),
		.body = column_text(q, a, 4),
		.created_us = column_i64(q, 5),
		.state = (enum message_state)state,
		.next_us = column_i64(q, 7),
		.attempts = column_i64(q, 8),
		.settled_us = column_time(q, 9),
		.outcome = column_text(q, a, 10),
	};
	return true;
}

static bool
read_incidents(struct store *s, struct arena *a, struct message *m, struct err *err)
{
	static const char sql[] = "SELECT incident FROM message_incident WHERE message = ? ORDER BY position";
	AUTO_QUERY q = {0};
	LIST(struct sv) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the incidents of a message", err))
		return false;
	query_i64(&q, m->seq);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = column_text(&q, a, 0);
	m->incident = list.v;
	m->nincident = list.n;
	return step == STEP_DONE;
}

bool
outbox_read(struct query *q, struct arena *a, struct message_list *list, struct err *err)
{
	const size_t first = list->n;
	enum step step;

	while ((step = query_step(q, err)) == STEP_ROW)
		if (!read_row(q, a, LIST_ADD(a, list), err))
			return false;
	if (step != STEP_DONE)
		return false;
	for (size_t i = first; i < list->n; i++)
		if (!read_incidents(q->s, a, &list->v[i], err))
			return false;
	return true;
}

bool
store_take_sending(struct store *s, struct lock **ret, bool *mine, struct err *err)
{
	AUTO(lock) l = NULL;

	*ret = NULL;
	/* A service sends what there is, also what was just written. */
	*mine = s->serving || !s->on_file || !session_is_there(s->path);
	if (!*mine || s->lock == NULL)
		return true;
	if (!lock_open(arena_printf(s->a, "%s.send.lock", s->path), &l, err) || !lock_try(l, mine, err))
		return false;
	if (*mine)
		*ret = STEAL(l);
	return true;
}

static bool
update_row(struct store *s, const struct message *m, struct err *err)
{
	static const char sql[] = "UPDATE message SET state = ?, next_us = ?, attempts = ?, settled_us = ?,"
				  " outcome = ? WHERE seq = ? AND id = ?";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "settle a message", err))
		return false;
	query_text(&q, sv_of(message_state_names[m->state]));
	query_time(&q, m->state == MESSAGE_PENDING ? m->next_us : TIME_NONE);
	query_i64(&q, m->attempts);
	query_time(&q, m->state == MESSAGE_PENDING ? TIME_NONE : m->settled_us);
	query_text(&q, m->outcome);
	query_i64(&q, m->seq);
	query_text(&q, m->id);
	if (!query_run(&q, err))
		return false;
	if (db_changes(s) == 1)
		return true;
	/* Marked or not would be a guess: the receiver may have it. */
	err_set(err, ERR_STORE, NOWHERE, "cannot settle a message: '" SV_FMT "' is no longer in the outbox",
	        SV_ARG(m->id));
	return err_hint(err, "Do not prune the outbox while messages are being sent.");
}

/* Numbers go on where they were, also past a revival, which starts the count of the message anew. */
static bool
add_attempt(struct store *s, const struct message *m, const struct attempt *at, struct err *err)
{
	static const char sql[] =
		"INSERT INTO attempt (message, number, at_us, status, duration_ms, outcome)"
		" VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE message = ?1),"
		" ?2, ?3, ?4, ?5)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "store an attempt", err))
		return false;
	query_i64(&q, m->seq);
	query_i64(&q, at->at_us);
	query_i64(&q, at->status);
	query_real(&q, at->duration_ms);
	query_text(&q, at->outcome);
	return query_run(&q, err);
}

bool
store_settle_message(struct store *s, const struct message *m, const struct attempt *at, struct err *err)
{
	bool own;

	return write_begin(s, &own, err) &&
	       write_end(s, own,
	                 update_row(s, m, err) && add_attempt(s, m, at, err) &&
	                         (m->state == MESSAGE_PENDING || outbox_leave(s, m->seq, err)),
	                 err);
}

bool
store_message(struct store *s, struct arena *a, struct sv id, struct message *ret, bool *found,
              struct err *err)
{
	static const char sql[] = "SELECT " OUTBOX_COLUMNS " FROM message AS m WHERE env = :env AND id = ?";
	AUTO_QUERY q = {0};
	struct message_list list = {0};

	if (!query_begin(s, &q, sql, "read a message", err))
		return false;
	query_text(&q, id);
	if (!outbox_read(&q, a, &list, err))
		return false;
	*found = list.n > 0;
	if (list.n > 0)
		*ret = list.v[0];
	return true;
}

bool
store_list_messages(struct store *s, struct arena *a, int state, size_t max, struct message **ret, size_t *n,
                    struct err *err)
{
	static const char sql[] = "SELECT " OUTBOX_COLUMNS " FROM message AS m"
				  " WHERE env = :env AND (?2 = '' OR state = ?2) ORDER BY seq DESC LIMIT ?3";
	AUTO_QUERY q = {0};
	struct message_list list = {0};

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, state < 0 ? (struct sv){0} : sv_of(message_state_names[state]));
	query_limit(&q, max);
	if (!outbox_read(&q, a, &list, err))
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_attempts(struct store *s, struct arena *a, struct sv message, struct attempt **ret, size_t *n,
               struct err *err)
{
	static const char sql[] =
		"SELECT number, at_us, status, duration_ms, attempt.outcome FROM attempt"
		" JOIN message ON message.seq = attempt.message WHERE env = :env AND id = ? ORDER BY number";
	AUTO_QUERY q = {0};
	LIST(struct attempt) list = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read attempts", err))
		return false;
	query_text(&q, message);
	message = arena_sv(a, message);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = (struct attempt){.message = message,
		                                       .number = column_i64(&q, 0),
		                                       .at_us = column_i64(&q, 1),
		                                       .status = column_i64(&q, 2),
		                                       .duration_ms = column_real(&q, 3),
		                                       .outcome = column_text(&q, a, 4)};
	if (step != STEP_DONE)
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

bool
store_last_told(struct store *s, struct sv channel, struct sv incident, struct sv type, int64_t *ret,
                struct err *err)
{
	static const char sql[] =
		"SELECT max(created_us) FROM message_incident AS mi"
		" JOIN message ON message.seq = mi.message"
		" WHERE env = :env AND mi.incident = ?2 AND channel = ?3 AND (?4 = '' OR type = ?4)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, incident);
	query_text(&q, channel);
	query_text(&q, type);
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_time(&q, 0);
	return true;
}

bool
store_told_in_vain(struct store *s, struct sv channel, struct sv incident, bool *ret, struct err *err)
{
	static const char sql[] = "SELECT count(*) > 0 AND sum(state <> 'dead') = 0"
				  " FROM message_incident AS mi JOIN message ON message.seq = mi.message"
				  " WHERE env = :env AND mi.incident = ?2 AND channel = ?3";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	query_text(&q, incident);
	query_text(&q, channel);
	if (query_step(&q, err) != STEP_ROW)
		return false;
	*ret = column_i64(&q, 0) != 0;
	return true;
}

bool
store_count_messages(struct store *s, int64_t count[3], struct err *err)
{
	static const char sql[] = "SELECT state, count(*) FROM message WHERE env = :env GROUP BY state";
	AUTO_QUERY q = {0};
	int64_t counted[3] = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read the outbox", err))
		return false;
	while ((step = query_step(&q, err)) == STEP_ROW) {
		const int state = column_name(&q, 0, message_state_names, LEN(message_state_names));

		if (state < 0)
			return column_fail(&q, "state of a message", err);
		counted[state] = column_i64(&q, 1);
	}
	if (step != STEP_DONE)
		return false;
	memcpy(count, counted, sizeof(counted));
	return true;
}
