/*
 * Who looked at what: each node that an importer asks for is marked, and each map keeps the names that were asked of it.  So nothing of a
 * document can be forgotten: what is unmarked in the end is refused, and the nearest name that would have been understood is proposed.
 */
#include "import/internal.h"

struct look {
	bool self, whole;
	LIST(const char *) asked;
};

static struct look *
look_at(struct importing *im, const struct node *n)
{
	struct map_entry *e = map_put(&im->seen, (struct sv){(const char *)&n, sizeof(n)});

	if (e->value == NULL)
		e->value = ARENA_NEW(im->a, struct look);
	return e->value;
}

static const struct look *
look_find(const struct importing *im, const struct node *n)
{
	return map_get(&im->seen, (struct sv){(const char *)&n, sizeof(n)});
}

static void
ask(struct importing *im, const struct node *map, const char *key)
{
	struct look *l = look_at(im, map);

	for (size_t i = 0; i < l->asked.n; i++)
		if (strcmp(l->asked.v[i], key) == 0)
			return;
	*LIST_ADD(im->a, &l->asked) = key;
}

const struct node *
import_get(struct importing *im, const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	if (map != NULL && map->kind == NODE_MAP)
		ask(im, map, key);
	if (n == NULL)
		return NULL;
	look_at(im, n)->self = true;
	return n->kind == NODE_NULL ? NULL : n;
}

const struct node *
import_kid(struct importing *im, const struct node *n, size_t i)
{
	look_at(im, &n->kid[i])->self = true;
	return &n->kid[i];
}

void
import_whole(struct importing *im, const struct node *n)
{
	struct look *l;

	if (n == NULL)
		return;
	l = look_at(im, n);
	l->self = l->whole = true;
}

bool
import_text_of(struct importing *im, const struct node *map, const char *key, struct sv *ret)
{
	const struct node *n = import_get(im, map, key);

	if (n == NULL || n->kind == NODE_MAP || n->kind == NODE_SEQ)
		return false;
	*ret = n->text;
	return true;
}

bool
import_var(const struct importing *im, struct sv name, struct sv *ret)
{
	const struct sv *value = im->o != NULL && im->o->var != NULL ? map_get(im->o->var, name) : NULL;

	if (value == NULL)
		return false;
	*ret = *value;
	return true;
}

void
look_missed(struct importing *im, const struct node *n, look_fn *fn, void *ctx)
{
	const struct look *l = look_find(im, n);

	if ((n->kind != NODE_MAP && n->kind != NODE_SEQ) || (l != NULL && l->whole))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];
		const struct look *k = look_find(im, kid);
		const char *near = NULL;

		if (k != NULL && k->self) {
			look_missed(im, kid, fn, ctx);
			continue;
		}
		/* Told once. */
		import_whole(im, kid);
		if (n->kind == NODE_MAP && l != NULL)
			near = sv_nearest(kid->key, l->asked.v, l->asked.n);
		fn(ctx, kid, near);
	}
}
