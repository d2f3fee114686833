/* From names to columns and types.  Goes on after a mistake: each operand is judged on its own, and told of once. */
#include <assert.h>

#include "expr/expr_lex.h"
#include "expr/expr_ops.h"

struct binder {
	struct exprs *x;
	const struct schema *schema;
	const struct expr_name *name; /* [nname] */
	size_t nname;
	struct diags *d;
	size_t before; /* mistakes that were known before */
};

/* A tree may hold one operand twice (BETWEEN); its mistakes are one. */
static bool
told(const struct binder *b, enum diag_level level, struct loc at)
{
	for (size_t i = b->before; i < b->d->list.n; i++) {
		const struct diag *d = &b->d->list.v[i];

		if (d->level == level && d->loc.line == at.line && d->loc.col == at.col &&
		    d->loc.len == at.len)
			return true;
	}
	return false;
}

static const struct expr *
report(struct binder *b, struct loc at, const struct err *err)
{
	if (told(b, DIAG_ERROR, at))
		return NULL;
	diag_error(b->d, at, "%s", err->msg);
	if (err->hint[0] != '\0')
		diag_hint(b->d, "%s", err->hint);
	return NULL;
}

static void
hint_unknown(struct binder *b, const struct ast *ast)
{
	size_t n;
	const char *const *names = schema_names(exprs_arena(b->x), b->schema, &n);

	for (size_t i = 0; i < n; i++)
		if (sv_ieq(ast->name, sv_of(names[i]))) {
			diag_hint(b->d, "case matters: did you mean '%s'?", names[i]);
			return;
		}
	if (ast->quoted && sv_nearest(ast->name, names, n) == NULL)
		diag_hint(b->d, "strings take single quotes: '" SV_FMT "'", SV_ARG(ast->name));
	else
		diag_suggest(b->d, ast->name, names, n);
}

static const struct expr_name *
find_name(const struct binder *b, const struct ast *ast)
{
	for (size_t i = 0; ast->kind == AST_NAME && i < b->nname; i++)
		if (sv_eq(ast->name, b->name[i].name))
			return &b->name[i];
	return NULL;
}

static const struct expr *
bind_given(struct binder *b, const struct ast *ast, struct value v)
{
	if (v.kind != VALUE_LIST)
		return expr_literal(b->x, v);
	if (!told(b, DIAG_ERROR, ast->loc)) {
		diag_error(b->d, ast->loc, "'" SV_FMT "' is a list", SV_ARG(ast->name));
		diag_hint(b->d, "lists stand in IN (" SV_FMT ") only", SV_ARG(ast->name));
	}
	return NULL;
}

static const struct expr *
bind_name(struct binder *b, const struct ast *ast)
{
	const struct expr_name *given = find_name(b, ast);
	struct sv name = given != NULL && given->column.n > 0 ? given->column : ast->name;

	if (given != NULL && given->column.n == 0)
		return bind_given(b, ast, given->value);

	const struct column *c = schema_find(b->schema, name);

	if (c != NULL && c->missing) {
		if (!told(b, DIAG_ERROR, ast->loc))
			diag_error(b->d, ast->loc,
			           "column '" SV_FMT "' is declared, but the data has no such column",
			           SV_ARG(name));
		return NULL;
	}
	if (c != NULL)
		return expr_column(b->x, c);
	if (!b->schema->open) {
		if (told(b, DIAG_ERROR, ast->loc))
			return NULL;
		diag_error(b->d, ast->loc, "unknown column '" SV_FMT "'", SV_ARG(name));
		hint_unknown(b, ast);
		return NULL;
	}

	struct arena *a = exprs_arena(b->x);
	struct column *any = ARENA_NEW(a, struct column);

	*any = (struct column){.name = arena_sv(a, name), .index = UINT32_MAX};
	return expr_column(b->x, any);
}

static const struct expr *bind(struct binder *b, const struct ast *ast);

static void
warn_member(struct binder *b, const struct expr *x, const struct ast *kid, struct value v)
{
	char type[TYPE_TEXT_MAX];
	AUTO(arena) a = arena_new();

	if (x->type.kind == TYPE_NULL || expr_members(a, x->type, &v, 1).n > 0 ||
	    told(b, DIAG_WARNING, kid->span))
		return;
	if (v.kind == VALUE_NULL) {
		diag_warning(b->d, kid->span, "NULL is equal to nothing");
		diag_hint(b->d, "add: OR … IS NULL");
		return;
	}
	diag_warning(b->d, kid->span, "this never equals a value of type %s", type_text(x->type, type));
	if (v.kind == VALUE_TEXT && type_is_numeric(x->type))
		diag_hint(b->d, "write it without quotes");
	else if (value_is_numeric(v) && x->type.kind == TYPE_STRING)
		diag_hint(b->d, "write it in single quotes");
}

