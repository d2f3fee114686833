/* Tests of dbt_expectations on patterns: regular expressions and LIKE, one or several. */
#include "import/dbt.h"

static void
read_flags(struct dbt_test *t, struct sv *ret)
{
	*ret = (struct sv){0};
	(void)dbt_flag(t, "is_raw", false);
	if (!dbt_text(t, "flags", ret))
		return;
	for (size_t i = 0; i < ret->n; i++)
		if (strchr("imsx", ret->p[i]) == NULL)
			import_grade(t->it, GRADE_REFUSED, "write them into the pattern",
			             "the flags '" SV_FMT "' are not those of weir", SV_ARG(*ret));
}

static struct node
pattern(struct dbt_test *t, const struct node *n, struct sv flags)
{
	struct node ret = *n;

	if (flags.n > 0)
		ret.text = arena_svf(t->im->a, "(?" SV_FMT ")" SV_FMT, SV_ARG(flags), SV_ARG(n->text));
	return ret;
}

void
dbt_read_pattern(struct dbt_test *t)
{
	const bool like = strstr(t->def->to, "like") != NULL;
	const struct node *n = dbt_need(t, like ? "like_pattern" : "regex");
	struct node args = dbt_column(t), text;
	struct sv flags;

	dbt_read_row_condition(t);
	read_flags(t, &flags);
	if (n == NULL)
		return;
	text = pattern(t, n, flags);
	node_put(t->im->a, &args, like ? SV("pattern") : SV("regex"), &text);
	import_check(t->it, t->def->to, &args);
}

/* `NOT …` of each: one that a value does not match is enough for it. */
static void
not_all(struct dbt_test *t, const struct node *list, bool like)
{
	const struct sv col = import_ident(t->im->a, t->column);
	struct sv text = {0};
	struct node n;

	for (size_t i = 0; i < list->n; i++)
		text = arena_svf(t->im->a, SV_FMT "%s" SV_FMT " %s " SV_FMT, SV_ARG(text),
		                 i > 0 ? " OR " : "", SV_ARG(col), like ? "NOT LIKE" : "!~",
		                 SV_ARG(import_quote(t->im->a, list->kid[i].text)));
	n = node_of_text(text, t->it->loc);
	import_check(t->it, "expr", &n);
}

void
dbt_read_patterns(struct dbt_test *t)
{
	const bool like = strstr(t->def->to, "like") != NULL, negative = strstr(t->def->to, "not_") != NULL;
	const struct node *n = dbt_need(t, like ? "like_pattern_list" : "regex_list");
	struct node args = dbt_column(t), list = node_of_list(t->it->loc);
	struct sv flags, on = SV("any");

	dbt_read_row_condition(t);
	read_flags(t, &flags);
	(void)dbt_text(t, "match_on", &on);
	if (n == NULL || n->kind != NODE_SEQ || n->n == 0 || (!sv_is(on, "any") && !sv_is(on, "all"))) {
		import_grade(t->it, GRADE_REFUSED, NULL,
		             "it needs a list of patterns, and match_on is any or all");
		return;
	}
	for (size_t i = 0; i < n->n; i++) {
		const struct node one = pattern(t, &n->kid[i], flags);

		node_append(t->im->a, &list, &one);
	}
	if (negative && sv_is(on, "any")) {
		not_all(t, &list, like);
		return;
	}
	node_put(t->im->a, &args, SV("patterns"), &list);
	if (!negative)
		node_put_text(t->im->a, &args, "match_on", on, t->it->loc);
	import_check(t->it, t->def->to, &args);
}
