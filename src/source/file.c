/*
 * Files: a path, a folder (its regular files, not those of folders below), or a glob.
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

static bool
add_part(struct listing *l, const char *path, const struct stat *st)
{
	if (l->list.n >= FILES_MAX)
		return err_set(l->err, ERR_LIMIT, NOWHERE, "more than %d files match", FILES_MAX);

	struct part *p = LIST_ADD(l->a, &l->list);

	p->path = arena_str(l->a, sv_of(path));
	p->name = sv_of(p->path);
	p->size_bytes = st->st_size;
	p->mtime_us = (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
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

static bool
list_folder(struct listing *l, const char *path)
{
	struct sv *name;
	size_t n;

	if (!read_folder(l, path, &name, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i].p[0] != '.' && name[i].p[0] != '_' &&
			!add_found(l, arena_printf(l->a, "%s/%s", path, name[i].p)))
			return false;
	return true;
}

/* "" stays "", so that relative patterns give relative names. */
static const char *
below(struct listing *l, const char *dir, struct sv name)
{
	size_t n = strlen(dir);

	return arena_printf(l->a, "%s%s" SV_FMT, dir, n == 0 || dir[n - 1] == '/' ? "" : "/", SV_ARG(name));
}

static bool
is_folder(const char *path, bool follow)
{
	struct stat st;

	return (follow ? stat(path, &st) : lstat(path, &st)) == 0 && S_ISDIR(st.st_mode);
}

/* All files below dir whose path from there on (`from` bytes into it) matches the pattern. */
static bool
walk(struct listing *l, const char *dir, size_t from, struct sv pattern, int depth)
{
	struct sv *name;
	size_t n;

	if (depth > DEPTH_MAX)
		return err_set(
			l->err, ERR_LIMIT, NOWHERE, "'%s' lies more than %d folders deep", dir, DEPTH_MAX);
	if (!read_folder(l, dir[0] != '\0' ? dir : ".", &name, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (name[i].p[0] == '.')
			continue;

		const char *path = below(l, dir, name[i]);

		if (is_folder(path, false)) {
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
	if (!sv_has_glob(part)) {
		const char *path = below(l, dir, unquote(l->a, part));
		struct stat st;

		if (last)
			return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? add_part(l, path, &st) : true;
		return is_folder(path, true) ? glob(l, path, rest) : true;
	}
	if (!read_folder(l, len > 0 ? dir : ".", &name, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *path = below(l, dir, name[i]);

		if ((name[i].p[0] == '.' && part.p[0] != '.') || !sv_glob(part, name[i]))
			continue;
		/* `*.csv` that finds a folder of that name means the files in it, as its very path would. */
		if (last && sv_find(part, '.') >= 0 && is_folder(path, true) ? !list_folder(l, path)
		    : last ? !add_found(l, path)
		           : is_folder(path, true) && !glob(l, path, rest))
			return false;
	}
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
			return list_folder(l, path);
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
