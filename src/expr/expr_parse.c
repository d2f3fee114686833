/*
 * Recursive descent, one function a level of precedence:
 *
 *	OR < AND < NOT < comparison, IS, IN, BETWEEN, LIKE, ~ < || < + - < * / % < unary - < ::
 *
 * The first mistake ends the parsing, because what follows it would only be guesses.  A node holds where it stands, for
 * the mistakes that are found later.
 */
#include "expr/expr_ops.h"
#include "expr/parser.h"

static const struct ast *parse_concat(struct parser *p);

static const struct ast *
parse_postfix(struct parser *p)
{
	const struct ast *a = parse_primary(p);

	while (a != NULL && parser_is_symbol(p, "::")) {
		struct loc loc = p->t.loc;

		parser_advance(p);
		a = parse_cast_node(p, loc, a, a->at);
	}
	return a;
}

/* -x of a number is a number, so that the least integer can be written. */
static bool
negated(struct value v, struct value *ret)
{
	switch (v.kind) {
	case VALUE_INT:
		*ret = value_int(-v.i);
		return true;
	case VALUE_REAL:
		*ret = value_real(-v.r);
		return true;
	case VALUE_DECIMAL:
		v.d.coeff = -v.d.coeff;
		*ret = v.d.scale == 0 && v.d.coeff == INT64_MIN ? value_int(INT64_MIN) : v;
		return true;
	default:
		return false;
	}
}

static const struct ast *
parse_unary(struct parser *p)
{
	struct token sign = p->t;
	struct value v;

	if (!parser_is_symbol(p, "-") && !parser_is_symbol(p, "+"))
		return parse_postfix(p);
	if (++p->depth > EXPR_DEPTH_MAX)
		return parser_fail(p, sign.loc, "the expression is nested more than %d levels deep",
		                   EXPR_DEPTH_MAX);
	parser_advance(p);

	const struct ast *a = parse_unary(p);

	p->depth--;
	if (a == NULL || sv_is(sign.text, "+"))
		return a;
	if (a->kind == AST_LITERAL && negated(a->literal, &v))
		return parser_literal(p, v, sign.at);
	return parser_call1(p, OP_NEG, sign.loc, a, sign.at);
}

struct binary {
	const char *symbol;
	enum expr_op op;
};

/* a op b op c …, to the left. */
static const struct ast *
parse_binary(struct parser *p, const struct ast *(*operand)(struct parser *), const struct binary *ops,
             size_t n)
{
	const struct ast *a = operand(p);

	while (a != NULL && !p->failed) {
		size_t i = 0;
		struct loc loc = p->t.loc;

		while (i < n && !parser_is_symbol(p, ops[i].symbol))
			i++;
		if (i == n)
			break;
		parser_advance(p);
		a = parser_call2(p, ops[i].op, loc, a, operand(p));
	}
	return p->failed ? NULL : a;
}

static const struct ast *
parse_mul(struct parser *p)
{
	static const struct binary ops[] = {{"*", OP_MUL}, {"/", OP_DIV}, {"%", OP_MOD}};

	return parse_binary(p, parse_unary, ops, LEN(ops));
}

static const struct ast *
parse_add(struct parser *p)
{
	static const struct binary ops[] = {{"+", OP_ADD}, {"-", OP_SUB}};

	return parse_binary(p, parse_mul, ops, LEN(ops));
}

/* a op b op c … as one call, however long. */
static const struct ast *
parse_chain(struct parser *p, const struct ast *(*operand)(struct parser *), enum expr_op op)
{
	bool symbol = op == OP_CONCAT;
	const char *name = expr_ops[op].name;
	struct loc loc = NOWHERE;
	struct ast_list kid = {0};
	const struct ast *a = operand(p);

	while (a != NULL && !p->failed) {
		*LIST_ADD(p->l.a, &kid) = a;
		if (symbol ? !parser_is_symbol(p, name) : !parser_is_word(p, name))
			break;
		loc = loc.line == 0 ? p->t.loc : loc;
		parser_advance(p);
		a = operand(p);
	}
	if (p->failed || a == NULL)
		return NULL;
	return kid.n == 1 ? a : parser_call(p, op, loc, &kid, kid.v[0]->at);
}

