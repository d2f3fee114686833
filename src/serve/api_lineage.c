/* POST /v1/lineage and its batches: OpenLineage events. */
#include "serve/lineage_take.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/service.h"

enum { BATCH_EVENTS_MAX = 1000, BATCH_BODY_MAX = 16 << 20, REASON_FAULTS_MAX = 3 };

static void
answer(struct request *q, const struct lineage_taken *t)
{
	struct json_writer *w = request_write(q);

	json_object(w);
	json_key(w, "events");
	json_array(w);
	for (size_t i = 0; i < t->nevent; i++) {
		json_object(w);
		json_put_sv(w, "id", t->event[i].id);
		json_put_i64(w, "seq", t->event[i].seq);
		json_object_end(w);
	}
	json_array_end(w);
	json_put_i64(w, "repeated", (int64_t)t->repeated);
	json_put_i64(w, "unknown", (int64_t)t->nunknown);
	json_key(w, "unknown_datasets");
	json_array(w);
	for (size_t i = 0; i < t->nshown; i++)
		json_sv(w, t->unknown[i]);
	json_array_end(w);
	json_object_end(w);
	request_wrote(q, 201);
}

static bool
lineage_write(struct service *s, struct request *q, struct err *err)
{
	struct faults faults = {.a = q->a};
	struct lineage_taken t;

	if (!lineage_take(s, q->a, q->body, &t, &faults, err))
		return false;
	if (faults.n > 0)
		faults_answer(q, &faults);
	else
		answer(q, &t);
	return true;
}

/* Batches -------------------------------------------------------------------------------------------------------- */

struct batch {
	const struct sv *event; /* as JSON */
	size_t n;
};

static void
batch_parse(struct arena *a, struct sv json, struct batch *ret, struct faults *faults)
{
	LIST(struct sv) list = {0};
	struct taking in;
	enum json_event e;

	take_init(&in, a, json, faults);
	e = take_next(&in);
	if (e != JSON_ARRAY) {
		take_refuse(&in, (struct sv){0}, e, "a list of OpenLineage events");
		return;
	}
	while ((e = take_next(&in)) != JSON_ARRAY_END && e != JSON_ERROR) {
		const char *from = in.s.p - 1;

		if (list.n == BATCH_EVENTS_MAX) {
			fault(faults, (struct sv){0}, "more than %d events", BATCH_EVENTS_MAX);
			return;
		}
		if (e != JSON_OBJECT)
			take_refuse(&in, take_pointer_at(&in, (struct sv){0}, list.n), e, "an object");
		else if (!json_skip(&in.s, e))
			fault(faults, (struct sv){0}, "the body is no JSON");
		if (faults->n > 0)
			return;
		*LIST_ADD(a, &list) = (struct sv){from, (size_t)(in.s.p - from)};
	}
	take_end(&in);
	if (list.n == 0 && faults->n == 0)
		fault(faults, (struct sv){0}, "there is no event in it");
	*ret = (struct batch){list.v, list.n};
}

static void
put_failed(struct json_writer *w, struct arena *a, size_t i, const struct faults *f)
{
	struct sv reason = {0};

	for (size_t k = 0; k < MIN(f->list.n, (size_t)REASON_FAULTS_MAX); k++)
		reason = arena_svf(a, SV_FMT "%s" SV_FMT "%s" SV_FMT, SV_ARG(reason), k > 0 ? "; " : "",
		                   SV_ARG(f->list.v[k].pointer), f->list.v[k].pointer.n > 0 ? ": " : "",
		                   SV_ARG(f->list.v[k].detail));
	json_object(w);
	json_put_i64(w, "index", (int64_t)i);
	json_put_sv(w, "reason", reason);
	json_put_bool(w, "retriable", false);
	json_object_end(w);
}

/*
 * Each by itself, in their order, so that one that is wrong keeps no other away; but what is stored of them is stored together: when the state
 * cannot take it, all of it is refused with 503, and may be sent again, since what is known already is not stored twice.
 */
static bool
batch_write(struct service *s, struct request *q, struct err *err)
{
	struct faults faults = {.a = q->a};
	LIST(struct faults) wrong = {0};
	struct batch b = {0};
	struct json_writer *w;
	size_t failed = 0;

	batch_parse(q->a, q->body, &b, &faults);
	if (faults.n > 0) {
		faults_answer(q, &faults);
		return true;
	}
	for (size_t i = 0; i < b.n; i++) {
		struct faults *f = LIST_ADD(q->a, &wrong);
		struct lineage_taken t;

		*f = (struct faults){.a = q->a};
		if (!lineage_take(s, q->a, b.event[i], &t, f, err))
			return false;
		failed += f->n > 0;
	}
	w = request_write(q);
	json_object(w);
	json_put_str(w, "status", failed > 0 ? "partial_success" : "success");
	json_key(w, "summary");
	json_object(w);
	json_put_i64(w, "received", (int64_t)b.n);
	json_put_i64(w, "successful", (int64_t)(b.n - failed));
	json_put_i64(w, "failed", (int64_t)failed);
	json_put_i64(w, "retriable", 0);
	json_put_i64(w, "non_retriable", (int64_t)failed);
	json_object_end(w);
	json_key(w, "failed_events");
	json_array(w);
	for (size_t i = 0; i < b.n; i++)
		if (wrong.v[i].n > 0)
			put_failed(w, q->a, i, &wrong.v[i]);
	json_array_end(w);
	json_object_end(w);
	request_wrote(q, 200);
	return true;
}

