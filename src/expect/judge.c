/*
 * From metric values to verdicts: a pure function, the same for all engines.
 *
 * Counting follows Great Expectations: success = (considered - unexpected) / considered >= mostly in doubles, and nothing to
 * consider is success.  An expectation that could not be evaluated is an error, never a failure and never a pass.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expect/args.h"
#include "expect/family.h"
#include "expect/past.h"

/* The message lives as long as the arena, not as long as whoever passed the error. */
static void
set_error(struct verdict *v, const struct err *err, struct arena *a)
{
	/* What was seen of the data stays true, and what is an error only because it was too early to judge teaches. */
	*v = (struct verdict){.outcome = OUTCOME_ERROR,
	                      .err = *err,
	                      .sketch = v->sketch,
	                      .undecided = v->undecided,
	                      .has_observed = v->undecided && v->has_observed,
	                      .observed = v->undecided ? v->observed : VALUE_NONE};
	v->message = arena_svf(a, "%s", err->msg);
}

static bool
metric_usable(const struct metric *m, const struct metric_value *value, const struct metric_value **ret,
              struct err *err)
{
	*ret = NULL;
	if (m == NULL)
		return true;
	*ret = &value[m->id];
	if (!(*ret)->failed)
		return true;
	*err = (*ret)->err;
	return (*ret)->err.code != ERR_NONE
	               ? false
	               : err_set(err, ERR_INTERNAL, NOWHERE, "a metric failed without a reason");
}

static bool
cannot_compute(const struct bound *b, const char *what, int64_t n, struct err *err)
{
	return err_set(err, ERR_EVAL, b->check->loc, "%s cannot be computed in %jd row%s", what, (intmax_t)n,
	               n == 1 ? "" : "s");
}

/* "…, first in row 17 of part 2" */
static bool
at_row(const struct metric_value *m, struct err *err)
{
	size_t n = strlen(err->msg);
	char text[80];

	if (m->errors == 0)
		return false;
	if (m->first_error.part > 0)
		snprintf(text, sizeof(text), ", first in data row %jd of file %u",
		         (intmax_t)m->first_error.row, m->first_error.part + 1);
	else
		snprintf(text, sizeof(text), ", first in data row %jd", (intmax_t)m->first_error.row);
	if (n + strlen(text) < sizeof(err->msg))
		memcpy(err->msg + n, text, strlen(text) + 1);
	return false;
}

/*
 * The outcome by severity and thresholds.  A threshold that is met decides instead of `mostly` or the range; `warn` never does more than
 * warn.
 */
static void
decide(const struct check *c, bool met, double number, double percent, struct verdict *v)
{
	bool failed = !met || threshold_met(&c->fail, number, percent);
	bool warned = threshold_met(&c->warn, number, percent);

	v->success = !failed && !warned;
	v->outcome = OUTCOME_PASS;
	if (failed)
		v->outcome = c->severity == SEVERITY_CRITICAL ? OUTCOME_FAIL : OUTCOME_WARN;
	else if (warned)
		v->outcome = OUTCOME_WARN;
}

static void
map_message(const struct bound *b, double percent, struct arena *a, struct verdict *v)
{
	const struct expectation *e = b->check->expectation;
	const struct check *c = b->check;
	struct buf text;

	if (v->considered_count == 0) {
		v->message = v->element_count == 0 ? SV("there are no rows to judge")
		                                   : SV("there are no values to judge");
		return;
	}
	buf_init(&text, 1 << 20);
	buf_printf(&text, "%jd of %jd %s ", (intmax_t)v->unexpected_count, (intmax_t)v->considered_count,
	           e->noun != NULL ? e->noun : "values");
	e->broken(c, &text);
	if (v->unexpected_count > 0) {
		buf_puts(&text, " (");
		percent_text(percent, &text);
		buf_puts(&text, " %)");
	}
	if (v->unexpected_count > 0 && c->mostly_given && c->mostly < 1) {
		buf_puts(&text, ", at most ");
		percent_text(100 - 100 * c->mostly, &text);
		buf_puts(&text, " % may");
	}
	v->message = buf_take(a, &text);
}

