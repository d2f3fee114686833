#include "store/handover.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/wire.h"

#define IDLE_NS (INT64_C(2) * 1000000000)
#define TOTAL_NS (INT64_C(20) * 1000000000)
#define LONG_NS INT64_C(1000000000) /* what is longer is told */

enum { BACKLOG = 64, CACHED_MAX = 64 };

/* What a transaction touched, as far as the board must know. */
struct touched {
	int64_t event_seq, verdict_seq; /* the least that was added; INT64_MAX = none */
	bool all, outbox;
};

struct handover {
	struct store *s;
	int fd;
	char *socket; /* its path, to be removed */
	void (*changed)(void *ctx, const struct handover_change *c);
	void *ctx;
	struct touched touched;
	bool strict;    /* what is being prepared or run came over the socket */
	int64_t end_ns; /* of what is being run */
	struct buf in, out;
	struct {
		char *sql;
		sqlite3_stmt *stmt;
	} cached[CACHED_MAX];
	size_t ncached;
};

/* Listening ----------------------------------------------------------------------------------------------------- */

static void
note_touch(void *ctx, int how, const char *db UNUSED, const char *table, sqlite3_int64 row)
{
	struct touched *t = ctx;

	if (strcmp(table, "event") == 0) {
		t->all = t->all || how != SQLITE_INSERT;
		t->event_seq = MIN(t->event_seq, row);
	} else if (strcmp(table, "verdict") == 0) {
		t->all = t->all || how == SQLITE_DELETE;
		t->verdict_seq = MIN(t->verdict_seq, row);
	} else if (strcmp(table, "waiver") == 0 || strcmp(table, "override") == 0) {
		t->all = true;
	} else if (strcmp(table, "message") == 0) {
		t->outbox = true;
	}
}

/*
 * Commands read and write rows, and prune has tables of its own.  What else SQLite can do (open other files, change the schema or settings,
 * end the transaction) is nothing that a command asks for: who asks is no command of ours, or was made to ask by something else.
 */
static bool
is_own_table(const char *name)
{
	static const char *const names[] = {"alias", "identity", "live"};

	for (size_t i = 0; i < LEN(names); i++)
		if (name != NULL && strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* What prune sets, which does no harm whenever it is set. */
static bool
is_harmless(const char *pragma, const char *value)
{
	static const char *const settings[][2] = {
		{"data_version", ""}, {"temp_store", "MEMORY"}, {"secure_delete", "ON"}};

	for (size_t i = 0; i < LEN(settings); i++)
		if (sqlite3_stricmp(pragma, settings[i][0]) == 0)
			return sqlite3_stricmp(value != NULL ? value : "", settings[i][1]) == 0;
	return false;
}

static int
may_do(void *ctx, int action, const char *a, const char *b, const char *db, const char *trigger UNUSED)
{
	const struct handover *h = ctx;
	bool may = false;

	if (!h->strict)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
	case SQLITE_RECURSIVE:
		may = true;
		break;
	case SQLITE_FUNCTION:
		may = b == NULL || sqlite3_stricmp(b, "load_extension") != 0;
		break;
	case SQLITE_PRAGMA:
		may = is_harmless(a, b);
		break;
	case SQLITE_CREATE_TEMP_TABLE:
		/* Another name could stand before a table of the state. */
		may = is_own_table(a);
		break;
	case SQLITE_CREATE_TEMP_INDEX:
		may = is_own_table(b);
		break;
	case SQLITE_REINDEX:
		/* To make one is to fill it. */
		may = db != NULL && sqlite3_stricmp(db, "temp") == 0;
		break;
	}
	return may ? SQLITE_OK : SQLITE_DENY;
}

/* The service does nothing else meanwhile. */
static int
is_too_long(void *ctx)
{
	const struct handover *h = ctx;

	return h->strict && clock_mono_ns() > h->end_ns;
}

/* A socket that nobody answers at was left behind by a crash. */
static bool
listen_at(struct handover *h, struct err *err)
{
	AUTO_FD fd = -1;
	AUTO_FD dir = -1;
	struct sockaddr_un at;
	int folder;

	if (!wire_address(h->s->path, &at, &folder, err))
		return false;
	dir = folder;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode of the file comes from the socket's own, so that there is no moment in which others may connect. */
	if (fd < 0 || fchmod(fd, 0600) != 0)
		return err_set(err, ERR_STORE, NOWHERE, "cannot make a socket: %m");
	if (unlink(h->socket) != 0 && errno != ENOENT)
		return err_set(err, ERR_STORE, NOWHERE, "cannot remove the old socket '%s': %m", h->socket);
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, BACKLOG) != 0) {
		err_set(err, ERR_STORE, NOWHERE, "cannot listen at '%s': %m", h->socket);
		return err_hint(err, "Commands hand their writes over there: may you write that folder?");
	}
	h->fd = fd;
	fd = -1;
	return true;
}

