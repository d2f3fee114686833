/*
 * Recursive descent, one function a level of precedence:
 *
 *	OR < AND < NOT < comparison, IS, IN, BETWEEN, LIKE, ~ < || < + - < * / % < unary - < ::
 *
 * The first mistake ends the parsing, because what follows it would only be guesses.  A node holds where it stands, for
 * the mistakes that are found later.
 */
#include <assert.h>
#include <stdio.h>

#include "base/num.h"
#include "expr/expr_lex.h"
#include "expr/expr_ops.h"

struct parser {
	struct lexer l;
	struct token t;  /* the next one */
	size_t end;      /* of the last one taken */
	uint32_t depth;
	bool failed;
};

struct ast_list {
	const struct ast **v;
	size_t n, cap;
};

static const struct ast *parse_or(struct parser *p);
static const struct ast *parse_concat(struct parser *p);

static void
advance(struct parser *p)
{
	p->end = p->t.at + p->t.n;
	p->t = lex(&p->l);
	if (p->t.kind == TOKEN_WRONG)
		p->failed = true; /* it was reported */
}

static const struct ast *
fail(struct parser *p, struct loc at, const char *fmt, ...) PRINTF(3, 4);
static const struct ast *
fail(struct parser *p, struct loc at, const char *fmt, ...)
{
	char msg[200];
	va_list ap;

	if (p->failed)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	diag_error(p->l.d, at, "%s", msg);
	p->failed = true;
	return NULL;
}

static const struct ast *
unexpected(struct parser *p, const char *wanted)
{
	if (p->t.kind == TOKEN_END)
		return fail(p, p->t.loc, "the expression ends where %s should stand", wanted);

	struct sv text = {p->l.text.p + p->t.at, MIN(p->t.n, (size_t)40)};

	return fail(p, p->t.loc, "expected %s, not '" SV_FMT "%s'", wanted, SV_ARG(text), p->t.n > text.n ? "…" : "");
}

static bool
is_symbol(const struct parser *p, const char *symbol)
{
	return !p->failed && p->t.kind == TOKEN_SYMBOL && sv_is(p->t.text, symbol);
}

static bool
is_word(const struct parser *p, const char *word)
{
	return !p->failed && p->t.kind == TOKEN_WORD && sv_ieq(p->t.text, sv_of(word));
}

static bool
take_symbol(struct parser *p, const char *symbol)
{
	bool found = is_symbol(p, symbol);

	if (found)
		advance(p);
	return found;
}

static bool
take_word(struct parser *p, const char *word)
{
	bool found = is_word(p, word);

	if (found)
		advance(p);
	return found;
}

static bool
need_symbol(struct parser *p, const char *symbol, const char *wanted)
{
	if (take_symbol(p, symbol))
		return true;
	(void)unexpected(p, wanted);
	return false;
}

static bool
need_word(struct parser *p, const char *word)
{
	if (take_word(p, word))
		return true;
	(void)unexpected(p, word);
	return false;
}

/* Makes a node that reaches from byte `at` to the end of the last token; NULL if anything failed. */
static const struct ast *
node(struct parser *p, struct ast n, size_t at)
{
	if (p->failed)
		return NULL;
	n.depth = 1;
	for (uint32_t i = 0; i < n.nkid; i++) {
		assert(n.kid[i] != NULL);
		n.depth = MAX(n.depth, n.kid[i]->depth + 1);
	}
	n.at = at;
	n.end = p->end;

	struct sv text = sv_skip((struct sv){p->l.text.p, n.end}, at);
	ptrdiff_t line = sv_find(text, '\n');

	n.span = lex_loc(&p->l, at, line >= 0 ? (size_t)line : text.n);
	if (n.loc.line == 0)
		n.loc = n.span;
	if (n.depth > EXPR_DEPTH_MAX)
		return fail(p, n.loc, "the expression is nested more than %d levels deep", EXPR_DEPTH_MAX);

	struct ast *made = ARENA_NEW(p->l.a, struct ast);

	*made = n;
	return made;
}

static const struct ast *
call(struct parser *p, enum expr_op op, struct loc loc, const struct ast_list *kid, size_t at)
{
	return node(p, (struct ast){.kind = AST_CALL, .op = op, .loc = loc, .kid = kid->v, .nkid = (uint32_t)kid->n}, at);
}

static const struct ast *
call1(struct parser *p, enum expr_op op, struct loc loc, const struct ast *a, size_t at)
{
	struct ast_list kid = {0};

	if (a == NULL)
		return NULL;
	*LIST_ADD(p->l.a, &kid) = a;
	return call(p, op, loc, &kid, at);
}

