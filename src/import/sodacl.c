/*
 * SodaCL, the checks language of Soda 3: sections by the words they begin with, and lists of checks.
 *
 * https://docs.soda.io/soda-v3/sodacl-reference; the meaning of metrics as soda-core 3 computes them.
 */
#include "import/sodacl.h"

#include "base/buf.h"
#include "import/importers.h"
#include "import/soda_vars.h"

struct sodacl_file {
	struct importing *im;
	struct map filter; /* "table [name]" -> const struct node *, its map */
	struct map config; /* table -> const struct node * */
};

/* Sections that are no checks, and what to do for them. */
static const struct {
	const char *word, *why, *remedy;
	bool check;
} others[] = {
	{"discover datasets", "it looks for tables, and checks nothing", "`weir init` and `weir orphans` do",
         false},
	{"discover tables", "it looks for tables, and checks nothing", "`weir init` and `weir orphans` do",
         false},
	{"profile columns", "it makes profiles, and checks nothing", "`weir profile` does", false},
	{"sample datasets", "it keeps samples, and checks nothing", "failing rows are kept with their checks",
         false},
	{"automated monitoring", "it is Soda Cloud's", "write anomaly: checks", true},
	{"reconciliation", "two sources are compared", "use `weir diff`, or row_count_equal_other", true},
	{"for each column", "which columns there are is not known here", "write the checks of each column",
         true},
	{"templates", "checks made of templates of SQL are not read", "write the checks out", true},
};

static bool
is_sodacl(const struct node *root)
{
	for (size_t i = 0; root->kind == NODE_MAP && i < root->n; i++)
		if (sv_starts(root->kid[i].key, SV("checks for ")) ||
		    sv_starts(root->kid[i].key, SV("for each dataset ")) ||
		    sv_starts(root->kid[i].key, SV("for each table ")) ||
		    sv_starts(root->kid[i].key, SV("reconciliation ")))
			return true;
	return false;
}

/* `orders [today]` */
static struct sv
filter_key(struct arena *a, struct sv table, struct sv part)
{
	return arena_svf(a, SV_FMT " [" SV_FMT "]", SV_ARG(table), SV_ARG(part));
}

static bool
take_table(struct sv *rest, struct sv *table, struct sv *part)
{
	*part = (struct sv){0};
	if (!soda_take_name(rest, table))
		return false;
	return !soda_take(rest, "[") || (soda_take_name(rest, part) && soda_take(rest, "]"));
}

static void
read_filter(struct sodacl_file *f, const struct node *n, struct sv rest)
{
	struct importing *im = f->im;
	struct import_item it = import_item(im, NULL, n, n->key_loc, n->key);
	struct sv table, part, where, why;

	it.check = false;
	if (!take_table(&rest, &table, &part) || part.n == 0 || !import_text_of(im, n, "where", &where)) {
		import_grade(&it, GRADE_REFUSED, "write `filter orders [today]: {where: …}`",
		             "it is no filter");
	} else {
		(void)map_set(&f->filter, filter_key(im->a, table, part), (void *)(uintptr_t)n);
		if (import_is_expr(im->a, where, &why))
			it.became = arena_svf(im->a, "where: " SV_FMT, SV_ARG(where));
		else
			import_grade(&it, GRADE_REFUSED, "write it in weir's expressions, as where:",
			             "'" SV_FMT "' is no expression of weir: " SV_FMT, SV_ARG(where),
			             SV_ARG(why));
	}
	import_item_end(&it);
}

/* `valid values for status: …`: read with the checks of the column. */
static void
read_config(struct sodacl_file *f, const struct node *n, struct sv rest)
{
	static const char *const words[] = {"valid ", "invalid ", "missing "};
	struct importing *im = f->im;
	struct sv table;

	if (!soda_take_name(&rest, &table) || n->kind != NODE_MAP) {
		import_refuse(im, NULL, n, n->key_loc, true, n->key, NULL, "it names no table");
		return;
	}
	(void)map_set(&f->config, table, (void *)(uintptr_t)n);
	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = import_kid(im, n, i);
		struct import_item it = import_item(im, NULL, NULL, kid->key_loc, kid->key);
		bool known = false;

		for (size_t w = 0; w < LEN(words); w++)
			known = known || sv_starts(kid->key, sv_of(words[w]));
		it.check = !known;
		import_whole(im, kid);
		if (known)
			it.became = SV("part of the checks of the column");
		else
			import_grade(&it, GRADE_REFUSED, NULL, "this is no configuration of a column");
		import_item_end(&it);
	}
}

static void
set_where(struct sodacl_file *f, struct sodacl_place *p, struct sv table, struct sv part)
{
	const struct node *filter;
	struct sv why;

	if (part.n == 0)
		return;
	filter = map_get(&f->filter, filter_key(f->im->a, table, part));
	if (filter == NULL) {
		p->broken = arena_svf(f->im->a, "there is no filter '" SV_FMT "' of this table",
		                      SV_ARG(part));
		return;
	}
	p->where = node_get(filter, "where")->text;
	if (import_is_expr(f->im->a, p->where, &why))
		return;
	p->broken = arena_svf(f->im->a, "the filter '" SV_FMT "' is no expression of weir: " SV_FMT,
	                      SV_ARG(p->where), SV_ARG(why));
	p->where = (struct sv){0};
}

