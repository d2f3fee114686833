#include "alert/lanes.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "alert/schedule.h"
#include "base/log.h"

enum {
	WINDOW = 64,       /* parcels of a lane that are under way */
	BATCH_MAX = 128,   /* messages read at once */
	THREADS_MAX = 128, /* beyond the first of each lane */
	STACK_BYTES = 1 << 20
};
/* Less than this is not enough to begin with a message. */
#define LEAST_US US_PER_S
/* A thread without work, and its connection, stay that long. */
#define IDLE_S 30
/* Who could not be reached is asked again by one message at a time: after 5 s, 10 s, 20 s, 40 s, then each minute. */
#define PAUSE_US (5 * US_PER_S)
#define PAUSE_MAX_US (60 * US_PER_S)
/* Enough for libcurl to notice that it is to stop. */
#define BREAK_OFF_US (2 * US_PER_S)

/* Messages that were read together, in the owner's hands. */
struct lane_batch {
	struct arena *a;
	size_t left; /* parcels and the lane itself */
	struct lanes_catalog c;
};

struct lane {
	struct lane *next;
	struct lanes *lanes;
	char *channel;
	/* The owner's. */
	const struct catalog *catalog;   /* that decl is of */
	const struct channel_decl *decl; /* NULL: the catalog does not have it (any more) */
	int parallel;
	bool past;                /* the driver wants the channel's past */
	struct lane_batch *batch; /* being handed over */
	struct message *due;
	size_t n, at;
	bool look;          /* there may be more in the outbox */
	struct parcel *out; /* under way, by out_next */
	size_t nout;
	int64_t pause_us; /* nothing is begun before; TIME_NONE = no pause */
	int failures;     /* in a row, of the receiver */
	bool there;       /* the receiver answered last time: until it does it gets one message at a time */
	/* Under the lock. */
	pthread_cond_t work;
	struct parcel *first, **last; /* for the threads */
	int threads, idle;
	bool stopped; /* the receiver is away: what was handed over comes back unopened */
};

struct lane_thread {
	struct lane_thread *next;
	struct lane *lane;
	pthread_t id;
	bool done; /* under the lock: can be joined at once */
};

struct lanes {
	struct lanes_options o;
	int64_t end_ns;    /* 0 = none */
	struct lane *lane; /* by name */
	size_t under_way;
	struct lane_thread *thread;
	/* Shared with the threads. */
	atomic_int users; /* threads, and the owner: the last one frees */
	pthread_mutex_t lock;
	pthread_cond_t gone;
	int threads; /* under the lock */
	bool closing;
	atomic_bool broken_off;
};

static bool
time_is_over(const struct lanes *l, int64_t *left_us)
{
	*left_us = l->end_ns == 0 ? 0 : (l->end_ns - clock_mono_ns()) / 1000;
	return l->end_ns != 0 && *left_us < LEAST_US;
}

/* Threads ------------------------------------------------------------------------------------------------------- */

static void
fail(struct parcel *p, const struct err *err)
{
	p->tried = true;
	p->receipt = (struct receipt){.result = DELIVERY_FAILED, .outcome = arena_sv(p->a, sv_of(err->msg))};
}

static void
send_parcel(const struct lanes *l, struct parcel *p, struct http_client *http)
{
	struct notice notice;
	struct err err = {0};

	p->at_us = clock_now_us(l->o.clock);
	p->start_ns = clock_mono_ns();
	p->call.now_us = p->at_us;
	p->call.notice = &notice;
	p->call.http = http;
	p->call.broken_off = &l->broken_off;
	if (notice_parse(p->a, p->message->body, &notice, &err)) {
		p->tried = true;
		channel_send(&p->call, &p->receipt);
	} else {
		fail(p, &err);
	}
	p->call.notice = NULL;
	p->end_ns = clock_mono_ns();
	/* That it was broken off says nothing about the receiver. */
	if (atomic_load(&l->broken_off) && p->receipt.result == DELIVERY_FAILED)
		p->tried = false;
}

