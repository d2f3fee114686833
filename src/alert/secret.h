/*
 * Secrets: values that the catalog only names, {env: NAME} or {file: PATH}.  They are read when they are used, and live no longer than
 * the sending of one message; no error, receipt or log holds one.
 */
#ifndef WEIR_ALERT_SECRET_H
#define WEIR_ALERT_SECRET_H

#include "catalog/load.h"

/* Rows for a field's `table`: `env` and `file`. */
extern const struct table secret_table;

/* Adds a mistake unless the node is a secret or, where `text_ok`, text.  `what` begins the message: "'url'". */
void secret_check(struct loader *l, const struct node *n, const char *what, bool text_ok);
/*
 * The value of a secret, or of plain text as it stands.  A file is read relative to the folder of the file that names it, without the
 * line break at its end, and refused if everybody may read it.  Errors name the variable or file, never the value.
 */
MUST_CHECK bool secret_get(struct arena *a, const struct node *n, struct sv *ret, struct err *err);
/*
 * For a process that uses none of them: takes the variables that the catalog's channels and its heartbeat name out of its environment, so
 * that neither it nor what it starts can give them away.  There must be no other thread.
 */
void secrets_forget(const struct catalog *c);

#endif
