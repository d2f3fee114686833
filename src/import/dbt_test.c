/*
 * A generic test of dbt: its configuration, and the ways to read arguments.
 *
 * A test selects the rows that are wrong.  With severity `error` it fails where `error_if` holds of their number, and warns where
 * `warn_if` does; with `warn` only the latter is asked.  Both are `!= 0` unless said (https://docs.getdbt.com/reference/resource-configs/severity).
 */
#include "import/dbt.h"

#include "base/num.h"
#include "import/soda.h"

/* Arguments --------------------------------------------------------------------------------------------------------- */

/* Without its Jinja; NULL refuses the test where only dbt knows what it says. */
static const struct node *
plain(struct dbt_test *t, const char *key, const struct node *n)
{
	struct sv name = {0};
	const struct node *ret = dbt_plain(t->im, n, &name);

	if (ret == NULL)
		import_grade(t->it, GRADE_REFUSED,
		             name.n > 0 ? arena_printf(t->im->a, "say what it is: --var " SV_FMT "=…",
		                                       SV_ARG(name))
		                        : "write the value itself",
		             "its `%s` has Jinja, whose value only dbt knows", key);
	return ret;
}

const struct node *
dbt_arg(struct dbt_test *t, const char *key)
{
	/* The model of a test in a manifest is written by dbt; a reference is known without its Jinja. */
	static const char *const refs[] = {"model", "to", "compare_model"};
	const struct node *ret = NULL;

	for (size_t i = 0; i < LEN(t->s->args); i++) {
		const struct node *n = t->s->args[i] != NULL ? import_get(t->im, t->s->args[i], key) : NULL;

		import_whole(t->im, n);
		if (ret == NULL)
			ret = n;
	}
	for (size_t i = 0; i < LEN(refs); i++)
		if (strcmp(key, refs[i]) == 0)
			return ret;
	return ret != NULL ? plain(t, key, ret) : NULL;
}

const struct node *
dbt_need(struct dbt_test *t, const char *key)
{
	const struct node *n = dbt_arg(t, key);

	if (n == NULL && t->it->grade < GRADE_REFUSED)
		import_grade(t->it, GRADE_REFUSED, NULL, "it needs `%s`", key);
	return n;
}

bool
dbt_text(struct dbt_test *t, const char *key, struct sv *ret)
{
	const struct node *n = dbt_arg(t, key);

	if (n == NULL)
		return false;
	if (n->kind == NODE_MAP || n->kind == NODE_SEQ) {
		import_grade(t->it, GRADE_REFUSED, NULL, "'%s' is no single value", key);
		return false;
	}
	*ret = sv_trim(n->text);
	return true;
}

bool
dbt_flag(struct dbt_test *t, const char *key, bool dflt)
{
	const struct node *n = dbt_arg(t, key);

	bool ret = dflt;

	if (n != NULL && !dbt_truth(n, &ret))
		import_grade(t->it, GRADE_REFUSED, NULL, "'%s' is true or false", key);
	return ret;
}

bool
dbt_truth(const struct node *n, bool *ret)
{
	static const struct {
		const char *word;
		bool truth;
	} words[] = {{"yes", true}, {"on", true}, {"no", false}, {"off", false}};

	if (n->kind == NODE_BOOL) {
		*ret = n->b;
		return true;
	}
	for (size_t i = 0; n->kind == NODE_TEXT && !n->quoted && i < LEN(words); i++)
		if (sv_ieq(n->text, sv_of(words[i].word))) {
			*ret = words[i].truth;
			return true;
		}
	return false;
}

bool
dbt_unquote(struct sv *name)
{
	const struct sv text = sv_trim(*name);
	const char first = text.n > 2 ? text.p[0] : '\0', last = text.n > 2 ? text.p[text.n - 1] : '\0';
	const bool quoted = (first == '"' || first == '`') ? last == first : first == '[' && last == ']';

	*name = quoted ? (struct sv){text.p + 1, text.n - 2} : text;
	for (size_t i = 0; !quoted && i < text.n; i++)
		if (strchr("()'\"|+*,:", text.p[i]) != NULL)
			return false;
	return name->n > 0;
}

