/*
 * Staleness: is an asset what its inputs and its code would make of it now?
 *
 * One pass in topological order.  Each edge is judged by versions where both sides are known (what the last
 * materialization was built from, and what the input is now), so that an identical rebuild of an input makes nothing
 * stale; by times only otherwise.  A stale asset passes that on, and keeps through which input it became stale: these
 * links lead back to the root, and paths are written down at the end.
 */
#include "base/hash.h"
#include "fresh/internal.h"

#define PATH_MAX_SHOWN \
	32 /* longer paths are cut in the middle, else a chain's paths would grow with its square */
#define PER_EDGE_MAX 20 /* causes that one input may give, when partitions differ one by one */
#define EVIDENCE_CAUSES 3
#define INDEX_MIN 16 /* recorded inputs from which on they are looked up in a map */

/* What makes one asset stale, of one sort. */
struct found {
	LIST(struct cause) cause;
	int64_t since_us; /* of the oldest cause; TIME_NONE = not known */
	uint32_t via;     /* the input of that cause */
	size_t more;      /* causes past PER_EDGE_MAX */
};

/* The asset at work. */
struct subject {
	struct stale_pass *x;
	const struct asset *asset;
	const struct observed *o;
	struct found up, own;
	struct map recorded; /* struct event_input by key, and by key and partition; empty unless worth it */
	struct arena *a;     /* of its causes */
	size_t edge_from;    /* causes in `up` before this edge */
	struct sv blind;     /* an input of which neither version nor time could be compared */
	size_t nblind;
	struct stale_link link;
	struct staleness *s;
};

static void
add_cause(struct subject *t, struct found *f, uint32_t via, int64_t since_us, struct cause cause)
{
	bool first = f->cause.n == 0;

	if (first || (since_us != TIME_NONE && (f->since_us == TIME_NONE || since_us < f->since_us))) {
		f->since_us = since_us;
		f->via = via;
	}
	if (cause.kind == CAUSE_UPSTREAM_NEWER && f->cause.n - t->edge_from >= PER_EDGE_MAX)
		f->more++;
	else
		*LIST_ADD(t->a, &f->cause) = cause;
}

/* When did an input become what it is?  An identical rebuild is not that moment: its version was there before. */
static int64_t
changed_at(int64_t produced_us, int64_t version_since_us)
{
	if (produced_us == TIME_NONE || version_since_us == TIME_NONE)
		return produced_us;
	return MIN(produced_us, version_since_us);
}

static void
newer_version(struct subject *t, uint32_t u, struct sv partition, struct sv had, struct sv now)
{
	const struct observed *up = &t->x->o[u];
	int64_t since = changed_at(up->produced_us, up->version_since_us);

	/* A version that came back was first seen before this was built: then only its last making tells when. */
	if (since != TIME_NONE && t->o->produced_us != TIME_NONE && since <= t->o->produced_us)
		since = up->produced_us;
	add_cause(t, &t->up, u, since,
	          (struct cause){.kind = CAUSE_UPSTREAM_NEWER,
	                         .upstream = t->x->c->asset[u].key,
	                         .partition = partition,
	                         .had = had,
	                         .now = now});
}

/* Where there are no words, its bytes do: they are only compared. */
static struct sv
time_text(const struct subject *t, int64_t t_us)
{
	char text[RFC3339_MAX];

	if (t->x->a == NULL)
		return arena_sv(t->a, (struct sv){(const char *)&t_us, sizeof(t_us)});
	return arena_sv(t->a, sv_of(rfc3339_format(t_us, text)));
}

static void
newer_time(struct subject *t, uint32_t u, struct sv partition, int64_t had_us, int64_t now_us)
{
	add_cause(t, &t->up, u, now_us,
	          (struct cause){
			  .kind = CAUSE_UPSTREAM_NEWER,
			  .upstream = t->x->c->asset[u].key,
			  .partition = partition,
			  .had = time_text(t, had_us),
			  .now = time_text(t, now_us),
		  });
}

