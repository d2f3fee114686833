/*
 * Jinja in the values of dbt's files: what can be told without running dbt.
 *
 * `{{ var('x') }}` and `{{ env_var('X') }}` are what the user says with --var; what dbt_project.yml or a default says may be overridden by whoever
 * runs dbt, so it is not believed.  Macros that name a type of any database are that type.
 */
#include "catalog/node_parse.h"
#include "import/dbt.h"

static const struct {
	const char *macro, *type;
} types[] = {
	{"type_bigint", "bigint"},  {"type_boolean", "boolean"},     {"type_datetime", "datetime"},
	{"type_float", "float"},    {"type_int", "integer"},         {"type_numeric", "numeric"},
	{"type_string", "varchar"}, {"type_timestamp", "timestamp"},
};

static struct sv
take_name(struct sv *rest)
{
	struct sv ret = {rest->p, 0};

	while (ret.n < rest->n && (dbt_is_name((struct sv){rest->p + ret.n, 1}) || rest->p[ret.n] == '.'))
		ret.n++;
	*rest = sv_trim(sv_skip(*rest, ret.n));
	return ret;
}

/* The first argument of a call, in quotes; the rest of the call, behind it. */
static bool
take_call(struct sv rest, struct sv *ret)
{
	ptrdiff_t end;

	if (rest.n < 4 || rest.p[0] != '(' || rest.p[rest.n - 1] != ')')
		return false;
	rest = sv_trim((struct sv){rest.p + 1, rest.n - 2});
	if (rest.n < 2 || (rest.p[0] != '\'' && rest.p[0] != '"'))
		return false;
	end = sv_find(sv_skip(rest, 1), rest.p[0]);
	if (end <= 0)
		return false;
	*ret = (struct sv){rest.p + 1, (size_t)end};
	return true;
}

/* What stands between braces; *name: the variable that would have to be known. */
static bool
expression(struct importing *im, struct sv text, struct sv *name, struct sv *ret)
{
	struct sv rest = sv_trim(text), called = take_name(&rest);
	const ptrdiff_t dot = sv_find(called, '.');
	const struct sv macro = dot >= 0 ? sv_skip(called, (size_t)dot + 1) : called;

	if ((sv_is(called, "var") || sv_is(called, "env_var")) && take_call(rest, name))
		return import_var(im, *name, ret);
	for (size_t i = 0; dot > 0 && sv_is(rest, "()") && i < LEN(types); i++)
		if (sv_is(macro, types[i].macro)) {
			*ret = sv_of(types[i].type);
			return true;
		}
	return false;
}

static bool
is_jinja(struct sv text)
{
	return text.n > 1 &&
	       (memmem(text.p, text.n, "{{", 2) != NULL || memmem(text.p, text.n, "{%", 2) != NULL);
}

bool
dbt_plain_text(struct importing *im, struct sv text, struct sv *name, struct sv *ret)
{
	struct sv done = {0};

	*name = (struct sv){0};
	while (is_jinja(text)) {
		const char *open = memmem(text.p, text.n, "{{", 2), *close;
		struct sv value;

		if (open == NULL || memmem(text.p, text.n, "{%", 2) != NULL)
			return false;
		close = memmem(open, text.n - (size_t)(open - text.p), "}}", 2);
		if (close == NULL ||
		    !expression(im, (struct sv){open + 2, (size_t)(close - open) - 2}, name, &value))
			return false;
		done = arena_svf(im->a, SV_FMT "%.*s" SV_FMT, SV_ARG(done), (int)(open - text.p), text.p,
		                 SV_ARG(value));
		text = sv_skip(text, (size_t)(close + 2 - text.p));
	}
	*ret = done.n == 0 ? text : arena_svf(im->a, SV_FMT SV_FMT, SV_ARG(done), SV_ARG(text));
	return true;
}

bool
dbt_has_jinja(const struct node *n)
{
	if (n == NULL)
		return false;
	if (n->kind != NODE_MAP && n->kind != NODE_SEQ)
		return is_jinja(n->text);
	for (size_t i = 0; i < n->n; i++)
		if (dbt_has_jinja(&n->kid[i]))
			return true;
	return false;
}

const struct node *
dbt_plain(struct importing *im, const struct node *n, struct sv *name)
{
	struct node *ret;
	struct sv text = sv_trim(n->text);

	if (!dbt_has_jinja(n))
		return n;
	ret = ARENA_NEW(im->a, struct node);
	*ret = *n;
	if (n->kind == NODE_MAP || n->kind == NODE_SEQ) {
		ret->kid = ARENA_ARRAY(im->a, struct node, n->n);
		for (size_t i = 0; i < n->n; i++) {
			const struct node *kid = dbt_plain(im, &n->kid[i], name);

			if (kid == NULL)
				return NULL;
			ret->kid[i] = *kid;
		}
		return ret;
	}
	/* dbt makes a number of it where nothing stands around the braces. */
	ret->quoted = !(sv_starts(text, SV("{{")) && sv_ends(text, SV("}}")));
	if (!dbt_plain_text(im, n->text, name, &ret->text))
		return NULL;
	ret->kind = NODE_TEXT;
	if (!ret->quoted)
		node_type_plain(ret);
	return ret;
}
