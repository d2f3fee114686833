/* Freshness in its spellings, staleness, and the policy of the gate. */
#include "base/civil.h"
#include "base/duration.h"
#include "catalog/load.h"

/* Ticks are sampled from here for the smallest gap: the answer must not depend on the day it is asked. */
#define GAP_FROM_US (20089 * US_PER_DAY) /* 2025-01-01 */

/* While it is read: what the spellings share, and dbt's own. */
struct draft {
	struct freshness_policy p;
	bool dbt_warn, dbt_error;
};

/* dbt: {count: 12, period: hour} */
struct dbt_time {
	int64_t count;
	int period;
};

static const char *const period_names[] = {"minute", "hour", "day", NULL};
static const struct field dbt_fields[] = {
	{"count", "How many.", .kind = FIELD_INT, .required = true, .min = 1,
         .at = offsetof(struct dbt_time, count)},
	{"period", "minute, hour or day.", .kind = FIELD_ENUM, .required = true, .names = period_names,
         .at = offsetof(struct dbt_time, period)},
};
static const struct table dbt_table = TABLE("dbt's time", dbt_fields);

static int64_t
dbt_us(struct loader *l, const struct node *n)
{
	static const int64_t period_us[] = {US_PER_MIN, US_PER_HOUR, US_PER_DAY};
	struct dbt_time t = {.period = -1};
	int64_t us;

	table_load(l, &dbt_table, n, &t);
	if (t.count == 0 || t.period < 0)
		return 0;
	if (__builtin_mul_overflow(t.count, period_us[t.period], &us)) {
		diag_error(l->d, n->loc, "'" SV_FMT "' is too long", SV_ARG(n->key));
		return 0;
	}
	return us;
}

static void
warn_after_load(struct loader *l, void *rec, const struct node *n)
{
	static const struct field f = {.key = "warn_after", .kind = FIELD_DURATION, .min = US_PER_MIN};
	struct draft *d = rec;

	d->dbt_warn = n->kind == NODE_MAP;
	if (d->dbt_warn)
		d->p.warn_after_us = dbt_us(l, n);
	else
		field_load(l, &f, n, &d->p.warn_after_us);
}

static void
error_after_load(struct loader *l, void *rec, const struct node *n)
{
	struct draft *d = rec;

	d->dbt_error = true;
	d->p.max_age_us = dbt_us(l, n);
}

