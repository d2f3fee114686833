/* /v1/incidents/{id}/symptoms: all that follows from an incident; the incident itself shows the first. */
#include "serve/page.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/service.h"
#include "store/symptom.h"

/* asset, partition, kind, check: the first three hold no line break. */
static struct sv
cursor_of(struct arena *a, const struct symptom *v)
{
	return arena_svf(a, SV_FMT "\n" SV_FMT "\n" SV_FMT "\n" SV_FMT, SV_ARG(v->asset),
	                 SV_ARG(v->partition), SV_ARG(v->kind), SV_ARG(v->check));
}

static struct symptom
cursor_read(struct sv cursor)
{
	struct symptom ret = {0};

	ret.asset = sv_cut(&cursor, '\n');
	ret.partition = sv_cut(&cursor, '\n');
	ret.kind = sv_cut(&cursor, '\n');
	ret.check = cursor;
	return ret;
}

static void
answer(struct request *q, const struct incident *i, const struct symptom *v, size_t n, bool more)
{
	struct json_writer *j = request_write(q);

	json_object(j);
	json_put_i64(j, "count", i->symptoms);
	json_key(j, "symptoms");
	json_array(j);
	for (size_t k = 0; k < n; k++) {
		json_object_inline(j);
		json_put_sv(j, "kind", v[k].kind);
		json_put_sv(j, "asset", v[k].asset);
		json_put_sv(j, "partition", v[k].partition);
		json_put_sv(j, "check", v[k].check);
		json_put_str(j, "severity", severity_names[v[k].severity]);
		json_put_sv(j, "message", v[k].message);
		json_object_end(j);
	}
	json_array_end(j);
	page_next(q, j, more, more ? cursor_of(q->a, &v[n - 1]) : (struct sv){0});
	json_object_end(j);
	request_wrote(q, 200);
}

static void
symptoms_read(struct service *s, struct request *q)
{
	const size_t max = page_limit(q);
	struct symptom *v, after;
	struct incident i;
	struct sv cursor;
	struct err err = {0};
	bool found;
	size_t n;

	if (!page_cursor(q, &cursor))
		return;
	after = cursor_read(cursor);
	if (!store_incident(s->store, q->a, q->arg[0], &i, &found, &err) ||
	    (found &&
	     !store_symptoms(s->store, q->a, i.id, cursor.n > 0 ? &after : NULL, max + 1, &v, &n, &err)))
		request_problem(q, 0, &err);
	else if (!found)
		request_refuse(q, 404, "there is no incident '" SV_FMT "'", SV_ARG(q->arg[0]));
	else
		answer(q, &i, v, MIN(n, max), n > max);
}

/* Rows ----------------------------------------------------------------------------------------------------------- */

static const struct body_field symptom_fields[] = {
	{"kind", BODY_TEXT, .doc = "Of which kind of problem it is."},
	{"asset", BODY_TEXT, .doc = "The asset that has it."},
	{"partition", BODY_TEXT, .doc = "Its partition."},
	{"check", BODY_TEXT, .doc = "The check."},
	{"severity", BODY_CHOICE, .doc = "How severe it would be by itself.", .names = severity_names,
         .nnames = LEN(severity_names)},
	{"message", BODY_TEXT, .doc = "What was seen last."},
};
const struct body_schema body_symptom = {
	.name = "Symptom",
	.doc = "A problem that follows from another one.",
	.field = symptom_fields,
	.nfield = LEN(symptom_fields),
};

static const struct body_field symptoms_fields[] = {
	{"count", BODY_WHOLE, .doc = "How many there are."},
	{"symptoms", BODY_LIST, .doc = "By asset.", .of = "Symptom"},
	{"next", BODY_TEXT, .doc = "Address of the next page; null on the last one.", .nullable = true},
};
const struct body_schema body_symptoms = {
	.name = "Symptoms",
	.doc = "A page of what follows from an incident.",
	.field = symptoms_fields,
	.nfield = LEN(symptoms_fields),
};

static const struct route_param params[] = {PAGE_PARAM_CURSOR, PAGE_PARAM_LIMIT};
static const struct route_answer answers[] = {
	{.status = 200, .schema = "Symptoms", .doc = "By asset, partition and kind."}};
const struct route route_incident_symptoms = {
	.method = METHOD_GET,
	.path = "/v1/incidents/{id}/symptoms",
	.id = "listSymptoms",
	.scope = SCOPE_READ,
	.summary = "Lists all that follows from an incident",
	.doc = "Of one that is resolved: what followed from it to its end.",
	.param = params,
	.nparam = LEN(params),
	.answer = answers,
	.nanswer = LEN(answers),
	.read = symptoms_read,
};
