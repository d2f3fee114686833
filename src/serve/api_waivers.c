/* /v1/waivers: failures that are put up with until a day, on record. */
#include <stddef.h>

#include "report/waiver.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/service.h"
#include "serve/take.h"

enum { LISTED_MAX = 10000, CHECKS_MAX = 1000 };

static void
answer_waivers(struct request *q, int status, const struct waiver *w, size_t n, int64_t now_us)
{
	struct json_writer *j = request_write(q);

	json_object(j);
	json_key(j, "waivers");
	json_array(j);
	for (size_t i = 0; i < n; i++)
		report_waiver(j, &w[i], now_us);
	json_array_end(j);
	json_object_end(j);
	request_wrote(q, status);
}

/* GET /v1/waivers ----------------------------------------------------------------------------------------------- */

static void
waivers_read(struct service *s, struct request *q)
{
	const int64_t now_us = clock_now_us(s->clock);
	struct waiver *w;
	struct err err = {0};
	size_t n;

	if (request_flag(q, "in_force") ? store_waivers(s->store, q->a, (struct sv){0}, now_us, &w, &n, &err)
	                                : store_list_waivers(s->store, q->a, LISTED_MAX, &w, &n, &err))
		answer_waivers(q, 200, w, n, now_us);
	else
		request_problem(q, 0, &err);
}

static const struct route_param list_params[] = {
	{"in_force", PARAM_IS_FLAG, NULL, "Only those that hold now."},
};

static const struct route_answer list_answers[] = {
	{.status = 200, .schema = "Waivers", .doc = "Newest first."},
};

const struct route route_waivers_list = {
	.method = METHOD_GET,
	.path = "/v1/waivers",
	.id = "listWaivers",
	.scope = SCOPE_READ,
	.summary = "Lists what is put up with, by whom and until when",
	.param = list_params,
	.nparam = LEN(list_params),
	.answer = list_answers,
	.nanswer = LEN(list_answers),
	.read = waivers_read,
};

/* POST /v1/waivers ---------------------------------------------------------------------------------------------- */

struct told_waiver {
	LIST(struct sv) check;
	struct sv reason, who;
	int64_t until_us;
};

static void
take_checks(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct told_waiver *x = base;

	if (e != JSON_ARRAY) {
		take_refuse(t, pointer, e, "a list of checks");
		return;
	}
	while ((e = take_next(t)) != JSON_ARRAY_END && e != JSON_ERROR) {
		struct sv at = take_pointer_at(t, pointer, x->check.n);

		(void)take_text(t, at, e, LIST_ADD(t->a, &x->check));
	}
}

#define FIELD(member) offsetof(struct told_waiver, member)
static const struct take_field fields[] = {
	{"checks", TAKE_OTHER, .take = take_checks, .required = true},
	{"reason", TAKE_TEXT, .at = FIELD(reason), .required = true},
	{"until", TAKE_TIME, .at = FIELD(until_us), .required = true},
	{"who", TAKE_TEXT, .at = FIELD(who)},
};

/* The asset that declares the check, or NULL. */
static const struct asset *
declaring(const struct service *s, struct sv id)
{
	const struct catalog *c = s->project->catalog;

	for (size_t i = 0; i < c->nasset; i++)
		for (size_t k = 0; k < s->project->checks[i].n; k++)
			if (sv_eq(s->project->checks[i].v[k].id, id))
				return &c->asset[i];
	return NULL;
}

static void
look_at_checks(struct service *s, struct request *q, const struct told_waiver *x, struct faults *faults)
{
	LIST(const char *) names = {0};

	if (x->check.n == 0 || x->check.n > CHECKS_MAX)
		fault(faults, SV("/checks"), "1 to %d checks are waived at a time", CHECKS_MAX);
	for (size_t i = 0; i < s->project->catalog->nasset; i++)
		for (size_t k = 0; k < s->project->checks[i].n; k++)
			*LIST_ADD(q->a, &names) = arena_str(q->a, s->project->checks[i].v[k].id);
	for (size_t i = 0; i < x->check.n; i++) {
		struct sv id = x->check.v[i], at = arena_svf(q->a, "/checks/%zu", i);
		const char *near;

		if (declaring(s, id) != NULL)
			continue;
		near = sv_nearest(id, names.v, names.n);
		fault(faults, at, "there is no check '" SV_FMT "'%s%s%s", SV_ARG(id),
		      near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		      near != NULL ? "'?" : "");
	}
}

static void
look_at_words(const struct told_waiver *x, int64_t now_us, struct faults *faults)
{
	if (x->until_us != TIME_NONE && (x->until_us <= now_us || x->until_us - now_us > WAIVER_MAX_US))
		fault(faults, SV("/until"), "it must lie in the future, at most 366 days ahead");
	if (sv_trim(x->reason).n == 0 || x->reason.n > WAIVER_TEXT_MAX_BYTES)
		fault(faults, SV("/reason"), "a reason has 1 to %d bytes", WAIVER_TEXT_MAX_BYTES);
	if (x->who.n > WAIVER_TEXT_MAX_BYTES)
		fault(faults, SV("/who"), "a name has at most %d bytes", WAIVER_TEXT_MAX_BYTES);
}

static void
waivers_parse(struct service *s, struct request *q, struct told_waiver *x, struct faults *faults)
{
	struct taking in;

	take_init(&in, q->a, q->body, faults);
	take_object(&in, fields, LEN(fields), x, (struct sv){0}, take_next(&in));
	take_end(&in);
	if (faults->n > 0)
		return;
	look_at_checks(s, q, x, faults);
	look_at_words(x, clock_now_us(s->clock), faults);
}

