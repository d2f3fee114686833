/* GET /v1/state: what `weir fresh`, `orphans` and `status` print, as a report, for those who share no disk with the service. */
#include "report/report.h"
#include "serve/page.h"
#include "serve/routes.h"
#include "serve/service.h"

enum { SELECTORS_MAX = 1000, REPORT_MAX = 64 << 20 };

struct stating {
	struct service *s;
	struct request *q;
	struct workspace w;
	struct selection selection;
	bool checks, orphans;
	LIST(struct asset_result) result;
};

/* One selector a line. */
static bool
take_selection(struct stating *x)
{
	struct sv rest = request_text(x->q, "select");
	LIST(const char *) text = {0};
	struct err err = {0};

	while (rest.n > 0 && text.n < SELECTORS_MAX) {
		const struct sv one = sv_cut(&rest, '\n');

		if (one.n > 0)
			*LIST_ADD(x->q->a, &text) = arena_str(x->q->a, one);
	}
	if (rest.n > 0)
		request_refuse(x->q, 400, "there are over %d selectors", SELECTORS_MAX);
	else if (!selection_make(x->q->a, x->w.catalog, text.v, text.n, &x->selection, &err) ||
	         (x->checks && !run_checks_exist(&x->w, &x->selection, &err)))
		request_problem(x->q, 400, &err);
	else
		return true;
	return false;
}

/* Where the page begins in the order in which reports tell of assets: what is made from others after these. */
static bool
start_at(struct stating *x, size_t *ret)
{
	const struct catalog *c = x->w.catalog;
	const struct asset *asset;
	struct sv cursor;

	*ret = 0;
	if (!page_cursor(x->q, &cursor))
		return false;
	if (cursor.n == 0)
		return true;
	asset = service_asset(x->s, cursor);
	if (asset == NULL) {
		request_refuse(x->q, 400, "the catalog has changed: begin again without a cursor");
		return false;
	}
	while (c->topo[*ret] != asset->index)
		(*ret)++;
	(*ret)++;
	return true;
}

