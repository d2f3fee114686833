/*
 * JSON Schema: draft 2020-12, and what draft-07 and 2019-09 write otherwise where `$schema` names them.
 *
 * All keywords that only need the value and the document itself.  `format` and what describes are annotations, as the standard says.
 * Keywords that are not built ($dynamicRef, unevaluated…, references to other documents) and names that no draft knows are mistakes:
 * to pass over them would be to let through what they forbid.
 */
#ifndef WEIR_EXPR_JSON_SCHEMA_H
#define WEIR_EXPR_JSON_SCHEMA_H

#include "base/json_tree.h"
#include "expr/regex.h"

struct json_schema;

/* Lives in the arena and borrows from the text; its patterns go to *own, also on failure. */
MUST_CHECK bool json_schema_compile(struct arena *a, struct regex_list *own, struct sv text,
                                    const struct json_schema **ret, struct err *err);

enum json_schema_result { SCHEMA_NO, SCHEMA_YES, SCHEMA_LIMIT };
enum json_schema_result json_schema_test(const struct json_schema *s, const struct json_value *v,
                                         struct regex_scratch *scratch);

#endif
