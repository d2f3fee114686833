#include "run/retention.h"

#include "expect/past.h"

void
run_retention(struct workspace *w, struct prune *ret)
{
	LIST(struct prune_check) check = {0};
	int64_t open_us = 0;

	for (size_t i = 0; i < w->catalog->nasset; i++) {
		open_us = MAX(open_us, w->catalog->asset[i].gate.in_progress_expires_us);
		for (size_t k = 0; k < w->checks[i].n; k++)
			*LIST_ADD(w->a, &check) = (struct prune_check){w->checks[i].v[k].id,
			                                               check_identity(&w->checks[i].v[k]),
			                                               past_is_last_good(&w->checks[i].v[k])};
	}
	*ret = (struct prune){
		.keep = &w->catalog->retention,
		.events_us = open_us,
		.catalog = w->catalog,
		.check = check.v,
		.ncheck = check.n,
	};
}
