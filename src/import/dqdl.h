/* Inside the importer of DQDL: rules as they are written, and what they mean. */
#ifndef WEIR_IMPORT_DQDL_H
#define WEIR_IMPORT_DQDL_H

#include "import/deequ.h"

enum dqdl_operand_kind {
	DQDL_NUMBER,
	DQDL_TEXT,
	DQDL_NULL,
	DQDL_EMPTY,
	DQDL_BLANK, /* WHITESPACES_ONLY */
	DQDL_TIME,  /* now(), and a span before (-) or behind it */
	DQDL_SPAN,  /* 3 days */
	DQDL_PAST   /* 0.8 * average(last(10)): text is `0.8 * average(10)` */
};

struct dqdl_operand {
	enum dqdl_operand_kind kind;
	struct sv text; /* of numbers, texts and the past */
	struct sv amount, unit;
	bool before;
	int level;  /* of the past: 1 is a product, 2 a sum, in parentheses where more is done with it */
	bool loose; /* see struct word */
};

enum dqdl_cond_kind { DQDL_NONE, DQDL_COMPARE, DQDL_BETWEEN, DQDL_IN, DQDL_MATCHES };

struct dqdl_cond {
	enum dqdl_cond_kind kind;
	bool negate; /* not between, not in, not matches */
	char op[3];  /* < <= > >= = != */
	LIST(struct dqdl_operand) v;
};

enum dqdl_join { DQDL_ONE, DQDL_AND, DQDL_OR };

struct dqdl_rule {
	struct loc loc;
	struct sv source;
	enum dqdl_join join; /* or kid[n] */
	struct dqdl_rule *kid;
	size_t n;
	struct sv type;
	LIST(struct sv) param;
	struct dqdl_cond cond, threshold;
	struct sv where;
	struct sv tag; /* `with "format" = "…"`, as written */
	bool labels;
	bool part; /* of a composite */
};

extern const struct word_rules dqdl_words;

struct dqdl_reader {
	struct arena *a;
	struct words w;
	size_t i;
	struct map constant; /* $name -> const struct dqdl_cond *, whose operands are its values */
	const char *why;     /* what is wrong, NULL if nothing */
	int depth;
};
const struct word *dqdl_at(const struct dqdl_reader *r, size_t ahead);
bool dqdl_take(struct dqdl_reader *r, const char *word);
/* One value, or a list of them in [ ]. */
bool dqdl_constant(struct dqdl_reader *r, struct dqdl_cond *ret);
/* A rule of a list; false, and why, if it cannot be read: then the next one begins behind a comma. */
bool dqdl_rule_read(struct dqdl_reader *r, struct dqdl_rule *ret);

/* dqdl_rule.c: a rule that is none of others, as checks; its filter goes to where of the item. */
void dqdl_rule_check(struct import_item *it, const struct dqdl_rule *rule);
bool dqdl_of_rows(const struct dqdl_rule *rule); /* about each row, so that `or` may be asked of each, too */
/* A condition on numbers; false, and a refusal, if it is none. */
bool dqdl_good(struct import_item *it, const struct dqdl_cond *cond, struct soda_cond *ret);
/* dqdl_past.c: a number of an expectation against its past, where a bound asks for it. */
bool dqdl_is_past(const struct dqdl_cond *cond);
void dqdl_past(struct import_item *it, const struct dqdl_cond *cond, const char *expectation,
               const struct node *args);
/* dqdl_other.c: two sets of data, and files. */
void dqdl_reference(struct import_item *it, const struct dqdl_rule *rule);
void dqdl_same_rows(struct import_item *it, const struct dqdl_rule *rule);
void dqdl_same_data(struct import_item *it, const struct dqdl_rule *rule);
void dqdl_file_age(struct import_item *it, const struct dqdl_rule *rule);
/* dqdl_values.c: ColumnValues, ColumnLength, DataFreshness. */
void dqdl_values(struct import_item *it, const struct dqdl_rule *rule);
void dqdl_length(struct import_item *it, const struct dqdl_rule *rule);
void dqdl_freshness(struct import_item *it, const struct dqdl_rule *rule);

#endif
