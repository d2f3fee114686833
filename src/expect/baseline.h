/* Which data of the same asset a distribution is compared with. */
#ifndef WEIR_EXPECT_BASELINE_H
#define WEIR_EXPECT_BASELINE_H

#include "expect/args.h"

enum baseline_pick {
	BASELINE_LAST_GOOD, /* the newest other data on which no such check failed or warned */
	BASELINE_PREVIOUS,  /* the newest other data */
	BASELINE_VERSION,   /* {version: V} */
	BASELINE_DAYS_AGO   /* {days_ago: N}: the newest that is at least so old */
};
extern const char *const baseline_names[5];

struct baseline {
	enum baseline_pick pick;
	struct sv version;
	int64_t days;
};
/* "last_good", "version V": what arg.text is then. */
struct sv baseline_text(struct arena *a, const struct baseline *b);
MUST_CHECK bool baseline_parse(struct sv text, struct baseline *ret);

/* Reads last_good, previous, {version: V} or {days_ago: N}; false if it is none of them.  Mistakes within them go to *d. */
bool baseline_read(struct arena *a, const struct node *n, struct arg *arg, struct diags *d);

#endif