/* The next parcel of the lane, or NULL when there was none for a while, or there will be none. */
static struct parcel *
next_parcel_locked(struct lane *w)
{
	struct timespec until;
	struct parcel *p;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_S;
	w->idle++;
	while (w->first == NULL && !w->lanes->closing && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&w->work, &w->lanes->lock, &until);
	w->idle--;
	p = w->first;
	if (p != NULL) {
		w->first = p->next;
		if (w->first == NULL)
			w->last = &w->first;
		p->next = NULL;
	}
	return p;
}

static void
lane_free(struct lane *w)
{
	pthread_cond_destroy(&w->work);
	free(w->channel);
	free(w);
}

static void
let_go(struct lanes *l)
{
	if (atomic_fetch_sub(&l->users, 1) != 1)
		return;
	while (l->lane != NULL) {
		struct lane *w = l->lane;

		l->lane = w->next;
		lane_free(w);
	}
	pthread_cond_destroy(&l->gone);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void *
work(void *ctx)
{
	struct lane_thread *self = ctx;
	struct lane *w = self->lane;
	struct lanes *l = w->lanes;
	AUTO(http_client) http = http_client_new();
	struct parcel *p;

	pthread_mutex_lock(&l->lock);
	while ((p = next_parcel_locked(w)) != NULL) {
		const bool go = !w->stopped && !l->closing && !time_is_over(l, &p->call.limit_us);

		pthread_mutex_unlock(&l->lock);
		if (go)
			send_parcel(l, p, http);

		const bool away = p->tried && p->receipt.result == DELIVERY_FAILED && p->receipt.unavailable;

		pthread_mutex_lock(&l->lock);
		w->stopped = w->stopped || away;
		pthread_mutex_unlock(&l->lock);
		l->o.back(l->o.ctx, p);
		pthread_mutex_lock(&l->lock);
	}
	w->threads--;
	l->threads--;
	self->done = true;
	pthread_cond_signal(&l->gone);
	pthread_mutex_unlock(&l->lock);
	let_go(l);
	return NULL;
}

static bool
start_thread_locked(struct lane *w, struct err *err)
{
	struct lanes *l = w->lanes;
	struct lane_thread *t = xcalloc(1, sizeof(*t));
	pthread_attr_t attr;
	int rc;

	*t = (struct lane_thread){.next = l->thread, .lane = w};
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	atomic_fetch_add(&l->users, 1);
	rc = pthread_create(&t->id, &attr, work, t);
	pthread_attr_destroy(&attr);
	if (rc != 0) {
		atomic_fetch_sub(&l->users, 1);
		free(t);
		return err_set(err, ERR_INTERNAL, NOWHERE, "cannot start a thread (error %d)", rc);
	}
	l->thread = t;
	w->threads++;
	l->threads++;
	return true;
}

/* Joins the threads that ended, so that what libraries keep for each is gone when the program ends. */
static void
reap(struct lanes *l)
{
	struct lane_thread **at = &l->thread, *ended = NULL;

	pthread_mutex_lock(&l->lock);
	while (*at != NULL) {
		struct lane_thread *t = *at;

		if (!t->done) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		t->next = ended;
		ended = t;
	}
	pthread_mutex_unlock(&l->lock);
	while (ended != NULL) {
		struct lane_thread *t = ended;

		ended = t->next;
		pthread_join(t->id, NULL);
		free(t);
	}
}

/* Puts it before the lane's threads, of which there are more if need be. */
static void
hand_over(struct lane *w, struct parcel *p)
{
	struct lanes *l = w->lanes;
	struct err err = {0};
	bool ok = true;

	if (w->decl == NULL) {
		err_set(&err, ERR_CATALOG, NOWHERE, "the catalog has no channel '%s'", w->channel);
		p->at_us = clock_now_us(l->o.clock);
		fail(p, &err);
		l->o.back(l->o.ctx, p);
		return;
	}
	pthread_mutex_lock(&l->lock);
	if (w->idle == 0 && w->threads < w->parallel && (w->threads == 0 || l->threads < THREADS_MAX))
		ok = start_thread_locked(w, &err) || w->threads > 0;
	if (ok) {
		*w->last = p;
		w->last = &p->next;
		pthread_cond_signal(&w->work);
	}
	pthread_mutex_unlock(&l->lock);
	if (!ok) {
		p->at_us = clock_now_us(l->o.clock);
		fail(p, &err);
		l->o.back(l->o.ctx, p);
	}
}

/* Lanes --------------------------------------------------------------------------------------------------------- */

struct lanes *
lanes_new(const struct lanes_options *o)
{
	struct lanes *l = xcalloc(1, sizeof(*l));
	pthread_condattr_t attr;

	l->o = *o;
	l->end_ns = o->limit_us > 0 ? clock_mono_ns() + o->limit_us * 1000 : 0;
	l->users = 1;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->gone, &attr);
	pthread_condattr_destroy(&attr);
	return l;
}

