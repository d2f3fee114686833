#include "expect/data_places.h"

#include <string.h>

#include "base/fs.h"
#include "base/map.h"
#include "catalog/partition.h"

struct data_places {
	struct arena *a;
	struct map folder; /* path -> const struct files *: data that begins there */
	struct map table;  /* table_key -> const struct asset *: whose data it is */
};

/* An asset's files, below the folder in which nothing of their names varies yet. */
struct files {
	const struct asset *asset;
	struct sv glob; /* of names in the folder */
	bool folders; /* a folder of such a name stands for the files in it, as where data is listed (source/file.c) */
	const struct files *next;
};

/* Which parts of a path lie in a folder that is data: its files, and those of folders `name=value` below. */
static bool
is_listed(struct sv path)
{
	while (path.n > 0) {
		const size_t before = path.n;
		struct sv part = sv_cut(&path, '/');

		if (part.n == 0 || part.p[0] == '.' || part.p[0] == '_')
			return false;
		if (part.n == before)
			return true;
		if (sv_find(part, '=') <= 0)
			return false;
	}
	return false;
}

/* What is there under the very name is meant, stars or not. */
static bool
is_named(const struct files *f, struct sv name)
{
	return sv_eq(f->glob, name) || sv_glob(f->glob, name);
}

static bool
has_file(const struct files *f, struct sv name)
{
	if (is_named(f, name))
		return true;
	for (size_t i = 0; f->folders && i < name.n; i++)
		if (name.p[i] == '/' && is_named(f, (struct sv){name.p, i}) &&
		    is_listed(sv_skip(name, i + 1)))
			return true;
	return false;
}

/* "a/b" of "a/b/c*.csv"; empty of what has no folder. */
static struct sv
folder_of(struct sv path)
{
	size_t n = 0;

	while (n < path.n && strchr("*?[", path.p[n]) == NULL)
		n++;
	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return (struct sv){path.p, n > 0 ? n - 1 : 0};
}

static struct sv
last_of(struct sv path)
{
	size_t n = path.n;

	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return sv_skip(path, n);
}

static struct sv
table_key(struct arena *a, struct sv file, struct sv table)
{
	struct sv key = arena_svf(a, SV_FMT "?" SV_FMT, SV_ARG(file), SV_ARG(table));

	for (size_t i = file.n; i < key.n; i++)
		if (key.p[i] >= 'A' && key.p[i] <= 'Z')
			((char *)(uintptr_t)key.p)[i] |= 32;
	return key;
}

static void
add_files(struct data_places *p, const struct asset *asset, struct sv path)
{
	struct sv folder = folder_of(path), glob = folder.n > 0 ? sv_skip(path, folder.n + 1) : path;
	const char *from = folder.n > 0 ? arena_str(p->a, folder) : ".";
	struct files *f = ARENA_NEW(p->a, struct files);
	struct map_entry *e;

	if (folder.n == 0 && sv_starts(path, SV("/"))) {
		glob = sv_skip(path, 1);
		from = "/";
	}
	while (glob.n > 0 && glob.p[glob.n - 1] == '/')
		glob.n--;
	*f = (struct files){.asset = asset, .glob = glob};
	f->folders = !sv_has_glob(glob) || sv_find(last_of(glob), '.') >= 0;
	e = map_put(&p->folder, sv_of(fs_resolve(p->a, from)));
	f->next = e->value;
	e->value = f;
}

/* Where the data of all assets is. */
static void
add_data(struct data_places *p, const struct asset *asset)
{
	if (asset->path.n > 0 && asset->base_dir != NULL) {
		const char *path = fs_join(p->a, asset->base_dir, partition_glob(p->a, asset, asset->path));

		add_files(p, asset, sv_of(path));
		/* A link is replaced by who writes to it, and what it leads to is data. */
		if (fs_exists(path))
			add_files(p, asset, sv_of(fs_resolve(p->a, path)));
	} else if (asset->table.n > 0 && asset->source != NULL && asset->source->path != NULL) {
		(void)map_set(&p->table,
		              table_key(p->a, sv_of(fs_resolve(p->a, asset->source->path)), asset->table),
		              (void *)(uintptr_t)asset);
	}
}

/* The asset whose data it would be. */
static const struct asset *
asset_of(struct data_places *p, struct arena *a, struct sv file, struct sv table)
{
	struct sv folder = file;

	if (table.n > 0)
		return map_get(&p->table, table_key(a, file, table));
	while (folder.n > 1) {
		while (folder.n > 0 && folder.p[folder.n - 1] != '/')
			folder.n--;
		const struct sv name = sv_skip(file, folder.n);

		folder.n -= folder.n > 1; /* the root is its slash */
		for (const struct files *f = map_get(&p->folder, folder); f != NULL; f = f->next)
			if (has_file(f, name))
				return f->asset;
	}
	return NULL;
}

static struct sv
place_of(struct arena *a, struct sv to, bool table)
{
	const char *path = arena_str(a, to), *slash = strrchr(path, '/');

	if (table)
		return sv_of(fs_resolve(a, path));
	return sv_of(fs_join(a, fs_resolve(a, fs_dirname(a, path)), sv_of(slash != NULL ? slash + 1 : path)));
}

struct data_places *
data_places_new(struct arena *a, const struct catalog *c)
{
	struct data_places *p = ARENA_NEW(a, struct data_places);

	*p = (struct data_places){.a = a};
	map_init(&p->folder, a);
	map_init(&p->table, a);
	for (size_t i = 0; i < c->nasset; i++)
		add_data(p, &c->asset[i]);
	return p;
}

const struct asset *
data_places_at(struct data_places *p, struct arena *a, struct sv to, struct sv table, struct sv *file)
{
	*file = place_of(a, to, table.n > 0);
	return asset_of(p, a, *file, table);
}
