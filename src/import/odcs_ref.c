/* The names by which a contract means its own tables and columns, and those of others; relationships, which are made of them. */
#include "import/odcs.h"

/* References -------------------------------------------------------------------------------------------------------- */

static bool
is_called(const struct node *n, struct sv name)
{
	static const char *const keys[] = {"name", "id", "physicalName"};

	for (size_t i = 0; i < LEN(keys); i++)
		if (name.n > 0 && sv_eq(odcs_text(n, keys[i]), name))
			return true;
	return false;
}

struct odcs_object *
odcs_object_find(struct odcs *c, struct sv name)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_called(c->object[i].node, name))
			return &c->object[i];
	return NULL;
}

static const struct node *
find_property(const struct odcs_object *o, struct sv name)
{
	const struct node *list = node_get(o->node, "properties");

	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		if (is_called(&list->kid[i], name))
			return &list->kid[i];
	return NULL;
}

/* `schema/ID/properties/ID` as table and column; false if it is not of that form. */
static bool
split_path(struct sv path, struct sv *table, struct sv *column)
{
	if (!sv_is(sv_cut(&path, '/'), "schema"))
		return false;
	*table = sv_cut(&path, '/');
	*column = (struct sv){0};
	if (path.n == 0)
		return table->n > 0;
	if (!sv_is(sv_cut(&path, '/'), "properties"))
		return false;
	*column = path;
	return column->n > 0 && sv_find(*column, '/') < 0;
}

static bool
resolve_in(struct odcs *c, struct sv table, struct sv column, struct odcs_element *ret, struct sv *why)
{
	struct odcs_object *o = odcs_object_find(c, table);
	const struct node *property;

	if (o == NULL) {
		*why = arena_svf(c->im->a, "the contract has no table '" SV_FMT "'", SV_ARG(table));
		return false;
	}
	*ret = (struct odcs_element){.object = o, .table = o->asset->name};
	if (column.n == 0)
		return true;
	property = find_property(o, column);
	if (property == NULL) {
		*why = arena_svf(c->im->a, "the table '" SV_FMT "' has no column '" SV_FMT "'",
		                 SV_ARG(o->asset->name), SV_ARG(column));
		return false;
	}
	ret->column = odcs_column_name(property);
	return true;
}

/* A table of another contract: its names are all that is known. */
static bool
resolve_elsewhere(struct odcs *c, struct sv text, struct odcs_element *ret, struct sv *why)
{
	struct sv rest = text;

	while (rest.n > 0 && rest.p[0] == '/')
		rest = sv_skip(rest, 1);
	if (sv_starts(rest, SV("schema/"))) {
		*why = SV("it goes by the ids of another contract, which is not read");
		return false;
	}
	*ret = (struct odcs_element){.table = sv_cut(&rest, '.'), .column = rest};
	if (ret->table.n > 0 && rest.n > 0 && sv_find(rest, '.') < 0)
		return true;
	*why = arena_svf(c->im->a, "'" SV_FMT "' is no TABLE.COLUMN", SV_ARG(text));
	return false;
}

bool
odcs_resolve(struct odcs *c, struct sv text, struct odcs_element *ret, struct sv *why)
{
	const ptrdiff_t hash = sv_find(text, '#');
	struct sv table = text, column = {0};

	if (hash > 0)
		return resolve_elsewhere(c, sv_skip(text, (size_t)hash + 1), ret, why);
	text = sv_trim(sv_skip(text, hash == 0 ? 1 : 0));
	while (text.n > 0 && text.p[0] == '/')
		text = sv_skip(text, 1);
	if (sv_starts(text, SV("schema/"))) {
		if (split_path(text, &table, &column))
			return resolve_in(c, table, column, ret, why);
		*why = arena_svf(c->im->a, "'" SV_FMT "' is no column of a table", SV_ARG(text));
		return false;
	}
	/* Names of tables may hold dots themselves. */
	if (odcs_object_find(c, text) != NULL)
		return resolve_in(c, text, column, ret, why);
	if (c->n == 1 && find_property(&c->object[0], text) != NULL)
		return resolve_in(c, c->object[0].asset->name, text, ret, why);
	for (size_t i = text.n; i > 0; i--)
		if (text.p[i - 1] == '.' && odcs_object_find(c, (struct sv){text.p, i - 1}) != NULL)
			return resolve_in(c, (struct sv){text.p, i - 1}, sv_skip(text, i), ret, why);
	table = sv_cut(&text, '.');
	return resolve_in(c, table, text, ret, why);
}

/* Relationships ----------------------------------------------------------------------------------------------------- */

struct relation {
	struct odcs *c;
	struct import_item *it;
	struct node mine, theirs; /* lists of columns */
	struct sv to;
};