static struct lane *
lane_new(struct lanes *l, struct sv channel)
{
	struct lane *w = xcalloc(1, sizeof(*w));
	pthread_condattr_t attr;

	w->lanes = l;
	w->channel = xmalloc(channel.n + 1);
	memcpy(w->channel, channel.p, channel.n);
	w->channel[channel.n] = '\0';
	w->last = &w->first;
	w->pause_us = TIME_NONE;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &attr);
	pthread_condattr_destroy(&attr);
	return w;
}

static struct lane *
lane_of(struct lanes *l, struct sv channel)
{
	struct lane **at = &l->lane;

	while (*at != NULL && sv_cmp(sv_of((*at)->channel), channel) < 0)
		at = &(*at)->next;
	if (*at == NULL || !sv_is(channel, (*at)->channel)) {
		struct lane *w = lane_new(l, channel);

		w->next = *at;
		*at = w;
	}
	return *at;
}

static void
batch_drop(struct lane_batch *b)
{
	if (b == NULL || --b->left > 0)
		return;
	if (b->c.unref != NULL)
		b->c.unref(b->c.owner);
	arena_free(b->a);
	free(b);
}

static void
forget_batch(struct lane *w)
{
	batch_drop(w->batch);
	w->batch = NULL;
	w->n = w->at = 0;
}

static bool
is_under_way(const struct lane *w, int64_t seq)
{
	for (const struct parcel *p = w->out; p != NULL; p = p->out_next)
		if (p->message->seq == seq)
			return true;
	return false;
}

static bool
read_batch(struct lane *w, struct store *s, const struct lanes_catalog *c, int64_t now_us, struct err *err)
{
	struct lane_batch *b;
	size_t n;

	forget_batch(w);
	b = xcalloc(1, sizeof(*b));
	*b = (struct lane_batch){.a = arena_new(), .left = 1, .c = *c};
	if (c->ref != NULL)
		b->c.owner = c->ref(c->owner);
	w->batch = b;
	/* Those that are under way are due as well, until they are settled. */
	n = BATCH_MAX + w->nout;
	if (!store_due_messages(s, b->a, sv_of(w->channel), now_us, n, &w->due, &w->n, err)) {
		forget_batch(w);
		return false;
	}
	w->look = w->n == n && n > 0;
	return true;
}

static bool
begin(struct lane *w, struct store *s, struct message *m, struct err *err)
{
	struct parcel *p = xcalloc(1, sizeof(*p));
	int64_t *past = NULL;
	size_t npast = 0;

	p->a = arena_new();
	if (w->past &&
	    !store_delivered(s, p->a, sv_of(w->channel), clock_now_us(w->lanes->o.clock) - CHANNEL_PAST_US,
	                     CHANNEL_PAST_MAX, &past, &npast, err)) {
		arena_free(p->a);
		free(p);
		return false;
	}
	p->lane = w;
	p->batch = w->batch;
	p->batch->left++;
	p->message = m;
	p->call = (struct channel_call){.a = p->a,
	                                .catalog = w->batch->c.catalog,
	                                .channel = w->decl,
	                                .message = m,
	                                .past = past,
	                                .npast = npast};
	p->out_next = w->out;
	w->out = p;
	w->nout++;
	w->lanes->under_way++;
	hand_over(w, p);
	return true;
}

