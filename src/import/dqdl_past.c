/*
 * Dynamic rules: RowCount > 0.8 * avg(last(10)).  Their bounds are arithmetic over the past, and so are those of within_past.
 */
#include "import/dqdl.h"

bool
dqdl_is_past(const struct dqdl_cond *cond)
{
	for (size_t i = 0; i < cond->v.n; i++)
		if (cond->v.v[i].kind == DQDL_PAST)
			return true;
	return false;
}

static void
put_bound(struct import_item *it, struct node *args, bool least, const struct dqdl_operand *o, bool strict)
{
	const struct node yes = node_of_bool(true, it->loc);

	node_put_text(it->im->a, args, least ? "min" : "max", o->text, it->loc);
	if (strict)
		node_put(it->im->a, args, least ? SV("strict_min") : SV("strict_max"), &yes);
}

/* The number itself as `of:`: a bare name, a column, or a map of arguments. */
static struct node
number_of(struct import_item *it, const char *expectation, const struct node *args)
{
	struct node ret = node_of_map(it->loc);

	if (args->n == 0)
		return node_of_text(sv_of(expectation), it->loc);
	node_put(it->im->a, &ret, sv_of(expectation), args->n == 1 ? &args->kid[0] : args);
	return ret;
}

void
dqdl_past(struct import_item *it, const struct dqdl_cond *cond, const char *expectation,
          const struct node *number)
{
	struct node args = node_of_map(it->loc), of = number_of(it, expectation, number);
	const struct node yes = node_of_bool(true, it->loc);
	const struct dqdl_operand *o = cond->v.v;
	const bool equal = cond->op[0] == '=' || cond->op[0] == '!';
	bool sample = false;

	for (size_t i = 0; i < cond->v.n; i++) {
		if (o[i].kind != DQDL_PAST && o[i].kind != DQDL_NUMBER) {
			import_grade(it, GRADE_REFUSED, "write `within_past:` with its bounds",
			             "it is compared with no number");
			return;
		}
		sample = sample || memmem(o[i].text.p, o[i].text.n, "stdev(", 6) != NULL;
	}
	if (cond->kind != DQDL_COMPARE && cond->kind != DQDL_BETWEEN) {
		import_grade(it, GRADE_REFUSED, "write `within_past:` with its bounds",
		             "it is no range of numbers");
		return;
	}
	node_put(it->im->a, &args, SV("of"), &of);
	/* DQDL's between has neither of its ends. */
	if (cond->kind == DQDL_BETWEEN || equal || cond->op[0] == '>')
		put_bound(it, &args, true, &o[0],
		          cond->kind == DQDL_BETWEEN || (!equal && cond->op[1] == '\0'));
	if (cond->kind == DQDL_BETWEEN || equal || cond->op[0] == '<')
		put_bound(it, &args, false, &o[cond->v.n - 1],
		          cond->kind == DQDL_BETWEEN || (!equal && cond->op[1] == '\0'));
	if (cond->negate || cond->op[0] == '!')
		node_put(it->im->a, &args, SV("outside"), &yes);
	import_check(it, "within_past", &args);
	import_grade(it, GRADE_APPROXIMATED, NULL,
	             "the past is what weir has stored; until then there is nothing to compare with");
	if (sample)
		import_grade(it, GRADE_APPROXIMATED, NULL,
		             "Glue does not say of what its std is; weir's stdev is that of a sample");
}
