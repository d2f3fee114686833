/* All checks of an asset, in order, with their ids; and those that nobody has to write. */
#include "base/map.h"
#include "expect/check.h"
#include "expect/family.h"
#include "expect/suite.h"

/* Where a check stands in the files: by file in the order of first mention, line and column. */
struct place {
	const struct node *node;
	struct sv column;
	size_t file;
};

static void
add_place(struct arena *a, const struct node *n, struct sv column, struct place *v, size_t *nv)
{
	struct place p = {n, column, 0};
	size_t i = 0;

	(void)a;
	while (i < *nv && v[i].node->loc.file != n->loc.file)
		i++;
	p.file = i < *nv ? v[i].file : *nv;
	for (i = *nv; i > 0; i--) {
		const struct place *before = &v[i - 1];

		if (before->file < p.file ||
		    (before->file == p.file &&
		     (before->node->loc.line < n->loc.line ||
		      (before->node->loc.line == n->loc.line && before->node->loc.col <= n->loc.col))))
			break;
		v[i] = v[i - 1];
	}
	v[i] = p;
	(*nv)++;
}

static void
add_declared(struct check_list *l, const struct asset *asset)
{
	size_t n = asset->ncheck, nplace = 0;
	struct place *place;

	for (size_t i = 0; i < asset->ncolumn; i++)
		n += asset->column[i].checks != NULL ? asset->column[i].checks->n : 0;
	place = ARENA_ARRAY(l->args.a, struct place, n);
	for (size_t i = 0; i < asset->ncheck; i++)
		add_place(l->args.a, asset->check[i], (struct sv){0}, place, &nplace);
	for (size_t i = 0; i < asset->ncolumn; i++) {
		const struct node *checks = asset->column[i].checks;

		for (size_t j = 0; checks != NULL && j < checks->n; j++)
			add_place(l->args.a, &checks->kid[j], asset->column[i].name, place, &nplace);
	}
	for (size_t i = 0; i < nplace; i++) {
		l->column = place[i].column;
		check_add_node(l, place[i].node);
	}
	l->column = (struct sv){0};
}

static void
add_implicit(struct check_list *l, const struct asset *asset)
{
	struct loc at = asset != NULL ? asset->loc : NOWHERE;

	for (size_t i = 0; asset != NULL && i < asset->ncolumn; i++)
		if (!asset->column[i].nullable)
			check_add_implicit(l, &expect_not_be_null, asset->column[i].name,
			                   asset->column[i].loc);
	if (asset == NULL || !asset->allow_empty)
		check_add_implicit(l, &expect_not_empty, (struct sv){0}, at);
	for (size_t i = 0; asset != NULL && i < asset->ncolumn; i++)
		if (asset->column[i].type.kind != TYPE_ANY)
			check_add_implicit(l, &expect_fits_type, asset->column[i].name, asset->column[i].loc);
	check_add_implicit(l, &expect_well_formed, (struct sv){0}, at);
}

static struct sv
id_base(struct arena *a, const struct check *c)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	if (c->asset != NULL)
		buf_printf(&b, SV_FMT ":", SV_ARG(c->asset->key));
	if (c->name.n > 0) {
		buf_add(&b, c->name);
		return buf_take(a, &b);
	}
	if (c->expectation == NULL)
		buf_add(&b, c->written_name);
	else
		buf_puts(&b, c->expectation->shorthand);
	for (uint32_t i = 0, n = 0; c->expectation != NULL && i < c->expectation->nparams; i++)
		for (uint32_t j = 0;
		     j < c->arg[i].ncolumn && (c->expectation->family != FAMILY_TABLE ||
		                               c->expectation->params[i].kind == PARAM_COLUMN);
		     j++)
			buf_printf(&b, "%c" SV_FMT, n++ == 0 ? ':' : ',', SV_ARG(c->arg[i].column[j]));
	if (c->nmember == 1 && c->expectation != NULL && c->expectation->compare != NULL)
		buf_printf(&b, ":" SV_FMT, SV_ARG(check_metric(a, c)));
	return buf_take(a, &b);
}

static void
tell_equal(struct check_list *l, const struct check *c, const struct check *first)
{
	diag_error(l->d, c->loc, "this check is equal to another one of the same asset");
	if (first->loc.line != 0 && first->loc.file != NULL)
		diag_hint(l->d, "The other stands in %s:%u:%u.", first->loc.file, first->loc.line,
		          first->loc.col);
}

/*
 * Drops what is there already: a suite is a set, and one that repeats what the catalog says is no mistake of its own.  Twice in
 * weir.yaml is one.
 */
static void
find_equal(struct check_list *l)
{
	struct map seen;
	size_t n = 0;

	map_init(&seen, l->args.a);
	for (size_t i = 0; i < l->out.n; i++) {
		struct check *c = &l->out.v[i];
		struct map_entry *e;

		check_hash(c);
		e = map_put(&seen, sv_of(c->hash));
		/* Switched off in one place of a suite is not switched off in the other. */
		if (e->value != NULL && c->imported && c->enabled && !((struct check *)e->value)->enabled &&
		    ((struct check *)e->value)->imported)
			*(struct check *)e->value = *c;
		if (e->value != NULL && (c->imported || c->implicit))
			continue;
		if (e->value != NULL)
			tell_equal(l, c, e->value);
		l->out.v[n] = *c;
		if (e->value == NULL)
			e->value = &l->out.v[n];
		n++;
	}
	l->out.n = n;
}

