/*
 * Great Expectations' row conditions in weir's expression language.
 *
 * The grammar of DataFrame.query, as far as it has a meaning without Python: or, and (also | and &, which bind as loosely there),
 * not, ~, comparisons, in, + - * /, names (backticked or not), numbers, texts, lists, and the methods isnull, notnull, isna,
 * notna.  `col("x") OP value` and 1.x's objects come out the same way.
 *
 * pandas is two-valued: a comparison with null is false, and != is the negation of ==, so true for null.  Hence every negation
 * is printed as NOT COALESCE(…, FALSE).  Equality becomes IN, which is false between kinds instead of a type error.
 */
#include "expect/row_condition.h"

#include <string.h>

enum token { END, NAME, NUMBER, TEXT, PUNCT, BAD };

struct parser {
	struct arena *a;
	struct sv rest;
	struct loc at;
	enum token kind;
	struct sv text; /* of the token; of names and texts what is quoted, unescaped */
	bool quoted;    /* a backticked name is never a keyword */
	bool plain;     /* what was parsed last is a literal, or a list of them */
	bool list;
	int depth;
	struct err *err;
};

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       (c & 0x80) != 0;
}

static bool
refuse(struct parser *p, const char *what, struct sv which)
{
	if (p->err->code == ERR_NONE) {
		err_set(p->err, ERR_ARG, p->at, "the row condition cannot be translated: %s '" SV_FMT "'",
		        what, SV_ARG(which));
		err_hint(p->err, "Write it as `where:` in weir's expression language.");
	}
	p->kind = BAD;
	return false;
}

/* A text in quotes of its first character, with Python's backslashes. */
static void
take_quoted(struct parser *p, enum token kind)
{
	char quote = p->rest.p[0];
	char *out = arena_alloc(p->a, p->rest.n + 1);
	size_t n = 0, i = 1;

	for (; i < p->rest.n && p->rest.p[i] != quote; i++) {
		if (p->rest.p[i] == '\\' && quote != '`' && i + 1 < p->rest.n) {
			static const char from[] = "nt\\'\"", to[] = "\n\t\\'\"";
			const char *e = memchr(from, p->rest.p[i + 1], sizeof(from) - 1);

			if (e == NULL) {
				refuse(p, "the escape", (struct sv){p->rest.p + i, 2});
				return;
			}
			out[n++] = to[e - from];
			i++;
			continue;
		}
		out[n++] = p->rest.p[i];
	}
	if (i >= p->rest.n) {
		refuse(p, "a quote without an end:", p->rest);
		return;
	}
	p->kind = kind;
	p->quoted = true;
	p->text = (struct sv){out, n};
	p->rest = sv_skip(p->rest, i + 1);
}

static void
advance(struct parser *p)
{
	static const char *const two[] = {"==", "!=", "<=", ">=", "**", "//", "<<", ">>"};
	size_t n = 0;

	if (p->kind == BAD)
		return;
	p->rest = sv_trim(p->rest);
	p->quoted = false;
	p->kind = END;
	p->text = p->rest;
	if (p->rest.n == 0)
		return;
	char c = p->rest.p[0];
	if (c == '"' || c == '\'' || c == '`') {
		take_quoted(p, c == '`' ? NAME : TEXT);
		return;
	}
	if ((c >= '0' && c <= '9') ||
	    (c == '.' && p->rest.n > 1 && p->rest.p[1] >= '0' && p->rest.p[1] <= '9')) {
		while (n < p->rest.n && (is_word(p->rest.p[n]) || p->rest.p[n] == '.' ||
		                         ((p->rest.p[n] == '-' || p->rest.p[n] == '+') &&
		                          (p->rest.p[n - 1] == 'e' || p->rest.p[n - 1] == 'E'))))
			n++;
		p->kind = NUMBER;
	} else if (is_word(c)) {
		while (n < p->rest.n && is_word(p->rest.p[n]))
			n++;
		p->kind = NAME;
	} else {
		n = 1;
		for (size_t i = 0; i < LEN(two); i++)
			if (sv_starts(p->rest, sv_of(two[i])))
				n = 2;
		p->kind = PUNCT;
	}
	p->text.n = n;
	p->rest = sv_skip(p->rest, n);
}

static bool
at(const struct parser *p, const char *word)
{
	return (p->kind == PUNCT || (p->kind == NAME && !p->quoted)) && sv_is(p->text, word);
}

