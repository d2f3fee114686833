/*
 * Sending what is due.
 *
 * Each channel is a lane: its messages go one after the other, in a thread of their own, so that a receiver that dawdles delays nobody
 * but itself.  This thread alone reads and writes the outbox, and never while it holds a lock that a check could need: a lane's thread
 * gets one message with everything it needs, and hands a receipt back.
 *
 *	lane:  outbox ─► message ─► thread: driver ─► receipt ─► outbox: sent, dead, or due again later
 *
 * A message is marked only after its receiver has acknowledged it.  A crash between the two sends it once more, under the same id.
 */
#include <pthread.h>

#include "alert/alert.h"
#include "alert/channel.h"
#include "alert/schedule.h"
#include "base/log.h"
#include "store/lock.h"

enum { BATCH_MAX = 50, BUSY_MAX = 32 };
/* Less than this is not enough to begin with a message. */
#define LEAST_US US_PER_S

struct sender;

struct job {
	struct sender *sender;
	struct arena *a; /* of the thread while it runs */
	struct notice notice;
	struct channel_call call;
	struct receipt receipt;
	int64_t at_us, start_ns, end_ns;
	pthread_t thread;
	bool running, done; /* done: under the sender's lock */
};

struct lane {
	struct sv channel;
	const struct channel_decl *decl; /* NULL: the catalog does not have it any more */
	bool stopped;
	struct arena *a; /* of the batch */
	struct message *due;
	size_t n, next;
	struct job job;
};

struct sender {
	struct workspace *w;
	struct delivery *delivery;
	int64_t end_ns;
	struct lane *lane;
	size_t nlane, running;
	pthread_mutex_t lock;
	pthread_cond_t done;
	struct err err; /* of the outbox: nothing is begun any more */
};

/* One message --------------------------------------------------------------------------------------------------- */

static void
fail_job(struct job *j, const struct err *err)
{
	j->receipt = (struct receipt){.result = DELIVERY_FAILED, .outcome = arena_sv(j->a, sv_of(err->msg))};
}

static void *
work(void *ctx)
{
	struct job *j = ctx;

	channel_send(&j->call, &j->receipt);
	j->end_ns = clock_mono_ns();
	pthread_mutex_lock(&j->sender->lock);
	j->done = true;
	pthread_cond_signal(&j->sender->done);
	pthread_mutex_unlock(&j->sender->lock);
	return NULL;
}

/* The message's new state, by what became of it. */
static void
apply_receipt(struct message *m, const struct receipt *r, int64_t at_us)
{
	m->attempts++;
	m->outcome = r->outcome;
	m->settled_us = at_us;
	if (r->result == DELIVERED) {
		m->state = MESSAGE_SENT;
		return;
	}
	m->next_us = r->result == DELIVERY_REFUSED
	                     ? TIME_NONE
	                     : retry_at(m->id, m->attempts, at_us, m->created_us, r->retry_after_us);
	m->state = m->next_us == TIME_NONE ? MESSAGE_DEAD : MESSAGE_PENDING;
	if (m->state == MESSAGE_PENDING)
		m->settled_us = TIME_NONE;
}

static void
count(struct sender *s, const struct lane *l, const struct message *m, const struct receipt *r)
{
	struct delivery *d = s->delivery;

	if (m->state == MESSAGE_SENT) {
		d->sent++;
		return;
	}
	if (m->state == MESSAGE_DEAD)
		d->dead++;
	else
		d->failed++;
	if (d->trouble.n == 0)
		d->trouble = arena_svf(s->w->a, SV_FMT ": " SV_FMT, SV_ARG(l->channel), SV_ARG(r->outcome));
}

/* Retry-After is said of the receiver, not of one message: the others wait as well. */
static bool
heed_wish(struct sender *s, const struct lane *l, const struct receipt *r, int64_t at_us, struct err *err)
{
	if (r->result != DELIVERY_FAILED || r->retry_after_us <= 0)
		return true;
	return store_hold_channel(s->w->store, l->channel,
	                          at_us + MIN(r->retry_after_us, (int64_t)RETRY_END_US), err);
}

