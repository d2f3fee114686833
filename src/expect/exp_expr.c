/* A condition on the row in weir's own expression language. */
#include "expect/family.h"

static const struct param params[] = {
	{.name = "expr",
         .alias = {"expression", "condition"},
         .kind = PARAM_EXPR,
         .required = true,
         .doc = "The condition, in the expression language."},
};

/* Can a row's value be an error though all columns fit their types?  Patterns have limits, arithmetic overflows, casts refuse. */
static bool
may_fail(const struct expr *e)
{
	switch (e->op) {
	case OP_MATCH:
	case OP_LIKE:
	case OP_CONFORMS:
	case OP_NEG:
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
	case OP_MOD:
	case OP_ABS:
	case OP_ROUND:
	case OP_CAST:
		return true;
	default:
		break;
	}
	for (uint32_t i = 0; i < e->nargs; i++)
		if (may_fail(e->arg[i]))
			return true;
	return e->kind == EXPR_COLUMN && !e->column->declared;
}

bool
bind_truth(struct binder *b, const struct check *c, const struct expr *e, struct loc at, struct bound *ret,
           struct err *err)
{
	if (e->type.kind != TYPE_BOOLEAN && e->type.kind != TYPE_ANY && e->type.kind != TYPE_NULL &&
	    e->type.kind != TYPE_VARIANT) {
		char type[TYPE_TEXT_MAX];

		return err_set(err, ERR_ARG, at,
		               "the expression must be true or false, and this one is of type %s",
		               type_text(e->type, type));
	}

	const struct expr *broken = expr_call1(b->x, OP_NOT, e, err);
	if (broken == NULL)
		return false;
	bind_domain_of(b, &e, 1, ret);
	ret->element = bind_rows(b, ret->where);
	ret->nonnull = metric_get(b->m, &metric_count_valid, &e, 1, ret->where, (struct metric_params){0});
	ret->considered = expr_not_null(b, e, err);
	ret->unexpected = bind_count_true(b, c, broken, ret->where);
	ret->misfits_break = !may_fail(e);
	return ret->considered != NULL;
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct arg *text = arg_of(c, "expr");
	const struct expr *e = bind_text(b, text->text, text->loc, err);

	return e != NULL && bind_truth(b, c, e, text->loc, ret, err);
}

static void
do_not_satisfy(const struct check *c, struct buf *b)
{
	buf_printf(b, "do not satisfy " SV_FMT, SV_ARG(arg_of(c, "expr")->text));
}

const struct expectation expect_expr = {
	.name = "expr",
	.shorthand = "expr",
	.alias = {"expression_is_true"},
	.summary = "A condition holds in every row.",
	.doc = "As SQL's CHECK: a row in which the condition is false is unexpected, one in which it is null "
	       "counts as missing.",
	.example = "expr: \"updated_at >= created_at\"",
	.peers = {.dbt = "`dbt_utils.expression_is_true`",
                  .soda = "`failed rows` with a fail condition",
                  .deequ = "`satisfies`"},
	.on_nothing = "A row in which the condition is null counts as missing. Without rows it is met.",
	.family = FAMILY_ROW,
	.noun = "rows",
	.broken = do_not_satisfy,
	.params = params,
	.nparams = LEN(params),
	.bind = bind,
};
