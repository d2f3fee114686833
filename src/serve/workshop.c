/* The queue of the workshop: what waits, what is over, and who wants to know. */
#include <assert.h>
#include <stdlib.h>

#include "serve/workshop_internal.h"

#include "base/log.h"
#include "base/pool.h"
#include "serve/sandbox.h"

enum { QUEUE_MIN = 10000 };

const char *const work_state_names[4] = {"queued", "running", "done", "failed"};

/*
 * By id
 * -----------------------------------------------------------------------------------------------------------
 */

static struct item **
bucket_of(struct workshop *w, struct sv id)
{
	return &w->bucket[hash64(id) % ID_BUCKETS];
}

static struct item *
find(const struct workshop *w, struct sv id)
{
	struct item *i = w->bucket[hash64(id) % ID_BUCKETS];

	while (i != NULL && !sv_eq(i->pub.id, id))
		i = i->next_of_id;
	return i;
}

const struct work *
workshop_find(const struct workshop *w, struct sv id)
{
	const struct item *i = find(w, id);

	return i != NULL ? &i->pub : NULL;
}

const struct work *
workshop_previous(const struct workshop *w, const struct work *before)
{
	const struct item *i = before == NULL ? w->newest : find(w, before->id)->older;

	return i != NULL ? &i->pub : NULL;
}

static void
keep(struct workshop *w, struct item *i)
{
	struct item **bucket = bucket_of(w, i->pub.id);

	i->next_of_id = *bucket;
	*bucket = i;
	i->older = w->newest;
	if (w->newest != NULL)
		w->newest->newer = i;
	else
		w->oldest = i;
	w->newest = i;
}

static void
forget(struct workshop *w, struct item *i)
{
	struct item **at = bucket_of(w, i->pub.id);

	while (*at != i)
		at = &(*at)->next_of_id;
	*at = i->next_of_id;
	if (i->older != NULL)
		i->older->newer = i->newer;
	else
		w->oldest = i->newer;
	if (i->newer != NULL)
		i->newer->older = i->older;
	else
		w->newest = i->older;
	arena_free(i->a);
}

/*
 * What waits
 * -------------------------------------------------------------------------------------------------------
 */

static uint32_t
slot_of(const struct workshop *w, uint32_t asset)
{
	const struct catalog *c = w->s->project->catalog;
	const struct source_decl *source = c->asset[asset].source;

	/* One that an asset says itself has no limits, and stands elsewhere. */
	for (size_t i = 0; i < c->nsource; i++)
		if (source == &c->source[i])
			return (uint32_t)i + 1;
	return 0;
}

void
workshop_enqueue(struct workshop *w, struct item *i, bool first)
{
	struct queue *q = &w->queue[i->pub.order.priority][slot_of(w, i->pub.order.asset)];

	i->pub.state = WORK_QUEUED;
	i->next = first ? q->first : NULL;
	i->previous = first ? NULL : q->last;
	if (i->next != NULL)
		i->next->previous = i;
	else
		q->last = i;
	if (i->previous != NULL)
		i->previous->next = i;
	else
		q->first = i;
	i->next_of_asset = w->waiting[i->pub.order.asset];
	w->waiting[i->pub.order.asset] = i;
	w->queued++;
}

void
workshop_dequeue(struct workshop *w, struct item *i)
{
	struct queue *q = &w->queue[i->pub.order.priority][slot_of(w, i->pub.order.asset)];
	struct item **at = &w->waiting[i->pub.order.asset];

	if (i->next != NULL)
		i->next->previous = i->previous;
	else
		q->last = i->previous;
	if (i->previous != NULL)
		i->previous->next = i->next;
	else
		q->first = i->next;
	i->next = i->previous = NULL;
	while (*at != i)
		at = &(*at)->next_of_asset;
	*at = i->next_of_asset;
	i->next_of_asset = NULL;
	w->queued--;
}

static bool
same_globs(const struct work_order *x, const struct work_order *y)
{
	if (x->ncheck != y->ncheck)
		return false;
	for (size_t i = 0; i < x->ncheck; i++)
		if (!sv_eq(x->check[i], y->check[i]))
			return false;
	return true;
}

bool
workshop_same_work(const struct work_order *x, const struct work_order *y)
{
	return x->kind == y->kind && sv_eq(x->partition, y->partition) && same_globs(x, y);
}

static struct item *
find_equal(const struct workshop *w, const struct work_order *o)
{
	for (struct item *i = w->waiting[o->asset]; i != NULL; i = i->next_of_asset)
		if (workshop_same_work(&i->pub.order, o))
			return i;
	return NULL;
}

