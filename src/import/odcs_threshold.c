/* What a rule says that its number must be: one operator, or two that leave a range between them. */
#include "import/odcs_threshold.h"
#include "base/num.h"

/* A rule that is being read. */
struct rule {
	struct importing *im;
	struct import_item *it;
	const struct node *node;
	bool inclusive, percent;
	struct soda_cond good;
};

static const struct {
	const char *key, *op;
} operators[] = {
	{"mustBe", "="},
	{"mustNotBe", "!="},
	{"mustBeGreaterThan", ">"},
	{"mustBeGreaterOrEqualTo", ">="},
	{"mustBeGreaterThanOrEqualTo", ">="},
	{"mustBeLessThan", "<"},
	{"mustBeLessOrEqualTo", "<="},
	{"mustBeLessThanOrEqualTo", "<="},
};

/* A query may return true or false, which databases count as 1 and 0. */
static struct sv
number_of(struct rule *r, const struct node *n)
{
	double v;

	if (n->kind == NODE_BOOL)
		return n->b ? SV("1") : SV("0");
	if (n->kind == NODE_MAP || n->kind == NODE_SEQ || !num_f64(n->text, &v))
		import_grade(r->it, GRADE_REFUSED, "compare it with a number", "'" SV_FMT "' is no number",
		             SV_ARG(import_short(r->im->a, n)));
	return n->text;
}

/*
 * Whether the ends are between: the standard's text says no, tools take them as yes.  Unless the user says which, an end is never good, whichever
 * of the two operators it stands in.
 */
static void
read_ends(struct rule *r, struct soda_cond *c)
{
	bool open = !c->negate;
	struct sv said;

	if (r->inclusive)
		return;
	if (!import_var(r->im, SV("between"), &said))
		import_grade(
			r->it, GRADE_AMBIGUOUS, "say which: --var between=inclusive, or exclusive",
			"the standard leaves the two ends out, its tools take them in: here an end fails");
	else if (sv_is(said, "inclusive") || sv_is(said, "exclusive"))
		open = sv_is(said, "exclusive");
	else
		import_grade(r->it, GRADE_REFUSED, "say --var between=inclusive, or exclusive",
		             "'" SV_FMT "' says nothing of the ends", SV_ARG(said));
	c->open_low = c->open_high = open;
}

static bool
read_between(struct rule *r, const char *key, bool negate)
{
	const struct node *n = import_get(r->im, r->node, key);
	struct soda_cond c = {.set = true, .between = true, .negate = negate};
	double low, high;

	if (n == NULL)
		return false;
	import_whole(r->im, n);
	if (n->kind != NODE_SEQ || n->n != 2) {
		import_grade(r->it, GRADE_REFUSED, "write [1, 9]", "'%s' takes two numbers", key);
		return true;
	}
	c.low = number_of(r, &n->kid[0]);
	c.high = number_of(r, &n->kid[1]);
	if (num_f64(c.low, &low) && num_f64(c.high, &high) && low > high)
		import_grade(r->it, GRADE_REFUSED, "write the smaller first", SV_FMT " is above " SV_FMT,
		             SV_ARG(c.low), SV_ARG(c.high));
	read_ends(r, &c);
	r->good = c;
	return true;
}

/* Two that leave a range between them are one. */
static void
join(struct rule *r, const struct soda_cond *c)
{
	const struct soda_cond *x = &r->good, *low = x->op[0] == '>' ? x : c, *high = x->op[0] == '>' ? c : x;

	if (x->between || low->op[0] != '>' || high->op[0] != '<') {
		import_grade(r->it, GRADE_REFUSED, "write a rule for each",
		             "it says twice what its number must be");
		return;
	}
	r->good = (struct soda_cond){.set = true,
	                             .between = true,
	                             .low = low->low,
	                             .high = high->low,
	                             .open_low = low->op[1] == '\0',
	                             .open_high = high->op[1] == '\0'};
}

static void
read_good(struct rule *r)
{
	bool twice = read_between(r, "mustBeBetween", false);

	if (read_between(r, "mustNotBeBetween", true) && twice)
		import_grade(r->it, GRADE_REFUSED, "write a rule for each",
		             "it says twice what its number must be");
	for (size_t i = 0; i < LEN(operators); i++) {
		const struct node *n = import_get(r->im, r->node, operators[i].key);
		struct soda_cond c = {.set = true};

		if (n == NULL)
			continue;
		c.low = number_of(r, n);
		memcpy(c.op, operators[i].op, strlen(operators[i].op) + 1);
		if (r->good.set)
			join(r, &c);
		else
			r->good = c;
	}
}

static void
read_unit(struct rule *r)
{
	static const char *const percent[] = {"percent", "percentage", "%"};
	struct sv unit;

	if (!import_text_of(r->im, r->node, "unit", &unit))
		return;
	for (size_t i = 0; i < LEN(percent); i++)
		r->percent = r->percent || sv_ieq(unit, sv_of(percent[i]));
	if (!r->percent && !sv_ieq(unit, SV("rows")) && !sv_ieq(unit, SV("row")) &&
	    !sv_ieq(unit, SV("count")))
		import_grade(r->it, GRADE_REFUSED, "unit is rows or percent", "'" SV_FMT "' is no unit",
		             SV_ARG(unit));
}

void
odcs_threshold(struct import_item *it, const struct node *node, bool inclusive, struct soda_cond *ret)
{
	struct rule r = {.im = it->im, .it = it, .node = node, .inclusive = inclusive};

	read_unit(&r);
	read_good(&r);
	*ret = r.good;
	ret->percent = r.percent;
}