struct sv
dbt_uncast(struct sv text)
{
	static const char *const times[] = {"timestamp", "timestamptz", "datetime", "timestamp_ntz",
	                                    "timestamp_tz"};
	struct sv x = sv_trim(text), rest = {0};
	const char *colons = x.n > 2 ? memmem(x.p, x.n, "::", 2) : NULL;
	bool closed = true;

	if (colons != NULL) {
		rest = sv_skip(x, (size_t)(colons + 2 - x.p));
		x.n = (size_t)(colons - x.p);
	} else if (x.n > 6 && sv_ieq((struct sv){x.p, 5}, SV("cast("))) {
		closed = x.p[x.n - 1] == ')';
		x = sv_trim((struct sv){x.p + 5, x.n - 6});
		for (size_t i = 0; rest.n == 0 && i + 4 < x.n; i++)
			if (sv_ieq((struct sv){x.p + i, 4}, SV(" as "))) {
				rest = sv_skip(x, i + 4);
				x.n = i;
			}
	}
	for (size_t i = 0; closed && i < LEN(times); i++)
		if (sv_ieq(sv_trim(rest), sv_of(times[i])))
			return sv_trim(x);
	return sv_trim(text);
}

const struct node *
dbt_columns(struct dbt_test *t, const char *key)
{
	const struct node *n = dbt_arg(t, key);
	struct node *ret = ARENA_NEW(t->im->a, struct node);

	if (n == NULL && t->it->grade == GRADE_REFUSED)
		return NULL;
	if (n == NULL || n->kind != NODE_SEQ || n->n == 0) {
		import_grade(t->it, GRADE_REFUSED, "list columns", "its %s is no list of columns", key);
		return NULL;
	}
	*ret = node_of_list(n->loc);
	for (size_t i = 0; i < n->n; i++) {
		struct node name = n->kid[i];

		if (name.kind == NODE_MAP || name.kind == NODE_SEQ || !dbt_unquote(&name.text)) {
			import_grade(t->it, GRADE_REFUSED, "make columns of expressions",
			             "'" SV_FMT "' is no column", SV_ARG(import_short(t->im->a, &n->kid[i])));
			return NULL;
		}
		node_append(t->im->a, ret, &name);
	}
	return ret;
}

void
dbt_without(struct dbt_test *t, const char *key, const char *remedy)
{
	const struct node *n = dbt_arg(t, key);

	if (n != NULL && !((n->kind == NODE_SEQ || n->kind == NODE_MAP) && n->n == 0) &&
	    !(n->kind == NODE_BOOL && !n->b))
		import_grade(t->it, GRADE_REFUSED, remedy, "there is nothing like its `%s`", key);
}

bool
dbt_is_name(struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (c != '_' && !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z'))
			return false;
	}
	return text.n > 0;
}

void
dbt_read_groups(struct dbt_test *t, const char *key, bool same_on_nothing)
{
	const struct node *n = dbt_arg(t, key);
	bool names = n != NULL && n->kind == NODE_SEQ;

	if (n == NULL || (names && n->n == 0))
		return;
	for (size_t i = 0; names && i < n->n; i++)
		names = n->kid[i].kind == NODE_TEXT && dbt_is_name(n->kid[i].text);
	if (!names)
		import_grade(t->it, GRADE_REFUSED, "list columns", "its %s is no list of columns", key);
	else if (t->own)
		import_grade(t->it, GRADE_REFUSED, "leave warn_if and error_if out",
		             "its thresholds are about a number of groups, which weir does not count");
	else if (!same_on_nothing)
		import_grade(t->it, GRADE_APPROXIMATED, NULL,
		             "where there are no rows there is no group, and dbt passes");
	t->by = n;
}

