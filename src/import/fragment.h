/* What a document says in the words of another tool: handed over to that tool's importer. */
#ifndef WEIR_IMPORT_FRAGMENT_H
#define WEIR_IMPORT_FRAGMENT_H

#include "import/import.h"

/*
 * Reads a fragment (a tree, or a text that holds one) as the named engine's importer does, and adds the checks that it becomes to the item:
 * the item's grade is the worst of what was said of them.  column: which it is about, where the fragment may leave that out; or empty.
 */
void import_fragment(struct import_item *it, struct sv engine, struct sv column, const struct node *fragment);

#endif
