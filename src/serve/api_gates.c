/* GET /v1/gates/{key}, POST /v1/gates/{key}/override. */
#include <stddef.h>

#include "base/duration.h"
#include "run/told.h"
#include "serve/gates.h"
#include "serve/routes.h"
#include "serve/take.h"

static const char *const as_names[] = {"status", NULL};

static const struct route_param gate_params[] = {
	{"as", PARAM_IS_ENUM, as_names,
         "`status`: the decision is the status, for sensors and `curl -f`: 200 allow, 423 block, 404 not yet (only what time may heal blocks)."},
	{"look", PARAM_IS_FLAG, NULL,
         "Looks at the data of all inputs first, however recently that was done; so does `Cache-Control: no-cache`."},
	{"partition", PARAM_IS_TEXT, NULL, "Which partition of the asset is to be made."},
	{"run", PARAM_IS_FLAG, NULL, "Runs the checks of inputs that are unchecked, and answers after it."},
	{"version", PARAM_IS_TEXT, NULL,
         "What is about to be read: `INPUT@VERSION` or `INPUT|PARTITION@VERSION`, several with commas; a bare version where there is one "
         "input. Another one that lies there is the reason `changed`."},
	{"wait", PARAM_IS_DURATION, NULL,
         "Keeps the request for so long at most, while only inputs that are unchecked, late, missing or in progress block."},
};

static const struct route_answer gate_answers[] = {
	{.status = 200, .schema = "Gate", .doc = "Decided; with `as=status`: allow."},
	{.status = 423,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "With `as=status`: block; `gate` has the decision. 404 is not yet, likewise, and an unknown asset is 400."},
};

const struct route route_gate = {
	.method = METHOD_GET,
	.path = "/v1/gates/{key}",
	.id = "askGate",
	.scope = SCOPE_GATE,
	.summary = "May this asset be made now?",
	.doc = "Allow or block, with reasons, on exact versions of its direct inputs. It rests on looks at their data that are no older than "
	       "`service: believe` and than what was reported since; an input that cannot be looked at is `undecided`. Every answer is on record.",
	.param = gate_params,
	.nparam = LEN(gate_params),
	.answer = gate_answers,
	.nanswer = LEN(gate_answers),
	.quick = gates_quick,
	.read = gates_ask,
};

/* Overrides ------------------------------------------------------------------------------------------------------ */

#define OVERRIDE_MAX_US (366 * US_PER_DAY)
enum { REASON_MAX_BYTES = 2000 };

struct to_override {
	struct sv reason, length, partition;
	int64_t for_us;
};

static const struct take_field override_fields[] = {
	{"for", TAKE_TEXT, .at = offsetof(struct to_override, length), .required = true},
	{"partition", TAKE_TEXT, .at = offsetof(struct to_override, partition)},
	{"reason", TAKE_TEXT, .at = offsetof(struct to_override, reason), .required = true},
};

static void
override_parse(struct request *q, const struct asset *asset, struct to_override *t, struct faults *f)
{
	struct taking in;
	struct err err = {0};

	take_init(&in, q->a, q->body, f);
	take_object(&in, override_fields, LEN(override_fields), t, (struct sv){0}, take_next(&in));
	take_end(&in);
	if (f->n > 0)
		return;
	t->reason = sv_trim(t->reason);
	if (t->reason.n == 0 || t->reason.n > REASON_MAX_BYTES)
		fault(f, SV("/reason"), "a reason of 1 to %d bytes is asked for", REASON_MAX_BYTES);
	if (!duration_parse(t->length, &t->for_us, &err))
		fault_err(f, SV("/for"), &err);
	else if (t->for_us <= 0 || t->for_us > OVERRIDE_MAX_US)
		fault(f, SV("/for"), "an override holds for a time, at most 366d");
	if (!told_partition(q->a, asset, t->partition, &t->partition, &err))
		fault_err(f, SV("/partition"), &err);
}

static bool
override_write(struct service *s, struct request *q, struct err *err)
{
	struct workspace w = service_workspace(s, q->a);
	const struct gate_known known = gates_known(s);
	struct faults faults = {.a = q->a};
	struct to_override t = {0};
	struct decision d;
	struct err e = {0};
	const struct asset *asset = told_asset(q->a, s->project->catalog, q->arg[0], &e);
	struct stored_decision record;
	struct sv json;

	if (asset == NULL) {
		request_problem(q, 404, &e);
		return true;
	}
	override_parse(q, asset, &t, &faults);
	if (faults.n > 0) {
		faults_answer(q, &faults);
		return true;
	}

	const struct gate_request r = {.asset = asset->key,
	                               .partition = t.partition,
	                               .override_reason = t.reason,
	                               .for_us = t.for_us,
	                               .who = q->who,
	                               .known = &known};

	if (!gate_override(&w, &r, &d, &e) || !gates_json(q->a, &d, &json, &e)) {
		if (e.code == ERR_STORE) {
			*err = e;
			return false;
		}
		request_problem(q, 0, &e);
		return true;
	}
	record = gates_record(&d, json);
	if (!store_add_decision(s->store, &record, err))
		return false;
	board_touch(s->board, asset->index);
	request_json(q, 201, json);
	return true;
}

static const struct route_answer override_answers[] = {
	{.status = 201,
         .schema = "Gate",
         .doc = "The decision now: with the reason `overridden`, if there was something to override."},
	{.status = 422,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "What is wrong, each with its place; nothing was stored."},
};

const struct route route_gate_override = {
	.method = METHOD_POST,
	.path = "/v1/gates/{key}/override",
	.id = "overrideGate",
	.scope = SCOPE_GATE | SCOPE_ADMIN,
	.summary = "Opens a gate by hand, on record",
	.doc = "For the versions of the inputs that were last seen, and for a time. The name on record is the token's.",
	.body = "OverrideToAdd",
	.answer = override_answers,
	.nanswer = LEN(override_answers),
	.write = override_write,
};
