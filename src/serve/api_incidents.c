/* /v1/incidents and /v1/mutes: what is wrong, who is at it, and who is not to be told for a while. */
#include <stddef.h>

#include "alert/alert.h"
#include "alert/match.h"
#include "base/duration.h"
#include "base/num.h"
#include "report/incident.h"
#include "serve/courier.h"
#include "serve/page.h"
#include "serve/reminders.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/service.h"
#include "serve/take.h"

enum { BATCH = 200 };

/* One ---------------------------------------------------------------------------------------------------------- */

/* The whole answer: an incident with its record. */
static bool
answer_incident(struct service *s, struct request *q, const struct incident *i, struct err *err)
{
	struct workspace w = service_workspace(s, q->a);
	struct incident_view v = {
		.incident = i,
		.asset = incident_asset(w.catalog, i),
		.has_events = true,
		.now_us = clock_now_us(s->clock),
	};
	struct incident_event *e;
	struct holds holds;

	if (!store_incident_events(s->store, q->a, i->id, (struct sv){0}, &e, &v.nevent, err) ||
	    !holds_load(&w, v.now_us, &holds, err))
		return false;
	v.event = e;
	if (i->resolved_us == TIME_NONE)
		v.hold = holds_find(&holds, i);
	report_incident(request_write(q), &v);
	request_wrote(q, 200);
	return true;
}

static void
refuse_name(struct request *q, const char *what, size_t n)
{
	if (n == 0)
		request_refuse(q, 404, "there is no %s '" SV_FMT "'", what, SV_ARG(q->arg[0]));
	else
		request_refuse(q, 404, "several %ss begin with '" SV_FMT "'", what, SV_ARG(q->arg[0]));
}

/* By its id or the beginning of it.  False only if the store failed; *found false has been answered. */
static bool
find(struct service *s, struct request *q, struct incident *ret, bool *found, struct err *err)
{
	struct incident *v;
	size_t n;

	if (!store_incidents_named(s->store, q->a, q->arg[0], 2, &v, &n, err))
		return false;
	*found = n == 1;
	if (n == 1)
		*ret = v[0];
	else
		refuse_name(q, "incident", n);
	return true;
}

static void
incident_read(struct service *s, struct request *q)
{
	struct incident i;
	struct err err = {0};
	bool found;

	if (!find(s, q, &i, &found, &err) || (found && !answer_incident(s, q, &i, &err)))
		request_problem(q, 0, &err);
}

/* Lists -------------------------------------------------------------------------------------------------------- */

static const char *const state_choices[] = {"all", "open", "resolved", NULL};
static const char *const severity_choices[] = {"critical", "info", "warning", NULL};

static bool
has_owner(const struct asset *asset, struct sv glob)
{
	for (size_t k = 0; asset != NULL && k < asset->nowner; k++)
		if (sv_glob(glob, asset->owner[k]))
			return true;
	return glob.n == 0;
}

/* Owners stand in the catalog, so those of others are passed over here. */
static bool
find_page(struct service *s, struct request *q, struct incident_query *ask, size_t max, struct incident **ret,
          size_t *n, struct err *err)
{
	const struct sv owner = request_text(q, "owner");
	struct incident *v = ARENA_ARRAY(q->a, struct incident, max), *some;
	size_t got = 0, nsome = BATCH;

	ask->max = BATCH;
	while (got < max && nsome == BATCH) {
		if (!store_find_incidents(s->store, q->a, ask, &some, &nsome, err))
			return false;
		for (size_t i = 0; i < nsome && got < max; i++)
			if (has_owner(incident_asset(s->project->catalog, &some[i]), owner))
				v[got++] = some[i];
		if (nsome > 0)
			ask->before = some[nsome - 1].seq;
	}
	*ret = v;
	*n = got;
	return true;
}

static void
answer_page(struct service *s, struct request *q, const struct incident *v, size_t n, bool more,
            const struct holds *holds)
{
	const struct sv cursor = more ? arena_svf(q->a, "%lld", (long long)v[n - 1].seq) : (struct sv){0};
	struct json_writer *j = request_write(q);

	json_object(j);
	json_key(j, "incidents");
	json_array(j);
	for (size_t i = 0; i < n; i++)
		report_incident(
			j, &(struct incident_view){
				   .incident = &v[i],
				   .asset = incident_asset(s->project->catalog, &v[i]),
				   .hold = v[i].resolved_us == TIME_NONE ? holds_find(holds, &v[i]) : NULL,
				   .now_us = clock_now_us(s->clock),
			   });
	json_array_end(j);
	page_next_number(q, j, more, cursor);
	json_object_end(j);
	request_wrote(q, 200);
}

