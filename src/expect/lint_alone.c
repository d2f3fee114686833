/* Checks that have one answer, whatever the data, and thresholds that are never met. */
#include <math.h>

#include "expect/args.h"
#include "expect/lint_parts.h"

static void
find_never_fails(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct claim *c = &l->claim[i];
		const char *missing = claim_lacks(c);

		if (c->c->implicit || c->nowhere)
			continue;
		if (missing != NULL) {
			lint_report(l, c->c, c->c->loc, "'" SV_FMT "' without %s can never fail",
			            SV_ARG(c->c->written_name), missing);
			diag_hint(l->d, missing[0] == 'b' ? "give it min or max, or a `fail:` threshold"
			                                  : "list the values");
		} else if (c->never_fails) {
			lint_report(l, c->c, c->c->loc, SV_FMT " can never fail",
			            SV_ARG(claim_name(l->a, c)));
			diag_hint(l->d, c->rows && c->mostly <= 0 && c->c->mostly_given
			                        ? "`mostly` is the share that must meet it: 0 is none."
			                        : "Nothing can break it: ask for more, or leave it out.");
		}
	}
}

const struct lint lint_never_fails = {
	.code = "never_fails",
	.summary = "A check passes whatever the data.",
	.doc = "`mostly: 0`, a range without bounds or around all that there can be (no fewer than 0 rows), a pattern that every text matches "
	       "(`[0-9]*` matches the empty text anywhere: `^[0-9]+$` is meant). Who relies on it relies on nothing.",
	.example = "  - match_regex: {column: code, regex: \"[0-9]*\"}",
	.find = find_never_fails,
};

static void
find_never_passes(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct claim *c = &l->claim[i];

		if (c->c->implicit || c->nowhere || !c->never_passes)
			continue;
		lint_report(l, c->c, c->c->loc,
		            c->rows ? SV_FMT " can never pass: no value meets it" : SV_FMT " can never pass",
		            SV_ARG(claim_name(l->a, c)));
		if (c->number)
			diag_hint(l->d, "The number is never %s %g.",
			          range_before(
					  &c->range,
					  &(struct range){.low = value_real(c->c->expectation->limits.least)})
			                  ? "less than"
			                  : "more than",
			          range_before(
					  &c->range,
					  &(struct range){.low = value_real(c->c->expectation->limits.least)})
			                  ? c->c->expectation->limits.least
			                  : c->c->expectation->limits.most);
		else
			diag_hint(
				l->d,
				"It passes only where there is nothing to judge: look at its bounds and its list%s.",
				c->where != NULL ? ", and at `where`" : "");
	}
}

const struct lint lint_never_passes = {
	.code = "never_passes",
	.summary = "A check fails whatever the data.",
	.doc = "No value meets it: an empty list, texts in the list of a column of numbers, a `where` that selects just what is not allowed, a "
	       "share above 1.",
	.example = "  - unique_proportion: {column: email, min: 95}",
	.find = find_never_passes,
};

/* Thresholds ------------------------------------------------------------------------------------------------ */

/* What a threshold is about. */
struct scale {
	double least, most;
	bool whole;
};

static struct scale
scale_of(const struct check *c, const struct threshold *t)
{
	const struct number_limits *n = &c->expectation->limits;

	if (t->percent && !c->expectation->percent)
		return (struct scale){0, 100, false};
	if (!t->percent && c->expectation->family < FAMILY_AGGREGATE)
		return (struct scale){0, INFINITY, true};
	return n->known ? (struct scale){n->least, n->most, false}
	                : (struct scale){-INFINITY, INFINITY, false};
}

enum { POINTS_MAX = 16 };