static const struct ast *
call2(struct parser *p, enum expr_op op, struct loc loc, const struct ast *a, const struct ast *b)
{
	struct ast_list kid = {0};

	if (a == NULL || b == NULL)
		return NULL;
	*LIST_ADD(p->l.a, &kid) = a;
	*LIST_ADD(p->l.a, &kid) = b;
	return call(p, op, loc, &kid, a->at);
}

static const struct ast *
literal(struct parser *p, struct value v, size_t at)
{
	return node(p, (struct ast){.kind = AST_LITERAL, .literal = v}, at);
}

/* Integers, doubles, and decimals where a double would lose digits. */
static bool
number_value(struct sv s, struct value *ret)
{
	struct decimal d;
	int64_t i;
	double r;
	size_t digits = 0;

	if (num_i64(s, &i)) {
		*ret = value_int(i);
		return true;
	}
	for (size_t k = 0; k < s.n && (s.p[k] | 0x20) != 'e'; k++)
		digits += s.p[k] != '.' && (digits > 0 || s.p[k] != '0');
	if (digits > 15 && decimal_parse(s, &d)) {
		*ret = (struct value){.kind = VALUE_DECIMAL, .d = d};
		return true;
	}
	if (!num_f64(s, &r))
		return false;
	*ret = value_real(r);
	return true;
}

static const struct ast *
parse_number(struct parser *p)
{
	struct token t = p->t;
	struct value v;

	if (!number_value(t.text, &v))
		return fail(p, t.loc, "the number is out of range");
	advance(p);
	return literal(p, v, t.at);
}

/* DATE '2024-01-31', TIMESTAMP '2024-01-31T12:00:00', DECIMAL '1.50'; the word was taken. */
static const struct ast *
typed_literal(struct parser *p, struct token word)
{
	struct type t = {.kind = TYPE_DATE};
	struct decimal d;
	struct time_text time;
	struct value v = VALUE_NONE;
	struct token text = p->t;
	bool ok;

	if (sv_ieq(word.text, SV("decimal"))) {
		ok = decimal_parse(text.text, &d);
		v = (struct value){.kind = VALUE_DECIMAL, .d = d};
	} else {
		if (sv_ieq(word.text, SV("timestamp")))
			t.kind = time_text_parse(text.text, &time) && time.has_zone ? TYPE_TIMESTAMPTZ : TYPE_TIMESTAMP;
		ok = value_parse(t, text.text, &v);
	}
	if (!ok)
		return fail(p, text.loc, "this is no %s", sv_ieq(word.text, SV("decimal")) ? "decimal number" : t.kind == TYPE_DATE ? "date" : "time");
	advance(p);
	return literal(p, v, word.at);
}

static bool
is_typed_literal(struct sv word)
{
	return sv_ieq(word, SV("date")) || sv_ieq(word, SV("timestamp")) || sv_ieq(word, SV("decimal"));
}

/* The words of a type, as in decimal(10,2). */
static bool
parse_type(struct parser *p, struct type *ret)
{
	struct token first = p->t;
	struct err err;

	if (p->failed || first.kind != TOKEN_WORD) {
		(void)unexpected(p, "a type");
		return false;
	}
	advance(p);
	if (take_symbol(p, "(")) {
		while (!p->failed && (p->t.kind == TOKEN_NUMBER || is_symbol(p, ",")))
			advance(p);
		if (!need_symbol(p, ")", "')' behind the type's digits"))
			return false;
	}
	if (p->failed)
		return false;

	struct sv text = {p->l.text.p + first.at, p->end - first.at};

	if (type_parse(text, ret, &err))
		return true;
	(void)fail(p, lex_loc(&p->l, first.at, text.n), "%s", err.msg);
	if (err.hint[0] != '\0')
		diag_hint(p->l.d, "%s", err.hint);
	return false;
}

static const struct ast *
cast_node(struct parser *p, struct loc loc, const struct ast *a, size_t at)
{
	struct type type;

	if (a == NULL || !parse_type(p, &type))
		return NULL;

	const struct ast **kid = ARENA_NEW(p->l.a, const struct ast *);

	*kid = a;
	return node(p, (struct ast){.kind = AST_CAST, .loc = loc, .type = type, .kid = kid, .nkid = 1}, at);
}

static const struct ast *
parse_cast(struct parser *p)
{
	struct token word = p->t;

	advance(p);
	if (!need_symbol(p, "(", "'(' behind CAST"))
		return NULL;

	const struct ast *a = parse_or(p);

	if (a == NULL || !need_word(p, "AS"))
		return NULL;

	const struct ast *cast = cast_node(p, word.loc, a, word.at);

	if (cast == NULL || !need_symbol(p, ")", "')'"))
		return NULL;
	return cast;
}

