#include "serve/places.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/tz.h"
#include "run/run.h"

enum { ENTRIES_MAX = 10000 };

struct finding {
	struct arena *a;
	const struct project *p;
	const struct asset *asset;
	struct places *ret;
	struct err *err;
};

/* Without links and dots; NULL if there is no such thing. */
static const char *
real_path(struct arena *a, const char *path)
{
	char *whole = realpath(path, NULL);
	const char *ret = whole != NULL ? arena_str(a, sv_of(whole)) : NULL;

	free(whole);
	return ret;
}

static bool
lies_in(const char *path, const char *folder)
{
	const size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/' || (n > 0 && folder[n - 1] == '/'));
}

static bool
is_below(struct arena *a, const char *path, const char *root)
{
	const char *real = root != NULL ? real_path(a, root) : NULL;

	return real != NULL && lies_in(path, real);
}

static const char *
folder_of_source(struct arena *a, const struct source_decl *s)
{
	if (s->path == NULL || fs_is_dir(s->path))
		return s->path;
	return fs_dirname(a, s->path);
}

static bool
may_be_read(const struct finding *f, const char *path)
{
	const struct catalog *c = f->p->catalog;

	for (size_t i = 0; i < c->service.nroot; i++)
		if (is_below(f->a, path, c->service.root[i]))
			return true;
	if (c->service.roots_given)
		return false;
	for (size_t i = 0; i < c->nsource; i++)
		if (is_below(f->a, path, folder_of_source(f->a, &c->source[i])))
			return true;
	return is_below(f->a, path, c->dir) ||
	       (f->asset->source != NULL && is_below(f->a, path, folder_of_source(f->a, f->asset->source)));
}

static bool
add(struct finding *f, const char *path)
{
	if (!may_be_read(f, path)) {
		err_set(f->err, ERR_IO, f->asset->data_loc,
		        "the service may not read '%s': it lies outside of its folders", path);
		return err_hint(f->err, "name its folder under service: {roots: […]}");
	}
	*LIST_ADD(f->a, &f->ret->path) = path;
	return true;
}

/*
 * A folder that holds the catalog, too, or the state: its entries one by one without these, as nothing that reads data needs the
 * state and its secrets.
 */
static bool
add_entries(struct finding *f, const char *folder, const char *const *kept_out, size_t n)
{
	DIR *d = opendir(folder);
	size_t count = 0;
	struct dirent *e;
	bool fine = true;

	while (fine && d != NULL && (e = readdir(d)) != NULL && count++ < ENTRIES_MAX) {
		const char *path = arena_printf(f->a, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder,
		                                e->d_name);
		bool out = e->d_name[0] == '.';

		for (size_t i = 0; i < n && !out; i++)
			out = lies_in(kept_out[i], path);
		if (!out && (path = real_path(f->a, path)) != NULL && may_be_read(f, path))
			fine = add(f, path);
	}
	if (d != NULL)
		closedir(d);
	f->ret->singly = true;
	return fine;
}

static bool
add_folder(struct finding *f, const char *folder)
{
	const struct catalog *c = f->p->catalog;
	const char *state = arena_str(f->a, project_store(f->a, c, (struct sv){0}));
	const char *out[2] = {real_path(f->a, c->file), real_path(f->a, state)}, *kept_out[2];
	size_t n = 0;

	folder = real_path(f->a, folder);
	if (folder == NULL)
		return true;
	for (size_t i = 0; i < 2; i++)
		if (out[i] != NULL && lies_in(out[i], folder))
			kept_out[n++] = out[i];
	return n > 0 ? add_entries(f, folder, kept_out, n) : add(f, folder);
}

/* The folder in which nothing of a pattern varies yet. */
static const char *
fixed_folder(struct arena *a, struct sv pattern)
{
	size_t n = 0;

	while (n < pattern.n && strchr("*?[{", pattern.p[n]) == NULL)
		n++;
	if (n == pattern.n && fs_is_dir(arena_str(a, pattern)))
		return arena_str(a, pattern);
	while (n > 0 && pattern.p[n - 1] != '/')
		n--;
	return n > 1 ? arena_str(a, (struct sv){pattern.p, n - 1}) : n == 1 ? "/" : ".";
}

static bool
is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Links are followed by who lists files, and may lead anywhere within the roots. */
static bool
add_links(struct finding *f, const struct parts *parts)
{
	const char *folder = NULL;
	bool linked = false;

	for (size_t i = 0; i < parts->n; i++) {
		const char *path = parts->v[i].path, *of = fs_dirname(f->a, path), *real;

		if (folder == NULL || strcmp(of, folder) != 0) {
			folder = of;
			linked = is_link(folder);
		}
		if (!linked && !is_link(path))
			continue;
		real = real_path(f->a, path);
		if (real != NULL && !add_folder(f, fs_dirname(f->a, real)))
			return false;
	}
	return true;
}