static inline void
handover_cleanup(struct handover **h)
{
	handover_close(*h);
}

bool
handover_open(struct store *s, void (*changed)(void *ctx, const struct handover_change *c), void *ctx,
              struct handover **ret, struct err *err)
{
	AUTO(handover) h = NULL;

	*ret = NULL;
	assert(s->mode == STORE_WRITE && !s->in_transaction);
	if (!s->on_file)
		return true;
	h = xcalloc(1, sizeof(*h));
	h->s = s;
	h->fd = -1;
	h->changed = changed;
	h->ctx = ctx;
	h->socket = xstrdup(arena_printf(s->a, "%s.service", s->path));
	buf_init(&h->in, WIRE_FRAME_MAX);
	buf_init(&h->out, WIRE_FRAME_MAX);
	if (session_is_there(s->path)) {
		err_set(err, ERR_STORE, NOWHERE, "another weir serve works with the state database '%s'",
		        s->path);
		return err_hint(err, "One service for each state: stop the other, or name another store.");
	}
	/* A service that ended just now may have been there when this one opened the state. */
	if (s->handed && !store_open_anew(s, err))
		return false;
	s->serving = true;
	/*
	 * What commands prune needs tables of its own: where they lie cannot be changed in a transaction.  And 16 MiB of the state are kept in
	 * memory: events go to any asset, so to any page of an index.
	 */
	if (!db_exec(s, "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384", "set up the state database",
	             err) ||
	    !listen_at(h, err)) {
		s->serving = false;
		return false;
	}
	(void)sqlite3_set_authorizer(s->db, may_do, h);
	sqlite3_progress_handler(s->db, 100000, is_too_long, h);
	*ret = STEAL(h);
	return true;
}

bool
handover_answers(const char *path)
{
	return session_is_there(path);
}

int
handover_fd(const struct handover *h)
{
	return h != NULL ? h->fd : -1;
}

static void
forget_statements(struct handover *h)
{
	for (size_t i = 0; i < h->ncached; i++) {
		sqlite3_finalize(h->cached[i].stmt);
		free(h->cached[i].sql);
	}
	h->ncached = 0;
}

void
handover_close(struct handover *h)
{
	if (h == NULL)
		return;
	forget_statements(h);
	if (h->fd >= 0) {
		/* First the name: who connects from now on finds no service, and writes itself. */
		(void)unlink(h->socket);
		close(h->fd);
		h->s->serving = false;
		(void)sqlite3_set_authorizer(h->s->db, NULL, NULL);
		sqlite3_progress_handler(h->s->db, 0, NULL, NULL);
	}
	buf_fini(&h->in);
	buf_fini(&h->out);
	free(h->socket);
	free(h);
}

/* One transaction ------------------------------------------------------------------------------------------------ */

struct dialogue {
	struct handover *h;
	int fd;
	int64_t end_ns;
	bool over;
};

