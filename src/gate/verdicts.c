/* What the store says about an input: verdicts on its version, and on the versions that went into it. */
#include "gate/facts.h"

#include "base/civil.h"
#include "store/waiver.h"

enum { TAINT_DEPTH_MAX = 32 };

/* The waiver in force on a check, in words; empty if there is none. */
static bool
waiver_of(struct store *s, struct arena *a, struct sv check, int64_t now_us, struct sv *ret, struct err *err)
{
	char until[RFC3339_MAX];
	struct waiver *w;
	size_t n;

	*ret = (struct sv){0};
	/* The store takes an empty one for all. */
	if (check.n == 0)
		return true;
	if (!store_waivers(s, a, check, now_us, &w, &n, err))
		return false;
	if (n > 0)
		*ret = arena_svf(a, "by " SV_FMT " until %s: " SV_FMT, SV_ARG(w[0].who),
		                 rfc3339_seconds(w[0].until_us, until), SV_ARG(w[0].reason));
	return true;
}

static const struct stored_verdict *
verdict_of(const struct stored_verdict *v, size_t n, struct sv identity)
{
	for (size_t i = 0; i < n; i++)
		if (sv_eq(v[i].check_hash, identity))
			return &v[i];
	return NULL;
}

/*
 * The last word counts: a later failure on yet another version ends what an older pass was good for.  A
 * verdict on data of no known version is none.
 */
static bool
accept_older(struct store *s, struct arena *a, const struct check *c, struct sv key, struct sv partition,
             int64_t now_us, int64_t accept_us, struct check_fact *fact, struct err *err)
{
	struct stored_verdict v;
	bool found;

	if (!store_verdict(s, a, key, partition, (struct sv){0}, check_identity(c), &v, &found, err))
		return false;
	if (!found || v.version.n == 0 || v.outcome != OUTCOME_PASS || v.at_us == TIME_NONE ||
	    v.at_us > now_us || now_us - v.at_us > accept_us)
		return true;
	fact->accepted = true;
	fact->accepted_version = v.version;
	fact->accepted_us = v.at_us;
	return true;
}

bool
gate_check_facts(struct store *s, struct arena *a, const struct checks *checks, struct sv key,
                 struct part_fact *part, int64_t now_us, int64_t accept_us, struct err *err)
{
	LIST(struct check_fact) list = {0};
	struct stored_verdict *verdict;
	struct check_fact *external;
	size_t n;