static void
add_end(struct relation *r, const struct node *n, bool mine, const struct odcs_object *own)
{
	struct odcs_element e;
	struct sv why = {0};

	if (n->kind != NODE_TEXT || !odcs_resolve(r->c, n->text, &e, &why)) {
		/* A table that the contract does not hold is some other asset. */
		if (n->kind != NODE_TEXT || mine || sv_starts(n->text, SV("schema/")) ||
		    sv_find(n->text, '#') >= 0 || !resolve_elsewhere(r->c, n->text, &e, &(struct sv){0})) {
			import_grade(r->it, GRADE_REFUSED, "write TABLE.COLUMN", SV_FMT,
			             SV_ARG(why.n > 0 ? why : SV("it names no column")));
			return;
		}
	}
	if (e.column.n == 0)
		import_grade(r->it, GRADE_REFUSED, "write TABLE.COLUMN", "'" SV_FMT "' names no column",
		             SV_ARG(n->text));
	else if (mine && e.object != own)
		import_grade(r->it, GRADE_REFUSED, "write it below that table",
		             "'" SV_FMT "' is a column of another table", SV_ARG(n->text));
	else if (!mine && r->to.n > 0 && !sv_eq(r->to, e.table))
		import_grade(r->it, GRADE_REFUSED, NULL, "its columns are of two tables");

	const struct node column = node_of_text(e.column, n->loc);

	if (!mine)
		r->to = e.table;
	node_append(r->c->im->a, mine ? &r->mine : &r->theirs, &column);
}

static void
add_ends(struct relation *r, const struct node *n, bool mine, const struct odcs_object *own)
{
	import_whole(r->c->im, n);
	if (n->kind != NODE_SEQ)
		add_end(r, n, mine, own);
	for (size_t i = 0; n->kind == NODE_SEQ && i < n->n; i++)
		add_end(r, &n->kid[i], mine, own);
}

static void
put_relation(struct relation *r)
{
	struct node args = node_of_map(r->it->loc);
	struct arena *a = r->c->im->a;
	const bool one = r->mine.n == 1;

	if (r->mine.n != r->theirs.n || r->mine.n == 0) {
		import_grade(r->it, GRADE_REFUSED, "name as many columns on either side",
		             "%zu column%s cannot be looked up in %zu", r->mine.n, r->mine.n == 1 ? "" : "s",
		             r->theirs.n);
		return;
	}
	node_put(a, &args, SV("column"), one ? &r->mine.kid[0] : &r->mine);
	node_put_text(a, &args, "to", r->to, r->it->loc);
	node_put(a, &args, SV("field"), one ? &r->theirs.kid[0] : &r->theirs);
	import_check(r->it, "relationships", &args);
	import_remark(r->it, "'" SV_FMT "' must be the key or an alias of an asset", SV_ARG(r->to));
}

static void
read_relation(const struct odcs_place *p, const struct node *n)
{
	static const char *const aside[] = {"id", "customProperties", "description",
	                                    "authoritativeDefinitions", "tags"};
	struct importing *im = p->c->im;
	struct import_item it = odcs_item(p, n);
	struct relation r = {
		.c = p->c, .it = &it, .mine = node_of_list(it.loc), .theirs = node_of_list(it.loc)};
	const struct node *from = import_get(im, n, "from"), *to = import_get(im, n, "to");
	const struct node own = node_of_text(p->column, it.loc);
	struct sv type;

	odcs_aside(im, n, aside, LEN(aside));
	if (import_text_of(im, n, "type", &type) && !sv_ieq(type, SV("foreignKey")))
		import_grade(&it, GRADE_REFUSED, "write type: foreignKey, if every value is to be there",
		             "what a relationship of type '" SV_FMT "' asks for is not known", SV_ARG(type));
	if (p->column.n > 0 && from != NULL)
		import_grade(&it, GRADE_REFUSED, "leave out `from`",
		             "below a column, that column is where it comes from");
	else if (to == NULL || (p->column.n == 0 && from == NULL))
		import_grade(&it, GRADE_REFUSED, NULL, "it has no `%s`", to == NULL ? "to" : "from");
	if (it.grade < GRADE_REFUSED) {
		if (from != NULL)
			add_ends(&r, from, true, p->object);
		else
			node_append(im->a, &r.mine, &own);
		add_ends(&r, to, false, p->object);
	}
	if (it.grade < GRADE_REFUSED)
		put_relation(&r);
	import_item_end(&it);
}

void
odcs_relations(const struct odcs_place *p, const struct node *of)
{
	const struct node *list = import_get(p->c->im, of, "relationships");

	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		read_relation(p, import_kid(p->c->im, list, i));
	if (list != NULL && list->kind != NODE_SEQ)
		import_refuse(p->c->im, p->object->asset, list, list->loc, true,
		              import_short(p->c->im->a, list), "write them behind dashes",
		              "a list of relationships is expected");
}
