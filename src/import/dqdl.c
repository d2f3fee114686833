/*
 * DQDL, the rules of AWS Glue Data Quality: a file of its own, or a ruleset in the JSON that the AWS CLI prints and in templates of CloudFormation.
 *
 *	Rules = [
 *	    RowCount between 100 and 5000,
 *	    (IsComplete "email") or (IsComplete "phone"),
 *	    ColumnValues "status" in ["open", "paid"] with threshold > 0.9 where "amount > 0"
 *	]
 */
#include "import/dqdl.h"

#include "import/importers.h"
#include "import/internal.h"

struct ruleset {
	struct importing *im;
	struct import_asset *asset;
	struct dqdl_reader r;
	struct sv primary; /* the table, if it says so */
	size_t lists;      /* of rules or analyzers */
};

/* Composites --------------------------------------------------------------------------------------------------------- */

static void
put_filter(struct import_item *it, struct node *check)
{
	const struct node *own = node_get(check, "where");
	const struct sv where = it->whole ? (struct sv){0} : it->where;

	if (where.n > 0 && own == NULL)
		node_put_text(it->im->a, check, "where", where, it->loc);
}

/* What a rule is, as a list of checks; the item gets its grade. */
static struct node
checks_of(struct import_item *top, const struct dqdl_rule *rule, bool leaf)
{
	struct arena *a = top->im->a;
	struct node list = node_of_list(rule->loc);
	struct import_item it = import_item(top->im, top->asset, NULL, rule->loc, rule->source);

	if (leaf)
		dqdl_rule_check(&it, rule);
	for (size_t i = 0; i < rule->n; i++) {
		const struct dqdl_rule *kid = &rule->kid[i];
		struct node checks = checks_of(top, kid, kid->join == DQDL_ONE), all = node_of_map(kid->loc);
		const bool one = checks.n == 1;

		node_put(a, &all, kid->join == DQDL_OR ? SV("any") : SV("all"), &checks);
		if (checks.n > 0)
			node_append(a, &list, one ? &checks.kid[0] : &all);
	}
	for (size_t i = 0; i < it.made.n; i++) {
		put_filter(&it, &it.made.v[i]);
		node_append(a, &list, &it.made.v[i]);
	}
	if (it.why.n > 0)
		import_grade(top, it.grade, it.remedy.n > 0 ? arena_str(a, it.remedy) : NULL, SV_FMT,
		             SV_ARG(it.why));
	return list;
}

static void
read_composite(struct import_item *it, const struct dqdl_rule *rule)
{
	const struct node checks = checks_of(it, rule, false);

	if (it->grade == GRADE_REFUSED)
		return;
	import_check(it, rule->join == DQDL_AND ? "all" : "any", &checks);
	it->whole = true;
	if (rule->join == DQDL_OR && dqdl_of_rows(rule))
		import_grade(
			it, GRADE_AMBIGUOUS, "for each row, write an expr with OR",
			"Glue judges such rules by the data set or by each row, as the job says; the data set was chosen");
}

/* Sections -------------------------------------------------------------------------------------------------------------- */

static bool
at_end(const struct dqdl_reader *r)
{
	return dqdl_at(r, 0)->kind == WORD_END;
}

/* To the comma or bracket that ends what cannot be read. */
static void
skip_rule(struct dqdl_reader *r)
{
	int open = 0;

	for (; !at_end(r); r->i++) {
		const struct word *w = dqdl_at(r, 0);

		if (open == 0 && (word_is(w, ",") || word_is(w, "]")))
			return;
		open += word_is(w, "(") || word_is(w, "[") ? 1 : word_is(w, ")") || word_is(w, "]") ? -1 : 0;
	}
}

static void
read_rule(struct ruleset *s)
{
	struct dqdl_reader *r = &s->r;
	const size_t from = r->i;
	struct dqdl_rule rule;
	struct import_item it;

	if (!dqdl_rule_read(r, &rule)) {
		const char *why = r->why;

		r->i = from;
		skip_rule(r);
		/* One word at least, or there would be no end. */
		r->i += r->i == from && !word_is(dqdl_at(r, 0), "]") && !word_is(dqdl_at(r, 0), ",") &&
		        !at_end(r);
		import_refuse(s->im, s->asset, NULL, r->w.v[from].loc, true,
		              words_source(&r->w, from, r->i > from ? r->i - 1 : from), NULL, "%s", why);
		return;
	}
	it = import_item(s->im, s->asset, NULL, rule.loc, rule.source);
	if (rule.join == DQDL_ONE)
		dqdl_rule_check(&it, &rule);
	else
		read_composite(&it, &rule);
	import_item_end(&it);
}

