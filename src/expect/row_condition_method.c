/*
 * Methods of columns in DataFrame.query: name.isin([…]), name.str.startswith("C"), name.str.strip().str.len() ….
 *
 * A method of the text of a null is null there, and a query that keeps it raises.  Here it is not true, and its negation is, as
 * everywhere in these conditions; that is what na=False says.
 */
#include <string.h>

#include "expect/row_condition_parse.h"

/* What the value so far is put into: its places are the value, and the argument. */
struct method {
	const char *name, *made;
	enum { NO_ARG, VALUE, PATTERN, PREFIX, SUFFIX, LIST } arg;
	bool text; /* one of .str */
};

static const struct method methods[] = {
	{"isnull", "(%s IS NULL)", NO_ARG, false},
	{"isna", "(%s IS NULL)", NO_ARG, false},
	{"notnull", "(%s IS NOT NULL)", NO_ARG, false},
	{"notna", "(%s IS NOT NULL)", NO_ARG, false},
	{"abs", "ABS(%s)", NO_ARG, false},
	{"isin", "", LIST, false},
	{"eq", "", LIST, false},
	{"gt", "(%s > %s)", VALUE, false},
	{"ge", "(%s >= %s)", VALUE, false},
	{"lt", "(%s < %s)", VALUE, false},
	{"le", "(%s <= %s)", VALUE, false},
	{"lower", "LOWER(%s)", NO_ARG, true},
	{"upper", "UPPER(%s)", NO_ARG, true},
	{"strip", "TRIM(%s)", NO_ARG, true},
	{"len", "LENGTH(%s)", NO_ARG, true},
	{"contains", "(%s ~ %s)", PATTERN, true},
	{"match", "(%s ~ %s)", PATTERN, true},
	{"fullmatch", "(%s ~ %s)", PATTERN, true},
	{"startswith", "(%s LIKE %s)", PREFIX, true},
	{"endswith", "(%s LIKE %s)", SUFFIX, true},
};

static struct sv
filled(struct condition *p, const char *made, struct sv value, struct sv arg)
{
	const char *second = strstr(strstr(made, "%s") + 2, "%s");
	const char *first = strstr(made, "%s"), *rest = second != NULL ? second : made + strlen(made);

	return arena_svf(p->a, "%.*s" SV_FMT "%.*s" SV_FMT "%s", (int)(first - made), made, SV_ARG(value),
	                 (int)(rest - first - 2), first + 2, SV_ARG(arg), second != NULL ? second + 2 : "");
}

/* A pattern of LIKE that stands for a text as it is. */
static struct sv
like_text(struct condition *p, struct sv s, bool prefix)
{
	char *out = arena_alloc(p->a, 2 * s.n + 2);
	size_t n = 0;

	if (!prefix)
		out[n++] = '%';
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' || s.p[i] == '_' || s.p[i] == '\\')
			out[n++] = '\\';
		out[n++] = s.p[i];
	}
	if (prefix)
		out[n++] = '%';
	return (struct sv){out, n};
}

static struct sv
pattern_text(struct condition *p, const struct method *m, struct sv s)
{
	switch (m->arg) {
	case PREFIX:
	case SUFFIX:
		return like_text(p, s, m->arg == PREFIX);
	default:
		return m->name[0] == 'c'   ? s
		       : m->name[0] == 'm' ? arena_svf(p->a, "\\A(?:" SV_FMT ")", SV_ARG(s))
		                           : arena_svf(p->a, "\\A(?:" SV_FMT ")\\z", SV_ARG(s));
	}
}

/* , na=False: null is none.  Anything else would change what is found. */
static bool
more_args(struct condition *p)
{
	while (condition_take(p, ",")) {
		bool na = condition_take(p, "na"), regex = !na && condition_take(p, "regex");

		if ((!na && !regex) || !condition_take(p, "=") || !condition_take(p, na ? "False" : "True"))
			return false;
	}
	return condition_take(p, ")");
}

static struct sv
text_call(struct condition *p, const struct method *m, struct sv value)
{
	struct sv pattern = p->text;

	if (p->kind != TEXT) {
		condition_refuse(p, "a text is missing in the method", sv_of(m->name));
		return value;
	}
	condition_advance(p);
	if (!more_args(p))
		condition_refuse(p, "what else is said to the method", sv_of(m->name));
	return filled(p, m->made, value, condition_quoted(p, pattern_text(p, m, pattern), '\''));
}

/* between(a, b): both ends belong to it. */
static struct sv
between_call(struct condition *p, struct sv value)
{
	struct sv low = condition_primary(p), high = low;
	bool plain = p->plain && !p->list;

	if (condition_take(p, ","))
		high = condition_primary(p);
	else
		plain = false;
	if (!plain || !p->plain || p->list || !condition_take(p, ")"))
		condition_refuse(p, "what is said to the method", SV("between"));
	return arena_svf(p->a, "((" SV_FMT " >= " SV_FMT ") AND (" SV_FMT " <= " SV_FMT "))", SV_ARG(value),
	                 SV_ARG(low), SV_ARG(value), SV_ARG(high));
}

static struct sv
call(struct condition *p, const struct method *m, struct sv value)
{
	struct sv arg = {0};

	if (m->arg == PATTERN || m->arg == PREFIX || m->arg == SUFFIX)
		return text_call(p, m, value);
	if (m->arg != NO_ARG) {
		arg = condition_primary(p);
		if (!p->plain || p->list != (m->name[0] == 'i'))
			condition_refuse(p, "what is said to the method", sv_of(m->name));
	}
	if (!condition_take(p, ")"))
		condition_refuse(p, "what is said to the method", sv_of(m->name));
	return m->arg == LIST ? condition_member(p, value, arg) : filled(p, m->made, value, arg);
}

struct sv
condition_methods(struct condition *p, struct sv value)
{
	while (p->kind != BAD && condition_take(p, ".")) {
		const bool text = condition_take(p, "str");
		const struct method *m = methods;

		if (text && !condition_take(p, ".")) {
			condition_refuse(p, "the attribute", SV("str"));
			break;
		}
		const struct sv called = p->text;

		condition_advance(p);
		while (m < methods + LEN(methods) && (m->text != text || !sv_is(called, m->name)))
			m++;
		const bool between = !text && sv_is(called, "between");
		if ((m == methods + LEN(methods) && !between) || !condition_take(p, "(")) {
			condition_refuse(p, "the method", called);
			break;
		}
		value = condition_settled(p, value);
		value = between ? between_call(p, value) : call(p, m, value);
		p->plain = p->list = false;
		p->truth = between || m->arg == LIST || m->made[0] == '(';
	}
	return value;
}
