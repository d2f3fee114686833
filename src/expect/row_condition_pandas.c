/*
 * The grammar of DataFrame.query, as far as it has a meaning without Python: or, and (also | and &, which bind as loosely there),
 * not, ~, comparisons (also chained), in, + - * / %, names (backticked or not), numbers, texts, lists, tuples, and methods.
 *
 * pandas is two-valued: a comparison with null is false, and != is the negation of ==, so true for null.  Hence every negation
 * is printed as NOT COALESCE(…, FALSE).  Equality becomes IN, which is false between kinds instead of a type error.
 */
#include "expect/row_condition_parse.h"

#include <string.h>

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       (c & 0x80) != 0;
}

bool
condition_refuse(struct condition *p, const char *what, struct sv which)
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
take_quoted(struct condition *p, enum token kind)
{
	char quote = p->rest.p[0];
	char *out = arena_alloc(p->a, p->rest.n + 1);
	size_t n = 0, i = 1;

	for (; i < p->rest.n && p->rest.p[i] != quote; i++) {
		if (p->rest.p[i] == '\\' && quote != '`' && i + 1 < p->rest.n) {
			static const char from[] = "nt\\'\"", to[] = "\n\t\\'\"";
			const char *e = memchr(from, p->rest.p[i + 1], sizeof(from) - 1);

			if (e == NULL) {
				condition_refuse(p, "the escape", (struct sv){p->rest.p + i, 2});
				return;
			}
			out[n++] = to[e - from];
			i++;
			continue;
		}
		out[n++] = p->rest.p[i];
	}
	if (i >= p->rest.n) {
		condition_refuse(p, "a quote without an end:", p->rest);
		return;
	}
	p->kind = kind;
	p->quoted = true;
	p->text = (struct sv){out, n};
	p->rest = sv_skip(p->rest, i + 1);
}

void
condition_advance(struct condition *p)
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

bool
condition_at(const struct condition *p, const char *word)
{
	return (p->kind == PUNCT || (p->kind == NAME && !p->quoted)) && sv_is(p->text, word);
}

bool
condition_take(struct condition *p, const char *word)
{
	if (!condition_at(p, word))
		return false;
	condition_advance(p);
	return p->kind != BAD;
}

struct sv
condition_quoted(struct condition *p, struct sv s, char quote)
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

static struct sv parse_or(struct condition *p);

static struct sv
parse_list(struct condition *p, const char *end)
{
	struct sv out = {0};
	bool plain = true;

	while (p->kind != BAD && !condition_at(p, end)) {
		struct sv item = parse_or(p);

		plain = plain && p->plain && !p->list;
		out = out.n > 0 ? arena_svf(p->a, SV_FMT ", " SV_FMT, SV_ARG(out), SV_ARG(item)) : item;
		if (!condition_take(p, ","))
			break;
	}
	if (!condition_take(p, end) || !plain)
		condition_refuse(p, "a list that is not of plain values before", p->text);
	p->plain = p->list = true;
	return out;
}

/* `name`, and its methods. */
static struct sv
parse_name(struct condition *p)
{
	struct sv name = p->text, column = condition_quoted(p, p->text, '"');
	bool keyword = !p->quoted;

	condition_advance(p);
	p->plain = p->list = false;
	if (keyword && (sv_is(name, "True") || sv_is(name, "False"))) {
		p->plain = true;
		return sv_is(name, "True") ? SV("TRUE") : SV("FALSE");
	}
	if (keyword &&
	    (sv_is(name, "None") || sv_is(name, "nan") || sv_is(name, "and") || sv_is(name, "or") ||
	     sv_is(name, "in") || sv_is(name, "is") || sv_is(name, "if") || sv_is(name, "lambda"))) {
		condition_refuse(p, "the word", name);
		return name;
	}
	if (condition_at(p, "(")) {
		condition_refuse(p, "the function", name);
		return name;
	}
	return condition_methods(p, column);
}

