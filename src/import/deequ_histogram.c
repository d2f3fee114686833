/*
 * hasHistogramValues("status", _("open").ratio > 0.5): how common one value is.
 *
 * A histogram is of texts, and null is NullValue in it: https://github.com/awslabs/deequ/blob/master/src/main/scala/com/amazon/deequ/analyzers/Histogram.scala
 */
#include <string.h>

#include "base/num.h"
#include "import/deequ.h"

/* The function, as far as it is understood. */
struct bin {
	struct sv value;
	bool ratio;
	struct soda_cond good;
};

static bool
take(const struct words *w, size_t *i, const char *word)
{
	if (*i >= w->n || !word_is(&w->v[*i], word))
		return false;
	++*i;
	return true;
}

/* `_`, `x => x`, `(x) => x`, `lambda x: x` */
static bool
take_histogram(const struct words *w, size_t *i)
{
	const bool paren = take(w, i, "(");
	struct sv x;

	if (take(w, i, "_"))
		return !paren;
	(void)(!paren && take(w, i, "lambda"));
	if (*i >= w->n || w->v[*i].kind != WORD_NAME)
		return false;
	x = w->v[(*i)++].text;
	if ((paren && !take(w, i, ")")) || (!take(w, i, "=>") && !take(w, i, ":")))
		return false;
	return *i < w->n && w->v[*i].kind == WORD_NAME && sv_eq(w->v[(*i)++].text, x);
}

/* ("open").ratio, .values("open").absolute */
static bool
take_value(const struct words *w, size_t *i, struct bin *ret)
{
	if (take(w, i, ".") && !take(w, i, "values"))
		return false;
	if (!take(w, i, "(") || *i >= w->n || w->v[*i].kind != WORD_TEXT || w->v[*i].broken)
		return false;
	ret->value = w->v[(*i)++].text;
	if (!take(w, i, ")") || !take(w, i, "."))
		return false;
	ret->ratio = take(w, i, "ratio");
	return ret->ratio || take(w, i, "absolute");
}

static bool
take_comparison(const struct words *w, size_t *i, struct bin *ret)
{
	static const char *const ops[][2] = {{"<=", "<="}, {">=", ">="}, {"==", "="},
	                                     {"!=", "!="}, {"<", "<"},   {">", ">"}};

	for (size_t k = 0; k < LEN(ops); k++)
		if (take(w, i, ops[k][0])) {
			ret->good = (struct soda_cond){.set = true};
			memcpy(ret->good.op, ops[k][1], strlen(ops[k][1]) + 1);
			if (*i >= w->n || w->v[*i].kind != WORD_NUMBER)
				return false;
			ret->good.low = w->v[(*i)++].text;
			return *i == w->n;
		}
	return false;
}

/* Is none of them enough? */
static bool
may_be_absent(const struct soda_cond *good)
{
	double v = 0;

	(void)!num_f64(good->low, &v);
	if (good->op[0] == '=')
		return v == 0;
	return good->op[0] == '<' || (good->op[0] == '!' ? v != 0 : good->op[1] != '\0' && v <= 0);
}

static struct sv
condition(struct import_item *it, struct sv column, struct sv value)
{
	struct arena *a = it->im->a;
	const struct sv col = import_ident(a, column);
	const struct node text = node_of_text(value, it->loc);
	const struct node values = deequ_set(it, &text, 1);
	struct sv list = import_literal(a, &values.kid[0]);

	if (sv_is(value, "NullValue"))
		return arena_svf(a, SV_FMT " IS NULL", SV_ARG(col));
	for (size_t i = 1; i < values.n; i++)
		list = arena_svf(a, SV_FMT ", " SV_FMT, SV_ARG(list),
		                 SV_ARG(import_literal(a, &values.kid[i])));
	return arena_svf(a, SV_FMT " IN (" SV_FMT ")", SV_ARG(col), SV_ARG(list));
}

void
deequ_histogram(struct import_item *it, struct sv column, struct sv function)
{
	const struct word_source s = {.text = function, .start = it->loc};
	struct bin bin = {.ratio = false};
	struct words w;
	size_t i = 0;
	struct sv expr;

	if (!words_cut(it->im->a, &s, &deequ_words, &w) || !take_histogram(&w, &i) ||
	    !take_value(&w, &i, &bin) || !take_comparison(&w, &i, &bin)) {
		import_grade(it, GRADE_REFUSED, "write expr with fail:, or kl_divergence",
		             "of a histogram weir reads how common one value is: _(\"open\").ratio > 0.5");
		return;
	}
	expr = condition(it, column, bin.value);
	if (may_be_absent(&bin.good))
		import_grade(it, GRADE_APPROXIMATED, NULL,
		             "where the value does not occur at all Deequ fails, and weir counts none");
	if (bin.ratio) {
		deequ_rows(it, expr, false, &bin.good);
		return;
	}
	it->where = import_and(it->im->a, it->where, expr);
	deequ_number(it, "row_count", node_of_map(it->loc), &bin.good);
}
