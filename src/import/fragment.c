/*
 * A fragment is made a whole document of its tool, in the smallest clothes that it knows, and read by that tool's importer.  So nothing is told
 * of an importer twice, and one that is added later is used at once.
 */
#include "import/fragment.h"

#include "base/num.h"
#include "import/importers.h"
#include "import/internal.h"

struct fragment {
	struct import_item *it;
	struct arena *a;
	struct sv engine, column;
	const char *kind; /* of the importer, once it is known */
	struct node root;
};

static struct sv
table_of(const struct fragment *f)
{
	return f->it->asset != NULL ? f->it->asset->name : SV("table");
}

/* All of it stands where the item stands. */
static void
relocate(struct arena *a, struct node *n, struct loc at)
{
	struct node *kid;

	n->loc = n->key_loc = at;
	if (n->n == 0)
		return;
	kid = ARENA_ARRAY(a, struct node, n->n);
	for (size_t i = 0; i < n->n; i++) {
		kid[i] = n->kid[i];
		relocate(a, &kid[i], at);
	}
	n->kid = kid;
}

static struct node
list_of(const struct fragment *f, const struct node *n)
{
	struct node ret = node_of_list(f->it->loc);

	node_append(f->a, &ret, n);
	return ret;
}

static struct node
map_of(const struct fragment *f, struct sv key, const struct node *value)
{
	struct node ret = node_of_map(f->it->loc);

	node_put(f->a, &ret, key, value);
	return ret;
}

/* Great Expectations ---------------------------------------------------------------------------------------------- */

/* minValue as min_value: so the standard's own example writes it. */
static struct sv
snake(const struct fragment *f, struct sv key)
{
	AUTO(buf) b = buf_new(1 << 12);

	for (size_t i = 0; i < key.n; i++) {
		const char c = key.p[i];

		if (i > 0 && c >= 'A' && c <= 'Z' && key.p[i - 1] >= 'a' && key.p[i - 1] <= 'z')
			buf_printf(b, "_%c", c | 32);
		else
			buf_putc(b, c);
	}
	return arena_sv(f->a, buf_sv(b));
}

static struct node
expectation(const struct fragment *f, const struct node *n)
{
	const struct node *kwargs = node_get(n, "kwargs"), *type = node_get(n, "type");
	const struct node *old = node_get(n, "expectation_type");
	const struct sv name = type != NULL ? type->text : old != NULL ? old->text : (struct sv){0};
	struct node args = node_of_map(f->it->loc), ret = *n;

	for (size_t i = 0; kwargs != NULL && kwargs->kind == NODE_MAP && i < kwargs->n; i++)
		node_put(f->a, &args, snake(f, kwargs->kid[i].key), &kwargs->kid[i]);
	if (f->column.n > 0 && sv_starts(name, SV("expect_column_")) && node_get(&args, "column") == NULL &&
	    node_get(&args, "column_A") == NULL && node_get(&args, "column_list") == NULL)
		node_put_text(f->a, &args, "column", f->column, f->it->loc);
	if (ret.kind == NODE_MAP && (args.n > 0 || kwargs != NULL)) {
		ret = node_of_map(f->it->loc);
		for (size_t i = 0; i < n->n; i++)
			node_put(f->a, &ret, n->kid[i].key, &n->kid[i]);
		node_put(f->a, &ret, SV("kwargs"), &args);
	}
	return ret;
}

static void
wrap_gx(struct fragment *f)
{
	const struct node *list = f->root.kind == NODE_SEQ ? &f->root : node_get(&f->root, "expectations");
	struct node all = node_of_list(f->it->loc), one;

	f->kind = "gx";
	if (list == NULL) {
		one = expectation(f, &f->root);
		node_append(f->a, &all, &one);
	}
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		one = expectation(f, &list->kid[i]);
		node_append(f->a, &all, &one);
	}
	f->root = map_of(f, SV("expectations"), &all);
}

/* dbt ------------------------------------------------------------------------------------------------------------- */