/* The sample's places; rows that could not be computed and count as unexpected join them. */
static void
map_places(const struct bound *b, const struct metric_value *unexpected, bool join, struct arena *a,
           struct verdict *v)
{
	const struct row_at *first = unexpected->first;
	uint32_t n = unexpected->nfirst, at = 0;
	struct row_at e = unexpected->first_error;

	v->first = first;
	v->nfirst = MIN(n, check_keep(b->check)); /* for a quarantine all of them may be known */
	if (!join || unexpected->errors == 0 || b->duplicate)
		return;

	struct row_at *all = ARENA_ARRAY(a, struct row_at, n + 1);
	while (at < n && (first[at].part < e.part || (first[at].part == e.part && first[at].row < e.row)))
		at++;
	if (at > 0)
		memcpy(all, first, at * sizeof(*all));
	all[at] = e;
	if (at < n)
		memcpy(all + at + 1, first + at, (n - at) * sizeof(*all));
	v->first = all;
	v->nfirst = MIN(n + 1, check_keep(b->check));
}

/*
 * Rows whose condition could not be computed.  In a column with a declared type these are misfits: there is a value, and it is not a
 * good one, so it counts as unexpected.  Anything beyond (text against number in a variant column, a regex over its limit) is
 * nothing that the data can be blamed for.
 */
static bool
map_misfits(const struct bound *b, const struct metric_value *nonnull, const struct metric_value *unexpected,
            int64_t *ret, struct err *err)
{
	int64_t misfits = nonnull != NULL ? nonnull->errors : 0;
	bool one = b->check->expectation->family == FAMILY_COLUMN_MAP;

	if (b->check->expectation->all_rows || (!one && b->misfits_break)) {
		*ret = MAX(misfits, unexpected->errors);
		return true;
	}
	if (one ? unexpected->errors > misfits : MAX(unexpected->errors, misfits) > 0) {
		cannot_compute(b, "the condition",
		               one ? unexpected->errors - misfits : MAX(unexpected->errors, misfits), err);
		return at_row(unexpected->errors > 0 ? unexpected : nonnull, err);
	}
	*ret = misfits;
	return true;
}

static bool
judge_map(const struct bound *b, const struct metric_value *value, struct arena *a, struct verdict *v,
          struct err *err)
{
	const struct metric_value *element, *nonnull, *unexpected;
	const struct check *c = b->check;
	int64_t misfits = 0; /* gcc does not see that at_row() always returns false */
	double percent;

	if (!metric_usable(b->element, value, &element, err) ||
	    !metric_usable(b->nonnull, value, &nonnull, err) ||
	    !metric_usable(b->unexpected, value, &unexpected, err))
		return false;
	assert(element != NULL && unexpected != NULL);
	if (element->errors > 0) {
		cannot_compute(b, "the filter", element->errors, err);
		return at_row(element, err);
	}
	if (!map_misfits(b, nonnull, unexpected, &misfits, err))
		return false;

	v->has_counts = true;
	v->element_count = element->count;
	v->considered_count = b->nonnull != NULL ? MIN(nonnull->count + misfits, element->count)
	                                         : element->count;
	v->missing_count = v->element_count - v->considered_count;
	v->unexpected_count = unexpected->count + (c->expectation->misfits_pass ? 0 : misfits);
	if (v->unexpected_count > v->considered_count)
		return err_set(err, ERR_INTERNAL, c->loc, "%jd of %jd values are unexpected",
		               (intmax_t)v->unexpected_count, (intmax_t)v->considered_count);
	map_places(b, unexpected, misfits > 0 && !c->expectation->misfits_pass, a, v);

	double considered = (double)v->considered_count, bad = (double)v->unexpected_count;
	percent = v->considered_count > 0 ? 100 * bad / considered : 0;
	bool thresholds = c->warn.set || c->fail.set;
	bool met = thresholds || v->considered_count == 0 || (considered - bad) / considered >= c->mostly;
	decide(c, met, bad, percent, v);
	map_message(b, percent, a, v);
	return true;
}

