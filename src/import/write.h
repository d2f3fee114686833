/* An imported tree as a file that people keep. */
#ifndef WEIR_IMPORT_WRITE_H
#define WEIR_IMPORT_WRITE_H

#include "base/buf.h"
#include "import/import.h"

/*
 * A weir.yaml: assets with their checks, in the order of the original.  Comments that stand on lines of their own in a YAML original are kept,
 * before what they stood before.  The tree must be settled (expect.h).
 */
void imported_yaml(const struct imported *im, const struct document *doc, struct buf *b);

#endif
