/*
 * What the two halves of JSON Schema share.
 *
 *	json_schema.c        from the schema's text to rules: what is wrong with it is told here
 *	json_schema_test.c   values by rules
 */
#ifndef WEIR_EXPR_JSON_SCHEMA_PARTS_H
#define WEIR_EXPR_JSON_SCHEMA_PARTS_H

#include "expr/json_schema.h"
#include "expr/value.h"

enum keyword_id {
	K_TYPE,
	K_ENUM,
	K_CONST,
	K_MULTIPLE,
	K_MAXIMUM,
	K_ABOVE_MAXIMUM,
	K_MINIMUM,
	K_BELOW_MINIMUM,
	K_MAX_LENGTH,
	K_MIN_LENGTH,
	K_PATTERN,
	K_ITEMS,
	K_PREFIX,
	K_MORE_ITEMS,
	K_MAX_ITEMS,
	K_MIN_ITEMS,
	K_UNIQUE,
	K_CONTAINS,
	K_MAX_CONTAINS,
	K_MIN_CONTAINS,
	K_PROPERTIES,
	K_PATTERNS,
	K_MORE_PROPERTIES,
	K_NAMES,
	K_REQUIRED,
	K_MAX_PROPERTIES,
	K_MIN_PROPERTIES,
	K_DEPENDENT_REQUIRED,
	K_DEPENDENT_SCHEMAS,
	K_DEPENDENCIES,
	K_ALL_OF,
	K_ANY_OF,
	K_ONE_OF,
	K_NOT,
	K_IF,
	K_THEN,
	K_ELSE,
	K_REF,
	K_OTHER /* that say nothing of a value by themselves */
};

/* Several kinds of JSON values, and integers, which are numbers of a kind. */
enum { TYPE_BIT_INTEGER = 1 << JSON_KINDS };

struct rule {
	enum keyword_id id;
	const struct json_value *arg;
	struct value number; /* of limits */
	unsigned types;      /* of `type`: bits by enum json_kind */
	struct json_schema *const
		*sub; /* the schemas in it; of maps by the number of the member, NULL: a list of names */
	struct regex *const *regex; /* `pattern`; of `patternProperties` by the number of the member */
	size_t n;
};

struct json_schema {
	bool never; /* false: nothing meets it */
	const struct json_value *node;
	struct rule *rule;
	size_t n;
};

/* 1, 1.0 and 1e0 are one number. */
struct value json_number(struct sv text);

#endif