static void
read_list(struct sodacl_file *f, const struct node *list, struct sv table, struct sv part, struct loc at)
{
	struct sodacl_place p = {.im = f->im, .asset = import_asset(f->im, table, at)};

	p.config = map_get(&f->config, table);
	set_where(f, &p, table, part);
	if (list->kind != NODE_SEQ) {
		import_refuse(f->im, p.asset, list, list->loc, true, import_short(f->im->a, list),
		              "write checks behind dashes", "a list of checks is expected");
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		sodacl_check(&p, import_kid(f->im, list, i));
}

static void
read_checks(struct sodacl_file *f, const struct node *n, struct sv rest)
{
	struct sv table, part;

	if (!take_table(&rest, &table, &part) || rest.n > 0)
		import_refuse(f->im, NULL, n, n->key_loc, true, n->key, "write `checks for orders:`",
		              "it names no table");
	else if (n->kind != NODE_NULL)
		read_list(f, n, table, part, n->key_loc);
}

static bool
is_pattern(struct sv name)
{
	return sv_find(name, '%') >= 0 || sv_find(name, '*') >= 0;
}

/* In small letters; % and * are any text. */
static struct sv
as_glob(struct arena *a, struct sv name)
{
	AUTO(buf) b = buf_new(1 << 16);

	for (size_t i = 0; i < name.n; i++) {
		const char c = name.p[i];

		if (c == '%' || c == '*')
			buf_puts(b, "**");
		else
			buf_putc(b, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
	return arena_sv(a, buf_sv(b));
}

/* By name or pattern, whatever the case of letters. */
static bool
is_excluded(struct arena *a, const struct node *tables, struct sv name)
{
	for (size_t i = 0; i < tables->n; i++) {
		struct sv pattern = sv_trim(tables->kid[i].text);

		if (soda_take(&pattern, "exclude") && sv_glob(as_glob(a, pattern), as_glob(a, name)))
			return true;
	}
	return false;
}

/* The tables are listed: only names say which ones, where the database is not at hand. */
static void
read_each(struct sodacl_file *f, const struct node *n, struct sv rest)
{
	struct importing *im = f->im;
	const struct node *tables = import_get(im, n, "datasets"), *checks;

	(void)rest;
	if (tables == NULL)
		tables = import_get(im, n, "tables");
	checks = import_get(im, n, "checks");
	import_whole(im, tables);
	if (tables == NULL || tables->kind != NODE_SEQ || checks == NULL) {
		import_refuse(im, NULL, n, n->key_loc, true, n->key, NULL,
		              "it needs `datasets` and `checks`");
		return;
	}
	for (size_t i = 0; i < tables->n; i++) {
		struct sv name = sv_trim(tables->kid[i].text);

		if (soda_take(&name, "exclude"))
			continue;
		(void)soda_take(&name, "include");
		if (is_pattern(name))
			import_refuse(im, NULL, NULL, tables->kid[i].loc, true, tables->kid[i].text,
			              "write `defaults: - {match: \"raw/*\", checks: […]}`",
			              "which tables a pattern means is not known here");
		else if (!is_excluded(im->a, tables, name))
			read_list(f, checks, name, (struct sv){0}, tables->kid[i].loc);
	}
	import_whole(im, checks);
}

static void
refuse_other(struct importing *im, const struct node *n)
{
	static const char *const words[] = {"checks for",       "filter",          "configurations for",
	                                    "for each dataset", "variables",       "discover datasets",
	                                    "profile columns",  "sample datasets", "automated monitoring",
	                                    "reconciliation",   "templates"};
	struct sv rest = n->key;
	const char *near = NULL;

	for (size_t i = 0; i < LEN(others); i++)
		if (soda_take(&rest, others[i].word)) {
			import_refuse(im, NULL, n, n->key_loc, others[i].check, n->key, others[i].remedy,
			              "%s", others[i].why);
			return;
		}
	for (size_t i = 0; i < LEN(words) && near == NULL; i++) {
		const struct sv head = {n->key.p, MIN(n->key.n, strlen(words[i]))};

		near = sv_nearest(head, &words[i], 1);
	}
	import_refuse(im, NULL, n, n->key_loc, true, n->key,
	              near != NULL ? arena_printf(im->a, "did you mean '%s'?", near) : NULL,
	              "this is no section of SodaCL");
}

static void
read_sodacl(struct importing *im, const struct node *root)
{
	static const struct {
		const char *word;
		void (*read)(struct sodacl_file *f, const struct node *n, struct sv rest);
		int turn; /* what others refer to comes first */
	} sections[] = {
		{"filter", read_filter, 0},       {"configurations for", read_config, 0},
		{"checks for", read_checks, 1},   {"for each dataset", read_each, 1},
		{"for each table", read_each, 1},
	};
	struct sodacl_file f = {.im = im};

	map_init(&f.filter, im->a);
	map_init(&f.config, im->a);
	root = soda_resolve(im, root);
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < root->n; i++) {
			const struct node *n = &root->kid[i];
			bool known = sv_is(n->key, "variables");

			for (size_t s = 0; s < LEN(sections); s++) {
				struct sv rest = n->key;

				if (!soda_take(&rest, sections[s].word))
					continue;
				known = true;
				(void)import_kid(im, root, i);
				if (sections[s].turn == turn)
					sections[s].read(&f, n, rest);
			}
			if (!known && turn == 0)
				refuse_other(im, import_kid(im, root, i));
		}
}

const struct importer import_sodacl = {
	.name = "sodacl",
	.alias = {"soda", "soda3"},
	.title = "SodaCL (Soda 3)",
	.doc = "Checks of Soda 3: files with sections `checks for TABLE`, filters, configurations and variables.",
	.example = "checks for orders:\n  - row_count > 0\n  - missing_count(email) = 0\n",
	.recognise = is_sodacl,
	.read = read_sodacl,
};