/* How many rows and values an aggregate was made of, where it counts them. */
static bool
count_elements(const struct bound *b, const struct metric_value *value, struct verdict *v, struct err *err)
{
	const struct metric_value *element, *nonnull;

	if (!metric_usable(b->element, value, &element, err) ||
	    !metric_usable(b->nonnull, value, &nonnull, err))
		return false;
	if (element == NULL)
		return true;
	v->has_elements = true;
	v->element_count = element->count;
	v->considered_count = nonnull != NULL ? MIN(nonnull->count, element->count) : element->count;
	v->missing_count = v->element_count - v->considered_count;
	return true;
}

/* From what was observed to the outcome. */
static bool
judge_observed(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
               struct verdict *v, struct err *err)
{
	const struct check *c = b->check;

	c->expectation->judge(b, observed, a, v);
	if (v->err.code != ERR_NONE) {
		*err = v->err;
		return false;
	}
	if ((c->warn.set || c->fail.set) && v->observed.kind != VALUE_NULL && !value_is_numeric(v->observed))
		return err_set(err, ERR_ARG, c->warn.set ? c->warn.loc : c->fail.loc,
		               "%s is no number to compare with a threshold", c->expectation->noun);
	if ((c->warn.set || c->fail.set) && v->observed.kind == VALUE_NULL && v->success)
		return err_set(err, ERR_EVAL, c->warn.set ? c->warn.loc : c->fail.loc,
		               "%s is not there to compare with a threshold", c->expectation->noun);
	if (v->undecided)
		return true;
	decide(c, v->success,
	       v->has_measure                  ? v->measure
	       : value_is_numeric(v->observed) ? value_to_f64(v->observed)
	                                       : 0,
	       v->percent, v);
	return true;
}

static bool
cannot_tell(struct verdict *v, struct err *err)
{
	err_set(err, ERR_EVAL, NOWHERE, "too near to tell approximately: " SV_FMT " (error bound %g)",
	        SV_ARG(v->message), v->error_bound);
	return err_hint(err, "Leave out approx for an exact answer.");
}

/* Does a number that the threshold is about lie between the ends? */
static bool
is_between(const struct threshold *t, double low, double high)
{
	return t->set && ((t->value >= low && t->value <= high) ||
	                  (t->between && t->value2 >= low && t->value2 <= high));
}

/* Does a bound of the check lie between two values?  The truth may be on either side of it then. */
static bool
is_bound_between(const struct check *c, struct value low, struct value high, struct type t, struct arena *a)
{
	for (uint32_t i = 0; i < c->expectation->nparams; i++) {
		const char *name = c->expectation->params[i].name;
		int below, above;

		if ((strcmp(name, "min_value") != 0 && strcmp(name, "max_value") != 0) || !c->arg[i].given)
			continue;

		struct value bound = arg_value(a, c->arg[i].node, t);

		if (value_compare(low, bound, t.zone, &below) && value_compare(bound, high, t.zone, &above) &&
		    below <= 0 && above <= 0)
			return true;
	}
	return false;
}

static bool
may_be_otherwise(const struct bound *b, const struct verdict *v, const struct verdict *end, struct arena *a)
{
	struct value low = end[0].observed, high = end[1].observed;
	struct type t = value_type(v->observed);

	for (int i = 0; i < 2; i++)
		if (end[i].outcome != v->outcome || end[i].success != v->success)
			return true;
	/* Both ends and the middle are out of a range that is narrower than the bound: the truth need not be. */
	if (type_is_temporal(t) && b->observed[0]->nargs > 0)
		t = b->observed[0]->arg[0]->type;
	if (!v->success && is_bound_between(b->check, low, high, t, a))
		return true;
	if (!value_is_numeric(low) || !value_is_numeric(high))
		return false;
	return is_between(&b->check->warn, value_to_f64(low), value_to_f64(high)) ||
	       is_between(&b->check->fail, value_to_f64(low), value_to_f64(high));
}