static void
wrap_dbt(struct fragment *f)
{
	const struct node tests = f->root.kind == NODE_SEQ ? f->root : list_of(f, &f->root);
	struct node model = node_of_map(f->it->loc), column = node_of_map(f->it->loc), list;

	f->kind = "dbt";
	if (f->root.kind == NODE_MAP && node_get(&f->root, "models") != NULL)
		return;
	node_put_text(f->a, &model, "name", table_of(f), f->it->loc);
	if (f->column.n > 0) {
		node_put_text(f->a, &column, "name", f->column, f->it->loc);
		node_put(f->a, &column, SV("tests"), &tests);
		list = list_of(f, &column);
		node_put(f->a, &model, SV("columns"), &list);
	} else {
		node_put(f->a, &model, SV("tests"), &tests);
	}
	list = list_of(f, &model);
	f->root = map_of(f, SV("models"), &list);
}

/* Soda ------------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *key, *op;
} soda_operators[] = {
	{"must_be", "="},
	{"must_not_be", "!="},
	{"must_be_greater_than", ">"},
	{"must_be_greater_than_or_equal_to", ">="},
	{"must_be_less_than", "<"},
	{"must_be_less_than_or_equal_to", "<="},
	{"must_be_between", "between"},
	{"must_be_not_between", "not between"},
};

/* Types that say their threshold themselves, and ones that SodaCL calls otherwise. */
static const struct {
	const char *type, *metric, *threshold;
} soda_types[] = {
	{"no_missing_values", "missing_count", " = 0"},
	{"no_invalid_values", "invalid_count", " = 0"},
	{"no_duplicate_values", "duplicate_count", " = 0"},
	{"rows_exist", "row_count", " > 0"},
};

static struct sv
soda_columns(const struct fragment *f, const struct node *n)
{
	const struct node *list = node_get(n, "columns"), *one = node_get(n, "column");
	AUTO(buf) b = buf_new(1 << 16);

	for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
		buf_printf(b, "%s" SV_FMT, i > 0 ? ", " : "", SV_ARG(list->kid[i].text));
	if (list == NULL)
		buf_add(b, one != NULL ? one->text : f->column);
	return b->n > 0 ? arena_svf(f->a, "(" SV_FMT ")", SV_ARG(buf_sv(b))) : (struct sv){0};
}

/* One key of {type: …}; false if it is none that is known. */
static bool
soda_key(const struct fragment *f, const struct node *kid, struct sv *threshold, struct node *more)
{
	static const char *const plain[] = {"type", "column", "columns"};
	const bool pair = kid->kind == NODE_SEQ && kid->n == 2;

	for (size_t i = 0; i < LEN(plain); i++)
		if (sv_is(kid->key, plain[i]))
			return true;
	for (size_t i = 0; i < LEN(soda_operators); i++)
		if (sv_is(kid->key, soda_operators[i].key)) {
			*threshold = pair ? arena_svf(f->a, " %s " SV_FMT " and " SV_FMT,
			                              soda_operators[i].op, SV_ARG(kid->kid[0].text),
			                              SV_ARG(kid->kid[1].text))
			                  : arena_svf(f->a, " %s " SV_FMT, soda_operators[i].op,
			                              SV_ARG(kid->text));
			return true;
		}
	if (!sv_starts(kid->key, SV("valid_")) && !sv_starts(kid->key, SV("missing_")) &&
	    !sv_starts(kid->key, SV("invalid_")) && !sv_is(kid->key, "name") && !sv_is(kid->key, "filter"))
		return false;

	char *key = arena_str(f->a, kid->key);

	for (size_t i = 0; i < kid->key.n; i++)
		key[i] = key[i] == '_' ? ' ' : key[i];
	node_put(f->a, more, sv_of(key), kid);
	return true;
}

