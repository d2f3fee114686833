/*
 * Rules about each value.  A null meets none of them but what names it (NULL), or says what a value must not be; so for most the row has to be
 * complete, too.  https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-ColumnValues.html
 */
#include "base/buf.h"
#include "base/civil.h"
#include "base/num.h"
#include "import/dqdl.h"

enum { EXPR_MAX = 1 << 17 };

struct values {
	struct import_item *it;
	struct arena *a;
	const struct dqdl_rule *rule;
	const struct dqdl_cond *cond;
	struct sv column, col; /* as it is called, as expressions write it */
	struct soda_cond share;
};

/* A check that leaves nulls out, and one that finds them. */
static void
add_with_nulls(struct values *v, const char *expectation, const struct node *args, bool nulls)
{
	const struct soda_cond all = {.set = false};

	if (expectation != NULL)
		import_check(v->it, expectation, args);
	if (!nulls)
		deequ_complete(v->it, v->column, &all);
}

static struct node
args_of(struct values *v, const char *key, const struct node *value)
{
	struct node args = deequ_column(v->it, v->column);

	node_put(v->a, &args, sv_of(key), value);
	return args;
}

/* Days -------------------------------------------------------------------------------------------------------------------- */

/* "2022-06-01": Deequ compares the days of times with it. */
static bool
is_day(struct sv text, struct time_text *t)
{
	return text.n == sizeof("2022-06-01") - 1 && time_text_parse(text, t) && !t->has_time;
}

/* What is later than a day is not before the next one. */
static struct sv
day_after(struct arena *a, struct sv text)
{
	struct time_text t;
	char next[RFC3339_MAX];

	if (!is_day(text, &t))
		return text;
	return arena_sv(a, sv_of(date_format(t.us / US_PER_DAY + 1, next)));
}

static bool
are_days(const struct node *values)
{
	struct time_text t;
	bool ret = values->n > 0;

	for (size_t i = 0; i < values->n; i++)
		ret = ret && values->kid[i].kind == NODE_TEXT && is_day(values->kid[i].text, &t);
	return ret;
}

/* It lies on one of the days. */
static void
put_days(struct values *v, const struct node *values, struct buf *b)
{
	for (size_t i = 0; i < values->n; i++) {
		const struct sv day = values->kid[i].text;

		buf_printf(b, "%s(" SV_FMT " >= " SV_FMT " AND " SV_FMT " < " SV_FMT ")", i > 0 ? " OR " : "",
		           SV_ARG(v->col), SV_ARG(import_quote(v->a, day)), SV_ARG(v->col),
		           SV_ARG(import_quote(v->a, day_after(v->a, day))));
	}
}

/* Sets ------------------------------------------------------------------------------------------------------------------- */

struct set {
	bool null, empty, blank;
	struct node values; /* the others */
};

static bool
read_set(struct values *v, struct set *ret)
{
	struct node *value = ARENA_ARRAY(v->a, struct node, v->cond->v.n + 1);
	size_t n = 0;

	*ret = (struct set){.null = false};
	for (size_t i = 0; i < v->cond->v.n; i++) {
		const struct dqdl_operand *o = &v->cond->v.v[i];

		ret->null = ret->null || o->kind == DQDL_NULL;
		ret->empty = ret->empty || o->kind == DQDL_EMPTY;
		ret->blank = ret->blank || o->kind == DQDL_BLANK;
		if (o->kind == DQDL_NUMBER)
			value[n++] = soda_number(v->a, o->text, v->it->loc);
		else if (o->kind == DQDL_TEXT)
			value[n++] = node_of_text(o->text, v->it->loc);
		else if (o->kind > DQDL_BLANK) {
			import_grade(v->it, GRADE_REFUSED, "compare it with < or >, or a constant",
			             "times that pass are no values of a set");
			return false;
		}
	}
	ret->values = deequ_set(v->it, value, n);
	return true;
}

static void
put_or(struct buf *b, const char *join)
{
	buf_puts(b, b->n > 0 ? join : "");
}