/* Of very many groups weir makes an error. */
static struct node
groups_node(struct dbt_test *t)
{
	const struct node most = node_of_int(t->im->a, 1000, t->by->loc);
	struct node ret = node_of_map(t->by->loc);

	node_put(t->im->a, &ret, SV("columns"), t->by);
	node_put(t->im->a, &ret, SV("limit"), &most);
	return ret;
}

struct node
dbt_column(struct dbt_test *t)
{
	struct node args = node_of_map(t->it->loc);

	if (t->column.n == 0)
		import_grade(t->it, GRADE_REFUSED, "put it below a column, or give column_name",
		             "it names no column");
	else if (!dbt_unquote(&t->column))
		import_grade(t->it, GRADE_REFUSED, "make a column of it, or write it as unexpected_rows",
		             "'" SV_FMT "' is no column", SV_ARG(t->column));
	node_put_text(t->im->a, &args, "column", t->column, t->it->loc);
	return args;
}

/* What stands between quotes in front; white space and a comma behind it are taken, too. */
static bool
take_quoted(struct sv *rest, struct sv *ret)
{
	ptrdiff_t end;

	*rest = sv_trim(*rest);
	if (rest->n < 2 || (rest->p[0] != '\'' && rest->p[0] != '"'))
		return false;

	const char quote = rest->p[0];

	*rest = sv_skip(*rest, 1);
	end = sv_find(*rest, quote);
	if (end <= 0)
		return false;
	*ret = (struct sv){rest->p, (size_t)end};
	*rest = sv_trim(sv_skip(*rest, (size_t)end + 1));
	if (rest->n > 0 && rest->p[0] == ',')
		*rest = sv_skip(*rest, 1);
	return true;
}

/* `v=2`, `version='2'`: of what is left behind names. */
static struct sv
take_version(struct sv *rest)
{
	const ptrdiff_t at = sv_find(*rest, '=');
	const struct sv key = at > 0 ? sv_trim((struct sv){rest->p, (size_t)at}) : (struct sv){0};
	struct sv value = at > 0 ? sv_trim(sv_skip(*rest, (size_t)at + 1)) : (struct sv){0}, text = value;

	if (!sv_is(key, "v") && !sv_is(key, "version"))
		return (struct sv){0};
	if (take_quoted(&value, &text) && value.n > 0)
		return (struct sv){0};
	*rest = (struct sv){0};
	return text;
}

bool
dbt_ref(struct arena *a, struct sv text, struct sv *ret)
{
	struct sv rest = sv_trim(text), first, second = {0}, version = {0};
	bool source;

	if (sv_starts(rest, SV("{{")) && sv_ends(rest, SV("}}")) && rest.n > 4)
		rest = sv_trim((struct sv){rest.p + 2, rest.n - 4});
	source = sv_starts(rest, SV("source"));
	if (!source && !sv_starts(rest, SV("ref")))
		return false;
	rest = sv_trim(sv_skip(rest, source ? 6 : 3));
	if (rest.n < 2 || rest.p[0] != '(' || rest.p[rest.n - 1] != ')')
		return false;
	rest = (struct sv){rest.p + 1, rest.n - 2};
	if (!take_quoted(&rest, &first))
		return false;
	(void)take_quoted(&rest, &second);
	if (!source)
		version = take_version(&rest);
	if (rest.n > 0 || (source && second.n == 0))
		return false;
	/* ref('package', 'model') is the model. */
	*ret = source         ? arena_svf(a, SV_FMT "/" SV_FMT, SV_ARG(first), SV_ARG(second))
	       : second.n > 0 ? second
	                      : first;
	if (version.n > 0)
		*ret = dbt_versioned(a, *ret, version);
	return true;
}

struct sv
dbt_versioned(struct arena *a, struct sv model, struct sv version)
{
	return arena_svf(a, SV_FMT "_v" SV_FMT, SV_ARG(model), SV_ARG(version));
}

/* Configuration ----------------------------------------------------------------------------------------------------- */

