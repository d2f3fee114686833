/* SodaCL: a metric with its threshold, and what stands below it. */
#include "import/sodacl.h"

#include "base/buf.h"
#include "base/num.h"
#include "import/soda_vars.h"

bool
sodacl_metric(struct sv *rest, struct sv *name, struct sv *arg, size_t *n)
{
	*n = 0;
	if (!soda_take_name(rest, name))
		return false;
	if (!soda_take(rest, "("))
		return true;
	while (*n < SODACL_ARGS_MAX && soda_take_name(rest, &arg[*n])) {
		++*n;
		if (!soda_take(rest, ","))
			break;
	}
	return soda_take(rest, ")");
}

/* What stands below ------------------------------------------------------------------------------------------------- */

static void
read_level(struct sodacl *c, const char *key, struct soda_cond *ret)
{
	const struct node *n = import_get(c->p->im, c->cfg, key);
	struct sv text;

	if (n == NULL || n->kind == NODE_MAP || n->kind == NODE_SEQ)
		return;
	text = sv_trim(n->text);
	if (!soda_take(&text, "when") || !soda_cond_parse(text, ret))
		import_grade(c->it, GRADE_REFUSED, "write it as `when > 5`",
		             "'%s: " SV_FMT "' is no threshold", key, SV_ARG(n->text));
}

bool
sodacl_settle(struct sodacl *c)
{
	if (c->levels.pass.set && c->levels.warn.set)
		import_grade(c->it, GRADE_AMBIGUOUS, "write both as `warn: when …` and `fail: when …`",
		             "beside a condition of its own Soda takes no notice of `warn`, weir does");
	if (soda_levels_settle(&c->levels))
		return true;
	import_grade(c->it, GRADE_REFUSED, "write it as `fail: when …` alone",
	             "it says twice when it fails, behind the metric and as `fail`");
	return false;
}

static void
read_filter(struct sodacl *c)
{
	struct sv text, why;

	if (!import_text_of(c->p->im, c->cfg, "filter", &text))
		return;
	if (import_is_expr(c->p->im->a, text, &why))
		c->it->where = text;
	else
		import_grade(c->it, GRADE_REFUSED, "write the filter in weir's expressions, as where:",
		             "its filter '" SV_FMT "' is no expression of weir: " SV_FMT, SV_ARG(text),
		             SV_ARG(why));
}

/* Keys that change no verdict. */
static void
read_asides(struct sodacl *c)
{
	static const char *const keys[] = {"identity",        "attributes",          "samples columns",
	                                   "samples limit",   "collect failed rows", "collect passing rows",
	                                   "samples columns", "failed row limit",    "title"};
	AUTO(buf) said = buf_new(1 << 12);

	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *n = import_get(c->p->im, c->cfg, keys[i]);

		import_whole(c->p->im, n);
		if (n != NULL)
			buf_printf(said, "%s%s", said->n > 0 ? ", " : "", keys[i]);
	}
	if (said->n > 0)
		import_remark(c->it, "not kept, and no verdict depends on it: %s", buf_str(said));
}

static void
read_config(struct sodacl *c)
{
	(void)import_text_of(c->p->im, c->cfg, "name", &c->it->name);
	read_filter(c);
	read_asides(c);
	read_level(c, "warn", &c->levels.warn);
	read_level(c, "fail", &c->levels.fail);
}

/* Metrics ----------------------------------------------------------------------------------------------------------- */

static const struct node *
both_lists(struct importing *im, const struct node *x, const struct node *y)
{
	struct node *ret;

	if (x == NULL || y == NULL || x->kind != NODE_SEQ || y->kind != NODE_SEQ)
		return x != NULL ? x : y;
	ret = ARENA_NEW(im->a, struct node);
	*ret = node_of_list(x->loc);
	for (size_t i = 0; i < x->n; i++)
		node_append(im->a, ret, &x->kid[i]);
	for (size_t i = 0; i < y->n; i++)
		node_append(im->a, ret, &y->kid[i]);
	return ret;
}

