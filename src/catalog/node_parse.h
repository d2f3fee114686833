/* Inside the catalog: what the readers of nodes share, and small questions about nodes. */
#ifndef WEIR_CATALOG_NODE_PARSE_H
#define WEIR_CATALOG_NODE_PARSE_H

#include "base/map.h"
#include "catalog/node.h"

enum {
	NODE_DEPTH_MAX = 64,
	NODE_ALIASES_MAX = 100,
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

/* The kids of a map or list while it grows. */
struct node_kids {
	LIST(struct node) list;
	struct map seen; /* maps only: key -> place of the first one */
};
/* Adds a kid to a map unless its key is there already, which is a diagnostic with both places.  NULL then. */
struct node *node_kids_add(struct arena *a, struct node_kids *kids, struct sv key, struct loc key_loc,
                           struct diags *d);

#endif
