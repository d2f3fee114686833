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
	DQDL_PAST   /* factor * average(last(10)) + more */
};

struct dqdl_operand {
	enum dqdl_operand_kind kind;
	struct sv text; /* of numbers and texts; DQDL_PAST: `average(10)` */
	struct sv amount, unit;
	bool before;
	struct sv factor, more; /* or empty */
	bool loose;             /* see struct word */
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
/* dqdl_values.c: ColumnValues, ColumnLength, DataFreshness. */
void dqdl_values(struct import_item *it, const struct dqdl_rule *rule);
void dqdl_length(struct import_item *it, const struct dqdl_rule *rule);
void dqdl_freshness(struct import_item *it, const struct dqdl_rule *rule);

#endif
