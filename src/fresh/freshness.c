/*
 * Freshness of one asset: its policy on the time that counts, then on the moment up to which its data speaks.
 *
 * What is not known never passes: a probe that failed, a time that nobody can tell, a root that could not be looked at.
 */
#include "base/duration.h"
#include "fresh/internal.h"
#include "fresh/learned.h"

enum { HOLD_STEPS_MAX = 64 }; /* instants that are looked at for one that changes something */

struct judging {
	struct arena *a; /* NULL = without words */
	const struct catalog *c;
	const struct asset *asset;
	const struct observed *o;
	int64_t now_us;
	struct freshness *ret;
};

static void
add_warning(struct judging *j, struct sv text)
{
	struct sv *w = &j->ret->warning;

	*w = w->n > 0 ? arena_svf(j->a, SV_FMT "; " SV_FMT, SV_ARG(*w), SV_ARG(text)) : text;
}

/* How far apart two witnesses may be. */
static int64_t
half_policy(const struct freshness_policy *p, const struct observed *o, int64_t now_us)
{
	struct deadline d;

	if (p->kind == POLICY_LEARNED)
		return o->learned.known ? o->learned.allowed_us / 2 : INT64_MAX;
	if (p->kind == POLICY_MAX_AGE)
		return (p->max_age_us > 0 ? p->max_age_us : p->warn_after_us) / 2;
	if (p->within_us > 0)
		return p->within_us / 2;
	d = policy_deadline(p, now_us);
	return d.from_us == TIME_NONE ? INT64_MAX : (d.tick_us - d.from_us) / 2;
}

static void
judge_witnesses(struct judging *j)
{
	const struct observed *o = j->o;
	int64_t apart;
	char reported[RFC3339_MAX], probed[RFC3339_MAX], words[DURATION_MAX];

	if (o->future_text.n > 0)
		add_warning(j, o->future_text);
	if (j->asset->freshness.kind == POLICY_NONE || o->reported_us == TIME_NONE ||
	    o->probed_us == TIME_NONE)
		return;
	apart = MAX(o->reported_us, o->probed_us) - MIN(o->reported_us, o->probed_us);
	if (apart <= half_policy(&j->asset->freshness, o, j->now_us))
		return;
	add_warning(j, arena_svf(j->a, "it was reported as produced at %s, but its data says %s: %s apart",
	                         rfc3339_seconds(o->reported_us, reported),
	                         rfc3339_seconds(o->probed_us, probed), duration_words(apart, words)));
}

bool
freshness_never_seen(const struct observed *o)
{
	return !o->exists && !o->ever_materialized && o->produced_us == TIME_NONE;
}

enum fresh_status
freshness_never(const struct freshness_policy *p)
{
	return p->never_seen == NEVER_FAIL   ? FRESH_FAIL
	       : p->never_seen == NEVER_PASS ? FRESH_PASS
	                                     : FRESH_UNKNOWN;
}

/* "produced 2 d 3 h ago (2019-03-30T00:00:00Z)" */
static struct sv
ago_words(struct arena *a, const char *what, int64_t t_us, int64_t now_us)
{
	char at[RFC3339_MAX], words[DURATION_MAX];

	rfc3339_seconds(t_us, at);
	if (t_us > now_us)
		return arena_svf(a, "%s in %s (%s)", what, duration_words(t_us - now_us, words), at);
	return arena_svf(a, "%s %s ago (%s)", what, duration_words(now_us - t_us, words), at);
}

static struct sv
age_words(struct judging *j, struct sv produced)
{
	const struct freshness_policy *p = &j->asset->freshness;
	int64_t age = j->now_us - j->o->produced_us, limit = p->max_age_us;
	char allowed[DURATION_MAX], warn[DURATION_MAX], rest[DURATION_MAX];

	duration_format(limit, allowed);
	duration_format(p->warn_after_us, warn);
	if (j->ret->status == FRESH_FAIL && age == limit)
		return arena_svf(j->a, SV_FMT ", allowed less than %s: just late", SV_ARG(produced), allowed);
	if (j->ret->status == FRESH_FAIL)
		return arena_svf(j->a, SV_FMT ", allowed %s: late by %s", SV_ARG(produced), allowed,
		                 duration_words(age - limit, rest));
	if (j->ret->status == FRESH_WARN && limit > 0)
		return arena_svf(j->a, SV_FMT ", warns after %s: late in %s", SV_ARG(produced), warn,
		                 duration_words(limit - age, rest));
	if (j->ret->status == FRESH_WARN || limit == 0)
		return arena_svf(j->a, SV_FMT ", warns after %s", SV_ARG(produced), warn);
	return arena_svf(j->a, SV_FMT ", allowed %s", SV_ARG(produced), allowed);
}

