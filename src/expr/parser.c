/* What the parser's functions share: one token of look-ahead, the first mistake, and nodes with their places. */
#include "expr/parser.h"

#include <assert.h>
#include <stdio.h>

void
parser_advance(struct parser *p)
{
	p->end = p->t.at + p->t.n;
	p->t = lex(&p->l);
	if (p->t.kind == TOKEN_WRONG)
		p->failed = true; /* it was reported */
}

const struct ast *
parser_fail(struct parser *p, struct loc at, const char *fmt, ...)
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

const struct ast *
parser_unexpected(struct parser *p, const char *wanted)
{
	if (p->t.kind == TOKEN_END)
		return parser_fail(p, p->t.loc, "the expression ends where %s should stand", wanted);

	struct sv text = {p->l.text.p + p->t.at, MIN(p->t.n, (size_t)40)};

	return parser_fail(p, p->t.loc, "expected %s, not '" SV_FMT "%s'", wanted, SV_ARG(text),
	                   p->t.n > text.n ? "…" : "");
}

bool
parser_is_symbol(const struct parser *p, const char *symbol)
{
	return !p->failed && p->t.kind == TOKEN_SYMBOL && sv_is(p->t.text, symbol);
}

bool
parser_is_word(const struct parser *p, const char *word)
{
	return !p->failed && p->t.kind == TOKEN_WORD && sv_ieq(p->t.text, sv_of(word));
}

bool
parser_take_symbol(struct parser *p, const char *symbol)
{
	bool found = parser_is_symbol(p, symbol);

	if (found)
		parser_advance(p);
	return found;
}

bool
parser_take_word(struct parser *p, const char *word)
{
	bool found = parser_is_word(p, word);

	if (found)
		parser_advance(p);
	return found;
}

bool
parser_need_symbol(struct parser *p, const char *symbol, const char *wanted)
{
	if (parser_take_symbol(p, symbol))
		return true;
	(void)parser_unexpected(p, wanted);
	return false;
}

bool
parser_need_word(struct parser *p, const char *word)
{
	if (parser_take_word(p, word))
		return true;
	(void)parser_unexpected(p, word);
	return false;
}

const struct ast *
parser_node(struct parser *p, struct ast n, size_t at)
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
		return parser_fail(p, n.loc, "the expression is nested more than %d levels deep",
		                   EXPR_DEPTH_MAX);

	struct ast *made = ARENA_NEW(p->l.a, struct ast);

	*made = n;
	return made;
}

const struct ast *
parser_call(struct parser *p, enum expr_op op, struct loc loc, const struct ast_list *kid, size_t at)
{
	return parser_node(
		p,
		(struct ast){.kind = AST_CALL, .op = op, .loc = loc, .kid = kid->v, .nkid = (uint32_t)kid->n},
		at);
}

const struct ast *
parser_call1(struct parser *p, enum expr_op op, struct loc loc, const struct ast *a, size_t at)
{
	struct ast_list kid = {0};

	if (a == NULL)
		return NULL;
	*LIST_ADD(p->l.a, &kid) = a;
	return parser_call(p, op, loc, &kid, at);
}

const struct ast *
parser_call2(struct parser *p, enum expr_op op, struct loc loc, const struct ast *a, const struct ast *b)
{
	struct ast_list kid = {0};

	if (a == NULL || b == NULL)
		return NULL;
	*LIST_ADD(p->l.a, &kid) = a;
	*LIST_ADD(p->l.a, &kid) = b;
	return parser_call(p, op, loc, &kid, a->at);
}

const struct ast *
parser_literal(struct parser *p, struct value v, size_t at)
{
	return parser_node(p, (struct ast){.kind = AST_LITERAL, .literal = v}, at);
}
