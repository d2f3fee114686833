#include "expr/expr.h"

struct needed {
	const struct column *c;
	unsigned need;
};

struct needs {
	struct arena *a;
	LIST(struct needed) list;
};

static void
add(struct needs *n, const struct column *c, unsigned need)
{
	for (size_t i = 0; i < n->list.n; i++)
		if (n->list.v[i].c == c) {
			n->list.v[i].need |= need;
			return;
		}
	*LIST_ADD(n->a, &n->list) = (struct needed){.c = c, .need = need};
}

static void
walk(struct needs *n, const struct expr *e, unsigned need)
{
	bool text;

	if (e->kind == EXPR_COLUMN) {
		/* The value of a text is its bytes. */
		text = e->type.kind == TYPE_STRING || e->type.kind == TYPE_BINARY;
		add(n, e->column, need == NEED_VALUE && text ? NEED_TEXT : need);
	}
	for (uint32_t i = 0; i < e->nargs; i++) {
		text = e->arg[i]->type.kind == TYPE_STRING;
		walk(n, e->arg[i],
		     e->op == OP_IS_NULL          ? NEED_PRESENCE
		     : e->op == OP_LENGTH && text ? NEED_LENGTH
		                                  : NEED_VALUE);
	}
}

void
expr_needs(const struct expr *e, void (*fn)(void *ctx, const struct column *c, unsigned need), void *ctx)
{
	AUTO(arena) a = arena_new();
	struct needs n = {.a = a};

	walk(&n, e, NEED_VALUE);
	for (size_t i = 0; i < n.list.n; i++)
		fn(ctx, n.list.v[i].c, n.list.v[i].need);
}
