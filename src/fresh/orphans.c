/*
 * Orphans: what is wanted but made by nobody, and what is made but wanted by nobody.
 *
 * Told in the order of kinds; within one, in the order of the catalog, so that reports do not change by themselves.
 */
#include "base/duration.h"
#include "fresh/internal.h"

#define MISSED_MAX 3               /* usual intervals without anything */
#define SILENCE_MIN_US US_PER_HOUR /* a burst of arrivals makes no rhythm of seconds */

struct search {
	struct arena *a, *scratch;
	const struct catalog *c;
	const struct observed *o;
	const struct edges *e;
	const enum fresh_status *status;
	int64_t now_us;
	LIST(struct orphan) found;
	bool *wanted; /* by asset index: somebody reads it */
};

/* A missing key or column, and who names it. */
struct want {
	struct sv upstream, column;
	LIST(struct sv) by;
};

static void
note_want(struct search *s, struct map *wants, struct sv upstream, struct sv column, const struct asset *by)
{
	/* Keys and columns hold no line break. */
	struct sv name = column.n > 0
	                         ? arena_svf(s->scratch, SV_FMT "\n" SV_FMT, SV_ARG(upstream), SV_ARG(column))
	                         : upstream;
	struct map_entry *e = map_put(wants, name);
	struct want *w = e->value;

	if (w == NULL) {
		w = ARENA_NEW(s->scratch, struct want);
		*w = (struct want){.upstream = upstream, .column = column};
		e->value = w;
	}
	*LIST_ADD(s->a, &w->by) = by->key;
}

/* A nested path `a.b` is there if `a` is: what is inside is not known here. */
static bool
has_column(const struct map *columns, struct sv name)
{
	struct sv rest = name;

	return map_has(columns, name) || (sv_find(name, '.') > 0 && map_has(columns, sv_cut(&rest, '.')));
}

/* The columns that an asset has, made once it is asked for. */
static const struct map *
columns_of(struct search *s, struct map **cache, uint32_t u)
{
	if (cache[u] == NULL) {
		cache[u] = ARENA_NEW(s->scratch, struct map);
		map_init(cache[u], s->scratch);
		for (size_t i = 0; i < s->o[u].ncolumns; i++)
			map_set(cache[u], s->o[u].columns[i], s);
	}
	return cache[u];
}

static void
collect_wants(struct search *s, struct map *keys, struct map *columns)
{
	struct map **cache = ARENA_ARRAY(s->scratch, struct map *, s->c->nasset);

	for (size_t i = 0; i < s->c->nasset; i++) {
		const struct asset *asset = &s->c->asset[i];

		for (size_t k = 0; k < asset->ndep; k++) {
			const struct dep *d = &asset->dep[k];
			uint32_t u = s->e->to[s->e->at[i] + k];

			if (u == NO_ASSET) {
				note_want(s, keys, d->key, (struct sv){0}, asset);
				continue;
			}
			s->wanted[u] = s->wanted[u] || u != i;
			/* Nothing is said of columns that nobody looked at. */
			for (size_t j = 0; s->o[u].columns != NULL && j < d->ncolumn; j++)
				if (!has_column(columns_of(s, cache, u), d->column[j]))
					note_want(s, columns, s->c->asset[u].key, d->column[j], asset);
		}
	}
}

static void
find_dangling(struct search *s)
{
	struct map keys, columns;

	map_init(&keys, s->scratch);
	map_init(&columns, s->scratch);
	collect_wants(s, &keys, &columns);
	for (size_t i = 0; i < keys.n; i++) {
		const struct want *w = keys.e[i].value;

		*LIST_ADD(s->a, &s->found) = (struct orphan){
			.kind = ORPHAN_DANGLING,
			.key = w->upstream,
			.wanted_by = w->by.v,
			.nwanted = w->by.n,
			.evidence = arena_svf(s->a, "no asset is called '" SV_FMT "'", SV_ARG(w->upstream)),
		};
	}
	for (size_t i = 0; i < columns.n; i++) {
		const struct want *w = columns.e[i].value;

		*LIST_ADD(s->a, &s->found) = (struct orphan){
			.kind = ORPHAN_DANGLING,
			.key = arena_svf(s->a, SV_FMT "." SV_FMT, SV_ARG(w->upstream), SV_ARG(w->column)),
			.wanted_by = w->by.v,
			.nwanted = w->by.n,
			.evidence = arena_svf(s->a, SV_FMT " has no column '" SV_FMT "'", SV_ARG(w->upstream),
		                              SV_ARG(w->column)),
		};
	}
}

