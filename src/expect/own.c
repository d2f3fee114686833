/*
 * A user's own expectation is a row like all others, made from what the catalog says: its parameters become the row's, and in its
 * expression their names stand for the column or value that a check gives.  A program is asked before the pass, like everything that does
 * not come from the rows at hand; its answer is judged here.
 */
#include "expect/own.h"

#include <math.h>

#include "catalog/node.h"
#include "expect/family.h"

static const enum param_kind kinds[] = {
	[OWN_COLUMN] = PARAM_COLUMN, [OWN_VALUE] = PARAM_VALUE,     [OWN_VALUES] = PARAM_VALUES,
	[OWN_NUMBER] = PARAM_REAL,   [OWN_INTEGER] = PARAM_INTEGER, [OWN_BOOLEAN] = PARAM_BOOL,
	[OWN_TEXT] = PARAM_TEXT,
};

static const struct own_expectation *
find_decl(const struct catalog *c, struct sv name)
{
	for (size_t i = 0; c != NULL && i < c->nown; i++)
		if (sv_eq(c->own[i].name, name))
			return &c->own[i];
	return NULL;
}

bool
own_is_defined(const struct catalog *c, struct sv name)
{
	return find_decl(c, name) != NULL;
}

/* Expressions --------------------------------------------------------------------------------------------------- */

/* A number as the expression language would read it: no digit is lost. */
static struct value
exact_value(struct arena *a, const struct node *n)
{
	struct value v = node_value(a, n);
	struct decimal d;

	if (n->kind == NODE_REAL && n->text.n > 15 && decimal_parse(n->text, &d))
		v = (struct value){.kind = VALUE_DECIMAL, .d = d};
	for (uint32_t i = 0; n->kind == NODE_SEQ && i < n->n; i++)
		((struct value *)(uintptr_t)v.list)[i] = exact_value(a, &n->kid[i]);
	return v;
}

static struct expr_name *
given_names(struct arena *a, const struct own_expectation *own, const struct check *c)
{
	struct expr_name *name = ARENA_ARRAY(a, struct expr_name, own->nparam);

	for (size_t i = 0; i < own->nparam; i++) {
		const struct arg *arg = c != NULL ? &c->arg[i] : NULL;
		const bool given = arg != NULL && arg->given;
		const struct node *n = given ? arg->node : own->param[i].dflt;

		name[i].name = own->param[i].name;
		if (own->param[i].kind == OWN_COLUMN)
			name[i].column = given ? arg->column[0] : n != NULL ? n->text : own->param[i].name;
		else if (n != NULL)
			name[i].value = exact_value(a, n);
	}
	return name;
}

static bool
bind_expr(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct own_expectation *own = c->expectation->own;
	struct diags d;

	diags_init(&d, b->a);
	const struct ast *ast = expr_parse(b->a, own->expr, own->expr_loc, &d);
	const struct expr *e = ast != NULL ? expr_bind_names(b->x, ast, b->schema, given_names(b->a, own, c),
	                                                     own->nparam, &d)
	                                   : NULL;
	/* The definition may be right, and the column that this check gives it wrong: the place is the check. */
	if (e == NULL) {
		struct err why = {0};

		if (!first_mistake(&d, &why))
			err_set(err, why.code, c->loc, "%s: %s", c->expectation->name, why.msg);
		return why.hint[0] != '\0' ? err_hint(err, "%s", why.hint) : false;
	}
	return bind_truth(b, c, e, own->expr_loc, ret, err);
}

static void
do_not_meet(const struct check *c, struct buf *b)
{
	buf_printf(b, "do not meet %s", c->expectation->name);
}

/* Programs ------------------------------------------------------------------------------------------------------ */

/* All that a run of the program depends on: equal texts are one run. */
static struct sv
request(struct arena *a, const struct check *c)
{
	const struct own_expectation *own = c->expectation->own;
	AUTO(buf) text = buf_new(1 << 24);
	struct json_writer w;

	json_write_init(&w, text, 0);
	json_object(&w);
	json_key(&w, "exec");
	json_array(&w);
	for (size_t i = 0; i < own->nexec; i++)
		json_sv(&w, own->exec[i]);
	json_array_end(&w);
	json_put_str(&w, "dir", own->dir);
	json_put_i64(&w, "timeout_us", own->timeout_us);
	json_put_sv(&w, "expectation", own->name);
	json_put_raw(&w, "kwargs", c->kwargs);
	json_key(&w, "where");
	if (c->where.n > 0)
		json_sv(&w, c->where);
	else
		json_null(&w);
	json_put_f64(&w, "mostly", c->mostly);
	json_object_end(&w);
	return arena_sv(a, buf_sv(text));
}