static void
read_rules(struct ruleset *s)
{
	struct dqdl_reader *r = &s->r;
	const size_t from = r->i;

	while (!at_end(r) && !word_is(dqdl_at(r, 0), "]")) {
		read_rule(s);
		if (!dqdl_take(r, ",") && !word_is(dqdl_at(r, 0), "]") && !at_end(r))
			r->i++;
	}
	if (!dqdl_take(r, "]"))
		import_refuse(s->im, s->asset, NULL, r->w.v[from > 0 ? from - 1 : 0].loc, true,
		              SV("Rules = ["), "end the list with ]", "the list of rules never ends");
}

/* Analyzers measure and ask for nothing. */
static void
read_analyzers(struct ruleset *s)
{
	struct dqdl_reader *r = &s->r;

	while (!at_end(r) && !word_is(dqdl_at(r, 0), "]")) {
		const size_t from = r->i;
		struct import_item it = import_item(s->im, s->asset, NULL, dqdl_at(r, 0)->loc,
		                                    SV("analyzer"));

		skip_rule(r);
		r->i += r->i == from;
		it.what = import_cut(s->im->a, words_source(&r->w, from, r->i - 1));
		it.check = false;
		it.became = SV("nothing: it measures, and checks nothing");
		import_item_end(&it);
		(void)dqdl_take(r, ",");
	}
	(void)dqdl_take(r, "]");
}

/* DataSources = {"Primary": "orders", "AdditionalDataSources": ["reference"]} */
static void
read_braces(struct ruleset *s, struct sv section)
{
	struct dqdl_reader *r = &s->r;
	int open = 1;

	for (; !at_end(r) && open > 0; r->i++) {
		const struct word *w = dqdl_at(r, 0);

		open += word_is(w, "{") ? 1 : word_is(w, "}") ? -1 : 0;
		if (!sv_is(section, "Metadata") && w->kind == WORD_TEXT && sv_is(w->text, "Primary") &&
		    word_is(dqdl_at(r, 1), ":") && dqdl_at(r, 2)->kind == WORD_TEXT)
			s->primary = dqdl_at(r, 2)->text;
	}
}

/* What asks for nothing is told all the same. */
static void
note_section(struct ruleset *s, size_t from, struct sv became)
{
	const struct word *w = &s->r.w.v[from];
	struct import_item it = import_item(s->im, s->asset, NULL, w->loc,
	                                    words_source(&s->r.w, from, s->r.i > from ? s->r.i - 1 : from));

	it.check = false;
	it.became = became;
	import_item_end(&it);
}

static void
read_constant(struct ruleset *s, struct sv name)
{
	struct dqdl_cond *value = ARENA_NEW(s->im->a, struct dqdl_cond);

	s->r.why = NULL;
	s->r.depth = 0;
	if (dqdl_constant(&s->r, value)) {
		(void)map_set(&s->r.constant, name, value);
		return;
	}
	import_refuse(s->im, s->asset, NULL, dqdl_at(&s->r, 0)->loc, true, name, NULL, "%s", s->r.why);
	s->r.i++;
}

static void
read_section(struct ruleset *s)
{
	static const char *const known[] = {"Rules", "Analyzers", "DataSources", "Metadata", "DefaultLabels"};
	struct dqdl_reader *r = &s->r;
	const struct word *w = dqdl_at(r, 0);
	const struct sv name = w->text;
	const size_t from = r->i, errors = s->im->ret->note.n;
	const char *near;

	if (w->kind != WORD_NAME || !word_is(dqdl_at(r, 1), "=")) {
		near = w->kind == WORD_NAME ? sv_nearest(name, known, LEN(known)) : NULL;
		import_refuse(s->im, s->asset, NULL, w->loc, true, words_source(&r->w, r->i, r->i),
		              near != NULL ? arena_printf(s->im->a, "write %s = […]", near)
		                           : "write Rules = […]",
		              "a section of DQDL is expected");
		/* The rest would be as little understood: one reason is enough. */
		r->i = r->w.n;
		return;
	}
	r->i += 2;
	if (sv_is(name, "Rules") && dqdl_take(r, "[")) {
		s->lists++;
		read_rules(s);
	} else if (sv_is(name, "Analyzers") && dqdl_take(r, "[")) {
		s->lists++;
		read_analyzers(s);
	} else if (sv_is(name, "DefaultLabels") && dqdl_take(r, "[")) {
		while (!at_end(r) && !dqdl_take(r, "]"))
			r->i++;
		note_section(s, from, SV("nothing: labels of results are not kept"));
	} else if (dqdl_take(r, "{")) {
		read_braces(s, name);
		note_section(s, from,
		             sv_is(name, "DataSources") ? SV("the name of the asset") : SV("nothing"));
	} else {
		read_constant(s, name);
		if (s->im->ret->note.n == errors)
			note_section(s, from, SV("part of the rules that name it"));
	}
}

