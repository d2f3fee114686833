/* From checks to what lints can reason about: conditions on rows, and numbers in ranges. */
#include <math.h>

#include "expect/args.h"
#include "expect/check.h"
#include "expect/lint_parts.h"

/* Columns --------------------------------------------------------------------------------------------------- */

struct names {
	const struct asset *asset;
	struct arena *a;
	LIST(struct column) list;
};

static void
add_name(void *ctx, struct sv name, struct loc at)
{
	struct names *n = ctx;
	struct column c = {.name = name, .index = (uint32_t)n->list.n};

	(void)at;
	for (size_t i = 0; i < n->list.n; i++)
		if (sv_eq(n->list.v[i].name, name))
			return;
	for (size_t i = 0; i < n->asset->ncolumn; i++)
		if (sv_eq(n->asset->column[i].name, name)) {
			c.type = n->asset->column[i].type;
			c.declared = c.type.kind != TYPE_ANY;
		}
	*LIST_ADD(n->a, &n->list) = c;
}

static void
add_text(struct names *n, struct sv text, struct loc at)
{
	struct diags unread;
	const struct ast *ast;

	diags_init(&unread, n->a);
	ast = text.n > 0 ? expr_parse(n->a, text, at, &unread) : NULL;
	if (ast != NULL)
		ast_columns(ast, add_name, n);
}

static void
add_filters(struct names *n, const struct check *c)
{
	add_text(n, c->where, c->where_loc);
	for (uint32_t i = 0; i < c->nmember; i++)
		add_filters(n, &c->member[i]);
}

static void
add_check(struct names *n, const struct check *c)
{
	const struct param *p;
	const struct arg *arg;

	add_filters(n, c);
	for (uint32_t i = 0; i < c->nby; i++)
		add_name(n, c->by[i], c->by_loc);
	for (uint32_t i = 0; check_argument(c, i, &p, &arg); i++) {
		for (uint32_t k = 0; k < arg->ncolumn; k++)
			add_name(n, arg->column[k], arg->loc);
		if (p->kind == PARAM_EXPR)
			add_text(n, arg->text, arg->loc);
	}
}

/* The declared columns, and those that checks name: each once, so that what is said of one is said of the same. */
static const struct schema *
known_columns(struct linted *l)
{
	struct schema *s = ARENA_NEW(l->a, struct schema);
	struct names n = {.asset = l->asset, .a = l->a};

	for (size_t i = 0; i < l->asset->ncolumn; i++)
		add_name(&n, l->asset->column[i].name, NOWHERE);
	for (size_t i = 0; i < l->checks->n; i++)
		if (l->checks->v[i].err.code == ERR_NONE)
			add_check(&n, &l->checks->v[i]);
	*s = (struct schema){.col = n.list.v, .n = (uint32_t)n.list.n, .open = true};
	return s;
}

/* Thresholds ------------------------------------------------------------------------------------------------ */

/* The share of good rows without which the threshold is met; 0: it asks for none, or what it asks for depends on how many rows there are. */
static double
share_of(const struct threshold *t)
{
	const bool none = (t->op == OP_GT && t->value == 0) || (t->op == OP_NE && t->value == 0) ||
	                  (t->op == OP_GE && t->value > 0 && t->value <= 1 && !t->percent);

	if (!t->set || t->between || threshold_is_relative(t) || t->seconds)
		return 0;
	if (none)
		return 1;
	return t->percent && (t->op == OP_GT || t->op == OP_GE) ? 1 - t->value / 100 : 0;
}

static bool
met_by_nothing(const struct threshold *t)
{
	return t->set && (threshold_is_relative(t) || threshold_met(t, 0, 0));
}

static void
take_strictness(struct claim *c)
{
	const struct check *k = c->c;
	const double share[] = {share_of(&k->warn), share_of(&k->fail)};

	c->mostly = k->warn.set || k->fail.set ? MAX(share[0], share[1]) : k->mostly;
	c->only_mostly = !met_by_nothing(&k->warn) && !met_by_nothing(&k->fail);
	c->worst = k->severity == SEVERITY_CRITICAL && (!k->warn.set || k->fail.set) ? 2 : 1;
}

/* Claims ---------------------------------------------------------------------------------------------------- */

static void
add_column(void *ctx, const struct column *col, unsigned need)
{
	uint64_t *columns = ctx;

	(void)need;
	*columns |= UINT64_C(1) << col->index % 64;
}

static void
take_rows(struct claim *c)
{
	const struct bound *b = c->b;

	if (b->unexpected == NULL || b->unexpected->kind != &metric_count_true || b->duplicate)
		return;
	c->rows = true;
	expr_needs(b->unexpected->arg[0], add_column, &c->columns);
	c->considered = b->considered;
	c->unexpected = b->unexpected->arg[0];
	take_strictness(c);
}