static bool
add_files(struct finding *f)
{
	const struct sv path = run_path(f->a, f->asset, f->asset->path);
	struct dataset d;

	if (!add_folder(f, fixed_folder(f->a, path)))
		return false;
	/* What cannot be listed is told by who reads it. */
	return !run_dataset(f->a, f->p->catalog, f->asset, NULL, &d, NULL) || add_links(f, &d.parts);
}

static bool
add_database(struct finding *f)
{
	const char *path = f->asset->source != NULL ? f->asset->source->path : NULL;
	const char *real = path != NULL ? real_path(f->a, path) : NULL;

	if (real == NULL)
		return true;
	*LIST_ADD(f->a, &f->ret->database) = real;
	return add_folder(f, fs_dirname(f->a, real));
}

static bool
add_asset(struct finding *f, const struct asset *asset)
{
	f->asset = asset;
	if (asset->table.n > 0 || asset->query.n > 0)
		return add_database(f);
	if (asset->path.n == 0 && asset->source == NULL)
		return true;
	return add_files(f);
}

/* Does the check, or a part of it, ask a program? */
static bool
runs_program(const struct check *c)
{
	bool ret = c->expectation != NULL && c->expectation->own != NULL && c->expectation->own->nexec > 0;

	for (uint32_t i = 0; i < c->nmember && !ret; i++)
		ret = runs_program(&c->member[i]);
	return ret;
}

/* What the checks look at beside their asset. */
static bool
add_others(struct finding *f, const struct asset *asset)
{
	const struct checks *checks = &f->p->checks[asset->index];

	for (size_t i = 0; i < checks->n; i++) {
		const struct check *c = &checks->v[i];

		if (c->expectation == NULL || !c->enabled)
			continue;
		const struct asset *other;

		f->ret->exec = f->ret->exec || runs_program(c);
		for (uint32_t at = 0; (other = check_other(f->p->catalog, c, &at)) != NULL;)
			if (!add_asset(f, other))
				return false;
	}
	return true;
}

/* A folder that need not be there yet: is the nearest one above it that is? */
static bool
is_below_a_root(const struct finding *f, const char *folder)
{
	const char *above;

	while (!fs_exists(folder)) {
		above = fs_dirname(f->a, folder);
		if (strcmp(above, folder) == 0)
			return false;
		folder = above;
	}
	folder = real_path(f->a, folder);
	return folder != NULL && may_be_read(f, folder);
}

/* Is there anything of an asset in the folder, or is it in an asset's? */
static bool
holds_data(const struct finding *f, const char *folder)
{
	const struct catalog *c = f->p->catalog;

	for (size_t i = 0; i < c->nasset; i++) {
		const struct asset *asset = &c->asset[i];
		const char *of = asset->table.n > 0 || asset->query.n > 0
		                         ? (asset->source != NULL ? asset->source->path : NULL)
		                 : asset->path.n > 0 ? fixed_folder(f->a, run_path(f->a, asset, asset->path))
		                                     : NULL;

		of = of != NULL ? real_path(f->a, of) : NULL;
		if (of != NULL && lies_in(of, folder))
			return true;
	}
	return false;
}

/*
 * Failing rows go to folders of their own: who can write to one with data, the catalog or the state in it could do more than that.  They are made here,
 * as nothing above can be written to later.  What is left out is told by the check that cannot write.
 */
static void
add_quarantine(struct finding *f, const struct quarantine_decl *q)
{
	const struct catalog *c = f->p->catalog;
	const char *state = arena_str(f->a, project_store(f->a, c, (struct sv){0}));
	/* Resolved before anything is made: "new/../.." leads out of what is there. */
	const char *folder = fs_resolve(f->a, fixed_folder(f->a, q->to)), *kept_out[] = {c->file, state};

	if (!is_below_a_root(f, folder) || !fs_mkdirs(folder, 0750, NULL))
		return;
	folder = real_path(f->a, folder);
	if (folder == NULL || !may_be_read(f, folder))
		return;
	for (size_t i = 0; i < LEN(kept_out); i++) {
		const char *path = real_path(f->a, kept_out[i]);

		if (path != NULL && (lies_in(path, folder) || lies_in(folder, path)))
			return;
	}
	if (!holds_data(f, folder))
		*LIST_ADD(f->a, &f->ret->writable) = folder;
}

static void
add_quarantines(struct finding *f, const struct asset *asset)
{
	const struct checks *checks = &f->p->checks[asset->index];
	const struct quarantine_decl *last = NULL;

	for (size_t i = 0; i < checks->n; i++) {
		const struct quarantine_decl *q = checks->v[i].quarantine;

		if (q == NULL || q == last || !checks->v[i].enabled)
			continue;
		add_quarantine(f, q);
		last = q;
	}
}

bool
places_of(struct arena *a, const struct project *p, const struct asset *asset, bool checks,
          struct places *ret, struct err *err)
{
	struct finding f = {.a = a, .p = p, .ret = ret, .err = err};

	if (!add_asset(&f, asset) || (checks && !add_others(&f, asset)))
		return false;
	f.asset = asset;
	if (checks)
		add_quarantines(&f, asset);
	return true;
}