/* Who reads an asset, by the graph. */
static void
add_found(struct search *s, enum orphan_kind kind, uint32_t i, struct sv evidence)
{
	const struct catalog *c = s->c;
	size_t n = c->down_at[i + 1] - c->down_at[i];
	struct sv *by = n > 0 ? ARENA_ARRAY(s->a, struct sv, n) : NULL;

	for (size_t k = 0; k < n; k++)
		by[k] = c->asset[c->down[c->down_at[i] + k]].key;
	*LIST_ADD(s->a, &s->found) = (struct orphan){
		.kind = kind, .key = c->asset[i].key, .wanted_by = by, .nwanted = n, .evidence = evidence};
}

static bool
is_unstored(const struct observed *o)
{
	return o->stored && !o->exists && !o->failed && o->ever_materialized;
}

/* Nothing for longer than three usual intervals, and no policy that is content with it. */
static bool
is_abandoned(const struct search *s, uint32_t i)
{
	const struct observed *o = &s->o[i];
	enum fresh_status status = s->status[i];
	int64_t patience;

	if (o->usual_interval_us <= 0 || o->produced_us == TIME_NONE || o->failed || o->in_progress)
		return false;
	if (status == FRESH_PASS || status == FRESH_WARN)
		return false;
	if (__builtin_mul_overflow(o->usual_interval_us, MISSED_MAX, &patience))
		return false;
	return s->now_us > time_plus(o->produced_us, MAX(patience, SILENCE_MIN_US));
}

static void
find_abandoned(struct search *s)
{
	for (uint32_t i = 0; i < s->c->nasset; i++) {
		const struct observed *o = &s->o[i];
		char at[RFC3339_MAX], ago[DURATION_MAX], usual[DURATION_MAX];

		if (!is_abandoned(s, i))
			continue;
		add_found(s, ORPHAN_ABANDONED, i,
		          arena_svf(s->a, "last produced %s ago (%s), where it used to be every %s",
		                    duration_words(s->now_us - o->produced_us, ago),
		                    rfc3339_seconds(o->produced_us, at),
		                    duration_words(o->usual_interval_us, usual)));
	}
}

static void
find_unstored(struct search *s)
{
	for (uint32_t i = 0; i < s->c->nasset; i++) {
		const struct observed *o = &s->o[i];
		char at[RFC3339_MAX];

		if (!is_unstored(o))
			continue;
		add_found(s, ORPHAN_UNSTORED, i,
		          o->produced_us == TIME_NONE
		                  ? SV("it was materialized once, and nothing is there now")
		                  : arena_svf(s->a,
		                              "it was materialized (last at %s), and nothing is there now",
		                              rfc3339_seconds(o->produced_us, at)));
	}
}

void
orphans_all(struct arena *a, const struct catalog *c, const struct observed *o, const struct edges *e,
            const enum fresh_status *status, int64_t now_us, struct orphan **ret, size_t *n)
{
	AUTO(arena) scratch = arena_new();
	struct search s = {
		.a = a,
		.scratch = scratch,
		.c = c,
		.o = o,
		.e = e,
		.status = status,
		.now_us = now_us,
		.wanted = ARENA_ARRAY(scratch, bool, c->nasset),
	};

	find_dangling(&s);
	for (uint32_t i = 0; i < c->nasset; i++)
		if (!s.wanted[i] && !c->asset[i].exposed)
			add_found(&s, ORPHAN_UNUSED, i, SV("no asset reads it, and it is not exposed"));
	find_abandoned(&s);
	find_unstored(&s);
	*ret = s.found.v;
	*n = s.found.n;
}