static bool
is_trusted(int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	       (who.uid == geteuid() || who.uid == 0);
}

static void
answer_done(struct dialogue *d, uint64_t ncolumn, uint64_t nrow, struct sv rows)
{
	struct buf *b = &d->h->out;

	wire_begin(b, WIRE_DONE);
	wire_u64(b, (uint64_t)sqlite3_last_insert_rowid(d->h->s->db));
	wire_u64(b, (uint64_t)sqlite3_changes64(d->h->s->db));
	wire_u64(b, ncolumn);
	wire_u64(b, nrow);
	buf_add(b, rows);
}

/* After it nothing more is taken: what was done so far is rolled back. */
static bool
answer_failed(struct dialogue *d, const struct err *err)
{
	struct buf *b = &d->h->out;

	wire_begin(b, WIRE_FAILED);
	wire_u64(b, (uint64_t)err->code);
	wire_text(b, sv_of(err->msg));
	wire_text(b, sv_of(err->hint));
	d->over = true;
	return false;
}

static bool
begin(struct dialogue *d, struct wire_reader *r)
{
	struct store *s = d->h->s;
	uint64_t version = wire_read_u64(r), migrations_known = wire_read_u64(r);
	struct err err = {0};

	if (r->bad || version != WIRE_VERSION || migrations_known != migration_count) {
		err_set(&err, ERR_STORE, NOWHERE,
		        "the service that works with '%s' is another version of weir", s->path);
		err_hint(&err, "Start the service anew with this version, or use the service's.");
		return answer_failed(d, &err);
	}
	if (s->in_transaction) {
		err_set(&err, ERR_STORE, NOWHERE, "a transaction has begun already");
		return answer_failed(d, &err);
	}
	if (!store_begin(s, &err))
		return answer_failed(d, &err);
	d->h->touched = (struct touched){.event_seq = INT64_MAX, .verdict_seq = INT64_MAX};
	(void)sqlite3_update_hook(s->db, note_touch, &d->h->touched);
	answer_done(d, 0, 0, (struct sv){0});
	return true;
}

/* Texts are the same again and again within a transaction, and from one to the next. */
static sqlite3_stmt *
prepared(struct handover *h, struct sv sql)
{
	sqlite3_stmt *stmt = NULL;

	for (size_t i = 0; i < h->ncached; i++)
		if (sv_is(sql, h->cached[i].sql))
			return h->cached[i].stmt;
	if (h->ncached == CACHED_MAX)
		forget_statements(h);
	if (sqlite3_prepare_v3(h->s->db, sql.p, (int)MIN(sql.n, (size_t)INT32_MAX), SQLITE_PREPARE_PERSISTENT,
	                       &stmt, NULL) != SQLITE_OK ||
	    stmt == NULL)
		return NULL;
	h->cached[h->ncached].sql = xcalloc(1, sql.n + 1);
	memcpy(h->cached[h->ncached].sql, sql.p, sql.n);
	h->cached[h->ncached++].stmt = stmt;
	return stmt;
}

static int
bind_value(sqlite3_stmt *stmt, int i, const struct wire_value *v)
{
	switch (v->type) {
	case WIRE_NULL:
		return sqlite3_bind_null(stmt, i);
	case WIRE_I64:
		return sqlite3_bind_int64(stmt, i, v->i);
	case WIRE_REAL:
		return sqlite3_bind_double(stmt, i, v->r);
	case WIRE_TEXT:
		break;
	}
	return sqlite3_bind_text64(stmt, i, v->text.p != NULL ? v->text.p : "", v->text.n, SQLITE_STATIC,
	                           SQLITE_UTF8);
}

