/* POST and GET /v1/runs, GET /v1/runs/{id}: asks for checks, and tells what became of them. */
#include <assert.h>
#include <stddef.h>

#include "base/num.h"
#include "run/told.h"
#include "serve/agenda.h"
#include "serve/idempotency.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/service.h"
#include "serve/take.h"
#include "serve/workshop.h"

enum { WAIT_MAX_S = 300, CHECKS_MAX = 100, LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

/*
 * A run in words
 * ----------------------------------------------------------------------------------------------------------
 */

/* What the workshop knows of it. */
static void
put_work(struct json_writer *j, const struct service *s, const struct work *w)
{
	json_put_sv(j, "id", w->id);
	json_put_str(j, "kind", w->order.kind == WORK_CHECK ? "check" : "probe");
	json_put_str(j, "state", work_state_names[w->state]);
	if (w->order.asset != UINT32_MAX)
		json_put_sv(j, "asset", s->project->catalog->asset[w->order.asset].key);
	json_put_sv(j, "partition", w->order.partition);
	json_key(j, "checks");
	json_array(j);
	for (size_t i = 0; i < w->order.ncheck; i++)
		json_sv(j, w->order.check[i]);
	json_array_end(j);
	json_put_sv(j, "why", w->order.why);
	json_put_time(j, "queued_at", w->queued_us);
	json_put_time(j, "started_at", w->started_us);
	json_put_time(j, "finished_at", w->finished_us);
	if (w->trouble.n > 0)
		json_put_sv(j, "trouble", w->trouble);
}

static void
put_stored(struct json_writer *j, const struct stored_run *run)
{
	json_put_sv(j, "id", run->id);
	json_put_sv(j, "kind", run->kind);
	json_put_str(j, "state", work_state_names[WORK_DONE]);
	json_put_time(j, "started_at", run->started_us);
	json_put_time(j, "finished_at", run->finished_us);
	json_put_str(j, "outcome", outcome_names[run->outcome]);
}

static bool
put_counts(struct service *s, struct json_writer *j, struct sv id, struct err *err)
{
	int64_t counts[5];

	if (!store_run_counts(s->store, id, counts, err))
		return false;
	json_key(j, "verdicts");
	json_object(j);
	for (size_t i = 0; i < LEN(counts); i++)
		json_put_i64(j, outcome_names[i], counts[i]);
	json_object_end(j);
	return true;
}

/* With what was found, as far as it was kept. */
static void
answer_run(struct service *s, struct request *q, const struct work *w, const struct stored_run *run,
           int status)
{
	struct json_writer *j = request_write(q);

	assert(w != NULL || run != NULL);
	json_object(j);
	if (w != NULL)
		put_work(j, s, w);
	else
		put_stored(j, run);
	if (run != NULL && w != NULL)
		json_put_str(j, "outcome", outcome_names[run->outcome]);
	if (run != NULL && run->report.n > 0)
		json_put_raw(j, "report", run->report);
	json_object_end(j);
	request_wrote(q, status);
}

/* False: there is no such run, or it could not be read, which was answered. */
static bool
answer_known(struct service *s, struct request *q, struct sv id, int status_pending)
{
	const struct work *w = workshop_find(s->workshop, id);
	const bool pending = w != NULL && (w->state == WORK_QUEUED || w->state == WORK_RUNNING);
	struct stored_run run;
	struct err err = {0};
	bool found = false;

	if (!pending && !store_run(s->store, q->a, id, &run, &found, &err)) {
		request_problem(q, 0, &err);
		return true;
	}
	if (w == NULL && !found)
		return false;
	answer_run(s, q, w, found ? &run : NULL, pending ? status_pending : 200);
	return true;
}

/*
 * Asking
 * ------------------------------------------------------------------------------------------------------------
 */

struct asked {
	struct sv asset, partition;
	LIST(struct sv) check;
};

static void
take_checks(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct asked *x = base;

	if (e != JSON_ARRAY) {
		take_refuse(t, pointer, e, "a list of texts");
		return;
	}
	while ((e = take_next(t)) != JSON_ARRAY_END && e != JSON_ERROR) {
		struct sv at = take_pointer_at(t, pointer, x->check.n), text;

		if (!take_text(t, at, e, &text))
			continue;
		if (x->check.n == CHECKS_MAX)
			fault(t->faults, at, "more than %d are named", CHECKS_MAX);
		else
			*LIST_ADD(t->a, &x->check) = text;
	}
}

static const struct take_field asked_fields[] = {
	{"asset", TAKE_TEXT, .at = offsetof(struct asked, asset), .required = true},
	{"partition", TAKE_TEXT, .at = offsetof(struct asked, partition)},
	{"checks", TAKE_OTHER, .take = take_checks},
};

/* `Prefer: wait=10` (RFC 7240), in seconds; 0 = it would rather not. */
static int64_t
wait_asked(const struct request *q)
{
	struct sv rest = request_header(q, "Prefer");
	int64_t s = 0;

	while (rest.n > 0) {
		struct sv one = sv_trim(sv_cut(&rest, ','));

		if (sv_starts(one, SV("wait=")) && num_i64(sv_skip(one, 5), &s))
			return MIN(MAX(s, 0), WAIT_MAX_S);
	}
	return 0;
}

struct waiting {
	struct request *q;
	struct sv id, timer;
};

static void
stop_waiting(struct service *s, struct waiting *x)
{
	agenda_set(s->agenda, x->timer, TIME_NONE, NULL, NULL);
	workshop_forget(s->workshop, x->id, x);
}

static void
time_is_over(struct service *s, void *ctx)
{
	struct waiting *x = ctx;

	workshop_forget(s->workshop, x->id, x);
	if (!answer_known(s, x->q, x->id, 202))
		request_refuse(x->q, 404, "the run is not known any more");
}

static void
run_is_over(struct service *s, const struct work *w UNUSED, void *ctx)
{
	struct waiting *x = ctx;

	agenda_set(s->agenda, x->timer, TIME_NONE, NULL, NULL);
	if (!answer_known(s, x->q, x->id, 202))
		request_refuse(x->q, 404, "the run is not known any more");
}

static void
client_is_gone(struct service *s, struct request *q, void *ctx)
{
	stop_waiting(s, ctx);
	request_refuse(q, 503, "the service stops");
}

static bool
partition_fits(struct service *s, struct request *q, const struct asset *asset, struct sv text,
               struct faults *faults)
{
	struct partition *p;
	struct err err = {0};
	size_t n;

