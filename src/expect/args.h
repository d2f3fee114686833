/* Arguments of a check: from nodes to typed values, by the expectation's table of parameters. */
#ifndef WEIR_EXPECT_ARGS_H
#define WEIR_EXPECT_ARGS_H

#include "expect/expect.h"

/* Where a check stands, as far as its arguments depend on it. */
struct args_scope {
	struct arena *a;
	const struct catalog *catalog; /* NULL: assets cannot be looked up */
	const struct node *params;     /* suite_parameters, or NULL */
	int64_t now_us;                /* of parameters that ask for it */
	bool any_sql;                  /* whether the catalog allows SQL is not asked here */
	bool foreign; /* assets are called as another tool calls them: by the ends of their keys, too */
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

/* The name or expression of {"$PARAMETER": …}, and the value that it brings with it; NULL for any other node. */
const struct node *args_parameter(struct arena *a, const struct node *n, const struct node **value);
/*
 * {"$PARAMETER": …} stands for a value of the suite, by name or by an expression; any other node for itself.  NULL after a mistake.
 * *said (may be NULL) is set for a value that depends on the clock: what the check is known by instead.
 */
const struct node *args_resolve(const struct args_scope *s, const struct node *n, struct sv *said,
                                struct diags *d);
/* Reads w[nparams] into c->arg and writes c->kwargs' text.  Every mistake goes to *d. */
void args_read(const struct args_scope *s, const struct written *w, struct check *c, struct diags *d);
/* The canonical arguments as members of the JSON object that is open in w. */
void args_json(const struct check *c, struct json_writer *w);

#endif
