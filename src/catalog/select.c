/*
 * Selectors.  A line of the command is a list of them, or-ed; in each, commas and; in each of these:
 *
 *	[!][N]+NAME+[N]     NAME: a key, an alias, a glob of keys, tag:T, tag:T=V, owner:O, check:C
 *
 * tag:gold finds the bare tag and the value of {tier: gold}, so that tags may become maps later.
 *
 * Asset sets are bitmaps over catalog.asset.
 */
#include "base/fs.h"
#include "base/num.h"
#include "catalog/load.h"

enum { PARTS_MAX = 64 };

struct selector {
	struct arena *a;
	const struct catalog *c;
	size_t words;
	struct err *err;
	LIST(struct sv) check;
};

static bool
has(const uint64_t *set, uint32_t i)
{
	return (set[i / 64] >> (i % 64) & 1) != 0;
}

static void
put(uint64_t *set, uint32_t i)
{
	set[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool
empty(const struct selector *s, const uint64_t *set)
{
	for (size_t i = 0; i < s->words; i++)
		if (set[i] != 0)
			return false;
	return true;
}

static void
put_all(const struct selector *s, uint64_t *set)
{
	for (uint32_t i = 0; i < s->c->nasset; i++)
		put(set, i);
}

/* Names --------------------------------------------------------------------------------------------------------- */

static bool
nothing(const struct selector *s, const char *what, struct sv name, const struct map *names)
{
	size_t n;
	const char *const *list = map_names(s->a, names, &n);
	const char *near = sv_nearest(name, list, n);

	(void)err_set(s->err, ERR_NOTHING, NOWHERE, "%s '" SV_FMT "'", what, SV_ARG(name));
	if (near != NULL)
		return err_hint(s->err, "did you mean '%s'?", near);
	return fs_exists(arena_str(s->a, name))
	               ? err_hint(
				 s->err,
				 "a file that is no asset is named by --source, as in weir profile --source FILE")
	               : false;
}

static bool
by_tag(const struct selector *s, struct sv want, uint64_t *set)
{
	struct sv value = want;
	struct sv key = sv_cut(&value, '=');
	bool any = key.n == want.n;
	struct map names;

	map_init(&names, s->a);
	for (uint32_t i = 0; i < s->c->nasset; i++)
		for (size_t k = 0; k < s->c->asset[i].ntag; k++) {
			const struct tag *t = &s->c->asset[i].tag[k];

			(void)map_put(&names, t->key);
			if (t->value.n > 0)
				(void)map_put(&names, arena_svf(s->a, SV_FMT "=" SV_FMT, SV_ARG(t->key),
				                                SV_ARG(t->value)));
			if (any ? sv_glob(key, t->key) || sv_glob(key, t->value)
			        : sv_glob(key, t->key) && sv_glob(value, t->value))
				put(set, i);
		}
	return empty(s, set) ? nothing(s, "no asset has the tag", want, &names) : true;
}

static bool
by_owner(const struct selector *s, struct sv want, uint64_t *set)
{
	struct map names;

	map_init(&names, s->a);
	for (uint32_t i = 0; i < s->c->nasset; i++)
		for (size_t k = 0; k < s->c->asset[i].nowner; k++) {
			(void)map_put(&names, s->c->asset[i].owner[k]);
			if (sv_glob(want, s->c->asset[i].owner[k]))
				put(set, i);
		}
	return empty(s, set) ? nothing(s, "no asset has the owner", want, &names) : true;
}

static bool
by_key(const struct selector *s, struct sv want, uint64_t *set)
{
	const struct asset *as = catalog_asset(s->c, want);

	if (as != NULL) {
		put(set, as->index);
		return true;
	}
	if (!sv_has_glob(want))
		return nothing(s, "there is no asset", want, &s->c->by_key);
	for (uint32_t i = 0; i < s->c->nasset; i++)
		if (sv_glob(want, s->c->asset[i].key))
			put(set, i);
	return empty(s, set) ? nothing(s, "no asset matches", want, &s->c->by_key) : true;
}

/* Neighbours ---------------------------------------------------------------------------------------------------- */

/* Adds what is up to `steps` edges away; breadth first, so that each asset is met by its shortest way. */
static void
spread(const struct selector *s, const uint64_t *from, int64_t steps, const uint32_t *at,
       const uint32_t *edge, uint64_t *set)
{
	uint32_t *queue = ARENA_ARRAY(s->a, uint32_t, s->c->nasset);
	uint64_t *seen = ARENA_ARRAY(s->a, uint64_t, s->words);
	size_t n = 0, done = 0;

	for (uint32_t i = 0; i < s->c->nasset; i++)
		if (has(from, i)) {
			queue[n++] = i;
			put(seen, i);
		}
	for (int64_t step = 0; step < steps && done < n; step++)
		for (size_t end = n; done < end; done++)
			for (uint32_t e = at[queue[done]]; e < at[queue[done] + 1]; e++)
				if (!has(seen, edge[e])) {
					put(seen, edge[e]);
					queue[n++] = edge[e];
				}
	for (size_t i = 0; i < n; i++)
		put(set, queue[i]);
}

/* Cuts `2+` off the front or `+2` off the back; steps: 0 = none, INT64_MAX = all. */
static bool
take_plus(struct sv *name, bool front, int64_t *steps)
{
	size_t plus = 0;

	*steps = 0;
	if (front) {
		while (plus < name->n && name->p[plus] >= '0' && name->p[plus] <= '9')
			plus++;
		if (plus >= name->n || name->p[plus] != '+')
			return true;
		*steps = INT64_MAX;
		if (plus > 0 && !num_i64((struct sv){name->p, plus}, steps))
			return false;
		*name = sv_skip(*name, plus + 1);
		return true;
	}
	plus = name->n;
	while (plus > 0 && name->p[plus - 1] >= '0' && name->p[plus - 1] <= '9')
		plus--;
	if (plus == 0 || name->p[plus - 1] != '+')
		return true;
	*steps = INT64_MAX;
	if (plus < name->n && !num_i64(sv_skip(*name, plus), steps))
		return false;
	name->n = plus - 1;
	return true;
}

/* Selectors ------------------------------------------------------------------------------------------------------- */

static bool
one(struct selector *s, struct sv text, uint64_t *set)
{
	struct sv name = text;
	int64_t up, down;
	uint64_t *base = ARENA_ARRAY(s->a, uint64_t, s->words);
	bool ok;

	if (sv_starts(name, SV("check:"))) {
		struct sv glob = sv_skip(name, 6);

		if (glob.n == 0)
			return err_set(s->err, ERR_USAGE, NOWHERE, "'check:' names no check");
		*LIST_ADD(s->a, &s->check) = arena_sv(s->a, glob);
		put_all(s, set);
		return true;
	}
	if (!take_plus(&name, true, &up) || !take_plus(&name, false, &down) || name.n == 0)
		return err_set(s->err, ERR_USAGE, NOWHERE, "'" SV_FMT "' is no selector", SV_ARG(text));
	if (sv_starts(name, SV("tag:")))
		ok = by_tag(s, sv_skip(name, 4), base);
	else if (sv_starts(name, SV("owner:")))
		ok = by_owner(s, sv_skip(name, 6), base);
	else
		ok = by_key(s, name, base);
	if (!ok)
		return false;
	for (size_t i = 0; i < s->words; i++)
		set[i] |= base[i];
	spread(s, base, up, s->c->up_at, s->c->up, set);
	spread(s, base, down, s->c->down_at, s->c->down, set);
	return true;
}

/* `a,b`: what is in both. */
static bool
both(struct selector *s, struct sv text, uint64_t *set)
{
	struct sv rest = text;

	put_all(s, set);
	for (size_t n = 0;; n++) {
		bool last = sv_find(rest, ',') < 0;
		struct sv part = sv_trim(sv_cut(&rest, ','));
		uint64_t *mine = ARENA_ARRAY(s->a, uint64_t, s->words);

		if (n == PARTS_MAX)
			return err_set(s->err, ERR_USAGE, NOWHERE, "a selector has more than %d parts",
			               PARTS_MAX);
		if (!one(s, part, mine))
			return false;
		for (size_t i = 0; i < s->words; i++)
			set[i] &= mine[i];
		if (last)
			return true;
	}
}

bool
selection_make(struct arena *a, const struct catalog *c, const char *const *text, size_t n,
               struct selection *ret, struct err *err)
{
	struct selector s = {.a = a, .c = c, .words = (c->nasset + 63) / 64, .err = err};
	uint64_t *set = ARENA_ARRAY(a, uint64_t, s.words);
	uint64_t *away = ARENA_ARRAY(a, uint64_t, s.words);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		struct sv sel = sv_trim(sv_of(text[i]));
		bool minus = sv_starts(sel, SV("!"));
		uint64_t *mine = ARENA_ARRAY(a, uint64_t, s.words);

		if (minus && sv_starts(sv_skip(sel, 1), SV("check:")))
			return err_set(err, ERR_USAGE, NOWHERE,
			               "'%s': checks cannot be taken away, only named", text[i]);
		if (!both(&s, minus ? sv_skip(sel, 1) : sel, mine))
			return false;
		for (size_t w = 0; w < s.words; w++) {
			if (minus)
				away[w] |= mine[w];
			else
				set[w] |= mine[w];
		}
		any = any || !minus;
	}
	if (!any)
		put_all(&s, set);
	for (size_t w = 0; w < s.words; w++)
		set[w] &= ~away[w];
	if (n > 0 && empty(&s, set))
		return err_set(err, ERR_NOTHING, NOWHERE, "these selectors leave no asset");
	*ret = (struct selection){.asset = set, .check = s.check.v, .ncheck = s.check.n};
	return true;
}
