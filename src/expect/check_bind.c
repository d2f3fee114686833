/* Binds checks to the schema of a table: from names to expressions and metrics. */
#include "expect/family.h"
#include "expect/past.h"
#include "expect/segments.h"

static bool
bind_where(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	char type[TYPE_TEXT_MAX];
	const struct expr *e;

	if (c->where.n == 0)
		return true;
	if ((e = bind_text(b, c->where, c->where_loc, err)) == NULL)
		return false;
	if (e->type.kind != TYPE_BOOLEAN && e->type.kind != TYPE_ANY && e->type.kind != TYPE_NULL &&
	    e->type.kind != TYPE_VARIANT)
		return err_set(err, ERR_ARG, c->where_loc,
		               "`where` must be true or false, and this one is of type %s",
		               type_text(e->type, type));
	ret->where = e;
	return true;
}

/* Map families that are a condition on one row. */
static bool
bind_condition(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *cond;

	if (!bind_domain(b, c, ret, err))
		return false;
	if (c->expectation->family == FAMILY_COLUMN_MAP)
		bind_column_counts(b, c, ret);
	else if (!bind_tuple_counts(b, c, ret, err))
		return false;
	cond = c->expectation->unexpected(b, c, err);
	/* Rows that do not count do not break it either. */
	if (cond != NULL && ret->considered != NULL && c->expectation->family != FAMILY_COLUMN_MAP)
		cond = expr_call2(b->x, OP_AND, ret->considered, cond, err);
	if (cond == NULL)
		return false;
	ret->unexpected = bind_count_true(b, c, cond, ret->where);
	return true;
}

/* The columns that name a failing row in this check's results. */
static bool
bind_index(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct column **index = ARENA_ARRAY(b->a, const struct column *, c->nindex);

	for (uint32_t i = 0; i < c->nindex; i++) {
		const struct expr *e = bind_column(b, c->index[i], c->loc, err);

		if (e == NULL)
			return false;
		index[i] = e->column;
	}
	ret->index = index;
	return true;
}

bool
check_bind_rows(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_index(b, c, ret, err))
		return false;
	return c->expectation->bind != NULL ? c->expectation->bind(b, c, ret, err)
	                                    : bind_condition(b, c, ret, err);
}

bool
check_bind_member(struct binder *b, const struct check *c, const struct expr *outer, struct bound *ret,
                  struct err *err)
{
	*ret = (struct bound){.check = c, .schema = b->schema, .now_us = b->now_us};
	if (!bind_where(b, c, ret, err))
		return false;
	if (outer != NULL)
		ret->where = ret->where == NULL ? outer : expr_call2(b->x, OP_AND, outer, ret->where, err);
	return (outer == NULL || ret->where != NULL) && check_bind_rows(b, c, ret, err);
}

static void
bind_last_good(struct binder *b, const struct check *c, struct bound *ret)
{
	const struct expr *name;

	if (!threshold_is_relative(&c->warn) && !threshold_is_relative(&c->fail))
		return;
	name = expr_literal(b->x, value_text(past_last_good_name(b->a, c)));
	ret->last_good = metric_get(b->m, &metric_last_good, &name, 1, NULL, (struct metric_params){0});
}

static bool
bind_one(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	bind_last_good(b, c, ret);
	if (!bind_where(b, c, ret, err))
		return false;
	return c->nby > 0 ? segments_of(b, c, ret, err) : check_bind_rows(b, c, ret, err);
}

struct bound *
checks_bind(struct binder *b, const struct checks *c)
{
	struct bound *ret = ARENA_ARRAY(b->a, struct bound, c->n);

	for (size_t i = 0; i < c->n; i++) {
		struct err err = {0};

		ret[i] = (struct bound){
			.check = &c->v[i], .schema = b->schema, .err = c->v[i].err, .now_us = b->now_us};
		if (ret[i].err.code != ERR_NONE || !c->v[i].enabled)
			continue;
		if (bind_one(b, &c->v[i], &ret[i], &err))
			continue;
		/* What was bound before the mistake is nobody's: only the error stays. */
		ret[i] = (struct bound){.check = &c->v[i], .schema = b->schema, .err = err};
		if (err.code == ERR_NONE)
			err_set(&ret[i].err, ERR_INTERNAL, c->v[i].loc, "the check cannot be bound");
	}
	return ret;
}