/* The column's configuration holds where the check says nothing, and lists are joined. */
static struct soda_valid
valid_of(struct sodacl *c, struct sv column)
{
	struct importing *im = c->p->im;
	struct soda_valid v = {0}, own = {0};

	if (c->p->config != NULL)
		soda_valid_get(im, c->p->config, ' ', arena_printf(im->a, " for " SV_FMT, SV_ARG(column)),
		               &v);
	if (v.invalid_values != NULL || v.invalid_format != NULL || v.invalid_regex != NULL)
		import_grade(c->it, GRADE_APPROXIMATED, NULL,
		             "Soda takes no notice of what is invalid by a configuration, weir does");
	soda_valid_get(im, c->cfg, ' ', "", &own);
	own.missing_values = both_lists(im, own.missing_values, v.missing_values);
	own.valid_values = both_lists(im, own.valid_values, v.valid_values);
	soda_valid_add(&own, &v);
	return own;
}

enum metric {
	METRIC_ROWS,
	METRIC_MISSING,
	METRIC_INVALID,
	METRIC_VALID,
	METRIC_DUPLICATE,
	METRIC_NUMBER,     /* of a column: an expectation of its own */
	METRIC_POPULATION, /* the same, of all there is, not estimated from a sample */
	METRIC_PERCENTILE
};

static const struct metric_def {
	const char *name;
	enum metric kind;
	bool percent;
	const char *expectation; /* of NUMBER */
	const char *why;         /* NULL; else approximated */
} metrics[] = {
	{"row_count", METRIC_ROWS, false, NULL, NULL},
	{"missing_count", METRIC_MISSING, false, NULL, NULL},
	{"missing_percent", METRIC_MISSING, true, NULL, NULL},
	{"invalid_count", METRIC_INVALID, false, NULL, NULL},
	{"invalid_percent", METRIC_INVALID, true, NULL, NULL},
	{"valid_count", METRIC_VALID, false, NULL, NULL},
	{"duplicate_count", METRIC_DUPLICATE, false, NULL, NULL},
	{"duplicate_percent", METRIC_DUPLICATE, true, NULL, NULL},
	{"avg", METRIC_NUMBER, false, "mean", NULL},
	{"min", METRIC_NUMBER, false, "min", NULL},
	{"max", METRIC_NUMBER, false, "max", NULL},
	{"sum", METRIC_NUMBER, false, "sum", NULL},
	{"stddev", METRIC_NUMBER, false, "stdev", NULL},
	{"stddev_samp", METRIC_NUMBER, false, "stdev", NULL},
	{"stddev_pop", METRIC_POPULATION, false, "stdev", NULL},
	{"variance", METRIC_NUMBER, false, "variance", NULL},
	{"var_samp", METRIC_NUMBER, false, "variance", NULL},
	{"var_pop", METRIC_POPULATION, false, "variance", NULL},
	{"avg_length", METRIC_NUMBER, false, "mean_length", NULL},
	{"min_length", METRIC_NUMBER, false, "min_length", NULL},
	{"max_length", METRIC_NUMBER, false, "max_length", NULL},
	{"percentile", METRIC_PERCENTILE, false, "percentile",
         "Soda takes a value of the column, weir goes linearly between two"},
};

static const char *const known[] = {"row_count",
                                    "missing_count",
                                    "missing_percent",
                                    "invalid_count",
                                    "valid_count",
                                    "invalid_percent",
                                    "duplicate_count",
                                    "avg",
                                    "min",
                                    "max",
                                    "sum",
                                    "stddev",
                                    "stddev_samp",
                                    "duplicate_percent",
                                    "variance",
                                    "var_samp",
                                    "min_length",
                                    "max_length",
                                    "percentile",
                                    "freshness",
                                    "avg_length",
                                    "stddev_pop",
                                    "var_pop",
                                    "schema",
                                    "failed rows"};

static const struct metric_def *
metric_find(struct sv name)
{
	for (size_t i = 0; i < LEN(metrics); i++)
		if (sv_is(name, metrics[i].name))
			return &metrics[i];
	return NULL;
}

