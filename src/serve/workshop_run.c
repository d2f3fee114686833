/* Forkers and their children: what is started when, what they say, and how they end. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/workshop_internal.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/num.h"
#include "serve/errand.h"

#define NS_PER_S INT64_C(1000000000)
#define LIMIT_DEFAULT_US (10 * US_PER_MIN)
#define LOAD_LIMIT_NS (300 * NS_PER_S) /* for a forker to load the catalog */
#define LOOK_LIMIT_US (5 * US_PER_MIN)
#define PAUSE_MIN_NS (NS_PER_S / 10)
#define PAUSE_MAX_NS (30 * NS_PER_S)
#define READ_BYTES ((size_t)1 << 16)

/*
 * Forkers
 * ---------------------------------------------------------------------------------------------------------
 */

bool
workshop_start_forker(struct workshop *w, struct err *err)
{
	AUTO(arena) a = arena_new();
	const struct project *p = w->s->project;

	w->ready = false;
	w->load_end_ns = clock_mono_ns() + LOAD_LIMIT_NS;
	return forker_start(
		&(struct forker_options){
			.program = w->program,
			.file = p->catalog->file,
			.env = arena_str(a, p->catalog->env),
			.loaded_us = p->loaded_us,
		},
		&w->forker, err);
}

static bool
has_children(const struct workshop *w, const struct forker *f)
{
	for (const struct running *r = w->running; r != NULL; r = r->next)
		if (r->forker == f)
			return true;
	return false;
}

/* Those that have nothing left to do go. */
static void
free_retired(struct workshop *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->nretired; i++) {
		if (has_children(w, w->retired[i]))
			w->retired[n++] = w->retired[i];
		else
			forker_free(w->retired[i]);
	}
	w->nretired = n;
}

static void
forker_is_dead(struct workshop *w, struct forker *f, const struct err *why)
{
	for (struct running *r = w->running; r != NULL; r = r->next)
		if (r->forker == f) {
			r->forker = NULL;
			r->ended = true;
			r->status = -1;
			r->why = *why;
		}
	forker_free(f);
}

void
workshop_retire_forker(struct workshop *w)
{
	free_retired(w);
	/* So many reloads in so short a time that old children still run: the oldest give up. */
	if (w->nretired == LEN(w->retired)) {
		struct err why = {0};

		err_set(&why, ERR_CHANGED, NOWHERE, "the catalog was changed too often while it ran");
		forker_is_dead(w, w->retired[0], &why);
		for (size_t i = 1; i < w->nretired; i++)
			w->retired[i - 1] = w->retired[i];
		w->nretired--;
	}
	if (w->forker != NULL)
		w->retired[w->nretired++] = STEAL(w->forker);
	free_retired(w);
}

/*
 * Starting
 * --------------------------------------------------------------------------------------------------------
 */

static int64_t
limit_of(const struct workshop *w, const struct work_order *o)
{
	const int64_t us = w->s->project->catalog->service.limits.us;
	const int64_t limit_us = us > 0 ? us : LIMIT_DEFAULT_US;

	return o->kind == WORK_CHECK ? limit_us : MIN(limit_us, LOOK_LIMIT_US);
}

/* Looks are small: several of one source share a child. */
static void
take_more(struct workshop *w, struct queue *q, struct running *r)
{
	for (struct item *i = q->first, *next; i != NULL && r->nitem < BATCH_PROBES; i = next) {
		next = i->next;
		if (i->pub.order.kind != WORK_PROBE || i->single || w->busy[i->pub.order.asset])
			continue;
		workshop_dequeue(w, i);
		w->busy[i->pub.order.asset] = true;
		r->item[r->nitem++] = i;
	}
}

