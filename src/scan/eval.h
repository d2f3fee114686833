/*
 * Inside the vectorised evaluator: each distinct expression is computed once a batch, into a slot of its own whose memory
 * is kept from batch to batch.
 *
 * Every operator works through expr_eval_op(), a row at a time; the fast paths of eval_*.c are additions, and what they
 * compute is defined by it.
 */
#ifndef WEIR_SCAN_EVAL_H
#define WEIR_SCAN_EVAL_H

#include "expr/expr_eval.h"
#include "scan/pass.h"

#define EVAL_WORDS BITMAP_WORDS(VECTOR_ROWS)

struct in_set;
struct eval_table;

/* Where an expression's vector lies.  Buffers are made when first needed. */
struct eval_slot {
	const struct expr *e;
	uint64_t batch; /* v is of this batch */
	bool constant;  /* v holds the literal already, for all rows that there can be */
	struct vector v;
	uint64_t *valid, *error, *bits;
	void *data;
	size_t data_size;
	struct in_set *set; /* of OP_IN */
	/* The one column that it is of; meant once known, NULL if there are several or none. */
	const struct column *only;
	bool only_known;
	struct eval_table *table; /* by entry of that column's dictionary */
};

struct eval {
	const struct batch *b;
	uint64_t batch;          /* its number; slots of other numbers are old */
	struct eval_slot **slot; /* by expression id */
	uint32_t nslot;
	struct arena *keep; /* what lives as long as the evaluator */
	struct arena *a;    /* what lives as long as the batch: texts that are made */
	struct regex_scratch *scratch;
	const struct metric_value *values; /* of earlier stages, by metric id; NULL = none */
	uint64_t all[EVAL_WORDS];          /* the batch's rows */
	struct value *row;                 /* [VECTOR_ROWS]: results before they are packed */
	struct eval *entries;              /* evaluates over the entries of dictionaries */
};

/* The expression's slot, made when it is first asked for. */
struct eval_slot *eval_slot_of(struct eval *e, const struct expr *x);

/*
 * eval_dict.c: a column that is coded by a dictionary.  The result of an expression of that column alone is computed for each entry once, and
 * gathered; everything else sees the column's plain values.
 */
const struct vector *eval_plain(struct eval *e, const struct expr *x, const struct vector *v);
/* False if there is no such column, or it is not worth it: nothing was done. */
bool eval_by_entry(struct eval *e, const struct expr *x, struct eval_slot *s);
/* The results of a condition over all entries: which there are.  False if they cannot be told. */
struct entries_truth {
	bool yes, no, null, error;         /* among entries */
	bool null_yes, null_no, null_null; /* what null gives; none of them: an error */
};
bool eval_entries(struct eval *e, const struct expr *x, const struct vector *dict, uint64_t dictionaries,
                  struct entries_truth *ret);
/* Values of some entries, for as long as the evaluator's tables stand. */
struct entries_values {
	struct vector v;
	uint64_t valid[EVAL_WORDS], bits[EVAL_WORDS];
};
/* Can what an expression of one column comes to be had by entry, and is none of it an error? */
bool eval_entries_usable(struct eval *e, const struct expr *x, const struct vector *dict,
                         uint64_t dictionaries);
/* Then: entries from `from` on (a multiple of VECTOR_ROWS), as many as a vector takes; or, from the dictionary's end on, what null comes to. */
void eval_entries_values(struct eval *e, const struct expr *x, const struct vector *dict,
                         uint64_t dictionaries, uint32_t from, struct entries_values *ret);
const struct column *eval_only_column(struct eval *e, const struct expr *x);
void eval_table_free(struct eval_table *t);

/* The vector of an operand that was evaluated, NULL if it is a constant. */
const struct vector *eval_arg(struct eval *e, const struct expr *x);
/* Is it a literal or the value of a metric?  *error: a metric without a value. */
bool eval_constant(const struct eval *e, const struct expr *x, struct value *ret, bool *error);
/* Readies s->v for a result in this representation: data is uninitialised, valid empty, error NULL. */
void eval_out(struct eval *e, struct eval_slot *s, enum rep rep, struct type t);
/* The same, all bits of which (valid, error) are set as an operator's that needs all of its operands; either may be NULL. */
void eval_strict(struct eval *e, struct eval_slot *s, enum rep rep, struct type t, const struct vector *a,
                 const struct vector *b);
/* The error bitmap of the result, made empty if there is none yet. */
uint64_t *eval_errors(struct eval *e, struct eval_slot *s);
/* e->row[] as s->v, in the representation of x's type if all values are of it, else REP_VALUE. */
void eval_pack(struct eval *e, struct eval_slot *s, const struct expr *x);

/*
 * A boolean operand as three bitmaps; a value that is no boolean is an error.  The words past those of the batch are not set.
 */
struct truth {
	uint64_t t[EVAL_WORDS], f[EVAL_WORDS], e[EVAL_WORDS];
};
bool eval_is_true(struct value v);
bool eval_is_false(struct value v);
void eval_truth(const struct eval *e, const struct expr *x, const struct vector *v, struct truth *ret);

/*
 * Fast paths.  The operands were evaluated.  False if there is none for these operands: nothing was done.
 */
typedef bool eval_fn(struct eval *e, const struct expr *x, struct eval_slot *s);
eval_fn eval_not, eval_and_or, eval_is_null, eval_compare, eval_in, eval_in_keys, eval_length, eval_match,
	eval_coalesce, eval_case, eval_arith;

#endif
