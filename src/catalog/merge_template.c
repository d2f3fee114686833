/* Templates: one definition for many assets, `for: {table: [a, b]}`. */
#include <glob.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/fs.h"
#include "catalog/load.h"

enum { VARS_MAX = 8, INSTANCES_MAX = 10000, TEXT_MAX_BYTES = 1 << 16 };

struct var {
	struct sv name;
	const struct sv *value;
	size_t n;
};

static const struct field for_source_fields[] = {
	{"glob", "Folders or files, relative to the folder of this file: their names without suffix.",
         .kind = FIELD_TEXT},
	{"query", "Not built yet.", .kind = FIELD_TEXT},
};
static const struct table for_source_table = TABLE("`for`", for_source_fields);
static void for_load(struct loader *l, void *rec, const struct node *n);

const struct field for_item = {.key = "for",
                               .doc = "A list of values, or {glob: …}.",
                               .kind = FIELD_TEXT,
                               .texts = true,
                               .table = &for_source_table,
                               .load = for_load};

/* The name of a file or folder without what stands before it and behind its first dot. */
static struct sv
stem(struct arena *a, const char *path)
{
	struct sv s = sv_of(path);

	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	for (size_t i = s.n; i-- > 0;)
		if (s.p[i] == '/') {
			s = sv_skip(s, i + 1);
			break;
		}

	ptrdiff_t dot = sv_find(sv_skip(s, 1), '.');

	if (dot >= 0)
		s.n = (size_t)dot + 1;
	return arena_sv(a, s);
}

