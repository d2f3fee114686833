/* The parser's parts: tokens and nodes (parser.c), values (expr_parse_value.c), operators (expr_parse.c). */
#ifndef WEIR_EXPR_PARSER_H
#define WEIR_EXPR_PARSER_H

#include "expr/expr_lex.h"

struct parser {
	struct lexer l;
	struct token t; /* the next one */
	size_t end;     /* of the last one taken */
	uint32_t depth;
	bool failed;
};

struct ast_list {
	const struct ast **v;
	size_t n, cap;
};

void parser_advance(struct parser *p);
/* Reports the first mistake; all return NULL, and so does whatever runs after it. */
const struct ast *parser_fail(struct parser *p, struct loc at, const char *fmt, ...) PRINTF(3, 4);
const struct ast *parser_unexpected(struct parser *p, const char *wanted);

/* Words are keywords, whatever their case.  None is there any more once something failed. */
bool parser_is_symbol(const struct parser *p, const char *symbol);
bool parser_is_word(const struct parser *p, const char *word);
bool parser_take_symbol(struct parser *p, const char *symbol);
bool parser_take_word(struct parser *p, const char *word);
bool parser_need_symbol(struct parser *p, const char *symbol, const char *wanted);
bool parser_need_word(struct parser *p, const char *word);

/* Make a node that reaches from byte `at` to the end of the last token; NULL if anything failed. */
const struct ast *parser_node(struct parser *p, struct ast n, size_t at);
const struct ast *parser_literal(struct parser *p, struct value v, size_t at);
const struct ast *parser_call(struct parser *p, enum expr_op op, struct loc loc, const struct ast_list *kid,
                              size_t at);
/* With NULL for an operand: NULL. */
const struct ast *parser_call1(struct parser *p, enum expr_op op, struct loc loc, const struct ast *a,
                               size_t at);
const struct ast *parser_call2(struct parser *p, enum expr_op op, struct loc loc, const struct ast *a,
                               const struct ast *b);

const struct ast *parse_primary(struct parser *p);
/* The type and what follows from it: a::TYPE, or the end of CAST(a AS TYPE. */
const struct ast *parse_cast_node(struct parser *p, struct loc loc, const struct ast *a, size_t at);
const struct ast *parse_or(struct parser *p);

#endif
