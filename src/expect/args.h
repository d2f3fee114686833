/* Arguments of a check: from nodes to typed values, by the expectation's table of parameters. */
#ifndef WEIR_EXPECT_ARGS_H
#define WEIR_EXPECT_ARGS_H

#include "expect/expect.h"

/* Where a check stands, as far as its arguments depend on it. */
struct args_scope {
	struct arena *a;
	const struct catalog *catalog; /* NULL: assets cannot be looked up */
	const struct node *params;     /* suite_parameters, or NULL */
};

/* What was written for one parameter: NULL node = nothing. */
struct written {
	const struct node *node;
	struct loc loc;
};

/* The parameter of a name or alias, or -1. */
int args_find(const struct expectation *e, struct sv name);
/* All spellings of all parameters, for suggestions. */
const char *const *args_names(struct arena *a, const struct expectation *e, size_t *n);

/* Reads w[nparams] into c->arg and writes c->kwargs' text.  Every mistake goes to *d. */
void args_read(const struct args_scope *s, const struct written *w, struct check *c, struct diags *d);
/* The canonical arguments as members of the JSON object that is open in w. */
void args_json(const struct check *c, struct json_writer *w);

#endif