static struct sv
cron_words(struct judging *j, struct sv produced)
{
	const struct freshness_policy *p = &j->asset->freshness;
	struct deadline d = policy_deadline(p, j->now_us);
	char tick[RFC3339_MAX], from[RFC3339_MAX], late[DURATION_MAX];
	struct sv zone = sv_of(p->zone != NULL ? tz_name(p->zone) : "UTC");

	if (d.tick_us == TIME_NONE)
		return arena_svf(j->a, SV_FMT "; the schedule '" SV_FMT "' had no deadline yet",
		                 SV_ARG(produced), SV_ARG(p->cron_text));
	rfc3339_seconds(d.tick_us, tick);
	if (j->ret->status == FRESH_PASS)
		return arena_svf(j->a, SV_FMT ", in time for the deadline of %s (%.*s " SV_FMT ")",
		                 SV_ARG(produced), tick, SV_ARG(p->cron_text), SV_ARG(zone));
	return arena_svf(
		j->a, SV_FMT ", but the deadline of %s (%.*s " SV_FMT ") asks for data since %s: late by %s",
		SV_ARG(produced), tick, SV_ARG(p->cron_text), SV_ARG(zone), rfc3339_seconds(d.from_us, from),
		duration_words(j->now_us - d.tick_us, late));
}

/* "learning: 3 of 7 intervals between arrivals are known (12 more were left out, in which something failed)" */
static struct sv
learning_words(struct judging *j, int64_t allowed_us)
{
	const struct learned *l = &j->o->learned;
	struct sv left_out = {0};
	char allowed[DURATION_MAX];

	if (l->left_out > 0)
		left_out = arena_svf(j->a, " (%zu more were left out, in which something failed)",
		                     l->left_out);
	if (allowed_us > 0)
		return arena_svf(j->a,
		                 "learning: %zu of %lld intervals between arrivals are known" SV_FMT
		                 ", until then %s is allowed",
		                 l->gaps, (long long)j->asset->freshness.learned.min_history,
		                 SV_ARG(left_out), duration_format(allowed_us, allowed));
	return arena_svf(j->a, "learning: %zu of %lld intervals between arrivals are known" SV_FMT "%s",
	                 l->gaps, (long long)j->asset->freshness.learned.min_history, SV_ARG(left_out),
	                 learned_is_stuck(&j->asset->freshness, l)
	                         ? ", so that it does not get on: say learned: {until_learned: …}, or mend "
	                           "what fails"
	                         : ", and nothing is judged until then");
}

/* "; late since", "; late from … on" */
static void
judge_deadline(struct judging *j, int64_t deadline_us, struct sv words)
{
	struct freshness *ret = j->ret;
	char late[DURATION_MAX], at[RFC3339_MAX];

	ret->deadline_us = deadline_us;
	ret->status = j->now_us >= deadline_us ? FRESH_FAIL : FRESH_PASS;
	if (ret->status == FRESH_PASS)
		ret->next_deadline_us = deadline_us;
	if (j->a == NULL)
		return;
	ret->evidence = arena_svf(j->a, SV_FMT ", " SV_FMT ", late from %s on",
	                          SV_ARG(ago_words(j->a, "produced", ret->produced_us, j->now_us)),
	                          SV_ARG(words), rfc3339_seconds(deadline_us, at));
	if (ret->status == FRESH_FAIL)
		ret->evidence = arena_svf(j->a, SV_FMT ": late by %s", SV_ARG(ret->evidence),
		                          duration_words(j->now_us - deadline_us, late));
}

/*
 * By its own arrivals.  Before enough of them are known the fallback counts; without one it has no status: nothing was promised, and nothing is
 * fine.  Where it could have learned and did not, something was promised that nobody can tell.
 */
static void
judge_learned(struct judging *j)
{
	const struct freshness_policy *p = &j->asset->freshness;
	const struct learned *l = &j->o->learned;
	struct freshness *ret = j->ret;
	const int64_t allowed_us = learned_fallback(p);

	if (l->anchor_us != TIME_NONE && j->asset->ndim > 0)
		ret->produced_us = l->anchor_us;
	if (l->known) {
		judge_deadline(j, l->deadline_us, j->a != NULL ? learned_words(j->a, l) : (struct sv){0});
		return;
	}
	ret->learning = true;
	if (allowed_us > 0 && ret->produced_us != TIME_NONE) {
		judge_deadline(j, time_plus(ret->produced_us, allowed_us),
		               j->a != NULL ? learning_words(j, allowed_us) : (struct sv){0});
		return;
	}
	ret->status = learned_is_stuck(p, l) ? FRESH_UNKNOWN : FRESH_NONE;
	if (j->a != NULL)
		ret->evidence = learning_words(j, 0);
}

