/*
 * What would go wrong with failing rows although each place by itself is fine: the rows of one asset would take the place of another's, or be read
 * as its data.
 */
#include "base/fs.h"
#include "catalog/partition.h"
#include "expect/expect.h"

struct writing {
	struct arena *a;
	/* All paths are resolved: what counts is the file, not one of its names. */
	struct map file;   /* path -> const struct asset *: whose failing rows it has */
	struct map folder; /* path -> const struct files *: data that begins there */
	struct map table;  /* table_key -> const struct asset *: whose data it is */
	struct diags *d;
};

struct sv
check_own_id(const struct check *c)
{
	const struct asset *asset = c->asset;

	return asset != NULL && sv_starts(c->id, asset->key) && c->id.n > asset->key.n
	               ? sv_skip(c->id, asset->key.n + 1)
	               : c->id;
}

/* An asset's files, below the folder in which nothing of their names varies yet. */
struct files {
	const struct asset *asset;
	struct sv glob; /* of names in the folder */
	const struct files *next;
};

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
table_key(struct arena *a, struct sv file, struct sv table)
{
	struct sv key = arena_svf(a, SV_FMT "?" SV_FMT, SV_ARG(file), SV_ARG(table));

	for (size_t i = file.n; i < key.n; i++)
		if (key.p[i] >= 'A' && key.p[i] <= 'Z')
			((char *)(uintptr_t)key.p)[i] |= 32;
	return key;
}

static void
add_files(struct writing *w, const struct asset *asset, struct sv path)
{
	struct sv folder = folder_of(path), glob = folder.n > 0 ? sv_skip(path, folder.n + 1) : path;
	const char *from = folder.n > 0 ? arena_str(w->a, folder) : ".";
	struct files *f = ARENA_NEW(w->a, struct files);
	struct map_entry *e;

	if (folder.n == 0 && sv_starts(path, SV("/"))) {
		glob = sv_skip(path, 1);
		from = "/";
	}
	*f = (struct files){.asset = asset, .glob = glob};
	e = map_put(&w->folder, sv_of(fs_resolve(w->a, from)));
	f->next = e->value;
	e->value = f;
}

/* Where the data of all assets is. */
static void
add_data(struct writing *w, const struct asset *asset)
{
	if (asset->path.n > 0 && asset->base_dir != NULL) {
		const char *path = fs_join(w->a, asset->base_dir, partition_glob(w->a, asset, asset->path));

		add_files(w, asset, sv_of(path));
		/* A link is replaced by who writes to it, and what it leads to is data. */
		if (fs_exists(path))
			add_files(w, asset, sv_of(fs_resolve(w->a, path)));
	} else if (asset->table.n > 0 && asset->source != NULL && asset->source->path != NULL) {
		(void)map_set(&w->table,
		              table_key(w->a, sv_of(fs_resolve(w->a, asset->source->path)), asset->table),
		              (void *)(uintptr_t)asset);
	}
}

/* The asset whose data it would be. */
static const struct asset *
asset_of(struct writing *w, struct sv file, struct sv table)
{
	struct sv folder = file;

	if (table.n > 0)
		return map_get(&w->table, table_key(w->a, file, table));
	while (folder.n > 1) {
		while (folder.n > 0 && folder.p[folder.n - 1] != '/')
			folder.n--;
		const struct sv name = sv_skip(file, folder.n);

		folder.n -= folder.n > 1; /* the root is its slash */
		for (const struct files *f = map_get(&w->folder, folder); f != NULL; f = f->next)
			if (sv_glob(f->glob, name))
				return f->asset;
	}
	return NULL;
}

/* A file is renamed to its name, whatever that leads to; a database is opened through links. */
static struct sv
place_of(struct arena *a, struct sv to, bool table)
{
	const char *path = arena_str(a, to), *slash = strrchr(path, '/');

	if (table)
		return sv_of(fs_resolve(a, path));
	return sv_of(fs_join(a, fs_resolve(a, fs_dirname(a, path)), sv_of(slash != NULL ? slash + 1 : path)));
}

static void
look_at(struct writing *w, const struct check *c)
{
	const struct quarantine_decl *q = c->quarantine;
	/* Those of the run are the same for all. */
	const struct sv word[QUARANTINE_WORDS] = {
		[WORD_ASSET] = c->asset->key,       [WORD_CHECK] = check_own_id(c), [WORD_DATE] = SV("date"),
		[WORD_PARTITION] = SV("partition"), [WORD_RUN_ID] = SV("run"),
	};
	const struct sv table = quarantine_name(w->a, q->table, word);
	const struct sv file = place_of(w->a, quarantine_name(w->a, q->to, word), table.n > 0);
	const struct asset *before = table.n > 0 ? NULL : map_get(&w->file, file);
	const struct asset *other = asset_of(w, file, table);

	if (other != NULL) {
		diag_error(w->d, q->loc, "failing rows that are written there would be data of '" SV_FMT "'",
		           SV_ARG(other->key));
		diag_hint(w->d, "write them into a folder of their own");
		return;
	}
	if (before != NULL && before != c->asset) {
		diag_error(w->d, q->loc,
		           "the failing rows of '" SV_FMT "' would take the place of those of '" SV_FMT "'",
		           SV_ARG(c->asset->key), SV_ARG(before->key));
		diag_hint(w->d, "put {asset} into the name");
	}
	if (table.n == 0)
		(void)map_set(&w->file, file, (void *)(uintptr_t)c->asset);
}

static bool
has_any(const struct catalog *c, const struct checks *checks)
{
	for (size_t i = 0; i < c->nasset; i++)
		for (size_t k = 0; k < checks[i].n; k++)
			if (checks[i].v[k].quarantine != NULL)
				return true;
	return false;
}

void
quarantines_check(struct arena *a, const struct catalog *c, const struct checks *checks, struct diags *d)
{
	struct writing w = {.a = a, .d = d};
	const struct quarantine_decl *last = NULL;

	if (!has_any(c, checks))
		return;
	map_init(&w.file, a);
	map_init(&w.folder, a);
	map_init(&w.table, a);
	for (size_t i = 0; i < c->nasset; i++)
		add_data(&w, &c->asset[i]);
	for (size_t i = 0; i < c->nasset; i++)
		for (size_t k = 0; k < checks[i].n; k++) {
			const struct check *one = &checks[i].v[k];

			/* What an asset says for all its checks is one place, unless these have names of their own. */
			if (one->quarantine == NULL || one->err.code != ERR_NONE ||
			    (one->quarantine == last && !quarantine_varies(last, WORD_CHECK)))
				continue;
			last = one->quarantine;
			look_at(&w, one);
		}
}
