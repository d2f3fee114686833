/* Filters that select nothing, and segments of which there is only one. */
#include "expect/lint_parts.h"

/* A list of the catalog's own: the values that a partition can have, as the column of that name would hold them. */
static const struct expr *
in_partitions(struct linted *l, const struct partition_dim *dim)
{
	const struct column *col = schema_find(l->binder.schema, dim->name);
	struct value *v = ARENA_ARRAY(l->a, struct value, dim->nvalue);
	struct err err = {0};

	if (dim->is_time || dim->nvalue == 0 || col == NULL ||
	    (col->type.kind != TYPE_STRING && col->type.kind != TYPE_ANY))
		return NULL;
	for (size_t i = 0; i < dim->nvalue; i++) {
		struct value number;

		/* 2024 may come as a number from where the column is read. */
		if (col->type.kind == TYPE_ANY &&
		    (value_parse((struct type){.kind = TYPE_NUMBER}, dim->value[i], &number) ||
		     value_parse((struct type){.kind = TYPE_BOOLEAN}, dim->value[i], &number) ||
		     value_parse((struct type){.kind = TYPE_TIMESTAMPTZ}, dim->value[i], &number)))
			return NULL;
		v[i] = value_text(dim->value[i]);
	}
	return expr_in(l->binder.x, expr_column(l->binder.x, col), v, (uint32_t)dim->nvalue, &err);
}

static bool
look_at_partitions(struct linted *l, const struct claim *c)
{
	for (size_t i = 0; i < l->asset->ndim; i++) {
		const struct partition_dim *dim = &l->asset->dim[i];
		const struct expr *in = in_partitions(l, dim);
		const struct assumption both[] = {{c->where, MAY_TRUE}, {in, MAY_TRUE}};

		if (in == NULL || !expr_refuted(both, LEN(both)))
			continue;
		lint_report(l, c->c, c->c->where_loc, "no partition has a '" SV_FMT "' that `where` asks for",
		            SV_ARG(dim->name));
		diag_note(l->d, dim->loc, "the values that are declared");
		diag_hint(l->d, "Name a declared value, or declare this one.");
		return true;
	}
	return false;
}

static void
find_unreachable(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct claim *c = &l->claim[i];
		const struct assumption selected[] = {{c->where, MAY_TRUE}};

		/* The filter of a composed check is told of where that one stands. */
		if (c->where == NULL || (l->whole != NULL && c->c->where.n == 0))
			continue;
		if (c->nowhere) {
			lint_report(l, c->c, c->c->where_loc,
			            "`where` selects no row that " SV_FMT " could judge",
			            SV_ARG(claim_name(l->a, c)));
			diag_hint(l->d, "A check without rows passes: correct the filter.");
			continue;
		}
		if (look_at_partitions(l, c))
			continue;
		for (size_t k = 0; k < l->nheld; k++) {
			const struct claim *other = l->held[k];

			if (other == c || (other->columns & c->where_columns) == 0 || other->where != NULL ||
			    other->never_passes || !claim_refutes(other, selected, LEN(selected)))
				continue;
			lint_report(l, c->c, c->c->where_loc,
			            "`where` selects no row while " SV_FMT " is met",
			            SV_ARG(claim_name(l->a, other)));
			lint_note(l, other->c, "this check leaves no such row");
			diag_hint(l->d,
			          "One of the two is wrong: what this filter selects is a failure there.");
			break;
		}
	}
}

const struct lint lint_where = {
	.code = "unreachable_where",
	.summary = "The filter of a check selects no row.",
	.doc = "It contradicts itself, or what another check of the same asset demands of every row, or the values that are declared for the "
	       "partitions. A check without rows passes and says nothing.",
	.example =
		"  - in_set: {column: status, values: [paid, open]}\n  - not_null: shipped_at\n    where: \"status = 'Paid'\"",
	.find = find_unreachable,
};

/* The one value that the column has wherever the condition is true; NULL: not certain. */
static const struct expr *
only_member(const struct expr *e, struct sv column)
{
	const struct expr *of = e != NULL && e->kind == EXPR_CALL && e->nargs > 0 ? e->arg[0] : NULL;

	if (of == NULL)
		return NULL;
	if (e->op == OP_AND) {
		const struct expr *found = NULL;

		for (uint32_t i = 0; i < e->nargs && found == NULL; i++)
			found = only_member(e->arg[i], column);
		return found;
	}
	return of->kind == EXPR_COLUMN && sv_eq(of->column->name, column) &&
	                       ((e->op == OP_EQ && e->arg[1]->kind == EXPR_LITERAL) ||
	                        (e->op == OP_IN && e->arg[1]->literal.n == 1))
	               ? of
	               : NULL;
}

/* What holds one column at one value, beside the check's own filter; NULL: nothing does. */
static const struct claim *
holder_of(const struct linted *l, struct sv column)
{
	for (size_t i = 0; i < l->nheld; i++) {
		const struct claim *c = l->held[i];

		if (claim_is_hard(c) && c->where == NULL && c->unexpected->op == OP_NOT &&
		    only_member(c->unexpected->arg[0], column) != NULL)
			return c;
	}
	return NULL;
}

static void
find_constant_segments(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct check *c = l->claim[i].c;

		for (uint32_t k = 0; k < c->nby; k++) {
			const bool filtered = only_member(l->claim[i].where, c->by[k]) != NULL;
			const struct claim *other = filtered ? NULL : holder_of(l, c->by[k]);

			if (!filtered && other == NULL)
				continue;
			lint_report(l, c, c->by_loc,
			            "'" SV_FMT "' has one value only, so it makes no segments",
			            SV_ARG(c->by[k]));
			if (filtered)
				diag_note(l->d, c->where_loc, "the filter that leaves it");
			else
				lint_note(l, other->c, "the check that leaves it");
			diag_hint(l->d, "Leave it out of `by`.");
		}
	}
}

const struct lint lint_segments = {
	.code = "constant_segments",
	.summary = "A column of `by` has a single value.",
	.doc = "The filter, or another check, leaves one value of it, so it cuts nothing into segments.",
	.example = "  - not_null: email\n    where: \"country = 'DE'\"\n    by: country",
	.find = find_constant_segments,
};
