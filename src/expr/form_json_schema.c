/* JSON that meets a schema. */
#include "base/json_tree.h"
#include "expr/form.h"
#include "expr/json_schema.h"

static bool
schema_compile(struct arena *a, struct regex_list *own, struct sv argument, const void **ret, struct err *err)
{
	const struct json_schema *s;

	if (!json_schema_compile(a, own, arena_sv(a, argument), &s, err))
		return false;
	*ret = s;
	return true;
}

static enum form_result
schema_test(const void *compiled, struct sv text, struct regex_scratch *scratch)
{
	static const enum form_result results[] = {
		[SCHEMA_NO] = FORM_NO, [SCHEMA_YES] = FORM_YES, [SCHEMA_LIMIT] = FORM_UNDECIDED};
	AUTO(arena) a = arena_new();
	AUTO(regex_scratch) own = scratch == NULL ? regex_scratch_new() : NULL;
	struct json_value v;
	enum json_tree_result read = json_tree_parse(a, text, &v, NULL);

	if (read != JSON_TREE_OK)
		return read == JSON_TREE_BAD ? FORM_NO : FORM_UNDECIDED;
	return results[json_schema_test(compiled, &v, own != NULL ? own : scratch)];
}

const struct form form_json_schema = {
	.name = "json_schema",
	.doc = "JSON that meets a JSON Schema.",
	.has_argument = true,
	.others_fail = true,
	.compile = schema_compile,
	.test = schema_test,
};
