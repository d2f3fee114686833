/*
 * From files to assets.
 *
 * Files with a date in the path and the same path otherwise are the partitions of one asset.  Files of one folder whose names begin with
 * the same word, and end alike, are one asset by a glob.  In both cases their columns have to be the same: what looks alike and is not would
 * be one asset that cannot be read.  All else is an asset of its own.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/url.h"
#include "base/utf8.h"
#include "catalog/yaml_text.h"
#include "run/discover_date.h"
#include "run/discover_internal.h"

enum { KEY_MAX_BYTES = 200 };

/* Keys ----------------------------------------------------------------------------------------------------------- */

/* Characters that a key may hold and nobody has to quote or hunt for; beyond ASCII all but spaces and controls. */
static bool
is_key_char(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		       c == '_' || c == '.' || c == '-';
	return !UTF8_IS_BAD(c) && c >= 0xA1 && !(c >= 0x2000 && c <= 0x206F) && c != 0x3000 && c != 0xFEFF &&
	       (c & 0xFFFE) != 0xFFFE && !(c >= 0xE000 && c <= 0xF8FF);
}

static bool
is_separator(char c)
{
	return c == '-' || c == '.' || c == '_' || c == '=';
}

/* One part of a path as one of a key; nothing for what a date has left as `dt=`. */
static void
put_part(struct buf *b, struct sv part)
{
	size_t start = b->n > 0 ? b->n + 1 : 0;
	bool dash = false;

	if (part.n > 0 && part.p[part.n - 1] == '=')
		return;
	while (part.n > 0 && is_separator(part.p[0]) && part.p[0] != '_')
		part = sv_skip(part, 1);
	while (part.n > 0 && is_separator(part.p[part.n - 1]))
		part.n--;
	if (part.n > 0 && b->n > 0)
		buf_putc(b, '/');
	while (part.n > 0) {
		uint32_t c;
		size_t n = utf8_decode(part, &c);

		if (is_key_char(c)) {
			if (dash && b->n > start)
				buf_putc(b, '-');
			buf_add(b, (struct sv){part.p, n});
		}
		dash = !is_key_char(c);
		part = sv_skip(part, n);
	}
	if (b->n == start && b->n > 0 && b->p[b->n - 1] == '/')
		buf_puts(b, "x"); /* there is a part, but nothing of it is fit */
}

static struct sv
key_of_path(struct arena *a, struct sv path)
{
	AUTO(buf) b = buf_new(1 << 16);
	struct sv key;

	while (path.n > 0)
		put_part(b, sv_cut(&path, '/'));
	key = buf_sv(b);
	if (key.n > KEY_MAX_BYTES) {
		key.n = KEY_MAX_BYTES;
		while (key.n > 0 && ((unsigned char)key.p[key.n] & 0xC0) == 0x80)
			key.n--;
		while (key.n > 0 && key.p[key.n - 1] == '/')
			key.n--;
	}
	return key.n > 0 ? arena_sv(a, key) : SV("data");
}

static bool
key_is_taken(const struct discovering *d, struct sv key)
{
	for (size_t i = 0; i < d->found.n; i++)
		if (sv_eq(d->found.v[i].key, key))
			return true;
	return false;
}

static void
add(struct discovering *d, struct found f, struct sv named)
{
	struct sv base = key_of_path(d->a, named);

	if (d->found.n == DISCOVER_ASSETS_MAX) {
		d->out->cut = true;
		return;
	}
	f.key = base;
	if (key_is_taken(d, f.key))
		f.key = arena_svf(d->a, SV_FMT "-" SV_FMT, SV_ARG(base), SV_ARG(f.format));
	for (int i = 2; key_is_taken(d, f.key); i++)
		f.key = arena_svf(d->a, SV_FMT "-%d", SV_ARG(base), i);
	*LIST_ADD(d->a, &d->found) = f;
}

static struct found
found_of(const struct candidate *c, struct sv path, size_t nfiles)
{
	return (struct found){
		.path = path,
		.format = c->format,
		.delimiter = c->delimiter,
		.no_header = c->no_header,
		.nfiles = nfiles,
	};
}

/* Dates ---------------------------------------------------------------------------------------------------------- */

static bool
has_pattern_char(struct sv s)
{
	return sv_has_glob(s) || sv_find(s, '\\') >= 0 || sv_find(s, '%') >= 0;
}

static struct sv
path_with(struct arena *a, struct sv path, const struct path_date *date, const char *instead)
{
	struct sv rest = sv_skip(path, date->at + date->n);

	return arena_svf(a, SV_FMT "%s" SV_FMT, (int)date->at, path.p, instead, SV_ARG(rest));
}

static void
set_dated(struct discovering *d, struct candidate *c)
{
	struct path_date date;

	if (!has_pattern_char(c->path) && path_date_find(c->path, &date))
		c->dated = path_with(d->a, c->path, &date, arena_printf(d->a, "{date:%s}", date.pattern));
}

