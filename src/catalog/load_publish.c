/* `publish:`: where the output is made before it is checked, and what it becomes. */
#include "catalog/load.h"
#include "catalog/partition.h"
#include "catalog/pattern.h"

static void
stage_load(struct loader *l, void *rec, const struct node *n)
{
	struct publish_decl *p = rec;

	if (n->text.n == 0 || memchr(n->text.p, '\0', n->text.n) != NULL) {
		diag_error(l->d, n->loc, "'stage' is no name");
		return;
	}
	p->stage = n->text;
	p->loc = n->loc;
}

static const struct field publish_fields[] = {
	{"stage",
         "What the command writes: a path (a folder where the asset is a glob), with the partition's "
         "placeholders where one is made; or a table.",
         .kind = FIELD_TEXT, .required = true, .load = stage_load},
	{"to", "What it becomes; default: the asset's path, the folder where its glob begins, or its table.",
         .kind = FIELD_TEXT, .at = offsetof(struct publish_decl, to)},
	{"keep_as", "The table that the old one becomes, replacing one of that name; else it is dropped.",
         .kind = FIELD_TEXT, .at = offsetof(struct publish_decl, keep_as)},
};
const struct table publish_table = TABLE("publish", publish_fields);

void
publish_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;

	if (n->kind == NODE_MAP)
		table_load(l, &publish_table, n, &as->publish);
	else if (!node_is_off(n))
		diag_error(l->d, n->loc, "'publish' must be a map or off, not %s", node_kind_name(n->kind));
}

/* Everything before the first part of the path that is a glob; all of it if there is none. */
static struct sv
before_glob(struct sv path)
{
	struct sv rest = path;

	while (rest.n > 0) {
		size_t at = path.n - rest.n;

		if (sv_has_glob(sv_cut(&rest, '/')))
			return (struct sv){path.p, at > 0 ? at - 1 : 0};
	}
	return path;
}

static bool
is_below(struct sv path, struct sv folder)
{
	return sv_starts(path, folder) && path.n > folder.n && path.p[folder.n] == '/';
}

static struct sv
compression(struct sv path)
{
	static const struct sv endings[] = {{".gz", 3}, {".zst", 4}};

	for (size_t i = 0; i < LEN(endings); i++)
		if (sv_iends(path, endings[i]))
			return endings[i];
	return (struct sv){0};
}

static bool
target_fits(struct loader *l, const struct asset *as)
{
	const struct publish_decl *p = &as->publish;

	if (p->to.n == 0) {
		diag_error(l->d, p->loc,
		           "'" SV_FMT "' begins with a glob, so that no folder is the asset's own",
		           SV_ARG(as->path));
		diag_hint(l->d, "write its files into a folder: `path: sales/*.csv`");
		return false;
	}
	if (sv_eq(p->to, as->path) || is_below(as->path, p->to))
		return true;
	diag_error(l->d, p->loc, "what is published to '" SV_FMT "' does not become '" SV_FMT "'",
	           SV_ARG(p->to), SV_ARG(as->path));
	diag_hint(l->d, "'to' is the asset's path or a folder that it begins with; leave it out");
	return false;
}

static void
finish_path(struct loader *l, struct asset *as)
{
	struct publish_decl *p = &as->publish;
	bool used[PARTITION_DIMS_MAX] = {0};

	if (p->to.n == 0)
		p->to = before_glob(as->path);
	if (!target_fits(l, as) || (as->ndim > 0 && !pattern_check(l->a, as, p->stage, p->loc, used, l->d)))
		return;
	if (p->keep_as.n > 0) {
		diag_error(l->d, p->loc, "'keep_as' is of tables");
		diag_hint(l->d, "of files the old version is gone once the new one is there");
	} else if (sv_has_glob(p->stage)) {
		diag_error(l->d, p->loc, "the stage must be one file or folder, not a glob");
	} else if (sv_eq(p->stage, p->to) || is_below(p->stage, p->to) || is_below(p->to, p->stage) ||
	           sv_glob(partition_glob(l->a, as, as->path), partition_glob(l->a, as, p->stage))) {
		diag_error(l->d, p->loc, "the stage '" SV_FMT "' would be taken for the asset itself",
		           SV_ARG(p->stage));
		diag_hint(l->d, "name another folder, on the same file system");
	} else if (sv_eq(p->to, as->path) && !sv_eq(compression(p->stage), compression(as->path))) {
		/* By the ending it is known what must be decompressed. */
		diag_error(l->d, p->loc,
		           "the stage must end as '" SV_FMT "' does, or it would be read differently",
		           SV_ARG(as->path));
	}
}

static void
finish_table(struct loader *l, struct asset *as)
{
	struct publish_decl *p = &as->publish;

	if (p->to.n == 0)
		p->to = as->table;
	if (!sv_ieq(p->to, as->table)) {
		diag_error(l->d, p->loc,
		           "what is published to '" SV_FMT "' does not become the table '" SV_FMT "'",
		           SV_ARG(p->to), SV_ARG(as->table));
		diag_hint(l->d, "leave 'to' out");
	} else if (sv_ieq(p->stage, as->table) || sv_ieq(p->keep_as, as->table) ||
	           sv_ieq(p->keep_as, p->stage)) {
		diag_error(l->d, p->loc,
		           "'stage', 'keep_as' and the asset's own table must be different ones");
	} else if (p->keep_as.n > 0 && as->ndim > 0) {
		diag_error(l->d, p->loc,
		           "'keep_as' means nothing where one partition of a table is replaced");
	}
}

void
publish_finish(struct loader *l, struct asset *as)
{
	if (as->publish.stage.n == 0)
		return;
	if (as->source != NULL && as->path.n > 0)
		finish_path(l, as);
	else if (as->source != NULL && as->table.n > 0)
		finish_table(l, as);
	else if (as->query.n > 0 || node_get(as->node, "source") == NULL) {
		diag_error(l->d, as->publish.loc, "'publish' needs a 'path' or a 'table' that it becomes");
		diag_hint(l->d, "without one, `weir run` gates and records, and checks what lies there");
	}
}
