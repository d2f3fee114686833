/* The catalog as a whole: finding it, its top level, and the order in which things are loaded. */
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "catalog/load.h"

static void
version_check(struct loader *l, void *rec, const struct node *n)
{
	int64_t v;

	(void)rec;
	if (node_int(n, &v, l->d) && v != 1) {
		diag_error(l->d, n->loc, "version %lld of catalogs is not known", (long long)v);
		diag_hint(l->d, "this program reads `version: 1`");
	}
}

static const char *const undecided_names[] = {"block", "allow", NULL};

static void
undecided_load(struct loader *l, void *rec, const struct node *n)
{
	static const struct field f = {.key = "undecided", .kind = FIELD_ENUM, .names = undecided_names};
	struct catalog *c = rec;
	int which = 0;

	field_load(l, &f, n, &which);
	c->undecided_allow = which == 1;
}

/* The shape of all environments, also of those that were not chosen. */
static void
environments_check(struct loader *l, void *rec, const struct node *n)
{
	static const char *const own[] = {"version", "catalog", "environments"};

	(void)rec;
	for (size_t i = 0; i < n->n; i++) {
		const struct node *env = &n->kid[i];

		if (env->kind != NODE_MAP) {
			diag_error(l->d, env->loc, "an environment must be a map, not %s",
			           node_kind_name(env->kind));
			continue;
		}
		for (size_t k = 0; k < env->n; k++) {
			bool first = false;

			for (size_t o = 0; o < LEN(own); o++)
				first = first || sv_is(env->kid[k].key, own[o]);
			if (first)
				diag_error(l->d, env->kid[k].key_loc,
				           "an environment cannot override '" SV_FMT "'",
				           SV_ARG(env->kid[k].key));
			else if (table_field(&top_table, env->kid[k].key) == NULL)
				unknown_key(l, &env->kid[k], &top_table);
		}
	}
}

/* An entry is a part of an asset: loaded as one that is thrown away, its mistakes are told once, used or not. */
static void
defaults_check(struct loader *l, void *rec, const struct node *n)
{
	const struct node *match = node_get(n, "match");

	(void)rec;
	if (match == NULL)
		diag_error(l->d, n->loc, "an entry of 'defaults' needs the key 'match'");
	else if (match->kind != NODE_TEXT && match->kind != NODE_SEQ)
		diag_error(l->d, match->loc, "'match' must be a glob of keys, not %s",
		           node_kind_name(match->kind));
	for (size_t i = 0; match != NULL && match->kind == NODE_SEQ && i < match->n; i++)
		if (match->kid[i].kind != NODE_TEXT)
			diag_error(l->d, match->kid[i].loc, "'match' must be a glob of keys, not %s",
			           node_kind_name(match->kid[i].kind));

	struct node body = *n;

	body.n = 0;
	body.kid = ARENA_ARRAY(l->a, struct node, n->n);
	for (size_t i = 0; i < n->n; i++)
		if (!sv_is(n->kid[i].key, "match"))
			body.kid[body.n++] = n->kid[i];
	table_load(l, &asset_table, &body, ARENA_NEW(l->a, struct asset));
}

static void
assets_load(struct loader *l, void *rec, const struct node *n)
{
	struct catalog *c = rec;

	c->asset = ARENA_ARRAY(l->a, struct asset, n->n);
	c->nasset = n->n;
	for (size_t i = 0; i < n->n; i++) {
		const struct sv *template = map_get(&l->made_by, n->kid[i].key);

		c->asset[i].index = (uint32_t)i;
		if (template != NULL)
			c->asset[i].template_of = *template;
		asset_load(l, &c->asset[i], &n->kid[i]);
	}
}

static const struct field any_item = {
	.key = "item", .doc = "A file, or {import: KIND, from: PATH} of another tool.", .kind = FIELD_ANY};
static const struct field source_item = {
	.key = "source", .doc = "A source.", .kind = FIELD_NONE, .table = &source_table};
