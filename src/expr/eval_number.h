/* The arithmetic behind expr_eval: all return false where a row's value cannot be computed (overflow, no numbers). */
#ifndef WEIR_EXPR_EVAL_NUMBER_H
#define WEIR_EXPR_EVAL_NUMBER_H

#include "expr/expr_eval.h"

MUST_CHECK bool number_arith(const struct expr *e, struct value a, struct value b,
                             struct value *ret); /* + - * */
MUST_CHECK bool number_div(struct value a, struct value b, struct value *ret);
MUST_CHECK bool number_mod(struct value a, struct value b, struct value *ret);
MUST_CHECK bool number_sign(enum expr_op op, struct value v, struct value *ret); /* -x, abs(x) */
MUST_CHECK bool number_round(const struct expr *e, struct value v, int64_t digits, struct value *ret);

#endif
