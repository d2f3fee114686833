#include "import/soda_vars.h"

#include "base/buf.h"
#include "catalog/node_parse.h"

struct vars {
	struct importing *im;
	const struct node *declared;
};

/* `${d}`, `${var.d}`; the value of the user's wins. */
static bool
value_of(const struct vars *v, struct sv name, struct sv *ret)
{
	const struct node *n;

	if (sv_starts(name, SV("var.")))
		name = sv_skip(name, 4);
	if (import_var(v->im, name, ret))
		return true;
	n = node_find(v->declared, name);
	if (n != NULL && n->kind == NODE_MAP)
		n = node_get(n, "default");
	if (n == NULL || !node_is_scalar(n) || n->kind == NODE_NULL)
		return false;
	*ret = n->text;
	return true;
}

static struct sv
resolve_text(const struct vars *v, struct sv text)
{
	AUTO(buf) b = buf_new(1 << 26);

	while (text.n > 0) {
		const ptrdiff_t end = sv_starts(text, SV("${")) ? sv_find(text, '}') : -1;
		struct sv value;

		if (end > 0 && value_of(v, sv_trim((struct sv){text.p + 2, (size_t)end - 2}), &value)) {
			buf_add(b, value);
			text = sv_skip(text, (size_t)end + 1);
		} else {
			buf_putc(b, text.p[0]);
			text = sv_skip(text, 1);
		}
	}
	return arena_sv(v->im->a, buf_sv(b));
}

static bool
has_var(struct sv text)
{
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '$' && text.p[i + 1] == '{')
			return true;
	return false;
}

static struct node
resolve(const struct vars *v, const struct node *n)
{
	struct node ret = *n;

	if (has_var(n->key))
		ret.key = resolve_text(v, n->key);
	if (n->kind == NODE_TEXT && has_var(n->text)) {
		ret.text = resolve_text(v, n->text);
		if (!n->quoted)
			node_type_plain(&ret);
	}
	if (n->n > 0)
		ret.kid = ARENA_ARRAY(v->im->a, struct node, n->n);
	for (size_t i = 0; i < n->n; i++)
		ret.kid[i] = resolve(v, &n->kid[i]);
	return ret;
}

const struct node *
soda_resolve(struct importing *im, const struct node *root)
{
	const struct vars v = {.im = im, .declared = node_get(root, "variables")};
	struct node *ret = ARENA_NEW(im->a, struct node);

	*ret = resolve(&v, root);
	im->root = ret;
	import_whole(im, import_get(im, ret, "variables"));
	return ret;
}

static bool
find_var(struct sv text, struct sv *name)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		const struct sv rest = sv_skip(text, i);
		const ptrdiff_t end = sv_starts(rest, SV("${")) ? sv_find(rest, '}') : -1;

		if (end < 0)
			continue;
		*name = (struct sv){rest.p + 2, (size_t)end - 2};
		return true;
	}
	return false;
}

bool
soda_has_var(const struct node *n, struct sv *name)
{
	if (find_var(n->key, name) || (n->kind == NODE_TEXT && find_var(n->text, name)))
		return true;
	for (size_t i = 0; i < n->n; i++)
		if (soda_has_var(&n->kid[i], name))
			return true;
	return false;
}