/* A key and a partition as one text: neither holds a line break. */
static struct sv
part_name(const struct subject *t, struct sv key, struct sv partition)
{
	return arena_svf(t->x->scratch, SV_FMT "\n" SV_FMT, SV_ARG(key), SV_ARG(partition));
}

/*
 * Which assets the recorded inputs are; they may have been reported under aliases.  Mostly they stand in the order of
 * the dependencies, so that nothing need be looked up.
 */
static void
resolve_recorded(struct subject *t)
{
	const uint32_t *to = t->x->e->to + t->x->e->at[t->asset->index];

	if (t->o->ninput > t->x->ninput) {
		t->x->ninput = 2 * t->o->ninput;
		t->x->input = ARENA_ARRAY(t->x->scratch, uint32_t, t->x->ninput);
	}
	for (size_t i = 0; i < t->o->ninput; i++) {
		struct sv key = t->o->input[i].key;
		const struct asset *up;

		if (i < t->asset->ndep && sv_eq(key, t->asset->dep[i].key)) {
			t->x->input[i] = to[i];
			continue;
		}
		up = catalog_asset(t->x->c, key);
		t->x->input[i] = up != NULL ? up->index : NO_ASSET;
	}
}

static void
index_recorded(struct subject *t)
{
	if (t->o->ninput < INDEX_MIN)
		return;
	map_init(&t->recorded, t->x->scratch);
	for (size_t i = 0; i < t->o->ninput; i++) {
		const struct event_input *in = &t->o->input[i];
		uint32_t u = t->x->input[i];
		struct sv key = u != NO_ASSET ? t->x->c->asset[u].key : in->key;
		struct map_entry *e = map_put(&t->recorded, part_name(t, key, in->partition));

		if (e->value == NULL)
			e->value = (void *)(uintptr_t)in;
		map_set(&t->recorded, key, (void *)(uintptr_t)in);
	}
}

/* Was it built from this asset, or any partition of it? */
static bool
was_recorded(const struct subject *t, uint32_t u)
{
	if (t->recorded.n > 0)
		return map_has(&t->recorded, t->x->c->asset[u].key);
	for (size_t i = 0; i < t->o->ninput; i++)
		if (t->x->input[i] == u)
			return true;
	return false;
}

/* What was recorded of one partition of an input (empty = the whole), or NULL. */
static const struct event_input *
recorded_part(const struct subject *t, uint32_t u, struct sv partition)
{
	if (t->recorded.n > 0)
		return map_get(&t->recorded, part_name(t, t->x->c->asset[u].key, partition));
	for (size_t i = 0; i < t->o->ninput; i++)
		if (t->x->input[i] == u && sv_eq(t->o->input[i].partition, partition))
			return &t->o->input[i];
	return NULL;
}

/* A known time that lies not in the future: those of partitions come straight from their files. */
static bool
is_past(const struct subject *t, int64_t t_us)
{
	return t_us != TIME_NONE && t_us <= time_plus(t->x->now_us, FUTURE_TOLERANCE_US);
}

/* The clock may change something at that instant. */
static void
hold_until(struct stale_pass *x, int64_t t_us)
{
	if (t_us != TIME_NONE && t_us > x->now_us && (x->hold_us == TIME_NONE || t_us < x->hold_us))
		x->hold_us = t_us;
}

/*
 * One partition against what it was built into.  True if anything could be compared: by versions if the recorded and
 * the present one are known, by times else.
 */
static bool
compare_part(struct subject *t, uint32_t u, const struct seen_partition *now, int64_t built_us,
             const struct event_input *in)
{
	if (in != NULL && in->version.n > 0 && now->version.n > 0) {
		if (!sv_eq(in->version, now->version))
			newer_version(t, u, now->key, in->version, now->version);
		return true;
	}
	if (!is_past(t, built_us) || !is_past(t, now->produced_us)) {
		if (built_us != TIME_NONE && now->produced_us != TIME_NONE)
			hold_until(t->x, time_plus(MAX(built_us, now->produced_us), -FUTURE_TOLERANCE_US));
		return false;
	}
	if (now->produced_us > built_us)
		newer_time(t, u, now->key, built_us, now->produced_us);
	return true;
}