/* Members that stand behind names. */
static size_t
given_members(const struct binder *b, const struct ast *in)
{
	size_t n = 0;

	for (uint32_t i = 1; i < in->nkid; i++) {
		const struct expr_name *list = find_name(b, in->kid[i]);

		n += list != NULL && list->value.kind == VALUE_LIST ? list->value.n : 0;
	}
	return n;
}

static const struct expr *
bind_in(struct binder *b, const struct ast *ast)
{
	const struct expr *x = bind(b, ast->kid[0]);
	struct value *set = ARENA_ARRAY(exprs_arena(b->x), struct value, ast->nkid + given_members(b, ast));
	uint32_t n = 0;
	bool ok = true;
	struct err err;

	for (uint32_t i = 1; i < ast->nkid; i++) {
		const struct expr_name *list = find_name(b, ast->kid[i]);

		if (list != NULL && list->column.n == 0 && list->value.kind == VALUE_LIST) {
			for (uint32_t k = 0; k < list->value.n; k++)
				set[n++] = list->value.list[k];
			continue;
		}

		const struct expr *e = bind(b, ast->kid[i]);

		ok = ok && e != NULL && e->kind == EXPR_LITERAL;
		if (e == NULL)
			continue;
		if (e->kind != EXPR_LITERAL) {
			if (!told(b, DIAG_ERROR, ast->kid[i]->span)) {
				diag_error(b->d, ast->kid[i]->span, "IN takes constants");
				diag_hint(b->d, "compare columns with = and join the comparisons with OR");
			}
			continue;
		}
		set[n++] = e->literal;
		if (x != NULL)
			warn_member(b, x, ast->kid[i], e->literal);
	}
	if (x == NULL || !ok)
		return NULL;

	const struct expr *e = expr_in(b->x, x, set, n, &err);

	return e != NULL ? e : report(b, ast->loc, &err);
}

static void
warn_null(struct binder *b, const struct ast *ast, const struct expr *const *arg)
{
	if (ast->op < OP_EQ || ast->op > OP_GE || (!expr_is_null(arg[0]) && !expr_is_null(arg[1])) ||
	    told(b, DIAG_WARNING, ast->loc))
		return;
	diag_warning(b->d, ast->loc, "a comparison with NULL is never true");
	diag_hint(b->d, "write IS NULL or IS NOT NULL");
}

static const struct expr *
bind_call(struct binder *b, const struct ast *ast)
{
	const struct expr **arg = ARENA_ARRAY(exprs_arena(b->x), const struct expr *, ast->nkid);
	uint32_t bad;
	struct err err;
	bool ok = true;

	if (ast->op == OP_IN)
		return bind_in(b, ast);
	for (uint32_t i = 0; i < ast->nkid; i++) {
		arg[i] = bind(b, ast->kid[i]);
		ok = ok && arg[i] != NULL;
	}
	if (!ok)
		return NULL;
	warn_null(b, ast, arg);

	const struct expr *e = expr_make(b->x, ast->op, arg, ast->nkid, &bad, &err);

	if (e != NULL)
		return e;
	return report(b, bad < ast->nkid ? ast->kid[bad]->span : ast->loc, &err);
}

static const struct expr *
bind(struct binder *b, const struct ast *ast)
{
	struct err err;

	switch (ast->kind) {
	case AST_LITERAL:
		return expr_literal(b->x, ast->literal);
	case AST_NAME:
		return bind_name(b, ast);
	case AST_CALL:
		return bind_call(b, ast);
	case AST_CAST:
		break;
	}

	const struct expr *a = bind(b, ast->kid[0]);

	if (a == NULL)
		return NULL;

	const struct expr *e = expr_cast(b->x, ast->type, a, &err);

	return e != NULL ? e : report(b, ast->kid[0]->span, &err);
}

const struct expr *
expr_bind(struct exprs *x, const struct ast *ast, const struct schema *schema, struct diags *d)
{
	return expr_bind_names(x, ast, schema, NULL, 0, d);
}

const struct expr *
expr_bind_names(struct exprs *x, const struct ast *ast, const struct schema *schema,
                const struct expr_name *name, size_t n, struct diags *d)
{
	struct binder b = {.x = x, .schema = schema, .name = name, .nname = n, .d = d, .before = d->list.n};

	return bind(&b, ast);
}
