/*
 * Freshness of dbt's sources and models: loaded_at_field or loaded_at_query, warn_after, error_after.
 *
 * https://docs.getdbt.com/reference/resource-properties/freshness.  A source says it for its tables, which may say otherwise.
 */
#include "import/dbt.h"

/* Of the nearest that says it; false where it is null, which takes it away. */
static const struct node *
nearest(struct dbt_fresh *f, const char *key)
{
	const struct node *ret = NULL;
	bool said = false;

	for (size_t i = 0; i < LEN(f->level); i++) {
		if (f->level[i] == NULL || node_get(f->level[i], key) == NULL)
			continue;

		const struct node *n = import_get(f->im, f->level[i], key);

		import_whole(f->im, n);
		if (!said)
			ret = n;
		said = true;
	}
	return ret;
}

static bool
is_null(const struct node *n)
{
	return n != NULL && n->kind == NODE_NULL;
}

/* {count: 12, period: hour}; of the nearest freshness that has the key. */
static const struct node *
limit_of(struct dbt_fresh *f, const char *key)
{
	for (size_t i = 0; i < LEN(f->level); i++) {
		const struct node *fresh = f->level[i] != NULL ? node_get(f->level[i], "freshness") : NULL;
		const struct node *n = fresh != NULL ? node_get(fresh, key) : NULL;

		/* A manifest has maps of nulls where nothing is said. */
		if (n != NULL)
			return n->kind == NODE_MAP && n->n > 0 && !is_null(node_get(n, "count")) ? n : NULL;
	}
	return NULL;
}

static void
refuse_keys(struct import_item *it, const struct node *fresh)
{
	static const char *const keys[] = {"warn_after", "error_after", "filter"};

	for (size_t i = 0; i < fresh->n; i++) {
		bool known = false;

		for (size_t k = 0; k < LEN(keys); k++)
			known = known || sv_is(fresh->kid[i].key, keys[k]);
		if (!known)
			import_grade(it, GRADE_REFUSED, NULL, "the key '" SV_FMT "' is not known here",
			             SV_ARG(fresh->kid[i].key));
	}
	if (node_get(fresh, "filter") != NULL && !is_null(node_get(fresh, "filter")))
		import_grade(it, GRADE_REFUSED, "write recent: {column: …, within: 12h} with where:",
		             "the time of the last change is asked of all rows, not of a filter's");
}

/* How the time of the last change is found. */
static void
read_updated(struct dbt_fresh *f, struct import_item *it, struct node *updated)
{
	const struct node *field = nearest(f, "loaded_at_field"), *query = nearest(f, "loaded_at_query");
	const struct node *n = field != NULL ? field : query;
	struct arena *a = f->im->a;
	struct sv text;

	if (n == NULL) {
		import_grade(it, GRADE_APPROXIMATED, NULL,
		             "dbt asks the database's own metadata, weir the source of the asset");
		return;
	}
	node_put_text(a, updated, "from", field != NULL ? SV("column") : SV("query"), n->loc);
	text = field != NULL ? dbt_uncast(n->text) : n->text;
	if (field != NULL && !sv_eq(text, sv_trim(n->text)))
		import_remark(it, "its loaded_at_field is a cast, and weir reads the column as it is");
	if (field != NULL && !dbt_unquote(&text)) {
		import_grade(it, GRADE_REFUSED, "write `updated: {from: query, query: SELECT max(…) …}`",
		             "its loaded_at_field is no column");
		return;
	}
	node_put_text(a, updated, field != NULL ? "column" : "query", text, n->loc);
	if (dbt_has_jinja(n))
		import_grade(it, GRADE_REFUSED, "write the query itself",
		             "it has Jinja, whose value only dbt knows");
	if (field == NULL)
		f->im->ret->sql = true;
}

static struct node
plain_limit(struct import_item *it, const struct node *n)
{
	static const char *const periods[] = {"minute", "hour", "day"};
	const struct node *count = node_get(n, "count"), *period = node_get(n, "period");
	bool fine = count != NULL && count->kind == NODE_INT && count->i > 0 && period != NULL && n->n == 2;

	for (size_t i = 0; fine && i <= LEN(periods); i++) {
		if (i == LEN(periods))
			fine = false;
		else if (sv_is(period->text, periods[i]))
			break;
	}
	if (!fine)
		import_grade(it, GRADE_REFUSED, "write {count: 12, period: hour}",
		             "'" SV_FMT
		             "' is no age: count is a whole number above 0, period minute, hour or day",
		             SV_ARG(import_short(it->im->a, n)));
	return *n;
}

void
dbt_read_freshness(struct dbt_fresh *f, struct import_asset *as)
{
	static const char *const keys[] = {"warn_after", "error_after"};
	const struct node *n = nearest(f, "freshness");
	struct arena *a = f->im->a;
	struct node fresh = node_of_map(as->loc), updated = node_of_map(as->loc);
	struct import_item it;

	if (n == NULL) {
		/* Only what freshness asks for. */
		(void)nearest(f, "loaded_at_field");
		(void)nearest(f, "loaded_at_query");
		return;
	}
	it = import_item(f->im, as, NULL, n->loc,
	                 arena_svf(a, "freshness: " SV_FMT, SV_ARG(import_short(a, n))));
	if (n->kind != NODE_MAP)
		import_grade(&it, GRADE_REFUSED, "write {error_after: {count: 1, period: day}}",
		             "it is no map");
	refuse_keys(&it, n);
	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *limit = limit_of(f, keys[i]);

		if (limit == NULL)
			continue;

		const struct node plain = plain_limit(&it, limit);

		node_put(a, &fresh, sv_of(keys[i]), &plain);
	}
	read_updated(f, &it, &updated);
	if (fresh.n == 0 && it.grade < GRADE_REFUSED) {
		it.check = false;
		import_remark(&it, "it has no limit");
	} else if (it.grade < GRADE_REFUSED) {
		if (updated.n > 0)
			node_put(a, &as->keys, SV("updated"), &updated);
		node_put(a, &as->keys, SV("freshness"), &fresh);
		it.became = arena_svf(a, "freshness: {" SV_FMT "}%s" SV_FMT "%s",
		                      SV_ARG(import_short(a, &fresh)), updated.n > 0 ? ", updated: {" : "",
		                      SV_ARG(updated.n > 0 ? import_short(a, &updated) : SV("")),
		                      updated.n > 0 ? "}" : "");
	}
	import_item_end(&it);
}