/* {type: duplicate_percent, columns: [a, b], must_be_less_than: 1.0}, of contracts before Soda 4, as SodaCL says it. */
static struct node
soda_typed(const struct fragment *f, const struct node *n)
{
	struct sv metric = node_get(n, "type")->text, threshold = {0}, text;
	struct node more = node_of_map(f->it->loc);

	for (size_t i = 0; i < LEN(soda_types); i++)
		if (sv_is(metric, soda_types[i].type)) {
			metric = sv_of(soda_types[i].metric);
			threshold = sv_of(soda_types[i].threshold);
			break;
		}
	for (size_t i = 0; i < n->n; i++)
		if (!soda_key(f, &n->kid[i], &threshold, &more))
			import_grade(f->it, GRADE_REFUSED, "write it as SodaCL",
			             "the key '" SV_FMT "' is not known here", SV_ARG(n->kid[i].key));
	text = arena_svf(f->a, SV_FMT SV_FMT SV_FMT, SV_ARG(metric),
	                 SV_ARG(sv_is(metric, "row_count") ? SV("") : soda_columns(f, n)), SV_ARG(threshold));
	return more.n > 0 ? map_of(f, text, &more) : node_of_text(text, f->it->loc);
}

/* A check of Soda 4 is called by its type alone. */
static bool
is_soda4(const struct node *n)
{
	static const char *const types[] = {"missing", "invalid",   "duplicate", "aggregate", "failed_rows",
	                                    "metric",  "row_count", "freshness", "schema"};
	const struct sv name = n->kind == NODE_MAP && n->n == 1 ? n->kid[0].key : (struct sv){0};

	for (size_t i = 0; i < LEN(types); i++)
		if (sv_is(name, types[i]))
			return true;
	return false;
}

static struct node
soda4_document(const struct fragment *f, const struct node *checks)
{
	struct node ret = node_of_map(f->it->loc), column = node_of_map(f->it->loc), list;

	node_put_text(f->a, &ret, "dataset", table_of(f), f->it->loc);
	if (f->column.n > 0) {
		node_put_text(f->a, &column, "name", f->column, f->it->loc);
		node_put(f->a, &column, SV("checks"), checks);
		list = list_of(f, &column);
		node_put(f->a, &ret, SV("columns"), &list);
	} else {
		node_put(f->a, &ret, SV("checks"), checks);
	}
	return ret;
}

static void
wrap_soda(struct fragment *f)
{
	const struct node list = f->root.kind == NODE_SEQ ? f->root : list_of(f, &f->root);
	struct node all = node_of_list(f->it->loc);
	const struct importer *whole = f->root.kind == NODE_MAP ? importer_of(&f->root) : NULL;

	f->kind = "sodacl";
	if (whole != NULL) {
		f->kind = whole->name;
		return;
	}
	if (list.n > 0 && is_soda4(&list.kid[0])) {
		f->kind = "soda4";
		f->root = soda4_document(f, &list);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		struct node one = list.kid[i];

		if (one.kind == NODE_MAP && node_get(&one, "type") != NULL)
			one = soda_typed(f, &one);
		node_append(f->a, &all, &one);
	}
	f->root = map_of(f, arena_svf(f->a, "checks for " SV_FMT, SV_ARG(table_of(f))), &all);
}

/* The whole ------------------------------------------------------------------------------------------------------- */

/* Those whose documents hold more than the check itself. */
static const struct {
	const char *engine;
	void (*wrap)(struct fragment *f);
} engines[] = {
	{"dbt", wrap_dbt},
	{"great-expectations", wrap_gx},
	{"great_expectations", wrap_gx},
	{"greatexpectations", wrap_gx},
	{"gx", wrap_gx},
	{"soda", wrap_soda},
	{"sodacl", wrap_soda},
};

static bool
parse(struct fragment *f, const struct node *n)
{
	struct document doc;
	struct node *root;
	struct diags d;

	diags_init(&d, f->a);
	f->root = *n;
	if (n->kind == NODE_TEXT && f->kind != NULL) {
		if (!document_text(f->a, n->loc.file, n->text, f->kind, &doc, &d))
			return import_grade(f->it, GRADE_REFUSED, NULL, "this is nothing of '" SV_FMT "'%s%s",
			                    SV_ARG(f->engine), d.list.n > 0 ? ": " : "",
			                    d.list.n > 0 ? d.list.v[0].msg : ""),
			       false;
		f->root = *doc.root;
	} else if (n->kind == NODE_TEXT) {
		root = node_parse_yaml(f->a, n->loc.file, n->text, &d);
		if (root == NULL || d.errors > 0)
			return import_grade(f->it, GRADE_REFUSED, NULL, "its implementation is no YAML: %s",
			                    d.list.n > 0 ? d.list.v[0].msg : "it is empty"),
			       false;
		f->root = *root;
	}
	relocate(f->a, &f->root, f->it->loc);
	return true;
}

