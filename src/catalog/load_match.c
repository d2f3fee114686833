/* Which incidents are meant: `match:` of routes and of maintenance. */
#include "catalog/load.h"
#include "catalog/problems.h"

const struct node *
load_item(const struct node *n, size_t i)
{
	return n->kind == NODE_SEQ ? &n->kid[i] : n;
}

size_t
load_items(const struct node *n)
{
	return n->kind == NODE_SEQ ? n->n : 1;
}

static bool
matches_one(struct sv glob, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_glob(glob, sv_of(names[i])))
			return true;
	return false;
}

/* A list of names or globs of them that has to mean something: what can match nothing is never noticed. */
static void
known_load(struct loader *l, const struct node *n, const char *const *names, size_t nnames,
           const struct sv **ret, size_t *nret)
{
	for (size_t i = 0; i < load_items(n); i++) {
		const struct node *item = load_item(n, i);

		if (!node_is_scalar(item) || item->kind == NODE_NULL || item->text.n == 0 ||
		    matches_one(item->text, names, nnames))
			continue;
		diag_error(l->d, item->loc, "'" SV_FMT "' has no value '" SV_FMT "'", SV_ARG(n->key),
		           SV_ARG(item->text));
		diag_suggest_all(l->d, item->text, names, nnames);
	}
	(void)!load_texts(l, n, ret, nret);
}

static void
kind_load(struct loader *l, void *rec, const struct node *n)
{
	struct incident_match *m = rec;

	known_load(l, n, problem_names, PROBLEM_COUNT, &m->kind, &m->nkind);
}

static void
severity_load(struct loader *l, void *rec, const struct node *n)
{
	static const char *const names[] = {"critical", "warning", "info"};
	struct incident_match *m = rec;

	known_load(l, n, names, LEN(names), &m->severity, &m->nseverity);
}

static void
match_tags_load(struct loader *l, void *rec, const struct node *n)
{
	struct incident_match *m = rec;
	const bool pairs = n->kind == NODE_MAP;
	struct tag *v = ARENA_ARRAY(l->a, struct tag, MAX(n->n, (size_t)1));

	for (size_t i = 0; i < (pairs ? n->n : load_items(n)); i++) {
		const struct node *item = pairs ? &n->kid[i] : load_item(n, i);
		struct sv text = {0};

		if ((!pairs || item->kind != NODE_NULL) && !node_text(item, &text, l->d))
			continue;
		v[m->ntag++] = pairs ? (struct tag){.key = item->key, .value = text}
		                     : (struct tag){.key = text};
	}
	m->tag = v;
}

static const struct field tag_item = {.key = "tag", .doc = "", .kind = FIELD_TEXT, .null_ok = true};
static const char kind_doc[] = "Kinds of problems: "
#define PROBLEM(kind, name, family, judged, severity, meaning) name ", "
#include "catalog/problems.def"
#undef PROBLEM
			       "or globs of them.";
static const struct field match_fields[] = {
	{"asset", "Globs of keys: raw/*.", .kind = FIELD_TEXT, .texts = true,
         .at = offsetof(struct incident_match, asset), .at_n = offsetof(struct incident_match, nasset)},
	{"kind", kind_doc, .kind = FIELD_TEXT, .texts = true, .load = kind_load},
	{"owner", "Globs of owners of the asset: team:*.", .kind = FIELD_TEXT, .texts = true,
         .at = offsetof(struct incident_match, owner), .at_n = offsetof(struct incident_match, nowner)},
	{"severity", "critical, warning, info.", .kind = FIELD_TEXT, .texts = true, .load = severity_load},
	{"tags", "Tags of the asset, all of which it must have: by name with their values, or a list.",
         .kind = FIELD_TEXT, .values = &tag_item, .items = &tag_item, .load = match_tags_load},
};
const struct table match_table = TABLE("match", match_fields);