static bool
may_begin(struct lane *w, int64_t now_us)
{
	if (w->nout >= (w->there && !w->past ? WINDOW : 1))
		return false;
	if (w->pause_us == TIME_NONE)
		return true;
	/* A clock that was put back must not turn it into a long one. */
	if (now_us < w->pause_us && (w->pause_us == INT64_MAX || now_us >= w->pause_us - PAUSE_MAX_US))
		return false;
	w->pause_us = TIME_NONE;
	pthread_mutex_lock(&w->lanes->lock);
	w->stopped = false;
	pthread_mutex_unlock(&w->lanes->lock);
	return true;
}

static bool
feed(struct lane *w, struct store *s, const struct lanes_catalog *c, struct err *err)
{
	const int64_t now_us = clock_now_us(w->lanes->o.clock);
	int64_t left;

	while (may_begin(w, now_us) && !time_is_over(w->lanes, &left)) {
		if (w->at == w->n) {
			if (!w->look)
				return true;
			if (!read_batch(w, s, c, now_us, err))
				return false;
			continue;
		}
		if (!is_under_way(w, w->due[w->at].seq) && !begin(w, s, &w->due[w->at], err))
			return false;
		w->at++;
	}
	return true;
}

static const struct channel_decl *
find_channel(const struct catalog *c, const char *name)
{
	for (size_t i = 0; i < c->alerts.nchannel; i++)
		if (sv_is(c->alerts.channel[i].name, name))
			return &c->alerts.channel[i];
	return NULL;
}

/* Its channel may be another one since the catalog was read anew. */
static void
renew(struct lane *w, const struct catalog *c)
{
	const struct channel_driver *driver;

	w->look = true;
	if (w->catalog == c)
		return;
	forget_batch(w);
	w->catalog = c;
	w->decl = find_channel(c, w->channel);
	driver = w->decl != NULL ? channel_driver_find(w->decl->type) : NULL;
	w->parallel = driver != NULL ? MAX(driver->parallel, 1) : 1;
	w->past = driver != NULL && driver->past;
}