static void
cron_load(struct loader *l, void *rec, const struct node *n)
{
	struct draft *d = rec;
	struct err err = {0};

	if (!cron_parse(n->text, &d->p.cron, &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
		return;
	}
	d->p.cron_text = n->text;
}

static void
calendar_load(struct loader *l, void *rec, const struct node *n)
{
	struct draft *d = rec;
	size_t nnames;

	d->p.calendar = map_get(&l->calendar, n->text);
	if (d->p.calendar != NULL)
		return;

	const char *const *names = map_names(l->a, &l->calendar, &nnames);

	diag_error(l->d, n->loc, "there is no calendar '" SV_FMT "'", SV_ARG(n->text));
	diag_suggest(l->d, n->text, names, nnames);
}

static void
since_load(struct loader *l, void *rec, const struct node *n)
{
	struct learned_policy *p = rec;
	struct time_text t;

	if (time_text_parse(n->text, &t)) {
		p->since_us = t.us - t.offset_us;
		p->since_wall = !t.has_zone;
		return;
	}
	diag_error(l->d, n->loc, "'since' must be a day or an instant, not '" SV_FMT "'", SV_ARG(n->text));
	diag_hint(l->d, "Write it as 2024-05-01, or 2024-05-01T06:00:00Z.");
}

static const struct field learned_fields[] = {
	{"sensitivity",
         "How many robust standard deviations past the usual interval are still usual; default 3.5.",
         .kind = FIELD_REAL, .at = offsetof(struct learned_policy, sensitivity)},
	{"min", "The least interval that is allowed, whatever is usual.", .kind = FIELD_DURATION,
         .min = US_PER_MIN, .at = offsetof(struct learned_policy, min_us)},
	{"max", "The greatest interval that is allowed, whatever is usual.", .kind = FIELD_DURATION,
         .min = US_PER_MIN, .at = offsetof(struct learned_policy, max_us)},
	{"until_learned",
         "The interval that is allowed while too few are known; default: max.  Without either nothing is promised until then: the "
         "asset has no status, and no gate is closed.",
         .kind = FIELD_DURATION, .min = US_PER_MIN, .at = offsetof(struct learned_policy, until_us)},
	{"min_history", "With fewer intervals between arrivals nothing is judged yet; default 7.",
         .kind = FIELD_INT, .min = 3, .at = offsetof(struct learned_policy, min_history)},
	{"since",
         "Arrivals before this day or instant (without a zone: of the policy's) teach nothing: after a change that is here to stay.",
         .kind = FIELD_TEXT, .load = since_load},
};
static const struct table learned_table = TABLE("learned", learned_fields);

enum { LEARNED_HISTORY = 7, LEARNED_HISTORY_MAX = 150 };
#define LEARNED_SENSITIVITY 3.5 /* Iglewicz and Hoaglin's cut-off, as of `anomaly` */

static void
learned_load(struct loader *l, void *rec, const struct node *n)
{
	static const struct field f = {.key = "learned", .kind = FIELD_BOOL};
	struct draft *d = rec;
	struct learned_policy p = {.on = true,
	                           .sensitivity = LEARNED_SENSITIVITY,
	                           .min_history = LEARNED_HISTORY,
	                           .since_us = TIME_NONE};

	if (n->kind == NODE_MAP)
		table_load(l, &learned_table, n, &p);
	else
		field_load(l, &f, n, &p.on);
	if (!(p.sensitivity >= 0.1 && p.sensitivity <= 1000))
		diag_error(l->d, node_get(n, "sensitivity")->loc, "'sensitivity' must be from 0.1 to 1000");
	if (p.min_history > LEARNED_HISTORY_MAX)
		diag_error(l->d, node_get(n, "min_history")->loc, "'min_history' must be at most %d",
		           LEARNED_HISTORY_MAX);
	if (p.min_us > 0 && p.max_us > 0 && p.min_us > p.max_us)
		diag_error(l->d, node_get(n, "min")->loc, "'min' must not be more than 'max'");
	if (p.until_us > 0 && p.max_us > 0 && p.until_us > p.max_us)
		diag_error(l->d, node_get(n, "until_learned")->loc,
		           "'until_learned' must not be more than 'max'");
	d->p.learned = p;
}

static const char *const never_names[] = {"unknown", "fail", "pass", NULL};

static const struct field freshness_fields[] = {
	{"max_age", "Late once it was produced this long ago (at the limit, too).", .kind = FIELD_DURATION,
         .min = US_PER_MIN, .at = offsetof(struct draft, p.max_age_us)},
	{"warn_after", "Warns from this age on; less than max_age.  In dbt's spelling {count, period}.",
         .kind = FIELD_DURATION, .table = &dbt_table, .load = warn_after_load},
	{"error_after", "dbt's spelling: late past this age.", .kind = FIELD_NONE, .table = &dbt_table,
         .load = error_after_load},
	{"max_data_age", "Late once the moment up to which the data speaks is this long ago.",
         .kind = FIELD_DURATION, .min = US_PER_MIN, .at = offsetof(struct draft, p.max_data_age_us)},
	{"cron", "Deadlines: late at a tick without data since the one before.", .kind = FIELD_TEXT,
         .load = cron_load},
	{"timezone", "Zone of the schedule; default: the project's.", .kind = FIELD_ZONE,
         .at = offsetof(struct draft, p.zone)},
	{"within", "How long before a deadline the data may have come; default: since the deadline before.",
         .kind = FIELD_DURATION, .min = US_PER_MIN, .at = offsetof(struct draft, p.within_us)},
	{"grace", "How long after a deadline it still counts as met.", .kind = FIELD_DURATION,
         .at = offsetof(struct draft, p.grace_us)},
	{"calendar", "Working days on which deadlines count.", .kind = FIELD_TEXT, .load = calendar_load},
	{"learned",
         "Late once it has not come for longer than usual, by its own arrivals: true, or a map.  While too few "
         "are known the asset is judged by `until_learned`; without that it has no status.",
         .kind = FIELD_BOOL, .table = &learned_table, .load = learned_load},
	{"never_seen", "What it is before it was ever produced: unknown (default), fail, pass.",
         .kind = FIELD_ENUM, .names = never_names, .at = offsetof(struct draft, p.never_seen)},
	{"blocking", "A late asset closes the gates of what reads it.", .kind = FIELD_BOOL,
         .at = offsetof(struct draft, p.blocking)},
};
const struct table freshness_table = TABLE("freshness", freshness_fields);

/* One complaint for keys that say nothing without a schedule. */
static bool
only_with_cron(struct loader *l, const struct node *n, bool learned)
{
	static const char *const keys[] = {"timezone", "within", "grace", "calendar"};

	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *kid = node_get(n, keys[i]);

		/* What is usual is so by the wall clock of a zone. */
		if (i == 0 && learned)
			continue;
		if (kid != NULL && !node_is_off(kid)) {
			diag_error(l->d, kid->key_loc, "'%s' means nothing without 'cron'", keys[i]);
			return false;
		}
	}
	return true;
}

