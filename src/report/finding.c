/* What is wrong in a report, as one list: what markdown, github, mail, html and comparisons are made from. */
#include <stdlib.h>

#include "report/view.h"

struct findings {
	struct arena *a;
	LIST(struct finding) list;
};

/* The next one, of an asset or partition. */
static struct finding *
add(struct findings *f, const struct asset_result *a, enum outcome outcome, const char *kind,
    const char *label)
{
	struct finding *ret = LIST_ADD(f->a, &f->list);

	*ret = (struct finding){
		.outcome = outcome,
		.kind = kind,
		.asset = a->key,
		.partition = a->partition,
		.result = a,
		.title = view_title(f->a, a),
		.label = sv_of(label),
		.loc = a->asset != NULL ? a->asset->loc : NOWHERE,
	};
	return ret;
}

static void
add_error(struct findings *f, const struct asset_result *a)
{
	struct finding *it = add(f, a, OUTCOME_ERROR, "unreadable", "data");

	it->message = sv_of(a->err.msg);
	it->hint = sv_of(a->err.hint);
	if (a->err.loc.file != NULL)
		it->loc = a->err.loc;
}

static void
add_freshness(struct findings *f, const struct asset_result *a)
{
	static const struct {
		enum outcome outcome;
		const char *kind;
	} by_status[] = {
		[FRESH_PASS] = {OUTCOME_PASS, ""},     [FRESH_WARN] = {OUTCOME_WARN, "aging"},
		[FRESH_FAIL] = {OUTCOME_FAIL, "late"}, [FRESH_UNKNOWN] = {OUTCOME_ERROR, "unknown_age"},
		[FRESH_NONE] = {OUTCOME_PASS, ""},
	};
	enum fresh_status status = a->freshness.status;
	struct finding *it;

	/* What could not be observed has said why already. */
	if (by_status[status].outcome == OUTCOME_PASS || (status == FRESH_UNKNOWN && a->err.code != ERR_NONE))
		return;
	it = add(f, a, by_status[status].outcome, by_status[status].kind, "freshness");
	it->message = a->freshness.evidence;
	if (a->asset != NULL && a->asset->freshness.loc.file != NULL)
		it->loc = a->asset->freshness.loc;
}

static void
add_staleness(struct findings *f, const struct asset_result *a)
{
	const bool missing = a->staleness.status == STALE_MISSING;

	/* What could not be observed, or is late for that reason, has said so already. */
	if ((a->staleness.status != STALE_STALE && !missing) ||
	    (missing && (a->err.code != ERR_NONE || a->freshness.status == FRESH_FAIL ||
	                 a->freshness.status == FRESH_UNKNOWN)))
		return;
	add(f, a, a->staleness.failing ? OUTCOME_FAIL : OUTCOME_WARN, missing ? "missing" : "stale",
	    "staleness")
		->message = a->staleness.evidence;
}

static void
add_check(struct findings *f, const struct asset_result *a, const struct check_result *c)
{
	enum outcome outcome = c->verdict.outcome;
	struct finding *it;

	if (outcome == OUTCOME_PASS || outcome == OUTCOME_SKIPPED || view_is_told(a, c))
		return;
	it = add(f, a, outcome, outcome == OUTCOME_ERROR ? "check_error" : "check_failed", "");
	it->check = c;
	it->label = view_label(a, c->check);
	it->message = view_message(f->a, c);
	if (outcome == OUTCOME_ERROR)
		it->hint = sv_of(c->verdict.err.hint);
	if (c->waiver != NULL)
		it->waived = view_waiver(f->a, c->waiver);
	if (c->check->loc.file != NULL)
		it->loc = c->check->loc;
}

static void
add_orphan(struct findings *f, const struct orphan *o)
{
	*LIST_ADD(f->a, &f->list) = (struct finding){
		.outcome = OUTCOME_WARN,
		.kind = orphan_kind_names[o->kind],
		.asset = o->key,
		.title = o->key,
		.label = arena_svf(f->a, "%s orphan", orphan_kind_names[o->kind]),
		.message = o->evidence,
	};
}

/* error > fail > warn, as everywhere. */
static int
weight(enum outcome o)
{
	return o == OUTCOME_ERROR ? 0 : o == OUTCOME_FAIL ? 1 : 2;
}

struct finding *
view_findings(struct arena *a, const struct report *r, size_t *n)
{
	struct findings f = {.a = a};
	struct finding *sorted;
	size_t at = 0;

	for (size_t i = 0; i < r->nasset; i++) {
		const struct asset_result *it = &r->asset[i];

		if (it->err.code != ERR_NONE)
			add_error(&f, it);
		if (it->has_freshness)
			add_freshness(&f, it);
		if (it->has_staleness)
			add_staleness(&f, it);
		for (size_t k = 0; k < it->ncheck; k++)
			add_check(&f, it, &it->check[k]);
	}
	for (size_t i = 0; i < r->norphan; i++)
		add_orphan(&f, &r->orphan[i]);
	sorted = ARENA_ARRAY(a, struct finding, f.list.n);
	for (int w = 0; w <= 2; w++)
		for (size_t i = 0; i < f.list.n; i++)
			if (weight(f.list.v[i].outcome) == w)
				sorted[at++] = f.list.v[i];
	*n = f.list.n;
	return sorted;
}