/* Whose token it was is on record, whatever name is given. */
static struct sv
who_says(struct request *q, struct sv told)
{
	told = sv_trim(told);
	return told.n > 0 && !sv_eq(told, q->who)
	               ? arena_svf(q->a, SV_FMT " (" SV_FMT ")", SV_ARG(told), SV_ARG(q->who))
	               : q->who;
}

static bool
waivers_write(struct service *s, struct request *q, struct err *err)
{
	const int64_t now_us = clock_now_us(s->clock);
	struct told_waiver x = {.until_us = TIME_NONE};
	struct faults faults = {.a = q->a};

	waivers_parse(s, q, &x, &faults);
	if (faults.n > 0) {
		faults_answer(q, &faults);
		return true;
	}

	struct waiver *w = ARENA_ARRAY(q->a, struct waiver, x.check.n);

	for (size_t i = 0; i < x.check.n; i++) {
		w[i] = (struct waiver){.check = x.check.v[i],
		                       .reason = sv_trim(x.reason),
		                       .who = who_says(q, x.who),
		                       .from_us = now_us,
		                       .until_us = x.until_us,
		                       .ended_us = TIME_NONE};
		if (!store_add_waiver(s->store, &w[i], err))
			return false;
		w[i].id = arena_sv(q->a, w[i].id);
		board_touch(s->board, declaring(s, w[i].check)->index);
	}
	answer_waivers(q, 201, w, x.check.n, now_us);
	return true;
}

static const struct route_answer add_answers[] = {
	{.status = 201, .schema = "Waivers", .doc = "They are on disk, and hold from now on."},
	{.status = 422,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "What is wrong, each with its place; nothing was stored."},
};

const struct route route_waivers_add = {
	.method = METHOD_POST,
	.path = "/v1/waivers",
	.id = "addWaivers",
	.scope = SCOPE_ADMIN,
	.summary = "Puts up with failures of checks until a day",
	.doc = "A waived failure is reported as a warning and closes no gate; what is stored stays a failure. All checks of one request are "
	       "waived together or not at all.",
	.body = "WaiversToAdd",
	.answer = add_answers,
	.nanswer = LEN(add_answers),
	.write = waivers_write,
};

/* DELETE /v1/waivers/{check} ------------------------------------------------------------------------------------- */

static bool
waivers_end(struct service *s, struct request *q, struct err *err)
{
	const struct asset *asset = declaring(s, q->arg[0]);
	struct json_writer *j;
	int64_t n;

	if (!store_end_waivers(s->store, q->arg[0], clock_now_us(s->clock), &n, err))
		return false;
	if (n == 0) {
		request_refuse(q, 404, "no waiver is in force on '" SV_FMT "'", SV_ARG(q->arg[0]));
		return true;
	}
	if (asset != NULL)
		board_touch(s->board, asset->index);
	j = request_write(q);
	json_object(j);
	json_put_sv(j, "check", q->arg[0]);
	json_put_i64(j, "ended", n);
	json_object_end(j);
	request_wrote(q, 200);
	return true;
}

static const struct route_answer end_answers[] = {
	{.status = 200, .schema = "WaiversEnded", .doc = "How many ended."},
};

const struct route route_waivers_end = {
	.method = METHOD_DELETE,
	.path = "/v1/waivers/{check}",
	.id = "endWaivers",
	.scope = SCOPE_ADMIN,
	.summary = "Ends the waivers of a check now",
	.doc = "The check's id, which need not be in the catalog any more.",
	.answer = end_answers,
	.nanswer = LEN(end_answers),
	.write = waivers_end,
};

/* Bodies --------------------------------------------------------------------------------------------------------- */

static const struct body_field waiver_fields[] = {
	{"by", BODY_TEXT, .doc = "On whose word; behind it, in brackets, whose token it was."},
	{"check", BODY_TEXT, .doc = "The check's id."},
	{"ended_at", BODY_TIME, .doc = "When it was taken back before its time.", .nullable = true},
	{"from", BODY_TIME, .doc = "From when on it holds."},
	{"id", BODY_TEXT, .doc = "A ULID."},
	{"reason", BODY_TEXT, .doc = "Why."},
	{"state", BODY_CHOICE, .doc = "Whether it holds now.", .names = waiver_state_names, .nnames = 4},
	{"until", BODY_TIME, .doc = "From then on it does not hold any more."},
};
const struct body_schema body_waiver = {
	.name = "Waiver",
	.doc = "A failure that is put up with.",
	.field = waiver_fields,
	.nfield = LEN(waiver_fields),
};

static const struct body_field waivers_fields[] = {
	{"waivers", BODY_LIST, .doc = "The waivers.", .of = "Waiver"},
};
const struct body_schema body_waivers = {
	.name = "Waivers",
	.doc = "A list of waivers.",
	.field = waivers_fields,
	.nfield = LEN(waivers_fields),
};

static const struct body_field ended_fields[] = {
	{"check", BODY_TEXT, .doc = "The check's id."},
	{"ended", BODY_WHOLE, .doc = "How many waivers ended."},
};
const struct body_schema body_waivers_ended = {
	.name = "WaiversEnded",
	.doc = "What was ended.",
	.field = ended_fields,
	.nfield = LEN(ended_fields),
};

static const struct body_field to_add_fields[] = {
	{"checks", BODY_TEXTS, .doc = "Ids of checks of the catalog."},
	{"reason", BODY_TEXT, .doc = "Why; shown wherever the check is."},
	{"until", BODY_TIME, .doc = "When it ends; at most 366 days ahead."},
	{"who", BODY_TEXT, .doc = "On whose word; default: the token's name.", .optional = true},
};
const struct body_schema body_waivers_to_add = {
	.name = "WaiversToAdd",
	.doc = "What to put up with.",
	.field = to_add_fields,
	.nfield = LEN(to_add_fields),
};
