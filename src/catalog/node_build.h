/* Nodes made by a program: for importers, and for what they write. */
#ifndef WEIR_CATALOG_NODE_BUILD_H
#define WEIR_CATALOG_NODE_BUILD_H

#include "catalog/node.h"

/* Values of a place; `at` is what diagnostics show. */
struct node node_of_text(struct sv text, struct loc at); /* the text is borrowed */
struct node node_of_bool(bool b, struct loc at);
struct node node_of_int(struct arena *a, int64_t i, struct loc at);
struct node node_of_map(struct loc at);
struct node node_of_list(struct loc at);

/*
 * Adds a copy of kid to a map or a list; in a map, what had the key is replaced.  The parent's kids move while it grows, so that no pointer
 * to one may be kept, and a kid is complete when it is added.  The key is borrowed; its place is the kid's unless that has one.
 */
void node_put(struct arena *a, struct node *map, struct sv key, const struct node *kid);
void node_put_text(struct arena *a, struct node *map, const char *key, struct sv text, struct loc at);
void node_append(struct arena *a, struct node *list, const struct node *kid);

/*
 * A tree as YAML: on one line in flow style, as people write it (`{column: a, min: 0}`).  ${VAR} in texts is written so that a catalog reads
 * back the same text.
 */
void node_flow(const struct node *n, struct buf *b);

#endif