/* Writes down what became of the lane's message. */
static void
settle(struct sender *s, struct lane *l)
{
	struct message *m = &l->due[l->next++];
	struct job *j = &l->job;
	struct attempt at = {.message = m->id,
	                     .number = m->attempts + 1,
	                     .at_us = j->at_us,
	                     .status = j->receipt.status,
	                     .duration_ms = (double)(j->end_ns - j->start_ns) / 1e6,
	                     .outcome = j->receipt.outcome};
	struct err err = {0};

	apply_receipt(m, &j->receipt, j->at_us);
	if (!store_settle_message(s->w->store, m, &at, &err) ||
	    !heed_wish(s, l, &j->receipt, j->at_us, &err)) {
		if (s->err.code == ERR_NONE)
			s->err = err;
	} else {
		count(s, l, m, &j->receipt);
		log_info("alert " SV_FMT " to " SV_FMT ": " SV_FMT, SV_ARG(m->id), SV_ARG(l->channel),
		         SV_ARG(j->receipt.outcome));
	}
	l->stopped = m->state != MESSAGE_SENT && j->receipt.unavailable;
	arena_free(STEAL(j->a));
}

static int64_t
left_us(const struct sender *s)
{
	return (s->end_ns - clock_mono_ns()) / 1000;
}

/* Hands the lane's next message to a thread, or settles it at once if it cannot be sent at all. */
static void
begin(struct sender *s, struct lane *l)
{
	const struct message *m = &l->due[l->next];
	struct job *j = &l->job;
	struct err err = {0};
	int rc;

	*j = (struct job){.sender = s, .a = arena_new(), .at_us = clock_now_us(s->w->clock)};
	j->start_ns = j->end_ns = clock_mono_ns();
	j->call = (struct channel_call){.a = j->a,
	                                .catalog = s->w->catalog,
	                                .channel = l->decl,
	                                .message = m,
	                                .notice = &j->notice,
	                                .now_us = j->at_us,
	                                .limit_us = left_us(s)};
	if (l->decl == NULL) {
		err_set(&err, ERR_CATALOG, NOWHERE, "the catalog has no channel '" SV_FMT "'",
		        SV_ARG(l->channel));
		fail_job(j, &err);
	} else if (!notice_parse(j->a, m->body, &j->notice, &err)) {
		fail_job(j, &err);
	} else if ((rc = pthread_create(&j->thread, NULL, work, j)) != 0) {
		err_set(&err, ERR_INTERNAL, NOWHERE, "cannot start a thread (error %d)", rc);
		fail_job(j, &err);
	} else {
		j->running = true;
		s->running++;
		return;
	}
	settle(s, l);
}

/* Lanes --------------------------------------------------------------------------------------------------------- */

static bool
refill(struct sender *s, struct lane *l)
{
	arena_reset(l->a);
	l->next = l->n = 0;
	return store_due_messages(s->w->store, l->a, l->channel, clock_now_us(s->w->clock), BATCH_MAX,
	                          &l->due, &l->n, &s->err);
}

/* Begins with a message on each lane that has one and is free. */
static void
begin_all(struct sender *s)
{
	for (size_t i = 0; i < s->nlane; i++) {
		struct lane *l = &s->lane[i];

		while (!l->job.running && !l->stopped && s->err.code == ERR_NONE && s->running < BUSY_MAX) {
			if (left_us(s) < LEAST_US || (l->next == l->n && !refill(s, l)) || l->n == 0)
				break;
			begin(s, l);
		}
	}
}