/* As it is written, Jinja and all. */
static const struct node *
config_raw(struct dbt_test *t, const char *key)
{
	const struct node *ret = NULL;

	for (size_t i = 0; i < LEN(t->s->config); i++) {
		const struct node *n = t->s->config[i] != NULL ? import_get(t->im, t->s->config[i], key)
		                                               : NULL;

		import_whole(t->im, n);
		if (ret == NULL)
			ret = n;
	}
	return ret;
}

static const struct node *
config_get(struct dbt_test *t, const char *key)
{
	const struct node *n = config_raw(t, key);

	return n != NULL ? plain(t, key, n) : NULL;
}

/* Where only dbt knows what is meant, the stricter is assumed: NULL, as if it were not said. */
static const struct node *
config_or_strict(struct dbt_test *t, const char *key, const char *assumed)
{
	struct sv name = {0};
	const struct node *n = config_raw(t, key), *ret = n != NULL ? dbt_plain(t->im, n, &name) : NULL;

	if (n != NULL && ret == NULL)
		import_grade(t->it, GRADE_AMBIGUOUS,
		             name.n > 0 ? arena_printf(t->im->a, "say what it is: --var " SV_FMT "=…",
		                                       SV_ARG(name))
		                        : "write the value itself",
		             "its `%s` has Jinja, whose value only dbt knows: %s", key, assumed);
	return ret;
}

static void
refuse_sql(struct dbt_test *t, const char *what, struct sv text, struct sv why)
{
	import_grade(t->it, GRADE_REFUSED, "write it in weir's expressions",
	             "its %s '" SV_FMT "' is no expression of weir: " SV_FMT, what, SV_ARG(text),
	             SV_ARG(why));
}

static void
add_where(struct dbt_test *t, const char *what, const struct node *n)
{
	struct sv why;

	if (n == NULL || (n->kind == NODE_TEXT && n->text.n == 0))
		return;
	if (n->kind == NODE_TEXT && import_is_expr(t->im->a, sv_trim(n->text), &why))
		t->it->where = import_and(t->im->a, t->it->where, sv_trim(n->text));
	else
		refuse_sql(t, what, n->text, n->kind == NODE_TEXT ? why : SV("it is no condition"));
}

void
dbt_read_condition(struct dbt_test *t, const char *key)
{
	add_where(t, key, dbt_arg(t, key));
}

void
dbt_read_row_condition(struct dbt_test *t)
{
	dbt_read_condition(t, "row_condition");
}

/* Of a number of rows: does it hold if there is any? */
static bool
is_any(const struct soda_cond *c)
{
	double v;

	if (c->between || !num_f64(c->low, &v))
		return false;
	return (v == 0 && (strcmp(c->op, "!=") == 0 || strcmp(c->op, ">") == 0)) ||
	       (v == 1 && strcmp(c->op, ">=") == 0);
}

/* `warn_if` or `error_if`; false where it is `!= 0`, as by default, or the same in other words. */
static bool
read_if(struct dbt_test *t, const char *key, struct soda_cond *ret)
{
	const struct node *n = config_get(t, key);

	*ret = (struct soda_cond){.set = true, .op = "!=", .low = SV("0")};
	if (n == NULL)
		return false;
	if ((n->kind == NODE_MAP || n->kind == NODE_SEQ) || !soda_cond_parse(n->text, ret) || ret->percent ||
	    ret->time) {
		import_grade(t->it, GRADE_REFUSED, "write it as `> 5`", "'%s: " SV_FMT "' is no threshold",
		             key, SV_ARG(n->text));
		return false;
	}
	return !is_any(ret);
}

/* Rows are counted up to a limit: is the threshold below it? */
static bool
is_within(const struct soda_cond *c, struct sv limit)
{
	double v, most;

	if (c->between || !num_f64(c->low, &v) || !num_f64(limit, &most))
		return false;
	return (strcmp(c->op, ">") == 0 && v < most) || (strcmp(c->op, ">=") == 0 && v <= most) ||
	       (strcmp(c->op, "!=") == 0 && v == 0);
}