static bool
given(const struct node *n, const char *key)
{
	const struct node *kid = node_get(n, key);

	return kid != NULL && !node_is_off(kid);
}

static void
check_cron(struct loader *l, const struct node *n, const struct freshness_policy *p)
{
	int64_t gap = cron_min_gap_us(&p->cron, GAP_FROM_US);
	char within[DURATION_MAX], every[DURATION_MAX];

	if (p->cron_text.n == 0 || p->within_us == 0 || gap <= 0 || p->within_us <= gap)
		return;
	diag_error(l->d, node_get(n, "within")->loc,
	           "'within' (%s) is longer than the shortest time between two deadlines (%s)",
	           duration_format(p->within_us, within), duration_format(gap, every));
}

static void
check_ages(struct loader *l, const struct node *n, const struct draft *d)
{
	const struct node *warn = node_get(n, "warn_after");
	const char *limit = d->dbt_error ? "error_after" : "max_age";

	if (d->p.warn_after_us == 0)
		return;
	if (d->p.max_age_us == 0 && !d->dbt_warn && !given(n, "max_age") && !given(n, "error_after"))
		diag_error(l->d, warn->key_loc, "'warn_after' means nothing without 'max_age'");
	else if (d->p.max_age_us > 0 && d->p.warn_after_us >= d->p.max_age_us)
		diag_error(l->d, warn->loc, "'warn_after' must be less than '%s'", limit);
}

/* A gate that stays open until something is learnt, and be it for ever, is not what `blocking` says. */
static void
check_learned(struct loader *l, const struct node *n, const struct freshness_policy *p)
{
	if (!p->learned.on || !p->blocking || p->learned.until_us > 0 || p->learned.max_us > 0 ||
	    p->max_data_age_us > 0)
		return;
	diag_error(l->d, node_get(n, "blocking")->key_loc,
	           "'blocking' needs a bound for as long as too little is learned");
	diag_hint(l->d, "learned: {until_learned: 26h}, or {max: …} for good");
}

/* Are the keys of one spelling?  One diagnostic at most. */
static bool
check_spelling(struct loader *l, const struct node *n, const struct draft *d)
{
	bool age = given(n, "max_age"), dbt = given(n, "error_after") || d->dbt_warn, cron = given(n, "cron");

	if (d->p.learned.on && (age || given(n, "warn_after") || dbt || cron)) {
		diag_error(l->d, node_get(n, "learned")->key_loc, "'learned' cannot stand beside '%s'",
		           cron                      ? "cron"
		           : age                     ? "max_age"
		           : given(n, "error_after") ? "error_after"
		                                     : "warn_after");
		diag_hint(l->d, "learned: {min: …, max: …} bounds what is learned");
		return false;
	}
	if ((age || given(n, "warn_after") || dbt) && cron) {
		diag_error(l->d, node_get(n, "cron")->key_loc, "'cron' cannot stand beside '%s'",
		           age                       ? "max_age"
		           : given(n, "error_after") ? "error_after"
		                                     : "warn_after");
		return false;
	}
	if (dbt && (age || (given(n, "warn_after") && !d->dbt_warn))) {
		diag_error(l->d, node_get(n, age ? "max_age" : "warn_after")->key_loc,
		           "dbt's {count, period} cannot stand beside plain durations");
		return false;
	}
	if (!age && !dbt && !cron && !d->p.learned.on && !given(n, "max_data_age") &&
	    !given(n, "warn_after")) {
		diag_error(l->d, n->loc, "freshness names no limit");
		diag_hint(l->d, "say max_age, cron, learned or max_data_age, or `freshness: off`");
		return false;
	}
	return cron || only_with_cron(l, n, d->p.learned.on);
}