static void
read_ruleset(struct importing *im, struct import_asset *asset, const struct word_source *source)
{
	struct ruleset s = {.im = im, .asset = asset, .r = {.a = im->a}};
	const size_t before = im->ret->note.n;

	map_init(&s.r.constant, im->a);
	if (!words_cut(im->a, source, &dqdl_words, &s.r.w)) {
		import_refuse(im, asset, NULL, source->start, true, SV("Rules"), "cut it in parts",
		              "it is too long");
		return;
	}
	while (!at_end(&s.r))
		read_section(&s);
	if (im->ret->note.n == before)
		import_refuse(im, asset, NULL, source->start, true, SV("Rules"), NULL,
		              "there are no rules in it");
}

/* Programs that hold rulesets --------------------------------------------------------------------------------------- */

/* `Rules = [` from *at on, as a text of a program has it; where it begins, and behind its bracket, or the end of all. */
static bool
find_rules(struct arena *a, struct sv text, size_t *at, size_t *end)
{
	const char *found;

	while ((found = memmem(text.p + *at, text.n - *at, "Rules", 5)) != NULL) {
		const size_t from = (size_t)(found - text.p);
		const struct word_source s = {.text = sv_skip(text, from)};
		const bool whole = from == 0 || strchr(" \t\n\r\"'", text.p[from - 1]) != NULL;
		struct words w;
		int open = 0;

		*at = from + 1;
		if (!whole || !words_cut(a, &s, &dqdl_words, &w) || w.n < 3 || !word_is(&w.v[1], "=") ||
		    !word_is(&w.v[2], "["))
			continue;
		*at = from;
		*end = text.n;
		for (size_t i = 2; i < w.n && *end == text.n; i++) {
			open += word_is(&w.v[i], "[") ? 1 : word_is(&w.v[i], "]") ? -1 : 0;
			if (open == 0)
				*end = from + w.v[i].end;
		}
		return true;
	}
	return false;
}

/* A job of Glue, or a program of Terraform, in which rules stand as a text. */
static bool
is_program(struct sv text)
{
	static const char *const marks[] = {"EvaluateDataQuality", "aws_glue_data_quality_ruleset"};
	AUTO(arena) a = arena_new();
	size_t at = 0, end = 0;
	bool marked = false;

	for (size_t i = 0; i < LEN(marks); i++)
		marked = marked || memmem(text.p, text.n, marks[i], strlen(marks[i])) != NULL;
	return marked && find_rules(a, text, &at, &end);
}

static void
read_program(struct importing *im, const struct node *root)
{
	struct import_asset *asset = deequ_asset(im, root->loc);
	size_t at = 0, end = 0, next, behind = 0;
	struct word_source s = {.start = root->loc};

	if (!find_rules(im->a, root->text, &at, &end))
		return;
	for (size_t i = 0; i < at; i++) {
		s.start.col = root->text.p[i] == '\n' ? 1 : s.start.col + 1;
		s.start.line += root->text.p[i] == '\n';
	}
	next = at + 1;
	if (find_rules(im->a, root->text, &next, &behind)) {
		import_refuse(
			im, asset, NULL, s.start, true, SV("Rules = […]"),
			"put each ruleset into a file of its own",
			"there are several rulesets in it, and of which tables they are it does not say");
		return;
	}
	s.text = (struct sv){root->text.p + at, end - at};
	if (memmem(s.text.p, s.text.n, "\\\"", 2) != NULL)
		import_refuse(im, asset, NULL, s.start, true, SV("Rules = […]"),
		              "put the ruleset into a file of its own",
		              "quotes in it are written with \\, as programs do");
	else
		read_ruleset(im, asset, &s);
}

/* Documents that hold rulesets --------------------------------------------------------------------------------------- */

static bool
is_name(struct sv name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_is(name, names[i]))
			return true;
	return false;
}

/* Rules = [, and before it what may stand there; constants have names of their own, so rules must follow somewhere. */
static bool
is_dqdl_text(struct sv text)
{
	static const char *const sections[] = {"Rules", "Analyzers", "DataSources", "Metadata",
	                                       "DefaultLabels"};
	const struct sv head = {text.p, MIN(text.n, (size_t)1 << 16)};
	const struct word_source s = {.text = head, .start = {.line = 1, .col = 1}};
	AUTO(arena) a = arena_new();
	struct words w;

	if (head.n == 0 || !words_cut(a, &s, &dqdl_words, &w) || w.n < 3 || w.v[0].kind != WORD_NAME ||
	    !word_is(&w.v[1], "="))
		return false;
	if (is_name(w.v[0].text, sections, LEN(sections)))
		return word_is(&w.v[2], "[") || word_is(&w.v[2], "{");
	for (size_t i = 2; i + 2 < w.n; i++)
		if ((word_is(&w.v[i], "Rules") || word_is(&w.v[i], "Analyzers")) &&
		    word_is(&w.v[i + 1], "=") && word_is(&w.v[i + 2], "["))
			return true;
	return false;
}

