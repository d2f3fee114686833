/*
 * Inside the importers of Deequ and of DQDL, whose engine Deequ is: what its analyzers count, as checks of ours.
 *
 * An assertion is a condition of the good case on one number.  Shares are of all rows that the filter leaves, and a row whose condition is
 * null is none that complies.
 */
#ifndef WEIR_IMPORT_DEEQU_H
#define WEIR_IMPORT_DEEQU_H

#include "import/soda.h"
#include "import/words.h"

struct node deequ_column(struct import_item *it, struct sv column);
struct node deequ_columns(struct import_item *it, const struct sv *column, size_t n);
/* Does it ask for all rows: = 1, >= 1?  An assertion that is not set does. */
bool deequ_asks_all(const struct soda_cond *good);
/* A number of the table or a column; args grows by its bounds. */
void deequ_number(struct import_item *it, const char *expectation, struct node args,
                  const struct soda_cond *good);
/* The last check counts rows that are not fine; how large the share of the others is. */
void deequ_share(struct import_item *it, const struct soda_cond *good);
/* The share of rows for which an expression is true; `total`: it is never null. */
void deequ_rows(struct import_item *it, struct sv expr, bool total, const struct soda_cond *good);
void deequ_complete(struct import_item *it, struct sv column, const struct soda_cond *good);
/* The share of rows whose value, or tuple, occurs once. */
void deequ_unique(struct import_item *it, const struct sv *column, size_t n, const struct soda_cond *good);
/* Of distinct values, or tuples, the share that occurs once; of tuples only all of them can be asked for. */
void deequ_unique_ratio(struct import_item *it, const struct sv *column, size_t n,
                        const struct soda_cond *good);
/* The arguments of unique_count as Deequ counts: null is one of the values. */
void deequ_distinct_count(struct import_item *it, struct sv column, struct node *ret);
/* What each value is, as texts say it: numbers among them stand for numbers, too. */
struct node deequ_set(struct import_item *it, const struct node *value, size_t n);
/* `a ~ 'pattern'`, and not the empty text that Deequ takes for no match; grades what cannot be said. */
struct sv deequ_pattern(struct import_item *it, struct sv column, struct sv pattern);
/* A file's checks have no table: they are of one that is called as the file. */
struct import_asset *deequ_asset(struct importing *im, struct loc at);

/* deequ_code.c: Scala and Python ----------------------------------------------------------------------------------- */

enum deequ_arg_kind {
	DEEQU_OTHER, /* no constant: text is what is written there, why what is wrong with it */
	DEEQU_NONE,
	DEEQU_TEXT,
	DEEQU_NUMBER,
	DEEQU_BOOL,
	DEEQU_LIST,
	DEEQU_NAME, /* of a constant: its last part */
	DEEQU_ASSERTION
};

struct deequ_arg {
	enum deequ_arg_kind kind;
	struct sv name; /* of a named one */
	struct sv text;
	struct deequ_arg *item; /* DEEQU_LIST: item[n] */
	size_t n;
	struct soda_cond good; /* DEEQU_ASSERTION */
	const char *why;
	bool used;
};

/* deequ_arg.c: the argument that begins at *i, up to what follows it. */
struct deequ_arg deequ_arg_read(struct arena *a, const struct words *w, size_t *i);
/* Those between ( and ), from behind the first to behind the last. */
struct deequ_arg *deequ_args_read(struct arena *a, const struct words *w, size_t *i, size_t *n);

extern const struct word_rules deequ_words;
bool deequ_is_code(struct sv text);
/* Each constraint in it; `from` is what is looked at with it, or NULL. */
void deequ_code_read(struct importing *im, struct import_asset *asset, const struct word_source *s,
                     const struct node *from, struct sv description);

/* deequ_check.c: one constraint ------------------------------------------------------------------------------------ */

bool deequ_known(struct sv constraint);
const char *deequ_near(struct sv constraint); /* the name that is meant, or NULL */
void deequ_check(struct import_item *it, struct sv constraint, struct deequ_arg *arg, size_t n);

/* deequ_histogram.c: a function of a histogram, as it is written: `_("open").ratio > 0.5`. */
void deequ_histogram(struct import_item *it, struct sv column, struct sv function);

/* deequ_anomaly.c: the arguments of addAnomalyCheck, from the i-th word on. */
void deequ_anomaly(struct import_item *it, const struct words *w, size_t i);

#endif
