/* The past of checks: for the formats that draw it, and for thresholds on the last good run. */
#include <math.h>

#include "run/internal.h"
#include "store/past.h"

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

/* Where the store is no place for a past, an answer would be that there is none. */
static bool
has_past(const struct workspace *w, struct metric_value *ret)
{
	*ret = (struct metric_value){.v = VALUE_NONE};
	if (!w->history_elsewhere)
		return true;
	ret->failed = true;
	err_set(&ret->err, ERR_UNSUPPORTED, NOWHERE, "what the check found before is not known here");
	return err_hint(&ret->err, "run `weir check` where the state is");
}

void
run_past_result(struct workspace *w, const struct metric *m, const struct asset *asset,
                const struct partition *p, struct sv version, struct metric_value *ret)
{
	struct sv json = {0};
	struct err err = {0};

	if (!has_past(w, ret))
		return;
	if (asset == NULL) {
		ret->failed = true;
		err_set(&ret->err, ERR_EVAL, NOWHERE, "a bare source has no past");
		err_hint(&ret->err, "name a file instead");
		return;
	}
	if (!store_past_observation(w->store, w->a, asset->key, p != NULL ? p->key : (struct sv){0}, version,
	                            m->arg[0]->literal.s, m->params.flag, &json, &err)) {
		*ret = (struct metric_value){.failed = true, .err = err};
		return;
	}
	if (json.n > 0)
		ret->v = value_text(json);
}

void
run_last_good(struct workspace *w, const struct metric *m, const struct asset *asset,
              const struct partition *p, struct metric_value *ret)
{
	enum { LOOKED_AT = 1000 }; /* who has not passed for so long has no good run to go by */
	struct check_point *past;
	struct err err = {0};
	size_t n;

	if (!has_past(w, ret) || asset == NULL)
		return;
	if (!store_check_history(w->store, w->a, asset->key, p != NULL ? p->key : (struct sv){0},
	                         m->arg[0]->literal.s, (struct sv){0}, LOOKED_AT, &past, &n, &err)) {
		*ret = (struct metric_value){.failed = true, .err = err};
		return;
	}
	while (n > 0 && (past[n - 1].outcome != OUTCOME_PASS || isnan(past[n - 1].value)))
		n--;
	if (n > 0)
		ret->v = value_real(past[n - 1].value);
}