/* An asset that is one whole. */
static void
judge_whole(struct judging *j)
{
	const struct freshness_policy *p = &j->asset->freshness;
	const struct observed *o = j->o;
	struct freshness *ret = j->ret;
	struct sv produced;

	if (o->produced_us == TIME_NONE) {
		/* There, but since when?  That it may be late from the start says nothing in favour of what is there. */
		ret->status = p->never_seen == NEVER_FAIL ? FRESH_FAIL : FRESH_UNKNOWN;
		ret->evidence = SV("it is there, but when it was produced is not known");
		return;
	}
	if (p->kind == POLICY_LEARNED) {
		judge_learned(j);
		return;
	}
	ret->status = policy_judge(p, o->produced_us, j->now_us, &ret->deadline_us, &ret->next_deadline_us);
	if (j->a == NULL)
		return;
	produced = ago_words(j->a, "produced", o->produced_us, j->now_us);
	ret->evidence = p->kind == POLICY_CRON ? cron_words(j, produced) : age_words(j, produced);
}

/* Stored objects that are gone are not fresh, whatever was reported of them. */
static void
judge_gone(struct judging *j)
{
	struct freshness *ret = j->ret;

	ret->status = FRESH_FAIL;
	if (j->a == NULL)
		return;
	if (ret->produced_us == TIME_NONE)
		ret->evidence = SV("it was there once, and nothing is there now");
	else
		ret->evidence = arena_svf(j->a, SV_FMT ", but nothing is there now",
		                          SV_ARG(ago_words(j->a, "produced", ret->produced_us, j->now_us)));
}

/* Of two statuses the one that counts: certain failure, then doubt, then a warning. */
static enum fresh_status
worse(enum fresh_status a, enum fresh_status b)
{
	static const int rank[] = {
		[FRESH_NONE] = 0, [FRESH_PASS] = 1, [FRESH_WARN] = 2, [FRESH_UNKNOWN] = 3, [FRESH_FAIL] = 4};

	return rank[a] >= rank[b] ? a : b;
}

static enum fresh_status
data_status(const struct judging *j, const struct through *t, int64_t late_us)
{
	if (t->us == TIME_NONE)
		return FRESH_UNKNOWN;
	if (j->now_us >= late_us)
		return FRESH_FAIL;
	return t->unseen != NO_ASSET ? FRESH_UNKNOWN : FRESH_PASS;
}

static struct sv
data_words(struct judging *j, const struct through *t, int64_t late_us, enum fresh_status status)
{
	char allowed[DURATION_MAX], rest[DURATION_MAX];
	struct sv reach, root = {0};

	if (t->us == TIME_NONE)
		return SV("up to when its data speaks is not known");
	if (t->root != NO_ASSET && t->root != j->asset->index && j->c != NULL)
		root = arena_svf(j->a, " as " SV_FMT " has it", SV_ARG(j->c->asset[t->root].key));
	reach = ago_words(j->a, "data through", t->us, j->now_us);
	duration_format(j->asset->freshness.max_data_age_us, allowed);
	if (status == FRESH_FAIL)
		return arena_svf(j->a, SV_FMT SV_FMT ", allowed %s: late by %s", SV_ARG(reach), SV_ARG(root),
		                 allowed, duration_words(j->now_us - late_us, rest));
	if (status == FRESH_UNKNOWN && j->c != NULL)
		return arena_svf(j->a, SV_FMT SV_FMT ", but " SV_FMT " could not be looked at", SV_ARG(reach),
		                 SV_ARG(root), SV_ARG(j->c->asset[t->unseen].key));
	return arena_svf(j->a, SV_FMT SV_FMT ", allowed %s", SV_ARG(reach), SV_ARG(root), allowed);
}

/* Laid over what the rest of the policy said. */
static void
judge_data(struct judging *j, const struct through *t)
{
	struct freshness *ret = j->ret;
	int64_t late = time_plus(t->us, j->asset->freshness.max_data_age_us);
	enum fresh_status status = data_status(j, t, late);
	bool decides = ret->status == FRESH_NONE || worse(status, ret->status) != ret->status;

	if (j->a != NULL) {
		struct sv words = data_words(j, t, late, status), before = ret->evidence;

		ret->evidence = before.n == 0
		                        ? words
		                        : arena_svf(j->a, SV_FMT "; " SV_FMT, SV_ARG(before), SV_ARG(words));
	}
	ret->status = worse(status, ret->status);
	if (decides)
		ret->deadline_us = late;
	if (ret->status == FRESH_FAIL)
		ret->next_deadline_us = TIME_NONE;
	else if (status == FRESH_PASS && (ret->next_deadline_us == TIME_NONE || late < ret->next_deadline_us))
		ret->next_deadline_us = late;
}

void
freshness_judge_through(struct arena *a, const struct catalog *c, const struct asset *asset,
                        const struct observed *o, const struct through *through, int64_t now_us,
                        struct freshness *ret)
{
	const struct freshness_policy *p = &asset->freshness;
	struct judging j = {.a = a, .c = c, .asset = asset, .o = o, .now_us = now_us, .ret = ret};
	char text[sizeof(o->err.msg) + sizeof(o->err.hint)];

