/*
 * Forms of text that take more than a regular expression to tell: JSON, JSON that meets a schema, times by a format.
 *
 * conforms(x, 'strftime', '%d.%m.%Y') asks for them.  Adding one is its file and a row in form.c.
 */
#ifndef WEIR_EXPR_FORM_H
#define WEIR_EXPR_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "expr/regex.h"
#include "expr/value.h"

enum form_result {
	FORM_NO,
	FORM_YES,
	FORM_UNDECIDED
}; /* UNDECIDED: beyond a limit, or it is no text at all */

struct form {
	const char *name;
	const char *doc;
	bool has_argument;
	bool others_fail;  /* what is no text does not have the form; else that is undecided */
	bool dates, times; /* these are looked at as their text, 2024-01-31, 2024-01-31T12:34:56 */
	/* Reads the argument once, into the arena; *ret is shared by threads.  NULL: there is nothing to read. */
	bool (*compile)(struct arena *a, struct regex_list *own, struct sv argument, const void **ret,
	                struct err *err);
	enum form_result (*test)(const void *compiled, struct sv text, struct regex_scratch *scratch);
};

extern const struct form form_json, form_json_schema, form_strftime, form_dateutil;

const struct form *form_find(struct sv name); /* NULL if unknown */
const char *const *form_names(struct arena *a, size_t *n);

/* A form with its argument. */
struct form_use {
	const struct form *form;
	const void *compiled;
};
/* Its patterns go to *own, also on failure. */
MUST_CHECK bool form_compile(struct arena *a, struct regex_list *own, struct sv name, struct sv argument,
                             bool has_argument, struct form_use *ret, struct err *err);
/* v is not null. */
enum form_result form_test(const struct form_use *f, struct value v, struct regex_scratch *scratch);

#endif
