/* weir config: the effective catalog, and the schema that editors complete from. */
#include "cmd/workspace.h"

static const struct option_def config_options[] = {
	{"origin", 0, OPT_FLAG, NULL, NULL, "Says behind each value which file and line it came from."},
};

static int
config_show(struct options *o)
{
	AUTO(buf) text = buf_new((size_t)256 << 20);
	const struct asset *asset = NULL;
	struct err err = {0};
	struct opened w;

	if (!opened_catalog(o, &w))
		return 2;
	if (o->narg > 1) {
		size_t n;
		const char *const *keys = catalog_keys(o->a, w.w.catalog, &n);
		const char *near = sv_nearest(sv_of(o->arg[1]), keys, n);

		asset = catalog_asset(w.w.catalog, sv_of(o->arg[1]));
		if (asset == NULL) {
			err_set(&err, ERR_USAGE, NOWHERE, "there is no asset '%s'", o->arg[1]);
			if (near != NULL)
				err_hint(&err, "did you mean '%s'?", near);
			return output_failure(&err);
		}
	}
	catalog_show(w.w.catalog, asset, opt_flag(o, "origin"), text);
	if (!buf_check(text, "the definition", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), 0);
}

static int
config_schema(struct options *o)
{
	AUTO(buf) text = buf_new((size_t)16 << 20);
	struct err err = {0};

	if (o->narg < 2 || strcmp(o->arg[1], "catalog") == 0) {
		catalog_schema(checks_schema, text);
	} else if (!report_json_schema(sv_of(o->arg[1]), text)) {
		err_set(&err, ERR_USAGE, NOWHERE, "there is no schema '%s'", o->arg[1]);
		err_hint(
			&err,
			"schemas: catalog, report, gate, events, profile, runs, incidents, incident, mutes, mute");
		return output_failure(&err);
	}
	if (!buf_check(text, "the schema", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), 0);
}

static int
config_run(struct options *o)
{
	return strcmp(o->arg[0], "show") == 0 ? config_show(o) : config_schema(o);
}

static const char *const config_verbs[] = {"show", "schema", NULL};

const struct command cmd_config = {
	.name = "config",
	.local = true,
	.group = GROUP_UPKEEP,
	.verbs = config_verbs,
	.asset_args = true,
	.synopsis = "show [ASSET] [--origin] | schema [NAME]",
	.summary = "Prints effective definitions and where they came from, or the JSON Schemas",
	.doc = "Schemas: catalog (default), report, gate, events, profile, runs.",
	.example = "weir config show raw/orders --origin",
	.option = config_options,
	.noption = LEN(config_options),
	.min_args = 1,
	.max_args = 2,
	.run = config_run,
};
