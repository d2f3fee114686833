/* What the families share: from arguments to columns, ranges and counting metrics, and the judging of ranges. */
#include "expect/family.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"

const struct arg *
arg_of(const struct check *c, const char *name)
{
	const struct expectation *e = c->expectation;
	uint32_t i = 0;

	while (i < e->nparams && strcmp(e->params[i].name, name) != 0)
		i++;
	assert(i < e->nparams);
	return &c->arg[i];
}

const struct metric_kind *
approx_kind(const struct check *c, const struct metric_kind *exact, const struct metric_kind *approximate)
{
	return arg_of(c, "approx")->flag ? approximate : exact;
}

static struct value
scalar_value(struct arena *a, const struct node *n, struct type t)
{
	struct value v = node_value(a, n), fit;

	/* 0.1 as a double is not the decimal 0.1. */
	if (t.kind == TYPE_DECIMAL && n->kind == NODE_REAL) {
		struct decimal d;

		if (decimal_parse(n->text, &d))
			return (struct value){.kind = VALUE_DECIMAL, .d = d};
	}
	if (type_is_temporal(t) && v.kind == VALUE_TEXT) {
		static const struct type wall = {.kind = TYPE_TIMESTAMP},
					 instant = {.kind = TYPE_TIMESTAMPTZ};
		struct time_text text;

		if (value_cast(t, v, &fit))
			return fit;
		/* A day can be compared with a time of a day, too. */
		if (t.kind == TYPE_DATE && time_text_parse(v.s, &text) &&
		    value_cast(text.has_zone ? instant : wall, v, &fit))
			return fit;
	}
	return v;
}

struct value
arg_value(struct arena *a, const struct node *n, struct type t)
{
	if (n == NULL)
		return VALUE_NONE;
	if (n->kind != NODE_SEQ)
		return scalar_value(a, n, t);

	struct value *list = ARENA_ARRAY(a, struct value, n->n);
	for (size_t i = 0; i < n->n; i++)
		list[i] = scalar_value(a, &n->kid[i], t);
	return (struct value){.kind = VALUE_LIST, .n = (uint32_t)n->n, .list = list};
}

struct range
range_of(struct arena *a, const struct check *c, struct type t)
{
	const struct arg *min = arg_of(c, "min_value"), *max = arg_of(c, "max_value");

	return (struct range){
		.low = min->given ? arg_value(a, min->node, t) : VALUE_NONE,
		.high = max->given ? arg_value(a, max->node, t) : VALUE_NONE,
		.strict_low = arg_of(c, "strict_min")->flag,
		.strict_high = arg_of(c, "strict_max")->flag,
	};
}

bool
range_has(const struct range *r, struct value v, bool *ret, struct err *err)
{
	bool low = true, high = true;
	int order;

	if (r->low.kind != VALUE_NULL) {
		if (!value_compare(v, r->low, NULL, &order))
			return err_set(err, ERR_EVAL, NOWHERE,
			               "the value and the lower bound are of different kinds");
		low = r->strict_low ? order > 0 : order >= 0;
	}
	if (r->high.kind != VALUE_NULL) {
		if (!value_compare(v, r->high, NULL, &order))
			return err_set(err, ERR_EVAL, NOWHERE,
			               "the value and the upper bound are of different kinds");
		high = r->strict_high ? order < 0 : order <= 0;
	}
	*ret = low && high;
	return true;
}

void
range_text(const struct check *c, struct buf *b)
{
	const struct arg *min = arg_of(c, "min_value"), *max = arg_of(c, "max_value");
	bool above = arg_of(c, "strict_min")->flag, below = arg_of(c, "strict_max")->flag;

	if (min->given && max->given && !above && !below) {
		buf_printf(b, "between " SV_FMT " and " SV_FMT, SV_ARG(min->node->text),
		           SV_ARG(max->node->text));
		return;
	}
	if (min->given)
		buf_printf(b, "%s " SV_FMT, above ? "above" : "at least", SV_ARG(min->node->text));
	if (max->given)
		buf_printf(b, "%s%s " SV_FMT, min->given ? " and " : "", below ? "below" : "at most",
		           SV_ARG(max->node->text));
	if (!min->given && !max->given)
		buf_puts(b, "anything");
}

void
range_validate(const struct check *c, struct diags *d)
{
	const struct arg *min = arg_of(c, "min_value"), *max = arg_of(c, "max_value");
	int order;

	if (min->given && max->given && value_compare(min->v, max->v, NULL, &order) && order > 0)
		diag_error(d, min->loc, "min " SV_FMT " is greater than max " SV_FMT, SV_ARG(min->node->text),
		           SV_ARG(max->node->text));
}