static void
refuse_metric(struct sodacl *c, struct sv name)
{
	const char *near = sv_nearest(name, known, LEN(known));

	import_grade(c->it, GRADE_REFUSED,
	             near != NULL ? arena_printf(c->p->im->a, "did you mean '%s'?", near) : NULL,
	             "there is no metric '" SV_FMT "'", SV_ARG(name));
}

static struct node
column_args(struct sodacl *c, struct sv column)
{
	struct node args = node_of_map(c->it->loc);

	node_put_text(c->p->im->a, &args, "column", column, c->it->loc);
	return args;
}

/* Only valid values count: a filter.  Beside what is valid, Soda does not ask here what is invalid. */
static void
only_valid(struct sodacl *c, struct sv column, const struct soda_valid *v, bool always)
{
	struct arena *a = c->p->im->a;
	struct soda_valid sure = *v;
	struct sv where, valid;

	sure.invalid_values = sure.invalid_format = sure.invalid_regex = NULL;
	valid = soda_valid_expr(a, column, soda_says_valid(&sure) ? &sure : v);

	if (!always && !soda_says_missing(v) && valid.n == 0)
		return;
	where = arena_svf(a, "NOT (" SV_FMT ")", SV_ARG(soda_missing_expr(a, column, v)));
	c->it->where = import_and(a, c->it->where, import_and(a, where, valid));
}

bool
sodacl_observed(struct sodacl *c, struct sv metric, const struct sv *arg, size_t n, const char **expectation,
                struct node *args)
{
	const struct metric_def *m = metric_find(metric);
	const struct soda_valid none = {0};
	struct soda_valid v = n > 0 ? valid_of(c, arg[0]) : none;

	*args = n > 0 ? column_args(c, arg[0]) : node_of_map(c->it->loc);
	*expectation = "row_count";
	if (m != NULL && m->kind == METRIC_ROWS && n == 0)
		return true;
	if (m != NULL && m->kind == METRIC_NUMBER && n == 1) {
		only_valid(c, arg[0], &v, false);
		*expectation = m->expectation;
		return true;
	}
	if (m != NULL && m->kind == METRIC_MISSING && n == 1 && !m->percent && !soda_says_missing(&v)) {
		*expectation = "not_null";
		return true;
	}
	import_grade(c->it, GRADE_REFUSED, "write the check with `of:` and a check of weir",
	             "the past of the metric '" SV_FMT "' cannot be named", SV_ARG(metric));
	return false;
}

static void
read_percentile(struct sodacl *c, const struct sv *arg, size_t n)
{
	struct node args = column_args(c, arg[0]), q;
	double v;

	if (n != 2 || !num_f64(arg[1], &v)) {
		import_grade(c->it, GRADE_REFUSED, NULL,
		             "a percentile needs a column and a number from 0 to 1");
		return;
	}
	q = soda_number(c->p->im->a, arg[1], c->it->loc);
	node_put(c->p->im->a, &args, SV("q"), &q);
	soda_number_check(c->it, "percentile", args, &c->levels);
}

static struct node
number_args(struct sodacl *c, const struct metric_def *m, struct sv column)
{
	struct node args = column_args(c, column);
	const struct node yes = node_of_bool(true, c->it->loc);

	if (m->kind == METRIC_POPULATION)
		node_put(c->p->im->a, &args, SV("population"), &yes);
	return args;
}

