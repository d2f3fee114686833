/* What most commands begin with: the catalog with its checks, the state, the clock and the threads. */
#ifndef WEIR_CMD_WORKSPACE_H
#define WEIR_CMD_WORKSPACE_H

#include "cmd/output.h"
#include "run/run.h"

struct opened {
	struct workspace w;
	struct arena *a;
	struct clock clock;
	struct pool *pool;
	struct progress progress;
	struct report_style style;
	size_t warnings; /* that were told of the catalog */
};

/* --quiet and --verbose. */
void opened_log(const struct options *o);
/* Of the log, by name, in any case; empty leaves it as it is.  ERR_USAGE. */
MUST_CHECK bool opened_log_format(struct sv name, struct err *err);
/* Where the catalog lies, by --directory and --env. */
struct catalog_options opened_catalog_options(struct options *o);
/* Loads the catalog and its checks, and reports every mistake on stderr; false after that (the status is 2). */
MUST_CHECK bool opened_catalog(struct options *o, struct opened *ret);
/* The same where a command can do without a catalog: *found tells whether there is one. */
MUST_CHECK bool opened_catalog_if_any(struct options *o, struct opened *ret, bool *found);
/* Adds state, threads and memory; says nothing itself. */
MUST_CHECK bool opened_state(struct options *o, enum store_mode mode, struct opened *w, struct err *err);
/* The same with a state in memory, from which nothing follows: what is found goes elsewhere. */
MUST_CHECK bool opened_memory(struct options *o, struct opened *w, struct err *err);
/* Both.  *status is set when it fails, and what was wrong has been said. */
MUST_CHECK bool opened_workspace(struct options *o, enum store_mode mode, struct opened *ret, int *status);
/* Without a catalog: `--source`.  State in memory unless --store names one. */
MUST_CHECK bool opened_bare(struct options *o, struct opened *ret, int *status);
void opened_close(struct opened *w);

/* Who asks, for the record: also from cron, where nobody is logged in. */
struct sv user_name(struct arena *a);

/* Writes a report as --format, --output and --report ask, and gives the exit status. */
int opened_report(struct opened *w, struct options *o, struct report *r, bool strict);
/* The same, with an exit status that is known. */
int opened_report_status(struct opened *w, struct options *o, struct report *r, int status);
/* Does --format or a --report ask for that format? */
bool opened_writes(const struct options *o, const char *format);

#endif
