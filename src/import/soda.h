/* What Soda's two languages share: metrics with thresholds, and what is missing or valid. */
#ifndef WEIR_IMPORT_SODA_H
#define WEIR_IMPORT_SODA_H

#include "import/import.h"

/* A condition on a number, as it stands in a check (it holds: all is well) or behind `when` (it holds: it is not). */
struct soda_cond {
	bool set, percent;
	bool between, negate; /* [not] between low and high */
	bool open_low, open_high;
	char op[3];          /* without between: < <= > >= = != */
	struct sv low, high; /* as written; low alone of a comparison.  Of times: 1d6h */
	bool time;           /* the bounds are lengths of time */
};

struct soda_levels {
	struct soda_cond pass;       /* or */
	struct soda_cond warn, fail; /* conditions of the bad case */
};

/* A check's text is read piece by piece; each takes what it finds in front, and white space behind it. */
bool soda_take(struct sv *rest, const char *word);    /* a whole word, or a sign */
bool soda_take_name(struct sv *rest, struct sv *ret); /* bare, "quoted" or `quoted` */
/* `> 0`, `between 1 and 9`, `not between (1 and 9]`, `< 1d6h`; all of the rest. */
MUST_CHECK bool soda_cond_parse(struct sv text, struct soda_cond *ret);
/* A condition of the good case as one of the bad, and back. */
void soda_cond_turn(struct soda_cond *c);
/*
 * A condition of the good case beside one of a level becomes the condition of `fail`, so that every check tells both; false if it fails by two
 * conditions, which no check of ours can.
 */
MUST_CHECK bool soda_levels_settle(struct soda_levels *l);
/* The condition under which it is bad, as a threshold of ours: negated if it says what is good. */
struct sv soda_threshold(struct arena *a, const struct soda_cond *c, bool good);
/* Does it hold for no unexpected row and for no other number? */
bool soda_is_zero(const struct soda_cond *c);
/* Puts min, max, strict_min, strict_max for a condition of the good case; false if a range cannot say it. */
MUST_CHECK bool soda_range(struct arena *a, const struct soda_cond *good, struct node *args, struct loc at);
/* A number as a node. */
struct node soda_number(struct arena *a, struct sv text, struct loc at);

/* What is missing, and what of the rest is valid; NULL = not said. */
struct soda_valid {
	const struct node *missing_values, *missing_regex, *missing_format;
	const struct node *valid_values, *valid_format, *valid_regex, *valid_length, *valid_min_length,
		*valid_max_length, *valid_min, *valid_max;
	const struct node *invalid_values, *invalid_format, *invalid_regex;
};
/* From a map; `space` stands between the words of its keys (' ' or '_'), `behind` behind them.  What is there stays where the map says nothing. */
void soda_valid_get(struct importing *im, const struct node *map, char space, const char *behind,
                    struct soda_valid *ret);
/* Takes over what `to` does not say. */
void soda_valid_add(struct soda_valid *to, const struct soda_valid *from);
bool soda_says_missing(const struct soda_valid *v);
bool soda_says_valid(const struct soda_valid *v);
/* Conditions of our expressions: of a row whose value is missing; of a value that is valid (empty: nothing is said). */
struct sv soda_missing_expr(struct arena *a, struct sv column, const struct soda_valid *v);
struct sv soda_valid_expr(struct arena *a, struct sv column, const struct soda_valid *v);

/* Checks: each adds to the item what it means, with its levels. */
void soda_missing(struct import_item *it, struct sv column, const struct soda_valid *v,
                  const struct soda_levels *l);
void soda_invalid(struct import_item *it, struct sv column, const struct soda_valid *v,
                  const struct soda_levels *l);
/* soda4: rows beyond the first are counted; in those of a table, with `whole`, nulls are equal to each other. */
void soda_duplicates(struct import_item *it, const struct sv *column, size_t n, const struct soda_levels *l,
                     bool soda4, bool whole);
/* row_count and everything that is one number of a column; `args` has the column, and grows. */
void soda_number_check(struct import_item *it, const char *expectation, struct node args,
                       const struct soda_levels *l);
void soda_freshness(struct import_item *it, struct sv column, const struct soda_levels *l);

/* For databases.  where: the filters that hold for the check, or empty; the check that is made has none beside it. */
/* A query that returns bad rows: none may be there, or as many as the levels allow. */
void soda_failed_query(struct import_item *it, struct sv query, struct sv where, const struct soda_levels *l);
/* A query that returns one number, and an expression over the rows of the table that is one. */
void soda_query(struct import_item *it, struct sv query, struct sv where, const struct soda_levels *l);
void soda_expression(struct import_item *it, struct sv expression, struct sv where,
                     const struct soda_levels *l);

#endif
