/* Looks at what the gate's inputs are now. */
#include "gate/facts.h"

struct collecting {
	struct workspace *w;
	const struct asset *asset;
	const struct partition *partition; /* of the asset; NULL = the whole */
	const struct gate_request *r;
	int64_t now_us, until_us;    /* until: clocks differ a little, and so do the times of events */
	const struct observed *seen; /* by asset index; filled for what is upstream */
	struct fresh_report fresh;   /* unless r->known tells */
	int64_t change_us;           /* the next by the clock alone; TIME_NONE = none is known */
};

static void
note_change(struct collecting *c, int64_t t_us)
{
	if (t_us != TIME_NONE && t_us > c->now_us && (c->change_us == TIME_NONE || t_us < c->change_us))
		c->change_us = t_us;
}

/* After d_us more. */
static void
note_end(struct collecting *c, int64_t t_us, int64_t d_us)
{
	int64_t end;

	if (t_us != TIME_NONE && !__builtin_add_overflow(t_us, d_us, &end))
		note_change(c, end);
}

static struct sv
explain(struct arena *a, const struct err *e)
{
	char text[sizeof(e->msg) + sizeof(e->hint) + 256];

	return arena_sv(a, sv_of(err_text(e, text, sizeof(text))));
}

/*
 * All that is upstream: staleness and the age of data come down the whole way.  The rest of the catalog does
 * not matter here.
 */
static void
observe_upstream(struct collecting *c)
{
	const struct catalog *cat = c->w->catalog;
	struct observed *seen = ARENA_ARRAY(c->w->a, struct observed, cat->nasset);
	bool *wanted = ARENA_ARRAY(c->w->a, bool, cat->nasset);

	for (size_t i = cat->nasset; i-- > 0;) {
		uint32_t at = cat->topo[i];

		if (at != c->asset->index && !wanted[at])
			continue;
		for (uint32_t k = cat->up_at[at]; k < cat->up_at[at + 1]; k++)
			wanted[cat->up[k]] = true;
	}
	for (size_t i = 0; i < cat->nasset; i++) {
		seen[i] = OBSERVED_NOTHING;
		if (wanted[i])
			run_observe(c->w, &cat->asset[i], true, &seen[i]);
	}
	c->seen = seen;
	fresh_all(c->w->a, cat, seen, NULL, 0, c->now_us, &c->fresh);
}

static const struct seen_partition *
seen_partition(const struct observed *o, struct sv key)
{
	for (size_t i = 0; i < o->npartition; i++)
		if (sv_eq(o->partition[i].key, key))
			return &o->partition[i];
	return NULL;
}

/* Of this partition, or of all of them at once. */
static bool
find_start(struct collecting *c, const struct asset *up, struct part_fact *part, struct err *err)
{
	int64_t from_us = c->now_us - c->asset->gate.in_progress_expires_us;
	struct event e;
	bool found;

	part->started_us = TIME_NONE;
	if (!store_open_start(c->w->store, c->w->a, up->key, part->partition, from_us, c->until_us, &e,
	                      &found, err))
		return false;
	if (!found && part->partition.n > 0 &&
	    !store_open_start(c->w->store, c->w->a, up->key, (struct sv){0}, from_us, c->until_us, &e, &found,
	                      err))
		return false;
	if (found)
		part->started_us = e.at_us;
	note_end(c, part->started_us, c->asset->gate.in_progress_expires_us);
	return true;
}

/* What was accepted for a while is so up to the end of it. */
static void
note_accepted(struct collecting *c, const struct part_fact *part)
{
	for (size_t i = 0; i < part->ncheck; i++)
		if (part->check[i].accepted)
			note_end(c, part->check[i].accepted_us, c->asset->gate.accept_verdict_within_us + 1);
}

