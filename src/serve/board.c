/*
 * The board.  Two kinds of memory: what the keeper alone reads (observations, freshness, counts of verdicts), and what other threads take
 * from it (prepared answers), which stands behind a lock that is held for the few instructions of counting a reference.
 */
#include "serve/board.h"

#include <pthread.h>
#include <stdlib.h>

#include "serve/observed.h"
#include "serve/service.h"

/* An answer on one partition; few are asked for at a time. */
struct part_answer {
	struct part_answer *next;
	struct prepared *p;
	enum board_answer which;
	size_t n;
	char key[];
};

struct slot {
	struct card card;
	void *block;         /* what card.observed points into */
	struct err *trouble; /* of the last look at its data; NULL = it succeeded, or there was none */
	bool touched, counted;
	struct check_counts counts; /* if counted */
	uint32_t seen;              /* in which walk downstream it was met */
	struct prepared *answer[BOARD_ANSWERS];
	struct part_answer *part;
	uint32_t npart;
	bool answered; /* counted in face.nanswered */
};
enum { PART_ANSWERS_MAX = 64 };

/* All that belongs to one project. */
struct face {
	struct project *project;
	struct slot *slot; /* by asset */
	struct observed *observed;
	struct fresh_state *fresh;
	size_t n, nanswered; /* how many slots hold answers */
	/* Checks of asset judge[judge_at[i]] … look at asset i: what was judged is judged by another check once i is another. */
	uint32_t *judge_at, *judge;
};

struct board {
	struct service *s;
	pthread_rwlock_t lock; /* of face as a pointer, and of the answers in it */
	struct face *face;
	uint32_t *dirty;
	size_t ndirty;
	struct arena *news_arena;
	LIST(struct news) news;
	bool news_taken; /* the list is to be emptied before the next is added */
	int64_t now_us;  /* of the last update */
	uint32_t walk;
};

/* Faces --------------------------------------------------------------------------------------------------------- */

static void
drop_answers(struct slot *s)
{
	for (size_t i = 0; i < BOARD_ANSWERS; i++)
		prepared_unref(STEAL(s->answer[i]));
	while (s->part != NULL) {
		struct part_answer *next = s->part->next;

		prepared_unref(s->part->p);
		free(s->part);
		s->part = next;
	}
	s->npart = 0;
}

static void
face_free(struct face *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->n; i++) {
		drop_answers(&f->slot[i]);
		free(f->slot[i].block);
		free(f->slot[i].trouble);
	}
	free(f->slot);
	free(f->observed);
	free(f->judge_at);
	free(f->judge);
	fresh_state_free(f->fresh);
	project_unref(f->project);
	free(f);
}
DEFINE_CLEANUP(face, face_free)

static void
keep_observed(struct face *f, uint32_t i, const struct observed *o)
{
	void *old = f->slot[i].block;

	f->slot[i].block = observed_copy(o, &f->observed[i]);
	free(old);
}

enum { NEWS_PARTITIONS_MAX = 100 };

static void
add_news(struct board *b, uint32_t asset, struct sv partition)
{
	if (b->news_taken) {
		arena_reset(b->news_arena);
		memset(&b->news, 0, sizeof(b->news));
		b->news_taken = false;
	}
	*LIST_ADD(b->news_arena, &b->news) = (struct news){.asset = asset,
	                                                   .partition = arena_sv(b->news_arena, partition)};
}

/* Both are sorted by key. */
static size_t
news_of_partitions(struct board *b, uint32_t asset, const struct observed *was, const struct observed *is,
                   bool add)
{
	size_t k = 0, n = 0;

	for (size_t i = 0; i < is->npartition; i++) {
		const struct seen_partition *p = &is->partition[i];

		while (k < was->npartition && sv_cmp(was->partition[k].key, p->key) < 0)
			k++;
		if (k < was->npartition && sv_eq(was->partition[k].key, p->key) &&
		    sv_eq(was->partition[k].version, p->version) &&
		    was->partition[k].produced_us == p->produced_us)
			continue;
		n++;
		if (add)
			add_news(b, asset, p->key);
	}
	return n;
}

