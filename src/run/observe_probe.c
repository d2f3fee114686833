/* What the data itself says: when it was made, in which version, which partitions there are, and which columns. */
#include "expr/instant.h"
#include "run/observe.h"

static void
note_future(struct witness *t, struct observed *o, int64_t count, int64_t latest_us, struct sv what)
{
	char text[RFC3339_MAX];

	o->future_count = count;
	o->future_text = arena_svf(t->w->a, "%lld value%s of " SV_FMT " in the future %s ignored (latest %s)",
	                           (long long)count, count == 1 ? "" : "s", SV_ARG(what),
	                           count == 1 ? "is" : "are", rfc3339_format(latest_us, text));
}

static bool
probe_column(struct witness *t, struct connection *c, struct observed *o, struct err *err)
{
	struct column_max max;

	if (!run_column_max(t->w, c, t->asset->updated_arg, t->limit_us, &max, err))
		return false;
	o->probed_us = value_instant(max.type, max.max);
	if (o->probed_us != TIME_NONE)
		o->data_through_us = MAX(o->data_through_us, o->probed_us);
	if (max.future_count > 0)
		note_future(t, o, max.future_count, value_instant(max.type, max.future_max),
		            t->asset->updated_arg);
	if (max.errors > 0)
		o->future_text = arena_svf(t->w->a,
		                           SV_FMT "%s%lld value%s of " SV_FMT " %s no time, and ignored",
		                           SV_ARG(o->future_text), o->future_text.n > 0 ? "; " : "",
		                           (long long)max.errors, max.errors == 1 ? "" : "s",
		                           SV_ARG(t->asset->updated_arg), max.errors == 1 ? "is" : "are");
	return true;
}

static bool
probe_query(struct witness *t, struct connection *c, struct observed *o, struct err *err)
{
	const struct asset *asset = t->asset;
	const struct type instant = {.kind = TYPE_TIMESTAMPTZ},
			  wall = {.kind = TYPE_TIMESTAMP, .zone = t->w->catalog->zone};
	struct value v, cast;

	if (c->engine->query_value == NULL)
		return err_set(err, ERR_UNSUPPORTED, asset->loc,
		               "updated: {from: query} is not possible for " SV_FMT, SV_ARG(asset->format));
	if (!c->engine->query_value(c, asset->updated_arg, t->w->a, &v, err))
		return false;
	if (v.kind == VALUE_NULL)
		return true;
	if (!value_cast(wall, v, &cast) && !value_cast(instant, v, &cast)) {
		err_set(err, ERR_EVAL, asset->loc, "the `updated` query of '" SV_FMT "' gave no time",
		        SV_ARG(asset->key));
		return err_hint(err, "it must give one value such as 2024-01-31T12:00:00Z");
	}
	o->probed_us = value_instant(wall, cast);
	if (o->probed_us > t->limit_us) {
		note_future(t, o, 1, o->probed_us, SV("the query"));
		o->probed_us = TIME_NONE;
	}
	return true;
}

static bool
consumers_name_columns(const struct catalog *c, const struct asset *asset)
{
	for (uint32_t i = c->down_at[asset->index]; i < c->down_at[asset->index + 1]; i++) {
		const struct asset *down = &c->asset[c->down[i]];

		for (size_t k = 0; k < down->ndep; k++)
			if (down->dep[k].ncolumn > 0 && catalog_asset(c, down->dep[k].key) == asset)
				return true;
	}
	return false;
}

static void
note_columns(struct witness *t, struct connection *c, struct observed *o)
{
	const struct schema *s = c->engine->schema(c);
	struct sv *name = ARENA_ARRAY(t->w->a, struct sv, s->n);

	for (uint32_t i = 0; i < s->n; i++)
		if (!s->col[i].missing)
			name[o->ncolumns++] = arena_sv(t->w->a, s->col[i].name);
	o->columns = name;
}

static bool
probe_connection(struct witness *t, struct dataset *d, struct observed *o, struct err *err)
{
	const struct asset *asset = t->asset;
	const bool by_column = asset->updated_from == UPDATED_COLUMN,
		   by_query = asset->updated_from == UPDATED_QUERY;
	const bool columns = consumers_name_columns(t->w->catalog, asset);
	const bool version = d->driver == NULL || asset->version_from == VERSION_QUERY ||
	                     asset->version_from == VERSION_COLUMN;
	struct scan_options so = run_scan_options(t->w, asset);
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	const struct engine *engine;

	if (!by_column && !by_query && !columns && !version)
		return true;
	engine = engine_for(d->format, asset->data_loc, err);
	if (engine == NULL || !engine->open(d, &so, &c, err))
		return false;
	if (columns)
		note_columns(t, c, o);
	if (by_column && !probe_column(t, c, o, err))
		return false;
	if (by_query && !probe_query(t, c, o, err))
		return false;
	return !version || run_connection_version(t->w, asset, NULL, d, c, &o->version, err);
}