/* May the number that weir counts stand for dbt's? */
static void
judge_count(struct dbt_test *t, const struct soda_cond *c)
{
	const bool upper = !c->between && c->op[0] == '>';

	if (t->def->count == DBT_ROWS || is_any(c))
		return;
	if (t->def->count == DBT_OTHER || !upper)
		import_grade(t->it, GRADE_REFUSED, "leave warn_if and error_if out, or write weir's fail:",
		             "its thresholds are about a number that weir does not count");
	else
		import_grade(t->it, GRADE_APPROXIMATED, NULL,
		             "thresholds: dbt counts values, weir their rows, which are at least as many");
}

static void
read_levels(struct dbt_test *t, bool *warn_only, struct soda_cond *error_if, struct soda_cond *warn_if,
            bool *own)
{
	const struct node *severity = config_or_strict(t, "severity", "it is taken to be error");
	const struct node *limit = config_get(t, "limit");
	bool own_error = read_if(t, "error_if", error_if), own_warn = read_if(t, "warn_if", warn_if);

	*warn_only = severity != NULL && sv_ieq(severity->text, SV("warn"));
	if (severity != NULL && !*warn_only && !sv_ieq(severity->text, SV("error")))
		import_grade(t->it, GRADE_REFUSED, "severity is error or warn", "'" SV_FMT "' is no severity",
		             SV_ARG(severity->text));
	*own = own_warn || (own_error && !*warn_only);
	if (!*own) {
		if (limit != NULL)
			import_remark(t->it, "its limit changes no verdict");
		return;
	}
	if (!*warn_only)
		judge_count(t, error_if);
	judge_count(t, warn_if);
	if (limit != NULL &&
	    (!is_within(warn_if, limit->text) || (!*warn_only && !is_within(error_if, limit->text))))
		import_grade(t->it, GRADE_REFUSED, "leave out its limit",
		             "its thresholds cannot be reached within its limit");
}

/* Keys that change no verdict. */
static void
read_asides(struct dbt_test *t)
{
	static const char *const keys[] = {
		"store_failures", "store_failures_as", "tags",  "meta", "group",
		"schema",         "database",          "alias", "docs", "sql_header"};
	const struct node *calc = config_get(t, "fail_calc"), *text = config_raw(t, "description");

	if (text != NULL && t->it->description.n == 0)
		t->it->description = text->text;

	for (size_t i = 0; i < LEN(keys); i++)
		if (config_raw(t, keys[i]) != NULL && !t->s->compiled)
			import_remark(t->it, "not kept, and no verdict depends on it: %s", keys[i]);
	/* A macro's own is 0 where it finds nothing. */
	if (calc != NULL && !sv_ieq(sv_trim(calc->text), SV("count(*)")) &&
	    !(t->s->compiled && t->def->count == DBT_OTHER))
		import_grade(t->it, GRADE_REFUSED, "write it as sql_value", "its fail_calc is not count(*)");
}

/* dbt keeps what it does not know in a configuration, and nobody asks for it.  What is nearly a known word is refused as a mistake. */
static void
pass_unknown(struct dbt_test *t)
{
	static const char *const known[] = {"enabled",  "error_if", "fail_calc", "limit",
	                                    "severity", "warn_if",  "where"};
	const struct node *config = t->s->config[0];

	for (size_t i = 0; config != NULL && config->kind == NODE_MAP && i < config->n; i++) {
		const struct sv key = config->kid[i].key;
		bool asked = sv_is(key, "description");

		for (size_t k = 0; k < LEN(known); k++)
			asked = asked || sv_is(key, known[k]);
		if (asked || sv_nearest(key, known, LEN(known)) != NULL)
			continue;
		import_whole(t->im, import_kid(t->im, config, i));
	}
}

/* The whole --------------------------------------------------------------------------------------------------------- */

