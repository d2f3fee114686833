/* Suites inside the loader: expect.h has the public face. */
#ifndef WEIR_EXPECT_SUITE_H
#define WEIR_EXPECT_SUITE_H

#include "expect/check.h"

/* Adds the checks of a suite that an asset names: a scalar, its path relative to the file that says it. */
void suite_add(struct check_list *l, const struct node *path);
/* Adds a check of an importer's tree, in which the expectation comes first, whatever it is called. */
void suite_add_imported(struct check_list *l, const struct node *check);

#endif
