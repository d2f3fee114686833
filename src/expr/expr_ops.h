/* The table of operators: for each its name, its place in the language, its arity and its typing rule. */
#ifndef WEIR_EXPR_OPS_H
#define WEIR_EXPR_OPS_H

#include "expr/expr.h"

/* How an operator is written. */
enum op_form {
	FORM_FUNCTION, /* name(a, b) */
	FORM_PREFIX,   /* NOT a, -a */
	FORM_INFIX,    /* a + b */
	FORM_SPECIAL   /* printed and parsed by code of its own */
};

/* How tightly it binds; operands that bind less tightly stand in parentheses. */
enum op_prec {
	PREC_NONE,
	PREC_OR,
	PREC_AND,
	PREC_NOT,
	PREC_COMPARE,
	PREC_CONCAT,
	PREC_ADD,
	PREC_MUL,
	PREC_NEG,
	PREC_CAST,
	PREC_ATOM
};

#define OP_ANY_NUMBER UINT32_MAX

struct op_info {
	const char *name; /* the function's, in lower case, or the symbol */
	enum op_form form;
	enum op_prec prec;
	uint32_t min, max; /* operands */
	const char *args;  /* of functions, for messages: "text, start [, length]" */
	/*
	 * Types the operands arg[0..n), which it may replace (literals adapted, casts inserted).  Returns false with *err and the
	 * operand at fault in *bad.
	 */
	bool (*type)(struct exprs *x, enum expr_op op, const struct expr **arg, uint32_t n, struct type *ret,
	             uint32_t *bad, struct err *err);
};
extern const struct op_info expr_ops[OP_COUNT];

/* OP_NONE if there is no function of that name (case does not matter). */
enum expr_op expr_op_find(struct sv name);
/* Their names, for suggestions. */
const char *const *expr_op_names(struct arena *a, size_t *n);

/* As expr_call; *bad is the operand at fault, or UINT32_MAX. */
const struct expr *expr_make(struct exprs *x, enum expr_op op, const struct expr *const *arg, uint32_t nargs,
                             uint32_t *bad, struct err *err);
/* A literal under a type of the caller's choice (a zone, say). */
const struct expr *expr_literal_as(struct exprs *x, struct value v, struct type t);
/* Takes part in sharing like any other; arg is copied. */
const struct expr *expr_intern(struct exprs *x, const struct expr *e);

/* The literal as it is meant beside an operand of type t (text beside a time, 0.1 beside a decimal); false if it cannot be. */
MUST_CHECK bool expr_adapt(struct type t, struct value v, struct value *ret);
/* The members that can equal a value of type t at all, of its kind where it has one, sorted, each once. */
struct value expr_members(struct arena *a, struct type t, const struct value *set, uint32_t n);
bool expr_is_null(const struct expr *e); /* the literal null */

#endif
