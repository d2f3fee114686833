/* ${NAME} in Soda's files. */
#ifndef WEIR_IMPORT_SODA_VARS_H
#define WEIR_IMPORT_SODA_VARS_H

#include "import/import.h"

/*
 * The document with variables put in, from the user, else from its own `variables:`; im->root is it from now on.  What has no value stays
 * as it is: soda_has_var finds it.
 */
const struct node *soda_resolve(struct importing *im, const struct node *root);
/* Does a ${VAR} stand in it anywhere?  Its name. */
bool soda_has_var(const struct node *n, struct sv *name);

#endif
