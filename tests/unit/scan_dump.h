/* For the tests of readers: a dataset out of a text, and all its rows as text again. */
#ifndef WEIR_TESTS_SCAN_DUMP_H
#define WEIR_TESTS_SCAN_DUMP_H

#include "base/pool.h"
#include "scan/morsel.h"

struct dump {
	bool ok;
	struct err err;
	struct sv schema; /* "name type, name type" */
	struct sv rows; /* "part.row: cell|cell" a line; null is ~, what does not fit is !text, text in '' */
	int64_t nrows, malformed;
	struct sv malformed_at; /* "part.row " for each, in order: the row that comes next */
};

/* The temporary folder. */
const char *dump_folder(void);
/* Writes the text to a file in a temporary folder; the path is in the arena.  The suffix is that of the name. */
const char *dump_file(struct arena *a, const char *name, struct sv text);
/* Lists a path as a dataset of a format. */
struct dataset dump_dataset(struct arena *a, const char *format, const char *path);
/* Declares all of its columns as texts. */
void dump_texts(struct arena *a, struct dataset *d);
/* Scans it with `threads` threads and morsels of some bytes (0 = default), for all columns in the given need. */
struct dump dump_scan(struct arena *a, const struct dataset *d, unsigned threads, size_t morsel_bytes,
                      unsigned need);
/* Removes the temporary folder; call it last. */
void dump_clean(void);

#endif