/* When a window begins, or one closes, others may be read. */
static void
note_windows(struct collecting *c, const struct asset *up)
{
	const struct partition_dim *d = NULL;
	int64_t since[2] = {0}, unused;

	for (size_t i = 0; i < up->ndim; i++)
		if (up->dim[i].is_time)
			d = &up->dim[i];
	if (d == NULL)
		return;
	since[1] = d->closes_after_us;
	for (size_t i = 0; i < LEN(since); i++) {
		size_t n;
		int64_t end;
		const struct partition *p = partitions_until(c->w->a, up, c->now_us - since[i], false, 1, &n,
		                                             NULL);

		if (n > 0)
			end = p->end_us;
		else
			tz_from_local(d->zone, d->from, &end, &unused);
		note_end(c, end, since[i]);
	}
}

static void
find_version(struct collecting *c, const struct asset *up, const struct partition *p, struct part_fact *part)
{
	struct err e = {0};

	if (run_version(c->w, up, p, &part->version, &e))
		return;
	part->version = (struct sv){0};
	if (e.code == ERR_NOT_FOUND)
		part->missing = true;
	else
		part->undecided = explain(c->w->a, &e);
}

static struct sv
named_version(const struct collecting *c, const struct asset *up, struct sv partition)
{
	for (size_t i = 0; i < c->r->nnamed; i++) {
		const struct gate_named *n = &c->r->named[i];

		if (catalog_asset(c->w->catalog, n->upstream) == up && sv_eq(n->partition, partition))
			return n->version;
	}
	return (struct sv){0};
}

static void
collect_part(struct collecting *c, const struct asset *up, const struct partition *p, struct part_fact *part)
{
	struct workspace *w = c->w;
	const struct observed *o = &c->seen[up->index];
	const struct seen_partition *s = p->key.n > 0 ? seen_partition(o, p->key) : NULL;
	struct err e = {0};

	*part = (struct part_fact){
		.partition = p->key,
		.missing = p->key.n > 0 ? s == NULL : !o->exists,
		.named = named_version(c, up, p->key),
		.stamp_us = s != NULL ? s->produced_us : o->produced_us,
		.started_us = TIME_NONE,
	};
	if (!part->missing)
		find_version(c, up, p->key.n > 0 ? p : NULL, part);
	if (!find_start(c, up, part, &e) ||
	    !gate_check_facts(w->store, w->a, &w->checks[up->index], up->key, part, c->now_us,
	                      c->asset->gate.accept_verdict_within_us, &e) ||
	    !gate_taints(w->store, w->a, w->catalog, w->checks, up->key, part, c->now_us, c->until_us,
	                 c->r->known != NULL ? w : NULL, &e))
		part->undecided = explain(w->a, &e);
	note_accepted(c, part);
}

/* Where the catalog maps no partition to read, there is nothing that could be relied on. */
static void
collect_parts(struct collecting *c, const struct asset *up, const struct dep *dep, struct input_fact *in)
{
	struct partition *p;
	struct err e = {0};
	size_t n;

	if (!partitions_read(c->w->a, c->asset, c->partition, dep, up, c->now_us, &p, &n, &e)) {
		in->undecided = explain(c->w->a, &e);
		return;
	}
	note_windows(c, up);

	struct part_fact *part = ARENA_ARRAY(c->w->a, struct part_fact, MAX(n, (size_t)1));

	for (size_t i = 0; i < n; i++)
		collect_part(c, up, &p[i], &part[i]);
	if (n == 0)
		part[0] = (struct part_fact){.missing = true, .started_us = TIME_NONE};
	/* Last of all: what moved meanwhile is not what the verdicts above are about. */
	for (size_t i = 0; i < n; i++) {
		struct part_fact after = {0};

		if (part[i].missing || part[i].undecided.n > 0)
			continue;
		find_version(c, up, p[i].key.n > 0 ? &p[i] : NULL, &after);
		part[i].version_after = after.version;
		part[i].missing = after.missing;
		part[i].undecided = after.undecided;
	}
	in->part = part;
	in->npart = MAX(n, (size_t)1);
}

static void
tell(struct collecting *c, uint32_t i, struct freshness *fresh, struct staleness *stale)
{
	if (c->r->known != NULL) {
		c->r->known->tell(c->r->known->ctx, c->w->a, i, fresh, stale);
		return;
	}
	*fresh = c->fresh.fresh[i];
	*stale = c->fresh.stale[i];
}