static void
incidents_read(struct service *s, struct request *q)
{
	const size_t max = page_limit(q);
	const struct sv state = request_text(q, "state");
	struct workspace w = service_workspace(s, q->a);
	struct incident_query ask = {
		.state = sv_is(state, "all")        ? INCIDENTS_ALL
	                 : sv_is(state, "resolved") ? INCIDENTS_RESOLVED
	                                            : INCIDENTS_OPEN,
		.asset = request_text(q, "asset"),
		.kind = request_text(q, "kind"),
		.severity = request_text(q, "severity"),
	};
	struct incident *v;
	struct holds holds;
	struct err err = {0};
	size_t n;

	if (request_has(q, "cursor") &&
	    (!num_i64(request_text(q, "cursor"), &ask.before) || ask.before <= 0)) {
		request_refuse(q, 400, "the cursor is not one that was given in an earlier answer");
		return;
	}
	if (!find_page(s, q, &ask, max + 1, &v, &n, &err) ||
	    !holds_load(&w, clock_now_us(s->clock), &holds, &err))
		request_problem(q, 0, &err);
	else
		answer_page(s, q, v, MIN(n, max), n > max, &holds);
}

/* What people do ------------------------------------------------------------------------------------------------- */

/* Bodies of all of them; what a route does not take is not in its table. */
struct wish {
	struct sv note, reason, lasts;
	int64_t until_us;
	LIST(struct sv) match;
};

static void
match_take(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct wish *wish = base;
	struct sv text;

	if (e != JSON_ARRAY) {
		take_refuse(t, pointer, e, "a list of conditions");
		return;
	}
	for (size_t i = 0; (e = take_next(t)) != JSON_ARRAY_END && e != JSON_ERROR; i++)
		if (take_text(t, take_pointer_at(t, pointer, i), e, &text))
			*LIST_ADD(t->a, &wish->match) = text;
}

#define WISH(member) offsetof(struct wish, member)
static const struct take_field ack_fields[] = {{"note", TAKE_TEXT, .at = WISH(note)}};
static const struct take_field snooze_fields[] = {
	{"for", TAKE_TEXT, .at = WISH(lasts)},
	{"until", TAKE_TIME, .at = WISH(until_us)},
};
static const struct take_field resolve_fields[] = {
	{"reason", TAKE_TEXT, .at = WISH(reason), .required = true}};
static const struct take_field mute_fields[] = {
	{"for", TAKE_TEXT, .at = WISH(lasts)},
	{"match", TAKE_OTHER, .take = match_take, .required = true},
	{"reason", TAKE_TEXT, .at = WISH(reason), .required = true},
	{"until", TAKE_TIME, .at = WISH(until_us)},
};

/* `until`, or `for` from now on; times: one of them must be there. */
static void
until_take(const struct wish *wish, int64_t now_us, int64_t *until_us, struct faults *faults)
{
	struct err err = {0};
	int64_t lasts_us;

	*until_us = wish->until_us;
	if ((wish->lasts.n > 0) == (wish->until_us != TIME_NONE))
		fault(faults, SV(""), "give either 'until' or 'for'");
	else if (wish->lasts.n > 0 && !duration_parse(wish->lasts, &lasts_us, &err))
		fault_err(faults, SV("/for"), &err);
	else if (wish->lasts.n > 0 && __builtin_add_overflow(now_us, lasts_us, until_us))
		*until_us = INT64_MAX;
}

/* False: it has been answered. */
static bool
wish_take(struct service *s, struct request *q, const struct take_field *field, size_t n, bool times,
          struct wish *ret, int64_t *until_us)
{
	const struct sv body = q->body.n > 0 ? q->body : SV("{}");
	struct faults faults = {.a = q->a};
	struct taking in;

	*ret = (struct wish){.until_us = TIME_NONE};
	take_init(&in, q->a, body, &faults);
	take_object(&in, field, n, ret, (struct sv){0}, take_next(&in));
	take_end(&in);
	if (faults.n == 0 && times)
		until_take(ret, clock_now_us(s->clock), until_us, &faults);
	if (faults.n > 0)
		faults_answer(q, &faults);
	return faults.n == 0;
}

/* What the client did wrong is answered: nothing was written yet.  The rest is the store's. */
static bool
refused(struct request *q, int status, const struct err *why, struct err *err)
{
	if (why->code != ERR_USAGE) {
		*err = *why;
		return false;
	}
	request_problem(q, status, why);
	return true;
}

static bool
done(struct service *s, struct request *q, const struct incident *i, struct err *err)
{
	if (s->courier != NULL)
		courier_wake(s->courier);
	return answer_incident(s, q, i, err);
}

