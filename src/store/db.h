/*
 * What the files of the store share: the handle, statements that are prepared once, transactions.
 *
 * Each SQL text is a static constant and known by its address.  `:env`, where it occurs, is the first
 * parameter and bound here, so that no query can forget the environment; the others are bound in order.
 */
#ifndef WEIR_STORE_DB_H
#define WEIR_STORE_DB_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "store/lock.h"
#include "store/session.h"
#include "store/store.h"

enum { STATEMENTS_MAX = 192 };

struct store {
	struct arena *a; /* path, env */
	sqlite3 *db;
	sqlite3_stmt *rollback;
	const char *path; /* ":memory:" for that */
	enum store_mode mode;
	struct sv env;
	const struct clock *clock;
	struct lock *lock;           /* NULL in memory and for readers */
	struct stat file;            /* of a writer's database: which one was opened */
	bool on_file;                /* not in memory, and opened for writing */
	bool handed;                 /* a service writes: this connection only reads */
	bool serving;                /* this is the service's */
	struct session *session;     /* the transaction is handed over to the service */
	bool in_transaction, failed; /* failed: a write in it did, so it must not be committed */
	bool reading;                /* between store_reads_begin and _end */
	bool trouble;                /* the last transaction could not be stored */
	int wal_pages;               /* after the last commit */
	char id[32];                 /* the last one made */
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} statement[STATEMENTS_MAX];
	size_t nstatement;
};

/* ERR_STORE with SQLite's last message: "cannot WHAT: disk I/O error ('/path')", and a hint. */
bool db_fail(const struct store *s, const char *what, struct err *err);
/* Statements without parameters and rows. */
MUST_CHECK bool db_exec(struct store *s, const char *sql, const char *what, struct err *err);
MUST_CHECK bool db_pragma_int(struct store *s, const char *sql, int *ret, struct err *err);

/* Of the last statement of a transaction. */
int64_t db_last_rowid(const struct store *s);
int64_t db_changes(const struct store *s);
/* A store that was opened beside a service, when that is gone: opens it for writing. */
MUST_CHECK bool store_open_anew(struct store *s, struct err *err);

/* Nothing is kept: it was asked for, or a reader found no file. */
bool db_is_in_memory(const struct store *s);

/* One use of a statement; it must end, as an open one keeps the WAL from being reset. */
struct query {
	struct store *s;
	sqlite3_stmt *stmt;
	const char *what; /* behind "cannot" */
	int next;         /* parameter */
	int rc;
	struct remote *remote; /* carried out by the service: stmt only tells of its parameters */
};
#define AUTO_QUERY __attribute__((cleanup(query_end))) struct query
MUST_CHECK bool query_begin(struct store *s, struct query *q, const char *sql, const char *what,
                            struct err *err);
void query_end(struct query *q);

/* Bound texts must live until the query ends. */
void query_text(struct query *q, struct sv v);
void query_i64(struct query *q, int64_t v);
void query_limit(struct query *q, size_t max);  /* for LIMIT; SIZE_MAX is all */
void query_time(struct query *q, int64_t t_us); /* TIME_NONE is null */
void query_real(struct query *q, double v);     /* NaN is null, as SQLite has none */

enum step { STEP_ROW, STEP_DONE, STEP_ERROR };
enum step query_step(struct query *q, struct err *err);
/* To its end, without rows. */
MUST_CHECK bool query_run(struct query *q, struct err *err);
/*
 * The same for what is written in great numbers: where a service carries it out its answer is not waited for, and a failure is told by a
 * later statement or by the commit.
 */
MUST_CHECK bool query_send(struct query *q, struct err *err);

struct sv column_text(const struct query *q, struct arena *a, int i);
int64_t column_i64(const struct query *q, int i);
int64_t column_time(const struct query *q, int i);
double column_real(const struct query *q, int i);
/* Index of the text in names[n], or -1: a value that this weir does not know. */
int column_name(const struct query *q, int i, const char *const *names, size_t n);
/* ERR_STORE: a stored value makes no sense. */
bool column_fail(const struct query *q, const char *what, struct err *err);

/* Around every function that writes: opens a transaction unless the caller has one; *own tells. */
MUST_CHECK bool write_begin(struct store *s, bool *own, struct err *err);
/* Passes `ok` on; commits or rolls back if the transaction is our own, else marks the caller's as failed. */
MUST_CHECK bool write_end(struct store *s, bool own, bool ok, struct err *err);

/* A new id in s->id, a ULID behind the prefix, unless the record brings one. */
void make_id(struct store *s, const char *prefix, struct sv *id);

#endif
