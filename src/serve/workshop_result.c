/* What becomes of a piece of work: stored as if the keeper had done it itself, also where it could not be done. */
#include <stdio.h>

#include "base/log.h"
#include "serve/keeper.h"
#include "serve/workshop_internal.h"

static void
touch(struct workshop *w, const struct asset *asset)
{
	if (w->s->board != NULL)
		board_touch(w->s->board, asset->index);
}

/* What lay there when the work began was seen, at the least; what came since may not have been.  trouble: it could not be looked at. */
static void
looked(struct workshop *w, const struct asset *asset, int64_t begun_us, const struct err *trouble)
{
	touch(w, asset);
	if (w->s->board != NULL)
		board_looked(w->s->board, asset->index, begun_us, trouble);
}

void
workshop_follow(struct workshop *w)
{
	if (w->s->board != NULL)
		keeper_follow(w->s);
}

/* In a transaction; false if it is not on disk. */
static bool
store(struct workshop *w, struct arena *a, struct results *r, int64_t position, struct err *err)
{
	struct service *s = w->s;

	if (!store_begin(s->store, err))
		return false;
	if (!results_store(s, a, r, position, err)) {
		store_rollback(s->store);
		return false;
	}
	if (!store_commit(s->store, err))
		return false;
	meter_add(&s->meters, METER_COMMITS, 1);
	return true;
}

/*
 * Checks
 * ----------------------------------------------------------------------------------------------------------
 */

static const struct check_result *
result_of(const struct asset_result *r, const struct check *c)
{
	for (size_t i = 0; i < r->ncheck; i++)
		if (sv_eq(r->check[i].check->id, c->id))
			return &r->check[i];
	return NULL;
}

/* Each check that was asked for has a verdict on all that was looked at? */
static bool
is_complete(const struct results *r, const struct asset *asset, const struct checks *checks)
{
	for (size_t i = 0; i < r->report.nasset; i++) {
		if (r->report.asset[i].asset != asset)
			return false;
		for (size_t k = 0; k < checks->n; k++)
			if (result_of(&r->report.asset[i], &checks->v[k]) == NULL)
				return false;
	}
	return r->report.nasset > 0;
}

/* A version that is told, not seen, may have been told anew while the data was read: what was read is nobody knows which. */
static bool
is_same_report(struct workshop *w, struct arena *a, const struct results *r, struct err *why)
{
	struct workspace ws = service_workspace(w->s, a);

	for (size_t i = 0; i < r->report.nasset; i++) {
		const struct asset_result *x = &r->report.asset[i];
		struct partition p;
		struct sv now = {0};

		if (x->asset->version_from != VERSION_REPORTED || x->err.code != ERR_NONE)
			continue;
		if (x->partition.n > 0 && !partition_parse(a, x->asset, x->partition, &p, why))
			return false;
		if (!run_version(&ws, x->asset, x->partition.n > 0 ? &p : NULL, &now, why))
			return false;
		if (!sv_eq(now, x->data_version))
			return err_set(why, ERR_CHANGED, x->asset->loc,
			               "version '" SV_FMT "' was reported while the data was checked",
			               SV_ARG(now));
	}
	return true;
}

static enum kept
check_report(struct workshop *w, struct arena *a, const struct item *i, const struct results *found,
             struct err *trouble)
{
	struct checks checks;

	if (!sv_eq(sv_of(found->report.run_id), i->pub.id)) {
		err_set(trouble, ERR_INTERNAL, NOWHERE, "the result is of another run");
		return KEPT_NOT;
	}
	if (!workshop_selects(a, w->s, &i->pub.order, &checks, trouble))
		return KEPT_NOT;
	if (!is_complete(found, &w->s->project->catalog->asset[i->pub.order.asset], &checks)) {
		/* The catalog was changed in between: by a reload, which can be followed, or only on disk. */
		if (i->generation != w->generation)
			return BEGIN_AGAIN;
		err_set(trouble, ERR_CATALOG, NOWHERE,
		        "the catalog on disk has other checks than the one in use");
		err_hint(trouble, "Reload the service.");
		return KEPT_NOT;
	}
	if (is_same_report(w, a, found, trouble))
		return KEPT;
	return trouble->code == ERR_STORE ? KEPT_LATER : KEPT_NOT;
}

/* On all that it says something of, and on the same versions. */
static void
refuse_report(struct workshop *w, struct arena *a, const struct item *i, struct results *found)
{
	struct workspace ws = service_workspace(w->s, a);

	for (size_t k = 0; k < found->report.nasset; k++) {
		struct asset_result *x = &found->report.asset[k];
		struct checks *checks = ARENA_NEW(a, struct checks);

		checks->n = x->ncheck;
		checks->v = ARENA_ARRAY(a, struct check, x->ncheck);
		for (size_t c = 0; c < x->ncheck; c++)
			checks->v[c] = *x->check[c].check;
		run_refuse(&ws, checks, &i->why, x);
	}
	report_summarize(&found->report);
}

