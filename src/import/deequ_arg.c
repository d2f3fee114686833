/* Arguments as Scala and Python write constants: texts, numbers, lists, Some(…), and functions that compare one number. */
#include "import/deequ.h"

enum { DEPTH_MAX = 40 };

struct reading {
	struct arena *a;
	const struct words *w;
	size_t i;
	int depth;
	const char *why;
};

static const struct word *
at(const struct reading *r, size_t ahead)
{
	return &r->w->v[MIN(r->i + ahead, r->w->n)];
}

static bool
take(struct reading *r, const char *sign)
{
	if (!word_is(at(r, 0), sign))
		return false;
	r->i++;
	return true;
}

static bool
is_opening(const struct word *w)
{
	return word_is(w, "(") || word_is(w, "[") || word_is(w, "{");
}

static bool
is_closing(const struct word *w)
{
	return word_is(w, ")") || word_is(w, "]") || word_is(w, "}");
}

/* To the comma or the closing bracket that ends the argument. */
static void
skip_argument(struct reading *r)
{
	int open = 0;

	for (; at(r, 0)->kind != WORD_END; r->i++) {
		if (open == 0 && (word_is(at(r, 0), ",") || is_closing(at(r, 0))))
			return;
		open += is_opening(at(r, 0)) ? 1 : is_closing(at(r, 0)) ? -1 : 0;
	}
}

