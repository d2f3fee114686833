/* Inside the catalog: what the readers of nodes share, and small questions about nodes. */
#ifndef WEIR_CATALOG_NODE_PARSE_H
#define WEIR_CATALOG_NODE_PARSE_H

#include "base/map.h"
#include "catalog/node.h"

enum {
	NODE_DEPTH_MAX = 64,
	NODE_ALIASES_MAX = 100,
	NODE_FOREIGN_ALIASES_MAX = 20000,
	NODE_REPEATED_MAX = 100000,
	NODE_COUNT_MAX = 4000000,
	NODE_KEY_MAX = 1024
};

/* Sets the kind of a plain scalar from its text, by the core schema of YAML 1.2. */
void node_type_plain(struct node *n);

const struct node *node_find(const struct node *map, struct sv key); /* NULL if absent or no map */
bool node_is_scalar(const struct node *n);
bool node_is_off(const struct node *n);    /* the bare word `off` */
bool node_is_secret(const struct node *n); /* {env: NAME} or {file: PATH} */

size_t node_count(const struct node *n); /* nodes in the tree, itself included */

/* As node_to_json, but secrets are written as the references that they are: for hashes. */
void node_to_json_symbolic(const struct node *n, struct json_writer *w);

/*
 * The kids of maps and lists while these are read: those of all that are open lie in one stack, so that each is given as much memory as it
 * needs in the end.
 */
struct node_stack {
	struct arena *a; /* of its own: gone once all is read */
	LIST(struct node) list;
};
struct node_kids {
	struct node_stack *stack;
	size_t from;     /* where they begin */
	struct map seen; /* of maps with many: their keys, in order */
};
struct node_kids node_kids_begin(struct node_stack *stack);
void node_kids_push(struct node_kids *kids, const struct node *kid);
/* Adds a kid to a map unless its key is there already, which is a diagnostic with both places. */
void node_kids_add(struct node_kids *kids, const struct node *kid, struct diags *d);
/* They are whole: become those of ret. */
void node_kids_end(struct arena *a, struct node_kids *kids, struct node *ret);

#endif
