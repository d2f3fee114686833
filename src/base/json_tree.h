/* JSON text as a tree, where all of a value is looked at more than once. */
#ifndef WEIR_BASE_JSON_TREE_H
#define WEIR_BASE_JSON_TREE_H

#include "base/json.h"

enum json_kind {
	JSON_IS_NULL,
	JSON_IS_BOOL,
	JSON_IS_NUMBER,
	JSON_IS_STRING,
	JSON_IS_ARRAY,
	JSON_IS_OBJECT,
	JSON_KINDS
};

struct json_value {
	enum json_kind kind;
	bool b;
	struct sv text; /* a number as written, a string without its escapes */
	struct sv key;  /* of the children of an object */
	struct json_value *kid;
	size_t n;
};

enum json_tree_result {
	JSON_TREE_OK,
	JSON_TREE_BAD, /* this is no JSON: *err says why */
	JSON_TREE_DEEP /* nested deeper than JSON_DEPTH_MAX: whether it is JSON was not found out */
};

/* The tree lives in the arena and borrows from the text.  Of members with the same key the last counts, as in most readers. */
enum json_tree_result json_tree_parse(struct arena *a, struct sv text, struct json_value *ret,
                                      struct err *err);
/* NULL if it is no object, or has no such member. */
const struct json_value *json_tree_get(const struct json_value *v, struct sv key);

#endif
