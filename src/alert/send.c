/*
 * Sending what is due, once: the lanes (alert/lanes.h) run until nothing is due any more or the time is over.
 */
#include <pthread.h>

#include "alert/alert.h"
#include "alert/lanes.h"
#include "base/log.h"
#include "store/lock.h"

struct sender {
	struct workspace *w;
	struct lanes *lanes;
	struct delivery delivery;
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct parcel *back; /* under the lock */
};

/* Called by the threads of the lanes. */
static void
take_back(void *ctx, struct parcel *p)
{
	struct sender *s = ctx;

	pthread_mutex_lock(&s->lock);
	p->next = s->back;
	s->back = p;
	pthread_cond_signal(&s->some);
	pthread_mutex_unlock(&s->lock);
}

/* What is back, oldest first; waits until there is something. */
static struct parcel *
collect(struct sender *s)
{
	struct parcel *list = NULL, *back;

	pthread_mutex_lock(&s->lock);
	while (s->back == NULL)
		pthread_cond_wait(&s->some, &s->lock);
	back = s->back;
	s->back = NULL;
	pthread_mutex_unlock(&s->lock);
	while (back != NULL) {
		struct parcel *p = back;

		back = p->next;
		p->next = list;
		list = p;
	}
	return list;
}

static void
count(struct sender *s, const struct parcel *p)
{
	struct delivery *d = &s->delivery;

	if (p->settled == MESSAGE_SENT) {
		d->sent++;
		return;
	}
	if (p->settled == MESSAGE_DEAD)
		d->dead++;
	else
		d->failed++;
	if (d->trouble.n == 0)
		d->trouble = arena_svf(s->w->a, SV_FMT ": " SV_FMT, SV_ARG(p->message->channel),
		                       SV_ARG(p->receipt.outcome));
}

/* Writes down what became of them, in one transaction, and lets them go. */
static bool
settle(struct sender *s, struct parcel *list, struct err *err)
{
	struct store *store = s->w->store;
	bool ok = list == NULL || store_begin(store, err);

	if (ok && list != NULL) {
		for (struct parcel *p = list; ok && p != NULL; p = p->next)
			ok = lanes_settle(s->lanes, store, p, err);
		if (ok)
			ok = store_commit(store, err);
		else
			store_rollback(store);
	}
	while (list != NULL) {
		struct parcel *p = list;

		list = p->next;
		if (ok && p->tried)
			count(s, p);
		lanes_drop(s->lanes, p);
	}
	return ok;
}

static bool
run(struct sender *s, struct err *err)
{
	const struct lanes_catalog c = {.catalog = s->w->catalog};
	bool ok = lanes_look(s->lanes, s->w->store, &c, true, err);

	while (lanes_under_way(s->lanes) > 0) {
		struct parcel *list = collect(s);

		/* After an error nothing is begun any more, and what is under way still comes back. */
		if (!ok)
			(void)settle(s, list, NULL);
		else
			ok = settle(s, list, err) && lanes_look(s->lanes, s->w->store, &c, false, err);
	}
	return ok;
}

bool
alerts_send(struct workspace *w, int64_t limit_us, struct delivery *ret, struct err *err)
{
	struct sender s = {.w = w};
	const struct lanes_options o = {
		.clock = w->clock, .limit_us = limit_us, .back = take_back, .ctx = &s};
	AUTO(lock) turn = NULL;
	int64_t n[3];
	bool mine, ok;

	*ret = s.delivery;
	if (!store_take_sending(w->store, &turn, &mine, err))
		return false;
	if (!mine)
		return true;
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.some, NULL);
	s.lanes = lanes_new(&o);
	ok = run(&s, err);
	lanes_stop(s.lanes, limit_us);
	lanes_free(s.lanes);
	pthread_cond_destroy(&s.some);
	pthread_mutex_destroy(&s.lock);
	if (!ok || !store_count_messages(w->store, n, err))
		return false;
	s.delivery.waiting = n[MESSAGE_PENDING];
	*ret = s.delivery;
	return true;
}

static const struct channel_decl *
find_channel(const struct catalog *c, struct sv name)
{
	for (size_t i = 0; i < c->alerts.nchannel; i++)
		if (sv_eq(c->alerts.channel[i].name, name))
			return &c->alerts.channel[i];
	return NULL;
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