	if (text.n == 0)
		return true;
	if (asset->ndim == 0)
		fault(faults, SV("/partition"), "asset '" SV_FMT "' has no partitions", SV_ARG(asset->key));
	else if (!partitions_range(q->a, asset, text, clock_now_us(s->clock), &p, &n, &err))
		fault_err(faults, SV("/partition"), &err);
	return faults->n == 0;
}

/* False: it was answered that it cannot be. */
static bool
parse_order(struct service *s, struct request *q, struct work_order *o)
{
	struct asked x = {.asset = {0}};
	struct faults faults = {.a = q->a};
	struct taking in;
	struct err err = {0};
	const struct asset *asset;

	take_init(&in, q->a, q->body, &faults);
	take_object(&in, asked_fields, LEN(asked_fields), &x, (struct sv){0}, take_next(&in));
	take_end(&in);
	if (faults.n > 0) {
		faults_answer(q, &faults);
		return false;
	}
	asset = told_asset(q->a, s->project->catalog, x.asset, &err);
	if (asset == NULL) {
		request_problem(q, 404, &err);
		return false;
	}
	if (!partition_fits(s, q, asset, x.partition, &faults)) {
		faults_answer(q, &faults);
		return false;
	}
	*o = (struct work_order){
		.kind = WORK_CHECK,
		.priority = WORK_ASKED,
		.asset = asset->index,
		.partition = x.partition,
		.check = x.check.v,
		.ncheck = x.check.n,
		.why = arena_svf(q->a, "asked by " SV_FMT, SV_ARG(q->who)),
	};
	return true;
}

/* When it is over, or after so long; at once if it is over already. */
static void
answer_run_later(struct service *s, struct request *q, struct waiting *x, int64_t wait_s)
{
	x->timer = arena_svf(q->a, "wait " SV_FMT " %p", SV_ARG(x->id), (void *)q);
	request_add_header(q, "Preference-Applied", arena_svf(q->a, "wait=%lld", (long long)wait_s));
	agenda_set(s->agenda, x->timer, clock_now_us(s->clock) + wait_s * US_PER_S, time_is_over, x);
	request_keep(q, client_is_gone, x);
}

static void
add_location(struct request *q, struct sv id)
{
	request_add_header(q, "Location", arena_svf(q->a, "/v1/runs/" SV_FMT, SV_ARG(id)));
}

/* The run that the request was answered with the first time.  False: nobody knows of it any more, so that it is asked for anew. */
static bool
answer_again(struct service *s, struct request *q, struct sv id, int64_t wait_s)
{
	const struct work *w = workshop_find(s->workshop, id);
	struct stored_run run;
	struct err err = {0};
	bool found = w != NULL;

	if (!found && !store_run(s->store, q->a, id, &run, &found, &err)) {
		request_problem(q, 0, &err);
		return true;
	}
	if (!found)
		return false;
	request_add_header(q, "Idempotency-Replayed", SV("true"));
	add_location(q, id);
	if (wait_s > 0 && w != NULL && (w->state == WORK_QUEUED || w->state == WORK_RUNNING)) {
		struct waiting *x = ARENA_NEW(q->a, struct waiting);

		*x = (struct waiting){.q = q, .id = arena_sv(q->a, id)};
		workshop_wait(s->workshop, id, run_is_over, x);
		answer_run_later(s, q, x, wait_s);
	} else if (!answer_known(s, q, id, 202)) {
		request_refuse(q, 404, "the run is not known any more");
	}
	return true;
}

static int
refusal(const struct err *err)
{
	switch (err->code) {
	case ERR_LIMIT:
		return 503;
	case ERR_NOTHING:
		return 422;
	case ERR_UNSUPPORTED:
		return 409;
	default:
		return 0;
	}
}

/* So that who sends it again is told of the same run. */
static bool
keep_run(struct service *s, struct kept_answer *k, struct sv id, struct err *err)
{
	if (k->key.n == 0)
		return true;
	k->status = 202;
	k->body = id;
	k->at_us = clock_now_us(s->clock);
	return store_keep_answer(s->store, k, err);
}

static void
order_run(struct service *s, struct request *q, struct kept_answer *k, int64_t wait_s)
{
	struct waiting *x = ARENA_NEW(q->a, struct waiting);
	struct work_order o;
	struct err err = {0};
	struct sv id;

	if (!parse_order(s, q, &o))
		return;
	if (!workshop_order(s->workshop, &o, wait_s > 0 ? run_is_over : NULL, x, &id, &err)) {
		request_problem(q, refusal(&err), &err);
		return;
	}
	*x = (struct waiting){.q = q, .id = arena_sv(q->a, id)};
	/* It runs all the same: who asks again joins it, or has it checked once more. */
	if (!keep_run(s, k, x->id, &err)) {
		workshop_forget(s->workshop, x->id, x);
		request_problem(q, 0, &err);
		return;
	}
	add_location(q, id);
	if (wait_s == 0)
		answer_run(s, q, workshop_find(s->workshop, id), NULL, 202);
	else
		answer_run_later(s, q, x, wait_s);
}

static void
runs_add(struct service *s, struct request *q)
{
	const int64_t wait_s = wait_asked(q);
	struct kept_answer k, before;
	struct err err = {0};

	switch (idempotency_look(s, q, &k, &before, &err)) {
	case IDEMPOTENCY_REFUSED:
		return;
	case IDEMPOTENCY_FAILED:
		request_problem(q, 0, &err);
		return;
	case IDEMPOTENCY_REPEATED:
		if (answer_again(s, q, before.body, wait_s))
			return;
		break;
	case IDEMPOTENCY_FIRST:
		break;
	}
	order_run(s, q, &k, wait_s);
}

static const struct route_answer add_answers[] = {
	{.status = 200, .schema = "Run", .doc = "With `Prefer: wait=SECONDS`: it is over."},
	{.status = 202, .schema = "Run", .doc = "It waits or runs; Location tells where to ask."},
	{.status = 404,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "There is no such asset."},
	{.status = 409,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "The service does not see the data of the asset, which is `elsewhere`: it has to be checked there."},
	{.status = 422,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "The asset has no such checks or partitions."},
};

const struct route route_runs_add = {
	.method = METHOD_POST,
	.path = "/v1/runs",
	.id = "addRun",
	.scope = SCOPE_INGEST,
	.summary = "Runs checks of an asset",
	.doc = "An equal run that waits already is joined. With the header `Prefer: wait=10` the answer comes when it is over, or after so many seconds (at most 300). With an `Idempotency-Key` that was used before, the answer is of the run that was begun then, as it stands now.",
	.body = "RunToAdd",
	.body_max = 64 << 10,
	.answer = add_answers,
	.nanswer = LEN(add_answers),
	.read = runs_add,
};

/*
 * Telling
 * -----------------------------------------------------------------------------------------------------------
 */

static void
run_read(struct service *s, struct request *q)
{
	if (!answer_known(s, q, q->arg[0], 200))
		request_refuse(q, 404, "there is no run '" SV_FMT "'", SV_ARG(q->arg[0]));
}

static const struct route_answer read_answers[] = {
	{.status = 200, .schema = "Run", .doc = "How it stands; once it is done, with its report."},
};

const struct route route_run = {
	.method = METHOD_GET,
	.path = "/v1/runs/{id}",
	.id = "getRun",
	.scope = SCOPE_READ,
	.summary = "Tells how a run stands, and what it found",
	.answer = read_answers,
	.nanswer = LEN(read_answers),
	.read = run_read,
};

static void
put_pending(struct json_writer *j, struct service *s, size_t max)
{
	size_t n = 0;

	for (const struct work *w = workshop_previous(s->workshop, NULL); w != NULL && n < max;
	     w = workshop_previous(s->workshop, w)) {
		if (w->state != WORK_QUEUED && w->state != WORK_RUNNING)
			continue;
		json_object(j);
		put_work(j, s, w);
		json_object_end(j);
		n++;
	}
}

static void
runs_read(struct service *s, struct request *q)
{
	const size_t max = (size_t)MIN(MAX(request_number(q, "limit", LIMIT_DEFAULT), 1), LIMIT_MAX);
	const struct sv before = request_text(q, "cursor"), kind = request_text(q, "kind");
	struct stored_run *run;
	struct json_writer *j;
	struct err err = {0};
	size_t n;

	if (!store_runs_before(s->store, q->a, kind, before, max + 1, &run, &n, &err)) {
		request_problem(q, 0, &err);
		return;
	}
	j = request_write(q);
	json_object(j);
	json_key(j, "pending");
	json_array(j);
	if (before.n == 0)
		put_pending(j, s, max);
	json_array_end(j);
	json_key(j, "runs");
	json_array(j);
	for (size_t i = 0; i < MIN(n, max); i++) {
		json_object(j);
		put_stored(j, &run[i]);
		if (!put_counts(s, j, run[i].id, &err)) {
			request_problem(q, 0, &err);
			return;
		}
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, "next");
	if (n > max)
		json_sv(j, arena_svf(q->a, "/v1/runs?%s" SV_FMT "%slimit=%zu&cursor=" SV_FMT,
		                     kind.n > 0 ? "kind=" : "", SV_ARG(kind), kind.n > 0 ? "&" : "", max,
		                     SV_ARG(run[max - 1].id)));
	else
		json_null(j);
	json_object_end(j);
	request_wrote(q, 200);
}

static const char *const kind_choices[] = {"audit",   "check", "fresh", "gate",
                                           "orphans", "run",   "watch", NULL};

static const struct route_param list_params[] = {
	{"cursor", PARAM_IS_TEXT, NULL, "Goes on where an earlier page ended: follow its `next`."},
	{"kind", PARAM_IS_ENUM, kind_choices, "Of this kind."},
	{"limit", PARAM_IS_COUNT, NULL, "So many at most; default 100, greatest 1000."},
};

static const struct route_answer list_answers[] = {
	{.status = 200,
         .schema = "Runs",
         .doc = "What waits and runs, then what is on record, newest first."},
};

const struct route route_runs_list = {
	.method = METHOD_GET,
	.path = "/v1/runs",
	.id = "listRuns",
	.scope = SCOPE_READ,
	.summary = "Lists runs",
	.param = list_params,
	.nparam = LEN(list_params),
	.answer = list_answers,
	.nanswer = LEN(list_answers),
	.read = runs_read,
};