static bool
take(struct parser *p, const char *word)
{
	if (!at(p, word))
		return false;
	advance(p);
	return p->kind != BAD;
}

static struct sv
quoted(struct parser *p, struct sv s, char quote)
{
	char *out = arena_alloc(p->a, 2 * s.n + 3);
	size_t n = 0;

	out[n++] = quote;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == quote)
			out[n++] = quote;
		out[n++] = s.p[i];
	}
	out[n++] = quote;
	return (struct sv){out, n};
}

static struct sv parse_or(struct parser *p);

static struct sv
parse_list(struct parser *p, const char *end)
{
	struct sv out = {0};
	bool plain = true;

	while (p->kind != BAD && !at(p, end)) {
		struct sv item = parse_or(p);

		plain = plain && p->plain && !p->list;
		out = out.n > 0 ? arena_svf(p->a, SV_FMT ", " SV_FMT, SV_ARG(out), SV_ARG(item)) : item;
		if (!take(p, ","))
			break;
	}
	if (!take(p, end) || !plain)
		refuse(p, "a list that is not of plain values before", p->text);
	p->plain = p->list = true;
	return out;
}

/* `name` or `name.isnull()`; any other method has no translation. */
static struct sv
parse_name(struct parser *p)
{
	struct sv name = p->text, column = quoted(p, p->text, '"');
	bool keyword = !p->quoted;

	advance(p);
	p->plain = p->list = false;
	if (keyword && (sv_is(name, "True") || sv_is(name, "False"))) {
		p->plain = true;
		return sv_is(name, "True") ? SV("TRUE") : SV("FALSE");
	}
	if (keyword &&
	    (sv_is(name, "None") || sv_is(name, "nan") || sv_is(name, "and") || sv_is(name, "or") ||
	     sv_is(name, "in") || sv_is(name, "is") || sv_is(name, "if") || sv_is(name, "lambda"))) {
		refuse(p, "the word", name);
		return name;
	}
	if (at(p, "(")) {
		refuse(p, "the function", name);
		return name;
	}
	if (!take(p, "."))
		return column;

	struct sv method = p->text;
	advance(p);
	bool null = sv_is(method, "isnull") || sv_is(method, "isna"),
	     there = sv_is(method, "notnull") || sv_is(method, "notna");
	if ((!null && !there) || !take(p, "(") || !take(p, ")"))
		refuse(p, "the method", method);
	return arena_svf(p->a, "(" SV_FMT " IS %sNULL)", SV_ARG(column), null ? "" : "NOT ");
}

static struct sv
parse_primary(struct parser *p)
{
	struct sv s = p->text;

	if (p->kind == NAME)
		return parse_name(p);
	if (p->kind == NUMBER || p->kind == TEXT) {
		if (p->kind == TEXT)
			s = quoted(p, s, '\'');
		advance(p);
		p->plain = true;
		p->list = false;
		return s;
	}
	if (take(p, "["))
		return parse_list(p, "]");
	if (take(p, "(")) {
		s = parse_or(p);
		if (at(p, ",")) {
			refuse(p, "the tuple at", p->text);
			return s;
		}
		if (!take(p, ")"))
			refuse(p, "an open parenthesis before", p->text);
		p->plain = p->list = false;
		return arena_svf(p->a, "(" SV_FMT ")", SV_ARG(s));
	}
	if (take(p, "-")) {
		s = parse_primary(p);
		return arena_svf(p->a, "-" SV_FMT, SV_ARG(s));
	}
	/* ~ binds tightly in Python: only what stands in parentheses or is a name of its own is safe to negate. */
	if (take(p, "~")) {
		s = parse_primary(p);
		p->plain = p->list = false;
		return arena_svf(p->a, "(NOT COALESCE(" SV_FMT ", FALSE))", SV_ARG(s));
	}
	refuse(p, "unexpected", p->kind == END ? SV("end") : s);
	return s;
}

static struct sv
parse_arithmetic(struct parser *p, int level)
{
	static const char *const ops[2][2] = {{"+", "-"}, {"*", "/"}};
	struct sv s = level < 2 ? parse_arithmetic(p, level + 1) : parse_primary(p);

	while (level < 2 && (at(p, ops[level][0]) || at(p, ops[level][1]))) {
		struct sv op = p->text;

		advance(p);
		struct sv right = parse_arithmetic(p, level + 1);
		s = arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(s), SV_ARG(op),
		              SV_ARG(right));
		p->plain = p->list = false;
	}
	return s;
}

