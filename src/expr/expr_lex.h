/* Tokens and trees of the expression language, between its lexer, parser and binder. */
#ifndef WEIR_EXPR_LEX_H
#define WEIR_EXPR_LEX_H

#include "expr/expr.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD, /* a bare name or keyword: text as written */
	TOKEN_NAME, /* "quoted" or `quoted`: text without quotes */
	TOKEN_NUMBER,
	TOKEN_TEXT,   /* 'text' */
	TOKEN_BYTES,  /* X'6162' */
	TOKEN_SYMBOL, /* text is the symbol */
	TOKEN_WRONG   /* a mistake that was reported */
};

struct token {
	enum token_kind kind;
	struct sv text;
	size_t at, n; /* offset and bytes in the source */
	struct loc loc;
	bool backquote; /* of TOKEN_NAME */
};

#define EXPR_TEXT_MAX (64 * 1024)
#define EXPR_DEPTH_MAX 64

struct lexer {
	struct arena *a;
	struct sv text;
	size_t at;
	struct loc start; /* of text[0] */
	struct diags *d;
	size_t line_start, seen; /* private: where the line of text[seen] begins, */
	uint32_t lines;          /* and how many end before it */
};
struct token lex(struct lexer *l);
struct loc lex_loc(struct lexer *l, size_t at, size_t n);

bool expr_is_bare_name(struct sv s); /* needs no quotes: a word and no keyword */
bool expr_is_keyword(struct sv word);

enum ast_kind { AST_LITERAL, AST_NAME, AST_CALL, AST_CAST };

struct ast {
	enum ast_kind kind;
	enum expr_op op; /* of calls */
	struct loc loc;  /* of the operator or name: what a mistake in it points at */
	struct loc span; /* from its first byte, as far as that line goes */
	size_t at, end;  /* its bytes in the source */
	struct value literal;
	struct sv name;
	bool quoted;      /* the name stood in double quotes */
	struct type type; /* of casts */
	uint32_t depth;
	uint32_t nkid;
	const struct ast *const *kid;
};

#endif
