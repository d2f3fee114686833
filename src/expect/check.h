/* One check: from what was written, in whatever format, to a struct check. */
#ifndef WEIR_EXPECT_CHECK_H
#define WEIR_EXPECT_CHECK_H

#include "expect/args.h"
#include "expect/check_common.h"

struct spec {
	struct sv name; /* of the expectation, as written */
	struct loc loc;
	const struct node *args; /* a map, or a short form; NULL = none */
	const struct node *common[COMMON_COUNT];
};

/* A list of checks under construction. */
struct check_list {
	struct args_scope args;
	const struct asset *asset;
	struct sv column; /* implied by where the checks stand; or empty */
	bool imported;    /* mistakes go into the check, else to d */
	struct diags *d;
	bool part; /* they stand in an argument of another: only their numbers count, not their bounds */
	struct binder *trial; /* to type what is declared before any data is seen; NULL = do not */
	LIST(struct check) out;
};

/* weir's form: a bare word or a map. */
void check_add_node(struct check_list *l, const struct node *n);
void check_add(struct check_list *l, const struct spec *s);
/* One of the checks that nobody writes; dropped if there is one of that expectation and column already. */
void check_add_implicit(struct check_list *l, const struct expectation *e, struct sv column, struct loc at);
/* Gives ids and hashes, finds equal checks: the last step. */
void check_list_finish(struct check_list *l, struct checks *ret);

/* Of everything that changes what the check says about the same data. */
void check_hash(struct check *c);
/* Parts of it, for what makes another number: what an own expectation means, and which rows the asset is made of; false: of all. */
void check_hash_own(struct hasher *h, const struct own_expectation *own);
bool check_hash_rows(const struct check *c, struct hasher *h);

#endif
