/* From facts to reasons: pure. */
#include "base/civil.h"
#include "base/duration.h"
#include "gate/facts.h"

struct judging {
	struct arena *a;
	const struct gate_facts *f;
	const struct input_fact *in;
	const struct part_fact *part; /* NULL while the dependency as a whole is judged */
	LIST(struct reason) reason;
	LIST(struct gate_input) input;
};

static struct reason *
add(struct judging *j, enum reason_kind kind, struct sv check, struct sv message)
{
	struct reason *r = LIST_ADD(j->a, &j->reason);

	*r = (struct reason){
		.kind = kind,
		.upstream = j->in != NULL ? j->in->upstream : (struct sv){0},
		.partition = j->part != NULL ? j->part->partition : (struct sv){0},
		.check = check,
		.message = message,
		.data_version = j->part != NULL ? j->part->version : (struct sv){0},
		.effect = j->in != NULL ? MIN(j->f->policy->effect[kind], j->in->cap)
	                                : j->f->policy->effect[kind],
	};
	return r;
}

static void
add_plain(struct judging *j, enum reason_kind kind, struct sv message)
{
	(void)add(j, kind, (struct sv){0}, message);
}

bool
check_blocks(bool blocking, enum severity severity, enum outcome outcome)
{
	return blocking &&
	       (outcome == OUTCOME_FAIL || (outcome == OUTCOME_WARN && severity != SEVERITY_CRITICAL));
}

/* One check with a verdict on this version. */
static void
judge_verdict(struct judging *j, const struct check_fact *c)
{
	bool failed = check_blocks(c->blocking, c->severity, c->outcome);

	if (failed && c->waived.n > 0)
		(void)add(j, REASON_WAIVED, c->id,
		          arena_svf(j->a, SV_FMT " (waived: " SV_FMT ")", SV_ARG(c->message),
		                    SV_ARG(c->waived)));
	else if (failed)
		(void)add(j, REASON_CHECK_FAILED, c->id, c->message);
	else if (c->blocking && c->outcome == OUTCOME_ERROR)
		(void)add(j, REASON_CHECK_ERROR, c->id, c->message);
	else if (c->outcome != OUTCOME_PASS && c->outcome != OUTCOME_SKIPPED)
		(void)add(j, REASON_WARNED, c->id, c->message);
}

static void
report_unchecked(struct judging *j, size_t missing, size_t blocking, struct sv only)
{
	struct sv text;

	if (j->part->version.n == 0)
		text = SV("its data version is not known, so that no verdict can be about it");
	else if (missing == blocking)
		text = SV("no verdict on this version");
	else
		text = arena_svf(j->a, "%zu of %zu blocking checks have no verdict on this version", missing,
		                 blocking);
	if (j->in->elsewhere)
		text = arena_svf(j->a,
		                 SV_FMT "; its data is elsewhere: weir check " SV_FMT " --server URL there",
		                 SV_ARG(text), SV_ARG(j->in->upstream));
	(void)add(j, REASON_UNCHECKED, missing == 1 ? only : (struct sv){0}, text);
}

static void
report_accepted(struct judging *j, const struct check_fact *c)
{
	char age[DURATION_MAX];
	struct reason *r = add(j, REASON_UNCHECKED, c->id,
	                       arena_svf(j->a, "accepted: passed %s ago on version " SV_FMT,
	                                 duration_words(j->f->now_us - c->accepted_us, age),
	                                 SV_ARG(c->accepted_version)));

	r->effect = EFFECT_ALLOW;
}

/*
 * Implicit checks alone ask for no verdict: nobody declared anything.  But where there are declared ones, an
 * implicit one that was left out (data may be empty, or malformed) leaves the version unchecked as well.
 */
static void
judge_checks(struct judging *j, struct gate_input *row)
{
	size_t declared = 0, wanted = 0, blocking = 0, missing = 0;
	struct sv only = {0};

	for (size_t i = 0; i < j->part->ncheck; i++) {
		declared += !j->part->check[i].implicit;
		wanted += !j->part->check[i].implicit && j->part->check[i].blocking;
	}
	for (size_t i = 0; i < j->part->ncheck; i++) {
		const struct check_fact *c = &j->part->check[i];
		/* What was switched off when it ran says nothing. */
		bool judged = c->judged && c->outcome != OUTCOME_SKIPPED;

		if (judged)
			judge_verdict(j, c);
		else if (c->blocking && wanted > 0 && c->accepted)
			report_accepted(j, c);
		else if (c->blocking && wanted > 0) {
			missing++;
			only = c->id;
		}
		blocking += c->blocking;
		if (c->blocking && judged)
			row->checks = outcome_worse(row->checks, c->outcome);
		else if (c->blocking && c->accepted)
			row->checks = outcome_worse(row->checks, OUTCOME_PASS);
	}
	row->unchecked = missing > 0;
	if (missing > 0)
		report_unchecked(j, missing, blocking, only);
	if (declared == 0)
		add_plain(j, REASON_NO_CHECKS, SV("no checks are declared"));
}

