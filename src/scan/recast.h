/* A column whose values have another type in the file than the catalog declares: each is converted, and may not fit. */
#ifndef WEIR_SCAN_RECAST_H
#define WEIR_SCAN_RECAST_H

#include "expr/schema.h"
#include "metric/vector.h"

struct recast;
struct recast *recast_new(const struct column *c);
void recast_free(struct recast *r);
/* Lives until the next call, texts as long as those of v. */
const struct vector *recast(struct recast *r, const struct vector *v);

#endif