	if (!store_verdicts(s, a, key, part->partition, part->version, &verdict, &n, err))
		return false;
	for (size_t i = 0; i < checks->n; i++) {
		const struct check *c = &checks->v[i];

		if (!c->enabled)
			continue;

		const struct stored_verdict *v = verdict_of(verdict, n, check_identity(c));
		struct check_fact *fact = LIST_ADD(a, &list);

		*fact = (struct check_fact){.id = c->id,
		                            .severity = c->severity,
		                            .blocking = c->blocking,
		                            .implicit = c->implicit};
		if (v != NULL) {
			fact->judged = true;
			fact->outcome = v->outcome;
			fact->message = v->message;
			/* An error is not put up with: nobody knows what it hides. */
			if ((v->outcome == OUTCOME_FAIL || v->outcome == OUTCOME_WARN) &&
			    !waiver_of(s, a, c->id, now_us, &fact->waived, err))
				return false;
		} else if (accept_us > 0 &&
		           !accept_older(s, a, c, key, part->partition, now_us, accept_us, fact, err)) {
			return false;
		}
	}
	if (!gate_external_facts(s, a, key, part, &external, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct check_fact *fact = LIST_ADD(a, &list);

		*fact = external[i];
		if ((fact->outcome == OUTCOME_FAIL || fact->outcome == OUTCOME_WARN) &&
		    !waiver_of(s, a, fact->id, now_us, &fact->waived, err))
			return false;
	}
	part->check = list.v;
	part->ncheck = list.n;
	return true;
}

struct tracer {
	struct store *s;
	struct arena *a;
	const struct catalog *c;
	const struct checks *checks;
	int64_t now_us;
	struct workspace *identify; /* NULL = all checks are */
	struct map identified;      /* assets whose checks are */
	struct map seen;            /* versions that were looked at */
	LIST(struct taint) taint;
};

/*
 * A check that was changed or dropped since says nothing any more; of assets that left the catalog, all
 * verdicts stand.
 */
static bool
still_declared(struct tracer *t, const struct asset *asset, const struct stored_verdict *v)
{
	if (asset == NULL)
		return true;

	const struct checks *checks = &t->checks[asset->index];

	if (t->identify != NULL && !map_has(&t->identified, asset->key)) {
		run_identify_some(t->identify, &asset->index, 1);
		(void)map_put(&t->identified, asset->key);
	}
	for (size_t i = 0; i < checks->n; i++)
		if (checks->v[i].enabled && checks->v[i].blocking &&
		    sv_eq(v->check_hash, check_identity(&checks->v[i])))
			return true;
	return false;
}

static bool trace(struct tracer *t, const struct event *made, unsigned depth, struct err *err);

static bool
look_at(struct tracer *t, struct sv key, const struct event_input *in, struct err *err)
{
	const struct asset *asset = catalog_asset(t->c, key);
	struct stored_verdict *v;
	size_t n;

	if (!store_verdicts(t->s, t->a, key, in->partition, in->version, &v, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct taint *taint;

		if (!check_blocks(v[i].blocking, v[i].severity, v[i].outcome) ||
		    !still_declared(t, asset, &v[i]))
			continue;
		taint = LIST_ADD(t->a, &t->taint);
		*taint = (struct taint){.key = key,
		                        .partition = in->partition,
		                        .version = in->version,
		                        .check = v[i].check_id,
		                        .message = v[i].message};
		if (!waiver_of(t->s, t->a, taint->check, t->now_us, &taint->waived, err))
			return false;
	}
	return true;
}

/* A version of an input under one of its names: its own verdicts, and what it was made from. */
static bool
trace_input(struct tracer *t, struct sv key, const struct event_input *in, unsigned depth, struct err *err)
{
	struct event e;
	bool found;

	if (!look_at(t, key, in, err) ||
	    !store_event_of_version(t->s, t->a, key, in->partition, in->version, &e, &found, err))
		return false;
	if (found && depth == TAINT_DEPTH_MAX)
		return err_set(err, ERR_LIMIT, NOWHERE,
		               "'" SV_FMT "' was made from inputs of inputs more than %d deep", SV_ARG(key),
		               TAINT_DEPTH_MAX);
	return !found || trace(t, &e, depth + 1, err);
}

static bool
trace(struct tracer *t, const struct event *made, unsigned depth, struct err *err)
{
	for (size_t i = 0; i < made->ninput; i++) {
		const struct event_input *in = &made->input[i];
		const struct asset *asset = catalog_asset(t->c, in->key);
		struct sv key = asset != NULL ? asset->key : in->key;
		struct sv name = arena_svf(t->a, SV_FMT "\n" SV_FMT "\n" SV_FMT, SV_ARG(key),
		                           SV_ARG(in->partition), SV_ARG(in->version));

		if (in->version.n == 0 || map_has(&t->seen, name))
			continue;
		(void)map_put(&t->seen, name);
		/* What is on record from before it was given another name stands under the old one. */
		if (!trace_input(t, key, in, depth, err) ||
		    (!sv_eq(key, in->key) && !trace_input(t, in->key, in, depth, err)))
			return false;
	}
	return true;
}

bool
gate_taints(struct store *s, struct arena *a, const struct catalog *c, const struct checks *checks,
            struct sv key, struct part_fact *part, int64_t now_us, int64_t until_us,
            struct workspace *identify, struct err *err)
{
	struct tracer t = {.s = s, .a = a, .c = c, .checks = checks, .now_us = now_us, .identify = identify};
	struct event last, own;
	bool found, known = false;

	map_init(&t.seen, a);
	map_init(&t.identified, a);
	if (!store_last_event(s, a, key, part->partition, EVENT_MATERIALIZED, until_us, &last, &found, err))
		return false;
	/* What lies there may have been put back: then it is not what was made last. */
	if ((!found || !sv_eq(last.version, part->version)) &&
	    !store_event_of_version(s, a, key, part->partition, part->version, &own, &known, err))
		return false;
	if (known && !trace(&t, &own, 0, err))
		return false;
	/* A partition may have been made together with all others. */
	if (!found && !known && part->partition.n > 0 &&
	    !store_last_event(s, a, key, (struct sv){0}, EVENT_MATERIALIZED, until_us, &last, &found, err))
		return false;
	/* Of which version nothing is said, may be of this one. */
	if (found && (!known || last.version.n == 0) && !trace(&t, &last, 0, err))
		return false;
	part->taint = t.taint.v;
	part->ntaint = t.taint.n;
	return true;
}
