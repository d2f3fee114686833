/*
 * Keeping the judgement of a graph.
 *
 *	observed anew, due by the clock ──► queue by topological position ──► judge ──► different? ──► what reads it
 *
 * An asset is judged at most once an update, since all that it rests on comes before it in the order.  Two heaps: the queue of one update
 * (by position), and the instants at which the clock changes something (by time; it knows where each asset stands in it).
 */
#include "fresh/state.h"

#include "fresh/internal.h"

enum { HOLD_STEPS_MAX = 64, ABSENT = UINT32_MAX };
/* Why an asset is judged: bits. */
enum { FOR_ITSELF = 1, FOR_INPUTS = 2 };

struct kept {
	struct fresh_brief brief;
	int64_t fresh_changes_us, stale_changes_us;
};

struct fresh_state {
	struct arena *a, *scratch;
	const struct catalog *c;
	struct edges e;
	uint32_t *position; /* of an asset in catalog->topo */
	struct kept *kept;  /* by asset index, as all that follow */
	struct through *through;
	struct stale_link *link;
	uint8_t *why; /* it is queued */
	int64_t now_us;
	uint32_t *queue, nqueue; /* positions; a heap */
	uint32_t *timer, ntimer; /* assets; a heap by changes_us */
	uint32_t *timer_at;      /* where an asset stands in timer; ABSENT */
	uint32_t *changed, nchanged;
};

struct fresh_state *
fresh_state_new(const struct catalog *c)
{
	struct arena *a = arena_new();
	struct fresh_state *s = ARENA_NEW(a, struct fresh_state);
	size_t n = c->nasset;

	*s = (struct fresh_state){
		.a = a,
		.scratch = arena_new(),
		.c = c,
		.e = edges_resolve(a, c),
		.position = ARENA_ARRAY(a, uint32_t, n),
		.kept = ARENA_ARRAY(a, struct kept, n),
		.through = ARENA_ARRAY(a, struct through, n),
		.link = ARENA_ARRAY(a, struct stale_link, n),
		.why = ARENA_ARRAY(a, uint8_t, n),
		.now_us = TIME_NONE,
		.queue = ARENA_ARRAY(a, uint32_t, n),
		.timer = ARENA_ARRAY(a, uint32_t, n),
		.timer_at = ARENA_ARRAY(a, uint32_t, n),
		.changed = ARENA_ARRAY(a, uint32_t, n),
	};
	for (uint32_t k = 0; k < n; k++)
		s->position[c->topo[k]] = k;
	for (size_t i = 0; i < n; i++) {
		s->kept[i].brief.root = NO_ASSET;
		s->kept[i].brief.since_us = s->kept[i].brief.changes_us = TIME_NONE;
		s->timer_at[i] = ABSENT;
	}
	return s;
}

void
fresh_state_free(struct fresh_state *s)
{
	if (s == NULL)
		return;
	arena_free(s->scratch);
	arena_free(s->a);
}

/* Times ---------------------------------------------------------------------------------------------------------- */

static int64_t
timer_us(const struct fresh_state *s, uint32_t at)
{
	return s->kept[s->timer[at]].brief.changes_us;
}

static void
timer_put(struct fresh_state *s, uint32_t at, uint32_t asset)
{
	s->timer[at] = asset;
	s->timer_at[asset] = at;
}

/* Moves what stands at a place to where it belongs. */
static void
timer_settle(struct fresh_state *s, uint32_t at)
{
	uint32_t asset = s->timer[at];
	int64_t t_us = s->kept[asset].brief.changes_us;

	for (; at > 0 && t_us < timer_us(s, (at - 1) / 2); at = (at - 1) / 2)
		timer_put(s, at, s->timer[(at - 1) / 2]);
	for (;;) {
		uint32_t kid = 2 * at + 1;

		if (kid + 1 < s->ntimer && timer_us(s, kid + 1) < timer_us(s, kid))
			kid++;
		if (kid >= s->ntimer || timer_us(s, kid) >= t_us)
			break;
		timer_put(s, at, s->timer[kid]);
		at = kid;
	}
	timer_put(s, at, asset);
}

static void
timer_set(struct fresh_state *s, uint32_t asset, int64_t t_us)
{
	uint32_t at = s->timer_at[asset];

	s->kept[asset].brief.changes_us = t_us;
	if (t_us != TIME_NONE && at == ABSENT) {
		timer_put(s, s->ntimer++, asset);
		timer_settle(s, s->timer_at[asset]);
	} else if (t_us != TIME_NONE) {
		timer_settle(s, at);
	} else if (at != ABSENT) {
		uint32_t last = s->timer[--s->ntimer];

		s->timer_at[asset] = ABSENT;
		if (last == asset)
			return;
		timer_put(s, at, last);
		timer_settle(s, at);
	}
}