static bool
ack_write(struct service *s, struct request *q, struct err *err)
{
	struct workspace w = service_workspace(s, q->a);
	struct err why = {0};
	struct incident i;
	struct wish wish;
	bool found;

	if (!wish_take(s, q, ack_fields, LEN(ack_fields), false, &wish, NULL))
		return true;
	if (!find(s, q, &i, &found, err))
		return false;
	if (!found)
		return true;
	return incident_ack(&w, &i, q->who, sv_trim(wish.note), &why) ? done(s, q, &i, err)
	                                                              : refused(q, 409, &why, err);
}

static bool
snooze_write(struct service *s, struct request *q, struct err *err)
{
	struct workspace w = service_workspace(s, q->a);
	struct err why = {0};
	struct incident i;
	struct wish wish;
	int64_t until_us;
	bool found;

	if (!wish_take(s, q, snooze_fields, LEN(snooze_fields), true, &wish, &until_us))
		return true;
	if (!find(s, q, &i, &found, err))
		return false;
	if (!found)
		return true;
	return incident_snooze(&w, &i, q->who, until_us, &why) ? done(s, q, &i, err)
	                                                       : refused(q, 409, &why, err);
}

static bool
resolve_write(struct service *s, struct request *q, struct err *err)
{
	struct workspace w = service_workspace(s, q->a);
	struct err why = {0};
	struct incident i;
	struct wish wish;
	bool found;

	if (!wish_take(s, q, resolve_fields, LEN(resolve_fields), false, &wish, NULL))
		return true;
	if (!find(s, q, &i, &found, err))
		return false;
	if (!found)
		return true;
	return incident_resolve(&w, &i, q->who, sv_trim(wish.reason), &why) ? done(s, q, &i, err)
	                                                                    : refused(q, 409, &why, err);
}

/* Mutes ---------------------------------------------------------------------------------------------------------- */

static bool
mute_write(struct service *s, struct request *q, struct err *err)
{
	struct workspace w = service_workspace(s, q->a);
	struct err why = {0};
	struct wish wish;
	struct mute m;
	int64_t until_us;

	if (!wish_take(s, q, mute_fields, LEN(mute_fields), true, &wish, &until_us))
		return true;
	if (!alerts_mute(&w, wish.match.v, wish.match.n, q->who, until_us, sv_trim(wish.reason), &m, &why))
		return refused(q, 422, &why, err);
	reminders_soon(s);
	report_mute(request_write(q), &m, clock_now_us(s->clock));
	request_wrote(q, 201);
	return true;
}

static bool
unmute_write(struct service *s, struct request *q, struct err *err)
{
	struct mute *v;
	bool ended;
	size_t n;

	if (!store_mutes_named(s->store, q->a, q->arg[0], 2, &v, &n, err))
		return false;
	if (n != 1) {
		refuse_name(q, "mute", n);
		return true;
	}
	if (!store_end_mute(s->store, v[0].id, clock_now_us(s->clock), &ended, err))
		return false;
	/* What is still wrong is told now. */
	reminders_soon(s);
	if (ended)
		request_answer(q, 204, NULL, (struct sv){0});
	else
		request_refuse(q, 404, "no mute '" SV_FMT "' is in force", SV_ARG(q->arg[0]));
	return true;
}

static void
mutes_read(struct service *s, struct request *q)
{
	const int64_t now_us = clock_now_us(s->clock);
	struct json_writer *j;
	struct mute *v;
	struct err err = {0};
	size_t n;

	if (!(request_flag(q, "all") ? store_list_mutes(s->store, q->a, PAGE_MAX, &v, &n, &err)
	                             : store_mutes(s->store, q->a, now_us, &v, &n, &err))) {
		request_problem(q, 0, &err);
		return;
	}
	j = request_write(q);
	json_object(j);
	json_key(j, "mutes");
	json_array(j);
	for (size_t i = 0; i < n; i++)
		report_mute(j, &v[i], now_us);
	json_array_end(j);
	json_object_end(j);
	request_wrote(q, 200);
}

/* Rows ----------------------------------------------------------------------------------------------------------- */

static const struct route_param list_params[] = {
	{"asset", PARAM_IS_TEXT, NULL, "About this asset, by its key."},
	PAGE_PARAM_CURSOR,
	{"kind", PARAM_IS_TEXT, NULL, "Of this kind."},
	PAGE_PARAM_LIMIT,
	{"owner", PARAM_IS_TEXT, NULL, "Of assets of this owner; a glob."},
	{"severity", PARAM_IS_ENUM, severity_choices, "So severe."},
	{"state", PARAM_IS_ENUM, state_choices, "Default: open."},
};
static const struct route_answer list_answers[] = {
	{.status = 200, .schema = "Incidents", .doc = "The newest first."}};
