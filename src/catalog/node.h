/*
 * YAML 1.2 (core schema, so JSON too) as a tree of nodes with places, built on libyaml's events.
 *
 * Limits: file 64 MiB, depth 64, 4 000 000 nodes, 100 aliases that repeat at most 100 000 nodes.  Duplicate keys are refused with both places.
 * `no`, `yes`, `on`, `off` are strings, as the core schema says.  A `.json` file is read by the JSON scanner instead.
 */
#ifndef WEIR_CATALOG_NODE_H
#define WEIR_CATALOG_NODE_H

#include "base/arena.h"
#include "base/diag.h"
#include "expr/value.h"

enum node_kind { NODE_NULL, NODE_BOOL, NODE_INT, NODE_REAL, NODE_TEXT, NODE_SEQ, NODE_MAP };

struct node {
	enum node_kind kind;
	bool bad;           /* its text could not be made out, which was told: not to be read */
	bool quoted;        /* a scalar in quotes or a block: never a number or null */
	struct loc loc;     /* of the value; of its text's first byte for scalars */
	struct loc key_loc; /* of the key, for the children of a map */
	struct sv key;      /* for the children of a map */
	struct sv text;     /* scalars: as written, unquoted, after ${VAR} */
	union {
		bool b;
		int64_t i; /* integers beyond 64 bits are NODE_REAL */
		double r;
	};
	struct node *kid; /* SEQ, MAP: kid[n] */
	size_t n;
};

/* NULL if the text is no YAML; mistakes go to *d.  `file` is kept (borrowed) in all places.  An empty file is an empty map. */
struct node *node_parse_yaml(struct arena *a, const char *file, struct sv text, struct diags *d);
/* The same of another tool's file: merge keys (`<<`) are followed, and aliases may be many. */
struct node *node_parse_foreign_yaml(struct arena *a, const char *file, struct sv text, struct diags *d);
struct node *node_parse_json(struct arena *a, const char *file, struct sv text, struct diags *d);
/* By the suffix; reads the file. */
struct node *node_parse_file(struct arena *a, const char *path, struct diags *d);

const struct node *node_get(const struct node *map, const char *key); /* NULL if absent or no map */
/* A scalar as text (numbers as written); anything else is a diagnostic "KEY must be text". */
MUST_CHECK bool node_text(const struct node *n, struct sv *ret, struct diags *d);
MUST_CHECK bool node_int(const struct node *n, int64_t *ret, struct diags *d);
MUST_CHECK bool node_real(const struct node *n, double *ret, struct diags *d);
MUST_CHECK bool node_bool(const struct node *n, bool *ret, struct diags *d);
/* A scalar, list or map as a value (ints exact; decimals as written become decimals only on conversion). */
struct value node_value(struct arena *a, const struct node *n);
void node_to_json(const struct node *n, struct json_writer *w);
const char *node_kind_name(enum node_kind k); /* "a list", "a map", "text" … for messages */

/*
 * A tree in which `over` is laid over `base` (NULL: none): maps merge key by key, lists whose key is in `appended` append, everything
 * else is replaced.  The scalar `off` removes the key (it stays as `off` where the key knows that word, and over true or false, for
 * which it is a mistake).  Nodes are never changed in place: the result shares what is the same.
 */
struct node *node_merge(struct arena *a, const struct node *base, const struct node *over,
                        const char *const *appended, size_t nappended);

#endif