/* CASE [x] WHEN … THEN … [ELSE …] END; with x, each WHEN is compared with it. */
static const struct ast *
parse_case(struct parser *p)
{
	struct token word = p->t;
	const struct ast *subject = NULL;
	struct ast_list kid = {0};

	advance(p);
	if (!is_word(p, "WHEN") && (subject = parse_or(p)) == NULL)
		return NULL;
	do {
		struct token when = p->t;

		if (!need_word(p, "WHEN"))
			return NULL;

		const struct ast *condition = parse_or(p);

		if (subject != NULL)
			condition = call2(p, OP_EQ, when.loc, subject, condition);
		if (condition == NULL || !need_word(p, "THEN"))
			return NULL;
		*LIST_ADD(p->l.a, &kid) = condition;
		if ((*LIST_ADD(p->l.a, &kid) = parse_or(p)) == NULL)
			return NULL;
	} while (is_word(p, "WHEN"));
	if (take_word(p, "ELSE") && (*LIST_ADD(p->l.a, &kid) = parse_or(p)) == NULL)
		return NULL;
	if (!take_word(p, "END"))
		return unexpected(p, "WHEN, ELSE or END");
	return call(p, OP_CASE, word.loc, &kid, word.at);
}

static const struct ast *
unknown_function(struct parser *p, struct token name)
{
	static const char *const aggregates[] = {"count", "sum", "avg", "min", "max", "stddev", "median"};
	static const struct {
		const char *name, *ours;
	} others[] = {{"len", "length"}, {"char_length", "length"}, {"substring", "substr"}, {"ifnull", "coalesce"}, {"nvl", "coalesce"},
		      {"str", "text"},   {"lcase", "lower"},        {"ucase", "upper"},      {"ceiling", "ceil"},    {"strip", "trim"}};
	size_t n;
	const char *const *names = expr_op_names(p->l.a, &n);

	(void)fail(p, name.loc, "unknown function '" SV_FMT "'", SV_ARG(name.text));
	diag_suggest(p->l.d, name.text, names, n);
	for (size_t i = 0; i < LEN(others); i++)
		if (sv_ieq(name.text, sv_of(others[i].name)))
			diag_hint(p->l.d, "it is called %s here", others[i].ours);
	for (size_t i = 0; i < LEN(aggregates); i++)
		if (sv_ieq(name.text, sv_of(aggregates[i])))
			diag_hint(p->l.d, "an expression sees one row; there are expectations for what many rows come to");
	return NULL;
}

/* The operands of a function, whose name was taken and whose '(' is next. */
static const struct ast *
parse_function(struct parser *p, struct token name)
{
	enum expr_op op = expr_op_find(name.text);
	struct ast_list kid = {0};

	if (op == OP_NONE)
		return unknown_function(p, name);
	advance(p);
	if (!is_symbol(p, ")"))
		do {
			if ((*LIST_ADD(p->l.a, &kid) = parse_or(p)) == NULL)
				return NULL;
		} while (take_symbol(p, ","));
	if (!need_symbol(p, ")", "',' or ')'"))
		return NULL;
	if (kid.n < expr_ops[op].min || kid.n > expr_ops[op].max)
		return fail(p, name.loc, "%s takes (%s), not %zu operand%s", expr_ops[op].name, expr_ops[op].args, kid.n, kid.n == 1 ? "" : "s");
	return call(p, op, name.loc, &kid, name.at);
}

static const struct ast *
name_node(struct parser *p, struct token t)
{
	if (is_symbol(p, ".")) {
		(void)fail(p, p->t.loc, "a column stands alone, without its table");
		diag_hint(p->l.d, "quote names that hold a dot: \"a.b\"");
		return NULL;
	}
	return node(p, (struct ast){.kind = AST_NAME, .name = t.text, .quoted = t.kind == TOKEN_NAME && !t.backquote}, t.at);
}

static const struct ast *
parse_word(struct parser *p)
{
	struct token t = p->t;

	if (is_word(p, "CASE"))
		return parse_case(p);
	if (is_word(p, "CAST"))
		return parse_cast(p);
	if (expr_is_keyword(t.text) && !is_word(p, "TRUE") && !is_word(p, "FALSE") && !is_word(p, "NULL"))
		return unexpected(p, "a value");
	advance(p);
	if (p->failed)
		return NULL;
	if (sv_ieq(t.text, SV("TRUE")) || sv_ieq(t.text, SV("FALSE")))
		return literal(p, value_bool(sv_ieq(t.text, SV("TRUE"))), t.at);
	if (sv_ieq(t.text, SV("NULL")))
		return literal(p, VALUE_NONE, t.at);
	if (p->t.kind == TOKEN_TEXT && is_typed_literal(t.text))
		return typed_literal(p, t);
	return is_symbol(p, "(") ? parse_function(p, t) : name_node(p, t);
}