static struct wire_value
column_value(sqlite3_stmt *stmt, int i)
{
	const void *p;

	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_NULL:
		return (struct wire_value){.type = WIRE_NULL};
	case SQLITE_INTEGER:
		return (struct wire_value){.type = WIRE_I64, .i = sqlite3_column_int64(stmt, i)};
	case SQLITE_FLOAT:
		return (struct wire_value){.type = WIRE_REAL, .r = sqlite3_column_double(stmt, i)};
	default:
		p = sqlite3_column_text(stmt, i);
		return (struct wire_value){.type = WIRE_TEXT,
		                           .text = {p, (size_t)sqlite3_column_bytes(stmt, i)}};
	}
}

static bool
run_statement(struct dialogue *d, sqlite3_stmt *stmt, struct wire_reader *r, struct buf *rows, uint64_t *nrow,
              struct err *err)
{
	struct store *s = d->h->s;
	uint64_t n = wire_read_u64(r);
	int rc = SQLITE_OK;

	if (n != (uint64_t)sqlite3_bind_parameter_count(stmt))
		return err_set(err, ERR_STORE, NOWHERE, "a statement came with %ju values", (uintmax_t)n);
	for (uint64_t i = 0; i < n && rc == SQLITE_OK; i++) {
		struct wire_value v = wire_read_value(r);

		rc = bind_value(stmt, (int)i + 1, &v);
	}
	if (r->bad)
		return err_set(err, ERR_STORE, NOWHERE, "what came over the socket makes no sense");
	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			struct wire_value v = column_value(stmt, i);

			wire_value(rows, &v);
		}
		++*nrow;
		rc = SQLITE_OK;
	}
	return rc == SQLITE_DONE ? buf_check(rows, "what the service was asked for", err)
	                         : db_fail(s, "carry out what a command handed over", err);
}

static bool
query(struct dialogue *d, struct wire_reader *r)
{
	struct store *s = d->h->s;
	struct sv sql = wire_read_text(r);
	sqlite3_stmt *stmt = r->bad ? NULL : prepared(d->h, sql);
	AUTO(buf) rows = buf_new(WIRE_FRAME_MAX / 2);
	struct err err = {0};
	uint64_t nrow = 0;
	bool ok;

	if (stmt == NULL) {
		db_fail(s, "prepare what a command handed over", &err);
		return answer_failed(d, &err);
	}
	ok = run_statement(d, stmt, r, rows, &nrow, &err);
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	/* A statement could have ended the transaction: then there is nothing left to answer for. */
	if (ok && sqlite3_get_autocommit(s->db) != 0)
		ok = err_set(&err, ERR_STORE, NOWHERE, "the transaction ended too early");
	if (!ok)
		return answer_failed(d, &err);
	answer_done(d, (uint64_t)sqlite3_column_count(stmt), nrow, buf_sv(rows));
	return true;
}

static bool
exec(struct dialogue *d, struct wire_reader *r)
{
	struct sv sql = wire_read_text(r);
	char *text = xcalloc(1, sql.n + 1);
	struct err err = {0};
	bool ok;

	if (sql.n > 0)
		memcpy(text, sql.p, sql.n);
	ok = db_exec(d->h->s, text, "carry out what a command handed over", &err) &&
	     (sqlite3_get_autocommit(d->h->s->db) == 0 ||
	      err_set(&err, ERR_STORE, NOWHERE, "the transaction ended too early"));
	free(text);
	if (!ok)
		return answer_failed(d, &err);
	answer_done(d, 0, 0, (struct sv){0});
	return true;
}

static void tell_changes(struct handover *h);

/*
 * Who has the answer asks on at once, elsewhere: nothing may be answered then that was made from what was before.  So the changes are told
 * first.
 */
static void
commit(struct dialogue *d)
{
	struct handover *h = d->h;
	struct err err = {0};

	d->over = true;
	(void)sqlite3_update_hook(h->s->db, NULL, NULL);
	if (!store_commit(h->s, &err)) {
		(void)answer_failed(d, &err);
		return;
	}
	tell_changes(h);
	answer_done(d, 0, 0, (struct sv){0});
}