/* It may stand there by a name that another system has for the table, or is none yet: {object}. */
static void
check_table(struct import_item *it, const struct importing *part)
{
	const struct import_asset *own = it->asset, *named = part->asset.n == 1 ? part->asset.v[0] : NULL;
	const struct node *alias = own != NULL ? node_get(&own->keys, "aliases") : NULL;
	const struct node *root = part->root;

	/* A suite of Great Expectations names itself, and no table. */
	if (own == NULL || named == NULL || part->importer == &import_gx || sv_ieq(named->name, own->name) ||
	    sv_find(named->name, '{') >= 0 || sv_eq(named->name, import_base_name(it->im->a, root->loc.file)))
		return;
	for (size_t i = 0; alias != NULL && i < alias->n; i++)
		if (sv_ieq(named->name, alias->kid[i].text))
			return;
	import_grade(it, GRADE_AMBIGUOUS, "put it where that table is, or name this one",
	             "it is about the table '" SV_FMT "', and is taken for '" SV_FMT "'", SV_ARG(named->name),
	             SV_ARG(own->name));
}

/* The worst that was said of it is said of the item. */
static void
take(struct import_item *it, const struct importing *part)
{
	const struct imported *got = part->ret;

	for (size_t i = 0; i < got->note.n; i++) {
		const struct note *n = &got->note.v[i];
		const char *remedy = n->remedy.n > 0 ? arena_str(it->im->a, n->remedy) : NULL;

		if (n->grade > GRADE_EXACT)
			import_grade(it, n->grade, remedy, SV_FMT, SV_ARG(n->why));
		else if (n->why.n > 0)
			import_remark(it, SV_FMT, SV_ARG(n->why));
	}
	if (got->params != NULL || part->asset.n != 1 || part->asset.v[0]->keys.n > 0)
		import_grade(it, GRADE_REFUSED, "name the file under `suites:`",
		             "it says more than checks of this table");
	check_table(it, part);
	for (size_t i = 0; i < part->asset.n; i++)
		for (size_t k = 0; k < part->asset.v[i]->check.n; k++) {
			struct node *check = LIST_ADD(it->im->a, &it->made);

			*check = part->asset.v[i]->check.v[k];
			check->loc = it->loc;
		}
	it->im->ret->sql = it->im->ret->sql || got->sql;
}

void
import_fragment(struct import_item *it, struct sv engine, struct sv column, const struct node *fragment)
{
	struct fragment f = {.it = it, .a = it->im->a, .engine = engine, .column = column};
	const struct importer *im = importer_find(engine);
	void (*wrap)(struct fragment * f) = NULL;
	struct imported got = {.sql = false};
	struct importing part = {.a = f.a, .d = it->im->d, .o = it->im->o, .ret = &got, .root = &f.root};

	for (size_t i = 0; i < LEN(engines); i++)
		if (sv_ieq(engine, sv_of(engines[i].engine)))
			wrap = engines[i].wrap;
	/* A contract in a contract would go on for ever. */
	if (wrap == NULL && (im == NULL || im == it->im->importer)) {
		import_grade(it, GRADE_REFUSED, "write it as a check of weir",
		             "weir reads no checks of '" SV_FMT "'", SV_ARG(engine));
		return;
	}
	f.kind = wrap == NULL ? im->name : NULL;
	if (!parse(&f, fragment))
		return;
	if (wrap != NULL)
		wrap(&f);
	part.importer = importer_find(sv_of(f.kind));
	/* A text was recognised when it was read. */
	if ((wrap != NULL || fragment->kind != NODE_TEXT) &&
	    (part.importer->recognise == NULL || !part.importer->recognise(&f.root))) {
		import_grade(it, GRADE_REFUSED, NULL, "this is nothing of %s", part.importer->title);
		return;
	}
	map_init(&part.seen, f.a);
	map_init(&part.by_name, f.a);
	importing_read(&part);
	take(it, &part);
}