/* Of its contents: each part is read once, for its partition and for the whole. */
static bool
content_of_parts(struct witness *t, struct dataset *d, struct observed *o, struct err *err)
{
	char hex[HASH_HEX];

	for (size_t i = 0; i < d->parts.n; i++)
		if (d->parts.v[i].content == NULL && !part_content(t->w->a, d->driver, &d->parts.v[i], err))
			return false;
	parts_version(&d->parts, true, hex);
	o->version = arena_sv(t->w->a, sv_of(hex));
	return true;
}

/* The files of each partition together; partitions in the order of first mention. */
static struct parts *
group_parts(struct arena *a, const struct parts *all, struct map *by_key)
{
	struct parts *group = ARENA_ARRAY(a, struct parts, all->n);
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct map_entry *e = map_put(by_key, all->v[i].partition);

		if (e->value == NULL)
			e->value = &group[n++];
		((struct parts *)e->value)->n++;
	}
	for (size_t i = 0; i < n; i++) {
		group[i].v = ARENA_ARRAY(a, struct part, group[i].n);
		group[i].n = 0;
		group[i].newest_us = TIME_NONE;
	}
	for (size_t i = 0; i < all->n; i++) {
		struct parts *g = map_get(by_key, all->v[i].partition);

		g->v[g->n++] = all->v[i];
		g->newest_us = MAX(g->newest_us, all->v[i].mtime_us);
	}
	return group;
}

/* The partitions among the files: each with its newest file and, where files tell it, the version of its own parts. */
static void
partitions_of_files(struct witness *t, const struct dataset *d, struct observed *o)
{
	struct arena *a = t->w->a;
	const bool content = t->asset->version_from == VERSION_CONTENT;
	const bool told = content || t->asset->version_from == VERSION_DEFAULT ||
	                  t->asset->version_from == VERSION_STAT;
	struct seen_partition *seen;
	struct parts *group;
	struct map by_key;
	char hex[HASH_HEX];

	map_init(&by_key, a);
	group = group_parts(a, &d->parts, &by_key);
	seen = ARENA_ARRAY(a, struct seen_partition, by_key.n);
	for (size_t i = 0; i < by_key.n; i++) {
		/* A file that the glob matched but the pattern does not belongs to no partition. */
		if (by_key.e[i].key.n == 0)
			continue;
		if (told)
			parts_version(&group[i], content, hex);
		seen[o->npartition++] = (struct seen_partition){
			.key = by_key.e[i].key,
			.produced_us = group[i].newest_us,
			.version = told ? arena_sv(a, sv_of(hex)) : (struct sv){0},
		};
	}
	o->partition = seen;
}

/* The versions of partitions that are still without one: those of tables, and of what a query or a column tells. */
static bool
version_partitions(struct witness *t, struct observed *o, struct err *err)
{
	struct seen_partition *seen = ARENA_ARRAY(t->w->a, struct seen_partition, o->npartition);

	for (size_t i = 0; i < o->npartition; i++) {
		struct partition p;

		seen[i] = o->partition[i];
		if (seen[i].version.n > 0)
			continue;
		if (!partition_parse(t->w->a, t->asset, seen[i].key, &p, err) ||
		    !run_version(t->w, t->asset, &p, &seen[i].version, err))
			return false;
	}
	o->partition = seen;
	return true;
}

bool
witness_probe(struct witness *t, struct observed *o, struct err *err)
{
	const struct asset *asset = t->asset;
	struct dataset d;
	struct err missing = {0};
	char hex[HASH_HEX];

	if (asset->updated_from == UPDATED_OTHER)
		return err_set(err, ERR_UNSUPPORTED, asset->loc,
		               "updated: {from: " SV_FMT "} is not built yet", SV_ARG(asset->updated_arg));
	if (!run_dataset(t->w->a, t->w->catalog, asset, NULL, &d, &missing)) {
		if (missing.code == ERR_NOT_FOUND) {
			o->exists = false;
			return true;
		}
		*err = missing;
		return false;
	}
	o->exists = true;
	if (d.driver != NULL) {
		if (asset->updated_from == UPDATED_DEFAULT || asset->updated_from == UPDATED_MTIME) {
			o->probed_us = d.parts.newest_us;
			if (o->probed_us > t->limit_us) {
				note_future(t, o, 1, o->probed_us, SV("the file times"));
				o->probed_us = TIME_NONE;
			}
		}
		if (asset->version_from == VERSION_DEFAULT || asset->version_from == VERSION_STAT) {
			parts_version(&d.parts, false, hex);
			o->version = arena_sv(t->w->a, sv_of(hex));
		} else if (asset->version_from == VERSION_CONTENT && !content_of_parts(t, &d, o, err)) {
			return false;
		}
		if (asset->ndim > 0)
			partitions_of_files(t, &d, o);
	} else if (asset->ndim > 0 &&
	           !run_partitions_of_table(t->w, asset, t->now_us, &o->partition, &o->npartition, err)) {
		return false;
	}
	return version_partitions(t, o, err) && probe_connection(t, &d, o, err);
}
