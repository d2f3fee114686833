/* Mutation coverage for people, for pull requests and for programs. */
#ifndef WEIR_REPORT_MUTATE_REPORT_H
#define WEIR_REPORT_MUTATE_REPORT_H

#include "report/report.h"
#include "run/mutate.h"

/* all: each fault with who noticed it, not only those that nobody did. */
void mutate_text(const struct mutation *m, bool all, const struct report_style *s, struct buf *b);
void mutate_markdown(const struct mutation *m, struct buf *b);
void mutates_json(const struct mutation *m, size_t n, const struct mutate_options *o, int64_t at_us,
                  struct buf *b);
/* What a check is called below its asset. */
struct sv mutate_label(const struct mutation *m, const struct check *c);
/* Of all of them together, in percent. */
double mutates_score(const struct mutation *m, size_t n);

#endif
