/* Dagster's endpoints for external assets, so that what reports to Dagster reports to weir by another address. */
#include "base/hash.h"
#include "run/told.h"
#include "serve/courier.h"
#include "serve/dagster.h"
#include "serve/event_json.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/service.h"

/* As Dagster says it. */
static void
refuse(struct request *q, struct sv why)
{
	struct json_writer *w = request_write(q);

	json_object(w);
	json_put_sv(w, "error", why);
	json_object_end(w);
	request_wrote(q, 400);
}

/* The report with its asset; NULL when it was refused. */
static const struct asset *
take_report(struct service *s, struct request *q, bool check, struct dagster_report *r)
{
	struct faults faults = {.a = q->a};
	struct dagster_given g = {
		.path = q->arg[0],
		.body = q->body,
		.asset_key = request_text(q, "asset_key"),
		.metadata = request_text(q, "metadata"),
	};
	const struct asset *asset;
	struct err err = {0};

	if (check) {
		g.check_name = request_text(q, "check_name");
		g.passed = request_text(q, "passed");
		g.severity = request_text(q, "severity");
	} else {
		g.partition = request_text(q, "partition");
		g.description = request_text(q, "description");
		g.data_version = request_text(q, "data_version");
	}
	if (!dagster_parse(q->a, &g, r, &faults)) {
		const struct fault *f = &faults.list.v[0];

		refuse(q, arena_svf(q->a, SV_FMT "%s" SV_FMT, SV_ARG(f->pointer),
		                    f->pointer.n > 0 ? ": " : "", SV_ARG(f->detail)));
		return NULL;
	}
	asset = dagster_asset(q->a, s->project->catalog, r->key);
	if (asset == NULL) {
		(void)told_asset(q->a, s->project->catalog, r->key, &err);
		refuse(q,
		       arena_svf(q->a, "%s; an asset has it as its key or as the alias 'dagster:" SV_FMT "'",
		                 err.msg, SV_ARG(r->key)));
		return NULL;
	}
	if (!told_partition(q->a, asset, r->partition, &r->partition, &err)) {
		refuse(q, arena_sv(q->a, sv_of(err.msg)));
		return NULL;
	}
	return asset;
}

static bool
add_event(struct service *s, struct request *q, enum event_kind kind, struct err *err)
{
	struct dagster_report r;
	const struct asset *asset = take_report(s, q, false, &r);
	struct event e;

	if (asset == NULL)
		return true;
	e = told_event(asset, kind, clock_now_us(s->clock));
	e.partition = r.partition;
	e.version = r.data_version;
	e.note = r.description;
	e.rows = r.rows;
	e.metric = r.metric;
	e.nmetric = r.nmetric;
	e.reporter = SV("dagster");
	/* That somebody looked does not mean that there is something new: only what says so makes it fresh. */
	if (kind == EVENT_OBSERVED)
		e.updated_us = r.updated_us;
	if (!events_store(s, q->a, &e, 1, err))
		return false;
	request_json(q, 200, SV("{}"));
	return true;
}

static bool
materialization_write(struct service *s, struct request *q, struct err *err)
{
	return add_event(s, q, EVENT_MATERIALIZED, err);
}

static bool
observation_write(struct service *s, struct request *q, struct err *err)
{
	return add_event(s, q, EVENT_OBSERVED, err);
}

/* Checks ---------------------------------------------------------------------------------------------------------- */

/* One that no check of the catalog has, whatever names are used there. */
static void
set_identity(struct check *c)
{
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, SV("a check reported from elsewhere"));
	hasher_add(&h, c->id);
	hasher_end(&h, c->hash);
}

static struct sv
result_of(struct arena *a, const struct dagster_report *r)
{
	return r->metadata.n > 0 ? arena_svf(a, "{\"details\":" SV_FMT "}", SV_ARG(r->metadata)) : SV("{}");
}

/* As a check of the catalog would have judged it. */
static void
take_verdict(struct arena *a, const struct asset *asset, const struct dagster_report *r, int64_t now_us,
             struct check_result *ret)
{
	const bool warns = sv_is(r->severity, "WARN");
	struct check *c = ARENA_NEW(a, struct check);

	*c = (struct check){
		.id = arena_svf(a, SV_FMT ":" EXTERNAL ":" SV_FMT, SV_ARG(asset->key), SV_ARG(r->check_name)),
		.asset = asset,
		.written_name = SV(EXTERNAL),
		.loc = asset->data_loc,
		.mostly = 1,
		.severity = warns ? SEVERITY_WARNING : SEVERITY_CRITICAL,
		.blocking = !warns,
		.enabled = true,
		.kwargs = SV("{}"),
	};
	set_identity(c);
	*ret = (struct check_result){
		.check = c,
		.verdict = {.outcome = r->passed ? OUTCOME_PASS
	                               : warns   ? OUTCOME_WARN
	                                         : OUTCOME_FAIL,
	                    .success = r->passed,
	                    .message = r->passed ? SV("passed, says Dagster") : SV("failed, says Dagster")},
		.result = result_of(a, r),
		.engine = "dagster",
		.at_us = now_us,
	};
}