static void
take_number(struct linted *l, struct claim *c)
{
	const struct expectation *e = c->c->expectation;

	if (e->judge == NULL || e->compare != NULL || c->b->nobserved == 0)
		return;
	c->counts_rows = c->b->nobserved == 1 && c->b->observed[0]->kind == &metric_rows;
	if (args_find(e, SV("min_value")) >= 0 && args_find(e, SV("max_value")) >= 0) {
		const struct type t = c->b->ndomain > 0 && e->limits.place != PLACE_NONE
		                              ? c->b->domain[0]->type
		                              : (struct type){.kind = TYPE_ANY};

		c->range = range_of(l->a, c->c, t);
	} else if (c->counts_rows && args_find(e, SV("value")) >= 0) {
		c->range.low = c->range.high = value_int(arg_of(c->c, "value")->integer);
	} else if (e == &expect_not_empty) {
		c->range.low = value_int(1);
	} else {
		return;
	}
	c->number = true;
	c->worst = c->c->severity == SEVERITY_CRITICAL ? 2 : 1;
	c->metric = c->counts_rows ? arena_svf(l->a, "rows:" SV_FMT, SV_ARG(sv_trim(c->c->where)))
	                           : check_metric(l->a, c->c);
}

static bool
asks_for_none(const struct claim *c)
{
	return c->rows && c->c->mostly <= 0 && !c->c->warn.set && !c->c->fail.set;
}

static bool
number_never_fails(const struct claim *c)
{
	const struct number_limits *n = &c->c->expectation->limits;
	const struct range all = {.low = value_real(n->least),
	                          .high = isinf(n->most) ? VALUE_NONE : value_real(n->most)};

	return c->number && n->known && n->sure && !c->c->warn.set && !c->c->fail.set &&
	       range_within(&all, &c->range);
}

static bool
number_never_passes(const struct claim *c)
{
	const struct number_limits *n = &c->c->expectation->limits;
	const struct range all = {.low = value_real(n->least),
	                          .high = isinf(n->most) ? VALUE_NONE : value_real(n->most)};

	return c->number && n->known && range_apart(&all, &c->range);
}

static bool
is_given(const struct check *c, const char *name, bool *known)
{
	int i = args_find(c->expectation, sv_of(name));

	*known = i >= 0;
	return i >= 0 && c->arg[i].given && !c->arg[i].null;
}

const char *
claim_lacks(const struct claim *claim)
{
	const struct check *c = claim->c;
	bool min_known, max_known, set_known;
	bool min = is_given(c, "min_value", &min_known), max = is_given(c, "max_value", &max_known);
	bool set = is_given(c, "value_set", &set_known);

	if (c->warn.set || c->fail.set)
		return NULL;
	if (min_known && max_known && !min && !max)
		return "bounds";
	return set_known && !set && !min_known ? "values" : NULL;
}

static void
look_at(struct claim *c)
{
	const struct assumption where = {c->where, MAY_TRUE}, considered = {c->considered, MAY_TRUE};
	const struct assumption bad[] = {where, considered, {c->unexpected, MAY_TRUE | MAY_ERROR}};
	const struct assumption good[] = {where, considered, {c->unexpected, MAY_FALSE | MAY_NULL}};

	c->nowhere = c->where != NULL && expr_refuted(&where, 1);
	if (c->nowhere)
		return;
	c->never_fails = claim_lacks(c) != NULL || asks_for_none(c) ||
	                 (c->rows ? c->only_mostly && expr_refuted(bad, LEN(bad)) : number_never_fails(c));
	c->never_passes = c->rows ? c->mostly > 0 && expr_refuted(good, LEN(good)) : number_never_passes(c);
	/* What holds of no row at all is of a filter that leaves none. */
	if (c->rows && c->never_fails && c->never_passes)
		c->nowhere = true;
}

static bool
is_linted(const struct check *c)
{
	return c->enabled && c->err.code == ERR_NONE && c->expectation != NULL;
}

/* bound: of those of the checks that are linted, in their order. */
static void
take_claims(struct linted *l, const struct check *check, size_t n, const struct bound *bound)
{
	l->claim = ARENA_ARRAY(l->a, struct claim, n);
	for (size_t i = 0, k = 0; i < n; i++) {
		struct claim *claim = &l->claim[l->n];

		if (!is_linted(&check[i]))
			continue;
		*claim = (struct claim){.c = &check[i], .b = &bound[k++], .worst = 2};
		if (claim->b->err.code != ERR_NONE)
			continue;
		claim->where = claim->b->where;
		if (claim->where != NULL)
			expr_needs(claim->where, add_column, &claim->where_columns);
		take_rows(claim);
		take_number(l, claim);
		look_at(claim);
		l->n++;
	}
}

void
claims_make(struct linted *l)
{
	struct checks on = {.v = ARENA_ARRAY(l->a, struct check, l->checks->n)};

	for (size_t i = 0; i < l->checks->n; i++) {
		if (!is_linted(&l->checks->v[i]))
			continue;
		on.v[on.n] = l->checks->v[i];
		on.v[on.n++].nby = 0; /* what is said of each segment is said of all rows */
	}
	l->binder.schema = known_columns(l);
	take_claims(l, l->checks->v, l->checks->n, checks_bind(&l->binder, &on));
}

