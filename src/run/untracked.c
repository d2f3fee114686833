/* Stored objects under named sources that no asset of the catalog claims. */
#include "run/internal.h"

#include "base/fs.h"

#define UNTRACKED_MAX 1000

struct finder {
	struct workspace *w;
	LIST(struct orphan) found;
};

/* The paths of all files that some asset names. */
static void
claimed_files(struct workspace *w, struct map *claimed)
{
	for (size_t i = 0; i < w->catalog->nasset; i++) {
		const struct asset *asset = &w->catalog->asset[i];
		struct dataset d;

		if (asset->table.n > 0 || asset->query.n > 0 || asset->path.n == 0)
			continue;
		if (!run_dataset(w->a, w->catalog, asset, NULL, &d, NULL))
			continue;
		for (size_t k = 0; k < d.parts.n; k++)
			(void)map_put(claimed, sv_of(d.parts.v[k].path));
	}
}

static void
add(struct finder *f, struct sv key, struct sv source, const char *what)
{
	if (f->found.n < UNTRACKED_MAX)
		*LIST_ADD(f->w->a, &f->found) = (struct orphan){
			.kind = ORPHAN_UNTRACKED, .key = key,
			.evidence = arena_svf(f->w->a, "a %s under source '" SV_FMT "' that no asset of the catalog names", what, SV_ARG(source)),
		};
}

static bool
is_catalog_file(const struct catalog *c, const char *path)
{
	return strcmp(path, c->file) == 0 || sv_ends(sv_of(path), SV("/weir.yaml"));
}

static void
find_files(struct finder *f, const struct source_decl *s, const struct url *u)
{
	const struct source_driver *driver = source_driver_find(u->scheme);
	struct sv pattern = sv_of(fs_join(f->w->a, arena_str(f->w->a, u->path), SV("**")));
	struct sv dir = sv_of(f->w->catalog->dir);
	struct map claimed;
	struct parts all;

	if (driver == NULL || !driver->list(f->w->a, pattern, &all, NULL))
		return;
	map_init(&claimed, f->w->a);
	claimed_files(f->w, &claimed);
	for (size_t i = 0; i < all.n; i++) {
		struct sv name = all.v[i].name;

		if (map_has(&claimed, sv_of(all.v[i].path)) || is_catalog_file(f->w->catalog, all.v[i].path))
			continue;
		if (sv_starts(name, dir) && name.n > dir.n && name.p[dir.n] == '/')
			name = sv_skip(name, dir.n + 1);
		add(f, name, s->name, "file");
	}
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

/* Does a query name the table, as a word?  Enough to not call it untracked. */
static bool
mentions(struct sv query, struct sv table)
{
	for (size_t i = 0; i + table.n <= query.n; i++)
		if (sv_ieq((struct sv){query.p + i, table.n}, table) && (i == 0 || !is_word(query.p[i - 1])) &&
		    (i + table.n == query.n || !is_word(query.p[i + table.n])))
			return true;
	return false;
}

static bool
claims_table(const struct catalog *c, const struct source_decl *s, struct sv table)
{
	for (size_t i = 0; i < c->nasset; i++) {
		const struct asset *asset = &c->asset[i];

		if (asset->source == NULL || !sv_eq(asset->source->url, s->url))
			continue;
		if (sv_ieq(asset->table, table) || mentions(asset->query, table))
			return true;
	}
	return false;
}

static void
find_tables(struct finder *f, const struct source_decl *s, const struct url *u)
{
	const struct engine *engine = engine_for(u->scheme, s->loc, NULL);
	struct sv *name;
	size_t n;

	if (engine == NULL || engine->tables == NULL || !fs_exists(arena_str(f->w->a, u->path)) ||
	    !engine->tables(u->path, f->w->a, &name, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++)
		if (!claims_table(f->w->catalog, s, name[i]))
			add(f, arena_svf(f->w->a, SV_FMT ":" SV_FMT, SV_ARG(s->name), SV_ARG(name[i])), s->name, "table");
}

void
run_untracked(struct workspace *w, struct orphan **ret, size_t *n)
{
	struct finder f = {.w = w};

	for (size_t i = 0; i < w->catalog->nsource; i++) {
		const struct source_decl *s = &w->catalog->source[i];
		struct url u;

		/* Only named sources are managed roots: a path in an asset says nothing of its neighbours. */
		if (s->name.n == 0 || !s->managed || !url_parse(w->a, s->url, &u, NULL))
			continue;
		if (sv_is(u.scheme, "file"))
			find_files(&f, s, &u);
		else
			find_tables(&f, s, &u);
	}
	*ret = f.found.v;
	*n = f.found.n;
}
