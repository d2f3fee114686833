/* What an asset depends on. */
#include "base/num.h"
#include "catalog/load.h"

/* In the order of enum gate_effect. */
static const char *const gate_names[] = {"ignore", "warn", "block", NULL};

static void
map_load(struct loader *l, void *rec, const struct node *n)
{
	static const char *const names[] = {"same", "all", "last", "window", "latest_closed"};
	struct dep *d = rec;
	struct sv range = n->text;
	struct sv head = sv_cut(&range, '(');

	for (int i = MAP_SAME; i <= MAP_LATEST_CLOSED; i++)
		if (sv_is(n->text, names[i]) && i != MAP_WINDOW) {
			d->map = (enum partition_map)i;
			return;
		}
	if (sv_is(head, "window") && sv_ends(range, SV(")"))) {
		int64_t from, to;
		struct sv rest = {range.p, range.n - 1};
		struct sv first = sv_cut(&rest, '.');

		if (sv_starts(rest, SV(".")) && num_i64(first, &from) && num_i64(sv_skip(rest, 1), &to) &&
		    from <= to && from >= -10000 && to <= 10000) {
			d->map = MAP_WINDOW;
			d->window_from = (int32_t)from;
			d->window_to = (int32_t)to;
			return;
		}
		diag_error(l->d, n->loc, "'" SV_FMT "' is no window of partitions", SV_ARG(n->text));
		diag_hint(l->d,
		          "write window(-6..0): from six before up to the same one; at most 10000 away");
		return;
	}
	diag_error(l->d, n->loc, "'partitions' has no value '" SV_FMT "'", SV_ARG(n->text));
	if (sv_nearest(n->text, names, LEN(names)) != NULL)
		diag_suggest(l->d, n->text, names, LEN(names));
	else
		diag_hint(l->d, "it can be same, all, last, window(-6..0), latest_closed");
}

static void
dep_gate_load(struct loader *l, void *rec, const struct node *n)
{
	static const struct field f = {.key = "gate", .kind = FIELD_ENUM, .names = gate_names};
	struct dep *d = rec;
	int effect = (int)d->gate;

	field_load(l, &f, n, &effect);
	d->gate = (enum gate_effect)effect;
}

static void
dep_key_load(struct loader *l, void *rec, const struct node *n)
{
	struct dep *d = rec;
	struct sv key;

	if (!node_text(n, &key, l->d))
		return;
	if (key.n == 0)
		diag_error(l->d, n->loc, "a dependency's key is empty");
	d->key = key;
	d->loc = n->loc;
}

static const struct field dep_fields[] = {
	{"key", "Key or alias of the asset that is read.", .kind = FIELD_TEXT, .required = true,
         .load = dep_key_load},
	{"columns", "Columns that are read; one that nobody defines is `dangling`.", .kind = FIELD_TEXT,
         .texts = true, .at = offsetof(struct dep, column), .at_n = offsetof(struct dep, ncolumn)},
	{"partitions",
         "Which of its partitions one of ours reads: same (default), all, last, window(-6..0), "
         "latest_closed.",
         .kind = FIELD_TEXT, .load = map_load},
	{"gate", "What its problems do to our gate: block (default), warn, ignore.", .kind = FIELD_ENUM,
         .names = gate_names, .load = dep_gate_load},
};
static const struct table dep_table = TABLE("a dependency", dep_fields);

const struct field dep_item = {
	.key = "dependency", .doc = "A key, or a map.", .kind = FIELD_TEXT, .table = &dep_table};

void
deps_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;
	size_t count = n->kind == NODE_SEQ ? n->n : 1;
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	struct dep *v = ARENA_ARRAY(l->a, struct dep, count);

	for (size_t i = 0; i < count; i++) {
		struct dep d = {.loc = item[i].loc, .gate = EFFECT_BLOCK};

		if (item[i].kind == NODE_MAP)
			table_load(l, &dep_table, &item[i], &d);
		else if (item[i].kind == NODE_SEQ || item[i].kind == NODE_NULL)
			diag_error(l->d, item[i].loc, "a dependency must be a key or a map, not %s",
			           node_kind_name(item[i].kind));
		else
			dep_key_load(l, &d, &item[i]);
		if (d.key.n > 0)
			v[as->ndep++] = d;
	}
	as->dep = v;
}