/* Of a number: how far the ends are from it.  Of other things what the metric says. */
static double
error_bound(const struct verdict *v, const struct verdict *end, double of_metric)
{
	double x = value_to_f64(v->observed), low, high;

	if (!value_is_numeric(v->observed) || !value_is_numeric(end[0].observed) ||
	    !value_is_numeric(end[1].observed))
		return of_metric;
	low = x - value_to_f64(end[0].observed);
	high = value_to_f64(end[1].observed) - x;
	return MAX(low, high);
}

/*
 * What is known approximately is judged at both ends of what it may be in truth, too.  A range has no holes, so what holds at both ends holds for
 * the truth; a threshold may be about a single number, which must not lie between them.  Where they differ, nobody can tell.
 */
static bool
judge_ends(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
           struct verdict *v, struct err *err)
{
	struct verdict end[2] = {*v, *v};
	double of_metric = 0;
	bool exact = true;

	for (int high = 0; high < 2; high++) {
		const struct metric_value *at[LEN(b->observed)] = {NULL};

		for (uint32_t i = 0; i < b->nobserved; i++) {
			const struct metric_value *o = observed[i];

			at[i] = o->low == NULL ? o : high ? o->high : o->low;
			of_metric = o->low == NULL ? of_metric : o->error_bound;
			exact = exact && o->low == NULL;
		}
		if (exact)
			return true;
		if (!judge_observed(b, at, a, &end[high], err))
			return false;
	}
	v->approximate = true;
	v->error_bound = error_bound(v, end, of_metric);
	if (may_be_otherwise(b, v, end, a))
		return cannot_tell(v, err);
	v->message = arena_svf(a, SV_FMT " (approximately: error bound %g)", SV_ARG(v->message),
	                       v->error_bound);
	return true;
}

static bool
judge_other(const struct bound *b, const struct metric_value *value, struct arena *a, struct verdict *v,
            struct err *err)
{
	const struct check *c = b->check;
	const struct metric_value *observed[LEN(b->observed)] = {NULL};

	for (uint32_t i = 0; i < b->nobserved; i++) {
		if (!metric_usable(b->observed[i], value, &observed[i], err))
			return false;
		assert(observed[i] != NULL);
		if (observed[i]->errors > 0) {
			cannot_compute(b, c->expectation->noun, observed[i]->errors, err);
			return at_row(observed[i], err);
		}
	}
	return count_elements(b, value, v, err) && judge_observed(b, observed, a, v, err) &&
	       judge_ends(b, observed, a, v, err);
}

/* A number that came out of doubles is shown as people write it; all else as it is. */
static void
observed_text(struct value v, struct buf *b)
{
	char text[32];

	if (v.kind == VALUE_REAL) {
		snprintf(text, sizeof(text), "%.10g", v.r);
		buf_puts(b, text);
	} else {
		(void)value_to_text(v, b);
	}
}

/* Nothing lies between such bounds, so it would never be met. */
static bool
is_backwards(const struct threshold *t)
{
	return t->set && !t->open && t->between && t->value > t->value2;
}

/* With numbers in the place of the last good run's. */
static bool
resolve_thresholds(const struct bound *b, const struct metric_value *value, struct arena *a,
                   struct bound *ret, struct err *err)
{
	const struct metric_value *last;
	struct check *c = ARENA_NEW(a, struct check);

	if (!metric_usable(b->last_good, value, &last, err))
		return false;
	assert(last != NULL);
	*c = *b->check;
	c->warn = threshold_resolve(&c->warn, last->v.kind != VALUE_NULL, value_to_f64(last->v));
	c->fail = threshold_resolve(&c->fail, last->v.kind != VALUE_NULL, value_to_f64(last->v));
	if (is_backwards(&c->warn) || is_backwards(&c->fail)) {
		err_set(err, ERR_ARG, is_backwards(&c->warn) ? c->warn.loc : c->fail.loc,
		        "the threshold '" SV_FMT "' has its lower bound above the upper one",
		        SV_ARG(is_backwards(&c->warn) ? c->warn.text : c->fail.text));
		return err_hint(err, "Write the lower bound first.");
	}
	*ret = *b;
	ret->check = c;
	ret->last_good = NULL;
	return true;
}

