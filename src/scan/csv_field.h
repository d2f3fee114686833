/* CSV: the head of a part, and single fields.  What csv_head.c and csv.c share. */
#ifndef WEIR_SCAN_CSV_FIELD_H
#define WEIR_SCAN_CSV_FIELD_H

#include "scan/csv_index.h"

/*
 * The field between two places of a record whose quotes are sound: without its quotes, doubled ones halved (copied to the
 * arena then, with READER_PAD bytes behind).  False if it is null: not quoted, and one of the null tokens.
 */
bool csv_field(const struct csv_format *f, struct sv raw, struct arena *a, struct sv *ret);

/* Names and classes from the first records, as struct reader_driver says. */
bool csv_head(struct arena *a, const struct dataset *d, const struct part *p, struct sv text, bool whole,
              struct head *ret, struct err *err);

#endif