/* Numbers of which one is in each piece that the ends of the thresholds cut the scale into. */
static size_t
points(const struct scale *s, const struct threshold *a, const struct threshold *b, double *ret)
{
	const double end[] = {a->value, a->between ? a->value2 : a->value, b->value,
	                      b->between ? b->value2 : b->value};
	double v[2 + 3 * LEN(end)];
	size_t n = 0, kept = 0;

	if (isfinite(s->least))
		v[n++] = s->least;
	if (isfinite(s->most))
		v[n++] = s->most;
	for (size_t i = 0; i < LEN(end); i++) {
		const double step = s->whole ? 1 : 1e-6 * MAX(fabs(end[i]), 1e-3);

		v[n++] = s->whole ? floor(end[i]) : end[i];
		v[n++] = s->whole ? floor(end[i]) + step : end[i] + step;
		v[n++] = s->whole ? ceil(end[i]) - step : end[i] - step;
	}
	for (size_t i = 0; i < n; i++)
		if (v[i] >= s->least && v[i] <= s->most)
			ret[kept++] = v[i];
	return kept;
}

static bool
met(const struct threshold *t, double x)
{
	return threshold_met(t, x, x);
}

static bool
is_plain(const struct threshold *t)
{
	return t->set && !threshold_is_relative(t) && !t->open;
}

/* One threshold by itself: met always, or never. */
static void
look_at_one(struct linted *l, const struct claim *c, const struct threshold *t, const char *name)
{
	const struct scale s = scale_of(c->c, t);
	double v[POINTS_MAX];
	size_t n, yes = 0;

	if (!is_plain(t) || c->c->expectation->compare != NULL)
		return;
	n = points(&s, t, t, v);
	for (size_t i = 0; i < n; i++)
		yes += met(t, v[i]);
	if (yes == 0) {
		lint_report(l, c->c, t->loc, "`%s: \"" SV_FMT "\"` can never be met", name, SV_ARG(t->text));
		diag_hint(l->d,
		          isfinite(s.most) ? "The number lies between %g and %g."
		                           : "The number is never less than %g.",
		          s.least, s.most);
	} else if (yes == n) {
		lint_report(l, c->c, t->loc, "`%s: \"" SV_FMT "\"` is met whatever the data", name,
		            SV_ARG(t->text));
		diag_hint(l->d, "A threshold says when the check fails or warns, not when it passes.");
	}
}

/* Whatever would warn fails already. */
static void
look_at_both(struct linted *l, const struct claim *c)
{
	const struct threshold *warn = &c->c->warn, *fail = &c->c->fail;
	const struct scale s = scale_of(c->c, warn);
	double v[POINTS_MAX];
	size_t n, warned = 0;

	if (!is_plain(warn) || !is_plain(fail) || warn->percent != fail->percent)
		return;
	n = points(&s, warn, fail, v);
	for (size_t i = 0; i < n; i++) {
		if (met(warn, v[i]) && !met(fail, v[i]))
			return;
		warned += met(warn, v[i]);
	}
	if (warned == 0)
		return;
	lint_report(l, c->c, warn->loc,
	            "`warn: \"" SV_FMT "\"` never warns: what meets it meets `fail: \"" SV_FMT "\"`, too",
	            SV_ARG(warn->text), SV_ARG(fail->text));
	diag_note(l->d, fail->loc, "the other threshold");
	diag_hint(l->d, "The warning must come before the failure.");
}

static void
find_thresholds(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct claim *c = &l->claim[i];

		look_at_one(l, c, &c->c->warn, "warn");
		look_at_one(l, c, &c->c->fail, "fail");
		look_at_both(l, c);
		if (is_plain(&c->c->warn) && c->c->fail.set && c->c->severity != SEVERITY_CRITICAL) {
			lint_report(l, c->c, c->c->fail.loc,
			            "`fail` only warns, as `warn` does: the check's severity is %s",
			            severity_names[c->c->severity]);
			diag_note(l->d, c->c->warn.loc, "the other threshold");
			diag_hint(l->d, "Leave out one of them, or the severity.");
		}
	}
}

const struct lint lint_threshold = {
	.code = "unreachable_threshold",
	.summary = "A threshold is never met, always met, or hidden by the other one.",
	.doc = "`warn: \"> 10\"` beside `fail: \"> 5\"` never warns; `fail: \"> 100%\"` is never met; with `severity: warning`, `fail` does "
	       "what `warn` does.",
	.example = "  - not_null: email\n    warn: \"> 10\"\n    fail: \"> 5\"",
	.find = find_thresholds,
};
