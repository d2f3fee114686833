/* Expectations that the catalog defines: rows of the registry that are made while a catalog is loaded. */
#ifndef WEIR_EXPECT_OWN_H
#define WEIR_EXPECT_OWN_H

#include "expect/expect.h"

/* By name; NULL if the catalog (which may be NULL) defines none, or wrongly: own_expectations_check has told of that. */
const struct expectation *own_find(struct arena *a, const struct catalog *c, struct sv name);
/* Their names, appended to a list for suggestions. */
const char *const *own_names(struct arena *a, const struct catalog *c, const char *const *names, size_t *n);
/* Does the catalog define it, right or wrong? */
bool own_is_defined(const struct catalog *c, struct sv name);

#endif
