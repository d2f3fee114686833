/*
 * addAnomalyCheck(RelativeRateOfChangeStrategy(maxRateIncrease = Some(2.0)), Size()): an analyzer's number against its own past.
 *
 * Strategies that compare with the value before become `change`, those with a model of the past `anomaly`, and a simple threshold is a check of the
 * number itself.  https://github.com/awslabs/deequ/tree/master/src/main/scala/com/amazon/deequ/anomalydetection
 */
#include "import/deequ.h"

struct anomaly {
	struct import_item *it;
	struct arena *a;
	const char *expectation; /* of the analyzer */
	struct sv column;        /* or empty */
	struct deequ_arg *arg;   /* of the strategy */
	size_t n;
};

static const struct {
	const char *analyzer, *expectation;
	bool column;
} analyzers[] = {
	{"Size", "row_count", false},
	{"Completeness", "non_null_proportion", true},
	{"Mean", "mean", true},
	{"Sum", "sum", true},
	{"Minimum", "min", true},
	{"Maximum", "max", true},
	{"Distinctness", "unique_proportion", true},
	{"Entropy", "entropy", true},
	{"ApproxCountDistinct", "unique_count", true},
};

/* A call of constants at the i-th word: its name and arguments. */
static bool
read_call(struct arena *a, const struct words *w, size_t *i, struct sv *name, struct deequ_arg **arg,
          size_t *n)
{
	if (word_is(&w->v[*i], "new"))
		(*i)++;
	if (*i + 1 >= w->n || w->v[*i].kind != WORD_NAME || !word_is(&w->v[*i + 1], "("))
		return false;
	*name = w->v[*i].text;
	*i += 2;
	*arg = deequ_args_read(a, w, i, n);
	return true;
}

/* The i-th argument, or the one of a name; NULL where there is no number. */
static const struct deequ_arg *
number_of(const struct anomaly *y, size_t i, const char *name)
{
	for (size_t k = 0; k < y->n; k++)
		if (y->arg[k].kind == DEEQU_NUMBER &&
		    (y->arg[k].name.n > 0 ? sv_is(y->arg[k].name, name) : k == i))
			return &y->arg[k];
	return NULL;
}

static struct node
metric_of(struct anomaly *y)
{
	const struct node bare = node_of_text(sv_of(y->expectation), y->it->loc);
	struct node ret = node_of_map(y->it->loc), column;

	if (y->column.n == 0)
		return bare;
	column = node_of_text(y->column, y->it->loc);
	node_put(y->a, &ret, sv_of(y->expectation), &column);
	return ret;
}

static void
add_change(struct anomaly *y, bool rate)
{
	const struct deequ_arg *down = number_of(y, 0, "maxRateDecrease"),
			       *up = number_of(y, 1, "maxRateIncrease");
	const struct deequ_arg *order = number_of(y, 2, "order");
	struct node args = node_of_map(y->it->loc), of = metric_of(y), bound;

	if ((down == NULL && up == NULL) || (order != NULL && !sv_is(order->text, "1"))) {
		import_grade(y->it, GRADE_REFUSED, "write change: with its bounds", "%s",
		             order != NULL ? "it is about changes of changes" : "it has no constant bounds");
		return;
	}
	node_put(y->a, &args, SV("of"), &of);
	node_put_text(y->a, &args, "against", SV("previous"), y->it->loc);
	if (down != NULL) {
		bound = soda_number(y->a, down->text, y->it->loc);
		node_put(y->a, &args, rate ? SV("min_ratio") : SV("min"), &bound);
	}
	if (up != NULL) {
		bound = soda_number(y->a, up->text, y->it->loc);
		node_put(y->a, &args, rate ? SV("max_ratio") : SV("max"), &bound);
	}
	import_check(y->it, "change", &args);
}

static void
add_usual(struct anomaly *y)
{
	struct node args = node_of_map(y->it->loc), of = metric_of(y);

	node_put(y->a, &args, SV("of"), &of);
	import_check(y->it, "anomaly", &args);
	import_grade(y->it, GRADE_APPROXIMATED, NULL,
	             "weir judges by the median of the past, not by Deequ's model");
}

static void
add_threshold(struct anomaly *y)
{
	const struct deequ_arg *low = number_of(y, 0, "lowerBound"), *high = number_of(y, 1, "upperBound");
	struct node args = y->column.n > 0 ? deequ_column(y->it, y->column) : node_of_map(y->it->loc);
	struct soda_cond good = {.set = true, .between = low != NULL && high != NULL, .op = ">="};

	if (low == NULL && high == NULL) {
		import_grade(y->it, GRADE_REFUSED, "write the number with its bounds",
		             "it has no constant bounds");
		return;
	}
	if (low == NULL)
		good.op[0] = '<';
	good.low = low != NULL ? low->text : high->text;
	good.high = high != NULL ? high->text : (struct sv){0};
	deequ_number(y->it, y->expectation, args, &good);
}

static bool
know_analyzer(struct anomaly *y, struct sv name, const struct deequ_arg *arg, size_t n)
{
	for (size_t i = 0; i < LEN(analyzers); i++) {
		if (!sv_is(name, analyzers[i].analyzer))
			continue;
		if (n != (analyzers[i].column ? 1 : 0) ||
		    (n == 1 && arg[0].kind != DEEQU_TEXT && (arg[0].kind != DEEQU_LIST || arg[0].n != 1)))
			return false;
		y->expectation = analyzers[i].expectation;
		if (n == 1)
			y->column = arg[0].kind == DEEQU_LIST ? arg[0].item[0].text : arg[0].text;
		return true;
	}
	return false;
}

void
deequ_anomaly(struct import_item *it, const struct words *w, size_t i)
{
	static const char *const models[] = {"OnlineNormalStrategy", "BatchNormalStrategy", "HoltWinters"};
	struct anomaly y = {.it = it, .a = it->im->a};
	struct sv strategy, analyzer;
	struct deequ_arg *arg;
	size_t n;
	bool usual = false;

	if (!read_call(y.a, w, &i, &strategy, &y.arg, &y.n) || !word_is(&w->v[i], ",") ||
	    (i++, !read_call(y.a, w, &i, &analyzer, &arg, &n)) || !know_analyzer(&y, analyzer, arg, n)) {
		import_grade(it, GRADE_REFUSED,
		             "write change: {of: row_count, against: previous, …}, or anomaly:",
		             "its number, or how it is judged, is not understood");
		return;
	}
	for (size_t k = 0; k < LEN(models); k++)
		usual = usual || sv_is(strategy, models[k]);
	if (usual)
		add_usual(&y);
	else if (sv_is(strategy, "RelativeRateOfChangeStrategy"))
		add_change(&y, true);
	else if (sv_is(strategy, "AbsoluteChangeStrategy") || sv_is(strategy, "RateOfChangeStrategy"))
		add_change(&y, false);
	else if (sv_is(strategy, "SimpleThresholdStrategy"))
		add_threshold(&y);
	else
		import_grade(it, GRADE_REFUSED,
		             "write change:, or anomaly:", "there is no strategy '" SV_FMT "'",
		             SV_ARG(strategy));
	if (it->grade < GRADE_REFUSED && !sv_is(strategy, "SimpleThresholdStrategy"))
		import_grade(it, GRADE_APPROXIMATED, NULL,
		             "the past is what weir has stored; until then there is nothing to compare with");
}
