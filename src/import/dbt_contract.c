/*
 * What a model promises beside its tests: constraints, which dbt hands to the database, and the contract that its columns are those that are declared.
 *
 * https://docs.getdbt.com/reference/resource-properties/constraints.  Many databases do not hold them; weir does.
 */
#include "import/dbt.h"

struct promise {
	struct importing *im;
	struct import_item *it;
	const struct node *from;
	struct sv column;           /* of one below a column, or empty */
	const struct node *columns; /* of one of the table, without quotes; or NULL */
};

static void
add_column(struct promise *p, const char *expectation, struct sv column)
{
	const struct node n = node_of_text(column, p->it->loc);

	import_check(p->it, expectation, &n);
}

static bool
needs_columns(struct promise *p)
{
	if (p->column.n == 0 && p->columns == NULL)
		import_grade(p->it, GRADE_REFUSED, "give it `columns`", "it names no columns");
	return p->column.n > 0 || p->columns != NULL;
}

static void
read_not_null(struct promise *p)
{
	if (!needs_columns(p))
		return;
	if (p->column.n > 0)
		add_column(p, "not_null", p->column);
	for (size_t i = 0; p->columns != NULL && i < p->columns->n; i++)
		add_column(p, "not_null", p->columns->kid[i].text);
}

/* As SQL's UNIQUE: a row with a null in it is like no other. */
static void
read_unique(struct promise *p)
{
	struct node args = node_of_map(p->it->loc);

	if (!needs_columns(p))
		return;
	if (p->column.n > 0 || p->columns->n == 1) {
		add_column(p, "unique", p->column.n > 0 ? p->column : p->columns->kid[0].text);
		return;
	}
	node_put(p->im->a, &args, SV("columns"), p->columns);
	node_put_text(p->im->a, &args, "ignore_row_if", SV("any_value_is_missing"), p->it->loc);
	import_check(p->it, "unique_together", &args);
}

static void
read_primary_key(struct promise *p)
{
	read_unique(p);
	read_not_null(p);
}

static void
read_foreign_key(struct promise *p)
{
	const struct node *to = import_get(p->im, p->from, "to"),
			  *fields = import_get(p->im, p->from, "to_columns");
	struct node args = node_of_map(p->it->loc), list = node_of_list(p->it->loc), name;
	struct sv asset;

	import_whole(p->im, fields);
	if (!needs_columns(p))
		return;
	if (to == NULL || !dbt_ref(p->im->a, to->text, &asset) || fields == NULL ||
	    fields->kind != NODE_SEQ) {
		import_whole(p->im, p->from);
		import_grade(p->it, GRADE_REFUSED, "give it `to: ref('name')` and `to_columns`",
		             "what it refers to is not told");
		return;
	}
	for (size_t i = 0; i < fields->n; i++) {
		name = fields->kid[i];
		if (!dbt_unquote(&name.text))
			import_grade(p->it, GRADE_REFUSED, NULL, "'" SV_FMT "' is no column",
			             SV_ARG(name.text));
		node_append(p->im->a, &list, &name);
	}
	name = node_of_text(p->column, p->it->loc);
	node_put(p->im->a, &args, SV("column"), p->columns != NULL ? p->columns : &name);
	node_put_text(p->im->a, &args, "to", asset, to->loc);
	node_put(p->im->a, &args, SV("field"), list.n == 1 ? &list.kid[0] : &list);
	import_check(p->it, "relationships", &args);
}

static void
read_check(struct promise *p)
{
	struct sv text, why;
	struct node n;

	if (!import_text_of(p->im, p->from, "expression", &text)) {
		import_grade(p->it, GRADE_REFUSED, NULL, "it needs `expression`");
		return;
	}
	if (!import_is_expr(p->im->a, text, &why)) {
		import_grade(p->it, GRADE_REFUSED, "write it in weir's expressions",
		             "its expression is no expression of weir: " SV_FMT, SV_ARG(why));
		return;
	}
	n = node_of_text(text, p->it->loc);
	import_check(p->it, "expr", &n);
}

static const struct {
	const char *type;
	void (*read)(struct promise *p);
} kinds[] = {
	{"check", read_check},       {"foreign_key", read_foreign_key},
	{"not_null", read_not_null}, {"primary_key", read_primary_key},
	{"unique", read_unique},
};

