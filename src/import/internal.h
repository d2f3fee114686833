/* Between the files of the framework. */
#ifndef WEIR_IMPORT_INTERNAL_H
#define WEIR_IMPORT_INTERNAL_H

#include "import/import.h"

/* A node below n that nobody looked at, and the nearest name that was asked for there, or NULL.  Each is told once. */
typedef void look_fn(void *ctx, const struct node *missed, const char *near);
void look_missed(struct importing *im, const struct node *n, look_fn *fn, void *ctx);

/* Has the importer read im->root, and refuses what it did not look at. */
void importing_read(struct importing *im);

/* A text on one line, cut where it is long. */
struct sv import_cut(struct arena *a, struct sv text);

/* "dir/checks.orders.yml" without folder and endings: what an asset is called for want of a name. */
struct sv import_base_name(struct arena *a, const char *file);

#endif