static void
tell_board(struct workshop *w, const struct results *found, int64_t begun_us)
{
	for (size_t k = 0; k < found->nlook; k++)
		looked(w, found->look[k].asset, begun_us,
		       found->look[k].seen.failed ? &found->look[k].seen.err : NULL);
	for (size_t k = 0; k < found->report.nasset; k++)
		touch(w, found->report.asset[k].asset);
	for (size_t k = 0; k < found->report.nasset; k++)
		log_info("checked '" SV_FMT "': %s", SV_ARG(found->report.asset[k].key),
		         outcome_names[found->report.asset[k].outcome]);
	workshop_follow(w);
}

enum kept
workshop_keep(struct workshop *w, const struct item *i, struct sv json, struct err *trouble)
{
	AUTO(arena) a = arena_new();
	struct results *found;
	enum kept kept = KEPT;

	if (!results_parse(w->s, a, json, &found, trouble))
		return KEPT_NOT;
	if (found->trouble.code != ERR_NONE) {
		*trouble = found->trouble;
		return KEPT_NOT;
	}
	if (found->has_report != (i->pub.order.kind == WORK_CHECK) || found->nlook > 1 ||
	    (found->nlook == 1 && found->look[0].asset->index != i->pub.order.asset)) {
		err_set(trouble, ERR_INTERNAL, NOWHERE, "the result is not of what was asked for");
		return KEPT_NOT;
	}
	if (found->has_report)
		kept = check_report(w, a, i, found, trouble);
	if (kept != KEPT)
		return kept;
	if (found->has_report && i->why.code != ERR_NONE)
		refuse_report(w, a, i, found);
	/* A look is not kept: it says what was there then, and there is another soon. */
	if (!store(w, a, found, i->position, trouble))
		return found->has_report ? KEPT_LATER : KEPT_NOT;
	tell_board(w, found, i->pub.started_us);
	if (i->pub.order.kind == WORK_PROBE && found->nlook == 1 && found->look[0].seen.failed) {
		*trouble = found->look[0].seen.err;
		return KEPT_NOT;
	}
	return KEPT;
}

/*
 * Failures
 * --------------------------------------------------------------------------------------------------------
 */

static bool
keep_failed_check(struct workshop *w, const struct item *i, const struct err *why, struct err *err)
{
	AUTO(arena) a = arena_new();
	const struct asset *asset = &w->s->project->catalog->asset[i->pub.order.asset];
	struct workspace ws = service_workspace(w->s, a);
	struct asset_result result = {.asset = asset, .key = asset->key};
	struct report report;
	struct checks checks;
	struct partition p;
	int64_t start_ns;

	/* Checks that are not declared any more have no verdicts to get. */
	if (!workshop_selects(a, w->s, &i->pub.order, &checks, NULL))
		return true;
	/* Of a partition that is none any more, it is said of the whole. */
	if (i->pub.order.partition.n > 0 && partition_parse(a, asset, i->pub.order.partition, &p, NULL))
		result.partition = p.key;
	run_begin(&ws, "check", &report, &start_ns);
	snprintf(report.run_id, sizeof(report.run_id), SV_FMT, SV_ARG(i->pub.id));
	report.started_us = i->pub.started_us != TIME_NONE ? i->pub.started_us : report.started_us;
	run_refuse(&ws, &checks, why, &result);
	report.asset = &result;
	report.nasset = 1;
	run_end(&ws, &report, start_ns);
	if (!run_keep(&ws, &report, NULL, err))
		return false;
	touch(w, asset);
	workshop_follow(w);
	return true;
}

static void
tell_failure(struct item *i, const struct err *why)
{
	if (i->told)
		return;
	i->told = true;
	/* Looks come every minute; that one of them failed is for the board and its incidents to tell. */
	if (i->pub.order.kind == WORK_CHECK)
		log_warn("the check of '" SV_FMT "': %s", SV_ARG(i->key), why->msg);
	else
		log_info("the look at the data of '" SV_FMT "': %s", SV_ARG(i->key), why->msg);
}

bool
workshop_keep_failure(struct workshop *w, struct item *i, const struct err *why, struct err *err)
{
	tell_failure(i, why);
	if (i->pub.order.asset == UINT32_MAX)
		return true;
	if (i->pub.order.kind == WORK_CHECK)
		return keep_failed_check(w, i, why, err);
	looked(w, &w->s->project->catalog->asset[i->pub.order.asset], clock_now_us(w->s->clock), why);
	workshop_follow(w);
	return true;
}