static struct running *
running_new(struct workshop *w, struct item *first, struct queue *q, uint32_t slot)
{
	struct running *r = xcalloc(1, sizeof(*r));

	r->item = xcalloc(BATCH_PROBES, sizeof(struct item *));
	r->errand = ++w->last_errand;
	r->fd = -1;
	r->slot = slot;
	r->in = buf_new(RESULTS_MAX);
	r->limit_us = limit_of(w, &first->pub.order);
	workshop_dequeue(w, first);
	w->busy[first->pub.order.asset] = true;
	r->item[r->nitem++] = first;
	if (first->pub.order.kind == WORK_PROBE && !first->single)
		take_more(w, q, r);
	r->next = w->running;
	w->running = r;
	w->nrunning++;
	w->busy_slot[slot]++;
	return r;
}

static void
running_free(struct workshop *w, struct running *r)
{
	struct running **at = &w->running;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	w->nrunning--;
	w->busy_slot[r->slot]--;
	if (r->fd >= 0)
		close(r->fd);
	buf_free(r->in);
	free(r->item);
	free(r);
}

void
workshop_drop_running(struct workshop *w)
{
	while (w->running != NULL)
		running_free(w, w->running);
}

static void
begin(struct workshop *w, struct item *first, struct queue *q, uint32_t slot)
{
	AUTO(buf) text = buf_new(64 << 20);
	struct running *r = running_new(w, first, q, slot);
	int64_t position;

	/* -1: it is found by the time when it began, as for what comes from elsewhere. */
	if (!store_run_position(w->s->store, &position, NULL))
		position = -1;
	for (size_t i = 0; i < r->nitem; i++) {
		r->item[i]->position = position;
		r->item[i]->generation = w->generation;
		r->item[i]->pub.state = WORK_RUNNING;
		r->item[i]->pub.started_us = clock_now_us(w->s->clock);
		asset_place(&w->s->project->catalog->asset[r->item[i]->pub.order.asset], r->item[i]->place);
	}
	r->deadline_ns = clock_mono_ns() + r->limit_us * 1000;
	if (workshop_order_text(w, r, text, &r->why) &&
	    forker_order(w->forker, r->errand, buf_sv(text), &r->fd, &r->why)) {
		r->forker = w->forker;
		return;
	}
	r->ended = true;
	r->status = -1;
}

static bool
slot_is_full(const struct workshop *w, uint32_t slot)
{
	const struct catalog *c = w->s->project->catalog;
	const int64_t limit = slot > 0 ? c->source[slot - 1].limits.concurrency : 0;

	return limit > 0 && w->busy_slot[slot] >= limit;
}

static struct item *
first_free(const struct workshop *w, const struct queue *q)
{
	struct item *i = q->first;

	while (i != NULL && w->busy[i->pub.order.asset])
		i = i->next;
	return i;
}

static int64_t
workers(const struct workshop *w)
{
	const int64_t asked = w->s->project->catalog->service.workers;

	return MIN(asked > 0 ? asked : (int64_t)w->cpus, ERRANDS_MAX - 1);
}

/* One of a slot, if there is room and something waits that can begin. */
static bool
start_one(struct workshop *w, enum work_priority p, uint32_t slot, int64_t max)
{
	struct queue *q = &w->queue[p][slot];
	struct item *i;

	if (q->first == NULL || w->nrunning >= max || slot_is_full(w, slot))
		return false;
	i = first_free(w, q);
	if (i == NULL)
		return false;
	begin(w, i, q, slot);
	return true;
}

static void
start_next(struct workshop *w)
{
	if (workshop_is_held_up(w))
		return;
	for (int p = 0; p < WORK_PRIORITIES; p++) {
		/* A gate that somebody waits for does not wait for routine: one place is kept for it. */
		const int64_t max = workers(w) + (p == WORK_FOR_GATE ? 1 : 0);
		bool started = true;

		/* Sources take turns, so that one with much to do delays no other. */
		while (started && w->nrunning < max) {
			started = false;
			for (uint32_t k = 0; k < w->nslot; k++) {
				const uint32_t slot = (w->turn + k) % w->nslot;

				if (start_one(w, (enum work_priority)p, slot, max)) {
					w->turn = slot + 1;
					started = true;
					break;
				}
			}
		}
	}
}