static bool
look_at_all(struct lanes *l, struct store *s, const struct catalog *c, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct sv *channel;
	size_t n;

	if (!store_pending_channels(s, a, &channel, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		(void)lane_of(l, channel[i]);
	for (struct lane *w = l->lane; w != NULL; w = w->next)
		renew(w, c);
	reap(l);
	return true;
}

bool
lanes_look(struct lanes *l, struct store *s, const struct lanes_catalog *c, bool all, struct err *err)
{
	if (all && !look_at_all(l, s, c->catalog, err))
		return false;
	for (struct lane *w = l->lane; w != NULL; w = w->next)
		if (!feed(w, s, c, err))
			return false;
	return true;
}

size_t
lanes_under_way(const struct lanes *l)
{
	return l->under_way;
}

bool
lanes_next(struct lanes *l, struct store *s, int64_t *ret, struct err *err)
{
	const int64_t now_us = clock_now_us(l->o.clock);
	int64_t first = TIME_NONE, at;

	for (const struct lane *w = l->lane; w != NULL; w = w->next) {
		at = w->pause_us;
		/* Without a pause what is due has been handed over, or waits for what is under way. */
		if (at == TIME_NONE && !store_next_due(s, sv_of(w->channel), now_us, &at, err))
			return false;
		if (at != TIME_NONE && (first == TIME_NONE || at < first))
			first = at;
	}
	*ret = first;
	return true;
}

/* Back again ---------------------------------------------------------------------------------------------------- */

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

/* Retry-After is said of the receiver, not of one message: the others wait as well. */
static bool
heed_wish(struct store *s, const struct parcel *p, struct err *err)
{
	const struct receipt *r = &p->receipt;

	if (r->result != DELIVERY_FAILED || r->retry_after_us <= 0)
		return true;
	return store_hold_channel(s, sv_of(p->lane->channel),
	                          p->at_us + MIN(r->retry_after_us, (int64_t)RETRY_END_US), err);
}

bool
lanes_settle(struct lanes *l, struct store *s, struct parcel *p, struct err *err)
{
	const struct attempt at = {.message = p->message->id,
	                           .at_us = p->at_us,
	                           .status = p->receipt.status,
	                           .duration_ms = (double)(p->end_ns - p->start_ns) / 1e6,
	                           .outcome = p->receipt.outcome};
	struct message settled = *p->message;
	bool pending;

	if (!p->tried)
		return true;
	if (!store_message_pending(s, settled.seq, &pending, err))
		return false;
	if (!pending) {
		/* Others share the transaction: that somebody took this one away is no reason to fail them. */
		log_warn("alert " SV_FMT " was sent, and is no longer in the outbox", SV_ARG(settled.id));
		return true;
	}
	/* A clock that was set back since then must not put the next try off by as much. */
	apply_receipt(&settled, &p->receipt, MIN(p->at_us, clock_now_us(l->o.clock)));
	if (!store_settle_message(s, &settled, &at, err) || !heed_wish(s, p, err))
		return false;
	p->settled = settled.state;
	p->next_us = settled.next_us;
	return true;
}

/* What the receipt says of the receiver. */
static void
learn(struct lane *w, const struct parcel *p)
{
	const bool away = p->receipt.result == DELIVERY_FAILED && p->receipt.unavailable;
	const int64_t now_us = clock_now_us(w->lanes->o.clock);
	int64_t pause_us = PAUSE_US;

	w->there = !away;
	if (!away) {
		w->failures = 0;
		return;
	}
	for (int i = 0; i < w->failures && pause_us < PAUSE_MAX_US; i++)
		pause_us *= 2;
	w->failures++;
	pause_us = MIN(pause_us, PAUSE_MAX_US);
	/* Never longer than the message itself waits. */
	if (p->settled == MESSAGE_PENDING && p->next_us > now_us)
		pause_us = MIN(pause_us, p->next_us - now_us);
	w->pause_us = w->lanes->end_ns != 0 ? INT64_MAX : now_us + pause_us;
	forget_batch(w);
}

void
lanes_drop(struct lanes *l, struct parcel *p)
{
	struct lane *w = p->lane;
	struct parcel **at = &w->out;

	if (p->tried) {
		learn(w, p);
		log_info("alert " SV_FMT " to %s: " SV_FMT, SV_ARG(p->message->id), w->channel,
		         SV_ARG(p->receipt.outcome));
	}
	while (*at != p)
		at = &(*at)->out_next;
	*at = p->out_next;
	w->nout--;
	l->under_way--;
	w->look = true;
	arena_free(p->a);
	batch_drop(p->batch);
	free(p);
}

static void
wait_for_threads_locked(struct lanes *l, int64_t wait_us)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_us / US_PER_S;
	until.tv_nsec += wait_us % US_PER_S * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (l->threads > 0 && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&l->gone, &l->lock, &until);
}

void
lanes_stop(struct lanes *l, int64_t wait_us)
{
	pthread_mutex_lock(&l->lock);
	l->closing = true;
	for (struct lane *w = l->lane; w != NULL; w = w->next)
		pthread_cond_broadcast(&w->work);
	wait_for_threads_locked(l, wait_us);
	atomic_store(&l->broken_off, true);
	wait_for_threads_locked(l, BREAK_OFF_US);
	pthread_mutex_unlock(&l->lock);
	reap(l);
}

void
lanes_free(struct lanes *l)
{
	if (l == NULL)
		return;
	/* What takes no notice goes on without us, and frees what it works with. */
	for (struct lane_thread *t = l->thread; t != NULL; t = t->next)
		pthread_detach(t->id);
	for (struct lane *w = l->lane; w != NULL; w = w->next)
		forget_batch(w);
	let_go(l);
}