/* Partition by partition: both lists are sorted by key.  What only the input has is not there yet, not stale. */
static bool
compare_same(struct subject *t, uint32_t u)
{
	const struct observed *o = t->o, *up = &t->x->o[u];
	bool any = false;

	for (size_t i = 0, k = 0; i < o->npartition && k < up->npartition;) {
		int order = sv_cmp(o->partition[i].key, up->partition[k].key);

		if (order == 0) {
			struct sv key = up->partition[k].key;
			const struct event_input *in = recorded_part(t, u, key);

			any = compare_part(t, u, &up->partition[k], o->partition[i].produced_us, in) || any;
		}
		i += order <= 0;
		k += order >= 0;
	}
	return any;
}

/* When does the newest window that is read give way to the next one? */
static int64_t
next_window(struct arena *a, const struct asset *up, enum partition_map map, const struct partition *newest)
{
	struct partition *p;
	size_t n;

	if (newest->end_us == TIME_NONE)
		return TIME_NONE;
	if (map == MAP_LAST)
		return newest->end_us;
	p = partitions_until(a, up, newest->end_us, false, 1, &n, NULL);
	return n > 0 ? p->closes_us : TIME_NONE;
}

/* Would it make the asset stale, once it is read? */
static bool
would_differ(const struct subject *t, uint32_t u, const struct seen_partition *p)
{
	const struct event_input *in = recorded_part(t, u, p->key);

	if (in != NULL && in->version.n > 0 && p->version.n > 0)
		return !sv_eq(in->version, p->version);
	return t->o->produced_us != TIME_NONE && p->produced_us > t->o->produced_us;
}

/*
 * A partition that is there already will be read from some instant on, and one that is read now, no longer.  any: something could be
 * compared already, so that one more matters by its difference only.
 */
static void
note_windows(struct subject *t, struct arena *a, const struct dep *dep, uint32_t u,
             const struct partition *read, size_t n, bool any)
{
	const struct asset *up = &t->x->c->asset[u];
	const struct observed *o = &t->x->o[u];
	bool there = false;

	for (size_t i = 0; i < o->npartition; i++) {
		struct partition p;

		if ((!any || would_differ(t, u, &o->partition[i])) &&
		    partition_parse(a, up, o->partition[i].key, &p, NULL))
			hold_until(t->x, dep->map == MAP_LAST ? p.start_us : p.closes_us);
	}
	for (size_t i = 0; i < n && !there; i++)
		there = observed_partition(o, read[i].key) != NULL;
	if (there && (dep->map == MAP_LAST || dep->map == MAP_LATEST_CLOSED))
		hold_until(t->x, next_window(a, up, dep->map, &read[n - 1]));
}

/* A whole that reads partitions: those that it would read now. */
static bool
compare_read(struct subject *t, uint32_t u, const struct dep *dep)
{
	AUTO(arena) scratch = arena_new();
	const struct asset *up = &t->x->c->asset[u];
	struct partition *p;
	size_t n;
	bool any = false;

	/* A mapping that cannot be laid out is said elsewhere; the whole is compared instead. */
	if (!partitions_read(scratch, t->asset, NULL, dep, up, t->x->now_us, &p, &n, NULL))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct seen_partition *now = observed_partition(&t->x->o[u], p[i].key);

		if (now != NULL)
			any = compare_part(t, u, now, t->o->produced_us, recorded_part(t, u, now->key)) ||
			      any;
	}
	note_windows(t, scratch, dep, u, p, n, any);
	return any;
}

static bool
compare_whole(struct subject *t, uint32_t u)
{
	const struct observed *up = &t->x->o[u];
	struct seen_partition now = {.produced_us = changed_at(up->produced_us, up->version_since_us),
	                             .version = up->version};

	return compare_part(t, u, &now, t->o->produced_us, recorded_part(t, u, (struct sv){0}));
}