/* Carries out what is in h->in; the answer is in h->out. */
static void
carry_out(struct dialogue *d)
{
	struct store *s = d->h->s;
	struct wire_reader r;
	struct err err = {0};
	enum wire_op op = wire_open(&r, &d->h->in);

	if (op == WIRE_BEGIN)
		(void)begin(d, &r);
	else if (s->in_transaction && (op == WIRE_QUERY || op == WIRE_EXEC)) {
		d->h->strict = true;
		(void)(op == WIRE_QUERY ? query(d, &r) : exec(d, &r));
		d->h->strict = false;
	} else if (s->in_transaction && op == WIRE_COMMIT)
		commit(d);
	else {
		err_set(&err, ERR_STORE, NOWHERE, "what came over the socket makes no sense");
		(void)answer_failed(d, &err);
	}
}

static void
converse(struct dialogue *d)
{
	struct handover *h = d->h;
	struct err err = {0};
	bool end = false;

	while (!d->over) {
		int64_t until_ns = MIN(clock_mono_ns() + IDLE_NS, d->end_ns);

		if (!wire_receive(d->fd, &h->in, until_ns, &end, &err)) {
			log_warn("a transaction of a command was rolled back: %s", err.msg);
			return;
		}
		if (end)
			return;
		carry_out(d);
		if (!wire_send(d->fd, &h->out, MAX(d->end_ns, clock_mono_ns() + IDLE_NS), &err)) {
			log_warn("a command did not take its answer: %s", err.msg);
			return;
		}
	}
}

static bool
find_assets(struct handover *h, struct arena *a, struct handover_change *ret, struct err *err)
{
	static const char sql[] = "SELECT DISTINCT asset FROM event WHERE env = :env AND seq >= ?2"
				  " UNION SELECT DISTINCT asset FROM verdict WHERE env = :env AND seq >= ?3";
	AUTO_QUERY q = {0};
	LIST(struct sv) list = {0};
	enum step step;

	if (!query_begin(h->s, &q, sql, "read what was changed", err))
		return false;
	query_i64(&q, h->touched.event_seq);
	query_i64(&q, h->touched.verdict_seq);
	while ((step = query_step(&q, err)) == STEP_ROW)
		*LIST_ADD(a, &list) = column_text(&q, a, 0);
	ret->asset = list.v;
	ret->n = list.n;
	return step == STEP_DONE;
}

static void
tell_changes(struct handover *h)
{
	const struct touched *t = &h->touched;
	struct handover_change c = {.all = t->all, .outbox = t->outbox};
	AUTO(arena) a = arena_new();
	struct err err = {0};

	if (!c.all && (t->event_seq != INT64_MAX || t->verdict_seq != INT64_MAX) &&
	    !find_assets(h, a, &c, &err)) {
		log_warn("all assets are looked at again: %s", err.msg);
		c.all = true;
	}
	if (c.all || c.outbox || c.n > 0)
		h->changed(h->ctx, &c);
}

void
handover_ready(struct handover *h)
{
	AUTO_FD fd = accept4(h->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct dialogue d = {.h = h, .fd = fd, .end_ns = clock_mono_ns() + TOTAL_NS};
	int64_t took_ns;

	assert(!h->s->in_transaction);
	if (fd < 0 || !is_trusted(fd))
		return;
	h->touched = (struct touched){.event_seq = INT64_MAX, .verdict_seq = INT64_MAX};
	h->end_ns = d.end_ns;
	converse(&d);
	took_ns = clock_mono_ns() - (d.end_ns - TOTAL_NS);
	if (took_ns > LONG_NS)
		log_warn("a command held the state for %.1f s: the service did nothing else meanwhile",
		         (double)took_ns / 1e9);
	(void)sqlite3_update_hook(h->s->db, NULL, NULL);
	if (h->s->in_transaction)
		store_rollback(h->s);
}
