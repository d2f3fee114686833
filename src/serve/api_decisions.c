/* GET /v1/decisions and /v1/reports/gates: what gates said, and what of it was later proved false. */
#include "base/num.h"
#include "report/gate_history.h"
#include "run/told.h"
#include "serve/page.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/service.h"

static const char *const decision_choices[] = {"allow", "block", NULL};

static void
answer_page(struct request *q, const struct stored_decision *d, size_t n, bool more)
{
	const struct sv cursor = more ? arena_svf(q->a, "%lld", (long long)d[n - 1].seq) : (struct sv){0};
	struct json_writer *w = request_write(q);

	json_object(w);
	json_key(w, "decisions");
	json_array(w);
	for (size_t i = 0; i < n; i++) {
		json_object(w);
		json_put_sv(w, "id", d[i].id);
		json_put_sv(w, "asset", d[i].asset);
		json_put_sv(w, "partition", d[i].partition);
		json_put_sv(w, "decision", d[i].decision);
		json_put_sv(w, "mode", d[i].mode);
		json_put_time(w, "at", d[i].at_us);
		json_put_time(w, "last_at", d[i].last_us);
		json_put_i64(w, "count", d[i].count);
		json_put_raw(w, "answer", d[i].json);
		json_object_end(w);
	}
	json_array_end(w);
	page_next_number(q, w, more, cursor);
	json_object_end(w);
	request_wrote(q, 200);
}

static void
decisions_read(struct service *s, struct request *q)
{
	const size_t max = page_limit(q);
	struct decision_filter f = {
		.asset = request_text(q, "asset"),
		.partition = request_text(q, "partition"),
		.decision = request_text(q, "decision"),
		.since_us = request_number(q, "since", TIME_NONE),
		.until_us = request_number(q, "until", TIME_NONE),
		.max = max + 1,
	};
	const struct asset *asset = f.asset.n > 0 ? service_asset(s, f.asset) : NULL;
	struct stored_decision *d;
	struct err err = {0};
	size_t n;

	/* Of an asset that the catalog has no more the record stays. */
	if (asset != NULL)
		f.asset = asset->key;
	if (request_has(q, "cursor") &&
	    (!num_i64(request_text(q, "cursor"), &f.before_seq) || f.before_seq <= 0)) {
		request_refuse(q, 400, "the parameter 'cursor' is of no page");
		return;
	}
	if (f.partition.n > 0 && f.asset.n == 0) {
		request_refuse(q, 400, "the parameter 'partition' needs 'asset'");
		return;
	}
	if (store_find_decisions(s->store, q->a, &f, &d, &n, &err))
		answer_page(q, d, MIN(n, max), n > max);
	else
		request_problem(q, 0, &err);
}

static const struct route_param decisions_params[] = {
	{"asset", PARAM_IS_TEXT, NULL, "Of this asset's gate, by its key or an alias."},
	PAGE_PARAM_CURSOR,
	{"decision", PARAM_IS_ENUM, decision_choices, "Those alone."},
	PAGE_PARAM_LIMIT,
	{"partition", PARAM_IS_TEXT, NULL, "Of this partition; needs `asset`."},
	{"since", PARAM_IS_TIME, NULL, "Last given at this time or later."},
	{"until", PARAM_IS_TIME, NULL, "Last given before this time."},
};

static const struct route_answer decisions_answers[] = {
	{.status = 200, .schema = "Decisions", .doc = "Newest first."},
};

const struct route route_decisions = {
	.method = METHOD_GET,
	.path = "/v1/decisions",
	.id = "listDecisions",
	.scope = SCOPE_READ,
	.summary = "Lists what gates said",
	.doc = "An answer that was given again and again, with nothing changed, is one row with a count.",
	.param = decisions_params,
	.nparam = LEN(decisions_params),
	.answer = decisions_answers,
	.nanswer = LEN(decisions_answers),
	.read = decisions_read,
};

/* GET /v1/reports/gates ------------------------------------------------------------------------------------------ */

static void
history_read(struct service *s, struct request *q)
{
	struct gate_history h;
	struct err err = {0};

	if (!gate_history(s->store, q->a, request_number(q, "since", TIME_NONE),
	                  request_number(q, "until", TIME_NONE), &h, &err)) {
		request_problem(q, 0, &err);
		return;
	}
	gate_history_json(&h, request_write(q));
	request_wrote(q, 200);
}

static const struct route_param history_params[] = {
	{"since", PARAM_IS_TIME, NULL, "Decisions that were last given at this time or later."},
	{"until", PARAM_IS_TIME, NULL, "Decisions that were last given before this time."},
};

static const struct route_answer history_answers[] = {
	{.status = 200, .schema = "GateHistory", .doc = "By gate and by check."},
};

const struct route route_gate_history = {
	.method = METHOD_GET,
	.path = "/v1/reports/gates",
	.id = "reportGates",
	.scope = SCOPE_READ,
	.summary = "Tells what gates did, and what of it was later proved false",
	.param = history_params,
	.nparam = LEN(history_params),
	.answer = history_answers,
	.nanswer = LEN(history_answers),
	.read = history_read,
};
