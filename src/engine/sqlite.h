/*
 * What the files of the engine `sqlite` share.
 *
 *	sqlite_db.c      the file, opened for reading only: one snapshot, nothing but SELECT
 *	sqlite_cell.c    from SQLite's storage classes to weir's types
 *	sqlite_stream.c  rows in natural order as batches of vectors
 *	sqlite_func.c    the functions that push-down calls
 *	sqlite_push.c    metrics as one aggregate query, the rest over the stream
 *	sqlite_query.c   queries that are checks
 *	sqlite_sample.c  the second look
 *	sqlite.c         the engine's row, schema, version
 */
#ifndef WEIR_ENGINE_SQLITE_H
#define WEIR_ENGINE_SQLITE_H

#include <sqlite3.h>

#include "engine/engine.h"
#include "scan/pass.h"

static inline UNUSED void
sqlite3_stmt_cleanup(struct sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}

/* An open database.  All its statements see the same data, until it is closed. */
struct sqlite_db {
	sqlite3 *db;
	struct sv path; /* borrowed */
	struct loc loc;
	int64_t deadline_ns; /* on the monotonic clock; 0 = none */
	bool users; /* a statement of the user's is being prepared: weir's own functions are not for it */
	bool utf8;  /* the encoding of texts, by whose bytes SQLite orders them */
};

/* d is left such that closing it is right, also after a failure. */
MUST_CHECK bool sqlite_db_open(struct sqlite_db *d, struct sv path, struct loc loc, int64_t deadline_ns,
                               struct err *err);
void sqlite_db_close(struct sqlite_db *d);
/* All statements end in ERR_TIMEOUT after this; 0 = never. */
void sqlite_db_deadline(struct sqlite_db *d, int64_t deadline_ns);
/* Always false: "cannot WHAT: no such column: x", with the error code that is meant. */
bool sqlite_db_fail(const struct sqlite_db *d, const char *what, struct err *err);
/* Did the last call fail because of what the statement says, and not because of the data or the machine? */
bool sqlite_db_refused(const struct sqlite_db *d);
MUST_CHECK bool sqlite_db_prepare(struct sqlite_db *d, struct sv sql, const char *what,
                                  struct sqlite3_stmt **ret, struct err *err);
/* SQLITE_ROW or not; false only on failure. */
MUST_CHECK bool sqlite_db_step(struct sqlite_db *d, struct sqlite3_stmt *s, const char *what, bool *row,
                               struct err *err);
/*
 * A query that the user wrote: one statement that only reads.  *ret is its text without a semicolon, such that it can stand in
 * parentheses (a newline before the closing one, for a comment may be last); *stmt may be NULL.
 */
MUST_CHECK bool sqlite_db_query(struct sqlite_db *d, struct arena *a, struct sv text, struct sv *ret,
                                struct sqlite3_stmt **stmt, struct err *err);
/* v as sql_raw makes it; its text must outlive the statement. */
MUST_CHECK bool sqlite_bind(struct sqlite3_stmt *s, int i, struct value v);

/* The type of a column by how the table declares it: SQLite's affinities, and the names that people use. */
struct type sqlite_type(struct sv declared, const struct tz *zone);
/* As it is stored; text and blobs are views. */
struct value sqlite_stored(sqlite3_value *v);
struct value sqlite_result(struct sqlite3_stmt *s, int i);
/*
 * A stored value that is not null as a value of the column's type; false if it does not fit.  What the catalog declares is read as
 * from a CSV file: a text fits if its characters spell such a value.  What only the table declares fits as it is stored.
 */
MUST_CHECK bool sqlite_fit(const struct column *c, struct value stored, struct arena *a, struct value *ret);
/* A condition on stored values that all values that fit without being converted meet; NULL: only sqlite_fit knows. */
const char *sqlite_plain(struct type t);

struct sqlite_connection {
	struct connection base;
	struct sqlite_db db;
	const struct dataset *d;
	struct scan_options o;
	struct arena *a; /* as long as the connection */
	struct schema schema;
	struct sv from;    /* "`orders` WHERE (…)": what stands behind FROM */
	const char *rowid; /* the column that orders the table; NULL: there is none */
	int64_t streamed_bytes;
	struct buf explained;
	/* Of the query that runs, for the functions: */
	const struct sql *query;
	bool *failed;          /* by index into query->opaque: a row could not be computed */
	struct arena *scratch; /* emptied after each call */
	struct regex_scratch *regex;
};

MUST_CHECK bool sqlite_functions(struct sqlite_connection *c, struct err *err);

/* Takes rows in natural order; *stop ends it. */
typedef bool sqlite_batch_fn(void *ctx, const struct batch *b, bool *stop, struct err *err);
/* need: by column index, bits of enum need. */
MUST_CHECK bool sqlite_stream(struct sqlite_connection *c, const unsigned *need, sqlite_batch_fn *fn,
                              void *ctx, struct err *err);

/* metric_query_rows; its failure is in the value. */
void sqlite_query_rows(struct sqlite_connection *c, const struct metric *m, struct arena *a,
                       struct metric_value *ret);
bool sqlite_evaluate(struct connection *base, const struct metric *const *m, uint32_t n, struct arena *a,
                     struct metric_value *value, struct err *err);
bool sqlite_sample(struct connection *base, const struct bound *const *b, struct verdict *const *v,
                   uint32_t n, const struct metric_value *value, const struct column *const *key,
                   uint32_t nkey, struct arena *a, struct err *err);
bool sqlite_failing(struct connection *base, const struct failing *f, struct err *err);
/* Marks the columns that an expression uses. */
void sqlite_add_need(void *need, const struct column *c, unsigned bits);

static inline struct sqlite_connection *
sqlite_of(struct connection *c)
{
	return CONTAINER_OF(c, struct sqlite_connection, base);
}

#endif