static const struct ast *
parse_concat(struct parser *p)
{
	return parse_chain(p, parse_add, OP_CONCAT);
}

static const struct ast *
negate_if(struct parser *p, bool negated, struct loc loc, const struct ast *a)
{
	return negated && a != NULL ? parser_call1(p, OP_NOT, loc, a, a->at) : a;
}

/* IS [NOT] NULL, TRUE, FALSE, DISTINCT FROM x; IS was taken. */
static const struct ast *
parse_is(struct parser *p, const struct ast *a, struct loc loc)
{
	bool negated = parser_take_word(p, "NOT");

	if (parser_take_word(p, "NULL"))
		return negate_if(p, negated, loc, parser_call1(p, OP_IS_NULL, loc, a, a->at));
	if (parser_is_word(p, "TRUE") || parser_is_word(p, "FALSE"))
		return negate_if(p, negated, loc, parser_call2(p, OP_SAME, loc, a, parse_primary(p)));
	if (parser_take_word(p, "DISTINCT")) {
		if (!parser_need_word(p, "FROM"))
			return NULL;
		return negate_if(p, !negated, loc, parser_call2(p, OP_SAME, loc, a, parse_concat(p)));
	}
	return parser_unexpected(p, "NULL, TRUE, FALSE or DISTINCT FROM");
}

static const struct ast *
parse_in(struct parser *p, const struct ast *a, struct loc loc)
{
	struct ast_list kid = {0};

	*LIST_ADD(p->l.a, &kid) = a;
	if (!parser_need_symbol(p, "(", "'(' behind IN"))
		return NULL;
	if (!parser_is_symbol(p, ")"))
		do {
			if ((*LIST_ADD(p->l.a, &kid) = parse_or(p)) == NULL)
				return NULL;
		} while (parser_take_symbol(p, ","));
	if (!parser_need_symbol(p, ")", "',' or ')'"))
		return NULL;
	return parser_call(p, OP_IN, loc, &kid, a->at);
}

static const struct ast *
parse_between(struct parser *p, const struct ast *a, struct loc loc)
{
	const struct ast *low = parse_concat(p);

	if (low == NULL || !parser_need_word(p, "AND"))
		return NULL;

	const struct ast *high = parse_concat(p);

	return parser_call2(p, OP_AND, loc, parser_call2(p, OP_GE, loc, a, low),
	                    parser_call2(p, OP_LE, loc, a, high));
}

static const struct ast *
parse_like(struct parser *p, const struct ast *a, struct loc loc)
{
	struct ast_list kid = {0};

	*LIST_ADD(p->l.a, &kid) = a;
	if ((*LIST_ADD(p->l.a, &kid) = parse_concat(p)) == NULL)
		return NULL;
	if (parser_take_word(p, "ESCAPE") && (*LIST_ADD(p->l.a, &kid) = parse_primary(p)) == NULL)
		return NULL;
	return parser_call(p, OP_LIKE, loc, &kid, a->at);
}

static const struct ast *
parse_word_operator(struct parser *p, const struct ast *a)
{
	struct loc loc = p->t.loc;

	if (parser_take_word(p, "IS"))
		return parse_is(p, a, loc);

	bool negated = parser_take_word(p, "NOT");

	if (parser_take_word(p, "IN"))
		return negate_if(p, negated, loc, parse_in(p, a, loc));
	if (parser_take_word(p, "BETWEEN"))
		return negate_if(p, negated, loc, parse_between(p, a, loc));
	if (parser_take_word(p, "LIKE"))
		return negate_if(p, negated, loc, parse_like(p, a, loc));
	return negated ? parser_unexpected(p, "IN, BETWEEN or LIKE") : a;
}

