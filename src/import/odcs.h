/* Inside the importer of data contracts (ODCS): tables, columns, and the names by which a contract means them. */
#ifndef WEIR_IMPORT_ODCS_H
#define WEIR_IMPORT_ODCS_H

#include "import/import.h"

/* All of a contract; inclusive: its operators leave no doubt that the ends are between. */
void odcs_read(struct importing *im, const struct node *root, bool inclusive);

/* An object of `schema`: a table. */
struct odcs_object {
	const struct node *node;
	struct import_asset *asset;
	/* Of its service levels (odcs_sla.c): those that say when it is made, and whether its policy is settled. */
	const struct node *deadline, *frequency;
	int64_t deadline_min; /* of the earliest deadline, in UTC: may lie on the day before or behind */
	bool has_policy;
};

struct odcs {
	struct importing *im;
	struct odcs_object *object;
	size_t n;
	bool inclusive; /* see odcs_read */
};

/* Where something stands: a table, or a column of one. */
struct odcs_place {
	struct odcs *c;
	struct odcs_object *object;
	struct sv column; /* or empty */
	struct sv logical;
};

/* A scalar's text; empty if there is none.  Does not count as a look. */
struct sv odcs_text(const struct node *map, const char *key);
/* What a column is called where it is stored; empty if it has no name. */
struct sv odcs_column_name(const struct node *property);
/* An item about a key below a place: its place is the key's, its text "column: key: …". */
struct import_item odcs_item(const struct odcs_place *p, const struct node *n);
/* A check's argument: {column: …}, or the bare name. */
struct node odcs_column(const struct import_item *it, struct sv column);
/* A list of values without its nulls, which are never among values, nor wrong; refuses the item where it is no list, or none is left. */
struct node odcs_values(struct import_item *it, const struct node *n);
/* true or false; refuses the item where it is neither. */
bool odcs_flag(struct import_item *it, const struct node *n);
/* Looks at keys that are for people or other tools. */
void odcs_aside(struct importing *im, const struct node *map, const char *const *keys, size_t n);

/*
 * What a reference means: `orders.customer_id`, `schema/orders_id/properties/customer_id`, either behind `file#`; a lone name is a
 * column if there is one table only.  column is empty if it names a table.  False, with the reason, if it cannot be told.
 */
struct odcs_element {
	struct odcs_object *object; /* NULL: of another contract */
	struct sv table, column;
};
struct odcs_object *odcs_object_find(struct odcs *c, struct sv name); /* by name, id or physicalName; NULL */
MUST_CHECK bool odcs_resolve(struct odcs *c, struct sv text, struct odcs_element *ret, struct sv *why);

/* Refuses what nobody looked at below it, in its table. */
void odcs_missed(const struct odcs_place *p, const struct node *n);

/* odcs_ref.c: `relationships` of a table or a column. */
void odcs_relations(const struct odcs_place *p, const struct node *of);

/* odcs_type.c: the type of a column, and what lies within an object or a list. */
void odcs_type(const struct odcs_place *p, const struct node *property, struct node *declared);
void odcs_nested(const struct odcs_place *p, const struct node *property);
bool odcs_is_of(const struct odcs_place *p, const char *type); /* by its logicalType */
bool odcs_is_nested(const struct odcs_place *p);
/* Is it the form in which times are read anyway (2024-01-31T12:30:00Z), or a part of it? */
bool odcs_is_plain_format(struct sv format);

/* odcs_options.c: logicalTypeOptions of a column that holds plain values. */
void odcs_options(const struct odcs_place *p, const struct node *property);

/* odcs_quality.c: a list of rules. */
void odcs_quality(const struct odcs_place *p, const struct node *list);

/* odcs_sla.c: how fresh the tables must be. */
void odcs_sla(struct odcs *c, const struct node *root);

#endif
