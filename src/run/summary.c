/* Roll-ups: outcomes of assets and of the run, and the exit status. */
#include "run/run.h"

/* What freshness and staleness mean for an asset's outcome. */
static enum outcome
state_outcome(const struct asset_result *a)
{
	enum outcome o = OUTCOME_SKIPPED;

	if (a->has_freshness)
		switch (a->freshness.status) {
		case FRESH_PASS:
			o = OUTCOME_PASS;
			break;
		case FRESH_WARN:
			o = OUTCOME_WARN;
			break;
		case FRESH_FAIL:
			o = OUTCOME_FAIL;
			break;
		case FRESH_UNKNOWN:
			o = OUTCOME_ERROR;
			break;
		case FRESH_NONE:
			break;
		}
	if (a->has_staleness && a->staleness.failing)
		o = outcome_worse(o, OUTCOME_FAIL);
	if (a->err.code != ERR_NONE)
		o = OUTCOME_ERROR;
	return o;
}

static void
count_asset(struct report *r, struct asset_result *a)
{
	a->outcome = state_outcome(a);
	for (size_t i = 0; i < a->ncheck; i++) {
		r->checks.outcome[a->check[i].verdict.outcome]++;
		a->outcome = outcome_worse(a->outcome, a->check[i].verdict.outcome);
	}
	if (a->has_freshness)
		r->fresh[a->freshness.status]++;
	if (a->has_staleness && a->staleness.status == STALE_STALE)
		r->stale++;
}

void
report_summarize(struct report *r)
{
	r->outcome = OUTCOME_SKIPPED;
	r->assets = 0;
	r->stale = 0;
	r->checks = (struct check_counts){0};
	memset(r->fresh, 0, sizeof(r->fresh));
	for (size_t i = 0; i < r->nasset; i++) {
		count_asset(r, &r->asset[i]);
		r->outcome = outcome_worse(r->outcome, r->asset[i].outcome);
		/* Partitions of an asset follow each other. */
		if (i == 0 || !sv_eq(r->asset[i].key, r->asset[i - 1].key))
			r->assets++;
	}
	/* Nothing was judged and nothing is wrong: a report on orphans alone. */
	if (r->outcome == OUTCOME_SKIPPED && r->has_orphans)
		r->outcome = OUTCOME_PASS;
}

int
report_exit_status(const struct report *r, bool strict)
{
	switch (r->outcome) {
	case OUTCOME_ERROR:
		return 3;
	case OUTCOME_FAIL:
		return 1;
	case OUTCOME_WARN:
		return strict ? 1 : 0;
	default:
		return strict && r->norphan > 0 ? 1 : 0;
	}
}
