/* Great Expectations' row conditions: `col("x") OP value`, 1.x's objects, and pandas' queries, all in the same two-valued logic. */
#include "expect/row_condition.h"

#include <string.h>

#include "expect/row_condition_parse.h"
#include "import/spark.h"

/* date("2024-01-31") is a date; anything with a time of day is a timestamp. */
static struct sv
parse_date(struct condition *p)
{
	struct sv s;

	condition_advance(p);
	if (!condition_take(p, "(") || p->kind != TEXT) {
		condition_refuse(p, "unexpected", p->text);
		return p->text;
	}
	s = arena_svf(p->a, "%s '" SV_FMT "'", p->text.n > 10 ? "TIMESTAMP" : "DATE", SV_ARG(p->text));
	if (memchr(p->text.p, '\'', p->text.n) != NULL)
		condition_refuse(p, "the date", p->text);
	condition_advance(p);
	if (!condition_take(p, ")"))
		condition_refuse(p, "unexpected", p->text);
	return s;
}

/* col("x") OP value, or col("x").notNull(), however that is spelt. */
static bool
gx_text(struct condition *p, struct sv *ret)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
	struct sv column, value, op;
	size_t i = 0;

	condition_advance(p);
	if (!condition_take(p, "col") || !condition_take(p, "(") || p->kind != TEXT)
		return condition_refuse(p, "it does not start with col(\"name\"), but with", p->text);
	column = condition_quoted(p, p->text, '"');
	condition_advance(p);
	if (!condition_take(p, ")"))
		return condition_refuse(p, "unexpected", p->text);
	if (condition_take(p, ".")) {
		if (p->kind != NAME || !sv_ieq(p->text, SV("notnull")))
			return condition_refuse(p, "the method at", p->text);
		condition_advance(p);
		if (!condition_take(p, "(") || !condition_take(p, ")") || p->kind != END)
			return condition_refuse(p, "unexpected", p->text);
		*ret = arena_svf(p->a, SV_FMT " IS NOT NULL", SV_ARG(column));
		return true;
	}
	op = p->text;
	while (i < LEN(ops) && !condition_at(p, ops[i]))
		i++;
	if (i == LEN(ops))
		return condition_refuse(p, "the operator", p->text);
	condition_advance(p);
	bool minus = condition_take(p, "-");
	if (condition_at(p, "date"))
		value = parse_date(p);
	else if (p->kind == NUMBER || (p->kind == TEXT && !minus) ||
	         (p->kind == NAME && (condition_at(p, "True") || condition_at(p, "False"))))
		value = condition_primary(p);
	else
		return condition_refuse(p, "the value", p->text);
	if (p->kind != END)
		return condition_refuse(p, "unexpected", p->text);
	value = arena_svf(p->a, "%s" SV_FMT, minus ? "-" : "", SV_ARG(value));
	if (i >= 2)
		*ret = arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(column), SV_ARG(op),
		                 SV_ARG(value));
	else
		*ret = i == 1 ? condition_negated(p, condition_member(p, column, value))
		              : condition_member(p, column, value);
	return true;
}

/* 1.x's objects ------------------------------------------------------------------------------------------------ */

static bool
object_column(struct condition *p, const struct node *n, struct sv *ret)
{
	const struct node *name = n != NULL && n->kind == NODE_MAP ? node_get(n, "name") : NULL;

	if (name == NULL || name->kind != NODE_TEXT)
		return condition_refuse(p, "a column without a", SV("name"));
	*ret = condition_quoted(p, name->text, '"');
	return true;
}

static bool
object_value(struct condition *p, const struct node *n, struct sv *ret)
{
	switch (n->kind) {
	case NODE_TEXT:
		*ret = condition_quoted(p, n->text, '\'');
		return true;
	case NODE_INT:
	case NODE_REAL:
		*ret = n->text;
		return true;
	case NODE_BOOL:
		*ret = n->b ? SV("TRUE") : SV("FALSE");
		return true;
	default:
		return condition_refuse(p, "the parameter is", sv_of(node_kind_name(n->kind)));
	}
}

static bool
object_list(struct condition *p, const struct node *n, struct sv *ret)
{
	struct sv item = {0};

	*ret = (struct sv){0};
	if (n->kind != NODE_SEQ)
		return object_value(p, n, ret);
	for (size_t i = 0; i < n->n; i++) {
		if (!object_value(p, &n->kid[i], &item))
			return false;
		*ret = i > 0 ? arena_svf(p->a, SV_FMT ", " SV_FMT, SV_ARG(*ret), SV_ARG(item)) : item;
	}
	return true;
}