/* (a, b) is a list; what follows the comma may be missing. */
static struct sv
parse_tuple(struct condition *p, struct sv first)
{
	const bool plain = p->plain && !p->list;

	if (!plain || !condition_take(p, ",")) {
		condition_refuse(p, "a tuple that is not of plain values before", p->text);
		return first;
	}
	struct sv rest = parse_list(p, ")");

	return rest.n > 0 ? arena_svf(p->a, SV_FMT ", " SV_FMT, SV_ARG(first), SV_ARG(rest)) : first;
}

struct sv
condition_settled(struct condition *p, struct sv s)
{
	if (!p->truth)
		return s;
	p->truth = false;
	return arena_svf(p->a, "COALESCE(" SV_FMT ", FALSE)", SV_ARG(s));
}

struct sv
condition_primary(struct condition *p)
{
	struct sv s = p->text;

	p->truth = false;
	if (p->kind == NAME)
		return parse_name(p);
	if (p->kind == NUMBER || p->kind == TEXT) {
		if (p->kind == TEXT)
			s = condition_quoted(p, s, '\'');
		condition_advance(p);
		p->plain = true;
		p->list = false;
		return s;
	}
	if (condition_take(p, "["))
		return parse_list(p, "]");
	if (condition_take(p, "(")) {
		s = parse_or(p);
		if (condition_at(p, ","))
			return parse_tuple(p, s);
		if (!condition_take(p, ")"))
			condition_refuse(p, "an open parenthesis before", p->text);
		p->plain = p->list = false;
		return condition_methods(p, arena_svf(p->a, "(" SV_FMT ")", SV_ARG(s)));
	}
	if (condition_take(p, "-")) {
		s = condition_primary(p);
		return arena_svf(p->a, "-" SV_FMT, SV_ARG(s));
	}
	/* ~ binds tightly in Python: only what stands in parentheses or is a name of its own is safe to negate. */
	if (condition_take(p, "~")) {
		s = condition_primary(p);
		p->plain = p->list = p->truth = false;
		return arena_svf(p->a, "(NOT COALESCE(" SV_FMT ", FALSE))", SV_ARG(s));
	}
	condition_refuse(p, "unexpected", p->kind == END ? SV("end") : s);
	return s;
}

static struct sv
parse_arithmetic(struct condition *p, int level)
{
	static const char *const ops[2][3] = {{"+", "-", "-"}, {"*", "/", "%"}};
	struct sv s = level < 2 ? parse_arithmetic(p, level + 1) : condition_primary(p);

	while (level < 2 && (condition_at(p, ops[level][0]) || condition_at(p, ops[level][1]) ||
	                     condition_at(p, ops[level][2]))) {
		struct sv op = p->text;

		condition_advance(p);
		struct sv right = parse_arithmetic(p, level + 1);
		s = arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(s), SV_ARG(op),
		              SV_ARG(right));
		/* Python's remainder has the sign of the divisor. */
		if (sv_is(op, "%"))
			s = arena_svf(p->a, "((" SV_FMT " + " SV_FMT ") %% " SV_FMT ")", SV_ARG(s),
			              SV_ARG(right), SV_ARG(right));
		p->plain = p->list = p->truth = false;
	}
	return s;
}

struct sv
condition_negated(struct condition *p, struct sv s)
{
	return arena_svf(p->a, "(NOT COALESCE(" SV_FMT ", FALSE))", SV_ARG(s));
}

/* An empty list contains nothing. */
struct sv
condition_member(struct condition *p, struct sv left, struct sv list)
{
	return list.n == 0 ? SV("FALSE")
	                   : arena_svf(p->a, "(" SV_FMT " IN (" SV_FMT "))", SV_ARG(left), SV_ARG(list));
}

/* One side of a comparison; what stands in the middle of a chain belongs to two. */
struct side {
	struct sv s;
	bool plain, list;
};

static struct side
parse_side(struct condition *p)
{
	struct sv s = parse_arithmetic(p, 0);

	return (struct side){.s = s, .plain = p->plain, .list = p->list};
}