static void
read_metric_of(struct sodacl *c, const struct metric_def *m, const struct sv *arg, size_t n)
{
	struct soda_valid v = valid_of(c, arg[0]);

	if (n != 1 && m->kind != METRIC_DUPLICATE && m->kind != METRIC_PERCENTILE) {
		import_grade(c->it, GRADE_REFUSED, NULL, "%s takes one column", m->name);
		return;
	}
	switch (m->kind) {
	case METRIC_MISSING:
		soda_missing(c->it, arg[0], &v, &c->levels);
		return;
	case METRIC_INVALID:
		soda_invalid(c->it, arg[0], &v, &c->levels);
		return;
	case METRIC_DUPLICATE:
		soda_duplicates(c->it, arg, n, &c->levels, false, false);
		return;
	case METRIC_PERCENTILE:
		only_valid(c, arg[0], &v, false);
		read_percentile(c, arg, n);
		return;
	case METRIC_VALID:
		only_valid(c, arg[0], &v, true);
		soda_number_check(c->it, "row_count", node_of_map(c->it->loc), &c->levels);
		return;
	case METRIC_ROWS:
		/* COUNT(*), whatever the column: what is valid in it is not asked. */
		soda_number_check(c->it, "row_count", node_of_map(c->it->loc), &c->levels);
		return;
	case METRIC_NUMBER:
	case METRIC_POPULATION:
		only_valid(c, arg[0], &v, false);
		soda_number_check(c->it, m->expectation, number_args(c, m, arg[0]), &c->levels);
	}
}

/* A percentage may be written without its sign. */
static void
all_percent(struct soda_levels *l)
{
	l->pass.percent = l->pass.set;
	l->warn.percent = l->warn.set;
	l->fail.percent = l->fail.set;
}

/* Soda reads the number and forgets the sign. */
static void
no_percent(struct sodacl *c, struct sv name)
{
	struct soda_levels *l = &c->levels;

	if (!l->pass.percent && !l->warn.percent && !l->fail.percent)
		return;
	l->pass.percent = l->warn.percent = l->fail.percent = false;
	import_grade(c->it, GRADE_AMBIGUOUS, "leave out the %, or write the metric that is a percentage",
	             "'" SV_FMT "' is no percentage: Soda takes no notice of the %%, nor does weir",
	             SV_ARG(name));
}

/* total < 10: {total expression: sum(amount)}, {total query: SELECT …} */
static bool
read_own_metric(struct sodacl *c, struct sv name)
{
	struct importing *im = c->p->im;
	const struct sv where = import_and(im->a, c->p->where, c->it->where);
	struct sv text, arg[SODACL_ARGS_MAX], fn;
	size_t n;

	if (import_text_of(im, c->cfg, arena_printf(im->a, SV_FMT " expression", SV_ARG(name)), &text)) {
		struct sv rest = sv_trim(text);

		if (sodacl_metric(&rest, &fn, arg, &n) && rest.n == 0 && n == 1) {
			const struct metric_def *m = metric_find(fn);

			if (m != NULL && (m->kind == METRIC_NUMBER || m->kind == METRIC_POPULATION)) {
				soda_number_check(c->it, m->expectation, number_args(c, m, arg[0]),
				                  &c->levels);
				return true;
			}
			if (sv_ieq(fn, SV("count")) && sv_is(arg[0], "*")) {
				soda_number_check(c->it, "row_count", node_of_map(c->it->loc), &c->levels);
				return true;
			}
		}
		soda_expression(c->it, text, where, &c->levels);
		return true;
	}
	if (!import_text_of(im, c->cfg, arena_printf(im->a, SV_FMT " query", SV_ARG(name)), &text))
		return false;
	soda_query(c->it, text, where, &c->levels);
	return true;
}

static void
read_metric(struct sodacl *c)
{
	struct sv name, arg[SODACL_ARGS_MAX] = {{0}};
	const struct metric_def *m;
	size_t n;

	if (!sodacl_metric(&c->rest, &name, arg, &n)) {
		import_grade(c->it, GRADE_REFUSED, NULL, "it is no check of SodaCL");
		return;
	}
	m = metric_find(name);
	if (c->rest.n > 0 && !soda_cond_parse(c->rest, &c->levels.pass)) {
		import_grade(c->it, GRADE_REFUSED, "write it as `> 0` or `between 1 and 9`",
		             "'" SV_FMT "' is no threshold", SV_ARG(c->rest));
		return;
	}
	if (!sodacl_settle(c))
		return;
	if (!c->levels.pass.set && !c->levels.warn.set && !c->levels.fail.set) {
		import_grade(c->it, GRADE_REFUSED, "add `> 0`, or warn: and fail:", "it has no threshold");
		return;
	}
	if (m == NULL || !m->percent)
		no_percent(c, name);
	if (m == NULL) {
		if (n > 0 || !read_own_metric(c, name))
			refuse_metric(c, name);
		return;
	}
	if (m->percent)
		all_percent(&c->levels);
	if (m->why != NULL)
		import_grade(c->it, GRADE_APPROXIMATED, NULL, "%s", m->why);
	if (m->kind == METRIC_ROWS && n == 0)
		soda_number_check(c->it, "row_count", node_of_map(c->it->loc), &c->levels);
	else if (n == 0)
		import_grade(c->it, GRADE_REFUSED, NULL, "%s needs a column", m->name);
	else
		read_metric_of(c, m, arg, n);
}