/* Does the input, or a check of it, rest on an asset of this key? */
static bool
rests_on(const struct collecting *c, const struct asset *up, struct sv key)
{
	const struct checks *checks = &c->w->checks[up->index];

	if (sv_eq(up->key, key))
		return true;
	for (size_t i = 0; i < checks->n; i++) {
		const struct asset *other;

		for (uint32_t at = 0; (other = check_other(c->w->catalog, &checks->v[i], &at)) != NULL;)
			if (sv_eq(other->key, key))
				return true;
	}
	return false;
}

static const struct gate_blind *
find_blind(const struct collecting *c, const struct asset *up)
{
	const struct gate_known *k = c->r->known;

	for (size_t i = 0; k != NULL && i < k->nblind; i++)
		if (rests_on(c, up, k->blind[i].key))
			return &k->blind[i];
	return NULL;
}

static void
collect_input(struct collecting *c, const struct dep *dep, struct input_fact *in)
{
	const struct asset *up = catalog_asset(c->w->catalog, dep->key);

	*in = (struct input_fact){
		.upstream = up != NULL ? up->key : dep->key, .cap = dep->gate, .freshness = FRESH_NONE};
	if (up == NULL) {
		in->dangling = true;
		return;
	}

	const struct observed *o = &c->seen[up->index];
	const struct gate_blind *blind;
	struct freshness fresh;
	struct staleness stale;
	struct err e = {0};

	if (c->r->known != NULL)
		run_identify_some(c->w, &up->index, 1);
	tell(c, up->index, &fresh, &stale);
	in->told = (up->path.n == 0 && up->table.n == 0 && up->query.n == 0) ||
	           (up->version_from != VERSION_DEFAULT && up->version_from != VERSION_STAT &&
	            up->version_from != VERSION_CONTENT);
	in->freshness = fresh.status;
	in->late_blocks = up->freshness.blocking;
	in->fresh_evidence = fresh.evidence;
	in->stale = stale.status == STALE_STALE;
	in->stale_evidence = stale.evidence;
	in->elsewhere = c->w->remembered && up->elsewhere;
	blind = find_blind(c, up);
	if (in->elsewhere && !run_last_look(c->w, up, &in->observed_us, &e))
		in->undecided = explain(c->w->a, &e);
	else if (blind != NULL)
		in->undecided = arena_svf(c->w->a, SV_FMT ": " SV_FMT, SV_ARG(blind->key),
		                          SV_ARG(blind->why));
	else if (o->failed)
		in->undecided = explain(c->w->a, &o->err);
	else
		collect_parts(c, up, dep, in);
}

bool
gate_collect(struct workspace *w, const struct asset *asset, const struct gate_request *r,
             struct gate_facts *ret, struct err *err)
{
	struct collecting c = {
		.w = w, .asset = asset, .r = r, .now_us = clock_now_us(w->clock), .change_us = TIME_NONE};
	struct partition partition;

	c.until_us = c.now_us + FUTURE_TOLERANCE_US;
	if (r->partition.n > 0) {
		if (!partition_parse(w->a, asset, r->partition, &partition, err)) {
			if (err != NULL)
				err->code = ERR_USAGE;
			return false;
		}
		c.partition = &partition;
	}
	if (r->known != NULL)
		c.seen = r->known->observed;
	else
		observe_upstream(&c);

	struct input_fact *in = ARENA_ARRAY(w->a, struct input_fact, asset->ndep);

	for (size_t i = 0; i < asset->ndep; i++)
		collect_input(&c, &asset->dep[i], &in[i]);
	*ret = (struct gate_facts){
		.asset = asset->key,
		.partition = c.partition != NULL ? partition.key : (struct sv){0},
		.now_us = c.now_us,
		.catalog_hash = w->catalog->hash,
		.policy = &asset->gate,
		.input = in,
		.ninput = asset->ndep,
		.until_us = c.change_us,
	};
	return true;
}
