/* Incidents and mutes, read back from the JSON that incident.c writes: those of a service, for the commands that print them. */
#include "report/incident.h"
#include "report/reader.h"

struct read_incident {
	struct incident incident;
	struct asset asset;
	struct hold hold;
	struct sv state;
	LIST(struct incident_partition) part;
	LIST(struct incident_event) event;
	bool has_events;
};

static bool
read_symptoms(struct json_reader *r, void *base, enum json_event e)
{
	return report_read_symptoms(r, &((struct read_incident *)base)->incident, e);
}

static const struct member part_members[] = {
	{"partition", MEMBER_TEXT, AT(incident_partition, partition)},
	{"kind", MEMBER_TEXT, AT(incident_partition, kind)},
	{"severity", MEMBER_ENUM, NAMED(incident_partition, severity, severity_names)},
	{"since", MEMBER_TIME, AT(incident_partition, since_us)},
	{"message", MEMBER_TEXT, AT(incident_partition, message)},
};

static bool
read_parts(struct json_reader *r, void *base, enum json_event e)
{
	struct read_incident *x = base;

	return READ_LIST(r, e, &x->part, MEMBERS(part_members),
	                 ((struct incident_partition){.since_us = TIME_NONE}));
}

static const struct member event_members[] = {
	{"at", MEMBER_TIME, AT(incident_event, at_us)},
	{"kind", MEMBER_TEXT, AT(incident_event, kind)},
	{"who", MEMBER_TEXT, AT(incident_event, who)},
	{"channel", MEMBER_TEXT, AT(incident_event, channel)},
	{"change", MEMBER_TEXT, AT(incident_event, change)},
	{"detail", MEMBER_TEXT, AT(incident_event, detail)},
	{"delivery", MEMBER_TEXT, AT(incident_event, delivery)},
};

static bool
read_events(struct json_reader *r, void *base, enum json_event e)
{
	struct read_incident *x = base;

	x->has_events = true;
	return READ_LIST(r, e, &x->event, MEMBERS(event_members),
	                 ((struct incident_event){.at_us = TIME_NONE}));
}

static bool
read_owners(struct json_reader *r, void *base, enum json_event e)
{
	struct asset *asset = &((struct read_incident *)base)->asset;
	const struct sv *owner;

	if (!reader_texts(r, e, &owner, &asset->nowner))
		return false;
	asset->owner = owner;
	return true;
}

/* An object: its keys are anybody's. */
static bool
read_tags(struct json_reader *r, void *base, enum json_event e)
{
	struct asset *asset = &((struct read_incident *)base)->asset;
	LIST(struct tag) list = {0};

	if (e != JSON_OBJECT)
		return reader_fail(r, "an object is expected");
	while ((e = json_next(&r->s)) == JSON_KEY) {
		struct tag *tag = LIST_ADD(r->a, &list);

		tag->key = r->s.escaped ? json_unescape(r->a, r->s.text) : arena_sv(r->a, r->s.text);
		if (json_next(&r->s) != JSON_STRING)
			return reader_fail(r, "a text is expected");
		tag->value = r->s.escaped ? json_unescape(r->a, r->s.text) : arena_sv(r->a, r->s.text);
	}
	asset->tag = list.v;
	asset->ntag = list.n;
	return e == JSON_OBJECT_END || reader_fail(r, "an object is expected");
}

static const struct member incident_members[] = {
	{"id", MEMBER_TEXT, AT(read_incident, incident.id)},
	{"state", MEMBER_TEXT, AT(read_incident, state)},
	{"kind", MEMBER_TEXT, AT(read_incident, incident.kind)},
	{"asset", MEMBER_TEXT, AT(read_incident, incident.asset)},
	{"partition", MEMBER_TEXT, AT(read_incident, incident.partition)},
	{"check", MEMBER_TEXT, AT(read_incident, incident.check)},
	{"severity", MEMBER_ENUM, NAMED(read_incident, incident.severity, severity_names)},
	{"title", MEMBER_TEXT, AT(read_incident, incident.title)},
	{"message", MEMBER_TEXT, AT(read_incident, incident.message)},
	{"opened_at", MEMBER_TIME, AT(read_incident, incident.opened_us)},
	{"seen_at", MEMBER_TIME, AT(read_incident, incident.seen_us)},
	{"resolved_at", MEMBER_TIME, AT(read_incident, incident.resolved_us)},
	{"opened_run", MEMBER_TEXT, AT(read_incident, incident.opened_run)},
	{"run_id", MEMBER_TEXT, AT(read_incident, incident.run_id)},
	{"acknowledged_at", MEMBER_TIME, AT(read_incident, incident.acked_us)},
	{"acknowledged_by", MEMBER_TEXT, AT(read_incident, incident.acked_by)},
	{"note", MEMBER_TEXT, AT(read_incident, incident.note)},
	{"snoozed_until", MEMBER_TIME, AT(read_incident, incident.snoozed_until_us)},
	{"snoozed_by", MEMBER_TEXT, AT(read_incident, incident.snoozed_by)},
	{"resolved_by", MEMBER_TEXT, AT(read_incident, incident.resolved_by)},
	{"muted_until", MEMBER_TIME, AT(read_incident, hold.until_us)},
	{"muted_reason", MEMBER_TEXT, AT(read_incident, hold.reason)},
	{"maintenance", MEMBER_BOOL, AT(read_incident, hold.maintenance)},
	{"owners", MEMBER_OTHER, .read = read_owners},
	{"tags", MEMBER_OTHER, .read = read_tags},
	{"partition_count", MEMBER_I64, AT(read_incident, incident.partitions)},
	{"partitions", MEMBER_OTHER, .read = read_parts},
	{"symptom_count", MEMBER_I64, AT(read_incident, incident.symptoms)},
	{"symptoms", MEMBER_OTHER, .read = read_symptoms},
	{"events", MEMBER_OTHER, .read = read_events},
};