static bool
bind_exec(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *text = expr_literal(b->x, value_text(request(exprs_arena(b->x), c)));

	(void)err;
	/* Counting the rows has the data looked at while the program does: if it changes meanwhile, both begin anew. */
	ret->element = bind_rows(b, ret->where);
	ret->observed[0] = metric_get(b->m, &metric_program, &text, 1, NULL, (struct metric_params){0});
	ret->nobserved = 1;
	return true;
}

static bool
take_count(const struct node *answer, const char *key, int64_t *ret, struct diags *d)
{
	const struct node *n = node_get(answer, key);

	if (n == NULL || n->kind == NODE_NULL)
		return false;
	if (n->kind == NODE_INT && n->i >= 0) {
		*ret = n->i;
		return true;
	}
	diag_error(d, n->loc, "'%s' must be a count", key);
	return false;
}

/* Its counts, if it gave any: what they leave open follows. */
static void
take_counts(const struct node *answer, struct verdict *v, struct diags *d)
{
	int64_t missing = 0;

	v->has_elements = false; /* its own count, if any, not ours */
	bool element = take_count(answer, "element_count", &v->element_count, d);
	bool unexpected = take_count(answer, "unexpected_count", &v->unexpected_count, d);

	(void)take_count(answer, "missing_count", &missing, d);
	v->has_counts = element && unexpected;
	if (!v->has_counts)
		return;
	if (missing > v->element_count || v->unexpected_count > v->element_count - missing)
		diag_error(d, NOWHERE, "its counts do not add up");
	v->missing_count = missing;
	v->considered_count = v->element_count - missing;
}

static void
take_sample(struct arena *a, const struct bound *b, const struct node *answer, struct verdict *v,
            struct diags *d)
{
	const struct node *list = node_get(answer, "partial_unexpected_list");
	const struct node *rows = node_get(answer, "partial_unexpected_index_list");
	const uint32_t keep = check_keep(b->check);
	const bool masked = schema_has_pii(b->schema); /* the program may have read any column */

	if (list == NULL || list->kind == NODE_NULL)
		return;
	if (list->kind != NODE_SEQ || (rows != NULL && (rows->kind != NODE_SEQ || rows->n != list->n))) {
		diag_error(d, list->loc,
		           "'partial_unexpected_list' and its rows must be lists of one length");
		return;
	}
	v->nsample = (uint32_t)MIN(list->n, (size_t)keep);
	v->sample = ARENA_ARRAY(a, struct sample_row, v->nsample);
	v->sample_cut = v->unexpected_count > (int64_t)v->nsample;
	for (uint32_t i = 0; i < v->nsample; i++) {
		v->sample[i].value = masked ? value_text(SV("***"))
		                            : value_copy(a, node_value(a, &list->kid[i]));
		v->sample[i].row = rows != NULL && rows->kid[i].kind == NODE_INT ? rows->kid[i].i : -1;
	}
}

static void
wrong_answer(const struct bound *b, const struct diags *d, struct verdict *v)
{
	err_set(&v->err, ERR_EVAL, b->check->loc, "the program of %s answered wrongly: %s",
	        b->check->expectation->name, d->list.n > 0 ? d->list.v[0].msg : "it does not say `success`");
	err_hint(&v->err, "it must write one JSON object with `success`");
}

static void
judge_exec(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
           struct verdict *ret)
{
	const struct node *answer, *success, *message, *seen;
	struct diags d;

	diags_init(&d, a);
	answer = node_parse_json(a, "answer", observed[0]->v.s, &d);
	success = answer != NULL && answer->kind == NODE_MAP ? node_get(answer, "success") : NULL;
	if (success == NULL || success->kind != NODE_BOOL) {
		wrong_answer(b, &d, ret);
		return;
	}
	ret->success = success->b;
	take_counts(answer, ret, &d);
	take_sample(a, b, answer, ret, &d);
	if ((seen = node_get(answer, "observed_value")) != NULL && seen->kind != NODE_NULL) {
		ret->has_observed = true;
		ret->observed = value_copy(a, node_value(a, seen));
	}
	if (d.errors > 0) {
		wrong_answer(b, &d, ret);
		return;
	}
	message = node_get(answer, "message");
	ret->message = message != NULL && message->kind == NODE_TEXT && message->text.n > 0
	                       ? arena_sv(a, message->text)
	                       : arena_svf(a, "%s %s", b->check->expectation->name,
	                                   success->b ? "holds" : "does not hold");
}

/* The row ------------------------------------------------------------------------------------------------------- */

static void
make_params(struct arena *a, const struct own_expectation *own, struct expectation *e)
{
	struct param *p = ARENA_ARRAY(a, struct param, own->nparam);

	for (size_t i = 0; i < own->nparam; i++)
		p[i] = (struct param){
			.name = arena_str(a, own->param[i].name),
			.kind = kinds[own->param[i].kind],
			.required = own->param[i].dflt == NULL,
			.doc = own->param[i].doc.n > 0 ? arena_str(a, own->param[i].doc) : "",
		};
	e->params = p;
	e->nparams = (uint32_t)own->nparam;
	e->shorthand_param = own->nparam > 0 ? 0 : -1;
}