static void
note_news(struct board *b, uint32_t asset, const struct observed *is)
{
	const struct observed *was = &b->face->observed[asset];
	size_t n;

	if (b->face->project->catalog->asset[asset].ndim == 0) {
		if (is->exists && is->version.n > 0 && !sv_eq(was->version, is->version))
			add_news(b, asset, (struct sv){0});
		return;
	}
	n = news_of_partitions(b, asset, was, is, false);
	if (n > NEWS_PARTITIONS_MAX)
		add_news(b, asset, (struct sv){0});
	else
		(void)news_of_partitions(b, asset, was, is, true);
}

static void
take_observed(struct board *b, struct face *f, uint32_t i, struct observed *o)
{
	if (f->slot[i].trouble != NULL && !o->failed) {
		o->failed = true;
		o->err = *f->slot[i].trouble;
	}
	if (f == b->face)
		note_news(b, i, o);
	keep_observed(f, i, o);
}

static bool
observe(struct board *b, struct face *f, uint32_t i, struct arena *a, struct err *err)
{
	struct workspace w = service_workspace(b->s, a);
	struct observed o;

	run_observe(&w, &f->project->catalog->asset[i], false, &o);
	if (o.failed && o.err.code == ERR_STORE) {
		if (err != NULL)
			*err = o.err;
		return false;
	}
	take_observed(b, f, i, &o);
	return true;
}

struct filling {
	struct board *b;
	struct face *f;
};

static void
fill_one(void *ctx, const struct asset *asset, const struct observed *o)
{
	struct filling *x = ctx;
	struct observed mine = *o;

	take_observed(x->b, x->f, asset->index, &mine);
}

/* Of a project that may not be the one in use yet. */
static bool
observe_all(struct board *b, struct face *f, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct workspace w = service_workspace(b->s, a);
	struct filling x = {b, f};

	w.catalog = f->project->catalog;
	w.checks = f->project->checks;
	return run_recall_all(&w, fill_one, &x, err);
}

static bool
same_place(const struct asset *a, const struct asset *b)
{
	char x[HASH_HEX], y[HASH_HEX];

	asset_place(a, x);
	asset_place(b, y);
	return strcmp(x, y) == 0;
}

/* What the last look at the data of an asset gave holds on. */
static void
keep_looks(const struct face *from, struct face *to)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct slot *was = &from->slot[i];
		struct slot *is;
		const struct asset *asset = catalog_asset(to->project->catalog, was->card.asset->key);

		if (asset == NULL || (was->card.looked_us == TIME_NONE && was->trouble == NULL))
			continue;
		/* What was seen in another place, or otherwise, says nothing of what lies here. */
		if (!same_place(asset, was->card.asset))
			continue;
		is = &to->slot[asset->index];
		is->card.looked_us = was->card.looked_us;
		if (was->trouble != NULL) {
			is->trouble = xmalloc(sizeof(*is->trouble));
			*is->trouble = *was->trouble;
		}
	}
}

/* Counts them, or (ret) writes them down: each at the end of its place, from behind. */
static void
walk_judges(const struct project *p, uint32_t *at, uint32_t *ret)
{
	for (uint32_t i = 0; i < p->catalog->nasset; i++)
		for (size_t k = 0; k < p->checks[i].n; k++) {
			const struct asset *other;

			for (uint32_t arg = 0;
			     (other = check_other(p->catalog, &p->checks[i].v[k], &arg)) != NULL;) {
				if (ret != NULL)
					ret[--at[other->index]] = i;
				else
					at[other->index]++;
			}
		}
}

static void
find_judges(struct face *f)
{
	f->judge_at = xcalloc(f->n + 1, sizeof(*f->judge_at));
	walk_judges(f->project, f->judge_at, NULL);
	for (size_t i = 0; i < f->n; i++)
		f->judge_at[i + 1] += f->judge_at[i];
	f->judge = xcalloc(MAX(f->judge_at[f->n], 1), sizeof(*f->judge));
	walk_judges(f->project, f->judge_at, f->judge);
}