static struct sv
negated(struct parser *p, struct sv s)
{
	return arena_svf(p->a, "(NOT COALESCE(" SV_FMT ", FALSE))", SV_ARG(s));
}

/* An empty list contains nothing. */
static struct sv
member(struct parser *p, struct sv left, struct sv list)
{
	return list.n == 0 ? SV("FALSE")
	                   : arena_svf(p->a, "(" SV_FMT " IN (" SV_FMT "))", SV_ARG(left), SV_ARG(list));
}

static struct sv
parse_comparison(struct parser *p)
{
	static const char *const orders[] = {"<", "<=", ">", ">="};
	struct sv left = parse_arithmetic(p, 0), right, s = left;
	bool left_plain = p->plain && !p->list, equal = at(p, "=="), differ = at(p, "!="), in = at(p, "in"),
	     not = at(p, "not");
	const char *order = NULL;

	for (size_t i = 0; i < LEN(orders); i++)
		if (at(p, orders[i]))
			order = orders[i];
	if (p->kind == BAD || (!equal && !differ && !in && !not &&order == NULL))
		return s;
	advance(p);
	if (not &&!take(p, "in")) {
		refuse(p, "unexpected", SV("not"));
		return s;
	}
	right = parse_arithmetic(p, 0);
	if ((in || not ) && !p->list)
		refuse(p, "what is no list:", right);
	if (order != NULL)
		s = arena_svf(p->a, "(" SV_FMT " %s " SV_FMT ")", SV_ARG(left), order, SV_ARG(right));
	else if (p->plain)
		s = member(p, left, right);
	else if (left_plain)
		s = member(p, right, left);
	else
		s = arena_svf(p->a, "(" SV_FMT " = " SV_FMT ")", SV_ARG(left), SV_ARG(right));
	if (differ || not )
		s = negated(p, s);
	p->plain = p->list = false;
	if (at(p, "==") || at(p, "!=") || at(p, "<") || at(p, "<=") || at(p, ">") || at(p, ">="))
		refuse(p, "the chain of comparisons at", p->text);
	return s;
}

static struct sv
parse_not(struct parser *p)
{
	if (!at(p, "not"))
		return parse_comparison(p);
	if (++p->depth > 50) {
		refuse(p, "too deep at", p->text);
		return p->text;
	}
	advance(p);
	struct sv s = negated(p, parse_not(p));
	p->plain = p->list = false;
	p->depth--;
	return s;
}

static struct sv
parse_and(struct parser *p)
{
	struct sv s = parse_not(p);

	while (at(p, "and") || at(p, "&")) {
		advance(p);
		struct sv right = parse_not(p);
		s = arena_svf(p->a, "(" SV_FMT " AND " SV_FMT ")", SV_ARG(s), SV_ARG(right));
		p->plain = p->list = false;
	}
	return s;
}

static struct sv
parse_or(struct parser *p)
{
	if (p->kind == BAD || ++p->depth > 50) {
		refuse(p, "too deep at", p->text);
		return p->text;
	}
	struct sv s = parse_and(p);
	while (at(p, "or") || at(p, "|")) {
		advance(p);
		struct sv right = parse_and(p);
		s = arena_svf(p->a, "(" SV_FMT " OR " SV_FMT ")", SV_ARG(s), SV_ARG(right));
		p->plain = p->list = false;
	}
	p->depth--;
	return s;
}

static bool
pandas_text(struct parser *p, struct sv *ret)
{
	advance(p);
	struct sv s = parse_or(p);
	if (p->kind != BAD && p->kind != END)
		refuse(p, "unexpected", p->text);
	if (p->kind == BAD)
		return false;
	*ret = s;
	return true;
}

/* date("2024-01-31") is a date; anything with a time of day is a timestamp. */
static struct sv
parse_date(struct parser *p)
{
	struct sv s;

	advance(p);
	if (!take(p, "(") || p->kind != TEXT) {
		refuse(p, "unexpected", p->text);
		return p->text;
	}
	s = arena_svf(p->a, "%s '" SV_FMT "'", p->text.n > 10 ? "TIMESTAMP" : "DATE", SV_ARG(p->text));
	if (memchr(p->text.p, '\'', p->text.n) != NULL)
		refuse(p, "the date", p->text);
	advance(p);
	if (!take(p, ")"))
		refuse(p, "unexpected", p->text);
	return s;
}