/*
 * Documents
 * -------------------------------------------------------------------------------------------------------
 */

static void
is_free(struct workshop *w, const struct item *i)
{
	if (i->pub.order.asset != UINT32_MAX)
		w->busy[i->pub.order.asset] = false;
}

static void
item_is_over(struct workshop *w, struct item *i, const struct err *why)
{
	struct err trouble = {0};

	is_free(w, i);
	if (why != NULL && !workshop_keep_failure(w, i, why, &trouble)) {
		workshop_hold(w, i, (struct sv){0}, why, &trouble);
		return;
	}
	workshop_finish(w, i, why != NULL ? sv_of(why->msg) : (struct sv){0});
}

void
workshop_begin_again(struct workshop *w, struct item *i)
{
	if (i->pub.order.asset == UINT32_MAX) {
		struct err gone = {0};

		err_set(&gone, ERR_CATALOG, NOWHERE, "the asset is no longer in the catalog");
		item_is_over(w, i, &gone);
		return;
	}
	w->busy[i->pub.order.asset] = false;
	workshop_enqueue(w, i, true);
}

/* A reload has put its data in another place since it was begun. */
static bool
has_moved(struct workshop *w, const struct item *i)
{
	char place[HASH_HEX];

	asset_place(&w->s->project->catalog->asset[i->pub.order.asset], place);
	return strcmp(place, i->place) != 0;
}

static void
take_document(struct workshop *w, struct running *r, struct sv json)
{
	struct item *i;
	struct err trouble = {0};

	if (r->ndone == r->nitem)
		return;
	i = r->item[r->ndone++];
	/* The next one has its own time. */
	r->deadline_ns = clock_mono_ns() + r->limit_us * 1000;
	if (i->pub.order.asset == UINT32_MAX) {
		workshop_begin_again(w, i);
		return;
	}
	/* Since a reload: whatever lies here is not the data that is meant. */
	if (w->s->project->catalog->asset[i->pub.order.asset].elsewhere) {
		w->busy[i->pub.order.asset] = false;
		(void)!workshop_refuse_elsewhere(&w->s->project->catalog->asset[i->pub.order.asset],
		                                 &trouble); /* always false: it says why */
		workshop_finish(w, i, sv_of(trouble.msg));
		return;
	}
	if (has_moved(w, i)) {
		workshop_begin_again(w, i);
		return;
	}
	switch (workshop_keep(w, i, json, &trouble)) {
	case KEPT:
		item_is_over(w, i, NULL);
		break;
	case KEPT_NOT:
		item_is_over(w, i, &trouble);
		break;
	case KEPT_LATER:
		is_free(w, i);
		workshop_hold(w, i, json, NULL, &trouble);
		break;
	case BEGIN_AGAIN:
		workshop_begin_again(w, i);
		break;
	}
}

/* "LENGTH\n" and so many bytes, each. */
static void
take_documents(struct workshop *w, struct running *r)
{
	struct sv rest = buf_sv(r->in);
	size_t taken = 0;

	for (;;) {
		ptrdiff_t end = sv_find(rest, '\n');
		int64_t n;

		if (end < 0 || !num_i64((struct sv){rest.p, (size_t)end}, &n) || n < 0 ||
		    rest.n - (size_t)end - 1 < (size_t)n)
			break;
		take_document(w, r, (struct sv){rest.p + end + 1, (size_t)n});
		rest = sv_skip(rest, (size_t)end + 1 + (size_t)n);
		taken = r->in->n - rest.n;
	}
	if (taken > 0) {
		AUTO(buf) left = buf_new(RESULTS_MAX);

		buf_add(left, rest);
		buf_clear(r->in);
		buf_add(r->in, buf_sv(left));
	}
}