static void
refuse_unknown(struct dbt_test *t, const struct dbt_def *defs, size_t n)
{
	const char **names = ARENA_ARRAY(t->im->a, const char *, n + 1);
	const char *near;

	for (size_t i = 0; i < n; i++)
		names[i] = defs[i].name;
	near = n > 0 ? sv_nearest(t->s->name, names, n) : NULL;
	if (near != NULL)
		import_grade(t->it, GRADE_REFUSED, arena_printf(t->im->a, "did you mean '%s'?", near),
		             "there is no test '" SV_FMT "'", SV_ARG(t->s->name));
	else
		import_grade(t->it, GRADE_REFUSED, "write it as expr, or as unexpected_rows with its SQL",
		             "what the test does stands in a macro, which is not read");
}

static void
put_levels(struct dbt_test *t, bool warn_only, const struct soda_cond *error_if,
           const struct soda_cond *warn_if)
{
	if (t->it->made.n == 0)
		return;
	if (!warn_only)
		import_beside(t->it, "fail", soda_threshold(t->im->a, error_if, false));
	import_beside(t->it, "warn", soda_threshold(t->im->a, warn_if, false));
}

static void
read_known(struct dbt_test *t)
{
	struct soda_cond error_if, warn_if;
	bool warn_only;

	read_levels(t, &warn_only, &error_if, &warn_if, &t->own);
	read_asides(t);
	pass_unknown(t);
	add_where(t, "where", config_get(t, "where"));
	t->def->read(t);
	for (size_t i = 0; t->by != NULL && i < t->it->made.n; i++) {
		const struct node by = groups_node(t);

		node_put(t->im->a, &t->it->made.v[i], SV("by"), &by);
	}
	if (t->own)
		put_levels(t, warn_only, &error_if, &warn_if);
	else if (warn_only)
		t->it->severity = SV("warning");
	if (t->def->why != NULL && t->def->to != NULL)
		import_grade(t->it, GRADE_APPROXIMATED, t->def->remedy, "%s", t->def->why);
}

/* A test that is off says nothing, in dbt neither. */
static bool
is_off(struct dbt_test *t)
{
	const struct node *n = config_or_strict(t, "enabled", "it is taken to be on");
	bool on = true;

	if (n == NULL || !dbt_truth(n, &on) || on)
		return false;
	import_whole(t->im, t->s->from);
	t->it->check = false;
	import_remark(t->it, "it is switched off");
	return true;
}

static struct sv
what_of(const struct dbt_source *s)
{
	struct arena *a = s->im->a;
	const struct node *n = s->args[0] != NULL ? s->args[0] : s->args[1];

	return arena_svf(a, SV_FMT "%s" SV_FMT "%s" SV_FMT "%s" SV_FMT, SV_ARG(s->column),
	                 s->column.n > 0 ? ": " : "", SV_ARG(s->package), s->package.n > 0 ? "." : "",
	                 SV_ARG(s->name), n != NULL && n->n > 0 ? ": " : "",
	                 SV_ARG(n != NULL && n->n > 0 ? import_short(a, n) : SV("")));
}

void
dbt_read_test(const struct dbt_source *s)
{
	struct import_item it = import_item(s->im, s->asset, s->from, s->loc, what_of(s));
	struct dbt_test t = {.s = s, .im = s->im, .it = &it, .column = s->column};
	struct sv text;
	size_t n;
	const struct dbt_def *defs = dbt_tests_of(s->package, &n);

	it.name = s->title;
	it.description = s->text;
	for (size_t i = 0; i < n && t.def == NULL; i++)
		if (sv_is(s->name, defs[i].name))
			t.def = &defs[i];
	if (dbt_text(&t, "column_name", &text) && t.column.n == 0)
		t.column = text;
	(void)dbt_arg(&t, "model");
	if (!is_off(&t)) {
		if (t.def == NULL)
			refuse_unknown(&t, defs, n);
		else
			read_known(&t);
	}
	import_item_end(&it);
}