static bool
is_sound(struct arena *a, const struct own_expectation *own)
{
	struct diags d;

	diags_init(&d, a);
	if ((own->expr.n == 0) == (own->nexec == 0))
		return false;
	for (size_t i = 0; i < own->nparam; i++)
		if (own->param[i].kind < 0)
			return false;
	return own->expr.n == 0 || expr_parse(a, own->expr, own->expr_loc, &d) != NULL;
}

const struct expectation *
own_find(struct arena *a, const struct catalog *c, struct sv name)
{
	const struct own_expectation *own = find_decl(c, name);
	struct expectation *e;

	if (own == NULL || !is_sound(a, own))
		return NULL;
	e = ARENA_NEW(a, struct expectation);
	*e = (struct expectation){
		.name = arena_str(a, own->name),
		.shorthand = arena_str(a, own->name),
		.summary = own->doc.n > 0 ? arena_str(a, own->doc) : "An expectation of the catalog's own.",
		.example = "",
		.own = own,
		.family = own->expr.n > 0 ? FAMILY_ROW : FAMILY_TABLE,
		.noun = own->expr.n > 0 ? "rows" : "what the program observed",
		.broken = do_not_meet,
		.bind = own->expr.n > 0 ? bind_expr : bind_exec,
		.judge = own->expr.n > 0 ? NULL : judge_exec,
	};
	make_params(a, own, e);
	return e;
}

const char *const *
own_names(struct arena *a, const struct catalog *c, const char *const *names, size_t *n)
{
	const size_t own = c != NULL ? c->nown : 0;
	const char **all = ARENA_ARRAY(a, const char *, *n + own);

	memcpy(all, names, *n * sizeof(*all));
	for (size_t i = 0; i < own; i++)
		all[(*n)++] = arena_str(a, c->own[i].name);
	return all;
}

static void
check_default(const struct own_param *p, struct diags *d)
{
	const struct node *n = p->dflt;
	bool fits = true;

	if (n == NULL || p->kind < 0)
		return;
	if (n->kind == NODE_REAL && isnan(n->r)) {
		diag_error(d, n->loc, "the default of '" SV_FMT "' is NaN, which is no value",
		           SV_ARG(p->name));
		return;
	}
	switch ((enum own_kind)p->kind) {
	case OWN_COLUMN:
	case OWN_TEXT:
		fits = n->kind == NODE_TEXT;
		break;
	case OWN_VALUE:
		fits = n->kind != NODE_SEQ && n->kind != NODE_MAP;
		break;
	case OWN_VALUES:
		fits = n->kind == NODE_SEQ;
		break;
	case OWN_NUMBER:
		fits = n->kind == NODE_INT || n->kind == NODE_REAL;
		break;
	case OWN_INTEGER:
		fits = n->kind == NODE_INT;
		break;
	case OWN_BOOLEAN:
		fits = n->kind == NODE_BOOL;
		break;
	}
	if (!fits)
		diag_error(d, n->loc, "the default of '" SV_FMT "' is no %s", SV_ARG(p->name),
		           own_kind_names[p->kind]);
}

/* Does the expression make sense?  Parameters stand for columns and values of any type. */
static void
check_expr(struct arena *a, const struct own_expectation *own, struct diags *d)
{
	AUTO(exprs) x = exprs_new();
	const struct schema any = {.open = true};
	struct expr_name *name = given_names(a, own, NULL);
	const struct ast *ast = expr_parse(a, own->expr, own->expr_loc, d);

	/* Of values without a default nothing is known yet: an unknown column has any type. */
	for (size_t i = 0; i < own->nparam; i++)
		if (name[i].column.n == 0 && name[i].value.kind == VALUE_NULL)
			return;
	if (ast != NULL)
		(void)expr_bind_names(x, ast, &any, name, own->nparam, d);
}

void
own_expectations_check(struct arena *a, const struct catalog *c, struct diags *d)
{
	for (size_t i = 0; i < c->nown; i++) {
		const struct own_expectation *own = &c->own[i];

		if (expectation_find(own->name) != NULL) {
			diag_error(d, own->loc, "there is an expectation '" SV_FMT "' already",
			           SV_ARG(own->name));
			diag_hint(d, "`weir explain " SV_FMT "` tells what it means.", SV_ARG(own->name));
		}
		for (size_t k = 0; k < own->nparam; k++)
			check_default(&own->param[k], d);
		if (own->expr.n > 0)
			check_expr(a, own, d);
	}
}
