/*
 * Suites: files of checks for any asset.
 *
 * weir's own have a top-level list `checks:`.  Great Expectations' have `expectations:`, in the spellings of 1.x (type, notes,
 * suite_parameters) and 0.x (expectation_type, evaluation_parameters).  Mistakes in one check are that check's error; only a file
 * that is no suite at all is refused.
 */
#include "expect/suite.h"

#include "base/fs.h"

struct suite_kind {
	const char *name;
	const char *doc;
	/* Does the top of the file look like one? */
	bool (*is)(const struct node *top);
	/* NULL = known, not built yet. */
	void (*load)(struct check_list *l, const struct node *top, struct sv *name);
};

static bool
has_list(const struct node *top, const char *key)
{
	const struct node *n = node_get(top, key);

	return n != NULL && n->kind == NODE_SEQ;
}

static bool
has(const struct node *top, const char *key)
{
	return node_get(top, key) != NULL;
}

static bool
is_gx(const struct node *top)
{
	return has_list(top, "expectations");
}

static bool
is_soda4(const struct node *top)
{
	return has(top, "dataset") && (has(top, "checks") || has(top, "columns"));
}

static bool
is_odcs(const struct node *top)
{
	return has(top, "apiVersion") && has(top, "kind");
}

static bool
is_dbt(const struct node *top)
{
	return has_list(top, "models") || has_list(top, "sources") || has_list(top, "snapshots") ||
	       has_list(top, "seeds");
}

static bool
is_sodacl(const struct node *top)
{
	for (size_t i = 0; i < top->n; i++)
		if (sv_starts(top->kid[i].key, SV("checks for ")) ||
		    sv_starts(top->kid[i].key, SV("for each ")))
			return true;
	return false;
}

static bool
is_weir(const struct node *top)
{
	return has_list(top, "checks");
}

static const struct node *
either(const struct node *map, const char *key, const char *old)
{
	const struct node *n = node_get(map, key);

	if (n == NULL)
		n = node_get(map, old);
	return n != NULL && n->kind == NODE_NULL ? NULL : n;
}

static void
set_name(const struct node *n, struct sv *name)
{
	if (n != NULL && n->kind == NODE_TEXT)
		*name = n->text;
}

static const struct node *
not_null(const struct node *n)
{
	return n != NULL && n->kind != NODE_NULL ? n : NULL;
}

static void
load_gx_one(struct check_list *l, const struct node *n)
{
	const struct node *type = either(n, "type", "expectation_type");
	struct spec s = {.name = SV("?"), .loc = n->loc, .args = not_null(node_get(n, "kwargs"))};

	if (type != NULL && type->kind == NODE_TEXT) {
		s.name = type->text;
		s.loc = type->loc;
	}
	/* Without kwargs nothing is given; the null of a missing map would be a short form. */
	s.common[COMMON_META] = not_null(node_get(n, "meta"));
	s.common[COMMON_SEVERITY] = not_null(node_get(n, "severity"));
	s.common[COMMON_DESCRIPTION] = not_null(node_get(n, "description"));
	check_add(l, &s);
}

static void
load_gx(struct check_list *l, const struct node *top, struct sv *name)
{
	const struct node *list = node_get(top, "expectations");

	set_name(either(top, "name", "expectation_suite_name"), name);
	l->args.params = either(top, "suite_parameters", "evaluation_parameters");
	for (size_t i = 0; i < list->n; i++)
		load_gx_one(l, &list->kid[i]);
}

static void
load_weir(struct check_list *l, const struct node *top, struct sv *name)
{
	static const char *const keys[] = {"version", "name", "description", "suite_parameters", "checks"};
	const struct node *list = node_get(top, "checks");

	set_name(node_get(top, "name"), name);
	l->args.params = not_null(node_get(top, "suite_parameters"));
	for (size_t i = 0; i < top->n; i++) {
		const struct node *kid = &top->kid[i];
		size_t k = 0;

		while (k < LEN(keys) && !sv_is(kid->key, keys[k]))
			k++;
		if (k < LEN(keys))
			continue;
		diag_error(l->d, kid->key_loc, "a suite has no key '" SV_FMT "'", SV_ARG(kid->key));
		diag_suggest(l->d, kid->key, keys, LEN(keys));
	}
	for (size_t i = 0; i < list->n; i++)
		check_add_node(l, &list->kid[i]);
}