int64_t
fresh_state_next_us(const struct fresh_state *s)
{
	return s->ntimer > 0 ? timer_us(s, 0) : TIME_NONE;
}

/* All that is due lies at the top of the heap; below one that is not, none is. */
void
fresh_state_due(const struct fresh_state *s, struct arena *a, int64_t now_us, uint32_t **ret, size_t *n)
{
	LIST(uint32_t) due = {0}, place = {0};

	if (s->ntimer > 0 && timer_us(s, 0) <= now_us)
		*LIST_ADD(a, &place) = 0;
	for (size_t i = 0; i < place.n; i++) {
		uint32_t at = place.v[i];

		*LIST_ADD(a, &due) = s->timer[at];
		for (uint32_t kid = 2 * at + 1; kid <= 2 * at + 2 && kid < s->ntimer; kid++)
			if (timer_us(s, kid) <= now_us)
				*LIST_ADD(a, &place) = kid;
	}
	*ret = due.v;
	*n = due.n;
}

/* The queue ------------------------------------------------------------------------------------------------------ */

static void
enqueue(struct fresh_state *s, uint32_t asset, uint8_t why)
{
	uint32_t at = s->nqueue, position = s->position[asset];
	bool queued = s->why[asset] != 0;

	s->why[asset] |= why;
	if (queued)
		return;
	s->nqueue++;
	for (; at > 0 && position < s->queue[(at - 1) / 2]; at = (at - 1) / 2)
		s->queue[at] = s->queue[(at - 1) / 2];
	s->queue[at] = position;
}

static uint32_t
dequeue(struct fresh_state *s)
{
	uint32_t first = s->queue[0], last = s->queue[--s->nqueue], at = 0;

	for (;;) {
		uint32_t kid = 2 * at + 1;

		if (kid + 1 < s->nqueue && s->queue[kid + 1] < s->queue[kid])
			kid++;
		if (kid >= s->nqueue || s->queue[kid] >= last)
			break;
		s->queue[at] = s->queue[kid];
		at = kid;
	}
	s->queue[at] = last;
	return s->c->topo[first];
}

/* Judging -------------------------------------------------------------------------------------------------------- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a == TIME_NONE || (b != TIME_NONE && b < a) ? b : a;
}

static void
judge_fresh(struct fresh_state *s, const struct observed *o, uint32_t i)
{
	struct kept *k = &s->kept[i];
	struct freshness f;

	freshness_judge_through(NULL, NULL, &s->c->asset[i], &o[i], &s->through[i], s->now_us, &f);
	k->brief.fresh = f.status;
	k->fresh_changes_us = freshness_changes(&s->c->asset[i], &o[i], &s->through[i], s->now_us);
}

static struct stale_pass
pass_of(const struct fresh_state *s, struct arena *a, struct arena *scratch, const struct observed *o,
        int64_t now_us)
{
	return (struct stale_pass){
		.a = a, .scratch = scratch, .c = s->c, .o = o, .e = &s->e, .now_us = now_us, .link = s->link};
}

static void
brief_staleness(struct fresh_brief *b, const struct staleness *s, const struct stale_link *link,
                uint64_t causes)
{
	b->stale = s->status;
	b->failing = s->failing;
	b->since_us = s->since_us;
	b->root = s->status == STALE_STALE ? link->root : NO_ASSET;
	b->causes = causes;
}

static bool
same_brief(const struct fresh_brief *a, const struct fresh_brief *b)
{
	return a->fresh == b->fresh && a->stale == b->stale && a->failing == b->failing &&
	       a->root == b->root && a->causes == b->causes && a->since_us == b->since_us;
}

/* The next instant at which the clock changes the asset's own staleness; what its inputs change by then has it judged anew. */
static int64_t
staleness_changes(struct fresh_state *s, struct stale_pass *x, uint32_t i)
{
	struct fresh_brief now = s->kept[i].brief, then = now;
	struct staleness stale;
	struct stale_link link;

	for (int step = 0; step < HOLD_STEPS_MAX && x->hold_us != TIME_NONE; step++) {
		x->now_us = x->hold_us;
		link = staleness_judge(x, i, &stale);
		brief_staleness(&then, &stale, &link, x->causes);
		if (!same_brief(&now, &then))
			return x->now_us;
	}
	return x->hold_us;
}

static void
judge_stale(struct fresh_state *s, const struct observed *o, uint32_t i)
{
	struct stale_pass x = pass_of(s, NULL, s->scratch, o, s->now_us);
	struct staleness stale;

	s->link[i] = staleness_judge(&x, i, &stale);
	brief_staleness(&s->kept[i].brief, &stale, &s->link[i], x.causes);
	s->kept[i].stale_changes_us = staleness_changes(s, &x, i);
	arena_reset(s->scratch);
}

