/* Stored objects under named sources that no asset of the catalog claims. */
#include "run/internal.h"

#include "base/fs.h"
#include "base/log.h"

#define UNTRACKED_MAX 1000

struct finder {
	struct workspace *w;
	LIST(struct orphan) found;
	size_t more;        /* not listed */
	bool unlisted;      /* a source could not be searched */
	struct map claimed; /* paths of files that some asset names */
};

/* A file that matches an asset's path but is of no partition is read by nobody. */
static void
claim_files(struct workspace *w, struct map *claimed)
{
	for (size_t i = 0; i < w->catalog->nasset; i++) {
		const struct asset *asset = &w->catalog->asset[i];
		struct dataset d;

		if (asset->table.n > 0 || asset->query.n > 0 || asset->path.n == 0)
			continue;
		if (!run_dataset(w->a, w->catalog, asset, NULL, &d, NULL))
			continue;
		for (size_t k = 0; k < d.parts.n; k++)
			if (asset->ndim == 0 || d.parts.v[k].partition.n > 0)
				(void)map_put(claimed, sv_of(d.parts.v[k].path));
	}
}

static void
add(struct finder *f, struct sv key, struct sv source, const char *what)
{
	if (f->found.n == UNTRACKED_MAX) {
		f->more++;
		return;
	}
	*LIST_ADD(f->w->a, &f->found) = (struct orphan){
		.kind = ORPHAN_UNTRACKED,
		.key = key,
		.evidence = arena_svf(f->w->a,
	                              "a %s under source '" SV_FMT "' that no asset of the catalog names",
	                              what, SV_ARG(source)),
	};
}

/* What could not be listed must not look as if it were in order. */
static void
say_unlisted(struct finder *f, const struct source_decl *s, const struct err *err)
{
	char text[sizeof(err->msg) + sizeof(err->hint) + 256];

	f->unlisted = true;
	log_warn("source '" SV_FMT "' was not searched for what is untracked: %s", SV_ARG(s->name),
	         err_text(err, text, sizeof(text)));
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
	struct parts all;
	struct err err = {0};

	if (driver == NULL)
		return;
	if (!driver->list(f->w->a, pattern, &all, &err)) {
		say_unlisted(f, s, &err);
		return;
	}
	if (f->claimed.n == 0)
		claim_files(f->w, &f->claimed);
	for (size_t i = 0; i < all.n; i++) {
		struct sv name = all.v[i].name;

		if (map_has(&f->claimed, sv_of(all.v[i].path)) ||
		    is_catalog_file(f->w->catalog, all.v[i].path))
			continue;
		if (sv_starts(name, dir) && name.n > dir.n && name.p[dir.n] == '/')
			name = sv_skip(name, dir.n + 1);
		add(f, name, s->name, "file");
	}
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/* Does a query name the table, as a word?  Enough to not call it untracked. */
static bool
mentions(struct sv query, struct sv table)
{
	for (size_t i = 0; i + table.n <= query.n; i++)
		if (sv_ieq((struct sv){query.p + i, table.n}, table) &&
		    (i == 0 || !is_word(query.p[i - 1])) &&
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
	struct err err = {0};
	struct sv *name;
	size_t n;

	if (engine == NULL || engine->tables == NULL || !fs_exists(arena_str(f->w->a, u->path)))
		return;
	if (!engine->tables(u->path, f->w->a, &name, &n, &err)) {
		say_unlisted(f, s, &err);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (!claims_table(f->w->catalog, s, name[i]))
			add(f, arena_svf(f->w->a, SV_FMT ":" SV_FMT, SV_ARG(s->name), SV_ARG(name[i])),
			    s->name, "table");
}

bool
run_untracked(struct workspace *w, struct orphan **ret, size_t *n)
{
	struct finder f = {.w = w};

	map_init(&f.claimed, w->a);
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
	if (f.more > 0)
		f.found.v[f.found.n - 1].evidence = arena_svf(
			w->a, SV_FMT "; %zu more untracked ones are not listed",
			SV_ARG(f.found.v[f.found.n - 1].evidence), f.more);
	*ret = f.found.v;
	*n = f.found.n;
	return !f.unlisted && f.more == 0;
}