/* One edge; true if it makes the asset stale. */
static bool
compare_edge(struct subject *t, const struct dep *dep, uint32_t u)
{
	const struct asset *up = &t->x->c->asset[u];
	const struct stale_link *s = &t->x->link[u];
	const struct event_input *in = recorded_part(t, u, (struct sv){0});
	bool versions = in != NULL && in->version.n > 0 && t->x->o[u].version.n > 0;
	bool parts = up->ndim > 0 && t->x->o[u].npartition > 0;
	/* Of an input that is the same as a whole no part has changed. */
	bool done = versions && sv_eq(in->version, t->x->o[u].version);

	t->edge_from = t->up.cause.n;
	if (t->o->inputs_known && !was_recorded(t, u))
		add_cause(t, &t->own, t->asset->index, TIME_NONE,
		          (struct cause){.kind = CAUSE_INPUT_ADDED, .upstream = up->key});
	if (!done && parts && t->asset->ndim > 0 && t->o->npartition > 0 && dep->map == MAP_SAME)
		done = compare_same(t, u);
	else if (!done && parts && t->asset->ndim == 0 && !versions)
		done = compare_read(t, u, dep);
	if (!done && !compare_whole(t, u) && t->nblind++ == 0)
		t->blind = up->key;
	if (s->status == STALE_STALE)
		add_cause(t, &t->up, u, s->since_us,
		          (struct cause){.kind = CAUSE_UPSTREAM_STALE, .upstream = up->key});
	return t->up.cause.n > t->edge_from;
}

/* Does the asset name this recorded input, under any name? */
static bool
is_declared(const struct subject *t, size_t input)
{
	const uint32_t *to = t->x->e->to + t->x->e->at[t->asset->index];
	uint32_t u = t->x->input[input];

	/* Where it stands in the same place, this is the first one looked at. */
	for (size_t i = 0, k = input; i < t->asset->ndep; i++, k++) {
		size_t at = k % t->asset->ndep;

		if (u != NO_ASSET ? to[at] == u : sv_eq(t->asset->dep[at].key, t->o->input[input].key))
			return true;
	}
	return false;
}

/* Inputs it was built from that it does not name any more.  Many of one asset's partitions are one cause. */
static void
find_removed(struct subject *t)
{
	struct map told = {.a = t->x->scratch};

	for (size_t i = 0; i < t->o->ninput; i++) {
		uint32_t u = t->x->input[i];
		struct sv key = u != NO_ASSET ? t->x->c->asset[u].key : t->o->input[i].key;

		if (map_has(&told, key) || is_declared(t, i))
			continue;
		map_set(&told, key, t->x);
		add_cause(t, &t->own, t->asset->index, TIME_NONE,
		          (struct cause){.kind = CAUSE_INPUT_REMOVED, .upstream = key});
	}
}

/* A fingerprint of ours is shown as reports show it; what others call a version is shown as it is. */
static struct sv
version_words(struct sv v)
{
	enum { FINGERPRINT = 32, SHOWN = 12 };

	for (size_t i = 0; i < v.n; i++)
		if (!((v.p[i] >= '0' && v.p[i] <= '9') || (v.p[i] >= 'a' && v.p[i] <= 'f')))
			return v;
	return v.n == FINGERPRINT ? (struct sv){v.p, SHOWN} : v;
}

static struct sv
cause_words(struct stale_pass *x, const struct cause *k)
{
	struct sv of = k->partition.n > 0 ? arena_svf(x->a, " (partition " SV_FMT ")", SV_ARG(k->partition))
	                                  : (struct sv){0};

	switch (k->kind) {
	case CAUSE_UPSTREAM_NEWER:
		return arena_svf(x->a, SV_FMT SV_FMT " is newer: " SV_FMT ", was " SV_FMT,
		                 SV_ARG(k->upstream), SV_ARG(of), SV_ARG(version_words(k->now)),
		                 SV_ARG(version_words(k->had)));
	case CAUSE_UPSTREAM_STALE:
		return arena_svf(x->a, SV_FMT " is stale itself", SV_ARG(k->upstream));
	case CAUSE_CODE_CHANGED:
		return arena_svf(x->a, "its code is " SV_FMT ", it was built by " SV_FMT, SV_ARG(k->now),
		                 SV_ARG(k->had));
	case CAUSE_INPUT_ADDED:
		return arena_svf(x->a, SV_FMT " is an input now, it was built without", SV_ARG(k->upstream));
	case CAUSE_INPUT_REMOVED:
		break;
	}
	return arena_svf(x->a, SV_FMT " is no input any more, it was built with it", SV_ARG(k->upstream));
}

