/* `--source PATH --suite FILE`: one file or table against a suite, without a project. */
#ifndef WEIR_CMD_SOURCE_SUITE_H
#define WEIR_CMD_SOURCE_SUITE_H

#include "cmd/workspace.h"

#define SOURCE_OPTIONS                                                                                          \
	{"source", 0, OPT_TEXT, "PATH|URL", NULL, "Checks one file or table, without a project."},              \
		{"table", 0, OPT_TEXT, "NAME", NULL, "The table of a --source that is a database."},            \
		{"query", 0,    OPT_TEXT,                                                                       \
	         "SQL",   NULL, "A query on a --source that is a database, instead of a table."},               \
		{"suite",                                                                                       \
	         0,                                                                                             \
	         OPT_TEXT,                                                                                      \
	         "FILE",                                                                                        \
	         NULL,                                                                                          \
	         "The suite for --source: weir's own (YAML with `checks:`), or another tool's file that `weir " \
	         "import` knows."},                                                                             \
		{"suite-kind",                                                                                  \
	         0,                                                                                             \
	         OPT_TEXT,                                                                                      \
	         "KIND",                                                                                        \
	         NULL,                                                                                          \
	         "weir, or an importer that `weir explain` lists; default: by the file's content."},            \
	{                                                                                                       \
		"suite-table", 0, OPT_TEXT, "NAME", NULL,                                                       \
			"Whose checks are meant, where the file has some for several."                          \
	}

struct source_suite {
	struct dataset data;
	struct suite suite; /* its checks with the implicit ones */
};

/* Do these options go together?  False: it was said, and *status is set. */
MUST_CHECK bool source_options(struct options *o, int *status);
/* Reads the suite and finds the data; likewise. */
MUST_CHECK bool source_suite(struct options *o, const struct opened *w, struct source_suite *ret,
                             int *status);

#endif