/* "…; the last good run had 20" */
static void
tell_last_good(const struct metric_value *last, struct arena *a, struct verdict *v)
{
	struct buf text;

	if (v->outcome == OUTCOME_ERROR)
		return;
	if (last->v.kind == VALUE_NULL) {
		v->message = arena_svf(a, SV_FMT "; there is no good run to compare with yet",
		                       SV_ARG(v->message));
		/* What a threshold would have said nobody knows: that is no pass. */
		if (v->outcome != OUTCOME_PASS)
			return;
		v->outcome = OUTCOME_SKIPPED;
		v->success = false;
		v->undecided = true;
		v->message = arena_svf(a, "learning: " SV_FMT, SV_ARG(v->message));
		return;
	}
	buf_init(&text, 1 << 20);
	buf_printf(&text, SV_FMT "; the last good run had ", SV_ARG(v->message));
	observed_text(last->v, &text);
	v->message = buf_take(a, &text);
}

bool
verdict_number(const struct verdict *v, double *ret)
{
	if (v->outcome == OUTCOME_ERROR && !v->undecided)
		return false;
	if (v->has_counts) {
		*ret = (double)v->unexpected_count;
		return true;
	}
	if (!v->has_observed || !value_is_numeric(v->observed) || v->observed.kind == VALUE_BOOL)
		return false;
	*ret = value_to_f64(v->observed);
	return isfinite(*ret);
}

static bool
compare(const struct check *c, double number, const struct past *past, struct arena *a, struct verdict *v,
        struct err *err)
{
	c->expectation->compare(c, number, past, a, v);
	*err = v->err;
	if (v->err.code == ERR_NONE && !v->undecided)
		decide(c, v->success, v->measure, v->percent, v);
	return v->err.code == ERR_NONE;
}

static bool
judge_past(const struct bound *b, const struct verdict *member, const struct metric_value *value,
           struct arena *a, struct verdict *v, struct err *err)
{
	const struct metric_value *before;
	struct past past;
	double number;

	if (!metric_usable(b->observed[0], value, &before, err))
		return false;
	if (!verdict_number(member, &number))
		return err_set(err, ERR_EVAL, b->check->loc, "there is no number to compare: " SV_FMT,
		               SV_ARG(member->message));
	if (!past_read(a, before, &past, err))
		return false;
	return compare(b->check, number, &past, a, v, err);
}

/* Nothing is composed of what could not be evaluated, whichever way it might have gone. */
static bool
judge_members(const struct bound *b, const struct metric_value *value, struct arena *a, struct verdict *v,
              struct err *err)
{
	struct verdict *member = ARENA_ARRAY(a, struct verdict, b->nmember);

	for (uint32_t i = 0; i < b->nmember; i++) {
		judge(&b->member[i], value, a, &member[i]);
		if (member[i].outcome == OUTCOME_ERROR) {
			*err = member[i].err;
			return err_prefix(err, SV_FMT, SV_ARG(b->member[i].check->written_name));
		}
	}
	if (b->check->expectation->compare != NULL)
		return judge_past(b, &member[0], value, a, v, err);
	b->check->expectation->compose(b, member, a, v);
	if (!v->undecided)
		decide(b->check, v->success, 0, 0, v);
	return true;
}