static struct sv
equal_sides(struct condition *p, struct side left, struct side right)
{
	if (right.plain)
		return condition_member(p, left.s, right.s);
	if (left.plain && !left.list)
		return condition_member(p, right.s, left.s);
	return arena_svf(p->a, "(" SV_FMT " = " SV_FMT ")", SV_ARG(left.s), SV_ARG(right.s));
}

static bool
parse_link(struct condition *p, struct side left, struct side *right, struct sv *ret)
{
	static const char *const orders[] = {"<", "<=", ">", ">="};
	const struct sv op = p->text;
	bool equal = condition_at(p, "=="), differ = condition_at(p, "!="), in = condition_at(p, "in"),
	     not_in = condition_at(p, "not"), order = false;

	for (size_t i = 0; i < LEN(orders); i++)
		order = order || condition_at(p, orders[i]);
	if (p->kind == BAD || (!equal && !differ && !in && !not_in && !order))
		return false;
	condition_advance(p);
	if (not_in && !condition_take(p, "in")) {
		condition_refuse(p, "unexpected", SV("not"));
		return false;
	}
	left.s = condition_settled(p, left.s);
	*right = parse_side(p);
	right->s = condition_settled(p, right->s);
	if ((in || not_in) && !right->list)
		condition_refuse(p, "what is no list:", right->s);
	*ret = order ? arena_svf(p->a, "(" SV_FMT " " SV_FMT " " SV_FMT ")", SV_ARG(left.s), SV_ARG(op),
	                         SV_ARG(right->s))
	             : equal_sides(p, left, *right);
	if (differ || not_in)
		*ret = condition_negated(p, *ret);
	return true;
}

/* a < b < c is a < b and b < c. */
static struct sv
parse_comparison(struct condition *p)
{
	struct side left = parse_side(p), right;
	struct sv all = left.s, one;
	int n = 0;

	for (; parse_link(p, left, &right, &one); n++) {
		all = n > 0 ? arena_svf(p->a, "(" SV_FMT " AND " SV_FMT ")", SV_ARG(all), SV_ARG(one)) : one;
		left = right;
		p->plain = p->list = false;
	}
	p->truth = p->truth || n > 0;
	return all;
}

static struct sv
parse_not(struct condition *p)
{
	if (!condition_at(p, "not"))
		return parse_comparison(p);
	if (++p->depth > 50) {
		condition_refuse(p, "too deep at", p->text);
		return p->text;
	}
	condition_advance(p);
	struct sv s = condition_negated(p, parse_not(p));
	p->plain = p->list = p->truth = false;
	p->depth--;
	return s;
}

static struct sv
parse_and(struct condition *p)
{
	struct sv s = parse_not(p);

	while (condition_at(p, "and") || condition_at(p, "&")) {
		condition_advance(p);
		struct sv right = parse_not(p);
		s = arena_svf(p->a, "(" SV_FMT " AND " SV_FMT ")", SV_ARG(s), SV_ARG(right));
		p->plain = p->list = false;
		p->truth = true;
	}
	return s;
}

static struct sv
parse_or(struct condition *p)
{
	if (p->kind == BAD || ++p->depth > 50) {
		condition_refuse(p, "too deep at", p->text);
		return p->text;
	}
	struct sv s = parse_and(p);
	while (condition_at(p, "or") || condition_at(p, "|")) {
		condition_advance(p);
		struct sv right = parse_and(p);
		s = arena_svf(p->a, "(" SV_FMT " OR " SV_FMT ")", SV_ARG(s), SV_ARG(right));
		p->plain = p->list = false;
		p->truth = true;
	}
	p->depth--;
	return s;
}

bool
condition_pandas(struct condition *p, struct sv *ret)
{
	condition_advance(p);
	struct sv s = parse_or(p);
	if (p->kind != BAD && p->kind != END)
		condition_refuse(p, "unexpected", p->text);
	if (p->kind == BAD)
		return false;
	*ret = s;
	return true;
}
