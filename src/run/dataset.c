/* From an asset as declared to the data as it lies there. */
#include "run/internal.h"

#include "base/fs.h"
#include "catalog/file_format.h"

/* Part names as the user knows them: without the project's folder in front. */
static void
shorten_names(const char *dir, struct parts *parts)
{
	struct sv prefix = sv_of(dir);

	for (size_t i = 0; i < parts->n; i++) {
		struct sv *name = &parts->v[i].name;

		if (sv_starts(*name, prefix) && name->n > prefix.n && name->p[prefix.n] == '/')
			*name = sv_skip(*name, prefix.n + 1);
		else if (sv_starts(*name, SV("./")))
			*name = sv_skip(*name, 2);
	}
}

static bool
source_url(struct arena *a, const struct asset *asset, struct url *ret, struct err *err)
{
	if (asset->source == NULL) {
		*ret = (struct url){.scheme = SV("file")};
		return true;
	}
	if (!url_parse(a, asset->source->url, ret, err)) {
		if (err != NULL)
			err->loc = asset->source->loc;
		return false;
	}
	return true;
}

/* The pattern of an asset's files, with the partition filled in, or globbed if there is none. */
static bool
file_pattern(struct arena *a, const struct asset *asset, const struct partition *p, struct sv *ret,
             struct err *err)
{
	*ret = asset->path;
	if (asset->ndim == 0)
		return true;
	if (p != NULL)
		return partition_path(a, asset, p, asset->path, ret, err);
	*ret = partition_glob(a, asset, asset->path);
	return true;
}

struct sv
run_file_root(struct arena *a, const struct asset *asset, const struct url *u, struct sv path)
{
	const char *root = u->path.n > 0 ? arena_str(a, u->path) : asset->base_dir;

	return path.n > 0 ? sv_of(fs_join(a, root, path)) : sv_of(root);
}

struct sv
run_path(struct arena *a, const struct asset *asset, struct sv path)
{
	struct url u;

	return source_url(a, asset, &u, NULL) ? run_file_root(a, asset, &u, path) : path;
}

static bool
files_of(struct arena *a, const struct catalog *c, const struct asset *asset, const struct partition *p,
         const struct url *u, struct dataset *d, struct err *err)
{
	struct sv pattern, full_pattern;

	if (!file_pattern(a, asset, p, &pattern, err))
		return false;
	d->driver = source_driver_find(u->scheme);
	if (d->driver == NULL)
		return err_set(err, ERR_UNSUPPORTED, asset->data_loc,
		               "reading from " SV_FMT ": is not built yet", SV_ARG(u->scheme));
	pattern = run_file_root(a, asset, u, pattern);
	if (!d->driver->list(a, pattern, &d->parts, err))
		return false;
	if (!parts_folders(a, &d->parts, run_file_root(a, asset, u, (struct sv){0}), err)) {
		if (err != NULL)
			err->loc = asset->data_loc;
		return false;
	}
	full_pattern = run_file_root(a, asset, u, asset->path);
	for (size_t i = 0; i < d->parts.n && asset->ndim > 0; i++) {
		struct partition of;

		if (partition_of_path(a, asset, full_pattern, d->parts.v[i].name, &of))
			d->parts.v[i].partition = of.key;
	}
	shorten_names(c->dir, &d->parts);
	if (d->parts.n > 0)
		return true;

	struct sv shown = pattern, dir = sv_of(c->dir);

	if (sv_starts(shown, dir) && shown.n > dir.n + 1)
		shown = sv_skip(shown, dir.n + 1);
	err_set(err, ERR_NOT_FOUND, asset->data_loc, "no file matches '" SV_FMT "'", SV_ARG(shown));
	return err_hint(err, "has it been made, and is the path right?");
}

bool
run_dataset(struct arena *a, const struct catalog *c, const struct asset *asset, const struct partition *p,
            struct dataset *ret, struct err *err)
{
	struct dataset d = {
		.key = asset->key,
		.format = asset->format,
		.loc = asset->data_loc,
		.csv = asset->csv,
		.table = asset->table,
		.query = asset->query,
		.column = asset->column,
		.ncolumn = asset->ncolumn,
		.zone = c->zone,
	};
	struct url u;

