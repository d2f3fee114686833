/*
 * `lint:`: warnings of `weir validate` that somebody has looked at and does not want to be told again.  Which codes there are is not known here: the
 * checks know (expect/lint.c).
 */
#include "catalog/load.h"

static void
ignore_load(struct loader *l, void *rec, const struct node *n)
{
	struct lint_decl *ret = rec;
	const size_t count = load_items(n);
	struct sv *code = ARENA_ARRAY(l->a, struct sv, count);
	struct loc *at = ARENA_ARRAY(l->a, struct loc, count);

	if (count == 0) {
		diag_error(l->d, n->loc, "'ignore' names no code");
		diag_hint(l->d, "a warning has its code in brackets: `ignore: [redundant_check]`");
	}
	for (size_t i = 0; i < count; i++) {
		const struct node *item = load_item(n, i);

		if (!node_text(item, &code[ret->n], l->d))
			continue;
		if (sv_in(code[ret->n], code, ret->n))
			diag_error(l->d, item->loc, "'" SV_FMT "' is in the list already",
			           SV_ARG(code[ret->n]));
		else
			at[ret->n++] = item->loc;
	}
	ret->ignore = code;
	ret->at = at;
}

static const struct field lint_fields[] = {
	{"ignore", "Codes of warnings that are not told here, such as redundant_check.", .kind = FIELD_TEXT,
         .texts = true, .required = true, .load = ignore_load},
};
const struct table lint_table = TABLE("lint", lint_fields);

const struct lint_decl *
lint_read(struct arena *a, const struct node *n, struct diags *d)
{
	struct lint_decl *ret = ARENA_NEW(a, struct lint_decl);
	struct loader l = {.a = a, .d = d};

	*ret = (struct lint_decl){0};
	if (n->kind == NODE_MAP)
		table_load(&l, &lint_table, n, ret);
	else
		diag_error(d, n->loc, "'lint' must be a map, such as {ignore: [redundant_check]}");
	return ret->n > 0 ? ret : NULL;
}

void
lint_look(struct loader *l, void *rec, const struct node *n)
{
	(void)rec;
	(void)lint_read(l->a, n, l->d);
}

void
lint_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;

	as->lint = lint_read(l->a, n, l->d);
}