const struct route route_incidents_list = {
	.method = METHOD_GET,
	.path = "/v1/incidents",
	.id = "listIncidents",
	.scope = SCOPE_READ,
	.summary = "Lists what is wrong",
	.param = list_params,
	.nparam = LEN(list_params),
	.answer = list_answers,
	.nanswer = LEN(list_answers),
	.read = incidents_read,
};

static const struct route_answer one_answers[] = {
	{.status = 200, .schema = "Incident", .doc = "The incident with its record."}};
const struct route route_incident = {
	.method = METHOD_GET,
	.path = "/v1/incidents/{id}",
	.id = "getIncident",
	.scope = SCOPE_READ,
	.summary = "Shows an incident and all that happened to it",
	.doc = "Here and below, {id} is its id, or the beginning of it as long as no other begins so.",
	.answer = one_answers,
	.nanswer = LEN(one_answers),
	.read = incident_read,
};

#define UNFIT                                                                           \
	{                                                                               \
		.status = 422, .schema = "Problem", .type = "application/problem+json", \
		.doc = "What is wrong, each with its place."                            \
	}
static const struct route_answer change_answers[] = {
	{.status = 200, .schema = "Incident", .doc = "As it stands now; it is on disk."},
	{.status = 409,
         .schema = "Problem",
         .type = "application/problem+json",
         .doc = "It is resolved, or the time does not fit."},
	UNFIT,
};
const struct route route_incident_ack = {
	.method = METHOD_POST,
	.path = "/v1/incidents/{id}/ack",
	.id = "ackIncident",
	.scope = SCOPE_ADMIN,
	.summary = "Says that somebody is at it",
	.doc = "Ends repeats and escalations. Who was told of the incident is told of this.",
	.body = "IncidentAck",
	.answer = change_answers,
	.nanswer = LEN(change_answers),
	.write = ack_write,
};
const struct route route_incident_snooze = {
	.method = METHOD_POST,
	.path = "/v1/incidents/{id}/snooze",
	.id = "snoozeIncident",
	.scope = SCOPE_ADMIN,
	.summary = "Keeps an incident quiet for a while",
	.doc = "If it is still open at the end it is told again; if it gets worse, at once.",
	.body = "IncidentSnooze",
	.answer = change_answers,
	.nanswer = LEN(change_answers),
	.write = snooze_write,
};
const struct route route_incident_resolve = {
	.method = METHOD_POST,
	.path = "/v1/incidents/{id}/resolve",
	.id = "resolveIncident",
	.scope = SCOPE_ADMIN,
	.summary = "Ends an incident by hand",
	.doc = "If the next look finds the problem still there, the same incident is open again.",
	.body = "IncidentResolve",
	.answer = change_answers,
	.nanswer = LEN(change_answers),
	.write = resolve_write,
};

static const struct route_param mutes_params[] = {
	{"all", PARAM_IS_FLAG, NULL, "Past ones, too."},
};
static const struct route_answer mutes_answers[] = {
	{.status = 200, .schema = "Mutes", .doc = "The newest first."}};
const struct route route_mutes_list = {
	.method = METHOD_GET,
	.path = "/v1/mutes",
	.id = "listMutes",
	.scope = SCOPE_READ,
	.summary = "Lists what nobody is told of for now",
	.param = mutes_params,
	.nparam = LEN(mutes_params),
	.answer = mutes_answers,
	.nanswer = LEN(mutes_answers),
	.read = mutes_read,
};
static const struct route_answer mute_answers[] = {
	{.status = 201, .schema = "Mute", .doc = "It is in force."}, UNFIT};
const struct route route_mutes_add = {
	.method = METHOD_POST,
	.path = "/v1/mutes",
	.id = "addMute",
	.scope = SCOPE_ADMIN,
	.summary = "Tells nobody of certain incidents for a while",
	.doc = "They are on record all the same. What is still wrong at the end is told then; that something which was told is over is told at once.",
	.body = "MuteToAdd",
	.answer = mute_answers,
	.nanswer = LEN(mute_answers),
	.write = mute_write,
};
static const struct route_answer unmute_answers[] = {{.status = 204, .doc = "It is over."}};
const struct route route_mute_delete = {
	.method = METHOD_DELETE,
	.path = "/v1/mutes/{id}",
	.id = "endMute",
	.scope = SCOPE_ADMIN,
	.summary = "Ends a mute",
	.answer = unmute_answers,
	.nanswer = LEN(unmute_answers),
	.write = unmute_write,
};
