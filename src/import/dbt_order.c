/* Tests of dbt's packages that compare a row with the one before or behind it. */
#include "import/dbt.h"

#define TIES                                                                                                             \
	"of rows that are equal in what they are sorted by, a database takes any order, and weir one that is right, if " \
	"there is one"

/* Columns as a list, or as the text that stands in SQL: `a, b`. */
static bool
read_partition(struct dbt_test *t, const char *key, struct node *args)
{
	const struct node *n = dbt_arg(t, key), *list;
	struct node split = node_of_list(t->it->loc);
	struct sv rest;

	if (n == NULL || (n->kind == NODE_SEQ && n->n == 0))
		return true;
	if (n->kind == NODE_SEQ) {
		list = dbt_columns(t, key);
		if (list != NULL)
			node_put(t->im->a, args, SV("partition_by"), list);
		return list != NULL;
	}
	rest = n->text;
	while (rest.n > 0) {
		struct sv name = sv_cut(&rest, ',');
		struct node one;

		if (!dbt_unquote(&name)) {
			import_grade(t->it, GRADE_REFUSED, "make a column of it",
			             "its %s '" SV_FMT "' is no list of columns", key, SV_ARG(n->text));
			return false;
		}
		one = node_of_text(name, n->loc);
		node_append(t->im->a, &split, &one);
	}
	node_put(t->im->a, args, SV("partition_by"), &split);
	return true;
}

/* By a column of its own, within each group. */
static void
read_sorted(struct dbt_test *t, struct sv sort)
{
	const bool strictly = dbt_flag(t, "strictly", true), step = dbt_arg(t, "step") != NULL;
	const struct node yes = node_of_bool(true, t->it->loc);
	struct node args = dbt_column(t);

	if (step) {
		import_grade(t->it, GRADE_REFUSED, "leave its step out, or write sequence",
		             "how far neighbours are apart is not compared");
		return;
	}
	if (!dbt_unquote(&sort)) {
		import_grade(t->it, GRADE_REFUSED, "make a column of it", "its sort_column is no column");
		return;
	}
	node_put_text(t->im->a, &args, "sort_column", sort, t->it->loc);
	if (!read_partition(t, "group_by", &args))
		return;
	if (strictly)
		node_put(t->im->a, &args, SV("strictly"), &yes);
	node_put(t->im->a, &args, SV("null_breaks"), &yes);
	import_remark(t->it, TIES);
	import_check(t->it, t->def->to, &args);
}

void
dbt_read_order(struct dbt_test *t)
{
	const bool rising = strcmp(t->def->to, "increasing") == 0;
	const struct node column = node_of_text(t->column, t->it->loc);
	struct sv sort = t->column;

	dbt_read_row_condition(t);
	(void)dbt_text(t, "sort_column", &sort);
	if (!sv_eq(sort, t->column)) {
		read_sorted(t, sort);
		return;
	}
	const bool strictly = dbt_flag(t, "strictly", true), step = dbt_arg(t, "step") != NULL;

	dbt_read_groups(t, "group_by", true);
	if (!rising) {
		import_grade(t->it, GRADE_REFUSED, "give it a sort_column, or write decreasing",
		             "it sorts by the column itself, whose values then rise");
	} else if (step) {
		dbt_put_sequence(t, "step", NULL);
		if (t->own)
			import_grade(t->it, GRADE_REFUSED, "leave warn_if and error_if out",
			             "its thresholds are about two checks of weir together");
	} else if (!strictly) {
		import_grade(t->it, GRADE_REFUSED, "give it a sort_column, or write increasing",
		             "it sorts by the column itself, so it can never fail");
	} else {
		import_check(t->it, "unique", &column);
	}
}

/* An end of a range: a column, or SQL that is an expression of weir, too. */
static bool
put_end(struct dbt_test *t, const char *key, const char *to, struct node *args)
{
	struct sv text, why;

	if (!dbt_text(t, key, &text)) {
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs `%s`", key);
		return false;
	}
	if (dbt_is_name(text))
		text = import_ident(t->im->a, text);
	if (!import_is_expr(t->im->a, text, &why)) {
		import_grade(t->it, GRADE_REFUSED, "make a column of it",
		             "its %s is no expression of weir: " SV_FMT, key, SV_ARG(why));
		return false;
	}
	node_put_text(t->im->a, args, to, text, t->it->loc);
	return true;
}

void
dbt_read_ranges(struct dbt_test *t)
{
	static const char *const known[] = {"allowed", "not_allowed", "required"};
	const struct node yes = node_of_bool(true, t->it->loc);
	struct node args = node_of_map(t->it->loc);
	struct sv gaps = SV("allowed");
	bool found = false;

	(void)dbt_text(t, "gaps", &gaps);
	for (size_t i = 0; i < LEN(known); i++)
		found = found || sv_is(gaps, known[i]);
	if (!found)
		import_grade(t->it, GRADE_REFUSED, "gaps are allowed, not_allowed or required",
		             "'" SV_FMT "' says nothing of gaps", SV_ARG(gaps));
	if (!put_end(t, "lower_bound_column", "lower", &args) ||
	    !put_end(t, "upper_bound_column", "upper", &args) || !read_partition(t, "partition_by", &args))
		return;
	if (!sv_is(gaps, "allowed"))
		node_put_text(t->im->a, &args, "gaps", gaps, t->it->loc);
	if (dbt_flag(t, "zero_length_range_allowed", false))
		node_put(t->im->a, &args, SV("zero_length"), &yes);
	import_check(t->it, t->def->to, &args);
}

/* Spellings are counted against spellings without case; unless they are listed, null is one of the former and none of the latter. */
void
dbt_read_casing(struct dbt_test *t)
{
	const struct node args = dbt_column(t), column = node_of_text(t->column, t->it->loc);

	(void)args;
	import_check(t->it, t->def->to, &column);
	if (!dbt_flag(t, "display_inconsistent_columns", false))
		import_check(t->it, "not_null", &column);
}