static bool
tell(struct stating *x, const struct asset *asset, struct err *err)
{
	const struct observed *o = board_card(x->s->board, asset->index)->observed;
	struct asset_result whole = {.asset = asset, .key = asset->key}, *one = &whole;
	size_t n = 1;

	if (o->failed)
		whole.err = o->err;
	if (!x->orphans) {
		whole.has_freshness = whole.has_staleness = true;
		whole.data_version = o->version;
		board_tell(x->s->board, x->q->a, asset->index, &whole.freshness, &whole.staleness);
	} else if (!o->failed) {
		/* What could not be looked at may be an orphan, too. */
		return true;
	}
	if (x->checks && !run_state(&x->w, &x->selection, o, &whole, &one, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		*LIST_ADD(x->q->a, &x->result) = one[i];
	return true;
}

/* Finding files that no asset names takes a look at all that is stored: the last audit did that. */
static bool
add_orphans(struct stating *x, struct report *rep, struct err *err)
{
	LIST(struct orphan) list = {0};
	struct incident *open;
	struct orphan *known;
	size_t n;

	board_orphans(x->s->board, x->q->a, &known, &n);
	for (size_t i = 0; i < n; i++)
		*LIST_ADD(x->q->a, &list) = known[i];
	if (!store_open_incidents(x->s->store, x->q->a, &open, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (sv_is(open[i].kind, orphan_kind_names[ORPHAN_UNTRACKED]))
			*LIST_ADD(x->q->a, &list) = (struct orphan){
				.kind = ORPHAN_UNTRACKED, .key = open[i].asset, .evidence = open[i].message};
	rep->has_orphans = true;
	rep->orphan = list.v;
	rep->norphan = list.n;
	return true;
}

/* Of all that is wrong what the report is about. */
static bool
is_told(const struct stating *x, struct sv kind)
{
	static const char *const fresh[] = {"unreachable", "late", "nearly_late", "unknown_age", "stale"};

	for (size_t i = 0; x->orphans && i < LEN(orphan_kind_names); i++)
		if (sv_is(kind, orphan_kind_names[i]))
			return true;
	for (size_t i = 0; !x->orphans && i < LEN(fresh); i++)
		if (sv_is(kind, fresh[i]))
			return true;
	return x->checks;
}

static bool
add_incidents(struct stating *x, struct report *rep, struct err *err)
{
	struct incident *kept;
	size_t n = 0;

	if (!run_open_incidents(&x->w, &x->selection, rep, err))
		return false;
	kept = ARENA_ARRAY(x->q->a, struct incident, rep->nincident);
	for (size_t i = 0; i < rep->nincident; i++)
		if (is_told(x, rep->incident[i].kind))
			kept[n++] = rep->incident[i];
	rep->incident = kept;
	rep->nincident = n;
	return true;
}

static bool
answer(struct stating *x, struct report *rep, bool first, int64_t start_ns, struct err *err)
{
	AUTO(buf) b = buf_new(REPORT_MAX);

	rep->asset = x->result.v;
	rep->nasset = x->result.n;
	if (first && ((x->orphans && !add_orphans(x, rep, err)) || !add_incidents(x, rep, err)))
		return false;
	run_end(&x->w, rep, start_ns);
	if (!report_json.write(rep, &(struct report_style){.verbose = true}, b, err))
		return false;
	request_json(x->q, 200, arena_sv(x->q->a, buf_sv(b)));
	return true;
}

static void
state_read(struct service *s, struct request *q)
{
	const struct sv kind = request_has(q, "kind") ? request_text(q, "kind") : SV("status");
	struct stating x = {.s = s, .q = q, .w = service_workspace(s, q->a)};
	const struct catalog *c = x.w.catalog;
	const size_t limit = page_limit(q);
	struct report rep;
	int64_t start_ns;
	struct err err = {0};
	size_t at, n = 0;

	x.checks = sv_is(kind, "status");
	x.orphans = sv_is(kind, "orphans");
	if (!take_selection(&x) || !start_at(&x, &at))
		return;

	const bool first = at == 0;

	run_begin(&x.w, arena_str(q->a, kind), &rep, &start_ns);
	run_identify(&x.w);
	for (; at < c->nasset && n < limit; at++) {
		const struct asset *asset = &c->asset[c->topo[at]];

		if (!bit_get(x.selection.asset, asset->index))
			continue;
		n++;
		if (!tell(&x, asset, &err)) {
			request_problem(q, 0, &err);
			return;
		}
	}
	if (n == limit && at < c->nasset)
		page_link(q, c->asset[c->topo[at - 1]].key);
	if (!answer(&x, &rep, first, start_ns, &err))
		request_problem(q, 0, &err);
}

static const char *const kind_choices[] = {"fresh", "orphans", "status", NULL};
static const struct route_param params[] = {
	PAGE_PARAM_CURSOR,
	{"kind", PARAM_IS_ENUM, kind_choices,
         "As the command of that name: freshness and staleness; orphans; or, default, freshness, staleness and the last verdicts."},
	PAGE_PARAM_LIMIT,
	{"select", PARAM_IS_TEXT, NULL,
         "Selectors, as the command line takes them, one a line; default: all assets."},
};
static const struct route_answer answers[] = {
	{.status = 200,
         .schema = "Report",
         .doc = "Inputs before what is made from them. The header Link leads to the next page, if there is one; the first has the orphans and the open incidents."},
};

const struct route route_state = {
	.method = METHOD_GET,
	.path = "/v1/state",
	.id = "getState",
	.scope = SCOPE_READ,
	.summary = "Reports the state of assets as the commands do",
	.doc = "What `weir fresh`, `weir orphans` and `weir status` print with --server. Of data that the service does not see it is what others told of it.",
	.param = params,
	.nparam = LEN(params),
	.answer = answers,
	.nanswer = LEN(answers),
	.read = state_read,
};
