#include "expr/schema.h"

const struct column *
schema_find(const struct schema *s, struct sv name)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (sv_eq(s->col[i].name, name))
			return &s->col[i];
	return NULL;
}

bool
schema_has_pii(const struct schema *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->col[i].pii)
			return true;
	return false;
}

const char *const *
schema_names(struct arena *a, const struct schema *s, size_t *n)
{
	const char **names = ARENA_ARRAY(a, const char *, s->n);

	for (uint32_t i = 0; i < s->n; i++)
		names[i] = arena_str(a, s->col[i].name);
	*n = s->n;
	return names;
}