static const struct field calendar_item = {
	.key = "calendar", .doc = "A calendar.", .kind = FIELD_NONE, .table = &calendar_table};
static const struct field asset_item = {
	.key = "asset", .doc = "An asset.", .kind = FIELD_NONE, .table = &asset_table, .null_ok = true};
static const struct field environment_item = {
	.key = "environment", .doc = "What it overrides.", .kind = FIELD_NONE, .table = &top_table};
static const struct field default_item = {.key = "default",
                                          .doc = "A part of the assets that it matches.",
                                          .kind = FIELD_NONE,
                                          .table = &asset_table,
                                          .load = defaults_check};

static const struct field own_item = {.key = "an expectation",
                                      .doc = "An expression or a program, with its parameters.",
                                      .kind = FIELD_NONE,
                                      .table = &own_table};

/* In this order: assets refer to what stands before them. */
static const struct field top_fields[] = {
	{"version", "Version of the format: 1.", .kind = FIELD_INT, .load = version_check},
	{"project", "Name of the project.", .kind = FIELD_TEXT, .at = offsetof(struct catalog, project)},
	{"timezone", "Zone of schedules, partitions and timestamp columns that name none; default UTC.",
         .kind = FIELD_ZONE, .at = offsetof(struct catalog, zone)},
	{"store", "Path of the state database; default .weir/state.db.", .kind = FIELD_TEXT,
         .at = offsetof(struct catalog, store)},
	{"undecided", "What a gate does when nothing can be decided: block (default) or allow.",
         .kind = FIELD_ENUM, .names = undecided_names, .load = undecided_load},
	{"allow_sql", "Checks may be SQL queries of their own.", .kind = FIELD_BOOL,
         .at = offsetof(struct catalog, allow_sql)},
	{"catalog", "Further files, laid over this one in order.", .kind = FIELD_NONE, .items = &any_item},
	{"environments", "What is different where, by the name that --env or WEIR_ENV gives.",
         .kind = FIELD_NONE, .values = &environment_item, .null_ok = true, .load = environments_check},
	{"sources", "Places where data is stored, by name.", .kind = FIELD_NONE, .values = &source_item,
         .null_ok = true, .load = sources_load},
	{"calendars", "Working days, by name.", .kind = FIELD_NONE, .values = &calendar_item, .null_ok = true,
         .load = calendars_load},
	{"expectations", "Expectations of your own, by name: an expression with parameters, or a program.",
         .kind = FIELD_NONE, .values = &own_item, .null_ok = true, .load = own_expectations_load},
	{"defaults",
         "Parts of assets whose keys match, in order: later ones win, lists append, `off` removes.",
         .kind = FIELD_NONE, .items = &default_item},
	{"assets", "The assets, by key.", .kind = FIELD_NONE, .values = &asset_item, .null_ok = true,
         .load = assets_load},
	{"alerts", "Who is told.", .kind = FIELD_NONE, .table = &alerts_table, .load = alerts_load},
	{"service", "What `weir serve` does, and where.", .kind = FIELD_NONE, .table = &service_table,
         .load = service_load},
	{"retention", "How long records are kept, by kind.", .kind = FIELD_NONE, .table = &retention_table,
         .at = offsetof(struct catalog, retention)},
};
const struct table top_table = TABLE("a catalog", top_fields);

/* Loading --------------------------------------------------------------------------------------------------------- */

char *
catalog_find(struct arena *a, const char *dir)
{
	char *start = realpath(dir, NULL);
	struct sv up = sv_of(start != NULL ? start : "");
	char *path = fs_join(a, dir, SV("weir.yaml"));

	while (!fs_exists(path)) {
		if (up.n <= 1) {
			free(start);
			return NULL;
		}
		while (up.n > 1 && up.p[up.n - 1] != '/')
			up.n--;
		if (up.n > 1)
			up.n--;
		/* Named as the user would from here, and not by an absolute path that says nothing to him. */
		dir = arena_printf(a, "%s/..", dir);
		path = fs_join(a, dir, SV("weir.yaml"));
	}
	free(start);
	return path;
}