static struct item *
make(struct workshop *w, const struct work_order *o)
{
	struct arena *a = arena_new();
	struct item *i = ARENA_NEW(a, struct item);
	struct sv *glob = ARENA_ARRAY(a, struct sv, o->ncheck);
	char id[ULID_MAX];

	i->a = a;
	i->pub.queued_us = clock_now_us(w->s->clock);
	i->pub.started_us = i->pub.finished_us = TIME_NONE;
	ulid_make(i->pub.queued_us, id);
	i->pub.id = arena_sv(a, sv_of(id));
	i->pub.order = *o;
	for (size_t k = 0; k < o->ncheck; k++)
		glob[k] = arena_sv(a, o->check[k]);
	i->pub.order.check = glob;
	i->pub.order.partition = arena_sv(a, o->partition);
	i->pub.order.why = arena_sv(a, o->why);
	i->key = arena_sv(a, w->s->project->catalog->asset[o->asset].key);
	return i;
}

static int64_t
queue_max(const struct workshop *w)
{
	const int64_t asked = w->s->project->catalog->service.limits.queue;

	/* Each asset can always wait for a look. */
	return MAX(asked > 0 ? asked : QUEUE_MIN, QUEUE_MIN) + (int64_t)w->nasset;
}

bool
workshop_refuse_elsewhere(const struct asset *asset, struct err *err)
{
	err_set(err, ERR_UNSUPPORTED, NOWHERE,
	        "the service does not see the data of '" SV_FMT "', which is `elsewhere`",
	        SV_ARG(asset->key));
	return err_hint(err, "On a machine that does: weir check " SV_FMT " --server URL",
	                SV_ARG(asset->key));
}

static void
add_waiter(struct item *i, void (*done)(struct service *s, const struct work *work, void *ctx), void *ctx)
{
	struct waiter *waiter = ARENA_NEW(i->a, struct waiter);

	*waiter = (struct waiter){.next = i->waiter, .done = done, .ctx = ctx};
	i->waiter = waiter;
}

void
workshop_wait(struct workshop *w, struct sv id,
              void (*done)(struct service *s, const struct work *work, void *ctx), void *ctx)
{
	struct item *i = find(w, id);

	assert(i != NULL && (i->pub.state == WORK_QUEUED || i->pub.state == WORK_RUNNING));
	add_waiter(i, done, ctx);
}

bool
workshop_order(struct workshop *w, const struct work_order *o,
               void (*done)(struct service *s, const struct work *work, void *ctx), void *ctx, struct sv *id,
               struct err *err)
{
	AUTO(arena) a = arena_new();
	struct item *i;
	struct checks checks;

	if (w->closing)
		return err_set(err, ERR_LIMIT, NOWHERE, "the service is stopping");
	if (w->s->project->catalog->asset[o->asset].elsewhere)
		return workshop_refuse_elsewhere(&w->s->project->catalog->asset[o->asset], err);
	if (o->kind == WORK_CHECK && !workshop_selects(a, w->s, o, &checks, err))
		return false;
	i = find_equal(w, o);
	if (i == NULL) {
		if (w->queued >= queue_max(w)) {
			err_set(err, ERR_LIMIT, NOWHERE, "%lld pieces of work are waiting already",
			        (long long)w->queued);
			return err_hint(err, "ask again later");
		}
		i = make(w, o);
		keep(w, i);
		workshop_enqueue(w, i, false);
	} else if (o->priority < i->pub.order.priority) {
		workshop_dequeue(w, i);
		i->pub.order.priority = o->priority;
		workshop_enqueue(w, i, false);
	}
	if (done != NULL)
		add_waiter(i, done, ctx);
	if (id != NULL)
		*id = i->pub.id;
	return true;
}

