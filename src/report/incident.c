#include "report/incident.h"

#include "alert/notice.h"

static void
put_people(struct json_writer *w, const struct incident *i)
{
	json_put_time(w, "acknowledged_at", i->acked_by.n > 0 ? i->acked_us : TIME_NONE);
	json_put_sv(w, "acknowledged_by", i->acked_by);
	json_put_sv(w, "note", i->note);
	json_put_time(w, "snoozed_until", i->snoozed_until_us > 0 ? i->snoozed_until_us : TIME_NONE);
	json_put_sv(w, "snoozed_by", i->snoozed_by);
	json_put_sv(w, "resolved_by", i->resolved_by);
}

static void
put_concerned(struct json_writer *w, const struct asset *asset)
{
	json_key(w, "owners");
	json_array_inline(w);
	for (size_t k = 0; asset != NULL && k < asset->nowner; k++)
		json_sv(w, asset->owner[k]);
	json_array_end(w);
	json_key(w, "tags");
	json_object_inline(w);
	for (size_t k = 0; asset != NULL && k < asset->ntag; k++) {
		json_key_sv(w, asset->tag[k].key);
		json_sv(w, asset->tag[k].value);
	}
	json_object_end(w);
}

static void
put_partitions(struct json_writer *w, const struct incident *i)
{
	json_put_i64(w, "partition_count", i->partitions);
	json_key(w, "partitions");
	json_array(w);
	for (size_t k = 0; k < MIN(i->npart, (size_t)PARTITIONS_SHOWN); k++) {
		const struct incident_partition *p = &i->part[k];

		json_object_inline(w);
		json_put_sv(w, "partition", p->partition);
		json_put_sv(w, "kind", p->kind);
		json_put_str(w, "severity", severity_names[p->severity]);
		json_put_time(w, "since", p->since_us);
		json_put_sv(w, "message", p->message);
		json_object_end(w);
	}
	json_array_end(w);
}

void
report_symptoms(struct json_writer *w, const struct incident *i)
{
	json_put_i64(w, "symptom_count", i->symptoms);
	json_key(w, "symptoms");
	json_array(w);
	for (size_t k = 0; k < i->nsymptom; k++) {
		const struct symptom *s = &i->symptom[k];

		json_object_inline(w);
		json_put_sv(w, "kind", s->kind);
		json_put_sv(w, "asset", s->asset);
		json_put_sv(w, "partition", s->partition);
		json_put_sv(w, "check", s->check);
		json_put_sv(w, "message", s->message);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_events(struct json_writer *w, const struct incident_view *v)
{
	json_key(w, "events");
	json_array(w);
	for (size_t k = 0; k < v->nevent; k++) {
		const struct incident_event *e = &v->event[k];

		json_object_inline(w);
		json_put_time(w, "at", e->at_us);
		json_put_sv(w, "kind", e->kind);
		json_put_sv(w, "who", e->who);
		json_put_sv(w, "channel", e->channel);
		json_put_sv(w, "change", e->change);
		json_put_sv(w, "detail", e->detail);
		json_put_sv(w, "delivery", e->delivery);
		json_object_end(w);
	}
	json_array_end(w);
}

void
report_incident(struct json_writer *w, const struct incident_view *v)
{
	const struct incident *i = v->incident;

	json_object(w);
	json_put_sv(w, "id", i->id);
	json_put_str(w, "state", incident_state_name(i, v->now_us));
	json_put_sv(w, "kind", i->kind);
	json_put_sv(w, "asset", i->asset);
	json_put_sv(w, "partition", i->partition);
	json_put_sv(w, "check", i->check);
	json_put_str(w, "severity", severity_names[i->severity]);
	json_put_sv(w, "title", i->title);
	json_put_sv(w, "message", i->message);
	json_put_time(w, "opened_at", i->opened_us);
	json_put_time(w, "seen_at", i->seen_us);
	json_put_time(w, "resolved_at", i->resolved_us);
	json_put_sv(w, "opened_run", i->opened_run);
	json_put_sv(w, "run_id", i->run_id);
	put_people(w, i);
	json_put_time(w, "muted_until", v->hold != NULL ? v->hold->until_us : TIME_NONE);
	json_put_sv(w, "muted_reason", v->hold != NULL ? v->hold->reason : (struct sv){0});
	json_put_bool(w, "maintenance", v->hold != NULL && v->hold->maintenance);
	put_concerned(w, v->asset);
	put_partitions(w, i);
	report_symptoms(w, i);
	if (v->has_events)
		put_events(w, v);
	json_object_end(w);
}

const char *
mute_state(const struct mute *m, int64_t now_us)
{
	if (m->ended_us != TIME_NONE && m->ended_us <= now_us)
		return "ended";
	return m->from_us > now_us ? "ahead" : m->until_us > now_us ? "in force" : "expired";
}

void
report_mute(struct json_writer *w, const struct mute *m, int64_t now_us)
{
	struct sv rest = m->match;

	json_object(w);
	json_put_sv(w, "id", m->id);
	json_put_str(w, "state", mute_state(m, now_us));
	json_key(w, "match");
	json_array_inline(w);
	while (rest.n > 0)
		json_sv(w, sv_cut(&rest, '\n'));
	json_array_end(w);
	json_put_sv(w, "reason", m->reason);
	json_put_sv(w, "by", m->who);
	json_put_time(w, "from", m->from_us);
	json_put_time(w, "until", m->until_us);
	json_put_time(w, "ended_at", m->ended_us);
	json_object_end(w);
}