void
range_needs_bound(const struct check *c, struct diags *d)
{
	if (!arg_of(c, "min_value")->given && !arg_of(c, "max_value")->given)
		diag_error(d, c->loc, "'" SV_FMT "' needs min or max", SV_ARG(c->written_name));
	range_validate(c, d);
}

const struct expr *
bind_column(struct binder *b, struct sv name, struct loc at, struct err *err)
{
	const struct column *c = schema_find(b->schema, name);

	if (c != NULL && !c->missing)
		return expr_column(b->x, c);
	if (b->schema->open) {
		struct column *guess = ARENA_NEW(b->a, struct column);

		*guess = (struct column){.name = name, .index = UINT32_MAX};
		return expr_column(b->x, guess);
	}
	if (c != NULL) {
		err_set(err, ERR_EVAL, at, "column '" SV_FMT "' is declared, but the data does not have it",
		        SV_ARG(name));
		return NULL;
	}

	size_t n;
	const char *const *names = schema_names(b->a, b->schema, &n);
	const char *near = sv_nearest(name, names, n);
	err_set(err, ERR_EVAL, at, "no column '" SV_FMT "'", SV_ARG(name));
	if (near != NULL)
		err_hint(err, "did you mean '%s'?", near);
	return NULL;
}

const struct expr *
bind_first_column(struct binder *b, const struct check *c, struct err *err)
{
	return bind_column(b, c->arg[0].column[0], c->arg[0].loc, err);
}

const struct expr *
bind_text(struct binder *b, struct sv text, struct loc at, struct err *err)
{
	const struct expr *ret;
	struct diags d;

	diags_init(&d, b->a);
	const struct ast *ast = expr_parse(b->a, text, at, &d);

	ret = ast != NULL ? expr_bind(b->x, ast, b->schema, &d) : NULL;
	if (ret == NULL && !first_mistake(&d, err))
		return NULL;
	return ret;
}

struct columns {
	struct binder *b;
	LIST(const struct expr *) list;
};

static void
add_column(void *ctx, const struct column *c, unsigned need)
{
	struct columns *l = ctx;
	const struct expr *e = expr_column(l->b->x, c);

	(void)need;
	for (size_t i = 0; i < l->list.n; i++)
		if (l->list.v[i] == e)
			return;
	*LIST_ADD(l->b->a, &l->list) = e;
}

void
bind_domain_of(struct binder *b, const struct expr *const *e, uint32_t n, struct bound *ret)
{
	struct columns columns = {.b = b};

	for (uint32_t i = 0; i < n; i++)
		expr_needs(e[i], add_column, &columns);
	ret->domain = columns.list.v;
	ret->ndomain = (uint32_t)columns.list.n;
}

bool
bind_domain(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr **domain;
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->expectation->nparams; i++)
		n += c->arg[i].ncolumn;
	domain = ARENA_ARRAY(b->a, const struct expr *, n);
	n = 0;
	for (uint32_t i = 0; i < c->expectation->nparams; i++)
		for (uint32_t j = 0; j < c->arg[i].ncolumn; j++) {
			domain[n] = bind_column(b, c->arg[i].column[j], c->arg[i].loc, err);
			if (domain[n++] == NULL)
				return false;
		}
	ret->domain = domain;
	ret->ndomain = n;
	return true;
}

bool
check_argument(const struct check *c, uint32_t at, const struct param **param, const struct arg **arg)
{
	const uint32_t own = c->expectation != NULL && c->arg != NULL ? c->expectation->nparams : 0;

	if (at < own) {
		*param = &c->expectation->params[at];
		*arg = &c->arg[at];
		return true;
	}
	at -= own;
	for (uint32_t i = 0; i < c->nmember; i++) {
		const struct param *unused_param;
		const struct arg *unused_arg;

		if (check_argument(&c->member[i], at, param, arg))
			return true;
		for (uint32_t k = 0; check_argument(&c->member[i], k, &unused_param, &unused_arg); k++)
			at--;
	}
	return false;
}

const struct asset *
check_other(const struct catalog *c, const struct check *check, uint32_t *at)
{
	const struct asset *other = NULL;
	const struct param *param;
	const struct arg *arg;

	while (other == NULL && check_argument(check, *at, &param, &arg)) {
		++*at;
		if (param->kind == PARAM_ASSET && arg->given && !arg->flag)
			other = catalog_asset(c, arg->text);
	}
	return other;
}

bool
check_is_of_rows(const struct check *c)
{
	const struct own_expectation *own = c->expectation->own;

	return c->expectation->family <= FAMILY_ROW && (own == NULL || own->nexec == 0);
}