static struct sv
evidence(struct subject *t, size_t more)
{
	const struct staleness *s = t->s;
	size_t shown = MIN(s->ncause, (size_t)EVIDENCE_CAUSES);
	struct sv text = cause_words(t->x, &s->cause[0]);

	for (size_t i = 1; i < shown; i++)
		text = arena_svf(t->x->a, SV_FMT "; " SV_FMT, SV_ARG(text),
		                 SV_ARG(cause_words(t->x, &s->cause[i])));
	if (s->ncause + more > shown)
		text = arena_svf(t->x->a, SV_FMT "; and %zu more", SV_ARG(text), s->ncause + more - shown);
	return text;
}

/* Nothing known against it is not the same as being known to be current. */
static struct sv
current_words(struct subject *t)
{
	if (t->nblind == 1)
		return arena_svf(t->x->a,
		                 "no change is known, but " SV_FMT
		                 " cannot be compared: versions or times are missing",
		                 SV_ARG(t->blind));
	if (t->nblind > 1)
		return arena_svf(t->x->a,
		                 "no change is known, but " SV_FMT
		                 " and %zu more inputs cannot be compared: versions or times are missing",
		                 SV_ARG(t->blind), t->nblind - 1);
	return t->asset->ndep > 0 ? SV("nothing it was made from has changed since") : SV("it has no inputs");
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	return hash64_u64(h * 31 + v);
}

static uint64_t
causes_hash(const struct staleness *s, size_t more)
{
	uint64_t h = mix(more, s->ncause);

	for (size_t i = 0; i < s->ncause; i++) {
		const struct cause *k = &s->cause[i];

		h = mix(h, k->kind);
		h = mix(h, hash64(k->upstream));
		h = mix(h, hash64(k->partition));
		h = mix(h, hash64(k->had));
		h = mix(h, hash64(k->now));
	}
	return h != 0 ? h : 1;
}

/* Puts what was found together: the oldest cause decides where it began. */
static void
conclude(struct subject *t)
{
	struct stale_pass *x = t->x;
	struct staleness *s = t->s;
	size_t n = t->up.cause.n + t->own.cause.n;
	int64_t fail_after_us = t->asset->staleness.fail_after_us, fails_us = TIME_NONE;
	struct cause *all;

	if (n == 0) {
		s->status = STALE_CURRENT;
		if (x->a != NULL)
			s->evidence = current_words(t);
		return;
	}
	all = ARENA_ARRAY(t->a, struct cause, n);
	if (t->up.cause.n > 0)
		memcpy(all, t->up.cause.v, t->up.cause.n * sizeof(*all));
	if (t->own.cause.n > 0)
		memcpy(all + t->up.cause.n, t->own.cause.v, t->own.cause.n * sizeof(*all));
	*s = (struct staleness){
		.status = STALE_STALE,
		.cause = all,
		.ncause = n,
		.since_us = t->up.cause.n > 0 ? t->up.since_us : TIME_NONE,
	};
	if (fail_after_us > 0)
		fails_us = time_plus(s->since_us, fail_after_us);
	s->failing = fail_after_us == 0 || (fails_us != TIME_NONE && x->now_us >= fails_us);
	hold_until(x, fails_us);
	if (x->a != NULL)
		s->evidence = evidence(t, t->up.more);
	else
		x->causes = causes_hash(s, t->up.more);
}

