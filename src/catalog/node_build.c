#include "catalog/node_build.h"

#include "catalog/node_parse.h"
#include "catalog/yaml_text.h"

struct node
node_of_text(struct sv text, struct loc at)
{
	return (struct node){.kind = NODE_TEXT, .quoted = true, .text = text, .loc = at};
}

struct node
node_of_bool(bool b, struct loc at)
{
	return (struct node){.kind = NODE_BOOL, .b = b, .text = b ? SV("true") : SV("false"), .loc = at};
}

struct node
node_of_int(struct arena *a, int64_t i, struct loc at)
{
	return (struct node){.kind = NODE_INT, .i = i, .text = arena_svf(a, "%lld", (long long)i), .loc = at};
}

struct node
node_of_map(struct loc at)
{
	return (struct node){.kind = NODE_MAP, .loc = at};
}

struct node
node_of_list(struct loc at)
{
	return (struct node){.kind = NODE_SEQ, .loc = at};
}

/* Room doubles at each power of two, so that no capacity has to be kept. */
void
node_append(struct arena *a, struct node *list, const struct node *kid)
{
	if ((list->n & (list->n - 1)) == 0) {
		struct node *more = ARENA_ARRAY(a, struct node, list->n == 0 ? 1 : 2 * list->n);

		if (list->n > 0)
			memcpy(more, list->kid, list->n * sizeof(*more));
		list->kid = more;
	}
	list->kid[list->n++] = *kid;
}

void
node_put(struct arena *a, struct node *map, struct sv key, const struct node *kid)
{
	struct node copy = *kid;

	copy.key = key;
	if (copy.key_loc.line == 0)
		copy.key_loc = copy.loc;
	for (size_t i = 0; i < map->n; i++)
		if (sv_eq(map->kid[i].key, key)) {
			map->kid[i] = copy;
			return;
		}
	node_append(a, map, &copy);
}

void
node_put_text(struct arena *a, struct node *map, const char *key, struct sv text, struct loc at)
{
	const struct node kid = node_of_text(text, at);

	node_put(a, map, sv_of(key), &kid);
}

void
node_flow(const struct node *n, struct buf *b)
{
	if (n->kind != NODE_MAP && n->kind != NODE_SEQ) {
		if (n->kind == NODE_TEXT)
			yaml_put_text(b, n->text);
		else
			buf_add(b, n->kind == NODE_NULL ? SV("null") : n->text);
		return;
	}
	buf_putc(b, n->kind == NODE_MAP ? '{' : '[');
	for (size_t i = 0; i < n->n; i++) {
		if (i > 0)
			buf_puts(b, ", ");
		if (n->kind == NODE_MAP) {
			yaml_put_key(b, n->kid[i].key);
			buf_puts(b, ": ");
		}
		node_flow(&n->kid[i], b);
	}
	buf_putc(b, n->kind == NODE_MAP ? '}' : ']');
}
