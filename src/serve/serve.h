/* `weir serve`: the service, from its start to its end. */
#ifndef WEIR_SERVE_SERVE_H
#define WEIR_SERVE_SERVE_H

#include "catalog/catalog.h"

struct serve_options {
	struct catalog_options catalog;
	struct sv store;  /* empty = as the catalog says */
	struct sv listen; /* "127.0.0.1:8484", "[::1]:0", "unix:PATH"; empty = as the catalog says */
	const struct clock *clock;
	const char *program; /* path of this binary, for workers */
};

/*
 * Serves until SIGTERM or SIGINT (0), or until it cannot go on.  SIGHUP reloads the catalog: one with mistakes is told and not taken.
 * Says on stderr where it listens.
 */
MUST_CHECK bool serve_run(const struct serve_options *o, struct err *err);

#endif