static bool
object_comparison(struct condition *p, const struct node *n, struct sv *ret)
{
	const struct node *op = node_get(n, "operator"), *value = node_get(n, "parameter");
	struct sv column, right;

	if (op == NULL || op->kind != NODE_TEXT || value == NULL)
		return condition_refuse(p, "a comparison without",
		                        op == NULL ? SV("operator") : SV("parameter"));
	if (!object_column(p, node_get(n, "column"), &column))
		return false;
	bool equal = sv_is(op->text, "=="), differ = sv_is(op->text, "!="), in = sv_is(op->text, "IN"),
	     not_in = sv_is(op->text, "NOT_IN");
	bool order = sv_is(op->text, "<") || sv_is(op->text, "<=") || sv_is(op->text, ">") ||
	             sv_is(op->text, ">=");
	if (!equal && !differ && !in && !not_in && !order)
		return condition_refuse(p, "the operator", op->text);
	if (value->kind == NODE_MAP) { /* two columns: a null on either side leaves the row out */
		if (in || not_in || !object_column(p, value, &right))
			return condition_refuse(p, "the operator", op->text);
		*ret = arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(column),
		                 SV_ARG(equal ? SV("=") : op->text), SV_ARG(right));
		return true;
	}
	if ((in || not_in) != (value->kind == NODE_SEQ))
		return condition_refuse(p, "the parameter does not go with the operator", op->text);
	if (!object_list(p, value, &right))
		return false;
	if (order)
		*ret = arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(column), SV_ARG(op->text),
		                 SV_ARG(right));
	else
		*ret = equal || in ? condition_member(p, column, right)
		                   : condition_negated(p, condition_member(p, column, right));
	return true;
}

static bool object_text(struct condition *p, const struct node *n, struct sv *ret);

static bool
object_logic(struct condition *p, const struct node *n, const char *op, struct sv *ret)
{
	const struct node *list = node_get(n, "conditions");
	struct sv one = {0};

	if (list == NULL || list->kind != NODE_SEQ || list->n == 0 || ++p->depth > 50)
		return condition_refuse(p, "a list of conditions is missing for", sv_of(op));
	for (size_t i = 0; i < list->n; i++) {
		if (!object_text(p, &list->kid[i], &one))
			return false;
		*ret = i > 0 ? arena_svf(p->a, SV_FMT " %s " SV_FMT, SV_ARG(*ret), op, SV_ARG(one)) : one;
	}
	*ret = arena_svf(p->a, "(" SV_FMT ")", SV_ARG(*ret));
	p->depth--;
	return true;
}

static bool
object_text(struct condition *p, const struct node *n, struct sv *ret)
{
	const struct node *type = n->kind == NODE_MAP ? node_get(n, "type") : NULL;
	const struct node *null = node_get(n, "is_null"), *filter = node_get(n, "pass_through_filter");
	struct sv column;

	if (type == NULL || type->kind != NODE_TEXT)
		return condition_refuse(p, "a condition without a", SV("type"));
	if (sv_is(type->text, "comparison"))
		return object_comparison(p, n, ret);
	if (sv_is(type->text, "and"))
		return object_logic(p, n, "AND", ret);
	if (sv_is(type->text, "or"))
		return object_logic(p, n, "OR", ret);
	if (sv_is(type->text, "pass_through") && filter != NULL && filter->kind == NODE_TEXT) {
		p->rest = filter->text;
		p->kind = END;
		return condition_pandas(p, ret);
	}
	if (!sv_is(type->text, "nullity") || null == NULL || null->kind != NODE_BOOL)
		return condition_refuse(p, "the condition of type", type->text);
	if (!object_column(p, node_get(n, "column"), &column))
		return false;
	*ret = arena_svf(p->a, "(" SV_FMT " IS %sNULL)", SV_ARG(column), null->b ? "" : "NOT ");
	return true;
}

/* Spark's SQL is three-valued, as `where` is: both leave out a row whose condition is null. */
static bool
spark_text(struct condition *p, struct sv *ret)
{
	struct sv why;

	return spark_expr(p->a, p->rest, ret, &why) ||
	       condition_refuse(p, "it is no expression of weir:", why);
}

bool
row_condition_text(struct arena *a, const struct node *cond, const struct node *parser, struct sv *ret,
                   struct err *err)
{
	struct err own = {0};
	struct condition p = {.a = a, .at = cond->loc, .err = &own};
	struct sv name = parser != NULL && parser->kind == NODE_TEXT ? parser->text : (struct sv){0};
	bool done = false;

	p.rest = cond->text;
	if (cond->kind == NODE_MAP) {
		done = object_text(&p, cond, ret);
	} else if (cond->kind != NODE_TEXT) {
		condition_refuse(&p, "it is", sv_of(node_kind_name(cond->kind)));
	} else if (sv_is(name, "pandas")) {
		done = condition_pandas(&p, ret);
	} else if (sv_is(name, "spark")) {
		done = spark_text(&p, ret);
	} else if (sv_is(name, "weir")) {
		*ret = cond->text;
		done = true;
	} else if (sv_starts(name, SV("great_expectations")) ||
	           (name.n == 0 && sv_starts(sv_trim(cond->text), SV("col(")))) {
		done = gx_text(&p, ret);
	} else if (name.n == 0) {
		err_set(&own, ERR_ARG, cond->loc, "a row_condition needs its condition_parser");
		err_hint(&own, "Or write it as `where:` in weir's expression language.");
	} else {
		condition_refuse(&p, "there is no translation for the parser", name);
	}
	if (!done && err != NULL)
		*err = own;
	return done;
}
