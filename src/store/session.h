/* The command's side of a transaction that is handed over to the service (see handover.h): what store_begin and struct query do then. */
#ifndef WEIR_STORE_SESSION_H
#define WEIR_STORE_SESSION_H

#include "store/store.h"
#include "store/wire.h"

struct session;

/* Does a service work with the state at this path? */
bool session_is_there(const char *path);
/* Begins a transaction; *ret is NULL if there is no service. */
MUST_CHECK bool session_begin(const char *path, struct session **ret, struct err *err);
MUST_CHECK bool session_exec(struct session *c, const char *sql, struct err *err);
/* After an error it is not known whether it is stored: the message says so. */
MUST_CHECK bool session_commit(struct session *c, struct err *err);
/* Without a commit before it, nothing is stored. */
void session_close(struct session *c);
/* Of the statement that was carried out last. */
int64_t session_last_rowid(struct session *c);
int64_t session_changes(struct session *c);

/* One use of a statement: values in order, then rows. */
struct remote;
struct remote *remote_new(struct session *c, const char *sql);
void remote_free(struct remote *r);
void remote_bind(struct remote *r, const struct wire_value *v);
/* Sends it and does not wait: that it failed is told by a later call, by the commit at the latest.  It gives no rows. */
MUST_CHECK bool remote_send(struct remote *r, struct err *err);
/* Sends it if that was not done yet; *row: there is one more. */
MUST_CHECK bool remote_step(struct remote *r, bool *row, struct err *err);
/* Of the row: valid until the next step. */
const struct wire_value *remote_value(const struct remote *r, int i);

#endif
