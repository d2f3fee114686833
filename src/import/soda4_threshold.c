/* Thresholds of Soda 4: {must_be_less_than: 5, metric: percent, level: warn, additional: {…}}. */
#include "base/num.h"
#include "import/soda4.h"

static const struct {
	const char *key, *op;
} operators[] = {
	{"must_be", "="},
	{"must_not_be", "!="},
	{"must_be_greater_than", ">"},
	{"must_be_greater_than_or_equal", ">="},
	{"must_be_less_than", "<"},
	{"must_be_less_than_or_equal", "<="},
};

static bool
set_bound(struct importing *im, const struct node *n, const char *strict, const char *loose, struct sv *ret,
          bool *open)
{
	*open = import_text_of(im, n, strict, ret);
	/* One of them, not both. */
	return import_text_of(im, n, loose, ret) != *open;
}

/* less_than is the lower end of what is not good, and greater_than the upper: an end that is good is not between them. */
static struct soda_cond
outside(struct soda4 *s, const struct soda_cond *c)
{
	struct soda_cond ret = *c;
	double below, above;

	ret.low = c->high;
	ret.high = c->low;
	ret.open_low = !c->open_high;
	ret.open_high = !c->open_low;
	if (num_f64(ret.low, &below) && num_f64(ret.high, &above) && below >= above)
		import_grade(s->it, GRADE_REFUSED,
		             "write must_be_not_between: {less_than: 1, greater_than: 9}",
		             "less_than " SV_FMT " is not below greater_than " SV_FMT, SV_ARG(ret.low),
		             SV_ARG(ret.high));
	return ret;
}

static void
read_between(struct soda4 *s, const struct node *n, bool negate, struct soda_cond *ret)
{
	struct importing *im = s->c->im;
	struct soda_cond c = {.set = true, .between = true, .negate = negate};
	bool low = set_bound(im, n, "greater_than", "greater_than_or_equal", &c.low, &c.open_low);
	bool high = set_bound(im, n, "less_than", "less_than_or_equal", &c.high, &c.open_high);

	if (!low || !high)
		import_grade(s->it, GRADE_REFUSED, "give it greater_than and less_than",
		             "it has not one bound on either side");
	else if (negate)
		*ret = outside(s, &c);
	else
		*ret = c;
}

/* All the operators of a map: they say together what is good.  Two of them make a range. */
static void
read_operators(struct soda4 *s, const struct node *n, struct soda_cond *ret)
{
	struct importing *im = s->c->im;
	const struct node *between = import_get(im, n, "must_be_between");
	const struct node *outside = import_get(im, n, "must_be_not_between");
	size_t found = 0;

	if (between != NULL)
		read_between(s, between, false, ret);
	if (outside != NULL)
		read_between(s, outside, true, ret);
	found = (size_t)(between != NULL) + (size_t)(outside != NULL);
	for (size_t i = 0; i < LEN(operators); i++) {
		struct sv v;

		if (!import_text_of(im, n, operators[i].key, &v))
			continue;
		found++;
		*ret = (struct soda_cond){.set = true, .low = v};
		memcpy(ret->op, operators[i].op, strlen(operators[i].op) + 1);
	}
	if (found > 1)
		import_grade(s->it, GRADE_REFUSED, "write must_be_between",
		             "it has several thresholds at once");
}

/* A bound on an age in whole units as a length of time; without a unit, hours. */
static void
as_time(struct soda4 *s, struct sv unit, struct soda_cond *c)
{
	if (unit.n > 0 && !sv_is(unit, "minute") && !sv_is(unit, "hour") && !sv_is(unit, "day"))
		import_grade(s->it, GRADE_REFUSED, "unit is minute, hour or day", "'" SV_FMT "' is no unit",
		             SV_ARG(unit));
	if (unit.n == 0)
		import_grade(s->it, GRADE_AMBIGUOUS, "add unit: hour",
		             "it names no unit, and hours are taken");
	if (!c->set || c->between)
		return;
	c->time = true;
	c->low = arena_svf(s->c->im->a, SV_FMT "%c", SV_ARG(c->low), unit.n > 0 ? unit.p[0] : 'h');
}

static void
read_level(struct soda4 *s, const struct node *n, bool first)
{
	struct importing *im = s->c->im;
	struct soda_cond good = {0}, *ret;
	struct sv metric, level = SV("fail"), unit = s->unit;

	s->open = first || s->open;
	if (n == NULL)
		return;
	if (n->kind != NODE_MAP)
		import_grade(s->it, GRADE_REFUSED, "write it as {must_be: 0}", "'" SV_FMT "' is no threshold",
		             SV_ARG(import_short(im->a, n)));
	if (import_text_of(im, n, "metric", &metric)) {
		s->percent = sv_is(metric, "percent");
		if (!s->percent && !sv_is(metric, "count"))
			import_grade(s->it, GRADE_REFUSED, "metric is count or percent",
			             "'" SV_FMT "' is no metric", SV_ARG(metric));
	}
	(void)import_text_of(im, n, "unit", &unit);
	(void)import_text_of(im, n, "level", &level);
	read_operators(s, n, &good);
	good.percent = good.set && s->percent;
	if (sv_is(s->type, "freshness"))
		as_time(s, unit, &good);
	if (!sv_is(level, "warn") && !sv_is(level, "fail"))
		import_grade(s->it, GRADE_REFUSED, "level is warn or fail", "'" SV_FMT "' is no level",
		             SV_ARG(level));
	if (first) {
		s->unit = unit;
		s->open = !good.set;
		s->warns = sv_is(level, "warn");
	}
	ret = sv_is(level, "warn") ? &s->levels.warn : &s->levels.pass;
	if (!first && (ret->set || s->warns == sv_is(level, "warn")))
		import_grade(s->it, GRADE_REFUSED, "give one of them level: warn",
		             "two thresholds have the same level");
	*ret = good;
	if (ret == &s->levels.warn)
		soda_cond_turn(ret);
}

void
soda4_threshold(struct soda4 *s)
{
	struct importing *im = s->c->im;
	const struct node *n = import_get(im, s->body, "threshold");

	read_level(s, n, true);
	read_level(s, import_get(im, n, "additional"), false);
}

/* Of the first threshold, where it says no number; then both of them together. */
static void
settle(struct soda4 *s, const char *op)
{
	struct soda_cond good = {.set = true, .low = SV("0"), .percent = s->percent};

	memcpy(good.op, op, strlen(op) + 1);
	if (s->open && s->warns) {
		soda_cond_turn(&good);
		s->levels.warn = good;
	} else if (s->open) {
		s->levels.pass = good;
	}
	if (!soda_levels_settle(&s->levels))
		import_grade(s->it, GRADE_REFUSED, NULL, "two thresholds have the same level");
}

void
soda4_none_by_default(struct soda4 *s)
{
	settle(s, "=");
}

void
soda4_needs_threshold(struct soda4 *s)
{
	const bool open = s->open;

	s->open = false;
	settle(s, "=");
	if (open)
		import_grade(s->it, GRADE_REFUSED, "add threshold: {must_be: …}", "it has no threshold");
}

void
soda4_some_by_default(struct soda4 *s)
{
	settle(s, ">");
}
