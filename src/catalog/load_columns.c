/* Columns of an asset: optional, open and partial. */
#include "catalog/load.h"

static void
type_load(struct loader *l, void *rec, const struct node *n)
{
	struct column_decl *c = rec;
	struct err err = {0};

	if (!type_parse(n->text, &c->type, &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
	} else {
		c->type_loc = n->loc;
	}
}

/* Replaced below once the type is known to be a timestamp. */
static void
column_zone_load(struct loader *l, void *rec, const struct node *n)
{
	struct column_decl *c = rec;
	struct err err = {0};

	if (!tz_get(n->text, &c->type.zone, &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
	} else if (c->type_loc.line > 0 && c->type.kind != TYPE_TIMESTAMP) {
		char text[TYPE_TEXT_MAX];

		diag_error(l->d, n->key_loc, "a column of type %s has no time zone",
		           type_text(c->type, text));
		diag_hint(l->d, "only `timestamp` columns need one");
	}
}

static void
column_checks_load(struct loader *l, void *rec, const struct node *n)
{
	struct column_decl *c = rec;

	checks_shape(l, n);
	c->checks = n;
}

static const struct field column_fields[] = {
	{"type", "boolean, integer, number, decimal(p,s), string, date, timestamp, timestamptz, binary.",
         .kind = FIELD_TEXT, .load = type_load},
	{"timezone", "Zone of a timestamp column; default: the project's.", .kind = FIELD_ZONE,
         .load = column_zone_load},
	{"nullable", "False adds a check that every row has a value.", .kind = FIELD_BOOL,
         .at = offsetof(struct column_decl, nullable)},
	{"pii", "Values are masked in samples; the tag `pii` says the same.", .kind = FIELD_BOOL,
         .at = offsetof(struct column_decl, pii)},
	{"description", "What it holds.", .kind = FIELD_TEXT,
         .at = offsetof(struct column_decl, description)},
	{"tags", "Words to find it by.", .kind = FIELD_TEXT, .texts = true,
         .at = offsetof(struct column_decl, tag), .at_n = offsetof(struct column_decl, ntag)},
	{"checks", "Checks of this column: bare names, or maps without `column`.", .items = &check_item,
         .load = column_checks_load},
};
static const struct table column_table = TABLE("a column", column_fields);

static void
column_load(struct loader *l, struct column_decl *c, const struct node *n)
{
	*c = (struct column_decl){.name = n->key, .loc = n->key_loc, .nullable = true};
	if (n->kind == NODE_MAP)
		table_load(l, &column_table, n, c);
	else if (n->kind != NODE_NULL)
		type_load(l, c, n);
	if (c->type.kind == TYPE_TIMESTAMP && c->type.zone == NULL)
		c->type.zone = l->c->zone;
	else if (c->type.kind != TYPE_TIMESTAMP)
		c->type.zone = NULL;
	c->pii = c->pii || sv_in(SV("pii"), c->tag, c->ntag);
}

const struct field column_item = {.key = "column",
                                  .doc = "Its type, or a map.",
                                  .kind = FIELD_TEXT,
                                  .table = &column_table,
                                  .null_ok = true};

void
columns_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;
	struct column_decl *v = ARENA_ARRAY(l->a, struct column_decl, n->n);

	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];

		if (kid->kind == NODE_SEQ)
			diag_error(l->d, kid->loc,
			           "the column '" SV_FMT "' must be a type or a map, not a list",
			           SV_ARG(kid->key));
		else
			column_load(l, &v[as->ncolumn++], kid);
	}
	as->column = v;
}

void
columns_read(struct arena *a, const struct node *columns, const struct tz *zone,
             const struct column_decl **ret, size_t *nret, struct diags *d)
{
	struct catalog c = {.zone = zone};
	struct loader l = {.a = a, .d = d, .c = &c};
	struct asset asset = {.key = SV("")};

	columns_load(&l, &asset, columns);
	*ret = asset.column;
	*nret = asset.ncolumn;
}