/* What one of the set is, as an expression; `negate`: what is none. */
static struct sv
set_expr(struct values *v, const struct set *s, bool negate)
{
	AUTO(buf) b = buf_new(EXPR_MAX);
	const char *join = negate ? " AND " : " OR ";

	if (s->null)
		buf_printf(b, SV_FMT " IS %sNULL", SV_ARG(v->col), negate ? "NOT " : "");
	if (s->empty) {
		put_or(b, join);
		buf_printf(b, SV_FMT " %s ''", SV_ARG(v->col), negate ? "<>" : "=");
	}
	if (s->blank) {
		put_or(b, join);
		buf_printf(b,
		           negate ? "(trim(" SV_FMT ") <> '' OR " SV_FMT " = '')"
		                  : "(trim(" SV_FMT ") = '' AND " SV_FMT " <> '')",
		           SV_ARG(v->col), SV_ARG(v->col));
	}
	if (s->values.n == 0)
		return arena_sv(v->a, buf_sv(b));
	put_or(b, join);
	if (negate)
		buf_printf(b, "(" SV_FMT " IS NULL OR ", SV_ARG(v->col));
	if (are_days(&s->values)) {
		buf_puts(b, negate ? "NOT (" : "(");
		put_days(v, &s->values, b);
		buf_puts(b, negate ? "))" : ")");
		return arena_sv(v->a, buf_sv(b));
	}
	buf_printf(b, SV_FMT "%s IN (", SV_ARG(v->col), negate ? " NOT" : "");
	for (size_t i = 0; i < s->values.n; i++)
		buf_printf(b, "%s" SV_FMT, i > 0 ? ", " : "",
		           SV_ARG(import_literal(v->a, &s->values.kid[i])));
	buf_puts(b, negate ? "))" : ")");
	return arena_sv(v->a, buf_sv(b));
}

static void
read_members(struct values *v, bool negate)
{
	struct node args;
	struct set s;

	if (!read_set(v, &s))
		return;
	if (negate && (s.empty || s.blank) && !s.null)
		import_grade(
			v->it, GRADE_AMBIGUOUS, NULL,
			"the documentation says that null is fine for not in and !=, Deequ's SQL for EMPTY and "
			"WHITESPACES_ONLY says that it is not; it is taken not to be");
	if (s.empty || s.blank || are_days(&s.values) || !deequ_asks_all(&v->share)) {
		deequ_rows(v->it, set_expr(v, &s, negate), false, &v->share);
		return;
	}
	args = args_of(v, "values", &s.values);
	if (s.values.n > 0)
		add_with_nulls(v, negate ? "not_in_set" : "in_set", &args, s.null != negate);
	else if (negate)
		add_with_nulls(v, NULL, NULL, false);
	else
		import_check(v->it, "is_null",
		             &(struct node){.kind = NODE_TEXT, .text = v->column, .loc = v->it->loc});
}

/* Ranges ----------------------------------------------------------------------------------------------------------------- */

/* A bound as our expressions write it; empty if it is none. */
static struct sv
bound_expr(struct values *v, const struct dqdl_operand *o)
{
	return o->kind == DQDL_NUMBER ? o->text
	       : o->kind == DQDL_TEXT ? import_quote(v->a, o->text)
	                              : (struct sv){0};
}

/* Times that pass: a bound of `between` may be computed from the clock. */
static struct node
bound_node(struct values *v, const struct dqdl_operand *o)
{
	struct node ret = node_of_map(v->it->loc);
	struct sv text = SV("now()");

	if (o->kind == DQDL_NUMBER)
		return soda_number(v->a, o->text, v->it->loc);
	if (o->kind != DQDL_TIME)
		return node_of_text(o->text, v->it->loc);
	if (o->unit.n > 0)
		text = arena_svf(v->a, "now() %s timedelta(" SV_FMT "=" SV_FMT ")", o->before ? "-" : "+",
		                 SV_ARG(o->unit), SV_ARG(o->amount));
	node_put_text(v->a, &ret, "$PARAMETER", text, v->it->loc);
	return ret;
}

/* Behind a day is the next one: `> day` is `>= day after`, and `<= day` is `< day after`. */
static bool
is_behind(const struct dqdl_operand *o, bool least, bool *open)
{
	struct time_text t;

	if (o->kind != DQDL_TEXT || !is_day(o->text, &t) || least != *open)
		return false;
	*open = !*open;
	return true;
}

static void
put_bound(struct values *v, struct node *args, const char *key, const char *strict,
          const struct dqdl_operand *o, bool open)
{
	struct dqdl_operand at = *o;

	if (is_behind(o, sv_is(sv_of(key), "min"), &open))
		at.text = day_after(v->a, o->text);

	const struct node bound = bound_node(v, &at), yes = node_of_bool(true, v->it->loc);

	node_put(v->a, args, sv_of(key), &bound);
	if (open)
		node_put(v->a, args, sv_of(strict), &yes);
}