/* The columns of one that stands beside the table's. */
static const struct node *
columns_of(struct importing *im, const struct node *n)
{
	const struct node *list = import_get(im, n, "columns");
	struct node *ret = ARENA_NEW(im->a, struct node);

	import_whole(im, list);
	if (list == NULL || list->kind != NODE_SEQ || list->n == 0)
		return NULL;
	*ret = node_of_list(list->loc);
	for (size_t i = 0; i < list->n; i++) {
		struct node name = list->kid[i];

		if (name.kind != NODE_TEXT || !dbt_unquote(&name.text))
			return NULL;
		node_append(im->a, ret, &name);
	}
	return ret;
}

static void
read_constraint(struct importing *im, struct import_asset *as, const struct node *n, struct sv column)
{
	static const char *const aside[] = {"name", "expression", "warn_unenforced", "warn_unsupported"};
	struct import_item it = import_item(im, as, n, n->loc,
	                                    arena_svf(im->a, SV_FMT "%sconstraint: " SV_FMT, SV_ARG(column),
	                                              column.n > 0 ? ": " : "",
	                                              SV_ARG(import_short(im->a, n))));
	struct promise p = {.im = im, .it = &it, .from = n, .column = column};
	struct sv type = {0};
	bool known = false;

	it.check = false;
	for (size_t i = 0; i < LEN(aside); i++)
		import_whole(im, import_get(im, n, aside[i]));
	(void)import_text_of(im, n, "type", &type);
	if (column.n == 0)
		p.columns = columns_of(im, n);
	for (size_t i = 0; i < LEN(kinds); i++)
		if (sv_is(type, kinds[i].type)) {
			kinds[i].read(&p);
			known = true;
		}
	if (!known) {
		import_whole(im, n);
		import_grade(&it, GRADE_REFUSED, "write a check of the same",
		             "a constraint '" SV_FMT "' is for the database to hold", SV_ARG(type));
	}
	import_grade(&it, GRADE_APPROXIMATED, NULL, "dbt leaves it to the database, which may not hold it");
	import_item_end(&it);
}

void
dbt_read_constraints(struct importing *im, struct import_asset *as, const struct node *of, struct sv column)
{
	const struct node *list = import_get(im, of, "constraints");

	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		read_constraint(im, as, import_kid(im, list, i), column);
	if (list != NULL && list->kind != NODE_SEQ)
		import_refuse(im, as, list, list->loc, false, import_short(im->a, list), "write a list",
		              "a list of constraints is expected");
}

/* Its columns are those that are declared, in whatever order, and of these types. */
void
dbt_read_contract(struct importing *im, struct import_asset *as, const struct node *of,
                  const struct node *columns)
{
	const struct node *n = import_get(im, of, "contract"), *enforced = import_get(im, n, "enforced");
	struct node args = node_of_map(as->loc), types = node_of_map(as->loc);
	struct import_item it;
	bool on = false;

	import_whole(im, n);
	if (n == NULL || enforced == NULL || (dbt_truth(enforced, &on) && !on))
		return;
	it = import_item(im, as, NULL, n->key_loc, SV("contract: enforced"));
	for (size_t i = 0; columns != NULL && i < columns->n; i++) {
		const struct node *name = node_get(&columns->kid[i], "name"),
				  *type = node_get(&columns->kid[i], "data_type");
		struct sv ours = SV("any");

		if (name == NULL)
			continue;
		if (type == NULL || !import_type(im->a, type->text, &ours))
			import_remark(&it, "the type of " SV_FMT " is not known", SV_ARG(name->text));
		node_put_text(im->a, &types, arena_str(im->a, name->text), ours, name->loc);
	}
	if (types.n > 0)
		node_put(im->a, &args, SV("columns"), &types);
	node_put_text(im->a, &args, "extra", SV("refuse"), n->loc);
	if (types.n == 0)
		import_grade(&it, GRADE_REFUSED, "list its columns", "it has no columns");
	else
		import_check(&it, "schema", &args);
	import_grade(&it, GRADE_APPROXIMATED, NULL,
	             "types are those of weir: varchar(20) and text are both string");
	import_item_end(&it);
}
