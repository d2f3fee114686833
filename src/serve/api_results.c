/* POST /v1/results: what a check found on a machine that shares no disk with the service (`weir check --server`). */
#include "report/report.h"
#include "report/waiver.h"
#include "serve/request.h"
#include "serve/results.h"
#include "serve/routes.h"
#include "serve/service.h"

enum { BODY_MAX = 64 << 20 };

/*
 * A machine with an older catalog would open gates by checks that are no longer asked for, and close incidents that it knows nothing of:
 * so nothing of what it found is taken.
 */
static void
refuse_unknown(struct request *q, const struct results *r)
{
	struct err err = {0};

	err_set(&err, ERR_CHANGED, NOWHERE,
	        "check '" SV_FMT "' is not in the catalog of this service, or says something else there",
	        SV_ARG(r->unknown));
	if (r->nunknown > 1)
		err_hint(&err, "So are %zu more. Bring both to the same catalog, and check again.",
		         r->nunknown - 1);
	else
		err_hint(&err, "Bring both to the same catalog, and check again.");
	request_problem(q, 422, &err);
}

static bool
is_checked(const struct report *r, struct sv check)
{
	for (size_t i = 0; i < r->nasset; i++)
		for (size_t k = 0; k < r->asset[i].ncheck; k++)
			if (sv_eq(r->asset[i].check[k].check->id, check))
				return true;
	return false;
}

/* Whoever sent it goes by the waivers of this service. */
static void
put_waivers(struct json_writer *j, const struct report *r, const struct waiver *w, size_t n, int64_t now_us)
{
	json_key(j, "waivers");
	json_array(j);
	for (size_t i = 0; i < n; i++)
		if (is_checked(r, w[i].check))
			report_waiver(j, &w[i], now_us);
	json_array_end(j);
}

static bool
answer_stored(struct service *s, struct request *q, struct results *r, struct err *err)
{
	const int64_t now_us = clock_now_us(s->clock);
	struct json_writer *j;
	struct waiver *w = NULL;
	size_t n = 0;

	if (r->has_report && !store_waivers(s->store, q->a, (struct sv){0}, now_us, &w, &n, err))
		return false;
	j = request_write(q);

	json_object(j);
	json_key(j, "run_id");
	if (r->has_report)
		json_str(j, r->report.run_id);
	else
		json_null(j);
	json_put_bool(j, "repeated", r->known);
	if (r->has_report && !r->known)
		json_put_str(j, "outcome", outcome_names[r->report.outcome]);
	json_put_i64(j, "events", r->known ? 0 : (int64_t)r->nevent);
	json_put_i64(j, "observed", r->known ? 0 : (int64_t)r->nlook);
	if (r->has_report)
		put_waivers(j, &r->report, w, n, now_us);
	if (r->has_report && !r->known)
		report_json_incidents(j, &r->report);
	json_object_end(j);
	request_wrote(q, 201);
	return true;
}

static void
touch(struct service *s, const struct results *r)
{
	for (size_t i = 0; r->has_report && i < r->report.nasset; i++)
		board_touch(s->board, r->report.asset[i].asset->index);
	/* That another machine could not look says nothing of what this one sees: the next look here will tell. */
	for (size_t i = 0; i < r->nlook; i++)
		board_touch(s->board, r->look[i].asset->index);
	for (size_t i = 0; i < r->nevent; i++)
		board_touch_key(s->board, r->event[i].asset);
}

static bool
results_write_route(struct service *s, struct request *q, struct err *err)
{
	struct results *r;
	struct err wrong = {0};

	if (!results_parse(s, q->a, q->body, &r, &wrong)) {
		request_problem(q, 422, &wrong);
		return true;
	}
	/* Children of the service say so, and have no other way to. */
	if (r->trouble.code != ERR_NONE) {
		request_refuse(q, 422, "that something could not be done is no result");
		return true;
	}
	if (r->nunknown > 0) {
		refuse_unknown(q, r);
		return true;
	}
	if (!results_store(s, q->a, r, -1, err))
		return false;
	if (r->taken.n > 0) {
		request_refuse(q, 422, "run '%s' is one of environment '" SV_FMT "' already",
		               r->report.run_id, SV_ARG(r->taken));
		return true;
	}
	if (!r->known)
		touch(s, r);
	return answer_stored(s, q, r, err);
}

static const struct route_answer answers[] = {
	{.status = 201, .schema = "ResultsAdded", .doc = "It is on disk, with the incidents that follow."},
	{.status = 422,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "It is no such document, or of another catalog; nothing was stored."},
};

const struct route route_results_add = {
	.method = METHOD_POST,
	.path = "/v1/results",
	.id = "addResults",
	.scope = SCOPE_INGEST,
	.summary = "Takes what a check found elsewhere",
	.doc = "What `weir check --server` sends: a report with the hashes of its checks, and what was seen of the data. It counts as if the service had found it: verdicts, incidents, gates. A run that is known already is not stored again.",
	.body = "ResultsToAdd",
	.body_max = BODY_MAX,
	.answer = answers,
	.nanswer = LEN(answers),
	.write = results_write_route,
};