static void
add_range(struct values *v)
{
	const struct dqdl_operand *o = v->cond->v.v;
	const char *op = v->cond->op;
	struct node args = deequ_column(v->it, v->column);

	if (v->cond->kind == DQDL_BETWEEN) {
		put_bound(v, &args, "min", "strict_min", &o[0], true);
		put_bound(v, &args, "max", "strict_max", &o[1], true);
	} else if (op[0] == '>') {
		put_bound(v, &args, "min", "strict_min", &o[0], op[1] == '\0');
	} else {
		put_bound(v, &args, "max", "strict_max", &o[0], op[1] == '\0');
	}
	add_with_nulls(v, "between", &args, false);
}

/* `col > bound`, or of a day `col >= day after`. */
static struct sv
side(struct values *v, const struct dqdl_operand *o, const char *op)
{
	bool open = op[1] == '\0';
	struct dqdl_operand at = *o;

	if (is_behind(o, op[0] == '>', &open))
		at.text = day_after(v->a, o->text);
	return arena_svf(v->a, SV_FMT " %c%s " SV_FMT, SV_ARG(v->col), op[0], open ? "" : "=",
	                 SV_ARG(bound_expr(v, &at)));
}

static struct sv
range_expr(struct values *v)
{
	const struct dqdl_operand *o = v->cond->v.v;
	const bool not = v->cond->negate;

	if (v->cond->kind == DQDL_COMPARE)
		return v->cond->op[0] == '=' || v->cond->op[0] == '!'
		               ? arena_svf(v->a, SV_FMT " %s " SV_FMT, SV_ARG(v->col), v->cond->op,
		                           SV_ARG(bound_expr(v, &o[0])))
		               : side(v, &o[0], v->cond->op);
	return arena_svf(v->a, SV_FMT " %s " SV_FMT, SV_ARG(side(v, &o[0], not ? "<=" : ">")),
	                 not ? "OR" : "AND", SV_ARG(side(v, &o[1], not ? ">=" : "<")));
}

static void
read_range(struct values *v)
{
	bool clock = false;

	for (size_t i = 0; i < v->cond->v.n; i++) {
		const enum dqdl_operand_kind kind = v->cond->v.v[i].kind;
		struct time_text t;

		if (kind != DQDL_NUMBER && kind != DQDL_TEXT && kind != DQDL_TIME) {
			import_grade(v->it, GRADE_REFUSED,
			             "compare it with a number, a date, or now() - 3 days",
			             "there is no order to compare it by");
			return;
		}
		if (kind == DQDL_TEXT && !is_day(v->cond->v.v[i].text, &t)) {
			import_grade(v->it, GRADE_REFUSED, "compare columns with expr: a >= b",
			             "'" SV_FMT "' is no day, and other texts have no order in DQDL",
			             SV_ARG(v->cond->v.v[i].text));
			return;
		}
		clock = clock || kind == DQDL_TIME;
		if (kind == DQDL_TIME)
			import_grade(v->it, GRADE_APPROXIMATED, NULL,
			             "Deequ compares the days of times, weir the times");
	}
	if (!v->cond->negate && deequ_asks_all(&v->share))
		add_range(v);
	else if (clock)
		import_grade(v->it, GRADE_REFUSED, "write between with $PARAMETER",
		             "a time that passes stands in no condition of a row");
	else
		deequ_rows(v->it, range_expr(v), false, &v->share);
}

/* Patterns -------------------------------------------------------------------------------------------------------------- */

/* Deequ searches for ^pattern$, and for the opposite for what does not begin with it as a word. */
static void
read_matches(struct values *v)
{
	const struct dqdl_operand *o = &v->cond->v.v[0];
	const struct sv pattern = v->cond->negate
	                                  ? arena_svf(v->a, "^(?!\\b" SV_FMT "\\b).*$", SV_ARG(o->text))
	                                  : arena_svf(v->a, "^" SV_FMT "$", SV_ARG(o->text));

	if (o->loose)
		import_grade(v->it, GRADE_AMBIGUOUS, "write each \\ twice, as DQDL asks for",
		             "a single \\ in a text of DQDL may be taken away; it is kept");
	if (v->cond->negate)
		import_grade(
			v->it, GRADE_AMBIGUOUS, NULL,
			"`not matches` may mean any other text; as in Deequ it means texts that do not begin with the "
			"pattern as a word");
	deequ_rows(v->it, deequ_pattern(v->it, v->column, pattern), false, &v->share);
}