void
freshness_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;
	struct draft d = {.p = {.loc = n->loc, .zone = l->c->zone}};
	int64_t unused_us;

	if (node_is_off(n))
		return;
	if (n->kind != NODE_MAP) {
		int64_t us;

		diag_error(l->d, n->loc, "'freshness' must be a map or off, not %s", node_kind_name(n->kind));
		if (duration_parse(n->text, &us, NULL))
			diag_hint(l->d, "write {max_age: " SV_FMT "}", SV_ARG(n->text));
		return;
	}
	table_load(l, &freshness_table, n, &d);
	if (check_spelling(l, n, &d)) {
		check_ages(l, n, &d);
		check_cron(l, n, &d.p);
		check_learned(l, n, &d.p);
	}
	if (d.p.learned.since_wall)
		(void)tz_from_local(d.p.zone, d.p.learned.since_us, &d.p.learned.since_us, &unused_us);
	d.p.exclusive = d.dbt_warn || d.dbt_error;
	d.p.kind = d.p.cron_text.n > 0                           ? POLICY_CRON
	           : d.p.learned.on                              ? POLICY_LEARNED
	           : d.p.max_age_us > 0 || d.p.warn_after_us > 0 ? POLICY_MAX_AGE
	                                                         : POLICY_NONE;
	as->freshness = d.p;
}

/* Staleness ----------------------------------------------------------------------------------------------------- */

static const char *const updates_names[] = {"any", "all", NULL};

static void
updates_load(struct loader *l, void *rec, const struct node *n)
{
	static const struct field f = {.key = "updates_on", .kind = FIELD_ENUM, .names = updates_names};
	struct staleness_policy *p = rec;
	int which = 0;

	field_load(l, &f, n, &which);
	p->updates_on_all = which == 1;
}

static const struct field staleness_fields[] = {
	{"fail_after", "Stale for this long counts as a failure; default: never.", .kind = FIELD_DURATION,
         .at = offsetof(struct staleness_policy, fail_after_us)},
	{"updates_on", "Stale when any input moved (default), or only when all did.", .kind = FIELD_ENUM,
         .names = updates_names, .load = updates_load},
};
const struct table staleness_table = TABLE("staleness", staleness_fields);

void
staleness_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;

	as->staleness.off = node_is_off(n);
	if (n->kind == NODE_MAP)
		table_load(l, &staleness_table, n, &as->staleness);
	else if (!as->staleness.off)
		diag_error(l->d, n->loc, "'staleness' must be a map or off, not %s", node_kind_name(n->kind));
}

/* Gate ---------------------------------------------------------------------------------------------------------- */

static const char *const mode_names[] = {"enforce", "shadow", NULL};

static void
mode_load(struct loader *l, void *rec, const struct node *n)
{
	static const struct field f = {.key = "mode", .kind = FIELD_ENUM, .names = mode_names};
	struct gate_policy *p = rec;
	int which = p->shadow;

	field_load(l, &f, n, &which);
	p->shadow = which == 1;
}

static const struct field gate_fields[] = {
	{"mode", "enforce (default), or shadow: decides and records, never blocks.", .kind = FIELD_ENUM,
         .names = mode_names, .load = mode_load},
	{"accept_verdict_within", "A verdict on an older version counts if it is at most this old.",
         .kind = FIELD_DURATION, .at = offsetof(struct gate_policy, accept_verdict_within_us)},
	{"in_progress_expires",
         "A run that started this long ago and never ended is no longer in progress; default 24h.",
         .kind = FIELD_DURATION, .min = US_PER_S, .at = offsetof(struct gate_policy, in_progress_expires_us)},
#define REASON(which, name, dflt, when)                         \
	{name, when, .kind = FIELD_ENUM, .names = effect_names, \
	 .at = offsetof(struct gate_policy, effect[REASON_##which])},
#include "catalog/reasons.def"
#undef REASON
};
const struct table gate_table = TABLE("gate", gate_fields);

void
gate_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;

	if (n->kind == NODE_MAP)
		table_load(l, &gate_table, n, &as->gate);
}