	if (asset->path.n == 0 && asset->table.n == 0 && asset->query.n == 0 && asset->source == NULL) {
		err_set(err, ERR_NOT_FOUND, asset->loc,
		        "asset '" SV_FMT "' names no data: it has no path, table or query",
		        SV_ARG(asset->key));
		return err_hint(err, "its checks need a source; freshness can come from events alone");
	}
	if (!source_url(a, asset, &u, err))
		return false;
	if (asset->table.n == 0 && asset->query.n == 0) {
		if (!files_of(a, c, asset, p, &u, &d, err))
			return false;
		*ret = d;
		return true;
	}
	d.database = u.path;
	if (p != NULL && !partition_where(a, asset, p, &d.where, err))
		return false;
	if (!fs_exists(arena_str(a, d.database))) {
		err_set(err, ERR_NOT_FOUND, asset->data_loc, "there is no database '" SV_FMT "'",
		        SV_ARG(d.database));
		return err_hint(err, "has it been made, and is the source's url right?");
	}
	*ret = d;
	return true;
}

static struct sv
format_of_name(struct sv name)
{
	const struct file_format *f = file_format_of_path(name);

	return f != NULL ? sv_of(f->format) : (struct sv){0};
}

/* The table or the query of d, in a database. */
static bool
source_database(struct arena *a, const struct url *u, struct dataset *d, struct err *err)
{
	if (!sv_is(u->scheme, "sqlite") && !sv_is(u->scheme, "file"))
		return err_set(err, ERR_UNSUPPORTED, NOWHERE, "reading from " SV_FMT ": is not built yet",
		               SV_ARG(u->scheme));
	if (d->table.n == 0 && d->query.n == 0) {
		err_set(err, ERR_USAGE, NOWHERE, "a database needs --table or --query");
		return err_hint(err, "for example --table orders");
	}
	if (d->table.n > 0 && d->query.n > 0)
		return err_set(err, ERR_USAGE, NOWHERE, "--table and --query exclude each other");
	if (!fs_exists(arena_str(a, u->path)))
		return err_set(err, ERR_NOT_FOUND, NOWHERE, "there is no database '" SV_FMT "'",
		               SV_ARG(u->path));
	d->format = SV("sqlite");
	d->database = u->path;
	return true;
}

#define FILE_FORMAT(name, title) " ." #name
#define FILE_ALIAS(name, format, tabs) " ." #name
#define FILE_BARE(name, format) " ." #name
static const char endings[] = "known endings:"
#include "catalog/file_formats.def"
	;

/* Files of one format, which their names tell. */
static bool
source_files(struct arena *a, const struct url *u, struct dataset *d, struct err *err)
{
	const struct file_format *f = file_format_of_path(u->path);

	d->driver = source_driver_find(u->scheme);
	if (d->driver == NULL)
		return err_set(err, ERR_UNSUPPORTED, NOWHERE, "reading from " SV_FMT ": is not built yet",
		               SV_ARG(u->scheme));
	if (!d->driver->list(a, u->path, &d->parts, err))
		return false;
	if (d->parts.n == 0)
		return err_set(err, ERR_NOT_FOUND, NOWHERE, "no file matches '" SV_FMT "'", SV_ARG(d->key));
	if (!parts_folders(a, &d->parts, (struct sv){0}, err))
		return false;
	d->format = format_of_name(d->parts.v[0].name);
	for (size_t i = 1; i < d->parts.n; i++)
		if (!sv_eq(format_of_name(d->parts.v[i].name), d->format))
			return err_set(err, ERR_USAGE, NOWHERE,
			               "'" SV_FMT "' and '" SV_FMT "' are of different formats",
			               SV_ARG(d->parts.v[0].name), SV_ARG(d->parts.v[i].name));
	if (f != NULL && f->tabs)
		d->csv.delimiter = '\t';
	if (d->format.n == 0) {
		err_set(err, ERR_UNSUPPORTED, NOWHERE, "the name '" SV_FMT "' does not tell the format",
		        SV_ARG(d->parts.v[0].name));
		return err_hint(err, "%s; text may have .gz or .zst behind", endings);
	}
	if (sv_is(d->format, "sqlite"))
		return err_set(err, ERR_USAGE, NOWHERE, "a database needs --table or --query");
	return true;
}

bool
run_dataset_of_source(struct arena *a, struct sv source, struct sv table, struct sv query,
                      struct dataset *ret, struct err *err)
{
	static const struct sv null_token = {"", 0};
	struct dataset d = {
		.key = source,
		.table = table,
		.query = query,
		.zone = tz_utc,
		.csv = {.delimiter = ',', .quote = '"', .header = true, .null = &null_token, .nnull = 1},
	};
	struct url u = {.scheme = SV("file"), .path = source};
	const bool database = table.n > 0 || query.n > 0;

	if (url_has_scheme(source) && !url_parse(a, source, &u, err))
		return false;
	if (database || sv_is(u.scheme, "sqlite") ? !source_database(a, &u, &d, err)
	                                          : !source_files(a, &u, &d, err))
		return false;
	*ret = d;
	return true;
}
