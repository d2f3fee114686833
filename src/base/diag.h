/*
 * Diagnostics: everything that is wrong with what a user wrote, told in one go, like a good compiler does.
 * A loader adds to the list and goes on.
 */
#ifndef WEIR_BASE_DIAG_H
#define WEIR_BASE_DIAG_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag {
	enum diag_level level;
	struct loc loc;
	const char *msg, *hint; /* hint may be NULL; both live in the list's arena */
	const char *code;       /* of a lint, which `weir explain` knows; NULL: it has none. Not copied */
	struct loc also; /* another place that it is about, and what stands there; note NULL: there is none */
	const char *note;
};

struct diags {
	struct arena *a;
	LIST(struct diag) list;
	size_t errors, warnings;
};

/* The arena must outlive the list. */
void diags_init(struct diags *d, struct arena *a);
void diag_error(struct diags *d, struct loc at, const char *fmt, ...) PRINTF(3, 4);
void diag_warning(struct diags *d, struct loc at, const char *fmt, ...) PRINTF(3, 4);
/* A hint for the diagnostic added last. */
void diag_hint(struct diags *d, const char *fmt, ...) PRINTF(2, 3);
/* For the diagnostic added last: what it is called, and another place that it is about. */
void diag_code(struct diags *d, const char *code);
void diag_note(struct diags *d, struct loc at, const char *fmt, ...) PRINTF(3, 4);
void diag_add_err(struct diags *d, const struct err *e);
/* Adds "did you mean 'x'?" as the hint of the last one if a name is near, else nothing. */
void diag_suggest(struct diags *d, struct sv wrong, const char *const *names, size_t n);
/* The same for a choice of few: if none is near, "it can be x, y, z". */
void diag_suggest_all(struct diags *d, struct sv wrong, const char *const *names, size_t n);

/* By file (in the order of first mention), line, column; equal ones once. */
void diags_sort(struct diags *d);

/*
 * Prints all: `file:line:col: error: message`, the source line with a caret, `hint: …`.  Source lines are
 * read from the files named; a file that cannot be read costs only its excerpt.  Colours if asked.
 */
void diags_print(const struct diags *d, FILE *out, bool colour);
/* Each as one line of the log. */
void diags_log(const struct diags *d);

#endif
