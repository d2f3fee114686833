/* Inside row conditions: the tokens and the grammar of DataFrame.query, printed as weir's expressions. */
#ifndef WEIR_EXPECT_ROW_CONDITION_PARSE_H
#define WEIR_EXPECT_ROW_CONDITION_PARSE_H

#include "base/arena.h"
#include "base/err.h"

enum token { END, NAME, NUMBER, TEXT, PUNCT, BAD };

struct condition {
	struct arena *a;
	struct sv rest;
	struct loc at;
	enum token kind;
	struct sv text; /* of the token; of names and texts what is quoted, unescaped */
	bool quoted;    /* a backticked name is never a keyword */
	bool plain;     /* what was parsed last is a literal, or a list of them */
	bool list;
	bool truth; /* or a condition, which is null where pandas has False */
	int depth;
	struct err *err;
};

/* Says what cannot be translated; nothing is read after it.  Always false. */
bool condition_refuse(struct condition *p, const char *what, struct sv which);
void condition_advance(struct condition *p);
bool condition_at(const struct condition *p, const char *word);
bool condition_take(struct condition *p, const char *word);
/* A name or text in quotes of weir's language. */
struct sv condition_quoted(struct condition *p, struct sv s, char quote);
/* Is left equal to one of the list's? */
struct sv condition_member(struct condition *p, struct sv left, struct sv list);
/* Where a condition is a value among others it is never null. */
struct sv condition_settled(struct condition *p, struct sv s);
struct sv condition_negated(struct condition *p, struct sv s);
struct sv condition_primary(struct condition *p);
/* What follows a value: .isnull(), .str.len() …. */
struct sv condition_methods(struct condition *p, struct sv value);
/* All of p->rest as a query of pandas. */
MUST_CHECK bool condition_pandas(struct condition *p, struct sv *ret);

#endif
