#include "store/session.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/migrate.h"

/* The service may have to finish something else first, but then it is quick. */
#define BEGIN_WAIT_NS (INT64_C(30) * 1000000000)
#define WAIT_NS (INT64_C(15) * 1000000000)

/* So few that the service can answer them all before anybody reads. */
enum { PENDING_MAX = 64 };

struct session {
	int fd;
	char *path;
	struct buf out;
	int64_t last_rowid, changes;
	bool gone;      /* the connection is */
	int pending;    /* answers that nobody has waited for yet */
	struct err why; /* the first of them that told of a failure; ERR_NONE = none did */
};

/* -1 if nobody answers there. */
static int
dial(const char *path)
{
	AUTO_FD fd = -1;
	AUTO_FD dir = -1;
	struct sockaddr_un to;
	int folder, ret;

	if (!wire_address(path, &to, &folder, NULL))
		return -1;
	dir = folder;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	ret = fd;
	fd = -1;
	return ret;
}

bool
session_is_there(const char *path)
{
	AUTO_FD fd = dial(path);

	return fd >= 0;
}

static bool
broken(const struct session *c, struct err *err)
{
	if (err != NULL && err->code == ERR_LIMIT)
		return false;
	err_prefix(err, "the service that works with '%s' did not carry this out", c->path);
	return err_hint(err, "Nothing of it was stored. Is the service running well? Its log tells.");
}

static bool
take_answer(struct session *c, struct buf *answer, struct wire_reader *r, int64_t until_ns, struct err *err)
{
	bool end;

	if (!wire_receive(c->fd, answer, until_ns, &end, err)) {
		c->gone = clock_mono_ns() < until_ns;
		return broken(c, err);
	}
	if (end) {
		c->gone = true;
		err_set(err, ERR_STORE, NOWHERE, "it ended the transaction, or ended itself");
		return broken(c, err);
	}
	switch (wire_open(r, answer)) {
	case WIRE_DONE:
		c->last_rowid = (int64_t)wire_read_u64(r);
		c->changes = (int64_t)wire_read_u64(r);
		return true;
	case WIRE_FAILED: {
		uint64_t code = wire_read_u64(r);
		struct sv msg = wire_read_text(r), hint = wire_read_text(r);

		err_set(err, code > 0 && code < ERR_CODE_COUNT ? (enum err_code)code : ERR_STORE, NOWHERE,
		        SV_FMT, SV_ARG(msg));
		return err_hint(err, SV_FMT, SV_ARG(hint));
	}
	default:
		err_set(err, ERR_STORE, NOWHERE, "its answer makes no sense");
		return broken(c, err);
	}
}

/* Takes the answers that are due; after a failure the service has ended the transaction. */
static bool
drain(struct session *c, int64_t until_ns, struct err *err)
{
	struct wire_reader r;
	struct buf answer;

	buf_init(&answer, WIRE_FRAME_MAX);
	for (; c->pending > 0 && c->why.code == ERR_NONE; c->pending--)
		(void)take_answer(c, &answer, &r, until_ns, &c->why);
	buf_fini(&answer);
	if (c->why.code == ERR_NONE)
		return true;
	if (err != NULL)
		*err = c->why;
	return false;
}

/* Sends what is in c->out, and waits for the answer. */
static bool
ask(struct session *c, struct buf *answer, struct wire_reader *r, int64_t wait_ns, struct err *err)
{
	int64_t until_ns = clock_mono_ns() + wait_ns;

	if (!drain(c, until_ns, err))
		return false;
	if (!wire_send(c->fd, &c->out, until_ns, err)) {
		c->gone = clock_mono_ns() < until_ns;
		return broken(c, err);
	}
	return take_answer(c, answer, r, until_ns, err);
}

static bool
ask_plain(struct session *c, int64_t wait_ns, struct err *err)
{
	struct wire_reader r;
	struct buf answer;
	bool ok;

	buf_init(&answer, WIRE_FRAME_MAX);
	ok = ask(c, &answer, &r, wait_ns, err);
	buf_fini(&answer);
	return ok;
}

static inline void
session_cleanup(struct session **c)
{
	session_close(*c);
}

/* *gone: it ended before it said anything. */
static bool
try_begin(const char *path, struct session **ret, bool *gone, struct err *err)
{
	AUTO(session) c = NULL;
	int fd = dial(path);

	*gone = false;
	if (fd < 0)
		return true;
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	c->path = xstrdup(path);
	buf_init(&c->out, WIRE_FRAME_MAX);
	wire_begin(&c->out, WIRE_BEGIN);
	wire_u64(&c->out, WIRE_VERSION);
	wire_u64(&c->out, migration_count);
	if (!ask_plain(c, BEGIN_WAIT_NS, err)) {
		*gone = c->gone;
		return false;
	}
	*ret = STEAL(c);
	return true;
}

