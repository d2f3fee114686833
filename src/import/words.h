/* Texts of small languages cut into words, for importers of what is no YAML: each word knows its place. */
#ifndef WEIR_IMPORT_WORDS_H
#define WEIR_IMPORT_WORDS_H

#include "import/import.h"

enum word_kind { WORD_END, WORD_NAME, WORD_NUMBER, WORD_TEXT, WORD_SIGN };

struct word {
	enum word_kind kind;
	struct sv text; /* as written; of a text without its quotes and escapes */
	struct loc loc;
	size_t at, end; /* its bytes in the source */
	bool broken;    /* of a text: it never ends, or a program fills something in */
	bool loose;     /* of a text: some \ is before what needs none, and was kept */
};

struct word_rules {
	const char *comments[3]; /* each begins what ends with its line */
	const char *more;        /* what names hold beside letters, digits and _ */
	const char *signs;       /* those of two characters, behind each other: "<=>=" */
	bool code; /* as Scala and Python: also 'texts', triple quotes, prefixes, block comments, numbers as 1.0d */
};

/* Where the source stands: a file, or a scalar in one. */
struct word_source {
	struct sv text;
	struct loc start;
	bool scalar; /* lines of its own do not begin in the first column */
	bool line;   /* all of it is on one line, its ends of lines are written as \n */
};

struct words {
	const struct word *v; /* v[n] is WORD_END, behind the last */
	size_t n;
	struct sv source;
};

/* False if there are more than anybody writes. */
MUST_CHECK bool words_cut(struct arena *a, const struct word_source *s, const struct word_rules *r,
                          struct words *ret);
bool word_is(const struct word *w, const char *name_or_sign);
/* The source from the i-th word to before the end of the k-th. */
struct sv words_source(const struct words *w, size_t i, size_t k);

#endif
