#include "alert/due.h"

static const struct due never = {.next_us = INT64_MAX};

static struct due
tell(enum incident_change change)
{
	return (struct due){.is = true, .change = change, .next_us = INT64_MAX};
}

static struct due
later(int64_t next_us)
{
	return (struct due){.next_us = next_us};
}

/* Acknowledgements tell nothing of how the incident stands. */
static bool
change_of(struct sv name, enum incident_change *ret)
{
	for (size_t i = 0; i < INCIDENT_CHANGES; i++)
		if (sv_is(name, incident_change_names[i])) {
			*ret = (enum incident_change)i;
			return i != INCIDENT_ACKED && i != INCIDENT_SNOOZED;
		}
	return false;
}

bool
told_open(const struct told *t)
{
	return t->any && t->last != INCIDENT_RESOLVED;
}

struct told
told_to(const struct incident_event *e, size_t n, struct sv channel)
{
	struct told t = {0};
	enum incident_change change;

	for (size_t i = 0; i < n; i++) {
		if (!sv_is(e[i].kind, "told") || !sv_eq(e[i].channel, channel) ||
		    !change_of(e[i].change, &change))
			continue;
		if (!told_open(&t)) {
			t.since_us = e[i].at_us;
			t.escalations = 0;
		}
		t.any = true;
		t.last = change;
		t.at_us = e[i].at_us;
		t.escalations += change == INCIDENT_ESCALATED;
	}
	return t;
}

int64_t
calm_at(const struct incident *i, const struct flapping_decl *f)
{
	return i->changed_us + f->quiet_us;
}

/* Of one that the channel takes for well, or does not know. */
static struct due
due_first(const struct due_question *q)
{
	const struct incident *i = q->incident;

	if (q->held_us != TIME_NONE)
		return later(q->held_us);
	if (i->snoozed_until_us > q->now_us)
		return later(i->snoozed_until_us);
	if (i->flapping)
		return tell(INCIDENT_FLAPPING);
	return tell(q->told->any ? INCIDENT_REOPENED : INCIDENT_OPENED);
}

/* Of one that it knows to be open. */
static struct due
due_again(const struct due_question *q)
{
	const struct incident *i = q->incident;
	const struct told *t = q->told;
	struct due ret = never;

	if (q->held_us != TIME_NONE)
		return later(q->held_us);
	if (i->flapping)
		return t->last == INCIDENT_FLAPPING ? later(calm_at(i, q->flapping))
		                                    : tell(INCIDENT_FLAPPING);
	if (t->last == INCIDENT_FLAPPING)
		return tell(INCIDENT_STILL);
	if (i->snoozed_until_us > q->now_us)
		return later(i->snoozed_until_us);
	if (q->worse || i->worse_us > t->at_us || i->snoozed_until_us > t->at_us)
		return tell(INCIDENT_STILL);
	if (q->in_vain) {
		if (q->now_us - t->at_us >= RETELL_US)
			return tell(INCIDENT_OPENED);
		ret.next_us = t->at_us + RETELL_US;
	}
	if (i->joined_us > t->at_us) {
		if (q->now_us - t->at_us >= JOINED_US)
			return tell(INCIDENT_STILL);
		ret.next_us = MIN(ret.next_us, t->at_us + JOINED_US);
	}
	if (q->repeat_every_us > 0 && i->acked_by.n == 0) {
		if (q->now_us - t->at_us >= q->repeat_every_us)
			return tell(INCIDENT_STILL);
		ret.next_us = MIN(ret.next_us, t->at_us + q->repeat_every_us);
	}
	return ret;
}

struct due
due_now(const struct due_question *q)
{
	const struct incident *i = q->incident;

	if (i->resolved_us != TIME_NONE) {
		if (!told_open(q->told))
			return never;
		return i->flapping ? later(calm_at(i, q->flapping)) : tell(INCIDENT_RESOLVED);
	}
	if (!q->routed)
		return never;
	return told_open(q->told) ? due_again(q) : due_first(q);
}

struct due
due_escalation(const struct incident *i, const struct escalation_decl *e, int64_t since_us, int64_t held_us,
               int64_t now_us)
{
	const int64_t at_us = since_us + e->after_us;

	if (i->resolved_us != TIME_NONE || i->acked_by.n > 0 || i->flapping)
		return never;
	if (held_us != TIME_NONE)
		return later(MAX(held_us, at_us));
	if (i->snoozed_until_us > now_us)
		return later(MAX(i->snoozed_until_us, at_us));
	return now_us >= at_us ? tell(INCIDENT_ESCALATED) : later(at_us);
}