static void
read_pipe(struct workshop *w, struct running *r)
{
	for (;;) {
		char *room = buf_reserve(r->in, READ_BYTES);
		ssize_t n = room != NULL ? read(r->fd, room, READ_BYTES) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			/* It ended, or says more than any result is long: then it is killed with its time. */
			close(r->fd);
			r->fd = -1;
			break;
		}
		buf_commit(r->in, (size_t)n);
	}
	take_documents(w, r);
}

/*
 * Ends
 * ------------------------------------------------------------------------------------------------------------
 */

static void
tell_signal(const struct workshop *w, const struct running *r, int signal, struct err *err)
{
	char text[DURATION_MAX];

	switch (signal) {
	case SIGXCPU:
		err_set(err, ERR_TIMEOUT, NOWHERE, "it used up its processor time and was killed");
		err_hint(err, "give it more with service: {limits: {seconds: …}}");
		break;
	case SIGKILL:
		if (r->killed) {
			err_set(err, ERR_TIMEOUT, NOWHERE, "it did not end within %s and was killed",
			        duration_format(r->limit_us, text));
			err_hint(err, "give it more with service: {limits: {seconds: …}}");
		} else {
			err_set(err, ERR_INTERNAL, NOWHERE,
			        "it was killed, by somebody or since the machine is out of memory");
		}
		break;
	default:
		err_set(err, ERR_INTERNAL, NOWHERE, "it crashed (signal %d)", signal);
	}
	(void)w;
}

static void
tell_status(const struct workshop *w, const struct running *r, struct err *err)
{
	if (r->status < 0) {
		*err = r->why;
		return;
	}
	if (WIFSIGNALED(r->status)) {
		tell_signal(w, r, WTERMSIG(r->status), err);
		return;
	}
	/* give_up: mostly no memory. */
	if (WEXITSTATUS(r->status) == 3) {
		err_set(err, ERR_LIMIT, NOWHERE, "it ran out of memory (%lld MB), or could not go on",
		        (long long)(w->s->project->catalog->service.limits.memory_bytes >> 20));
		err_hint(err, "the log of the service says more");
		return;
	}
	err_set(err, ERR_INTERNAL, NOWHERE, "it ended with status %d and no result", WEXITSTATUS(r->status));
	err_hint(err, "the log of the service says more");
}

/* The one it was at has failed; what came behind it has not begun. */
static void
end(struct workshop *w, struct running *r)
{
	const bool again = r->status >= 0 && WIFEXITED(r->status) && WEXITSTATUS(r->status) == ERRAND_AGAIN;
	struct err why = {0};

	if (r->killed)
		meter_add(&w->s->meters, METER_WORK_KILLED, 1);
	while (r->ndone < r->nitem) {
		struct item *i = r->item[r->ndone++];

		if (again || why.code != ERR_NONE) {
			i->single = true;
			i->last = i->last || again;
			workshop_begin_again(w, i);
			continue;
		}
		tell_status(w, r, &why);
		item_is_over(w, i, &why);
	}
	running_free(w, r);
	free_retired(w);
}

static void
end_all(struct workshop *w)
{
	for (struct running *r = w->running, *next; r != NULL; r = next) {
		next = r->next;
		if (!r->ended || (r->fd >= 0 && r->status >= 0))
			continue;
		end(w, r);
		/* Who is told of the end may have changed the list. */
		next = w->running;
	}
}

/*
 * News
 * ------------------------------------------------------------------------------------------------------------
 */

/* Nothing can be done until it is mended, and nobody should think that it is being done. */
static void
fail_waiting(struct workshop *w, const struct err *why)
{
	for (int p = 0; p < WORK_PRIORITIES; p++)
		for (uint32_t slot = 0; slot < w->nslot; slot++)
			while (w->queue[p][slot].first != NULL) {
				struct item *i = w->queue[p][slot].first;

				workshop_dequeue(w, i);
				item_is_over(w, i, why);
			}
}

