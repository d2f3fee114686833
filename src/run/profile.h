/*
 * What the data of one asset looks like, column by column, from one pass over it; and the checks that this suggests.
 *
 * Plain data, like a report: text, JSON and a first weir.yaml are made from it.
 */
#ifndef WEIR_RUN_PROFILE_H
#define WEIR_RUN_PROFILE_H

#include "run/run.h"

enum {
	PROFILE_DISTINCT_MAX = 1000000, /* counted exactly up to here */
	PROFILE_VALUES_MAX = 50,        /* columns of so few values have them all listed */
	PROFILE_SCALE_MAX = 4,          /* decimals that are looked for */
	PROFILE_QUARTILES = 3
};

struct profile_column {
	struct sv name;
	struct type type;
	bool declared,
		missing; /* as the catalog says; missing: the data has none of that name, nothing else is meant */
	bool pii;        /* its values are not to be shown */
	int64_t valid;          /* rows with a value that fits */
	int64_t nulls, misfits; /* the rest of the rows */
	bool has_distinct;      /* false: its memory did not suffice */
	bool distinct_cut;      /* there are more than `distinct` */
	int64_t distinct;
	bool unique;              /* no two rows have the same value; false also where it is not known */
	struct value min, max;    /* of numbers and times; null where there is none */
	struct value mean, stdev; /* of numbers; stdev of the sample */
	struct value quartile
		[PROFILE_QUARTILES]; /* of numbers, approximately: quartile_error is a share of all ranks */
	double quartile_error;
	int order; /* of numbers and times: 1: none is less than the one before it; -1: none is greater; 0: neither, or not known */
	int scale; /* of doubles: all do with so many decimals; -1: more than PROFILE_SCALE_MAX, or not known */
	struct value length_min, length_max; /* of text, in characters */
	/* All distinct values with their counts, the most frequent first; none if there are more than PROFILE_VALUES_MAX. */
	const struct value *value;
	const int64_t *value_count;
	uint32_t nvalue;
	unsigned shapes; /* bits of enum text_shape (metric/text_shape.h) that all values have */
};

struct profile {
	struct sv key;
	struct sv format; /* "csv" … */
	struct sv table;  /* of a database, or empty */
	bool partitioned; /* the asset is checked in partitions; what is here is of all of them */
	bool allow_empty;
	int64_t at_us;                 /* when it was made */
	size_t nparts;                 /* files */
	int64_t size_bytes, newest_us; /* of files; 0 and TIME_NONE for tables */
	int64_t rows, malformed;
	struct profile_column *column;
	uint32_t ncolumn;
};

/* One pass.  asset NULL for a bare source.  Data that changes meanwhile is read again, then ERR_CHANGED. */
MUST_CHECK bool run_profile(struct workspace *w, const struct dataset *d, const struct asset *asset,
                            const struct partition *p, struct profile *ret, struct err *err);

/* `id`, `order_id`, `orderId`, `ORDER-ID`, `uuid` …: `paid` and `valid` are none. */
bool name_is_id(struct sv name);

/* A check that held when the profile was made, and why it is worth having: YAML of one line (`unique: id`), and one line of words. */
struct suggestion {
	struct sv check, reason;
	bool warning; /* `severity: warning` goes with it */
	int column;   /* index in profile.column, -1 = of the whole */
};
/* A pure function of the profile.  None of them fails on the data that was profiled, and none is true of any data. */
void suggest_checks(struct arena *a, const struct profile *p, struct suggestion **ret, size_t *n);
/* Narrower ones beside these, which are in `first`: true as well, and each a warning only. */
void suggest_more(struct arena *a, const struct profile *p, const struct suggestion *first, size_t nfirst,
                  struct suggestion **ret, size_t *n);

#endif