#define NOTHING_READ                                        \
	((struct read_incident){                            \
		.incident = {.severity = SEVERITY_CRITICAL, \
	                     .opened_us = TIME_NONE,        \
	                     .seen_us = TIME_NONE,          \
	                     .resolved_us = TIME_NONE,      \
	                     .acked_us = TIME_NONE},        \
		.hold = {.until_us = TIME_NONE},            \
	})

/* How it stands is a function of what else is told, but for this one. */
static bool
finish(struct json_reader *r, struct read_incident *x, int64_t now_us, struct incident_view *ret)
{
	if (x->incident.id.n == 0 || x->state.n == 0)
		return reader_fail(r, "an incident without id or state is none");
	x->incident.flapping = sv_is(x->state, "flapping");
	x->incident.part = x->part.v;
	x->incident.npart = x->part.n;
	*ret = (struct incident_view){
		.incident = &x->incident,
		.asset = &x->asset,
		.hold = x->hold.until_us != TIME_NONE ? &x->hold : NULL,
		.event = x->event.v,
		.nevent = x->event.n,
		.has_events = x->has_events,
		.now_us = now_us,
	};
	return true;
}

bool
report_read_incident(struct arena *a, struct sv json, int64_t now_us, struct incident_view *ret,
                     struct err *err)
{
	struct json_reader r = {.a = a, .err = err, .what = "the incident"};
	struct read_incident *x = ARENA_NEW(a, struct read_incident);

	*x = NOTHING_READ;
	json_scan_init(&r.s, json);
	return reader_object(&r, MEMBERS(incident_members), x, json_next(&r.s)) && finish(&r, x, now_us, ret);
}

bool
report_read_incident_list(struct arena *a, struct sv json, int64_t now_us, struct incident_view **ret,
                          size_t *n, struct err *err)
{
	struct json_reader r = {.a = a, .err = err, .what = "the list of incidents"};
	LIST(struct read_incident) list = {0};

	json_scan_init(&r.s, json);
	if (!READ_LIST(&r, json_next(&r.s), &list, MEMBERS(incident_members), NOTHING_READ))
		return false;
	*ret = ARENA_ARRAY(a, struct incident_view, list.n);
	*n = list.n;
	for (size_t i = 0; i < list.n; i++)
		if (!finish(&r, &list.v[i], now_us, &(*ret)[i]))
			return false;
	return true;
}

/* Mutes --------------------------------------------------------------------------------------------------------- */

static bool
read_match(struct json_reader *r, void *base, enum json_event e)
{
	AUTO(buf) lines = buf_new(1 << 20);
	struct mute *m = base;
	const struct sv *text;
	size_t n;

	if (!reader_texts(r, e, &text, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		buf_printf(lines, "%s" SV_FMT, i > 0 ? "\n" : "", SV_ARG(text[i]));
	m->match = arena_sv(r->a, buf_sv(lines));
	return true;
}

static const struct member mute_members[] = {
	{"id", MEMBER_TEXT, AT(mute, id)},
	{"match", MEMBER_OTHER, .read = read_match},
	{"reason", MEMBER_TEXT, AT(mute, reason)},
	{"by", MEMBER_TEXT, AT(mute, who)},
	{"from", MEMBER_TIME, AT(mute, from_us)},
	{"until", MEMBER_TIME, AT(mute, until_us)},
	{"ended_at", MEMBER_TIME, AT(mute, ended_us)},
};

#define NO_MUTE ((struct mute){.from_us = TIME_NONE, .until_us = TIME_NONE, .ended_us = TIME_NONE})

static bool
is_mute(struct json_reader *r, const struct mute *m)
{
	return (m->id.n > 0 && m->match.n > 0 && m->from_us != TIME_NONE && m->until_us != TIME_NONE) ||
	       reader_fail(r, "a mute without id, conditions or times is none");
}

bool
report_read_mute(struct arena *a, struct sv json, struct mute *ret, struct err *err)
{
	struct json_reader r = {.a = a, .err = err, .what = "the mute"};

	*ret = NO_MUTE;
	json_scan_init(&r.s, json);
	return reader_object(&r, MEMBERS(mute_members), ret, json_next(&r.s)) && is_mute(&r, ret);
}

bool
report_read_mutes(struct arena *a, struct sv json, struct mute **ret, size_t *n, struct err *err)
{
	struct json_reader r = {.a = a, .err = err, .what = "the list of mutes"};
	LIST(struct mute) list = {0};

	json_scan_init(&r.s, json);
	if (!READ_LIST(&r, json_next(&r.s), &list, MEMBERS(mute_members), NO_MUTE))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (!is_mute(&r, &list.v[i]))
			return false;
	*ret = list.v;
	*n = list.n;
	return true;
}