/* Waits until a thread is done, and settles all that are. */
static void
collect(struct sender *s)
{
	bool any = false;

	pthread_mutex_lock(&s->lock);
	while (!any) {
		for (size_t i = 0; i < s->nlane; i++)
			any = any || s->lane[i].job.done;
		if (!any)
			pthread_cond_wait(&s->done, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < s->nlane; i++) {
		struct job *j = &s->lane[i].job;
		bool done;

		pthread_mutex_lock(&s->lock);
		done = j->running && j->done;
		pthread_mutex_unlock(&s->lock);
		if (!done)
			continue;
		pthread_join(j->thread, NULL);
		j->running = j->done = false;
		s->running--;
		settle(s, &s->lane[i]);
	}
}

static const struct channel_decl *
find_channel(const struct catalog *c, struct sv name)
{
	for (size_t i = 0; i < c->alerts.nchannel; i++)
		if (sv_eq(c->alerts.channel[i].name, name))
			return &c->alerts.channel[i];
	return NULL;
}

static bool
open_lanes(struct sender *s, struct err *err)
{
	struct sv *channel;
	size_t n;

	if (!store_pending_channels(s->w->store, s->w->a, &channel, &n, err))
		return false;
	s->lane = ARENA_ARRAY(s->w->a, struct lane, n);
	s->nlane = n;
	for (size_t i = 0; i < n; i++)
		s->lane[i] = (struct lane){.channel = channel[i],
		                           .decl = find_channel(s->w->catalog, channel[i]),
		                           .a = arena_new()};
	return true;
}

static void
run_lanes(struct sender *s)
{
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->done, NULL);
	/* begin_all leaves no lane idle that could work: once nothing runs behind it, all is done. */
	for (begin_all(s); s->running > 0; begin_all(s))
		collect(s);
	pthread_cond_destroy(&s->done);
	pthread_mutex_destroy(&s->lock);
	for (size_t i = 0; i < s->nlane; i++)
		arena_free(s->lane[i].a);
}

bool
alerts_send(struct workspace *w, int64_t limit_us, struct delivery *ret, struct err *err)
{
	struct delivery d = {0};
	struct sender s = {.w = w, .delivery = &d, .end_ns = clock_mono_ns() + limit_us * 1000};
	AUTO(lock) turn = NULL;
	int64_t n[3];
	bool mine;

	*ret = d;
	if (!store_take_sending(w->store, &turn, &mine, err))
		return false;
	if (!mine)
		return true;
	if (!open_lanes(&s, err))
		return false;
	run_lanes(&s);
	if (s.err.code != ERR_NONE) {
		if (err != NULL)
			*err = s.err;
		return false;
	}
	if (!store_count_messages(w->store, n, err))
		return false;
	d.waiting = n[MESSAGE_PENDING];
	*ret = d;
	return true;
}

/* A trial ------------------------------------------------------------------------------------------------------- */

static void
make_test(struct workspace *w, struct message *m, struct notice *n)
{
	char ulid[ULID_MAX];

	*n = (struct notice){.type = SV("test"),
	                     .at_us = clock_now_us(w->clock),
	                     .project = w->catalog->project,
	                     .env = w->catalog->env};
	ulid_make(n->at_us, ulid);
	*m = (struct message){.id = arena_svf(w->a, "msg_%s", ulid),
	                      .type = n->type,
	                      .created_us = n->at_us,
	                      .settled_us = TIME_NONE};
	m->body = notice_json(w->a, n);
}

bool
alerts_test(struct workspace *w, struct sv channel, struct attempt *at, bool *ok, struct err *err)
{
	const struct channel_decl *decl = find_channel(w->catalog, channel);
	struct receipt r;
	struct message m;
	struct notice n;
	int64_t start_ns = clock_mono_ns();

	if (decl == NULL) {
		const char **names = ARENA_ARRAY(w->a, const char *, w->catalog->alerts.nchannel);
		const char *near;

		for (size_t i = 0; i < w->catalog->alerts.nchannel; i++)
			names[i] = arena_str(w->a, w->catalog->alerts.channel[i].name);
		near = sv_nearest(channel, names, w->catalog->alerts.nchannel);
		err_set(err, ERR_USAGE, NOWHERE, "there is no channel '" SV_FMT "'", SV_ARG(channel));
		return err_hint(err, near != NULL ? "did you mean '%s'?" : "%s",
		                near != NULL ? near : "they stand under alerts.channels in weir.yaml");
	}
	make_test(w, &m, &n);
	m.channel = channel;
	channel_send(&(struct channel_call){.a = w->a,
	                                    .catalog = w->catalog,
	                                    .channel = decl,
	                                    .message = &m,
	                                    .notice = &n,
	                                    .now_us = n.at_us},
	             &r);
	*ok = r.result == DELIVERED;
	*at = (struct attempt){.message = m.id,
	                       .number = 1,
	                       .at_us = n.at_us,
	                       .status = r.status,
	                       .duration_ms = (double)(clock_mono_ns() - start_ns) / 1e6,
	                       .outcome = r.outcome};
	return true;
}