void
workshop_forget(struct workshop *w, struct sv id, const void *ctx)
{
	struct item *i = find(w, id);

	for (struct waiter **at = i != NULL ? &i->waiter : NULL; at != NULL && *at != NULL;) {
		if ((*at)->ctx == ctx)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

static void
forget_oldest(struct workshop *w)
{
	struct item *i = w->oldest;

	while (i != NULL && w->nfinished > WORKS_KEPT) {
		struct item *newer = i->newer;

		if (i->pub.state == WORK_DONE || i->pub.state == WORK_FAILED) {
			forget(w, i);
			w->nfinished--;
		}
		i = newer;
	}
}

void
workshop_finish(struct workshop *w, struct item *i, struct sv trouble)
{
	i->pub.state = trouble.n > 0 ? WORK_FAILED : WORK_DONE;
	i->pub.trouble = arena_sv(i->a, trouble);
	i->pub.finished_us = clock_now_us(w->s->clock);
	meter_add(&w->s->meters, trouble.n > 0 ? METER_WORK_FAILED : METER_WORK_DONE, 1);
	w->nfinished++;
	/* Who is told may order more, or forget itself. */
	while (i->waiter != NULL) {
		struct waiter *waiter = i->waiter;

		i->waiter = waiter->next;
		waiter->done(w->s, &i->pub, waiter->ctx);
	}
	forget_oldest(w);
}

int64_t
workshop_queued(const struct workshop *w)
{
	return w->queued;
}

int64_t
workshop_running(const struct workshop *w)
{
	return w->nrunning;
}

/*
 * Beginning, changing the catalog, end
 * ------------------------------------------------------------------------------
 */

/* Room for the assets and sources of the catalog in use; the queues are empty. */
static void
make_room(struct workshop *w)
{
	const struct catalog *c = w->s->project->catalog;

	w->nasset = (uint32_t)c->nasset;
	w->nslot = (uint32_t)c->nsource + 1;
	for (int p = 0; p < WORK_PRIORITIES; p++)
		w->queue[p] = xcalloc(w->nslot, sizeof(*w->queue[p]));
	w->busy_slot = xcalloc(w->nslot, sizeof(*w->busy_slot));
	w->waiting = xcalloc(MAX(w->nasset, 1), sizeof(*w->waiting));
	w->busy = xcalloc(MAX(w->nasset, 1), sizeof(*w->busy));
}

static void
free_room(struct workshop *w)
{
	for (int p = 0; p < WORK_PRIORITIES; p++)
		free(w->queue[p]);
	free(w->busy_slot);
	free(w->waiting);
	free(w->busy);
}

/* Once, at the start: who runs the service should know what protects it. */
static void
tell_sandbox(void)
{
	for (int m = 0; m < SANDBOX_MEASURES; m++) {
		const char *missing, *what = sandbox_measure((enum sandbox_measure)m, &missing);

		if (missing != NULL)
			log_warn("children go without this: %s (%s)", what, missing);
	}
}

bool
workshop_open(struct service *s, const char *program, struct workshop **ret, struct err *err)
{
	struct workshop *w = xcalloc(1, sizeof(*w));

	w->s = s;
	w->program = program;
	w->cpus = pool_cpus();
	make_room(w);
	tell_sandbox();
	if (!workshop_start_forker(w, err)) {
		workshop_close(w);
		return false;
	}
	*ret = w;
	return true;
}

void
workshop_close(struct workshop *w)
{
	if (w == NULL)
		return;
	w->closing = true;
	workshop_drop_running(w);
	workshop_drop_held(w);
	forker_free(w->forker);
	for (size_t i = 0; i < w->nretired; i++)
		forker_free(w->retired[i]);
	for (struct item *i = w->oldest, *newer; i != NULL; i = newer) {
		newer = i->newer;
		arena_free(i->a);
	}
	free_room(w);
	free(w);
}

/* Where its asset stands in the catalog in use. */
static void
find_asset(struct workshop *w, struct item *i)
{
	const struct asset *asset = service_asset(w->s, i->key);

	i->pub.order.asset = asset != NULL ? asset->index : UINT32_MAX;
}

static void
queue_again(struct workshop *w, struct item *i)
{
	static const struct sv gone = {"the asset is no longer in the catalog", 37};
	struct err err = {0};

	find_asset(w, i);
	if (i->pub.order.asset == UINT32_MAX)
		workshop_finish(w, i, gone);
	else if (w->s->project->catalog->asset[i->pub.order.asset].elsewhere) {
		(void)!workshop_refuse_elsewhere(&w->s->project->catalog->asset[i->pub.order.asset],
		                                 &err); /* always false: it says why */
		workshop_finish(w, i, sv_of(err.msg));
	} else
		workshop_enqueue(w, i, false);
}

bool
workshop_reload(struct workshop *w, struct err *err)
{
	struct item *all = NULL, **last = &all;

	/* Who waits, by priority and in order. */
	for (int p = 0; p < WORK_PRIORITIES; p++)
		for (uint32_t slot = 0; slot < w->nslot; slot++)
			for (struct item *i = w->queue[p][slot].first; i != NULL; i = i->next) {
				*last = i;
				last = &i->next_of_asset;
			}
	*last = NULL;
	free_room(w);
	w->queued = 0;
	w->generation++;
	make_room(w);
	for (struct running *r = w->running; r != NULL; r = r->next) {
		for (size_t k = r->ndone; k < r->nitem; k++) {
			find_asset(w, r->item[k]);
			if (r->item[k]->pub.order.asset != UINT32_MAX)
				w->busy[r->item[k]->pub.order.asset] = true;
		}
		/* Sources may be others now: what runs on the old ones counts for the first of its assets. */
		r->slot = r->ndone < r->nitem && r->item[r->ndone]->pub.order.asset != UINT32_MAX
		                  ? slot_of(w, r->item[r->ndone]->pub.order.asset)
		                  : 0;
		w->busy_slot[r->slot]++;
	}
	for (struct item *i = w->held; i != NULL; i = i->next)
		find_asset(w, i);
	while (all != NULL) {
		struct item *i = all;

		all = i->next_of_asset;
		i->next = i->previous = i->next_of_asset = NULL;
		queue_again(w, i);
	}
	workshop_retire_forker(w);
	return workshop_start_forker(w, err);
}
