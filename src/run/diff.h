/*
 * Two tables compared: their columns, numbers of their columns, and their rows, by a key or as a whole.
 *
 * Values are equal if they are the same value, whatever the format they come from: numbers by their exact value (1 = 1.0 = true), times by the
 * moment, texts and bytes by their bytes; null equals null and nothing else.  Where one side only has text (CSV, undeclared), it is read as the
 * other side's type; where a decimal meets a double, it is rounded to the nearest one.
 */
#ifndef WEIR_RUN_DIFF_H
#define WEIR_RUN_DIFF_H

#include "run/run.h"

/* One of the two tables. */
struct diff_input {
	struct sv name;            /* as it was asked for */
	struct sv partition;       /* empty: all there is */
	const struct asset *asset; /* NULL of a bare source */
	struct dataset data;
};

struct diff_request {
	struct diff_input side[2];
	const struct sv *key; /* columns that name a row; none: of the assets, if they have one */
	size_t nkey;
	const struct sv *column, *exclude; /* globs; no column: all */
	size_t ncolumn, nexclude;
	struct sv where; /* rows of both sides that are compared; empty: all */
	double absolute,
		relative; /* numbers that differ by so much, or by that share of the larger one, are equal */
	uint32_t limit;   /* samples of each kind */
	bool strict;      /* types and the order of columns count, too */
};

/* What a column comes to on one side. */
struct diff_numbers {
	int64_t count, nulls,
		misfits;       /* rows with a value, without one, and with one that does not fit the type */
	struct value distinct; /* a number, or null where it is not known; so are the others */
	struct value min, max, sum, mean;
};

enum diff_nullable { DIFF_NULLABLE_UNKNOWN, DIFF_NULLABLE_NO, DIFF_NULLABLE_YES };
extern const char *const diff_nullable_names[3];

/* A value that changed, of a row with a key. */
struct diff_change {
	const struct value *key;
	struct value value[2];
};

struct diff_column {
	struct sv name;
	bool there[2];
	uint32_t at[2];      /* position in the table, from 0; meant where it is there */
	struct type type[2]; /* as it was found */
	struct type read[2]; /* as it was read for being compared */
	enum diff_nullable nullable[2];
	bool key, pii;
	bool foreign; /* no value of one type equals one of the other */
	struct diff_numbers numbers[2];
	int64_t changed; /* rows with the same key and another value here */
	const struct diff_change *sample;
	size_t nsample;
};

/* A row that is on one side only. */
struct diff_row {
	const struct value *value; /* by diff.column; columns of one side only are null */
	int64_t times;             /* how often there is one more of it on its side */
};

struct diff_rows {
	int64_t n;
	const struct diff_row *sample;
	size_t nsample;
};

/* A key that does not name one row. */
struct diff_repeated {
	const struct value *key;
	int64_t times[2];
};

struct diff_side {
	struct sv name, partition, format;
	size_t nparts;
	uint32_t ncolumn; /* of the table, whether they are compared or not */
	int64_t rows;     /* that are compared */
	int64_t malformed;
	struct sv malformed_at; /* where the first of them stands, and what is wrong with it; may be empty */
	int64_t unread; /* rows that could not be compared: a value does not fit its type, or the filter cannot be computed */
	int64_t repeated_keys, repeated_rows; /* keys that several rows have, and those rows */
	struct sv explain;                    /* how it was read, where that is asked for */
};

enum diff_outcome { DIFF_EQUAL, DIFF_DIFFERENT, DIFF_ERROR };
extern const char *const diff_outcome_names[3];

struct diff {
	enum diff_outcome outcome;
	struct diff_side side[2];
	struct diff_column *column; /* in the order of the first, then what only the second has */
	size_t ncolumn;
	const uint32_t *key; /* by index in column; none: rows were compared as a whole */
	size_t nkey;
	size_t only_columns[2], types,
		foreign; /* columns on one side only, of another type, and of types that have no equal values */
	bool moved;      /* columns of both sides stand in another order */
	bool strict;
	struct sv where;
	double absolute, relative;
	int64_t same;             /* rows that are equal on both sides */
	int64_t within;           /* of these: only within the tolerance */
	int64_t changed;          /* rows with the same key and another value */
	struct diff_rows only[2]; /* rows on one side only: gone, and new */
	const struct diff_repeated *repeated;
	size_t nrepeated;
	struct sv explain; /* how rows were compared, where that is asked for */
};

/*
 * Compares.  Samples are of the rows with the smallest hashes of their keys: the same ones whatever the order of rows and the number of threads.
 * Where some rows cannot be compared the rest is told, and the outcome is DIFF_ERROR.
 */
MUST_CHECK bool run_diff(struct workspace *w, const struct diff_request *r, struct diff *ret,
                         struct err *err);

#endif
