/* GET /v1/assets/{key}/past: what the checks of an asset compare with, for `--server`, which judges where the state is not. */
#include "serve/past_json.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/service.h"

static void
tell_past(struct service *s, struct request *q)
{
	const struct asset *asset = service_asset(s, q->arg[0]);
	struct workspace w = service_workspace(s, q->a);
	const struct check **c;
	const struct checks *all;
	struct past_copy copy;
	struct err err = {0};

	if (asset == NULL) {
		request_refuse(q, 404, "there is no asset '" SV_FMT "'", SV_ARG(q->arg[0]));
		return;
	}
	all = &s->project->checks[asset->index];
	c = ARENA_ARRAY(q->a, const struct check *, all->n);
	for (size_t i = 0; i < all->n; i++)
		c[i] = &all->v[i];
	if (!past_copy_make(&w, asset, c, all->n, request_text(q, "partition"), &copy, &err)) {
		request_problem(q, 0, &err);
		return;
	}
	past_json_write(request_write(q), &copy);
	request_wrote(q, 200);
}

static const struct route_param past_params[] = {
	{"partition", PARAM_IS_TEXT, NULL, "Of this one alone, or of a range `A..B`; default: of all."},
};
static const struct route_answer past_answers[] = {
	{.status = 200, .schema = "Past", .doc = "One record for each question of its checks."},
};

const struct route route_past = {
	.method = METHOD_GET,
	.path = "/v1/assets/{key}/past",
	.id = "getPast",
	.scope = SCOPE_READ | SCOPE_INGEST,
	.summary = "Tells what the checks of an asset compare with",
	.doc = "What `weir check --server` asks before it judges changes, anomalies, changes of the schema and thresholds on the last good run, so that "
	       "its verdicts are those of a check beside the state. At most 1000 points of a number and partition, and 100000 in "
	       "all; a question beyond that has an `error` in the place of answers.",
	.param = past_params,
	.nparam = LEN(past_params),
	.answer = past_answers,
	.nanswer = LEN(past_answers),
	.read = tell_past,
};