static void
judge_taints(struct judging *j)
{
	for (size_t i = 0; i < j->part->ntaint; i++) {
		const struct taint *t = &j->part->taint[i];

		struct sv text = arena_svf(j->a,
		                           "built from " SV_FMT "%s" SV_FMT " in version " SV_FMT
		                           ", which failed: " SV_FMT,
		                           SV_ARG(t->key), t->partition.n > 0 ? " " : "",
		                           SV_ARG(t->partition), SV_ARG(t->version), SV_ARG(t->message));

		/* What may be read may be built from: else a waiver would open the first gate only. */
		if (t->waived.n > 0)
			(void)add(j, REASON_WAIVED, t->check,
			          arena_svf(j->a, SV_FMT " (waived: " SV_FMT ")", SV_ARG(text),
			                    SV_ARG(t->waived)));
		else
			(void)add(j, REASON_TAINTED, t->check, text);
	}
}

static void
judge_changes(struct judging *j)
{
	const struct part_fact *p = j->part;

	if (p->version_after.n == 0 && p->version.n > 0)
		add_plain(j, REASON_CHANGED, SV("it vanished while it was looked at"));
	else if (!sv_eq(p->version, p->version_after))
		add_plain(j, REASON_CHANGED,
		          arena_svf(j->a, "its version moved to " SV_FMT " while it was looked at",
		                    SV_ARG(p->version_after)));
	if (p->moved_from.n > 0)
		add_plain(j, REASON_CHANGED,
		          arena_svf(j->a, "version " SV_FMT " lay there when checking began",
		                    SV_ARG(p->moved_from)));
	if (p->named.n > 0 && !sv_eq(p->named, p->version))
		add_plain(j, REASON_CHANGED,
		          arena_svf(j->a, "version " SV_FMT " is to be read, but another lies there",
		                    SV_ARG(p->named)));
}

/* Those of one input are one reason, at the place of the first. */
static void
report_missing(struct judging *j)
{
	const struct part_fact *first = NULL, *last = NULL;
	LIST(struct sv) named = {0};
	size_t n = 0;
	struct reason *r;

	for (size_t i = 0; i < j->in->npart; i++) {
		const struct part_fact *p = &j->in->part[i];

		if (!p->missing || p->undecided.n > 0)
			continue;
		first = first == NULL ? p : first;
		last = p;
		if (n++ < REASON_PARTITIONS_MAX)
			*LIST_ADD(j->a, &named) = p->partition;
	}
	if (first != j->part)
		return;
	r = add(j, REASON_MISSING, (struct sv){0}, SV("it was never made, or is gone"));
	if (n == 1)
		return;
	r->message = arena_svf(
		j->a, "%zu of %zu partitions were never made, or are gone: " SV_FMT "%s" SV_FMT, n,
		j->in->npart, SV_ARG(first->partition), n == 2 ? " and " : " to ", SV_ARG(last->partition));
	r->named = named.v;
	r->nnamed = named.n;
	r->npartition = n;
}

static void
judge_part(struct judging *j, const struct part_fact *p)
{
	struct gate_input row = {
		.upstream = j->in->upstream,
		.partition = p->partition,
		.data_version = p->version,
		.freshness = j->in->freshness,
		.checks = OUTCOME_SKIPPED,
		.stamp_us = p->stamp_us,
		.started_us = p->started_us,
		.cap = j->in->cap,
		.elsewhere = j->in->elsewhere,
		.observed_us = j->in->observed_us,
	};
	char text[RFC3339_MAX];

	j->part = p;
	if (p->undecided.n > 0)
		add_plain(j, REASON_UNDECIDED, p->undecided);
	else if (p->missing)
		report_missing(j);
	if (p->started_us != TIME_NONE)
		add_plain(j, REASON_IN_PROGRESS,
		          arena_svf(j->a, "it is being made since %s", rfc3339_seconds(p->started_us, text)));
	if (p->undecided.n == 0 && !p->missing) {
		judge_changes(j);
		judge_checks(j, &row);
		judge_taints(j);
	}
	*LIST_ADD(j->a, &j->input) = row;
	j->part = NULL;
}

