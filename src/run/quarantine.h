/*
 * Failing rows, written where `quarantine:` of their checks says.
 *
 * First all rows are found and written beside their place, in one more walk over the data; only when nothing can go wrong with the evaluation any
 * more they take it.  What cannot be written makes the checks of that place errors: rows that nobody has are not judged silently.
 */
#ifndef WEIR_RUN_QUARANTINE_H
#define WEIR_RUN_QUARANTINE_H

#include "run/run.h"
#include "scan/failing.h"

struct quarantine;
/* Of one dataset; key: what it is called. */
struct quarantine *quarantine_new(struct workspace *w, const struct asset *asset, const struct partition *p,
                                  struct sv key);
/* What was not ended leaves nothing behind.  Takes NULL. */
void quarantine_free(struct quarantine *q);
DEFINE_CLEANUP(quarantine, quarantine_free)

/* The check `at` of the results was judged; it may have no quarantine. */
void quarantine_judged(struct quarantine *q, size_t at, const struct check *c, const struct verdict *v);
/* Then: what breaks it, or one of its segments, judged from the values of a round. */
void quarantine_rows_of(struct quarantine *q, const struct bound *b, const struct verdict *v, uint32_t round);
/* Finds the rows.  value: of each round, by metric id.  False only if the data could not be read. */
MUST_CHECK bool quarantine_collect(struct quarantine *q, struct connection *c, const struct dataset *d,
                                   const struct metric_value *const value[FAILING_ROUNDS], struct err *err);
/* Puts them in their places and says in the results where they are, or why not. */
void quarantine_end(struct quarantine *q, struct asset_result *ret);

#endif
