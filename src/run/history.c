/* The past of the checks in a report, for the formats that draw it. */
#include "run/run.h"

bool
run_history(struct arena *a, struct store *s, struct report *r, size_t max, struct err *err)
{
	for (size_t i = 0; i < r->nasset; i++)
		for (size_t k = 0; k < r->asset[i].ncheck; k++) {
			const struct asset_result *asset = &r->asset[i];
			struct check_result *c = &asset->check[k];
			struct check_point *point;

			if (!store_check_history(s, a, asset->key, asset->partition, c->check->id,
			                         sv_of(r->run_id), max, &point, &c->nhistory, err))
				return false;
			c->history = point;
		}
	return true;
}