void
judge(const struct bound *b, const struct metric_value *value, struct arena *a, struct verdict *ret)
{
	struct err err = {0};
	struct bound resolved;

	if (b->last_good != NULL && b->err.code == ERR_NONE && b->check->enabled &&
	    resolve_thresholds(b, value, a, &resolved, &err)) {
		judge(&resolved, value, a, ret);
		tell_last_good(&value[b->last_good->id], a, ret);
		return;
	}

	*ret = (struct verdict){0};
	if (!b->check->enabled) {
		*ret = (struct verdict){.outcome = OUTCOME_SKIPPED, .message = SV("switched off")};
		return;
	}
	if (b->err.code != ERR_NONE) {
		set_error(ret, &b->err, a);
		return;
	}
	if (err.code != ERR_NONE)
		; /* the last good run is not to be had */
	else if (b->nmember > 0                         ? judge_members(b, value, a, ret, &err)
	         : b->check->expectation->judge != NULL ? judge_other(b, value, a, ret, &err)
	                                                : judge_map(b, value, a, ret, &err))
		return;
	if (err.loc.line == 0)
		err.loc = b->check->loc;
	set_error(ret, &err, a);
}

/* Of the rows that break a check only their number is known: not of how many. */
static bool
replay_map(const struct check *c, double number, struct arena *a, struct verdict *v, struct err *err)
{
	if (c->mostly < 1 || (c->warn.set && c->warn.percent) || (c->fail.set && c->fail.percent))
		return err_set(err, ERR_UNSUPPORTED, c->loc,
		               "only the number of unexpected values is on record, not their share");
	decide(c, c->warn.set || c->fail.set || number == 0, number, 0, v);
	v->message = arena_svf(a, "%.10g %s", number,
	                       c->expectation->noun != NULL ? c->expectation->noun : "values");
	return true;
}

bool
judge_number(const struct check *c, double number, const struct past *past, struct arena *a,
             struct verdict *ret, struct err *err)
{
	const struct expectation *e = c->expectation;
	struct metric_value value = {.v = value_real(number), .count = 1};
	const struct metric_value *observed[] = {&value};
	const struct bound b = {.check = c};

	*ret = (struct verdict){0};
	if (e == NULL || c->err.code != ERR_NONE)
		return err_set(err, ERR_ARG, c->loc, "%s", c->err.msg);
	if (e->compare != NULL)
		return compare(c, number, past, a, ret, err) || ret->undecided;
	if (threshold_is_relative(&c->warn) || threshold_is_relative(&c->fail) || c->nmember > 0)
		return err_set(err, ERR_UNSUPPORTED, c->loc,
		               "what this check says does not follow from one number");
	if (e->judge == NULL)
		return replay_map(c, number, a, ret, err);
	if (args_find(e, SV("min_value")) < 0 || args_find(e, SV("max_value")) < 0)
		return err_set(err, ERR_UNSUPPORTED, c->loc, "'" SV_FMT "' has no bounds to try on a number",
		               SV_ARG(c->written_name));
	judge_range(&b, observed, a, ret);
	if (ret->err.code != ERR_NONE) {
		*err = ret->err;
		return false;
	}
	decide(c, ret->success, number, 0, ret);
	return true;
}

void
judge_range(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	const struct check *c = b->check;
	struct value v = observed[0]->v;
	struct type t = value_type(v);
	struct buf text;
	bool within = false;

	ret->has_observed = true;
	ret->observed = v;
	if (v.kind == VALUE_NULL) {
		ret->message = arena_svf(a, "%s does not exist: %s", c->expectation->noun,
		                         observed[0]->count > 0 ? "infinities cancel each other"
		                                                : "there are no values");
		return;
	}
	/* The zone in which a bound without one is meant is the column's. */
	if (type_is_temporal(t) && b->observed[0] != NULL && b->observed[0]->nargs > 0)
		t = b->observed[0]->arg[0]->type;
	struct range r = range_of(a, c, t);
	if (!range_has(&r, v, &within, &ret->err)) {
		err_prefix(&ret->err, "%s", c->expectation->noun);
		return;
	}
	ret->success = within;
	buf_init(&text, 1 << 16);
	buf_printf(&text, "%s is ", c->expectation->noun);
	observed_text(v, &text);
	if (!within) {
		buf_puts(&text, ", expected ");
		range_text(c, &text);
	}
	ret->message = buf_take(a, &text);
}