bool
session_begin(const char *path, struct session **ret, struct err *err)
{
	enum { TRIES = 3 };
	bool gone = true, ok = false;

	*ret = NULL;
	/* One that stops has done nothing of it: the next one does, or the command itself. */
	for (int i = 0; i < TRIES && gone; i++)
		ok = try_begin(path, ret, &gone, err);
	return ok;
}

bool
session_exec(struct session *c, const char *sql, struct err *err)
{
	wire_begin(&c->out, WIRE_EXEC);
	wire_text(&c->out, sv_of(sql));
	return ask_plain(c, WAIT_NS, err);
}

bool
session_commit(struct session *c, struct err *err)
{
	struct err why = {0};

	wire_begin(&c->out, WIRE_COMMIT);
	if (ask_plain(c, WAIT_NS, &why))
		return true;
	/* It may have ended between the commit and its answer. */
	if (c->gone || why.code == ERR_TIMEOUT)
		err_hint(&why, "It may be stored or not: look at what is there before you repeat it.");
	if (err != NULL)
		*err = why;
	return false;
}

void
session_close(struct session *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	free(c->path);
	buf_fini(&c->out);
	free(c);
}

int64_t
session_last_rowid(struct session *c)
{
	(void)drain(c, clock_mono_ns() + WAIT_NS, NULL);
	return c->last_rowid;
}

int64_t
session_changes(struct session *c)
{
	(void)drain(c, clock_mono_ns() + WAIT_NS, NULL);
	return c->changes;
}

/* Statements --------------------------------------------------------------------------------------------------- */

struct remote {
	struct session *c;
	const char *sql;
	struct buf values, rows;
	uint64_t nvalue, ncolumn, nrow;
	struct wire_reader r;
	struct wire_value *v; /* of the row */
	bool sent;
};

struct remote *
remote_new(struct session *c, const char *sql)
{
	struct remote *r = xcalloc(1, sizeof(*r));

	r->c = c;
	r->sql = sql;
	buf_init(&r->values, WIRE_FRAME_MAX);
	buf_init(&r->rows, WIRE_FRAME_MAX);
	return r;
}

void
remote_free(struct remote *r)
{
	if (r == NULL)
		return;
	buf_fini(&r->values);
	buf_fini(&r->rows);
	free(r->v);
	free(r);
}

void
remote_bind(struct remote *r, const struct wire_value *v)
{
	assert(!r->sent);
	wire_value(&r->values, v);
	r->nvalue++;
}

static bool
write_request(struct remote *r, struct err *err)
{
	struct buf *out = &r->c->out;

	if (!buf_check(&r->values, "what is handed to the service", err))
		return false;
	wire_begin(out, WIRE_QUERY);
	wire_text(out, sv_of(r->sql));
	wire_u64(out, r->nvalue);
	buf_add(out, buf_sv(&r->values));
	return true;
}

bool
remote_send(struct remote *r, struct err *err)
{
	struct session *c = r->c;
	int64_t until_ns = clock_mono_ns() + WAIT_NS;

	if (c->why.code != ERR_NONE || c->pending == PENDING_MAX) {
		if (!drain(c, until_ns, err))
			return false;
	}
	if (!write_request(r, err))
		return false;
	if (!wire_send(c->fd, &c->out, until_ns, err)) {
		/* It may have said why before it hung up. */
		(void)drain(c, until_ns, err);
		return broken(c, err);
	}
	c->pending++;
	r->sent = true;
	return true;
}

static bool
execute(struct remote *r, struct err *err)
{
	if (!write_request(r, err) || !ask(r->c, &r->rows, &r->r, WAIT_NS, err))
		return false;
	r->ncolumn = wire_read_u64(&r->r);
	r->nrow = wire_read_u64(&r->r);
	if (r->r.bad || r->ncolumn > 1000) {
		err_set(err, ERR_STORE, NOWHERE, "its answer makes no sense");
		return broken(r->c, err);
	}
	r->v = xcalloc((size_t)r->ncolumn + 1, sizeof(*r->v));
	r->sent = true;
	return true;
}

bool
remote_step(struct remote *r, bool *row, struct err *err)
{
	if (!r->sent && !execute(r, err))
		return false;
	*row = r->nrow > 0;
	if (!*row)
		return true;
	r->nrow--;
	for (uint64_t i = 0; i < r->ncolumn; i++)
		r->v[i] = wire_read_value(&r->r);
	if (!r->r.bad)
		return true;
	err_set(err, ERR_STORE, NOWHERE, "its answer makes no sense");
	return broken(r->c, err);
}

const struct wire_value *
remote_value(const struct remote *r, int i)
{
	assert(i >= 0 && (uint64_t)i < r->ncolumn);
	return &r->v[i];
}
