/* What stands between operators: constants, names, functions, CASE, CAST and parentheses. */
#include "base/num.h"
#include "expr/expr_ops.h"
#include "expr/parser.h"

/* Integers, doubles, and decimals where a double would lose digits; with an exponent always doubles. */
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
	for (size_t k = 0; k < s.n; k++)
		digits += s.p[k] != '.' && (digits > 0 || s.p[k] != '0');
	if (digits > 15 && sv_find(s, 'e') < 0 && sv_find(s, 'E') < 0 && decimal_parse(s, &d)) {
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
		return parser_fail(p, t.loc, "the number is out of range");
	parser_advance(p);
	return parser_literal(p, v, t.at);
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
			t.kind = time_text_parse(text.text, &time) && time.has_zone ? TYPE_TIMESTAMPTZ
			                                                            : TYPE_TIMESTAMP;
		ok = value_parse(t, text.text, &v);
	}
	if (!ok)
		return parser_fail(p, text.loc, "this is no %s",
		                   sv_ieq(word.text, SV("decimal")) ? "decimal number"
		                   : t.kind == TYPE_DATE            ? "date"
		                                                    : "time");
	parser_advance(p);
	return parser_literal(p, v, word.at);
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
		(void)parser_unexpected(p, "a type");
		return false;
	}
	parser_advance(p);
	if (parser_take_symbol(p, "(")) {
		while (!p->failed && (p->t.kind == TOKEN_NUMBER || parser_is_symbol(p, ",")))
			parser_advance(p);
		if (!parser_need_symbol(p, ")", "')' behind the type's digits"))
			return false;
	}
	if (p->failed)
		return false;

	struct sv text = {p->l.text.p + first.at, p->end - first.at};

	if (type_parse(text, ret, &err))
		return true;
	(void)parser_fail(p, lex_loc(&p->l, first.at, text.n), "%s", err.msg);
	if (err.hint[0] != '\0')
		diag_hint(p->l.d, "%s", err.hint);
	return false;
}

const struct ast *
parse_cast_node(struct parser *p, struct loc loc, const struct ast *a, size_t at)
{
	struct type type;

	if (a == NULL || !parse_type(p, &type))
		return NULL;

	const struct ast **kid = ARENA_NEW(p->l.a, const struct ast *);

	*kid = a;
	return parser_node(p, (struct ast){.kind = AST_CAST, .loc = loc, .type = type, .kid = kid, .nkid = 1},
	                   at);
}

static const struct ast *
parse_cast(struct parser *p)
{
	struct token word = p->t;

	parser_advance(p);
	if (!parser_need_symbol(p, "(", "'(' behind CAST"))
		return NULL;

	const struct ast *a = parse_or(p);

	if (a == NULL || !parser_need_word(p, "AS"))
		return NULL;

	const struct ast *cast = parse_cast_node(p, word.loc, a, word.at);

	if (cast == NULL || !parser_need_symbol(p, ")", "')'"))
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

	parser_advance(p);
	if (!parser_is_word(p, "WHEN") && (subject = parse_or(p)) == NULL)
		return NULL;
	do {
		struct token when = p->t;

		if (!parser_need_word(p, "WHEN"))
			return NULL;

		const struct ast *condition = parse_or(p);

		if (subject != NULL)
			condition = parser_call2(p, OP_EQ, when.loc, subject, condition);
		if (condition == NULL || !parser_need_word(p, "THEN"))
			return NULL;
		*LIST_ADD(p->l.a, &kid) = condition;
		if ((*LIST_ADD(p->l.a, &kid) = parse_or(p)) == NULL)
			return NULL;
	} while (parser_is_word(p, "WHEN"));
	if (parser_take_word(p, "ELSE") && (*LIST_ADD(p->l.a, &kid) = parse_or(p)) == NULL)
		return NULL;
	if (!parser_take_word(p, "END"))
		return parser_unexpected(p, "WHEN, ELSE or END");
	return parser_call(p, OP_CASE, word.loc, &kid, word.at);
}