static void
judge_input(struct judging *j, const struct input_fact *in)
{
	j->in = in;
	if (in->dangling || in->undecided.n > 0) {
		add_plain(j, in->dangling ? REASON_DANGLING : REASON_UNDECIDED,
		          in->dangling ? SV("no asset has this key") : in->undecided);
		*LIST_ADD(j->a, &j->input) = (struct gate_input){
			.upstream = in->upstream,
			.freshness = in->freshness,
			.checks = OUTCOME_SKIPPED,
			.stamp_us = TIME_NONE,
			.started_us = TIME_NONE,
			.cap = in->cap,
		};
		return;
	}
	if (in->freshness == FRESH_FAIL) {
		add_plain(j, REASON_LATE, in->fresh_evidence);
		if (!in->late_blocks)
			j->reason.v[j->reason.n - 1].effect = EFFECT_ALLOW;
	}
	if (in->stale)
		add_plain(j, REASON_STALE, in->stale_evidence);
	for (size_t i = 0; i < in->npart; i++)
		judge_part(j, &in->part[i]);
}

static bool
any_blocks(const struct judging *j, bool only_changes)
{
	for (size_t i = 0; i < j->reason.n; i++)
		if (j->reason.v[i].effect == EFFECT_BLOCK &&
		    (!only_changes || j->reason.v[i].kind == REASON_CHANGED))
			return true;
	return false;
}

/* It was made for the versions that were seen: where another one is read, it says nothing. */
static void
apply_override(struct judging *j)
{
	const struct stored_override *o = j->f->override;
	char until[RFC3339_MAX];

	if (o == NULL || !any_blocks(j, false) || any_blocks(j, true))
		return;
	for (size_t i = 0; i < j->reason.n; i++)
		j->reason.v[i].effect = MIN(j->reason.v[i].effect, EFFECT_WARN);
	j->in = NULL;
	add_plain(j, REASON_OVERRIDDEN,
	          arena_svf(j->a, "by " SV_FMT " until %s: " SV_FMT, SV_ARG(o->who),
	                    rfc3339_seconds(o->until_us, until), SV_ARG(o->reason)));
}

static const struct part_fact *
part_of(const struct gate_facts *f, struct sv upstream, struct sv partition)
{
	for (size_t i = 0; i < f->ninput; i++)
		for (size_t k = 0; sv_eq(f->input[i].upstream, upstream) && k < f->input[i].npart; k++)
			if (sv_eq(f->input[i].part[k].partition, partition))
				return &f->input[i].part[k];
	return NULL;
}

void
gate_note_moves(struct arena *a, const struct gate_facts *before, struct gate_facts *f)
{
	struct input_fact *in = ARENA_ARRAY(a, struct input_fact, f->ninput);

	for (size_t i = 0; i < f->ninput; i++) {
		struct part_fact *part = ARENA_ARRAY(a, struct part_fact, f->input[i].npart);

		in[i] = f->input[i];
		for (size_t k = 0; k < in[i].npart; k++) {
			const struct part_fact *was = part_of(before, in[i].upstream,
			                                      in[i].part[k].partition);

			part[k] = in[i].part[k];
			if (was != NULL && !sv_eq(was->version, part[k].version))
				part[k].moved_from = was->version;
		}
		in[i].part = part;
	}
	f->input = in;
}

void
gate_judge(struct arena *a, const struct gate_facts *f, struct decision *ret)
{
	struct judging j = {.a = a, .f = f};

	for (size_t i = 0; i < f->ninput; i++)
		judge_input(&j, &f->input[i]);
	apply_override(&j);

	bool block = any_blocks(&j, false);

	*ret = (struct decision){
		.asset = f->asset,
		.partition = f->partition,
		.allow = !block || f->policy->shadow,
		.would_block = block,
		.shadow = f->policy->shadow,
		.decided_us = f->now_us,
		.catalog_hash = f->catalog_hash,
		.reason = j.reason.v,
		.nreason = j.reason.n,
		.input = j.input.v,
		.ninput = j.input.n,
	};
}