/* In the order of asking: the more particular shapes first. */
static const struct suite_kind kinds[] = {
	{"gx", "Great Expectations", is_gx, load_gx},
	{"odcs", "ODCS", is_odcs, NULL},
	{"soda4", "Soda 4", is_soda4, NULL},
	{"sodacl", "SodaCL", is_sodacl, NULL},
	{"dbt", "dbt", is_dbt, NULL},
	{"weir", "weir", is_weir, load_weir},
};

static const struct suite_kind *
find_kind(const struct node *top, const char *kind, struct diags *d)
{
	const char *names[LEN(kinds)];

	for (size_t i = 0; i < LEN(kinds); i++) {
		names[i] = kinds[i].name;
		if (kind != NULL ? sv_is(sv_of(kind), kinds[i].name)
		                 : top->kind == NODE_MAP && kinds[i].is(top))
			return &kinds[i];
	}
	if (kind != NULL) {
		diag_error(d, NOWHERE, "unknown kind of suite '%s'", kind);
		diag_suggest(d, sv_of(kind), names, LEN(names));
		return NULL;
	}
	diag_error(d, top->loc, "this is no suite that weir knows");
	diag_hint(d,
	          "A suite has a top-level list `checks:` (weir) or `expectations:` (Great Expectations).");
	return NULL;
}

static bool
load_file(struct check_list *l, const char *path, const char *kind, struct sv *name)
{
	size_t before = l->d->errors;
	const struct node *top = node_parse_file(l->args.a, path, l->d);
	const struct suite_kind *k = top != NULL ? find_kind(top, kind, l->d) : NULL;

	if (k == NULL)
		return false;
	if (k->load == NULL) {
		diag_error(l->d, top->loc, "reading %s suites is not built yet", k->doc);
		return false;
	}
	if (top->kind != NODE_MAP || !k->is(top)) {
		diag_error(l->d, top->loc, "this is no %s suite", k->doc);
		return false;
	}
	k->load(l, top, name);
	return l->d->errors == before;
}

void
suite_add(struct check_list *l, const struct node *path)
{
	struct check_list own = *l;
	struct sv text, name;
	char *file;

	if (!node_text(path, &text, l->d))
		return;
	file = fs_join(l->args.a, path->loc.file != NULL ? fs_dirname(l->args.a, path->loc.file) : ".", text);
	if (!fs_exists(file)) {
		diag_error(l->d, path->loc, "there is no suite '" SV_FMT "'", SV_ARG(text));
		return;
	}
	own.imported = true;
	own.column = (struct sv){0};
	(void)load_file(&own, file, NULL, &name);
	l->out.v = own.out.v;
	l->out.n = own.out.n;
	l->out.cap = own.out.cap;
}

bool
suite_load(struct arena *a, const char *path, const char *kind, const struct asset *asset, int64_t now_us,
           struct checks *ret, struct sv *suite_name, struct diags *d)
{
	struct check_list l = {.args = {.a = a, .now_us = now_us}, .asset = asset, .imported = true, .d = d};
	const char *slash = strrchr(path, '/');
	struct sv name = sv_of(slash != NULL ? slash + 1 : path);
	const char *dot = memchr(name.p, '.', name.n);

	/* A suite without a name is called as its file. */
	if (dot != NULL && dot > name.p)
		name.n = (size_t)(dot - name.p);
	name = arena_sv(a, name);
	if (!load_file(&l, path, kind, &name))
		return false;
	check_list_finish(&l, ret);
	*suite_name = name;
	return true;
}
