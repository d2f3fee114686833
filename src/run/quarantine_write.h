/* How failing rows are written: a row of a table for each form. */
#ifndef WEIR_RUN_QUARANTINE_WRITE_H
#define WEIR_RUN_QUARANTINE_WRITE_H

#include "base/fs_new.h"
#include "run/quarantine.h"

/* What stands beside the values of a row. */
enum aside {
	ASIDE_ROW,
	ASIDE_FILE,
	ASIDE_CHECKS,
	ASIDE_RUN,
	ASIDE_ASSET,
	ASIDE_PARTITION,
	ASIDE_TIME,
	ASIDES
};
extern const char *const aside_names[ASIDES];

struct quarantine_place {
	const char *path;
	struct sv table;
	struct loc loc;
	struct sv shown; /* as reports name it */
	const struct column *const *col;
	uint32_t ncol;
	const char *prefix; /* of the names in aside_names, such that none is a column's */
	struct sv run_id, asset, partition;
	int64_t at_us;
};

struct quarantine_row {
	int64_t row;
	struct sv file; /* empty: not of files */
	const struct sv *check;
	uint32_t ncheck;
	const struct failing_cell *cell; /* of the place's columns */
};

struct quarantine_writer {
	const struct quarantine_form *form; /* first member of every form's own struct */
};

struct quarantine_form {
	const char *ending; /* of the path; NULL: it has a table */
	bool appends;       /* what is there stays; else it is replaced, also by no rows */
	/* The place outlives the writer. */
	bool (*open)(const struct quarantine_place *p, struct quarantine_writer **ret, struct err *err);
	bool (*row)(struct quarantine_writer *w, const struct quarantine_row *r, struct err *err);
	bool (*commit)(struct quarantine_writer *w, struct err *err);
	void (*free)(struct quarantine_writer *w); /* what was not committed is gone */
};
extern const struct quarantine_form quarantine_csv, quarantine_jsonl, quarantine_sqlite;

/* A value as text, as CSV shows it: the source's own where it is known; JSON of lists and objects. */
void quarantine_text(const struct failing_cell *c, struct buf *b);
/* A number as JSON has it, so that its digits can stand as they were written. */
bool quarantine_is_number(struct sv s);

#endif