/* Through which input it came, and from where. */
static void
link_up(struct subject *t)
{
	uint32_t i = t->asset->index;
	bool own_first = t->up.cause.n == 0 || (t->own.cause.n > 0 && t->up.since_us == TIME_NONE);

	t->link = (struct stale_link){
		.status = t->s->status, .since_us = t->s->since_us, .via = i, .root = i, .depth = 1};
	if (t->s->status != STALE_STALE || own_first)
		return;

	const struct stale_link *up = &t->x->link[t->up.via];
	bool further = up->status == STALE_STALE;

	t->link.via = t->up.via;
	t->link.root = further ? up->root : t->up.via;
	t->link.depth = 1 + (further ? up->depth : 1);
}

static void
judge_edges(struct subject *t)
{
	const struct stale_pass *x = t->x;
	uint32_t i = t->asset->index;
	size_t moved = 0, inputs = 0;

	for (size_t k = 0; k < t->asset->ndep; k++) {
		uint32_t u = x->e->to[x->e->at[i] + k];

		if (u == NO_ASSET)
			continue;
		inputs++;
		moved += compare_edge(t, &t->asset->dep[k], u);
	}
	if (t->asset->staleness.updates_on_all && moved < inputs)
		t->up = (struct found){.since_us = TIME_NONE};
}

struct stale_link
staleness_judge(struct stale_pass *x, uint32_t i, struct staleness *ret)
{
	struct subject t = {
		.x = x,
		.asset = &x->c->asset[i],
		.o = &x->o[i],
		.up.since_us = TIME_NONE,
		.own.since_us = TIME_NONE,
		.a = x->a != NULL ? x->a : x->scratch,
		.s = ret,
	};

	*ret = (struct staleness){.status = STALE_OFF, .since_us = TIME_NONE};
	x->hold_us = TIME_NONE;
	x->causes = 0;
	if (t.asset->staleness.off) {
		ret->evidence = SV("staleness is off");
	} else if (!t.o->exists && !t.o->failed) {
		ret->status = STALE_MISSING;
		ret->evidence = t.o->ever_materialized ? SV("it was there once, and nothing is there now")
		                                       : SV("never produced, as far as is known");
	} else {
		resolve_recorded(&t);
		index_recorded(&t);
		judge_edges(&t);
		if (t.asset->code_version.n > 0 && t.o->code_version.n > 0 &&
		    !sv_eq(t.asset->code_version, t.o->code_version))
			add_cause(&t, &t.own, i, TIME_NONE,
			          (struct cause){.kind = CAUSE_CODE_CHANGED,
			                         .had = t.o->code_version,
			                         .now = t.asset->code_version});
		if (t.o->inputs_known && t.o->ninput > 0)
			find_removed(&t);
		conclude(&t);
	}
	link_up(&t);
	return t.link;
}

void
staleness_path(const struct stale_pass *x, uint32_t i, struct staleness *s)
{
	const struct stale_link *link = x->link;
	size_t n = MIN((size_t)link[i].depth, (size_t)PATH_MAX_SHOWN);
	struct sv *path = ARENA_ARRAY(x->a, struct sv, n);
	uint32_t at = i;

	for (size_t k = n; k-- > 0; at = link[at].via)
		path[k] = x->c->asset[at].key;
	if (link[i].depth > PATH_MAX_SHOWN) {
		path[0] = x->c->asset[link[i].root].key;
		path[1] = arena_svf(x->a, "… %u more …", link[i].depth - PATH_MAX_SHOWN + 1);
	}
	s->root = x->c->asset[link[i].root].key;
	s->path = path;
	s->npath = n;
}

void
staleness_all(struct arena *a, const struct catalog *c, const struct observed *o, const struct edges *e,
              int64_t now_us, struct staleness *s)
{
	AUTO(arena) scratch = arena_new();
	struct stale_pass x = {
		.a = a,
		.scratch = scratch,
		.c = c,
		.o = o,
		.e = e,
		.now_us = now_us,
		.link = ARENA_ARRAY(scratch, struct stale_link, c->nasset),
	};

	for (size_t k = 0; k < c->nasset; k++)
		x.link[c->topo[k]] = staleness_judge(&x, c->topo[k], &s[c->topo[k]]);
	for (uint32_t i = 0; i < c->nasset; i++)
		if (s[i].status == STALE_STALE)
			staleness_path(&x, i, &s[i]);
}