static bool
face_read(struct board *b, struct project *p, int64_t now_us, struct face **ret, struct err *err)
{
	AUTO(face) f = xcalloc(1, sizeof(*f));

	f->project = project_ref(p);
	f->n = p->catalog->nasset;
	f->slot = xcalloc(MAX(f->n, (size_t)1), sizeof(*f->slot));
	f->observed = xcalloc(MAX(f->n, (size_t)1), sizeof(*f->observed));
	for (uint32_t i = 0; i < f->n; i++) {
		f->slot[i].card = (struct card){
			.asset = &p->catalog->asset[i], .observed = &f->observed[i], .looked_us = TIME_NONE};
	}
	find_judges(f);
	if (b->face != NULL)
		keep_looks(b->face, f);
	if (!observe_all(b, f, err))
		return false;
	f->fresh = fresh_state_new(p->catalog);
	fresh_state_all(f->fresh, f->observed, now_us);
	for (uint32_t i = 0; i < f->n; i++)
		f->slot[i].card.brief = fresh_state_brief(f->fresh, i);
	*ret = STEAL(f);
	return true;
}

bool
board_open(struct service *s, struct board **ret, struct err *err)
{
	struct board *b = xcalloc(1, sizeof(*b));
	pthread_rwlockattr_t attr;

	b->s = s;
	b->now_us = clock_now_us(s->clock);
	b->news_arena = arena_new();
	if (!face_read(b, s->project, b->now_us, &b->face, err)) {
		arena_free(b->news_arena);
		free(b);
		return false;
	}
	/* Else readers that never pause would keep the keeper waiting. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&b->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	b->dirty = xcalloc(MAX(b->face->n, (size_t)1), sizeof(*b->dirty));
	*ret = b;
	return true;
}

bool
board_reload(struct board *b, struct project *p, struct err *err)
{
	struct face *old, *f;

	b->now_us = clock_now_us(b->s->clock);
	if (!face_read(b, p, b->now_us, &f, err))
		return false;
	b->dirty = xrealloc(b->dirty, MAX(f->n, (size_t)1) * sizeof(*b->dirty));
	b->ndirty = 0;
	b->news_taken = true;
	pthread_rwlock_wrlock(&b->lock);
	old = b->face;
	b->face = f;
	pthread_rwlock_unlock(&b->lock);
	face_free(old);
	return true;
}

void
board_close(struct board *b)
{
	if (b == NULL)
		return;
	face_free(b->face);
	arena_free(b->news_arena);
	pthread_rwlock_destroy(&b->lock);
	free(b->dirty);
	free(b);
}

/* What is new --------------------------------------------------------------------------------------------------- */

void
board_touch(struct board *b, uint32_t asset)
{
	if (asset == UINT32_MAX) {
		for (uint32_t i = 0; i < b->face->n; i++)
			board_touch(b, i);
		return;
	}
	if (b->face->slot[asset].touched)
		return;
	b->face->slot[asset].touched = true;
	b->dirty[b->ndirty++] = asset;
}

void
board_touch_key(struct board *b, struct sv key)
{
	const struct asset *asset = catalog_asset(b->face->project->catalog, key);

	if (asset != NULL)
		board_touch(b, asset->index);
}

void
board_looked(struct board *b, uint32_t asset, int64_t at_us, const struct err *trouble)
{
	struct slot *s = &b->face->slot[asset];

	s->card.looked_us = MAX(s->card.looked_us, at_us);
	if (trouble == NULL && s->trouble == NULL)
		return;
	if (trouble == NULL) {
		free(STEAL(s->trouble));
	} else {
		if (s->trouble == NULL)
			s->trouble = xmalloc(sizeof(*s->trouble));
		*s->trouble = *trouble;
		s->trouble->loc = NOWHERE; /* of a catalog that may go */
	}
	board_touch(b, asset);
}

static void
meet_locked(struct board *b, uint32_t asset, uint32_t *queue, size_t *n)
{
	if (b->face->slot[asset].seen == b->walk)
		return;
	b->face->slot[asset].seen = b->walk;
	queue[(*n)++] = asset;
}

/*
 * The answers of all that follows from an asset rest on it, too: a gate asks for what its inputs were made from, and for what their checks
 * look at.
 */
static void
forget_downstream_locked(struct board *b, uint32_t from, uint32_t *queue)
{
	const struct catalog *c = b->face->project->catalog;
	size_t head = 0, n = 0;

	meet_locked(b, from, queue, &n);
	while (head < n) {
		uint32_t i = queue[head++];
		struct slot *s = &b->face->slot[i];

		if (s->answered) {
			drop_answers(s);
			s->answered = false;
			b->face->nanswered--;
		}
		for (uint32_t k = c->down_at[i]; k < c->down_at[i + 1]; k++)
			meet_locked(b, c->down[k], queue, &n);
		for (uint32_t k = b->face->judge_at[i]; k < b->face->judge_at[i + 1]; k++)
			meet_locked(b, b->face->judge[k], queue, &n);
	}
}

static void
forget_answers(struct board *b, const uint32_t *changed, size_t nchanged)
{
	uint32_t *queue;

	/* Much may lie downstream: nothing is walked through in vain. */
	if (b->face->nanswered == 0)
		return;
	queue = xmalloc(MAX(b->face->n, (size_t)1) * sizeof(*queue));
	b->walk++;
	pthread_rwlock_wrlock(&b->lock);
	for (size_t i = 0; i < b->ndirty; i++)
		forget_downstream_locked(b, b->dirty[i], queue);
	for (size_t i = 0; i < nchanged; i++)
		forget_downstream_locked(b, changed[i], queue);
	pthread_rwlock_unlock(&b->lock);
	free(queue);
}

static bool
observe_touched(struct board *b, struct err *err)
{
	AUTO(arena) a = arena_new();
	bool ok = true;

	store_reads_begin(b->s->store);
	for (size_t i = 0; i < b->ndirty && ok; i++) {
		ok = observe(b, b->face, b->dirty[i], a, err);
		b->face->slot[b->dirty[i]].counted = b->face->slot[b->dirty[i]].counted && !ok;
		arena_reset(a);
	}
	store_reads_end(b->s->store);
	return ok;
}

/* What the clock alone made another: a run that never ended, an event whose time has come. */
static void
touch_due(struct board *b, struct arena *a, int64_t now_us)
{
	uint32_t *due;
	size_t n;

	fresh_state_due(b->face->fresh, a, now_us, &due, &n);
	for (size_t i = 0; i < n; i++) {
		const int64_t at_us = b->face->observed[due[i]].changes_us;

		if (at_us != 0 && at_us <= now_us)
			board_touch(b, due[i]);
	}
}

bool
board_update(struct board *b, int64_t now_us, const uint32_t **changed, size_t *n, struct err *err)
{
	AUTO(arena) a = arena_new();
	const int64_t next_us = board_next_us(b);

	*n = 0;
	*changed = NULL;
	if (b->ndirty == 0 && now_us >= b->now_us && (next_us == TIME_NONE || now_us < next_us))
		return true;
	touch_due(b, a, now_us);
	/* Also if what is there now cannot be read: what was, is not any more. */
	forget_answers(b, NULL, 0);
	if (!observe_touched(b, err))
		return false;
	fresh_state_update(b->face->fresh, b->face->observed, b->dirty, b->ndirty, now_us, changed, n);
	b->now_us = now_us;
	if (*n > 0)
		forget_answers(b, *changed, *n);
	for (size_t i = 0; i < b->ndirty; i++)
		b->face->slot[b->dirty[i]].touched = false;
	b->ndirty = 0;
	return true;
}

const struct news *
board_news(struct board *b, size_t *n)
{
	*n = b->news_taken ? 0 : b->news.n;
	b->news_taken = true;
	return b->news.v;
}

const struct card *
board_card(const struct board *b, uint32_t asset)
{
	return &b->face->slot[asset].card;
}

void
board_tell(const struct board *b, struct arena *a, uint32_t asset, struct freshness *fresh,
           struct staleness *stale)
{
	const int64_t next_us = board_next_us(b);
	int64_t now_us = clock_now_us(b->s->clock);

	/* What the clock has changed since comes with the next update. */
	if (next_us != TIME_NONE && now_us >= next_us)
		now_us = next_us - 1;
	fresh_state_tell(b->face->fresh, a, b->face->observed, asset, MAX(now_us, b->now_us), fresh, stale);
}

int64_t
board_next_us(const struct board *b)
{
	return fresh_state_next_us(b->face->fresh);
}

static bool
count_checks(struct board *b, struct arena *a, const struct asset *asset, struct sv partition,
             struct check_counts *ret, struct err *err)
{
	struct workspace w = service_workspace(b->s, a);
	struct asset_result r = {0};

	if (!run_last_known(&w, asset, partition, &b->face->observed[asset->index], &r, err))
		return false;
	for (size_t i = 0; i < r.ncheck; i++)
		ret->outcome[r.check[i].verdict.outcome]++;
	return true;
}

bool
board_checks(struct board *b, uint32_t asset, struct check_counts *ret, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct slot *s = &b->face->slot[asset];
	struct check_counts counts = {0};
	const struct asset *as = s->card.asset;
	struct sv whole = {0}, *key = &whole;
	size_t n = 1;

	if (s->counted) {
		*ret = s->counts;
		return true;
	}
	if (as->ndim > 0 && (!store_judged_partitions(b->s->store, a, as->key, &key, &n, err)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!count_checks(b, a, as, key[i], &counts, err))
			return false;
	s->counted = true;
	*ret = s->counts = counts;
	return true;
}

void
board_orphans(const struct board *b, struct arena *a, struct orphan **ret, size_t *n)
{
	fresh_state_orphans(b->face->fresh, a, b->face->observed, clock_now_us(b->s->clock), ret, n);
}

const struct observed *
board_observed(const struct board *b)
{
	return b->face->observed;
}

/* Answers ------------------------------------------------------------------------------------------------------- */

static struct prepared **
find_locked(struct slot *s, enum board_answer which, struct sv partition)
{
	if (partition.n == 0)
		return &s->answer[which];
	for (struct part_answer *x = s->part; x != NULL; x = x->next)
		if (x->which == which && sv_eq((struct sv){x->key, x->n}, partition))
			return &x->p;
	return NULL;
}

struct prepared *
board_answer(struct board *b, enum board_answer which, struct sv key, struct sv partition, int64_t now_us)
{
	struct prepared *ret = NULL, **at = NULL;
	const struct asset *asset;

	pthread_rwlock_rdlock(&b->lock);
	asset = catalog_asset(b->face->project->catalog, key);
	if (asset != NULL)
		at = find_locked(&b->face->slot[asset->index], which, partition);
	if (at != NULL && *at != NULL && (*at)->valid_until_us > now_us && (*at)->made_us <= now_us)
		ret = prepared_ref(*at);
	pthread_rwlock_unlock(&b->lock);
	return ret;
}

void
board_put_answer(struct board *b, enum board_answer which, uint32_t asset, struct sv partition,
                 struct prepared *p)
{
	struct slot *s = &b->face->slot[asset];
	struct prepared *old, **at;

	pthread_rwlock_wrlock(&b->lock);
	if (s->npart >= PART_ANSWERS_MAX)
		drop_answers(s);
	b->face->nanswered += !s->answered;
	s->answered = true;
	at = find_locked(s, which, partition);
	if (at == NULL) {
		s->npart++;
		struct part_answer *x = xcalloc(1, sizeof(*x) + partition.n);

		x->which = which;
		x->n = partition.n;
		memcpy(x->key, partition.p, partition.n);
		x->next = s->part;
		s->part = x;
		at = &x->p;
	}
	old = *at;
	*at = p;
	pthread_rwlock_unlock(&b->lock);
	prepared_unref(old);
}