static const struct ast *
unknown_function(struct parser *p, struct token name)
{
	static const char *const aggregates[] = {"count", "sum", "avg", "min", "max", "stddev", "median"};
	static const struct {
		const char *name, *ours;
	} others[] = {{"len", "length"},      {"char_length", "length"}, {"substring", "substr"},
	              {"ifnull", "coalesce"}, {"nvl", "coalesce"},       {"str", "text"},
	              {"lcase", "lower"},     {"ucase", "upper"},        {"ceiling", "ceil"},
	              {"strip", "trim"}};
	size_t n;
	const char *const *names = expr_op_names(p->l.a, &n);

	(void)parser_fail(p, name.loc, "unknown function '" SV_FMT "'", SV_ARG(name.text));
	diag_suggest(p->l.d, name.text, names, n);
	for (size_t i = 0; i < LEN(others); i++)
		if (sv_ieq(name.text, sv_of(others[i].name)))
			diag_hint(p->l.d, "it is called %s here", others[i].ours);
	for (size_t i = 0; i < LEN(aggregates); i++)
		if (sv_ieq(name.text, sv_of(aggregates[i])))
			diag_hint(p->l.d, "an expression sees one row; there are expectations for what many "
			                  "rows come to");
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
	parser_advance(p);
	if (!parser_is_symbol(p, ")"))
		do {
			if ((*LIST_ADD(p->l.a, &kid) = parse_or(p)) == NULL)
				return NULL;
		} while (parser_take_symbol(p, ","));
	if (!parser_need_symbol(p, ")", "',' or ')'"))
		return NULL;
	if (kid.n < expr_ops[op].min || kid.n > expr_ops[op].max)
		return parser_fail(p, name.loc, "%s takes (%s), not %zu operand%s", expr_ops[op].name,
		                   expr_ops[op].args, kid.n, kid.n == 1 ? "" : "s");
	return parser_call(p, op, name.loc, &kid, name.at);
}

static const struct ast *
name_node(struct parser *p, struct token t)
{
	if (parser_is_symbol(p, ".")) {
		(void)parser_fail(p, p->t.loc, "a column stands alone, without its table");
		diag_hint(p->l.d, "quote names that hold a dot: \"a.b\"");
		return NULL;
	}
	return parser_node(p,
	                   (struct ast){.kind = AST_NAME,
	                                .name = t.text,
	                                .quoted = t.kind == TOKEN_NAME && !t.backquote},
	                   t.at);
}

static const struct ast *
parse_word(struct parser *p)
{
	struct token t = p->t;

	if (parser_is_word(p, "CASE"))
		return parse_case(p);
	if (parser_is_word(p, "CAST"))
		return parse_cast(p);
	if (expr_is_keyword(t.text) && !parser_is_word(p, "TRUE") && !parser_is_word(p, "FALSE") &&
	    !parser_is_word(p, "NULL"))
		return parser_unexpected(p, "a value");
	parser_advance(p);
	if (p->failed)
		return NULL;
	if (sv_ieq(t.text, SV("TRUE")) || sv_ieq(t.text, SV("FALSE")))
		return parser_literal(p, value_bool(sv_ieq(t.text, SV("TRUE"))), t.at);
	if (sv_ieq(t.text, SV("NULL")))
		return parser_literal(p, VALUE_NONE, t.at);
	if (p->t.kind == TOKEN_TEXT && is_typed_literal(t.text))
		return typed_literal(p, t);
	return parser_is_symbol(p, "(") ? parse_function(p, t) : name_node(p, t);
}

static const struct ast *
parse_parens(struct parser *p)
{
	struct token open = p->t;

	parser_advance(p);

	const struct ast *a = parse_or(p);

	if (a == NULL)
		return NULL;
	if (parser_is_symbol(p, ")")) {
		parser_advance(p);
		/* Mistakes in it point at all of it, with its parentheses. */
		struct ast whole = *a;
		return parser_node(p, whole, open.at);
	}
	if (p->t.kind == TOKEN_END)
		return parser_fail(p, open.loc, "'(' is not closed");
	return parser_unexpected(p, "')' or an operator");
}

const struct ast *
parse_primary(struct parser *p)
{
	struct token t = p->t;

	if (p->failed)
		return NULL;
	switch (t.kind) {
	case TOKEN_NUMBER:
		return parse_number(p);
	case TOKEN_TEXT:
		parser_advance(p);
		return parser_literal(p, value_text(t.text), t.at);
	case TOKEN_BYTES:
		parser_advance(p);
		return parser_literal(p, (struct value){.kind = VALUE_BINARY, .s = t.text}, t.at);
	case TOKEN_NAME:
		parser_advance(p);
		return name_node(p, t);
	case TOKEN_WORD:
		return parse_word(p);
	default:
		return parser_is_symbol(p, "(") ? parse_parens(p) : parser_unexpected(p, "a value");
	}
}