/* col("x") OP value, or col("x").notNull(). */
static bool
gx_text(struct parser *p, struct sv *ret)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
	struct sv column, value, op;
	size_t i = 0;

	advance(p);
	if (!take(p, "col") || !take(p, "(") || p->kind != TEXT)
		return refuse(p, "it does not start with col(\"name\"), but with", p->text);
	column = quoted(p, p->text, '"');
	advance(p);
	if (!take(p, ")"))
		return refuse(p, "unexpected", p->text);
	if (take(p, ".")) {
		if (!take(p, "notNull") || !take(p, "(") || !take(p, ")") || p->kind != END)
			return refuse(p, "the method at", p->text);
		*ret = arena_svf(p->a, SV_FMT " IS NOT NULL", SV_ARG(column));
		return true;
	}
	op = p->text;
	while (i < LEN(ops) && !at(p, ops[i]))
		i++;
	if (i == LEN(ops))
		return refuse(p, "the operator", p->text);
	advance(p);
	bool minus = take(p, "-");
	if (at(p, "date"))
		value = parse_date(p);
	else if (p->kind == NUMBER || (p->kind == TEXT && !minus) ||
	         (p->kind == NAME && (at(p, "True") || at(p, "False"))))
		value = parse_primary(p);
	else
		return refuse(p, "the value", p->text);
	if (p->kind != END)
		return refuse(p, "unexpected", p->text);
	value = arena_svf(p->a, "%s" SV_FMT, minus ? "-" : "", SV_ARG(value));
	if (i >= 2)
		*ret = arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(column), SV_ARG(op),
		                 SV_ARG(value));
	else
		*ret = i == 1 ? negated(p, member(p, column, value)) : member(p, column, value);
	return true;
}

/* 1.x's objects ------------------------------------------------------------------------------------------------ */

static bool
object_column(struct parser *p, const struct node *n, struct sv *ret)
{
	const struct node *name = n != NULL && n->kind == NODE_MAP ? node_get(n, "name") : NULL;

	if (name == NULL || name->kind != NODE_TEXT)
		return refuse(p, "a column without a", SV("name"));
	*ret = quoted(p, name->text, '"');
	return true;
}

static bool
object_value(struct parser *p, const struct node *n, struct sv *ret)
{
	switch (n->kind) {
	case NODE_TEXT:
		*ret = quoted(p, n->text, '\'');
		return true;
	case NODE_INT:
	case NODE_REAL:
		*ret = n->text;
		return true;
	case NODE_BOOL:
		*ret = n->b ? SV("TRUE") : SV("FALSE");
		return true;
	default:
		return refuse(p, "the parameter is", sv_of(node_kind_name(n->kind)));
	}
}

static bool
object_list(struct parser *p, const struct node *n, struct sv *ret)
{
	struct sv item;

	*ret = (struct sv){0};
	if (n->kind != NODE_SEQ)
		return object_value(p, n, ret);
	for (size_t i = 0; i < n->n; i++) {
		if (!object_value(p, &n->kid[i], &item))
			return false;
		*ret = i > 0 ? arena_svf(p->a, SV_FMT ", " SV_FMT, SV_ARG(*ret), SV_ARG(item)) : item;
	}
	return true;
}