uint32_t
check_keep(const struct check *c)
{
	enum { COMPLETE_MAX = 200 }; /* Great Expectations caps the complete list there too */

	return c->format == RESULT_COMPLETE ? MAX(c->keep, COMPLETE_MAX) : c->keep;
}

const struct metric *
bind_rows(struct binder *b, const struct expr *where)
{
	return metric_get(b->m, &metric_rows, NULL, 0, where, (struct metric_params){0});
}

const struct metric *
bind_count_true(struct binder *b, const struct check *c, const struct expr *cond, const struct expr *where)
{
	return metric_get(b->m, &metric_count_true, &cond, 1, where,
	                  (struct metric_params){.keep = check_keep(c)});
}

const struct expr *
expr_not_null(struct binder *b, const struct expr *e, struct err *err)
{
	return expr_call1(b->x, OP_NOT, expr_call1(b->x, OP_IS_NULL, e, err), err);
}

void
bind_column_counts(struct binder *b, const struct check *c, struct bound *ret)
{
	ret->element = bind_rows(b, ret->where);
	if (c->expectation->all_rows)
		return;
	ret->nonnull = metric_get(b->m, &metric_count_valid, ret->domain, 1, ret->where,
	                          (struct metric_params){0});
	ret->considered = expr_not_null(b, ret->domain[0], NULL);
}

/* The rows that count: unless all (choice 0) or any (1) of the columns are missing. */
bool
bind_tuple_counts(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr **there = ARENA_ARRAY(b->a, const struct expr *, ret->ndomain);
	int choice = arg_of(c, "ignore_row_if")->choice;

	ret->element = bind_rows(b, ret->where);
	ret->misfits_break = true;
	for (uint32_t i = 0; i < ret->ndomain; i++) {
		there[i] = expr_not_null(b, ret->domain[i], err);
		if (!ret->domain[i]->column->declared || ret->domain[i]->type.kind == TYPE_VARIANT)
			ret->misfits_break = false;
	}
	if (choice == 2)
		return true;
	ret->considered = ret->ndomain == 1
	                          ? there[0]
	                          : expr_call(b->x, choice == 0 ? OP_OR : OP_AND, there, ret->ndomain, err);
	if (ret->considered == NULL)
		return false;
	ret->nonnull = metric_get(b->m, &metric_count_true, &ret->considered, 1, ret->where,
	                          (struct metric_params){0});
	return true;
}

bool
bind_aggregate(struct binder *b, const struct check *c, const struct metric_kind *kind, struct bound *ret,
               struct err *err)
{
	if (!bind_domain(b, c, ret, err))
		return false;
	ret->observed[0] = metric_get(b->m, kind, ret->domain, 1, ret->where, (struct metric_params){0});
	ret->nobserved = 1;
	return true;
}

bool
first_mistake(const struct diags *d, struct err *err)
{
	for (size_t i = 0; i < d->list.n; i++) {
		const struct diag *m = &d->list.v[i];

		if (m->level != DIAG_ERROR)
			continue;
		err_set(err, ERR_ARG, m->loc, "%s", m->msg);
		return m->hint != NULL ? err_hint(err, "%s", m->hint) : false;
	}
	return err_set(err, ERR_INTERNAL, NOWHERE, "a text was refused without a reason");
}

/* How many members of a list a message shows: it may be long. */
enum { SHOWN = 8 };

void
members_text(const struct node *list, struct buf *b)
{
	buf_putc(b, '[');
	for (size_t i = 0; i < list->n && i < SHOWN; i++) {
		const struct node *n = &list->kid[i];

		buf_puts(b, i > 0 ? ", " : "");
		if (n->kind == NODE_SEQ)
			members_text(n, b);
		else
			buf_add(b, n->kind == NODE_NULL ? SV("null") : n->text);
	}
	buf_puts(b, list->n > SHOWN ? ", ...]" : "]");
}

void
percent_text(double percent, struct buf *b)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.2f", percent);

	if (percent > 0 && percent < 0.005) {
		buf_puts(b, "< 0.01");
		return;
	}
	if (percent < 100 && percent >= 99.995) {
		buf_puts(b, "> 99.99");
		return;
	}
	while (n > 0 && text[n - 1] == '0')
		n--;
	if (n > 0 && text[n - 1] == '.')
		n--;
	buf_add(b, (struct sv){text, (size_t)n});
}

struct sv
buf_take(struct arena *a, struct buf *b)
{
	struct sv s = arena_sv(a, buf_sv(b));

	buf_fini(b);
	return s;
}