void
claims_make_parts(struct linted *l, const struct claim *whole)
{
	take_claims(l, whole->c->member, whole->c->nmember, whole->b->member);
}

struct sv
claim_column(const struct claim *c)
{
	const struct expectation *e = c->c->expectation;

	return e->nparams > 0 && e->params[0].kind == PARAM_COLUMN && c->c->arg[0].ncolumn == 1
	               ? c->c->arg[0].column[0]
	               : (struct sv){0};
}

struct sv
claim_name(struct arena *a, const struct claim *c)
{
	struct sv column = claim_column(c), name = c->c->written_name;

	if (c->c->implicit && c->c->expectation == &expect_not_be_null)
		return arena_svf(a, "'nullable: false' of '" SV_FMT "'", SV_ARG(column));
	struct sv ret = column.n > 0
	                        ? arena_svf(a, "'" SV_FMT "' of '" SV_FMT "'", SV_ARG(name), SV_ARG(column))
	                        : arena_svf(a, "'" SV_FMT "'", SV_ARG(name));
	return c->c->name.n > 0 ? arena_svf(a, SV_FMT " (" SV_FMT ")", SV_ARG(ret), SV_ARG(c->c->name)) : ret;
}

/* Proofs ---------------------------------------------------------------------------------------------------- */

bool
claim_is_hard(const struct claim *c)
{
	return c->rows && c->mostly >= 1;
}

/* To pass, a row must not be selected, or not be considered, or be good. */
bool
claim_refutes(const struct claim *c, const struct assumption *v, size_t n)
{
	struct assumption all[8];
	const struct assumption ways[] = {
		{c->where, MAY_FALSE | MAY_NULL},
		{c->considered, MAY_FALSE | MAY_NULL},
		{c->unexpected, MAY_FALSE | MAY_NULL},
	};

	if (!claim_is_hard(c) || n + 1 > LEN(all))
		return false;
	for (size_t i = 0; i < n; i++)
		all[i] = v[i];
	for (size_t i = 0; i < LEN(ways); i++) {
		all[n] = ways[i];
		if (!expr_refuted(all, n + 1))
			return false;
	}
	return true;
}

static bool
rows_imply(const struct claim *a, const struct claim *b)
{
	const struct assumption bad[] = {{b->where, MAY_TRUE},
	                                 {b->considered, MAY_TRUE | MAY_ERROR},
	                                 {b->unexpected, MAY_TRUE | MAY_ERROR}};
	const struct assumption each[] = {bad[0], bad[1], bad[2], {a->unexpected, MAY_FALSE | MAY_NULL}};

	if (!b->only_mostly)
		return false;
	if (claim_is_hard(a))
		return claim_refutes(a, bad, LEN(bad));
	/* Of the same rows: as many are bad at most. A threshold may count them otherwise than as a share. */
	return a->where == b->where && a->considered == b->considered && a->mostly >= b->mostly &&
	       a->only_mostly && !a->c->warn.set && !a->c->fail.set && !b->c->warn.set && !b->c->fail.set &&
	       expr_refuted(each, LEN(each));
}

bool
claim_implies(const struct claim *a, const struct claim *b)
{
	if (a->rows && b->rows)
		return rows_imply(a, b);
	return a->number && b->number && !b->c->warn.set && !b->c->fail.set && sv_eq(a->metric, b->metric) &&
	       range_within(&a->range, &b->range);
}

static bool
is_open(struct value v)
{
	return v.kind == VALUE_NULL;
}

/* Texts that may be times have an order only if they are days. */
static bool
compare(struct value a, struct value b, int *ret)
{
	if (a.kind == VALUE_TEXT && b.kind == VALUE_TEXT && (a.s.n != 10 || b.s.n != 10))
		return false;
	return (a.kind == b.kind || (value_is_numeric(a) && value_is_numeric(b))) &&
	       value_compare(a, b, NULL, ret);
}

bool
range_within(const struct range *in, const struct range *out)
{
	int order;

	if (!is_open(out->low)) {
		if (is_open(in->low) || !compare(in->low, out->low, &order) || order < 0 ||
		    (order == 0 && out->strict_low && !in->strict_low))
			return false;
	}
	if (is_open(out->high))
		return true;
	return !is_open(in->high) && compare(in->high, out->high, &order) &&
	       (order < 0 || (order == 0 && (!out->strict_high || in->strict_high)));
}

/* Clearly so: a number that was rounded is judged with some leeway. */
bool
range_before(const struct range *a, const struct range *b)
{
	int order;

	if (is_open(a->high) || is_open(b->low) || !compare(a->high, b->low, &order) || order >= 0)
		return false;
	if (!value_is_numeric(a->high))
		return true;

	const double high = value_to_f64(a->high), low = value_to_f64(b->low);

	return low - high > 1e-9 * MAX(fabs(low), fabs(high));
}

bool
range_apart(const struct range *a, const struct range *b)
{
	return range_before(a, b) || range_before(b, a);
}
