/* What people do with incidents: acknowledge, snooze, resolve, mute. */
#include "alert/due.h"
#include "alert/settle.h"

static bool
text_fits(struct sv text, const char *what, bool required, struct err *err)
{
	if (required && text.n == 0)
		return err_set(err, ERR_USAGE, NOWHERE, "%s is missing", what);
	if (text.n > INCIDENT_TEXT_MAX)
		return err_set(err, ERR_USAGE, NOWHERE, "%s is longer than %d bytes", what,
		               INCIDENT_TEXT_MAX);
	return true;
}

static bool
is_open(const struct incident *i, struct err *err)
{
	char at[RFC3339_MAX];

	if (i->resolved_us == TIME_NONE)
		return true;
	err_set(err, ERR_USAGE, NOWHERE, "the incident " SV_FMT " is resolved since %s", SV_ARG(i->id),
	        rfc3339_seconds(i->resolved_us, at));
	return err_hint(err, "weir incidents list shows those that are open");
}

static bool
until_fits(int64_t until_us, int64_t now_us, struct err *err)
{
	char at[RFC3339_MAX];

	if (until_us <= now_us)
		return err_set(err, ERR_USAGE, NOWHERE, "%s is not in the future",
		               rfc3339_seconds(until_us, at));
	if (until_us - now_us > MUTE_MAX_US)
		return err_set(err, ERR_USAGE, NOWHERE, "%s is more than 366 days ahead",
		               rfc3339_seconds(until_us, at));
	return true;
}

/* Whoever knows of it is told what became of it, by whatever route leads there. */
static bool
tell_known(struct workspace *w, const struct incident *i, enum incident_change change, struct err *err)
{
	const struct alerts_decl *alerts = &w->catalog->alerts;
	struct incident_event *e;
	struct routing x;
	size_t n;

	if (!alerts->enabled)
		return true;
	if (!routing_begin(w, NULL, &x, err) ||
	    !store_incident_events(w->store, w->a, i->id, SV("told"), &e, &n, err))
		return false;
	for (uint32_t k = 0; k < alerts->nchannel; k++) {
		const struct told told = told_to(e, n, alerts->channel[k].name);

		if (told_open(&told))
			teller_add(&x.teller, k, routing_route(&x, i, k), change, i);
	}
	return teller_write(&x.teller, err);
}

bool
incident_ack(struct workspace *w, struct incident *i, struct sv who, struct sv note, struct err *err)
{
	if (!is_open(i, err) || !text_fits(who, "who acknowledges it", true, err) ||
	    !text_fits(note, "the note", false, err))
		return false;
	i->acked_by = who;
	i->acked_us = clock_now_us(w->clock);
	i->note = note;
	i->change = INCIDENT_ACKED;
	return store_put_incident(w->store, i, err) && incident_note(w, i, "acknowledged", who, note, err) &&
	       tell_known(w, i, INCIDENT_ACKED, err);
}

bool
incident_snooze(struct workspace *w, struct incident *i, struct sv who, int64_t until_us, struct err *err)
{
	char until[RFC3339_MAX];

	if (!is_open(i, err) || !text_fits(who, "who snoozes it", true, err) ||
	    !until_fits(until_us, clock_now_us(w->clock), err))
		return false;
	i->snoozed_by = who;
	i->snoozed_until_us = until_us;
	i->change = INCIDENT_SNOOZED;
	return store_put_incident(w->store, i, err) &&
	       incident_note(w, i, "snoozed", who,
	                     arena_svf(w->a, "until %s", rfc3339_seconds(until_us, until)), err) &&
	       tell_known(w, i, INCIDENT_SNOOZED, err);
}

bool
incident_resolve(struct workspace *w, struct incident *i, struct sv who, struct sv reason, struct err *err)
{
	const int64_t now_us = clock_now_us(w->clock);

	if (!is_open(i, err) || !text_fits(who, "who resolves it", true, err) ||
	    !text_fits(reason, "the reason", true, err))
		return false;
	i->resolved_us = i->changed_us = now_us;
	i->resolved_by = who;
	i->message = reason;
	i->watched = true;
	i->flapping = false;
	i->snoozed_until_us = 0;
	i->change = INCIDENT_RESOLVED;
	return store_put_incident(w->store, i, err) && incident_note(w, i, "resolved", who, reason, err) &&
	       tell_known(w, i, INCIDENT_RESOLVED, err);
}

bool
alerts_mute(struct workspace *w, const struct sv *condition, size_t n, struct sv who, int64_t until_us,
            struct sv reason, struct mute *ret, struct err *err)
{
	struct mute m = {.match = match_text(w->a, condition, n),
	                 .reason = reason,
	                 .who = who,
	                 .from_us = clock_now_us(w->clock),
	                 .until_us = until_us,
	                 .ended_us = TIME_NONE};
	struct incident_match match;

	if (!match_parse(w->a, condition, n, &match, err) || !text_fits(who, "who mutes it", true, err) ||
	    !text_fits(reason, "the reason", true, err) || !text_fits(m.match, "the match", true, err) ||
	    !until_fits(until_us, m.from_us, err) || !store_add_mute(w->store, &m, err))
		return false;
	m.id = arena_sv(w->a, m.id);
	*ret = m;
	return true;
}