static const struct node *
rules_in(const struct node *map)
{
	const struct node *n = node_get(map, "Ruleset");

	return n != NULL && n->kind == NODE_TEXT && is_dqdl_text(n->text) ? n : NULL;
}

static bool
is_resource(const struct node *n)
{
	const struct node *type = node_get(n, "Type");

	return type != NULL && type->kind == NODE_TEXT && sv_is(type->text, "AWS::Glue::DataQualityRuleset");
}

static bool
is_dqdl(const struct node *root)
{
	const struct node *resources = node_get(root, "Resources");

	if (rules_in(root) != NULL)
		return true;
	for (size_t i = 0; resources != NULL && resources->kind == NODE_MAP && i < resources->n; i++)
		if (is_resource(&resources->kid[i]))
			return true;
	return false;
}

/* A ruleset of that name for a table, as the AWS CLI or a template has it. */
static void
read_named(struct importing *im, const struct node *map)
{
	const struct node *rules = import_get(im, map, "Ruleset"),
			  *table = import_get(im, map, "TargetTable");
	struct word_source s = {.scalar = true, .line = sv_ends(sv_of(map->loc.file), SV(".json"))};
	struct sv name = {0}, called;

	(void)import_text_of(im, map, "Name", &name);
	if (im->ret->name.n == 0)
		im->ret->name = name;
	called = import_text_of(im, table, "TableName", &called) ? called : name;
	import_whole(im, map);
	if (called.n == 0)
		called = import_base_name(im->a, map->loc.file);
	if (rules == NULL || rules->kind != NODE_TEXT) {
		import_refuse(im, import_asset(im, called, map->loc), NULL, map->loc, true,
		              import_short(im->a, map), "write the rules as a text",
		              "it has no text `Ruleset`");
		return;
	}
	s.text = rules->text;
	s.start = rules->loc;
	/* A text on its own line has no ends of lines that are written otherwise. */
	s.line = s.line || (rules->quoted && sv_find(rules->text, '\n') < 0);
	read_ruleset(im, import_asset(im, called, rules->loc), &s);
}

static bool
is_text(struct sv text)
{
	return is_dqdl_text(text) || is_program(text);
}

static struct sv
primary_of(struct importing *im, struct sv text)
{
	struct ruleset s = {.im = im, .r = {.a = im->a}};
	const struct word_source source = {.text = text, .start = im->root->loc};

	if (!words_cut(im->a, &source, &dqdl_words, &s.r.w))
		return (struct sv){0};
	for (; !at_end(&s.r) && s.primary.n == 0; s.r.i++)
		if (word_is(dqdl_at(&s.r, 0), "DataSources") && word_is(dqdl_at(&s.r, 2), "{")) {
			s.r.i += 3;
			read_braces(&s, SV("DataSources"));
		}
	return s.primary;
}

static void
read_dqdl(struct importing *im, const struct node *root)
{
	const struct node *resources;
	const struct word_source s = {.text = root->text, .start = root->loc};
	struct sv table;

	if (root->kind == NODE_TEXT && !is_dqdl_text(root->text)) {
		read_program(im, root);
		return;
	}
	if (root->kind == NODE_TEXT) {
		table = primary_of(im, root->text);
		read_ruleset(im,
		             table.n > 0 ? import_asset(im, table, root->loc) : deequ_asset(im, root->loc),
		             &s);
		return;
	}
	if (node_get(root, "Ruleset") != NULL) {
		read_named(im, root);
		return;
	}
	/* Everything else of a template makes no checks. */
	resources = node_get(root, "Resources");
	import_whole(im, root);
	for (size_t i = 0; i < resources->n; i++)
		if (is_resource(&resources->kid[i])) {
			const struct node *properties = node_get(&resources->kid[i], "Properties");

			read_named(im, properties != NULL ? properties : &resources->kid[i]);
		}
}

const struct importer import_dqdl = {
	.name = "dqdl",
	.alias = {"glue", "aws_glue"},
	.title = "DQDL (AWS Glue Data Quality)",
	.doc = "Rules in DQDL: a file with `Rules = […]`, what the AWS CLI prints of a ruleset, templates of "
	       "CloudFormation that define some, and jobs of Glue or programs of Terraform with one in a text.",
	.example = "Rules = [ RowCount > 0, IsComplete \"order_id\" ]\n",
	.recognise = is_dqdl,
	.recognise_text = is_text,
	.read = read_dqdl,
};