/* It speaks of what lies there now: the endpoint takes no version.  Incidents follow from it as from any check. */
static bool
store_check(struct service *s, struct request *q, const struct asset *asset, const struct dagster_report *r,
            struct err *err)
{
	const struct card *card = board_card(s->board, asset->index);
	struct workspace w = service_workspace(s, q->a);
	struct asset_result *result = ARENA_NEW(q->a, struct asset_result);
	struct check_result *check = ARENA_NEW(q->a, struct check_result);
	struct report rep;
	int64_t start_ns;

	run_begin(&w, EXTERNAL, &rep, &start_ns);
	take_verdict(q->a, asset, r, rep.started_us, check);
	*result = (struct asset_result){.asset = asset,
	                                .key = asset->key,
	                                .check = check,
	                                .ncheck = 1,
	                                .outcome = check->verdict.outcome};
	if (card != NULL)
		result->data_version = card->observed->version;
	rep.asset = result;
	rep.nasset = 1;
	rep.finished_us = rep.started_us;
	if (!run_adopt(&w, &rep, err))
		return false;
	board_touch(s->board, asset->index);
	if (s->courier != NULL)
		courier_wake(s->courier);
	return true;
}

static bool
check_write(struct service *s, struct request *q, struct err *err)
{
	struct dagster_report r;
	const struct asset *asset = take_report(s, q, true, &r);

	if (asset == NULL)
		return true;
	if (r.check_name.n == 0 || !r.passed_given) {
		refuse(q, r.passed_given ? SV("check_name is missing") : SV("passed is missing"));
		return true;
	}
	if (!sv_is(r.severity, "ERROR") && !sv_is(r.severity, "WARN")) {
		refuse(q, SV("severity is ERROR or WARN"));
		return true;
	}
	if (!store_check(s, q, asset, &r, err))
		return false;
	request_json(q, 200, SV("{}"));
	return true;
}

/* Routes ---------------------------------------------------------------------------------------------------------- */

const struct body_schema body_dagster_report = {
	.name = "DagsterReport",
	.doc = "asset_key, partition, description, data_version, metadata; of checks check_name, passed and severity.",
	.shape = BODY_ANY_OBJECT,
};
const struct body_schema body_dagster_taken = {
	.name = "DagsterTaken",
	.doc = "An empty object.",
	.shape = BODY_ANY_OBJECT,
};
static const struct body_field refused_fields[] = {
	{"error", BODY_TEXT, .doc = "What is wrong."},
};
const struct body_schema body_dagster_refused = {
	.name = "DagsterRefused",
	.doc = "Why nothing was stored, as Dagster says it.",
	.field = refused_fields,
	.nfield = LEN(refused_fields),
	.open = true,
};

static const struct route_param event_params[] = {
	{"asset_key", PARAM_IS_TEXT, NULL, "Where the path has none: a JSON list of its parts."},
	{"data_version", PARAM_IS_TEXT, NULL, "Version of the data."},
	{"description", PARAM_IS_TEXT, NULL, "In words."},
	{"metadata", PARAM_IS_TEXT, NULL, "A JSON object; its numbers become metrics."},
	{"partition", PARAM_IS_TEXT, NULL, "The partition it is about."},
};
static const struct route_param check_params[] = {
	{"asset_key", PARAM_IS_TEXT, NULL, "Where the path has none: a JSON list of its parts."},
	{"check_name", PARAM_IS_TEXT, NULL, "Name of the check."},
	{"metadata", PARAM_IS_TEXT, NULL, "A JSON object, kept with the verdict."},
	{"passed", PARAM_IS_TEXT, NULL, "true or false."},
	{"severity", PARAM_IS_TEXT, NULL, "ERROR (default), or WARN."},
};
static const struct route_answer answers[] = {
	{.status = 200, .schema = "DagsterTaken", .doc = "It is on disk."},
	{.status = 400, .schema = "DagsterRefused", .doc = "What is wrong; nothing was stored."},
};

#define ROUTE(path_, id_, summary_, doc_, params_, write_)                                                   \
	{                                                                                                    \
		.method = METHOD_POST, .path = (path_), .id = (id_), .scope = SCOPE_INGEST,                  \
		.summary = (summary_),                                                                       \
		.doc = doc_ " As Dagster's endpoint of that name: parameters come from the JSON body, or "   \
			    "else from the query; an asset is found by the alias `dagster:KEY` or its key.", \
		.param = (params_), .nparam = LEN(params_), .body = "DagsterReport", .answer = answers,      \
		.nanswer = LEN(answers), .write = (write_),                                                  \
	}

const struct route route_dagster_materialization = ROUTE(
	"/report_asset_materialization/{asset_key*}", "reportDagsterMaterialization",
	"Takes a materialization as Dagster does", "The asset was made anew, now.", event_params,
	materialization_write);
const struct route route_dagster_observation = ROUTE(
	"/report_asset_observation/{asset_key*}", "reportDagsterObservation",
	"Takes an observation as Dagster does",
	"Somebody looked at the asset; fresh makes it only the metadata dagster/last_updated_timestamp.",
	event_params, observation_write);
const struct route route_dagster_check = ROUTE(
	"/report_asset_check/{asset_key*}", "reportDagsterCheck",
	"Takes the outcome of a check as Dagster does",
	"It is a verdict beside those of the catalog's checks and never replaces one; with ERROR it closes gates. One that fails opens an incident, which lasts until it passes.",
	check_params, check_write);