/* All candidates whose path is the same but for the date; the first of them names the asset. */
static void
group_by_date(struct discovering *d, size_t first)
{
	struct candidate *c = &d->file.v[first];
	struct path_date date, other;
	struct sv from;
	size_t n = 0;

	if (c->taken || c->dated.n == 0 || !path_date_find(c->path, &date))
		return;
	from = arena_sv(d->a, sv_of(date.from));
	for (size_t i = 0; i < d->file.n; i++) {
		const struct candidate *f = &d->file.v[i];

		if (!sv_eq(f->dated, c->dated))
			continue;
		/* One of other columns would make the whole unreadable. */
		if (!sv_eq(f->signature, c->signature) || !path_date_find(f->path, &other))
			return;
		n++;
		if (sv_cmp(sv_of(other.from), from) < 0)
			from = arena_sv(d->a, sv_of(other.from));
	}
	if (n < 2)
		return;
	for (size_t i = 0; i < d->file.n; i++)
		if (sv_eq(d->file.v[i].dated, c->dated))
			d->file.v[i].taken = true;

	struct found found = found_of(c, c->dated, n);

	found.partitioned = true;
	found.every = date.every;
	found.from = from;
	add(d, found, path_with(d->a, c->stem, &date, ""));
}

/* Globs ---------------------------------------------------------------------------------------------------------- */

static struct sv
folder_of(struct sv path)
{
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	return path;
}

/* The letters that a name begins with. */
static struct sv
word_of(struct sv stem)
{
	struct sv name = sv_skip(stem, folder_of(stem).n);
	size_t n = 0;

	while (n < name.n && ((name.p[n] | 32) >= 'a' && (name.p[n] | 32) <= 'z'))
		n++;
	return (struct sv){name.p, n};
}

static bool
belongs(const struct candidate *c, const struct candidate *f)
{
	return !f->taken && sv_eq(folder_of(f->path), folder_of(c->path)) && sv_eq(f->ending, c->ending) &&
	       sv_eq(f->signature, c->signature) && sv_eq(word_of(f->stem), word_of(c->stem)) &&
	       folder_of(f->stem).n + word_of(f->stem).n < f->stem.n && !has_pattern_char(f->path);
}

static void
group_by_word(struct discovering *d, size_t first)
{
	struct candidate *c = &d->file.v[first];
	struct sv folder = folder_of(c->stem), word = word_of(c->stem), glob;
	size_t n = 0, matched = 0, end = first, common = folder.n + word.n;
	const struct sv begin = {c->path.p, common};

	if (!belongs(c, c))
		return;
	/* Behind the word also the separator that all have. */
	if (common < c->stem.n && is_separator(c->stem.p[common]))
		common++;
	/* They are sorted: those that begin alike stand together. */
	while (end < d->file.n && sv_starts(d->file.v[end].path, begin))
		end++;
	for (size_t i = first; i < end; i++)
		if (belongs(c, &d->file.v[i])) {
			n++;
			if (common > folder.n + word.n &&
			    !sv_starts(d->file.v[i].stem, (struct sv){c->stem.p, common}))
				common = folder.n + word.n;
		}
	if (n < 2)
		return;
	glob = arena_svf(d->a, SV_FMT "*" SV_FMT, (int)common, c->stem.p, SV_ARG(c->ending));
	for (size_t i = 0; i < d->file.n; i++)
		matched += sv_glob(glob, d->file.v[i].path);
	if (matched != n)
		return;
	for (size_t i = first; i < end; i++)
		if (belongs(c, &d->file.v[i]))
			d->file.v[i].taken = true;
	add(d, found_of(c, glob, n),
	    word.n > 0     ? (struct sv){c->stem.p, folder.n + word.n}
	    : folder.n > 0 ? folder
	                   : SV("files"));
}

static int
by_path(const void *a, const void *b)
{
	return sv_cmp(((const struct candidate *)a)->path, ((const struct candidate *)b)->path);
}

static int
by_found_path(const void *a, const void *b)
{
	return sv_cmp(((const struct found *)a)->path, ((const struct found *)b)->path);
}

void
discover_group(struct discovering *d)
{
	if (d->file.n > 1)
		qsort(d->file.v, d->file.n, sizeof(d->file.v[0]), by_path);
	for (size_t i = 0; i < d->file.n; i++)
		set_dated(d, &d->file.v[i]);
	for (size_t i = 0; i < d->file.n; i++)
		group_by_date(d, i);
	for (size_t i = 0; i < d->file.n; i++)
		group_by_word(d, i);
	for (size_t i = 0; i < d->file.n; i++)
		if (!d->file.v[i].taken)
			add(d, found_of(&d->file.v[i], d->file.v[i].path, 1), d->file.v[i].stem);
	if (d->found.n > 1)
		qsort(d->found.v, d->found.n, sizeof(d->found.v[0]), by_found_path);
}

void
discover_table(struct discovering *d, struct sv database, struct sv table)
{
	struct sv stem = database;
	size_t dot = database.n;

	if (!yaml_can_hold(table) || table.n == 0) {
		discover_notice(d, "SQLite", database, SV("has a table whose name is not UTF-8"));
		return;
	}
	while (dot > 0 && database.p[dot - 1] != '.' && database.p[dot - 1] != '/')
		dot--;
	if (dot > 0 && database.p[dot - 1] == '.')
		stem.n = dot - 1;
	/* A slash in a table's name is no part of a path. */
	struct sv name = arena_sv(d->a, table);

	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/')
			((char *)(uintptr_t)name.p)[i] = '-';
	add(d, (struct found){.path = database, .table = table, .format = SV("sqlite")},
	    arena_svf(d->a, SV_FMT "/" SV_FMT, SV_ARG(stem), SV_ARG(name)));
}