static void
give_ids(struct check_list *l)
{
	struct arena *a = l->args.a;
	struct map count;

	map_init(&count, a);
	for (size_t i = 0; i < l->out.n; i++) {
		struct check *c = &l->out.v[i];

		c->id = id_base(a, c);
		struct map_entry *e = map_put(&count, c->id);
		if (e->value == NULL) {
			e->value = ARENA_NEW(a, size_t);
		} else if (c->name.n > 0 && !c->imported) {
			diag_error(l->d, c->loc, "another check is called '" SV_FMT "' too", SV_ARG(c->name));
		}
		++*(size_t *)e->value;
	}
	for (size_t i = 0; i < l->out.n; i++) {
		struct check *c = &l->out.v[i];

		if (*(const size_t *)map_get(&count, c->id) > 1)
			c->id = arena_svf(a, SV_FMT ":%.8s", SV_ARG(c->id), c->hash);
	}
}

/* Of checks that say nothing of it themselves, and of those that nobody wrote. */
static void
give_quarantine(struct check_list *l)
{
	for (size_t i = 0; l->asset != NULL && i < l->out.n; i++) {
		struct check *c = &l->out.v[i];

		if (!c->quarantine_given && c->expectation != NULL && check_is_of_rows(c))
			c->quarantine = l->asset->quarantine;
	}
}

void
check_list_finish(struct check_list *l, struct checks *ret)
{
	give_quarantine(l);
	find_equal(l);
	give_ids(l);
	*ret = (struct checks){.v = l->out.v, .n = l->out.n};
}

/* What is declared, open to more: enough to type arguments and expressions before any data is seen. */
static const struct schema *
declared_schema(struct arena *a, const struct asset *asset)
{
	struct schema *s = ARENA_NEW(a, struct schema);
	struct column *col = ARENA_ARRAY(a, struct column, asset->ncolumn);

	for (size_t i = 0; i < asset->ncolumn; i++)
		col[i] = (struct column){.name = asset->column[i].name,
		                         .pii = asset->column[i].pii,
		                         .type = asset->column[i].type,
		                         .index = (uint32_t)i,
		                         .declared = asset->column[i].type.kind != TYPE_ANY};
	*s = (struct schema){.col = col, .n = (uint32_t)asset->ncolumn, .open = true};
	return s;
}

/* Of one that is only reported nothing can be read: a catalog may hold very many of these. */
static bool
has_data(const struct asset *asset)
{
	return asset->source != NULL || asset->path.n > 0 || asset->table.n > 0 || asset->query.n > 0;
}

static bool
has_checks(const struct asset *asset)
{
	for (size_t i = 0; i < asset->ncolumn; i++)
		if (asset->column[i].checks != NULL && asset->column[i].checks->n > 0)
			return true;
	return asset->ncheck > 0 || asset->nsuite > 0;
}

static bool
load_all(struct arena *a, const struct catalog *c, const struct asset *asset, int64_t now_us,
         struct checks *ret, struct diags *d)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) m = metrics_new(x);
	struct binder trial = {.a = exprs_arena(x), .x = x, .m = m, .schema = declared_schema(a, asset)};
	struct check_list l = {
		.args = {.a = a, .catalog = c, .now_us = now_us}, .asset = asset, .d = d, .trial = &trial};
	size_t before = d->errors;

	add_declared(&l, asset);
	l.trial = NULL;
	for (size_t i = 0; i < asset->nsuite; i++)
		suite_add(&l, asset->suite[i]);
	add_implicit(&l, asset);
	check_list_finish(&l, ret);
	return d->errors == before;
}

bool
checks_load(struct arena *a, const struct catalog *c, const struct asset *asset, int64_t now_us,
            struct checks *ret, struct diags *d)
{
	*ret = (struct checks){0};
	return (!has_data(asset) && !has_checks(asset)) || load_all(a, c, asset, now_us, ret, d);
}

void
checks_implicit(struct arena *a, const struct asset *asset, struct checks *ret)
{
	struct diags d;
	struct check_list l = {.args = {.a = a}, .asset = asset, .d = &d};

	diags_init(&d, a);
	for (size_t i = 0; i < ret->n; i++)
		*LIST_ADD(a, &l.out) = ret->v[i];
	add_implicit(&l, asset);
	check_list_finish(&l, ret);
}

bool
checks_parse(struct arena *a, const struct catalog *catalog, const struct asset *asset, struct sv yaml,
             int64_t now_us, struct checks *ret, struct diags *d)
{
	struct check_list l = {
		.args = {.a = a, .catalog = catalog, .now_us = now_us}, .asset = asset, .d = d};
	size_t before = d->errors;
	const struct node *n = node_parse_yaml(a, "a check", yaml, d);

	if (n == NULL)
		return false;
	check_add_node(&l, n);
	if (d->errors > before || l.out.n == 0)
		return false;
	check_list_finish(&l, ret);
	return true;
}