static bool
wrong(struct reading *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

/* Functions of a number ------------------------------------------------------------------------------------------------- */

struct comparison {
	const char *op; /* number OP bound */
	struct sv bound;
};

struct comparisons {
	struct comparison v[2];
	size_t n;
	bool either; /* one of them is enough */
};

static const char *
operator_of(const struct word *w, bool turned)
{
	static const struct {
		const char *text, *op, *turned;
	} ops[] = {{"<=", "<=", ">="}, {">=", ">=", "<="}, {"==", "=", "="},
	           {"!=", "!=", "!="}, {"<", "<", ">"},    {">", ">", "<"}};

	for (size_t i = 0; w->kind == WORD_SIGN && i < LEN(ops); i++)
		if (sv_is(w->text, ops[i].text))
			return turned ? ops[i].turned : ops[i].op;
	return NULL;
}

static bool
take_number(struct reading *r, struct sv *ret)
{
	const bool minus = word_is(at(r, 0), "-");
	const struct word *w = at(r, minus ? 1 : 0);

	if (w->kind != WORD_NUMBER)
		return false;
	*ret = minus ? arena_svf(r->a, "-" SV_FMT, SV_ARG(w->text)) : w->text;
	r->i += minus ? 2 : 1;
	return true;
}

static bool
add_comparison(struct reading *r, struct comparisons *c, const char *op, struct sv bound)
{
	if (c->n == LEN(c->v))
		return wrong(r, "it compares more than twice");
	c->v[c->n++] = (struct comparison){op, bound};
	return true;
}

/* x > 5, 5 < x, and Python's 0 <= x < 5 */
static bool
read_comparison(struct reading *r, struct sv x, struct comparisons *c)
{
	struct sv bound;
	const char *op;

	if (take_number(r, &bound)) {
		if ((op = operator_of(at(r, 0), true)) == NULL)
			return wrong(r, "it is no comparison");
		r->i++;
		if (!add_comparison(r, c, op, bound))
			return false;
		if (at(r, 0)->kind != WORD_NAME || !sv_eq(at(r, 0)->text, x))
			return wrong(r, "it compares with no number");
		r->i++;
		if (operator_of(at(r, 0), false) == NULL)
			return true;
	} else {
		if (at(r, 0)->kind != WORD_NAME || !sv_eq(at(r, 0)->text, x))
			return wrong(r, "it does not compare its number");
		r->i++;
	}
	if ((op = operator_of(at(r, 0), false)) == NULL)
		return wrong(r, "it is no comparison");
	r->i++;
	if (!take_number(r, &bound))
		return wrong(r, "it compares with no constant number");
	return add_comparison(r, c, op, bound);
}

static bool
read_condition(struct reading *r, struct sv x, struct comparisons *c)
{
	int joined = 0;

	if (++r->depth > DEPTH_MAX)
		return wrong(r, "it is nested too deep");
	do {
		if (take(r, "(")) {
			if (!read_condition(r, x, c))
				return false;
			if (!take(r, ")"))
				return wrong(r, "a ) is missing");
		} else if (!read_comparison(r, x, c)) {
			return false;
		}
		joined = take(r, "&&") || take(r, "and") ? 1 : take(r, "||") || take(r, "or") ? 2 : 0;
		if (joined == 2 && c->n > 1)
			return wrong(r, "it compares more than twice");
		c->either = c->either || joined == 2;
	} while (joined != 0);
	r->depth--;
	return true;
}

static bool
is_lower(const struct comparison *c)
{
	return c->op[0] == '>';
}

static bool
is_open(const struct comparison *c)
{
	return c->op[1] == '\0';
}

/* Two comparisons are a range, or what lies outside of one. */
static bool
to_assertion(struct reading *r, const struct comparisons *c, struct soda_cond *ret)
{
	const struct comparison *low, *high;

	*ret = (struct soda_cond){.set = true, .low = c->v[0].bound};
	if (c->n == 1) {
		memcpy(ret->op, c->v[0].op, strlen(c->v[0].op) + 1);
		return true;
	}
	if (c->n != 2 || strchr("<>", c->v[0].op[0]) == NULL || strchr("<>", c->v[1].op[0]) == NULL ||
	    is_lower(&c->v[0]) == is_lower(&c->v[1]))
		return wrong(r, "its comparisons make no range");
	/* x < 1 || x > 9 leaves out what lies between, with the ends that are not named. */
	low = is_lower(&c->v[0]) != c->either ? &c->v[0] : &c->v[1];
	high = low == &c->v[0] ? &c->v[1] : &c->v[0];
	ret->between = true;
	ret->negate = c->either;
	ret->low = low->bound;
	ret->high = high->bound;
	ret->open_low = is_open(low) != c->either;
	ret->open_high = is_open(high) != c->either;
	return true;
}

static bool
read_body(struct reading *r, struct sv x, struct deequ_arg *ret)
{
	struct comparisons c = {.n = 0};

	ret->kind = DEEQU_ASSERTION;
	return read_condition(r, x, &c) && to_assertion(r, &c, &ret->good);
}

/* x => …, (x) => …, (x: Double) => …, lambda x: …, and what compares _; 0 if it is none of these. */
static bool
try_function(struct reading *r, struct deequ_arg *ret, bool *ok)
{
	const bool paren = word_is(at(r, 0), "(");
	const size_t name = paren ? 1 : 0;
	size_t n = name + 1;
	struct sv x = at(r, name)->text;

	if (word_is(at(r, 0), "lambda") && at(r, 1)->kind == WORD_NAME && word_is(at(r, 2), ":")) {
		x = at(r, 1)->text;
		r->i += 3;
		*ok = read_body(r, x, ret);
		return true;
	}
	if (at(r, name)->kind == WORD_NAME && !sv_is(x, "_")) {
		n += paren && word_is(at(r, n), ":") && at(r, n + 1)->kind == WORD_NAME ? 2 : 0;
		n += paren && word_is(at(r, n), ")") ? 1 : 0;
		if (!word_is(at(r, n), "=>"))
			return false;
		r->i += n + 1;
		*ok = read_body(r, x, ret);
		return true;
	}
	if (!word_is(at(r, 0), "_") &&
	    !(at(r, 0)->kind == WORD_NUMBER && operator_of(at(r, 1), true) != NULL))
		return false;
	*ok = read_body(r, SV("_"), ret);
	return true;
}

/* Constants ----------------------------------------------------------------------------------------------------------------- */

static bool read_value(struct reading *r, struct deequ_arg *ret);

static bool
read_text(struct reading *r, struct deequ_arg *ret)
{
	bool more = true;

	ret->kind = DEEQU_TEXT;
	while (more) {
		const struct word *w = at(r, 0);

		if (w->broken)
			return wrong(r, "its text is no constant, or never ends");
		ret->text = ret->text.n > 0
		                    ? arena_svf(r->a, SV_FMT SV_FMT, SV_ARG(ret->text), SV_ARG(w->text))
		                    : w->text;
		r->i++;
		/* "a" + "b", and in Python "a" "b" */
		if (word_is(at(r, 0), "+") && at(r, 1)->kind == WORD_TEXT)
			r->i++;
		more = at(r, 0)->kind == WORD_TEXT;
	}
	if (word_is(at(r, 0), ".") && word_is(at(r, 1), "r"))
		r->i += 2;
	return true;
}

static bool
read_list(struct reading *r, const char *end, struct deequ_arg *ret)
{
	LIST(struct deequ_arg) item = {0};

	ret->kind = DEEQU_LIST;
	while (!take(r, end)) {
		struct deequ_arg *one = LIST_ADD(r->a, &item);

		*one = (struct deequ_arg){.kind = DEEQU_OTHER};
		if (!read_value(r, one))
			return false;
		/* Of a name it is not known what it stands for. */
		if (one->kind != DEEQU_TEXT && one->kind != DEEQU_NUMBER && one->kind != DEEQU_BOOL)
			return wrong(r, "its list holds what is no constant");
		if (!take(r, ",") && !word_is(at(r, 0), end))
			return wrong(r, "its list never ends");
	}
	ret->item = item.v;
	ret->n = item.n;
	return true;
}

/* ConstrainableDataTypes.Integral, Check.IsOne */
static bool
read_name(struct reading *r, struct deequ_arg *ret)
{
	while (word_is(at(r, 1), ".") && at(r, 2)->kind == WORD_NAME)
		r->i += 2;
	ret->kind = DEEQU_NAME;
	ret->text = at(r, 0)->text;
	r->i++;
	return true;
}

static bool
read_word(struct reading *r, struct deequ_arg *ret)
{
	static const char *const lists[] = {"Seq", "List", "Array", "Vector", "Set"};
	static const char *const some[] = {"Some", "Option"};
	const struct sv name = at(r, 0)->text;
	const bool called = word_is(at(r, 1), "(");

	for (size_t i = 0; called && i < LEN(lists); i++)
		if (sv_is(name, lists[i])) {
			r->i += 2;
			return read_list(r, ")", ret);
		}
	for (size_t i = 0; called && i < LEN(some); i++)
		if (sv_is(name, some[i])) {
			r->i += 2;
			return read_value(r, ret) && (take(r, ")") || wrong(r, "a ) is missing"));
		}
	if (sv_is(name, "None") || sv_is(name, "null")) {
		ret->kind = DEEQU_NONE;
		r->i++;
		return true;
	}
	if (sv_ieq(name, SV("true")) || sv_ieq(name, SV("false"))) {
		ret->kind = DEEQU_BOOL;
		ret->text = sv_ieq(name, SV("true")) ? SV("true") : SV("false");
		r->i++;
		return true;
	}
	return read_name(r, ret);
}

static bool
read_value(struct reading *r, struct deequ_arg *ret)
{
	bool ok;

	if (++r->depth > DEPTH_MAX)
		return wrong(r, "it is nested too deep");
	if (at(r, 0)->kind == WORD_TEXT)
		ok = read_text(r, ret);
	else if (try_function(r, ret, &ok))
		;
	else if (take_number(r, &ret->text))
		ret->kind = DEEQU_NUMBER, ok = true;
	else if (take(r, "["))
		ok = read_list(r, "]", ret);
	else if (take(r, "{"))
		ok = read_value(r, ret) && (take(r, "}") || wrong(r, "a } is missing"));
	else if (word_is(at(r, 0), "(") && at(r, 1)->kind == WORD_TEXT)
		r->i++, ok = read_list(r, ")", ret);
	else if (at(r, 0)->kind == WORD_NAME)
		ok = read_word(r, ret);
	else
		ok = wrong(r, "it is no constant");
	r->depth--;
	return ok;
}

struct deequ_arg
deequ_arg_read(struct arena *a, const struct words *w, size_t *i)
{
	struct reading r = {.a = a, .w = w, .i = *i};
	struct deequ_arg ret = {.kind = DEEQU_OTHER};
	size_t start = *i;

	if (at(&r, 0)->kind == WORD_NAME && word_is(at(&r, 1), "=")) {
		ret.name = at(&r, 0)->text;
		r.i += 2;
		start += 2;
	}
	if (!read_value(&r, &ret) || !(word_is(at(&r, 0), ",") || is_closing(at(&r, 0)))) {
		const char *why = r.why != NULL ? r.why : "it is no constant";

		r.i = start;
		skip_argument(&r);
		ret = (struct deequ_arg){.kind = DEEQU_OTHER, .name = ret.name, .why = why};
		ret.text = r.i > start ? words_source(w, start, r.i - 1) : SV("");
	}
	*i = r.i;
	return ret;
}

struct deequ_arg *
deequ_args_read(struct arena *a, const struct words *w, size_t *i, size_t *n)
{
	LIST(struct deequ_arg) arg = {0};

	while (*i < w->n && !is_closing(&w->v[*i])) {
		struct deequ_arg one = deequ_arg_read(a, w, i);

		*LIST_ADD(a, &arg) = one;
		if (word_is(&w->v[*i], ","))
			(*i)++;
	}
	if (*i < w->n)
		(*i)++;
	*n = arg.n;
	return arg.v;
}