/* Bodies --------------------------------------------------------------------------------------------------------- */

static const struct body_field taken_fields[] = {
	{"events", BODY_LIST, .doc = "What became of it: events of assets.", .of = "EventAdded"},
	{"repeated", BODY_WHOLE, .doc = "What was known already."},
	{"unknown", BODY_WHOLE, .doc = "Datasets that no asset has as an alias: openlineage:NAMESPACE/NAME."},
	{"unknown_datasets", BODY_TEXTS, .doc = "The first 20 of these, as NAMESPACE/NAME."},
};
const struct body_schema body_lineage_taken = {
	.name = "LineageTaken",
	.doc = "What an OpenLineage event came to.",
	.field = taken_fields,
	.nfield = LEN(taken_fields),
};
const struct body_schema body_open_lineage = {
	.name = "OpenLineage",
	.doc = "A RunEvent, DatasetEvent or JobEvent of OpenLineage 2-0-2.",
	.shape = BODY_ANY_OBJECT,
};

static const struct body_field failure_fields[] = {
	{"index", BODY_WHOLE, .doc = "Which one, from 0."},
	{"reason", BODY_TEXT, .doc = "What is wrong with it."},
	{"retriable", BODY_FLAG, .doc = "May it be sent again as it is?"},
};
const struct body_schema body_lineage_failure = {
	.name = "LineageFailure",
	.doc = "An event of a batch that was not taken.",
	.field = failure_fields,
	.nfield = LEN(failure_fields),
};
static const struct body_field summary_fields[] = {
	{"received", BODY_WHOLE, .doc = "Events in the batch."},
	{"successful", BODY_WHOLE, .doc = "On disk."},
	{"failed", BODY_WHOLE, .doc = "Not taken."},
	{"retriable", BODY_WHOLE,
         .doc = "Of the failed ones, those that may be sent again as they are: none."},
	{"non_retriable", BODY_WHOLE, .doc = "Of the failed ones, those that are wrong."},
};
const struct body_schema body_lineage_summary = {
	.name = "LineageSummary",
	.doc = "What became of a batch, in numbers.",
	.field = summary_fields,
	.nfield = LEN(summary_fields),
};
static const char *const batch_words[] = {"success", "partial_success"};
static const struct body_field batch_fields[] = {
	{"status", BODY_CHOICE, .doc = "Were all taken?", .names = batch_words, .nnames = LEN(batch_words)},
	{"summary", BODY_OBJECT, .doc = "In numbers.", .of = "LineageSummary"},
	{"failed_events", BODY_LIST, .doc = "Those that were not taken.", .of = "LineageFailure"},
};
const struct body_schema body_lineage_batch = {
	.name = "LineageBatch",
	.doc = "What became of a batch of OpenLineage events.",
	.field = batch_fields,
	.nfield = LEN(batch_fields),
};
const struct body_schema body_open_lineage_batch = {
	.name = "OpenLineageBatch",
	.doc = "Up to 1,000 events of OpenLineage, in a list.",
	.shape = BODY_LIST,
	.of = "OpenLineage",
};

static const struct route_answer batch_answers[] = {
	{.status = 200,
         .schema = "LineageBatch",
         .doc = "What was taken is on disk; each that was not is told with the reason."},
};

#define BATCH(path_, id_, summary_)                                                                                \
	{                                                                                                          \
		.method = METHOD_POST, .path = (path_), .id = (id_), .scope = SCOPE_INGEST,                        \
		.summary = (summary_),                                                                             \
		.doc = "Each event is taken or refused by itself, in the order of the list. A list that is none, " \
		       "is empty or has more than 1,000 is refused as a whole.",                                   \
		.body = "OpenLineageBatch", .body_max = BATCH_BODY_MAX, .answer = batch_answers,                   \
		.nanswer = LEN(batch_answers), .write = batch_write,                                               \
	}

const struct route route_lineage_batch = BATCH("/v1/lineage/batch", "addLineageBatch",
                                               "Takes several OpenLineage events");
const struct route route_lineage_batch_usual = BATCH(
	"/api/v1/lineage/batch", "addLineageBatchAsUsual",
	"Takes several OpenLineage events, at their clients' usual path");

static const struct route_answer answers[] = {
	{.status = 201,
         .schema = "LineageTaken",
         .doc = "It is on disk, also where no asset is known by its datasets."},
};

#define ROUTE(path_, id_, summary_)                                                                              \
	{                                                                                                        \
		.method = METHOD_POST, .path = (path_), .id = (id_), .scope = SCOPE_INGEST,                      \
		.summary = (summary_),                                                                           \
		.doc = "COMPLETE makes the outputs materialized, START and RUNNING started, FAIL and ABORT "     \
		       "failed. Datasets are found by the alias `openlineage:NAMESPACE/NAME` of an asset, also " \
		       "under their symlinks; others are counted and passed over.",                              \
		.body = "OpenLineage", .body_max = 4 << 20, .answer = answers, .nanswer = LEN(answers),          \
		.write = lineage_write,                                                                          \
	}

const struct route route_lineage = ROUTE("/v1/lineage", "addLineage", "Takes an OpenLineage event");
/* Where its clients send to unless they are told otherwise. */
const struct route route_lineage_usual = ROUTE("/api/v1/lineage", "addLineageAsUsual",
                                               "Takes an OpenLineage event, at its clients' usual path");
