/*
 * Typed expressions over the columns of a row.
 *
 * An expression is an immutable tree, hash-consed in its pool: equal trees are the same pointer, and that is how equal
 * work is found and shared.  Logic has SQL's three values, and beside them *error*: a row whose value cannot be
 * computed (a value that does not fit its column's type, text compared with a number in a variant column, integer
 * overflow).  Error wins over null and over false/true except where the other operand decides (false AND error = false,
 * true OR error = true).  Division by zero is null, as in SQLite.  Comparison with null is null.
 */
#ifndef WEIR_EXPR_EXPR_H
#define WEIR_EXPR_EXPR_H

#include "base/diag.h"
#include "expr/schema.h"

enum expr_kind { EXPR_LITERAL, EXPR_COLUMN, EXPR_CALL, EXPR_METRIC };

/* Operators and functions; their names, arities, typing rules and SQL stand in one table (expr_ops.c). */
/* clang-format off: one family a line */
enum expr_op {
	OP_NONE,
	OP_NOT,
	OP_AND,
	OP_OR,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IS_NULL,
	OP_SAME, /* SAME: null-safe equality (IS NOT DISTINCT FROM) */
	OP_IN, /* (x, literal list): equal to a member; null x is null; members of other kinds never match */
	OP_IN_KEYS, /* (x …): the tuple is in `keys` */
	OP_NEG,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD,
	OP_CONCAT,
	OP_LENGTH,
	OP_LOWER,
	OP_UPPER,
	OP_TRIM,
	OP_SUBSTR,
	OP_MATCH,    /* (text, literal pattern): PCRE2 search, UTF, no JIT; met limits are an error */
	OP_LIKE,     /* (text, literal pattern [, literal escape]): case-sensitive; % _ and \ */
	OP_CONFORMS, /* (x, literal name of a form [, literal argument]): expr/form.h */
	OP_ABS,
	OP_ROUND,
	OP_FLOOR,
	OP_CEIL,
	OP_COALESCE,
	OP_CASE,   /* condition, value, …, [else] */
	OP_CAST,   /* to the node's type; what does not fit is an error */
	OP_TEXT,   /* as str() prints it */
	OP_TYPEOF, /* the name of the value's own type: "integer" */
	OP_YEAR,
	OP_MONTH,
	OP_DAY,
	OP_HOUR,
	OP_MINUTE,
	OP_SECOND,
	OP_WEEKDAY,
	OP_DATE,
	OP_IS_FORMAT, /* (text, literal name of a format [, literal 'soda']); formats that are patterns become OP_MATCH */
	OP_COUNT
};
/* clang-format on */

struct keyset;   /* a set of key tuples of another asset: metric/keyset.h */
struct metric;   /* metric/metric.h */
struct regex;    /* a compiled pattern: expr/regex.h */
struct form_use; /* expr/form.h */

struct expr {
	enum expr_kind kind;
	enum expr_op op;  /* of calls */
	struct type type; /* of the result */
	uint64_t hash;
	uint32_t id; /* dense, from 0, in the order of creation: indexes side tables */
	uint32_t nargs;
	const struct expr *const *arg;
	struct value literal;        /* of EXPR_LITERAL; IN: the list is arg[1]'s */
	const struct column *column; /* of EXPR_COLUMN */
	const struct regex *regex;   /* of OP_MATCH and OP_LIKE: compiled once, shared by threads */
	const struct form_use *form; /* of OP_CONFORMS, likewise */
	const struct keyset *keys;   /* of OP_IN_KEYS; filled before evaluation, identity by keys_id */
	struct sv keys_id;           /* "asset\0column…\0filter": whose keys */
	const struct metric *metric; /* of EXPR_METRIC: the value of a metric of an earlier stage */
};

struct exprs; /* a pool: one thread builds in it, then any number read */
struct exprs *exprs_new(void);
void exprs_free(struct exprs *x);
DEFINE_CLEANUP(exprs, exprs_free)
struct arena *exprs_arena(struct exprs *x);
uint32_t exprs_count(const struct exprs *x);

/*
 * Constructors.  Operands may be NULL (an error passed on): the result is NULL then.  A wrong type gives NULL and *err
 * (ERR_ARG) naming the operand and the types.  Constants are folded.  A text literal beside a temporal operand becomes a
 * time; a literal that cannot become one is an error.
 */
