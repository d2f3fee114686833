#include "run/retention.h"

#include "expect/past.h"

void
run_retention(struct workspace *w, struct prune *ret)
{
	LIST(struct prune_check) check = {0};
	int64_t open_us = 0;

	for (size_t i = 0; i < w->catalog->nasset; i++) {
		open_us = MAX(open_us, w->catalog->asset[i].gate.in_progress_expires_us);
		for (size_t k = 0; k < w->checks[i].n; k++) {
			const struct check *c = &w->checks[i].v[k];

			*LIST_ADD(w->a,
			          &check) = (struct prune_check){.id = c->id,
			                                         .identity = check_identity(c),
			                                         .last_good = past_is_last_good(c),
			                                         .sketch = past_last_good_sketch(w->a, c)};
		}
	}
	*ret = (struct prune){
		.keep = &w->catalog->retention,
		.events_us = open_us,
		.catalog = w->catalog,
		.check = check.v,
		.ncheck = check.n,
	};
}
