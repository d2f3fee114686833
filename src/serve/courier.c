/*
 * The courier keeps the lanes going (alert/lanes.h).  Threads put what they are done with on a list; one task in the inbox stands for all
 * of it, so that a thousand messages a second cost the keeper a few transactions.
 */
#include "serve/courier.h"

#include <pthread.h>
#include <stdlib.h>

#include "alert/lanes.h"
#include "base/log.h"
#include "serve/agenda.h"
#include "store/lock.h"

/* The outbox is looked at that often though nobody says anything: somebody may have revived a message. */
#define ROUND_US (30 * US_PER_S)
/* After the outbox could not be read or written. */
#define TROUBLE_US US_PER_S

struct courier {
	struct task task; /* settles what is back */
	struct service *s;
	struct lock *turn;
	struct lanes *lanes;
	struct parcel *settling; /* the task's */
	bool troubled;           /* the outbox could not be written: said once */
	bool waiting;            /* the task is not in the inbox, but will be put there by a timer */
	bool closed;
	pthread_mutex_t lock;
	/* Under the lock. */
	struct parcel *back, **last;
	bool posted; /* the task is in the inbox, or will be put there by a timer */
};

static void look(struct courier *c, bool all);

static void
courier_free(struct courier *c)
{
	lanes_free(c->lanes);
	lock_close(c->turn);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* What is back ------------------------------------------------------------------------------------------------ */

/* Called by the threads of the lanes. */
static void
take_back(void *ctx, struct parcel *p)
{
	struct courier *c = ctx;

	pthread_mutex_lock(&c->lock);
	p->next = NULL;
	*c->last = p;
	c->last = &p->next;
	/* An inbox that is closed: the courier is about to be closed, too, and collects by itself. */
	if (!c->posted)
		c->posted = inbox_put(c->s->inbox, &c->task);
	pthread_mutex_unlock(&c->lock);
}

/* Everything that is back becomes the task's. */
static void
collect(struct courier *c)
{
	struct parcel **end = &c->settling;

	while (*end != NULL)
		end = &(*end)->next;
	pthread_mutex_lock(&c->lock);
	*end = c->back;
	c->back = NULL;
	c->last = &c->back;
	pthread_mutex_unlock(&c->lock);
}

static bool
settle(struct service *s, struct task *t, struct err *err)
{
	struct courier *c = (struct courier *)t;

	collect(c);
	for (struct parcel *p = c->settling; p != NULL; p = p->next)
		if (!lanes_settle(c->lanes, s->store, p, err))
			return false;
	return true;
}

static void
count(struct service *s, const struct parcel *p)
{
	if (!p->tried)
		return;
	meter_add(&s->meters,
	          p->settled == MESSAGE_SENT   ? METER_SENT
	          : p->settled == MESSAGE_DEAD ? METER_SEND_DEAD
	                                       : METER_SEND_FAILED,
	          1);
	if (p->settled == MESSAGE_DEAD)
		log_warn("alert " SV_FMT " to " SV_FMT " is given up: " SV_FMT, SV_ARG(p->message->id),
		         SV_ARG(p->message->channel), SV_ARG(p->receipt.outcome));
}

static void
drop(struct courier *c)
{
	while (c->settling != NULL) {
		struct parcel *p = c->settling;

		c->settling = p->next;
		count(c->s, p);
		lanes_drop(c->lanes, p);
	}
}

/* Another time: the receivers have the messages, so they are not sent again, but written down as soon as that can be done. */
static void
settle_again(struct service *s, void *ctx)
{
	struct courier *c = ctx;

	c->waiting = false;
	if (!inbox_put(s->inbox, &c->task)) {
		pthread_mutex_lock(&c->lock);
		c->posted = false;
		pthread_mutex_unlock(&c->lock);
	}
}

static void
settled(struct service *s, struct task *t, const struct err *why)
{
	struct courier *c = (struct courier *)t;
	bool more;

	if (why != NULL && !c->closed) {
		if (!c->troubled)
			log_error("what became of alerts cannot be written down yet: %s", why->msg);
		c->troubled = c->waiting = true;
		agenda_set(s->agenda, SV("courier settles"), clock_now_us(s->clock) + TROUBLE_US,
		           settle_again, c);
		return;
	}
	c->troubled = false;
	drop(c);
	if (c->closed) {
		if (lanes_under_way(c->lanes) == 0)
			courier_free(c);
		return;
	}
	pthread_mutex_lock(&c->lock);
	more = c->back != NULL;
	c->posted = more && inbox_put(s->inbox, t);
	pthread_mutex_unlock(&c->lock);
	look(c, false);
}

/* What goes out ----------------------------------------------------------------------------------------------- */

static void
look_at_all(struct service *s UNUSED, void *ctx)
{
	look(ctx, true);
}

static void *
project_keep(void *owner)
{
	return project_ref(owner);
}

static void
project_drop(void *owner)
{
	project_unref(owner);
}

/* Hands over what is due, and comes back when something is due next. */
static void
look(struct courier *c, bool all)
{
	struct service *s = c->s;
	const struct lanes_catalog from = {.catalog = s->project->catalog,
	                                   .owner = s->project,
	                                   .ref = project_keep,
	                                   .unref = project_drop};
	const int64_t now_us = clock_now_us(s->clock);
	int64_t next_us = TIME_NONE;
	struct err err = {0};

	if (!lanes_look(c->lanes, s->store, &from, all, &err) ||
	    !lanes_next(c->lanes, s->store, &next_us, &err)) {
		log_error("the outbox cannot be read: %s", err.msg);
		next_us = now_us + TROUBLE_US;
	}
	if (next_us == TIME_NONE || next_us > now_us + ROUND_US)
		next_us = now_us + ROUND_US;
	agenda_set(s->agenda, SV("courier"), next_us, look_at_all, c);
}

void
courier_wake(struct courier *c)
{
	/* In the next turn, so that many who call make one look. */
	agenda_set(c->s->agenda, SV("courier"), clock_now_us(c->s->clock), look_at_all, c);
}

void
courier_clock_moved(struct courier *c, int64_t moved_us)
{
	struct err err = {0};

	/* After a jump forward they are due early, which costs a try. */
	if (moved_us < 0 && !store_shift_outbox(c->s->store, moved_us, &err))
		log_error("alerts that wait may wait for longer, since the clock was set back: %s", err.msg);
	courier_wake(c);
}

bool
courier_open(struct service *s, struct courier **ret, struct err *err)
{
	struct courier *c;
	struct lock *turn;
	bool mine;

	if (!store_take_sending(s->store, &turn, &mine, err))
		return false;
	if (!mine) {
		err_set(err, ERR_STORE, NOWHERE, "another process sends alerts from this state");
		return err_hint(err, "Wait for `weir alerts send` to end, then start again.");
	}
	c = xcalloc(1, sizeof(*c));
	c->s = s;
	c->turn = turn;
	c->task = (struct task){.write = settle, .done = settled};
	c->last = &c->back;
	pthread_mutex_init(&c->lock, NULL);
	c->lanes = lanes_new(&(struct lanes_options){.clock = s->clock, .back = take_back, .ctx = c});
	courier_wake(c);
	*ret = c;
	return true;
}

static bool
settle_now(struct courier *c, struct err *err)
{
	if (!store_begin(c->s->store, err)) {
		collect(c);
		return false;
	}
	if (!settle(c->s, &c->task, err)) {
		store_rollback(c->s->store);
		return false;
	}
	return store_commit(c->s->store, err);
}

void
courier_close(struct courier *c, int64_t limit_us)
{
	struct err err = {0};
	bool posted;

	if (c == NULL)
		return;
	agenda_set(c->s->agenda, SV("courier"), TIME_NONE, NULL, NULL);
	agenda_set(c->s->agenda, SV("courier settles"), TIME_NONE, NULL, NULL);
	lanes_stop(c->lanes, limit_us);
	if (!settle_now(c, &err))
		log_error("what became of alerts cannot be written down: %s", err.msg);
	drop(c);
	pthread_mutex_lock(&c->lock);
	posted = c->posted && !c->waiting;
	pthread_mutex_unlock(&c->lock);
	c->closed = true;
	/* A program that goes on writes to what it was given; it ends with the process. */
	if (lanes_under_way(c->lanes) > 0 || posted)
		return;
	courier_free(c);
}