static int
by_bytes(const void *a, const void *b)
{
	return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static void
glob_values(struct loader *l, const struct node *n, struct var *ret)
{
	const char *pattern = fs_join(l->a, fs_dirname(l->a, n->loc.file), n->text);
	bool folders = sv_ends(n->text, SV("/"));
	glob_t g;

	if (l->no_files) {
		diag_error(l->d, n->loc, "no files can be looked for from here");
		return;
	}
	/* fs_join drops the slash that restricts it to folders. */
	if (folders)
		pattern = arena_printf(l->a, "%s/", pattern);

	int status = glob(pattern, GLOB_NOSORT, NULL, &g);

	if (status == GLOB_NOMATCH) {
		diag_error(l->d, n->loc, "'" SV_FMT "' matches nothing", SV_ARG(n->text));
		return;
	}
	if (status != 0) {
		diag_error(l->d, n->loc, "'" SV_FMT "' cannot be looked for: %s", SV_ARG(n->text),
		           status == GLOB_NOSPACE ? "out of memory" : "a folder cannot be read");
		return;
	}

	struct sv *v = ARENA_ARRAY(l->a, struct sv, g.gl_pathc);
	size_t kept = 0;

	for (size_t i = 0; i < g.gl_pathc; i++)
		v[i] = stem(l->a, g.gl_pathv[i]);
	qsort(v, g.gl_pathc, sizeof(*v), by_bytes);
	for (size_t i = 0; i < g.gl_pathc; i++)
		if (kept == 0 || !sv_eq(v[kept - 1], v[i]))
			v[kept++] = v[i];
	globfree(&g);
	ret->value = v;
	ret->n = kept;
}

/* Fills in ret->value; none with a diagnostic if there is nothing. */
static void
for_load(struct loader *l, void *rec, const struct node *n)
{
	struct var *ret = rec;
	const struct node *pattern = node_get(n, "glob"), *query = node_get(n, "query");

	if (n->kind != NODE_MAP) {
		if (!load_texts(l, n, &ret->value, &ret->n))
			ret->n = 0;
		else if (ret->n == 0)
			diag_error(l->d, n->loc, "'" SV_FMT "' has no values", SV_ARG(n->key));
		return;
	}
	for (size_t i = 0; i < n->n; i++)
		if (table_field(&for_source_table, n->kid[i].key) == NULL) {
			unknown_key(l, &n->kid[i], &for_source_table);
			return;
		}
	if (query != NULL)
		diag_error(l->d, query->key_loc, "templates over a query are not built yet");
	else if (pattern == NULL || pattern->kind != NODE_TEXT || pattern->text.n == 0)
		diag_error(l->d, n->loc, "'" SV_FMT "' must be a list of values or {glob: PATTERN}",
		           SV_ARG(n->key));
	else
		glob_values(l, pattern, ret);
}

static size_t
vars_load(struct loader *l, const struct node *n, struct var *var)
{
	size_t nvar = 0;

	if (n->kind != NODE_MAP || n->n == 0) {
		diag_error(l->d, n->loc, "'for' must be a map like {table: [a, b]}");
		return 0;
	}
	if (n->n > VARS_MAX) {
		diag_error(l->d, n->loc, "'for' has more than %d names", VARS_MAX);
		return 0;
	}
	for (size_t i = 0; i < n->n; i++) {
		var[nvar] = (struct var){.name = n->kid[i].key};
		field_load(l, &for_item, &n->kid[i], &var[nvar]);
		if (var[nvar++].n == 0)
			return 0;
	}
	return nvar;
}

/* Substitution ---------------------------------------------------------------------------------------------------- */

struct instance {
	struct loader *l;
	const struct var *var;
	size_t nvar;
	size_t at[VARS_MAX]; /* which value of each */
};

/* The variable whose {name} stands at the start of s, or NULL. */
static const struct var *
var_at(const struct instance *in, struct sv s)
{
	for (size_t v = 0; v < in->nvar; v++) {
		struct sv name = in->var[v].name;

		if (s.n >= name.n + 2 && s.p[0] == '{' && s.p[name.n + 1] == '}' &&
		    sv_starts(sv_skip(s, 1), name))
			return &in->var[v];
	}
	return NULL;
}

/* {name} of the template's names; everything else in braces is for partitions. */
static struct sv
fill(const struct instance *in, struct sv s)
{
	struct arena *a = in->l->a;
	struct buf out;
	struct sv ret;

	if (sv_find(s, '{') < 0)
		return s;
	buf_init(&out, TEXT_MAX_BYTES);
	for (size_t i = 0; i < s.n;) {
		const struct var *v = var_at(in, sv_skip(s, i));

		if (v != NULL)
			buf_add(&out, v->value[in->at[v - in->var]]);
		else
			buf_putc(&out, s.p[i]);
		i += v != NULL ? v->name.n + 2 : 1;
	}
	/* Too long to be meant: left as it is, the braces will be refused where the text is used. */
	ret = out.full ? s : arena_sv(a, buf_sv(&out));
	buf_fini(&out);
	return ret;
}

static struct node
fill_node(const struct instance *in, const struct node *n)
{
	struct node ret = *n;

	ret.key = fill(in, n->key);
	if (n->kind == NODE_TEXT) {
		ret.text = fill(in, n->text);
		if (!ret.quoted)
			node_type_plain(&ret);
	}
	if (node_is_scalar(n) || n->n == 0)
		return ret;
	ret.kid = ARENA_ARRAY(in->l->a, struct node, n->n);
	for (size_t i = 0; i < n->n; i++)
		ret.kid[i] = fill_node(in, &n->kid[i]);
	return ret;
}

/* Expansion ------------------------------------------------------------------------------------------------------- */

static struct node
without_for(struct arena *a, const struct node *n)
{
	struct node ret = *n;

	ret.n = 0;
	ret.kid = ARENA_ARRAY(a, struct node, n->n);
	for (size_t i = 0; i < n->n; i++)
		if (!sv_is(n->kid[i].key, "for"))
			ret.kid[ret.n++] = n->kid[i];
	return ret;
}

static bool
next_instance(struct instance *in)
{
	for (size_t v = in->nvar; v-- > 0;) {
		if (++in->at[v] < in->var[v].n)
			return true;
		in->at[v] = 0;
	}
	return false;
}

/* Adds all instances of a template to `made` (key -> struct node *). */
static void
expand(struct loader *l, const struct node *n, struct map *made)
{
	struct var var[VARS_MAX];
	const struct node *vars = node_get(n, "for");
	struct node body = without_for(l->a, n);
	struct instance in = {.l = l, .var = var, .nvar = vars_load(l, vars, var)};
	size_t nodes = node_count(&body);
	struct sv *template = ARENA_NEW(l->a, struct sv);

	*template = n->key;
	if (in.nvar == 0)
		return;
	do {
		struct node *one = ARENA_NEW(l->a, struct node);

		if (!effective_add(l, nodes, vars->key_loc))
			return;
		*one = fill_node(&in, &body);

		struct map_entry *e = map_put(made, one->key);

		if (e->value != NULL) {
			diag_error(l->d, n->key_loc, "this template makes the asset '" SV_FMT "' twice",
			           SV_ARG(one->key));
			diag_hint(l->d, "the key must hold each name of `for` in braces");
			return;
		}
		e->value = one;
		(void)map_set(&l->made_by, one->key, template);
		if (made->n > INSTANCES_MAX) {
			diag_error(l->d, vars->key_loc, "templates make more than %d assets", INSTANCES_MAX);
			return;
		}
	} while (next_instance(&in));
}

static bool
is_template(const struct node *n)
{
	const struct node *vars = node_get(n, "for");

	return vars != NULL && !node_is_off(vars);
}

struct node *
templates_expand(struct loader *l, const struct node *assets)
{
	struct node *ret = ARENA_NEW(l->a, struct node);
	LIST(struct node) kids = {0};
	struct map made, plain;
	size_t first = 0;

	map_init(&made, l->a);
	map_init(&plain, l->a);
	for (size_t i = 0; i < assets->n; i++)
		if (!is_template(&assets->kid[i]))
			(void)map_set(&plain, assets->kid[i].key, &assets->kid[i]);
	*ret = *assets;
	for (size_t i = 0; i < assets->n; i++) {
		const struct node *n = &assets->kid[i];

		if (!is_template(n)) {
			*LIST_ADD(l->a, &kids) = *n;
			continue;
		}
		expand(l, n, &made);
		for (; first < made.n; first++)
			if (!map_has(&plain, made.e[first].key))
				*LIST_ADD(l->a, &kids) = *(const struct node *)made.e[first].value;
	}
	/* An asset that is declared beside its template is laid over the template's. */
	for (size_t i = 0; i < kids.n; i++) {
		const struct node *base = map_get(&made, kids.v[i].key);

		if (base != NULL && map_has(&plain, kids.v[i].key))
			kids.v[i] = *node_merge(l->a, base, &kids.v[i], appended_keys, appended_count);
	}
	ret->kid = kids.v;
	ret->n = kids.n;
	return ret;
}
