/* What the files of discover share: from single files to assets. */
#ifndef WEIR_RUN_DISCOVER_INTERNAL_H
#define WEIR_RUN_DISCOVER_INTERNAL_H

#include "base/map.h"
#include "run/discover.h"
#include "run/run.h"

/* A file that a reader took. */
struct candidate {
	struct sv path;   /* relative */
	struct sv stem;   /* without the endings that tell format and compression */
	struct sv ending; /* these, with their dot */
	struct sv format;
	char delimiter;
	bool no_header;
	struct sv signature; /* equal for equal formats and columns; empty: its reader refused it */
	struct sv dated;     /* the path with {date:…} for its date; empty if it has none */
	bool taken;          /* by an asset, or never to be */
};

struct discovering {
	struct arena *a;
	const char *dir;
	struct pool *pool;
	struct discovery *out;
	LIST(struct found) found;
	LIST(struct noticed) noticed;
	LIST(struct candidate) file;
	LIST(struct sv) database;
};

/* One word for many of a kind: the first is named, the others counted. */
void discover_notice(struct discovering *d, const char *kind, struct sv path, struct sv what);

/* Opens the file as its reader would; what it refuses is noticed.  discover_look.c */
void discover_file(struct discovering *d, struct sv path, struct sv format, bool tabs, size_t ending);

/* Makes assets of the candidates and of the tables.  discover_group.c */
void discover_group(struct discovering *d);
void discover_table(struct discovering *d, struct sv database, struct sv table);

#endif
