/*
 * Files: a path, a folder (its regular files, and those of folders `name=value` below, but of no others), or a glob.
 *
 * Names that begin with a dot are hidden from folders and globs, as in the shell; in a folder so are those that begin with
 * an underscore, where Spark and Hive put their markers (_SUCCESS).  Links to files are followed, links to folders only where
 * the pattern names them: a `**` does not, so it cannot run in circles.
 */
#include "source/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

enum { FILES_MAX = 1000000, DEPTH_MAX = 64 };

struct listing {
	struct arena *a;
	LIST(struct part) list;
	struct err *err;
};

void
file_fingerprint(const struct stat *st, char hex[HASH_HEX])
{
	struct hasher h;

	hasher_init(&h);
	hasher_add_i64(&h, st->st_size);
	hasher_add_i64(&h, st->st_mtim.tv_sec);
	hasher_add_i64(&h, st->st_mtim.tv_nsec);
	hasher_add_i64(&h, st->st_ctim.tv_sec);
	hasher_add_i64(&h, st->st_ctim.tv_nsec);
	hasher_add_i64(&h, (int64_t)st->st_ino);
	hasher_add_i64(&h, (int64_t)st->st_dev);
	hasher_end(&h, hex);
}

static bool
fail(struct err *err, const char *verb, const char *path)
{
	return err_set(err, ERR_IO, NOWHERE, "cannot %s '%s': %m", verb, path);
}

static int64_t
us_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool
add_part(struct listing *l, const char *path, const struct stat *st)
{
	if (l->list.n >= FILES_MAX)
		return err_set(l->err, ERR_LIMIT, NOWHERE, "more than %d files match", FILES_MAX);

	struct part *p = LIST_ADD(l->a, &l->list);

	p->path = arena_str(l->a, sv_of(path));
	p->name = sv_of(p->path);
	p->size_bytes = st->st_size;
	p->mtime_us = us_of(st->st_mtim);
	p->ctime_us = us_of(st->st_ctim);
	file_fingerprint(st, p->fingerprint);
	return true;
}

/* What a folder or a glob found; anything but files is passed over.  A link that leads nowhere is data that is missing. */
static bool
add_found(struct listing *l, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fail(l->err, "read", path);
	return S_ISREG(st.st_mode) ? add_part(l, path, &st) : true;
}

static int
not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* The names in a folder, sorted, in the arena. */
static bool
read_folder(struct listing *l, const char *path, struct sv **name, size_t *n)
{
	struct dirent **e;
	int count = scandir(path, &e, not_dots, NULL);

	if (count < 0)
		return fail(l->err, "list", path);
	*n = (size_t)count;
	*name = ARENA_ARRAY(l->a, struct sv, *n);
	for (size_t i = 0; i < *n; i++) {
		(*name)[i] = arena_sv(l->a, sv_of(e[i]->d_name));
		free(e[i]);
	}
	free(e);
	return true;
}

/* The files in a folder, and in the folders `name=value` below it: a table that is laid out by the values of its columns. */
static bool
list_folder(struct listing *l, const char *path, int depth)
{
	struct sv *name;
	struct stat st;
	size_t n;

	if (depth > DEPTH_MAX)
		return err_set(l->err, ERR_LIMIT, NOWHERE, "'%s' lies more than %d folders deep", path,
		               DEPTH_MAX);
	if (!read_folder(l, path, &name, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *below;

		if (name[i].p[0] == '.' || name[i].p[0] == '_')
			continue;
		below = arena_printf(l->a, "%s/%s", path, name[i].p);
		if (sv_find(name[i], '=') > 0 && stat(below, &st) == 0 && S_ISDIR(st.st_mode)) {
			if (!list_folder(l, below, depth + 1))
				return false;
		} else if (!add_found(l, below)) {
			return false;
		}
	}
	return true;
}

/* "" stays "", so that relative patterns give relative names. */
static const char *
below(struct listing *l, const char *dir, struct sv name)
{
	size_t n = strlen(dir);

	return arena_printf(l->a, "%s%s" SV_FMT, dir, n == 0 || dir[n - 1] == '/' ? "" : "/", SV_ARG(name));
}

/*
 * Whether there is something, a link followed or not.  What cannot be looked at (no permission, a link in circles or to nowhere) is an
 * error: passing over it might pass over data.
 */
static bool
look(struct listing *l, const char *path, bool follow, bool *exists, struct stat *st)
{
	struct stat link;

	*exists = (follow ? stat(path, st) : lstat(path, st)) == 0;
	if (*exists)
		return true;
	return ((errno == ENOENT || errno == ENOTDIR) && lstat(path, &link) != 0) ||
	       fail(l->err, "read", path);
}

static bool
is_folder(struct listing *l, const char *path, bool follow, bool *ret)
{
	struct stat st;
	bool exists;

	if (!look(l, path, follow, &exists, &st))
		return false;
	*ret = exists && S_ISDIR(st.st_mode);
	return true;
}

/* All files below dir whose path from there on (`from` bytes into it) matches the pattern. */
static bool
walk(struct listing *l, const char *dir, size_t from, struct sv pattern, int depth)
{
	struct sv *name;
	size_t n;

	if (depth > DEPTH_MAX)
		return err_set(l->err, ERR_LIMIT, NOWHERE, "'%s' lies more than %d folders deep", dir,
		               DEPTH_MAX);
	if (!read_folder(l, dir[0] != '\0' ? dir : ".", &name, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (name[i].p[0] == '.')
			continue;

		const char *path = below(l, dir, name[i]);
		bool folder;

		if (!is_folder(l, path, false, &folder))
			return false;
		if (folder) {
			if (!walk(l, path, from, pattern, depth + 1))
				return false;
		} else if (sv_glob(pattern, sv_skip(sv_of(path), from)) && !add_found(l, path)) {
			return false;
		}
	}
	return true;
}

static bool
has_double_star(struct sv s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '*' && s.p[i + 1] == '*')
			return true;
	return false;
}

/* Without the backslashes that quote. */
static struct sv
unquote(struct arena *a, struct sv s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		p[n++] = s.p[i];
	}
	return (struct sv){p, n};
}