static struct values
values_of(struct import_item *it, const struct dqdl_rule *rule)
{
	const struct sv column = rule->param.v[0];

	return (struct values){.it = it,
	                       .a = it->im->a,
	                       .rule = rule,
	                       .cond = &rule->cond,
	                       .column = column,
	                       .col = import_ident(it->im->a, column)};
}

void
dqdl_values(struct import_item *it, const struct dqdl_rule *rule)
{
	struct values v = values_of(it, rule);
	const bool equal = rule->cond.kind == DQDL_COMPARE && strchr("=!", rule->cond.op[0]) != NULL;

	if (rule->threshold.kind != DQDL_NONE && !dqdl_good(it, &rule->threshold, &v.share))
		return;
	if (rule->cond.kind == DQDL_NONE)
		import_grade(it, GRADE_REFUSED, "say what the values are", "it has no condition");
	else if (rule->cond.kind == DQDL_MATCHES)
		read_matches(&v);
	else if (equal || rule->cond.kind == DQDL_IN)
		read_members(&v, equal ? rule->cond.op[0] == '!' : rule->cond.negate);
	else
		read_range(&v);
}

/* Null has the length 0. */
void
dqdl_length(struct import_item *it, const struct dqdl_rule *rule)
{
	struct values v = values_of(it, rule);
	AUTO(buf) b = buf_new(EXPR_MAX);
	double n;

	v.col = arena_svf(v.a, "coalesce(length(" SV_FMT "), 0)", SV_ARG(v.col));
	for (size_t i = 0; i < v.cond->v.n; i++)
		if (v.cond->v.v[i].kind != DQDL_NUMBER || !num_f64(v.cond->v.v[i].text, &n)) {
			import_grade(it, GRADE_REFUSED, NULL, "a length is compared with no constant number");
			return;
		}
	if (v.cond->kind == DQDL_NONE || v.cond->kind == DQDL_MATCHES) {
		import_grade(it, GRADE_REFUSED, "say how long the values are",
		             "it has no condition on a length");
		return;
	}
	if (strcmp(v.cond->op, "!=") == 0)
		import_grade(it, GRADE_APPROXIMATED, NULL,
		             "Deequ looks at the shortest and the longest value, weir at each");
	if (v.cond->kind != DQDL_IN) {
		deequ_rows(it, range_expr(&v), true, &v.share);
		return;
	}
	buf_printf(b, SV_FMT "%s IN (", SV_ARG(v.col), v.cond->negate ? " NOT" : "");
	for (size_t i = 0; i < v.cond->v.n; i++)
		buf_printf(b, "%s" SV_FMT, i > 0 ? ", " : "", SV_ARG(v.cond->v.v[i].text));
	buf_putc(b, ')');
	deequ_rows(it, arena_sv(v.a, buf_sv(b)), true, &v.share);
}

/* The age of each value: what is at most 6 hours old is later than 6 hours ago. */
void
dqdl_freshness(struct import_item *it, const struct dqdl_rule *rule)
{
	struct values v = values_of(it, rule);
	struct dqdl_cond turned = rule->cond;

	turned.v.n = 0;
	turned.v.cap = 0;
	turned.v.v = NULL;
	for (size_t i = 0; i < rule->cond.v.n; i++) {
		struct dqdl_operand o = rule->cond.v.v[rule->cond.v.n - 1 - i];

		if (o.kind != DQDL_SPAN) {
			import_grade(it, GRADE_REFUSED, "write it as `<= 6 hours`",
			             "its bound is no length of time");
			return;
		}
		o.kind = DQDL_TIME;
		o.before = true;
		*LIST_ADD(v.a, &turned.v) = o;
	}
	if (turned.v.n == 0 || turned.negate ||
	    (turned.kind != DQDL_BETWEEN &&
	     (turned.kind != DQDL_COMPARE || strchr("<>", turned.op[0]) == NULL))) {
		import_grade(it, GRADE_REFUSED, "write it as `<= 6 hours`", "it is no range of ages");
		return;
	}
	turned.op[0] = turned.op[0] == '<' ? '>' : '<';
	v.cond = &turned;
	add_range(&v);
	import_remark(it, "Deequ rounds ages to hundredths of an hour");
}