/* The whole --------------------------------------------------------------------------------------------------------- */

/* created::timestamp: types are the columns' own here. */
static void
drop_cast(struct sodacl *c, struct sv *column)
{
	const ptrdiff_t at = sv_find(*column, ':');

	if (at <= 0 || !sv_starts(sv_skip(*column, (size_t)at), SV("::")))
		return;
	*column = (struct sv){column->p, (size_t)at};
	import_grade(c->it, GRADE_APPROXIMATED,
	             arena_printf(c->p->im->a, "declare the type: columns: {" SV_FMT ": timestamp}",
	                          SV_ARG(*column)),
	             "its cast is not taken over: the type of the column is");
}

static void
read_freshness(struct sodacl *c)
{
	struct sv column, ignored;
	bool old = soda_take(&c->rest, "using");

	if ((!old && !soda_take(&c->rest, "(")) || !soda_take_name(&c->rest, &column) ||
	    (!old && !soda_take(&c->rest, ")"))) {
		import_grade(c->it, GRADE_REFUSED, NULL, "it names no column");
		return;
	}
	drop_cast(c, &column);
	if (old && soda_take(&c->rest, "with") && soda_take_name(&c->rest, &ignored))
		import_remark(c->it, "the clock is weir's, or --now");
	if (c->rest.n > 0 && !soda_cond_parse(c->rest, &c->levels.pass))
		import_grade(c->it, GRADE_REFUSED, "write it as `< 1d6h`", "'" SV_FMT "' is no age",
		             SV_ARG(c->rest));
	else if (sodacl_settle(c))
		soda_freshness(c->it, column, &c->levels);
}

static bool
no_value(struct sodacl *c, const struct node *n)
{
	struct sv name;

	if (!soda_has_var(n, &name))
		return false;
	import_grade(c->it, GRADE_REFUSED,
	             arena_printf(c->p->im->a, "give it one: --var " SV_FMT "=…", SV_ARG(name)),
	             "the variable '" SV_FMT "' has no value", SV_ARG(name));
	import_whole(c->p->im, n);
	return true;
}

void
sodacl_check(const struct sodacl_place *p, const struct node *n)
{
	const bool map = n->kind == NODE_MAP && n->n > 0;
	const struct node *cfg = map ? import_kid(p->im, n, 0) : NULL;
	const struct sv text = map ? n->kid[0].key : n->text;
	struct import_item it = import_item(p->im, p->asset, n, map ? n->kid[0].key_loc : n->loc, text);
	struct sodacl c = {.p = p, .it = &it, .rest = sv_trim(text), .cfg = cfg};

	if (p->broken.n > 0)
		import_grade(&it, GRADE_REFUSED, "write the filter in weir's expressions, as where:", SV_FMT,
		             SV_ARG(p->broken));
	else if (text.n == 0)
		import_grade(&it, GRADE_REFUSED, NULL, "it is no check of SodaCL");
	else if (map && n->n > 1)
		import_grade(&it, GRADE_REFUSED, "indent it, so that it stands below the check",
		             "'" SV_FMT "' stands beside the check", SV_ARG(n->kid[1].key));
	if (!no_value(&c, n)) {
		read_config(&c);
		if (soda_take(&c.rest, "freshness"))
			read_freshness(&c);
		else if (!sodacl_more(&c))
			read_metric(&c);
	}
	it.where = import_and(p->im->a, p->where, it.where);
	import_item_end(&it);
}