static bool glob(struct listing *l, const char *dir, struct sv pattern);

/* A part of the pattern that is a name, which need not exist. */
static bool
glob_name(struct listing *l, const char *path, struct sv rest, bool last)
{
	struct stat st;
	bool exists;

	if (!look(l, path, true, &exists, &st))
		return false;
	if (!exists)
		return true;
	if (last)
		return S_ISREG(st.st_mode) ? add_part(l, path, &st) : true;
	return S_ISDIR(st.st_mode) ? glob(l, path, rest) : true;
}

/* Something in a folder that matches a part of the pattern. */
static bool
glob_match(struct listing *l, const char *path, struct sv part, struct sv rest, bool last)
{
	bool folder;

	if (!is_folder(l, path, true, &folder))
		return false;
	if (!last)
		return folder ? glob(l, path, rest) : true;
	/* `*.csv` that finds a folder of that name means the files in it, as its very path would. */
	return folder && sv_find(part, '.') >= 0 ? list_folder(l, path, 0) : add_found(l, path);
}

/* One part of the pattern after the other; the rest by a walk where a `**` comes. */
static bool
glob(struct listing *l, const char *dir, struct sv pattern)
{
	struct sv rest = pattern, part = sv_cut(&rest, '/'), *name;
	bool last = part.n == pattern.n;
	size_t n, len = strlen(dir);

	if (!last && part.n == 0)
		return glob(l, len == 0 ? "/" : dir, rest);
	if (has_double_star(part))
		return walk(l, dir, len + (len > 0 && dir[len - 1] != '/'), pattern, 0);
	if (!sv_has_glob(part))
		return glob_name(l, below(l, dir, unquote(l->a, part)), rest, last);
	if (!read_folder(l, len > 0 ? dir : ".", &name, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((name[i].p[0] != '.' || part.p[0] == '.') && sv_glob(part, name[i]) &&
		    !glob_match(l, below(l, dir, name[i]), part, rest, last))
			return false;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return sv_cmp(x->name, y->name);
}

static bool
find(struct listing *l, struct sv pattern)
{
	const char *path = arena_str(l->a, pattern);
	struct stat st;

	if (memchr(pattern.p, '\0', pattern.n) != NULL)
		return err_set(l->err, ERR_NOT_FOUND, NOWHERE, "a path holds a NUL byte");
	/* What exists under the very name is meant, brackets and stars or not. */
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return list_folder(l, path, 0);
		if (!S_ISREG(st.st_mode))
			return err_set(l->err, ERR_IO, NOWHERE, "'%s' is not a regular file", path);
		return add_part(l, path, &st);
	}
	if (errno != ENOENT && errno != ENOTDIR)
		return fail(l->err, "read", path);
	return sv_has_glob(pattern) || sv_find(pattern, '\\') >= 0 ? glob(l, "", pattern) : true;
}

static bool
file_list(struct arena *a, struct sv pattern, struct parts *ret, struct err *err)
{
	struct listing l = {.a = a, .err = err};
	struct parts parts = {.newest_us = INT64_MIN};

	if (pattern.n > 0 && !find(&l, pattern))
		return false;
	if (l.list.n > 1)
		qsort(l.list.v, l.list.n, sizeof(l.list.v[0]), by_name);
	parts.v = l.list.v;
	parts.n = l.list.n;
	for (size_t i = 0; i < parts.n; i++) {
		parts.newest_us = MAX(parts.newest_us, parts.v[i].mtime_us);
		parts.size_bytes += parts.v[i].size_bytes;
	}
	*ret = parts;
	return true;
}

const struct source_driver source_file = {.scheme = "file", .list = file_list, .open = file_open};