static void
current_is_dead(struct workshop *w, const struct err *why)
{
	const bool was_ready = w->ready;

	log_error("%s: what it ran has failed", why->msg);
	forker_is_dead(w, STEAL(w->forker), why);
	w->ready = false;
	w->pause_ns = was_ready ? PAUSE_MIN_NS : MIN(MAX(2 * w->pause_ns, PAUSE_MIN_NS), PAUSE_MAX_NS);
	w->start_ns = clock_mono_ns() + w->pause_ns;
	if (!was_ready)
		fail_waiting(w, why);
}

static void
one_ended(struct workshop *w, const struct forker_end *e)
{
	for (struct running *r = w->running; r != NULL; r = r->next)
		if (r->errand == e->errand) {
			r->ended = true;
			r->status = e->status;
			/* What it wrote last is in the pipe. */
			if (r->fd >= 0)
				read_pipe(w, r);
			return;
		}
}

/* False once it is dead. */
static bool
read_news(struct workshop *w, struct forker *f, struct err *why)
{
	struct forker_end e;

	for (;;)
		switch (forker_read(f, &e, why)) {
		case FORKER_NOTHING:
			return true;
		case FORKER_READY:
			w->ready = w->ready || f == w->forker;
			w->pause_ns = 0;
			break;
		case FORKER_ENDED:
			one_ended(w, &e);
			break;
		case FORKER_DIED:
			return false;
		}
}

size_t
workshop_fds(const struct workshop *w, int *fd, size_t max)
{
	size_t n = 0;

	if (w->forker != NULL && n < max)
		fd[n++] = forker_fd(w->forker);
	for (size_t i = 0; i < w->nretired && n < max; i++)
		fd[n++] = forker_fd(w->retired[i]);
	for (const struct running *r = w->running; r != NULL && n < max; r = r->next)
		if (r->fd >= 0)
			fd[n++] = r->fd;
	return n;
}

void
workshop_ready(struct workshop *w, int fd)
{
	struct err why = {0};

	if (w->forker != NULL && fd == forker_fd(w->forker) && !read_news(w, w->forker, &why))
		current_is_dead(w, &why);
	for (size_t i = 0; i < w->nretired; i++)
		if (fd == forker_fd(w->retired[i]) && !read_news(w, w->retired[i], &why)) {
			forker_is_dead(w, w->retired[i], &why);
			w->retired[i] = w->retired[--w->nretired];
			break;
		}
	for (struct running *r = w->running; r != NULL; r = r->next)
		if (r->fd == fd) {
			read_pipe(w, r);
			break;
		}
	end_all(w);
	if (w->ready)
		start_next(w);
}

int64_t
workshop_tick(struct workshop *w, int64_t mono_ns)
{
	int64_t next;
	struct err err = {0};

	if (w->forker == NULL && mono_ns >= w->start_ns && !workshop_start_forker(w, &err)) {
		log_error("%s", err.msg);
		w->pause_ns = MIN(MAX(2 * w->pause_ns, PAUSE_MIN_NS), PAUSE_MAX_NS);
		w->start_ns = mono_ns + w->pause_ns;
		fail_waiting(w, &err);
	}
	if (w->forker != NULL && !w->ready && mono_ns >= w->load_end_ns) {
		err_set(&err, ERR_TIMEOUT, NOWHERE, "the worker did not load the catalog in time");
		current_is_dead(w, &err);
	}
	end_all(w);
	next = workshop_tick_held(w, mono_ns);
	if (w->ready)
		start_next(w);
	if (w->forker == NULL)
		next = MIN(next, w->start_ns);
	else if (!w->ready)
		next = MIN(next, w->load_end_ns);
	for (struct running *r = w->running; r != NULL; r = r->next) {
		if (r->forker == NULL || r->deadline_ns > mono_ns) {
			next = MIN(next, r->forker == NULL ? mono_ns : r->deadline_ns);
			continue;
		}
		/* Asked again after a second, in case it did not get through. */
		r->killed = true;
		forker_kill(r->forker, r->errand);
		r->deadline_ns = mono_ns + NS_PER_S;
		next = MIN(next, r->deadline_ns);
	}
	return next;
}