const struct expr *expr_literal(struct exprs *x, struct value v);
const struct expr *expr_column(struct exprs *x, const struct column *c); /* c must outlive the pool */
const struct expr *expr_call(struct exprs *x, enum expr_op op, const struct expr *const *arg, uint32_t nargs,
                             struct err *err);
const struct expr *expr_call1(struct exprs *x, enum expr_op op, const struct expr *a, struct err *err);
const struct expr *expr_call2(struct exprs *x, enum expr_op op, const struct expr *a, const struct expr *b,
                              struct err *err);
const struct expr *expr_cast(struct exprs *x, struct type t, const struct expr *a, struct err *err);
/* NOT (low <= a <= high) with the bounds that are not NULL, strict where asked: the condition of `between`. */
const struct expr *expr_outside(struct exprs *x, const struct expr *a, const struct value *low,
                                bool strict_low, const struct value *high, bool strict_high, struct err *err);
const struct expr *expr_in(struct exprs *x, const struct expr *a, const struct value *set, uint32_t n,
                           struct err *err);
const struct expr *expr_in_keys(struct exprs *x, const struct expr *const *tuple, uint32_t n,
                                struct sv keys_id);
/* Fills the keys of an OP_IN_KEYS node before it is evaluated; they must outlive the evaluation. */
void expr_set_keys(const struct expr *e, const struct keyset *k);
const struct expr *expr_metric(struct exprs *x, const struct metric *m, struct type t);

/*
 * The language (docs/reference/expressions.md): SQL's expressions.  `a >= b AND status IN ('x', 'y z') OR note IS NULL`,
 * identifiers bare, "quoted" or `quoted`; strings in single quotes; = or ==, != or <>; ~ and !~ match a regex; || joins; CASE, CAST(x AS
 * type), x::type, BETWEEN, LIKE, DATE '…', TIMESTAMP '…'; functions as in the table of operators.
 */
struct ast;
/* NULL if there is any mistake; all are added to *d with carets into the text.  `at` is the place of its first byte. */
const struct ast *expr_parse(struct arena *a, struct sv text, struct loc at, struct diags *d);
/* Is a NULL among the members of an IN?  SQL, unlike weir, knows of nothing that it is outside of such a list. */
bool ast_lists_null(const struct ast *ast);
/*
 * Resolves names against a schema and types the tree.  With schema->open, unknown columns have TYPE_ANY and what depends on
 * them is not checked.  NULL on mistakes.
 */
const struct expr *expr_bind(struct exprs *x, const struct ast *ast, const struct schema *schema,
                             struct diags *d);
/*
 * The same with names that stand for something else, before columns are looked for: another column's name, or a value.  A list
 * stands for its members where IN takes constants, and nowhere else.
 */
struct expr_name {
	struct sv name;
	struct sv column;   /* not empty: that column */
	struct value value; /* else this; texts and lists are borrowed */
};
const struct expr *expr_bind_names(struct exprs *x, const struct ast *ast, const struct schema *schema,
                                   const struct expr_name *name, size_t n, struct diags *d);
/* Calls fn for each column name in the tree (duplicates included). */
void ast_columns(const struct ast *ast, void (*fn)(void *ctx, struct sv name, struct loc at), void *ctx);

/* Prints an expression in weir's own language, fully parenthesised where needed: for messages, --explain and hashes. */
void expr_print(const struct expr *e, struct buf *b);

/* How many operands are looked at for each row: patterns, forms and lists of constants are compiled into the node. */
uint32_t expr_operands(const struct expr *e);

/* Is part the tree itself or below it?  False for no tree (NULL). */
bool expr_contains(const struct expr *tree, const struct expr *part);

/* How a column is needed: the reader materializes no more than that. */
enum need {
	NEED_PRESENCE = 1, /* null or not */
	NEED_LENGTH = 2,
	NEED_TEXT = 4, /* its bytes */
	NEED_VALUE = 8 /* parsed */
};
/* Calls fn for each distinct column with the ways it is needed or-ed together. */
void expr_needs(const struct expr *e, void (*fn)(void *ctx, const struct column *c, unsigned need),
                void *ctx);

#endif
