/* The columns that a contract of Soda 4 lists, as a check. */
#include "import/soda4.h"

static bool
is_true(const struct node *flag)
{
	return flag != NULL && flag->kind == NODE_BOOL && flag->b;
}

/* The type with its digits, where these stand beside it: {data_type: numeric, numeric_precision: 10, numeric_scale: 2}. */
static struct sv
full_type(struct arena *a, const struct node *column, struct sv type)
{
	const struct node *precision = node_get(column, "numeric_precision");
	const struct node *scale = node_get(column, "numeric_scale");

	if (precision == NULL || sv_find(type, '(') >= 0)
		return type;
	return arena_svf(a, SV_FMT "(" SV_FMT ", " SV_FMT ")", SV_ARG(type), SV_ARG(precision->text),
	                 SV_ARG(scale != NULL ? scale->text : SV("0")));
}

static struct node
type_of(struct soda4 *s, const struct node *column, struct loc at)
{
	const struct node *type = node_get(column, "data_type");
	struct arena *a = s->c->im->a;
	struct node ret = node_of_text(SV("any"), at);

	if (type == NULL)
		return ret;
	if (!import_type(a, full_type(a, column, type->text), &ret.text))
		import_grade(s->it, GRADE_REFUSED, "give the type of weir",
		             "the type '" SV_FMT "' is not known", SV_ARG(type->text));
	import_grade(s->it, GRADE_APPROXIMATED, NULL,
	             "types are those of weir: varchar(20) and text are both string");
	return ret;
}

/*
 * Texts longer than the declared greatest length: there can be none where the database declares the same.  Soda compares what is declared, and that
 * only beside a type.
 */
static void
read_length(struct soda4 *s, const struct node *column, struct sv name)
{
	const struct node *length = node_get(column, "character_maximum_length");
	struct node args = node_of_map(s->it->loc);

	/* What may be absent has no check of its values. */
	if (length == NULL || is_true(node_get(column, "optional")))
		return;
	if (node_get(column, "data_type") == NULL) {
		import_remark(s->it,
		              "Soda compares the greatest length of '" SV_FMT "' only beside a data_type",
		              SV_ARG(name));
		return;
	}
	if (length->kind != NODE_INT) {
		import_grade(s->it, GRADE_REFUSED, "write a whole number",
		             "'" SV_FMT "' is no character_maximum_length", SV_ARG(length->text));
		return;
	}
	node_put_text(s->c->im->a, &args, "column", name, s->it->loc);
	node_put(s->c->im->a, &args, SV("max"), length);
	import_check(s->it, "length_between", &args);
	import_grade(s->it, GRADE_APPROXIMATED, NULL,
	             "Soda compares greatest lengths that are declared, weir looks at the values");
}

void
soda4_schema(struct soda4 *s)
{
	struct importing *im = s->c->im;
	const struct node *columns = node_get(im->root, "columns");
	const bool extra = is_true(import_get(im, s->body, "allow_extra_columns"));
	const struct node ordered = node_of_bool(
		!is_true(import_get(im, s->body, "allow_other_column_order")), s->it->loc);
	struct node args = node_of_map(s->it->loc), types = node_of_map(s->it->loc);
	struct node maybe = node_of_map(s->it->loc), optional = node_of_list(s->it->loc);

	for (size_t i = 0; columns != NULL && i < columns->n; i++) {
		const struct node *name = node_get(&columns->kid[i], "name");
		struct node kid;

		if (name == NULL || name->kind != NODE_TEXT)
			continue;
		kid = type_of(s, &columns->kid[i], name->loc);
		if (is_true(node_get(&columns->kid[i], "optional"))) {
			node_append(im->a, &optional, name);
			node_put(im->a, &maybe, name->text, &kid);
		} else {
			node_put(im->a, &types, name->text, &kid);
		}
	}
	node_put(im->a, &args, SV("columns"), &types);
	if (optional.n > 0) {
		node_put(im->a, &args, SV("optional"), &optional);
		node_put(im->a, &args, SV("types"), &maybe);
	}
	node_put_text(im->a, &args, "extra", extra ? SV("allow") : SV("refuse"), s->it->loc);
	node_put(im->a, &args, SV("order"), &ordered);
	s->it->whole = true;
	import_check(s->it, "schema", &args);
	for (size_t i = 0; columns != NULL && i < columns->n; i++) {
		const struct node *name = node_get(&columns->kid[i], "name");

		if (name != NULL && name->kind == NODE_TEXT)
			read_length(s, &columns->kid[i], name->text);
	}
}