static bool
object_comparison(struct parser *p, const struct node *n, struct sv *ret)
{
	const struct node *op = node_get(n, "operator"), *value = node_get(n, "parameter");
	struct sv column, right;

	if (op == NULL || op->kind != NODE_TEXT || value == NULL)
		return refuse(p, "a comparison without", op == NULL ? SV("operator") : SV("parameter"));
	if (!object_column(p, node_get(n, "column"), &column))
		return false;
	bool equal = sv_is(op->text, "=="), differ = sv_is(op->text, "!="), in = sv_is(op->text, "IN"),
	     not_in = sv_is(op->text, "NOT_IN");
	bool order = sv_is(op->text, "<") || sv_is(op->text, "<=") || sv_is(op->text, ">") ||
	             sv_is(op->text, ">=");
	if (!equal && !differ && !in && !not_in && !order)
		return refuse(p, "the operator", op->text);
	if (value->kind == NODE_MAP) { /* two columns: a null on either side leaves the row out */
		if (in || not_in || !object_column(p, value, &right))
			return refuse(p, "the operator", op->text);
		*ret = arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(column),
		                 SV_ARG(equal ? SV("=") : op->text), SV_ARG(right));
		return true;
	}
	if ((in || not_in) != (value->kind == NODE_SEQ))
		return refuse(p, "the parameter does not go with the operator", op->text);
	if (!object_list(p, value, &right))
		return false;
	if (order)
		*ret = arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(column), SV_ARG(op->text),
		                 SV_ARG(right));
	else
		*ret = equal || in ? member(p, column, right) : negated(p, member(p, column, right));
	return true;
}

static bool object_text(struct parser *p, const struct node *n, struct sv *ret);

static bool
object_logic(struct parser *p, const struct node *n, const char *op, struct sv *ret)
{
	const struct node *list = node_get(n, "conditions");
	struct sv one;

	if (list == NULL || list->kind != NODE_SEQ || list->n == 0 || ++p->depth > 50)
		return refuse(p, "a list of conditions is missing for", sv_of(op));
	for (size_t i = 0; i < list->n; i++) {
		if (!object_text(p, &list->kid[i], &one))
			return false;
		*ret = i > 0 ? arena_svf(p->a, SV_FMT " %s " SV_FMT, SV_ARG(*ret), op, SV_ARG(one)) : one;
	}
	*ret = arena_svf(p->a, "(" SV_FMT ")", SV_ARG(*ret));
	p->depth--;
	return true;
}

static bool
object_text(struct parser *p, const struct node *n, struct sv *ret)
{
	const struct node *type = n->kind == NODE_MAP ? node_get(n, "type") : NULL;
	const struct node *null = node_get(n, "is_null"), *filter = node_get(n, "pass_through_filter");
	struct sv column;

	if (type == NULL || type->kind != NODE_TEXT)
		return refuse(p, "a condition without a", SV("type"));
	if (sv_is(type->text, "comparison"))
		return object_comparison(p, n, ret);
	if (sv_is(type->text, "and"))
		return object_logic(p, n, "AND", ret);
	if (sv_is(type->text, "or"))
		return object_logic(p, n, "OR", ret);
	if (sv_is(type->text, "pass_through") && filter != NULL && filter->kind == NODE_TEXT) {
		p->rest = filter->text;
		p->kind = END;
		return pandas_text(p, ret);
	}
	if (!sv_is(type->text, "nullity") || null == NULL || null->kind != NODE_BOOL)
		return refuse(p, "the condition of type", type->text);
	if (!object_column(p, node_get(n, "column"), &column))
		return false;
	*ret = arena_svf(p->a, "(" SV_FMT " IS %sNULL)", SV_ARG(column), null->b ? "" : "NOT ");
	return true;
}

bool
row_condition_text(struct arena *a, const struct node *cond, const struct node *parser, struct sv *ret,
                   struct err *err)
{
	struct err own = {0};
	struct parser p = {.a = a, .at = cond->loc, .err = &own};
	struct sv name = parser != NULL && parser->kind == NODE_TEXT ? parser->text : (struct sv){0};
	bool done = false;

	p.rest = cond->text;
	if (cond->kind == NODE_MAP) {
		done = object_text(&p, cond, ret);
	} else if (cond->kind != NODE_TEXT) {
		refuse(&p, "it is", sv_of(node_kind_name(cond->kind)));
	} else if (sv_is(name, "pandas")) {
		done = pandas_text(&p, ret);
	} else if (sv_is(name, "weir")) {
		*ret = cond->text;
		done = true;
	} else if (sv_starts(name, SV("great_expectations")) ||
	           (name.n == 0 && sv_starts(sv_trim(cond->text), SV("col(")))) {
		done = gx_text(&p, ret);
	} else if (name.n == 0) {
		err_set(&own, ERR_ARG, cond->loc, "a row_condition needs its condition_parser");
		err_hint(&own, "Or write it as `where:` in weir's expression language.");
	} else {
		refuse(&p, "there is no translation for the parser", name);
	}
	if (!done && err != NULL)
		*err = own;
	return done;
}