static const struct binary comparisons[] = {{"=", OP_EQ},  {"==", OP_EQ}, {"<>", OP_NE},
                                            {"!=", OP_NE}, {"<", OP_LT},  {"<=", OP_LE},
                                            {">", OP_GT},  {">=", OP_GE}, {"~", OP_MATCH}};

static enum expr_op
comparison(const struct parser *p)
{
	for (size_t i = 0; i < LEN(comparisons); i++)
		if (parser_is_symbol(p, comparisons[i].symbol))
			return comparisons[i].op;
	return OP_NONE;
}

static const struct ast *
parse_compare(struct parser *p)
{
	const struct ast *a = parse_concat(p);
	struct loc loc = p->t.loc;
	bool negated = parser_is_symbol(p, "!~");
	enum expr_op op = negated ? OP_MATCH : comparison(p);

	if (a == NULL)
		return NULL;
	if (op == OP_NONE)
		a = parse_word_operator(p, a);
	else {
		parser_advance(p);
		a = negate_if(p, negated, loc, parser_call2(p, op, loc, a, parse_concat(p)));
	}
	if (a != NULL && comparison(p) != OP_NONE) {
		(void)parser_fail(p, p->t.loc, "comparisons do not chain");
		diag_hint(p->l.d, "write a < b AND b < c, or set parentheses");
		return NULL;
	}
	return p->failed ? NULL : a;
}

static const struct ast *
parse_not(struct parser *p)
{
	struct token t = p->t;

	if (!parser_is_word(p, "NOT"))
		return parse_compare(p);
	if (++p->depth > EXPR_DEPTH_MAX)
		return parser_fail(p, t.loc, "the expression is nested more than %d levels deep",
		                   EXPR_DEPTH_MAX);
	parser_advance(p);

	const struct ast *a = parse_not(p);

	p->depth--;
	return parser_call1(p, OP_NOT, t.loc, a, t.at);
}

static const struct ast *
parse_and(struct parser *p)
{
	return parse_chain(p, parse_not, OP_AND);
}

const struct ast *
parse_or(struct parser *p)
{
	if (p->failed)
		return NULL;
	if (++p->depth > EXPR_DEPTH_MAX)
		return parser_fail(p, p->t.loc, "the expression is nested more than %d levels deep",
		                   EXPR_DEPTH_MAX);

	const struct ast *a = parse_chain(p, parse_and, OP_OR);

	p->depth--;
	return a;
}

const struct ast *
expr_parse(struct arena *a, struct sv text, struct loc at, struct diags *d)
{
	struct parser p = {.l = {.a = a, .text = text, .start = at, .d = d}};

	if (text.n > EXPR_TEXT_MAX) {
		diag_error(d, at, "an expression may have %d bytes, not %zu", EXPR_TEXT_MAX, text.n);
		return NULL;
	}
	parser_advance(&p);

	const struct ast *ast = parse_or(&p);

	if (ast != NULL && p.t.kind != TOKEN_END)
		return parser_unexpected(&p, "an operator or the end");
	return p.failed ? NULL : ast;
}

void
ast_columns(const struct ast *ast, void (*fn)(void *ctx, struct sv name, struct loc at), void *ctx)
{
	if (ast->kind == AST_NAME)
		fn(ctx, ast->name, ast->loc);
	for (uint32_t i = 0; i < ast->nkid; i++)
		ast_columns(ast->kid[i], fn, ctx);
}

bool
ast_lists_null(const struct ast *ast)
{
	for (uint32_t i = 0; i < ast->nkid; i++) {
		const struct ast *kid = ast->kid[i];

		if (ast->op == OP_IN && ast->kind == AST_CALL && i > 0 && kid->kind == AST_LITERAL &&
		    kid->literal.kind == VALUE_NULL)
			return true;
		if (ast_lists_null(kid))
			return true;
	}
	return false;
}
