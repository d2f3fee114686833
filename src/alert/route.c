/*
 * Which incidents are told where.
 *
 * An incident is told to a channel by the first route that takes it there.  What is due follows from how it stands and what the channel was
 * told (due.c), so that whoever was told of the beginning is told of the end, whatever became of the routes.
 */
#include "alert/due.h"
#include "alert/settle.h"

struct asking {
	struct routing *x;
	const struct incident *i;
	bool *concerned;   /* by route */
	struct told *told; /* by channel */
	bool *telling;     /* by channel: something is told now */
	int64_t held_us;
	bool worse;
};

static const struct alerts_decl *
alerts_of(const struct routing *x)
{
	return &x->teller.w->catalog->alerts;
}

static bool
leads_to(const struct route_decl *r, uint32_t channel)
{
	for (size_t i = 0; i < r->nto; i++)
		if (r->to[i] == channel)
			return true;
	return false;
}

static const struct route_decl *
route_to(const struct asking *q, uint32_t channel)
{
	const struct alerts_decl *alerts = alerts_of(q->x);

	for (size_t k = 0; k < alerts->nroute; k++)
		if (q->concerned[k] && leads_to(&alerts->route[k], channel))
			return &alerts->route[k];
	return NULL;
}

/* While alerts are off nothing is on record as told, and nothing is worth a line at each run but what is new. */
static void
ask_unwritten(struct asking *q)
{
	const enum incident_change change = q->i->change;

	if (q->held_us != TIME_NONE || (change != INCIDENT_OPENED && change != INCIDENT_REOPENED))
		return;
	for (uint32_t k = 0; k < alerts_of(q->x)->nchannel; k++) {
		const struct route_decl *route = route_to(q, k);

		if (route != NULL)
			teller_add(&q->x->teller, k, route, change, q->i);
	}
}

/* The end is told by whatever route would take it there now, or without one. */
static bool
ask_channel(struct asking *q, uint32_t channel, struct err *err)
{
	struct routing *x = q->x;
	const struct told *told = &q->told[channel];
	const struct route_decl *route = route_to(q, channel);
	struct due_question question = {
		.incident = q->i,
		.told = told,
		.flapping = &alerts_of(x)->flapping,
		.repeat_every_us = route != NULL ? route->repeat_every_us : 0,
		.held_us = q->held_us,
		.routed = route != NULL,
		.worse = q->worse,
		.now_us = x->teller.now_us,
	};
	struct due due;

	/* Anew only if somebody looked and it lasts. */
	if (x->teller.r != NULL && told_open(told) && x->teller.now_us - told->at_us >= RETELL_US &&
	    !store_told_in_vain(x->teller.w->store, alerts_of(x)->channel[channel].name, q->i->id,
	                        &question.in_vain, err))
		return false;
	due = due_now(&question);
	if (due.is)
		teller_add(&x->teller, channel, route, due.change, q->i);
	q->telling[channel] = due.is;
	x->next_us = MIN(x->next_us, due.next_us);
	return true;
}

/* When the route told of it first; TIME_NONE = it has not. */
static int64_t
told_since(const struct asking *q, const struct route_decl *r)
{
	int64_t since_us = TIME_NONE;

	for (size_t k = 0; k < r->nto; k++) {
		const struct told *t = &q->told[r->to[k]];

		if (told_open(t) && (since_us == TIME_NONE || t->since_us < since_us))
			since_us = t->since_us;
	}
	return since_us;
}

/* Each step tells its channels once; of several that are due, one at a time. */
static void
ask_escalations(struct asking *q)
{
	struct routing *x = q->x;
	const struct alerts_decl *alerts = alerts_of(x);
	size_t *steps = ARENA_ARRAY(x->teller.w->a, size_t, alerts->nchannel);

	for (size_t k = 0; k < alerts->nroute; k++) {
		const struct route_decl *r = &alerts->route[k];
		const int64_t since_us = r->nescalate > 0 && q->concerned[k] ? told_since(q, r) : TIME_NONE;

		for (size_t n = 0; n < r->nescalate && since_us != TIME_NONE; n++) {
			const struct escalation_decl *e = &r->escalate[n];
			const struct due due = due_escalation(q->i, e, since_us, q->held_us,
			                                      x->teller.now_us);

			x->next_us = MIN(x->next_us, due.next_us);
			for (size_t c = 0; c < e->nto && due.is; c++) {
				const uint32_t channel = e->to[c];

				if (++steps[channel] <= q->told[channel].escalations || q->telling[channel])
					continue;
				teller_add(&x->teller, channel, r, INCIDENT_ESCALATED, q->i);
				q->telling[channel] = true;
			}
		}
	}
}

bool
routing_begin(struct workspace *w, struct report *r, struct routing *ret, struct err *err)
{
	struct routing x = {.teller = {.w = w, .r = r, .now_us = clock_now_us(w->clock)},
	                    .next_us = INT64_MAX};

	if (!holds_load(w, x.teller.now_us, &x.holds, err))
		return false;
	*ret = x;
	return true;
}

const struct route_decl *
routing_route(const struct routing *x, const struct incident *i, uint32_t channel)
{
	const struct alerts_decl *alerts = alerts_of(x);

	for (size_t k = 0; k < alerts->nroute; k++)
		if (leads_to(&alerts->route[k], channel) &&
		    incident_concerns(x->teller.w->catalog, &alerts->route[k].match, i))
			return &alerts->route[k];
	return NULL;
}

bool
routing_add(struct routing *x, const struct incident *i, bool worse, struct err *err)
{
	struct workspace *w = x->teller.w;
	const struct alerts_decl *alerts = alerts_of(x);
	const struct hold *hold = holds_find(&x->holds, i);
	struct asking q = {
		.x = x,
		.i = i,
		.concerned = ARENA_ARRAY(w->a, bool, alerts->nroute),
		.told = ARENA_ARRAY(w->a, struct told, alerts->nchannel),
		.telling = ARENA_ARRAY(w->a, bool, alerts->nchannel),
		.held_us = hold != NULL ? hold->until_us : TIME_NONE,
		.worse = worse,
	};
	struct incident_event *e;
	size_t n;

	for (size_t k = 0; k < alerts->nroute; k++)
		q.concerned[k] = incident_concerns(w->catalog, &alerts->route[k].match, i);
	if (!alerts->enabled) {
		ask_unwritten(&q);
		return true;
	}
	if (!store_incident_events(w->store, w->a, i->id, SV("told"), &e, &n, err))
		return false;
	for (uint32_t k = 0; k < alerts->nchannel; k++)
		q.told[k] = told_to(e, n, alerts->channel[k].name);
	for (uint32_t k = 0; k < alerts->nchannel; k++)
		if (!ask_channel(&q, k, err))
			return false;
	ask_escalations(&q);
	return true;
}

bool
alerts_route(struct workspace *w, struct report *r, const struct change *c, size_t n, struct err *err)
{
	struct routing x;

	if (!routing_begin(w, r, &x, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!routing_add(&x, &c[i].incident, c[i].worse, err))
			return false;
	return teller_write(&x.teller, err);
}