/* What the service does not see it cannot check, either. */
static void
elsewhere_finish(struct loader *l, struct catalog *c)
{
	for (size_t i = 0; i < c->nasset; i++) {
		struct asset *as = &c->asset[i];
		const struct node *schedule = as->schedule.cron_text.n > 0 ? node_get(as->node, "schedule")
		                                                           : NULL;

		as->elsewhere = asset_is_stored(as) && (as->elsewhere || c->service.elsewhere);
		if (!as->elsewhere || schedule == NULL)
			continue;
		diag_error(l->d, schedule->loc,
		           "the service cannot check '" SV_FMT "' by schedule: its data is `elsewhere`",
		           SV_ARG(as->key));
		diag_hint(l->d, "have a timer run `weir check --server` on a machine that sees it");
	}
}

static struct catalog *
load(struct loader *l, const struct node *root, const char *file, const char *env)
{
	struct catalog *c = ARENA_NEW(l->a, struct catalog);

	l->c = c;
	c->a = l->a;
	c->file = file;
	c->dir = fs_dirname(l->a, file);
	c->env = arena_sv(l->a, sv_of(env));
	c->store = SV(".weir/state.db");
	c->zone = tz_utc;
	c->retention = retention_default;
	c->service = service_default;
	c->alerts = alerts_default;
	map_init(&l->source, l->a);
	map_init(&l->calendar, l->a);
	map_init(&l->made_by, l->a);
	map_init(&l->suite_read, l->a);
	if (root->kind != NODE_MAP) {
		diag_error(l->d, root->loc, "a catalog must be a map, not %s", node_kind_name(root->kind));
		return NULL;
	}
	root = catalog_effective(l, root, env);
	c->node = root;
	table_load(l, &top_table, root, c);
	elsewhere_finish(l, c);
	graph_build(l);
	catalog_hash(c);
	diags_sort(l->d);
	return c;
}

static const char *
env_name(const char *env)
{
	if (env == NULL)
		env = getenv("WEIR_ENV");
	return env != NULL && env[0] != '\0' ? env : "default";
}

struct catalog *
catalog_read(struct arena *a, const struct catalog_options *o, struct diags *d)
{
	struct loader l = {.a = a, .d = d, .import = o->import, .suite = o->suite};
	const char *path = o->path != NULL ? arena_str(a, sv_of(o->path))
	                                   : catalog_find(a, o->dir != NULL ? o->dir : ".");

	if (path == NULL) {
		diag_error(d, NOWHERE, "there is no weir.yaml here or in a folder above");
		diag_hint(d, "weir init writes one from the data that lies here; -C names another folder");
		return NULL;
	}

	const struct node *root = node_parse_file(a, path, d);

	if (root == NULL)
		return NULL;
	return load(&l, root, path, env_name(o->env));
}

struct catalog *
catalog_load(struct arena *a, const struct catalog_options *o, struct diags *d)
{
	struct catalog *c = catalog_read(a, o, d);

	return d->errors == 0 ? c : NULL;
}

struct catalog *
catalog_load_text(struct arena *a, const char *file, struct sv text, const char *env, struct diags *d)
{
	struct loader l = {.a = a, .d = d, .no_files = true};
	const struct node *root = node_parse_yaml(a, file, text, d);

	struct catalog *c = root != NULL ? load(&l, root, file, env_name(env)) : NULL;

	return d->errors == 0 ? c : NULL;
}

const struct asset *
catalog_asset(const struct catalog *c, struct sv key)
{
	return map_get(&c->by_key, key);
}

const char *const *
catalog_keys(struct arena *a, const struct catalog *c, size_t *n)
{
	return map_names(a, &c->by_key, n);
}

struct sv
catalog_shown(const struct catalog *c, struct sv path)
{
	struct sv dir = sv_of(c->dir);

	if (strcmp(c->dir, ".") != 0 && sv_starts(path, dir) && path.n > dir.n + 1 && path.p[dir.n] == '/')
		return sv_skip(path, dir.n + 1);
	return path;
}
