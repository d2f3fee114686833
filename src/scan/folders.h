/* Columns that the files' paths name (`year=2024/`): a value for each part.  Private to the scan. */
#ifndef WEIR_SCAN_FOLDERS_H
#define WEIR_SCAN_FOLDERS_H

#include "metric/outlook.h"
#include "scan/morsel.h"

/* Adds them behind n columns that were found in the files, but for those of the same name; col has room.  Returns how many there are then. */
uint32_t folders_columns(struct scan *s, struct column *col, uint32_t n);
/* Converts the values to the types that the schema has now. */
void folders_values(struct scan *s);
void folders_facts(const struct scan *s, uint32_t part, const struct column *c, int64_t rows,
                   struct outlook *ret);

/* Puts them into batches; a thread's own. */
struct folder_lanes;
struct folder_lanes *folder_lanes_new(const struct scan *s); /* NULL if there are none */
void folder_lanes_free(struct folder_lanes *l);
/* The batch gets columns of its own, which live until the next call. */
void folder_lanes_add(struct folder_lanes *l, uint32_t part, struct batch *b);

#endif