	*ret = (struct freshness){
		.status = FRESH_NONE,
		.produced_us = o->produced_us,
		.data_through_us = through->us,
		.age_us = -1,
		.deadline_us = TIME_NONE,
		.next_deadline_us = TIME_NONE,
	};
	if (a != NULL)
		judge_witnesses(&j);
	if (p->kind == POLICY_NONE && p->max_data_age_us == 0) {
		ret->evidence = SV("it has no policy");
	} else if (o->failed) {
		ret->status = FRESH_UNKNOWN;
		if (a != NULL)
			ret->evidence = arena_sv(a, sv_of(err_text(&o->err, text, sizeof(text))));
	} else {
		if (asset->ndim > 0 && p->kind != POLICY_NONE && p->kind != POLICY_LEARNED) {
			freshness_judge_partitions(a, asset, o, now_us, ret);
		} else if (freshness_never_seen(o)) {
			ret->status = freshness_never(p);
			ret->evidence = SV("never produced, as far as is known");
		} else if (o->stored && !o->exists) {
			judge_gone(&j);
		} else if (p->kind != POLICY_NONE) {
			judge_whole(&j);
		}
		if (p->max_data_age_us > 0 && !freshness_never_seen(o))
			judge_data(&j, through);
	}
	if (ret->produced_us != TIME_NONE)
		ret->age_us = MAX(0, now_us - ret->produced_us);
}

void
freshness_judge(struct arena *a, const struct asset *asset, const struct observed *o, int64_t now_us,
                struct freshness *ret)
{
	struct through own = {.us = o->data_through_us, .root = asset->index, .unseen = NO_ASSET};

	freshness_judge_through(a, NULL, asset, o, &own, now_us, ret);
}

int64_t
policy_holds(const struct freshness_policy *p, int64_t produced_us, int64_t t_us)
{
	int64_t next = TIME_NONE;
	enum fresh_status status;

	if (produced_us == TIME_NONE)
		return TIME_NONE;
	status = policy_judge(p, produced_us, t_us, NULL, &next);
	/* A schedule that had no deadline yet. */
	if (p->kind == POLICY_CRON && status == FRESH_UNKNOWN)
		next = time_plus(policy_tick_from(p, time_plus(time_plus(t_us, -p->grace_us), 1)),
		                 p->grace_us);
	return next;
}

static int64_t
learned_holds(const struct asset *asset, const struct observed *o, int64_t t_us)
{
	const struct learned *l = &o->learned;
	const int64_t allowed_us = learned_fallback(&asset->freshness),
		      from_us = l->anchor_us != TIME_NONE && asset->ndim > 0 ? l->anchor_us : o->produced_us;
	int64_t late_us = l->known ? l->deadline_us : TIME_NONE;

	if (!l->known && allowed_us > 0)
		late_us = time_plus(from_us, allowed_us);
	return late_us > t_us ? late_us : TIME_NONE;
}

/* An instant after t_us before which the status does not change; TIME_NONE = it never does. */
static int64_t
status_holds(const struct asset *asset, const struct observed *o, const struct through *through, int64_t t_us)
{
	const struct freshness_policy *p = &asset->freshness;
	int64_t next = TIME_NONE, late = TIME_NONE;

	if (o->failed || (p->kind == POLICY_NONE && p->max_data_age_us == 0))
		return TIME_NONE;
	if (p->kind == POLICY_LEARNED)
		next = learned_holds(asset, o, t_us);
	else if (asset->ndim > 0 && p->kind != POLICY_NONE)
		next = freshness_partitions_hold(asset, o, t_us);
	else if (!freshness_never_seen(o) && (!o->stored || o->exists) && p->kind != POLICY_NONE)
		next = policy_holds(p, o->produced_us, t_us);
	if (p->max_data_age_us > 0 && !freshness_never_seen(o))
		late = time_plus(through->us, p->max_data_age_us);
	if (late != TIME_NONE && late > t_us && (next == TIME_NONE || late < next))
		next = late;
	return next;
}

int64_t
freshness_changes(const struct asset *asset, const struct observed *o, const struct through *through,
                  int64_t t_us)
{
	struct freshness now, then;

	freshness_judge_through(NULL, NULL, asset, o, through, t_us, &now);
	for (int step = 0; step < HOLD_STEPS_MAX; step++) {
		t_us = status_holds(asset, o, through, t_us);
		if (t_us == TIME_NONE)
			return TIME_NONE;
		freshness_judge_through(NULL, NULL, asset, o, through, t_us, &then);
		if (then.status != now.status)
			return t_us;
	}
	/* Early is harmless: whoever looks then asks again. */
	return t_us;
}