static bool
same_through(const struct through *a, const struct through *b)
{
	return a->us == b->us && a->root == b->root && a->unseen == b->unseen;
}

/* Do assets that read it see a difference?  Paths are written when they are asked for. */
static bool
same_link(const struct stale_link *a, const struct stale_link *b)
{
	return a->status == b->status && a->since_us == b->since_us && a->root == b->root &&
	       a->depth == b->depth;
}

/* True if what reads it must be judged as well. */
static bool
judge_asset(struct fresh_state *s, const struct observed *o, uint32_t i, bool itself)
{
	struct through through = s->through[i];
	struct stale_link link = s->link[i];
	bool same;
	int64_t changes_us;

	s->through[i] = through_of(o, &s->e, s->through, i);
	same = same_through(&through, &s->through[i]);
	if (itself || !same)
		judge_fresh(s, o, i);
	judge_stale(s, o, i);
	changes_us = earlier(s->kept[i].fresh_changes_us, s->kept[i].stale_changes_us);
	if (o[i].changes_us > s->now_us)
		changes_us = earlier(changes_us, o[i].changes_us);
	timer_set(s, i, changes_us);
	return itself || !same || !same_link(&link, &s->link[i]);
}

static void
judge_and_note(struct fresh_state *s, const struct observed *o, uint32_t i, bool itself, bool *onward)
{
	struct fresh_brief before = s->kept[i].brief;

	*onward = judge_asset(s, o, i, itself);
	if (!same_brief(&before, &s->kept[i].brief))
		s->changed[s->nchanged++] = i;
}

void
fresh_state_all(struct fresh_state *s, const struct observed *o, int64_t now_us)
{
	bool onward;

	s->now_us = now_us;
	s->nchanged = 0;
	for (size_t k = 0; k < s->c->nasset; k++)
		judge_and_note(s, o, s->c->topo[k], true, &onward);
}

static void
queue_due(struct fresh_state *s)
{
	AUTO(arena) scratch = arena_new();
	uint32_t *due;
	size_t n;

	fresh_state_due(s, scratch, s->now_us, &due, &n);
	for (size_t i = 0; i < n; i++)
		enqueue(s, due[i], FOR_ITSELF);
}

static void
walk(struct fresh_state *s, const struct observed *o)
{
	const struct catalog *c = s->c;

	while (s->nqueue > 0) {
		uint32_t i = dequeue(s);
		bool itself = (s->why[i] & FOR_ITSELF) != 0, onward;

		s->why[i] = 0;
		judge_and_note(s, o, i, itself, &onward);
		for (uint32_t k = c->down_at[i]; onward && k < c->down_at[i + 1]; k++)
			if (c->down[k] != i)
				enqueue(s, c->down[k], FOR_INPUTS);
	}
}

void
fresh_state_update(struct fresh_state *s, const struct observed *o, const uint32_t *dirty, size_t n,
                   int64_t now_us, const uint32_t **changed, size_t *nchanged)
{
	if (now_us < s->now_us || s->now_us == TIME_NONE) {
		fresh_state_all(s, o, now_us);
	} else {
		s->now_us = now_us;
		s->nchanged = 0;
		queue_due(s);
		for (size_t i = 0; i < n; i++)
			enqueue(s, dirty[i], FOR_ITSELF);
		walk(s, o);
	}
	*changed = s->changed;
	*nchanged = s->nchanged;
}

const struct fresh_brief *
fresh_state_brief(const struct fresh_state *s, uint32_t asset)
{
	return &s->kept[asset].brief;
}

void
fresh_state_tell(const struct fresh_state *s, struct arena *a, const struct observed *o, uint32_t asset,
                 int64_t now_us, struct freshness *fresh, struct staleness *stale)
{
	AUTO(arena) scratch = arena_new();
	struct stale_pass x = pass_of(s, a, scratch, o, now_us);

	if (fresh != NULL)
		freshness_judge_through(a, s->c, &s->c->asset[asset], &o[asset], &s->through[asset], now_us,
		                        fresh);
	if (stale == NULL)
		return;
	(void)staleness_judge(&x, asset, stale);
	if (stale->status == STALE_STALE)
		staleness_path(&x, asset, stale);
}

void
fresh_state_orphans(const struct fresh_state *s, struct arena *a, const struct observed *o, int64_t now_us,
                    struct orphan **ret, size_t *n)
{
	AUTO(arena) scratch = arena_new();
	enum fresh_status *status = ARENA_ARRAY(scratch, enum fresh_status, s->c->nasset);

	for (size_t i = 0; i < s->c->nasset; i++)
		status[i] = s->kept[i].brief.fresh;
	orphans_all(a, s->c, o, &s->e, status, now_us, ret, n);
}