static const struct ast *
parse_parens(struct parser *p)
{
	struct token open = p->t;

	advance(p);

	const struct ast *a = parse_or(p);

	if (a == NULL)
		return NULL;
	if (is_symbol(p, ")")) {
		advance(p);
		/* Mistakes in it point at all of it, with its parentheses. */
		struct ast whole = *a;
		return node(p, whole, open.at);
	}
	if (p->t.kind == TOKEN_END)
		return fail(p, open.loc, "'(' is not closed");
	return unexpected(p, "')' or an operator");
}

static const struct ast *
parse_primary(struct parser *p)
{
	struct token t = p->t;

	if (p->failed)
		return NULL;
	switch (t.kind) {
	case TOKEN_NUMBER:
		return parse_number(p);
	case TOKEN_TEXT:
		advance(p);
		return literal(p, value_text(t.text), t.at);
	case TOKEN_BYTES:
		advance(p);
		return literal(p, (struct value){.kind = VALUE_BINARY, .s = t.text}, t.at);
	case TOKEN_NAME:
		advance(p);
		return name_node(p, t);
	case TOKEN_WORD:
		return parse_word(p);
	default:
		return is_symbol(p, "(") ? parse_parens(p) : unexpected(p, "a value");
	}
}

static const struct ast *
parse_postfix(struct parser *p)
{
	const struct ast *a = parse_primary(p);

	while (a != NULL && is_symbol(p, "::")) {
		struct loc loc = p->t.loc;

		advance(p);
		a = cast_node(p, loc, a, a->at);
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

	if (!is_symbol(p, "-") && !is_symbol(p, "+"))
		return parse_postfix(p);
	if (++p->depth > EXPR_DEPTH_MAX)
		return fail(p, sign.loc, "the expression is nested more than %d levels deep", EXPR_DEPTH_MAX);
	advance(p);

	const struct ast *a = parse_unary(p);

	p->depth--;
	if (a == NULL || sv_is(sign.text, "+"))
		return a;
	if (a->kind == AST_LITERAL && negated(a->literal, &v))
		return literal(p, v, sign.at);
	return call1(p, OP_NEG, sign.loc, a, sign.at);
}

struct binary {
	const char *symbol;
	enum expr_op op;
};

/* a op b op c …, to the left. */
static const struct ast *
parse_binary(struct parser *p, const struct ast *(*operand)(struct parser *), const struct binary *ops, size_t n)
{
	const struct ast *a = operand(p);

	while (a != NULL && !p->failed) {
		size_t i = 0;
		struct loc loc = p->t.loc;

		while (i < n && !is_symbol(p, ops[i].symbol))
			i++;
		if (i == n)
			break;
		advance(p);
		a = call2(p, ops[i].op, loc, a, operand(p));
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
		if (symbol ? !is_symbol(p, name) : !is_word(p, name))
			break;
		loc = loc.line == 0 ? p->t.loc : loc;
		advance(p);
		a = operand(p);
	}
	if (p->failed || a == NULL)
		return NULL;
	return kid.n == 1 ? a : call(p, op, loc, &kid, kid.v[0]->at);
}

static const struct ast *
parse_concat(struct parser *p)
{
	return parse_chain(p, parse_add, OP_CONCAT);
}

static const struct ast *
negate_if(struct parser *p, bool not, struct loc loc, const struct ast *a)
{
	return not && a != NULL ? call1(p, OP_NOT, loc, a, a->at) : a;
}

/* IS [NOT] NULL, TRUE, FALSE, DISTINCT FROM x; IS was taken. */
static const struct ast *
parse_is(struct parser *p, const struct ast *a, struct loc loc)
{
	bool not = take_word(p, "NOT");

	if (take_word(p, "NULL"))
		return negate_if(p, not, loc, call1(p, OP_IS_NULL, loc, a, a->at));
	if (is_word(p, "TRUE") || is_word(p, "FALSE"))
		return negate_if(p, not, loc, call2(p, OP_SAME, loc, a, parse_primary(p)));
	if (take_word(p, "DISTINCT")) {
		if (!need_word(p, "FROM"))
			return NULL;
		return negate_if(p, !not, loc, call2(p, OP_SAME, loc, a, parse_concat(p)));
	}
	return unexpected(p, "NULL, TRUE, FALSE or DISTINCT FROM");
}

static const struct ast *
parse_in(struct parser *p, const struct ast *a, struct loc loc)
{
	struct ast_list kid = {0};

	*LIST_ADD(p->l.a, &kid) = a;
	if (!need_symbol(p, "(", "'(' behind IN"))
		return NULL;
	if (!is_symbol(p, ")"))
		do {
			if ((*LIST_ADD(p->l.a, &kid) = parse_or(p)) == NULL)
				return NULL;
		} while (take_symbol(p, ","));
	if (!need_symbol(p, ")", "',' or ')'"))
		return NULL;
	return call(p, OP_IN, loc, &kid, a->at);
}

static const struct ast *
parse_between(struct parser *p, const struct ast *a, struct loc loc)
{
	const struct ast *low = parse_concat(p);

	if (low == NULL || !need_word(p, "AND"))
		return NULL;

	const struct ast *high = parse_concat(p);

	return call2(p, OP_AND, loc, call2(p, OP_GE, loc, a, low), call2(p, OP_LE, loc, a, high));
}

static const struct ast *
parse_like(struct parser *p, const struct ast *a, struct loc loc)
{
	struct ast_list kid = {0};

	*LIST_ADD(p->l.a, &kid) = a;
	if ((*LIST_ADD(p->l.a, &kid) = parse_concat(p)) == NULL)
		return NULL;
	if (take_word(p, "ESCAPE") && (*LIST_ADD(p->l.a, &kid) = parse_primary(p)) == NULL)
		return NULL;
	return call(p, OP_LIKE, loc, &kid, a->at);
}

static const struct ast *
parse_word_operator(struct parser *p, const struct ast *a)
{
	struct loc loc = p->t.loc;

	if (take_word(p, "IS"))
		return parse_is(p, a, loc);

	bool not = take_word(p, "NOT");

	if (take_word(p, "IN"))
		return negate_if(p, not, loc, parse_in(p, a, loc));
	if (take_word(p, "BETWEEN"))
		return negate_if(p, not, loc, parse_between(p, a, loc));
	if (take_word(p, "LIKE"))
		return negate_if(p, not, loc, parse_like(p, a, loc));
	return not ? unexpected(p, "IN, BETWEEN or LIKE") : a;
}

static const struct binary comparisons[] = {{"=", OP_EQ},  {"==", OP_EQ}, {"<>", OP_NE}, {"!=", OP_NE}, {"<", OP_LT},
					    {"<=", OP_LE}, {">", OP_GT},  {">=", OP_GE}, {"~", OP_MATCH}};

static enum expr_op
comparison(const struct parser *p)
{
	for (size_t i = 0; i < LEN(comparisons); i++)
		if (is_symbol(p, comparisons[i].symbol))
			return comparisons[i].op;
	return OP_NONE;
}

static const struct ast *
parse_compare(struct parser *p)
{
	const struct ast *a = parse_concat(p);
	struct loc loc = p->t.loc;
	bool not = is_symbol(p, "!~");
	enum expr_op op = not ? OP_MATCH : comparison(p);

	if (a == NULL)
		return NULL;
	if (op == OP_NONE)
		a = parse_word_operator(p, a);
	else {
		advance(p);
		a = negate_if(p, not, loc, call2(p, op, loc, a, parse_concat(p)));
	}
	if (a != NULL && comparison(p) != OP_NONE) {
		(void)fail(p, p->t.loc, "comparisons do not chain");
		diag_hint(p->l.d, "write a < b AND b < c, or set parentheses");
		return NULL;
	}
	return p->failed ? NULL : a;
}

static const struct ast *
parse_not(struct parser *p)
{
	struct token t = p->t;

	if (!is_word(p, "NOT"))
		return parse_compare(p);
	if (++p->depth > EXPR_DEPTH_MAX)
		return fail(p, t.loc, "the expression is nested more than %d levels deep", EXPR_DEPTH_MAX);
	advance(p);

	const struct ast *a = parse_not(p);

	p->depth--;
	return call1(p, OP_NOT, t.loc, a, t.at);
}

static const struct ast *
parse_and(struct parser *p)
{
	return parse_chain(p, parse_not, OP_AND);
}

static const struct ast *
parse_or(struct parser *p)
{
	if (p->failed)
		return NULL;
	if (++p->depth > EXPR_DEPTH_MAX)
		return fail(p, p->t.loc, "the expression is nested more than %d levels deep", EXPR_DEPTH_MAX);

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
	advance(&p);

	const struct ast *ast = parse_or(&p);

	if (ast != NULL && p.t.kind != TOKEN_END)
		return unexpected(&p, "an operator or the end");
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
